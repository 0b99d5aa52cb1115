package exports

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/services"
	"plumbline/services/imports"
)

// TestFTM_isReadByTheLibraryOfAleph lets a program that was not written here judge our
// FollowTheMoney: schemata, properties, and what may stand at the ends of links.
func TestFTM_isReadByTheLibraryOfAleph(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"npm", "node"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("PLUMBLINE_REQUIRE_ALL") != "" {
				t.Fatalf("%s is not installed, and everything is required", program)
			}
			t.Skipf("%s is not installed, so that nobody else's library can read the export", program)
		}
	}
	home := t.TempDir()
	install := exec.Command("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", home, "@alephdata/followthemoney@3.8.4")
	if out, err := install.CombinedOutput(); err != nil {
		if os.Getenv("PLUMBLINE_REQUIRE_ALL") != "" {
			t.Fatalf("npm install: %v\n%s", err, out)
		}
		t.Skip("the npm registry does not answer, so that nobody else's library can read the export")
	}
	w := seeded(t, theCase.SQLite(t))
	read := exec.Command("node", "testdata/read_ftm.js", home)
	read.Stdin = bytes.NewReader(w.export(t, "ftm", Scope{}))
	out, err := read.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != 1 || !strings.HasPrefix(lines[0], "read ") {
		t.Errorf("the library complains:\n%s", out)
	}
}

// TestFTM_isReadBack imports what was exported into another tracker: all of it, and nothing new a
// second time.
func TestFTM_isReadBack(t *testing.T) {
	t.Parallel()
	w := seeded(t, theCase.SQLite(t))
	text := w.export(t, "ftm", Scope{})
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		other := newWorld(t, db)
		for _, time := range []string{"first", "second"} {
			plan, err := imports.Check(context.Background(), other.Services, other.editor, imports.File{Name: "x.ftm.json", Content: bytes.NewReader(text), Size: int64(len(text))}, imports.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := plan.Load(context.Background()); err != nil {
				t.Fatalf("%v: %+v", err, plan.Report().Problems)
			}
			if rows := plan.Report().Rows; rows.Errors+rows.InDoubt+rows.Changed > 0 || time == "second" && rows.New > 0 {
				t.Errorf("the %s time: %+v", time, rows)
			}
		}
		// What FollowTheMoney has no schema for is what it was.
		kinds := func(w *world, kind string) int {
			page, err := w.List(context.Background(), w.editor, models.TypeEntity, services.Query{Filters: map[string][]string{"kind": {kind}}})
			if err != nil {
				t.Fatal(err)
			}
			return len(page.Records)
		}
		for _, kind := range []string{"company", "unit", "service", "person", "group", "inquiry", "event", "case", "organization"} {
			if was, is := kinds(w, kind), kinds(other, kind); was != is && kind != "organization" { // publishers become organizations
				t.Errorf("%d of the kind %s became %d", was, kind, is)
			}
		}
	})
}
