package frontend_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"plumbline/models"
)

// actorOf is an account as services know it.
func actorOf(a models.Account) models.Actor {
	return models.Actor{Account: a.ID, Name: a.Name, Role: a.Role, Confirmed: true}
}

// rename is an edit of an entity's name and summary.
func (s *site) rename(t testing.TB, slug, name, summary string) models.Operation {
	t.Helper()
	record := s.document(t, models.TypeEntity, slug)
	changed := *record.Document.(*models.Entity)
	changed.Name, changed.Summary = name, summary
	return models.Operation{Op: models.OpEdit, Type: models.TypeEntity, ID: record.ID, Version: record.Version, Edit: models.Corrected, Reason: "Better words.", Data: &changed}
}

// propose submits operations as a proposal, and gives the page of its changeset.
func (s *site) propose(t testing.TB, by models.Account, operations ...models.Operation) string {
	t.Helper()
	out, err := s.services.Submit(context.Background(), actorOf(by), models.Changeset{Summary: "A proposal", Operations: operations})
	if err != nil || out.Status != models.ChangesetSubmitted {
		t.Fatalf("%+v, %v", out, err)
	}
	return "/changesets/" + out.Changeset.String()
}

func TestReview_fromAProposalToItsPublication(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	ada, author := s.member(t, "Ada", models.RoleContributor)
	stranger, _ := s.member(t, "Stranger", models.RoleContributor)
	editor, _ := s.member(t, "Editor", models.RoleEditor)
	visitor := &browser{site: s}
	home := s.propose(t, author, s.rename(t, "unit-8200", "Unit 8200", "An intelligence unit, in <b>other</b> words."))

	for _, who := range []*browser{visitor, stranger} {
		who.page(t, home, http.StatusNotFound)
	}
	visitor.send(t, home+"/publish", nil, http.StatusUnauthorized)
	queue := editor.page(t, "/review", http.StatusOK)
	checkShape(t, "/review", queue)
	if !linksTo(queue.all("main li a"), home) {
		t.Error("the queue does not lead to the proposal")
	}
	if own := ada.page(t, "/proposals", http.StatusOK); !linksTo(own.all("main li a"), home) || !strings.Contains(own.first("main").text(), "Submitted") {
		t.Error("its author does not find it")
	}
	if narrowed := editor.page(t, "/review?author=Nobody", http.StatusOK); linksTo(narrowed.all("main li a"), home) {
		t.Error("the filter lets it through")
	}

	page := editor.page(t, home, http.StatusOK)
	checkShape(t, home, page)
	main := page.first("main").text()
	if len(page.all("table.diff tbody tr")) != 1 || !strings.Contains(main, "An intelligence unit, in <b>other</b> words.") || !linksTo(page.all(".citations a"), "/sources/") {
		t.Errorf("no difference with its sources: %s", main)
	}
	if page.first("table.diff mark") == nil && len(page.all(".diff-line.new")) == 0 {
		t.Error("nothing marks what is new")
	}

	// Nobody approves their own: there is no button, and the route says why not.
	mine := ada.page(t, home, http.StatusOK)
	for _, button := range mine.all("main button[formaction]") {
		if strings.HasSuffix(button.at("formaction"), "/publish") || strings.HasSuffix(button.at("formaction"), "/reject") {
			t.Errorf("its author is offered %s", button.at("formaction"))
		}
	}
	if answer := ada.send(t, home+"/publish", nil, http.StatusForbidden).Body.String(); !strings.Contains(answer, "may not") {
		t.Error(answer)
	}
	by, second := s.member(t, "Second", models.RoleEditor)
	_, steward := s.member(t, "Steward", models.RoleSteward)
	protected := s.document(t, models.TypeEntity, "microsoft")
	if err := s.services.Protect(context.Background(), actorOf(steward), protected.ID, "Often changed."); err != nil {
		t.Fatal(err)
	}
	own := s.propose(t, second, s.rename(t, "microsoft", "Microsoft", "Other words."))
	if shown := by.page(t, own, http.StatusOK).first("main").text(); !strings.Contains(shown, "Nobody approves their own") || !strings.Contains(shown, "protected record") {
		t.Error(shown)
	}
	if answer := by.send(t, own+"/publish", nil, http.StatusForbidden).Body.String(); !strings.Contains(answer, "Nobody approves their own proposal") {
		t.Error(answer)
	}

	// What a decision needs is asked for at its field.
	for _, verb := range []string{"/request-changes", "/reject"} {
		again := readPage(t, editor.send(t, home+verb, url.Values{"note": {" "}}, http.StatusUnprocessableEntity), http.StatusUnprocessableEntity)
		checkShape(t, home+verb, again)
		if !linksTo(again.all(".problems a"), "#note") || again.first("#note-problem") == nil {
			t.Errorf("%s: the problem does not lead to its field", verb)
		}
	}
	editor.send(t, home+"/comments", url.Values{"text": {""}}, http.StatusUnprocessableEntity)
	editor.send(t, home+"/comments", url.Values{"text": {"Which source says so?"}}, http.StatusSeeOther)
	editor.send(t, home+"/request-changes", url.Values{"note": {"Name the source."}}, http.StatusSeeOther)
	back := ada.page(t, home, http.StatusOK)
	if !linksTo(back.all("main a"), "/drafts/") || !strings.Contains(back.first("main").text(), "Name the source.") || !strings.Contains(back.first("main").text(), "Which source says so?") {
		t.Error("its author cannot go on")
	}
	draft := strings.Replace(home, "/changesets/", "/drafts/", 1)
	check, _ := ada.fill(t, ada.page(t, draft, http.StatusOK), "check", http.StatusSeeOther, "/summary", "An intelligence unit, as its source says.")
	if to := ada.finish(t, check); to != home {
		t.Errorf("sent again, it leads to %s", to)
	}
	if to := editor.send(t, home+"/publish", url.Values{"note": {"Fine."}}, http.StatusSeeOther).Header().Get("Location"); to != home {
		t.Errorf("published, it leads to %s", to)
	}
	public := visitor.page(t, home, http.StatusOK)
	checkShape(t, home, public)
	if text := public.first("main").text(); strings.Contains(text, "Which source says so?") || !strings.Contains(text, "as its source says") {
		t.Errorf("the public reads %s", text)
	}
	if !linksTo(visitor.page(t, "/changesets", http.StatusOK).all("main li a"), home) || !linksTo(visitor.page(t, "/changesets?record=unit-8200", http.StatusOK).all("main li a"), home) {
		t.Error("what was published is not listed")
	}
	editor.send(t, home+"/publish", nil, http.StatusUnprocessableEntity) // once
}

func TestReview_showsTheThreeValuesAndLeadsToTheirSettlement(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	_, author := s.member(t, "Ada", models.RoleContributor)
	editor, _ := s.member(t, "Editor", models.RoleEditor)
	home := s.propose(t, author, s.rename(t, "unit-8200", "Unit 8200", "Proposed words."))
	s.publish(t, s.rename(t, "unit-8200", "Unit 8200", "Words of somebody else."))

	page := readPage(t, editor.send(t, home+"/publish", nil, http.StatusUnprocessableEntity), http.StatusUnprocessableEntity)
	checkShape(t, home, page)
	conflict := page.first("article.conflict")
	if conflict == nil || !strings.Contains(conflict.text(), "Proposed words.") || !strings.Contains(conflict.text(), "Words of somebody else.") || len(conflict.all("tbody td")) != 3 {
		t.Fatalf("no three values: %s", page.first("main").text())
	}
	draft := editor.send(t, home+"/amend", nil, http.StatusSeeOther).Header().Get("Location")
	_, stale := editor.fill(t, editor.page(t, draft, http.StatusOK), "check", http.StatusUnprocessableEntity, "/summary", "Words of both.")
	if !strings.Contains(stale.first("main").text(), "Words of somebody else.") {
		t.Error("the form does not show what the record says now")
	}
	check, _ := editor.fill(t, stale, "check", http.StatusSeeOther)
	if to := editor.finish(t, check); to != home {
		t.Fatalf("the amendment leads to %s", to)
	}
	amended := editor.page(t, home, http.StatusOK).first("main").text()
	if !strings.Contains(amended, "Amended by") || !strings.Contains(amended, "Words of both.") {
		t.Error(amended)
	}
	editor.send(t, home+"/publish", nil, http.StatusSeeOther)
	if e := s.document(t, models.TypeEntity, "unit-8200").Document.(*models.Entity); e.Summary != "Words of both." {
		t.Errorf("it says %q", e.Summary)
	}
	if drafts := editor.page(t, "/drafts", http.StatusOK); linksTo(drafts.all("main a"), draft) {
		t.Error("the draft of the amendment is still there")
	}
}

func TestEmbargo_isSetWhenAnswersAreSent(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	editor, _ := s.member(t, "Editor", models.RoleEditor)
	check, _ := editor.fill(t, editor.page(t, "/records/unit-8200/edit", http.StatusOK), "check", http.StatusSeeOther, "edit", "corrected", "why", "Better words.", "/summary", "Embargoed words.")
	form := editor.page(t, check, http.StatusOK).first("main form")
	values := typedInto(form)
	values.Set("publish_on", "soon")
	again := readPage(t, editor.send(t, form.at("action"), values, http.StatusUnprocessableEntity), http.StatusUnprocessableEntity)
	if !linksTo(again.all(".problems a"), "#publish_on") {
		t.Error("the problem does not lead to the day")
	}
	values.Set("publish_on", "2026-01-31")
	home := editor.send(t, form.at("action"), values, http.StatusSeeOther).Header().Get("Location")
	page := editor.page(t, home, http.StatusOK)
	checkShape(t, home, page)
	if text := page.first("main").text(); !strings.Contains(text, "waits for its day") || !strings.Contains(text, "31 January 2026") {
		t.Error(text)
	}
	(&browser{site: s}).page(t, home, http.StatusNotFound)
	if !linksTo(editor.page(t, "/review?state=approved", http.StatusOK).all("main li a"), home) {
		t.Error("the queue does not list what waits for its day")
	}
}

func TestHistory_comparesRevertsAndProtects(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	visitor := &browser{site: s}
	editor, _ := s.member(t, "Editor", models.RoleEditor)
	steward, _ := s.member(t, "Steward", models.RoleSteward)
	for i := range 55 {
		s.publish(t, s.rename(t, "unit-8200", "Unit 8200", fmt.Sprintf("Summary number %d.", i)))
	}
	id := s.document(t, models.TypeEntity, "unit-8200").ID.String()
	home := "/records/" + id + "/history"
	if to := visitor.do(http.MethodGet, "/records/unit-8200/history", nil).Header().Get("Location"); to != home {
		t.Errorf("the slug leads to %s", to)
	}
	page := visitor.page(t, home, http.StatusOK)
	checkShape(t, home, page)
	if !linksTo(page.all("main a"), "/api/v1/entities/"+id+"/revisions") {
		t.Error("the page does not lead to its versions over the API")
	}
	next := page.first("a[rel=next]")
	if len(page.all("tbody tr")) != 50 || next == nil {
		t.Fatalf("%d versions", len(page.all("tbody tr")))
	}
	if rest := visitor.page(t, next.at("href"), http.StatusOK); len(rest.all("tbody tr")) != 6 {
		t.Errorf("%d versions on the second page", len(rest.all("tbody tr")))
	}
	compared := visitor.page(t, home+"?from=2&to=56", http.StatusOK)
	checkShape(t, home, compared)
	if rows := compared.all("table.diff tbody tr"); len(rows) != 1 || !strings.Contains(rows[0].text(), "Summary number 0.") || !strings.Contains(rows[0].text(), "Summary number 54.") {
		t.Errorf("the comparison shows %d fields", len(rows))
	}
	for address, status := range map[string]int{home + "?from=x": 400, home + "?from=1&to=99": 404, home + "?cursor=x": 400, home + "?other=1": 400, "/records/nothing/history": 404} {
		visitor.page(t, address, status)
	}
	if linksTo(page.all("main td a"), "/records/"+id+"/revert") {
		t.Error("a visitor is offered a revert")
	}

	to := editor.page(t, home, http.StatusOK)
	var revert string
	for _, a := range to.all("main td a") {
		if strings.HasSuffix(a.at("href"), "/revert?version=55") {
			revert = a.at("href")
		}
	}
	preview := editor.page(t, revert, http.StatusOK)
	checkShape(t, revert, preview)
	if !strings.Contains(preview.first("main").text(), "Summary number 53.") {
		t.Errorf("no preview: %s", preview.first("main").text())
	}
	form := preview.first("form[method=post].sheet")
	again := readPage(t, editor.send(t, form.at("action"), typedInto(form), http.StatusUnprocessableEntity), http.StatusUnprocessableEntity)
	if !linksTo(again.all(".problems a"), "#reason") {
		t.Error("the problem does not lead to the reason")
	}
	values := typedInto(form)
	values.Set("reason", "It was better before.")
	done := editor.send(t, form.at("action"), values, http.StatusSeeOther).Header().Get("Location")
	if !strings.HasPrefix(done, "/changesets/") {
		t.Errorf("it leads to %s", done)
	}
	if e := s.document(t, models.TypeEntity, "unit-8200").Document.(*models.Entity); e.Summary != "Summary number 53." {
		t.Errorf("it says %q", e.Summary)
	}
	// An edit that others wrote over is kept, and listed.
	position := ""
	for _, a := range editor.page(t, home+"?cursor="+strings.Split(next.at("href"), "cursor=")[1], http.StatusOK).all("main td a") {
		if strings.Contains(a.at("href"), "/revert?revision=") && position == "" {
			position = a.at("href")
		}
	}
	left := editor.page(t, position, http.StatusOK)
	if left.first("article.conflict") == nil || !strings.Contains(left.first("main").text(), "nothing left") {
		t.Errorf("what is kept is not listed: %s", left.first("main").text())
	}

	if editor.page(t, home, http.StatusOK).first("#protection") != nil {
		t.Error("an editor may protect")
	}
	protection := "/records/" + id + "/protection"
	editor.send(t, protection, url.Values{"reason": {"x"}}, http.StatusForbidden)
	if empty := readPage(t, steward.send(t, protection, nil, http.StatusUnprocessableEntity), http.StatusUnprocessableEntity); !linksTo(empty.all(".problems a"), "#reason") {
		t.Error("the problem does not lead to the reason")
	}
	steward.send(t, protection, url.Values{"reason": {"Often vandalised."}}, http.StatusSeeOther)
	if shown := steward.page(t, home, http.StatusOK); !strings.Contains(shown.first("main").text(), "Often vandalised.") {
		t.Error("the protection is not shown")
	}
	steward.send(t, protection, url.Values{"do": {"lift"}}, http.StatusSeeOther)
}

func TestReverts_ofAWindowArePreviewedAndListWhatIsKept(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	steward, _ := s.member(t, "Steward", models.RoleSteward)
	editor, _ := s.member(t, "Editor", models.RoleEditor)
	_, vandal := s.member(t, "Vandal", models.RoleEditor)
	for _, slug := range []string{"unit-8200", "microsoft"} {
		if _, err := s.services.Submit(context.Background(), actorOf(vandal), models.Changeset{Summary: "x", Operations: []models.Operation{s.rename(t, slug, "Nonsense "+slug, "Nonsense.")}}); err != nil {
			t.Fatal(err)
		}
	}
	s.publish(t, s.rename(t, "microsoft", "Microsoft Corporation", "Nonsense."))

	editor.page(t, "/reverts", http.StatusNotFound)
	checkShape(t, "/reverts", steward.page(t, "/reverts", http.StatusOK))
	wrong := steward.page(t, "/reverts?accounts=Nobody&from=2025-10-01T00:00&until=2025-12-01T00:00", http.StatusUnprocessableEntity)
	checkShape(t, "/reverts", wrong)
	if !linksTo(wrong.all(".problems a"), "#accounts") {
		t.Errorf("an unknown account: %s", wrong.first("main").text())
	}
	address := "/reverts?accounts=Vandal&from=2025-10-01T00:00&until=2025-12-01T00:00"
	page := steward.page(t, address, http.StatusOK)
	checkShape(t, address, page)
	if len(page.all("article.change-view")) != 2 || len(page.all("article.conflict")) != 1 {
		t.Fatalf("the preview: %s", page.first("main").text())
	}
	form := page.first("form[method=post].sheet")
	values := typedInto(form)
	values.Set("reason", "Vandalism.")
	result := readPage(t, steward.send(t, form.at("action"), values, http.StatusOK), http.StatusOK)
	checkShape(t, "/reverts done", result)
	if len(result.all("article.conflict")) != 1 || !linksTo(result.all("main a"), "/changesets/") {
		t.Errorf("the result: %s", result.first("main").text())
	}
	if e := s.document(t, models.TypeEntity, "unit-8200").Document.(*models.Entity); e.Name == "Nonsense unit-8200" {
		t.Error("nothing was taken back")
	}
	steward.send(t, form.at("action"), values, http.StatusUnprocessableEntity) // nothing is left
}

func TestMerge_isChosenFieldByFieldAndUndone(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	steward, _ := s.member(t, "Steward", models.RoleSteward)
	ada, _ := s.member(t, "Ada", models.RoleContributor)
	source := s.sourceOf(t)
	unit := s.document(t, models.TypeEntity, "unit-8200")
	twin := models.Operation{Op: models.OpCreate, Type: models.TypeEntity, ID: uuid.Must(uuid.NewV7()), Data: &models.Entity{Kind: models.KindUnit, Name: "Unit 8200", Summary: "A second entry.",
		Citations: []models.Citation{{Source: s.document(t, models.TypeSource, source).ID}}}}
	s.publish(t, twin)
	address := "/records/" + twin.ID.String() + "/merge"

	first := steward.page(t, address, http.StatusOK)
	checkShape(t, address, first)
	if !linksTo(first.all("main li a"), address+"?into="+unit.ID.String()) || !strings.Contains(first.first("main").text(), "Both are called") {
		t.Fatalf("the candidate is not offered: %s", first.first("main").text())
	}
	for typed, field := range map[string]string{"Zzyzx Industries": "#into", twin.ID.String(): ""} {
		page := steward.page(t, address+"?into="+url.QueryEscape(typed), http.StatusUnprocessableEntity)
		checkShape(t, address, page)
		if field != "" && !linksTo(page.all(".problems a"), field) {
			t.Errorf("%q: %s", typed, page.first(".problems").text())
		}
	}
	page := steward.page(t, address+"?into="+unit.ID.String()+"&choose.summary=from", http.StatusOK)
	checkShape(t, address, page)
	form := page.first("form.merge")
	values := typedInto(form)
	if values.Get("choose.summary") != "from" {
		t.Errorf("the choice is %q", values.Get("choose.summary"))
	}
	if again := readPage(t, steward.send(t, address, values, http.StatusUnprocessableEntity), http.StatusUnprocessableEntity); !linksTo(again.all(".problems a"), "#reason") {
		t.Error("the problem does not lead to the reason")
	}
	values.Set("reason", "The same unit.")
	proposed := ada.send(t, address, values, http.StatusSeeOther).Header().Get("Location")
	if text := ada.page(t, proposed, http.StatusOK).first("main").text(); !strings.Contains(text, "Submitted") {
		t.Error(text)
	}
	home := steward.send(t, proposed+"/publish", nil, http.StatusSeeOther).Header().Get("Location")
	if e := s.document(t, models.TypeEntity, "unit-8200").Document.(*models.Entity); e.Summary != "A second entry." {
		t.Errorf("it says %q", e.Summary)
	}
	merged := steward.page(t, home, http.StatusOK)
	checkShape(t, home, merged)
	undo := home + "/revert"
	if !linksTo(merged.all("main a"), undo) {
		t.Fatal("nothing offers to undo the merge")
	}
	preview := steward.page(t, undo, http.StatusOK)
	checkShape(t, undo, preview)
	undone := typedInto(preview.first("form[method=post].sheet"))
	undone.Set("reason", "Two units after all.")
	steward.send(t, undo, undone, http.StatusSeeOther)
	if now := s.document(t, models.TypeEntity, "unit-8200"); !sameDocument(now.Document, unit.Document) {
		t.Errorf("undone, it is %+v", now.Document)
	}
}

func TestReview_speaksArabic(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	_, author := s.member(t, "Ada", models.RoleContributor)
	editor, _ := s.member(t, "Editor", models.RoleEditor)
	home := s.propose(t, author, s.rename(t, "unit-8200", "Unit 8200", "Other words."))
	for _, address := range []string{"/ar/review", "/ar/proposals", "/ar/changesets", "/ar" + home, "/ar/records/" + s.document(t, models.TypeEntity, "unit-8200").ID.String() + "/history"} {
		page := editor.page(t, address, http.StatusOK)
		checkShape(t, address, page)
		if page.first("html").at("lang") != "ar" || address != "/ar"+home && !strings.ContainsFunc(page.first("h1").text(), func(r rune) bool { return r >= 0x600 && r < 0x700 }) {
			t.Errorf("%s: %s", address, page.first("h1").text())
		}
	}
	page := editor.page(t, "/ar"+home, http.StatusOK)
	for _, button := range page.all("main button[formaction]") {
		if !strings.HasPrefix(button.at("formaction"), "/ar/") {
			t.Errorf("a button leads to %s", button.at("formaction"))
		}
	}
	if to := editor.send(t, "/ar"+home+"/publish", nil, http.StatusSeeOther).Header().Get("Location"); to != "/ar"+home {
		t.Errorf("it leads to %s", to)
	}
}

// publishedChangeset is the page of a changeset that edits a record.
func publishedChangeset(t testing.TB, s *site) string {
	t.Helper()
	out := s.publish(t, s.rename(t, "unit-8200", "Unit 8200", "An intelligence unit of the army, as sources call it."))
	return "/changesets/" + out.Changeset.String()
}

// reviewPages show every template of review with all its parts.
func reviewPages(t testing.TB, s *site) []shot {
	t.Helper()
	_, author := s.member(t, "Ada", models.RoleContributor)
	published := publishedChangeset(t, s)
	cite := s.document(t, models.TypeSource, s.sourceOf(t)).ID
	twin := models.Operation{Op: models.OpCreate, Type: models.TypeEntity, ID: uuid.Must(uuid.NewV7()), Data: &models.Entity{Kind: models.KindUnit, Name: "Unit 8200", Citations: []models.Citation{{Source: cite, Note: "second"}}}}
	s.publish(t, twin)
	made := models.Operation{Op: models.OpCreate, Type: models.TypeEntity, ID: uuid.Must(uuid.NewV7()), Data: &models.Entity{Kind: models.KindUnit, Name: "وحدة جديدة", Places: []string{"IL"}, Citations: []models.Citation{{Source: cite, Locator: "p. 3"}}}}
	proposal := s.propose(t, author, s.rename(t, "unit-8200", "Unit 8200", "An intelligence unit of the army, as others call it."), made)
	conflict := s.propose(t, author, s.rename(t, "microsoft", "Microsoft", "Proposed words about the company."))
	s.publish(t, s.rename(t, "microsoft", "Microsoft", "Words of somebody else about the company."))
	unit := s.document(t, models.TypeEntity, "unit-8200").ID.String()
	history := "/records/" + unit + "/history"
	return []shot{{"queue", "/review"}, {"proposals", "/proposals"}, {"proposal", proposal}, {"conflict", conflict}, {"published", published}, {"ar-conflict", "/ar" + conflict},
		{"versions", history + "?from=1&to=2"}, {"revert", "/records/" + unit + "/revert?version=1"}, {"reverts", "/reverts?accounts=" + url.QueryEscape(s.by.Name) + "&from=2025-10-31T00:00&until=2025-12-01T00:00"},
		{"merge", "/records/" + twin.ID.String() + "/merge"}, {"merge-fields", "/records/" + twin.ID.String() + "/merge?into=" + unit}, {"ar-queue", "/ar/review"}, {"ar-versions", "/ar" + history + "?from=1&to=2"}}
}

// Whoever decides on a proposal reads which published sources it takes away, or takes back.
func TestReview_namesSourcesThatAreTakenAway(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	one := s.supply(t, "cut", "2024-06-30", "suspended", "2025-08-15", "2025-08-20")
	_, author := s.member(t, "Author", models.RoleContributor)
	editor, _ := s.member(t, "Editor", models.RoleEditor)
	record := s.document(t, models.TypeRelationship, one.link.String())
	link := *record.Document.(*models.Relationship)
	gazette := s.document(t, models.TypeStatusChange, one.step.String()).Document.Cited()
	link.Citations = gazette

	edited := s.propose(t, author, models.Operation{Op: models.OpEdit, Type: models.TypeRelationship, ID: one.link, Version: record.Version, Edit: models.Corrected, Reason: "Another one.", Data: &link})
	retracted := s.propose(t, author, models.Operation{Op: models.OpRetract, Type: models.TypeRelationship, ID: one.link, Version: record.Version, Reason: "It is not so."})
	for _, home := range []string{edited, retracted} {
		text := editor.page(t, home, http.StatusOK).first("main").text()
		if !strings.Contains(text, "Register of cut") || strings.Contains(text, "not known then") || strings.Contains(text, "not published") {
			t.Errorf("%s", text)
		}
	}
	editor.send(t, edited+"/publish", nil, http.StatusSeeOther)
	if text := s.open(t, edited).first("main").text(); !strings.Contains(text, "Register of cut") || strings.Contains(text, "not published") {
		t.Errorf("once published: %s", text)
	}
}

// A heading says who speaks, for whom and of what, and who is asked.
func TestReview_headsAProposalWithWhomItConcerns(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	_, author := s.member(t, "Author", models.RoleContributor)
	editor, _ := s.member(t, "Editor", models.RoleEditor)
	microsoft, unit := s.entity(t, "microsoft").ID, s.entity(t, "unit-8200").ID
	supply := uuid.MustParse(s.id(t, models.TypeRelationship, url.Values{"type": {"supplied_to"}, "object": {"unit-8200"}}))
	cite := []models.Citation{{Source: uuid.MustParse(s.sourceOf(t))}}
	said, _ := models.ParseDate("2025-10")
	create := func(kind models.RecordType, data models.Document) models.Operation {
		return models.Operation{Op: models.OpCreate, Type: kind, ID: uuid.Must(uuid.NewV7()), Data: data}
	}
	home := s.propose(t, author,
		create(models.TypeClaim, &models.Claim{Speakers: []models.Speaker{{Entity: &microsoft}, {Description: "a manager", OnBehalfOf: &microsoft}}, Stance: models.Denies, SaidOn: said, Text: "No.", About: []uuid.UUID{supply}, Citations: cite}),
		create(models.TypeOpenItem, &models.OpenItem{Kind: "demand", Text: "Stop it.", Addressee: microsoft, RaisedOn: said, About: []uuid.UUID{unit}, Citations: cite}),
		create(models.TypeOpenItem, &models.OpenItem{Kind: "commitment", Text: "We shall stop.", Addressee: microsoft, RaisedOn: said, About: []uuid.UUID{unit}, Citations: cite}))
	text := editor.page(t, home, http.StatusOK).first("main").text()
	for _, want := range []string{"claim: Denial: Microsoft and a manager for Microsoft (October 2025), about ", " to Unit 8200", "open item: Demand to Microsoft: Stop it.", "open item: Commitment by Microsoft: We shall stop."} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %s", want, text)
		}
	}
}
