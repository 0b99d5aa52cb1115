package models

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestParseDate_givesTheFirstAndLastDay(t *testing.T) {
	for _, test := range []struct{ text, earliest, latest, label string }{
		{"2025", "2025-01-01", "2025-12-31", "2025"},
		{"2025-08", "2025-08-01", "2025-08-31", "August 2025"},
		{"2024-02", "2024-02-01", "2024-02-29", "February 2024"},
		{"2025-09-25", "2025-09-25", "2025-09-25", "25 September 2025"},
		{"2025-08~", "2025-08-01", "2025-08-31", "about August 2025"},
		{"2025?", "2025-01-01", "2025-12-31", "perhaps 2025"},
		{"2025-09-25%", "2025-09-25", "2025-09-25", "perhaps about 25 September 2025"},
		{"[2021..]", "2021-01-01", "", "2021 or later"},
		{"[2021-05..]", "2021-05-01", "", "May 2021 or later"},
		{"[..2025-09-25]", "", "2025-09-25", "by 25 September 2025"},
		{"[..2025]", "", "2025-12-31", "by 2025"},
		{"[2025-08..2025-09-25]", "2025-08-01", "2025-09-25", "between August 2025 and 25 September 2025"},
		{"[2025..2025-03]", "2025-01-01", "2025-03-31", "between 2025 and March 2025"},
		{"[2025-08..2025]", "2025-08-01", "2025-12-31", "between August 2025 and 2025"},
		{"0001", "0001-01-01", "0001-12-31", "0001"},
		{"9999-12-31", "9999-12-31", "9999-12-31", "31 December 9999"},
	} {
		date, err := ParseDate(test.text)
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		if date.Text != test.text || date.Earliest.String() != test.earliest || date.Latest.String() != test.latest {
			t.Errorf("%q: got %q from %q to %q", test.text, date.Text, date.Earliest, date.Latest)
		}
		if date.Label() != test.label {
			t.Errorf("%q: got the label %q, want %q", test.text, date.Label(), test.label)
		}
	}
}

func TestParseDate_refusesWithASentence(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "nothing is written",
		"..":                     "only the end of a period can be still open",
		"2025-13":                "months go from 01 to 12",
		"2025-00":                "months go from 01 to 12",
		"2025-09-31":             "the days of September 2025 go from 01 to 30",
		"2025-02-29":             "the days of February 2025 go from 01 to 28",
		"0000":                   "years go from 0001",
		"25":                     "a year has four digits",
		"2025-8":                 "a month and a day have two",
		"2025-08-":               "have two",
		"20250925":               "hyphens",
		"2025-09-25-01":          "hyphens",
		"-2025":                  "four digits",
		"+2025":                  "four digits",
		"20+5":                   "four digits",
		"2025 ":                  "a blank",
		" 2025":                  "a blank",
		"[2021 ..]":              "a blank",
		"2025\n":                 "a blank",
		"２０２５":                   "digits 0 to 9",
		"٢٠٢٥-08":                "digits 0 to 9",
		"2025–08":                "digits 0 to 9",
		"2025/2026":              "two dates",
		"2025..2026":             "square brackets",
		"2025~~":                 "once",
		"2025~?":                 "once",
		"~2025":                  "the very end",
		"2025~-08":               "the very end",
		"[2021..]~":              "no ~, ? or % can follow a range",
		"[2021..2022]?":          "no ~, ? or % can follow a range",
		"[2021~..]":              "not in a range",
		"[..2021?]":              "not in a range",
		"[..]":                   "at least one end",
		"[]":                     "two dots",
		"[":                      "ends with a square bracket",
		"[2021]":                 "two dots",
		"[2021..":                "ends with a square bracket",
		"[2021...2022]":          "four digits",
		"[[2021..]..]":           "four digits",
		"[2025-13..]":            "months go from 01 to 12",
		"[..2025-09-31]":         "from 01 to 30",
		"[2026..2025]":           "runs backwards",
		"[2025-09-25..2025-08]":  "runs backwards",
		"August 2025":            "a blank",
		"soon":                   "four digits",
		strings.Repeat("9", 9e5): "four digits",
	} {
		date, err := ParseDate(text)
		wantSentence(t, text, err, want)
		if err != nil && !strings.Contains(err.Error(), "Write 2025, 2025-08") {
			t.Errorf("%q: the message shows no right form: %v", text, err)
		}
		if date != (Date{}) {
			t.Errorf("%q gave %v beside its error", text, date)
		}
	}
}

func TestParseEnd_takesAnOpenEndToo(t *testing.T) {
	open, err := ParseEnd("..")
	if err != nil || open != OpenEnd() || !open.IsOpenEnd() || open.IsZero() || open.Label() != "still open" {
		t.Errorf("got %v, %v", open, err)
	}
	if end, err := ParseEnd("2025"); err != nil || end != date(t, "2025") || end.IsOpenEnd() {
		t.Errorf("got %v, %v", end, err)
	}
	if _, err := ParseEnd("[..]"); err == nil {
		t.Error("a range without ends is taken for an end")
	}
}

func TestDate_zeroIsUnknown(t *testing.T) {
	var unknown Date
	if !unknown.IsZero() || unknown.IsOpenEnd() || unknown.Label() != "unknown" {
		t.Errorf("got %v, %q", unknown, unknown.Label())
	}
}

func TestDate_knowsItsQualifier(t *testing.T) {
	for text, want := range map[string][2]bool{
		"2025": {false, false}, "2025~": {true, false}, "2025?": {false, true}, "2025%": {true, true}, "[2021..]": {false, false},
	} {
		d := date(t, text)
		if got := [2]bool{d.IsApproximate(), d.IsUncertain()}; got != want {
			t.Errorf("%q: approximate, uncertain = %v, want %v", text, got, want)
		}
	}
}

func TestDate_saysWhenItIsCertainAndWhenPossible(t *testing.T) {
	const before, inside, last, after = "2025-07-31", "2025-08-15", "2025-08-31", "2025-09-01"
	for _, test := range []struct {
		text string
		day  string
		want string
	}{
		{"2025-08", before, "no"}, {"2025-08", "2025-08-01", "possible"}, {"2025-08", inside, "possible"},
		{"2025-08", last, "certain"}, {"2025-08", after, "certain"},
		{"2025-08~", inside, "possible"}, {"2025-08~", last, "certain"}, {"2025-08~", before, "no"},
		{"2025-08-15", "2025-08-14", "no"}, {"2025-08-15", inside, "certain"},
		{"[..2025-08]", "0001-01-01", "possible"}, {"[..2025-08]", inside, "possible"}, {"[..2025-08]", last, "certain"},
		{"[2025-08..]", before, "no"}, {"[2025-08..]", inside, "possible"}, {"[2025-08..]", "9999-12-31", "possible"},
		{"..", inside, "no"}, {"", inside, "no"},
	} {
		d := Date{}
		if test.text != "" {
			d = end(t, test.text)
		}
		on := day(t, test.day)
		got := map[[2]bool]string{{false, false}: "no", {false, true}: "possible", {true, false}: "certain"}[[2]bool{d.CertainBy(on), d.PossibleOn(on)}]
		if got != test.want {
			t.Errorf("%q on %s: got %q, want %q", test.text, test.day, got, test.want)
		}
	}
}

func TestDate_ordersByLatestThenEarliest(t *testing.T) {
	ordered := []string{
		"2024", "[..2025-08]", "2025-08", "[2025-08-31..2025-08]", "[..2025-09-25]", "[2025-08..2025-09-25]",
		"2025-09-25", "2025", "[..2026]", "..", "[2021..]", "[2022..]",
	}
	for i, a := range ordered {
		for j, b := range ordered {
			if got, want := end(t, a).Compare(end(t, b)), compareInts(i, j); got != want {
				t.Errorf("%s and %s compare as %d, want %d", a, b, got, want)
			}
		}
	}
}

func compareInts(a, b int) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func TestDate_labelGivesBackWhatItDoesNotKnow(t *testing.T) {
	for _, text := range []string{"soon", "[", "[]", "]", "~", "[..", "%%", "2025-99", "[a..b]", "[..]", "\xff"} {
		if got := (Date{Text: text}).Label(); got == "" && text != "" {
			t.Errorf("the label of %q is empty", text)
		}
	}
}

func TestDate_onAnyPointAgreesWithItself(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		d := randomDate(t, random)
		on := randomDay(random)
		if d.CertainBy(on) && d.PossibleOn(on) {
			t.Fatalf("%q is both certain and possible on %s", d.Text, on)
		}
		if d.CertainBy(on) && !d.CertainBy(on.AddDays(1)) {
			t.Fatalf("%q is certain by %s and not by the next day", d.Text, on)
		}
		again, err := ParseDateWords(d.Label(), Day{})
		if err != nil || again != d {
			t.Fatalf("the label %q of %q is read as %v, %v", d.Label(), d.Text, again, err)
		}
	}
}

func TestDate_orderIsTotal(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	dates := make([]Date, 300)
	for i := range dates {
		dates[i] = randomDate(t, random)
	}
	slices.SortFunc(dates, Date.Compare)
	for i, a := range dates {
		for _, b := range dates[i:] {
			if a.Compare(b) > 0 || a.Compare(b) != -b.Compare(a) {
				t.Fatalf("%q and %q are out of order", a.Text, b.Text)
			}
		}
	}
}

// randomDate makes a point of any form.
func randomDate(t testing.TB, random *rand.Rand) Date {
	a, b := randomPlain(random), randomPlain(random)
	switch random.IntN(6) {
	case 0:
		return date(t, "["+a+"..]")
	case 1:
		return date(t, "[.."+a+"]")
	case 2:
		if between, err := ParseDate("[" + a + ".." + b + "]"); err == nil {
			return between
		}
		return date(t, "["+b+".."+a+"]")
	case 3:
		return OpenEnd()
	}
	return date(t, a+[]string{"", "~", "?", "%"}[random.IntN(4)])
}

func randomPlain(random *rand.Rand) string {
	return randomDay(random).String()[:[]int{4, 7, 10}[random.IntN(3)]]
}

func randomDay(random *rand.Rand) Day {
	first, _ := NewDay(1, 1, 1)
	if random.IntN(2) == 0 {
		first, _ = NewDay(2020, 1, 1)
		return first.AddDays(random.IntN(3000))
	}
	return first.AddDays(random.IntN(3_652_059))
}

func date(t testing.TB, text string) Date {
	t.Helper()
	d, err := ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func end(t testing.TB, text string) Date {
	t.Helper()
	d, err := ParseEnd(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{
		"2025", "2025-08", "2025-09-25", "2025~", "2025-08?", "2025-09-25%", "[2021..]", "[..2025-09-25]",
		"[2025-08..2025-09-25]", "..", "[..]", "[2021..]~", "2025-13", "２０２５", "[[..2025]..]", "[2021~..2022]", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseEnd(text)
		_ = Date{Text: text}.Label()
		if err != nil {
			wantSentence(t, text, err, "is no date: ")
			return
		}
		if again, err := ParseEnd(d.Text); err != nil || again != d || d.Text != text {
			t.Errorf("%q gave %v, which gave %v, %v", text, d, again, err)
		}
		if !d.Earliest.IsZero() && !d.Latest.IsZero() && d.Latest.Before(d.Earliest) {
			t.Errorf("%q goes from %s to %s", text, d.Earliest, d.Latest)
		}
		if fmt.Sprint(d.Earliest, d.Latest) == " " && !d.IsOpenEnd() {
			t.Errorf("%q is open at both ends", text)
		}
	})
}
