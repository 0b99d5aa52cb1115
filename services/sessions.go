package services

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm/clause"

	"plumbline/models"
)

// How long sessions last.
const (
	// SessionLifetime is how long a session lasts however much it is used.
	SessionLifetime = 7 * 24 * time.Hour
	// sessionIdle is how long it lasts without being used.
	sessionIdle = 12 * time.Hour
	// signingIn is how long somebody may take to sign in.
	signingIn = 15 * time.Minute
	// confirmedFor is how long a sign-in counts as a proof of who is there.
	confirmedFor = 10 * time.Minute
	// seenEvery is how often a session's use is written down.
	seenEvery = time.Minute
)

// What a session holds, by name. All values are text.
const (
	SessionAccount   = "account"   // whose it is, once signed in
	SessionConfirmed = "confirmed" // when they last proved who they are
	SessionSince     = "since"     // when they signed in
	SessionAgent     = "agent"     // the browser, in words
	SessionRole      = "role"      // the account's role when the session got its id
)

// SessionStore keeps sessions in the database; it is the store and the codec of a session
// manager (github.com/alexedwards/scs). What the manager calls a token is here a key: the hash
// of what the cookie holds.
type SessionStore struct{ s *Services }

// SessionStore gives the store of sessions.
func (s *Services) SessionStore() SessionStore { return SessionStore{s} }

// sessionData is a session as it is stored.
type sessionData struct {
	Deadline time.Time         `json:"deadline"`
	Values   map[string]string `json:"values"`
}

// Encode writes a session as JSON. Values are texts.
func (SessionStore) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	data := sessionData{Deadline: deadline, Values: map[string]string{}}
	for name, value := range values {
		text, ok := value.(string)
		if !ok {
			return nil, fmt.Errorf("the session's %s is no text", name)
		}
		data.Values[name] = text
	}
	return json.Marshal(data)
}

// Decode reads what Encode wrote.
func (SessionStore) Decode(text []byte) (time.Time, map[string]any, error) {
	var data sessionData
	if err := json.Unmarshal(text, &data); err != nil {
		return time.Time{}, nil, fmt.Errorf("read a session: %w", err)
	}
	values := make(map[string]any, len(data.Values))
	for name, value := range data.Values {
		values[name] = value
	}
	return data.Deadline, values, nil
}

// FindCtx gives the data of a session that has not ended. From time to time it notes that the
// session was used, which puts its idle end off.
func (t SessionStore) FindCtx(ctx context.Context, key string) ([]byte, bool, error) {
	var session models.Session
	now := t.s.now()
	found := t.s.db.Primary(ctx).Limit(1).Find(&session, "key = ? AND expires_at > ?", key, now)
	if found.Error != nil || found.RowsAffected == 0 {
		return nil, false, wrap(found.Error, "find a session")
	}
	if session.AccountID != nil && now.Sub(session.SeenAt) >= seenEvery {
		seen := t.s.db.Write(ctx).Model(&models.Session{}).Where("id = ?", session.ID).
			Updates(map[string]any{"seen_at": now, "expires_at": earlier(session.EndsAt, now.Add(sessionIdle))})
		if seen.Error != nil {
			return nil, false, fmt.Errorf("note the use of a session: %w", seen.Error)
		}
	}
	return session.Data, true, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// CommitCtx keeps a session. Its ends are counted from its sign-in, by this program's clock.
func (t SessionStore) CommitCtx(ctx context.Context, key string, text []byte, _ time.Time) error {
	_, values, err := t.Decode(text)
	if err != nil {
		return err
	}
	now := t.s.now()
	session := models.Session{ID: newID(), Key: key, Data: text, CreatedAt: now, SeenAt: now, EndsAt: now.Add(signingIn), ExpiresAt: now.Add(signingIn)}
	session.Agent, _ = values[SessionAgent].(string) // "" when it is not there
	if name, _ := values[SessionAccount].(string); name != "" {
		if err := ofAccount(&session, name, values[SessionSince]); err != nil {
			return err
		}
	}
	err = t.s.db.Write(ctx).Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "key"}},
		DoUpdates: clause.AssignmentColumns([]string{"account_id", "data", "agent", "seen_at", "ends_at", "expires_at"})}).Create(&session).Error
	return wrap(err, "keep a session")
}

// ofAccount gives a session to an account, with the ends of one that signed in then.
func ofAccount(session *models.Session, account string, since any) error {
	id, err := uuid.Parse(account)
	if err != nil {
		return fmt.Errorf("read the account of a session: %w", err)
	}
	text, _ := since.(string)
	began, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return fmt.Errorf("read the beginning of a session: %w", err)
	}
	session.AccountID, session.EndsAt = &id, began.Add(SessionLifetime)
	session.ExpiresAt = earlier(session.EndsAt, session.SeenAt.Add(sessionIdle))
	return nil
}

// DeleteCtx forgets a session; it may be gone already.
func (t SessionStore) DeleteCtx(ctx context.Context, key string) error {
	return wrap(t.s.db.Write(ctx).Delete(&models.Session{}, "key = ?", key).Error, "forget a session")
}

// errNoContext answers the manager's calls without a context, which it does not make to a store
// that takes one.
var errNoContext = errors.New("sessions are kept with a context")

// Find is FindCtx for managers that know no context.
func (SessionStore) Find(string) ([]byte, bool, error) { return nil, false, errNoContext }

// Commit is CommitCtx for managers that know no context.
func (SessionStore) Commit(string, []byte, time.Time) error { return errNoContext }

// Delete is DeleteCtx for managers that know no context.
func (SessionStore) Delete(string) error { return errNoContext }

// Member gives the actor of a session: the account as it is now, so that a new role, a
// suspension or a deletion counts at once. ErrUnauthorized when nobody may sign in to it any
// more. confirmed is when the session's person last proved who they are.
func (s *Services) Member(ctx context.Context, account, confirmed string) (models.Actor, error) {
	id, err := uuid.Parse(account)
	if err != nil {
		return models.Actor{}, models.Errorf(models.ErrUnauthorized, "Sign in to go on.")
	}
	var row models.Account
	found := s.db.Primary(ctx).Limit(1).Find(&row, "id = ?", id)
	if found.Error != nil {
		return models.Actor{}, fmt.Errorf("look up the account of a session: %w", found.Error)
	}
	if found.RowsAffected == 0 || !row.Usable() {
		return models.Actor{}, models.Errorf(models.ErrUnauthorized, "This account cannot be used any more. Ask an admin.")
	}
	at, err := time.Parse(time.RFC3339, confirmed)
	actor := ActorOf(row)
	actor.Confirmed = err == nil && s.now().Sub(at) < confirmedFor
	return actor, nil
}

// ActorOf is an account as the one who acts, with its group.
func ActorOf(a models.Account) models.Actor {
	actor := models.Actor{Account: a.ID, Name: a.Name, Role: a.Role, Writes: a.Writes}
	if a.GroupID != nil {
		actor.Group = *a.GroupID
	}
	return actor
}
