package services

import (
	"context"

	"github.com/google/uuid"

	"plumbline/models"
)

// Walk runs through a whole listing, and hands it over page by page: what an export is made of.
//
// It promises:
//   - One state. Every page is read at the log size that stood when the walk began, and on one day,
//     whatever is published meanwhile; each Page says which (Size, AsOf). Records come once, in
//     the listing's order. A redaction that comes in between empties values on later pages.
//   - All of it. Nothing is cut: an error means that what was handed over is not the whole.
//   - Constant memory: two pages at a time, of q.Limit records (500 when 0), each with its labels in
//     Refs: while one is taken, the next one is read. A page costs a fixed number of queries, and no transaction stays open between pages,
//     so a slow reader holds nothing up.
//   - take is called at least once, with an empty page when nothing matches; and not before the
//     query was found to be right, so that the caller can still refuse.
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
		q.Limit = mostPage
	}

	asked := r.Past
	r.Past = true // the present of now is a past for the later pages
	pages := make(chan walked)
	go r.walk(reading, t, q, pages)
	defer func() {
		stop()
		for range pages { // until the page that is being read was read
		}
	}()
	for one := range pages {
		if one.err != nil {
			return one.err
		}
		one.page.Past, one.page.Next = asked, ""
		if err := take(one.page); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// walked is a page of a walk, or why there is none.
type walked struct {
	page Page
	err  error
}

// walk reads page after page until somebody stops it.
func (r *reading) walk(ctx context.Context, t models.RecordType, q Query, to chan<- walked) {
	defer close(to)
	r.labels, r.labelled = map[uuid.UUID]Ref{}, -1
	for {
		page, err := r.walkOn(t, q)
		q.Cursor = page.Next
		select {
		case to <- walked{page, err}:
		case <-ctx.Done():
			return
		}
		if err != nil || q.Cursor == "" {
			return
		}
	}
}

// walkOn reads the next page. Labels are kept from one page to the next as long as nothing was
// published, so that what was redacted meanwhile is not shown again.
func (r *reading) walkOn(t models.RecordType, q Query) (Page, error) {
	if r.labels != nil {
		head, err := headCheckpoint(r.tx)
		if err != nil {
			return Page{}, err
		}
		if r.labelled < 0 {
			r.labelled = head.Size
		}
		if head.Size != r.labelled {
			r.labels = nil
		}
	}
	return r.list(t, q)
}

// mostPage is the most records that a page has.
const mostPage = 500
