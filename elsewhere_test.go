package main

import (
	"bytes"
	"context"
	"testing"

	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/services/imports"
)

// What leaves one database whole enters another one whole.
func TestExports_enterAnEmptyDatabaseWhole(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[string]) {
		s := newReturning(t, c)
		for name, format := range map[string]string{"all.xlsx": "xlsx", "all.ndjson": "ndjson"} {
			text := s.fetch(t, "/api/v1/exports/"+format)
			fresh := dbtest.SQLite(t)
			if c.Dialect() == database.Postgres {
				fresh = dbtest.Postgres(t)
			}
			other := newTold(t, fresh, "https://elsewhere.example", false)
			plan, err := imports.Check(context.Background(), other.services, other.editor, imports.File{Name: name, Content: bytes.NewReader(text), Size: int64(len(text))}, imports.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if r := plan.Report(); r.Rows.Errors > 0 || r.Rows.New != r.Rows.All || r.Rows.All < 170 {
				t.Errorf("%s: %+v\n%+v", name, r.Rows, r.Problems)
			}
		}
	})
}
