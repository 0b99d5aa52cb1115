package imports

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// A file says how records came in, not who says so. What its rows name no source for is cited to
// the source that whoever imports declares, or to the one that a package says of itself; where there
// is neither, to models.Unsourced, which counts as no evidence, and that alone where a record has no
// other source. The file's name only helps to find again what an earlier import of it made.

// declared reports whether whoever imports says what source rows come from that name none.
func (o Options) declared() bool { return o.Source != OwnSource{} }

// cite adds the source of rows that name none, where there are such rows.
func (c *content) cite(opts *settings) {
	switch {
	case opts.Source.ID != uuid.Nil:
		c.source = nil
		return
	case opts.declared() && c.source == nil:
		c.source = &item{doc: &models.Source{Kind: "dataset", Title: opts.stem}}
	case c.source == nil:
		c.source = &item{id: models.UnsourcedID, doc: models.Unsourced()}
	}
	if opts.declared() {
		for _, it := range c.items {
			it.from = nil
		}
	}
	s := c.source.doc.(*models.Source)
	for to, chosen := range map[*string]string{&s.Title: opts.Source.Title, &s.URL: opts.Source.URL, &s.Kind: opts.Source.Kind} {
		if chosen != "" {
			*to = chosen
		}
	}
	s.Clean()
	c.source.row, c.source.orphan = -1, true
	unsourced := !opts.declared() && slices.ContainsFunc(c.items, func(it *item) bool { return it.uncited && it.from == nil })
	if c.source.id == uuid.Nil {
		c.items = append(c.items, c.source)
	}
	if unsourced {
		c.items = append(c.items, &item{id: models.UnsourcedID, doc: models.Unsourced(), row: -1, orphan: true})
	}
}

// ownSource checks a source that was chosen by its id, and gives it: ErrInvalid where it cannot be
// cited, nil where none was chosen.
func ownSource(ctx context.Context, s *services.Services, o Options) (*models.Source, error) {
	id := o.Source.ID
	if id == uuid.Nil {
		return nil, nil
	}
	present, err := s.PresentRecords(ctx, []uuid.UUID{id})
	if err != nil {
		return nil, err
	}
	source, ok := present[id].Document.(*models.Source)
	switch one := present[id]; {
	case !ok:
		return nil, refused("There is no source with the id %s. Name one that is there, or describe one by its title or address.", id)
	case one.WithheldAt != nil:
		return nil, refused("That source is withheld: nothing can cite it until a steward lifts the hold.")
	case one.State == models.StateMerged:
		return nil, refused("That source was merged into %s. Name that one.", *one.MergedInto)
	case one.State == models.StateRetracted:
		return nil, refused("That source is retracted. Restore it first, or name another one.")
	}
	return source, nil
}

// cites is the title of the source that rows cite which name none; "" where there is none.
func (p *Plan) cites() string {
	switch {
	case p.own != nil:
		return p.own.Title
	case p.content.source.id == models.UnsourcedID:
		return ""
	}
	return p.content.source.doc.(*models.Source).Title
}

// unsourced counts the rows whose records have no source after the import.
func (p *Plan) unsourced() int {
	rows := map[int]bool{}
	for _, it := range p.behind {
		citations := citationsOf(it.doc)
		if len(citations) == 1 && citations[0].Source == models.UnsourcedID {
			rows[it.row] = true
		}
	}
	return len(rows)
}

// Unproved says in a sentence that rows have no source, and what to do; "" where all have one.
func (r Report) Unproved() string {
	rows := "1 row names"
	if r.Unsourced > 1 {
		rows = fmt.Sprintf("%d rows name", r.Unsourced)
	}
	if r.Unsourced == 0 {
		return ""
	}
	return rows + " no source: what is entered is marked as imported without one, which counts as no evidence. Name a source in each row, or one for the whole import."
}

// title is what the import is called where people read of it.
func (p *Plan) title() string {
	switch {
	case p.own != nil:
		return clip(p.own.Title)
	case p.content.source.id == models.UnsourcedID:
		return clip(p.file.stem())
	}
	return clip(p.content.source.doc.(*models.Source).Title)
}

// nameFile finds the source of what names none, and the namespaces of the file: that of its source
// first, so that files of one source are one, and then that of its name.
func (m *matching) nameFile() error {
	bare := madeID("import source", models.Fold(m.opts.stem)).String()
	if m.opts.Source.ID != uuid.Nil {
		m.cited, m.namespaces = m.opts.Source.ID, []string{m.opts.Source.ID.String(), bare}
		return m.lookUpMade()
	}
	it := m.content.source
	m.cited = models.UnsourcedID
	if it.id == models.UnsourcedID {
		m.namespaces = []string{bare}
		return m.lookUpMade()
	}
	s := it.doc.(*models.Source)
	normal := models.NormalURL(s.URL)
	it.id = madeID("import source", models.Fold(s.Title))
	if normal != "" {
		it.id = madeID("source", normal)
		if known := m.knownURLs[normal]; known != uuid.Nil {
			it.id = known
		}
	}
	if first := m.ids[it.id]; first != nil {
		m.claim(it, first)
	} else {
		m.ids[it.id] = it
	}
	if m.opts.declared() {
		m.cited = it.id
	}
	m.namespaces = []string{it.id.String(), bare}
	return m.lookUpMade()
}

// partsOf are what the id of an item is made of within its file.
func partsOf(it *item) []string {
	if it.key != "" {
		return []string{string(it.doc.RecordType()), it.key}
	}
	switch d := it.doc.(type) {
	case *models.Entity:
		return []string{"entity", string(d.Kind), models.Fold(d.Name), strings.Join(slices.Sorted(slices.Values(d.Places)), " ")}
	case *models.Source:
		return []string{"source", models.Fold(d.Title), d.Published.Text}
	}
	return nil
}

// made gives the id that an earlier import of the file made of the same parts, or a new one.
func (m *matching) made(parts []string) uuid.UUID {
	for _, namespace := range m.namespaces {
		if id := madeID(append([]string{namespace}, parts...)...); m.older[id].Document != nil {
			return id
		}
	}
	return madeID(append([]string{m.namespaces[0]}, parts...)...)
}

// lookUpMade looks for what earlier imports of the file made: under the file's name where it is
// imported under a source's now, and of rows that this file names by their keys and has not, as the
// mended rest of another does.
func (m *matching) lookUpMade() error {
	keys := map[uuid.UUID]string{}
	var ids []uuid.UUID
	for _, it := range m.items {
		for _, r := range it.refs {
			if !m.unknown(r.text) {
				continue
			}
			for _, namespace := range m.namespaces {
				for _, t := range []models.RecordType{models.TypeEntity, models.TypeSource, models.TypeClaim, models.TypeOpenItem} {
					id := madeID(namespace, string(t), r.text)
					keys[id] = r.text
				}
			}
		}
		if parts := partsOf(it); len(m.namespaces) > 1 && it.id == uuid.Nil && parts != nil {
			for _, namespace := range m.namespaces {
				ids = append(ids, madeID(append([]string{namespace}, parts...)...))
			}
		}
	}
	for id := range keys {
		ids = append(ids, id)
	}
	var err error
	if m.older, err = m.s.PresentRecords(m.ctx, ids); err != nil {
		return err
	}
	m.keyed = map[string][]services.Present{}
	for id, text := range keys {
		if one := m.older[id]; one.Document != nil {
			m.keyed[text] = append(m.keyed[text], one)
		}
	}
	return nil
}

// unknown reports whether nothing that was looked up yet is called so.
func (m *matching) unknown(text string) bool {
	folded := models.Fold(text)
	identifier, _ := identifierOf(text)
	return m.keys[text] == nil && m.slugs[text] == nil && len(m.names[folded]) == 0 && m.keys["title "+folded] == nil && len(m.knownNames[folded]) == 0 &&
		m.knownSlugs[text] == uuid.Nil && m.knownIdentifiers[identifier] == uuid.Nil && models.NormalURL(text) == "" && !strings.Contains(text, " > ") && uuid.Validate(text) != nil
}

// byKey finds what an earlier import made of a row with that key, where it may stand there.
func (m *matching) byKey(r ref) uuid.UUID {
	for _, one := range m.keyed[r.text] {
		if one.State == models.StateLive && r.takes(&item{doc: one.Document}) {
			return one.ID
		}
	}
	return uuid.Nil
}

// sourced leaves out that a record has no source where it has one.
func sourced(document models.Document) {
	citations := citationsOf(document)
	none := func(c models.Citation) bool { return c.Source == models.UnsourcedID }
	if len(citations) > 1 && slices.ContainsFunc(citations, none) {
		some := slices.DeleteFunc(slices.Clone(citations), none)
		if len(some) == 0 {
			some = citations[:1]
		}
		setCitations(document, some)
	}
}
