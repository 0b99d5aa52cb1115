package services

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// challengeLifetime is how long somebody may take to answer a challenge.
const challengeLifetime = 5 * time.Minute

// Ceremony is what a browser is to have signed by a passkey.
type Ceremony struct {
	// ID names the challenge. It stays on the server, in the session of the browser that asked.
	ID uuid.UUID
	// Options are what the browser's navigator.credentials takes, as JSON.
	Options any
}

// challenged is what a challenge keeps: what the answer is checked against, and whom it is about.
type challenged struct {
	Session webauthn.SessionData `json:"session"`
	// OpenID is what a provider was asked; empty where a passkey is.
	OpenID OpenIDQuestion `json:"openid,omitzero"`
	// Account is whose passkey it is to be, of an account that may not be there yet; zero where
	// anybody may answer.
	Account uuid.UUID `json:"account"`
	// Name is that of an account that is to join.
	Name string `json:"name,omitempty"`
	// Invitation is that of a link that is used with the answer; zero where there is none.
	Invitation uuid.UUID `json:"invitation"`
}

// ask keeps a challenge until it is answered.
func (s *Services) ask(ctx context.Context, purpose models.ChallengePurpose, a challenged, options any) (Ceremony, error) {
	data, err := json.Marshal(a)
	if err != nil {
		return Ceremony{}, fmt.Errorf("write a challenge: %w", err)
	}
	challenge := models.Challenge{ID: newID(), Purpose: purpose, Data: string(data), ExpiresAt: s.now().Add(challengeLifetime)}
	return Ceremony{challenge.ID, options}, wrap(s.db.Write(ctx).Create(&challenge).Error, "keep a challenge")
}

// takeChallenge gives what was asked, to the first of all answers, whether it is right or wrong.
func (s *Services) takeChallenge(ctx context.Context, id uuid.UUID, purpose models.ChallengePurpose) (a challenged, err error) {
	late := models.Errorf(models.ErrInvalid, "This took too long, or was sent twice. Try again.")
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		var challenge models.Challenge
		found := tx.Limit(1).Find(&challenge, "id = ? AND purpose = ? AND expires_at > ?", id, purpose, s.now())
		if found.Error != nil {
			return fmt.Errorf("find a challenge: %w", found.Error)
		}
		taken := tx.Delete(&models.Challenge{}, "id = ?", challenge.ID)
		if taken.Error == nil && taken.RowsAffected == 0 {
			return late
		}
		if taken.Error != nil {
			return fmt.Errorf("take a challenge: %w", taken.Error)
		}
		return wrap(json.Unmarshal([]byte(challenge.Data), &a), "read a challenge")
	})
	return a, err
}

// forgetEndedJob forgets sessions and challenges that have ended, and failures that are long ago.
type forgetEndedJob struct{}

func (forgetEndedJob) Kind() string { return "forget_ended" }

func (s *Services) workForgetEnded(ctx context.Context, _ forgetEndedJob) error {
	for _, table := range []any{&models.Session{}, &models.Challenge{}} {
		if err := s.db.Write(ctx).Delete(table, "expires_at < ?", s.now()).Error; err != nil {
			return fmt.Errorf("forget what has ended: %w", err)
		}
	}
	return wrap(s.db.Write(ctx).Delete(&models.Throttle{}, "failed_at < ?", s.now().Add(-throttleMemory)).Error, "forget failures")
}
