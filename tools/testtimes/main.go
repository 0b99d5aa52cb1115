// Command testtimes reads what `go test -json` writes, and tells what a person wants of it: the
// output of what failed, the time of each package, and the ten slowest tests. It fails if a test or a
// build did, or if there was none.
//
//	go test -json ./... | go run -C tools ./testtimes
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

func main() {
	ok, err := report(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testtimes:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// slowest is how many tests are named at the end.
const slowest = 10

// event is a line of `go test -json`; see `go doc test2json`.
type event struct {
	Action     string
	Package    string
	ImportPath string // of a build
	Test       string
	Output     string
	Elapsed    float64 // in seconds
}

// timed is a test or a package with its time.
type timed struct {
	name   string
	took   time.Duration
	failed bool
}

// report reads events and writes the report; ok says that there were tests and that all passed.
func report(in io.Reader, out io.Writer) (ok bool, err error) {
	said := map[string][]string{} // by package and test, until it has passed
	var packages, tests []timed
	ok = true
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			var e event
			if json.Unmarshal([]byte(line), &e) != nil {
				fmt.Fprint(out, line) // not an event: of the go command itself
				continue
			}
			key := e.Package + "\x00" + e.Test
			one := timed{name: strings.TrimSpace(e.Package + " " + e.Test), took: time.Duration(e.Elapsed * float64(time.Second)), failed: e.Action == "fail"}
			switch e.Action {
			case "build-output":
				fmt.Fprint(out, e.Output)
			case "build-fail":
				ok = false
			case "output":
				said[key] = append(said[key], e.Output)
			case "pass", "fail", "skip":
				if one.failed {
					ok = false
					fmt.Fprint(out, strings.Join(said[key], ""))
				}
				delete(said, key)
				if one.failed && e.Test == "" { // it may have died within tests
					printUnended(out, said, e.Package)
				}
				if e.Test == "" && e.Action != "skip" {
					packages = append(packages, one)
					fmt.Fprintf(out, "%-4s %s %s\n", e.Action, e.Package, one.took.Round(time.Millisecond))
				} else if e.Test != "" && !strings.Contains(e.Test, "/") {
					tests = append(tests, one)
				}
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return false, err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(said)) {
		name, _, _ := strings.Cut(key, "\x00")
		if !slices.ContainsFunc(packages, func(one timed) bool { return one.name == name }) {
			ok = false // it never ended
			printUnended(out, said, name)
		}
	}
	bySlowness := func(a, b timed) int { return cmp.Or(cmp.Compare(b.took, a.took), cmp.Compare(a.name, b.name)) }
	slices.SortFunc(tests, bySlowness)
	fmt.Fprintf(out, "\n%d packages, %d tests. The slowest:\n", len(packages), len(tests))
	for _, one := range tests[:min(slowest, len(tests))] {
		fmt.Fprintf(out, "%8.1f s  %s\n", one.took.Seconds(), one.name)
	}
	return ok && len(packages) > 0, nil
}

// printUnended prints what tests of a package said of which no end is told.
func printUnended(out io.Writer, said map[string][]string, name string) {
	for _, key := range slices.Sorted(maps.Keys(said)) {
		if strings.HasPrefix(key, name+"\x00") {
			fmt.Fprint(out, strings.Join(said[key], ""))
			delete(said, key)
		}
	}
}
