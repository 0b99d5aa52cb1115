package services

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/models"
)

// watchedSearch has an account watch a search, and gives what is new in it.
func (w *world) watchedSearch(t *testing.T, words string) func() ListWatchView {
	t.Helper()
	reader := w.account(t, "Reader", models.RoleReader)
	if _, err := w.AddListWatch(t.Context(), reader, models.SearchList, url.Values{"q": {words}}.Encode()); err != nil {
		t.Fatal(err)
	}
	return func() ListWatchView {
		t.Helper()
		views, err := w.ListWatches(t.Context(), reader)
		if err != nil || len(views) != 1 {
			t.Fatalf("%+v, %v", views, err)
		}
		return views[0]
	}
}

func TestListWatches_ofASearchAreNotHiddenByBetterHits(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		// More than a search looks at, all of them called so.
		for range 3 {
			var operations []models.Operation
			for i := range candidates / 2 {
				operations = append(operations, create(&models.Source{Kind: "article", Title: fmt.Sprintf("Harbour %d", i)}))
			}
			w.must(t, operations...)
		}
		watch := w.watchedSearch(t, "harbour")
		if news := watch().News; len(news) != 0 {
			t.Errorf("what was there before is told as new: %+v", news)
		}

		w.must(t, create(&models.Source{Kind: "article", Title: "Of something else"}))
		worst := w.must(t, create(&models.Source{Kind: "article", Title: "A long title of many other words",
			Summary: strings.Repeat("Words of another matter. ", 50) + "It was seen at the harbour."})).Written[0].ID
		if news := watch().News; len(news) != 1 || news[0].ID != worst || news[0].Name != "A long title of many other words" {
			t.Errorf("new: %+v", news)
		}
		// Nor by many changes that the search does not find.
		for range 3 {
			var operations []models.Operation
			for i := range lookedAtOnce {
				operations = append(operations, create(&models.Source{Kind: "article", Title: fmt.Sprintf("Elsewhere %d", i)}))
			}
			w.must(t, operations...)
		}
		if view := watch(); len(view.News) != 1 || view.News[0].ID != worst || view.More {
			t.Errorf("after many changes: %+v", view)
		}
	})
}

func TestListWatches_ofASearchFindWhatTheSearchFinds(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		watch := w.watchedSearch(t, "Zephyrion")
		source := w.must(t, create(&models.Source{Kind: "article", Title: "Of both"})).Written[0].ID
		called := func(name string) uuid.UUID {
			return w.must(t, create(&models.Entity{Kind: models.KindCompany, Name: name, Citations: []models.Citation{{Source: source}}})).Written[0].ID
		}
		near := called("Zephirion")
		if news := watch().News; len(news) != 1 || news[0].ID != near {
			t.Errorf("a near spelling where there is nothing better: %+v", news)
		}
		exact := called("Zephyrion")
		if news := watch().News; len(news) != 1 || news[0].ID != exact {
			t.Errorf("a near spelling beside the very name: %+v", news)
		}
	})
}

func TestListWatches_takeASearchThatCanBe(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		reader := w.account(t, "Reader", models.RoleReader)
		for query, want := range map[string]string{
			"q=":                            "Type a name",
			"q=" + strings.Repeat("a", 201): "at most 200 letters",
			"q=harbour&type=" + "source":    "words alone",
			"q=%zz":                         "cannot be read",
			"q=" + url.QueryEscape("…!  "):  "Type a name",
		} {
			if _, err := w.AddListWatch(t.Context(), reader, models.SearchList, query); errorKind(err) != models.ErrInvalid || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", query, err)
			}
		}
	})
}
