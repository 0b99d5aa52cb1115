package frontend

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// mePage is one's own account.
type mePage struct {
	layout
	Name     string
	Role     string
	Codes    services.CodeState
	Sessions []sessionLine
	Tokens   []tokenLine
	Passkeys []passkeyLine
	// Passkey adds one; nil where passkeys do not work. Label is its name.
	Passkey *passkeyPart
	Label   string
	// OpenID is set where the site has a provider; Linked where the account is linked to it.
	OpenID, Linked bool
}

// sessionLine is a browser in the table.
type sessionLine struct {
	ID, Agent, Since, SinceMachine, Seen, SeenMachine string
	Current                                           bool
}

// tokenLine is a token in the table.
type tokenLine struct{ ID, Label, Hint, Scope, Until, Used string }

// tokensPage makes a token, and shows its secret once.
type tokensPage struct {
	layout
	Label, Days, Secret string
	Scopes              []scopeChoice
}

// scopeChoice is a scope that may be chosen.
type scopeChoice struct {
	Code, Label, Definition string
	Chosen                  bool
}

func (p *Pages) me(c *gin.Context) (view, error) {
	page, err := p.mePage(c, p.actor(c))
	return view{template: "me", data: page}, err
}

func (p *Pages) mePage(c *gin.Context, by models.Actor) (*mePage, error) {
	ctx := c.Request.Context()
	page := &mePage{layout: memberLayout("/me", "Your account"), Name: by.Name, Role: models.Roles().Label(string(by.Role))}
	var err error
	if page.Codes, err = p.services.Codes(ctx, by); err != nil {
		return nil, err
	}
	passkeys, err := p.services.Passkeys(ctx, by)
	if err != nil {
		return nil, err
	}
	for _, one := range passkeys {
		page.Passkeys = append(page.Passkeys, newPasskeyLine(one))
	}
	ways, err := p.services.Ways(ctx, by)
	if err != nil {
		return nil, err
	}
	page.OpenID, page.Linked = p.services.HasProvider(), ways.Identities > 0
	page.Label = agentWords(c.Request.UserAgent())
	page.Passkey = p.passkeyPart(c, &page.layout, passkeyPart{Do: "create", Options: "/me/passkeys/options", Refused: "/confirm?next=%2Fme", Button: "Add a passkey"})
	sessions, err := p.services.OwnSessions(ctx, by, p.sessionID(c))
	if err != nil {
		return nil, err
	}
	for _, one := range sessions {
		page.Sessions = append(page.Sessions, sessionLine{ID: one.ID.String(), Agent: one.Agent, Since: instantText(one.Since.UTC()), SinceMachine: one.Since.UTC().Format(time.RFC3339),
			Seen: instantText(one.SeenAt.UTC()), SeenMachine: one.SeenAt.UTC().Format(time.RFC3339), Current: one.Current})
	}
	tokens, err := p.services.Tokens(ctx, by)
	for _, one := range tokens {
		page.Tokens = append(page.Tokens, newTokenLine(one))
	}
	return page, err
}

func newTokenLine(t models.Token) tokenLine {
	line := tokenLine{ID: t.ID.String(), Label: t.Label, Hint: t.Hint + "…", Scope: models.Scopes().Label(string(t.Scope)), Until: "for ever", Used: "not yet"}
	if t.Label == "" {
		line.Label = "Made on the command line"
	}
	if t.ExpiresAt != nil {
		line.Until = instantText(t.ExpiresAt.UTC())
	}
	if t.UsedAt != nil {
		line.Used = instantText(t.UsedAt.UTC())
	}
	return line
}

// sessionID is the key of the request's session in the store.
func (p *Pages) sessionID(c *gin.Context) string {
	sum := sha256.Sum256([]byte(p.sessions.Token(c.Request.Context())))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// againMe shows the account once more with what is wrong.
func (p *Pages) againMe(c *gin.Context, by models.Actor, problem error) (view, error) {
	page, err := p.mePage(c, by)
	if err != nil {
		return view{}, err
	}
	return p.again(view{template: "me", data: page}, problem)
}

// setPassword sets a new password, and signs out every other browser.
func (p *Pages) setPassword(c *gin.Context, by models.Actor) (view, error) {
	if err := p.services.SetPassword(c.Request.Context(), by, c.PostForm("password")); err != nil {
		return p.againMe(c, by, err)
	}
	if err := p.confirm(c); err != nil {
		return view{}, err
	}
	p.tell(c, "Your password was set. Every other browser was signed out.")
	return view{moved: "/me"}, nil
}

func (p *Pages) tokens(c *gin.Context) (view, error) {
	return view{template: "tokens", data: newTokensPage(c, p.actor(c))}, nil
}

func newTokensPage(c *gin.Context, by models.Actor) *tokensPage {
	page := &tokensPage{layout: memberLayout("/me", "Make a token"), Label: c.PostForm("label"), Days: c.PostForm("days")}
	if page.Days == "" {
		page.Days = "90"
	}
	allowed := services.ScopesFor(by.Role)
	for _, code := range models.Scopes().Codes {
		if slices.Contains(allowed, models.Scope(code.Code)) {
			page.Scopes = append(page.Scopes, scopeChoice{Code: code.Code, Label: code.Label, Definition: code.Definition, Chosen: c.PostForm("scope") == code.Code})
		}
	}
	return page
}

// makeToken makes a token, and shows its secret once.
func (p *Pages) makeToken(c *gin.Context, by models.Actor) (view, error) {
	page := newTokensPage(c, by)
	days, _ := strconv.Atoi(strings.TrimSpace(page.Days)) // 0 is refused
	secret, err := p.services.MakeToken(c.Request.Context(), by, page.Label, models.Scope(c.PostForm("scope")), days)
	if err != nil {
		return p.again(view{template: "tokens", data: page}, err)
	}
	page.Secret, page.Label = secret, ""
	return view{template: "tokens", data: page}, nil
}

func (p *Pages) revokeToken(c *gin.Context, by models.Actor) (view, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return view{}, models.Errorf(models.ErrNotFound, "You have no such token (any more).")
	}
	if err := p.services.RevokeToken(c.Request.Context(), by, id); err != nil {
		return view{}, err
	}
	p.tell(c, "The token was revoked.")
	return view{moved: "/me"}, nil
}

func (p *Pages) endSession(c *gin.Context, by models.Actor) (view, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return view{}, models.Errorf(models.ErrNotFound, "You have no such session (any more).")
	}
	if err := p.services.EndSession(c.Request.Context(), by, id, p.sessionID(c)); err != nil {
		return view{}, err
	}
	p.tell(c, "The browser was signed out.")
	return view{moved: "/me"}, nil
}

// endOthers signs out every other browser.
func (p *Pages) endOthers(c *gin.Context, by models.Actor) (view, error) {
	if err := p.services.EndOtherSessions(c.Request.Context(), by, p.sessionID(c)); err != nil {
		return view{}, err
	}
	p.tell(c, "Every other browser was signed out.")
	return view{moved: "/me"}, nil
}
