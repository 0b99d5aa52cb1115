package services

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"plumbline/models"
)

func codeAt(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestCodes_areTakenOnce(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		ada := w.account(t, "Ada", models.RoleReader)
		ada.Confirmed = true
		secret, err := NewCodeSecret()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.SetUpCodes(ctx, ada, secret, "000000x"); err == nil {
			t.Error("codes count without a right one")
		}
		recovery, err := w.SetUpCodes(ctx, ada, secret, codeAt(t, secret, w.Now()))
		if err != nil || len(recovery) != recoveryCodes {
			t.Fatalf("%v, %v", recovery, err)
		}
		if w.CheckCode(ctx, Caller{}, ada.Account, codeAt(t, secret, w.Now())) == nil {
			t.Error("the code that set codes up was taken again")
		}
		if w.CheckCode(ctx, Caller{}, ada.Account, codeAt(t, secret, w.Now().Add(-codeStep*time.Second))) == nil {
			t.Error("a code older than the last was taken")
		}

		next := codeAt(t, secret, w.Now().Add(codeStep*time.Second))
		addresses := map[string]string{"app": "192.0.2.7", "recovery": "192.0.2.8"}
		for name, code := range map[string]string{"app": next, "recovery": recovery[0]} {
			var taken atomic.Int32
			var group sync.WaitGroup
			for range 8 {
				group.Go(func() {
					if w.CheckCode(ctx, Caller{Address: addresses[name]}, ada.Account, code) == nil {
						taken.Add(1)
					}
				})
			}
			group.Wait()
			if taken.Load() != 1 {
				t.Errorf("%s: one code was taken %d times", name, taken.Load())
			}
		}

		renewed, err := w.RenewRecoveryCodes(ctx, ada)
		if err != nil || w.CheckCode(ctx, Caller{}, ada.Account, recovery[1]) == nil {
			t.Errorf("an old recovery code outlived the new ones: %v", err)
		}
		if err := w.CheckCode(ctx, Caller{}, ada.Account, " "+renewed[0]+" "); err != nil {
			t.Error(err)
		}
		if state, err := w.Codes(ctx, ada); err != nil || !state.On || state.Left != recoveryCodes-1 {
			t.Errorf("%+v, %v", state, err)
		}
		unconfirmed := ada
		unconfirmed.Confirmed = false
		if w.SwitchOffCodes(ctx, unconfirmed) == nil {
			t.Error("codes were switched off without a confirmation")
		}
		if err := w.SwitchOffCodes(ctx, ada); err != nil {
			t.Fatal(err)
		}
		if w.CheckCode(ctx, Caller{}, ada.Account, renewed[1]) == nil {
			t.Error("a recovery code outlived the codes")
		}
	})
}

func TestTokens_sayNoMoreThanTheirAccountAndEndAtOnce(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		ada := w.account(t, "Ada", models.RoleContributor)
		ada.Confirmed = true
		for _, bad := range []struct {
			label string
			scope models.Scope
			days  int
		}{{"x", models.ScopePublish, 1}, {"x", models.ScopeAdmin, 1}, {"x", "", 1}, {"", models.ScopeRead, 1}, {"x", models.ScopeRead, 0}, {"x", models.ScopeRead, 366}} {
			if _, err := w.MakeToken(ctx, ada, bad.label, bad.scope, bad.days); err == nil {
				t.Errorf("%+v was made", bad)
			}
		}
		secret, err := w.MakeToken(ctx, ada, "A script", models.ScopeRead, 1)
		if err != nil {
			t.Fatal(err)
		}
		actor, err := w.Authenticate(ctx, secret)
		if err != nil || actor.Scope != models.ScopeRead || require(actor, ActionPropose) == nil {
			t.Errorf("%+v, %v", actor, err)
		}
		tokens, err := w.Tokens(ctx, ada)
		if err != nil || len(tokens) != 1 || tokens[0].UsedAt == nil || tokens[0].Hint != secret[:len(tokens[0].Hint)] {
			t.Fatalf("%+v, %v", tokens, err)
		}
		if w.RevokeToken(ctx, w.editor, tokens[0].ID) == nil {
			t.Error("somebody else revoked it")
		}
		if err := w.RevokeToken(ctx, ada, tokens[0].ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Authenticate(ctx, secret); err == nil {
			t.Error("a revoked token was taken")
		}
		if _, err := w.MakeToken(ctx, models.Actor{Account: ada.Account, Role: ada.Role}, "x", models.ScopeRead, 1); err == nil {
			t.Error("a token was made without a confirmation")
		}
	})
}
