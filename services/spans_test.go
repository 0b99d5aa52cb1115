package services

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// TestSpans_runWithoutAGapAndAgreeWithTheStatusOfEachDay reads the spans of all links, now and as
// they were known before.
func TestSpans_runWithoutAGapAndAgreeWithTheStatusOfEachDay(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		c := newCrowd(t, w)
		c.now = c.now.Add(time.Hour)
		then := c.now.Add(-time.Minute)
		check := func(m Moment) {
			t.Helper()
			records := c.all(t, models.TypeRelationship, m)
			var ids []uuid.UUID
			for _, r := range records {
				ids = append(ids, r.ID)
			}
			spans, err := c.Spans(context.Background(), models.Actor{}, ids, m)
			if err != nil {
				t.Fatal(err)
			}
			seen := 0
			for _, r := range records {
				list := spans[r.ID]
				if (r.Status == nil) != (len(list) == 0) {
					t.Errorf("%s has %d spans", r.ID, len(list))
				}
				for i, span := range list {
					seen++
					if i == 0 && !span.From.IsZero() || i > 0 && span.From != list[i-1].Until || i == len(list)-1 && !span.Until.IsZero() {
						t.Errorf("%s: span %d runs from %s until %s", r.ID, i, span.From, span.Until)
					}
				}
				if r.Status != nil && models.StatusOn(list, c.DayOf(m)).Status != r.Status.Span.Status {
					t.Errorf("%s is %q, its spans say otherwise", r.ID, r.Status.Span.Status)
				}
			}
			if seen == 0 {
				t.Error("there are no spans")
			}
		}
		check(Moment{})
		c.grow(t)
		check(Moment{KnownAt: then})
		check(Moment{})
	})
}

// DayOf is the day that a moment asks about.
func (c *crowd) DayOf(m Moment) models.Day {
	if m.AsOf.IsZero() {
		return c.Today()
	}
	return m.AsOf
}

func TestSpans_refuseTooMany(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		if _, err := w.Spans(context.Background(), models.Actor{}, make([]uuid.UUID, mostSpanned+1), Moment{}); err == nil {
			t.Error("any number was taken")
		}
	})
}
