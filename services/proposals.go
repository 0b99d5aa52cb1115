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

// Submit publishes a changeset at once when the actor may publish, and otherwise keeps it as a
// proposal that waits for review. Either way it is checked whole first: ErrInvalid lists every
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
		if Can(by.Role, ActionPublish) {
			out, err = s.publish(tx, by, by.Account, c)
		} else {
			out, err = s.propose(tx, by, c)
		}
		if err != nil || key == nil {
			return err
		}
		key.ChangesetID, key.CreatedAt = out.Changeset, s.now()
		return wrap(tx.Create(key).Error, "keep the idempotency key")
	})
	return out, err
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

// propose keeps a changeset that waits for review. The ids of new records are fixed now, so
// that reviewers and later proposals can name them.
func (s *Services) propose(tx *gorm.DB, by models.Actor, c models.Changeset) (Outcome, error) {
	for i := range c.Operations {
		if c.Operations[i].Op == models.OpCreate && c.Operations[i].ID == uuid.Nil {
			c.Operations[i].ID = newID()
		}
	}
	if err := s.rehearse(tx, by, c); err != nil {
		return Outcome{}, err
	}
	c.Summary, _ = models.CleanText(c.Summary) // rehearsing has refused what is no text

	stored := make([]storedOperation, len(c.Operations))
	for i, op := range c.Operations {
		stored[i] = storedOperation{Operation: op}
		if op.Data != nil {
			stored[i].Data = json.RawMessage(mustJSON(op.Data))
		}
	}
	row := models.ChangesetRow{ID: c.ID, Status: models.ChangesetSubmitted, Summary: c.Summary, AuthorID: by.Account,
		CreatedAt: s.now(), Operations: mustJSON(stored)}
	return Outcome{Changeset: c.ID, Status: row.Status}, wrap(tx.Create(&row).Error, "store proposal %s", c.ID)
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

// Approve publishes a changeset that waits for review. Nobody approves their own. The versions
// it names are checked again: ErrStale when a record changed since it was proposed.
func (s *Services) Approve(ctx context.Context, by models.Actor, id uuid.UUID, note string) (out Outcome, err error) {
	err = s.decide(ctx, by, id, ActionReview, models.ChangesetPublished, func(tx *gorm.DB, row models.ChangesetRow) error {
		if row.AuthorID == by.Account {
			return models.Errorf(models.ErrForbidden, "Nobody approves their own proposal. Ask another editor to review it.")
		}
		operations, err := ProposedOperations(row)
		if err != nil {
			return err
		}
		if err := tx.Model(&row).Update("note", note).Error; err != nil {
			return fmt.Errorf("note on changeset %s: %w", id, err)
		}
		out, err = s.publish(tx, by, row.AuthorID, models.Changeset{ID: row.ID, Summary: row.Summary, Operations: operations})
		return err
	})
	return out, err
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
	err := s.decide(ctx, by, id, action, to, func(tx *gorm.DB, row models.ChangesetRow) error {
		if to == models.ChangesetWithdrawn && row.AuthorID != by.Account {
			return models.Errorf(models.ErrForbidden, "Only its author can withdraw a proposal; a reviewer can reject it.")
		}
		now := s.now()
		return wrap(tx.Model(&row).Updates(map[string]any{"status": to, "note": note, "reviewer_id": by.Account, "decided_at": now}).Error,
			"close changeset %s", id)
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
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		var row models.ChangesetRow
		found := tx.Limit(1).Find(&row, "id = ?", id)
		if found.Error != nil {
			return fmt.Errorf("read changeset %s: %w", id, found.Error)
		}
		if found.RowsAffected == 0 || !maySee(by, row) {
			return models.Errorf(models.ErrNotFound, "There is no changeset with the id %s.", id)
		}
		if !row.Status.CanMove(to) {
			return models.Errorf(models.ErrConflict, "A changeset that is %q cannot become %q.", row.Status, to)
		}
		return effect(tx, row)
	})
}

// maySee reports whether an actor may see a changeset: everybody what is published, its author
// and reviewers the rest.
func maySee(by models.Actor, row models.ChangesetRow) bool {
	return row.Status == models.ChangesetPublished || Can(by.Role, ActionReview) ||
		(by.Account != uuid.Nil && row.AuthorID == by.Account)
}
