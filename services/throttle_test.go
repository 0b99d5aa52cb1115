package services

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

func TestPace_growsToItsLongest(t *testing.T) {
	t.Parallel()
	p := pace{free: 3, first: 10 * time.Second, longest: time.Minute}
	for failures, want := range []time.Duration{0, 0, 0, 10 * time.Second, 20 * time.Second, 40 * time.Second, time.Minute, time.Minute} {
		if got := p.wait(int64(failures)); got != want {
			t.Errorf("after %d failures: %s, want %s", failures, got, want)
		}
	}
	if got := p.wait(1 << 40); got != time.Minute {
		t.Errorf("after very many: %s", got)
	}
}

func TestNetwork_isTheHalfOfIPv6(t *testing.T) {
	t.Parallel()
	same := [][2]string{{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9"}, {"::ffff:192.0.2.1", "192.0.2.1"}, {"fe80::1%eth0", "fe80::2"}, {"", "nonsense"}}
	other := [][2]string{{"2001:db8:1:2::1", "2001:db8:1:3::1"}, {"192.0.2.1", "192.0.2.2"}, {"192.0.2.1", ""}}
	for _, pair := range same {
		if !bytes.Equal(network(pair[0]), network(pair[1])) {
			t.Errorf("%q and %q are counted apart", pair[0], pair[1])
		}
	}
	for _, pair := range other {
		if bytes.Equal(network(pair[0]), network(pair[1])) {
			t.Errorf("%q and %q are counted together", pair[0], pair[1])
		}
	}
}

// guess tries a wrong password, without the time that a check takes, and gives how long one must wait.
func (w *world) guess(t *testing.T, from Caller, name string, account uuid.UUID) time.Duration {
	t.Helper()
	_, err := w.beginTry(context.Background(), from, "password", name, account)
	var limited *models.Error
	switch {
	case err == nil:
		return 0
	case errors.As(err, &limited) && limited.Kind == models.ErrLimited && limited.RetryAfter > 0:
		return limited.RetryAfter
	}
	t.Fatal(err)
	return 0
}

func TestThrottle_slowsWhoGuessesAndNobodyElse(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		ada := w.account(t, "Ada", models.RoleEditor)
		ada.Confirmed = true
		if err := w.SetPassword(ctx, ada, chosenPassword); err != nil {
			t.Fatal(err)
		}
		home := Caller{Address: "198.51.100.1", Known: w.KnownBrowser(ada.Account)}
		attacker := Caller{Address: "192.0.2.1"}
		for i := range pacePair.free {
			if wait := w.guess(t, attacker, "Ada", ada.Account); wait != 0 {
				t.Fatalf("guess %d waits %s", i+1, wait)
			}
			if wait := w.guess(t, attacker, "Nobody", uuid.Nil); wait != 0 {
				t.Fatalf("guess %d of a name that is not there waits %s", i+1, wait)
			}
		}
		known, unknown := w.guess(t, attacker, "Ada", ada.Account), w.guess(t, attacker, "Nobody", uuid.Nil)
		if known != pacePair.first || unknown != known {
			t.Errorf("after the free ones Ada waits %s and Nobody %s", known, unknown)
		}
		// What comes too early is not looked at, right or wrong, and costs no more.
		if _, err := w.SignInWithPassword(ctx, attacker, "Ada", chosenPassword); errorKind(err) != models.ErrLimited {
			t.Errorf("a right password that came too early: %v", err)
		}
		w.now = w.now.Add(pacePair.first)
		if wait := w.guess(t, attacker, "Ada", ada.Account); wait != 0 {
			t.Errorf("after the wait: %s", wait)
		}
		if wait := w.guess(t, attacker, "Ada", ada.Account); wait != 2*pacePair.first {
			t.Errorf("the next wait is %s", wait)
		}

		// From everywhere: the account itself is slow from browsers that are not known.
		for i := range 2 * paceAccount.free {
			w.guess(t, Caller{Address: fmt.Sprintf("203.0.113.%d", i)}, "Ada", ada.Account)
		}
		if wait := w.guess(t, Caller{Address: "198.51.100.77"}, "Ada", ada.Account); wait == 0 || wait > paceAccount.longest {
			t.Errorf("a fresh address waits %s for an account that is guessed from everywhere", wait)
		}
		// Her own browser and her passkey do not wait; nor do others.
		if _, err := w.SignInWithPassword(ctx, home, "Ada", chosenPassword); err != nil {
			t.Errorf("Ada in her own browser: %v", err)
		}
		if wait := w.guess(t, Caller{Address: "198.51.100.77"}, "Eve", uuid.Nil); wait != 0 {
			t.Errorf("another account waits %s", wait)
		}
		a := w.withPasskey(t, ada)
		c, err := w.BeginPasskeySignIn(ctx, attacker, here)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.SignInWithPasskey(ctx, attacker, here, c.ID, a.sign(t, c)); err != nil {
			t.Errorf("Ada with a passkey, from the address of the attacker: %v", err)
		}

		// A known browser is known for its own account alone, and is slowed by its own failures.
		if wait := w.guess(t, Caller{Address: "198.51.100.77", Known: w.KnownBrowser(uuid.New())}, "Ada", ada.Account); wait == 0 {
			t.Error("a browser that is known for another account does not wait")
		}
		forged := []byte(home.Known)
		forged[len(forged)-3] ^= 1
		if wait := w.guess(t, Caller{Address: "198.51.100.77", Known: string(forged)}, "Ada", ada.Account); wait == 0 {
			t.Error("a forged proof does not wait")
		}
		for range pacePair.free {
			w.guess(t, home, "Ada", ada.Account)
		}
		if wait := w.guess(t, home, "Ada", ada.Account); wait != pacePair.first {
			t.Errorf("a known browser that guesses waits %s", wait)
		}
		w.now = w.now.Add(knownFor)
		if w.IsKnownBrowser(home.Known, ada.Account) {
			t.Error("a browser is known for ever")
		}
	})
}

func TestThrottle_countsTriesAtTheSameTime(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		from := Caller{Address: "192.0.2.1"}
		var let atomic.Int64
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if _, err := w.beginTry(context.Background(), from, "password", "Ada", uuid.Nil); err == nil {
					let.Add(1)
				} else if errorKind(err) != models.ErrLimited {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if let.Load() != pacePair.free {
			t.Errorf("%d of 20 tries at once were looked at, want %d", let.Load(), pacePair.free)
		}
	})
}

func TestThrottle_slowsAddressesCodesAndConfirmations(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		from := Caller{Address: "2001:db8::1"}
		for i := range paceAddress.free {
			if wait := w.guess(t, Caller{Address: fmt.Sprintf("2001:db8::%x", i+1)}, fmt.Sprint("Name ", i), uuid.Nil); wait != 0 {
				t.Fatalf("name %d waits %s", i, wait)
			}
		}
		if wait := w.guess(t, from, "One more", uuid.Nil); wait != paceAddress.first {
			t.Errorf("an address that tries many names waits %s", wait)
		}
		// A success of one's own account does not make up for guesses at others.
		w.now = w.now.Add(paceAddress.first)
		right, err := w.beginTry(ctx, from, "password", "Eve", uuid.Nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.succeed(ctx, right); err != nil {
			t.Fatal(err)
		}
		if wait := w.guess(t, from, "One more", uuid.Nil); wait == 0 {
			t.Error("a success let the address guess on")
		}

		ada := w.account(t, "Ada", models.RoleEditor)
		ada.Confirmed = true
		secret, err := NewCodeSecret()
		if err != nil {
			t.Fatal(err)
		}
		recovery, err := w.SetUpCodes(ctx, ada, secret, codeAt(t, secret, w.Now()))
		if err != nil {
			t.Fatal(err)
		}
		elsewhere := Caller{Address: "192.0.2.9"}
		for range pacePair.free {
			if err := w.CheckCode(ctx, elsewhere, ada.Account, "000000x"); errorKind(err) != models.ErrInvalid {
				t.Fatal(err)
			}
		}
		for _, code := range []string{codeAt(t, secret, w.Now().Add(codeStep*time.Second)), recovery[0]} {
			if err := w.CheckCode(ctx, elsewhere, ada.Account, code); errorKind(err) != models.ErrLimited {
				t.Errorf("a code after many wrong ones: %v", err)
			}
		}
		w.now = w.now.Add(pacePair.first)
		if err := w.CheckCode(ctx, elsewhere, ada.Account, recovery[0]); err != nil {
			t.Errorf("a right code after the wait: %v", err)
		}
		if err := w.CheckCode(ctx, elsewhere, ada.Account, "000000x"); errorKind(err) != models.ErrInvalid {
			t.Errorf("a success is no new beginning: %v", err)
		}

		// Addresses are kept nowhere in clear, and failures for a day.
		var rows []models.Throttle
		if err := w.db.Read(ctx).Find(&rows).Error; err != nil || len(rows) == 0 {
			t.Fatal(rows, err)
		}
		for _, row := range rows {
			if len(row.Bucket) != 32 || bytes.Contains(row.Bucket, network(from.Address)) {
				t.Errorf("a bucket is %x", row.Bucket)
			}
		}
		for range paceChallenge.free {
			if _, err := w.BeginPasskeySignIn(ctx, elsewhere, here); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.BeginPasskeySignIn(ctx, elsewhere, here); errorKind(err) != models.ErrLimited {
			t.Errorf("challenges without an end: %v", err)
		}
		w.now = w.now.Add(throttleMemory + time.Second)
		if wait := w.guess(t, from, "One more", uuid.Nil); wait != 0 {
			t.Errorf("a day later: %s", wait)
		}
		if err := w.workForgetEnded(ctx, forgetEndedJob{}); err != nil {
			t.Fatal(err)
		}
		var left int64
		if err := w.db.Read(ctx).Model(&models.Throttle{}).Count(&left).Error; err != nil || left != 3 {
			t.Errorf("%d buckets are left, %v", left, err)
		}
	})
}
