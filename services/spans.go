package services

import (
	"context"

	"github.com/google/uuid"

	"plumbline/models"
)

// mostSpanned bounds the records whose spans one read gives.
const mostSpanned = 500

// Spans gives the whole run of statuses of records, from the first day to the last, by what was
// known at the moment: in one query. Records without a status are left out.
func (s *Services) Spans(ctx context.Context, _ models.Actor, ids []uuid.UUID, m Moment) (map[uuid.UUID][]models.Span, error) {
	spans := map[uuid.UUID][]models.Span{}
	if len(ids) == 0 {
		return spans, nil
	}
	if len(ids) > mostSpanned {
		return nil, models.Errorf(models.ErrInvalid, "Ask for the statuses of at most %d records at once.", mostSpanned)
	}
	r, err := s.read(ctx, m)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		RecordID uuid.UUID
		Row      recordRow `gorm:"embedded"`
	}
	err = r.raw(`SELECT sp.record_id, sp.status, sp.extent, sp.scope, sp.from_day, sp.until_day, sp.since_text, sp.change_id
		FROM spans sp WHERE sp.record_id ? AND {held:sp} ORDER BY sp.record_id, sp.place`, among(ids)).Scan(&rows).Error
	for _, row := range rows {
		spans[row.RecordID] = append(spans[row.RecordID], row.Row.span())
	}
	return spans, wrap(err, "read spans")
}
