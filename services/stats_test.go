package services

import (
	"context"
	"testing"
	"time"

	"plumbline/models"
)

func TestStats_areCountedOnceForEachMoment(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		w.now = w.now.Add(time.Hour)
		then := Moment{KnownAt: w.now.Add(-time.Minute)}
		statements := func(m Moment) int64 {
			before := w.db.Statements()
			if _, err := w.Stats(ctx, m); err != nil {
				t.Fatal(err)
			}
			return w.db.Statements() - before
		}
		other := Moment{AsOf: day(t, "2024-01-01")}
		for _, m := range []Moment{{}, other, then} {
			if statements(m) < 2 {
				t.Errorf("%+v was not counted at first", m)
			}
		}
		for _, m := range []Moment{{}, other, then} {
			if n := statements(m); n != 1 {
				t.Errorf("%+v: %d statements the second time", m, n)
			}
		}
		w.must(t, create(&models.Entity{Kind: models.KindUnit, Name: "New", Citations: []models.Citation{{Source: s.source}}}))
		w.now = w.now.Add(time.Hour) // beyond the rest after a slow count
		now, err := w.Stats(ctx, Moment{})
		if err != nil || now.Entities["unit"] != 2 {
			t.Errorf("after a publication: %+v, %v", now, err)
		}
		past, err := w.Stats(ctx, then)
		if err != nil || past.Entities["unit"] != 1 || past.Size != now.Size-1 {
			t.Errorf("as known before: %+v, %v", past, err)
		}
	})
}

func TestStatsSoon_doesNotWaitForALongCount(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.supply(t)
		w.stats.counting.Lock() // somebody counts, and is not done
		_, known, err := w.StatsSoon(ctx, Moment{}).Wait(ctx, time.Millisecond)
		w.stats.counting.Unlock()
		if known || err != nil {
			t.Fatalf("while somebody counts: known %v, %v", known, err)
		}
		stats, known, err := w.StatsSoon(ctx, Moment{}).Wait(ctx, time.Minute)
		if !known || err != nil || stats.Entities["unit"] != 1 {
			t.Errorf("afterwards: %+v, known %v, %v", stats, known, err)
		}
	})
}
