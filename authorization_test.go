package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/services"
)

// anyone marks routes that write and need no account.
const anyone services.Action = ""

// routeActions say for every route that writes, and for every page that only members see, what
// one must be allowed to do. A route that is missing here fails the test.
var routeActions = map[string]services.Action{
	"POST /api/v1/entities": services.ActionPropose, "PATCH /api/v1/entities/:id": services.ActionPropose, "DELETE /api/v1/entities/:id": services.ActionPropose, "POST /api/v1/entities/:id/restore": services.ActionPropose,
	"POST /api/v1/relationships": services.ActionPropose, "PATCH /api/v1/relationships/:id": services.ActionPropose, "DELETE /api/v1/relationships/:id": services.ActionPropose, "POST /api/v1/relationships/:id/restore": services.ActionPropose,
	"POST /api/v1/status-changes": services.ActionPropose, "PATCH /api/v1/status-changes/:id": services.ActionPropose, "DELETE /api/v1/status-changes/:id": services.ActionPropose, "POST /api/v1/status-changes/:id/restore": services.ActionPropose,
	"POST /api/v1/claims": services.ActionPropose, "PATCH /api/v1/claims/:id": services.ActionPropose, "DELETE /api/v1/claims/:id": services.ActionPropose, "POST /api/v1/claims/:id/restore": services.ActionPropose,
	"POST /api/v1/sources": services.ActionPropose, "PATCH /api/v1/sources/:id": services.ActionPropose, "DELETE /api/v1/sources/:id": services.ActionPropose, "POST /api/v1/sources/:id/restore": services.ActionPropose,
	"POST /api/v1/open-items": services.ActionPropose, "PATCH /api/v1/open-items/:id": services.ActionPropose, "DELETE /api/v1/open-items/:id": services.ActionPropose, "POST /api/v1/open-items/:id/restore": services.ActionPropose,
	"POST /api/v1/changesets": services.ActionPropose, "POST /api/v1/changesets/:id/publish": services.ActionReview, "POST /api/v1/changesets/:id/reject": services.ActionReview, "POST /api/v1/changesets/:id/withdraw": services.ActionPropose,
	"POST /api/v1/records/:id/redact": services.ActionRedact,
	"POST /api/v1/records/:id/hold":   services.ActionHold, "POST /api/v1/records/:id/hold/lift": services.ActionHold,
	"GET /holds": services.ActionHold, "GET /records/:id/hold": services.ActionHold, "POST /records/:id/hold": services.ActionHold, "POST /records/:id/hold/lift": services.ActionHold,
	"GET /records/:id/redact": services.ActionRedact, "POST /records/:id/redact": services.ActionRedact,
	"POST /reply": anyone, "POST /reply/:code": anyone,
	"GET /replies": services.ActionReview, "GET /replies/:id": services.ActionReview, "POST /replies/:id": services.ActionReview,
	"POST /api/v1/replies": anyone, "POST /api/v1/replies/:id/answer": services.ActionReview,
	"POST /api/v1/records/:id/confirm": services.ActionPropose,
	"POST /api/v1/imports":             services.ActionPropose, "POST /api/v1/imports/:id/check": services.ActionPropose, "POST /api/v1/imports/:id/load": services.ActionPropose,

	"POST /api/v1/changesets/:id/request-changes": services.ActionReview, "POST /api/v1/changesets/:id/comments": services.ActionPropose, "POST /api/v1/changesets/:id/amend": services.ActionPropose,
	"POST /api/v1/changesets/:id/revert": services.ActionRevertOwn, "POST /api/v1/records/:id/revert": services.ActionRevertOwn, "POST /api/v1/reverts": services.ActionRevertOthers,
	"POST /api/v1/records/:id/merge": services.ActionPropose, "POST /api/v1/records/:id/name": services.ActionPropose, "GET /records/:id/name": services.ActionPropose, "POST /records/:id/name": services.ActionPropose, "POST /api/v1/records/:id/protection": services.ActionProtect, "DELETE /api/v1/records/:id/protection": services.ActionProtect,

	"GET /review": services.ActionReview, "GET /proposals": services.ActionPropose,
	"POST /changesets/:id/publish": services.ActionReview, "POST /changesets/:id/request-changes": services.ActionReview, "POST /changesets/:id/reject": services.ActionReview,
	"POST /changesets/:id/withdraw": services.ActionPropose, "POST /changesets/:id/comments": services.ActionPropose, "POST /changesets/:id/amend": services.ActionPropose,
	"GET /changesets/:id/revert": services.ActionRevertOwn, "POST /changesets/:id/revert": services.ActionRevertOwn,
	"GET /records/:id/revert": services.ActionRevertOwn, "POST /records/:id/revert": services.ActionRevertOwn, "POST /records/:id/protection": services.ActionProtect,
	"GET /reverts": services.ActionRevertOthers, "POST /reverts": services.ActionRevertOthers,
	"GET /records/:id/merge": services.ActionPropose, "POST /records/:id/merge": services.ActionPropose,

	"GET /imports": services.ActionPropose, "POST /imports": services.ActionPropose, "POST /imports/:id/check": services.ActionPropose, "POST /imports/:id/load": services.ActionPropose,
	"POST /api/v1/watches": services.ActionWatch, "POST /api/v1/watches/:id/seen": services.ActionWatch, "DELETE /api/v1/watches/:id": services.ActionWatch,
	"GET /watches": services.ActionWatch, "POST /watches": services.ActionWatch, "POST /watches/:id": services.ActionWatch,
	"POST /watches/lists/:id": services.ActionWatch, "POST /watches/digest": services.ActionWatch, "POST /digest/:code": anyone, "POST /digest/leave/:code": anyone,
	"GET /admin/webhooks": services.ActionWebhooks, "POST /admin/webhooks": services.ActionWebhooks, "GET /admin/webhooks/:id": services.ActionWebhooks, "POST /admin/webhooks/:id": services.ActionWebhooks,
	"POST /admin/webhooks/:id/do": services.ActionWebhooks, "POST /admin/webhooks/:id/replay": services.ActionWebhooks,
	"POST /api/v1/webhooks": services.ActionWebhooks, "PATCH /api/v1/webhooks/:id": services.ActionWebhooks, "DELETE /api/v1/webhooks/:id": services.ActionWebhooks,
	"POST /api/v1/webhooks/:id/secret": services.ActionWebhooks, "POST /api/v1/webhooks/:id/test": services.ActionWebhooks, "POST /api/v1/webhooks/:id/replay": services.ActionWebhooks,
	"GET /admin/jobs": services.ActionJobs, "POST /admin/jobs/:id": services.ActionJobs, "POST /api/v1/jobs/:id/retry": services.ActionJobs, "POST /api/v1/jobs/:id/cancel": services.ActionJobs,
	"POST /sources/:id/link": services.ActionPropose, "POST /api/v1/sources/:id/link/check": services.ActionPropose, "POST /api/v1/sources/:id/link/settle": services.ActionPropose,
	"POST /api/v1/sources/:id/captures": services.ActionIntake, "POST /api/v1/sources/:id/captures/fetch": services.ActionIntake,
	"GET /sources/:id/captures": services.ActionIntake, "POST /sources/:id/captures": services.ActionIntake, "POST /sources/:id/captures/fetch": services.ActionIntake, "POST /sources/:id/captures/:sha256": services.ActionIntake,
	"POST /api/v1/reconcile": anyone, // asks, by POST since batches are long

	"POST /sign-in": anyone, "POST /sign-out": anyone, "POST /invitations/:secret": anyone,
	"POST /sign-in/passkey/options": anyone, "POST /sign-in/passkey": anyone, "POST /invitations/:secret/passkey": anyone,
	"POST /me/openid/unlink":        services.ActionCredentials,
	"POST /confirm/passkey/options": services.ActionSelf, "POST /confirm/passkey": services.ActionSelf,
	"POST /me/passkeys/options": services.ActionCredentials, "POST /me/passkeys": services.ActionCredentials, "POST /me/passkeys/:id": services.ActionSelf, "POST /me/passkeys/:id/remove": services.ActionCredentials,
	"GET /confirm": services.ActionSelf, "POST /confirm": services.ActionSelf,
	"GET /me": services.ActionSelf, "POST /me/password": services.ActionCredentials,
	"GET /members": services.ActionAccounts, "POST /members/invitations": services.ActionAccounts, "POST /members/invitations/:id/withdraw": services.ActionAccounts,
	"GET /members/groups": services.ActionGroups, "POST /members/groups": services.ActionGroups, "POST /members/groups/:id": services.ActionGroups,
	"GET /members/:id": services.ActionAccounts, "POST /members/:id": services.ActionAccounts, "POST /members/:id/sign-out": services.ActionAccounts,
	"POST /members/:id/reset": services.ActionAccounts, "POST /members/:id/delete": services.ActionAccounts,
	"GET /me/privacy": services.ActionSelf, "POST /me/name": services.ActionSelf, "POST /me/delete": services.ActionCredentials,
	"POST /sign-in/code": anyone, "GET /me/codes": services.ActionCredentials, "GET /me/codes.png": services.ActionCredentials,
	"POST /me/codes": services.ActionCredentials, "POST /me/codes/do": services.ActionCredentials,
	"GET /me/tokens": services.ActionCredentials, "POST /me/tokens": services.ActionCredentials, "POST /me/tokens/:id/revoke": services.ActionSelf,
	"POST /me/sessions": services.ActionSelf, "POST /me/sessions/:id/end": services.ActionSelf,
	"GET /new": services.ActionPropose, "GET /new/:type": services.ActionPropose, "GET /pick": services.ActionPropose,
	"GET /records/:id/edit": services.ActionPropose, "GET /records/:id/retract": services.ActionPropose, "GET /records/:id/restore": services.ActionPropose,
	"GET /drafts": services.ActionPropose, "GET /drafts/:id": services.ActionPropose, "POST /drafts/:id": services.ActionPropose, "GET /drafts/:id/check": services.ActionPropose,
	"POST /drafts/:id/submit": services.ActionPropose, "POST /drafts/:id/discard": services.ActionPropose,
	"POST /api/v1/intake": services.ActionIntake, "PATCH /api/v1/intake/:id": services.ActionIntake, "POST /api/v1/intake/:id/draft": services.ActionIntake, "POST /api/v1/changesets/:id/submit": services.ActionPropose,
	"GET /intake": services.ActionIntake, "POST /intake": services.ActionIntake, "GET /intake/:id": services.ActionIntake, "POST /intake/:id": services.ActionIntake, "POST /intake/:id/draft": services.ActionIntake,
	"GET /worklists": services.ActionPropose, "GET /worklists/:id": services.ActionPropose, "GET /records/:id/still-holds": services.ActionPropose, "POST /records/:id/still-holds": services.ActionPropose,
	"GET /records/:id/notes": services.ActionNotes, "POST /records/:id/notes": services.ActionNotes, "POST /notes/:id": services.ActionNotes, "GET /tasks": services.ActionNotes,
	"POST /api/v1/notes": services.ActionNotes, "PATCH /api/v1/notes/:id": services.ActionNotes, "DELETE /api/v1/notes/:id": services.ActionNotes,
}

// gate asks routes as accounts of every role.
type gate struct {
	*gin.Engine
	services *services.Services
	made     int
}

// routerOf is the router as the program makes it.
func routerOf(t testing.TB, s *services.Services, db *database.Database, proxies ...string) *gin.Engine {
	t.Helper()
	handler, err := newHandler(s, db, handlerSettings{Logger: slog.New(slog.DiscardHandler), Proxies: proxies})
	if err != nil {
		t.Fatal(err)
	}
	return handler.(*gin.Engine)
}

func newGate(t *testing.T) *gate {
	t.Helper()
	return gateOn(t, dbtest.SQLite(t))
}

// gateOn is the program over a database.
func gateOn(t *testing.T, db *database.Database) *gate {
	t.Helper()
	s := servicesOn(t, db, t.TempDir())
	return &gate{Engine: routerOf(t, s, db), services: s}
}

// visitor is who asks: a bearer token for the API, a session for pages.
type visitor struct{ token, cookie string }

// visitor makes a new account of a role, and lets it sign in; nobody for "".
func (g *gate) visitor(t *testing.T, role models.Role) visitor {
	t.Helper()
	if role == "" {
		return visitor{}
	}
	v, _ := g.member(t, role)
	return v
}

// member is visitor that tells which account it is.
func (g *gate) member(t *testing.T, role models.Role) (visitor, models.Actor) {
	t.Helper()
	g.made++
	ctx := context.Background()
	account, err := g.services.CreateAccount(ctx, services.Operator(), fmt.Sprintf("%s %d", role, g.made), role)
	if err != nil {
		t.Fatal(err)
	}
	token, err := g.services.CreateToken(ctx, services.Operator(), account, 0)
	if err != nil {
		t.Fatal(err)
	}
	link, err := g.services.InviteSignIn(ctx, services.Operator(), account)
	if err != nil {
		t.Fatal(err)
	}
	answer := g.ask("POST", "/invitations/"+link, visitor{}, "Sec-Fetch-Site", "same-origin")
	cookies := slices.DeleteFunc(answer.Result().Cookies(), func(one *http.Cookie) bool { return strings.HasSuffix(one.Name, "-known") })
	if answer.Code != http.StatusSeeOther || len(cookies) != 1 {
		t.Fatalf("sign in: %d %v", answer.Code, cookies)
	}
	return visitor{token, cookies[0].Name + "=" + cookies[0].Value}, models.Actor{Account: account.ID, Name: account.Name, Role: role, Confirmed: true}
}

func (g *gate) ask(method, path string, v visitor, headers ...string) *httptest.ResponseRecorder {
	body := ""
	if strings.HasPrefix(path, "/api/") && method != "GET" {
		body = "{}"
	}
	request := httptest.NewRequest(method, "https://plumbline.example"+path, strings.NewReader(body))
	switch {
	case body != "":
		request.Header.Set("Content-Type", "application/json")
		if v.token != "" {
			request.Header.Set("Authorization", "Bearer "+v.token)
		}
	case method != "GET":
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if v.cookie != "" {
		request.Header.Set("Cookie", v.cookie)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	g.ServeHTTP(recorder, request)
	return recorder
}

// addressOf fills the parameters of a route with something that is not there.
func addressOf(route string) string {
	_, path, _ := strings.Cut(route, " ")
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, ":") || strings.HasPrefix(part, "*") {
			parts[i] = "0199a0a0-0000-7000-8000-000000000000"
		}
	}
	return strings.Join(parts, "/")
}

func sortedRoutes() []string {
	var routes []string
	for route := range routeActions {
		routes = append(routes, route)
	}
	slices.Sort(routes)
	return routes
}

func TestAuthorization_hasARowForEveryRouteThatWrites(t *testing.T) {
	t.Parallel()
	there := map[string]bool{}
	for _, route := range newGate(t).Routes() {
		name := route.Method + " " + strings.TrimPrefix(route.Path, "/ar") // a page in Arabic is the same page
		there[name] = true
		if _, ok := routeActions[name]; !ok && !slices.Contains([]string{"GET", "HEAD", "OPTIONS"}, route.Method) {
			t.Errorf("%s writes and has no row in routeActions: say who may", name)
		}
	}
	for route := range routeActions {
		if !there[route] {
			t.Errorf("there is no route %s any more", route)
		}
	}
}

// TestAuthorization_everyCell asks every route as nobody and as each role: those get in who may.
func TestAuthorization_everyCell(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for _, route := range sortedRoutes() {
		action := routeActions[route]
		method, path := strings.Fields(route)[0], addressOf(route)
		for _, role := range append([]string{""}, models.Roles().Values()...) {
			v := g.visitor(t, models.Role(role))
			answer := g.ask(method, path, v, "Sec-Fetch-Site", "same-origin")
			if want := expected(method, models.Role(role), action); !want(answer.Code) {
				t.Errorf("%s as %q: %d\n%s", route, role, answer.Code, firstLines(answer.Body.String()))
			}
		}
	}
}

// expected says which statuses are right for a role.
func expected(method string, role models.Role, action services.Action) func(status int) bool {
	is := func(status int) func(int) bool { return func(got int) bool { return got == status } }
	switch {
	case action == anyone || services.Can(role, action):
		return func(got int) bool {
			return got != http.StatusUnauthorized && got != http.StatusForbidden && got < 500
		}
	case method == "GET" && role == "":
		return is(http.StatusSeeOther) // to sign in
	case method == "GET":
		return is(http.StatusNotFound)
	case role == "":
		return is(http.StatusUnauthorized)
	}
	return is(http.StatusForbidden)
}

func firstLines(text string) string { return text[:min(len(text), 300)] }

// TestAuthorization_refusesOtherSites sends each write as a page of another site would, with all
// that the browser of an admin has.
func TestAuthorization_refusesOtherSites(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	admin := g.visitor(t, models.RoleAdmin)
	for _, route := range sortedRoutes() {
		method, path := strings.Fields(route)[0], addressOf(route)
		if method == "GET" || routeActions[route] == anyone && strings.HasPrefix(path, "/api/") { // a public question
			continue
		}
		if route == "POST /digest/leave/:code" { // a program of mail ends letters for its reader (RFC 8058)
			continue
		}
		for name, headers := range map[string][]string{
			"cross-site": {"Sec-Fetch-Site", "cross-site"}, "same site": {"Sec-Fetch-Site", "same-site"}, "origin": {"Origin", "https://evil.example"}, "null origin": {"Origin", "null"},
		} {
			if answer := g.ask(method, path, admin, headers...); answer.Code != http.StatusForbidden {
				t.Errorf("%s from another site (%s): %d", route, name, answer.Code)
			}
		}
		if answer := g.ask(method, path, visitor{cookie: admin.cookie}); !strings.HasPrefix(path, "/api/") && answer.Code != http.StatusForbidden {
			t.Errorf("%s without a proof of where it comes from: %d", route, answer.Code)
		}
		if !strings.HasPrefix(path, "/api/") {
			continue
		}
		if answer := g.ask(method, path, visitor{cookie: admin.cookie}, "Sec-Fetch-Site", "same-origin"); answer.Code != http.StatusUnauthorized {
			t.Errorf("%s took a cookie: %d", route, answer.Code)
		}
	}
	if answer := g.ask("GET", "/me", admin); answer.Code != http.StatusOK {
		t.Errorf("the admin was signed out by another site: %d", answer.Code)
	}
}
