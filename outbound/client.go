package outbound

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"plumbline/models"
	"plumbline/services"
)

// Bounds of a request when Settings name no others.
const (
	mostBytes     = 10 << 20
	mostRedirects = 5
	mostTime      = 20 * time.Second
	mostHeader    = 64 << 10
	mostLookup    = 3 * time.Second
)

// Settings say what a Client may do.
type Settings struct {
	// UserAgent is how the client introduces itself.
	UserAgent string
	// Time bounds a request with its redirects and the reading of its answer; 20 seconds when 0.
	Time time.Duration
	// Bytes bounds an answer's body after decompression; 10 MiB when 0.
	Bytes int64
	// Let are addresses with their ports that are reached although they are not public: those
	// that the operator names for webhooks, and the servers of tests.
	Let []netip.AddrPort
	// Resolver looks up names; the system's when nil.
	Resolver *net.Resolver
}

// Client asks web servers on behalf of people who may name any address: it reaches public
// addresses on the ports 80 and 443, and refuses all others. The address is checked when the
// connection is made, after its name was resolved, and so is each redirect's: a name that
// changes its answer gains nothing. It takes no proxy from the environment, keeps no cookies and
// sends no referrer. It may be used by many at once.
type Client struct {
	settings Settings
	http     *http.Client
}

// New makes a client.
func New(settings Settings) *Client {
	if settings.Time == 0 {
		settings.Time = mostTime
	}
	if settings.Bytes == 0 {
		settings.Bytes = mostBytes
	}
	if settings.UserAgent == "" {
		settings.UserAgent = "Plumbline"
	}
	c := &Client{settings: settings}
	dialer := &net.Dialer{Timeout: settings.Time, Resolver: settings.Resolver, ControlContext: c.control}
	c.http = &http.Client{CheckRedirect: c.redirect, Transport: &http.Transport{
		Proxy:                  nil,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		DisableKeepAlives:      true, // each request is dialled anew, and so checked anew
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: mostHeader,
	}}
	return c
}

// closedAddress is why a connection was refused. It says no more than the person typed.
type closedAddress struct{}

func (closedAddress) Error() string { return "the address is not public" }

// control is asked by the dialer with the very address that it is about to connect to.
func (c *Client) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return closedAddress{}
	}
	if slices.Contains(c.settings.Let, target) {
		return nil
	}
	if !isPublic(target.Addr()) || target.Port() != 80 && target.Port() != 443 {
		return closedAddress{}
	}
	return nil
}

// redirect checks where a redirect leads; control then checks the address.
func (c *Client) redirect(next *http.Request, before []*http.Request) error {
	if before[0].Method != http.MethodGet && before[0].Method != http.MethodHead {
		return http.ErrUseLastResponse
	}
	if len(before) > mostRedirects {
		return models.Errorf(models.ErrUnreachable, "The address leads on to another one more than %d times. Give the last one.", mostRedirects)
	}
	next.Header.Del("Referer")
	return c.check(next.URL)
}

// check refuses what can be seen to be wrong without looking the name up.
func (c *Client) check(address *url.URL) error {
	host := strings.TrimSuffix(address.Hostname(), ".")
	switch {
	case address.Scheme != "http" && address.Scheme != "https", address.Opaque != "", host == "":
		return models.Errorf(models.ErrInvalid, "Only addresses that begin with http:// or https:// can be asked.")
	case address.User != nil:
		return models.Errorf(models.ErrInvalid, "An address must not hold a name or password; take out what stands before the @.")
	}
	port := portOf(address)
	if literal, err := netip.ParseAddr(host); err == nil {
		if !isPublic(literal) && !slices.ContainsFunc(c.settings.Let, func(let netip.AddrPort) bool { return let.Addr() == literal }) {
			return refused(host)
		}
	}
	if port != "80" && port != "443" && !slices.ContainsFunc(c.settings.Let, func(let netip.AddrPort) bool { return fmt.Sprint(let.Port()) == port }) {
		return models.Errorf(models.ErrInvalid, "Only the ports 80 and 443 are asked; %s is another one.", port)
	}
	return nil
}

// Allows refuses an address that Send would refuse: by its look, and where all that its name leads
// to at this moment is refused. A name that leads nowhere now may do later. See services.Outside.
func (c *Client) Allows(ctx context.Context, address string) error {
	request, err := c.request(ctx, services.OutsideRequest{URL: address})
	if err != nil {
		return err
	}
	host, port := request.URL.Hostname(), portOf(request.URL)
	ctx, cancel := context.WithTimeout(ctx, mostLookup)
	defer cancel()
	resolver := c.settings.Resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	found, err := resolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(found) == 0 {
		return nil
	}
	for _, ip := range found {
		if c.control(ctx, "tcp4", net.JoinHostPort(ip.Unmap().String(), port), nil) == nil {
			return nil
		}
	}
	return refused(host)
}

func portOf(address *url.URL) string {
	if port := address.Port(); port != "" {
		return port
	}
	if address.Scheme == "http" {
		return "80"
	}
	return "443"
}

func refused(host string) error {
	return models.Errorf(models.ErrInvalid, "%s is not on the public internet, so it is not asked.", host)
}

// Send sends a request and reads the answer; see services.Outside.
func (c *Client) Send(ctx context.Context, r services.OutsideRequest) (services.OutsideResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, c.settings.Time)
	defer cancel()
	request, err := c.request(ctx, r)
	if err != nil {
		return services.OutsideResponse{}, err
	}

	response, err := c.http.Do(request)
	if err != nil {
		return services.OutsideResponse{}, c.describe(request.URL, err)
	}
	defer response.Body.Close()
	body, err := c.read(response, r.Most)
	if err != nil {
		return services.OutsideResponse{}, c.describe(request.URL, err)
	}

	answer := services.OutsideResponse{Status: response.StatusCode, URL: response.Request.URL.String(), Body: body,
		MediaType: response.Header.Get("Content-Type"), Header: map[string]string{}}
	for name := range response.Header {
		answer.Header[name] = response.Header.Get(name)
	}
	return answer, nil
}

func (c *Client) request(ctx context.Context, r services.OutsideRequest) (*http.Request, error) {
	if problem := models.ValidHTTPURL(r.URL); problem != "" {
		return nil, models.Errorf(models.ErrInvalid, "%s", problem)
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return nil, models.Errorf(models.ErrInvalid, "The address %q cannot be read.", r.URL)
	}
	if err := c.check(request.URL); err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", c.settings.UserAgent)
	for name, value := range r.Header {
		request.Header.Set(name, value)
	}
	return request, nil
}

// read reads a body up to its bound. The transport takes gzip off while it is read, so that the
// bound holds for what comes out of it.
func (c *Client) read(response *http.Response, most int64) ([]byte, error) {
	if most <= 0 || most > c.settings.Bytes {
		most = c.settings.Bytes
	}
	tooLarge := models.Errorf(models.ErrUnreachable, "What is at the address is larger than %d MB, so it was not read.", max(1, most>>20))
	if response.ContentLength > most && response.Request.Method != http.MethodHead {
		return nil, tooLarge
	}
	if encoding := response.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return nil, models.Errorf(models.ErrUnreachable, "The server packed its answer in a way that was not asked for (%.40q).", encoding)
	}

	body, err := io.ReadAll(io.LimitReader(response.Body, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > most {
		return nil, tooLarge
	}
	return body, nil
}

// describe makes a sentence of what went wrong.
func (c *Client) describe(address *url.URL, err error) error {
	host := address.Hostname()
	var lookup *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var forPeople *models.Error
	switch {
	case errors.As(err, new(closedAddress)):
		return refused(host)
	case errors.As(err, &forPeople):
		return forPeople
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return unreachable("%s took longer than %s to answer, so it was given up.", host, c.settings.Time)
	case errors.As(err, &lookup) && lookup.IsNotFound:
		return services.NoServer{Err: unreachable("There is no server with the name %s. Check the address.", host)}
	case errors.As(err, &lookup):
		return unreachable("There is no server with the name %s. Check the address.", host)
	case errors.As(err, &certificate), errors.As(err, &record):
		return unreachable("%s does not prove who it is: its certificate is not valid.", host)
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return unreachable("Nothing answers at %s.", host)
	}
	return unreachable("%s gave no answer that could be read.", host)
}

func isTimeout(err error) bool {
	var failed net.Error
	return errors.As(err, &failed) && failed.Timeout()
}

func unreachable(format string, args ...any) error {
	return models.Errorf(models.ErrUnreachable, format, args...)
}
