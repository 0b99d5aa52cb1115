package database

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"gorm.io/gorm"
)

// JobDriver gives River, which keeps and runs jobs, the primary's pool.
func (d *Database) JobDriver() (riverdriver.Driver[*sql.Tx], error) {
	pool, err := d.write.DB()
	if err != nil {
		return nil, fmt.Errorf("find the pool: %w", err)
	}
	if d.dialect == Postgres {
		return riverdatabasesql.New(pool), nil
	}
	return riversqlite.New(pool), nil
}

// SQLTransaction gives the transaction under a GORM one, with all written that was given to it
// before, for what does not speak GORM.
func SQLTransaction(tx *gorm.DB) (*sql.Tx, error) {
	inner, ok := tx.Statement.ConnPool.(*transaction)
	if !ok {
		return nil, fmt.Errorf("%T is no write transaction", tx.Statement.ConnPool)
	}
	return inner.Tx, inner.settle()
}

func (d *Database) jobMigrator() (*rivermigrate.Migrator[*sql.Tx], error) {
	driver, err := d.JobDriver()
	if err != nil {
		return nil, err
	}
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("read the migrations of jobs: %w", err)
	}
	return migrator, nil
}

// migrateJobs makes River's tables, one instance at a time. They are River's own: it brings its
// migrations along and numbers them itself.
func (d *Database) migrateJobs(ctx context.Context) error {
	migrator, err := d.jobMigrator()
	if err != nil {
		return err
	}
	migrate := func(tx *gorm.DB) error {
		if d.dialect == Postgres { // whose enumerations want a transaction for each migration, so the lock alone is in this one
			if err := tx.Exec("SELECT pg_advisory_xact_lock(7236838)").Error; err != nil {
				return err
			}
			_, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
			return err
		}
		inner, err := SQLTransaction(tx)
		if err != nil {
			return err
		}
		//lint:ignore SA1019 SQLite's migrations all fit one transaction, which is also what keeps two programs apart
		_, err = migrator.MigrateTx(ctx, inner, rivermigrate.DirectionUp, nil)
		return err
	}
	if err := d.Transaction(ctx, migrate); err != nil {
		return fmt.Errorf("migrate the tables of jobs: %w", err)
	}
	return nil
}

// jobsCurrent reports whether River's tables are those of this program.
func (d *Database) jobsCurrent(ctx context.Context) (bool, error) {
	migrator, err := d.jobMigrator()
	if err != nil {
		return false, err
	}
	result, err := migrator.Validate(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("read the version of the tables of jobs: %w", err)
	}
	return result.OK, nil
}
