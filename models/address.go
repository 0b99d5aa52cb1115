package models

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// longestAddress bounds what is read as an address: an address in an escaped wrapper is longer than
// one may be by itself.
const longestAddress = 4 * mostURL

// NormalURL is the form in which links are compared, so that one page has one: https, a small host
// without "www.", mobile forms, closing dots and default ports, in ASCII; a path without "//",
// "/./", "/../" and a closing slash; escapes written in one way; parameters in order, without those
// that track; the original of a copy in an archive or a cache, and of what a search engine or a
// social site wraps. A fragment counts where it is a route of its page (#/doc/1, #!doc). It is a hash
// when it would have more than 2,000 bytes, as databases index none much longer. "" for what is no
// http link. The normal form of a normal form is itself.
func NormalURL(text string) string {
	for range longestAddress { // each round but the last takes something off
		normal := normalised(text)
		if normal == text || normal == "" {
			return normal
		}
		text = normal
	}
	return text
}

func normalised(text string) string {
	if len(text) > longestAddress {
		return ""
	}
	parsed, err := url.Parse(ArticleURL(text))
	if err != nil || parsed.Hostname() == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return ""
	}
	host := normalHost(parsed.Hostname())
	if inside := proxied(host); inside != "" {
		host = normalHost(inside)
	}
	if strings.Trim(host, ".") == "" {
		return ""
	}
	host, path, query := samePage(sameHost(host), normalPath(parsed.EscapedPath()), normalQuery(host, parsed.RawQuery))
	host = strings.ReplaceAll(host, "%", "%25")
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port, err := strconv.ParseUint(parsed.Port(), 10, 16); err == nil && port != 80 && port != 443 && port != 0 {
		host += ":" + strconv.FormatUint(port, 10)
	}
	normal := "https://" + host + path
	if query != "" {
		normal += "?" + query
	}
	if route := routeOf(parsed); route != "" {
		normal += "#" + route
	}
	if len(normal) > mostURL {
		return fmt.Sprintf("https://%x", sha256.Sum256([]byte(normal)))
	}
	return normal
}

// normalHost writes a host in small ASCII letters, without "www." and the like.
func normalHost(host string) string {
	host = strings.Trim(strings.ToLower(host), ".")
	if ascii, err := idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(true)).ToASCII(host); err == nil && strings.Trim(ascii, ".") != "" {
		host = strings.Trim(ascii, ".")
	}
	for {
		bare := strings.TrimPrefix(host, "www.")
		if found := mobile.FindStringSubmatch(bare); found != nil && registrable(found[1]) {
			bare = found[1]
		}
		if found := mobileWiki.FindStringSubmatch(bare); found != nil {
			bare = found[1] + "." + found[2]
		}
		if bare == host || bare == "" {
			return host
		}
		host = bare
	}
}

// registrable reports whether a host is one that somebody registered, or below one, and not a
// suffix such as co.uk, below which everybody registers.
func registrable(host string) bool {
	_, err := publicsuffix.EffectiveTLDPlusOne(host)
	return err == nil
}

// normalPath resolves what a path repeats or goes back, and writes its escapes in one way.
func normalPath(path string) string {
	var kept []string
	for _, part := range strings.Split(normalEscapes(path, pathLetters), "/") {
		switch part {
		case "", ".":
		case "..":
			kept = kept[:max(len(kept)-1, 0)]
		default:
			kept = append(kept, part)
		}
	}
	if len(kept) == 0 {
		return ""
	}
	return "/" + strings.Join(kept, "/")
}

const (
	unreserved   = "-._~"
	pathLetters  = unreserved + "!$'()*,:@"
	queryLetters = unreserved + "!$'()*,:@/?"
)

// normalEscapes escapes what has to be, in capital letters, and nothing that may stand as it is:
// letters, digits and a few signs. Signs that part something stay as they were written.
func normalEscapes(text, plain string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		escaped := false
		if c == '%' && i+2 < len(text) {
			if value, err := strconv.ParseUint(text[i+1:i+3], 16, 8); err == nil {
				c, escaped, i = byte(value), true, i+2
			}
		}
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(plain, c) >= 0
		switch {
		case letter, !escaped && c > ' ' && c < 0x7f && c != '%':
			out.WriteByte(c)
		default:
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String()
}

// trackers are parameters that name a campaign, a reader or how a link was shared, not a document.
var trackers = []string{"fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "twclid", "ttclid", "yclid", "li_fat_id", "epik", "wickedid",
	"mc_cid", "mc_eid", "igshid", "igsh", "srsltid", "mkt_tok", "cmp", "cmpid", "ocid", "ncid", "smid", "smtyp", "sref", "ref_src", "ref_url", "s_cid",
	"phpsessid", "jsessionid", "sessionid", "cfid", "cftoken", "_ga", "_gl", "_openstat", "oly_anon_id", "oly_enc_id", "rb_clickid", "vgo_ee", "ito", "wt_mc", "wt_zmc", "guccounter", "guce_referrer", "guce_referrer_sig",
	"unlocked_article_code", "usqp", "triedredirect", "at_medium", "at_campaign", "at_custom1", "at_custom2", "at_custom3", "at_custom4", "ns_campaign", "ns_mchannel", "ns_source"}

// trackerPrefixes begin the names of such parameters.
var trackerPrefixes = []string{"utm_", "mtm_", "matomo_", "pk_", "piwik_", "hsa_", "_hs", "__hs", "vero_", "amp_", "_x_tr_", "trk_", "aspsessionid"}

// hostTrackers are such parameters of single sites, whose names mean something elsewhere.
var hostTrackers = map[string][]string{
	"youtube.com": {"si", "feature", "pp", "ab_channel", "t", "app"}, "youtu.be": {"si", "feature", "t"},
	"x.com": {"s", "t"}, "twitter.com": {"s", "t"}, "reddit.com": {"share_id", "rdt", "context"}, "linkedin.com": {"trk", "rcm", "trackingid"},
	"facebook.com": {"__cft__[0]", "__tn__", "mibextid", "rdid", "share_url"}, "instagram.com": {"img_index", "hl"}, "medium.com": {"source", "sk"},
	"substack.com": {"r", "s"}, "news.google.com": {"hl", "gl", "ceid"}, "ft.com": {"sharetype", "accesstoken"}, "wsj.com": {"st", "reflink", "mod"},
	"bloomberg.com": {"srnd", "accesstoken"}, "washingtonpost.com": {"itid", "pwapi_token"}, "translate.goog": {"_x_tr_sl", "_x_tr_tl"},
}

func tracks(host, name string) bool {
	name = strings.ToLower(name)
	if slices.Contains(trackers, name) || slices.ContainsFunc(trackerPrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
		return true
	}
	for site, names := range hostTrackers {
		if (host == site || strings.HasSuffix(host, "."+site)) && slices.Contains(names, name) {
			return true
		}
	}
	return false
}

// normalQuery sorts parameters by name, leaves out trackers and writes escapes in one way.
func normalQuery(host, raw string) string {
	type parameter struct{ name, text string }
	var kept []parameter
	for _, pair := range strings.Split(raw, "&") {
		pair = normalEscapes(strings.ReplaceAll(pair, "+", "%20"), queryLetters)
		name, value, _ := strings.Cut(pair, "=")
		readable, err := url.PathUnescape(name)
		if err != nil {
			readable = name
		}
		if pair == "" || tracks(host, readable) {
			continue
		}
		if value != "" {
			name += "=" + value
		}
		kept = append(kept, parameter{readable, name})
	}
	slices.SortStableFunc(kept, func(a, b parameter) int { return strings.Compare(a.name, b.name) })
	texts := make([]string, len(kept))
	for i, one := range kept {
		texts[i] = one.text
	}
	return strings.Join(texts, "&")
}

// routeOf is the fragment of an address whose page shows another document for each; "" for one that
// leads to a place of the page.
func routeOf(u *url.URL) string {
	fragment, _, _ := strings.Cut(u.EscapedFragment(), ":~:") // a text to mark
	if !strings.HasPrefix(fragment, "/") && !strings.HasPrefix(fragment, "!") {
		return ""
	}
	if strings.Trim(fragment, "/!") == "" {
		return "" // the front page
	}
	return strings.TrimRight(normalEscapes(fragment, queryLetters), "/")
}

// carriers hold what others published, so that their name says nothing of who did: archives whose
// short addresses do not name the original, shorteners, stores of files, names of documents, and
// places where anybody may write.
var carriers = []string{"reddit.com", "redd.it", "flipboard.com", "getpocket.com", "feedproxy.google.com", "feeds.feedburner.com", "feedburner.com", "printfriendly.com", "preservetube.com", "x.com",
	"threadreaderapp.com", "facebook.com", "instagram.com", "threads.com", "tiktok.com", "t.me", "tgstat.com", "youtube.com", "linkedin.com", "vk.com", "bsky.app", "quora.com", "pinterest.com",
	"discord.com", "news.ycombinator.com", "4chan.org", "telegra.ph", "imgur.com", "vimeo.com", "dailymotion.com", "rumble.com", "odysee.com", "doi.org", "hdl.handle.net", "sci-hub.se", "sci-hub.st", "sci-hub.ru",
	"cdn.jsdelivr.net", "raw.githack.com", "archive.st", "timetravel.mementoweb.org", "webarchive.nla.gov.au", "vefsafn.is", "webarchive.org.uk", "haw.nsk.hr", "conifer.rhizome.org", "webrecorder.io",
	"webarchive.unesco.org", "webharvest.gov", "cc.bingj.com", "bing-amp.com", "cdn.ampproject.org", "webcache.googleusercontent.com", "outline.com", "removepaywall.com", "smry.ai", "txtify.it", "hypothes.is", "hyp.is",
	"archive.today", "archive.org", "perma.cc", "ghostarchive.org", "webcitation.org", "arquivo.pt", "megalodon.jp", "archive-it.org", "t.co", "bit.ly",
	"tinyurl.com", "ow.ly", "buff.ly", "goo.gl", "lnkd.in", "is.gd", "shorturl.at", "trib.al", "dlvr.it", "docs.google.com", "drive.google.com", "dropbox.com",
	"documentcloud.org", "scribd.com", "wetransfer.com", "mega.nz", "pastebin.com", "issuu.com", "ddosecrets.com", "onedrive.live.com", "1drv.ms", "google.com", "bing.com",
	"duckduckgo.com", "news.google.com", "msn.com", "news.yahoo.com"}

// blogs are hosts below which each name is somebody else's, that the list of public suffixes leaves out.
// accounts are hosts on which the first part of a path is.
var blogs = []string{"substack.com", "medium.com", "wordpress.com", "tumblr.com", "livejournal.com", "ghost.io", "typepad.com", "beehiiv.com", "hatenablog.com", "write.as"}

var accounts = []string{"github.com", "gitlab.com", "gist.github.com", "bitbucket.org", "huggingface.co"}

// SiteOf names who stands behind an address where no publisher is named: the registered domain of
// its host, or the blog of a host of blogs. "" where that tells nobody: an archive, a shortener, a
// store of files, a place where anybody writes, an address that holds another one in full, the number
// of a machine, or a host that only some people reach.
func SiteOf(address string) string {
	parsed, err := url.Parse(NormalURL(address))
	if err != nil || parsed.Hostname() == "" {
		return ""
	}
	host := parsed.Hostname()
	if holdsLink(parsed) {
		return ""
	}
	for _, carrier := range carriers {
		if host == carrier || strings.HasSuffix(host, "."+carrier) && carrier != "google.com" {
			return ""
		}
	}
	if slices.Contains(accounts, host) {
		if account := strings.Split(parsed.Path+"/", "/")[1]; account != "" {
			return host + "/" + strings.ToLower(account)
		}
	}
	for _, blog := range blogs {
		if account := strings.Split(parsed.Path+"/", "/")[1]; host == blog && strings.HasPrefix(account, "@") {
			return blog + "/" + strings.ToLower(account)
		}
		if rest, ok := strings.CutSuffix(host, "."+blog); ok {
			return rest[strings.LastIndex(rest, ".")+1:] + "." + blog
		}
	}
	if strings.Contains(host, ":") || strings.Trim(host, ".0123456789") == "" { // the number of a machine
		return ""
	}
	if !strings.Contains(host, ".") || slices.ContainsFunc([]string{".localhost", ".local", ".internal", ".lan", ".home.arpa"}, func(end string) bool { return strings.HasSuffix(host, end) }) {
		return ""
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}

// HostOf is the host of an address with its port, as normal addresses have it.
func HostOf(address string) string {
	parsed, err := url.Parse(NormalURL(address))
	if err != nil {
		return ""
	}
	return parsed.Host
}

// NameOfHost is a host without its port.
func NameOfHost(host string) string {
	parsed, err := url.Parse("//" + host)
	if err != nil {
		return host
	}
	return parsed.Hostname()
}

// HostWithin reports whether a host is another, or below it. Below the number of a machine there is none.
func HostWithin(host, of string) bool {
	return host != "" && of != "" && (host == of || strings.HasSuffix(host, "."+of))
}
