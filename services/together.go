package services

import (
	"context"
	"sync"

	"github.com/google/uuid"

	"plumbline/models"
)

// Together gives a context for the reads of one answer: what one of them found out, the others need
// not ask again. That is the log's size, so that all of them are of one; and where ids and slugs
// lead. It must not outlive its answer.
func Together(ctx context.Context) context.Context {
	return context.WithValue(ctx, togetherKey{}, &together{led: map[view]map[string]models.Record{}, found: map[view]map[uuid.UUID]bool{}})
}

type togetherKey struct{}

// together is what the reads of one answer share; nil where a read is alone.
type together struct {
	mutex sync.Mutex
	head  *models.Checkpoint
	// led are the records that ids and slugs led to, found the ids that lead to themselves.
	led   map[view]map[string]models.Record
	found map[view]map[uuid.UUID]bool
}

// shared gives what the reads of a context share.
func shared(ctx context.Context) *together {
	t, _ := ctx.Value(togetherKey{}).(*together)
	return t
}

// headOf gives the log's head, read once.
func (t *together) headOf(read func() (models.Checkpoint, error)) (models.Checkpoint, error) {
	if t == nil {
		return read()
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.head != nil {
		return *t.head, nil
	}
	head, err := read()
	if err == nil {
		t.head = &head
	}
	return head, err
}

// leads notes that an id or slug leads to a record.
func (t *together) leads(v view, idOrSlug string, record models.Record) {
	if t == nil {
		return
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.led[v] == nil {
		t.led[v] = map[string]models.Record{}
	}
	t.led[v][idOrSlug], t.led[v][record.ID.String()] = record, record
}

// record gives the record that an id or slug is known to lead to.
func (t *together) record(v view, idOrSlug string) (models.Record, bool) {
	if t == nil {
		return models.Record{}, false
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	record, ok := t.led[v][idOrSlug]
	return record, ok
}

// note notes the records of a page, and those that it points at, as far as they stand for themselves.
func (t *together) note(v view, page *Page) {
	if t == nil {
		return
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.found[v] == nil {
		t.found[v] = map[uuid.UUID]bool{}
	}
	for _, record := range page.Records {
		if record.State == models.StateLive {
			t.found[v][record.ID] = true
		}
	}
	for id, ref := range page.Refs {
		if ref.State == models.StateLive {
			t.found[v][id] = true
		}
	}
}

// target gives the id that an id or slug is known to lead to.
func (t *together) target(v view, idOrSlug string) (string, bool) {
	if t == nil {
		return "", false
	}
	if record, ok := t.record(v, idOrSlug); ok {
		return record.ID.String(), true
	}
	id, isID := parseRecord(idOrSlug)
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return id.String(), isID && t.found[v][id]
}
