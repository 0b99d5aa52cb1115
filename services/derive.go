package services

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/models"
)

// derived is everything that is not written by people but follows from what they wrote.
type derived struct {
	involvements []models.InvolvementRow
	spans        []models.SpanRow
	announced    []models.AnnouncedStepRow
	horizons     []models.HorizonRow
	standing     *models.StandingRow
}

// derive brings the derived rows of everything that a changeset affects up to date. Rows that
// come out the same are left alone, so that their log sizes keep their meaning.
func (w *writing) derive() error {
	affected, err := w.affected()
	if err != nil {
		return err
	}
	d := newDerivation(w.tx, w.view)
	for _, one := range w.writes {
		d.documents[one.ID] = one.document
		d.types[one.ID], d.states[one.ID] = one.Type, one.state
		if one.Op == models.OpHold {
			d.documents[one.ID], d.states[one.ID] = models.NewDocument(one.Type), models.StateWithheld
		}
	}
	// What is there of few records is asked for together with all else.
	few := len(affected) <= sliceSize
	var present map[uuid.UUID]*derived
	if few {
		present = askDerived(d.reads, presently, w.existing(affected))
	}
	if err := d.load(affected); err != nil {
		return err
	}
	for slice := range slices.Chunk(distinct(keys(affected)), sliceSize) { // in order, so that neighbours share pages
		if !few {
			of := make(map[uuid.UUID]aspects, len(slice))
			for _, id := range slice {
				of[id] = affected[id]
			}
			if present, err = loadDerived(w.tx, presently, w.existing(of)); err != nil {
				return err
			}
		}
		results := make(map[uuid.UUID]*derived, len(slice))
		for _, id := range slice {
			results[id] = d.result(id, affected[id])
		}
		if err := storeDerived(w.tx, w.size, results, present); err != nil {
			return err
		}
	}
	return nil
}

// existing leaves out the records that the changeset makes.
func (w *writing) existing(affected map[uuid.UUID]aspects) map[uuid.UUID]aspects {
	existing := map[uuid.UUID]aspects{}
	for id, what := range affected {
		if !w.made(id) {
			existing[id] = what
		}
	}
	return existing
}

// with lists the records of which an aspect is looked at, in order.
func with(affected map[uuid.UUID]aspects, what aspects) []uuid.UUID {
	var ids []uuid.UUID
	for id, has := range affected {
		if has&what != 0 {
			ids = append(ids, id)
		}
	}
	return distinct(ids)
}

// derivation computes derived rows from what the tables hold for a view.
type derivation struct {
	reads     *database.Reads
	view      view
	documents map[uuid.UUID]models.Document
	types     map[uuid.UUID]models.RecordType
	states    map[uuid.UUID]models.RecordState
	// owners maps an entity to those that stand behind it.
	owners map[uuid.UUID][]uuid.UUID
	// parties are those of records: computed for the records asked for, stored for the others.
	parties map[uuid.UUID][]uuid.UUID
	// stored marks the records whose parties are the stored ones.
	stored map[uuid.UUID]bool
	steps  map[uuid.UUID][]models.StatusStep
	// evidence is what shows steps, by their ids; admitted who admits them, by the ids of what changed.
	evidence map[uuid.UUID]models.StepEvidence
	admitted map[uuid.UUID][]admittedRow
	// shown is what shows status changes, cited the citations of which it is gathered.
	cited      []shownRow
	shown      map[uuid.UUID]models.Shown
	sources    sourceGraph
	statements map[uuid.UUID][]statement
	// named are the records that rest on a naming, unnamed what was said of them before.
	named   []namedRow
	unnamed map[uuid.UUID]*unnamed
}

func newDerivation(tx *gorm.DB, view view) *derivation {
	return &derivation{reads: database.NewReads(tx), view: view, documents: map[uuid.UUID]models.Document{}, types: map[uuid.UUID]models.RecordType{}, states: map[uuid.UUID]models.RecordState{},
		steps: map[uuid.UUID][]models.StatusStep{}, evidence: map[uuid.UUID]models.StepEvidence{}, admitted: map[uuid.UUID][]admittedRow{}, shown: map[uuid.UUID]models.Shown{}, statements: map[uuid.UUID][]statement{},
		owners: map[uuid.UUID][]uuid.UUID{}, parties: map[uuid.UUID][]uuid.UUID{}, stored: map[uuid.UUID]bool{}, unnamed: map[uuid.UUID]*unnamed{},
		sources: sourceGraph{facts: map[uuid.UUID]*sourceFacts{}, ownHosts: map[string]bool{}, people: map[uuid.UUID]*publisherFacts{}, papers: map[uuid.UUID]*paper{}}}
}

// run computes aspects of the derived rows of records. Their FromSize is left 0.
func (d *derivation) run(affected map[uuid.UUID]aspects) (map[uuid.UUID]*derived, error) {
	if err := d.load(affected); err != nil {
		return nil, err
	}
	results := make(map[uuid.UUID]*derived, len(affected))
	for id, what := range affected {
		results[id] = d.result(id, what)
	}
	return results, nil
}

// load loads what the derived rows of records follow from.
func (d *derivation) load(affected map[uuid.UUID]aspects) error {
	all, tied, standing := with(affected, allAspects), with(affected, aspectStanding|aspectInvolvements|aspectHorizons), with(affected, aspectStanding|aspectHorizons)
	d.askSteps(with(affected, aspectSpans|aspectHorizons))
	d.askStatements(standing)
	d.askNamed(standing)
	if err := d.loadDocuments(all); err != nil {
		return err
	}

	if err := d.loadUnnamed(); err != nil {
		return err
	}

	// The rest is asked for what the documents point at.
	d.askOwners(tied)
	d.askParties(tied)
	d.askAdmittedParties(tied)
	d.askSources(with(affected, aspectStanding|aspectSpans|aspectHorizons))
	if err := d.reads.Run(); err != nil {
		return err
	}
	d.sources.gather()
	d.evidence = d.sources.evidenceOf(d.cited)
	d.gatherShown()
	for _, id := range tied {
		d.partiesOf(id)
	}
	for _, list := range d.statements {
		slices.SortFunc(list, compareStatements)
	}
	return nil
}

// result computes aspects of the derived rows of one of the records that load was asked for.
func (d *derivation) result(id uuid.UUID, what aspects) *derived {
	result := &derived{}
	if what&aspectSpans != 0 {
		result.spans, result.announced = d.spans(id, d.documents[id])
	}
	if what&aspectHorizons != 0 {
		result.horizons = d.horizons(id, d.documents[id])
	}
	if what&aspectStanding != 0 {
		result.standing = d.standing(id, d.documents[id])
	}
	if what&aspectInvolvements != 0 {
		result.involvements = d.involvements(id, d.documents[id])
	}
	return result
}

// loadDocuments loads the documents that are not known yet, with all else that was asked for.
func (d *derivation) loadDocuments(ids []uuid.UUID) error {
	var missing []uuid.UUID
	for _, id := range ids {
		if d.documents[id] == nil {
			missing = append(missing, id)
		}
	}
	ask(d.reads, "load documents", missing, func(tx *gorm.DB, some []uuid.UUID, rows *[]documentRow) *gorm.DB {
		return tx.Raw(d.view.documents(), among(some)).Find(rows)
	}, d.takeDocument)
	if err := d.reads.Run(); err != nil {
		return err
	}
	for _, id := range missing {
		if d.documents[id] == nil {
			return fmt.Errorf("record %s has no revision", id)
		}
	}
	return nil
}

// documentRow is a record with its document.
type documentRow struct {
	ID       uuid.UUID
	Type     models.RecordType
	State    models.RecordState
	Withheld bool
	Document string
}

func (d *derivation) takeDocument(row documentRow) error {
	d.types[row.ID], d.states[row.ID] = row.Type, row.State
	if row.Withheld { // nothing follows from it, as from one that does not stand
		d.documents[row.ID], d.states[row.ID] = models.NewDocument(row.Type), models.StateWithheld
		return nil
	}
	document, err := readDocument(row.Type, row.Document)
	d.documents[row.ID] = document
	return wrap(err, "record %s", row.ID)
}

// askSteps asks for the histories of the records that have a status, or may have one.
func (d *derivation) askSteps(ids []uuid.UUID) {
	var tracked []uuid.UUID
	for _, id := range ids {
		if d.documents[id] == nil || d.subject(id) != "" {
			tracked = append(tracked, id)
		}
	}
	askSteps(d.reads, d.view, tracked, d.steps)
	d.askShown(tracked)
}

func (d *derivation) subject(id uuid.UUID) models.StatusSubject {
	return models.StatusSubjectOf(d.types[id], kindOf(d.documents[id]))
}

// spans gives the days for which each status of a record held, and the steps that were announced
// and not confirmed.
func (d *derivation) spans(id uuid.UUID, document models.Document) ([]models.SpanRow, []models.AnnouncedStepRow) {
	subject := d.subject(id)
	if subject == "" {
		return nil, nil
	}
	steps := d.settleSteps(id)
	return models.SpanRows(id, subject, d.spansOf(id, document), 0), models.AnnouncedStepRows(id, steps)
}

// spansOf gives them by the steps that are believed to have happened.
func (d *derivation) spansOf(id uuid.UUID, document models.Document) []models.Span {
	end := d.shownEnd(id, document)
	spans := models.Spans(d.subject(id), d.settleSteps(id), d.firstHeld(document), end)
	if end.IsZero() {
		return models.EndUnshown(d.subject(id), spans, lifeIn(document).End)
	}
	return spans
}

// shownEnd is the end of what a record tells of, where something shows that it came; the unknown date
// where it has none, or where all that the record cites is older than it: that was to come. What has a
// term ends with it.
func (d *derivation) shownEnd(id uuid.UUID, document models.Document) models.Date {
	end := lifeIn(document).End
	if !d.subject(id).HasTerm() && !(models.StatusStep{Effective: end}).Happened(d.evidence[id]) {
		return models.Date{}
	}
	return end
}

// firstHeld is when evidence alone first shows that the record existed: by the first day on which a
// citation shows that a link held, or when an open item was raised.
func (d *derivation) firstHeld(document models.Document) models.Date {
	switch document := document.(type) {
	case *models.Relationship:
		var first models.Day
		for _, c := range d.showing(document) {
			if !c.HoldsOn.IsZero() && (first.IsZero() || c.HoldsOn.Before(first)) {
				first = c.HoldsOn
			}
		}
		return models.ByDay(first)
	case *models.OpenItem:
		return document.RaisedOn
	}
	return models.Date{}
}

// loadDerived loads aspects of the derived rows of records.
func loadDerived(tx *gorm.DB, view view, affected map[uuid.UUID]aspects) (map[uuid.UUID]*derived, error) {
	reads := database.NewReads(tx)
	present := askDerived(reads, view, affected)
	return present, reads.Run()
}

// askDerived asks for aspects of the derived rows of records; they are there when reads were read.
func askDerived(reads *database.Reads, view view, affected map[uuid.UUID]aspects) map[uuid.UUID]*derived {
	present := make(map[uuid.UUID]*derived, len(affected))
	for id := range affected {
		present[id] = &derived{}
	}
	of := view.held("") + " AND record_id ?"
	ask(reads, "load involvements", with(affected, aspectInvolvements), func(tx *gorm.DB, some []uuid.UUID, rows *[]models.InvolvementRow) *gorm.DB {
		return tx.Order("record_id, entity_id, role").Find(rows, of, among(some))
	}, func(row models.InvolvementRow) error {
		present[row.RecordID].involvements = append(present[row.RecordID].involvements, row)
		return nil
	})
	ask(reads, "load spans", with(affected, aspectSpans), func(tx *gorm.DB, some []uuid.UUID, rows *[]models.SpanRow) *gorm.DB {
		return tx.Order("record_id, place").Find(rows, of, among(some))
	}, func(row models.SpanRow) error {
		present[row.RecordID].spans = append(present[row.RecordID].spans, row)
		return nil
	})
	ask(reads, "load announced steps", with(affected, aspectSpans), func(tx *gorm.DB, some []uuid.UUID, rows *[]models.AnnouncedStepRow) *gorm.DB {
		return tx.Order("record_id, change_id").Find(rows, of, among(some))
	}, func(row models.AnnouncedStepRow) error {
		present[row.RecordID].announced = append(present[row.RecordID].announced, row)
		return nil
	})
	ask(reads, "load horizons", with(affected, aspectHorizons), func(tx *gorm.DB, some []uuid.UUID, rows *[]models.HorizonRow) *gorm.DB {
		return tx.Order("record_id, from_day").Find(rows, of, among(some))
	}, func(row models.HorizonRow) error {
		present[row.RecordID].horizons = append(present[row.RecordID].horizons, row)
		return nil
	})
	ask(reads, "load standings", with(affected, aspectStanding), func(tx *gorm.DB, some []uuid.UUID, rows *[]models.StandingRow) *gorm.DB {
		return tx.Find(rows, of, among(some))
	}, func(row models.StandingRow) error {
		present[row.RecordID].standing = &row
		return nil
	})
	return present
}

// storeDerived closes the rows that no longer hold and writes those that hold from a log size on.
func storeDerived(tx *gorm.DB, size int64, results, present map[uuid.UUID]*derived) error {
	before := closing{}
	var involvements []models.InvolvementRow
	var spans []models.SpanRow
	var announced []models.AnnouncedStepRow
	var horizons []models.HorizonRow
	var standings []models.StandingRow
	for _, id := range distinct(keys(results)) { // in order, so that neighbours share pages
		result, old := results[id], present[id]
		if old == nil {
			old = &derived{}
		}
		if !sameInvolvements(old.involvements, result.involvements) {
			before["involvements"] = append(before["involvements"], id)
			involvements = append(involvements, result.involvements...)
		}
		if !sameSpans(old.spans, result.spans) {
			before["spans"] = append(before["spans"], id)
			spans = append(spans, result.spans...)
		}
		if !sameAnnounced(old.announced, result.announced) {
			before["announced_steps"] = append(before["announced_steps"], id)
			announced = append(announced, result.announced...)
		}
		if !sameHorizons(old.horizons, result.horizons) {
			before["horizons"] = append(before["horizons"], id)
			horizons = append(horizons, result.horizons...)
		}
		if !sameStanding(old.standing, result.standing) {
			before["standings"] = append(before["standings"], id)
			if result.standing != nil {
				standings = append(standings, *result.standing)
			}
		}
		if present[id] == nil {
			for table := range derivedTables {
				before[table] = withoutLast(before[table], id)
			}
		}
	}

	if err := before.apply(tx, size); err != nil {
		return err
	}
	// By entity, as both indexes run: so each of their pages is touched once.
	slices.SortStableFunc(involvements, func(a, b models.InvolvementRow) int { return bytes.Compare(a.EntityID[:], b.EntityID[:]) })
	for i := range involvements {
		involvements[i].FromSize = size
	}
	for i := range spans {
		spans[i].FromSize = size
	}
	for i := range announced {
		announced[i].FromSize = size
	}
	for i := range horizons {
		horizons[i].FromSize = size
	}
	for i := range standings {
		standings[i].FromSize = size
	}
	for _, err := range []error{insert(tx, involvements), insert(tx, spans), insert(tx, announced), insert(tx, horizons), insert(tx, standings)} {
		if err != nil {
			return fmt.Errorf("store derived rows: %w", err)
		}
	}
	return nil
}

// withoutLast takes an id off the end of a list: a new record has no rows to close.
func withoutLast(ids []uuid.UUID, id uuid.UUID) []uuid.UUID {
	if n := len(ids); n > 0 && ids[n-1] == id {
		return ids[:n-1]
	}
	return ids
}

func sameInvolvements(a, b []models.InvolvementRow) bool {
	return sameRows(a, b, func(row *models.InvolvementRow) { row.FromSize, row.ToSize = 0, nil })
}

func sameSpans(a, b []models.SpanRow) bool {
	return sameRows(a, b, func(row *models.SpanRow) { row.FromSize, row.ToSize = 0, nil })
}

func sameAnnounced(a, b []models.AnnouncedStepRow) bool {
	return sameRows(a, b, func(row *models.AnnouncedStepRow) { row.FromSize, row.ToSize = 0, nil })
}

func sameHorizons(a, b []models.HorizonRow) bool {
	return sameRows(a, b, func(row *models.HorizonRow) { row.FromSize, row.ToSize = 0, nil })
}

func sameStanding(a, b *models.StandingRow) bool {
	if a == nil || b == nil {
		return a == b
	}
	return sameRows([]models.StandingRow{*a}, []models.StandingRow{*b},
		func(row *models.StandingRow) { row.FromSize, row.ToSize = 0, nil })
}

// sameRows compares rows without the log sizes between which they held.
func sameRows[T any](a, b []T, unsized func(*T)) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		one, other := a[i], b[i]
		unsized(&one)
		unsized(&other)
		if !reflect.DeepEqual(one, other) {
			return false
		}
	}
	return true
}

func mustJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // only plain structs of ours are passed
	}
	return string(text)
}
