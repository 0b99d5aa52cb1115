package api_test

import (
	"encoding/json"
	"testing"
)

func TestFacets_comeWithTheListThatAsksForThem(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	got := s.check(t, exchange{name: "facets", method: "GET", path: "/relationships?type=supplied_to&status=disabled&facets=status,purpose&limit=1", status: 200})
	var list struct {
		Facets map[string][]struct {
			Value string
			Count int
			More  bool
		}
	}
	if err := json.Unmarshal(got.Body.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	for name, facet := range list.Facets {
		for _, v := range facet {
			query := "?type=supplied_to&status=disabled&purpose=" + v.Value
			if name == "status" {
				query = "?type=supplied_to&status=" + v.Value
			}
			if n := len(listed(t, s, "/relationships", query)); n != v.Count || n == 0 || v.More {
				t.Errorf("%s %s is counted %d times; the list has %d", name, v.Value, v.Count, n)
			}
		}
	}
	if len(list.Facets["status"]) < 2 || len(list.Facets) != 2 {
		t.Errorf("the facets are %v", list.Facets)
	}
	s.check(t, exchange{name: "no facet", method: "GET", path: "/relationships?facets=stat", status: 400, says: []string{`"parameter":"facets"`, "status"}})
}
