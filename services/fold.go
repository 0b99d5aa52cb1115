package services

import (
	"fmt"
	"slices"

	"github.com/google/uuid"

	"plumbline/models"
)

// fold joins the links and status changes that a merge makes the same. It gives the records that
// are folded, whose dependents are to move too.
func (g *merging) fold(m Merge) ([]uuid.UUID, error) {
	pairs, err := g.sameLinks()
	if err != nil {
		return nil, err
	}
	var histories []uuid.UUID
	for _, pair := range append(pairs, Fold{From: m.From, Into: m.Into}) {
		histories = append(histories, pair.From, pair.Into)
	}
	if err := g.loadHistories(histories); err != nil {
		return nil, err
	}

	// The histories of the two themselves are joined whatever comes of it: what cannot follow is
	// refused with its sentence when the changeset is checked.
	folded := g.joinSteps(m.From, m.Into)
	for _, pair := range pairs {
		if pair.Why = g.clash(pair); pair.Why != "" {
			g.plan.Apart = append(g.plan.Apart, pair)
			continue
		}
		folded = append(append(folded, pair.From), g.joinSteps(pair.From, pair.Into)...)
		g.into[pair.From] = pair.Into
		g.joinLinks(pair)
	}
	return folded, nil
}

// sameLinks finds the links that say the same after the merge. The one that stands is the one
// that the merge did not move, or else the older.
func (g *merging) sameLinks() ([]Fold, error) {
	var moved []uuid.UUID
	var subjects, objects []uuid.UUID
	for id := range g.touched {
		if link, ok := g.now[id].(*models.Relationship); ok && g.stands(id) {
			moved = append(moved, id)
			subjects, objects = append(subjects, link.Subject), append(objects, link.Object)
		}
	}
	if len(moved) == 0 {
		return nil, nil
	}
	beside, err := g.linksBetween(distinct(subjects), distinct(objects))
	if err != nil {
		return nil, err
	}

	moved = distinct(moved)
	candidates := distinct(append(slices.Clone(moved), beside...))
	slices.SortStableFunc(candidates, func(a, b uuid.UUID) int { return boolOrder(g.touched[a], g.touched[b]) })
	var pairs []Fold
	gone := map[uuid.UUID]bool{}
	for i, kept := range candidates {
		for _, other := range candidates[i+1:] {
			if !gone[kept] && !gone[other] && g.touched[other] && g.stands(kept) && g.stands(other) && sameLink(g.now[kept], g.now[other]) {
				pairs = append(pairs, Fold{From: other, Into: kept})
				gone[other] = true
			}
		}
	}
	return pairs, nil
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// stands reports whether a record is live, and stays so.
func (g *merging) stands(id uuid.UUID) bool {
	_, merged := g.into[id]
	return !merged && !g.looped[id] && g.states[id] == models.StateLive
}

// linksBetween loads the live links that lead from some entities to others.
func (g *merging) linksBetween(subjects, objects []uuid.UUID) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	for chunk := range slices.Chunk(subjects, chunkSize) {
		for other := range slices.Chunk(objects, chunkSize) {
			var rows []struct{ ID uuid.UUID }
			err := g.tx.Raw("SELECT id FROM relationships WHERE to_size IS NULL AND state = 'live' AND subject_id IN ? AND object_id IN ?", chunk, other).Scan(&rows).Error
			if err != nil {
				return nil, fmt.Errorf("find links beside: %w", err)
			}
			for _, row := range rows {
				ids = append(ids, row.ID)
			}
		}
	}
	return ids, g.load(ids)
}

// sameLink reports whether two links say the same, or one says more of the same.
func sameLink(one, other models.Document) bool {
	a, ok := one.(*models.Relationship)
	b, both := other.(*models.Relationship)
	if !ok || !both || a.Type != b.Type || a.Subject != b.Subject || a.Object != b.Object {
		return false
	}
	texts := a.Type != models.LinkedTo || a.Description == b.Description
	for _, pair := range [][2]string{{a.Role, b.Role}, {a.Title, b.Title}, {a.Quantity, b.Quantity}, {a.Start.Text, b.Start.Text}, {a.End.Text, b.End.Text}} {
		texts = texts && (pair[0] == "" || pair[1] == "" || pair[0] == pair[1])
	}
	return texts && (a.SuppliedBy == nil || b.SuppliedBy == nil || *a.SuppliedBy == *b.SuppliedBy) &&
		(a.Share == nil || b.Share == nil || *a.Share == *b.Share)
}

// joinLinks gives the link that stands what only the other says.
func (g *merging) joinLinks(pair Fold) {
	kept, other := g.now[pair.Into].(*models.Relationship), g.now[pair.From].(*models.Relationship)
	for _, texts := range [][2]*string{{&kept.Role, &other.Role}, {&kept.Title, &other.Title}, {&kept.Quantity, &other.Quantity}, {&kept.Description, &other.Description}} {
		if *texts[0] == "" {
			*texts[0] = *texts[1]
		}
	}
	if kept.Start.IsZero() {
		kept.Start = other.Start
	}
	if kept.End.IsZero() {
		kept.End = other.End
	}
	if kept.SuppliedBy == nil {
		kept.SuppliedBy = other.SuppliedBy
	}
	if kept.Share == nil {
		kept.Share = other.Share
	}
	kept.Purposes = once(append(slices.Clone(kept.Purposes), other.Purposes...))
	kept.Citations = once(append(slices.Clone(kept.Citations), other.Citations...))
	g.touched[pair.Into] = mustJSON(kept) != mustJSON(g.before[pair.Into])
	delete(g.touched, pair.From)
}

// loadHistories loads the live status changes of records.
func (g *merging) loadHistories(records []uuid.UUID) error {
	steps, err := loadSteps(g.tx, presently, records)
	if err != nil {
		return err
	}
	var ids []uuid.UUID
	for _, list := range steps {
		for _, step := range list {
			ids = append(ids, step.Change)
		}
	}
	return g.load(distinct(ids))
}

// stepsOf lists the live status changes of a record as it is before the merge, in order.
func (g *merging) stepsOf(record uuid.UUID) []models.StatusStep {
	var steps []models.StatusStep
	for id, document := range g.before {
		if change, ok := document.(*models.StatusChange); ok && change.Record == record && g.stands(id) {
			steps = append(steps, stepOf(id, change))
		}
	}
	models.OrderSteps(steps)
	return steps
}

// sameStep reports whether two steps say the same.
func sameStep(a, b models.StatusStep) bool {
	return a.Status == b.Status && a.Extent == b.Extent && a.Scope == b.Scope && a.Effective.Text == b.Effective.Text
}

// joinSteps folds the status changes of a record that another has too, with their sources.
func (g *merging) joinSteps(from, into uuid.UUID) []uuid.UUID {
	var folded []uuid.UUID
	kept := g.stepsOf(into)
	for _, step := range g.stepsOf(from) {
		i := slices.IndexFunc(kept, func(other models.StatusStep) bool { return sameStep(step, other) })
		if i < 0 {
			continue
		}
		one, other := g.now[kept[i].Change].(*models.StatusChange), g.now[step.Change].(*models.StatusChange)
		one.Citations = once(append(slices.Clone(one.Citations), other.Citations...))
		g.touched[kept[i].Change] = mustJSON(one) != mustJSON(g.before[kept[i].Change])
		delete(g.touched, step.Change)
		g.into[step.Change] = kept[i].Change
		folded = append(folded, step.Change)
	}
	return folded
}

// clash says why the histories of two links cannot be one; "" when they can.
func (g *merging) clash(pair Fold) string {
	subject := models.StatusSubjectOf(models.TypeRelationship, kindOf(g.before[pair.Into]))
	if subject == "" {
		return ""
	}
	kept := g.stepsOf(pair.Into)
	all := slices.Clone(kept)
	for _, step := range g.stepsOf(pair.From) {
		if !slices.ContainsFunc(kept, func(other models.StatusStep) bool { return sameStep(step, other) }) {
			all = append(all, step)
		}
	}
	if len(all) == len(kept) {
		return ""
	}
	models.OrderSteps(all)
	for i := 1; i < len(all); i++ {
		if problem := subject.StepProblem(all[i-1], all[i]); problem != "" {
			return "Their histories cannot be one: " + problem
		}
	}
	return ""
}
