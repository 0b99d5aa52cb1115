package imports

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/models"
)

// kept opens a file of testdata.
func kept(t testing.TB, name string) File {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return File{name, bytes.NewReader(text), int64(len(text))}
}

// sourcesOf are the titles or addresses of what an entity cites.
func (w *world) sourcesOf(t testing.TB, slug string) string {
	t.Helper()
	var titles []string
	for _, citation := range w.get(t, models.TypeEntity, slug).Document.Cited() {
		source := w.get(t, models.TypeSource, citation.Source.String()).Document.(*models.Source)
		if source.URL != "" {
			titles = append(titles, source.URL)
		} else {
			titles = append(titles, source.Title)
		}
	}
	return strings.Join(titles, ", ")
}

// A file says how records came in, not who says so.
func TestImport_aFileIsNoSource(t *testing.T) {
	t.Parallel()
	const none = "Imported without a source"
	eachWorld(t, func(t *testing.T, w *world) {
		report, _ := w.load(t, kept(t, "sheet-v1.csv"), Options{})
		if report.Rows.New != 1 || report.Source != "" || report.Unsourced != 1 || !strings.Contains(report.Unproved(), "1 row names no source") {
			t.Errorf("%+v", report)
		}
		if got := w.sourcesOf(t, "two-sheets-co"); got != none {
			t.Errorf("it cites %s", got)
		}
		size := w.size(t)
		if report, _ = w.load(t, kept(t, "sheet-v2.csv"), Options{}); report.Rows.Same != 1 || w.size(t) != size || report.Unsourced != 0 {
			t.Errorf("another file of the same: %+v", report)
		}

		// What the rows or the person name is cited, and then nothing is said to be missing.
		w.load(t, fileOf("sheet-v3.csv", "kind,name,country,source_url\ncompany,Two Sheets Co,DE,https://example.org/a\n"), Options{})
		if got := w.sourcesOf(t, "two-sheets-co"); got != "https://example.org/a" {
			t.Errorf("with a source it cites %s", got)
		}
		if v := w.get(t, models.TypeEntity, "two-sheets-co").Standing; v.Verification != models.SingleOrigin || len(v.Basis.Origins) != 1 {
			t.Errorf("it is %+v", v)
		}
		w.load(t, kept(t, "sheet-v1.csv"), Options{Source: OwnSource{Title: "A list"}})
		size = w.size(t)
		if report, _ = w.load(t, kept(t, "sheet-v2.csv"), Options{Source: OwnSource{Title: "A  List"}}); report.Rows.Same != 1 || w.size(t) != size {
			t.Errorf("the same title again: %+v", report.Rows)
		}
		if got := w.sourcesOf(t, "two-sheets-co"); got != "https://example.org/a, A list" {
			t.Errorf("with what was declared it cites %s", got)
		}
		w.verified(t)
	})
}

func TestImport_oneAddressIsOneSourceInAnySpelling(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.load(t, kept(t, "two-pages-of-one-site.csv"), Options{})
		if got := w.sourcesOf(t, "imp-corrob-two"); got != "https://outlet.example/a" {
			t.Errorf("two spellings are %s", got)
		}
		size := w.size(t)
		again := "kind,name,country,source_url\ncompany,Imp Corrob Two,DE,http://www.outlet.example/a/?utm_medium=x\n"
		if report, _ := w.load(t, fileOf("again.csv", again), Options{}); report.Rows.Same != 1 || w.size(t) != size {
			t.Errorf("a third spelling: %+v", report.Rows)
		}
		ftm := `{"id":"x","schema":"Company","properties":{"name":["Of FtM"],"country":["de"],"sourceUrl":["https://outlet.example/a?utm_campaign=z","https://OUTLET.example/a/"]}}`
		w.load(t, fileOf("x.ftm.json", ftm), Options{})
		if got := w.sourcesOf(t, "of-ftm"); got != "https://outlet.example/a" {
			t.Errorf("of FollowTheMoney: %s", got)
		}
		ocds := `{"uri":"https://www.outlet.example/a/","releases":[{"ocid":"o-1","id":"1","date":"2024-01-01","contracts":[{"id":"1","title":"Of OCDS","status":"active","dateSigned":"2024-01-01"}]}]}`
		w.load(t, fileOf("x.json", ocds), Options{})
		if got := w.sourcesOf(t, "of-ocds"); got != "https://outlet.example/a" {
			t.Errorf("of OCDS: %s", got)
		}
	})
}

// Packages of several publishers in one file are sources of their own; what says nothing of itself
// is cited to none of them.
func TestImport_eachPackageIsItsOwnSource(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		release := func(n string) string {
			return `"releases":[{"ocid":"o-` + n + `","id":"1","date":"2024-01-01","contracts":[{"id":"1","title":"Deal ` + n + `","status":"active","dateSigned":"2024-01-01"}]}]`
		}
		text := `{"publisher":{"name":"Office A"},` + release("1") + "}\n" + `{"publisher":{"name":"Office B"},` + release("2") + "}\n{" + release("3") + "}\n"
		for range 2 {
			w.load(t, fileOf("packages.jsonl", text), Options{})
		}
		for slug, want := range map[string]string{"deal-1": "Contracting data (OCDS) published by Office A", "deal-2": "Contracting data (OCDS) published by Office B", "deal-3": "Imported without a source"} {
			if got := w.sourcesOf(t, slug); got != want {
				t.Errorf("%s cites %s", slug, got)
			}
		}
	})
}

// What stands for having no source can be made into none.
func TestUnsourced_staysNone(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.load(t, kept(t, "sheet-v1.csv"), Options{})
		article := models.Unsourced()
		article.Kind, article.URL = "article", "https://example.org/x"
		_, err := w.Submit(context.Background(), w.editor, models.Changeset{Operations: []models.Operation{{Op: models.OpEdit, Type: models.TypeSource, ID: models.UnsourcedID,
			Version: 1, Edit: models.Corrected, Reason: "It is.", Data: article}}})
		if err == nil || !strings.Contains(err.Error(), "stands for having none") {
			t.Errorf("an edit gave %v", err)
		}
	})
}

func TestImport_citesASourceThatIsThere(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.load(t, fileOf("sources.csv", "kind,title,url\narticle,An article,https://example.org/article\n"), Options{})
		ids, err := w.SourcesByURL(context.Background(), []string{models.NormalURL("https://example.org/article")})
		if err != nil {
			t.Fatal(err)
		}
		id := ids[models.NormalURL("https://example.org/article")]
		report, _ := w.load(t, kept(t, "sheet-v1.csv"), Options{Source: OwnSource{ID: id}})
		if got := w.sourcesOf(t, "two-sheets-co"); got != "https://example.org/article" || report.Source != "An article" {
			t.Errorf("it cites %s, and says %q", got, report.Source)
		}
		entity := w.get(t, models.TypeEntity, "two-sheets-co").ID
		for _, id := range []uuid.UUID{entity, uuid.MustParse("01999d11-9800-7193-8d82-c8aad4c80001")} {
			if _, err := Check(context.Background(), w.Services, w.editor, kept(t, "sheet-v1.csv"), Options{Source: OwnSource{ID: id}}); err == nil || !strings.Contains(err.Error(), "There is no source with the id") {
				t.Errorf("%s: %v", id, err)
			}
		}
	})
}

// The mended rest of a file names rows that were entered, under the file's name or a source's.
func TestImport_namesRowsOfAnEarlierImportByTheirKeys(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.load(t, fileOf("links.csv", "key,kind,name\nA,company,Alpha Works\n"), Options{})
		w.load(t, fileOf("links.errors.csv", "key,kind,name\nB,company,Beta Works\n"), Options{Source: OwnSource{Title: "A list"}})
		report, _ := w.load(t, fileOf("links.errors.csv", "type,subject,object\nowns,A,B\n"), Options{Source: OwnSource{Title: "A list"}})
		if got := linksOf(t, w); report.Rows.New != 1 || got != "Alpha Works owns Beta Works" {
			t.Errorf("%+v: %s", report, got)
		}
	})
}
