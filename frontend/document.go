package frontend

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
)

// document makes a handler of what gives something else than a page: its media type and contents.
// Like a page, it is kept until the next publication. The address by which the request came is
// part of the key, since documents hold whole addresses. A handler before it may set another
// "policy" than that of pages.
func (p *Pages) document(build func(*gin.Context) (kind string, text []byte, err error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer p.recover(c)
		secure(c)
		if policy := c.GetString("policy"); policy != "" {
			c.Header("Content-Security-Policy", policy)
		}
		size, err := p.services.Size(c.Request.Context())
		if err != nil {
			p.fail(c, err)
			return
		}
		key := fmt.Sprintf("%d %s %s%s", size, p.services.Today(), p.siteOf(c.Request), c.Request.URL.RequestURI())
		if kept, ok := p.kept.GetIfPresent(key); ok {
			sendPage(c, kept)
			return
		}
		kind, text, err := build(c)
		if err != nil {
			p.fail(c, err)
			return
		}
		made := p.zipper.body(kind, text)
		if len(key) <= longestKey {
			p.kept.Set(key, made)
		}
		sendPage(c, made)
	}
}

// documents lists what is no page.
func (p *Pages) documents(router *gin.Engine) {
	get := func(path string, build func(*gin.Context) (string, []byte, error)) {
		router.Match([]string{http.MethodGet, http.MethodHead}, path, p.document(build))
	}
	get("/previews/:name", p.picture)
	file := p.document(p.networkFile)
	router.Match([]string{http.MethodGet, http.MethodHead}, "/network.:format", func(c *gin.Context) {
		if c.Param("format") == "svg" {
			c.Set("policy", drawingPolicy)
		}
		file(c)
	})
	get("/robots.txt", p.robots)
	get("/sitemap.xml", p.sitemap)
	get("/sitemaps/:name", p.sitemapPart)
}

// siteOf is the scheme and host of the site: as set, or else by which the request came.
func (p *Pages) siteOf(r *http.Request) string {
	switch {
	case p.url != nil:
		return p.url.Scheme + "://" + p.url.Host
	case r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https":
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
