// Command bench measures Plumbline on generated records, on both engines in one run, and prints
// the table that bench/README.md holds. Times on a shared machine are noisy; ratios within one
// run are what counts.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"

	"plumbline/database"
	"plumbline/models"
	"plumbline/services"
)

func main() {
	if order := os.Getenv(courierVariable); order != "" {
		exitOn(work(order))
	}
	factor := flag.Float64("scale", 1, "times 100,000 entities, 500,000 relationships and 500,000 status changes")
	folder := flag.String("dir", "", "folder for the SQLite file, kept; a temporary one when empty")
	postgres := flag.String("postgres", "", "postgres:// URL of an empty database; PostgreSQL is left out when empty")
	reads := flag.Int("n", 200, "how often each read is timed; 0 with -serve leaves pages out")
	only := flag.String("only", "", "the one engine to measure, sqlite or postgres; both when empty")
	more := flag.Int("more", 0, "how many supplies and status changes to add in bulk to what is there, and measure nothing else")
	running := flag.Bool("serve", false, "measure the running program on what was generated, and nothing else")
	flag.IntVar(&batch, "batch", batch, "how many records a bulk changeset has")
	told := flag.Int("webhooks", 0, "how many events to tell webhooks from a process that is killed 20 times, and measure nothing else")
	imported := flag.Int("import", 0, "how many rows to import with the program itself, and to kill such imports, and measure nothing else")
	kills := flag.Int("kills", 20, "how often imports are killed")
	intake := flag.Int("intake", 0, "how many entities with three names each to generate for the intake of articles, and measure nothing else")
	profile := flag.String("cpuprofile", "", "file for a CPU profile of the whole run")
	flag.Parse()
	if *told > 0 {
		exitOn(killedOn(*folder, *postgres, *only, *told))
		return
	}
	if *imported > 0 {
		exitOn(imports(*folder, *postgres, *only, *imported, *kills))
		return
	}
	if *intake > 0 {
		exitOn(profiled(*profile, func() error {
			return onEach(*folder, *postgres, *only, func(url, folder string) error { return measureIntakes(url, folder, *intake, *reads) })
		}))
		return
	}
	exitOn(profiled(*profile, func() error { return run(*factor, *folder, *postgres, *only, *reads, *more, *running) }))
}

// exitOn ends the program where something went wrong.
func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// profiled runs f, and writes a CPU profile of it where a file is named.
func profiled(path string, f func() error) error {
	if path == "" {
		return f()
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
}

func run(factor float64, folder, postgres, only string, reads, more int, running bool) error {
	return onEach(folder, postgres, only, func(url, folder string) error {
		if running {
			engine, _, _ := strings.Cut(url, ":")
			return serve(context.Background(), url, folder, engine, reads)
		}
		return measure(url, folder, scaled(factor), reads, more)
	})
}

// onEach measures each engine, or the only one that is asked for.
func onEach(folder, postgres, only string, measure func(url, folder string) error) error {
	if folder == "" {
		temporary, err := os.MkdirTemp("", "plumbline-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(temporary)
		folder = temporary
	}
	urls := []string{"sqlite:" + filepath.Join(folder, "bench.db")}
	if postgres != "" {
		urls = append(urls, postgres)
	}
	for _, url := range urls {
		if !strings.HasPrefix(url, only) {
			continue
		}
		if err := measure(url, folder); err != nil {
			return err
		}
	}
	return nil
}

// open opens the database to measure, at this program's schema, with a key kept in the folder.
func open(ctx context.Context, url, folder string) (*database.Database, services.LogKey, error) {
	db, err := database.Open(ctx, database.Settings{URL: url})
	if err != nil {
		return nil, services.LogKey{}, err
	}
	var key services.LogKey
	if _, _, err = db.Migrate(ctx); err == nil {
		key, err = services.EnterLogKey(ctx, db, filepath.Join(folder, db.Dialect()+".key"))
	}
	if err != nil {
		db.Close()
		return nil, services.LogKey{}, err
	}
	fmt.Printf("\n### %s\n\n", db.Dialect())
	return db, key, nil
}

func measure(url, folder string, want size, reads, more int) error {
	ctx := context.Background()
	db, key, err := open(ctx, url, folder)
	if err != nil {
		return err
	}
	defer db.Close()
	s := services.New(db, services.Settings{LogKey: key})

	g := newGenerator()
	loaded, err := s.Size(ctx)
	if err != nil {
		return err
	}
	by, err := editor(ctx, s, loaded > 0)
	if err != nil {
		return err
	}
	report := func(what string, n int, took, busy time.Duration) {
		fmt.Printf("bulk: %d %s in %.1f s, %.0f records/s; %.0f µs of our CPU a record\n", n, what, took.Seconds(),
			float64(n)/took.Seconds(), float64(busy.Microseconds())/float64(n))
	}
	if more > 0 {
		return g.more(ctx, s, by, more, report)
	}
	if loaded == 0 {
		if err := g.generate(ctx, s, by, want, report); err != nil {
			return err
		}
		if err := analyze(ctx, db); err != nil {
			return err
		}
	}
	if err := compare(ctx, s, db, reads); err != nil {
		return err
	}
	return singles(ctx, s, by)
}

func editor(ctx context.Context, s *services.Services, exists bool) (models.Actor, error) {
	var account models.Account
	var err error
	if exists {
		account, err = s.Account(ctx, services.Operator(), "bench")
	} else {
		account, err = s.CreateAccount(ctx, services.Operator(), "bench", models.RoleEditor)
	}
	return models.Actor{Account: account.ID, Name: account.Name, Role: account.Role}, err
}

// analyze lets the planners know what is there, as PostgreSQL's autovacuum does in time.
func analyze(ctx context.Context, db *database.Database) error {
	return db.Write(ctx).Exec("ANALYZE").Error
}

// cpu is how long this process has kept processors busy. PostgreSQL's own work is not in it.
func cpu() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// singles measures changesets of one record, each with its own durable commit.
func singles(ctx context.Context, s *services.Services, by models.Actor) error {
	const n = 400
	began := time.Now()
	for i := range n {
		op := models.Operation{Op: models.OpCreate, Type: models.TypeSource, Data: &models.Source{Kind: "article", Title: fmt.Sprint("Single ", i)}}
		if _, err := s.Submit(ctx, by, models.Changeset{Summary: "One source", Operations: []models.Operation{op}}); err != nil {
			return err
		}
	}
	took := time.Since(began)
	fmt.Printf("single: %d changesets of one source in %.1f s, %.0f/s\n", n, took.Seconds(), n/took.Seconds())
	return singleLinks(ctx, s, by)
}

// singleLinks does the same with the record that touches most: a status change of a supply.
func singleLinks(ctx context.Context, s *services.Services, by models.Actor) error {
	q := services.Query{Limit: 400, Filters: map[string][]string{"type": {"supplied_to"}}}
	page, err := s.List(ctx, models.Actor{}, models.TypeRelationship, q)
	if err != nil {
		return err
	}
	began := time.Now()
	for i, link := range page.Records {
		op := models.Operation{Op: models.OpCreate, Type: models.TypeStatusChange, Data: &models.StatusChange{Record: link.ID, Status: "restricted",
			Effective: date(fmt.Sprintf("20%02d-%02d", 15+i%10, 1+i%12)), Scope: fmt.Sprint("part ", i, " at ", time.Now().UnixNano()), Extent: models.Partial, Citations: link.Document.Cited()}}
		if _, err := s.Submit(ctx, by, models.Changeset{Summary: "One step", Operations: []models.Operation{op}}); err != nil {
			return err
		}
	}
	took := time.Since(began)
	fmt.Printf("single: %d changesets of one status change in %.1f s, %.0f/s\n", len(page.Records), took.Seconds(), float64(len(page.Records))/took.Seconds())
	return nil
}
