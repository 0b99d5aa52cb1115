package services

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"plumbline/models"
)

func TestPagesFrom_milestonesGoThroughEveryLiveEntityOnce(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		c := newCrowd(t, w)
		w.must(t, models.Operation{Op: models.OpRetract, Type: models.TypeEntity, ID: c.cases[0], Version: 1, Reason: "gone"})
		want, err := w.List(context.Background(), models.Actor{}, models.TypeEntity, Query{Limit: 500})
		if err != nil {
			t.Fatal(err)
		}
		for _, run := range []int{1, 4, 7, 500} {
			milestones, err := w.Milestones(context.Background(), run)
			if err != nil {
				t.Fatal(err)
			}
			var got []uuid.UUID
			for _, from := range milestones {
				pages, err := w.PagesFrom(context.Background(), from, run)
				if err != nil {
					t.Fatal(err)
				}
				for _, page := range pages {
					if page.Slug == "" || page.Kind == "" || page.At.IsZero() {
						t.Errorf("%+v", page)
					}
					got = append(got, page.ID)
				}
			}
			if len(got) != len(want.Records) || len(milestones) != (len(got)+run-1)/run {
				t.Fatalf("runs of %d: %d entities in %d runs; the list has %d", run, len(got), len(milestones), len(want.Records))
			}
			for i, record := range want.Records {
				if got[i] != record.ID {
					t.Errorf("runs of %d: %s is not at its place", run, record.ID)
				}
			}
		}
	})
}
