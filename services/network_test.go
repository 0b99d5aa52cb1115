package services

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// reached walks live links by hand, as far as depth, and gives each entity's distance and the
// links between them that were walked.
func (k *truth) reached(from uuid.UUID, depth int, q NetworkQuery) (map[uuid.UUID]int, map[uuid.UUID]bool) {
	distance, links := map[uuid.UUID]int{from: 0}, map[uuid.UUID]bool{}
	for level := 1; level <= depth; level++ {
		next := map[uuid.UUID]bool{}
		for _, r := range k.records[models.TypeRelationship] {
			d := r.Document.(*models.Relationship)
			if r.State != models.StateLive || len(q.Types) > 0 && !slices.Contains(q.Types, string(d.Type)) {
				continue
			}
			if len(q.Statuses) > 0 && r.Status != nil && !slices.Contains(q.Statuses, string(r.Status.Span.Status)) {
				continue
			}
			for _, ends := range [][2]uuid.UUID{{d.Subject, d.Object}, {d.Object, d.Subject}} {
				if at, ok := distance[ends[0]]; ok && at == level-1 {
					links[r.ID] = true
					if _, known := distance[ends[1]]; !known {
						next[ends[1]] = true
					}
				}
			}
		}
		for id := range next {
			distance[id] = level
		}
	}
	return distance, links
}

func TestNetwork_isWhatWalkingByHandGives_nowAndLater(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		c := newCrowd(t, w)
		m := Moment{AsOf: day(t, "2024-02-29")}
		c.now = c.now.Add(time.Hour)
		then := c.now.Add(-time.Minute)
		k := c.truth(t, m)
		var queries []NetworkQuery
		for depth := 1; depth <= 3; depth++ {
			queries = append(queries, NetworkQuery{Moment: m, Depth: depth}, NetworkQuery{Moment: m, Depth: depth, Types: []string{"supplied_to"}},
				NetworkQuery{Moment: m, Depth: depth, Statuses: []string{"active", "disabled"}})
		}
		var first []Network
		for _, q := range queries {
			n, err := w.Network(ctx, models.Actor{}, c.companies[0].String(), q)
			if err != nil {
				t.Fatal(err)
			}
			distance, links := k.reached(c.companies[0], q.Depth, q)
			gotDistance, gotLinks := map[uuid.UUID]int{}, map[uuid.UUID]bool{}
			for _, node := range n.Nodes {
				gotDistance[node.ID] = node.Distance
			}
			for _, link := range n.Links {
				gotLinks[link.ID] = true
				if status := k.byID[link.ID].Status; status != nil && status.Span.Status != link.Status {
					t.Errorf("link %s is %q, not %q", link.ID, status.Span.Status, link.Status)
				}
			}
			if n.Cut || !reflect.DeepEqual(gotDistance, distance) || !reflect.DeepEqual(gotLinks, links) {
				t.Errorf("%+v: cut %v\ngot  %v %v\nwant %v %v", q, n.Cut, gotDistance, gotLinks, distance, links)
			}
			first = append(first, n)
		}

		c.grow(t)
		for i, q := range queries {
			q.KnownAt = then
			n, err := w.Network(ctx, models.Actor{}, c.companies[0].String(), q)
			if err != nil || !reflect.DeepEqual(n.Nodes, first[i].Nodes) || !reflect.DeepEqual(n.Links, first[i].Links) {
				t.Errorf("known at %s, %+v: another network, %v", then, q, err)
			}
		}

		for limit := 1; limit <= 12; limit++ {
			n, err := w.Network(ctx, models.Actor{}, c.companies[0].String(), NetworkQuery{Moment: m, Depth: 3, Limit: limit})
			again, _ := w.Network(ctx, models.Actor{}, c.companies[0].String(), NetworkQuery{Moment: m, Depth: 3, Limit: limit})
			if err != nil || len(n.Nodes) > limit || !n.Cut || !reflect.DeepEqual(n, again) {
				t.Errorf("limit %d: %d entities, cut %v, %v", limit, len(n.Nodes), n.Cut, err)
			}
		}
		for _, q := range []NetworkQuery{{Depth: 4}, {Limit: 501}, {Types: []string{"suplied_to"}}, {Statuses: []string{"on"}}} {
			_, err := w.Network(ctx, models.Actor{}, c.companies[0].String(), q)
			refused(t, err, models.ErrInvalid, "")
		}
	})
}

func TestNetwork_isExpandedByOneLinkMore(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		c := newCrowd(t, w)
		ctx := context.Background()
		links := func(n Network, err error) map[uuid.UUID]bool {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			found := map[uuid.UUID]bool{}
			for _, link := range n.Links {
				found[link.ID] = true
			}
			return found
		}
		center, far := c.companies[0].String(), c.units[3].String()
		want := links(w.Network(ctx, models.Actor{}, center, NetworkQuery{}))
		for id := range links(w.Network(ctx, models.Actor{}, far, NetworkQuery{})) {
			want[id] = true
		}
		before := w.db.Statements()
		got := links(w.Network(ctx, models.Actor{}, center, NetworkQuery{Expand: []string{far, far}}))
		if statements := w.db.Statements() - before; statements > 6 {
			t.Errorf("it took %d statements", statements)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("expanded to %d links, want %d", len(got), len(want))
		}
		path := links(w.Path(ctx, models.Actor{}, center, center, PathQuery{Expand: []string{far}}))
		for id := range links(w.Network(ctx, models.Actor{}, far, NetworkQuery{})) {
			if !path[id] {
				t.Error("a path was not expanded")
			}
		}
		_, err := w.Network(ctx, models.Actor{}, center, NetworkQuery{Expand: []string{"nobody"}})
		refused(t, err, models.ErrInvalid, "")
	})
}
