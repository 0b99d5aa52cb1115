package services

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// statement is a claim that bears on how well something is established.
type statement struct {
	id    uuid.UUID
	claim *models.Claim
}

// askStatements asks for the live claims that admit, deny or dispute the records, or that find no
// evidence for them: those about them and those that answer them.
func (d *derivation) askStatements(ids []uuid.UUID) {
	query := d.view.sql(`
		SELECT DISTINCT l.target_id, c.id, v.document FROM record_links l
		JOIN claims c ON c.id = l.record_id AND {held:c} AND c.state = 'live'
			AND c.stance IN ('admits', 'denies', 'disputes', 'finds_no_evidence')
		JOIN revisions v ON v.position = c.revision
		WHERE {held:l} AND l.role IN ('about', 'answers') AND l.target_id ?`)
	claims := map[uuid.UUID]*models.Claim{}
	ask(d.reads, "load statements", ids, func(tx *gorm.DB, some []uuid.UUID, rows *[]statementRow) *gorm.DB {
		return tx.Raw(query, among(some)).Find(rows)
	}, func(row statementRow) error {
		if claims[row.ID] == nil {
			document, err := readDocument(models.TypeClaim, row.Document)
			if err != nil {
				return fmt.Errorf("claim %s: %w", row.ID, err)
			}
			claims[row.ID] = document.(*models.Claim)
		}
		d.statements[row.TargetID] = append(d.statements[row.TargetID], statement{row.ID, claims[row.ID]})
		return nil
	})
}

// statementRow is a claim, and the record on which it bears.
type statementRow struct {
	TargetID uuid.UUID
	ID       uuid.UUID
	Document string
}

// compareStatements orders statements by the day on which they were made.
func compareStatements(a, b statement) int {
	if c := a.claim.SaidOn.Compare(b.claim.SaidOn); c != 0 {
		return c
	}
	return bytes.Compare(a.id[:], b.id[:])
}

// standing derives how well a record is established; nil for one that has no citations.
func (d *derivation) standing(id uuid.UUID, document models.Document) *models.StandingRow {
	citations := document.Cited()
	if len(citations) == 0 {
		return nil
	}

	counted, uncounted := d.countOf(id, citations)
	basis := models.Basis{Origins: counted, NotCounted: uncounted, Acknowledgement: d.acknowledgement(id, document, d.saidOf(id, d.statements[id]))}
	if d.types[id] != models.TypeEntity { // one disputes what is said of an entity, not that it is
		basis.Dispute = d.dispute(id)
	}
	level := levelOf(basis)
	row := &models.StandingRow{RecordID: id, Verification: &level, Disputed: basis.Dispute != nil,
		Origins: len(basis.Origins), Basis: mustJSON(basis)}
	for _, citation := range d.showing(document) {
		row.LastEvidenced = laterDay(row.LastEvidenced, citation.HoldsOn)
		row.LastChecked = laterDay(row.LastChecked, citation.CheckedOn)
	}
	return row
}

// levelOf gives the verification level that a basis reaches.
func levelOf(basis models.Basis) models.Verification {
	switch {
	case basis.Acknowledgement != nil && basis.Acknowledgement.Extent == models.Full:
		return models.Acknowledged
	case basis.Acknowledgement != nil:
		return models.PartlyAcknowledged
	case len(basis.Origins) > 1:
		return models.Corroborated
	}
	if len(basis.Origins) == 0 {
		return models.NoOrigin
	}
	return models.SingleOrigin
}

// acknowledgement finds what the party concerned said, by a source that counts: its first full
// admission, otherwise its first partial one, otherwise its own announcement of a step that it took.
func (d *derivation) acknowledgement(id uuid.UUID, document models.Document, statements []statement) *models.Acknowledgement {
	if claim, ok := document.(*models.Claim); ok && claim.Stance == models.Admits {
		statements = append(slices.Clone(statements), statement{id, claim})
		slices.SortFunc(statements, compareStatements)
	}

	var partial *models.Acknowledgement
	for _, s := range statements {
		by := d.concerned(id, s.claim)
		if s.claim.Stance != models.Admits || by == nil || !d.sources.evidenced(s.claim.Citations) || saidBefore(s.claim, document) {
			continue
		}
		found := &models.Acknowledgement{By: *by, Claim: &s.id, On: s.claim.SaidOn, Extent: s.claim.Extent}
		if s.claim.Extent == models.Full {
			return found
		}
		if partial == nil {
			partial = found
		}
	}
	if partial == nil {
		return d.announcement(id, document)
	}
	return partial
}

// saidBefore reports whether a claim was certainly made before that began which it is about: what was
// to come, nobody admitted to have been.
func saidBefore(claim *models.Claim, document models.Document) bool {
	said, begin := claim.SaidOn.EvidenceDay(), models.Day{}
	switch d := document.(type) {
	case *models.Relationship:
		begin = d.Start.FirstDay()
	case *models.StatusChange:
		begin = d.Effective.FirstDay()
	}
	return !said.IsZero() && !begin.IsZero() && said.Before(begin)
}

// concerned gives the speaker of a claim that is a party to a record; nil when none is.
func (d *derivation) concerned(id uuid.UUID, claim *models.Claim) *uuid.UUID {
	for _, speaker := range claim.Speakers {
		for _, entity := range []*uuid.UUID{speaker.OnBehalfOf, speaker.Entity} {
			if entity != nil && slices.Contains(d.parties[id], *entity) {
				return entity
			}
		}
	}
	return nil
}

// announcement says that whoever took a step said so in a source of its own that counts, and that is
// not older than the step: what is older promises it.
func (d *derivation) announcement(id uuid.UUID, document models.Document) *models.Acknowledgement {
	change, ok := document.(*models.StatusChange)
	if !ok || change.Actor == nil {
		return nil
	}
	for _, source := range citedSources(change.Citations) {
		if u := d.unnamed[id]; u != nil && u.sources[source] {
			continue // it was said of one who was not named
		}
		if !slices.Contains(d.sources.paperOf(source).publishers, *change.Actor) {
			continue
		}
		on := d.sources.publishedOn(source)
		if day := on.EvidenceDay(); !day.IsZero() && day.Before(change.Effective.StepDay()) {
			continue
		}
		if on.IsZero() {
			on = change.Announced
		}
		return &models.Acknowledgement{By: *change.Actor, Source: &source, On: on, Extent: models.Full}
	}
	return nil
}

// dispute finds the latest claim against a record that no later admission by the same party
// superseded.
func (d *derivation) dispute(id uuid.UUID) *models.Dispute {
	statements := d.statements[id]
	for i := len(statements) - 1; i >= 0; i-- {
		s := statements[i]
		if s.id == id || !s.claim.Stance.Contradicts() {
			continue
		}
		left := d.standBy(s, statements)
		if len(s.claim.Speakers) > 0 && len(left) == 0 {
			continue
		}
		found := &models.Dispute{Claim: s.id, Stance: s.claim.Stance, On: s.claim.SaidOn}
		for _, speaker := range left {
			if found.By = speaker.OnBehalfOf; found.By == nil {
				found.By = speaker.Entity
			}
			if found.By != nil {
				break
			}
		}
		return found
	}
	return nil
}

// standBy are the speakers of a claim against a record who did not admit it later, by a source that
// counts. What one of several takes back, the others go on saying.
func (d *derivation) standBy(denial statement, statements []statement) []models.Speaker {
	return slices.DeleteFunc(slices.Clone(denial.claim.Speakers), func(speaker models.Speaker) bool {
		return slices.ContainsFunc(statements, func(s statement) bool {
			return s.claim.Stance == models.Admits && s.claim.SaidOn.Compare(denial.claim.SaidOn) >= 0 && sayTheSame(speaker, s.claim.Speakers) &&
				d.sources.evidenced(s.claim.Citations)
		})
	})
}

// sayTheSame reports whether a party, by itself or by whom it sends, is among speakers.
func sayTheSame(speaker models.Speaker, speakers []models.Speaker) bool {
	parties := entitiesOf([]models.Speaker{speaker})
	return slices.ContainsFunc(entitiesOf(speakers), func(entity uuid.UUID) bool { return slices.Contains(parties, entity) })
}

func laterDay(a, b models.Day) models.Day {
	if a.IsZero() || (!b.IsZero() && a.Before(b)) {
		return b
	}
	return a
}
