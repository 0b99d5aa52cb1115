package services

import (
	"context"

	"plumbline/models"
)

// Walk runs through a whole listing, and hands it over page by page: what an export is made of.
//
// It promises:
//   - One state. Every page is read at the log size that stood when the walk began, and on one day,
//     whatever is published meanwhile; each Page says which (Size, AsOf). Records come once, in
//     the listing's order. A redaction that comes in between empties values on later pages.
//   - All of it. Nothing is cut: an error means that what was handed over is not the whole.
//   - Constant memory: one page at a time, of q.Limit records (500 when 0), each with its labels in
//     Refs. A page costs a fixed number of queries, and no transaction stays open between pages,
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
	r, err := s.read(ctx, q.Moment)
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
	for {
		page, err := r.list(t, q)
		if err != nil {
			return err
		}
		page.Past = asked
		q.Cursor, page.Next = page.Next, ""
		if err := take(page); err != nil || q.Cursor == "" {
			return err
		}
	}
}

// mostPage is the most records that a page has.
const mostPage = 500
