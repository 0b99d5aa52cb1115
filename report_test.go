package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// reported runs the command on a seeded file and gives what it prints.
func reported(t *testing.T, a *app, c reportCommand) (string, error) {
	t.Helper()
	out := &bytes.Buffer{}
	a.stdout = out
	c.Account = commandLineAccount
	err := c.Run(context.Background(), a)
	return out.String(), err
}

func TestReport_saysWhatAnArticleSaysAndDraftsIt(t *testing.T) {
	folder := t.TempDir()
	a := &app{settings: Settings{Database: "sqlite:" + filepath.Join(folder, "plumbline.db"), Fetch: "off", LogLevel: "error"}, stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}}
	for _, run := range []func(context.Context, *app) error{migrateCommand{}.Run, seedCommand{}.Run} {
		if err := run(context.Background(), a); err != nil {
			t.Fatal(err)
		}
	}
	write := func(name, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const text = "Microsoft said on Thursday that it had suspended Azure cloud storage services for Unit 8200. The company declined to comment further on what it had found so far."
	for name, article := range map[string]string{"text": write("a.txt", "Storage suspended\n"+text),
		"page": write("a.html", "<!doctype html><html lang=en><head><title>Storage suspended</title></head><body><article><h1>Storage suspended</h1><p>"+text+"</p><p>"+text+"</p></article></body></html>")} {
		printed, err := reported(t, a, reportCommand{Article: article, Published: "6 March 2026", Take: []string{"status"}})
		if err != nil || !strings.Contains(printed, "status   suspended") || !strings.Contains(printed, "Unit 8200") || !strings.Contains(printed, "Draft ") {
			t.Errorf("%s: %v\n%s", name, err, printed)
		}
	}

	for name, test := range map[string]struct {
		command reportCommand
		says    string
	}{
		"an address where nothing is fetched": {reportCommand{Article: "https://news.example/a"}, "switched off"},
		"no file":                             {reportCommand{Article: filepath.Join(folder, "none")}, "cannot be read"},
		"a folder":                            {reportCommand{Article: folder}, "cannot be read"},
		"a PDF":                               {reportCommand{Article: write("a.pdf", "%PDF-1.7\n\x00")}, "no text"},
		"a PDF that is none":                  {reportCommand{Article: write("b.pdf", "\x89PNG\x00")}, "no text"},
		"nothing":                             {reportCommand{Article: write("empty", " \n")}, "empty"},
		"a day":                               {reportCommand{Article: write("b.txt", text), Published: "soonish"}, "date"},
		"no such suggestion":                  {reportCommand{Article: write("c.txt", text), Take: []string{"status-1-2"}}, "nothing to take"},
	} {
		_, err := reported(t, a, test.command)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
		if exitCode(err, os.Stderr) != 1 {
			t.Errorf("%s is a failure of the program", name)
		}
	}
}
