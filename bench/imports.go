package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"plumbline/database"
	"plumbline/services"
)

// program is Plumbline itself, on one database.
type program struct {
	path     string
	database string
	key      string
}

// build makes the program.
func build(ctx context.Context, folder string) (string, error) {
	path := filepath.Join(folder, "plumbline")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", path, "plumbline").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w: %s", err, out)
	}
	return path, nil
}

// command is the program with arguments; it is not started.
func (p program) command(ctx context.Context, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, p.path, arguments...)
	command.Env = append(os.Environ(), "PLUMBLINE_DATABASE="+p.database, "PLUMBLINE_LOG_KEY="+p.key, "PLUMBLINE_LOG_LEVEL=error")
	return command
}

// ran is what became of a run of the program.
type ran struct {
	took, busy time.Duration
	// anonymous is the most memory it had that is no file's.
	anonymous int64
	out       string
	failed    bool
}

// run runs the program to its end and watches its memory.
func (p program) run(ctx context.Context, arguments ...string) (ran, error) {
	var out bytes.Buffer
	command := p.command(ctx, arguments...)
	command.Stdout, command.Stderr = &out, &out
	began := time.Now()
	if err := command.Start(); err != nil {
		return ran{}, err
	}
	most := (&server{pid: command.Process.Pid}).watch()
	err := command.Wait()
	r := ran{took: time.Since(began), anonymous: most(), out: out.String(), failed: err != nil}
	r.busy = command.ProcessState.UserTime() + command.ProcessState.SystemTime()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		return r, err
	}
	return r, nil
}

// writeTable writes a table of n companies of which every hundredth has no name.
func writeTable(path string, n int) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	fmt.Fprintln(w, "kind,name,country,registration_number")
	for i := range n {
		name := fmt.Sprintf("Company %d", i)
		if i%100 == 50 {
			name = ""
		}
		fmt.Fprintf(w, "company,%s,DE,R%d\n", name, i)
	}
	return errors.Join(w.Flush(), file.Close())
}

// size is how many revisions a database's log has.
func (p program) size(ctx context.Context) (size int64, err error) {
	s, db, err := openFor(ctx, p.database, p.key, services.Settings{})
	if err != nil {
		return 0, err
	}
	defer db.Close()
	return s.Size(ctx)
}

// digest is that of all records as the program exports them, without the heading, which says when.
func (p program) digest(ctx context.Context) (string, error) {
	command := p.command(ctx, "export", "--format", "ndjson")
	out, err := command.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := command.Start(); err != nil {
		return "", err
	}
	lines := bufio.NewReader(out)
	if _, err := lines.ReadString('\n'); err != nil {
		return "", err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, lines); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), command.Wait()
}

// newProgram gives the program with a migrated database; ErrExist where that holds records.
func newProgram(ctx context.Context, path, url, key string) (program, error) {
	p := program{path, url, key}
	db, err := database.Open(ctx, database.Settings{URL: url})
	if err != nil {
		return p, err
	}
	_, _, err = db.Migrate(ctx)
	db.Close()
	if err != nil {
		return p, err
	}
	if size, err := p.size(ctx); err != nil || size > 0 {
		return p, errors.Join(err, fmt.Errorf("%s holds %d records; an empty database is needed", url, size))
	}
	return p, nil
}

// importOf measures an import of so many rows: its dry run, all or nothing, and the valid rows.
func importOf(ctx context.Context, p program, table string, rows int) error {
	bad := rows / 100
	counts := fmt.Sprintf("%d rows: %d new, 0 changed, 0 the same, 0 in doubt, %d wrong", rows, rows-bad, bad)
	for _, step := range []struct {
		name      string
		arguments []string
		fails     bool
		size      int64
	}{
		{"dry run", []string{"--dry-run"}, false, 0},
		{"all or nothing", nil, true, 0},
		{"valid rows", []string{"--valid-rows-only"}, false, int64(rows-bad) + 1}, // and the import's own source
	} {
		r, err := p.run(ctx, append([]string{"import", table, "--errors", table + ".errors.csv"}, step.arguments...)...)
		if err != nil {
			return err
		}
		size, err := p.size(ctx)
		if err != nil {
			return err
		}
		if r.failed != step.fails || size != step.size || !strings.Contains(r.out, counts) {
			return fmt.Errorf("%s: the log has %d records, not %d: %s", step.name, size, step.size, r.out)
		}
		fmt.Printf("| %s | %.1f s | %.1f s | %s | %d |\n", step.name, r.took.Seconds(), r.busy.Seconds(), mb(r.anonymous), size)
	}
	wrong, err := os.ReadFile(table + ".errors.csv")
	if err != nil {
		return err
	}
	if n := bytes.Count(wrong, []byte("\n")) - 1; n != bad {
		return fmt.Errorf("%d rows are reported, not %d", n, bad)
	}
	return nil
}

// killedImports is what came of imports that were killed.
type killedImports struct {
	// kills hit a running import; the others came when it had ended.
	kills, tries int
	took         time.Duration
}

func (k killedImports) String() string {
	return fmt.Sprintf("%d of %d kills hit a running import of %.1f s; nothing was entered by half, and in the end the records are the same", k.kills, k.tries, k.took.Seconds())
}

// importUnderKills imports a table into whole at one go, and into broken under kills at random
// moments. It is an error when broken ever holds a part of the table, or ends otherwise than whole.
func importUnderKills(ctx context.Context, whole, broken program, table string, kills int) (killedImports, error) {
	report := killedImports{tries: kills}
	arguments := []string{"import", table, "--valid-rows-only", "--errors", table + ".errors.csv"}
	r, err := whole.run(ctx, arguments...)
	if err != nil || r.failed {
		return report, fmt.Errorf("import at one go: %w: %s", err, r.out)
	}
	report.took = r.took
	all, err := whole.size(ctx)
	if err != nil {
		return report, err
	}

	for range kills {
		command := broken.command(ctx, arguments...)
		if err := command.Start(); err != nil {
			return report, err
		}
		ended := make(chan error, 1)
		go func() { ended <- command.Wait() }()
		select {
		case <-ended:
		case <-time.After(rand.N(r.took)):
			if err := command.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				return report, err
			}
			if err := <-ended; err != nil {
				report.kills++
			}
		}
		size, err := broken.size(ctx)
		if err != nil {
			return report, err
		}
		if size != 0 && size != all {
			return report, fmt.Errorf("a killed import left %d of %d records", size, all)
		}
	}

	if r, err = broken.run(ctx, arguments...); err != nil || r.failed {
		return report, fmt.Errorf("import after the kills: %w: %s", err, r.out)
	}
	if r, err = broken.run(ctx, "verify"); err != nil || r.failed {
		return report, fmt.Errorf("verify after the kills: %w: %s", err, r.out)
	}
	one, err := whole.digest(ctx)
	if err != nil {
		return report, err
	}
	other, err := broken.digest(ctx)
	if err == nil && one != other {
		err = errors.New("the records after the kills are not those of an import at one go")
	}
	return report, err
}

// imports measures imports on the engines that are asked for, in databases of its own, and kills
// smaller ones.
func imports(folder, postgres, only string, rows, kills int) error {
	ctx := context.Background()
	folder, err := os.MkdirTemp(folder, "imports-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	path, err := build(ctx, folder)
	if err != nil {
		return err
	}
	table, small := filepath.Join(folder, "companies.csv"), filepath.Join(folder, "few.csv")
	if err := errors.Join(writeTable(table, rows), writeTable(small, max(rows/20, 100))); err != nil {
		return err
	}
	key := filepath.Join(folder, "import.key")
	sqlite := func(name string) (program, error) {
		return newProgram(ctx, path, "sqlite:"+filepath.Join(folder, name), key)
	}

	for engine, url := range map[string]string{"sqlite": "sqlite:" + filepath.Join(folder, "many.db"), "postgres": postgres} {
		if url == "" || !strings.HasPrefix(url, only) {
			continue
		}
		p, err := newProgram(ctx, path, url, key)
		if err != nil {
			return err
		}
		fmt.Printf("\n### imports on %s\n\n| %d rows | took | processor time | anonymous memory | records after it |\n|---|---|---|---|---|\n", engine, rows)
		if err := importOf(ctx, p, table, rows); err != nil {
			return err
		}
		if kills == 0 {
			continue
		}
		if engine == "postgres" {
			if err := empty(ctx, url); err != nil {
				return err
			}
		}
		whole, err := sqlite(engine + "-whole.db")
		if err != nil {
			return err
		}
		broken, err := newProgram(ctx, path, brokenURL(engine, url, folder), key)
		if err != nil {
			return err
		}
		report, err := importUnderKills(ctx, whole, broken, small, kills)
		if err != nil {
			return err
		}
		fmt.Printf("\n%s\n", report)
	}
	return nil
}

// brokenURL is where killed imports write.
func brokenURL(engine, url, folder string) string {
	if engine == "postgres" {
		return url
	}
	return "sqlite:" + filepath.Join(folder, "broken.db")
}

// empty takes everything out of a PostgreSQL database that this benchmark filled.
func empty(ctx context.Context, url string) error {
	db, err := database.Open(ctx, database.Settings{URL: url})
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Write(ctx).Exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public").Error
}
