package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mmcdole/gofeed"

	"plumbline/models"
	"plumbline/services"
)

// TestFeeds_areFoundOnPagesAndReadByOthers follows the feeds that pages of lists and entities name,
// and reads them with a parser that was not written here.
func TestFeeds_areFoundOnPagesAndReadByOthers(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	a := &app{settings: Settings{Database: "sqlite:" + filepath.Join(t.TempDir(), "feeds.db"), LogKey: filepath.Join(t.TempDir(), "log.key"), LogLevel: "error", Fetch: "off"}, stdout: &out, stderr: &out}
	for _, run := range []func() error{func() error { return migrateCommand{}.Run(t.Context(), a) }, func() error { return seedCommand{}.Run(t.Context(), a) }} {
		if err := run(); err != nil {
			t.Fatal(err)
		}
	}
	s, db, err := a.services(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	handler, err := newHandler(s, db, handlerSettings{Logger: a.logger()})
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) string {
		t.Helper()
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
		if answer.Code != http.StatusOK {
			t.Fatalf("%s: %d", path, answer.Code)
		}
		return answer.Body.String()
	}
	read := func(link string) *gofeed.Feed {
		t.Helper()
		feed, err := gofeed.NewParser().ParseString(get(link))
		if err != nil {
			t.Fatalf("%s: %v", link, err)
		}
		return feed
	}
	for _, page := range []string{"/supplies", "/claims", "/companies", "/companies/microsoft", "/sources", "/status-changes", "/open-items"} {
		html := get(page)
		for kind, media := range map[string]string{"atom": `application/atom\+xml`, "json": `application/feed\+json`} {
			found := regexp.MustCompile(`<link rel="alternate" type="` + media + `" href="([^"]+)">`).FindStringSubmatch(html)
			if found == nil {
				t.Errorf("%s names no feed as %s", page, kind)
				continue
			}
			feed := read(strings.ReplaceAll(found[1], "&amp;", "&"))
			if feed.FeedType != kind || !strings.HasPrefix(feed.Title, "Plumbline: ") || page == "/supplies" && feed.Title != "Plumbline: supplies" || len(feed.Items) == 0 {
				t.Errorf("%s: a feed %s of the type %s, %q, with %d entries", page, kind, feed.FeedType, feed.Title, len(feed.Items))
			}
			for _, item := range feed.Items {
				if item.Title == "" || !strings.HasPrefix(item.Link, "http") || item.GUID == "" || item.UpdatedParsed == nil || item.PublishedParsed == nil {
					t.Errorf("%s: an entry lacks something: %+v", page, item)
				}
				if strings.Contains(item.Title, "unknown record") {
					t.Errorf("%s: an entry names nothing that is known: %q", page, item.Title)
				}
			}
		}
	}

	// What is published about the company is its feed's first entry.
	account, err := s.CreateAccount(t.Context(), services.Operator(), "Editor", models.RoleEditor)
	if err != nil {
		t.Fatal(err)
	}
	company, _, err := s.Find(t.Context(), models.Actor{}, "microsoft")
	if err != nil {
		t.Fatal(err)
	}
	sources, err := s.List(t.Context(), models.Actor{}, models.TypeSource, services.Query{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	day, _ := models.ParseDate("2026-01")
	claim := &models.Claim{Speakers: []models.Speaker{{Entity: &company}}, Stance: models.States, SaidOn: day, Text: "A zanzibar statement.", Citations: []models.Citation{{Source: sources.Records[0].ID}}}
	claim.About = append(claim.About, company)
	by := models.Actor{Account: account.ID, Name: account.Name, Role: account.Role}
	if _, err := s.Submit(t.Context(), by, models.Changeset{Summary: "A claim", Operations: []models.Operation{{Op: models.OpCreate, Type: models.TypeClaim, Data: claim}}}); err != nil {
		t.Fatal(err)
	}
	if feed := read("/entities/microsoft/newest.atom"); feed.Items[0].Description != "A zanzibar statement." {
		t.Errorf("the newest is %+v", feed.Items[0])
	}
}
