package services

import (
	"context"
	"sync"
	"time"
)

// growth lets many wait for the log to grow at the cost of one query at a time. It asks the
// database, so that what other instances publish counts.
type growth struct {
	mutex sync.Mutex
	size  int64
	seen  time.Time
}

// growthPoll is how often the log's size is looked at while somebody waits.
const growthPoll = 300 * time.Millisecond

// AwaitGrowth waits until the log is larger than a size, and gives its size then. When the context
// ends first, it gives the context's error.
func (s *Services) AwaitGrowth(ctx context.Context, than int64) (int64, error) {
	ticker := time.NewTicker(growthPoll)
	defer ticker.Stop()
	for {
		size, err := s.recentSize(ctx)
		if err != nil || size > than {
			return size, err
		}
		select {
		case <-ctx.Done():
			return size, ctx.Err()
		case <-ticker.C:
		}
	}
}

// recentSize gives the log's size as it was a moment ago.
func (s *Services) recentSize(ctx context.Context) (int64, error) {
	s.growth.mutex.Lock()
	defer s.growth.mutex.Unlock()
	if time.Since(s.growth.seen) < growthPoll {
		return s.growth.size, nil
	}
	size, err := s.Size(ctx)
	if err == nil {
		s.growth.size, s.growth.seen = size, time.Now()
	}
	return size, err
}
