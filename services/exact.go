package services

import (
	"errors"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// An exact changeset says of each record what it is to become: its document, and whether it
// stands. Merges, their undoing and reverts make such changesets of what was there before; people
// do not write them. A merge, retraction or restoration may then bring a document, an edit leaves
// the state as it is, and what was merged can be restored.

// publishExact publishes an exact changeset, as publish does.
func (s *Services) publishExact(tx *gorm.DB, by models.Actor, author uuid.UUID, c models.Changeset, waiting bool) (Outcome, error) {
	w := &writing{s: s, tx: tx, by: by, author: author, id: c.ID, summary: c.Summary, byID: map[uuid.UUID]*write{}, exact: true, waiting: waiting}
	w.prepare(c)
	return w.run()
}

// rehearseExact finds everything wrong with an exact changeset, and writes nothing.
func (s *Services) rehearseExact(tx *gorm.DB, by models.Actor, c models.Changeset) error {
	w := &writing{s: s, tx: tx, by: by, author: by.Account, id: c.ID, summary: c.Summary, byID: map[uuid.UUID]*write{}, exact: true}
	w.prepare(c)
	for _, step := range []func() error{w.prepared, w.lock, w.find, w.check} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// prepareExact checks what can be seen of an operation of an exact changeset without the database.
func (w *writing) prepareExact(one *write) {
	if one.Data != nil {
		one.Data.Clean()
		for _, p := range one.Data.Validate() {
			w.problem(one.index, p.Pointer, "%s", p.Message)
		}
	}
	w.prepareReason(one)
}

// stateAfter is the state in which a write leaves its record.
func (w *writing) stateAfter(one *write) models.RecordState {
	switch {
	case one.Op == models.OpRetract:
		return models.StateRetracted
	case one.Op.Joins():
		return models.StateMerged
	case (one.Op == models.OpEdit || slices.Contains(publicReasons, one.Op)) && one.before != nil:
		return one.before.State // only exact edits, redactions and holds find another state than live
	}
	return models.StateLive
}

// mergedInto is the record that a write leaves its record merged into; nil for none.
func (one *write) mergedInto() *uuid.UUID {
	switch {
	case one.Op.Joins():
		return one.Into
	case one.state == models.StateMerged:
		return one.before.MergedInto
	}
	return nil
}

// leadsTo is the record into which another is merged after the changeset.
func (w *writing) leadsTo(id uuid.UUID) uuid.UUID {
	if one := w.byID[id]; one != nil && one.Op.Joins() && one.Into != nil {
		return *one.Into
	}
	if into := w.found.records[id].MergedInto; into != nil {
		return *into
	}
	return uuid.Nil
}

// problemsOf gives the problems that an error lists; nil where it lists none.
func problemsOf(err error) []models.Problem {
	var failed *models.Error
	if errors.As(err, &failed) && (failed.Kind == models.ErrInvalid || failed.Kind == models.ErrConflict) {
		return failed.Problems
	}
	return nil
}
