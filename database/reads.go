package database

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
)

// Reads are reads of one transaction none of which waits for the rows of another. PostgreSQL gets
// them at once, after what was to be written behind, and answers them at once; SQLite, which has
// no way to go, takes one after the other.
type Reads struct {
	tx   *gorm.DB
	list []reading
}

type reading struct {
	what  string
	query func(tx *gorm.DB) *gorm.DB
	take  func() error
	// built is the query's statement, where it is sent together with others.
	built *gorm.DB
}

// NewReads begins a list of reads.
func NewReads(tx *gorm.DB) *Reads { return &Reads{tx: tx} }

// Dialect is that of the database that is read.
func (r *Reads) Dialect() string { return r.tx.Name() }

// Add adds a read, and what it does, for errors: query finds rows, with Find, and take is called
// when they are there. Neither reads anything else.
func (r *Reads) Add(what string, query func(tx *gorm.DB) *gorm.DB, take func() error) {
	r.list = append(r.list, reading{what: what, query: query, take: take})
}

// Run reads, in the order in which reads were added, and forgets them.
func (r *Reads) Run() error {
	list := r.list
	r.list = nil
	if len(list) == 0 {
		return nil
	}
	if t, ok := r.tx.Statement.ConnPool.(*transaction); ok && t.dialect == Postgres {
		return t.read(r.tx, list)
	}
	for _, one := range list {
		if err := one.query(r.tx).Error; err != nil {
			return fmt.Errorf("%s: %w", one.what, err)
		}
		if err := one.take(); err != nil {
			return err
		}
	}
	return nil
}

// read writes what waits and reads, on one way there and back.
func (t *transaction) read(tx *gorm.DB, list []reading) error {
	if err := t.finish(); err != nil {
		return err
	}
	for i, one := range list {
		list[i].built = one.query(tx.Session(&gorm.Session{DryRun: true}))
		if err := list[i].built.Error; err != nil {
			return fmt.Errorf("%s: %w", one.what, err)
		}
	}

	waiting := t.waiting
	t.waiting, t.size = nil, 0
	if t.failed = t.together(waiting, list); t.failed != nil {
		return t.failed
	}
	for _, one := range list {
		if err := one.take(); err != nil {
			return err
		}
	}
	return nil
}

// scanBatch gives GORM the rows of a statement that it built.
func scanBatch(results pgx.BatchResults, built *gorm.DB) error {
	rows, err := results.Query()
	if err != nil {
		return err
	}
	gorm.Scan(batchRows{rows}, built, 0)
	rows.Close()
	return errors.Join(rows.Err(), built.Error)
}

// batchRows are rows of one statement among many, as GORM reads rows.
type batchRows struct{ pgx.Rows }

// Columns are the columns' names.
func (r batchRows) Columns() ([]string, error) {
	fields := r.FieldDescriptions()
	names := make([]string, len(fields))
	for i, field := range fields {
		names[i] = field.Name
	}
	return names, nil
}

// ColumnTypes are asked for by reads into maps, of which there are none.
func (r batchRows) ColumnTypes() ([]*sql.ColumnType, error) {
	return nil, fmt.Errorf("these rows are read into structs alone")
}

// Close ends the reading.
func (r batchRows) Close() error {
	r.Rows.Close()
	return r.Err()
}
