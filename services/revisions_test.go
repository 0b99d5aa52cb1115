package services

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"plumbline/models"
)

func TestRevisions_areReadToTheEndWithoutGaps(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		w.must(t, models.Operation{Op: models.OpEdit, Type: models.TypeEntity, ID: s.unit, Version: 1, Edit: models.Corrected, Reason: "misspelt",
			Data: &models.Entity{Kind: models.KindUnit, Name: "Unit 1", Citations: []models.Citation{{Source: s.source}}}})
		size, err := w.Size(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var positions []int64
		for since := int64(0); ; {
			list, err := w.Revisions(ctx, models.Actor{}, RevisionQuery{Since: since, Limit: 2})
			if err != nil {
				t.Fatal(err)
			}
			if len(list) == 0 {
				break
			}
			for _, r := range list {
				positions = append(positions, r.Position)
			}
			since = list[len(list)-1].Position + 1
		}
		for i, position := range positions {
			if position != int64(i) {
				t.Fatalf("positions %v", positions)
			}
		}
		if int64(len(positions)) != size {
			t.Errorf("%d revisions in a log of %d", len(positions), size)
		}

		own, err := w.Revisions(ctx, models.Actor{}, RevisionQuery{Record: &s.unit})
		if err != nil || len(own) != 2 || own[1].Reason != "misspelt" || own[1].Edit != models.Corrected {
			t.Fatalf("of the unit: %+v, %v", own, err)
		}
		changes, err := Diff(own[0].Document, own[1].Document)
		if err != nil || len(changes) != 1 || changes[0].Field != "name" || string(changes[0].Before) != `"Unit One"` || string(changes[0].After) != `"Unit 1"` {
			t.Errorf("what changed: %s, %v", mustJSON(changes), err)
		}
		_, err = w.Revisions(ctx, models.Actor{}, RevisionQuery{Since: -1, Limit: 501})
		refused(t, err, models.ErrInvalid, "?since")
		refused(t, err, models.ErrInvalid, "?limit")
	})
}

func TestRevisions_sayWhatWasRedacted(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		steward := w.account(t, "Steward", models.RoleSteward)
		cite := []models.Citation{{Source: s.source}}
		person := create(&models.Entity{Kind: models.KindPerson, Name: "A person", Summary: "Private matters", Citations: cite})
		w.must(t, person)
		if _, err := w.Redact(ctx, steward, person.ID, "summary", "a court order"); err != nil {
			t.Fatal(err)
		}
		list, err := w.Revisions(ctx, models.Actor{}, RevisionQuery{Record: &person.ID})
		if err != nil || !slices.Equal(list[0].Redacted, []string{"summary"}) {
			t.Fatalf("%+v, %v", list, err)
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(list[0].Document, &fields); err != nil || string(fields["summary"]) != "null" || fields["@reason"] != nil {
			t.Errorf("the document: %s, %v", list[0].Document, err)
		}
		page, err := w.Get(ctx, models.Actor{}, models.TypeEntity, person.ID.String(), Moment{})
		if err != nil || page.Records[0].Document.(*models.Entity).Summary != Tombstone {
			t.Errorf("the record: %+v, %v", page.Records, err)
		}
	})
}

func TestDiff_namesEveryFieldThatDiffers(t *testing.T) {
	t.Parallel()
	changes, err := Diff(json.RawMessage(`{"a":1,"b":[1],"c":"x","d":null}`), json.RawMessage(`{"a":1,"b":[2],"c":null,"e":true}`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range changes {
		got = append(got, c.Field+" "+string(c.Before)+" "+string(c.After))
	}
	if want := []string{"b [1] [2]", `c "x" null`, "d null ", "e  true"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if changes, err := Diff(nil, json.RawMessage(`{"a":1}`)); err != nil || len(changes) != 1 {
		t.Errorf("from nothing: %+v, %v", changes, err)
	}
	if _, err := Diff(json.RawMessage(`[`), nil); err == nil {
		t.Error("no JSON was compared")
	}
}

func TestChangesets_showProposalsToTheirAuthorAndReviewersAlone(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		author, other := w.account(t, "Author", models.RoleContributor), w.account(t, "Other", models.RoleContributor)
		proposed, err := w.Submit(ctx, author, models.Changeset{Summary: "a proposal", Operations: []models.Operation{
			create(&models.Entity{Kind: models.KindUnit, Name: "Unit Two", Citations: []models.Citation{{Source: s.source}}})}})
		if err != nil || proposed.Status != models.ChangesetSubmitted {
			t.Fatalf("%+v, %v", proposed, err)
		}
		for name, c := range map[string]struct {
			by   models.Actor
			sees bool
		}{"nobody": {models.Actor{}, false}, "another": {other, false}, "author": {author, true}, "reviewer": {w.editor, true}} {
			view, err := w.Changeset(ctx, c.by, proposed.Changeset, 0, "")
			var failed *models.Error
			if c.sees != (err == nil) || !c.sees && (!errors.As(err, &failed) || failed.Kind != models.ErrNotFound) {
				t.Errorf("%s: %+v, %v", name, view, err)
			}
			if c.sees && (len(view.Proposed) != 1 || view.Author != "Author") {
				t.Errorf("%s: %+v", name, view)
			}
			page, err := w.Changesets(ctx, c.by, Query{Limit: 1})
			if want := map[bool]models.ChangesetStatus{true: models.ChangesetSubmitted, false: models.ChangesetPublished}[c.sees]; err != nil || page.Changesets[0].Status != want {
				t.Errorf("%s: the newest changeset: %+v, %v", name, page, err)
			}
			if c.sees {
				page, err = w.Changesets(ctx, c.by, Query{Limit: 1, Cursor: page.Next})
				if err != nil || page.Next != "" || page.Changesets[0].Status != models.ChangesetPublished {
					t.Errorf("%s: the next page: %+v, %v", name, page, err)
				}
			}
		}
	})
}
