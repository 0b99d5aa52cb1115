package services

import (
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/models"
)

// Who an undisclosed entity is, is the gravest thing that can be said here, so it is said in one way
// alone: by Name, with who says so and a source that counts. Every changeset is looked at for the
// other doors to the same statement: a merge in either direction, an edit of the identity, a name or
// an identifier, an edit by which something moves from the undisclosed entity to a named one (see
// moved.go), and a retraction of what the naming rests on.

// identities are what a changeset needs to know for that.
type identities struct {
	// kinds holds the kinds of records that go from a list or place of another record, come there or
	// stay; hidden those that are undisclosed, or links and steps of links that have such an end.
	kinds  map[uuid.UUID]string
	hidden map[uuid.UUID]bool
	// names are those of disclosed entities, folded.
	names map[string]bool
	// namings holds what claims named, that are written.
	namings map[uuid.UUID][]namingRow
	// said are links of which steps or claims say something, that are given other ends.
	said map[uuid.UUID]bool
	// sources tells which sources count.
	sources sourceGraph
}

// namingRow is an entity that was named, with the claim that says who it is.
type namingRow struct{ ClaimID, NamedID, ChangesetID uuid.UUID }

// findIdentities asks for them. Few changesets need any, and none that only creates does.
func (w *writing) findIdentities(reads *database.Reads) error {
	f := &identities{kinds: map[uuid.UUID]string{}, hidden: map[uuid.UUID]bool{}, names: map[string]bool{}, namings: map[uuid.UUID][]namingRow{}, said: map[uuid.UUID]bool{}}
	w.found.identities = f
	var ids, claims, links, cited []uuid.UUID
	var names []string
	for _, one := range w.writes {
		if _, is := one.old.(*models.Claim); is && one.document != nil {
			claims = append(claims, one.ID)
		}
		if one.Op.Joins() && one.Into != nil {
			ids = append(ids, *one.Into)
			names = append(names, namesAfter(w.byID[*one.Into])...)
			if _, isEntity := one.old.(*models.Entity); isEntity {
				cited = append(cited, w.citedFor(*one.Into)...)
			}
		}
		for _, m := range w.moves(one) {
			if m.fixed() && !w.exact {
				links = append(links, one.ID)
			}
			ids = append(ids, m.ids()...)
			cited = append(cited, citedSources(one.Data.Cited())...)
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
		`SELECT s.id, 'step' AS kind, e.identity = 'undisclosed' AS hidden FROM status_changes s JOIN relationships r ON r.id = s.record_id AND r.to_size IS NULL
			JOIN entities e ON e.id IN (r.subject_id, r.object_id) AND e.to_size IS NULL WHERE s.to_size IS NULL AND s.id ?`,
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
	ask(reads, "find namings", claims, func(tx *gorm.DB, some []uuid.UUID, rows *[]namingRow) *gorm.DB {
		return tx.Raw(`SELECT c.record_id AS claim_id, n.record_id AS named_id, n.changeset_id FROM revisions c
			JOIN revisions n ON n.changeset_id = c.changeset_id AND n.op = 'name'
			JOIN records r ON r.id = n.record_id AND r.state = 'merged' WHERE c.version = 1 AND c.record_id ?`, among(some)).Find(rows)
	}, func(one namingRow) error {
		f.namings[one.ClaimID] = append(f.namings[one.ClaimID], one)
		return nil
	})
	w.askSaid(reads, links)
	if err := reads.Run(); err != nil {
		return err
	}
	for id := range f.namings {
		cited = append(cited, citedSources(w.byID[id].document.Cited())...)
	}
	return w.findCounting(cited)
}

// citedFor are the sources of what a changeset writes to an entity, and of the claims that it
// publishes about it.
func (w *writing) citedFor(id uuid.UUID) []uuid.UUID {
	var cited []uuid.UUID
	for _, one := range w.writes {
		claim, is := one.document.(*models.Claim)
		if one.ID == id && one.document != nil || is && slices.Contains(claim.About, id) {
			cited = append(cited, citedSources(one.document.Cited())...)
		}
	}
	return cited
}

// findCounting finds out which of some sources count, as they are after the changeset.
func (w *writing) findCounting(cited []uuid.UUID) error {
	d := newDerivation(w.tx, presently)
	w.found.identities.sources = d.sources
	if len(cited) == 0 {
		return nil
	}
	for _, one := range w.writes {
		if source, ok := one.document.(*models.Source); ok {
			for _, ref := range source.References() {
				cited = append(cited, ref.ID)
			}
		}
	}
	d.askSourcesOf(cited)
	if err := d.reads.Run(); err != nil {
		return err
	}
	for _, one := range w.writes {
		if source, ok := one.document.(*models.Source); ok {
			facts := factsOf(one.ID, source)
			facts.retracted = one.state == models.StateRetracted
			d.sources.facts[one.ID] = facts
		}
	}
	d.sources.gather()
	return nil
}

// counts reports whether one of some citations is of a source that counts.
func (w *writing) counts(citations []models.Citation) bool {
	return w.found.identities.sources.evidenced(citations)
}
