package services

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/models"
)

// Who an undisclosed entity is, is the gravest thing that can be said here, so it is said in one way
// alone: by Name, with who says so and the source. Every changeset is looked at for the other doors
// to the same statement: a merge in either direction, an edit of the identity, a name or an
// identifier, and an edit by which something moves from the undisclosed entity to a named one.

// identities are what a changeset needs to know for that.
type identities struct {
	// kinds holds the kinds of records that go from a list or place of another record, or come there;
	// hidden those that are undisclosed, or links that have such an end.
	kinds  map[uuid.UUID]string
	hidden map[uuid.UUID]bool
	// names are those of disclosed entities, folded.
	names map[string]bool
	// pointed are entities at which something points that was written since they are undisclosed.
	pointed map[uuid.UUID]bool
}

// exchange is a place of a record from which some records go, and to which others come.
type exchange struct {
	base       string
	gone, come []models.Reference
}

// findIdentities asks for them. Few changesets need any, and none that only creates does.
func (w *writing) findIdentities(reads *database.Reads) error {
	f := &identities{kinds: map[uuid.UUID]string{}, hidden: map[uuid.UUID]bool{}, names: map[string]bool{}, pointed: map[uuid.UUID]bool{}}
	w.found.identities = f
	var ids, flipped []uuid.UUID
	var names []string
	for _, one := range w.writes {
		if one.Op.Joins() && one.Into != nil {
			ids = append(ids, *one.Into)
			names = append(names, namesAfter(w.byID[*one.Into])...)
		}
		for _, e := range w.exchanges(one) {
			for _, ref := range slices.Concat(e.gone, e.come) {
				ids = append(ids, ref.ID)
			}
		}
		_, now, edited := editOfUndisclosed(one)
		if edited && now.Identity != models.Undisclosed {
			flipped = append(flipped, one.ID)
		}
	}

	type row struct {
		ID     uuid.UUID
		Kind   string
		Hidden bool
	}
	for _, query := range []string{
		"SELECT id, kind, identity = 'undisclosed' AS hidden FROM entities WHERE to_size IS NULL AND id ?",
		"SELECT r.id, r.type AS kind, e.identity = 'undisclosed' AS hidden FROM relationships r JOIN entities e ON e.id = r.subject_id AND e.to_size IS NULL WHERE r.to_size IS NULL AND r.id ?",
		"SELECT r.id, r.type AS kind, e.identity = 'undisclosed' AS hidden FROM relationships r JOIN entities e ON e.id = r.object_id AND e.to_size IS NULL WHERE r.to_size IS NULL AND r.id ?",
	} {
		ask(reads, "find identities", ids, func(tx *gorm.DB, some []uuid.UUID, rows *[]row) *gorm.DB {
			return tx.Raw(query, among(some)).Find(rows)
		}, func(one row) error {
			f.kinds[one.ID], f.hidden[one.ID] = one.Kind, f.hidden[one.ID] || one.Hidden
			return nil
		})
	}
	ask(reads, "find names", names, func(tx *gorm.DB, some []string, rows *[]struct{ Folded string }) *gorm.DB {
		return tx.Raw("SELECT DISTINCT n.folded FROM entity_names n JOIN entities e ON e.id = n.record_id AND e.to_size IS NULL AND e.state = 'live' AND e.identity = 'disclosed' WHERE n.to_size IS NULL AND n.folded IN ?", some).Find(rows)
	}, func(one struct{ Folded string }) error {
		f.names[one.Folded] = true
		return nil
	})
	if err := reads.Run(); err != nil {
		return err
	}
	if !w.exact {
		return nil
	}
	return w.findPointed(flipped)
}

// findPointed finds, of entities that a revert discloses again, those at which something points that
// was written since they are undisclosed: that was said of nobody by name.
func (w *writing) findPointed(ids []uuid.UUID) error {
	type row struct {
		ID    uuid.UUID
		Since int64
	}
	since := map[uuid.UUID]int64{}
	err := inChunks(ids, func(chunk []uuid.UUID) error {
		var rows []row
		// Quotes within texts are escaped in JSON, so this is the field.
		err := w.tx.Raw(`SELECT v.record_id AS id, MIN(v.position) AS since FROM revisions v WHERE v.record_id IN ? AND v.position >
			(SELECT MAX(o.position) FROM revisions o WHERE o.record_id = v.record_id AND o.document LIKE '%"identity":"disclosed"%') GROUP BY v.record_id`, chunk).Scan(&rows).Error
		for _, one := range rows {
			since[one.ID] = one.Since
		}
		return wrap(err, "find since when entities are undisclosed")
	})
	if err != nil {
		return err
	}
	for _, one := range pointers {
		newest := fmt.Sprintf("SELECT %[2]s AS id, MAX(from_size) AS since FROM %[1]s WHERE to_size IS NULL AND %[2]s IN ? GROUP BY %[2]s", one.table, one.column)
		err := inChunks(ids, func(chunk []uuid.UUID) error {
			var rows []row
			err := w.tx.Raw(newest, chunk).Scan(&rows).Error
			for _, one := range rows {
				if hidden, known := since[one.ID]; !known || one.Since > hidden {
					w.found.identities.pointed[one.ID] = true
				}
			}
			return wrap(err, "find what points at entities that were undisclosed")
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// editOfUndisclosed gives both documents of an edit of an undisclosed entity.
func editOfUndisclosed(one *write) (old, now *models.Entity, is bool) {
	old, was := one.old.(*models.Entity)
	now, stays := one.Data.(*models.Entity)
	return old, now, was && stays && old.Identity == models.Undisclosed && !one.Op.Joins()
}

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

// exchanges are the places of a record from which an edit of its author takes records, and puts
// others there. What a merge or a revert moves was said before.
func (w *writing) exchanges(one *write) []exchange {
	if _, isEntity := one.Data.(*models.Entity); isEntity || w.exact || one.Op != models.OpEdit || one.Data == nil || one.old == nil {
		return nil
	}
	old, now := placesIn(one.old), placesIn(one.Data)
	var list []exchange
	for base, after := range now {
		e := exchange{base: base, gone: beyond(old[base], after), come: beyond(after, old[base])}
		if len(e.gone) > 0 && len(e.come) > 0 {
			list = append(list, e)
		}
	}
	return list
}

// placesIn gives the references of a document to entities and links, by the field that holds them.
func placesIn(document models.Document) map[string][]models.Reference {
	places := map[string][]models.Reference{}
	for _, ref := range document.References() {
		if len(ref.Types) == 0 || slices.Contains(ref.Types, models.TypeEntity) || slices.Contains(ref.Types, models.TypeRelationship) {
			base, _, _ := strings.Cut(ref.Pointer[1:], "/")
			places[base] = append(places[base], ref)
		}
	}
	return places
}

func beyond(list, others []models.Reference) []models.Reference {
	return slices.DeleteFunc(slices.Clone(list), func(ref models.Reference) bool {
		return slices.ContainsFunc(others, func(other models.Reference) bool { return other.ID == ref.ID })
	})
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
		if old, now, edited := editOfUndisclosed(one); edited {
			w.checkDisclosed(one, old, now)
		}
		for _, e := range w.exchanges(one) {
			w.checkExchange(one, e)
		}
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
	case hidden && !stands && (one.Op != models.OpName || !w.says(*one.Into)):
		w.problem(one.index, "/into", "%s", namingWords(one.ID))
	case hidden && stands && !newlyCites(from, into):
		w.problem(one.index, "/citation", "Both are undisclosed: that they are one needs a source. Cite the one that says so.")
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

// says reports whether the changeset publishes a claim about an entity, with its source.
func (w *writing) says(id uuid.UUID) bool {
	return slices.ContainsFunc(w.writes, func(one *write) bool {
		claim, ok := one.document.(*models.Claim)
		said := one.Op == models.OpCreate || one.Op == models.OpRestore
		return ok && said && one.state == models.StateLive && slices.Contains(claim.About, id) && len(claim.Citations) > 0 && !claim.Stance.Contradicts()
	})
}

// newlyCites reports whether a merged entity cites what neither of the two cited.
func newlyCites(from *models.Entity, into *write) bool {
	if into == nil {
		return false
	}
	entity, ok := into.document.(*models.Entity)
	before, had := into.old.(*models.Entity)
	return ok && had && slices.ContainsFunc(entity.Citations, func(c models.Citation) bool {
		return !slices.Contains(from.Citations, c) && !slices.Contains(before.Citations, c)
	})
}

// checkDisclosed checks an edit of an undisclosed entity: it may say more of it, and name nobody. A
// revert may disclose again what was said of an entity while its name was known.
func (w *writing) checkDisclosed(one *write, old, now *models.Entity) {
	if now.Identity != models.Undisclosed {
		if !w.exact || w.found.identities.pointed[one.ID] {
			w.problem(one.index, "/identity", "%s", namingWords(one.ID))
		}
		return
	}
	if w.exact {
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

// checkExchange checks an edit that takes an undisclosed entity, or a link of one, out of a place and
// puts a named one of the same kind there.
func (w *writing) checkExchange(one *write, e exchange) {
	f := w.found.identities
	_, link := one.Data.(*models.Relationship)
	before, after := one.old.Cited(), one.Data.Cited()
	if !link && slices.ContainsFunc(after, func(c models.Citation) bool { return !slices.Contains(before, c) }) {
		return // it says what its new source says
	}
	for _, gone := range e.gone {
		if !f.hidden[gone.ID] {
			continue
		}
		for _, come := range e.come {
			kind := f.kinds[come.ID]
			if made := w.byID[come.ID]; made != nil && made.Data != nil {
				kind = kindOf(made.Data)
			}
			if kind != f.kinds[gone.ID] || f.hidden[come.ID] || w.isUndisclosed(come.ID) {
				continue
			}
			w.problem(one.index, come.Pointer, "This would say of a named one what was said of an undisclosed one. Where the undisclosed one was named, use the action “It was named” on it; where this was entered wrongly, %s.",
				map[bool]string{true: "retract the link and enter it with its source", false: "add the citation that shows it"}[link])
			return
		}
	}
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
