package models

import (
	"slices"
	"strings"
	"time"
)

// ParseDateWords reads a date as a person types it in a form: what ParseEnd takes, the labels
// that Date.Label gives, and the likes of "25 September 2025", "Aug 2025", "end of August 2025",
// "about 2021", "since 2021" or "between May 2024 and 3 June 2024", in any case. "today" and
// "yesterday" count from published, where that is a day. Nothing typed is the unknown date. What
// the EDTF text cannot carry ("end of") is kept in Words. The error is ErrInvalid, with a
// sentence for people.
func ParseDateWords(input string, published Day) (Date, error) {
	typed, err := cleanDateWords(input)
	if err != nil {
		return Date{}, err
	}
	reading := dateReading{typed: typed, published: published}
	switch lower := strings.ToLower(typed); lower {
	case "", "unknown":
		return Date{}, nil
	case openEnd, "still open", "ongoing":
		return OpenEnd(), nil
	default:
		return reading.date(lower)
	}
}

// dateReading is one attempt at what somebody typed.
type dateReading struct {
	typed     string
	published Day
	// vague is set when the typed words say more than the EDTF text.
	vague bool
}

func (r *dateReading) date(lower string) (Date, error) {
	text, err := r.edtf(lower)
	if err != nil {
		return Date{}, err
	}
	date, err := ParseEnd(text)
	if err == nil && r.vague {
		date.Words = r.typed
	}
	return date, err
}

// dateForm is a way to say something around a date.
type dateForm struct {
	before, after []string
	// edtf has X for the date.
	edtf string
	// vague forms say more than their EDTF.
	vague bool
	// within forms take a year or a month alone: a day has no "early" that matters here.
	within bool
	// beside forms leave the date itself out: they take the year, month or day after it, or before it.
	beside int
}

func dateForms() []dateForm {
	return []dateForm{
		{before: []string{"since"}, after: []string{"or later", "or after"}, edtf: "[X..]"},
		{before: []string{"after"}, edtf: "[X..]", vague: true, beside: 1},
		{before: []string{"by", "no later than"}, after: []string{"or earlier", "or before"}, edtf: "[..X]"},
		{before: []string{"before"}, edtf: "[..X]", vague: true, beside: -1},
		{before: []string{"perhaps", "possibly", "probably", "maybe"}, edtf: "X?"},
		{before: []string{"about", "around", "circa", "c.", "approximately", "roughly"}, edtf: "X~"},
		{before: []string{"early", "mid", "late", "beginning of", "start of", "middle of", "end of"}, edtf: "X", vague: true, within: true},
		{before: []string{"the", "in", "on"}, edtf: "X"},
	}
}

// rest gives what the form is said of.
func (f dateForm) rest(typed string) (string, bool) {
	for _, words := range f.before {
		if rest, ok := strings.CutPrefix(typed, words+" "); ok {
			return rest, true
		}
	}
	for _, words := range f.after {
		if rest, ok := strings.CutSuffix(typed, " "+words); ok {
			return rest, true
		}
	}
	return "", false
}

// edtf turns typed words into an EDTF text, which ParseDate is to judge.
func (r *dateReading) edtf(typed string) (string, error) {
	typed = strings.Replace(typed, "mid-", "mid ", 1)
	if ends, ok := strings.CutPrefix(typed, "between "); ok {
		return r.between(ends)
	}
	for _, form := range dateForms() {
		if rest, ok := form.rest(typed); ok {
			return r.around(form, rest)
		}
	}
	if rest, asked := strings.CutSuffix(typed, "?"); asked && strings.Contains(rest, " ") {
		return r.around(dateForm{edtf: "X?"}, strings.TrimSpace(rest))
	}
	return r.plain(typed)
}

func (r *dateReading) between(ends string) (string, error) {
	from, to, ok := strings.Cut(ends, " and ")
	if !ok {
		return "", r.unreadable()
	}
	from, err := r.end(from)
	if err != nil {
		return "", err
	}
	to, err = r.end(to)
	return "[" + from + ".." + to + "]", err
}

// end reads an end of a range. EDTF has no place for a qualifier there, so that the typed words
// are kept instead.
func (r *dateReading) end(typed string) (string, error) {
	text, err := r.point(typed)
	if plain := trimQualifier(text); plain != text {
		r.vague = true
		return plain, err
	}
	return text, err
}

// point reads anything but a range.
func (r *dateReading) point(typed string) (string, error) {
	text, err := r.edtf(typed)
	if err == nil && strings.Contains(text, openEnd) {
		return "", r.unreadable()
	}
	return text, err
}

func (r *dateReading) around(form dateForm, rest string) (string, error) {
	read := r.point
	if strings.HasPrefix(form.edtf, "[") {
		read = r.end
	}
	text, err := read(rest)
	if err != nil {
		return "", err
	}

	if form.within && len(text) != len("2025") && len(text) != len("2025-08") {
		return "", r.unreadable()
	}
	r.vague = r.vague || form.vague
	if form.beside != 0 {
		if text, err = beside(text, form.beside); err != nil {
			return "", r.unreadable()
		}
	}
	return strings.NewReplacer("~?", "%", "?~", "%").Replace(strings.Replace(form.edtf, "X", text, 1)), nil
}

// beside is the year, month or day a step from another: "after 2025" begins in 2026.
func beside(text string, step int) (string, error) {
	switch len(text) {
	case len("2025"):
		at, err := time.Parse("2006", text)
		return at.AddDate(step, 0, 0).Format("2006"), err
	case len("2025-08"):
		at, err := time.Parse("2006-01", text)
		return at.AddDate(0, step, 0).Format("2006-01"), err
	}
	at, err := time.Parse(time.DateOnly, text)
	return at.AddDate(0, 0, step).Format(time.DateOnly), err
}

func (r *dateReading) unreadable() error {
	words := strings.FieldsFunc(strings.ToLower(r.typed), func(r rune) bool { return r == ' ' || r == ',' })
	isMonth := func(word string) bool { return monthNamed(word) > 0 }
	if slices.ContainsFunc(words, isMonth) && !slices.ContainsFunc(words, isYear) {
		return Errorf(ErrInvalid, "%q has no year. Add it, as in 25 September 2025 or August 2025.", clip(r.typed))
	}
	return Errorf(ErrInvalid, "%q cannot be read as a date. Write it like 25 September 2025, August 2025, early 2025, about 2021, "+
		"since 2021, by May 2024 or between May 2024 and June 2024, or as 2025-09-25.", clip(r.typed))
}
