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

// ByChange is the order in which the log last changed what rows of a list say: the record itself, its
// status, how well both are established, or a claim about it. It has no pages either. Lists of what has
// no status run by publication instead.
const ByChange = "change"

// lastChanged is the log's size after the entry that last changed what is said of a record t.
const lastChanged = `(SELECT MAX(w.size) FROM (
	SELECT t.revision + 1 AS size
	UNION ALL SELECT a.from_size FROM standings a WHERE a.record_id = t.id AND {held:a}
	UNION ALL SELECT b.from_size FROM status_changes b WHERE b.record_id = t.id AND {held:b}
	UNION ALL SELECT c.from_size FROM spans c WHERE c.record_id = t.id AND {held:c} AND c.from_day <= {day} AND c.until_day > {day}
	UNION ALL SELECT e.from_size FROM spans d JOIN standings e ON e.record_id = d.change_id AND {held:e} WHERE d.record_id = t.id AND {held:d} AND d.from_day <= {day} AND d.until_day > {day}
	UNION ALL SELECT f.from_size FROM horizons f WHERE f.record_id = t.id AND {held:f} AND f.from_day <= {day} AND f.until_day > {day}
	UNION ALL SELECT g.from_size FROM announced_steps g WHERE g.record_id = t.id AND {held:g}
	UNION ALL SELECT h.from_size FROM record_links h WHERE h.target_id = t.id AND h.role = 'about' AND {held:h}
	UNION ALL SELECT j.from_size FROM status_changes i JOIN record_links j ON j.target_id = i.id AND j.role = 'about' AND {held:j} WHERE i.record_id = t.id AND {held:i}) w)`

// LastChanged tells when what is said of records of one type last changed, by the log: in one query.
func (s *Services) LastChanged(ctx context.Context, t models.RecordType, records []Record, m Moment) (map[uuid.UUID]time.Time, error) {
	changed := make(map[uuid.UUID]time.Time, len(records))
	if !listings[t].tracked() {
		for _, record := range records {
			changed[record.ID] = record.RecordedAt
		}
		return changed, nil
	}
	r, err := s.read(ctx, m)
	if err != nil {
		return nil, err
	}
	ids := make(among, len(records))
	for i, record := range records {
		ids[i] = record.ID
	}
	var rows []struct {
		ID uuid.UUID
		At time.Time
	}
	err = r.raw("SELECT t.id, v.at FROM "+listings[t].table+" t JOIN revisions v ON v.position = "+lastChanged+" - 1 WHERE {held:t} AND t.id ?", ids).Scan(&rows).Error
	for _, row := range rows {
		changed[row.ID] = row.At.UTC()
	}
	return changed, wrap(err, "find last changes")
}

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
