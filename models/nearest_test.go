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
		{"statu", "status", []string{"state", "status"}},
		{"statu", "status", []string{"status", "state"}},
		{"knid", "kind", []string{"knee", "kind"}},
		{"acb", "abc", []string{"xyz", "abc"}},
		{"abc", "", nil},
		{strings.Repeat("a", 101), "", []string{strings.Repeat("a", 101)}},
		{"ab", "a", []string{"a"}},
		{"query", "q", []string{"kind", "q"}},
		{"kinds", "kind", []string{"", "kind"}},
		{"EFFECTIVE_DAY", "effective", []string{"kind", "effective"}},
		{"sorts", "sort", []string{"so", "sort"}},
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

func FuzzNearest(f *testing.F) {
	for _, seed := range [][2]string{{"knid", "kind"}, {"", ""}, {"\xff", "é"}, {"İ", "i"}, {"as_of", "AS_OF"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, word, candidate string) {
		if len(candidate) > 200 {
			return
		}
		if got := Nearest(word, []string{candidate}); got != "" && got != candidate {
			t.Errorf("%q is near %q, which is no candidate", word, got)
		}
		if size := len([]rune(strings.ToLower(candidate))); size > 0 && size <= 100 && Nearest(candidate, []string{candidate}) != candidate {
			t.Errorf("%q is not near itself", candidate)
		}
	})
}
