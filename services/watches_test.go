package services

import (
	"testing"

	"plumbline/models"
)

func TestWatches_tellWhatIsNewAboutARecordAndWhatInvolvesIt(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		reader, other := w.account(t, "Reader", models.RoleReader), w.account(t, "Other", models.RoleReader)
		for range 2 { // a second time changes nothing
			if _, err := w.AddWatch(t.Context(), reader, s.unit.String()); err != nil {
				t.Fatal(err)
			}
		}
		watch := func() WatchView {
			t.Helper()
			views, err := w.Watches(t.Context(), reader)
			if err != nil || len(views) != 1 || views[0].Record.Name != "Unit One" {
				t.Fatalf("%+v, %v", views, err)
			}
			return views[0]
		}
		if news := watch().News; len(news) != 0 {
			t.Errorf("what was there before is told as new: %+v", news)
		}

		w.must(t, create(&models.Source{Kind: "article", Title: "Of something else"}))
		step := w.must(t, create(&models.StatusChange{Record: s.link, Status: "active", Effective: date(t, "2024"), Citations: []models.Citation{{Source: s.source}}}))
		seen := watch()
		if len(seen.News) != 1 || seen.News[0].Position != step.Written[0].Revision || seen.More {
			t.Errorf("new: %+v", seen.News)
		}
		for range newsShown {
			w.must(t, create(&models.Relationship{Type: models.LinkedTo, Subject: s.company, Object: s.unit, Description: "They met.", Citations: []models.Citation{{Source: s.source}}}))
		}
		if many := watch(); len(many.News) != newsShown || !many.More || many.News[0].Position < many.News[1].Position {
			t.Errorf("many: %d, more %t", len(many.News), many.More)
		}

		// What came after one looked stays new.
		if err := w.SeeWatch(t.Context(), other, seen.ID, seen.Until); errorKind(err) != models.ErrNotFound {
			t.Errorf("another's watch: %v", err)
		}
		if err := w.SeeWatch(t.Context(), reader, seen.ID, seen.Until); err != nil {
			t.Fatal(err)
		}
		if after := watch(); len(after.News) != newsShown || after.More {
			t.Errorf("after a look: %d, more %t", len(after.News), after.More)
		}
		if err := w.SeeWatch(t.Context(), reader, seen.ID, 1<<40); err != nil || len(watch().News) != 0 {
			t.Errorf("after another: %v", err)
		}
		w.must(t, create(&models.StatusChange{Record: s.link, Status: "disabled", Effective: date(t, "2025"), Citations: []models.Citation{{Source: s.source}}}))
		if len(watch().News) != 1 {
			t.Error("a size beyond the log's hides what comes later")
		}

		if views, err := w.Watches(t.Context(), other); err != nil || len(views) != 0 {
			t.Errorf("another sees %+v, %v", views, err)
		}
		if err := w.DeleteWatch(t.Context(), reader, seen.ID); err != nil {
			t.Fatal(err)
		}
		if views, err := w.Watches(t.Context(), reader); err != nil || len(views) != 0 {
			t.Errorf("in the end: %+v, %v", views, err)
		}
		if _, err := w.AddWatch(t.Context(), models.Actor{}, s.unit.String()); errorKind(err) != models.ErrUnauthorized {
			t.Errorf("the public: %v", err)
		}
		if _, err := w.AddWatch(t.Context(), reader, "nobody"); errorKind(err) != models.ErrNotFound {
			t.Errorf("no record: %v", err)
		}
	})
}
