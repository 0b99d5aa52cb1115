package database_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/database/dbtest"
)

func TestOpen_makesAFileForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := dbtest.Open(t, "sqlite:"+path)
	run(t, db.Write(t.Context()).Exec("CREATE TABLE a (b)").Error)
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		run(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, expected 0600", name, info.Mode())
		}
	}
	left, err := os.ReadDir(filepath.Dir(path))
	run(t, err)
	if len(left) != 3 {
		t.Errorf("the folder holds %v, expected the database and its two companions", left)
	}
}

func TestOpen_takesAnyPath(t *testing.T) {
	for _, name := range []string{"with space.db", "what?cache=shared.db", "a#b.db", "100%41.db", "Ünïcode عربى.db", "a&b=c;d.db", "file:x.db"} {
		folder := t.TempDir()
		db := dbtest.Open(t, "sqlite:"+folder+"//"+name)
		run(t, db.Write(t.Context()).Exec("CREATE TABLE a (b)").Error)
		run(t, db.Read(t.Context()).Exec("SELECT * FROM a").Error)
		if _, err := os.Stat(filepath.Join(folder, name+"-wal")); err != nil {
			t.Errorf("%s: the database is elsewhere: %v", name, err)
		}
	}
}

func TestOpen_takesARelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	db := dbtest.Open(t, "sqlite:a.db")
	run(t, db.Write(t.Context()).Exec("CREATE TABLE a (b)").Error)
	if _, err := os.Stat("a.db-wal"); err != nil {
		t.Error(err)
	}
}

func TestSQLite_isSetUpOnEveryConnection(t *testing.T) {
	db := dbtest.SQLite(t)
	for name, test := range map[string]struct {
		tx        *gorm.DB
		queryOnly string
	}{"writer": {db.Write(t.Context()), "0"}, "reader": {db.Read(t.Context()), "1"}} {
		for pragma, want := range map[string]string{
			"journal_mode": "wal", "foreign_keys": "1", "synchronous": "2", "busy_timeout": "5000",
			"temp_store": "2", "mmap_size": "1073741824", "query_only": test.queryOnly,
		} {
			var got string
			run(t, test.tx.Raw("PRAGMA "+pragma).Row().Scan(&got))
			if got != want {
				t.Errorf("%s: %s is %s, expected %s", name, pragma, got, want)
			}
		}
		if pool, err := test.tx.DB(); err != nil || name == "writer" && pool.Stats().MaxOpenConnections != 1 {
			t.Errorf("%s: %d connections (%v)", name, pool.Stats().MaxOpenConnections, err)
		}
	}
}

func TestSQLite_triggersRefuseAsChecksDo(t *testing.T) {
	db := dbtest.SQLite(t)
	write := db.Write(t.Context())
	run(t, write.Exec("CREATE TABLE kept (a)").Error)
	run(t, write.Exec("CREATE TRIGGER kept_append_only BEFORE DELETE ON kept BEGIN SELECT RAISE(ABORT, 'kept is append-only'); END").Error)
	run(t, write.Exec("INSERT INTO kept VALUES (1)").Error)
	err := write.Exec("DELETE FROM kept").Error
	if err == nil || !strings.Contains(err.Error(), "kept is append-only") {
		t.Errorf("the deletion gave %v", err)
	}
	requireIs(t, err, gorm.ErrCheckConstraintViolated)
}

// sqliteFile is the file of a SQLite database.
func sqliteFile(t *testing.T, db *database.Database) (path string) {
	t.Helper()
	run(t, db.Read(t.Context()).Raw("SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&path).Error)
	return path
}
