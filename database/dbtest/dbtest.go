// Package dbtest gives tests real, migrated databases of both engines.
package dbtest

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"plumbline/database"
)

// Each runs a test as subtests "sqlite" and "postgres", each on a fresh database of its own.
func Each(t *testing.T, test func(t *testing.T, db *database.Database)) {
	t.Helper()
	t.Run(database.SQLite, func(t *testing.T) { test(t, SQLite(t)) })
	t.Run(database.Postgres, func(t *testing.T) { test(t, Postgres(t)) })
}

var sqliteTemplate = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "plumbline-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "template.db")
	db, err := database.Open(context.Background(), database.Settings{URL: "sqlite:" + path})
	if err != nil {
		return "", err
	}
	defer db.Close()
	if _, _, err := db.Migrate(context.Background()); err != nil {
		return "", err
	}
	return path, db.Write(context.Background()).Exec("PRAGMA wal_checkpoint(TRUNCATE)").Error
})

// SQLite gives a fresh SQLite file database, which goes with the test.
func SQLite(t testing.TB) *database.Database {
	t.Helper()
	template, err := sqliteTemplate()
	if err != nil {
		t.Fatalf("make the SQLite template: %v", err)
	}
	path := filepath.Join(t.TempDir(), "test.db")
	if err := copyFile(template, path); err != nil {
		t.Fatalf("copy the SQLite template: %v", err)
	}
	return open(t, "sqlite:"+path)
}

// Postgres gives a fresh PostgreSQL database, which is dropped after the test. The test is
// skipped where no PostgreSQL is installed, and fails there when everything is required.
func Postgres(t testing.TB) *database.Database {
	t.Helper()
	return open(t, PostgresURL(t))
}

func open(t testing.TB, url string) *database.Database {
	t.Helper()
	db, err := database.Open(context.Background(), database.Settings{URL: url})
	if err != nil {
		t.Fatalf("open the test database: %v", err)
	}
	t.Cleanup(db.Close)
	return db
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Close()
}
