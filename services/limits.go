package services

import (
	"fmt"
	"time"

	"gorm.io/gorm"

	"plumbline/models"
)

// limit is how much an account may write in an hour; nil limits nothing.
type limit struct{ edits, retractions int64 }

// limits is the table of how many records an account may change, and how many it may retract, in
// an hour. What it enters anew is not counted: an import is one changeset, and reverted as one.
// Stewards and admins work in bulk.
var limits = map[models.Role]*limit{
	models.RoleReader:      {0, 0},
	models.RoleContributor: {300, 30},
	models.RoleEditor:      {2000, 200},
	models.RoleSteward:     nil,
	models.RoleAdmin:       nil,
}

// limitWindow is the hour.
const limitWindow = time.Hour

// effort counts the edits and retractions of a changeset.
func effort(operations []models.Operation) (edits, retractions int64) {
	for _, op := range operations {
		switch {
		case op.Op == models.OpEdit || op.Op == models.OpRestore:
			edits++
		case op.Op == models.OpRetract || op.Op.Joins():
			retractions++
		}
	}
	return edits, retractions
}

// withinLimits refuses a changeset with which its author would write more in an hour than their
// role may: ErrLimited, with how long to wait.
func (s *Services) withinLimits(tx *gorm.DB, by models.Actor, operations []models.Operation) error {
	most := limits[by.Role]
	edits, retractions := effort(operations)
	if most == nil || edits+retractions == 0 {
		return nil
	}

	since := s.now().Add(-limitWindow)
	var done struct{ Edits, Retractions int64 }
	err := tx.Raw(`SELECT COALESCE(SUM(edits), 0) AS edits, COALESCE(SUM(retractions), 0) AS retractions FROM changesets
		WHERE author_id = ? AND submitted_at > ?`, by.Account, since).Scan(&done).Error
	if err != nil {
		return fmt.Errorf("count what was written: %w", err)
	}

	switch {
	case done.Edits+edits > most.edits && edits > 0:
		return s.overLimit(by.Role, most.edits, "edits", done.Edits)
	case done.Retractions+retractions > most.retractions && retractions > 0:
		return s.overLimit(by.Role, most.retractions, "retractions", done.Retractions)
	}
	return nil
}

func (s *Services) overLimit(role models.Role, most int64, what string, done int64) error {
	err := models.Errorf(models.ErrLimited,
		"An account with the role %q may make %d %s in an hour; this one made %d. Go on after %s UTC, with fewer, or ask a steward.", role, most, what, done, s.now().Add(limitWindow).UTC().Format("15:04"))
	err.RetryAfter = limitWindow
	return err
}
