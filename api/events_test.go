package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"plumbline/api"
	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/services"
)

// follower is a client of the stream of events that goes on after breaks.
type follower struct {
	address string
	last    string
	got     []int64
}

// listen reads events until most of them came in, or the stream ends.
func (f *follower) listen(t *testing.T, ctx context.Context, most int) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if f.last != "" {
		request.Header.Set("Last-Event-ID", f.last)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return
	}
	defer response.Body.Close()
	if kind := response.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("%d %s", response.StatusCode, kind)
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	id, data := "", ""
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch {
		case name == "id":
			id = value
		case name == "data":
			data = value
		case lines.Text() == "": // the event is whole
			f.last = id
			if data == "" {
				continue
			}
			var r struct{ Position int64 }
			if err := json.Unmarshal([]byte(data), &r); err != nil || strconv.FormatInt(r.Position+1, 10) != id {
				t.Errorf("event %s: %s, %v", id, data, err)
			}
			f.got, data = append(f.got, r.Position), ""
			if most--; most == 0 {
				return
			}
		}
	}
}

// Two instances of one database: what several publish at the same time through either comes to
// listeners of either, each revision once and in order, whatever breaks off; and so does it to
// who asks for lines again and again.
func TestEvents_areCompleteUnderConcurrentPublishing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		key, err := services.EnterLogKey(t.Context(), db, filepath.Join(t.TempDir(), "log.key"))
		if err != nil {
			t.Fatal(err)
		}
		var instances []*services.Services
		var addresses []string
		for range 2 {
			s := services.New(db, services.Settings{LogKey: key})
			router := gin.New()
			api.Register(router, s, api.Settings{Version: "test"})
			server := httptest.NewServer(router)
			t.Cleanup(server.Close)
			instances, addresses = append(instances, s), append(addresses, server.URL+api.Prefix)
		}
		account, err := instances[0].CreateAccount(t.Context(), services.Operator(), "Writer", models.RoleSteward)
		if err != nil {
			t.Fatal(err)
		}
		by := models.Actor{Account: account.ID, Name: account.Name, Role: account.Role, Confirmed: true}

		const writers, each = 4, 10
		const all = writers * each
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var running sync.WaitGroup
		followers := make([]*follower, 4)
		for i := range followers {
			followers[i] = &follower{address: addresses[i%2] + "/events?since=0"}
			running.Go(func() {
				for f := followers[i]; len(f.got) < all && ctx.Err() == nil; {
					f.listen(t, ctx, min(3+i, all-len(f.got))) // then the line breaks
				}
			})
		}
		var lines []int64
		running.Go(func() {
			for len(lines) < all && ctx.Err() == nil {
				response, err := http.Get(fmt.Sprintf("%s/revisions.ndjson?since=%d", addresses[1], len(lines)))
				if err != nil {
					t.Error(err)
					return
				}
				for decoder := json.NewDecoder(response.Body); decoder.More(); {
					var r struct{ Position int64 }
					if err := decoder.Decode(&r); err != nil {
						t.Error(err)
						break
					}
					lines = append(lines, r.Position)
				}
				response.Body.Close()
			}
		})
		for w := range writers {
			running.Go(func() {
				for i := range each {
					_, err := instances[w%2].Submit(ctx, by, models.Changeset{Summary: "test", Operations: []models.Operation{{Op: models.OpCreate, Type: models.TypeSource,
						Data: &models.Source{Kind: "article", Title: fmt.Sprintf("Article %d of %d", i, w)}}}})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		running.Wait()
		check := func(who string, got []int64) {
			if len(got) != all {
				t.Errorf("%s got %d of %d", who, len(got), all)
			}
			for i, position := range got {
				if position != int64(i) {
					t.Fatalf("%s got position %d in place %d", who, position, i)
				}
			}
		}
		check("who asks for lines", lines)
		for i, f := range followers {
			check(fmt.Sprintf("follower %d", i), f.got)
		}
	})
}

func TestEvents_endWithTheServerAndRefuseWhatTheyCannotRead(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	for _, e := range []exchange{
		{name: "no id of ours", method: "GET", path: "/events", headers: map[string]string{"Last-Event-ID": "abc"}, status: 400, says: []string{"Last-Event-ID"}},
		{name: "beyond the log", method: "GET", path: "/events?since=99999999", status: 400},
		{name: "before it", method: "GET", path: "/revisions.ndjson?since=-1", status: 400},
		{name: "headers alone", method: "HEAD", path: "/events", status: 200},
	} {
		s.check(t, e)
	}

	router := gin.New()
	api.Register(router, s.services, api.Settings{Version: "test"})
	ending := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		request := httptest.NewRequest(http.MethodGet, "/api/v1/events", nil)
		recorder := httptest.NewRecorder()
		router.ServeHTTP(recorder, request.WithContext(api.WithEnding(t.Context(), ending)))
		size, err := s.services.Size(t.Context())
		if want := fmt.Sprintf("retry: 3000\nid: %d\n\n", size); err != nil || recorder.Body.String() != want {
			t.Errorf("%q, want %q, %v", recorder.Body, want, err)
		}
	}()
	select {
	case <-ended:
		t.Error("it ended by itself")
	case <-time.After(200 * time.Millisecond):
	}
	close(ending)
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("it goes on although the server ends")
	}
}

func TestEvents_areForAsManyAsCan(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	router := gin.New()
	api.Register(router, s.services, api.Settings{Version: "test"})
	ctx, cancel := context.WithCancel(t.Context())
	var listening sync.WaitGroup
	for range 256 {
		listening.Go(func() {
			for ctx.Err() == nil { // one that was turned away since the asking below had its place comes again
				router.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/api/v1/events", nil).WithContext(ctx))
			}
		})
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		asking, done := context.WithTimeout(t.Context(), 20*time.Millisecond)
		got := httptest.NewRecorder()
		router.ServeHTTP(got, httptest.NewRequest(http.MethodGet, "/api/v1/events", nil).WithContext(asking))
		done()
		if got.Code == http.StatusServiceUnavailable && got.Header().Get("Retry-After") != "" {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the last one got %d", got.Code)
		}
	}
	cancel()
	listening.Wait()
}
