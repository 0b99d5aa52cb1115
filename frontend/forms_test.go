package frontend_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"plumbline/models"
	"plumbline/services"
)

// typedInto gives what a browser would send of a form as it is shown.
func typedInto(form *node) url.Values {
	values := url.Values{}
	for _, field := range form.all("input[name]") {
		kind := field.at("type")
		if (kind == "radio" || kind == "checkbox") && !has(field.Node, "checked") {
			continue
		}
		values.Add(field.at("name"), field.at("value"))
	}
	for _, field := range form.all("textarea[name]") {
		text := ""
		for child := range field.ChildNodes() {
			text += child.Data
		}
		values.Add(field.at("name"), text)
	}
	for _, field := range form.all("select[name]") {
		chosen := ""
		for _, option := range field.all("option") {
			if has(option.Node, "selected") {
				chosen = option.at("value")
			}
		}
		values.Add(field.at("name"), chosen)
	}
	return values
}

// fill opens a form, changes fields, and sends it with a button.
func (b *browser) fill(t testing.TB, page *node, button string, status int, fields ...string) (location string, shown *node) {
	t.Helper()
	form := page.first("form.record-form")
	if form == nil {
		t.Fatalf("there is no form on the page %q", page.first("title").text())
	}
	values := typedInto(form)
	for i := 0; i+1 < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	values.Set("do", button)
	answer := b.send(t, form.at("action"), values, status)
	if status == http.StatusSeeOther {
		return answer.Header().Get("Location"), nil
	}
	return "", readPage(t, answer, status)
}

// finish sends a draft whose answers are being checked, and gives where that leads.
func (b *browser) finish(t testing.TB, check string) string {
	t.Helper()
	page := b.page(t, check, http.StatusOK)
	form := page.first("main form")
	return b.send(t, form.at("action"), typedInto(form), http.StatusSeeOther).Header().Get("Location")
}

func (s *site) sourceOf(t testing.TB) string {
	return s.id(t, models.TypeSource, url.Values{"kind": {"article"}})
}

func (s *site) document(t testing.TB, kind models.RecordType, id string) services.Record {
	t.Helper()
	page, err := s.services.Get(context.Background(), models.Actor{}, kind, id, services.Moment{})
	if err != nil {
		t.Fatal(err)
	}
	return page.Records[0]
}

func TestForm_enterARecordOfEveryKind(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	editor, _ := s.member(t, "Editor", models.RoleEditor)
	source := s.sourceOf(t)
	link := s.id(t, models.TypeRelationship, url.Values{"type": {"supplied_to"}, "object": {"unit-8200"}})
	claim := s.id(t, models.TypeClaim, url.Values{"stance": {"alleges"}})
	for _, test := range []struct {
		name, address string
		fields        []string
	}{
		{"status change", "/new/status_change?record=" + link + "&source=" + source, []string{"/status", "restricted", "/extent", "partial", "/scope", "certain subscriptions", "/effective", "by 25 September 2025"}},
		{"claim", "/new/claim?answers=" + claim + "&source=" + source, []string{"/speakers/0/entity", "Microsoft", "/stance", "denies", "/text", "It is <b>not</b> so.", "/said_on", "end of August 2025"}},
		{"anonymous claim", "/new/claim?about=microsoft&source=" + source, []string{"/speakers/0/description", "an official", "/stance", "states", "/text", "So it is.", "/said_on", "2025"}},
		{"source", "/new/source", []string{"/title", "A new article", "/url", "https://example.org/article", "/published", "1 November 2025", "/publishers/0", "The Guardian", "/authors", "A. Writer\nB. Writer"}},
		{"open item", "/new/open_item?addressee=microsoft&source=" + source, []string{"/kind", "question", "/text", "Why?", "/raised_on", "October 2025"}},
		{"company", "/new/entity?kind=company&source=" + source, []string{"/name", "Acme & Sons", "/places", "IL, nl", "/names/0/text", "אקמה", "/names/0/type", "alias", "/names/0/language", "he", "/identifiers/0/scheme", "lei", "/identifiers/0/value", "INR2EJN1ERAN0W5ZP974"}},
		{"group", "/new/entity?kind=group&source=" + source, []string{"/name", "Some engineers", "/count/exactness", "at_least", "/count/number", "3"}},
		{"contract", "/new/entity?kind=contract&source=" + source, []string{"/name", "A contract", "/value/amount", "1500000.00", "/value/currency", "USD", "/start", "about 2021"}},
		{"organization", "/new/entity?kind=organization&source=" + source, []string{"/name", "A paper", "/organization_type", "media"}},
		{"case", "/new/entity?kind=case", []string{"/name", "Another case", "/members/0", "Microsoft"}},
		{"supply", "/new/relationship?kind=supplied_to&source=" + source, []string{"/subject", "Azure cloud storage", "/object", "Unit 8200", "/purposes", "storage", "/quantity", "several"}},
		{"position", "/new/relationship?kind=position&subject=brad-smith&object=microsoft&source=" + source, []string{"/title", "Chair", "/start", "since 2021"}},
		{"share", "/new/relationship?kind=owns&subject=microsoft&source=" + source, []string{"/object", "Acme & Sons", "/share", "12.5"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			page := editor.page(t, test.address, http.StatusOK)
			checkForm(t, test.address, page)
			draft, failed := "", (*node)(nil)
			form := page.first("form.record-form")
			values := typedInto(form)
			for i := 0; i+1 < len(test.fields); i += 2 {
				values.Set(test.fields[i], test.fields[i+1])
			}
			values.Set("do", "check")
			answer := editor.do(http.MethodPost, form.at("action"), values)
			if answer.Code != http.StatusSeeOther {
				failed = readPage(t, answer, answer.Code)
				t.Fatalf("%d: %s", answer.Code, failed.first("section.problems").text())
			}
			draft = answer.Header().Get("Location")
			checkForm(t, draft, editor.page(t, draft, http.StatusOK))
			home := editor.finish(t, draft)
			record := strings.TrimPrefix(home, "/records/")
			if record == home {
				t.Fatalf("it leads to %s", home)
			}
			// As published it can be edited, and an edit that changes nothing else goes through.
			edit := editor.page(t, home+"/edit", http.StatusOK)
			checkForm(t, home+"/edit", edit)
			before := s.document(t, "", record)
			location, _ := editor.fill(t, edit, "check", http.StatusSeeOther, "edit", "corrected", "why", "A test.")
			editor.finish(t, location)
			if after := s.document(t, "", record); !sameDocument(before.Document, after.Document) || after.Version != before.Version+1 {
				t.Errorf("an edit changed the document:\n%+v\n%+v", before.Document, after.Document)
			}
		})
	}
}

// checkForm checks the shape of a page with a form: every field labelled, nothing said twice.
func checkForm(t *testing.T, address string, page *node) {
	t.Helper()
	ids := map[string]bool{}
	for _, one := range page.all("[id]") {
		if ids[one.at("id")] {
			t.Errorf("%s: the id %q is there twice", address, one.at("id"))
		}
		ids[one.at("id")] = true
	}
	labelled := map[string]bool{}
	for _, label := range page.all("label[for]") {
		labelled[label.at("for")] = label.text() != ""
		if !ids[label.at("for")] {
			t.Errorf("%s: a label is for %q, which is not there", address, label.at("for"))
		}
	}
	for _, field := range append(append(page.all("main input"), page.all("main select")...), page.all("main textarea")...) {
		if field.at("type") != "hidden" && !labelled[field.at("id")] {
			t.Errorf("%s: the field %q has no label", address, field.at("name"))
		}
	}
	for _, one := range page.all("[aria-describedby]") {
		for _, id := range strings.Fields(one.at("aria-describedby")) {
			if !ids[id] {
				t.Errorf("%s: a description %q is not there", address, id)
			}
		}
	}
}

// sameDocument compares documents by what their revisions would hold.
func sameDocument(a, b models.Document) bool {
	one, failed := json.Marshal(a)
	other, err := json.Marshal(b)
	return failed == nil && err == nil && string(one) == string(other)
}

func TestForm_everyProblemLandsOnItsField(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	editor, _ := s.member(t, "Editor", models.RoleEditor)
	source := s.sourceOf(t)
	link := s.id(t, models.TypeRelationship, url.Values{"type": {"supplied_to"}, "object": {"unit-8200"}})
	for _, test := range []struct {
		name, address string
		fields        []string
		want          map[string]string
	}{
		{"an empty status change", "/new/status_change", nil, map[string]string{"record": "What changed", "status-0": "New status", "effective": "When it took effect", "citations-0-source": "Nothing is published without a source"}},
		{"a part without words", "/new/status_change?record=" + link + "&source=" + source, []string{"/status", "suspended", "/extent", "partial", "/effective", "soon"}, map[string]string{"scope": "of what part", "effective": "cannot be read as a date"}},
		{"an empty claim", "/new/claim", nil, map[string]string{"stance": "In what manner", "text": "What is said", "said_on": "When it was said", "speakers-0-entity": "Say who speaks", "about-0": "at least one record"}},
		{"an empty source", "/new/source", nil, map[string]string{"title": "Title"}},
		{"a bad address", "/new/source", []string{"/title", "x", "/url", "javascript:alert(1)", "/kind", "article"}, map[string]string{"url": "https://"}},
		{"a company with bad codes", "/new/entity?kind=company&source=" + source, []string{"/name", "x", "/places", "ZZ", "/names/1/text", "y", "/names/1/type", "nonsense", "/identifiers/0/scheme", "A B", "/identifiers/0/value", "1"},
			map[string]string{"places": "ZZ", "names-1-type": "nonsense", "identifiers-0-scheme": "small letters"}},
		{"a share that is no number", "/new/relationship?kind=owns&subject=microsoft&source=" + source, []string{"/share", "half"}, map[string]string{"share": "no number", "object": "To"}},
		{"ends that do not fit", "/new/relationship?kind=owns&subject=microsoft&object=unit-8200&source=" + source, nil, map[string]string{"object": "cannot lead from"}},
		{"a name that is not there", "/new/open_item?source=" + source, []string{"/addressee", "Zzyzx Industries"}, map[string]string{"addressee": "Nothing here is called"}},
		{"a name that may be several", "/new/open_item?source=" + source, []string{"/addressee", "microsof"}, map[string]string{"addressee": "Which one do you mean"}},
		{"a new source without a title", "/new/open_item", []string{"/citations/0/source:url", "ftp://x", "/citations/0/source:published", "some day"}, map[string]string{"citations-0-source-title": "", "citations-0-source-url": "https://", "citations-0-source-published": "cannot be read"}},
		{"an edit without why", "/records/" + link + "/edit", nil, map[string]string{"edit-0": "world_changed", "why": "Say why"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, page := editor.fill(t, editor.page(t, test.address, http.StatusOK), "check", http.StatusUnprocessableEntity, test.fields...)
			checkForm(t, test.address, page)
			summary := map[string]string{}
			for _, a := range page.all("section.problems a") {
				id := strings.TrimPrefix(a.at("href"), "#")
				if page.first("#"+id) == nil {
					t.Errorf("the summary leads to %q, which is not there", id)
				}
				summary[id] = a.text()
			}
			for id, words := range test.want {
				if !strings.Contains(summary[id], words) {
					t.Errorf("%s: %q, want %q; all: %v", id, summary[id], words, summary)
				}
			}
		})
	}
}

func TestForm_keepsWhatWasTypedOverAStaleVersion(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	editor, _ := s.member(t, "Editor", models.RoleEditor)
	unit := s.document(t, models.TypeEntity, "unit-8200")
	page := editor.page(t, "/records/unit-8200/edit", http.StatusOK)

	changed := *unit.Document.(*models.Entity)
	changed.Summary = "Somebody else’s summary."
	s.publish(t, models.Operation{Op: models.OpEdit, Type: models.TypeEntity, ID: unit.ID, Version: unit.Version, Edit: models.Corrected, Reason: "x", Data: &changed})

	_, shown := editor.fill(t, page, "check", http.StatusUnprocessableEntity, "edit", "corrected", "why", "Better words.", "/summary", "My summary.")
	main := shown.first("main").text()
	if !strings.Contains(main, "Somebody else changed this record") || !strings.Contains(main, "Now recorded: Somebody else’s summary.") {
		t.Errorf("the page does not show the record as it stands: %s", main)
	}
	if got := typedInto(shown.first("form.record-form")).Get("/summary"); got != "My summary." {
		t.Errorf("what was typed became %q", got)
	}
	location, _ := editor.fill(t, shown, "check", http.StatusSeeOther)
	editor.finish(t, location)
	if got := s.document(t, models.TypeEntity, "unit-8200"); got.Document.(*models.Entity).Summary != "My summary." || got.Version != unit.Version+2 {
		t.Errorf("version %d: %+v", got.Version, got.Document)
	}
}

func TestDraft_losesNothingAndIsItsAuthorsAlone(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	author, _ := s.member(t, "Author", models.RoleContributor)
	other, _ := s.member(t, "Other", models.RoleContributor)
	source := s.sourceOf(t)
	page := author.page(t, "/new/claim?about=microsoft&source="+source, http.StatusOK)
	home, _ := author.fill(t, page, "save", http.StatusSeeOther, "/text", "Half a <script>alert(1)</script> sentence", "/said_on", "at some time")
	for range 2 {
		again := author.page(t, home, http.StatusOK)
		kept := typedInto(again.first("form.record-form"))
		if kept.Get("/text") != "Half a <script>alert(1)</script> sentence" || kept.Get("/said_on") != "at some time" || kept.Get("/about/0") != "Microsoft" {
			t.Fatalf("kept: %v", kept)
		}
	}
	if drafts := author.page(t, "/drafts", http.StatusOK); !linksTo(drafts.all("main a"), home) {
		t.Error("the list does not lead to the draft")
	}
	if drafts := other.page(t, "/drafts", http.StatusOK); linksTo(drafts.all("main a"), home) {
		t.Error("somebody else's list leads to the draft")
	}
	other.page(t, home, http.StatusNotFound)
	other.page(t, home+"/check", http.StatusNotFound)
	for _, does := range []string{"/submit", "/discard"} {
		if answer := other.do(http.MethodPost, home+does, nil); answer.Code < 400 || answer.Code >= 500 {
			t.Errorf("somebody else could %s it: %d", does, answer.Code)
		}
	}
	stolen := typedInto(page.first("form.record-form"))
	stolen.Set("do", "save")
	if answer := other.do(http.MethodPost, home, stolen); answer.Code < 400 || answer.Code >= 500 {
		t.Errorf("somebody else wrote into it: %d", answer.Code)
	}

	// A script keeps it as one types; an older window does not write over it.
	values := typedInto(author.page(t, home, http.StatusOK).first("form.record-form"))
	values.Set("do", "keep")
	values.Set("/text", "A whole sentence.")
	if answer := author.do(http.MethodPost, home, values); answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), `"edition":2`) {
		t.Errorf("kept: %d %s", answer.Code, answer.Body)
	}
	if answer := author.do(http.MethodPost, home, values); answer.Code != http.StatusConflict {
		t.Errorf("an older window: %d", answer.Code)
	}

	// Whose word alone is not enough is told that it waits.
	location, _ := author.fill(t, author.page(t, home, http.StatusOK), "check", http.StatusSeeOther, "/speakers/0/entity", "Microsoft", "/stance", "states", "/said_on", "2025")
	if check := author.page(t, location, http.StatusOK).first("main").text(); !strings.Contains(check, "waits for review") || !strings.Contains(check, "Send for review") || !strings.Contains(check, "A whole sentence.") {
		t.Errorf("the check says %q", check)
	}
	if to := author.finish(t, location); !strings.Contains(author.page(t, to, http.StatusOK).text(), "Your proposal waits for review.") {
		t.Errorf("%s does not say that it waits", to)
	}
	author.page(t, home, http.StatusNotFound)
}

func TestForm_makesWhatItNamesInPlace(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	editor, _ := s.member(t, "Editor", models.RoleEditor)
	home, _ := editor.fill(t, editor.page(t, "/new/relationship?kind=provides&subject=microsoft", http.StatusOK), "look:/object", http.StatusSeeOther, "/object", "Quantum Cloud",
		"/citations/0/source:title", "A fresh article", "/citations/0/source:url", "https://example.org/fresh", "/citations/0/source:publisher", "Daily Bugle", "/citations/0/source:published", "1 November 2025")
	home, _, _ = strings.Cut(home, "#")
	shown := editor.page(t, home, http.StatusOK)
	checkForm(t, home, shown)
	location, _ := editor.fill(t, shown, "check", http.StatusSeeOther, "/object:id", "new:service", "/citations/0/source:publisher:id", "new:organization")
	check := editor.page(t, location, http.StatusOK).first("main").text()
	if !strings.Contains(check, "Quantum Cloud (service), made together with this record") {
		t.Errorf("the check says %q", check)
	}
	editor.finish(t, location)
	service := s.document(t, models.TypeEntity, "quantum-cloud")
	cited := service.Document.Cited()
	if len(cited) != 1 {
		t.Fatalf("the new service cites %v", cited)
	}
	source := s.document(t, models.TypeSource, cited[0].Source.String()).Document.(*models.Source)
	bugle := s.document(t, models.TypeEntity, "daily-bugle")
	if source.Title != "A fresh article" || source.Published.Text != "2025-11-01" || len(source.Publishers) != 1 || source.Publishers[0] != bugle.ID {
		t.Errorf("the new source: %+v", source)
	}

	// The same address again is the same source.
	page := editor.page(t, "/new/open_item?addressee=microsoft", http.StatusOK)
	location, _ = editor.fill(t, page, "check", http.StatusSeeOther, "/kind", "question", "/text", "Why?", "/raised_on", "2025", "/citations/0/source:title", "Otherwise named", "/citations/0/source:url", "http://www.example.org/fresh/?utm_source=x")
	item := s.document(t, models.TypeOpenItem, strings.TrimPrefix(editor.finish(t, location), "/records/"))
	if item.Document.Cited()[0].Source != cited[0].Source {
		t.Error("a known address was entered twice")
	}
}

func TestForm_addsAndRemovesEntries(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	editor, _ := s.member(t, "Editor", models.RoleEditor)
	home, _ := editor.fill(t, editor.page(t, "/new/entity?kind=unit", http.StatusOK), "add:/names", http.StatusSeeOther, "/names/0/text", "One")
	home, _, _ = strings.Cut(home, "#")
	home, _ = editor.fill(t, editor.page(t, home, http.StatusOK), "add:/names", http.StatusSeeOther, "/names/1/text", "Two")
	home, _, _ = strings.Cut(home, "#")
	home, _ = editor.fill(t, editor.page(t, home, http.StatusOK), "remove:/names/0", http.StatusSeeOther, "/names/2/text", "Three")
	home, _, _ = strings.Cut(home, "#")
	values := typedInto(editor.page(t, home, http.StatusOK).first("form.record-form"))
	if values.Get("/names/0/text") != "Two" || values.Get("/names/1/text") != "Three" || values.Has("/names/2/text") {
		t.Errorf("names: %v", values)
	}
}

func TestForm_retractsAndRestoresWithAReason(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	editor, _ := s.member(t, "Editor", models.RoleEditor)
	id := s.id(t, models.TypeClaim, url.Values{"stance": {"alleges"}})
	for _, step := range []struct {
		path string
		want models.RecordState
	}{{"retract", models.StateRetracted}, {"restore", models.StateLive}} {
		page := editor.page(t, "/records/"+id+"/"+step.path, http.StatusOK)
		checkForm(t, step.path, page)
		_, wrong := editor.fill(t, page, "check", http.StatusUnprocessableEntity)
		if !linksTo(wrong.all("section.problems a"), "#why") {
			t.Errorf("%s without a reason: %s", step.path, wrong.first("main").text())
		}
		location, _ := editor.fill(t, wrong, "check", http.StatusSeeOther, "why", "A test.")
		editor.finish(t, location)
		if got := s.document(t, models.TypeClaim, id).State; got != step.want {
			t.Errorf("after %s it is %s", step.path, got)
		}
	}
}

func TestForms_areForThoseWhoMayPropose(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	reader, _ := s.member(t, "Reader", models.RoleReader)
	for _, address := range []string{"/new", "/new/claim", "/records/unit-8200/edit", "/records/unit-8200/retract", "/records/unit-8200/still-holds", "/records/unit-8200/notes", "/drafts", "/worklists", "/worklists/undisclosed", "/tasks", "/pick?q=unit&types=entity"} {
		if answer := s.ask(http.MethodGet, address); answer.Code != http.StatusSeeOther || !strings.HasPrefix(answer.Header().Get("Location"), "/sign-in") {
			t.Errorf("%s: the public got %d", address, answer.Code)
		}
		reader.page(t, address, http.StatusNotFound)
	}
	if page := s.open(t, "/units/unit-8200"); linksTo(page.all("main a"), "/new") || strings.Contains(page.text(), "Notes for members") {
		t.Error("the public is offered what members do")
	}
	author, _ := s.member(t, "Author", models.RoleContributor)
	if page := author.page(t, "/units/unit-8200", http.StatusOK); !linksTo(page.all("main a"), "/new/claim?about=") || !strings.Contains(page.text(), "Propose an edit") {
		t.Error("a contributor is not offered an edit")
	}
	author.page(t, "/new/nonsense", http.StatusNotFound)
	author.page(t, "/records/nobody/edit", http.StatusNotFound)
	author.page(t, "/drafts/nonsense", http.StatusNotFound)
}

func TestForms_neverFailByInput(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	editor, _ := s.member(t, "Editor", models.RoleEditor)
	unit := s.id(t, models.TypeEntity, url.Values{"kind": {"unit"}})
	nasty := []string{"", "\x00", "\xff\xfe", "<script>", "'; DROP TABLE", strings.Repeat("x", 30000), "-1", "99999999999999999999", "new:company", "new:", "0199a0a0-0000-7000-8000-000000000000", unit, "[..2025]"}
	names := []string{"/name", "/record", "/record:id", "/status", "/effective", "/citations/0/source", "/citations/0/source:id", "/citations/0/source:title", "/citations/99999999/source", "/names/-1/text", "/about/0", "//", "/", "/count", "/share", "op", "type", "id", "version", "kind", "part", "edition", "edit", "why", "do"}
	for i, address := range []string{"/new/status_change", "/new/entity?kind=group", "/new/relationship?kind=owns", "/new/claim", "/records/unit-8200/edit"} {
		form := editor.page(t, address, http.StatusOK).first("form.record-form")
		for _, name := range names {
			for _, value := range nasty {
				values := typedInto(form)
				values.Set("do", []string{"check", "save", "look:/record", "keep", "add:/names"}[i])
				values.Set(name, value)
				values.Set(name+":was", value)
				answer := editor.do(http.MethodPost, "/drafts/"+uuid.Must(uuid.NewV7()).String(), values)
				if answer.Code >= 500 {
					t.Fatalf("%s with %s=%.40q: %d", address, name, value, answer.Code)
				}
				if location := answer.Header().Get("Location"); answer.Code == http.StatusSeeOther {
					location, _, _ = strings.Cut(location, "#")
					if again := editor.do(http.MethodGet, location, nil); again.Code >= 500 {
						t.Fatalf("%s after %s=%.40q: %d", location, name, value, again.Code)
					}
				}
			}
		}
	}
}

func TestWorklists_leadToTheFormThatMends(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	editor, _ := s.member(t, "Editor", models.RoleEditor)
	page := editor.page(t, "/worklists", http.StatusOK)
	checkForm(t, "/worklists", page)
	if !linksTo(page.all("main a"), "/new/claim?answers=") || !linksTo(page.all("main a"), "/new/status_change?record=") {
		t.Error("the rows lead to no form")
	}
	for _, a := range page.all("ul.rows a") {
		if to := a.at("href"); strings.HasPrefix(to, "/new/") || strings.Contains(to, "/edit") || strings.Contains(to, "/still-holds") {
			to, at, _ := strings.Cut(to, "#")
			if form := editor.page(t, to, http.StatusOK); at != "" && form.first("#"+at) == nil {
				t.Errorf("%s has no #%s", to, at)
			}
		}
	}
	editor.page(t, "/worklists/single-origin?type=claim", http.StatusOK)
	editor.page(t, "/worklists/nonsense", http.StatusNotFound)
	editor.page(t, "/worklists/undisclosed?type=claim", http.StatusBadRequest)

	link := s.id(t, models.TypeRelationship, url.Values{"type": {"supplied_to"}, "status": {"active"}})
	before := s.document(t, models.TypeRelationship, link)
	form := editor.page(t, "/records/"+link+"/still-holds", http.StatusOK)
	checkForm(t, "still-holds", form)
	values := typedInto(form.first("main form"))
	editor.send(t, "/records/"+link+"/still-holds", values, http.StatusUnprocessableEntity) // neither a source nor that none was found
	values.Set("source", "new")
	editor.send(t, "/records/"+link+"/still-holds", values, http.StatusUnprocessableEntity)
	values.Del("source") // what is entered says it
	values.Set("title", "A later look")
	values.Set("url", "https://later.example/look")
	values.Set("published", "30 October 2025")
	values.Set("found", "nothing")
	editor.send(t, "/records/"+link+"/still-holds", values, http.StatusUnprocessableEntity) // one thing and its opposite
	values.Del("found")
	values.Set("source", form.first("input[name=source]").at("value"))
	editor.send(t, "/records/"+link+"/still-holds", values, http.StatusUnprocessableEntity) // two sources
	values.Del("source")
	editor.send(t, "/records/"+link+"/still-holds", values, http.StatusSeeOther)
	if after := s.document(t, models.TypeRelationship, link); after.Standing.LastEvidenced.String() != "2025-10-30" || after.Version != before.Version+1 {
		t.Errorf("%+v", after.Standing)
	}
	editor.send(t, "/records/"+link+"/still-holds", values, http.StatusUnprocessableEntity) // of a version that is gone
}

func TestNotes_stayAmongMembers(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	editor, account := s.member(t, "Editor", models.RoleEditor)
	const words = "zanzibar <b>among</b> ourselves"
	home := "/records/" + s.id(t, models.TypeEntity, url.Values{"kind": {"unit"}}) + "/notes"
	checkForm(t, home, editor.page(t, home, http.StatusOK))
	editor.send(t, home, url.Values{"text": {" "}}, http.StatusUnprocessableEntity)
	editor.send(t, home, url.Values{"text": {words}, "assigned": {"person:" + account.ID.String()}}, http.StatusSeeOther)
	tasks := editor.page(t, "/tasks", http.StatusOK)
	if !strings.Contains(tasks.text(), words) {
		t.Error("the task is not among one's own")
	}
	id := strings.TrimPrefix(tasks.first("form.inline").at("action"), "/notes/")
	for _, address := range append([]string{"/records/" + strings.Split(home, "/")[2], "/new"}, lists...) {
		if answer := s.ask(http.MethodGet, address); strings.Contains(answer.Body.String(), "zanzibar") {
			t.Errorf("%s tells the public", address)
		}
	}
	editor.send(t, "/notes/"+id, url.Values{"do": {"done"}, "next": {"https://evil.example/"}}, http.StatusSeeOther)
	if done := editor.page(t, "/tasks?show=done", http.StatusOK); !strings.Contains(done.text(), "Done: Editor") {
		t.Error("the task is not done")
	}
	editor.send(t, "/notes/"+id, url.Values{"do": {"delete"}}, http.StatusSeeOther)
	editor.send(t, "/notes/"+id, url.Values{"do": {"delete"}}, http.StatusNotFound)
}
