package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/services"
)

// TestReplica_thatStandsStillShowsNobodyLessThanTheyWrote has two instances before a primary and a
// replica that takes in nothing new. Who wrote finds it at once on either instance, by the API and
// on pages; who did not is answered by the replica.
func TestReplica_thatStandsStillShowsNobodyLessThanTheyWrote(t *testing.T) {
	standby := dbtest.NewStandby(t)
	key, err := services.EnterLogKey(t.Context(), dbtest.Open(t, standby.PrimaryURL()), filepath.Join(t.TempDir(), "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	instance := func() (*gate, *database.Database) {
		db := dbtest.Open(t, standby.PrimaryURL(), standby.URL())
		s := services.New(db, services.Settings{LogKey: key})
		return &gate{Engine: routerOf(t, s, db), services: s}, db
	}
	one, db := instance()
	two, _ := instance()
	editor, _ := one.member(t, models.RoleEditor)
	contributor, _ := one.member(t, models.RoleContributor)
	reader, _ := one.member(t, models.RoleReader)

	api := func(g *gate, who visitor, method, path, body string, headers ...string) *httptest.ResponseRecorder {
		t.Helper()
		request := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		if who.token != "" {
			request.Header.Set("Authorization", "Bearer "+who.token)
		}
		for i := 0; i+1 < len(headers); i += 2 {
			request.Header.Set(headers[i], headers[i+1])
		}
		answer := httptest.NewRecorder()
		g.ServeHTTP(answer, request)
		return answer
	}
	member := func(answer *httptest.ResponseRecorder, name string) string {
		t.Helper()
		var out map[string]any
		if err := json.Unmarshal(answer.Body.Bytes(), &out); err != nil {
			t.Fatalf("%v: %s", err, answer.Body)
		}
		return fmt.Sprint(out[name])
	}
	status := func(what string, answer *httptest.ResponseRecorder, want int) *httptest.ResponseRecorder {
		t.Helper()
		if answer.Code != want {
			t.Errorf("%s: %d, expected %d\n%.300s", what, answer.Code, want, answer.Body)
		}
		return answer
	}

	source := member(status("a source", api(one, editor, "POST", "/sources", `{"kind":"article","title":"A source","url":"https://one.example/a"}`), 201), "id")
	caughtUp(t, db, 1)
	standby.Pause(t)

	body := func(name string) string {
		return fmt.Sprintf(`{"kind":"company","name":%q,"citations":[{"source":%q}]}`, name, source)
	}
	created := status("a company", api(one, editor, "POST", "/entities", body("Written")), 201)
	path := "/entities/" + member(created, "id")
	proposed := status("a proposal", api(one, contributor, "POST", "/entities", body("Proposed")), 202)
	proposal := "/changesets/" + member(proposed, "id")

	for name, g := range map[string]*gate{"the instance that wrote": one, "the other instance": two} {
		status(name+" to its writer", api(g, editor, "GET", path, ""), 200)
		status(name+" to its proposer", api(g, contributor, "GET", proposal, ""), 200)
		status(name+" to the public", api(g, visitor{}, "GET", path, ""), 404)
		status(name+" to somebody else", api(g, reader, "GET", path, ""), 404)
		status(name+", to its writer who asks whether it changed", api(g, editor, "GET", strings.TrimPrefix(created.Header().Get("Location"), "/api/v1"), "", "If-None-Match", created.Header().Get("ETag")), 304)
		// A version is compared with the present one, by whoever.
		status(name+", a version that is no longer the present one", api(g, editor, "PATCH", path, `{"summary":"x","edit":"corrected","reason":"x"}`, "If-Match", `"v7"`), 412)
		if answer := g.ask("GET", path, editor); answer.Code != http.StatusOK && answer.Code != http.StatusMovedPermanently {
			t.Errorf("%s: the page gave %d", name, answer.Code)
		}
		status(name+": the page of a proposal", g.ask("GET", proposal, contributor), 200)
		status(name+": the page, to the public", g.ask("GET", path, visitor{}), 404)
	}
	edited := status("an edit on the other instance", api(two, editor, "PATCH", path, `{"summary":"Edited.","edit":"corrected","reason":"x"}`, "If-Match", `"v1"`), 200)
	if member(edited, "version") != "2" || member(api(one, editor, "GET", path, ""), "summary") != "Edited." {
		t.Error("the first instance does not show what was written on the other")
	}
	// A member who wrote nothing asks whether something changed, and is told so by the present.
	status("a reader who asks whether it changed", api(one, reader, "GET", path, "", "If-None-Match", `"v1"`), 200)
	for range 3 {
		status("a repeated request", api(two, editor, "POST", "/entities", body("Once"), "Idempotency-Key", "once"), 201)
	}

	standby.Resume(t)
	caughtUp(t, db, 4)
	status("the public, from the replica that has it", api(one, visitor{}, "GET", path, ""), 200)
}

// caughtUp waits until the replica has a log of a size.
func caughtUp(t *testing.T, db *database.Database, size int64) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var standby bool
		var there int64
		read := db.Read(t.Context())
		if read.Raw("SELECT pg_is_in_recovery()").Scan(&standby).Error == nil && standby && read.Raw("SELECT COALESCE(max(size), 0) FROM checkpoints").Scan(&there).Error == nil && there >= size {
			return
		}
		if time.Now().After(end) {
			t.Fatal("the replica never caught up")
		}
	}
}
