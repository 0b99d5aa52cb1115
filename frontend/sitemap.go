package frontend

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
)

// sitemapRun is how many entities one part of the sitemap lists; the protocol allows 50,000.
const sitemapRun = 10_000

// sitemapIndex and sitemapURLs are as https://www.sitemaps.org/protocol.html has them.
type sitemapIndex struct {
	XMLName xml.Name       `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
	Parts   []sitemapEntry `xml:"sitemap"`
}

type sitemapURLs struct {
	XMLName xml.Name       `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []sitemapEntry `xml:"url"`
}

type sitemapEntry struct {
	Location string `xml:"loc"`
	Modified string `xml:"lastmod,omitempty"`
}

// robots asks visitors that are programs to keep to the pages, and tells where they are listed.
func (p *Pages) robots(c *gin.Context) (string, []byte, error) {
	return "text/plain; charset=utf-8", fmt.Appendf(nil, "User-agent: *\nDisallow: /search\nDisallow: /embed/\nDisallow: /*?*cursor=\nDisallow: /*?*known_at=\nAllow: /\n\nSitemap: %s/sitemap.xml\n", p.siteOf(c.Request)), nil
}

// sitemap lists the parts of the sitemap: the pages that there always are, and runs of entities.
func (p *Pages) sitemap(c *gin.Context) (string, []byte, error) {
	milestones, err := p.services.Milestones(c.Request.Context(), sitemapRun)
	if err != nil {
		return "", nil, err
	}
	site := p.siteOf(c.Request)
	index := sitemapIndex{Parts: []sitemapEntry{{Location: site + "/sitemaps/pages.xml"}}}
	for _, id := range milestones {
		index.Parts = append(index.Parts, sitemapEntry{Location: site + "/sitemaps/" + id.String() + ".xml"})
	}
	return xmlDocument(index)
}

// sitemapPart is one part of the sitemap.
func (p *Pages) sitemapPart(c *gin.Context) (string, []byte, error) {
	site, urls := p.siteOf(c.Request), sitemapURLs{}
	name, isXML := strings.CutSuffix(c.Param("name"), ".xml")
	if isXML && name == "pages" {
		for _, path := range mainPages {
			urls.URLs = append(urls.URLs, sitemapEntry{Location: site + path})
		}
		return xmlDocument(urls)
	}
	id, err := uuid.Parse(name)
	if err != nil || !isXML {
		return "", nil, models.Errorf(models.ErrNotFound, "There is no such part of the sitemap. /sitemap.xml lists them.")
	}
	pages, err := p.services.PagesFrom(c.Request.Context(), id, sitemapRun)
	if err != nil {
		return "", nil, err
	}
	for _, page := range pages {
		urls.URLs = append(urls.URLs, sitemapEntry{site + "/" + plurals[page.Kind] + "/" + page.Slug, page.At.Format(time.RFC3339)})
	}
	return xmlDocument(urls)
}

// mainPages are the pages that there always are.
var mainPages = []string{"/", "/cases", "/companies", "/units", "/services", "/systems", "/people", "/groups", "/organizations", "/contracts", "/facilities",
	"/events", "/inquiries", "/supplies", "/status-changes", "/claims", "/open-items", "/sources", "/network", "/method"}

func xmlDocument(document any) (string, []byte, error) {
	text, err := xml.MarshalIndent(document, "", "  ")
	return "application/xml; charset=utf-8", append([]byte(xml.Header), append(text, '\n')...), err
}
