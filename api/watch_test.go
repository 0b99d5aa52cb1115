package api_test

import (
	"strings"
	"testing"

	"plumbline/database/dbtest"
)

func TestAPI_watchesAreOnesOwn(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		stranger := s.adminToken(t)
		s.check(t, exchange{name: "the public", method: "GET", path: "/watches", status: 401})
		s.check(t, exchange{name: "none yet", method: "GET", path: "/watches", token: s.editor, status: 200, says: []string{`"data":[]`}})
		s.check(t, exchange{name: "nothing named", method: "POST", path: "/watches", token: s.editor, body: `{}`, status: 422, says: []string{`"/record"`, "one of the two"}})
		s.check(t, exchange{name: "both", method: "POST", path: "/watches", token: s.editor, body: `{"record":"microsoft","list":"claim"}`, status: 422, says: []string{"one of the two"}})
		s.check(t, exchange{name: "no such record", method: "POST", path: "/watches", token: s.editor, body: `{"record":"nobody"}`, status: 404})
		s.check(t, exchange{name: "no such list", method: "POST", path: "/watches", token: s.editor, body: `{"list":"clams"}`, status: 422, says: []string{"clams"}})
		s.check(t, exchange{name: "a query that the list does not take", method: "POST", path: "/watches", token: s.editor, body: `{"list":"claim","query":"stanse=alleges"}`, status: 400, says: []string{`\"stance\"`}})
		s.check(t, exchange{name: "a typing error", method: "POST", path: "/watches", token: s.editor, body: `{"recrod":"microsoft"}`, status: 422, says: []string{`"/recrod"`}})

		made := s.check(t, exchange{name: "a record", method: "POST", path: "/watches", token: s.editor, body: `{"record":"microsoft"}`, status: 201, says: []string{`"slug":"microsoft"`, `"more":false`}})
		record := "/watches/" + field(t, made, "id")
		twice := s.check(t, exchange{name: "it twice", method: "POST", path: "/watches", token: s.editor, body: `{"record":"microsoft"}`, status: 201})
		if field(t, twice, "id") != field(t, made, "id") {
			t.Error("a record is watched twice")
		}
		made = s.check(t, exchange{name: "a list", method: "POST", path: "/watches", token: s.editor, body: `{"list":"source","query":"kind=article&limit=3"}`, status: 201, says: []string{`"record":null`, `"list":"source"`, `"query":"kind=article"`}})
		list := "/watches/" + field(t, made, "id")
		s.check(t, exchange{name: "a search", method: "POST", path: "/watches", token: s.editor, body: `{"list":"search","query":"q=azure"}`, status: 201, says: []string{`"Search: azure"`}})

		source := field(t, s.check(t, exchange{name: "a source", method: "POST", path: "/sources", token: s.editor, body: `{"kind":"article","title":"A new article"}`, status: 201}), "id")
		s.check(t, exchange{name: "what is new", method: "GET", path: list, token: s.editor, status: 200, says: []string{`"A new article"`}})
		s.check(t, exchange{name: "a claim", method: "POST", path: "/claims", token: s.editor, status: 201,
			body: `{"speakers":[{"description":"A worker"}],"stance":"alleges","text":"It went on.","said_on":"2026-01","about":["microsoft"],"citations":[{"source":"` + source + `"}]}`})
		s.check(t, exchange{name: "what is new about the record", method: "GET", path: record, token: s.editor, status: 200, says: []string{`"type":"claim"`, `"op":"create"`}})
		s.check(t, exchange{name: "seen up to where?", method: "POST", path: list + "/seen", token: s.editor, body: `{}`, status: 422, says: []string{`"/until"`}})
		after := s.check(t, exchange{name: "seen", method: "POST", path: list + "/seen", token: s.editor, body: `{"until":1000000}`, status: 200, says: []string{`"list":"source"`}})
		if text := after.Body.String(); strings.Contains(text, "A new article") {
			t.Errorf("it is new still: %s", text)
		}
		s.check(t, exchange{name: "seen, of a record", method: "POST", path: record + "/seen", token: s.editor, body: `{"until":1}`, status: 200, says: []string{`"slug":"microsoft"`}})
		for _, own := range []string{record, list} {
			s.check(t, exchange{name: "of somebody else", method: "GET", path: own, token: stranger, status: 404})
			s.check(t, exchange{name: "ended by somebody else", method: "DELETE", path: own, token: stranger, status: 404})
			s.check(t, exchange{name: "ended", method: "DELETE", path: own, token: s.editor, status: 204})
			s.check(t, exchange{name: "gone", method: "GET", path: own, token: s.editor, status: 404})
			s.check(t, exchange{name: "ended twice", method: "DELETE", path: own, token: s.editor, status: 404})
		}
		s.check(t, exchange{name: "what is left", method: "GET", path: "/watches", token: s.editor, status: 200, says: []string{`"q=azure"`}})
	})
}
