package models

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var (
	mobile     = regexp.MustCompile(`^(?:www\.)?(?:m|mobile|amp|touch|wap)\.(.+\..+)$`)
	mobileWiki = regexp.MustCompile(`^([a-z-]+)\.m\.(wiki[a-z]+\.org|wiktionary\.org|mediawiki\.org)$`)
)

// ArticleURL gives the address of the article that a link leads to: that of the original for a
// copy in an archive or an AMP cache, or for what a search engine or a social site wraps, of the
// ordinary page for a mobile or AMP one, without tracking parameters and fragment. Other links are
// given as they are.
func ArticleURL(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > longestAddress {
		return text
	}
	for { // a copy of a copy: each original is shorter
		original := originalURL(text)
		if len(original) >= len(text) {
			break
		}
		text = original
	}
	parsed, err := url.Parse(text)
	if err != nil || parsed.Hostname() == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return text
	}

	if found := mobile.FindStringSubmatch(strings.ToLower(parsed.Host)); found != nil && registrable(found[1]) {
		parsed.Host = found[1]
	}
	if routeOf(parsed) == "" {
		parsed.Fragment, parsed.RawFragment = "", ""
	}
	parsed.Path, parsed.RawPath = aSession.ReplaceAllString(parsed.Path, ""), aSession.ReplaceAllString(parsed.RawPath, "")
	trimAMP(parsed)
	parsed.RawQuery = withoutTrackers(strings.TrimPrefix(strings.ToLower(parsed.Hostname()), "www."), parsed.RawQuery)
	return parsed.String()
}

// withoutTrackers leaves trackers out of a query, and all else as it is.
func withoutTrackers(host, raw string) string {
	pairs := strings.Split(raw, "&")
	kept := slices.DeleteFunc(slices.Clone(pairs), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		if readable, err := url.QueryUnescape(name); err == nil {
			name = readable
		}
		return name != "" && tracks(host, name)
	})
	return strings.Join(kept, "&")
}

// archives keep copies whose addresses name the original, as a whole link or after an instant.
var archives = []string{"web.archive.org", "wayback.archive.org", "web-beta.archive.org", "archive.org", "archive.today", "archive.ph", "archive.is", "archive.li", "archive.md",
	"archive.vn", "archive.fo", "wayback.archive-it.org", "arquivo.pt", "webarchive.nationalarchives.gov.uk", "webarchive.loc.gov", "web.archive.bibalex.org", "swap.stanford.edu",
	"perma-archives.org", "ghostarchive.org", "archive.wikiwix.com", "webcitation.org", "megalodon.jp", "webcache.googleusercontent.com", "12ft.io",
	"r.jina.ai", "freedium.cfd", "timetravel.mementoweb.org", "webarchive.nla.gov.au", "vefsafn.is", "wayback.vefsafn.is", "webarchive.org.uk", "haw.nsk.hr", "conifer.rhizome.org", "webrecorder.io",
	"webarchive.unesco.org", "webharvest.gov", "removepaywall.com", "smry.ai", "txtify.it", "outline.com", "via.hypothes.is", "href.li", "anon.to", "hyp.is"}

var (
	// linkInside is a link that stands in the address of a copy, perhaps with a slash too few, perhaps escaped.
	linkInside = regexp.MustCompile(`(?i)[/=:?](https?(?::|%3A)(?:/|%2F)+.+)$`)
	// hostInside is a host without a scheme after the instant of a copy.
	hostInside = regexp.MustCompile(`^/(?:web/|all/|wayback/|ukgwa/|[0-9]+/)?(?:[0-9]{1,14}\*?|\*)(?:[a-z]{2}_)?/((?:[a-zA-Z0-9-]+\.)+[a-zA-Z]{2,}(?::[0-9]+)?(?:[/?].*)?)$`)
	// hostAlone is one without an instant.
	hostAlone  = regexp.MustCompile(`^/web/((?:[a-zA-Z0-9-]+\.)+[a-zA-Z]{2,})((?::[0-9]+)?(?:[/?].*)?)$`)
	ghostVideo = regexp.MustCompile(`^/varchive/(?:youtube/[0-9]+/)?([A-Za-z0-9_-]{11})$`)
)

// caches serve AMP pages below the name of the original.
var caches = []string{"google.com", "cdn.ampproject.org", "bing-amp.com"}

// wrappers are pages of search engines and social sites that lead on to what a parameter names.
var wrappers = []struct {
	host, path string
	parameters []string
}{
	{"google.com", "/url", []string{"q", "url"}}, {"google.com", "/imgres", []string{"imgrefurl"}}, {"translate.google.com", "/translate", []string{"u"}},
	{"l.facebook.com", "/l.php", []string{"u"}}, {"lm.facebook.com", "/l.php", []string{"u"}}, {"facebook.com", "/l.php", []string{"u"}}, {"facebook.com", "/flx/warn", []string{"u"}},
	{"l.instagram.com", "/", []string{"u"}}, {"l.threads.net", "/", []string{"u"}}, {"l.threads.com", "/", []string{"u"}}, {"l.messenger.com", "/l.php", []string{"u"}}, {"l.wl.co", "/l", []string{"u"}},
	{"t.umblr.com", "/redirect", []string{"z"}}, {"out.reddit.com", "", []string{"url"}}, {"duckduckgo.com", "/l", []string{"uddg"}}, {"html.duckduckgo.com", "/l", []string{"uddg"}},
	{"linkedin.com", "/redir/redirect", []string{"url"}}, {"linkedin.com", "/safety/go", []string{"url"}}, {"bing.com", "/ck/a", []string{"u"}},
	{"slack-redir.net", "/link", []string{"url"}}, {"safelinks.protection.outlook.com", "", []string{"url"}}, {"statics.teams.cdn.office.net", "", []string{"url"}},
	{"youtube.com", "/redirect", []string{"q"}}, {"steamcommunity.com", "/linkfilter", []string{"u", "url"}}, {"vk.com", "/away.php", []string{"to"}}, {"away.vk.com", "/away.php", []string{"to"}},
	{"go.bsky.app", "/redirect", []string{"u"}}, {"getpocket.com", "/redirect", []string{"url"}}, {"medium.com", "/m/global-identity-2", []string{"redirectUrl"}},
	{"t.me", "/iv", []string{"url"}}, {"exit.sc", "", []string{"url"}}, {"mail.google.com", "/url", []string{"q"}}, {"links.govdelivery.com", "/track", []string{"url"}},
	{"urldefense.proofpoint.com", "/v2/url", []string{"u"}}, {"12ft.io", "/proxy", []string{"q"}}, {"archive.today", "/submit", []string{"url"}}, {"archive.today", "/", []string{"url"}},
	{"web.archive.org", "/save", []string{"url"}}, {"ghostarchive.org", "/search", []string{"term"}},
	{"cc.bingj.com", "/cache.aspx", []string{"u"}}, {"translate.yandex.com", "/translate", []string{"url"}}, {"translate.yandex.ru", "/translate", []string{"url"}},
	{"microsofttranslator.com", "/bv.aspx", []string{"a"}}, {"translatetheweb.com", "", []string{"a"}}, {"removepaywall.com", "/search", []string{"url"}}, {"hyp.is", "/go", []string{"url"}},
	{"view.officeapps.live.com", "", []string{"src"}}, {"docs.google.com", "/viewer", []string{"url"}}, {"docs.google.com", "/viewerng/viewer", []string{"url"}}, {"docs.google.com", "/gview", []string{"url"}},
	{"validator.w3.org", "/nu", []string{"doc"}}, {"validator.w3.org", "/check", []string{"uri"}}, {libraries, "/login", []string{"url", "qurl"}}, {"archive.wikiwix.com", "/cache", []string{"url"}}, {"webcitation.org", "", []string{"url"}}, {"yandex.ru", "/turbo", []string{"text"}},
}

// libraries stands for every host by which a library lets its readers in.
const libraries = "*proxy"

// originalURL gives the address of which a link names a copy or that it wraps, or the link itself.
func originalURL(text string) string {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return text
	}
	host := sameHost(strings.TrimPrefix(strings.Trim(strings.ToLower(parsed.Hostname()), "."), "www."))
	if original := wrapped(host, parsed); original != "" {
		return original
	}
	path := parsed.EscapedPath()
	if parsed.RawQuery != "" {
		path += "?" + parsed.RawQuery
	}
	if fragment := parsed.EscapedFragment(); fragment != "" {
		path += "#" + fragment
	}
	if label, ok := strings.CutSuffix(host, translated); ok {
		return translatedURL(label, parsed)
	}
	if host == "webcache.googleusercontent.com" || wraps("google.com", host) && parsed.Path == "/search" {
		if original := cachedURL(parsed); original != "" {
			return original
		}
	}
	if host == "urldefense.com" || strings.HasSuffix(host, ".urldefense.com") {
		if original := defendedURL(path); original != "" {
			return original
		}
	}
	if slices.Contains(archives, host) {
		return archivedURL(host, path, text)
	}
	if slices.ContainsFunc(caches, func(cache string) bool { return wraps(cache, host) }) {
		for _, prefix := range []string{"/amp/s/", "/c/s/", "/v/s/", "/amp/", "/c/", "/v/"} {
			if rest, ok := strings.CutPrefix(path, prefix); ok && strings.Contains(rest, ".") && named(rest) {
				if !strings.Contains(rest, "?") { // the caches escape that of the original
					rest = strings.Replace(strings.Replace(rest, "%3f", "?", 1), "%3F", "?", 1)
				}
				return "https://" + rest
			}
		}
	}
	return text
}

// translated is the end of hosts on which pages stand in another language: news-example.translate.goog
// has those of news.example, a hyphen of theirs twice.
const translated = ".translate.goog"

func translatedURL(label string, u *url.URL) string {
	host := hostOfLabel(label)
	if !strings.Contains(host, ".") {
		return u.String()
	}
	pairs := slices.DeleteFunc(strings.Split(u.RawQuery, "&"), func(pair string) bool { return strings.HasPrefix(pair, "_x_tr_") })
	original := "https://" + host + u.EscapedPath()
	if query := strings.Join(pairs, "&"); query != "" {
		original += "?" + query
	}
	return original
}

// aSession is the number of a visit in the path of a page.
var aSession = regexp.MustCompile(`(?i);(?:jsessionid|phpsessid|sid)=[a-z0-9.!_-]+`)

// named reports whether a text begins with a host.
func named(rest string) bool {
	parsed, err := url.Parse("https://" + rest)
	return err == nil && strings.Contains(strings.Trim(parsed.Hostname(), "."), ".")
}

func archivedURL(host, path, text string) string {
	if found := linkInside.FindStringSubmatch(path); found != nil {
		if original := repaired(found[1]); original != "" {
			return original
		}
	}
	if found := hostInside.FindStringSubmatch(path); found != nil && host != "archive.org" {
		return "http://" + found[1]
	}
	if found := hostAlone.FindStringSubmatch(path); found != nil && host == "web.archive.org" && isPublic(strings.ToLower(found[1])) {
		return "http://" + found[1] + found[2]
	}
	if found := ghostVideo.FindStringSubmatch(path); found != nil && host == "ghostarchive.org" {
		return "https://youtu.be/" + found[1]
	}
	return text
}

// wrapped gives the link that a page which only leads on names; "" for other pages.
func wrapped(host string, u *url.URL) string {
	path := strings.TrimRight(u.Path, "/")
	for _, w := range wrappers {
		if !wraps(w.host, host) || w.path != "" && strings.TrimRight(w.path, "/") != path {
			continue
		}
		for _, name := range w.parameters {
			if link := linkIn(host, parameterOf(u.RawQuery, name)); link != "" {
				return link
			}
		}
	}
	return ""
}

// wraps reports whether a host is that of a wrapper, or below it; google has one in each country.
func wraps(wrapper, host string) bool {
	if wrapper == "google.com" && strings.HasPrefix(host, "google.") && !registrable(strings.TrimPrefix(host, "google.")) {
		return true
	}
	if wrapper == libraries {
		return slices.ContainsFunc(strings.Split(host, "."), func(label string) bool { return strings.Contains(label, "proxy") || label == "idm" })
	}
	return host == wrapper || strings.HasSuffix(host, "."+wrapper) && wrapper != "google.com"
}

func parameterOf(raw, name string) string {
	for _, pair := range strings.Split(raw, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if key != name {
			continue
		}
		if readable, err := url.QueryUnescape(value); err == nil {
			return readable
		}
	}
	return ""
}

// linkIn reads the value by which a wrapper names a link.
func linkIn(host, value string) string {
	switch {
	case host == "bing.com" && strings.HasPrefix(value, "a1"):
		if text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(value[2:], "=")); err == nil {
			value = string(text)
		}
	case host == "urldefense.proofpoint.com":
		value = strings.NewReplacer("_", "/").Replace(value)
		if readable, err := url.PathUnescape(strings.ReplaceAll(value, "-", "%")); err == nil {
			value = readable
		}
	}
	if parsed, err := url.Parse(value); err != nil || strings.Trim(parsed.Hostname(), ".") == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return ""
	}
	return value
}

// repaired puts back the slashes of a link whose double slash was joined on its way, and what was
// escaped of it; "" for what is no link.
func repaired(text string) string {
	if !strings.HasPrefix(text[4:], ":") && !strings.HasPrefix(text[4:], "s:") {
		readable, err := url.PathUnescape(text)
		if err != nil {
			return ""
		}
		text = readable
	}
	scheme, rest, _ := strings.Cut(text, ":")
	link := strings.ToLower(scheme) + "://" + strings.TrimLeft(rest, "/")
	if parsed, err := url.Parse(link); err != nil || strings.Trim(parsed.Hostname(), ".") == "" {
		return ""
	}
	return link
}

// trimAMP takes off what marks a page's AMP form, or the one to be printed.
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
	kept := slices.DeleteFunc(strings.Split(u.RawQuery, "&"), func(pair string) bool {
		name, value, _ := strings.Cut(pair, "=")
		return name == "amp" || name == "outputType" && value == "amp" || name == "print" && (value == "1" || value == "true")
	})
	u.RawQuery = strings.Join(kept, "&")
}
