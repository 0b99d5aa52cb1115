package services

import (
	"github.com/google/uuid"

	"plumbline/models"
)

// gatherShown gathers what shows each step, of the citations that were loaded. What is no evidence shows
// nothing.
func (d *derivation) gatherShown() {
	announced := map[uuid.UUID]models.Date{}
	for _, steps := range d.steps {
		for _, step := range steps {
			announced[step.Change] = step.Announced
		}
	}
	for _, row := range d.cited {
		if !d.sources.shows(row.facts()) {
			continue
		}
		published := models.Date{Earliest: row.PublishedEarliest, Latest: row.PublishedLatest}
		if published == (models.Date{}) {
			published = announced[row.ChangeID]
		}
		one := d.shown[row.ChangeID]
		one.Published, one.HoldsOn, one.CheckedOn = append(one.Published, published), append(one.HoldsOn, row.HoldsOn), append(one.CheckedOn, row.CheckedOn)
		d.shown[row.ChangeID] = one
	}
	d.cited = nil
}

// horizons gives the evidence horizons of a record's statuses.
func (d *derivation) horizons(id uuid.UUID, document models.Document) []models.HorizonRow {
	subject := d.subject(id)
	if subject == "" {
		return nil
	}
	own := models.OwnOf(document, d.showing(document))
	for _, s := range d.statements[id] {
		if s.claim.Stance == models.Admits {
			own.Said = append(own.Said, s.claim.SaidOn.Latest)
		}
	}
	spans := d.spansOf(id, document)
	for _, step := range d.steps[id] {
		one := d.shown[step.Change]
		one.Admitted = d.evidence[step.Change].Admitted
		d.shown[step.Change] = one
	}
	var rows []models.HorizonRow
	for _, h := range models.Horizons(subject, spans, d.steps[id], d.shown, own) {
		row := models.HorizonRow{RecordID: id, FromDay: h.From.String(), UntilDay: h.Until.String(), LastEvidenced: h.LastEvidenced, LastChecked: h.LastChecked}
		if h.Until.IsZero() {
			row.UntilDay = models.OpenUntil
		}
		if span := spans[h.Span]; span.Change == nil {
			basis := d.heldBasis(id, document, span.From, h.From)
			if span.Status != subject.Held() {
				basis = d.endBasis(id, document)
			}
			level := levelOf(basis)
			row.Verification, row.Disputed, row.Basis = &level, basis.Dispute != nil, mustJSON(basis)
		}
		rows = append(rows, row)
	}
	return rows
}

// heldBasis is that on which the status rests which evidence of a record alone gives it from a day
// on, as of another day: an admission counts that was made in between. A denial of the record
// denies its status too.
func (d *derivation) heldBasis(id uuid.UUID, document models.Document, from, by models.Day) models.Basis {
	var said []statement
	for _, s := range d.statements[id] {
		if on := s.claim.SaidOn.Latest; !on.Before(from) && !on.After(by) {
			said = append(said, s)
		}
	}
	counted, uncounted := d.countOf(id, heldBy(document, by))
	return models.Basis{Origins: counted, NotCounted: uncounted, Acknowledgement: d.acknowledgement(id, document, d.saidOf(id, said)), Dispute: d.dispute(id)}
}

// endBasis is that on which a status rests which the end of a record alone gives it: all that the
// record cites. That somebody admitted the record is no admission of its end.
func (d *derivation) endBasis(id uuid.UUID, document models.Document) models.Basis {
	counted, uncounted := d.countOf(id, document.Cited())
	return models.Basis{Origins: counted, NotCounted: uncounted, Dispute: d.dispute(id)}
}

// heldBy are the citations that give a record its status without a status change: those of a link
// that show it to have held by a day, and all of an open item, which was raised by then.
func heldBy(document models.Document, by models.Day) []models.Citation {
	if _, ok := document.(*models.Relationship); !ok {
		return document.Cited()
	}
	var held []models.Citation
	for _, citation := range document.Cited() {
		if !citation.HoldsOn.IsZero() && !citation.HoldsOn.After(by) {
			held = append(held, citation)
		}
	}
	return held
}

// What a list of records named t reads of the standing of their statuses: the standing of the
// status change that began the present span, or what the record's own citations come to.
const (
	statusJoins = `LEFT JOIN horizons hz ON hz.record_id = t.id AND {held:hz} AND hz.from_day <= {day} AND hz.until_day > {day}
		LEFT JOIN standings ss ON ss.record_id = sp.change_id AND {held:ss}`
	statusColumns = `hz.last_evidenced AS status_last_evidenced, hz.last_checked AS status_last_checked,
		COALESCE(hz.verification, ss.verification) AS status_verification, COALESCE(CASE WHEN hz.verification IS NOT NULL THEN hz.disputed END, ss.disputed) AS status_disputed,
		COALESCE(CASE WHEN hz.verification IS NOT NULL THEN hz.basis END, ss.basis) AS status_basis`

	// What lists are filtered by: an unknown status states nothing.
	statusLevel     = `CASE WHEN sp.status <> 'unknown' THEN COALESCE(hz.verification, ss.verification) END`
	statusDisputed  = `CASE WHEN sp.status <> 'unknown' THEN CASE WHEN hz.verification IS NOT NULL THEN hz.disputed ELSE ss.disputed END END`
	statusEvidenced = `CASE WHEN sp.status <> 'unknown' THEN hz.last_evidenced END`
	statusChecked   = `CASE WHEN sp.status <> 'unknown' THEN hz.last_checked END`
)

// statusRow is what the columns of a status's standing give.
type statusRow struct {
	StatusLastEvidenced models.Day
	StatusLastChecked   models.Day
	StatusVerification  *models.Verification
	StatusDisputed      *bool
	StatusBasis         *string
}

func (row *statusRow) targets() []any {
	return []any{&row.StatusLastEvidenced, &row.StatusLastChecked, &row.StatusVerification, &row.StatusDisputed, &row.StatusBasis}
}

// standing is how well the status is established; zero for an unknown one, which states nothing.
func (row statusRow) standing(status models.Status) (models.Standing, error) {
	if status == models.StatusUnknown {
		return models.Standing{}, nil
	}
	standing := models.Standing{LastEvidenced: row.StatusLastEvidenced, LastChecked: row.StatusLastChecked}
	if row.StatusVerification == nil {
		return standing, nil
	}
	standing.Verification, standing.Disputed = *row.StatusVerification, *row.StatusDisputed
	return standing, readJSON(*row.StatusBasis, &standing.Basis)
}
