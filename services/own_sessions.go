package services

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// OwnSession is a browser in which the actor is signed in.
type OwnSession struct {
	ID uuid.UUID
	// Agent names the browser and system in words.
	Agent         string
	Since, SeenAt time.Time
	// Current is set for the session that asks.
	Current bool
}

// OwnSessions lists the actor's sessions, last used first. key is that of the one that asks.
func (s *Services) OwnSessions(ctx context.Context, by models.Actor, key string) ([]OwnSession, error) {
	if err := require(by, ActionSelf); err != nil {
		return nil, err
	}
	var rows []models.Session
	err := s.db.Primary(ctx).Where("account_id = ? AND expires_at > ?", by.Account, s.now()).Order("seen_at DESC, id DESC").Limit(200).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	sessions := make([]OwnSession, len(rows))
	for i, row := range rows {
		// A session ends a fixed time after its sign-in, whatever its id was since.
		sessions[i] = OwnSession{ID: row.ID, Agent: row.Agent, Since: row.EndsAt.Add(-SessionLifetime), SeenAt: row.SeenAt, Current: row.Key == key}
	}
	return sessions, nil
}

// EndSession ends one of the actor's other sessions, at once: ErrNotFound when there is none. key
// is that of the session that asks; it ends by signing out.
func (s *Services) EndSession(ctx context.Context, by models.Actor, id uuid.UUID, key string) error {
	if err := require(by, ActionSelf); err != nil {
		return err
	}
	ended := s.db.Write(ctx).Delete(&models.Session{}, "id = ? AND account_id = ? AND key <> ?", id, by.Account, key)
	if ended.Error == nil && ended.RowsAffected == 0 {
		return models.Errorf(models.ErrNotFound, "You have no other session like this (any more).")
	}
	return wrap(ended.Error, "end a session")
}

// EndOtherSessions ends all of the actor's sessions but the one with the key.
func (s *Services) EndOtherSessions(ctx context.Context, by models.Actor, key string) error {
	if err := require(by, ActionSelf); err != nil {
		return err
	}
	return wrap(s.db.Write(ctx).Delete(&models.Session{}, "account_id = ? AND key <> ?", by.Account, key).Error, "end sessions")
}
