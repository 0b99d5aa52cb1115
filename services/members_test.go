package services

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/models"
)

const chosenPassword = "seven grey herons"

// joined invites somebody and lets them join.
func (w *world) joined(t *testing.T, admin models.Actor, name string, role models.Role, group *uuid.UUID) models.Actor {
	t.Helper()
	ctx := context.Background()
	secret, _, err := w.Invite(ctx, admin, NewInvitation{Label: name, Role: role, Group: group})
	if err != nil {
		t.Fatal(err)
	}
	in, err := w.Join(ctx, secret, name, chosenPassword)
	if err != nil {
		t.Fatal(err)
	}
	actor, err := w.Member(ctx, in.Account.String(), w.now.Format(time.RFC3339))
	if err != nil {
		t.Fatal(err)
	}
	return actor
}

func TestMayGrant_everyCell(t *testing.T) {
	t.Parallel()
	roles := models.Roles().Values()
	for i, held := range roles {
		for j, given := range roles {
			if got := mayGrant(models.Role(held), models.Role(given)); got != (i >= j) {
				t.Errorf("%s gives %s: %v", held, given, got)
			}
		}
		if mayGrant("", models.Role(held)) {
			t.Errorf("nobody gives %s", held)
		}
	}
}

func TestInvitation_isUsedOnceByOneOfMany(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		w := newWorld(t, db)
		admin := w.account(t, "Admin", models.RoleAdmin)
		ctx := context.Background()
		group, err := w.CreateGroup(ctx, admin, "A group")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.Invite(ctx, w.account(t, "A steward", models.RoleSteward), NewInvitation{Role: models.RoleReader}); errorKind(err) != models.ErrForbidden {
			t.Errorf("a steward invites: %v", err)
		}
		nowhere := uuid.New()
		_, _, err = w.Invite(ctx, admin, NewInvitation{Role: "king", Label: strings.Repeat("x", 201), Group: &nowhere})
		var wrong *models.Error
		if !errors.As(err, &wrong) || len(wrong.Problems) != 3 {
			t.Errorf("three wrong fields: %v", err)
		}

		secret, _, err := w.Invite(ctx, admin, NewInvitation{Label: "for Ada", Role: models.RoleContributor, Group: &group.ID})
		if err != nil {
			t.Fatal(err)
		}
		if waiting, err := w.Waiting(ctx, admin); err != nil || len(waiting) != 1 || waiting[0].Group != "A group" || waiting[0].Label != "for Ada" {
			t.Errorf("waiting: %+v %v", waiting, err)
		}
		if _, err := w.Join(ctx, secret, " ", "short"); !errors.As(err, &wrong) || len(wrong.Problems) != 2 {
			t.Errorf("name and password are wrong: %v", err)
		}
		if _, err := w.SignInWithLink(ctx, secret); errorKind(err) != models.ErrNotFound {
			t.Errorf("the invitation signed somebody in: %v", err)
		}

		var wait sync.WaitGroup
		results := make([]error, 4)
		for i := range results {
			wait.Go(func() { _, results[i] = w.Join(ctx, secret, "Ada "+string(rune('a'+i)), chosenPassword) })
		}
		wait.Wait()
		won := 0
		for _, err := range results {
			if err == nil {
				won++
			} else if errorKind(err) != models.ErrNotFound || !strings.Contains(err.Error(), "used already") {
				t.Errorf("the others are told %v", err)
			}
		}
		if won != 1 {
			t.Errorf("%d joined with one invitation", won)
		}
		page, err := w.Members(ctx, admin, "")
		if err != nil {
			t.Fatal(err)
		}
		joined := 0
		for _, m := range page.Members {
			if strings.HasPrefix(m.Name, "Ada ") {
				joined++
				if m.Role != models.RoleContributor || m.Group != "A group" || m.Named {
					t.Errorf("joined as %+v", m)
				}
			}
		}
		if joined != 1 {
			t.Errorf("%d accounts were made", joined)
		}
	})
}

func TestInvitation_endsAndIsWithdrawn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		w := newWorld(t, db)
		admin := w.account(t, "Admin", models.RoleAdmin)
		ctx := context.Background()
		late, _, err := w.Invite(ctx, admin, NewInvitation{Role: models.RoleEditor})
		if err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(invitationLifetime)
		if _, err := w.Join(ctx, late, "Late", chosenPassword); errorKind(err) != models.ErrNotFound || !strings.Contains(err.Error(), "no longer valid") {
			t.Errorf("an expired invitation: %v", err)
		}
		if waiting, err := w.Waiting(ctx, admin); err != nil || len(waiting) != 0 {
			t.Errorf("an expired invitation waits: %v %v", waiting, err)
		}

		taken, i, err := w.Invite(ctx, admin, NewInvitation{Role: models.RoleEditor})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.WithdrawInvitation(ctx, admin, i.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.WithdrawInvitation(ctx, admin, i.ID); errorKind(err) != models.ErrNotFound {
			t.Errorf("withdrawn twice: %v", err)
		}
		if _, err := w.Join(ctx, taken, "Taken", chosenPassword); errorKind(err) != models.ErrNotFound {
			t.Errorf("a withdrawn invitation: %v", err)
		}

		second := w.joined(t, admin, "Second admin", models.RoleAdmin, nil)
		theirs, _, err := w.Invite(ctx, second, NewInvitation{Role: models.RoleAdmin})
		if err != nil {
			t.Fatal(err)
		}
		weaker := models.RoleEditor
		if _, err := w.ChangeMember(ctx, admin, second.Account, MemberPatch{Role: &weaker}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Join(ctx, theirs, "Third", chosenPassword); errorKind(err) != models.ErrNotFound {
			t.Errorf("the invitation of somebody who may not invite any more: %v", err)
		}
	})
}

func TestResetPassword_takesTheNewestLinkOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		w := newWorld(t, db)
		admin := w.account(t, "Admin", models.RoleAdmin)
		ctx := context.Background()
		ada := w.joined(t, admin, "Ada", models.RoleEditor, nil)
		old, _, err := w.InviteReset(ctx, admin, ada.Account, false)
		if err != nil {
			t.Fatal(err)
		}
		fresh, _, err := w.InviteReset(ctx, admin, ada.Account, false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.ResetPassword(ctx, old, chosenPassword+" 2"); errorKind(err) != models.ErrNotFound {
			t.Errorf("an older link: %v", err)
		}
		if _, err := w.ResetPassword(ctx, fresh, "short"); errorKind(err) != models.ErrInvalid {
			t.Errorf("a short password: %v", err)
		}
		if in, err := w.ResetPassword(ctx, fresh, chosenPassword+" 2"); err != nil || in.Account != ada.Account {
			t.Fatalf("reset: %+v %v", in, err)
		}
		if _, err := w.ResetPassword(ctx, fresh, chosenPassword+" 3"); errorKind(err) != models.ErrNotFound {
			t.Errorf("a link twice: %v", err)
		}
		if _, err := w.SignInWithPassword(ctx, Caller{}, "Ada", chosenPassword); err == nil {
			t.Error("the old password still signs in")
		}
		if _, err := w.SignInWithPassword(ctx, Caller{}, "Ada", chosenPassword+" 2"); err != nil {
			t.Errorf("the new password does not sign in: %v", err)
		}
		off := true
		if _, err := w.ChangeMember(ctx, admin, ada.Account, MemberPatch{Suspended: &off}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.InviteReset(ctx, admin, ada.Account, false); errorKind(err) != models.ErrConflict {
			t.Errorf("a link to a suspended account: %v", err)
		}
	})
}

// TestChangeMember_countsAtTheNextRequest tries every credential after each change.
func TestChangeMember_countsAtTheNextRequest(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		w := newWorld(t, db)
		admin := w.account(t, "Admin", models.RoleAdmin)
		ctx := context.Background()
		ada := w.joined(t, admin, "Ada", models.RoleEditor, nil)
		token, err := w.CreateToken(ctx, admin, models.Account{ID: ada.Account}, 0)
		if err != nil {
			t.Fatal(err)
		}
		link, err := w.InviteSignIn(ctx, admin, models.Account{ID: ada.Account, Role: models.RoleEditor})
		if err != nil {
			t.Fatal(err)
		}
		store := w.SessionStore()
		session := func() bool {
			_, found, err := store.FindCtx(ctx, "key")
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		signIn := func() {
			text, err := store.Encode(w.now.Add(time.Hour), map[string]any{SessionAccount: ada.Account.String(), SessionSince: w.now.Format(time.RFC3339)})
			if err != nil {
				t.Fatal(err)
			}
			if err := store.CommitCtx(ctx, "key", text, w.now.Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		change := func(patch MemberPatch) {
			t.Helper()
			if _, err := w.ChangeMember(ctx, admin, ada.Account, patch); err != nil {
				t.Fatal(err)
			}
		}
		role := func(want models.Role) {
			t.Helper()
			byToken, err := w.Authenticate(ctx, token)
			if err != nil || byToken.Role != want {
				t.Errorf("the token acts as %q, not %q: %v", byToken.Role, want, err)
			}
			bySession, err := w.Member(ctx, ada.Account.String(), "")
			if err != nil || bySession.Role != want || bySession.Group != byToken.Group {
				t.Errorf("the session acts as %q, not %q: %v", bySession.Role, want, err)
			}
		}

		signIn()
		role(models.RoleEditor)
		if m, err := w.MemberOf(ctx, admin, ada.Account); err != nil || m.SeenAt == nil {
			t.Errorf("was never seen: %+v %v", m, err)
		}
		weaker := models.RoleContributor
		change(MemberPatch{Role: &weaker})
		role(models.RoleContributor)
		if !session() {
			t.Error("a new role ended the session, in place of giving it a new id")
		}

		group, err := w.CreateGroup(ctx, admin, "Theirs")
		if err != nil {
			t.Fatal(err)
		}
		signIn()
		change(MemberPatch{Group: &group.ID})
		if actor, err := w.Authenticate(ctx, token); err != nil || actor.Group != group.ID {
			t.Errorf("the token's group is %v: %v", actor.Group, err)
		}
		if !session() {
			t.Error("a new group ended the session")
		}
		change(MemberPatch{Group: &uuid.Nil})
		role(models.RoleContributor)

		off, on := true, false
		change(MemberPatch{Suspended: &off})
		if _, err := w.Authenticate(ctx, token); errorKind(err) != models.ErrUnauthorized {
			t.Errorf("a suspended account's token: %v", err)
		}
		if _, err := w.Member(ctx, ada.Account.String(), ""); errorKind(err) != models.ErrUnauthorized {
			t.Errorf("a suspended account's session: %v", err)
		}
		if session() {
			t.Error("a session outlives a suspension")
		}
		if _, err := w.SignInWithPassword(ctx, Caller{}, "Ada", chosenPassword); err == nil {
			t.Error("a suspended account's password signs in")
		}
		if _, err := w.SignInWithLink(ctx, link); errorKind(err) != models.ErrNotFound {
			t.Errorf("a suspended account's link: %v", err)
		}
		change(MemberPatch{Suspended: &on})
		role(models.RoleContributor)

		signIn()
		if err := w.EndSessions(ctx, admin, ada.Account); err != nil || session() {
			t.Errorf("the session was not ended: %v", err)
		}
		king := models.Role("king")
		nowhere := uuid.New()
		var wrong *models.Error
		if _, err := w.ChangeMember(ctx, admin, ada.Account, MemberPatch{Role: &king, Group: &nowhere}); !errors.As(err, &wrong) || len(wrong.Problems) != 2 {
			t.Errorf("two wrong fields: %v", err)
		}
		if _, err := w.ChangeMember(ctx, admin, nowhere, MemberPatch{Role: &weaker}); errorKind(err) != models.ErrNotFound {
			t.Errorf("an account that is not there: %v", err)
		}
	})
}

// TestChangeMember_leavesAnAdmin has two admins weaken each other at once, again and again.
func TestChangeMember_leavesAnAdmin(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		w := newWorld(t, db)
		admin := w.account(t, "Admin", models.RoleAdmin)
		ctx := context.Background()
		first := w.joined(t, admin, "First", models.RoleAdmin, nil)
		second := w.joined(t, admin, "Second", models.RoleAdmin, nil)
		weaker, stronger, off := models.RoleReader, models.RoleAdmin, true
		page, err := w.Members(ctx, admin, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.Members { // the world's own
			if m.Role == models.RoleAdmin && m.ID != first.Account && m.ID != second.Account {
				if _, err := w.ChangeMember(ctx, first, m.ID, MemberPatch{Suspended: &off}); err != nil {
					t.Fatal(err)
				}
			}
		}
		for range 5 {
			var wait sync.WaitGroup
			var errs [2]error
			for i, of := range []uuid.UUID{first.Account, second.Account} {
				wait.Go(func() { _, errs[i] = w.ChangeMember(ctx, Operator(), of, MemberPatch{Role: &weaker}) })
			}
			wait.Wait()
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("both or none was weakened: %v", errs)
			}
			for _, err := range errs {
				if err != nil && (errorKind(err) != models.ErrConflict || !strings.Contains(err.Error(), "last admin")) {
					t.Errorf("refused with %v", err)
				}
			}
			for _, of := range []uuid.UUID{first.Account, second.Account} {
				if _, err := w.ChangeMember(ctx, Operator(), of, MemberPatch{Role: &stronger}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := w.DeleteAccount(ctx, Operator(), first.Account); err != nil {
			t.Fatal(err)
		}
		last := models.Actor{Account: second.Account, Name: "Second", Role: models.RoleAdmin, Confirmed: true}
		if err := w.DeleteAccount(ctx, last, second.Account); errorKind(err) != models.ErrConflict {
			t.Errorf("the last admin left: %v", err)
		}
		if _, err := w.ChangeMember(ctx, last, second.Account, MemberPatch{Suspended: &off}); errorKind(err) != models.ErrConflict {
			t.Errorf("the last admin suspended themselves: %v", err)
		}
	})
}

func TestGroups_areMadeAndRenamed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		w := newWorld(t, db)
		admin := w.account(t, "Admin", models.RoleAdmin)
		ctx := context.Background()
		group, err := w.CreateGroup(ctx, admin, "  Tech   Watch ")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.CreateGroup(ctx, w.account(t, "A steward", models.RoleSteward), "Another"); errorKind(err) != models.ErrForbidden {
			t.Errorf("a steward makes a group: %v", err)
		}
		if _, err := w.CreateGroup(ctx, admin, group.Name); errorKind(err) != models.ErrConflict {
			t.Errorf("a name twice: %v", err)
		}
		for _, name := range []string{"", "two\nlines", strings.Repeat("x", 101), "Contributor abc234"} {
			if _, err := w.CreateGroup(ctx, admin, name); errorKind(err) != models.ErrInvalid {
				t.Errorf("the name %q: %v", name, err)
			}
		}
		w.joined(t, admin, "Ada", models.RoleEditor, &group.ID)
		renamed, err := w.RenameGroup(ctx, admin, group.ID, "Tech Watch 2")
		if err != nil || renamed.Members != 1 || renamed.Name != "Tech Watch 2" {
			t.Errorf("renamed: %+v %v", renamed, err)
		}
		if _, err := w.RenameGroup(ctx, admin, uuid.New(), "Nothing"); errorKind(err) != models.ErrNotFound {
			t.Errorf("a group that is not there: %v", err)
		}
	})
}
