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

// InviteReset makes a link with which somebody sets a new password for an account once, and gives
// its secret, which is not kept. Earlier such links of the account no longer work. A code of an
// authenticator app is still asked for where the account has one. With everything, the account
// loses at once every way to sign in that it has: password, codes, passkeys, tokens, identities and
// sessions, so that the link is the only way back; for a phone that was lost, or an account that
// was stolen.
func (s *Services) InviteReset(ctx context.Context, by models.Actor, id uuid.UUID, everything bool) (secret string, i models.Invitation, err error) {
	if err := require(by, ActionAccounts); err != nil {
		return "", i, err
	}
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		account, err := memberToChange(tx, by, id)
		if err != nil {
			return err
		}
		if !account.Usable() {
			return models.Errorf(models.ErrConflict, "%q is suspended. Let the account be used again first.", account.Name)
		}
		if err := forgetLinks(tx, id); err != nil {
			return err
		}
		if everything {
			if err := forgetWays(tx, id); err != nil {
				return err
			}
		}
		secret, i, err = s.storeInvitation(tx, by, models.Invitation{Purpose: models.InviteReset, Role: account.Role, AccountID: &id}, resetLifetime)
		return err
	})
	return secret, i, err
}

// forgetWays takes away every way to sign in to an account.
func forgetWays(tx *gorm.DB, id uuid.UUID) error {
	// The last step stays, so that no code is taken twice by taking away and setting up.
	err := tx.Model(&models.Account{}).Where("id = ?", id).Updates(map[string]any{"password": "", "totp_secret": ""}).Error
	if err != nil {
		return fmt.Errorf("take a password away: %w", err)
	}
	for _, table := range []any{&models.Session{}, &models.Token{}, &models.Passkey{}, &models.RecoveryCode{}, &models.ExternalIdentity{}} {
		if err := tx.Delete(table, "account_id = ?", id).Error; err != nil {
			return fmt.Errorf("take away how an account signed in: %w", err)
		}
	}
	return nil
}

// forgetLinks takes back the links to an account that were not used.
func forgetLinks(tx *gorm.DB, account uuid.UUID) error {
	return wrap(tx.Delete(&models.Invitation{}, "account_id = ? AND used_at IS NULL", account).Error, "take links back")
}

// NewInvitation says who is invited to join.
type NewInvitation struct {
	// Label says for whom the link is; only members see it.
	Label string
	Role  models.Role
	// Group is nil for an account without a group.
	Group *uuid.UUID
}

// Invite makes a link with which somebody joins once, within 7 days, and gives its secret, which
// is not kept. Nobody can invite to a role that may do more than their own.
func (s *Services) Invite(ctx context.Context, by models.Actor, asked NewInvitation) (secret string, i models.Invitation, err error) {
	if err := require(by, ActionAccounts); err != nil {
		return "", i, err
	}
	label, problem := models.CleanText(asked.Label)
	problems := roleProblem(by, asked.Role)
	if problem != "" || len([]rune(label)) > 200 {
		problems = append(problems, models.Problem{Pointer: "/label", Message: "Say in at most 200 letters for whom the link is."})
	}
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		if asked.Group != nil {
			more, err := groupProblem(tx, *asked.Group)
			if err != nil {
				return err
			}
			problems = append(problems, more...)
		}
		if err := accountProblems(problems); err != nil {
			return err
		}
		secret, i, err = s.storeInvitation(tx, by, models.Invitation{Purpose: models.InviteJoin, Label: label, Role: asked.Role, GroupID: asked.Group}, invitationLifetime)
		return err
	})
	return secret, i, err
}

// InvitationView is an invitation that waits, for who looks after accounts.
type InvitationView struct {
	models.Invitation
	// Group, Account and Inviter are names; "" for none.
	Group, Account, Inviter string
}

// Waiting lists the links that were neither used nor ran out, newest first.
func (s *Services) Waiting(ctx context.Context, by models.Actor) ([]InvitationView, error) {
	if err := require(by, ActionAccounts); err != nil {
		return nil, err
	}
	var views []InvitationView
	err := s.db.Write(ctx).Table("invitations i").Joins("LEFT JOIN contributor_groups g ON g.id = i.group_id").
		Joins("LEFT JOIN accounts a ON a.id = i.account_id").Joins("LEFT JOIN accounts v ON v.id = i.invited_by").
		Select("i.*, COALESCE(g.name, '') AS \"group\", COALESCE(a.name, '') AS account, COALESCE(v.name, '') AS inviter").
		Where("i.used_at IS NULL AND i.expires_at > ?", s.now()).Order("i.created_at DESC, i.id DESC").Limit(500).Scan(&views).Error
	return views, wrap(err, "list invitations")
}

// WithdrawInvitation takes a link back that was not used: ErrNotFound when there is none.
func (s *Services) WithdrawInvitation(ctx context.Context, by models.Actor, id uuid.UUID) error {
	if err := require(by, ActionAccounts); err != nil {
		return err
	}
	gone := s.db.Write(ctx).Delete(&models.Invitation{}, "id = ? AND used_at IS NULL", id)
	if gone.Error == nil && gone.RowsAffected == 0 {
		return models.Errorf(models.ErrNotFound, "There is no such invitation that waits. It may have been used or withdrawn.")
	}
	return wrap(gone.Error, "withdraw an invitation")
}

// invite stores an invitation and gives its secret.
func (s *Services) invite(ctx context.Context, by models.Actor, i models.Invitation, lifetime time.Duration) (string, error) {
	if err := require(by, ActionAccounts); err != nil {
		return "", err
	}
	secret, _, err := s.storeInvitation(s.db.Write(ctx), by, i, lifetime)
	return secret, err
}

func (s *Services) storeInvitation(tx *gorm.DB, by models.Actor, i models.Invitation, lifetime time.Duration) (string, models.Invitation, error) {
	secret, err := newSecret("")
	if err != nil {
		return "", i, err
	}
	i.ID, i.Hash, i.CreatedAt, i.ExpiresAt = newID(), hashSecret(secret), s.now(), s.now().Add(lifetime)
	if by.Account != uuid.Nil {
		i.InvitedBy = &by.Account
	}
	return secret, i, wrap(tx.Create(&i).Error, "store an invitation")
}

// Invitation gives the invitation of a link: ErrNotFound when there is none that is still valid.
func (s *Services) Invitation(ctx context.Context, secret string) (models.Invitation, error) {
	return s.invitation(s.db.Primary(ctx), secret)
}

// InvitationOf is Invitation with the names of its account and group.
func (s *Services) InvitationOf(ctx context.Context, secret string) (InvitationView, error) {
	i, err := s.Invitation(ctx, secret)
	if err != nil {
		return InvitationView{}, err
	}
	view := InvitationView{Invitation: i}
	var rows []struct{ Account, Group string }
	err = s.db.Primary(ctx).Table("invitations i").Joins("LEFT JOIN contributor_groups g ON g.id = i.group_id").Joins("LEFT JOIN accounts a ON a.id = i.account_id").
		Select("COALESCE(a.name, '') AS account, COALESCE(g.name, '') AS \"group\"").Where("i.id = ?", i.ID).Scan(&rows).Error
	if err == nil && len(rows) > 0 {
		view.Account, view.Group = rows[0].Account, rows[0].Group
	}
	return view, wrap(err, "read an invitation")
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
		in = SignIn{Account: account.ID, Name: account.Name, Role: account.Role}
		return s.use(tx, i, account.ID)
	})
	return in, err
}

// Join uses an invitation: it makes the account with the name and password that somebody chose,
// and gives who signs in. All that is wrong with them comes at once. ErrNotFound when the link is
// not valid any more, or when who gave it may not invite any more.
func (s *Services) Join(ctx context.Context, secret, name, password string) (in SignIn, err error) {
	i, err := s.Invitation(ctx, secret)
	if err != nil || i.Purpose != models.InviteJoin {
		return in, orNoLink(err)
	}
	clean, problem := cleanName(name)
	var problems []models.Problem
	if problem != "" {
		problems = append(problems, models.Problem{Pointer: "/name", Message: problem})
	}
	if problem := checkNewPassword(password, name); problem != "" {
		problems = append(problems, models.Problem{Pointer: "/password", Message: problem})
	}
	if err := accountProblems(problems); err != nil {
		return in, err
	}
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return in, err
	}

	return s.join(ctx, secret, models.Account{ID: newID(), Name: clean, Password: hash}, nil)
}

// join makes the account that an invitation leads to, and what it signs in with beside a password;
// nil for nothing.
func (s *Services) join(ctx context.Context, secret string, account models.Account, also func(*gorm.DB) error) (in SignIn, err error) {
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		i, err := s.invitation(tx, secret)
		if err != nil {
			return err
		}
		if err := mayStillInvite(tx, i); err != nil {
			return err
		}
		account.Role, account.GroupID, account.CreatedAt = i.Role, i.GroupID, s.now()
		if err := tx.Create(&account).Error; err != nil {
			return takenName(err, "account", account.Name)
		}
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		in = SignIn{Account: account.ID, Name: account.Name, Role: account.Role}
		return s.use(tx, i, account.ID)
	})
	return in, err
}

func orNoLink(err error) error {
	if err != nil {
		return err
	}
	return models.Errorf(models.ErrNotFound, "This link is for something else. Ask for a new one.")
}

// mayStillInvite refuses the invitation of somebody who could not give it today.
func mayStillInvite(tx *gorm.DB, i models.Invitation) error {
	if i.InvitedBy == nil {
		return nil
	}
	var inviter models.Account
	if err := tx.First(&inviter, "id = ?", *i.InvitedBy).Error; err != nil {
		return fmt.Errorf("read who invited: %w", err)
	}
	if !inviter.Usable() || !Can(inviter.Role, ActionAccounts) || !mayGrant(inviter.Role, i.Role) {
		return models.Errorf(models.ErrNotFound, "Who gave you this link may not invite any more. Ask for a new one.")
	}
	return nil
}

// ResetPassword uses a link that sets a new password. Every session of the account ends. It gives
// who signs in, and whether a code has to follow.
func (s *Services) ResetPassword(ctx context.Context, secret, password string) (in SignIn, err error) {
	i, err := s.Invitation(ctx, secret)
	if err != nil || i.Purpose != models.InviteReset {
		return in, orNoLink(err)
	}
	account, err := usableAccount(s.db.Primary(ctx), *i.AccountID)
	if err != nil {
		return in, err
	}
	hash, err := s.newPassword(ctx, password, account.Name)
	if err != nil {
		return in, err
	}

	return s.reset(ctx, secret, func(tx *gorm.DB, account models.Account) error { return setPassword(tx, account.ID, hash) })
}

// reset uses a link that gives an account a new way to sign in, which give stores. Every other such
// link of the account no longer works.
func (s *Services) reset(ctx context.Context, secret string, give func(*gorm.DB, models.Account) error) (in SignIn, err error) {
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		i, err := s.invitation(tx, secret)
		if err != nil {
			return err
		}
		account, err := usableAccount(tx, *i.AccountID)
		if err != nil {
			return err
		}
		in = SignIn{Account: account.ID, Name: account.Name, Role: account.Role, NeedsCode: account.TOTPSecret != ""}
		if err := s.use(tx, i, account.ID); err != nil {
			return err
		}
		if err := forgetLinks(tx, account.ID); err != nil {
			return err
		}
		return give(tx, account)
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
