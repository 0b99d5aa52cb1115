package models

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var (
	// archived matches the addresses that archives give to copies; the original follows.
	archived = regexp.MustCompile(`^/(?:web/[0-9]{4,14}(?:[a-z]{2}_)?|(?:o|newest|timegate)?/?[0-9A-Za-z]{0,14}|[0-9]{4,14})/(https?:/?/?.+)$`)
	archives = []string{"web.archive.org", "archive.org", "archive.today", "archive.ph", "archive.is", "archive.li", "archive.md", "archive.vn", "archive.fo",
		"arquivo.pt", "webcache.googleusercontent.com"}
	// ampCaches serve copies below the name of the original.
	ampCaches = []string{"www.google.com", "google.com", "cdn.ampproject.org"}
	mobile    = regexp.MustCompile(`^(?:www\.)?(?:m|mobile|amp|touch|wap)\.(.+\..+)$`)
)

// ArticleURL gives the address of the article that a link leads to: that of the original for a
// copy in an archive or an AMP cache, of the ordinary page for a mobile or AMP one, without
// tracking parameters and fragment. Other links are given as they are.
func ArticleURL(text string) string {
	text = strings.TrimSpace(text)
	for range 4 { // a copy of a copy
		original := originalURL(text)
		if original == text {
			break
		}
		text = original
	}
	parsed, err := url.Parse(text)
	if err != nil || parsed.Hostname() == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return text
	}

	if found := mobile.FindStringSubmatch(strings.ToLower(parsed.Host)); found != nil {
		parsed.Host = found[1]
	}
	parsed.Fragment, parsed.RawFragment = "", ""
	trimAMP(parsed)
	if query := normalQuery(parsed.RawQuery); query != parsed.Query().Encode() {
		parsed.RawQuery = query
	}
	return parsed.String()
}

// originalURL gives the address of which a link names a copy, or the link itself.
func originalURL(text string) string {
	parsed, err := url.Parse(text)
	if err != nil {
		return text
	}
	host := strings.ToLower(parsed.Hostname())
	path := parsed.EscapedPath()
	if parsed.RawQuery != "" {
		path += "?" + parsed.RawQuery
	}
	switch {
	case slices.Contains(archives, host):
		if found := archived.FindStringSubmatch(path); found != nil {
			return repaired(found[1])
		}
	case slices.Contains(ampCaches, host) || strings.HasSuffix(host, ".cdn.ampproject.org"):
		for _, prefix := range []string{"/amp/s/", "/c/s/", "/v/s/", "/amp/", "/c/", "/v/"} {
			if rest, ok := strings.CutPrefix(path, prefix); ok && strings.Contains(rest, ".") {
				return "https://" + rest
			}
		}
	}
	return text
}

// repaired puts back the slashes of a link whose double slash was joined on its way.
func repaired(text string) string {
	scheme, rest, _ := strings.Cut(text, ":")
	return scheme + "://" + strings.TrimLeft(rest, "/")
}

// trimAMP takes off what marks a page's AMP form.
func trimAMP(u *url.URL) {
	path := strings.TrimSuffix(u.Path, "/")
	for _, end := range []string{"/amp", ".amp", "/amp.html"} {
		path = strings.TrimSuffix(path, end)
	}
	if strings.HasSuffix(path, ".amp.html") {
		path = strings.TrimSuffix(path, ".amp.html") + ".html"
	}
	if rest, ok := strings.CutPrefix(path, "/amp/"); ok {
		path = "/" + rest
	}
	if path != strings.TrimSuffix(u.Path, "/") {
		u.Path, u.RawPath = path, ""
	}
	query := u.Query()
	for name, values := range query {
		if name == "amp" || name == "outputType" && slices.Contains(values, "amp") {
			query.Del(name)
			u.RawQuery = query.Encode()
		}
	}
}
