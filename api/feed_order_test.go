package api_test

import (
	"encoding/xml"
	"net/http"
	"testing"
	"time"

	"plumbline/database/dbtest"
)

// TestFeed_holdsWhatWasPublishedLast enters a source whose id was made years before those of the seed:
// ids are the writer's, so that the log alone tells what is new, and since when.
func TestFeed_holdsWhatWasPublishedLast(t *testing.T) {
	t.Parallel()
	const old = "01800000-0000-7000-8000-000000000001" // made in 2022
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		feed := func() (entries []struct {
			ID        string    `xml:"id"`
			Published time.Time `xml:"published"`
			Updated   time.Time `xml:"updated"`
		}) {
			answer := s.check(t, exchange{name: "feed", method: "GET", path: "/sources.atom", status: 200})
			into := struct {
				Entries *[]struct {
					ID        string    `xml:"id"`
					Published time.Time `xml:"published"`
					Updated   time.Time `xml:"updated"`
				} `xml:"entry"`
			}{&entries}
			if err := xml.Unmarshal(answer.Body.Bytes(), &into); err != nil || len(entries) == 0 {
				t.Fatalf("%d entries, %v", len(entries), err)
			}
			return entries
		}
		s.check(t, exchange{name: "enter", method: http.MethodPost, path: "/changesets", token: s.editor, status: 201,
			body: `{"summary":"Old draft","operations":[{"op":"create","type":"source","id":"` + old + `","data":{"kind":"post","title":"An old draft"}}]}`})
		first := feed()[0]
		if first.ID != "urn:uuid:"+old || first.Published.Year() == 2022 || !first.Published.Equal(first.Updated) {
			t.Errorf("first comes %+v", first)
		}
		s.check(t, exchange{name: "other", method: http.MethodPost, path: "/changesets", token: s.editor, status: 201,
			body: `{"summary":"Another","operations":[{"op":"create","type":"source","id":"01810000-0000-7000-8000-000000000001","data":{"kind":"post","title":"Another"}}]}`})
		s.check(t, exchange{name: "edit", method: http.MethodPost, path: "/changesets", token: s.editor, status: 201,
			body: `{"summary":"Edit","operations":[{"op":"edit","type":"source","id":"` + old + `","version":1,"edit":"corrected","reason":"Its title.","data":{"kind":"post","title":"An old draft, edited"}}]}`})
		again := feed()
		if again[0].ID != first.ID || !again[0].Published.Equal(first.Published) || again[0].Updated.Before(first.Updated) || again[1].ID != "urn:uuid:01810000-0000-7000-8000-000000000001" {
			t.Errorf("after an edit come %+v", again[:2])
		}
	})
}
