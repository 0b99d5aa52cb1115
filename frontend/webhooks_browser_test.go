package frontend_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/frontend/browsertest"
	"plumbline/models"
)

// An admin adds a webhook, sees its secret once, tests it, and looks at its deliveries, without
// scripts too.
func TestWebhookPages_inABrowser(t *testing.T) {
	t.Parallel()
	b, s, server := browseSeeded(t)
	for _, look := range []struct {
		width   int
		options browsertest.Options
	}{{1280, browsertest.Options{}}, {360, browsertest.Options{Dark: true, NoScript: true}}} {
		tab := signedIn(t, s, server, b.For(t), models.RoleAdmin, look.width, look.options)
		shoot := func(name string) {
			t.Helper()
			if folder := os.Getenv("PLUMBLINE_SCREENSHOTS"); folder != "" {
				tab.Screenshot(filepath.Join(folder, fmt.Sprintf("%s-%d.png", name, look.width)))
			}
			checkTab(t, tab)
		}
		text := func() string { return tab.Evaluate("document.querySelector('main').textContent") }
		tab.Go(server.URL + "/admin/webhooks")
		tab.Type("#label", "A site")
		tab.Type("#url", "https://receiver.example/hook")
		tab.Type("#events", "claim.*, *.retract")
		tab.Type("#entity", "microsoft")
		tab.Follow("form.sheet button")
		if !strings.Contains(text(), "whsec_") {
			t.Error("the secret is not shown")
		}
		shoot("webhook-made")
		tab.Follow("button[value=test]")
		if strings.Contains(text(), "whsec_") || !strings.Contains(text(), "webhook.test") {
			t.Errorf("after a test: %s", text())
		}
		shoot("webhook")
		tab.Go(server.URL + "/admin/webhooks")
		shoot("webhooks")
		tab.Type("#events", "clam.*")
		tab.Evaluate("document.querySelector('form.sheet').noValidate = true")
		tab.Follow("form.sheet button")
		if tab.Status != 422 || !strings.Contains(text(), "claim") || len(tab.Axe()) > 0 || tab.HorizontalOverflow() {
			t.Errorf("a wrong pattern: %d %v", tab.Status, tab.Axe())
		}
	}
}
