package frontend

import (
	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// signInPage asks for a name and password.
type signInPage struct {
	layout
	Name string
	Next string
	// Passkey is the recommended way; nil where passkeys do not work.
	Passkey *passkeyPart
	// OpenID leads to the provider; "" where there is none.
	OpenID string
}

func (p *Pages) signInPage(c *gin.Context, next string) *signInPage {
	page := &signInPage{layout: memberLayout("/sign-in", "Sign in"), Next: next}
	page.Passkey = p.passkeyPart(c, &page.layout, passkeyPart{Do: "get", Options: "/sign-in/passkey/options", Button: "Sign in with a passkey",
		Words: "A finger, a face or the PIN of your device: no password, and no code. Or sign in with a password:"})
	if p.services.HasProvider() {
		page.OpenID = withNext("/sign-in/openid", next)
	}
	return page
}

func (p *Pages) signInForm(c *gin.Context) (view, error) {
	next := local(c.Query("next"), "/")
	if p.actor(c).SignedIn() {
		return view{seeOther: next}, nil
	}
	return view{template: "sign-in", data: p.signInPage(c, next)}, nil
}

// signInWithPassword signs in with what the form holds.
func (p *Pages) signInWithPassword(c *gin.Context, _ models.Actor) (view, error) {
	page := p.signInPage(c, local(c.PostForm("next"), "/"))
	page.Name = c.PostForm("name")
	who, err := p.services.SignInWithPassword(c.Request.Context(), p.caller(c), page.Name, c.PostForm("password"))
	if err != nil {
		return p.again(view{template: "sign-in", data: page}, err)
	}
	if who.NeedsCode {
		return p.askForCode(c, who, page.Next)
	}
	return view{moved: page.Next}, p.signIn(c, who)
}

// signOut ends the session, here and in the database.
func (p *Pages) signOut(c *gin.Context, _ models.Actor) (view, error) {
	if err := p.loadSession(c); err != nil {
		return view{}, err
	}
	return view{moved: "/"}, p.sessions.Destroy(c.Request.Context())
}

// confirmPage asks once more for a passkey, or the password and a code where the account has them.
type confirmPage struct {
	layout
	Name    string
	Next    string
	Ways    services.Ways
	Passkey *passkeyPart
}

func (p *Pages) confirmForm(c *gin.Context) (view, error) {
	page, err := p.confirmPage(c, c.Query("next"))
	return view{template: "confirm", data: page}, err
}

func (p *Pages) confirmPage(c *gin.Context, next string) (*confirmPage, error) {
	ways, err := p.services.Ways(c.Request.Context(), p.actor(c))
	page := &confirmPage{layout: memberLayout("/confirm", "Confirm that it is you"), Name: p.actor(c).Name, Next: local(next, "/"), Ways: ways}
	if ways.Passkeys > 0 {
		part := passkeyPart{Do: "get", Options: "/confirm/passkey/options", Button: "Confirm with a passkey"}
		if ways.Password {
			part.Words = "Or confirm with your password:"
		}
		page.Passkey = p.passkeyPart(c, &page.layout, part)
	}
	return page, err
}

// confirmWithPassword takes the password once more, before something that weighs; then a code.
func (p *Pages) confirmWithPassword(c *gin.Context, by models.Actor) (view, error) {
	page, err := p.confirmPage(c, c.PostForm("next"))
	if err != nil {
		return view{}, err
	}
	ctx := c.Request.Context()
	who, err := p.services.SignInWithPassword(ctx, p.caller(c), by.Name, c.PostForm("password"))
	if isKind(err, models.ErrInvalid) {
		err = wrong("password", "This is not your password. Try again.")
	}
	if err != nil {
		return p.again(view{template: "confirm", data: page}, err)
	}
	if who.NeedsCode {
		if err := p.services.CheckCode(ctx, p.caller(c), by.Account, c.PostForm("code")); err != nil {
			return p.again(view{template: "confirm", data: page}, err)
		}
	}
	return view{moved: page.Next}, p.confirm(c)
}

// linkPage asks to go on with a link that is used once.
type linkPage struct {
	layout
	Action string
	// Joins says that an account is made; otherwise one of this name gets a new password.
	Joins             bool
	Name, Role, Group string
	Passkey           *passkeyPart
}

// linkPageOf is the page of a link that is valid: it signs in at once, or asks for what is missing.
// It is not kept: the link is used up by the next request.
func (p *Pages) linkPageOf(c *gin.Context) (view, models.InvitationPurpose, error) {
	i, err := p.services.InvitationOf(c.Request.Context(), c.Param("secret"))
	if err != nil {
		return view{}, "", err
	}
	page := &linkPage{layout: memberLayout("/invitations", "Sign in"), Action: c.Request.URL.Path, Role: models.Roles().Label(string(i.Role)), Group: i.Group, Name: i.Account}
	switch i.Purpose {
	case models.InviteJoin:
		page.layout, page.Joins, page.Name = memberLayout("/invitations", "Join"), true, c.PostForm("name")
	case models.InviteReset:
		page.layout = memberLayout("/invitations", "Choose a new password")
	default:
		return view{template: "link", data: page, passing: true}, i.Purpose, nil
	}
	part := passkeyPart{Do: "create", Options: page.Action + "/passkey", Button: "Use a passkey", Words: "It is kept by your device and opened by a finger, a face or a PIN: no password, and no code. Or choose a password:"}
	page.Passkey = p.passkeyPart(c, &page.layout, part)
	return view{template: "join", data: page, passing: true}, i.Purpose, nil
}

func (p *Pages) link(c *gin.Context) (view, error) {
	v, _, err := p.linkPageOf(c)
	return v, err
}

// useLink uses it. What only reads a link, as previews of messages do, does not use it up.
func (p *Pages) useLink(c *gin.Context, _ models.Actor) (view, error) {
	v, purpose, err := p.linkPageOf(c)
	if err != nil {
		return view{}, err
	}
	ctx, secret := c.Request.Context(), c.Param("secret")
	var who services.SignIn
	switch {
	case c.PostForm("credential") != "":
		who, err = p.useLinkWithPasskey(c)
	case purpose == models.InviteJoin:
		who, err = p.services.Join(ctx, secret, c.PostForm("name"), c.PostForm("password"))
	case purpose == models.InviteReset:
		who, err = p.services.ResetPassword(ctx, secret, c.PostForm("password"))
	default:
		if who, err = p.services.SignInWithLink(ctx, secret); err != nil {
			return view{}, err
		}
	}
	switch {
	case err != nil:
		return p.again(v, err)
	case who.NeedsCode: // the link proves no second factor
		return view{moved: "/sign-in"}, nil
	}
	return view{moved: "/"}, p.signIn(c, who)
}

// memberLayout is the layout of a page for members, which speaks English.
func memberLayout(path, title string) layout { return plainLayout(path, verbatim(title), "") }

// memberLinks are what the head of a page offers to who is signed in.
type memberLinks struct {
	Name  string
	Links []navLink
}

func linksOf(actor models.Actor) *memberLinks {
	if !actor.SignedIn() {
		return nil
	}
	m := &memberLinks{Name: actor.Name}
	for _, one := range memberNavigation {
		if services.May(actor, one.action) {
			m.Links = append(m.Links, navLink{URL: one.url, Name: verbatim(one.name), English: true})
		}
	}
	m.Links = append(m.Links, reviewLinks(actor)...)
	return m
}

// memberNavigation lists the pages for members, by who may see them. Add yours.
var memberNavigation = []struct {
	action    services.Action
	url, name string
}{
	{services.ActionIntake, "/intake", "Article"},
	{services.ActionReview, "/replies", "Replies"},
	{services.ActionPropose, "/new", "Add"}, {services.ActionPropose, "/drafts", "Drafts"}, {services.ActionPropose, "/worklists", "Worklists"}, {services.ActionPropose, "/imports", "Imports"}, {services.ActionNotes, "/tasks", "Tasks"},
	{services.ActionWatch, "/watches", "Watches"}, {services.ActionAccounts, "/members", "Members"}, {services.ActionWebhooks, "/admin/webhooks", "Webhooks"}, {services.ActionJobs, "/admin/jobs", "Jobs"},
}
