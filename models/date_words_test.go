package models

import (
	"strings"
	"testing"
)

func TestParseDateWords_readsWhatPeopleType(t *testing.T) {
	for _, test := range []struct{ typed, text, words string }{
		{"2025", "2025", ""}, {" 2025-08~ ", "2025-08~", ""}, {"[2021..]", "[2021..]", ""}, {"..", "..", ""},
		{"still open", "..", ""}, {"Ongoing", "..", ""}, {"", "", ""}, {"  ", "", ""}, {"Unknown", "", ""},

		{"25 September 2025", "2025-09-25", ""}, {"September 25, 2025", "2025-09-25", ""}, {"25 sept. 2025", "2025-09-25", ""},
		{"SEPTEMBER 25 2025", "2025-09-25", ""}, {"September 25th, 2025", "2025-09-25", ""}, {"1st May 2024", "2024-05-01", ""},
		{"the 2nd of May 2024", "2024-05-02", ""}, {"on 3 March 2024", "2024-03-03", ""},
		{"August 2025", "2025-08", ""}, {"Aug 2025", "2025-08", ""}, {"aug. 2025", "2025-08", ""}, {"August, 2025", "2025-08", ""},
		{"in August 2025", "2025-08", ""}, {"August\u00a02025", "2025-08", ""},

		{"early August 2025", "2025-08", "early August 2025"}, {"Mid-August  2025", "2025-08", "Mid-August 2025"},
		{"mid August 2025", "2025-08", "mid August 2025"}, {"late 2025", "2025", "late 2025"},
		{"end of August 2025", "2025-08", "end of August 2025"}, {"the end of August 2025", "2025-08", "the end of August 2025"},
		{"beginning of 2025", "2025", "beginning of 2025"}, {"in the middle of August 2025", "2025-08", "in the middle of August 2025"},

		{"about 2021", "2021~", ""}, {"Around May 2021", "2021-05~", ""}, {"circa 2021", "2021~", ""},
		{"perhaps 2021", "2021?", ""}, {"perhaps about 2021", "2021%", ""}, {"about perhaps 2021", "2021%", ""},
		{"about early 2021", "2021~", "about early 2021"},

		{"since 2021", "[2021..]", ""}, {"2021 or later", "[2021..]", ""}, {"May 2021 or later", "[2021-05..]", ""},
		{"after 2021", "[2022..]", "after 2021"}, {"after December 2025", "[2026-01..]", "after December 2025"}, {"after 31 December 2025", "[2026-01-01..]", "after 31 December 2025"}, {"before 2025", "[..2024]", "before 2025"}, {"before January 2025", "[..2024-12]", "before January 2025"}, {"before about 2025", "[..2024]", "before about 2025"},
		{"Aug 2025?", "2025-08?", ""}, {"14 August 2025 ?", "2025-08-14?", ""}, {"about August 2025?", "2025-08%", ""}, {"since about 2021", "[2021..]", "since about 2021"},
		{"since early 2021", "[2021..]", "since early 2021"},
		{"by 25 September 2025", "[..2025-09-25]", ""}, {"before September 25, 2025", "[..2025-09-24]", "before September 25, 2025"},
		{"by the end of August 2025", "[..2025-08]", "by the end of August 2025"}, {"no later than 2025-09", "[..2025-09]", ""},
		{"2025 or earlier", "[..2025]", ""},
		{"between August 2025 and 25 September 2025", "[2025-08..2025-09-25]", ""},
		{"Between late 2020 and 2021?", "[2020..2021]", "Between late 2020 and 2021?"},

		{"today", "2025-09-25", ""}, {"Yesterday", "2025-09-24", ""}, {"by today", "[..2025-09-25]", ""},
	} {
		date, err := ParseDateWords(test.typed, day(t, "2025-09-25"))
		if err != nil || date.Text != test.text || date.Words != test.words {
			t.Errorf("%q: got %q with the words %q, %v; want %q with %q", test.typed, date.Text, date.Words, err, test.text, test.words)
		}
		if bare, err := ParseEnd(test.text); test.text != "" && (err != nil || bare.Earliest != date.Earliest || bare.Latest != date.Latest) {
			t.Errorf("%q: got %s to %s, want those of %q", test.typed, date.Earliest, date.Latest, test.text)
		}
	}
}

func TestParseDateWords_refusesWithASentence(t *testing.T) {
	for typed, want := range map[string]string{
		"25.9.2025":                           "numbers alone",
		"9/25/2025":                           "numbers alone",
		"25-09-2025":                          "numbers alone",
		"2025/09/25":                          "numbers alone",
		"by 9/8/2025":                         "numbers alone",
		"25 September":                        "no year",
		"August":                              "no year",
		"Aug 25":                              "no year",
		"the 2nd of May":                      "no year",
		"early August":                        "no year",
		"between early August and 2025":       "cannot be read",
		"31 September 2025":                   "go from 01 to 30",
		"0 September 2025":                    "go from 01 to 30",
		"125 September 2025":                  "cannot be read",
		"2025-13":                             "months go from 01 to 12",
		"2025-9-5":                            "have two",
		"2021..":                              "square brackets",
		"[2021 ..]":                           "a blank",
		"between 2025 and 2021":               "runs backwards",
		"between 2025":                        "cannot be read",
		"since between 2020 and 2021":         "cannot be read",
		"about since 2021":                    "cannot be read",
		"since [2021..]":                      "cannot be read",
		"by ..":                               "cannot be read",
		"early 25 September 2025":             "cannot be read",
		"early about 2021":                    "cannot be read",
		"early since 2021":                    "cannot be read",
		"about about 2021":                    "once",
		"soon":                                "cannot be read",
		"last month":                          "cannot be read",
		"a long long time ago":                "cannot be read",
		"since":                               "cannot be read",
		"about ":                              "cannot be read",
		"٢٥ September 2025":                   "cannot be read",
		"Ma 2025":                             "cannot be read",
		strings.Repeat("about ", 70) + "2021": "once",
		strings.Repeat("x", 501):              "501 letters",
		"\xff":                                "UTF-8",
	} {
		date, err := ParseDateWords(typed, Day{})
		wantSentence(t, typed, err, want)
		if date != (Date{}) {
			t.Errorf("%q gave %v beside its error", typed, date)
		}
	}
}

func TestParseDateWords_needsTheDayForToday(t *testing.T) {
	for _, typed := range []string{"today", "yesterday", "since yesterday"} {
		_, err := ParseDateWords(typed, Day{})
		wantSentence(t, typed, err, "the day on which it was written")
	}
}

func TestParseDateWords_knowsEveryMonthByThreeLetters(t *testing.T) {
	for i, name := range strings.Fields("January February March April May June July August September October November December") {
		for n := 3; n <= len(name); n++ {
			if got := monthNamed(strings.ToLower(name[:n])); got != i+1 {
				t.Errorf("%q is month %d, want %d", name[:n], got, i+1)
			}
		}
	}
}

func FuzzParseDateWords(f *testing.F) {
	for _, seed := range []string{
		"25 September 2025", "September 25th, 2025", "end of August 2025", "about 2021", "since about 2021", "by today",
		"between May 2024 and 3 June 2024", "25.9.2025", "yesterday", "[2021..]", "perhaps about 2025~", "mid-2025", "İ 2025",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		date, err := ParseDateWords(typed, day(t, "2025-09-25"))
		if err != nil {
			wantSentence(t, typed, err, ".")
			return
		}
		if date.IsZero() {
			return
		}
		bare, err := ParseEnd(date.Text)
		bare.Words = date.Words
		if err != nil || bare != date {
			t.Errorf("%q gave %v, whose text gives %v, %v", typed, date, bare, err)
		}
	})
}
