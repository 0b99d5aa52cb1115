package frontend_test

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"plumbline/frontend/browsertest"
	"plumbline/models"
)

// shot is a page to look at, by a name.
type shot struct{ name, address string }

// templatePages are addresses that show every template with all its parts.
func templatePages(t testing.TB, s *site, source string) []shot {
	t.Helper()
	record := func(kind models.RecordType, name, value string) string {
		return "/records/" + s.id(t, kind, url.Values{name: {value}})
	}
	return []shot{
		{"changesets", "/changesets"}, {"changeset", publishedChangeset(t, s)}, {"history", "/records/" + s.id(t, models.TypeEntity, url.Values{"kind": {"unit"}}) + "/history"},
		{"overview", "/"}, {"case", "/cases/microsoft-and-the-israeli-military"}, {"company", "/companies/microsoft"},
		{"undisclosed", "/units/unidentified-unit-in-imod"}, {"past", "/companies/microsoft?as_of=2025-09-24"}, {"hostile", "/companies/hostile"}, {"rtl", "/units/hebrew-unit"},
		{"network", "/network"}, {"around", "/network?entity=microsoft&depth=2"}, {"path", "/network?entity=microsoft&to=unit-8200"}, {"supplies", "/supplies"}, {"filtered", "/supplies?status=disabled&party=microsoft"}, {"changes", "/status-changes"}, {"claims", "/claims"},
		{"matrix", "/supplies/matrix"}, {"timeline", "/timeline"}, {"compare", "/compare?ids=microsoft,hostile"}, {"data", "/data"}, {"integrity", "/integrity"},
		{"items", "/open-items"}, {"sources", "/sources"}, {"units", "/units"}, {"search", "/search?q=unit"}, {"method", "/method"}, {"reply", "/reply?record=microsoft"}, {"reply-text", "/reply"}, {"missing", "/nowhere"},
		{"source", "/sources/" + s.id(t, models.TypeSource, url.Values{"kind": {"investigation"}})}, {"hostile-source", "/sources/" + source},
		{"change", record(models.TypeStatusChange, "status", "disabled")}, {"claim", record(models.TypeClaim, "stance", "admits")},
		{"supply", record(models.TypeRelationship, "status", "disabled")}, {"item", record(models.TypeOpenItem, "status", "declined")},
	}
}

// otherPages show the same templates with other records; one look at each is enough.
func otherPages(t testing.TB, s *site) []shot {
	t.Helper()
	pages := []shot{{"unit", "/units/israel-defense-forces"}, {"service", "/services/azure-cloud-storage"}, {"nothing", "/supplies?status=ended"},
		{"search-nothing", "/search?q=zzzzqqq"}, {"search-blank", "/search"}, {"wrong", "/supplies?verificaton=x"}, {"cases", "/cases"}, {"contracts", "/contracts"},
		{"companies", "/companies"}, {"unit-past", "/units/unidentified-unit-in-imod?as_of=2025-08-31"}, {"inquiry-1", "/inquiries/microsofts-first-review"}}
	for kind, plural := range map[string]string{"person": "people", "group": "groups", "organization": "organizations", "system": "systems",
		"facility": "facilities", "event": "events", "inquiry": "inquiries"} {
		pages = append(pages, shot{kind, s.moved(t, "/"+plural+"/"+s.id(t, models.TypeEntity, url.Values{"kind": {kind}}))})
	}
	return pages
}

// TestPages_inABrowser opens every page as readers do. PLUMBLINE_SCREENSHOTS names a folder for
// pictures of them, PLUMBLINE_PAGES narrows to some, by name.
func TestPages_inABrowser(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	s := seededSite(t)
	source := hostile(t, s)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)

	screenshots, only := os.Getenv("PLUMBLINE_SCREENSHOTS"), os.Getenv("PLUMBLINE_PAGES")
	type view struct {
		width   int
		options browsertest.Options
		rules   []string
	}
	// All rules are tried once for each page; of another width or another scheme, those whose
	// outcome depends on it. Colours do not depend on the width; see TestStyle_setsNoColourByWidth.
	wide, narrow := view{1280, browsertest.Options{}, nil}, view{360, browsertest.Options{}, browsertest.Room}
	dark := view{1280, browsertest.Options{Dark: true}, browsertest.Colours}
	look := func(page shot, views ...view) {
		if only != "" && !slices.Contains(strings.Split(only, ","), page.name) {
			return
		}
		t.Run(page.name, func(t *testing.T) {
			t.Parallel()
			var tab *browsertest.Page
			for _, v := range views {
				name := fmt.Sprintf("%s-%d", page.name, v.width)
				if v.options.Dark {
					name += "-dark"
				}
				if v.options.NoScript {
					name += "-noscript"
				}
				if tab == nil {
					tab = browser.Lend(t, server.URL+page.address, v.width, 800, v.options)
				} else {
					tab.Turn(v.width, 800, v.options)
				}
				if screenshots != "" {
					tab.Screenshot(filepath.Join(screenshots, name+".png"))
				}
				if checkTab(t, tab, v.rules...); t.Failed() {
					t.Fatalf("at %s", name)
				}
			}
		})
	}
	for i, page := range templatePages(t, s, source) {
		views := []view{wide, dark, narrow}
		if i < 8 {
			views = append(views, view{360, browsertest.Options{NoScript: true}, nil})
		}
		if page.name == "company" {
			views = append(views, view{1920, browsertest.Options{}, browsertest.Room})
		}
		look(page, views...)
	}
	for _, page := range otherPages(t, s) {
		look(page, view{360, browsertest.Options{}, nil})
	}
	for _, page := range templatePages(t, s, source)[:8] {
		views := []view{{360, browsertest.Options{}, nil}}
		if page.name == "company" {
			views = append(views, dark)
		}
		look(shot{"ar-" + page.name, "/ar" + page.address}, views...)
	}
}

// kinds are the kinds of elements whose colours were checked; in a short run, one element of each
// is enough.
func kinds() *browsertest.Kinds {
	if testing.Short() {
		return &checkedKinds
	}
	return nil
}

var checkedKinds browsertest.Kinds

// checkTab finds whatever is wrong with the page in a tab, by all rules where none is named.
func checkTab(t *testing.T, tab *browsertest.Page, rules ...string) {
	t.Helper()
	for _, violation := range tab.AxeNew(kinds(), rules...) {
		t.Error(violation)
	}
	for _, report := range tab.CSPReports() {
		t.Error("CSP:", report)
	}
	for _, problem := range tab.ConsoleErrors() {
		if tab.Status < 400 || !strings.Contains(problem, fmt.Sprint(tab.Status)) { // the browser tells a page's own status
			t.Error("console:", problem)
		}
	}
	if tab.HorizontalOverflow() {
		t.Error("the page scrolls sideways")
	}
}

// TestReader_findsFiltersAndLooksBack does with the keyboard what a reader does, without scripts.
func TestReader_findsFiltersAndLooksBack(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	s := seededSite(t)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	tab := browser.Open(server.URL+"/", 1280, 800, browsertest.Options{NoScript: true})
	at := func(want string) {
		t.Helper()
		if got := strings.TrimPrefix(tab.URL(), server.URL); got != want {
			t.Fatalf("the reader is at %s, not at %s", got, want)
		}
		checkTab(t, tab)
	}

	tab.Press(kb.Tab)
	if focused := tab.Evaluate("document.activeElement.className"); focused != "skip" {
		t.Errorf("the first Tab leads to %q", focused)
	}
	tab.Type("#site-search", "azure storage")
	tab.Follow(".find button")
	at("/search?q=azure+storage")
	tab.Follow("ol.hits a")
	at("/services/azure-cloud-storage")
	tab.Click(".mark summary")
	if shown := tab.Evaluate("document.querySelector('.mark details').open"); shown != "true" {
		t.Error("the reason does not open")
	}
	tab.Follow("nav a[href='/supplies']")
	tab.Type(".filters input[name=party]", "IDF")
	tab.Follow(".filters button")
	at("/supplies?party=israel-defense-forces")
	tab.Follow(".chips a")
	at("/supplies")
	tab.Follow("nav a[href='/companies']")
	tab.Follow("ul.links a")
	at("/companies/microsoft")
	tab.Click(".machine summary")
	tab.Follow(".days a")
	if !strings.Contains(tab.URL(), "as_of=") {
		t.Errorf("the day leads to %s", tab.URL())
	}
	tab.Follow("aside.notice a.today")
	at("/companies/microsoft")
}
