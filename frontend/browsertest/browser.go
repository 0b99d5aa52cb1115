// Package browsertest drives a headless Chromium from Go tests: it opens a
// page as a reader would see it, uses it, and tells what is wrong with it.
//
// Every method that cannot do what it says fails the test.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// patience bounds each single step in the browser.
const patience = 60 * time.Second

// Browser is one running Chromium with a profile folder of its own. Its pages
// share cookies, as the tabs of one reader do.
type Browser struct {
	t   testing.TB
	ctx context.Context
}

// Start runs a Chromium until the test ends. Where none is installed, the test
// is skipped; it fails if CI is true or PLUMBLINE_REQUIRE_ALL is set.
func Start(t testing.TB) *Browser {
	t.Helper()
	path := installed()
	if path == "" {
		const missing = "This test needs Chromium. On Debian: apt-get install chromium"
		if os.Getenv("CI") == "true" || os.Getenv("PLUMBLINE_REQUIRE_ALL") != "" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}

	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // the sandbox refuses root, and containers often forbid it
		chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true),
		// No name is looked up, so a page that asks a third party fails loudly.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
	)
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		stop()
		stopAllocator()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return &Browser{t: t, ctx: ctx}
}

// For gives the same browser for a subtest: what fails there fails t.
func (b *Browser) For(t testing.TB) *Browser { return &Browser{t: t, ctx: b.ctx} }

// Another gives the browser of somebody else: its pages share no cookies with those of b.
func (b *Browser) Another() *Browser {
	b.t.Helper()
	ctx, stop := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	b.t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil {
		b.t.Fatalf("open a browser for somebody else: %v", err)
	}
	return &Browser{t: b.t, ctx: ctx}
}

func installed() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
