package main

import (
	"bytes"
	"context"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/outbound"
	"plumbline/services"
)

// keepingGate is a gate whose services keep files, with a source.
func keepingGate(t *testing.T) (g *gate, source string) {
	t.Helper()
	db := dbtest.SQLite(t)
	key, err := services.EnterLogKey(t.Context(), db, filepath.Join(t.TempDir(), "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	s := services.New(db, services.Settings{LogKey: key, Vault: outbound.NewFolder(filepath.Join(t.TempDir(), "evidence"))})
	g = &gate{Engine: routerOf(t, s, db), services: s}
	account, err := s.CreateAccount(context.Background(), services.Operator(), "Writer", models.RoleEditor)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Submit(context.Background(), models.Actor{Account: account.ID, Name: account.Name, Role: account.Role}, models.Changeset{Summary: "test",
		Operations: []models.Operation{{Op: models.OpCreate, Type: models.TypeSource, Data: &models.Source{Kind: "article", Title: "An article"}}}})
	if err != nil {
		t.Fatal(err)
	}
	return g, out.Written[0].ID.String()
}

func (g *gate) send(v visitor, method, path, kind string, body []byte) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "https://plumbline.example"+path, bytes.NewReader(body))
	request.Header.Set("Content-Type", kind)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	if strings.HasPrefix(path, "/api/") && v.token != "" {
		request.Header.Set("Authorization", "Bearer "+v.token)
	} else if v.cookie != "" {
		request.Header.Set("Cookie", v.cookie)
	}
	recorder := httptest.NewRecorder()
	g.ServeHTTP(recorder, request)
	return recorder
}

func TestEvidence_bySendingAFileToTheAPI(t *testing.T) {
	g, source := keepingGate(t)
	editor, contributor := g.visitor(t, models.RoleEditor), g.visitor(t, models.RoleContributor)
	captures := "/api/v1/sources/" + source + "/captures"
	answer := g.send(editor, "POST", captures+"?name=a.txt&captured_on=2025-09-25&note=seen", "application/octet-stream", []byte("<script>alert(1)</script>"))
	var capture struct {
		SHA256, File, Format string
		Public               bool
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &capture); err != nil || answer.Code != http.StatusCreated || capture.Format != "text" || capture.Public {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	if answer = g.send(visitor{}, "GET", captures, "", nil); answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), `"captured_on":"2025-09-25"`) {
		t.Errorf("the list: %d %s", answer.Code, answer.Body)
	}
	if answer = g.send(visitor{}, "GET", capture.File, "", nil); answer.Code != http.StatusNotFound {
		t.Errorf("the public gets a file of members: %d", answer.Code)
	}
	answer = g.send(contributor, "GET", capture.File, "", nil)
	if h := answer.Header(); answer.Code != http.StatusOK || answer.Body.String() != "<script>alert(1)</script>" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment; filename=capture-") ||
		h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || h.Get("Cache-Control") != "no-store" {
		t.Errorf("the file: %d %v", answer.Code, h)
	}
	if answer = g.send(contributor, "POST", captures+"?public=true", "application/octet-stream", []byte("proposed")); answer.Code != http.StatusAccepted || !strings.Contains(answer.Header().Get("Location"), "/changesets/") {
		t.Errorf("proposed: %d %s", answer.Code, answer.Body)
	}
	for query, want := range map[string]int{"?public=maybe": 400, "?captured_on=2025-13-01": 400, "?captured_on=2999-01-01": 422, "?nam=x": 400, "?name=a.pdf": 422} {
		if answer = g.send(editor, "POST", captures+query, "application/octet-stream", []byte("text")); answer.Code != want {
			t.Errorf("%s: %d %s", query, answer.Code, answer.Body)
		}
	}
	if answer = g.send(editor, "POST", captures, "application/octet-stream", bytes.Repeat([]byte("a"), services.MostEvidence+1)); answer.Code < 400 || answer.Code > 499 {
		t.Errorf("too large: %d", answer.Code)
	}
	if answer = g.send(editor, "POST", captures+"/fetch", "application/json", nil); answer.Code != http.StatusUnprocessableEntity {
		t.Errorf("fetched without an address: %d %s", answer.Code, answer.Body)
	}
}

func TestEvidence_byAFormWithoutScripts(t *testing.T) {
	g, source := keepingGate(t)
	editor := g.visitor(t, models.RoleEditor)
	form := func(name, content string, fields ...string) *httptest.ResponseRecorder {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		for i := 0; i+1 < len(fields); i += 2 {
			if err := w.WriteField(fields[i], fields[i+1]); err != nil {
				t.Fatal(err)
			}
		}
		if name != "" {
			part, err := w.CreateFormFile("file", name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := part.Write([]byte(content)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return g.send(editor, "POST", "/sources/"+source+"/captures", w.FormDataContentType(), body.Bytes())
	}
	for name, answer := range map[string]*httptest.ResponseRecorder{"Choose a file": form("", ""), "another kind": form("a.pdf", "text", "note", "kept words"), "captured_on": form("a.txt", "text", "captured_on", "yesterday")} {
		if answer.Code != http.StatusUnprocessableEntity || !strings.Contains(answer.Body.String(), name) || !strings.Contains(answer.Body.String(), `href="#`) {
			t.Errorf("%s: %d", name, answer.Code)
		}
	}
	if answer := form("a.txt", "what it said", "note", `<b onclick="x()">bold</b>`); answer.Code != http.StatusSeeOther {
		t.Fatalf("kept: %d %s", answer.Code, firstLines(answer.Body.String()))
	}
	page := g.send(visitor{}, "GET", "/sources/"+source, "", nil).Body.String()
	if !strings.Contains(page, "Evidence kept") || !strings.Contains(page, "SHA-256") || !strings.Contains(page, "&lt;b onclick") || strings.Contains(page, "/evidence/") {
		t.Error("the source's page does not tell readers what is kept, or leads them to what they may not have")
	}
	own := g.send(editor, "GET", "/sources/"+source, "", nil).Body.String()
	_, link, found := strings.Cut(own, `href="/evidence/`)
	if !found {
		t.Fatal("the source's page leads no member to the file")
	}
	hash := link[:64]
	if answer := g.send(visitor{}, "GET", "/evidence/"+hash, "", nil); answer.Code != http.StatusNotFound {
		t.Errorf("the public gets it: %d", answer.Code)
	}
	if answer := g.send(editor, "POST", "/sources/"+source+"/captures/"+hash, "application/x-www-form-urlencoded", []byte("public=on")); answer.Code != http.StatusSeeOther {
		t.Fatalf("made public: %d", answer.Code)
	}
	answer := g.send(visitor{}, "GET", "/evidence/"+hash, "", nil)
	if answer.Code != http.StatusOK || answer.Body.String() != "what it said" || !strings.HasPrefix(answer.Header().Get("Content-Disposition"), "attachment") || !strings.Contains(answer.Header().Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("the public file: %d %v", answer.Code, answer.Header())
	}
}
