package imports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/models"
)

// sent keeps a file as the page and the API do, and checks it.
func (w *world) sent(t testing.TB, name, text, options string) models.Import {
	t.Helper()
	o, err := ParseOptions([]byte(options))
	if err != nil {
		t.Fatal(err)
	}
	row, err := w.StartImport(context.Background(), w.editor, name, []byte(text), string(mustJSON(o)))
	if err != nil {
		t.Fatal(err)
	}
	return w.worked(t, row.ID)
}

// worked has the job done, and gives what became of the import.
func (w *world) worked(t testing.TB, id uuid.UUID) models.Import {
	t.Helper()
	if err := Work(context.Background(), w.Services, id); err != nil {
		t.Fatal(err)
	}
	row, err := w.Import(context.Background(), w.editor, id)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

// goOn loads an import or checks it again, with options over those that it has.
func (w *world) goOn(t testing.TB, row models.Import, options string, load bool) models.Import {
	t.Helper()
	stored, err := StoredOptions(row.Options)
	if err != nil {
		t.Fatal(err)
	}
	o, err := MergeOptions(stored, []byte(options))
	if err != nil {
		t.Fatalf("%s: %v", options, err)
	}
	if row, err = w.ContinueImport(context.Background(), w.editor, row.ID, string(mustJSON(o)), load); err != nil {
		t.Fatal(err)
	}
	return w.worked(t, row.ID)
}

func reportOf(t testing.TB, row models.Import) (r Report) {
	t.Helper()
	if err := json.Unmarshal([]byte(row.Report), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// A load enters what its check showed, whatever options are sent with it, or nothing.
func TestLoad_entersWhatWasChecked(t *testing.T) {
	t.Parallel()
	const checked = `{"table":"entities","columns":{"Firma":"name","Datum":"start"},"constants":{"summary":"Of a list."}}`
	const entered, unlike, refused = "", "with these options the import is not what the check showed", "is not a field of the table"
	eachWorld(t, func(t *testing.T, w *world) {
		for i, test := range []struct{ name, body, want string }{
			{"no body", "", entered},
			{"nothing said", "{}", entered},
			{"nothing but blanks", " \n", entered},
			{"the valid rows only", `{"valid_rows_only":true}`, entered},
			{"the same once more", checked, entered},
			{"one of the same columns", `{"columns":{"Firma":"name"}}`, entered},
			{"what makes no difference", `{"doubts":"new","dates":"dmy","delimiter":",","edit":"world_changed"}`, entered},
			{"another column", `{"columns":{"Datum":""}}`, unlike},
			{"a column taken back", `{"columns":{"Datum":null}}`, unlike},
			{"all columns taken back", `{"columns":null}`, "Nothing can be made of the columns"},
			{"another constant", `{"constants":{"summary":"Of another list."}}`, unlike},
			{"one constant more", `{"constants":{"organization_type":"media"}}`, unlike},
			{"another table", `{"table":"sources","columns":{"Firma":"title","Datum":"published"},"constants":null}`, unlike},
			{"a table without these columns", `{"table":"identifiers"}`, refused},
			{"a source", `{"source":{"title":"A list"}}`, unlike},
		} {
			text := fmt.Sprintf("Firma,country,kind,Datum\nLoaded %d,DE,company,2020\nFurther %d,FR,company,2021\n", i, i)
			row := w.sent(t, fmt.Sprintf("list-%d.csv", i), text, checked)
			if r := reportOf(t, row); row.Status != models.ImportChecked || r.Rows.New != 2 || r.Plan == "" {
				t.Fatalf("%s: checked: %s %s %+v", test.name, row.Status, row.Problem, r.Rows)
			}
			size, report := w.size(t), row.Report
			if test.want == refused {
				stored, _ := StoredOptions(row.Options)
				if _, err := MergeOptions(stored, []byte(test.body)); err == nil || !strings.Contains(err.Error(), refused) {
					t.Errorf("%s: %v", test.name, err)
				}
				continue
			}
			row = w.goOn(t, row, test.body, true)
			if test.want != entered {
				if row.Status != models.ImportChecked || w.size(t) != size || row.Report != report || row.ChangesetID != nil || !strings.Contains(row.Problem, test.want) {
					t.Errorf("%s: %s, %q", test.name, row.Status, row.Problem)
				}
				row = w.goOn(t, row, "", true) // what was checked can still be loaded
			}
			if row.Status != models.ImportLoaded || row.ChangesetID == nil || row.Problem != "" {
				t.Errorf("%s: %s, %q", test.name, row.Status, row.Problem)
				continue
			}
			if one := w.get(t, models.TypeEntity, fmt.Sprintf("loaded-%d", i)).Document.(*models.Entity); one.Start.Text != "2020" || one.Summary != "Of a list." || one.Places[0] != "DE" {
				t.Errorf("%s: entered %+v", test.name, one)
			}
		}
	})
}

// What is in doubt is decided in a check, so that what it comes to is seen before it is entered.
func TestLoad_showsWhatAChoiceComesTo(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.load(t, fileOf("companies.csv", companies), Options{})
		row := w.sent(t, "more.csv", "kind,name\ncompany,Acme Ltd\ncompany,Gamma\nfirm,Wrong\n", "")
		doubt := reportOf(t, row).Doubts[0]
		size := w.size(t)
		for _, body := range []string{`{"doubts":"new"}`, `{"choices":{"` + doubt.Key + `":"new"},"valid_rows_only":true}`} {
			if row = w.goOn(t, row, body, true); row.Status != models.ImportChecked || w.size(t) != size || !strings.Contains(row.Problem, "Check it again with them") {
				t.Fatalf("%s: %s, %q", body, row.Status, row.Problem)
			}
		}
		row = w.goOn(t, row, `{"choices":{"`+doubt.Key+`":"new"}}`, false)
		if r := reportOf(t, row); r.Rows.New != 2 || r.Rows.InDoubt != 0 {
			t.Fatalf("%+v", r.Rows)
		}
		if row = w.goOn(t, row, "", true); !strings.Contains(row.Problem, "wrong are 1 of the rows") {
			t.Fatalf("%s, %q", row.Status, row.Problem)
		}
		if row = w.goOn(t, row, `{"valid_rows_only":true}`, true); row.Status != models.ImportLoaded {
			t.Fatalf("%s, %q", row.Status, row.Problem)
		}
	})
}

// Between check and load others write: what is entered is what was shown, or nothing.
func TestLoad_seesWhatWasWrittenSinceTheCheck(t *testing.T) {
	t.Parallel()
	const text = "kind,name,country,aliases,source_url\ncompany,Acme Ltd,GB,Acme Holding,https://example.org/a\ncompany,Delta,DE,,https://example.org/a\n"
	for name, test := range map[string]struct {
		meanwhile string
		refused   bool
	}{
		"nothing":                {"", false},
		"another record":         {"kind,name,country\ncompany,Epsilon,DE\n", false},
		"another field of it":    {"kind,name,country,summary\ncompany,Acme Ltd,GB,It makes clouds.\n", false},
		"the same field of it":   {"kind,name,country,aliases\ncompany,Acme Ltd,GB,Acme PLC\n", true},
		"what it would enter":    {"kind,name,country,source_url\ncompany,Delta,DE,https://example.org/b\n", true},
		"all that it would":      {text, false},
		"one that it is perhaps": {"kind,name,country\ncompany,Delta,FR\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(t *testing.T, w *world) {
				w.load(t, fileOf("companies.csv", companies), Options{})
				row := w.sent(t, "more.csv", text, "")
				if test.meanwhile != "" {
					w.load(t, fileOf("meanwhile.csv", test.meanwhile), Options{})
				}
				size := w.size(t)
				row = w.goOn(t, row, "", true)
				if test.refused != (row.Status == models.ImportChecked) || test.refused && (w.size(t) != size || !strings.Contains(row.Problem, "records were written since the file was checked")) {
					t.Fatalf("%s, %q", row.Status, row.Problem)
				}
				if !test.refused {
					return
				}
				if row = w.goOn(t, w.goOn(t, row, "", false), "", true); row.Status != models.ImportLoaded {
					t.Errorf("checked again: %s, %q", row.Status, row.Problem)
				}
			})
		})
	}
}

// A job that is tried again after it wrote finds its work done.
func TestLoad_twiceIsOnce(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		row := w.sent(t, "companies.csv", companies+"firm,Wrong,,,,\n", "")
		o, err := MergeOptions(Options{}, []byte(`{"valid_rows_only":true}`))
		if err != nil {
			t.Fatal(err)
		}
		if row, err = w.ContinueImport(context.Background(), w.editor, row.ID, string(mustJSON(o)), true); err != nil {
			t.Fatal(err)
		}
		w.load(t, fileOf("companies.csv", companies), Options{}) // what the first try did before it broke off
		size := w.size(t)
		if row = w.worked(t, row.ID); row.Status != models.ImportLoaded || w.size(t) != size {
			t.Errorf("%s, %q, the log went from %d to %d", row.Status, row.Problem, size, w.size(t))
		}
	})
}

func TestOptions_areReadStrictlyAndMerged(t *testing.T) {
	t.Parallel()
	var over Options
	for _, step := range []struct{ patch, want string }{
		{"", `{}`},
		{`{"table":"entities","columns":{"a":"name","b":""},"choices":{"k":"new"},"source":{"title":"T"}}`, `{"table":"entities","columns":{"a":"name","b":""},"source":{"title":"T"},"choices":{"k":"new"}}`},
		{`{"columns":{"b":null,"c":"kind"},"source":{"url":"https://example.org/t"}}`, `{"table":"entities","columns":{"a":"name","c":"kind"},"source":{"title":"T","url":"https://example.org/t"},"choices":{"k":"new"}}`},
		{`{"table":null,"columns":null,"choices":{"k":null},"source":null,"valid_rows_only":true}`, `{"valid_rows_only":true}`},
		{`{"constants":{"kind":"company","name":null}}`, `{"constants":{"kind":"company"},"valid_rows_only":true}`},
	} {
		o, err := MergeOptions(over, []byte(step.patch))
		if err != nil {
			t.Fatalf("%s: %v", step.patch, err)
		}
		if over = o; string(mustJSON(o)) != step.want {
			t.Errorf("%s gave %s, expected %s", step.patch, mustJSON(o), step.want)
		}
	}
	for text, want := range map[string][]string{
		`[]`:                           {"write a JSON object"},
		`null`:                         {"write a JSON object"},
		`"table"`:                      {"write a JSON object"},
		`{"table":`:                    {"write a JSON object"},
		`{"tabel":"entities"}`:         {`/tabel: There is no option "tabel". Did you mean "table"?`},
		`{"table":"entites"}`:          {`/table: "entites" is not a table. Did you mean "entities"?`},
		`{"table":1,"dates":"ymd"}`:    {"/table: Give a text.", `/dates: "ymd" is not an order of dates.`},
		`{"valid_rows_only":"yes"}`:    {"/valid_rows_only: Give true or false."},
		`{"columns":["name"]}`:         {"/columns: Give an object whose members are texts."},
		`{"columns":{"a/b":"nmae"}}`:   {`/columns/a~1b: "nmae" is not a field of any table. Did you mean "name"?`},
		`{"constants":{"knd":"x"}}`:    {`/constants/knd: "knd" is not a field`},
		`{"choices":{"k":"maybe"}}`:    {`/choices/k: "maybe" does not answer a doubt`},
		`{"doubts":"guess"}`:           {`/doubts: "guess" is not a way to treat doubts.`},
		`{"edit":"minor"}`:             {`/edit: "minor" is not a kind of edit.`},
		`{"delimiter":";;"}`:           {"/delimiter: A delimiter is one character"},
		`{"source":"T"}`:               {"/source: Give an object."},
		`{"source":{"titel":"T"}}`:     {`/source/titel: There is no option "titel". Did you mean "title"?`},
		`{"source":{"id":"x"}}`:        {"/source/id: Give the id of a source."},
		`{"source":{"kind":"rumour"}}`: {`/source/kind: "rumour" is not a kind of source.`},
		`{"source":{"url":"ftp://x"}}`: {"/source/url: "},
		`{"source":{"id":"01999d11-9800-7193-8d82-c8aad4c80001","title":"T"}}`: {"/source/id: Name a source by its id, or describe one"},
	} {
		_, err := ParseOptions([]byte(text))
		var wrong *models.Error
		if !errors.As(err, &wrong) || wrong.Kind != models.ErrInvalid {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var said []string
		for _, p := range wrong.Problems {
			said = append(said, p.Pointer+": "+p.Message)
		}
		if len(said) == 0 {
			said = []string{wrong.Message}
		}
		for i, one := range want {
			if len(said) != len(want) || !strings.Contains(said[i], one) {
				t.Errorf("%s: %q, expected %q", text, said, want)
				break
			}
		}
	}
}
