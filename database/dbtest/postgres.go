package dbtest

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"plumbline/database"
)

// install is what to do where PostgreSQL is missing.
const install = "PostgreSQL 15 or later is not installed; on Debian: apt-get install postgresql"

// cluster is a throw-away PostgreSQL server of this test process.
type cluster struct {
	admin *sql.DB
	port  int
	names atomic.Int64
}

var theCluster = sync.OnceValues(startCluster)

// PostgresURL gives the address of a fresh, migrated database, which is dropped after the test.
func PostgresURL(t testing.TB) string {
	t.Helper()
	binaries := findBinaries()
	if binaries == "" {
		if os.Getenv("CI") != "" || os.Getenv("PLUMBLINE_REQUIRE_ALL") != "" {
			t.Fatal(install)
		}
		t.Skip(install)
	}
	c, err := theCluster()
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}

	name := fmt.Sprintf("test_%d", c.names.Add(1))
	if _, err := c.admin.Exec("CREATE DATABASE " + name + " TEMPLATE template_plumbline STRATEGY FILE_COPY"); err != nil {
		t.Fatalf("create the test database: %v", err)
	}
	t.Cleanup(func() {
		if _, err := c.admin.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop the test database: %v", err)
		}
	})
	return c.url(name)
}

func (c *cluster) url(name string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", c.port, name)
}

// findBinaries gives the folder of the newest installed server; "" when there is none.
func findBinaries() string {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	sort.Slice(folders, func(i, j int) bool { return major(folders[i]) > major(folders[j]) })
	if path, err := exec.LookPath("initdb"); err == nil {
		folders = append(folders, filepath.Dir(path))
	}
	for _, folder := range folders {
		if _, err := os.Stat(filepath.Join(folder, "initdb")); err == nil {
			return folder
		}
	}
	return ""
}

func major(folder string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(folder)))
	return n
}

// startCluster makes and starts a server without durability, as an unprivileged user when the
// tests run as root, and migrates the template that every test database is cloned from.
func startCluster() (*cluster, error) {
	binaries := findBinaries()
	folder, err := os.MkdirTemp("", "plumbline-postgres-")
	if err != nil {
		return nil, err
	}
	credential, err := unprivileged(folder)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(folder, "data")
	initdb := exec.Command(filepath.Join(binaries, "initdb"), "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "-D", data)
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: credential}
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}

	port, err := freePort()
	if err != nil {
		return nil, err
	}
	if err := startServer(binaries, folder, data, port, credential); err != nil {
		return nil, err
	}
	c := &cluster{port: port}
	return c, c.prepare()
}

// startServer starts the server so that it cannot outlive this process: it is killed when the
// thread that started it ends, which a goroutine holds for as long as the process lives. A
// shell beside it then removes the data.
func startServer(binaries, folder, data string, port int, credential *syscall.Credential) error {
	server := exec.Command(filepath.Join(binaries, "postgres"), "-D", data, "-p", strconv.Itoa(port), "-k", folder,
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
		"-c", "max_connections=200", "-c", "shared_buffers=64MB", "-c", "autovacuum=off", "-c", "logging_collector=off")
	server.SysProcAttr = &syscall.SysProcAttr{Credential: credential, Pdeathsig: syscall.SIGINT}
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		return err
	}
	server.Stdout, server.Stderr = log, log

	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		started <- server.Start()
		_ = server.Wait() // ends with the process
	}()
	if err := <-started; err != nil {
		return err
	}
	sweep := exec.Command("sh", "-c", "while kill -0 $0 2>/dev/null; do sleep 1; done; sleep 1; rm -rf \"$1\"", strconv.Itoa(os.Getpid()), folder)
	return sweep.Start()
}

// unprivileged gives the user that runs the server when root runs the tests, and lets it write.
func unprivileged(folder string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(account.Uid)
		gid, _ := strconv.Atoi(account.Gid)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(folder, uid, gid)
	}
	return nil, fmt.Errorf("there is no user postgres or nobody to run the server as")
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// prepare waits until the server answers, and migrates the template.
func (c *cluster) prepare() error {
	admin, err := sql.Open("pgx", c.url("postgres"))
	if err != nil {
		return err
	}
	admin.SetMaxOpenConns(4)
	c.admin = admin
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for err = admin.PingContext(ctx); err != nil; err = admin.PingContext(ctx) {
		if ctx.Err() != nil {
			return fmt.Errorf("the server does not answer: %w", err)
		}
		time.Sleep(20 * time.Millisecond)
	}

	if _, err := admin.ExecContext(ctx, "CREATE DATABASE template_plumbline"); err != nil {
		return err
	}
	db, err := database.Open(ctx, database.Settings{URL: c.url("template_plumbline")})
	if err != nil {
		return err
	}
	defer db.Close()
	_, _, err = db.Migrate(ctx)
	return err
}
