package frontend_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// rowWith is the row, or list entry, that links to all of the addresses.
func rowWith(t *testing.T, rows []*node, addresses ...string) *node {
	t.Helper()
	for _, row := range rows {
		if !slices.ContainsFunc(addresses, func(a string) bool { return !linksTo(row.all("a"), a) }) {
			return row
		}
	}
	t.Fatalf("no row links to %v", addresses)
	return nil
}

func wantWords(t *testing.T, n *node, words ...string) {
	t.Helper()
	for _, one := range words {
		if !strings.Contains(n.text(), one) {
			t.Errorf("%q is missing in %q", one, n.text())
		}
	}
}

func TestCompany_showsEachSupplyWithStatusExtentAndWhoSaysSo(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	page := s.open(t, "/companies/microsoft")
	rows := page.all("#main table tbody tr")

	disabled := rowWith(t, rows, "/services/azure-cloud-storage", "/units/unidentified-unit-in-imod")
	wantWords(t, disabled.first(".status-disabled"), "Disabled, in part")
	wantWords(t, disabled, "namely certain subscriptions and services", "by 25 September 2025")
	if disabled.first(".status-disabled svg") == nil || disabled.first("time[datetime=2025-09-25]") == nil {
		t.Error("the status has no icon, or no day for machines")
	}
	if disabled.first("a.undisclosed") == nil {
		t.Error("nothing marks the unit as undisclosed")
	}

	active := rowWith(t, rows, "/services/microsoft-cybersecurity-services", "/units/state-of-israel")
	wantWords(t, active, "Active", "last evidenced 25 September 2025", "cybersecurity", "Statement", "Brad Smith, for Microsoft")
	disputed := rowWith(t, rows, "/services/microsoft-azure", "/units/israel-defense-forces")
	wantWords(t, disputed, "Unknown", "no source says with certainty", "Allegation (3) Associated Press", "Finding of no evidence Microsoft",
		"Single origin: Associated Press", "disputed by Microsoft", "surveillance, targeting")
	wantWords(t, rowWith(t, rows, "/services/azure-cloud-storage", "/units/israel-ministry-of-defense"), "Active", "Acknowledged by Microsoft")
	if strings.Contains(rowWith(t, rows, "/services/azure-cloud-storage", "/units/israel-ministry-of-defense").text(), "Disabled") {
		t.Error("the ministry's own link is shown as disabled")
	}
}

func TestCompany_showsClaimsBesideTheirAnswers(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	for _, address := range []string{"/companies/microsoft", "/claims"} {
		pairs := 0
		for _, claim := range s.open(t, address).all("article.claim") {
			replies := claim.first(".replies")
			switch text := claim.text(); {
			case strings.Contains(text, "kept a large number of records of mobile phone calls") && replies != nil:
				wantWords(t, claim.first(".stance"), "Allegation")
				wantWords(t, replies, "The answer", "Admission in part", "Microsoft", "preliminary evidence", "25 September 2025")
				pairs++
			case strings.Contains(text, "to choose targets of air strikes") && replies != nil:
				wantWords(t, replies, "Finding of no evidence", "Its internal review found no evidence")
				pairs++
			}
		}
		if pairs != 2 {
			t.Errorf("%s: %d of 2 pairs are there", address, pairs)
		}
	}
}

func TestPast_saysWhatMayHaveHappenedAndLeavesOutWhatCameLater(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	page := s.open(t, "/companies/microsoft?as_of=2025-09-24")
	wantWords(t, page.first("aside.notice"), "24 September 2025", "Back to today")
	if back := page.first("aside.notice a.today").at("href"); back != "/companies/microsoft" {
		t.Errorf("today is at %s", back)
	}
	row := rowWith(t, page.all("#main table tbody tr"), "/services/azure-cloud-storage", "/units/unidentified-unit-in-imod")
	wantWords(t, row.first(".possible"), "May have been taken by then", "Disabled, in part", "by 25 September 2025")
	if strings.Contains(page.first("#main").text(), "without an answer") {
		t.Error("a question is shown that was asked later")
	}
	if page.first("input[name=as_of]").at("value") != "2025-09-24" {
		t.Error("the form forgets the day")
	}
	for _, a := range page.all("#main table a") {
		if !strings.Contains(a.at("href"), "as_of=2025-09-24") {
			t.Errorf("%s leads back to today without a word", a.at("href"))
		}
	}
	s.clock.set(time.Date(2025, 11, 1, 12, 0, 0, 0, time.UTC))
	wantWords(t, s.open(t, "/companies/microsoft?as_of=2025-09-24&known_at=2025-11-01T09:30:00Z").first("aside.notice"), "by what was known on 1 November 2025 at 09:30 UTC")

	// Lists hold what the API's do; what came later is marked.
	later := 0
	for _, change := range s.open(t, "/status-changes?as_of=2025-08-31").all("article.change") {
		if strings.Contains(change.text(), "This lies after the day shown.") {
			later++
		}
	}
	if later == 0 {
		t.Error("no status change is marked as later")
	}
}

func TestStaleEvidence_isNotShownAsFresh(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	row := rowWith(t, s.open(t, "/supplies?as_of=2027-01-01").all("tbody tr"), "/services/microsoft-cybersecurity-services", "/units/state-of-israel")
	wantWords(t, row.first(".stale"), "Nothing newer shows that it still holds", "last evidenced 25 September 2025")
	if s.open(t, "/supplies").first("tbody .stale") != nil {
		t.Error("fresh evidence is called stale")
	}
}

func TestOverview_countsStepsInPartApart(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	page := s.open(t, "/")
	wantWords(t, page.first("main"), "2 disabled in part", "37 days without an answer", "What is said to be supplied, by company")
	for _, a := range page.all("main a") {
		if a.text() == "2 disabled in part" {
			if rows := s.open(t, a.at("href")).all("tbody tr"); len(rows) != 2 {
				t.Errorf("behind %q stand %d supplies", a.text(), len(rows))
			}
		}
	}
}

// TestLists_showWhatTheServicesGive: the same filters give the same records, in the same order,
// over all pages.
func TestLists_showWhatTheServicesGive(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	for address, kind := range map[string]models.RecordType{
		"/supplies?limit=3": models.TypeRelationship, "/supplies?limit=2&status=active,disabled&party=microsoft": models.TypeRelationship,
		"/status-changes?limit=2": models.TypeStatusChange, "/claims?limit=5&stance=alleges": models.TypeClaim, "/open-items?limit=1&sort=raised_on": models.TypeOpenItem,
	} {
		_, query, _ := strings.Cut(address, "?")
		values, _ := url.ParseQuery(query)
		values.Set("limit", "500")
		if kind == models.TypeRelationship {
			values.Set("type", "supplied_to")
		}
		q, err := services.ParseQuery(kind, values)
		if err != nil {
			t.Fatal(err)
		}
		want, err := s.services.List(context.Background(), models.Actor{}, kind, q)
		if err != nil {
			t.Fatal(err)
		}
		var ids, got []string
		for _, r := range want.Records {
			ids = append(ids, r.ID.String())
		}
		for next := address; next != ""; {
			page := s.open(t, next)
			for _, row := range append(page.all("tbody tr"), page.all("article.entry")...) {
				details := row.all("a.details")
				got = append(got, strings.TrimPrefix(details[0].at("href"), "/records/"))
			}
			next = ""
			if a := page.first("a[rel=next]"); a != nil {
				next = a.at("href")
			}
		}
		if !slices.Equal(got, ids) || len(ids) == 0 {
			t.Errorf("%s shows %d records, not the %d of the services", address, len(got), len(ids))
		}
	}
}

// Who filters by an entity reads its name in the form; left standing, the name goes on meaning that one.
func TestFilters_showNames(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	for address, inputs := range map[string]map[string]string{
		"/supplies?party=microsoft&status=active": {"party": "Microsoft"}, "/claims?party=microsoft": {"party": "Microsoft"}, "/network?entity=unit-8200&to=microsoft": {"entity": "Unit 8200", "to": "Microsoft"},
	} {
		page := s.open(t, address)
		for name, shown := range inputs {
			input := page.first(".filters input[name=" + name + "]")
			kept := page.first(".filters input[name=called:" + name + "]")
			if input == nil || input.at("value") != shown || kept == nil || kept.at("type") != "hidden" {
				t.Errorf("%s: the form shows no %q", address, shown)
			}
		}
	}
	for asked, settled := range map[string]string{
		"/supplies?party=Microsoft&called:party=microsoft&status=active": "/supplies?party=microsoft&status=active",
		"/supplies?party=Unit+8200&called:party=microsoft":               "/supplies?party=unit-8200",
		"/supplies?called:party=microsoft":                               "/supplies",
		"/network?entity=Microsoft&called:entity=microsoft":              "/network?entity=microsoft",
	} {
		if answer := s.ask("GET", asked); answer.Code != 301 || answer.Header().Get("Location") != settled {
			t.Errorf("%s: %d to %q, want %s", asked, answer.Code, answer.Header().Get("Location"), settled)
		}
	}
}

func TestFilters_areKeptDroppedAndPassedOn(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	page := s.open(t, "/supplies?status=active,disabled&source="+s.id(t, models.TypeSource, nil)+"&as_of=2025-10-01")
	for _, name := range []string{"source", "as_of"} {
		if page.first(".filters input[name="+name+"]") == nil {
			t.Errorf("the form drops %s", name)
		}
	}
	if kept := page.first(".filters input[name=status]"); kept == nil || kept.at("value") != "active,disabled" {
		t.Error("the form forgets the statuses")
	}
	if chosen := page.all(".facets a[aria-current=true]"); len(chosen) != 2 {
		t.Errorf("%d values of facets are chosen, expected the 2 statuses", len(chosen))
	}
	chips := page.all(".chips a")
	if len(chips) != 3 {
		t.Fatalf("%d chips, expected one for the source and one for each status", len(chips))
	}
	for i, left := range []string{"status=active%2Cdisabled", "status=disabled", "status=active"} {
		if to := chips[i].at("href") + "&"; !strings.Contains(to, left+"&") || !strings.Contains(to, "as_of=2025-10-01") || strings.Contains(to, "source=") == (i == 0) {
			t.Errorf("chip %d leads to %s", i+1, to)
		}
	}
	requests := 0
	for _, a := range page.all("p.tools a") {
		api := a.at("href")
		if strings.HasPrefix(api, "/api/v1/relationships?") && strings.Contains(api, "type=supplied_to") && strings.Contains(api, "status=active%2Cdisabled") {
			requests++
		}
	}
	if requests != 1 {
		t.Errorf("%d addresses of the API for this view, expected 1", requests)
	}
	wantWords(t, s.open(t, "/supplies?status=ended").first(".empty"), "One filter less shows more", "Without any filter")
}

// hostile enters an entity, a claim and a source whose texts try to break the page.
func hostile(t testing.TB, s *site) string {
	t.Helper()
	source, entity, unit, service := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	markup := `<script>alert(1)</script>"><img src=x onerror=alert(2)>&amp;{{.}}`
	cited := []models.Citation{{Source: source, Locator: markup, Note: markup}}
	date, err := models.ParseDate("2025-10")
	if err != nil {
		t.Fatal(err)
	}
	date.Words = markup
	s.publish(t,
		models.Operation{Op: models.OpCreate, Type: models.TypeSource, ID: source, Data: &models.Source{Kind: "article", Title: markup, URL: "https://example.org/?a=\"><script>&b=" + strings.Repeat("x", 1500), Authors: []string{markup}, Published: date, Summary: markup}},
		models.Operation{Op: models.OpCreate, Type: models.TypeEntity, ID: entity, Data: &models.Entity{Kind: models.KindCompany, Slug: "hostile", Name: strings.Repeat("W", 500), Summary: strings.Repeat("y", 10000) + markup, Citations: cited,
			Names:       []models.Name{{Text: "מיקרוסופט \u202eabc", Type: "transliteration", Language: "he"}, {Text: "مايكروسوفت", Type: "transliteration", Language: "ar"}, {Text: markup, Type: "alias"}, {Text: strings.Repeat("ل", 500), Type: "former", Language: "ar"}},
			Identifiers: []models.Identifier{{Scheme: "lei", Value: strings.Repeat("9", 200)}}}},
		models.Operation{Op: models.OpCreate, Type: models.TypeEntity, ID: unit, Data: &models.Entity{Kind: models.KindUnit, Slug: "hebrew-unit", Name: "יחידה 8200", Citations: cited}},
		models.Operation{Op: models.OpCreate, Type: models.TypeEntity, ID: service, Data: &models.Entity{Kind: models.KindService, Slug: "long-service", Name: strings.Repeat("ל", 500), Citations: cited}},
		models.Operation{Op: models.OpCreate, Type: models.TypeRelationship, Data: &models.Relationship{Type: models.Provides, Subject: entity, Object: service, Citations: cited}},
		models.Operation{Op: models.OpCreate, Type: models.TypeRelationship, Data: &models.Relationship{Type: models.SuppliedTo, Subject: service, Object: unit, Quantity: strings.Repeat("q", 500), Start: date, Purposes: []models.Purpose{"surveillance"}, Citations: cited}},
		models.Operation{Op: models.OpCreate, Type: models.TypeClaim, Data: &models.Claim{Speakers: []models.Speaker{{Description: markup}}, Stance: models.Alleges, About: []uuid.UUID{entity}, SaidOn: date, Text: strings.Repeat("z", 4000) + markup, Citations: cited}},
		models.Operation{Op: models.OpCreate, Type: models.TypeOpenItem, Data: &models.OpenItem{Kind: "demand", Addressee: entity, Text: strings.Repeat("ע", 3000) + markup, RaisedOn: date, Citations: cited}},
	)
	return source.String()
}

func TestPages_stayWholeWithHostileTexts(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	source := hostile(t, s)
	for _, address := range append([]string{"/companies/hostile", "/units/hebrew-unit", "/services/long-service", "/sources/" + source, "/search?q=%3Cscript%3Ealert%281%29",
		"/records/" + s.id(t, models.TypeClaim, nil), "/records/" + s.id(t, models.TypeOpenItem, nil), "/records/" + s.id(t, models.TypeRelationship, url.Values{"type": {"supplied_to"}})}, lists...) {
		page := s.open(t, address)
		checkShape(t, address, page)
		if len(page.all("main img")) > 0 {
			t.Errorf("%s: markup became an element", address)
		}
		if strings.ContainsAny(page.text(), "\u202e\u2066") {
			t.Errorf("%s: a mark that reorders text is there", address)
		}
	}

	names := s.open(t, "/companies/hostile").all("dd bdi[lang]")
	if len(names) != 3 || names[0].at("lang") != "he" || names[0].at("dir") != "rtl" || names[1].at("lang") != "ar" || names[1].at("dir") != "rtl" {
		t.Errorf("%d names with a language", len(names))
	}
	if heading := s.open(t, "/units/hebrew-unit").first("h1 bdi"); heading.at("dir") != "rtl" {
		t.Errorf("the heading runs %q", heading.at("dir"))
	}
}

func TestEntity_saysThatItHasMoreSuppliesThanItShows(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	source, service := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	cited := []models.Citation{{Source: source}}
	made := []models.Operation{
		{Op: models.OpCreate, Type: models.TypeSource, ID: source, Data: &models.Source{Kind: "article", Title: "A list"}},
		{Op: models.OpCreate, Type: models.TypeEntity, ID: service, Data: &models.Entity{Kind: models.KindService, Slug: "wide", Name: "Wide", Citations: cited}},
	}
	const supplies = 51
	for i := range supplies {
		unit := uuid.Must(uuid.NewV7())
		made = append(made,
			models.Operation{Op: models.OpCreate, Type: models.TypeEntity, ID: unit, Data: &models.Entity{Kind: models.KindUnit, Name: fmt.Sprintf("Unit %d", i), Citations: cited}},
			models.Operation{Op: models.OpCreate, Type: models.TypeRelationship, Data: &models.Relationship{Type: models.SuppliedTo, Subject: service, Object: unit, Citations: cited}})
	}
	s.publish(t, made[:len(made)-2]...)
	if page := s.open(t, "/services/wide"); len(page.all("tbody tr")) != supplies-1 || strings.Contains(page.text(), "more supplies than") {
		t.Errorf("%d of %d supplies are shown, or some are said to be missing", len(page.all("tbody tr")), supplies-1)
	}
	s.publish(t, made[len(made)-2:]...)
	page := s.open(t, "/services/wide")
	if shown := len(page.all("tbody tr")); shown != supplies-1 {
		t.Errorf("%d supplies are shown, expected %d", shown, supplies-1)
	}
	wantWords(t, page.first("section[aria-labelledby=supplies]"), "There are more supplies than this page shows. All of them")
	wantWords(t, s.open(t, "/embed/entities/wide").first("body"), "and more than 44 others")
}

func TestRetractedRecords_sayThatTheyAre(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	id := s.id(t, models.TypeClaim, url.Values{"stance": {"states"}})
	page, err := s.services.Get(context.Background(), models.Actor{}, models.TypeClaim, id, services.Moment{})
	if err != nil {
		t.Fatal(err)
	}
	s.publish(t, models.Operation{Op: models.OpRetract, Type: models.TypeClaim, ID: page.Records[0].ID, Version: 1, Reason: "It was misread."})
	shown := s.open(t, "/records/"+id)
	wantWords(t, shown.first("aside.notice"), "This record was retracted.")
	wantWords(t, shown.first("main"), "Retracted", "It was misread.")
}

// OCDS holds contracts alone: a page leads to it where there is one.
func TestFiles_nameOCDSWhereThereAreContracts(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	offers := func(address string) bool {
		return slices.ContainsFunc(s.open(t, address).all("a.file"), func(a *node) bool { return strings.HasPrefix(a.at("href"), "/api/v1/exports/ocds") })
	}
	home := "/cases/microsoft-and-the-israeli-military"
	if offers("/data") || offers(home) {
		t.Error("OCDS is offered where there is no contract")
	}
	of := s.entity(t, "microsoft-and-the-israeli-military")
	widened := *of.Document.(*models.Entity)
	contract := uuid.Must(uuid.NewV7())
	s.publish(t, models.Operation{Op: models.OpCreate, Type: models.TypeEntity, ID: contract, Data: &models.Entity{Kind: models.KindContract, Name: "A contract", Citations: widened.Citations}})
	if !offers("/data") || offers(home) {
		t.Error("OCDS is not offered of everything, or is of a case without the contract")
	}
	widened.Members = append(slices.Clone(widened.Members), contract)
	s.publish(t, models.Operation{Op: models.OpEdit, Type: models.TypeEntity, ID: of.ID, Version: of.Version, Edit: models.Corrected, Reason: "Test", Data: &widened})
	if !offers(home) {
		t.Error("OCDS is not offered of a case with a contract")
	}
}

// From a vague day, so many days have gone by at least.
func TestOpenItems_countFromAVagueDayAtLeast(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	cite := []models.Citation{{Source: uuid.MustParse(s.sourceOf(t))}}
	for text, want := range map[string]string{"2025-09": "at least 32 days without an answer", "2025-09~": "at least 32 days without an answer", "2025-09-30?": "at least 32 days without an answer",
		"[2025-08..2025-09-30]": "at least 32 days without an answer", "2025-10-31": "1 day without an answer", "2025-09-30": "32 days without an answer"} {
		raised, err := models.ParseDate(text)
		if err != nil {
			t.Fatal(err)
		}
		id := uuid.Must(uuid.NewV7())
		s.publish(t, models.Operation{Op: models.OpCreate, Type: models.TypeOpenItem, ID: id, Data: &models.OpenItem{Kind: "question", Text: "Why " + text + "?", Addressee: s.entity(t, "microsoft").ID, RaisedOn: raised, Citations: cite}})
		main := s.open(t, "/records/"+id.String()).first("main").text()
		if !strings.Contains(main, want) || strings.Contains(want, "at least") != strings.Contains(main, "at least") {
			t.Errorf("%s: %q is not in %s", text, want, main)
		}
	}
}
