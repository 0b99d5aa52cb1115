package services

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// tokenPrefix marks a secret as one of ours, so that scanners for leaked secrets can find it.
const tokenPrefix = "plumb_"

// Operator is the actor of the command line: whoever may read the database file may do this.
func Operator() models.Actor {
	return models.Actor{Name: "operator", Role: models.RoleAdmin, Confirmed: true}
}

// CreateAccount makes an account. ErrConflict when the name is taken.
func (s *Services) CreateAccount(ctx context.Context, by models.Actor, name string, role models.Role) (models.Account, error) {
	if err := require(by, ActionAccounts); err != nil {
		return models.Account{}, err
	}
	clean, problem := cleanName(name)
	if problem != "" {
		return models.Account{}, models.Errorf(models.ErrInvalid, "%s", problem)
	}
	if problems := roleProblem(by, role); len(problems) > 0 {
		return models.Account{}, models.Errorf(models.ErrInvalid, "%s", problems[0].Message)
	}

	account := models.Account{ID: newID(), Name: clean, Role: role, CreatedAt: s.now()}
	if err := s.db.Write(ctx).Create(&account).Error; err != nil {
		return models.Account{}, takenName(err, "account", clean)
	}
	return account, nil
}

// Account looks an account up by its name: ErrNotFound when there is none.
func (s *Services) Account(ctx context.Context, by models.Actor, name string) (models.Account, error) {
	if err := require(by, ActionAccounts); err != nil {
		return models.Account{}, err
	}
	var account models.Account
	found := s.db.Write(ctx).Limit(1).Find(&account, "name = ? AND deleted_at IS NULL", name)
	if found.Error == nil && found.RowsAffected == 0 {
		return account, models.Errorf(models.ErrNotFound, "There is no account named %q.", name)
	}
	return account, wrap(found.Error, "look up account")
}

// NewToken says what a token is to be.
type NewToken struct {
	// Label says what it is for.
	Label string
	Scope models.Scope
	// Lifetime is how long it is valid; 0 is for ever.
	Lifetime time.Duration
}

// CreateToken makes a bearer token of an account that may do all that the account may, and gives
// its secret, which is not kept and cannot be shown again. A zero lifetime never expires.
func (s *Services) CreateToken(ctx context.Context, by models.Actor, account models.Account, lifetime time.Duration) (string, error) {
	if err := require(by, ActionAccounts); err != nil {
		return "", err
	}
	return s.createToken(s.db.Write(ctx), account.ID, NewToken{Scope: models.ScopeAdmin, Lifetime: lifetime})
}

func (s *Services) createToken(tx *gorm.DB, account uuid.UUID, t NewToken) (string, error) {
	secret, err := newSecret(tokenPrefix)
	if err != nil {
		return "", err
	}
	token := models.Token{ID: newID(), AccountID: account, Hash: hashSecret(secret), CreatedAt: s.now(), Label: t.Label,
		Hint: secret[:len(tokenPrefix)+4], Scope: t.Scope}
	if t.Lifetime > 0 {
		expires := s.now().Add(t.Lifetime)
		token.ExpiresAt = &expires
	}
	return secret, wrap(tx.Create(&token).Error, "store token")
}

// hashSecret is enough for secrets of 256 random bits, which nobody can guess.
func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// usedEvery is how often the use of a token is written down.
const usedEvery = 5 * time.Minute

// Authenticate gives the actor of a bearer token: ErrUnauthorized when it is unknown, expired or
// revoked, or its account suspended. It reads the primary, so that a revocation, a suspension or
// a new role works at once.
func (s *Services) Authenticate(ctx context.Context, secret string) (models.Actor, error) {
	var row struct {
		models.Account
		TokenID   uuid.UUID
		Scope     models.Scope
		ExpiresAt *time.Time
		RevokedAt *time.Time
		UsedAt    *time.Time
	}
	found := s.db.Primary(ctx).Table("tokens t").Joins("JOIN accounts a ON a.id = t.account_id").
		Select("a.id, a.name, a.role, a.group_id, a.suspended_at, a.deleted_at, a.writes, t.id AS token_id, t.scope, t.expires_at, t.revoked_at, t.used_at").
		Where("t.hash = ?", hashSecret(secret)).Limit(1).Scan(&row)
	if found.Error != nil {
		return models.Actor{}, fmt.Errorf("authenticate: %w", found.Error)
	}
	now := s.now()
	expired := row.ExpiresAt != nil && !now.Before(*row.ExpiresAt)
	if found.RowsAffected == 0 || expired || row.RevokedAt != nil || !row.Usable() {
		return models.Actor{}, models.Errorf(models.ErrUnauthorized, "This token is not valid (any more). Ask whoever runs this Plumbline for a new one.")
	}
	if row.UsedAt == nil || now.Sub(*row.UsedAt) >= usedEvery {
		if err := s.db.Write(ctx).Model(&models.Token{}).Where("id = ?", row.TokenID).Update("used_at", now).Error; err != nil {
			return models.Actor{}, fmt.Errorf("note the use of a token: %w", err)
		}
	}
	actor := ActorOf(row.Account)
	actor.Scope, actor.Confirmed = row.Scope, true
	return actor, nil
}
