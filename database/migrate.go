package database

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"plumbline/models"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the database to this program's schema, and gives the versions before and
// after. Several instances may do so at once. A newer database is refused.
func (d *Database) Migrate(ctx context.Context) (from, to int64, err error) {
	provider, err := d.provider()
	if err != nil {
		return 0, 0, err
	}
	from, known, err := versions(ctx, provider)
	if err != nil {
		return 0, 0, err
	}
	if from > known {
		return from, known, newerError(from, known)
	}

	for to = from; ; {
		_, failed := provider.Up(ctx)
		reached, err := provider.GetDBVersion(ctx)
		switch {
		case failed == nil && err != nil:
			return from, to, fmt.Errorf("read the schema's version: %w", err)
		case failed == nil:
			return from, reached, errors.Join(d.migrateJobs(ctx), d.beginDerivation(ctx))
		case err != nil || reached <= to:
			return from, to, fmt.Errorf("migrate: %w", failed)
		}
		to = reached // SQLite has no migration lock: another instance was faster, so go on from there
	}
}

// CheckVersion refuses a database whose schema is not this program's.
func (d *Database) CheckVersion(ctx context.Context) error {
	provider, err := d.provider()
	if err != nil {
		return err
	}
	version, known, err := versions(ctx, provider)
	switch {
	case err != nil:
		return err
	case version > known:
		return newerError(version, known)
	case version == 0:
		return models.Errorf(models.ErrInvalid, "This database is new and holds nothing yet; is it the one that you mean (--database)? To begin in it, run: plumbline migrate")
	case version < known:
		return models.Errorf(models.ErrInvalid, "The database has schema %d, this program needs %d. Make a backup, then run: plumbline migrate", version, known)
	}
	current, err := d.jobsCurrent(ctx)
	if err == nil && !current {
		err = models.Errorf(models.ErrInvalid, "The tables of jobs are older than this program. Make a backup, then run: plumbline migrate")
	}
	return err
}

// beginDerivation says that a database of which the log is empty is counted by this program's rules:
// nothing is counted in it yet.
func (d *Database) beginDerivation(ctx context.Context) error {
	begun := d.Write(ctx).Exec("UPDATE derivation SET version = ? WHERE version < ? AND NOT EXISTS (SELECT 1 FROM revisions)", models.Derivation, models.Derivation)
	if begun.Error != nil {
		return fmt.Errorf("begin the derivation: %w", begun.Error)
	}
	return nil
}

// CheckDerivation refuses a database whose standings, spans and involvements were counted by other
// rules than this program's. Its schema is this program's already: see CheckVersion.
func (d *Database) CheckDerivation(ctx context.Context) error {
	var row models.DerivationRow
	if err := d.Write(ctx).First(&row).Error; err != nil {
		return fmt.Errorf("read the version of the derivation: %w", err)
	}
	return DerivationError(row.Version)
}

// DerivationError refuses a version of the rules of derivation that is not this program's; nil for
// that one.
func DerivationError(version int) error {
	switch {
	case version > models.Derivation:
		return models.Errorf(models.ErrConflict, "The records were counted by a newer Plumbline (rules %d; this program knows up to %d). Install the newer version, and restart what still serves.", version, models.Derivation)
	case version < models.Derivation:
		return models.Errorf(models.ErrConflict, "The records were counted by older rules (%d; this program counts by %d): statuses or levels of verification may differ. Make a backup, then run: plumbline migrate", version, models.Derivation)
	}
	return nil
}

func newerError(version, known int64) error {
	return models.Errorf(models.ErrInvalid, "This database was written by a newer Plumbline (schema %d; this program knows up to %d). Install the newer version.", version, known)
}

// Schema gives the version of the database's schema; 0 for one that holds nothing yet.
func (d *Database) Schema(ctx context.Context) (int64, error) {
	provider, err := d.provider()
	if err != nil {
		return 0, err
	}
	version, _, err := versions(ctx, provider)
	return version, err
}

func versions(ctx context.Context, provider *goose.Provider) (version, known int64, err error) {
	for _, source := range provider.ListSources() {
		known = max(known, source.Version)
	}
	version, err = provider.GetDBVersion(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("read the schema's version: %w", err)
	}
	return version, known, nil
}

// Migrations gives the migration files of a dialect.
func Migrations(dialect string) (fs.FS, error) {
	folder, err := fs.Sub(migrations, "migrations/"+dialect)
	if err != nil {
		return nil, fmt.Errorf("find migrations: %w", err)
	}
	return folder, nil
}

// migrationPatience is how many seconds an instance waits for another one to migrate.
const migrationPatience = 300

func (d *Database) provider() (*goose.Provider, error) {
	folder, err := Migrations(d.dialect)
	if err != nil {
		return nil, err
	}
	pool, err := d.write.DB()
	if err != nil {
		return nil, fmt.Errorf("find the pool: %w", err)
	}

	dialect, options := goose.DialectSQLite3, []goose.ProviderOption{}
	if d.dialect == Postgres {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, migrationPatience))
		if err != nil {
			return nil, fmt.Errorf("make the migration lock: %w", err)
		}
		dialect, options = goose.DialectPostgres, append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, pool, folder, options...)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, nil
}
