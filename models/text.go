package models

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// lineEnds are the ends of lines that word processors and other systems write.
const lineEnds = "\r\v\f\u0085\u2028\u2029"

// CleanText normalises a text that is to be stored: Unicode NFC, \n for line ends, no control
// characters, no marks that reorder text, no blanks at the ends. problem is a sentence when the
// text cannot be stored.
func CleanText(text string) (clean, problem string) {
	if !utf8.ValidString(text) {
		return text, "This is no valid UTF-8 text; type it again."
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case strings.ContainsRune(lineEnds, r):
			return '\n'
		case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0xFEFF:
			return -1
		}
		return r
	}, text)
	return strings.TrimSpace(norm.NFC.String(text)), ""
}

const mostURL = 2000

// ValidHTTPURL gives "" for an absolute http or https URL with a host; otherwise a sentence.
func ValidHTTPURL(text string) string {
	const remedy = "A link must begin with https:// or http:// and name a host."
	if len(text) > mostURL {
		return "This link is too long; a link has at most 2,000 bytes."
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, hidden) {
		return "A link has no blanks and no hidden characters; copy it again."
	}
	// The databases compare the scheme as it stands.
	if !strings.HasPrefix(text, "https://") && !strings.HasPrefix(text, "http://") {
		return remedy
	}

	parsed, err := url.Parse(text)
	switch {
	case err != nil || strings.Trim(parsed.Hostname(), ".") == "":
		return remedy
	case parsed.User != nil:
		return "A link must not hold a name or password; take out what stands before the @."
	case parsed.Port() != "" && !validPort(parsed.Port()):
		return "The port of a link is a number from 1 to 65535; correct it or leave it out."
	}
	return ""
}

func hidden(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

func validPort(text string) bool {
	port, err := strconv.ParseUint(text, 10, 16)
	return err == nil && port > 0
}
