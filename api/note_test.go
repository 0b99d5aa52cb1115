package api_test

import (
	"net/http"
	"strings"
	"testing"

	"plumbline/database/dbtest"
)

func TestAPI_notesAreForMembersAlone(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		body := `{"record":"unit-8200","text":"zanzibar among ourselves","state":"open"}`
		s.check(t, exchange{name: "the public", method: "POST", path: "/notes", body: body, status: 401})
		s.check(t, exchange{name: "a reader", method: "POST", path: "/notes", token: s.reader, body: body, status: 403})
		s.check(t, exchange{name: "the list for the public", method: "GET", path: "/notes", status: 401})
		s.check(t, exchange{name: "everything wrong", method: "POST", path: "/notes", token: s.author, body: `{"txt":"x","assignee":"me"}`, status: 422, says: []string{`"/record"`, `"/assignee"`, `Did you mean \"text\"?`}})
		s.check(t, exchange{name: "no words", method: "POST", path: "/notes", token: s.author, body: `{"record":"unit-8200","text":" "}`, status: 422, says: []string{`"/text"`}})
		s.check(t, exchange{name: "no record", method: "POST", path: "/notes", token: s.author, body: `{"record":"nobody","text":"x"}`, status: 404})

		made := s.check(t, exchange{name: "a task", method: "POST", path: "/notes", token: s.author, body: body, status: 201, says: []string{`"state":"open"`, `"unit-8200"`}})
		note := "/notes/" + field(t, made, "id")
		s.check(t, exchange{name: "of the record", method: "GET", path: "/notes?record=unit-8200&state=open", token: s.editor, status: 200, says: []string{"zanzibar"}})
		s.check(t, exchange{name: "of another record", method: "GET", path: "/notes?record=microsoft", token: s.editor, status: 200, says: []string{`"data":[]`}})
		s.check(t, exchange{name: "another's words", method: "PATCH", path: note, token: s.editor, body: `{"text":"x"}`, status: 403})
		s.check(t, exchange{name: "done", method: "PATCH", path: note, token: s.editor, body: `{"state":"done"}`, status: 200, says: []string{`"done_by":"steward"`}})
		s.check(t, exchange{name: "one for the public", method: "GET", path: note, status: 401})

		// No route tells the public of it.
		for path, methods := range documentOf(t, s).Paths {
			if methods["get"].OperationID == "" {
				continue
			}
			target := strings.ReplaceAll(path, "{id}", seededID(t, s, path))
			if got := s.do(exchange{method: http.MethodGet, path: target}); strings.Contains(got.Body.String(), "zanzibar") {
				t.Errorf("GET %s tells the public", target)
			}
		}
		s.check(t, exchange{name: "delete", method: "DELETE", path: note, token: s.author, status: 204})
		s.check(t, exchange{name: "again", method: "DELETE", path: note, token: s.author, status: 404})
	})
}
