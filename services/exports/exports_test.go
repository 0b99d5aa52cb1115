package exports

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/seed"
	"plumbline/services"
	"plumbline/services/imports"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

type world struct {
	*services.Services
	editor models.Actor
}

func newWorld(t testing.TB, db *database.Database) *world {
	t.Helper()
	return found(t, db, t.TempDir())
}

// servicesOn are those of a database whose key is in a folder, on 1 December 2025.
func servicesOn(t testing.TB, db *database.Database, folder string) *services.Services {
	t.Helper()
	key, err := services.EnterLogKey(t.Context(), db, filepath.Join(folder, "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	return services.New(db, services.Settings{LogKey: key, Clock: func() time.Time { return time.Date(2025, 12, 1, 12, 0, 0, 0, time.UTC) }})
}

func found(t testing.TB, db *database.Database, folder string) *world {
	t.Helper()
	s := servicesOn(t, db, folder)
	account, err := s.CreateAccount(context.Background(), services.Operator(), "Editor", models.RoleEditor)
	if err != nil {
		t.Fatal(err)
	}
	return &world{s, models.Actor{Account: account.ID, Name: account.Name, Role: account.Role}}
}

// seeded is a world with the first case, and a record that was retracted.
func seeded(t testing.TB, c dbtest.Copy[models.Actor]) *world {
	t.Helper()
	return &world{servicesOn(t, c.Database, c.Folder), c.Value}
}

// theCase is the database of such a world, and its editor.
var theCase = dbtest.Prepare(func(t testing.TB, db *database.Database, folder string) models.Actor {
	w := found(t, db, folder)
	if _, err := seed.Load(context.Background(), w.Services, w.editor); err != nil {
		t.Fatal(err)
	}
	page, err := w.List(context.Background(), w.editor, models.TypeClaim, services.Query{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	source := page.Records[0].Document.Cited()[0].Source
	made, err := w.Submit(context.Background(), w.editor, models.Changeset{Summary: "to be retracted", Operations: []models.Operation{{Op: models.OpCreate, Type: models.TypeEntity,
		Data: &models.Entity{Kind: models.KindCompany, Name: "Wrong Company", Citations: []models.Citation{{Source: source}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Submit(context.Background(), w.editor, models.Changeset{Summary: "retract", Operations: []models.Operation{{Op: models.OpRetract, Type: models.TypeEntity,
		ID: made.Written[0].ID, Version: 1, Reason: "There is no such company."}}}); err != nil {
		t.Fatal(err)
	}
	return w.editor
})

func (w *world) export(t testing.TB, format string, scope Scope) []byte {
	t.Helper()
	f, err := FormatNamed(format)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Write(context.Background(), w.Services, models.Actor{}, f, scope, "https://tracker.example", &out); err != nil {
		t.Fatalf("export %s: %v", format, err)
	}
	return out.Bytes()
}

func TestExport_makesTheSameRecordsAgain(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[models.Actor]) {
		w := seeded(t, c)
		for _, format := range []string{"ndjson", "sqlite"} {
			text := w.export(t, format, Scope{})
			other := newWorld(t, dbtest.SQLite(t))
			if c.Dialect() == database.Postgres {
				other = newWorld(t, dbtest.Postgres(t))
			}
			plan, err := imports.Check(context.Background(), other.Services, other.editor, imports.File{Name: "all", Content: bytes.NewReader(text), Size: int64(len(text))}, imports.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := plan.Load(context.Background()); err != nil {
				t.Fatalf("%s: %v: %+v", format, err, plan.Report().Problems)
			}
			want, got := records1(t, w.export(t, "ndjson", Scope{})), records1(t, other.export(t, "ndjson", Scope{}))
			if len(want) < 50 || len(want) != len(got) {
				t.Fatalf("%s: %d records became %d", format, len(want), len(got))
			}
			for id, line := range want {
				if got[id] != line {
					t.Errorf("%s: a record changed on its way:\n%s\n%s", format, line, got[id])
				}
			}
			report, err := other.Verify(context.Background(), "")
			if err != nil || len(report.Problems) > 0 {
				t.Errorf("verify: %v, %v", err, report.Problems)
			}
		}
	})
}

// records1 are the lines of an export by id, without versions, which begin anew.
func records1(t testing.TB, text []byte) map[string]string {
	t.Helper()
	lines := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatal(err)
		}
		delete(fields, "version")
		plain, _ := json.Marshal(fields)
		lines[fields["id"].(string)] = string(plain)
	}
	return lines
}

func TestExport_isWellFormedInEveryFormat(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[models.Actor]) {
		w := seeded(t, c)
		for _, scope := range []Scope{{}, {Case: caseSlug(t, w)}, {Type: models.TypeRelationship, Query: services.Query{Filters: map[string][]string{"type": {"supplied_to"}}}}} {
			for _, format := range []string{"graphml", "gexf"} {
				nodes, edges := graphOf(t, w.export(t, format, scope))
				if len(nodes) == 0 || len(edges) == 0 {
					t.Errorf("%s of %+v has %d nodes and %d edges", format, scope, len(nodes), len(edges))
				}
				for _, edge := range edges {
					if !nodes[edge[0]] || !nodes[edge[1]] {
						t.Errorf("%s: an edge leads from or to a node that is not there", format)
					}
				}
			}
			if text := w.export(t, "jsonld", scope); !json.Valid(text) {
				t.Errorf("jsonld is no JSON: %.300s", text)
			}
			for _, line := range strings.Split(strings.TrimSpace(string(w.export(t, "ftm", scope))), "\n") {
				var e ftmEntity
				if err := json.Unmarshal([]byte(line), &e); err != nil || e.ID == "" || e.Schema == "" {
					t.Errorf("ftm: %v in %s", err, line)
				}
			}
		}
	})
}

// TestExport_graphsHaveBothEndsOfTheirEdges where one of them is on hold: programs that read graphs
// refuse the whole file otherwise.
func TestExport_graphsHaveBothEndsOfTheirEdges(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[models.Actor]) {
		w, ctx := seeded(t, c), context.Background()
		account, err := w.CreateAccount(ctx, services.Operator(), "Steward", models.RoleSteward)
		if err != nil {
			t.Fatal(err)
		}
		page, err := w.Get(ctx, w.editor, models.TypeEntity, "unit-8200", services.Moment{})
		if err != nil {
			t.Fatal(err)
		}
		held := page.Records[0].ID
		_, before := graphOf(t, w.export(t, "graphml", Scope{}))
		if _, err := w.Hold(ctx, models.Actor{Account: account.ID, Name: account.Name, Role: account.Role, Confirmed: true}, []uuid.UUID{held}, "A court asks for it."); err != nil {
			t.Fatal(err)
		}
		for _, format := range []string{"graphml", "gexf"} {
			for _, scope := range []Scope{{}, {Type: models.TypeRelationship}} {
				nodes, edges := graphOf(t, w.export(t, format, scope))
				if nodes[held.String()] || len(edges) == 0 || len(edges) >= len(before) {
					t.Errorf("%s of %+v has %d edges, %d before the hold; the record itself: %t", format, scope, len(edges), len(before), nodes[held.String()])
				}
				for _, edge := range edges {
					if !nodes[edge[0]] || !nodes[edge[1]] {
						t.Errorf("%s: an edge leads from or to a node that is not there", format)
					}
				}
			}
		}
	})
}

func caseSlug(t testing.TB, w *world) string {
	t.Helper()
	page, err := w.List(context.Background(), w.editor, models.TypeEntity, services.Query{Filters: map[string][]string{"kind": {"case"}}})
	if err != nil || len(page.Records) == 0 {
		t.Fatalf("there is no case: %v", err)
	}
	return page.Records[0].Slug
}

// graphOf reads the nodes and edges of a GraphML or GEXF file.
func graphOf(t testing.TB, text []byte) (nodes map[string]bool, edges [][2]string) {
	t.Helper()
	nodes = map[string]bool{}
	decoder := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nodes, edges
		}
		if err != nil {
			t.Fatalf("%v in %.200s", err, text)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		attributes := map[string]string{}
		for _, a := range start.Attr {
			attributes[a.Name.Local] = a.Value
		}
		switch start.Name.Local {
		case "node":
			nodes[attributes["id"]] = true
		case "edge":
			edges = append(edges, [2]string{attributes["source"], attributes["target"]})
		}
	}
}

func TestExport_packsTablesWithTheirChecksums(t *testing.T) {
	t.Parallel()
	w := seeded(t, theCase.SQLite(t))
	text := w.export(t, "csv", Scope{})
	archive, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range archive.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name], _ = io.ReadAll(in)
		in.Close()
	}
	var description struct {
		Resources []struct{ Path, Hash string }
		Plumbline struct{ Checkpoint string }
	}
	if err := json.Unmarshal(files["datapackage.json"], &description); err != nil {
		t.Fatal(err)
	}
	if len(description.Resources) != 9 || description.Plumbline.Checkpoint == "" || string(files["checkpoint.txt"]) != description.Plumbline.Checkpoint {
		t.Errorf("the package is described as %+v", description)
	}
	for _, r := range description.Resources {
		if sum := fmt.Sprintf("sha256:%x", sha256.Sum256(files[r.Path])); sum != r.Hash {
			t.Errorf("%s has the checksum %s, described as %s", r.Path, sum, r.Hash)
		}
	}
	// A table that was exported is read again, and says nothing new.
	for _, name := range []string{"entities.csv", "relationships.csv", "status_changes.csv", "claims.csv", "sources.csv", "open_items.csv"} {
		plan, err := imports.Check(context.Background(), w.Services, w.editor, imports.File{Name: name, Content: bytes.NewReader(files[name]), Size: int64(len(files[name]))},
			imports.Options{Table: strings.TrimSuffix(name, ".csv")})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if rows := plan.Report().Rows; rows.Same != rows.All {
			t.Errorf("%s says something else: %+v %+v %+v", name, rows, plan.Report().Changes, plan.Report().Problems)
		}
	}
	if book := w.export(t, "xlsx", Scope{}); len(book) < 1000 {
		t.Error("the workbook is empty")
	}
}

// What separates the entries of a list in one cell may stand in an entry.
func TestExport_keepsListsInOneCell(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	lists := map[string][]string{"One": {"a|b"}, "Two": {"a; b"}, "Three": {`ends in \`, "c;d", `\|`, "=1|2"}, "Four": {`C:\new`, `\\share`}}
	source := uuid.Must(uuid.NewV7())
	operations := []models.Operation{create(source, &models.Source{Kind: "filing", Title: "A filing", Authors: []string{"Roe; Jane"}})}
	for name, aliases := range lists {
		d := &models.Entity{Kind: models.KindCompany, Name: name, Citations: []models.Citation{{Source: source}}}
		for _, alias := range aliases {
			d.Names = append(d.Names, models.Name{Text: alias, Type: "alias"})
		}
		operations = append(operations, create(uuid.Must(uuid.NewV7()), d))
	}
	if _, err := w.Submit(context.Background(), w.editor, models.Changeset{Summary: "lists", Operations: operations}); err != nil {
		t.Fatal(err)
	}
	book := w.export(t, "xlsx", Scope{})
	other := newWorld(t, dbtest.SQLite(t))
	plan, err := imports.Check(context.Background(), other.Services, other.editor, imports.File{Name: "x.xlsx", Content: bytes.NewReader(book), Size: int64(len(book))}, imports.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.Load(context.Background()); err != nil {
		t.Fatalf("%v: %+v", err, plan.Report().Problems)
	}
	page, err := other.List(context.Background(), other.editor, models.TypeEntity, services.Query{})
	if err != nil || len(page.Records) != len(lists) {
		t.Fatalf("%d entities: %v", len(page.Records), err)
	}
	for _, record := range page.Records {
		d := record.Document.(*models.Entity)
		var aliases []string
		for _, n := range d.Names {
			aliases = append(aliases, n.Text)
		}
		if !slices.Equal(aliases, lists[d.Name]) {
			t.Errorf("%s: %q became %q", d.Name, lists[d.Name], aliases)
		}
	}
}
