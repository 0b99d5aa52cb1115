package frontend

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
)

// beside runs the reads of a page side by side, since they mostly wait for the database, and gives
// their errors. They must not write to the same things, nor to the request's context. What panics in
// one panics here, where the page's own recovery sees it.
func beside(reads ...func() error) error {
	failures := make([]error, len(reads))
	broken := make([]string, len(reads))
	var group sync.WaitGroup
	run := func(i int) {
		defer func() {
			if cause := recover(); cause != nil {
				broken[i] = fmt.Sprintf("%v\n%s", cause, debug.Stack())
			}
		}()
		failures[i] = reads[i]()
	}
	for i := 1; i < len(reads); i++ {
		group.Go(func() { run(i) })
	}
	run(0)
	group.Wait()
	for _, cause := range broken {
		if cause != "" {
			panic(cause)
		}
	}
	return errors.Join(failures...)
}
