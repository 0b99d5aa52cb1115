package frontend_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"plumbline/models"
)

// A source that is entered in a record's form with an address that another has: a button has the
// record cite that one, without a script.
func TestForm_usesTheSourceThatHasTheAddress(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	editor, _ := s.member(t, "Editor", models.RoleEditor)
	address := "https://example.org/fresh"
	first, _ := editor.fill(t, editor.page(t, "/new/open_item?addressee=microsoft", http.StatusOK), "check", http.StatusSeeOther, "/kind", "question", "/text", "Why?", "/raised_on", "2025",
		"/citations/0/source:title", "A fresh article", "/citations/0/source:url", address)
	known := s.document(t, models.TypeOpenItem, strings.TrimPrefix(editor.finish(t, first), "/records/")).Document.Cited()[0].Source.String()
	page := editor.page(t, "/new/open_item?addressee=microsoft", http.StatusOK)
	home, _ := editor.fill(t, page, "look:/citations/0/source", http.StatusSeeOther, "/kind", "question", "/text", "Is it so?", "/raised_on", "2025", "/citations/0/source", "Otherwise named")
	home, _, _ = strings.Cut(home, "#")
	_, shown := editor.fill(t, editor.page(t, home, http.StatusOK), "check", http.StatusUnprocessableEntity, "/citations/0/source:id", "new:source", "/citations/0/locator", "page 3",
		"/citations/0/source:url", "https://web.archive.org/web/2025/"+address+"?utm_source=x", "/citations/0/source:published", "2025")
	button := shown.first(".problems button")
	if button == nil || button.text() != "Use this source" || button.at("form") != "record-form" || shown.first("#record-form") == nil || !strings.Contains(button.at("value"), known) {
		t.Fatalf("no button offers the source: %q", shown.first("main").text())
	}
	home, _ = editor.fill(t, shown, button.at("value"), http.StatusSeeOther)
	home, landed, _ := strings.Cut(home, "#")
	shown = editor.page(t, home, http.StatusOK)
	if shown.first("#"+landed) == nil || shown.first(".problems button") != nil {
		t.Errorf("it leads to %q", landed)
	}
	typed := typedInto(shown.first("form.record-form"))
	if typed.Get("/citations/0/source:id") != known || typed.Get("/citations/0/source:url")+typed.Get("/citations/0/source:published") != "" || typed.Get("/citations/0/locator") != "page 3" {
		t.Errorf("the form has %v", typed)
	}
	location, _ := editor.fill(t, shown, "check", http.StatusSeeOther)
	item := s.document(t, models.TypeOpenItem, strings.TrimPrefix(editor.finish(t, location), "/records/"))
	if cited := item.Document.Cited(); len(cited) != 1 || cited[0].Source.String() != known || cited[0].Locator != "page 3" {
		t.Errorf("it cites %+v", cited)
	}
}

// Buttons that nobody was offered change nothing, and break nothing.
func TestForm_usesNothingElse(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	editor, _ := s.member(t, "Editor", models.RoleEditor)
	company := s.id(t, models.TypeEntity, url.Values{"kind": {"company"}})
	for _, does := range []string{"use:", "use::", "use:/citations/0/source", "use:/citations/0/source:x", "use:/citations/0/source:" + company, "use:name:" + s.sourceOf(t), "use:/citations/0/source:00000000-0000-0000-0000-000000000000"} {
		page := editor.page(t, "/new/open_item?addressee=microsoft", http.StatusOK)
		home, _ := editor.fill(t, page, does, http.StatusSeeOther, "/text", "Is it so?")
		home, _, _ = strings.Cut(home, "#")
		typed := typedInto(editor.page(t, home, http.StatusOK).first("form.record-form"))
		if typed.Get("/citations/0/source:id") != "" || typed.Get("/text") != "Is it so?" {
			t.Errorf("%s: %v", does, typed)
		}
	}
}
