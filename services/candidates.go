package services

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"plumbline/models"
)

// Sought says which records somebody who types a name may mean.
type Sought struct {
	Text string
	// Types are the record types that may stand there; Kinds the kinds of entities, all when nil.
	Types []models.RecordType
	Kinds []models.EntityKind
	// Tracked leaves out what has no status.
	Tracked bool
}

// mostCandidates bounds what is offered for one name.
const mostCandidates = 12

// Candidates finds records that somebody may mean by a name, a slug, an id, an address or words,
// the best first. Links and status changes are found by the entities that they involve. exact says
// that there is no doubt: the first one is what was typed.
func (s *Services) Candidates(ctx context.Context, by models.Actor, q Sought) (found []Ref, exact bool, err error) {
	text, problem := models.CleanText(q.Text)
	if problem != "" || models.Fold(text) == "" || len([]rune(text)) > mostSearch {
		return nil, false, nil
	}
	if ref, err := s.named(ctx, by, text, q); err != nil || ref != nil {
		return single(ref), ref != nil, err
	}

	var hits []Hit
	if kinds := q.searched(); len(kinds) > 0 {
		if hits, err = s.Search(ctx, by, SearchQuery{Text: text, Types: kinds, Kinds: q.kinds(), Limit: mostCandidates}); err != nil {
			return nil, false, err
		}
	}
	sure := 0
	for _, hit := range hits {
		if hit.Type == models.TypeEntity || hit.Type == models.TypeSource {
			if hit.Score == 1 {
				sure++
			}
		}
		found = append(found, hit.Ref)
	}
	links, err := s.candidateLinks(ctx, by, text, q)
	found = append(found, links...)
	return found[:min(len(found), 2*mostCandidates)], sure == 1 && len(links) == 0, err
}

func single(ref *Ref) []Ref {
	if ref == nil {
		return nil
	}
	return []Ref{*ref}
}

// named gives the record that an id, a slug or an address names; nil for other words.
func (s *Services) named(ctx context.Context, by models.Actor, text string, q Sought) (*Ref, error) {
	if slices.Contains(q.Types, models.TypeSource) && models.NormalURL(text) != "" {
		page, err := s.List(ctx, by, models.TypeSource, Query{Filters: map[string][]string{"url": {models.NormalURL(text)}}, Limit: 1})
		if err != nil || len(page.Records) == 0 {
			return nil, err
		}
		ref := page.Refs[page.Records[0].ID]
		return &ref, nil
	}
	_, isID := parseRecord(text)
	if !isID && !models.ValidSlug(text) {
		return nil, nil
	}
	id, t, err := s.Find(ctx, by, text)
	if err != nil || !slices.Contains(q.Types, t) {
		return nil, nil // then it is a word like any other
	}
	refs, err := s.Labels(ctx, by, []uuid.UUID{id})
	ref, ok := refs[id]
	if err != nil || !ok || t == models.TypeEntity && len(q.Kinds) > 0 && !slices.Contains(q.Kinds, models.EntityKind(ref.Kind)) {
		return nil, err
	}
	if q.Tracked && models.StatusSubjectOf(t, ref.Kind) == "" {
		return nil, nil
	}
	return &ref, nil
}

// searched are the types that are found by their own words.
func (q Sought) searched() []string {
	var list []string
	for _, t := range q.Types {
		if t != models.TypeRelationship && t != models.TypeStatusChange {
			list = append(list, string(t))
		}
	}
	return list
}

// kinds narrows the search to kinds of entities; nil where anything else is sought too, but for
// what has a status.
func (q Sought) kinds() []string {
	if q.Tracked {
		return []string{string(models.KindContract), string(models.KindInquiry), "question", "demand", "commitment"}
	}
	if len(q.Types) != 1 || q.Types[0] != models.TypeEntity {
		return nil
	}
	var list []string
	for _, kind := range q.Kinds {
		list = append(list, string(kind))
	}
	return list
}

// candidateLinks finds links, status changes, claims and questions by the entities that they
// involve: those whose names fit best.
func (s *Services) candidateLinks(ctx context.Context, by models.Actor, text string, q Sought) ([]Ref, error) {
	var sought []models.RecordType
	for _, t := range []models.RecordType{models.TypeRelationship, models.TypeStatusChange, models.TypeOpenItem, models.TypeClaim} {
		if slices.Contains(q.Types, t) {
			sought = append(sought, t)
		}
	}
	if len(sought) == 0 {
		return nil, nil
	}
	const mostParties = 3
	hits, err := s.Search(ctx, by, SearchQuery{Text: text, Types: []string{string(models.TypeEntity)}, Limit: mostParties})
	if err != nil || len(hits) == 0 {
		return nil, err
	}
	var parties []string
	for _, hit := range hits {
		parties = append(parties, hit.ID.String())
	}

	var found []Ref
	for _, t := range sought { // at most four types
		filters := map[string][]string{"party": parties}
		if t == models.TypeRelationship && q.Tracked {
			filters["type"] = []string{string(models.SuppliedTo), string(models.Position)}
		}
		page, err := s.List(ctx, by, t, Query{Filters: filters, Limit: mostCandidates})
		if err != nil {
			return nil, err
		}
		for _, record := range page.Records {
			found = append(found, page.Refs[record.ID])
		}
	}
	return found, nil
}

// Labels names records by their ids; those that there are not are left out.
func (s *Services) Labels(ctx context.Context, _ models.Actor, ids []uuid.UUID) (map[uuid.UUID]Ref, error) {
	wanted := wantedRefs{}
	wanted.add("", ids...)
	return (&reading{tx: s.db.Write(ctx)}).loadRefs(wanted) // from the primary: it may just have been made
}

// lastWritten bounds how far back RecentSources looks, in revisions.
const lastWritten = 500

// RecentSources gives the sources that the actor used last, and, where these are few, those that
// were published last.
func (s *Services) RecentSources(ctx context.Context, by models.Actor, most int) ([]Ref, error) {
	if err := require(by, ActionPropose); err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	err := s.db.Read(ctx).Raw(`
		WITH mine (id) AS (SELECT id FROM changesets WHERE author_id = ? ORDER BY id DESC LIMIT 20),
		written (record_id, type, position) AS (
			SELECT v.record_id, v.type, v.position FROM mine m JOIN revisions v ON v.changeset_id = m.id ORDER BY v.position DESC LIMIT ?
		),
		used (id, position) AS (
			SELECT c.source_id, w.position FROM written w JOIN citations c ON c.record_id = w.record_id AND c.to_size IS NULL
			UNION ALL
			SELECT w.record_id, w.position FROM written w WHERE w.type = 'source'
		)
		SELECT u.id FROM used u JOIN sources x ON x.id = u.id AND x.to_size IS NULL AND x.state = 'live'
		GROUP BY u.id ORDER BY max(u.position) DESC, u.id LIMIT ?`, by.Account, lastWritten, most).Scan(&ids).Error
	if err != nil {
		return nil, wrap(err, "read the sources used last")
	}
	if len(ids) < most {
		page, err := s.List(ctx, by, models.TypeSource, Query{Limit: most})
		if err != nil {
			return nil, err
		}
		for _, record := range page.Records {
			if len(ids) < most && !slices.Contains(ids, record.ID) {
				ids = append(ids, record.ID)
			}
		}
	}
	refs, err := s.Labels(ctx, by, ids)
	list := make([]Ref, 0, len(ids))
	for _, id := range ids {
		list = append(list, refs[id])
	}
	return list, err
}
