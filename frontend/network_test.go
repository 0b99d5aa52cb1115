package frontend_test

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// ties are the links that a network page's table holds.
func ties(page *node) []string {
	var ids []string
	for _, row := range page.all("tr[data-link]") {
		ids = append(ids, row.at("data-link"))
	}
	slices.Sort(ids)
	return ids
}

func TestNetwork_drawingTablesAndFilesShowTheSame(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	for _, query := range []string{"", "?entity=microsoft&depth=2", "?entity=microsoft&to=unit-8200", "?entity=unit-8200&status=unknown&types=supplied_to,provides", "?entity=unit-8200&expand=microsoft"} {
		page := s.open(t, "/network"+query)
		links, nodes := ties(page), page.all("tr[data-node]")
		if len(links) == 0 || len(page.all("svg.network .edge")) != len(links) || len(page.all("svg.network a.node")) != len(nodes) {
			t.Errorf("%s: %d links, %d drawn; %d entities, %d drawn", query, len(links), len(page.all("svg.network .edge")), len(nodes), len(page.all("svg.network a.node")))
		}
		for _, a := range page.all("svg.network a") {
			if !strings.HasPrefix(a.at("href"), "/") {
				t.Errorf("%s: an entity leads to %q", query, a.at("href"))
			}
		}

		var file struct{ Nodes, Links []struct{ ID string } }
		if err := json.Unmarshal(s.ask(http.MethodGet, "/network.json"+query).Body.Bytes(), &file); err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, link := range file.Links {
			ids = append(ids, link.ID)
		}
		slices.Sort(ids)
		if !slices.Equal(ids, links) || len(file.Nodes) != len(nodes) {
			t.Errorf("%s: the file has %d links and %d entities, the page %d and %d", query, len(ids), len(file.Nodes), len(links), len(nodes))
		}
		for format, edge := range map[string]string{"graphml": "<edge ", "gexf": "<edge ", "svg": `class="edge `} {
			answer := s.ask(http.MethodGet, "/network."+format+query)
			text := answer.Body.String()
			if answer.Code != http.StatusOK || strings.Count(text, edge) != len(links) {
				t.Errorf("%s%s: %d, %d links", format, query, answer.Code, strings.Count(text, edge))
			}
			if err := wellFormed(text); err != nil {
				t.Errorf("%s%s: %v", format, query, err)
			}
		}
	}
}

func wellFormed(text string) error {
	decoder := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := decoder.Token(); err != nil {
			if err.Error() == "EOF" {
				return nil
			}
			return err
		}
	}
}

func TestNetwork_isDrawnTheSameEachTime(t *testing.T) {
	t.Parallel()
	first, second := seededSite(t), seededSite(t)
	a, b := first.ask(http.MethodGet, "/network.svg?entity=microsoft&depth=2").Body.String(), second.ask(http.MethodGet, "/network.svg?entity=microsoft&depth=2").Body.String()
	if a != b || !strings.HasPrefix(a, "<svg ") {
		t.Error("two drawings of one network differ")
	}
}

func TestNetwork_withstandsNamesThatNobodyShouldHave(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	hostile(t, s)
	for _, address := range []string{"/network?entity=hostile", "/network.svg?entity=hostile", "/network.graphml?entity=hostile", "/network.gexf?entity=hostile"} {
		answer := s.ask(http.MethodGet, address)
		if answer.Code != http.StatusOK || strings.Contains(answer.Body.String(), "<script>") {
			t.Errorf("%s: %d", address, answer.Code)
		}
		if !strings.HasPrefix(address, "/network?") {
			if err := wellFormed(answer.Body.String()); err != nil {
				t.Errorf("%s: %v", address, err)
			}
		}
	}
}

func TestNetwork_refusesWithASentence(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	for address, want := range map[string]struct {
		status int
		says   string
	}{
		"/network?entity=nobody-at-all":                 {404, "no record with the id or slug"},
		"/network?entity=microsoft&depth=4":             {400, "1, 2 or 3 links deep"},
		"/network?entity=microsoft&types=suplied_to":    {400, `Did you mean "supplied_to"?`},
		"/network?entity=microsoft&status=on":           {400, "is no value of"},
		"/network?to=microsoft":                         {400, "Name the entity at which the path begins"},
		"/network?entiy=microsoft":                      {400, `Did you mean "entity"?`},
		"/network?entity=microsoft&expand=nobody-atall": {400, "no record with the id or slug"},
		"/network.pdf":                                  {404, "svg, graphml, gexf or json"},
	} {
		page := s.openAs(t, address, want.status)
		checkShape(t, address, page)
		if !strings.Contains(page.first("main").text(), want.says) {
			t.Errorf("%s says %q", address, page.first("main").text())
		}
	}
	nothing := s.open(t, "/network?entity=unit-8200&status=ended&types=supplied_to")
	if empty := nothing.first(".empty"); !linksTo(empty.all("a"), "/network?entity=unit-8200") {
		t.Error("a network without links does not offer the filters to drop")
	}
}

func TestNetwork_weighsNoMoreThanItMay(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	total := 0
	page := s.open(t, "/network?entity=microsoft&depth=2")
	files := []string{"/network?entity=microsoft&depth=2", "/static/plumbline.svg", "/static/vendor/icons.svg"}
	for _, one := range append(page.all("script[src]"), page.all("link[rel=stylesheet]")...) {
		files = append(files, one.at("src")+one.at("href"))
	}
	for _, file := range files {
		total += s.ask(http.MethodGet, file, "Accept-Encoding", "gzip").Body.Len()
	}
	t.Log(total, "bytes")
	if total > 250_000 {
		t.Errorf("the network page weighs %d bytes in all", total)
	}
}
