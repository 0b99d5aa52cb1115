package api_test

import (
	"encoding/json"
	"testing"
)

// held makes a source, puts it on hold as an admin, and gives its id.
func (s *server) held(t *testing.T, token string) string {
	t.Helper()
	made := s.check(t, exchange{name: "make", method: "POST", path: "/sources", token: s.editor, body: `{"kind":"article","title":"Zyxwvut"}`, status: 201})
	var record struct{ ID string }
	if err := json.Unmarshal(made.Body.Bytes(), &record); err != nil {
		t.Fatal(err)
	}
	s.check(t, exchange{name: "hold", method: "POST", path: "/records/" + record.ID + "/hold", token: token, body: `{"reason":"A court asks for it."}`, status: 200})
	return record.ID
}

func TestHold_overTheAPI(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	admin := s.adminToken(t)
	id := s.held(t, admin)
	for _, e := range []exchange{
		{name: "the record", method: "GET", path: "/sources/" + id, status: 451, says: []string{"withheld since", "A court asks for it."}},
		{name: "its history", method: "GET", path: "/changesets?record=" + id, status: 451},
		{name: "what it says, for nobody", method: "GET", path: "/records/" + id + "/hold", status: 401},
		{name: "what it says, for a contributor", method: "GET", path: "/records/" + id + "/hold", token: s.author, status: 403},
		{name: "what it says, for stewards", method: "GET", path: "/records/" + id + "/hold", token: admin, status: 200, says: []string{"Zyxwvut"}},
		{name: "the list", method: "GET", path: "/holds", token: admin, status: 200, says: []string{id, "Zyxwvut"}},
		{name: "an edit", method: "PATCH", path: "/sources/" + id, token: s.editor, headers: map[string]string{"If-Match": `"v2"`}, body: `{"title":"x","edit":"corrected","reason":"x"}`, status: 451},
		{name: "hold again", method: "POST", path: "/records/" + id + "/hold", token: admin, body: `{"reason":"again"}`, status: 409},
		{name: "without a reason", method: "POST", path: "/records/" + id + "/hold/lift", token: admin, body: `{}`, status: 422, says: []string{"/reason"}},
		{name: "with something else", method: "POST", path: "/records/" + id + "/hold/lift", token: admin, body: `{"reason":"x","withheld_at":null}`, status: 422},
		{name: "lift", method: "POST", path: "/records/" + id + "/hold/lift", token: admin, body: `{"reason":"The court decided.","together":true}`, status: 200},
		{name: "the record again", method: "GET", path: "/sources/" + id, status: 200, says: []string{"Zyxwvut"}},
		{name: "lift again", method: "POST", path: "/records/" + id + "/hold/lift", token: admin, body: `{"reason":"again"}`, status: 409},
		{name: "what is not on hold", method: "GET", path: "/records/" + id + "/hold", token: admin, status: 404},
	} {
		s.check(t, e)
	}
}
