package services

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/database"
	"plumbline/models"
)

// olderRules says that the database was counted by older rules.
func (w *world) olderRules(t *testing.T) {
	t.Helper()
	w.tamper(t, []string{fmt.Sprintf("UPDATE derivation SET version = %d", models.Derivation-1)})
}

// derivedRows gives every derived row, at all log sizes.
func (w *world) derivedRows(t *testing.T) string {
	t.Helper()
	var lines []string
	for _, query := range []string{"SELECT * FROM standings ORDER BY record_id, from_size", "SELECT * FROM spans ORDER BY record_id, place, from_size",
		"SELECT * FROM involvements ORDER BY record_id, entity_id, role, from_size", "SELECT id, from_size, normal_url FROM sources ORDER BY id, from_size"} {
		var rows []map[string]any
		if err := w.db.Write(context.Background()).Raw(query).Scan(&rows).Error; err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for name, value := range row {
				if text, is := value.(*any); is {
					row[name] = *text
				}
			}
			lines = append(lines, fmt.Sprint(row))
		}
	}
	return strings.Join(lines, "\n")
}

func TestRecount_bringsBackWhatFollowsFromTheLog(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		second := create(&models.Source{Kind: "report", Title: "A report", URL: "https://report.example/a?utm_source=x"})
		cite := []models.Citation{{Source: s.source}}
		w.must(t, second, create(&models.StatusChange{Record: s.link, Status: "active", Effective: date(t, "2020"), Citations: cite}))
		w.must(t, models.Operation{Op: models.OpEdit, Type: models.TypeRelationship, ID: s.link, Version: 1, Edit: models.Corrected, Reason: "The report says so too.",
			Data: &models.Relationship{Type: models.SuppliedTo, Subject: s.service, Object: s.unit, Citations: append(cite, models.Citation{Source: second.ID})}})
		w.verified(t)
		before := w.derivedRows(t)

		w.tamper(t, []string{"UPDATE standings SET verification = 'acknowledged', origins = 7", "UPDATE standings SET disputed = (1 = 1) WHERE to_size IS NOT NULL",
			"UPDATE spans SET status = 'ended' WHERE status = 'active'", "DELETE FROM involvements WHERE role = 'party'", "UPDATE sources SET normal_url = 'https://older.example'"})
		w.olderRules(t)
		w.finds(t, "plumbline migrate recounts them")

		recounted, err := w.Recount(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		if recounted.From != models.Derivation-1 || recounted.To != models.Derivation || recounted.Changesets != 3 {
			t.Errorf("it recounted %+v", recounted)
		}
		if after := w.derivedRows(t); after != before {
			t.Errorf("it came out otherwise: %s", differing(before, after))
		}
		w.verified(t)
		var sentences []string
		for _, change := range recounted.Changes {
			sentences = append(sentences, change.Sentence())
		}
		for _, want := range []string{"1 supply is no longer acknowledged, but ", "Acme Cloud supplied to Unit One.", "3 entities are no longer acknowledged, but resting on a single origin: ",
			"1 supply is no longer ended today, but active: Acme Cloud supplied", "1 link is about other parties: "} {
			if !strings.Contains(strings.Join(sentences, "\n"), want) {
				t.Errorf("nothing says %q in:\n%s", want, strings.Join(sentences, "\n"))
			}
		}

		again, err := w.Recount(ctx, nil)
		if err != nil || again.From != again.To || again.Changesets != 0 {
			t.Errorf("a second time: %+v, %v", again, err)
		}
	})
}

// Whatever happened, holds, merges and redactions included, a recount by the same rules changes
// nothing, and leaves on hold what was.
func TestRecount_changesNothingWhereTheRulesAreTheSame(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s, steward := heldWorld(t, w)
		random := rand.New(rand.NewPCG(3, 4))
		live := map[uuid.UUID]*Record{}
		for range 30 {
			op := w.randomWrite(t, random, s, live)
			if _, err := w.Submit(ctx, w.editor, models.Changeset{Summary: "at random", Operations: []models.Operation{op}}); err != nil {
				continue
			}
			page, err := w.Get(ctx, models.Actor{}, op.Type, op.ID.String(), Moment{})
			if err != nil {
				t.Fatal(err)
			}
			live[op.ID] = &page.Records[0]
		}
		change := create(&models.StatusChange{Record: s.link, Status: "unknown", Scope: "Zyxwv subscriptions", Extent: models.Partial, Effective: date(t, "2025-09-30"), Citations: []models.Citation{{Source: s.source}}})
		double := create(&models.Entity{Kind: models.KindUnit, Name: "Unit 1", Citations: []models.Citation{{Source: s.source}}})
		other := create(&models.Relationship{Type: models.SuppliedTo, Subject: s.service, Object: double.ID, Citations: []models.Citation{{Source: s.source}}})
		w.must(t, double, other)
		if _, err := w.Submit(ctx, w.editor, models.Changeset{Summary: "unknown again", Operations: []models.Operation{change}}); err != nil {
			t.Logf("the step was refused: %v", err)
			change.ID = uuid.Nil
		}
		if _, err := w.Merge(ctx, steward, Merge{From: double.ID, Into: s.unit, Reason: "They are one."}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Redact(ctx, steward, s.company, "name", "The law asks for it."); err != nil {
			t.Fatal(err)
		}
		w.now = w.now.AddDate(0, 0, 1)
		held := []uuid.UUID{s.unit}
		if change.ID != uuid.Nil {
			held = append(held, change.ID)
		}
		if _, err := w.Hold(ctx, steward, held, "A court asks for it."); err != nil {
			t.Fatal(err)
		}
		w.now = w.now.AddDate(0, 0, 1)
		if _, err := w.Hold(ctx, steward, []uuid.UUID{s.source}, "Another court asks for it."); err != nil {
			t.Fatal(err)
		}
		w.verified(t)
		before, everything := w.derivedRows(t), w.everything(t)

		w.olderRules(t)
		recounted, err := w.Recount(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(recounted.Changes) > 0 {
			t.Errorf("it came out otherwise: %+v", recounted.Changes)
		}
		w.verified(t)
		if after := w.derivedRows(t); after != before {
			t.Errorf("it came out otherwise: %s", differing(before, after))
		}
		if after := w.everything(t); differing(everything, after) != "" {
			t.Errorf("something else changed, or what is on hold came back: %s", differing(everything, after))
		}
		if _, err := w.Lift(ctx, steward, s.unit, true, "The court decided."); err != nil {
			t.Fatal(err)
		}
		w.verified(t)
	})
}

// differing gives the lines that stand in one text alone.
func differing(before, after string) string {
	was, is := strings.Split(before, "\n"), strings.Split(after, "\n")
	var lines []string
	for _, line := range was {
		if !slices.Contains(is, line) {
			lines = append(lines, "- "+line)
		}
	}
	for _, line := range is {
		if !slices.Contains(was, line) {
			lines = append(lines, "+ "+line)
		}
	}
	return strings.Join(lines, "\n")
}

// Who counts by other rules than those by which the database was counted, does not write.
func TestPublish_refusesADatabaseThatWasCountedOtherwise(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		if err := w.db.CheckDerivation(ctx); err != nil {
			t.Errorf("a new database: %v", err)
		}
		w.supply(t)
		source := func() models.Changeset {
			return models.Changeset{Summary: "one more", Operations: []models.Operation{create(&models.Source{Kind: "article", Title: "One more"})}}
		}
		for _, rules := range []struct {
			version int
			want    string
		}{{models.Derivation - 1, "run: plumbline migrate"}, {models.Derivation + 1, "counted by a newer Plumbline"}} {
			version, want := rules.version, rules.want
			w.tamper(t, []string{fmt.Sprintf("UPDATE derivation SET version = %d", version)})
			_, err := w.Submit(ctx, w.editor, source())
			for _, err := range []error{err, w.db.CheckDerivation(ctx)} {
				if errorKind(err) != models.ErrConflict || !strings.Contains(fmt.Sprint(err), want) {
					t.Errorf("rules %d: %v", version, err)
				}
			}
		}
		if _, err := w.Recount(ctx, nil); errorKind(err) != models.ErrConflict {
			t.Errorf("rules of the future were recounted: %v", err)
		}
		w.olderRules(t)
		if _, err := w.Recount(ctx, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Submit(ctx, w.editor, source()); err != nil {
			t.Errorf("after the recount: %v", err)
		}
		if err := database.DerivationError(models.Derivation); err != nil {
			t.Error(err)
		}
	})
}
