package services

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// A legal hold moves what a record says out of every table that is read, and leaves its id, its
// place in the log and a tombstone: no query can show what is not there. What is put aside comes
// back as it was when the hold is lifted. See docs/decisions/0014-holds.md.

// mostHeld bounds the records of one hold.
const mostHeld = 1000

// Hold puts records on hold, for a reason that is public: nobody is shown what they say until the
// hold is lifted, beside stewards (see Withheld). Records that were merged into them are held
// with them. The log still verifies and has an entry for each. ErrConflict when one is on hold
// already.
func (s *Services) Hold(ctx context.Context, by models.Actor, ids []uuid.UUID, reason string) (out Outcome, err error) {
	if err := require(by, ActionHold); err != nil {
		return Outcome{}, err
	}
	reason, err = remark("/reason", reason, true)
	if err != nil {
		return Outcome{}, err
	}
	if ids = distinct(slices.Clone(ids)); len(ids) == 0 || len(ids) > mostHeld {
		return Outcome{}, models.Errorf(models.ErrInvalid, "A hold is put on 1 to %d records at once.", mostHeld)
	}
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		out, err = s.hold(tx, by, ids, reason)
		return err
	})
	return out, err
}

func (s *Services) hold(tx *gorm.DB, by models.Actor, ids []uuid.UUID, reason string) (Outcome, error) {
	w, err := s.holding(tx, by, "Legal hold")
	if err != nil {
		return Outcome{}, err
	}
	records, err := loadRecords(tx, ids)
	if err != nil {
		return Outcome{}, err
	}
	for _, id := range ids {
		switch record, exists := records[id]; {
		case !exists:
			return Outcome{}, models.Errorf(models.ErrNotFound, "There is no record with the id %s.", id)
		case record.WithheldAt != nil:
			return Outcome{}, models.Errorf(models.ErrConflict, "The record %s is on hold already.", id)
		}
	}
	if err := addMerged(tx, records, ids); err != nil {
		return Outcome{}, err
	}
	for id, record := range records {
		if record.WithheldAt != nil {
			delete(records, id) // a part of it is on hold already
		}
	}
	w.addHolding(records, models.OpHold, reason)
	return w.through(w.findOld, w.store, w.withhold, w.derive, w.blankSpans, w.index, w.append)
}

// Lift ends the hold of a record: it is shown again as it was, with its history. together lifts
// it from all records that were put on hold with it. ErrConflict when it is not on hold, or when
// another record took an identifier of it meanwhile.
func (s *Services) Lift(ctx context.Context, by models.Actor, id uuid.UUID, together bool, reason string) (out Outcome, err error) {
	if err := require(by, ActionHold); err != nil {
		return Outcome{}, err
	}
	reason, err = remark("/reason", reason, true)
	if err != nil {
		return Outcome{}, err
	}
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		out, err = s.lift(tx, by, id, together, reason)
		return err
	})
	return out, err
}

func (s *Services) lift(tx *gorm.DB, by models.Actor, id uuid.UUID, together bool, reason string) (Outcome, error) {
	w, err := s.holding(tx, by, "Legal hold lifted")
	if err != nil {
		return Outcome{}, err
	}
	record, err := recordOf(tx, id)
	switch {
	case err != nil:
		return Outcome{}, err
	case record.WithheldAt == nil:
		return Outcome{}, models.Errorf(models.ErrConflict, "This record is not on hold.")
	}
	ids := []uuid.UUID{id}
	if together {
		if ids, err = heldWith(tx, record); err != nil {
			return Outcome{}, err
		}
	}
	records, err := loadRecords(tx, ids)
	if err == nil {
		err = addMerged(tx, records, ids)
	}
	if err != nil {
		return Outcome{}, err
	}
	for id, record := range records {
		if record.WithheldAt == nil {
			delete(records, id)
		}
	}
	w.addHolding(records, models.OpLift, reason)
	return w.through(w.bringBack, w.freeIdentifiers, w.findOld, w.store, w.derive, w.index, w.append)
}

// holding begins a hold or its end, with the log locked.
func (s *Services) holding(tx *gorm.DB, by models.Actor, summary string) (*writing, error) {
	w := s.newWriting(tx, by, by.Account, models.Changeset{Summary: summary})
	w.problems = nil
	return w, w.lock()
}

// addHolding gives each record its entry of the log.
func (w *writing) addHolding(records map[uuid.UUID]models.Record, op models.Op, reason string) {
	w.found = &found{records: records, slugs: map[string]uuid.UUID{}}
	for i, id := range distinct(keys(records)) {
		record := records[id]
		one := &write{Operation: models.Operation{Op: op, Type: record.Type, ID: id, Version: record.Version, Reason: reason}, index: i, position: w.base + int64(i)}
		w.writes, w.byID[id] = append(w.writes, one), one
	}
	w.size = w.base + int64(len(w.writes))
}

func (w *writing) through(steps ...func() error) (Outcome, error) {
	for _, step := range steps {
		if err := step(); err != nil {
			return Outcome{}, err
		}
	}
	return w.outcome(), nil
}

// addMerged adds the records that were merged into others, and so say the same.
func addMerged(tx *gorm.DB, records map[uuid.UUID]models.Record, ids []uuid.UUID) error {
	var rows []models.Record
	err := tx.Raw(`WITH RECURSIVE same (id) AS (
			SELECT id FROM records WHERE id ?
			UNION
			SELECT r.id FROM same JOIN records r ON r.merged_into = same.id
		) SELECT r.* FROM same JOIN records r ON r.id = same.id`, among(ids)).Scan(&rows).Error
	for _, row := range rows {
		records[row.ID] = row
	}
	return wrap(err, "find what was merged into records")
}

// heldWith lists the records that were put on hold in the same changeset as one that is.
func heldWith(tx *gorm.DB, record models.Record) (ids []uuid.UUID, err error) {
	err = tx.Raw(`SELECT r.record_id FROM revisions h JOIN revisions r ON r.changeset_id = h.changeset_id
		JOIN records x ON x.revision = r.position AND x.id = r.record_id AND x.withheld_at IS NOT NULL WHERE h.position = ? ORDER BY r.record_id`, record.Revision).Scan(&ids).Error
	return ids, wrap(err, "find what is on hold with %s", record.ID)
}

// withhold puts aside what the records say: every version, the rows made from them, and what was
// said about the changesets that wrote them.
func (w *writing) withhold() error {
	ids := idsOf(w.writes)
	if err := putAside(w.tx, ids, w.at, w.writes[0].Reason); err != nil {
		return err
	}
	return withholdTexts(w.tx, ids)
}

// putAside puts aside every version of records, and the rows made from them, and marks the records
// as withheld since an instant, for a reason.
func putAside(tx *gorm.DB, ids []uuid.UUID, since time.Time, reason string) error {
	if err := tx.Exec("INSERT INTO withheld_revisions (position, document, salts) SELECT position, document, salts FROM revisions WHERE record_id ?", among(ids)).Error; err != nil {
		return fmt.Errorf("put versions aside: %w", err)
	}
	var versions []models.Revision
	if err := tx.Select("position", "op", "document", "salts").Order("position").Find(&versions, "record_id ?", among(ids)).Error; err != nil {
		return fmt.Errorf("read versions: %w", err)
	}
	for _, version := range versions {
		if err := eraseFields(tx, version, withheldFields(version)); err != nil {
			return err
		}
	}
	for _, table := range rowTables {
		if err := tx.Exec("DELETE FROM "+table.name+" WHERE "+table.column+" ?", among(ids)).Error; err != nil {
			return fmt.Errorf("put rows of %s aside: %w", table.name, err)
		}
	}
	err := tx.Exec("UPDATE records SET withheld_at = ?, withheld_for = ? WHERE id ?", since, reason, among(ids)).Error
	return wrap(err, "mark records as withheld")
}

// withheldFields lists the members of a revision that a hold hides: all of them, but for the
// reasons of holds and redactions, which are public.
func withheldFields(version models.Revision) []string {
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(version.Document), &members) != nil {
		return nil // a revision is an object
	}
	public := slices.Contains(publicReasons, version.Op)
	return slices.DeleteFunc(keys(members), func(name string) bool { return public && strings.HasPrefix(name, "@") })
}

// publicReasons are the operations whose reasons stay when the record is withheld.
var publicReasons = []models.Op{models.OpHold, models.OpLift, models.OpRedact}

// isWithheld reports whether a revision's document shows nothing but that it was put aside. A
// redaction leaves some members in every document, since kinds and types cannot be redacted.
func isWithheld(document string) bool {
	if !strings.Contains(document, ":null") {
		return false
	}
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(document), &members) != nil {
		return false
	}
	fields := 0
	for name, value := range members {
		if strings.HasPrefix(name, "@") {
			continue
		}
		if string(value) != "null" {
			return false
		}
		fields++
	}
	return fields > 0
}

// withheldText is a text beside the revisions in which what a record says may stand, and what
// stands in its place.
type withheldText struct {
	field, table, column, changeset, place string
}

var withheldTexts = []withheldText{
	{"summary", "changesets", "summary", "id", models.Withheld}, {"note", "changesets", "note", "id", models.Withheld},
	{"operations", "changesets", "operations", "id", ""}, {"form", "changesets", "form", "id", ""},
	{"event_text", "changeset_events", "text", "changeset_id", models.Withheld}, {"event_operations", "changeset_events", "operations", "changeset_id", ""},
}

// withholdTexts puts aside what was said about the changesets that wrote records, and the
// proposals to write to them.
func withholdTexts(tx *gorm.DB, ids []uuid.UUID) error {
	concerned, err := changesetsOn(tx, ids)
	if err != nil {
		return err
	}
	return inChunks(concerned, func(chunk []uuid.UUID) error {
		for _, t := range withheldTexts {
			err := tx.Exec(fmt.Sprintf("INSERT INTO withheld_texts (owner_id, field, changeset_id, text) SELECT t.id, ?, t.%[3]s, t.%[2]s FROM %[1]s t WHERE t.%[3]s ? AND t.%[2]s NOT IN ('', ?) AND NOT EXISTS (SELECT 1 FROM withheld_texts w WHERE w.owner_id = t.id AND w.field = ?)",
				t.table, t.column, t.changeset), t.field, among(chunk), t.place, t.field).Error
			if err == nil {
				err = tx.Exec(fmt.Sprintf("UPDATE %[1]s SET %[2]s = ? WHERE %[3]s ? AND %[2]s <> ''", t.table, t.column, t.changeset), t.place, among(chunk)).Error
			}
			if err != nil {
				return fmt.Errorf("put the %s of changesets aside: %w", t.field, err)
			}
		}
		return nil
	})
}

// changesetsOn lists the changesets that wrote records, and those that propose to.
func changesetsOn(tx *gorm.DB, ids []uuid.UUID) ([]uuid.UUID, error) {
	var concerned []uuid.UUID
	if err := tx.Raw("SELECT DISTINCT changeset_id FROM revisions WHERE record_id ? AND op NOT IN ('hold', 'lift', 'redact')", among(ids)).Scan(&concerned).Error; err != nil {
		return nil, fmt.Errorf("find the changesets of records: %w", err)
	}
	var proposals []models.ChangesetRow
	if err := tx.Select("id", "operations", "form").Find(&proposals, "status <> 'published' AND (operations <> '' OR form <> '')").Error; err != nil {
		return nil, fmt.Errorf("read proposals: %w", err)
	}
	for _, row := range proposals {
		if namesAny(row.Operations+row.Form, ids) {
			concerned = append(concerned, row.ID)
		}
	}
	return distinct(concerned), nil
}

func namesAny(text string, ids []uuid.UUID) bool {
	return slices.ContainsFunc(ids, func(id uuid.UUID) bool { return strings.Contains(text, id.String()) })
}

// blankSpans takes what withheld status changes said out of the histories of what they changed.
func (w *writing) blankSpans() error { return blankSpans(w.tx, idsOf(w.writes)) }

func blankSpans(tx *gorm.DB, changes []uuid.UUID) error {
	return wrap(tx.Exec("UPDATE spans SET status = 'unknown', extent = 'full', scope = '', since_text = '' WHERE change_id ?", among(changes)).Error, "blank spans")
}

// bringBack puts everything of the records back as it was.
func (w *writing) bringBack() error {
	ids := idsOf(w.writes)
	if err := bringVersionsBack(w.tx, ids); err != nil {
		return err
	}
	err := w.tx.Exec(`UPDATE spans SET (status, extent, scope, since_text) = (SELECT c.status, c.extent, c.scope, c.effective_text FROM status_changes c
			WHERE c.id = spans.change_id AND c.from_size <= spans.from_size AND (c.to_size IS NULL OR c.to_size > spans.from_size))
		WHERE change_id ? AND EXISTS (SELECT 1 FROM status_changes c WHERE c.id = spans.change_id AND c.from_size <= spans.from_size AND (c.to_size IS NULL OR c.to_size > spans.from_size))`, among(ids)).Error
	if err != nil {
		return fmt.Errorf("bring spans back: %w", err)
	}
	return bringTextsBack(w.tx)
}

// bringVersionsBack undoes putAside.
func bringVersionsBack(tx *gorm.DB, ids []uuid.UUID) error {
	if err := tx.Exec("UPDATE records SET withheld_at = NULL, withheld_for = '' WHERE id ?", among(ids)).Error; err != nil {
		return fmt.Errorf("mark records as shown: %w", err)
	}
	for _, statement := range []string{
		`UPDATE revisions SET document = (SELECT w.document FROM withheld_revisions w WHERE w.position = revisions.position),
			salts = (SELECT w.salts FROM withheld_revisions w WHERE w.position = revisions.position) WHERE record_id ?`,
		"DELETE FROM withheld_revisions WHERE position IN (SELECT position FROM revisions WHERE record_id ?)",
	} {
		if err := tx.Exec(statement, among(ids)).Error; err != nil {
			return fmt.Errorf("bring versions back: %w", err)
		}
	}
	rows, err := projectRows(tx, ids, nil)
	if err != nil {
		return err
	}
	back := batch{}
	for _, row := range rows {
		back.add(row)
	}
	return back.insert(tx)
}

// freeIdentifiers refuses to bring back an entity of which another took an identifier meanwhile.
func (w *writing) freeIdentifiers() error {
	versions := map[uuid.UUID]int64{}
	for id, record := range w.found.records {
		if record.Type == models.TypeEntity && record.State != models.StateMerged {
			versions[id] = record.Version - 1 // the last before the hold
		}
	}
	for id, version := range versions {
		var revision models.Revision
		if err := w.tx.First(&revision, "record_id = ? AND version = ?", id, version).Error; err != nil {
			return fmt.Errorf("read version %d of %s: %w", version, id, err)
		}
		document, err := readDocument(revision.Type, revision.Document)
		if err != nil {
			return err
		}
		for _, identifier := range document.(*models.Entity).Identifiers {
			var taken []models.IdentifierRow
			err := w.tx.Limit(1).Find(&taken, "to_size IS NULL AND scheme = ? AND value = ? AND record_id <> ?", identifier.Scheme, identifier.Value, id).Error
			if err != nil {
				return fmt.Errorf("look for identifiers: %w", err)
			}
			if len(taken) > 0 {
				return models.Errorf(models.ErrConflict, "The entity %s has the %s %q meanwhile. Take it off there first, and merge the two afterwards if they are the same.",
					taken[0].RecordID, identifier.Scheme, identifier.Value)
			}
		}
	}
	return nil
}

// bringTextsBack puts back what was said about changesets that touch nothing any more that is on
// hold. What somebody wrote in its place meanwhile stays.
func bringTextsBack(tx *gorm.DB) error {
	var rows []models.WithheldText
	if err := tx.Order("owner_id, field").Find(&rows).Error; err != nil {
		return fmt.Errorf("read what was put aside: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	var held []uuid.UUID
	if err := tx.Raw("SELECT id FROM records WHERE withheld_at IS NOT NULL").Scan(&held).Error; err != nil {
		return fmt.Errorf("read what is on hold: %w", err)
	}
	var written []uuid.UUID
	if err := tx.Raw("SELECT DISTINCT r.changeset_id FROM revisions r JOIN records x ON x.id = r.record_id WHERE x.withheld_at IS NOT NULL AND r.op NOT IN ('hold', 'lift', 'redact')").Scan(&written).Error; err != nil {
		return fmt.Errorf("read which changesets are on hold: %w", err)
	}
	kept := map[uuid.UUID]bool{}
	for _, id := range written {
		kept[id] = true
	}
	for _, row := range rows {
		kept[row.ChangesetID] = kept[row.ChangesetID] || namesAny(row.Text, held)
	}
	for _, row := range rows {
		if kept[row.ChangesetID] {
			continue
		}
		i := slices.IndexFunc(withheldTexts, func(t withheldText) bool { return t.field == row.Field })
		t := withheldTexts[i]
		err := tx.Exec(fmt.Sprintf("UPDATE %[1]s SET %[2]s = ? WHERE id = ? AND %[2]s = ?", t.table, t.column), row.Text, row.OwnerID, t.place).Error
		if err == nil {
			err = tx.Delete(&models.WithheldText{}, "owner_id = ? AND field = ?", row.OwnerID, row.Field).Error
		}
		if err != nil {
			return fmt.Errorf("bring the %s of changesets back: %w", t.field, err)
		}
	}
	return nil
}

// withheld is the answer about a record that is on hold.
func withheld(record models.Record) error {
	return models.Errorf(models.ErrWithheld, "This %s is withheld since %s, for this stated reason: %s", label(record.Type), models.DayOf(record.WithheldAt.UTC()).Label(), record.WithheldFor)
}

// WithheldRecord is a record on hold, as stewards see it.
type WithheldRecord struct {
	ID     uuid.UUID
	Type   models.RecordType
	Since  time.Time
	Reason string
	// Name is what it is called; its type where it has no name.
	Name string
	// Versions are all of them, the newest first; empty in a list.
	Versions []RevisionView
	// Together counts the records that are on hold by the same changeset, itself included.
	Together int
}

// Withheld shows stewards a record that is on hold, with every version. ErrNotFound when it is not.
func (s *Services) Withheld(ctx context.Context, by models.Actor, id uuid.UUID) (WithheldRecord, error) {
	if err := require(by, ActionHold); err != nil {
		return WithheldRecord{}, err
	}
	tx := s.db.Write(ctx)
	record, err := recordOf(tx, id)
	if err != nil {
		return WithheldRecord{}, err
	}
	if record.WithheldAt == nil {
		return WithheldRecord{}, models.Errorf(models.ErrNotFound, "This record is not on hold.")
	}
	out := WithheldRecord{ID: id, Type: record.Type, Since: record.WithheldAt.UTC(), Reason: record.WithheldFor}
	var versions []models.Revision
	err = tx.Raw(`SELECT r.position, r.record_id, r.type, r.version, r.changeset_id, r.op, r.edit, r.state, r.merged_into, r.at, w.document
		FROM revisions r JOIN withheld_revisions w ON w.position = r.position WHERE r.record_id = ? ORDER BY r.version DESC`, id).Scan(&versions).Error
	if err != nil {
		return out, fmt.Errorf("read what was put aside: %w", err)
	}
	for _, version := range versions {
		view, err := revisionView(version)
		if err != nil {
			return out, err
		}
		out.Versions = append(out.Versions, view)
	}
	out.Name = withheldName(record, versions)
	with, err := heldWith(tx, record)
	out.Together = len(with)
	return out, err
}

func withheldName(record models.Record, versions []models.Revision) string {
	if len(versions) > 0 {
		if document, err := readDocument(record.Type, versions[0].Document); err == nil {
			if names := namesOf(document); len(names) > 0 {
				return names[0]
			}
			if words := summaryOf(document); words != "" {
				return firstLetters(words, 200)
			}
		}
	}
	return label(record.Type)
}

// Holds lists what is on hold, for stewards, at most mostHeld records, those first that are on
// hold longest.
func (s *Services) Holds(ctx context.Context, by models.Actor) ([]WithheldRecord, error) {
	if err := require(by, ActionHold); err != nil {
		return nil, err
	}
	var rows []struct {
		models.Record
		Document string
	}
	err := s.db.Write(ctx).Raw(`SELECT r.*, w.document FROM records r JOIN withheld_revisions w ON w.position = r.revision
		WHERE r.withheld_at IS NOT NULL ORDER BY r.withheld_at, r.id LIMIT ?`, mostHeld).Scan(&rows).Error
	list := make([]WithheldRecord, len(rows))
	for i, row := range rows {
		list[i] = WithheldRecord{ID: row.ID, Type: row.Type, Since: row.WithheldAt.UTC(), Reason: row.WithheldFor,
			Name: withheldName(row.Record, []models.Revision{{Document: row.Document}})}
	}
	return list, wrap(err, "list what is on hold")
}

// Dependents lists the records that may have to be put on hold with a record: its links, what
// changed them, and what is said about any of those, labelled.
func (s *Services) Dependents(ctx context.Context, by models.Actor, id uuid.UUID) ([]Ref, error) {
	if err := require(by, ActionHold); err != nil {
		return nil, err
	}
	r, err := s.read(ctx, Moment{})
	if err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	err = r.tx.Raw(`
		WITH RECURSIVE dependent (id) AS (
			SELECT id FROM records WHERE id = ?
			UNION
			SELECT x.id FROM dependent d JOIN (
				SELECT subject_id AS on_id, id FROM relationships WHERE to_size IS NULL
				UNION ALL
				SELECT object_id AS on_id, id FROM relationships WHERE to_size IS NULL
				UNION ALL
				SELECT record_id AS on_id, id FROM status_changes WHERE to_size IS NULL
				UNION ALL
				SELECT addressee_id AS on_id, id FROM open_items WHERE to_size IS NULL
				UNION ALL
				SELECT target_id AS on_id, record_id AS id FROM record_links WHERE to_size IS NULL AND role IN ('about', 'answers')
				UNION ALL
				SELECT entity_id AS on_id, record_id AS id FROM record_speakers WHERE to_size IS NULL
			) x ON x.on_id = d.id
		)
		SELECT id FROM dependent WHERE id <> ? ORDER BY id LIMIT ?`, id, id, mostHeld).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("find what hangs on %s: %w", id, err)
	}
	wanted := wantedRefs{}
	wanted.add("", ids...)
	refs, err := r.loadRefs(wanted)
	list := make([]Ref, 0, len(ids))
	for _, id := range ids {
		if ref, there := refs[id]; there && ref.State == models.StateLive {
			list = append(list, ref)
		}
	}
	return list, err
}

// redactWithheld redacts a field of a record on hold without showing it in between: the hold is
// lifted, the field redacted and the hold put on again, in one transaction.
func (s *Services) redactWithheld(tx *gorm.DB, by models.Actor, record models.Record, redact func() (Outcome, error)) (Outcome, error) {
	reason := record.WithheldFor
	if _, err := s.lift(tx, by, record.ID, false, "A value is redacted; the hold is put on again."); err != nil {
		return Outcome{}, err
	}
	out, err := redact()
	if err != nil {
		return Outcome{}, err
	}
	again, err := s.hold(tx, by, []uuid.UUID{record.ID}, reason)
	out.Size = again.Size
	return out, err
}
