package services

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// Review is a changeset with everything that one needs to judge it.
type Review struct {
	ChangesetView
	Events []EventView
	// Changes are its operations beside what stood before, at most mostChanges.
	Changes []Change
	// Total is how many operations it has in all.
	Total int
	// Protected says that it writes to a protected record.
	Protected bool
	// Refs label the records that it writes and points at.
	Refs map[uuid.UUID]Ref
}

// mostChanges bounds how many operations of a changeset are shown at once.
const mostChanges = 1000

// Change is one operation of a changeset beside what stood before.
type Change struct {
	models.Operation
	// Fields are those that it changes.
	Fields []FieldDiff
	// Current is the record's present version; 0 for a new one.
	Current int64
	// Citations are the sources on which what it writes rests.
	Citations []models.Citation
}

// FieldDiff is a field of a change, as JSON; nil for none.
type FieldDiff struct {
	Field         string
	Before, After json.RawMessage
	// Conflict says that somebody changed it to Current meanwhile.
	Conflict bool
	Current  json.RawMessage
}

// Conflicts counts the fields that somebody else changed meanwhile.
func (r Review) Conflicts() int {
	n := 0
	for _, c := range r.Changes {
		for _, f := range c.Fields {
			if f.Conflict {
				n++
			}
		}
	}
	return n
}

// Review gives a changeset that the actor may see, with the differences that it makes or made, in
// a fixed number of queries. ErrNotFound for any other.
func (s *Services) Review(ctx context.Context, by models.Actor, id uuid.UUID) (Review, error) {
	view, err := s.Changeset(ctx, by, id)
	if err != nil {
		return Review{}, err
	}
	r := Review{ChangesetView: view}
	if r.Events, err = s.ChangesetEvents(ctx, by, id); err != nil {
		return r, err
	}
	tx := s.db.Write(ctx) // from the primary: one looks right after one wrote
	if view.Status == models.ChangesetPublished {
		r.Changes, err = publishedChanges(tx, id)
		r.Total = int(deref64(view.ToSize) - deref64(view.FromPosition))
	} else {
		r.Total = len(view.Proposed)
		r.Changes, err = proposedChanges(tx, view.Proposed[:min(len(view.Proposed), mostChanges)])
	}
	if err != nil {
		return r, err
	}
	if r.Protected, err = touchesProtected(tx, view.Proposed); err != nil {
		return r, err
	}
	return r, s.labelReview(ctx, &r)
}

func deref64(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// proposedChanges compares operations with the versions that they name, and with the present ones.
func proposedChanges(tx *gorm.DB, operations []models.Operation) ([]Change, error) {
	stale, err := loadStale(tx, operations)
	if err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	for _, op := range operations {
		if op.Op != models.OpCreate {
			ids = append(ids, op.ID)
		}
	}
	records, err := loadRecords(tx, ids)
	if err != nil {
		return nil, err
	}
	var positions []int64
	for _, record := range records {
		positions = append(positions, record.Revision)
	}
	present, err := loadDocuments(tx, positions)
	if err != nil {
		return nil, err
	}

	changes := make([]Change, len(operations))
	for i, op := range operations {
		changes[i] = Change{Operation: op, Current: records[op.ID].Version}
		current := present[records[op.ID].Revision]
		if err := changes[i].compare(stale[op.ID], current); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

// compare sets the fields that an operation changes. Without a document of its own it shows none.
func (c *Change) compare(v staleVersions, current models.Document) error {
	shown := c.Data
	if shown == nil {
		shown = current
	}
	if shown != nil {
		c.Citations = shown.Cited()
	}
	if c.Data == nil {
		return nil
	}
	after, err := documentFields(c.Data)
	if err != nil {
		return err
	}
	var now map[string]json.RawMessage
	if current != nil && c.Op != models.OpCreate {
		if now, err = documentFields(current); err != nil {
			return err
		}
	}
	before := now
	if v.base != "" {
		if before, err = textFields(c.Type, v.base); err != nil {
			return err
		}
	}
	for _, name := range fieldNames(before, after) {
		if bytes.Equal(before[name], after[name]) {
			continue
		}
		f := FieldDiff{Field: name, Before: before[name], After: after[name], Current: now[name]}
		f.Conflict = !bytes.Equal(now[name], before[name]) && !bytes.Equal(now[name], after[name])
		c.Fields = append(c.Fields, f)
	}
	return nil
}

// publishedChanges compares the revisions of a changeset with the versions before them.
func publishedChanges(tx *gorm.DB, id uuid.UUID) ([]Change, error) {
	var revisions []models.Revision
	err := tx.Order("position").Limit(mostChanges).Find(&revisions, "changeset_id = ?", id).Error
	if err != nil {
		return nil, fmt.Errorf("read revisions of changeset %s: %w", id, err)
	}
	before, err := versionsBefore(tx, revisions)
	if err != nil {
		return nil, err
	}
	changes := make([]Change, len(revisions))
	for i, r := range revisions {
		view, err := revisionView(r)
		if err != nil {
			return nil, err
		}
		document, err := readDocument(r.Type, r.Document)
		if err != nil {
			return nil, err
		}
		c := Change{Operation: models.Operation{Op: r.Op, Type: r.Type, ID: r.RecordID, Version: r.Version, Edit: r.Edit, Reason: view.Reason, Into: r.MergedInto, Data: document},
			Current: r.Version, Citations: document.Cited()}
		if c.Fields, err = diffOf(r.Type, before[r.RecordID], document); err != nil {
			return nil, err
		}
		changes[i] = c
	}
	return changes, nil
}

// versionsBefore loads the documents before revisions, by record; "" for the first.
func versionsBefore(tx *gorm.DB, revisions []models.Revision) (map[uuid.UUID]string, error) {
	wanted := map[uuid.UUID]int64{}
	var versions []int64
	for _, r := range revisions {
		if r.Version > 1 {
			wanted[r.RecordID] = r.Version - 1
			versions = append(versions, r.Version-1)
		}
	}
	versions = distinctNumbers(versions)
	documents := map[uuid.UUID]string{}
	err := inChunks(keys(wanted), func(chunk []uuid.UUID) error {
		var rows []models.Revision
		err := tx.Select("record_id", "version", "document").Find(&rows, "record_id IN ? AND version IN ?", chunk, versions).Error
		for _, row := range rows {
			if row.Version == wanted[row.RecordID] {
				documents[row.RecordID] = row.Document
			}
		}
		return wrap(err, "load the versions before")
	})
	return documents, err
}

func diffOf(t models.RecordType, before string, document models.Document) ([]FieldDiff, error) {
	after, err := documentFields(document)
	if err != nil {
		return nil, err
	}
	var old map[string]json.RawMessage
	if before != "" {
		if old, err = textFields(t, before); err != nil {
			return nil, err
		}
	}
	var fields []FieldDiff
	for _, name := range fieldNames(old, after) {
		if !bytes.Equal(old[name], after[name]) {
			fields = append(fields, FieldDiff{Field: name, Before: old[name], After: after[name]})
		}
	}
	return fields, nil
}

// labelReview labels the records that a changeset writes and points at: those that exist in one
// query, those that it makes itself by what it says of them.
func (s *Services) labelReview(ctx context.Context, r *Review) error {
	reading, err := s.read(ctx, Moment{})
	if err != nil {
		return err
	}
	reading.tx = s.db.Write(ctx)
	wanted := wantedRefs{}
	made := map[uuid.UUID]Ref{}
	for _, c := range r.Changes {
		wanted.add(c.Type, c.ID)
		if c.Into != nil {
			wanted.add(c.Type, *c.Into)
		}
		if c.Data == nil {
			continue
		}
		for _, ref := range c.Data.References() {
			t := models.RecordType("")
			if len(ref.Types) == 1 {
				t = ref.Types[0]
			}
			wanted.add(t, ref.ID)
		}
		made[c.ID] = madeRef(c)
	}
	if r.Refs, err = reading.loadRefs(wanted); err != nil {
		return err
	}
	for id, ref := range made {
		if _, exists := r.Refs[id]; !exists {
			r.Refs[id] = ref
		}
	}
	for id, ref := range r.Refs { // the ends of links that it makes
		link, ok := documentIn(r.Changes, id).(*models.Relationship)
		if ok && ref.Subject == nil && ref.Object == nil {
			subject, object := r.Refs[link.Subject], r.Refs[link.Object]
			ref.Subject, ref.Object = &subject, &object
			r.Refs[id] = ref
		}
	}
	return nil
}

func documentIn(changes []Change, id uuid.UUID) models.Document {
	for _, c := range changes {
		if c.ID == id {
			return c.Data
		}
	}
	return nil
}

// madeRef labels a record that a changeset makes.
func madeRef(c Change) Ref {
	ref := Ref{ID: c.ID, Type: c.Type, State: models.StateLive, Kind: kindOf(c.Data), Date: documentDate(c.Data)}
	if names := namesOf(c.Data); len(names) > 0 {
		ref.Name = names[0]
	} else {
		ref.Name = summaryOf(c.Data)
	}
	return ref
}

// Waiting is a proposal in a queue.
type Waiting struct {
	ChangesetView
	// Writes counts its operations, Behind those whose records changed since they were looked at.
	Writes, Behind int
}

// Queue lists the proposals that wait for review in a queue, longest first, at most 50, after a
// cursor, and the cursor of the next page. Those that wait for their day come with the others.
func (s *Services) Queue(ctx context.Context, by models.Actor, queue models.Queue, cursorText string) ([]Waiting, string, error) {
	if err := require(by, ActionReview); err != nil {
		return nil, "", err
	}
	q := Query{Limit: 50, Cursor: cursorText, Sort: "submitted"}
	after, err := q.after("queue " + string(queue))
	if err != nil {
		return nil, "", err
	}
	tx := s.changesets(ctx, by).Where("c.queue = ? AND c.status = 'submitted' AND c.submitted_at IS NOT NULL", queue).
		Order("c.submitted_at, c.id").Limit(q.Limit + 1)
	if after != nil {
		tx = tx.Where("(c.submitted_at, c.id) > (SELECT o.submitted_at, o.id FROM changesets o WHERE o.id = ?)", after.ID)
	}
	var views []ChangesetView
	if err := tx.Scan(&views).Error; err != nil {
		return nil, "", fmt.Errorf("list the queue: %w", err)
	}
	next := ""
	if len(views) > q.Limit {
		views = views[:q.Limit]
		next = q.next("queue "+string(queue), cursor{ID: views[q.Limit-1].ID})
	}
	waiting, err := s.behind(ctx, views)
	return waiting, next, err
}

// behind tells how many records of proposals changed since they were looked at, in one query.
func (s *Services) behind(ctx context.Context, views []ChangesetView) ([]Waiting, error) {
	waiting := make([]Waiting, len(views))
	var ids []uuid.UUID
	proposed := make([][]models.Operation, len(views))
	for i, view := range views {
		operations, err := ProposedOperations(view.ChangesetRow)
		if err != nil {
			return nil, err
		}
		proposed[i] = operations
		for _, op := range operations {
			ids = append(ids, op.ID)
		}
	}
	records, err := loadRecords(s.db.Read(ctx), ids)
	if err != nil {
		return nil, err
	}
	for i, view := range views {
		waiting[i] = Waiting{ChangesetView: view, Writes: len(proposed[i])}
		for _, op := range proposed[i] {
			if op.Version > 0 && records[op.ID].Version > op.Version {
				waiting[i].Behind++
			}
		}
	}
	return waiting, nil
}

// Versions gives two versions of a record and the fields in which they differ. ErrNotFound when
// there is none of them.
func (s *Services) Versions(ctx context.Context, by models.Actor, id uuid.UUID, from, to int64) ([]FieldDiff, error) {
	var rows []models.Revision
	if err := s.db.Read(ctx).Find(&rows, "record_id = ? AND version IN ?", id, []int64{from, to}).Error; err != nil {
		return nil, fmt.Errorf("read versions of %s: %w", id, err)
	}
	texts := map[int64]models.Revision{}
	for _, row := range rows {
		texts[row.Version] = row
	}
	for _, version := range []int64{from, to} {
		if _, ok := texts[version]; !ok {
			return nil, models.Errorf(models.ErrNotFound, "There is no version %d of this record.", version)
		}
	}
	document, err := readDocument(texts[to].Type, texts[to].Document)
	if err != nil {
		return nil, err
	}
	return diffOf(texts[to].Type, texts[from].Document, document)
}
