package services

import (
	"context"
	"fmt"
	"hash/maphash"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// nameIndex finds the names of live entities in a text. It is loaded when first needed, and then
// follows the log: before each use it reads the names of what was published since. It keeps no
// names, but a hash of each, so that 300,000 of them take some 30 MB.
type nameIndex struct {
	seed maphash.Seed
	size int64
	// names are all names ever read; byHash and byEntity lead to the last one of a chain.
	names    []indexedName
	byHash   map[uint64]int32
	byEntity map[uuid.UUID]int32
	// longest is the number of words of the longest name that begins with a word.
	longest map[uint64]uint8
}

func newNameIndex() *nameIndex {
	return &nameIndex{seed: maphash.MakeSeed(), byHash: map[uint64]int32{}, byEntity: map[uuid.UUID]int32{}, longest: map[uint64]uint8{}}
}

// indexedName is one name of one entity.
type indexedName struct {
	entity uuid.UUID
	// sameHash and sameEntity are the next names of the chains, plus one; 0 at the end.
	sameHash, sameEntity int32
	spelling             spelling
	gone                 bool
}

// spelling says how a name must be written in a text, so that "meta" is not taken for Meta, nor
// "ap" for AP.
type spelling uint8

const (
	anyCase    spelling = iota // it begins with a small letter, a digit, or in a script without capitals
	beginsHigh                 // its first letter must be a capital
	allHigh                    // a short name in capitals: all letters must be
)

// mention is a name found in a text.
type mention struct {
	start, end int
	entities   []uuid.UUID
}

// namesIn finds the longest known names in a text, in its order; what overlaps an earlier, longer
// one is not found.
func (s *Services) namesIn(ctx context.Context, text string) ([]mention, error) {
	s.namesLock.Lock()
	defer s.namesLock.Unlock()
	if err := s.names.follow(s.db.Read(ctx)); err != nil {
		return nil, err
	}
	return s.names.find(text, wordsOf(text)), nil
}

// follow brings the index up to the present log size.
func (x *nameIndex) follow(tx *gorm.DB) error {
	fresh := x.byHash == nil
	if fresh {
		*x = *newNameIndex()
	}
	head, err := headCheckpoint(tx)
	if err != nil || head.Size == x.size {
		return err
	}
	if fresh {
		return x.load(tx, head.Size, "e.from_size <= ?", head.Size)
	}

	var changed []uuid.UUID
	err = tx.Model(&models.Revision{}).Distinct("record_id").
		Where("position >= ? AND position < ? AND type = ?", x.size, head.Size, models.TypeEntity).Scan(&changed).Error
	if err != nil {
		return fmt.Errorf("read which entities changed: %w", err)
	}
	for _, id := range changed {
		x.forget(id)
	}
	before := x.size
	err = inChunks(changed, func(chunk []uuid.UUID) error {
		return x.load(tx, before, "e.from_size <= ? AND e.id IN ?", head.Size, chunk)
	})
	if err == nil {
		x.size = head.Size
	}
	return err
}

// load reads names of live entities, as they stand at present.
func (x *nameIndex) load(tx *gorm.DB, size int64, where string, args ...any) error {
	rows, err := tx.Raw(`SELECT n.record_id, n.text FROM entities e JOIN entity_names n ON n.record_id = e.id AND n.to_size IS NULL
		WHERE e.to_size IS NULL AND e.state = 'live' AND e.kind <> 'case' AND `+where, args...).Rows()
	if err != nil {
		return fmt.Errorf("read names: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id uuid.UUID
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return fmt.Errorf("read a name: %w", err)
		}
		x.add(id, name)
	}
	x.size = size
	return wrap(rows.Err(), "read names")
}

func (x *nameIndex) add(id uuid.UUID, name string) {
	words := wordsOf(name)
	if len(words) == 0 || len(words) > 255 || len(words) == 1 && utf8.RuneCountInString(words[0].folded) < 2 {
		return // a single letter would be found everywhere
	}
	x.names = append(x.names, indexedName{entity: id, spelling: spellingOf(name)})
	number := int32(len(x.names))
	last := &x.names[number-1]
	hash := x.hash(words)
	last.sameHash, x.byHash[hash] = x.byHash[hash], number
	last.sameEntity, x.byEntity[id] = x.byEntity[id], number
	first := x.hash(words[:1])
	x.longest[first] = max(x.longest[first], uint8(len(words)))
}

func (x *nameIndex) forget(id uuid.UUID) {
	for number := x.byEntity[id]; number != 0; number = x.names[number-1].sameEntity {
		x.names[number-1].gone = true
	}
	delete(x.byEntity, id)
}

func (x *nameIndex) hash(words []word) uint64 {
	var h maphash.Hash
	h.SetSeed(x.seed)
	for _, w := range words {
		h.WriteString(w.folded)
		h.WriteByte(' ')
	}
	return h.Sum64()
}

// find walks a text and takes, at each word, the longest name that begins there.
func (x *nameIndex) find(text string, words []word) []mention {
	var found []mention
	for i := 0; i < len(words); {
		m, n := x.at(text, words[i:])
		if n == 0 {
			i++
			continue
		}
		found = append(found, m)
		i += n
	}
	return found
}

// at finds the longest name that begins with the first word; n is its number of words. In Hebrew
// and Arabic, letters that are written together with the word that they belong to are left out
// where that gives a name.
func (x *nameIndex) at(text string, words []word) (m mention, n int) {
	for _, begin := range words[0].beginnings() {
		head := append([]word{begin}, words[1:min(len(words), 1+int(x.longest[x.hash([]word{begin})]))]...)
		for n := min(int(x.longest[x.hash(head[:1])]), len(head)); n > 0; n-- {
			m := mention{start: begin.start, end: head[n-1].end}
			if m.entities = x.called(text[m.start:m.end], head[:n]); len(m.entities) > 0 {
				return m, n
			}
		}
	}
	return mention{}, 0
}

// called lists the entities that have a name, spelt as it is in the text.
func (x *nameIndex) called(written string, words []word) (entities []uuid.UUID) {
	for number := x.byHash[x.hash(words)]; number != 0; number = x.names[number-1].sameHash {
		name := x.names[number-1]
		if !name.gone && name.spelling.fits(written) && !containsID(entities, name.entity) {
			entities = append(entities, name.entity)
		}
	}
	return entities
}

func containsID(ids []uuid.UUID, id uuid.UUID) bool {
	for _, other := range ids {
		if other == id {
			return true
		}
	}
	return false
}

// shortName is the number of letters up to which a name in capitals must be in capitals.
const shortName = 6

func spellingOf(name string) spelling {
	first, high, letters := rune(0), 0, 0
	for _, r := range name {
		if !unicode.IsLetter(r) {
			continue
		}
		if first == 0 {
			first = r
		}
		letters++
		if unicode.IsUpper(r) {
			high++
		}
	}
	switch {
	case letters == high && letters > 0 && letters <= shortName:
		return allHigh
	case unicode.IsUpper(first):
		return beginsHigh
	}
	return anyCase
}

func (s spelling) fits(written string) bool {
	if s == anyCase {
		return true
	}
	for _, r := range written {
		if !unicode.IsLetter(r) {
			continue
		}
		if !unicode.IsUpper(r) {
			return false
		}
		if s == beginsHigh {
			return true
		}
	}
	return true
}

// word is a word of a text, folded, with its place in bytes.
type word struct {
	start, end int
	folded     string
}

// wordsOf splits a text into words: runs of letters, digits and marks. Initials with dots are one
// word, a possessive "'s" is none, and in scripts without spaces each letter is a word.
func wordsOf(text string) []word {
	var words []word
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if !isWordRune(r) {
			i += size
			continue
		}
		end := wordEnd(text, i)
		if folded := models.Fold(text[i:end]); folded != "" {
			for _, part := range strings.Fields(folded) {
				words = append(words, word{start: i, end: end, folded: part})
			}
		}
		i = end
	}
	return words
}

func wordEnd(text string, start int) int {
	first, size := utf8.DecodeRuneInString(text[start:])
	if standsAlone(first) {
		return start + size
	}
	if end := initialsEnd(text[start:]); end > 0 {
		return start + end
	}
	for end := start + size; end < len(text); {
		r, size := utf8.DecodeRuneInString(text[end:])
		next, _ := utf8.DecodeRuneInString(text[end+size:])
		switch {
		case isWordRune(r) && !standsAlone(r):
		case isInner(r) && unicode.IsLetter(next) && !isPossessive(text[end+size:]):
		default:
			return end
		}
		end += size
	}
	return len(text)
}

// initialsEnd gives where initials such as "U.S." end; 0 where there are none.
func initialsEnd(text string) int {
	end, letters := 0, 0
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		if !unicode.IsUpper(r) || end+size >= len(text) || text[end+size] != '.' {
			break
		}
		end += size + 1
		letters++
	}
	if letters < 2 {
		return 0
	}
	return end
}

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r)
}

// isInner tells signs that stand inside words: apostrophes, geresh and gershayim.
func isInner(r rune) bool { return strings.ContainsRune("'’׳״\"", r) }

func isPossessive(rest string) bool {
	if rest == "" || rest[0] != 's' {
		return false
	}
	next, _ := utf8.DecodeRuneInString(rest[1:])
	return len(rest) == 1 || !isWordRune(next)
}

// standsAlone tells letters of scripts that put no spaces between words.
func standsAlone(r rune) bool {
	return r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// joinedLetters are letters that Hebrew and Arabic write together with the next word: and, the, in, to,
// from, that, as; and the Arabic article.
var joinedLetters = [][]string{{"ו", "ה", "ב", "ל", "מ", "ש", "כ"}, {"و", "ف", "ب", "ل", "ك", "ال", "لل"}}

// beginnings gives a word as it is, and without one or two joined letters at its start.
func (w word) beginnings() []word {
	first, _ := utf8.DecodeRuneInString(w.folded)
	list := []word{w}
	for i, script := range []*unicode.RangeTable{unicode.Hebrew, unicode.Arabic} {
		if !unicode.Is(script, first) {
			continue
		}
		for depth, from := 0, list; depth < 2; depth++ {
			var next []word
			for _, one := range from {
				for _, letters := range joinedLetters[i] {
					if rest, ok := strings.CutPrefix(one.folded, letters); ok && utf8.RuneCountInString(rest) >= 2 {
						next = append(next, word{start: one.start + len(letters), end: one.end, folded: rest})
					}
				}
			}
			list, from = append(list, next...), next
		}
	}
	return list
}
