package main

import (
	"bytes"
	"math"
	"path/filepath"
	"runtime/debug"
	"strings"
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
