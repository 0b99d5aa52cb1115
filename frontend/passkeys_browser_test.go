package frontend_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plumbline/frontend/browsertest"
	"plumbline/models"
	"plumbline/services"
)

// localhost is a server under the name that passkeys know; they know no numbers.
func localhost(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
}

// pictures takes a picture of a tab where PLUMBLINE_SCREENSHOTS names a folder.
func pictures(tab *browsertest.Page, name string) {
	if folder := os.Getenv("PLUMBLINE_SCREENSHOTS"); folder != "" {
		tab.Screenshot(filepath.Join(folder, name+".png"))
	}
}

// TestPasskeys_inABrowser joins with a passkey, signs in and confirms with it, and looks after it.
func TestPasskeys_inABrowser(t *testing.T) {
	t.Parallel()
	b := browsertest.Start(t)
	s := emptySite(t)
	address := localhost(t, s)
	secret, _, err := s.services.Invite(t.Context(), services.Operator(), services.NewInvitation{Role: models.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}

	tab := b.Open(address+"/invitations/"+secret, 360, 800, browsertest.Options{})
	tab.KeepPasskeys()
	tab.Wait(".passkey button")
	pictures(tab, "passkey-join-360")
	tab.Click(".passkey button")
	tab.WaitFor(`document.querySelector(".passkey [role=alert]").textContent.includes("Give a name")`)
	tab.Type("#name", "Ada")
	tab.Click(".passkey button")
	tab.WaitFor(`location.pathname == "/" && document.querySelector(".member").textContent.includes("Ada")`)

	tab.Go(address + "/me")
	tab.Wait(".passkey button")
	pictures(tab, "passkey-me-360")
	// The device has one of this account already.
	tab.Click(".passkey button")
	tab.WaitFor(`document.querySelector(".passkey [role=alert]").textContent.includes("already")`)
	rename := `form[action^="/me/passkeys/"] `
	tab.Evaluate(`document.querySelector('` + rename + `[name=label]').value = "My phone"`)
	tab.Follow(rename + "button")
	if !strings.Contains(tab.HTML(), `value="My phone"`) {
		t.Error("the passkey has no new name")
	}
	tab.Follow(`form[action$="/remove"] button`)
	if !strings.Contains(tab.HTML(), "only way in which you can sign in") || tab.Status == http.StatusOK {
		t.Errorf("the last way to sign in was removed: %d", tab.Status)
	}

	tab.Follow(`form[action="/sign-out"] button`)
	tab.Go(address + "/sign-in?next=%2Fmembers")
	tab.Wait(".passkey button")
	pictures(tab, "passkey-sign-in-360")
	tab.Click(".passkey button")
	tab.WaitFor(`location.pathname == "/members"`)

	// What weighs asks again, and a passkey answers; a member with a password has both ways.
	tab.Go(address + "/me")
	tab.Type("#password", goodPassword)
	tab.Follow(`form[action="/me/password"] button`)
	s.clock.set(s.clock.now().Add(11 * time.Minute))
	tab.Go(address + "/members")
	if !strings.Contains(tab.URL(), "/confirm?next=%2Fmembers") {
		t.Fatalf("led to %s", tab.URL())
	}
	tab.Wait(".passkey button")
	pictures(tab, "passkey-confirm-360")
	tab.Click(".passkey button")
	tab.WaitFor(`location.pathname == "/members"`)

	// A passkey that was removed signs in no more, and the page says so.
	tab.Go(address + "/me")
	tab.Follow(`form[action$="/remove"] button`)
	tab.Follow(`form[action="/sign-out"] button`)
	tab.Go(address + "/sign-in")
	tab.Wait(".passkey button")
	tab.Click(".passkey button")
	tab.WaitFor(`(document.querySelector(".problems")?.textContent ?? "").includes("not known here")`)
	tab.Wait(".passkey button")
	for _, violation := range tab.Axe() {
		t.Errorf("axe: %s", violation)
	}
	for _, report := range tab.CSPReports() {
		t.Errorf("CSP: %s", report)
	}
	if tab.HorizontalOverflow() {
		t.Error("the page is wider than the window")
	}
	for _, line := range tab.ConsoleErrors() {
		if !strings.Contains(line, "Failed to load resource") { // answers that say what is wrong
			t.Errorf("console: %s", line)
		}
	}
}

func TestPasskeys_areOfferedWhereTheyWork(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	ada, _ := s.member(t, "Ada", models.RoleEditor)
	// Nothing says that the site is called plumbline.example but the request.
	if me := ada.page(t, "/me", http.StatusOK); me.first(".passkey") != nil || !strings.Contains(me.text(), "--url") {
		t.Error("passkeys are offered for a host that only the request names")
	}
	answer := ada.do(http.MethodPost, "/me/passkeys/options", nil)
	if answer.Code != http.StatusConflict || !strings.Contains(answer.Body.String(), "--url") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}

	site, err := url.Parse("https://plumbline.example")
	if err != nil {
		t.Fatal(err)
	}
	s = s.at(site)
	ada, _ = s.member(t, "Eve", models.RoleEditor)
	checkShape(t, "/me", ada.page(t, "/me", http.StatusOK))
	answer = ada.send(t, "/me/passkeys/options", nil, http.StatusOK)
	if body := answer.Body.String(); !strings.Contains(body, `"id":"plumbline.example"`) || !strings.Contains(body, `"userVerification":"required"`) || answer.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%s %s", answer.Header(), answer.Body)
	}
	refused := readPage(t, ada.do(http.MethodPost, "/me/passkeys", url.Values{"label": {"x"}, "credential": {"{}"}}), http.StatusUnprocessableEntity)
	checkShape(t, "/me again", refused)
	nobody := &browser{site: s}
	checkShape(t, "/sign-in", nobody.page(t, "/sign-in", http.StatusOK))
	nobody.send(t, "/sign-in/passkey", url.Values{"credential": {"{}"}}, http.StatusUnprocessableEntity)
	before := nobody.cookie
	nobody.send(t, "/sign-in/passkey/options", nil, http.StatusOK)
	if nobody.cookie == "" || nobody.cookie == before {
		t.Error("the challenge belongs to no browser")
	}
	nobody.send(t, "/sign-in/passkey", url.Values{"credential": {"{}"}}, http.StatusUnprocessableEntity)
	if cross := nobody.do(http.MethodPost, "/sign-in/passkey/options", nil, "Sec-Fetch-Site", "cross-site"); cross.Code != http.StatusForbidden {
		t.Errorf("a page of another site: %d", cross.Code)
	}
	nobody.send(t, "/invitations/nothing/passkey", url.Values{"name": {"x"}}, http.StatusNotFound)
}
