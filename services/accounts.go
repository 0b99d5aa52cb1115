package services

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"plumbline/models"
)

// tokenPrefix marks a secret as one of ours, so that scanners for leaked secrets can find it.
const tokenPrefix = "plumb_"

// Operator is the actor of the command line: whoever may read the database file may do this.
func Operator() models.Actor { return models.Actor{Name: "operator", Role: models.RoleAdmin} }

// CreateAccount makes an account. ErrConflict when the name is taken.
func (s *Services) CreateAccount(ctx context.Context, by models.Actor, name string, role models.Role) (models.Account, error) {
	if err := require(by, ActionAccounts); err != nil {
		return models.Account{}, err
	}
	clean, problem := models.CleanText(name)
	if problem != "" || clean == "" || len(clean) > 100 || strings.ContainsAny(clean, "\n\t") {
		return models.Account{}, models.Errorf(models.ErrInvalid, "Give the account a name of 1 to 100 letters on one line.")
	}
	if !models.Roles().Has(string(role)) {
		return models.Account{}, models.Errorf(models.ErrInvalid, "%q is no role.%s Use %s.", role,
			models.DidYouMean(string(role), models.Roles().Values()), strings.Join(models.Roles().Values(), ", "))
	}

	account := models.Account{ID: newID(), Name: clean, Role: role, CreatedAt: s.now()}
	err := s.db.Write(ctx).Create(&account).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return models.Account{}, models.Errorf(models.ErrConflict, "There is an account named %q already.", clean)
	}
	return account, wrap(err, "create account")
}

// Account looks an account up by its name: ErrNotFound when there is none.
func (s *Services) Account(ctx context.Context, by models.Actor, name string) (models.Account, error) {
	if err := require(by, ActionAccounts); err != nil {
		return models.Account{}, err
	}
	var account models.Account
	found := s.db.Write(ctx).Limit(1).Find(&account, "name = ?", name)
	if found.Error == nil && found.RowsAffected == 0 {
		return account, models.Errorf(models.ErrNotFound, "There is no account named %q.", name)
	}
	return account, wrap(found.Error, "look up account")
}

// CreateToken makes a bearer token of an account and gives its secret, which is not kept and
// cannot be shown again. A zero lifetime never expires.
func (s *Services) CreateToken(ctx context.Context, by models.Actor, account models.Account, lifetime time.Duration) (string, error) {
	if err := require(by, ActionAccounts); err != nil {
		return "", err
	}
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		return "", fmt.Errorf("make a token: %w", err)
	}

	secret := tokenPrefix + base64.RawURLEncoding.EncodeToString(random)
	token := models.Token{ID: newID(), AccountID: account.ID, Hash: hashSecret(secret), CreatedAt: s.now()}
	if lifetime > 0 {
		expires := s.now().Add(lifetime)
		token.ExpiresAt = &expires
	}
	return secret, wrap(s.db.Write(ctx).Create(&token).Error, "store token")
}

// hashSecret is enough for secrets of 256 random bits, which nobody can guess.
func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// Authenticate gives the actor of a bearer token: ErrUnauthorized when it is unknown, expired or
// revoked, or its account suspended. It reads the primary, so that a revocation works at once.
func (s *Services) Authenticate(ctx context.Context, secret string) (models.Actor, error) {
	var row struct {
		models.Account
		ExpiresAt *time.Time
		RevokedAt *time.Time
	}
	found := s.db.Write(ctx).Table("tokens t").Joins("JOIN accounts a ON a.id = t.account_id").
		Select("a.id, a.name, a.role, a.suspended_at, t.expires_at, t.revoked_at").
		Where("t.hash = ?", hashSecret(secret)).Limit(1).Scan(&row)
	if found.Error != nil {
		return models.Actor{}, fmt.Errorf("authenticate: %w", found.Error)
	}
	expired := row.ExpiresAt != nil && !s.now().Before(*row.ExpiresAt)
	if found.RowsAffected == 0 || expired || row.RevokedAt != nil || row.SuspendedAt != nil {
		return models.Actor{}, models.Errorf(models.ErrUnauthorized, "This token is not valid (any more). Ask whoever runs this Plumbline for a new one.")
	}
	return models.Actor{Account: row.ID, Name: row.Name, Role: row.Role}, nil
}
