package models

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// CleanText normalises a text that is to be stored: Unicode NFC, \n for line ends, no control
// characters, no marks that reorder text, no blanks at the ends. problem is a sentence when the
// text cannot be stored.
func CleanText(text string) (clean, problem string) {
	if !utf8.ValidString(text) {
		return text, "This is no valid UTF-8 text; type it again."
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0xFEFF:
			return -1
		}
		return r
	}, text)
	return strings.TrimSpace(norm.NFC.String(text)), ""
}

// ValidHTTPURL gives "" for an absolute http or https URL with a host; otherwise a sentence.
func ValidHTTPURL(text string) string {
	const remedy = "A link must begin with https:// or http:// and name a host."
	if len(text) > 2000 {
		return "This link is too long; a link has at most 2,000 letters."
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return "A link has no blanks; copy it again."
	}
	parsed, err := url.Parse(text)
	switch {
	case err != nil || parsed.Host == "" || parsed.Hostname() == "":
		return remedy
	case parsed.Scheme != "http" && parsed.Scheme != "https":
		return remedy
	case parsed.User != nil:
		return "A link must not hold a name or password; take out what stands before the @."
	}
	return ""
}

// trackers are parameters that name a campaign or a reader, not a document.
var trackers = []string{"fbclid", "gclid", "dclid", "msclkid", "mc_cid", "mc_eid", "igshid", "cmp"}

// NormalURL is the form in which links are compared: small host without "www.", no default port,
// fragment, tracking parameters or closing slash. "" for what is no link.
func NormalURL(text string) string {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Host == "" {
		return ""
	}
	host := strings.TrimPrefix(strings.ToLower(parsed.Hostname()), "www.")
	if port := parsed.Port(); port != "" && port != "80" && port != "443" {
		host += ":" + port
	}
	query := parsed.Query()
	for name := range query {
		if strings.HasPrefix(name, "utm_") {
			query.Del(name)
		}
	}
	for _, name := range trackers {
		query.Del(name)
	}
	normal := "https://" + host + strings.TrimRight(parsed.EscapedPath(), "/")
	if encoded := query.Encode(); encoded != "" {
		normal += "?" + encoded
	}
	return normal
}
