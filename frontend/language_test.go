package frontend_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// inEnglish are parts of pages that stay as they are in every language: data, what is written in
// another language and says so, and names of formats.
func inEnglish(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n.Type == html.ElementNode && (slices.Contains([]string{"bdi", "code", "pre", "title", "text"}, n.Data) || attribute(n, "lang") == "en") {
			return true
		}
	}
	return false
}

// proper are words in Latin letters that Arabic pages may hold.
var proper = regexp.MustCompile(`Plumbline|CC BY 4\.0|MIT|UTC|Atom|CSV|JSON|NDJSON|XLSX|iCal|BibTeX|CSL|RFC|SHA-256`)

// isolated are data within a text of the interface, kept apart by marks.
var isolated = regexp.MustCompile("\u2068[^\u2069]*\u2069")

var latin = regexp.MustCompile(`[A-Za-z]{2,}`)

// TestArabic_leavesNoEnglish follows every link of the Arabic pages: each leads to a page in
// Arabic, and no text of the interface on it is left in English.
func TestArabic_leavesNoEnglish(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	seen, todo := map[string]bool{}, []string{"/ar/", "/ar/nowhere", "/ar/supplies?status=ended", "/ar/companies/microsoft?as_of=2025-09-24"}
	for len(todo) > 0 && len(seen) < 1000 {
		address := todo[0]
		todo = todo[1:]
		if seen[address] {
			continue
		}
		seen[address] = true
		answer := s.ask(http.MethodGet, address)
		if answer.Code >= 300 && address != "/ar/nowhere" {
			t.Errorf("%s: %d", address, answer.Code)
			continue
		}
		root, err := html.Parse(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		page := &node{root}
		if head := page.first("html"); head.at("lang") != "ar" || head.at("dir") != "rtl" {
			t.Errorf("%s is in %q, running %q", address, head.at("lang"), head.at("dir"))
		}
		for one := range page.first("body").Descendants() {
			if text := proper.ReplaceAllString(isolated.ReplaceAllString(one.Data, ""), ""); one.Type == html.TextNode && latin.MatchString(text) && !inEnglish(one) {
				t.Errorf("%s says %q", address, strings.TrimSpace(one.Data))
			}
		}
		for _, a := range append(page.all("a[href]"), page.all("form[action]")...) {
			target, _, _ := strings.Cut(a.at("href")+a.at("action"), "#")
			switch {
			case a.at("hreflang") != "" || a.at("class") == "file" || a.has("download") || a.at("rel") == "nofollow" || strings.Contains(target, "as_of") || strings.Contains(target, "day%5B"):
			case strings.HasPrefix(target, "/ar/"):
				todo = append(todo, target)
			case strings.HasPrefix(target, "/") && !strings.HasPrefix(target, "/api/"):
				t.Errorf("%s leads to %s, out of its language", address, target)
			}
		}
	}
	t.Logf("%d pages", len(seen))
	if len(seen) < 150 {
		t.Errorf("only %d pages are reachable", len(seen))
	}
}

func TestLanguages_leadToEachOther(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	for address, want := range map[string]string{"/claims?stance=alleges": "/ar/claims?stance=alleges", "/ar/claims?stance=alleges": "/claims?stance=alleges", "/": "/ar/", "/ar/": "/"} {
		page := s.open(t, address)
		if got := page.first(".languages a").at("href"); got != want {
			t.Errorf("%s leads to %s", address, got)
		}
		if got := page.first("link[rel=alternate]").at("href"); got != want {
			t.Errorf("%s names %s", address, got)
		}
	}
	if got := s.moved(t, "/ar/entities/microsoft?as_of=2025-09-24"); got != "/ar/companies/microsoft?as_of=2025-09-24" {
		t.Errorf("an Arabic page moves to %s", got)
	}
	if !linksTo(s.open(t, "/ar/claims").all("p.tools a"), "/api/v1/claims") {
		t.Error("an Arabic page does not lead to the API")
	}
}
