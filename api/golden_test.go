package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"plumbline/database/dbtest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// moving are values that the test does not give: instants, and places in the log after the seed.
var moving = map[string]*regexp.Regexp{
	`"recorded_at": "INSTANT"`: regexp.MustCompile(`"recorded_at": "[^"]+"`),
	`"revision": 0`:            regexp.MustCompile(`"revision": \d+`),
}

// TestGolden_oneRecordOfEachType pins every member of every wire type, on both engines. The
// status and what is derived are asserted by hand beside it, so that a golden file that was
// written anew cannot hide a change of them.
func TestGolden_oneRecordOfEachType(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		s.check(t, exchange{name: "write", method: "POST", path: "/changesets", token: s.editor, body: golden, status: 201})
		for _, record := range []struct {
			path string
			want map[string]any
		}{
			{"entities/golden-unit", map[string]any{"kind": "unit", "identity": "undisclosed", "verification": "single_origin", "origins": 1.0}},
			{"relationships/01999d11-9800-7000-8000-000000000003", map[string]any{"type": "supplied_to", "status": "disabled", "status_extent": "partial",
				"status_scope": "storage", "status_since": "[2024-02..2024-03]", "status_since_latest": "2024-03-31", "disputed": false, "last_evidenced": "2024-02-01"}},
			{"status-changes/01999d11-9800-7000-8000-000000000004", map[string]any{"status": "disabled", "extent": "partial", "scope": "storage"}},
			{"claims/01999d11-9800-7000-8000-000000000005", map[string]any{"stance": "denies", "extent": "full"}},
			{"sources/01999d11-9800-7000-8000-000000000001", map[string]any{"kind": "article", "unpublished": false}},
			{"open-items/01999d11-9800-7000-8000-000000000006", map[string]any{"kind": "question", "status": "open", "days_unanswered": 244.0}},
		} {
			got := s.check(t, exchange{name: record.path, method: "GET", path: "/" + record.path + "?as_of=2024-12-31", status: 200})
			var wire map[string]any
			if err := json.Unmarshal(got.Body.Bytes(), &wire); err != nil {
				t.Fatal(err)
			}
			for name, want := range record.want {
				if wire[name] != want {
					t.Errorf("%s: %s is %v, want %v", record.path, name, wire[name], want)
				}
			}
			compareGolden(t, got)
		}
	})
}

func compareGolden(t *testing.T, got *httptest.ResponseRecorder) {
	t.Helper()
	var text bytes.Buffer
	if err := json.Indent(&text, got.Body.Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	body := text.Bytes()
	for still, pattern := range moving {
		body = pattern.ReplaceAll(body, []byte(still))
	}

	path := filepath.Join("testdata", field(t, got, "record_type")+".json")
	if *update {
		if err := os.WriteFile(path, body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(body, want) {
		t.Errorf("%s differs; if that is meant, run the test with -update and read the difference.\n%s", path, body)
	}
}

// golden is a changeset with a record of each type, with ids of its own.
const golden = `{"summary":"Golden","operations":[
{"op":"create","type":"source","id":"01999d11-9800-7000-8000-000000000001","data":{"kind":"article","title":"Golden article","url":"https://example.org/golden","authors":["A. Writer"],"published":"2024-02","language":"en","summary":"About it."}},
{"op":"create","type":"entity","id":"01999d11-9800-7000-8000-000000000002","data":{"kind":"unit","name":"Golden Unit","slug":"golden-unit","identity":"undisclosed","names":[{"text":"יחידה","type":"alias","language":"he","script":"Hebr"}],"identifiers":[{"scheme":"golden","value":"G1"}],"places":["IL"],"summary":"A unit.","citations":[{"source":"01999d11-9800-7000-8000-000000000001","locator":"p. 3","note":"Named so."}]}},
{"op":"create","type":"entity","id":"01999d11-9800-7000-8000-000000000008","data":{"kind":"service","name":"Golden Service","citations":[{"source":"01999d11-9800-7000-8000-000000000001"}]}},
{"op":"create","type":"relationship","id":"01999d11-9800-7000-8000-000000000003","data":{"type":"supplied_to","subject":"01999d11-9800-7000-8000-000000000008","object":"01999d11-9800-7000-8000-000000000002","start":{"text":"2021~","words":"around 2021"},"quantity":"several subscriptions","purposes":["storage"],"citations":[{"source":"01999d11-9800-7000-8000-000000000001","holds_on":"2024-02-01"}]}},
{"op":"create","type":"status_change","id":"01999d11-9800-7000-8000-000000000007","data":{"record":"01999d11-9800-7000-8000-000000000003","status":"active","effective":"2021","citations":[{"source":"01999d11-9800-7000-8000-000000000001"}]}},
{"op":"create","type":"status_change","id":"01999d11-9800-7000-8000-000000000004","data":{"record":"01999d11-9800-7000-8000-000000000003","status":"disabled","extent":"partial","scope":"storage","effective":"[2024-02..2024-03]","announced":"2024-03-31","reason":"Terms.","citations":[{"source":"01999d11-9800-7000-8000-000000000001"}]}},
{"op":"create","type":"claim","id":"01999d11-9800-7000-8000-000000000005","data":{"speakers":[{"description":"A spokesperson","on_behalf_of":"01999d11-9800-7000-8000-000000000002"}],"stance":"denies","about":["01999d11-9800-7000-8000-000000000002"],"said_on":"2024-03-01","text":"It is not so.","citations":[{"source":"01999d11-9800-7000-8000-000000000001"}]}},
{"op":"create","type":"open_item","id":"01999d11-9800-7000-8000-000000000006","data":{"kind":"question","addressee":"01999d11-9800-7000-8000-000000000002","raised_by":[{"description":"A reader"}],"about":["01999d11-9800-7000-8000-000000000002"],"text":"Is it so?","raised_on":"2024-05-01","citations":[{"source":"01999d11-9800-7000-8000-000000000001"}]}}
]}`
