package api_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/database/dbtest"
	"plumbline/models"
)

func TestAPI_saysWhetherASourceIsStillThere(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		address := "https://news.example/a-story"
		source := field(t, s.check(t, exchange{name: "a source", method: "POST", path: "/sources", token: s.editor, body: `{"kind":"article","title":"A story","url":"` + address + `"}`, status: 201}), "id")
		path := "/sources/" + source + "/link"
		s.check(t, exchange{name: "nobody looked", method: "GET", path: path, status: 200, says: []string{`"outcome":null`}})
		s.check(t, exchange{name: "no such source", method: "GET", path: "/sources/0199a0a0-0000-7000-8000-000000000000/link", status: 404})
		s.check(t, exchange{name: "the public asks for a look", method: "POST", path: path + "/check", status: 401})
		s.check(t, exchange{name: "a look", method: "POST", path: path + "/check", token: s.author, status: 202})
		s.check(t, exchange{name: "nothing to settle", method: "POST", path: path + "/settle", token: s.author, status: 404})

		at := time.Date(2025, 10, 1, 8, 0, 0, 0, time.UTC)
		look := models.LinkCheck{SourceID: uuid.MustParse(source), URL: address, CheckedAt: at, Since: at, DueAt: at, Outcome: models.LinkGone, Reason: models.LinkFrontPage, Detail: "The address leads to the front page of a site."}
		if err := c.Database.Write(t.Context()).Create(&look).Error; err != nil {
			t.Fatal(err)
		}
		s.check(t, exchange{name: "gone", method: "GET", path: path, status: 200, says: []string{`"outcome":"gone"`, `"since":"2025-10-01T08:00:00Z"`, `"reason":"front_page"`, `"settled_at":null`}})
		s.check(t, exchange{name: "the worklist", method: "GET", path: "/worklists/lost-sources", token: s.author, status: 200, says: []string{`"why":"gone since 1 October 2025. The address leads`, source}})
		s.check(t, exchange{name: "no public filter", method: "GET", path: "/sources?link=gone", status: 400})
		s.check(t, exchange{name: "a reader settles", method: "POST", path: path + "/settle", token: s.reader, status: 403})
		s.check(t, exchange{name: "settled", method: "POST", path: path + "/settle", token: s.author, status: 200, says: []string{`"settled_at":"`}})
		s.check(t, exchange{name: "off the worklist", method: "GET", path: "/worklists/lost-sources", token: s.author, status: 200, says: []string{`"data":[]`}})
	})
}
