package api_test

import (
	"encoding/json"
	"strings"
	"testing"

	"plumbline/database/dbtest"
)

// licence is an article written for the tests: a supply of the first case is suspended.
const licence = `Microsoft suspends cloud storage for Unit 8200

Microsoft said on Thursday that it had suspended Azure cloud storage services for Unit 8200. The company declined to comment further. <b>x</b>`

// The minute by curl: an article is sent, what it says of a status goes into a draft, the draft is
// handed in, another person approves, and readers see it.
func TestAPI_leadsFromAnArticleToAStatus(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		asked, err := json.Marshal(map[string]any{"text": licence, "published": "2026-03-06", "publisher": "The Guardian", "authors": []string{"Ada Writer"}, "take": []string{"status"}})
		if err != nil {
			t.Fatal(err)
		}
		s.check(t, exchange{name: "the public", method: "POST", path: "/intake", body: string(asked), status: 401})
		s.check(t, exchange{name: "a reader", method: "POST", path: "/intake", token: s.reader, body: string(asked), status: 403})
		made := s.check(t, exchange{name: "an article", method: "POST", path: "/intake", token: s.author, body: string(asked), status: 201,
			says: []string{`"known":false`, `"kind":"status"`, `"passages":[{`, `"refs":{`, `signals the status`}})
		var in struct {
			ID    string
			Text  string
			Draft struct {
				ID         string
				Edition    int64
				Operations []struct{ Type string }
			}
			Passages    []struct{ Start, End int }
			Suggestions []struct {
				Key, Kind, Words    string
				Start, End, Passage int
			}
		}
		if err := json.Unmarshal(made.Body.Bytes(), &in); err != nil {
			t.Fatal(err)
		}
		if len(in.Draft.Operations) != 2 || in.Draft.Operations[0].Type != "source" || in.Draft.Operations[1].Type != "status_change" {
			t.Fatalf("draft %+v", in.Draft)
		}
		for _, one := range in.Suggestions {
			if p := in.Passages[one.Passage]; in.Text[one.Start:one.End] != one.Words || one.Start < p.Start || one.End > p.End {
				t.Errorf("%s is not at its place", one.Key)
			}
		}
		s.check(t, exchange{name: "another reads it", method: "GET", path: "/intake/" + in.ID, token: s.editor, status: 200, says: []string{`"draft":null`}})
		s.check(t, exchange{name: "the public cannot", method: "GET", path: "/intake/" + in.ID, status: 401})
		s.check(t, exchange{name: "another corrects it", method: "PATCH", path: "/intake/" + in.ID, token: s.editor, body: `{"title":"x"}`, status: 403})
		s.check(t, exchange{name: "its author does", method: "PATCH", path: "/intake/" + in.ID, token: s.author, body: `{"title":"A better title"}`, status: 200, says: []string{"A better title"}})

		draft := "/changesets/" + in.Draft.ID
		s.check(t, exchange{name: "another edition", method: "POST", path: draft + "/submit", token: s.author, body: `{"edition":7}`, status: 412})
		s.check(t, exchange{name: "handed in", method: "POST", path: draft + "/submit", token: s.author, body: `{"edition":1}`, status: 202, says: []string{`"submitted"`}})
		s.check(t, exchange{name: "its author cannot approve", method: "POST", path: draft + "/publish", token: s.author, body: `{}`, status: 403})
		s.check(t, exchange{name: "another approves", method: "POST", path: draft + "/publish", token: s.editor, body: `{}`, status: 200})
		s.check(t, exchange{name: "readers see it", method: "GET", path: "/status-changes?status=suspended", status: 200, says: []string{"Unit 8200", "[..2026-03-05]"}})
		s.check(t, exchange{name: "and the source is known", method: "GET", path: "/intake/" + in.ID, token: s.author, status: 200, says: []string{`"known":true`}})
	})
}

func TestAPI_intakeSaysEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	s.check(t, exchange{name: "nothing", method: "POST", path: "/intake", token: s.author, body: `{}`, status: 422, says: []string{`"/url"`}})
	s.check(t, exchange{name: "much", method: "POST", path: "/intake", token: s.author, body: `{"urll":"x","published":"soonish","authors":3,"take":["date"]}`, status: 422,
		says: []string{`"/urll"`, `"/published"`, `"/authors"`, `"/take/0"`}})
	made := s.check(t, exchange{name: "an address where nothing is fetched", method: "POST", path: "/intake", token: s.author, body: `{"url":"https://m.news.example/a?utm_source=x","title":"Typed"}`, status: 201,
		says: []string{"switched off", `"Typed"`, `"url":"https://news.example/a"`}})
	path := "/intake/" + field(t, made, "id")
	text, err := json.Marshal(map[string]string{"text": licence})
	if err != nil {
		t.Fatal(err)
	}
	s.check(t, exchange{name: "its text", method: "PATCH", path: path, token: s.author, body: string(text), status: 200, says: []string{`"kind":"status"`, `"Typed"`}})
	s.check(t, exchange{name: "no such suggestion", method: "POST", path: path + "/draft", token: s.author, body: `{"accept":[{"key":"status-1-2"},{"key":"x","date":"soonish"}]}`, status: 422, says: []string{`"/accept/1/date"`}})
	s.check(t, exchange{name: "no such key", method: "POST", path: path + "/draft", token: s.author, body: `{"accept":[{"key":"status-1-2"}]}`, status: 422, says: []string{`"/accept/0/key"`}})
	s.check(t, exchange{name: "the source alone", method: "POST", path: path + "/draft", token: s.author, body: `{"accept":[]}`, status: 201, says: []string{`"type":"source"`}})
	if strings.Contains(made.Body.String(), "utm_source") {
		t.Error("a tracking parameter was kept")
	}
}
