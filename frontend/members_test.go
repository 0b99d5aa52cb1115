package frontend_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"plumbline/models"
)

// TestMembers_inviteJoinSuspendAndLeave plays what an admin and somebody who is invited do.
func TestMembers_inviteJoinSuspendAndLeave(t *testing.T) {
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
