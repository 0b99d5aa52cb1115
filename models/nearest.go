package models

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Nearest gives the candidate that a mistyped word most likely meant: the one with the fewest
// letters to change, add, drop or swap, whatever their case. One that begins the word, or that the
// word begins, counts as a letter away, and comes before others of as many. It is "" when none is
// near.
func Nearest(word string, candidates []string) string {
	word = strings.ToLower(word)
	letters := utf8.RuneCountInString(word)
	if letters > 100 {
		return ""
	}

	best, fewest, closest, whole := "", max(2, letters/3)+1, 0, false
	for _, candidate := range candidates {
		if candidate == "" {
			continue
		}
		other := strings.ToLower(candidate)
		exact := changes(word, other)
		n := exact
		begins := letters >= 3 && (strings.HasPrefix(other, word) || strings.HasPrefix(word, other))
		if begins {
			n = min(n, 1)
		}
		// A word of which every letter must change is another word.
		if n >= max(letters, 2) {
			continue
		}
		if n < fewest || n == fewest && best != "" && (exact < closest || exact == closest && begins && !whole) {
			best, fewest, closest, whole = candidate, n, exact, begins
		}
	}
	return best
}

// DidYouMean is ` Did you mean "kind"?`, or "" when nothing is near.
func DidYouMean(word string, candidates []string) string {
	nearest := Nearest(word, candidates)
	if nearest == "" {
		return ""
	}
	return fmt.Sprintf(" Did you mean %q?", nearest)
}

// changes is the optimal string alignment distance between two words.
func changes(first, second string) int {
	a, b := []rune(first), []rune(second)
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
