package frontend

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// How a passkey is used
//
// Passkeys are the one thing that needs a script (static/passkeys.js). An element with
// data-passkey="get" or "create" stays hidden without it. Its button asks the route data-options,
// a POST like any other, for what is to be signed; the answer goes into the field "credential" of
// the form around it, and the form is sent as forms are. Which challenge it answers is kept in the
// session, on the server.

// sessionCeremony is the challenge that this browser was given last.
const sessionCeremony = "ceremony"

// passkeyScript is the script of pages that use passkeys.
const passkeyScript = "/static/passkeys.js"

// passkeyLine is a passkey in the table.
type passkeyLine struct{ ID, Label, Since, SinceMachine, Used string }

// passkeyPart is a button that uses a passkey, for the template "passkey".
type passkeyPart struct {
	// Do is what the browser does: get an answer of a passkey that is there, or create one.
	Do string
	// Options is the route that says what is to be signed. Refused is where to go when the route
	// asks for a proof of who is there; "" where it does not.
	Options, Refused string
	Button, Words    string
}

// passkeySite is the site as passkeys know it: as it is set, or else this very machine, where it
// is called localhost. No other host is believed, since a request can name any. Passkeys know names
// alone, not the numbers of addresses, and need TLS anywhere but on one's own machine.
func (p *Pages) passkeySite(r *http.Request) (services.PasskeySite, error) {
	host := r.Host
	if p.url != nil {
		host = p.url.Host
	}
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(name)
	local := name == "localhost" || strings.HasSuffix(name, ".localhost")
	if p.url == nil && !local || p.url != nil && p.url.Scheme != "https" && !local || net.ParseIP(strings.Trim(name, "[]")) != nil {
		return services.PasskeySite{}, models.Errorf(models.ErrConflict, "Passkeys work where this site has a name: who runs it sets its address with --url, or opens it as localhost on the machine itself.")
	}
	return services.PasskeySite{Host: name, Origin: p.siteOf(r)}, nil
}

// takesPasskeys reports whether passkeys work on the site.
func (p *Pages) takesPasskeys(r *http.Request) bool {
	_, err := p.passkeySite(r)
	return err == nil
}

// passkeyPart is the button where passkeys work on the site; nil elsewhere. The page gets the script.
func (p *Pages) passkeyPart(c *gin.Context, l *layout, part passkeyPart) *passkeyPart {
	if !p.takesPasskeys(c.Request) {
		return nil
	}
	l.Scripts = append(l.Scripts, passkeyScript)
	return &part
}

// ceremony answers a script with what is to be signed, or with what is wrong.
func (p *Pages) ceremony(c *gin.Context, begin func(services.PasskeySite) (services.Ceremony, error)) (view, error) {
	site, err := p.passkeySite(c.Request)
	var made services.Ceremony
	if err == nil {
		made, err = begin(site)
	}
	var forPeople *models.Error
	if errors.As(err, &forPeople) {
		status, known := statuses[forPeople.Kind]
		if !known {
			status = http.StatusNotFound
		}
		return view{json: gin.H{"problem": forPeople.Message}, status: status, retryAfter: forPeople.RetryAfter}, nil
	}
	if err != nil {
		return view{}, err
	}
	if !c.GetBool(sessionKey) {
		if err := p.loadSession(c); err != nil {
			return view{}, err
		}
	}
	p.sessions.Put(c.Request.Context(), sessionCeremony, made.ID.String())
	return view{json: made.Options}, nil
}

// signed gives what a form brings from a passkey: for which challenge, and the answer.
func (p *Pages) signed(c *gin.Context) (site services.PasskeySite, challenge uuid.UUID, answer []byte, err error) {
	site, err = p.passkeySite(c.Request)
	if c.GetBool(sessionKey) {
		challenge, _ = uuid.Parse(p.sessions.PopString(c.Request.Context(), sessionCeremony)) // none is refused
	}
	return site, challenge, []byte(c.PostForm("credential")), err
}

func (p *Pages) passkeySignInOptions(c *gin.Context, _ models.Actor) (view, error) {
	return p.ceremony(c, func(site services.PasskeySite) (services.Ceremony, error) {
		return p.services.BeginPasskeySignIn(c.Request.Context(), p.caller(c), site)
	})
}

// signInWithPasskey signs in with what a passkey signed: no password, and no code.
func (p *Pages) signInWithPasskey(c *gin.Context, _ models.Actor) (view, error) {
	page := p.signInPage(c, local(c.PostForm("next"), "/"))
	site, challenge, answer, err := p.signed(c)
	var who services.SignIn
	if err == nil {
		who, err = p.services.SignInWithPasskey(c.Request.Context(), p.caller(c), site, challenge, answer)
	}
	if err != nil {
		return p.again(view{template: "sign-in", data: page}, err)
	}
	return view{moved: page.Next}, p.signIn(c, who)
}

func (p *Pages) passkeyConfirmOptions(c *gin.Context, by models.Actor) (view, error) {
	return p.ceremony(c, func(site services.PasskeySite) (services.Ceremony, error) {
		return p.services.BeginConfirmation(c.Request.Context(), by, site)
	})
}

// confirmWithPasskey takes what a passkey signed, before something that weighs.
func (p *Pages) confirmWithPasskey(c *gin.Context, by models.Actor) (view, error) {
	page, err := p.confirmPage(c, c.PostForm("next"))
	if err != nil {
		return view{}, err
	}
	site, challenge, answer, err := p.signed(c)
	if err == nil {
		err = p.services.ConfirmWithPasskey(c.Request.Context(), by, site, challenge, answer)
	}
	if err != nil {
		return p.again(view{template: "confirm", data: page}, err)
	}
	return view{moved: page.Next}, p.confirm(c)
}

func (p *Pages) passkeyOptions(c *gin.Context, by models.Actor) (view, error) {
	return p.ceremony(c, func(site services.PasskeySite) (services.Ceremony, error) {
		return p.services.BeginPasskey(c.Request.Context(), by, site)
	})
}

// addPasskey adds the passkey that the browser made.
func (p *Pages) addPasskey(c *gin.Context, by models.Actor) (view, error) {
	site, challenge, answer, err := p.signed(c)
	if err == nil {
		err = p.services.AddPasskey(c.Request.Context(), by, site, challenge, c.PostForm("label"), answer)
	}
	if err != nil {
		return p.againMe(c, by, err)
	}
	p.tell(c, "The passkey was added. It signs you in from now on.")
	return view{moved: "/me"}, nil
}

func (p *Pages) renamePasskey(c *gin.Context, by models.Actor) (view, error) {
	id, err := accountID(c)
	if err != nil {
		return view{}, err
	}
	if err := p.services.RenamePasskey(c.Request.Context(), by, id, c.PostForm("label")); err != nil {
		return p.againMe(c, by, err)
	}
	p.tell(c, "The passkey has its new name.")
	return view{moved: "/me"}, nil
}

func (p *Pages) removePasskey(c *gin.Context, by models.Actor) (view, error) {
	id, err := accountID(c)
	if err != nil {
		return view{}, err
	}
	if err := p.services.RemovePasskey(c.Request.Context(), by, id); err != nil {
		return p.againMe(c, by, err)
	}
	p.tell(c, "The passkey was removed. Delete it on its device too.")
	return view{moved: "/me"}, nil
}

func (p *Pages) passkeyLinkOptions(c *gin.Context, _ models.Actor) (view, error) {
	return p.ceremony(c, func(site services.PasskeySite) (services.Ceremony, error) {
		return p.services.BeginLinkPasskey(c.Request.Context(), site, c.Param("secret"), c.PostForm("name"))
	})
}

// useLinkWithPasskey uses a link with the passkey that the browser made.
func (p *Pages) useLinkWithPasskey(c *gin.Context) (services.SignIn, error) {
	site, challenge, answer, err := p.signed(c)
	if err != nil {
		return services.SignIn{}, err
	}
	return p.services.UseLinkWithPasskey(c.Request.Context(), site, c.Param("secret"), challenge, agentWords(c.Request.UserAgent()), answer)
}

func newPasskeyLine(k models.Passkey) passkeyLine {
	line := passkeyLine{ID: k.ID.String(), Label: k.Label, Since: instantText(k.CreatedAt.UTC()), SinceMachine: k.CreatedAt.UTC().Format(time.RFC3339), Used: "not yet"}
	if k.UsedAt != nil {
		line.Used = instantText(k.UsedAt.UTC())
	}
	return line
}
