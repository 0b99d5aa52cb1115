package services

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/models"
)

// Recounted is what a recount changed.
type Recounted struct {
	// From is the version of the rules by which the database was counted, To that by which it is.
	From, To int
	// Changesets is how many were replayed; none when there was nothing to do.
	Changesets int64
	// Changes say what came out otherwise at present.
	Changes []RecountChange
}

// Recount brings what follows from the log up to this program's rules (models.Derivation): standings,
// spans and involvements of every log size, and the normal addresses of sources, so that what was
// known once is answered by today's rules too and Verify finds nothing. It replays the log, one
// changeset at a time, in one transaction: all of it happens, or nothing. It does nothing where the
// database was counted by these rules. progress, where it is not nil, hears how many changesets are
// replayed and of how many.
func (s *Services) Recount(ctx context.Context, progress func(done, of int64)) (Recounted, error) {
	var out Recounted
	err := s.db.Transaction(ctx, func(tx *gorm.DB) error {
		c := &recounting{s: s, tx: tx, progress: progress}
		err := c.run()
		out = c.out
		return err
	})
	if err != nil {
		return Recounted{}, err
	}
	return out, s.labelRecount(ctx, out.Changes)
}

// recounting is a recount under way.
type recounting struct {
	s        *Services
	tx       *gorm.DB
	progress func(done, of int64)
	out      Recounted
	// held are the records on hold, whose versions are brought back meanwhile.
	held []models.Record
}

func (c *recounting) run() error {
	if err := c.s.lockLog(c.tx); err != nil {
		return err
	}
	var row models.DerivationRow
	if err := c.tx.First(&row).Error; err != nil {
		return fmt.Errorf("read the version of the derivation: %w", err)
	}
	c.out.From, c.out.To = row.Version, models.Derivation
	switch {
	case row.Version > models.Derivation:
		return database.DerivationError(row.Version)
	}
	counted := false
	if host := models.HostOf(c.s.site); host != "" {
		var err error
		if counted, err = addSiteHost(c.tx, host); err != nil {
			return err
		}
	}
	if row.Version == models.Derivation && !counted {
		return nil
	}
	for _, step := range []func() error{c.remember, c.show, c.addresses, c.clear, c.replay, c.hide, c.mark, c.compare, c.forget} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// show brings back what is on hold: what followed from it before it was put on hold is counted too.
func (c *recounting) show() error {
	if err := c.tx.Order("id").Find(&c.held, "withheld_at IS NOT NULL").Error; err != nil {
		return fmt.Errorf("read what is on hold: %w", err)
	}
	return inChunks(idsOfRecords(c.held), func(chunk []uuid.UUID) error { return bringVersionsBack(c.tx, chunk) })
}

// hide puts it aside again, as it was.
func (c *recounting) hide() error {
	type hold struct {
		since  time.Time
		reason string
	}
	holds := map[hold][]uuid.UUID{}
	for _, record := range c.held {
		one := hold{*record.WithheldAt, record.WithheldFor}
		holds[one] = append(holds[one], record.ID)
	}
	for one, ids := range holds {
		err := inChunks(ids, func(chunk []uuid.UUID) error { return putAside(c.tx, chunk, one.since, one.reason) })
		if err != nil {
			return err
		}
	}
	return inChunks(idsOfRecords(c.held), func(chunk []uuid.UUID) error { return blankSpans(c.tx, chunk) })
}

func idsOfRecords(records []models.Record) []uuid.UUID {
	ids := make([]uuid.UUID, len(records))
	for i, record := range records {
		ids[i] = record.ID
	}
	return ids
}

// addresses normalises the addresses of all versions of sources anew.
func (c *recounting) addresses() error {
	var last models.SourceRow
	for {
		var rows []models.SourceRow
		err := c.tx.Select("id", "from_size", "url", "normal_url").Order("id, from_size").Limit(sliceSize).
			Find(&rows, "(url <> '' OR normal_url <> '') AND (id > ? OR id = ? AND from_size > ?)", last.ID, last.ID, last.FromSize).Error
		if err != nil {
			return fmt.Errorf("read the addresses of sources: %w", err)
		}
		for _, row := range rows {
			if err := c.address(row); err != nil {
				return err
			}
		}
		if len(rows) < sliceSize {
			return nil
		}
		last = rows[len(rows)-1]
	}
}

func (c *recounting) address(row models.SourceRow) error {
	normal := models.NormalURL(row.URL)
	if normal == row.NormalURL {
		return nil
	}
	return wrap(c.tx.Exec("UPDATE sources SET normal_url = ? WHERE id = ? AND from_size = ?", normal, row.ID, row.FromSize).Error,
		"normalise the address of source %s", row.ID)
}

// clear empties the tables of what is derived.
func (c *recounting) clear() error {
	for table := range derivedTables {
		if err := c.tx.Exec("DELETE FROM " + table).Error; err != nil {
			return fmt.Errorf("clear %s: %w", table, err)
		}
	}
	return nil
}

// replay derives, for each changeset in turn, what it changes, as its publication did.
func (c *recounting) replay() error {
	var all int64
	if err := c.tx.Model(&models.ChangesetRow{}).Where("status = 'published'").Count(&all).Error; err != nil {
		return fmt.Errorf("count changesets: %w", err)
	}
	next := int64(0)
	for {
		var rows []models.ChangesetRow
		err := c.tx.Select("id", "from_position", "to_size").Where("status = 'published' AND from_position >= ?", next).
			Order("from_position").Limit(1000).Find(&rows).Error
		if err != nil {
			return fmt.Errorf("read changesets: %w", err)
		}
		for _, row := range rows {
			if c.progress != nil {
				c.progress(c.out.Changesets, all)
			}
			if err := c.replayOne(*row.FromPosition, *row.ToSize); err != nil {
				return err
			}
			c.out.Changesets++
			next = *row.ToSize
		}
		if len(rows) == 0 {
			return nil
		}
	}
}

func (c *recounting) replayOne(base, size int64) error {
	w, err := rewriting(c.tx, base, size)
	if err != nil {
		return err
	}
	if w == nil {
		return models.Errorf(models.ErrInvalid, "The records cannot be recounted: a revision from %d to %d cannot be read. Run: plumbline verify", base, size-1)
	}
	return wrap(w.derive(), "recount the changeset that ends at log size %d", size)
}

// mark says by which rules the database is counted now.
func (c *recounting) mark() error {
	return wrap(c.tx.Model(&models.DerivationRow{}).Where("id = 1").Update("version", models.Derivation).Error, "store the version of the derivation")
}
