package imports

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"plumbline/models"
)

// The objects of a file that are wrong come back as they were, with what is wrong; mended, they are
// imported.
func TestErrors_ofObjectsAreMendedAndImported(t *testing.T) {
	t.Parallel()
	for format, test := range map[Format]struct{ text, old, mended, then string }{
		FormatFTM: {`{"id":"a","schema":"Company","properties":{"name":["Right"]}}
{"id":"b","schema":"Company","properties":{"name":["Mended"],"incorporationDate":["2020-13-45"]}}
{"id":"c","schema":"Ownership","properties":{"owner":["a"]}}
{"id":"d","schema":"Comp`, "", "", ""},
		FormatOCDS: {`{"version":"1.1","releases":[
{"ocid":"ocds-1","id":"1","date":"2024-01-01T00:00:00Z","tag":["contract"],"contracts":[{"id":"1","title":"Right","status":"active","dateSigned":"2024-01-01"}]},
{"ocid":"ocds-2","id":"1","date":"2024-01-01T00:00:00Z","tag":["contract"],"contracts":[{"id":"1","title":"Mended","value":{"amount":-5,"currency":"EUR"}}]},
{"ocid":"ocds-2","id":"2","date":"2024-02-01T00:00:00Z","tag":["contract"],"contracts":[{"id":"1","title":"Mended","status":"active","dateSigned":"2024-01-01","value":{"amount":-5,"currency":"EUR"}}]}]}`,
			`"amount":-5`, `"amount":5`, "mended"},
		FormatBODS: {`[{"statementId":"s1","recordId":"e1","recordType":"entity","recordStatus":"new","recordDetails":{"isComponent":false,"entityType":{"type":"registeredEntity"},"name":"Right"}},
{"statementId":"s2","recordId":"e2","recordType":"entity","recordStatus":"new","recordDetails":{"isComponent":false,"entityType":{"type":"registeredEntity"},"name":""}}]`,
			`"name":""`, `"name":"Mended"`, "mended"},
		FormatRecords: {`{"type":"source","id":"01999d11-9800-7193-8d82-c8aad4c80001","data":{"kind":"filing","title":"Right"}}
{"type":"source","id":"01999d11-9800-7193-8d82-c8aad4c80002","data":{"kind":"filings","title":"Mended"}}`,
			`"filings"`, `"filing"`, ""},
	} {
		t.Run(string(format), func(t *testing.T) {
			eachWorld(t, func(t *testing.T, w *world) {
				check := func(text string) *Plan {
					t.Helper()
					plan, err := Check(context.Background(), w.Services, w.editor, fileOf("x.json", text), Options{ValidRowsOnly: true})
					if err != nil {
						t.Fatal(err)
					}
					if plan.Report().Format != format {
						t.Fatalf("read as %s", plan.Report().Format)
					}
					if _, err := plan.Load(context.Background()); err != nil {
						t.Fatal(err)
					}
					return plan
				}
				plan := check(test.text)
				var wrong bytes.Buffer
				if err := plan.WriteErrors(context.Background(), &wrong); err != nil {
					t.Fatal(err)
				}
				lines := strings.Split(strings.TrimSpace(wrong.String()), "\n")
				for _, line := range lines {
					var object struct {
						Errors []struct{ Code, Message string } `json:"import_errors"`
					}
					if err := json.Unmarshal([]byte(line), &object); err != nil || len(object.Errors) == 0 || object.Errors[0].Code == "" || object.Errors[0].Message == "" {
						t.Errorf("%v in %s", err, line)
					}
				}
				if strings.Contains(wrong.String(), "Right") {
					t.Errorf("what is right is there too:\n%s", wrong.String())
				}
				if format == FormatFTM {
					if len(lines) != 3 || !strings.Contains(lines[0]+lines[1]+lines[2], `"line":"{\"id\":\"d\",`) {
						t.Errorf("three objects are wrong, and\n%s", wrong.String())
					}
					return
				}
				mended := strings.ReplaceAll(wrong.String(), test.old, test.mended)
				if len(lines) != 1 || mended == wrong.String() {
					t.Fatalf("one object is wrong, and\n%s", wrong.String())
				}
				if plan := check(mended); plan.Report().Rows.Errors > 0 {
					t.Fatalf("mended: %+v", plan.Report().Problems)
				}
				if test.then != "" {
					w.get(t, models.TypeEntity, test.then)
				}
			})
		})
	}
}
