package models

import (
	"strings"
	"testing"
)

// onePage are addresses of one page each, the normal form first.
var onePage = [][]string{
	{"https://news.example/2025/story", "http://news.example/2025/story", "https://WWW.News.Example/2025/story/", "https://news.example./2025/story", "https://news.example:443/2025/story",
		"http://news.example:80/2025/story", "https://news.example//2025///story", "https://news.example/2025/./story", "https://news.example/2024/../2025/story",
		"https://news.example/2025/%73tory", "https://news.example/2025/story#comments", "https://news.example/2025/story#:~:text=in%20words", "https://news.example/2025/story?utm_source=x&utm_medium=y",
		"https://news.example/2025/story?fbclid=1&gclid=2", "https://m.news.example/2025/story", "https://mobile.news.example/2025/story", "https://amp.news.example/2025/story", "https://www.m.news.example/2025/story",
		"https://news.example/2025/story/amp", "https://news.example/2025/story?amp=1", "https://news.example/2025/story?outputType=amp", "https://news.example/2025/story?",
		// archives
		"https://web.archive.org/web/20250926101112/https://news.example/2025/story", "https://web.archive.org/web/20250926101112id_/https://news.example/2025/story",
		"https://web.archive.org/web/20250926101112if_/http://news.example:80/2025/story", "https://web.archive.org/web/2025*/news.example/2025/story", "https://web.archive.org/web/*/https://news.example/2025/story",
		"https://web.archive.org/web/https://news.example/2025/story", "https://web.archive.org/web/2/https:/news.example/2025/story", "https://web.archive.org/web/20250926/news.example/2025/story",
		"https://archive.org/web/2025/https://news.example/2025/story", "https://web.archive.org/save/https://news.example/2025/story", "http://archive.today/20250926/https://news.example/2025/story",
		"https://archive.ph/2025.09.26-101112/https://news.example/2025/story", "https://archive.is/newest/https://news.example/2025/story", "https://archive.li/o/AbCdE/https://news.example/2025/story",
		"https://archive.vn/https://news.example/2025/story", "https://archive.fo/?run=1&url=https%3A%2F%2Fnews.example%2F2025%2Fstory", "https://archive.md/submit/?url=https://news.example/2025/story",
		"https://perma-archives.org/warc/20250926/https://news.example/2025/story", "https://arquivo.pt/wayback/20250926101112/https://news.example/2025/story", "https://wayback.archive-it.org/1234/20250926101112/https://news.example/2025/story",
		"https://web.archive.org/web/2025/https%3A%2F%2Fnews.example%2F2025%2Fstory", "https://ghostarchive.org/archive/20250926/https://news.example/2025/story",
		// caches and wrappers
		"https://www.google.com/amp/s/news.example/2025/story", "https://www.google.de/url?sa=t&q=https%3A%2F%2Fnews.example%2F2025%2Fstory&ved=1", "https://google.com/url?url=https://news.example/2025/story",
		"https://r.jina.ai/https://news.example/2025/story", "https://news.example/2025/story;jsessionid=0A1B2C.node1", "https://news-example.translate.goog/2025/story?_x_tr_sl=auto&_x_tr_tl=en",
		"https://news-example.cdn.ampproject.org/c/s/news.example/2025/story", "https://cdn.ampproject.org/v/s/news.example/2025/story?amp_js_v=0.1&usqp=mq3", "https://www.bing-amp.com/c/s/news.example/2025/story",
		"https://l.facebook.com/l.php?u=https%3A%2F%2Fnews.example%2F2025%2Fstory%3Ffbclid%3Dx&h=y", "https://lm.facebook.com/l.php?u=https://news.example/2025/story", "https://l.instagram.com/?u=https%3A%2F%2Fnews.example%2F2025%2Fstory",
		"https://t.umblr.com/redirect?z=https%3A%2F%2Fnews.example%2F2025%2Fstory&t=a", "https://out.reddit.com/t3_a?url=https%3A%2F%2Fnews.example%2F2025%2Fstory&token=b", "https://duckduckgo.com/l/?uddg=https%3A%2F%2Fnews.example%2F2025%2Fstory",
		"https://www.linkedin.com/redir/redirect?url=https%3A%2F%2Fnews%2Eexample%2F2025%2Fstory&urlhash=x", "https://slack-redir.net/link?url=https%3A%2F%2Fnews.example%2F2025%2Fstory",
		"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fnews.example%2F2025%2Fstory&data=05", "https://www.bing.com/ck/a?!&&p=1&u=a1aHR0cHM6Ly9uZXdzLmV4YW1wbGUvMjAyNS9zdG9yeQ&ntb=1",
		"https://www.youtube.com/redirect?event=video&q=https%3A%2F%2Fnews.example%2F2025%2Fstory", "https://vk.com/away.php?to=https%3A%2F%2Fnews.example%2F2025%2Fstory",
		"https://urldefense.proofpoint.com/v2/url?u=https-3A__news.example_2025_story&d=D", "https://translate.google.com/translate?sl=auto&tl=en&u=https://news.example/2025/story",
		// one in another
		"https://web.archive.org/web/2025/https://archive.ph/2025/https://m.news.example/2025/story/amp?utm_source=a", "https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttps%253A%252F%252Fnews.example%252F2025%252Fstory",
	},
	{"https://news.example", "https://news.example/", "http://www.news.example//", "https://news.example/#", "https://news.example/?utm_source=x", "https://news.example/#/", "https://news.example/a/.."},
	{"https://news.example/a?b=1&c=2", "https://news.example/a?c=2&b=1", "https://news.example/a?b=1&&c=2&", "https://news.example/a/?utm_id=3&c=2&b=1", "https://news.example/a?%62=1&c=%32"},
	{"https://news.example/a-b_c~d/%C3%A9", "https://news.example/a%2Db%5Fc%7Ed/%c3%a9", "https://news.example/a%2db%5fc%7ed/é"},
	{"https://en.wiki.example/Foo_(bar)", "https://en.wiki.example/Foo_%28bar%29"},
	{"https://news.example/a?q=x%20y", "https://news.example/a?q=x+y", "https://news.example/a?q=x%20y"},
	{"https://xn--bcher-kva.example/a", "https://bücher.example/a", "https://BÜCHER.example/a", "https://www.xn--bcher-kva.example/a/", "https://XN--BCHER-KVA.example/a"},
	{"https://app.example#/doc/1", "https://app.example/#/doc/1", "https://www.app.example/#/doc/1/", "http://app.example/?utm_source=x#/doc/1", "https://web.archive.org/web/2025/https://app.example/#/doc/1"},
	{"https://app.example#!doc/1", "https://app.example/#!doc/1"},
	{"https://archive.today/AbCdE", "https://archive.ph/AbCdE", "http://archive.is/AbCdE", "https://archive.li/AbCdE/", "https://archive.md/AbCdE#selection-1.2", "https://archive.vn/AbCdE/image", "https://archive.fo/wip/AbCdE", "https://www.archive.today/AbCdE"},
	{"https://perma.cc/ABCD-1234", "http://perma.cc/ABCD-1234?type=image", "https://www.perma.cc/ABCD-1234/"},
	{"https://ghostarchive.org/archive/AbCdE", "http://ghostarchive.org/archive/AbCdE?kreymer=false"},
	{"https://youtube.com/watch?v=dQw4w9WgXcQ", "https://youtu.be/dQw4w9WgXcQ?si=a", "https://m.youtube.com/watch?v=dQw4w9WgXcQ&t=30s", "https://www.youtube.com/watch?feature=share&v=dQw4w9WgXcQ", "https://ghostarchive.org/varchive/dQw4w9WgXcQ"},
	{"https://x.com/a/status/1", "https://twitter.com/a/status/1?s=20", "https://mobile.twitter.com/a/status/1", "https://x.com/a/status/1?t=b&s=1"},
	{"https://en.wikipedia.org/wiki/A", "https://en.m.wikipedia.org/wiki/A", "http://en.wikipedia.org/wiki/A#History"},
	{"https://[2001:db8::1]:8080", "http://[2001:DB8::1]:8080/"},
	{"https://news.example:8443/a", "https://www.news.example:08443/a"},
}

func TestNormalURL_isOneForOnePage(t *testing.T) {
	for _, page := range onePage {
		for _, text := range page {
			if got := NormalURL(text); got != page[0] {
				t.Errorf("%s\n is %s,\nwant %s", text, got, page[0])
			}
		}
	}
}

// Pairs of pages that look alike.
func TestNormalURL_keepsPagesApart(t *testing.T) {
	for _, pair := range [][2]string{
		{"https://app.example/#/doc/1", "https://app.example/#/doc/2"}, {"https://app.example/#!doc/1", "https://app.example/#!doc/2"}, {"https://app.example/#/doc/1", "https://app.example/"},
		{"https://news.example/a", "https://news.example/A"}, {"https://news.example/a?id=1", "https://news.example/a?id=2"}, {"https://news.example/a?id=1", "https://news.example/a"},
		{"https://news.example/a?q=1&q=2", "https://news.example/a?q=2&q=1"}, {"https://news.example/a%2Fb", "https://news.example/a/b"}, {"https://news.example/a?b=c%26d", "https://news.example/a?b=c&d"},
		{"https://news.example/a%3Fb", "https://news.example/a?b"}, {"https://news.example/a%23b", "https://news.example/a#b"}, {"https://news.example/a%25", "https://news.example/a"},
		{"https://one.news.example/a", "https://two.news.example/a"}, {"https://news.example/a", "https://news.example:8443/a"}, {"https://news.example", "https://news.example.org"},
		{"https://m.co.uk/a", "https://co.uk/a"}, {"https://m.blogspot.com/a", "https://blogspot.com/a"}, {"https://a.blogspot.com/a", "https://b.blogspot.com/a"},
		{"https://archive.ph/AbCdE", "https://archive.ph/AbCdF"}, {"https://archive.ph/AbCdE", "https://archive.ph/abcde"}, {"https://perma.cc/ABCD-1234", "https://perma.cc/ABCD-1235"},
		{"https://ghostarchive.org/archive/AbCdE", "https://ghostarchive.org/archive/AbCdF"}, {"https://archive.org/details/one", "https://archive.org/details/two"},
		{"https://web.archive.org/web/2025/https://news.example/a", "https://web.archive.org/web/2025/https://news.example/b"}, {"https://web.archive.org/web/2025/https://news.example/?p=1", "https://web.archive.org/web/2025/https://news.example/?p=2"},
		{"https://www.google.com/search?q=a", "https://www.google.com/search?q=b"}, {"https://www.google.com/url?q=https://news.example/a", "https://www.google.com/url?q=https://news.example/b"},
		{"https://l.facebook.com/l.php?u=nonsense", "https://l.facebook.com/l.php?u=other"}, {"https://www.facebook.com/a/posts/1", "https://www.facebook.com/a/posts/2"}, {"https://x.com/a/status/1", "https://x.com/a/status/2"},
		{"https://youtu.be/dQw4w9WgXcQ", "https://youtu.be/dQw4w9WgXcR"}, {"https://news.example/champ", "https://news.example/ch"}, {"https://news.example/lamp", "https://news.example/l"},
		{"https://bücher.example", "https://bucher.example"}, {"https://news.example/é", "https://news.example/e"}, {"https://news.example/a+b", "https://news.example/a%20b"},
		{"https://other.example/url?q=https://news.example/a", "https://news.example/a"}, {"https://other.example/web/2025/https://news.example/a", "https://news.example/a"},
		{"https://notgoogle.com/url?q=https://news.example/a", "https://news.example/a"}, {"https://google.evil.example/url?q=https://news.example/a", "https://news.example/a"},
		{"https://news.example/a?ref=1", "https://news.example/a?ref=2"}, {"https://news.example/a?t=1", "https://news.example/a?t=2"}, {"https://news.example/a?source=1", "https://news.example/a"},
		{"https://exa\u2100.example", "https://exaa/c.example"},
	} {
		if a, b := NormalURL(pair[0]), NormalURL(pair[1]); a == b {
			t.Errorf("%s and %s are both %s", pair[0], pair[1], a)
		}
	}
}

func TestSiteOf_namesWhoStandsBehindAnAddress(t *testing.T) {
	for text, want := range map[string]string{
		"https://www.news.example/a": "news.example", "https://blog.news.example/b": "news.example", "https://news.example.co.uk/a": "example.co.uk", "https://www.gov.uk/a": "gov.uk", "https://mod.gov.uk/a": "mod.gov.uk",
		"https://one.blogspot.com/a": "one.blogspot.com", "https://one.substack.com/p/a": "one.substack.com", "https://medium.com/@One/a": "medium.com/@one", "https://one.medium.com/a": "one.medium.com", "https://substack.com/@one/note/1": "substack.com/@one",
		"https://one.github.io/a": "one.github.io", "https://one.wordpress.com/a": "one.wordpress.com", "https://x.com/one/status/1": "x.com", "https://medium.com/a": "medium.com",
		"https://web.archive.org/web/2025/https://www.news.example/a": "news.example", "https://203.0.113.5/a": "",
		"https://archive.ph/AbCdE": "", "https://perma.cc/ABCD-1234": "", "https://t.co/abc": "", "https://docs.google.com/document/d/1": "", "https://web.archive.org/": "", "https://assets.documentcloud.org/documents/1": "",
		"http://localhost:8080/a": "", "http://127.0.0.1/a": "", "http://192.168.1.5/a": "", "http://[::1]/a": "", "http://nas.local/a": "", "http://intranet/a": "", "": "", "no link": "",
		"https://blog.google.com/a": "google.com",
	} {
		if got := SiteOf(text); got != want {
			t.Errorf("SiteOf(%q) = %q, want %q", text, got, want)
		}
	}
}

func FuzzNormalURL_isItsOwnNormalForm(f *testing.F) {
	for _, page := range onePage {
		for _, text := range page {
			f.Add(text)
		}
	}
	for _, text := range []string{"https://a/amp/amp/amp", "https://m.m.m.a.example", "https://news.example/%zz", "https://a.example/../../..", "https://a.example/?%zz=%", "https://web.archive.org/web/2025/http://",
		strings.Repeat("https://archive.ph/", 60) + "a.example", "https://google.com/url?q=https://google.com/url?q=http://google.com/url", "https://xn--a.example", "https://a.example/#!#!", "https://a.example:99999/"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		normal := NormalURL(text)
		if again := NormalURL(normal); again != normal {
			t.Errorf("%q is compared as %q, and that as %q", text, normal, again)
		}
		SiteOf(text)
		ArticleURL(text)
	})
}
