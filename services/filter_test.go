package services

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"plumbline/models"
)

func TestParseQuery_saysAllThatIsWrongAtOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind    models.RecordType
		query   string
		pointer string
		words   string
	}{
		{models.TypeEntity, "knd=unit", "?knd", `"kind"`},
		{models.TypeEntity, "kind=companny", "?kind", `"company"`},
		{models.TypeEntity, "country=XX", "?country", "ISO 3166"},
		{models.TypeEntity, "identifier=123", "?identifier", "lei:"},
		{models.TypeEntity, "disputed=maybe", "?disputed", "true, false"},
		{models.TypeEntity, "disputed=true,false", "?disputed", "one value"},
		{models.TypeEntity, "limit=0", "?limit", "1 to 500"},
		{models.TypeEntity, "limit=1&limit=2", "?limit", "once"},
		{models.TypeEntity, "sort=nmae", "?sort", `"name"`},
		{models.TypeEntity, "state=gone", "?state", "retracted"},
		{models.TypeEntity, "as_of=2025-13-01", "?as_of", "2025-09-25"},
		{models.TypeEntity, "known_at=yesterday", "?known_at", "RFC 3339"},
		{models.TypeStatusChange, "effective[gte]=soon", "?effective[gte]", "2025-09-25"},
		{models.TypeStatusChange, "effective[gte]=2025-01-01,2025-02-01", "?effective[gte]", "one value"},
		{models.TypeSource, "url=example", "?url", "https://"},
		{models.TypeRelationship, "party=" + strings.Repeat("x", 501), "?party", "500"},
		{models.TypeRelationship, "source=" + manyIDs(101), "?source", "at most 100"},
	} {
		values, err := url.ParseQuery("bogus=1&" + c.query)
		if err != nil {
			t.Fatal(err)
		}
		_, err = ParseQuery(c.kind, values)
		refused(t, err, models.ErrInvalid, "?bogus") // whatever else is wrong
		refused(t, err, models.ErrInvalid, c.pointer)
		var failed *models.Error
		if !errors.As(err, &failed) {
			continue
		}
		for _, p := range failed.Problems {
			if p.Pointer == c.pointer && (!strings.Contains(p.Message, c.words) || strings.Contains(p.Message, "..")) {
				t.Errorf("%s: %s", c.query, p.Message)
			}
		}
	}
}

func manyIDs(n int) string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = newID().String()
	}
	return strings.Join(ids, ",")
}

func TestParseQuery_keepsTheCommasOfNamesAndAddresses(t *testing.T) {
	t.Parallel()
	q := query(t, models.TypeEntity, "name=Acme, Inc.&name=Beta&kind=unit,company&kind=unit&country=il")
	if got, want := q.Filters["name"], []string{models.Fold("Acme, Inc."), "beta"}; !slices.Equal(got, want) {
		t.Errorf("names: %q, want %q", got, want)
	}
	if got := q.Filters["kind"]; !slices.Equal(got, []string{"unit", "company"}) {
		t.Errorf("kinds: %q", got)
	}
	if got := q.Filters["country"]; !slices.Equal(got, []string{"IL"}) {
		t.Errorf("countries: %q", got)
	}
	q = query(t, models.TypeSource, "url=https://example.org/a,b")
	if got := q.Filters["url"]; !slices.Equal(got, []string{"https://example.org/a,b"}) {
		t.Errorf("addresses: %q", got)
	}
	if _, err := ParseQuery(models.TypeEntity, url.Values{"include": {"claims"}}, "include"); err != nil {
		t.Errorf("a parameter that the caller reads: %v", err)
	}
}

func TestParameters_eachCanBeAskedFor(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		examples := map[shape]string{recordShape: s.company.String(), nameShape: "Acme", placeShape: "IL", pairShape: "lei:1", dayShape: "2025-01-01", flagShape: "true", urlShape: "https://example.org"}
		for _, kind := range models.RecordTypes().Values() {
			kind := models.RecordType(kind)
			for _, p := range Parameters(kind) {
				if p.Description == "" {
					t.Errorf("%s %s has no description", kind, p.Name)
				}
				values := examples[p.shape]
				if p.shape == codeShape {
					values = strings.Join(p.Values, ",")
				}
				for _, sort := range Sorts(kind) {
					q, err := ParseQuery(kind, url.Values{p.Name: {values}, "sort": {"-" + sort}, "as_of": {"2025-01-01"}})
					if err == nil {
						_, err = w.List(context.Background(), models.Actor{}, kind, q)
					}
					if err != nil {
						t.Errorf("%s?%s=%s&sort=-%s: %v", kind, p.Name, values, sort, err)
					}
				}
			}
		}
	})
}

func TestList_takesFewStatements_whateverThePageHolds(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		c := newCrowd(t, w)
		for _, kind := range models.RecordTypes().Values() {
			for _, known := range []Moment{{}, {KnownAt: c.now}} {
				for _, limit := range []int{1, 500} {
					before := w.db.Statements()
					page, err := w.List(context.Background(), models.Actor{}, models.RecordType(kind), Query{Moment: known, Limit: limit})
					if err != nil || len(page.Records) == 0 {
						t.Fatalf("%s: %d records, %v", kind, len(page.Records), err)
					}
					most := int64(4)
					switch models.RecordType(kind) {
					case models.TypeRelationship:
						most = 6 // what was announced, and who provides what is supplied, is told in every row
					case models.TypeEntity, models.TypeOpenItem, models.TypeStatusChange:
						most = 5 // what was announced is told in every row
					}
					if n := w.db.Statements() - before; n > most {
						t.Errorf("%s, limit %d, past %v: %d statements", kind, limit, !known.KnownAt.IsZero(), n)
					}
				}
			}
		}
	})
}
