package models

import (
	"strings"
	"unicode"
)

// Date is a point in time as far as it is known: a subset of EDTF (ISO 8601-2, Library of
// Congress). The zero Date is unknown. Embed it in a GORM model with a prefix for its columns.
type Date struct {
	// Text is the EDTF string: "2025", "2025-08", "2025-09-25", each perhaps followed by ~
	// (about), ? (uncertain) or % (both); or a one-of range "[2021..]", "[..2025-09-25]",
	// "[2025-08..2025-09-25]". ".." stands for an end that is still open.
	Text string `gorm:"column:text;not null"`
	// Earliest and Latest are the first and last day that the text allows; a qualifier widens
	// neither. Zero is open.
	Earliest Day `gorm:"column:earliest"`
	Latest   Day `gorm:"column:latest"`
	// Words are the source's own, where they say more ("end of August").
	Words string `gorm:"column:words;not null"`
}

const (
	openEnd    = ".."
	qualifiers = "~?%"
)

// OpenEnd is the end of a period that is still open.
func OpenEnd() Date { return Date{Text: openEnd} }

// ParseDate reads an EDTF point. Its error is ErrInvalid, with a sentence for people.
func ParseDate(text string) (Date, error) {
	date, problem := parsePoint(text)
	if problem != "" {
		return Date{}, Errorf(ErrInvalid, "%q is no date: %s. Write 2025, 2025-08, 2025-09-25, 2025~ (about), 2025? (uncertain), "+
			"[2021..] (then or later), [..2025-09-25] (by) or [2025-08..2025-09-25] (between).", clip(text), problem)
	}
	return date, nil
}

// ParseEnd reads the end of a period: a point, or ".." for still open.
func ParseEnd(text string) (Date, error) {
	if text == openEnd {
		return OpenEnd(), nil
	}
	return ParseDate(text)
}

func parsePoint(text string) (Date, string) {
	if problem := strayProblem(text); problem != "" {
		return Date{}, problem
	}
	if strings.HasPrefix(text, "[") {
		return parseRange(text)
	}

	plain, problem := parsePlain(trimQualifier(text))
	if problem != "" {
		return Date{}, problem
	}
	return Date{Text: text, Earliest: plain.earliest(), Latest: plain.latest()}, ""
}

// strayProblem names what people write that the shape of a date has no place for.
func strayProblem(text string) string {
	switch {
	case text == "":
		return "nothing is written"
	case text == openEnd:
		return "only the end of a period can be still open"
	case strings.ContainsFunc(text, unicode.IsSpace):
		return "it has a blank in it"
	case strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }):
		return "it has signs other than the digits 0 to 9, hyphens and brackets"
	case strings.Contains(text, "/"):
		return "it looks like a period, whose start and end are two dates"
	case strings.Contains(text, openEnd) && text[0] != '[':
		return "a range stands in square brackets"
	case strings.ContainsAny(trimQualifier(text), qualifiers):
		return "one of ~ (about), ? (uncertain) or % (both) can stand once, at the very end of a year, month or day, and not in a range"
	}
	return ""
}

// trimQualifier takes one qualifier from the end.
func trimQualifier(text string) string {
	if n := len(text) - 1; n >= 0 && strings.IndexByte(qualifiers, text[n]) >= 0 {
		return text[:n]
	}
	return text
}

func parseRange(text string) (Date, string) {
	inside, closed := strings.CutSuffix(text[1:], "]")
	from, to, dots := strings.Cut(inside, openEnd)
	switch {
	case trimQualifier(text) != text:
		return Date{}, "no ~, ? or % can follow a range, which is vague as it is"
	case !closed:
		return Date{}, "a range ends with a square bracket"
	case !dots:
		return Date{}, "a range has two dots between its ends"
	case from == "" && to == "":
		return Date{}, "a range needs at least one end"
	}
	return rangeOf(text, from, to)
}

// rangeOf makes the range from the first day of one end to the last day of the other; an end
// that is "" is open.
func rangeOf(text, from, to string) (Date, string) {
	date := Date{Text: text}
	if from != "" {
		plain, problem := parsePlain(from)
		if problem != "" {
			return Date{}, problem
		}
		date.Earliest = plain.earliest()
	}
	if to != "" {
		plain, problem := parsePlain(to)
		if problem != "" {
			return Date{}, problem
		}
		date.Latest = plain.latest()
	}
	if from != "" && to != "" && date.Latest.Before(date.Earliest) {
		return Date{}, "it runs backwards, put the earlier end first"
	}
	if from == to { // "between 14 and 14 August" is that day
		date.Text = from
	}
	return date, ""
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

// PossibleOn reports whether the date may lie on a day or before it, and is not certain to. It
// is false for the unknown date and for an end that is still open, which say nothing happened.
func (d Date) PossibleOn(day Day) bool {
	if d.IsZero() || d.IsOpenEnd() || d.CertainBy(day) {
		return false
	}
	return d.Earliest.IsZero() || !d.Earliest.After(day)
}

// Compare orders dates as a history is read: by the latest day (open comes last), then by the
// earliest (open comes first).
func (d Date) Compare(other Date) int {
	if d.Latest == other.Latest {
		return d.Earliest.Compare(other.Earliest)
	}
	switch {
	case d.Latest.IsZero():
		return 1
	case other.Latest.IsZero():
		return -1
	}
	return d.Latest.Compare(other.Latest)
}
