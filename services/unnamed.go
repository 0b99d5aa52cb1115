package services

import (
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// Who names an undisclosed entity says of a supply to somebody unnamed to whom it was. What was said
// before goes on being said of one who was not named: it shows that there is such a supply, and not
// that it is one to whoever was named. So a link that a naming moved, and its steps, rest on the naming,
// and on what was cited and said since.

// unnamed is what was said of a record while an end of it was not named.
type unnamed struct {
	sources, claims map[uuid.UUID]bool
	// naming are the citations of the claims that named it.
	naming []models.Citation
}

// namedRow says of a record that a naming moved its link: from which end, and what the link said before.
type namedRow struct {
	RecordID, LinkID, MovedID, UndisclosedID, ChangesetID uuid.UUID
	NamedAt                                               int64
	Before                                                string
}

// askNamed asks which of the records are links that a naming moved, or that joined such links, or are
// steps of them. There are few namings, and SQLite begins with those where the joins say CROSS.
func (d *derivation) askNamed(ids []uuid.UUID) {
	query := d.view.sql(`SELECT x.record_id, x.link_id, m.record_id AS moved_id, n.record_id AS undisclosed_id, n.changeset_id, n.position AS named_at, b.document AS before
		FROM revisions n
		CROSS JOIN entities u
		CROSS JOIN revisions m
		CROSS JOIN revisions b
		CROSS JOIN (SELECT id AS record_id, id AS link_id FROM relationships r WHERE {held:r} AND r.id ?
			UNION ALL SELECT id, record_id FROM status_changes t WHERE {held:t} AND t.id ?) x
		WHERE n.op = 'name' AND u.id = n.record_id AND {held:u} AND u.state = 'merged'
			AND m.changeset_id = n.changeset_id AND m.type = 'relationship' AND m.version > 1
			AND b.record_id = m.record_id AND b.version = m.version - 1
			AND (x.link_id = m.record_id OR x.link_id = m.merged_into)` + d.view.before("n"))
	ask(d.reads, "find what was named", ids, func(tx *gorm.DB, some []uuid.UUID, rows *[]namedRow) *gorm.DB {
		return tx.Raw(query, among(some), among(some)).Find(rows)
	}, func(row namedRow) error {
		d.named = append(d.named, row)
		return nil
	})
}

// loadUnnamed loads what was said of those before. There are few.
func (d *derivation) loadUnnamed() error {
	if len(d.named) == 0 {
		return nil
	}
	var changesets, records, claims []uuid.UUID
	for _, row := range d.named {
		changesets, records = append(changesets, row.ChangesetID), append(records, row.RecordID)
		for _, s := range d.statements[row.RecordID] {
			claims = append(claims, s.id)
		}
	}
	type told struct {
		RecordID, ChangesetID uuid.UUID
		Type                  models.RecordType
		Version, Position     int64
		Document              string
	}
	within := map[uuid.UUID][]told{}  // claims, by the changeset that wrote them
	history := map[uuid.UUID][]told{} // versions of records, and the first ones of claims
	ask(d.reads, "load namings", changesets, func(tx *gorm.DB, some []uuid.UUID, rows *[]told) *gorm.DB {
		return tx.Raw(d.view.sql(`SELECT v.record_id, v.changeset_id, v.type, v.version, v.position, v.document FROM revisions v
			JOIN claims c ON c.id = v.record_id AND {held:c} AND c.state = 'live' WHERE v.type = 'claim' AND v.changeset_id ?`), among(some)).Find(rows)
	}, func(row told) error {
		within[row.ChangesetID] = append(within[row.ChangesetID], row)
		return nil
	})
	ask(d.reads, "load what was said before namings", records, func(tx *gorm.DB, some []uuid.UUID, rows *[]told) *gorm.DB {
		return tx.Raw("SELECT record_id, changeset_id, type, version, position, document FROM revisions WHERE record_id ? ORDER BY version", among(some)).Find(rows)
	}, func(row told) error {
		history[row.RecordID] = append(history[row.RecordID], row)
		return nil
	})
	ask(d.reads, "find when claims were entered", claims, func(tx *gorm.DB, some []uuid.UUID, rows *[]told) *gorm.DB {
		return tx.Raw("SELECT record_id, changeset_id, type, version, position, '' AS document FROM revisions WHERE version = 1 AND record_id ?", among(some)).Find(rows)
	}, func(row told) error {
		history[row.RecordID] = append(history[row.RecordID], row)
		return nil
	})
	if err := d.reads.Run(); err != nil {
		return err
	}

	for _, row := range d.named {
		before, err := readDocument(models.TypeRelationship, row.Before)
		if err != nil {
			return err
		}
		if link := before.(*models.Relationship); link.Subject != row.UndisclosedID && link.Object != row.UndisclosedID {
			continue
		}
		u := d.unnamed[row.RecordID]
		if u == nil {
			u = &unnamed{sources: map[uuid.UUID]bool{}, claims: map[uuid.UUID]bool{}}
			d.unnamed[row.RecordID] = u
		}
		cited := before.Cited()
		moved := row.MovedID == row.LinkID
		if row.RecordID != row.LinkID { // a step: what it cited by then
			cited = nil
			for _, one := range history[row.RecordID] {
				if one.Position >= row.NamedAt {
					break
				}
				document, err := readDocument(one.Type, one.Document)
				if err != nil {
					return err
				}
				// A step of the link that stands was always of the named one.
				step, ok := document.(*models.StatusChange)
				if ok && step.Record == row.MovedID {
					cited, moved = step.Cited(), true
				}
			}
		}
		for _, source := range citedSources(cited) {
			u.sources[source] = true
		}
		for _, s := range d.statements[row.RecordID] {
			first := history[s.id]
			if moved && len(first) > 0 && first[0].Position < row.NamedAt {
				u.claims[s.id] = true
			}
		}
		for _, claim := range within[row.ChangesetID] {
			if claim.Version > 1 {
				u.claims[claim.RecordID] = true
				continue
			}
			document, err := readDocument(models.TypeClaim, claim.Document)
			if err != nil {
				return err
			}
			u.naming = append(u.naming, document.Cited()...)
		}
	}
	for _, u := range d.unnamed {
		for _, source := range citedSources(u.naming) {
			delete(u.sources, source) // it names it
		}
	}
	return nil
}

// countOf counts the origins behind citations of a record: of one that was named, those that say so.
func (d *derivation) countOf(id uuid.UUID, citations []models.Citation) ([]models.CountedOrigin, []models.UncountedSource) {
	u := d.unnamed[id]
	if u == nil {
		return d.sources.count(citations)
	}
	var since []models.Citation
	var uncounted []models.UncountedSource
	for _, source := range citedSources(citations) {
		if u.sources[source] {
			uncounted = append(uncounted, models.UncountedSource{Source: source, Why: models.UncountedBeforeNaming, Shows: d.sources.showsDays(source)})
		}
	}
	for _, c := range citations {
		if !u.sources[c.Source] {
			since = append(since, c)
		}
	}
	counted, others := d.sources.count(append(slices.Clip(since), u.naming...))
	return counted, append(others, uncounted...)
}

// saidOf leaves out of the statements on a record those that were made while it was of one unnamed.
func (d *derivation) saidOf(id uuid.UUID, statements []statement) []statement {
	u := d.unnamed[id]
	if u == nil {
		return statements
	}
	return slices.DeleteFunc(slices.Clone(statements), func(s statement) bool { return u.claims[s.id] })
}

// addNamed adds the links that a naming moved, and their steps, where the claim that named is looked at.
func (w *writing) addNamed(set map[uuid.UUID]aspects) error {
	var claims []uuid.UUID
	for id := range set {
		known := models.RecordType("")
		if w.found != nil {
			known = w.found.records[id].Type
		}
		if !w.made(id) && (known == "" || known == models.TypeClaim) {
			claims = append(claims, id)
		}
	}
	return w.addIDs(set, aspectStanding|aspectHorizons, w.view.sql(`
		WITH moved (id) AS (
			SELECT COALESCE(m.merged_into, m.record_id) FROM revisions n
			CROSS JOIN revisions c
			CROSS JOIN revisions m
			WHERE n.op = 'name' AND c.changeset_id = n.changeset_id AND c.type = 'claim' AND c.version = 1 AND c.record_id ?
				AND m.changeset_id = n.changeset_id AND m.type = 'relationship' AND m.version > 1`+w.view.before("n")+`
		)
		SELECT id AS record_id FROM moved UNION SELECT t.id FROM moved JOIN status_changes t ON t.record_id = moved.id AND {held:t}`), distinct(claims))
}
