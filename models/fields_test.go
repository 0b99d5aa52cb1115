package models

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestFields_haveEveryMemberOfEveryDocument(t *testing.T) {
	for _, recordType := range RecordTypes().Values() {
		kind := RecordType(recordType)
		document := reflect.TypeOf(NewDocument(kind)).Elem()
		for i := range document.NumField() {
			name, _, _ := strings.Cut(document.Field(i).Tag.Get("json"), ",")
			f, ok := writtenField(kind, name)
			if !ok {
				t.Errorf("%s has no field %q in the table of fields", kind, name)
				continue
			}
			if f.Value(NewDocument(kind)).Type() != document.Field(i).Type {
				t.Errorf("the field %q of %s is not that of its document", name, kind)
			}
		}
	}
}

// writtenField finds a field that people write.
func writtenField(t RecordType, name string) (Field, bool) {
	for _, f := range Fields(t) {
		if f.Name == name && f.Kind != FieldDerived && f.Kind != FieldInput {
			return f, true
		}
	}
	return Field{}, false
}

func TestColumns_haveOneNameEachAndSayWhatTheyHold(t *testing.T) {
	for _, recordType := range RecordTypes().Values() {
		kind, seen := RecordType(recordType), map[string]bool{}
		for _, f := range Fields(kind) {
			for _, c := range f.Columns() {
				if seen[c.Name] {
					t.Errorf("%s has two columns %q", kind, c.Name)
				}
				seen[c.Name] = true
				if c.Says == "" || c.Field != f.Name {
					t.Errorf("the column %q of %s says %q and is of the field %q", c.Name, kind, c.Says, c.Field)
				}
				if slices.Contains(strings.Fields(c.Aliases), c.Name) {
					t.Errorf("the column %q of %s is an alias of itself", c.Name, kind)
				}
			}
		}
	}
}

// An empty document has a cell in every column, and none of them fails.
func TestColumns_ofAnEmptyDocumentAreEmpty(t *testing.T) {
	for _, recordType := range RecordTypes().Values() {
		kind := RecordType(recordType)
		row := &Row{Document: NewDocument(kind), Label: func(uuid.UUID) Label { return Label{} }, Providers: func(uuid.UUID) []uuid.UUID { return nil }}
		for _, c := range Columns(kind, true) {
			switch cell := c.Cell(row).(type) {
			case nil, int64, float64, bool:
			case string:
				if cell != "" && !strings.HasSuffix(c.Name, "id") && c.Name != "recorded_at" {
					t.Errorf("%s, %s: %q", kind, c.Name, cell)
				}
			default:
				t.Errorf("%s, %s: a %T is no cell", kind, c.Name, cell)
			}
		}
	}
}

func TestList_comesBackFromItsCell(t *testing.T) {
	for _, list := range [][]string{nil, {"a"}, {"a|b"}, {"a; b"}, {`ends in \`, "c;d", `\|`, "=1|2"}, {`C:\new`, `\\share`}, {"", "b"}, {"a", ""}, {"a", "", "c"},
		{"one | two", "three"}, {"line\nbreak", "ש|א"}, {`\`}, {"|"}, {";"}, {`\;`, ";"}} {
		got := SplitList(JoinList(list))
		for len(got) < len(list) {
			got = append(got, "")
		}
		if !slices.Equal(got, list) {
			t.Errorf("%q became %q by %q", list, got, JoinList(list))
		}
	}
	if JoinList([]string{"", ""}) != "" {
		t.Error("a list of empty entries is no empty cell")
	}
}

func TestCell_keepsItsQuote(t *testing.T) {
	for _, text := range []string{"", "a", "=1", "'=1", "''=1", "+1", "-1", "@x", "'quoted", "'", "''", "1"} {
		if got := UnquoteCell(QuoteCell(text)); got != text {
			t.Errorf("%q became %q", text, got)
		}
		if Computed(QuoteCell(text)) {
			t.Errorf("%q is still computed", QuoteCell(text))
		}
	}
}

func TestRow_saysWhichPastItShows(t *testing.T) {
	row := &Row{AsOf: day(t, "2025-08-31"), KnownAt: time.Date(2025, 9, 1, 2, 3, 4, 5000, time.FixedZone("", 7200))}
	var cells []any
	for _, c := range MomentColumns() {
		cells = append(cells, c.Cell(row))
	}
	if cells[0] != "2025-08-31" || cells[1] != "2025-09-01T00:03:04.000005Z" {
		t.Errorf("the past is told as %q", cells)
	}
}
