package services

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// story lists what happened to a changeset, in order, with what was said last.
func (w *world) story(t testing.TB, id uuid.UUID) (kinds, last string) {
	t.Helper()
	events, err := w.ChangesetEvents(context.Background(), w.editor, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		kinds += string(e.What) + " "
		last = e.Text
	}
	return strings.TrimSpace(kinds), last
}

func (w *world) status(t testing.TB, id uuid.UUID) ChangesetView {
	t.Helper()
	view, err := w.Changeset(context.Background(), w.editor, id, 0, "")
	if err != nil {
		t.Fatal(err)
	}
	return view
}

func TestEmbargo_isPublishedOnItsDayAndSeenByFewBefore(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		author := w.account(t, "Author", models.RoleContributor)
		stranger := w.account(t, "Stranger", models.RoleContributor)
		group := newID()
		colleague := stranger
		colleague.Group = group
		due := w.now.Add(48 * time.Hour)

		writes := models.Changeset{Summary: "a proposal", PublishAt: due, Operations: []models.Operation{s.rename(1, func(e *models.Entity) { e.Summary = "Embargoed." })}}
		out, err := w.Submit(ctx, author, writes)
		if err != nil || out.Status != models.ChangesetSubmitted {
			t.Fatalf("%+v, %v", out, err)
		}
		if out, err = w.Approve(ctx, w.editor, out.Changeset, "on its day"); err != nil || out.Status != models.ChangesetSubmitted {
			t.Fatalf("%+v, %v", out, err)
		}
		if _, err := w.Approve(ctx, w.steward(t), out.Changeset, ""); errorKind(err) != models.ErrConflict {
			t.Errorf("approved twice: %v", err)
		}
		for _, who := range []models.Actor{{}, stranger, colleague} {
			if _, err := w.Changeset(ctx, who, out.Changeset, 0, ""); errorKind(err) != models.ErrNotFound {
				t.Errorf("%q saw an embargoed changeset: %v", who.Name, err)
			}
		}

		if err := w.PublishDue(ctx); err != nil || w.status(t, out.Changeset).Status != models.ChangesetSubmitted {
			t.Fatalf("before its day: %v", err)
		}
		w.must(t, s.rename(1, func(e *models.Entity) { e.Name = "Renamed meanwhile" })) // another field
		w.now = due
		if err := w.PublishDue(ctx); err != nil {
			t.Fatal(err)
		}
		view := w.status(t, out.Changeset)
		if e := w.entity(t, s.unit); view.Status != models.ChangesetPublished || view.Reviewer != "Editor" || view.Author != "Author" || e.Summary != "Embargoed." || e.Name != "Renamed meanwhile" {
			t.Errorf("%s, reviewer %q: %+v", view.Status, view.Reviewer, e)
		}
		if story, _ := w.story(t, out.Changeset); story != "submitted approved published" {
			t.Error(story)
		}
		if err := w.PublishDue(ctx); err != nil {
			t.Errorf("a second time: %v", err)
		}
		w.verified(t)
	})
}

func TestEmbargo_whatCannotBePublishedGoesBackToReview(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		author := w.account(t, "Author", models.RoleContributor)
		leaver := w.account(t, "Leaver", models.RoleEditor)
		due := w.now.Add(time.Hour)
		embargoed := func(by, approver models.Actor, op models.Operation) uuid.UUID {
			t.Helper()
			out, err := w.Submit(ctx, by, models.Changeset{Summary: "x", PublishAt: due, Operations: []models.Operation{op}})
			if err == nil && approver.Account != by.Account {
				_, err = w.Approve(ctx, approver, out.Changeset, "")
			}
			if err != nil || out.Status != models.ChangesetSubmitted {
				t.Fatalf("%+v, %v", out, err)
			}
			return out.Changeset
		}
		second := create(&models.Entity{Kind: models.KindUnit, Name: "Second", Citations: []models.Citation{{Source: s.source}}})
		third := create(&models.Entity{Kind: models.KindUnit, Name: "Third", Citations: []models.Citation{{Source: s.source}}})
		w.must(t, second, third)
		edit := func(op models.Operation, name string) models.Operation {
			e := *op.Data.(*models.Entity)
			e.Name = name
			return models.Operation{Op: models.OpEdit, Type: models.TypeEntity, ID: op.ID, Version: 1, Edit: models.Corrected, Reason: "x", Data: &e}
		}
		conflicting := embargoed(author, w.editor, s.rename(1, func(e *models.Entity) { e.Name = "Embargoed" }))
		orphaned := embargoed(author, leaver, edit(second, "By one who left"))
		own := embargoed(leaver, leaver, edit(third, "By one alone"))
		good := embargoed(w.editor, w.editor, create(&models.Source{Kind: "article", Title: "Fine"}))

		w.must(t, s.rename(1, func(e *models.Entity) { e.Name = "Meanwhile" }))
		if err := w.Protect(ctx, w.steward(t), third.ID, "often vandalised"); err != nil {
			t.Fatal(err)
		}
		w.now = due
		if err := w.PublishDue(ctx); err != nil {
			t.Fatal(err)
		}
		for id, want := range map[uuid.UUID]string{conflicting: "changed meanwhile in the same fields", own: "protected meanwhile"} {
			view := w.status(t, id)
			story, said := w.story(t, id)
			if view.Status != models.ChangesetSubmitted || view.ApproverID != nil || !strings.HasSuffix(story, "held_back") || !strings.Contains(said, want) {
				t.Errorf("%s: %s, %s, said %q", want, view.Status, story, said)
			}
		}
		for _, id := range []uuid.UUID{orphaned, good} {
			if view := w.status(t, id); view.Status != models.ChangesetPublished {
				t.Errorf("%s is %s", id, view.Status)
			}
		}

		late := embargoedAt(t, w, author, leaver, due.Add(time.Hour), edit(second, "Too late"), 2)
		if err := w.db.Write(ctx).Model(&models.Account{}).Where("id = ?", leaver.Account).Update("suspended_at", w.now).Error; err != nil {
			t.Fatal(err)
		}
		w.now = due.Add(time.Hour)
		if err := w.PublishDue(ctx); err != nil {
			t.Fatal(err)
		}
		if _, said := w.story(t, late); !strings.Contains(said, "may not review proposals any more") {
			t.Errorf("approved by one who was suspended: %q", said)
		}
		if e := w.entity(t, s.unit); e.Name != "Meanwhile" {
			t.Errorf("overwritten: %q", e.Name)
		}
		if _, err := w.Approve(ctx, w.editor, conflicting, ""); errorKind(err) != models.ErrStale {
			t.Errorf("approved over a conflict: %v", err)
		}
		w.verified(t)
	})
}

func embargoedAt(t *testing.T, w *world, by, approver models.Actor, at time.Time, op models.Operation, version int64) uuid.UUID {
	t.Helper()
	op.Version = version
	out, err := w.Submit(context.Background(), by, models.Changeset{Summary: "x", PublishAt: at, Operations: []models.Operation{op}})
	if err == nil {
		_, err = w.Approve(context.Background(), approver, out.Changeset, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Changeset
}
