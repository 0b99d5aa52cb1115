package services

import (
	"slices"

	"github.com/google/uuid"

	"plumbline/models"
)

// checkSteps refuses status changes that cannot follow, or be followed by, what stands beside
// them in the record's history, and those that a start or an end contradicts. Only steps, starts and ends that this
// changeset writes are looked at: what it retracts was wrong, whatever it leaves. What was merely
// announced follows nothing and is followed by nothing.
func (w *writing) checkSteps() {
	histories := map[uuid.UUID][]models.StatusStep{}
	for id, steps := range w.found.steps {
		for _, step := range steps {
			if w.byID[step.Change] == nil {
				step.Unconfirmed = w.found.announced[step.Change]
				histories[id] = append(histories[id], step)
			}
		}
	}
	for _, one := range w.writes {
		if d, ok := one.document.(*models.StatusChange); ok && one.state == models.StateLive {
			histories[d.Record] = append(histories[d.Record], w.stepOf(one, d))
		}
	}
	for record, steps := range histories {
		if w.isWithheld(record) {
			continue
		}
		t, _, _ := w.target(record)
		steps = slices.DeleteFunc(steps, func(step models.StatusStep) bool { return step.Unconfirmed })
		subject := models.StatusSubjectOf(t, w.found.kinds[record])
		w.checkHistory(subject, steps)
		w.checkLife(record, subject, steps)
	}
	slices.SortStableFunc(w.problems, func(a, b models.Problem) int { return a.Operation - b.Operation })
}

// stepOf is a written status change as a step of its record's history. That a claim may confirm it
// is left out: nobody's words are refused for what they make of a history.
func (w *writing) stepOf(one *write, d *models.StatusChange) models.StatusStep {
	step := stepOf(one.ID, d)
	settleStep(&step, w.evidenceOf(d))
	return step
}

func stepOf(id uuid.UUID, d *models.StatusChange) models.StatusStep {
	return models.StatusStep{Change: id, Status: d.Status, Extent: d.Extent, Scope: d.Scope, Effective: d.Effective, Place: d.Place,
		Reported: d.Reported, Announced: d.Announced}
}

// evidenceOf is what the citations of a written step show.
func (w *writing) evidenceOf(d *models.StatusChange) models.StepEvidence {
	var rows []shownRow
	for _, c := range d.Citations {
		row, entered := w.found.sources[c.Source]
		row.HoldsOn, row.SaidAt = c.HoldsOn, &w.at
		if one := w.byID[c.Source]; one != nil {
			if source, ok := one.document.(*models.Source); ok {
				row.Kind, row.Normal, row.Publishers, row.WrittenAt = source.Kind, models.NormalURL(source.URL), len(source.Publishers), &w.at
				row.PublishedEarliest, row.PublishedLatest = source.Published.Earliest, source.Published.Latest
			}
			if !entered {
				row.EnteredAt = &w.at
			}
		}
		rows = append(rows, row)
	}
	return sourceGraph{}.evidenceOf(rows)[uuid.Nil]
}

// checkReported refuses steps that are said to be done and cannot be: no source reports as done what
// lies after its own latest day, and nothing is done that has not come.
func (w *writing) checkReported(one *write, d *models.StatusChange) {
	if w.exact || d.Reported != models.ReportedDone {
		return
	}
	day := d.Effective.StepDay()
	step := w.stepOf(one, d)
	switch {
	case day.After(w.s.tomorrow()):
		w.problem(one.index, "/reported", "What is to happen later (%s) cannot be reported as done. Say \"announced\", or leave this out.", d.Effective.Label())
	case step.Unconfirmed:
		w.problem(one.index, "/reported", "Its sources are of %s at the latest, so that they cannot report as done what was to happen later (%s). "+
			"Say \"announced\", or cite a source that shows it, with the day on which it does (holds_on).", w.evidenceOf(d).Shown.Label(), d.Effective.Label())
	}
}

func (w *writing) checkHistory(subject models.StatusSubject, steps []models.StatusStep) {
	models.OrderSteps(steps)
	for i := 1; i < len(steps); i++ {
		one := w.byID[steps[i].Change]
		if one == nil {
			one = w.byID[steps[i-1].Change]
		}
		if one == nil || one.Op == models.OpRetract || one.Data == nil {
			continue
		}
		if problem := subject.StepProblem(steps[i-1], steps[i]); problem != "" {
			w.problem(one.index, "/status", "%s", problem)
		}
	}
}

// checkLife refuses a start or an end and steps that contradict each other, where this changeset writes
// one of them. What merges make of both is not refused, so that they can be made: it is listed.
func (w *writing) checkLife(record uuid.UUID, subject models.StatusSubject, steps []models.StatusStep) {
	if w.exact && slices.ContainsFunc(w.writes, func(one *write) bool { return w.joinsOrParts(one.ID) }) {
		return
	}
	is, owner := w.found.lives[record], w.byID[record]
	if owner != nil && owner.document != nil {
		is = lifeIn(owner.document)
	}
	for _, step := range steps {
		for _, one := range [][2]string{{"/end", subject.EndProblem(is.End, step)}, {"/start", subject.StartProblem(is.Start, step)}} {
			place, problem := one[0], one[1]
			change := w.byID[step.Change]
			switch {
			case problem == "":
			case change != nil && w.stepChanges(change):
				w.problem(change.index, "/effective", "%s", problem)
			case owner != nil && w.lifeChanges(owner):
				w.problem(owner.index, place, "%s", problem)
			}
		}
	}
}

// stepChanges reports whether a write changes what a step says of when and what.
func (w *writing) stepChanges(one *write) bool {
	is, ok := one.document.(*models.StatusChange)
	was, had := one.old.(*models.StatusChange)
	return ok && (!had || one.Op == models.OpRestore || is.Record != was.Record || is.Status != was.Status || is.Effective.Text != was.Effective.Text || is.Reported != was.Reported)
}
