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
	{"https://youtube.com/watch?v=dQw4w9WgXcQ", "https://youtu.be/dQw4w9WgXcQ?si=a", "https://m.youtube.com/watch?v=dQw4w9WgXcQ&t=30s", "https://www.youtube.com/watch?feature=share&v=dQw4w9WgXcQ", "https://ghostarchive.org/varchive/dQw4w9WgXcQ",
		"https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ", "https://yewtu.be/watch?v=dQw4w9WgXcQ", "https://piped.video/watch?v=dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=PL1&index=2", "https://www.youtube.com/e/dQw4w9WgXcQ",
		"https://www.youtube.com/attribution_link?u=/watch?v=dQw4w9WgXcQ%26feature=share", "https://www.youtube.com/attribution_link?u=/watch?v=dQw4w9WgXcQ"},
	// wrappers of a page whose host is on the public list
	{"https://news-paper.co.uk/2025/story?id=7", "https://www.news-paper.co.uk/2025/story?id=7&PHPSESSID=abc", "https://news-paper.co.uk/2025/story?id=7&sessionid=1", "https://news-paper.co.uk/2025/story?id=7&print=1",
		"https://www.google.co.uk/amp/s/news-paper.co.uk/2025/story%3fid=7", "https://www.google.de/amp/s/www.news-paper.co.uk/2025/story?id=7", "https://news--paper-co-uk.bing-amp.com/c/s/www.news-paper.co.uk/2025/story?id=7",
		"https://webcache.googleusercontent.com/search?q=cache:abcd:news-paper.co.uk/2025/story%3Fid%3D7+words&hl=en", "https://webcache.googleusercontent.com/search?q=cache:https://news-paper.co.uk/2025/story%3Fid%3D7", "https://www.google.com/search?q=cache:news-paper.co.uk/2025/story%3Fid%3D7",
		"https://web.archive.org/web/0/news-paper.co.uk/2025/story?id=7", "https://web.archive.org/web/news-paper.co.uk/2025/story?id=7", "https://web.archive.org/web/20/http://news-paper.co.uk/2025/story?id=7",
		"https://timetravel.mementoweb.org/memento/2025/https://news-paper.co.uk/2025/story?id=7", "https://webarchive.nla.gov.au/awa/20250301/https://news-paper.co.uk/2025/story?id=7", "https://vefsafn.is/is/20250301/https://news-paper.co.uk/2025/story?id=7",
		"https://wayback.vefsafn.is/wayback/20250301/https://news-paper.co.uk/2025/story?id=7", "https://www.webarchive.org.uk/wayback/archive/20250301/https://news-paper.co.uk/2025/story?id=7", "https://haw.nsk.hr/wayback/20250301/https://news-paper.co.uk/2025/story?id=7",
		"https://conifer.rhizome.org/u/c/20250301/https://news-paper.co.uk/2025/story?id=7", "https://webrecorder.io/u/c/20250301/https://news-paper.co.uk/2025/story?id=7", "https://webarchive.unesco.org/20250301/https://news-paper.co.uk/2025/story?id=7",
		"https://www.webharvest.gov/x/20250301/https://news-paper.co.uk/2025/story?id=7", "https://cc.bingj.com/cache.aspx?q=x&d=1&u=https://news-paper.co.uk/2025/story?id=7", "https://translate.yandex.com/translate?url=https://news-paper.co.uk/2025/story?id=7",
		"https://www.microsofttranslator.com/bv.aspx?a=https://news-paper.co.uk/2025/story?id=7", "https://urldefense.com/v3/__https://news-paper.co.uk/2025/story?id=7__;!!abc$", "https://urldefense.com/v3/__https:/*news-paper.co.uk/2025/story*id**A__;Lz89Nw!!abc$",
		"https://removepaywall.com/https://news-paper.co.uk/2025/story?id=7", "https://www.removepaywall.com/search?url=https://news-paper.co.uk/2025/story?id=7", "https://smry.ai/https://news-paper.co.uk/2025/story?id=7", "https://txtify.it/https://news-paper.co.uk/2025/story?id=7",
		"https://outline.com/https://news-paper.co.uk/2025/story?id=7", "https://via.hypothes.is/https://news-paper.co.uk/2025/story?id=7", "https://hyp.is/go?url=https://news-paper.co.uk/2025/story?id=7", "https://href.li/?https://news-paper.co.uk/2025/story?id=7", "https://anon.to/?https://news-paper.co.uk/2025/story?id=7",
		"https://view.officeapps.live.com/op/view.aspx?src=https%3A%2F%2Fnews-paper.co.uk%2F2025%2Fstory%3Fid%3D7", "https://validator.w3.org/nu/?doc=https://news-paper.co.uk/2025/story?id=7", "https://docs.google.com/viewer?url=https://news-paper.co.uk/2025/story?id=7",
		"https://ghostarchive.org/search?term=https://news-paper.co.uk/2025/story?id=7", "https://proxy.univ.edu/login?url=https://news-paper.co.uk/2025/story?id=7", "https://login.ezproxy.univ.edu/login?qurl=https://news-paper.co.uk/2025/story?id=7",
		"https://login.ezproxy.univ.edu/login?qurl=https%3A%2F%2Fnews-paper.co.uk%2F2025%2Fstory%3Fid%3D7", "https://www-news--paper-co-uk.ezproxy.univ.edu/2025/story?id=7", "https://www.news-paper.co.uk.ezproxy.univ.edu/2025/story?id=7",
		"https://www-news--paper-co-uk.proxy.library.univ.edu/2025/story?id=7"},
	// platforms
	{"https://doi.org/10.1234/abc.2025.7", "https://dx.doi.org/10.1234/abc.2025.7", "http://doi.org/10.1234%2Fabc.2025.7", "https://doi.org/10.1234/ABC.2025.7", "https://doi.org/doi:10.1234/abc.2025.7", "https://hdl.handle.net/10.1234/abc.2025.7", "https://sci-hub.se/10.1234/abc.2025.7"},
	{"https://arxiv.org/abs/2501.01234", "https://arxiv.org/pdf/2501.01234", "https://arxiv.org/pdf/2501.01234v2.pdf", "https://arxiv.org/abs/2501.01234v1", "https://export.arxiv.org/abs/2501.01234", "https://ar5iv.labs.arxiv.org/html/2501.01234", "https://ar5iv.org/abs/2501.01234",
		"https://www.alphaxiv.org/abs/2501.01234", "https://doi.org/10.48550/arXiv.2501.01234", "https://huggingface.co/papers/2501.01234"},
	{"https://arxiv.org/abs/cs/0101001", "https://arxiv.org/pdf/cs/0101001v3"},
	{"https://docs.google.com/document/d/1AbC", "https://docs.google.com/document/d/1AbC/edit", "https://docs.google.com/document/d/1AbC/view", "https://docs.google.com/document/d/1AbC/export?format=pdf", "https://docs.google.com/document/u/0/d/1AbC/edit#heading=h.1"},
	{"https://en.wikipedia.org/wiki/Foo_Bar", "https://en.m.wikipedia.org/wiki/Foo_Bar", "https://en.wikipedia.org/wiki/Foo%20Bar", "https://en.wikipedia.org/w/index.php?title=Foo_Bar", "https://en.wikipedia.org/wiki/Foo_Bar?oldid=123", "https://www.wikiwand.com/en/articles/Foo_Bar",
		"https://www.wikiwand.com/en/Foo_Bar", "https://en.wikipedia.org/wiki/foo_Bar"},
	{"https://sec.gov/Archives/edgar/data/1/000.htm", "https://www.sec.gov/ix?doc=/Archives/edgar/data/1/000.htm"},
	{"https://github.com/a/b/blob/main/f.md", "https://raw.githubusercontent.com/a/b/main/f.md", "https://raw.githubusercontent.com/A/b/refs/heads/main/f.md", "https://github.com/a/b/raw/main/f.md", "https://cdn.jsdelivr.net/gh/a/b@main/f.md", "https://raw.githack.com/a/b/main/f.md"},
	{"https://t.me/chan/55", "https://t.me/s/chan/55", "https://telegram.me/chan/55", "https://t.me/chan/55?single", "https://telegram.dog/Chan/55", "https://tgstat.com/channel/@chan/55"},
	{"https://medium.com/@someone/my-post-abc123", "https://someone.medium.com/my-post-abc123", "https://medium.com/@SomeOne/my-post-abc123?source=x", "https://freedium.cfd/https://medium.com/@someone/my-post-abc123", "https://scribe.rip/@someone/my-post-abc123"},
	{"https://x.com/i/status/1", "https://x.com/i/web/status/1", "https://x.com/A/status/1/photo/1", "https://nitter.net/a/status/1#m", "https://fxtwitter.com/a/status/1", "https://vxtwitter.com/a/status/1", "https://xcancel.com/a/status/1",
		"https://twstalker.com/a/status/1", "https://threadreaderapp.com/thread/1.html", "https://x.com/a/status/1", "https://twitter.com/a/statuses/1", "https://twitter.com/a/status/1?s=20", "https://mobile.twitter.com/a/status/1", "https://x.com/a/status/1?t=b&s=1"},
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
		{"https://youtube.com/playlist?list=a", "https://youtube.com/playlist?list=b"}, {"https://x.com/a", "https://x.com/b"}, {"https://arxiv.org/abs/2501.01234", "https://arxiv.org/abs/2501.01235"}, {"https://doi.org/10.1/a", "https://doi.org/10.1/b"},
		{"https://github.com/a/b/blob/main/f.md", "https://github.com/a/b/blob/dev/f.md"}, {"https://github.com/a/b/blob/main/f.md", "https://github.com/a/b/blob/main/F.md"}, {"https://t.me/chan/55", "https://t.me/chan/56"},
		{"https://en.wikipedia.org/wiki/A", "https://de.wikipedia.org/wiki/A"}, {"https://en.wikipedia.org/wiki/AB", "https://en.wikipedia.org/wiki/Ab"}, {"https://docs.google.com/document/d/1", "https://docs.google.com/document/d/2"},
		{"https://docs.google.com/forms/d/e/1/viewform", "https://docs.google.com/forms/d/e/2/viewform"}, {"https://one.medium.com/a", "https://two.medium.com/a"}, {"https://sec.gov/ix?doc=/Archives/1", "https://sec.gov/ix?doc=/Archives/2"},
		{"https://web.archive.org/web/researcher.php", "https://researcher.php"}, {"https://www-news-example.proxyhost.edu/a", "https://news.example/a"}, {"https://proxy.news.example/a", "https://news.example/a"},
		{"https://news.example/a?print=1234", "https://news.example/a"}, {"https://login.news.example/login?url=https://other.example/a", "https://other.example/a"},
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
		"https://one.blogspot.com/a": "one.blogspot.com", "https://one.substack.com/p/a": "one.substack.com", "https://medium.com/@One/a": "medium.com/@one", "https://one.medium.com/a": "medium.com/@one", "https://substack.com/@one/note/1": "substack.com/@one",
		"https://one.github.io/a": "one.github.io", "https://one.wordpress.com/a": "one.wordpress.com", "https://x.com/one/status/1": "", "https://medium.com/a": "medium.com",
		"https://web.archive.org/web/2025/https://www.news.example/a": "news.example", "https://203.0.113.5/a": "",
		"https://archive.ph/AbCdE": "", "https://perma.cc/ABCD-1234": "", "https://t.co/abc": "", "https://docs.google.com/document/d/1": "", "https://web.archive.org/": "", "https://assets.documentcloud.org/documents/1": "",
		"http://localhost:8080/a": "", "http://127.0.0.1/a": "", "http://192.168.1.5/a": "", "http://[::1]/a": "", "http://nas.local/a": "", "http://intranet/a": "", "": "", "no link": "",
		"https://blog.google.com/a": "google.com",
		// that hold another address in full, whoever wrapped it
		"https://wrapper.example/https://news.example/a": "", "https://wrapper.example/read?u=https://news.example/a": "", "https://wrapper.example/read?u=https%3A%2F%2Fnews.example%2Fa": "", "https://wrapper.example/https%3A%2F%2Fnews.example/a": "",
		"https://wrapper.example/web/2025/http:/news.example": "", "https://wrapper.example/read?u=https%253A%252F%252Fnews.example%252Fa": "", "https://wrapper.example/#/https://news.example/a": "",
		"https://news.example/2025/https-is-on-everywhere": "news.example", "https://news.example/http://": "news.example", "https://news.example/tags/https:/words": "news.example",
		// where anybody may write
		"https://www.reddit.com/r/x/comments/1/y": "", "https://flipboard.com/x": "", "https://getpocket.com/read/123": "", "https://feedproxy.google.com/~r/x": "", "https://www.printfriendly.com/p/g/abc": "", "https://preservetube.com/x": "",
		"https://t.me/chan/55": "", "https://youtu.be/dQw4w9WgXcQ": "", "https://doi.org/10.1234/abc": "", "https://archive.st/archive/2025/3/news.example/abcd/news.example/a": "",
		"https://github.com/One/b/blob/main/f.md": "github.com/one", "https://cdn.jsdelivr.net/gh/one/b/f.md": "github.com/one", "https://raw.githubusercontent.com/one/b/main/f.md": "github.com/one", "https://github.com": "github.com",
		"http://localhost/a": "", "http://tracker.localhost:8171/a": "", "http://10.1.2.3/a": "", "http://[fe80::1]/a": "",
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
