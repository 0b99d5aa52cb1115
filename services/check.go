package services

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// check finds everything wrong with a changeset that needs other records.
func (w *writing) check() error {
	for _, one := range w.writes {
		w.checkState(one)
		w.checkReferences(one)
		w.checkMeaning(one)
		w.checkAhead(one)
		w.checkHeld(one)
		w.checkLater(one)
	}
	w.checkSlugs()
	w.checkIdentifiers()
	w.checkAddresses()
	w.checkCopies()
	w.checkIdentities()
	w.checkSteps()
	if err := w.failed(); err != nil {
		return err
	}

	for _, one := range w.writes {
		if one.before != nil && one.Version != one.before.Version {
			return stale(one)
		}
	}
	return nil
}

// checkState refuses operations that the record's state does not allow.
func (w *writing) checkState(one *write) {
	switch {
	case one.Op == models.OpCreate && one.before != nil:
		w.problem(one.index, "/id", "There is a record with this id already; leave the id out, or edit that record.")
	case one.Op == models.OpCreate:
	case one.before == nil || one.before.Type != one.Type:
		w.problem(one.index, "/id", "There is no %s with the id %s.", label(one.Type), one.ID)
	case one.before.WithheldAt != nil:
		w.problem(one.index, "/id", "This record is withheld: nothing can be written to it until a steward lifts the hold.")
	case w.exact:
	case one.before.State == models.StateMerged:
		w.problem(one.index, "/id", "This record was merged into %s; write to that one.", *one.before.MergedInto)
	case one.Op == models.OpRestore && one.before.State != models.StateRetracted:
		w.problem(one.index, "/op", "Only a retracted record can be restored; this one stands.")
	case one.Op != models.OpRestore && one.before.State == models.StateRetracted:
		w.problem(one.index, "/op", "This record is retracted; restore it first.")
	}
}

func label(t models.RecordType) string { return strings.ReplaceAll(string(t), "_", " ") }

// checkReferences checks that every record pointed at exists, stands and may stand there.
func (w *writing) checkReferences(one *write) {
	if w.exact && one.state != models.StateLive {
		return // what does not stand may point at what does not either
	}
	for _, ref := range one.references() {
		if ref.ID == uuid.Nil {
			continue // Validate has said that it is missing
		}
		t, state, exists := w.target(ref.ID)
		switch {
		case !exists:
			w.problem(one.index, ref.Pointer, "There is no record with the id %s. Create it first, or in the same changeset.", ref.ID)
		case w.isWithheld(ref.ID) && w.pointedBefore(one, ref.ID):
		case w.isWithheld(ref.ID):
			w.problem(one.index, ref.Pointer, "That record is withheld: nothing new can point at it until a steward lifts the hold.")
		case ref.ID == one.ID:
			w.problem(one.index, ref.Pointer, "A record cannot point at itself.")
		case state == models.StateMerged:
			w.problem(one.index, ref.Pointer, "That record was merged into %s; point at that one.", w.leadsTo(ref.ID))
		case state == models.StateRetracted && !w.exact && !w.pointedBefore(one, ref.ID):
			w.problem(one.index, ref.Pointer, "That record is retracted; restore it first, or point at another.")
		case len(ref.Types) > 0 && !slices.Contains(ref.Types, t):
			w.problem(one.index, ref.Pointer, "Here a record of the type %s belongs; %s is a record of the type %s.", typeNames(ref.Types), ref.ID, t)
		case len(ref.Kinds) > 0 && !slices.Contains(ref.Kinds, models.EntityKind(w.found.kinds[ref.ID])):
			w.problem(one.index, ref.Pointer, "An entity of the kind %q cannot stand here.", w.found.kinds[ref.ID])
		}
	}
}

// pointedBefore reports whether the record pointed at another already, so that an edit of
// something else is not refused when what it points at was retracted.
func (w *writing) pointedBefore(one *write, id uuid.UUID) bool {
	if one.old == nil {
		return false
	}
	return slices.ContainsFunc(one.old.References(), func(ref models.Reference) bool { return ref.ID == id })
}

// isWithheld reports whether a record is on hold. Of what it is, nothing is known here then.
func (w *writing) isWithheld(id uuid.UUID) bool { return w.found.records[id].WithheldAt != nil }

// target tells the type and state that a record will have after the changeset.
func (w *writing) target(id uuid.UUID) (models.RecordType, models.RecordState, bool) {
	if one, ok := w.byID[id]; ok && one.document != nil {
		return one.Type, one.state, true
	}
	record, ok := w.found.records[id]
	return record.Type, record.State, ok
}

func typeNames(types []models.RecordType) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = string(t)
	}
	return strings.Join(names, " or ")
}

// checkMeaning checks the rules of single documents that need the kinds of others.
func (w *writing) checkMeaning(one *write) {
	switch d := one.Data.(type) {
	case *models.Entity:
		if old, ok := one.old.(*models.Entity); ok && old.Kind != d.Kind {
			w.problem(one.index, "/kind", "The kind of an entity cannot change, since links depend on it. Retract it and create one of the kind %q.", d.Kind)
		}
	case *models.Relationship:
		w.checkJoin(one, d)
	case *models.StatusChange:
		w.checkSubject(one, d)
		w.checkReported(one, d)
	}
	if one.ID == models.UnsourcedID {
		w.checkUnsourced(one)
	}
}

// checkUnsourced keeps the source that stands for having none what it is.
func (w *writing) checkUnsourced(one *write) {
	source, given := one.Data.(*models.Source)
	if one.Op == models.OpMerge || one.Data != nil && (!given || mustJSON(source) != mustJSON(models.Unsourced())) {
		w.problem(one.index, "/id", "This source stands for having none, and stays so. Enter the source that is meant as one of its own, and cite that in its place.")
	}
}

func (w *writing) checkJoin(one *write, d *models.Relationship) {
	if old, ok := one.old.(*models.Relationship); ok && old.Type != d.Type {
		w.problem(one.index, "/type", "The type of a link cannot change, since its history depends on it. Retract it and create one of the type %q.", d.Type)
	}
	subject, object := w.found.kinds[d.Subject], w.found.kinds[d.Object]
	if subject == "" || object == "" || !models.RelationshipTypes().Has(string(d.Type)) {
		return // said already
	}
	if !d.Type.MayJoin(models.EntityKind(subject), models.EntityKind(object)) {
		w.problem(one.index, "/type", "%q joins %s; it cannot lead from a %s to a %s.", d.Type, d.Type.Ends(), subject, object)
	}
}

func (w *writing) checkSubject(one *write, d *models.StatusChange) {
	t, _, exists := w.target(d.Record)
	if !exists || w.isWithheld(d.Record) {
		return
	}
	subject := models.StatusSubjectOf(t, w.found.kinds[d.Record])
	if subject == "" {
		w.problem(one.index, "/record", "A %s of the kind %q has no status. Links of the type supplied_to or position, contracts, inquiries and open items have.",
			label(t), w.found.kinds[d.Record])
		return
	}
	if v := models.StatusesOf(subject); !v.Has(string(d.Status)) {
		w.problem(one.index, "/status", "A %s cannot be %q.%s It can be %s.", strings.ReplaceAll(string(subject), "_", " "), d.Status,
			models.DidYouMean(string(d.Status), v.Values()), strings.Join(v.Values(), ", "))
	}
}

// checkSlugs sets the slug of every entity, and refuses those that lead elsewhere.
func (w *writing) checkSlugs() {
	taken := map[string]uuid.UUID{}
	for _, one := range w.writes {
		entity, ok := one.Data.(*models.Entity)
		if !ok {
			continue
		}
		given := entity.Slug != ""
		entity.Slug = w.freeSlug(taken, one.ID, slugCandidates(one, entity))
		if entity.Slug == "" && given {
			w.problem(one.index, "/slug", "Another entity has, or had, this slug; choose a different one.")
		}
		taken[entity.Slug] = one.ID
	}
}

func (w *writing) freeSlug(taken map[string]uuid.UUID, id uuid.UUID, candidates []string) string {
	for _, slug := range candidates {
		if owner := w.found.slugs[slug]; owner != uuid.Nil && owner != id {
			continue
		}
		if owner, ok := taken[slug]; ok && owner != id {
			continue
		}
		return slug
	}
	return ""
}

func (w *writing) checkIdentifiers() {
	for _, one := range w.writes {
		entity, ok := one.Data.(*models.Entity)
		if !ok {
			continue
		}
		for i, id := range entity.Identifiers {
			owner, exists := w.found.identifiers[id]
			if exists && owner != one.ID && w.keeps(owner, id) {
				w.problem(one.index, fmt.Sprintf("/identifiers/%d", i),
					"The entity %s has the %s %q already. If both are the same, edit that one; otherwise check the identifier.", owner, id.Scheme, id.Value)
				continue
			}
			w.found.identifiers[id] = one.ID
		}
	}
}

// keeps reports whether an entity has an identifier after the changeset.
func (w *writing) keeps(owner uuid.UUID, id models.Identifier) bool {
	one := w.byID[owner]
	if one == nil {
		return true
	}
	entity, ok := one.document.(*models.Entity)
	return one.state != models.StateMerged && ok && slices.Contains(entity.Identifiers, id)
}
