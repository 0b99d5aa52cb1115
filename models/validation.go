package models

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

// validation gathers everything wrong with a document.
type validation struct {
	problems []Problem
}

func (v *validation) addf(pointer, format string, args ...any) {
	v.problems = append(v.problems, Problem{Pointer: pointer, Message: fmt.Sprintf(format, args...)})
}

func (v *validation) code(pointer, code string, vocabulary Vocabulary) {
	if vocabulary.Has(code) {
		return
	}
	name := strings.ReplaceAll(vocabulary.Name, "_", " ")
	if code == "" {
		v.addf(pointer, "Choose the %s: %s.", name, oneOf(vocabulary.Values()))
		return
	}
	v.addf(pointer, "%q is no %s.%s Use %s.", code, name, DidYouMean(code, vocabulary.Values()), oneOf(vocabulary.Values()))
}

// text checks a cleaned text: its length in letters, and that it is there when it must be.
func (v *validation) text(pointer, text string, most int, required bool) {
	if required && text == "" {
		v.addf(pointer, "Fill this in; it cannot be empty.")
	}
	if n := utf8.RuneCountInString(text); n > most {
		v.addf(pointer, "This has %d letters; shorten it to at most %d.", n, most)
	}
	if _, problem := CleanText(text); problem != "" {
		v.addf(pointer, "%s", problem)
	}
}

func (v *validation) atMost(pointer string, n, most int) {
	if n > most {
		v.addf(pointer, "There are %d entries; at most %d can be kept here.", n, most)
	}
}

func (v *validation) period(startPointer string, start Date, endPointer string, end Date) {
	if start.IsOpenEnd() {
		v.addf(startPointer, "Only an end can be open (\"..\"); leave an unknown start out.")
	}
	if !start.Earliest.IsZero() && !end.Latest.IsZero() && end.Latest.Before(start.Earliest) {
		v.addf(endPointer, "The end (%s) lies before the start (%s).", end.Text, start.Text)
	}
}

func (v *validation) point(pointer string, date Date) {
	if date.IsOpenEnd() {
		v.addf(pointer, "\"..\" (still open) can only stand at the end of a period; give a day, a month, a year or a range.")
	}
}

func (v *validation) distinct(pointer string, ids []uuid.UUID) {
	for i, id := range ids {
		if slices.Index(ids, id) < i {
			v.addf(fmt.Sprintf("%s/%d", pointer, i), "This record is listed twice; leave one of them out.")
		}
	}
}

func (v *validation) required(pointer string, id uuid.UUID, what string) {
	if id == uuid.Nil {
		v.addf(pointer, "Name %s by its id or slug.", what)
	}
}

// only says that a field belongs to another kind of entity.
func (v *validation) only(pointer string, kind, wanted EntityKind) {
	if kind != wanted {
		v.addf(pointer, "Only the kind %q has this field; leave it out for the kind %q.", wanted, kind)
	}
}

func (v *validation) purposes(purposes []Purpose) {
	for i, p := range purposes {
		at := fmt.Sprintf("/purposes/%d", i)
		v.code(at, string(p), Purposes())
		if slices.Index(purposes, p) < i {
			v.addf(at, "%q is listed twice; leave one of them out.", p)
		}
	}
}

// oneOf writes a list of codes for a sentence: `a, b or c`.
func oneOf(values []string) string {
	if len(values) < 2 {
		return strings.Join(values, "")
	}
	last := len(values) - 1
	return strings.Join(values[:last], ", ") + " or " + values[last]
}

// cleanTexts normalises texts in place; what cannot be cleaned stays for Validate to report.
func cleanTexts(texts ...*string) {
	for _, text := range texts {
		if clean, problem := CleanText(*text); problem == "" {
			*text = clean
		}
	}
}
