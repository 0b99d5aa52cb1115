package services

import (
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"

	"plumbline/models"
)

func TestChangesSince_countsWhatTheListShows(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		c := newCrowd(t, w)
		ctx := context.Background()
		some := 0
		for _, party := range append([]uuid.UUID{{}}, slices.Concat(c.companies, c.units, c.offers, c.cases)...) {
			for _, days := range [][2]string{{"2000-01-01", "2040-01-01"}, {"2024-01-01", "2025-06-30"}, {"2024-06-30", "2024-07-01"}, {"2025-01-01", "2025-01-01"}} {
				after, by := day(t, days[0]), day(t, days[1])
				filters := map[string][]string{"effective[gt]": {days[0]}, "effective[lte]": {days[1]}}
				named := ""
				if party != uuid.Nil {
					named = party.String()
					filters["party"] = []string{named}
				}
				for _, most := range []int{3, 1000} {
					want, wantMore, err := w.Count(ctx, models.Actor{}, models.TypeStatusChange, Query{Filters: filters}, most)
					if err != nil {
						t.Fatal(err)
					}
					n, more, err := w.ChangesSince(ctx, models.Actor{}, named, after, by, most)
					if n != want || more != wantMore || err != nil {
						t.Errorf("%s after %s by %s: %d, %v, %v, want %d, %v", named, days[0], days[1], n, more, err, want, wantMore)
					}
					some += n
				}
			}
		}
		if some == 0 {
			t.Fatal("nothing changed")
		}
		_, _, err := w.ChangesSince(ctx, models.Actor{}, "nobody", day(t, "2024-01-01"), day(t, "2025-01-01"), 20)
		refused(t, err, models.ErrInvalid, "?party")
	})
}

func TestChangeDays_areThoseOfTheLastChangesOfSupplies(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		c := newCrowd(t, w)
		ctx := context.Background()
		some := 0
		for _, m := range []Moment{{}, {KnownAt: c.now}} {
			for _, party := range append([]uuid.UUID{{}}, slices.Concat(c.companies, c.units)...) {
				filters := map[string][]string{"subject": {"supplied_to"}}
				named := ""
				if party != uuid.Nil {
					named = party.String()
					filters["party"] = []string{named}
				}
				page, err := w.List(ctx, models.Actor{}, models.TypeStatusChange, Query{Moment: m, Limit: 500, Filters: filters})
				if err != nil {
					t.Fatal(err)
				}
				var want []models.Day
				for _, record := range page.Records {
					d := record.Document.(*models.StatusChange)
					for _, day := range []models.Day{d.Effective.Latest, d.Announced.Latest} {
						if !day.IsZero() {
							want = append(want, day)
						}
					}
				}
				days, size, err := w.ChangeDays(ctx, models.Actor{}, named, 500, m)
				if err != nil || size != page.Size {
					t.Fatal(size, err)
				}
				slices.SortFunc(want, models.Day.Compare)
				slices.SortFunc(days, models.Day.Compare)
				if party != uuid.Nil { // without any date a change is on nobody's timeline
					if !slices.Equal(slices.Compact(days), slices.Compact(want)) {
						t.Errorf("%s: %v, want %v", named, days, want)
					}
				} else if !slices.Equal(days, want) {
					t.Errorf("all: %v, want %v", days, want)
				}
				some += len(days)
				if len(days) > 2 {
					last, _, err := w.ChangeDays(ctx, models.Actor{}, named, 1, m)
					if err != nil || len(last) > 2 {
						t.Errorf("the last of %s: %v, %v", named, last, err)
					}
				}
			}
		}
		if some == 0 {
			t.Fatal("nothing changed")
		}
	})
}

func TestProviders_areThoseThatTheListNames(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		c := newCrowd(t, w)
		ctx := context.Background()
		for _, m := range []Moment{{}, {KnownAt: c.now}} {
			texts := make([]string, len(c.offers))
			for i, id := range c.offers {
				texts[i] = id.String()
			}
			page, err := w.List(ctx, models.Actor{}, models.TypeRelationship, Query{Moment: m, Limit: 500, Filters: map[string][]string{"type": {"provides"}, "object": texts}})
			if err != nil || len(page.Records) == 0 {
				t.Fatal(len(page.Records), err)
			}
			want := map[uuid.UUID][]string{}
			for _, record := range page.Records {
				d := record.Document.(*models.Relationship)
				ref := page.Refs[d.Subject]
				want[d.Object] = append(want[d.Object], ref.Label()+" "+ref.Slug+" "+ref.Kind)
			}
			found, err := w.Providers(ctx, models.Actor{}, c.offers, m)
			if err != nil || len(found) != len(want) {
				t.Fatal(found, err)
			}
			for service, refs := range found {
				var got []string
				for _, ref := range refs {
					got = append(got, ref.Label()+" "+ref.Slug+" "+ref.Kind)
				}
				if !slices.Equal(got, want[service]) {
					t.Errorf("%s: %q, want %q", service, got, want[service])
				}
			}
		}
	})
}

func recordIDs(page Page) []uuid.UUID {
	var list []uuid.UUID
	for _, record := range page.Records {
		list = append(list, record.ID)
	}
	return list
}

func TestTogether_asksOnceWhatSeveralReadsNeed(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		c := newCrowd(t, w)
		links := func(ctx context.Context) (page Page, statements int64) {
			before := w.db.Statements()
			page, err := w.Involved(ctx, models.Actor{}, c.companies[0].String(), models.TypeRelationship, Query{})
			if err != nil || len(page.Records) == 0 {
				t.Fatal(len(page.Records), err)
			}
			texts := make([]string, len(page.Records))
			for i, record := range page.Records {
				texts[i] = record.ID.String()
			}
			if _, err = w.List(ctx, models.Actor{}, models.TypeClaim, Query{Filters: map[string][]string{"about": texts}}); err != nil {
				t.Fatal(err)
			}
			return page, w.db.Statements() - before
		}
		alone, apart := links(context.Background())
		ctx := Together(context.Background())
		first, together := links(ctx)
		second, again := links(ctx)
		if together != apart-2 || again != together-2 {
			t.Errorf("%d statements alone, %d together, %d again", apart, together, again)
		}
		for _, page := range []Page{first, second} {
			if !slices.Equal(recordIDs(page), recordIDs(alone)) || page.Size != alone.Size {
				t.Errorf("%v at %d, want %v at %d", recordIDs(page), page.Size, recordIDs(alone), alone.Size)
			}
		}

		if _, err := w.List(ctx, models.Actor{}, models.TypeClaim, Query{Filters: map[string][]string{"about": {newID().String()}}}); err == nil {
			t.Error("an id that leads nowhere was taken for one that does")
		}
	})
}
