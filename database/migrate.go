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
// after. Several instances may do so at once.
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
	if _, err := provider.Up(ctx); err != nil {
		return from, 0, fmt.Errorf("migrate: %w", err)
	}
	to, err = provider.GetDBVersion(ctx)
	if err != nil {
		return from, 0, fmt.Errorf("read the schema's version: %w", err)
	}
	return from, to, nil
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
	case version < known:
		return models.Errorf(models.ErrInvalid, "The database has schema %d, this program needs %d. Make a backup, then run: plumbline migrate", version, known)
	}
	return nil
}

func newerError(version, known int64) error {
	return models.Errorf(models.ErrInvalid, "This database was written by a newer Plumbline (schema %d; this program knows up to %d). Install the newer version.", version, known)
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

func (d *Database) provider() (*goose.Provider, error) {
	folder, err := fs.Sub(migrations, "migrations/"+d.dialect)
	if err != nil {
		return nil, fmt.Errorf("find migrations: %w", err)
	}
	pool, err := d.write.DB()
	if err != nil {
		return nil, fmt.Errorf("find the pool: %w", err)
	}

	dialect, options := goose.DialectSQLite3, []goose.ProviderOption{}
	if d.dialect == Postgres {
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, errors.Join(errors.New("make the migration lock"), err)
		}
		dialect, options = goose.DialectPostgres, append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, pool, folder, options...)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, nil
}
