package dbtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"plumbline/database"
)

// SharedServer names the variable that may hold the postgres:// URL of an administrator's
// database. Test databases are then made there, instead of on a server of each test process.
const SharedServer = "PLUMBLINE_TEST_POSTGRES"

// PostgresURL gives the address of a fresh, migrated database, which is dropped after the test.
func PostgresURL(t testing.TB) string {
	t.Helper()
	s := needServer(t)
	return s.clone(t, s.template)
}

// needServer gives the server, or skips the test or fails it.
func needServer(t testing.TB) *server {
	t.Helper()
	skipIfQuick(t)
	if os.Getenv(SharedServer) == "" {
		requireBinaries(t)
	}
	s, err := theServer()
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	return s
}

func skipIfQuick(t testing.TB) {
	t.Helper()
	if os.Getenv(Mode) == Quick {
		t.Skip("PostgreSQL is left out: " + Mode + " is " + Quick)
	}
}

// requireBinaries skips the test where no PostgreSQL is installed, or fails it.
func requireBinaries(t testing.TB) {
	t.Helper()
	skipIfQuick(t)
	if findBinaries() == "" {
		endWithoutPostgres(t)
	}
}

func endWithoutPostgres(t testing.TB) {
	t.Helper()
	if os.Getenv("CI") == "true" || os.Getenv("PLUMBLINE_REQUIRE_ALL") != "" {
		t.Fatal(install)
	}
	t.Skip(install)
}

// server is where test databases are cloned from a template.
type server struct {
	admin    *sql.DB
	address  url.URL
	template string

	mutex    sync.Mutex
	prepared []string // what is to be dropped at the end
}

// theServer is the shared one, or else this process's own.
var theServer = sync.OnceValues(func() (*server, error) {
	if address := os.Getenv(SharedServer); address != "" {
		s, err := newServer(address)
		shared.Store(s)
		return s, err
	}
	return ownServer()
})

// shared is the shared server once it is used.
var shared atomic.Pointer[server]

var ownServer = sync.OnceValues(func() (*server, error) {
	c, err := theCluster()
	if err != nil {
		return nil, err
	}
	return newServer(c.url("postgres"))
})

// newServer makes the template on a server that answers.
func newServer(address string) (*server, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%s is no URL", SharedServer) // the error itself would show a password
	}
	admin, err := sql.Open("pgx", address)
	if err != nil {
		return nil, err
	}
	admin.SetMaxOpenConns(4)

	s := &server{admin: admin, address: *parsed}
	s.template, err = templateName()
	if err != nil {
		return nil, err
	}
	return s, s.prepare()
}

// templateName changes with the migrations, so that a shared server keeps one for all processes.
func templateName() (string, error) {
	files, err := database.Migrations(database.Postgres)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	err = fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, path)
		fmt.Fprintf(hash, "%s %d %s", path, len(content), content)
		return err
	})
	return fmt.Sprintf("plumbline_template_%x", hash.Sum(nil)[:8]), err
}

// prepare migrates the template under another name first, so that a half-made one is never used.
func (s *server) prepare() error {
	ctx := context.Background()
	connection, err := s.admin.Conn(ctx)
	if err != nil {
		return err
	}
	defer connection.Close()
	const lock = 7_205_937 // any number that nobody else uses; it goes with the connection
	if _, err := connection.ExecContext(ctx, "SELECT pg_advisory_lock($1)", lock); err != nil {
		return err
	}
	defer connection.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", lock)

	var done bool
	err = connection.QueryRowContext(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", s.template).Scan(&done)
	if err != nil || done {
		return err
	}
	unfinished := s.template + "_unfinished"
	if _, err := connection.ExecContext(ctx, "DROP DATABASE IF EXISTS "+unfinished+" WITH (FORCE)"); err != nil {
		return err
	}
	if _, err := connection.ExecContext(ctx, "CREATE DATABASE "+unfinished+" TEMPLATE template0 ENCODING 'UTF8'"); err != nil {
		return err
	}
	if err := migrate(s.url(unfinished)); err != nil {
		return err
	}
	_, err = connection.ExecContext(ctx, "ALTER DATABASE "+unfinished+" RENAME TO "+s.template)
	return err
}

// clone makes a database like another, and drops it after the test.
func (s *server) clone(t testing.TB, template string) string {
	t.Helper()
	name, err := s.create(template)
	if err != nil {
		t.Fatalf("create the test database: %v", err)
	}
	t.Cleanup(func() {
		if err := s.drop(name); err != nil {
			t.Errorf("drop the test database: %v", err)
		}
	})
	return s.url(name)
}

func (s *server) create(template string) (name string, err error) {
	name = "plumbline_test_" + strings.ToLower(rand.Text())
	_, err = s.admin.Exec("CREATE DATABASE " + name + " TEMPLATE " + template + " STRATEGY FILE_COPY")
	return name, err
}

func (s *server) drop(name string) error {
	_, err := s.admin.Exec("DROP DATABASE " + name + " WITH (FORCE)")
	return err
}

// dropAtEnd has Main drop a database.
func (s *server) dropAtEnd(name string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.prepared = append(s.prepared, name)
}

// dropPrepared drops the prepared databases of a server that lives on; this process's own goes with
// all it has.
func dropPrepared() {
	s := shared.Load()
	if s == nil {
		return
	}
	for _, name := range s.prepared {
		if err := s.drop(name); err != nil {
			fmt.Fprintf(os.Stderr, "drop the prepared database %s: %v\n", name, err)
		}
	}
}

func (s *server) url(name string) string {
	address := s.address
	address.Path = "/" + name
	return address.String()
}
