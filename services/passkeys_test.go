package services

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/uuid"

	"plumbline/models"
)

var here = PasskeySite{Host: "plumbline.example", Origin: "https://plumbline.example"}

// authenticator is a device that keeps one passkey, as WebAuthn level 3 says.
type authenticator struct {
	key    *ecdsa.PrivateKey
	id     []byte
	handle []byte
	count  uint32
	// verifies says whether it asks for a finger or a PIN; origin what the browser says.
	verifies bool
	origin   string
}

func newAuthenticator(t *testing.T) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		t.Fatal(err)
	}
	return &authenticator{key: key, id: id, verifies: true, origin: here.Origin}
}

// options are what the server sent, as the browser reads them.
type ceremonyOptions struct {
	PublicKey struct {
		Challenge string `json:"challenge"`
		User      struct {
			ID string `json:"id"`
		} `json:"user"`
		RP   struct{ ID string } `json:"rp"`
		RPID string              `json:"rpId"`
	} `json:"publicKey"`
}

func readCeremony(t *testing.T, c Ceremony) ceremonyOptions {
	t.Helper()
	var options ceremonyOptions
	text, err := json.Marshal(c.Options)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &options); err != nil {
		t.Fatal(err)
	}
	return options
}

func code64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// data is what an authenticator signs about itself; attested is its new key.
func (a *authenticator) data(host string, attested []byte) []byte {
	sum := sha256.Sum256([]byte(host))
	flags := byte(0x01) // somebody is there
	if a.verifies {
		flags |= 0x04
	}
	if attested != nil {
		flags |= 0x40
	}
	data := append(sum[:], flags)
	data = binary.BigEndian.AppendUint32(data, a.count)
	return append(data, attested...)
}

func (a *authenticator) client(t *testing.T, kind, challenge string) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// create makes a passkey.
func (a *authenticator) create(t *testing.T, c Ceremony) []byte {
	t.Helper()
	o := readCeremony(t, c).PublicKey
	handle, err := base64.RawURLEncoding.DecodeString(o.User.ID)
	if err != nil {
		t.Fatal(err)
	}
	a.handle = handle
	public, err := a.key.PublicKey.Bytes() // 4, X, Y
	if err != nil {
		t.Fatal(err)
	}
	cose, err := cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: public[1:33], -3: public[33:]})
	if err != nil {
		t.Fatal(err)
	}
	attested := binary.BigEndian.AppendUint16(make([]byte, 16), uint16(len(a.id)))
	attested = append(append(attested, a.id...), cose...)
	object, err := cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": a.data(o.RP.ID, attested)})
	if err != nil {
		t.Fatal(err)
	}
	return a.answer(t, map[string]any{"clientDataJSON": code64(a.client(t, "webauthn.create", o.Challenge)), "attestationObject": code64(object)})
}

// sign answers a challenge, and counts.
func (a *authenticator) sign(t *testing.T, c Ceremony) []byte {
	t.Helper()
	o := readCeremony(t, c).PublicKey
	a.count++
	data, client := a.data(o.RPID, nil), a.client(t, "webauthn.get", o.Challenge)
	sum := sha256.Sum256(client)
	digest := sha256.Sum256(append(append([]byte{}, data...), sum[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return a.answer(t, map[string]any{"clientDataJSON": code64(client), "authenticatorData": code64(data), "signature": code64(signature), "userHandle": code64(a.handle)})
}

func (a *authenticator) answer(t *testing.T, response map[string]any) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{"id": code64(a.id), "rawId": code64(a.id), "type": "public-key", "clientExtensionResults": map[string]any{}, "response": response})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// withPasskey adds a passkey to an account.
func (w *world) withPasskey(t *testing.T, by models.Actor) *authenticator {
	t.Helper()
	by.Confirmed = true
	a := newAuthenticator(t)
	c, err := w.BeginPasskey(context.Background(), by, here)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.AddPasskey(context.Background(), by, here, c.ID, "A key", a.create(t, c)); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestPasskeys_signInAndCount(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		ada := w.account(t, "Ada", models.RoleEditor)
		a := w.withPasskey(t, ada)
		begin := func() Ceremony {
			t.Helper()
			c, err := w.BeginPasskeySignIn(ctx, Caller{}, here)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}

		c := begin()
		answer := a.sign(t, c)
		if in, err := w.SignInWithPasskey(ctx, Caller{}, here, c.ID, answer); err != nil || in.Account != ada.Account || in.NeedsCode {
			t.Fatalf("%+v, %v", in, err)
		}
		if keys, err := w.Passkeys(ctx, ada); err != nil || len(keys) != 1 || keys[0].UsedAt == nil || keys[0].Label != "A key" {
			t.Errorf("%+v, %v", keys, err)
		}
		if _, err := w.SignInWithPasskey(ctx, Caller{}, here, c.ID, answer); errorKind(err) != models.ErrInvalid {
			t.Errorf("an answer twice: %v", err)
		}
		if _, err := w.SignInWithPasskey(ctx, Caller{}, here, begin().ID, answer); errorKind(err) != models.ErrInvalid {
			t.Errorf("an answer to another challenge: %v", err)
		}

		late := begin()
		lateAnswer := a.sign(t, late)
		w.now = w.now.Add(challengeLifetime)
		if _, err := w.SignInWithPasskey(ctx, Caller{}, here, late.ID, lateAnswer); errorKind(err) != models.ErrInvalid || !strings.Contains(err.Error(), "too long") {
			t.Errorf("a late answer: %v", err)
		}

		// Each of these is as good as the first answer but for one thing.
		for name, spoil := range map[string]func(*authenticator){
			"another origin":    func(a *authenticator) { a.origin = "https://plumbline.example.evil.example" },
			"nobody unlocks it": func(a *authenticator) { a.verifies = false },
			"another key":       func(a *authenticator) { a.key = newAuthenticator(t).key },
			"another account":   func(a *authenticator) { id := uuid.New(); a.handle = id[:] },
			"no handle":         func(a *authenticator) { a.handle = nil },
			"another id":        func(a *authenticator) { a.id = []byte("0123456789abcdef") },
		} {
			spoilt := *a
			spoilt.count += 5
			spoil(&spoilt)
			c := begin()
			if in, err := w.SignInWithPasskey(ctx, Caller{}, here, c.ID, spoilt.sign(t, c)); errorKind(err) != models.ErrInvalid {
				t.Errorf("%s: %+v, %v", name, in, err)
			}
		}
		for _, text := range []string{"", "{}", "null", `{"id":1}`, strings.Repeat("[", 10_000)} {
			if _, err := w.SignInWithPasskey(ctx, Caller{}, here, begin().ID, []byte(text)); errorKind(err) != models.ErrInvalid {
				t.Errorf("%.20q: %v", text, err)
			}
		}

		copied := *a
		c = begin()
		if _, err := w.SignInWithPasskey(ctx, Caller{}, here, c.ID, a.sign(t, c)); err != nil {
			t.Fatal(err)
		}
		c = begin()
		if _, err := w.SignInWithPasskey(ctx, Caller{}, here, c.ID, copied.sign(t, c)); errorKind(err) != models.ErrInvalid || !strings.Contains(err.Error(), "copied") {
			t.Errorf("a counter that went back: %v", err)
		}

		// Of answers with one counter at the same time, one is taken.
		twin := *a
		var taken atomic.Int32
		var group sync.WaitGroup
		for range 4 {
			c, one := begin(), twin
			answer := one.sign(t, c)
			group.Go(func() {
				if _, err := w.SignInWithPasskey(ctx, Caller{}, here, c.ID, answer); err == nil {
					taken.Add(1)
				}
			})
		}
		group.Wait()
		if taken.Load() != 1 {
			t.Errorf("one counter was taken %d times", taken.Load())
		}

		off := true
		if _, err := w.ChangeMember(ctx, w.account(t, "Admin", models.RoleAdmin), ada.Account, MemberPatch{Suspended: &off}); err != nil {
			t.Fatal(err)
		}
		a.count += 10
		c = begin()
		if _, err := w.SignInWithPasskey(ctx, Caller{}, here, c.ID, a.sign(t, c)); errorKind(err) != models.ErrInvalid {
			t.Errorf("a suspended account: %v", err)
		}
	})
}

func TestPasskeys_areOnesOwn(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		ada, eve := w.account(t, "Ada", models.RoleEditor), w.account(t, "Eve", models.RoleEditor)
		ada.Confirmed, eve.Confirmed = true, true
		a, e := w.withPasskey(t, ada), w.withPasskey(t, eve)

		c, err := w.BeginConfirmation(ctx, ada, here)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.ConfirmWithPasskey(ctx, ada, here, c.ID, e.sign(t, c)); errorKind(err) != models.ErrInvalid {
			t.Errorf("somebody else's passkey confirms: %v", err)
		}
		c, err = w.BeginConfirmation(ctx, ada, here)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.ConfirmWithPasskey(ctx, eve, here, c.ID, a.sign(t, c)); errorKind(err) != models.ErrInvalid {
			t.Errorf("an answer of Ada confirms Eve: %v", err)
		}
		if c, err = w.BeginConfirmation(ctx, ada, here); err != nil {
			t.Fatal(err)
		}
		if err := w.ConfirmWithPasskey(ctx, ada, here, c.ID, a.sign(t, c)); err != nil {
			t.Error(err)
		}

		c, err = w.BeginPasskey(ctx, ada, here)
		if err != nil {
			t.Fatal(err)
		}
		second := newAuthenticator(t)
		made := second.create(t, c)
		if err := w.AddPasskey(ctx, eve, here, c.ID, "Mine", made); errorKind(err) != models.ErrInvalid {
			t.Errorf("Ada's challenge gave Eve a passkey: %v", err)
		}
		keys, err := w.Passkeys(ctx, ada)
		if err != nil || len(keys) != 1 {
			t.Fatal(keys, err)
		}
		unconfirmed := ada
		unconfirmed.Confirmed = false
		if _, err := w.BeginPasskey(ctx, unconfirmed, here); errorKind(err) != models.ErrForbidden {
			t.Errorf("a passkey without a confirmation: %v", err)
		}
		if err := w.RemovePasskey(ctx, eve, keys[0].ID); errorKind(err) != models.ErrNotFound {
			t.Errorf("somebody else's passkey was removed: %v", err)
		}
		if err := w.RenamePasskey(ctx, eve, keys[0].ID, "x"); errorKind(err) != models.ErrNotFound {
			t.Errorf("somebody else's passkey was renamed: %v", err)
		}
		if err := w.RenamePasskey(ctx, ada, keys[0].ID, " \n "); errorKind(err) != models.ErrInvalid {
			t.Errorf("an empty name: %v", err)
		}
		if err := w.RemovePasskey(ctx, ada, keys[0].ID); errorKind(err) != models.ErrConflict {
			t.Errorf("the last way to sign in was removed: %v", err)
		}

		// Of two that are removed at the same time, one stays.
		w.withPasskey(t, ada)
		if keys, err = w.Passkeys(ctx, ada); err != nil || len(keys) != 2 {
			t.Fatal(keys, err)
		}
		var removed atomic.Int32
		var group sync.WaitGroup
		for _, key := range keys {
			group.Go(func() {
				if w.RemovePasskey(ctx, ada, key.ID) == nil {
					removed.Add(1)
				}
			})
		}
		group.Wait()
		if removed.Load() != 1 {
			t.Errorf("%d of two passkeys were removed", removed.Load())
		}
		if err := w.SetPassword(ctx, ada, chosenPassword); err != nil {
			t.Fatal(err)
		}
		if keys, err = w.Passkeys(ctx, ada); err != nil || len(keys) != 1 {
			t.Fatal(keys, err)
		}
		if err := w.RemovePasskey(ctx, ada, keys[0].ID); err != nil {
			t.Errorf("a passkey beside a password: %v", err)
		}
	})
}

func TestLinks_areUsedWithAPasskey(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		admin := w.account(t, "Admin", models.RoleAdmin)
		secret, _, err := w.Invite(ctx, admin, NewInvitation{Role: models.RoleContributor})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.BeginLinkPasskey(ctx, here, secret, "Admin"); errorKind(err) != models.ErrInvalid {
			t.Errorf("a name that is taken: %v", err)
		}
		c, err := w.BeginLinkPasskey(ctx, here, secret, "Ada")
		if err != nil {
			t.Fatal(err)
		}
		a := newAuthenticator(t)
		in, err := w.UseLinkWithPasskey(ctx, here, secret, c.ID, "A phone", a.create(t, c))
		if err != nil || in.Name != "Ada" || in.Role != models.RoleContributor {
			t.Fatalf("%+v, %v", in, err)
		}
		if _, err := w.UseLinkWithPasskey(ctx, here, secret, c.ID, "", a.create(t, c)); errorKind(err) != models.ErrNotFound {
			t.Errorf("an invitation twice: %v", err)
		}
		signsIn := func(a *authenticator) error {
			c, err := w.BeginPasskeySignIn(ctx, Caller{}, here)
			if err == nil {
				_, err = w.SignInWithPasskey(ctx, Caller{}, here, c.ID, a.sign(t, c))
			}
			return err
		}
		if err := signsIn(a); err != nil {
			t.Fatal(err)
		}
		if _, err := w.SignInWithPassword(ctx, Caller{}, "Ada", ""); err == nil {
			t.Error("an account without a password takes an empty one")
		}

		// A link to reset gives no passkey where codes are asked for: it would do without them.
		ada, err := w.Member(ctx, in.Account.String(), w.now.Format(time.RFC3339))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.SetPassword(ctx, ada, chosenPassword); err != nil {
			t.Fatal(err)
		}
		code, err := NewCodeSecret()
		if err != nil {
			t.Fatal(err)
		}
		plain, _, err := w.InviteReset(ctx, admin, ada.Account, false)
		if err != nil {
			t.Fatal(err)
		}
		early, err := w.BeginLinkPasskey(ctx, here, plain, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.SetUpCodes(ctx, ada, code, codeAt(t, code, w.Now())); err != nil {
			t.Fatal(err)
		}
		if _, err := w.BeginLinkPasskey(ctx, here, plain, ""); errorKind(err) != models.ErrConflict {
			t.Errorf("a passkey without the codes: %v", err)
		}
		if _, err := w.UseLinkWithPasskey(ctx, here, plain, early.ID, "", newAuthenticator(t).create(t, early)); errorKind(err) != models.ErrConflict {
			t.Errorf("a passkey that was begun before the codes: %v", err)
		}

		// For a lost phone or a stolen account, everything is taken away at once.
		token, err := w.MakeToken(ctx, ada, "A script", models.ScopeRead, 9)
		if err != nil {
			t.Fatal(err)
		}
		whole, _, err := w.InviteReset(ctx, admin, ada.Account, true)
		if err != nil {
			t.Fatal(err)
		}
		if err := signsIn(a); err == nil {
			t.Error("the lost passkey signs in")
		}
		if _, err := w.Authenticate(ctx, token); err == nil {
			t.Error("a token of the stolen account is taken")
		}
		if _, err := w.SignInWithPassword(ctx, Caller{}, "Ada", chosenPassword); err == nil {
			t.Error("the password of the stolen account is taken")
		}
		if c, err = w.BeginLinkPasskey(ctx, here, whole, ""); err != nil {
			t.Fatal(err)
		}
		fresh := newAuthenticator(t)
		if in, err = w.UseLinkWithPasskey(ctx, here, whole, c.ID, "", fresh.create(t, c)); err != nil || in.Account != ada.Account || in.NeedsCode {
			t.Fatalf("%+v, %v", in, err)
		}
		if err := signsIn(fresh); err != nil {
			t.Error(err)
		}
		if ways, err := w.Ways(ctx, ada); err != nil || ways != (Ways{Passkeys: 1}) {
			t.Errorf("%+v, %v", ways, err)
		}

		if _, err := w.BeginPasskeySignIn(ctx, Caller{}, here); err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(SessionLifetime)
		if err := w.workForgetEnded(ctx, forgetEndedJob{}); err != nil {
			t.Fatal(err)
		}
		var left int64
		if err := w.db.Read(ctx).Model(&models.Challenge{}).Count(&left).Error; err != nil || left != 0 {
			t.Errorf("%d challenges are left, %v", left, err)
		}
	})
}
