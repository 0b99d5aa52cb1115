package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"plumbline/database/dbtest"
)

// TestNaming_isTheOneWayToSayWhoAnUndisclosedEntityIs names the seeded unit that was not named.
func TestNaming_isTheOneWayToSayWhoAnUndisclosedEntityIs(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		entity := s.do(exchange{method: "GET", path: "/entities/unidentified-unit-in-imod"})
		id, unit := field(t, entity, "id"), field(t, s.do(exchange{method: "GET", path: "/entities/unit-8200"}), "id")
		if field(t, entity, "identity") != "undisclosed" {
			t.Fatalf("%s", entity.Body)
		}
		source := seededID(t, s, "/sources/")
		claim := `{"speakers":[{"entity":"the-guardian"}],"stance":"reports","said_on":"2025-11","text":"It is Unit 8200.","citations":[{"source":"` + source + `","locator":"p. 2","note":"names it"}]}`
		tag := map[string]string{"If-Match": `"v` + field(t, entity, "version") + `"`}
		link := field(t, s.do(exchange{method: "GET", path: "/relationships?type=supplied_to&object=unidentified-unit-in-imod&limit=1"}), "data", "0", "id")
		post := func(name, path, body string, status int, says ...string) exchange {
			return exchange{name: name, method: "POST", path: path, token: s.editor, body: body, status: status, says: says}
		}
		for _, e := range []exchange{
			post("a merge", "/records/"+id+"/merge", `{"into":"`+unit+`","reason":"x"}`, 422, `"/into"`, "It was named"),
			post("the other way round", "/records/"+unit+"/merge", `{"into":"`+id+`","reason":"x"}`, 422, `"/into"`, "It was named"),
			post("its plan", "/records/"+id+"/merge", `{"into":"`+unit+`","dry_run":true}`, 422, "It was named"),
			{name: "an edit", method: "PATCH", path: "/entities/" + id, token: s.editor, headers: tag, body: `{"identity":"disclosed","edit":"corrected","reason":"x"}`, status: 422, says: []string{`"/identity"`, "It was named"}},
			{name: "an edit that forgets it", method: "PATCH", path: "/entities/" + id, token: s.editor, headers: tag, body: `{"identity":null,"edit":"corrected","reason":"x"}`, status: 422, says: []string{`"/identity"`}},
			{name: "a name", method: "PATCH", path: "/entities/" + id, token: s.editor, headers: tag, body: `{"name":"Unit 8200","edit":"corrected","reason":"x"}`, status: 422, says: []string{`"/name"`, "It was named"}},
			{name: "a link moved", method: "PATCH", path: "/relationships/" + link, token: s.editor, headers: map[string]string{"If-Match": `"v1"`}, body: `{"object":"unit-8200","edit":"corrected","reason":"x"}`, status: 422, says: []string{`"/object"`, "It was named"}},
			post("a changeset", "/changesets", `{"operations":[{"op":"edit","type":"entity","id":"`+id+`","version":1,"edit":"corrected","reason":"x","data":{"kind":"unit","name":"Unit 8200","citations":[{"source":"`+source+`"}]}}]}`, 422, `"/operations/0/data/identity"`),
			post("a changeset that names", "/changesets", `{"operations":[{"op":"name","type":"entity","id":"`+id+`","version":1,"reason":"x"}]}`, 422, `"/operations/0/op"`),
			post("no claim", "/records/"+id+"/name", `{"into":"unit-8200"}`, 422, `"/claim"`),
			post("no source", "/records/"+id+"/name", `{"into":"unit-8200","claim":{"speakers":[{"description":"somebody"}],"stance":"reports","said_on":"2025","text":"x"}}`, 422, `"/claim/citations"`),
			post("everything wrong at once", "/records/"+id+"/name", `{"into":"unit-8200","claim":{"speakers":[],"stance":"denies","said_on":"2025-13","text":""}}`, 422, `"/claim/speakers"`, `"/claim/said_on"`, `"/claim/text"`, `"/claim/citations"`),
			post("a denial", "/records/"+id+"/name", `{"into":"unit-8200","claim":`+strings.Replace(claim, "reports", "denies", 1)+`}`, 422, `"/claim/stance"`),
			post("nobody", "/records/"+id+"/name", `{"claim":`+claim+`}`, 422, `"/into"`),
			post("who is not there", "/records/"+id+"/name", `{"into":"nobody-at-all","claim":`+claim+`}`, 422, `"/into"`, "nobody-at-all"),
			post("a company", "/records/"+id+"/name", `{"into":"microsoft","claim":`+claim+`}`, 422, `"/into"`),
			post("what the claim is about", "/records/"+id+"/name", `{"into":"unit-8200","claim":{"about":["microsoft"]}}`, 422, `"/claim/about"`),
			post("a new one that is undisclosed", "/records/"+id+"/name", `{"new":{"name":"X","identity":"undisclosed"},"claim":`+claim+`}`, 422, `"/new/identity"`),
			post("a new one of another kind", "/records/"+id+"/name", `{"new":{"kind":"company","name":"X"},"claim":`+claim+`}`, 422, `"/into"`),
			post("unknown members", "/records/"+id+"/name", `{"into":"unit-8200","claims":`+claim+`}`, 422, `"/claims"`, "claim"),
			post("no object", "/records/"+id+"/name", `{"into":"unit-8200","claim":[1]}`, 422, `"/claim"`),
			post("a unit that is known", "/records/"+unit+"/name", `{"into":"`+id+`","claim":`+claim+`}`, 422, "known already"),
			post("what is not there", "/records/01999d11-9800-7916-bd75-000000000000/name", `{"into":"unit-8200","claim":`+claim+`}`, 422, `"/from"`),
			{name: "a reader", method: "POST", path: "/records/" + id + "/name", token: s.reader, body: `{"into":"unit-8200","claim":` + claim + `}`, status: 403},
			{name: "nobody", method: "POST", path: "/records/" + id + "/name", body: `{}`, status: 401},
			post("a plan", "/records/"+id+"/name", `{"into":"unit-8200","dry_run":true,"claim":`+claim+`}`, 200, `"moved"`, `"conflicts":[]`),
		} {
			s.check(t, e)
		}
		if again := s.do(exchange{method: "GET", path: "/entities/unidentified-unit-in-imod"}); again.Body.String() != entity.Body.String() {
			t.Errorf("something was written: %s", again.Body)
		}

		// A contributor proposes it, with a new unit and a new source; nobody approves their own.
		body := `{"new":{"name":"Unit Ninety"},"source":{"kind":"article","title":"It was named","url":"https://named.example/it"},"locator":"third paragraph","note":"names it",` +
			`"claim":{"speakers":[{"description":"two officials"}],"stance":"reports","said_on":"2025-11","text":"It is Unit Ninety."}}`
		proposed := s.check(t, exchange{method: "POST", path: "/records/" + id + "/name", token: s.author, body: body, status: 202})
		home := "/changesets/" + field(t, proposed, "id")
		s.check(t, exchange{name: "what a reviewer sees", method: "GET", path: home, token: s.editor, status: 200, says: []string{`"op":"name"`, "It is Unit Ninety.", "third paragraph", "https://named.example/it"}})
		s.check(t, exchange{name: "its author", method: "POST", path: home + "/publish", token: s.author, body: `{}`, status: 403})
		s.check(t, exchange{method: "POST", path: home + "/publish", token: s.editor, body: `{}`, status: 200, says: []string{`"published"`}})

		moved := s.check(t, exchange{method: "GET", path: "/entities/" + id, status: 308})
		if at := moved.Header().Get("Location"); at != "/api/v1/entities/unit-ninety" {
			t.Errorf("it leads to %s", at)
		}
		s.check(t, exchange{method: "GET", path: "/entities/unit-ninety/claims", status: 200, says: []string{"It is Unit Ninety.", "third paragraph", "It was named"}})
		s.check(t, exchange{method: "GET", path: "/relationships/" + link, status: 200, says: []string{"unit-ninety"}})
		s.check(t, exchange{name: "its history", method: "GET", path: home, status: 200, says: []string{`"op":"name"`, "It is Unit Ninety."}})
		var entries struct{ Data []struct{ Leaf string } }
		got := s.check(t, exchange{method: "GET", path: "/log/entries?start=0&limit=1000", status: 200})
		if err := json.Unmarshal(got.Body.Bytes(), &entries); err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(entries.Data, func(e struct{ Leaf string }) bool {
			var leaf struct{ Op, Record string }
			return json.Unmarshal([]byte(e.Leaf), &leaf) == nil && leaf.Op == "name" && leaf.Record == id
		}) {
			t.Error("the log does not tell that it was named")
		}
		s.check(t, exchange{method: "POST", path: home + "/revert", token: s.editor, body: `{"reason":"It was another."}`, status: 200})
		s.check(t, exchange{method: "GET", path: "/entities/" + id, status: http.StatusOK, says: []string{`"undisclosed"`}})
	})
}
