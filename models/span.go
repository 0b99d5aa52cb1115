package models

import (
	"bytes"
	"slices"

	"github.com/google/uuid"
)

// StatusStep is a status change as its record's history sees it.
type StatusStep struct {
	Change    uuid.UUID
	Status    Status
	Extent    Extent
	Scope     string
	Effective Date
	Place     int
	Reported  Reported
	Announced Date
	// Unconfirmed says that the step was announced and that nothing confirms that it happened; Told
	// from which day on it is known as announced, zero for since ever.
	Unconfirmed bool
	Told        Day
}

// OrderSteps sorts steps as a history is read: by the latest day, then the earliest, then the
// writer's place, then the id.
func OrderSteps(steps []StatusStep) {
	slices.SortFunc(steps, func(a, b StatusStep) int {
		if c := a.Effective.Compare(b.Effective); c != 0 {
			return c
		}
		if a.Place != b.Place {
			return a.Place - b.Place
		}
		return bytes.Compare(a.Change[:], b.Change[:])
	})
}

// Span is a run of days for which a status held, by what certain status changes say. The spans
// of a record follow each other without a gap from the first day to the last.
type Span struct {
	// From is the first day; zero for "since ever".
	From Day
	// Until is the day after the last one; zero for "until further notice".
	Until Day
	// Since is when it began as the step that began it says, which is seldom a day: "2025-08". It
	// is "by" the day on which evidence alone shows the status, and unknown before the first step.
	Since  Date
	Status Status
	Extent Extent
	Scope  string
	// Change is the status change that began the span; nil for what went before the first.
	Change *uuid.UUID
}

// Contains reports whether the span covers a day.
func (s Span) Contains(day Day) bool {
	return !day.Before(s.From) && (s.Until.IsZero() || day.Before(s.Until))
}

// Spans gives the days for which each status held. held is the date on which evidence alone first
// shows the subject's Held status (zero for none); it counts only until the first certain status
// change. Steps that were announced and not confirmed begin no span. From the latest day of a
// certain end on, nothing but an ended status holds.
func Spans(subject StatusSubject, steps []StatusStep, held, end Date) []Span {
	spans := []Span{{Status: StatusUnknown, Extent: Full}}
	if !held.Latest.IsZero() && subject.Held() != StatusUnknown {
		spans = begin(spans, Span{From: held.Latest, Since: held, Status: subject.Held(), Extent: Full})
	}

	ordered := slices.Clone(steps)
	OrderSteps(ordered)
	for _, step := range ordered {
		if step.Effective.Latest.IsZero() || step.Unconfirmed {
			continue
		}
		spans = begin(spans, step.span(step.Effective.Latest))
	}
	if end.Latest.IsZero() || end.IsUncertain() || subject.AfterEnd() == "" {
		return spans
	}
	return closeSpans(subject, spans, ordered, end)
}

// EndUnshown has nothing hold from a certain end on of which nothing shows that it came: it was to come,
// and whether it did is unknown. What is known to have held later goes on holding.
func EndUnshown(subject StatusSubject, spans []Span, end Date) []Span {
	if end.Latest.IsZero() || end.IsUncertain() || subject.AfterEnd() == "" {
		return spans
	}
	last := spans[len(spans)-1]
	if last.From.After(end.Latest) || subject.Ends(last.Status) && last.Extent == Full {
		return spans
	}
	return begin(spans, Span{From: end.Latest, Status: StatusUnknown, Extent: Full})
}

// span is the run of days that begins with the step.
func (s StatusStep) span(from Day) Span {
	change := s.Change
	return Span{From: from, Since: s.Effective, Status: s.Status, Extent: s.Extent, Scope: s.Scope, Change: &change}
}

// closeSpans has nothing but an ended status hold from an end on: that of the step that ended it,
// or what the end alone says.
func closeSpans(subject StatusSubject, spans []Span, steps []StatusStep, ended Date) []Span {
	end := ended.Latest
	last := slices.IndexFunc(spans, func(s Span) bool { return s.Contains(end) })
	if subject.Ends(spans[last].Status) && spans[last].Extent == Full {
		spans[last].Until = Day{}
		return spans[:last+1]
	}
	closing := Span{From: end, Since: ended, Status: subject.AfterEnd(), Extent: Full}
	for _, step := range steps {
		later := step.Effective.Latest.IsZero() || !step.Effective.Latest.Before(end)
		if later && !step.Unconfirmed && step.Extent == Full && subject.Ends(step.Status) && subject.EndProblem(ended, step) == "" {
			closing = step.span(end)
			break
		}
	}
	return begin(spans, closing)
}

// begin ends the running spans on the day on which the next one begins; those that had not
// begun before that day never count.
func begin(spans []Span, next Span) []Span {
	for len(spans) > 0 && !spans[len(spans)-1].From.Before(next.From) {
		if spans[len(spans)-1].From.IsZero() {
			break
		}
		spans = spans[:len(spans)-1]
	}
	spans[len(spans)-1].Until = next.From
	return append(spans, next)
}

// StatusOn gives the span that holds on a day.
func StatusOn(spans []Span, day Day) Span {
	for _, span := range spans {
		if span.Contains(day) {
			return span
		}
	}
	return Span{Status: StatusUnknown, Extent: Full}
}

// PossibleOn lists the steps whose window contains the day, or may: they might have happened by
// then, and are not certain to have. What was merely announced is not among them.
func PossibleOn(steps []StatusStep, day Day) []StatusStep {
	var possible []StatusStep
	for _, step := range steps {
		if step.Effective.PossibleOn(day) && !step.Unconfirmed {
			possible = append(possible, step)
		}
	}
	OrderSteps(possible)
	return possible
}

// SpanRow is a stored span of a record, with the log sizes between which it held. It repeats
// the record's type and kind so that lists by status need no join.
type SpanRow struct {
	RecordID uuid.UUID     `gorm:"primaryKey"`
	Place    int           `gorm:"primaryKey;autoIncrement:false"`
	FromSize int64         `gorm:"primaryKey;autoIncrement:false"`
	ToSize   *int64        //
	Subject  StatusSubject `gorm:"not null"`
	Status   Status        `gorm:"not null"`
	Extent   Extent        `gorm:"not null"`
	Scope    string        `gorm:"not null"`
	// FromDay and UntilDay bound the span as text in ISO order; '' and '9999-99-99' are open, so
	// that one comparison serves both engines.
	FromDay  string `gorm:"not null"`
	UntilDay string `gorm:"not null"`
	// SinceText is the text of Since; "" for unknown.
	SinceText string `gorm:"not null"`
	ChangeID  *uuid.UUID
}

// TableName is the table in which spans are kept.
func (SpanRow) TableName() string { return "spans" }

// OpenUntil stands in UntilDay for a span without an end.
const OpenUntil = "9999-99-99"

// SpanRows stores the spans of a record from a log size on.
func SpanRows(record uuid.UUID, subject StatusSubject, spans []Span, fromSize int64) []SpanRow {
	rows := make([]SpanRow, len(spans))
	for i, s := range spans {
		until := s.Until.String()
		if s.Until.IsZero() {
			until = OpenUntil
		}
		rows[i] = SpanRow{RecordID: record, Place: i, FromSize: fromSize, Subject: subject, Status: s.Status,
			Extent: s.Extent, Scope: s.Scope, FromDay: s.From.String(), UntilDay: until, SinceText: s.Since.Text, ChangeID: s.Change}
	}
	return rows
}
