package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"plumbline/database/dbtest"
)

// nasty are values that people and programs send by mistake or on purpose.
var nasty = []string{"", "0", "-1", "9223372036854775808", "1e400", "null", "true", "2025-13", "2025-09-31", "[..]", "[..2025-09-25]", "microsoft", "unit-8200",
	"javascript:alert(1)", "' OR 1=1 --", "\x00", "a\x00b", "\xff\xfe", "%00", "../../etc/passwd", "\u202eabc", strings.Repeat("a", 5000), "🙂", "{}", "[]", "active",
	"supplied_to", "-effective", "any", "01999d11-9800-7916-bd75-f5d0ed2d5fb4", "00000000-0000-0000-0000-000000000000", "*", "a,b,,c", "\u202e\u2066",
	"2025-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31", "NaN", `"`, "<script>", "%", "_", "\\", "{urn:uuid}", "include", "corrected"}

// fuzzRoute is an operation of the document.
type fuzzRoute struct {
	method, path string
	parameters   []string
}

// fuzzer makes requests that are valid but for a few mutations.
type fuzzer struct {
	*rand.Rand
	server *server
	routes []fuzzRoute
	// documents are valid inputs by record type, ids the records of each type.
	documents map[string][]map[string]any
	ids       map[string][]string
	proposals []string
	versions  map[string]float64
}

func newFuzzer(t *testing.T, s *server, seed uint64) *fuzzer {
	t.Helper()
	f := &fuzzer{Rand: rand.New(rand.NewPCG(seed, 1)), server: s, documents: map[string][]map[string]any{}, ids: map[string][]string{}, versions: map[string]float64{}}
	for path, methods := range documentOf(t, s).Paths {
		for method, operation := range methods {
			r := fuzzRoute{method: strings.ToUpper(method), path: path}
			for _, p := range operation.Parameters {
				if p.In == "query" {
					r.parameters = append(r.parameters, p.Name)
				}
			}
			f.routes = append(f.routes, r)
		}
	}
	slices.SortFunc(f.routes, func(a, b fuzzRoute) int { return strings.Compare(a.method+a.path, b.method+b.path) })
	f.learn(t)
	return f
}

// learn reads the inputs of the seeded records, which are valid.
func (f *fuzzer) learn(t *testing.T) {
	t.Helper()
	for next := 0; ; {
		answer := f.server.check(t, exchange{name: "learn", method: "GET", path: fmt.Sprintf("/revisions?limit=500&since=%d", next), status: 200})
		var page struct {
			Data []struct {
				Record, Type string
				Version      float64
				Data         map[string]any
			}
			Next int
		}
		if err := json.Unmarshal(answer.Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		if len(page.Data) == 0 {
			return
		}
		for _, r := range page.Data {
			f.documents[r.Type] = append(f.documents[r.Type], r.Data)
			f.ids[r.Type] = append(f.ids[r.Type], r.Record)
			f.versions[r.Record] = r.Version
		}
		next = page.Next
	}
}

func (f *fuzzer) nasty() string { return nasty[f.IntN(len(nasty))] }

func (f *fuzzer) one(list []string) string {
	if len(list) == 0 {
		return f.nasty()
	}
	return list[f.IntN(len(list))]
}

// typeOf is the record type that a path is about; any for the others.
func (f *fuzzer) typeOf(path string) string {
	for prefix, kind := range map[string]string{"/entities": "entity", "/relationships": "relationship", "/status-changes": "status_change", "/claims": "claim", "/sources": "source", "/open-items": "open_item"} {
		if strings.HasPrefix(path, prefix) {
			return kind
		}
	}
	return f.one(slices.Sorted(maps.Keys(f.documents)))
}

// value is any JSON value.
func (f *fuzzer) value(depth int) any {
	switch f.IntN(9) {
	case 0:
		return f.IntN(1000) - 10
	case 1:
		return f.IntN(2) == 0
	case 2:
		return nil
	case 3:
		return json.Number([]string{"1e999", "-0", "123456789012345678901234567890", "0.1e-400"}[f.IntN(4)])
	case 4, 5:
		if depth > 0 {
			return []any{f.value(depth - 1), f.value(depth - 1)}
		}
	case 6:
		if depth > 0 {
			return map[string]any{"source": f.nasty(), "entity": f.nasty(), "text": f.value(depth - 1), "id": f.nasty()}
		}
	}
	return f.nasty()
}

// document is an input that is valid but for a few mutations.
func (f *fuzzer) document(kind string, mutations int) map[string]any {
	documents := f.documents[kind]
	document := maps.Clone(documents[f.IntN(len(documents))])
	delete(document, "slug") // each entity needs one of its own
	if f.IntN(3) > 0 {
		delete(document, "identifiers")
	}
	for range mutations {
		name := f.one(slices.Sorted(maps.Keys(document)))
		switch f.IntN(5) {
		case 0:
			delete(document, name)
		case 1:
			document[f.nasty()] = f.value(2)
		case 2:
			document[name] = f.documents[kind][f.IntN(len(documents))][name]
		default:
			document[name] = f.value(2)
		}
	}
	return document
}

func (f *fuzzer) operation() map[string]any {
	kind := f.typeOf("")
	id := f.one(f.ids[kind])
	op := map[string]any{"op": f.one([]string{"create", "create", "edit", "retract", "restore", "merge", "redact", f.nasty()}), "type": kind,
		"edit": f.one([]string{"corrected", "world_changed", f.nasty()}), "reason": f.one([]string{"Because.", "Because.", f.nasty()}), "data": f.document(kind, f.IntN(2))}
	if op["op"] != "create" {
		op["id"], op["version"] = id, f.versions[id]
	}
	if f.IntN(4) == 0 {
		op[f.one(slices.Sorted(maps.Keys(op)))] = f.value(2)
	}
	return op
}

// body is what an operation takes, but for a few mutations.
func (f *fuzzer) body(r fuzzRoute, kind string) string {
	var body map[string]any
	mutations := max(f.IntN(5)-2, 0)
	switch {
	case r.path == "/changesets":
		operations := []any{}
		for range f.IntN(4) {
			operations = append(operations, f.operation())
		}
		body = map[string]any{"summary": "Fuzz", "operations": operations}
		if f.IntN(8) == 0 {
			body[f.nasty()] = f.value(2)
		}
	case r.method == http.MethodPost && !strings.Contains(r.path, "{id}"):
		body = f.document(kind, mutations)
	case r.method == http.MethodPatch:
		body = map[string]any{}
		for name, value := range f.document(kind, mutations) {
			if f.IntN(3) == 0 {
				body[name] = value
			}
		}
		body["edit"] = f.one([]string{"corrected", "world_changed"})
		body["reason"], body["edit_reason"] = f.one([]string{"Because.", f.nasty()}), "Because."
		if kind != "status_change" || f.IntN(4) > 0 {
			delete(body, map[bool]string{true: "reason", false: "edit_reason"}[kind == "status_change"])
		}
	default:
		body = map[string]any{"reason": f.one([]string{"Because.", "Because.", f.nasty()}), "note": f.nasty(), "field": f.one([]string{"summary", "text", "name", "reason", f.nasty()})}
		for _, name := range []string{"reason", "note", "field"} {
			if f.IntN(3) == 0 {
				delete(body, name)
			}
		}
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return f.nasty()
	}
	switch f.IntN(40) {
	case 0:
		return string(encoded[:f.IntN(len(encoded))]) + f.nasty()
	case 1:
		return strings.Repeat(`{"a":`, 12_000)
	case 2:
		return strings.ReplaceAll(string(encoded), `"Because."`, "\"\xff\xfe\"")
	case 3:
		return f.nasty()
	}
	return string(encoded)
}

// target is the path with its query.
func (f *fuzzer) target(r fuzzRoute, id string) string {
	target := "/api/v1" + strings.ReplaceAll(r.path, "{id}", escape(id))
	var query []string
	parameters := max(f.IntN(5)-1, 0)
	if r.method != http.MethodGet && f.IntN(8) > 0 {
		parameters = 0 // so that most writes come as far as their bodies
	}
	for range parameters {
		name := f.nasty()
		if len(r.parameters) > 0 && f.IntN(20) > 0 {
			name = f.one(r.parameters)
		}
		value := f.nasty()
		if f.IntN(4) > 0 {
			value = f.plausible(name)
		}
		query = append(query, escape(name)+"="+escape(value))
	}
	if len(query) > 0 {
		target += "?" + strings.Join(query, "&")
	}
	return target
}

// plausible is a value that a parameter might take.
func (f *fuzzer) plausible(name string) string {
	switch name {
	case "limit", "depth", "size", "to", "from", "since", "start", "position":
		return f.one([]string{"1", "2", "3", "100"})
	case "as_of", "day[gte]", "day[lte]", "effective[gte]", "published[lt]":
		return f.one([]string{"2025-09-01", "2025-09-30", "2021-01-01"})
	case "known_at":
		return f.one([]string{"2025-09-01T00:00:00Z", "2026-11-01T00:00:00+03:00"})
	case "party", "about", "subject", "object", "speaker", "case":
		return f.one([]string{"microsoft", "unit-8200", f.one(f.ids["entity"])})
	}
	return f.one([]string{"unit", "company,service", "microsoft", "active,disabled", "true", "claims", "claims,open_items", "supplied_to", "live", "any", "denies", "-id", "azure", "Because"})
}

func (f *fuzzer) request() *http.Request {
	r := f.routes[f.IntN(len(f.routes))]
	kind := f.typeOf(r.path)
	id := f.one(f.ids[kind])
	if strings.HasPrefix(r.path, "/changesets/") {
		id = f.one(f.proposals)
	}
	version := f.versions[id]
	if f.IntN(6) == 0 {
		id = f.nasty()
	}
	text := ""
	if r.method != http.MethodGet {
		text = f.body(r, kind)
	}
	if f.IntN(100) == 0 {
		r.method = f.one([]string{"PUT", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "POST", "DELETE"})
	}

	request := httptest.NewRequest(r.method, f.target(r, id), strings.NewReader(text))
	header := request.Header
	header.Set("Content-Type", f.one([]string{"application/json", "application/json", "application/json", "application/json; charset=utf-8", "application/merge-patch+json", "text/plain", f.nasty()}))
	switch f.IntN(12) {
	case 0:
	case 1:
		header.Set("Authorization", f.nasty())
	case 2, 3, 4:
		header.Set("Authorization", "Bearer "+f.server.author)
	default:
		header.Set("Authorization", "Bearer "+f.server.editor)
	}
	header.Set("If-Match", fmt.Sprintf(`"v%d"`, int(version)))
	switch f.IntN(12) {
	case 0:
		header.Del("If-Match")
	case 1:
		header.Set("If-Match", f.one([]string{`"v1-s3-x"`, "*", "x", `"v99999999999999999999"`, `"v0"`, `W/"v1"`, f.nasty()}))
	case 2:
		header.Set("If-None-Match", f.one([]string{"*", `"s1-x"`, f.nasty()}))
	case 3:
		header.Set("Idempotency-Key", f.one([]string{"a", "b", "c", f.nasty()}))
	case 4:
		header.Set("Accept", f.one([]string{"text/plain", "text/html", "application/cbor", "*/*;q=0", f.nasty()}))
	}
	return request
}

// remember keeps what an answer teaches: versions, new records and proposals.
func (f *fuzzer) remember(recorder *httptest.ResponseRecorder) {
	location := recorder.Header().Get("Location")
	if recorder.Code == http.StatusAccepted {
		f.proposals = append(f.proposals, strings.TrimPrefix(location, "/api/v1/changesets/"))
		return
	}
	var record struct {
		ID         string
		RecordType string `json:"record_type"`
		Version    float64
		Records    []struct {
			ID, Type string
			Version  float64
		}
	}
	if recorder.Code >= 300 || json.Unmarshal(recorder.Body.Bytes(), &record) != nil {
		return
	}
	if record.RecordType != "" {
		if f.versions[record.ID] == 0 {
			f.ids[record.RecordType] = append(f.ids[record.RecordType], record.ID)
		}
		f.versions[record.ID] = max(f.versions[record.ID], record.Version)
	}
	for _, r := range record.Records {
		f.versions[r.ID] = r.Version
	}
}

// TestFuzz_20000RequestsNoServerError sends random requests to every route of the document:
// valid ones, and such with a few mutations in path, query, headers and body. Each gets an answer
// below 500, a problem where it is refused, and the log still verifies in the end.
func TestFuzz_20000RequestsNoServerError(t *testing.T) {
	t.Parallel()
	requests := 20_000
	if testing.Short() {
		requests = 2_000
	}
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		f := newFuzzer(t, newServer(t, c), 42)
		statuses, written := map[int]int{}, map[string]bool{}
		for i := range requests {
			request := f.request()
			body := bodyOf(t, request)
			recorder := httptest.NewRecorder()
			f.server.ServeHTTP(recorder, request)
			statuses[recorder.Code]++
			if recorder.Code >= 500 {
				t.Fatalf("request %d: %s %q with %q and %v gave %d: %s", i, request.Method, request.URL, body, request.Header, recorder.Code, recorder.Body)
			}
			if kind := recorder.Header().Get("Content-Type"); recorder.Code >= 400 && kind != "application/problem+json" {
				t.Fatalf("request %d: %s %q gave %d as %q: %s", i, request.Method, request.URL, recorder.Code, kind, recorder.Body)
			}
			if recorder.Code < 300 && request.Method != http.MethodGet {
				written[request.Method] = true
			}
			f.remember(recorder)
		}
		t.Log("answers: ", statuses)
		for _, status := range []int{200, 201, 202, 304, 400, 401, 403, 404, 405, 409, 412, 415, 422, 428} {
			if statuses[status] == 0 && !testing.Short() {
				t.Errorf("no request got a %d: the requests show too little", status)
			}
		}
		if !testing.Short() && !(written["POST"] && written["PATCH"] && written["DELETE"]) {
			t.Errorf("writes that went through: %v", written)
		}
		report, err := f.server.services.Verify(t.Context(), "")
		if err != nil || len(report.Problems) > 0 {
			t.Errorf("verify: %v, %v", report.Problems, err)
		}
	})
}

// bodyOf reads a request's body for the report, and puts it back.
func bodyOf(t *testing.T, request *http.Request) string {
	t.Helper()
	body, err := io.ReadAll(request.Body)
	if err != nil {
		t.Fatal(err)
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	return string(body)
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
