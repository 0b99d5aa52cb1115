package api_test

import (
	"strings"
	"testing"

	"plumbline/database/dbtest"
)

func TestAPI_worklistsSayWhatWaitsAndWhy(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		s.check(t, exchange{name: "all", method: "GET", path: "/worklists", status: 200, says: []string{`"stale-links"`, `"single-origin"`, "wait"}})
		s.check(t, exchange{name: "undisclosed", method: "GET", path: "/worklists/undisclosed", token: s.author, status: 200,
			says: []string{`"why":"identity not disclosed"`, `"unidentified-unit-in-imod"`, `"record_type":"entity"`}})
		s.check(t, exchange{name: "questions", method: "GET", path: "/worklists/unanswered-questions?party=microsoft", token: s.author, status: 200, says: []string{"declined for ", "no response for "}})
		s.check(t, exchange{name: "claims of one origin", method: "GET", path: "/worklists/single-origin?type=claim&limit=1", token: s.author, status: 200, says: []string{`"record_type":"claim"`, `"next":"`}})
		s.check(t, exchange{name: "the public", method: "GET", path: "/worklists/undisclosed", status: 401, says: []string{"needs an account"}})
		s.check(t, exchange{name: "a reader", method: "GET", path: "/worklists/undisclosed", token: s.reader, status: 403})
		s.check(t, exchange{name: "a wrong name", method: "GET", path: "/worklists/undisclosd", token: s.author, status: 404, says: []string{`Did you mean \"undisclosed\"?`}})
		s.check(t, exchange{name: "a type it has not", method: "GET", path: "/worklists/undisclosed?type=claim", token: s.author, status: 400, says: []string{`"parameter":"type"`}})
		s.check(t, exchange{name: "a wrong cursor", method: "GET", path: "/worklists/undisclosed?cursor=x", token: s.author, status: 400})
	})
}

func TestAPI_confirmsARecordWithASource(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		link := "/relationships/" + field(t, s.do(exchange{method: "GET", path: "/relationships?type=supplied_to&object=unit-8200&limit=1"}), "data", "0", "id")
		path := strings.Replace(link, "/relationships", "/records", 1) + "/confirm"
		source := field(t, s.do(exchange{method: "GET", path: "/sources?kind=statement&limit=1"}), "data", "0", "id")
		seen := map[string]string{"If-Match": s.do(exchange{method: "GET", path: link}).Header().Get("ETag")}
		body := `{"source":"` + source + `","holds_on":"2025-09-25","locator":"p. 3"}`

		s.check(t, exchange{name: "the public", method: "POST", path: path, body: body, headers: seen, status: 401})
		s.check(t, exchange{name: "a reader", method: "POST", path: path, token: s.reader, body: body, headers: seen, status: 403})
		s.check(t, exchange{name: "unseen", method: "POST", path: path, token: s.editor, body: body, status: 428})
		s.check(t, exchange{name: "a wrong day", method: "POST", path: path, token: s.editor, body: `{"holds_on":"soon","sourc":"x"}`, headers: seen, status: 422,
			says: []string{`"/holds_on"`, `Did you mean \"source\"?`}})
		s.check(t, exchange{name: "a day without a source", method: "POST", path: path, token: s.editor, body: `{"holds_on":"2025-09-25"}`, headers: seen, status: 422, says: []string{`"/source"`}})
		s.check(t, exchange{name: "a contributor", method: "POST", path: path, token: s.author, body: body, headers: seen, status: 202})

		keyed := map[string]string{"If-Match": seen["If-Match"], "Idempotency-Key": "once"}
		first := s.check(t, exchange{name: "an editor", method: "POST", path: path, token: s.editor, body: body, headers: keyed, status: 200, says: []string{`"published"`}})
		again := s.check(t, exchange{name: "again", method: "POST", path: path, token: s.editor, body: body, headers: keyed, status: 200})
		if field(t, first, "id") != field(t, again, "id") {
			t.Error("a repeated request wrote twice")
		}
		s.check(t, exchange{name: "stale", method: "POST", path: path, token: s.editor, body: body, headers: seen, status: 412, says: []string{`"current"`}})
		s.check(t, exchange{name: "what it says now", method: "GET", path: link, status: 200, says: []string{`"last_evidenced":"2025-09-25"`, `"last_checked":"`}})
	})
}
