package services

import (
	"slices"

	"plumbline/models"
)

// Action is something that an account may or may not do.
type Action string

// The actions. Reading what is public needs no permission.
const (
	ActionPropose      Action = "propose"       // have a changeset wait for review
	ActionPublish      Action = "publish"       // write without review
	ActionReview       Action = "review"        // publish or reject what somebody else proposed
	ActionMerge        Action = "merge"         // join two records
	ActionRedact       Action = "redact"        // erase a value that the law forces out
	ActionRevertOwn    Action = "revert_own"    // take one's own edits back
	ActionRevertOthers Action = "revert_others" // take back what somebody else did
	ActionProtect      Action = "protect"       // have each edit of a record wait for review
	ActionHold         Action = "hold"          // keep a record from being shown while the law asks for it
	ActionAccounts     Action = "accounts"      // make accounts and tokens
)

// permissions is the one table of who may do what.
var permissions = map[models.Role][]Action{
	models.RoleReader:      {},
	models.RoleContributor: {ActionPropose, ActionRevertOwn},
	models.RoleEditor:      {ActionPropose, ActionPublish, ActionReview, ActionRevertOwn},
	models.RoleSteward:     {ActionPropose, ActionPublish, ActionReview, ActionMerge, ActionProtect, ActionHold, ActionRevertOwn, ActionRevertOthers, ActionRedact},
	models.RoleAdmin:       {ActionPropose, ActionPublish, ActionReview, ActionMerge, ActionProtect, ActionHold, ActionRevertOwn, ActionRevertOthers, ActionRedact, ActionAccounts},
}

// Can reports whether a role may do an action.
func Can(role models.Role, action Action) bool {
	return slices.Contains(permissions[role], action)
}

// require refuses an actor that may not do an action: without an account as unauthorized, with
// one as forbidden.
func require(by models.Actor, action Action) error {
	switch {
	case Can(by.Role, action):
		return nil
	case by.Role == "":
		return models.Errorf(models.ErrUnauthorized, "This needs an account. Send its token in the header \"Authorization: Bearer …\".")
	default:
		return models.Errorf(models.ErrForbidden, "An account with the role %q may not %s. Ask a steward or an admin for help.", by.Role, action)
	}
}
