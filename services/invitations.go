package services

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// How long links that are used once are valid.
const (
	invitationLifetime = 7 * 24 * time.Hour
	resetLifetime      = 24 * time.Hour
	signInLifetime     = time.Hour
)

// newSecret makes a secret of 256 random bits.
func newSecret(prefix string) (string, error) {
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	return prefix + base64.RawURLEncoding.EncodeToString(random), nil
}

// InviteSignIn makes a link with which somebody signs in to an account once; only who runs the
// program can. It gives the secret, which is not kept.
func (s *Services) InviteSignIn(ctx context.Context, by models.Actor, account models.Account) (string, error) {
	return s.invite(ctx, by, models.Invitation{Purpose: models.InviteSignIn, Role: account.Role, AccountID: &account.ID}, signInLifetime)
}

// invite stores an invitation and gives its secret.
func (s *Services) invite(ctx context.Context, by models.Actor, i models.Invitation, lifetime time.Duration) (string, error) {
	if err := require(by, ActionAccounts); err != nil {
		return "", err
	}
	secret, err := newSecret("")
	if err != nil {
		return "", err
	}
	i.ID, i.Hash, i.CreatedAt, i.ExpiresAt = newID(), hashSecret(secret), s.now(), s.now().Add(lifetime)
	if by.Account != uuid.Nil {
		i.InvitedBy = &by.Account
	}
	return secret, wrap(s.db.Write(ctx).Create(&i).Error, "store an invitation")
}

// Invitation gives the invitation of a link: ErrNotFound when there is none that is still valid.
func (s *Services) Invitation(ctx context.Context, secret string) (models.Invitation, error) {
	return s.invitation(s.db.Primary(ctx), secret)
}

func (s *Services) invitation(tx *gorm.DB, secret string) (models.Invitation, error) {
	var i models.Invitation
	found := tx.Limit(1).Find(&i, "hash = ?", hashSecret(secret))
	switch {
	case found.Error != nil:
		return i, fmt.Errorf("look up an invitation: %w", found.Error)
	case found.RowsAffected == 0:
		return i, models.Errorf(models.ErrNotFound, "There is no such link. Check that it was copied whole, or ask for a new one.")
	case i.UsedAt != nil:
		return i, models.Errorf(models.ErrNotFound, "This link was used already, and works once. Sign in, or ask for a new one.")
	case !s.now().Before(i.ExpiresAt):
		return i, models.Errorf(models.ErrNotFound, "This link is no longer valid. Ask for a new one.")
	}
	return i, nil
}

// use marks an invitation as used; of two at once, one gets it.
func (s *Services) use(tx *gorm.DB, i models.Invitation, account uuid.UUID) error {
	used := tx.Model(&models.Invitation{}).Where("id = ? AND used_at IS NULL", i.ID).
		Updates(map[string]any{"used_at": s.now(), "account_id": account})
	if used.Error == nil && used.RowsAffected == 0 {
		return models.Errorf(models.ErrNotFound, "This link was used already, and works once. Sign in, or ask for a new one.")
	}
	return wrap(used.Error, "use an invitation")
}

// SignInWithLink uses a link that signs in.
func (s *Services) SignInWithLink(ctx context.Context, secret string) (in SignIn, err error) {
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		i, err := s.invitation(tx, secret)
		if err != nil {
			return err
		}
		if i.Purpose != models.InviteSignIn {
			return models.Errorf(models.ErrNotFound, "This link does not sign in.")
		}
		account, err := usableAccount(tx, *i.AccountID)
		if err != nil {
			return err
		}
		in = SignIn{Account: account.ID, Name: account.Name}
		return s.use(tx, i, account.ID)
	})
	return in, err
}

// usableAccount reads an account that one may sign in to: ErrNotFound when there is none.
func usableAccount(tx *gorm.DB, id uuid.UUID) (models.Account, error) {
	var account models.Account
	found := tx.Limit(1).Find(&account, "id = ?", id)
	if found.Error == nil && (found.RowsAffected == 0 || !account.Usable()) {
		return account, models.Errorf(models.ErrNotFound, "This account cannot be used any more. Ask an admin.")
	}
	return account, wrap(found.Error, "read an account")
}
