package frontend_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"plumbline/models"
)

// TestPublished_saysWhenItDoesNotStandAnyMore has somebody else publish another version of a record
// before the page after a write is shown.
func TestPublished_saysWhenItDoesNotStandAnyMore(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	editor, _ := s.member(t, "Editor", models.RoleEditor)
	_, other := s.member(t, "Other", models.RoleEditor)
	record := s.document(t, models.TypeEntity, "unit-8200")
	address := "/records/" + record.ID.String() + "/still-holds"

	confirm := func() {
		t.Helper()
		editor.send(t, address, url.Values{"version": {editor.page(t, address, http.StatusOK).first("input[name=version]").at("value")}, "found": {"nothing"}}, http.StatusSeeOther)
	}
	confirm()
	if notice := editor.page(t, "/worklists", http.StatusOK).first("main .notice"); notice == nil || notice.text() != "Published. Every reader sees it now." {
		t.Errorf("%v", notice)
	}

	confirm()
	out, err := s.services.Submit(context.Background(), actorOf(other), models.Changeset{Summary: "Meanwhile", Operations: []models.Operation{s.rename(t, "unit-8200", "Unit 8200", "Meanwhile.")}})
	if err != nil || out.Status != models.ChangesetPublished {
		t.Fatalf("%+v, %v", out, err)
	}
	notice := editor.page(t, "/worklists", http.StatusOK).first("main .notice")
	if notice == nil || !strings.Contains(notice.text(), "Published as version 3. It was changed again since: version 4 stands now.") || strings.Contains(notice.text(), "Every reader") {
		t.Fatalf("%v", notice)
	}
	editor.page(t, notice.first("a").at("href"), http.StatusOK)
	if again := editor.page(t, "/worklists", http.StatusOK).first("main .notice"); again != nil {
		t.Errorf("it is said twice: %s", again.text())
	}
}
