package models

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestCleanText_givesEqualContentsOneForm(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		" \t\n a b \u00a0\r\n":          "a b",
		"a\r\nb\rc\nd":                  "a\nb\nc\nd",
		"a\tb":                          "a\tb",
		"a  b":                          "a  b",
		"e\u0301":                       "é",
		"a\x00\x07\x1b[31mb\x7f\u0080c": "a[31mbc",
		"a\u0085b\vc\fd\u2028e":         "a\nb\nc\nd\ne",
		"\u202eabc\u202c":               "abc",
		"\u2066abc\u2069":               "abc",
		"\ufeffabc":                     "abc",
		"\u200fעברית\u200e":             "\u200fעברית\u200e",
		"می\u200cخواهم":                 "می\u200cخواهم",
		"👩\u200d👧":                      "👩\u200d👧",
		"<b>&amp;'\"</b>":               "<b>&amp;'\"</b>",
		"\u2028":                        "",
		"\x00 \x00":                     "",
		"\u202a\u202b\u202c\u202d \t":   "",
	} {
		if got, problem := CleanText(text); got != want || problem != "" {
			t.Errorf("CleanText(%q) = %q, %q, want %q", text, got, problem, want)
		}
	}
}

func TestCleanText_saysWhatCannotBeKept(t *testing.T) {
	for _, text := range []string{"\xff", "a\xc3", "\xed\xa0\x80"} {
		if clean, problem := CleanText(text); clean != text || !strings.Contains(problem, "no valid UTF-8") {
			t.Errorf("CleanText(%q) = %q, %q", text, clean, problem)
		}
	}
}

func FuzzCleanText(f *testing.F) {
	for _, seed := range []string{" a\r\nb ", "e\u0301", "\r\x00\n", "\u202e\u0301", "\xff", "\u2000 a", " \u0301a", "\u1100\x00\u1161"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		clean, problem := CleanText(text)
		if (problem == "") != utf8.ValidString(text) {
			t.Fatalf("%q gave the problem %q", text, problem)
		}
		if problem != "" {
			return
		}
		if again, _ := CleanText(clean); again != clean {
			t.Errorf("%q gave %q, which gave %q", text, clean, again)
		}
		if strings.TrimSpace(clean) != clean || strings.ContainsFunc(clean, func(r rune) bool {
			return r != '\n' && r != '\t' && unicode.IsControl(r)
		}) {
			t.Errorf("%q gave %q", text, clean)
		}
	})
}

func TestValidHTTPURL_takesLinksToTheWeb(t *testing.T) {
	for _, text := range []string{
		"https://example.org", "http://example.org/a/b?c=d&e=%20#f", "https://Example.ORG", "https://example.org:8443/",
		"https://[2001:db8::1]:8080/a", "https://192.0.2.1/", "https://xn--bcher-kva.example/", "https://bücher.example/ä?ö",
		"https://example.org/@name", "https://example.org/a?to=b@c", "https://example.org/" + strings.Repeat("a", 1980),
	} {
		if problem := ValidHTTPURL(text); problem != "" {
			t.Errorf("%q: %s", text, problem)
		}
	}
}

func TestValidHTTPURL_refusesWhatCouldHarmAReader(t *testing.T) {
	const form, hidden, person, port, long = "must begin with https://", "no blanks and no hidden", "before the @", "from 1 to 65535", "2,000 bytes"
	for text, want := range map[string]string{
		"":                                  form,
		"javascript:alert(1)":               form,
		"JaVaScript:alert(1)":               form,
		"javascript://example.org/%0aalert": form,
		"data:text/html,<script>":           form,
		"vbscript:x":                        form,
		"file:///etc/passwd":                form,
		"ftp://example.org/":                form,
		"mailto:a@example.org":              form,
		"//example.org/a":                   form,
		"/a":                                form,
		"example.org":                       form,
		"example.org:443/a":                 form,
		"https:":                            form,
		"https:/example.org":                form,
		"https:example.org":                 form,
		"https:///a":                        form,
		"https://:443/a":                    form,
		"https://exa\\mple.org":             form,
		"https://example.org:port/":         form,
		"https://example.org/%zz":           form,
		"https://[::1":                      form,
		"HTTPS://example.org":               form,
		"https://./":                        form,
		"https://example.org:65536/":        port,
		"https://example.org:0/":            port,
		" https://example.org":              hidden,
		"https://example.org/a b":           hidden,
		"https://example.org\n":             hidden,
		"java\tscript:alert(1)":             hidden,
		"https://example.org/\x00":          hidden,
		"https://example.org/\u00a0":        hidden,
		"https://user@example.org":          person,
		"https://user:secret@example.org/":  person,
		"https://microsoft.com@example.org": person,
		"https://@example.org":              person,
		"https://example.org/\xff":          hidden,
		"https://exam\u200bple.org/":        hidden,
		"https://example.org/\u202e":        hidden,
		"https://example.org/" + strings.Repeat("a", 2000): long,
	} {
		problem := ValidHTTPURL(text)
		if !strings.Contains(problem, want) || !strings.HasSuffix(problem, ".") {
			t.Errorf("%q: got %q, want a sentence with %q", text, problem, want)
		}
	}
}

func TestNormalURL_leavesOutWhatNamesNoDocument(t *testing.T) {
	for text, want := range map[string]string{
		"https://www.Example.org/":                            "https://example.org",
		"http://example.org":                                  "https://example.org",
		"http://example.org:80/a/":                            "https://example.org/a",
		"https://example.org:443/a#part":                      "https://example.org/a",
		"https://example.org:8443/a":                          "https://example.org:8443/a",
		"https://example.org/a?utm_source=x&utm_medium=y&b=1": "https://example.org/a?b=1",
		"https://example.org/a?fbclid=x&gclid=y":              "https://example.org/a",
		"https://example.org/a?c=2&b=1":                       "https://example.org/a?b=1&c=2",
		"https://example.org/A?B=C":                           "https://example.org/A?B=C",
		"https://example.org/a%2Fb":                           "https://example.org/a%2Fb",
		"":                                                    "",
		"no link":                                             "",
		"//":                                                  "",
		"mailto:a@example.org":                                "",
		"https://[::1":                                        "",
		"javascript://example.org":                            "",
		"http://example.org:443/":                             "https://example.org",
		"http://[2001:db8::1]:8080/":                          "https://[2001:db8::1]:8080",
		"https://example.org/?UTM_Source=a&FBCLID=b":          "https://example.org",
		"https://example.org/a?CMP=share_btn&UTM_Source=x":    "https://example.org/a",
		"https://example.org/?a;b":                            "https://example.org?a;b",
	} {
		if got := NormalURL(text); got != want {
			t.Errorf("NormalURL(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestNormalURL_staysShortAndDistinct(t *testing.T) {
	long := "https://example.org/" + strings.Repeat("é", 1000)
	a, b := NormalURL(long+"a"), NormalURL(long+"b")
	if a == b || len(a) > 2000 || !utf8.ValidString(a) || NormalURL(long+"a") != a {
		t.Errorf("links of %d bytes are compared as %q and %q", len(long), a, b)
	}
}

func FuzzHTTPURL(f *testing.F) {
	for _, seed := range []string{
		"https://example.org/a?b=c#d", "javascript:alert(1)", "//example.org", "https://user@example.org", "http://[::1%25eth0]:80/",
		"https://example.org/\xff", "https://example.org//?utm_x=1;b", "HTTP://WWW.EXAMPLE.ORG:80//", "https://www./",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		normal := NormalURL(text)
		if again := NormalURL(normal); ValidHTTPURL(normal) == "" && again != normal {
			t.Errorf("%q is compared as %q, and that as %q", text, normal, again)
		}
		if ValidHTTPURL(text) != "" {
			return
		}
		if !strings.HasPrefix(text, "https://") && !strings.HasPrefix(text, "http://") || strings.ContainsFunc(text, unicode.IsSpace) || !utf8.ValidString(text) {
			t.Errorf("%q is taken for a link", text)
		}
		if normal == "" {
			t.Errorf("%q is taken for a link, and has no form to compare", text)
		}
	})
}
