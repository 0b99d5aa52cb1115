package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
)

// writer is the primary's pool as the source of write transactions.
type writer struct {
	*sql.DB
	dialect string
	// translate gives GORM's errors for the driver's.
	translate gorm.ErrorTranslator
}

// BeginTx begins a transaction whose inserts may wait.
func (w writer) BeginTx(ctx context.Context, options *sql.TxOptions) (gorm.ConnPool, error) {
	connection, err := w.Conn(ctx)
	if err != nil {
		return nil, err
	}
	tx, err := connection.BeginTx(ctx, options)
	if err != nil {
		return nil, errors.Join(err, connection.Close())
	}
	return &transaction{ctx: ctx, Tx: tx, connection: connection, dialect: w.dialect, translator: w.translate}, nil
}

// GetDBConn gives GORM the pool itself.
func (w writer) GetDBConn() (*sql.DB, error) { return w.DB, nil }

// transaction is a write transaction. What it was given to write behind waits, in its order, until
// there is enough of it or something else is asked of the transaction; then it is written, much of
// it at once on PostgreSQL, and beside whatever prepares the next rows. So its errors may reach a
// later call: the next one that is asked, and Commit at the latest.
type transaction struct {
	*sql.Tx
	ctx        context.Context
	connection *sql.Conn
	dialect    string
	translator gorm.ErrorTranslator

	waiting []behind
	// size is how many rows wait.
	size int
	// running gives the result of what is being written; nil when nothing is.
	running chan error
	failed  error
}

// behind is a write that may wait.
type behind struct {
	what string
	size int
	// statements hands over its statements, one after the other.
	statements func(run func(text string, args ...any) error) error
}

// Rows from which on a write is worth a goroutine, and as many as may wait while others are
// written, so that memory stays bounded.
const (
	enough = 256
	most   = 4096
)

// add has a write wait, or begins to write what waits.
func (t *transaction) add(one behind) error {
	if t.failed != nil {
		return t.failed
	}
	t.waiting = append(t.waiting, one)
	t.size += one.size
	switch {
	case t.running != nil && t.size < most:
		return nil
	case t.size >= enough:
		if err := t.finish(); err != nil {
			return err
		}
		t.begin()
		return nil
	case t.dialect == Postgres:
		return nil
	}
	return t.settle() // a few rows take SQLite less time than a goroutine does
}

// begin starts to write what waits.
func (t *transaction) begin() {
	list, done := t.waiting, make(chan error, 1)
	t.waiting, t.size, t.running = nil, 0, done
	go func() { done <- t.write(list) }()
}

// finish waits until what is being written is.
func (t *transaction) finish() error {
	if t.running == nil {
		return t.failed
	}
	t.failed = <-t.running
	t.running = nil
	return t.failed
}

// settle writes all that waits.
func (t *transaction) settle() error {
	if err := t.finish(); err != nil || len(t.waiting) == 0 {
		return err
	}
	list := t.waiting
	t.waiting, t.size = nil, 0
	t.failed = t.write(list)
	return t.failed
}

// drop forgets what waits.
func (t *transaction) drop() {
	_ = t.finish()
	t.waiting, t.size = nil, 0
}

func (t *transaction) write(list []behind) error {
	if t.dialect == Postgres {
		return t.together(list, nil)
	}

	// Watching the context costs more than a row does, so it is looked at between rows.
	unwatched := context.WithoutCancel(t.ctx)
	for _, one := range list {
		err := one.statements(func(text string, args ...any) error {
			if err := t.ctx.Err(); err != nil {
				return err
			}
			_, err := t.Tx.ExecContext(unwatched, text, args...)
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", one.what, t.translator.Translate(err))
		}
	}
	return nil
}

// together sends the statements of many writes and reads to PostgreSQL at once, and then takes its
// answers: each alone would wait for its own.
func (t *transaction) together(writes []behind, reads []reading) error {
	batch := &pgx.Batch{}
	var whats []string
	for _, one := range writes {
		err := one.statements(func(text string, args ...any) error {
			batch.Queue(text, args...)
			whats = append(whats, one.what)
			return nil
		})
		if err != nil {
			return fmt.Errorf("%s: %w", one.what, err)
		}
	}
	for _, one := range reads {
		batch.Queue(one.built.Statement.SQL.String(), one.built.Statement.Vars...)
	}

	return t.connection.Raw(func(driver any) error {
		results := driver.(*stdlib.Conn).Conn().SendBatch(t.ctx, batch)
		defer results.Close() // its error is that of the first statement that failed
		for _, what := range whats {
			if _, err := results.Exec(); err != nil {
				return fmt.Errorf("%s: %w", what, t.translator.Translate(err))
			}
		}
		for _, one := range reads {
			if err := scanBatch(results, one.built); err != nil {
				return fmt.Errorf("%s: %w", one.what, t.translator.Translate(err))
			}
		}
		return results.Close()
	})
}

// ExecContext runs a statement after all that waits.
func (t *transaction) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if strings.HasPrefix(query, "ROLLBACK TO ") { // of which nothing waits from before its savepoint
		t.drop()
		t.failed = nil
	}
	if err := t.settle(); err != nil {
		return nil, err
	}
	return t.Tx.ExecContext(ctx, query, args...)
}

// QueryContext runs a statement that gives rows, after all that waits.
func (t *transaction) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := t.settle(); err != nil {
		return nil, err
	}
	return t.Tx.QueryContext(ctx, query, args...)
}

// QueryRowContext runs a statement that gives a row, after all that waits.
func (t *transaction) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if err := t.settle(); err != nil {
		// A row cannot be given an error; that of an ended context is one, and Commit has the cause.
		ended, end := context.WithCancel(ctx)
		end()
		return t.Tx.QueryRowContext(ended, query, args...)
	}
	return t.Tx.QueryRowContext(ctx, query, args...)
}

// PrepareContext prepares a statement after all that waits.
func (t *transaction) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	if err := t.settle(); err != nil {
		return nil, err
	}
	return t.Tx.PrepareContext(ctx, query)
}

// Commit writes what waits and makes it last; with an error, nothing is.
func (t *transaction) Commit() error {
	if err := t.settle(); err != nil {
		return errors.Join(err, t.Rollback())
	}
	return errors.Join(t.Tx.Commit(), t.connection.Close())
}

// Rollback undoes everything.
func (t *transaction) Rollback() error {
	t.drop()
	return errors.Join(t.Tx.Rollback(), t.connection.Close())
}

// writeBehind has a write wait in the transaction, or makes it at once where there is none.
func writeBehind(tx *gorm.DB, one behind) error {
	if t, ok := tx.Statement.ConnPool.(*transaction); ok {
		return t.add(one)
	}
	err := one.statements(func(text string, args ...any) error {
		_, err := tx.Statement.ConnPool.ExecContext(tx.Statement.Context, text, args...)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", one.what, translate(tx, err))
	}
	return nil
}

// ExecBehind runs a statement whose result nobody asks for, when there is enough to do or
// something else is asked of the transaction: see Insert.
func ExecBehind(tx *gorm.DB, query string, args ...any) error {
	built := tx.Session(&gorm.Session{DryRun: true}).Exec(query, args...)
	if built.Error != nil {
		return built.Error
	}
	text, vars := built.Statement.SQL.String(), built.Statement.Vars
	return writeBehind(tx, behind{what: "run " + text, size: 1, statements: func(run func(string, ...any) error) error {
		return run(text, vars...)
	}})
}
