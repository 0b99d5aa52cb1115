package services

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/models"
)

// world is a set of services with an editor, and a clock that tests set.
type world struct {
	*Services
	db     *database.Database
	editor models.Actor
	now    time.Time
}

// newWorldTime is when worlds begin.
var newWorldTime = time.Date(2025, 10, 1, 12, 0, 0, 0, time.UTC)

func newWorld(t testing.TB, db *database.Database) *world {
	t.Helper()
	key, err := EnterLogKey(context.Background(), db, filepath.Join(t.TempDir(), "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{db: db, now: newWorldTime}
	w.Services = New(db, Settings{LogKey: key, Clock: func() time.Time { return w.now }})
	w.editor = w.account(t, "Editor", models.RoleEditor)
	return w
}

func (w *world) account(t testing.TB, name string, role models.Role) models.Actor {
	t.Helper()
	account, err := w.CreateAccount(context.Background(), Operator(), name, role)
	if err != nil {
		t.Fatal(err)
	}
	return models.Actor{Account: account.ID, Name: name, Role: role, Confirmed: true}
}

// eachWorld runs a test on both engines.
func eachWorld(t *testing.T, test func(t *testing.T, w *world)) {
	dbtest.Each(t, func(t *testing.T, db *database.Database) { test(t, newWorld(t, db)) })
}

func (w *world) must(t testing.TB, operations ...models.Operation) Outcome {
	t.Helper()
	out, err := w.Submit(context.Background(), w.editor, models.Changeset{Summary: "test", Operations: operations})
	if err != nil {
		t.Fatalf("submit: %v", err)
	}
	return out
}

func create(document models.Document) models.Operation {
	return models.Operation{Op: models.OpCreate, Type: document.RecordType(), ID: newID(), Data: document}
}

func date(t testing.TB, text string) models.Date {
	t.Helper()
	d, err := models.ParseEnd(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func day(t testing.TB, text string) models.Day {
	t.Helper()
	d, err := models.ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// supply is a small case: a company provides a service that is supplied to a unit.
type supply struct {
	source, company, service, unit, link uuid.UUID
}

func (w *world) supply(t testing.TB) supply {
	t.Helper()
	source := create(&models.Source{Kind: "article", Title: "An article", URL: "https://article.example/" + newID().String()})
	cite := []models.Citation{{Source: source.ID}}
	company := create(&models.Entity{Kind: models.KindCompany, Name: "Acme", Citations: cite})
	service := create(&models.Entity{Kind: models.KindService, Name: "Acme Cloud", Citations: cite})
	unit := create(&models.Entity{Kind: models.KindUnit, Name: "Unit One", Citations: cite})
	provides := create(&models.Relationship{Type: models.Provides, Subject: company.ID, Object: service.ID, Citations: cite})
	link := create(&models.Relationship{Type: models.SuppliedTo, Subject: service.ID, Object: unit.ID, Citations: cite})
	w.must(t, source, company, service, unit, provides, link)
	return supply{source.ID, company.ID, service.ID, unit.ID, link.ID}
}

func (w *world) verified(t testing.TB) {
	t.Helper()
	report, err := w.Verify(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Problems) > 0 {
		t.Fatalf("verify found %d problems: %v", len(report.Problems), report.Problems)
	}
}

func TestPublish_writesAllThatVerifyChecks(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		actor := s.company
		w.must(t, create(&models.StatusChange{Record: s.link, Status: "disabled", Extent: models.Partial, Scope: "some subscriptions",
			Effective: date(t, "[..2025-09-25]"), Announced: date(t, "2025-09-25"), Actor: &actor, Citations: []models.Citation{{Source: s.source}}}))
		w.verified(t)
	})
}

// A changeset is written in slices, which nobody can tell.
func TestPublish_writesManyRecordsAsOneChangeset(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		var operations []models.Operation
		for i := range 2*sliceSize + 1 {
			operations = append(operations, create(&models.Source{Kind: "article", Title: fmt.Sprint("Article ", i)}))
		}
		out := w.must(t, operations...)
		if out.Size != 2*sliceSize+1 || len(out.Written) != len(operations) || out.Written[sliceSize].ID != operations[sliceSize].ID {
			t.Errorf("the outcome has the size %d and %d records", out.Size, len(out.Written))
		}
		hits, err := w.Search(context.Background(), models.Actor{}, SearchQuery{Text: fmt.Sprint("article ", 2*sliceSize)})
		if err != nil || len(hits) == 0 || hits[0].ID != operations[2*sliceSize].ID {
			t.Errorf("the last one is not found: %v", err)
		}
		w.verified(t)
	})
}
