package frontend_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"plumbline/models"
)

// checkShape checks what every page must have, by its structure.
func checkShape(t *testing.T, address string, page *node) {
	t.Helper()
	for selector, want := range map[string]int{"h1": 1, "main": 1, "main[id=main]": 1, "head title": 1, "header nav": 1, "footer": -1, "html[lang][dir]": 1, "a.skip[href=#main]": 1} {
		if got := len(page.all(selector)); want >= 0 && got != want || want < 0 && got == 0 {
			t.Errorf("%s: %d %s, want %d", address, got, selector, want)
		}
	}
	if page.first("h1").text() == "" || page.first("head title").text() == "" {
		t.Errorf("%s: a heading or title is empty", address)
	}
	for _, forbidden := range []string{"style", "[style]", "[onclick]", "iframe", "object", "embed"} {
		if found := page.all(forbidden); len(found) > 0 {
			t.Errorf("%s: there is a %s", address, forbidden)
		}
	}
	for _, script := range page.all("script") {
		if !strings.HasPrefix(script.at("src"), "/static/") && script.at("type") != "application/ld+json" || script.at("src") != "" && script.FirstChild != nil {
			t.Errorf("%s: there is a script that is no file of ours: %q", address, script.at("src"))
		}
	}
	ids := map[string]bool{}
	for _, one := range page.all("[id]") {
		if ids[one.at("id")] {
			t.Errorf("%s: the id %q is there twice", address, one.at("id"))
		}
		ids[one.at("id")] = true
	}
	checkReferences(t, address, page, ids)
	checkHeadings(t, address, page)
}

func checkReferences(t *testing.T, address string, page *node, ids map[string]bool) {
	t.Helper()
	for _, attribute := range []string{"aria-labelledby", "for"} {
		for _, one := range page.all("[" + attribute + "]") {
			if !ids[one.at(attribute)] {
				t.Errorf("%s: %s leads to %q, which is not there", address, attribute, one.at(attribute))
			}
		}
	}
	for _, a := range page.all("a[href]") {
		if target, ok := strings.CutPrefix(a.at("href"), "#"); ok && !ids[target] {
			t.Errorf("%s: a link leads to #%s, which is not there", address, target)
		}
		if a.text() == "" {
			t.Errorf("%s: the link to %s has no words", address, a.at("href"))
		}
	}
	for _, time := range page.all("time") {
		if !regexp.MustCompile(`^\d{4}(-\d\d(-\d\d(T[\d:]+Z)?)?)?$`).MatchString(time.at("datetime")) || time.text() == "" {
			t.Errorf("%s: a time is %q", address, time.at("datetime"))
		}
	}
	for _, field := range append(page.all("select"), page.all("input")...) {
		labelled := field.at("type") == "hidden" || field.at("id") != "" || field.Parent.Data == "label"
		if !labelled {
			t.Errorf("%s: the field %q has no label", address, field.at("name"))
		}
	}
}

func checkHeadings(t *testing.T, address string, page *node) {
	t.Helper()
	level := 0
	for element := range page.first("body").Descendants() {
		if len(element.Data) != 2 || element.Data[0] != 'h' || element.Data[1] < '1' || element.Data[1] > '6' {
			continue
		}
		next := int(element.Data[1] - '0')
		if next > level+1 {
			t.Errorf("%s: a heading h%d comes after h%d", address, next, level)
		}
		level = next
	}
}

// lists are the pages that need no record.
var lists = []string{"/", "/cases", "/companies", "/units", "/services", "/systems", "/people", "/groups", "/organizations", "/contracts", "/facilities",
	"/events", "/inquiries", "/supplies", "/supplies/matrix", "/timeline", "/status-changes", "/claims", "/open-items", "/sources", "/search", "/search?q=anything", "/network", "/method",
	"/compare", "/data", "/integrity"}

func TestPages_areWholeWithoutRecords(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	for _, address := range lists {
		page := s.open(t, address)
		checkShape(t, address, page)
		if !strings.HasPrefix(address, "/search") && address != "/method" && address != "/compare" && len(page.all(".empty")) == 0 {
			t.Errorf("%s: nothing says that nothing is recorded", address)
		}
	}
}

// TestPages_leadToEachOther follows every link from the overview: each must lead to a whole page.
func TestPages_leadToEachOther(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	sprite, err := os.ReadFile("static/vendor/icons.svg")
	if err != nil {
		t.Fatal(err)
	}
	seen, todo := map[string]bool{}, []string{"/", "/companies/microsoft?as_of=2025-09-24"}
	for len(todo) > 0 && len(seen) < 2000 {
		address := todo[0]
		todo = todo[1:]
		if seen[address] {
			continue
		}
		seen[address] = true
		if strings.HasPrefix(address, "/static/") {
			if answer := s.ask(http.MethodGet, address); answer.Code != http.StatusOK || !strings.Contains(answer.Header().Get("Cache-Control"), "immutable") {
				t.Errorf("%s: %d %s", address, answer.Code, answer.Header().Get("Cache-Control"))
			}
			continue
		}
		page := s.open(t, address)
		checkShape(t, address, page)
		for _, a := range append(page.all("a[href]"), page.all("link[href]")...) {
			target, _, _ := strings.Cut(a.at("href"), "#")
			// Files have tests of their own; a zoom leads to a zoom.
			if a.at("hreflang") != "" || a.at("class") == "file" || a.has("download") || a.at("rel") == "nofollow" || a.at("rel") == "alternate" || strings.Contains(a.at("href"), "day%5B") {
				continue
			}
			// One step into the past is enough: all of it would be all pages on all days.
			if strings.HasPrefix(target, "/") && !strings.HasPrefix(target, "/api/") && (!strings.Contains(target, "as_of") || address == "/") {
				todo = append(todo, target)
			}
		}
		for _, use := range page.all("use") {
			file, icon, _ := strings.Cut(use.at("href"), "#")
			todo = append(todo, file)
			if !strings.Contains(string(sprite), `id="`+icon+`"`) {
				t.Errorf("%s: there is no icon %q", address, icon)
			}
		}
	}
	t.Logf("%d pages", len(seen))
	if len(seen) < 150 {
		t.Errorf("only %d pages are reachable", len(seen))
	}
}

func TestPages_bringEverySourceWithinOneClick(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	for _, address := range []string{"/", "/companies/microsoft", "/units/israel-defense-forces", "/claims", "/status-changes", "/open-items", "/cases/microsoft-and-the-israeli-military"} {
		for _, entry := range s.open(t, address).all("article.entry") {
			if len(entry.all(".what")) > 0 && strings.Contains(entry.at("class"), " ") && !linksTo(entry.all("p.cited a"), "/sources/") {
				t.Errorf("%s: no source in view for %q", address, entry.text())
			}
		}
	}
	for _, row := range s.open(t, "/supplies").all("tbody tr") {
		if !linksTo(row.all("p.cited a"), "/sources/") || !linksTo(row.all("a.details"), "/records/") {
			t.Errorf("no source in view for %q", row.text())
		}
	}
}

func linksTo(links []*node, prefix string) bool {
	return slices.ContainsFunc(links, func(a *node) bool { return strings.HasPrefix(a.at("href"), prefix) })
}

func TestPages_answerBadAddressesWithASentence(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	for address, want := range map[string]struct {
		status int
		words  string
	}{
		"/supplies?verificaton=corroborated":                 {400, `There is no parameter "verificaton". Did you mean "verification"?`},
		"/supplies?status=actve":                             {400, `"actve" is no value of "status"`},
		"/supplies?party=nobody-at-all":                      {400, `no record with the id or slug "nobody-at-all"`},
		"/supplies?cursor=abc":                               {400, "This cursor does not belong to this list"},
		"/companies/microsoft?as_of=2025-13-40":              {400, "2025-13-40"},
		"/companies/microsoft?known_at=yesterday":            {400, "is no instant"},
		"/companies/microsoft?known_at=2999-01-01":           {301, ""},
		"/?known_at=2999-01-01T00:00:00Z":                    {400, "not known yet"},
		"/?x=1":                                              {400, `There is no parameter "x"`},
		"/method?x=1":                                        {400, "takes no parameters"},
		"/search?q=a&x=1":                                    {400, "parameter \"q\" alone"},
		"/search?q=" + strings.Repeat("a", 1000):             {400, "A search has at most"},
		"/claims?%zz":                                        {400, "cannot be read"},
		"/companies/nobody":                                  {404, "no record with the id or slug"},
		"/sources/not-an-id":                                 {404, "no record with the id or slug"},
		"/records/0199a0a0-0000-7000-8000-000000000000":      {404, "no record with the id"},
		"/nowhere":                                           {404, "There is no page at this address."},
		"/static/nothing.css":                                {404, "There is no page at this address."},
		"/static/../frontend.go":                             {404, "There is no page at this address."},
		"/companies/microsoft?known_at=2001-01-01T00:00:00Z": {404, "was not known then"},
	} {
		t.Run(address[:min(len(address), 40)], func(t *testing.T) {
			page := s.openAs(t, address, want.status)
			if want.status == 301 {
				return
			}
			checkShape(t, address, page)
			if !strings.Contains(page.first("main").text(), want.words) {
				t.Errorf("the page says %q", page.first("main").text())
			}
			if !linksTo(page.all("main a"), "/") {
				t.Error("the page leads nowhere")
			}
		})
	}
	if page := s.openAs(t, "/units/unit-8201", 404); !linksTo(page.all("main a"), "/search?q=unit+8201") || !linksTo(page.all("main a"), "/units") {
		t.Error("a missing unit leads neither to the units nor to a search")
	}
}

// TestPages_leadFromBadAddressesToTheNearestView opens what an error page offers first.
func TestPages_leadFromBadAddressesToTheNearestView(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	for address, want := range map[string][]string{
		"/supplies?statu=active&party=microsoft":                   {"/supplies?party=microsoft&status=active", "/supplies?party=microsoft", "/supplies"},
		"/supplies?status=disabled,actve":                          {"/supplies?status=disabled%2Cactive", "/supplies"},
		"/status-changes?sort=-efective":                           {"/status-changes?sort=-effective", "/status-changes"},
		"/claims?as_of=2025-02-30&party=microsoft":                 {"/claims?party=microsoft", "/claims"},
		"/companies/microsoft?known_at=2001-01-01T00:00:00Z":       {"/companies/microsoft"},
		"/units/unit-8200?as_off=2025-09-24":                       {"/units/unit-8200?as_of=2025-09-24", "/units/unit-8200"},
		"/changesets?recrod=microsoft":                             {"/changesets?record=microsoft", "/changesets"},
		"/supplies?verificaton=corroborated&purpos=storage&zzzz=1": {"/supplies?purpose=storage&verification=corroborated", "/supplies"},
	} {
		answer := s.ask(http.MethodGet, address)
		if answer.Code < 400 || answer.Code > 404 {
			t.Fatalf("%s: %d", address, answer.Code)
		}
		page := readPage(t, answer, answer.Code)
		for i, one := range page.all("main ul.links a")[:len(want)] {
			if one.at("href") != want[i] {
				t.Errorf("%s: link %d leads to %s, want %s", address, i, one.at("href"), want[i])
			}
			if there := s.ask(http.MethodGet, one.at("href")); there.Code != http.StatusOK {
				t.Errorf("%s: what is offered answers %d", one.at("href"), there.Code)
			}
		}
	}
}

func TestLists_sayWhichFilterToDrop(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	page := s.open(t, "/supplies?status=ended&party=microsoft")
	offered := page.all("main .empty a")
	if len(offered) != 2 || offered[0].at("href") != "/supplies?party=microsoft" || offered[1].at("href") != "/supplies" {
		t.Fatalf("the page offers %v", page.first("main .empty").text())
	}
	wantWords(t, page.first("main .empty"), "Nothing matches all of this", "Without “Status: Ended”: 13 records")
	if rows := s.open(t, offered[0].at("href")).all("#main tbody tr"); len(rows) != 13 {
		t.Errorf("without the filter there are %d supplies", len(rows))
	}
	hopeless := s.open(t, "/supplies?status=ended&purpose=translation&disputed=true&verification=corroborated").first("main .empty")
	wantWords(t, hopeless, "Nothing matches, whichever filter is dropped", "Without any filter")
	wantWords(t, s.open(t, "/timeline?status=ended&day%5Bgte%5D=2025-01-01").first("main .empty"), "Without “Status: Ended”")
}

// TestPages_neverFailByInput asks every page with values that nobody should type.
func TestPages_neverFailByInput(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	names := []string{"as_of", "known_at", "cursor", "limit", "sort", "state", "status", "party", "purpose", "verification", "q", "kind", "case", "effective[gte]", "", "\x00", "include"}
	values := []string{"", " ", "\x00", "'; DROP TABLE entities; --", "<script>", "%", "%%", "-1", "0", "501", "99999999999999999999", "2025-02-30", "0000-00-00", "9999-12-31", "-0001-01-01",
		"\xff\xfe", "\u202e", strings.Repeat("a,", 200), strings.Repeat("x", 5000), "eyJrIjoiIn0", "null", "{}", "[..2025]", "microsoft,unit-8200", "-effective", "any", "true"}
	pages := append([]string{"/companies/microsoft", "/entities/microsoft", "/records/microsoft", "/sources/x", "/companies/%00", "/companies/%2e%2e", "/companies/" + strings.Repeat("x", 3000)}, lists...)
	for _, page := range pages {
		path, _, _ := strings.Cut(page, "?")
		for _, name := range names {
			for _, value := range values {
				address := path + "?" + url.Values{name: {value}}.Encode()
				if answer := s.ask(http.MethodGet, address); answer.Code >= 500 {
					t.Errorf("GET %s: %d", address, answer.Code)
				} else if answer.Header().Get("Content-Security-Policy") == "" {
					t.Errorf("GET %s: no policy", address)
				}
			}
		}
	}
}

func TestPages_refuseWriting(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch} {
		answer := s.ask(method, "/companies")
		if answer.Code != http.StatusMethodNotAllowed || !strings.Contains(answer.Body.String(), "can only be read") {
			t.Errorf("%s: %d %s", method, answer.Code, answer.Body)
		}
	}
}

func TestPages_areLight(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	size := func(address string) int {
		answer := s.ask(http.MethodGet, address, "Accept-Encoding", "br, gzip")
		if answer.Code != http.StatusOK || answer.Header().Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s: %d %v", address, answer.Code, answer.Header())
		}
		return answer.Body.Len()
	}
	shared := 0
	for _, file := range []string{"/static/vendor/pico.min.css", "/static/plumbline.css", "/static/vendor/icons.svg", "/static/plumbline.svg"} {
		shared += size(file)
	}
	for _, address := range []string{"/", "/companies/microsoft", "/supplies", "/claims", "/cases/microsoft-and-the-israeli-military"} {
		if total := shared + size(address); total > 60_000 {
			t.Errorf("%s weighs %d bytes in all", address, total)
		} else {
			t.Log(address, fmt.Sprint(total), "bytes")
		}
	}
}

func TestEntities_drawTheirNetworkAndSayHowToTakeThemAway(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	page := s.open(t, "/companies/microsoft?as_of=2025-09-24")
	drawn := page.all("section.around svg a")
	if len(drawn) < 10 || !linksTo(drawn, "/units/unit-8200") || !linksTo(drawn, "/services/azure-cloud-storage") || linksTo(drawn, "/events/") {
		t.Errorf("the page draws %d entities", len(drawn))
	}
	if !linksTo(page.all("section.around a"), "/network?as_of=2025-09-24&entity=microsoft") {
		t.Error("nothing leads to the explorer on the same day")
	}
	if event := s.open(t, "/events/sit-in-at-microsofts-headquarters"); !linksTo(event.all("section.around svg a"), "/events/") {
		t.Error("an event is not in its own network")
	}
	for _, where := range []string{"/companies/microsoft.json?as_of=2025-09-24", "/companies/microsoft.csv?as_of=2025-09-24", "/cite?page=%2Fcompanies%2Fmicrosoft%3Fas_of%3D2025-09-24", "/compare?as_of=2025-09-24&ids=microsoft", "/entities/microsoft/newest.atom"} {
		if !linksTo(page.all("main a"), where) {
			t.Errorf("the page does not lead to %s", where)
		}
	}
	source := s.id(t, models.TypeSource, nil)
	claim := s.id(t, models.TypeClaim, nil)
	for address, want := range map[string]string{
		"/companies/microsoft.json?as_of=2025-09-24":    "/api/v1/entities/microsoft?as_of=2025-09-24",
		"/companies/microsoft.csv":                      "/api/v1/relationships.csv?bom=true&party=microsoft",
		"/cases/microsoft-and-the-israeli-military.csv": "/api/v1/relationships.csv?bom=true&case=microsoft-and-the-israeli-military",
		"/sources/" + source + ".json":                  "/api/v1/sources/" + source,
		"/records/" + claim + ".json":                   "/api/v1/claims/" + claim,
		"/ar/companies/microsoft.json":                  "/api/v1/entities/microsoft",
	} {
		if answer := s.ask(http.MethodGet, address); answer.Header().Get("Location") != want {
			t.Errorf("%s leads to %q, want %q", address, answer.Header().Get("Location"), want)
		}
	}
}

func TestSupplies_showTheColumnsThatTheAddressNames(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	page := s.open(t, "/supplies?columns=subject,object,status&party=unit-8200")
	titles := page.all("#main table thead th")
	if len(titles) != 3 || titles[0].text() != "Service" || titles[2].text() != "Status" || len(page.first("#main tbody tr").all("td")) != 3 {
		t.Errorf("the table has %d columns", len(titles))
	}
	offered := page.all("nav.pick a")
	if len(offered) != 5 || offered[2].at("href") != "/supplies?columns=subject%2Cobject&party=unit-8200" || offered[3].at("href") != "/supplies?columns=subject%2Cobject%2Cstatus%2Cpurposes&party=unit-8200" {
		t.Errorf("what hides and shows columns leads to %v", offered)
	}
	if linksTo(page.all(".chips a"), "/") && strings.Contains(page.first(".chips").text(), "columns") {
		t.Error("columns are taken for a filter")
	}
	if views := page.all("nav.views a"); strings.Contains(views[1].at("href"), "columns") {
		t.Errorf("the matrix is asked for columns: %s", views[1].at("href"))
	}
	if whole := s.open(t, "/supplies?columns=subject,object,status,purposes").all("nav.pick a"); whole[4].at("href") != "/supplies" {
		t.Errorf("all columns are at %s", whole[4].at("href"))
	}
	if last := s.open(t, "/supplies?columns=status"); len(last.all("nav.pick a")) != 4 {
		t.Error("the last column can be hidden")
	}
	if wrong := s.openAs(t, "/supplies?columns=stauts", http.StatusBadRequest); !linksTo(wrong.all("main a"), "/supplies?columns=status") {
		t.Error("a mistyped column leads nowhere")
	}
}

func TestNetwork_saysWhatShapesAndLinesMean(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	wantWords(t, s.open(t, "/network?entity=microsoft&depth=2").first("ul.keys"), "Company", "Unit", "Service", "identity not disclosed", "without a status", "active", "disabled or ended", "of unknown status")
	if keys := s.open(t, "/network?entity=unit-8200&types=supplied_to").first("ul.keys").text(); strings.Contains(keys, "Event") || strings.Contains(keys, "disabled") {
		t.Errorf("the keys speak of what is not there: %s", keys)
	}
}

func TestTimeline_isPaleWhereNothingShowsThatAStatusStillHeld(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	fresh, stale := s.open(t, "/timeline?status=active&as_of=2025-10-01"), s.open(t, "/timeline?status=active&as_of=2027-01-01")
	if len(fresh.all("rect.band.status-active")) == 0 || len(fresh.all("rect.band.pale")) != 0 {
		t.Error("what was just evidenced is pale")
	}
	if pale := stale.all("rect.band.pale"); len(pale) != 4 || !strings.Contains(pale[0].text(), "nothing shows that it still held after 25 September 2025") {
		t.Errorf("%d bands are pale", len(pale))
	}
	if gone := s.open(t, "/timeline?status=disabled&as_of=2027-01-01"); len(gone.all("rect.band.pale")) != 0 {
		t.Error("what was disabled is pale")
	}
}

func TestEntities_putWhatBearsTheSameDateTogether(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	seen := map[string]bool{}
	for _, when := range s.open(t, "/companies/microsoft").all("ol.timeline p.when") {
		if seen[when.text()] {
			t.Errorf("%s has two places in the timeline", when.text())
		}
		seen[when.text()] = true
	}
}

func TestPast_isNamedWhateverItIs(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	for address, want := range map[string]string{
		"/companies/microsoft?as_of=2999-01-01":            "which is still to come: how things will stand then",
		"/companies/microsoft?as_of=2025-09-24":            "how things stood then, by what is known today",
		"/supplies?known_at=2020-01-01T00:00:00Z":          "what was known on 1 January 2020",
		"/?as_of=2025-09-24&known_at=2020-01-01T00:00:00Z": "how things stood then, by what was known on 1 January 2020",
		"/network?entity=microsoft&as_of=2025-09-24":       "how things stood then",
		"/compare?ids=microsoft&as_of=2025-09-24":          "how things stood then",
	} {
		wantWords(t, s.open(t, address).first("main aside.notice"), want, "Back to today")
	}
	wantWords(t, s.open(t, "/supplies?known_at=2020-01-01T00:00:00Z").first("main p.empty"), "Nothing was recorded here then.")
	wantWords(t, s.open(t, "/supplies?status=active&as_of=2035-01-01").first("#main tbody"), "last evidenced 25 September 2025, 9 years ago")
	if arabic := s.open(t, "/ar/timeline").all("svg.axis text"); len(arabic) == 0 || arabic[0].at("text-anchor") != "end" {
		t.Error("words on the timeline run out of it where time runs from right to left")
	}
}
