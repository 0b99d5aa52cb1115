package services

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"plumbline/models"
)

// MemberView is an account for who looks after accounts.
type MemberView struct {
	ID   uuid.UUID
	Name string
	Role models.Role
	// GroupID is nil and Group "" for one that belongs to none.
	GroupID *uuid.UUID
	Group   string
	// Named is set where public histories show its name.
	Named       bool
	CreatedAt   time.Time
	SuspendedAt *time.Time
	// SeenAt is about when one of its sessions or tokens was last used; nil when none that is
	// still there was.
	SeenAt *time.Time `gorm:"-"`
}

// MemberPage is a run of accounts, by name.
type MemberPage struct {
	Members []MemberView
	Next    string
}

// MemberPatch is what is to be different about an account; nil leaves it as it is.
type MemberPatch struct {
	Role *models.Role
	// Group is the id of a group; uuid.Nil takes the account out of its group.
	Group     *uuid.UUID
	Suspended *bool
}

// Members lists the accounts by name, 100 at once, without those that were deleted.
func (s *Services) Members(ctx context.Context, by models.Actor, cursorText string) (MemberPage, error) {
	if err := require(by, ActionAccounts); err != nil {
		return MemberPage{}, err
	}
	q := Query{Limit: 100, Cursor: cursorText, Sort: "name"}
	after, err := q.after("members")
	if err != nil {
		return MemberPage{}, err
	}
	tx := memberViews(s.db.Write(ctx)).Order("a.name, a.id").Limit(q.Limit + 1)
	if after != nil {
		tx = tx.Where("(a.name, a.id) > (SELECT o.name, o.id FROM accounts o WHERE o.id = ?)", after.ID)
	}
	var page MemberPage
	if err := tx.Scan(&page.Members).Error; err != nil {
		return page, fmt.Errorf("list accounts: %w", err)
	}
	if len(page.Members) > q.Limit {
		page.Members = page.Members[:q.Limit]
		page.Next = q.next("members", cursor{ID: page.Members[q.Limit-1].ID})
	}
	return page, seen(s.db.Write(ctx), page.Members)
}

// MemberOf gives one account: ErrNotFound when there is none, or when it was deleted.
func (s *Services) MemberOf(ctx context.Context, by models.Actor, id uuid.UUID) (MemberView, error) {
	if err := require(by, ActionAccounts); err != nil {
		return MemberView{}, err
	}
	var views []MemberView
	if err := memberViews(s.db.Write(ctx)).Where("a.id = ?", id).Scan(&views).Error; err != nil {
		return MemberView{}, fmt.Errorf("read an account: %w", err)
	}
	if len(views) == 0 {
		return MemberView{}, noMember()
	}
	return views[0], seen(s.db.Write(ctx), views)
}

func memberViews(tx *gorm.DB) *gorm.DB {
	return tx.Table("accounts a").Joins("LEFT JOIN contributor_groups g ON g.id = a.group_id").Where("a.deleted_at IS NULL").
		Select("a.id, a.name, a.role, a.group_id, COALESCE(g.name, '') AS \"group\", a.named, a.created_at, a.suspended_at")
}

func noMember() error {
	return models.Errorf(models.ErrNotFound, "There is no account with this id.")
}

// seen fills in when accounts were last there.
func seen(tx *gorm.DB, members []MemberView) error {
	place := map[uuid.UUID]*MemberView{}
	ids := make([]uuid.UUID, len(members))
	for i := range members {
		ids[i], place[members[i].ID] = members[i].ID, &members[i]
	}
	for _, query := range []string{
		"SELECT account_id, seen_at FROM sessions WHERE account_id IN ?",
		"SELECT account_id, used_at AS seen_at FROM tokens WHERE account_id IN ? AND used_at IS NOT NULL",
	} {
		var rows []struct {
			AccountID uuid.UUID
			SeenAt    time.Time
		}
		if err := tx.Raw(query, ids).Scan(&rows).Error; err != nil {
			return fmt.Errorf("look up when accounts were last there: %w", err)
		}
		for _, row := range rows {
			if one := place[row.AccountID]; one.SeenAt == nil || one.SeenAt.Before(row.SeenAt) {
				at := row.SeenAt.UTC()
				one.SeenAt = &at
			}
		}
	}
	return nil
}

// ChangeMember changes the role or group of an account, suspends it, or lets it be used again. All
// of it counts at the very next request, for sessions and tokens. With a new role sessions go on
// under a new id, and who is there is asked anew before what weighs; a suspension ends
// every session. ErrConflict when nobody would be left who looks after accounts.
func (s *Services) ChangeMember(ctx context.Context, by models.Actor, id uuid.UUID, patch MemberPatch) (MemberView, error) {
	if err := require(by, ActionAccounts); err != nil {
		return MemberView{}, err
	}
	err := s.db.Transaction(ctx, func(tx *gorm.DB) error {
		account, err := memberToChange(tx, by, id)
		if err != nil {
			return err
		}
		if err := patch.check(tx, by); err != nil {
			return err
		}
		was := account
		s.apply(patch, &account)
		if err := keepsAnAdmin(tx, was, account); err != nil {
			return err
		}
		err = tx.Model(&models.Account{}).Where("id = ?", id).
			Updates(map[string]any{"role": account.Role, "group_id": account.GroupID, "suspended_at": account.SuspendedAt}).Error
		if err != nil {
			return fmt.Errorf("change an account: %w", err)
		}
		if !account.Usable() {
			return endSessions(tx, id)
		}
		return nil
	})
	if err != nil {
		return MemberView{}, err
	}
	return s.MemberOf(ctx, by, id)
}

func (s *Services) apply(patch MemberPatch, account *models.Account) {
	if patch.Role != nil {
		account.Role = *patch.Role
	}
	if patch.Group != nil {
		account.GroupID = patch.Group
		if *patch.Group == uuid.Nil {
			account.GroupID = nil
		}
	}
	switch {
	case patch.Suspended == nil:
	case !*patch.Suspended:
		account.SuspendedAt = nil
	case account.SuspendedAt == nil:
		now := s.now()
		account.SuspendedAt = &now
	}
}

// check finds everything wrong with a patch.
func (p MemberPatch) check(tx *gorm.DB, by models.Actor) error {
	var problems []models.Problem
	if p.Role != nil {
		problems = append(problems, roleProblem(by, *p.Role)...)
	}
	if p.Group != nil && *p.Group != uuid.Nil {
		more, err := groupProblem(tx, *p.Group)
		if err != nil {
			return err
		}
		problems = append(problems, more...)
	}
	return accountProblems(problems)
}

// accountProblems is the error of the problems of a form about accounts; nil for none.
func accountProblems(problems []models.Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return &models.Error{Kind: models.ErrInvalid, Problems: problems, Message: "Nothing was changed. " + count(len(problems), "thing needs", "things need") + " attention."}
}

// roleProblem says what is wrong with a role that somebody gives.
func roleProblem(by models.Actor, role models.Role) []models.Problem {
	switch {
	case !models.Roles().Has(string(role)):
		return []models.Problem{{Pointer: "/role", Message: fmt.Sprintf("%q is no role.%s Use %s.", shorten(string(role)),
			models.DidYouMean(string(role), models.Roles().Values()), strings.Join(models.Roles().Values(), ", "))}}
	case !mayGrant(by.Role, role):
		return []models.Problem{{Pointer: "/role", Message: fmt.Sprintf("With the role %q nobody can give the role %q, which may do more.", by.Role, role)}}
	}
	return nil
}

// mayGrant reports whether who has a role can give another, or act on who has it: nobody grants
// more than they hold.
func mayGrant(held, given models.Role) bool {
	return levelIn(string(held), models.Roles()) >= levelIn(string(given), models.Roles())
}

func groupProblem(tx *gorm.DB, id uuid.UUID) ([]models.Problem, error) {
	var n int64
	if err := tx.Model(&models.ContributorGroup{}).Where("id = ?", id).Count(&n).Error; err != nil {
		return nil, fmt.Errorf("look up a group: %w", err)
	}
	if n == 0 {
		return []models.Problem{{Pointer: "/group", Message: "There is no such group. Choose one of the list, or make it first."}}, nil
	}
	return nil, nil
}

// memberToChange reads an account that nobody else changes meanwhile. Every admin is held first,
// so that of two who weaken each other one is refused.
func memberToChange(tx *gorm.DB, by models.Actor, id uuid.UUID) (models.Account, error) {
	var held []models.Account
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Order("id").Find(&held, "role = 'admin' OR id = ?", id).Error
	if err != nil {
		return models.Account{}, fmt.Errorf("read an account: %w", err)
	}
	for _, account := range held {
		switch {
		case account.ID != id || account.DeletedAt != nil:
		case !mayGrant(by.Role, account.Role):
			return account, models.Errorf(models.ErrForbidden, "With the role %q nobody can change an account with the role %q.", by.Role, account.Role)
		default:
			return account, nil
		}
	}
	return models.Account{}, noMember()
}

// keepsAnAdmin refuses a change after which nobody could look after accounts.
func keepsAnAdmin(tx *gorm.DB, was, is models.Account) error {
	admin := func(a models.Account) bool { return a.Role == models.RoleAdmin && a.Usable() }
	if !admin(was) || admin(is) {
		return nil
	}
	var others int64
	err := tx.Model(&models.Account{}).Where("role = 'admin' AND suspended_at IS NULL AND deleted_at IS NULL AND id <> ?", was.ID).Count(&others).Error
	if err == nil && others == 0 {
		return models.Errorf(models.ErrConflict, "%q is the last admin: nobody would be left to look after accounts. Make somebody else an admin first.", was.Name)
	}
	return wrap(err, "count admins")
}

// EndSessions signs an account out everywhere. Its tokens stay.
func (s *Services) EndSessions(ctx context.Context, by models.Actor, id uuid.UUID) error {
	if err := require(by, ActionAccounts); err != nil {
		return err
	}
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		if _, err := memberToChange(tx, by, id); err != nil {
			return err
		}
		return endSessions(tx, id)
	})
}

// ShowName says whether public histories show an account's name, or else its group or a pseudonym.
// Only its person may say so, and the command line.
func (s *Services) ShowName(ctx context.Context, by models.Actor, id uuid.UUID, named bool) error {
	if by.Account != id && by != Operator() {
		return noMember()
	}
	if err := require(by, ActionSelf); err != nil {
		return err
	}
	changed := s.db.Write(ctx).Model(&models.Account{}).Where("id = ? AND deleted_at IS NULL", id).Update("named", named)
	if changed.Error == nil && changed.RowsAffected == 0 {
		return noMember()
	}
	s.bylines.Add(1)
	return wrap(changed.Error, "say whether a name is shown")
}

// DeleteAccount forgets who an account belonged to: its name, group, password, codes, passkeys,
// tokens, sessions, links, identities and watches. The webhooks that it made are disabled, until
// an admin who is still there makes them active again. What it wrote stays under a pseudonym, so that the log
// can still be verified. Its own person may, with ActionCredentials, and who looks after accounts.
func (s *Services) DeleteAccount(ctx context.Context, by models.Actor, id uuid.UUID) error {
	action := ActionAccounts
	if by.Account == id && id != uuid.Nil {
		action = ActionCredentials
	}
	if err := require(by, action); err != nil {
		return err
	}
	defer s.bylines.Add(1)
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		account, err := memberToChange(tx, by, id)
		if err != nil {
			return err
		}
		gone, now := account, s.now()
		gone.DeletedAt = &now
		if err := keepsAnAdmin(tx, account, gone); err != nil {
			return err
		}
		return forget(tx, id, now)
	})
}

// forget takes away everything that says who an account belonged to, or lets anybody sign in.
func forget(tx *gorm.DB, id uuid.UUID, now time.Time) error {
	err := tx.Model(&models.Account{}).Where("id = ?", id).Updates(map[string]any{"name": models.Pseudonym(id), "role": models.RoleReader, "group_id": nil,
		"named": false, "password": "", "totp_secret": "", "totp_step": 0, "deleted_at": now}).Error
	if err != nil {
		return fmt.Errorf("forget an account: %w", err)
	}
	if err := forgetWays(tx, id); err != nil {
		return err
	}
	for _, watching := range []any{&models.Digest{}, &models.ListWatch{}, &models.Watch{}} {
		if err := tx.Delete(watching, "account_id = ?", id).Error; err != nil {
			return fmt.Errorf("forget what an account watches: %w", err)
		}
	}
	if err := tx.Delete(&models.IdempotencyKey{}, "account_id = ?", id).Error; err != nil {
		return fmt.Errorf("forget the requests of an account: %w", err)
	}
	if err := tx.Delete(&models.Invitation{}, "account_id = ? OR invited_by = ? AND used_at IS NULL", id, id).Error; err != nil {
		return fmt.Errorf("forget the links of an account: %w", err)
	}
	if err := tx.Delete(&models.Watch{}, "account_id = ?", id).Error; err != nil {
		return fmt.Errorf("forget the watches of an account: %w", err)
	}
	err = tx.Model(&models.Webhook{}).Where("creator_id = ? AND state <> ?", id, models.WebhookDisabled).
		Updates(map[string]any{"state": models.WebhookDisabled, "problem": "The account that made it was deleted. Make it active again if it is still wanted."}).Error
	if err != nil {
		return fmt.Errorf("disable the webhooks of an account: %w", err)
	}
	err = tx.Model(&models.ChangesetRow{}).Where("author_id = ? AND status = 'draft'", id).
		Updates(map[string]any{"status": models.ChangesetWithdrawn, "operations": "", "form": "", "decided_at": now}).Error
	return wrap(err, "withdraw the drafts of an account")
}
