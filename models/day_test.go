package models

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParseDay_takesTheDaysOfTheCalendar(t *testing.T) {
	for _, text := range []string{"0001-01-01", "2025-09-25", "2024-02-29", "2000-02-29", "9999-12-31"} {
		day, err := ParseDay(text)
		if err != nil || day.String() != text || day.IsZero() {
			t.Errorf("ParseDay(%q) = %v, %v", text, day, err)
		}
	}
}

func TestParseDay_refusesWithASentence(t *testing.T) {
	for text, want := range map[string]string{
		"":            "a year has four digits",
		"2025":        "names no day",
		"2025-09":     "names no day",
		"2025-09-31":  "the days of September 2025 go from 01 to 30",
		"2025-02-29":  "the days of February 2025 go from 01 to 28",
		"1900-02-29":  "from 01 to 28",
		"2025-13-01":  "months go from 01 to 12",
		"2025-00-01":  "months go from 01 to 12",
		"2025-01-00":  "from 01 to 31",
		"0000-01-01":  "years go from 0001 to 9999",
		"2025-9-25":   "a month and a day have two",
		"2025-09-25 ": "have two",
		"２０２５-09-25":  "four digits",
		"2025-09-25-": "hyphens",
	} {
		day, err := ParseDay(text)
		wantSentence(t, text, err, want)
		if !day.IsZero() {
			t.Errorf("ParseDay(%q) gave %v beside its error", text, day)
		}
	}
}

// wantSentence checks that an error is made for people: invalid, closed by a full stop, with the
// reason wanted and a form that can be read.
func wantSentence(t *testing.T, input string, err error, want string) {
	t.Helper()
	var invalid *Error
	if !errors.As(err, &invalid) || invalid.Kind != ErrInvalid {
		t.Errorf("%q: got the error %v, want one of kind invalid", input, err)
		return
	}
	message := invalid.Message
	if !strings.Contains(message, want) || !strings.HasSuffix(message, ".") || len(message) > 600 {
		t.Errorf("%q: got the message %q, want one with %q", input, message, want)
	}
}

func TestDayOf_readsTheDayInUTC(t *testing.T) {
	zone := time.FixedZone("east", 3*60*60)
	for _, test := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(2025, 9, 25, 1, 0, 0, 0, zone), "2025-09-24"},
		{time.Date(2025, 9, 25, 23, 59, 59, 0, time.UTC), "2025-09-25"},
		{time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC), "0001-01-01"},
		{time.Date(12025, 1, 1, 0, 0, 0, 0, time.UTC), "9999-12-31"},
	} {
		if got := DayOf(test.at).String(); got != test.want {
			t.Errorf("DayOf(%v) = %s, want %s", test.at, got, test.want)
		}
	}
}

func TestDay_zeroIsNoDay(t *testing.T) {
	var none Day
	first := day(t, "0001-01-01")
	if !none.IsZero() || none.String() != "" || none.Label() != "" || !none.Time().IsZero() {
		t.Errorf("the zero day is %q, %q, %v", none, none.Label(), none.Time())
	}
	if !none.Before(first) || !first.After(none) || none.AddDays(3) != none {
		t.Error("the zero day does not come before every day, or moves")
	}
	if _, ok := NewDay(2025, 2, 30); ok {
		t.Error("NewDay made 30 February")
	}
}

func TestDay_countsAcrossMonthsLeapYearsAndCenturies(t *testing.T) {
	for _, test := range []struct {
		from, to string
		days     int
	}{
		{"2024-02-28", "2024-03-01", 2},
		{"2025-02-28", "2025-03-01", 1},
		{"2025-12-31", "2026-01-01", 1},
		{"2025-09-25", "2025-09-25", 0},
		{"0001-01-01", "9999-12-31", 3652058},
	} {
		from, to := day(t, test.from), day(t, test.to)
		if got := to.DaysSince(from); got != test.days || from.DaysSince(to) != -test.days {
			t.Errorf("from %s to %s: %d days, want %d", from, to, got, test.days)
		}
		if from.AddDays(test.days) != to || to.AddDays(-test.days) != from {
			t.Errorf("%s and %d days: %s, want %s", from, test.days, from.AddDays(test.days), to)
		}
	}
	if got := day(t, "9999-12-31").AddDays(1).String(); got != "9999-12-31" {
		t.Errorf("the day after the last is %s", got)
	}
}

func TestDay_ordersByYearThenMonthThenDay(t *testing.T) {
	ordered := []string{"2024-12-31", "2025-01-30", "2025-02-01", "2025-02-02", "2026-01-01"}
	for i, a := range ordered {
		for j, b := range ordered {
			x, y := day(t, a), day(t, b)
			if x.Before(y) != (i < j) || x.After(y) != (i > j) || (x.Compare(y) == 0) != (i == j) {
				t.Errorf("%s and %s compare as %d", a, b, x.Compare(y))
			}
		}
	}
}

func TestDay_labelIsForPeople(t *testing.T) {
	if got := day(t, "2025-09-05").Label(); got != "5 September 2025" {
		t.Errorf("got %q", got)
	}
}

func TestDay_travelsAsJSON(t *testing.T) {
	type pair struct {
		A Day `json:"a"`
		B Day `json:"b,omitzero"`
		C Day `json:"c"`
	}
	in := pair{A: day(t, "2025-09-25")}
	text, err := json.Marshal(in)
	if want := `{"a":"2025-09-25","c":null}`; err != nil || string(text) != want {
		t.Fatalf("got %s, %v, want %s", text, err, want)
	}
	out := pair{C: day(t, "2025-01-01")}
	if err := json.Unmarshal(text, &out); err != nil || out != in {
		t.Errorf("got %v, %v, want %v", out, err, in)
	}
}

func TestDay_refusesOtherJSONAndStaysAsItWas(t *testing.T) {
	for text, want := range map[string]string{
		`5`:            "A day is a text",
		`{}`:           "A day is a text",
		`true`:         "A day is a text",
		`""`:           "is no day",
		`"2025-09-31"`: "go from 01 to 30",
	} {
		d := day(t, "2025-01-01")
		wantSentence(t, text, json.Unmarshal([]byte(text), &d), want)
		if d.String() != "2025-01-01" {
			t.Errorf("%s left %v", text, d)
		}
	}
}

func TestDay_isStoredAsISOTextOrNull(t *testing.T) {
	if value, err := day(t, "2025-09-25").Value(); err != nil || value != "2025-09-25" {
		t.Errorf("got %v, %v", value, err)
	}
	if value, err := (Day{}).Value(); err != nil || value != nil {
		t.Errorf("got %v, %v for no day", value, err)
	}
	if (Day{}).GormDataType() != "date" {
		t.Error("GORM is told another type than date")
	}
}

func TestDay_isReadFromWhatDriversGive(t *testing.T) {
	zone := time.FixedZone("east", 3*60*60)
	for _, value := range []any{
		"2025-09-25", []byte("2025-09-25"), "2025-09-25 00:00:00+00:00", []byte("2025-09-25T00:00:00Z"),
		time.Date(2025, 9, 25, 0, 0, 0, 0, time.UTC), time.Date(2025, 9, 25, 0, 0, 0, 0, zone),
	} {
		var d Day
		if err := d.Scan(value); err != nil || d.String() != "2025-09-25" {
			t.Errorf("Scan(%v) gave %v, %v", value, d, err)
		}
	}
	d := day(t, "2025-09-25")
	if err := d.Scan(nil); err != nil || !d.IsZero() {
		t.Errorf("Scan(nil) gave %v, %v", d, err)
	}
	for _, value := range []any{int64(5), "soon", "", []byte("2025-13-01"), 1.5} {
		if err := new(Day).Scan(value); err == nil {
			t.Errorf("Scan(%v) gave no error", value)
		}
	}
}

func day(t testing.TB, text string) Day {
	t.Helper()
	d, err := ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func FuzzParseDay(f *testing.F) {
	for _, seed := range []string{"2025-09-25", "2024-02-29", "0001-01-01", "9999-12-31", "2025-9-25", "", "٢٠٢٥-09-25"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDay(text)
		if err != nil {
			wantSentence(t, text, err, "is no day: ")
			return
		}
		if d.String() != text || DayOf(d.Time()) != d || d.AddDays(1).AddDays(-1) != d && text != "9999-12-31" {
			t.Errorf("%q gave %v", text, d)
		}
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			t.Errorf("%q is no day for the standard library: %v", text, err)
		}
	})
}
