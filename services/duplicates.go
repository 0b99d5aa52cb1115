package services

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// Candidate is a pair of entities of one kind that may be the same, with the reasons.
type Candidate struct {
	One, Other Ref
	Reasons    []string
	// Score orders them: an identifier counts most, then a name, then common links.
	Score int
}

// candidateRow is one reason.
type candidateRow struct {
	One, Other uuid.UUID
	Reason     string
	Value      string
	N          int
}

// duplicateSQL finds pairs by one reason each, for entities among a list. Other is any entity of
// the same kind that stands.
var duplicateSQL = []string{
	// the same identifier in another scheme or spelling
	`SELECT a.record_id AS one, b.record_id AS other, 'identifier' AS reason, MIN(b.value) AS value, 1 AS n
	FROM entity_identifiers a JOIN entity_identifiers b ON lower(b.value) = lower(a.value) AND b.record_id <> a.record_id AND b.to_size IS NULL
	WHERE a.to_size IS NULL AND a.record_id IN ? GROUP BY a.record_id, b.record_id`,
	// the same name, folded
	`SELECT a.record_id AS one, b.record_id AS other, 'name' AS reason, MIN(b.text) AS value, 1 AS n
	FROM entity_names a JOIN entity_names b ON b.folded = a.folded AND b.record_id <> a.record_id AND b.to_size IS NULL
	WHERE a.to_size IS NULL AND a.folded <> '' AND a.record_id IN ? GROUP BY a.record_id, b.record_id`,
	// links of the same type to the same entity, or from it
	`SELECT a.subject_id AS one, b.subject_id AS other, 'links' AS reason, '' AS value, COUNT(DISTINCT a.id) AS n
	FROM relationships a JOIN relationships b ON b.object_id = a.object_id AND b.type = a.type AND b.subject_id <> a.subject_id AND b.to_size IS NULL AND b.state = 'live'
	WHERE a.to_size IS NULL AND a.state = 'live' AND a.type <> 'linked_to' AND a.subject_id IN ? GROUP BY a.subject_id, b.subject_id HAVING COUNT(DISTINCT a.id) > 1`,
	`SELECT a.object_id AS one, b.object_id AS other, 'links' AS reason, '' AS value, COUNT(DISTINCT a.id) AS n
	FROM relationships a JOIN relationships b ON b.subject_id = a.subject_id AND b.type = a.type AND b.object_id <> a.object_id AND b.to_size IS NULL AND b.state = 'live'
	WHERE a.to_size IS NULL AND a.state = 'live' AND a.type <> 'linked_to' AND a.object_id IN ? GROUP BY a.object_id, b.object_id HAVING COUNT(DISTINCT a.id) > 1`,
}

// candidateWindow is how many entities one page of Duplicates looks through.
const candidateWindow = 500

// Duplicates looks for entities that may be the same, newest first: among the next
// candidateWindow entities after the cursor, and gives the cursor from which to go on; "" when
// all were looked through. With an entity it looks for that one's duplicates alone.
func (s *Services) Duplicates(ctx context.Context, by models.Actor, entity, cursorText string) ([]Candidate, string, error) {
	if err := require(by, ActionPropose); err != nil {
		return nil, "", err
	}
	tx := s.db.Read(ctx)
	ids, next, err := candidateIDs(tx, entity, cursorText)
	if err != nil || len(ids) == 0 {
		return nil, "", err
	}

	var rows []candidateRow
	for _, query := range duplicateSQL {
		var found []candidateRow
		if err := tx.Raw(query, ids).Scan(&found).Error; err != nil {
			return nil, "", fmt.Errorf("look for duplicates: %w", err)
		}
		rows = append(rows, found...)
	}
	var all []uuid.UUID
	for _, row := range rows {
		all = append(all, row.One, row.Other)
	}
	refs, err := s.Labels(ctx, by, distinct(all))
	if err != nil {
		return nil, "", err
	}
	return paired(rows, refs), next, nil
}

func candidateIDs(tx *gorm.DB, entity, cursorText string) ([]uuid.UUID, string, error) {
	if entity != "" {
		record, err := survivor(tx, entity)
		if err == nil && record.Type != models.TypeEntity {
			err = models.Errorf(models.ErrNotFound, "There is no entity with the id or slug %q.", shorten(entity))
		}
		return []uuid.UUID{record.ID}, "", err
	}
	q := Query{Cursor: cursorText}
	after, err := q.after("candidates")
	if err != nil {
		return nil, "", err
	}
	query := tx.Table("records").Select("id").Where("type = 'entity' AND state = 'live'").Order("id DESC").Limit(candidateWindow)
	if after != nil {
		query = query.Where("id < ?", after.ID)
	}
	var rows []struct{ ID uuid.UUID }
	if err := query.Scan(&rows).Error; err != nil {
		return nil, "", fmt.Errorf("list entities: %w", err)
	}
	ids := make([]uuid.UUID, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	next := ""
	if len(ids) == candidateWindow {
		next = q.next("candidates", cursor{ID: ids[len(ids)-1]})
	}
	return ids, next, nil
}

// paired joins the reasons of each pair. Common links alone say little of people and companies
// that everybody works with, so they count where there are at least two.
func paired(rows []candidateRow, refs map[uuid.UUID]Ref) []Candidate {
	pairs := map[[2]uuid.UUID]*Candidate{}
	for _, row := range rows {
		one, other := refs[row.One], refs[row.Other]
		if one.State != models.StateLive || other.State != models.StateLive || one.Kind != other.Kind {
			continue
		}
		key := [2]uuid.UUID{row.One, row.Other}
		if bytes.Compare(row.One[:], row.Other[:]) > 0 {
			key = [2]uuid.UUID{row.Other, row.One}
		}
		pair := pairs[key]
		if pair == nil {
			pair = &Candidate{One: refs[key[0]], Other: refs[key[1]]}
			pairs[key] = pair
		}
		pair.add(row)
	}

	list := make([]Candidate, 0, len(pairs))
	for _, pair := range pairs {
		list = append(list, *pair)
	}
	slices.SortFunc(list, func(a, b Candidate) int {
		if a.Score != b.Score {
			return b.Score - a.Score
		}
		if c := bytes.Compare(b.One.ID[:], a.One.ID[:]); c != 0 {
			return c
		}
		return strings.Compare(a.Other.ID.String(), b.Other.ID.String())
	})
	return list
}

func (c *Candidate) add(row candidateRow) {
	reason, score := "", 0
	switch row.Reason {
	case "identifier":
		reason, score = fmt.Sprintf("Both have the identifier %q.", row.Value), 100
	case "name":
		reason, score = fmt.Sprintf("Both are called %q.", row.Value), 50
	default:
		reason, score = fmt.Sprintf("They share %d links of the same type with the same others.", row.N), min(row.N, 20)
	}
	said := func(other string) bool { return strings.EqualFold(other, reason) } // from the other side
	if !slices.ContainsFunc(c.Reasons, said) {
		c.Reasons = append(c.Reasons, reason)
		c.Score += score
	}
}
