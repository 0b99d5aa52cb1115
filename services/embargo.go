package services

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"plumbline/models"
)

// publishDueJob publishes what waited for its day.
type publishDueJob struct{}

func (publishDueJob) Kind() string { return "publish_due" }

// How often it is looked for what is due, and how much is published at one time.
const (
	publishDueEvery = 5 * time.Minute
	mostDue         = 100
)

// PublishDue publishes the approved changesets whose day has come, in the name of who approved
// them. The versions that they name are checked as in Approve: what cannot be published goes back
// to review, with an event that says why, and the others are published all the same.
func (s *Services) PublishDue(ctx context.Context) error {
	var due []uuid.UUID
	err := s.db.Write(ctx).Model(&models.ChangesetRow{}).Where("status = 'submitted' AND approver_id IS NOT NULL AND publish_at <= ?", s.now()).
		Order("publish_at, id").Limit(mostDue).Pluck("id", &due).Error
	if err != nil {
		return fmt.Errorf("find what is due: %w", err)
	}
	var failed []error
	for _, id := range due { // a transaction each: one that cannot be published holds no other up
		failed = append(failed, s.publishDue(ctx, id))
	}
	return errors.Join(failed...)
}

func (s *Services) publishDue(ctx context.Context, id uuid.UUID) error {
	err := s.db.Transaction(ctx, func(tx *gorm.DB) error {
		row, due, err := s.dueChangeset(tx, id)
		if err != nil || !due {
			return err
		}
		approver, err := approverOf(tx, row)
		if err != nil {
			return err
		}
		_, err = s.publishWaiting(tx, approver, row, "")
		return err
	})
	var forPeople *models.Error
	if !errors.As(err, &forPeople) {
		return wrap(err, "publish changeset %s on its day", id)
	}
	return s.holdBack(ctx, id, forPeople)
}

// dueChangeset reads a changeset that nobody else changes meanwhile, and whether it is still due.
func (s *Services) dueChangeset(tx *gorm.DB, id uuid.UUID) (models.ChangesetRow, bool, error) {
	var row models.ChangesetRow
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).First(&row, "id = ?", id).Error
	due := row.Embargoed() && row.PublishAt != nil && !row.PublishAt.After(s.now())
	return row, due, wrap(err, "read changeset %s", id)
}

// approverOf is who approved a changeset, as they may act today: ErrForbidden when they could not
// approve it any more.
func approverOf(tx *gorm.DB, row models.ChangesetRow) (models.Actor, error) {
	var account models.Account
	if err := tx.First(&account, "id = ?", row.ApproverID).Error; err != nil {
		return models.Actor{}, fmt.Errorf("read who approved changeset %s: %w", row.ID, err)
	}
	approver := ActorOf(account)
	approver.Confirmed = true // as when they approved it
	if !account.Usable() || !May(approver, ActionReview) {
		return approver, models.Errorf(models.ErrForbidden, "Who approved this may not review proposals any more. Somebody else has to.")
	}
	if row.AuthorID != account.ID {
		return approver, nil
	}
	operations, err := ProposedOperations(row)
	if err != nil {
		return approver, err
	}
	alone, err := publishesAlone(tx, approver, operations)
	if err == nil && !alone {
		err = models.Errorf(models.ErrForbidden, "A record that this changes was protected meanwhile: somebody else than its author has to review it.")
	}
	return approver, err
}

// holdBack has a changeset that could not be published on its day wait for review again.
func (s *Services) holdBack(ctx context.Context, id uuid.UUID, why *models.Error) error {
	said := why.Message
	for _, problem := range why.Problems {
		if !strings.Contains(said, problem.Message) {
			said += "\n" + problem.Message
		}
	}
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		held := tx.Model(&models.ChangesetRow{}).Where("id = ? AND status = 'submitted' AND approver_id IS NOT NULL", id).Update("approver_id", nil)
		if held.Error != nil || held.RowsAffected == 0 { // somebody decided otherwise meanwhile
			return wrap(held.Error, "hold changeset %s back", id)
		}
		return s.note(tx, models.Actor{}, id, models.EventHeldBack, firstLetters(said, 4900))
	})
}

func (s *Services) workPublishDue(ctx context.Context, _ publishDueJob) error {
	return s.PublishDue(ctx)
}
