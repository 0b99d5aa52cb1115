package models

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Some pages stand at several hosts or addresses. What is told here of each platform makes one of them;
// what is not told stays apart, and at worst a page counts for nothing by its host.

// sameHosts are hosts with the same pages as another, at the same paths.
var sameHosts = map[string]string{
	"old.reddit.com": "reddit.com", "new.reddit.com": "reddit.com", "np.reddit.com": "reddit.com", "threads.net": "threads.com",
	"archive.is": "archive.today", "archive.ph": "archive.today", "archive.li": "archive.today", "archive.md": "archive.today", "archive.vn": "archive.today", "archive.fo": "archive.today",
	"twitter.com": "x.com", "nitter.net": "x.com", "nitter.poast.org": "x.com", "nitter.privacydev.net": "x.com", "xcancel.com": "x.com", "fxtwitter.com": "x.com", "vxtwitter.com": "x.com",
	"fixupx.com": "x.com", "fixvx.com": "x.com", "twittpr.com": "x.com", "twstalker.com": "x.com",
	"music.youtube.com": "youtube.com", "youtube-nocookie.com": "youtube.com", "yewtu.be": "youtube.com", "piped.video": "youtube.com",
	"telegram.me": "t.me", "telegram.dog": "t.me", "scribe.rip": "medium.com", "dx.doi.org": "doi.org", "export.arxiv.org": "arxiv.org", "ar5iv.org": "arxiv.org", "ar5iv.labs.arxiv.org": "arxiv.org",
	"alphaxiv.org": "arxiv.org", "gist.githubusercontent.com": "gist.github.com", "sci-hub.se": "doi.org", "sci-hub.st": "doi.org", "sci-hub.ru": "doi.org",
}

func sameHost(host string) string {
	if other, ok := sameHosts[host]; ok {
		return other
	}
	return host
}

// page is what an address names at a host: the parts of its path, and its query as it is compared.
type page struct {
	host  string
	parts []string
	query string
}

// platforms rewrite the addresses that a host gives one page. Each leaves what it made as it is.
var platforms = map[string]func(p *page){
	"archive.today": func(p *page) { // whatever is shown of a copy, it is that copy
		p.parts = slices.DeleteFunc(p.parts, func(part string) bool { return slices.Contains([]string{"wip", "image", "share", "abuse"}, part) })
		if len(p.parts) == 1 {
			p.query = ""
		}
	},
	"perma.cc":         func(p *page) { p.query = "" },
	"ghostarchive.org": func(p *page) { p.query = "" },
	"youtu.be": func(p *page) {
		if len(p.parts) == 1 {
			p.host, p.parts, p.query = "youtube.com", []string{"watch"}, "v="+p.parts[0]
		}
	},
	"youtube.com": func(p *page) {
		video := p.parameter("v")
		switch {
		case len(p.parts) == 2 && slices.Contains([]string{"shorts", "embed", "live", "v", "e"}, p.parts[0]):
			video = p.parts[1]
		case p.is("attribution_link"):
			_, video, _ = strings.Cut(p.parameter("u"), "/watch?v=")
			video, _, _ = strings.Cut(video, "&")
		case !p.is("watch"):
			return
		}
		if video != "" {
			p.parts, p.query = []string{"watch"}, "v="+video
		}
	},
	"x.com": func(p *page) {
		for i, part := range p.parts { // whoever is named before it, a post has one number
			if i+1 < len(p.parts) && slices.Contains([]string{"status", "statuses"}, part) && isNumber(p.parts[i+1]) {
				p.parts, p.query = []string{"i", "status", p.parts[i+1]}, ""
				return
			}
		}
	},
	"threadreaderapp.com": func(p *page) {
		if len(p.parts) == 2 && p.parts[0] == "thread" && isNumber(strings.TrimSuffix(p.parts[1], ".html")) {
			p.host, p.parts, p.query = "x.com", []string{"i", "status", strings.TrimSuffix(p.parts[1], ".html")}, ""
		}
	},
	"t.me": func(p *page) {
		if len(p.parts) > 1 && p.parts[0] == "s" {
			p.parts = p.parts[1:]
		}
		if len(p.parts) == 2 && isNumber(p.parts[1]) {
			p.parts, p.query = []string{strings.ToLower(p.parts[0]), p.parts[1]}, ""
		}
	},
	"tgstat.com": func(p *page) {
		if len(p.parts) == 3 && p.parts[0] == "channel" && strings.HasPrefix(p.parts[1], "@") {
			p.host, p.parts, p.query = "t.me", []string{strings.ToLower(p.parts[1][1:]), p.parts[2]}, ""
		}
	},
	"doi.org": func(p *page) { p.asDOI(strings.Join(p.parts, "/")) },
	"hdl.handle.net": func(p *page) {
		if len(p.parts) > 1 && strings.HasPrefix(p.parts[0], "10.") {
			p.host = "doi.org"
		}
	},
	"arxiv.org": func(p *page) {
		if len(p.parts) > 1 && slices.Contains([]string{"abs", "pdf", "html", "format", "overview"}, p.parts[0]) {
			p.asArxiv(strings.Join(p.parts[1:], "/"))
		}
	},
	"huggingface.co": func(p *page) {
		if len(p.parts) == 2 && p.parts[0] == "papers" && isNumber(strings.ReplaceAll(p.parts[1], ".", "")) {
			p.asArxiv(p.parts[1])
		}
	},
	"github.com": func(p *page) {
		if len(p.parts) < 2 {
			return
		}
		p.parts[0], p.parts[1] = strings.ToLower(p.parts[0]), strings.ToLower(p.parts[1])
		if len(p.parts) > 4 && slices.Contains([]string{"blob", "raw", "blame", "edit"}, p.parts[2]) {
			p.asFile(p.parts[0], p.parts[1], p.parts[3:])
		}
	},
	"raw.githubusercontent.com": rawFile, "raw.githack.com": rawFile, "rawcdn.githack.com": rawFile, "rawgit.com": rawFile, "cdn.rawgit.com": rawFile,
	"cdn.jsdelivr.net": func(p *page) {
		if len(p.parts) > 3 && p.parts[0] == "gh" {
			name, at, found := strings.Cut(p.parts[2], "@")
			if !found {
				at = "HEAD"
			}
			p.asFile(p.parts[1], name, append([]string{at}, p.parts[3:]...))
		}
	},
	"medium.com": func(p *page) {
		if len(p.parts) > 1 && strings.HasPrefix(p.parts[0], "@") {
			p.parts[0] = strings.ToLower(p.parts[0])
		}
	},
	"wikiwand.com": func(p *page) {
		parts := slices.DeleteFunc(slices.Clone(p.parts), func(part string) bool { return part == "articles" })
		if len(parts) == 2 && len(parts[0]) < 13 && !strings.Contains(parts[0], ".") {
			p.host, p.parts, p.query = strings.ToLower(parts[0])+".wikipedia.org", []string{"wiki", parts[1]}, ""
		}
	},
	"docs.google.com": func(p *page) {
		if len(p.parts) > 3 && p.parts[1] == "u" && isNumber(p.parts[2]) {
			p.parts = append(p.parts[:1:1], p.parts[3:]...)
		}
		if len(p.parts) > 2 && p.parts[1] == "d" && p.parts[2] != "e" {
			p.parts, p.query = p.parts[:3], ""
		}
	},
	"drive.google.com": func(p *page) {
		if len(p.parts) > 2 && p.parts[0] == "file" && p.parts[1] == "d" {
			p.parts, p.query = p.parts[:3], ""
		}
	},
	"sec.gov": func(p *page) {
		if doc := p.parameter("doc"); (p.is("ix") || p.is("ixviewer", "ix.html")) && strings.HasPrefix(doc, "/Archives/") {
			p.parts, p.query = strings.Split(strings.Trim(doc, "/"), "/"), ""
		}
	},
}

// samePage rewrites what a host gives one page several addresses for.
func samePage(host, path, query string) (string, string, string) {
	p := &page{host: host, query: query}
	if trimmed := strings.Trim(path, "/"); trimmed != "" {
		p.parts = strings.Split(trimmed, "/")
	}
	if rewrite := platforms[host]; rewrite != nil && len(p.parts) > 0 {
		rewrite(p)
	}
	if strings.HasSuffix(p.host, ".wikipedia.org") {
		p.asArticle()
	}
	if account, ok := strings.CutSuffix(p.host, ".medium.com"); ok && len(p.parts) > 0 && !strings.Contains(account, ".") && !strings.HasPrefix(p.parts[0], "@") {
		p.host, p.parts = "medium.com", append([]string{"@" + account}, p.parts...)
	}
	if len(p.parts) == 0 {
		return p.host, "", p.query
	}
	return p.host, "/" + strings.Join(p.parts, "/"), p.query
}

// is reports whether the path is of these parts.
func (p *page) is(parts ...string) bool { return slices.Equal(p.parts, parts) }

// parameter is the value of a parameter, written as it is compared.
func (p *page) parameter(name string) string {
	for _, pair := range strings.Split(p.query, "&") {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			if readable, err := url.PathUnescape(value); err == nil {
				return strings.ReplaceAll(normalEscapes(readable, queryLetters), "%26", "&")
			}
		}
	}
	return ""
}

// asDOI makes it the page of a name of a document, such as 10.1234/abc.
func (p *page) asDOI(name string) {
	name = strings.ToLower(strings.ReplaceAll(name, "%2F", "/"))
	name = strings.TrimPrefix(name, "doi:")
	if paper, ok := strings.CutPrefix(name, "10.48550/arxiv."); ok {
		p.asArxiv(paper)
		return
	}
	if strings.HasPrefix(name, "10.") {
		p.parts, p.query = strings.Split(name, "/"), ""
	}
}

// asArxiv makes it the page of a paper, whatever its version.
func (p *page) asArxiv(paper string) {
	paper = strings.TrimSuffix(paper, ".pdf")
	if i := strings.LastIndexByte(paper, 'v'); i > 0 && isNumber(paper[i+1:]) && isNumber(paper[i-1:i]) {
		paper = paper[:i]
	}
	p.host, p.parts, p.query = "arxiv.org", append([]string{"abs"}, strings.Split(paper, "/")...), ""
}

// asFile makes it the page of a file of a repository; at begins with the version.
func (p *page) asFile(owner, name string, at []string) {
	if len(at) > 3 && at[0] == "refs" && (at[1] == "heads" || at[1] == "tags") {
		at = at[2:]
	}
	p.host, p.parts, p.query = "github.com", append([]string{strings.ToLower(owner), strings.ToLower(name), "blob"}, at...), ""
}

func rawFile(p *page) {
	if len(p.parts) > 3 {
		p.asFile(p.parts[0], p.parts[1], p.parts[2:])
	}
}

// asArticle makes it the page of an article of Wikipedia, whatever its version.
func (p *page) asArticle() {
	title := ""
	switch {
	case p.is("w", "index.php"):
		title = p.parameter("title")
	case len(p.parts) > 1 && p.parts[0] == "wiki":
		title = strings.Join(p.parts[1:], "/")
	}
	if title == "" {
		return
	}
	title = strings.ReplaceAll(title, "%20", "_")
	if first := title[0]; first >= 'a' && first <= 'z' {
		title = string(first-'a'+'A') + title[1:]
	}
	p.parts, p.query = append([]string{"wiki"}, strings.FieldsFunc(title, func(r rune) bool { return r == '/' })...), ""
}

func isNumber(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// proxied gives the host whose pages a library shows its readers at a host of its own:
// www-news--paper-example.ezproxy.library.example has those of www.news-paper.example. "" for other hosts.
func proxied(host string) string {
	labels := strings.Split(host, ".")
	for i, label := range labels {
		if i == 0 || label != "proxy" && !strings.Contains(label, "ezproxy") && !strings.Contains(label, "libproxy") && !(label == "idm" && strings.Join(labels[i+1:], ".") == "oclc.org") {
			continue
		}
		inside := strings.Join(labels[:i], ".")
		if i == 1 {
			inside = hostOfLabel(inside)
		}
		if isPublic(inside) {
			return inside
		}
	}
	return ""
}

// hostOfLabel reads a host that was written as one label: a hyphen for each dot, two for a hyphen.
func hostOfLabel(label string) string {
	const hyphen = "\x00"
	return strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(label, "--", hyphen), "-", "."), hyphen, "-")
}

// isPublic reports whether a host is below a domain of the public list, and no name of a file.
func isPublic(host string) bool {
	suffix, listed := publicsuffix.PublicSuffix(host)
	return listed && suffix != host && registrable(host)
}

// cachedURL gives the page of which a search engine shows its copy: cache:ID:news.example/a and words.
func cachedURL(u *url.URL) string {
	text, ok := strings.CutPrefix(parameterOf(u.RawQuery, "q"), "cache:")
	if !ok {
		return ""
	}
	text, _, _ = strings.Cut(strings.TrimSpace(text), " ")
	if id, rest, found := strings.Cut(text, ":"); found && !strings.ContainsAny(id, "./") && !strings.HasPrefix(rest, "//") {
		text = rest
	}
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	if parsed, err := url.Parse(text); err != nil || !strings.Contains(parsed.Hostname(), ".") {
		return ""
	}
	return text
}

// defendedURL gives the link that a guard of mails wrote as /v3/__LINK__;SIGNS!!CODE: each * of it stands
// for a sign that was taken out, ** and a letter for several.
func defendedURL(path string) string {
	link, ok := strings.CutPrefix(path, "/v3/__")
	if !ok {
		return ""
	}
	link, rest, ok := strings.Cut(link, "__;")
	if !ok {
		return ""
	}
	code, _, _ := strings.Cut(rest, "!")
	signs, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(code, "="))
	if err != nil {
		return ""
	}
	const lengths = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	var out strings.Builder
	for i := 0; i < len(link); i++ {
		n := 1
		switch {
		case link[i] != '*':
			out.WriteByte(link[i])
			continue
		case i+2 < len(link) && link[i+1] == '*' && strings.IndexByte(lengths, link[i+2]) >= 0:
			n, i = strings.IndexByte(lengths, link[i+2])+2, i+2
		}
		out.Write(signs[:min(n, len(signs))])
		signs = signs[min(n, len(signs)):]
	}
	return repaired(out.String())
}

// holdsLink reports whether the path, query or route of an address holds another address of the web in full, perhaps
// escaped: whoever runs its host passes on what stands there.
func holdsLink(u *url.URL) bool {
	rest := u.EscapedPath() + "?" + u.RawQuery + "#" + u.EscapedFragment()
	for range 3 {
		for _, scheme := range []string{"http:/", "https:/"} {
			for text := strings.ToLower(rest); ; {
				_, after, found := strings.Cut(text, scheme)
				if !found {
					break
				}
				if host, _, _ := strings.Cut(strings.TrimLeft(after, "/")+"/", "/"); strings.Contains(strings.Trim(host, "."), ".") {
					return true
				}
				text = after
			}
		}
		readable, err := url.PathUnescape(rest)
		if err != nil {
			return false
		}
		rest = readable
	}
	return false
}
