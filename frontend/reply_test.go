package frontend_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"plumbline/models"
)

func TestReply_isSentFollowedAndAnswered(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	if !linksTo(s.open(t, "/companies/microsoft").all("main a"), "/reply?record=") {
		t.Error("the record does not lead to the form")
	}
	form := "/reply?record=microsoft"
	checkShape(t, form, s.open(t, form))
	anybody := &browser{site: s}
	wrong := readPage(t, anybody.do(http.MethodPost, "/reply", url.Values{"record": {"microsoft"}}), http.StatusUnprocessableEntity)
	checkShape(t, "the form again", wrong)
	for _, field := range []string{"#kind", "#role", "#name", "#text"} {
		if !linksTo(wrong.all(".problems a"), field) {
			t.Errorf("no problem leads to %s", field)
		}
	}

	sent := readPage(t, anybody.do(http.MethodPost, "/ar/reply", url.Values{"record": {"microsoft"}, "kind": {"answer"}, "role": {"party"}, "name": {"Press <b>office</b>"}, "text": {"We zanzibar deny it."}}), http.StatusOK)
	link := sent.first("a[rel=nofollow]").at("href")
	followed := s.open(t, link)
	if !strings.Contains(followed.text(), "zanzibar") {
		t.Error("its sender does not see what they sent")
	}
	if answer := s.ask(http.MethodGet, link); answer.Header().Get("Cache-Control") != "private, no-store" {
		t.Errorf("kept: %q", answer.Header().Get("Cache-Control"))
	}
	if s.ask(http.MethodGet, "/reply/nothing").Code != http.StatusNotFound {
		t.Error("a code of nothing leads somewhere")
	}

	editor, _ := s.member(t, "Ada", models.RoleEditor)
	queue := editor.page(t, "/replies", http.StatusOK)
	checkShape(t, "/replies", queue)
	work := queue.first("main .rows a").at("href")
	checkShape(t, work, editor.page(t, work, http.StatusOK))
	again := readPage(t, editor.do(http.MethodPost, work, url.Values{"do": {"answer"}}), http.StatusUnprocessableEntity)
	if !linksTo(again.all(".problems a"), "#answer") {
		t.Error("nothing says that words are missing")
	}
	draft := editor.send(t, work, url.Values{"do": {"draft"}, "stance": {"denies"}}, http.StatusSeeOther).Header().Get("Location")
	if !strings.Contains(editor.page(t, draft, http.StatusOK).text(), "zanzibar") && !strings.Contains(editor.page(t, draft+"?part=2", http.StatusOK).text(), "zanzibar") {
		t.Errorf("the draft %s does not hold the answer", draft)
	}
	s.open(t, "/companies/microsoft")
	asked := s.services.Now()
	editor.send(t, work, url.Values{"do": {"answer"}, "answer": {"Entered as your claim."}, "shown": {"on"}}, http.StatusSeeOther)
	if !strings.Contains(s.open(t, form).text(), "Entered as your claim.") {
		t.Error("the public does not see the answer")
	}
	for address, words := range map[string]string{"/companies/microsoft": "Right of reply: what was sent, and answered in public", "/ar/companies/microsoft": "حق الرد"} {
		page := s.open(t, address) // which was kept as it was before
		if section := page.first("#answers"); section == nil || !strings.Contains(section.text(), words) || !strings.Contains(page.first("main").text(), "Entered as your claim.") {
			t.Errorf("%s does not show the answer", address)
		}
		checkShape(t, address, page)
	}
	before := s.open(t, "/companies/microsoft?known_at="+url.QueryEscape(asked.UTC().Format(time.RFC3339)))
	if strings.Contains(before.first("main").text(), "Entered as your claim.") {
		t.Error("the page shows the answer as known before it was given")
	}
	if !strings.Contains(s.open(t, link).text(), "Entered as your claim.") {
		t.Error("its sender does not see the answer")
	}
}
