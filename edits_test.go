package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/services"
	"plumbline/services/imports"
)

// row fetches a list as CSV and leaves the one row whose cell in a column has a text.
func (s *returning) row(t *testing.T, list, column, text string) (header, cells []string) {
	t.Helper()
	lines, err := csv.NewReader(bytes.NewReader(s.fetch(t, "/api/v1/"+list+".csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.Index(lines[0], column)
	for _, line := range lines[1:] {
		if strings.Contains(line[at], text) {
			return lines[0], line
		}
	}
	t.Fatalf("no row of %s has %q in %s", list, text, column)
	return nil, nil
}

func table(t *testing.T, header, cells []string) imports.File {
	t.Helper()
	var text bytes.Buffer
	if err := csv.NewWriter(&text).WriteAll([][]string{header, cells}); err != nil {
		t.Fatal(err)
	}
	return imports.File{Name: "list.csv", Content: bytes.NewReader(text.Bytes()), Size: int64(text.Len())}
}

// What was changed in a cell of our own file is changed exactly so; what is not read is told.
func TestLists_areEditedByTheirCells(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, list, find, has string
		// cells are changed to these, by their columns; a text with "→" replaces a part.
		cells map[string]string
		// changed is the one field that is another afterwards; "" for nothing.
		changed string
		check   func(t *testing.T, before, after models.Document)
		// told is what is said of cells that are not read.
		told string
	}{
		{name: "one citation less", list: "claims", find: "text", has: "-They", cells: map[string]string{"source_ids": "-last", "citation_locators": "-last", "citation_notes": "-last", "citation_holds_on": "-last", "citation_checked_on": "-last"},
			changed: "citations", check: func(t *testing.T, before, after models.Document) {
				was, is := before.(*models.Claim).Citations, after.(*models.Claim).Citations
				if !slices.Equal(is, was[:len(was)-1]) {
					t.Errorf("%+v, before %+v", is, was)
				}
			}},
		{name: "an earlier day", list: "claims", find: "text", has: "-They", cells: map[string]string{"citation_holds_on": "2024-06-02→2024-06-01"}, changed: "citations",
			check: func(t *testing.T, before, after models.Document) {
				if is := after.(*models.Claim).Citations; len(is) != 2 || is[0].HoldsOn.String() != "2024-06-01" || is[0].Locator != "p. 3 | 4" {
					t.Errorf("%+v", is)
				}
			}},
		{name: "another place", list: "claims", find: "text", has: "-They", cells: map[string]string{"citation_locators": "p. 9→p. 10"}, changed: "citations",
			check: func(t *testing.T, before, after models.Document) {
				if is := after.(*models.Claim).Citations; len(is) != 2 || is[1].Locator != "p. 10" || is[1].Note != "" {
					t.Errorf("%+v", is)
				}
			}},
		{name: "another speaker", list: "claims", find: "text", has: "-They", cells: map[string]string{"speakers_ids": "entity:the-daily-weekly-and-more→entity:seller"}, changed: "speakers",
			check: func(t *testing.T, before, after models.Document) {
				was, is := before.(*models.Claim).Speakers, after.(*models.Claim).Speakers
				if len(is) != len(was) || *is[1].Entity == *was[1].Entity || is[0].Description != was[0].Description {
					t.Errorf("%+v, before %+v", is, was)
				}
			}},
		{name: "another name beside the id of the speaker", list: "claims", find: "text", has: "-They", cells: map[string]string{"speakers": "Seller"}, told: "not kept: speakers, 1 row: another column"},
		{name: "another publisher", list: "sources", find: "title", has: "Line one", cells: map[string]string{"publishers_ids": "entity:weekly→entity:seller"}, changed: "publishers",
			check: func(t *testing.T, before, after models.Document) {
				was, is := before.(*models.Source).Publishers, after.(*models.Source).Publishers
				if len(is) != 2 || is[0] != was[0] || is[1] == was[1] {
					t.Errorf("%v, before %v", is, was)
				}
			}},
		{name: "an author less", list: "sources", find: "title", has: "Line one", cells: map[string]string{"authors": `Roe\; Jane`}, changed: "authors",
			check: func(t *testing.T, _, after models.Document) {
				if is := after.(*models.Source).Authors; !slices.Equal(is, []string{"Roe; Jane"}) {
					t.Errorf("%q", is)
				}
			}},
		{name: "other purposes", list: "relationships", find: "supplied_by", has: "seller", cells: map[string]string{"purposes": "targeting"}, changed: "purposes",
			check: func(t *testing.T, _, after models.Document) {
				if is := after.(*models.Relationship).Purposes; !slices.Equal(is, []models.Purpose{"targeting"}) {
					t.Errorf("%q", is)
				}
			}},
		{name: "an emptied cell", list: "relationships", find: "supplied_by", has: "seller", cells: map[string]string{"quantity": ""}, changed: "quantity",
			check: func(t *testing.T, _, after models.Document) {
				if is := after.(*models.Relationship); is.Quantity != "" || is.Start.Words != "by early May" {
					t.Errorf("%+v", is)
				}
			}},
		{name: "an emptied date", list: "relationships", find: "supplied_by", has: "seller", cells: map[string]string{"start": "", "start_words": ""}, changed: "start",
			check: func(t *testing.T, _, after models.Document) {
				if is := after.(*models.Relationship); !is.Start.IsZero() {
					t.Errorf("%+v", is.Start)
				}
			}},
		{name: "places", list: "entities", find: "name", has: "-1+2", cells: map[string]string{"places": "DE"}, changed: "places",
			check: func(t *testing.T, _, after models.Document) {
				if is := after.(*models.Entity).Places; !slices.Equal(is, []string{"DE"}) {
					t.Errorf("%q", is)
				}
			}},
		{name: "an identifier less", list: "entities", find: "name", has: "-1+2", cells: map[string]string{"identifiers": "-last"}, changed: "identifiers",
			check: func(t *testing.T, before, after models.Document) {
				if was, is := before.(*models.Entity).Identifiers, after.(*models.Entity).Identifiers; !slices.Equal(is, was[:1]) {
					t.Errorf("%q", is)
				}
			}},
		{name: "a name less", list: "entities", find: "name", has: "-1+2", cells: map[string]string{"names": "-last", "names_types": "-last", "names_languages": "-last", "names_scripts": "-last"}, changed: "names",
			check: func(t *testing.T, before, after models.Document) {
				if was, is := before.(*models.Entity).Names, after.(*models.Entity).Names; !slices.Equal(is, was[:len(was)-1]) {
					t.Errorf("%q", is)
				}
			}},
		{name: "a status", list: "relationships", find: "supplied_by", has: "seller", cells: map[string]string{"status": "ended"}, told: "not kept: status, 1 row: it follows from other records"},
		{name: "a verification", list: "relationships", find: "supplied_by", has: "seller", cells: map[string]string{"verification": "acknowledged"}, told: "not kept: verification, 1 row: it follows"},
		{name: "a day that a date allows", list: "relationships", find: "supplied_by", has: "seller", cells: map[string]string{"start_latest": "2021-05-07"}, told: "not kept: start_latest, 1 row: another column"},
		{name: "who provides", list: "relationships", find: "supplied_by", has: "seller", cells: map[string]string{"provider": "seller"}, told: "not kept: provider, 1 row: it follows"},
		{name: "nothing", list: "entities", find: "name", has: "-1+2", cells: nil},
	}
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[string]) {
		s := newReturning(t, c)
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				header, cells := s.row(t, test.list, test.find, test.has)
				for column, to := range test.cells {
					at := slices.Index(header, column)
					if at < 0 {
						t.Fatalf("no column %s in %q", column, header)
					}
					cells[at] = s.changedCell(t, cells[at], to)
				}
				id := cells[slices.Index(header, "id")]
				before := s.document(t, id)
				plan, err := imports.Check(context.Background(), s.services, s.editor, table(t, header, cells), imports.Options{})
				if err != nil {
					t.Fatal(err)
				}
				r := plan.Report()
				if test.told != "" && !slices.ContainsFunc(r.Notices, func(n string) bool { return strings.HasPrefix(n, test.told) }) || test.told == "" && len(r.Notices) > 0 {
					t.Errorf("told %q, want %q", r.Notices, test.told)
				}
				if test.changed == "" {
					if r.Rows.Same != 1 || r.Records != 0 {
						t.Errorf("%+v %+v %+v", r.Rows, r.Changes, r.Problems)
					}
					return
				}
				if r.Rows.Changed != 1 || len(r.Changes) != 1 || !slices.Equal(r.Changes[0].Fields, []string{test.changed}) {
					t.Fatalf("%+v %+v %+v", r.Rows, r.Changes, r.Problems)
				}
				if _, err := plan.Load(context.Background()); err != nil {
					t.Fatal(err)
				}
				test.check(t, before, s.document(t, id))
			})
		}
	})
}

// changedCell changes the text of a cell: "-last" takes the last entry of a list away, "a→b" puts one
// text in another's place, where entity:slug stands for an id.
func (s *returning) changedCell(t *testing.T, cell, to string) string {
	t.Helper()
	if to == "-last" {
		i := strings.LastIndex(cell, " | ")
		if strings.TrimSpace(cell) == "" {
			return cell
		}
		if i < 0 {
			t.Fatalf("no list: %q", cell)
		}
		return cell[:i]
	}
	from, into, replaces := strings.Cut(to, "→")
	if !replaces {
		return to
	}
	for _, text := range []*string{&from, &into} {
		if slug, named := strings.CutPrefix(*text, "entity:"); named {
			page, err := s.services.Get(context.Background(), s.editor, models.TypeEntity, slug, services.Moment{})
			if err != nil {
				t.Fatal(err)
			}
			*text = page.Records[0].ID.String()
		}
	}
	if !strings.Contains(cell, from) {
		t.Fatalf("no %q in %q", from, cell)
	}
	return strings.Replace(cell, from, into, 1)
}

func (s *returning) document(t *testing.T, id string) models.Document {
	t.Helper()
	page, err := s.services.Get(context.Background(), s.editor, "", id, services.Moment{})
	if err != nil {
		t.Fatal(err)
	}
	return page.Records[0].Document
}
