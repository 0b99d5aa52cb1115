package services

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// What was said of a supply to somebody unnamed is not said of the named one: after a naming the supply
// and its steps rest on it, and on what is cited and said since.
func TestUnnamed_whatWasSaidBeforeIsNotOfTheNamedOne(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		steward := w.steward(t)
		s := w.supply(t)
		h := w.hidden(t, s)
		before := w.press(t, "article", "2025-02-01")
		w.edits(t, h.link, func(d models.Document) {
			r := d.(*models.Relationship)
			r.Citations = append(r.Citations, citing(before)...)
		})
		w.edits(t, h.step, func(d models.Document) {
			c := d.(*models.StatusChange)
			c.Citations = append(c.Citations, citing(before)...)
		})
		w.must(t, create(&models.Relationship{Type: models.Provides, Subject: s.company, Object: h.service, Citations: citing(s.source)}))
		admits := func(about uuid.UUID, on, text string) uuid.UUID {
			op := create(&models.Claim{Speakers: []models.Speaker{{Entity: &s.company}}, Stance: models.Admits, Extent: models.Full, About: []uuid.UUID{about},
				SaidOn: date(t, on), Text: text, Citations: citing(w.press(t, "article", ""))})
			w.must(t, op)
			return op.ID
		}
		admits(h.link, "2025-05-01", "We supplied a unit that we do not name.")
		admits(h.step, "2025-05-02", "It is active.")
		is := func(when string, link, step models.Verification, origins int) {
			t.Helper()
			l, _ := w.statusOn(t, h.link, Moment{})
			c, _ := w.statusOn(t, h.step, Moment{})
			if l.Standing.Verification != link || c.Standing.Verification != step || len(l.Standing.Basis.Origins) != origins || l.Status.Standing.Verification != step {
				t.Errorf("%s: the supply %s, %d origins; the step %s; the status %s", when, l.Standing.Verification, len(l.Standing.Basis.Origins), c.Standing.Verification, l.Status.Standing.Verification)
			}
			w.verified(t)
		}
		is("before", models.Acknowledged, models.Acknowledged, 2)
		w.now = w.now.Add(time.Hour)
		then := w.now.Add(-time.Minute)

		who := w.press(t, "article", "2025-09-01")
		n := s.naming(t, h)
		n.Claim.Citations = citing(who)
		n.Claim.SaidOn = date(t, "2025-09-01")
		named, err := w.Name(ctx, w.editor, n)
		if err != nil {
			t.Fatal(err)
		}
		is("named", models.SingleOrigin, models.SingleOrigin, 1)
		link, _ := w.statusOn(t, h.link, Moment{})
		if !slices.ContainsFunc(link.Standing.Basis.NotCounted, func(one models.UncountedSource) bool {
			return one.Source == before && one.Why == models.UncountedBeforeNaming
		}) {
			t.Errorf("it does not say why a source counts not: %+v", link.Standing.Basis.NotCounted)
		}
		if past, _ := w.statusOn(t, h.link, Moment{KnownAt: then}); past.Standing.Verification != models.Acknowledged {
			t.Errorf("before, it was %s", past.Standing.Verification)
		}

		// The claim that names is edited, and its source: the supply follows.
		w.edits(t, who, func(d models.Document) { d.(*models.Source).Title = "Which unit it is" })
		is("its source edited", models.SingleOrigin, models.SingleOrigin, 1)
		w.edits(t, h.link, func(d models.Document) {
			r := d.(*models.Relationship)
			r.Citations = append(r.Citations, models.Citation{Source: before, Note: "read again"})
		})
		is("an old source cited again", models.SingleOrigin, models.SingleOrigin, 1)
		w.edits(t, h.link, func(d models.Document) {
			r := d.(*models.Relationship)
			r.Citations = append(r.Citations, citing(w.press(t, "article", "2025-09-20"))...)
		})
		is("another paper names it", models.Corroborated, models.SingleOrigin, 2)
		since := admits(h.link, "2025-09-25", "Yes, it is Unit One.")
		is("the company admits it", models.Acknowledged, models.SingleOrigin, 2)
		w.must(t, models.Operation{Op: models.OpRetract, Type: models.TypeClaim, ID: since, Version: 1, Reason: "x"})

		if _, err := w.Revert(ctx, steward, Revert{Changeset: &named.Changeset, Reason: "it was another"}); err != nil {
			t.Fatal(err)
		}
		is("taken back", models.Acknowledged, models.Acknowledged, 3)
	})
}

// Where the named one is supplied with the same already, both supplies become one: what was said of it by
// name goes on counting.
func TestUnnamed_joinsASupplyToTheNamedOne(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		h := w.hidden(t, s)
		before, own := w.press(t, "article", "2025-02-01"), w.press(t, "article", "2025-03-01")
		w.edits(t, h.link, func(d models.Document) { d.(*models.Relationship).Citations = citing(before) })
		ours := create(&models.Relationship{Type: models.SuppliedTo, Subject: h.service, Object: s.unit, Citations: citing(own)})
		w.must(t, ours)
		n := s.naming(t, h)
		n.Claim.Citations, n.Claim.SaidOn = citing(w.press(t, "article", "2025-09-01")), date(t, "2025-09-01")
		if _, err := w.Name(context.Background(), w.editor, n); err != nil {
			t.Fatal(err)
		}
		links := w.list(t, models.TypeRelationship, "type=supplied_to&subject=storage&object=unit-one")
		if len(links.Records) != 1 {
			t.Fatalf("%d supplies", len(links.Records))
		}
		basis := links.Records[0].Standing.Basis
		if len(basis.Origins) != 2 || !slices.ContainsFunc(basis.NotCounted, func(one models.UncountedSource) bool { return one.Source == before }) {
			t.Errorf("%+v", basis)
		}
		w.verified(t)
	})
}
