package services

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// ProtectionView is a protection for readers.
type ProtectionView struct {
	models.Protection
	// By is who protected the record, as the history shows them to the reader.
	By string
}

// Protect has each edit of a record wait for review from now on, an editor's too. ErrConflict
// when it is protected already.
func (s *Services) Protect(ctx context.Context, by models.Actor, id uuid.UUID, reason string) error {
	if err := require(by, ActionProtect); err != nil {
		return err
	}
	reason, err := remark("/reason", reason, true)
	if err != nil {
		return err
	}
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		if _, err := recordOf(tx, id); err != nil {
			return err
		}
		row := models.Protection{ID: newID(), RecordID: id, AccountID: by.Account, Reason: reason, At: s.now()}
		err := tx.Create(&row).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return models.Errorf(models.ErrConflict, "This record is protected already.")
		}
		return wrap(err, "protect %s", id)
	})
}

// Unprotect lets a record be edited again by everybody who may. ErrConflict when it was not
// protected.
func (s *Services) Unprotect(ctx context.Context, by models.Actor, id uuid.UUID) error {
	if err := require(by, ActionProtect); err != nil {
		return err
	}
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		if _, err := recordOf(tx, id); err != nil {
			return err
		}
		lifted := tx.Model(&models.Protection{}).Where("record_id = ? AND lifted_at IS NULL", id).
			Updates(map[string]any{"lifter_id": by.Account, "lifted_at": s.now()})
		if lifted.Error == nil && lifted.RowsAffected == 0 {
			return models.Errorf(models.ErrConflict, "This record is not protected.")
		}
		return wrap(lifted.Error, "lift the protection of %s", id)
	})
}

// Protection tells whether, by whom and why a record is protected; nil when it is not.
func (s *Services) Protection(ctx context.Context, by models.Actor, id uuid.UUID) (*ProtectionView, error) {
	var views []ProtectionView
	err := s.db.Read(ctx).Table("protections p").Joins("JOIN accounts a ON a.id = p.account_id").Select("p.*, "+byline(by, "a", "a.group_id")+" AS by").
		Where("p.record_id = ? AND p.lifted_at IS NULL", id).Scan(&views).Error
	if err != nil || len(views) == 0 {
		return nil, wrap(err, "read the protection of %s", id)
	}
	views[0].By = bylineOf(views[0].By, &views[0].AccountID)
	return &views[0], nil
}

// touchesProtected reports whether operations write to a protected record.
func touchesProtected(tx *gorm.DB, operations []models.Operation) (bool, error) {
	var ids []uuid.UUID
	for _, op := range operations {
		if op.Op != models.OpCreate {
			ids = append(ids, op.ID)
		}
		if op.Into != nil {
			ids = append(ids, *op.Into)
		}
	}
	found := false
	err := inChunks(ids, func(chunk []uuid.UUID) error {
		var n int64
		err := tx.Model(&models.Protection{}).Where("lifted_at IS NULL AND record_id IN ?", chunk).Count(&n).Error
		found = found || n > 0
		return wrap(err, "look for protected records")
	})
	return found, err
}

// recordOf reads a record: ErrNotFound when there is none.
func recordOf(tx *gorm.DB, id uuid.UUID) (models.Record, error) {
	var record models.Record
	found := tx.Limit(1).Find(&record, "id = ?", id)
	if found.Error != nil {
		return record, fmt.Errorf("read record %s: %w", id, found.Error)
	}
	if found.RowsAffected == 0 {
		return record, models.Errorf(models.ErrNotFound, "There is no record with the id %s.", id)
	}
	return record, nil
}

// remark cleans what somebody says about a decision: plain text of at most 5,000 letters.
func remark(pointer, text string, required bool) (string, error) {
	clean, problem := models.CleanText(text)
	switch {
	case problem != "":
	case len([]rune(clean)) > 5000:
		problem = "Shorten this to at most 5,000 letters."
	case clean == "" && required:
		problem = "Say why, in a sentence or two: others will read it."
	default:
		return clean, nil
	}
	return "", &models.Error{Kind: models.ErrInvalid, Message: "Nothing was written. 1 thing needs attention.", Problems: []models.Problem{{Pointer: pointer, Message: problem}}}
}
