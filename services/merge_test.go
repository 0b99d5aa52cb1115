package services

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// present is every record as it stands: its state, what it was merged into and its document.
func (w *world) present(t testing.TB) map[uuid.UUID]string {
	t.Helper()
	var rows []struct {
		ID         uuid.UUID
		State      models.RecordState
		MergedInto *uuid.UUID
		Type       models.RecordType
		Document   string
	}
	err := w.db.Read(context.Background()).Raw("SELECT r.id, r.state, r.merged_into, r.type, v.document FROM records r JOIN revisions v ON v.position = r.revision").Scan(&rows).Error
	if err != nil {
		t.Fatal(err)
	}
	all := map[uuid.UUID]string{}
	for _, row := range rows {
		fields, err := textFields(row.Type, row.Document)
		if err != nil {
			t.Fatal(err)
		}
		all[row.ID] = fmt.Sprint(row.State, row.MergedInto, mustJSON(fields))
	}
	return all
}

func same(t testing.TB, what string, before, after map[uuid.UUID]string) {
	t.Helper()
	for id, text := range before {
		if after[id] != text {
			t.Errorf("%s: %s was\n%s\nand is\n%s", what, id, text, after[id])
		}
	}
	if len(after) != len(before) {
		t.Errorf("%s: %d records, were %d", what, len(after), len(before))
	}
}

// duplicate is a second entry of the unit of a supply, with a link of its own.
type duplicate struct{ unit, link, step, claim uuid.UUID }

func (w *world) duplicate(t testing.TB, s supply) duplicate {
	t.Helper()
	cite := []models.Citation{{Source: s.source, Note: "second"}}
	unit := create(&models.Entity{Kind: models.KindUnit, Name: "Unit 1", Places: []string{"IL"}, Citations: cite,
		Identifiers: []models.Identifier{{Scheme: "wikidata", Value: "Q1"}}})
	link := create(&models.Relationship{Type: models.SuppliedTo, Subject: s.service, Object: unit.ID, Quantity: "several", Citations: cite})
	step := create(&models.StatusChange{Record: link.ID, Status: "active", Effective: date(t, "2024-03"), Citations: cite})
	claim := create(&models.Claim{Speakers: []models.Speaker{{Entity: &s.company}}, Stance: models.States, About: []uuid.UUID{link.ID, unit.ID, s.unit, step.ID}, SaidOn: date(t, "2024-05"), Text: "So it is.", Citations: cite})
	part := create(&models.Relationship{Type: models.PartOf, Subject: unit.ID, Object: s.unit, Citations: cite})
	w.must(t, unit, link, step, claim, part)
	return duplicate{unit.ID, link.ID, step.ID, claim.ID}
}

func TestMerge_movesEverythingAndUndoRestoresTheExactState(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		steward := w.steward(t)

		s := w.supply(t)
		w.must(t, create(&models.StatusChange{Record: s.link, Status: "active", Effective: date(t, "2024-03"), Citations: []models.Citation{{Source: s.source}}}))
		d := w.duplicate(t, s)
		w.now = w.now.Add(time.Hour)
		before, asOf := w.present(t), day(t, "2025-02-20")
		then := w.now.Add(-time.Minute)
		seen := w.snapshot(t, Moment{AsOf: asOf})
		w.now = w.now.Add(time.Hour)

		if _, err := w.Merge(ctx, w.account(t, "Reader", models.RoleReader), Merge{From: d.unit, Into: s.unit, Reason: "x"}); errorKind(err) != models.ErrForbidden {
			t.Errorf("a reader merged: %v", err)
		}
		plan, err := w.PlanMerge(ctx, steward, Merge{From: d.unit, Into: s.unit})
		if err != nil {
			t.Fatal(err)
		}
		if len(plan.Folded) != 2 || len(plan.Retracted) != 1 || len(plan.Apart) != 0 {
			t.Errorf("the plan folds %v, retracts %v, keeps apart %v", plan.Folded, plan.Retracted, plan.Apart)
		}
		same(t, "planning", before, w.present(t))
		if _, err := w.Merge(ctx, steward, Merge{From: d.unit, Into: s.unit, FromVersion: 7, Reason: "x"}); errorKind(err) != models.ErrStale {
			t.Errorf("merged a version that nobody saw: %v", err)
		}

		out, err := w.Merge(ctx, steward, Merge{From: d.unit, Into: s.unit, FromVersion: 1, IntoVersion: 1, Reason: "the same unit"})
		if err != nil {
			t.Fatal(err)
		}
		w.verified(t)
		for _, asked := range []string{d.unit.String(), "unit-1"} {
			page, err := w.Get(ctx, models.Actor{}, models.TypeEntity, asked, Moment{})
			if err != nil || page.Records[0].ID != s.unit {
				t.Errorf("%s leads to %+v, %v", asked, page.Records, err)
			}
		}
		e := w.entity(t, s.unit)
		if len(e.Identifiers) != 1 || len(e.Names) != 1 || e.Names[0].Text != "Unit 1" || len(e.Citations) != 2 || e.Places[0] != "IL" {
			t.Errorf("merged: %+v", e)
		}
		links := w.list(t, models.TypeRelationship, "type=supplied_to&object=unit-1")
		if len(links.Records) != 1 || links.Records[0].ID != s.link || links.Records[0].Document.(*models.Relationship).Quantity != "several" {
			t.Errorf("links: %+v", links.Records)
		}
		page, err := w.Get(ctx, models.Actor{}, models.TypeClaim, d.claim.String(), Moment{})
		if about := page.Records[0].Document.(*models.Claim).About; err != nil || len(about) != 3 || about[0] != s.link || about[1] != s.unit {
			t.Errorf("the claim is about %v", about)
		}

		w.now = w.now.Add(time.Hour)
		if _, err := w.Revert(ctx, w.editor, Revert{Changeset: &out.Changeset, Reason: "two units after all"}); errorKind(err) != models.ErrForbidden {
			t.Errorf("an editor undid a merge: %v", err)
		}
		undone, err := w.Revert(ctx, steward, Revert{Changeset: &out.Changeset, Reason: "two units after all"})
		if err != nil || len(undone.Conflicts) != 0 {
			t.Fatalf("%+v, %v", undone.Conflicts, err)
		}
		same(t, "after undoing", before, w.present(t))
		w.verified(t)
		if now := w.snapshot(t, Moment{AsOf: asOf, KnownAt: then}); !reflect.DeepEqual(seen, now) {
			t.Errorf("what was known changed:\n%s\n\n%s", strings.Join(seen, "\n"), strings.Join(now, "\n"))
		}

		// To undo the undoing is to merge again.
		again, err := w.Revert(ctx, steward, Revert{Changeset: &undone.Changeset, Reason: "one unit, it is certain"})
		if err != nil || len(again.Conflicts) != 0 {
			t.Fatalf("%+v, %v", again.Conflicts, err)
		}
		if page, err := w.Get(ctx, models.Actor{}, models.TypeEntity, "unit-1", Moment{}); err != nil || page.Records[0].ID != s.unit {
			t.Errorf("%+v, %v", page.Records, err)
		}
		w.verified(t)
	})
}

func TestMerge_keepsLinksApartWhoseHistoriesClash(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		steward := w.steward(t)

		s := w.supply(t)
		d := w.duplicate(t, s)
		cite := []models.Citation{{Source: s.source}}
		w.must(t, create(&models.StatusChange{Record: s.link, Status: "active", Effective: date(t, "2022"), Citations: cite}))
		m := Merge{From: d.unit, Into: s.unit, Reason: "the same unit"}
		plan, err := w.PlanMerge(context.Background(), steward, m)
		if err != nil || len(plan.Apart) != 1 || !strings.Contains(plan.Apart[0].Why, "already \"active\"") {
			t.Fatalf("%+v, %v", plan.Apart, err)
		}
		if _, err := w.Merge(context.Background(), steward, m); err != nil {
			t.Fatal(err)
		}
		if links := w.list(t, models.TypeRelationship, "type=supplied_to&object=unit-one"); len(links.Records) != 2 {
			t.Errorf("%d links", len(links.Records))
		}
		w.verified(t)
	})
}

func TestMerge_choosesFieldByField(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		steward := w.steward(t)

		s := w.supply(t)
		d := w.duplicate(t, s)
		for field, choice := range map[string]string{"nmae": "from", "slug": "from", "name": "both", "places": "neither"} {
			_, err := w.PlanMerge(ctx, steward, Merge{From: d.unit, Into: s.unit, Choose: map[string]string{field: choice}})
			refused(t, err, models.ErrInvalid, "/choose/"+field)
		}
		_, err := w.PlanMerge(ctx, steward, Merge{From: s.company, Into: s.unit})
		refused(t, err, models.ErrInvalid, "/into")
		_, err = w.PlanMerge(ctx, steward, Merge{From: s.unit, Into: s.unit})
		refused(t, err, models.ErrInvalid, "/into")
		_, err = w.PlanMerge(ctx, steward, Merge{From: newID(), Into: s.unit})
		refused(t, err, models.ErrInvalid, "/from")

		out, err := w.Merge(ctx, steward, Merge{From: d.unit, Into: s.unit, Reason: "same", Choose: map[string]string{"name": "from", "places": "into", "citations": "from"}})
		if err != nil {
			t.Fatal(err)
		}
		e := w.entity(t, s.unit)
		if e.Name != "Unit 1" || len(e.Places) != 0 || len(e.Citations) != 1 || e.Citations[0].Note != "second" || e.Slug != "unit-one" {
			t.Errorf("%+v", e)
		}
		if _, err := w.PlanMerge(ctx, steward, Merge{From: d.unit, Into: s.company}); errorKind(err) != models.ErrInvalid {
			t.Errorf("merged twice: %v", err)
		}
		_ = out
	})
}

func TestMerge_ofOneWhoMayNotIsProposed(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		steward := w.steward(t)

		s := w.supply(t)
		d := w.duplicate(t, s)
		out, err := w.Merge(ctx, w.editor, Merge{From: d.unit, Into: s.unit, Reason: "the same unit"})
		if err != nil || out.Status != models.ChangesetSubmitted {
			t.Fatalf("%+v, %v", out, err)
		}
		other := w.account(t, "Other", models.RoleEditor)
		if _, err := w.Approve(ctx, other, out.Changeset, ""); errorKind(err) != models.ErrForbidden {
			t.Errorf("an editor approved a merge: %v", err)
		}
		// A link that came meanwhile moves too.
		w.must(t, create(&models.Relationship{Type: models.LinkedTo, Subject: d.unit, Object: s.company, Description: "meanwhile", Citations: []models.Citation{{Source: s.source}}}))
		if _, err := w.Approve(ctx, steward, out.Changeset, ""); err != nil {
			t.Fatal(err)
		}
		if links := w.list(t, models.TypeRelationship, "type=linked_to&subject=unit-one"); len(links.Records) != 1 {
			t.Errorf("%d links", len(links.Records))
		}
		w.verified(t)
	})
}

func TestName_resolvesAnUndisclosedUnitWithItsHistory(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		steward := w.steward(t)

		s := w.supply(t)
		cite := []models.Citation{{Source: s.source}}
		hidden := create(&models.Entity{Kind: models.KindUnit, Name: "A unit that was not named", Identity: models.Undisclosed, Citations: cite})
		other := create(&models.Entity{Kind: models.KindService, Name: "Storage", Citations: cite})
		link := create(&models.Relationship{Type: models.SuppliedTo, Subject: other.ID, Object: hidden.ID, Citations: cite})
		w.must(t, hidden, other, link)
		w.now = w.now.Add(time.Hour)
		before := w.now.Add(-time.Minute)
		if _, err := w.Merge(ctx, steward, Merge{From: hidden.ID, Into: s.unit, Reason: "it was named"}); errorKind(err) != models.ErrInvalid {
			t.Errorf("a merge named it without a claim: %v", err)
		}
		claim := &models.Claim{Speakers: []models.Speaker{{Entity: &s.company}}, Stance: models.Reports, SaidOn: date(t, "2025"), Text: "It is Unit One.", Citations: cite}
		if _, err := w.Name(ctx, steward, Naming{Undisclosed: hidden.ID, Into: s.unit, Claim: claim}); err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(time.Hour)
		e := w.entity(t, hidden.ID)
		if e.Name != "Unit One" || e.Identity != models.Disclosed || len(e.Names) != 0 {
			t.Errorf("%+v", e)
		}
		page, err := w.Get(ctx, models.Actor{}, models.TypeEntity, hidden.ID.String(), Moment{KnownAt: before})
		if err != nil || page.Records[0].Document.(*models.Entity).Identity != models.Undisclosed {
			t.Errorf("before: %+v, %v", page.Records, err)
		}
		revisions, err := w.Revisions(ctx, models.Actor{}, RevisionQuery{Record: &link.ID})
		if err != nil || len(revisions) != 2 {
			t.Errorf("the link has %d revisions, %v", len(revisions), err)
		}
		w.verified(t)
	})
}

func TestUndo_afterRandomHistories_restoresEverything(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		random := rand.New(rand.NewPCG(11, uint64(len(w.db.Dialect()))))
		steward := w.steward(t)

		s := w.supply(t)
		asOf := day(t, "2025-02-20")
		units := []uuid.UUID{s.unit}
		for i := range 5 {
			units = append(units, w.randomUnit(t, random, s, i))
		}

		type undo struct {
			id     uuid.UUID
			before map[uuid.UUID]string
		}
		var undos []undo
		past := map[time.Time][]string{}
		for range 4 {
			w.now = w.now.Add(time.Hour)
			past[w.now.Add(-time.Minute)] = w.snapshot(t, Moment{AsOf: asOf})
			from := random.IntN(len(units)-1) + 1
			before := w.present(t)
			out, err := w.Merge(ctx, steward, Merge{From: units[from], Into: units[from-1], Reason: "at random", Choose: map[string]string{"identifiers": "both"}})
			if err != nil {
				t.Fatal(err)
			}
			units = append(units[:from], units[from+1:]...)
			undos = append(undos, undo{out.Changeset, before})
			w.verified(t)
		}
		for i := len(undos) - 1; i >= 0; i-- {
			w.now = w.now.Add(time.Hour)
			past[w.now.Add(-time.Minute)] = w.snapshot(t, Moment{AsOf: asOf})
			out, err := w.Revert(ctx, steward, Revert{Changeset: &undos[i].id, Reason: "undo"})
			if err != nil || len(out.Conflicts) > 0 {
				t.Fatalf("undo %d: %+v, %v", i, out.Conflicts, err)
			}
			same(t, fmt.Sprint("undo ", i), undos[i].before, w.present(t))
		}
		w.verified(t)
		w.now = w.now.Add(time.Hour)
		for at, then := range past {
			if now := w.snapshot(t, Moment{AsOf: asOf, KnownAt: at}); !reflect.DeepEqual(then, now) {
				t.Fatalf("what was known at %s changed:\n%s\n\n%s", at, strings.Join(then, "\n"), strings.Join(now, "\n"))
			}
		}
	})
}

// randomUnit enters a unit with links, steps, claims and questions that may be those of another.
func (w *world) randomUnit(t testing.TB, random *rand.Rand, s supply, i int) uuid.UUID {
	t.Helper()
	cite := []models.Citation{{Source: s.source}}
	unit := create(&models.Entity{Kind: models.KindUnit, Name: fmt.Sprint("Unit ", i), Citations: cite,
		Identifiers: []models.Identifier{{Scheme: "wikidata", Value: fmt.Sprint("Q", i)}}})
	operations := []models.Operation{unit}
	about := []uuid.UUID{unit.ID}
	if random.IntN(4) > 0 {
		link := create(&models.Relationship{Type: models.SuppliedTo, Subject: s.service, Object: unit.ID, Citations: cite})
		operations = append(operations, link)
		about = append(about, link.ID)
		if random.IntN(2) == 0 {
			days := []string{"2024", "2024-06", "2025-01"}
			step := create(&models.StatusChange{Record: link.ID, Status: "active", Effective: date(t, days[random.IntN(len(days))]), Citations: cite})
			operations = append(operations, step)
			about = append(about, step.ID)
		}
	}
	if random.IntN(2) == 0 {
		operations = append(operations, create(&models.Relationship{Type: models.PartOf, Subject: unit.ID, Object: s.unit, Citations: cite}))
	}
	claim := create(&models.Claim{Speakers: []models.Speaker{{Entity: &unit.ID}}, Stance: models.Denies, About: about, SaidOn: date(t, "2025"), Text: "No.", Citations: cite})
	item := create(&models.OpenItem{Kind: "question", Addressee: unit.ID, About: []uuid.UUID{claim.ID}, Text: "Is it so?", RaisedOn: date(t, "2025-03"), Citations: cite})
	w.must(t, append(operations, claim, item)...)
	if random.IntN(2) == 0 {
		w.must(t, models.Operation{Op: models.OpRetract, Type: models.TypeClaim, ID: claim.ID, Version: 1, Reason: "x"})
	}
	return unit.ID
}

func TestDuplicates_areGivenWithReasons(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		cite := []models.Citation{{Source: s.source}}
		twin := create(&models.Entity{Kind: models.KindUnit, Name: "UNIT one", Citations: cite, Identifiers: []models.Identifier{{Scheme: "wikidata", Value: "Q7"}}})
		third := create(&models.Entity{Kind: models.KindUnit, Name: "Third", Citations: cite, Identifiers: []models.Identifier{{Scheme: "local", Value: "q7"}}})
		operations := []models.Operation{twin, third}
		for i := range 2 {
			service := create(&models.Entity{Kind: models.KindService, Name: fmt.Sprint("Service ", i), Citations: cite})
			operations = append(operations, service)
			for _, unit := range []uuid.UUID{s.unit, third.ID} {
				operations = append(operations, create(&models.Relationship{Type: models.SuppliedTo, Subject: service.ID, Object: unit, Citations: cite}))
			}
		}
		company := create(&models.Entity{Kind: models.KindCompany, Name: "Unit One", Citations: cite}) // another kind
		w.must(t, append(operations, company)...)

		list, next, err := w.Duplicates(ctx, w.editor, "", "")
		if err != nil || next != "" {
			t.Fatalf("%v, next %q", err, next)
		}
		got := map[string]string{}
		for _, c := range list {
			got[c.One.Name+" & "+c.Other.Name] = strings.Join(c.Reasons, " ")
		}
		want := map[string]string{
			"UNIT one & Third":    `Both have the identifier "Q7".`,
			"Unit One & UNIT one": `Both are called "UNIT one".`,
			"Unit One & Third":    "They share 2 links of the same type with the same others.",
		}
		for pair, reason := range want {
			if !strings.EqualFold(got[pair], reason) {
				t.Errorf("%s: %q, want %q", pair, got[pair], reason)
			}
		}
		if one, _, err := w.Duplicates(ctx, w.editor, "third", ""); err != nil || len(one) != 2 {
			t.Errorf("of one entity: %+v, %v", one, err)
		}
		if _, _, err := w.Duplicates(ctx, models.Actor{}, "", ""); errorKind(err) != models.ErrUnauthorized {
			t.Errorf("the public: %v", err)
		}
	})
}

func TestReview_ofAThousandOperationsTakesFewQueries(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		author := w.account(t, "Author", models.RoleContributor)
		var made []models.Operation
		for i := range 1000 {
			made = append(made, create(&models.Entity{Kind: models.KindUnit, Name: fmt.Sprint("Unit ", i), Citations: []models.Citation{{Source: s.source}}}))
		}
		large, small := w.propose(t, author, made...), w.propose(t, author, s.rename(1, func(e *models.Entity) { e.Name = "Renamed" }))
		counts := map[uuid.UUID]int64{}
		for _, id := range []uuid.UUID{large, small} {
			before, start := w.db.Statements(), time.Now()
			r, err := w.Review(ctx, w.editor, id, 0, "")
			if err != nil || len(r.Changes) != r.Total || len(r.Changes[0].Fields) == 0 || len(r.Changes[0].Citations) != 1 {
				t.Fatalf("%d of %d changes, %v", len(r.Changes), r.Total, err)
			}
			t.Logf("%d operations in %s on %s", r.Total, time.Since(start).Round(time.Millisecond), w.db.Dialect())
			counts[id] = w.db.Statements() - before
		}
		if counts[large] > counts[small]+2 {
			t.Errorf("%d statements for many, %d for one", counts[large], counts[small])
		}
		queue, _, err := w.Queue(ctx, w.editor, QueueQuery{Queue: models.QueueEdits})
		if err != nil || len(queue) != 2 || queue[0].ID != large || queue[0].Writes != 1000 {
			t.Errorf("%d in the queue, %v", len(queue), err)
		}
		if _, err := w.Review(ctx, w.account(t, "Stranger", models.RoleContributor), small, 0, ""); errorKind(err) != models.ErrNotFound {
			t.Errorf("a stranger: %v", err)
		}
		w.must(t, s.rename(1, func(e *models.Entity) { e.Name = "Meanwhile" }))
		if r, err := w.Review(ctx, w.editor, small, 0, ""); err != nil || r.Conflicts() != 1 || string(r.Changes[0].Fields[0].Current) != `"Meanwhile"` {
			t.Errorf("%+v, %v", r.Changes, err)
		}
	})
}

func TestMerge_keepsEveryName(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		steward := w.steward(t)
		s := w.supply(t)
		cite := []models.Citation{{Source: s.source}}
		for i, one := range []struct {
			from, into []models.Name
			choose     map[string]string
			name       string
			want       []models.Name
		}{
			{name: "B", want: []models.Name{{Text: "A", Type: "alias"}}},
			{choose: map[string]string{"name": "from"}, name: "A", want: []models.Name{{Text: "B", Type: "alias"}}},
			{from: []models.Name{{Text: "D", Type: "acronym"}}, choose: map[string]string{"names": "into"}, name: "B", want: []models.Name{{Text: "A", Type: "alias"}}},
			{from: []models.Name{{Text: "A Ltd", Type: "former"}, {Text: "أ", Type: "transliteration", Language: "ar", Script: "Arab"}}, name: "B",
				want: []models.Name{{Text: "A Ltd", Type: "former"}, {Text: "أ", Type: "transliteration", Language: "ar", Script: "Arab"}, {Text: "A", Type: "alias"}}},
			{from: []models.Name{{Text: "b inc", Type: "former"}, {Text: "B", Type: "alias"}}, into: []models.Name{{Text: "B Inc", Type: "alias"}}, name: "B",
				want: []models.Name{{Text: "B Inc", Type: "former"}, {Text: "A", Type: "alias"}}},
			{from: []models.Name{{Text: "C", Type: "alias", Language: "de"}}, into: []models.Name{{Text: "C", Type: "alias", Language: "fr"}, {Text: "a", Type: "acronym"}}, name: "B",
				want: []models.Name{{Text: "C", Type: "alias", Language: "fr"}, {Text: "a", Type: "acronym"}, {Text: "C", Type: "alias", Language: "de"}}},
		} {
			suffix := fmt.Sprint(" ", i)
			named := func(names []models.Name) []models.Name {
				list := slices.Clone(names)
				for j := range list {
					list[j].Text += suffix
				}
				return list
			}
			from := create(&models.Entity{Kind: models.KindCompany, Name: "A" + suffix, Names: named(one.from), Citations: cite})
			into := create(&models.Entity{Kind: models.KindCompany, Name: "B" + suffix, Names: named(one.into), Citations: cite})
			w.must(t, from, into)
			if _, err := w.Merge(ctx, steward, Merge{From: from.ID, Into: into.ID, Choose: one.choose, Reason: "one company"}); err != nil {
				t.Fatal(err)
			}
			if e := w.entity(t, into.ID); e.Name != one.name+suffix || !reflect.DeepEqual(e.Names, named(one.want)) {
				t.Errorf("%d: %q, %+v, expected %+v", i, e.Name, e.Names, named(one.want))
			}
			if page, err := w.Get(ctx, models.Actor{}, models.TypeEntity, models.Slug("A"+suffix), Moment{}); err != nil || page.Records[0].ID != into.ID {
				t.Errorf("%d: the old address leads to %+v, %v", i, page.Records, err)
			}
		}
	})
}

func TestMerge_ofTwoIdentifiersOfOneSchemeIsDecided(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		steward := w.steward(t)
		s := w.supply(t)
		cite := []models.Citation{{Source: s.source}}
		company := func(name, lei string) uuid.UUID {
			op := create(&models.Entity{Kind: models.KindCompany, Name: name, Citations: cite, Identifiers: []models.Identifier{{Scheme: "lei", Value: lei}, {Scheme: "uei", Value: "of " + name}}})
			w.must(t, op)
			return op.ID
		}
		for choice, want := range map[string]int{"into": 2, "from": 2, "both": 4} {
			from, into := company("From "+choice, "LEI1"+choice), company("Into "+choice, "LEI2"+choice)
			m := Merge{From: from, Into: into, Reason: "one company"}
			plan, err := w.PlanMerge(ctx, steward, m)
			if err != nil || len(plan.Conflicts) != 2 || plan.Conflicts[0] != (IdentifierConflict{"lei", "LEI1" + choice, "LEI2" + choice}) {
				t.Fatalf("%+v, %v", plan.Conflicts, err)
			}
			for _, by := range []models.Actor{steward, w.editor} {
				_, err = w.Merge(ctx, by, m)
				refused(t, err, models.ErrInvalid, "/choose/identifiers")
			}
			m.Choose = map[string]string{"identifiers": choice}
			if _, err := w.Merge(ctx, steward, m); err != nil {
				t.Fatal(err)
			}
			if e := w.entity(t, into); len(e.Identifiers) != want {
				t.Errorf("%s: %+v", choice, e.Identifiers)
			}
		}
		w.verified(t)
	})
}

func TestMerge_citesWhatSaysSo(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		steward := w.steward(t)
		s := w.supply(t)
		d := w.duplicate(t, s)
		shows := models.Citation{Source: s.source, Locator: "p. 9", Note: "one unit"}
		out, err := w.Merge(ctx, w.editor, Merge{From: d.unit, Into: s.unit, Citation: &shows, Reason: "the same unit"})
		if err != nil || out.Status != models.ChangesetSubmitted {
			t.Fatalf("%+v, %v", out, err)
		}
		if _, err := w.Approve(ctx, steward, out.Changeset, ""); err != nil {
			t.Fatal(err)
		}
		if e := w.entity(t, s.unit); !slices.Contains(e.Citations, shows) {
			t.Errorf("%+v", e.Citations)
		}
		_, err = w.Merge(ctx, steward, Merge{From: d.claim, Into: d.claim, Citation: &models.Citation{Source: newID()}, Reason: "x"})
		refused(t, err, models.ErrInvalid, "/into")
		one, two := create(&models.Source{Kind: "article", Title: "One", URL: "https://a.example/one"}), create(&models.Source{Kind: "article", Title: "Two", URL: "https://a.example/two"})
		w.must(t, one, two)
		_, err = w.Merge(ctx, steward, Merge{From: one.ID, Into: two.ID, Citation: &shows, Reason: "x"})
		refused(t, err, models.ErrInvalid, "/citation")
	})
}
