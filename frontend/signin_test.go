package frontend_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"plumbline/models"
	"plumbline/services"
)

// browser keeps a cookie, and says where its requests come from, as browsers do.
type browser struct {
	site   *site
	cookie string
	// known is the cookie by which it is known after a sign-in; from where it asks.
	known, from string
}

func (b *browser) do(method, address string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "https://plumbline.example"+address, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if cookies := strings.Trim(b.cookie+"; "+b.known, "; "); cookies != "" {
		request.Header.Set("Cookie", cookies)
	}
	if b.from != "" {
		request.RemoteAddr = b.from
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	b.site.ServeHTTP(recorder, request)
	for _, cookie := range recorder.Result().Cookies() {
		if strings.HasSuffix(cookie.Name, "-known") {
			b.known = cookie.Name + "=" + cookie.Value
			continue
		}
		b.cookie = cookie.Name + "=" + cookie.Value
		if cookie.MaxAge < 0 {
			b.cookie = ""
		}
	}
	return recorder
}

// page reads a page that must come with a status.
func (b *browser) page(t testing.TB, address string, status int) *node {
	t.Helper()
	return readPage(t, b.do(http.MethodGet, address, nil), status)
}

// send sends a form.
func (b *browser) send(t testing.TB, address string, form url.Values, status int) *httptest.ResponseRecorder {
	t.Helper()
	answer := b.do(http.MethodPost, address, form)
	if answer.Code != status {
		t.Fatalf("POST %s: %d, want %d\n%s", address, answer.Code, status, answer.Body)
	}
	return answer
}

func readPage(t testing.TB, answer *httptest.ResponseRecorder, status int) *node {
	t.Helper()
	if answer.Code != status {
		t.Fatalf("%d, want %d (to %q)\n%s", answer.Code, status, answer.Header().Get("Location"), answer.Body)
	}
	root, err := html.Parse(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &node{root}
}

const goodPassword = "nine brown herons"

// member makes an account with a password, and gives a browser in which it is signed in.
func (s *site) member(t testing.TB, name string, role models.Role) (*browser, models.Account) {
	t.Helper()
	ctx := context.Background()
	account, err := s.services.CreateAccount(ctx, services.Operator(), name, role)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := s.services.InviteSignIn(ctx, services.Operator(), account)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{site: s}
	b.send(t, "/invitations/"+secret, nil, http.StatusSeeOther)
	return b, account
}

func TestSignIn_byPasswordAndOutAgain(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	first, _ := s.member(t, "Ada", models.RoleEditor)
	checkShape(t, "/me", first.page(t, "/me", http.StatusOK))
	short := readPage(t, first.do(http.MethodPost, "/me/password", url.Values{"password": {"short"}}), http.StatusUnprocessableEntity)
	checkShape(t, "/me again", short)
	if !linksTo(short.all(".problems a"), "#password") || short.first("#password-problem") == nil {
		t.Error("the problem does not lead to its field")
	}
	first.send(t, "/me/password", url.Values{"password": {goodPassword}}, http.StatusSeeOther)
	if notice := first.page(t, "/me", http.StatusOK).first(".notice[role=status]"); notice == nil || !strings.Contains(notice.text(), "was set") {
		t.Error("nothing says that the password was set")
	}
	if notice := first.page(t, "/me", http.StatusOK).first(".notice[role=status]"); notice != nil {
		t.Error("the notice is shown twice")
	}

	second := &browser{site: s}
	if answer := second.do(http.MethodGet, "/me", nil); answer.Code != http.StatusSeeOther || answer.Header().Get("Location") != "/sign-in?next=%2Fme" {
		t.Errorf("/me without a session: %d to %q", answer.Code, answer.Header().Get("Location"))
	}
	checkShape(t, "/sign-in", second.page(t, "/sign-in?next=%2Fme", http.StatusOK))
	wrong := readPage(t, second.do(http.MethodPost, "/sign-in", url.Values{"name": {"Ada"}, "password": {"wrong"}}), http.StatusUnprocessableEntity)
	unknown := readPage(t, second.do(http.MethodPost, "/sign-in", url.Values{"name": {"Nobody"}, "password": {"wrong"}}), http.StatusUnprocessableEntity)
	if wrong.first(".problems").text() != unknown.first(".problems").text() {
		t.Errorf("%q and %q tell known names from unknown ones", wrong.first(".problems").text(), unknown.first(".problems").text())
	}
	answer := second.send(t, "/sign-in", url.Values{"name": {"Ada"}, "password": {goodPassword}, "next": {"//evil.example"}}, http.StatusSeeOther)
	if answer.Header().Get("Location") != "/" {
		t.Errorf("led to %q", answer.Header().Get("Location"))
	}
	cookie := strings.Join(answer.Header().Values("Set-Cookie"), "\n")
	for _, part := range []string{"__Host-plumbline=", "Path=/", "HttpOnly", "Secure", "SameSite=Lax", "Max-Age="} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie %q has no %s", cookie, part)
		}
	}
	if !strings.Contains(second.page(t, "/companies", http.StatusOK).first(".member").text(), "Ada") {
		t.Error("the page does not say who is signed in")
	}

	copied := &browser{site: s, cookie: second.cookie}
	second.send(t, "/sign-out", nil, http.StatusSeeOther)
	if second.cookie != "" || copied.do(http.MethodGet, "/me", nil).Code != http.StatusSeeOther {
		t.Error("the session outlives its sign-out")
	}
	if first.do(http.MethodGet, "/me", nil).Code != http.StatusOK {
		t.Error("signing out ended another session")
	}
}

func TestPages_ofMembersAreKeptNowhere(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	ada, _ := s.member(t, "Ada", models.RoleEditor)
	for range 2 {
		answer := ada.do(http.MethodGet, "/companies", nil)
		if answer.Header().Get("Cache-Control") != "private, no-store" || !strings.Contains(answer.Body.String(), "Ada") {
			t.Errorf("a member's page: %v", answer.Header())
		}
		public := s.ask(http.MethodGet, "/companies")
		if !strings.HasPrefix(public.Header().Get("Cache-Control"), "public") || strings.Contains(public.Body.String(), "Ada") || !strings.Contains(public.Header().Get("Vary"), "Cookie") {
			t.Errorf("the public's page: %v", public.Header())
		}
	}
}

func TestSession_endsWithItsAccountAndItsTime(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	ada, _ := s.member(t, "Ada", models.RoleReader)
	idle := &browser{site: s, cookie: ada.cookie}
	s.clock.set(s.clock.now().Add(11 * time.Hour))
	ada.page(t, "/me", http.StatusOK)
	s.clock.set(s.clock.now().Add(11 * time.Hour)) // used in between
	idle.page(t, "/me", http.StatusOK)
	s.clock.set(s.clock.now().Add(13 * time.Hour)) // not used
	if answer := ada.do(http.MethodGet, "/me", nil); answer.Code != http.StatusSeeOther {
		t.Errorf("an idle session: %d", answer.Code)
	}

	grace, _ := s.member(t, "Grace", models.RoleReader)
	for range 8 * 24 {
		s.clock.set(s.clock.now().Add(time.Hour))
		if grace.do(http.MethodGet, "/me", nil).Code != http.StatusOK {
			break
		}
	}
	if answer := grace.do(http.MethodGet, "/me", nil); answer.Code != http.StatusSeeOther {
		t.Errorf("a session of more than a week: %d", answer.Code)
	}
}

func TestConfirm_isAskedForAfterTenMinutes(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	ada, _ := s.member(t, "Ada", models.RoleReader)
	ada.send(t, "/me/password", url.Values{"password": {goodPassword}}, http.StatusSeeOther)
	s.clock.set(s.clock.now().Add(11 * time.Minute))
	refused := readPage(t, ada.do(http.MethodPost, "/me/password", url.Values{"password": {"another " + goodPassword}}, "Referer", "https://plumbline.example/me"), http.StatusForbidden)
	if !linksTo(refused.all("main a"), "/confirm?next=%2Fme") {
		t.Error("nothing leads to the confirmation")
	}
	checkShape(t, "/confirm", ada.page(t, "/confirm?next=%2Fme", http.StatusOK))
	ada.send(t, "/confirm", url.Values{"password": {"wrong"}, "next": {"/me"}}, http.StatusUnprocessableEntity)
	before := ada.cookie
	if answer := ada.send(t, "/confirm", url.Values{"password": {goodPassword}, "next": {"/me"}}, http.StatusSeeOther); answer.Header().Get("Location") != "/me" {
		t.Errorf("led to %q", answer.Header().Get("Location"))
	}
	if before == ada.cookie {
		t.Error("the session kept its id at a change of privilege")
	}
	ada.send(t, "/me/password", url.Values{"password": {"another " + goodPassword}}, http.StatusSeeOther)
}

func TestForms_haveABound(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	b := &browser{site: s}
	page := readPage(t, b.do(http.MethodPost, "/sign-in", url.Values{"name": {strings.Repeat("x", 2<<20)}}), http.StatusRequestEntityTooLarge)
	if !strings.Contains(page.first("main").text(), "more than 1 MB") {
		t.Errorf("the page says %q", page.first("main").text())
	}
	for name, body := range map[string]string{"bad escapes": "name=%zz", "no UTF-8": "name=%ff%fe&password=%ff", "NUL": "name=%00&password=%00"} {
		request := httptest.NewRequest(http.MethodPost, "https://plumbline.example/sign-in", strings.NewReader(body))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", "https://plumbline.example")
		recorder := httptest.NewRecorder()
		s.ServeHTTP(recorder, request)
		if recorder.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, recorder.Code)
		}
	}
}

// TestSignIn_slowsWhoGuessesNotTheOwner guesses a password elsewhere while its owner signs in at home.
func TestSignIn_slowsWhoGuessesNotTheOwner(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	ada, _ := s.member(t, "Ada", models.RoleEditor)
	ada.send(t, "/me/password", url.Values{"password": {goodPassword}}, http.StatusSeeOther)
	ada.send(t, "/sign-out", nil, http.StatusSeeOther)
	if !strings.HasPrefix(ada.known, "__Host-plumbline-known=") {
		t.Fatalf("the browser keeps %q", ada.known)
	}

	attacker := &browser{site: s, from: "203.0.113.5:1"}
	var slowed *node
	for i := 0; slowed == nil; i++ {
		answer := attacker.do(http.MethodPost, "/sign-in", url.Values{"name": {"Ada"}, "password": {"wrong"}})
		if answer.Code == http.StatusTooManyRequests {
			if i != 5 || answer.Header().Get("Retry-After") == "" {
				t.Errorf("slowed after %d: %v", i, answer.Header())
			}
			slowed = readPage(t, answer, http.StatusTooManyRequests)
		} else if i > 10 {
			t.Fatal("nothing slows who guesses")
		}
	}
	checkShape(t, "/sign-in", slowed)
	if text := slowed.first(".problems").text(); !strings.Contains(text, "Try again in") {
		t.Error(text)
	}
	ada.from = attacker.from // in the same network
	ada.send(t, "/sign-in", url.Values{"name": {"Ada"}, "password": {goodPassword}}, http.StatusSeeOther)
	ada.page(t, "/me", http.StatusOK)

	// The same where it is confirmed who is there: wrong passwords are counted there too.
	s.clock.set(s.clock.now().Add(11 * time.Minute))
	for range 5 {
		ada.send(t, "/confirm", url.Values{"password": {"wrong"}}, http.StatusUnprocessableEntity)
	}
	ada.send(t, "/confirm", url.Values{"password": {goodPassword}}, http.StatusTooManyRequests)
	s.clock.set(s.clock.now().Add(time.Minute))
	ada.send(t, "/confirm", url.Values{"password": {goodPassword}}, http.StatusSeeOther)
}
