package frontend_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"plumbline/frontend/browsertest"
)

// TestExplorer_doesEverythingWithoutBreakingThePolicy clicks through all that the explorer can do.
func TestExplorer_doesEverythingWithoutBreakingThePolicy(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	server := httptest.NewServer(seededSite(t))
	t.Cleanup(server.Close)
	tab := browser.Open(server.URL+"/network?entity=microsoft", 1280, 900, browsertest.Options{})
	tab.Wait("#explorer[data-ready=true]")
	count := func() string {
		return tab.Evaluate("plumblineNetwork.nodes().length + ' ' + plumblineNetwork.edges().length")
	}
	inStep := func(what string) {
		t.Helper()
		if rows := tab.Evaluate("document.querySelectorAll('tr[data-node]').length + ' ' + document.querySelectorAll('tr[data-link]').length"); rows != count() {
			t.Errorf("%s: the tables hold %s, the drawing %s", what, rows, count())
		}
	}
	inStep("at first")
	first := count()

	// Expand by keyboard alone, from the table.
	tab.Evaluate("document.querySelector('tr:not([data-center]) a[data-expand]').focus()")
	if tab.Evaluate("plumblineNetwork.$(':selected').length") == "0" {
		t.Error("the row in focus is not marked in the drawing")
	}
	tab.Press(kb.Enter)
	tab.WaitFor("location.search.includes('expand=')")
	inStep("expanded")
	if count() == first {
		t.Error("nothing was added")
	}

	tab.Click("button[data-pin]")
	tab.WaitFor("location.hash.startsWith('#pins=')")
	for _, act := range []string{"closer", "farther", "fit", "arrange", "png", "copy"} {
		tab.Click("button[data-act=" + act + "]")
	}
	tab.Evaluate("(() => { const select = document.querySelector('#network-form select[name=status]'); select.value = 'disabled'; select.dispatchEvent(new Event('change', { bubbles: true })); })()")
	tab.WaitFor("location.search.includes('status=disabled')")
	inStep("filtered")
	tab.Evaluate("history.back()")
	tab.WaitFor("!location.search.includes('status=disabled')")
	tab.Evaluate("[...document.querySelectorAll('a[data-step]')].find(a => a.href.includes('to=')).click()")
	tab.WaitFor("location.search.includes('to=')")
	inStep("a path")

	// Who gets the address sees the same.
	address := tab.Evaluate("document.getElementById('network-share').value")
	again := browser.Open(address, 1280, 900, browsertest.Options{})
	again.Wait("#explorer[data-ready=true]")
	if other := again.Evaluate("plumblineNetwork.nodes().length + ' ' + plumblineNetwork.edges().length"); other != count() {
		t.Errorf("the shared address shows %s, not %s", other, count())
	}
	for _, one := range []*browsertest.Page{tab, again} {
		checkTab(t, one)
	}
}

// TestSearch_suggestsWhileOneTypes uses the search by keyboard alone.
func TestSearch_suggestsWhileOneTypes(t *testing.T) {
	t.Parallel()
	browser := browsertest.Start(t)
	server := httptest.NewServer(seededSite(t))
	t.Cleanup(server.Close)
	tab := browser.Open(server.URL+"/search", 1280, 900, browsertest.Options{})
	tab.Wait("#slash-choice")
	tab.Press("/")
	if tab.Evaluate("document.activeElement.id") != "site-search" {
		t.Error("/ does not lead to the search")
	}
	tab.Press("unit 82")
	tab.Wait("#site-suggestions a[role=option]")
	checkTab(t, tab)
	tab.Press(kb.ArrowDown)
	if tab.Evaluate("document.querySelectorAll('#site-suggestions [aria-selected=true]').length") != "1" {
		t.Error("the arrow chooses nothing")
	}
	tab.Press(kb.Escape)
	tab.WaitFor("document.getElementById('site-suggestions').hidden")
	tab.Press("0")
	tab.Wait("#site-suggestions a[role=option]")
	tab.Press(kb.ArrowDown)
	tab.Press(kb.Enter)
	tab.WaitFor("location.pathname !== '/search'")
	if !strings.Contains(tab.URL(), "/units/unit-8200") {
		t.Errorf("Enter leads to %s", tab.URL())
	}

	tab = browser.Open(server.URL+"/search", 1280, 900, browsertest.Options{})
	tab.Click("#slash-choice")
	tab.Evaluate("document.activeElement.blur()")
	tab.Press("/")
	if tab.Evaluate("document.activeElement.id") == "site-search" {
		t.Error("/ still leads to the search after it was switched off")
	}
}
