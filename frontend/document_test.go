package frontend_test

import (
	"encoding/xml"
	"net/http"
	"strings"
	"testing"

	"plumbline/models"
)

func TestSitemap_leadsToEveryEntity(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	locations := func(address string) []string {
		t.Helper()
		answer := s.ask(http.MethodGet, address)
		var document struct {
			Parts []struct {
				Location string `xml:"loc"`
			} `xml:"sitemap"`
			URLs []struct {
				Location string `xml:"loc"`
			} `xml:"url"`
		}
		if err := xml.Unmarshal(answer.Body.Bytes(), &document); err != nil || answer.Code != http.StatusOK {
			t.Fatalf("%s: %d, %v", address, answer.Code, err)
		}
		var list []string
		for _, one := range append(document.Parts, document.URLs...) {
			path, ok := strings.CutPrefix(one.Location, "http://example.com")
			if !ok {
				t.Errorf("%s names %s", address, one.Location)
			}
			list = append(list, path)
		}
		return list
	}
	var pages []string
	for _, part := range locations("/sitemap.xml") {
		pages = append(pages, locations(part)...)
	}
	found := map[string]bool{}
	for _, page := range pages {
		found[page] = true
		if page != "/network" {
			s.open(t, page)
		}
	}
	for _, want := range []string{"/", "/supplies", "/companies/microsoft", "/units/unit-8200", "/cases/microsoft-and-the-israeli-military"} {
		if !found[want] {
			t.Errorf("%s is not in the sitemap", want)
		}
	}
	if !strings.Contains(s.ask(http.MethodGet, "/robots.txt").Body.String(), "Sitemap: http://example.com/sitemap.xml") {
		t.Error("robots.txt does not lead to the sitemap")
	}
	for _, address := range []string{"/sitemaps/nothing.xml", "/sitemaps/pages", "/sitemaps/0199a0a0-0000-7000-8000-000000000000"} {
		s.openAs(t, address, http.StatusNotFound)
	}
}

func TestCalendar_holdsWhatIsDue(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	source, err := models.ParseDate("2025-12-24")
	if err != nil {
		t.Fatal(err)
	}
	raised, err := models.ParseDate("2025-10")
	if err != nil {
		t.Fatal(err)
	}
	cited := s.entity(t, "microsoft")
	s.publish(t, models.Operation{Op: models.OpCreate, Type: models.TypeOpenItem, Data: &models.OpenItem{Kind: "demand", Addressee: cited.ID, Text: "Answer, in writing; all of it.\nBy \u05e2\u05d1\u05e8\u05d9\u05ea " + strings.Repeat("and on ", 20),
		RaisedOn: raised, Due: source, Citations: cited.Document.Cited()}})
	answer := s.ask(http.MethodGet, "/open-items.ics")
	if kind := answer.Header().Get("Content-Type"); answer.Code != http.StatusOK || kind != "text/calendar; charset=utf-8" {
		t.Fatalf("%d %s", answer.Code, kind)
	}
	for _, line := range strings.Split(strings.TrimSuffix(answer.Body.String(), "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("a line of %d bytes: %q", len(line), line)
		}
	}
	unfolded := strings.ReplaceAll(answer.Body.String(), "\r\n ", "")
	for _, want := range []string{"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "DTSTART;VALUE=DATE:20251224\r\nDTEND;VALUE=DATE:20251225\r\n", `Answer\, in writing\; all of it.\nBy`, "URL:http://example.com/records/"} {
		if !strings.Contains(unfolded, want) {
			t.Errorf("the calendar lacks %q:\n%s", want, unfolded)
		}
	}
	if strings.Count(unfolded, "BEGIN:VEVENT") != strings.Count(unfolded, "DTSTART") || strings.Count(unfolded, "BEGIN:VEVENT") < 1 {
		t.Error("an event has no day")
	}
	if changes := s.ask(http.MethodGet, "/status-changes.ics?party=microsoft").Body.String(); !strings.Contains(changes, "DTSTART;VALUE=DATE:20250925") {
		t.Errorf("the status changes are\n%s", changes)
	}
	s.openAs(t, "/open-items.ics?knd=demand", http.StatusBadRequest)
}
