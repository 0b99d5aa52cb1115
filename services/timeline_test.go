package services

import (
	"bytes"
	"context"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// timeline lists by hand what involves an entity and has a day, newest first.
func (k *truth) timeline(entity uuid.UUID, types []string, from, to string) []uuid.UUID {
	type dated struct {
		day string
		id  uuid.UUID
	}
	var list []dated
	for kind, records := range k.records {
		if len(types) > 0 && !slices.Contains(types, string(kind)) {
			continue
		}
		for _, r := range records {
			day := TimelineDay(r.Document)
			if r.State == models.StateLive && slices.Contains(k.involved[r.ID], entity.String()) && day != "" && day >= from && (to == "" || day <= to) {
				list = append(list, dated{day, r.ID})
			}
		}
	}
	slices.SortFunc(list, func(a, b dated) int {
		if a.day != b.day {
			return compareText(b.day, a.day)
		}
		return bytes.Compare(b.id[:], a.id[:])
	})
	ids := make([]uuid.UUID, len(list))
	for i, one := range list {
		ids[i] = one.id
	}
	return ids
}

func (c *crowd) timelinePages(t testing.TB, entity uuid.UUID, q Query) []uuid.UUID {
	t.Helper()
	var ids []uuid.UUID
	for range 1000 {
		page, err := c.Timeline(context.Background(), models.Actor{}, entity.String(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Records {
			ids = append(ids, r.ID)
			if page.Refs[r.ID].Label() == "" {
				t.Errorf("%s %s has no label", r.Type, r.ID)
			}
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return ids
		}
	}
	t.Fatal("the pages do not end")
	return nil
}

func TestTimeline_holdsWhatInvolvesTheEntity_nowAndLater(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		c := newCrowd(t, w)
		c.now = c.now.Add(time.Hour)
		then := c.now.Add(-time.Minute)
		k := c.truth(t, Moment{})
		earlier := map[uuid.UUID][]uuid.UUID{}
		for i, entity := range slices.Concat(c.companies, c.units, c.contracts) {
			for _, f := range []struct {
				types    []string
				from, to string
			}{{}, {types: []string{"claim", "status_change"}}, {from: "2023-05-31"}, {from: "2023-06-01", to: "2024-02-29"}} {
				values := url.Values{"type": f.types, "day[gte]": {f.from}, "day[lte]": {f.to}}
				q, err := ParseTimeline(values)
				if err != nil {
					t.Fatal(err)
				}
				q.Limit = 1 + i%7
				want := k.timeline(entity, f.types, f.from, f.to)
				if got := c.timelinePages(t, entity, q); !slices.Equal(got, want) {
					t.Fatalf("%s, %+v:\ngot  %v\nwant %v", entity, f, got, want)
				}
				q.Sort = "day"
				slices.Reverse(want)
				if got := c.timelinePages(t, entity, q); !slices.Equal(got, want) {
					t.Fatalf("%s, %+v, oldest first:\ngot  %v\nwant %v", entity, f, got, want)
				}
			}
			earlier[entity] = k.timeline(entity, nil, "", "")
		}

		c.grow(t)
		for entity, want := range earlier {
			if got := c.timelinePages(t, entity, Query{Moment: Moment{KnownAt: then}, Limit: 5}); !slices.Equal(got, want) {
				t.Errorf("%s as known at %s:\ngot  %v\nwant %v", entity, then, got, want)
			}
		}
	})
}
