package imports

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/services"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

// world is a database with an editor.
type world struct {
	*services.Services
	db     *database.Database
	editor models.Actor
}

func newWorld(t testing.TB, db *database.Database) *world {
	t.Helper()
	key, err := services.EnterLogKey(t.Context(), db, filepath.Join(t.TempDir(), "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{db: db, Services: services.New(db, services.Settings{LogKey: key, Clock: func() time.Time { return time.Date(2025, 12, 1, 12, 0, 0, 0, time.UTC) }})}
	w.editor = w.account(t, "Editor", models.RoleEditor)
	return w
}

func (w *world) account(t testing.TB, name string, role models.Role) models.Actor {
	t.Helper()
	account, err := w.CreateAccount(context.Background(), services.Operator(), name, role)
	if err != nil {
		t.Fatal(err)
	}
	return models.Actor{Account: account.ID, Name: name, Role: role}
}

func eachWorld(t *testing.T, test func(t *testing.T, w *world)) {
	dbtest.Each(t, func(t *testing.T, db *database.Database) { test(t, newWorld(t, db)) })
}

func fileOf(name, text string) File {
	return File{Name: name, Content: strings.NewReader(text), Size: int64(len(text))}
}

func (w *world) check(t testing.TB, f File, o Options) *Plan {
	t.Helper()
	p, err := Check(context.Background(), w.Services, w.editor, f, o)
	if err != nil {
		t.Fatalf("check %s: %v", f.Name, err)
	}
	return p
}

// load imports a file that is right, and gives what the dry run said.
func (w *world) load(t testing.TB, f File, o Options) (Report, Result) {
	t.Helper()
	p := w.check(t, f, o)
	result, err := p.Load(context.Background())
	if err != nil {
		t.Fatalf("load %s: %v\n%+v", f.Name, err, p.Report().Problems)
	}
	return p.Report(), result
}

func (w *world) get(t testing.TB, recordType models.RecordType, id string) services.Record {
	t.Helper()
	page, err := w.Get(context.Background(), models.Actor{}, recordType, id, services.Moment{})
	if err != nil {
		t.Fatal(err)
	}
	return page.Records[0]
}

func (w *world) verified(t testing.TB) {
	t.Helper()
	report, err := w.Verify(context.Background(), "")
	if err != nil || len(report.Problems) > 0 {
		t.Fatalf("verify: %v, %v", err, report.Problems)
	}
}

// size is the log's size: what a write that changes nothing leaves as it is.
func (w *world) size(t testing.TB) int64 {
	t.Helper()
	size, err := w.Size(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return size
}

const companies = "kind,name,country,lei,aliases,source_url\n" +
	"company,Acme Ltd,United Kingdom,LEI1,Acme; Acme Limited,https://example.org/a\n" +
	"unit,Unit One,IL,,,https://example.org/a\n" +
	"service,Acme Cloud,,,,\n"

func TestImport_entersEntitiesOnce(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		report, result := w.load(t, fileOf("companies.csv", companies), Options{})
		if report.Rows.New != 3 || result.Entered != 5 {
			t.Fatalf("new %d, entered %d records, expected 3 and 5 with two sources: %+v", report.Rows.New, result.Entered, report)
		}
		acme := w.get(t, models.TypeEntity, "acme-ltd").Document.(*models.Entity)
		if len(acme.Names) != 2 || acme.Places[0] != "GB" || acme.Identifiers[0] != (models.Identifier{Scheme: "lei", Value: "LEI1"}) {
			t.Errorf("entered %+v", acme)
		}
		w.verified(t)

		size := w.size(t)
		report, _ = w.load(t, fileOf("companies.csv", companies), Options{})
		if report.Rows.Same != 3 || w.size(t) != size {
			t.Errorf("a second run: %+v, the log went from %d to %d", report.Rows, size, w.size(t))
		}
	})
}

func TestImport_takesLinksThatNameLaterRowsAndCircles(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.load(t, fileOf("companies.csv", companies), Options{})
		links := "type,subject,object,share,start\nowns,A,B,60%,2020\nowns,lei:X,A,\"40,5\",02.12.2019\n"
		var book bytes.Buffer
		writeBook(t, &book, map[string]string{"Links": links, "Companies": "key,kind,name,lei\nA,company,Alpha,\nB,company,Beta,X\n"})
		report, _ := w.load(t, File{"links.xlsx", bytes.NewReader(book.Bytes()), int64(book.Len())}, Options{})
		if report.Rows.New != 4 {
			t.Fatalf("%+v", report)
		}
		w.verified(t)
	})
}

func TestImport_leavesANameAloneInDoubt(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.load(t, fileOf("companies.csv", companies), Options{})
		other := fileOf("other.csv", "kind,name,source_url\ncompany,Acme Ltd,https://example.org/b\ncompany,Gamma,\n")
		plan := w.check(t, other, Options{})
		report := plan.Report()
		if report.Rows.InDoubt != 1 || report.Rows.New != 1 || len(report.Doubts) != 1 || len(report.Doubts[0].Candidates) != 1 {
			t.Fatalf("%+v", report)
		}
		if _, err := plan.Load(context.Background()); err == nil {
			t.Error("a file in doubt was entered")
		}
		key, id := report.Doubts[0].Key, report.Doubts[0].Candidates[0].ID
		report, _ = w.load(t, other, Options{Choices: map[string]string{key: id.String()}})
		if report.Rows.Changed != 1 || report.Changes[0].Fields[0] != "citations" {
			t.Errorf("the chosen entity should get one citation more: %+v", report)
		}
	})
}

func TestImport_reportsEachBadRowAndEntersTheRest(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		text := "key,kind,name,start,country\n" +
			"a,company,Good,2020,DE\n" +
			"b,firm,No kind,,\n" +
			"c,company,,,\n" +
			"d,company,Bad date,12/02/2019,\n" +
			"e,company,Nowhere,,Atlantis\n" +
			"f,company,\"open quote,,\n" +
			"g,company,Cells,,,,extra\n" +
			"a,company,Same key,,\n" +
			"h,company,Fine,2019-12-02,\n" +
			"i,company,A number,43801,\n" +
			"j,company,A year too late,5785,\n"
		plan := w.check(t, fileOf("bad.csv", text), Options{ValidRowsOnly: true})
		report := plan.Report()
		if report.Rows.Errors != 9 || report.Rows.New != 2 {
			t.Fatalf("%+v", report)
		}
		for code, n := range map[string]int{CodeInvalid: 2, CodeMissing: 1, CodeDate: 3, CodeQuote: 1, CodeCells: 1, CodeDuplicate: 1} {
			if report.Codes[code] != n {
				t.Errorf("code %s: %d, expected %d", code, report.Codes[code], n)
			}
		}
		if p := report.Problems[2]; p.Row != 5 || p.Column != "start" {
			t.Errorf("the date is reported at row %d, column %q", p.Row, p.Column)
		}
		var errors bytes.Buffer
		if err := plan.WriteErrors(context.Background(), &errors); err != nil {
			t.Fatal(err)
		}
		if lines := strings.Split(strings.TrimSpace(errors.String()), "\n"); len(lines) != 10 || !strings.HasPrefix(lines[0], "key,kind,name,start,country,error_row,error_code") {
			t.Errorf("the error file has %d lines:\n%s", len(lines), errors.String())
		}
		if _, err := plan.Load(context.Background()); err != nil {
			t.Fatal(err)
		}
		if fine := w.get(t, models.TypeEntity, "fine").Document.(*models.Entity); fine.Start.Text != "2019-12-02" {
			t.Errorf("the day was read as %q", fine.Start.Text)
		}
	})
}

// Rows that one identifier makes one entity are told of, where they give it different names.
func TestImport_saysWhichRowsAreOneEntity(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	report, _ := w.load(t, fileOf("f.csv", "kind,name,lei\ncompany,Acme,L1\ncompany,Apex,L1\ncompany,ACME,L1\n"), Options{})
	if want := `Row 3 says the same entity as row 2, by an identifier, id or slug; its name "Apex" is kept as a further name.`; len(report.Notices) != 1 || report.Notices[0] != want {
		t.Errorf("%q", report.Notices)
	}
}

// What a row says has happened cannot be dated ahead: the row is wrong, whatever its kind, and the others can be entered.
func TestCheck_refusesRowsThatAreDatedAhead(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		for name, test := range map[string]struct{ text, column string }{
			"sources.csv": {"kind,title,published\narticle,Now,2025-12-02\narticle,Ahead,2026-02-11\n", "published"},
			"claims.csv": {"speakers,stance,about,said_on,text,source_url\nacme,states,acme,2025-11-30,It is so.,https://news.example/a\n" +
				"acme,states,acme,2031,It will be so.,https://news.example/a\n", "said_on"},
		} {
			w.load(t, fileOf("companies.csv", "kind,name,country,source\ncompany,Acme,DE,https://news.example/acme\n"), Options{})
			report := w.check(t, fileOf(name, test.text), Options{}).Report()
			if len(report.Problems) != 1 || report.Problems[0].Row != 3 || report.Problems[0].Column != test.column || !strings.Contains(report.Problems[0].Message, "has not come yet") {
				t.Errorf("%s: %+v", name, report.Problems)
			}
		}
	})
}

// Rows have the numbers that a spreadsheet shows, however many lines their cells take.
func TestImport_countsRowsAndNotLines(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		text, err := os.ReadFile("testdata/r18_rows_and_lines.csv")
		if err != nil {
			t.Fatal(err)
		}
		var rows []int
		for _, problem := range w.check(t, fileOf("r18_rows_and_lines.csv", string(text)), Options{}).Report().Problems {
			if !slices.Contains(rows, problem.Row) {
				rows = append(rows, problem.Row)
			}
		}
		if !slices.Equal(rows, []int{2, 3}) {
			t.Errorf("the rows are told as %v", rows)
		}
		blank := w.check(t, fileOf("blank.csv", "kind,name,summary\n\ncompany,Fine,\"One.\n\nTwo.\"\n\nfirm,Wrong,\n"), Options{}).Report()
		if len(blank.Problems) != 1 || blank.Problems[0].Row != 5 || len(blank.Changes) != 1 || blank.Changes[0].Row != 3 {
			t.Errorf("among blank rows: %+v, %+v", blank.Problems, blank.Changes)
		}
	})
}
