// Package dbtest gives tests real, migrated databases of both engines: empty ones, and copies of one
// that is prepared once; see [Prepare]. They are in memory where there is room. Nothing of it
// outlives the test process, however that ends.
package dbtest

import (
	"context"
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

// Mode names the variable that says how much is tested: [Quick], or everything.
const Mode = "PLUMBLINE_TEST"

// Quick is the mode that leaves out what takes long to start: PostgreSQL here, Chromium in browsertest.
const Quick = "quick"

// Main runs a package's tests, stops at once what they started, and gives the exit code. Packages
// without it are tidied up a second later, but for prepared databases on a shared server:
//
//	func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }
func Main(m *testing.M) int {
	defer tidyMemory()
	defer stopCluster()
	defer dropPrepared()
	return m.Run()
}

// SQLite gives a fresh SQLite file database, which goes with the test.
func SQLite(t testing.TB) *database.Database {
	t.Helper()
	return Open(t, SQLiteURL(t))
}

// SQLiteURL gives the address of a fresh, migrated file database, which goes with the test.
func SQLiteURL(t testing.TB) string {
	t.Helper()
	template, err := sqliteTemplate()
	if err != nil {
		t.Fatalf("make the SQLite template: %v", err)
	}
	return sqliteFile(t, template)
}

// sqliteFile gives the address of a database file with a content, which goes with the test.
func sqliteFile(t testing.TB, content []byte) string {
	t.Helper()
	path := filepath.Join(memoryFolder(t), "test.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatalf("copy the SQLite template: %v", err)
	}
	return "sqlite:" + path
}

// Postgres gives a fresh PostgreSQL database, which is dropped after the test. The test is
// skipped in the mode Quick and where no PostgreSQL is installed; where everything is required, it
// fails without one.
func Postgres(t testing.TB) *database.Database {
	t.Helper()
	return Open(t, PostgresURL(t))
}

// Open opens a database for as long as the test runs.
func Open(t testing.TB, url string, replicas ...string) *database.Database {
	t.Helper()
	db, err := database.Open(context.Background(), database.Settings{URL: url, Replicas: replicas})
	if err != nil {
		t.Fatalf("open the test database: %v", err)
	}
	t.Cleanup(db.Close)
	return db
}

// sqliteTemplate is a migrated database file.
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp(memory(), "plumbline-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "template.db")
	if err := migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path) // whole: closing moved the WAL into it
})

func migrate(url string) error {
	db, err := database.Open(context.Background(), database.Settings{URL: url})
	if err != nil {
		return err
	}
	defer db.Close()
	_, _, err = db.Migrate(context.Background())
	return err
}
