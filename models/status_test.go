package models

import (
	"slices"
	"strings"
	"testing"
)

// stepTables is what may follow what, written out by hand: a row for each status, a column for
// each in the same order, x where the step can be. models/status.go says it in another way.
var stepTables = map[StatusSubject]string{
	SubjectSupply: `
		              planned active restricted suspended disabled ended unknown
		planned       -       x      x          x         -        x     x
		active        -       -      x          x         x        x     x
		restricted    -       x      -          x         x        x     x
		suspended     -       x      x          -         x        x     x
		disabled      -       x      x          -         -        x     x
		ended         x       x      x          -         -        -     x
		unknown       x       x      x          x         x        x     -`,
	SubjectPosition: `
		              current ended unknown
		current       -       x     x
		ended         x       -     x
		unknown       x       x     -`,
	SubjectContract: `
		              pending active suspended expired cancelled terminated unknown
		pending       -       x      -         -       x         -          x
		active        -       -      x         x       -         x          x
		suspended     -       x      -         x       -         x          x
		expired       -       x      -         -       -         -          x
		cancelled     -       -      -         -       -         -          x
		terminated    -       x      -         -       -         -          x
		unknown       x       x      x         x       x         x          -`,
	SubjectInquiry: `
		              announced ongoing concluded abandoned unknown
		announced     -         x       x         x         x
		ongoing       -         -       x         x         x
		concluded     -         x       -         -         x
		abandoned     x         x       -         -         x
		unknown       x         x       x         x         -`,
	SubjectQuestion: `
		                open no_response declined partly_answered answered unknown
		open            -    x           x        x               x        x
		no_response     x    -           x        x               x        x
		declined        x    -           -        x               x        x
		partly_answered x    x           x        -               x        x
		answered        x    -           -        x               -        x
		unknown         x    x           x        x               x        -`,
	SubjectDemand: `
		              open partly_met met refused unknown
		open          -    x          x   x       x
		partly_met    x    -          x   x       x
		met           x    x          -   -       x
		refused       x    x          x   -       x
		unknown       x    x          x   x       -`,
	SubjectCommitment: `
		              open kept broken lapsed unknown
		open          -    x    x      x      x
		kept          x    -    x      -      x
		broken        x    x    -      x      x
		lapsed        x    -    -      -      x
		unknown       x    x    x      x      -`,
}

// stepTable reads the columns and the cells of a table.
func stepTable(t *testing.T, subject StatusSubject) (columns []string, can map[[2]Status]bool) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(stepTables[subject]), "\n")
	columns = strings.Fields(lines[0])
	can = map[[2]Status]bool{}
	for i, line := range lines[1:] {
		cells := strings.Fields(line)
		if len(cells) != len(columns)+1 || cells[0] != columns[i] {
			t.Fatalf("the row %q of %s does not fit its columns", line, subject)
		}
		for j, cell := range cells[1:] {
			can[[2]Status{Status(cells[0]), Status(columns[j])}] = cell == "x"
		}
	}
	if len(lines) != len(columns)+1 {
		t.Fatalf("the table of %s is not square", subject)
	}
	return columns, can
}

func TestStatusSubject_everyStepIsAsTheTableSays(t *testing.T) {
	for _, subject := range StatusSubjects() {
		columns, can := stepTable(t, subject)
		if values := StatusesOf(subject).Values(); !slices.Equal(values, columns) {
			t.Errorf("the statuses of %s are %q, want %q", subject, values, columns)
		}
		for _, from := range columns {
			var next []Status
			for _, to := range columns {
				want := can[[2]Status{Status(from), Status(to)}]
				if got := subject.CanMove(Status(from), Status(to)); got != want {
					t.Errorf("%s: from %q to %q is %v, want %v", subject, from, to, got, want)
				}
				if want {
					next = append(next, Status(to))
				}
			}
			if got := subject.Next(Status(from)); !slices.Equal(got, next) {
				t.Errorf("%s: after %q may come %q, want %q", subject, from, got, next)
			}
		}
	}
}

func TestStatusSubject_tablesNameNoOtherStatus(t *testing.T) {
	if len(steps) != len(StatusSubjects()) || len(statuses) != len(StatusSubjects()) {
		t.Errorf("there are %d tables of steps and %d lists of statuses for %d subjects", len(steps), len(statuses), len(StatusSubjects()))
	}
	for subject, table := range steps {
		known := StatusesOf(subject)
		if len(table) != len(known.Codes)-1 {
			t.Errorf("%s has %d rows for %d statuses", subject, len(table), len(known.Codes)-1)
		}
		for from, row := range table {
			for _, code := range append(strings.Fields(row), string(from)) {
				if !known.Has(code) {
					t.Errorf("%s has no status %q", subject, code)
				}
			}
		}
	}
}

func TestStatusSubjectOf_namesWhatHasAStatus(t *testing.T) {
	want := map[RecordType]map[string]StatusSubject{
		TypeRelationship: {"supplied_to": SubjectSupply, "position": SubjectPosition},
		TypeEntity:       {"contract": SubjectContract, "inquiry": SubjectInquiry},
		TypeOpenItem:     {"question": SubjectQuestion, "demand": SubjectDemand, "commitment": SubjectCommitment},
	}
	var all []string
	for _, vocabulary := range []Vocabulary{RelationshipTypes(), EntityKinds(), OpenItemKinds(), SourceKinds(), Stances()} {
		all = append(all, vocabulary.Values()...)
	}
	all = append(all, "", "unknown", "active")
	for _, recordType := range append(RecordTypes().Values(), "", "changeset") {
		for _, kind := range all {
			if got := StatusSubjectOf(RecordType(recordType), kind); got != want[RecordType(recordType)][kind] {
				t.Errorf("a %s of the kind %q has the status of a %q", recordType, kind, got)
			}
		}
	}
}

func TestStatusSubject_heldIsWhatExistenceAloneShows(t *testing.T) {
	for subject, want := range map[StatusSubject]Status{
		SubjectSupply: "active", SubjectPosition: "current", SubjectContract: "unknown", SubjectInquiry: "unknown",
		SubjectQuestion: "open", SubjectDemand: "open", SubjectCommitment: "open", "": "unknown",
	} {
		if got := subject.Held(); got != want {
			t.Errorf("%q is held to be %q, want %q", subject, got, want)
		}
		if subject != "" && !StatusesOf(subject).Has(string(want)) {
			t.Errorf("%q is no status of %s", want, subject)
		}
	}
}

func TestAllStatuses_listsEachOnce(t *testing.T) {
	all := AllStatuses()
	for _, subject := range StatusSubjects() {
		for _, code := range StatusesOf(subject).Values() {
			if !slices.Contains(all, code) {
				t.Errorf("%q of %s is missing", code, subject)
			}
		}
	}
	sorted := slices.Sorted(slices.Values(all))
	if len(slices.Compact(sorted)) != len(all) {
		t.Errorf("a status is listed twice: %q", all)
	}
}

func TestStepProblem_isASentenceThatSaysWhatMayCome(t *testing.T) {
	step := func(status Status, extent Extent, scope, effective string) StatusStep {
		return StatusStep{Status: status, Extent: extent, Scope: scope, Effective: date(t, effective)}
	}
	for _, test := range []struct {
		subject  StatusSubject
		from, to StatusStep
		want     string
	}{
		{SubjectSupply, step("planned", Full, "", "2021"), step("disabled", Full, "", "[..2025-09-25]"),
			`"disabled" (by 25 September 2025) cannot follow "planned" (2021). After "planned" may come active, restricted, suspended, ended or unknown; check the dates, or correct the earlier step.`},
		{SubjectPosition, step("ended", Full, "", "2021"), step("fired", Full, "", "2022"),
			`"fired" (2022) cannot follow "ended" (2021). After "ended" may come current or unknown; check the dates, or correct the earlier step.`},
		{SubjectContract, step("cancelled", Full, "", "2021~"), step("active", Full, "", "2022"),
			`"active" (2022) cannot follow "cancelled" (about 2021). After "cancelled" may come unknown; check the dates, or correct the earlier step.`},
		{SubjectSupply, step("active", Full, "", "2021-05"), step("active", Full, "", "2022"),
			`It is already "active" from May 2021; a status change leads to another status, extent or scope. A change of volume is a claim.`},
		{SubjectSupply, step("disabled", Partial, "storage", "2021"), step("disabled", Partial, "storage", "2022"),
			`It is already "disabled" from 2021; a status change leads to another status, extent or scope. A change of volume is a claim.`},

		{SubjectSupply, step("active", Full, "", "2021"), step("disabled", Full, "", "2022"), ""},
		{SubjectSupply, step("disabled", Partial, "storage", "2021"), step("disabled", Full, "", "2022"), ""},
		{SubjectSupply, step("disabled", Partial, "storage", "2021"), step("disabled", Full, "storage", "2022"), ""},
		{SubjectSupply, step("disabled", Partial, "storage", "2021"), step("disabled", Partial, "translation", "2022"), ""},
		{SubjectSupply, step("ended", Full, "", "2021"), step("active", Full, "", "2021"), ""},
		{SubjectContract, step("cancelled", Full, "", "2021"), step("unknown", Full, "", "2022"), ""},
		{SubjectInquiry, step("unknown", Full, "", "2021"), step("concluded", Full, "", "2022"), ""},
	} {
		if got := test.subject.StepProblem(test.from, test.to); got != test.want {
			t.Errorf("%s from %q to %q:\n got %s\nwant %s", test.subject, test.from.Status, test.to.Status, got, test.want)
		}
	}
}

func TestStepProblem_agreesWithTheTable(t *testing.T) {
	for _, subject := range StatusSubjects() {
		columns, can := stepTable(t, subject)
		for _, from := range columns {
			for _, to := range columns {
				problem := subject.StepProblem(
					StatusStep{Status: Status(from), Extent: Full, Effective: date(t, "2021")},
					StatusStep{Status: Status(to), Extent: Full, Effective: date(t, "2022")})
				if (problem == "") != can[[2]Status{Status(from), Status(to)}] || problem != "" && !strings.HasSuffix(problem, ".") {
					t.Errorf("%s: from %q to %q: got %q", subject, from, to, problem)
				}
			}
		}
	}
}
