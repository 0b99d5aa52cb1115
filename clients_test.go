package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"plumbline/models"
	"plumbline/services/exports"
)

// served is the program with the first case, at an address of its own; token is an editor's.
func served(t *testing.T) (address, token string) {
	t.Helper()
	var out bytes.Buffer
	a := &app{settings: Settings{Database: "sqlite:" + filepath.Join(t.TempDir(), "clients.db"), LogKey: filepath.Join(t.TempDir(), "log.key"), LogLevel: "error", Fetch: "off"}, stdout: &out, stderr: &out}
	for _, run := range []func() error{func() error { return migrateCommand{}.Run(t.Context(), a) }, func() error { return seedCommand{}.Run(t.Context(), a) }} {
		if err := run(); err != nil {
			t.Fatal(err)
		}
	}
	out.Reset()
	if err := (userCreateCommand{Name: "Notebook", Role: string(models.RoleEditor), Days: 1}).Run(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	token = strings.TrimSpace(out.String())
	s, db, err := a.services(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	stop, err := s.StartJobs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop(context.Background()) }) // the test is over
	handler, err := newHandler(s, db, handlerSettings{Logger: a.logger()})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL, token[strings.LastIndexAny(token, " \n")+1:]
}

// ran runs a program in a folder and gives what it says.
func ran(t *testing.T, folder, name string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	command.Dir = folder
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestClients_inGoReadTheRunningProgram(t *testing.T) {
	address, _ := served(t)
	client, err := filepath.Abs("docs/clients/client")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write(t, filepath.Join(folder, "go.mod"), "module user\n\ngo 1.25\n\nrequire plumbline-client v0.0.0\n\nreplace plumbline-client => "+client+"\n")
	write(t, filepath.Join(folder, "main.go"), `package main

import (
	"context"
	"fmt"
	"net/url"

	client "plumbline-client"
)

func main() {
	ctx, c := context.Background(), &client.Client{Base: "`+address+`/api/v1"}
	statuses, units, last := map[string]int{}, 0, int64(0)
	for r, err := range c.Relationships(ctx, url.Values{"type": {"supplied_to"}, "as_of": {"2025-12-01"}}) {
		if err != nil || r.Subject.Name == "" || r.Object.Name == "" {
			panic(fmt.Sprint(r, err))
		}
		statuses[r.Status.Status+" "+r.Extent]++
	}
	for e, err := range c.Entities(ctx, url.Values{"kind": {"unit"}, "limit": {"1"}}) {
		if err != nil || e.Kind != "unit" {
			panic(fmt.Sprint(e, err))
		}
		units++
	}
	for r, err := range c.Revisions(ctx, 100) {
		if err != nil || r.Position < 100 || len(r.Data) == 0 {
			panic(fmt.Sprint(r, err))
		}
		last = r.Position
	}
	_, err := c.Relationships(ctx, nil), c.Do(ctx, "GET", "relationships", url.Values{"tipe": {"x"}}, nil, nil)
	fmt.Println(statuses, units > 5, last > 100, err)
}
`)
	said := ran(t, folder, "go", "run", ".")
	for _, want := range []string{"disabled partial:2", "true true", `There is no parameter "tipe"`} {
		if !strings.Contains(said, want) {
			t.Errorf("the client does not say %q: %s", want, said)
		}
	}
}

func TestClients_theNotebookRuns(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 here")
	}
	address, token := served(t)
	text, err := os.ReadFile("docs/clients/example.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	var notebook struct {
		Cells []struct {
			Type   string `json:"cell_type"`
			Source []string
		}
	}
	if err := json.Unmarshal(text, &notebook); err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	for _, cell := range notebook.Cells {
		if cell.Type == "code" {
			script.WriteString(strings.Join(cell.Source, "") + "\n")
		}
	}
	// The lines that need a token are comments in the notebook.
	const begin = `# token = "plumb_…"`
	program, importing, found := strings.Cut(script.String(), begin)
	if !found {
		t.Fatal("the notebook imports nothing")
	}
	program = strings.Replace(program, "http://127.0.0.1:8080", address, 1) + "token = \"" + token + "\"\n" + strings.ReplaceAll(importing, "\n# ", "\n")
	folder := t.TempDir()
	write(t, filepath.Join(folder, "companies.csv"), "kind,name,places\ncompany,Notebook Works,DE\n")
	write(t, filepath.Join(folder, "notebook.py"), program)
	said := ran(t, folder, python, "notebook.py")
	for _, want := range []string{"'active': 4, 'disabled': 2", "Azure", "checked {'all': 1, 'new': 1,", "loaded"} {
		if !strings.Contains(said, want) {
			t.Errorf("the notebook does not say %q:\n%s", want, said)
		}
	}
	if graph, err := os.ReadFile(filepath.Join(folder, "plumbline.gexf")); err != nil || !bytes.Contains(graph, []byte("<gexf")) {
		t.Errorf("the graph: %.100s, %v", graph, err)
	}
}

// Every format in which everything leaves is named on the page of data, and on that of a case, if
// there is a contract: without, one of them has nothing to say.
func TestExports_areOfferedOnPages(t *testing.T) {
	address, token := served(t)
	enter := func(data string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/api/v1/entities", strings.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
		request.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusCreated {
			t.Fatal(answer.Status)
		}
	}
	var sources struct{ Data []struct{ ID string } }
	if err := json.Unmarshal([]byte(said(t, address+"/api/v1/sources?limit=1")), &sources); err != nil {
		t.Fatal(err)
	}
	cited := `"citations":[{"source":"` + sources.Data[0].ID + `"}]`
	enter(`{"kind":"contract","name":"The contract",` + cited + `}`)
	enter(`{"kind":"case","name":"Contracts","members":["the-contract"],` + cited + `}`)
	for page, of := range map[string]string{"/data": "", "/cases/contracts": "?case=contracts"} {
		html := said(t, address+page)
		for _, format := range exports.Formats() {
			if link := "/api/v1/exports/" + format.Name + of; !strings.Contains(html, `href="`+link+`"`) {
				t.Errorf("%s does not lead to %s", page, link)
			} else if len(said(t, address+link)) < 50 {
				t.Errorf("%s is empty", link)
			}
		}
	}
}

func said(t *testing.T, address string) string {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", address, answer.Status, err)
	}
	return string(body)
}
