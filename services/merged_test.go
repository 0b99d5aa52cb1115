package services

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"plumbline/models"
)

// merge joins one entity with another.
func (w *world) merge(t testing.TB, from, into uuid.UUID) {
	t.Helper()
	if _, err := w.Merge(context.Background(), w.steward(t), Merge{From: from, Into: into, Reason: "the same"}); err != nil {
		t.Fatal(err)
	}
}

// steward makes a steward with a name of their own.
func (w *world) steward(t testing.TB) models.Actor {
	t.Helper()
	return w.account(t, "Steward "+newID().String(), models.RoleSteward)
}

func TestMerged_leadsToTheSurvivorFromThenOn(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		cite := []models.Citation{{Source: s.source}}
		second := create(&models.Entity{Kind: models.KindUnit, Name: "Unit Two", Citations: cite})
		third := create(&models.Entity{Kind: models.KindUnit, Name: "Unit Three", Citations: cite})
		w.must(t, second, third)
		w.now = w.now.Add(time.Hour)
		before := w.now.Add(-time.Minute)
		w.merge(t, third.ID, second.ID)
		w.now = w.now.Add(time.Hour)
		between := w.now.Add(-time.Minute)
		w.merge(t, second.ID, s.unit)
		w.now = w.now.Add(time.Hour)

		for _, c := range []struct {
			asked string
			at    time.Time
			want  uuid.UUID
		}{
			{"unit-three", time.Time{}, s.unit}, {third.ID.String(), time.Time{}, s.unit}, {"unit-two", time.Time{}, s.unit},
			{"unit-three", between, second.ID}, {"unit-two", between, second.ID}, {"unit-three", before, third.ID}, {third.ID.String(), before, third.ID},
		} {
			page, err := w.Get(ctx, models.Actor{}, models.TypeEntity, c.asked, Moment{KnownAt: c.at})
			if err != nil || page.Records[0].ID != c.want || page.Records[0].State != models.StateLive {
				t.Errorf("%s at %s: %+v, %v; want %s", c.asked, c.at, page.Records, err, c.want)
			}
			links, err := w.List(ctx, models.Actor{}, models.TypeRelationship, Query{Moment: Moment{KnownAt: c.at}, Filters: map[string][]string{"object": {c.asked}}})
			if want := map[bool]int{true: 1, false: 0}[c.want == s.unit]; err != nil || len(links.Records) != want {
				t.Errorf("links to %s at %s: %d, %v; want %d", c.asked, c.at, len(links.Records), err, want)
			}
		}
		merged := w.list(t, models.TypeEntity, "state=merged")
		if len(merged.Records) != 2 || merged.Records[0].MergedInto == nil {
			t.Errorf("merged: %+v", merged.Records)
		}
	})
}

func TestGet_ofWhatIsNotThere(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		long := w.now
		w.now = w.now.Add(time.Hour)
		s := w.supply(t)
		_, err := w.Get(ctx, models.Actor{}, models.TypeEntity, "acme", Moment{KnownAt: long})
		refused(t, err, models.ErrNotFound, "")
		_, err = w.Get(ctx, models.Actor{}, models.TypeClaim, "acme", Moment{})
		refused(t, err, models.ErrNotFound, "")
		_, err = w.Get(ctx, models.Actor{}, models.TypeEntity, "ac\x00me", Moment{})
		refused(t, err, models.ErrNotFound, "")
		_, err = w.List(ctx, models.Actor{}, models.TypeRelationship, Query{Filters: map[string][]string{"object": {"ac\x00me"}}})
		refused(t, err, models.ErrInvalid, "?object")
		_, err = w.Get(ctx, models.Actor{}, models.TypeEntity, newID().String(), Moment{})
		refused(t, err, models.ErrNotFound, "")
		_, err = w.Get(ctx, models.Actor{}, models.TypeEntity, "acme", Moment{KnownAt: w.now.Add(time.Second)})
		refused(t, err, models.ErrInvalid, "?known_at")
		_, err = w.Timeline(ctx, models.Actor{}, s.link.String(), Query{})
		refused(t, err, models.ErrNotFound, "")
		_, err = w.List(ctx, models.Actor{}, models.TypeRelationship, Query{Filters: map[string][]string{"party": {"acme", "nobody"}, "source": {newID().String()}}})
		refused(t, err, models.ErrInvalid, "?party")
		refused(t, err, models.ErrInvalid, "?source")

		w.must(t, models.Operation{Op: models.OpRetract, Type: models.TypeRelationship, ID: s.link, Version: 1, Reason: "wrong"})
		page, err := w.Get(ctx, models.Actor{}, models.TypeRelationship, s.link.String(), Moment{})
		if err != nil || page.Records[0].State != models.StateRetracted {
			t.Errorf("a retracted record: %+v, %v", page.Records, err)
		}
	})
}

func TestInvolved_holdsToTheEntityForEveryType(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		cite := []models.Citation{{Source: s.source}}
		other := create(&models.Entity{Kind: models.KindCompany, Name: "Other", Citations: cite})
		own := create(&models.Source{Kind: "report", Title: "By Other", Publishers: []uuid.UUID{other.ID}})
		claim := create(&models.Claim{Speakers: []models.Speaker{{Entity: &s.company}}, Stance: models.States, About: []uuid.UUID{s.link}, SaidOn: date(t, "2025-05"), Text: "We do.", Citations: cite})
		w.must(t, other, own, claim)
		for _, c := range []struct {
			entity string
			kind   models.RecordType
			want   int
		}{
			{"acme", models.TypeRelationship, 2}, {"other", models.TypeRelationship, 0}, {"acme", models.TypeClaim, 1}, {"other", models.TypeClaim, 0},
			{"acme", models.TypeSource, 0}, {"other", models.TypeSource, 1}, {"unit-one", models.TypeRelationship, 1}, {"unit-one", models.TypeClaim, 1},
		} {
			page, err := w.Involved(context.Background(), models.Actor{}, c.entity, c.kind, Query{})
			if err != nil || len(page.Records) != c.want {
				t.Errorf("%s of %s: %d, %v; want %d", c.kind, c.entity, len(page.Records), err, c.want)
			}
		}
	})
}
