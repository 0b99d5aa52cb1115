package main

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestImport_beginsInANewDatabase is what the README shows to somebody who has nothing yet.
func TestImport_beginsInANewDatabase(t *testing.T) {
	t.Cleanup(func() { debug.SetMemoryLimit(math.MaxInt64) }) // the command sets its own
	var out bytes.Buffer
	folder := t.TempDir()
	a := &app{settings: Settings{Database: "sqlite:" + filepath.Join(folder, "new.db"), LogKey: filepath.Join(folder, "log.key"), LogLevel: "error", Fetch: "off"}, stdout: &out, stderr: &out}
	if err := (exportCommand{Format: "ftm"}).Run(t.Context(), a); err == nil || !strings.Contains(err.Error(), "is new and holds nothing yet") {
		t.Errorf("an export of a new database gave %v", err)
	}
	file := "services/imports/testdata/ocds-fictional-release-package.json"
	for _, run := range []importCommand{{File: file, DryRun: true, Account: commandLineAccount}, {File: file, Account: commandLineAccount}} {
		if err := run.Run(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	if err := (exportCommand{Format: "ocds"}).Run(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{"1 new, 0 changed", "Published changeset", `"ocid":"ocds-213czf-000-00001"`} {
		if !strings.Contains(out.String(), said) {
			t.Errorf("it does not say %q:\n%s", said, out.String())
		}
	}
}

// TestExport_writesAListWithItsFilters is what a page's file is, from the command line.
func TestExport_writesAListWithItsFilters(t *testing.T) {
	var out bytes.Buffer
	a := &app{settings: Settings{Database: "sqlite:" + filepath.Join(t.TempDir(), "a.db"), LogKey: filepath.Join(t.TempDir(), "log.key"), LogLevel: "error", Fetch: "off"}, stdout: &out, stderr: &out}
	for _, run := range []func() error{func() error { return migrateCommand{}.Run(t.Context(), a) }, func() error { return seedCommand{}.Run(t.Context(), a) }} {
		if err := run(); err != nil {
			t.Fatal(err)
		}
	}
	count := func(c exportCommand) int {
		t.Helper()
		c.Format = "ndjson"
		out.Reset()
		if err := c.Run(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		return strings.Count(out.String(), `"type":"relationship"`)
	}
	all, some := count(exportCommand{List: "relationships"}), count(exportCommand{List: "relationships", Filter: []string{"type=supplied_to", "status=disabled"}})
	of := count(exportCommand{List: "relationships", Case: "microsoft-and-the-israeli-military", Filter: []string{"type=supplied_to"}})
	if some != 2 || of <= some || all <= of {
		t.Errorf("%d links, %d supplies of the case, %d disabled", all, of, some)
	}
	for _, wrong := range []struct {
		exportCommand
		says string
	}{
		{exportCommand{List: "suplies"}, `There is no list "suplies".`},
		{exportCommand{Filter: []string{"type=supplied_to"}}, "name the list"},
		{exportCommand{List: "claims", Filter: []string{"stance"}}, "write NAME=VALUE"},
		{exportCommand{List: "claims", Filter: []string{"stanse=denies", "extent=some"}}, `stanse: There is no parameter "stanse". Did you mean "stance"?`},
	} {
		wrong.Format = "ndjson"
		if err := wrong.Run(t.Context(), a); err == nil || !strings.Contains(err.Error(), wrong.says) || strings.Contains(err.Error(), "operation") {
			t.Errorf("%+v gave %v", wrong.exportCommand, err)
		}
	}
}

// TestExport_leavesWhatWasThereWhenItFails holds for files, and for what is none: run by root, an
// export once took a device away.
func TestExport_leavesWhatWasThereWhenItFails(t *testing.T) {
	folder := t.TempDir()
	a := &app{settings: Settings{Database: "sqlite:" + filepath.Join(folder, "a.db"), LogKey: filepath.Join(folder, "log.key"), LogLevel: "error", Fetch: "off"}, stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}}
	for _, run := range []func() error{func() error { return migrateCommand{}.Run(t.Context(), a) }, func() error { return seedCommand{}.Run(t.Context(), a) }} {
		if err := run(); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(t.TempDir(), "out")
	file, link, pipe := filepath.Join(out, "a.csv"), filepath.Join(out, "link.csv"), filepath.Join(out, "pipe")
	if err := errors.Join(os.Mkdir(out, 0o755), os.WriteFile(file, []byte("before"), 0o600), os.Symlink(file, link), syscall.Mkfifo(pipe, 0o600)); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDWR, 0) // lets a writer in
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	entries := func() (names []string) {
		list, err := os.ReadDir(out)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range list {
			names = append(names, entry.Name())
		}
		return names
	}
	for _, path := range []string{file, link, pipe, filepath.Join(out, "new.csv")} {
		if err := (exportCommand{Format: "csv", Case: "no-such-case", Output: path}).Run(t.Context(), a); err == nil {
			t.Error("a case that is not there was exported")
		}
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "before" || !slices.Equal(entries(), []string{"a.csv", "link.csv", "pipe"}) {
		t.Errorf("after exports that failed there are %v, and the file holds %.20q, %v", entries(), text, err)
	}

	if err := (exportCommand{Format: "ndjson", Output: link}).Run(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	at, statting := os.Stat(file)
	if err != nil || statting != nil || !bytes.HasPrefix(text, []byte(`{"plumbline":1`)) || at.Mode().Perm() != 0o600 || !slices.Equal(entries(), []string{"a.csv", "link.csv", "pipe"}) {
		t.Errorf("a file is not replaced through a link: %v, %.20q, %v, %v", entries(), text, err, statting)
	}
}
