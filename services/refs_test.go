package services

import (
	"context"
	"testing"

	"plumbline/models"
)

func TestRefs_labelMoreThanAStatementHasArguments(t *testing.T) {
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
