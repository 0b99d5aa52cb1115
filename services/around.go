package services

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"plumbline/models"
)

// ChangeDays gives the days on which the last supplies changed, and on which that was announced, at
// most so many changes back, with the log's size at the moment. party is the id or slug of an entity
// whose supplies alone count, among the last changes that involve it; "" for all.
func (s *Services) ChangeDays(ctx context.Context, _ models.Actor, party string, most int, m Moment) ([]models.Day, int64, error) {
	r, err := s.read(ctx, m)
	if err != nil {
		return nil, 0, err
	}
	const supplies = "{held:t} AND t.state = 'live' AND EXISTS (SELECT 1 FROM spans x WHERE x.record_id = t.record_id AND {held:x} AND x.place = 0 AND x.subject = 'supplied_to')"
	text := "SELECT t.effective_latest, t.announced_latest FROM status_changes t WHERE " + supplies +
		" ORDER BY COALESCE(t.effective_latest, '9999-12-31') DESC, t.id DESC LIMIT ?"
	args := []any{most}
	if party != "" {
		entity, err := r.namedParty(party)
		if err != nil {
			return nil, 0, err
		}
		// Along the entity's timeline: on it, a change stands at the day that is asked for. Its last
		// changes are taken first, since PostgreSQL would look up all of them to sort them.
		text = "SELECT t.effective_latest, t.announced_latest FROM (SELECT i.record_id FROM involvements i" +
			" WHERE {held:i} AND i.entity_id = ? AND i.type = 'status_change' AND i.role = 'party' AND i.day <> '' ORDER BY i.day DESC, i.record_id DESC LIMIT ?) l" +
			" JOIN status_changes t ON t.id = l.record_id WHERE " + supplies
		args = []any{entity, most}
	}
	var rows []struct{ EffectiveLatest, AnnouncedLatest models.Day }
	if err := r.raw(text, args...).Scan(&rows).Error; err != nil {
		return nil, 0, fmt.Errorf("read the days of changes: %w", err)
	}
	var days []models.Day
	for _, row := range rows {
		for _, day := range []models.Day{row.EffectiveLatest, row.AnnouncedLatest} {
			if !day.IsZero() {
				days = append(days, day)
			}
		}
	}
	return days, r.Size, nil
}

// ChangesSince counts the status changes that took effect after a day and by another, up to most:
// what the list of status changes shows for effective[gt] and effective[lte], of one party or all.
func (s *Services) ChangesSince(ctx context.Context, _ models.Actor, party string, after, by models.Day, most int) (n int, more bool, err error) {
	r, err := s.read(ctx, Moment{})
	if err != nil {
		return 0, false, err
	}
	const between = "{held:t} AND t.state = 'live' AND t.effective_latest > ? AND t.effective_latest <= ?"
	text := "SELECT t.id FROM status_changes t WHERE " + between + " AND COALESCE(t.effective_latest, '9999-12-31') > ? LIMIT ?" // by the index
	args := []any{after.String(), by.String(), after.String(), most + 1}
	if party != "" {
		entity, err := r.namedParty(party)
		if err != nil {
			return 0, false, err
		}
		text = "SELECT DISTINCT t.id FROM involvements i JOIN status_changes t ON t.id = i.record_id WHERE " + between +
			" AND {held:i} AND i.entity_id = ? AND i.type = 'status_change' AND i.day > ? AND i.day <= ? LIMIT ?"
		args = []any{after.String(), by.String(), entity, after.String(), by.String(), most + 1}
	}
	if err := r.raw("SELECT count(*) FROM ("+text+") c", args...).Scan(&n).Error; err != nil {
		return 0, false, fmt.Errorf("count changes: %w", err)
	}
	return min(n, most), n > most, nil
}

// namedParty finds the entity that a filter names.
func (r *reading) namedParty(idOrSlug string) (string, error) {
	q := Query{Filters: map[string][]string{"party": {idOrSlug}}}
	err := r.resolveFilters(models.TypeStatusChange, &q)
	if err != nil {
		return "", err
	}
	return q.Filters["party"][0], nil
}

// Providers gives who provides services: by the service, the entities in the order of the records
// that say so.
func (s *Services) Providers(ctx context.Context, _ models.Actor, offered []uuid.UUID, m Moment) (map[uuid.UUID][]Ref, error) {
	r, err := s.read(ctx, m)
	if err != nil {
		return nil, err
	}
	return r.providers(offered)
}

// providers gives who provides services at the moment, in one query; in none where there is no service.
func (r *reading) providers(offered []uuid.UUID) (map[uuid.UUID][]Ref, error) {
	providers := map[uuid.UUID][]Ref{}
	if len(offered) == 0 {
		return providers, nil
	}
	offered = distinct(offered)
	rows, err := scan[providerRow](r.raw(`SELECT t.object_id, t.subject_id, COALESCE(a.name, `+withheldLabel+`), COALESCE(a.slug, ''), COALESCE(a.kind, ''), COALESCE(a.identity, '')
		FROM relationships t LEFT JOIN entities a ON a.id = t.subject_id AND {held:a}
		WHERE {held:t} AND t.state = 'live' AND t.type = 'provides' AND t.object_id ? ORDER BY t.id LIMIT ?`, among(offered), max(mostPage, mostProviders*len(offered))))
	if err != nil {
		return nil, fmt.Errorf("read providers: %w", err)
	}
	for _, row := range rows {
		providers[row.Service] = append(providers[row.Service], *endRef(&row.Entity, row.Name, row.Slug, row.Kind, row.Identity))
	}
	return providers, nil
}

// mostProviders bounds, on the average, who provides a service.
const mostProviders = 10

type providerRow struct {
	Service, Entity  uuid.UUID
	Name, Slug, Kind string
	Identity         models.Identity
}

func (row *providerRow) targets() []any {
	return []any{&row.Service, &row.Entity, &row.Name, &row.Slug, &row.Kind, &row.Identity}
}
