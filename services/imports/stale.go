package imports

import (
	"context"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// A file of ours says of each record which version it shows. What somebody changed since must not be
// undone in silence by what the file says still.

// CodeStale is that of a row whose record was changed since the file was made.
const CodeStale = "changed_since"

// past says that the file shows what was known at an instant; "" is the present.
func (c *content) past(knownAt string) {
	if at, err := time.Parse(time.RFC3339Nano, knownAt); err == nil {
		c.notice("This is a file of what was known on %s: not the present. Nothing that was changed since is changed back.", models.DayOf(at).Label())
	}
}

// leftOut says that the record of a row did not stand where the file was made.
func (c *content) leftOut(row int) {
	c.once("left out", "Records that were retracted or merged into others are left out, the first in row %d.", c.rows[row].Number)
}

// once adds a notice of a kind, the first time.
func (c *content) once(kind, format string, args ...any) {
	if c.told == nil {
		c.told = map[string]bool{}
	}
	if !c.told[kind] {
		c.told[kind] = true
		c.notice(format, args...)
	}
}

// loadBases reads the versions that rows show of records that were changed since.
func (p *Plan) loadBases(ctx context.Context) (err error) {
	versions := map[uuid.UUID]int64{}
	for _, it := range p.items {
		if it.same == nil && it.found != nil && it.version > 0 && it.version < it.found.Version {
			versions[it.id] = it.version
		}
	}
	p.bases, err = p.s.DocumentsAt(ctx, versions)
	return err
}

// stale decides what becomes of a row that says otherwise than its record, and shows an older version
// of it: nothing, where it says what that version said. It reports whether it decided.
func (p *Plan) stale(it *item, row models.Document) bool {
	older := it.version > 0 && it.version < it.found.Version
	if it.fate == fateSame || !older && (it.knownAt == "" || it.version > 0) {
		return false
	}
	if base := p.bases[it.id]; older && base != nil {
		after := row
		if !it.whole {
			after = p.with(base, &item{row: it.row, version: it.version, named: it.named, doc: row})
		}
		after.Clean()
		if sameJSON(base, after) {
			it.fate, it.doc = fateSame, it.found.Document
			p.once("stale", "Records were changed since this file was made, and it says of them what was said then: they stay as they are, the first in row %d.", p.rows[it.row].Number)
			return true
		}
	}
	if older {
		p.wrong(it, "/id", CodeStale, "This is changed from version %d of the record, which is at version %d now. Download it again and change that, so that nobody's edit is lost.", it.version, it.found.Version)
	} else {
		p.wrong(it, "/id", CodeStale, "This shows what was known at %s, and says otherwise than the record does now. Download the present, and change that.", it.knownAt)
	}
	return true
}

// checkTwins refuses rows whose id and slug, side by side, lead to different records: somebody
// changed one of them.
func (m *matching) checkTwins() {
	for _, it := range m.items {
		for _, r := range it.refs {
			id, err := uuid.Parse(r.text)
			if r.twin == "" || r.twin == r.text || r.twin == models.Withheld || r.twin == services.UnknownThen || err != nil {
				continue
			}
			other := m.knownSlugs[r.twin]
			if made := m.slugs[r.twin]; other == uuid.Nil && made != nil {
				other = made.root().id
			}
			switch {
			case other == id || m.present[id].MergedInto != nil || m.present[other].MergedInto != nil:
			case !slugged(r.pointer) && other == uuid.Nil: // a label, which may have changed
			case other == uuid.Nil && m.ids[id] == nil && m.present[id].ID == uuid.Nil: // neither is here, which is said of the id
			default:
				m.problem(it.row, r.column, CodeAmbiguous, "Beside this id stands %q, which does not lead to the same record. Clear the one that is wrong.", clip(r.twin))
				it.bad = true
			}
		}
	}
}

// slugged reports whether the column of a reference itself holds slugs.
func slugged(pointer string) bool { return pointer != "/record" && pointer != "/claim" }
