package frontend_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"plumbline/frontend/browsertest"
	"plumbline/models"
	"plumbline/services"
)

// signedIn opens a page in a browser as a new member.
func signedIn(t *testing.T, s *site, server *httptest.Server, b *browsertest.Browser, role models.Role, width int, options browsertest.Options) *browsertest.Page {
	t.Helper()
	ctx := context.Background()
	account, err := s.services.CreateAccount(ctx, services.Operator(), fmt.Sprintf("%s %s", role, rand.Text()), role)
	if err != nil {
		t.Fatal(err)
	}
	link, err := s.services.InviteSignIn(ctx, services.Operator(), account)
	if err != nil {
		t.Fatal(err)
	}
	tab := b.Open(server.URL+"/invitations/"+link, width, 800, options)
	tab.Follow("main form button")
	return tab
}

// browseSeeded starts a browser, and the dashboard of the case for it.
func browseSeeded(t testing.TB) (*browsertest.Browser, *site, *httptest.Server) {
	t.Helper()
	b := browsertest.Start(t)
	s := seededSite(t)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return b, s, server
}

// TestForms_inABrowser opens every form as members do. PLUMBLINE_SCREENSHOTS names a folder for
// pictures, PLUMBLINE_PAGES narrows to some, by name.
func TestForms_inABrowser(t *testing.T) {
	t.Parallel()
	b, s, server := browseSeeded(t)
	source, link := s.sourceOf(t), s.id(t, models.TypeRelationship, url.Values{"type": {"supplied_to"}, "object": {"unit-8200"}})
	claim := s.id(t, models.TypeClaim, url.Values{"stance": {"alleges"}})
	s.keep(t, source, "A saved text.")
	pages := []shot{{"new", "/new"}, {"new-entity", "/new/entity"}, {"status-change", "/new/status_change?record=" + link}, {"status-change-empty", "/new/status_change"}, {"claim", "/new/claim"},
		{"source", "/new/source"}, {"open-item", "/new/open_item"}, {"edit-unit", "/records/unit-8200/edit"}, {"edit-source", "/records/" + source + "/edit"}, {"edit-claim", "/records/" + claim + "/edit"},
		{"retract", "/records/" + claim + "/retract"}, {"still-holds", "/records/" + link + "/still-holds"}, {"notes", "/records/" + link + "/notes"}, {"tasks", "/tasks"}, {"drafts", "/drafts"}, {"captures", "/sources/" + source + "/captures"}, {"source-captures", "/sources/" + source},
		{"worklists", "/worklists"}, {"worklist", "/worklists/single-origin?type=claim"}}
	pages = append(pages, reviewPages(t, s)...)
	pages = append(pages, shot{"me", "/me"}, shot{"privacy", "/me/privacy"}, shot{"codes", "/me/codes"}, shot{"tokens", "/me/tokens"}, shot{"members", "/members"}, shot{"groups", "/members/groups"}, shot{"replies", "/replies"},
		shot{"holds", "/holds"}, shot{"hold", "/records/" + claim + "/hold"}, shot{"redact", "/records/" + claim + "/redact"}, shot{"jobs", "/admin/jobs"}, shot{"watches", "/watches"}, shot{"watch", "/watches?list=%2Fsupplies%3Fstatus%3Ddisabled"}, shot{"lost-sources", "/worklists/lost-sources"})
	for _, kind := range models.EntityKinds().Values() {
		pages = append(pages, shot{"entity-" + kind, "/new/entity?kind=" + kind})
	}
	for _, kind := range []string{"supplied_to", "owns", "position", "party_to", "linked_to"} {
		pages = append(pages, shot{"link-" + kind, "/new/relationship?kind=" + kind})
	}
	checkTab(t, signedIn(t, s, server, b, models.RoleAdmin, 1280, browsertest.Options{})) // the other tabs are signed in with it
	for _, page := range pages {
		if only := os.Getenv("PLUMBLINE_PAGES"); only != "" && !slices.Contains(strings.Split(only, ","), page.name) {
			continue
		}
		t.Run(page.name, func(t *testing.T) {
			t.Parallel()
			tab := b.Lend(t, server.URL+page.address, 1280, 800, browsertest.Options{})
			check := func(width int, rules ...string) {
				if folder := os.Getenv("PLUMBLINE_SCREENSHOTS"); folder != "" {
					tab.Screenshot(filepath.Join(folder, fmt.Sprintf("form-%s-%d.png", page.name, width)))
				}
				if tab.Status != 200 {
					t.Errorf("%s: %d", page.address, tab.Status)
				}
				if checkTab(t, tab, rules...); t.Failed() {
					t.Fatalf("at %s, %d px", page.address, width)
				}
			}
			check(1280)
			tab.Turn(360, 800, browsertest.Options{Dark: true})
			check(360, slices.Concat(browsertest.Colours, browsertest.Room)...)
		})
	}
}

// TestStatusChange_inAtMostSixInputs enters the step of the case as one who has the article open:
// with scripts and without, it takes six inputs, of which two are typed.
func TestStatusChange_inAtMostSixInputs(t *testing.T) {
	t.Parallel()
	b := browsertest.Start(t)
	for _, options := range []browsertest.Options{{}, {NoScript: true}} {
		t.Run(fmt.Sprintf("scripts %v", !options.NoScript), func(t *testing.T) {
			s := seededSite(t)
			server := httptest.NewServer(s)
			t.Cleanup(server.Close)
			link := s.id(t, models.TypeRelationship, url.Values{"type": {"supplied_to"}, "object": {"unit-8200"}})
			tab := signedIn(t, s, server, b.For(t), models.RoleEditor, 1280, options)
			tab.Go(server.URL + "/records/" + link)
			tab.Follow(`main a[href^="/new/status_change"]`)

			inputs, typed := 0, 0
			click := func(selector string) {
				inputs++
				tab.Click(selector)
			}
			write := func(selector, words string) {
				inputs, typed = inputs+1, typed+1
				tab.Type(selector, words)
			}
			click(`input[name="/status"][value=disabled] + label`)
			click(`input[name="/extent"][value=partial] + label`)
			write(`#scope`, "certain subscriptions and services")
			write(`#effective`, "by 25 September 2025")
			click(`#actor-choice-0 + label`)
			click(`#citations-0-source-choice-0 + label`)
			if inputs > 6 || typed > 2 {
				t.Errorf("%d inputs, %d typed", inputs, typed)
			}
			tab.Follow(`.actions button[value=check]`)
			if !strings.HasSuffix(tab.URL(), "/check") {
				t.Fatalf("the form leads to %s: %s", tab.URL(), tab.Evaluate("document.querySelector('main').innerText"))
			}
			checkTab(t, tab)
			tab.Follow(`main form button`)
			changes := s.id(t, models.TypeStatusChange, url.Values{"record": {link}, "status": {"disabled"}})
			change := s.document(t, models.TypeStatusChange, changes).Document.(*models.StatusChange)
			if change.Extent != models.Partial || change.Effective.Text != "[..2025-09-25]" || change.Actor == nil || len(change.Citations) != 1 {
				t.Errorf("published: %+v", change)
			}
		})
	}
}

// TestDraft_survivesAReload types, reloads and goes back: nothing is lost.
func TestDraft_survivesAReload(t *testing.T) {
	t.Parallel()
	b, s, server := browseSeeded(t)
	tab := signedIn(t, s, server, b, models.RoleContributor, 1280, browsertest.Options{})
	tab.Go(server.URL + "/new/claim")
	tab.Wait("form[data-ready=yes]")

	// A name is suggested as one types, and chosen by keyboard.
	tab.Type("#speakers-0-entity", "micros")
	tab.Wait("#speakers-0-entity-list [role=option]")
	tab.Press(kb.ArrowDown)
	// The driver's own Enter sends the letter also where the page prevented it.
	tab.Evaluate("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true}))")
	if got := tab.Evaluate("document.getElementById('speakers-0-entity').value"); got != "Microsoft" {
		t.Errorf("the suggestion gave %q", got)
	}
	tab.Type("#text", "Half a sentence")
	tab.Wait("form[data-saved]")
	if !strings.Contains(tab.URL(), "/drafts/") {
		t.Errorf("a reload would lead to %s", tab.URL())
	}
	tab.Go(tab.URL())
	if got := tab.Evaluate("document.getElementById('text').value + '|' + document.getElementById('speakers-0-entity').value"); got != "Half a sentence|Microsoft" {
		t.Errorf("after a reload there is %q", got)
	}
	checkTab(t, tab)
}
