package frontend_test

import (
	"bytes"
	"encoding/json"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"plumbline/models"
)

func TestEmbed_cardsMayBeFramedAndKnowNobody(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	hostile(t, s)
	for _, address := range []string{"/embed/entities/microsoft", "/ar/embed/entities/microsoft", "/embed/entities/unit-8200?as_of=2025-09-01", "/embed/entities/hostile", "/embed/network?entity=microsoft",
		"/embed/matrix?party=microsoft", "/embed/timeline?status=disabled&day[gte]=2025-01-01", "/ar/embed/timeline",
		"/embed/records/" + s.id(t, models.TypeClaim, url.Values{"stance": {"admits"}}), "/embed/records/" + s.id(t, models.TypeRelationship, url.Values{"status": {"disabled"}}),
		"/embed/records/" + s.id(t, models.TypeStatusChange, nil), "/embed/records/" + s.id(t, models.TypeOpenItem, nil)} {
		for range 2 { // the second comes from what was kept
			answer := s.ask(http.MethodGet, address, "Cookie", "session=x")
			policy := answer.Header().Get("Content-Security-Policy")
			if answer.Code != http.StatusOK || !strings.Contains(policy, "frame-ancestors *") || !strings.Contains(policy, "default-src 'none'") || answer.Header().Get("Set-Cookie") != "" {
				t.Errorf("%s: %d, %v", address, answer.Code, answer.Header())
			}
		}
		page := s.open(t, address)
		if len(page.all("script"))+len(page.all("form"))+len(page.all("[style]")) > 0 || len(page.all("h1")) != 1 || page.first("base").at("target") != "_blank" {
			t.Errorf("%s is no card", address)
		}
		if !strings.HasPrefix(page.first("h1 a").at("href"), "http://example.com/") {
			t.Errorf("%s leads to %q", address, page.first("h1 a").at("href"))
		}
	}
	for address, status := range map[string]int{"/embed/entities/nobody": 404, "/embed/network?depth=9": 400, "/embed/records/x?y=1": 400, "/embed/timeline?day[gte]=x": 400, "/embed/matrix?statu=active": 400} {
		if answer := s.ask(http.MethodGet, address); answer.Code != status {
			t.Errorf("%s: %d, want %d", address, answer.Code, status)
		}
	}
	page := s.open(t, "/cite?page=/companies/microsoft")
	if code := page.first("textarea[id=embed]").text(); !strings.Contains(code, `src="http://example.com/embed/entities/microsoft"`) {
		t.Errorf("the code to embed is %s", code)
	}
	for page, card := range map[string]string{"/timeline?status=disabled&day[gte]=2025-01-01": "/embed/timeline?day%5Bgte%5D=2025-01-01&status=disabled", "/supplies/matrix?party=microsoft": "/embed/matrix?party=microsoft"} {
		cited := s.open(t, "/cite?"+url.Values{"page": {page}}.Encode())
		if code := cited.first("textarea[id=embed]").text(); !strings.Contains(code, "http://example.com"+strings.ReplaceAll(card, "&", "&amp;")) {
			t.Errorf("the code to embed %s is %s", page, code)
		}
		if plain := cited.first("textarea[id=plain]"); plain == nil || !strings.Contains(plain.text(), "Tempo") {
			t.Errorf("%s is cited without its sources", page)
		}
	}
}

func TestPreview_isAPictureOfWhatThePageShows(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	hostile(t, s)
	for _, page := range []string{"/", "/supplies", "/companies/microsoft", "/companies/hostile", "/units/hebrew-unit"} {
		head := s.open(t, page)
		address := head.first("meta[property=og:image]").at("content")
		path, ok := strings.CutPrefix(address, "http://example.com")
		if !ok {
			t.Fatalf("%s: the picture is at %q", page, address)
		}
		answer := s.ask(http.MethodGet, path)
		picture, err := png.Decode(bytes.NewReader(answer.Body.Bytes()))
		if err != nil || picture.Bounds().Dx() != 1200 || picture.Bounds().Dy() != 630 || answer.Header().Get("Content-Type") != "image/png" || answer.Body.Len() > 300_000 {
			t.Errorf("%s: %d bytes, %v", path, answer.Body.Len(), err)
		}
	}
	for _, path := range []string{"/previews/nobody.png", "/previews/microsoft.jpg", "/previews/%00.png"} {
		if answer := s.ask(http.MethodGet, path); answer.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, answer.Code)
		}
	}
}

func TestLinkedData_saysWhoAnEntityIs(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	hostile(t, s)
	for page, kind := range map[string]string{"/companies/microsoft": "Corporation", "/units/unit-8200": "GovernmentOrganization", "/companies/hostile": "Corporation"} {
		var data struct {
			Context string `json:"@context"`
			Type    string `json:"@type"`
			Name    string
			URL     string
		}
		text := s.open(t, page).first("script[type=application/ld+json]").FirstChild.Data
		if err := json.Unmarshal([]byte(text), &data); err != nil {
			t.Fatalf("%s: %v\n%s", page, err, text)
		}
		if data.Context != "https://schema.org" || data.Type != kind || data.Name == "" || data.URL != "http://example.com"+page {
			t.Errorf("%s: %+v", page, data)
		}
	}
}

func TestSuggestions_comeInGroups(t *testing.T) {
	t.Parallel()
	s := seededSite(t)
	page := s.open(t, "/search/suggestions?q=unit")
	groups := page.all("[role=group]")
	if len(groups) == 0 || len(page.all("a[role=option]")) < 2 {
		t.Fatalf("%d groups, %d options", len(groups), len(page.all("a[role=option]")))
	}
	results := map[string]bool{}
	for _, a := range s.open(t, "/search?q=unit").all("ol.hits a") {
		results[a.at("href")] = true
	}
	for _, option := range page.all("a[role=option]") {
		if !results[option.at("href")] || option.at("id") == "" {
			t.Errorf("%s is suggested, and no result", option.at("href"))
		}
	}
	for _, query := range []string{"", "?q=", "?q=%20", "?q=zzzzqqq", "?q=%E2%80%8F"} {
		if answer := s.ask(http.MethodGet, "/search/suggestions"+query); answer.Code >= 400 || strings.Contains(answer.Body.String(), "role=\"option\"") {
			t.Errorf("%q: %d", query, answer.Code)
		}
	}
	s.openAs(t, "/search/suggestions?q=a&x=1", http.StatusBadRequest)
}
