package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"gorm.io/gorm"

	"plumbline/database/dbtest"
)

// TestMigrate_recountsWhatOlderRulesCounted is an update: the new program refuses to go on with what
// an older one counted, verify says so, and migrate recounts it and says what changed.
func TestMigrate_recountsWhatOlderRulesCounted(t *testing.T) {
	for name, url := range map[string]string{"sqlite": dbtest.SQLiteURL(t), "postgres": dbtest.PostgresURL(t)} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			a := &app{settings: Settings{Database: url, LogKey: filepath.Join(t.TempDir(), "log.key"), LogLevel: "error", Fetch: "off"}, stdout: &out, stderr: &out}
			run := func(command func() error) string {
				t.Helper()
				out.Reset()
				if err := command(); err != nil {
					t.Fatal(err)
				}
				return out.String()
			}
			run(func() error { return migrateCommand{}.Run(t.Context(), a) })
			run(func() error { return seedCommand{}.Run(t.Context(), a) })
			db := dbtest.Open(t, url)
			err := db.Transaction(t.Context(), func(tx *gorm.DB) error {
				return errors.Join(tx.Exec("UPDATE derivation SET version = 0").Error,
					tx.Exec("UPDATE standings SET verification = 'corroborated' WHERE record_id IN (SELECT id FROM relationships WHERE type = 'supplied_to')").Error)
			})
			if err != nil {
				t.Fatal(err)
			}

			for command, run := range map[string]func() error{
				"serve":  func() error { return serveCommand{}.Run(t.Context(), a) },
				"seed":   func() error { return seedCommand{}.Run(t.Context(), a) },
				"import": func() error { return importCommand{File: "go.mod", Account: commandLineAccount}.Run(t.Context(), a) },
				"export": func() error { return exportCommand{Format: "ndjson"}.Run(t.Context(), a) },
				"user":   func() error { return userListCommand{}.Run(t.Context(), a) },
			} {
				if err := run(); err == nil || !strings.Contains(err.Error(), "run: plumbline migrate") {
					t.Errorf("%s gave %v", command, err)
				}
			}
			out.Reset()
			if err := (verifyCommand{}).Run(t.Context(), a); !errors.Is(err, errFound) {
				t.Errorf("verify gave %v", err)
			}
			if said := out.String(); !strings.Contains(said, "counted by rules 0") || !strings.Contains(said, "the stored verification of record") {
				t.Errorf("verify said: %s", said)
			}

			said := run(func() error { return migrateCommand{}.Run(t.Context(), a) })
			for _, want := range []string{"Recounted the records by rules", "supplies are no longer corroborated, but resting on a single origin: ", "Microsoft Azure supplied to Unit 8200; ", "; and 5 more."} {
				if !strings.Contains(said, want) {
					t.Errorf("migrate does not say %q:\n%s", want, said)
				}
			}
			run(func() error { return verifyCommand{}.Run(t.Context(), a) })
			run(func() error { return seedCommand{}.Run(t.Context(), a) })
			if said := run(func() error { return migrateCommand{}.Run(t.Context(), a) }); strings.Contains(said, "Recounted") {
				t.Errorf("a second time: %s", said)
			}
		})
	}
}
