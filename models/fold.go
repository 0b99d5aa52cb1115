package models

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// folds maps letters to what search takes them for. What is not here and has no decomposition
// stands for itself.
var folds = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", 'ħ': "h",
	'ŧ': "t", 'ς': "σ",
	// Arabic: forms of alef, hamza carriers, taa marbuta, alef maqsura, Persian letters.
	'ٱ': "ا", 'ؤ': "و", 'ئ': "ي", 'ى': "ي", 'ة': "ه", 'ک': "ك", 'ی': "ي", 'ھ': "ه", 'ء': "",
	'ہ': "ه", 'ۃ': "ه", 'ە': "ه", 'ے': "ي", 'ڪ': "ك",
	'ـ': "",
	// Hebrew: final letters and ligatures.
	'ך': "כ", 'ם': "מ", 'ן': "נ", 'ף': "פ", 'ץ': "צ", 'װ': "וו", 'ױ': "וי", 'ײ': "יי",
	// Marks that stand inside words.
	'\'': "", '’': "", '‘': "", '`': "", 'ʼ': "", '"': "", '”': "", '“': "", '׳': "", '״': "",
	'‛': "", '‟': "", '„': "", '‚': "", '′': "", 'ꞌ': "",
	// Letters that show nothing.
	'\u115f': "", '\u1160': "",
}

// apart are signs whose decomposition would make something else of them: a blank inside a word, or
// letters of its end.
var apart = strings.NewReplacer("\u00b4", "", "\u1ffd", "", "™", " ", "℠", " ")

// Fold gives the form of a text in which names are compared and searched, on both engines: small
// letters without accents, one form for Arabic and Hebrew letter variants, single spaces for
// punctuation. Fold of a folded text is that text.
func Fold(text string) string {
	if isPlain(text) {
		return strings.ToLower(text)
	}
	return foldAny(text)
}

// isPlain tells words of ASCII letters and digits, of which most texts are made: to fold them is to
// write them small.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9') {
			return false
		}
	}
	return true
}

func foldAny(text string) string {
	text = norm.NFKD.String(apart.Replace(strings.ToValidUTF8(text, " ")))
	var out strings.Builder
	for _, r := range text {
		foldRune(&out, unicode.ToLower(r))
	}
	return joinInitials(strings.Fields(norm.NFC.String(out.String())))
}

func foldRune(out *strings.Builder, r rune) {
	folded, listed := folds[r]
	switch {
	case listed:
		out.WriteString(folded)
	case r >= 0x02B9 && r <= 0x02FF: // Signs of transliteration, such as ʿ and ʾ.
	case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) || unicode.Is(unicode.Cf, r):
	case unicode.IsDigit(r):
		out.WriteRune(asciiDigit(r))
	case unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.Mc, r):
		out.WriteRune(r)
	case r == '.':
		out.WriteString(" . ")
	default:
		out.WriteByte(' ')
	}
}

// asciiDigit gives the ASCII form of a decimal digit of any script. Unicode keeps the ten digits
// of a script together, so that the distance to the zero is the value.
func asciiDigit(r rune) rune {
	zero := r
	for zero > 0 && unicode.IsDigit(zero-1) && r-zero < 9 {
		zero--
	}
	if r <= '9' {
		return r
	}
	return '0' + (r-zero)%10
}

// joinInitials drops dots, and joins the single letters between them: "u . s ." is "us".
// Digits stay apart: 1.5 is not 15.
func joinInitials(words []string) string {
	var out strings.Builder
	joining := false
	for i, word := range words {
		if word == "." {
			continue
		}
		first, size := utf8.DecodeRuneInString(word)
		single := size == len(word) && unicode.IsLetter(first)
		if out.Len() > 0 && !(joining && single) {
			out.WriteByte(' ')
		}
		out.WriteString(word)
		joining = single && i+1 < len(words) && words[i+1] == "."
	}
	return out.String()
}

// smallWords are left out of acronyms.
var smallWords = map[string]bool{"a": true, "an": true, "at": true, "by": true, "of": true, "the": true, "for": true, "and": true, "in": true,
	"on": true, "to": true, "de": true, "del": true, "la": true, "le": true, "les": true, "des": true, "du": true, "der": true, "die": true,
	"und": true, "von": true, "van": true, "et": true}

// Acronym gives the folded first letters of a name's words, without small words: "idf" for
// "Israel Defense Forces". It is "" for names of a single word, and where a word begins with what
// is no letter.
func Acronym(name string) string {
	var letters []rune
	for _, word := range strings.Fields(Fold(name)) {
		first, _ := utf8.DecodeRuneInString(word)
		if !unicode.IsLetter(first) {
			return ""
		}
		if !smallWords[word] {
			letters = append(letters, first)
		}
	}
	if len(letters) < 2 {
		return ""
	}
	return string(letters)
}

// Trigrams lists the distinct runs of three letters of a folded text as pg_trgm does: each word
// padded with two spaces before and one after, in the order of their bytes.
func Trigrams(folded string) []string {
	var list []string
	for _, word := range strings.Fields(folded) {
		letters := []rune("  " + word + " ")
		for i := range len(letters) - 2 {
			list = append(list, string(letters[i:i+3]))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Similarity is the share of trigrams that two folded texts have in common, from 0 to 1.
func Similarity(a, b string) float64 {
	first, second := Trigrams(a), Trigrams(b)
	shared := 0
	for i, j := 0, 0; i < len(first) && j < len(second); {
		switch strings.Compare(first[i], second[j]) {
		case -1:
			i++
		case 1:
			j++
		default:
			shared, i, j = shared+1, i+1, j+1
		}
	}
	if all := len(first) + len(second) - shared; all > 0 {
		return float64(shared) / float64(all)
	}
	return 0
}
