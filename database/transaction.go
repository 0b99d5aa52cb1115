package database

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

// tries is how often a transaction is tried that other transactions get in the way of.
const tries = 3

// Transaction runs f in one write transaction on the primary: all of it happens, or nothing. On
// PostgreSQL it is tried anew, three times in all, when the server gave up because of other
// transactions; f must therefore have no effect beyond the transaction.
// It counts as a write of the context's account: see Seeing.
func (d *Database) Transaction(ctx context.Context, f func(tx *gorm.DB) error) error {
	for try := 1; ; try++ {
		err := d.writing(ctx).Transaction(func(tx *gorm.DB) error {
			if err := f(tx); err != nil {
				return err
			}
			return d.counted(tx)
		})
		if try == tries || !collided(err) {
			return err
		}

		select { // apart, so that the same two do not meet again
		case <-ctx.Done():
			return err
		case <-time.After(time.Duration(10<<try+rand.IntN(20)) * time.Millisecond):
		}
	}
}

// writing gives the primary for a write transaction.
func (d *Database) writing(ctx context.Context) *gorm.DB {
	db := d.write.WithContext(ctx)
	db.Statement.ConnPool = d.writer
	return db
}

// collided reports whether PostgreSQL ended a transaction because of another: serialization
// failure or deadlock (https://www.postgresql.org/docs/current/errcodes-appendix.html).
func collided(err error) bool {
	var failed *pgconn.PgError
	return errors.As(err, &failed) && (failed.Code == "40001" || failed.Code == "40P01")
}

// ReadTransaction runs f on one snapshot, so that several reads agree with each other. f must
// only read; a write in it is refused.
func (d *Database) ReadTransaction(ctx context.Context, f func(tx *gorm.DB) error) error {
	options := &sql.TxOptions{}
	if d.dialect == Postgres {
		options = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	return d.Read(ctx).Transaction(f, options)
}
