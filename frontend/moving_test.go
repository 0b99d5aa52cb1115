package frontend_test

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/database/dbtest"
	"plumbline/frontend"
	"plumbline/models"
	"plumbline/services"
)

// moved asks for an address that must lead elsewhere, and gives where.
func (s *site) moved(t testing.TB, address string) string {
	t.Helper()
	answer := s.ask(http.MethodGet, address)
	if answer.Code != http.StatusMovedPermanently {
		t.Fatalf("GET %s: %d", address, answer.Code)
	}
	return answer.Header().Get("Location")
}

func TestAddresses_leadToTheRecord(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	microsoft := s.id(t, models.TypeEntity, url.Values{"kind": {"company"}})
	source := s.id(t, models.TypeSource, nil)
	for from, to := range map[string]string{
		"/units/microsoft":                         "/companies/microsoft",
		"/companies/" + microsoft:                  "/companies/microsoft",
		"/entities/microsoft":                      "/companies/microsoft",
		"/entities/" + microsoft:                   "/companies/microsoft",
		"/records/" + microsoft:                    "/entities/" + microsoft,
		"/records/microsoft":                       "/entities/" + microsoft,
		"/records/" + source:                       "/sources/" + source,
		"/sources/" + strings.ToUpper(source):      "/sources/" + source,
		"/units/microsoft?as_of=2025-09-24":        "/companies/microsoft?as_of=2025-09-24",
		"/records/" + source + "?as_of=2025-09-24": "/sources/" + source + "?as_of=2025-09-24",
		// What a form sends is tidied.
		"/supplies?status=active&party=&purpose=": "/supplies?status=active",
		"/supplies?status=":                       "/supplies",
		"/?known_at=2025-11-01T08%3A00&as_of=":    "/?known_at=2025-11-01T08%3A00%3A00Z",
		// A name leads to its slug.
		"/supplies?party=IDF&status=active": "/supplies?party=israel-defense-forces&status=active",
		"/supplies?party=unit+8200":         "/supplies?party=unit-8200",
	} {
		if got := s.moved(t, from); got != to {
			t.Errorf("%s leads to %s, want %s", from, got, to)
		}
	}
	if answer := s.ask(http.MethodGet, "//evil.example?status="); strings.HasPrefix(answer.Header().Get("Location"), "//") {
		t.Errorf("an address leads to another host: %s", answer.Header().Get("Location"))
	}
}

func TestAddresses_leadFromOldSlugs(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	get := func(slug string) services.Record {
		page, err := s.services.Get(context.Background(), models.Actor{}, models.TypeEntity, slug, services.Moment{})
		if err != nil {
			t.Fatal(err)
		}
		return page.Records[0]
	}
	company := get("microsoft")
	document := *company.Document.(*models.Entity)
	document.Slug = "microsoft-corporation"
	s.publish(t, models.Operation{Op: models.OpEdit, Type: models.TypeEntity, ID: company.ID, Version: company.Version, Edit: models.Corrected, Reason: "Test", Data: &document})
	if got := s.moved(t, "/companies/microsoft?as_of=2025-09-24"); got != "/companies/microsoft-corporation?as_of=2025-09-24" {
		t.Errorf("the old slug leads to %s", got)
	}
	s.open(t, "/companies/microsoft-corporation")
}

func TestPages_areKeptUntilSomethingIsPublishedOrTheDayEnds(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	first := s.ask(http.MethodGet, "/")
	tag := first.Header().Get("ETag")
	if again := s.ask(http.MethodGet, "/", "If-None-Match", tag); tag == "" || again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Fatalf("the same page: %d, %d bytes", again.Code, again.Body.Len())
	}
	if !strings.Contains(first.Header().Get("Cache-Control"), "must-revalidate") {
		t.Errorf("Cache-Control %q", first.Header().Get("Cache-Control"))
	}

	s.publish(t, models.Operation{Op: models.OpCreate, Type: models.TypeEntity, Data: &models.Entity{Kind: models.KindCase, Name: "Another case",
		Citations: []models.Citation{{Source: uuid.MustParse(s.id(t, models.TypeSource, nil))}}}})
	next := s.ask(http.MethodGet, "/", "If-None-Match", tag)
	if next.Code != http.StatusOK || !strings.Contains(next.Body.String(), "Another case") {
		t.Errorf("after a publication: %d", next.Code)
	}
	s.clock.set(time.Date(2025, 11, 2, 9, 0, 0, 0, time.UTC))
	if later := s.ask(http.MethodGet, "/"); !strings.Contains(later.Body.String(), "38 days without an answer") || !strings.Contains(next.Body.String(), "37 days without an answer") {
		t.Error("the days without an answer stand still")
	}
}

func TestPages_travelCompressed(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	plain := s.ask(http.MethodGet, "/supplies", "Accept-Encoding", "gzip;q=0, identity")
	zipped := s.ask(http.MethodGet, "/supplies", "Accept-Encoding", "br;q=1, gzip;q=0.8")
	reader, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(reader)
	if err != nil || string(text) != plain.Body.String() {
		t.Errorf("the two differ: %v", err)
	}
	if plain.Header().Get("Content-Encoding") != "" || plain.Header().Get("ETag") == zipped.Header().Get("ETag") || zipped.Header().Get("Vary") != "Accept-Encoding, Cookie" {
		t.Errorf("headers %v and %v", plain.Header(), zipped.Header())
	}
	if again := s.ask(http.MethodGet, "/supplies", "Accept-Encoding", "gzip", "If-None-Match", zipped.Header().Get("ETag")); again.Code != http.StatusNotModified {
		t.Errorf("the same compressed page: %d", again.Code)
	}
	if head := s.ask(http.MethodHead, "/supplies"); head.Code != http.StatusOK {
		t.Errorf("HEAD: %d", head.Code)
	}
}

func TestPages_sayPlainlyThatSomethingIsBroken(t *testing.T) {
	t.Parallel()
	db := dbtest.SQLite(t)
	key, err := services.EnterLogKey(t.Context(), db, filepath.Join(t.TempDir(), "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	router := gin.New()
	frontend.Register(router, services.New(db, services.Settings{LogKey: key}), frontend.Settings{})
	s := &site{Handler: router}
	db.Close()
	page := s.openAs(t, "/companies", http.StatusInternalServerError)
	checkShape(t, "/companies", page)
	if text := page.first("main").text(); !strings.Contains(text, "It was logged") || strings.Contains(text, "sql") || strings.Contains(text, "database") {
		t.Errorf("the page says %q", text)
	}
}
