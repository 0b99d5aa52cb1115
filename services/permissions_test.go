package services

import (
	"context"
	"strings"
	"testing"

	"plumbline/models"
)

func TestPermissions_everyCell(t *testing.T) {
	t.Parallel()
	// Columns: nobody, reader, contributor, editor, steward, admin, an unknown role; then the
	// scopes read, propose, publish, admin of an admin's token; then whether it asks a person to
	// confirm who they are.
	table := map[Action]string{
		ActionSelf: "-xxxxx- ---x -", ActionCredentials: "-xxxxx- ---x c", ActionWatch: "-xxxxx- xxxx -",
		ActionPropose: "--xxxx- -xxx -", ActionIntake: "--xxxx- -xxx -", ActionNotes: "--xxxx- -xxx -", ActionImport: "--xxxx- -xxx -", ActionRevertOwn: "--xxxx- -xxx -",
		ActionPublish: "---xxx- --xx -", ActionReview: "---xxx- --xx -", ActionName: "---xxx- --xx -",
		ActionRevertOthers: "----xx- --xx -", ActionBulk: "----xx- --xx -", ActionMerge: "----xx- ---x c", ActionProtect: "----xx- ---x -", ActionHold: "----xx- ---x c", ActionRedact: "----xx- ---x c",
		ActionAccounts: "-----x- ---x c", ActionGroups: "-----x- ---x c", ActionWebhooks: "-----x- ---x -", ActionJobs: "-----x- ---x -",
	}
	roles := append(append([]string{""}, models.Roles().Values()...), "nonsense")
	for _, action := range Actions() {
		row, ok := table[action]
		if !ok {
			t.Errorf("no row for the action %q", action)
			continue
		}
		columns := strings.Fields(row)
		for i, role := range roles {
			if want := columns[0][i] == 'x'; Can(models.Role(role), action) != want || May(models.Actor{Role: models.Role(role)}, action) != want {
				t.Errorf("%q may %s: %v, want %v", role, action, !want, want)
			}
		}
		for i, scope := range models.Scopes().Values() {
			want := columns[1][i] == 'x'
			if May(models.Actor{Role: models.RoleAdmin, Scope: models.Scope(scope)}, action) != want {
				t.Errorf("a token with the scope %q may %s: %v, want %v", scope, action, !want, want)
			}
			if May(models.Actor{Role: "", Scope: models.Scope(scope)}, action) {
				t.Errorf("a token without a role may %s", action)
			}
		}
		if May(models.Actor{Role: models.RoleAdmin, Scope: "nonsense"}, action) {
			t.Errorf("a token with an unknown scope may %s", action)
		}
		if want := columns[2] == "c"; NeedsConfirmation(models.Actor{Role: models.RoleAdmin}, action) != want || NeedsConfirmation(models.Actor{Confirmed: true}, action) {
			t.Errorf("%s asks to confirm: %v, want %v", action, !want, want)
		}
	}
	if len(table) != len(Actions()) {
		t.Errorf("the table has %d rows, there are %d actions", len(table), len(Actions()))
	}
	if Can(models.RoleAdmin, "nonsense") || May(Operator(), "nonsense") || require(Operator(), "nonsense") == nil {
		t.Error("an unknown action is allowed")
	}
}

func TestRequire_saysWhatIsMissing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		by    models.Actor
		kind  models.ErrorKind
		words string
	}{
		"nobody":           {models.Actor{}, models.ErrUnauthorized, "needs an account"},
		"a weak role":      {models.Actor{Role: models.RoleEditor, Confirmed: true}, models.ErrForbidden, `role "editor" may not merge records`},
		"a narrow scope":   {models.Actor{Role: models.RoleAdmin, Scope: models.ScopePublish, Confirmed: true}, models.ErrForbidden, `scope "publish" may not merge records`},
		"not confirmed":    {models.Actor{Role: models.RoleSteward}, models.ErrForbidden, "of the last 10 minutes"},
		"all that it asks": {models.Actor{Role: models.RoleSteward, Confirmed: true}, "", ""},
	} {
		err := require(test.by, ActionMerge)
		if errorKind(err) != test.kind || err != nil && !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSubmit_obeysRoles(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		changeset := func() models.Changeset {
			return models.Changeset{Summary: "x", Operations: []models.Operation{create(&models.Source{Kind: "article", Title: "A"})}}
		}
		for role, want := range map[models.Role]models.ErrorKind{"": models.ErrUnauthorized, models.RoleReader: models.ErrForbidden} {
			if _, err := w.Submit(ctx, models.Actor{Role: role}, changeset()); errorKind(err) != want {
				t.Errorf("%q: %v", role, err)
			}
		}
		author := w.account(t, "Author", models.RoleContributor)
		out, err := w.Submit(ctx, author, changeset())
		if err != nil || out.Status != models.ChangesetSubmitted {
			t.Fatalf("a contributor: %+v, %v", out, err)
		}
		if _, err := w.Approve(ctx, author, out.Changeset, ""); errorKind(err) != models.ErrForbidden {
			t.Errorf("its author approved it: %v", err)
		}
		if _, err := w.Withdraw(ctx, w.editor, out.Changeset, ""); errorKind(err) != models.ErrForbidden {
			t.Errorf("somebody else withdrew it: %v", err)
		}
		stranger := w.account(t, "Stranger", models.RoleContributor)
		if _, err := w.Withdraw(ctx, stranger, out.Changeset, ""); errorKind(err) != models.ErrNotFound {
			t.Errorf("a stranger saw it: %v", err)
		}
		if _, err := w.Reject(ctx, w.editor, out.Changeset, "no"); err != nil {
			t.Errorf("reject: %v", err)
		}
		if _, err := w.Approve(ctx, w.editor, out.Changeset, ""); errorKind(err) != models.ErrConflict {
			t.Errorf("a rejected one was approved: %v", err)
		}
	})
}

func TestApprove_refusesAProposalThatBecameStale(t *testing.T) {
	t.Parallel()
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
		if _, err := w.Approve(ctx, w.editor, proposal.Changeset, ""); errorKind(err) != models.ErrStale {
			t.Errorf("approved over a newer version: %v", err)
		}
		w.verified(t)
	})
}

func TestAuthenticate_refusesWhatIsNotValid(t *testing.T) {
	t.Parallel()
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
		want := w.editor
		want.Scope = models.ScopeAdmin
		if actor, err := w.Authenticate(ctx, secret); err != nil || actor != want {
			t.Errorf("a valid token: %+v, %v", actor, err)
		}
		if _, err := w.Authenticate(ctx, secret+"x"); errorKind(err) != models.ErrUnauthorized {
			t.Errorf("another token: %v", err)
		}
		w.now = w.now.Add(2 * 3600_000_000_000)
		if _, err := w.Authenticate(ctx, secret); errorKind(err) != models.ErrUnauthorized {
			t.Errorf("an expired token: %v", err)
		}
		if _, err := w.CreateAccount(ctx, w.editor, "Other", models.RoleAdmin); errorKind(err) != models.ErrForbidden {
			t.Errorf("an editor made an account: %v", err)
		}
		if _, err := w.CreateAccount(ctx, Operator(), "Editor", models.RoleEditor); errorKind(err) != models.ErrConflict {
			t.Errorf("a name was taken twice: %v", err)
		}
	})
}
