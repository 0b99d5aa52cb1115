package services

import (
	"fmt"
	"slices"

	"github.com/google/uuid"

	"plumbline/models"
)

// No source shows what came after it. An article of March does not show that something still held in
// November, and does not report what was said in April. What goes on being written is looked at on its
// captures' days.

// laterCitations are the citations of a write that are said to show a day, and did not say so before.
func (w *writing) laterCitations(one *write) []int {
	if w.exact || one.Data == nil {
		return nil
	}
	var old []models.Citation
	if one.old != nil {
		old = one.old.Cited()
	}
	var places []int
	for i, c := range one.Data.Cited() {
		said := slices.ContainsFunc(old, func(was models.Citation) bool { return was.Source == c.Source && was.HoldsOn == c.HoldsOn })
		if !c.HoldsOn.IsZero() && !said {
			places = append(places, i)
		}
	}
	return places
}

// saysLater reports whether a write says of a claim anew when it was made, or by which sources.
func (w *writing) saysLater(one *write) bool {
	claim, ok := one.Data.(*models.Claim)
	if !ok || w.exact || claim.SaidOn.Earliest.IsZero() {
		return false
	}
	old, had := one.old.(*models.Claim)
	return !had || old.SaidOn.Text != claim.SaidOn.Text || !slices.Equal(citedSources(old.Citations), citedSources(claim.Citations))
}

// findPapers loads the sources of both.
func (w *writing) findPapers() error {
	var positions []int64
	ids := map[int64]uuid.UUID{}
	need := func(id uuid.UUID) {
		if record, ok := w.found.records[id]; ok && w.byID[id] == nil && record.WithheldAt == nil {
			positions, ids[record.Revision] = append(positions, record.Revision), id
		}
	}
	for _, one := range w.writes {
		for _, i := range w.laterCitations(one) {
			need(one.Data.Cited()[i].Source)
		}
		if w.saysLater(one) {
			for _, source := range citedSources(one.Data.Cited()) {
				need(source)
			}
		}
	}
	w.found.papers = map[uuid.UUID]*models.Source{}
	documents, err := loadDocuments(w.tx, positions)
	for position, document := range documents {
		if source, ok := document.(*models.Source); ok {
			w.found.papers[ids[position]] = source
		}
	}
	return err
}

// lastWord is the last day on which a source may have said something; false where that is not known,
// or where it goes on being written.
func (w *writing) lastWord(id uuid.UUID) (models.Day, bool) {
	source := w.found.papers[id]
	if one := w.byID[id]; one != nil {
		source, _ = one.document.(*models.Source)
	}
	if source == nil {
		return models.Day{}, false
	}
	return source.LastWord()
}

// checkLater refuses what is said to be shown or reported by sources that are all older.
func (w *writing) checkLater(one *write) {
	for _, i := range w.laterCitations(one) {
		c := one.Data.Cited()[i]
		if last, known := w.lastWord(c.Source); known && c.HoldsOn.After(last) {
			w.problem(one.index, fmt.Sprintf("/citations/%d/holds_on", i), "This source is of %s at the latest, so that it cannot show that it held on %s. Give the day of which it speaks; "+
				"if it is a page that goes on being changed, keep a capture of it with its day.", last.Label(), c.HoldsOn.Label())
		}
	}
	if !w.saysLater(one) {
		return
	}
	claim := one.Data.(*models.Claim)
	var last models.Day
	for _, source := range citedSources(claim.Citations) {
		day, known := w.lastWord(source)
		if !known {
			return
		}
		last = laterDay(last, day)
	}
	if first := claim.SaidOn.FirstDay(); !last.IsZero() && first.After(last.AddDays(1)) {
		w.problem(one.index, "/said_on", "Its sources are of %s at the latest, so that they cannot report what was said %s. Correct one of the two, or cite the source that reports it.",
			last.Label(), claim.SaidOn.In(models.DateWhen))
	}
}
