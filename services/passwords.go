package services

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// passwordCost is what one check costs: about a tenth of a second and 64 MiB, so that guessing
// is slow even for who stole the database (RFC 9106, section 4).
var passwordCost = argon2id.Params{Memory: 64 * 1024, Iterations: 3, Parallelism: 2, SaltLength: 16, KeyLength: 32}

// mostChecks is how many passwords are checked at once, so that nobody fills the memory.
const mostChecks = 2

// Bounds of a password's length, in letters.
const (
	shortestPassword = 12
	longestPassword  = 200
)

//go:embed passwords.txt
var commonPasswords string

// passwords checks and makes hashes, a few at a time.
type passwords struct {
	slots chan struct{}
	// nobody is a hash that no password has, checked where there is no account, so that it
	// takes as long.
	nobody string
}

func newPasswords() passwords {
	return passwords{slots: make(chan struct{}, mostChecks),
		nobody: "$argon2id$v=19$m=65536,t=3,p=2$c29tZSBzYWx0IGhlcmUh$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
}

// slot waits for leave to compute; the caller calls done after.
func (p passwords) slot(ctx context.Context) (done func(), err error) {
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hash makes the hash of a password.
func (p passwords) hash(ctx context.Context, password string) (string, error) {
	done, err := p.slot(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	hash, err := argon2id.CreateHash(password, &passwordCost)
	return hash, wrap(err, "hash a password")
}

// check reports whether a password has a hash. For "" it takes as long, and says no.
func (p passwords) check(ctx context.Context, password, hash string) (bool, error) {
	done, err := p.slot(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	known := hash != ""
	if !known {
		hash = p.nobody
	}
	right, err := argon2id.ComparePasswordAndHash(password, hash)
	return right && known, wrap(err, "check a password")
}

// checkNewPassword says what is wrong with a password that somebody chose; "" when nothing is.
func checkNewPassword(password, name string) string {
	folded := models.Fold(password)
	switch {
	case !utf8.ValidString(password):
		return "Choose a password of letters that can be typed."
	case utf8.RuneCountInString(password) < shortestPassword:
		return fmt.Sprintf("Choose a password of at least %d letters; a few words in a row are easy to keep in mind.", shortestPassword)
	case utf8.RuneCountInString(password) > longestPassword:
		return fmt.Sprintf("Choose a password of at most %d letters.", longestPassword)
	case folded == models.Fold(name) || strings.Count(password, password[:1]) == len(password):
		return "Choose a password that is harder to guess than this."
	case slices.Contains(strings.Fields(commonPasswords), strings.ToLower(password)):
		return "This is one of the most common passwords. Choose another one."
	}
	return ""
}

// SetPassword sets the actor's own password. Every session of the account ends; who is there
// gets a new one.
func (s *Services) SetPassword(ctx context.Context, by models.Actor, password string) error {
	if err := require(by, ActionCredentials); err != nil {
		return err
	}
	hash, err := s.newPassword(ctx, password, by.Name)
	if err != nil {
		return err
	}
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		return setPassword(tx, by.Account, hash)
	})
}

// newPassword hashes a password that somebody chose: ErrInvalid when it is too easy to guess.
func (s *Services) newPassword(ctx context.Context, password, name string) (string, error) {
	if problem := checkNewPassword(password, name); problem != "" {
		return "", &models.Error{Kind: models.ErrInvalid, Message: problem, Problems: []models.Problem{{Pointer: "/password", Message: problem}}}
	}
	return s.passwords.hash(ctx, password)
}

func setPassword(tx *gorm.DB, account uuid.UUID, hash string) error {
	if err := tx.Model(&models.Account{}).Where("id = ?", account).Update("password", hash).Error; err != nil {
		return fmt.Errorf("set a password: %w", err)
	}
	return endSessions(tx, account)
}

// endSessions ends every session of an account.
func endSessions(tx *gorm.DB, account uuid.UUID) error {
	return wrap(tx.Delete(&models.Session{}, "account_id = ?", account).Error, "end sessions")
}

// SignIn is who proved that they may sign in.
type SignIn struct {
	Account uuid.UUID
	Name    string
	Role    models.Role
	// NeedsCode is set when a code of an authenticator app has to follow.
	NeedsCode bool
}

// errSignIn is the one answer for every name and password that do not belong together.
func errSignIn() *models.Error {
	const message = "This name and password do not belong together. Check both, and try again."
	return &models.Error{Kind: models.ErrInvalid, Message: message, Problems: []models.Problem{{Pointer: "/name", Message: message}}}
}

// SignInWithPassword checks a name and password. Whether there is such an account can be told
// neither from the answer nor from the time that it takes. ErrLimited after too many wrong tries.
func (s *Services) SignInWithPassword(ctx context.Context, from Caller, name, password string) (SignIn, error) {
	if len(password) > 4*longestPassword {
		password = "" // no password is that long
	}
	var account models.Account
	name = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(name, "\x00", ""), ""))
	found := s.db.Primary(ctx).Limit(1).Find(&account, "name = ?", name)
	if found.Error != nil {
		return SignIn{}, fmt.Errorf("look up who signs in: %w", found.Error)
	}
	t, err := s.beginTry(ctx, from, "password", name, account.ID)
	if err != nil {
		return SignIn{}, err
	}
	right, err := s.passwords.check(ctx, password, account.Password)
	if err != nil {
		return SignIn{}, err
	}
	if !right || !account.Usable() {
		return SignIn{}, errSignIn()
	}
	if err := s.succeed(ctx, t); err != nil {
		return SignIn{}, err
	}
	return SignIn{Account: account.ID, Name: account.Name, Role: account.Role, NeedsCode: account.TOTPSecret != ""}, nil
}
