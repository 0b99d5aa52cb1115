package services

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// found is what a changeset needs to know of the records that exist.
type found struct {
	// records holds every record that the changeset writes or points at.
	records map[uuid.UUID]models.Record
	// kinds holds the entity kind, relationship type or open item kind of records pointed at,
	// those that the changeset makes included.
	kinds map[uuid.UUID]string
	// slugs tells to which record a slug leads already.
	slugs map[string]uuid.UUID
	// identifiers tells which entity has an identifier already.
	identifiers map[models.Identifier]uuid.UUID
	// steps holds the present status changes of records whose history the changeset touches.
	steps map[uuid.UUID][]models.StatusStep
}

// find loads it, in a number of queries that does not depend on the changeset's size.
func (w *writing) find() error {
	w.found = &found{kinds: map[uuid.UUID]string{}, slugs: map[string]uuid.UUID{},
		identifiers: map[models.Identifier]uuid.UUID{}, steps: map[uuid.UUID][]models.StatusStep{}}
	for _, step := range []func() error{w.findRecords, w.findOld, w.findKinds, w.findSlugs, w.findIdentifiers, w.findSteps} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) findRecords() error {
	var ids []uuid.UUID
	for _, one := range w.writes {
		ids = append(ids, one.ID)
		for _, ref := range one.references() {
			ids = append(ids, ref.ID)
		}
	}

	records, err := loadRecords(w.tx, ids)
	w.found.records = records
	return err
}

func (one *write) references() []models.Reference {
	if one.Data == nil {
		return nil
	}
	return one.Data.References()
}

// findOld sets what each written record is now, and what it will be.
func (w *writing) findOld() error {
	var positions []int64
	for _, one := range w.writes {
		record, exists := w.found.records[one.ID]
		if !exists {
			continue
		}
		one.before = &record
		one.version = record.Version + 1
		if one.Op != models.OpCreate {
			positions = append(positions, record.Revision)
		}
	}

	documents, err := loadDocuments(w.tx, positions)
	if err != nil {
		return err
	}
	for _, one := range w.writes {
		one.state = w.stateAfter(one)
		if one.before == nil {
			one.version = 1
			continue
		}
		one.old = documents[one.before.Revision]
		if one.document == nil {
			one.document = one.old
		}
	}
	return nil
}

// kindColumns tells which column of which table is the kind of a record of a type.
var kindColumns = map[models.RecordType][2]string{
	models.TypeEntity:       {"entities", "kind"},
	models.TypeRelationship: {"relationships", "type"},
	models.TypeOpenItem:     {"open_items", "kind"},
}

func (w *writing) findKinds() error {
	byType := map[models.RecordType][]uuid.UUID{}
	for _, one := range w.writes {
		for _, ref := range one.references() {
			t := w.found.records[ref.ID].Type
			byType[t] = append(byType[t], ref.ID)
		}
	}

	for _, t := range []models.RecordType{models.TypeEntity, models.TypeRelationship, models.TypeOpenItem} {
		if err := w.findKindsOf(t, byType[t]); err != nil {
			return err
		}
	}
	for _, one := range w.writes {
		if one.Data != nil {
			w.found.kinds[one.ID] = kindOf(one.Data)
		}
	}
	return nil
}

func (w *writing) findKindsOf(t models.RecordType, ids []uuid.UUID) error {
	table, column := kindColumns[t][0], kindColumns[t][1]
	return inChunks(ids, func(chunk []uuid.UUID) error {
		var rows []struct {
			ID   uuid.UUID
			Kind string
		}
		query := fmt.Sprintf("SELECT id, %s AS kind FROM %s WHERE to_size IS NULL AND id ?", column, table)
		if err := w.tx.Raw(query, among(chunk)).Scan(&rows).Error; err != nil {
			return fmt.Errorf("find kinds in %s: %w", table, err)
		}
		for _, row := range rows {
			w.found.kinds[row.ID] = row.Kind
		}
		return nil
	})
}

// kindOf is a document's entity kind, relationship type, status, stance, source or open item
// kind: what involvements repeat and filters ask for.
func kindOf(document models.Document) string {
	switch d := document.(type) {
	case *models.Entity:
		return string(d.Kind)
	case *models.Relationship:
		return string(d.Type)
	case *models.StatusChange:
		return string(d.Status)
	case *models.Claim:
		return string(d.Stance)
	case *models.Source:
		return d.Kind
	case *models.OpenItem:
		return d.Kind
	}
	return ""
}

// findSlugs gives every entity without a slug one that is free, and looks up those given.
func (w *writing) findSlugs() error {
	wanted := map[string]bool{}
	for _, one := range w.writes {
		if entity, ok := one.Data.(*models.Entity); ok {
			for _, slug := range slugCandidates(one, entity) {
				wanted[slug] = true
			}
		}
	}

	return inChunks(keys(wanted), func(chunk []string) error {
		var rows []models.SlugRow
		if err := w.tx.Find(&rows, "slug IN ?", chunk).Error; err != nil {
			return fmt.Errorf("find slugs: %w", err)
		}
		for _, row := range rows {
			w.found.slugs[row.Slug] = row.RecordID
		}
		return nil
	})
}

// slugCandidates lists the slugs that an entity may get: the one given, the one it has, or
// those made from its name, best first.
func slugCandidates(one *write, entity *models.Entity) []string {
	if entity.Slug != "" {
		return []string{entity.Slug}
	}
	if old, ok := one.old.(*models.Entity); ok {
		return []string{old.Slug}
	}

	base := models.Slug(entity.Name)
	if base == "" {
		base = string(entity.Kind)
	}
	tail := one.ID.String()[24:]
	return []string{base, models.NumberedSlug(base, 2), models.NumberedSlug(base, 3), strings.TrimRight(base[:min(len(base), 60)], "-") + "-" + tail}
}

func (w *writing) findIdentifiers() error {
	var values []string
	for _, one := range w.writes {
		if entity, ok := one.Data.(*models.Entity); ok {
			for _, id := range entity.Identifiers {
				values = append(values, id.Value)
			}
		}
	}

	return inChunks(values, func(chunk []string) error {
		var rows []models.IdentifierRow
		if err := w.tx.Find(&rows, "to_size IS NULL AND value IN ?", chunk).Error; err != nil {
			return fmt.Errorf("find identifiers: %w", err)
		}
		for _, row := range rows {
			w.found.identifiers[models.Identifier{Scheme: row.Scheme, Value: row.Value}] = row.RecordID
		}
		return nil
	})
}

// findSteps loads the status changes of every record whose history the changeset touches.
func (w *writing) findSteps() error {
	var ids []uuid.UUID
	for _, one := range w.writes {
		for _, document := range []models.Document{one.old, one.document} {
			if change, ok := document.(*models.StatusChange); ok {
				ids = append(ids, change.Record)
			}
		}
	}
	steps, err := loadSteps(w.tx, presently, ids)
	w.found.steps = steps
	return err
}

// loadRecords loads the records with the given ids.
func loadRecords(tx *gorm.DB, ids []uuid.UUID) (map[uuid.UUID]models.Record, error) {
	records := map[uuid.UUID]models.Record{} // of a new record's ids there are none
	err := inChunks(ids, func(chunk []uuid.UUID) error {
		var rows []models.Record
		if err := tx.Find(&rows, "id ?", among(chunk)).Error; err != nil {
			return fmt.Errorf("load records: %w", err)
		}
		for _, row := range rows {
			records[row.ID] = row
		}
		return nil
	})
	return records, err
}

// loadDocuments loads the documents of revisions by their log positions.
func loadDocuments(tx *gorm.DB, positions []int64) (map[int64]models.Document, error) {
	documents := make(map[int64]models.Document, len(positions))
	err := inChunks(positions, func(chunk []int64) error {
		var rows []models.Revision
		if err := tx.Select("position", "type", "document").Find(&rows, "position IN ?", chunk).Error; err != nil {
			return fmt.Errorf("load documents: %w", err)
		}
		for _, row := range rows {
			document, err := readDocument(row.Type, row.Document)
			if err != nil {
				return fmt.Errorf("read revision %d: %w", row.Position, err)
			}
			documents[row.Position] = document
		}
		return nil
	})
	return documents, err
}

// loadSteps loads the live status changes of records, in no order.
func loadSteps(tx *gorm.DB, view view, ids []uuid.UUID) (map[uuid.UUID][]models.StatusStep, error) {
	steps := make(map[uuid.UUID][]models.StatusStep, len(ids))
	err := inChunks(ids, func(chunk []uuid.UUID) error {
		var rows []models.StatusChangeRow
		if err := tx.Find(&rows, view.held("")+" AND state = 'live' AND record_id ?", among(chunk)).Error; err != nil {
			return fmt.Errorf("load status changes: %w", err)
		}
		for _, row := range rows {
			steps[row.RecordID] = append(steps[row.RecordID], row.Step())
		}
		return nil
	})
	return steps, err
}

// chunkSize keeps statements below both engines' limits of parameters.
const chunkSize = 5000

// inChunks calls f with runs of distinct values, never with none.
func inChunks[T comparable](values []T, f func(chunk []T) error) error {
	seen := make(map[T]bool, len(values))
	distinct := make([]T, 0, len(values))
	for _, v := range values {
		if !seen[v] {
			seen[v] = true
			distinct = append(distinct, v)
		}
	}
	for chunk := range slices.Chunk(distinct, chunkSize) {
		if err := f(chunk); err != nil {
			return err
		}
	}
	return nil
}

func keys[K comparable, V any](m map[K]V) []K {
	list := make([]K, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	return list
}
