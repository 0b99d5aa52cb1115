package models

import (
	"bytes"
	"slices"

	"github.com/google/uuid"
)

// Reported says whether the sources of a step report it as done, or announce it for later. Where
// nobody said, it follows from days: see StatusStep.Happened.
type Reported string

// The ways of reporting a step.
const (
	ReportedDone      Reported = "done"
	ReportedAnnounced Reported = "announced"
)

// ReportedWays is the vocabulary of them.
func ReportedWays() Vocabulary {
	return codes("reported",
		[3]string{"done", "Done", "Its sources report that it has happened."},
		[3]string{"announced", "Announced", "Its sources announce it for later; it counts once something confirms it."})
}

// StepEvidence is what is known of a step beside what it says.
type StepEvidence struct {
	// Shown is the latest day of what shows the step: its sources' publications, by their latest
	// days, and the days on which citations show that it held. Zero where no day is known.
	Shown Day
	// Told is the first day by which it was published; zero where no day is known.
	Told Day
	// Held is the last day on which a citation shows that it held.
	Held Day
	// Admitted is the last day on which a party admitted it whole.
	Admitted Day
	// Entered is the last day on which one of its sources was first entered.
	Entered Day
}

// Add adds a citation: the day on which it shows that the step held, when its source was published,
// and on which days the source was entered and written last. Nothing is published after it was written down.
func (e *StepEvidence) Add(holdsOn Day, published Date, entered, written Day) {
	e.Held = laterOf(e.Held, holdsOn)
	e.Shown = laterOf(e.Shown, holdsOn)
	e.Entered = laterOf(e.Entered, entered)
	day := published.EvidenceDay()
	if day.IsZero() {
		return
	}
	told := day
	switch {
	case written.IsZero() || published.Earliest.After(written):
	case published.Latest.IsZero(): // "2020 or later" may be as late as that
		day = written
	case day.After(written):
		day, told = written, written
	}
	e.Shown = laterOf(e.Shown, day)
	if e.Told.IsZero() || told.Before(e.Told) {
		e.Told = told
	}
}

func laterOf(a, b Day) Day {
	if b.After(a) {
		return b
	}
	return a
}

// EvidenceDay is the day that counts of when something was published or said: the latest that it
// may be, or the earliest where there is no latest.
func (d Date) EvidenceDay() Day {
	if d.Latest.IsZero() {
		return d.Earliest
	}
	return d.Latest
}

// StepDay is the day of a step that is compared with what shows it: the earliest that it may be, of
// "by 31 December" the last. Zero where nothing is known.
func (d Date) StepDay() Day {
	if d.Earliest.IsZero() {
		return d.Latest
	}
	return d.Earliest
}

// Happened reports whether a step is believed to have happened, and was not merely announced.
//
// It is where a citation shows that it held on its day or later, or a party admitted it then. Else
// it is announced where its sources are said to announce it, and where its day lies after the latest
// day of what shows it. Where no day of a source is known, the announced day stands for it; where
// there is none either, the day on which the sources were entered: nothing is reported as done after that.
func (s StatusStep) Happened(e StepEvidence) bool {
	day := s.Effective.StepDay()
	if day.IsZero() || onOrAfter(e.Held, day) || onOrAfter(e.Admitted, day) {
		return true
	}
	shown := e.Shown
	switch {
	case s.Reported == ReportedAnnounced:
		return false
	case !shown.IsZero():
	case s.Reported == ReportedDone:
		return true
	case !s.Announced.IsZero():
		shown = s.Announced.EvidenceDay()
	default:
		shown = e.Entered
	}
	return onOrAfter(shown, day)
}

func onOrAfter(day, other Day) bool { return !day.IsZero() && !day.Before(other) }

// AnnouncedStepRow is a step that was announced and that nothing confirms, with the log sizes
// between which that was so.
type AnnouncedStepRow struct {
	ChangeID uuid.UUID `gorm:"primaryKey"`
	FromSize int64     `gorm:"primaryKey;autoIncrement:false"`
	ToSize   *int64    //
	RecordID uuid.UUID `gorm:"not null"`
	// ToldDay is the day from which on it is known as announced, '' for since ever; DueDay that by
	// which it is to have happened. Both are ISO text.
	ToldDay string `gorm:"not null"`
	DueDay  string `gorm:"not null"`
}

// TableName is the table in which announced steps are kept.
func (AnnouncedStepRow) TableName() string { return "announced_steps" }

// AnnouncedStepRows stores the unconfirmed among the steps of a record, in the order of their ids.
func AnnouncedStepRows(record uuid.UUID, steps []StatusStep) []AnnouncedStepRow {
	var rows []AnnouncedStepRow
	for _, step := range steps {
		if step.Unconfirmed {
			rows = append(rows, AnnouncedStepRow{ChangeID: step.Change, RecordID: record, ToldDay: step.Told.String(), DueDay: step.Effective.EvidenceDay().String()})
		}
	}
	slices.SortFunc(rows, func(a, b AnnouncedStepRow) int { return bytes.Compare(a.ChangeID[:], b.ChangeID[:]) })
	return rows
}

// endedStatuses are, by subject, the statuses with which something past its end goes together. The
// first is what the end alone says.
var endedStatuses = map[StatusSubject][]Status{
	SubjectSupply:   {"ended"},
	SubjectPosition: {"ended"},
	SubjectContract: {"expired", "cancelled", "terminated"},
	SubjectInquiry:  {"unknown", "concluded", "abandoned"},
}

// AfterEnd gives the status that a certain end alone says; "" where the subject has no end.
func (s StatusSubject) AfterEnd() Status {
	if len(endedStatuses[s]) == 0 {
		return ""
	}
	return endedStatuses[s][0]
}

// HasTerm reports whether the end of a subject is agreed beforehand, as that of a contract, or decides
// no status: then no later source needs to show that it came.
func (s StatusSubject) HasTerm() bool { return s == SubjectContract || s.AfterEnd() == StatusUnknown }

// Ends reports whether a status goes together with an end that is past.
func (s StatusSubject) Ends(status Status) bool {
	for i, one := range endedStatuses[s] {
		if one == status && (i > 0 || one != StatusUnknown) {
			return true
		}
	}
	return false
}

// EndProblem is the sentence about an end and a step that cannot both be; "" when they can. An end
// that is not certain, and a step that was merely announced, contradict nothing.
func (s StatusSubject) EndProblem(end Date, step StatusStep) string {
	last := end.Latest
	if last.IsZero() || end.IsUncertain() || s.AfterEnd() == "" || step.Unconfirmed {
		return ""
	}
	day := step.Effective.StepDay()
	if s.Ends(step.Status) {
		day = step.Effective.Earliest
		last = last.AddDays(1) // "until 31 December", "expired on 1 January"
	}
	if day.IsZero() || !day.After(last) {
		return ""
	}
	return `The end (` + end.Label() + `) lies before the status "` + string(step.Status) + `" (` + step.Effective.Label() +
		`). Correct one of the two; what began anew after it ended has no end yet, or is a record of its own.`
}

// StartProblem is the sentence about a start and a step that cannot both be; "" when they can: nothing
// is what it is once it has begun before it begins.
func (s StatusSubject) StartProblem(start Date, step StatusStep) string {
	first := start.FirstDay()
	if first.IsZero() || start.IsUncertain() || step.Unconfirmed || s.Held() == StatusUnknown || step.Status != s.Held() {
		return ""
	}
	if last := step.Effective.LastDay(); last.IsZero() || !last.Before(first) {
		return ""
	}
	return `The start (` + start.Label() + `) lies after the status "` + string(step.Status) + `" (` + step.Effective.Label() + `). Correct one of the two.`
}
