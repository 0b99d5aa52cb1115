package imports

import (
	"slices"
	"strings"
	"testing"

	"plumbline/models"
)

// proves reports whether a column of a table says on what a record rests.
func proves(column models.Column) bool {
	return !column.Derived && slices.Contains([]string{"source", "source_url", "source_title", "locator", "citation_note", "holds_on", "checked_on",
		"citations", "reports_on", "copy_of", "captures"}, column.Field) || slices.ContainsFunc(citing(), func(c models.Column) bool { return c.Name == column.Name && !column.Derived })
}

// What our own files derive is no evidence, under whatever table they are read, with or without the
// ids of their rows.
func TestLayouts_takeNothingDerivedForEvidence(t *testing.T) {
	t.Parallel()
	for _, recordType := range models.RecordTypes().Values() {
		var all, derived []string
		for _, c := range models.Columns(models.RecordType(recordType), true) {
			if all = append(all, c.Name); c.Derived {
				derived = append(derived, c.Name)
			}
		}
		if len(derived) < 5 {
			t.Fatalf("%s derives %q alone", recordType, derived)
		}
		for _, l := range layouts() {
			for _, headers := range [][]string{all, slices.DeleteFunc(slices.Clone(all), func(name string) bool { return name == "id" }), derived} {
				columns, _ := l.match(slices.Clone(headers))
				for _, name := range derived {
					if i := slices.IndexFunc(l.columns, func(c models.Column) bool { return c.Name == columns[name] }); i >= 0 && proves(l.columns[i]) {
						t.Errorf("%s of a file of %ss is read as %s of %s", name, recordType, columns[name], l.name)
					}
				}
			}
			for _, c := range l.columns {
				for _, name := range derived {
					if proves(c) && (c.Name == name || slices.Contains(strings.Fields(c.Aliases), name)) {
						t.Errorf("%s of a file of %ss is another name of %s of %s", name, recordType, c.Name, l.name)
					}
				}
			}
		}
	}
}

// What people and older files call the columns of citations goes on being read.
func TestLayouts_knowOlderNamesOfCitations(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{"evidenced_on": "holds_on", "Holds on": "holds_on", "checked_on": "checked_on", "citation_holds_on": "citation_holds_on", "citation_checked_on": "citation_checked_on",
		"citation_locators": "citation_locators", "source_ids": "source_ids", "Source URL": "source_url", "reference": "source_url", "page": "locator", "last_evidenced": "last_evidenced", "last_checked": "last_checked"} {
		for _, l := range layouts() {
			if l.record == "" || l.record == models.TypeSource {
				continue
			}
			columns, _ := l.match([]string{header, "status", "text", "name", "subject", "object"})
			if columns[header] != want {
				t.Errorf("%s of %s is read as %q", header, l.name, columns[header])
			}
		}
	}
}
