package dbtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// oldest is the first major version that the program takes.
const oldest = 15

// install is what to do where PostgreSQL is missing.
const install = "PostgreSQL 15 or later is not installed; on Debian: apt-get install postgresql"

// cluster is a throw-away PostgreSQL server of this test process.
type cluster struct {
	folder     string
	port       int
	binaries   string
	credential *syscall.Credential
	process    *os.Process
	ended      chan struct{}
}

var (
	theCluster = sync.OnceValues(startCluster)
	started    atomic.Pointer[cluster]
)

// stopCluster stops the server of this process, if there is one, and removes its data.
func stopCluster() {
	if c := started.Load(); c != nil {
		c.stop()
		os.RemoveAll(c.folder)
	}
}

// startCluster makes and starts a server without durability.
func startCluster() (*cluster, error) {
	c, err := newCluster()
	if err != nil {
		return nil, err
	}
	err = c.run("initdb", "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "-D", c.data())
	if err != nil {
		return nil, err
	}
	started.Store(c)
	return c, c.start()
}

// newCluster prepares a folder for a server, which runs as an unprivileged user when the tests
// run as root.
func newCluster() (c *cluster, err error) {
	c = &cluster{binaries: findBinaries()}
	if c.folder, err = os.MkdirTemp(memory(), "plumbline-postgres-"); err != nil {
		return nil, err
	}
	if c.credential, err = unprivileged(c.folder); err != nil {
		return nil, err
	}
	c.port, err = freePort()
	return c, err
}

func (c *cluster) data() string { return filepath.Join(c.folder, "data") }

func (c *cluster) url(name string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", c.port, name)
}

// run runs one of PostgreSQL's programs to its end.
func (c *cluster) run(program string, args ...string) error {
	command := exec.Command(filepath.Join(c.binaries, program), args...)
	command.Dir = c.folder
	command.SysProcAttr = &syscall.SysProcAttr{Credential: c.credential}
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, out)
	}
	return nil
}

// start starts the server so that it cannot outlive this process, and waits until it answers.
func (c *cluster) start() error {
	command := exec.Command(filepath.Join(c.binaries, "postgres"), "-D", c.data(), "-p", strconv.Itoa(c.port), "-k", c.folder,
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
		"-c", "max_connections=200", "-c", "shared_buffers=64MB", "-c", "autovacuum=off", "-c", "max_wal_size=256MB", "-c", "dynamic_shared_memory_type=mmap", "-c", "logging_collector=off")
	command.Dir = c.folder
	command.SysProcAttr = &syscall.SysProcAttr{Credential: c.credential}
	dieWithParent(command.SysProcAttr)
	log, err := os.Create(filepath.Join(c.folder, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	command.Stdout, command.Stderr = log, log

	running, ended := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread() // the parent that it dies with is this thread
		running <- command.Start()
		if command.Process != nil {
			_ = command.Wait() // however it ended, it ended
		}
		close(ended)
	}()
	if err := <-running; err != nil {
		return err
	}
	c.process, c.ended = command.Process, ended
	if err := c.watch(); err != nil {
		return err
	}
	return c.wait()
}

// watch leaves a shell behind that outlives this process by a moment, to stop the server where
// the system does not, and to remove its data. Being its own session, it survives an interrupt.
func (c *cluster) watch() error {
	return afterwards(`kill -INT "$1"; while kill -0 "$1"; do sleep 0.1; done; rm -rf "$2"`, strconv.Itoa(c.process.Pid), c.folder)
}

// afterwards has a shell run a script soon after this process ended, however it did.
func afterwards(script string, args ...string) error {
	script = `while kill -0 "$0"; do sleep 0.5; done; ` + script
	watcher := exec.Command("sh", append([]string{"-c", script, strconv.Itoa(os.Getpid())}, args...)...)
	watcher.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := watcher.Start(); err != nil {
		return err
	}
	return watcher.Process.Release()
}

func (c *cluster) wait() error {
	db, err := sql.Open("pgx", c.url("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for err = db.PingContext(ctx); err != nil; err = db.PingContext(ctx) {
		select {
		case <-c.ended:
			log, _ := os.ReadFile(filepath.Join(c.folder, "log")) // without it, the sentence is all there is
			return fmt.Errorf("the server ended:\n%s", log)
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// stop ends the server at once, as a crash would.
func (c *cluster) stop() {
	if c.process != nil {
		_ = c.process.Signal(syscall.SIGQUIT) // it may have ended by itself
		<-c.ended
	}
}

// findBinaries gives the folder of the newest installed server that is new enough; "" when there
// is none.
func findBinaries() string {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is right
	if path, err := exec.LookPath("initdb"); err == nil {
		folders = append(folders, filepath.Dir(path))
	}
	return newestServer(folders)
}

func newestServer(folders []string) (best string) {
	newest := oldest - 1
	for _, folder := range folders {
		if version := major(folder); version > newest {
			newest, best = version, folder
		}
	}
	return best
}

var versionNumber = regexp.MustCompile(`\) (\d+)`)

// major asks a server for its version; 0 when there is none in the folder.
func major(folder string) int {
	out, err := exec.Command(filepath.Join(folder, "postgres"), "--version").Output()
	found := versionNumber.FindSubmatch(out)
	if err != nil || found == nil {
		return 0
	}
	version, _ := strconv.Atoi(string(found[1])) // digits by the pattern
	return version
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
		uid, errUID := strconv.ParseUint(account.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(account.Gid, 10, 32)
		if err := errors.Join(errUID, errGID); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(folder, int(uid), int(gid))
	}
	return nil, errors.New("there is no user postgres or nobody to run the server as")
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
