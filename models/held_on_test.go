package models

import (
	"strings"
	"testing"
)

func TestHeldProblems_areDaysOnWhichItCannotHaveHeld(t *testing.T) {
	date := func(text string) Date {
		d, err := ParseEnd(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	link := func(begin, end string) func(c []Citation) Document {
		return func(c []Citation) Document {
			r := &Relationship{Citations: c}
			if begin != "" {
				r.Start = date(begin)
			}
			if end != "" {
				r.End = date(end)
			}
			return r
		}
	}
	step := func(effective string) func(c []Citation) Document {
		return func(c []Citation) Document { return &StatusChange{Effective: date(effective), Citations: c} }
	}
	for _, test := range []struct {
		name, holdsOn string
		document      func(c []Citation) Document
		want          string
	}{
		{"a day of its life", "2025-01-01", link("2021-05", "2025-09-25"), ""},
		{"its first day", "2021-05-01", link("2021-05", ""), ""},
		{"the day before", "2021-04-30", link("2021-05", ""), "It began in May 2021"},
		{"its last day", "2025-09-30", link("", "2025-09"), ""},
		{"the day after", "2025-10-01", link("", "2025-09"), "It ended in September 2025"},
		{"a source that says the opposite", "2026-11-01", link("", "[2025-08..2025-09-25]"), "It ended between August 2025 and 25 September 2025"},
		{"an end that is open", "2026-11-01", link("", ".."), ""},
		{"an end that is not certain", "2026-11-01", link("", "[2025-08..]"), ""},
		{"a beginning by a day", "2020-01-01", link("[..2021-05-06]", ""), ""},
		{"nothing known", "2020-01-01", link("", ""), ""},
		{"about a day, soon before", "2025-08-01", step("2025-08-15~"), ""},
		{"about a day, long before", "2024-01-01", step("2025-08-15~"), "It began about 15 August 2025"},
		{"about a year", "2024-06-01", step("2025~"), ""},
		{"long before a year", "2023-06-01", step("2025?"), "It began perhaps in 2025"},
		{"a step in time", "2025-09-25", step("2025-09-25"), ""},
		{"before a step", "2025-09-24", step("2025-09-25"), "It began on 25 September 2025"},
		{"no day", "", step("2025-09-25"), ""},
		{"a claim before it was said", "2025-01-01", func(c []Citation) Document { return &Claim{SaidOn: date("2025-02"), Citations: c} }, "It began in February 2025"},
		{"a question before it was raised", "2025-01-01", func(c []Citation) Document { return &OpenItem{RaisedOn: date("2025-02"), Citations: c} }, "It began in February 2025"},
		{"a company that is gone", "2025-01-01", func(c []Citation) Document { return &Entity{End: date("2024"), Citations: c} }, "It ended in 2024"},
		{"a source", "2025-01-01", func([]Citation) Document { return &Source{} }, ""},
	} {
		c := Citation{}
		if test.holdsOn != "" {
			day, err := ParseDay(test.holdsOn)
			if err != nil {
				t.Fatal(err)
			}
			c.HoldsOn = day
		}
		problems := HeldProblems(test.document([]Citation{{}, c}))
		switch {
		case test.want == "" && len(problems) > 0:
			t.Errorf("%s: %q", test.name, problems[0].Message)
		case test.want != "" && (len(problems) != 1 || !strings.HasPrefix(problems[0].Message, test.want+", so") || problems[0].Pointer != "/citations/1/holds_on"):
			t.Errorf("%s: %+v, want %q", test.name, problems, test.want)
		}
	}
}

func TestDate_isOneDayOnlyWhereNothingIsVague(t *testing.T) {
	for text, want := range map[string]bool{"2025-08-14": true, "[2025-08-14..2025-08-14]": true, "2025-08-14~": false, "2025-08-14?": false, "2025-08": false, "2025": false, "[..2025-08-14]": false, "[2025-08-14..]": false} {
		d, err := ParseDate(text)
		if _, exact := d.Day(); err != nil || exact != want {
			t.Errorf("%s: %v, %v", text, exact, err)
		}
	}
	d, _ := ParseDate("[2025-08-14..2025-08-14]")
	if got := d.In(DateWhen); got != "on 14 August 2025" {
		t.Errorf("%s", got)
	}
}
