package services

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// cursor is where a page ended: the sort key and id of its last record, the log size of a past,
// and a digest of these and the listing that they belong to. What is opaque to clients is JSON in
// base64 to us.
type cursor struct {
	Key     string    `json:"k,omitempty"`
	ID      uuid.UUID `json:"i"`
	Size    int64     `json:"s,omitempty"`
	Listing string    `json:"l"`
}

func (c cursor) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(mustJSON(c)))
}

// mostCursor bounds a cursor: the longest sort key is an entity's folded name.
const mostCursor = 40_000

func wrongCursor() error {
	const message = "This cursor does not belong to this list. Leave it out to begin at the first page; take \"next\" of each answer as it is, with the same parameters."
	return &models.Error{Kind: models.ErrInvalid, Message: message, Problems: []models.Problem{{Pointer: "?cursor", Message: message}}}
}

// digest names a listing: what is listed, filtered and sorted how, at which moment. It binds a
// cursor to where the page ended too, so that neither can be exchanged.
func (q Query) digest(what string, c cursor) string {
	names := keys(q.Filters)
	sort.Strings(names)
	parts := []string{what, q.Sort, q.AsOf.String(), fmt.Sprint(q.KnownAt.UnixMicro()), c.Key, c.ID.String(), fmt.Sprint(c.Size)}
	for _, name := range names {
		if len(q.Filters[name]) > 0 {
			parts = append(append(parts, name), q.Filters[name]...)
		}
	}
	sum := sha256.Sum256([]byte(mustJSON(parts)))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// next makes the cursor after a record.
func (q Query) next(what string, c cursor) string {
	c.Listing = q.digest(what, c)
	return c.String()
}

// peek reads the query's cursor unchecked; what is none gives the zero cursor.
func (q Query) peek() cursor {
	var c cursor
	data, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	if err != nil || len(q.Cursor) > mostCursor || json.Unmarshal(data, &c) != nil {
		return cursor{}
	}
	return c
}

// after reads the query's cursor; nil for the first page. ErrInvalid when it was changed, or
// belongs to another listing.
func (q Query) after(what string) (*cursor, error) {
	if q.Cursor == "" {
		return nil, nil
	}
	c := q.peek()
	if c.Listing == "" || c.Listing != q.digest(what, c) || strings.ContainsRune(c.Key, 0) {
		return nil, wrongCursor()
	}
	return &c, nil
}
