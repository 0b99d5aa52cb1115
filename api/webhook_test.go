package api_test

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"plumbline/api"
	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/services"
)

func TestAPI_webhooksAreForAdminsAlone(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		admin := s.adminToken(t)
		body := `{"url":"https://receiver.example/hook","label":"A site","events":"claim.*","entity":"microsoft"}`
		s.check(t, exchange{name: "the public", method: "POST", path: "/webhooks", body: body, status: 401})
		s.check(t, exchange{name: "an editor", method: "POST", path: "/webhooks", token: s.editor, body: body, status: 403})
		s.check(t, exchange{name: "everything wrong", method: "POST", path: "/webhooks", token: admin, body: `{"url":"ftp://x","events":"clam.*","entity":"nobody"}`, status: 422,
			says: []string{`"/url"`, `"/label"`, `Did you mean \"claim\"?`, `"/entity"`}})
		s.check(t, exchange{name: "a typing error", method: "POST", path: "/webhooks", token: admin, body: `{"adress":"x"}`, status: 422, says: []string{`"/adress"`}})

		made := s.check(t, exchange{name: "one", method: "POST", path: "/webhooks", token: admin, body: body, status: 201, says: []string{`"secret":"whsec_`, `"slug":"microsoft"`, `"events":["claim.*"]`}})
		hook := "/webhooks/" + field(t, made, "id")
		seen := s.check(t, exchange{name: "it again", method: "GET", path: hook, token: admin, status: 200, says: []string{`"state":"active"`}})
		var wire map[string]any
		if err := json.Unmarshal(seen.Body.Bytes(), &wire); err != nil || wire["secret"] != nil {
			t.Errorf("the secret is shown again: %v, %v", wire["secret"], err)
		}
		s.check(t, exchange{name: "the list", method: "GET", path: "/webhooks", token: admin, status: 200, says: []string{`"A site"`}})
		s.check(t, exchange{name: "another address", method: "PATCH", path: hook, token: admin, body: `{"url":"https://other.example/"}`, status: 200, says: []string{`"https://other.example/"`, `"A site"`}})
		s.check(t, exchange{name: "events as a list", method: "PATCH", path: hook, token: admin, body: `{"events":["claim.*","*.retract"]}`, status: 200, says: []string{`"events":["claim.*","*.retract"]`}})
		s.check(t, exchange{name: "events as something else", method: "PATCH", path: hook, token: admin, body: `{"events":[1]}`, status: 422, says: []string{`"/events"`}})
		s.check(t, exchange{name: "all events", method: "PATCH", path: hook, token: admin, body: `{"events":[]}`, status: 200, says: []string{`"events":[]`}})
		s.check(t, exchange{name: "a test", method: "POST", path: hook + "/test", token: admin, status: 202, says: []string{`"event":"webhook.test"`, `"state":"pending"`}})
		list := s.check(t, exchange{name: "deliveries", method: "GET", path: hook + "/deliveries?state=pending", token: admin, status: 200, says: []string{`"message":"test_`}})
		s.check(t, exchange{name: "no such state", method: "GET", path: hook + "/deliveries?state=pendng", token: admin, status: 400, says: []string{`Did you mean \"pending\"?`}})
		var deliveries struct{ Data []struct{ ID string } }
		if err := json.Unmarshal(list.Body.Bytes(), &deliveries); err != nil || len(deliveries.Data) != 1 {
			t.Fatalf("%v: %s", err, list.Body)
		}
		s.check(t, exchange{name: "one once more", method: "POST", path: hook + "/replay", token: admin, body: `{"delivery":"` + deliveries.Data[0].ID + `"}`, status: 202})
		s.check(t, exchange{name: "all once more", method: "POST", path: hook + "/replay", token: admin, body: `{"since":"2020-01-01T00:00:00Z"}`, status: 202, says: []string{`"position":0`}})
		s.check(t, exchange{name: "since never", method: "POST", path: hook + "/replay", token: admin, body: `{"since":"yesterday"}`, status: 422, says: []string{`"/since"`}})
		s.check(t, exchange{name: "nothing named", method: "POST", path: hook + "/replay", token: admin, body: `{}`, status: 422})
		s.check(t, exchange{name: "paused", method: "PATCH", path: hook, token: admin, body: `{"state":"paused"}`, status: 200, says: []string{`"state":"paused"`}})
		s.check(t, exchange{name: "a test of a paused one", method: "POST", path: hook + "/test", token: admin, status: 409})
		s.check(t, exchange{name: "disabled by hand", method: "PATCH", path: hook, token: admin, body: `{"state":"disabled"}`, status: 422})
		s.check(t, exchange{name: "a new secret", method: "POST", path: hook + "/secret", token: admin, status: 200, says: []string{`"secret":"whsec_`}})
		s.check(t, exchange{name: "delete", method: "DELETE", path: hook, token: admin, status: 204})
		s.check(t, exchange{name: "gone", method: "GET", path: hook, token: admin, status: 404})
	})
}

// Webhooks tell of a revision in the very words of the list of revisions.
func TestAPI_webhooksTellRevisionsAsTheListDoes(t *testing.T) {
	t.Parallel()
	c := theCase.SQLite(t)
	s := newServer(t, c)
	list, err := s.services.Revisions(t.Context(), models.Actor{}, services.RevisionQuery{Limit: 500})
	if err != nil || len(list) == 0 {
		t.Fatal(err)
	}
	got := s.do(exchange{method: http.MethodGet, path: "/revisions?limit=500"})
	var page api.RevisionList
	var raw struct{ Data []json.RawMessage }
	if err := json.Unmarshal(got.Body.Bytes(), &page); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(got.Body.Bytes(), &raw); err != nil {
		t.Fatal(err)
	}
	for i, r := range list {
		told, err := json.Marshal(services.RevisionDataOf(r))
		if err != nil {
			t.Fatal(err)
		}
		if a, b := canonical(t, told), canonical(t, raw.Data[i]); !slices.Equal(a, b) {
			t.Fatalf("a webhook tells\n%s\nthe list\n%s", a, b)
		}
	}
}

func canonical(t *testing.T, text []byte) []byte {
	t.Helper()
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// adminToken is the token of a new admin.
func (s *server) adminToken(t *testing.T) string {
	t.Helper()
	account, err := s.services.CreateAccount(t.Context(), services.Operator(), "Admin "+rand.Text(), models.RoleAdmin)
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.services.CreateToken(t.Context(), services.Operator(), account, 0)
	if err != nil {
		t.Fatal(err)
	}
	return token
}
