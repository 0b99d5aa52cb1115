package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"plumbline/database"
	"plumbline/models"
	"plumbline/outbound"
	"plumbline/services"
)

// courierVariable holds what a process of its own is to do, as JSON: publish and tell webhooks
// until it is killed.
const courierVariable = "PLUMBLINE_BENCH_COURIER"

// courierOrder is what such a process is told.
type courierOrder struct {
	URL, Key, Receiver string
	Events             int64
}

// work publishes until the log is as long as was asked for, and tells webhooks for ever.
func work(text string) error {
	var order courierOrder
	if err := json.Unmarshal([]byte(text), &order); err != nil {
		return err
	}
	ctx := context.Background()
	s, db, err := openFor(ctx, order.URL, order.Key, services.Settings{
		Outside:        outbound.New(outbound.Settings{Let: []netip.AddrPort{netip.MustParseAddrPort(order.Receiver)}}),
		DeliveryDelays: slowly(20, 100*time.Millisecond)})
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := s.StartJobs(ctx); err != nil {
		return err
	}
	by, err := editor(ctx, s, true)
	if err != nil {
		return err
	}
	for {
		size, err := s.Size(ctx)
		if err != nil {
			return err
		}
		if size >= order.Events {
			select {}
		}
		if err := publishSources(ctx, s, by, int(min(10, order.Events-size))); err != nil {
			return err
		}
	}
}

func slowly(n int, wait time.Duration) []time.Duration {
	list := make([]time.Duration, n)
	for i := range list {
		list[i] = wait
	}
	return list
}

func openFor(ctx context.Context, url, key string, settings services.Settings) (*services.Services, *database.Database, error) {
	db, err := database.Open(ctx, database.Settings{URL: url})
	if err != nil {
		return nil, nil, err
	}
	if settings.LogKey, err = services.EnterLogKey(ctx, db, key); err != nil {
		db.Close()
		return nil, nil, err
	}
	return services.New(db, settings), db, nil
}

func publishSources(ctx context.Context, s *services.Services, by models.Actor, n int) error {
	c := models.Changeset{Summary: "bench"}
	for range n {
		c.Operations = append(c.Operations, models.Operation{Op: models.OpCreate, Type: models.TypeSource, Data: &models.Source{Kind: "article", Title: "An article"}})
	}
	_, err := s.Submit(ctx, by, c)
	return err
}

// receiver takes webhooks: at /some it fails with three in ten, at /dead it never answers, at
// /all it takes everything.
type receiver struct {
	mutex sync.Mutex
	// taken counts what was taken, by path and message; refused counts what was not.
	taken   map[string]map[string]int
	refused int
	// slowest is how long after its publication the last-told event came to /all, since it was
	// set to 0.
	slowest time.Duration
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return
	}
	if request.URL.Path == "/dead" {
		<-request.Context().Done()
		return
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if request.URL.Path == "/some" && rand.IntN(10) < 3 {
		r.refused++
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	var told struct{ Timestamp time.Time }
	if json.Unmarshal(body, &told) == nil && request.URL.Path == "/all" {
		r.slowest = max(r.slowest, time.Since(told.Timestamp))
	}
	if r.taken[request.URL.Path] == nil {
		r.taken[request.URL.Path] = map[string]int{}
	}
	r.taken[request.URL.Path][request.Header.Get("webhook-id")]++
}

// told counts how many messages were taken at a path, and how many of them more than once.
func (r *receiver) told(path string) (all, twice int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, n := range r.taken[path] {
		all++
		if n > 1 {
			twice++
		}
	}
	return all, twice
}

// killedReport is what came of a run.
type killedReport struct {
	events, kills            int
	missing, invented, twice int
	refused                  int
	took, slowest            time.Duration
}

func (r killedReport) String() string {
	return fmt.Sprintf("%d events, %d kills, %d answers that refused, in %.1f s: %d missing, %d invented, %d told more than once; beside a dead receiver the slowest of 50 single events came after %d ms",
		r.events, r.kills, r.refused, r.took.Seconds(), r.missing, r.invented, r.twice, r.slowest.Milliseconds())
}

// webhooksUnderKills publishes events in a process that is killed again and again while it tells
// three webhooks, and compares what they took with the log.
func webhooksUnderKills(ctx context.Context, url, folder string, events, kills int, life time.Duration) (report killedReport, err error) {
	key := filepath.Join(folder, "webhooks.key")
	s, db, err := openFor(ctx, url, key, services.Settings{})
	if err != nil {
		return report, err
	}
	defer db.Close()
	r := &receiver{taken: map[string]map[string]int{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return report, err
	}
	server := &http.Server{Handler: r}
	go server.Serve(listener)
	defer server.Close()
	if err := addWebhooks(ctx, s, "http://"+listener.Addr().String()); err != nil {
		return report, err
	}

	order, err := json.Marshal(courierOrder{url, key, listener.Addr().String(), int64(events)})
	if err != nil {
		return report, err
	}
	began := time.Now()
	report.events, report.kills = events, kills
	for range kills {
		process, err := startCourier(string(order))
		if err != nil {
			return report, err
		}
		time.Sleep(life/2 + rand.N(life))
		if err := kill(process); err != nil {
			return report, err
		}
	}
	process, err := startCourier(string(order))
	if err != nil {
		return report, err
	}
	defer kill(process)
	if err := r.await(ctx, events); err != nil {
		return report, err
	}
	report.took = time.Since(began)

	// Beside a receiver that does not answer: single events, each on its own.
	by, err := editor(ctx, s, true)
	if err != nil {
		return report, err
	}
	r.mutex.Lock()
	r.slowest = 0
	r.mutex.Unlock()
	for i := range 50 {
		if err := publishSources(ctx, s, by, 1); err != nil {
			return report, err
		}
		if err := r.await(ctx, events+i+1); err != nil {
			return report, err
		}
	}
	report.events += 50
	return report, r.compare(ctx, s, &report)
}

func addWebhooks(ctx context.Context, s *services.Services, address string) error {
	if _, err := editor(ctx, s, false); err != nil {
		return err
	}
	account, err := s.CreateAccount(ctx, services.Operator(), "bench admin", models.RoleAdmin)
	if err != nil {
		return err
	}
	by := models.Actor{Account: account.ID, Name: account.Name, Role: account.Role}
	for _, path := range []string{"/some", "/dead", "/all"} {
		label, to := path[1:], address+path
		if _, _, err := s.AddWebhook(ctx, by, services.WebhookPatch{URL: &to, Label: &label}); err != nil {
			return err
		}
	}
	return nil
}

func startCourier(order string) (*exec.Cmd, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	process := exec.Command(program)
	process.Env = append(os.Environ(), courierVariable+"="+order)
	process.Stderr = os.Stderr
	return process, process.Start()
}

// kill ends a process as a power cut would; one that ended by itself is an error.
func kill(process *exec.Cmd) error {
	if err := process.Process.Kill(); err != nil {
		return fmt.Errorf("the process ended by itself: %w", err)
	}
	var ended *exec.ExitError
	if err := process.Wait(); errors.As(err, &ended) && ended.String() != "signal: killed" {
		return fmt.Errorf("the process ended by itself: %s", ended)
	}
	return nil
}

// await waits until both receivers that live took so many messages.
func (r *receiver) await(ctx context.Context, events int) error {
	for {
		some, _ := r.told("/some")
		all, _ := r.told("/all")
		if some >= events && all >= events {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d and %d of %d events came: %w", some, all, events, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// compare compares what was taken with the log.
func (r *receiver) compare(ctx context.Context, s *services.Services, report *killedReport) error {
	size, err := s.Size(ctx)
	if err != nil {
		return err
	}
	if size != int64(report.events) {
		return fmt.Errorf("the log has the size %d, not %d", size, report.events)
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, path := range []string{"/some", "/all"} {
		for position := range size {
			if r.taken[path][fmt.Sprintf("revision_%d", position)] == 0 {
				report.missing++
			}
		}
		for id, n := range r.taken[path] {
			var position int64
			if _, err := fmt.Sscanf(id, "revision_%d", &position); err != nil || position >= size || !strings.HasSuffix(id, fmt.Sprint(position)) {
				report.invented++
			}
			if n > 1 {
				report.twice++
			}
		}
	}
	report.refused, report.slowest = r.refused, r.slowest
	return nil
}

// killedOn runs webhooksUnderKills on the engines that are asked for, in databases of its own.
func killedOn(folder, postgres, only string, events int) error {
	ctx := context.Background()
	folder, err := os.MkdirTemp(folder, "webhooks-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	for _, url := range []string{"sqlite:" + filepath.Join(folder, "webhooks.db"), postgres} {
		if url == "" || !strings.HasPrefix(url, only) {
			continue
		}
		db, err := database.Open(ctx, database.Settings{URL: url})
		if err != nil {
			return err
		}
		_, _, err = db.Migrate(ctx)
		db.Close()
		if err != nil {
			return err
		}
		report, err := webhooksUnderKills(ctx, url, folder, events, 20, 5*time.Second)
		if err != nil {
			return err
		}
		engine, _, _ := strings.Cut(url, ":")
		fmt.Printf("%s: %s\n", engine, report)
	}
	return nil
}
