package services

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// Present is a record as it stands, for those who are about to write to it.
type Present struct {
	models.Record
	Document models.Document
}

// PresentRecords reads records as they stand, from the primary. Those that do not exist are left
// out; a merged one is given as what it is.
func (s *Services) PresentRecords(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]Present, error) {
	tx := s.db.Write(ctx)
	records, err := loadRecords(tx, ids)
	if err != nil {
		return nil, err
	}
	positions := make([]int64, 0, len(records))
	for _, record := range records {
		positions = append(positions, record.Revision)
	}
	documents, err := loadDocuments(tx, positions)
	if err != nil {
		return nil, err
	}

	present := make(map[uuid.UUID]Present, len(records))
	for id, record := range records {
		present[id] = Present{Record: record, Document: documents[record.Revision]}
	}
	return present, nil
}

// PresentVersion gives the number of a record's present version, from the primary: ErrNotFound when
// there is no such record.
func (s *Services) PresentVersion(ctx context.Context, id uuid.UUID) (int64, error) {
	records, err := loadRecords(s.db.Primary(ctx), []uuid.UUID{id})
	if err != nil {
		return 0, err
	}
	record, ok := records[id]
	if !ok {
		return 0, models.Errorf(models.ErrNotFound, "There is no record with the id %s.", id)
	}
	return record.Version, nil
}

// Survivors tells into which record each of those was merged in the end that were merged; the others
// are left out.
func (s *Services) Survivors(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]uuid.UUID, error) {
	into := map[uuid.UUID]uuid.UUID{}
	tx := s.db.Write(ctx)
	for wanted := ids; len(wanted) > 0; {
		var next []uuid.UUID
		err := inChunks(wanted, func(chunk []uuid.UUID) error {
			var rows []models.Record
			if err := tx.Select("id", "merged_into").Find(&rows, "id IN ? AND state = 'merged'", chunk).Error; err != nil {
				return fmt.Errorf("look up merges: %w", err)
			}
			for _, row := range rows {
				if _, known := into[row.ID]; !known && row.MergedInto != nil {
					into[row.ID] = *row.MergedInto
					next = append(next, *row.MergedInto)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		wanted = next
	}
	for from := range into {
		for next, more := into[into[from]]; more; next, more = into[into[from]] {
			into[from] = next
		}
	}
	return into, nil
}

// Repoint has a document, of the record with an id, point at what others were merged into.
func Repoint(id uuid.UUID, document models.Document, into map[uuid.UUID]uuid.UUID) {
	repoint(id, document, into)
}

// DocumentsAt reads older versions of records, by their ids. What does not exist is left out.
func (s *Services) DocumentsAt(ctx context.Context, versions map[uuid.UUID]int64) (map[uuid.UUID]models.Document, error) {
	tx := s.db.Write(ctx)
	found := map[uuid.UUID]models.Document{}
	err := inChunks(keys(versions), func(chunk []uuid.UUID) error {
		var rows []struct {
			RecordID uuid.UUID
			Version  int64
			Position int64
		}
		err := tx.Raw("SELECT record_id, version, position FROM revisions WHERE record_id ? ORDER BY position", among(chunk)).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("look up versions: %w", err)
		}
		at := map[int64]uuid.UUID{}
		var positions []int64
		for _, row := range rows {
			if row.Version == versions[row.RecordID] {
				at[row.Position] = row.RecordID
				positions = append(positions, row.Position)
			}
		}
		documents, err := loadDocuments(tx, positions)
		for position, document := range documents {
			found[at[position]] = document
		}
		return err
	})
	return found, err
}

// RecordsBySlug tells to which records slugs lead, old ones included.
func (s *Services) RecordsBySlug(ctx context.Context, slugs []string) (map[string]uuid.UUID, error) {
	found := map[string]uuid.UUID{}
	tx := s.db.Write(ctx)
	err := inChunks(slugs, func(chunk []string) error {
		var rows []models.SlugRow
		if err := tx.Find(&rows, "slug IN ?", chunk).Error; err != nil {
			return fmt.Errorf("look up slugs: %w", err)
		}
		for _, row := range rows {
			found[row.Slug] = row.RecordID
		}
		return nil
	})
	return found, err
}

// EntitiesByIdentifier tells which entity has an identifier at present.
func (s *Services) EntitiesByIdentifier(ctx context.Context, identifiers []models.Identifier) (map[models.Identifier]uuid.UUID, error) {
	values := make([]string, len(identifiers))
	for i, identifier := range identifiers {
		values[i] = identifier.Value
	}
	found := map[models.Identifier]uuid.UUID{}
	tx := s.db.Write(ctx)
	err := inChunks(values, func(chunk []string) error {
		var rows []models.IdentifierRow
		if err := tx.Find(&rows, "to_size IS NULL AND value IN ?", chunk).Error; err != nil {
			return fmt.Errorf("look up identifiers: %w", err)
		}
		for _, row := range rows {
			found[models.Identifier{Scheme: row.Scheme, Value: row.Value}] = row.RecordID
		}
		return nil
	})
	return found, err
}

// Namesake is a live entity that has a name.
type Namesake struct {
	Folded string
	ID     uuid.UUID
	Kind   models.EntityKind
	Name   string
	Slug   string
	Places []string `gorm:"-"`
}

// EntitiesByName lists the live entities that have one of the names, folded by models.Fold, as
// their main name or a further one.
func (s *Services) EntitiesByName(ctx context.Context, folded []string) (map[string][]Namesake, error) {
	found := map[string][]Namesake{}
	tx := s.db.Write(ctx)
	err := inChunks(folded, func(chunk []string) error {
		var rows []Namesake
		err := tx.Raw(`SELECT DISTINCT n.folded, e.id, e.kind, e.name, e.slug FROM entity_names n
			JOIN entities e ON e.id = n.record_id AND e.to_size IS NULL AND e.state = 'live'
			WHERE n.to_size IS NULL AND n.folded IN ? ORDER BY n.folded, e.id`, chunk).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("look up names: %w", err)
		}
		places, err := placesOf(tx, rows)
		for _, row := range rows {
			row.Places = places[row.ID]
			found[row.Folded] = append(found[row.Folded], row)
		}
		return err
	})
	return found, err
}

func placesOf(tx *gorm.DB, entities []Namesake) (map[uuid.UUID][]string, error) {
	ids := make([]uuid.UUID, len(entities))
	for i, entity := range entities {
		ids[i] = entity.ID
	}
	places := map[uuid.UUID][]string{}
	err := inChunks(ids, func(chunk []uuid.UUID) error {
		var rows []models.PlaceRow
		if err := tx.Order("record_id, place").Find(&rows, "to_size IS NULL AND record_id IN ?", chunk).Error; err != nil {
			return fmt.Errorf("look up places: %w", err)
		}
		for _, row := range rows {
			places[row.RecordID] = append(places[row.RecordID], row.Code)
		}
		return nil
	})
	return places, err
}

// SourcesByURL tells which live source has an address, as models.NormalURL writes it.
func (s *Services) SourcesByURL(ctx context.Context, normal []string) (map[string]uuid.UUID, error) {
	found := map[string]uuid.UUID{}
	tx := s.db.Write(ctx)
	err := inChunks(normal, func(chunk []string) error {
		var rows []models.SourceRow
		err := tx.Order("id DESC").Find(&rows, "to_size IS NULL AND state = 'live' AND normal_url IN ?", chunk).Error
		for _, row := range rows {
			found[row.NormalURL] = row.ID // the oldest, where several have it
		}
		return wrap(err, "look up addresses")
	})
	return found, err
}

// LinksBetween lists the live relationships that lead from one of the subjects to one of the
// objects.
func (s *Services) LinksBetween(ctx context.Context, subjects, objects []uuid.UUID) ([]models.RelationshipRow, error) {
	wanted := make(map[uuid.UUID]bool, len(objects))
	for _, id := range objects {
		wanted[id] = true
	}
	var links []models.RelationshipRow
	tx := s.db.Write(ctx)
	err := inChunks(subjects, func(chunk []uuid.UUID) error {
		query := tx.Where("to_size IS NULL AND state = 'live' AND subject_id IN ?", chunk)
		if len(wanted) <= chunkSize {
			query = query.Where("object_id IN ?", keys(wanted))
		}
		var rows []models.RelationshipRow
		err := query.Order("id").Find(&rows).Error
		for _, row := range rows {
			if wanted[row.ObjectID] {
				links = append(links, row)
			}
		}
		return wrap(err, "look up links")
	})
	return links, err
}

// StatusChangesOf lists the live status changes of records, by record.
func (s *Services) StatusChangesOf(ctx context.Context, records []uuid.UUID) (map[uuid.UUID][]models.StatusStep, error) {
	return loadSteps(s.db.Write(ctx), presently, records)
}

// Rehearse finds everything wrong with a changeset that Submit would find, on one snapshot, and
// writes nothing and holds nobody up. It takes the provisional ids of a draft. Its errors are those
// of Submit.
func (s *Services) Rehearse(ctx context.Context, by models.Actor, c models.Changeset) (err error) {
	if err := require(by, ActionPropose); err != nil {
		return err
	}
	if c.Operations, err = reidentified(c.Operations, finalIDs(c.Operations, false)); err != nil {
		return err
	}
	return s.db.ReadTransaction(ctx, func(tx *gorm.DB) error {
		w := s.newWriting(tx, by, by.Account, c)
		for _, step := range []func() error{w.prepared, w.find, w.check} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
}
