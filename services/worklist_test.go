package services

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/models"
)

// work gives the ids on a worklist, in its order, and why each is there.
func (w *world) work(t *testing.T, name string, q WorklistQuery) ([]uuid.UUID, []string) {
	t.Helper()
	page, err := w.Worklist(context.Background(), w.editor, name, q)
	if err != nil {
		t.Fatal(err)
	}
	var ids []uuid.UUID
	var why []string
	for _, record := range page.Records {
		ids, why = append(ids, record.ID), append(why, page.Why[record.ID])
	}
	return ids, why
}

func TestWorklist_staleLinksAreThoseThatRunWithoutRecentEvidence(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		link := func(holds, status string) uuid.UUID {
			unit := create(&models.Entity{Kind: models.KindUnit, Name: "Unit " + holds + status, Citations: []models.Citation{{Source: s.source}}})
			cite := models.Citation{Source: s.source}
			if holds != "" {
				cite.HoldsOn = day(t, holds)
			}
			one := create(&models.Relationship{Type: models.SuppliedTo, Subject: s.service, Object: unit.ID, Citations: []models.Citation{cite}})
			change := create(&models.StatusChange{Record: one.ID, Status: models.Status(status), Effective: date(t, "2024-01-05"), Citations: []models.Citation{{Source: s.source}}})
			w.must(t, unit, one, change)
			return one.ID
		}
		old, never := link("2024-02-01", "active"), link("", "restricted")
		link("2024-02-01", "ended")  // does not run
		link("2025-09-01", "active") // fresh
		ids, why := w.work(t, "stale-links", WorklistQuery{})
		if want := []uuid.UUID{old, never}; !slices.Equal(sortedIDs(ids), sortedIDs(want)) {
			t.Fatalf("%v, want %v", ids, want)
		}
		for i, id := range ids {
			want := "active, last evidenced 1 February 2024, 19 months ago"
			if id == never {
				want = "restricted, last evidenced 5 January 2024, 20 months ago" // by its own step, not by the link
			}
			if why[i] != want {
				t.Errorf("it says %q, want %q", why[i], want)
			}
		}
		if ids, _ := w.work(t, "stale-links", WorklistQuery{Party: "unit-one"}); len(ids) > 0 {
			t.Errorf("another unit's list has %v", ids)
		}
	})
}

func sortedIDs(ids []uuid.UUID) []uuid.UUID {
	ids = slices.Clone(ids)
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return strings.Compare(a.String(), b.String()) })
	return ids
}

func TestWorklist_showsWhatWaits(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		cite := []models.Citation{{Source: s.source}}
		claim := func(on string, answers ...uuid.UUID) models.Operation {
			stance := models.Alleges
			if len(answers) > 0 {
				stance = models.Denies
			}
			return create(&models.Claim{Speakers: []models.Speaker{{Entity: &s.company}}, Stance: stance, About: []uuid.UUID{s.link}, Answers: answers, SaidOn: date(t, on), Text: "So it is.", Citations: cite})
		}
		question := func(on string) models.Operation {
			return create(&models.OpenItem{Kind: "question", Addressee: s.company, Text: "Why?", RaisedOn: date(t, on), Citations: cite})
		}
		hidden := create(&models.Entity{Kind: models.KindUnit, Name: "A unit", Identity: models.Undisclosed, Citations: cite})
		late, early, answered := claim("2025-09-30"), claim("2025-02"), claim("2025-01")
		long, short, done := question("2025-01-01"), question("2025-09-30"), question("2025-09-25")
		w.must(t, hidden, late, early, answered, long, short, done)
		w.must(t, claim("2025-03", answered.ID), create(&models.StatusChange{Record: done.ID, Status: "answered", Effective: date(t, "2025-09-26"), Citations: cite}))

		for name, want := range map[string]struct {
			ids []uuid.UUID
			why []string
		}{
			"undisclosed":          {[]uuid.UUID{hidden.ID}, []string{"identity not disclosed"}},
			"unanswered-claims":    {[]uuid.UUID{early.ID, late.ID}, []string{"no answer recorded for at least 215 days", "no answer recorded for 1 day"}},
			"unanswered-questions": {[]uuid.UUID{long.ID, short.ID}, []string{"open for 273 days", "open for 1 day"}},
		} {
			ids, why := w.work(t, name, WorklistQuery{})
			if !slices.Equal(ids, want.ids) || !slices.Equal(why, want.why) {
				t.Errorf("%s: %v %q, want %v %q", name, ids, why, want.ids, want.why)
			}
		}

		first, err := w.Worklist(context.Background(), w.editor, "single-origin", WorklistQuery{Type: models.TypeClaim, Limit: 2})
		if err != nil || len(first.Records) != 2 || first.Next == "" {
			t.Fatalf("%d records, next %q, %v", len(first.Records), first.Next, err)
		}
		rest, err := w.Worklist(context.Background(), w.editor, "single-origin", WorklistQuery{Type: models.TypeClaim, Limit: 2, Cursor: first.Next})
		if err != nil || len(rest.Records) != 2 || rest.Next != "" || rest.Records[0].ID == first.Records[1].ID {
			t.Errorf("the second page: %d records, next %q, %v", len(rest.Records), rest.Next, err)
		}
	})
}

func TestWorklist_refusesWhoMayNotAndWhatIsNotThere(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		if _, err := w.Worklist(ctx, models.Actor{}, "undisclosed", WorklistQuery{}); errorKind(err) != models.ErrUnauthorized {
			t.Errorf("the public: %v", err)
		}
		if _, err := w.Worklist(ctx, w.account(t, "Reader", models.RoleReader), "undisclosed", WorklistQuery{}); errorKind(err) != models.ErrForbidden {
			t.Errorf("a reader: %v", err)
		}
		if _, err := w.Worklist(ctx, w.editor, "undisclosd", WorklistQuery{}); errorKind(err) != models.ErrNotFound || !strings.Contains(err.Error(), `Did you mean "undisclosed"?`) {
			t.Errorf("a misspelt name: %v", err)
		}
		undisclosed, _ := FindWorklist("undisclosed")
		for _, query := range []string{"type=claim", "party=acme", "x=1", "limit=0", "limit=1&limit=2"} {
			values, _ := url.ParseQuery(query)
			if _, err := ParseWorklist(undisclosed, values); errorKind(err) != models.ErrInvalid {
				t.Errorf("%s: %v", query, err)
			}
		}
	})
}

func TestConfirm_movesTheEvidenceAndTakesTheLinkOffTheList(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		w.must(t, create(&models.StatusChange{Record: s.link, Status: "active", Effective: date(t, "2023"), Citations: []models.Citation{{Source: s.source}}}))
		standing := func() models.Standing {
			page, err := w.Get(ctx, models.Actor{}, models.TypeRelationship, s.link.String(), Moment{})
			if err != nil {
				t.Fatal(err)
			}
			return page.Records[0].Standing
		}
		if ids, _ := w.work(t, "stale-links", WorklistQuery{}); len(ids) != 1 {
			t.Fatalf("%d links on the list before", len(ids))
		}

		// Nothing newer was found: the evidence stays as old as it is.
		if _, err := w.Confirm(ctx, w.editor, s.link, Confirmation{Version: 1}); err != nil {
			t.Fatal(err)
		}
		if got := standing(); got.LastChecked != day(t, "2025-10-01") || !got.LastEvidenced.IsZero() {
			t.Errorf("after a look: %+v", got)
		}
		if ids, _ := w.work(t, "stale-links", WorklistQuery{}); len(ids) != 0 {
			t.Errorf("still on the list after a look")
		}
		w.now = w.now.AddDate(0, 0, RecheckAfter+1)
		if ids, _ := w.work(t, "stale-links", WorklistQuery{}); len(ids) != 1 {
			t.Errorf("not back on the list after %d days", RecheckAfter+1)
		}

		// A new source, made in place: where its day of publication is vague, no day is invented.
		for _, vague := range []string{"2025-11", "2025~", "2025-11-01~", "2025-11-01?", "[2025-11..]", "[..2025-11]"} {
			source := &models.Source{Kind: "article", Title: "A vague article", URL: "https://later.example/vague", Published: date(t, vague)}
			if _, err := w.Confirm(ctx, w.editor, s.link, Confirmation{Version: 2, New: source}); errorKind(err) != models.ErrInvalid || !strings.Contains(err.Error(), "is not one day") {
				t.Errorf("published %s: %v", vague, err)
			}
		}
		fresh := &models.Source{Kind: "statement", Title: "A later page", URL: "https://later.example/article", Published: date(t, "2025-11-01")}
		out, err := w.Confirm(ctx, w.editor, s.link, Confirmation{Version: 2, New: fresh, Locator: "p. 2"})
		if err != nil || len(out.Written) != 2 {
			t.Fatalf("%+v, %v", out, err)
		}
		if got := standing(); got.LastEvidenced != day(t, "2025-11-01") || got.Verification != models.Corroborated {
			t.Errorf("after a source: %+v", got)
		}
		// The same source again, on a later day: no second citation.
		if _, err := w.Confirm(ctx, w.editor, s.link, Confirmation{Version: 3, Source: &out.Written[0].ID, HoldsOn: day(t, "2025-12-01")}); err != nil {
			t.Fatal(err)
		}
		page, _ := w.Get(ctx, models.Actor{}, models.TypeRelationship, s.link.String(), Moment{})
		if cited := page.Records[0].Document.Cited(); len(cited) != 2 || cited[1].HoldsOn != day(t, "2025-12-01") || cited[1].Locator != "p. 2" {
			t.Errorf("cited: %+v", cited)
		}
		w.verified(t)
	})
}

func TestConfirm_refusesWhatShowsNothing(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		missing := newID()
		for name, test := range map[string]struct {
			id   uuid.UUID
			c    Confirmation
			kind models.ErrorKind
			at   string
		}{
			"a source without a day":   {s.link, Confirmation{Version: 1, Source: &s.source}, models.ErrInvalid, "/holds_on"},
			"a day to come":            {s.link, Confirmation{Version: 1, Source: &s.source, HoldsOn: day(t, "2025-10-03")}, models.ErrInvalid, "/holds_on"},
			"a day without a source":   {s.link, Confirmation{Version: 1, HoldsOn: day(t, "2025-09-01")}, models.ErrInvalid, "/source"},
			"a source that is missing": {s.link, Confirmation{Version: 1, Source: &missing}, models.ErrInvalid, "/source"},
			"a source as the record":   {s.source, Confirmation{Version: 1}, models.ErrInvalid, "/source"},
			"a record that is missing": {missing, Confirmation{Version: 1}, models.ErrNotFound, ""},
			"an older version":         {s.link, Confirmation{Version: 0}, models.ErrStale, "/version"},
		} {
			_, err := w.Confirm(ctx, w.editor, test.id, test.c)
			if errorKind(err) != test.kind || test.at != "" && !strings.Contains(err.Error(), test.at+":") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := w.Confirm(ctx, w.account(t, "Reader", models.RoleReader), s.link, Confirmation{Version: 1}); errorKind(err) != models.ErrForbidden {
			t.Errorf("a reader: %v", err)
		}
		out, err := w.Confirm(ctx, w.account(t, "Author", models.RoleContributor), s.link, Confirmation{Version: 1})
		if err != nil || out.Status != models.ChangesetSubmitted {
			t.Errorf("a contributor: %+v, %v", out, err)
		}
	})
}

// What ended is not shown to hold by a later day, and what is no evidence shows nothing to hold.
func TestConfirm_makesNothingOutOfWhatContradictsOrIsNoEvidence(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		w.now = w.now.AddDate(0, 6, 0)
		r, _ := w.statusOn(t, s.link, Moment{})
		d := *r.Document.(*models.Relationship)
		d.End = date(t, "[2025-08..2025-09-25]")
		w.must(t, models.Operation{Op: models.OpEdit, Type: models.TypeRelationship, ID: s.link, Version: r.Version, Edit: models.WorldChanged, Reason: "its end", Data: &d})
		now := func() (int64, models.Standing) {
			r, _ := w.statusOn(t, s.link, Moment{})
			if r.Status.Span.Status != "ended" {
				t.Fatalf("it is %s", r.Status.Span.Status)
			}
			return r.Version, r.Status.Standing
		}
		version, before := now()
		fresh := &models.Source{Kind: "article", Title: "It goes on", URL: "https://later.example/on", Published: date(t, "2025-11-01")}
		if _, err := w.Confirm(ctx, w.editor, s.link, Confirmation{Version: version, New: fresh}); errorKind(err) != models.ErrInvalid || !strings.Contains(err.Error(), "It ended between August 2025 and 25 September 2025") {
			t.Errorf("a source that says the opposite: %v", err)
		}
		if _, after := now(); mustJSON(after) != mustJSON(before) {
			t.Errorf("it stands otherwise: %+v, before %+v", after, before)
		}

		other := w.supply(t)
		for _, source := range []*models.Source{{Kind: models.SourceDataset, Title: "A dataset", URL: "https://data.example/set"}, {Kind: "internal_data", Title: "Data", Unpublished: true}, {Kind: "article", Title: "An article"}} {
			r, _ := w.statusOn(t, other.link, Moment{})
			if _, err := w.Confirm(ctx, w.editor, other.link, Confirmation{Version: r.Version, New: source, HoldsOn: day(t, "2025-11-22")}); errorKind(err) != models.ErrInvalid || !strings.Contains(err.Error(), "shows nothing") {
				t.Errorf("%q: %v", source.Title, err)
			}
			made, d := create(source), *r.Document.(*models.Relationship)
			d.Citations = append(slices.Clone(d.Citations), models.Citation{Source: made.ID, HoldsOn: day(t, "2025-11-22"), CheckedOn: day(t, "2025-11-23")})
			w.must(t, made, models.Operation{Op: models.OpEdit, Type: models.TypeRelationship, ID: other.link, Version: r.Version, Edit: models.Corrected, Reason: "cited", Data: &d})
			if r, _ := w.statusOn(t, other.link, Moment{}); r.Standing.LastEvidenced == day(t, "2025-11-22") || r.Status.Standing.LastEvidenced == day(t, "2025-11-22") {
				t.Errorf("%q shows it to have held: %+v", source.Title, r.Standing)
			}
		}
		w.verified(t)
	})
}
