package frontend_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/frontend/browsertest"
	"plumbline/models"
)

// A reader watches a company, sees what is new about it, and stops; without scripts too.
func TestWatchPages_inABrowser(t *testing.T) {
	t.Parallel()
	b, s, server := browseSeeded(t)
	for i, look := range []struct {
		width   int
		options browsertest.Options
	}{{1280, browsertest.Options{}}, {360, browsertest.Options{Dark: true, NoScript: true}}} {
		tab := signedIn(t, s, server, b.For(t), models.RoleReader, look.width, look.options)
		see := func(name string, texts ...string) {
			t.Helper()
			if folder := os.Getenv("PLUMBLINE_SCREENSHOTS"); folder != "" {
				tab.Screenshot(filepath.Join(folder, fmt.Sprintf("%s-%d.png", name, look.width)))
			}
			shown := tab.Evaluate("document.querySelector('main').textContent")
			for _, text := range texts {
				if !strings.Contains(shown, text) {
					t.Errorf("%s does not say %q: %s", name, text, shown)
				}
			}
			checkTab(t, tab)
		}
		tab.Go(server.URL + "/companies/microsoft")
		tab.Follow(`.offers a[href^="/watches"]`)
		see("watch-asked", "Microsoft", "Watch it")
		tab.Follow("main form button")
		see("watch-made", "Nothing new.")
		company, _, err := s.services.Find(t.Context(), s.by, "microsoft")
		if err != nil {
			t.Fatal(err)
		}
		said, err := models.ParseDate("2025-10")
		if err != nil {
			t.Fatal(err)
		}
		source := uuid.Must(uuid.NewV7())
		s.publish(t, models.Operation{Op: models.OpCreate, Type: models.TypeSource, ID: source, Data: &models.Source{Kind: "article", Title: fmt.Sprintf("Article %d", i)}},
			models.Operation{Op: models.OpCreate, Type: models.TypeClaim, Data: &models.Claim{Speakers: []models.Speaker{{Description: "a witness"}}, Stance: models.Alleges,
				About: []uuid.UUID{company}, Text: "A thing was said.", SaidOn: said, Citations: []models.Citation{{Source: source}}}})
		tab.Go(server.URL + "/watches")
		see("watches", "Claim: Create")
		tab.Follow(`button[value="end"]`)
		see("watches-none", "You watch no record yet.")
	}
}
