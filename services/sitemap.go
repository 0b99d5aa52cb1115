package services

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// PageOf is an entity that has a page, and when it was last written.
type PageOf struct {
	ID   uuid.UUID
	Slug string
	Kind models.EntityKind
	At   time.Time
}

// Milestones gives the ids at which runs of live entities begin, each run so many long, by their
// ids. It reads no more than an index, once for each publication that a caller keeps it for.
func (s *Services) Milestones(ctx context.Context, run int) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	err := s.db.Read(ctx).Raw(`SELECT id FROM (
			SELECT id, row_number() OVER (ORDER BY id) AS number FROM entities WHERE to_size IS NULL AND state = 'live'
		) n WHERE number % ? = ? ORDER BY id`, run, 1%run).Scan(&ids).Error
	return ids, wrap(err, "divide entities")
}

// PagesFrom gives live entities in the order of their ids, from one on, at most so many.
func (s *Services) PagesFrom(ctx context.Context, id uuid.UUID, most int) ([]PageOf, error) {
	var pages []PageOf
	err := s.db.Read(ctx).Raw(`SELECT e.id, e.slug, e.kind, v.at FROM entities e JOIN revisions v ON v.position = e.revision
		WHERE e.to_size IS NULL AND e.state = 'live' AND e.id >= ? ORDER BY e.id LIMIT ?`, id, most).Scan(&pages).Error
	if err != nil {
		return nil, fmt.Errorf("list pages of entities: %w", err)
	}
	for i := range pages {
		pages[i].At = pages[i].At.UTC()
	}
	return pages, nil
}
