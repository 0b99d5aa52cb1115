package frontend_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/frontend/browsertest"
	"plumbline/models"
	"plumbline/services"
)

// play is people at work on one site, each in a browser of their own.
type play struct {
	*site
	t       *testing.T
	address string
	browser *browsertest.Browser
}

// enters signs somebody in who has an account, by a link.
func (p *play) enters(name string, role models.Role) *browsertest.Page {
	p.t.Helper()
	account, err := p.services.CreateAccount(p.t.Context(), services.Operator(), name, role)
	if err != nil {
		p.t.Fatal(err)
	}
	link, err := p.services.InviteSignIn(p.t.Context(), services.Operator(), account)
	if err != nil {
		p.t.Fatal(err)
	}
	tab := p.browser.Another().Open(p.address+"/invitations/"+link, 1280, 900, browsertest.Options{})
	tab.Follow("main form button")
	return tab
}

// sees fails the test where the page's main part does not say something.
func (p *play) sees(tab *browsertest.Page, words ...string) {
	p.t.Helper()
	text := tab.Evaluate("document.querySelector('main').innerText")
	for _, one := range words {
		if !strings.Contains(text, one) {
			p.t.Fatalf("%s does not say %q, but:\n%s", tab.URL(), one, text)
		}
	}
}

// put sets the value of a field that is not typed into letter by letter.
func put(tab *browsertest.Page, selector, value string) {
	tab.Evaluate(fmt.Sprintf("document.querySelector(%q).value = %q", selector, value))
}

// stage publishes what is known before F20: the services and the unit, the supply, and a twin of
// the unit that somebody entered by mistake.
func (p *play) stage() (supply, unit, twin uuid.UUID) {
	p.t.Helper()
	id := func() uuid.UUID { return uuid.Must(uuid.NewV7()) }
	source, company, service, provides := id(), id(), id(), id()
	supply, unit, twin = id(), id(), id()
	cite := []models.Citation{{Source: source}}
	create := func(id uuid.UUID, kind models.RecordType, document models.Document) models.Operation {
		return models.Operation{Op: models.OpCreate, Type: kind, ID: id, Data: document}
	}
	p.publish(p.t,
		create(source, models.TypeSource, &models.Source{Kind: "article", Title: "What the army buys", URL: "https://press.example/what-the-army-buys", Published: day(p.t, "2025-02-18")}),
		create(company, models.TypeEntity, &models.Entity{Kind: models.KindCompany, Name: "Microsoft", Summary: "A technology company.", Citations: cite}),
		create(service, models.TypeEntity, &models.Entity{Kind: models.KindService, Name: "Azure cloud storage", Citations: cite}),
		create(unit, models.TypeEntity, &models.Entity{Kind: models.KindUnit, Name: "Unidentified unit in IMOD", Identity: "undisclosed", Summary: "A unit that was not named.", Citations: cite}),
		create(provides, models.TypeRelationship, &models.Relationship{Type: models.Provides, Subject: company, Object: service, Citations: cite}),
		create(supply, models.TypeRelationship, &models.Relationship{Type: models.SuppliedTo, Subject: service, Object: unit, Citations: cite}),
		create(id(), models.TypeStatusChange, &models.StatusChange{Record: supply, Status: "active", Effective: day(p.t, "[..2025-02-18]"), Citations: cite}),
		create(twin, models.TypeEntity, &models.Entity{Kind: models.KindUnit, Name: "Unidentified unit in IMOD", Identity: "undisclosed", Summary: "Entered once more.", Citations: cite}))
	return supply, unit, twin
}

func day(t testing.TB, text string) models.Date {
	t.Helper()
	d, err := models.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestPlay_fromAnInvitationToTheRevertOfAVandal plays how people keep the records together, all of
// it by the pages: an invitation, a passkey, F20 as a proposal with its source, its review and the
// refusal to approve one's own, a merge and its undoing, and the revert of what a vandal did.
func TestPlay_fromAnInvitationToTheRevertOfAVandal(t *testing.T) {
	t.Parallel()
	p := &play{site: emptySite(t), t: t, browser: browsertest.Start(t)}
	p.address = localhost(t, p.site)
	supply, unit, twin := p.stage()

	// An admin invites a contributor.
	admin := p.enters("Admin", models.RoleAdmin)
	admin.Go(p.address + "/members")
	admin.Type("#label", "for Ada")
	put(admin, "#role", "contributor")
	admin.Follow(`form[action="/members/invitations"] button`)
	link := admin.Evaluate("document.querySelector('#link').value")

	// She joins with a passkey, leaves, and signs in with it.
	ada := p.browser.Another().Open(link, 1280, 900, browsertest.Options{})
	ada.KeepPasskeys()
	p.sees(ada, "Contributor")
	ada.Type("#name", "Ada")
	ada.Wait(".passkey button")
	ada.Click(".passkey button")
	ada.WaitFor(`location.pathname == "/" && document.querySelector(".member").innerText.includes("Ada")`)
	ada.Follow(`form[action="/sign-out"] button`)
	ada.Follow(`.member a[href="/sign-in"]`)
	ada.Wait(".passkey button")
	ada.Click(".passkey button")
	ada.WaitFor(`location.pathname == "/" && document.querySelector(".member").innerText.includes("Ada")`)

	// She proposes F20, with its source.
	ada.Go(p.address + "/records/" + supply.String())
	ada.Follow(`main a[href^="/new/status_change"]`)
	ada.Wait("form[data-ready=yes]")
	ada.Click(`input[name="/status"][value=disabled] + label`)
	ada.Click(`input[name="/extent"][value=partial] + label`)
	ada.Type("#scope", "certain subscriptions and services")
	ada.Type("#effective", "by 25 September 2025")
	ada.Click(`#actor-choice-0 + label`)
	ada.Click(`#citations-0-source ~ * summary, .picker:has(#citations-0-source) summary`)
	ada.Type(`[name="/citations/0/source:title"]`, "Microsoft disables services to a unit of the ministry")
	ada.Type(`[name="/citations/0/source:url"]`, "https://news.example/f20")
	ada.Follow(`.actions button[value=check]`)
	p.sees(ada, "Check your answers", "certain subscriptions and services", "Microsoft disables services to a unit of the ministry")
	ada.Follow(`main form button`)
	home := ada.URL()
	p.sees(ada, "Submitted", "Nobody approves their own proposal")

	// Nobody else sees it yet; she cannot approve it herself, whatever she sends.
	reader := p.browser.Another().Open(home, 1280, 900, browsertest.Options{})
	if reader.Status != http.StatusNotFound {
		t.Errorf("a reader sees the proposal: %d", reader.Status)
	}
	if ada.Evaluate(`document.querySelector("[formaction$='/publish']") === null`) != "true" {
		t.Error("its author is offered to publish it")
	}
	ada.Evaluate(`document.querySelector("main form[action$='/withdraw']").action = location.pathname + "/publish"`)
	ada.Evaluate(`document.querySelector("main form [formaction$='/withdraw']").removeAttribute("formaction")`)
	ada.Follow(`main form[action$="/publish"] button`)
	if ada.Status != http.StatusForbidden {
		t.Errorf("the author's approval: %d", ada.Status)
	}
	p.sees(ada, "may not")

	// An editor finds it, looks at the diff and its source, and approves.
	editor := p.enters("Editor", models.RoleEditor)
	editor.Follow(`.member a[href="/review"]`)
	editor.Follow(`main li a[href^="/changesets/"]`)
	p.sees(editor, "What it changes", "Disabled", "certain subscriptions and services", "Microsoft disables services to a unit of the ministry", "Ada")
	editor.Follow(`button[formaction$="/publish"]`)
	p.sees(editor, "Published", "Reviewed by", "Editor")
	reader.Go(p.address + "/records/" + supply.String())
	p.sees(reader, "Disabled, in part", "certain subscriptions and services", "25 September 2025")
	if current, err := p.services.Get(context.Background(), p.by, models.TypeRelationship, supply.String(), services.Moment{}); err != nil || current.Records[0].Status.Span.Status != "disabled" {
		t.Errorf("the supply: %v", err)
	}
	// What is done once is done.
	editor.Go(home)
	if editor.Evaluate(`document.querySelector("[formaction$='/publish']") === null`) != "true" {
		t.Error("what was published is offered once more")
	}

	// A steward merges two duplicates, and undoes it.
	steward := p.enters("Steward", models.RoleSteward)
	before := p.document(t, models.TypeEntity, unit.String())
	steward.Go(p.address + "/records/" + twin.String() + "/merge")
	p.sees(steward, "Records that may be the same", "Both are called")
	steward.Follow(`main li a[href*="into="]`)
	p.sees(steward, "Field by field", "Entered once more.", "A unit that was not named.")
	steward.Type("#source", "What the army buys")
	steward.Type("#locator", "p. 3")
	steward.Type("#reason", "One unit, entered twice.")
	steward.Follow(`form.merge button[formmethod=post]`)
	p.sees(steward, "One unit, entered twice.", "Undo this merge")
	reader.Go(p.address + "/entities/" + twin.String())
	if !strings.HasSuffix(reader.URL(), "/"+before.Document.(*models.Entity).Slug) && !strings.Contains(reader.URL(), unit.String()) {
		t.Errorf("the merged address leads to %s", reader.URL())
	}
	steward.Follow(`main a[href$="/revert"]`)
	steward.Type("#reason", "Two units after all.")
	steward.Follow(`main form[method=post].sheet button[type=submit]`)
	if again := p.document(t, models.TypeEntity, unit.String()); !sameDocument(again.Document, before.Document) {
		t.Errorf("undone, the unit is %+v", again.Document)
	}
	if twice := p.document(t, models.TypeEntity, twin.String()); twice.State != models.StateLive || twice.Document.(*models.Entity).Summary != "Entered once more." {
		t.Errorf("undone, the twin is %s, %+v", twice.State, twice.Document)
	}

	// A vandal writes over two records; a steward takes the whole window back.
	vandal := p.enters("Vandal", models.RoleEditor)
	var was []services.Record
	for _, slug := range []string{"microsoft", "azure-cloud-storage"} {
		was = append(was, p.document(t, models.TypeEntity, slug))
		vandal.Go(p.address + "/records/" + slug + "/edit")
		put(vandal, "#summary", "Nonsense.")
		vandal.Click(`input[name=edit] + label`)
		vandal.Type("#why", "Because.")
		vandal.Follow(`.actions button[value=check]`)
		vandal.Follow(`main form button`)
		if e := p.document(t, models.TypeEntity, slug).Document.(*models.Entity); e.Summary != "Nonsense." {
			t.Fatalf("the vandal wrote %+v", e)
		}
	}
	steward.Go(p.address + "/reverts")
	steward.Type("#accounts", "Vandal")
	put(steward, "#from", "2025-11-01T00:00:00")
	put(steward, "#until", "2025-11-02T00:00:00")
	steward.Follow(`form[action="/reverts"][method=get] button`)
	p.sees(steward, "What would change", "Nonsense.")
	steward.Type("#reason", "Vandalism.")
	steward.Follow(`main form[method=post].sheet button`)
	p.sees(steward, "Vandalism.", "Azure cloud storage")
	for _, record := range was {
		if now := p.document(t, models.TypeEntity, record.ID.String()); !sameDocument(now.Document, record.Document) {
			t.Errorf("after the revert: %+v", now.Document)
		}
	}
	if current, err := p.services.Get(context.Background(), p.by, models.TypeRelationship, supply.String(), services.Moment{}); err != nil || current.Records[0].Status.Span.Status != "disabled" {
		t.Errorf("the revert took F20 back: %v", err)
	}
	for name, tab := range map[string]*browsertest.Page{"admin": admin, "contributor": ada, "editor": editor, "steward": steward, "reader": reader} {
		for _, report := range tab.CSPReports() {
			t.Errorf("%s: CSP: %s", name, report)
		}
	}
}
