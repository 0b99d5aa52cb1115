package services

import (
	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/models"
)

// A page has one source, so that it is counted once: the same address a second time leads to the
// first. What had the address of another before there was this rule may keep it.

// addressOf gives the normal address of the live source that a write leaves; "" where it leaves none.
func (one *write) addressOf() string {
	source, ok := one.document.(*models.Source)
	if !ok || one.state != models.StateLive {
		return ""
	}
	return models.NormalURL(source.URL)
}

// moved reports whether a write gives its source an address that it did not have.
func (one *write) moved(address string) bool {
	if address == "" || one.before == nil {
		return address != ""
	}
	before, ok := one.old.(*models.Source)
	switch {
	case !ok || one.Op == models.OpRedact:
		return false
	case one.before.State == models.StateMerged: // the undoing of a merge restores what was there
		return false
	}
	return one.before.State != models.StateLive || models.NormalURL(before.URL) != address
}

// findAddresses asks which sources have the addresses that the changeset gives to others.
func (w *writing) findAddresses(reads *database.Reads) {
	var addresses []string
	for _, one := range w.writes {
		source, ok := one.document.(*models.Source)
		if ok && source.URL != "" && one.Op != models.OpRetract {
			addresses = append(addresses, models.NormalURL(source.URL))
		}
	}
	ask(reads, "find addresses", addresses, func(tx *gorm.DB, some []string, rows *[]models.SourceRow) *gorm.DB {
		return tx.Select("id", "title", "url", "normal_url").Order("id").Find(rows, "to_size IS NULL AND state = 'live' AND normal_url <> '' AND normal_url IN ?", some)
	}, func(row models.SourceRow) error {
		w.found.addresses[row.NormalURL] = append(w.found.addresses[row.NormalURL], models.KnownSource{ID: row.ID, Title: row.Title, URL: row.URL})
		return nil
	})
}

// checkAddresses refuses a second source with the address of another, and names that one.
func (w *writing) checkAddresses() {
	given := map[string]*write{}
	for _, one := range w.writes {
		address := one.addressOf()
		if !one.moved(address) {
			continue
		}
		known := w.holder(one, address)
		if first := given[address]; known == nil && first != nil {
			source := first.document.(*models.Source)
			known = &models.KnownSource{ID: first.ID, Title: source.Title, URL: source.URL}
		}
		if known == nil {
			given[address] = one
			continue
		}
		w.problem(one.index, "/url", "The source “%s” has this address already. Use that one: a page has one source, so that it counts once.", shorten(known.Title))
		w.problems[len(w.problems)-1].Known = known
	}
}

// holder is the first other source that has an address before and after the changeset; nil for none.
func (w *writing) holder(self *write, address string) *models.KnownSource {
	for _, known := range w.found.addresses[address] {
		other := w.byID[known.ID]
		if known.ID != self.ID && (other == nil || other.addressOf() == address) {
			return &known
		}
	}
	return nil
}

// originalRow says of which source another is a copy.
type originalRow struct{ RecordID, TargetID uuid.UUID }

// findOriginals asks of what the sources are copies of which the changeset makes copies, and so on.
func (w *writing) findOriginals(reads *database.Reads) {
	var ids []uuid.UUID
	for _, one := range w.writes {
		if source, ok := one.document.(*models.Source); ok && source.CopyOf != nil {
			ids = append(ids, *source.CopyOf)
		}
	}
	ask(reads, "find originals", ids, func(tx *gorm.DB, some []uuid.UUID, rows *[]originalRow) *gorm.DB {
		return tx.Raw(`WITH RECURSIVE copies (id) AS (
				SELECT id FROM records WHERE id ?
				UNION
				SELECT l.target_id FROM copies c JOIN record_links l ON l.record_id = c.id AND l.role = 'copy_of' AND l.to_size IS NULL
			) SELECT l.record_id, l.target_id FROM copies c JOIN record_links l ON l.record_id = c.id AND l.role = 'copy_of' AND l.to_size IS NULL`, among(some)).Find(rows)
	}, func(row originalRow) error {
		w.found.originals[row.RecordID] = row.TargetID
		return nil
	})
}

// checkCopies refuses copies that are copies of each other in a circle.
func (w *writing) checkCopies() {
	original := func(id uuid.UUID) (uuid.UUID, bool) {
		if one := w.byID[id]; one != nil {
			source, ok := one.document.(*models.Source)
			if !ok || source.CopyOf == nil {
				return uuid.Nil, false
			}
			return *source.CopyOf, true
		}
		next, ok := w.found.originals[id]
		return next, ok
	}
	for _, one := range w.writes {
		source, ok := one.Data.(*models.Source)
		if !ok || source.CopyOf == nil || *source.CopyOf == one.ID { // itself: said already
			continue
		}
		visited := map[uuid.UUID]bool{}
		for next, more := *source.CopyOf, true; more && !visited[next]; next, more = original(next) {
			visited[next] = true
			if next == one.ID {
				w.problem(one.index, "/copy_of", "%s", circle)
				break
			}
		}
	}
}

// circle is what is wrong with copies of each other.
const circle = "That source is a copy of this one, directly or through others. Of two, the earlier is the original: leave this out there or here."
