package frontend_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/models"
)

func TestCite_putsTheSourcesFirst(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	for _, of := range []string{"/companies/microsoft", "/supplies?status=disabled", "/records/" + s.id(t, models.TypeClaim, url.Values{"stance": {"admits"}}), "/sources?kind=investigation"} {
		page := s.open(t, "/cite?"+url.Values{"page": {of}}.Encode())
		checkShape(t, of, page)
		forms := map[string]string{}
		for _, area := range page.all("textarea") {
			forms[area.at("id")] = area.text()
		}
		var items []struct {
			ID, Type, Title, URL, Version, License string
			Accessed, Issued                       map[string]any
		}
		if err := json.Unmarshal([]byte(forms["csl"]), &items); err != nil {
			t.Fatalf("%s: %v", of, err)
		}
		last := items[len(items)-1]
		if len(items) < 2 || !strings.HasPrefix(last.URL, "http://example.com"+strings.SplitN(of, "?", 2)[0]) || !strings.Contains(last.URL, "known_at=") || !strings.HasPrefix(last.Version, "revision ") || last.License == "" {
			t.Errorf("%s: the page comes as %+v after %d sources", of, last, len(items)-1)
		}
		for _, source := range items[:len(items)-1] {
			if source.Version != "" || source.Title == "" || len(source.Accessed) > 0 { // nobody says that they read it
				t.Errorf("%s: a source comes as %+v", of, source)
			}
		}
		for id, mark := range map[string]string{"plain": "read 1 November 2025", "bibtex": "@misc{plumbline-", "wikipedia": "|access-date=2025-11-01"} {
			if !strings.Contains(forms[id], mark) {
				t.Errorf("%s: %s lacks %q:\n%s", of, id, mark, forms[id])
			}
		}
		for id, mark := range map[string]string{"plain": "(read ", "bibtex": "urldate", "wikipedia": "access-date"} {
			if n := strings.Count(forms[id], mark); n != 1 {
				t.Errorf("%s: %s says %d times that something was read:\n%s", of, id, n, forms[id])
			}
		}
		// What was cited can be seen again.
		s.open(t, strings.TrimPrefix(last.URL, "http://example.com"))
	}
}

func TestCite_keepsHostileTitlesWhole(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	source := hostile(t, s)
	page := s.open(t, "/cite?page=/sources/"+source)
	checkShape(t, "cite", page)
	var items []any
	if err := json.Unmarshal([]byte(page.first("textarea[id=csl]").text()), &items); err != nil {
		t.Error(err)
	}
	if text := page.first("textarea[id=bibtex]").text(); strings.Count(text, "@misc{") != 2 {
		t.Errorf("BibTeX: %s", text)
	}
}

func TestCite_refusesWithASentence(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	for address, status := range map[string]int{"/cite": 400, "/cite?page=": 301, "/cite?page=https://evil.example/x": 400, "/cite?page=//evil.example/x": 400, "/cite?page=/companies/nobody": 404,
		"/cite?page=/supplies?stats=x": 400, "/cite?page=/claims&x=1": 400, "/cite?page=/companies/microsoft%3Fas_of%3Dx": 400, "/cite?page=/": 200, "/cite?page=/method": 200, "/cite?page=%25zz": 400} {
		if answer := s.ask(http.MethodGet, address); answer.Code != status {
			t.Errorf("%s: %d, want %d", address, answer.Code, status)
		}
	}
}

// What is cited is called as a reader would call it, and no record by a slug or an id.
func TestCite_callsListsByTheirWords(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	unit := s.entity(t, "unit-8200").ID.String()
	for address, want := range map[string]string{
		"/supplies":                                   "Supplies",
		"/supplies?as_of=2025-09-24":                  "Supplies, as of 24 September 2025",
		"/supplies?party=microsoft&status=disabled":   "Supplies (party: Microsoft; status: Disabled)",
		"/supplies/matrix?object=" + unit:             "Matrix of supplies (object: Unit 8200)",
		"/timeline?party=unit-8200,microsoft":         "Timeline of supplies (party: Unit 8200; party: Microsoft)",
		"/claims?stance=finds_no_evidence":            "Claims and answers (stance: Finding of no evidence)",
		"/status-changes?effective[gte]=2025-01-01":   "Status changes (effective from: 2025-01-01)",
		"/open-items?unanswered=true":                 "Questions, demands and commitments (unanswered: Yes)",
		"/companies":                                  "Companies",
		"/units?country=IL":                           "Units (country: Israel)",
		"/supplies?verification=single_origin&type=x": "",
	} {
		answer := s.ask(http.MethodGet, "/cite?page="+url.QueryEscape(address))
		if want == "" {
			if answer.Code != http.StatusBadRequest {
				t.Errorf("%s: %d", address, answer.Code)
			}
			continue
		}
		page := s.open(t, "/cite?page="+url.QueryEscape(address))
		if got := page.first("textarea[id=csl]").text(); !strings.Contains(got, `"title": "`+want+`"`) {
			t.Errorf("%s is called %s, want %q", address, got[max(0, len(got)-700):], want)
		}
	}
	// So do the filters in force above a list.
	if chips := s.open(t, "/supplies?party=microsoft").first("p.chips").text(); !strings.Contains(chips, "Microsoft") {
		t.Errorf("the chips are %q", chips)
	}
}

// Sources are cited with who wrote them, and a page of a past day by the day of its revision; no two
// pages have one key.
func TestCite_saysWhoWroteItAndWhenItWasPublished(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	source := models.Operation{Op: models.OpCreate, Type: models.TypeSource, ID: uuid.Must(uuid.NewV7()), Data: &models.Source{Kind: "article", Title: "Written", URL: "https://written.example/a", Authors: []string{"Doe, Jane", "Ali | Baba"},
		Publishers: []uuid.UUID{s.entity(t, "the-guardian").ID}}}
	s.publish(t, source)
	forms := func(of string) map[string]string {
		texts := map[string]string{}
		for _, area := range s.open(t, "/cite?"+url.Values{"page": {of}}.Encode()).all("textarea") {
			texts[area.at("id")] = area.text()
		}
		return texts
	}
	got := forms("/sources/" + source.ID.String())
	for id, want := range map[string]string{"plain": "Doe, Jane, Ali | Baba. “Written”. The Guardian.", "bibtex": "author = {{Doe, Jane} and {Ali | Baba}}, publisher = {{The Guardian}}",
		"csl": `"literal": "Doe, Jane"`, "wikipedia": "|author1=Doe, Jane |author2=Ali {{!}} Baba |publisher=The Guardian"} {
		if !strings.Contains(got[id], want) {
			t.Errorf("%s lacks %q:\n%s", id, want, got[id])
		}
	}

	keys := map[string]string{}
	for _, of := range []string{"/companies/microsoft", "/supplies", "/supplies?status=disabled", "/supplies?status=active", "/", "/companies/microsoft?as_of=2025-08-30", "/claims"} {
		var items []struct {
			ID, Title string
			Issued    struct {
				Parts [][]int `json:"date-parts"`
			}
		}
		if err := json.Unmarshal([]byte(forms(of)["csl"]), &items); err != nil {
			t.Fatal(err)
		}
		last := items[len(items)-1]
		if other := keys[last.ID]; other != "" {
			t.Errorf("%s and %s have the key %s", of, other, last.ID)
		}
		keys[last.ID] = of
		if len(last.Issued.Parts) != 1 || last.Issued.Parts[0][0] != 2025 || last.Issued.Parts[0][1] != 11 {
			t.Errorf("%s is said to be published on %v", of, last.Issued)
		}
		if strings.Contains(of, "as_of") != strings.HasSuffix(last.Title, ", as of 30 August 2025") {
			t.Errorf("%s is called %q", of, last.Title)
		}
	}
}

// What a page says of a status, the sources of the status say: they are cited, and told apart.
func TestCite_tellsSourcesOfAStatusApart(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	step := s.supply(t, "cut", "2024-06-30", "suspended", "2025-08-15", "2025-08-20")
	same := s.supply(t, "lasting", "2024-06-30", "", "", "")
	for of, want := range map[string][2]string{
		"/records/" + step.link.String(): {"Register of cut", "Gazette of cut"},
		"/companies/" + "cut-company":    {"Register of cut", "Gazette of cut"},
		"/supplies":                      {"Register of cut", "Gazette of cut"},
		"/records/" + same.link.String(): {"Register of lasting", ""},
	} {
		forms := map[string]string{}
		for _, area := range s.open(t, "/cite?"+url.Values{"page": {of}}.Encode()).all("textarea") {
			forms[area.at("id")] = area.text()
		}
		var items []struct{ Title, Note string }
		if err := json.Unmarshal([]byte(forms["csl"]), &items); err != nil {
			t.Fatal(err)
		}
		notes := map[string]string{}
		for _, item := range items {
			notes[item.Title] = item.Note
		}
		if note, ok := notes[want[0]]; !ok || note != "" {
			t.Errorf("%s: %s is cited with %q", of, want[0], note)
		}
		if want[1] == "" {
			if strings.Contains(forms["plain"], "status") {
				t.Errorf("%s: %s", of, forms["plain"])
			}
			continue
		}
		if notes[want[1]] != "Cited for the status: Suspended." || items[len(items)-2].Title != want[1] {
			t.Errorf("%s: %s is cited with %q", of, want[1], notes[want[1]])
		}
		for id, mark := range map[string]string{"plain": "[Cited for the status: Suspended.]", "bibtex": "note = {cited for the status: Suspended}", "wikipedia": "}} (cited for the status: Suspended)"} {
			if strings.Count(forms[id], mark) != 1 {
				t.Errorf("%s: %s lacks %q:\n%s", of, id, mark, forms[id])
			}
		}
	}
}
