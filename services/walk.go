package services

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"unique"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/models"
)

// Walk runs through a whole listing, and hands it over page by page: what an export is made of.
//
// It promises:
//   - One state. Every page is read at the log size that stood when the walk began, and on one day,
//     whatever is published meanwhile; each Page says which (Size, AsOf). Records come once, in
//     the listing's order. A redaction that comes in between empties values on later pages.
//   - All of it. Nothing is cut: an error means that what was handed over is not the whole.
//   - Constant memory: four pages at a time, of q.Limit records (600 when 0), and at most mostKept
//     labels. While one page is taken, the next is completed, and the rows of the one after it are
//     read. A page costs a fixed number of queries, and no transaction stays open between pages, so
//     a slow reader holds nothing up.
//   - take is called at least once, with an empty page when nothing matches; and not before the
//     query was found to be right, so that the caller can still refuse. Refs belong to take until
//     it returns. They label what the records point at, and status changes themselves; q.Plain
//     does without.
//
// An error of take ends the walk and is given back as it is. ErrInvalid when the query names
// records that are not there, or a cursor: a walk begins at the beginning.
func (s *Services) Walk(ctx context.Context, _ models.Actor, t models.RecordType, q Query, take func(Page) error) error {
	if q.Cursor != "" {
		const message = "An export holds the whole list; leave the cursor out."
		return &models.Error{Kind: models.ErrInvalid, Message: message, Problems: []models.Problem{{Pointer: "?cursor", Message: message}}}
	}
	reading, stop := context.WithCancel(ctx)
	defer stop()
	r, err := s.read(reading, q.Moment)
	if err != nil {
		return err
	}
	if err := r.resolveFilters(t, &q); err != nil {
		return err
	}
	if q.Limit == 0 {
		q.Limit = walkPage
	}

	asked := r.Past
	r.Past = true // the present of now is a past for the later pages
	r.labels = newKeptLabels(r.Size)
	rows, pages := make(chan walked), make(chan walked)
	go r.walkRows(reading, t, q, rows)
	go r.walkPages(reading, q.Plain, rows, pages)
	defer func() {
		stop()
		for range pages { // until the page that is being read was read
		}
	}()
	for one := range pages {
		if one.err != nil {
			return one.err
		}
		for _, record := range one.page.Records {
			if d, ok := record.Document.(*models.StatusChange); ok && !q.Plain {
				ref := stepRef(record.Head, d, one.page.Refs[d.Record])
				ref.Announced = record.Announced != nil
				one.page.Refs[record.ID] = ref
			}
		}
		one.page.Past, one.page.Next = asked, ""
		if err := take(one.page); err != nil {
			return err
		}
	}
	return ctx.Err()
}

const (
	// mostPage is the most records that a page of a list has.
	mostPage = 500
	// walkPage is how many records a page of a walk has.
	walkPage = 600
)

// walked is a page of a walk on its way, or why there is none.
type walked struct {
	rows []recordRow
	page Page
	err  error
}

// walkRows reads the rows of page after page until somebody stops it.
func (r *reading) walkRows(ctx context.Context, t models.RecordType, q Query, to chan<- walked) {
	defer close(to)
	for {
		var one walked
		one.page, one.rows, one.err = r.listRows(t, q)
		q.Cursor = one.page.Next
		select {
		case to <- one:
		case <-ctx.Done():
			return
		}
		if one.err != nil || q.Cursor == "" {
			return
		}
	}
}

// walkPages completes page after page with its labels: those that were not loaded before.
func (r *reading) walkPages(ctx context.Context, plain bool, from <-chan walked, to chan<- walked) {
	defer close(to)
	for pages := 0; ; pages++ {
		one, more := <-from
		if !more {
			return
		}
		if one.err == nil {
			one.err = r.decode(&one.page, one.rows)
			one.rows = nil
		}
		if one.err == nil && pages == 1 && !plain {
			one.err = r.keepSteps()
		}
		if one.err == nil && !plain {
			one.err = r.snapshot(func(r *reading) error {
				if err := r.forget(); err != nil {
					return err
				}
				return r.annotate(&one.page)
			})
		}
		select {
		case to <- one:
		case <-ctx.Done():
			return
		}
	}
}

// keptLabels are the labels that a walk loads once for all its pages, of entities and sources, and
// possible steps: as long as nothing was published, so that what was redacted meanwhile is not shown
// again.
type keptLabels struct {
	// entities are most of them, so they are kept in few bytes; others are whole.
	entities map[uuid.UUID]keptEntity
	others   map[uuid.UUID]Ref
	size     int64
	// steps are all steps that are possible on the day, by record; nil while each page reads its own.
	steps map[uuid.UUID][]models.StatusStep
}

// keptEntity is the label of an entity that stands, and has no date.
type keptEntity struct {
	// text is its slug and then its name.
	text        string
	kind        unique.Handle[string]
	slug        uint16
	undisclosed bool
}

func newKeptLabels(size int64) *keptLabels {
	return &keptLabels{entities: map[uuid.UUID]keptEntity{}, others: map[uuid.UUID]Ref{}, size: size}
}

// mostKept bounds the labels that a walk keeps for its next pages: some 10 MB.
const mostKept = 80_000

// keep keeps labels that were loaded, as far as they are those of entities and sources.
func (k *keptLabels) keep(refs map[uuid.UUID]Ref) {
	for id, ref := range refs {
		switch {
		case ref.Type == models.TypeEntity && ref.State == models.StateLive && ref.Date == models.Date{} && len(ref.Slug) <= math.MaxUint16:
			k.entities[id] = keptEntity{ref.Slug + ref.Name, unique.Make(ref.Kind), uint16(len(ref.Slug)), ref.Undisclosed}
		case ref.Type == models.TypeEntity || ref.Type == models.TypeSource:
			k.others[id] = ref
		}
	}
}

// label gives a label that was kept; never without a walk.
func (k *keptLabels) label(id uuid.UUID) (Ref, bool) {
	if k == nil {
		return Ref{}, false
	}
	if e, ok := k.entities[id]; ok {
		return Ref{ID: id, Type: models.TypeEntity, State: models.StateLive, Kind: e.kind.Value(), Name: e.text[e.slug:], Slug: e.text[:e.slug], Undisclosed: e.undisclosed}, true
	}
	ref, ok := k.others[id]
	return ref, ok
}

// forget lets all labels be loaded anew when something was published, and some of them when there
// are too many.
func (r *reading) forget() error {
	head, err := headCheckpoint(r.tx)
	if err != nil {
		return err
	}
	if head.Size != r.labels.size {
		*r.labels = *newKeptLabels(head.Size)
	}
	if len(r.labels.entities)+len(r.labels.others) >= mostKept {
		deleteSome(r.labels.entities, mostKept/8)
		deleteSome(r.labels.others, mostKept/8)
	}
	return nil
}

// deleteSome deletes n entries, any of them.
func deleteSome[K comparable, V any](from map[K]V, n int) {
	for key := range from {
		if n--; n < 0 {
			return
		}
		delete(from, key)
	}
}

// mostSteps bounds the possible steps that a walk keeps.
const mostSteps = 5000

// keepSteps reads all possible steps at once, for a walk that has more than a page: there are few,
// while each page would look up the steps of all its records.
func (r *reading) keepSteps() error {
	var rows []models.StatusChangeRow
	if err := r.raw(possibleSteps+" LIMIT ?", mostSteps+1).Scan(&rows).Error; err != nil {
		return fmt.Errorf("read possible steps: %w", err)
	}
	if len(rows) <= mostSteps {
		r.labels.steps = stepsByRecord(rows)
	}
	return nil
}

// snapshot runs f on one state of PostgreSQL. On SQLite, each read is of the last one.
func (r *reading) snapshot(f func(*reading) error) error {
	if r.tx.Name() != database.Postgres {
		return f(r)
	}
	return r.tx.Transaction(func(tx *gorm.DB) error {
		inside := *r
		inside.tx = tx
		return f(&inside)
	}, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
}
