package services

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// Conflict is a record that changed after somebody looked at it, in the same fields that they
// want to change.
type Conflict struct {
	// Operation is the index of the operation in its changeset, from 0.
	Operation int
	Record    uuid.UUID
	Type      models.RecordType
	// Seen is the version that the operation names, Version the present one.
	Seen, Version int64
	// Fields are those that both changed. Empty where the operation retracts, restores or merges
	// a record that was edited meanwhile.
	Fields []FieldConflict
}

// FieldConflict is one field with its three values, as JSON; nil where a version has none.
type FieldConflict struct {
	Field                   string
	Base, Current, Proposed json.RawMessage
}

// rebased brings operations that name older versions up to the present ones: where nobody else
// changed the same fields, both changes stand. The others are conflicts, and left as they are.
func rebased(tx *gorm.DB, operations []models.Operation) ([]models.Operation, []Conflict, error) {
	versions, err := loadStale(tx, operations)
	if err != nil {
		return nil, nil, err
	}
	var conflicts []Conflict
	moved := append([]models.Operation{}, operations...)
	for i, op := range operations {
		v, stale := versions[op.ID]
		if !stale || op.Op == models.OpCreate {
			continue
		}
		conflict := Conflict{Operation: i, Record: op.ID, Type: op.Type, Seen: op.Version, Version: v.record.Version}
		if op.Data == nil {
			conflicts = append(conflicts, conflict)
			continue
		}
		document, fields, err := merged(op.Type, v.base, v.current, op.Data)
		if err != nil {
			return nil, nil, fmt.Errorf("rebase %s: %w", op.ID, err)
		}
		if len(fields) > 0 {
			conflict.Fields = fields
			conflicts = append(conflicts, conflict)
			continue
		}
		moved[i].Data, moved[i].Version = document, v.record.Version
	}
	return moved, conflicts, nil
}

// staleVersions are the version that an operation named, and the present one.
type staleVersions struct {
	record        models.Record
	base, current string
}

// loadStale loads both versions of the records that are at another version than the operations
// name, in three queries.
func loadStale(tx *gorm.DB, operations []models.Operation) (map[uuid.UUID]staleVersions, error) {
	var ids []uuid.UUID
	for _, op := range operations {
		if op.Version > 0 {
			ids = append(ids, op.ID)
		}
	}
	records, err := loadRecords(tx, ids)
	if err != nil {
		return nil, err
	}

	stale := map[uuid.UUID]staleVersions{}
	wanted := map[uuid.UUID]int64{}
	var versions []int64
	for _, op := range operations {
		record, exists := records[op.ID]
		if exists && op.Version > 0 && op.Version < record.Version {
			stale[op.ID] = staleVersions{record: record}
			wanted[op.ID] = op.Version
			versions = append(versions, op.Version, record.Version)
		}
	}
	versions = distinctNumbers(versions)
	err = inChunks(keys(wanted), func(chunk []uuid.UUID) error {
		var rows []models.Revision
		err := tx.Select("record_id", "version", "document").Find(&rows, "record_id IN ? AND version IN ?", chunk, versions).Error
		for _, row := range rows {
			v := stale[row.RecordID]
			if row.Version == wanted[row.RecordID] {
				v.base = row.Document
			}
			if row.Version == v.record.Version {
				v.current = row.Document
			}
			stale[row.RecordID] = v
		}
		return wrap(err, "load the versions that changed")
	})
	return stale, err
}

func distinctNumbers(numbers []int64) []int64 {
	seen := map[int64]bool{}
	for _, n := range numbers {
		seen[n] = true
	}
	return keys(seen)
}

// merged joins two changes of one version of a document, field by field. It gives the document
// with both, or the fields that both changed to different values.
func merged(t models.RecordType, base, current string, proposed models.Document) (models.Document, []FieldConflict, error) {
	before, err := textFields(t, base)
	if err != nil {
		return nil, nil, err
	}
	now, err := textFields(t, current)
	if err != nil {
		return nil, nil, err
	}
	wanted, err := documentFields(proposed)
	if err != nil {
		return nil, nil, err
	}

	var conflicts []FieldConflict
	for _, name := range fieldNames(before, now, wanted) {
		switch {
		case bytes.Equal(before[name], wanted[name]) || bytes.Equal(now[name], wanted[name]):
			// not proposed to change, or changed alike
		case bytes.Equal(before[name], now[name]):
			setField(now, name, wanted[name])
		default:
			conflicts = append(conflicts, FieldConflict{name, before[name], now[name], wanted[name]})
		}
	}
	document, err := documentOf(t, now)
	return document, conflicts, err
}

// textFields gives the fields of a stored document as its type writes them, so that they can be
// compared with those of another.
func textFields(t models.RecordType, text string) (map[string]json.RawMessage, error) {
	document, err := readDocument(t, text)
	if err != nil {
		return nil, err
	}
	return documentFields(document)
}

// documentOf makes a document of fields.
func documentOf(t models.RecordType, fields map[string]json.RawMessage) (models.Document, error) {
	return readDocument(t, mustJSON(fields))
}

func setField(fields map[string]json.RawMessage, name string, value json.RawMessage) {
	if value == nil {
		delete(fields, name)
		return
	}
	fields[name] = value
}

// fieldNames lists the names of the fields of several documents, in order.
func fieldNames(documents ...map[string]json.RawMessage) []string {
	names := map[string]bool{}
	for _, fields := range documents {
		for name := range fields {
			names[name] = true
		}
	}
	return sorted(keys(names))
}

// conflicting is the error of a changeset that cannot be rebased.
func conflicting(conflicts []Conflict) error {
	err := models.Errorf(models.ErrStale, "Nothing was written. %s changed meanwhile in the same fields: look at the three values of each, and amend the proposal.",
		count(len(conflicts), "record", "records"))
	for _, c := range conflicts {
		if len(c.Fields) == 0 {
			err.Problems = append(err.Problems, models.Problem{Operation: c.Operation, Pointer: "/version",
				Message: fmt.Sprintf("The record is at version %d now; the proposal was made on version %d.", c.Version, c.Seen)})
		}
		for _, field := range c.Fields {
			err.Problems = append(err.Problems, models.Problem{Operation: c.Operation, Pointer: "/" + field.Field,
				Message: fmt.Sprintf("Somebody else changed %q meanwhile (version %d).", field.Field, c.Version)})
		}
	}
	err.Current = conflicts
	return err
}
