package models

import (
	"strings"
	"testing"
)

func TestNearest_findsWhatWasMeant(t *testing.T) {
	candidates := []string{"kind", "name", "status", "effective", "as_of", "known_at", "limit", "supplied_to", "party"}
	for word, want := range map[string]string{
		"knid": "kind", "kin": "kind", "kinds": "kind", "KIND": "kind", "Status": "status", "stats": "status", "staus": "status",
		"efective": "effective", "effective_date": "effective", "asof": "as_of", "known": "known_at", "knownat": "known_at",
		"limt": "limit", "suplied-to": "supplied_to", "supplied": "supplied_to", "prty": "party",
		"": "", "x": "", "zzzzzz": "", "colour": "", "k": "", "status": "status",
	} {
		if got := Nearest(word, candidates); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestNearest_prefersFewerChangesThenTheFirst(t *testing.T) {
	for _, test := range []struct {
		word, want string
		candidates []string
	}{
		{"cat", "cart", []string{"carts", "cart"}},
		{"cat", "bat", []string{"bat", "hat"}},
		{"acb", "abc", []string{"xyz", "abc"}},
		{"abc", "", nil},
		{strings.Repeat("a", 101), "", []string{strings.Repeat("a", 101)}},
		{"ab", "a", []string{"a"}},
		{"ab", "", []string{"cd", "xyz"}},
	} {
		if got := Nearest(test.word, test.candidates); got != test.want {
			t.Errorf("Nearest(%q, %q) = %q, want %q", test.word, test.candidates, got, test.want)
		}
	}
}

func TestDidYouMean_endsASentenceOrSaysNothing(t *testing.T) {
	if got := DidYouMean("knid", []string{"kind"}); got != ` Did you mean "kind"?` {
		t.Errorf("got %q", got)
	}
	if got := DidYouMean("colour", []string{"kind"}); got != "" {
		t.Errorf("got %q for a word that is near nothing", got)
	}
}

func TestChanges_countsLetters(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"kind", "kind", 0}, {"kind", "knid", 1}, {"kind", "king", 1},
		{"kind", "kinds", 1}, {"kind", "ind", 1}, {"kitten", "sitting", 3}, {"ca", "abc", 3},
	} {
		if got := changes(test.a, test.b); got != test.want || changes(test.b, test.a) != got {
			t.Errorf("%q to %q: %d changes, want %d", test.a, test.b, got, test.want)
		}
	}
}
