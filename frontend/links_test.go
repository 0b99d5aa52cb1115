package frontend_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/frontend/browsertest"
	"plumbline/models"
)

// looked keeps what a look at the address of a source found.
func (s *site) looked(t testing.TB, source string, outcome models.LinkOutcome, reason models.LinkReason, figure int64) {
	t.Helper()
	id := uuid.MustParse(source)
	at := time.Date(2025, 10, 20, 8, 0, 0, 0, time.UTC)
	document := s.document(t, models.TypeSource, source).Document.(*models.Source)
	look := models.LinkCheck{SourceID: id, URL: document.URL, CheckedAt: at.AddDate(0, 0, 5), Since: at, DueAt: at.AddDate(0, 1, 0), Outcome: outcome, Reason: reason, Figure: figure, Detail: "The server says that there is nothing at the address (404)."}
	if err := s.db.Write(t.Context()).Save(&look).Error; err != nil {
		t.Fatal(err)
	}
}

// withAddress publishes a source with an address.
func (s *site) withAddress(t testing.TB) string {
	t.Helper()
	op := models.Operation{Op: models.OpCreate, Type: models.TypeSource, ID: uuid.Must(uuid.NewV7()), Data: &models.Source{Kind: "article", Title: "An article with an address", URL: "https://news.example/a-story"}}
	s.publish(t, op)
	return op.ID.String()
}

func TestSource_saysWhatWasFoundAtItsAddress(t *testing.T) {
	t.Parallel()
	for outcome, c := range map[models.LinkOutcome]struct {
		reason  models.LinkReason
		figure  int64
		english []string
		arabic  []string
	}{
		models.LinkOK:          {"", 0, []string{"The page was there on 25 October 2025."}, []string{"كانت الصفحة موجودة"}},
		models.LinkGone:        {models.LinkStatus, 404, []string{"The page is gone; this was found on 20 October 2025.", "the status 404"}, []string{"لم تعد الصفحة موجودة", "404"}},
		models.LinkChanged:     {models.LinkText, 31, []string{"The page has changed; this was found on 20 October 2025.", "31% of what it said"}, []string{"تغيّرت الصفحة"}},
		models.LinkUnreachable: {models.LinkNoAnswer, 0, []string{"The page could not be read on 25 October 2025.", "gives no answer"}, []string{"لا يجيب الخادوم"}},
	} {
		s := seededSite(t)
		source := s.withAddress(t)
		s.looked(t, source, outcome, c.reason, c.figure)
		wantWords(t, s.open(t, "/sources/"+source).first("dl"), c.english...)
		wantWords(t, s.open(t, "/ar/sources/"+source).first("dl"), c.arabic...)
	}
}

// A member finds a lost source on the worklist, follows its row to the form, and settles it there,
// without scripts too.
func TestLostSources_inABrowser(t *testing.T) {
	t.Parallel()
	b := browsertest.Start(t)
	for _, look := range []struct {
		width   int
		options browsertest.Options
	}{{1280, browsertest.Options{}}, {360, browsertest.Options{Dark: true, NoScript: true}}} {
		s := seededSite(t)
		server := httptest.NewServer(s)
		t.Cleanup(server.Close)
		source := s.withAddress(t)
		s.looked(t, source, models.LinkGone, models.LinkStatus, 404)
		tab := signedIn(t, s, server, b.For(t), models.RoleContributor, look.width, look.options)
		text := func() string { return tab.Evaluate("document.querySelector('main').textContent") }
		shoot := func(name string) {
			t.Helper()
			if folder := os.Getenv("PLUMBLINE_SCREENSHOTS"); folder != "" {
				tab.Screenshot(filepath.Join(folder, name+"-"+strconv.Itoa(look.width)+".png"))
			}
			checkTab(t, tab)
		}
		tab.Go(server.URL + "/worklists/lost-sources")
		if !strings.Contains(text(), "gone since 20 October 2025. The server says that there is nothing") {
			t.Errorf("the worklist: %s", text())
		}
		shoot("lost-sources")
		tab.Follow(`main a[href$="/captures"]`)
		if !strings.Contains(text(), "its page is gone, first found on 20 October 2025") {
			t.Errorf("the form: %s", text())
		}
		tab.Type("#archived", "https://web.archive.org/web/2025/https://elsewhere.example/")
		tab.Follow(`form[action$="/fetch"] button`)
		if tab.Status != 422 || !strings.Contains(text(), "no address of an archived copy") {
			t.Errorf("another page's copy: %d %s", tab.Status, text())
		}
		shoot("lost-source")
		tab.Follow("button[value=look]")
		if !strings.Contains(tab.Evaluate("document.body.textContent"), "looked at in a moment") {
			t.Error("nothing says that it is looked at")
		}
		tab.Follow("button[value=settle]")
		tab.Go(server.URL + "/worklists/lost-sources")
		if strings.Contains(text(), "gone since") {
			t.Errorf("it is still on the worklist: %s", text())
		}
	}
}
