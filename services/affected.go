package services

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/google/uuid"

	"plumbline/models"
)

// ownership are the types of relationship whose subject stands behind their object: what is
// about a service is about its provider too, what is about a system about its operator. An
// inquiry's or event's "concerns" works the other way round.
var ownership = []models.RelationshipType{models.Provides, models.Operates, models.Commissions, models.Conducts,
	models.TookPart, models.PartyTo}

// owned gives the entity whose owners a relationship changes; nil for other relationships.
func owned(r *models.Relationship) *uuid.UUID {
	switch {
	case slices.Contains(ownership, r.Type):
		return &r.Object
	case r.Type == models.Concerns:
		return &r.Subject
	}
	return nil
}

// aspects says which derived rows of a record are looked at.
type aspects int

const (
	aspectSpans aspects = 1 << iota
	aspectStanding
	aspectInvolvements
	aspectHorizons
	allAspects = aspectSpans | aspectStanding | aspectInvolvements | aspectHorizons
)

// affected tells which derived rows of which records a changeset may change: all of those that
// it writes, and some of those that depend on them. What nobody could point at before costs no
// query.
func (w *writing) affected() (map[uuid.UUID]aspects, error) {
	set := map[uuid.UUID]aspects{}
	var roots, services, sources, spoken, publishers []uuid.UUID
	var addresses []string
	for _, one := range w.writes {
		set[one.ID] = allAspects
		for _, document := range []models.Document{one.old, one.document} {
			switch d := document.(type) {
			case *models.Relationship:
				if id := owned(d); id != nil && !w.made(*id) {
					services = append(services, *id)
				}
				if d.Type == models.Owns && !w.made(d.Object) {
					publishers = append(publishers, d.Object)
				}
			case *models.StatusChange:
				set[d.Record] |= aspectSpans | aspectHorizons
			case *models.Claim:
				for _, id := range append(slices.Clone(d.About), d.Answers...) {
					set[id] |= aspectStanding | aspectHorizons
				}
				spoken = append(spoken, w.perhapsSteps(d.About)...)
			case *models.Source:
				if normal := models.NormalURL(d.URL); normal != "" {
					addresses = append(addresses, normal)
				}
			}
		}
		if one.Op == models.OpCreate {
			continue
		}
		if publisherChanged(one) {
			publishers = append(publishers, one.ID)
		}
		if one.Type == models.TypeSource {
			sources = append(sources, one.ID)
		} else if tiesChanged(one) {
			roots = append(roots, one.ID)
		}
	}

	for _, step := range []func() error{
		func() error { return w.addInvolved(set, services) },
		func() error { return w.addSameAddress(addresses, &sources) },
		func() error { return w.addPublished(publishers, &sources) },
		func() error { return w.addCiting(set, sources) },
		func() error { return w.addDependents(set, roots) },
		func() error { return w.addChanged(set, spoken, sources) },
		func() error { return w.addNamed(set) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// perhapsSteps leaves out of what a claim is about that which is known to be no status change.
func (w *writing) perhapsSteps(about []uuid.UUID) []uuid.UUID {
	var ids []uuid.UUID
	for _, id := range about {
		t := models.TypeStatusChange
		if w.found != nil && w.found.records[id].Type != "" {
			t = w.found.records[id].Type
		}
		if t == models.TypeStatusChange && !w.made(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// addChanged adds the records whose steps somebody spoke of, or whose steps cite sources: whether a
// step is believed to have happened follows from both.
func (w *writing) addChanged(set map[uuid.UUID]aspects, steps, sources []uuid.UUID) error {
	if err := w.addIDs(set, aspectSpans|aspectHorizons, w.view.sql("SELECT DISTINCT record_id FROM status_changes t WHERE {held:t} AND t.id ?"), steps); err != nil {
		return err
	}
	return w.addIDs(set, aspectSpans|aspectHorizons, w.view.sql("SELECT DISTINCT t.record_id FROM citations c JOIN status_changes t ON t.id = c.record_id AND {held:t} WHERE {held:c} AND c.source_id ?"), sources)
}

// made reports whether the changeset creates a record.
func (w *writing) made(id uuid.UUID) bool {
	one := w.byID[id]
	return one != nil && one.Op == models.OpCreate
}

// tiesChanged reports whether a write changes what others derive through the record: whether it
// stands, and what it points at, beside its sources. What an entity points at concerns nobody else.
func tiesChanged(one *write) bool {
	if one.Op != models.OpEdit {
		return true
	}
	return one.Type != models.TypeEntity && !reflect.DeepEqual(ties(one.old), ties(one.document))
}

func ties(document models.Document) []uuid.UUID {
	var ids []uuid.UUID
	for _, ref := range document.References() {
		if !slices.Contains(ref.Types, models.TypeSource) {
			ids = append(ids, ref.ID)
		}
	}
	return ids
}

// addInvolved adds entities whose owners change, and every record that involves them.
func (w *writing) addInvolved(set map[uuid.UUID]aspects, entities []uuid.UUID) error {
	for _, id := range entities {
		set[id] = allAspects
	}
	return w.addIDs(set, allAspects, w.before.sql("SELECT DISTINCT record_id FROM involvements WHERE {held:involvements} AND entity_id ?"), entities)
}

// addSameAddress adds the other sources that have one of the addresses: they are one document.
func (w *writing) addSameAddress(addresses []string, sources *[]uuid.UUID) error {
	return inChunks(addresses, func(chunk []string) error {
		var rows []struct{ ID uuid.UUID }
		err := w.tx.Raw(w.view.sql("SELECT id FROM sources WHERE normal_url <> '' AND normal_url IN ? AND {held:sources}"), chunk).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("find sources by their addresses: %w", err)
		}
		for _, row := range rows {
			if !w.made(row.ID) {
				*sources = append(*sources, row.ID)
			}
		}
		return nil
	})
}

// addCiting adds the records whose standing or first status may follow from sources: those that cite
// them, or cite what reports on them or is the same document, and those about which claims are that do.
func (w *writing) addCiting(set map[uuid.UUID]aspects, sources []uuid.UUID) error {
	return w.addIDs(set, aspectStanding|aspectSpans|aspectHorizons, w.view.sql(`
		WITH RECURSIVE reporting (id) AS (
			SELECT id FROM records WHERE id ?
			UNION
			`+reached(w.tx.Name(), "reporting", linkingTo, sameAddress)+`
		)
		SELECT c.record_id FROM reporting r JOIN citations c ON c.source_id = r.id AND {held:c}
		UNION
		SELECT l.target_id AS record_id FROM reporting r JOIN citations c ON c.source_id = r.id AND {held:c}
		JOIN record_links l ON l.record_id = c.record_id AND l.role IN ('about', 'answers') AND {held:l}`), sources)
}

// addDependents adds the status changes, claims and open items that hang on records, and what
// hangs on those.
func (w *writing) addDependents(set map[uuid.UUID]aspects, roots []uuid.UUID) error {
	return w.addIDs(set, allAspects, w.view.sql(`
		WITH RECURSIVE dependent (id) AS (
			SELECT id FROM records WHERE id ?
			UNION
			SELECT x.id FROM dependent d JOIN (
				SELECT record_id AS on_id, id FROM status_changes WHERE {held:status_changes}
				UNION ALL
				SELECT target_id AS on_id, record_id AS id FROM record_links WHERE {held:record_links} AND role IN ('about', 'answers')
			) x ON x.on_id = d.id
		)
		SELECT id AS record_id FROM dependent`), roots)
}

func (w *writing) addIDs(set map[uuid.UUID]aspects, what aspects, query string, ids []uuid.UUID) error {
	return inChunks(ids, func(chunk []uuid.UUID) error {
		var rows []struct{ RecordID uuid.UUID }
		if err := w.tx.Raw(query, among(chunk)).Scan(&rows).Error; err != nil {
			return fmt.Errorf("find affected records: %w", err)
		}
		for _, row := range rows {
			set[row.RecordID] |= what
		}
		return nil
	})
}
