package outbound

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"plumbline/services"
)

func TestOpenID_takesIssuersAlone(t *testing.T) {
	for _, issuer := range []string{"", "login.example.org", "http://login.example.org", "https://u:p@login.example.org", "https://login.example.org?x", "file:///x"} {
		if _, err := NewOpenID(OpenIDSettings{Issuer: issuer, Client: "a", Secret: "b"}); err == nil {
			t.Errorf("%q is taken", issuer)
		}
	}
	if _, err := NewOpenID(OpenIDSettings{Issuer: "https://login.example.org", Client: "a"}); err == nil {
		t.Error("no secret is needed")
	}
}

// TestOpenID_reachesNoOtherPrivateAddress has a provider name a server inside the network for its keys.
func TestOpenID_reachesNoOtherPrivateAddress(t *testing.T) {
	asked := 0
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer inside.Close()
	var issuer string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"issuer":"` + issuer + `","authorization_endpoint":"` + issuer + `/a","token_endpoint":"` + inside.URL + `/t","jwks_uri":"` + inside.URL + `/k"}`)) // the client sees what is missing
	}))
	defer server.Close()
	issuer = server.URL
	o, err := NewOpenID(OpenIDSettings{Issuer: issuer, Client: "a", Secret: "b"})
	if err != nil {
		t.Fatal(err)
	}
	q := services.OpenIDQuestion{State: "s", Nonce: "n", Verifier: strings.Repeat("v", 43), Back: "https://plumbline.example/back"}
	if address, err := o.Begin(t.Context(), q); err != nil || !strings.HasPrefix(address, issuer+"/a?") {
		t.Fatalf("%q, %v", address, err)
	}
	if _, err := o.Finish(t.Context(), "code", q); err == nil || asked != 0 {
		t.Errorf("a server inside was asked %d times: %v", asked, err)
	}
}
