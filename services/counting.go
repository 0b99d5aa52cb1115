package services

import (
	"context"
	"runtime"
	"time"
)

// Counting is a count that goes on beside what its caller does. Few run at a time, so that nobody
// can heap them up; what is not waited for is finished for those who come after.
type Counting[T any] struct {
	slots  chan struct{}
	count  func() (T, error)
	result chan reckoned[T]
	// kept is what was known from the beginning.
	kept *T
}

type reckoned[T any] struct {
	value T
	err   error
}

// mostCounting is how many counts run at a time: half of what the machine can do at once, so that
// requests do not wait for them.
func mostCounting() int { return max(1, runtime.GOMAXPROCS(0)/2) }

// counted is a count that is known already.
func counted[T any](value T) *Counting[T] { return &Counting[T]{kept: &value} }

// begin begins to count where there is room; else the first Wait does.
func begin[T any](ctx context.Context, s *Services, count func(context.Context) (T, error)) *Counting[T] {
	ctx = context.WithoutCancel(ctx)
	c := &Counting[T]{slots: s.counting, count: func() (T, error) { return count(ctx) }}
	select {
	case c.slots <- struct{}{}:
		c.run()
	default:
	}
	return c
}

func (c *Counting[T]) run() {
	c.result = make(chan reckoned[T], 1)
	go func() {
		defer func() { <-c.slots }()
		value, err := c.count()
		c.result <- reckoned[T]{value, err}
	}()
}

// Wait gives the count when it is known within patience. Otherwise known is false: a later count
// of the same may have its result.
func (c *Counting[T]) Wait(ctx context.Context, patience time.Duration) (value T, known bool, err error) {
	if c.kept != nil {
		return *c.kept, true, nil
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	if c.result == nil {
		select {
		case c.slots <- struct{}{}:
			c.run()
		case <-ctx.Done():
			return value, false, ctx.Err()
		case <-timer.C:
			return value, false, nil
		}
	}
	select {
	case r := <-c.result:
		return r.value, r.err == nil, r.err
	case <-ctx.Done():
		return value, false, ctx.Err()
	case <-timer.C:
		return value, false, nil
	}
}
