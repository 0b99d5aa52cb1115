package main

import (
	"path/filepath"
	"testing"

	"plumbline/database/dbtest"
)

// The program is killed while it imports, at any moment: nothing is entered by half, and the next
// run ends where an import at one go does.
func TestImports_endInTheSameStateWhateverIsKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("processes take their time")
	}
	folder := t.TempDir()
	path, err := build(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	table := filepath.Join(folder, "companies.csv")
	if err := writeTable(table, 500); err != nil {
		t.Fatal(err)
	}
	for engine, url := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLiteURL, "postgres": dbtest.PostgresURL} {
		t.Run(engine, func(t *testing.T) {
			key := filepath.Join(t.TempDir(), "import.key")
			whole, err := newProgram(t.Context(), path, "sqlite:"+filepath.Join(t.TempDir(), "whole.db"), key)
			if err != nil {
				t.Fatal(err)
			}
			broken, err := newProgram(t.Context(), path, url(t), key)
			if err != nil {
				t.Fatal(err)
			}
			report, err := importUnderKills(t.Context(), whole, broken, table, 5)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(report)
		})
	}
}
