package browsertest

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// Options say how a reader has set up the browser.
type Options struct {
	Dark     bool // prefers a dark colour scheme
	NoScript bool // scripts are switched off
}

// Page is one open tab.
type Page struct {
	// Status is the HTTP status of the document that is shown.
	Status int

	t       testing.TB
	ctx     context.Context
	options Options

	mu         sync.Mutex // chromedp reports events from its own goroutine
	cspReports []string
	errors     []string
}

// Open loads the address in a new tab of the given size in CSS pixels, and
// waits until it is loaded. The tab closes when the test ends.
func (b *Browser) Open(url string, width, height int, options Options) *Page {
	b.t.Helper()
	p := &Page{t: b.t, options: options}
	ctx, closeTab := chromedp.NewContext(b.ctx, chromedp.WithListener(p.record))
	b.t.Cleanup(closeTab)
	p.ctx = ctx

	// The first use of a tab's context bounds the tab's life: no time limit here.
	if err := chromedp.Do(ctx, setUp(options), chromedp.EmulateViewport(int64(width), int64(height))); err != nil {
		b.t.Fatalf("open a tab for %s: %v", url, err)
	}
	p.Status = int(run(p, "open "+url, chromedp.NavigateResponse(url)).Status)
	return p
}

// Go leads the tab to another address, and waits until it is loaded.
func (p *Page) Go(url string) {
	p.t.Helper()
	p.Status = int(run(p, "open "+url, chromedp.NavigateResponse(url)).Status)
}

// Turn shows the same address anew to a reader with another window and other options.
func (p *Page) Turn(width, height int, options Options) {
	p.t.Helper()
	address := p.URL()
	p.set(width, height, options)
	p.Go(address)
}

func (p *Page) set(width, height int, options Options) {
	p.t.Helper()
	p.options = options
	run(p, "set the options", setUp(options))
	run(p, "set the window", chromedp.EmulateViewport(int64(width), int64(height)))
}

func setUp(options Options) chromedp.Action[chromedp.Void] {
	scheme := "light"
	if options.Dark {
		scheme = "dark"
	}
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		if _, err := cdp.Call(ctx, tab, audits.Enable, cdp.Empty{}); err != nil {
			return err
		}
		if _, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		}); err != nil {
			return err
		}
		return setScripts(ctx, tab, !options.NoScript)
	})
}

func setScripts(ctx context.Context, tab *chromedp.Target, on bool) error {
	_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
	return err
}

// record keeps what the browser reports while the page is used. The issues of
// the Audits domain hold every violation of the page's CSP, also where scripts
// are off and no page script could listen for them.
func (p *Page) record(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch event := event.(type) {
	case *audits.EventIssueAdded:
		if v := event.Issue.Details.ContentSecurityPolicyIssueDetails; v != nil {
			report := strings.TrimSpace(fmt.Sprintf("%s %s %s", v.ViolatedDirective, v.ContentSecurityPolicyViolationType, v.BlockedURL))
			if at := v.SourceCodeLocation; at != nil {
				report += fmt.Sprintf(" at %s:%d", at.URL, at.LineNumber+1)
			}
			p.cspReports = append(p.cspReports, report)
		}
	case *log.EventEntryAdded:
		if event.Entry.Level == log.EntryLevelError {
			p.errors = append(p.errors, strings.TrimSpace(event.Entry.Text+" "+event.Entry.URL))
		}
	case *runtime.EventExceptionThrown:
		text := event.ExceptionDetails.Text
		if event.ExceptionDetails.Exception != nil {
			text += " " + event.ExceptionDetails.Exception.Description
		}
		p.errors = append(p.errors, text)
	case *runtime.EventConsoleAPICalled:
		if event.Type == runtime.ConsoleAPICalledTypeError {
			var words []string
			for _, arg := range event.Args {
				words = append(words, strings.Trim(string(arg.Value), `"`)+arg.Description)
			}
			p.errors = append(p.errors, strings.Join(words, " "))
		}
	}
}

// CSPReports tells every violation of a page's content security policy since
// the tab was opened, over all the pages that it has shown.
func (p *Page) CSPReports() []string { return p.recorded(&p.cspReports) }

// ConsoleErrors tells every error that the console has shown since the tab was
// opened: exceptions, failed loads, blocked content, console.error.
func (p *Page) ConsoleErrors() []string { return p.recorded(&p.errors) }

func (p *Page) recorded(list *[]string) []string {
	p.t.Helper()
	p.URL() // a round trip, after which all earlier events have arrived
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(*list)
}

// URL is the address that the tab shows now.
func (p *Page) URL() string {
	p.t.Helper()
	return run(p, "read the address", chromedp.Location())
}

// HTML is the document as it stands now, after scripts have changed it.
func (p *Page) HTML() string {
	p.t.Helper()
	return run(p, "read the document", chromedp.OuterHTML(chromedp.CSS("html")))
}

// HorizontalOverflow tells whether the page is wider than its window, so that a
// reader must scroll sideways.
func (p *Page) HorizontalOverflow() bool {
	p.t.Helper()
	return run(p, "measure the page", chromedp.Evaluate[bool](
		"document.documentElement.scrollWidth > document.documentElement.clientWidth"))
}

// Screenshot writes the whole page, also what lies below the window, as PNG.
func (p *Page) Screenshot(path string) {
	p.t.Helper()
	png := run(p, "take a screenshot", chromedp.FullScreenshot(100))
	if err := os.WriteFile(path, png, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// ScreenshotOfView writes what is in view as a PNG, without what one has to scroll to.
func (p *Page) ScreenshotOfView(path string) {
	p.t.Helper()
	png := run(p, "take a screenshot", chromedp.CaptureScreenshot())
	if err := os.WriteFile(path, png, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// Click clicks the first element that matches the CSS selector once it is
// visible. For a link or button that leads to another page use Follow, which
// waits for it.
func (p *Page) Click(selector string) {
	p.t.Helper()
	run(p, "click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// Follow clicks what must lead to another page, and waits until that is loaded.
func (p *Page) Follow(selector string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(selector)))
	if err != nil {
		p.t.Fatalf("follow %s: %v", selector, err)
	}
	p.Status = int(response.Status)
}

// Type types the text into the field that matches the CSS selector, after what
// it holds.
func (p *Page) Type(selector, text string) {
	p.t.Helper()
	run(p, "type into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Paste puts the text into the field that matches the CSS selector at once, as from a clipboard,
// after what it holds.
func (p *Page) Paste(selector, text string) {
	p.t.Helper()
	run(p, "focus "+selector, chromedp.Focus(chromedp.CSS(selector)))
	run(p, "paste into "+selector, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}

// Press presses keys where the focus is, such as kb.Tab or kb.Enter of
// chromedp's package kb.
func (p *Page) Press(keys string) {
	p.t.Helper()
	run(p, "press keys", chromedp.KeyEvent(keys))
}

// Wait waits until an element that matches the CSS selector is visible.
func (p *Page) Wait(selector string) {
	p.t.Helper()
	run(p, "wait for "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

// KeepPasskeys gives the tab a device that makes and uses passkeys, unlocked by its person each
// time. It keeps them as long as the tab is open.
func (p *Page) KeepPasskeys() {
	p.t.Helper()
	run(p, "add an authenticator", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		if _, err := cdp.Call(ctx, tab, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, tab, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true,
			IsUserVerified: true, AutomaticPresenceSimulation: true}})
		return err
	}))
}

// WaitFor waits until a JavaScript expression is true, on this page or the next.
func (p *Page) WaitFor(expression string) {
	p.t.Helper()
	run(p, "wait for "+expression, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		for {
			met, err := chromedp.Evaluate[bool]("!!("+expression+")")(ctx, tab)
			if err == nil && met {
				return nil
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(50 * time.Millisecond):
			}
		}
	}))
}

// Evaluate gives the string value of a JavaScript expression.
func (p *Page) Evaluate(expression string) string {
	p.t.Helper()
	return run(p, "evaluate "+expression, chromedp.Evaluate[string]("String("+expression+")"))
}

// run does one action within the patience, or fails the test.
func run[T any](p *Page, what string, action chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
	return value
}
