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
		{"knid", "kind", []string{"knee", "kind"}},
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

func TestNearest_countsLettersNotBytes(t *testing.T) {
	for _, test := range []struct{ word, want string }{
		{"statüs", "status"}, {"ståtüs", "status"}, {"kïnd", "kind"}, {"éé", ""}, {"ééé", ""},
	} {
		if got := Nearest(test.word, []string{"kind", "status"}); got != test.want {
			t.Errorf("Nearest(%q) = %q, want %q", test.word, got, test.want)
		}
	}
}
