package frontend_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/models"
)

// supplied is a supply of a service of its own to a unit of its own, as a page knows it.
type supplied struct {
	company, service, unit uuid.UUID
	slug                   string
	link                   uuid.UUID
	// step is the status change that began its status; the link itself where there is none.
	step uuid.UUID
}

// supply publishes one: holds is the day on which a source shows that it held; status, on and told are
// those of its step, "" for none.
func (s *site) supply(t testing.TB, name, holds string, status models.Status, on, told string) supplied {
	t.Helper()
	made := func(data models.Document, kind models.RecordType) models.Operation {
		return models.Operation{Op: models.OpCreate, Type: kind, ID: uuid.Must(uuid.NewV7()), Data: data}
	}
	date := func(text string) models.Date {
		d, err := models.ParseDate(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	paper := func(what, published string) models.Operation {
		return made(&models.Source{Kind: "statement", Title: what + " of " + name, URL: fmt.Sprintf("https://%s.example/%s", strings.ToLower(what), name), Published: date(published)}, models.TypeSource)
	}
	old := paper("Register", "2024-07-01")
	cited := models.Citation{Source: old.ID}
	if holds != "" {
		cited.HoldsOn = date(holds).Earliest
	}
	entity := func(kind models.EntityKind, slug string) models.Operation {
		return made(&models.Entity{Kind: kind, Name: slug, Slug: slug, Citations: []models.Citation{{Source: old.ID}}}, models.TypeEntity)
	}
	company, service, unit := entity(models.KindCompany, name+"-company"), entity(models.KindService, name+"-service"), entity(models.KindUnit, name+"-unit")
	provides := made(&models.Relationship{Type: models.Provides, Subject: company.ID, Object: service.ID, Citations: []models.Citation{{Source: old.ID}}}, models.TypeRelationship)
	link := made(&models.Relationship{Type: models.SuppliedTo, Subject: service.ID, Object: unit.ID, Citations: []models.Citation{cited}}, models.TypeRelationship)
	operations, step := []models.Operation{old, company, service, unit, provides, link}, link.ID
	if status != "" {
		later := paper("Gazette", told)
		change := made(&models.StatusChange{Record: link.ID, Status: status, Effective: date(on), Citations: []models.Citation{{Source: later.ID}}}, models.TypeStatusChange)
		operations, step = append(operations, later, change), change.ID
	}
	s.publish(t, operations...)
	return supplied{company.ID, service.ID, unit.ID, name, link.ID, step}
}

// denied has the company of a supply deny something.
func (s *site) denied(t testing.TB, one supplied, what uuid.UUID) {
	t.Helper()
	said, _ := models.ParseDate("2025-10-30")
	source := models.Operation{Op: models.OpCreate, Type: models.TypeSource, ID: uuid.Must(uuid.NewV7()), Data: &models.Source{Kind: "statement", Title: "What we say", Publishers: []uuid.UUID{one.company}, Published: said}}
	s.publish(t, source, models.Operation{Op: models.OpCreate, Type: models.TypeClaim, ID: uuid.Must(uuid.NewV7()), Data: &models.Claim{Speakers: []models.Speaker{{Entity: &one.company}},
		Stance: models.Denies, About: []uuid.UUID{what}, SaidOn: said, Text: "It is not so.", Citations: []models.Citation{{Source: source.ID}}}})
}

// Whatever page shows a status shows how well that is established, and until when it was shown, apart
// from the supply itself. It is 1 November 2025.
func TestPages_keepAStatusApartFromTheSupply(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	const itself, status, both, stale = "The supply itself:", "This status:", "The supply itself, and this status:", "Nothing newer shows that it still holds"
	cases := []struct {
		name, holds string
		status      models.Status
		on, told    string
		denies      func(supplied) uuid.UUID
		want, never []string
		// statusStale is what the list of network, embed, matrix and comparison warn of.
		statusStale bool
	}{
		{"fresh-step", "2024-07-01", "disabled", "2025-10-20", "2025-10-25", nil,
			[]string{status + " Single origin: Gazette of *", "last evidenced 25 October 2025", itself + " Single origin: Register of *", "last evidenced 1 July 2024, 16 months ago"}, []string{stale, both}, false},
		{"fresh-suspension", "2024-07-01", "suspended", "2025-10-20", "2025-10-25", nil,
			[]string{status + " Single origin: Gazette of *", "last evidenced 25 October 2025"}, []string{stale}, false},
		{"old-suspension", "2025-10-30", "suspended", "2024-07-01", "2024-07-02", nil,
			[]string{status + " Single origin: Gazette of *", stale + ": last evidenced 2 July 2024, 16 months ago", itself + " Single origin: Register of *", "last evidenced 30 October 2025"}, nil, true},
		{"old-active", "", "active", "2024-07-01", "2024-07-02", nil,
			[]string{stale + ": last evidenced 2 July 2024, 16 months ago", status, itself}, []string{both}, true},
		{"active-shown-since", "2025-10-30", "active", "2024-07-01", "2024-07-02", nil,
			[]string{status + " Single origin: Gazette of *", "last evidenced 30 October 2025"}, []string{stale}, false},
		{"by-evidence-alone", "2025-10-30", "", "", "", nil, []string{both + " Single origin: Register of *", status + " last evidenced 30 October 2025"}, []string{status + " Single", stale}, false},
		{"by-old-evidence-alone", "2024-07-01", "", "", "", nil, []string{both, stale + ": last evidenced 1 July 2024"}, []string{status}, true},
		{"no-status", "", "", "", "", nil, []string{itself + " Single origin", "no source says with certainty"}, []string{status, both, stale}, false},
		{"disputed-status", "", "disabled", "2025-10-20", "2025-10-25", func(one supplied) uuid.UUID { return one.step },
			[]string{status + " Single origin: Gazette of * disputed by disputed-status-company", itself + " Single origin: Register of *"}, []string{itself + " Single origin: Register of * disputed"}, false},
		{"disputed-supply", "", "disabled", "2025-10-20", "2025-10-25", func(one supplied) uuid.UUID { return one.link },
			[]string{status + " Single origin: Gazette of *", itself + " Single origin: Register of * disputed by disputed-supply-company"}, []string{"Gazette of * disputed"}, false},
	}
	for _, c := range cases {
		one := s.supply(t, c.name, c.holds, c.status, c.on, c.told)
		if c.denies != nil {
			s.denied(t, one, c.denies(one))
		}
		party := "?party=" + c.name + "-company"
		for _, address := range []string{"/supplies" + party, "/companies/" + c.name + "-company", "/units/" + c.name + "-unit", "/records/" + one.link.String(), "/timeline" + party, "/embed/records/" + one.link.String(), "/embed/entities/" + c.name + "-company"} {
			words := strings.Join(strings.Fields(s.open(t, address).text()), " ")
			for _, want := range c.want {
				if !strings.Contains(words, strings.ReplaceAll(want, "*", c.name)) {
					t.Errorf("%s: %q is missing in %q", address, want, words)
				}
			}
			for _, never := range c.never {
				if strings.Contains(words, strings.ReplaceAll(never, "*", c.name)) {
					t.Errorf("%s: %q stands in %q", address, never, words)
				}
			}
		}
		for _, address := range []string{"/supplies/matrix" + party, "/network?depth=2&entity=" + c.name + "-company", "/compare?ids=" + c.name + "-company," + c.name + "-unit"} {
			if got := s.open(t, address).first("main .stale") != nil; got != c.statusStale {
				t.Errorf("%s warns of an old status: %v", address, got)
			}
		}
		cell := s.open(t, "/supplies/matrix"+party).first(".matrix td")
		wantWords(t, cell, map[string]string{"disputed-status": "This status: disputed by disputed-status-company", "disputed-supply": "The supply itself: disputed by disputed-supply-company"}[c.name])
		if strings.Contains(cell.text(), "This status: disputed") != (c.name == "disputed-status") {
			t.Errorf("%s: the matrix shows one dispute as the other: %q", c.name, cell.text())
		}
	}
}

// What is to be shown still to hold is what the status rests on.
func TestStillHolds_asksForTheStatus(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	editor, _ := s.member(t, "Editor", models.RoleEditor)
	for _, c := range []struct {
		name   string
		status models.Status
		words  string
	}{{"suspended", "suspended", "suspended, last evidenced 2 July 2024"}, {"active", "active", "active, last evidenced 30 October 2025"}} {
		one := s.supply(t, c.name, "2025-10-30", c.status, "2024-07-01", "2024-07-02")
		page := editor.page(t, "/records/"+one.link.String()+"/still-holds", 200)
		wantWords(t, page, c.words)
		want := one.link // whose own citations speak of what runs
		if c.status != "active" {
			want = one.step
		}
		if got := page.first("main form").at("action"); got != "/records/"+want.String()+"/still-holds" {
			t.Errorf("%s: what it shows goes to %s, want %s", c.name, got, want)
		}
	}
}
