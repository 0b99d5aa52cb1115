package main

import (
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestSettings_areInTheDocuments(t *testing.T) {
	for _, name := range []string{"README.md", "docs/operations.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, settings := range []reflect.Type{reflect.TypeFor[Settings](), reflect.TypeFor[Address]()} {
			for i := range settings.NumField() {
				if variable := settings.Field(i).Tag.Get("env"); !strings.Contains(string(text), variable) {
					t.Errorf("%s does not name %s", name, variable)
				}
			}
		}
	}
}

// runCommand runs the program as from a shell, and gives its exit code and what it printed.
func runCommand(t *testing.T, args ...string) (int, string) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	code := run(args, out, out)
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return code, string(text)
}

func TestCommands_sayWhatIsWrong(t *testing.T) {
	folder := t.TempDir()
	database := "sqlite:" + filepath.Join(folder, "x.db")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	notADatabase := filepath.Join(folder, "text.db")
	if err := os.WriteFile(notADatabase, []byte(strings.Repeat("this is no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}

	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"serve", "--database", "mysql://x"}, 1, "sqlite:PATH or postgres://"},
		{[]string{"serve", "--database", "sqlite:" + folder + "/none/x.db"}, 1, "no folder"},
		{[]string{"migrate", "--database", "sqlite:" + notADatabase}, 1, "no SQLite database"},
		{[]string{"migrate", "--database", "postgres://u:secret@127.0.0.1:1/x"}, 1, "--database"},
		{[]string{"serve", "--database", database}, 1, "plumbline migrate"},
		{[]string{"migrate", "--database", database}, 0, "Migrated"},
		{[]string{"migrate", "--database", database}, 0, "already"},
		{[]string{"serve", "--database", database, "--addr", listener.Addr().String()}, 1, "already"},
		{[]string{"serve", "--database", database, "--addr", "nonsense"}, 1, "HOST:PORT"},
		{[]string{"serve", "--database", database, "--receiver", "10.0.0.5"}, 1, "10.0.0.5:8080"},
		{[]string{"user", "--database", database, "A person", "--role", "edtor"}, 1, "editor"},
		{[]string{"user", "--database", database, "A person"}, 0, "plumb_"},
		{[]string{"user", "create", "--database", database, "An admin", "--role", "admin", "--link", "--site", "https://plumbline.example/"}, 0, "https://plumbline.example/invitations/"},
		{[]string{"user", "create", "--database", database, "A person", "--days=-1"}, 1, "--days"},
		{[]string{"user", "create", "--database", database, "line\nbreak"}, 1, "on one line"},
		{[]string{"user", "invite", "--database", database, "--role", "steward"}, 0, "/invitations/"},
		{[]string{"user", "invite", "--database", database, "--role", "king"}, 1, "no role"},
		{[]string{"user", "role", "--database", database, "A person", "steward"}, 0, `"A person" (steward)`},
		{[]string{"user", "role", "--database", database, "A person", "king"}, 1, "no role"},
		{[]string{"user", "role", "--database", database, "An admin", "reader"}, 1, "last admin"},
		{[]string{"user", "suspend", "--database", database, "An admin"}, 1, "last admin"},
		{[]string{"user", "suspend", "--database", database, "Nobody"}, 1, "no account named"},
		{[]string{"user", "suspend", "--database", database, "A person"}, 0, "is suspended"},
		{[]string{"user", "reset", "--database", database, "A person"}, 1, "suspended"},
		{[]string{"user", "list", "--database", database}, 0, "suspended"},
		{[]string{"user", "unsuspend", "--database", database, "A person"}, 0, "can be used"},
		{[]string{"user", "reset", "--database", database, "A person"}, 0, "/invitations/"},
		{[]string{"seed", "--database", database}, 0, "created"},
		{[]string{"verify", "--database", database}, 0, "Everything is as the log says"},
		{[]string{"seed", "--database", database, "--url", "plumbline.example"}, 1, "https://plumbline.example"},
		{[]string{"seed", "--database", database, "--smtp", "smtp://u:secret@mail.example", "--mail-from", "a@b.example"}, 1, "--url"},
		{[]string{"seed", "--database", database, "--smtp", "mail.example:secret", "--url", "https://plumbline.example"}, 1, "smtp://USER"},
		{[]string{"openapi"}, 0, `"openapi":"3.1`},
		{[]string{"version"}, 0, "plumbline"},
		{[]string{"healthcheck", "--addr", "127.0.0.1:1"}, 1, "Nothing answers"},
		{[]string{"nonsense"}, 2, "plumbline --help"},
	} {
		code, out := runCommand(t, c.args...)
		if code != c.code || !strings.Contains(out, c.says) || strings.Contains(out, ":secret") {
			t.Errorf("plumbline %s: exit %d, want %d; said %q, want %q in it", strings.Join(c.args, " "), code, c.code, out, c.says)
		}
	}
}

func TestDemo_printsTheNameOfThisMachine(t *testing.T) {
	for address, want := range map[string]string{"127.0.0.1:8080": "localhost:8080", "[::1]:80": "localhost:80", "[::]:8080": "localhost:8080", "0.0.0.0:1": "localhost:1", "192.0.2.7:8080": "192.0.2.7:8080", "[fe80::1%eth0]:8080": "[fe80::1%eth0]:8080", "odd": "odd"} {
		if got := named(address); got != want {
			t.Errorf("%s is opened at %s, want %s", address, got, want)
		}
	}
}
