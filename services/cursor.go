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

// cursor is where a page ended: the sort key and id of its last record, and a digest of the
// listing that it belongs to. What is opaque to clients is JSON in base64 to us.
type cursor struct {
	Key     string    `json:"k"`
	ID      uuid.UUID `json:"i"`
	Listing string    `json:"l"`
}

func (c cursor) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(mustJSON(c)))
}

// parseCursor reads a cursor of a listing. ErrInvalid when it was changed, or belongs to another.
func parseCursor(text, listing string) (*cursor, error) {
	if text == "" {
		return nil, nil
	}
	var c cursor
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(text) > mostCursor || json.Unmarshal(data, &c) != nil || c.Listing != listing || strings.ContainsRune(c.Key, 0) {
		return nil, wrongCursor()
	}
	return &c, nil
}

// mostCursor bounds a cursor: the longest sort key is an entity's folded name.
const mostCursor = 40_000

func wrongCursor() error {
	const message = "This cursor does not belong to this list. Leave it out to begin at the first page; take \"next\" of each answer as it is, with the same parameters."
	return &models.Error{Kind: models.ErrInvalid, Message: message, Problems: []models.Problem{{Pointer: "?cursor", Message: message}}}
}

// digest names a listing: what is listed, filtered and sorted how, at which moment. It binds a
// cursor to its key too, so that neither can be exchanged.
func (q Query) digest(what string, key string, id uuid.UUID) string {
	names := keys(q.Filters)
	sort.Strings(names)
	var text strings.Builder
	fmt.Fprintf(&text, "%s|%s|%s|%d|%s|%s", what, q.Sort, q.AsOf, q.KnownAt.UnixMicro(), key, id)
	for _, name := range names {
		fmt.Fprintf(&text, "|%s=%s", name, strings.Join(q.Filters[name], ","))
	}
	sum := sha256.Sum256([]byte(text.String()))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// next makes the cursor after a record.
func (q Query) next(what, key string, id uuid.UUID) string {
	return cursor{Key: key, ID: id, Listing: q.digest(what, key, id)}.String()
}

// after reads the query's cursor.
func (q Query) after(what string) (*cursor, error) {
	if q.Cursor == "" {
		return nil, nil
	}
	data, _ := base64.RawURLEncoding.DecodeString(q.Cursor)
	var c cursor
	_ = json.Unmarshal(data, &c) // a wrong cursor fails the comparison of its digest
	return parseCursor(q.Cursor, q.digest(what, c.Key, c.ID))
}
