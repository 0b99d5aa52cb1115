package services

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// rename is an edit of the unit of a supply.
func (s supply) rename(version int64, change func(e *models.Entity)) models.Operation {
	e := &models.Entity{Kind: models.KindUnit, Name: "Unit One", Citations: []models.Citation{{Source: s.source}}}
	change(e)
	return models.Operation{Op: models.OpEdit, Type: models.TypeEntity, ID: s.unit, Version: version, Edit: models.Corrected, Reason: "better", Data: e}
}

func (w *world) propose(t testing.TB, by models.Actor, operations ...models.Operation) uuid.UUID {
	t.Helper()
	out, err := w.Submit(context.Background(), by, models.Changeset{Summary: "a proposal", Operations: operations})
	if err != nil || out.Status != models.ChangesetSubmitted {
		t.Fatalf("propose: %+v, %v", out, err)
	}
	return out.Changeset
}

func (w *world) entity(t testing.TB, id uuid.UUID) *models.Entity {
	t.Helper()
	page, err := w.Get(context.Background(), models.Actor{}, models.TypeEntity, id.String(), Moment{})
	if err != nil {
		t.Fatal(err)
	}
	return page.Records[0].Document.(*models.Entity)
}

func TestApprove_rebasesWhereOtherFieldsChanged(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		author := w.account(t, "Author", models.RoleContributor)
		id := w.propose(t, author, s.rename(1, func(e *models.Entity) { e.Summary = "Proposed summary." }))
		w.must(t, s.rename(1, func(e *models.Entity) { e.Name = "Renamed meanwhile" }))

		out, err := w.Approve(context.Background(), w.editor, id, "good")
		if err != nil || out.Status != models.ChangesetPublished || out.Written[0].Version != 3 {
			t.Fatalf("%+v, %v", out, err)
		}
		if e := w.entity(t, s.unit); e.Name != "Renamed meanwhile" || e.Summary != "Proposed summary." {
			t.Errorf("one of both changes was lost: %+v", e)
		}
		w.verified(t)
	})
}

func TestApprove_showsTheThreeValuesOfAConflict(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		author := w.account(t, "Author", models.RoleContributor)
		id := w.propose(t, author, s.rename(1, func(e *models.Entity) { e.Name, e.Summary = "Proposed", "S." }))
		w.must(t, s.rename(1, func(e *models.Entity) { e.Name = "Meanwhile" }))

		_, err := w.Approve(ctx, w.editor, id, "")
		var failed *models.Error
		if !errors.As(err, &failed) || failed.Kind != models.ErrStale {
			t.Fatalf("approved over a conflict: %v", err)
		}
		conflicts := failed.Current.([]Conflict)
		if len(conflicts) != 1 || len(conflicts[0].Fields) != 1 || conflicts[0].Version != 2 {
			t.Fatalf("%+v", conflicts)
		}
		if f := conflicts[0].Fields[0]; f.Field != "name" || string(f.Base) != `"Unit One"` || string(f.Current) != `"Meanwhile"` || string(f.Proposed) != `"Proposed"` {
			t.Errorf("%s %s %s %s", f.Field, f.Base, f.Current, f.Proposed)
		}

		// A reviewer settles it, with attribution, and another edition is refused.
		settled := models.Changeset{Summary: "a proposal", Operations: []models.Operation{s.rename(2, func(e *models.Entity) { e.Name, e.Summary = "Settled", "S." })}}
		if _, err := w.Amend(ctx, w.editor, id, 7, settled, ""); errorKind(err) != models.ErrStale {
			t.Errorf("amended an edition that nobody saw: %v", err)
		}
		if _, err := w.Amend(ctx, w.editor, id, 1, settled, "both"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Approve(ctx, w.editor, id, ""); err != nil {
			t.Fatal(err)
		}
		view, err := w.Changeset(ctx, w.editor, id, 0, "")
		if err != nil || view.Author != "Author" || view.Amender != "Editor" || view.Reviewer != "Editor" {
			t.Errorf("%+v, %v", view, err)
		}
		if e := w.entity(t, s.unit); e.Name != "Settled" {
			t.Errorf("name %q", e.Name)
		}
		w.verified(t)
	})
}

func TestProposal_goesBackToItsAuthorAndIsResubmitted(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		author := w.account(t, "Author", models.RoleContributor)
		id := w.propose(t, author, s.rename(1, func(e *models.Entity) { e.Name = "First try" }))
		if _, err := w.RequestChanges(ctx, w.editor, id, ""); errorKind(err) != models.ErrInvalid {
			t.Errorf("given back without a word: %v", err)
		}
		if _, err := w.RequestChanges(ctx, author, id, "x"); errorKind(err) != models.ErrForbidden {
			t.Errorf("its author reviewed it: %v", err)
		}
		if _, err := w.RequestChanges(ctx, w.editor, id, "Spell it out."); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Approve(ctx, w.editor, id, ""); errorKind(err) != models.ErrConflict {
			t.Errorf("approved while it was with its author: %v", err)
		}
		d, err := w.Draft(ctx, author, id)
		if err != nil || d.Note != "Spell it out." {
			t.Fatalf("%+v, %v", d, err)
		}
		d.Operations = []models.Operation{s.rename(1, func(e *models.Entity) { e.Name = "Second try" })}
		if d, err = w.SaveDraft(ctx, author, d); err != nil {
			t.Fatal(err)
		}
		if _, err := w.SubmitDraft(ctx, author, id, d.Edition); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Comment(ctx, author, id, "Done."); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Approve(ctx, w.editor, id, "Thanks."); err != nil {
			t.Fatal(err)
		}
		events, err := w.ChangesetEvents(ctx, author, id)
		if err != nil {
			t.Fatal(err)
		}
		var story []models.EventKind
		for _, e := range events {
			story = append(story, e.What)
		}
		want := []models.EventKind{"submitted", "changes_requested", "submitted", "comment", "published"}
		if mustJSON(story) != mustJSON(want) {
			t.Errorf("%v, want %v", story, want)
		}
		if events, err := w.ChangesetEvents(ctx, models.Actor{}, id); err != nil || len(events) != 0 {
			t.Errorf("the public reads the discussion: %v, %v", events, err)
		}
		if e := w.entity(t, s.unit); e.Name != "Second try" {
			t.Errorf("name %q", e.Name)
		}
	})
}

func TestDraft_isKeptUnfinishedAndSeenByFew(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		author := w.account(t, "Author", models.RoleContributor)
		stranger := w.account(t, "Stranger", models.RoleContributor)
		unfinished := create(&models.StatusChange{Record: s.link})
		d, err := w.SaveDraft(ctx, author, Draft{Summary: "later", Operations: []models.Operation{unfinished}, Form: json.RawMessage(`{"day":"end of Aug"}`)})
		if err != nil || d.Edition != 1 || d.Status != models.ChangesetDraft {
			t.Fatalf("%+v, %v", d, err)
		}
		for _, who := range []models.Actor{{}, stranger} {
			if _, err := w.Changeset(ctx, who, d.ID, 0, ""); errorKind(err) != models.ErrNotFound {
				t.Errorf("%q saw the draft: %v", who.Name, err)
			}
			if _, err := w.Draft(ctx, who, d.ID); errorKind(err) != models.ErrNotFound {
				t.Errorf("%q read the draft: %v", who.Name, err)
			}
		}
		if _, err := w.Changeset(ctx, w.editor, d.ID, 0, ""); err != nil {
			t.Errorf("an editor: %v", err)
		}
		if _, err := w.SaveDraft(ctx, stranger, d); errorKind(err) != models.ErrNotFound {
			t.Errorf("a stranger saved it: %v", err)
		}
		if _, err := w.SubmitDraft(ctx, author, d.ID, 1); errorKind(err) != models.ErrInvalid {
			t.Errorf("submitted unfinished: %v", err)
		}

		again, err := w.SaveDraft(ctx, author, d)
		if err != nil || again.Edition != 2 {
			t.Fatalf("%+v, %v", again, err)
		}
		if _, err := w.SaveDraft(ctx, author, d); errorKind(err) != models.ErrStale {
			t.Errorf("another window overwrote it: %v", err)
		}
		back, err := w.Draft(ctx, author, d.ID)
		if err != nil || string(back.Form) != `{"day":"end of Aug"}` || back.Operations[0].Data.(*models.StatusChange).Record != s.link {
			t.Errorf("%+v, %v", back, err)
		}
		if err := w.DiscardDraft(ctx, author, d.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Draft(ctx, author, d.ID); errorKind(err) != models.ErrNotFound {
			t.Errorf("a discarded draft: %v", err)
		}

		// Who may publish has it published as it is submitted.
		own, err := w.SaveDraft(ctx, w.editor, Draft{Summary: "now", Operations: []models.Operation{s.rename(1, func(e *models.Entity) { e.Name = "By draft" })}})
		if err != nil {
			t.Fatal(err)
		}
		if out, err := w.SubmitDraft(ctx, w.editor, own.ID, 1); err != nil || out.Status != models.ChangesetPublished {
			t.Errorf("%+v, %v", out, err)
		}
		w.verified(t)
	})
}

func TestProtect_hasEachEditWaitForASecondPerson(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		steward := w.steward(t)
		other := w.account(t, "Other", models.RoleEditor)
		if err := w.Protect(ctx, w.editor, s.unit, "often vandalised"); errorKind(err) != models.ErrForbidden {
			t.Errorf("an editor protected it: %v", err)
		}
		if err := w.Protect(ctx, steward, s.unit, "often vandalised"); err != nil {
			t.Fatal(err)
		}
		if err := w.Protect(ctx, steward, s.unit, "again"); errorKind(err) != models.ErrConflict {
			t.Errorf("protected twice: %v", err)
		}
		id := w.propose(t, w.editor, s.rename(1, func(e *models.Entity) { e.Name = "By an editor" }))
		if _, err := w.Approve(ctx, w.editor, id, ""); errorKind(err) != models.ErrForbidden {
			t.Errorf("approved by its author: %v", err)
		}
		amended := models.Changeset{Summary: "a proposal", Operations: []models.Operation{s.rename(1, func(e *models.Entity) { e.Name = "By two" })}}
		if _, err := w.Amend(ctx, other, id, 1, amended, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Approve(ctx, other, id, ""); errorKind(err) != models.ErrForbidden {
			t.Errorf("approved by who amended it: %v", err)
		}
		if _, err := w.Approve(ctx, steward, id, ""); err != nil {
			t.Fatal(err)
		}
		if err := w.Unprotect(ctx, steward, s.unit); err != nil {
			t.Fatal(err)
		}
		w.must(t, s.rename(2, func(e *models.Entity) { e.Name = "At once" }))
	})
}

func TestSubmit_keepsToTheLimitsOfTheRole(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		author := w.account(t, "Author", models.RoleContributor)
		var made, retracted []models.Operation
		for range 31 {
			op := create(&models.Source{Kind: "article", Title: "One of many"})
			made = append(made, op)
			retracted = append(retracted, models.Operation{Op: models.OpRetract, Type: models.TypeSource, ID: op.ID, Version: 1, Reason: "x"})
		}
		w.must(t, made...)
		submit := func(operations ...models.Operation) error {
			_, err := w.Submit(ctx, author, models.Changeset{Summary: "x", Operations: operations})
			return err
		}
		err := submit(retracted...)
		var limited *models.Error
		if !errors.As(err, &limited) || limited.Kind != models.ErrLimited || limited.RetryAfter <= 0 || !strings.Contains(limited.Message, "after 13:00 UTC") {
			t.Fatalf("31 retractions at once: %v", err)
		}
		if err := submit(retracted[:30]...); err != nil {
			t.Fatal(err)
		}
		if err := submit(retracted[30]); errorKind(err) != models.ErrLimited {
			t.Errorf("the 31st retraction of the hour: %v", err)
		}
		if err := submit(s.rename(1, func(e *models.Entity) { e.Name = "Edits have a limit of their own" })); err != nil {
			t.Errorf("an edit: %v", err)
		}
		w.now = w.now.Add(time.Hour + time.Minute)
		if err := submit(retracted[30]); err != nil {
			t.Errorf("an hour later: %v", err)
		}
	})
}
