package frontend_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/frontend/browsertest"
	"plumbline/models"
)

// An admin looks at the background work, cancels a job and has it tried again, without scripts too.
func TestJobPages_inABrowser(t *testing.T) {
	t.Parallel()
	b, s, server := browseSeeded(t)
	for i, look := range []struct {
		width   int
		options browsertest.Options
	}{{1280, browsertest.Options{}}, {360, browsertest.Options{Dark: true, NoScript: true}}} {
		source := uuid.MustParse("0199a0a0-0000-7000-8000-00000000000" + strconv.Itoa(i))
		if err := s.services.CheckLinks(t.Context(), models.Actor{Role: models.RoleEditor}, source); err != nil {
			t.Fatal(err)
		}
		tab := signedIn(t, s, server, b.For(t), models.RoleAdmin, look.width, look.options)
		text := func() string { return tab.Evaluate("document.querySelector('main').textContent") }
		tab.Go(server.URL + "/admin/jobs?kind=link")
		if !strings.Contains(text(), "Look at the link of a source") || !strings.Contains(text(), "0 of 3") {
			t.Errorf("the list: %s", text())
		}
		if folder := os.Getenv("PLUMBLINE_SCREENSHOTS"); folder != "" {
			tab.Screenshot(filepath.Join(folder, "jobs-"+strconv.Itoa(look.width)+".png"))
		}
		checkTab(t, tab)
		tab.Follow("button[value=cancel]")
		if !strings.Contains(text(), "Cancelled (1)") {
			t.Errorf("after cancelling: %s", text())
		}
		checkTab(t, tab)
		tab.Follow("button[value=retry]")
		if !strings.Contains(text(), "Waiting ("+strconv.Itoa(i+1)+")") {
			t.Errorf("after trying again: %s", text())
		}
	}
}
