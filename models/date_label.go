package models

import (
	"slices"
	"strings"
)

// DateUse is how a sentence uses a date.
type DateUse int

const (
	// DateAlone names the date: "August 2025", "by 25 September 2025".
	DateAlone DateUse = iota
	// DateWhen says when something happened: "on 9 November 2026", "in August 2025".
	DateWhen
	// DateSince says since when something holds that began on the date: "since August 2025". What
	// began by a day held by then, which is all that is known: "by 25 September 2025".
	DateSince
	// DateFrom begins a period whose end follows: "from August 2025".
	DateFrom
	// DateOnward says from when on something holds: "from 9 November 2026 on".
	DateOnward
	// DateUntil says until when something held that ended on the date: "until August 2025".
	DateUntil
)

// dateShape is what a sentence must know of a date.
type dateShape int

const (
	unknownShape dateShape = iota
	openShape
	dayShape
	periodShape // a year or a month
	aboutShape
	perhapsDayShape
	perhapsPeriodShape
	perhapsAboutShape
	byShape
	dayOrLaterShape
	periodOrLaterShape
	betweenShape
)

// dateWordings are the English words of each use and shape, with %s for a year, month or day: the one
// place that puts a date into a sentence. Other languages translate them form by form.
var dateWordings = [...][betweenShape + 1]string{
	DateAlone: {
		unknownShape: "unknown", openShape: "still open", dayShape: "%s", periodShape: "%s", aboutShape: "about %s",
		perhapsDayShape: "perhaps %s", perhapsPeriodShape: "perhaps %s", perhapsAboutShape: "perhaps about %s",
		byShape: "by %s", dayOrLaterShape: "%s or later", periodOrLaterShape: "%s or later", betweenShape: "between %s and %s",
	},
	DateWhen: {
		unknownShape: "on an unknown day", openShape: "still open", dayShape: "on %s", periodShape: "in %s", aboutShape: "about %s",
		perhapsDayShape: "perhaps on %s", perhapsPeriodShape: "perhaps in %s", perhapsAboutShape: "perhaps about %s",
		byShape: "by %s", dayOrLaterShape: "on %s or later", periodOrLaterShape: "in %s or later", betweenShape: "between %s and %s",
	},
	DateSince: {
		unknownShape: "since an unknown day", openShape: "still open", dayShape: "since %s", periodShape: "since %s", aboutShape: "since about %s",
		perhapsDayShape: "perhaps since %s", perhapsPeriodShape: "perhaps since %s", perhapsAboutShape: "perhaps since about %s",
		byShape: "by %s", dayOrLaterShape: "since %s or later", periodOrLaterShape: "since %s or later", betweenShape: "since some time between %s and %s",
	},
	DateFrom: {
		unknownShape: "from an unknown day", openShape: "still open", dayShape: "from %s", periodShape: "from %s", aboutShape: "from about %s",
		perhapsDayShape: "perhaps from %s", perhapsPeriodShape: "perhaps from %s", perhapsAboutShape: "perhaps from about %s",
		byShape: "by %s", dayOrLaterShape: "from %s or later", periodOrLaterShape: "from %s or later", betweenShape: "from some time between %s and %s",
	},
	DateOnward: {
		unknownShape: "from an unknown day on", openShape: "still open", dayShape: "from %s on", periodShape: "from %s on", aboutShape: "from about %s on",
		perhapsDayShape: "perhaps from %s on", perhapsPeriodShape: "perhaps from %s on", perhapsAboutShape: "perhaps from about %s on",
		byShape: "by %s", dayOrLaterShape: "from %s or later on", periodOrLaterShape: "from %s or later on", betweenShape: "from some time between %s and %s on",
	},
	DateUntil: {
		unknownShape: "until an unknown day", openShape: "still open", dayShape: "until %s", periodShape: "until %s", aboutShape: "until about %s",
		perhapsDayShape: "perhaps until %s", perhapsPeriodShape: "perhaps until %s", perhapsAboutShape: "perhaps until about %s",
		byShape: "until %s at the latest", dayOrLaterShape: "until %s or later", periodOrLaterShape: "until %s or later", betweenShape: "until some time between %s and %s",
	},
}

// Wording gives the words in which a sentence uses the date: an English form with %s for each of
// the years, months and days that it names, which are written as 2025, 2025-08 or 2025-09-25. So
// that other languages can say both. What ParseDate did not make is given as it is.
func (d Date) Wording(use DateUse) (form string, named []string) {
	shape, named := d.shape()
	return dateWordings[use][shape], named
}

// DateForms lists every form that Wording gives, for those who say them in another language.
func DateForms() []string {
	var forms []string
	for _, use := range dateWordings {
		for _, form := range use {
			if !slices.Contains(forms, form) {
				forms = append(forms, form)
			}
		}
	}
	return forms
}

// shape finds what a sentence must know of the date, and the plain dates that it names.
func (d Date) shape() (dateShape, []string) {
	switch {
	case d.IsZero():
		return unknownShape, nil
	case d.IsOpenEnd():
		return openShape, nil
	case strings.HasPrefix(d.Text, "["):
		return d.rangeShape()
	}

	plain := trimQualifier(d.Text)
	day := len(plain) == len("2025-09-25")
	shape := map[bool]dateShape{true: dayShape, false: periodShape}[day]
	switch {
	case d.IsUncertain() && d.IsApproximate():
		shape = perhapsAboutShape
	case d.IsApproximate():
		shape = aboutShape
	case d.IsUncertain() && day:
		shape = perhapsDayShape
	case d.IsUncertain():
		shape = perhapsPeriodShape
	}
	return shape, []string{plain}
}

func (d Date) rangeShape() (dateShape, []string) {
	from, to, _ := strings.Cut(strings.Trim(d.Text, "[]"), openEnd)
	switch {
	case from == "":
		return byShape, []string{to}
	case from == to:
		return Date{Text: from}.shape()
	case to == "" && len(from) == len("2025-09-25"):
		return dayOrLaterShape, []string{from}
	case to == "":
		return periodOrLaterShape, []string{from}
	}
	return betweenShape, []string{from, to}
}

// In puts the date into a sentence.
func (d Date) In(use DateUse) string {
	form, named := d.Wording(use)
	for _, one := range named {
		form = strings.Replace(form, "%s", plainLabel(one), 1)
	}
	return form
}

// Label is the date for people: "August 2025", "about 2021", "by 25 September 2025".
func (d Date) Label() string { return d.In(DateAlone) }

// plainLabel gives back what was not made by ParseDate as it is.
func plainLabel(text string) string {
	plain, problem := parsePlain(text)
	if problem != "" {
		return text
	}
	return plain.label()
}

// ByDay is the date of what is known to have happened by a day; unknown for none.
func ByDay(day Day) Date {
	if day.IsZero() {
		return Date{}
	}
	return Date{Text: "[" + openEnd + day.String() + "]", Latest: day}
}

// OnDay is the date that is a day; unknown for none.
func OnDay(day Day) Date {
	return Date{Text: day.String(), Earliest: day, Latest: day}
}

// Named gives the first and last of the days that the text names: those of a year, a month or a day,
// from the first end of a range to its last, and of a range with an open end those of the other.
// None where nothing is known.
func (d Date) Named() (first, last Day) {
	_, named := d.shape()
	if len(named) == 0 {
		return Day{}, Day{}
	}
	from, problem := parsePlain(named[0])
	to, further := parsePlain(named[len(named)-1])
	if problem != "" || further != "" {
		return Day{}, Day{}
	}
	return from.earliest(), to.latest()
}

// Plain gives the date as ISO 8601 writes a year, a month or a day: "" for what is vaguer, and for
// what is not certain.
func (d Date) Plain() string {
	if shape, named := d.shape(); shape == dayShape || shape == periodShape {
		return named[0]
	}
	return ""
}
