package services

import (
	"context"
	"errors"
	"testing"

	"plumbline/models"
)

func TestPermissions_everyCell(t *testing.T) {
	actions := []Action{ActionPropose, ActionPublish, ActionReview, ActionMerge, ActionRedact, ActionAccounts, ActionRevertOwn, ActionRevertOthers, ActionProtect, ActionHold}
	table := map[models.Role]string{
		"": "----------", models.RoleReader: "----------", models.RoleContributor: "x-----x---", models.RoleEditor: "xxx---x---",
		models.RoleSteward: "xxxxx-xxxx", models.RoleAdmin: "xxxxxxxxxx", "nonsense": "----------",
	}
	for _, role := range models.Roles().Values() {
		if _, ok := table[models.Role(role)]; !ok {
			t.Errorf("no row for the role %q", role)
		}
	}
	for role, row := range table {
		for i, action := range actions {
			if want := row[i] == 'x'; Can(role, action) != want {
				t.Errorf("%q may %s: %v, want %v", role, action, !want, want)
			}
		}
	}
}

// kindOfError gives the kind of an error that is made for people; "" for none or another.
func kindOfError(err error) models.ErrorKind {
	var forPeople *models.Error
	if errors.As(err, &forPeople) {
		return forPeople.Kind
	}
	return ""
}

func TestSubmit_obeysRoles(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		changeset := func() models.Changeset {
			return models.Changeset{Summary: "x", Operations: []models.Operation{create(&models.Source{Kind: "article", Title: "A"})}}
		}
		for role, want := range map[models.Role]models.ErrorKind{"": models.ErrUnauthorized, models.RoleReader: models.ErrForbidden} {
			if _, err := w.Submit(ctx, models.Actor{Role: role}, changeset()); kindOfError(err) != want {
				t.Errorf("%q: %v", role, err)
			}
		}
		author := w.account(t, "Author", models.RoleContributor)
		out, err := w.Submit(ctx, author, changeset())
		if err != nil || out.Status != models.ChangesetSubmitted {
			t.Fatalf("a contributor: %+v, %v", out, err)
		}
		if _, err := w.Approve(ctx, author, out.Changeset, ""); kindOfError(err) != models.ErrForbidden {
			t.Errorf("its author approved it: %v", err)
		}
		if _, err := w.Withdraw(ctx, w.editor, out.Changeset, ""); kindOfError(err) != models.ErrForbidden {
			t.Errorf("somebody else withdrew it: %v", err)
		}
		stranger := w.account(t, "Stranger", models.RoleContributor)
		if _, err := w.Withdraw(ctx, stranger, out.Changeset, ""); kindOfError(err) != models.ErrNotFound {
			t.Errorf("a stranger saw it: %v", err)
		}
		if _, err := w.Reject(ctx, w.editor, out.Changeset, "no"); err != nil {
			t.Errorf("reject: %v", err)
		}
		if _, err := w.Approve(ctx, w.editor, out.Changeset, ""); kindOfError(err) != models.ErrConflict {
			t.Errorf("a rejected one was approved: %v", err)
		}
	})
}

func TestApprove_refusesAProposalThatBecameStale(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		edit := func(name string) models.Changeset {
			return models.Changeset{Summary: "x", Operations: []models.Operation{{Op: models.OpEdit, Type: models.TypeEntity, ID: s.unit, Version: 1, Edit: models.Corrected, Reason: "x",
				Data: &models.Entity{Kind: models.KindUnit, Name: name, Citations: []models.Citation{{Source: s.source}}}}}}
		}
		proposal, err := w.Submit(ctx, w.account(t, "Author", models.RoleContributor), edit("Proposed"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Submit(ctx, w.editor, edit("Published meanwhile")); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Approve(ctx, w.editor, proposal.Changeset, ""); kindOfError(err) != models.ErrStale {
			t.Errorf("approved over a newer version: %v", err)
		}
		w.verified(t)
	})
}

func TestAuthenticate_refusesWhatIsNotValid(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		account, err := w.Account(ctx, Operator(), "Editor")
		if err != nil {
			t.Fatal(err)
		}
		secret, err := w.CreateToken(ctx, Operator(), account, 3600_000_000_000)
		if err != nil {
			t.Fatal(err)
		}
		if actor, err := w.Authenticate(ctx, secret); err != nil || actor != w.editor {
			t.Errorf("a valid token: %+v, %v", actor, err)
		}
		if _, err := w.Authenticate(ctx, secret+"x"); kindOfError(err) != models.ErrUnauthorized {
			t.Errorf("another token: %v", err)
		}
		w.now = w.now.Add(2 * 3600_000_000_000)
		if _, err := w.Authenticate(ctx, secret); kindOfError(err) != models.ErrUnauthorized {
			t.Errorf("an expired token: %v", err)
		}
		if _, err := w.CreateAccount(ctx, w.editor, "Other", models.RoleAdmin); kindOfError(err) != models.ErrForbidden {
			t.Errorf("an editor made an account: %v", err)
		}
		if _, err := w.CreateAccount(ctx, Operator(), "Editor", models.RoleEditor); kindOfError(err) != models.ErrConflict {
			t.Errorf("a name was taken twice: %v", err)
		}
	})
}
