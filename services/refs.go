package services

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// refs labels everything that records point at, and that their standings rest on, in one query.
func (r *reading) refs(records []Record) (map[uuid.UUID]Ref, error) {
	wanted := map[uuid.UUID]bool{}
	for _, record := range records {
		wanted[record.ID] = true
		for _, ref := range record.Document.References() {
			wanted[ref.ID] = true
		}
		if record.MergedInto != nil {
			wanted[*record.MergedInto] = true
		}
		basisIDs(record.Standing.Basis, wanted)
	}
	return r.loadRefs(keys(wanted))
}

func basisIDs(basis models.Basis, wanted map[uuid.UUID]bool) {
	for _, origin := range basis.Origins {
		wanted[origin.Source] = true
		for _, id := range origin.Through {
			wanted[id] = true
		}
	}
	if a := basis.Acknowledgement; a != nil {
		wanted[a.By] = true
		for _, id := range []*uuid.UUID{a.Claim, a.Source} {
			if id != nil {
				wanted[*id] = true
			}
		}
	}
	if d := basis.Dispute; d != nil {
		wanted[d.Claim] = true
		if d.By != nil {
			wanted[*d.By] = true
		}
	}
}

// refSQL labels records of every type: what they are, and the entities at their ends. A source
// has a row for each publisher, a claim one for each speaker.
const refSQL = `
	SELECT t.id, 'entity' AS type, t.state, t.kind, t.name, t.slug, t.identity, '' AS document, t.start_text AS date_text, t.start_words AS date_words,
		NULL AS a_id, '' AS a_name, '' AS a_slug, '' AS a_kind, '' AS a_identity, NULL AS b_id, '' AS b_name, '' AS b_slug, '' AS b_kind, '' AS b_identity, '' AS via
	FROM entities t WHERE {held:t} AND t.id IN @ids
	UNION ALL
	SELECT t.id, 'source', t.state, t.kind, t.title, '', '', '', t.published_text, t.published_words,
		a.id, a.name, a.slug, a.kind, a.identity, NULL, '', '', '', '', ''
	FROM sources t
	LEFT JOIN record_links p ON p.record_id = t.id AND p.role = 'publisher' AND {held:p}
	LEFT JOIN entities a ON a.id = p.target_id AND {held:a}
	WHERE {held:t} AND t.id IN @ids
	UNION ALL
	SELECT t.id, 'relationship', t.state, t.type, '', '', '', '', t.start_text, t.start_words,
		a.id, a.name, a.slug, a.kind, a.identity, b.id, b.name, b.slug, b.kind, b.identity, ''
	FROM relationships t
	LEFT JOIN entities a ON a.id = t.subject_id AND {held:a}
	LEFT JOIN entities b ON b.id = t.object_id AND {held:b}
	WHERE {held:t} AND t.id IN @ids
	UNION ALL
	SELECT t.id, 'status_change', t.state, t.status, '', '', '', COALESCE(v.document, ''), t.effective_text, t.effective_words,
		a.id, a.name, a.slug, a.kind, a.identity, b.id, b.name, b.slug, b.kind, b.identity, COALESCE(l.type, o.kind, '')
	FROM status_changes t
	LEFT JOIN relationships l ON l.id = t.record_id AND {held:l}
	LEFT JOIN open_items o ON o.id = t.record_id AND {held:o}
	LEFT JOIN revisions v ON v.position = o.revision
	LEFT JOIN entities a ON a.id = COALESCE(l.subject_id, t.record_id) AND {held:a}
	LEFT JOIN entities b ON b.id = l.object_id AND {held:b}
	WHERE {held:t} AND t.id IN @ids
	UNION ALL
	SELECT t.id, 'claim', t.state, t.stance, '', '', '', v.document, t.said_on_text, t.said_on_words,
		a.id, a.name, a.slug, a.kind, a.identity, NULL, '', '', '', '', ''
	FROM claims t
	JOIN revisions v ON v.position = t.revision
	LEFT JOIN record_speakers s ON s.record_id = t.id AND {held:s}
	LEFT JOIN entities a ON a.id = s.entity_id AND {held:a}
	WHERE {held:t} AND t.id IN @ids
	UNION ALL
	SELECT t.id, 'open_item', t.state, t.kind, '', '', '', v.document, t.raised_on_text, t.raised_on_words,
		a.id, a.name, a.slug, a.kind, a.identity, NULL, '', '', '', '', ''
	FROM open_items t
	JOIN revisions v ON v.position = t.revision
	LEFT JOIN entities a ON a.id = t.addressee_id AND {held:a}
	WHERE {held:t} AND t.id IN @ids`

// refRow is what that gives.
type refRow struct {
	ID        uuid.UUID
	Type      models.RecordType
	State     models.RecordState
	Kind      string
	Name      string
	Slug      string
	Identity  models.Identity
	Document  string
	DateText  string
	DateWords string
	AID       *uuid.UUID      `gorm:"column:a_id"`
	AName     string          `gorm:"column:a_name"`
	ASlug     string          `gorm:"column:a_slug"`
	AKind     string          `gorm:"column:a_kind"`
	AIdentity models.Identity `gorm:"column:a_identity"`
	BID       *uuid.UUID      `gorm:"column:b_id"`
	BName     string          `gorm:"column:b_name"`
	BSlug     string          `gorm:"column:b_slug"`
	BKind     string          `gorm:"column:b_kind"`
	BIdentity models.Identity `gorm:"column:b_identity"`
	Via       string
}

// loadRefs labels records by their ids.
func (r *reading) loadRefs(ids []uuid.UUID) (map[uuid.UUID]Ref, error) {
	refs := make(map[uuid.UUID]Ref, len(ids))
	query := refSQL
	if r.tx.Name() == "postgres" {
		query = strings.ReplaceAll(query, "NULL AS", "NULL::uuid AS")
	}
	err := inChunks(ids, func(chunk []uuid.UUID) error {
		var rows []refRow
		if err := r.tx.Raw(r.sql(query), map[string]any{"ids": chunk}).Scan(&rows).Error; err != nil {
			return fmt.Errorf("label records: %w", err)
		}
		for _, row := range rows {
			addRef(refs, row)
		}
		return nil
	})
	return refs, err
}

func addRef(refs map[uuid.UUID]Ref, row refRow) {
	ref, again := refs[row.ID]
	if !again {
		ref = Ref{ID: row.ID, Type: row.Type, State: row.State, Kind: row.Kind, Name: row.Name, Slug: row.Slug,
			Undisclosed: row.Identity == models.Undisclosed, Via: row.Via}
		if row.Document != "" {
			ref.Name = documentText(row.Document, "text")
		}
		if date, err := models.ParseEnd(row.DateText); err == nil {
			date.Words = row.DateWords
			ref.Date = date
		}
		ref.Object = endRef(row.BID, row.BName, row.BSlug, row.BKind, row.BIdentity)
	}
	if subject := endRef(row.AID, row.AName, row.ASlug, row.AKind, row.AIdentity); subject != nil {
		if ref.Subject == nil {
			ref.Subject = subject
		}
		if row.Type == models.TypeSource || row.Type == models.TypeClaim {
			ref.People = append(ref.People, *subject)
		}
	}
	refs[row.ID] = ref
}

func endRef(id *uuid.UUID, name, slug, kind string, identity models.Identity) *Ref {
	if id == nil {
		return nil
	}
	return &Ref{ID: *id, Type: models.TypeEntity, State: models.StateLive, Kind: kind, Name: name, Slug: slug, Undisclosed: identity == models.Undisclosed}
}
