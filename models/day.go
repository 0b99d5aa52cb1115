package models

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Day is a civil day without a zone. The zero Day is none: open, or not known.
type Day struct {
	year, month, day int16
}

// NewDay makes a day of the years 1 to 9999; ok is false when there is no such day.
func NewDay(year, month, day int) (d Day, ok bool) {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return Day{}, false
	}
	return Day{int16(year), int16(month), int16(day)}, true
}

// ParseDay reads a day as YYYY-MM-DD.
func ParseDay(text string) (Day, error) {
	if len(text) == 10 && text[4] == '-' && text[7] == '-' {
		year, okYear := digits(text[:4])
		month, okMonth := digits(text[5:7])
		number, okDay := digits(text[8:])
		if day, ok := NewDay(year, month, number); ok && okYear && okMonth && okDay {
			return day, nil
		}
	}
	return Day{}, fmt.Errorf("%q is no day; write it as year-month-day, such as 2025-09-25", clip(text))
}

// DayOf is the day of an instant in UTC.
func DayOf(t time.Time) Day {
	year, month, day := t.UTC().Date()
	return Day{int16(year), int16(month), int16(day)}
}

// digits reads ASCII digits alone.
func digits(text string) (int, bool) {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// clip keeps what is repeated in a message short.
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
	return fmt.Sprintf("%04d-%02d-%02d", d.year, d.month, d.day)
}

// Time is midnight UTC of the day.
func (d Day) Time() time.Time {
	return time.Date(int(d.year), time.Month(d.month), int(d.day), 0, 0, 0, 0, time.UTC)
}

// Compare gives -1, 0 or 1; no day comes before every day.
func (d Day) Compare(other Day) int {
	switch a, b := d.number(), other.number(); {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (d Day) number() int { return int(d.year)*10000 + int(d.month)*100 + int(d.day) }

// Before reports whether d comes before another day.
func (d Day) Before(other Day) bool { return d.Compare(other) < 0 }

// After reports whether d comes after another day.
func (d Day) After(other Day) bool { return d.Compare(other) > 0 }

// AddDays gives the day n days later.
func (d Day) AddDays(n int) Day { return DayOf(d.Time().AddDate(0, 0, n)) }

// DaysSince counts the days from another day to d.
func (d Day) DaysSince(other Day) int { return int(d.Time().Sub(other.Time()).Hours() / 24) }

// Label is the day for people: "25 September 2025".
func (d Day) Label() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d %s %d", d.day, time.Month(d.month), d.year)
}

// MarshalJSON writes "YYYY-MM-DD", or null for none.
func (d Day) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + d.String() + `"`), nil
}

// UnmarshalJSON reads "YYYY-MM-DD" or null. Its errors are sentences for people.
func (d *Day) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*d = Day{}
		return nil
	}
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("a day is a text such as \"2025-09-25\", or null")
	}
	day, err := ParseDay(text)
	*d = day
	return err
}

// Value stores the day as text in ISO form, which both engines take; NULL for none.
func (d Day) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.String(), nil
}

// Scan reads a day from a database.
func (d *Day) Scan(value any) (err error) {
	switch v := value.(type) {
	case nil:
		*d = Day{}
	case time.Time:
		*d = DayOf(v)
	case string:
		*d, err = ParseDay(v[:min(len(v), 10)])
	case []byte:
		*d, err = ParseDay(string(v[:min(len(v), 10)]))
	default:
		err = fmt.Errorf("a day cannot be read from a %T", value)
	}
	return err
}

// GormDataType is the column type for GORM.
func (Day) GormDataType() string { return "date" }
