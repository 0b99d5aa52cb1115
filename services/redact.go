package services

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// Tombstone stands where a value was redacted.
const Tombstone = "[redacted]"

// redactable lists, by record type, the fields whose text a redaction may erase: those that
// people write freely, and on which no other record depends.
var redactable = map[models.RecordType][]string{
	models.TypeEntity:       {"name", "names", "summary"},
	models.TypeRelationship: {"quantity", "role", "title", "description"},
	models.TypeStatusChange: {"scope", "reason"},
	models.TypeClaim:        {"text"},
	models.TypeSource:       {"title", "summary", "captures"},
	models.TypeOpenItem:     {"text"},
}

// RedactReasons stands for what was said about the edits of a record, where a field is named to be
// redacted: their reasons, and the summaries, notes and comments of the changesets that made them.
const RedactReasons = "reasons"

// Redactable lists what of a record of a type can be redacted.
func Redactable(t models.RecordType) []string {
	return append(slices.Clone(redactable[t]), RedactReasons)
}

// setTombstones marks the redacted fields of a stored document, which are null there.
func setTombstones(document models.Document, text string) error {
	if !strings.Contains(text, ":null") {
		return nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return fmt.Errorf("read members: %w", err)
	}
	fields, tombstone := fieldsOf(reflect.ValueOf(document).Elem()), Tombstone
	if isWithheld(text) {
		tombstone = models.Withheld
	}
	for _, name := range redactable[document.RecordType()] {
		if string(members[name]) == "null" && fields[name].Kind() == reflect.String {
			fields[name].SetString(tombstone)
		}
	}
	return nil
}

// Redact erases the value of a field, which the law forces out, from every version of a record,
// together with the salts of its commitments. The log still verifies; a tombstone and a new
// revision say that, when, by whom and why it was done. The reason is public: it must not
// repeat the value. With an entity's name go its slugs. RedactReasons in place of a field erases
// what was said about its edits.
func (s *Services) Redact(ctx context.Context, by models.Actor, id uuid.UUID, field, reason string) (out Outcome, err error) {
	if err := require(by, ActionRedact); err != nil {
		return Outcome{}, err
	}
	var files []string
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		redact := func() (Outcome, error) {
			if field == "captures" {
				if err := tx.Raw("SELECT DISTINCT sha256 FROM captures WHERE record_id = ?", id).Scan(&files).Error; err != nil {
					return Outcome{}, fmt.Errorf("find the files of %s: %w", id, err)
				}
			}
			return s.redact(tx, by, id, field, reason)
		}
		record, missing := recordOf(tx, id)
		if missing == nil && record.WithheldAt != nil {
			out, err = s.redactWithheld(tx, by, record, redact)
			return err
		}
		out, err = redact()
		return err
	})
	if err != nil {
		return Outcome{}, err
	}
	return out, s.forgetFiles(ctx, files)
}

func (s *Services) redact(tx *gorm.DB, by models.Actor, id uuid.UUID, field, reason string) (Outcome, error) {
	w := s.newWriting(tx, by, by.Account, models.Changeset{Summary: "Redaction of " + field})
	w.problems = nil
	if err := w.lock(); err != nil {
		return Outcome{}, err
	}
	records, err := loadRecords(tx, []uuid.UUID{id})
	if err != nil {
		return Outcome{}, err
	}
	record, exists := records[id]
	if err := checkRedaction(record, exists, id, field, reason); err != nil {
		return Outcome{}, err
	}

	versions, err := loadVersions(tx, id)
	if err != nil {
		return Outcome{}, err
	}
	if err := w.tombstone(record, versions, field, reason); err != nil {
		return Outcome{}, err
	}
	effect := func() error { return w.erase(versions, field) }
	for _, step := range []func() error{w.findOld, w.store, effect, w.derive, w.index, w.append} {
		if err := step(); err != nil {
			return Outcome{}, err
		}
	}
	return w.outcome(), nil
}

func checkRedaction(record models.Record, exists bool, id uuid.UUID, field, reason string) error {
	if !exists {
		return models.Errorf(models.ErrNotFound, "There is no record with the id %s.", id)
	}
	var problems []models.Problem
	if fields := Redactable(record.Type); !slices.Contains(fields, field) {
		problems = append(problems, models.Problem{Pointer: "/field",
			Message: fmt.Sprintf("%q of a %s cannot be redacted. These can: %s.", shorten(field), label(record.Type), strings.Join(fields, ", "))})
	}
	if clean, problem := models.CleanText(reason); problem != "" || clean == "" || len(clean) > 2000 {
		problems = append(problems, models.Problem{Pointer: "/reason",
			Message: "Say in 1 to 2,000 letters why it was redacted, without repeating the value: the history shows it."})
	}
	if len(problems) == 0 {
		return nil
	}
	return &models.Error{Kind: models.ErrInvalid, Message: "Nothing was redacted.", Problems: problems}
}

// tombstone prepares the revision that says that a field was redacted.
func (w *writing) tombstone(record models.Record, versions []models.Revision, field, reason string) error {
	document, err := readDocument(record.Type, versions[len(versions)-1].Document)
	if err != nil {
		return err
	}
	value := fieldsOf(reflect.ValueOf(document).Elem())[field]
	switch {
	case field == RedactReasons:
		w.redacting(record, document, reason)
		return nil
	case value.IsZero() || value.Kind() == reflect.String && value.String() == Tombstone:
		return models.Errorf(models.ErrConflict, "There is nothing to redact: %q is empty or redacted already.", field)
	}
	value.SetZero()
	if value.Kind() == reflect.String {
		value.SetString(Tombstone)
	}

	w.redacting(record, document, reason)
	if entity, ok := document.(*models.Entity); ok && field == "name" {
		entity.Slug = string(entity.Kind) + "-" + record.ID.String()[24:]
	}
	return nil
}

// redacting sets the one write of a redaction: the record with what is left of it.
func (w *writing) redacting(record models.Record, document models.Document, reason string) {
	w.found = &found{records: map[uuid.UUID]models.Record{record.ID: record}, slugs: map[string]uuid.UUID{}}
	if entity, ok := document.(*models.Entity); ok {
		w.found.slugs[entity.Slug] = record.ID
	}
	one := &write{Operation: models.Operation{Op: models.OpRedact, Type: record.Type, ID: record.ID, Version: record.Version, Reason: reason},
		document: document, position: w.base}
	w.writes, w.byID[record.ID] = []*write{one}, one
	w.size = w.base + 1
}

// loadVersions loads every revision of a record, oldest first.
func loadVersions(tx *gorm.DB, id uuid.UUID) ([]models.Revision, error) {
	var versions []models.Revision
	err := tx.Order("version").Find(&versions, "record_id = ?", id).Error
	return versions, wrap(err, "load revisions of %s", id)
}

// erase sets a field and its salts to null in the earlier revisions, and makes the rows of those
// versions anew from what is left.
func (w *writing) erase(versions []models.Revision, field string) error {
	if field == RedactReasons {
		return w.eraseReasons(versions)
	}
	one := w.writes[0]
	fields := []string{field}
	if entity, ok := one.document.(*models.Entity); ok && field == "name" {
		fields = append(fields, "slug")
		if err := w.replaceSlugs(one.ID, entity.Slug); err != nil {
			return err
		}
	}
	for _, revision := range versions {
		if err := eraseFields(w.tx, revision, fields); err != nil {
			return err
		}
	}
	return w.eraseRows(one, field)
}

// eraseReasons erases what was said about the edits of a record: the reasons of its versions, and
// of the changesets that made them the summaries, the reviewers' notes and the comments.
func (w *writing) eraseReasons(versions []models.Revision) error {
	erased := false
	changesets := map[uuid.UUID]bool{}
	for _, version := range versions {
		changesets[version.ChangesetID] = true
		erased = erased || documentText(version.Document, "@reason") != "" || documentText(version.Document, "@summary") != ""
		if err := eraseFields(w.tx, version, []string{"@reason", "@summary"}); err != nil {
			return err
		}
	}
	ids := distinct(keys(changesets))
	var firsts []models.Revision
	err := w.tx.Raw("SELECT r.* FROM changesets c JOIN revisions r ON r.position = c.from_position WHERE c.id ? ORDER BY r.position", among(ids)).Scan(&firsts).Error
	if err != nil {
		return fmt.Errorf("find the summaries of changesets: %w", err)
	}
	for _, first := range firsts {
		if isWithheld(first.Document) {
			return models.Errorf(models.ErrConflict, "A changeset of this record began with one that is on hold (%s); lift that hold first, and put it on again afterwards.", first.RecordID)
		}
		erased = erased || documentText(first.Document, "@summary") != ""
		if err := eraseFields(w.tx, first, []string{"@summary"}); err != nil {
			return err
		}
	}
	said := int64(0)
	for _, t := range withheldTexts {
		place := ""
		if t.place != "" {
			place = Tombstone
		}
		done := w.tx.Exec(fmt.Sprintf("UPDATE %[1]s SET %[2]s = ? WHERE %[3]s ? AND %[2]s NOT IN ('', ?)", t.table, t.column, t.changeset), place, among(ids), place)
		if done.Error == nil {
			said += done.RowsAffected
			done = w.tx.Exec("UPDATE withheld_texts SET text = ? WHERE field = ? AND changeset_id ?", place, t.field, among(ids))
		}
		if done.Error != nil {
			return fmt.Errorf("erase the %s of changesets: %w", t.field, done.Error)
		}
	}
	if !erased && said == 0 {
		return models.Errorf(models.ErrConflict, "There is nothing to redact: nothing was said about the edits of this record, or it is redacted already.")
	}
	return nil
}

// replaceSlugs lets the versions of an entity have its new slug, and forgets the others, which
// repeat its name.
func (w *writing) replaceSlugs(id uuid.UUID, slug string) error {
	if err := w.tx.Exec("UPDATE entities SET slug = ? WHERE id = ?", slug, id).Error; err != nil {
		return fmt.Errorf("replace slugs: %w", err)
	}
	return wrap(w.tx.Exec("DELETE FROM slugs WHERE record_id = ? AND slug <> ?", id, slug).Error, "forget slugs")
}

func eraseFields(tx *gorm.DB, revision models.Revision, fields []string) error {
	document, salts := revision.Document, revision.Salts
	for _, text := range []*string{&document, &salts} {
		erased, err := nulled(*text, fields)
		if err != nil {
			return fmt.Errorf("revision %d: %w", revision.Position, err)
		}
		*text = erased
	}
	return wrap(tx.Model(&models.Revision{}).Where("position = ?", revision.Position).
		Updates(map[string]any{"document": document, "salts": salts}).Error, "redact revision %d", revision.Position)
}

// nulled sets members of a JSON object to null, where it has them.
func nulled(text string, fields []string) (string, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return "", fmt.Errorf("read members: %w", err)
	}
	for _, field := range fields {
		if _, ok := members[field]; ok {
			members[field] = json.RawMessage("null")
		}
	}
	return mustJSON(members), nil
}

// erasing are the statements that put the tombstone into the rows of earlier versions.
var erasing = map[models.RecordType]map[string][]string{
	models.TypeEntity: {
		"name": {"UPDATE entities SET name = @tombstone, name_folded = @folded WHERE id = @id",
			"UPDATE entity_names SET text = @tombstone, folded = @folded WHERE record_id = @id AND place = 0"},
		"names": {"DELETE FROM entity_names WHERE record_id = @id AND place > 0"},
	},
	models.TypeStatusChange: {"scope": {"UPDATE status_changes SET scope = @tombstone WHERE id = @id AND scope <> ''",
		"UPDATE spans SET scope = @tombstone WHERE change_id = @id AND scope <> ''"}},
	models.TypeSource: {"title": {"UPDATE sources SET title = @tombstone WHERE id = @id"}, "captures": {"DELETE FROM captures WHERE record_id = @id"}},
}

func (w *writing) eraseRows(one *write, field string) error {
	for _, statement := range erasing[one.Type][field] {
		err := w.tx.Exec(statement, map[string]any{"id": one.ID, "tombstone": Tombstone, "folded": models.Fold(Tombstone)}).Error
		if err != nil {
			return fmt.Errorf("redact rows: %w", err)
		}
	}
	return nil
}
