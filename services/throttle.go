package services

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"plumbline/models"
)

// How guessing is slowed
//
// A try is counted before it is looked at, so that many at once gain nothing, and taken back when
// it was right. It is counted for the address with the account, for the address alone and for the
// account alone, whether there is such an account or not. After some failures each next try waits
// longer than the one before; what comes too early is refused, and counts for nothing.
//
// A browser in which somebody signed in to an account before brings a proof of it, and is counted
// by itself: whoever guesses from elsewhere does not slow its person down. Passkeys and links
// cannot be guessed and are not slowed, so nobody is locked out.

// Caller is where a try to sign in comes from.
type Caller struct {
	// Address is the client's address, as far as it is known. It is not kept.
	Address string
	// Known is what the browser keeps of an earlier sign-in; "" for none. See KnownBrowser.
	Known string
}

// pace says how tries are slowed.
type pace struct {
	// free failures cost nothing.
	free int64
	// first is the wait after them; each further failure doubles it, up to longest.
	first, longest time.Duration
}

// The paces: of one address with one account, and of a browser that is known; of an address,
// behind which many people may be; of an account, which many addresses may try.
var (
	pacePair    = pace{free: 5, first: 10 * time.Second, longest: 15 * time.Minute}
	paceAddress = pace{free: 30, first: 10 * time.Second, longest: 15 * time.Minute}
	paceAccount = pace{free: 30, first: 10 * time.Second, longest: 5 * time.Minute}
	// paceChallenge bounds the challenges that one address is given and does not answer.
	paceChallenge = pace{free: 60, first: 10 * time.Second, longest: 5 * time.Minute}
)

// throttleMemory is how long a failure counts when no other one follows.
const throttleMemory = 24 * time.Hour

// wait is how long after the last of some failures the next try is looked at.
func (p pace) wait(failures int64) time.Duration {
	if failures < p.free {
		return 0
	}
	wait := p.first
	for range failures - p.free {
		if wait *= 2; wait >= p.longest {
			return p.longest
		}
	}
	return wait
}

// bucket is what is counted together.
type bucket struct {
	key  []byte
	pace pace
	// forgiven buckets are emptied by a success; the others lose the one try that was right.
	forgiven bool
}

// try is one that was counted.
type try struct{ buckets []bucket }

// hide gives a keyed hash of what a bucket counts, or of what a browser keeps.
func (s *Services) hide(kind string, parts ...[]byte) []byte {
	mac := hmac.New(sha256.New, s.secret)
	for _, part := range append([][]byte{[]byte(kind)}, parts...) {
		mac.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
		mac.Write(part)
	}
	return mac.Sum(nil)
}

// network is what of an address is counted: of IPv6 the half that names the network, since one
// machine has the other half to itself.
func network(address string) []byte {
	parsed, err := netip.ParseAddr(address)
	if err != nil {
		return nil // all whose address is unknown are counted together
	}
	if parsed = parsed.Unmap().WithZone(""); parsed.Is6() {
		half := parsed.As16()
		return half[:8]
	}
	return parsed.AsSlice()
}

// beginTry counts a try of a kind for a name or id, before it is looked at: ErrLimited when it
// comes too early. account is the account of the name; zero for none.
func (s *Services) beginTry(ctx context.Context, from Caller, kind, whose string, account uuid.UUID) (try, error) {
	where, name := network(from.Address), []byte(whose)
	if browser, known := s.knows(from.Known, account); known {
		return s.count(ctx, bucket{s.hide(kind+" browser", browser), pacePair, true})
	}
	return s.count(ctx, bucket{s.hide(kind+" pair", where, name), pacePair, true}, bucket{s.hide(kind+" address", where), paceAddress, false},
		bucket{s.hide(kind+" account", name), paceAccount, false})
}

// count counts a try in each bucket, or in none when one says that it comes too early.
func (s *Services) count(ctx context.Context, buckets ...bucket) (try, error) {
	// Always in one order, so that no two tries wait for each other.
	slices.SortFunc(buckets, func(a, b bucket) int { return bytes.Compare(a.key, b.key) })
	keys := make([][]byte, len(buckets))
	for i, b := range buckets {
		keys[i] = b.key
	}
	now := s.now()
	err := s.db.Transaction(ctx, func(tx *gorm.DB) error {
		for _, b := range buckets {
			// The row is made first, so that it can be held: of tries at the same time each sees the one before.
			err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&models.Throttle{Bucket: b.key, FailedAt: now}).Error
			if err != nil {
				return fmt.Errorf("count a try: %w", err)
			}
		}
		var rows []models.Throttle
		if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Order("bucket").Find(&rows, "bucket IN ?", keys).Error; err != nil {
			return fmt.Errorf("count a try: %w", err)
		}
		for _, row := range rows {
			b := buckets[slices.IndexFunc(buckets, func(b bucket) bool { return bytes.Equal(b.key, row.Bucket) })]
			if now.Sub(row.FailedAt) >= throttleMemory {
				row.Failures = 0
			}
			if left := row.FailedAt.Add(b.pace.wait(row.Failures)).Sub(now); left > 0 {
				return tooSoon(left)
			}
			err := tx.Model(&models.Throttle{}).Where("bucket = ?", row.Bucket).Updates(map[string]any{"failures": row.Failures + 1, "failed_at": now}).Error
			if err != nil {
				return fmt.Errorf("count a try: %w", err)
			}
		}
		return nil
	})
	return try{buckets}, err
}

// tooSoon is the one answer to every try that comes too early.
func tooSoon(left time.Duration) error {
	left = max(left.Round(time.Second), time.Second)
	unit, n := "second", int(left/time.Second)
	if left > 90*time.Second {
		unit, n = "minute", int((left+time.Minute-1)/time.Minute)
	}
	err := models.Errorf(models.ErrLimited, "There were too many wrong tries. Try again in %s, or sign in with a passkey or a link of an admin, which do not wait.", count(n, unit, unit+"s"))
	err.RetryAfter = left
	return err
}

// succeed takes a try back that was right.
func (s *Services) succeed(ctx context.Context, t try) error {
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		for _, b := range t.buckets {
			done := tx.Model(&models.Throttle{}).Where("bucket = ? AND failures > 0", b.key).Update("failures", gorm.Expr("failures - 1"))
			if b.forgiven {
				done = tx.Delete(&models.Throttle{}, "bucket = ?", b.key)
			}
			if done.Error != nil {
				return fmt.Errorf("take a try back: %w", done.Error)
			}
		}
		return nil
	})
}

// knownFor is how long a browser is known after a sign-in.
const knownFor = 365 * 24 * time.Hour

// KnownBrowser gives what a browser keeps after somebody signed in to an account in it, so that
// their later tries are counted apart from those of everybody else. It proves nothing else, and
// nothing of it is stored.
func (s *Services) KnownBrowser(account uuid.UUID) string {
	random := make([]byte, 16)
	_, _ = rand.Read(random) // never fails, by its promise
	text := append(account[:], random...)
	text = binary.BigEndian.AppendUint32(text, uint32(s.now().Unix()/(24*60*60)))
	return base64.RawURLEncoding.EncodeToString(append(text, s.hide("known", text)...))
}

// IsKnownBrowser reports whether a browser keeps what KnownBrowser gave for the account.
func (s *Services) IsKnownBrowser(known string, account uuid.UUID) bool {
	_, ok := s.knows(known, account)
	return ok
}

// knows gives what tells a browser from others that is known for an account.
func (s *Services) knows(known string, account uuid.UUID) ([]byte, bool) {
	const length = 16 + 16 + 4
	text, err := base64.RawURLEncoding.DecodeString(known)
	if err != nil || len(text) != length+sha256.Size || account == uuid.Nil || !bytes.Equal(text[:16], account[:]) {
		return nil, false
	}
	made := time.Unix(int64(binary.BigEndian.Uint32(text[32:length]))*24*60*60, 0)
	return text[:32], hmac.Equal(text[length:], s.hide("known", text[:length])) && s.now().Sub(made) < knownFor
}
