package api_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"sort"
	"strings"
	"testing"

	"plumbline/database/dbtest"
)

// nasty are values that people and programs send by mistake or on purpose.
var nasty = []string{"", "0", "-1", "9223372036854775808", "1e400", "null", "true", "2025-13", "2025-09-31", "[..]", "microsoft", "unit-8200", "javascript:alert(1)",
	"' OR 1=1 --", "\x00", "\xff\xfe", "%00", "../../etc/passwd", "‮abc", strings.Repeat("a", 5000), "🙂", "{}", "[]", "active", "supplied_to", "-effective", "any",
	"01999d11-9800-7916-bd75-f5d0ed2d5fb4", "00000000-0000-0000-0000-000000000000", "*", "a,b,,c", "\u202e\u2066", "2025-01-01T00:00:00Z", "NaN", `"`, "<script>"}

// TestFuzz_noRequestIsAServerError sends random requests to every route of the document, with
// parameters and bodies that are nearly right, and expects an answer below 500 to each.
func TestFuzz_noRequestIsAServerError(t *testing.T) {
	requests := 20_000
	if testing.Short() {
		requests = 2_000
	}
	s := newServer(t, dbtest.SQLite(t))
	text, err := s.api.Document()
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
		}
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	type route struct {
		method, path string
		parameters   []string
	}
	var routes []route
	for path, methods := range document.Paths {
		for method, operation := range methods {
			r := route{method: strings.ToUpper(method), path: path}
			for _, p := range operation.Parameters {
				if p.In == "query" {
					r.parameters = append(r.parameters, p.Name)
				}
			}
			routes = append(routes, r)
		}
	}
	sort.Slice(routes, func(i, j int) bool { return routes[i].method+routes[i].path < routes[j].method+routes[j].path })

	random := rand.New(rand.NewPCG(42, 1))
	pick := func() string { return nasty[random.IntN(len(nasty))] }
	var value func(depth int) any
	value = func(depth int) any {
		switch random.IntN(7) {
		case 0:
			return random.IntN(1000) - 10
		case 1:
			return random.IntN(2) == 0
		case 2:
			return nil
		case 3:
			if depth > 0 {
				return []any{value(depth - 1), value(depth - 1)}
			}
		case 4:
			if depth > 0 {
				return map[string]any{"source": pick(), "entity": pick(), "text": value(depth - 1), "id": pick()}
			}
		}
		return pick()
	}
	names := []string{"kind", "name", "type", "subject", "object", "status", "stance", "record", "speakers", "about", "answers", "said_on", "text", "citations", "effective", "start", "end",
		"title", "url", "publishers", "reports_on", "addressee", "raised_on", "edit", "reason", "summary", "operations", "id", "version", "op", "data", "places", "names", "identifiers", "count", "note", "field", "nmae"}
	statuses := map[int]int{}
	for i := range requests {
		r := routes[random.IntN(len(routes))]
		target := "/api/v1" + strings.ReplaceAll(r.path, "{id}", escape(pick()))
		var query []string
		for range random.IntN(4) {
			name := pick()
			if len(r.parameters) > 0 && random.IntN(5) > 0 {
				name = r.parameters[random.IntN(len(r.parameters))]
			}
			query = append(query, escape(name)+"="+escape(pick()))
		}
		if len(query) > 0 {
			target += "?" + strings.Join(query, "&")
		}
		body := ""
		if r.method != "GET" {
			object := map[string]any{}
			for range random.IntN(8) {
				object[names[random.IntN(len(names))]] = value(2)
			}
			encoded, _ := json.Marshal(object)
			body = string(encoded)
			if random.IntN(20) == 0 && len(body) > 2 {
				body = body[:random.IntN(len(body))] + pick()
			}
		}

		request := httptest.NewRequest(r.method, target, strings.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		if random.IntN(10) > 0 {
			request.Header.Set("Authorization", "Bearer "+s.editor)
		}
		if random.IntN(2) == 0 {
			request.Header.Set("If-Match", []string{`"v1"`, `"v1-s3-x"`, "*", "x", `"v99999999999999999999"`}[random.IntN(5)])
		}
		recorder := httptest.NewRecorder()
		s.ServeHTTP(recorder, request)
		statuses[recorder.Code/100]++
		if recorder.Code >= 500 {
			t.Fatalf("request %d: %s %q with %q gave %d: %s", i, r.method, target, body, recorder.Code, recorder.Body)
		}
	}
	if statuses[2] == 0 || statuses[4] == 0 {
		t.Errorf("the requests show little: %v", statuses)
	}
	t.Log(fmt.Sprint("answers by hundreds: ", statuses))
}

// escape percent-encodes every byte that is not a letter or digit.
func escape(text string) string {
	var out strings.Builder
	for i := range len(text) {
		c := text[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == ',' {
			out.WriteByte(c)
		} else {
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String()
}
