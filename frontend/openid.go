package frontend

import (
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
)

// Where a session keeps the challenge of an OpenID provider, and where to go on after it.
const (
	sessionOpenID     = "openid"
	sessionOpenIDNext = "openid_next"
	openIDCallback    = "/sign-in/openid/callback"
)

// openID leads to the provider: to sign in, or to link it for who is signed in. It is read, not
// sent: a form would not be let lead to another site.
func (p *Pages) openID(c *gin.Context) (view, error) {
	if !c.GetBool(sessionKey) {
		if err := p.loadSession(c); err != nil {
			return view{}, err
		}
	}
	made, err := p.services.BeginOpenID(c.Request.Context(), p.actor(c), p.caller(c), p.siteOf(c.Request)+openIDCallback)
	if err != nil {
		return p.afterOpenID(c, err)
	}
	ctx := c.Request.Context()
	p.sessions.Put(ctx, sessionOpenID, made.ID.String())
	p.sessions.Put(ctx, sessionOpenIDNext, local(c.Query("next"), "/"))
	address, _ := made.Options.(string) // it is one
	return view{seeOther: address, private: true}, nil
}

// afterOpenID shows what is wrong on the page that led to the provider.
func (p *Pages) afterOpenID(c *gin.Context, err error) (view, error) {
	if by := p.actor(c); by.SignedIn() {
		return p.againMe(c, by, err)
	}
	v, err := p.again(view{template: "sign-in", data: p.signInPage(c, "/")}, err)
	v.private = true
	return v, err
}

// openIDBack takes the provider's answer, in the browser that began.
func (p *Pages) openIDBack(c *gin.Context) (view, error) {
	var ceremony uuid.UUID
	next := "/"
	if c.GetBool(sessionKey) {
		ceremony, _ = uuid.Parse(p.sessions.PopString(c.Request.Context(), sessionOpenID)) // none is refused
		next = local(p.sessions.PopString(c.Request.Context(), sessionOpenIDNext), "/")
	}
	ctx, state, code := c.Request.Context(), c.Query("state"), c.Query("code")
	if by := p.actor(c); by.SignedIn() {
		if err := p.services.LinkOpenID(ctx, by, ceremony, state, code); err != nil {
			return p.afterOpenID(c, err)
		}
		p.tell(c, "The sign-in was linked to your account.")
		return view{seeOther: "/me"}, nil
	}
	who, err := p.services.SignInWithOpenID(ctx, p.caller(c), ceremony, state, code)
	switch {
	case err != nil:
		return p.afterOpenID(c, err)
	case who.NeedsCode:
		v, err := p.askForCode(c, who, next)
		v.seeOther, v.moved = v.moved, ""
		return v, err
	}
	return view{seeOther: next, private: true}, p.signIn(c, who)
}

func (p *Pages) unlinkOpenID(c *gin.Context, by models.Actor) (view, error) {
	if err := p.services.UnlinkOpenID(c.Request.Context(), by); err != nil {
		return p.againMe(c, by, err)
	}
	p.tell(c, "Your account is linked to no provider any more.")
	return view{moved: "/me"}, nil
}
