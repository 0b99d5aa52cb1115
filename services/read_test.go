package services

import (
	"context"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

func query(t testing.TB, kind models.RecordType, text string) Query {
	t.Helper()
	values, err := url.ParseQuery(text)
	if err != nil {
		t.Fatal(err)
	}
	q, err := ParseQuery(kind, values)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func (w *world) list(t testing.TB, kind models.RecordType, text string) Page {
	t.Helper()
	page, err := w.List(context.Background(), models.Actor{}, kind, query(t, kind, text))
	if err != nil {
		t.Fatalf("list %s?%s: %v", kind, text, err)
	}
	return page
}

func TestList_givesStatusAsOfADay(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		cite := []models.Citation{{Source: s.source}}
		w.must(t, create(&models.StatusChange{Record: s.link, Status: "disabled", Extent: models.Partial, Scope: "some",
			Effective: date(t, "[..2025-09-25]"), Actor: &s.company, Citations: cite}))

		before := w.list(t, models.TypeRelationship, "type=supplied_to&party=acme&as_of=2025-08-31")
		if got := before.Records[0].Status; got.Span.Status != "unknown" || len(got.Possible) != 1 || got.Possible[0].Status != "disabled" {
			t.Errorf("before: %+v", got)
		}
		after := w.list(t, models.TypeRelationship, "status=disabled&extent=partial&as_of=2025-09-30")
		if len(after.Records) != 1 || after.Records[0].Status.Span.Scope != "some" || len(after.Records[0].Status.Possible) != 0 {
			t.Errorf("after: %+v", after.Records)
		}
		if none := w.list(t, models.TypeRelationship, "status=disabled&as_of=2025-09-24"); len(none.Records) != 0 {
			t.Errorf("the day before: %+v", none.Records)
		}
		if ref := after.Refs[s.link]; ref.Label() != "Acme Cloud supplied to Unit One" {
			t.Errorf("label: %q", ref.Label())
		}
	})
}

func TestKnownAt_ofThePastNeverChanges(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		then := w.now
		w.now = w.now.Add(24 * time.Hour)
		w.must(t, create(&models.StatusChange{Record: s.link, Status: "active", Effective: date(t, "2025-01"), Citations: []models.Citation{{Source: s.source}}}))
		w.must(t, models.Operation{Op: models.OpEdit, Type: models.TypeEntity, ID: s.unit, Version: 1, Edit: models.Corrected, Reason: "misspelt",
			Data: &models.Entity{Kind: models.KindUnit, Name: "Unit 1", Citations: []models.Citation{{Source: s.source}}}})

		past := w.list(t, models.TypeRelationship, "type=supplied_to&known_at="+then.Format(time.RFC3339))
		if got := past.Records[0].Status.Span.Status; got != "unknown" {
			t.Errorf("status known then: %q", got)
		}
		if got := past.Refs[s.unit].Name; got != "Unit One" {
			t.Errorf("name known then: %q", got)
		}
		now := w.list(t, models.TypeRelationship, "type=supplied_to")
		if now.Records[0].Status.Span.Status != "active" || now.Refs[s.unit].Name != "Unit 1" {
			t.Errorf("now: %+v %+v", now.Records[0].Status, now.Refs[s.unit])
		}
		w.verified(t)
	})
}

func TestParseQuery_namesTheNearestParameter(t *testing.T) {
	t.Parallel()
	_, err := ParseQuery(models.TypeEntity, url.Values{"knd": {"unit"}, "limit": {"0"}, "kind": {"companny"}})
	var problem *models.Error
	if !errors.As(err, &problem) || len(problem.Problems) != 3 {
		t.Fatalf("got %v", err)
	}
}

func TestTimeline_showsEachRecordOnceInOrder(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		cite := []models.Citation{{Source: s.source}}
		claim := create(&models.Claim{Speakers: []models.Speaker{{Entity: &s.company}}, Stance: models.States, About: []uuid.UUID{s.link}, SaidOn: date(t, "2025-05"), Text: "We do.", Citations: cite})
		change := create(&models.StatusChange{Record: s.link, Status: "active", Effective: date(t, "2024"), Citations: cite})
		w.must(t, claim, change)

		values := url.Values{"limit": {"1"}}
		q, err := ParseTimeline(values)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for {
			page, err := w.Timeline(context.Background(), models.Actor{}, "acme", q)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Records {
				got = append(got, string(r.Type))
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
		if len(got) != 2 || got[0] != "claim" || got[1] != "status_change" {
			t.Errorf("timeline: %v", got)
		}
	})
}

func TestSearch_findsNamesHoweverTheyAreTyped(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		cite := []models.Citation{{Source: s.source}}
		w.must(t,
			create(&models.Entity{Kind: models.KindUnit, Name: "Israel Defense Forces", Names: []models.Name{{Text: "צה״ל"}, {Text: "جيش الدفاع الإسرائيلي"}}, Citations: cite}),
			create(&models.Entity{Kind: models.KindCompany, Name: "Microsoft", Summary: "A maker of operating systems", Citations: cite}))
		for text, want := range map[string]string{"idf": "Israel Defense Forces", "צהל": "Israel Defense Forces", "الاسرائيلي": "Israel Defense Forces",
			"micro": "Microsoft", "Mircosoft": "Microsoft", "MICRÓSOFT": "Microsoft", "operating": "Microsoft", "acme": "Acme", "defence forces": "Israel Defense Forces"} {
			hits, err := w.Search(context.Background(), models.Actor{}, SearchQuery{Text: text})
			if err != nil {
				t.Fatalf("search %q: %v", text, err)
			}
			if len(hits) == 0 || hits[0].Name != want {
				t.Errorf("search %q: got %+v, want %q first", text, hits, want)
			}
		}
	})
}

func TestSearch_findsSourcesByNearSpellingsOfTheirTitles(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		w.must(t, create(&models.Source{Kind: "investigation", Title: "Joint investigation of a surveillance system", Publishers: []uuid.UUID{s.company}}))
		for text, want := range map[string]string{"investigaton": "Joint investigation of a surveillance system", "Surveilance": "Joint investigation of a surveillance system", "Jiont investigation of a survelance system": "Joint investigation of a surveillance system"} {
			hits, err := w.Search(context.Background(), models.Actor{}, SearchQuery{Text: text, Types: []string{"source"}})
			if err != nil || len(hits) != 1 || hits[0].Name != want {
				t.Errorf("search %q: %+v, %v", text, hits, err)
			}
		}
		if hits, err := w.Search(context.Background(), models.Actor{}, SearchQuery{Text: "zzqqxx"}); err != nil || len(hits) != 0 {
			t.Errorf("nothing is spelt like it, but: %+v, %v", hits, err)
		}
	})
}

func TestNetwork_walksAndSaysWhenItCut(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.supply(t)
		n, err := w.Network(context.Background(), models.Actor{}, "acme", NetworkQuery{Depth: 2})
		if err != nil {
			t.Fatal(err)
		}
		if len(n.Nodes) != 3 || len(n.Links) != 2 || n.Cut {
			t.Errorf("network: %d nodes, %d links, cut %v", len(n.Nodes), len(n.Links), n.Cut)
		}
		n, err = w.Network(context.Background(), models.Actor{}, "acme", NetworkQuery{Depth: 3, Limit: 2})
		if err != nil || len(n.Nodes) != 2 || !n.Cut {
			t.Errorf("bounded: %d nodes, cut %v, %v", len(n.Nodes), n.Cut, err)
		}
	})
}

func TestStats_countsLiveRecords(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.supply(t)
		stats, err := w.Stats(context.Background(), Moment{})
		if err != nil || stats.Entities["company"] != 1 || stats.Links["supplied_to"] != 1 || stats.Supplies["unknown"] != 1 || stats.Records["source"] != 1 {
			t.Errorf("stats: %+v, %v", stats, err)
		}
	})
}

func TestRevisions_areCompleteAndOrdered(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.supply(t)
		list, err := w.Revisions(context.Background(), models.Actor{}, RevisionQuery{Since: 2, Limit: 3})
		if err != nil || len(list) != 3 || list[0].Position != 2 || list[0].Author != models.Pseudonym(w.editor.Account) {
			t.Errorf("revisions: %+v, %v", list, err)
		}
		page, err := w.Changesets(context.Background(), models.Actor{}, Query{})
		if err != nil || len(page.Changesets) != 1 || page.Changesets[0].Author != models.Pseudonym(w.editor.Account) {
			t.Errorf("changesets: %+v, %v", page, err)
		}
	})
}
