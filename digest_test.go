package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/services"
)

// openPostOffice is a mail server that takes every letter.
func openPostOffice(t *testing.T) (address string, letters chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	letters = make(chan string, 10)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go take(conn, letters)
		}
	}()
	return listener.Addr().String(), letters
}

func take(conn net.Conn, letters chan<- string) {
	defer conn.Close()
	var letter strings.Builder
	lines := bufio.NewScanner(conn)
	fmt.Fprint(conn, "220 office\r\n")
	for data := false; lines.Scan(); {
		line := lines.Text()
		verb, _, _ := strings.Cut(line, " ")
		switch {
		case data && line == ".":
			data = false
			letters <- letter.String()
			fmt.Fprint(conn, "250 taken\r\n")
		case data:
			letter.WriteString(line + "\r\n")
		case verb == "DATA":
			data = true
			fmt.Fprint(conn, "354 go on\r\n")
		case verb == "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return
		default:
			fmt.Fprint(conn, "250 office\r\n")
		}
	}
}

// readLetter waits for a letter, and gives its head and its text.
func readLetter(t *testing.T, letters chan string) (head, text string) {
	t.Helper()
	select {
	case letter := <-letters:
		head, body, _ := strings.Cut(letter, "\r\n\r\n")
		var plain bytes.Buffer
		if _, err := plain.ReadFrom(quotedprintable.NewReader(strings.NewReader(body))); err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(head, "\r\n ", " "), plain.String()
	case <-time.After(30 * time.Second):
		t.Fatal("no letter came")
	}
	return "", ""
}

// A reader watches a list and a company; letters come once the address was confirmed, tell what is
// published alone, and end at one click without signing in.
func TestDigest_comesByMailUntilItsReaderLeaves(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			ctx := t.Context()
			address, letters := openPostOffice(t)
			database := "sqlite:" + filepath.Join(t.TempDir(), "digest.db")
			if engine == "postgres" {
				database = dbtest.PostgresURL(t)
			}
			var out bytes.Buffer
			a := &app{settings: Settings{Database: database, LogKey: filepath.Join(t.TempDir(), "log.key"), LogLevel: "error", Fetch: "off", SMTP: "smtp://" + address, MailFrom: "mail@plumbline.example", URL: "http://plumbline.example"}, stdout: &out, stderr: &out}
			for _, run := range []func() error{func() error { return migrateCommand{}.Run(ctx, a) }, func() error { return seedCommand{}.Run(ctx, a) }} {
				if err := run(); err != nil {
					t.Fatal(err)
				}
			}
			s, db, err := a.services(ctx)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
			site, err := a.site()
			if err != nil {
				t.Fatal(err)
			}
			handler, err := newHandler(s, db, handlerSettings{Logger: a.logger(), Site: site})
			if err != nil {
				t.Fatal(err)
			}
			ask := func(method, link string) int {
				u, err := url.Parse(link)
				if err != nil {
					t.Fatal(err)
				}
				request := httptest.NewRequest(method, u.Path, strings.NewReader("List-Unsubscribe=One-Click"))
				request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				request.Host = "plumbline.example"
				if !strings.Contains(link, "/leave/") { // which programs of mail ask for, and no browser
					request.Header.Set("Sec-Fetch-Site", "same-origin")
				}
				answer := httptest.NewRecorder()
				handler.ServeHTTP(answer, request)
				return answer.Code
			}
			work := func() {
				t.Helper()
				for _, statement := range []string{"DELETE FROM river_job WHERE kind IN ('due_digests', 'digest')", "UPDATE digests SET told_at = created_at"} {
					if err := db.Write(ctx).Exec(statement).Error; err != nil {
						t.Fatal(err)
					}
				}
				// A week ago, as an instant of this engine.
				if err := db.Write(ctx).Model(&models.Digest{}).Where("1 = 1").Update("told_at", time.Now().Add(-8*24*time.Hour)).Error; err != nil {
					t.Fatal(err)
				}
				stop, err := s.StartJobs(ctx)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = stop(context.Background()) })
			}

			account, err := s.CreateAccount(ctx, services.Operator(), "Reader", models.RoleReader)
			if err != nil {
				t.Fatal(err)
			}
			reader := models.Actor{Account: account.ID, Name: account.Name, Role: account.Role}
			if _, err := s.AddWatch(ctx, reader, "microsoft"); err != nil {
				t.Fatal(err)
			}
			if _, err := s.AddListWatch(ctx, reader, "source", "kind=report"); err != nil {
				t.Fatal(err)
			}
			if err := s.AskDigest(ctx, reader, "reader@example.org", models.Weekly); err != nil {
				t.Fatal(err)
			}
			work()
			head, text := readLetter(t, letters)
			link := regexp.MustCompile(`http://plumbline\.example/digest/[\w-]+`).FindString(text)
			if !strings.Contains(head, "reader@example.org") || link == "" {
				t.Fatalf("the first letter confirms nothing: %s\n%s", head, text)
			}
			if code := ask(http.MethodGet, link); code != http.StatusOK {
				t.Errorf("the link gives %d", code)
			}
			if code := ask(http.MethodPost, link); code != http.StatusOK {
				t.Fatalf("confirming gives %d", code)
			}
			if code := ask(http.MethodPost, link); code != http.StatusNotFound {
				t.Errorf("a link that was used gives %d", code)
			}

			editor, err := s.CreateAccount(ctx, services.Operator(), "Editor", models.RoleEditor)
			if err != nil {
				t.Fatal(err)
			}
			by := models.Actor{Account: editor.ID, Name: editor.Name, Role: editor.Role}
			source := models.Operation{Op: models.OpCreate, Type: models.TypeSource, Data: &models.Source{Kind: "report", Title: "A new report", URL: "https://example.org/report"}}
			page, err := s.Submit(ctx, by, models.Changeset{Summary: "A report", Operations: []models.Operation{source}})
			if err != nil {
				t.Fatal(err)
			}
			company, _, err := s.Find(ctx, by, "microsoft")
			if err != nil {
				t.Fatal(err)
			}
			day, _ := models.ParseDate("2026-01")
			claim := &models.Claim{Speakers: []models.Speaker{{Description: "A worker"}}, Stance: models.Alleges, SaidOn: day, Text: "It went on.", Citations: []models.Citation{{Source: page.Written[0].ID}}}
			claim.About = append(claim.About, company)
			if _, err := s.Submit(ctx, by, models.Changeset{Summary: "A claim", Operations: []models.Operation{{Op: models.OpCreate, Type: models.TypeClaim, Data: claim}}}); err != nil {
				t.Fatal(err)
			}
			contributor := by
			contributor.Role = models.RoleContributor
			if _, err := s.Submit(ctx, contributor, models.Changeset{Summary: "Waits", Operations: []models.Operation{{Op: models.OpCreate, Type: models.TypeSource, Data: &models.Source{Kind: "report", Title: "Not published"}}}}); err != nil {
				t.Fatal(err)
			}

			work()
			head, text = readLetter(t, letters)
			for _, want := range []string{"Allegation: ", "“It went on.”", "A new report (new)", "A new report", "https://example.org/report", "http://plumbline.example/records/" + page.Written[0].ID.String(), "How well established"} {
				if !strings.Contains(text, want) {
					t.Errorf("the letter does not say %q: %s", want, text)
				}
			}
			if strings.Contains(text, "Not published") {
				t.Errorf("the letter tells of a proposal: %s", text)
			}
			leave := regexp.MustCompile(`List-Unsubscribe: <([^>]+)>`).FindStringSubmatch(head)
			if leave == nil || !strings.Contains(head, "List-Unsubscribe-Post: List-Unsubscribe=One-Click") || !strings.Contains(text, leave[1]) {
				t.Fatalf("the letter cannot be ended: %s", head)
			}
			var stored string
			if err := db.Write(ctx).Raw("SELECT leave FROM digests").Scan(&stored).Error; err != nil || stored == "" || strings.HasSuffix(leave[1], stored) {
				t.Errorf("the table holds the link's secret itself: %q, %v", stored, err)
			}
			ask(http.MethodGet, leave[1])
			if _, err := s.Digest(ctx, reader); err != nil {
				t.Errorf("to read the link ended the letters: %v", err)
			}
			if code := ask(http.MethodPost, leave[1]); code != http.StatusOK {
				t.Errorf("to leave gives %d", code)
			}
			var kept int64
			if err := db.Write(ctx).Model(&models.Digest{}).Count(&kept).Error; err != nil || kept != 0 {
				t.Errorf("%d addresses are kept, %v", kept, err)
			}
		})
	}
}
