package services

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// ParseTimeline reads the parameters of a timeline: type, day[gte], day[lte], as_of, known_at,
// sort (day or -day), limit and cursor.
func ParseTimeline(values url.Values, extra ...string) (Query, error) {
	p := &queryParser{}
	q := Query{Filters: map[string][]string{}}
	names := slices.Concat([]string{"type", "day[gte]", "day[lte]", "as_of", "known_at", "sort", "limit", "cursor"}, extra)
	for _, name := range sorted(keys(values)) {
		if !slices.Contains(names, name) {
			p.unknown(name, names)
		}
	}
	q.Filters["type"] = p.filter(Parameter{Name: "type", Values: models.RecordTypes().Values()}, split(values["type"]))
	for _, name := range []string{"day[gte]", "day[lte]"} {
		q.Filters[name] = p.filter(Parameter{Name: name, shape: dayShape}, split(values[name]))
	}
	q.Moment = p.moment(values)
	q.Sort = p.sort(listing{initial: "-day"}, []string{"day"}, values.Get("sort"))
	q.Limit = p.limit(values.Get("limit"))
	q.Cursor = values.Get("cursor")
	return q, p.failed()
}

// Timeline gives what happened around an entity, by the day on which it happened: the live
// records that involve it, or that it speaks in, and that have a date. Newest first unless the
// query says otherwise. Each record comes once.
func (s *Services) Timeline(ctx context.Context, _ models.Actor, entity string, q Query) (Page, error) {
	r, err := s.read(ctx, q.Moment)
	if err != nil {
		return Page{}, err
	}
	record, err := r.entity(entity)
	if err != nil {
		return Page{}, err
	}
	r.resume(q)
	q = q.withDefaults("-day")
	what := "timeline of " + record.ID.String()
	after, err := q.after(what)
	if err != nil {
		return Page{}, err
	}
	heads, args := r.timelineHeads(record.ID, q, after)
	text := fmt.Sprintf(`SELECT %s, t.day AS sort_key FROM (%s) t %s ORDER BY t.day%[4]s, t.id%[4]s`, recordColumns, heads, recordJoins, q.direction())
	return r.page(q, what, text, args)
}

func (q Query) direction() string {
	if q.Sort == "day" {
		return ""
	}
	return " DESC"
}

// timelineHeads runs along the index of an entity's involvements, and finds the versions that
// held by the tables of the types.
func (r *reading) timelineHeads(entity uuid.UUID, q Query, after *cursor) (string, []any) {
	// An entity that is party to a record and speaks in it has two rows; the party's stands for both.
	inner := "SELECT i.day, i.record_id FROM involvements i WHERE {held:i} AND i.entity_id = ? AND i.day <> ''" +
		" AND (i.role = 'party' OR NOT EXISTS (SELECT 1 FROM involvements o WHERE o.record_id = i.record_id AND o.entity_id = i.entity_id AND o.role = 'party' AND {held:o}))"
	args := []any{entity}
	if types := q.Filters["type"]; len(types) > 0 {
		inner += " AND i.type IN ?"
		args = append(args, types)
	}
	for name, compare := range map[string]string{"day[gte]": ">=", "day[lte]": "<="} {
		if days := q.Filters[name]; len(days) > 0 {
			inner += " AND i.day " + compare + " ?"
			args = append(args, days[0])
		}
	}
	if after != nil {
		compare := "<"
		if q.direction() == "" {
			compare = ">"
		}
		inner += " AND (i.day, i.record_id) " + compare + " (?, ?)"
		args = append(args, after.Key, after.ID)
	}
	inner += fmt.Sprintf(" ORDER BY i.day%[1]s, i.record_id%[1]s LIMIT ?", q.direction())
	args = append(args, q.Limit+1)
	return r.mixedHeads(inner), args
}

// mixedHeads finds the versions of records of any type that held at the moment, from a list of
// day and record_id. The present ones are known to the common table.
func (r *reading) mixedHeads(inner string) string {
	if !r.Past {
		return "SELECT m.day, m.record_id AS id, r.state, r.version, r.revision FROM (" + inner + ") m JOIN records r ON r.id = m.record_id"
	}
	var joins strings.Builder
	columns := map[string][]string{}
	for i, t := range []models.RecordType{models.TypeStatusChange, models.TypeClaim, models.TypeRelationship, models.TypeEntity, models.TypeOpenItem, models.TypeSource} {
		alias := fmt.Sprintf("h%d", i)
		fmt.Fprintf(&joins, " LEFT JOIN %s %s ON %s.id = m.record_id AND {held:%s}", listings[t].table, alias, alias, alias)
		for _, column := range []string{"state", "version", "revision"} {
			columns[column] = append(columns[column], alias+"."+column)
		}
	}
	return fmt.Sprintf("SELECT m.day, m.record_id AS id, COALESCE(%s) AS state, COALESCE(%s) AS version, COALESCE(%s) AS revision FROM (%s) m%s",
		strings.Join(columns["state"], ", "), strings.Join(columns["version"], ", "), strings.Join(columns["revision"], ", "), inner, joins.String())
}

// Involved gives a page of the records of one type that involve an entity: its own and those of
// its services. It takes the filters of the type's list.
func (s *Services) Involved(ctx context.Context, _ models.Actor, entity string, t models.RecordType, q Query) (Page, error) {
	r, err := s.read(ctx, q.Moment)
	if err != nil {
		return Page{}, err
	}
	r.resume(q)
	record, err := r.entity(entity)
	if err != nil {
		return Page{}, err
	}
	if err := r.resolveFilters(t, &q); err != nil {
		return Page{}, err
	}
	q.Filters = maps.Clone(q.Filters)
	if q.Filters == nil {
		q.Filters = map[string][]string{}
	}
	q.Filters["party"] = []string{record.ID.String()}
	return r.list(t, q)
}

// entity finds the entity that an id or slug led to at the moment: ErrNotFound when it led to
// nothing, or to another record.
func (r *reading) entity(idOrSlug string) (models.Record, error) {
	record, err := r.survivor(idOrSlug)
	if err == nil && record.Type != models.TypeEntity {
		err = models.Errorf(models.ErrNotFound, "There is no entity with the id or slug %q.", shorten(idOrSlug))
	}
	return record, err
}
