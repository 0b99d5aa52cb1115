package services

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"plumbline/models"
)

// DraftLine is a draft in a list.
type DraftLine struct {
	ID        uuid.UUID
	Summary   string
	Status    models.ChangesetStatus
	CreatedAt time.Time
}

// mostDrafts bounds the list of drafts.
const mostDrafts = 200

// Drafts lists the actor's drafts, and the proposals that a reviewer gave back, newest first.
func (s *Services) Drafts(ctx context.Context, by models.Actor) ([]DraftLine, error) {
	if err := require(by, ActionPropose); err != nil {
		return nil, err
	}
	var list []DraftLine
	err := s.db.Write(ctx).Table("changesets").Select("id, summary, status, created_at").Order("created_at DESC, id DESC").Limit(mostDrafts).
		Where("author_id = ? AND status IN ('draft', 'changes_requested')", by.Account).Scan(&list).Error
	if err != nil {
		return nil, fmt.Errorf("list drafts: %w", err)
	}
	return list, nil
}
