package outbound

import (
	"context"
	"crypto/subtle"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"plumbline/models"
	"plumbline/services"
)

// mostOpenID bounds an answer of a provider, in bytes.
const mostOpenID = 1 << 20

// OpenIDSettings name an OpenID provider.
type OpenIDSettings struct {
	// Issuer is its address, Client what the site is called there, Secret what only both know.
	Issuer, Client, Secret string
	UserAgent              string
}

// OpenID asks an OpenID provider who somebody is: the code flow, with PKCE and a nonce. Beside the
// host that settings name as the issuer it reaches public addresses alone, as Client does.
type OpenID struct {
	settings OpenIDSettings
	http     *http.Client
	lock     sync.Mutex
	provider *oidc.Provider
}

// NewOpenID makes it: ErrInvalid for settings that name no provider. The provider is asked when it
// is first needed.
func NewOpenID(settings OpenIDSettings) (*OpenID, error) {
	issuer, err := url.Parse(settings.Issuer)
	if err != nil || issuer.Hostname() == "" || issuer.User != nil || issuer.RawQuery != "" || issuer.Fragment != "" ||
		issuer.Scheme != "https" && (issuer.Scheme != "http" || !isLocal(issuer.Hostname())) {
		return nil, models.Errorf(models.ErrInvalid, "--openid-issuer is no address of an OpenID provider. Write it as the provider does, such as https://login.example.org.")
	}
	if settings.Client == "" || settings.Secret == "" {
		return nil, models.Errorf(models.ErrInvalid, "An OpenID provider needs --openid-client and PLUMBLINE_OPENID_SECRET, which it gives for this site.")
	}
	c := New(Settings{UserAgent: settings.UserAgent})
	transport := c.http.Transport.(*http.Transport)
	guarded, let := transport.DialContext, net.JoinHostPort(issuer.Hostname(), portOf(issuer))
	dialer := &net.Dialer{Timeout: c.settings.Time}
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == let { // the operator named it
			return dialer.DialContext(ctx, network, address)
		}
		return guarded(ctx, network, address)
	}
	c.http.Transport, c.http.Timeout = boundedBodies{transport}, c.settings.Time
	// A provider does not lead elsewhere: what it wants asked, its configuration names.
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &OpenID{settings: settings, http: c.http}, nil
}

func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// boundedBodies cuts answers off that are too long.
type boundedBodies struct{ next http.RoundTripper }

func (b boundedBodies) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.next.RoundTrip(r)
	if err == nil {
		response.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(response.Body, mostOpenID), response.Body}
	}
	return response, err
}

// discovered is the provider's configuration, asked for once. What fails is asked again.
func (o *OpenID) discovered() (*oidc.Provider, error) {
	o.lock.Lock()
	defer o.lock.Unlock()
	if o.provider == nil {
		// Its keys are asked for later with the same client; so the context is not the request's.
		provider, err := oidc.NewProvider(oidc.ClientContext(context.Background(), o.http), o.settings.Issuer)
		if err != nil {
			return nil, models.Errorf(models.ErrUnreachable, "The OpenID provider does not answer as it should. Sign in another way, or try again later.")
		}
		o.provider = provider
	}
	return o.provider, nil
}

func (o *OpenID) config(provider *oidc.Provider, back string) oauth2.Config {
	return oauth2.Config{ClientID: o.settings.Client, ClientSecret: o.settings.Secret, Endpoint: provider.Endpoint(), RedirectURL: back, Scopes: []string{oidc.ScopeOpenID}}
}

// Begin gives the address at which somebody signs in; see services.Provider.
func (o *OpenID) Begin(_ context.Context, q services.OpenIDQuestion) (string, error) {
	provider, err := o.discovered()
	if err != nil {
		return "", err
	}
	config := o.config(provider, q.Back)
	return config.AuthCodeURL(q.State, oidc.Nonce(q.Nonce), oauth2.S256ChallengeOption(q.Verifier)), nil
}

// Finish gives who signed in; see services.Provider.
func (o *OpenID) Finish(ctx context.Context, code string, q services.OpenIDQuestion) (services.Identity, error) {
	provider, err := o.discovered()
	if err != nil {
		return services.Identity{}, err
	}
	refused := models.Errorf(models.ErrInvalid, "The OpenID provider's answer could not be taken. Try again, or sign in another way.")
	config := o.config(provider, q.Back)
	ctx = oidc.ClientContext(ctx, o.http)
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(q.Verifier))
	if err != nil {
		return services.Identity{}, refused
	}
	text, ok := token.Extra("id_token").(string)
	if !ok {
		return services.Identity{}, refused
	}
	said, err := provider.Verifier(&oidc.Config{ClientID: o.settings.Client}).Verify(ctx, text)
	if err != nil || subtle.ConstantTimeCompare([]byte(said.Nonce), []byte(q.Nonce)) != 1 || said.Subject == "" || len(said.Subject) > 255 {
		return services.Identity{}, refused
	}
	return services.Identity{Issuer: said.Issuer, Subject: said.Subject}, nil
}
