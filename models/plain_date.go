package models

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// plainDate is a year, a month or a day, as the text names it: 2025, 2025-08, 2025-09-25.
type plainDate struct {
	year, month, day int
	// parts is how many of the three are named; the others are 1.
	parts int
}

// parsePlain reads a plain date; problem is a clause for a sentence when it cannot.
func parsePlain(text string) (p plainDate, problem string) {
	p = plainDate{month: 1, day: 1}
	numbers := [...]struct {
		to     *int
		digits int
	}{{&p.year, len("yyyy")}, {&p.month, len("mm")}, {&p.day, len("dd")}}
	for more := true; more; p.parts++ {
		var part string
		part, text, more = strings.Cut(text, "-")
		n, ok := digits(part)
		if p.parts == len(numbers) || !ok || len(part) != numbers[p.parts].digits {
			return p, "a year has four digits, a month and a day have two, with hyphens between them"
		}
		*numbers[p.parts].to = n
	}
	return p, p.problem()
}

// digits reads ASCII digits alone.
func digits(text string) (n int, ok bool) {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

// problem says why the calendar has no such date.
func (p plainDate) problem() string {
	switch {
	case p.year < 1:
		return "years go from 0001 to 9999"
	case p.month < 1 || p.month > 12:
		return "months go from 01 to 12"
	case p.day < 1 || p.day > daysIn(p.year, p.month):
		return fmt.Sprintf("the days of %s %04d go from 01 to %d", time.Month(p.month), p.year, daysIn(p.year, p.month))
	}
	return ""
}

func (p plainDate) earliest() Day {
	return Day{int16(p.year), int16(p.month), int16(p.day)}
}

func (p plainDate) latest() Day {
	switch p.parts {
	case 1:
		return Day{int16(p.year), 12, 31}
	case 2:
		return Day{int16(p.year), int16(p.month), int16(daysIn(p.year, p.month))}
	}
	return p.earliest()
}

func (p plainDate) label() string {
	switch p.parts {
	case 1:
		return string(appendDigits(nil, int16(p.year), 1000))
	case 2:
		return time.Month(p.month).String() + " " + string(appendDigits(nil, int16(p.year), 1000))
	}
	return p.earliest().Label()
}
