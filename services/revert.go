package services

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// Revert says what is to be taken back: one revision, everything after a version of a record, a
// changeset, or everything that some accounts published in a window. Exactly one of them is given.
type Revert struct {
	// Revision is the log position of one revision.
	Revision *int64
	// Record is to become what it was at Version.
	Record  *uuid.UUID
	Version int64
	// Changeset is one that was published; a merge is undone in this way.
	Changeset *uuid.UUID
	// Accounts are names; From and Until are the window, the latter not included.
	Accounts    []string
	From, Until time.Time
	Reason      string
}

// Reverted is what a revert did, or would do.
type Reverted struct {
	Outcome
	// Records are those that it changes, and Changes the first of them with their differences, in
	// a plan alone.
	Records []uuid.UUID
	Changes []Change
	// Conflicts are what it leaves, since others changed it later.
	Conflicts []RevertConflict
}

// RevertConflict is something that a revert leaves as it is.
type RevertConflict struct {
	Record uuid.UUID
	Type   models.RecordType
	// Field is the one that was changed again later; "" where it is about the record as a whole.
	Field string
	// Written is the value that was to be taken back, Current the present one, Former that which
	// it had before; as JSON, nil for none.
	Written, Current, Former json.RawMessage
	Why                      string
}

// PlanRevert tells what a revert would do, and writes nothing.
func (s *Services) PlanRevert(ctx context.Context, by models.Actor, r Revert) (Reverted, error) {
	if err := r.check(); err != nil {
		return Reverted{}, err
	}
	var out Reverted
	err := s.db.ReadTransaction(ctx, func(tx *gorm.DB) error {
		plan, err := s.planRevert(tx, by, r)
		if err != nil {
			return err
		}
		out = Reverted{Conflicts: plan.conflicts}
		for _, op := range plan.operations {
			out.Records = append(out.Records, op.ID)
		}
		out.Changes, err = proposedChanges(tx, plan.operations[:min(len(plan.operations), mostShown)])
		return err
	})
	return out, err
}

// mostShown bounds the differences that a plan shows.
const mostShown = 50

// Revert takes something back by writing again: nothing is deleted. What others changed later in
// the same fields is kept, and listed. Undoing a merge restores the exact former state. Taking
// back what others did needs a steward, but for one revision or one record, which an editor could
// write as well. Who may not publish has it proposed. ErrConflict when nothing is left to revert,
// with the conflicts in Current.
func (s *Services) Revert(ctx context.Context, by models.Actor, r Revert) (out Reverted, err error) {
	if err := r.check(); err != nil {
		return Reverted{}, err
	}
	r.Reason, err = remark("/reason", r.Reason, true)
	if err != nil {
		return Reverted{}, err
	}
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		if err := s.lockLog(tx); err != nil {
			return err
		}
		plan, err := s.planRevert(tx, by, r)
		if err != nil {
			return err
		}
		out, err = s.publishRevert(tx, by, r, plan)
		return err
	})
	return out, err
}

func (r *Revert) check() error {
	given := 0
	for _, is := range []bool{r.Revision != nil, r.Record != nil, r.Changeset != nil, len(r.Accounts) > 0} {
		if is {
			given++
		}
	}
	var problems []models.Problem
	if given != 1 {
		problems = append(problems, models.Problem{Pointer: "", Message: "Name one revision, one record with its version, one changeset, or accounts with a window."})
	}
	if len(r.Accounts) > 100 {
		problems = append(problems, models.Problem{Pointer: "/accounts", Message: "Name at most 100 accounts."})
	}
	if len(r.Accounts) > 0 && !r.From.Before(r.Until) {
		problems = append(problems, models.Problem{Pointer: "/until", Message: "Give a window: from an instant until a later one."})
	}
	if len(problems) == 0 {
		return nil
	}
	return &models.Error{Kind: models.ErrInvalid, Message: "Nothing was reverted.", Problems: problems}
}

// reverting is a revert that was worked out.
type reverting struct {
	operations []models.Operation
	conflicts  []RevertConflict
}

// planRevert works out what a revert writes, in a fixed number of queries.
func (s *Services) planRevert(tx *gorm.DB, by models.Actor, r Revert) (*reverting, error) {
	chosen, err := s.chosen(tx, r)
	if err != nil {
		return nil, err
	}
	if err := s.mayRevert(by, r, chosen); err != nil {
		return nil, err
	}
	histories, err := loadHistories(tx, chosen)
	if err != nil {
		return nil, err
	}

	plan := &reverting{}
	for _, id := range distinct(keys(histories)) {
		if err := plan.record(histories[id], chosen); err != nil {
			return nil, err
		}
	}
	for i := range plan.operations {
		plan.operations[i].Reason = firstLetters("Revert: "+r.Reason, 4900)
	}
	return plan, plan.followMerges(tx)
}

// chosenRevision is a revision that is to be taken back.
type chosenRevision struct {
	Position    int64
	RecordID    uuid.UUID
	AuthorID    uuid.UUID
	ChangesetID uuid.UUID
	Op          models.Op
}

// chosen finds the revisions to take back.
func (s *Services) chosen(tx *gorm.DB, r Revert) (map[int64]chosenRevision, error) {
	query := tx.Table("revisions v").Joins("JOIN changesets c ON c.id = v.changeset_id").
		Select("v.position, v.record_id, v.changeset_id, v.op, c.author_id").Order("v.position").Limit(mostOperations + 1)
	missing := models.Errorf(models.ErrNotFound, "There is nothing to revert there.")
	switch {
	case r.Revision != nil:
		query = query.Where("v.position = ?", *r.Revision)
	case r.Record != nil:
		var known int64
		if err := tx.Model(&models.Revision{}).Where("record_id = ? AND version = ?", *r.Record, r.Version).Count(&known).Error; err != nil {
			return nil, fmt.Errorf("look for version %d: %w", r.Version, err)
		}
		if known == 0 {
			return nil, models.Errorf(models.ErrNotFound, "There is no version %d of this record.", r.Version)
		}
		missing = models.Errorf(models.ErrConflict, "The record is as it was at version %d.", r.Version)
		query = query.Where("v.record_id = ? AND v.version > ?", *r.Record, r.Version)
	case r.Changeset != nil:
		query = query.Where("v.changeset_id = ?", *r.Changeset)
	default:
		ids, err := accountsNamed(tx, r.Accounts)
		if err != nil {
			return nil, err
		}
		query = query.Where("c.from_position IS NOT NULL AND c.author_id IN ? AND c.decided_at >= ? AND c.decided_at < ?", ids, r.From.UTC(), r.Until.UTC())
	}

	var rows []chosenRevision
	if err := query.Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("find what to revert: %w", err)
	}
	if len(rows) == 0 {
		return nil, missing
	}
	if len(rows) > mostOperations {
		return nil, models.Errorf(models.ErrInvalid, "That are more than %d revisions; choose a shorter window.", mostOperations)
	}
	chosen := make(map[int64]chosenRevision, len(rows))
	for _, row := range rows {
		chosen[row.Position] = row
	}
	return chosen, nil
}

func accountsNamed(tx *gorm.DB, names []string) ([]uuid.UUID, error) {
	var accounts []models.Account
	if err := tx.Find(&accounts, "name IN ?", names).Error; err != nil {
		return nil, fmt.Errorf("find accounts: %w", err)
	}
	var problems []models.Problem
	for i, name := range names {
		if !slices.ContainsFunc(accounts, func(a models.Account) bool { return a.Name == name }) {
			problems = append(problems, models.Problem{Pointer: fmt.Sprintf("/accounts/%d", i), Message: fmt.Sprintf("There is no account named %q.", shorten(name))})
		}
	}
	if len(problems) > 0 {
		return nil, &models.Error{Kind: models.ErrInvalid, Message: "Nothing was reverted.", Problems: problems}
	}
	ids := make([]uuid.UUID, len(accounts))
	for i, account := range accounts {
		ids[i] = account.ID
	}
	return ids, nil
}

// mayRevert refuses who may not take the revisions back.
func (s *Services) mayRevert(by models.Actor, r Revert, chosen map[int64]chosenRevision) error {
	own, merges := true, false
	for _, one := range chosen {
		own = own && one.AuthorID == by.Account
		merges = merges || one.Op.Joins()
	}
	single := r.Revision != nil || r.Record != nil
	switch {
	case merges:
		return require(by, ActionMerge)
	case own || single: // a single one is an edit as any other: published by who may, proposed by others
		return require(by, ActionRevertOwn)
	}
	return require(by, ActionRevertOthers)
}

// version is one revision with its fields.
type version struct {
	models.Revision
	fields map[string]json.RawMessage
}

// loadHistories loads every version of the records of some revisions.
func loadHistories(tx *gorm.DB, chosen map[int64]chosenRevision) (map[uuid.UUID][]version, error) {
	var ids []uuid.UUID
	for _, one := range chosen {
		ids = append(ids, one.RecordID)
	}
	histories := map[uuid.UUID][]version{}
	err := inChunks(ids, func(chunk []uuid.UUID) error {
		var rows []models.Revision
		err := tx.Select("position", "record_id", "type", "version", "op", "state", "merged_into", "document").
			Order("record_id, version").Find(&rows, "record_id IN ?", chunk).Error
		for _, row := range rows {
			histories[row.RecordID] = append(histories[row.RecordID], version{Revision: row})
		}
		return wrap(err, "load what is to be reverted")
	})
	return histories, err
}

// record works out what one record is to become: the chosen revisions are taken back from the
// last to the first, each field where nobody changed it since.
func (p *reverting) record(history []version, chosen map[int64]chosenRevision) error {
	if last := history[len(history)-1]; last.Op == models.OpHold {
		p.conflicts = append(p.conflicts, RevertConflict{Record: last.RecordID, Type: last.Type, Why: "It is withheld; lift the hold first."})
		return nil
	}
	for i := range history {
		fields, err := textFields(history[i].Type, history[i].Document)
		if err != nil {
			return fmt.Errorf("read revision %d: %w", history[i].Position, err)
		}
		history[i].fields = fields
	}
	last := history[len(history)-1]
	t := taking{p: p, last: last, fields: map[string]json.RawMessage{}, state: last.State, into: last.MergedInto}
	for name, value := range last.fields {
		t.fields[name] = value
	}
	for i := len(history) - 1; i >= 0; i-- {
		if _, is := chosen[history[i].Position]; is {
			t.back(history, i)
		} else if !slices.Contains(publicReasons, history[i].Op) {
			t.later = true
			t.laterState = t.laterState || i > 0 && (history[i].State != history[i-1].State || !sameID(history[i].MergedInto, history[i-1].MergedInto))
		}
	}
	return t.write()
}

// taking is a record on its way back.
type taking struct {
	p      *reverting
	last   version
	fields map[string]json.RawMessage
	state  models.RecordState
	into   *uuid.UUID
	// joins is how it came into that.
	joins models.Op
	// later says that somebody else wrote after the revision that is looked at, laterState that
	// they retracted, restored or merged.
	later, laterState bool
}

func (t *taking) conflict(field, why string, written, former json.RawMessage) {
	t.p.conflicts = append(t.p.conflicts, RevertConflict{Record: t.last.RecordID, Type: t.last.Type, Field: field, Why: why,
		Written: written, Current: t.last.fields[field], Former: former})
}

// back takes one revision back.
func (t *taking) back(history []version, i int) {
	one := history[i]
	switch {
	case one.Op == models.OpRedact:
		t.conflict("", "A redaction cannot be taken back.", nil, nil)
		return
	case one.Op == models.OpHold || one.Op == models.OpLift:
		return // it changed nothing of what the record says
	case i == 0 && t.later:
		t.conflict("", "It was entered then, and others wrote to it later; it is kept.", nil, nil)
		return
	case i == 0:
		t.state, t.into = models.StateRetracted, nil
		return
	}

	before := history[i-1]
	if one.State != before.State || !sameID(one.MergedInto, before.MergedInto) {
		if t.laterState {
			t.conflict("", "Somebody retracted, restored or merged it later; that is kept.", nil, nil)
		} else {
			t.state, t.into, t.joins = before.State, before.MergedInto, joinedBy(history[:i])
		}
	}
	for _, name := range fieldNames(one.fields, before.fields) {
		written, former := one.fields[name], before.fields[name]
		switch {
		case bytes.Equal(written, former) || bytes.Equal(t.fields[name], former):
		case string(former) == `"`+Tombstone+`"`:
			t.conflict(name, "What stood there was redacted.", written, nil)
		case bytes.Equal(t.fields[name], written):
			setField(t.fields, name, former)
		default:
			t.conflict(name, "Somebody changed it later; that is kept.", written, former)
		}
	}
}

// joinedBy is the operation by which a record was joined with another last.
func joinedBy(history []version) models.Op {
	for _, one := range slices.Backward(history) {
		if one.Op.Joins() {
			return one.Op
		}
	}
	return models.OpMerge
}

// write adds the operation that makes the record what it is to become; none when it is that.
func (t *taking) write() error {
	op := models.Operation{Type: t.last.Type, ID: t.last.RecordID, Version: t.last.Version}
	changed := mustJSON(t.fields) != mustJSON(t.last.fields)
	moved := t.state != t.last.State || !sameID(t.into, t.last.MergedInto)
	switch {
	case !changed && !moved:
		return nil
	case !moved:
		op.Op, op.Edit = models.OpEdit, models.Corrected
	case t.state == models.StateLive:
		op.Op = models.OpRestore
	case t.state == models.StateRetracted:
		op.Op = models.OpRetract
	default:
		op.Op, op.Into = t.joins, t.into
	}
	if changed || t.last.State == models.StateMerged {
		document, err := documentOf(t.last.Type, t.fields)
		if err != nil {
			return fmt.Errorf("take %s back: %w", t.last.RecordID, err)
		}
		op.Data = document
	}
	t.p.operations = append(t.p.operations, op)
	return nil
}

// followMerges has the former documents point at what stands now in place of what was merged
// meanwhile, and stays so.
func (p *reverting) followMerges(tx *gorm.DB) error {
	var wanted []uuid.UUID
	comes := map[uuid.UUID]bool{}
	for _, op := range p.operations {
		comes[op.ID] = !op.Op.Joins()
		if op.Data != nil {
			for _, ref := range op.Data.References() {
				wanted = append(wanted, ref.ID)
			}
		}
	}
	into := map[uuid.UUID]uuid.UUID{}
	for round := 0; len(wanted) > 0 && round < 100; round++ {
		records, err := loadRecords(tx, wanted)
		if err != nil {
			return err
		}
		wanted = nil
		for id, record := range records {
			if record.MergedInto != nil && !comes[id] {
				into[id] = *record.MergedInto
				wanted = append(wanted, *record.MergedInto)
			}
		}
	}
	for from := range into {
		for next, more := into[into[from]]; more; next, more = into[into[from]] {
			into[from] = next
		}
	}
	for _, op := range p.operations {
		if op.Data != nil && len(into) > 0 {
			repoint(op.ID, op.Data, into)
		}
	}
	return nil
}

// mostRounds bounds how often a revert is tried without what the rules refuse.
const mostRounds = 10

// publishRevert publishes what can be taken back. What the rules refuse, as things stand now, is
// left and listed too.
func (s *Services) publishRevert(tx *gorm.DB, by models.Actor, r Revert, plan *reverting) (Reverted, error) {
	c := models.Changeset{ID: newID(), Summary: "Revert: " + firstLetters(r.Reason, 1900)}
	for range mostRounds {
		if len(plan.operations) == 0 {
			break
		}
		c.Operations = slices.Clone(plan.operations)
		problems := problemsOf(s.rehearseExact(tx, by, c))
		if len(problems) == 0 {
			return s.writeRevert(tx, by, c, plan)
		}
		plan.leave(problems)
	}
	why := "what it wrote was taken back already"
	if len(plan.conflicts) > 0 {
		why = count(len(plan.conflicts), "later change stands in the way", "later changes stand in the way")
	}
	err := models.Errorf(models.ErrConflict, "There is nothing left to revert: %s.", why)
	err.Current = plan.conflicts
	return Reverted{}, err
}

// leave takes the operations with problems out of the plan.
func (p *reverting) leave(problems []models.Problem) {
	why := map[int]string{}
	for _, problem := range problems {
		if _, said := why[problem.Operation]; !said {
			why[problem.Operation] = problem.Message
		}
	}
	var kept []models.Operation
	for i, op := range p.operations {
		if message, refused := why[i]; refused {
			p.conflicts = append(p.conflicts, RevertConflict{Record: op.ID, Type: op.Type, Why: message})
		} else {
			kept = append(kept, op)
		}
	}
	p.operations = kept
}

func (s *Services) writeRevert(tx *gorm.DB, by models.Actor, c models.Changeset, plan *reverting) (Reverted, error) {
	out := Reverted{Conflicts: plan.conflicts}
	for _, op := range c.Operations {
		out.Records = append(out.Records, op.ID)
	}
	alone, err := publishesAlone(tx, by, c.Operations)
	if err != nil {
		return out, err
	}
	if err := s.withinLimits(tx, by, c.Operations); err != nil {
		return out, err
	}
	if alone || May(by, ActionRevertOthers) { // what a steward takes back is not held up by a protection
		out.Outcome, err = s.publishExact(tx, by, by.Account, c, false)
		return out, err
	}
	out.Outcome, err = s.propose(tx, by, c, false)
	return out, err
}
