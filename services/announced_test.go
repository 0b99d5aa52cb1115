package services

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// promised is a supply that was active since 2021, and that its company announced in September 2024 to
// end by the end of June 2025. The world's clock says 1 October 2025.
type promised struct {
	supply
	told, step uuid.UUID
}

func (w *world) promised(t *testing.T) promised {
	t.Helper()
	s := w.supply(t)
	told := create(&models.Source{Kind: "statement", Title: "We are leaving", Publishers: []uuid.UUID{s.company}, Published: date(t, "2024-09")})
	step := create(&models.StatusChange{Record: s.link, Status: "ended", Effective: date(t, "[..2025-06-30]"), Citations: []models.Citation{{Source: told.ID}}})
	w.must(t, create(&models.StatusChange{Record: s.link, Status: "active", Effective: date(t, "2021-05"), Citations: []models.Citation{{Source: s.source}}}), told, step)
	return promised{s, told.ID, step.ID}
}

func (w *world) statusOn(t *testing.T, id uuid.UUID, m Moment) (Record, map[uuid.UUID]Ref) {
	t.Helper()
	page, err := w.Get(context.Background(), models.Actor{}, "", id.String(), m)
	if err != nil {
		t.Fatal(err)
	}
	return page.Records[0], page.Refs
}

// listed tells which records of a type a filter lists.
func (w *world) listed(t *testing.T, kind models.RecordType, query string) []uuid.UUID {
	t.Helper()
	var ids []uuid.UUID
	for _, r := range w.list(t, kind, query).Records {
		ids = append(ids, r.ID)
	}
	return ids
}

func TestAnnounced_isNotHappened(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		p := w.promised(t)
		for on, want := range map[string]string{"2024-08-01": "", "2025-06-30": "to end by 30 June 2025, announced by Acme",
			"2025-07-01": "was to end by 30 June 2025, announced by Acme; not confirmed", "2031-01-01": "was to end by 30 June 2025, announced by Acme; not confirmed"} {
			r, refs := w.statusOn(t, p.link, Moment{AsOf: day(t, on)})
			if r.Status.Span.Status != "active" || len(r.Status.Possible) > 0 {
				t.Errorf("%s: %+v", on, r.Status)
			}
			got := ""
			if len(r.Status.Announced) == 1 {
				got = AnnouncedWords(r.Status.Announced[0], refs)
			}
			if got != want {
				t.Errorf("%s: %q, want %q", on, got, want)
			}
		}
		r, refs := w.statusOn(t, p.step, Moment{})
		if r.Announced == nil || !r.Announced.Past || !strings.Contains(refs[p.step].Label(), "announced: ended") {
			t.Errorf("the step: %+v, %q", r.Announced, refs[p.step].Label())
		}

		for _, list := range []struct {
			kind  models.RecordType
			query string
			want  int
		}{
			{models.TypeStatusChange, "confirmed=false", 1}, {models.TypeStatusChange, "confirmed=true", 1}, {models.TypeStatusChange, "confirmed=false&status=ended&subject=supplied_to", 1},
			{models.TypeStatusChange, "confirmed=false&as_of=2025-06-30", 0}, {models.TypeStatusChange, "confirmed=true&as_of=2025-06-30", 1},
			{models.TypeStatusChange, "confirmed=false&sort=effective", 1}, {models.TypeStatusChange, "confirmed=false&party=acme", 1},
			{models.TypeRelationship, "confirmed=false", 1}, {models.TypeRelationship, "confirmed=true", 0}, {models.TypeRelationship, "confirmed=false&status=active", 1},
			{models.TypeRelationship, "confirmed=false&status=ended", 0}, {models.TypeRelationship, "status=active,ended", 1}, {models.TypeEntity, "confirmed=false", 0}, {models.TypeOpenItem, "confirmed=true", 0},
		} {
			if got := w.listed(t, list.kind, list.query); len(got) != list.want {
				t.Errorf("%s?%s gives %d, want %d", list.kind, list.query, len(got), list.want)
			}
		}
		facets, err := w.Facets(context.Background(), models.Actor{}, models.TypeStatusChange, Query{}, []string{"confirmed"})
		if err != nil || len(facets[0].Values) != 2 || facets[0].Values[0].Count != 1 || facets[0].Values[1].Count != 1 {
			t.Errorf("%+v, %v", facets, err)
		}
		work, err := w.Worklist(context.Background(), w.editor, "unconfirmed-steps", WorklistQuery{})
		if err != nil || len(work.Records) != 1 || !strings.Contains(work.Why[p.step], "not confirmed") {
			t.Errorf("%+v, %v", work.Why, err)
		}
		w.verified(t)
	})
}

// Whatever confirms a step moves the former status's end to the step's day, from then on as known.
func TestAnnounced_isConfirmed(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		edit := func(p promised, change func(*models.StatusChange)) []models.Operation {
			r, _ := w.statusOn(t, p.step, Moment{})
			d := *r.Document.(*models.StatusChange)
			d.Citations = append([]models.Citation{}, d.Citations...)
			change(&d)
			return []models.Operation{{Op: models.OpEdit, Type: models.TypeStatusChange, ID: p.step, Version: r.Version, Edit: models.WorldChanged, Reason: "it happened", Data: &d}}
		}
		later := func(p promised, published string) (models.Operation, models.Citation) {
			source := create(&models.Source{Kind: "article", Title: "They left", URL: "https://press.example/" + newID().String(), Published: date(t, published)})
			return source, models.Citation{Source: source.ID}
		}
		admits := func(p promised, by uuid.UUID, said string, extent models.Extent) []models.Operation {
			return []models.Operation{create(&models.Claim{Speakers: []models.Speaker{{Entity: &by}}, Stance: models.Admits, Extent: extent, About: []uuid.UUID{p.step},
				SaidOn: date(t, said), Text: "It ended.", Citations: []models.Citation{{Source: p.source}}})}
		}
		for name, test := range map[string]struct {
			operations func(p promised) []models.Operation
			confirms   bool
		}{
			"a day on which it is shown": {func(p promised) []models.Operation {
				return edit(p, func(d *models.StatusChange) { d.Citations[0].HoldsOn = day(t, "2025-07-02") })
			}, true},
			"a day before": {func(p promised) []models.Operation {
				return edit(p, func(d *models.StatusChange) { d.Citations[0].HoldsOn = day(t, "2025-06-29") })
			}, false},
			"a later source": {func(p promised) []models.Operation {
				source, cite := later(p, "2025-07")
				return append([]models.Operation{source}, edit(p, func(d *models.StatusChange) { d.Citations = append(d.Citations, cite) })...)
			}, true},
			"a later source that announces too": {func(p promised) []models.Operation {
				source, cite := later(p, "2025-07")
				return append([]models.Operation{source}, edit(p, func(d *models.StatusChange) {
					d.Citations, d.Reported = append(d.Citations, cite), models.ReportedAnnounced
				})...)
			}, false},
			"the supplier admits":         {func(p promised) []models.Operation { return admits(p, p.company, "2025-07", models.Full) }, true},
			"the customer admits":         {func(p promised) []models.Operation { return admits(p, p.unit, "2025-06-30", models.Full) }, true},
			"the supplier admits before":  {func(p promised) []models.Operation { return admits(p, p.company, "2025-06-29", models.Full) }, false},
			"the supplier admits in part": {func(p promised) []models.Operation { return admits(p, p.company, "2025-07", models.Partial) }, false},
			"somebody else says so": {func(p promised) []models.Operation {
				other := create(&models.Entity{Kind: models.KindCompany, Name: "Other", Citations: []models.Citation{{Source: p.source}}})
				return append([]models.Operation{other}, admits(p, other.ID, "2025-07", models.Full)...)
			}, false},
			"its source was published later": {func(p promised) []models.Operation {
				r, _ := w.statusOn(t, p.told, Moment{})
				d := *r.Document.(*models.Source)
				d.Published = date(t, "2025-08-01")
				return []models.Operation{{Op: models.OpEdit, Type: models.TypeSource, ID: p.told, Version: 1, Edit: models.Corrected, Reason: "wrong day", Data: &d}}
			}, true},
		} {
			t.Run(name, func(t *testing.T) {
				p := w.promised(t)
				w.now = w.now.Add(time.Hour)
				before := Moment{KnownAt: w.now.Add(-time.Minute)}
				out := w.must(t, test.operations(p)...)
				w.now = w.now.Add(time.Hour)
				for m, confirmed := range map[Moment]bool{{}: test.confirms, before: false, {AsOf: day(t, "2025-06-29")}: false, {AsOf: day(t, "2025-06-30")}: test.confirms} {
					want, announced := models.Status("active"), 1
					if confirmed {
						want = "ended"
					}
					if test.confirms && m != before {
						announced = 0
					}
					if r, _ := w.statusOn(t, p.link, m); r.Status.Span.Status != want || len(r.Status.Announced) != announced {
						t.Errorf("%+v: %s, %d announced", m, r.Status.Span.Status, len(r.Status.Announced))
					}
				}
				if _, err := w.Revert(context.Background(), w.editor, Revert{Changeset: &out.Changeset, Reason: "back"}); err != nil {
					t.Fatal(err)
				}
				if r, _ := w.statusOn(t, p.link, Moment{}); r.Status.Span.Status != "active" {
					t.Errorf("taken back, it is %s", r.Status.Span.Status)
				}
			})
		}
		w.verified(t)
	})
}

func problemAt(err error, pointer, says string) bool {
	var failed *models.Error
	if !errors.As(err, &failed) || failed.Kind != models.ErrInvalid {
		return false
	}
	for _, p := range failed.Problems {
		if p.Pointer == pointer && strings.Contains(p.Message, says) {
			return true
		}
	}
	return false
}

func TestReported_refusesWhatSourcesCannotSay(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		p := w.promised(t)
		step := func(effective string, reported models.Reported, source uuid.UUID) models.Operation {
			return create(&models.StatusChange{Record: p.link, Status: "suspended", Extent: models.Partial, Scope: newID().String(), Effective: date(t, effective), Reported: reported,
				Citations: []models.Citation{{Source: source}}})
		}
		for name, test := range map[string]struct {
			op   models.Operation
			says string
		}{
			"done, by an older source":       {step("2025-07", models.ReportedDone, p.told), "cannot report as done"},
			"done, ahead":                    {step("2026-01", models.ReportedDone, p.source), "cannot be reported as done"},
			"a word that is none":            {step("2025-07", "perhaps", p.told), `is no reported. Use done or announced`},
			"done, by an undated source":     {step("2025-07", models.ReportedDone, p.source), ""},
			"announced, by an older source":  {step("2025-07", models.ReportedAnnounced, p.told), ""},
			"announced, years ahead":         {step("2031", models.ReportedAnnounced, p.told), ""},
			"done, by a source of its month": {step("2024-09", models.ReportedDone, p.told), ""},
		} {
			_, err := w.Submit(context.Background(), w.editor, models.Changeset{Summary: "test", Operations: []models.Operation{test.op}})
			if test.says == "" && err != nil || test.says != "" && !problemAt(err, "/reported", test.says) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// What was announced to end and goes on can be suspended; in whatever order both are entered.
func TestAnnounced_isNotFollowed(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		p := w.promised(t)
		w.must(t, create(&models.StatusChange{Record: p.link, Status: "suspended", Effective: date(t, "2025-08"), Citations: []models.Citation{{Source: p.source}}}))
		if r, _ := w.statusOn(t, p.link, Moment{}); r.Status.Span.Status != "suspended" || len(r.Status.Announced) != 1 {
			t.Errorf("%+v", r.Status)
		}
	})
}

func TestEnd_andStatusCannotContradict(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		cite := func(s supply) []models.Citation { return []models.Citation{{Source: s.source}} }
		ending := func(s supply, end string) models.Operation {
			r, _ := w.statusOn(t, s.link, Moment{})
			d := *r.Document.(*models.Relationship)
			d.End = date(t, end)
			return models.Operation{Op: models.OpEdit, Type: models.TypeRelationship, ID: s.link, Version: r.Version, Edit: models.Corrected, Reason: "its end", Data: &d}
		}
		step := func(s supply, status models.Status, effective string) models.Operation {
			return create(&models.StatusChange{Record: s.link, Status: status, Effective: date(t, effective), Citations: cite(s)})
		}
		submit := func(operations ...models.Operation) error {
			_, err := w.Submit(context.Background(), w.editor, models.Changeset{Summary: "test", Operations: operations})
			return err
		}

		s := w.supply(t)
		if err := submit(ending(s, "2024-06-30")); err != nil {
			t.Fatal(err)
		}
		if err := submit(step(s, "active", "2024-09")); !problemAt(err, "/effective", "The end (30 June 2024) lies before") {
			t.Errorf("the end first: %v", err)
		}
		s = w.supply(t)
		w.must(t, step(s, "active", "2024-09"))
		if err := submit(ending(s, "2024-06-30")); !problemAt(err, "/end", `the status "active" (September 2024)`) {
			t.Errorf("the status first: %v", err)
		}
		s = w.supply(t)
		if err := submit(ending(s, "2024-06-30"), step(s, "active", "2024-09")); !problemAt(err, "/effective", "lies before") {
			t.Errorf("at once: %v", err)
		}

		// What goes together reads as ended from the end on, in either order.
		for _, order := range [][]int{{0, 1}, {1, 0}} {
			s := w.supply(t)
			operations := []func() models.Operation{func() models.Operation { return step(s, "active", "2021") }, func() models.Operation { return ending(s, "2024-06-30") }}
			for _, i := range order {
				if err := submit(operations[i]()); err != nil {
					t.Fatal(err)
				}
			}
			for on, want := range map[string]models.Status{"2024-06-29": "active", "2024-06-30": "ended", "2031-01-01": "ended"} {
				if r, _ := w.statusOn(t, s.link, Moment{AsOf: day(t, on)}); r.Status.Span.Status != want {
					t.Errorf("%v: %s on %s", order, r.Status.Span.Status, on)
				}
			}
			w.must(t, create(&models.StatusChange{Record: s.link, Status: "active", Effective: date(t, "2026-05"), Citations: cite(s)})) // announced
			if r, _ := w.statusOn(t, s.link, Moment{AsOf: day(t, "2031-01-01")}); r.Status.Span.Status != "ended" || len(r.Status.Announced) != 1 {
				t.Errorf("with what is announced: %+v", r.Status)
			}
		}
		w.verified(t)
	})
}

// What a revert brings back is not refused; it is read as ended, and listed.
func TestEnd_listsWhatContradictsIt(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		other := create(&models.Relationship{Type: models.SuppliedTo, Subject: s.service, Object: s.unit, Description: "once more", Citations: []models.Citation{{Source: s.source}}})
		w.must(t, other, create(&models.StatusChange{Record: other.ID, Status: "active", Effective: date(t, "2025-01"), Citations: []models.Citation{{Source: s.source}}}))
		w.edits(t, s.link, func(d models.Document) { d.(*models.Relationship).End = date(t, "2024") })
		if _, err := w.Merge(context.Background(), w.steward(t), Merge{From: other.ID, Into: s.link, Reason: "one supply, twice"}); err != nil {
			t.Fatal(err)
		}
		if r, _ := w.statusOn(t, s.link, Moment{}); r.Status.Span.Status != "ended" {
			t.Errorf("it is %s", r.Status.Span.Status)
		}
		work, err := w.Worklist(context.Background(), w.editor, "contradicted-ends", WorklistQuery{})
		if err != nil || len(work.Records) != 1 || !strings.Contains(work.Why[s.link], "2024") {
			t.Errorf("%+v, %v", work.Why, err)
		}
		w.verified(t)
	})
}

// In whatever order the same records are entered, the status of every day is the same.
func TestAnnounced_doesNotDependOnTheOrderOfEntry(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		random := rand.New(rand.NewPCG(11, 5))
		var first map[string]string
		for range 6 {
			s := w.supply(t)
			told := create(&models.Source{Kind: "statement", Title: "Told", URL: "https://press.example/" + newID().String(), Published: date(t, "2024-09")})
			after := create(&models.Source{Kind: "article", Title: "After", URL: "https://press.example/" + newID().String(), Published: date(t, "2025-08")})
			w.must(t, told, after)
			ended := create(&models.StatusChange{Record: s.link, Status: "ended", Effective: date(t, "2025-03"), Citations: []models.Citation{{Source: told.ID}}})
			operations := []models.Operation{
				create(&models.StatusChange{Record: s.link, Status: "active", Effective: date(t, "2021"), Citations: []models.Citation{{Source: s.source}}}), ended,
				create(&models.StatusChange{Record: s.link, Status: "suspended", Effective: date(t, "2025-06"), Citations: []models.Citation{{Source: after.ID}}}),
				create(&models.StatusChange{Record: s.link, Status: "disabled", Effective: date(t, "[..2025-09-01]"), Citations: []models.Citation{{Source: told.ID, HoldsOn: day(t, "2025-09-02")}}}),
				create(&models.StatusChange{Record: s.link, Status: "restricted", Effective: date(t, "2026-05"), Citations: []models.Citation{{Source: after.ID}}}),
			}
			random.Shuffle(len(operations), func(i, j int) { operations[i], operations[j] = operations[j], operations[i] })
			for _, op := range operations {
				w.must(t, op)
			}
			got := map[string]string{}
			for _, on := range []string{"2020-01-01", "2022-01-01", "2025-04-01", "2025-06-30", "2025-09-01", "2026-06-01"} {
				r, _ := w.statusOn(t, s.link, Moment{AsOf: day(t, on)})
				line := string(r.Status.Span.Status)
				for _, step := range r.Status.Announced {
					line += " " + string(step.Status)
				}
				got[on] = line
			}
			if first == nil {
				first = got
			}
			for on, line := range got {
				if line != first[on] {
					t.Errorf("%s: %q, then %q", on, first[on], line)
				}
			}
		}
		if first["2026-06-01"] != "disabled ended restricted" {
			t.Errorf("%v", first)
		}
		w.verified(t)
	})
}
