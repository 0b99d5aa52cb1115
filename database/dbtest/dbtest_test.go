package dbtest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"plumbline/database"
)

func TestEach_givesEveryTestAMigratedDatabaseOfItsOwn(t *testing.T) {
	for range 2 {
		Each(t, func(t *testing.T, db *database.Database) {
			if err := db.CheckVersion(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := db.Write(t.Context()).Exec("CREATE TABLE mine (a BIGINT)").Error; err != nil {
				t.Errorf("another test was here: %v", err)
			}
		})
	}
}

func TestPostgres_isDroppedAfterTheTest(t *testing.T) {
	requireBinaries(t)
	var name string
	t.Run("inner", func(t *testing.T) {
		db := Postgres(t)
		if err := db.Read(t.Context()).Raw("SELECT current_database()").Scan(&name).Error; err != nil {
			t.Fatal(err)
		}
	})
	s, err := theServer()
	if err != nil {
		t.Fatal(err)
	}
	var left int
	if err := s.admin.QueryRow("SELECT count(*) FROM pg_database WHERE datname = $1", name).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d databases are left (%v)", left, err)
	}
}

func TestMain(m *testing.M) { os.Exit(Main(m)) }

// inChild names what this binary does when a test runs it again.
const inChild = "PLUMBLINE_DBTEST_CHILD"

// TestChild is run by the other tests in a process of its own.
func TestChild(t *testing.T) {
	switch os.Getenv(inChild) {
	case "die":
		Postgres(t)
		c, err := theCluster()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("\ncluster %d %s\n", c.port, c.folder)
		time.Sleep(time.Minute) // until it is killed
	case "shared":
		Postgres(t)
		Prepare(func(testing.TB, *database.Database, string) int { return 0 }).Postgres(t)
		if started.Load() != nil {
			t.Error("it started a server although there is a shared one")
		}
	default:
		t.Skip("only for the other tests")
	}
}

// child runs this binary again with a part of TestChild.
func child(ctx context.Context, part string, env ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestChild$", "-test.v")
	command.Env = append(os.Environ(), append(env, inChild+"="+part)...)
	return command
}

func TestCluster_cannotOutliveItsProcess(t *testing.T) {
	requireBinaries(t)
	command := child(t.Context(), "die", SharedServer+"=")
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var port int
	var folder, seen string
	for buffer := make([]byte, 4096); folder == ""; {
		n, err := out.Read(buffer)
		seen += string(buffer[:n])
		if _, line, found := strings.Cut(seen, "\ncluster "); found && strings.Contains(line, "\n") {
			fmt.Sscan(line, &port, &folder)
		} else if err != nil {
			t.Fatalf("the child ended:\n%s", seen)
		}
	}

	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait() // killed, as asked
	gone := func() bool {
		connection, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			connection.Close()
		}
		_, missing := os.Stat(folder)
		return err != nil && os.IsNotExist(missing)
	}
	for end := time.Now().Add(20 * time.Second); !gone(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the server on port %d or its folder %s is still there", port, folder)
		}
	}
}

func TestSharedServer_isUsedAndTidied(t *testing.T) {
	requireBinaries(t)
	s, err := ownServer()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := child(t.Context(), "shared", SharedServer+"="+s.url("postgres")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var left string
	err = s.admin.QueryRow("SELECT coalesce(string_agg(datname, ' '), '') FROM pg_database WHERE datname LIKE 'plumbline%' AND datname <> $1", s.template).Scan(&left)
	if err != nil || left != "" {
		t.Errorf("left behind: %s (%v)", left, err)
	}
}

// ending notes how a test would end.
type ending struct {
	testing.TB
	how string
}

func (e *ending) Helper() {}

func (e *ending) Fatal(args ...any) { e.how = "failed: " + fmt.Sprint(args...); runtime.Goexit() }
func (e *ending) Skip(args ...any)  { e.how = "skipped: " + fmt.Sprint(args...); runtime.Goexit() }

func TestMissingPostgres_skipsUnlessItIsRequired(t *testing.T) {
	for _, test := range []struct{ ci, all, want string }{
		{"", "", "skipped: " + install}, {"true", "", "failed: " + install}, {"", "1", "failed: " + install},
	} {
		t.Setenv(Mode, "")
		t.Setenv("CI", test.ci)
		t.Setenv("PLUMBLINE_REQUIRE_ALL", test.all)
		e := &ending{}
		var run sync.WaitGroup
		run.Go(func() { endWithoutPostgres(e) })
		run.Wait()
		if e.how != test.want {
			t.Errorf("CI=%q PLUMBLINE_REQUIRE_ALL=%q: %s", test.ci, test.all, e.how)
		}
	}
}

func TestNewestServer_isOneThatIsNewEnough(t *testing.T) {
	folders := map[string]string{"": ""}
	for name, output := range map[string]string{
		"14": "postgres (PostgreSQL) 14.9", "9": "postgres (PostgreSQL) 9.6.24", "15": "postgres (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)",
		"17": "postgres (PostgreSQL) 17beta1", "broken": "nothing of the kind",
	} {
		folders[name] = t.TempDir()
		script := "#!/bin/sh\necho '" + output + "'\n"
		if err := os.WriteFile(filepath.Join(folders[name], "postgres"), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	folders["empty"] = t.TempDir()

	for _, test := range []struct {
		installed []string
		want      string
	}{
		{[]string{"9", "17", "15", "14"}, "17"}, {[]string{"15", "9"}, "15"}, {[]string{"14", "9", "broken", "empty"}, ""}, {nil, ""},
	} {
		var paths []string
		for _, name := range test.installed {
			paths = append(paths, folders[name])
		}
		if got := newestServer(paths); got != folders[test.want] {
			t.Errorf("of %v it takes %q, expected %s", test.installed, got, test.want)
		}
	}
}
