package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/services"
)

// scene is a server with one of each thing that belongs to somebody.
type scene struct {
	*gate
	db *database.Database
	// author belongs to a group, stranger to another one; both contribute.
	author, stranger, editor, admin visitor
	by, reviewer, head              models.Actor
	source, company                 string
	made                            int
}

func newScene(t *testing.T, db *database.Database) *scene {
	t.Helper()
	s := &scene{gate: gateOn(t, db), db: db}
	var other models.Actor
	s.author, s.by = s.member(t, models.RoleContributor)
	s.stranger, other = s.member(t, models.RoleContributor)
	s.editor, s.reviewer = s.member(t, models.RoleEditor)
	s.admin, s.head = s.member(t, models.RoleAdmin)
	for name, one := range map[string]*models.Actor{"Ours": &s.by, "Theirs": &other} {
		group, err := s.services.CreateGroup(t.Context(), services.Operator(), name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.services.ChangeMember(t.Context(), services.Operator(), one.Account, services.MemberPatch{Group: &group.ID}); err != nil {
			t.Fatal(err)
		}
		one.Group = group.ID
	}
	s.source = s.create(t, "sources", `{"kind":"article","title":"A source","summary":"x","url":"https://news.example/a-source"}`)
	s.company = s.create(t, "entities", `{"kind":"company","name":"A company","citations":[{"source":"`+s.source+`"}]}`)
	return s
}

// json sends JSON, about version 1 of a record where it asks for a version.
func (s *scene) json(v visitor, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "https://plumbline.example"+path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("If-Match", `"v1"`)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	if v.token != "" {
		request.Header.Set("Authorization", "Bearer "+v.token)
	}
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, request)
	return recorder
}

// create publishes a record, and gives its id.
func (s *scene) create(t *testing.T, path, body string) string {
	t.Helper()
	answer := s.json(s.admin, "POST", "/api/v1/"+path, body)
	var record struct{ ID string }
	if err := json.Unmarshal(answer.Body.Bytes(), &record); err != nil || answer.Code != http.StatusCreated {
		t.Fatalf("create in %s: %d %s", path, answer.Code, answer.Body)
	}
	return record.ID
}

func (s *scene) operations() []models.Operation {
	s.made++
	return []models.Operation{{Op: models.OpCreate, Type: models.TypeSource, Data: &models.Source{Kind: "article", Title: fmt.Sprintf("Secret plan %d", s.made)}}}
}

// draft is one that the author writes.
func (s *scene) draft(t *testing.T) string {
	t.Helper()
	draft, err := s.services.SaveDraft(t.Context(), s.by, services.Draft{Summary: "Secret plan", Operations: s.operations()})
	if err != nil {
		t.Fatal(err)
	}
	return draft.ID.String()
}

// proposal is one of the author's that waits for review, under an embargo where days is not 0.
func (s *scene) proposal(t *testing.T, days int) string {
	t.Helper()
	c := models.Changeset{Summary: "Secret plan", Operations: s.operations()}
	if days > 0 {
		c.PublishAt = s.services.Now().AddDate(0, 0, days)
	}
	out, err := s.services.Submit(t.Context(), s.by, c)
	if err != nil {
		t.Fatal(err)
	}
	return out.Changeset.String()
}

// embargoed is a proposal that was approved for a day to come.
func (s *scene) embargoed(t *testing.T) string {
	t.Helper()
	id := s.proposal(t, 3)
	if _, err := s.services.Approve(t.Context(), s.reviewer, uuid.MustParse(id), ""); err != nil {
		t.Fatal(err)
	}
	return id
}

// returned is a proposal that a reviewer gave back.
func (s *scene) returned(t *testing.T) string {
	t.Helper()
	id := s.proposal(t, 0)
	if _, err := s.services.RequestChanges(t.Context(), s.reviewer, uuid.MustParse(id), "Say more."); err != nil {
		t.Fatal(err)
	}
	return id
}

func (s *scene) fileToImport(t *testing.T) string {
	t.Helper()
	row, err := s.services.StartImport(t.Context(), s.by, "secret.csv", []byte("kind,name\ncompany,Secret\n"), "{}")
	if err != nil {
		t.Fatal(err)
	}
	return row.ID.String()
}

func (s *scene) watch(t *testing.T) string {
	t.Helper()
	if _, err := s.services.AddWatch(t.Context(), s.by, s.company); err != nil {
		t.Fatal(err)
	}
	watches, err := s.services.Watches(t.Context(), s.by)
	if err != nil || len(watches) == 0 {
		t.Fatal(watches, err)
	}
	return watches[0].ID.String()
}

func (s *scene) listWatch(t *testing.T) string {
	t.Helper()
	if _, err := s.services.AddListWatch(t.Context(), s.by, "source", ""); err != nil {
		t.Fatal(err)
	}
	watches, err := s.services.ListWatches(t.Context(), s.by)
	if err != nil || len(watches) == 0 {
		t.Fatal(watches, err)
	}
	return watches[0].ID.String()
}

func (s *scene) tokenOf(t *testing.T) string {
	t.Helper()
	if _, err := s.services.MakeToken(t.Context(), s.by, "A script", models.ScopeRead, 9); err != nil {
		t.Fatal(err)
	}
	tokens, err := s.services.Tokens(t.Context(), s.by)
	if err != nil || len(tokens) == 0 {
		t.Fatal(tokens, err)
	}
	return tokens[0].ID.String()
}

func (s *scene) sessionOf(t *testing.T) string {
	t.Helper()
	sessions, err := s.services.OwnSessions(t.Context(), s.by, "")
	if err != nil || len(sessions) == 0 {
		t.Fatal(sessions, err)
	}
	return sessions[0].ID.String()
}

func (s *scene) passkeyOf(t *testing.T) string {
	t.Helper()
	id := uuid.New()
	key := models.Passkey{ID: id, AccountID: s.by.Account, CredentialID: id[:], Credential: "{}", Label: "A key", CreatedAt: s.services.Now()}
	if err := s.db.Write(t.Context()).Create(&key).Error; err != nil {
		t.Fatal(err)
	}
	return id.String()
}

func (s *scene) webhook(t *testing.T) string {
	t.Helper()
	address, label := "https://receiver.example/", "A site"
	hook, _, err := s.services.AddWebhook(t.Context(), s.head, services.WebhookPatch{URL: &address, Label: &label})
	if err != nil {
		t.Fatal(err)
	}
	return hook.ID.String()
}

func (s *scene) replyTo(t *testing.T) string {
	t.Helper()
	reply := models.Reply{Kind: models.ReplyAnswer, Role: models.ReplyParty, Name: "Press office", Text: "We deny it.", Private: true}
	if _, err := s.services.SendReply(t.Context(), reply, s.company, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	page, err := s.services.Replies(t.Context(), s.reviewer, "", "")
	if err != nil || len(page.Replies) == 0 {
		t.Fatal(page, err)
	}
	return page.Replies[0].ID.String()
}

func (s *scene) invitation(t *testing.T) string {
	t.Helper()
	_, invitation, err := s.services.Invite(t.Context(), services.Operator(), services.NewInvitation{Label: "Secret", Role: models.RoleReader})
	if err != nil {
		t.Fatal(err)
	}
	return invitation.ID.String()
}

// owned gives, by the beginning of their routes, the things that belong to somebody: they are made
// by the author, or for those who look after the site.
func (s *scene) owned(t *testing.T) map[string][]string {
	changesets := []string{s.draft(t), s.proposal(t, 0), s.proposal(t, 3), s.embargoed(t), s.returned(t)}
	webhook, reply, file := s.webhook(t), s.replyTo(t), s.fileToImport(t)
	return map[string][]string{
		"/drafts/:id": changesets, "/changesets/:id": changesets, "/api/v1/changesets/:id": changesets,
		"/imports/:id": {file}, "/api/v1/imports/:id": {file},
		"/watches/:id": {s.watch(t)}, "/watches/lists/:id": {s.listWatch(t)}, "/api/v1/watches/:id": {s.watch(t), s.listWatch(t)},
		"/me/tokens/:id": {s.tokenOf(t)}, "/me/sessions/:id": {s.sessionOf(t)}, "/me/passkeys/:id": {s.passkeyOf(t)},
		"/admin/webhooks/:id": {webhook}, "/api/v1/webhooks/:id": {webhook},
		"/replies/:id": {reply}, "/api/v1/replies/:id": {reply},
		"/members/:id": {s.by.Account.String()}, "/members/groups/:id": {s.by.Group.String()}, "/members/invitations/:id": {s.invitation(t)},
	}
}

// shared are the beginnings of routes about what everybody sees, or every member who may use the
// route: whose a note or an article is, is no secret among them. Of a route with a secret in its
// address, the secret is what lets one in.
var shared = []string{"/entities/", "/api/v1/entities/", "/api/v1/relationships/", "/api/v1/status-changes/", "/api/v1/claims/", "/api/v1/sources/", "/api/v1/open-items/",
	"/records/", "/api/v1/records/", "/sources/", "/evidence/", "/static/", "/embed/", "/new/", "/worklists/", "/api/v1/worklists/", "/api/v1/log/", "/api/v1/exports/",
	"/api/v1/evidence/", "/api/v1/reconcile/", "/api/v1/cases/", "/sitemaps/", "/previews/", "/notes/", "/api/v1/notes/", "/intake/", "/api/v1/intake/", "/admin/jobs/", "/api/v1/jobs/", "/invitations/:secret", "/reply/:code", "/digest/"}

// filled are bodies with which a route gets as far as the thing that it is about.
var filled = map[string]string{
	"POST /api/v1/changesets/:id/amend":    `{"edition":1,"operations":[{"op":"create","type":"source","data":{"kind":"article","title":"x"}}]}`,
	"POST /api/v1/changesets/:id/comments": `{"text":"x"}`, "POST /api/v1/changesets/:id/submit": `{"edition":1}`,
	"POST /api/v1/changesets/:id/revert": `{"reason":"x"}`,
	"POST /changesets/:id/comments":      "text=x", "POST /changesets/:id/amend": "edition=1", "POST /changesets/:id/revert": "reason=x",
	"POST /drafts/:id/submit":       "edition=1",
	"POST /api/v1/watches/:id/seen": `{"until":1}`,
	"POST /watches/:id":             "do=end", "POST /watches/lists/:id": "do=end", "POST /me/passkeys/:id": "label=x",
}

// fill sends what a route takes.
func (s *scene) fill(v visitor, route, path string) *httptest.ResponseRecorder {
	method, body := strings.Fields(route)[0], filled[route]
	if strings.HasPrefix(path, "/api/") {
		if body == "" && method != "GET" {
			body = "{}"
		}
		return s.json(v, method, path, body)
	}
	return s.send(v, method, path, "application/x-www-form-urlencoded", []byte(body))
}

// TestAttack_whatIsForeignIsNotThere asks every route about things of somebody else, as another
// contributor, as a reader and as nobody. The answer is the one about something that is not there.
func TestAttack_whatIsForeignIsNotThere(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		s := newScene(t, db)
		things, reader := s.owned(t), s.visitor(t, models.RoleReader)
		before := s.rows(t)
		for _, route := range s.withParameters(t, things) {
			method, path, _ := strings.Cut(route, " ")
			for _, id := range things[beginningOf(path)] {
				for name, v := range map[string]visitor{"another contributor": s.stranger, "a reader": reader, "nobody": {}} {
					target := strings.Replace(addressOf(route), nowhere, id, 1)
					foreign, nothing := s.fill(v, route, target), s.fill(v, route, addressOf(route))
					same := asWords(foreign.Body.String(), id) == asWords(nothing.Body.String(), nowhere)
					if foreign.Code != nothing.Code || !same {
						t.Errorf("%s %s as %s: %d, and %d where nothing is\n%s\n%s", method, target, name, foreign.Code, nothing.Code, firstLines(foreign.Body.String()), firstLines(nothing.Body.String()))
					}
					action := actionOf(route)
					if may := action == anyone || services.Can(models.RoleContributor, action); name == "another contributor" && may && foreign.Code != http.StatusNotFound {
						t.Errorf("%s %s as %s: %d\n%s", method, target, name, foreign.Code, firstLines(foreign.Body.String()))
					}
				}
			}
		}
		if after := s.rows(t); after != before {
			t.Errorf("something was written:\n%s", firstChange(before, after))
		}
		for _, id := range things["/drafts/:id"] { // one that is not there is begun, so the answer cannot be the same
			form := "op=create&type=source&kind=article&id=" + uuid.NewString() + "&edition=1&do=save&part=0&title=Mine"
			if answer := s.send(s.stranger, "POST", "/drafts/"+id, "application/x-www-form-urlencoded", []byte(form)); answer.Code != http.StatusConflict && answer.Code != http.StatusNotFound {
				t.Errorf("the draft %s is saved by somebody else: %d\n%s", id, answer.Code, answer.Body)
			}
		}
		if after := s.rows(t); after != before {
			t.Errorf("something was written:\n%s", firstChange(before, after))
		}
		for beginning, ids := range things { // what its owner sees, so that the above shows something
			route := "GET " + beginning
			if !slices.Contains(s.routeNames(), route) {
				continue
			}
			for _, id := range ids {
				answers := map[int]bool{}
				for _, v := range []visitor{s.author, s.admin} {
					answers[s.fill(v, route, strings.Replace(addressOf(route), nowhere, id, 1)).Code] = true
				}
				if !answers[http.StatusOK] && beginning != "/drafts/:id" {
					t.Errorf("%s %s is seen by nobody: %v", route, id, answers)
				}
			}
		}
	})
}

// asWords takes an id out of an answer, also where a page offers to search for its parts.
func asWords(text, id string) string {
	return regexp.MustCompile(strings.ReplaceAll(id, "-", `(?:-|\+|%20|%2[bB]|&#43;| )`)).ReplaceAllString(text, "words")
}

// actionOf is what one must be allowed to do for a route, also where it only reads.
func actionOf(route string) services.Action {
	switch {
	case strings.HasPrefix(route, "GET /api/v1/replies/"):
		return services.ActionReview
	case strings.HasPrefix(route, "GET /api/v1/webhooks/"):
		return services.ActionWebhooks
	case strings.HasPrefix(route, "GET /api/v1/watches/"):
		return services.ActionWatch
	}
	return routeActions[route]
}

// nowhere is the id that addressOf fills in.
const nowhere = "0199a0a0-0000-7000-8000-000000000000"

// beginningOf is a route up to its first parameter.
func beginningOf(path string) string {
	i := strings.IndexAny(path, ":*")
	if end := strings.Index(path[i:], "/"); end >= 0 {
		return path[:i+end]
	}
	return path
}

func (s *scene) routeNames() (names []string) {
	for _, route := range s.Routes() {
		if route.Method != http.MethodHead && route.Method != http.MethodOptions && !strings.HasPrefix(route.Path, "/ar/") {
			names = append(names, route.Method+" "+route.Path)
		}
	}
	return names
}

// withParameters lists the routes about one thing that belongs to somebody. Every route with a
// parameter is one, or says that it is shared.
func (s *scene) withParameters(t *testing.T, things map[string][]string) (routes []string) {
	t.Helper()
	for _, route := range s.routeNames() {
		_, path, _ := strings.Cut(route, " ")
		if !strings.ContainsAny(path, ":*") || strings.HasSuffix(path, ".:format") {
			continue
		}
		if _, ok := things[beginningOf(path)]; ok {
			if route != "POST /drafts/:id" {
				routes = append(routes, route)
			}
		} else if !slices.ContainsFunc(shared, func(beginning string) bool { return strings.HasPrefix(path, beginning) }) && !ofAKind(path) {
			t.Errorf("say in owned what %s is about, or in shared that everybody sees it", route)
		}
	}
	return routes
}

// ofAKind reports whether a route is that of the page of an entity, such as /companies/:id.
func ofAKind(path string) bool {
	return slices.Contains([]string{"companies", "units", "services", "systems", "people", "groups", "organizations", "contracts", "facilities", "events", "inquiries", "cases"}, strings.Split(path, "/")[1])
}

// passing are columns that reading changes, and tables of what goes by.
var passing = regexp.MustCompile(`^(sessions|throttles|goose|river|search_words|search_names|sqlite|challenges)`)

// columns gives the columns of every table, by its name.
func (s *scene) columns(t *testing.T) map[string][]string {
	t.Helper()
	query := "SELECT table_name AS tbl, column_name AS col FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
	if s.db.Dialect() == database.SQLite {
		query = "SELECT m.name AS tbl, c.name AS col FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, 2"
	}
	var rows []struct{ Tbl, Col string }
	if err := s.db.Primary(t.Context()).Raw(query).Scan(&rows).Error; err != nil || len(rows) == 0 {
		t.Fatal(err)
	}
	columns := map[string][]string{}
	for _, row := range rows {
		if !passing.MatchString(row.Tbl) {
			columns[row.Tbl] = append(columns[row.Tbl], row.Col)
		}
	}
	return columns
}

// rows is everything that the database holds, but for what goes by.
func (s *scene) rows(t *testing.T) string {
	t.Helper()
	var out []string
	for table, columns := range s.columns(t) {
		columns = slices.DeleteFunc(slices.Clone(columns), func(one string) bool { return one == "used_at" })
		quoted := make([]string, len(columns))
		for i, one := range columns {
			quoted[i] = `"` + one + `"`
		}
		found, err := s.db.Primary(t.Context()).Raw("SELECT " + strings.Join(quoted, ", ") + ` FROM "` + table + `"`).Rows()
		if err != nil {
			t.Fatal(table, err)
		}
		for found.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := found.Scan(into...); err != nil {
				t.Fatal(err)
			}
			line := table
			for i, value := range values {
				if raw, ok := value.([]byte); ok {
					value = string(raw)
				}
				line += fmt.Sprintf(" %s=%q", columns[i], fmt.Sprint(value))
			}
			out = append(out, line)
		}
		if err := found.Err(); err != nil {
			t.Fatal(err)
		}
		found.Close()
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// firstChange gives the lines that only one of two texts has, a few of them.
func firstChange(before, after string) string {
	var out []string
	for sign, texts := range map[string][2]string{"- ": {before, after}, "+ ": {after, before}} {
		there := map[string]bool{}
		for line := range strings.SplitSeq(texts[1], "\n") {
			there[line] = true
		}
		for line := range strings.SplitSeq(texts[0], "\n") {
			if !there[line] && len(out) < 8 {
				out = append(out, sign+line[:min(len(line), 700)])
			}
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// TestAttack_oneOf64WritersWinsEachVersion has 64 people edit one record over HTTP at the same
// moment, again and again: one wins, the others get a 412 with the record as the winner left it.
func TestAttack_oneOf64WritersWinsEachVersion(t *testing.T) {
	t.Parallel()
	const writers, versions = 64, 5
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		s := newScene(t, db)
		path := "/api/v1/sources/" + s.source
		for version := 1; version < versions; version++ {
			answers := make([]*httptest.ResponseRecorder, writers)
			begin := make(chan struct{})
			var group sync.WaitGroup
			for i := range writers {
				group.Go(func() {
					<-begin
					answers[i] = s.json(s.admin, "PATCH", path, fmt.Sprintf(`{"title":"Version %d by %d","edit":"corrected","reason":"A race."}`, version+1, i), "If-Match", fmt.Sprintf(`"v%d"`, version))
				})
			}
			close(begin)
			group.Wait()

			won := ""
			for i, answer := range answers {
				if answer.Code == http.StatusOK {
					if won != "" {
						t.Errorf("version %d was won twice", version+1)
					}
					won = fmt.Sprintf("Version %d by %d", version+1, i)
				}
			}
			if won == "" {
				t.Fatalf("version %d was won by nobody: %d %s", version+1, answers[0].Code, answers[0].Body)
			}
			for _, answer := range answers {
				var told struct {
					Title   string
					Detail  string
					Version int
					Current struct {
						ID, Title string
						Version   int
					}
				}
				if err := json.Unmarshal(answer.Body.Bytes(), &told); err != nil {
					t.Fatal(err, answer.Body)
				}
				switch {
				case answer.Code == http.StatusOK && (told.Title != won || told.Version != version+1):
					t.Errorf("the winner of version %d was told %s", version+1, answer.Body)
				case answer.Code == http.StatusOK:
				case answer.Code != http.StatusPreconditionFailed || told.Current.ID != s.source || told.Current.Title != won || told.Current.Version != version+1 || !strings.Contains(told.Detail, "Somebody else changed this record"):
					t.Errorf("a loser of version %d: %d %s", version+1, answer.Code, answer.Body)
				}
			}
		}
		report, err := s.services.Verify(t.Context(), "")
		if err != nil || len(report.Problems) > 0 {
			t.Errorf("verify: %v, %v", report.Problems, err)
		}
		if list, err := s.services.Revisions(t.Context(), models.Actor{}, services.RevisionQuery{Record: ptr(uuid.MustParse(s.source)), Limit: 100}); err != nil || len(list) != versions {
			t.Errorf("%d revisions, %v", len(list), err)
		}
	})
}

func ptr[T any](value T) *T { return &value }

// TestAttack_whatIsUsedUpIsRefusedWithASentence uses a link twice, and a token after its end.
func TestAttack_whatIsUsedUpIsRefusedWithASentence(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		s := newScene(t, db)
		secret, _, err := s.services.Invite(t.Context(), services.Operator(), services.NewInvitation{Label: "Ada", Role: models.RoleReader})
		if err != nil {
			t.Fatal(err)
		}
		form := func(name string) []byte { return []byte("password=a+long+enough+phrase+of+words&name=" + name) }
		post := func(name string) *httptest.ResponseRecorder {
			return s.send(visitor{}, "POST", "/invitations/"+secret, "application/x-www-form-urlencoded", form(name))
		}
		if answer := post("Ada"); answer.Code != http.StatusSeeOther {
			t.Fatalf("join: %d %s", answer.Code, answer.Body)
		}
		before := s.rows(t)
		if answer := post("Eve"); answer.Code != http.StatusNotFound || !strings.Contains(answer.Body.String(), "used already") || len(answer.Result().Cookies()) != 0 {
			t.Errorf("an invitation twice: %d %v\n%s", answer.Code, answer.Result().Cookies(), answer.Body)
		}

		account, err := s.services.Account(t.Context(), services.Operator(), s.reviewer.Name)
		if err != nil {
			t.Fatal(err)
		}
		if after := s.rows(t); after != before {
			t.Errorf("the second use wrote something:\n%s", firstChange(before, after))
		}
		short, err := s.services.CreateToken(t.Context(), services.Operator(), account, time.Microsecond)
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(2 * time.Millisecond)
		before = s.rows(t)
		for _, one := range []string{short, short[:len(short)-1] + "x", "nonsense"} {
			answer := s.json(visitor{token: one}, "POST", "/api/v1/sources", `{"kind":"article","title":"x"}`)
			if answer.Code != http.StatusUnauthorized || answer.Header().Get("WWW-Authenticate") == "" || !strings.Contains(answer.Body.String(), "token") {
				t.Errorf("a token that is no more: %d %v %s", answer.Code, answer.Header(), answer.Body)
			}
			if answer := s.json(visitor{token: one}, "GET", "/api/v1/sources", ""); answer.Code != http.StatusUnauthorized {
				t.Errorf("reading with a token that is no more: %d", answer.Code)
			}
		}
		if after := s.rows(t); after != before {
			t.Errorf("a token that is no more wrote something:\n%s", firstChange(before, after))
		}
	})
}
