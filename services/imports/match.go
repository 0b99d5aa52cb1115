package imports

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// Candidate is an existing entity that one of the file may be.
type Candidate struct {
	ID     uuid.UUID         `json:"id"`
	Name   string            `json:"name"`
	Slug   string            `json:"slug"`
	Kind   models.EntityKind `json:"kind"`
	Places []string          `json:"places,omitempty"`
}

// Doubt is a question that a person has to answer: which entity is meant, or is it a new one?
type Doubt struct {
	Key string `json:"key"`
	// Name and Kind are those of the file; the kind is "" where a row only points at the name.
	Name string            `json:"name"`
	Kind models.EntityKind `json:"kind,omitempty"`
	// Row is the first row that asks; MayBeNew says that "new" is an answer.
	Row        int         `json:"-"`
	MayBeNew   bool        `json:"may_be_new"`
	Candidates []Candidate `json:"candidates"`
}

// matching finds what the file speaks of: in the file itself, and among the records.
type matching struct {
	*content
	opts *settings
	s    *services.Services
	ctx  context.Context

	// What the file holds, by what rows may call it.
	keys        map[string]*item
	ids         map[uuid.UUID]*item
	slugs       map[string]*item
	identifiers map[models.Identifier]*item
	names       map[string][]*item
	links       map[string]*item
	// What the records hold.
	knownIdentifiers map[models.Identifier]uuid.UUID
	knownSlugs       map[string]uuid.UUID
	knownURLs        map[string]uuid.UUID
	knownNames       map[string][]services.Namesake
	present          map[uuid.UUID]services.Present

	// cited is the source of what names none; namespaces are what ids are made in, where nothing
	// but the file tells what is meant: the first one is that of what is new.
	cited      uuid.UUID
	namespaces []string
	// older are records that an earlier import of the same file made, by their ids; keyed those that
	// it made of rows which this file names by their keys.
	older map[uuid.UUID]services.Present
	// into are the records into which others were merged that the file names.
	into   map[uuid.UUID]uuid.UUID
	keyed  map[string][]services.Present
	doubts map[string]*Doubt
	// extra are items made for existing entities that rows add to.
	extra map[uuid.UUID]*item
}

// match finds, for every item, the record that it is; or gives it an id.
func (m *matching) match() error {
	for _, step := range []func() error{m.index, m.lookUp, m.followMerges, m.nameFile, m.matchSources, m.matchEntities, m.resolveEntities, m.matchLinks, m.resolveRest,
		m.joinItems, m.addParts, m.loadPresent} {
		if err := m.ctx.Err(); err != nil {
			return err
		}
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// index notes what the file holds, and joins rows that are about the same thing.
func (m *matching) index() error {
	m.keys, m.ids, m.slugs = map[string]*item{}, map[uuid.UUID]*item{}, map[string]*item{}
	m.identifiers, m.names, m.links = map[models.Identifier]*item{}, map[string][]*item{}, map[string]*item{}
	for _, it := range m.items {
		if it.part {
			continue
		}
		if first := m.keys[it.key]; it.key != "" && first != nil {
			m.joinKey(it, first)
		} else if it.key != "" {
			m.keys[it.key] = it
		}
		if it.id != uuid.Nil {
			m.claim(it, m.ids[it.id])
			m.ids[it.id] = it.root()
		}
		switch d := it.doc.(type) {
		case *models.Entity:
			m.indexEntity(it, d)
		case *models.Source:
			if normal := models.NormalURL(d.URL); normal != "" && it.same == nil {
				if first := m.keys["url "+normal]; first != nil {
					m.claim(it, first)
				} else {
					m.keys["url "+normal] = it
				}
			}
			if first := m.keys["title "+models.Fold(d.Title)]; first == nil {
				m.keys["title "+models.Fold(d.Title)] = it
			}
		}
	}
	return nil
}

// joinKey joins two rows with one key, where they can be one record.
func (m *matching) joinKey(it, first *item) {
	if it.doc.RecordType() == first.doc.RecordType() && (m.format != FormatCSV && m.format != FormatXLSX || it.orphan) {
		m.claim(it, first)
		return
	}
	m.problem(it.row, m.columnOf(it, "/key"), CodeDuplicate, "Row %d has the key %q already. Give this row another one.", m.rows[max(first.row, 0)].Number, clip(it.key))
	it.bad = true
}

// claim joins an item with the first one that is the same thing.
func (m *matching) claim(it, first *item) {
	if first == nil || first.root() == it.root() {
		return
	}
	if first.doc.RecordType() != it.doc.RecordType() {
		m.problem(it.row, "", CodeDuplicate, "Row %d has the same id and is a record of another type.", m.rows[max(first.row, 0)].Number)
		it.bad = true
		return
	}
	root := first.root()
	if a, b := root.entity(), it.entity(); a != nil && b != nil && a.Name != "" && b.Name != "" && models.Fold(a.Name) != models.Fold(b.Name) && first.row >= 0 && it.row >= 0 {
		m.notice("Row %d says the same entity as row %d, by an identifier, id or slug; its name %q is kept as a further name.", m.rows[it.row].Number, m.rows[first.row].Number, clip(b.Name))
	}
	it.root().same = root
	root.orphan = root.orphan && it.orphan
}

func (m *matching) indexEntity(it *item, e *models.Entity) {
	if it.slug != "" {
		m.claim(it, m.slugs[it.slug])
		m.slugs[it.slug] = it.root()
	}
	for _, identifier := range e.Identifiers {
		m.claim(it, m.identifiers[identifier])
		m.identifiers[identifier] = it.root()
	}
	m.indexName(it, e)
	for _, name := range e.Names {
		if folded := models.Fold(name.Text); folded != "" && folded != models.Fold(e.Name) && !slices.Contains(m.names[folded], it.root()) {
			m.names[folded] = append(m.names[folded], it.root())
		}
	}
}

// indexName looks whether an earlier row is the same entity by name, kind and country; rows of a
// table that have nothing else to tell them apart are reported.
func (m *matching) indexName(it *item, e *models.Entity) {
	folded := models.Fold(e.Name)
	if folded == "" || it.same != nil {
		return
	}
	for _, other := range m.names[folded] {
		o := other.entity()
		if o.Kind != e.Kind || models.Fold(o.Name) != folded || !anonymous(it) || !anonymous(other) {
			continue
		}
		switch {
		case sharesPlace(e.Places, o.Places) || len(e.Places)+len(o.Places) == 0 && sameSaid(e, o):
			m.claim(it, other)
			return
		case len(e.Places) == 0 || len(o.Places) == 0:
			m.problem(it.row, m.columnOf(it, "/name"), CodeDuplicate, "Row %d has the same name and kind. Give both an identifier or a country if they are two, or take one out.",
				m.rows[max(other.row, 0)].Number)
			it.bad = true
			return
		}
	}
	m.names[folded] = append(m.names[folded], it)
}

// anonymous reports whether an item has nothing but its name to go by.
func anonymous(it *item) bool {
	return it.id == uuid.Nil && it.slug == "" && it.key == "" && len(it.entity().Identifiers) == 0
}

func sharesPlace(a, b []string) bool {
	return slices.ContainsFunc(a, func(place string) bool { return slices.Contains(b, place) })
}

// sameSaid reports whether two rows say the same of an entity, whatever they cite.
func sameSaid(a, b *models.Entity) bool {
	one, other := *a, *b
	one.Citations, other.Citations = nil, nil
	return sameJSON(&one, &other)
}

var schemed = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_-]{0,39}):([^/].*)$`)

// identifierOf reads scheme:value.
func identifierOf(text string) (models.Identifier, bool) {
	parts := schemed.FindStringSubmatch(text)
	if parts == nil {
		return models.Identifier{}, false
	}
	return models.Identifier{Scheme: strings.ToLower(parts[1]), Value: strings.TrimSpace(parts[2])}, true
}

// lookUp asks the database for everything that the file may mean, in a number of queries that
// does not depend on its rows but in chunks.
func (m *matching) lookUp() (err error) {
	identifiers := slices.Collect(maps.Keys(m.identifiers))
	slugs := slices.Collect(maps.Keys(m.slugs))
	var urls []string
	names := map[string]bool{}
	texts := map[string]bool{}
	for _, it := range m.items {
		for _, r := range it.refs {
			texts[r.text] = true
			if models.ValidSlug(r.twin) {
				slugs = append(slugs, r.twin)
			}
		}
		if it.owner != nil {
			texts[it.owner.text] = true
		}
		if s, ok := it.doc.(*models.Source); ok && s.URL != "" {
			urls = append(urls, models.NormalURL(s.URL))
		}
		if e := it.entity(); e != nil && e.Name != "" {
			names[models.Fold(e.Name)] = true
		}
	}
	for text := range texts {
		for _, part := range strings.Split(text, " > ") {
			if identifier, ok := identifierOf(part); ok {
				identifiers = append(identifiers, identifier)
			}
			if models.ValidSlug(part) {
				slugs = append(slugs, part)
			}
			if normal := models.NormalURL(part); normal != "" {
				urls = append(urls, normal)
			} else if folded := models.Fold(part); folded != "" && m.keys[part] == nil && len(m.names[folded]) == 0 {
				names[folded] = true
			}
		}
	}

	if m.knownIdentifiers, err = m.s.EntitiesByIdentifier(m.ctx, identifiers); err != nil {
		return err
	}
	if m.knownSlugs, err = m.s.RecordsBySlug(m.ctx, slugs); err != nil {
		return err
	}
	if m.knownURLs, err = m.s.SourcesByURL(m.ctx, urls); err != nil {
		return err
	}
	m.knownNames, err = m.s.EntitiesByName(m.ctx, slices.Collect(maps.Keys(names)))
	return err
}

// matchSources gives every source of the file the id of the one with its address, or one made
// from its title; and finds the source of the import itself.
func (m *matching) matchSources() error {
	for _, it := range m.items {
		s, ok := it.doc.(*models.Source)
		if !ok || it.same != nil || it.id != uuid.Nil {
			continue
		}
		normal := models.NormalURL(s.URL)
		switch known := m.knownURLs[normal]; {
		case normal != "" && known != uuid.Nil:
			it.id = known
		case normal != "":
			it.id = madeID("source", normal)
		default:
			it.id = m.made(partsOf(it))
		}
		if other := m.ids[it.id]; other != nil && other.root() != it {
			m.claim(it, other)
			continue
		}
		m.ids[it.id] = it
	}
	return nil
}

// matchEntities decides for every entity of the file which one it is.
func (m *matching) matchEntities() error {
	var roots []*item
	var ids []uuid.UUID
	for _, it := range m.items {
		if it.entity() != nil && it.same == nil && !it.part && !it.bad {
			roots = append(roots, it)
			ids = append(ids, it.id, m.entityID(it))
			for _, namesake := range m.knownNames[models.Fold(it.entity().Name)] {
				ids = append(ids, namesake.ID)
			}
		}
	}
	ids = slices.DeleteFunc(ids, func(id uuid.UUID) bool { return id == uuid.Nil })
	present, err := m.s.PresentRecords(m.ctx, ids)
	if err != nil {
		return err
	}
	m.present = present
	if err := m.followMade(); err != nil {
		return err
	}
	for _, it := range roots {
		m.matchEntity(it, it.entity())
		if it.id != uuid.Nil {
			m.claimID(it)
		}
	}
	return nil
}

// claimID joins two items that turned out to be the same record.
func (m *matching) claimID(it *item) {
	if first := m.ids[it.id]; first != nil {
		m.claim(it, first)
		return
	}
	m.ids[it.id] = it
}

// entityID is the id that an entity gets when it is new.
func (m *matching) entityID(it *item) uuid.UUID {
	e := it.entity()
	switch {
	case it.id != uuid.Nil:
		return it.id
	case len(e.Identifiers) > 0:
		return madeID("entity", e.Identifiers[0].Scheme, e.Identifiers[0].Value)
	}
	return m.made(partsOf(it))
}

func (m *matching) matchEntity(it *item, e *models.Entity) {
	if it.id != uuid.Nil {
		it.named = !it.led
		return
	}
	if known := m.knownSlugs[it.slug]; it.slug != "" && known != uuid.Nil {
		it.id = m.lead(it, known)
		it.named = !it.led
		return
	}
	if owners := m.owners(e); len(owners) > 1 {
		m.problem(it.row, m.columnOf(it, "/identifiers"), CodeAmbiguous, "The identifiers of this row belong to %d different entities. Correct them, or merge the entities first.", len(owners))
		it.bad = true
		return
	} else if len(owners) == 1 {
		it.id = m.lead(it, owners[0])
		return
	}
	made := m.entityID(it)
	if _, exists := m.present[made]; exists {
		it.id = m.lead(it, made)
		return
	}
	m.matchName(it, e, made)
}

// owners lists the entities that have one of the identifiers.
func (m *matching) owners(e *models.Entity) []uuid.UUID {
	var owners []uuid.UUID
	for _, identifier := range e.Identifiers {
		if owner := m.knownIdentifiers[identifier]; owner != uuid.Nil && !slices.Contains(owners, owner) {
			owners = append(owners, owner)
		}
	}
	return owners
}

// matchName looks for an entity of the same name and kind: with the same country it is the one;
// with none to compare, it is in doubt.
func (m *matching) matchName(it *item, e *models.Entity, made uuid.UUID) {
	var sure, perhaps []services.Namesake
	for _, namesake := range m.knownNames[models.Fold(e.Name)] {
		if e.Kind != "" && namesake.Kind != e.Kind || m.contradicts(e, namesake.ID) {
			continue
		}
		switch {
		case e.Kind != "" && sharesPlace(e.Places, namesake.Places):
			sure = append(sure, namesake)
		case len(e.Places) == 0 || len(namesake.Places) == 0:
			perhaps = append(perhaps, namesake)
		}
	}
	switch {
	case len(sure) == 1:
		it.id = sure[0].ID
	case len(sure)+len(perhaps) == 0:
		it.id = made
	default:
		key := "entity:" + string(e.Kind) + ":" + models.Fold(e.Name)
		id, known := m.decide(Doubt{Key: key, Name: e.Name, Kind: e.Kind, Row: it.row, MayBeNew: true}, append(sure, perhaps...))
		switch {
		case !known:
			it.fate = fateInDoubt
			m.problem(it.row, m.columnOf(it, "/name"), CodeInDoubt, "This may be %s, or another one of the same name. Choose, or give an identifier or a country.", namesakes(append(sure, perhaps...)))
		case id == uuid.Nil:
			it.id = made
		default:
			it.id = id
		}
	}
}

// contradicts reports whether an entity has another identifier of a scheme that the row has too.
func (m *matching) contradicts(e *models.Entity, id uuid.UUID) bool {
	other, ok := m.present[id].Document.(*models.Entity)
	if !ok {
		return false
	}
	for _, one := range e.Identifiers {
		has := slices.ContainsFunc(other.Identifiers, func(i models.Identifier) bool { return i.Scheme == one.Scheme })
		if has && !slices.Contains(other.Identifiers, one) {
			return true
		}
	}
	return false
}

// decide answers a doubt by a choice or by what was chosen for all; known is false while nobody
// has. The zero id says that it is a new one.
func (m *matching) decide(doubt Doubt, candidates []services.Namesake) (id uuid.UUID, known bool) {
	choice := m.opts.Choices[doubt.Key]
	if choice == "new" && doubt.MayBeNew {
		return uuid.Nil, true
	}
	if chosen, err := uuid.Parse(choice); err == nil {
		return chosen, true
	}
	switch {
	case m.opts.Doubts == DoubtsMatch && len(candidates) == 1:
		return candidates[0].ID, true
	case m.opts.Doubts == DoubtsNew && doubt.MayBeNew:
		return uuid.Nil, true
	}
	if m.doubts[doubt.Key] == nil {
		for _, c := range candidates {
			doubt.Candidates = append(doubt.Candidates, Candidate{c.ID, c.Name, c.Slug, c.Kind, c.Places})
		}
		m.doubts[doubt.Key] = &doubt
	}
	return uuid.Nil, false
}

func namesakes(list []services.Namesake) string {
	var words []string
	for _, one := range list[:min(len(list), 3)] {
		words = append(words, one.Name+" ("+one.Slug+")")
	}
	return strings.Join(words, " or ")
}
