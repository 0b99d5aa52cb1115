package frontend_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"plumbline/models"
	"plumbline/services"
)

// TestMembers_inviteJoinSuspendAndLeave plays what an admin and somebody who is invited do.
func TestMembers_inviteJoinSuspendAndLeave(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	admin, _ := s.member(t, "Admin", models.RoleAdmin)
	admin.send(t, "/members/groups", url.Values{"name": {"Tech Watch"}}, http.StatusSeeOther)
	checkShape(t, "/members/groups", admin.page(t, "/members/groups", http.StatusOK))
	list := admin.page(t, "/members", http.StatusOK)
	checkShape(t, "/members", list)
	group := list.all("#group option")[1].at("value")
	wrong := readPage(t, admin.do(http.MethodPost, "/members/invitations", url.Values{"role": {"king"}, "group": {"x"}}), http.StatusUnprocessableEntity)
	if !linksTo(wrong.all(".problems a"), "#role") || !linksTo(wrong.all(".problems a"), "#group") {
		t.Error("the problems do not lead to their fields")
	}
	made := readPage(t, admin.do(http.MethodPost, "/members/invitations", url.Values{"role": {"contributor"}, "group": {group}, "label": {"for Ada"}}), http.StatusOK)
	link := strings.TrimPrefix(made.first("#link").at("value"), "https://plumbline.example")

	ada := &browser{site: s}
	checkShape(t, "join", ada.page(t, link, http.StatusOK))
	short := readPage(t, ada.do(http.MethodPost, link, url.Values{"name": {""}, "password": {"short"}}), http.StatusUnprocessableEntity)
	if !linksTo(short.all(".problems a"), "#name") || !linksTo(short.all(".problems a"), "#password") {
		t.Error("the problems do not lead to their fields")
	}
	// What the form does not ask for changes nothing.
	ada.send(t, link, url.Values{"name": {"Ada"}, "password": {goodPassword}, "role": {"admin"}, "named": {"on"}, "group_id": {""}}, http.StatusSeeOther)
	if text := ada.page(t, "/me", http.StatusOK).text(); !strings.Contains(text, "Contributor") || strings.Contains(text, "Admin") {
		t.Errorf("joined as %s", text)
	}
	privacy := ada.page(t, "/me/privacy", http.StatusOK)
	checkShape(t, "/me/privacy", privacy)
	if !strings.Contains(privacy.text(), "Tech Watch") {
		t.Error("the page does not say how histories show the person")
	}
	ada.page(t, "/members", http.StatusNotFound)
	again := &browser{site: s}
	if said := again.page(t, link, http.StatusNotFound).text(); !strings.Contains(said, "used already") {
		t.Errorf("an invitation twice: %s", said)
	}

	var member string
	for _, line := range admin.page(t, "/members", http.StatusOK).all("tbody a") {
		if line.text() == "Ada" {
			member = line.at("href")
		}
	}
	checkShape(t, "/members/…", admin.page(t, member, http.StatusOK))
	admin.send(t, member, url.Values{"role": {"contributor"}, "group": {group}, "suspended": {"on"}}, http.StatusSeeOther)
	if ada.do(http.MethodGet, "/me", nil).Code != http.StatusSeeOther {
		t.Error("a suspended account is still signed in")
	}
	admin.send(t, member, url.Values{"role": {"contributor"}}, http.StatusSeeOther)
	reset := readPage(t, admin.do(http.MethodPost, member+"/reset", nil), http.StatusOK)
	ada.send(t, strings.TrimPrefix(reset.first("#link").at("value"), "https://plumbline.example"), url.Values{"password": {"nine grey herons"}}, http.StatusSeeOther)
	ada.send(t, "/me/delete", nil, http.StatusUnprocessableEntity)
	ada.send(t, "/me/delete", url.Values{"sure": {"on"}}, http.StatusSeeOther)
	admin.page(t, member, http.StatusNotFound)
}

// TestMembers_aNewRoleCountsAtTheNextRequest changes a role by the page, up and down: the session
// goes on under a new id with the new rights, and its old id and the old rights are worth nothing.
func TestMembers_aNewRoleCountsAtTheNextRequest(t *testing.T) {
	t.Parallel()
	s := emptySite(t)
	admin, _ := s.member(t, "Admin", models.RoleAdmin)
	ada, account := s.member(t, "Ada", models.RoleReader)
	ada.send(t, "/me/password", url.Values{"password": {goodPassword}}, http.StatusSeeOther)
	token, err := s.services.CreateToken(t.Context(), services.Operator(), account, 0)
	if err != nil {
		t.Fatal(err)
	}
	acts := func(want models.Role) {
		t.Helper()
		if actor, err := s.services.Authenticate(t.Context(), token); err != nil || actor.Role != want {
			t.Errorf("the token acts as %q: %v", actor.Role, err)
		}
	}
	give := func(role models.Role) {
		t.Helper()
		admin.send(t, "/members/"+account.ID.String(), url.Values{"role": {string(role)}}, http.StatusSeeOther)
	}
	ada.page(t, "/review", http.StatusNotFound)
	acts(models.RoleReader)

	for _, step := range []struct {
		role   models.Role
		status int // of the queue that editors see
	}{{models.RoleEditor, http.StatusOK}, {models.RoleAdmin, http.StatusOK}, {models.RoleContributor, http.StatusNotFound}} {
		give(step.role)
		acts(step.role)
		before := ada.cookie
		ada.page(t, "/review", step.status)
		if ada.cookie == before || ada.cookie == "" {
			t.Errorf("as %s the session kept its id", step.role)
		}
		old := &browser{site: s, cookie: before}
		if answer := old.do(http.MethodGet, "/me", nil); answer.Code != http.StatusSeeOther {
			t.Errorf("as %s the old id still counts: %d", step.role, answer.Code)
		}
		kept := ada.cookie
		ada.page(t, "/me", http.StatusOK)
		if ada.cookie != kept {
			t.Errorf("as %s the session gets a new id at each request", step.role)
		}
		if step.role == models.RoleAdmin {
			// The sign-in was a moment ago, and is no proof for what the new role may do.
			if answer := ada.do(http.MethodGet, "/members", nil); !strings.HasPrefix(answer.Header().Get("Location"), "/confirm") {
				t.Errorf("the new admin is let in without a confirmation: %d %s", answer.Code, answer.Header().Get("Location"))
			}
			ada.send(t, "/confirm", url.Values{"password": {goodPassword}}, http.StatusSeeOther)
			ada.page(t, "/members", http.StatusOK)
		}
	}
	ada.page(t, "/members", http.StatusNotFound)
	if list := ada.page(t, "/me", http.StatusOK).all("table tbody tr"); len(list) == 0 {
		t.Error("the session is not listed")
	}

	// The very request after the change has the new id too where it writes.
	give(models.RoleReader)
	before := ada.cookie
	ada.send(t, "/drafts/0199a0a0-0000-7000-8000-000000000000", nil, http.StatusForbidden)
	ada.page(t, "/me", http.StatusOK)
	if ada.cookie == before {
		t.Error("the session kept its id")
	}
}
