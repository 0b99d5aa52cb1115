package api_test

import (
	"testing"

	"plumbline/database/dbtest"
)

func TestAPI_repliesNeedNoAccountAndAreForEditors(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		s.check(t, exchange{name: "everything wrong", method: "POST", path: "/replies", body: `{"kind":"x","privat":1}`, status: 422, says: []string{`Did you mean \"private\"?`}})
		s.check(t, exchange{name: "no words", method: "POST", path: "/replies", body: `{"kind":"answer","role":"party","record":"microsoft"}`, status: 422, says: []string{`"/name"`, `"/text"`}})
		s.check(t, exchange{name: "no record", method: "POST", path: "/replies", body: `{"kind":"answer","role":"party","name":"X","text":"x","record":"nobody"}`, status: 404})
		sent := s.check(t, exchange{name: "an answer", method: "POST", path: "/replies", status: 202, says: []string{`"mailed":false`},
			body: `{"kind":"answer","role":"party","name":"Press office","text":"We zanzibar deny it.","record":"microsoft","private":true}`})
		if field(t, sent, "code") == "" {
			t.Error("no code was given")
		}

		s.check(t, exchange{name: "the queue for the public", method: "GET", path: "/replies", status: 401})
		s.check(t, exchange{name: "the queue for an author", method: "GET", path: "/replies", token: s.author, status: 403})
		s.check(t, exchange{name: "no such state", method: "GET", path: "/replies?state=unconfirmed", token: s.editor, status: 400})
		list := s.check(t, exchange{name: "the queue", method: "GET", path: "/replies", token: s.editor, status: 200, says: []string{"zanzibar", `"state":"waiting"`}})
		id := field(t, list, "data", "0", "id")
		s.check(t, exchange{name: "no answer", method: "POST", path: "/replies/" + id + "/answer", token: s.editor, body: `{}`, status: 422, says: []string{`"/answer"`}})
		s.check(t, exchange{name: "answer", method: "POST", path: "/replies/" + id + "/answer", token: s.editor, body: `{"answer":"Thank you.","shown":true}`, status: 200, says: []string{`"state":"answered"`, `"shown":false`}})
		s.check(t, exchange{name: "again", method: "POST", path: "/replies/" + id + "/answer", token: s.editor, body: `{"answer":"Thank you."}`, status: 409})
		s.check(t, exchange{name: "one", method: "GET", path: "/replies/" + id, token: s.editor, status: 200, says: []string{"Thank you."}})
	})
}
