package frontend_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"golang.org/x/net/html"

	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/frontend"
	"plumbline/frontend/browsertest"
	"plumbline/models"
	"plumbline/outbound"
	"plumbline/seed"
	"plumbline/services"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	os.Exit(browsertest.Main(func() int { return dbtest.Main(m) }))
}

// site is the dashboard over a database, with a clock that tests set.
type site struct {
	http.Handler
	services *services.Services
	by       models.Actor
	clock    *clock
	db       *database.Database
}

// clock gives an instant a second later at each call, so that no two publications share one.
type clock struct {
	mutex sync.Mutex
	at    time.Time
}

func (c *clock) now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.at = c.at.Add(time.Second)
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.at = at
}

// founded is who publishes on a prepared site, and when the clock of that site stands.
type founded struct {
	by models.Actor
	at time.Time
}

// found prepares a site with the account that publishes there.
func found(t testing.TB, db *database.Database, folder string) *site {
	t.Helper()
	s := siteOn(t, db, folder, founded{at: time.Date(2025, 11, 1, 9, 0, 0, 0, time.UTC)})
	account, err := s.services.CreateAccount(context.Background(), services.Operator(), seed.AccountName, models.RoleSteward)
	if err != nil {
		t.Fatal(err)
	}
	s.by = models.Actor{Account: account.ID, Name: account.Name, Role: account.Role}
	return s
}

var (
	empty = dbtest.Prepare(func(t testing.TB, db *database.Database, folder string) founded {
		s := found(t, db, folder)
		return founded{s.by, s.clock.at}
	})
	theCase = dbtest.Prepare(func(t testing.TB, db *database.Database, folder string) founded {
		s := found(t, db, folder)
		if _, err := seed.Load(context.Background(), s.services, s.by); err != nil {
			t.Fatal(err)
		}
		return founded{s.by, s.clock.at}
	})
)

// siteOn is the dashboard over a database, with what belongs to it in a folder.
func siteOn(t testing.TB, db *database.Database, folder string, f founded) *site {
	t.Helper()
	key, err := services.EnterLogKey(t.Context(), db, filepath.Join(folder, "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	clock := &clock{at: f.at}
	s := services.New(db, services.Settings{LogKey: key, Clock: clock.now, Vault: outbound.NewFolder(filepath.Join(folder, "evidence"))})
	made := &site{nil, s, f.by, clock, db}
	return made.at(nil)
}

// emptySite is the dashboard of a database without a record, on 1 November 2025.
func emptySite(t testing.TB) *site {
	t.Helper()
	c := empty.SQLite(t)
	return siteOn(t, c.Database, c.Folder, c.Value)
}

// at is the same dashboard where settings name an address; nil for none.
func (s *site) at(address *url.URL) *site {
	router := gin.New()
	router.HandleMethodNotAllowed = true
	pages := frontend.Register(router, s.services, frontend.Settings{URL: address})
	router.NoRoute(pages.NotFound)
	router.NoMethod(pages.NotAllowed)
	return &site{router, s.services, s.by, s.clock, s.db}
}

// seededSite is the dashboard of the case.
func seededSite(t testing.TB) *site {
	t.Helper()
	c := theCase.SQLite(t)
	return siteOn(t, c.Database, c.Folder, c.Value)
}

// keep has a source name a file that every reader may have.
func (s *site) keep(t testing.TB, source, content string) models.Capture {
	t.Helper()
	r := services.CaptureRequest{Name: "note.txt", Note: "What the page said.", Public: true}
	_, capture, err := s.services.AddCapture(context.Background(), s.by, uuid.MustParse(source), r, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return capture
}

// publish submits operations and fails the test when they are refused.
func (s *site) publish(t testing.TB, operations ...models.Operation) services.Outcome {
	t.Helper()
	outcome, err := s.services.Submit(context.Background(), s.by, models.Changeset{Summary: "Test", Operations: operations})
	if err != nil {
		t.Fatal(err)
	}
	return outcome
}

// id is that of the first record of a type that a filter finds.
func (s *site) id(t testing.TB, kind models.RecordType, filters url.Values) string {
	t.Helper()
	q, err := services.ParseQuery(kind, filters)
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.services.List(context.Background(), models.Actor{}, kind, q)
	if err != nil || len(page.Records) == 0 {
		t.Fatalf("no %s with %v: %v", kind, filters, err)
	}
	return page.Records[0].ID.String()
}

// entity gives an entity as it stands.
func (s *site) entity(t testing.TB, slug string) services.Record {
	t.Helper()
	page, err := s.services.Get(context.Background(), models.Actor{}, models.TypeEntity, slug, services.Moment{})
	if err != nil {
		t.Fatal(err)
	}
	return page.Records[0]
}

// ask sends a request and gives the answer.
func (s *site) ask(method, address string, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "/", nil)
	path, query, _ := strings.Cut(address, "?")
	if unescaped, err := url.PathUnescape(path); err == nil {
		request.URL.Path, request.URL.RawPath = unescaped, path
	}
	request.URL.RawQuery, request.RequestURI = query, address
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, request)
	return recorder
}

// open gets a page that must be there, and reads its HTML.
func (s *site) open(t testing.TB, address string) *node {
	t.Helper()
	return s.openAs(t, address, http.StatusOK)
}

func (s *site) openAs(t testing.TB, address string, status int) *node {
	t.Helper()
	answer := s.ask(http.MethodGet, address)
	if answer.Code != status {
		t.Fatalf("GET %s: %d, want %d (Location %q)\n%s", address, answer.Code, status, answer.Header().Get("Location"), answer.Body)
	}
	root, err := html.Parse(answer.Body)
	if err != nil {
		t.Fatalf("GET %s: %v", address, err)
	}
	return &node{root}
}
