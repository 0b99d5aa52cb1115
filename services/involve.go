package services

import (
	"bytes"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// askOwners asks who stands behind the entities that the documents name.
func (d *derivation) askOwners(ids []uuid.UUID) {
	var entities []uuid.UUID
	for _, id := range ids {
		switch document := d.documents[id].(type) {
		case *models.Entity:
			entities = append(entities, id)
		case *models.Relationship:
			if owned(document) == nil {
				entities = append(entities, document.Subject, document.Object)
			}
		}
	}

	query := d.view.sql(`
		SELECT object_id AS entity, subject_id AS owner FROM relationships
		WHERE {held:relationships} AND state = 'live' AND object_id ? AND type IN ?
		UNION ALL
		SELECT subject_id AS entity, object_id AS owner FROM relationships
		WHERE {held:relationships} AND state = 'live' AND subject_id ? AND type = 'concerns'`)
	ask(d.reads, "load owners", entities, func(tx *gorm.DB, some []uuid.UUID, rows *[]ownerRow) *gorm.DB {
		return tx.Raw(query, among(some), ownership, among(some)).Find(rows)
	}, func(row ownerRow) error {
		d.owners[row.Entity] = append(d.owners[row.Entity], row.Owner)
		return nil
	})
}

// ownerRow says who stands behind an entity.
type ownerRow struct{ Entity, Owner uuid.UUID }

// askParties asks for the stored parties of what the documents are about, beyond the records
// asked for themselves, whose parties are computed.
func (d *derivation) askParties(ids []uuid.UUID) {
	asked := make(map[uuid.UUID]bool, len(ids))
	for _, id := range ids {
		asked[id] = true
	}
	var others []uuid.UUID
	for _, id := range ids {
		for _, target := range abouts(d.documents[id]) {
			if !asked[target] {
				others = append(others, target)
				d.stored[target] = true
				d.parties[target] = nil
			}
		}
	}
	d.askStoredParties(others)
}

// askStoredParties asks for the stored parties of records.
func (d *derivation) askStoredParties(ids []uuid.UUID) {
	ask(d.reads, "load parties", ids, func(tx *gorm.DB, some []uuid.UUID, rows *[]models.InvolvementRow) *gorm.DB {
		return tx.Select("record_id", "entity_id").Order("record_id, entity_id").
			Find(rows, d.view.held("")+" AND role = ? AND record_id ?", models.InvolvedParty, among(some))
	}, func(row models.InvolvementRow) error {
		d.parties[row.RecordID] = append(d.parties[row.RecordID], row.EntityID)
		return nil
	})
}

// abouts lists the records whose parties are also those of the document.
func abouts(document models.Document) []uuid.UUID {
	switch d := document.(type) {
	case *models.StatusChange:
		return []uuid.UUID{d.Record}
	case *models.Claim:
		return append(slices.Clone(d.About), d.Answers...)
	case *models.OpenItem:
		return d.About
	}
	return nil
}

// partiesOf gives the entities that a record is about, or that stand behind those. Claims may
// answer each other in a circle, so what was visited is remembered for each record anew.
func (d *derivation) partiesOf(id uuid.UUID) []uuid.UUID {
	if parties, ok := d.parties[id]; ok {
		return parties
	}
	visited := map[uuid.UUID]bool{}
	parties := distinct(d.collectParties(id, visited))
	d.parties[id] = parties
	return parties
}

func (d *derivation) collectParties(id uuid.UUID, visited map[uuid.UUID]bool) []uuid.UUID {
	if visited[id] {
		return nil
	}
	visited[id] = true
	document, asked := d.documents[id]
	if !asked || d.stored[id] {
		return d.parties[id]
	}
	if d.states[id] != models.StateLive {
		return nil // what was withdrawn involves nobody
	}

	var parties []uuid.UUID
	switch document := document.(type) {
	case *models.Entity:
		parties = append([]uuid.UUID{id}, d.owners[id]...)
	case *models.Relationship:
		parties = d.relationshipParties(document)
	case *models.StatusChange:
		if document.Actor != nil {
			parties = append(parties, *document.Actor)
		}
	case *models.OpenItem:
		parties = append(parties, document.Addressee)
	}
	for _, target := range abouts(document) {
		parties = append(parties, d.collectParties(target, visited)...)
	}
	return parties
}

func (d *derivation) relationshipParties(r *models.Relationship) []uuid.UUID {
	parties := []uuid.UUID{r.Subject, r.Object}
	if r.SuppliedBy != nil {
		parties = append(parties, *r.SuppliedBy)
	}
	if owned(r) == nil {
		parties = append(parties, d.owners[r.Subject]...)
		parties = append(parties, d.owners[r.Object]...)
	}
	return parties
}

// speakersOf gives the entities that speak in a record, or for whom somebody does.
func speakersOf(document models.Document) []uuid.UUID {
	switch d := document.(type) {
	case *models.Claim:
		return entitiesOf(d.Speakers)
	case *models.OpenItem:
		return entitiesOf(d.RaisedBy)
	case *models.Source:
		return distinct(slices.Clone(d.Publishers))
	}
	return nil
}

func entitiesOf(speakers []models.Speaker) []uuid.UUID {
	var ids []uuid.UUID
	for _, speaker := range speakers {
		for _, id := range []*uuid.UUID{speaker.Entity, speaker.OnBehalfOf} {
			if id != nil {
				ids = append(ids, *id)
			}
		}
	}
	return distinct(ids)
}

// involvements gives the involvement rows of a record, in the order in which they are loaded.
func (d *derivation) involvements(id uuid.UUID, document models.Document) []models.InvolvementRow {
	if d.states[id] != models.StateLive {
		return nil
	}
	row := models.InvolvementRow{RecordID: id, Type: d.types[id], Kind: kindOf(document), Day: TimelineDay(document)}
	var rows []models.InvolvementRow
	for _, party := range d.parties[id] {
		row.EntityID, row.Role = party, models.InvolvedParty
		rows = append(rows, row)
	}
	for _, speaker := range speakersOf(document) {
		row.EntityID, row.Role = speaker, models.InvolvedSpeaker
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b models.InvolvementRow) int {
		if c := bytes.Compare(a.EntityID[:], b.EntityID[:]); c != 0 {
			return c
		}
		return compareText(string(a.Role), string(b.Role))
	})
	return rows
}

// TimelineDay places a document in time: the latest day of its date, the earliest where there
// is no latest, "" where it has no date.
func TimelineDay(document models.Document) string {
	date := DocumentDate(document)
	if !date.Latest.IsZero() {
		return date.Latest.String()
	}
	return date.Earliest.String()
}

// DocumentDate is the date by which a document stands on a timeline.
func DocumentDate(document models.Document) models.Date {
	switch d := document.(type) {
	case *models.Entity:
		return d.Start
	case *models.Relationship:
		return d.Start
	case *models.StatusChange:
		return d.Effective
	case *models.Claim:
		return d.SaidOn
	case *models.Source:
		return d.Published
	case *models.OpenItem:
		return d.RaisedOn
	}
	return models.Date{}
}

// distinct sorts ids and drops repeated ones.
func distinct(ids []uuid.UUID) []uuid.UUID {
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(ids)
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
