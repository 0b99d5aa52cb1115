package api_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"plumbline/database/dbtest"
)

// worked waits until no job works an import any more, and gives its answer.
func worked(t *testing.T, s *server, path, token string) string {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		got := s.do(exchange{method: "GET", path: path, token: token})
		if status := field(t, got, "status"); status != "checking" && status != "loading" {
			return got.Body.String()
		}
		<-time.After(100 * time.Millisecond)
	}
	t.Fatal("the job is not done after a minute")
	return ""
}

func TestImports_areCheckedThenLoaded(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		stop, err := s.services.StartJobs(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := stop(context.Background()); err != nil {
				t.Error(err)
			}
		})
		s.check(t, exchange{name: "the public", method: "POST", path: "/imports", body: "kind,name\n", status: 401})
		s.check(t, exchange{name: "a reader", method: "POST", path: "/imports", token: s.reader, body: "kind,name\ncompany,A\n", status: 403})
		s.check(t, exchange{name: "bad options", method: "POST", path: "/imports?options=%7B%22tabel%22:1%7D", token: s.editor, body: "kind,name\n", status: 422, says: []string{"tabel"}})

		s.check(t, exchange{name: "a form", method: "POST", path: "/imports", token: s.editor, body: "--x\r\n", headers: map[string]string{"Content-Type": "multipart/form-data; boundary=x"}, status: 415, says: []string{"the file itself"}})

		body := "kind,name,country\ncompany,Imported One,DE\nfirm,Wrong,DE\n"
		got := s.check(t, exchange{name: "send", method: "POST", path: "/imports?name=mine.csv", token: s.editor, body: body, status: 202, says: []string{`"checking"`}})
		path := "/imports/" + field(t, got, "id")
		s.check(t, exchange{name: "somebody else's", method: "GET", path: path, token: s.author, status: 404})
		if text := worked(t, s, path, s.editor); !strings.Contains(text, `"checked"`) || !strings.Contains(text, `"errors":1`) || !strings.Contains(text, `"column":"kind"`) {
			t.Fatalf("checked: %s", text)
		}
		s.check(t, exchange{name: "errors", method: "GET", path: path + "/errors.csv", token: s.editor, status: 200, says: []string{"firm,Wrong,DE,3,invalid_value,kind"}})
		s.check(t, exchange{name: "an unknown option", method: "POST", path: path + "/load", token: s.editor, body: `{"valid_rows_onyl":true}`, status: 422, says: []string{`"/valid_rows_onyl"`, "Did you mean"}})
		s.check(t, exchange{name: "no object", method: "POST", path: path + "/load", token: s.editor, body: `[]`, status: 422, says: []string{"write a JSON object"}})
		s.check(t, exchange{name: "two wrong options", method: "POST", path: path + "/check", token: s.editor, body: `{"dates":"ymd","columns":{"kind":"knd"}}`, status: 422, says: []string{`"/dates"`, `"/columns/kind"`}})
		s.check(t, exchange{name: "what was not checked", method: "POST", path: path + "/load", token: s.editor, body: `{"constants":{"summary":"Untold."},"valid_rows_only":true}`, status: 202})
		if text := worked(t, s, path, s.editor); !strings.Contains(text, `"status":"checked"`) || !strings.Contains(text, "Check it again with them") || strings.Contains(text, "Untold") {
			t.Fatalf("what was not checked: %s", text)
		}
		s.check(t, exchange{name: "all or nothing", method: "POST", path: path + "/load", token: s.editor, status: 202})
		if text := worked(t, s, path, s.editor); !strings.Contains(text, `"status":"checked"`) || !strings.Contains(text, "Nothing was entered: wrong are 1 of the rows, in doubt 0.") {
			t.Fatalf("all or nothing: %s", text)
		}
		s.check(t, exchange{name: "valid rows", method: "POST", path: path + "/load", token: s.editor, body: `{"valid_rows_only":true}`, status: 202})
		if text := worked(t, s, path, s.editor); !strings.Contains(text, `"loaded"`) || !strings.Contains(text, `"changeset":"`) {
			t.Fatalf("valid rows: %s", text)
		}
		s.check(t, exchange{name: "entered", method: "GET", path: "/entities/imported-one", status: 200})
		s.check(t, exchange{name: "again", method: "POST", path: path + "/load", token: s.editor, status: 409})
	})
}

func TestExports_answerInEveryFormat(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	for format, says := range map[string]string{"ndjson": `"plumbline":1`, "ftm": `"schema":"Company"`, "graphml": "<graphml", "gexf": "<gexf",
		"jsonld": "@context", "csv": "datapackage.json", "xlsx": "xl/workbook.xml", "sqlite": "SQLite format 3", "mapping": "FollowTheMoney"} {
		s.check(t, exchange{name: format, method: "GET", path: "/exports/" + format, status: 200, says: []string{says}})
	}
	s.check(t, exchange{name: "no contract", method: "GET", path: "/exports/ocds", status: 404, says: []string{"There is no contract among these records"}})
	source := field(t, s.do(exchange{method: "GET", path: "/sources?limit=1"}), "data", "0", "id")
	s.check(t, exchange{name: "enter one", method: "POST", path: "/entities", token: s.editor, body: `{"kind":"contract","name":"One","citations":[{"source":"` + source + `"}]}`, status: 201})
	s.check(t, exchange{name: "a contract", method: "GET", path: "/exports/ocds", status: 200, says: []string{`"version":"1.1"`, `"title":"One"`}})
	s.check(t, exchange{name: "a case", method: "GET", path: "/exports/graphml?case=microsoft-and-the-israeli-military", status: 200})
	s.check(t, exchange{name: "a list", method: "GET", path: "/exports/gexf?list=relationships&type=supplied_to", status: 200, says: []string{"<edge "}})
	s.check(t, exchange{name: "no case", method: "GET", path: "/exports/graphml?case=nowhere", status: 404})
	s.check(t, exchange{name: "no format", method: "GET", path: "/exports/graphm", status: 404, says: []string{`Did you mean \"graphml\"?`}})
	s.check(t, exchange{name: "no list", method: "GET", path: "/exports/gexf?list=relationship", status: 400, says: []string{`Did you mean \"relationships\"?`}})
	s.check(t, exchange{name: "a case's list", method: "GET", path: "/exports/ndjson?list=claims&case=microsoft-and-the-israeli-military", status: 200, says: []string{`"type":"claim"`}})
	s.check(t, exchange{name: "a wrong filter", method: "GET", path: "/exports/gexf?list=relationships&tipe=x", status: 400, says: []string{"tipe"}})
}
