package frontend

import (
	"errors"
	"strings"
	"sync"
	"testing"
)

func TestBeside_givesWhatWentWrong(t *testing.T) {
	first, second := errors.New("first"), errors.New("second")
	done := 0
	var mutex sync.Mutex
	step := func(err error) func() error {
		return func() error {
			mutex.Lock()
			defer mutex.Unlock()
			done++
			return err
		}
	}
	if err := beside(step(nil), step(nil), step(nil)); err != nil || done != 3 {
		t.Errorf("%d done, %v", done, err)
	}
	if err := beside(step(nil), step(first), step(second)); !errors.Is(err, first) || !errors.Is(err, second) || done != 6 {
		t.Errorf("%d done, %v", done, err)
	}
	for at := range 2 {
		func() {
			defer func() {
				if cause, _ := recover().(string); !strings.HasPrefix(cause, "broken\n") || !strings.Contains(cause, "beside_internal_test.go") {
					t.Errorf("panic of read %d: %q", at, cause)
				}
			}()
			reads := []func() error{step(nil), step(nil)}
			reads[at] = func() error { panic("broken") }
			_ = beside(reads...) // panics
		}()
	}
}
