package services

import (
	"encoding/base64"
	"encoding/binary"
	"hash/fnv"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"plumbline/models"
)

// What a page says is compared by its sentences, without numbers: a clock, a counter of readers or
// an advertisement beside the article is no change of it. What matters is how much of what the page
// said is not there any more; what was added to it takes nothing away.

// Bounds of a sketch.
const (
	fewestSketched = 4   // words of a sentence that counts
	mostSketched   = 600 // sentences
	lostMuch       = 10  // percent of the words from which on a text is another one
)

// sketched is the mark of a sketch of sentences, sealed that of one of a whole file.
const (
	sketched = "s1:"
	sealed   = "f1:"
)

// sentence is a sentence of a sketch: its hash, and how many words it has.
type sentence struct {
	hash  uint32
	words uint8
}

// sketchOf makes the sketch of a text; "" of one without sentences.
func sketchOf(text string) string {
	list := sentencesOf(text)
	if len(list) == 0 {
		return ""
	}
	bytes := make([]byte, 0, 5*len(list))
	for _, one := range list {
		bytes = append(binary.BigEndian.AppendUint32(bytes, one.hash), one.words)
	}
	return sketched + base64.RawStdEncoding.EncodeToString(bytes)
}

// sentencesOf lists the sentences of a text that count, each once.
func sentencesOf(text string) []sentence {
	var list []sentence
	seen := map[uint32]bool{}
	ends := func(r rune) bool { return strings.ContainsRune("\n.!?…。！？؟۔", r) }
	for part := range strings.FieldsFuncSeq(text, ends) {
		words := strings.FieldsFunc(models.Fold(part), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.Is(unicode.M, r) })
		if len(words) < fewestSketched && utf8.RuneCountInString(part) < 12*fewestSketched { // scripts without spaces have long words
			continue
		}
		h := fnv.New32a()
		for _, word := range words {
			_, _ = h.Write([]byte(word + " ")) // hashes never fail
		}
		if sum := h.Sum32(); !seen[sum] {
			seen[sum] = true
			list = append(list, sentence{sum, uint8(min(len(words), 255))})
		}
		if len(list) == mostSketched {
			break
		}
	}
	return list
}

// lostOf says how much of what a sketch was made of a text does not say any more, in percent of
// its words.
func lostOf(sketch, text string) int64 {
	bytes, err := base64.RawStdEncoding.DecodeString(strings.TrimPrefix(sketch, sketched))
	if err != nil {
		return 0 // of another version of the program
	}
	there := map[uint32]bool{}
	for _, one := range sentencesOf(text) {
		there[one.hash] = true
	}
	all, lost := int64(0), int64(0)
	for ; len(bytes) >= 5; bytes = bytes[5:] {
		words := max(1, int64(bytes[4]))
		all += words
		if !there[binary.BigEndian.Uint32(bytes)] {
			lost += words
		}
	}
	return 100 * lost / max(1, all)
}

// saysMissing are titles of pages that say that there is no such page, though their status says
// otherwise.
var saysMissing = regexp.MustCompile(`(?i)\b(?:404|410)\b.{0,40}(?:not found|error|gone)|\berror 404\b|^\W*404\W*$|(?:page|article|story|content|document|file|post)s?\b.{0,30}\b(?:not found|not be found|no longer (?:available|exists?)|does(?:n['’]t| not) exist|(?:has been|was) removed|unavailable)|^\W*not found\W*$|can(?:no|['’])t find (?:the|that|this|your) page` +
	`|seite (?:wurde )?nicht gefunden|page (?:est )?introuvable|page non trouvée|página no encontrada|pagina non trovata|página não encontrada|страница не найдена|sayfa bulunamadı` +
	`|الصفحة غير موجودة|لم يتم العثور|הדף לא נמצא|העמוד לא נמצא|לא נמצא העמוד`)

// mostMissing is how many letters a page may have that says that there is none. An article on
// missing pages has more.
const mostMissing = 1500

// isMissing reports whether a page says that there is none at its address.
func isMissing(title, text string) bool {
	if utf8.RuneCountInString(text) > mostMissing {
		return false
	}
	return saysMissing.MatchString(title) || saysMissing.MatchString(firstLine(text))
}

// frontPage are the paths of front pages.
var frontPage = regexp.MustCompile(`^/?(?:[a-z]{2}(?:[-_][A-Za-z]{2})?/?|index\.\w+|home/?)?$`)

// ledToFront reports whether an address, which named a page, led to the front page of a site.
func ledToFront(asked, answered string) bool {
	from, err := url.Parse(asked)
	if err != nil {
		return false
	}
	to, err := url.Parse(answered)
	if err != nil {
		return false
	}
	named := !frontPage.MatchString(from.Path) || from.RawQuery != ""
	return named && frontPage.MatchString(to.Path) && models.NormalURL(asked) != models.NormalURL(answered) && !carries(to.RawQuery)
}

// carries reports whether a query may name a page.
func carries(query string) bool {
	normal := models.NormalURL("https://host.example/?" + query)
	return strings.Contains(normal, "?")
}
