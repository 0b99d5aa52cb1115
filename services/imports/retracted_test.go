package imports

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// revert takes a changeset back.
func (w *world) revert(t testing.TB, changeset uuid.UUID) {
	t.Helper()
	if _, err := w.Revert(context.Background(), w.editor, services.Revert{Changeset: &changeset, Reason: "Entered too early."}); err != nil {
		t.Fatal(err)
	}
}

func (c Counts) sum() int {
	return c.New + c.Changed + c.Same + c.InDoubt + c.Errors + c.Restored + c.Retracted + c.LeftOut
}

// After a revert the same file can be entered again, by a choice.
func TestImport_afterARevertIsEnteredAgain(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		_, first := w.load(t, kept(t, "r01_revert_then_again.csv"), Options{})
		w.revert(t, first.Changeset)

		plan := w.check(t, kept(t, "r01_revert_then_again.csv"), Options{})
		if r := plan.Report(); r.Rows.Retracted != 3 || r.Rows.Same != 0 || r.Records != 0 || r.Codes[CodeRetracted] != 3 {
			t.Errorf("asked: %+v", r)
		}
		if _, err := plan.Load(context.Background()); err == nil || !strings.Contains(err.Error(), "--retracted restore") {
			t.Errorf("without a choice: %v", err)
		}
		size := w.size(t)
		if r, _ := w.load(t, kept(t, "r01_revert_then_again.csv"), Options{Retracted: RetractedLeave}); r.Rows.LeftOut != 3 || w.size(t) != size {
			t.Errorf("left out: %+v", r.Rows)
		}

		// One row says something else meanwhile, and the file is called a source.
		changed := fileOf("r01_revert_then_again.csv", "kind,name,places\ncompany,Alderpoint Optics Ltd,FR\ncompany,Brackwater Radar AG,DE\ncompany,Cinderfield Cloud Inc,US\n")
		r, result := w.load(t, changed, Options{Retracted: RetractedRestore, Source: OwnSource{Title: "r01_revert_then_again"}})
		if r.Rows.Restored != 2 || r.Rows.New != 1 || result.Restored != 2 {
			t.Errorf("restored: %+v, %+v", r.Rows, result)
		}
		if got := w.sourcesOf(t, "brackwater-radar-ag"); got != "r01_revert_then_again" {
			t.Errorf("restored, it cites %s", got)
		}
		r, _ = w.load(t, kept(t, "r01_revert_then_again.csv"), Options{Retracted: RetractedRestore})
		if r.Rows.Restored != 1 || r.Rows.Same != 2 {
			t.Errorf("the first one too: %+v", r.Rows)
		}
		w.verified(t)
	})
}

// What was retracted takes what needs it along, whatever was retracted of it; the numbers add up.
func TestImport_treatsWhatWasRetractedAsChosen(t *testing.T) {
	t.Parallel()
	const text = "type,subject,object,source_url\nowns,lei:A,lei:B,https://example.org/a\nowns,lei:B,lei:C,https://example.org/b\n"
	const entities = "kind,name,lei,source_url\ncompany,Aa,A,https://example.org/a\ncompany,Bb,B,https://example.org/a\ncompany,Cc,C,https://example.org/a\n"
	eachWorld(t, func(t *testing.T, w *world) {
		w.load(t, fileOf("entities.csv", entities), Options{})
		_, links := w.load(t, fileOf("links.csv", text), Options{})
		w.revert(t, links.Changeset) // the links, and the source that only they cite
		more := fileOf("links.csv", text+"owns,lei:A,lei:C,https://example.org/b\nowns,lei:C,lei:A,https://example.org/c\n")
		for options, want := range map[string]Counts{
			"{}":                       {All: 4, New: 1, Retracted: 3},
			`{"retracted":"leave"}`:    {All: 4, New: 1, LeftOut: 3},
			`{"retracted":"restore"}`:  {All: 4, New: 2, Restored: 2},
			`{"valid_rows_only":true}`: {All: 4, New: 1, Retracted: 3},
		} {
			o, err := ParseOptions([]byte(options))
			if err != nil {
				t.Fatal(err)
			}
			if got := w.check(t, more, o).Report().Rows; got != want || got.sum() != got.All {
				t.Errorf("%s: %+v", options, got)
			}
		}
		w.load(t, more, Options{ValidRowsOnly: true})
		if got := linksOf(t, w); got != "Cc owns Aa" {
			t.Errorf("the valid rows alone: %s", got)
		}
		r, _ := w.load(t, more, Options{Retracted: RetractedRestore})
		if got := linksOf(t, w); got != "Aa owns Bb; Aa owns Cc; Bb owns Cc; Cc owns Aa" || r.Rows.Same != 1 {
			t.Errorf("restored: %s, %+v", got, r.Rows)
		}
		w.verified(t)
	})
}

// A row that names what was merged means what it was merged into.
func TestImport_followsMerges(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		steward := w.account(t, "Steward", models.RoleSteward)
		steward.Confirmed = true
		const text = "kind,name,country,lei,source_url\ncompany,Lost Ltd,DE,LOST,https://example.org/a\ncompany,Kept Ltd,DE,,https://example.org/a\nunit,Some Unit,DE,,https://example.org/a\n"
		w.load(t, fileOf("a.csv", text), Options{})
		lost, stays := w.get(t, models.TypeEntity, "lost-ltd"), w.get(t, models.TypeEntity, "kept-ltd")
		if _, err := w.Merge(context.Background(), steward, services.Merge{From: lost.ID, Into: stays.ID, FromVersion: lost.Version, IntoVersion: stays.Version, Reason: "One."}); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{
			"by id":         fmt.Sprintf("id,summary\n%s,It was merged.\n", lost.ID),
			"by slug":       "slug,kind,name,summary\nlost-ltd,company,Lost Ltd,It was merged.\n",
			"by identifier": "kind,name,lei,summary\ncompany,Lost Ltd,LOST,It was merged.\n",
			"by its file":   strings.Replace(strings.Replace(text, "source_url", "summary", 1), ",LOST,https://example.org/a", ",LOST,It was merged.", 1),
		} {
			r := w.check(t, fileOf("a.csv", text), Options{ValidRowsOnly: true}).Report()
			if r.Rows.Errors > 0 || r.Rows.New > 0 || r.Rows.Changed < 1 || r.Rows.sum() != r.Rows.All {
				t.Errorf("%s: %+v %+v", name, r.Rows, r.Problems)
			}
		}
		r, _ := w.load(t, fileOf("links.csv", fmt.Sprintf("type,subject,object,description,source_url\nlinked_to,%s,some-unit,Tied.,https://example.org/a\n", lost.ID)), Options{})
		if got := linksOf(t, w); got != "Kept Ltd linked_to Some Unit Tied." || r.Rows.New != 1 {
			t.Errorf("a link: %s, %+v", got, r)
		}
		if len(r.Notices) != 1 || !strings.Contains(r.Notices[0], "Row 2 names what was merged into "+stays.ID.String()) {
			t.Errorf("it says %q", r.Notices)
		}
		w.verified(t)
	})
}

// What was chosen for a header is told where it is used again; what was said of other rows is not.
func TestImport_saysWhatItRemembers(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		const header = "Firma,kind,Datum,source_url\n"
		w.load(t, fileOf("a.csv", header+"First,,02/03/2024,https://example.org/a\n"), Options{Table: "entities", Columns: map[string]string{"Firma": "name", "Datum": "start"}, Constants: map[string]string{"kind": "company"}, Dates: DayFirst})
		r := w.check(t, fileOf("b.csv", header+"Second,,02/03/2024,https://example.org/a\n"), Options{}).Report()
		if len(r.Notices) != 1 || !strings.Contains(r.Notices[0], "as was chosen last") || r.Tables[0].Columns["Firma"] != "name" {
			t.Errorf("it says %q, and reads %v", r.Notices, r.Tables[0].Columns)
		}
		if r.Codes[CodeDate] != 1 || r.Rows.Errors != 1 {
			t.Errorf("the order of dates and the kind of other rows are taken over: %+v %+v", r.Rows, r.Problems)
		}
	})
}

// A later release says what changed, and leaves the rest as it was.
func TestImport_laterReleasesEraseNothing(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.load(t, kept(t, "ocds-update-release.json"), Options{})
		contract := w.get(t, models.TypeEntity, "ocd-cloud")
		d := contract.Document.(*models.Entity)
		if d.Start.Text != "2024-06-01" || d.End.Text != "2027-05-31" || d.Value == nil || contract.Status.Span.Status != "terminated" || contract.Status.Span.From.String() != "2025-01-10" {
			t.Errorf("the contract is %+v, %+v", d, contract.Status)
		}
		w.load(t, kept(t, "r12_award_without_status.json"), Options{})
		award := w.get(t, models.TypeEntity, "road-signs")
		w.load(t, kept(t, "ocds-active-after-its-period.json"), Options{Doubts: DoubtsMatch})
		if lamps := w.get(t, models.TypeEntity, "street-lamps"); lamps.Status.Span.Status != "active" || !lamps.Document.(*models.Entity).End.IsZero() {
			t.Errorf("what is active after its period: %+v", lamps.Status)
		}
		w.load(t, kept(t, "r08_award_and_contract_same_day.json"), Options{Doubts: DoubtsMatch})
		supervision := w.get(t, models.TypeEntity, "supervision")
		if supervision.Status == nil || supervision.Status.Span.Status != "expired" { // its period ended in December 2014
			t.Errorf("the contract of the day of its award: %+v", supervision.Status)
		}
		page, err := w.List(context.Background(), models.Actor{}, models.TypeStatusChange, services.Query{})
		if err != nil {
			t.Fatal(err)
		}
		var steps []string
		for _, r := range page.Records {
			if d := r.Document.(*models.StatusChange); d.Record == supervision.ID {
				steps = append(steps, string(d.Status)+" "+d.Effective.Text)
			}
		}
		if strings.Join(steps, ", ") != "active 2014-10-20" { // and no invented one
			t.Errorf("its steps: %q", steps)
		}
		// its release is a month older than the day that it gives, and so announces it
		if award.Status == nil || len(award.Status.Announced) != 1 || award.Status.Announced[0].Effective.Text != "2017-05-27" || award.Status.Announced[0].Status != "pending" {
			t.Errorf("the award's day: %+v", award.Status)
		}
		w.verified(t)
	})
}
