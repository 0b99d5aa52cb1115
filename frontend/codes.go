package frontend

import (
	"bytes"
	"fmt"
	"html/template"
	"image/png"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/pquerna/otp"

	"plumbline/models"
	"plumbline/services"
)

// What a session holds between a right password and a right code, and before codes are set up.
const (
	sessionPending  = "pending"        // the account whose password was right
	sessionBegan    = "pending_at"     // when it was
	sessionTries    = "pending_tries"  // wrong codes since
	sessionSecret   = "pending_secret" // of an authenticator app that has not shown a code yet
	codesPerSignIn  = 5
	pendingLifetime = 10 * time.Minute
)

// codePage asks for a code after the password.
type codePage struct {
	layout
	Next string
}

// codesPage sets up an authenticator app, and shows recovery codes once.
type codesPage struct {
	layout
	Secret string
	// Address has a scheme that templates do not know as harmless; it is made here.
	Address  template.URL
	Recovery []string
}

// askForCode notes that the password was right, in a session of nobody, and leads to the code.
func (p *Pages) askForCode(c *gin.Context, who services.SignIn, next string) (view, error) {
	if err := p.renewSession(c); err != nil {
		return view{}, err
	}
	ctx := c.Request.Context()
	p.sessions.Put(ctx, sessionPending, who.Account.String())
	p.sessions.Put(ctx, sessionBegan, p.services.Now().Format(time.RFC3339))
	return view{moved: withNext("/sign-in/code", next)}, nil
}

// pending gives the account whose password was right a moment ago in this browser.
func (p *Pages) pending(c *gin.Context) (uuid.UUID, bool) {
	if !c.GetBool(sessionKey) {
		return uuid.Nil, false
	}
	ctx := c.Request.Context()
	id, err := uuid.Parse(p.sessions.GetString(ctx, sessionPending))
	began, unreadable := time.Parse(time.RFC3339, p.sessions.GetString(ctx, sessionBegan))
	return id, err == nil && unreadable == nil && p.services.Now().Sub(began) < pendingLifetime
}

func (p *Pages) codeForm(c *gin.Context) (view, error) {
	next := local(c.Query("next"), "/")
	if _, waits := p.pending(c); !waits {
		return view{seeOther: withNext("/sign-in", next)}, nil
	}
	return view{template: "code", data: &codePage{layout: memberLayout("/sign-in", "Code"), Next: next}}, nil
}

// signInWithCode ends a sign-in. After some wrong codes the password is asked for again.
func (p *Pages) signInWithCode(c *gin.Context, _ models.Actor) (view, error) {
	page := &codePage{layout: memberLayout("/sign-in", "Code"), Next: local(c.PostForm("next"), "/")}
	account, waits := p.pending(c)
	if !waits {
		return view{moved: withNext("/sign-in", page.Next)}, nil
	}
	who, err := p.services.SignInWithCode(c.Request.Context(), p.caller(c), account, c.PostForm("code"))
	if err == nil {
		return view{moved: page.Next}, p.signIn(c, who)
	}
	if isKind(err, models.ErrLimited) { // it was not looked at
		return p.again(view{template: "code", data: page}, err)
	}
	tries, _ := strconv.Atoi(p.sessions.GetString(c.Request.Context(), sessionTries)) // 0 at first
	if tries+1 >= codesPerSignIn {
		return view{moved: withNext("/sign-in", page.Next)}, p.renewSession(c)
	}
	p.sessions.Put(c.Request.Context(), sessionTries, strconv.Itoa(tries+1))
	return p.again(view{template: "code", data: page}, err)
}

// codes shows a secret for an app, the same one until it has shown a code.
func (p *Pages) codes(c *gin.Context) (view, error) {
	state, err := p.services.Codes(c.Request.Context(), p.actor(c))
	if err != nil || state.On {
		return view{seeOther: "/me"}, err
	}
	page, err := p.codesPage(c)
	return view{template: "codes", data: page}, err
}

func (p *Pages) codesPage(c *gin.Context) (*codesPage, error) {
	ctx := c.Request.Context()
	secret := p.sessions.GetString(ctx, sessionSecret)
	if secret == "" {
		made, err := services.NewCodeSecret()
		if err != nil {
			return nil, err
		}
		secret = made
		p.sessions.Put(ctx, sessionSecret, secret)
	}
	return &codesPage{layout: memberLayout("/me", "Set up an authenticator app"), Secret: secret, Address: template.URL(services.CodeAddress(secret, p.actor(c).Name))}, nil
}

// codePicture draws the secret as a QR code.
func (p *Pages) codePicture(c *gin.Context) (view, error) {
	secret := p.sessions.GetString(c.Request.Context(), sessionSecret)
	if secret == "" {
		return view{}, models.Errorf(models.ErrNotFound, "There is no picture at this address.")
	}
	key, err := otp.NewKeyFromURL(services.CodeAddress(secret, p.actor(c).Name))
	if err != nil {
		return view{}, fmt.Errorf("draw a secret: %w", err)
	}
	picture, err := key.Image(240, 240)
	if err != nil {
		return view{}, fmt.Errorf("draw a secret: %w", err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		return view{}, fmt.Errorf("draw a secret: %w", err)
	}
	return view{picture: out.Bytes()}, nil
}

// setUpCodes lets codes be asked for, once the app showed a right one.
func (p *Pages) setUpCodes(c *gin.Context, by models.Actor) (view, error) {
	page, err := p.codesPage(c)
	if err != nil {
		return view{}, err
	}
	codes, err := p.services.SetUpCodes(c.Request.Context(), by, page.Secret, c.PostForm("code"))
	if err != nil {
		return p.again(view{template: "codes", data: page}, err)
	}
	p.sessions.Remove(c.Request.Context(), sessionSecret)
	return recoveryPage(codes), p.confirm(c)
}

// recoveryPage shows recovery codes, which no address leads to.
func recoveryPage(codes []string) view {
	return view{template: "codes", data: &codesPage{layout: memberLayout("/me", "Recovery codes"), Recovery: codes}}
}

// doWithCodes renews the recovery codes, or switches codes off.
func (p *Pages) doWithCodes(c *gin.Context, by models.Actor) (view, error) {
	ctx := c.Request.Context()
	switch c.PostForm("do") {
	case "renew":
		codes, err := p.services.RenewRecoveryCodes(ctx, by)
		if err != nil {
			return p.againMe(c, by, err)
		}
		return recoveryPage(codes), nil
	case "off":
		if err := p.services.SwitchOffCodes(ctx, by); err != nil {
			return view{}, err
		}
		p.tell(c, "No codes are asked for any more.")
		return view{moved: "/me"}, nil
	}
	return p.againMe(c, by, models.Errorf(models.ErrInvalid, "Choose what is to be done with the codes."))
}
