package frontend

import (
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// membersPage lists accounts and the invitations that wait, and invites.
type membersPage struct {
	layout
	Members []memberLine
	Next    string
	Waiting []invitationLine
	Label   string
	Roles   []choosable
	Groups  []choosable
}

type memberLine struct {
	URL, Name, Role, Group, State, Seen string
}

type invitationLine struct {
	ID, What, Ends string
}

// choosable is an option of a select.
type choosable struct {
	Value, Label string
	Chosen       bool
}

// listMembers registers the pages on which admins look after accounts and groups.
func (p *Pages) listMembers(member func(string, services.Action, func(*gin.Context) (view, error)), post func(string, services.Action, func(*gin.Context, models.Actor) (view, error))) {
	member("/members", services.ActionAccounts, p.members)
	post("/members/invitations", services.ActionAccounts, p.invite)
	post("/members/invitations/:id/withdraw", services.ActionAccounts, p.withdrawInvitation)
	member("/members/groups", services.ActionGroups, p.groups)
	post("/members/groups", services.ActionGroups, p.createGroup)
	post("/members/groups/:id", services.ActionGroups, p.renameGroup)
	member("/members/:id", services.ActionAccounts, p.memberOf)
	post("/members/:id", services.ActionAccounts, p.changeMember)
	post("/members/:id/sign-out", services.ActionAccounts, p.endSessions)
	post("/members/:id/reset", services.ActionAccounts, p.resetLink)
	post("/members/:id/delete", services.ActionAccounts, p.deleteMember)
	member("/me/privacy", services.ActionSelf, p.privacy)
	post("/me/name", services.ActionSelf, p.showName)
	post("/me/delete", services.ActionCredentials, p.deleteOwn)
}

func (p *Pages) members(c *gin.Context) (view, error) {
	page, err := p.membersPage(c, p.actor(c), c.Query("cursor"))
	return view{template: "members", data: page}, err
}

func (p *Pages) membersPage(c *gin.Context, by models.Actor, cursor string) (*membersPage, error) {
	page := &membersPage{layout: memberLayout("/members", "Members")}
	ctx := c.Request.Context()
	list, err := p.services.Members(ctx, by, cursor)
	if err != nil {
		return nil, err
	}
	for _, one := range list.Members {
		page.Members = append(page.Members, memberLineOf(one))
	}
	if list.Next != "" {
		page.Next = address("/members", map[string][]string{"cursor": {list.Next}})
	}
	waiting, err := p.services.Waiting(ctx, by)
	if err != nil {
		return nil, err
	}
	for _, one := range waiting {
		page.Waiting = append(page.Waiting, invitationLine{ID: one.ID.String(), What: invitationWords(one), Ends: instantText(one.ExpiresAt)})
	}
	page.Label, page.Roles = c.PostForm("label"), roleChoices(models.Role(orElse(c.PostForm("role"), string(models.RoleContributor))))
	page.Groups, err = p.groupChoices(c, by, c.PostForm("group"))
	return page, err
}

func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

func memberLineOf(m services.MemberView) memberLine {
	line := memberLine{URL: "/members/" + m.ID.String(), Name: m.Name, Role: models.Roles().Label(string(m.Role)), Group: m.Group, State: "Active", Seen: "Not of late"}
	if m.SuspendedAt != nil {
		line.State = "Suspended"
	}
	if m.SeenAt != nil {
		line.Seen = instantText(*m.SeenAt)
	}
	return line
}

// invitationWords say what a link is for, and for whom.
func invitationWords(i services.InvitationView) string {
	words := map[models.InvitationPurpose]string{models.InviteJoin: "To join as " + string(i.Role), models.InviteReset: "To set a new password for " + i.Account,
		models.InviteSignIn: "To sign in as " + i.Account}[i.Purpose]
	if i.Group != "" {
		words += " in " + i.Group
	}
	if i.Label != "" {
		words += ", " + i.Label
	}
	if i.Inviter != "" {
		words += ", made by " + i.Inviter
	}
	return words
}

func roleChoices(chosen models.Role) []choosable {
	var list []choosable
	for _, code := range models.Roles().Codes {
		list = append(list, choosable{code.Code, code.Label + ": " + code.Definition, code.Code == string(chosen)})
	}
	return list
}

func (p *Pages) groupChoices(c *gin.Context, by models.Actor, chosen string) ([]choosable, error) {
	groups, err := p.services.ContributorGroups(c.Request.Context(), by)
	list := []choosable{{"", "No group", chosen == ""}}
	for _, group := range groups {
		list = append(list, choosable{group.ID.String(), group.Name, group.ID.String() == chosen})
	}
	return list, err
}

// madeLinkPage shows a link once.
type madeLinkPage struct {
	layout
	URL, Ends, Heading string
}

func (p *Pages) madeLink(c *gin.Context, heading, secret string, ends time.Time) view {
	return view{template: "made-link", data: &madeLinkPage{layout: memberLayout("/members", heading), Heading: heading,
		URL: p.siteOf(c.Request) + "/invitations/" + secret, Ends: instantText(ends)}}
}

// chosenGroup is the group that a form chose: nil for none. What is no id is a group that is not
// there.
func chosenGroup(c *gin.Context) *uuid.UUID {
	text := c.PostForm("group")
	if text == "" {
		return nil
	}
	id, err := uuid.Parse(text)
	if err != nil {
		id = uuid.Max
	}
	return &id
}

// invite makes a link to join with, and shows it.
func (p *Pages) invite(c *gin.Context, by models.Actor) (view, error) {
	secret, made, err := p.services.Invite(c.Request.Context(), by, services.NewInvitation{Label: c.PostForm("label"), Role: models.Role(c.PostForm("role")), Group: chosenGroup(c)})
	if err == nil {
		return p.madeLink(c, "The invitation", secret, made.ExpiresAt), nil
	}
	page, failed := p.membersPage(c, by, "")
	if failed != nil {
		return view{}, failed
	}
	return p.again(view{template: "members", data: page}, err)
}

// accountID is the id of an account, invitation or group in an address.
func accountID(c *gin.Context) (uuid.UUID, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil || len(c.Param("id")) != 36 {
		return id, models.Errorf(models.ErrNotFound, "There is nothing at this address.")
	}
	return id, nil
}

func (p *Pages) withdrawInvitation(c *gin.Context, by models.Actor) (view, error) {
	id, err := accountID(c)
	if err != nil {
		return view{}, err
	}
	if err := p.services.WithdrawInvitation(c.Request.Context(), by, id); err != nil {
		return view{}, err
	}
	p.tell(c, "The link was withdrawn. It no longer works.")
	return view{moved: "/members"}, nil
}

// memberPage is one account, with what can be done about it.
type memberPage struct {
	layout
	ID        string
	Account   memberLine
	Since     string
	Suspended bool
	Roles     []choosable
	Groups    []choosable
}

func (p *Pages) memberOf(c *gin.Context) (view, error) {
	page, err := p.memberPage(c, p.actor(c))
	return view{template: "member", data: page}, err
}

func (p *Pages) memberPage(c *gin.Context, by models.Actor) (*memberPage, error) {
	id, err := accountID(c)
	if err != nil {
		return nil, err
	}
	m, err := p.services.MemberOf(c.Request.Context(), by, id)
	if err != nil {
		return nil, err
	}
	group := ""
	if m.GroupID != nil {
		group = m.GroupID.String()
	}
	page := &memberPage{layout: memberLayout("/members", m.Name), ID: id.String(), Account: memberLineOf(m), Since: instantText(m.CreatedAt),
		Suspended: m.SuspendedAt != nil, Roles: roleChoices(m.Role)}
	page.Groups, err = p.groupChoices(c, by, group)
	return page, err
}

// changeMember takes the whole form: role, group and whether it is suspended.
func (p *Pages) changeMember(c *gin.Context, by models.Actor) (view, error) {
	id, err := accountID(c)
	if err != nil {
		return view{}, err
	}
	role, suspended, group := models.Role(c.PostForm("role")), c.PostForm("suspended") != "", chosenGroup(c)
	if group == nil {
		group = &uuid.Nil
	}
	_, err = p.services.ChangeMember(c.Request.Context(), by, id, services.MemberPatch{Role: &role, Group: group, Suspended: &suspended})
	if err == nil {
		p.tell(c, "The account was changed. It counts at once.")
		return view{moved: "/members/" + id.String()}, nil
	}
	page, failed := p.memberPage(c, by)
	if failed != nil {
		return view{}, failed
	}
	return p.again(view{template: "member", data: page}, err)
}

func (p *Pages) endSessions(c *gin.Context, by models.Actor) (view, error) {
	id, err := accountID(c)
	if err != nil {
		return view{}, err
	}
	if err := p.services.EndSessions(c.Request.Context(), by, id); err != nil {
		return view{}, err
	}
	p.tell(c, "The account was signed out everywhere.")
	return view{moved: "/members/" + id.String()}, nil
}

// resetLink makes a link that gives a new way to sign in, and shows it.
func (p *Pages) resetLink(c *gin.Context, by models.Actor) (view, error) {
	id, err := accountID(c)
	if err != nil {
		return view{}, err
	}
	secret, made, err := p.services.InviteReset(c.Request.Context(), by, id, c.PostForm("everything") != "")
	if err != nil {
		return view{}, err
	}
	return p.madeLink(c, "A link that gives a new way to sign in", secret, made.ExpiresAt), nil
}

func (p *Pages) deleteMember(c *gin.Context, by models.Actor) (view, error) {
	id, err := accountID(c)
	if err != nil {
		return view{}, err
	}
	if c.PostForm("sure") == "" {
		page, failed := p.memberPage(c, by)
		if failed != nil {
			return view{}, failed
		}
		return p.again(view{template: "member", data: page}, wrong("sure", "Say that you are sure: this cannot be undone."))
	}
	if err := p.services.DeleteAccount(c.Request.Context(), by, id); err != nil {
		return view{}, err
	}
	p.tell(c, "The account was deleted.")
	return view{moved: "/members"}, nil
}

// groupsPage lists the groups that contribute.
type groupsPage struct {
	layout
	Groups []groupLine
	Name   string
}

type groupLine struct {
	ID, Name string
	Members  int
}

func (p *Pages) groups(c *gin.Context) (view, error) {
	page, err := p.groupsPage(c, p.actor(c))
	return view{template: "member-groups", data: page}, err
}

func (p *Pages) groupsPage(c *gin.Context, by models.Actor) (*groupsPage, error) {
	page := &groupsPage{layout: memberLayout("/members", "Groups that contribute"), Name: c.PostForm("name")}
	groups, err := p.services.ContributorGroups(c.Request.Context(), by)
	for _, group := range groups {
		page.Groups = append(page.Groups, groupLine{group.ID.String(), group.Name, group.Members})
	}
	return page, err
}

func (p *Pages) createGroup(c *gin.Context, by models.Actor) (view, error) {
	_, err := p.services.CreateGroup(c.Request.Context(), by, c.PostForm("name"))
	return p.afterGroup(c, by, err)
}

func (p *Pages) renameGroup(c *gin.Context, by models.Actor) (view, error) {
	id, err := accountID(c)
	if err != nil {
		return view{}, err
	}
	_, err = p.services.RenameGroup(c.Request.Context(), by, id, c.PostForm("name"))
	return p.afterGroup(c, by, err)
}

func (p *Pages) afterGroup(c *gin.Context, by models.Actor, err error) (view, error) {
	if err == nil {
		p.tell(c, "The group is kept.")
		return view{moved: "/members/groups"}, nil
	}
	page, failed := p.groupsPage(c, by)
	if failed != nil {
		return view{}, failed
	}
	return p.again(view{template: "member-groups", data: page}, err)
}

// privacyPage says how histories show one, and lets one leave.
type privacyPage struct {
	layout
	Name, Otherwise string
	Named           bool
}

func (p *Pages) privacy(c *gin.Context) (view, error) {
	page, err := p.privacyPage(c, p.actor(c))
	return view{template: "privacy", data: page}, err
}

func (p *Pages) privacyPage(c *gin.Context, by models.Actor) (*privacyPage, error) {
	shown, err := p.services.OwnByline(c.Request.Context(), by)
	return &privacyPage{layout: memberLayout("/me", "How you are shown"), Name: by.Name, Otherwise: shown.Otherwise, Named: shown.Named}, err
}

func (p *Pages) showName(c *gin.Context, by models.Actor) (view, error) {
	if err := p.services.ShowName(c.Request.Context(), by, by.Account, c.PostForm("named") != ""); err != nil {
		return view{}, err
	}
	p.tell(c, "It is kept, and counts for what you wrote before too.")
	return view{moved: "/me/privacy"}, nil
}

// deleteOwn forgets who the account belonged to, and signs out.
func (p *Pages) deleteOwn(c *gin.Context, by models.Actor) (view, error) {
	if c.PostForm("sure") == "" {
		page, err := p.privacyPage(c, by)
		if err != nil {
			return view{}, err
		}
		return p.again(view{template: "privacy", data: page}, wrong("sure", "Say that you are sure: this cannot be undone."))
	}
	if err := p.services.DeleteAccount(c.Request.Context(), by, by.Account); err != nil {
		return view{}, err
	}
	return view{moved: "/"}, p.sessions.Destroy(c.Request.Context())
}
