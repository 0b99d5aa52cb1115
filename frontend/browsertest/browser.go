// Package browsertest drives a headless Chromium from Go tests: it opens a
// page as a reader would see it, uses it, and tells what is wrong with it.
//
// Every method that cannot do what it says fails the test.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// patience bounds each single step in the browser.
const patience = 60 * time.Second

// Browser is what one reader has before them: its pages share cookies, as the tabs of one reader do,
// and share nothing with the pages of another.
type Browser struct {
	t    testing.TB
	ctx  context.Context
	idle *idleTabs
}

// Main runs tests that share one Chromium, stops it, and gives their exit code. Packages that start
// a browser need it:
//
//	func TestMain(m *testing.M) { os.Exit(browsertest.Main(m.Run)) }
func Main(run func() int) int {
	defer stop()
	return run()
}

// Start gives the browser of a reader until the test ends, in the Chromium that the tests of a
// package share. Where none is installed, the test is skipped; it fails if CI is true or
// PLUMBLINE_REQUIRE_ALL is set. If PLUMBLINE_TEST is quick, it is skipped.
func Start(t testing.TB) *Browser {
	t.Helper()
	if os.Getenv("PLUMBLINE_TEST") == "quick" {
		t.Skip("the browser is left out: PLUMBLINE_TEST is quick")
	}
	path := installed()
	if path == "" {
		const missing = "This test needs Chromium. On Debian: apt-get install chromium-headless-shell"
		if os.Getenv("CI") == "true" || os.Getenv("PLUMBLINE_REQUIRE_ALL") != "" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	chromium, err := theChromium()
	if err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return another(t, chromium)
}

var (
	theChromium = sync.OnceValues(launch)
	// quit ends the Chromium of this process, once there is one.
	quit atomic.Pointer[func()]
)

// launch starts a Chromium with a profile folder of its own.
func launch() (context.Context, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(installed()),
		chromedp.NoSandbox, // the sandbox refuses root, and containers often forbid it
		chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true),
		// No name is looked up, so a page that asks a third party fails loudly.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
	)
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stopBrowser := chromedp.NewContext(allocator)
	both := func() {
		stopBrowser()
		stopAllocator()
	}
	quit.Store(&both)
	return ctx, chromedp.Do(ctx)
}

func stop() {
	if end := quit.Load(); end != nil {
		(*end)()
	}
}

// For gives the same browser for a subtest: what fails there fails t.
func (b *Browser) For(t testing.TB) *Browser { return &Browser{t: t, ctx: b.ctx, idle: b.idle} }

// Another gives the browser of somebody else: its pages share no cookies with those of b.
func (b *Browser) Another() *Browser {
	b.t.Helper()
	return another(b.t, b.ctx)
}

func another(t testing.TB, chromium context.Context) *Browser {
	t.Helper()
	ctx, stop := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext())
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a browser for a reader: %v", err)
	}
	return &Browser{t: t, ctx: ctx, idle: &idleTabs{}}
}

// installed gives the program to run. The headless shell is the same engine without windows, toolbars
// and their processes, which take most of the time of opening a tab.
func installed() string {
	for _, name := range []string{"chromium-headless-shell", "chrome-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
