package models

import (
	"fmt"
	"regexp"
	"strings"
)

const mostSlug = 80

var (
	slugPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	uuidPattern = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
)

// romanised writes letters of other scripts, as Fold leaves them, in Latin ones, plainly: enough
// for an address.
var romanised = map[rune]string{
	'ا': "a", 'ب': "b", 'ت': "t", 'ث': "th", 'ج': "j", 'ح': "h", 'خ': "kh", 'د': "d", 'ذ': "dh", 'ر': "r", 'ز': "z",
	'س': "s", 'ش': "sh", 'ص': "s", 'ض': "d", 'ط': "t", 'ظ': "z", 'ع': "a", 'غ': "gh", 'ف': "f", 'ق': "q", 'ك': "k",
	'ل': "l", 'م': "m", 'ن': "n", 'ه': "h", 'و': "w", 'ي': "y", 'پ': "p", 'چ': "ch", 'ژ': "zh", 'گ': "g",
	'א': "a", 'ב': "b", 'ג': "g", 'ד': "d", 'ה': "h", 'ו': "v", 'ז': "z", 'ח': "h", 'ט': "t", 'י': "y", 'כ': "k",
	'ל': "l", 'מ': "m", 'נ': "n", 'ס': "s", 'ע': "a", 'פ': "p", 'צ': "ts", 'ק': "q", 'ר': "r", 'ש': "sh", 'ת': "t",
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ж': "zh", 'з': "z", 'и': "i", 'к': "k",
	'л': "l", 'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "kh",
	'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "shch", 'ъ': "", 'ы': "y", 'ь': "", 'э': "e", 'ю': "yu", 'я': "ya",
	'і': "i", 'є': "ye", 'ґ': "g", 'ђ': "dj", 'ј': "j", 'љ': "lj", 'њ': "nj", 'ћ': "c", 'џ': "dz", 'ѕ': "dz",
}

// Slug makes the readable part of an address from a name: small letters a–z, digits and single
// hyphens, at most 80. It is "" when nothing of the name can be written so, or only what would
// be taken for an id.
func Slug(name string) string {
	var out strings.Builder
	for _, r := range Fold(name) {
		switch latin, listed := romanised[r]; {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			out.WriteRune(r)
		case listed:
			out.WriteString(latin)
		case r == ' ':
			out.WriteByte(' ')
		}
	}
	slug := cutSlug(strings.Join(strings.Fields(out.String()), "-"))
	if uuidPattern.MatchString(slug) {
		return ""
	}
	return slug
}

// cutSlug shortens a slug between words, where it has several.
func cutSlug(slug string) string {
	if len(slug) <= mostSlug {
		return slug
	}
	if cut := strings.LastIndexByte(slug[:mostSlug+1], '-'); cut > 0 {
		return slug[:cut]
	}
	return slug[:mostSlug]
}

// NumberedSlug is the nth slug for a name that several entities have: "microsoft-2".
func NumberedSlug(slug string, n int) string {
	return fmt.Sprintf("%s-%d", strings.TrimRight(slug[:min(len(slug), mostSlug-6)], "-"), n)
}

// ValidSlug reports whether a text is a slug, and could not be taken for an id.
func ValidSlug(text string) bool {
	return len(text) <= mostSlug && slugPattern.MatchString(text) && !uuidPattern.MatchString(text)
}
