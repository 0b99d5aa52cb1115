package main

import (
	"encoding/csv"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/services"
)

// pageLists are list pages with the type of record that they show.
var pageLists = map[string]models.RecordType{"/supplies": models.TypeRelationship, "/status-changes": models.TypeStatusChange, "/claims": models.TypeClaim,
	"/open-items": models.TypeOpenItem, "/sources": models.TypeSource, "/companies": models.TypeEntity, "/units": models.TypeEntity, "/organizations": models.TypeEntity}

// TestExports_pageCSVAndJSONHoldTheSameRecords asks every list page with random filters: whoever
// downloads what they see gets what they see.
func TestExports_pageCSVAndJSONHoldTheSameRecords(t *testing.T) {
	t.Parallel()
	theCase.Each(t, func(t *testing.T, c dbtest.Copy[string]) {
		s := newSite(t, c)
		random := rand.New(rand.NewPCG(11, 13))
		found := 0
		for page, kind := range pageLists {
			for range 12 {
				query := randomFilters(random, kind).Encode()
				want := idsOfJSON(t, s.body(t, page+".json?"+query))
				if got := idsOfCSV(t, s.body(t, page+".csv?"+query)); !slices.Equal(got, want) {
					t.Errorf("%s?%s: the CSV holds %v, the JSON %v", page, query, got, want)
				}
				if page == "/companies" || page == "/units" || page == "/organizations" {
					want = slugsOfJSON(t, s.body(t, page+".json?"+query))
				}
				if got := s.shown(t, page+"?"+query); !slices.Equal(got, want) {
					t.Errorf("%s?%s: the page shows %v, the JSON holds %v", page, query, got, want)
				}
				found += len(want)
			}
		}
		if found < 200 {
			t.Errorf("all filters together found %d records", found)
		}
	})
}

// randomFilters are up to two filters of a list with an order.
func randomFilters(random *rand.Rand, kind models.RecordType) url.Values {
	values := url.Values{}
	parameters := services.Parameters(kind)
	for range random.IntN(3) {
		p := parameters[random.IntN(len(parameters))]
		switch {
		case len(p.Values) > 0:
			values.Set(p.Name, p.Values[random.IntN(len(p.Values))])
			if p.Values[0] != "true" && random.IntN(2) == 0 {
				values.Set(p.Name, values.Get(p.Name)+","+p.Values[random.IntN(len(p.Values))])
			}
		case p.Name == "party" || p.Name == "addressee" || p.Name == "speaker":
			values.Set(p.Name, []string{"microsoft", "israel-defense-forces", "unit-8200"}[random.IntN(3)])
		case p.Name == "case":
			values.Set(p.Name, "microsoft-and-the-israeli-military")
		case strings.HasSuffix(p.Name, "[gte]"):
			values.Set(p.Name, "2025-08-01")
		}
	}
	if sorts := services.Sorts(kind); random.IntN(2) == 0 {
		values.Set("sort", []string{"", "-"}[random.IntN(2)]+sorts[random.IntN(len(sorts))])
	}
	if kind == models.TypeRelationship || kind == models.TypeEntity {
		values.Del("type") // the page sets them
		values.Del("kind")
	}
	return values
}

// body is what an address gives.
func (s *site) body(t testing.TB, address string) string {
	t.Helper()
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, address, nil))
	if recorder.Code != http.StatusOK {
		t.Fatalf("GET %s: %d %s", address, recorder.Code, recorder.Body)
	}
	return recorder.Body.String()
}

func idsOfJSON(t testing.TB, text string) []string {
	t.Helper()
	var list struct{ Data []struct{ ID string } }
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, one := range list.Data {
		ids = append(ids, one.ID)
	}
	return ids
}

func slugsOfJSON(t testing.TB, text string) []string {
	t.Helper()
	var list struct{ Data []struct{ Slug string } }
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	slugs := []string{}
	for _, one := range list.Data {
		slugs = append(slugs, one.Slug)
	}
	return slugs
}

// shown are the records that a list shows on all its pages, by the links to each: an id, or the
// slug of an entity.
func (s *site) shown(t testing.TB, address string) []string {
	t.Helper()
	found := []string{}
	for address != "" {
		root, err := html.Parse(strings.NewReader(s.body(t, address)))
		if err != nil {
			t.Fatal(err)
		}
		address = ""
		for n := range root.Descendants() {
			if n.Data != "a" {
				continue
			}
			href, _, _ := strings.Cut(attribute(n, "href"), "?")
			_, name, _ := strings.Cut(strings.TrimPrefix(href, "/"), "/")
			switch {
			case attribute(n, "rel") == "next":
				address = attribute(n, "href")
			case lies(n, "class", "empty"): // leads to the list without a filter
			case lies(n, "class", "replies") || lies(n, "class", "mark") || lies(n, "class", "cited"):
			case attribute(n, "class") == "details", n.Parent.Data == "li" && lies(n, "class", "links"):
				found = append(found, name)
			}
		}
	}
	return found
}

// lies reports whether an element lies in one whose attribute has a word.
func lies(n *html.Node, name, word string) bool {
	for ; n != nil; n = n.Parent {
		if slices.Contains(strings.Fields(attribute(n, name)), word) {
			return true
		}
	}
	return false
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func idsOfCSV(t testing.TB, text string) []string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll() // pages have the mark for Excel
	if err != nil || rows[0][0] != "id" {
		t.Fatalf("%v: %v", err, rows)
	}
	ids := []string{}
	for _, row := range rows[1:] {
		ids = append(ids, row[0])
	}
	return ids
}
