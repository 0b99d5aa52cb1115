package database_test

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/database/dbtest"
)

// emptyURLs gives the address of a database without any table, on each engine.
func emptyURLs(t *testing.T, test func(t *testing.T, url string)) {
	t.Run(database.SQLite, func(t *testing.T) { test(t, "sqlite:"+filepath.Join(t.TempDir(), "a.db")) })
	t.Run(database.Postgres, func(t *testing.T) {
		url := dbtest.PostgresURL(t)
		db := dbtest.Open(t, url)
		for _, statement := range []string{"DROP SCHEMA public CASCADE", "CREATE SCHEMA public"} {
			run(t, db.Write(t.Context()).Exec(statement).Error)
		}
		test(t, url)
	})
}

func TestMigrate_makesTheSchemaOnce(t *testing.T) {
	t.Parallel()
	emptyURLs(t, func(t *testing.T, url string) {
		db := dbtest.Open(t, url)
		if schema, err := db.Schema(t.Context()); schema != 0 || err != nil {
			t.Errorf("an empty database has schema %d, %v", schema, err)
		}
		if err := db.CheckVersion(t.Context()); err == nil || !strings.Contains(err.Error(), "run: plumbline migrate") {
			t.Errorf("an empty database gave %v", err)
		}
		from, to, err := db.Migrate(t.Context())
		if err != nil || from != 0 || to < 2 {
			t.Fatalf("migrated from %d to %d: %v", from, to, err)
		}
		run(t, db.CheckVersion(t.Context()))
		if schema, err := db.Schema(t.Context()); schema != to || err != nil {
			t.Errorf("schema %d, want %d; %v", schema, to, err)
		}
		if n := count(t, db.Read(t.Context()), "records"); n != 0 {
			t.Errorf("there are %d records", n)
		}

		again, still, err := db.Migrate(t.Context())
		if err != nil || again != to || still != to {
			t.Errorf("migrated again from %d to %d: %v", again, still, err)
		}
	})
}

func TestMigrate_mayRunInSeveralInstances(t *testing.T) {
	t.Parallel()
	emptyURLs(t, func(t *testing.T, url string) {
		// Making goose's own table holds instances apart by a second; without it they meet.
		if err := dbtest.Open(t, url).CheckVersion(t.Context()); err == nil {
			t.Fatal("the database is not empty")
		}
		var instances sync.WaitGroup
		for range 4 {
			db := dbtest.Open(t, url)
			instances.Go(func() {
				if _, to, err := db.Migrate(t.Context()); err != nil || to < 2 {
					t.Errorf("migrated to %d: %v", to, err)
				}
			})
		}
		instances.Wait()
		run(t, dbtest.Open(t, url).CheckVersion(t.Context()))
	})
}

func TestCheckVersion_refusesANewerDatabase(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		run(t, db.Write(t.Context()).Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9001, ?)", true).Error)
		_, _, migrating := db.Migrate(t.Context())
		for _, err := range []error{db.CheckVersion(t.Context()), migrating} {
			if err == nil || !strings.Contains(err.Error(), "written by a newer Plumbline (schema 9001; this program knows up to") {
				t.Errorf("it gave %v", err)
			}
		}
	})
}

func TestMigrate_leavesNothingOfAFailedMigration(t *testing.T) {
	t.Parallel()
	emptyURLs(t, func(t *testing.T, url string) {
		db := dbtest.Open(t, url)
		run(t, db.Write(t.Context()).Exec("CREATE TABLE records (in_the_way INTEGER)").Error)
		if _, to, err := db.Migrate(t.Context()); err == nil || to != 0 {
			t.Errorf("migrated to %d: %v", to, err)
		}
		err := db.ReadTransaction(t.Context(), func(tx *gorm.DB) error { return tx.Exec("SELECT * FROM accounts").Error })
		if err == nil {
			t.Error("a table of the failed migration is there")
		}
	})
}
