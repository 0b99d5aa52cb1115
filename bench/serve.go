package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// server is the program itself, serving a generated database.
type server struct {
	url    string
	pid    int
	client *http.Client
}

// serve builds the program, starts it on a database and measures it from outside: its start, its
// memory, its pages, its exports.
func serve(ctx context.Context, database, folder, engine string, reads int) error {
	program := filepath.Join(folder, "plumbline")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the program: %w: %s", err, out)
	}
	fmt.Printf("\n### serve on %s\n\n", engine)
	address, err := freeAddress()
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, program, "serve", "--database", database, "--addr", address, "--log-level", "error")
	command.Env = append(os.Environ(), "PLUMBLINE_LOG_KEY="+filepath.Join(folder, engine+".key"))
	command.Stderr = os.Stderr
	began := time.Now()
	if err := command.Start(); err != nil {
		return err
	}
	s := &server{url: "http://" + address, pid: command.Process.Pid, client: &http.Client{Timeout: time.Hour}}
	err = s.measure(ctx, began, reads)
	stopped := command.Process.Signal(syscall.SIGTERM)
	return errors.Join(err, stopped, command.Wait())
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

func (s *server) measure(ctx context.Context, began time.Time, reads int) error {
	for {
		_, _, err := s.get(ctx, "/api/v1/entities?limit=1")
		if err == nil {
			break
		}
		if time.Since(began) > time.Minute {
			return fmt.Errorf("the program does not answer: %w", err)
		}
		time.Sleep(2 * time.Millisecond)
	}
	fmt.Printf("first answer %.2f s after the start\n", time.Since(began).Seconds())
	if _, _, err := s.get(ctx, "/"); err != nil { // totals are counted once, in the background
		return err
	}
	time.Sleep(15 * time.Second)
	idle, err := s.anonymous()
	if err != nil {
		return err
	}
	fmt.Printf("idle: %s of anonymous memory\n", mb(idle))
	if reads > 0 {
		if err := s.pages(ctx, reads); err != nil {
			return err
		}
		if err := s.load(ctx, reads); err != nil {
			return err
		}
	}
	return s.exports(ctx)
}

// get asks for an address, reads the answer to its end and gives its length as sent and as read.
func (s *server) get(ctx context.Context, path string) (time.Duration, int64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
	if err != nil {
		return 0, 0, err
	}
	request.Header.Set("Accept-Encoding", "gzip")
	began := time.Now()
	answer, err := s.client.Do(request)
	if err != nil {
		return 0, 0, err
	}
	defer answer.Body.Close()
	n, err := io.Copy(io.Discard, answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, answer.Status)
	}
	return time.Since(began), n, err
}

// list gives records of a list of the API.
func (s *server) list(ctx context.Context, path string) ([]map[string]any, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/api/v1/"+path, nil)
	if err != nil {
		return nil, err
	}
	answer, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var page struct{ Data []map[string]any }
	err = json.NewDecoder(answer.Body).Decode(&page)
	return page.Data, err
}

// pageKind is a kind of page with the addresses that are asked for in turn. No address is asked
// for twice, since rendered pages are kept.
type pageKind struct {
	name  string
	paths []string
}

func (s *server) kinds(ctx context.Context, reads int) ([]pageKind, error) {
	var kinds []pageKind
	ids := map[string][]string{}
	for name, path := range map[string]string{"companies": "entities?kind=company&limit=500", "services": "entities?kind=service&limit=500", "units": "entities?kind=unit&limit=500",
		"people": "entities?kind=person&limit=500", "sources": "sources?limit=500", "supplies": "relationships?type=supplied_to&limit=500", "changes": "status-changes?limit=500"} {
		records, err := s.list(ctx, path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for _, record := range records {
			id := record["id"]
			if slug, ok := record["slug"]; ok { // an id leads to the page, which is another request
				id = slug
			}
			ids[name] = append(ids[name], fmt.Sprint(id))
			if name == "units" {
				ids["names"] = append(ids["names"], fmt.Sprint(record["name"]))
			}
		}
	}
	each := func(name, format string, of []string) {
		var paths []string
		for _, id := range of[:min(len(of), reads)] {
			paths = append(paths, strings.ReplaceAll(format, "{}", url.QueryEscape(id)))
		}
		kinds = append(kinds, pageKind{name, paths})
	}
	var days []string
	for i := range reads {
		days = append(days, time.Date(2024, 12, 31, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -i).Format(time.DateOnly))
	}
	each("overview", "/?as_of={}", days)
	each("company", "/companies/{}", ids["companies"])
	each("company on a day", "/companies/{}?as_of=2020-06-30", ids["companies"])
	each("service", "/services/{}", ids["services"])
	each("unit", "/units/{}", ids["units"])
	each("unit on a day", "/units/{}?as_of=2020-06-30", ids["units"])
	each("person", "/people/{}", ids["people"])
	each("source", "/sources/{}", ids["sources"])
	each("supply", "/records/{}", ids["supplies"])
	each("status change", "/records/{}", ids["changes"])
	each("list of units", "/units?as_of={}", days)
	each("supplies", "/supplies?as_of={}", days)
	each("supplies of a status", "/supplies?status=disabled&as_of={}", days)
	each("supplies of a company", "/supplies?party={}", ids["companies"])
	each("supplies of a service", "/supplies?subject={}", ids["services"])
	each("supplies as a matrix", "/supplies/matrix?as_of={}", days)
	each("timeline", "/timeline?as_of={}", days)
	each("timeline of a unit", "/timeline?object={}", ids["units"])
	each("status changes", "/status-changes?as_of={}", days)
	each("claims", "/claims?as_of={}", days)
	each("open items", "/open-items?as_of={}", days)
	each("sources", "/sources?as_of={}", days)
	each("search", "/search?q={}", ids["names"])
	each("suggestions", "/search/suggestions?q={}", ids["names"])
	each("comparison", "/compare?as_of={}", days)
	each("data", "/data", []string{""})
	each("integrity", "/integrity", []string{""})
	each("method", "/method", []string{""})
	each("network of two hops", "/network?entity={}&depth=2", ids["units"])
	return kinds, nil
}

// pages prints the time of each kind of page, as its client sees it on the same machine.
func (s *server) pages(ctx context.Context, reads int) error {
	kinds, err := s.kinds(ctx, reads)
	if err != nil {
		return err
	}
	fmt.Printf("\n| page | median | p95 | gzipped |\n|---|---|---|---|\n")
	for _, kind := range kinds {
		var times []time.Duration
		var most int64
		for _, path := range kind.paths {
			took, n, err := s.get(ctx, path)
			if err != nil {
				fmt.Printf("| %s | | | %v |\n", kind.name, err)
				break
			}
			times, most = append(times, took), max(most, n)
		}
		if len(times) > 0 {
			slices.Sort(times)
			fmt.Printf("| %s | %.1f ms | %.1f ms | %d kB |\n", kind.name, ms(times[len(times)/2]), ms(times[len(times)*95/100]), (most+512)/1024)
		}
	}
	return nil
}

// load asks for many pages at once, and prints the most memory that was held.
func (s *server) load(ctx context.Context, reads int) error {
	kinds, err := s.kinds(ctx, 3*reads)
	if err != nil {
		return err
	}
	var paths []string
	for _, kind := range kinds {
		paths = append(paths, kind.paths...)
	}
	const clients = 16
	peak := s.watch()
	began := time.Now()
	work := make(chan string)
	var group sync.WaitGroup
	failures := make(chan error, clients)
	for range clients {
		group.Go(func() {
			for path := range work {
				if _, _, err := s.get(ctx, path); err != nil {
					select {
					case failures <- err:
					default:
					}
				}
			}
		})
	}
	for i := range paths {
		work <- paths[(i*7919)%len(paths)]
	}
	close(work)
	group.Wait()
	took := time.Since(began)
	select {
	case err := <-failures:
		fmt.Println("\nunder load:", err)
	default:
	}
	fmt.Printf("\nunder load: %d pages by %d clients in %.0f s, %.0f a second; at most %s of anonymous memory\n", len(paths), clients, took.Seconds(), float64(len(paths))/took.Seconds(), mb(peak()))
	return nil
}

// exports prints how fast all supplies and all records come, as they are (as curl asks for them) and
// compressed (as browsers do; they are unpacked here), and how much memory that takes.
func (s *server) exports(ctx context.Context) error {
	fmt.Printf("\n| export | rows | rows/s | memory above that before |\n|---|---|---|---|\n")
	for _, one := range []struct {
		name, path string
		compressed bool
		count      func(io.Reader) (int, error)
	}{
		{"all supplies, csv", "/supplies.csv", false, countLines},
		{"all supplies, ndjson", "/supplies.ndjson", false, countLines},
		{"all supplies, csv, compressed", "/supplies.csv", true, countLines},
		{"all supplies, ndjson, compressed", "/supplies.ndjson", true, countLines},
		{"all supplies, json, compressed", "/supplies.json", true, func(r io.Reader) (int, error) { return count(r, `"record_type":"relationship"`) }},
		{"all supplies, xlsx", "/supplies.xlsx", false, func(r io.Reader) (int, error) {
			_, err := io.Copy(io.Discard, r)
			return -1, err
		}},
		{"everything, ndjson", "/api/v1/exports/ndjson", false, countLines},
		{"everything, tables and records in a package", "/api/v1/exports/csv", false, countPackage},
	} {
		before, err := s.anonymous()
		if err != nil {
			return err
		}
		peak := s.watch()
		began := time.Now()
		var took time.Duration
		rows, err := s.rows(ctx, one.path, one.compressed, func(r io.Reader) (int, error) {
			return one.count(&untilEnd{r, func() { took = time.Since(began) }})
		})
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %d | %.0f | %s |\n", one.name, rows, float64(rows)/took.Seconds(), mb(peak()-before))
	}
	return nil
}

// untilEnd tells when what is read has come to its end.
type untilEnd struct {
	io.Reader
	ended func()
}

func (r *untilEnd) Read(into []byte) (int, error) {
	n, err := r.Reader.Read(into)
	if errors.Is(err, io.EOF) {
		r.ended()
	}
	return n, err
}

// rows reads an export and counts what is in it.
func (s *server) rows(ctx context.Context, path string, compressed bool, count func(io.Reader) (int, error)) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
	if err != nil {
		return 0, err
	}
	if !compressed {
		request.Header.Set("Accept-Encoding", "identity")
	}
	answer, err := s.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %s", path, answer.Status)
	}
	return count(answer.Body)
}

func countLines(r io.Reader) (int, error) { return count(r, "\n") }

// countPackage counts the records in a data package, each of which is a row of a table too, once
// all of it was read.
func countPackage(r io.Reader) (int, error) {
	file, err := os.CreateTemp("", "plumbline-bench-")
	if err != nil {
		return 0, err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	size, err := io.Copy(file, r)
	if err != nil {
		return 0, err
	}
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return 0, err
	}
	in, err := archive.Open("records.ndjson")
	if err != nil {
		return 0, err
	}
	defer in.Close()
	lines, err := countLines(in)
	return lines - 1, err // the first says what file it is
}

// count counts a mark in what is read, in runs that end with a line. It takes little of the processor
// that the program runs on.
func count(r io.Reader, mark string) (int, error) {
	n, sought := 0, []byte(mark)
	buffer := make([]byte, 0, 1<<20)
	for {
		read, err := r.Read(buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+read]
		whole := bytes.LastIndexByte(buffer, '\n') + 1
		if err != nil || len(buffer) == cap(buffer) && whole == 0 {
			whole = len(buffer)
		}
		n += bytes.Count(buffer[:whole], sought)
		buffer = buffer[:copy(buffer, buffer[whole:])]
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// watch looks at the memory until the function that it gives is called, which gives the most.
func (s *server) watch() func() int64 {
	stop, most := make(chan struct{}), make(chan int64)
	go func() {
		var peak int64
		for {
			if now, err := s.anonymous(); err == nil {
				peak = max(peak, now)
			}
			select {
			case <-stop:
				most <- peak
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	return func() int64 {
		close(stop)
		return <-most
	}
}

// anonymous is the program's memory that is no file's, in bytes.
func (s *server) anonymous() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid))
	if err != nil {
		return 0, err
	}
	for _, line := range strings.Split(string(text), "\n") {
		if value, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(value, "kB")), 10, 64)
			return n * 1024, err
		}
	}
	return 0, errors.New("the system does not tell a program's anonymous memory")
}

func mb(bytes int64) string { return fmt.Sprintf("%d MB", bytes>>20) }
