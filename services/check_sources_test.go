package services

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"plumbline/models"
)

// knownOf gives the source that a refusal names; nil where it is no such refusal.
func knownOf(t *testing.T, err error) *models.KnownSource {
	t.Helper()
	var failed *models.Error
	if !errors.As(err, &failed) || failed.Kind != models.ErrConflict || len(failed.Problems) != 1 || failed.Problems[0].Pointer != "/url" {
		t.Errorf("it gave %v", err)
		return nil
	}
	return failed.Problems[0].Known
}

func TestCheck_leadsASecondSourceOfAnAddressToTheFirst(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		first := w.source(t, &models.Source{Kind: "article", Title: "The story", URL: "https://www.news.example/story/?utm_source=x"})
		submit := func(operations ...models.Operation) error {
			_, err := w.Submit(ctx, w.editor, models.Changeset{Summary: "test", Operations: operations})
			return err
		}
		for _, url := range []string{"https://www.news.example/story/?utm_source=x", "http://news.example/story", "https://news.example//story/#part", "https://m.news.example/story?fbclid=y",
			"https://web.archive.org/web/2025id_/https://news.example/story", "https://archive.ph/2025/http://news.example/story/", "https://www.google.com/url?q=https%3A%2F%2Fnews.example%2Fstory"} {
			known := knownOf(t, submit(create(&models.Source{Kind: "report", Title: "Again", URL: url})))
			if known == nil || known.ID != first || known.Title != "The story" {
				t.Errorf("%s leads to %+v", url, known)
			}
		}
		if err := submit(create(&models.Source{Kind: "report", Title: "Another", URL: "https://news.example/story-2"}), create(&models.Source{Kind: "report", Title: "No address"}), create(&models.Source{Kind: "report", Title: "None either"})); err != nil {
			t.Errorf("others: %v", err)
		}

		// two in one changeset, an edit onto another's, a restoration, a proposal
		one := create(&models.Source{Kind: "article", Title: "One", URL: "https://both.example/a"})
		if known := knownOf(t, submit(one, create(&models.Source{Kind: "article", Title: "Two", URL: "http://both.example/a/"}))); known == nil || known.ID != one.ID {
			t.Errorf("two at once lead to %+v", known)
		}
		second := w.source(t, &models.Source{Kind: "article", Title: "Second", URL: "https://second.example/a"})
		edit := func(id uuid.UUID, version int64, s *models.Source) models.Operation {
			return models.Operation{Op: models.OpEdit, Type: models.TypeSource, ID: id, Version: version, Edit: models.Corrected, Reason: "It is there.", Data: s}
		}
		if known := knownOf(t, submit(edit(second, 1, &models.Source{Kind: "article", Title: "Second", URL: "https://news.example/story"}))); known == nil || known.ID != first {
			t.Errorf("an edit leads to %+v", known)
		}
		retract := func(id uuid.UUID, version int64) models.Operation {
			return models.Operation{Op: models.OpRetract, Type: models.TypeSource, ID: id, Version: version, Reason: "It was wrong."}
		}
		w.must(t, retract(second, 1))
		third := w.source(t, &models.Source{Kind: "article", Title: "Third", URL: "https://second.example/a"})
		restore := models.Operation{Op: models.OpRestore, Type: models.TypeSource, ID: second, Version: 2, Reason: "It was right."}
		if known := knownOf(t, submit(restore)); known == nil || known.ID != third {
			t.Errorf("a restoration leads to %+v", known)
		}
		contributor := w.account(t, "Contributor", models.RoleContributor)
		if _, err := w.Submit(ctx, contributor, models.Changeset{Summary: "proposed", Operations: []models.Operation{create(&models.Source{Kind: "article", Title: "P", URL: "https://second.example/a?utm_id=1"})}}); knownOf(t, err).ID != third {
			t.Errorf("a proposal: %v", err)
		}

		// what makes room lets another in, and what keeps its address can be edited
		if err := submit(retract(third, 1), restore); err != nil {
			t.Errorf("one for the other: %v", err)
		}
		if err := submit(edit(first, 1, &models.Source{Kind: "report", Title: "The story", URL: "https://news.example/story"})); err != nil {
			t.Errorf("the same page by another spelling: %v", err)
		}
		w.tamper(t, []string{"UPDATE sources SET normal_url = 'https://news.example/story' WHERE title = 'Another'"}) // as older programs left it
		if err := submit(edit(first, 2, &models.Source{Kind: "report", Title: "The story, corrected", URL: "https://news.example/story"})); err != nil {
			t.Errorf("what had its address before: %v", err)
		}
		// beside other problems all are told of
		err := submit(create(&models.Source{Kind: "nonsense", Title: "", URL: "https://second.example/a"}))
		if errorKind(err) != models.ErrInvalid || strings.Contains(err.Error(), "already") {
			t.Errorf("with other problems: %v", err)
		}
	})
}

func TestCheck_letsOneOfTwoWritersMakeASource(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		var writers sync.WaitGroup
		results := make([]error, 6)
		for i := range results {
			writers.Go(func() {
				_, results[i] = w.Submit(context.Background(), w.editor, models.Changeset{Summary: "race", Operations: []models.Operation{create(&models.Source{Kind: "article", Title: "Race", URL: "https://race.example/a"})}})
			})
		}
		writers.Wait()
		made := 0
		for _, err := range results {
			if err == nil {
				made++
			} else {
				knownOf(t, err)
			}
		}
		if made != 1 {
			t.Errorf("%d of %d writers made the source", made, len(results))
		}
	})
}

func TestCheck_refusesCopiesInACircle(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		source := func(copyOf *uuid.UUID) *models.Source {
			return &models.Source{Kind: "article", Title: "A", CopyOf: copyOf}
		}
		a := w.source(t, source(nil))
		b := w.source(t, source(&a))
		c := w.source(t, source(&b))
		one, two := create(source(nil)), create(source(nil))
		one.Data.(*models.Source).CopyOf, two.Data.(*models.Source).CopyOf = &two.ID, &one.ID
		self := create(source(nil))
		self.Data.(*models.Source).CopyOf = &self.ID
		entity := w.supply(t).company
		edit := models.Operation{Op: models.OpEdit, Type: models.TypeSource, ID: a, Version: 1, Edit: models.Corrected, Reason: "A copy.", Data: source(&c)}
		for name, c := range map[string]struct {
			operations []models.Operation
			want       string
		}{
			"itself":                   {[]models.Operation{self}, "A record cannot point at itself."},
			"through two others":       {[]models.Operation{edit}, "is a copy of this one"},
			"two in one changeset":     {[]models.Operation{one, two}, "is a copy of this one"},
			"a record of another sort": {[]models.Operation{create(source(&entity))}, "a record of the type source belongs"},
		} {
			_, err := w.Submit(ctx, w.editor, models.Changeset{Summary: "circle", Operations: c.operations})
			if errorKind(err) != models.ErrInvalid || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "/copy_of") {
				t.Errorf("%s: %v", name, err)
			}
		}
		// a merge of a copy with its original leaves none that is a copy of itself
		steward := w.steward(t)
		if _, err := w.Merge(ctx, steward, Merge{From: b, Into: a, Reason: "They are one."}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Merge(ctx, steward, Merge{From: a, Into: c, Reason: "They are one."}); err != nil {
			t.Fatal(err)
		}
		page, err := w.Get(ctx, models.Actor{}, models.TypeSource, c.String(), Moment{})
		if err != nil || page.Records[0].Document.(*models.Source).CopyOf != nil {
			t.Errorf("the merged one: %+v, %v", page.Records, err)
		}
		w.verified(t)
	})
}
