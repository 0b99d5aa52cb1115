package frontend

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// Names of the session's cookie. A browser takes the first one only over TLS, from this very
// host, for all of it. The other is for trying Plumbline out on one's own machine without TLS.
const (
	cookieName      = "__Host-plumbline"
	plainCookieName = "plumbline"
)

// memberKey is where a request keeps who is signed in.
const memberKey = "member"

func newSessions(s *services.Services) *scs.SessionManager {
	store := s.SessionStore()
	sessions := scs.New()
	sessions.Lifetime, sessions.Store, sessions.Codec, sessions.HashTokenInStore = services.SessionLifetime, store, store, true
	return sessions
}

// isPlain reports whether a request comes without TLS to a site that is tried out: the site's own
// address says so, or, where it is not set, the host is this machine itself.
func (p *Pages) isPlain(r *http.Request) bool {
	if p.url != nil {
		return p.url.Scheme == "http"
	}
	return r.TLS == nil && isLoopback(r.Host)
}

func isLoopback(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	ip := net.ParseIP(strings.Trim(name, "[]"))
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

func (p *Pages) cookieName(r *http.Request) string {
	if p.isPlain(r) {
		return plainCookieName
	}
	return cookieName
}

// identify finds out who is signed in: nobody without a session, or where its account cannot be
// used any more. The account is read anew for each request, so that a new role, a suspension or a
// sign-out elsewhere counts at once. Nothing is read for a request without a session.
func (p *Pages) identify(c *gin.Context) error {
	if _, err := c.Request.Cookie(p.cookieName(c.Request)); err != nil {
		return nil
	}
	if err := p.loadSession(c); err != nil {
		return err
	}
	ctx := c.Request.Context()
	account := p.sessions.GetString(ctx, services.SessionAccount)
	if account == "" {
		return nil
	}
	actor, err := p.services.Member(ctx, account, p.sessions.GetString(ctx, services.SessionConfirmed))
	var forPeople *models.Error
	if errors.As(err, &forPeople) {
		return p.sessions.Destroy(ctx)
	}
	if err != nil {
		return err
	}
	if p.sessions.GetString(ctx, services.SessionRole) != string(actor.Role) {
		// Who may do more or less than before goes on with a new id, and proves once more who they
		// are before what weighs: a session that somebody took gains nothing by its owner's new role.
		actor.Confirmed = false
		p.sessions.Remove(ctx, services.SessionConfirmed)
		p.sessions.Put(ctx, services.SessionRole, string(actor.Role))
		if err := p.sessions.RenewToken(ctx); err != nil {
			return err
		}
		// It is kept at once: an error page tells the browser its new id too.
		if err := p.keepSession(c); err != nil {
			return err
		}
	}
	// Pages that offer to write name versions, so they are of the present.
	present := c.Request.Method == http.MethodPost || services.May(actor, services.ActionPropose)
	c.Request = c.Request.WithContext(p.services.Seeing(c.Request.Context(), actor, present))
	c.Set(memberKey, actor)
	return nil
}

// actor gives who is signed in; the public where nobody is. It costs nothing.
func (p *Pages) actor(c *gin.Context) models.Actor {
	actor, _ := c.Get(memberKey)
	member, _ := actor.(models.Actor)
	return member
}

// loadSession makes the request's session available, an empty one where it has none.
func (p *Pages) loadSession(c *gin.Context) error {
	token := ""
	if cookie, err := c.Request.Cookie(p.cookieName(c.Request)); err == nil {
		token = cookie.Value
	}
	ctx, err := p.sessions.Load(c.Request.Context(), token)
	if err != nil {
		return err
	}
	c.Request = c.Request.WithContext(ctx)
	c.Set(sessionKey, true)
	return nil
}

// sessionKey is where a request notes that its session was loaded.
const sessionKey = "session"

// keepSession stores what became of the session, and sets or takes away its cookie. It comes
// before anything is answered.
func (p *Pages) keepSession(c *gin.Context) error {
	if !c.GetBool(sessionKey) {
		return nil
	}
	ctx := c.Request.Context()
	switch p.sessions.Status(ctx) {
	case scs.Modified:
		token, ends, err := p.sessions.Commit(ctx)
		if err != nil {
			return err
		}
		p.setCookie(c, token, time.Until(ends))
	case scs.Destroyed:
		p.setCookie(c, "", -time.Second)
	}
	return nil
}

func (p *Pages) setCookie(c *gin.Context, token string, lifetime time.Duration) {
	http.SetCookie(c.Writer, &http.Cookie{Name: p.cookieName(c.Request), Value: token, Path: "/", MaxAge: int(lifetime.Seconds()),
		Secure: !p.isPlain(c.Request), HttpOnly: true, SameSite: http.SameSiteLaxMode})
	c.Header("Cache-Control", "no-store")
}

// signIn lets the request's session be that of an account, with a new id, so that an id that
// somebody else knew or planted before is worth nothing.
func (p *Pages) signIn(c *gin.Context, account services.SignIn) error {
	if err := p.renewSession(c); err != nil {
		return err
	}
	ctx, now := c.Request.Context(), p.services.Now().Format(time.RFC3339)
	for name, value := range map[string]string{services.SessionAccount: account.Account.String(), services.SessionSince: now,
		services.SessionConfirmed: now, services.SessionRole: string(account.Role), services.SessionAgent: agentWords(c.Request.UserAgent())} {
		p.sessions.Put(ctx, name, value)
	}
	p.know(c, account.Account)
	return nil
}

// Names of the cookie by which a browser is known in which somebody signed in before.
const (
	knownName      = "__Host-plumbline-known"
	plainKnownName = "plumbline-known"
	knownLifetime  = 365 * 24 * time.Hour
)

func (p *Pages) knownName(r *http.Request) string {
	if p.isPlain(r) {
		return plainKnownName
	}
	return knownName
}

// caller says where a try to sign in comes from.
func (p *Pages) caller(c *gin.Context) services.Caller {
	from := services.Caller{Address: c.ClientIP()}
	if cookie, err := c.Request.Cookie(p.knownName(c.Request)); err == nil {
		from.Known = cookie.Value
	}
	return from
}

// know lets the browser be known for an account, so that whoever guesses its password elsewhere
// does not slow its person down here.
func (p *Pages) know(c *gin.Context, account uuid.UUID) {
	if p.services.IsKnownBrowser(p.caller(c).Known, account) {
		return
	}
	http.SetCookie(c.Writer, &http.Cookie{Name: p.knownName(c.Request), Value: p.services.KnownBrowser(account), Path: "/", MaxAge: int(knownLifetime.Seconds()),
		Secure: !p.isPlain(c.Request), HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

// confirm notes that the session's person proved once more who they are.
func (p *Pages) confirm(c *gin.Context) error {
	if err := p.sessions.RenewToken(c.Request.Context()); err != nil {
		return err
	}
	p.sessions.Put(c.Request.Context(), services.SessionConfirmed, p.services.Now().Format(time.RFC3339))
	return nil
}

// renewSession empties the session and gives it a new id.
func (p *Pages) renewSession(c *gin.Context) error {
	if err := p.loadSession(c); err != nil {
		return err
	}
	if err := p.sessions.Clear(c.Request.Context()); err != nil {
		return err
	}
	return p.sessions.RenewToken(c.Request.Context())
}

// tell lets the next page show a notice once, such as "Your proposal waits for review."
func (p *Pages) tell(c *gin.Context, notice string) {
	p.sessions.Put(c.Request.Context(), "notice", notice)
}

// agentWords names a browser and system, and no more: what tells people apart is not kept.
func agentWords(header string) string {
	words := func(fallback string, names ...[2]string) string {
		for _, name := range names {
			if strings.Contains(header, name[0]) {
				return name[1]
			}
		}
		return fallback
	}
	browser := words("A browser", [2]string{"Firefox/", "Firefox"}, [2]string{"Edg/", "Edge"}, [2]string{"OPR/", "Opera"}, [2]string{"Chrome/", "Chrome"}, [2]string{"Safari/", "Safari"})
	system := words("", [2]string{"Android", " on Android"}, [2]string{"iPhone", " on an iPhone"}, [2]string{"iPad", " on an iPad"}, [2]string{"Windows", " on Windows"},
		[2]string{"Mac OS", " on a Mac"}, [2]string{"CrOS", " on ChromeOS"}, [2]string{"Linux", " on Linux"})
	return browser + system
}

// local gives an address of this site that somebody is to be led to; fallback for any other.
func local(next, fallback string) string {
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return fallback
	}
	return next
}

// withNext leads to a page that leads back.
func withNext(path, next string) string {
	if next == "" || next == "/" {
		return path
	}
	return address(path, url.Values{"next": {next}})
}

// here is the address that a page can be led back to: its own when it was read, otherwise that
// of the page whose form was sent.
func here(r *http.Request) string {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return r.URL.RequestURI()
	}
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host {
		return "/"
	}
	return from.RequestURI()
}
