package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"plumbline/database/dbtest"
)

// raced is what a racing edit is answered with.
type raced struct {
	Version int64
	Name    string
	Summary string
	State   string
	Current *struct{ Version int64 }
}

// TestWrites_answerWithWhatTheyWrote lets 16 writers edit one record at once: every answer is the
// version that the request wrote, with its values and its ETag, never a later one of somebody else.
func TestWrites_answerWithWhatTheyWrote(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		const writers, edits = 16, 12
		s := newServer(t, c)
		made := s.check(t, exchange{method: "POST", path: "/entities", token: s.editor, status: http.StatusCreated,
			body: `{"kind":"company","name":"Raced","citations":[{"source":"` + seededID(t, s, "/sources/") + `"}]}`})
		id := field(t, made, "id")

		var race sync.WaitGroup
		var written atomic.Int64
		versions := sync.Map{}
		for w := range writers {
			race.Go(func() {
				version := int64(1)
				for n := 0; n < edits; {
					summary := fmt.Sprintf("writer %d, edit %d", w, n)
					got := s.do(exchange{method: "PATCH", path: "/entities/" + id, token: s.editor, headers: map[string]string{"If-Match": fmt.Sprintf(`"v%d"`, version)},
						body: fmt.Sprintf(`{"summary":%q,"edit":"corrected","reason":"Racing."}`, summary)})
					var out raced
					if err := json.Unmarshal(got.Body.Bytes(), &out); err != nil {
						t.Error(err)
						return
					}
					switch {
					case got.Code == http.StatusPreconditionFailed && out.Current != nil:
						version = out.Current.Version
						continue
					case got.Code != http.StatusOK:
						t.Errorf("%d: %s", got.Code, got.Body)
						return
					}
					if tag := got.Header().Get("ETag"); out.Version != version+1 || out.Summary != summary || !strings.HasPrefix(tag, fmt.Sprintf(`"v%d-s`, version+1)) {
						t.Errorf("%q on version %d was answered with version %d, %q, ETag %s", summary, version, out.Version, out.Summary, tag)
					}
					if _, twice := versions.LoadOrStore(out.Version, summary); twice {
						t.Errorf("version %d was given twice", out.Version)
					}
					version, n = out.Version, n+1
					written.Add(1)
				}
			})
		}
		race.Wait()
		if written.Load() != writers*edits {
			t.Errorf("%d edits were written, expected %d", written.Load(), writers*edits)
		}

		// The history holds what the answers said.
		last := s.check(t, exchange{method: "GET", path: "/entities/" + id, status: http.StatusOK})
		if got := field(t, last, "version"); got != fmt.Sprint(writers*edits+1) {
			t.Errorf("the record is at version %s", got)
		}
	})
}

// TestWrites_ofEveryKindAnswerWithTheirOwnVersion writes to records that somebody else changes as
// soon as they are written: what repeats itself by its key gives the first answer, not the present.
func TestWrites_ofEveryKindAnswerWithTheirOwnVersion(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		source := seededID(t, s, "/sources/")
		create := exchange{method: "POST", path: "/entities", token: s.editor, headers: map[string]string{"Idempotency-Key": "create"}, status: http.StatusCreated,
			body: `{"kind":"company","name":"Kept","citations":[{"source":"` + source + `"}]}`}
		first := s.check(t, create)
		id := field(t, first, "id")
		write := func(method, path, key string, version int, body string) exchange {
			return exchange{method: method, path: "/entities/" + id + path, token: s.editor, status: http.StatusOK, body: body,
				headers: map[string]string{"If-Match": fmt.Sprintf(`"v%d"`, version), "Idempotency-Key": key}}
		}
		for i, one := range []exchange{
			write("PATCH", "", "edit", 1, `{"name":"Kept and renamed","edit":"corrected","reason":"Its name."}`),
			write("DELETE", "", "retract", 2, `{"reason":"It was wrong."}`),
			write("POST", "/restore", "restore", 3, `{"reason":"It was not."}`),
		} {
			answer := s.check(t, one)
			if got := field(t, answer, "version"); got != fmt.Sprint(i+2) || !strings.HasPrefix(answer.Header().Get("ETag"), fmt.Sprintf(`"v%d-s`, i+2)) {
				t.Errorf("%s answered with version %s, ETag %s", one.method, got, answer.Header().Get("ETag"))
			}
		}
		s.check(t, write("PATCH", "", "later", 4, `{"name":"Somebody else's","edit":"corrected","reason":"Another."}`))

		for i, one := range []exchange{create, write("DELETE", "", "retract", 2, `{"reason":"It was wrong."}`), write("POST", "/restore", "restore", 3, `{"reason":"It was not."}`)} {
			version, name, state := []int{1, 3, 4}[i], []string{"Kept", "Kept and renamed", "Kept and renamed"}[i], []string{"live", "retracted", "live"}[i]
			var out raced
			answer := s.check(t, one)
			if err := json.Unmarshal(answer.Body.Bytes(), &out); err != nil {
				t.Fatal(err)
			}
			if out.Version != int64(version) || out.Name != name || out.State != state || i == 0 && answer.Header().Get("ETag") != first.Header().Get("ETag") {
				t.Errorf("%s, repeated, answered %+v, ETag %s", one.method, out, answer.Header().Get("ETag"))
			}
		}
	})
}

// TestNotes_answerWithWhatTheyWrote changes a note at once in two fields: no change is lost, and
// each answer has its own.
func TestNotes_answerWithWhatTheyWrote(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[seeded]) {
		s := newServer(t, c)
		id := field(t, s.check(t, exchange{method: "POST", path: "/notes", token: s.editor, body: `{"record":"microsoft","text":"A note."}`, status: http.StatusCreated}), "id")
		var race sync.WaitGroup
		for w := range 8 {
			race.Go(func() {
				for n := range 10 {
					name, value := "text", fmt.Sprintf("writer %d, change %d", w, n)
					if w%2 == 0 {
						name, value = "state", []string{"open", "done"}[n%2]
					}
					got := s.check(t, exchange{method: "PATCH", path: "/notes/" + id, token: s.editor, body: fmt.Sprintf(`{%q:%q}`, name, value), status: http.StatusOK})
					var out map[string]any
					if err := json.Unmarshal(got.Body.Bytes(), &out); err != nil || out[name] != value {
						t.Errorf("%s %q was answered with %v, %v", name, value, out[name], err)
					}
				}
			})
		}
		race.Wait()
	})
}
