package database_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/database/dbtest"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

const secret = "correct-horse"

// openError opens what cannot be opened, and gives the sentence that says so.
func openError(t *testing.T, settings database.Settings) string {
	t.Helper()
	db, err := database.Open(context.Background(), settings)
	if err == nil {
		db.Close()
		t.Fatal("it was opened")
	}
	if strings.Contains(err.Error(), secret) {
		t.Errorf("the error shows the password: %v", err)
	}
	return err.Error()
}

func TestOpen_saysWhatIsWrongWithAnAddress(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	text := filepath.Join(folder, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database at all. ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	closed := closedPort(t)

	for name, test := range map[string]struct{ address, want string }{
		"no scheme":            {"plumbline.db", "sqlite:PATH or postgres://"},
		"another scheme":       {"mysql://plumbline:" + secret + "@localhost/plumbline", "sqlite:PATH or postgres://"},
		"no path":              {"sqlite:", "needs the path of a file"},
		"in memory":            {"sqlite::memory:", "needs the path of a file"},
		"no folder":            {"sqlite:" + filepath.Join(folder, "missing", "a.db"), "There is no folder " + filepath.Join(folder, "missing")},
		"a folder":             {"sqlite:" + folder, "is no file"},
		"no database":          {"sqlite:" + text, "is no SQLite database"},
		"an unwritable folder": {"sqlite:" + filepath.Join(unwritable(t), "a.db"), "cannot be written to"},
		"a broken URL":         {"postgres://plumbline:" + secret + "%zz@localhost/plumbline", "no valid PostgreSQL URL"},
		"a broken port":        {"postgres://plumbline:" + secret + "@localhost:port/plumbline", "no valid PostgreSQL URL"},
		"a missing file":       {"postgres://plumbline:" + secret + "@localhost/plumbline?sslmode=verify-full&sslrootcert=/missing.pem", "/missing.pem"},
		"an unknown host":      {"postgres://plumbline:" + secret + "@host.invalid/plumbline", `no host "host.invalid"`},
		"a closed port":        {fmt.Sprintf("postgres://plumbline:%s@127.0.0.1:%d/plumbline", secret, closed), fmt.Sprintf("Nothing answers at 127.0.0.1:%d", closed)},
		"a missing socket":     {"postgres://plumbline:" + secret + "@/plumbline?host=" + folder, "Nothing answers at"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := openError(t, database.Settings{URL: test.address}); !strings.Contains(got, test.want) {
				t.Errorf("it says %q, expected %q in it", got, test.want)
			}
		})
	}
}

func TestOpen_saysWhatPostgresRefuses(t *testing.T) {
	t.Parallel()
	address, err := url.Parse(dbtest.PostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	admin := dbtest.Postgres(t).Write(context.Background())
	for _, statement := range []string{
		"CREATE ROLE limited LOGIN PASSWORD '" + secret + "' CONNECTION LIMIT 0",
		"CREATE ROLE locked NOLOGIN PASSWORD '" + secret + "'",
	} {
		if err := admin.Exec(statement).Error; err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if err := admin.Exec("DROP ROLE limited, locked").Error; err != nil {
			t.Error(err)
		}
	})

	for name, test := range map[string]struct {
		change func(*url.URL)
		want   string
	}{
		"no such database":     {func(u *url.URL) { u.Path = "/missing" }, `database "missing" does not exist. Create the database first`},
		"no such user":         {func(u *url.URL) { u.User = url.UserPassword("nobody_at_all", secret) }, "nobody_at_all"},
		"a locked user":        {func(u *url.URL) { u.User = url.UserPassword("locked", secret) }, "not permitted to log in"},
		"too many connections": {func(u *url.URL) { u.User = url.UserPassword("limited", secret) }, "Raise max_connections"},
		"no TLS":               {func(u *url.URL) { u.RawQuery = "sslmode=require" }, "does not speak TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := *address
			test.change(&changed)
			if got := openError(t, database.Settings{URL: changed.String()}); !strings.Contains(got, test.want) {
				t.Errorf("it says %q, expected %q in it", got, test.want)
			}
		})
	}
}

func TestOpen_refusesReplicasThatCannotBe(t *testing.T) {
	t.Parallel()
	file := "sqlite:" + filepath.Join(t.TempDir(), "a.db")
	got := openError(t, database.Settings{URL: file, Replicas: []string{"postgres://x:" + secret + "@localhost/x"}})
	if !strings.Contains(got, "SQLite has no replicas") {
		t.Errorf("it says %q", got)
	}
	got = openError(t, database.Settings{URL: dbtest.PostgresURL(t), Replicas: []string{"sqlite:replica.db"}})
	if !strings.Contains(got, "--replica needs postgres://") {
		t.Errorf("it says %q", got)
	}
}

func TestOpen_givesUpWithTheContext(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never says a word
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if db, err := database.Open(ctx, database.Settings{URL: "postgres://x:" + secret + "@" + listener.Addr().String() + "/x"}); err == nil {
		db.Close()
		t.Error("it was opened")
	} else if !strings.Contains(err.Error(), "cannot be reached") || strings.Contains(err.Error(), secret) {
		t.Errorf("it says %q", err)
	}
}

func TestStatements_countsEveryPool(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		ctx := context.Background()
		before := db.Statements()
		var n int
		run(t, db.Read(ctx).Raw("SELECT 1").Scan(&n).Error)
		run(t, db.Write(ctx).Exec("SELECT 1").Error)
		run(t, db.ReadTransaction(ctx, func(tx *gorm.DB) error { return tx.Raw("SELECT 1").Scan(&n).Error }))
		run(t, db.Transaction(ctx, func(tx *gorm.DB) error { return tx.Exec("SELECT 1").Error }))
		if got := db.Statements() - before; got != 4 {
			t.Errorf("counted %d statements, expected 4", got)
		}
	})
}

func TestPing_failsOnceClosed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		run(t, db.Ping(context.Background()))
		db.Close()
		db.Close()
		if err := db.Ping(context.Background()); err == nil {
			t.Error("a closed database answers")
		}
	})
}

func TestPing_doesNotWaitForAWriter(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		run(t, db.Transaction(t.Context(), func(*gorm.DB) error { return db.Ping(ctx) }))
	})
}

// run ends the test at an error.
func run(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func closedPort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	run(t, err)
	run(t, listener.Close())
	return listener.Addr().(*net.TCPAddr).Port
}

// unwritable gives a folder that even root cannot write to, or one of ours without the right.
func unwritable(t *testing.T) string {
	t.Helper()
	if os.Geteuid() == 0 {
		return "/proc"
	}
	folder := t.TempDir()
	run(t, os.Chmod(folder, 0o500))
	return folder
}
