package browsertest

import (
	"bytes"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func TestMain(m *testing.M) { os.Exit(Main(m.Run)) }

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

const head = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css"><script src="/script.js" defer></script></head><body><main><h1>A page</h1>`

var site = map[string]string{
	"/good":      head + `<p>Words.</p><p><a href="/second">Second page</a></p></main>`,
	"/second":    head + `<form action="/found"><label>Name <input name="q" id="q"></label> <button>Search</button></form></main>`,
	"/found":     head + `<p>Found.</p></main>`,
	"/script":    head + `<p id="said">silent</p></main>`,
	"/eval":      head + `<button id="eval">Do it</button></main>`,
	"/throw":     head + `<button id="throw">Do it</button></main>`,
	"/inline":    head + `<p style="margin:0">Words.</p></main>`,
	"/unlabeled": head + `<input name="q"></main>`,
	"/wide":      head + `<div class="wide">Words.</div></main>`,
	"/tall":      head + `<div class="tall">Words.</div></main>`,
	"/third":     head + `<img alt="" src="http://third.party.example/x.png"></main>`,
	"/kinds": head + `<details><summary>More</summary><p class="pale">Hidden words.</p></details><p class="pale">Pale words.</p><p class="pale">More pale words.</p><p class="pale">And more.</p>
		<ul><li class="pale">A pale item.</li></ul></main>`,
	"/style.css": `.pale { color: #ccc; background: #fff }
		.wide { width: 900px } .tall { height: 3000px }
		:root { background: #fff; color: #000 } @media (prefers-color-scheme: dark) { :root { background: #000; color: #fff } a { color: #9cf } }`,
	"/script.js": `const said = document.getElementById("said");
		if (said) said.textContent = "spoke";
		document.addEventListener("click", event => {
			if (event.target.id === "eval") { try { eval("1") } catch {} }
			if (event.target.id === "throw") throw new Error("it broke");
		});`,
}

func serve(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, ok := site[r.URL.Path]
		switch filepath.Ext(r.URL.Path) {
		case ".css":
			w.Header().Set("Content-Type", "text/css")
		case ".js":
			w.Header().Set("Content-Type", "text/javascript")
		default:
			w.Header().Set("Content-Type", "text/html")
		}
		if r.URL.Path != "/third" {
			w.Header().Set("Content-Security-Policy", policy)
		}
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			content = head + "<p>Nothing here.</p></main>" // Chromium shows a page of its own for an empty answer
		}
		fmt.Fprint(w, content)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestBrowser(t *testing.T) {
	browser, address := Start(t), serve(t)
	open := func(t *testing.T, path string, options Options) *Page {
		return browser.For(t).Open(address+path, 360, 640, options)
	}
	spotless := func(t *testing.T, p *Page) {
		t.Helper()
		if found := p.Axe(); len(found) > 0 {
			t.Errorf("axe found %v", found)
		}
		if found := p.CSPReports(); len(found) > 0 {
			t.Errorf("CSP reports %q", found)
		}
		if found := p.ConsoleErrors(); len(found) > 0 {
			t.Errorf("console errors %q", found)
		}
		if p.HorizontalOverflow() {
			t.Error("the page overflows")
		}
	}

	t.Run("finds nothing wrong with a good page", func(t *testing.T) {
		for _, options := range []Options{{}, {Dark: true}, {NoScript: true}} {
			p := open(t, "/good", options)
			spotless(t, p)
			if p.Status != http.StatusOK || !strings.Contains(p.HTML(), "Second page") {
				t.Errorf("status %d, document %s", p.Status, p.HTML())
			}
		}
	})
	t.Run("finds what axe objects to", func(t *testing.T) {
		for _, options := range []Options{{}, {NoScript: true}} {
			found := open(t, "/unlabeled", options).Axe()
			if len(found) != 1 || found[0].ID != "label" || !strings.Contains(found[0].String(), `<input name="q">`) {
				t.Errorf("found %v", found)
			}
		}
	})
	t.Run("finds a CSP violation while loading", func(t *testing.T) {
		for _, options := range []Options{{}, {NoScript: true}} {
			found := open(t, "/inline", options).CSPReports()
			if len(found) != 1 || !strings.Contains(found[0], "style-src-attr") {
				t.Errorf("found %q", found)
			}
		}
	})
	t.Run("finds a CSP violation while clicking, and remembers it on the next page", func(t *testing.T) {
		p := open(t, "/eval", Options{})
		if found := p.CSPReports(); len(found) > 0 {
			t.Errorf("before the click: %q", found)
		}
		p.Click("#eval")
		run(p, "load the next page", chromedp.Navigate(address+"/good"))
		if found := p.CSPReports(); len(found) != 1 || !strings.Contains(found[0], "script-src") {
			t.Errorf("found %q", found)
		}
	})
	t.Run("finds exceptions and failed loads", func(t *testing.T) {
		p := open(t, "/throw", Options{})
		p.Click("#throw")
		if found := p.ConsoleErrors(); len(found) != 1 || !strings.Contains(found[0], "it broke") {
			t.Errorf("found %q", found)
		}
		if found := open(t, "/third", Options{}).ConsoleErrors(); len(found) != 1 || !strings.Contains(found[0], "third.party.example") {
			t.Errorf("a request to a third party was not noticed: %q", found)
		}
		if p := open(t, "/missing", Options{}); p.Status != http.StatusNotFound {
			t.Errorf("status %d", p.Status)
		}
	})
	t.Run("finds horizontal overflow", func(t *testing.T) {
		if !open(t, "/wide", Options{}).HorizontalOverflow() {
			t.Error("at 360 pixels it was not noticed")
		}
		if browser.For(t).Open(address+"/wide", 1280, 800, Options{}).HorizontalOverflow() {
			t.Error("at 1280 pixels there is none")
		}
	})
	t.Run("switches scripts and the colour scheme", func(t *testing.T) {
		if html := open(t, "/script", Options{}).HTML(); !strings.Contains(html, "spoke") {
			t.Error("the script did not run")
		}
		p := open(t, "/script", Options{NoScript: true})
		p.Axe()
		if html := p.HTML(); !strings.Contains(html, "silent") {
			t.Error("the script ran")
		}
		const background = "getComputedStyle(document.documentElement).backgroundColor"
		light, dark := open(t, "/good", Options{}).Evaluate(background), open(t, "/good", Options{Dark: true}).Evaluate(background)
		if light != "rgb(255, 255, 255)" || dark != "rgb(0, 0, 0)" {
			t.Errorf("light %s, dark %s", light, dark)
		}
	})
	t.Run("follows links and fills in forms, with and without scripts", func(t *testing.T) {
		for _, options := range []Options{{}, {NoScript: true}} {
			p := open(t, "/good", options)
			p.Follow("a")
			p.Wait("#q")
			p.Type("#q", "wire")
			p.Press(kb.Tab)
			if focused := p.Evaluate("document.activeElement.tagName"); focused != "BUTTON" {
				t.Errorf("after Tab the focus is on %s", focused)
			}
			p.Follow("button")
			if p.URL() != address+"/found?q=wire" {
				t.Errorf("arrived at %s", p.URL())
			}
			spotless(t, p)
		}
	})
	t.Run("checks the colours of each kind of element once, in light and in dark", func(t *testing.T) {
		var kinds Kinds
		count := func(found []Violation) (places int) {
			for _, violation := range found {
				if violation.ID != "color-contrast" {
					t.Errorf("it finds %s", violation)
				}
				places += len(violation.Nodes)
			}
			return places
		}
		p := open(t, "/kinds", Options{})
		if all, first, again := count(p.Axe()), count(p.AxeNew(&kinds)), count(p.AxeNew(&kinds)); all != 4 || first != 3 || again != 0 {
			t.Errorf("of 4 pale places of 3 kinds it finds %d, then %d, then %d", all, first, again)
		}
		if same := count(open(t, "/kinds", Options{}).AxeNew(nil, Colours...)); same != 4 {
			t.Errorf("of no kinds it finds %d", same)
		}
		p.Turn(360, 640, Options{Dark: true})
		if dark := count(p.AxeNew(&kinds)); dark != 3 {
			t.Errorf("in dark it finds %d", dark)
		}
	})
	t.Run("lends a tab that forgot what was before", func(t *testing.T) {
		var first, second *Page
		t.Run("one", func(t *testing.T) {
			first = browser.Lend(t, address+"/inline", 360, 640, Options{})
			if len(first.CSPReports()) == 0 {
				t.Error("the page violates nothing")
			}
		})
		t.Run("another", func(t *testing.T) {
			second = browser.Lend(t, address+"/good", 1280, 640, Options{Dark: true})
			spotless(t, second)
			if got := second.Evaluate("innerWidth + getComputedStyle(document.documentElement).backgroundColor"); got != "1280rgb(0, 0, 0)" {
				t.Errorf("it is %s", got)
			}
		})
		if first != second {
			t.Error("the tab was not lent again")
		}
	})
	t.Run("pastes a text at once", func(t *testing.T) {
		p := open(t, "/second", Options{})
		p.Type("#q", "wire ")
		p.Paste("#q", "مرحبا & more")
		if got := p.Evaluate("document.getElementById('q').value"); got != "wire مرحبا & more" {
			t.Errorf("the field holds %q", got)
		}
	})
	t.Run("photographs the whole page", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "tall.png")
		open(t, "/tall", Options{}).Screenshot(path)
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if size := picture.Bounds(); size.Dx() != 360 || size.Dy() < 3000 {
			t.Errorf("the picture is %v", size)
		}
	})
}
