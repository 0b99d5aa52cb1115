package frontend

import (
	"github.com/gin-gonic/gin"

	"plumbline/models"
)

// mePage is one's own account.
type mePage struct {
	layout
	Name string
	Role string
}

func (p *Pages) me(c *gin.Context) (view, error) {
	return view{template: "me", data: p.mePage(p.actor(c))}, nil
}

func (p *Pages) mePage(by models.Actor) *mePage {
	return &mePage{layout: memberLayout("/me", "Your account"), Name: by.Name, Role: models.Roles().Label(string(by.Role))}
}

// setPassword sets a new password, and signs out every other browser.
func (p *Pages) setPassword(c *gin.Context, by models.Actor) (view, error) {
	if err := p.services.SetPassword(c.Request.Context(), by, c.PostForm("password")); err != nil {
		return p.again(view{template: "me", data: p.mePage(by)}, err)
	}
	if err := p.confirm(c); err != nil {
		return view{}, err
	}
	p.tell(c, "Your password was set. Every other browser was signed out.")
	return view{moved: "/me"}, nil
}
