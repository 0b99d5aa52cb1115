package services

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"plumbline/models"
)

func refused(t testing.TB, err error, kind models.ErrorKind, pointer string) {
	t.Helper()
	var failed *models.Error
	if !errors.As(err, &failed) || failed.Kind != kind {
		t.Errorf("got %v, want the kind %s", err, kind)
		return
	}
	if pointer == "" {
		return
	}
	for _, p := range failed.Problems {
		if p.Pointer == pointer && p.Message != "" {
			return
		}
	}
	t.Errorf("no problem points at %s: %+v", pointer, failed.Problems)
}

func TestCursor_belongsToItsListAlone(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.supply(t)
		w.now = w.now.Add(time.Hour)
		q := Query{Limit: 1, Filters: map[string][]string{"kind": {"company", "unit"}}, Sort: "name"}
		page, err := w.List(ctx, models.Actor{}, models.TypeEntity, q)
		if err != nil || page.Next == "" {
			t.Fatalf("%+v, %v", page, err)
		}
		q.Cursor = page.Next
		if _, err := w.List(ctx, models.Actor{}, models.TypeEntity, q); err != nil {
			t.Fatalf("its own list: %v", err)
		}

		same := q
		same.Limit = 500
		if _, err := w.List(ctx, models.Actor{}, models.TypeEntity, same); err != nil {
			t.Errorf("a larger page of its own list: %v", err)
		}
		for name, change := range map[string]func(q *Query){
			"sort":     func(q *Query) { q.Sort = "-name" },
			"filter":   func(q *Query) { q.Filters = map[string][]string{"kind": {"company"}} },
			"values":   func(q *Query) { q.Filters = map[string][]string{"kind": {"company,unit"}} },
			"state":    func(q *Query) { q.Filters = map[string][]string{"kind": {"company", "unit"}, "state": {"any"}} },
			"as_of":    func(q *Query) { q.AsOf = day(t, "2025-01-01") },
			"known_at": func(q *Query) { q.KnownAt = w.now.Add(-time.Minute) },
			"cut":      func(q *Query) { q.Cursor = q.Cursor[:len(q.Cursor)-3] },
			"text":     func(q *Query) { q.Cursor = "not a cursor" },
		} {
			other := q
			change(&other)
			_, err := w.List(ctx, models.Actor{}, models.TypeEntity, other)
			t.Log(name)
			refused(t, err, models.ErrInvalid, "?cursor")
		}
		other := Query{Cursor: page.Next, Limit: 1, Sort: "id"}
		_, err = w.List(ctx, models.Actor{}, models.TypeRelationship, other)
		refused(t, err, models.ErrInvalid, "?cursor")
		_, err = w.Timeline(ctx, models.Actor{}, "acme", Query{Cursor: page.Next})
		refused(t, err, models.ErrInvalid, "?cursor")
		_, err = w.Changesets(ctx, models.Actor{}, Query{Cursor: page.Next})
		refused(t, err, models.ErrInvalid, "?cursor")
	})
}

func TestCursor_madeByHandNeverReachesTheDatabaseWrong(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.supply(t)
		for _, c := range []struct {
			kind models.RecordType
			sort string
			key  string
		}{{models.TypeStatusChange, "-effective", "soon"}, {models.TypeSource, "published", ""}, {models.TypeEntity, "name", "a\x00b"}} {
			q := Query{Sort: c.sort}.withDefaults("")
			q.Cursor = q.next(string(c.kind), cursor{Key: c.key, ID: newID()})
			_, err := w.List(context.Background(), models.Actor{}, c.kind, q)
			refused(t, err, models.ErrInvalid, "?cursor")
		}
	})
}

func TestList_pagesThroughTheLongestNames(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		cite := []models.Citation{{Source: w.supply(t).source}}
		for i := range 3 {
			w.must(t, create(&models.Entity{Kind: models.KindUnit, Name: strings.Repeat("ﷺ", 490) + fmt.Sprint(i), Citations: cite}))
		}
		q := Query{Limit: 1, Sort: "-name", Filters: map[string][]string{"kind": {"unit"}}}
		for range 3 {
			page, err := w.List(context.Background(), models.Actor{}, models.TypeEntity, q)
			if err != nil || page.Next == "" {
				t.Fatalf("%v, next %q", err, page.Next)
			}
			q.Cursor = page.Next
		}
	})
}

func TestCursor_ofAPastStaysAtItsSize(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		q := Query{Limit: 1, Moment: Moment{KnownAt: w.now}, Filters: map[string][]string{"kind": {"company", "service", "unit"}}}
		first, err := w.List(ctx, models.Actor{}, models.TypeEntity, q)
		if err != nil {
			t.Fatal(err)
		}
		// As if this had been known then too, and only now become visible.
		w.must(t, create(&models.Entity{Kind: models.KindUnit, Name: "Late", Citations: []models.Citation{{Source: s.source}}}))
		q.KnownAt = w.now.Add(time.Second)
		w.now = w.now.Add(time.Minute)
		q.Cursor = q.withDefaults("id").next(string(models.TypeEntity), cursor{ID: first.Records[0].ID, Size: first.Size})
		q.Limit = 500
		rest, err := w.List(ctx, models.Actor{}, models.TypeEntity, q)
		if err != nil || rest.Size != first.Size || len(rest.Records) != 2 {
			t.Errorf("size %d, then %d with %d records, %v", first.Size, rest.Size, len(rest.Records), err)
		}
	})
}

// FuzzCursor holds that no text makes a list fail otherwise than with a problem about the cursor.
func FuzzCursor(f *testing.F) {
	q := Query{Sort: "name"}.withDefaults("id")
	good := q.next("entity", cursor{Key: "acme", ID: newID()})
	for _, seed := range []string{"", good, good[1:], good + "=", "e30", base64.RawURLEncoding.EncodeToString([]byte(`{"k":1}`)), "\x00", "null"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q.Cursor = text
		c, err := q.after("entity")
		switch {
		case text == "" || text == good:
			if err != nil {
				t.Errorf("%q: %v", text, err)
			}
		case err != nil:
			refused(t, err, models.ErrInvalid, "?cursor")
		case c == nil || c.Listing != q.digest("entity", *c):
			t.Errorf("%q was taken for %+v", text, c)
		}
	})
}
