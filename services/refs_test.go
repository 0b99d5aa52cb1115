package services

import (
	"context"
	"testing"
	"time"

	"plumbline/models"
)

func TestRefs_labelMoreThanAStatementHasArguments(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		r, err := w.read(context.Background(), Moment{})
		if err != nil {
			t.Fatal(err)
		}
		wanted := wantedRefs{}
		wanted.add("", s.company, s.link)
		for range 70_000 {
			wanted.add(models.TypeEntity, newID())
		}
		before := w.db.Statements()
		refs, err := r.loadRefs(wanted)
		if err != nil {
			t.Fatal(err)
		}
		if len(refs) != 2 || refs[s.company].Name != "Acme" || refs[s.link].Label() != "Acme Cloud supplied to Unit One" {
			t.Errorf("labels: %+v", refs)
		}
		if n := w.db.Statements() - before; n != 1 {
			t.Errorf("%d statements, not 1", n)
		}
	})
}

func TestRefs_nameWhatWasRedactedByItsTombstone(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		steward := w.account(t, "Steward", models.RoleSteward)
		item := create(&models.OpenItem{Kind: "question", Addressee: s.company, Text: "A private matter?", RaisedOn: date(t, "2025-05"), Citations: []models.Citation{{Source: s.source}}})
		w.must(t, item)
		w.now = w.now.Add(time.Hour)
		before := w.now.Add(-time.Minute)
		if _, err := w.Redact(ctx, steward, item.ID, "text", "a court order"); err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(time.Hour)
		for _, m := range []Moment{{}, {KnownAt: before}} {
			page, err := w.Get(ctx, models.Actor{}, models.TypeOpenItem, item.ID.String(), m)
			if err != nil || page.Refs[item.ID].Label() != Tombstone {
				t.Errorf("%+v: %+v, %v", m, page.Refs[item.ID], err)
			}
		}
	})
}
