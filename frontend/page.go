package frontend

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzip"

	"plumbline/models"
	"plumbline/services"
)

// policy is the Content-Security-Policy of every page: nothing from elsewhere, nothing inline.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

func secure(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// view is what a page's function gives: the template and its struct, or where to go instead.
type view struct {
	template string
	data     any
	// moved is the address of what was asked for; "" when it is here. After a write it is where
	// to go on.
	moved string
	// seeOther is where to go instead, for now.
	seeOther string
	// status is the page's; 0 for 200.
	status int
	// retryAfter is when to come back after too much; 0 where nothing was.
	retryAfter time.Duration
	// json is the answer to a script in place of a page.
	json any
	// picture is a PNG in place of a page.
	picture []byte
	// passing says that the page will soon say more, and is not to be kept.
	passing bool
	// private says that the page is for one reader, and is not to be kept anywhere.
	private bool
}

// page makes a handler of a page's function. What was rendered since the last publication, on
// the same day, is sent again.
func (p *Pages) page(build func(*gin.Context) (view, error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer p.recover(c)
		secure(c)
		c.Request = c.Request.WithContext(p.services.Seeing(services.Together(c.Request.Context()), models.Actor{}, false))
		address := c.Request.URL.RequestURI()
		p.settleLanguage(c)
		if tidied, err := tidyQuery(c.Request.URL); err != nil || tidied != "" {
			p.answer(c, "", view{moved: tidied}, err)
			return
		}
		if err := p.identify(c); err != nil {
			p.fail(c, err)
			return
		}
		if c.GetBool(sessionKey) {
			v, err := build(c)
			p.answer(c, "", v, err)
			return
		}
		size, err := p.services.Size(c.Request.Context())
		if err != nil {
			p.fail(c, err)
			return
		}
		// Pages name their own site in links that are passed on.
		key := fmt.Sprintf("%d.%d %s %s%s", size, p.services.Bylines(), p.services.Today(), p.siteOf(c.Request), address)
		if kept, ok := p.kept.GetIfPresent(key); ok {
			sendPage(c, kept)
			return
		}
		v, err := build(c)
		if v.private {
			key = ""
		}
		p.answer(c, key, v, err)
	}
}

// answer sends what a page's function gave. What it renders is kept under the key; "" for what
// is for one reader alone.
func (p *Pages) answer(c *gin.Context, key string, v view, err error) {
	if err == nil {
		err = p.takeNotice(c, v)
	}
	if err == nil {
		err = p.keepSession(c)
	}
	if v.retryAfter > 0 {
		c.Header("Retry-After", strconv.Itoa(int(v.retryAfter.Seconds())))
	}
	switch {
	case err != nil:
		p.fail(c, err)
	case v.json != nil:
		c.Header("Cache-Control", "no-store")
		c.JSON(max(v.status, http.StatusOK), v.json)
	case v.picture != nil:
		c.Header("Cache-Control", "private, no-store")
		c.Data(http.StatusOK, "image/png", v.picture)
	case v.seeOther != "":
		c.Header("Cache-Control", "no-store")
		c.Redirect(http.StatusSeeOther, p.translatedAddress(p.languageOf(c), v.seeOther))
	case v.moved != "":
		// A merge can be undone, and a slug given back: look again each time.
		c.Header("Cache-Control", "no-cache")
		c.Redirect(http.StatusMovedPermanently, p.translatedAddress(p.languageOf(c), v.moved))
	default:
		p.render(c, key, v)
	}
}

// longestKey bounds the addresses whose pages are kept.
const longestKey = 1000

func (p *Pages) render(c *gin.Context, key string, v view) {
	if page, ok := v.data.(framed); ok {
		page.frame().Member = linksOf(p.actor(c))
	}
	text, err := p.execute(c, v)
	if err != nil {
		p.fail(c, err)
		return
	}
	if key == "" {
		c.Header("Cache-Control", "private, no-store")
		c.Data(max(v.status, http.StatusOK), "text/html; charset=utf-8", text)
		return
	}
	rendered := p.zipper.body("text/html; charset=utf-8", text)
	if len(key) <= longestKey && !v.passing { // nobody is signed in
		p.kept.Set(key, rendered)
	}
	sendPage(c, rendered)
}

// takeNotice puts the notice that the last page left into this one.
func (p *Pages) takeNotice(c *gin.Context, v view) (err error) {
	page, ok := v.data.(framed)
	if !ok || !c.GetBool(sessionKey) {
		return nil
	}
	ctx, frame := c.Request.Context(), page.frame()
	frame.Notice = p.sessions.PopString(ctx, "notice")
	if mine := p.sessions.PopString(ctx, publishedKey); mine != "" {
		if frame.Newer, err = p.newer(ctx, mine); frame.Newer != nil {
			frame.Notice = "" // which says that every reader sees it
		}
	}
	return err
}

// execute renders a page in the language of its request.
func (p *Pages) execute(c *gin.Context, v view) ([]byte, error) {
	l := p.languageOf(c)
	if page, ok := v.data.(framed); ok {
		page.frame().Languages = p.alternates(c.Request.URL, l)
		page.frame().Site = p.siteOf(c.Request)
		page.frame().Template = v.template
	}
	out := p.buffers.get()
	defer p.buffers.put(out)
	set := p.templates[l.Code]
	if err := set.ExecuteTemplate(out, layoutOf(set, v.template), v.data); err != nil {
		return nil, fmt.Errorf("render %s: %w", v.template, err)
	}
	return p.translateLinks(l, bytes.Clone(out.Bytes())), nil
}

// buffers are what pages are written into, for use again: a page is written in hundreds of pieces.
type buffers struct{ idle sync.Pool }

func (b *buffers) get() *bytes.Buffer {
	if one, ok := b.idle.Get().(*bytes.Buffer); ok {
		return one
	}
	return &bytes.Buffer{}
}

// mostBuffer bounds the buffers that are kept.
const mostBuffer = 1 << 20

func (b *buffers) put(one *bytes.Buffer) {
	if one.Cap() <= mostBuffer {
		one.Reset()
		b.idle.Put(one)
	}
}

func sendPage(c *gin.Context, b body) {
	c.Header("Cache-Control", "public, max-age=0, must-revalidate")
	b.send(c)

}

// body is an answer as it is sent, plain and compressed.
type body struct {
	kind          string
	plain, zipped []byte
	// tag names the contents.
	tag string
}

// zipper compresses answers. What it compresses with is used again: it takes half a megabyte.
type zipper struct {
	level int
	idle  sync.Pool
}

func (z *zipper) body(kind string, plain []byte) body {
	sum := sha256.Sum256(plain)
	var out bytes.Buffer
	w, ok := z.idle.Get().(*gzip.Writer)
	if !ok {
		w, _ = gzip.NewWriterLevel(&out, z.level) // which fails at levels that there are not
	}
	w.Reset(&out)
	// A buffer takes everything.
	_, _ = w.Write(plain)
	_ = w.Close()
	z.idle.Put(w)
	return body{kind, plain, out.Bytes(), base64.RawURLEncoding.EncodeToString(sum[:9])}
}

// send sends the body in the form that the client takes, or says that the client has it.
func (b body) send(c *gin.Context) {
	content, tag := b.plain, `"`+b.tag+`"`
	c.Header("Vary", "Accept-Encoding")
	if strings.HasPrefix(b.kind, "text/html") {
		c.Header("Vary", "Accept-Encoding, Cookie") // members see their own
	}
	if takesGzip(c.GetHeader("Accept-Encoding")) {
		content, tag = b.zipped, `"`+b.tag+`-gz"`
		c.Header("Content-Encoding", "gzip")
	}
	c.Header("ETag", tag)
	if strings.Contains(c.GetHeader("If-None-Match"), tag) {
		c.Writer.Header().Del("Content-Encoding")
		c.Status(http.StatusNotModified)
		return
	}
	c.Data(http.StatusOK, b.kind, content)
}

func takesGzip(header string) bool {
	for _, part := range strings.Split(header, ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == "gzip" {
			return !slices.Contains([]string{"q=0", "q=0.0", "q=0.00", "q=0.000"}, strings.ReplaceAll(q, " ", ""))
		}
	}
	return false
}

// tidyQuery gives the address that a form should have led to: without the fields that were
// left empty, with an instant as the API writes it. "" when it is tidy.
func tidyQuery(u *url.URL) (string, error) {
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", models.Errorf(models.ErrInvalid, "What follows the question mark in this address cannot be read. Parameters are joined by &, and a %% is written %%25.")
	}
	kept := withoutEmpty(values)
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02"} {
		if at, err := time.Parse(layout, kept.Get("known_at")); err == nil {
			kept.Set("known_at", at.Format(time.RFC3339))
		}
	}
	if len(kept) == len(values) && kept.Encode() == values.Encode() {
		return "", nil
	}
	return address(u.Path, kept), nil
}

// withoutEmpty drops the fields of a form that were left empty.
func withoutEmpty(values url.Values) url.Values {
	kept := url.Values{}
	for name, list := range values {
		for _, value := range list {
			if value != "" {
				kept.Add(name, value)
			}
		}
	}
	return kept
}

// address joins a path and its parameters.
func address(path string, values url.Values) string {
	// A path with two slashes at its beginning would lead to another host.
	path = "/" + strings.TrimLeft(path, "/")
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}
