package imports

import (
	"github.com/google/uuid"

	"plumbline/services"
)

// What the file names may have been merged into something else: that is meant then, and it is said.
// Whole records are left out, since what they were merged into holds more than they do.

// followMerges finds what the records were merged into that the file names, and leads the items
// there that give its id.
func (m *matching) followMerges() (err error) {
	var ids []uuid.UUID
	named := func(text string) {
		if id, err := uuid.Parse(text); err == nil {
			ids = append(ids, id)
		}
	}
	for _, it := range m.items {
		if it.id != uuid.Nil {
			ids = append(ids, it.id)
		}
		for _, r := range it.refs {
			named(r.text)
		}
		if it.owner != nil {
			named(it.owner.text)
		}
	}
	for _, id := range m.knownSlugs {
		ids = append(ids, id)
	}
	for _, id := range m.knownIdentifiers {
		ids = append(ids, id)
	}
	if m.into, err = m.s.Survivors(m.ctx, ids); err != nil || len(m.into) == 0 {
		return err
	}
	for _, it := range m.items {
		if m.into[it.id] != uuid.Nil && it.same == nil && !it.whole && !it.part {
			delete(m.ids, it.id)
			it.id = m.lead(it, it.id)
			m.claimID(it)
		}
	}
	return nil
}

// followMade finds what the records were merged into that earlier imports of the file made.
func (m *matching) followMade() error {
	var merged []uuid.UUID
	for id, one := range m.present {
		if one.MergedInto != nil && m.into[id] == uuid.Nil {
			merged = append(merged, id)
		}
	}
	into, err := m.s.Survivors(m.ctx, merged)
	for from, to := range into {
		m.into[from] = to
	}
	return err
}

// lead gives the record into which another was merged, and says so; the other where it was not.
func (m *matching) lead(it *item, id uuid.UUID) uuid.UUID {
	to := m.into[id]
	if to == uuid.Nil {
		return id
	}
	if it != nil {
		it.led = true
		if it.row >= 0 {
			m.notice("Row %d names what was merged into %s: that is meant.", m.rows[it.row].Number, to)
		}
	}
	return to
}

// followFound leads links, steps and claims that were found and merged into others to those, and
// what points at them as well.
func (m *matching) followFound() error {
	if err := m.followMade(); err != nil {
		return err
	}
	var wanted []uuid.UUID
	for _, it := range m.items {
		if to := m.into[it.id]; to != uuid.Nil && it.same == nil && !it.whole {
			wanted = append(wanted, to)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	present, err := m.s.PresentRecords(m.ctx, wanted)
	if err != nil {
		return err
	}
	for _, it := range m.items {
		to := m.into[it.id]
		if to == uuid.Nil || it.same != nil || it.whole {
			continue
		}
		it.id = m.lead(it, it.id)
		if first := m.ids[to]; first != nil && first.root() != it {
			m.claim(it, first)
			first.root().doc = merged(first.root().doc, it.doc, false)
			continue
		}
		m.ids[to] = it
		m.present[to] = present[to]
	}
	for _, it := range m.items {
		services.Repoint(it.id, it.doc, m.into)
	}
	return nil
}
