package imports

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"plumbline/models"
	"plumbline/services"
)

// companiesOf is a table of n companies of which every hundredth is wrong.
func companiesOf(n int) File {
	var text strings.Builder
	text.WriteString("kind,name,country,registration_number\n")
	for i := range n {
		name := fmt.Sprintf("Company %d", i)
		if i%100 == 50 {
			name = ""
		}
		fmt.Fprintf(&text, "company,%s,DE,R%d\n", name, i)
	}
	return fileOf("many.csv", text.String())
}

func TestImport_entersAllOrNothingOrTheValidRows(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		const n = 2000
		size := w.size(t)
		if _, err := w.check(t, companiesOf(n), Options{}).Load(context.Background()); err == nil || w.size(t) != size {
			t.Fatalf("with wrong rows, all or nothing wrote: %v", err)
		}
		report, result := w.load(t, companiesOf(n), Options{ValidRowsOnly: true})
		if report.Rows.New != n*99/100 || report.Rows.Errors != n/100 || result.Entered != n*99/100+1 {
			t.Errorf("entered %d of %+v", result.Entered, report.Rows)
		}
		w.verified(t)
	})
}

// TestImport_brokenOffEndsInTheSameState breaks imports off at random moments. What was not
// entered whole is not there at all, and the next run enters it.
func TestImport_brokenOffEndsInTheSameState(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		const n = 300
		began := time.Now()
		plan := w.check(t, companiesOf(n), Options{ValidRowsOnly: true})
		took := time.Since(began)
		for range 10 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rand.Int64N(int64(3*took)+1)))
			if p, err := Check(ctx, w.Services, w.editor, companiesOf(n), Options{ValidRowsOnly: true}); err == nil {
				_, _ = p.Load(ctx) // broken off, or done: both are right
			}
			cancel()
			if size := w.size(t); size != 0 && size != n*99/100+1 {
				t.Fatalf("a broken import left %d records", size)
			}
		}
		_ = plan
		w.load(t, companiesOf(n), Options{ValidRowsOnly: true})
		if size := w.size(t); size != n*99/100+1 {
			t.Errorf("the log has %d records in the end", size)
		}
		w.verified(t)
	})
}

func TestImport_ofAContributorWaitsForReview(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		contributor := w.account(t, "Contributor", models.RoleContributor)
		plan, err := Check(context.Background(), w.Services, contributor, fileOf("companies.csv", companies), Options{})
		if err != nil {
			t.Fatal(err)
		}
		result, err := plan.Load(context.Background())
		if err != nil || result.Status != models.ChangesetSubmitted || w.size(t) != 0 {
			t.Fatalf("%+v, %v", result, err)
		}
		if _, err := w.Approve(context.Background(), w.editor, result.Changeset, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Get(context.Background(), models.Actor{}, models.TypeEntity, "acme-ltd", services.Moment{}); err != nil {
			t.Error(err)
		}
	})
}

func TestImport_remembersColumnsChosenByHand(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		group, err := w.CreateGroup(context.Background(), services.Operator(), "A group")
		if err != nil {
			t.Fatal(err)
		}
		w.editor.Group = group.ID
		odd := "Firma;Sitz\nGrün;DE\n"
		chosen := Options{Table: "entities", Columns: map[string]string{"Firma": "name", "Sitz": "places"}, Constants: map[string]string{"kind": "company"}}
		if _, err := Check(context.Background(), w.Services, w.editor, fileOf("odd.csv", odd), Options{}); err == nil {
			t.Fatal("a table without a known column was read")
		}
		w.load(t, fileOf("odd.csv", odd), chosen)
		if report, _ := w.load(t, fileOf("odd2.csv", odd+"Blau;AT\n"), Options{Constants: chosen.Constants}); report.Rows.New != 1 {
			t.Errorf("%+v", report)
		}
		stranger := w.account(t, "Somebody else", models.RoleEditor)
		if _, err := Check(context.Background(), w.Services, stranger, fileOf("odd.csv", odd), Options{}); err == nil {
			t.Error("what one group chose is remembered for another")
		}
		colleague := w.account(t, "A colleague", models.RoleEditor)
		colleague.Group = group.ID
		if _, err := Check(context.Background(), w.Services, colleague, fileOf("odd.csv", odd), Options{}); err != nil {
			t.Errorf("what a colleague chose is forgotten: %v", err)
		}
	})
}

func TestImport_takesLittleSisRelations(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.load(t, fileOf("companies.csv", companies), Options{})
		text := "name,blurb,primary_ext,description1,description2,start_date,end_date,is_current,notes\nJane Doe,A manager,Person,Chair,,2019-05-00,,1,\n"
		report, _ := w.load(t, fileOf("littlesis.csv", text), Options{Table: "littlesis", Constants: map[string]string{"subject": "acme-ltd", "type": "1"}})
		if report.Rows.New != 1 {
			t.Fatalf("%+v", report)
		}
		page, err := w.List(context.Background(), models.Actor{}, models.TypeRelationship, services.Query{Filters: map[string][]string{"type": {"position"}}})
		if err != nil || len(page.Records) != 1 {
			t.Fatal(err)
		}
		if d := page.Records[0].Document.(*models.Relationship); d.Title != "Chair" || d.Start.Text != "2019-05" || !d.End.IsOpenEnd() {
			t.Errorf("the position is %+v", d)
		}
	})
}

func TestQuote_isTakenOffAgain(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"=1+1", "+49 30", "-", "@home", "\ttab", "plain", "-5", "+3", "", "'quoted'", "'=1+1", "''@x", "'-5", "'"} {
		if got := models.UnquoteCell(Quote(text)); got != text {
			t.Errorf("%q came back as %q", text, got)
		}
	}
	if Quote("-5") != "-5" || Quote("=SUM(A1)") != "'=SUM(A1)" {
		t.Error("numbers stay numbers, formulas do not")
	}
}
