package services

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// listedWith counts a list by asking for all of it.
func (w *world) listedWith(t *testing.T, kind models.RecordType, q Query, name, value string) int {
	t.Helper()
	filters := without(q.Filters, name)
	narrowed := map[string][]string{name: {value}}
	for other, values := range filters {
		if other != name {
			narrowed[other] = values
		}
	}
	page, err := w.List(context.Background(), models.Actor{}, kind, Query{Moment: q.Moment, Filters: narrowed, Limit: 500})
	if err != nil {
		t.Fatalf("%s with %v: %v", kind, narrowed, err)
	}
	return len(page.Records)
}

func TestFacets_countWhatTheListWouldShow(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		c := newCrowd(t, w)
		then := w.now
		w.now = w.now.Add(time.Hour)
		company := c.companies[0].String()
		checked := 0
		for _, kind := range allTypes {
			for _, q := range []Query{
				{},
				{Filters: map[string][]string{"state": {"any"}}, Moment: Moment{AsOf: day(t, "2023-06-30")}},
				{Filters: map[string][]string{"verification": {"corroborated", "single_origin"}}, Moment: Moment{KnownAt: then.Add(-3 * time.Minute)}},
				{Filters: map[string][]string{"party": {company}}},
				{Filters: map[string][]string{"status": {"active", "ended", "open"}}},
			} {
				for name := range q.Filters {
					if _, known := listings[kind].find(name); !known && name != "state" {
						delete(q.Filters, name)
					}
				}
				facets, err := w.Facets(context.Background(), models.Actor{}, kind, q, FacetNames(kind))
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range facets {
					parameter, _ := listings[kind].find(f.Name)
					got := map[string]int{}
					for _, v := range f.Values {
						got[v.Value] = v.Count
						if v.More {
							t.Errorf("%s has more than 1,000 of %s %s", kind, f.Name, v.Value)
						}
					}
					for _, value := range append(parameter.Values, keys(got)...) {
						checked++
						if want := w.listedWith(t, kind, q, f.Name, value); got[value] != want {
							t.Errorf("%s %v: %s %s is counted %d times, the list shows %d", kind, q.Filters, f.Name, value, got[value], want)
						}
					}
				}
			}
		}
		if checked < 300 {
			t.Errorf("only %d counts were checked", checked)
		}
	})
}

func TestFacets_countLargeListsUpToAThousand(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		c := &crowd{world: w}
		kinds := func(kind string) func() models.Document {
			return func() models.Document { return &models.Source{Kind: kind, Title: "One of many"} }
		}
		c.publish(t, 1100, nil, kinds("article"))
		c.publish(t, 7, nil, kinds("post"))
		c.publish(t, 1000, nil, kinds("dataset"))
		facets, err := w.Facets(context.Background(), models.Actor{}, models.TypeSource, Query{Filters: map[string][]string{"kind": {"filing"}}}, []string{"kind"})
		if err != nil {
			t.Fatal(err)
		}
		want := "[{article 1000 true false} {filing 0 false true} {post 7 false false} {dataset 1000 false false}]"
		if got := fmt.Sprint(facets[0].Values); got != want {
			t.Errorf("counted %s, want %s", got, want)
		}
	})
}

func TestFacets_areCountedOnceForEachPublication(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		ask := func(q Query) int64 {
			t.Helper()
			before := w.db.Statements()
			if _, err := w.Facets(context.Background(), models.Actor{}, models.TypeRelationship, q, []string{"status", "purpose", "verification"}); err != nil {
				t.Fatal(err)
			}
			return w.db.Statements() - before
		}
		if n := ask(Query{}); n > 3 {
			t.Errorf("counting took %d statements", n)
		}
		if n := ask(Query{Sort: "-id", Limit: 3}); n != 1 {
			t.Errorf("counting what was counted took %d statements", n)
		}
		if n := ask(Query{Moment: Moment{AsOf: day(t, "2020-01-01")}}); n < 2 {
			t.Error("another day was answered with the counts of today")
		}
		before := w.db.Statements()
		if _, err := w.Facets(context.Background(), models.Actor{}, models.TypeRelationship, Query{Moment: Moment{AsOf: day(t, "2019-01-01")}}, []string{"purpose", "verification"}); err != nil || w.db.Statements()-before != 1 {
			t.Errorf("what is the same on every day was counted for another: %v", err)
		}
		w.must(t, create(&models.Relationship{Type: models.SuppliedTo, Subject: s.service, Object: s.unit, Citations: []models.Citation{{Source: s.source}}}))
		if n := ask(Query{}); n < 2 {
			t.Error("a publication did not end the counts")
		}
	})
}

// What is counted once for all days must be the same on all of them.
func TestFacets_thatAreCountedForAllDaysAreTheSameOnEach(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		c := newCrowd(t, w)
		ctx := context.Background()
		differ := 0
		for _, kind := range models.RecordTypes().Values() {
			kind := models.RecordType(kind)
			narrowings := []map[string][]string{{}}
			for _, p := range Parameters(kind) {
				switch {
				case len(p.Values) > 0:
					narrowings = append(narrowings, map[string][]string{p.Name: p.Values[:1]})
				case p.Name == "party":
					narrowings = append(narrowings, map[string][]string{p.Name: {c.companies[0].String()}})
				}
			}
			for _, filters := range narrowings {
				counted := map[string]string{}
				for i, at := range []string{"2020-01-01", "2024-06-30", "2025-03-01"} {
					r, err := w.read(ctx, Moment{AsOf: day(t, at)})
					if err != nil {
						t.Fatal(err)
					}
					q := Query{Filters: filters}
					facets, err := r.facets(ctx, kind, q.withDefaults("id").Filters, FacetNames(kind))
					if err != nil {
						t.Fatal(err)
					}
					for _, f := range facets {
						values := fmt.Sprint(f.Values)
						if same := counted[f.Name] == values; i > 0 && !same {
							differ++
							if !dated(kind, filters, f.Name) {
								t.Errorf("%s of %s, %v, by %s: %s, the day before: %s", f.Name, kind, filters, at, values, counted[f.Name])
							}
						}
						counted[f.Name] = values
					}
				}
			}
		}
		if differ == 0 {
			t.Error("no count differs by the day")
		}
	})
}

func TestFacetsSoon_doNotWaitForLongCounts(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.supply(t)
		ask := func(patience time.Duration) ([]Facet, bool) {
			t.Helper()
			counting, err := w.FacetsSoon(context.Background(), models.Actor{}, models.TypeRelationship, Query{}, []string{"type"})
			if err != nil {
				t.Fatal(err)
			}
			facets, known, err := counting.Wait(context.Background(), patience)
			if err != nil {
				t.Fatal(err)
			}
			return facets, known
		}
		for range mostCounting() { // others count, and are not done
			w.counting <- struct{}{}
		}
		if facets, known := ask(time.Millisecond); known || facets != nil {
			t.Errorf("while others count: %v, known %v", facets, known)
		}
		for range mostCounting() {
			<-w.counting
		}
		if facets, known := ask(time.Minute); !known || len(facets) != 1 || len(facets[0].Values) == 0 {
			t.Errorf("afterwards: %v, known %v", facets, known)
		}
		for range mostCounting() {
			w.counting <- struct{}{}
		}
		if _, known := ask(time.Millisecond); !known {
			t.Error("what was counted is not kept")
		}
	})
}

func TestCount_isThatOfTheList(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		c := &crowd{world: w}
		c.publish(t, 12, nil, func() models.Document { return &models.Source{Kind: "article", Title: "One of many"} })
		c.publish(t, 5, nil, func() models.Document { return &models.Source{Kind: "post", Title: "One of few"} })
		for _, test := range []struct {
			filters map[string][]string
			most, n int
			more    bool
		}{{nil, 100, 17, false}, {nil, 17, 17, false}, {nil, 16, 16, true}, {map[string][]string{"kind": {"post"}}, 100, 5, false}, {map[string][]string{"kind": {"filing"}}, 100, 0, false}} {
			n, more, err := w.Count(context.Background(), models.Actor{}, models.TypeSource, Query{Filters: test.filters}, test.most)
			if err != nil || n != test.n || more != test.more {
				t.Errorf("%v up to %d: %d, more %v, %v", test.filters, test.most, n, more, err)
			}
		}
	})
}

func TestFacets_refuseWhatCannotBeCounted(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		var forPeople *models.Error
		if _, err := w.Facets(context.Background(), models.Actor{}, models.TypeClaim, Query{}, []string{"text"}); !errors.As(err, &forPeople) || forPeople.Kind != models.ErrInvalid {
			t.Errorf("a facet of texts: %v", err)
		}
		q := Query{Filters: map[string][]string{"party": {uuid.NewString()}}}
		if _, err := w.Facets(context.Background(), models.Actor{}, models.TypeClaim, q, []string{"stance"}); !errors.As(err, &forPeople) || forPeople.Kind != models.ErrInvalid {
			t.Errorf("an unknown party: %v", err)
		}
	})
}
