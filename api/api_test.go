package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"plumbline/api"
	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/outbound"
	"plumbline/seed"
	"plumbline/services"
	"plumbline/services/imports"
)

// server is the API over the seeded case, with tokens of three roles.
type server struct {
	http.Handler
	api      *api.API
	services *services.Services
	seeded
}

// seeded is what tests know of the case: tokens of three roles.
type seeded struct{ editor, author, reader string }

// theCase is a database with the case.
var theCase = dbtest.Prepare(func(t testing.TB, db *database.Database, folder string) (made seeded) {
	s, ctx := servicesOn(t, db, folder), context.Background()
	for role, token := range map[models.Role]*string{models.RoleSteward: &made.editor, models.RoleContributor: &made.author, models.RoleReader: &made.reader} {
		account, err := s.CreateAccount(ctx, services.Operator(), string(role), role)
		if err != nil {
			t.Fatal(err)
		}
		if *token, err = s.CreateToken(ctx, services.Operator(), account, 0); err != nil {
			t.Fatal(err)
		}
		if role != models.RoleSteward {
			continue
		}
		if _, err := seed.Load(ctx, s, models.Actor{Account: account.ID, Name: account.Name, Role: role}); err != nil {
			t.Fatal(err)
		}
	}
	return made
})

// servicesOn are those of a database whose key is in a folder.
func servicesOn(t testing.TB, db *database.Database, folder string) *services.Services {
	t.Helper()
	key, err := services.EnterLogKey(context.Background(), db, filepath.Join(folder, "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	return services.New(db, services.Settings{LogKey: key, Importer: imports.Work, Vault: outbound.NewFolder(filepath.Join(folder, "evidence"))})
}

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	os.Exit(dbtest.Main(m))
}

func newServer(t testing.TB, c dbtest.Copy[seeded]) *server {
	t.Helper()
	s := &server{services: servicesOn(t, c.Database, c.Folder), seeded: c.Value}
	router := gin.New()
	router.HandleMethodNotAllowed = true
	router.NoRoute(api.NotFound)
	router.NoMethod(api.NotAllowed)
	s.api = api.Register(router, s.services, api.Settings{Version: "test", LongestStream: 50 * time.Millisecond})
	s.Handler = router
	return s
}

// exchange is a request and what must come back.
type exchange struct {
	name    string
	method  string
	path    string
	token   string
	headers map[string]string
	body    string
	status  int
	// says are texts that the answer must hold.
	says []string
}

func (s *server) do(e exchange) *httptest.ResponseRecorder {
	request := httptest.NewRequest(e.method, "/api/v1"+e.path, strings.NewReader(e.body))
	if e.body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if e.token != "" {
		request.Header.Set("Authorization", "Bearer "+e.token)
	}
	for name, value := range e.headers {
		request.Header.Set(name, value)
	}
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, request)
	return recorder
}

func (s *server) check(t *testing.T, e exchange) *httptest.ResponseRecorder {
	t.Helper()
	got := s.do(e)
	if got.Code != e.status {
		t.Errorf("%s: %s %s gave %d, want %d\n%s", e.name, e.method, e.path, got.Code, e.status, got.Body)
	}
	for _, text := range e.says {
		if !strings.Contains(got.Body.String(), text) {
			t.Errorf("%s: the answer does not say %q:\n%s", e.name, text, got.Body)
		}
	}
	if got.Code >= 400 && got.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s: a problem came as %q", e.name, got.Header().Get("Content-Type"))
	}
	return got
}

// field reads a value of a JSON answer.
func field(t *testing.T, r *httptest.ResponseRecorder, path ...string) string {
	t.Helper()
	var value any
	if err := json.Unmarshal(r.Body.Bytes(), &value); err != nil {
		t.Fatalf("no JSON: %v\n%s", err, r.Body)
	}
	for _, step := range path {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			value = v[0]
		}
	}
	return fmt.Sprint(value)
}

func TestAPI_refusesBadInputAndWritesNothing(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		before, err := s.services.Size(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		source := field(t, s.do(exchange{method: "GET", path: "/sources?limit=1"}), "data", "0", "id")
		cite := `"citations":[{"source":"` + source + `"}]`
		post := func(name, path, body string, says ...string) exchange {
			return exchange{name: name, method: "POST", path: path, token: s.editor, body: body, status: 422, says: says}
		}
		link := field(t, s.do(exchange{method: "GET", path: "/relationships?type=supplied_to&object=unidentified-unit-in-imod&limit=1"}), "data", "0", "id")
		unit := s.do(exchange{method: "GET", path: "/entities/unit-8200"})
		for _, e := range []exchange{
			post("unknown kind", "/entities", `{"kind":"compny","name":"X",`+cite+`}`, `"/kind"`, `company`),
			post("unknown type", "/relationships", `{"type":"suplied_to","subject":"microsoft-azure","object":"unit-8200",`+cite+`}`, `"/type"`, `supplied_to`),
			post("unknown status", "/status-changes", `{"record":"`+link+`","status":"disabeld","effective":"2025",`+cite+`}`, `"/status"`, `disabled`),
			post("unknown stance", "/claims", `{"speakers":[{"entity":"microsoft"}],"stance":"admit","about":["microsoft"],"said_on":"2025","text":"x",`+cite+`}`, `"/stance"`, `admits`),
			post("a link that cannot be", "/relationships", `{"type":"supplied_to","subject":"microsoft","object":"unit-8200",`+cite+`}`, `"/type"`, `service → unit`),
			post("a step that cannot be", "/status-changes", `{"record":"`+link+`","status":"suspended","effective":"2025-10-01",`+cite+`}`, `"/status"`, `cannot follow`),
			post("a status of another subject", "/status-changes", `{"record":"`+link+`","status":"answered","effective":"2025-10-01",`+cite+`}`, `"/status"`, `cannot be`),
			post("month 13", "/entities", `{"kind":"event","name":"X","start":"2025-13",`+cite+`}`, `"/start"`, `months go from 01 to 12`),
			post("day 31 of September", "/entities", `{"kind":"event","name":"X","start":"2025-09-31",`+cite+`}`, `"/start"`, `from 01 to 30`),
			post("no citation", "/relationships", `{"type":"supplied_to","subject":"microsoft-azure","object":"unit-8200"}`, `"/citations"`, `cite at least one`),
			post("javascript: URL", "/sources", `{"kind":"article","title":"X","url":"javascript:alert(1)"}`, `"/url"`, `https://`),
			post("unknown fields", "/entities", `{"kind":"company","nmae":"X",`+cite+`}`, `"/nmae"`, `name`),
			post("several problems at once", "/entities", `{"kind":"x","name":"","places":["XX"]}`, `"/kind"`, `"/name"`, `"/places/0"`, `"/citations"`),
			post("unknown record", "/relationships", `{"type":"provides","subject":"nobody-at-all","object":"microsoft-azure",`+cite+`}`, `"/subject"`, `nobody-at-all`),
			post("partial without scope", "/status-changes", `{"record":"`+link+`","status":"ended","extent":"partial","effective":"2026",`+cite+`}`, `"/scope"`),
			post("a problem in a changeset", "/changesets", `{"summary":"x","operations":[{"op":"create","type":"source","data":{"kind":"article","title":"ok"}},{"op":"create","type":"source","data":{"kind":"book","title":"no"}}]}`, `"/operations/1/data/kind"`),
			{name: "no JSON", method: "POST", path: "/entities", token: s.editor, body: `{"kind":`, status: 400, says: []string{"JSON"}},
			{name: "an array", method: "POST", path: "/entities", token: s.editor, body: `[1]`, status: 400},
			{name: "too large", method: "POST", path: "/entities", token: s.editor, body: `{"name":"` + strings.Repeat("x", 2<<20) + `"}`, status: 413},
			{name: "other content type", method: "POST", path: "/entities", token: s.editor, body: `x`, headers: map[string]string{"Content-Type": "text/plain"}, status: 415},
			{name: "unknown parameter", method: "GET", path: "/entities?knd=unit", status: 400, says: []string{`"knd"`, `Did you mean \"kind\"`}},
			{name: "unknown value", method: "GET", path: "/relationships?status=disabld", status: 400, says: []string{`disabled`}},
			{name: "cursor tampered with", method: "GET", path: "/entities?cursor=eyJrIjoiIn0", status: 400, says: []string{`"cursor"`}},
			{name: "limit", method: "GET", path: "/entities?limit=501", status: 400},
			{name: "day", method: "GET", path: "/entities?as_of=2025-02-30", status: 400, says: []string{"as_of"}},
			{name: "the future", method: "GET", path: "/entities?known_at=2999-01-01T00:00:00Z", status: 400},
			{name: "unknown include", method: "GET", path: "/entities/microsoft?include=claim", status: 400, says: []string{"claims"}},
			{name: "nothing there", method: "GET", path: "/entities/nobody", status: 404},
			{name: "no such path", method: "GET", path: "/entitys", status: 404},
			{name: "no such method", method: "PUT", path: "/entities", status: 405},

			{name: "no token for a good record", method: "POST", path: "/sources", body: `{"kind":"article","title":"x"}`, status: 401},
			{name: "a wrong token", method: "GET", path: "/entities", token: "plumb_wrong", status: 401},
			{name: "a reader writes", method: "POST", path: "/sources", token: s.reader, body: `{"kind":"article","title":"x"}`, status: 403},
			{name: "no If-Match", method: "PATCH", path: "/entities/unit-8200", token: s.editor, body: `{"name":"x"}`, status: 428},
			{name: "a stale version", method: "PATCH", path: "/entities/unit-8200", token: s.editor, headers: map[string]string{"If-Match": `"v7"`}, body: `{"name":"x","edit":"corrected","reason":"x"}`, status: 412, says: []string{`"current"`, `Unit 8200`}},
			{name: "an edit without why", method: "PATCH", path: "/entities/unit-8200", token: s.editor, headers: map[string]string{"If-Match": unit.Header().Get("ETag")}, body: `{"summary":"x"}`, status: 422, says: []string{`"/edit"`, `"/reason"`}},
			{name: "a create that says why it is edited", method: "POST", path: "/changesets", token: s.editor, body: `{"operations":[{"op":"create","type":"source","edit":"x","data":{"kind":"article","title":"A"}}]}`, status: 422, says: []string{`"/operations/0/edit"`}},
			{name: "a retraction without why", method: "DELETE", path: "/entities/unit-8200", token: s.editor, headers: map[string]string{"If-Match": `"v1"`}, status: 422, says: []string{`"/reason"`}},
		} {
			s.check(t, e)
		}
		after, err := s.services.Size(context.Background())
		if err != nil || after != before {
			t.Errorf("something was written: %d, then %d, %v", before, after, err)
		}
	})
}

func TestAPI_createsEditsRetractsAndRestores(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		source := field(t, s.do(exchange{method: "GET", path: "/sources?limit=1"}), "data", "0", "id")
		body := `{"kind":"company","name":"Acme","identifiers":[{"scheme":"lei","value":"X1"}],"citations":[{"source":"` + source + `"}]}`
		key := map[string]string{"Idempotency-Key": "once"}
		made := s.check(t, exchange{name: "create", method: "POST", path: "/entities", token: s.editor, headers: key, body: body, status: 201, says: []string{`"slug":"acme"`}})
		again := s.check(t, exchange{name: "repeat", method: "POST", path: "/entities", token: s.editor, headers: key, body: body, status: 201})
		if field(t, made, "id") != field(t, again, "id") || made.Header().Get("Location") != "/api/v1/entities/acme" {
			t.Errorf("the repeated request made %s, the first %s", field(t, again, "id"), field(t, made, "id"))
		}
		s.check(t, exchange{name: "the key again", method: "POST", path: "/entities", token: s.editor, headers: key, body: strings.Replace(body, "Acme", "Other", 1), status: 409})
		s.check(t, exchange{name: "duplicate identifier", method: "POST", path: "/entities", token: s.editor, body: strings.Replace(body, "Acme", "Other", 1), status: 422, says: []string{`"/identifiers/0"`}})

		tag := map[string]string{"If-Match": made.Header().Get("ETag"), "Content-Type": "application/merge-patch+json"}
		edited := s.check(t, exchange{name: "edit", method: "PATCH", path: "/entities/acme", token: s.editor, headers: tag, body: `{"summary":"A maker.","edit":"corrected","reason":"It had none."}`, status: 200, says: []string{`"version":2`, "A maker."}})
		s.check(t, exchange{name: "edit again with the old tag", method: "PATCH", path: "/entities/acme", token: s.editor, headers: tag, body: `{"summary":"B","edit":"corrected","reason":"x"}`, status: 412})
		tag["If-Match"] = edited.Header().Get("ETag")
		retracted := s.check(t, exchange{name: "retract", method: "DELETE", path: "/entities/acme?reason=Not+a+company", token: s.editor, headers: tag, status: 200, says: []string{`"state":"retracted"`}})
		s.check(t, exchange{name: "not listed", method: "GET", path: "/entities?name=acme", status: 200, says: []string{`"data":[]`}})
		tag["If-Match"] = retracted.Header().Get("ETag")
		tag["Content-Type"] = "application/json"
		s.check(t, exchange{name: "restore", method: "POST", path: "/entities/acme/restore", token: s.editor, headers: tag, body: `{"reason":"It is one."}`, status: 200, says: []string{`"state":"live"`}})
		s.check(t, exchange{name: "history", method: "GET", path: "/entities/acme/revisions", status: 200, says: []string{"It had none.", "Not a company", "It is one."}})
	})
}

func TestAPI_proposalsWaitForSomebodyElse(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		proposal := s.check(t, exchange{name: "propose", method: "POST", path: "/sources", token: s.author, body: `{"kind":"article","title":"Proposed"}`, status: 202})
		location := strings.TrimPrefix(proposal.Header().Get("Location"), "/api/v1")
		s.check(t, exchange{name: "the public cannot see it", method: "GET", path: location, status: 404})
		s.check(t, exchange{name: "its author can", method: "GET", path: location, token: s.author, status: 200, says: []string{"Proposed", "submitted"}})
		s.check(t, exchange{name: "its author cannot publish", method: "POST", path: location + "/publish", token: s.author, body: `{}`, status: 403})
		s.check(t, exchange{name: "an editor can", method: "POST", path: location + "/publish", token: s.editor, body: `{"note":"Fine."}`, status: 200, says: []string{"published"}})
		s.check(t, exchange{name: "once", method: "POST", path: location + "/publish", token: s.editor, body: `{}`, status: 409})
		s.check(t, exchange{name: "found now", method: "GET", path: "/search?q=proposed", status: 200, says: []string{"Proposed"}})
		report, err := s.services.Verify(context.Background(), "")
		if err != nil || len(report.Problems) > 0 {
			t.Errorf("verify: %v, %v", report.Problems, err)
		}
	})
}

func TestAPI_answersFromTheClientsCopy(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	for _, path := range []string{"/entities/microsoft", "/entities?kind=unit", "/stats", "/entities/microsoft/timeline", "/entities/microsoft/network"} {
		first := s.check(t, exchange{name: path, method: "GET", path: path, status: 200})
		tag := first.Header().Get("ETag")
		if tag == "" || strings.HasPrefix(tag, "W/") {
			t.Errorf("%s: ETag %q", path, tag)
		}
		s.check(t, exchange{name: path, method: "GET", path: path, headers: map[string]string{"If-None-Match": tag}, status: 304})
	}
}

func TestAPI_listsAreCompleteAndOrdered(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		for _, path := range []string{"/entities?sort=name&limit=7", "/claims?limit=4", "/claims?limit=4&sort=said_on", "/relationships?limit=9&sort=-id", "/sources?limit=5", "/entities/microsoft/timeline?limit=6"} {
			seen := map[string]bool{}
			pages := 0
			for next := path; next != ""; pages++ {
				r := s.check(t, exchange{name: path, method: "GET", path: next, status: 200})
				var page struct {
					Data []struct{ ID string }
					Next *string
				}
				if err := json.Unmarshal(r.Body.Bytes(), &page); err != nil {
					t.Fatal(err)
				}
				for _, one := range page.Data {
					if seen[one.ID] {
						t.Errorf("%s: %s came twice", path, one.ID)
					}
					seen[one.ID] = true
				}
				next = ""
				if page.Next != nil {
					next = path + "&cursor=" + *page.Next
				}
			}
			all := s.do(exchange{method: "GET", path: regexp.MustCompile(`limit=\d+`).ReplaceAllString(path, "limit=500")})
			var whole struct{ Data []struct{ ID string } }
			if err := json.Unmarshal(all.Body.Bytes(), &whole); err != nil || len(whole.Data) == 0 {
				t.Fatalf("%s: %v", path, err)
			}
			if pages < 2 || len(seen) != len(whole.Data) {
				t.Errorf("%s: %d pages with %d records; one large page has %d", path, pages, len(seen), len(whole.Data))
			}
		}
	})
}

// document is what the tests read of the OpenAPI document.
type document struct {
	Paths map[string]map[string]struct {
		OperationID string
		Parameters  []struct{ Name, In string }
	}
}

func documentOf(t *testing.T, s *server) document {
	t.Helper()
	var d document
	if err := json.Unmarshal(s.do(exchange{method: "GET", path: "/openapi.json"}).Body.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDocument_listsEveryRouteAndParameter(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	document := documentOf(t, s)
	listed := map[string]bool{}
	for path, methods := range document.Paths {
		for method := range methods {
			listed[strings.ToUpper(method)+" "+strings.ReplaceAll(strings.ReplaceAll(path, "{", ":"), "}", "")] = true
		}
	}
	for _, route := range s.Handler.(*gin.Engine).Routes() {
		path := strings.TrimPrefix(route.Path, "/api/v1")
		if route.Method == http.MethodHead || route.Method == http.MethodOptions {
			continue // every path has them
		}
		if path == "/reconcile" || strings.HasPrefix(path, "/reconcile/") {
			continue // a protocol of its own, which its manifest describes
		}
		if path != "/openapi.json" && path != "/docs" && !listed[route.Method+" "+path] {
			t.Errorf("%s %s is not in the document", route.Method, path)
		}
	}
	for path, kind := range map[string]models.RecordType{"/entities": models.TypeEntity, "/claims": models.TypeClaim} {
		names := map[string]bool{}
		for _, p := range document.Paths[path]["get"].Parameters {
			names[p.Name] = true
		}
		for _, p := range services.Parameters(kind) {
			if !names[p.Name] {
				t.Errorf("%s: the parameter %s is not in the document", path, p.Name)
			}
		}
	}
	docs := httptest.NewRecorder()
	s.ServeHTTP(docs, httptest.NewRequest(http.MethodGet, "/api/v1/docs", nil))
	if docs.Code != 200 || !bytes.Contains(docs.Body.Bytes(), []byte("/api/v1/entities/{id}/timeline")) || bytes.Contains(docs.Body.Bytes(), []byte("<script")) {
		t.Errorf("the docs page: %d", docs.Code)
	}
}
