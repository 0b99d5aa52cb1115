package models

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// plain reads a year, a month or a day; what looks like EDTF is left to ParseDate.
func (r *dateReading) plain(typed string) (string, error) {
	if typed == "today" || typed == "yesterday" {
		return r.relative(typed)
	}
	if strings.HasPrefix(typed, "[") {
		return typed, nil
	}
	words := strings.Fields(strings.NewReplacer(",", " ", " of ", " ").Replace(typed))
	switch {
	case len(words) == 1:
		return r.single(words[0])
	case len(words) == 2:
		return r.named(words[0], "", words[1])
	case len(words) == 3 && monthNamed(words[0]) > 0:
		return r.named(words[0], words[1], words[2])
	case len(words) == 3:
		return r.named(words[1], words[0], words[2])
	}
	return "", r.unreadable()
}

func (r *dateReading) relative(typed string) (string, error) {
	if r.published.IsZero() {
		return "", Errorf(ErrInvalid, "%q needs the day on which it was written. Write the date itself, such as 25 September 2025.", clip(r.typed))
	}
	if typed == "yesterday" {
		return r.published.AddDays(-1).String(), nil
	}
	return r.published.String(), nil
}

func (r *dateReading) single(word string) (string, error) {
	if inAnyOrder(word) {
		return "", Errorf(ErrInvalid, "%q is numbers alone, which people read in different orders. Write 25 September 2025 or 2025-09-25.", clip(r.typed))
	}
	if word[0] < '0' || word[0] > '9' {
		return "", r.unreadable()
	}
	return word, nil
}

// inAnyOrder reports whether a word is numbers of which any may be the day: 9/8/2025, 25.9.2025.
func inAnyOrder(word string) bool {
	numbers := strings.FieldsFunc(word, func(r rune) bool { return strings.ContainsRune("./-", r) })
	if len(numbers) < 2 || len(numbers[0]) == 4 && !strings.ContainsAny(word, "./") {
		return false
	}
	return !slices.ContainsFunc(numbers, func(number string) bool { _, ok := digits(number); return !ok })
}

// named puts together a date whose month is a word; day may be "".
func (r *dateReading) named(month, day, year string) (string, error) {
	text := fmt.Sprintf("%s-%02d", year, monthNamed(month))
	if monthNamed(month) == 0 || !isYear(year) {
		return "", r.unreadable()
	}
	if day == "" {
		return text, nil
	}

	for _, ordinal := range []string{"st", "nd", "rd", "th"} {
		day = strings.TrimSuffix(day, ordinal)
	}
	number, ok := digits(day)
	if !ok || len(day) > 2 {
		return "", r.unreadable()
	}
	return fmt.Sprintf("%s-%02d", text, number), nil
}

// monthNamed gives the number of a month of which at least three letters are written, or 0.
func monthNamed(word string) int {
	word = strings.TrimSuffix(word, ".")
	for month := time.January; month <= time.December && len(word) >= 3; month++ {
		if strings.HasPrefix(strings.ToLower(month.String()), word) {
			return int(month)
		}
	}
	return 0
}

func isYear(word string) bool {
	_, ok := digits(word)
	return ok && len(word) == 4
}
