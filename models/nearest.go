package models

import (
	"fmt"
	"strings"
)

// Nearest gives the candidate that a mistyped word most likely meant: the one with the fewest
// letters to change, add, drop or swap. It is "" when none is near.
func Nearest(word string, candidates []string) string {
	if len(word) > 100 {
		return ""
	}
	best, fewest := "", max(2, len(word)/3)+1
	for _, candidate := range candidates {
		n := changes(strings.ToLower(word), candidate)
		if len(word) >= 3 && (strings.HasPrefix(candidate, word) || strings.HasPrefix(word, candidate)) {
			n = min(n, 1)
		}
		if n < fewest && n < max(len(word), 2) {
			best, fewest = candidate, n
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

// changes is the optimal string alignment distance between two words, in bytes.
func changes(a, b string) int {
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
