package services

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/models"
)

// press makes a source that counts, by a publisher of its own and of a day.
func (w *world) press(t testing.TB, kind, published string) uuid.UUID {
	t.Helper()
	op := create(&models.Source{Kind: kind, Title: "A piece", URL: "https://" + newID().String() + ".example/a"})
	if published != "" {
		op.Data.(*models.Source).Published = date(t, published)
	}
	w.must(t, op)
	return op.ID
}

// listOf makes a source that shows nothing.
func (w *world) listOf(t testing.TB) uuid.UUID {
	t.Helper()
	op := create(&models.Source{Kind: models.SourceImportedFile, Title: "a list", Published: date(t, "2025-09-30")})
	w.must(t, op)
	return op.ID
}

func citing(source uuid.UUID) []models.Citation { return []models.Citation{{Source: source}} }

func (w *world) submits(operations ...models.Operation) error {
	_, err := w.Submit(context.Background(), w.editor, models.Changeset{Summary: "test", Operations: operations})
	return err
}

// edits changes a record's document as an editor does.
func (w *world) edits(t testing.TB, id uuid.UUID, change func(models.Document)) {
	t.Helper()
	if err := w.change(t, w.editor, id, change); err != nil {
		t.Fatal(err)
	}
}

// A joint denial stands while one of those who made it has not taken it back by a source that counts.
func TestDispute_standsWithEachWhoDenied(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		denial := w.press(t, "article", "2025-03-02")
		w.must(t, create(&models.Claim{Speakers: []models.Speaker{{Entity: &s.company}, {Description: "a colonel", OnBehalfOf: &s.unit}}, Stance: models.Denies, About: []uuid.UUID{s.link},
			SaidOn: date(t, "2025-03-01"), Text: "No.", Citations: citing(denial)}))
		for _, step := range []struct {
			name     string
			by       uuid.UUID
			source   uuid.UUID
			disputed bool
		}{
			{"the company, in a list", s.company, w.listOf(t), true},
			{"the company", s.company, w.press(t, "article", "2025-05-02"), true},
			{"the unit, in a list", s.unit, w.listOf(t), true},
			{"the unit", s.unit, w.press(t, "article", "2025-06-02"), false},
		} {
			w.must(t, create(&models.Claim{Speakers: []models.Speaker{{Entity: &step.by}}, Stance: models.Admits, Extent: models.Full, About: []uuid.UUID{s.link},
				SaidOn: date(t, "2025-05-01"), Text: step.name, Citations: citing(step.source)}))
			r, _ := w.statusOn(t, s.link, Moment{})
			if r.Standing.Disputed != step.disputed {
				t.Errorf("after %s admitted it: disputed %v", step.name, r.Standing.Disputed)
			}
			if by := r.Standing.Basis.Dispute; step.name == "the company" && (by == nil || *by.By != s.unit) {
				t.Errorf("disputed by %+v, not by the unit", by)
			}
		}
		w.verified(t)
	})
}

// Nothing that was said before something began admits it, and no page that is older than a step
// acknowledges that it happened.
func TestAcknowledgement_isNotOlderThanWhatItIsOf(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		w.edits(t, s.link, func(d models.Document) { d.(*models.Relationship).Start = date(t, "2024-06-01") })
		admit := func(on string) {
			w.must(t, create(&models.Claim{Speakers: []models.Speaker{{Entity: &s.company}}, Stance: models.Admits, Extent: models.Full, About: []uuid.UUID{s.link},
				SaidOn: date(t, on), Text: "Yes.", Citations: citing(w.press(t, "article", ""))}))
		}
		admit("2010-01-01")
		if r, _ := w.statusOn(t, s.link, Moment{}); r.Standing.Basis.Acknowledgement != nil {
			t.Errorf("acknowledged before it began: %+v", r.Standing.Basis.Acknowledgement)
		}
		admit("2024-06-02")
		if r, _ := w.statusOn(t, s.link, Moment{}); r.Standing.Basis.Acknowledgement == nil {
			t.Error("not acknowledged")
		}

		for name, one := range map[string]struct {
			page, effective string
			reported        models.Reported
			on              string
		}{
			"a page of years before":          {"2020-01-01", "2025-02-01", models.ReportedDone, ""},
			"a page that promises":            {"2024-11-20", "2025-02-01", "", ""},
			"a page of the day":               {"2025-02-01", "2025-02-01", "", "2025-02-01"},
			"a page of later, vague":          {"2025-03", "2025-02-01", "", "2025-03"},
			"a page of which no day is known": {"", "2025-02-01", "", ""},
		} {
			s := w.supply(t)
			page := create(&models.Source{Kind: "statement", Title: "Our page", Publishers: []uuid.UUID{s.company}})
			if one.page != "" {
				page.Data.(*models.Source).Published = date(t, one.page)
			}
			step := create(&models.StatusChange{Record: s.link, Status: "disabled", Effective: date(t, one.effective), Reported: one.reported, Actor: &s.company,
				Citations: []models.Citation{{Source: page.ID}, {Source: w.press(t, "article", "2025-03-01")}}})
			w.must(t, page, step)
			r, _ := w.statusOn(t, step.ID, Moment{})
			said := r.Standing.Basis.Acknowledgement
			if one.page == "" { // then it is the announced day that stands for it, and there is none
				if said == nil || !said.On.IsZero() {
					t.Errorf("%s: %+v", name, said)
				}
				continue
			}
			if (said != nil) != (one.on != "") || said != nil && said.On.Text != one.on {
				t.Errorf("%s: acknowledged %+v", name, said)
			}
		}
		w.verified(t)
	})
}

// What is announced is confirmed by what counts alone, and announced by nobody who merely reports it.
func TestAnnounced_isConfirmedByWhatCountsAlone(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		nameless := create(&models.Source{Kind: "article", Title: "Of nobody"})
		w.must(t, nameless)
		awaits := func(name string, link uuid.UUID) {
			t.Helper()
			if r, _ := w.statusOn(t, link, Moment{}); r.Status.Span.Status != "active" || len(r.Status.Announced) != 1 {
				t.Errorf("%s: %s, %d announced", name, r.Status.Span.Status, len(r.Status.Announced))
			}
		}
		p := w.promised(t)
		w.edits(t, p.step, func(d models.Document) {
			c := d.(*models.StatusChange)
			c.Citations = append(c.Citations, models.Citation{Source: nameless.ID, HoldsOn: day(t, "2025-09-01")})
		})
		awaits("what names nobody", p.link)
		w.must(t, create(&models.Claim{Speakers: []models.Speaker{{Entity: &p.company}}, Stance: models.Admits, Extent: models.Full, About: []uuid.UUID{p.step},
			SaidOn: date(t, "2025-08-01"), Text: "We left.", Citations: citing(w.listOf(t))}))
		awaits("an admission in a list", p.link)

		paper := create(&models.Entity{Kind: models.KindOrganization, Name: "The Paper", Citations: citing(p.source)})
		w.must(t, paper)
		article := create(&models.Source{Kind: "article", Title: "They will go", Publishers: []uuid.UUID{paper.ID}, Published: date(t, "2025-03-01")})
		s := w.supply(t)
		w.must(t, article, create(&models.StatusChange{Record: s.link, Status: "ended", Effective: date(t, "2025-09-01"), Citations: citing(article.ID)}))
		r, refs := w.statusOn(t, s.link, Moment{})
		if len(r.Status.Announced) != 1 {
			t.Fatalf("%+v", r.Status)
		}
		if got := AnnouncedWords(r.Status.Announced[0], refs); got != "was to end on 1 September 2025, as reported by The Paper; not confirmed" {
			t.Errorf("%q", got)
		}

		// Of "2020 or later" nobody knows that it is older than the step.
		open := create(&models.Source{Kind: "article", Title: "Later", URL: "https://later.example/a", Published: date(t, "[2020..]")})
		s = w.supply(t)
		w.must(t, open, create(&models.StatusChange{Record: s.link, Status: "active", Effective: date(t, "2024-01-01"), Citations: citing(open.ID)}))
		if r, _ := w.statusOn(t, s.link, Moment{}); r.Status.Span.Status != "active" {
			t.Errorf("%+v", r.Status)
		}
		w.verified(t)
	})
}

// An end that is later than all that shows it was to come.
func TestEnd_isBelievedWhenItIsShown(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		early := w.press(t, "article", "2025-03-01")
		w.must(t, create(&models.StatusChange{Record: s.link, Status: "active", Effective: date(t, "2024-05-01"), Citations: citing(early)}))
		cite := func(sources ...uuid.UUID) func(models.Document) {
			return func(d models.Document) {
				r := d.(*models.Relationship)
				r.End, r.Citations = date(t, "2025-06-01"), nil
				for _, source := range sources {
					r.Citations = append(r.Citations, models.Citation{Source: source})
				}
			}
		}
		w.edits(t, s.link, cite(early))
		for on, words := range map[string]string{"2025-05-01": "", "2025-06-02": "was to end on 1 June 2025, announced; not confirmed"} {
			r, refs := w.statusOn(t, s.link, Moment{AsOf: day(t, on)})
			got := ""
			if len(r.Status.Announced) > 0 {
				got = AnnouncedWords(r.Status.Announced[0], refs)
			}
			want := models.Status("active")
			if words != "" {
				want = models.StatusUnknown
			}
			if r.Status.Span.Status != want || got != words || r.EndedByItself(day(t, on)) {
				t.Errorf("%s: %s, %q", on, r.Status.Span.Status, got)
			}
		}
		w.edits(t, s.link, cite(early, w.listOf(t)))
		if r, _ := w.statusOn(t, s.link, Moment{}); r.Status.Span.Status != models.StatusUnknown {
			t.Errorf("a list ended it: %+v", r.Status)
		}
		w.edits(t, s.link, cite(early, w.press(t, "article", "2025-07")))
		if r, _ := w.statusOn(t, s.link, Moment{}); r.Status.Span.Status != "ended" || len(r.Status.Announced) > 0 {
			t.Errorf("%+v", r.Status)
		}
		w.edits(t, s.link, func(d models.Document) { d.(*models.Relationship).End = date(t, "2025-06-01?") })
		if r, _ := w.statusOn(t, s.link, Moment{}); r.Status.Span.Status != "active" {
			t.Errorf("perhaps ended is ended: %+v", r.Status)
		}
		w.verified(t)
	})
}

// No source shows what came after it.
func TestLater_isRefused(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		captured := create(&models.Source{Kind: "article", Title: "Kept", URL: "https://kept.example/a", Published: date(t, "2025-03-01"),
			Captures: []models.Capture{{SHA256: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Format: "text", Bytes: 1, CapturedOn: day(t, "2025-09-20")}}})
		w.must(t, captured)
		article := w.press(t, "article", "2025-03-01")
		for name, one := range map[string]struct {
			source uuid.UUID
			ok     bool
		}{
			"an article":                {article, false},
			"an article of a vague day": {w.press(t, "article", "2025"), true},
			"one of no day":             {w.press(t, "article", ""), true},
			"one that was kept later":   {captured.ID, true},
			"a page about itself":       {w.press(t, "statement", "2025-03-01"), true},
			"a register":                {w.press(t, "filing", "2025-03-01"), true},
		} {
			err := w.change(t, w.editor, s.link, func(d models.Document) {
				r := d.(*models.Relationship)
				r.Citations = append(r.Citations, models.Citation{Source: one.source, HoldsOn: day(t, "2025-09-15")})
			})
			if one.ok && err != nil || !one.ok && (err == nil || !strings.Contains(err.Error(), "This source is of 1 March 2025 at the latest, so that it cannot show that it held on 15 September 2025.")) {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := w.Confirm(context.Background(), w.editor, s.unit, Confirmation{Version: 1, Source: &article, HoldsOn: day(t, "2025-09-15")})
		if !problemAt(err, "/citations/1/holds_on", "at the latest") {
			t.Errorf("confirmed by an older article: %v", err)
		}

		claim := func(said string, sources ...uuid.UUID) models.Operation {
			c := &models.Claim{Speakers: []models.Speaker{{Entity: &s.company}}, Stance: models.States, About: []uuid.UUID{s.link}, SaidOn: date(t, said), Text: "So."}
			for _, source := range sources {
				c.Citations = append(c.Citations, models.Citation{Source: source})
			}
			return create(c)
		}
		if err := w.submits(claim("2025-08-01", article)); !problemAt(err, "/said_on", "Its sources are of 1 March 2025 at the latest") {
			t.Errorf("said after its source: %v", err)
		}
		for _, op := range []models.Operation{claim("2025-03-02", article), claim("2025", article), claim("2025-08-01", article, w.press(t, "article", "2025-08-02"))} {
			if err := w.submits(op); err != nil {
				t.Error(err)
			}
		}
	})
}

// Restoring and reverting write no contradiction, and nothing is active before it starts.
func TestLife_isContradictedByNoWay(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		steward := w.steward(t)
		s := w.supply(t)
		step := create(&models.StatusChange{Record: s.link, Status: "active", Effective: date(t, "2025-05-01"), Citations: citing(s.source)})
		w.must(t, step)
		if err := w.change(t, w.editor, s.link, func(d models.Document) { d.(*models.Relationship).Start = date(t, "2025-09-01") }); !problemAt(err, "/start", `the status "active" (1 May 2025)`) {
			t.Errorf("active before it began: %v", err)
		}
		w.must(t, models.Operation{Op: models.OpRetract, Type: models.TypeStatusChange, ID: step.ID, Version: 1, Reason: "x"})
		w.edits(t, s.link, func(d models.Document) { d.(*models.Relationship).End = date(t, "2025-01-01") })
		if err := w.submits(models.Operation{Op: models.OpRestore, Type: models.TypeStatusChange, ID: step.ID, Version: 2, Reason: "x"}); !problemAt(err, "/effective", "lies before the status") {
			t.Errorf("restored: %v", err)
		}
		if _, err := w.Revert(ctx, steward, Revert{Record: &step.ID, Version: 1, Reason: "x"}); errorKind(err) != models.ErrConflict {
			t.Errorf("reverted: %v", err)
		}
		w.edits(t, s.link, func(d models.Document) { d.(*models.Relationship).End = models.Date{} })
		w.must(t, models.Operation{Op: models.OpRestore, Type: models.TypeStatusChange, ID: step.ID, Version: 2, Reason: "x"})
		if _, err := w.Revert(ctx, steward, Revert{Record: &s.link, Version: 2, Reason: "x"}); errorKind(err) != models.ErrConflict {
			t.Errorf("the end was reverted to: %v", err)
		}
		w.verified(t)
	})
}
