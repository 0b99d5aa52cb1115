package models

import "fmt"

// HeldProblems says which citations are said to show that a record held on a day on which it cannot
// have: certainly before it began, or after it ended.
func HeldProblems(document Document) []Problem {
	begin, end := lifeOf(document)
	first, last := begin.FirstDay(), end.LastDay()
	var problems []Problem
	for i, c := range document.Cited() {
		message := ""
		switch {
		case c.HoldsOn.IsZero():
		case !first.IsZero() && c.HoldsOn.Before(first):
			message = fmt.Sprintf("It began %s, so that a source cannot show that it held on %s. Correct one of the two, or leave the day of the source empty.", begin.In(DateWhen), c.HoldsOn.Label())
		case !last.IsZero() && c.HoldsOn.After(last):
			message = fmt.Sprintf("It ended %s, so that a source cannot show that it still held on %s. If the source says that it goes on, correct its end first.", end.In(DateWhen), c.HoldsOn.Label())
		}
		if message != "" {
			problems = append(problems, Problem{Pointer: fmt.Sprintf("/citations/%d/holds_on", i), Message: message})
		}
	}
	return problems
}

// lifeOf gives when what a document says began and ended, as far as it says so.
func lifeOf(document Document) (begin, end Date) {
	switch d := document.(type) {
	case *Entity:
		return d.Start, d.End
	case *Relationship:
		return d.Start, d.End
	case *StatusChange:
		return d.Effective, Date{}
	case *Claim:
		return d.SaidOn, Date{}
	case *OpenItem:
		return d.RaisedOn, Date{}
	}
	return Date{}, Date{}
}

// FirstDay and LastDay bound the days on which a date lies: about and perhaps reach as far again on
// either side, a month at least. Zero where nothing bounds it.
func (d Date) FirstDay() Day {
	if d.Earliest.IsZero() {
		return Day{}
	}
	return d.Earliest.AddDays(-d.leeway())
}

func (d Date) LastDay() Day {
	if d.Latest.IsZero() {
		return Day{}
	}
	return d.Latest.AddDays(d.leeway())
}

func (d Date) leeway() int {
	if !d.IsApproximate() && !d.IsUncertain() {
		return 0
	}
	days := 31
	for !d.Earliest.IsZero() && d.Earliest.AddDays(days).Before(d.Latest) {
		days += 31
	}
	return days
}

// Day is the one day on which a date lies; false for one that is vague, approximate or uncertain.
func (d Date) Day() (Day, bool) {
	exact := !d.Earliest.IsZero() && d.Earliest == d.Latest && !d.IsApproximate() && !d.IsUncertain()
	return d.Earliest, exact
}
