package models

import "fmt"

// HappenedOn is a date of a document that says when something happened.
type HappenedOn struct {
	Pointer string
	Date    Date
	// What names the day that belongs there, for a sentence: "the day on which this was said".
	What string
}

// Happened lists the dates of a document that say when something happened, as far as they are
// given: none of them can lie ahead. When a step takes effect, a period ends or something is due may.
func Happened(document Document) []HappenedOn {
	var list []HappenedOn
	add := func(pointer string, date Date, what string) {
		if !date.IsZero() {
			list = append(list, HappenedOn{pointer, date, what})
		}
	}
	switch d := document.(type) {
	case *StatusChange:
		add("/announced", d.Announced, "the day on which the step was announced")
	case *Claim:
		add("/said_on", d.SaidOn, "the day on which this was said")
	case *Source:
		add("/published", d.Published, "the day on which it was published")
		for i, c := range d.Captures {
			add(fmt.Sprintf("/captures/%d/captured_on", i), c.CapturedOn.Date(), "the day on which the source looked like this")
		}
	case *OpenItem:
		add("/raised_on", d.RaisedOn, "the day on which this was raised")
	}
	for i, c := range document.Cited() {
		at := fmt.Sprintf("/citations/%d", i)
		add(at+"/holds_on", c.HoldsOn.Date(), "the day on which the source shows that it held")
		add(at+"/checked_on", c.CheckedOn.Date(), "the day on which somebody looked")
	}
	return list
}

// IsAhead reports whether a date lies after a day: its earliest day does, or its latest in a later
// year, so that "by 2030" says nothing of what has happened. The year or month of the day is not ahead.
func (d Date) IsAhead(day Day) bool {
	return d.Earliest.After(day) || !d.Latest.IsZero() && d.Latest.year > day.year
}
