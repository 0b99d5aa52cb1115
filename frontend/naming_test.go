package frontend_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"plumbline/models"
)

// TestNaming_fromTheFormToThePageOfTheNamedEntity names the seeded unit that was not named.
func TestNaming_fromTheFormToThePageOfTheNamedEntity(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	author, _ := s.member(t, "Author", models.RoleContributor)
	editor, _ := s.member(t, "Editor", models.RoleEditor)
	hidden := s.document(t, models.TypeEntity, "unidentified-unit-in-imod")
	address := "/records/" + hidden.ID.String() + "/name"

	// The page of the undisclosed entity, and the merge of it, lead there.
	if page := author.page(t, "/units/unidentified-unit-in-imod", http.StatusOK); !linksTo(page.all("a"), address) {
		t.Error("the page of the undisclosed unit does not offer it")
	}
	if page := author.page(t, "/records/"+hidden.ID.String()+"/merge", http.StatusOK); !linksTo(page.all("main a"), address) {
		t.Error("the page of its merge does not lead to it")
	}
	form := author.page(t, address, http.StatusOK)
	checkShape(t, address, form)
	checkForm(t, address, form)
	author.page(t, "/ar"+address, http.StatusOK)
	author.page(t, "/records/"+s.document(t, models.TypeEntity, "unit-8200").ID.String()+"/name", http.StatusConflict)

	// What is wrong stands at its fields, all of it, and nothing of what was typed is lost.
	empty := readPage(t, author.send(t, address, url.Values{"do": {"name"}, "said_on": {"the day before"}, "speaker": {"Nobody At All"}, "note": {"my note"}}, http.StatusUnprocessableEntity), http.StatusUnprocessableEntity)
	checkShape(t, address, empty)
	for _, field := range []string{"into", "speaker", "said_on", "text", "cited"} {
		if empty.first("#"+field+"-problem") == nil {
			t.Errorf("nothing is said at the field %s: %s", field, empty.first(".problems").text())
		}
	}
	if empty.first("#note").at("value") != "my note" {
		t.Error("what was typed is lost")
	}

	typed := url.Values{"version": {"1"}, "into": {"Unit 8200"}, "speaker": {"The Guardian"}, "stance": {"reports"}, "said_on": {"November 2025"}, "text": {"It is Unit 8200."},
		"title": {"It was named"}, "url": {"https://named.example/it"}, "published": {"2025-11-02"}, "locator": {"p. 2"}, "note": {"names it"}, "do": {"look"}}
	look := readPage(t, author.send(t, address, typed, http.StatusOK), http.StatusOK)
	checkShape(t, address, look)
	if moves := look.first("#moves"); moves == nil || len(look.all("ul.links li")) == 0 {
		t.Error("it does not say what moves")
	}
	if e := s.document(t, models.TypeEntity, hidden.ID.String()); e.ID != hidden.ID {
		t.Fatal("looking named it")
	}
	typed.Set("do", "name")
	home := author.send(t, address, typed, http.StatusSeeOther).Header().Get("Location")

	// The reviewer sees what it is, with the words and the source, before all that moves.
	page := editor.page(t, home, http.StatusOK)
	checkShape(t, home, page)
	said := page.first("#naming")
	if said == nil {
		t.Fatalf("the reviewer does not see that it names somebody: %s", page.first("main").text())
	}
	words := page.first("section[aria-labelledby=naming]").text()
	for _, want := range []string{"Unit 8200", "The Guardian", "It is Unit 8200.", "It was named", "p. 2"} {
		if !strings.Contains(words, want) {
			t.Errorf("the reviewer does not see %q: %s", want, words)
		}
	}
	author.send(t, home+"/publish", nil, http.StatusForbidden)
	editor.send(t, home+"/publish", nil, http.StatusSeeOther)

	visitor := &browser{site: s}
	visitor.page(t, home, http.StatusOK)
	if to := visitor.do(http.MethodGet, "/entities/"+hidden.ID.String(), nil).Header().Get("Location"); !strings.Contains(to, "unit-8200") {
		t.Errorf("it leads to %q", to)
	}
	if named := visitor.page(t, "/units/unit-8200", http.StatusOK).first("main").text(); !strings.Contains(named, "It is Unit 8200.") {
		t.Error("the page of the named unit does not say who says so")
	}
}
