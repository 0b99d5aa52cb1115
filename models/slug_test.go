package models

import (
	"strings"
	"testing"
)

func TestSlug_isTheReadablePartOfAnAddress(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		{"Microsoft", "microsoft"}, {"Unit 8200", "unit-8200"}, {"  Israel   Ministry of Defense ", "israel-ministry-of-defense"},
		{"AT&T Inc.", "at-t-inc"}, {"O’Brien – Møller", "obrien-moller"}, {"Société Générale (SG)", "societe-generale-sg"},
		{"U.S. Army", "us-army"}, {"--a--b--", "a-b"}, {"٨٢٠٠", "8200"}, {"Straße", "strasse"},
		{"יחידה 8200", "yhydh-8200"}, {"צה״ל", "tshl"}, {"الجيش", "aljysh"}, {"Лавочкин", "lavochkin"}, {"Київ", "kiiv"},
		{"", ""}, {"!!!", ""}, {"中文", ""}, {"中文 Azure", "azure"},
		{"00000000-0000-7000-8000-000000000000", ""},
	} {
		if got := Slug(test.name); got != test.want {
			t.Errorf("Slug(%q) = %q, want %q", test.name, got, test.want)
		}
	}
}

func TestSlug_isCutBetweenWords(t *testing.T) {
	nines := strings.Repeat("a", 9)
	for _, test := range []struct{ name, want string }{
		{strings.Repeat("x", 80), strings.Repeat("x", 80)},
		{strings.Repeat("x", 81), strings.Repeat("x", 80)},
		{strings.Repeat(nines+" ", 20), strings.Repeat(nines+"-", 7) + nines},
		{strings.Repeat("x", 80) + " yz", strings.Repeat("x", 80)},
		{strings.Repeat("x", 79) + " yz", strings.Repeat("x", 79)},
		{"ab " + strings.Repeat("x", 90), "ab"},
		{strings.Repeat("щ", 30), strings.Repeat("shch", 20)},
	} {
		if got := Slug(test.name); got != test.want {
			t.Errorf("Slug(%q) = %q, want %q", test.name, got, test.want)
		}
	}
}

func TestSlug_romanisesLettersAsFoldLeavesThem(t *testing.T) {
	for letter, latin := range romanised {
		if got := Fold(string(letter)); got != string(letter) {
			t.Errorf("%q is folded to %q before it can be written as %q", letter, got, latin)
		}
	}
}

func TestNumberedSlug_staysASlug(t *testing.T) {
	for _, test := range []struct {
		slug string
		n    int
		want string
	}{
		{"microsoft", 2, "microsoft-2"}, {"unit-8200", 3, "unit-8200-3"},
		{strings.Repeat("x", 80), 99999, strings.Repeat("x", 74) + "-99999"},
		{strings.Repeat("x", 73) + "-abcdef", 2, strings.Repeat("x", 73) + "-2"},
	} {
		got := NumberedSlug(test.slug, test.n)
		if got != test.want || !ValidSlug(got) {
			t.Errorf("NumberedSlug(%q, %d) = %q, want %q", test.slug, test.n, got, test.want)
		}
	}
}

func TestValidSlug_refusesWhatIsNoSlugOrLooksLikeAnID(t *testing.T) {
	for text, want := range map[string]bool{
		"a": true, "8200": true, "unit-8200": true, strings.Repeat("x", 80): true,
		"00000000-0000-7000-8000-00000000000": true,
		"":                                    false, "-": false, "-a": false, "a-": false, "a--b": false, "A": false, "a b": false, "a_b": false,
		"a/b": false, "..": false, "é": false, "a\n": false, "٨": false, strings.Repeat("x", 81): false,
		"00000000-0000-7000-8000-000000000000": false, "deadbeef-dead-beef-dead-beefdeadbeef": false,
	} {
		if got := ValidSlug(text); got != want {
			t.Errorf("ValidSlug(%q) = %v", text, got)
		}
	}
}

func FuzzSlug(f *testing.F) {
	for _, seed := range []string{
		"Unit 8200", "U.S. Army", "00000000-0000-7000-8000-000000000000", "{DEADBEEF-dead-beef-dead-beefdeadbeef}",
		"الجيش", "\xff", strings.Repeat("ab ", 40), "ъь", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		slug := Slug(name)
		if slug != "" && (!ValidSlug(slug) || !ValidSlug(NumberedSlug(slug, 99999))) {
			t.Errorf("%q gave %q, which is no slug", name, slug)
		}
		if again := Slug(slug); again != slug {
			t.Errorf("%q gave %q, which gave %q", name, slug, again)
		}
	})
}
