package api_test

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"strings"
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

// TestFeed_followsWhatItsRowsSay has a status change, a retraction of it and a claim bring a supply to
// the head of its feed, with what it then says.
func TestFeed_followsWhatItsRowsSay(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		type entry struct {
			ID        string    `xml:"id"`
			Title     string    `xml:"title"`
			Summary   string    `xml:"summary"`
			Published time.Time `xml:"published"`
			Updated   time.Time `xml:"updated"`
		}
		feed := func(path string) (entries []entry, updated time.Time) {
			answer := s.check(t, exchange{name: "feed", method: "GET", path: path, status: 200})
			var into struct {
				Updated time.Time `xml:"updated"`
				Entries []entry   `xml:"entry"`
			}
			if err := xml.Unmarshal(answer.Body.Bytes(), &into); err != nil || len(into.Entries) == 0 {
				t.Fatalf("%d entries, %v", len(into.Entries), err)
			}
			return into.Entries, into.Updated
		}
		const path = "/relationships.atom?type=supplied_to"
		all, _ := feed(path)
		last := all[len(all)-1]
		if !strings.HasPrefix(last.ID, "urn:uuid:") || !strings.Contains(last.Title, ": ") {
			t.Fatalf("last comes %+v", last)
		}
		supply := strings.TrimPrefix(last.ID, "urn:uuid:")
		decode := func(answer *httptest.ResponseRecorder, into any) {
			t.Helper()
			if err := json.Unmarshal(answer.Body.Bytes(), into); err != nil {
				t.Fatal(err)
			}
		}
		var source struct{ ID string }
		decode(s.check(t, exchange{name: "source", method: http.MethodPost, path: "/sources", token: s.editor, status: 201,
			body: `{"kind":"article","title":"It was suspended","url":"https://papers.example/suspended","published":"2025-10-05"}`}), &source)
		cite := `"citations":[{"source":"` + source.ID + `"}]`

		head := func(what, says string) {
			t.Helper()
			entries, updated := feed(path)
			first := entries[0]
			if first.ID != last.ID || !first.Published.Equal(last.Published) || first.Updated.Before(all[0].Updated) || !first.Updated.Equal(updated) || !strings.Contains(first.Title+first.Summary, says) {
				t.Errorf("after %s comes first %+v of %s", what, first, updated)
			}
		}
		other := func() { // so that another supply is ahead
			t.Helper()
			id := strings.TrimPrefix(all[0].ID, "urn:uuid:")
			s.check(t, exchange{name: "other", method: http.MethodPost, path: "/claims", token: s.editor, status: 201,
				body: `{"speakers":[{"description":"a clerk"}],"stance":"alleges","text":"Somebody said so.","said_on":"2025-10-01","about":["` + id + `"],` + cite + `}`})
			if entries, _ := feed(path); entries[0].ID != all[0].ID {
				t.Errorf("after a claim on another comes first %+v", entries[0])
			}
		}
		var step struct {
			ID      string
			Version int
		}
		decode(s.check(t, exchange{name: "step", method: http.MethodPost, path: "/status-changes", token: s.editor, status: 201,
			body: `{"record":"` + supply + `","status":"suspended","extent":"partial","scope":"some seats","effective":"2025-10-01","reported":"done",` + cite + `}`}), &step)
		head("a step", last.Title[:strings.LastIndex(last.Title, ": ")]+": Suspended, in partSuspended, in part (some seats) since 1 October 2025.")
		if entries, _ := feed(path + "&status=suspended"); entries[0].ID != last.ID {
			t.Errorf("the newcomer comes not first among those suspended: %+v", entries[0])
		}
		other()
		s.check(t, exchange{name: "retract", method: http.MethodDelete, path: "/status-changes/" + step.ID + "?reason=It+was+not+so", token: s.editor, status: 200, headers: map[string]string{"If-Match": `"v1"`}})
		head("its retraction", last.Title)
	})
}
