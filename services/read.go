package services

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// Get gives one record of a type, by its id or, for an entity, by its slug, as the one record
// of a page. A merged id and an old slug lead to the record that stands in its place, so that
// its id or slug differs from what was asked. A retracted record is given as such. ErrNotFound
// when there is none, or none was known at the moment.
func (s *Services) Get(ctx context.Context, _ models.Actor, t models.RecordType, idOrSlug string, m Moment) (Page, error) {
	r, err := s.read(ctx, m)
	if err != nil {
		return Page{}, err
	}
	record, err := r.survivor(idOrSlug)
	if err != nil {
		return Page{}, err
	}
	if t != "" && record.Type != t {
		return Page{}, models.Errorf(models.ErrNotFound, "There is no %s with the id or slug %q.", label(t), shorten(idOrSlug))
	}
	page := Page{Resolved: r.Resolved}
	rows, err := r.rowsOf(record)
	if err != nil {
		return Page{}, err
	}
	if len(rows) == 0 {
		return Page{}, models.Errorf(models.ErrNotFound, "This %s was not known then. Choose a later known_at.", label(record.Type))
	}
	return page, r.complete(&page, rows)
}

// rowsOf reads a record at the moment: one row, or none when it was not known.
func (r *reading) rowsOf(record models.Record) ([]recordRow, error) {
	text := fmt.Sprintf("SELECT %s, '' AS sort_key FROM %s t %s WHERE {held:t} AND t.id = ?", recordColumns, listings[record.Type].table, recordJoins)
	rows, err := scan[recordRow](r.raw(text, record.ID))
	return rows, wrap(err, "read %s", record.ID)
}

// Find gives the id and type of the record that an id or slug leads to.
func (s *Services) Find(ctx context.Context, _ models.Actor, idOrSlug string) (uuid.UUID, models.RecordType, error) {
	record, err := survivor(s.db.Read(ctx), idOrSlug)
	return record.ID, record.Type, err
}

// survivor finds the record that an id or slug leads to at present, through merges: ErrNotFound
// when there is none.
func survivor(tx *gorm.DB, idOrSlug string) (models.Record, error) {
	return (&reading{tx: tx}).survivor(idOrSlug)
}

// survivor finds the record that an id or slug led to at the moment, through the merges that were
// known then: ErrNotFound when there is none, ErrWithheld when it is on hold now.
func (r *reading) survivor(idOrSlug string) (models.Record, error) {
	if record, known := r.together().record(r.view(), idOrSlug); known {
		return record, nil
	}
	id, isID := parseRecord(idOrSlug)
	from, value := "SELECT id FROM records WHERE id = ?", any(id)
	if strings.ContainsRune(idOrSlug, 0) { // PostgreSQL has no text with NUL
		return models.Record{}, models.Errorf(models.ErrNotFound, "There is no record with such an id or slug.")
	}
	if !isID {
		from, value = "SELECT record_id AS id FROM slugs WHERE slug = ?", idOrSlug
	}
	var chain []models.Record
	err := r.tx.Raw(`
		WITH RECURSIVE chain (id, depth) AS (
			SELECT id, 0 FROM (`+from+`) f
			UNION
			SELECT m.merged_into, c.depth + 1 FROM chain c `+r.merges()+` WHERE m.merged_into IS NOT NULL AND c.depth < 100
		)
		SELECT r.* FROM chain c JOIN records r ON r.id = c.id ORDER BY c.depth DESC LIMIT 1`, value).Scan(&chain).Error
	if err != nil {
		return models.Record{}, fmt.Errorf("find %s: %w", shorten(idOrSlug), err)
	}
	if len(chain) == 0 {
		return models.Record{}, models.Errorf(models.ErrNotFound, "There is no record with the id or slug %q.", shorten(idOrSlug))
	}
	if chain[0].WithheldAt != nil {
		return chain[0], withheld(chain[0])
	}
	r.together().leads(r.view(), idOrSlug, chain[0])
	return chain[0], nil
}

// merges joins to a chain of records, c, what says into which others they were merged, m.
func (r *reading) merges() string {
	if !r.Past {
		return "JOIN records m ON m.id = c.id"
	}
	return fmt.Sprintf("JOIN revisions m ON m.record_id = c.id AND m.version = (SELECT max(o.version) FROM revisions o WHERE o.record_id = c.id AND o.position < %d)", r.Size)
}

// Published gives the nth record that a changeset wrote, as that changeset left it, whatever others
// published since; labels and what is derived are of that moment too. ErrWithheld where the record
// was put on hold since.
func (s *Services) Published(ctx context.Context, _ models.Actor, out Outcome, n int) (page Page, err error) {
	written := out.Written[n]
	page.Resolved = Resolved{AsOf: s.today(), Past: true, Size: out.Size}
	r := &reading{tx: s.db.Write(ctx), Resolved: page.Resolved}
	rows, err := r.rowsOf(models.Record{ID: written.ID, Type: written.Type})
	if err != nil {
		return Page{}, err
	}
	if len(rows) == 0 {
		return Page{}, models.Errorf(models.ErrWithheld, "It was published as version %d, and the record is withheld since.", written.Version)
	}
	return page, r.complete(&page, rows)
}

// GetWritten gives a record as it stands, from the primary: for who is about to write to it.
func (s *Services) GetWritten(ctx context.Context, _ models.Actor, id uuid.UUID) (page Page, err error) {
	r, err := s.read(ctx, Moment{})
	if err != nil {
		return Page{}, err
	}
	r.tx = s.db.Write(ctx)
	head, err := headCheckpoint(r.tx)
	if err != nil {
		return Page{}, err
	}
	r.Size = head.Size
	record, err := survivor(r.tx, id.String())
	if err != nil {
		return Page{}, err
	}
	rows, err := r.rowsOf(record)
	if err != nil {
		return Page{}, err
	}
	page.Resolved = r.Resolved
	return page, r.complete(&page, rows)
}
