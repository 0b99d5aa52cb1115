package services

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"plumbline/models"
)

// Gather reads records of one type by their ids at a moment, page by page, and hands each page
// over with its labels. Ids that were not known then are left out. An error of take ends it.
func (s *Services) Gather(ctx context.Context, _ models.Actor, t models.RecordType, ids []uuid.UUID, m Moment, take func(Page) error) error {
	r, err := s.read(ctx, m)
	if err != nil {
		return err
	}
	ids = distinct(ids)
	for len(ids) > 0 {
		chunk := ids[:min(len(ids), mostPage)]
		ids = ids[len(chunk):]
		var rows []recordRow
		text := fmt.Sprintf("SELECT %s, '' AS sort_key FROM %s t %s WHERE {held:t} AND t.id ? ORDER BY t.id", recordColumns, listings[t].table, recordJoins)
		if err := r.raw(text, among(chunk)).Scan(&rows).Error; err != nil {
			return fmt.Errorf("gather %s: %w", t, err)
		}
		page := Page{Resolved: r.Resolved}
		if err := r.complete(&page, rows); err != nil {
			return err
		}
		if err := take(page); err != nil {
			return err
		}
	}
	return nil
}

// ReasonOf gives the reason of a record's last revision: why it was retracted, say.
func (s *Services) ReasonOf(ctx context.Context, record Record) (string, error) {
	revisions, err := s.Revisions(ctx, models.Actor{}, RevisionQuery{Since: record.Revision, Record: &record.ID, Limit: 1})
	if err != nil || len(revisions) == 0 {
		return "", err
	}
	return revisions[0].Reason, nil
}
