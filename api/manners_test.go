package api_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"plumbline/database/dbtest"
)

// seededID is the id of a seeded record, for paths that need one.
func seededID(t *testing.T, s *server, path string) string {
	t.Helper()
	for prefix, list := range map[string]string{"/relationships/": "/relationships", "/status-changes/": "/status-changes", "/claims/": "/claims", "/sources/": "/sources", "/open-items/": "/open-items", "/changesets/": "/changesets", "/cases/": "/cases"} {
		if strings.HasPrefix(path, prefix) {
			return field(t, s.do(exchange{method: "GET", path: list + "?limit=1"}), "data", "0", "id")
		}
	}
	if strings.HasPrefix(path, "/worklists/") {
		return "stale-links"
	}
	if strings.HasPrefix(path, "/imports/") {
		return field(t, s.do(exchange{method: "POST", path: "/imports?name=a.csv", token: s.author, body: "kind,name\ncompany,Somebody\n"}), "id")
	}
	if strings.HasPrefix(path, "/intake/") {
		return field(t, s.do(exchange{method: "POST", path: "/intake", token: s.author, body: `{"text":"Microsoft said on Thursday that it had disabled services for Unit 8200.","published":"2025-09-26"}`}), "id")
	}
	if strings.HasPrefix(path, "/notes/") {
		return field(t, s.do(exchange{method: "POST", path: "/notes", token: s.editor, body: `{"record":"microsoft","text":"A note."}`}), "id")
	}
	if strings.HasPrefix(path, "/replies/") {
		s.do(exchange{method: "POST", path: "/replies", body: `{"kind":"answer","role":"party","name":"A company","text":"No.","record":"microsoft"}`})
		return field(t, s.do(exchange{method: "GET", path: "/replies", token: s.editor}), "data", "0", "id")
	}
	if strings.HasPrefix(path, "/webhooks/") {
		return field(t, s.do(exchange{method: "POST", path: "/webhooks", token: s.adminToken(t), body: `{"url":"https://receiver.example/hook","label":"A site"}`}), "id")
	}
	return field(t, s.do(exchange{method: "GET", path: "/entities/microsoft"}), "id")
}

// targetOf fills in the parameters of a path of the document.
func targetOf(t *testing.T, s *server, path string) string {
	t.Helper()
	format := "json"
	if strings.HasPrefix(path, "/exports/") {
		format = "jsonld"
	}
	if strings.HasPrefix(path, "/evidence/") {
		sources := "/sources/" + seededID(t, s, "/sources/{id}") + "/captures?public=true"
		kept := s.check(t, exchange{name: "keep", method: "POST", path: sources, token: s.editor, body: "What it said, on " + time.Now().String(), status: 201})
		path = strings.ReplaceAll(path, "{sha256}", field(t, kept, "sha256"))
	}
	return strings.ReplaceAll(strings.ReplaceAll(path, "{id}", seededID(t, s, path)), "{format}", format)
}

func TestAPI_everyRouteRefusesUnknownParameters(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	for path, methods := range documentOf(t, s).Paths {
		target := targetOf(t, s, path)
		for method, operation := range methods {
			e := exchange{name: operation.OperationID, method: strings.ToUpper(method), path: target + "?zzz=1", token: s.editor, headers: map[string]string{"If-Match": `"v1"`}, status: 400, says: []string{`"zzz"`}}
			if strings.HasPrefix(path, "/webhooks") {
				e.token = s.adminToken(t)
			}
			if method != "get" {
				e.body = "{}"
			}
			s.check(t, e)
		}
	}
}

func TestAPI_acceptsEveryParameterOfItsDocument(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	for path, methods := range documentOf(t, s).Paths {
		target := targetOf(t, s, path)
		for _, p := range methods["get"].Parameters {
			if p.In != "query" {
				continue
			}
			got := s.do(exchange{method: "GET", path: target + "?" + escape(p.Name) + "=1"})
			if strings.Contains(got.Body.String(), "There is no parameter") {
				t.Errorf("%s does not know its parameter %s: %s", path, p.Name, got.Body)
			}
		}
	}
}

func TestAPI_answersHeadAndPreflight(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	server := httptest.NewServer(s)
	defer server.Close()
	for _, path := range []string{"/entities/microsoft", "/entities", "/openapi.json", "/log/checkpoint"} {
		response, err := server.Client().Head(server.URL + "/api/v1" + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != 200 || len(body) > 0 || response.Header.Get("Content-Type") == "" {
			t.Errorf("HEAD %s: %d, %q, %v, %v", path, response.StatusCode, body, response.Header, err)
		}
		response.Body.Close()
	}

	preflight := s.check(t, exchange{name: "preflight", method: "OPTIONS", path: "/entities/microsoft", headers: map[string]string{"Origin": "https://example.org", "Access-Control-Request-Method": "PATCH"}, status: 204})
	if h := preflight.Header(); h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Access-Control-Allow-Methods") != "GET, HEAD, OPTIONS" ||
		!strings.Contains(h.Get("Access-Control-Allow-Headers"), "If-None-Match") || h.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("preflight: %v", h)
	}
}

func TestAPI_setsHeadersOnEveryAnswer(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	for _, e := range []exchange{
		{name: "a record", method: "GET", path: "/entities/microsoft", status: 200},
		{name: "a problem", method: "GET", path: "/entities?x=1", status: 400},
		{name: "no path", method: "GET", path: "/nothing", status: 404},
		{name: "no method", method: "PUT", path: "/entities", status: 405},
		{name: "a bad token", method: "GET", path: "/stats", token: "plumb_x", status: 401},
		{name: "a body of nobody", method: "POST", path: "/entities", body: "{}", status: 401},
	} {
		h := s.check(t, e).Header()
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") == "" || !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %v", e.name, h)
		}
		if e.status == 401 && h.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s: %v", e.name, h)
		}
		if e.status == 405 && !strings.Contains(h.Get("Allow"), "POST") {
			t.Errorf("%s: %v", e.name, h)
		}
	}
	lower := map[string]string{"Authorization": "bearer " + s.editor}
	private := s.check(t, exchange{name: "a scheme in small letters", method: "GET", path: "/entities/microsoft", headers: lower, status: 200})
	lower["If-None-Match"] = private.Header().Get("ETag")
	copied := s.check(t, exchange{name: "an account's copy", method: "GET", path: "/entities/microsoft", headers: lower, status: 304})
	for _, r := range []*httptest.ResponseRecorder{private, copied} {
		if kept := strings.Join(r.Header().Values("Cache-Control"), "|"); kept != "no-store" {
			t.Errorf("what an account read may be kept: %v", r.Header())
		}
	}
}

// unreadable is a body that must not be asked for.
type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("the body of a request without an account was read")
	return 0, io.EOF
}

func TestAPI_readsNoBodyWithoutAnAccount(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	recorder := httptest.NewRecorder()
	request := httptest.NewRequest(http.MethodPost, "/api/v1/changesets", unreadable{t})
	request.Header.Set("Content-Type", "application/json")
	s.ServeHTTP(recorder, request)
	if recorder.Code != 401 {
		t.Errorf("%d: %s", recorder.Code, recorder.Body)
	}
}

func TestAPI_changesetNamesEveryProblemAtItsPlace(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	s.check(t, exchange{name: "all at once", method: "POST", path: "/changesets", token: s.editor, status: 422, body: `{"sumary":"x","id":"7","operations":[
		{"op":"create","type":"source","data":{"kind":"article","title":"ok"}},
		{"op":"create","type":"sauce","data":{}},
		{"op":"edit","type":"source","id":5,"version":"x","reson":"y","data":{"kind":"article","titel":"no"}}, 7]}`,
		says: []string{`"/sumary"`, `Did you mean \"summary\"`, `"/id"`, `"/operations/1/type"`, `source`, `"/operations/2/id"`, `"/operations/2/version"`, `"/operations/2/reson"`, `"/operations/2/data/titel"`, `"/operations/3"`}})
	s.check(t, exchange{name: "operations that are no list", method: "POST", path: "/changesets", token: s.editor, status: 422, body: `{"operations":{}}`, says: []string{`"/operations"`}})
	s.check(t, exchange{name: "two objects", method: "POST", path: "/changesets", token: s.editor, status: 400, body: `{}{}`})
	s.check(t, exchange{name: "another field in a decision", method: "POST", path: "/records/" + seededID(t, s, "/claims/") + "/redact", token: s.editor, status: 422, body: `{"field":"text","reason":"x","raeson":"y"}`, says: []string{`"/raeson"`}})
}

func TestAPI_keyedRequestsOfTheSameMomentAreDoneOnce(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		var group sync.WaitGroup
		answers := make([]*httptest.ResponseRecorder, 8)
		for i := range answers {
			group.Go(func() {
				answers[i] = s.do(exchange{method: "POST", path: "/sources", token: s.editor, headers: map[string]string{"Idempotency-Key": "at once"}, body: `{"kind":"article","title":"Once"}`})
			})
		}
		group.Wait()
		for _, answer := range answers {
			if answer.Code != 201 || field(t, answer, "id") != field(t, answers[0], "id") {
				t.Errorf("%d: %s", answer.Code, answer.Body)
			}
		}
	})
}

func TestAPI_keyedEditIsDoneOnce(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		made := s.check(t, exchange{name: "create", method: "POST", path: "/sources", token: s.editor, body: `{"kind":"article","title":"Once"}`, status: 201})
		path := "/sources/" + field(t, made, "id")
		headers := map[string]string{"If-Match": made.Header().Get("ETag"), "Idempotency-Key": "edit"}
		edit := exchange{name: "edit", method: "PATCH", path: path, token: s.editor, headers: headers, body: `{"title":"Twice","edit":"corrected","reason":"A slip."}`, status: 200, says: []string{`"version":2`, `"Twice"`}}
		first := s.check(t, edit)
		if again := s.check(t, edit); again.Header().Get("ETag") != first.Header().Get("ETag") {
			t.Errorf("sent again, it answers with %s, not %s", again.Header().Get("ETag"), first.Header().Get("ETag"))
		}
		s.check(t, exchange{name: "another edit under the key", method: "PATCH", path: path, token: s.editor, headers: headers, body: `{"title":"Thrice","edit":"corrected","reason":"A slip."}`, status: 412, says: []string{`"current"`}})
		headers["Idempotency-Key"] = "another"
		s.check(t, exchange{name: "edit of what is gone", method: "PATCH", path: path, token: s.editor, headers: headers, body: edit.body, status: 412, says: []string{`"current"`}})
		s.check(t, exchange{name: "read", method: "GET", path: path, status: 200, says: []string{`"version":2`}})
	})
}

func TestAPI_keyedRestoreIsDoneOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	made := s.check(t, exchange{name: "create", method: "POST", path: "/sources", token: s.editor, body: `{"kind":"article","title":"Once"}`, status: 201})
	path := "/sources/" + field(t, made, "id")
	gone := s.check(t, exchange{name: "retract", method: "DELETE", path: path, token: s.editor, headers: map[string]string{"If-Match": made.Header().Get("ETag")}, body: `{"reason":"No."}`, status: 200})
	headers := map[string]string{"If-Match": gone.Header().Get("ETag"), "Idempotency-Key": "back"}
	for range 2 {
		s.check(t, exchange{name: "restore", method: "POST", path: path + "/restore", token: s.editor, headers: headers, body: `{"reason":"Yes."}`, status: 200, says: []string{`"version":3`}})
	}
	headers["Idempotency-Key"] = "another"
	s.check(t, exchange{name: "restore anew", method: "POST", path: path + "/restore", token: s.editor, headers: headers, body: `{"reason":"Yes."}`, status: 412, says: []string{`"current"`}})
}

func TestAPI_copiesOfAnEarlierKnowledgeDoNotOutliveARedaction(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		made := s.check(t, exchange{name: "create", method: "POST", path: "/sources", token: s.editor, body: `{"kind":"article","title":"A name that the law forbids"}`, status: 201})
		id, then := field(t, made, "id"), time.Now().UTC().Format(time.RFC3339Nano)
		paths := []string{"/sources/" + id + "?known_at=" + then, "/sources?known_at=" + then}
		tags := map[string]string{}
		for _, path := range paths {
			tags[path] = s.check(t, exchange{name: "before", method: "GET", path: path, status: 200, says: []string{"A name that"}}).Header().Get("ETag")
			s.check(t, exchange{name: "unchanged", method: "GET", path: path, headers: map[string]string{"If-None-Match": tags[path]}, status: 304})
		}
		s.check(t, exchange{name: "redact", method: "POST", path: "/records/" + id + "/redact", token: s.editor, body: `{"field":"title","reason":"A court order."}`, status: 200})
		for _, path := range paths {
			got := s.check(t, exchange{name: "after", method: "GET", path: path, headers: map[string]string{"If-None-Match": tags[path]}, status: 200})
			if strings.Contains(got.Body.String(), "A name that") {
				t.Errorf("%s still tells: %s", path, got.Body)
			}
		}
	})
}

func TestAPI_includesWhatWouldBeASecondRequest(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	var page struct {
		Data []struct {
			ID      string
			Answers []struct{ ID string }
		}
	}
	if err := json.Unmarshal(s.do(exchange{method: "GET", path: "/claims?limit=500"}).Body.Bytes(), &page); err != nil {
		t.Fatal(err)
	}
	claim, answer := "", ""
	for _, one := range page.Data {
		if len(one.Answers) > 0 {
			claim, answer = one.Answers[0].ID, one.ID
		}
	}
	with := s.check(t, exchange{name: "answers", method: "GET", path: "/claims/" + claim + "?include=answered_by", status: 200, says: []string{`"answered_by":[{`, answer}})
	without := s.check(t, exchange{name: "no answers", method: "GET", path: "/claims/" + claim, status: 200})
	if strings.Contains(without.Body.String(), "answered_by") || with.Header().Get("ETag") == without.Header().Get("ETag") {
		t.Errorf("the two are not told apart: %v", without.Header())
	}
	s.check(t, exchange{name: "unknown", method: "GET", path: "/claims/" + claim + "?include=answerd_by", status: 400, says: []string{`Did you mean \"answered_by\"`}})
	s.check(t, exchange{name: "nothing to include", method: "GET", path: "/sources/" + seededID(t, s, "/sources/") + "?include=claims", status: 400})
}

func TestAPI_includesSourcesAndWhatIsAboutALink(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	var list struct {
		Data []struct {
			ID        string
			Citations []struct{ Source struct{ ID string } }
			Sources   []struct{ ID, Title, URL string }
		}
	}
	for _, path := range []string{"/relationships?type=supplied_to&", "/entities/microsoft/claims?", "/status-changes?", "/open-items?", "/entities?"} {
		answer := s.check(t, exchange{name: path, method: "GET", path: path + "include=sources&limit=500", status: 200})
		if err := json.Unmarshal(answer.Body.Bytes(), &list); err != nil {
			t.Fatal(err)
		}
		if len(list.Data) == 0 {
			t.Errorf("%s: no records", path)
		}
		for _, one := range list.Data {
			for _, citation := range one.Citations {
				if !slices.ContainsFunc(one.Sources, func(source struct{ ID, Title, URL string }) bool {
					return source.ID == citation.Source.ID && source.Title != ""
				}) {
					t.Errorf("%s: %s cites %s, which is not included", path, one.ID, citation.Source.ID)
				}
			}
		}
	}

	var claims struct {
		Data []struct {
			ID    string
			About []struct{ ID, Type string }
		}
	}
	if err := json.Unmarshal(s.do(exchange{method: "GET", path: "/claims?limit=500"}).Body.Bytes(), &claims); err != nil {
		t.Fatal(err)
	}
	link, claim := "", ""
	for _, one := range claims.Data {
		for _, about := range one.About {
			if about.Type == "relationship" {
				link, claim = about.ID, one.ID
			}
		}
	}
	s.check(t, exchange{name: "a link's claims", method: "GET", path: "/relationships/" + link + "?include=claims,status_changes,sources", status: 200,
		says: []string{`"claims":[{`, claim, `"sources":[{`}})
	var steps struct {
		Data []struct {
			ID     string
			Record struct{ ID string }
		}
	}
	if err := json.Unmarshal(s.do(exchange{method: "GET", path: "/status-changes?status=disabled"}).Body.Bytes(), &steps); err != nil {
		t.Fatal(err)
	}
	s.check(t, exchange{name: "a link's steps", method: "GET", path: "/relationships/" + steps.Data[0].Record.ID + "?include=status_changes", status: 200,
		says: []string{`"status_changes":[{`, steps.Data[0].ID}})
	s.check(t, exchange{name: "unknown", method: "GET", path: "/relationships?include=claims", status: 400, says: []string{"Possible are sources"}})
	s.check(t, exchange{name: "nothing to include", method: "GET", path: "/sources?include=sources", status: 400})
}

func TestAPI_namesEveryBadFieldBesideADateThatCannotBeRead(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	body := `{"record":"nobody-knows-this","status":"switched_off","extent":"partial","effective":"2025-13"}`
	answer := s.check(t, exchange{name: "all at once", method: "POST", path: "/status-changes", token: s.editor, body: body, status: 422,
		says: []string{`"/effective"`, `"/record"`, `"/status"`, `"/scope"`, `"/citations"`}})
	if n := strings.Count(answer.Body.String(), `"pointer":"/record"`); n != 1 {
		t.Errorf("/record is named %d times: %s", n, answer.Body)
	}
}

func TestAPI_whatWasReadCanBeSentBack(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	read := s.do(exchange{method: "GET", path: "/relationships?type=supplied_to&limit=1"})
	var page struct{ Data []map[string]any }
	if err := json.Unmarshal(read.Body.Bytes(), &page); err != nil {
		t.Fatal(err)
	}
	// A program that edits by what it read sends references and dates as they were printed.
	patch := map[string]any{"subject": page.Data[0]["subject"], "object": page.Data[0]["object"], "start": page.Data[0]["start"],
		"description": "Sent back.", "edit": "corrected", "reason": "A test."}
	body, err := json.Marshal(patch)
	if err != nil {
		t.Fatal(err)
	}
	path := "/relationships/" + page.Data[0]["id"].(string)
	s.check(t, exchange{name: "send back", method: "PATCH", path: path, token: s.editor, headers: map[string]string{"If-Match": fmt.Sprintf(`"v%v"`, page.Data[0]["version"])}, body: string(body), status: 200, says: []string{"Sent back."}})
	s.check(t, exchange{name: "null takes a field away", method: "PATCH", path: path, token: s.editor, headers: map[string]string{"If-Match": `"v2"`}, body: `{"description":null,"edit":"corrected","reason":"A test."}`, status: 200, says: []string{`"version":3`}})
	if got := s.do(exchange{method: "GET", path: path}); strings.Contains(got.Body.String(), "Sent back.") {
		t.Errorf("the field is still there: %s", got.Body)
	}
}

func TestLog_provesItselfOverHTTP(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		earlier := s.check(t, exchange{name: "checkpoint", method: "GET", path: "/log/checkpoint", status: 200})
		if kind := earlier.Header().Get("Content-Type"); !strings.HasPrefix(kind, "text/plain") {
			t.Errorf("the note came as %q", kind)
		}
		s.check(t, exchange{name: "grow", method: "POST", path: "/sources", token: s.editor, body: `{"kind":"article","title":"One more"}`, status: 201})
		asked := s.check(t, exchange{name: "checkpoint as JSON", method: "GET", path: "/log/checkpoint", headers: map[string]string{"Accept": "application/json"}, status: 200})
		named := s.check(t, exchange{name: "checkpoint.json", method: "GET", path: "/log/checkpoint.json", status: 200})
		if !bytes.Equal(bytes.TrimSpace(asked.Body.Bytes()), bytes.TrimSpace(named.Body.Bytes())) {
			t.Errorf("two answers: %s and %s", asked.Body, named.Body)
		}

		key := strings.TrimSpace(s.check(t, exchange{name: "key", method: "GET", path: "/log/key", status: 200}).Body.String())
		verifier, err := note.NewVerifier(key)
		if err != nil {
			t.Fatal(err)
		}
		old, oldErr := opened(earlier.Body.Bytes(), verifier)
		now, nowErr := opened([]byte(field(t, named, "note")), verifier)
		if err := errors.Join(oldErr, nowErr); err != nil || now.N != old.N+1 {
			t.Fatalf("%v: %v, then %v", err, old, now)
		}

		consistency := s.check(t, exchange{name: "consistency", method: "GET", path: fmt.Sprintf("/log/proof/consistency?from=%d", old.N), status: 200})
		if err := tlog.CheckTree(hashes(t, consistency), now.N, now.Hash, old.N, old.Hash); err != nil {
			t.Error(err)
		}
		for _, position := range []int64{0, 7, now.N - 1} {
			entry := s.check(t, exchange{name: "entry", method: "GET", path: fmt.Sprintf("/log/entries?start=%d&limit=1", position), status: 200})
			inclusion := s.check(t, exchange{name: "inclusion", method: "GET", path: fmt.Sprintf("/log/proof/inclusion?position=%d", position), status: 200})
			leaf := tlog.RecordHash([]byte(field(t, entry, "data", "0", "leaf")))
			if err := tlog.CheckRecord(hashes(t, inclusion), now.N, now.Hash, position, leaf); err != nil {
				t.Errorf("position %d: %v", position, err)
			}
		}
		s.check(t, exchange{name: "beyond the end", method: "GET", path: "/log/proof/inclusion?position=999999", status: 400})
	})
}

// opened checks a signed checkpoint and reads its tree.
func opened(signed []byte, verifier note.Verifier) (tlog.Tree, error) {
	n, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	var tree tlog.Tree
	var origin, root string
	if _, err := fmt.Sscanf(n.Text, "%s\n%d\n%s\n", &origin, &tree.N, &root); err != nil {
		return tree, err
	}
	hash, err := base64.StdEncoding.DecodeString(root)
	copy(tree.Hash[:], hash)
	return tree, err
}

func hashes(t *testing.T, r *httptest.ResponseRecorder) []tlog.Hash {
	t.Helper()
	var proof struct{ Hashes []string }
	if err := json.Unmarshal(r.Body.Bytes(), &proof); err != nil {
		t.Fatal(err)
	}
	list := make([]tlog.Hash, len(proof.Hashes))
	for i, text := range proof.Hashes {
		hash, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		copy(list[i][:], hash)
	}
	return list
}

// Whoever reads a record sees that a source of it was taken back.
func TestAPI_saysThatASourceWasRetracted(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	source := field(t, s.check(t, exchange{name: "source", method: "POST", path: "/sources", token: s.editor, body: `{"kind":"article","title":"A hoax","url":"https://hoax.example/a"}`, status: 201}), "id")
	entity := field(t, s.check(t, exchange{name: "entity", method: "POST", path: "/entities", token: s.editor, body: `{"kind":"company","name":"Hoaxed Ltd","citations":[{"source":"` + source + `"}]}`, status: 201}), "id")
	s.check(t, exchange{name: "stands", method: "GET", path: "/entities/" + entity, status: 200, says: []string{`"verification":"single_origin"`}})
	s.check(t, exchange{name: "retract", method: "DELETE", path: "/sources/" + source, token: s.editor, headers: map[string]string{"If-Match": `"v1"`}, body: `{"reason":"It never existed."}`, status: 200})
	s.check(t, exchange{name: "read", method: "GET", path: "/entities/" + entity, status: 200,
		says: []string{`"state":"retracted"`, `"verification":"no_origin"`, `"origins":0`, `"why":"retracted"`}})
	s.check(t, exchange{name: "rows", method: "GET", path: "/entities.csv?source=" + source, status: 200, says: []string{"A hoax (retracted)", "no_origin"}})
}
