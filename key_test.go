package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/database"
	"plumbline/database/dbtest"
)

// keyed is the address of a database on an engine, without a table yet, and the place of its key.
func eachKeyed(t *testing.T, test func(t *testing.T, database, key string)) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			folder := t.TempDir()
			database := "sqlite:" + filepath.Join(folder, "plumbline.db")
			if engine == "postgres" {
				database = emptied(t, dbtest.PostgresURL(t))
			}
			test(t, database, filepath.Join(folder, "plumbline.key"))
		})
	}
}

// commandsOn runs commands one after the other, and checks their exit codes and what they say.
type step struct {
	args string
	code int
	says []string
}

func (s step) run(t *testing.T, database, key string) string {
	t.Helper()
	args := append(strings.Fields(s.args), "--database", database, "--log-key", key, "--log-level", "error", "--fetch", "off", "--evidence", key+".evidence")
	code, out := runCommand(t, args...)
	if code != s.code {
		t.Errorf("plumbline %s: exit %d, want %d; said %q", s.args, code, s.code, out)
	}
	for _, word := range s.says {
		if !strings.Contains(out, word) {
			t.Errorf("plumbline %s said %q, want %q in it", s.args, out, word)
		}
	}
	return out
}

func TestKey_isThatOfTheLog(t *testing.T) {
	eachKeyed(t, func(t *testing.T, database, key string) {
		folder := filepath.Dir(key)
		for _, s := range []step{
			{"key show", 1, []string{"plumbline migrate"}},
			{"migrate", 0, []string{"Made the log's key, plumbline-", "in " + key}},
			{"migrate", 0, []string{"already"}},
			{"seed", 0, []string{"created"}},
			{"key list", 0, []string{"First key", "The key is in its place, " + key}},
		} {
			s.run(t, database, key)
		}
		public := filepath.Join(folder, "public.txt")
		if err := os.WriteFile(public, []byte(step{"key show", 0, []string{"plumbline-"}}.run(t, database, key)), 0o600); err != nil {
			t.Fatal(err)
		}

		if err := os.Rename(key, key+"~"); err != nil {
			t.Fatal(err)
		}
		table := filepath.Join(folder, "entities.csv")
		if err := os.WriteFile(table, []byte("kind,name\ncompany,Initech\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		missing := []string{"The log's key is missing: there is no file " + key, "--log-key", "replace-lost"}
		for _, s := range []step{
			{"serve --addr 127.0.0.1:0", 1, missing},
			{"demo --addr 127.0.0.1:0", 1, missing},
			{"seed", 1, missing},
			{"import " + table, 1, missing},
			{"key rotate", 1, missing},
			{"import --dry-run " + table, 0, []string{"1 row: 1 new"}},
			{"migrate", 0, []string{"already"}},
			{"export --format ndjson --list entities", 0, []string{"microsoft"}},
			{"user list", 0, nil},
			{"verify", 0, []string{"Everything is as the log says", "Signed from entry 1 on by plumbline-"}},
			{"verify --public-key " + public, 0, []string{"Everything is as the log says"}},
			{"verify --public-key " + table, 1, []string{"is not one"}},
			{"key list", 0, []string{"It is not in its place here", key}},
			{"key replace-lost", 1, []string{"Nothing was done", "--i-understand"}},
			{"backup " + filepath.Join(folder, "backup.zip"), 0, []string{"is not in it, on purpose", key}},
		} {
			s.run(t, database, key)
		}
		if _, err := os.Stat(key); err == nil {
			t.Error("a key was made")
		}
		if err := os.Rename(key+"~", key); err != nil {
			t.Fatal(err)
		}

		for _, s := range []step{
			{"key rotate --reason theft", 0, []string{"The log is handed over", "is kept as " + key + "."}},
			{"import " + table, 0, []string{"Published"}},
			{"verify --public-key " + public, 0, []string{"Everything is as the log says", "Signed from entry 1 on"}},
			{"key list", 0, []string{"First key", "Handed over", "theft", "is in its place"}},
		} {
			s.run(t, database, key)
		}
		if err := os.Remove(key); err != nil {
			t.Fatal(err)
		}
		for _, s := range []step{
			{"key replace-lost --i-understand", 1, []string{"--reason"}},
			{"key replace-lost --reason fire --i-understand", 0, []string{"is declared lost", key}},
			{"seed", 0, nil},
			{"verify", 0, []string{"NOTE:", "was not handed over", "fire"}},
			{"verify --public-key " + public, 3, []string{"was not handed over by a key that you trust"}},
		} {
			s.run(t, database, key)
		}
	})
}

func TestRestore_saysWhichKeyIsMissing(t *testing.T) {
	eachKeyed(t, func(t *testing.T, database, key string) {
		folder := filepath.Dir(key)
		backup := filepath.Join(folder, "backup.zip")
		for _, s := range []step{{"migrate", 0, nil}, {"seed", 0, nil}, {"backup " + backup, 0, nil}} {
			s.run(t, database, key)
		}
		public := strings.TrimSpace(step{"key show", 0, nil}.run(t, database, key))
		restored := func() string {
			if strings.HasPrefix(database, "sqlite:") {
				return "sqlite:" + filepath.Join(t.TempDir(), "restored.db")
			}
			return emptied(t, dbtest.PostgresURL(t))
		}
		step{"restore " + backup, 0, []string{public, "belongs in " + key, "It is there.", "Everything is as the log says"}}.run(t, restored(), key)
		elsewhere := filepath.Join(folder, "elsewhere.key")
		to := restored()
		step{"restore " + backup, 0, []string{public, "belongs in " + elsewhere, "nothing can be published", "there is no file " + elsewhere, "Everything is as the log says"}}.run(t, to, elsewhere)
		step{"serve --addr 127.0.0.1:0", 1, []string{"there is no file " + elsewhere}}.run(t, to, elsewhere)
		if _, err := os.Stat(elsewhere); err == nil {
			t.Error("a key was made for a restored log")
		}
	})
}

func TestPlaces_doNotDependOnThePresentFolder(t *testing.T) {
	here := t.TempDir()
	t.Chdir(here)
	t.Setenv("HOME", "/home/ada")
	for _, c := range []struct{ state, database, set, key, evidence string }{
		{"", "sqlite:plumbline.db", "", here + "/plumbline.key", here + "/plumbline.evidence"},
		{"", "sqlite:./x/../plumbline.db", "", here + "/plumbline.key", here + "/plumbline.evidence"},
		{"", "sqlite:/srv/a.b.db", "", "/srv/a.b.key", "/srv/a.b.evidence"},
		{"", "sqlite:/srv/plain", "", "/srv/plain.key", "/srv/plain.evidence"},
		{"", "sqlite:/srv/odd.key", "", "/srv/odd.key.key", "/srv/odd.evidence"},
		{"", "postgres://u@db/plumbline", "", "/home/ada/.local/state/plumbline/plumbline.key", "/home/ada/.local/state/plumbline/plumbline.evidence"},
		{"", "postgresql:///other?host=/run/postgresql", "", "/home/ada/.local/state/plumbline/other.key", "/home/ada/.local/state/plumbline/other.evidence"},
		{"", "postgres://u@a,b/ha?target_session_attrs=read-write", "", "/home/ada/.local/state/plumbline/ha.key", "/home/ada/.local/state/plumbline/ha.evidence"},
		{"", "postgres://u@db/..%2Fup", "", "/home/ada/.local/state/plumbline/..%2Fup.key", "/home/ada/.local/state/plumbline/..%2Fup.evidence"},
		{"/data", "postgres://u@db/plumbline", "", "/data/plumbline/plumbline.key", "/data/plumbline/plumbline.evidence"},
		{"relative", "postgres://u@db/plumbline", "", "/home/ada/.local/state/plumbline/plumbline.key", "/home/ada/.local/state/plumbline/plumbline.evidence"},
		{"", "postgres://u@db/plumbline", "my", here + "/my", here + "/my"},
		{"", "sqlite:plumbline.db", "../my", filepath.Dir(here) + "/my", filepath.Dir(here) + "/my"},
	} {
		t.Setenv("XDG_STATE_HOME", c.state)
		settings, err := Settings{Database: c.database, LogKey: c.set, Evidence: c.set}.absolute()
		if err != nil {
			t.Fatal(err)
		}
		a := &app{settings: settings}
		if a.logKey() != c.key || a.evidence() != c.evidence {
			t.Errorf("%+v: the key is %s, evidence %s", c, a.logKey(), a.evidence())
		}
	}
	t.Setenv("XDG_STATE_HOME", "")
	t.Setenv("HOME", "")
	if a := (&app{settings: Settings{Database: "postgres://u@db/plumbline"}}); a.logKey() != "/var/lib/plumbline/plumbline.key" {
		t.Errorf("without a home the key is %s", a.logKey())
	}
}

// What earlier versions left in the present folder is told of.
func TestPlaces_tellOfFormerOnes(t *testing.T) {
	database := emptied(t, dbtest.PostgresURL(t))
	here := t.TempDir()
	t.Chdir(here)
	t.Setenv("XDG_STATE_HOME", filepath.Join(here, "state"))
	former := filepath.Join(here, "plumbline.key")
	run := func(code int, args string, words ...string) {
		t.Helper()
		got, out := runCommand(t, append(strings.Fields(args), "--database", database, "--log-level", "error")...)
		if got != code {
			t.Errorf("plumbline %s: exit %d: %s", args, got, out)
		}
		for _, word := range words {
			if !strings.Contains(out, word) {
				t.Errorf("plumbline %s said %q, want %q in it", args, out, word)
			}
		}
	}
	run(0, "migrate --log-key "+former, "Made the log's key")
	run(0, "seed --log-key "+former)
	run(1, "seed", "there is no file "+filepath.Join(here, "state", "plumbline"), "earlier versions of Plumbline", "mv "+former+" ")
	run(0, "seed --log-key plumbline.key")
	if err := os.Mkdir(filepath.Join(here, "plumbline.evidence"), 0o700); err != nil {
		t.Fatal(err)
	}
	run(1, "verify", "Move them: mkdir -p", "--evidence "+filepath.Join(here, "plumbline.evidence"))
	run(0, "verify --evidence plumbline.evidence", "Everything is as the log says")
}

// In its default place a key signs one log: neither that of another server's database of the same name,
// nor that of one which is made anew.
func TestMigrate_takesNoKeyOfAnotherLog(t *testing.T) {
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	run := func(code int, database string, args ...string) string {
		t.Helper()
		got, out := runCommand(t, append(args, "--database", database, "--log-level", "error", "--fetch", "off")...)
		if got != code {
			t.Fatalf("%v: exit %d, want %d: %s", args, got, code, out)
		}
		return out
	}
	t.Run("sqlite", func(t *testing.T) {
		folder := t.TempDir()
		file := filepath.Join(folder, "a.db")
		address := "sqlite:" + file
		run(0, address, "migrate")
		run(0, address, "migrate")
		run(0, address, "key", "rotate")
		for _, name := range []string{"a.db", "a.db-wal", "a.db-shm"} {
			if err := os.Remove(filepath.Join(folder, name)); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
		}
		out := run(1, address, "migrate")
		for _, says := range []string{"a.key is the key (plumbline-", "of another log, that of " + file, "--log-key", "mv " + filepath.Join(folder, "a.key")} {
			if !strings.Contains(out, says) {
				t.Errorf("it says %q, want %q in it", out, says)
			}
		}
		run(0, address, "migrate", "--log-key", filepath.Join(folder, "a.key")) // who names it answers for it
	})
	t.Run("postgres", func(t *testing.T) {
		one := emptied(t, dbtest.PostgresURL(t))
		run(0, one, "migrate")
		place := filepath.Join(state, "plumbline", database.Name(one)+".key")
		noted, err := os.ReadFile(place + ".signs")
		if err != nil || strings.Contains(string(noted), "@") || !strings.Contains(string(noted), database.Place(one)) {
			t.Fatalf("it is noted as %q, %v", noted, err)
		}
		run(0, one, "migrate")
		other := emptied(t, dbtest.PostgresURL(t))
		beside := filepath.Join(state, "plumbline", database.Name(other)+".key")
		for _, ending := range []string{"", ".signs"} { // as though both had one name
			text, err := os.ReadFile(place + ending)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(beside+ending, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if out := run(1, other, "migrate"); !strings.Contains(out, "of another log, that of "+database.Place(one)) {
			t.Errorf("it says %q", out)
		}
		if err := os.Remove(beside); err != nil {
			t.Fatal(err)
		}
		if out := run(0, other, "migrate"); !strings.Contains(out, "Made the log's key") {
			t.Errorf("with the key moved away it says %q", out)
		}
	})
}
