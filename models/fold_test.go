package models

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestFold_takesVariantsOfANameForOne(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"Microsoft", "microsoft"}, {"MICROSOFT", "microsoft"}, {"  Microsoft \t\n Azure ", "microsoft azure"}, {"", ""}, {" .-! ", ""},
		{"Société Générale", "societe generale"}, {"Société", "societe"}, {"Møller–Mærsk", "moller maersk"},
		{"Straße", "strasse"}, {"STRASSE", "strasse"}, {"Łódź", "lodz"}, {"İstanbul", "istanbul"}, {"ıstanbul", "istanbul"},
		{"Þórður", "thordur"}, {"Đà Nẵng", "da nang"}, {"ﬁnance", "finance"}, {"Ｍｉｃｒｏｓｏｆｔ", "microsoft"}, {"Œuvre", "oeuvre"},
		{"Ћирилица", "ћирилица"}, {"Йод", "иод"}, {"ΑΘΗΝΑ", "αθηνα"}, {"한국", "한국"}, {"हिन्दी", "हिनदी"},

		{"O'Brien", "obrien"}, {"O’Brien", "obrien"}, {"AT&T", "at t"}, {"Unit-8200", "unit 8200"}, {"Unit_8200", "unit 8200"},
		{"Lavender (system)", "lavender system"}, {"soft\u00adware", "software"}, {"a\u200bb", "ab"}, {"\u202eab", "ab"}, {"\ufeffab", "ab"},
		{"Azure™", "azure"}, {"O´Brien", "obrien"}, {"O\u1ffdBrien", "obrien"}, {"O′Brien", "obrien"}, {"Baʿath", "baath"}, {"Betʾ", "bet"},
		{"„Lavender‟", "lavender"}, {"Αθήνας", "αθηνασ"}, {"ΑΘΗΝΑΣ", "αθηνασ"}, {"\u3164", ""}, {"Ŧ", "t"}, {"m²", "m2"}, {"№ 5", "no 5"}, {"½", "1 2"}, {"a\xffb", "a b"}, {"a\x00b", "a b"},

		{"الجيش الإسرائيلي", "الجيش الاسراييلي"}, {"الجيش الاسرائيلى", "الجيش الاسراييلي"}, {"ٱلجَيْشُ", "الجيش"},
		{"أمان", "امان"}, {"آمان", "امان"}, {"وحدة", "وحده"}, {"مؤسسة", "موسسه"}, {"الجـــيش", "الجيش"}, {"سماء", "سما"},
		{"کیان", "كيان"}, {"ہند", "هند"}, {"װ", "וו"}, {"ﻻ", "لا"}, {"غزة،", "غزه"},

		{"צה״ל", "צהל"}, {`צה"ל`, "צהל"}, {"צבא ההגנה לישראל", "צבא ההגנה לישראל"}, {"צָבָא", "צבא"}, {"שׁלום", "שלומ"},
		{"מודיעין", "מודיעינ"}, {"כסף", "כספ"}, {"ארץ", "ארצ"}, {"מלך", "מלכ"}, {"תל־אביב", "תל אביב"}, {"ג׳ורג׳", "גורג"},

		{"U.S. Army", "us army"}, {"US Army", "us army"}, {"U. S. Army", "us army"}, {"I.D.F", "idf"}, {"I.D.F.", "idf"},
		{"Amazon.com", "amazon com"}, {"Microsoft Corp.", "microsoft corp"}, {"J. R. R. Tolkien", "jrr tolkien"},
		{"Plan B. After", "plan b after"}, {"v. 2", "v 2"}, {"1.5 million", "1 5 million"}, {"GPT-3.5", "gpt 3 5"}, {"F.16", "f 16"}, {"...", ""}, {"a b c", "a b c"},
	} {
		if got := Fold(test.text); got != test.want {
			t.Errorf("Fold(%q) = %q, want %q", test.text, got, test.want)
		}
	}
}

func TestFold_takesPlainWordsTheShortWay(t *testing.T) {
	for _, word := range []string{"", "a", "Z", "7", "Azure", "IDF", "8200", "F20", "aB3c", "ibm360"} {
		if !isPlain(word) || Fold(word) != foldAny(word) {
			t.Errorf("%q: the short way gives %q, the long one %q", word, Fold(word), foldAny(word))
		}
	}
	for _, word := range []string{"a.b", "É", "a b", "a-b", "o'x", "\x80", "ａ"} {
		if isPlain(word) {
			t.Errorf("%q is no plain word", word)
		}
	}
}

func TestFold_readsTheDigitsOfEveryScript(t *testing.T) {
	for _, text := range []string{"8200", "٨٢٠٠", "۸۲۰۰", "८२००", "８２００", "𝟖𝟚𝟬𝟶", "𞥘𞥒𞥐𞥐"} {
		if got := Fold(text); got != "8200" {
			t.Errorf("Fold(%q) = %q", text, got)
		}
	}
	// Unicode lists the digits of a script from zero to nine.
	var all []rune
	for _, span := range unicode.Nd.R16 {
		for r := rune(span.Lo); r <= rune(span.Hi); r += rune(span.Stride) {
			all = append(all, r)
		}
	}
	for _, span := range unicode.Nd.R32 {
		for r := rune(span.Lo); r <= rune(span.Hi); r += rune(span.Stride) {
			all = append(all, r)
		}
	}
	for i, r := range all {
		if got, want := Fold(string(r)), string(rune('0'+i%10)); got != want {
			t.Errorf("Fold(%q) = %q, want %q", r, got, want)
		}
	}
}

func TestFold_leavesEveryLetterFoldedAlready(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if once := Fold(string(r)); Fold(once) != once || once != strings.ToLower(once) {
			t.Errorf("%q folds to %q, and that to %q", r, once, Fold(once))
		}
	}
}

func TestFold_takesTimeInStepWithTheText(t *testing.T) {
	for _, text := range []string{"a.", " .a", "é", "\u0315\u0301"} {
		took := func(n int) time.Duration {
			long := strings.Repeat(text, n)
			start := time.Now()
			Fold(long)
			return time.Since(start)
		}
		took(1000)
		if short, long := took(5_000), took(200_000); long > 400*short+time.Second {
			t.Errorf("%q takes %v 5,000 times and %v 200,000 times", text, short, long)
		}
	}
}

func TestAcronym_isMadeOfTheFirstLetters(t *testing.T) {
	for name, want := range map[string]string{
		"Israel Defense Forces":             "idf",
		"Ministry of Defence":               "md",
		"The Bureau for the Affairs":        "ba",
		"United States Department of State": "usds",
		"Microsoft":                         "",
		"The Guardian":                      "",
		"Unit 8200":                         "",
		"Unit 8200 Command":                 "",
		"Bank of the Netherlands by Law":    "bnl",
		"Électricité de France":             "ef",
		"צבא ההגנה לישראל":                  "צהל",
		"":                                  "",
	} {
		if got := Acronym(name); got != want {
			t.Errorf("Acronym(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestTrigrams_areThoseOfPostgreSQL(t *testing.T) {
	// The values of show_trgm in the manual of pg_trgm and for a word that comes twice.
	for folded, want := range map[string][]string{
		"cat":     {"  c", " ca", "at ", "cat"},
		"foo bar": {"  b", "  f", " ba", " fo", "ar ", "bar", "foo", "oo "},
		"cat cat": {"  c", " ca", "at ", "cat"},
		"a":       {"  a", " a "},
		"גב":      {"  ג", " גב", "גב "},
		"":        nil,
	} {
		if got := Trigrams(folded); !slices.Equal(got, want) {
			t.Errorf("Trigrams(%q) = %q, want %q", folded, got, want)
		}
	}
}

func TestSimilarity_isTheShareInCommon(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want float64
	}{
		{"cat", "cat", 1}, {"cat cat", "cat", 1}, {"cat", "dog", 0}, {"", "", 0}, {"cat", "", 0},
		{"word", "two words", 4.0 / 11},
	} {
		if got := Similarity(test.a, test.b); got != test.want || Similarity(test.b, test.a) != got {
			t.Errorf("%q and %q: %v and %v, want %v", test.a, test.b, got, Similarity(test.b, test.a), test.want)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, seed := range []string{
		"Société Générale", "U.S. Army", "a. b.c .d", "الجيش الإسرائيلي", "צה״ל", "٨٢٠٠", "İ", "ſ", "\xff.\xff", "각", "ß\u0301", "K",
		"\u1e9e", "ｱﾞ", "a\u0345\u0301", "ʼn", "Å", "\U0001d7d8",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		folded := Fold(text)
		if !utf8.ValidString(folded) || Fold(folded) != folded {
			t.Errorf("%q folds to %q, and that to %q", text, folded, Fold(folded))
		}
		if strings.Join(strings.Fields(folded), " ") != folded || strings.ContainsAny(folded, ".,'\"-\x00") {
			t.Errorf("%q folds to %q, which is not plain", text, folded)
		}
		if utf8.ValidString(text) && (Fold(norm.NFC.String(text)) != folded || Fold(norm.NFD.String(text)) != folded) {
			t.Errorf("%q folds to %q, and not so when it is composed or taken apart", text, folded)
		}
		if own := Similarity(folded, folded); folded != "" && own != 1 {
			t.Errorf("%q is like itself by %v", folded, own)
		}
	})
}
