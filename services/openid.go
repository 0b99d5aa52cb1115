package services

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// Identity is who somebody is for an OpenID provider. An e-mail address is none: nothing is linked
// by it.
type Identity struct{ Issuer, Subject string }

// OpenIDQuestion is what a provider is asked, once.
type OpenIDQuestion struct {
	// State comes back with the answer. Nonce is signed into it. Verifier proves to the provider
	// that who asked fetches it.
	State, Nonce, Verifier string
	// Back is the address of this site to which the provider leads back.
	Back string
}

// Provider tells who somebody is.
type Provider interface {
	// Begin gives the address at which somebody signs in.
	Begin(ctx context.Context, q OpenIDQuestion) (string, error)
	// Finish gives who signed in, by the code that came back: ErrInvalid when it is not good.
	Finish(ctx context.Context, code string, q OpenIDQuestion) (Identity, error)
}

// HasProvider reports whether one can sign in by an OpenID provider.
func (s *Services) HasProvider() bool { return s.provider != nil }

func errNoProvider() error {
	return models.Errorf(models.ErrNotFound, "There is no page at this address.")
}

// BeginOpenID begins a sign-in by the provider, or, for somebody who is signed in, to link it to
// their account. It gives the challenge, and the address to go to.
func (s *Services) BeginOpenID(ctx context.Context, by models.Actor, from Caller, back string) (Ceremony, error) {
	if s.provider == nil {
		return Ceremony{}, errNoProvider()
	}
	purpose := models.ChallengeSignIn
	if by.SignedIn() {
		purpose = models.ChallengeAdd
		if err := require(by, ActionCredentials); err != nil {
			return Ceremony{}, err
		}
	} else if _, err := s.count(ctx, s.challengesOf(from)); err != nil {
		return Ceremony{}, err
	}
	var secrets [3]string
	for i := range secrets {
		secret, err := newSecret("")
		if err != nil {
			return Ceremony{}, err
		}
		secrets[i] = secret
	}
	q := OpenIDQuestion{State: secrets[0], Nonce: secrets[1], Verifier: secrets[2], Back: back}
	address, err := s.provider.Begin(ctx, q)
	if err != nil {
		return Ceremony{}, err
	}
	return s.ask(ctx, purpose, challenged{OpenID: q, Account: by.Account}, address)
}

// answered takes what the provider gave for a challenge.
func (s *Services) answered(ctx context.Context, purpose models.ChallengePurpose, ceremony uuid.UUID, state, code string) (a challenged, who Identity, err error) {
	if s.provider == nil {
		return a, who, errNoProvider()
	}
	if a, err = s.takeChallenge(ctx, ceremony, purpose); err != nil {
		return a, who, err
	}
	if a.OpenID.State == "" || a.OpenID.State != state || code == "" {
		return a, who, models.Errorf(models.ErrInvalid, "The OpenID provider's answer could not be taken. Try again, or sign in another way.")
	}
	who, err = s.provider.Finish(ctx, code, a.OpenID)
	return a, who, err
}

// SignInWithOpenID signs in to the account that is linked to who the provider says it is; a code of
// an app follows where the account has one. Nothing is linked by it.
func (s *Services) SignInWithOpenID(ctx context.Context, from Caller, ceremony uuid.UUID, state, code string) (SignIn, error) {
	_, who, err := s.answered(ctx, models.ChallengeSignIn, ceremony, state, code)
	if err != nil {
		return SignIn{}, err
	}
	var linked models.ExternalIdentity
	found := s.db.Primary(ctx).Limit(1).Find(&linked, "issuer = ? AND subject = ?", who.Issuer, who.Subject)
	if found.Error != nil {
		return SignIn{}, fmt.Errorf("look up an identity: %w", found.Error)
	}
	if found.RowsAffected == 0 {
		return SignIn{}, models.Errorf(models.ErrInvalid, "No account here is linked to this sign-in. Sign in another way and link it at your account, or ask an admin for an invitation.")
	}
	account, err := usableAccount(s.db.Primary(ctx), linked.AccountID)
	if err != nil {
		return SignIn{}, err
	}
	in := SignIn{Account: account.ID, Name: account.Name, Role: account.Role, NeedsCode: account.TOTPSecret != ""}
	return in, s.succeed(ctx, try{[]bucket{s.challengesOf(from)}})
}

// LinkOpenID links who the provider says it is to the actor's own account: ErrConflict when it is
// linked to one already.
func (s *Services) LinkOpenID(ctx context.Context, by models.Actor, ceremony uuid.UUID, state, code string) error {
	if err := require(by, ActionCredentials); err != nil {
		return err
	}
	a, who, err := s.answered(ctx, models.ChallengeAdd, ceremony, state, code)
	if err != nil {
		return err
	}
	if a.Account != by.Account {
		return models.Errorf(models.ErrInvalid, "Somebody else began this. Begin anew at your account.")
	}
	err = s.db.Write(ctx).Create(&models.ExternalIdentity{Issuer: who.Issuer, Subject: who.Subject, AccountID: by.Account, CreatedAt: s.now()}).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return models.Errorf(models.ErrConflict, "This sign-in is linked to an account here already.")
	}
	return wrap(err, "link an identity")
}

// UnlinkOpenID forgets every identity of the actor's own account: ErrNotFound when it has none, and
// ErrConflict when nobody could sign in to it without them.
func (s *Services) UnlinkOpenID(ctx context.Context, by models.Actor) error {
	if err := require(by, ActionCredentials); err != nil {
		return err
	}
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		gone := tx.Delete(&models.ExternalIdentity{}, "account_id = ?", by.Account)
		if gone.Error == nil && gone.RowsAffected == 0 {
			return models.Errorf(models.ErrNotFound, "Your account is linked to no provider (any more).")
		}
		if gone.Error != nil {
			return fmt.Errorf("unlink an identity: %w", gone.Error)
		}
		return keepsAWay(tx, by.Account)
	})
}
