package services

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// snapshot is what a reader sees of a list at a moment.
func (w *world) snapshot(t *testing.T, m Moment) []string {
	t.Helper()
	var lines []string
	for _, kind := range []models.RecordType{models.TypeEntity, models.TypeRelationship, models.TypeStatusChange, models.TypeClaim} {
		page, err := w.List(context.Background(), models.Actor{}, kind, Query{Moment: m, Limit: 500, Filters: map[string][]string{"state": {"any"}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Records {
			line := fmt.Sprintf("%s %s %d %s %s %+v", r.ID, r.State, r.Version, mustJSON(r.Document), StandingReason(r.Standing, page.Refs), r.Standing.Disputed)
			if r.Status != nil {
				line += fmt.Sprintf(" %s %s %s %d", r.Status.Span.Status, r.Status.Span.Extent, r.Status.Span.From, len(r.Status.Possible))
				line += fmt.Sprintf(" %s %+v %s %s", StandingReason(r.Status.Standing, page.Refs), r.Status.Standing.Disputed, r.Status.Standing.LastEvidenced, r.Status.Standing.LastChecked)
			}
			lines = append(lines, line)
		}
	}
	return lines
}

// randomWrite makes one write that may or may not be allowed.
func (w *world) randomWrite(t *testing.T, random *rand.Rand, s supply, live map[uuid.UUID]*Record) models.Operation {
	t.Helper()
	cite := []models.Citation{{Source: s.source}}
	days := []string{"2024", "2024-06", "[..2025-03]", "[2025-01..]", "2025-02-14", "[2025-01..2025-06]", "2023~"}
	statuses := []models.Status{"planned", "active", "restricted", "suspended", "disabled", "ended", "unknown"}
	if random.IntN(3) > 0 && len(live) > 0 {
		for _, r := range live { // Go's map order is random enough for a victim
			op := models.Operation{Type: r.Type, ID: r.ID, Version: r.Version, Reason: "at random"}
			switch {
			case r.State == models.StateRetracted:
				op.Op = models.OpRestore
			case random.IntN(2) == 0:
				op.Op = models.OpRetract
			default:
				op.Op, op.Edit, op.Data = models.OpEdit, models.Corrected, r.Document
				if d, ok := r.Document.(*models.StatusChange); ok {
					changed := *d
					changed.Effective = date(t, days[random.IntN(len(days))])
					op.Data = &changed
				}
			}
			return op
		}
	}
	if random.IntN(2) == 0 {
		stances := []models.Stance{models.Admits, models.Denies, models.FindsNoEvidence, models.Alleges}
		return create(&models.Claim{Speakers: []models.Speaker{{Entity: &s.company}}, Stance: stances[random.IntN(len(stances))], About: []uuid.UUID{s.link},
			SaidOn: date(t, days[random.IntN(len(days))]), Text: "So it is.", Citations: cite})
	}
	return create(&models.StatusChange{Record: s.link, Status: statuses[random.IntN(len(statuses))], Effective: date(t, days[random.IntN(len(days))]),
		Place: random.IntN(3), Citations: cite})
}

func TestHistory_whateverIsWritten_thePastStaysAndDerivedTruthHolds(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		random := rand.New(rand.NewPCG(7, uint64(len(w.db.Dialect()))))
		s := w.supply(t)
		live := map[uuid.UUID]*Record{}
		past := map[time.Time][]string{}
		asOf := day(t, "2025-02-20")
		accepted := 0
		for range 60 {
			w.now = w.now.Add(time.Hour)
			past[w.now.Add(-time.Minute)] = w.snapshot(t, Moment{AsOf: asOf})
			op := w.randomWrite(t, random, s, live)
			_, err := w.Submit(ctx, w.editor, models.Changeset{Summary: "at random", Operations: []models.Operation{op}})
			var invalid *models.Error
			if err != nil && (!errors.As(err, &invalid) || invalid.Kind != models.ErrInvalid) {
				t.Fatalf("%+v: %v", op, err)
			}
			if err == nil {
				accepted++
				page, err := w.Get(ctx, models.Actor{}, op.Type, op.ID.String(), Moment{})
				if err != nil {
					t.Fatal(err)
				}
				live[op.ID] = &page.Records[0]
			}
		}
		if accepted < 15 {
			t.Fatalf("only %d of the random writes were accepted; the test shows little", accepted)
		}

		w.verified(t) // stored derived rows equal those derived anew from the history
		w.now = w.now.Add(time.Hour)
		for at, then := range past {
			if now := w.snapshot(t, Moment{AsOf: asOf, KnownAt: at}); !reflect.DeepEqual(then, now) {
				t.Fatalf("what was known at %s changed:\n%s\n\n%s", at, strings.Join(then, "\n"), strings.Join(now, "\n"))
			}
		}
	})
}

func TestStatus_onEveryDayIsWhatTheChangesGive(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		cite := []models.Citation{{Source: s.source}}
		steps := []models.StatusChange{
			{Record: s.link, Status: "active", Effective: date(t, "2024-03"), Citations: cite},
			{Record: s.link, Status: "restricted", Effective: date(t, "[2024-06..]"), Citations: cite},
			{Record: s.link, Status: "suspended", Effective: date(t, "2024-08-10"), Place: 1, Citations: cite},
			{Record: s.link, Status: "ended", Effective: date(t, "2024-08-10"), Place: 2, Citations: cite},
		}
		var operations []models.Operation
		for i := range steps {
			operations = append(operations, create(&steps[i]))
		}
		w.must(t, operations...)

		for on, want := range map[string]models.Status{"2024-03-30": "unknown", "2024-03-31": "active", "2024-08-09": "active", "2024-08-10": "ended", "2030-01-01": "ended"} {
			page := w.list(t, models.TypeRelationship, "type=supplied_to&as_of="+on)
			if got := page.Records[0].Status.Span.Status; got != want {
				t.Errorf("%s: %q, want %q", on, got, want)
			}
		}
		page := w.list(t, models.TypeRelationship, "type=supplied_to&as_of=2024-07-01")
		if possible := page.Records[0].Status.Possible; len(possible) != 1 || possible[0].Status != "restricted" {
			t.Errorf("possible in July: %+v", possible)
		}
	})
}

func TestVerification_countsOriginsAndFollowsAnswers(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		paper := create(&models.Entity{Kind: models.KindOrganization, Name: "Paper", Citations: []models.Citation{{Source: s.source}}})
		wire := create(&models.Entity{Kind: models.KindOrganization, Name: "Wire", Citations: []models.Citation{{Source: s.source}}})
		data := create(&models.Source{Kind: "internal_data", Title: "Data", Unpublished: true})
		original := create(&models.Source{Kind: "investigation", Title: "Original", Publishers: []uuid.UUID{wire.ID}, ReportsOn: []models.Origin{{Source: data.ID, Examined: true}}})
		repeats := create(&models.Source{Kind: "article", Title: "Repeats", Publishers: []uuid.UUID{paper.ID}, ReportsOn: []models.Origin{{Source: original.ID}}})
		second := create(&models.Source{Kind: "article", Title: "Second piece of the wire", Publishers: []uuid.UUID{wire.ID}})
		other := create(&models.Source{Kind: "article", Title: "Other", Publishers: []uuid.UUID{paper.ID}})
		claim := create(&models.Claim{Speakers: []models.Speaker{{Entity: &wire.ID}}, Stance: models.Alleges, About: []uuid.UUID{s.link}, SaidOn: date(t, "2025-02"), Text: "It is so.",
			Citations: []models.Citation{{Source: original.ID}, {Source: repeats.ID}, {Source: second.ID}}})
		w.must(t, paper, wire, data, original, repeats, second, other, claim)
		w.standing(t, claim.ID, models.SingleOrigin, 1, false)

		edited := *claim.Data.(*models.Claim)
		edited.Citations = append(edited.Citations, models.Citation{Source: other.ID})
		w.must(t, models.Operation{Op: models.OpEdit, Type: models.TypeClaim, ID: claim.ID, Version: 1, Edit: models.Corrected, Reason: "one more", Data: &edited})
		w.standing(t, claim.ID, models.Corroborated, 2, false)

		answer := func(stance models.Stance, extent models.Extent, said string) models.Operation {
			return create(&models.Claim{Speakers: []models.Speaker{{Entity: &s.company}}, Stance: stance, Extent: extent, Answers: []uuid.UUID{claim.ID}, SaidOn: date(t, said), Text: "An answer.",
				Citations: []models.Citation{{Source: s.source}}})
		}
		w.must(t, answer(models.Denies, models.Full, "2025-03"))
		w.standing(t, claim.ID, models.Corroborated, 2, true)
		partial := answer(models.Admits, models.Partial, "2025-04")
		w.must(t, partial)
		w.standing(t, claim.ID, models.PartlyAcknowledged, 2, false)
		w.must(t, answer(models.Admits, models.Full, "2025-05"))
		w.standing(t, claim.ID, models.Acknowledged, 2, false)
		w.must(t, answer(models.FindsNoEvidence, models.Full, "2025-06"))
		w.standing(t, claim.ID, models.Acknowledged, 2, true)

		// When the chain of a source changes, so does everything that rests on it.
		changed := *other.Data.(*models.Source)
		changed.ReportsOn = []models.Origin{{Source: original.ID}}
		w.must(t, models.Operation{Op: models.OpEdit, Type: models.TypeSource, ID: other.ID, Version: 1, Edit: models.Corrected, Reason: "it repeats", Data: &changed})
		w.standing(t, claim.ID, models.Acknowledged, 1, true)
		w.verified(t)
	})
}

func (w *world) standing(t *testing.T, id uuid.UUID, level models.Verification, origins int, disputed bool) {
	t.Helper()
	page, err := w.Get(context.Background(), models.Actor{}, "", id.String(), Moment{})
	if err != nil {
		t.Fatal(err)
	}
	if s := page.Records[0].Standing; s.Verification != level || len(s.Basis.Origins) != origins || s.Disputed != disputed {
		t.Errorf("%s, %d origins, disputed %v; want %s, %d, %v (%s)", s.Verification, len(s.Basis.Origins), s.Disputed, level, origins, disputed, StandingReason(s, page.Refs))
	}
}

func TestDerive_followsEntitiesThatAreRetractedAndRestored(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		w.must(t, create(&models.Claim{Speakers: []models.Speaker{{Entity: &s.company}}, Stance: models.States, About: []uuid.UUID{s.unit}, SaidOn: date(t, "2025"), Text: "So it is.",
			Citations: []models.Citation{{Source: s.source}}}))
		w.must(t, models.Operation{Op: models.OpRetract, Type: models.TypeEntity, ID: s.unit, Version: 1, Reason: "not one"})
		w.verified(t)
		w.must(t, models.Operation{Op: models.OpRestore, Type: models.TypeEntity, ID: s.unit, Version: 2, Reason: "it is one"})
		w.verified(t)
	})
}

// TestPublish_concurrentEditsLoseNothing has 64 writers race for each version of a record: one wins
// it, and the others are told that it is no longer the present one.
func TestPublish_concurrentEditsLoseNothing(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		const writers = 64
		for version := int64(1); version <= 3; version++ {
			results := make(chan error, writers)
			for i := range writers {
				go func() {
					_, err := w.Submit(context.Background(), w.editor, models.Changeset{Summary: "race", Operations: []models.Operation{{Op: models.OpEdit, Type: models.TypeEntity, ID: s.unit, Version: version,
						Edit: models.Corrected, Reason: "race", Data: &models.Entity{Kind: models.KindUnit, Name: fmt.Sprint("Unit ", version, ".", i), Citations: []models.Citation{{Source: s.source}}}}}})
					results <- err
				}()
			}
			won := 0
			for range writers {
				err := <-results
				var failed *models.Error
				switch {
				case err == nil:
					won++
				case !errors.As(err, &failed) || failed.Kind != models.ErrStale:
					t.Errorf("a writer failed otherwise: %v", err)
				}
			}
			if won != 1 {
				t.Errorf("%d writers won version %d, not 1", won, version)
			}
		}
		w.verified(t)
	})
}

func TestList_usesAFixedNumberOfQueries(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		counts := map[string]map[int]int64{}
		for _, n := range []int{1, 40} {
			var operations []models.Operation
			for i := range n {
				unit := create(&models.Entity{Kind: models.KindUnit, Name: fmt.Sprint("Unit ", n, " ", i), Citations: []models.Citation{{Source: s.source}}})
				link := create(&models.Relationship{Type: models.SuppliedTo, Subject: s.service, Object: unit.ID, Citations: []models.Citation{{Source: s.source}}})
				change := create(&models.StatusChange{Record: link.ID, Status: "active", Effective: date(t, "2024"), Citations: []models.Citation{{Source: s.source}}})
				operations = append(operations, unit, link, change)
			}
			w.must(t, operations...)
			for name, read := range map[string]func() error{
				"list": func() error { w.list(t, models.TypeRelationship, "type=supplied_to&party=acme&limit=500"); return nil },
				"timeline": func() error {
					_, err := w.Timeline(context.Background(), models.Actor{}, "acme", Query{Limit: 500})
					return err
				},
				"network": func() error {
					_, err := w.Network(context.Background(), models.Actor{}, "acme", NetworkQuery{Depth: 2})
					return err
				},
				"search": func() error {
					_, err := w.Search(context.Background(), models.Actor{}, SearchQuery{Text: "unit"})
					return err
				},
				"get": func() error {
					_, err := w.Get(context.Background(), models.Actor{}, models.TypeEntity, "acme", Moment{})
					return err
				},
			} {
				before := w.db.Statements()
				if err := read(); err != nil {
					t.Fatal(err)
				}
				if counts[name] == nil {
					counts[name] = map[int]int64{}
				}
				counts[name][n] = w.db.Statements() - before
			}
		}
		for name, by := range counts {
			if by[1] != by[40] || by[1] == 0 || by[1] > 7 {
				t.Errorf("%s: %d statements for few records, %d for many", name, by[1], by[40])
			}
		}
	})
}
