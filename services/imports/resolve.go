package imports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// resolveEntities puts ids where rows name entities and sources.
func (m *matching) resolveEntities() error {
	for _, it := range m.items {
		switch it.doc.RecordType() {
		case models.TypeEntity, models.TypeSource, models.TypeRelationship:
			m.resolveItem(it)
		}
	}
	return nil
}

// resolveRest puts ids into what points at links, claims and open items.
func (m *matching) resolveRest() error {
	for _, it := range m.items {
		switch d := it.doc.(type) {
		case *models.OpenItem:
			m.giveID(it, "open_item", d.Kind, d.RaisedOn.Text, models.Fold(d.Text))
		case *models.Claim:
			m.giveID(it, "claim", string(d.Stance), d.SaidOn.Text, models.Fold(d.Text), namesOf(it.refs, "/speakers"))
		}
	}
	for _, it := range m.items {
		if _, ok := it.doc.(*models.StatusChange); ok {
			m.resolveItem(it)
		}
	}
	if err := m.matchSteps(); err != nil {
		return err
	}
	for _, it := range m.items {
		switch it.doc.RecordType() {
		case models.TypeClaim, models.TypeOpenItem:
			m.resolveItem(it)
		}
	}
	return nil
}

func namesOf(refs []ref, pointer string) string {
	var names []string
	for _, r := range refs {
		if strings.HasPrefix(r.pointer, pointer) {
			names = append(names, models.Fold(r.text))
		}
	}
	return strings.Join(names, "\n")
}

// giveID makes an item's id of its key in this source, or of what it says.
func (m *matching) giveID(it *item, parts ...string) {
	if it.same != nil {
		return
	}
	if it.id == uuid.Nil && it.key != "" {
		it.id = m.made(partsOf(it))
	}
	if it.id == uuid.Nil {
		it.id = madeID(parts...)
	}
	m.claimID(it)
}

func (m *matching) resolveItem(it *item) {
	if it.part {
		if id, ok := m.resolve(it, *it.owner); ok {
			it.id = id
		}
		return
	}
	for _, r := range it.refs {
		if id, ok := m.resolve(it, r); ok {
			r.set(id)
		}
	}
	if e := it.entity(); it.uncited && citationList(it.doc) != nil && (e == nil || e.Kind != models.KindCase) { // a case states nothing
		citation := it.said
		citation.Source, citation.Locator = m.cited, it.locator
		if it.from != nil {
			citation.Source = it.from.root().id
		}
		setCitations(it.doc, append(citationsOf(it.doc), citation))
	}
	if citations := citationsOf(it.doc); len(citations) > 1 && !it.whole {
		setCitations(it.doc, joinCitations(nil, citations)) // two spellings of one address are one source
	}
}

// resolve finds the record that a row names. What it cannot find, or not for certain, it reports.
func (m *matching) resolve(it *item, r ref) (uuid.UUID, bool) {
	if r.text == "" {
		it.bad = true
		return uuid.Nil, false
	}
	if found := m.inFile(r); found != nil {
		root := found.root()
		if root.id == uuid.Nil && root.fate != fateInDoubt {
			root.id = m.lateID(root)
		}
		if root.id == uuid.Nil || root.bad || found.bad {
			m.problem(it.row, r.column, CodeDepends, "This names %q of row %d, which is wrong or in doubt itself.", clip(r.text), m.rows[max(found.row, 0)].Number)
			it.bad = true
			return uuid.Nil, false
		}
		return root.id, true
	}
	id, problem, code := m.inRecords(it, r)
	if problem != "" {
		m.problem(it.row, r.column, code, "%s", problem)
		it.bad = true
		return uuid.Nil, false
	}
	return m.lead(it, id), true
}

// lateID gives an id to what has a key and is named before it was looked at.
func (m *matching) lateID(it *item) uuid.UUID {
	if it.key == "" {
		return uuid.Nil
	}
	switch it.doc.(type) {
	case *models.Relationship, *models.StatusChange:
		return uuid.Nil
	}
	return m.made(partsOf(it))
}

func (r ref) takes(it *item) bool {
	if len(r.types) > 0 && !slices.Contains(r.types, it.doc.RecordType()) {
		return false
	}
	e := it.entity()
	return e == nil || len(r.kinds) == 0 || e.Kind == "" || slices.Contains(r.kinds, e.Kind)
}

// inFile finds what a row names among the other rows: by key, id, slug, identifier, address or
// name; nil when it is not there, or not alone.
func (m *matching) inFile(r ref) *item {
	if found := m.keys[r.text]; found != nil && r.takes(found) {
		return found
	}
	if id, err := uuid.Parse(r.text); err == nil {
		return m.ids[id]
	}
	if identifier, ok := identifierOf(r.text); ok && m.identifiers[identifier] != nil {
		return m.identifiers[identifier]
	}
	if normal := models.NormalURL(r.text); normal != "" {
		return m.keys["url "+normal]
	}
	if found := m.slugs[r.text]; found != nil {
		return found
	}
	if parts := strings.Split(r.text, " > "); len(parts) == 3 {
		return m.linkInFile(r, parts)
	}
	folded := models.Fold(r.text)
	if named := m.fitting(r, folded); len(named) == 1 {
		return named[0]
	}
	if found := m.keys["title "+folded]; found != nil && r.takes(found) {
		return found
	}
	return nil
}

// fitting lists the entities of the file that have a name and a kind that may stand there.
func (m *matching) fitting(r ref, folded string) []*item {
	var named []*item
	for _, one := range m.names[folded] {
		if r.takes(one) && !slices.ContainsFunc(named, func(other *item) bool { return other.root() == one.root() }) {
			named = append(named, one)
		}
	}
	return named
}

// linkInFile finds a link of the file by "subject > type > object".
func (m *matching) linkInFile(r ref, parts []string) *item {
	ends, ok := m.ends(r, parts)
	if !ok {
		return nil
	}
	t := typeNamed(asCode(strings.TrimSpace(parts[1])))
	for _, it := range m.items {
		if d, isLink := it.doc.(*models.Relationship); isLink && d.Type == t && d.Subject == ends[0] && d.Object == ends[1] && it.id != uuid.Nil {
			return it
		}
	}
	return nil
}

// ends finds both ends of a link that is written as "subject > type > object".
func (m *matching) ends(r ref, parts []string) (ends [2]uuid.UUID, ok bool) {
	t := typeNamed(asCode(strings.TrimSpace(parts[1])))
	for i, text := range []string{parts[0], parts[2]} {
		end := entityRef(r.column, r.pointer, strings.TrimSpace(text), nil, m.opts.kindsAt(t, i == 0)...)
		if found := m.inFile(end); found != nil {
			ends[i] = found.root().id
		} else if id, problem, _ := m.inRecords(nil, end); problem == "" {
			ends[i] = m.lead(nil, id)
		}
		if ends[i] == uuid.Nil {
			return ends, false
		}
	}
	return ends, true
}

// inRecords finds what a row names among the records; problem is a sentence when it cannot.
func (m *matching) inRecords(it *item, r ref) (id uuid.UUID, problem, code string) {
	if id, err := uuid.Parse(r.text); err == nil {
		return id, "", ""
	}
	if identifier, ok := identifierOf(r.text); ok && m.knownIdentifiers[identifier] != uuid.Nil {
		return m.knownIdentifiers[identifier], "", ""
	}
	if normal := models.NormalURL(r.text); normal != "" && m.knownURLs[normal] != uuid.Nil {
		return m.knownURLs[normal], "", ""
	}
	if known := m.knownSlugs[r.text]; known != uuid.Nil {
		return known, "", ""
	}
	if parts := strings.Split(r.text, " > "); len(parts) == 3 {
		if ends, ok := m.ends(r, parts); ok {
			return m.linkInRecords(r, typeNamed(asCode(strings.TrimSpace(parts[1]))), ends)
		}
		return uuid.Nil, fmt.Sprintf("There is no link %q: one of its ends is not known. Name the ends by their slugs.", clip(r.text)), CodeUnknown
	}
	if id := m.byKey(r); id != uuid.Nil {
		return id, "", ""
	}
	folded := models.Fold(r.text)
	if named := m.fitting(r, folded); len(named) > 1 {
		return uuid.Nil, fmt.Sprintf("%d rows of this file are called %q. Give them keys, and name one of those.", len(named), clip(r.text)), CodeAmbiguous
	}
	return m.byName(it, r, folded)
}

func (m *matching) byName(it *item, r ref, folded string) (uuid.UUID, string, string) {
	var fitting []services.Namesake
	for _, one := range m.knownNames[folded] {
		if len(r.kinds) == 0 || slices.Contains(r.kinds, one.Kind) {
			fitting = append(fitting, one)
		}
	}
	if len(fitting) == 0 || len(r.types) > 0 && !slices.Contains(r.types, models.TypeEntity) {
		return uuid.Nil, fmt.Sprintf("There is no record %q in this file or among the records that may stand here. Check the spelling, or add a row for it.", clip(r.text)), CodeUnknown
	}
	row := 0
	if it != nil {
		row = it.row
	}
	if id, known := m.decide(Doubt{Key: "name:" + folded, Name: r.text, Row: row}, fitting); known {
		return id, "", ""
	}
	return uuid.Nil, fmt.Sprintf("A name alone does not say who is meant: perhaps %s. Choose, or write the slug or an identifier.", namesakes(fitting)), CodeInDoubt
}

func (m *matching) linkInRecords(r ref, t models.RelationshipType, ends [2]uuid.UUID) (uuid.UUID, string, string) {
	links, err := m.s.LinksBetween(m.ctx, ends[:1], ends[1:])
	if err != nil {
		return uuid.Nil, "The links could not be looked up; try again.", CodeUnknown
	}
	links = slices.DeleteFunc(links, func(l models.RelationshipRow) bool { return l.Type != t })
	switch len(links) {
	case 0:
		return uuid.Nil, fmt.Sprintf("There is no link %q in this file or among the records. Add a row for it.", clip(r.text)), CodeUnknown
	case 1:
		return links[0].ID, "", ""
	}
	return uuid.Nil, fmt.Sprintf("There are %d links %q. Name the one that is meant by its id.", len(links), clip(r.text)), CodeAmbiguous
}

// matchLinks finds the links that are there already: of the same type between the same entities,
// with the same role, title and seller, and no other start.
func (m *matching) matchLinks() error {
	inDatabase := func(id uuid.UUID) bool {
		it := m.ids[id]
		return it == nil || it.named || m.present[id].Document != nil
	}
	var subjects, objects []uuid.UUID
	for _, it := range m.items {
		if d, ok := it.doc.(*models.Relationship); ok && !it.bad && inDatabase(d.Subject) && inDatabase(d.Object) {
			subjects, objects = append(subjects, d.Subject), append(objects, d.Object)
		}
	}
	links, err := m.s.LinksBetween(m.ctx, subjects, objects)
	if err != nil {
		return err
	}
	ids := make([]uuid.UUID, len(links))
	known := map[string][]services.Present{}
	for i, link := range links {
		ids[i] = link.ID
	}
	present, err := m.s.PresentRecords(m.ctx, ids)
	if err != nil {
		return err
	}
	for _, link := range links {
		if d, ok := present[link.ID].Document.(*models.Relationship); ok {
			known[linkName(d)] = append(known[linkName(d)], present[link.ID])
		}
	}
	for _, it := range m.items {
		if d, ok := it.doc.(*models.Relationship); ok && !it.bad && it.same == nil {
			m.matchLink(it, d, known)
		}
	}
	return nil
}

// linkName is what makes a link what it is, but its time.
func linkName(d *models.Relationship) string {
	seller := ""
	if d.SuppliedBy != nil {
		seller = d.SuppliedBy.String()
	}
	return strings.Join([]string{string(d.Type), d.Subject.String(), d.Object.String(), models.Fold(d.Role), models.Fold(d.Title), seller}, "\x00")
}

func (m *matching) matchLink(it *item, d *models.Relationship, known map[string][]services.Present) {
	name := linkName(d)
	if d.Type == models.LinkedTo {
		name += "\x00" + models.Fold(d.Description)
	}
	if it.id == uuid.Nil {
		for _, one := range known[linkName(d)] {
			other := one.Document.(*models.Relationship)
			described := d.Type != models.LinkedTo || models.Fold(d.Description) == models.Fold(other.Description)
			if described && (d.Start.IsZero() || other.Start.IsZero() || d.Start.Text == other.Start.Text) {
				it.id = one.ID
				break
			}
		}
	}
	name += "\x00" + d.Start.Text
	if it.id == uuid.Nil {
		it.id = madeID("relationship", name)
	}
	if first := m.links[name]; first != nil && first.root().id == it.id {
		m.claim(it, first)
		return
	}
	m.links[name] = it
	m.claimID(it)
}

// matchSteps finds the status changes that are there already: of the same record, to the same
// status, extent and scope, with the same date.
func (m *matching) matchSteps() error {
	var records []uuid.UUID
	for _, it := range m.items {
		if d, ok := it.doc.(*models.StatusChange); ok && !it.bad && d.Record != uuid.Nil {
			records = append(records, d.Record)
		}
	}
	known, err := m.s.StatusChangesOf(m.ctx, records)
	if err != nil {
		return err
	}
	for _, it := range m.items {
		d, ok := it.doc.(*models.StatusChange)
		if !ok || it.bad || it.same != nil {
			continue
		}
		for _, step := range known[d.Record] {
			if it.id == uuid.Nil && step.Status == d.Status && step.Extent == d.Extent && step.Effective.Text == d.Effective.Text &&
				models.Fold(step.Scope) == models.Fold(d.Scope) {
				it.id = step.Change
			}
		}
		if it.id == uuid.Nil {
			it.id = madeID("status_change", d.Record.String(), string(d.Status), string(d.Extent), d.Effective.Text, models.Fold(d.Scope))
		}
		m.claimID(it)
	}
	return nil
}

// joinItems adds what joined rows say to the first of them.
func (m *matching) joinItems() error {
	for _, it := range m.items {
		if it.same == nil || it.bad || it.part {
			continue
		}
		root := it.root()
		before := root.doc
		root.doc = merged(before, it.doc, false)
		if it.orphan || root.orphan {
			continue
		}
		for _, field := range unkept(root.doc, before) {
			if !it.guessed || field != "kind" {
				m.lose(root.row, m.columnOf(root, "/"+field), "another row of the same record says otherwise")
			}
		}
	}
	return nil
}

// addParts adds the names and identifiers of rows of their own to the entities that they name.
func (m *matching) addParts() error {
	m.extra = map[uuid.UUID]*item{}
	for _, it := range m.items {
		if !it.part || it.bad {
			continue
		}
		root := m.ids[it.id]
		if root == nil {
			root = &item{row: it.row, id: it.id, named: true, doc: &models.Entity{}}
			m.ids[it.id], m.extra[it.id] = root, root
			m.items = append(m.items, root)
		}
		root = root.root()
		root.doc = merged(root.doc, it.doc, true)
		it.same = root
	}
	return nil
}

// loadPresent loads what is there of everything that has an id, and follows merges.
func (m *matching) loadPresent() error {
	ids := make([]uuid.UUID, 0, len(m.ids))
	for _, it := range m.items {
		for _, r := range it.refs {
			id, err := uuid.Parse(r.text)
			if other := m.knownSlugs[r.twin]; r.twin != "" && err == nil && other != id { // checkTwins looks at both
				ids = append(ids, id, other)
			}
		}
	}
	for id := range m.ids {
		if _, loaded := m.present[id]; !loaded {
			ids = append(ids, id)
		}
	}
	present, err := m.s.PresentRecords(m.ctx, ids)
	if err != nil {
		return err
	}
	for id, one := range present {
		m.present[id] = one
	}
	if err := m.followFound(); err != nil {
		return err
	}
	for _, it := range m.items {
		if one, ok := m.present[it.id]; ok && it.same == nil {
			it.found = &one
		}
	}
	m.checkTwins()
	return nil
}
