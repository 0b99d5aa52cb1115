package services

import (
	"fmt"
	"reflect"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// verifyChunk is how many records are compared at a time.
const verifyChunk = 500

// checkRecords compares every record, its held rows and its derived rows with the revisions.
func (v *verification) checkRecords() error {
	after := uuid.Nil
	seen := int64(0)
	for {
		var records []models.Record
		if err := v.tx.Order("id").Limit(verifyChunk).Find(&records, "id > ?", after).Error; err != nil {
			return fmt.Errorf("read records: %w", err)
		}
		if len(records) == 0 {
			break
		}
		ids := make([]uuid.UUID, len(records))
		for i, record := range records {
			ids[i] = record.ID
			v.checkRecord(record)
		}
		for _, check := range []func([]uuid.UUID) error{v.checkRows, v.checkDerived, v.checkSizes} {
			if err := check(ids); err != nil {
				return err
			}
		}
		seen += int64(len(records))
		after = ids[len(ids)-1]
	}
	v.report.Records = seen
	if missing := int64(len(v.last)) - seen; missing != 0 {
		v.problem("the log knows %d records, the database has %d", len(v.last), seen)
	}
	return nil
}

func (v *verification) checkRecord(record models.Record) {
	last := v.last[record.ID]
	reason, held := v.holds[record.ID]
	marked, is := v.withheld[record.ID]
	if held != is || held && (reason != marked.WithheldFor || !marked.WithheldAt.Equal(last.At)) {
		v.problem("%s %s is not on hold as its last revision %d says", label(record.Type), record.ID, last.Position)
	}
	record.WithheldAt, record.WithheldFor = nil, ""
	want := models.Record{ID: record.ID, Type: last.Type, State: last.State, MergedInto: last.MergedInto, Version: last.Version, Revision: last.Position}
	if !reflect.DeepEqual(record, want) {
		v.problem("%s %s is not as its last revision %d says", label(record.Type), record.ID, last.Position)
	}
}

// checkRows projects every version of records anew and compares the rows.
func (v *verification) checkRows(ids []uuid.UUID) error {
	projected, err := projectRows(v.tx, ids, func(r models.Revision) { v.problem("revision %d cannot be read", r.Position) })
	if err != nil {
		return err
	}
	wanted := map[string]any{}
	for _, row := range projected {
		wanted[rowKey(row)] = row
	}
	present := map[string]any{}
	for _, table := range rowTables {
		if err := table.load(v.tx, ids, present); err != nil {
			return err
		}
	}

	for _, key := range sorted(keys(wanted)) {
		row, ok := present[key]
		if ok {
			withoutRedactedSlug(row, wanted[key])
		}
		switch {
		case !ok:
			v.problem("%s: the row is missing", key)
		case !reflect.DeepEqual(row, wanted[key]):
			v.problem("%s: the row is not as its revision says", key)
		}
	}
	for _, key := range sorted(keys(present)) {
		if _, ok := wanted[key]; !ok {
			v.problem("%s: no revision accounts for the row", key)
		}
	}
	return nil
}

// withoutRedactedSlug takes the slug out of a row whose revision had it redacted: the row then
// has the one that replaced it.
func withoutRedactedSlug(present, wanted any) {
	row, ok := present.(*models.EntityRow)
	if ok && wanted.(*models.EntityRow).Slug == "" {
		row.Slug = ""
	}
}

// projectRows gives the rows that the revisions of records lead to: none while a record is on
// hold, and none for the time in which it was. unread hears of revisions that cannot be read; they
// are an error when it is nil.
func projectRows(tx *gorm.DB, ids []uuid.UUID, unread func(models.Revision)) ([]any, error) {
	var revisions []struct {
		models.Revision
		ToSize int64
	}
	err := tx.Raw(`SELECT r.*, c.to_size FROM revisions r JOIN changesets c ON c.id = r.changeset_id
		JOIN records x ON x.id = r.record_id AND x.withheld_at IS NULL
		WHERE r.record_id ? ORDER BY r.record_id, r.version`, among(ids)).Scan(&revisions).Error
	if err != nil {
		return nil, fmt.Errorf("read revisions: %w", err)
	}

	var rows []any
	for i, r := range revisions {
		if r.Op == models.OpHold {
			continue
		}
		document, err := readDocument(r.Type, r.Document)
		if err != nil && unread == nil {
			return nil, fmt.Errorf("read revision %d: %w", r.Position, err)
		}
		if err != nil {
			unread(r.Revision)
			continue
		}
		held := models.Held{ID: r.RecordID, FromSize: r.ToSize, State: r.State, Version: r.Version, Revision: r.Position}
		if i+1 < len(revisions) && revisions[i+1].RecordID == r.RecordID {
			held.ToSize = &revisions[i+1].ToSize
		}
		rows = append(rows, document.Rows(held)...)
	}
	return rows, nil
}

// rowTable loads the rows of records from one table.
type rowTable struct {
	name, column string
	load         func(tx *gorm.DB, ids []uuid.UUID, into map[string]any) error
}

// rowTables are all tables that documents are projected onto.
var rowTables = []rowTable{
	tableOf[models.EntityRow]("id"), tableOf[models.RelationshipRow]("id"), tableOf[models.StatusChangeRow]("id"),
	tableOf[models.ClaimRow]("id"), tableOf[models.SourceRow]("id"), tableOf[models.OpenItemRow]("id"),
	tableOf[models.NameRow]("record_id"), tableOf[models.IdentifierRow]("record_id"), tableOf[models.PlaceRow]("record_id"),
	tableOf[models.PurposeRow]("record_id"), tableOf[models.LinkRow]("record_id"), tableOf[models.SpeakerRow]("record_id"),
	tableOf[models.CitationRow]("record_id"), tableOf[models.CaptureRow]("record_id"),
}

func tableOf[T tabled](column string) rowTable {
	var row T
	return rowTable{row.TableName(), column, func(tx *gorm.DB, ids []uuid.UUID, into map[string]any) error {
		var rows []*T
		if err := tx.Find(&rows, column+" IN ?", ids).Error; err != nil {
			return fmt.Errorf("read rows: %w", err)
		}
		for _, row := range rows {
			into[rowKey(row)] = row
		}
		return nil
	}}
}

// rowKey names a row for people: its table, record, place and the log size from which it held.
func rowKey(row any) string {
	value := reflect.ValueOf(row).Elem()
	table := row.(tabled).TableName()
	if held := value.FieldByName("Held"); held.IsValid() {
		h := held.Interface().(models.Held)
		return fmt.Sprintf("%s of %s from log size %d", table, h.ID, h.FromSize)
	}
	l := value.FieldByName("Listed").Interface().(models.Listed)
	role := ""
	if link, ok := row.(*models.LinkRow); ok {
		role = " " + string(link.Role)
	}
	return fmt.Sprintf("%s%s %d of %s from log size %d", table, role, l.Place, l.RecordID, l.FromSize)
}

// checkDerived derives the present rows of records anew and compares them with the stored ones.
func (v *verification) checkDerived(ids []uuid.UUID) error {
	affected := make(map[uuid.UUID]aspects, len(ids))
	for _, id := range ids {
		affected[id] = allAspects
	}
	results, err := newDerivation(v.tx, presently).run(affected)
	if err != nil {
		v.problem("what follows from %d records cannot be derived: %v", len(ids), err)
		return nil
	}
	present, err := loadDerived(v.tx, presently, affected)
	if err != nil {
		return err
	}
	for _, id := range ids {
		v.compareDerived(id, present[id], results[id], "at present")
	}
	return nil
}
