package services

import (
	"slices"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/models"
)

// What was said of an undisclosed entity, or of a link of one, is not said of a named one because
// somebody edits a record: whoever puts a named one in its place, beside it, or in the place of
// somebody who is merely described, needs a source that shows it. What a link joins, and of what a
// step is, are no lists to be edited so: all that was said of them was said of these.

// move is a place of a record as an edit changes it.
type move struct {
	base string
	// old are those that stood there; gone those that do not any more, come those that are new.
	old, gone, come []models.Reference
	// described says that fewer stand there who are described and not named.
	described bool
}

// fixed reports whether it is what a link joins, or of what a step is.
func (m move) fixed() bool { return m.base == "subject" || m.base == "object" || m.base == "record" }

func (m move) ids() []uuid.UUID {
	var ids []uuid.UUID
	for _, ref := range slices.Concat(m.old, m.come) {
		ids = append(ids, ref.ID)
	}
	return ids
}

// moves are the places of a record that an edit changes, by which somebody may be named. Who published
// a source, it says itself, and what belongs to a case says nothing.
func (w *writing) moves(one *write) []move {
	if one.Op != models.OpEdit && one.Op != models.OpRestore || one.Data == nil || one.old == nil || one.Type == models.TypeSource || one.Type == models.TypeEntity {
		return nil
	}
	old, now := placesIn(one.old), placesIn(one.Data)
	var list []move
	if _, ok := one.old.(*models.Claim); ok && len(old["speakers"]) == 0 {
		old["speakers"] = nil // where all are described
	}
	for _, base := range sortedKeys(old, now) {
		m := move{base: base, old: old[base], gone: beyond(old[base], now[base]), come: beyond(now[base], old[base])}
		if base == "speakers" {
			m.described = describedSpeakers(one.Data) < describedSpeakers(one.old)
		}
		if len(m.gone)+len(m.come) > 0 || m.described {
			list = append(list, m)
		}
	}
	return list
}

// describedSpeakers counts those who are described and not named.
func describedSpeakers(document models.Document) int {
	n := 0
	if claim, ok := document.(*models.Claim); ok {
		for _, speaker := range claim.Speakers {
			if speaker.Entity == nil && speaker.Description != "" {
				n++
			}
		}
	}
	return n
}

// placesIn gives the references of a document to what is or has an entity, by the field that holds them.
func placesIn(document models.Document) map[string][]models.Reference {
	places := map[string][]models.Reference{}
	for _, ref := range document.References() {
		if !slices.Contains(ref.Types, models.TypeSource) && !slices.Equal(ref.Types, []models.RecordType{models.TypeClaim}) {
			base, _, _ := strings.Cut(ref.Pointer[1:], "/")
			places[base] = append(places[base], ref)
		}
	}
	return places
}

func sortedKeys[V any](maps ...map[string]V) []string {
	var all []string
	for _, m := range maps {
		all = append(all, keys(m)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func beyond(list, others []models.Reference) []models.Reference {
	return slices.DeleteFunc(slices.Clone(list), func(ref models.Reference) bool {
		return slices.ContainsFunc(others, func(other models.Reference) bool { return other.ID == ref.ID })
	})
}

// checkMoves checks the places of a record that an edit changes. What follows a merge or a naming, or
// their undoing, moves as a whole.
func (w *writing) checkMoves(one *write) {
	f := w.found.identities
	for _, m := range w.moves(one) {
		m.gone = slices.DeleteFunc(m.gone, func(ref models.Reference) bool { return w.joinsOrParts(ref.ID) })
		m.come = slices.DeleteFunc(m.come, func(ref models.Reference) bool { return w.joinsOrParts(ref.ID) })
		place, wrongly := w.namedBy(one, m)
		switch fixed := m.fixed(); {
		case len(m.gone)+len(m.come) == 0 && !m.described:
		case wrongly && fixed:
			w.problem(one.index, place, "This would say of a named one what was said of an undisclosed one. Where the undisclosed one was named, use the action “It was named” on it; "+
				"where this was entered wrongly, retract it and enter it with its source.")
		case wrongly && !w.counts(newCitations(one.old.Cited(), one.Data.Cited())):
			w.problem(one.index, place, "This would say of a named one what was said of an undisclosed one. Where the undisclosed one was named, use the action “It was named” on it; "+
				"where this was entered wrongly, add the citation that shows it. %s", countingWords)
		case fixed && !w.exact && f.said[one.ID]:
			w.problem(one.index, "/"+m.base, "Something was said of this that would then be said of another: its steps and claims stand for what it is now. Retract it, and enter it anew with its source.")
		}
	}
}

// namedBy finds where an edit names somebody in a place of one who is undisclosed or merely described.
func (w *writing) namedBy(one *write, m move) (place string, is bool) {
	f := w.found.identities
	hiddenOfKind := func(kind string, list []models.Reference) bool {
		return slices.ContainsFunc(list, func(ref models.Reference) bool { return f.hidden[ref.ID] && (kind == "" || f.kinds[ref.ID] == kind) })
	}
	beside := m.old
	if w.exact {
		beside = m.gone // what stood beside it, stood there
	}
	replaced := false
	for _, come := range m.come {
		kind := f.kinds[come.ID]
		if made := w.byID[come.ID]; made != nil && made.document != nil && kind == "" {
			kind = kindOf(made.document)
		}
		if f.hidden[come.ID] || w.isUndisclosed(come.ID) {
			replaced = true
			continue
		}
		if hiddenOfKind(kind, beside) {
			return come.Pointer, true
		}
	}
	// Without it, the next edit would name somebody in an empty place.
	return "/" + m.base, !w.exact && (m.described || !replaced && hiddenOfKind("", m.gone))
}

// joinsOrParts reports whether a changeset merges a record, or undoes its merge.
func (w *writing) joinsOrParts(id uuid.UUID) bool {
	one := w.byID[id]
	return w.exact && one != nil && (one.Op.Joins() || one.before != nil && one.before.State == models.StateMerged)
}

// isUndisclosed reports whether the changeset itself makes an undisclosed entity of that id.
func (w *writing) isUndisclosed(id uuid.UUID) bool {
	one := w.byID[id]
	if one == nil {
		return false
	}
	entity, ok := one.Data.(*models.Entity)
	return ok && entity.Identity == models.Undisclosed
}

// askSaid asks of which links and steps others say something that stays.
func (w *writing) askSaid(reads *database.Reads, ids []uuid.UUID) {
	type row struct{ ID, SaysID uuid.UUID }
	ask(reads, "find what is said of links", ids, func(tx *gorm.DB, some []uuid.UUID, rows *[]row) *gorm.DB {
		return tx.Raw(`SELECT record_id AS id, id AS says_id FROM status_changes WHERE to_size IS NULL AND state = 'live' AND record_id ?
			UNION ALL SELECT l.target_id, l.record_id FROM record_links l JOIN claims c ON c.id = l.record_id AND c.to_size IS NULL AND c.state = 'live'
				WHERE l.to_size IS NULL AND l.role IN ('about', 'answers') AND l.target_id ?`, among(some), among(some)).Find(rows)
	}, func(one row) error {
		if says := w.byID[one.SaysID]; says == nil || says.state == models.StateLive {
			w.found.identities.said[one.ID] = true
		}
		return nil
	})
}
