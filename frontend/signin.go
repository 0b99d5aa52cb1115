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
}

func (p *Pages) signInForm(c *gin.Context) (view, error) {
	next := local(c.Query("next"), "/")
	if p.actor(c).SignedIn() {
		return view{seeOther: next}, nil
	}
	return view{template: "sign-in", data: &signInPage{layout: memberLayout("/sign-in", "Sign in"), Next: next}}, nil
}

// signInWithPassword signs in with what the form holds.
func (p *Pages) signInWithPassword(c *gin.Context, _ models.Actor) (view, error) {
	page := &signInPage{layout: memberLayout("/sign-in", "Sign in"), Name: c.PostForm("name"), Next: local(c.PostForm("next"), "/")}
	who, err := p.services.SignInWithPassword(c.Request.Context(), page.Name, c.PostForm("password"))
	if err != nil {
		return p.again(view{template: "sign-in", data: page}, err)
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

// confirmPage asks once more for the password.
type confirmPage struct {
	layout
	Name string
	Next string
}

func (p *Pages) confirmForm(c *gin.Context) (view, error) {
	return view{template: "confirm", data: p.confirmPage(c, c.Query("next"))}, nil
}

func (p *Pages) confirmPage(c *gin.Context, next string) *confirmPage {
	return &confirmPage{layout: memberLayout("/confirm", "Confirm that it is you"), Name: p.actor(c).Name, Next: local(next, "/")}
}

// confirmWithPassword takes the password once more, before something that weighs.
func (p *Pages) confirmWithPassword(c *gin.Context, by models.Actor) (view, error) {
	page := p.confirmPage(c, c.PostForm("next"))
	if _, err := p.services.SignInWithPassword(c.Request.Context(), by.Name, c.PostForm("password")); err != nil {
		return p.again(view{template: "confirm", data: page}, wrong("password", "This is not your password. Try again."))
	}
	return view{moved: page.Next}, p.confirm(c)
}

// linkPage asks to go on with a link that is used once.
type linkPage struct {
	layout
	Action string
	For    string
}

func (p *Pages) link(c *gin.Context) (view, error) {
	if _, err := p.services.Invitation(c.Request.Context(), c.Param("secret")); err != nil {
		return view{}, err
	}
	return view{template: "link", data: &linkPage{layout: memberLayout("/invitations", "Sign in"), Action: c.Request.URL.Path}}, nil
}

// useLink uses it. What only reads a link, as previews of messages do, does not use it up.
func (p *Pages) useLink(c *gin.Context, _ models.Actor) (view, error) {
	who, err := p.services.SignInWithLink(c.Request.Context(), c.Param("secret"))
	if err != nil {
		return view{}, err
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
	{services.ActionPropose, "/new", "Add"}, {services.ActionPropose, "/drafts", "Drafts"}, {services.ActionPropose, "/worklists", "Worklists"}, {services.ActionPropose, "/imports", "Imports"}, {services.ActionNotes, "/tasks", "Tasks"},
	{services.ActionWebhooks, "/admin/webhooks", "Webhooks"},
}
