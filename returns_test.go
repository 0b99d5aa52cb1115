package main

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/services"
	"plumbline/services/exports"
	"plumbline/services/imports"
)

// returning is a site with every field of every type of record filled with what is awkward in a cell.
type returning struct {
	*site
	editor models.Actor
}

func newReturning(t *testing.T, c dbtest.Copy[string]) *returning {
	t.Helper()
	s := &returning{site: newSite(t, c)}
	account, err := s.services.CreateAccount(context.Background(), services.Operator(), "Editor", models.RoleEditor)
	if err != nil {
		t.Fatal(err)
	}
	s.editor = services.ActorOf(account)
	if _, err := s.services.Submit(context.Background(), s.editor, models.Changeset{Summary: "awkward records", Operations: awkward(t)}); err != nil {
		t.Fatalf("%v %+v", err, err)
	}
	return s
}

func dateOf(t testing.TB, text, words string) models.Date {
	t.Helper()
	d, err := models.ParseEnd(text)
	if err != nil {
		t.Fatal(err)
	}
	d.Words = words
	return d
}

func dayOf(t testing.TB, text string) models.Day {
	t.Helper()
	d, err := models.ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// awkward are records whose texts separate, compute, break lines and run from right to left.
func awkward(t testing.TB) []models.Operation {
	var operations []models.Operation
	add := func(d models.Document) uuid.UUID {
		id := uuid.Must(uuid.NewV7())
		operations = append(operations, models.Operation{Op: models.OpCreate, Type: d.RecordType(), ID: id, Data: d})
		return id
	}
	origin := add(&models.Source{Kind: "internal_data", Title: "=cmd|' /C calc'!A0", Unpublished: true})
	cited := []models.Citation{{Source: origin}}
	daily := add(&models.Entity{Kind: models.KindOrganization, Name: "The Daily | Weekly; and more", OrganizationType: "media", Citations: cited})
	weekly := add(&models.Entity{Kind: models.KindOrganization, Name: "'@weekly", Citations: cited})
	source := add(&models.Source{Kind: "article", Title: "Line one\nline \"two\", and\tmore", URL: "https://example.org/awkward?a=1|2", Publishers: []uuid.UUID{daily, weekly},
		Authors: []string{"Roe; Jane", "A | B"}, Published: dateOf(t, "2024-05~", "some time in May"), Language: "he", Summary: "שלום | عالم" + strings.Repeat("\nanother line", 250),
		ReportsOn: []models.Origin{{Source: origin, Examined: true}}})
	cited = []models.Citation{{Source: source, Locator: "p. 3 | 4", Note: "a; b\nc", HoldsOn: dayOf(t, "2024-06-02"), CheckedOn: dayOf(t, "2024-06-01")},
		{Source: source, Locator: "p. 9"}, {Source: origin, HoldsOn: dayOf(t, "2024-06-03")}}
	firm := add(&models.Entity{Kind: models.KindCompany, Name: "-1+2 Ltd", Summary: "=1+1\n+2, \"quoted\" | 'x' \\ ;", Places: []string{"IL", "145"},
		Names:       []models.Name{{Text: "Acme | Co", Type: "alias"}, {Text: "Acme; Co", Type: "alias"}, {Text: "'=Old", Type: "former"}, {Text: "ACM", Type: "acronym"}, {Text: "אקמי", Type: "transliteration", Language: "he", Script: "Hebr"}},
		Identifiers: []models.Identifier{{Scheme: "lei", Value: "A|B"}, {Scheme: "reg", Value: "00123:4"}}, Start: dateOf(t, "1999~", ""), End: dateOf(t, "..", ""), Citations: cited})
	seller := add(&models.Entity{Kind: models.KindCompany, Name: "Seller", Citations: cited})
	service := add(&models.Entity{Kind: models.KindService, Name: "@Service", Citations: cited})
	unit := add(&models.Entity{Kind: models.KindUnit, Name: "A unit", Identity: models.Undisclosed, Citations: cited})
	group := add(&models.Entity{Kind: models.KindGroup, Name: "Workers", Count: &models.Count{Number: 500, Exactness: "at_least"}, Citations: cited})
	contract := add(&models.Entity{Kind: models.KindContract, Name: "Contract", Value: &models.Money{Amount: "1500000.50", Currency: "USD"},
		Start: dateOf(t, "[2021-02..2021-04]", "spring"), Citations: cited})
	person := add(&models.Entity{Kind: models.KindPerson, Name: "Jane Roe", Citations: cited})
	add(&models.Entity{Kind: models.KindCase, Name: "A case", Members: []uuid.UUID{firm, unit}})

	share := 100.0 / 3
	link := func(r models.Relationship) uuid.UUID { r.Citations = cited; return add(&r) }
	link(models.Relationship{Type: models.Provides, Subject: firm, Object: service})
	supply := link(models.Relationship{Type: models.SuppliedTo, Subject: service, Object: unit, SuppliedBy: &seller, Start: dateOf(t, "[..2021-05-06]", "by early May"), End: dateOf(t, "..", ""),
		Quantity: "several | some; subscriptions", Purposes: []models.Purpose{"storage", "search_and_rescue"}})
	link(models.Relationship{Type: models.Owns, Subject: firm, Object: seller, Share: &share})
	link(models.Relationship{Type: models.Position, Subject: person, Object: firm, Title: "+Chair"})
	link(models.Relationship{Type: models.PartyTo, Subject: firm, Object: contract, Role: "supplier"})
	link(models.Relationship{Type: models.LinkedTo, Subject: person, Object: group, Description: "=HYPERLINK(\"x\")"})

	first := add(&models.Claim{Stance: "alleges", SaidOn: dateOf(t, "2024-05", ""), Text: "-They\nsay", About: []uuid.UUID{supply, firm}, Purposes: []models.Purpose{"storage"}, Citations: cited,
		Speakers: []models.Speaker{{Description: "an official | of one"}, {Entity: &daily, OnBehalfOf: &person}, {Description: "another; official", OnBehalfOf: &unit}, {Entity: &weekly}}})
	answer := add(&models.Claim{Stance: "admits", Extent: models.Partial, SaidOn: dateOf(t, "2024-06-01?", "the next month"), Text: "It is so", About: []uuid.UUID{supply}, Answers: []uuid.UUID{first},
		Speakers: []models.Speaker{{Entity: &firm}}, Citations: cited})
	item := add(&models.OpenItem{Kind: "question", Addressee: firm, Text: "Is it | so?\n=yes", RaisedOn: dateOf(t, "2024-05-20", ""), Due: dateOf(t, "2024-06", "June"),
		RaisedBy: []models.Speaker{{Description: "a reader"}, {Entity: &daily}}, About: []uuid.UUID{supply, first}, Citations: cited})
	step := func(s models.StatusChange) { s.Citations = cited; add(&s) }
	step(models.StatusChange{Record: supply, Status: "active", Effective: dateOf(t, "2021", ""), Place: 2})
	step(models.StatusChange{Record: supply, Status: "suspended", Extent: models.Partial, Scope: "the part | of; one", Effective: dateOf(t, "2024-05-01", "on Labour Day"),
		Announced: dateOf(t, "2024-04", ""), Actor: &firm, Reason: "@why\nnot"})
	step(models.StatusChange{Record: contract, Status: "active", Effective: dateOf(t, "2021-04", "")})
	step(models.StatusChange{Record: item, Status: "partly_answered", Effective: dateOf(t, "2024-06-01", ""), Claim: &answer})
	return operations
}

// same imports what an address gave, and expects that all of it is there already.
func (s *returning) same(t *testing.T, name string, text []byte) imports.Report {
	t.Helper()
	plan, err := imports.Check(context.Background(), s.services, s.editor, imports.File{Name: filepath.Base(name), Content: bytes.NewReader(text), Size: int64(len(text))}, imports.Options{})
	if err != nil {
		t.Errorf("%s: %v\n%.300s", name, err, text)
		return imports.Report{}
	}
	r := plan.Report()
	if r.Rows.All == 0 || r.Rows.Same != r.Rows.All || r.Records > 0 {
		t.Errorf("%s came back as something else: %+v %d records\n%+v\n%+v", name, r.Rows, r.Records, r.Changes, r.Problems)
	}
	if len(r.Notices) > 0 {
		t.Errorf("%s: %q", name, r.Notices)
	}
	return r
}

func (s *returning) fetch(t *testing.T, address string) []byte {
	t.Helper()
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, address, nil))
	if recorder.Code != http.StatusOK {
		t.Fatalf("GET %s: %d %.300s", address, recorder.Code, recorder.Body)
	}
	return recorder.Body.Bytes()
}

var listFormats = []string{"csv", "xlsx", "ndjson", "json"}

// Whatever list is downloaded, in whatever format, from whichever page or over the API, says nothing
// new when it is imported unchanged.
func TestLists_comeBackAsTheyLeft(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[string]) {
		s := newReturning(t, c)
		for path, kind := range exports.Lists() {
			for _, format := range listFormats {
				s.same(t, path+"."+format, s.fetch(t, "/api/v1/"+path+"."+format))
			}
			s.same(t, path+".csv", s.fetch(t, "/api/v1/"+path+".csv?bom=true&sort=-id"))
			s.same(t, "a page.json", s.fetch(t, "/api/v1/"+path+"?limit=3"))
			for _, column := range models.Columns(kind, false) {
				s.same(t, column.Name+".csv", s.fetch(t, "/api/v1/"+path+".csv?columns="+column.Name))
			}
		}
		for _, page := range []string{"supplies", "supplies/matrix", "timeline", "status-changes", "claims", "open-items", "sources", "companies", "units", "services", "people",
			"organizations", "groups", "contracts", "cases"} {
			for _, format := range listFormats {
				text := s.fetch(t, "/"+page+"."+format)
				s.same(t, page+"."+format, text)
				if format == "csv" && !bytes.HasPrefix(text, []byte("\uFEFF")) {
					t.Errorf("Excel would not read %s.csv as UTF-8", page)
				}
			}
		}
	})
}

func TestExports_ofEverythingComeBackAsTheyLeft(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[string]) {
		s := newReturning(t, c)
		for _, format := range []string{"ndjson", "sqlite", "xlsx"} {
			s.same(t, "all."+format, s.fetch(t, "/api/v1/exports/"+format))
		}
		text := s.fetch(t, "/api/v1/exports/csv")
		archive, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
		if err != nil {
			t.Fatal(err)
		}
		for _, member := range archive.File {
			if !strings.HasSuffix(member.Name, ".csv") {
				continue
			}
			in, err := member.Open()
			if err != nil {
				t.Fatal(err)
			}
			table, err := io.ReadAll(in)
			if err != nil {
				t.Fatal(err)
			}
			s.same(t, member.Name, table)
		}
	})
}

// edit changes the summary of an entity over the API.
func (s *returning) edit(t *testing.T, slug, summary string) {
	t.Helper()
	page, err := s.services.Get(context.Background(), s.editor, models.TypeEntity, slug, services.Moment{})
	if err != nil {
		t.Fatal(err)
	}
	d := *page.Records[0].Document.(*models.Entity)
	d.Summary = summary
	operation := models.Operation{Op: models.OpEdit, Type: models.TypeEntity, ID: page.Records[0].ID, Version: page.Records[0].Version, Edit: models.Corrected, Reason: "Test", Data: &d}
	if _, err := s.services.Submit(context.Background(), s.editor, models.Changeset{Summary: "edit", Operations: []models.Operation{operation}}); err != nil {
		t.Fatal(err)
	}
}

func (s *returning) report(t *testing.T, text string) imports.Report {
	t.Helper()
	plan, err := imports.Check(context.Background(), s.services, s.editor, imports.File{Name: "entities.csv", Content: strings.NewReader(text), Size: int64(len(text))}, imports.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return plan.Report()
}

// What somebody changed since a file was made is not changed back by what the file still says.
func TestLists_doNotUndoWhatWasChangedSince(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[string]) {
		s := newReturning(t, c)
		s.edit(t, "seller", "Then")
		at := time.Now()
		before := map[string]string{}
		for _, format := range listFormats {
			before[format] = string(s.fetch(t, "/api/v1/entities."+format))
		}
		everything := string(s.fetch(t, "/api/v1/exports/ndjson"))
		s.edit(t, "seller", "Now")

		for format, text := range before {
			r := s.report(t, text)
			if r.Rows.Same != r.Rows.All || r.Records > 0 || len(r.Notices) != 1 || !strings.Contains(r.Notices[0], "stay as they are") {
				t.Errorf("%s: %+v %q", format, r.Rows, r.Notices)
			}
		}
		if r := s.report(t, everything); r.Records > 0 || r.Rows.Errors > 0 {
			t.Errorf("an older export would write %d records: %+v", r.Records, r.Problems)
		}
		for _, text := range []string{strings.Replace(before["csv"], ",Then,", ",Mine,", 1), strings.Replace(before["json"], `"Then"`, `"Mine"`, 1)} {
			r := s.report(t, text)
			if r.Rows.Errors != 1 || r.Codes[imports.CodeStale] != 1 || r.Records > 0 {
				t.Errorf("an edit of an older version: %+v %+v", r.Rows, r.Problems)
			}
		}
		now := string(s.fetch(t, "/api/v1/entities.csv"))
		if r := s.report(t, strings.Replace(now, ",Now,", ",Mine,", 1)); r.Rows.Changed != 1 || r.Records != 1 {
			t.Errorf("an edit of the present: %+v %+v", r.Rows, r.Problems)
		}

		past := "known_at=" + at.UTC().Format("2006-01-02T15:04:05.000000Z")
		for _, address := range []string{"entities.csv?" + past, "entities.xlsx?" + past, "entities.ndjson?" + past, "entities.json?" + past, "entities.csv?columns=summary&" + past} {
			r := s.report(t, string(s.fetch(t, "/api/v1/"+address)))
			if r.Records > 0 || len(r.Notices) == 0 || !strings.Contains(strings.Join(r.Notices, " "), "not the present") {
				t.Errorf("%s: %+v %q", address, r.Rows, r.Notices)
			}
			if wrong := map[bool]int{true: 1}[strings.Contains(address, "columns")]; r.Rows.Errors != wrong {
				t.Errorf("%s: %+v", address, r.Problems)
			}
		}
	})
}

func TestLists_ofAPastSayWhichInTheirName(t *testing.T) {
	t.Parallel()
	s := newSite(t, theCase.SQLite(t))
	for address, want := range map[string]string{
		"/supplies.csv?as_of=2025-08-31":                                          `filename="plumbline-supplies-as-of-2025-08-31.csv"`,
		"/timeline.csv?as_of=2025-08-31":                                          `filename="plumbline-supplies-as-of-2025-08-31.csv"`,
		"/companies.csv?as_of=2025-08-31":                                         `filename="plumbline-companies-as-of-2025-08-31.csv"`,
		"/api/v1/relationships.csv?as_of=2025-08-31":                              `filename="plumbline-relationships-as-of-2025-08-31.csv"`,
		"/api/v1/claims.xlsx?as_of=2025-08-31":                                    `filename="plumbline-claims-as-of-2025-08-31.xlsx"`,
		"/api/v1/exports/csv?list=claims&as_of=2025-08-31":                        `filename="plumbline-as-of-2025-08-31.zip"`,
		"/api/v1/claims.ndjson?known_at=" + time.Now().UTC().Format(time.RFC3339): `filename="plumbline-claims-known-at-`,
		"/api/v1/sources.csv?bom=true":                                            `filename="plumbline-sources-2`,
	} {
		recorder := httptest.NewRecorder()
		s.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, address, nil))
		if got := recorder.Header().Get("Content-Disposition"); recorder.Code != http.StatusOK || !strings.Contains(got, want) {
			t.Errorf("%s: %d %s", address, recorder.Code, got)
		}
	}
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/api/v1/claims.csv?bom=yes", nil))
	if recorder.Code != http.StatusBadRequest || !strings.Contains(recorder.Body.String(), "bom is true or false") {
		t.Errorf("%d %s", recorder.Code, recorder.Body)
	}
}

// Somebody who changes the slug beside an id, or the other way round, is told so.
func TestLists_tellOfAnIDAndASlugThatDiffer(t *testing.T) {
	t.Parallel()
	s := newReturning(t, theCase.SQLite(t))
	text := string(s.fetch(t, "/api/v1/relationships.csv?type=owns&subject=1-2-ltd"))
	if r := s.report(t, strings.Replace(text, ",seller,", ",microsoft,", 1)); r.Rows.Errors != 1 || !strings.Contains(r.Problems[0].Message, "does not lead to the same record") {
		t.Errorf("%+v %+v", r.Rows, r.Problems)
	}
}
