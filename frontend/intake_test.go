package frontend_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/frontend/browsertest"
	"plumbline/models"
	"plumbline/services"
)

// disabling is an article written for the tests, about the step of the first case.
const disabling = `Microsoft switches off services for a unit of the Israeli defence ministry

Microsoft said on Thursday that it had disabled certain Azure cloud storage subscriptions of an unidentified unit in IMOD. A review that began in August had found evidence in support of a report by The Guardian.
Microsoft declined to say which unit had lost access. Campaigners of No Azure for Apartheid urged the company to terminate all contracts with the Israeli military.
Judith Example, a researcher in Leipzig, said the step was overdue. <script>alert("x")</script>`

// beforeDisabling is the dashboard as it was before that article: a company supplies cloud storage
// to a unit that is not disclosed. It gives the link.
func beforeDisabling(t testing.TB) (*site, uuid.UUID) {
	t.Helper()
	s := emptySite(t)
	source := models.Operation{Op: models.OpCreate, Type: models.TypeSource, ID: uuid.Must(uuid.NewV7()), Data: &models.Source{Kind: "article", Title: "An earlier article"}}
	cited := []models.Citation{{Source: source.ID}}
	operations := []models.Operation{source}
	add := func(t models.RecordType, data models.Document) uuid.UUID {
		id := uuid.Must(uuid.NewV7())
		operations = append(operations, models.Operation{Op: models.OpCreate, Type: t, ID: id, Data: data})
		return id
	}
	entity := func(kind models.EntityKind, name string, others ...string) uuid.UUID {
		e := &models.Entity{Kind: kind, Name: name, Identity: models.Disclosed, Citations: cited}
		for _, other := range others {
			e.Names = append(e.Names, models.Name{Text: other, Type: "alias"})
		}
		return add(models.TypeEntity, e)
	}
	link := func(kind models.RelationshipType, from, to uuid.UUID) uuid.UUID {
		return add(models.TypeRelationship, &models.Relationship{Type: kind, Subject: from, Object: to, Citations: cited})
	}
	microsoft, storage := entity(models.KindCompany, "Microsoft", "مايكروسوفت"), entity(models.KindService, "Azure cloud storage")
	ministry, unit := entity(models.KindUnit, "Israel Ministry of Defense", "IMOD"), entity(models.KindUnit, "Unidentified unit in IMOD")
	entity(models.KindOrganization, "The Guardian")
	link(models.Provides, microsoft, storage)
	link(models.PartOf, unit, ministry)
	supply := link(models.SuppliedTo, storage, unit)
	s.publish(t, operations...)
	return s, supply
}

// TestIntake_theMinute plays it in a browser: an article is pasted, what it says is taken, checked
// and sent; another person approves; readers see it. With scripts and without, all that the member
// does are six inputs, the buttons among them, of which two are typed.
func TestIntake_theMinute(t *testing.T) {
	t.Parallel()
	b := browsertest.Start(t)
	for _, options := range []browsertest.Options{{}, {NoScript: true}} {
		t.Run(fmt.Sprintf("scripts %v", !options.NoScript), func(t *testing.T) {
			s, supply := beforeDisabling(t)
			server := httptest.NewServer(s)
			t.Cleanup(server.Close)
			tab := signedIn(t, s, server, b.For(t), models.RoleContributor, 1280, options)
			tab.Go(server.URL + "/intake")

			inputs, typed := 0, 0
			write := func(enter func(selector, words string), selector, words string) {
				inputs, typed = inputs+1, typed+1
				enter(selector, words)
			}
			press := func(selector string) {
				inputs++
				tab.Follow(selector)
			}
			write(tab.Paste, "#text", disabling)
			write(tab.Type, "#published", "26 September 2025")
			press(".article-form button")
			checkTab(t, tab)
			inputs++
			tab.Click(`#steps input[name=take]`)
			press(".found > .actions button")
			if !strings.HasSuffix(tab.URL(), "/check") {
				t.Fatalf("it leads to %s: %s", tab.URL(), tab.Evaluate("document.querySelector('main').innerText"))
			}
			checkTab(t, tab)
			press("main form button[type=submit]")
			if inputs > 6 || typed > 2 {
				t.Errorf("%d inputs, %d typed", inputs, typed)
			}

			// Another person finds it in the queue, reads it and publishes it.
			editor := signedIn(t, s, server, b.For(t), models.RoleEditor, 1280, options)
			editor.Go(server.URL + "/review")
			editor.Follow(`main .rows a[href^="/changesets/"]`)
			if text := editor.Evaluate("document.querySelector('main').innerText"); !strings.Contains(text, "Unidentified unit in IMOD") {
				t.Errorf("the reviewer sees: %s", text)
			}
			checkTab(t, editor)
			editor.Follow(`button[formaction$="/publish"]`)

			overview := b.For(t).Open(server.URL+"/", 1280, 800, options)
			if text := overview.Evaluate("document.querySelector('main').innerText"); !strings.Contains(text, "Unidentified unit in IMOD") || !strings.Contains(strings.ToLower(text), "disabled") {
				t.Errorf("the dashboard shows: %s", text)
			}
			reader := b.For(t).Open(server.URL+"/supplies?status=disabled", 1280, 800, options)
			if text := reader.Evaluate("document.querySelector('main').innerText"); !strings.Contains(text, "Unidentified unit in IMOD") || !strings.Contains(strings.ToLower(text), "disabled") {
				t.Errorf("readers see: %s", text)
			}
			record := s.document(t, models.TypeRelationship, supply.String())
			if record.Status.Span.Status != "disabled" || record.Status.Span.Extent != models.Partial {
				t.Errorf("status %+v", record.Status.Span)
			}
		})
	}
}

// The bookmark leads here with an address, which is typed in; who is not signed in comes back to it.
func TestIntake_isPrefilledByABookmark(t *testing.T) {
	t.Parallel()
	s, _ := beforeDisabling(t)
	const query = "/intake?url=https%3A%2F%2Fnews.example%2Fa%3Fid%3D1%26page%3D2&title=A+story"
	answer := s.ask(http.MethodGet, query)
	if to, err := url.Parse(answer.Header().Get("Location")); err != nil || answer.Code != http.StatusSeeOther || to.Path != "/sign-in" || to.Query().Get("next") != query {
		t.Errorf("signed out, it leads to %d %s", answer.Code, answer.Header().Get("Location"))
	}
	member, _ := s.member(t, "Member", models.RoleContributor)
	page := member.page(t, query, http.StatusOK)
	typed := typedInto(page.first("form.article-form"))
	if typed.Get("url") != "https://news.example/a?id=1&page=2" || typed.Get("title") != "A story" {
		t.Errorf("typed in is %v", typed)
	}
	bookmark := page.first("#bookmark").at("value")
	if !strings.HasPrefix(bookmark, "javascript:location.href='http") || !strings.HasSuffix(bookmark, "/intake?url='+encodeURIComponent(location.href)") {
		t.Errorf("the bookmark is %s", bookmark)
	}
	for _, a := range page.all("a") {
		if strings.HasPrefix(a.at("href"), "javascript:") {
			t.Errorf("a link runs code: %s", a.at("href"))
		}
	}
}

// approveAll has somebody else approve what waits.
func (s *site) approveAll(t testing.TB, want int) {
	t.Helper()
	q, err := services.ParseChangesets(url.Values{"status": {"submitted"}})
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.services.Changesets(context.Background(), s.by, q)
	if err != nil || len(page.Changesets) != want {
		t.Fatalf("%d changesets wait, %v", len(page.Changesets), err)
	}
	for _, one := range page.Changesets {
		if _, err := s.services.Approve(context.Background(), s.by, one.ID, "Checked."); err != nil {
			t.Fatal(err)
		}
	}
}

// follow sends a form of a page, as a browser would, with some fields changed.
func (b *browser) follow(t testing.TB, page *node, form string, status int, fields ...string) *httptest.ResponseRecorder {
	t.Helper()
	one := page.first(form)
	if one == nil {
		t.Fatalf("there is no form %s", form)
	}
	values := typedInto(one)
	for i := 0; i+1 < len(fields); i += 2 {
		values[fields[i]] = append(values[fields[i]][:0:0], strings.Split(fields[i+1], "|")...)
	}
	return b.send(t, one.at("action"), values, status)
}

// takenIn gives the page of an article that was taken in.
func (b *browser) takenIn(t testing.TB, fields ...string) (address string, page *node) {
	t.Helper()
	address = b.follow(t, b.page(t, "/intake", http.StatusOK), "form.article-form", http.StatusSeeOther, fields...).Header().Get("Location")
	return address, b.page(t, address, http.StatusOK)
}

func TestIntake_tiesSuggestionsToTheirPlaces(t *testing.T) {
	t.Parallel()
	s, _ := beforeDisabling(t)
	member, _ := s.member(t, "Member", models.RoleContributor)
	address, page := member.takenIn(t, "text", disabling, "published", "26 September 2025")
	checkForm(t, address, page)
	ids := map[string]bool{}
	for _, one := range page.all("[id]") {
		ids[one.at("id")] = true
	}
	back, there := 0, 0
	for _, a := range page.all(".article-body mark a") {
		back++
		if !ids[strings.TrimPrefix(a.at("href"), "#")] {
			t.Errorf("the mark %q leads nowhere: %s", a.text(), a.at("href"))
		}
	}
	for _, a := range page.all(".found-entry a") {
		if !strings.HasPrefix(a.at("href"), "#") {
			continue
		}
		there++
		if !ids[strings.TrimPrefix(a.at("href"), "#")] {
			t.Errorf("a suggestion leads nowhere: %s", a.at("href"))
		}
	}
	if back < 8 || there < 8 {
		t.Errorf("%d marks, %d suggestions", back, there)
	}
	// The text stands there as it was pasted, its markup as text.
	body := page.first(".article-body")
	if body.first("script") != nil || !strings.Contains(body.text(), `<script>alert("x")</script>`) {
		t.Errorf("the text is %q", body.text())
	}
	step := page.first("#steps .found-entry")
	for _, want := range []string{"disabled", "signals the status", "Azure cloud storage", "Unidentified unit in IMOD"} {
		if !strings.Contains(step.text(), want) {
			t.Errorf("the step does not say %q: %s", want, step.text())
		}
	}
}

// Several operations in one draft: each has its form, what is wrong with one leads there, and they
// are published together.
func TestIntake_makesADraftOfSeveralOperations(t *testing.T) {
	t.Parallel()
	s, supply := beforeDisabling(t)
	member, _ := s.member(t, "Member", models.RoleContributor)
	_, page := member.takenIn(t, "text", disabling, "published", "26 September 2025", "publisher", "Example News", "authors", "Ada Writer", "url", "https://m.news.example/a?utm_source=x")
	step, claim := page.first("#steps input[name=take]").at("value"), page.first("#claims input[name=take]").at("value")
	unknown := page.first("#new-names input[name=take]").at("value")
	name := page.first("#names input[name=take]").at("value")

	// A date that cannot be read is said beside its field, and nothing is lost.
	failed := readPage(t, member.follow(t, page, "form.found", http.StatusUnprocessableEntity, "take", step+"|"+claim, step+":date", "soonish"), http.StatusUnprocessableEntity)
	if failed.first("#found-"+step+"-date-problem") == nil || failed.first("section.problems a").at("href") != "#found-"+step+"-date" {
		t.Errorf("the problem is not at its field: %s", failed.first("main").text())
	}
	if got := typedInto(failed.first("form.found")); len(got["take"]) != 2 || got.Get(step+":date") != "soonish" {
		t.Errorf("what was typed is lost: %v", got)
	}

	check := member.follow(t, failed, "form.found", http.StatusSeeOther, "take", strings.Join([]string{step, claim, unknown, name}, "|"), step+":date", "by 25 September 2025", step+":scope", "certain subscriptions").Header().Get("Location")
	answers := member.page(t, check, http.StatusOK)
	if parts := answers.all("dl.answers"); len(parts) != 6 {
		t.Fatalf("the check shows %d parts: %s", len(parts), answers.first("main").text())
	}
	home := strings.TrimSuffix(check, "/check")

	// One part is emptied: the check leads to its form, with what is wrong.
	parts := member.page(t, home, http.StatusOK).all("main nav.contents a")
	if len(parts) != 6 {
		t.Fatalf("the draft has %d parts", len(parts))
	}
	at := -1
	for i, part := range parts {
		if strings.Contains(part.text(), "status change") {
			at = i
		}
	}
	form := member.page(t, parts[at].at("href"), http.StatusOK)
	if typedInto(form.first("form.record-form")).Get("/scope") != "certain subscriptions" {
		t.Error("what was changed among the suggestions is not in the form")
	}
	_, wrong := member.fill(t, form, "check", http.StatusUnprocessableEntity, "/effective", "")
	if wrong.first("section.problems a").at("href") != "#effective" {
		t.Errorf("the problem leads to %s", wrong.first("section.problems").text())
	}
	answer := member.do(http.MethodGet, check, nil)
	again := member.page(t, answer.Header().Get("Location"), http.StatusOK)
	if again.first("#effective") == nil {
		t.Errorf("the check leads to another part: %s", again.first("h1").text())
	}
	if location, _ := member.fill(t, again, "check", http.StatusSeeOther, "/effective", "by 25 September 2025"); location != check {
		t.Errorf("mended, it leads to %s", location)
	}

	member.finish(t, check)
	s.approveAll(t, 1)
	record := s.document(t, models.TypeRelationship, supply.String())
	if record.Status.Span.Status != "disabled" {
		t.Errorf("status %+v", record.Status)
	}
	source := s.document(t, models.TypeSource, s.id(t, models.TypeSource, url.Values{"url": {"https://news.example/a"}})).Document.(*models.Source)
	if source.URL != "https://news.example/a" || len(source.Publishers) != 1 || len(source.Authors) != 1 || source.Published.Text != "2025-09-26" {
		t.Errorf("source %+v", source)
	}

	// The article is known from now on, by its address in any spelling.
	_, known := member.takenIn(t, "text", disabling, "url", "http://www.news.example/a/?fbclid=1")
	if !strings.Contains(known.first("main").text(), "recorded already") {
		t.Errorf("the source is not recognised: %s", known.first("main").text())
	}
}

// What was typed is shown as text, whatever it is, on every page to the check.
func TestIntake_showsMarkupAsText(t *testing.T) {
	t.Parallel()
	s, _ := beforeDisabling(t)
	member, _ := s.member(t, "Member", models.RoleContributor)
	const markup = `<b class="planted">x</b><script>alert(1)</script>"'>`
	address, page := member.takenIn(t, "text", markup+" "+disabling, "title", markup, "publisher", markup, "authors", markup, "url", "https://news.example/"+markup, "published", "26 September 2025")
	check := member.follow(t, page, "form.found", http.StatusSeeOther, "take", page.first("#steps input[name=take]").at("value")).Header().Get("Location")
	home := strings.TrimSuffix(check, "/check")
	for _, one := range []string{address, check, home, home + "?part=1", home + "?part=2", "/intake", "/drafts"} {
		shown := member.page(t, one, http.StatusOK)
		if shown.first(".planted") != nil || shown.first("main script") != nil {
			t.Errorf("%s shows markup as markup", one)
		}
		if !strings.Contains(shown.text(), "planted") && !strings.Contains(typedInto(shown.first("main")).Encode(), "planted") {
			t.Errorf("%s does not show what was typed", one)
		}
	}
}

// An address alone, where nothing is fetched: it says so, keeps what was typed, and takes the text.
func TestIntake_takesTheTextWhereFetchingIsOff(t *testing.T) {
	t.Parallel()
	s, _ := beforeDisabling(t)
	member, _ := s.member(t, "Member", models.RoleContributor)
	// An address that leads here types it in, and takes nothing in.
	prefilled := member.page(t, "/intake?url="+url.QueryEscape("https://news.example/<b>"), http.StatusOK)
	if got := prefilled.first("#url").at("value"); got != "https://news.example/<b>" || prefilled.first("main li") != nil {
		t.Errorf("the address is %q", got)
	}
	address, page := member.takenIn(t, "url", "https://news.example/a", "title", "A <i>title</i>", "published", "26 September 2025")
	if notice := page.first("main aside.notice"); notice == nil || !strings.Contains(notice.text(), "switched off") {
		t.Fatalf("it does not say why: %s", page.first("main").text())
	}
	typed := typedInto(page.first("form.article-form"))
	if typed.Get("url") != "https://news.example/a" || typed.Get("title") != "A <i>title</i>" || typed.Get("published") != "26 September 2025" || page.first("h1").text() != "A <i>title</i>" {
		t.Errorf("what was typed is lost: %v", typed)
	}
	readPage(t, member.follow(t, page, "form.article-form", http.StatusUnprocessableEntity), http.StatusUnprocessableEntity)
	member.follow(t, page, "form.article-form", http.StatusSeeOther, "text", disabling)
	if done := member.page(t, address, http.StatusOK); done.first("#steps") == nil || done.first("main aside.notice") != nil {
		t.Errorf("the text gave nothing: %s", done.first("main").text())
	}

	// Another member reads it, and cannot change it.
	other, _ := s.member(t, "Other", models.RoleContributor)
	if other.page(t, address, http.StatusOK).first("form.article-form") != nil {
		t.Error("another member is offered to change it")
	}
	other.send(t, address, url.Values{"text": {disabling}}, http.StatusForbidden)
}

func TestIntake_keepsWhatIsWrong(t *testing.T) {
	t.Parallel()
	s, _ := beforeDisabling(t)
	member, _ := s.member(t, "Member", models.RoleContributor)
	for name, test := range map[string]struct {
		fields []string
		field  string
	}{
		"nothing":          {nil, "url"},
		"a bad address":    {[]string{"url", "javascript:alert(1)", "text", "x"}, "url"},
		"a bad day":        {[]string{"text", disabling, "published", "soonish"}, "published"},
		"a long publisher": {[]string{"text", disabling, "publisher", strings.Repeat("x", 301)}, "publisher"},
		"a book":           {[]string{"text", strings.Repeat("x ", 1_000_000)}, "text"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := member.follow(t, member.page(t, "/intake", http.StatusOK), "form.article-form", http.StatusUnprocessableEntity, test.fields...)
			page := readPage(t, answer, http.StatusUnprocessableEntity)
			if page.first("#"+test.field+"-problem") == nil {
				t.Errorf("no problem at %s: %s", test.field, page.first("section.problems").text())
			}
			typed := typedInto(page.first("form.article-form"))
			for i := 0; i+1 < len(test.fields); i += 2 {
				if strings.TrimSpace(typed.Get(test.fields[i])) != strings.TrimSpace(test.fields[i+1]) {
					t.Errorf("%s is lost", test.fields[i])
				}
			}
		})
	}
}

// TestIntake_inABrowser looks at its pages as members do.
func TestIntake_inABrowser(t *testing.T) {
	t.Parallel()
	b, s, server := browseSeeded(t)
	arabic := "قالت شركة مايكروسوفت يوم الخميس إنها أوقفت خدمات التخزين السحابي. " + disabling
	for _, look := range []struct {
		width   int
		options browsertest.Options
	}{{1280, browsertest.Options{}}, {360, browsertest.Options{Dark: true}}, {360, browsertest.Options{NoScript: true}}} {
		t.Run(fmt.Sprintf("%d px, %+v", look.width, look.options), func(t *testing.T) {
			tab := signedIn(t, s, server, b.For(t), models.RoleContributor, look.width, look.options)
			see := func(name string) {
				if folder := os.Getenv("PLUMBLINE_SCREENSHOTS"); folder != "" {
					tab.Screenshot(filepath.Join(folder, fmt.Sprintf("%s-%d-%v.png", name, look.width, look.options.NoScript)))
				}
				checkTab(t, tab)
			}
			tab.Go(server.URL + "/intake?url=https%3A%2F%2Fnews.example%2Fa")
			see("intake")
			tab.Follow(".article-form button")
			see("intake-failed")
			tab.Paste("#text", arabic)
			tab.Follow(".article-form button")
			see("article")
			tab.Click(`#steps .found-entry p.small a`)
			tab.Click(`#claims input[name=take]`)
			tab.Follow(".found > .actions button")
			see("article-draft")
		})
	}
}
