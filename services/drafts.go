package services

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// Draft is a changeset that somebody is writing.
//
// A draft is kept as it is, finished or not: nothing of it is checked before SubmitDraft. Only
// its author can change it; their group and reviewers can look at it.
type Draft struct {
	// ID is given when nil.
	ID uuid.UUID
	// Edition is the one that the writer saw, so that two windows do not overwrite each other's;
	// 0 for a new draft.
	Edition    int64
	Summary    string
	Operations []models.Operation
	// Form is what the page's form held, as the page likes it; at most 1 MB. It is given back
	// to the author alone, and forgotten when the draft is published, withdrawn or rejected.
	Form json.RawMessage
	// PublishAt is the instant before which it is not to be published (an embargo); zero for
	// none. Such a changeset is published by PublishDue once its day has come and it was
	// approved; a writer who may publish needs no approval unless a record is protected.
	PublishAt time.Time
	// Status is draft, or changes_requested when a reviewer gave it back; read only.
	Status models.ChangesetStatus
	// Note is what the reviewer said who gave it back; read only.
	Note string
	// queue is where a new one waits; the queue of edits when "".
	queue models.Queue
}

// mostForm bounds what a draft's form may hold.
const mostForm = 1 << 20

// SaveDraft keeps a new draft, or the next edition of one that the actor wrote, and gives it with
// its id and edition. A proposal that a reviewer gave back is saved in the same way. ErrStale
// when somebody (the same person in another window) saved meanwhile; ErrConflict when it is no
// draft any more.
func (s *Services) SaveDraft(ctx context.Context, by models.Actor, d Draft) (Draft, error) {
	if err := require(by, ActionPropose); err != nil {
		return Draft{}, err
	}
	if err := d.check(); err != nil {
		return Draft{}, err
	}
	for i, op := range d.Operations {
		if op.Op == models.OpCreate && op.ID == uuid.Nil {
			d.Operations[i].ID = ProvisionalID()
		}
	}
	if d.Edition == 0 {
		return s.newDraft(s.db.Write(ctx), by, d)
	}

	err := s.ownDraft(ctx, by, d.ID, d.Edition, func(tx *gorm.DB, row models.ChangesetRow) error {
		d.Edition, d.Status, d.Note = row.Edition+1, row.Status, row.Note
		changes := map[string]any{"summary": d.Summary, "operations": storedText(d.Operations), "form": string(d.Form),
			"publish_at": instantOrNil(d.PublishAt), "edition": d.Edition}
		return wrap(tx.Model(&row).Updates(changes).Error, "save draft %s", d.ID)
	})
	return d, err
}

func (d *Draft) check() error {
	clean, problem := models.CleanText(d.Summary)
	switch {
	case problem != "" || len(clean) > 2000:
		problem = "Say in at most 2,000 letters of plain text what the changeset does."
	case len(d.Operations) > mostOperations:
		problem = fmt.Sprintf("A changeset has at most %d operations.", mostOperations)
	case len(d.Form) > mostForm:
		problem = "The form holds more than can be kept; save it in parts."
	default:
		d.Summary = clean
		return nil
	}
	return &models.Error{Kind: models.ErrInvalid, Message: "The draft was not saved.", Problems: []models.Problem{{Pointer: "/summary", Message: problem}}}
}

func (s *Services) newDraft(tx *gorm.DB, by models.Actor, d Draft) (Draft, error) {
	if d.ID == uuid.Nil {
		d.ID = NewDraftID()
	}
	d.Edition, d.Status = 1, models.ChangesetDraft
	queue := models.QueueEdits
	if d.queue != "" {
		queue = d.queue
	}
	row := models.ChangesetRow{ID: d.ID, Status: d.Status, Summary: d.Summary, AuthorID: by.Account, CreatedAt: s.now(), GroupID: groupOf(by),
		Operations: storedText(d.Operations), Edition: 1, Queue: queue, Form: string(d.Form), PublishAt: instantOrNil(d.PublishAt)}
	err := tx.Create(&row).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return d, models.Errorf(models.ErrConflict, "There is a draft or changeset with this id already. Begin anew, or open it from the list of your drafts.")
	}
	return d, wrap(err, "store draft %s", d.ID)
}

func instantOrNil(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC().Truncate(time.Microsecond)
	return &at
}

// ownDraft lets effect change a draft of the actor's, or a proposal that was given back to them.
func (s *Services) ownDraft(ctx context.Context, by models.Actor, id uuid.UUID, edition int64, effect func(tx *gorm.DB, row models.ChangesetRow) error) error {
	return s.waitingChangeset(ctx, by, id, func(tx *gorm.DB, row models.ChangesetRow) error {
		switch {
		case row.AuthorID != by.Account:
			return models.Errorf(models.ErrForbidden, "Only its author can change a draft. Say in a comment what should change.")
		case row.Status != models.ChangesetDraft && row.Status != models.ChangesetChangesRequested:
			return models.Errorf(models.ErrConflict, "This is no draft any more: it is %q.", row.Status)
		case row.Edition != edition:
			return staleEdition()
		}
		return effect(tx, row)
	})
}

// Draft gives a draft of the actor's, or a proposal that was given back to them: ErrNotFound for
// any other.
func (s *Services) Draft(ctx context.Context, by models.Actor, id uuid.UUID) (Draft, error) {
	row, err := seenChangeset(s.db.Write(ctx), by, id) // from the primary: it may just have been saved
	if err != nil {
		return Draft{}, err
	}
	if row.AuthorID != by.Account || row.Status != models.ChangesetDraft && row.Status != models.ChangesetChangesRequested {
		return Draft{}, models.Errorf(models.ErrNotFound, "There is no draft of yours with the id %s.", id)
	}
	operations, err := ProposedOperations(row)
	d := Draft{ID: row.ID, Edition: row.Edition, Summary: row.Summary, Operations: operations, Form: json.RawMessage(row.Form), Status: row.Status, Note: row.Note}
	if row.PublishAt != nil {
		d.PublishAt = row.PublishAt.UTC()
	}
	return d, err
}

// SubmitDraft hands a draft in as it was saved last, after checking it whole: ErrInvalid lists
// every problem and it stays a draft. It is published at once where its author may publish, no
// record is protected and no embargo is set; otherwise it waits. What others changed meanwhile is
// treated as in Approve. New records get the ids that they keep, which the outcome and the
// changeset tell: those that they had in the draft go with it.
func (s *Services) SubmitDraft(ctx context.Context, by models.Actor, id uuid.UUID, edition int64) (out Outcome, err error) {
	err = s.ownDraft(ctx, by, id, edition, func(tx *gorm.DB, row models.ChangesetRow) error {
		if err := mint(tx, &row); err != nil {
			return err
		}
		operations, err := ProposedOperations(row)
		if err != nil {
			return err
		}
		if err := s.withinLimits(tx, by, operations); err != nil {
			return err
		}
		alone, err := publishesAlone(tx, by, operations)
		if err != nil {
			return err
		}
		now := s.now()
		row.SubmittedAt = &now
		row.Edits, row.Retractions = effort(operations)
		changes := map[string]any{"submitted_at": now, "edits": row.Edits, "retractions": row.Retractions}
		if err := tx.Model(&row).Updates(changes).Error; err != nil {
			return fmt.Errorf("submit draft %s: %w", id, err)
		}
		waits := row.PublishAt != nil && row.PublishAt.After(now)
		if alone && !waits && row.Status == models.ChangesetDraft {
			out, err = s.publishWaiting(tx, by, row, "")
			return err
		}
		out, err = s.submitRow(tx, by, row, operations, alone && waits)
		return err
	})
	return out, err
}

// submitRow has a draft wait: for review, or for its day when it is approved already.
func (s *Services) submitRow(tx *gorm.DB, by models.Actor, row models.ChangesetRow, operations []models.Operation, approved bool) (Outcome, error) {
	operations, conflicts, err := rebased(tx, operations)
	if err != nil {
		return Outcome{}, err
	}
	if len(conflicts) > 0 {
		return Outcome{}, conflicting(conflicts)
	}
	if err := s.rehearse(tx, by, models.Changeset{ID: row.ID, Summary: row.Summary, Operations: operations}); err != nil {
		return Outcome{}, err
	}
	changes := map[string]any{"status": models.ChangesetSubmitted, "operations": storedText(operations), "edition": row.Edition + 1}
	if approved {
		changes["approver_id"] = by.Account
	}
	if err := tx.Model(&row).Updates(changes).Error; err != nil {
		return Outcome{}, fmt.Errorf("submit draft %s: %w", row.ID, err)
	}
	return Outcome{Changeset: row.ID, Status: models.ChangesetSubmitted}, s.note(tx, by, row.ID, models.EventSubmitted, "")
}

// DiscardDraft takes a draft back and forgets what it held.
func (s *Services) DiscardDraft(ctx context.Context, by models.Actor, id uuid.UUID) error {
	return s.waitingChangeset(ctx, by, id, func(tx *gorm.DB, row models.ChangesetRow) error {
		if row.AuthorID != by.Account || row.Status != models.ChangesetDraft {
			return models.Errorf(models.ErrConflict, "Only a draft of one's own can be discarded; a proposal can be withdrawn.")
		}
		err := tx.Model(&row).Updates(map[string]any{"status": models.ChangesetWithdrawn, "operations": "", "form": "", "decided_at": s.now()}).Error
		return wrap(err, "discard draft %s", id)
	})
}
