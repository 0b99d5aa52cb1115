package services

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// ByPublication is the order in which the log has what records say now. Feeds hold the end of it: ids
// are made by writers, and tell when a draft was begun at best. It has no pages.
const ByPublication = "publication"

// FirstPublished tells when records were first published, by the log: in one query.
func (s *Services) FirstPublished(ctx context.Context, records []Record) (map[uuid.UUID]time.Time, error) {
	ids := make(among, len(records))
	for i, record := range records {
		ids[i] = record.ID
	}
	var rows []struct {
		RecordID uuid.UUID
		At       time.Time
	}
	err := s.db.Read(ctx).Raw("SELECT record_id, at FROM revisions WHERE version = 1 AND record_id ?", ids).Scan(&rows).Error
	published := make(map[uuid.UUID]time.Time, len(rows))
	for _, row := range rows {
		published[row.RecordID] = row.At.UTC()
	}
	return published, wrap(err, "find first publications")
}

// NewestAbout gives the records that involve an entity, itself included, as they stand: those that
// were written last come first, at most so many. ErrNotFound when there is no such entity.
func (s *Services) NewestAbout(ctx context.Context, _ models.Actor, idOrSlug string, most int) (models.Record, Page, error) {
	r, err := s.read(ctx, Moment{})
	if err != nil {
		return models.Record{}, Page{}, err
	}
	entity, err := r.survivor(idOrSlug)
	if err == nil && entity.Type != models.TypeEntity {
		err = models.Errorf(models.ErrNotFound, "There is no entity with the id or slug %q.", shorten(idOrSlug))
	}
	if err != nil {
		return entity, Page{}, err
	}
	var ids []uuid.UUID
	err = r.tx.Raw(`SELECT r.id FROM involvements i JOIN records r ON r.id = i.record_id
		WHERE i.to_size IS NULL AND i.entity_id = ? GROUP BY r.id, r.revision ORDER BY r.revision DESC LIMIT ?`, entity.ID, most).Scan(&ids).Error
	if err != nil {
		return entity, Page{}, fmt.Errorf("find what is new about %s: %w", entity.ID, err)
	}
	records, refs, err := s.recordsOf(ctx, append([]uuid.UUID{entity.ID}, ids...))
	page := Page{Resolved: r.Resolved, Refs: refs}
	for _, id := range ids {
		if record, ok := records[id]; ok {
			page.Records = append(page.Records, record)
		}
	}
	return entity, page, err
}
