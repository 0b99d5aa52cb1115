package services

import (
	"context"
	"fmt"
	"slices"

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

// ReasonsOf gives the reasons of the last revisions of records, by the records' ids: why they were
// retracted, say.
func (s *Services) ReasonsOf(ctx context.Context, records []Record) (map[uuid.UUID]string, error) {
	reasons := map[uuid.UUID]string{}
	for chunk := range slices.Chunk(records, mostPage) {
		positions := make([]int64, len(chunk))
		for i, record := range chunk {
			positions[i] = record.Revision
		}
		revisions, err := s.Revisions(ctx, models.Actor{}, RevisionQuery{Positions: positions, Limit: mostPage})
		if err != nil {
			return nil, err
		}
		for _, revision := range revisions {
			reasons[revision.Record] = revision.Reason
		}
	}
	return reasons, nil
}
