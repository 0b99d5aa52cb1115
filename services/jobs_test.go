package services

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/models"
)

// site is an outside with answers of its own.
type site struct {
	answer atomic.Value // func(OutsideRequest) (OutsideResponse, error)
}

func (s *site) Send(_ context.Context, request OutsideRequest) (OutsideResponse, error) {
	return s.answer.Load().(func(OutsideRequest) (OutsideResponse, error))(request)
}

func (*site) Allows(context.Context, string) error { return nil }

func (s *site) answers(f func(OutsideRequest) (OutsideResponse, error)) { s.answer.Store(f) }

func (s *site) says(status int, body string) {
	s.answers(func(r OutsideRequest) (OutsideResponse, error) {
		return OutsideResponse{Status: status, URL: r.URL, Body: []byte(body), MediaType: "text/html; charset=utf-8"}, nil
	})
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(40 * time.Second); !condition(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("in vain waited for: %s", what)
		}
	}
}

func (w *world) working(t *testing.T) {
	t.Helper()
	stop, err := w.StartJobs(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
}

func (w *world) admin() models.Actor {
	return models.Actor{Account: w.editor.Account, Name: "Admin", Role: models.RoleAdmin}
}

func (w *world) jobs(t *testing.T, kind, state string) (list []Job) {
	t.Helper()
	page, err := w.Jobs(context.Background(), w.admin(), JobQuery{Kind: kind, State: state, Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	return page.Jobs
}

func TestEnqueue_isPartOfTheTransaction(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		failed := errors.New("changed its mind")
		err := w.db.Transaction(t.Context(), func(tx *gorm.DB) error {
			if err := w.enqueue(tx, dueLinksJob{}, nil); err != nil {
				t.Fatal(err)
			}
			return failed
		})
		if !errors.Is(err, failed) || len(w.jobs(t, "due_links", "")) != 0 {
			t.Errorf("%v; the job is there although its transaction is not", err)
		}
		if err := w.db.Transaction(t.Context(), func(tx *gorm.DB) error { return w.enqueue(tx, dueLinksJob{}, nil) }); err != nil {
			t.Fatal(err)
		}
		if list := w.jobs(t, "due_links", "available"); len(list) != 1 || list[0].Tries != 0 {
			t.Errorf("jobs: %+v", list)
		}
	})
}

// What was under way when a program was killed is taken up again, at once on SQLite, and on
// PostgreSQL when nobody can be at it any more.
func TestJobs_goOnAfterTheProgramWasKilled(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		if err := w.db.Transaction(t.Context(), func(tx *gorm.DB) error { return w.enqueue(tx, dueLinksJob{}, nil) }); err != nil {
			t.Fatal(err)
		}
		began := time.Now().UTC()
		if w.db.Dialect() == database.Postgres {
			began = began.Add(-jobStuck)
		}
		at := map[string]any{database.SQLite: began.Format("2006-01-02 15:04:05.000"), database.Postgres: began}[w.db.Dialect()]
		if err := w.db.Write(t.Context()).Exec("UPDATE river_job SET state = 'running', attempt = 1, attempted_at = ?", at).Error; err != nil {
			t.Fatal(err)
		}
		w.working(t)
		eventually(t, "the job to be done", func() bool { return len(w.jobs(t, "due_links", "completed")) > 0 })
	})
}

func TestJobs_areSeenByAdminsAlone(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		if _, err := w.Jobs(t.Context(), w.editor, JobQuery{}); errorKind(err) != models.ErrForbidden {
			t.Errorf("an editor gets %v", err)
		}
		if _, err := w.RetryJob(t.Context(), w.editor, 1); errorKind(err) != models.ErrForbidden {
			t.Errorf("an editor retries: %v", err)
		}
		if _, err := w.CancelJob(t.Context(), models.Actor{}, 1); errorKind(err) != models.ErrUnauthorized {
			t.Errorf("the public cancels: %v", err)
		}
		if _, err := w.RetryJob(t.Context(), w.admin(), 99); errorKind(err) != models.ErrNotFound {
			t.Errorf("a job that is not there: %v", err)
		}
		if _, err := w.Jobs(t.Context(), w.admin(), JobQuery{State: "runing"}); errorKind(err) != models.ErrInvalid {
			t.Errorf("a state that is none: %v", err)
		}
	})
}

func TestJobs_areListedInPagesWithCounts(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		var operations []models.Operation
		var ids []uuid.UUID
		for i := range 5 {
			source := create(&models.Source{Kind: "article", Title: "An article", URL: fmt.Sprintf("https://news.example/%d", i)})
			operations, ids = append(operations, source), append(ids, source.ID)
		}
		w.must(t, operations...)
		if err := w.CheckLinks(t.Context(), w.editor, ids...); err != nil {
			t.Fatal(err)
		}
		if err := w.CheckLinks(t.Context(), w.editor); err != nil {
			t.Fatal(err)
		}
		cancelled, err := w.CancelJob(t.Context(), w.admin(), w.jobs(t, "link", "")[0].ID)
		if err != nil || cancelled.State != "cancelled" || cancelled.CanCancel() || !cancelled.CanRetry() {
			t.Fatalf("%+v, %v", cancelled, err)
		}
		if _, err := w.CancelJob(t.Context(), w.admin(), cancelled.ID); errorKind(err) != models.ErrConflict {
			t.Errorf("cancelled twice: %v", err)
		}
		if _, err := w.RetryJob(t.Context(), w.admin(), w.jobs(t, "link", "available")[0].ID); errorKind(err) != models.ErrConflict {
			t.Errorf("what waits is tried again: %v", err)
		}

		var seen []int64
		for cursor := ""; ; {
			page, err := w.Jobs(t.Context(), w.admin(), JobQuery{Kind: "link", Limit: 2, Cursor: cursor})
			if err != nil || page.Counts["available"] != 4 || page.Counts["cancelled"] != 1 {
				t.Fatalf("%+v, %v", page, err)
			}
			for _, job := range page.Jobs {
				seen = append(seen, job.ID)
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if len(seen) != 5 || !slices.IsSortedFunc(seen, func(a, b int64) int { return cmp.Compare(b, a) }) {
			t.Errorf("pages: %v", seen)
		}
		if page, err := w.Jobs(t.Context(), w.admin(), JobQuery{}); err != nil || page.Counts["available"] != 5 {
			t.Errorf("all kinds: %+v, %v", page.Counts, err)
		}
		_, err = w.Jobs(t.Context(), w.admin(), JobQuery{State: "x", Kind: "lnk", Limit: 501, Cursor: "x"})
		var forPeople *models.Error
		if !errors.As(err, &forPeople) || len(forPeople.Problems) != 4 {
			t.Errorf("everything wrong: %v", err)
		}
	})
}

func TestJobs_haveTitles(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"links.go", "import.go", "replies.go", "embargo.go", "webhooks.go", "challenges.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range regexp.MustCompile(`Kind\(\) string +\{ return "(\w+)" \}`).FindAllSubmatch(text, -1) {
			if jobTitles[string(kind[1])] == "" {
				t.Errorf("%s: the job %s has no title", file, kind[1])
			}
		}
	}
}

func TestJobs_showNoSecrets(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"connect to postgres://plumb:hunter2@db.example/x: refused": "connect to postgres://…@db.example/x: refused",
		"535 5.7.8 Authorization: Bearer abc.def failed":            "535 5.7.8 Authorization: … failed",
		"GET /?token=abc123&x=1":                                    "GET /?token=…&x=1",
		"550 no such user mail.person@example.org here":             "550 no such user …@… here",
		"Nothing answers at news.example.":                          "Nothing answers at news.example.",
		"The server answered with the status 503.\ngoroutine 1":     "The server answered with the status 503.",
	} {
		if got := withoutSecrets(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

func TestJobs_areTriedAgainAndEnd(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		outside := &site{}
		var asked atomic.Int64
		outside.answers(func(OutsideRequest) (OutsideResponse, error) {
			w.freeHosts(t)
			if asked.Add(1) == 1 {
				return OutsideResponse{}, models.Errorf(models.ErrUnreachable, "Nothing answers.")
			}
			return OutsideResponse{Status: 200, MediaType: "text/plain", Body: []byte(strings.Repeat("What it says, in some words. ", 20))}, nil
		})
		w.outside = outside
		source := create(&models.Source{Kind: "article", Title: "An article", URL: "https://news.example/a"})
		w.must(t, source)
		if err := w.CheckLinks(t.Context(), w.editor, source.ID); err != nil {
			t.Fatal(err)
		}
		id := w.jobs(t, "link", "")[0].ID
		if _, err := w.CancelJob(t.Context(), w.admin(), id); err != nil || len(w.jobs(t, "link", "cancelled")) != 1 {
			t.Errorf("cancel: %v", err)
		}
		if _, err := w.RetryJob(t.Context(), w.admin(), id); err != nil || len(w.jobs(t, "link", "available")) != 1 {
			t.Errorf("retry: %v", err)
		}
		w.working(t)
		eventually(t, "the second try", func() bool {
			list := w.jobs(t, "link", "completed")
			return len(list) == 1 && list[0].Tries == 2 && strings.Contains(list[0].Problem, "Nothing answers.")
		})
	})
}

func TestJobs_twoHundredAreWorked(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		outside := &site{}
		outside.says(200, "<html><title>An article</title><body><p>"+strings.Repeat("What the article says, in some words. ", 20)+"</p></body></html>")
		w.outside = outside
		var operations []models.Operation
		var ids []uuid.UUID
		for i := range 200 {
			operations = append(operations, create(&models.Source{Kind: "article", Title: "An article", URL: fmt.Sprintf("https://news-%d.example/a", i)}))
		}
		w.must(t, operations...)
		for _, one := range operations {
			ids = append(ids, one.ID)
		}
		if err := w.CheckLinks(t.Context(), w.editor, ids...); err != nil {
			t.Fatal(err)
		}
		w.working(t)
		began := time.Now()
		var n int64
		eventually(t, "200 looks", func() bool {
			if err := w.db.Read(t.Context()).Model(&models.LinkCheck{}).Count(&n).Error; err != nil {
				t.Fatal(err)
			}
			return n == 200
		})
		t.Logf("200 jobs took %s", time.Since(began).Round(time.Millisecond))
	})
}
