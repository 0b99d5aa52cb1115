package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/services"
)

// TestThrottle_believesTrustedProxiesAlone guesses a password through web servers in front.
func TestThrottle_believesTrustedProxiesAlone(t *testing.T) {
	db := dbtest.SQLite(t)
	key, err := services.EnterLogKey(t.Context(), db, filepath.Join(t.TempDir(), "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	s := services.New(db, services.Settings{LogKey: key})
	if _, err := newHandler(s, db, handlerSettings{Proxies: []string{"the proxy"}}); err == nil || !strings.Contains(err.Error(), "--trusted-proxy") {
		t.Errorf("a proxy without an address: %v", err)
	}
	if _, err := s.CreateAccount(context.Background(), services.Operator(), "Ada", models.RoleEditor); err != nil {
		t.Fatal(err)
	}
	router := routerOf(t, s, db, "10.0.0.0/24")
	guess := func(name, from string, headers ...string) *httptest.ResponseRecorder {
		request := httptest.NewRequest(http.MethodPost, "https://plumbline.example/sign-in", strings.NewReader(url.Values{"name": {name}, "password": {"wrong"}}.Encode()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Sec-Fetch-Site", "same-origin")
		request.RemoteAddr = from
		for i := 0; i+1 < len(headers); i += 2 {
			request.Header.Set(headers[i], headers[i+1])
		}
		answer := httptest.NewRecorder()
		router.ServeHTTP(answer, request)
		return answer
	}

	const proxy, stranger = "10.0.0.7:4000", "203.0.113.5:4000"
	for i := range 5 {
		if answer := guess("Ada", proxy, "X-Forwarded-For", "198.51.100.1"); answer.Code != http.StatusUnprocessableEntity {
			t.Fatalf("guess %d: %d", i+1, answer.Code)
		}
		// Who is no proxy is counted by their own address, whatever they say.
		if answer := guess("Eve", stranger, "X-Forwarded-For", "198.51.100."+string(rune('1'+i)), "X-Real-IP", "198.51.100.9"); answer.Code != http.StatusUnprocessableEntity {
			t.Fatalf("guess %d: %d", i+1, answer.Code)
		}
	}
	slowed := guess("Ada", proxy, "X-Forwarded-For", "192.0.2.200, 198.51.100.1") // what a client wrote itself stands before
	if slowed.Code != http.StatusTooManyRequests || slowed.Header().Get("Retry-After") == "" || !strings.Contains(slowed.Body.String(), "Try again in") {
		t.Errorf("after five guesses: %d %s", slowed.Code, slowed.Header())
	}
	if answer := guess("Eve", stranger, "X-Forwarded-For", "198.51.100.77"); answer.Code != http.StatusTooManyRequests {
		t.Errorf("an address that nobody vouches for: %d", answer.Code)
	}
	if answer := guess("Ada", proxy, "X-Forwarded-For", "198.51.100.2"); answer.Code != http.StatusUnprocessableEntity {
		t.Errorf("somebody else behind the proxy: %d", answer.Code)
	}
}
