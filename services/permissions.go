package services

import (
	"slices"

	"plumbline/models"
)

// Action is something that an account may or may not do.
type Action string

// The actions. Reading what is public needs no permission.
const (
	ActionSelf         Action = "self"          // look after one's own account: sessions, how it is shown
	ActionCredentials  Action = "credentials"   // change how one signs in: password, codes, passkeys, tokens
	ActionWatch        Action = "watch"         // be told of changes
	ActionPropose      Action = "propose"       // have a changeset wait for review; drafts and comments too
	ActionIntake       Action = "intake"        // fetch an article, keep evidence, use suggestions
	ActionNotes        Action = "notes"         // read and write notes and tasks for members
	ActionImport       Action = "import"        // turn a file into one changeset
	ActionRevertOwn    Action = "revert_own"    // take one's own edits back
	ActionPublish      Action = "publish"       // write without review
	ActionName         Action = "name"          // say who an undisclosed entity is, without review
	ActionReview       Action = "review"        // see, amend, publish or reject what somebody else proposed
	ActionRevertOthers Action = "revert_others" // take back what somebody else did
	ActionMerge        Action = "merge"         // join two records, and undo it
	ActionBulk         Action = "bulk"          // publish more at once than one person types
	ActionProtect      Action = "protect"       // have each edit of a record wait for review
	ActionHold         Action = "hold"          // keep a record from being shown while the law asks for it
	ActionRedact       Action = "redact"        // erase a value that the law forces out
	ActionAccounts     Action = "accounts"      // invite, give roles, suspend
	ActionGroups       Action = "groups"        // make groups, and say who belongs to them
	ActionWebhooks     Action = "webhooks"      // have other programs told of changes
	ActionJobs         Action = "jobs"          // see and repeat the work that runs in the background
)

// grant says which role an action needs at least, and which scope a token needs for it.
type grant struct {
	action Action
	role   models.Role
	scope  models.Scope
	// confirmed actions ask a person to have proved within the last minutes who they are.
	confirmed bool
	// words say it in a sentence: "may not …".
	words string
}

// grants is the one table of who may do what. Every role may do what the weaker ones may.
var grants = []grant{
	{ActionSelf, models.RoleReader, models.ScopeAdmin, false, "look after accounts"},
	{ActionCredentials, models.RoleReader, models.ScopeAdmin, true, "change how accounts sign in"},
	{ActionWatch, models.RoleReader, models.ScopeRead, false, "watch records"},
	{ActionPropose, models.RoleContributor, models.ScopePropose, false, "propose changes"},
	{ActionIntake, models.RoleContributor, models.ScopePropose, false, "fetch articles and keep evidence"},
	{ActionNotes, models.RoleContributor, models.ScopePropose, false, "read or write notes"},
	{ActionImport, models.RoleContributor, models.ScopePropose, false, "import files"},
	{ActionRevertOwn, models.RoleContributor, models.ScopePropose, false, "take edits back"},
	{ActionPublish, models.RoleEditor, models.ScopePublish, false, "publish"},
	{ActionName, models.RoleEditor, models.ScopePublish, false, "name what was undisclosed"},
	{ActionReview, models.RoleEditor, models.ScopePublish, false, "review proposals"},
	{ActionRevertOthers, models.RoleSteward, models.ScopePublish, false, "take back what others did"},
	{ActionMerge, models.RoleSteward, models.ScopeAdmin, true, "merge records"},
	{ActionBulk, models.RoleSteward, models.ScopePublish, false, "publish in bulk"},
	{ActionProtect, models.RoleSteward, models.ScopeAdmin, false, "protect records"},
	{ActionHold, models.RoleSteward, models.ScopeAdmin, true, "put records on hold"},
	{ActionRedact, models.RoleSteward, models.ScopeAdmin, true, "redact"},
	{ActionAccounts, models.RoleAdmin, models.ScopeAdmin, true, "look after accounts of others"},
	{ActionGroups, models.RoleAdmin, models.ScopeAdmin, true, "look after groups"},
	{ActionWebhooks, models.RoleAdmin, models.ScopeAdmin, false, "look after webhooks"},
	{ActionJobs, models.RoleAdmin, models.ScopeAdmin, false, "see the background work"},
}

// Actions lists every action, in the order of the table.
func Actions() []Action {
	actions := make([]Action, len(grants))
	for i, g := range grants {
		actions[i] = g.action
	}
	return actions
}

func grantOf(action Action) (grant, bool) {
	i := slices.IndexFunc(grants, func(g grant) bool { return g.action == action })
	if i < 0 {
		return grant{}, false
	}
	return grants[i], true
}

// levelIn is the place of a role or scope in its order; -1 for none.
func levelIn(code string, order models.Vocabulary) int { return slices.Index(order.Values(), code) }

// Can reports whether a role may do an action.
func Can(role models.Role, action Action) bool {
	g, known := grantOf(action)
	held := levelIn(string(role), models.Roles())
	return known && held >= 0 && held >= levelIn(string(g.role), models.Roles())
}

// May reports whether an actor may do an action: by its role, and with a token by its scope. It
// does not ask whether the person confirmed who they are; see NeedsConfirmation.
func May(by models.Actor, action Action) bool {
	return Can(by.Role, action) && allows(by.Scope, action)
}

// allows reports whether a token's scope is wide enough for an action. People have no scope.
func allows(scope models.Scope, action Action) bool {
	g, _ := grantOf(action)
	return scope == "" || levelIn(string(scope), models.Scopes()) >= levelIn(string(g.scope), models.Scopes())
}

// NeedsConfirmation reports whether the actor must prove once more who they are before doing an
// action, because they last did too long ago.
func NeedsConfirmation(by models.Actor, action Action) bool {
	g, _ := grantOf(action)
	return g.confirmed && !by.Confirmed
}

// require refuses an actor that may not do an action: without an account as unauthorized, with
// one as forbidden.
func require(by models.Actor, action Action) error {
	g, _ := grantOf(action)
	switch {
	case by.Role == "":
		return models.Errorf(models.ErrUnauthorized, "This needs an account. Send its token in the header \"Authorization: Bearer …\".")
	case !Can(by.Role, action):
		return models.Errorf(models.ErrForbidden, "An account with the role %q may not %s. Ask a steward or an admin for help.", by.Role, g.words)
	case !allows(by.Scope, action):
		return models.Errorf(models.ErrForbidden, "A token with the scope %q may not %s. Make one with the scope %q.", by.Scope, g.words, g.scope)
	case NeedsConfirmation(by, action):
		return models.Errorf(models.ErrForbidden, "Confirm that it is you: this needs a sign-in of the last %s.", count(int(confirmedFor.Minutes()), "minute", "minutes"))
	}
	return nil
}

// Require tells whether an actor may do an action, as the services would: ErrUnauthorized,
// ErrForbidden or nil.
func Require(by models.Actor, action Action) error { return require(by, action) }
