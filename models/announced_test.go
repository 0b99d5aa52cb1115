package models

import "testing"

// A step is believed by the days of what shows it: its own day is the earliest that it may be, of "by"
// the last; that of a source the latest.
func TestHappened_comparesTheStepsDayWithThatOfWhatShowsIt(t *testing.T) {
	for _, test := range []struct {
		effective              string
		before, within, after  string // days of publication
		wantBefore, wantWithin bool
	}{
		{"2025-08", "2025-07-31", "2025-08-15", "2025-09-01", false, true},
		{"2025-08-15", "2025-08-14", "2025-08-15", "2025-08-16", false, true},
		{"2025", "2024-12", "2025-01-01", "2026", false, true},
		{"[..2025-12-31]", "2024", "2025-12", "2026-01", false, true},
		{"[..2025-08-15]", "2025-08-14", "2025-08", "2025-08-16", false, true},
		{"[2025-03..2025-06]", "2025-02", "2025-04-10", "2025-07", false, true},
		{"[2025-03..]", "2025-02-28", "2025-03-01", "2026", false, true},
		{"2025-08~", "2025-07", "2025-08-02", "2025-10", false, true},
		{"2025-08?", "2025-07", "2025-08-02", "2025-10", false, true},
	} {
		step := StatusStep{Effective: date(t, test.effective)}
		for name, one := range map[string]struct {
			published string
			want      bool
		}{"before": {test.before, test.wantBefore}, "within": {test.within, test.wantWithin}, "after": {test.after, true}} {
			var e StepEvidence
			e.Add(Day{}, date(t, one.published), day(t, "2027-01-01"), day(t, "2027-01-01"))
			if got := step.Happened(e); got != one.want {
				t.Errorf("%s, published %s (%s): happened %v", test.effective, one.published, name, got)
			}
			step.Announced = date(t, one.published) // where the date of the sources is not known
			var undated StepEvidence
			undated.Add(Day{}, Date{}, day(t, "2027-01-01"), day(t, "2027-01-01"))
			if got := step.Happened(undated); got != one.want {
				t.Errorf("%s, announced %s, sources undated: happened %v", test.effective, one.published, got)
			}
			step.Announced = Date{}
		}
	}
}

func TestHappened_whatIsKnownBesideDays(t *testing.T) {
	entered := day(t, "2025-06-01")
	for name, test := range map[string]struct {
		effective string
		reported  Reported
		published string
		holds     string
		admitted  string
		want      bool
	}{
		"nothing known, past":                           {"2025-01", "", "", "", "", true},
		"nothing known, ahead of the entry":             {"2025-12", "", "", "", "", false},
		"said to be announced":                          {"2025-01", ReportedAnnounced, "2025-03", "", "", false},
		"said to be announced, shown later":             {"2025-01", ReportedAnnounced, "2024-12", "2025-02-01", "", true},
		"shown before its day":                          {"[..2025-05-31]", "", "2024-12", "2025-05-30", "", false},
		"shown on its day":                              {"[..2025-05-31]", "", "2024-12", "2025-05-31", "", true},
		"admitted before its day":                       {"2025-05", "", "2024-12", "", "2025-04-30", false},
		"admitted on its day":                           {"2025-05", "", "2024-12", "", "2025-05-01", true},
		"said to be done, sources older":                {"2025-05", ReportedDone, "2024-12", "", "", false},
		"said to be done, sources undated":              {"2025-05", ReportedDone, "", "", "", true},
		"published some time in a year, entered before": {"2025-11", "", "2025", "", "", false},
		"published some time in a year":                 {"2025-05", "", "2025", "", "", true},
		"an unknown day":                                {"", "", "2024", "", "", true},
	} {
		step := StatusStep{Reported: test.reported}
		if test.effective != "" {
			step.Effective = date(t, test.effective)
		}
		var e StepEvidence
		published, holds := Date{}, Day{}
		if test.published != "" {
			published = date(t, test.published)
		}
		if test.holds != "" {
			holds = day(t, test.holds)
		}
		e.Add(holds, published, entered, entered)
		if test.admitted != "" {
			e.Admitted = day(t, test.admitted)
		}
		if got := step.Happened(e); got != test.want {
			t.Errorf("%s: happened %v", name, got)
		}
	}
}

func TestSpans_announcedStepsBeginNone(t *testing.T) {
	steps := history(t, "active 2021-05", "ended [..2025-12-31]")
	steps[1].Unconfirmed = true
	if got := drawn(Spans(SubjectSupply, steps, Date{}, Date{})); got != drawn(Spans(SubjectSupply, steps[:1], Date{}, Date{})) {
		t.Error(got)
	}
	if possible := PossibleOn(steps, day(t, "2025-07-01")); len(possible) != 0 {
		t.Errorf("possible: %+v", possible)
	}
}

// Past a certain end nothing but an ended status holds, in whatever order both were entered.
func TestSpans_endWithTheEnd(t *testing.T) {
	for _, test := range []struct {
		subject StatusSubject
		steps   []string
		end     string
		on      string
		want    Status
	}{
		{SubjectSupply, []string{"active 2021-05"}, "2024-06-30", "2024-06-29", "active"},
		{SubjectSupply, []string{"active 2021-05"}, "2024-06-30", "2024-06-30", "ended"},
		{SubjectSupply, []string{"active 2021-05"}, "2024", "2024-12-30", "active"},
		{SubjectSupply, []string{"active 2021-05"}, "2024", "2024-12-31", "ended"},
		{SubjectSupply, []string{"active 2021-05"}, "[2024..]", "2030-01-01", "active"},
		{SubjectSupply, []string{"active 2021-05"}, "..", "2030-01-01", "active"},
		{SubjectSupply, []string{"active 2021-05", "active 2025"}, "2024", "2026-01-01", "ended"},
		{SubjectSupply, []string{"active 2021-05", "ended 2023"}, "2024", "2026-01-01", "ended"},
		{SubjectSupply, nil, "2024", "2026-01-01", "ended"},
		{SubjectContract, []string{"active 2021-05"}, "2024", "2026-01-01", "expired"},
		{SubjectContract, []string{"active 2021-05", "terminated 2023"}, "2024", "2026-01-01", "terminated"},
		{SubjectContract, []string{"active 2021-05", "terminated [..2025-03]"}, "2024", "2025-01-01", "terminated"},
		{SubjectPosition, []string{"current 2021-05"}, "2024", "2026-01-01", "ended"},
		{SubjectInquiry, []string{"ongoing 2021-05"}, "2024", "2026-01-01", "unknown"},
		{SubjectInquiry, []string{"concluded 2023"}, "2024", "2026-01-01", "concluded"},
		{SubjectQuestion, []string{"open 2021"}, "2024", "2026-01-01", "open"},
	} {
		spans := Spans(test.subject, history(t, test.steps...), Date{}, end(t, test.end))
		if got := StatusOn(spans, day(t, test.on)).Status; got != test.want {
			t.Errorf("%s %v until %s on %s: %s, want %s", test.subject, test.steps, test.end, test.on, got, test.want)
		}
	}
}

func TestEndProblem_saysWhatContradicts(t *testing.T) {
	for _, test := range []struct {
		subject   StatusSubject
		end, step string
		wrong     bool
	}{
		{SubjectSupply, "2024", "active 2025-01", true},
		{SubjectSupply, "2024", "active [..2025-03-01]", true},
		{SubjectSupply, "2024", "active 2024", false},
		{SubjectSupply, "2024-06", "active 2024", false},
		{SubjectSupply, "2024-06-30", "disabled 2024-06-30", false},
		{SubjectSupply, "2024-06-30", "disabled 2024-07-01", true},
		{SubjectSupply, "2024", "unknown 2025", true},
		{SubjectSupply, "2024", "ended 2025-06", true},
		{SubjectSupply, "2024", "ended [..2025-06]", false},
		{SubjectContract, "2024", "expired 2025-01-01", false},
		{SubjectContract, "2024", "expired 2025-01-02", true},
		{SubjectContract, "2024", "suspended 2025-02", true},
		{SubjectPosition, "2024", "current 2025", true},
		{SubjectInquiry, "2024", "ongoing 2025", true},
		{SubjectSupply, "[2024..]", "active 2025", false},
		{SubjectSupply, "..", "active 2025", false},
		{SubjectQuestion, "2024", "open 2025", false},
	} {
		step := history(t, test.step)[0]
		if problem := test.subject.EndProblem(end(t, test.end), step); (problem != "") != test.wrong {
			t.Errorf("%s until %s, %s: %q", test.subject, test.end, test.step, problem)
		}
		step.Unconfirmed = true
		if problem := test.subject.EndProblem(end(t, test.end), step); problem != "" {
			t.Errorf("announced: %q", problem)
		}
	}
}
