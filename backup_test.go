package main

import (
	"archive/zip"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/services"
)

func TestBackup_restoresWhatVerifies(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			folder := t.TempDir()
			from, to := "sqlite:"+filepath.Join(folder, "from.db"), "sqlite:"+filepath.Join(folder, "to.db")
			if engine == "postgres" {
				from, to = dbtest.PostgresURL(t), emptied(t, dbtest.PostgresURL(t))
			}
			var out bytes.Buffer
			a := &app{settings: Settings{Database: from, LogKey: filepath.Join(folder, "log.key"), LogLevel: "error"}, stdout: &out, stderr: &out}
			for _, run := range []func() error{func() error { return migrateCommand{}.Run(context.Background(), a) }, func() error { return seedCommand{}.Run(context.Background(), a) }} {
				if err := run(); err != nil {
					t.Fatal(err)
				}
			}
			a.settings.Evidence = filepath.Join(folder, "evidence")
			hash := a.keep(t, "seen by a test")
			file := filepath.Join(folder, "backup.zip")
			if err := (backupCommand{File: file}).Run(context.Background(), a); err != nil {
				t.Fatal(err)
			}
			if left, err := filepath.Glob(filepath.Join(folder, ".plumbline-backup-*")); err != nil || len(left) > 0 {
				t.Errorf("the backup left %v, %v", left, err)
			}
			archive, err := zip.OpenReader(file)
			if err != nil {
				t.Fatal(err)
			}
			if at := archive.File[0].Modified; time.Since(at) > time.Hour {
				t.Errorf("the files of the backup are of %s", at)
			}
			archive.Close()
			if !strings.Contains(out.String(), "is not in it, on purpose") {
				t.Errorf("the backup does not say that the key is left out: %s", out.String())
			}
			if err := (backupCommand{File: file}).Run(context.Background(), a); err == nil {
				t.Error("a backup was overwritten")
			}

			a.settings.Database = to
			a.settings.Evidence = filepath.Join(folder, "restored")
			out.Reset()
			if err := (restoreCommand{File: file}).Run(context.Background(), a); err != nil {
				t.Fatalf("%v\n%s", err, out.String())
			}
			if text, err := os.ReadFile(filepath.Join(a.settings.Evidence, hash[:2], hash)); err != nil || string(text) != "seen by a test" {
				t.Errorf("the evidence is %q, %v", text, err)
			}
			if !strings.Contains(out.String(), "Checked 1 of 1 files of evidence") {
				t.Errorf("the evidence was not verified: %s", out.String())
			}
			if !strings.Contains(out.String(), "Everything is as the log says") {
				t.Errorf("restored: %s", out.String())
			}
			if err := (restoreCommand{File: file}).Run(context.Background(), a); err == nil {
				t.Error("a database was restored over")
			}

			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text[len(text)/3] ^= 1
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			a.settings.Database = "sqlite:" + filepath.Join(folder, "damaged.db")
			if err := (restoreCommand{File: file}).Run(context.Background(), a); err == nil || !strings.Contains(err.Error(), "damaged") {
				t.Errorf("a damaged backup gave %v", err)
			}
		})
	}
}

// keep has a source name a file of evidence, and gives its hash.
func (a *app) keep(t *testing.T, content string) string {
	t.Helper()
	ctx := context.Background()
	s, db, err := a.services(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	account, err := s.CreateAccount(ctx, services.Operator(), "Keeper", models.RoleEditor)
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.List(ctx, models.Actor{}, models.TypeSource, services.Query{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, capture, err := s.AddCapture(ctx, models.Actor{Account: account.ID, Name: account.Name, Role: account.Role}, page.Records[0].ID, services.CaptureRequest{}, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return capture.SHA256
}

// emptied takes everything out of a database.
func emptied(t *testing.T, url string) string {
	t.Helper()
	db, err := database.Open(context.Background(), database.Settings{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{"DROP SCHEMA public CASCADE", "CREATE SCHEMA public"} {
		if err := db.Write(context.Background()).Exec(statement).Error; err != nil {
			t.Fatal(err)
		}
	}
	return url
}
