package services

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// RevisionView is one revision for readers.
type RevisionView struct {
	Position   int64
	Record     uuid.UUID
	Type       models.RecordType
	Version    int64
	Op         models.Op
	Edit       models.EditKind
	State      models.RecordState
	MergedInto *uuid.UUID
	At         time.Time
	Changeset  uuid.UUID
	// Summary is the changeset's; Reason this write's. Author is how the history shows
	// the account to the reader.
	Summary string
	Reason  string
	Author  string
	// Document is the record's fields as JSON; redacted ones are null and listed in Redacted.
	Document json.RawMessage
	Redacted []string
	// Withheld says that the record is on hold: Document is empty then.
	Withheld bool
}

// RevisionQuery asks for revisions in the order of the log.
type RevisionQuery struct {
	// Since is the first position that is given, from 0; resume with the last one plus 1.
	Since int64
	// Record and Changeset narrow to one record or changeset.
	Record    *uuid.UUID
	Changeset *uuid.UUID
	// Before narrows to lower positions; 0 for all.
	Before int64
	// Newest gives the newest first.
	Newest bool
	// Positions narrows to these; nil for all.
	Positions []int64
	// Limit is from 1 to 500; 100 when 0.
	Limit int
}

// Revisions lists what was published, complete and in order: whoever keeps asking from the last
// position plus 1 misses nothing and sees nothing twice.
func (s *Services) Revisions(ctx context.Context, by models.Actor, q RevisionQuery) ([]RevisionView, error) {
	if q.Limit == 0 {
		q.Limit = 100
	}
	p := &queryParser{}
	if q.Since < 0 {
		p.problem("since", "Positions begin at 0.")
	}
	if q.Limit < 1 || q.Limit > 500 {
		p.problem("limit", "A page has from 1 to 500 entries.")
	}
	if err := p.failed(); err != nil {
		return nil, err
	}

	// Revisions become visible with their changeset's transaction, which holds the log's lock
	// until its end: no lower position can appear later.
	from := s.db.Read(ctx)
	if q.Positions != nil { // whoever names them knows of them from the primary
		from = s.db.Primary(ctx)
	}
	tx := from.Table("revisions r").Joins("JOIN changesets c ON c.id = r.changeset_id").Joins("JOIN accounts a ON a.id = c.author_id").
		Select("r.*, c.summary, a.id AS author_id, "+byline(by, "a", "c.group_id")+" AS author").Where("r.position >= ?", q.Since).Limit(q.Limit)
	if q.Newest {
		tx = tx.Order("r.position DESC")
	} else {
		tx = tx.Order("r.position")
	}
	if q.Before > 0 {
		tx = tx.Where("r.position < ?", q.Before)
	}
	if q.Positions != nil {
		tx = tx.Where("r.position IN ?", q.Positions)
	}
	if q.Record != nil {
		tx = tx.Where("r.record_id = ?", *q.Record)
	}
	if q.Changeset != nil {
		tx = tx.Where("r.changeset_id = ?", *q.Changeset)
	}
	var rows []struct {
		models.Revision
		Summary  string
		AuthorID uuid.UUID
		Author   string
	}
	if err := tx.Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list revisions: %w", err)
	}

	views := make([]RevisionView, len(rows))
	for i, row := range rows {
		view, err := revisionView(row.Revision)
		if err != nil {
			return nil, err
		}
		view.Summary, view.Author = row.Summary, bylineOf(row.Author, &row.AuthorID)
		views[i] = view
	}
	return views, nil
}

// revisionView splits a stored revision into what it says of itself and the document.
func revisionView(r models.Revision) (RevisionView, error) {
	view := RevisionView{Position: r.Position, Record: r.RecordID, Type: r.Type, Version: r.Version, Op: r.Op, Edit: r.Edit,
		State: r.State, MergedInto: r.MergedInto, At: r.At.UTC(), Changeset: r.ChangesetID}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(r.Document), &fields); err != nil {
		return view, fmt.Errorf("read revision %d: %w", r.Position, err)
	}
	view.Withheld = isWithheld(r.Document)
	for name, value := range fields {
		switch {
		case name == "@reason":
			if string(value) == "null" && !view.Withheld {
				view.Reason = Tombstone
				break
			}
			_ = json.Unmarshal(value, &view.Reason) // what is withheld is null and stays empty
		case view.Withheld:
			delete(fields, name)
		case string(value) == "null":
			view.Redacted = append(view.Redacted, name)
		}
		if strings.HasPrefix(name, "@") {
			delete(fields, name)
		}
	}
	sorted(view.Redacted)
	view.Document = json.RawMessage(mustJSON(fields))
	return view, nil
}

// FieldChange is one field that differs between two versions, as JSON values; nil where a
// version does not have it.
type FieldChange struct {
	Field  string
	Before json.RawMessage
	After  json.RawMessage
}

// Diff lists the fields in which two documents differ, by name.
func Diff(before, after json.RawMessage) ([]FieldChange, error) {
	var old, now map[string]json.RawMessage
	for text, into := range map[*json.RawMessage]*map[string]json.RawMessage{&before: &old, &after: &now} {
		if len(*text) == 0 {
			continue
		}
		if err := json.Unmarshal(*text, into); err != nil {
			return nil, fmt.Errorf("compare documents: %w", err)
		}
	}

	names := map[string]bool{}
	for _, fields := range []map[string]json.RawMessage{old, now} {
		for name := range fields {
			names[name] = true
		}
	}
	var changes []FieldChange
	for _, name := range sorted(keys(names)) {
		if !bytes.Equal(old[name], now[name]) {
			changes = append(changes, FieldChange{name, old[name], now[name]})
		}
	}
	return changes, nil
}
