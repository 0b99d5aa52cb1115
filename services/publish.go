package services

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"golang.org/x/mod/sumdb/note"
	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/models"
)

// Outcome is what became of a changeset.
type Outcome struct {
	Changeset uuid.UUID
	Status    models.ChangesetStatus
	// Written lists the revisions that were published, in the order of the operations; empty
	// for a proposal.
	Written []Written
	// Size is the log's size after it.
	Size int64
}

// Written is one revision that was published.
type Written struct {
	ID       uuid.UUID
	Type     models.RecordType
	Version  int64
	Revision int64
}

// writing is a changeset on its way into the database: what it asks for, what it found there,
// and what it will write.
type writing struct {
	s  *Services
	tx *gorm.DB
	// by publishes; author wrote. They are the same unless a proposal was reviewed.
	by     models.Actor
	author uuid.UUID
	at     time.Time
	// waiting says that the changeset is stored already, as a proposal.
	waiting bool
	// exact changesets are made by merges, undoing and reverts: see exact.go.
	exact bool

	id      uuid.UUID
	summary string
	writes  []*write
	byID    map[uuid.UUID]*write
	// base is the log's size before, size after; head is its checkpoint before.
	base, size int64
	head       models.Checkpoint
	// logKey is the public key that signs the log at present; signer signs with it.
	logKey string
	signer note.Signer
	// tree is the log's tree as it grows.
	tree *grownTree
	// view is what is read: the present, but for replays. before is what was derived until then.
	view, before view
	found        *found
	problems     []models.Problem
}

// write is one operation and what it leads to.
type write struct {
	models.Operation
	index int
	// before is the record as it stands; nil for a create.
	before *models.Record
	// old is the document as it stands; nil for a create.
	old models.Document
	// document is the one after the write.
	document models.Document
	state    models.RecordState
	version  int64
	position int64
}

func (w *writing) problem(op int, pointer, format string, args ...any) {
	w.problems = append(w.problems, models.Problem{Operation: op, Pointer: pointer, Message: fmt.Sprintf(format, args...)})
}

// mostOperations bounds a changeset, so that one request cannot hold the log for minutes.
const mostOperations = 100_000

// publish writes a changeset in the given transaction: everything in it, or nothing. It is the
// only function that writes records. The caller has checked that the actor may publish.
//
// All problems are found before anything is written and come back together in one Error of the
// kind ErrInvalid; a version that is no longer the present one gives ErrStale.
func (s *Services) publish(tx *gorm.DB, by models.Actor, author uuid.UUID, c models.Changeset) (Outcome, error) {
	return s.newWriting(tx, by, author, c).run()
}

// run takes the steps of a publication, in their order.
func (w *writing) run() (Outcome, error) {
	for _, step := range []func() error{w.prepared, w.lock, w.find, w.check, w.store, w.derive, w.index, w.append} {
		if err := step(); err != nil {
			return Outcome{}, err
		}
	}
	return w.outcome(), nil
}

// rehearse finds everything wrong with a changeset, and writes nothing.
func (s *Services) rehearse(tx *gorm.DB, by models.Actor, c models.Changeset) error {
	w := s.newWriting(tx, by, by.Account, c)
	for _, step := range []func() error{w.prepared, w.lock, w.find, w.check} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Services) newWriting(tx *gorm.DB, by models.Actor, author uuid.UUID, c models.Changeset) *writing {
	w := &writing{s: s, tx: tx, by: by, author: author, id: c.ID, summary: c.Summary, byID: map[uuid.UUID]*write{}}
	w.prepare(c)
	return w
}

// prepared is the first step: what prepare found.
func (w *writing) prepared() error { return w.failed() }

// prepare checks what can be seen without the database, and gives ids.
func (w *writing) prepare(c models.Changeset) {
	if w.id == uuid.Nil {
		w.id = newID()
	}
	if clean, problem := models.CleanText(w.summary); problem != "" || len(clean) > 2000 {
		w.problem(0, "/summary", "Say in at most 2,000 letters of plain text what the changeset does.")
	} else {
		w.summary = clean
	}
	if len(c.Operations) == 0 || len(c.Operations) > mostOperations {
		w.problem(0, "/operations", "A changeset has from 1 to %d operations; this one has %d.", mostOperations, len(c.Operations))
		return
	}

	for i := range c.Operations {
		w.prepareOperation(i, c.Operations[i])
	}
}

func (w *writing) prepareOperation(index int, op models.Operation) {
	if op.ID == uuid.Nil && op.Op == models.OpCreate {
		op.ID = newID()
	}
	one := &write{Operation: op, index: index, document: op.Data}
	if other, twice := w.byID[op.ID]; twice {
		w.problem(index, "/id", "Operation %d writes the same record; join the two.", other.index+1)
		return
	}
	w.writes = append(w.writes, one)
	w.byID[op.ID] = one
	w.prepareShape(one)
}

func (w *writing) prepareShape(one *write) {
	if w.exact {
		w.prepareExact(one)
		return
	}
	writes := one.Op == models.OpCreate || one.Op == models.OpEdit || one.Op == models.OpRestore && one.Data != nil
	switch {
	case one.Op.Joins() || slices.Contains(publicReasons, one.Op) || !models.Operations().Has(string(one.Op)):
		w.problem(one.index, "/op", "%q cannot be written here. Use create, edit, retract or restore.", one.Op)
		return
	case writes && (one.Data == nil || one.Data.RecordType() != one.Type):
		w.problem(one.index, "/data", "Give the %s as the data of this operation.", one.Type)
		return
	case one.Op == models.OpCreate && (one.ID.Version() != 7 || one.ID.Variant() != uuid.RFC4122):
		w.problem(one.index, "/id", "A new record's id is a UUID of version 7; leave it out to be given one.")
	case one.Op == models.OpEdit && one.Edit != models.WorldChanged && one.Edit != models.Corrected:
		w.problem(one.index, "/edit", "Say whether the \"world_changed\" or the record was wrong and is \"corrected\".")
	case one.Op != models.OpEdit && one.Edit != "":
		w.problem(one.index, "/edit", "Only an edit says whether the world changed or the record was wrong; leave this out.")
	}

	w.prepareReason(one)
	if writes {
		for _, p := range flaws(one.Data) {
			w.problem(one.index, p.Pointer, "%s", p.Message)
		}
	}
}

// prepareReason checks the reason: an edit, a retraction and a restoration need one.
func (w *writing) prepareReason(one *write) {
	clean, problem := models.CleanText(one.Reason)
	switch {
	case problem != "":
		w.problem(one.index, "/reason", "%s", problem)
	case len(clean) > 5000:
		w.problem(one.index, "/reason", "Shorten the reason to at most 5,000 letters.")
	case clean == "" && one.Op != models.OpCreate:
		w.problem(one.index, "/reason", "Say why, in a sentence: the history shows it.")
	}
	one.Reason = clean
}

// failed gives the problems found so far as one error.
func (w *writing) failed() error {
	if len(w.problems) == 0 {
		return nil
	}
	kind := models.ErrConflict // nothing is wrong but that it is there already
	if slices.ContainsFunc(w.problems, func(p models.Problem) bool { return p.Known == nil }) {
		kind = models.ErrInvalid
	}
	return &models.Error{Kind: kind, Problems: w.problems,
		Message: "Nothing was written. " + count(len(w.problems), "thing needs", "things need") + " attention."}
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// lock lets one changeset at a time go on, reads the log's size and sets the instant. On SQLite
// the transaction alone does that; on PostgreSQL an advisory lock, released with the
// transaction, does.
func (w *writing) lock() error {
	if err := w.lockFor(); err != nil {
		return err
	}
	head, key, err := headToSign(w.tx)
	if err != nil {
		return err
	}
	w.head, w.base, w.logKey = head, head.Size, key
	w.size = head.Size + int64(len(w.writes))
	w.at = w.s.now()
	// An instant belongs to one log size, even when the clock stands still or steps back.
	if !w.at.After(head.At) {
		w.at = head.At.Add(time.Microsecond)
	}
	for i, one := range w.writes {
		one.position = w.base + int64(i)
	}
	return nil
}

// fewWrites bounds the changesets for which PostgreSQL plans nothing anew.
const fewWrites = 20

// lockFor locks the log, and has PostgreSQL keep its plans for small changesets: to plan their two
// dozen statements takes it longer than to run them. Large ones are planned for their size.
func (w *writing) lockFor() error {
	if w.s.db.Dialect() != database.Postgres || len(w.writes) > fewWrites {
		return w.s.lockLog(w.tx)
	}
	return wrap(w.tx.Exec(lockStatement+", set_config('plan_cache_mode', 'force_generic_plan', true)").Error, "lock the log")
}

// lockStatement takes the lock of the log on PostgreSQL.
const lockStatement = "SELECT pg_advisory_xact_lock(7236837)"

// lockLog lets nobody else publish until the transaction's end.
func (s *Services) lockLog(tx *gorm.DB) error {
	return lockLog(tx)
}

// lockLog does so for who has no services.
func lockLog(tx *gorm.DB) error {
	if tx.Name() != database.Postgres {
		return nil // SQLite has one writer
	}
	return wrap(tx.Exec(lockStatement).Error, "lock the log")
}

func (w *writing) outcome() Outcome {
	out := Outcome{Changeset: w.id, Status: models.ChangesetPublished, Size: w.size}
	for _, one := range w.writes {
		out.Written = append(out.Written, Written{ID: one.ID, Type: one.Type, Version: one.version, Revision: one.position})
	}
	return out
}

// store writes the changeset, records, revisions and held rows, if they can be signed.
func (w *writing) store() error {
	if err := w.admit(); err != nil {
		return err
	}
	if err := w.storeChangeset(); err != nil {
		return err
	}
	if err := w.storeRecords(); err != nil {
		return err
	}
	if err := w.storeSlugs(); err != nil {
		return err
	}
	return w.storeVersions()
}

// storeChangeset writes the changeset's row, or marks that of a reviewed proposal as published.
func (w *writing) storeChangeset() error {
	edits, retractions := effort(w.operations())
	if w.waiting {
		return wrap(w.tx.Model(&models.ChangesetRow{}).Where("id = ?", w.id).Updates(map[string]any{
			"status": models.ChangesetPublished, "reviewer_id": w.by.Account, "decided_at": w.at,
			"from_position": w.base, "to_size": w.size, "operations": "", "form": "",
		}).Error, "mark changeset %s as published", w.id)
	}

	row := models.ChangesetRow{ID: w.id, Status: models.ChangesetPublished, Summary: w.summary, AuthorID: w.author, GroupID: groupOf(w.by),
		CreatedAt: w.at, DecidedAt: &w.at, FromPosition: &w.base, ToSize: &w.size, Edition: 1, Queue: models.QueueEdits,
		Edits: edits, Retractions: retractions, SubmittedAt: &w.at}
	return wrap(insert(w.tx, []models.ChangesetRow{row}), "store changeset %s", w.id)
}

func (w *writing) operations() []models.Operation {
	list := make([]models.Operation, len(w.writes))
	for i, one := range w.writes {
		list[i] = one.Operation
	}
	return list
}

// storeRecords makes the new records and moves the versions of the others, compare and set.
func (w *writing) storeRecords() error {
	var made []models.Record
	var moved []*write
	for _, one := range w.writes {
		if one.Op == models.OpCreate {
			made = append(made, models.Record{ID: one.ID, Type: one.Type, State: one.state, Version: 1, Revision: one.position})
		} else {
			moved = append(moved, one)
		}
	}
	if err := insert(w.tx, made); err != nil {
		return fmt.Errorf("store records: %w", err)
	}
	return inChunks(moved, w.moveRecords)
}

// movedRecord is the place that a record moves to, for moveRecords.
type movedRecord struct {
	ID         uuid.UUID          `json:"id"`
	Version    int64              `json:"version"`
	State      models.RecordState `json:"state"`
	MergedInto *uuid.UUID         `json:"merged_into"`
	Revision   int64              `json:"revision"`
}

// moveRecords moves records from the versions that were seen to the next, in one statement:
// ErrStale when somebody else moved one meanwhile.
func (w *writing) moveRecords(moved []*write) error {
	rows := make([]movedRecord, len(moved))
	for i, one := range moved {
		rows[i] = movedRecord{one.ID, one.version, one.state, one.mergedInto(), one.position}
	}
	from := "(SELECT value ->> 'id' AS id, value ->> 'version' AS version, value ->> 'state' AS state, value ->> 'merged_into' AS merged_into, value ->> 'revision' AS revision FROM json_each(?)) n"
	if w.tx.Name() == database.Postgres {
		from = "json_to_recordset(CAST(? AS json)) AS n (id uuid, version bigint, state text, merged_into uuid, revision bigint)"
	}
	done := w.tx.Exec("UPDATE records SET version = n.version, state = n.state, merged_into = n.merged_into, revision = n.revision FROM "+from+
		" WHERE records.id = n.id AND records.version = n.version - 1", mustJSON(rows))
	if done.Error != nil {
		return fmt.Errorf("move records: %w", done.Error)
	}
	if done.RowsAffected == int64(len(moved)) {
		return nil
	}
	var there []models.Record
	if err := w.tx.Select("id", "revision").Find(&there, "id ?", among(idsOf(moved))).Error; err != nil {
		return fmt.Errorf("find the record that somebody else moved: %w", err)
	}
	for _, one := range moved {
		if !slices.ContainsFunc(there, func(r models.Record) bool { return r.ID == one.ID && r.Revision == one.position }) {
			return stale(one)
		}
	}
	return stale(moved[0])
}

func idsOf(writes []*write) []uuid.UUID {
	ids := make([]uuid.UUID, len(writes))
	for i, one := range writes {
		ids[i] = one.ID
	}
	return ids
}

func (w *writing) storeSlugs() error {
	var rows []models.SlugRow
	for _, one := range w.writes {
		entity, ok := one.document.(*models.Entity)
		written := one.Data != nil || one.Op == models.OpRedact
		if ok && written && w.found.slugs[entity.Slug] == uuid.Nil {
			rows = append(rows, models.SlugRow{Slug: entity.Slug, RecordID: one.ID})
		}
	}
	return wrap(insert(w.tx, rows), "store slugs")
}

// storeVersions writes the revisions, adds their leaves to the tree, closes the rows of the
// versions before and writes those of the new ones.
func (w *writing) storeVersions() error {
	tree, err := w.s.edges.tree(w.tx, w.head)
	if err != nil {
		return err
	}
	w.tree = tree
	for slice := range slices.Chunk(w.writes, versionsTogether) {
		if err := w.storeVersionsOf(slice); err != nil {
			return err
		}
	}
	return nil
}

// versionsTogether is how many versions are prepared at a time: while they are written, the next
// ones are sealed.
const versionsTogether = 1000

// sliceSize is how many records are written at a time, so that a large changeset does not have all
// its rows in memory at once.
const sliceSize = 5000

func (w *writing) storeVersionsOf(writes []*write) error {
	revisions, err := w.revisions(writes)
	if err != nil {
		return err
	}
	if err := insert(w.tx, revisions); err != nil {
		return fmt.Errorf("store revisions: %w", err)
	}
	if err := w.tree.grow(revisions); err != nil {
		return err
	}

	before, rows := closing{}, batch{}
	for _, one := range writes {
		if one.Op == models.OpHold {
			continue // its rows go, all of them: see withhold
		}
		if one.Op != models.OpCreate {
			before.add(one.ID, one.old.Rows(models.Held{ID: one.ID}))
		}
		rows.add(one.document.Rows(models.Held{ID: one.ID, FromSize: w.size, State: one.state,
			Version: one.version, Revision: one.position})...)
	}
	if err := before.apply(w.tx, w.size); err != nil {
		return err
	}
	return rows.insert(w.tx)
}

// revisions makes the revisions, with fresh salts.
func (w *writing) revisions(writes []*write) ([]models.Revision, error) {
	revisions := make([]models.Revision, len(writes))
	for i, one := range writes {
		fields, err := documentFields(one.document)
		if err != nil {
			return nil, err
		}
		if one.Reason != "" {
			fields["@reason"], _ = json.Marshal(one.Reason) // a string always marshals
		}
		if one.position == w.base {
			fields["@summary"], _ = json.Marshal(w.summary)
		}

		revision := models.Revision{Position: one.position, RecordID: one.ID, Type: one.Type, Version: one.version,
			ChangesetID: w.id, Op: one.Op, Edit: one.Edit, State: one.state, MergedInto: one.mergedInto(), At: w.at}
		if err := seal(&revision, fields, w.author); err != nil {
			return nil, err
		}
		revisions[i] = revision
	}
	return revisions, nil
}

func stale(one *write) error {
	return models.Errorf(models.ErrStale,
		"Somebody else changed this record meanwhile. Look at the current version, then send the edit again with its version.").About(one.index, "/version")
}

// newID makes a UUIDv7, which tells its instant.
func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

func wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}
