package services

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"plumbline/models"
)

// Submit publishes a changeset at once when the actor may publish and it has no embargo, and
// otherwise keeps it as a proposal that waits for review, or for its day. Either way it is checked whole first: ErrInvalid lists every
// problem with its operation and field, ErrStale means that a version is no longer the present
// one. Nothing is half-written.
func (s *Services) Submit(ctx context.Context, by models.Actor, c models.Changeset) (Outcome, error) {
	return s.submit(ctx, by, c, nil)
}

// SubmitOnce is Submit for a caller that may repeat itself: the same key with the same request
// gives the first outcome again and writes nothing; with another request, ErrConflict.
func (s *Services) SubmitOnce(ctx context.Context, by models.Actor, c models.Changeset, key string, request []byte) (Outcome, error) {
	return s.submit(ctx, by, c, &models.IdempotencyKey{AccountID: by.Account, Key: key, Request: request})
}

func (s *Services) submit(ctx context.Context, by models.Actor, c models.Changeset, key *models.IdempotencyKey) (out Outcome, err error) {
	if err := require(by, ActionPropose); err != nil {
		return Outcome{}, err
	}
	if c.ID == uuid.Nil {
		c.ID = newID()
	}

	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		repeated, err := s.repeated(tx, key)
		if err != nil || repeated != nil {
			out = deref(repeated)
			return err
		}
		out, err = s.publishOrPropose(tx, by, c)
		if err != nil || key == nil {
			return err
		}
		key.ChangesetID, key.CreatedAt = out.Changeset, s.now()
		return wrap(tx.Create(key).Error, "keep the idempotency key")
	})
	return out, err
}

// publishOrPropose publishes where the actor may and no record is protected, and proposes
// otherwise.
func (s *Services) publishOrPropose(tx *gorm.DB, by models.Actor, c models.Changeset) (Outcome, error) {
	if err := s.withinLimits(tx, by, c.Operations); err != nil {
		return Outcome{}, err
	}
	alone, err := publishesAlone(tx, by, c.Operations)
	if err != nil {
		return Outcome{}, err
	}
	waits := c.PublishAt.After(s.now())
	if alone && !waits {
		return s.publish(tx, by, by.Account, c)
	}
	return s.propose(tx, by, c, alone && waits)
}

// publishesAlone reports whether the actor may publish the operations without a second person.
func publishesAlone(tx *gorm.DB, by models.Actor, operations []models.Operation) (bool, error) {
	if !May(by, ActionPublish) {
		return false, nil
	}
	protected, err := touchesProtected(tx, operations)
	return !protected, err
}

func deref(out *Outcome) Outcome {
	if out == nil {
		return Outcome{}
	}
	return *out
}

// repeated gives the outcome of the first request with a key; nil when this is the first.
func (s *Services) repeated(tx *gorm.DB, key *models.IdempotencyKey) (*Outcome, error) {
	if key == nil {
		return nil, nil
	}
	var first models.IdempotencyKey
	found := tx.Limit(1).Find(&first, "account_id = ? AND key = ?", key.AccountID, key.Key)
	if found.Error != nil || found.RowsAffected == 0 {
		return nil, wrap(found.Error, "look up the idempotency key")
	}
	if !bytes.Equal(first.Request, key.Request) {
		return nil, models.Errorf(models.ErrConflict, "This Idempotency-Key was used for another request. Use a new key for a new request.")
	}
	out, err := outcomeOf(tx, first.ChangesetID)
	return &out, err
}

// outcomeOf reads what became of a changeset.
func outcomeOf(tx *gorm.DB, id uuid.UUID) (Outcome, error) {
	var row models.ChangesetRow
	if err := tx.First(&row, "id = ?", id).Error; err != nil {
		return Outcome{}, fmt.Errorf("read changeset %s: %w", id, err)
	}
	out := Outcome{Changeset: id, Status: row.Status}
	if row.ToSize == nil {
		return out, nil
	}
	out.Size = *row.ToSize

	var revisions []models.Revision
	err := tx.Select("position", "record_id", "type", "version").Order("position").Find(&revisions, "changeset_id = ?", id).Error
	for _, r := range revisions {
		out.Written = append(out.Written, Written{ID: r.RecordID, Type: r.Type, Version: r.Version, Revision: r.Position})
	}
	return out, wrap(err, "read revisions of changeset %s", id)
}

// storedOperation is an operation as a waiting changeset keeps it.
type storedOperation struct {
	models.Operation
	Data json.RawMessage `json:"data,omitempty"`
}

// propose keeps a changeset that waits for review, or, when it is approved already, for its day.
// The ids of new records are fixed now, so that reviewers and later proposals can name them.
func (s *Services) propose(tx *gorm.DB, by models.Actor, c models.Changeset, approved bool) (Outcome, error) {
	withIDs(c.Operations)
	if err := s.rehearse(tx, by, c); err != nil {
		return Outcome{}, err
	}
	c.Summary, _ = models.CleanText(c.Summary) // rehearsing has refused what is no text

	now := s.now()
	row := models.ChangesetRow{ID: c.ID, Status: models.ChangesetSubmitted, Summary: c.Summary, AuthorID: by.Account,
		GroupID: groupOf(by), CreatedAt: now, Operations: storedText(c.Operations), Edition: 1, Queue: models.QueueEdits, SubmittedAt: &now, PublishAt: instantOrNil(c.PublishAt)}
	row.Edits, row.Retractions = effort(c.Operations)
	if approved {
		row.ApproverID = &by.Account
	}
	if err := tx.Create(&row).Error; err != nil {
		return Outcome{}, fmt.Errorf("store proposal %s: %w", c.ID, err)
	}
	return Outcome{Changeset: c.ID, Status: row.Status}, s.note(tx, by, c.ID, models.EventSubmitted, "")
}

// withIDs gives new records their ids.
func withIDs(operations []models.Operation) {
	for i := range operations {
		if operations[i].Op == models.OpCreate && operations[i].ID == uuid.Nil {
			operations[i].ID = newID()
		}
	}
}

// storedText writes operations as a waiting changeset keeps them.
func storedText(operations []models.Operation) string {
	stored := make([]storedOperation, len(operations))
	for i, op := range operations {
		stored[i] = storedOperation{Operation: op}
		if op.Data != nil {
			stored[i].Data = json.RawMessage(mustJSON(op.Data))
		}
	}
	return mustJSON(stored)
}

// ProposedOperations reads the operations of a changeset that is not published.
func ProposedOperations(row models.ChangesetRow) ([]models.Operation, error) {
	var stored []storedOperation
	if row.Operations == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(row.Operations), &stored); err != nil {
		return nil, fmt.Errorf("read operations of changeset %s: %w", row.ID, err)
	}
	operations := make([]models.Operation, len(stored))
	for i, op := range stored {
		operations[i] = op.Operation
		if len(op.Data) == 0 {
			continue
		}
		document, err := readDocument(op.Type, string(op.Data))
		if err != nil {
			return nil, fmt.Errorf("read operation %d of changeset %s: %w", i, row.ID, err)
		}
		operations[i].Data = document
	}
	return operations, nil
}

// Approve publishes a changeset that waits for review; one with an embargo is published when its
// day comes. Nobody approves their own, and where a record is protected nobody who amended it.
// The versions it names are checked again: what others changed in other fields stands beside it,
// and where they changed the same fields, ErrStale lists them, with all three values in Current
// as a list of Conflict.
func (s *Services) Approve(ctx context.Context, by models.Actor, id uuid.UUID, note string) (out Outcome, err error) {
	note, err = remark("/note", note, false)
	if err != nil {
		return Outcome{}, err
	}
	err = s.decide(ctx, by, id, ActionReview, models.ChangesetPublished, func(tx *gorm.DB, row models.ChangesetRow) error {
		if err := s.mayApprove(tx, by, row); err != nil {
			return err
		}
		if row.PublishAt != nil && row.PublishAt.After(s.now()) {
			if err := mayMergeLater(by, row); err != nil {
				return err
			}
			out = Outcome{Changeset: id, Status: row.Status}
			err := tx.Model(&row).Updates(map[string]any{"approver_id": by.Account, "note": note}).Error
			return firstError(wrap(err, "approve changeset %s", id), s.note(tx, by, id, models.EventApproved, note))
		}
		if err := tx.Model(&row).Update("note", note).Error; err != nil {
			return fmt.Errorf("note on changeset %s: %w", id, err)
		}
		out, err = s.publishWaiting(tx, by, row, note)
		return err
	})
	return out, err
}

// mayMergeLater refuses to approve a merge for its day by who could not publish it.
func mayMergeLater(by models.Actor, row models.ChangesetRow) error {
	operations, err := ProposedOperations(row)
	if err != nil {
		return err
	}
	if merge, _ := proposedMerge(operations); merge != nil {
		return require(by, merge.action())
	}
	return nil
}

func (s *Services) mayApprove(tx *gorm.DB, by models.Actor, row models.ChangesetRow) error {
	switch {
	case row.AuthorID == by.Account:
		return models.Errorf(models.ErrForbidden, "Nobody approves their own proposal. Ask another editor to review it.")
	case row.ApproverID != nil:
		return models.Errorf(models.ErrConflict, "It is approved already, and waits for its day.")
	case row.AmenderID == nil || *row.AmenderID != by.Account:
		return nil
	}
	operations, err := ProposedOperations(row)
	if err != nil {
		return err
	}
	protected, err := touchesProtected(tx, operations)
	if err == nil && protected {
		return models.Errorf(models.ErrForbidden, "You amended this proposal, and it changes a protected record. Ask another editor to review it.")
	}
	return err
}

// publishWaiting publishes a stored proposal, after bringing it up to the present versions.
func (s *Services) publishWaiting(tx *gorm.DB, by models.Actor, row models.ChangesetRow, note string) (Outcome, error) {
	operations, err := ProposedOperations(row)
	if err != nil {
		return Outcome{}, err
	}
	if err := s.lockLog(tx); err != nil {
		return Outcome{}, err
	}
	operations, conflicts, err := rebased(tx, operations)
	if err != nil {
		return Outcome{}, err
	}
	if len(conflicts) > 0 {
		return Outcome{}, conflicting(conflicts)
	}

	out, err := s.publishProposed(tx, by, row, operations)
	if err != nil {
		return Outcome{}, err
	}
	return out, s.note(tx, by, row.ID, models.EventPublished, note)
}

func (s *Services) publishProposed(tx *gorm.DB, by models.Actor, row models.ChangesetRow, operations []models.Operation) (Outcome, error) {
	if merge, _ := proposedMerge(operations); merge != nil {
		return s.publishMerge(tx, by, row, operations)
	}
	w := s.newWriting(tx, by, row.AuthorID, models.Changeset{ID: row.ID, Summary: row.Summary, Operations: operations})
	w.waiting = true
	return w.run()
}

// RequestChanges gives a proposal back to its author, with a note that says what to change.
func (s *Services) RequestChanges(ctx context.Context, by models.Actor, id uuid.UUID, note string) (Outcome, error) {
	note, err := remark("/note", note, true)
	if err != nil {
		return Outcome{}, err
	}
	const to = models.ChangesetChangesRequested
	err = s.decide(ctx, by, id, ActionReview, to, func(tx *gorm.DB, row models.ChangesetRow) error {
		err := tx.Model(&row).Updates(map[string]any{"status": to, "note": note, "reviewer_id": by.Account, "approver_id": nil}).Error
		return firstError(wrap(err, "give changeset %s back", id), s.note(tx, by, id, models.EventChangesRequested, note))
	})
	return Outcome{Changeset: id, Status: to}, err
}

// Amend changes what a submitted proposal asks for: its author may, and a reviewer, whose name
// then stands beside it. It is checked whole, like a new one; the edition is that which the
// caller saw (ErrStale). Approval that it had is taken back. What it asked for before is kept
// with the event.
func (s *Services) Amend(ctx context.Context, by models.Actor, id uuid.UUID, edition int64, c models.Changeset, note string) (Outcome, error) {
	note, err := remark("/note", note, false)
	if err != nil {
		return Outcome{}, err
	}
	err = s.waitingChangeset(ctx, by, id, func(tx *gorm.DB, row models.ChangesetRow) error {
		switch {
		case row.AuthorID != by.Account && !May(by, ActionReview):
			return models.Errorf(models.ErrForbidden, "Only its author and reviewers can amend a proposal. Say in a comment what should change.")
		case row.Status != models.ChangesetSubmitted:
			return models.Errorf(models.ErrConflict, "Only a proposal that waits for review can be amended; this one is %q.", row.Status)
		case row.Edition != edition:
			return staleEdition()
		}
		c.ID = id
		withIDs(c.Operations)
		if c.Operations, err = reidentified(c.Operations, finalIDs(c.Operations, false)); err != nil {
			return err
		}
		if err := s.rehearse(tx, by, c); err != nil {
			return err
		}
		c.Summary, _ = models.CleanText(c.Summary)

		changes := map[string]any{"summary": c.Summary, "operations": storedText(c.Operations), "edition": row.Edition + 1, "approver_id": nil}
		changes["edits"], changes["retractions"] = effort(c.Operations)
		if row.AuthorID != by.Account {
			changes["amender_id"] = by.Account
		}
		if !c.PublishAt.IsZero() {
			changes["publish_at"] = instantOrNil(c.PublishAt)
		}
		if err := tx.Model(&row).Updates(changes).Error; err != nil {
			return fmt.Errorf("amend changeset %s: %w", id, err)
		}
		event := s.event(by, id, models.EventAmended, note)
		event.Operations = row.Operations
		return wrap(tx.Create(&event).Error, "note the amendment")
	})
	return Outcome{Changeset: id, Status: models.ChangesetSubmitted}, err
}

func staleEdition() error {
	return models.Errorf(models.ErrStale, "Somebody saved this changeset meanwhile. Look at it again, then send your change with its present edition.")
}

// Comment says something about a changeset that the actor may see.
func (s *Services) Comment(ctx context.Context, by models.Actor, id uuid.UUID, text string) (models.ChangesetEvent, error) {
	if err := require(by, ActionPropose); err != nil {
		return models.ChangesetEvent{}, err
	}
	text, err := remark("/text", text, true)
	if err != nil {
		return models.ChangesetEvent{}, err
	}
	event := s.event(by, id, models.EventComment, text)
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		if _, err := seenChangeset(tx, by, id); err != nil {
			return err
		}
		return wrap(tx.Create(&event).Error, "store the comment")
	})
	return event, err
}

// Reject refuses a changeset that waits for review, with a note for its author.
func (s *Services) Reject(ctx context.Context, by models.Actor, id uuid.UUID, note string) (Outcome, error) {
	return s.close(ctx, by, id, ActionReview, models.ChangesetRejected, note)
}

// Withdraw takes a changeset back; only its author may.
func (s *Services) Withdraw(ctx context.Context, by models.Actor, id uuid.UUID, note string) (Outcome, error) {
	return s.close(ctx, by, id, ActionPropose, models.ChangesetWithdrawn, note)
}

func (s *Services) close(ctx context.Context, by models.Actor, id uuid.UUID, action Action, to models.ChangesetStatus, note string) (Outcome, error) {
	note, err := remark("/note", note, false)
	if err != nil {
		return Outcome{}, err
	}
	err = s.decide(ctx, by, id, action, to, func(tx *gorm.DB, row models.ChangesetRow) error {
		if to == models.ChangesetWithdrawn && row.AuthorID != by.Account {
			return models.Errorf(models.ErrForbidden, "Only its author can withdraw a proposal; a reviewer can reject it.")
		}
		err := tx.Model(&row).Updates(map[string]any{"status": to, "note": note, "reviewer_id": by.Account, "decided_at": s.now(), "approver_id": nil, "form": ""}).Error
		return firstError(wrap(err, "close changeset %s", id), s.note(tx, by, id, models.EventKind(to), note))
	})
	return Outcome{Changeset: id, Status: to}, err
}

// decide checks that a waiting changeset may be decided by the actor, and lets effect do it in
// one transaction. Who may not see the changeset gets ErrNotFound.
func (s *Services) decide(ctx context.Context, by models.Actor, id uuid.UUID, action Action, to models.ChangesetStatus,
	effect func(tx *gorm.DB, row models.ChangesetRow) error) error {
	if err := require(by, action); err != nil {
		return err
	}
	return s.waitingChangeset(ctx, by, id, func(tx *gorm.DB, row models.ChangesetRow) error {
		if !row.Status.CanMove(to) || row.Status == models.ChangesetDraft && row.AuthorID != by.Account {
			return models.Errorf(models.ErrConflict, "A changeset that is %q cannot become %q.", row.Status, to)
		}
		return effect(tx, row)
	})
}

// waitingChangeset lets effect change a changeset that the actor may see, which nobody else
// changes meanwhile.
func (s *Services) waitingChangeset(ctx context.Context, by models.Actor, id uuid.UUID, effect func(tx *gorm.DB, row models.ChangesetRow) error) error {
	if err := require(by, ActionPropose); err != nil {
		return err
	}
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		row, err := seenChangeset(tx.Clauses(clause.Locking{Strength: "UPDATE"}), by, id)
		if err != nil {
			return err
		}
		return effect(tx, row)
	})
}

// seenChangeset reads a changeset that the actor may see: ErrNotFound for any other.
func seenChangeset(tx *gorm.DB, by models.Actor, id uuid.UUID) (models.ChangesetRow, error) {
	var row models.ChangesetRow
	found := tx.Limit(1).Find(&row, "id = ?", id)
	if found.Error != nil {
		return row, fmt.Errorf("read changeset %s: %w", id, found.Error)
	}
	if found.RowsAffected == 0 || !maySee(by, row) {
		return row, models.Errorf(models.ErrNotFound, "There is no changeset with the id %s.", id)
	}
	return row, nil
}

// maySee reports whether an actor may see a changeset: everybody what is published, its author,
// their group and reviewers the rest.
func maySee(by models.Actor, row models.ChangesetRow) bool {
	return row.Status == models.ChangesetPublished || May(by, ActionReview) ||
		(by.Account != uuid.Nil && row.AuthorID == by.Account) || (by.Group != uuid.Nil && sameID(row.GroupID, &by.Group))
}

// groupOf is the group for which an actor writes; nil for none.
func groupOf(by models.Actor) *uuid.UUID {
	if by.Group == uuid.Nil {
		return nil
	}
	return &by.Group
}

// event makes an event of a changeset.
func (s *Services) event(by models.Actor, id uuid.UUID, what models.EventKind, text string) models.ChangesetEvent {
	event := models.ChangesetEvent{ID: newID(), ChangesetID: id, What: what, Text: text, At: s.now()}
	if by.Account != uuid.Nil {
		event.AccountID = &by.Account
	}
	return event
}

// note keeps what happened to a changeset.
func (s *Services) note(tx *gorm.DB, by models.Actor, id uuid.UUID, what models.EventKind, text string) error {
	event := s.event(by, id, what, text)
	return wrap(tx.Create(&event).Error, "note what happened to changeset %s", id)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
