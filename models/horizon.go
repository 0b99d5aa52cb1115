package models

import (
	"slices"

	"github.com/google/uuid"
)

// runs are, by subject, the statuses of which a record's own citations speak: who shows that a
// supply held on a day shows that it was active. That it was suspended, restricted or planned on
// that day only its status change can show.
var runs = map[StatusSubject]Status{
	SubjectSupply: "active", SubjectPosition: "current", SubjectContract: "active", SubjectInquiry: "ongoing",
	SubjectQuestion: "open", SubjectDemand: "open", SubjectCommitment: "open",
}

// Speaks reports whether a record's own citations speak of the status of a span: of what runs, as a
// whole. See runs.
func (s StatusSubject) Speaks(of Span) bool { return of.Status == runs[s] && of.Extent == Full }

// Shown is what shows a status change.
type Shown struct {
	// Published are the dates of the sources that it cites: for one whose date is not known, that
	// on which the step was announced; the unknown date where that is not known either.
	Published []Date
	// HoldsOn and CheckedOn are those of its citations.
	HoldsOn   []Day
	CheckedOn []Day
	// Admitted is the last day on which a party admitted it; zero for none.
	Admitted Day
}

// begins is the day from which on something can show a step: the first on which it may have been
// taken. Of "by 25 September" it is that day.
func (d Date) begins() Day {
	if d.Earliest.IsZero() {
		return d.Latest
	}
	return d.Earliest
}

// days are those on which something shows that the status of a step held, none of them fresher
// than is known: the step's own day where a source is not older, and the days on which sources
// said so since. An older source announced the step, and shows nothing.
func (s Shown) days(effective Date) []Day {
	from := effective.begins()
	var days []Day
	shown := !s.Admitted.IsZero() && !s.Admitted.Before(from)
	for _, published := range s.Published {
		shown = shown || published.Latest.IsZero() || !published.Latest.Before(from)
		days = append(days, published.Earliest)
	}
	for _, day := range s.HoldsOn {
		shown = shown || !day.Before(from)
		days = append(days, day)
	}
	if shown {
		days = append(days, from)
	}
	return since(days, from)
}

// since are the days from one on.
func since(days []Day, from Day) []Day {
	return slices.DeleteFunc(slices.Clone(days), func(day Day) bool { return day.IsZero() || day.Before(from) })
}

// Own is what shows a record itself, and so the status of which its own citations speak.
type Own struct {
	HoldsOn, CheckedOn []Day
	// Said are the days on which the party concerned admitted it.
	Said []Day
}

// OwnOf gathers what those of a document's own citations show that show something. An open item shows
// itself on the day on which it was raised.
func OwnOf(document Document, showing []Citation) Own {
	var own Own
	for _, citation := range showing {
		own.HoldsOn, own.CheckedOn = append(own.HoldsOn, citation.HoldsOn), append(own.CheckedOn, citation.CheckedOn)
	}
	if item, ok := document.(*OpenItem); ok {
		own.HoldsOn = append(own.HoldsOn, item.RaisedOn.begins())
	}
	own.HoldsOn, own.CheckedOn = since(own.HoldsOn, Day{}), since(own.CheckedOn, Day{})
	return own
}

// Horizon is the evidence horizon of a status as of a run of days.
type Horizon struct {
	// From is the first day; Until that after the last, zero for "until further notice".
	From, Until Day
	// LastEvidenced is the last day by then on which something shows that the status held,
	// LastChecked the last on which somebody looked; zero for none.
	LastEvidenced, LastChecked Day
	// Span is the place of the status among the record's spans.
	Span int
}

// Horizons gives the evidence horizons of a record's statuses: as of each day only what shows the
// status by that day counts. Days on which it is unknown have none.
func Horizons(subject StatusSubject, spans []Span, steps []StatusStep, shown map[uuid.UUID]Shown, own Own) []Horizon {
	var list []Horizon
	for place, span := range spans {
		if span.Status == StatusUnknown {
			continue
		}
		evidenced, checked, said := own.HoldsOn, own.CheckedOn, own.Said
		switch {
		case span.Change == nil && span.Status != subject.Held():
			evidenced, said = nil, nil // what the record's end alone says, nobody has shown on a day
		case span.Change != nil:
			said = nil
			evidenced, checked = shownBy(*span.Change, steps, shown)
			if subject.Speaks(span) {
				effective := effectiveOf(*span.Change, steps).begins()
				evidenced = append(evidenced, since(own.HoldsOn, effective)...)
				checked = append(checked, since(own.CheckedOn, effective)...)
			}
		}
		list = append(list, span.horizons(place, evidenced, checked, said)...)
	}
	return list
}

func shownBy(change uuid.UUID, steps []StatusStep, shown map[uuid.UUID]Shown) (evidenced, checked []Day) {
	one := shown[change]
	return one.days(effectiveOf(change, steps)), since(one.CheckedOn, Day{})
}

func effectiveOf(change uuid.UUID, steps []StatusStep) Date {
	i := slices.IndexFunc(steps, func(step StatusStep) bool { return step.Change == change })
	if i < 0 {
		return Date{}
	}
	return steps[i].Effective
}

// horizons divides a span at the days on which there is something newer.
func (s Span) horizons(place int, evidenced, checked, said []Day) []Horizon {
	starts := []Day{s.From}
	for _, day := range slices.Concat(evidenced, checked, said) {
		if s.From.Before(day) && s.Contains(day) {
			starts = append(starts, day)
		}
	}
	slices.SortFunc(starts, Day.Compare)

	var list []Horizon
	for i, from := range slices.Compact(starts) {
		one := Horizon{From: from, Until: s.Until, LastEvidenced: lastBy(evidenced, from), LastChecked: lastBy(checked, from), Span: place}
		if i > 0 {
			list[i-1].Until = from
		}
		list = append(list, one)
	}
	return list
}

// lastBy is the last of some days by a day; zero for none.
func lastBy(days []Day, by Day) Day {
	var last Day
	for _, day := range days {
		if !day.After(by) && day.After(last) {
			last = day
		}
	}
	return last
}

// Horizon gives the last day by a day on which a citation shows that the record held, and the last
// on which somebody looked; zero for none. It is the horizon of the record itself, not of its status.
func HorizonOf(citations []Citation, by Day) (evidenced, checked Day) {
	for _, citation := range citations {
		evidenced, checked = later(evidenced, lastBy([]Day{citation.HoldsOn}, by)), later(checked, lastBy([]Day{citation.CheckedOn}, by))
	}
	return evidenced, checked
}

func later(a, b Day) Day {
	if a.Before(b) {
		return b
	}
	return a
}

// HorizonRow is a stored horizon of a record's status, with the log sizes between which it held.
type HorizonRow struct {
	RecordID uuid.UUID `gorm:"primaryKey"`
	// FromDay and UntilDay bound it as they bound a span.
	FromDay       string `gorm:"primaryKey"`
	FromSize      int64  `gorm:"primaryKey;autoIncrement:false"`
	ToSize        *int64 //
	UntilDay      string `gorm:"not null"`
	LastEvidenced Day
	LastChecked   Day
	// Verification, Disputed and Basis are set where evidence of the record alone gives the status:
	// what shows it by then. Where a status change began it, its own standing says how well it is
	// established.
	Verification *Verification
	Disputed     bool   `gorm:"not null"`
	Basis        string `gorm:"not null"`
}

// TableName is the table in which horizons are kept.
func (HorizonRow) TableName() string { return "horizons" }
