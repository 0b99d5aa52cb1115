package services

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/models"
)

// everything gives the text of every column of every table that is read, so that a test can look
// for what must not be there. What is put aside is left out.
func (w *world) everything(t *testing.T) string {
	t.Helper()
	tx := w.db.Write(context.Background())
	var names []string
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search_words%' AND name NOT LIKE 'search_names%' AND name NOT LIKE 'withheld%'"
	if w.db.Dialect() == "postgres" {
		query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'withheld%'"
	}
	if err := tx.Raw(query).Scan(&names).Error; err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, name := range names {
		var rows []map[string]any
		if err := tx.Raw("SELECT * FROM " + name).Scan(&rows).Error; err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			fmt.Fprintf(&text, "%s: %v\n", name, row)
		}
	}
	return text.String()
}

// heldWorld is a supply of which the unit has a name that stands nowhere else.
func heldWorld(t *testing.T, w *world) (s supply, steward models.Actor) {
	s = w.supply(t)
	w.must(t, models.Operation{Op: models.OpEdit, Type: models.TypeEntity, ID: s.unit, Version: 1, Edit: models.Corrected, Reason: "Its name is Zyxwv.",
		Data: &models.Entity{Kind: models.KindUnit, Name: "Zyxwv Unit", Names: []models.Name{{Text: "Zyxwv Two", Type: "alias"}},
			Identifiers: []models.Identifier{{Scheme: "wikidata", Value: "Q987654"}}, Summary: "About Zyxwv.", Citations: []models.Citation{{Source: s.source}}}})
	return s, w.steward(t)
}

func TestHold_leavesNothingInTheTablesThatAreRead(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s, steward := heldWorld(t, w)
		before := readable(t, w)

		if _, err := w.Hold(ctx, w.editor, []uuid.UUID{s.unit}, "A court asks for it."); errorKind(err) != models.ErrForbidden {
			t.Errorf("an editor: %v", err)
		}
		if _, err := w.Hold(ctx, steward, []uuid.UUID{s.unit}, " "); errorKind(err) != models.ErrInvalid {
			t.Errorf("without a reason: %v", err)
		}
		if _, err := w.Hold(ctx, steward, []uuid.UUID{s.unit}, "A court asks for it."); err != nil {
			t.Fatal(err)
		}
		w.verified(t)
		for _, line := range strings.Split(w.everything(t), "\n") {
			if strings.Contains(strings.ToLower(line), "zyxwv") && !strings.HasPrefix(line, "slugs:") {
				t.Errorf("still there: %s", line)
			}
		}

		_, err := w.Get(ctx, models.Actor{}, "", s.unit.String(), Moment{})
		if errorKind(err) != models.ErrWithheld || !strings.Contains(err.Error(), "A court asks for it.") {
			t.Errorf("the record: %v", err)
		}
		if _, err := w.Hold(ctx, steward, []uuid.UUID{s.unit}, "again"); errorKind(err) != models.ErrConflict {
			t.Errorf("twice: %v", err)
		}
		page, err := w.Get(ctx, models.Actor{}, "", s.link.String(), Moment{})
		if err != nil || page.Refs[s.unit].State != models.StateWithheld || !strings.Contains(page.Refs[s.link].Label(), models.Withheld) {
			t.Errorf("a link to it: %+v, %v", page.Refs[s.unit], err)
		}
		revisions, err := w.Revisions(ctx, models.Actor{}, RevisionQuery{Record: &s.unit})
		if err != nil || len(revisions) != 3 || !revisions[0].Withheld || string(revisions[1].Document) != "{}" || revisions[1].Reason != "" || revisions[2].Reason != "A court asks for it." {
			t.Errorf("its history: %+v, %v", revisions, err)
		}
		seen, err := w.Withheld(ctx, steward, s.unit)
		if err != nil || seen.Name != "Zyxwv Unit" || len(seen.Versions) != 3 || !strings.Contains(string(seen.Versions[1].Document), "Zyxwv Two") {
			t.Errorf("for stewards: %+v, %v", seen, err)
		}
		if list, err := w.Holds(ctx, steward); err != nil || len(list) != 1 || list[0].Name != "Zyxwv Unit" {
			t.Errorf("the list: %+v, %v", list, err)
		}
		if _, err := w.Withheld(ctx, w.editor, s.unit); errorKind(err) != models.ErrForbidden {
			t.Errorf("for editors: %v", err)
		}

		if _, err := w.Lift(ctx, steward, s.unit, false, "The court decided."); err != nil {
			t.Fatal(err)
		}
		w.verified(t)
		if after := readable(t, w); after != before {
			t.Errorf("it came back otherwise:\n%s\n%s", before, after)
		}
		if hits, err := w.Search(ctx, models.Actor{}, SearchQuery{Text: "zyxwv"}); err != nil || len(hits) == 0 {
			t.Errorf("it is not found again: %v", err)
		}
		if _, err := w.Lift(ctx, steward, s.unit, false, "again"); errorKind(err) != models.ErrConflict {
			t.Errorf("lifted twice: %v", err)
		}
	})
}

// readable is what the public reads of all records, without versions, and of their earlier states.
func readable(t *testing.T, w *world) string {
	t.Helper()
	var all []string
	for _, kind := range models.RecordTypes().Values() {
		page, err := w.List(context.Background(), models.Actor{}, models.RecordType(kind), Query{Limit: 500})
		if err != nil {
			t.Fatal(err)
		}
		for _, record := range page.Records {
			document, err := json.Marshal(record.Document)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, fmt.Sprint(record.ID, record.State, record.Status, record.Slug, " ", string(document), mustJSON(record.Standing)))
		}
	}
	return strings.Join(all, "\n")
}

func TestHold_takesWhatAStatusChangeSaidOutOfHistories(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s, steward := heldWorld(t, w)
		change := create(&models.StatusChange{Record: s.link, Status: "disabled", Extent: models.Partial, Scope: "Zyxwv alone", Effective: date(t, "2025-09-25"),
			Citations: []models.Citation{{Source: s.source}}})
		w.must(t, change)
		w.must(t, create(&models.Source{Kind: "article", Title: "Another"}))
		head, err := w.Checkpoint(ctx)
		if err != nil {
			t.Fatal(err)
		}
		known := head.At
		w.must(t, create(&models.Source{Kind: "article", Title: "A third"}))

		if _, err := w.Hold(ctx, steward, []uuid.UUID{change.ID}, "A court asks for it."); err != nil {
			t.Fatal(err)
		}
		w.verified(t)
		for _, m := range []Moment{{}, {KnownAt: known}} {
			page, err := w.Get(ctx, models.Actor{}, "", s.link.String(), m)
			if err != nil || page.Records[0].Status == nil || page.Records[0].Status.Span.Status == "disabled" || page.Records[0].Status.Span.Scope != "" {
				t.Errorf("the link at %v: %+v, %v", m, page.Records, err)
			}
		}
		if _, err := w.Lift(ctx, steward, change.ID, false, "The court decided."); err != nil {
			t.Fatal(err)
		}
		w.verified(t)
		for _, m := range []Moment{{}, {KnownAt: known}} {
			page, err := w.Get(ctx, models.Actor{}, "", s.link.String(), m)
			if err != nil || page.Records[0].Status.Span.Status != "disabled" || page.Records[0].Status.Span.Scope != "Zyxwv alone" {
				t.Errorf("the link at %v: %+v, %v", m, page.Records, err)
			}
		}
	})
}

func TestHold_freezesWhatIsHeld(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s, steward := heldWorld(t, w)
		contributor := w.account(t, "Contributor", models.RoleContributor)
		proposal, err := w.Submit(ctx, contributor, models.Changeset{Summary: "More about Zyxwv", Operations: []models.Operation{{Op: models.OpEdit, Type: models.TypeEntity, ID: s.unit, Version: 2,
			Edit: models.Corrected, Reason: "Zyxwv again", Data: &models.Entity{Kind: models.KindUnit, Name: "Zyxwv Three", Citations: []models.Citation{{Source: s.source}}}}}})
		if err != nil {
			t.Fatal(err)
		}
		dependents, err := w.Dependents(ctx, steward, s.unit)
		if err != nil || len(dependents) == 0 {
			t.Fatalf("dependents: %v, %v", dependents, err)
		}
		ids := []uuid.UUID{s.unit}
		for _, ref := range dependents {
			ids = append(ids, ref.ID)
		}
		if _, err := w.Hold(ctx, steward, ids, "A court asks for it."); err != nil {
			t.Fatal(err)
		}
		w.verified(t)

		if view, err := w.Changeset(ctx, w.editor, proposal.Changeset, 0, ""); err != nil || len(view.Proposed) > 0 || strings.Contains(view.Summary, "Zyxwv") {
			t.Errorf("the proposal: %+v, %v", view, err)
		}
		for what, op := range map[string]models.Operation{
			"an edit":       {Op: models.OpEdit, Type: models.TypeEntity, ID: s.unit, Version: 3, Edit: models.Corrected, Reason: "x", Data: &models.Entity{Kind: models.KindUnit, Name: "X", Citations: []models.Citation{{Source: s.source}}}},
			"a retraction":  {Op: models.OpRetract, Type: models.TypeEntity, ID: s.unit, Version: 3, Reason: "x"},
			"a claim on it": create(&models.Claim{Stance: models.States, Text: "It is so.", SaidOn: date(t, "2025"), About: []uuid.UUID{s.unit}, Speakers: []models.Speaker{{Description: "somebody"}}, Citations: []models.Citation{{Source: s.source}}}),
		} {
			_, err := w.Submit(ctx, w.editor, models.Changeset{Operations: []models.Operation{op}})
			if errorKind(err) != models.ErrInvalid || !strings.Contains(err.Error(), "withheld") {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := w.Redact(ctx, steward, s.unit, "summary", "The court forbids it for good."); err != nil {
			t.Fatal(err)
		}
		w.verified(t)
		if seen, err := w.Withheld(ctx, steward, s.unit); err != nil || strings.Contains(string(seen.Versions[2].Document), "About Zyxwv") {
			t.Errorf("what was redacted on hold: %+v, %v", seen, err)
		}

		if _, err := w.Lift(ctx, steward, s.link, true, "The court decided."); err != nil {
			t.Fatal(err)
		}
		w.verified(t)
		if _, err := w.Lift(ctx, steward, s.unit, true, "The court decided."); err != nil { // held anew by its redaction
			t.Fatal(err)
		}
		w.verified(t)
		if view, err := w.Changeset(ctx, w.editor, proposal.Changeset, 0, ""); err != nil || len(view.Proposed) != 1 || view.Summary != "More about Zyxwv" {
			t.Errorf("the proposal afterwards: %+v, %v", view, err)
		}
	})
}

func TestHold_refusesToBringBackAnIdentifierThatIsTaken(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s, steward := heldWorld(t, w)
		if _, err := w.Hold(ctx, steward, []uuid.UUID{s.unit}, "A court asks for it."); err != nil {
			t.Fatal(err)
		}
		w.must(t, create(&models.Entity{Kind: models.KindUnit, Name: "Another", Identifiers: []models.Identifier{{Scheme: "wikidata", Value: "Q987654"}}, Citations: []models.Citation{{Source: s.source}}}))
		if _, err := w.Lift(ctx, steward, s.unit, false, "The court decided."); errorKind(err) != models.ErrConflict {
			t.Errorf("%v", err)
		}
		w.verified(t)
	})
}

func TestHold_isWhatTheLogSays(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s, steward := heldWorld(t, w)
		if _, err := w.Hold(ctx, steward, []uuid.UUID{s.unit}, "A court asks for it."); err != nil {
			t.Fatal(err)
		}
		tx := w.db.Write(ctx)
		for _, statement := range []string{
			"DELETE FROM withheld_revisions", "UPDATE withheld_revisions SET document = '{}'",
			"INSERT INTO withheld_revisions (position, document, salts) VALUES (0, '{\"kind\":\"company\"}', '{}')",
			"UPDATE revisions SET document = '{\"kind\":\"company\"}' WHERE position = (SELECT max(position) FROM withheld_revisions)",
		} {
			if err := tx.Exec(statement).Error; err == nil {
				t.Errorf("the database took: %s", statement)
			}
		}
		if err := tx.Exec("UPDATE records SET withheld_for = 'something else' WHERE id = ?", s.unit).Error; err != nil {
			t.Fatal(err)
		}
		if report, err := w.Verify(ctx, ""); err != nil || len(report.Problems) == 0 {
			t.Errorf("another reason goes unseen: %v", err)
		}
	})
}

func TestRedact_erasesWhatWasSaidAboutEdits(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s, steward := heldWorld(t, w)
		proposal := w.propose(t, w.account(t, "Contributor", models.RoleContributor), models.Operation{Op: models.OpEdit, Type: models.TypeEntity, ID: s.unit, Version: 2, Edit: models.Corrected,
			Reason: "Qwerty told me.", Data: &models.Entity{Kind: models.KindUnit, Name: "Unit Two", Citations: []models.Citation{{Source: s.source}}}})
		if _, err := w.Comment(ctx, w.editor, proposal, "Is Qwerty sure?"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Approve(ctx, w.editor, proposal, "Qwerty is."); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Submit(ctx, w.editor, models.Changeset{Summary: "Qwerty again", Operations: []models.Operation{create(&models.Source{Kind: "article", Title: "Another"}),
			{Op: models.OpEdit, Type: models.TypeEntity, ID: s.unit, Version: 3, Edit: models.Corrected, Reason: "qwerty", Data: &models.Entity{Kind: models.KindUnit, Name: "Unit Three", Citations: []models.Citation{{Source: s.source}}}}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Redact(ctx, steward, s.unit, RedactReasons, "A person asks for it."); err != nil {
			t.Fatal(err)
		}
		w.verified(t)
		for _, line := range strings.Split(w.everything(t), "\n") {
			if strings.Contains(strings.ToLower(line), "qwerty") {
				t.Errorf("still there: %s", line)
			}
		}
		revisions, err := w.Revisions(ctx, models.Actor{}, RevisionQuery{Record: &s.unit})
		if err != nil || len(revisions) != 5 || revisions[2].Reason != Tombstone || revisions[2].Summary != Tombstone || revisions[4].Reason != "A person asks for it." || w.entity(t, s.unit).Name != "Unit Three" {
			t.Errorf("the history: %+v, %v", revisions, err)
		}
		other := create(&models.Source{Kind: "article", Title: "Of which nothing was said"})
		if _, err := w.Submit(ctx, w.editor, models.Changeset{Operations: []models.Operation{other}}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Redact(ctx, steward, other.ID, RedactReasons, "A person asks for it."); errorKind(err) != models.ErrConflict {
			t.Errorf("nothing to redact: %v", err)
		}
	})
}
