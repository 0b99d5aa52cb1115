package services

import (
	"fmt"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// touch says that a changeset could have changed aspects of what is derived for a record.
type touch struct {
	size int64
	what aspects
}

// checkHistory replays the log. For each changeset in turn it derives, from the records as they
// stood at its log size, everything that it could have changed, and compares that with the
// derived rows that held then. Which rows may begin or end at which size is kept for checkSizes.
func (v *verification) checkHistory() error {
	v.touched = map[uuid.UUID][]touch{}
	next := int64(0)
	for {
		var rows []models.ChangesetRow
		err := v.tx.Select("id", "from_position", "to_size").Where("status = 'published' AND from_position >= ?", next).
			Order("from_position").Limit(1000).Find(&rows).Error
		if err != nil {
			return fmt.Errorf("read changesets: %w", err)
		}
		for _, row := range rows {
			if err := v.replay(*row.FromPosition, *row.ToSize); err != nil {
				return err
			}
			next = *row.ToSize
		}
		if len(rows) == 0 {
			return nil
		}
	}
}

// replay checks what one changeset led to.
func (v *verification) replay(base, size int64) error {
	w, err := rewriting(v.tx, base, size)
	if err != nil {
		return err
	}
	if w == nil {
		return nil // what cannot be read was named before
	}
	affected, err := w.affected()
	if err != nil {
		return err
	}
	for id, what := range affected {
		v.touched[id] = append(v.touched[id], touch{size, what})
	}
	results, err := newDerivation(v.tx, w.view).run(affected)
	if err != nil {
		v.problem("what followed from the changeset that ends at log size %d cannot be derived: %v", size, err)
		return nil
	}
	stored, err := loadDerived(v.tx, w.view, affected)
	if err != nil {
		return err
	}
	for _, id := range distinct(keys(affected)) {
		v.compareDerived(id, stored[id], results[id], fmt.Sprintf("at log size %d", size))
	}
	return nil
}

// rewriting is a published changeset as it was when it was written; nil when its revisions cannot
// be read.
func rewriting(tx *gorm.DB, base, size int64) (*writing, error) {
	var rows []struct {
		models.Revision
		Old string
	}
	err := tx.Raw(`SELECT r.position, r.record_id, r.type, r.version, r.op, r.state, r.document, COALESCE(o.document, '') AS old
		FROM revisions r LEFT JOIN revisions o ON o.record_id = r.record_id AND o.version = r.version - 1
		WHERE r.position >= ? AND r.position < ? ORDER BY r.position`, base, size).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read revisions: %w", err)
	}

	w := &writing{tx: tx, byID: map[uuid.UUID]*write{}, base: base, size: size, view: heldAt(size), before: heldAt(base)}
	for _, row := range rows {
		one := &write{Operation: models.Operation{Op: row.Op, Type: row.Type, ID: row.RecordID}, version: row.Version, state: row.State}
		if one.document, err = readDocument(row.Type, row.Document); err != nil {
			return nil, nil
		}
		if row.Old != "" {
			if one.old, err = readDocument(row.Type, row.Old); err != nil {
				return nil, nil
			}
		}
		w.writes = append(w.writes, one)
		w.byID[one.ID] = one
	}
	return w, nil
}

// compareDerived names what is stored otherwise than it was derived anew.
func (v *verification) compareDerived(id uuid.UUID, stored, want *derived, when string) {
	if !sameSpans(stored.spans, want.spans) {
		v.problem("the stored status of record %s %s is not what its history gives", id, when)
	}
	if !sameAnnounced(stored.announced, want.announced) {
		v.problem("the stored announcements of record %s %s are not what its steps and their sources give", id, when)
	}
	if !sameHorizons(stored.horizons, want.horizons) {
		v.problem("the stored evidence horizon of the status of record %s %s is not what its citations and sources give", id, when)
	}
	if !sameStanding(stored.standing, want.standing) {
		v.problem("the stored verification of record %s %s is not what its sources and claims give", id, when)
	}
	if !sameInvolvements(stored.involvements, want.involvements) {
		v.problem("the stored parties of record %s %s are not what it says", id, when)
	}
}

// derivedTables are the tables of derived rows, by what they hold.
var derivedTables = map[string]aspects{"spans": aspectSpans, "announced_steps": aspectSpans, "standings": aspectStanding, "involvements": aspectInvolvements, "horizons": aspectHorizons}

// checkSizes checks that derived rows of records begin and end only where a changeset could have
// changed them.
func (v *verification) checkSizes(ids []uuid.UUID) error {
	for table, what := range derivedTables {
		var rows []struct {
			RecordID uuid.UUID
			FromSize int64
			ToSize   *int64
		}
		err := v.tx.Raw("SELECT DISTINCT record_id, from_size, to_size FROM "+table+" WHERE record_id ? ORDER BY record_id, from_size", among(ids)).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("read sizes of %s: %w", table, err)
		}
		for _, row := range rows {
			for _, size := range []*int64{&row.FromSize, row.ToSize} {
				if size != nil && !v.mayChange(row.RecordID, *size, what) {
					v.problem("no changeset accounts for the %s of record %s that begin or end at log size %d", table, row.RecordID, *size)
				}
			}
		}
	}
	return nil
}

func (v *verification) mayChange(id uuid.UUID, size int64, what aspects) bool {
	return slices.ContainsFunc(v.touched[id], func(t touch) bool { return t.size == size && t.what&what != 0 })
}
