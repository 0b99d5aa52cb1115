package frontend_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"plumbline/models"
)

// nextCode waits for the next code of an app, by the site's clock.
func (s *site) nextCode(t testing.TB, secret string) string {
	t.Helper()
	s.clock.set(s.clock.now().Add(30 * time.Second))
	code, err := totp.GenerateCode(secret, s.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestCodes_areAskedForAtSignInAndToConfirm(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	ada, _ := s.member(t, "Ada", models.RoleEditor)
	ada.send(t, "/me/password", url.Values{"password": {goodPassword}}, http.StatusSeeOther)
	page := ada.page(t, "/me/codes", http.StatusOK)
	checkShape(t, "/me/codes", page)
	secret := page.first("main code").text()
	if picture := ada.do(http.MethodGet, "/me/codes.png", nil); picture.Code != http.StatusOK || picture.Header().Get("Content-Type") != "image/png" {
		t.Errorf("the picture: %d %s", picture.Code, picture.Header())
	}
	ada.send(t, "/me/codes", url.Values{"code": {"12"}}, http.StatusUnprocessableEntity)
	shown := readPage(t, ada.do(http.MethodPost, "/me/codes", url.Values{"code": {s.nextCode(t, secret)}}), http.StatusOK)
	recovery := shown.all("main li code")
	if len(recovery) != 10 || strings.Contains(ada.page(t, "/me", http.StatusOK).text(), recovery[0].text()) {
		t.Fatalf("%d recovery codes", len(recovery))
	}

	signIn := func(code string, status int) *browser {
		t.Helper()
		b := &browser{site: s}
		b.send(t, "/sign-in", url.Values{"name": {"Ada"}, "password": {goodPassword}, "next": {"/me"}}, http.StatusSeeOther)
		if b.do(http.MethodGet, "/me", nil).Code != http.StatusSeeOther {
			t.Error("a password alone signed in")
		}
		checkShape(t, "/sign-in/code", b.page(t, "/sign-in/code?next=%2Fme", http.StatusOK))
		before := b.cookie
		answer := b.send(t, "/sign-in/code", url.Values{"code": {code}, "next": {"/me"}}, status)
		if status == http.StatusUnprocessableEntity && !linksTo(readPage(t, answer, status).all(".problems a"), "#code") {
			t.Error("nothing says that the code was not taken")
		}
		if status == http.StatusSeeOther && before == b.cookie {
			t.Error("the session kept its id at the sign-in")
		}
		return b
	}
	code := s.nextCode(t, secret)
	signIn(code, http.StatusSeeOther).page(t, "/me", http.StatusOK)
	signIn(code, http.StatusUnprocessableEntity)
	signIn(recovery[0].text(), http.StatusSeeOther).page(t, "/me", http.StatusOK)
	again := signIn(recovery[0].text(), http.StatusUnprocessableEntity)
	for range 4 {
		again.do(http.MethodPost, "/sign-in/code", url.Values{"code": {"000000"}})
	}
	if answer := again.do(http.MethodPost, "/sign-in/code", url.Values{"code": {s.nextCode(t, secret)}}); answer.Header().Get("Location") != "/sign-in" {
		t.Errorf("after five wrong codes: %d %s", answer.Code, answer.Header())
	}

	s.clock.set(s.clock.now().Add(11 * time.Minute))
	ada.send(t, "/me/codes/do", url.Values{"do": {"off"}}, http.StatusForbidden)
	checkShape(t, "/confirm", ada.page(t, "/confirm", http.StatusOK))
	ada.send(t, "/confirm", url.Values{"password": {goodPassword}}, http.StatusUnprocessableEntity)
	ada.send(t, "/confirm", url.Values{"password": {goodPassword}, "code": {s.nextCode(t, secret)}}, http.StatusSeeOther)
	checkShape(t, "/me with codes", ada.page(t, "/me", http.StatusOK))
	ada.send(t, "/me/codes/do", url.Values{"do": {"off"}}, http.StatusSeeOther)
	plain := &browser{site: s}
	plain.send(t, "/sign-in", url.Values{"name": {"Ada"}, "password": {goodPassword}}, http.StatusSeeOther)
	plain.page(t, "/me", http.StatusOK)
}

func TestMe_endsSessionsAndRevokesTokens(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	ada, _ := s.member(t, "Ada", models.RoleEditor)
	ada.send(t, "/me/password", url.Values{"password": {goodPassword}}, http.StatusSeeOther)
	other := func() *browser {
		b := &browser{site: s}
		b.send(t, "/sign-in", url.Values{"name": {"Ada"}, "password": {goodPassword}}, http.StatusSeeOther)
		return b
	}
	first, second := other(), other()
	page := ada.page(t, "/me", http.StatusOK)
	checkShape(t, "/me", page)
	rows, forms := page.all("table tbody tr"), page.all("table form")
	if len(rows) != 3 || len(forms) != 2 || !strings.Contains(page.first("table strong").text(), "this one") {
		t.Fatalf("%d sessions, %d can be ended", len(rows), len(forms))
	}
	stranger, _ := s.member(t, "Mallory", models.RoleAdmin)
	stranger.send(t, forms[0].at("action"), nil, http.StatusNotFound)
	ada.send(t, forms[0].at("action"), nil, http.StatusSeeOther)
	left := 0
	for _, b := range []*browser{first, second} {
		if b.do(http.MethodGet, "/me", nil).Code == http.StatusOK {
			left++
		}
	}
	if left != 1 {
		t.Errorf("%d of two sessions are left after one was ended", left)
	}
	third := other()
	ada.send(t, "/me/sessions", nil, http.StatusSeeOther)
	if third.do(http.MethodGet, "/me", nil).Code != http.StatusSeeOther {
		t.Error("a session outlived the end of all others")
	}

	ada.send(t, "/me/tokens", url.Values{"label": {""}, "scope": {"admin"}, "days": {"x"}}, http.StatusUnprocessableEntity)
	made := readPage(t, ada.do(http.MethodPost, "/me/tokens", url.Values{"label": {"A script"}, "scope": {"read"}, "days": {"9"}}), http.StatusOK)
	checkShape(t, "/me/tokens", made)
	secret := made.first(".notice code").text()
	if _, err := s.services.Authenticate(context.Background(), secret); err != nil {
		t.Fatal(err)
	}
	page = ada.page(t, "/me", http.StatusOK)
	if strings.Contains(page.text(), secret) || !strings.Contains(page.text(), "A script") {
		t.Error("the token is shown again, or not listed")
	}
	ada.send(t, page.all("table form")[0].at("action"), nil, http.StatusSeeOther)
	if _, err := s.services.Authenticate(context.Background(), secret); err == nil {
		t.Error("a revoked token was taken")
	}
}
