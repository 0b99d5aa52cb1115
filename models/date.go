package models

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Date is a point in time as far as it is known: the subset of EDTF (ISO 8601-2, Library of
// Congress, levels 0 to 2) that docs/method.md describes. The zero Date is unknown.
type Date struct {
	// Text is the EDTF string: "2025", "2025-08", "2025-09-25", each perhaps followed by ~
	// (about), ? (uncertain) or % (both); or a one-of range "[2021..]", "[..2025-09-25]",
	// "[2025-08..2025-09-25]". ".." stands for an end that is still open.
	Text string
	// Earliest and Latest are the first and last day that the text allows; a qualifier widens
	// neither. Zero is open.
	Earliest Day
	Latest   Day
	// Words are the source's own, where they say more ("end of August").
	Words string
}

const openEnd = ".."

// OpenEnd is the end of a period that is still open.
func OpenEnd() Date { return Date{Text: openEnd} }

// ParseDate reads an EDTF point. Its errors are sentences for people.
func ParseDate(text string) (Date, error) {
	if strings.HasPrefix(text, "[") {
		return parseRange(text)
	}
	plain := strings.TrimRight(text, "~?%")
	if len(text)-len(plain) > 1 {
		return Date{}, dateError(text, "use one of ~ (about), ? (uncertain) and % (both) once, at the end")
	}
	earliest, latest, problem := parsePlain(plain)
	if problem != "" {
		return Date{}, dateError(text, problem)
	}
	return Date{Text: text, Earliest: earliest, Latest: latest}, nil
}

// ParseEnd reads the end of a period: a point, or ".." for still open.
func ParseEnd(text string) (Date, error) {
	if text == openEnd {
		return OpenEnd(), nil
	}
	return ParseDate(text)
}

func dateError(text, problem string) error {
	return fmt.Errorf("%q is no date: %s. Write 2025, 2025-08, 2025-09-25, 2025~ (about), [2021..] (then or later), [..2025-09-25] (by) or [2025-08..2025-09-25] (between)",
		clip(text), problem)
}

// parsePlain reads a year, a month or a day, and gives its first and last day.
func parsePlain(text string) (earliest, latest Day, problem string) {
	parts := strings.Split(text, "-")
	widths := []int{4, 2, 2}
	numbers := []int{0, 1, 1}
	if len(parts) > 3 {
		return Day{}, Day{}, "it has too many parts"
	}
	for i, part := range parts {
		n, ok := digits(part)
		if !ok || len(part) != widths[i] {
			return Day{}, Day{}, "a year has four digits, a month and a day two, joined by hyphens"
		}
		numbers[i] = n
	}

	year, month := numbers[0], numbers[1]
	switch {
	case year < 1:
		return Day{}, Day{}, "years go from 0001 to 9999"
	case month < 1 || month > 12:
		return Day{}, Day{}, "months go from 01 to 12"
	case numbers[2] < 1 || numbers[2] > daysIn(year, month):
		return Day{}, Day{}, fmt.Sprintf("%s %d has %d days", time.Month(month), year, daysIn(year, month))
	}
	earliest, _ = NewDay(year, month, numbers[2])
	switch len(parts) {
	case 1:
		latest, _ = NewDay(year, 12, 31)
	case 2:
		latest, _ = NewDay(year, month, daysIn(year, month))
	default:
		latest = earliest
	}
	return earliest, latest, ""
}

func parseRange(text string) (Date, error) {
	inside, closed := strings.CutSuffix(text[1:], "]")
	from, to, dots := strings.Cut(inside, openEnd)
	switch {
	case !closed:
		return Date{}, dateError(text, "a range ends with ] and no qualifier can follow")
	case !dots:
		return Date{}, dateError(text, "a range has two dots between its ends")
	case from == "" && to == "":
		return Date{}, dateError(text, "a range needs at least one end")
	}

	date := Date{Text: text}
	for _, end := range []struct {
		text  string
		apply func(earliest, latest Day)
	}{
		{from, func(earliest, _ Day) { date.Earliest = earliest }},
		{to, func(_, latest Day) { date.Latest = latest }},
	} {
		if end.text == "" {
			continue
		}
		earliest, latest, problem := parsePlain(end.text)
		if problem != "" {
			return Date{}, dateError(text, problem)
		}
		end.apply(earliest, latest)
	}
	if !date.Earliest.IsZero() && !date.Latest.IsZero() && date.Latest.Before(date.Earliest) {
		return Date{}, dateError(text, "its end lies before its start")
	}
	return date, nil
}

// IsZero reports whether nothing is known.
func (d Date) IsZero() bool { return d.Text == "" }

// IsOpenEnd reports whether the date is an end that is still open.
func (d Date) IsOpenEnd() bool { return d.Text == openEnd }

// IsApproximate reports whether the source says "about".
func (d Date) IsApproximate() bool {
	return strings.HasSuffix(d.Text, "~") || strings.HasSuffix(d.Text, "%")
}

// IsUncertain reports whether the source is not sure.
func (d Date) IsUncertain() bool {
	return strings.HasSuffix(d.Text, "?") || strings.HasSuffix(d.Text, "%")
}

// CertainBy reports whether the date lies on a day or before it, whatever day it was.
func (d Date) CertainBy(day Day) bool {
	return !d.Latest.IsZero() && !d.Latest.After(day)
}

// PossibleOn reports whether the date may lie on a day or before it, and is not certain to.
func (d Date) PossibleOn(day Day) bool {
	if d.IsZero() || d.IsOpenEnd() || d.CertainBy(day) {
		return false
	}
	return d.Earliest.IsZero() || !d.Earliest.After(day)
}

// Compare orders dates as a history is read: by the latest day (open comes last), then by the
// earliest (open comes first).
func (d Date) Compare(other Date) int {
	if d.Latest != other.Latest {
		switch {
		case d.Latest.IsZero():
			return 1
		case other.Latest.IsZero():
			return -1
		}
		return d.Latest.Compare(other.Latest)
	}
	return d.Earliest.Compare(other.Earliest)
}

// Label is the date for people: "August 2025", "about 2021", "by 25 September 2025".
func (d Date) Label() string {
	switch {
	case d.IsZero():
		return "unknown"
	case d.IsOpenEnd():
		return "still open"
	case strings.HasPrefix(d.Text, "["):
		return d.rangeLabel()
	}

	plain := plainLabel(strings.TrimRight(d.Text, "~?%"))
	switch {
	case d.IsApproximate() && d.IsUncertain():
		return "perhaps about " + plain
	case d.IsApproximate():
		return "about " + plain
	case d.IsUncertain():
		return "perhaps " + plain
	}
	return plain
}

func (d Date) rangeLabel() string {
	from, to, _ := strings.Cut(strings.Trim(d.Text, "[]"), openEnd)
	switch {
	case from == "":
		return "by " + plainLabel(to)
	case to == "":
		return plainLabel(from) + " or later"
	}
	return "between " + plainLabel(from) + " and " + plainLabel(to)
}

func plainLabel(text string) string {
	earliest, _, problem := parsePlain(text)
	switch {
	case problem != "":
		return text
	case len(text) == 4:
		return fmt.Sprint(earliest.year)
	case len(text) == 7:
		return fmt.Sprintf("%s %d", time.Month(earliest.month), earliest.year)
	}
	return earliest.Label()
}

// dateObject is a date as JSON when it has more than its text.
type dateObject struct {
	Text  string `json:"text"`
	Words string `json:"words,omitempty"`
}

// MarshalJSON writes the text alone, an object where there are words too, and null for unknown.
func (d Date) MarshalJSON() ([]byte, error) {
	switch {
	case d.IsZero():
		return []byte("null"), nil
	case d.Words == "":
		return json.Marshal(d.Text)
	}
	return json.Marshal(dateObject{d.Text, d.Words})
}

// UnmarshalJSON reads null, an EDTF text, or an object with "text" and "words"; what the API
// prints beside them is accepted and left alone. Its errors are sentences for people.
func (d *Date) UnmarshalJSON(data []byte) error {
	*d = Date{}
	if string(data) == "null" {
		return nil
	}
	var object struct {
		dateObject
		Earliest json.RawMessage `json:"earliest"`
		Latest   json.RawMessage `json:"latest"`
		Label    json.RawMessage `json:"label"`
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if json.Unmarshal(data, &object.Text) != nil && decoder.Decode(&object) != nil {
		return fmt.Errorf("a date is a text such as \"2025-08\", or an object {\"text\": \"2025-08\", \"words\": \"early August\"}")
	}

	words, problem := CleanText(object.Words)
	if problem != "" || len(words) > 500 {
		return fmt.Errorf("the words of a date are plain text of at most 500 letters")
	}
	date, err := ParseEnd(object.Text)
	if err != nil {
		return err
	}
	date.Words = words
	*d = date
	return nil
}
