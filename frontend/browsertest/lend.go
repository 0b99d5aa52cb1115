package browsertest

import (
	"sync"
	"testing"
)

// idleTabs are the tabs of a browser that were lent and given back.
type idleTabs struct {
	mu   sync.Mutex
	tabs []*Page
}

func (i *idleTabs) take() *Page {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.tabs) == 0 {
		return nil
	}
	last := len(i.tabs) - 1
	p := i.tabs[last]
	i.tabs = i.tabs[:last]
	return p
}

func (i *idleTabs) give(p *Page) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.tabs = append(i.tabs, p)
}

// Lend is Open for a subtest that needs no tab of its own: it leads one to the address that an
// earlier subtest gave back, whose process is warm. What that one's pages reported is forgotten.
func (b *Browser) Lend(t testing.TB, url string, width, height int, options Options) *Page {
	t.Helper()
	p := b.idle.take()
	if p == nil {
		p = b.Open(url, width, height, options) // open as long as the browser's own test runs
		p.t = t
	} else {
		p.t = t
		p.set(width, height, options)
		p.forget()
		p.Go(url)
	}
	t.Cleanup(func() {
		if !t.Failed() { // or else it may be in any state
			b.idle.give(p)
		}
	})
	return p
}

// forget drops what was reported so far.
func (p *Page) forget() {
	p.t.Helper()
	p.URL() // a round trip, after which all earlier events have arrived
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cspReports, p.errors = nil, nil
}
