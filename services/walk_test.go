package services

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// walked gives a line for each record that a walk hands over; between is called after each page.
func (w *world) walked(t *testing.T, kind models.RecordType, q Query, between func(page Page)) []string {
	t.Helper()
	var lines []string
	err := w.Walk(context.Background(), models.Actor{}, kind, q, func(page Page) error {
		lines = append(lines, recordLines(page)...)
		between(page)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// recordLines writes all that a page says of its records.
func recordLines(page Page) []string {
	var lines []string
	for _, r := range page.Records {
		line := fmt.Sprintf("%s %s v%d %s %s %v", r.ID, r.State, r.Version, mustJSON(r.Document), StandingReason(r.Standing, page.Refs), r.Standing.Disputed)
		if r.Type == models.TypeStatusChange {
			line += " " + mustJSON(page.Refs[r.ID])
		}
		if r.Status != nil {
			line += fmt.Sprintf(" %s since %s, %d possible", r.Status.Span.Status, r.Status.Span.From, len(r.Status.Possible))
		}
		lines = append(lines, line)
	}
	return lines
}

var allTypes = []models.RecordType{models.TypeEntity, models.TypeRelationship, models.TypeStatusChange, models.TypeClaim, models.TypeSource, models.TypeOpenItem}

func TestWalk_givesTheWholeListAsItStoodWhenItBegan(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		c := newCrowd(t, w)
		for _, kind := range allTypes {
			for _, sort := range append(Sorts(kind), "-id") {
				q := Query{Sort: sort, Limit: 500, Filters: map[string][]string{"state": {"any"}}}
				page, err := w.List(context.Background(), models.Actor{}, kind, q)
				if err != nil || page.Next != "" {
					t.Fatalf("the world is too large for one page of %s: %v", kind, err)
				}
				want := recordLines(page)

				q.Limit = 7
				pages, size := 0, page.Size
				got := w.walked(t, kind, q, func(page Page) {
					pages++
					if page.Size != size || page.Past {
						t.Errorf("a page of %s was read at log size %d, not %d; past: %v", kind, page.Size, size, page.Past)
					}
					if pages == 1 { // everything changes while the reader reads
						c.disturb(t)
					}
				})
				if !slices.Equal(got, want) {
					t.Errorf("a walk over %s by %s gave\n%s\nnot\n%s", kind, sort, got, want)
				}
				if pages != max(1, (len(want)+6)/7) {
					t.Errorf("%d records of %s came on %d pages of 7", len(want), kind, pages)
				}
			}
		}
	})
}

// disturb adds records of most types, and retracts one.
func (c *crowd) disturb(t *testing.T) {
	t.Helper()
	c.now = c.now.Add(time.Minute)
	var link uuid.UUID
	c.publish(t, 1, nil, c.source)
	c.publish(t, 1, nil, func() models.Document { return c.entity(models.KindUnit) })
	var made []uuid.UUID
	c.publish(t, 2, &made, func() models.Document {
		return &models.Relationship{Type: models.SuppliedTo, Subject: c.one(c.offers), Object: c.one(c.units), Citations: c.cite()}
	})
	link = made[0]
	c.publish(t, 1, nil, func() models.Document {
		return &models.StatusChange{Record: made[1], Status: "active", Effective: date(t, "2023-05"), Citations: c.cite()}
	})
	c.now = c.now.Add(time.Minute)
	c.must(t, models.Operation{Op: models.OpRetract, Type: models.TypeRelationship, ID: link, Version: 1, Reason: "disturbance"})
}

func TestWalk_keepsToFiltersAndMoments(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		newCrowd(t, w)
		then := w.now
		w.now = w.now.Add(time.Hour)
		for _, q := range []Query{
			{Filters: map[string][]string{"type": {"supplied_to"}, "status": {"active", "disabled"}}},
			{Filters: map[string][]string{"verification": {"corroborated"}}, Moment: Moment{AsOf: day(t, "2023-06-01")}},
			{Moment: Moment{KnownAt: then.Add(-10 * time.Minute)}},
			{Filters: map[string][]string{"status": {"ended"}, "purpose": {"surveillance"}, "verification": {"acknowledged"}}},
		} {
			q.Limit = 500
			page, err := w.List(context.Background(), models.Actor{}, models.TypeRelationship, q)
			if err != nil {
				t.Fatal(err)
			}
			q.Limit = 3
			got := w.walked(t, models.TypeRelationship, q, func(p Page) {
				if p.Past != page.Past || p.Size != page.Size || p.AsOf != page.AsOf {
					t.Errorf("%v was read at %+v, not %+v", q, p.Resolved, page.Resolved)
				}
			})
			if !slices.Equal(got, recordLines(page)) {
				t.Errorf("a walk by %v gave %d records, the list %d", q, len(got), len(page.Records))
			}
		}
	})
}

func TestWalk_costsTheSameForEveryPage(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		newCrowd(t, w)
		before := w.db.Statements()
		pages := int64(0)
		w.walked(t, models.TypeRelationship, Query{Limit: 4}, func(Page) { pages++ })
		// The log's size, the page, possible steps and labels; on PostgreSQL, twice, how to look them up.
		if cost := w.db.Statements() - before; pages < 5 || cost > 6*pages+2 {
			t.Errorf("%d pages cost %d statements", pages, cost)
		}
	})
}

func TestWalk_refusesBeforeItHandsOver(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.supply(t)
		for _, q := range []Query{
			{Filters: map[string][]string{"party": {"nobody"}}},
			{Cursor: "x"},
			{Moment: Moment{KnownAt: w.now.Add(time.Hour)}},
		} {
			err := w.Walk(context.Background(), models.Actor{}, models.TypeRelationship, q, func(Page) error {
				t.Error("a page came all the same")
				return nil
			})
			var forPeople *models.Error
			if !errors.As(err, &forPeople) || forPeople.Kind != models.ErrInvalid {
				t.Errorf("%+v: %v", q, err)
			}
		}

		enough := errors.New("enough")
		if err := w.Walk(context.Background(), models.Actor{}, models.TypeEntity, Query{Limit: 1}, func(Page) error { return enough }); !errors.Is(err, enough) {
			t.Errorf("the taker's error came back as %v", err)
		}
	})
}
