package models

import (
	"cmp"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Day is a civil day of the years 1 to 9999, without a zone. The zero Day is none: open, or not
// known. Days can be compared with == and used as map keys.
type Day struct {
	year, month, day int16
}

// NewDay makes a day; ok is false when there is no such day in the years 1 to 9999.
func NewDay(year, month, day int) (d Day, ok bool) {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return Day{}, false
	}
	return Day{int16(year), int16(month), int16(day)}, true
}

// ParseDay reads a day as YYYY-MM-DD. Its error is ErrInvalid, with a sentence for people.
func ParseDay(text string) (Day, error) {
	plain, problem := parsePlain(text)
	if problem == "" && plain.parts < 3 {
		problem = "it names no day of a month"
	}
	if problem != "" {
		return Day{}, Errorf(ErrInvalid, "%q is no day: %s. Write year, month and day, such as 2025-09-25.", clip(text), problem)
	}
	return plain.earliest(), nil
}

// DayOf is the day of an instant in UTC; one outside the years 1 to 9999 gives their first or
// last day.
func DayOf(t time.Time) Day {
	year, month, day := t.UTC().Date()
	switch {
	case year < 1:
		return Day{1, 1, 1}
	case year > 9999:
		return Day{9999, 12, 31}
	}
	return Day{int16(year), int16(month), int16(day)}
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// clip keeps what a message repeats short.
func clip(text string) string {
	if letters := []rune(text); len(letters) > 60 {
		return string(letters[:60]) + "…"
	}
	return text
}

// IsZero reports whether there is no day.
func (d Day) IsZero() bool { return d == Day{} }

// String is YYYY-MM-DD, or "" for none.
func (d Day) String() string {
	if d.IsZero() {
		return ""
	}
	text := appendDigits(make([]byte, 0, len(time.DateOnly)), d.year, 1000)
	text = appendDigits(append(text, '-'), d.month, 10)
	return string(appendDigits(append(text, '-'), d.day, 10))
}

// appendDigits writes a number with as many digits as its unit has: exports write days by the
// million, and fmt takes five times as long.
func appendDigits(text []byte, number, unit int16) []byte {
	for ; unit > 0; unit /= 10 {
		text = append(text, '0'+byte(number/unit%10))
	}
	return text
}

// Label is the day for people: "25 September 2025", or "" for none.
func (d Day) Label() string {
	if d.IsZero() {
		return ""
	}
	text := strconv.AppendInt(make([]byte, 0, len("25 September 2025")), int64(d.day), 10)
	text = append(append(append(text, ' '), time.Month(d.month).String()...), ' ')
	return string(appendDigits(text, d.year, 1000))
}

// Time is midnight UTC of the day, or the zero time for none.
func (d Day) Time() time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return time.Date(int(d.year), time.Month(d.month), int(d.day), 0, 0, 0, 0, time.UTC)
}

// Date is the day as a date, exactly known; the unknown date for none.
func (d Day) Date() Date { return Date{Text: d.String(), Earliest: d, Latest: d} }

// Compare gives -1, 0 or 1; no day comes before every day.
func (d Day) Compare(other Day) int {
	return cmp.Or(cmp.Compare(d.year, other.year), cmp.Compare(d.month, other.month), cmp.Compare(d.day, other.day))
}

// Before reports whether d comes before another day.
func (d Day) Before(other Day) bool { return d.Compare(other) < 0 }

// After reports whether d comes after another day.
func (d Day) After(other Day) bool { return d.Compare(other) > 0 }

// AddDays gives the day n days later, within the years 1 to 9999. No day stays no day.
func (d Day) AddDays(n int) Day {
	if d.IsZero() {
		return d
	}
	return DayOf(d.Time().AddDate(0, 0, n))
}

// DaysSince counts the days from another day to d, below zero when d comes first. It means
// nothing unless both are days.
func (d Day) DaysSince(other Day) int {
	// Not Time.Sub: a Duration ends at 292 years.
	return int((d.Time().Unix() - other.Time().Unix()) / (24 * 60 * 60))
}

// MarshalJSON writes "YYYY-MM-DD", or null for none.
func (d Day) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + d.String() + `"`), nil
}

// UnmarshalJSON reads "YYYY-MM-DD" or null. Its errors are sentences for people; after one the
// day is what it was.
func (d *Day) UnmarshalJSON(data []byte) error {
	var text *string
	if err := json.Unmarshal(data, &text); err != nil {
		return Errorf(ErrInvalid, `A day is a text such as "2025-09-25", or null where there is none.`)
	}
	if text == nil {
		*d = Day{}
		return nil
	}
	day, err := ParseDay(*text)
	if err == nil {
		*d = day
	}
	return err
}

// Value stores the day as text in ISO form, which both engines take; NULL for none.
func (d Day) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.String(), nil
}

// Scan reads a day from a database: NULL, text that begins with YYYY-MM-DD, or the calendar day
// of a time as the driver gives it.
func (d *Day) Scan(value any) (err error) {
	switch v := value.(type) {
	case nil:
		*d = Day{}
	case time.Time:
		// A date column has no zone: moving it to UTC could change the day.
		*d = DayOf(time.Date(v.Year(), v.Month(), v.Day(), 0, 0, 0, 0, time.UTC))
	case string:
		*d, err = ParseDay(v[:min(len(v), len(time.DateOnly))])
	case []byte:
		*d, err = ParseDay(string(v[:min(len(v), len(time.DateOnly))]))
	default:
		err = fmt.Errorf("read a day from a %T", value)
	}
	return err
}

// GormDataType is the column type for GORM.
func (Day) GormDataType() string { return "date" }
