package models

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// history makes steps from lines of status, effective date and place.
func history(t testing.TB, lines ...string) []StatusStep {
	t.Helper()
	var steps []StatusStep
	for i, line := range lines {
		var status, effective string
		var place int
		if n, _ := fmt.Sscan(line, &status, &effective, &place); n < 2 {
			t.Fatalf("%q is no step", line)
		}
		steps = append(steps, StatusStep{Change: uuid.UUID{15: byte(i + 1)}, Status: Status(status), Extent: Full,
			Effective: end(t, effective), Place: place})
	}
	return steps
}

// drawn writes spans as "status from-until", and the number of the change that began each.
func drawn(spans []Span) string {
	var out []string
	for _, s := range spans {
		line := fmt.Sprintf("%s %s>%s", s.Status, s.From, s.Until)
		if s.Change != nil {
			line += fmt.Sprintf(" #%d", s.Change[15])
		}
		out = append(out, line)
	}
	return strings.Join(out, " | ")
}

func TestSpans_followTheCertainChanges(t *testing.T) {
	for name, test := range map[string]struct {
		subject StatusSubject
		steps   []StatusStep
		held    string
		want    string
	}{
		"nothing is known": {SubjectSupply, nil, "", "unknown >"},
		"a day, a month and a year count from their last day": {SubjectSupply,
			history(t, "active 2021", "suspended 2022-02", "active 2022-03-05"), "",
			"unknown >2021-12-31 | active 2021-12-31>2022-02-28 #1 | suspended 2022-02-28>2022-03-05 #2 | active 2022-03-05> #3"},
		"about, uncertain and by count from the last day too": {SubjectSupply,
			history(t, "active 2021~", "suspended 2022?", "disabled [..2025-09-25]", "ended [2025-10..2025-11]"), "",
			"unknown >2021-12-31 | active 2021-12-31>2022-12-31 #1 | suspended 2022-12-31>2025-09-25 #2 | disabled 2025-09-25>2025-11-30 #3 | ended 2025-11-30> #4"},
		"the order of writing does not matter": {SubjectSupply,
			history(t, "suspended 2022", "active 2021"), "",
			"unknown >2021-12-31 | active 2021-12-31>2022-12-31 #2 | suspended 2022-12-31> #1"},
		"then or later is never certain": {SubjectSupply,
			history(t, "active 2021", "ended [2022..]"), "",
			"unknown >2021-12-31 | active 2021-12-31> #1"},
		"of two with one latest day the later earliest day holds": {SubjectSupply,
			history(t, "disabled 2025-09-25", "active [2025-09..2025-09-25]", "planned [..2025-09-25]"), "",
			"unknown >2025-09-25 | disabled 2025-09-25> #1"},
		"of two with the same days the greater place holds": {SubjectSupply,
			history(t, "disabled [..2025-09-25] 2", "active [..2025-09-25] 1"), "",
			"unknown >2025-09-25 | disabled 2025-09-25> #1"},
		"of two with the same days and place the greater id holds": {SubjectSupply,
			history(t, "active 2025-09-25", "disabled 2025-09-25"), "",
			"unknown >2025-09-25 | disabled 2025-09-25> #2"},
		"it may become unknown again": {SubjectSupply,
			history(t, "active 2021", "unknown 2022"), "",
			"unknown >2021-12-31 | active 2021-12-31>2022-12-31 #1 | unknown 2022-12-31> #2"},
		"a change on the first day leaves no time before it that anybody can ask for": {SubjectSupply,
			history(t, "active 0001-01-01"), "",
			"unknown >0001-01-01 | active 0001-01-01> #1"},

		"evidence alone shows that a supply is active": {SubjectSupply, nil, "2024-05-01",
			"unknown >2024-05-01 | active 2024-05-01>"},
		"evidence alone shows that a position is held": {SubjectPosition, nil, "2024-05-01", "unknown >2024-05-01 | current 2024-05-01>"},
		"evidence alone shows that a question is open": {SubjectQuestion, nil, "2024-05-01", "unknown >2024-05-01 | open 2024-05-01>"},
		"evidence alone says nothing about a contract": {SubjectContract, nil, "2024-05-01", "unknown >"},
		"evidence alone says nothing about an inquiry": {SubjectInquiry, nil, "2024-05-01", "unknown >"},
		"evidence counts until the first certain change": {SubjectSupply, history(t, "ended 2025", "disabled 2024-12-01"), "2024-05-01",
			"unknown >2024-05-01 | active 2024-05-01>2024-12-01 | disabled 2024-12-01>2025-12-31 #2 | ended 2025-12-31> #1"},
		"evidence after the first certain change adds nothing": {SubjectSupply, history(t, "disabled 2024-05-01"), "2024-06-01",
			"unknown >2024-05-01 | disabled 2024-05-01> #1"},
		"evidence on the day of the first certain change adds nothing": {SubjectSupply, history(t, "disabled 2024-05-01"), "2024-05-01",
			"unknown >2024-05-01 | disabled 2024-05-01> #1"},
		"evidence stands beside a change that is never certain": {SubjectSupply, history(t, "ended [2022..]"), "2024-05-01",
			"unknown >2024-05-01 | active 2024-05-01>"},
	} {
		t.Run(name, func(t *testing.T) {
			before := slices.Clone(test.steps)
			var held Day
			if test.held != "" {
				held = day(t, test.held)
			}
			if got := drawn(Spans(test.subject, test.steps, ByDay(held), Date{})); got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
			if !slices.Equal(test.steps, before) {
				t.Error("the steps given were moved")
			}
		})
	}
}

func TestSpans_carryExtentScopeAndChange(t *testing.T) {
	step := StatusStep{Change: uuid.Must(uuid.NewV7()), Status: "disabled", Extent: Partial, Scope: "storage and AI", Effective: date(t, "2025-09-25")}
	spans := Spans(SubjectSupply, []StatusStep{step}, Date{}, Date{})
	if first := spans[0]; first.Extent != Full || first.Change != nil || first.Scope != "" {
		t.Errorf("what went before the first change is %+v", first)
	}
	if last := spans[1]; last.Extent != Partial || last.Scope != step.Scope || *last.Change != step.Change {
		t.Errorf("got %+v", last)
	}
}

func TestSpans_sayWhenTheyBeganAsTheirStepsDo(t *testing.T) {
	for held, want := range map[string]string{
		"":           " | 2021 | [2022-02-03..2022-05] | [..2025-09-25] | 2026-11~ | 2027-11-09",
		"2020-07-09": " | [..2020-07-09] | 2021 | [2022-02-03..2022-05] | [..2025-09-25] | 2026-11~ | 2027-11-09",
		"2020-07":    " | 2020-07 | 2021 | [2022-02-03..2022-05] | [..2025-09-25] | 2026-11~ | 2027-11-09",
	} {
		from := ByDay(Day{})
		if len(held) == len("2020-07-09") {
			from = ByDay(day(t, held))
		} else if held != "" {
			from = date(t, held)
		}
		var got []string
		for _, span := range Spans(SubjectSupply, history(t, "active 2021", "suspended [2022-02-03..2022-05]", "disabled [..2025-09-25]", "active 2026-11~", "ended 2027-11-09", "active [2028..]"), from, Date{}) {
			if got = append(got, span.Since.Text); span.Since.Latest != span.From {
				t.Errorf("held from %q: the span from %s began %q", held, span.From, span.Since.Text)
			}
		}
		if strings.Join(got, " | ") != want {
			t.Errorf("held from %q: got %q, want %q", held, strings.Join(got, " | "), want)
		}
	}
}

func TestStatusOn_readsTheDayOfAChangeAsTheNewStatus(t *testing.T) {
	spans := Spans(SubjectSupply, history(t, "active 2021-05", "disabled [..2025-09-25]"), Date{}, Date{})
	for on, want := range map[string]Status{
		"0001-01-01": "unknown", "2021-05-30": "unknown", "2021-05-31": "active", "2021-06-01": "active",
		"2025-09-24": "active", "2025-09-25": "disabled", "9999-12-31": "disabled",
	} {
		if got := StatusOn(spans, day(t, on)).Status; got != want {
			t.Errorf("on %s it is %q, want %q", on, got, want)
		}
	}
	if got := StatusOn(nil, day(t, "2025-01-01")); got.Status != StatusUnknown || got.Extent != Full {
		t.Errorf("without spans it is %+v", got)
	}
}

func TestPossibleOn_listsWhatMayHaveHappened(t *testing.T) {
	steps := history(t, "ended [2025-10..]", "disabled [2025-08..2025-09-25]", "suspended 2025-08", "active 2021-05-01", "unknown [..2021-03]", "planned ..")
	for on, want := range map[string]string{
		"2020-01-01": "unknown", "2021-03-31": "", "2021-05-01": "", "2025-07-31": "", "2025-08-01": "suspended disabled",
		"2025-08-31": "disabled", "2025-09-24": "disabled", "2025-09-25": "", "2025-10-01": "ended", "9999-12-31": "ended",
	} {
		var got []string
		for _, step := range PossibleOn(steps, day(t, on)) {
			got = append(got, string(step.Status))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("on %s possible are %q, want %q", on, got, want)
		}
	}
}

func TestSpans_ofAnyHistoryAreWhatTheDesignSays(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for range 3_000 {
		subject := StatusSubjects()[random.IntN(len(StatusSubjects()))]
		steps, held := randomHistory(t, random, subject)
		spans := Spans(subject, steps, ByDay(held), Date{})
		wantSeamless(t, spans)

		for _, on := range daysToAsk(random, spans, steps, held) {
			covering := 0
			for _, span := range spans {
				if span.Contains(on) {
					covering++
				}
			}
			if covering != 1 {
				t.Fatalf("%d spans cover %s: %s", covering, on, drawn(spans))
			}

			got := StatusOn(spans, on)
			status, change := naiveStatus(subject, steps, held, on)
			if got.Status != status || (got.Change == nil) != (change == nil) || change != nil && *got.Change != change.Change {
				t.Fatalf("on %s it is %q by %v, want %q by %v\nof %v held from %q\n%s", on, got.Status, got.Change, status, change, steps, held, drawn(spans))
			}
			if change != nil && (got.Extent != change.Extent || got.Scope != change.Scope) {
				t.Fatalf("on %s it is %q of %q, want %q of %q", on, got.Extent, got.Scope, change.Extent, change.Scope)
			}
			wantPossible(t, steps, on)
		}
	}
}

// naiveStatus is the definition, read aloud: the status as of a day is that of the last change
// whose latest day is that day or before, in the order of latest day, earliest day, place and id.
// Before the first of those it is unknown; or, from the day on which evidence alone shows that
// it held, what that shows.
func naiveStatus(subject StatusSubject, steps []StatusStep, held, on Day) (Status, *StatusStep) {
	var last *StatusStep
	for i := range steps {
		step := &steps[i]
		if step.Effective.Latest.IsZero() || step.Effective.Latest.String() > on.String() {
			continue
		}
		if last == nil || comesAfter(*step, *last) {
			last = step
		}
	}
	switch {
	case last != nil:
		return last.Status, last
	case !held.IsZero() && held.String() <= on.String():
		return subject.Held(), nil
	}
	return "unknown", nil
}

func comesAfter(a, b StatusStep) bool {
	switch {
	case a.Effective.Latest != b.Effective.Latest:
		return a.Effective.Latest.String() > b.Effective.Latest.String()
	case a.Effective.Earliest != b.Effective.Earliest:
		return a.Effective.Earliest.String() > b.Effective.Earliest.String() // an open one is "", before all
	case a.Place != b.Place:
		return a.Place > b.Place
	}
	return bytes.Compare(a.Change[:], b.Change[:]) > 0
}

// wantPossible checks that the steps listed are those whose window contains the day, or may,
// short of its last day, on which the step is certain.
func wantPossible(t *testing.T, steps []StatusStep, on Day) {
	t.Helper()
	want := map[uuid.UUID]bool{}
	for _, step := range steps {
		first, last := step.Effective.Earliest, step.Effective.Latest
		known := step.Effective.Text != "" && step.Effective.Text != ".."
		begun := first.IsZero() || first.String() <= on.String()
		over := !last.IsZero() && last.String() <= on.String()
		if known && begun && !over {
			want[step.Change] = true
		}
	}
	got := PossibleOn(steps, on)
	for i, step := range got {
		if !want[step.Change] {
			t.Fatalf("%q is possible on %s", step.Effective.Text, on)
		}
		if i > 0 && step.Effective.Compare(got[i-1].Effective) < 0 {
			t.Fatalf("what is possible on %s is out of order: %v", on, got)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("on %s %d steps are possible, want %d", on, len(got), len(want))
	}
}

func wantSeamless(t *testing.T, spans []Span) {
	t.Helper()
	if !spans[0].From.IsZero() || !spans[len(spans)-1].Until.IsZero() {
		t.Fatalf("the spans have a first or a last day: %s", drawn(spans))
	}
	for i := 1; i < len(spans); i++ {
		if spans[i].From != spans[i-1].Until || !spans[i-1].From.Before(spans[i].From) {
			t.Fatalf("the spans leave a gap, or one is empty: %s", drawn(spans))
		}
	}
}

func randomHistory(t *testing.T, random *rand.Rand, subject StatusSubject) ([]StatusStep, Day) {
	values := StatusesOf(subject).Values()
	steps := make([]StatusStep, random.IntN(8))
	for i := range steps {
		change := uuid.UUID{0: byte(random.IntN(256)), 15: byte(i)}
		steps[i] = StatusStep{Change: change, Status: Status(values[random.IntN(len(values))]),
			Extent: []Extent{Full, Partial}[random.IntN(2)], Scope: fmt.Sprint("scope ", i), Place: random.IntN(3)}
		if random.IntN(10) > 0 {
			steps[i].Effective = randomCloseDate(t, random)
		}
	}
	if random.IntN(2) == 0 {
		return steps, Day{}
	}
	return steps, day(t, "2025-01-28").AddDays(random.IntN(70))
}

// randomCloseDate makes dates that often share a day.
func randomCloseDate(t *testing.T, random *rand.Rand) Date {
	if random.IntN(8) == 0 {
		return randomDate(t, random)
	}
	plain := []string{"2025", "2025-01", "2025-02", "2025-03", "2025-01-31", "2025-02-28", "2025-02-27", "2025-03-01", "2025-12-31"}
	a, b := plain[random.IntN(len(plain))], plain[random.IntN(len(plain))]
	text := []string{a, a + "~", "[.." + a + "]", "[" + a + "..]", "[" + a + ".." + b + "]"}[random.IntN(5)]
	if parsed, err := ParseDate(text); err == nil {
		return parsed
	}
	return date(t, a)
}

// daysToAsk are the days around every bound, and some others.
func daysToAsk(random *rand.Rand, spans []Span, steps []StatusStep, held Day) []Day {
	first, _ := NewDay(1, 1, 1)
	last, _ := NewDay(9999, 12, 31)
	days := []Day{first, last, held}
	for _, span := range spans {
		days = append(days, span.From, span.Until)
	}
	for _, step := range steps {
		days = append(days, step.Effective.Earliest, step.Effective.Latest)
	}
	for _, bound := range slices.Clone(days) {
		days = append(days, bound.AddDays(-1), bound.AddDays(1))
	}
	for range 5 {
		days = append(days, randomDay(random))
	}
	return slices.DeleteFunc(days, Day.IsZero)
}

func TestOrderSteps_isOneOrderHoweverTheyCome(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	for range 500 {
		steps, _ := randomHistory(t, random, SubjectSupply)
		ordered := slices.Clone(steps)
		OrderSteps(ordered)
		random.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
		OrderSteps(steps)
		if !slices.Equal(steps, ordered) {
			t.Fatalf("%v and %v are the same steps", steps, ordered)
		}
	}
}

func TestSpanRows_keepEverySpanWithItsPlace(t *testing.T) {
	record := uuid.Must(uuid.NewV7())
	steps := history(t, "active 2021", "disabled 2025-09-25")
	steps[1].Extent, steps[1].Scope = Partial, "storage"
	rows := SpanRows(record, SubjectSupply, Spans(SubjectSupply, steps, Date{}, Date{}), 42)
	want := []SpanRow{
		{RecordID: record, Place: 0, FromSize: 42, Subject: SubjectSupply, Status: "unknown", Extent: Full, FromDay: "", UntilDay: "2021-12-31"},
		{RecordID: record, Place: 1, FromSize: 42, Subject: SubjectSupply, Status: "active", Extent: Full, FromDay: "2021-12-31", UntilDay: "2025-09-25", SinceText: "2021", ChangeID: &steps[0].Change},
		{RecordID: record, Place: 2, FromSize: 42, Subject: SubjectSupply, Status: "disabled", Extent: Partial, Scope: "storage", FromDay: "2025-09-25", UntilDay: OpenUntil, SinceText: "2025-09-25", ChangeID: &steps[1].Change},
	}
	for i := range want {
		if i >= len(rows) || len(rows) != len(want) || !sameRow(rows[i], want[i]) {
			t.Fatalf("got %+v, want %+v", rows, want)
		}
	}
	if last := day(t, "9999-12-31").String(); OpenUntil <= last {
		t.Errorf("a span without an end would end on %s", last)
	}
}

func sameRow(a, b SpanRow) bool {
	if (a.ChangeID == nil) != (b.ChangeID == nil) || a.ChangeID != nil && *a.ChangeID != *b.ChangeID {
		return false
	}
	a.ChangeID, b.ChangeID = nil, nil
	return a == b
}
