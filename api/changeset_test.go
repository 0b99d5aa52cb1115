package api_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"plumbline/database/dbtest"
)

func TestChangeset_itsRevisionsComeInPages(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		operations := make([]string, 25)
		for i := range operations {
			operations[i] = fmt.Sprintf(`{"op":"create","type":"source","data":{"kind":"article","title":"Source %d"}}`, i)
		}
		made := s.check(t, exchange{name: "write", method: "POST", path: "/changesets", token: s.editor, body: `{"summary":"x","operations":[` + strings.Join(operations, ",") + `]}`, status: 201})
		home := strings.TrimPrefix(made.Header().Get("Location"), "/api/v1")

		seen, address := 0, home+"?limit=10"
		for address != "" {
			page := s.check(t, exchange{name: "a page", method: "GET", path: address, status: 200})
			var body struct {
				Revisions []struct{ Record string }
				Next      *string
			}
			if err := json.Unmarshal(page.Body.Bytes(), &body); err != nil || len(body.Revisions) == 0 {
				t.Fatalf("%v: %s", err, page.Body)
			}
			seen, address = seen+len(body.Revisions), linkOf(page)
			if (body.Next == nil) != (address == "") {
				t.Errorf("the body and the header do not agree on the next page")
			}
		}
		if seen != len(operations) {
			t.Errorf("%d of %d revisions", seen, len(operations))
		}
		for _, wrong := range []string{"?limit=0", "?limit=501", "?limit=x", "?cursor=x", "?since=3"} {
			s.check(t, exchange{name: "a wrong parameter", method: "GET", path: home + wrong, status: 400})
		}
	})
}

// linkOf is the address of the next page.
func linkOf(answer *httptest.ResponseRecorder) string {
	address, found := strings.CutPrefix(answer.Header().Get("Link"), "</api/v1")
	if !found {
		return ""
	}
	return address[:strings.Index(address, ">")]
}

func TestChangeset_withAnEmbargoWaitsForItsDay(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		body := func(at string) string {
			return `{"summary":"x","publish_at":"` + at + `","operations":[{"op":"create","type":"source","data":{"kind":"article","title":"Embargoed"}}]}`
		}
		made := s.check(t, exchange{name: "an embargo", method: "POST", path: "/changesets", token: s.editor, body: body("2099-01-31T00:00:00Z"), status: 202})
		home := strings.TrimPrefix(made.Header().Get("Location"), "/api/v1")
		s.check(t, exchange{name: "its author sees it", method: "GET", path: home, token: s.editor, status: 200, says: []string{`"publish_at":"2099-01-31T00:00:00Z"`, `"approver":"steward"`, `"submitted"`}})
		s.check(t, exchange{name: "the public does not", method: "GET", path: home, status: 404})
		s.check(t, exchange{name: "nor another contributor", method: "GET", path: home, token: s.author, status: 404})
		s.check(t, exchange{name: "a day long past", method: "POST", path: "/changesets", token: s.editor, body: body("2001-01-31T00:00:00Z"), status: 201})
		s.check(t, exchange{name: "no instant", method: "POST", path: "/changesets", token: s.editor, body: body("tomorrow"), status: 422, says: []string{"/publish_at", "RFC 3339"}})
	})
}
