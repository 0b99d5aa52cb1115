package services

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// shortest finds by hand which links lie on a shortest path: those whose ends' distances from both
// sides add up.
func (k *truth) shortest(from, to uuid.UUID, q PathQuery) (length int, links []string) {
	network := NetworkQuery{Types: q.Types, Statuses: q.Statuses}
	ahead, _ := k.reached(from, 12, network)
	behind, _ := k.reached(to, 12, network)
	length, found := ahead[to]
	if !found {
		return -1, nil
	}
	for _, r := range k.records[models.TypeRelationship] {
		d := r.Document.(*models.Relationship)
		status := r.Status == nil || len(q.Statuses) == 0 || slices.Contains(q.Statuses, string(r.Status.Span.Status))
		if r.State != models.StateLive || len(q.Types) > 0 && !slices.Contains(q.Types, string(d.Type)) || !status {
			continue
		}
		for _, way := range [][2]uuid.UUID{{d.Subject, d.Object}, {d.Object, d.Subject}} {
			out, reached := ahead[way[0]]
			back, returned := behind[way[1]]
			if reached && returned && out+1+back == length {
				links = append(links, r.ID.String())
			}
		}
	}
	slices.Sort(links)
	return length, slices.Compact(links)
}

func TestPath_isWhatWalkingByHandGives(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		c := newCrowd(t, w)
		m := Moment{AsOf: day(t, "2024-02-29")}
		k := c.truth(t, m)
		lengths := map[int]int{}
		ids := slices.Concat(c.companies, c.units, c.offers[:3])
		for _, from := range ids {
			for _, to := range ids {
				for _, q := range []PathQuery{{Moment: m, Length: 6}, {Moment: m, Length: 6, Types: []string{"supplied_to"}}, {Moment: m, Length: 6, Statuses: []string{"active", "disabled"}}} {
					n, err := w.Path(ctx, models.Actor{}, from.String(), to.String(), q)
					if err != nil {
						t.Fatal(err)
					}
					var got []string
					for _, link := range n.Links {
						got = append(got, link.ID.String())
					}
					length, want := k.shortest(from, to, q)
					if length > 6 {
						want = nil
					}
					if !slices.Equal(got, want) || n.Cut {
						t.Errorf("from %s to %s by %+v: %v, want %v", from, to, q, got, want)
					}
					for _, node := range n.Nodes {
						if node.ID == to && length >= 0 && length <= 6 && node.Distance != length {
							t.Errorf("the end is %d links away, not %d", node.Distance, length)
						}
					}
					lengths[length]++
				}
			}
		}
		if len(lengths) < 4 {
			t.Errorf("the paths have only the lengths %v", lengths)
		}
	})
}

func TestPath_keepsToItsLengthAndKnowledge(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		before := w.now
		w.now = w.now.Add(time.Hour)
		ask := func(from, to string, q PathQuery) string {
			t.Helper()
			n, err := w.Path(ctx, models.Actor{}, from, to, q)
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(len(n.Nodes), len(n.Links), n.Cut)
		}
		company, unit := s.company.String(), s.unit.String()
		for _, one := range []struct {
			q    PathQuery
			want string
		}{{PathQuery{}, "3 2 false"}, {PathQuery{Length: 2}, "3 2 false"}, {PathQuery{Length: 1}, "1 0 false"}, {PathQuery{Moment: Moment{KnownAt: before}}, "3 2 false"}} {
			if got := ask(company, unit, one.q); got != one.want {
				t.Errorf("%+v: %s, want %s", one.q, got, one.want)
			}
		}
		if got := ask(company, company, PathQuery{}); got != "1 0 false" {
			t.Errorf("from a company to itself: %s", got)
		}
		w.must(t, models.Operation{Op: models.OpRetract, Type: models.TypeRelationship, ID: s.link, Version: 1, Reason: "wrong"})
		if got := ask(company, unit, PathQuery{}); got != "1 0 false" {
			t.Errorf("over a retracted link: %s", got)
		}
		if got := ask(company, unit, PathQuery{Moment: Moment{KnownAt: before.Add(time.Minute)}}); got != "3 2 false" {
			t.Errorf("before it was retracted: %s", got)
		}
		for _, q := range []PathQuery{{Length: 7}, {Length: -1}, {Types: []string{"suplied_to"}}, {Statuses: []string{"on"}}} {
			_, err := w.Path(ctx, models.Actor{}, company, unit, q)
			refused(t, err, models.ErrInvalid, "")
		}
		_, err := w.Path(ctx, models.Actor{}, company, "nobody", PathQuery{})
		refused(t, err, models.ErrNotFound, "")
	})
}
