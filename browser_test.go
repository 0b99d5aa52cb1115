package main

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"plumbline/frontend/browsertest"
)

// TestBrowser_everyPageIsAccessibleAndKeepsItsPolicy opens every kind of page of the whole program
// in Chromium, at two widths, in light and dark. What axe says of the pages of the dashboard is in
// TestPages_inABrowser of frontend, which opens them all; here it is asked about the others.
func TestBrowser_everyPageIsAccessibleAndKeepsItsPolicy(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	s := newSite(t, theCase.SQLite(t))
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)

	pages := []string{"/", "/cases", "/cases/microsoft-and-the-israeli-military", "/companies", "/companies/microsoft", "/units/unit-8200",
		"/units/unidentified-unit-in-imod?as_of=2025-08-31", "/services/azure-cloud-storage", "/systems/mass-surveillance-system-of-the-israeli-unit",
		"/people/brad-smith", "/groups/four-microsoft-employees", "/organizations/the-guardian", "/facilities/microsoft-data-centre-in-europe",
		"/events/attack-of-7-october-2023", "/inquiries/microsoft-s-second-review", "/supplies", "/supplies?status=disabled", "/status-changes", "/claims", "/open-items",
		"/sources", "/search", "/search?q=idf", "/search?q=zzzzzz", "/method", "/nothing-here", "/supplies?status=disabld", "/api/v1/docs"}
	for _, one := range []struct{ list, page string }{{"/relationships", "/records/"}, {"/status-changes", "/records/"}, {"/claims", "/records/"}, {"/open-items", "/records/"}, {"/sources", "/sources/"}} {
		pages = append(pages, one.page+s.list(t, one.list, "")[0].at("id"))
	}
	if slug := s.list(t, "/entities", "kind=inquiry")[1].at("slug"); slug != "" {
		pages = append(pages, "/inquiries/"+slug)
	}
	for i, path := range pages {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			dark := i%2 == 1
			page := browser.Lend(t, server.URL+path, 1280, 900, browsertest.Options{Dark: dark})
			ofProgram := strings.HasPrefix(path, "/api/")
			if ofProgram {
				accessible(t, page)
			}
			spotless(t, page, "at 1280 px")
			noScript := i%5 == 0
			page.Turn(360, 900, browsertest.Options{Dark: dark, NoScript: noScript})
			if ofProgram {
				accessible(t, page, slices.Concat(browsertest.Colours, browsertest.Room)...)
			}
			spotless(t, page, "at 360 px")
		})
	}
}

// accessible finds what axe says of the page in a tab, by all rules where none is named.
func accessible(t *testing.T, page *browsertest.Page, rules ...string) {
	t.Helper()
	for _, violation := range page.Axe(rules...) {
		t.Errorf("axe: %s", violation)
	}
}

// spotless finds whatever else is wrong with the page in a tab.
func spotless(t *testing.T, page *browsertest.Page, at string) {
	t.Helper()
	for _, report := range page.CSPReports() {
		t.Errorf("%s: CSP: %s", at, report)
	}
	if page.HorizontalOverflow() {
		t.Errorf("%s: the page is wider than the window", at)
	}
	if page.Status >= 500 {
		t.Errorf("%s: status %d", at, page.Status)
	}
	for _, line := range page.ConsoleErrors() {
		if !strings.Contains(line, "Failed to load resource") || page.Status < 400 {
			t.Errorf("%s: console: %s", at, line)
		}
	}
}

func TestBrowser_evidenceIsOneClickAway(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	server := httptest.NewServer(newSite(t, theCase.SQLite(t)))
	defer server.Close()
	page := browser.Open(server.URL+"/supplies?status=disabled", 1280, 900, browsertest.Options{})
	page.Click(".mark summary")
	page.Wait(".mark details[open] .citations a")
	page.Follow(".mark details[open] .citations a")
	if !strings.Contains(page.URL(), "/sources/") || page.Status != 200 {
		t.Errorf("the source is at %s, status %d", page.URL(), page.Status)
	}
}
