package frontend_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/outbound"
	"plumbline/services"
)

// openIDProvider is an OpenID provider: it lets everybody in as its subject, and signs what it says.
type openIDProvider struct {
	*httptest.Server
	key     *rsa.PrivateKey
	lock    sync.Mutex
	subject string
	// spoil changes what it signs; nil for nothing.
	spoil func(claims map[string]any)
	// asked are the questions that wait for their code to be fetched.
	asked map[string]url.Values
}

func newOpenIDProvider(t *testing.T) *openIDProvider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	o := &openIDProvider{key: key, subject: "ada-17", asked: map[string]url.Values{}}
	o.Server = httptest.NewServer(http.HandlerFunc(o.serve))
	t.Cleanup(o.Close)
	return o
}

func (o *openIDProvider) serve(w http.ResponseWriter, r *http.Request) {
	o.lock.Lock()
	defer o.lock.Unlock()
	answer := map[string]any{}
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		answer = map[string]any{"issuer": o.URL, "authorization_endpoint": o.URL + "/authorize", "token_endpoint": o.URL + "/token", "jwks_uri": o.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}, "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}}
	case "/keys":
		answer["keys"] = []any{map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k", "n": base64.RawURLEncoding.EncodeToString(o.key.N.Bytes()),
			"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(o.key.E)).Bytes())}}
	case "/token":
		question := o.asked[r.PostFormValue("code")]
		delete(o.asked, r.PostFormValue("code"))
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		id, secret, basic := r.BasicAuth()
		if question == nil || !basic || id != "plumbline" || secret != "s3cret" || question.Get("code_challenge_method") != "S256" ||
			question.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) || question.Get("redirect_uri") != r.PostFormValue("redirect_uri") {
			w.WriteHeader(http.StatusBadRequest)
			answer["error"] = "invalid_grant"
			break
		}
		answer = map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": o.sign(question.Get("nonce"))}
	default:
		w.WriteHeader(http.StatusNotFound)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // the client sees what is missing
}

func (o *openIDProvider) sign(nonce string) string {
	claims := map[string]any{"iss": o.URL, "sub": o.subject, "aud": "plumbline", "nonce": nonce, "iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
		"email": "admin@example.org", "email_verified": true, "name": "Admin", "preferred_username": "Admin"}
	if o.spoil != nil {
		o.spoil(claims)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		panic(err) // these can be written
	}
	signed := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","kid":"k"}`)) + "." + base64.RawURLEncoding.EncodeToString(text)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, o.key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// signsIn is what the provider does with a browser that is led to it: the address that it leads back to.
func (o *openIDProvider) signsIn(t *testing.T, b *browser, begin string) string {
	t.Helper()
	answer := b.do(http.MethodGet, begin, nil)
	to, err := url.Parse(answer.Header().Get("Location"))
	if err != nil || answer.Code != http.StatusSeeOther || !strings.HasPrefix(to.String(), o.URL+"/authorize?") {
		t.Fatalf("%s leads to %s: %d", begin, to, answer.Code)
	}
	q := to.Query()
	if q.Get("client_id") != "plumbline" || q.Get("scope") != "openid" || q.Get("nonce") == "" || q.Get("redirect_uri") != "https://plumbline.example/sign-in/openid/callback" {
		t.Fatalf("the provider is asked %v", q)
	}
	o.lock.Lock()
	defer o.lock.Unlock()
	code := "code " + q.Get("state")
	o.asked[code] = q
	return "/sign-in/openid/callback?" + url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
}

func TestOpenID_signsInWhoLinkedIt(t *testing.T) {
	t.Parallel()
	provider := newOpenIDProvider(t)
	client, err := outbound.NewOpenID(outbound.OpenIDSettings{Issuer: provider.URL, Client: "plumbline", Secret: "s3cret"})
	if err != nil {
		t.Fatal(err)
	}
	db := dbtest.SQLite(t)
	key, err := services.EnterLogKey(t.Context(), db, filepath.Join(t.TempDir(), "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	clock := &clock{at: time.Date(2025, 11, 1, 9, 0, 0, 0, time.UTC)}
	address := &url.URL{Scheme: "https", Host: "plumbline.example"}
	s := (&site{nil, services.New(db, services.Settings{LogKey: key, Clock: clock.now, Provider: client}), models.Actor{}, clock, nil}).at(address)
	s.member(t, "Admin", models.RoleAdmin) // the provider calls its subject so, and gives the address of such a one
	ada, _ := s.member(t, "Ada", models.RoleEditor)

	// Who is linked to nothing gets in nowhere, whatever names and addresses the provider tells.
	stranger := &browser{site: s}
	checkShape(t, "/sign-in", stranger.page(t, "/sign-in", http.StatusOK))
	back := provider.signsIn(t, stranger, "/sign-in/openid")
	if page := stranger.page(t, back, http.StatusUnprocessableEntity); !strings.Contains(page.first(".problems").text(), "No account here is linked") {
		t.Error(page.first(".problems").text())
	}

	// Ada links it, and signs in by it.
	back = provider.signsIn(t, ada, "/sign-in/openid")
	if answer := ada.do(http.MethodGet, back, nil); answer.Code != http.StatusSeeOther || answer.Header().Get("Location") != "/me" {
		t.Fatalf("linking: %d %s", answer.Code, answer.Body)
	}
	checkShape(t, "/me", ada.page(t, "/me", http.StatusOK))
	home := &browser{site: s}
	back = provider.signsIn(t, home, "/sign-in/openid?next=%2Freview")
	before := home.cookie
	if answer := home.do(http.MethodGet, back, nil); answer.Code != http.StatusSeeOther || answer.Header().Get("Location") != "/review" || home.cookie == before {
		t.Fatalf("signing in: %d to %q", answer.Code, answer.Header().Get("Location"))
	}
	if text := home.page(t, "/me", http.StatusOK).text(); !strings.Contains(text, "Ada") {
		t.Error("somebody else is signed in")
	}
	again := &browser{site: s}
	again.page(t, back, http.StatusUnprocessableEntity)

	// The answer counts in the browser that began, once, and only as it was signed.
	mallory := &browser{site: s}
	provider.signsIn(t, mallory, "/sign-in/openid")
	foreign := provider.signsIn(t, &browser{site: s}, "/sign-in/openid")
	mallory.page(t, foreign, http.StatusUnprocessableEntity)
	for name, spoil := range map[string]func(map[string]any){
		"another nonce":   func(c map[string]any) { c["nonce"] = "x" },
		"another site":    func(c map[string]any) { c["aud"] = "other" },
		"another issuer":  func(c map[string]any) { c["iss"] = "https://evil.example" },
		"an old one":      func(c map[string]any) { c["exp"] = time.Now().Add(-time.Hour).Unix() },
		"another subject": func(c map[string]any) { c["sub"] = "ada-18" },
		"no subject":      func(c map[string]any) { c["sub"] = "" },
	} {
		b := &browser{site: s}
		back := provider.signsIn(t, b, "/sign-in/openid")
		provider.lock.Lock()
		provider.spoil = spoil
		provider.lock.Unlock()
		if answer := b.do(http.MethodGet, back, nil); answer.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, answer.Code)
		}
		provider.lock.Lock()
		provider.spoil = nil
		provider.lock.Unlock()
	}

	// One identity belongs to one account; without another way it stays.
	eve, _ := s.member(t, "Eve", models.RoleEditor)
	eve.page(t, provider.signsIn(t, eve, "/sign-in/openid"), http.StatusUnprocessableEntity)
	home.send(t, "/me/openid/unlink", nil, http.StatusUnprocessableEntity)
	home.send(t, "/me/password", url.Values{"password": {goodPassword}}, http.StatusSeeOther)
	home.send(t, "/me/openid/unlink", nil, http.StatusSeeOther)
	gone := &browser{site: s}
	gone.page(t, provider.signsIn(t, gone, "/sign-in/openid"), http.StatusUnprocessableEntity)
}
