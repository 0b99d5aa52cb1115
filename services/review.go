package services

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// Review is a changeset with everything that one needs to judge it.
type Review struct {
	ChangesetView
	Events []EventView
	// Changes are a page of its operations beside what stood before; Next is where the next page
	// begins. The first is operation number First, from 0, of Total.
	Changes      []Change
	First, Total int
	// Protected says that it writes to a protected record.
	Protected bool
	// Refs label the records that it writes and points at.
	Refs map[uuid.UUID]Ref
}

// mostChanges bounds how many operations of a changeset a page has.
const mostChanges = 1000

// Change is one operation of a changeset beside what stood before.
type Change struct {
	models.Operation
	// Fields are those that it changes.
	Fields []FieldDiff
	// Current is the record's present version; 0 for a new one.
	Current int64
	// Document is what it writes, or else what stands: what it takes back, say. Nil where nothing of
	// it is shown.
	Document models.Document
	// Citations are the sources on which that rests.
	Citations []models.Citation
	// Withheld says that the record is on hold: nothing of what was written is shown.
	Withheld bool
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

// Review gives a changeset that the actor may see, with a page of the differences that it makes or
// made, in a fixed number of queries. A limit of 0 is mostChanges, and the most that there is.
// ErrNotFound for any other; ErrInvalid for a cursor that is not of this changeset as it is now.
func (s *Services) Review(ctx context.Context, by models.Actor, id uuid.UUID, limit int, cursorText string) (Review, error) {
	view, err := s.changeset(ctx, by, id)
	if err != nil {
		return Review{}, err
	}
	if limit < 1 || limit > mostChanges {
		limit = mostChanges
	}
	r := Review{ChangesetView: view}
	if r.Events, err = s.ChangesetEvents(ctx, by, id); err != nil {
		return r, err
	}
	tx := s.db.Write(ctx) // from the primary: one looks right after one wrote
	if view.Status == models.ChangesetPublished {
		err = r.published(tx, limit, cursorText)
	} else {
		err = r.proposed(tx, limit, cursorText)
	}
	if err != nil {
		return r, err
	}
	if r.Protected, err = touchesProtected(tx, r.Proposed); err != nil {
		return r, err
	}
	return r, s.labelReview(ctx, &r)
}

// published adds a page of what a changeset wrote.
func (r *Review) published(tx *gorm.DB, limit int, cursorText string) error {
	since, err := r.since(cursorText)
	if err != nil {
		return err
	}
	r.First, r.Total = int(since-deref64(r.FromPosition)), int(deref64(r.ToSize)-deref64(r.FromPosition))
	if r.Changes, err = publishedChanges(tx, r.ID, since, limit); err != nil {
		return err
	}
	r.Next = r.next(since + int64(len(r.Changes)))
	return nil
}

// proposed adds a page of what a changeset would write. Its cursor is that of one edition.
func (r *Review) proposed(tx *gorm.DB, limit int, cursorText string) (err error) {
	if r.Proposed, err = ProposedOperations(r.ChangesetRow); err != nil {
		return err
	}
	r.Total = len(r.Proposed)
	listing := fmt.Sprintf("operations %s %d", r.ID, r.Edition)
	after, err := Query{Cursor: cursorText}.after(listing)
	if err != nil {
		return err
	}
	if after != nil {
		if r.First, err = strconv.Atoi(after.Key); err != nil || r.First < 0 || r.First > r.Total {
			return wrongCursor()
		}
	}
	end := min(r.First+limit, r.Total)
	if end < r.Total {
		r.Next = Query{}.next(listing, cursor{Key: strconv.Itoa(end)})
	}
	r.Changes, err = proposedChanges(tx, r.Proposed[r.First:end])
	return err
}

// Conflicting finds what stands in the way of a proposal as things are now: the fields that others
// changed meanwhile, with all three values, in the whole of it.
func (s *Services) Conflicting(ctx context.Context, r Review) ([]Conflict, error) {
	_, conflicts, err := rebased(s.db.Write(ctx), r.Proposed)
	return conflicts, err
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
	if c.Document = shown; shown != nil {
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

// publishedChanges compares the revisions of a changeset, from a log position on, with the
// versions before them.
func publishedChanges(tx *gorm.DB, id uuid.UUID, since int64, limit int) ([]Change, error) {
	var revisions []models.Revision
	err := tx.Order("position").Limit(limit).Find(&revisions, "changeset_id = ? AND position >= ?", id, since).Error
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
		if view.Withheld {
			changes[i] = Change{Operation: models.Operation{Op: r.Op, Type: r.Type, ID: r.RecordID, Version: r.Version, Edit: r.Edit, Reason: view.Reason}, Current: r.Version, Withheld: true}
			continue
		}
		document, err := readDocument(r.Type, r.Document)
		if err != nil {
			return nil, err
		}
		c := Change{Operation: models.Operation{Op: r.Op, Type: r.Type, ID: r.RecordID, Version: r.Version, Edit: r.Edit, Reason: view.Reason, Into: r.MergedInto, Data: document},
			Current: r.Version, Document: document, Citations: document.Cited()}
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
	proposed := map[uuid.UUID]models.Operation{}
	for _, operation := range r.Proposed {
		if operation.Op == models.OpCreate && operation.Data != nil {
			proposed[operation.ID] = operation
		}
	}
	wanted, made := wantedRefs{}, map[uuid.UUID]models.Document{}
	var pointed func(d models.Document)
	pointed = func(d models.Document) {
		for _, ref := range d.References() {
			t := models.RecordType("")
			if len(ref.Types) == 1 {
				t = ref.Types[0]
			}
			wanted.add(t, ref.ID)
			if other, ok := proposed[ref.ID]; ok && made[ref.ID] == nil { // on another page of it
				made[ref.ID] = other.Data
				pointed(other.Data)
			}
		}
	}
	for _, c := range r.Changes {
		wanted.add(c.Type, c.ID)
		if c.Into != nil {
			wanted.add(c.Type, *c.Into)
		}
		if c.Data != nil {
			made[c.ID] = c.Data
		}
		if c.Document != nil {
			pointed(c.Document)
		}
		for _, f := range c.Fields { // what it takes away is pointed at no more
			wanted.addWritten(f.Before)
			wanted.addWritten(f.Current)
		}
	}
	if r.Refs, err = reading.loadRefs(wanted); err != nil {
		return err
	}
	r.nameMade(made)
	return nil
}

// nameMade labels the records that a changeset makes: links by their ends first, status changes by
// what they belong to, claims and sources by who speaks and who publishes.
func (r *Review) nameMade(made map[uuid.UUID]models.Document) {
	for id, document := range made {
		if _, exists := r.Refs[id]; exists {
			delete(made, id)
			continue
		}
		r.Refs[id] = madeRef(id, document)
	}
	for id, document := range made {
		ref := r.Refs[id]
		switch d := document.(type) {
		case *models.Relationship:
			ref.Subject, ref.Object = r.Refs[d.Subject].asEnd(), r.Refs[d.Object].asEnd()
		case *models.Claim:
			for _, speaker := range d.Speakers {
				if speaker.Entity != nil {
					ref.People = append(ref.People, r.Refs[*speaker.Entity])
				}
			}
		case *models.Source:
			for _, publisher := range d.Publishers {
				ref.People = append(ref.People, r.Refs[publisher])
			}
		}
		r.Refs[id] = ref
	}
	for id, document := range made {
		if d, ok := document.(*models.StatusChange); ok {
			r.Refs[id] = stepRef(Head{ID: id, Type: models.TypeStatusChange, State: models.StateLive}, d, r.Refs[d.Record])
		}
	}
}

// madeRef labels a record that a changeset makes.
func madeRef(id uuid.UUID, d models.Document) Ref {
	ref := Ref{ID: id, Type: d.RecordType(), State: models.StateLive, Kind: kindOf(d), Date: DocumentDate(d)}
	if names := namesOf(d); len(names) > 0 {
		ref.Name = names[0]
	} else {
		ref.Name = summaryOf(d)
	}
	return ref
}

// Waiting is a proposal in a queue.
type Waiting struct {
	ChangesetView
	// Writes counts its operations, Behind those whose records changed since they were looked at.
	Writes, Behind int
}

// QueueQuery asks for the proposals of a queue.
type QueueQuery struct {
	Queue models.Queue
	// State is one of QueueStates; "" for those that wait for review.
	State string
	// Author and Group are names; "" for all.
	Author, Group string
	Cursor        string
}

// queueStates are the states of proposals that are not decided, with what they mean for a row.
var queueStates = map[string]string{
	"":                  "c.status = 'submitted' AND c.approver_id IS NULL",
	"approved":          "c.status = 'submitted' AND c.approver_id IS NOT NULL",
	"changes_requested": "c.status = 'changes_requested'",
	"all":               "c.status IN ('submitted', 'changes_requested')",
}

// QueueStates lists the states by which a queue can be narrowed: "" is waiting for review,
// approved is waiting for its day.
func QueueStates() []string { return []string{"", "approved", "changes_requested", "all"} }

// Queue lists the proposals of a queue, those first that wait longest, at most 50, and the cursor
// of the next page.
func (s *Services) Queue(ctx context.Context, by models.Actor, asked QueueQuery) ([]Waiting, string, error) {
	if err := require(by, ActionReview); err != nil {
		return nil, "", err
	}
	state, known := queueStates[asked.State]
	if !known {
		return nil, "", searchProblem("state", fmt.Sprintf("%q is no state of a proposal.%s", shorten(asked.State), models.DidYouMean(asked.State, QueueStates())))
	}
	q := Query{Limit: 50, Cursor: asked.Cursor, Sort: "submitted",
		Filters: map[string][]string{"state": {asked.State}, "author": {asked.Author}, "group": {asked.Group}}}
	listing := "queue " + string(asked.Queue)
	after, err := q.after(listing)
	if err != nil {
		return nil, "", err
	}
	tx := s.changesets(ctx, by).Where("c.queue = ? AND c.submitted_at IS NOT NULL AND "+state, asked.Queue).
		Order("c.submitted_at, c.id").Limit(q.Limit + 1)
	if asked.Author != "" {
		tx = tx.Where("a.name = ?", asked.Author)
	}
	if asked.Group != "" {
		tx = tx.Where("g.name = ?", asked.Group)
	}
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
		next = q.next(listing, cursor{ID: views[q.Limit-1].ID})
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

// Comparison is two versions of a record beside each other.
type Comparison struct {
	Type     models.RecordType
	From, To RevisionView
	// Fields are those in which they differ.
	Fields []FieldDiff
	// Before and After are the sources on which either rests.
	Before, After []models.Citation
	// Refs label what both point at.
	Refs map[uuid.UUID]Ref
}

// Compare gives two versions of a record and the fields in which they differ. ErrNotFound when
// there is none of them.
func (s *Services) Compare(ctx context.Context, by models.Actor, id uuid.UUID, from, to int64) (Comparison, error) {
	var out Comparison
	revisions, err := s.versions(ctx, id, from, to)
	if err != nil {
		return out, err
	}
	out.Type = revisions[to].Type
	if isWithheld(revisions[to].Document) {
		return out, models.Errorf(models.ErrWithheld, "This %s is withheld: its versions cannot be compared until a steward lifts the hold.", label(out.Type))
	}
	documents := map[int64]models.Document{}
	for version, revision := range revisions {
		if documents[version], err = readDocument(revision.Type, revision.Document); err != nil {
			return out, err
		}
	}
	out.Before, out.After = documents[from].Cited(), documents[to].Cited()
	if out.From, err = revisionView(revisions[from]); err != nil {
		return out, err
	}
	if out.To, err = revisionView(revisions[to]); err != nil {
		return out, err
	}
	if out.Fields, err = diffOf(out.Type, revisions[from].Document, documents[to]); err != nil {
		return out, err
	}
	var pointed []uuid.UUID
	for _, document := range documents {
		for _, ref := range document.References() {
			pointed = append(pointed, ref.ID)
		}
	}
	out.Refs, err = s.Labels(ctx, by, distinct(pointed))
	return out, err
}

// versions reads two versions of a record, by their numbers.
func (s *Services) versions(ctx context.Context, id uuid.UUID, from, to int64) (map[int64]models.Revision, error) {
	var rows []models.Revision
	if err := s.db.Read(ctx).Find(&rows, "record_id = ? AND version IN ?", id, []int64{from, to}).Error; err != nil {
		return nil, fmt.Errorf("read versions of %s: %w", id, err)
	}
	revisions := map[int64]models.Revision{}
	for _, row := range rows {
		revisions[row.Version] = row
	}
	for _, version := range []int64{from, to} {
		if _, ok := revisions[version]; !ok {
			return nil, models.Errorf(models.ErrNotFound, "There is no version %d of this record.", version)
		}
	}
	return revisions, nil
}
