package frontend_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"plumbline/frontend/browsertest"
)

// TestReadmeScreenshots makes the pictures of the README of the seeded case, in the folder that
// PLUMBLINE_README names: make screenshots.
func TestReadmeScreenshots(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("PLUMBLINE_README")
	if folder == "" {
		t.Skip("PLUMBLINE_README names no folder")
	}
	browser := browsertest.Start(t)
	server := httptest.NewServer(seededSite(t))
	t.Cleanup(server.Close)
	for _, page := range []shot{{"overview", "/"}, {"entity", "/companies/microsoft"}, {"matrix", "/supplies/matrix"}, {"network", "/network?entity=microsoft"}} {
		tab := browser.For(t).Open(server.URL+page.address, 1280, 1000, browsertest.Options{})
		tab.ScreenshotOfView(filepath.Join(folder, page.name+".png"))
	}
}
