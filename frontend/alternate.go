package frontend

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"

	"github.com/gin-gonic/gin"
)

// A page in another language than English has the language's code before its path: /ar/claims.
// So a link that is passed on shows what its sender saw, caches need no second key, and the
// parameters of a page stay those of the API. Everything but this file works with paths as they
// are in English.

// alternate is the same page in another language.
type alternate struct {
	URL      string
	Language *language
	Current  bool
}

// settleLanguage finds the language of a request, and takes its prefix from the path.
func (p *Pages) settleLanguage(c *gin.Context) {
	l, path := p.cutLanguage(c.Request.URL.Path)
	c.Set("language", l)
	c.Request.URL.Path = path
}

// alternates are a page's addresses in every language that it speaks.
func (p *Pages) alternates(u *url.URL, current *language) []alternate {
	var list []alternate
	here := address(u.Path, u.Query())
	for i, l := range p.languages {
		if there := p.translatedAddress(l, here); i == 0 || there != here {
			list = append(list, alternate{there, l, l == current})
		}
	}
	return list
}

// translatedAddress is the address of a page in a language. What does not speak it (the API, a
// static file, another site) keeps its address.
func (p *Pages) translatedAddress(l *language, address string) string {
	path, ok := strings.CutPrefix(address, "/")
	if !ok || l.prefix == "" {
		return address
	}
	first := path
	if end := strings.IndexAny(path, "/?#"); end >= 0 {
		first = path[:end]
	}
	if !p.translated[first] {
		return address
	}
	return l.prefix + address
}

// localLink is an address in a rendered page. Only templates write a quote: in what they are
// given, quotes are escaped. Links that name their language are those to the other languages.
var localLink = regexp.MustCompile(`( (?:href|action|formaction)=")(/[^"]*)("(?: hreflang)?)`)

// translateLinks makes the links of a rendered page lead to pages in its language.
func (p *Pages) translateLinks(l *language, page []byte) []byte {
	if l.prefix == "" {
		return page
	}
	return localLink.ReplaceAllFunc(page, func(found []byte) []byte {
		parts := localLink.FindSubmatch(found)
		if bytes.HasSuffix(parts[3], []byte("hreflang")) {
			return found
		}
		return []byte(string(parts[1]) + p.translatedAddress(l, string(parts[2])) + string(parts[3]))
	})
}
