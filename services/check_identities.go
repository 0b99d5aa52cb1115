package services

import (
	"fmt"
	"slices"

	"github.com/google/uuid"

	"plumbline/models"
)

// newNames are the names that an edit gives an entity, folded.
func newNames(old, now *models.Entity) []string {
	known := map[string]bool{models.Fold(old.Name): true}
	for _, name := range old.Names {
		known[models.Fold(name.Text)] = true
	}
	var names []string
	for _, text := range append([]string{now.Name}, namesIn(now.Names)...) {
		if folded := models.Fold(text); folded != "" && !known[folded] {
			names = append(names, folded)
		}
	}
	return names
}

func namesIn(names []models.Name) []string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = name.Text
	}
	return texts
}

// namingWords say how it is said who an undisclosed entity is.
func namingWords(id uuid.UUID) string {
	return fmt.Sprintf("Who an undisclosed entity is, is said by an action of its own, “It was named”, with who says so and the source. Use it on the entity %s.", id)
}

// checkIdentities refuses what says otherwise than by naming it who an undisclosed entity is.
func (w *writing) checkIdentities() {
	for _, one := range w.writes {
		if one.Op.Joins() && one.Into != nil {
			w.checkJoined(one)
		}
		w.checkIdentity(one)
		w.checkNaming(one)
		w.checkMoves(one)
	}
}

// checkJoined checks a merge: an undisclosed entity goes into a named one by a naming alone, with a
// claim that is published with it, and into another undisclosed one with a source.
func (w *writing) checkJoined(one *write) {
	from, isEntity := one.old.(*models.Entity)
	if !isEntity {
		return
	}
	hidden := from.Identity == models.Undisclosed
	stands := w.found.identities.hidden[*one.Into]
	into := w.byID[*one.Into]
	if into != nil {
		if entity, ok := into.document.(*models.Entity); ok {
			stands = entity.Identity == models.Undisclosed
		}
	}
	switch {
	case !hidden && stands:
		w.problem(one.index, "/into", "An undisclosed entity cannot stand in the place of a named one. %s", namingWords(*one.Into))
	case hidden && !stands && one.Op != models.OpName:
		w.problem(one.index, "/into", "%s", namingWords(one.ID))
	case hidden && !stands:
		w.checkSaid(one)
	case hidden && stands && !w.newlyCites(from, into):
		w.problem(one.index, "/citation", "Both are undisclosed: that they are one needs a source that counts. Cite the one that says so. %s", countingWords)
	case hidden && stands && slices.ContainsFunc(namesAfter(into), func(folded string) bool { return w.found.identities.names[folded] }):
		w.problem(one.index, "/choose/name", "Another entity is called that. %s", namingWords(one.ID))
	}
}

// namesAfter are the names that a write gives an entity, folded; none where it is not written.
func namesAfter(one *write) []string {
	if one == nil {
		return nil
	}
	old, had := one.old.(*models.Entity)
	now, has := one.document.(*models.Entity)
	if !had || !has {
		return nil
	}
	return newNames(old, now)
}

// countingWords say which sources count.
const countingWords = "An imported file, a page of this site, a dataset without a publisher and what names neither a publisher nor a site show nothing."

// checkSaid refuses a naming without a claim that says who the named one is, by a source that counts.
func (w *writing) checkSaid(one *write) {
	var claims []*write
	for _, other := range w.writes {
		claim, ok := other.document.(*models.Claim)
		said := other.Op == models.OpCreate || other.Op == models.OpRestore
		if ok && said && other.state == models.StateLive && slices.Contains(claim.About, *one.Into) && slices.Contains(namingStances, claim.Stance) {
			claims = append(claims, other)
		}
	}
	if len(claims) == 0 {
		w.problem(one.index, "/into", "%s", namingWords(one.ID))
		return
	}
	for _, claim := range claims {
		if w.counts(claim.document.Cited()) {
			return
		}
	}
	w.problem(claims[0].index, "/citations", "Who an undisclosed entity is, is said by a source that counts. %s", countingWords)
}

// newlyCites reports whether a merged entity cites, beyond what either of the two cited, a source that
// counts.
func (w *writing) newlyCites(from *models.Entity, into *write) bool {
	if into == nil {
		return false
	}
	entity, ok := into.document.(*models.Entity)
	before, had := into.old.(*models.Entity)
	return ok && had && w.counts(newCitations(slices.Concat(from.Citations, before.Citations), entity.Citations))
}

func newCitations(before, after []models.Citation) []models.Citation {
	return slices.DeleteFunc(slices.Clone(after), func(c models.Citation) bool { return slices.Contains(before, c) })
}

// checkNaming keeps what a naming rests on: its claim says who somebody is as long as what was said of
// the unnamed one stands with the named one.
func (w *writing) checkNaming(one *write) {
	claim, ok := one.document.(*models.Claim)
	if !ok || slices.Contains(publicReasons, one.Op) {
		return
	}
	for _, named := range w.found.identities.namings[one.ID] {
		other := w.byID[named.NamedID]
		switch {
		case other != nil && other.state != models.StateMerged: // it is undisclosed again
		case one.state != models.StateLive:
			w.problem(one.index, "/op", "This claim says who an undisclosed entity is, so it stands as long as that one is named. To take the naming back, revert its changeset %s.", named.ChangesetID)
		case w.exact:
		case len(beyond(placesIn(one.old)["about"], placesIn(claim)["about"])) > 0:
			w.problem(one.index, "/about", "This claim says who an undisclosed entity is, so it stays about that one. To take the naming back, revert its changeset %s.", named.ChangesetID)
		case !slices.Contains(namingStances, claim.Stance):
			w.problem(one.index, "/stance", "This claim says who an undisclosed entity is. Enter what somebody denies or demands as a claim of its own.")
		case !slices.Equal(one.old.Cited(), claim.Citations) && !w.counts(claim.Citations):
			w.problem(one.index, "/citations", "Who an undisclosed entity is, is said by a source that counts. %s", countingWords)
		}
	}
}

// checkIdentity checks an edit of an entity: whether it is disclosed stays, and of an undisclosed one
// it may say more, and name nobody.
func (w *writing) checkIdentity(one *write) {
	old, was := one.old.(*models.Entity)
	now, stays := one.Data.(*models.Entity)
	if !was || !stays || one.Op.Joins() || one.before.State == models.StateMerged {
		return
	}
	hidden, hides := old.Identity == models.Undisclosed, now.Identity == models.Undisclosed
	switch {
	case hidden && !hides:
		w.problem(one.index, "/identity", "%s", namingWords(one.ID))
		return
	case hides && !hidden:
		w.problem(one.index, "/identity", "Who is known does not become unknown: what was said of this one was said of it by name. "+
			"Enter an undisclosed entity of its own, and retract or move there what was said of an unnamed one.")
		return
	case !hides || w.exact:
		return
	}
	for i, id := range now.Identifiers {
		if !slices.Contains(old.Identifiers, id) {
			w.problem(one.index, fmt.Sprintf("/identifiers/%d", i), "An identifier says who an entity is. %s", namingWords(one.ID))
		}
	}
	added := newNames(old, now)
	if slices.Contains(added, models.Fold(now.Name)) {
		w.problem(one.index, "/name", "%s %s", describingWords, namingWords(one.ID))
	}
	for i, name := range now.Names {
		if slices.Contains(added, models.Fold(name.Text)) {
			w.problem(one.index, fmt.Sprintf("/names/%d/text", i), "%s %s", describingWords, namingWords(one.ID))
		}
	}
	if now.Slug != "" && now.Slug != old.Slug {
		w.problem(one.index, "/slug", "The address of an undisclosed entity says what it is called, so it stays. %s", namingWords(one.ID))
	}
}

// describingWords say how the description of an undisclosed entity is mended: nobody can tell it from
// a name, so it takes a source and a steward.
const describingWords = "What an undisclosed entity is called stays, since a name would say who it is. To describe it better, enter another undisclosed entity and merge the two, with the source."
