package services

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"plumbline/database"
	"plumbline/models"
)

// insert writes rows of one table.
func insert[T any](tx *gorm.DB, rows []T) error { return database.Insert(tx, rows) }

// tabled is a row that knows its table.
type tabled interface{ TableName() string }

// batch gathers rows of many tables, so that each table gets as few statements as can be.
type batch map[reflect.Type]reflect.Value

// add takes pointers to rows.
func (b batch) add(rows ...any) {
	for _, row := range rows {
		t := reflect.TypeOf(row)
		if _, ok := b[t]; !ok {
			b[t] = reflect.MakeSlice(reflect.SliceOf(t), 0, 16)
		}
		b[t] = reflect.Append(b[t], reflect.ValueOf(row))
	}
}

func (b batch) insert(tx *gorm.DB) error {
	for t, rows := range b {
		if err := database.Insert(tx, rows.Interface()); err != nil {
			return fmt.Errorf("store %s: %w", t, err)
		}
	}
	return nil
}

// closing gathers the present rows of records that a newer version takes over from.
type closing map[string][]uuid.UUID

// add marks the rows of a document.
func (c closing) add(id uuid.UUID, rows []any) {
	for i, row := range rows {
		table := row.(tabled).TableName()
		if ids := c[table]; i == 0 || len(ids) == 0 || ids[len(ids)-1] != id {
			c[table] = append(c[table], id)
		}
	}
}

// apply ends the rows at a log size.
func (c closing) apply(tx *gorm.DB, size int64) error {
	for table, ids := range c {
		if err := closeRows(tx, table, ids, size); err != nil {
			return err
		}
	}
	return nil
}

// closeRows ends the present rows of records in one table.
func closeRows(tx *gorm.DB, table string, ids []uuid.UUID, size int64) error {
	column := "record_id"
	if heldTables[table] {
		column = "id"
	}
	return inChunks(ids, func(chunk []uuid.UUID) error {
		query := fmt.Sprintf("UPDATE %s SET to_size = ? WHERE to_size IS NULL AND %s ?", table, column)
		if tx.Name() == database.Postgres {
			// As a join: without statistics PostgreSQL would compare every present row with every id.
			query = fmt.Sprintf("UPDATE %[1]s SET to_size = ? FROM (SELECT id FROM records WHERE id ?) n WHERE %[1]s.to_size IS NULL AND %[1]s.%[2]s = n.id", table, column)
		}
		return wrap(database.ExecBehind(tx, query, size, among(chunk)), "close rows of %s", table)
	})
}

// heldTables are the tables whose rows are the versions of records themselves.
var heldTables = map[string]bool{
	models.EntityRow{}.TableName():       true,
	models.RelationshipRow{}.TableName(): true,
	models.StatusChangeRow{}.TableName(): true,
	models.ClaimRow{}.TableName():        true,
	models.SourceRow{}.TableName():       true,
	models.OpenItemRow{}.TableName():     true,
}

// among is the condition that a column is one of many ids, which are one argument: so the
// statement is the same for any number of them, and neither engine's bound on arguments is near.
type among []uuid.UUID

// amongTexts is among for ids that are texts: those of filters, which were found.
func amongTexts(texts []string) among {
	ids := make(among, 0, len(texts))
	for _, text := range texts {
		if id, err := uuid.Parse(text); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// GormValue writes the condition as each engine serves it from an index.
func (ids among) GormValue(_ context.Context, db *gorm.DB) clause.Expr {
	list := make([]byte, 0, 2+39*len(ids))
	for i, id := range ids {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, '"')
		list = append(list, id.String()...)
		list = append(list, '"')
	}
	// An array as the argument itself: a text would be read anew for every row that is looked at.
	if db.Name() == database.Postgres {
		return clause.Expr{SQL: "= ANY(CAST(? AS uuid[]))", Vars: []any{"{" + string(list) + "}"}}
	}
	return clause.Expr{SQL: "IN (SELECT value FROM json_each(?))", Vars: []any{"[" + string(list) + "]"}}
}

// scan reads the rows of a statement into structs whose targets name a place for each column, in
// order. GORM's Scan looks every column up by its name, which takes longer than a page's query.
func scan[T any, P interface {
	*T
	targets() []any
}](query *gorm.DB) (list []T, err error) {
	err = scanEach[T, P](query, func(row *T) { list = append(list, *row) })
	return list, err
}

// scanEach hands over one row after the other, which lasts until the next one.
func scanEach[T any, P interface {
	*T
	targets() []any
}](query *gorm.DB, take func(*T)) (err error) {
	rows, err := query.Rows()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var row, empty T
	targets := P(&row).targets()
	for rows.Next() {
		row = empty
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		take(&row)
	}
	return rows.Err()
}

// readJSON reads what was stored as JSON. A fifth of the time of an export goes into that, so it is
// done by what encoding/json becomes with Go 1.27, which takes half as long.
func readJSON(text string, into any) error { return json.Unmarshal([]byte(text), into) }
