package services

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// quoted is a citation of a source of its own, by a publisher of its own.
type quoted struct{ published, holds, checked, kind string }

// taken is a status change.
type taken struct {
	status, effective, announced, scope string
	by                                  []quoted
}

// cite makes citations and the records that they need.
func (w *world) cite(t *testing.T, list []quoted) (operations []models.Operation, citations []models.Citation) {
	t.Helper()
	for _, one := range list {
		first := newID()
		publisher := models.Operation{Op: models.OpCreate, Type: models.TypeEntity, ID: newID(), Data: &models.Entity{Kind: models.KindOrganization, Name: "Paper " + first.String(), Citations: []models.Citation{{Source: first}}}}
		source := &models.Source{Kind: "statement", Title: "A page", Publishers: []uuid.UUID{publisher.ID}}
		if one.kind != "" {
			source.Kind = one.kind
		}
		citation := models.Citation{Source: first}
		if one.published != "" {
			source.Published = date(t, one.published)
		}
		if one.holds != "" {
			citation.HoldsOn = day(t, one.holds)
		}
		if one.checked != "" {
			citation.CheckedOn = day(t, one.checked)
		}
		operations = append(operations, models.Operation{Op: models.OpCreate, Type: models.TypeSource, ID: first, Data: source}, publisher)
		citations = append(citations, citation)
	}
	return operations, citations
}

// suppliedAs makes a supply of a unit of its own with its status changes.
func (w *world) suppliedAs(t *testing.T, s supply, own []quoted, steps []taken) (link uuid.UUID, changes []uuid.UUID) {
	t.Helper()
	operations, citations := w.cite(t, own)
	unit := create(&models.Entity{Kind: models.KindUnit, Name: "Unit " + newID().String(), Citations: []models.Citation{{Source: s.source}}})
	supplied := create(&models.Relationship{Type: models.SuppliedTo, Subject: s.service, Object: unit.ID, Citations: citations})
	operations = append(operations, unit, supplied)
	for i, step := range steps {
		more, citations := w.cite(t, step.by)
		change := &models.StatusChange{Record: supplied.ID, Status: models.Status(step.status), Effective: date(t, step.effective), Scope: step.scope, Place: i, Citations: citations}
		if step.scope != "" {
			change.Extent = models.Partial
		}
		if step.announced != "" {
			change.Announced = date(t, step.announced)
		}
		made := create(change)
		operations, changes = append(append(operations, more...), made), append(changes, made.ID)
	}
	w.must(t, operations...)
	return supplied.ID, changes
}

// stands says what is known of a record and of its status, each for itself.
func (w *world) stands(t *testing.T, id uuid.UUID, m Moment) string {
	t.Helper()
	page, err := w.Get(context.Background(), models.Actor{}, "", id.String(), m)
	if err != nil {
		t.Fatal(err)
	}
	r := page.Records[0]
	return fmt.Sprintf("so: %s; %s: %s", standingWords(r.Standing), r.Status.Span.Status, standingWords(r.Status.Standing))
}

func standingWords(s models.Standing) string {
	words := string(s.Verification)
	if words == "" {
		words = "nothing"
	}
	if s.Disputed {
		words += " disputed"
	}
	if !s.LastEvidenced.IsZero() {
		words += " shown " + s.LastEvidenced.String()
	}
	if !s.LastChecked.IsZero() {
		words += " checked " + s.LastChecked.String()
	}
	return words
}

func TestStatusStanding_countsWhatSpeaksOfTheStatus(t *testing.T) {
	t.Parallel()
	once := []quoted{{}}
	cases := []struct {
		name  string
		own   []quoted
		steps []taken
		asOf  string
		want  string
	}{
		{"a source that is newer than the step", once, []taken{{"disabled", "2025-08-20", "", "", []quoted{{published: "2025-09-25"}}}}, "",
			"so: single_origin; disabled: single_origin shown 2025-09-25"},
		{"a source of that day", once, []taken{{"disabled", "2025-08-20", "", "", []quoted{{published: "2025-08-20"}}}}, "",
			"so: single_origin; disabled: single_origin shown 2025-08-20"},
		{"an older source, and one that shows a later day", once, []taken{{"disabled", "2025-08-20", "", "", []quoted{{published: "2025-08-01", holds: "2025-09-10"}}}}, "",
			"so: single_origin; disabled: single_origin shown 2025-09-10"},
		{"a source of a later month is not fresher than its first day", once, []taken{{"disabled", "2025-08-20", "", "", []quoted{{published: "2025-09"}}}}, "",
			"so: single_origin; disabled: single_origin shown 2025-09-01"},
		{"a source of the same month", once, []taken{{"disabled", "2025-08-20", "", "", []quoted{{published: "2025-08"}}}}, "",
			"so: single_origin; disabled: single_origin shown 2025-08-20"},
		{"a source of the same year", once, []taken{{"disabled", "2025-08-20", "", "", []quoted{{published: "2025"}}}}, "",
			"so: single_origin; disabled: single_origin shown 2025-08-20"},
		{"a source published by a later day", once, []taken{{"disabled", "2025-08-20", "", "", []quoted{{published: "[..2025-09-25]"}}}}, "",
			"so: single_origin; disabled: single_origin shown 2025-08-20"},
		{"a source without a date: the announcement stands for it", once, []taken{{"disabled", "2025-08-20", "2025-08-25", "", []quoted{{}}}}, "",
			"so: single_origin; disabled: single_origin shown 2025-08-25"},
		{"a source without a date, and no announcement", once, []taken{{"disabled", "2025-08-20", "", "", []quoted{{}}}}, "",
			"so: single_origin; disabled: single_origin shown 2025-08-20"},
		{"a dated source: the announcement does not stand for it", once, []taken{{"disabled", "2025-08-20", "2025-09-30", "", []quoted{{published: "2025-08-21"}}}}, "",
			"so: single_origin; disabled: single_origin shown 2025-08-21"},
		{"a step by a day", once, []taken{{"disabled", "[..2025-09-25]", "", "", []quoted{{published: "2025-09-25"}}}}, "",
			"so: single_origin; disabled: single_origin shown 2025-09-25"},
		{"a step of a month, told within it", once, []taken{{"disabled", "2025-08", "", "", []quoted{{published: "2025-08-15"}}}}, "",
			"so: single_origin; disabled: single_origin shown 2025-08-15"},
		{"a step of a month, told on no known day", once, []taken{{"disabled", "2025-08", "", "", []quoted{{}}}}, "",
			"so: single_origin; disabled: single_origin shown 2025-08-01"},
		{"a file that was imported shows nothing", once, []taken{{"disabled", "2025-08-20", "", "", []quoted{{published: "2025-08-21"}, {published: "2025-09-26", holds: "2025-09-27", kind: "imported_file"}}}}, "",
			"so: single_origin; disabled: single_origin shown 2025-08-21"},
		{"several sources", once, []taken{{"disabled", "2025-08-20", "", "", []quoted{{published: "2025-08-21"}, {published: "2025-09-26"}, {published: "2024"}}}}, "",
			"so: single_origin; disabled: corroborated shown 2025-09-26"},
		{"a link shown to hold is active then", []quoted{{holds: "2025-07-01"}}, []taken{{"active", "2024-05-01", "", "", []quoted{{published: "2024-05-02"}}}}, "",
			"so: single_origin shown 2025-07-01; active: single_origin shown 2025-07-01"},
		{"a link shown to hold before the step", []quoted{{holds: "2024-04-01"}}, []taken{{"active", "2024-05-01", "", "", []quoted{{published: "2024-05-02"}}}}, "",
			"so: single_origin shown 2024-04-01; active: single_origin shown 2024-05-02"},
		{"a link shown to hold is not shown to be suspended", []quoted{{holds: "2025-07-01"}}, []taken{{"suspended", "2024-05-01", "", "", []quoted{{published: "2024-05-02"}}}}, "",
			"so: single_origin shown 2025-07-01; suspended: single_origin shown 2024-05-02"},
		{"nor to be restricted", []quoted{{holds: "2025-07-01"}}, []taken{{"restricted", "2024-05-01", "", "", []quoted{{published: "2024-05-02"}}}}, "",
			"so: single_origin shown 2025-07-01; restricted: single_origin shown 2024-05-02"},
		{"nor to be planned", []quoted{{holds: "2025-07-01"}}, []taken{{"planned", "2024-05-01", "", "", []quoted{{published: "2024-05-02"}}}}, "",
			"so: single_origin shown 2025-07-01; planned: single_origin shown 2024-05-02"},
		{"nor that a part of it is active", []quoted{{holds: "2025-07-01"}}, []taken{{"active", "2024-05-01", "", "a part", []quoted{{published: "2024-05-02"}}}}, "",
			"so: single_origin shown 2025-07-01; active: single_origin shown 2024-05-02"},
		{"a step of this month on an old link", []quoted{{holds: "2024-07-01", published: "2024-07-01"}}, []taken{{"disabled", "2025-09-20", "", "", []quoted{{published: "2025-09-25"}}}}, "",
			"so: single_origin shown 2024-07-01; disabled: single_origin shown 2025-09-25"},
		{"an old step on a link that was shown yesterday", []quoted{{holds: "2025-09-30"}}, []taken{{"suspended", "2024-05-20", "", "", []quoted{{published: "2024-05-25"}}}}, "",
			"so: single_origin shown 2025-09-30; suspended: single_origin shown 2024-05-25"},
		{"the last of several steps", once, []taken{{"active", "2024-05-01", "", "", []quoted{{published: "2024-05-02"}, {published: "2024-05-03"}}}, {"disabled", "2025-08-20", "", "", []quoted{{published: "2025-08-21"}}}}, "",
			"so: single_origin; disabled: single_origin shown 2025-08-21"},
		{"the one before it", once, []taken{{"active", "2024-05-01", "", "", []quoted{{published: "2024-05-02"}, {published: "2024-05-03"}}}, {"disabled", "2025-08-20", "", "", []quoted{{published: "2025-08-21"}}}}, "2025-08-19",
			"so: single_origin; active: corroborated shown 2024-05-03"},
		{"evidence alone", []quoted{{holds: "2025-03-01"}}, nil, "", "so: single_origin shown 2025-03-01; active: single_origin shown 2025-03-01"},
		{"evidence alone, of two", []quoted{{holds: "2025-03-01"}, {holds: "2025-05-01"}}, nil, "", "so: corroborated shown 2025-05-01; active: corroborated shown 2025-05-01"},
		{"evidence alone, of which one shows no day", []quoted{{holds: "2025-03-01"}, {}}, nil, "", "so: corroborated shown 2025-03-01; active: single_origin shown 2025-03-01"},
		{"evidence alone, before the second", []quoted{{holds: "2025-03-01"}, {holds: "2025-05-01"}}, nil, "2025-04-30", "so: corroborated shown 2025-03-01; active: single_origin shown 2025-03-01"},
		{"evidence alone, on the day of the second", []quoted{{holds: "2025-03-01"}, {holds: "2025-05-01"}}, nil, "2025-05-01", "so: corroborated shown 2025-05-01; active: corroborated shown 2025-05-01"},
		{"before any evidence", []quoted{{holds: "2025-03-01"}}, nil, "2025-02-28", "so: single_origin; unknown: nothing"},
		{"no status at all", []quoted{{}, {}}, nil, "", "so: corroborated; unknown: nothing"},
		{"as of a day before the source", once, []taken{{"disabled", "2025-08-20", "", "", []quoted{{published: "2025-09-25"}}}}, "2025-09-24",
			"so: single_origin; disabled: single_origin shown 2025-08-20"},
		{"as of the day of the source", once, []taken{{"disabled", "2025-08-20", "", "", []quoted{{published: "2025-09-25"}}}}, "2025-09-25",
			"so: single_origin; disabled: single_origin shown 2025-09-25"},
		{"looked at", []quoted{{checked: "2025-09-01"}}, []taken{{"active", "2024-05-01", "", "", []quoted{{published: "2024-05-02", checked: "2025-06-01"}}}}, "",
			"so: single_origin checked 2025-09-01; active: single_origin shown 2024-05-02 checked 2025-09-01"},
		{"looked at by a day", []quoted{{checked: "2025-09-01"}}, []taken{{"active", "2024-05-01", "", "", []quoted{{published: "2024-05-02", checked: "2025-06-01"}}}}, "2025-08-31",
			"so: single_origin; active: single_origin shown 2024-05-02 checked 2025-06-01"},
		{"to look at the link is not to look at its suspension", []quoted{{checked: "2025-09-01"}}, []taken{{"suspended", "2024-05-01", "", "", []quoted{{published: "2024-05-02"}}}}, "",
			"so: single_origin checked 2025-09-01; suspended: single_origin shown 2024-05-02"},
	}
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		for _, c := range cases {
			link, _ := w.suppliedAs(t, s, c.own, c.steps)
			m := Moment{}
			if c.asOf != "" {
				m.AsOf = day(t, c.asOf)
			}
			if got := w.stands(t, link, m); got != c.want {
				t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
			}
		}
		w.verified(t)
	})
}

// Each story is told after a supply with a step, and says what is then known.
func TestStatusStanding_isNotThatOfTheRecord(t *testing.T) {
	t.Parallel()
	step := []taken{{"disabled", "2025-08-20", "", "", []quoted{{published: "2025-08-21"}}}}
	var steward models.Actor
	cases := []struct {
		name  string
		own   []quoted
		steps []taken
		then  func(t *testing.T, w *world, s supply, link uuid.UUID, changes []uuid.UUID)
		want  string
	}{
		{"the party admits the link", []quoted{{}}, step, func(t *testing.T, w *world, s supply, link uuid.UUID, _ []uuid.UUID) {
			w.says(t, s, models.Admits, "2025-09-01", link)
		}, "so: acknowledged; disabled: single_origin shown 2025-08-21"},
		{"the party admits the step", []quoted{{}}, step, func(t *testing.T, w *world, s supply, _ uuid.UUID, changes []uuid.UUID) {
			w.says(t, s, models.Admits, "2025-09-01", changes[0])
		}, "so: single_origin; disabled: acknowledged shown 2025-08-21"},
		{"the party announced its own step", []quoted{{}}, step, func(t *testing.T, w *world, s supply, _ uuid.UUID, changes []uuid.UUID) {
			r := w.record(t, changes[0])
			change := r.Document.(*models.StatusChange)
			change.Actor = &s.company
			source := create(&models.Source{Kind: "statement", Title: "What we did", Publishers: []uuid.UUID{s.company}, Published: date(t, "2025-09-25")})
			change.Citations = append(change.Citations, models.Citation{Source: source.ID})
			w.must(t, source, models.Operation{Op: models.OpEdit, Type: r.Type, ID: r.ID, Version: r.Version, Edit: models.Corrected, Reason: "it said so", Data: change})
		}, "so: single_origin; disabled: acknowledged shown 2025-09-25"},
		{"the step is denied", []quoted{{}}, step, func(t *testing.T, w *world, s supply, _ uuid.UUID, changes []uuid.UUID) {
			w.says(t, s, models.Denies, "2025-09-01", changes[0])
		}, "so: single_origin; disabled: single_origin disputed shown 2025-08-21"},
		{"the link is denied", []quoted{{}}, step, func(t *testing.T, w *world, s supply, link uuid.UUID, _ []uuid.UUID) {
			w.says(t, s, models.Denies, "2025-09-01", link)
		}, "so: single_origin disputed; disabled: single_origin shown 2025-08-21"},
		{"the link is denied that evidence alone calls active", []quoted{{holds: "2025-05-01"}}, nil, func(t *testing.T, w *world, s supply, link uuid.UUID, _ []uuid.UUID) {
			w.says(t, s, models.Denies, "2025-09-01", link)
		}, "so: single_origin disputed shown 2025-05-01; active: single_origin disputed shown 2025-05-01"},
		{"an admission since evidence calls it active", []quoted{{holds: "2025-05-01"}}, nil, func(t *testing.T, w *world, s supply, link uuid.UUID, _ []uuid.UUID) {
			w.says(t, s, models.Admits, "2025-09-01", link)
		}, "so: acknowledged shown 2025-05-01; active: acknowledged shown 2025-05-01"},
		{"an admission of what was before", []quoted{{holds: "2025-05-01"}}, nil, func(t *testing.T, w *world, s supply, link uuid.UUID, _ []uuid.UUID) {
			w.says(t, s, models.Admits, "2024-09-01", link)
		}, "so: acknowledged shown 2025-05-01; active: single_origin shown 2025-05-01"},
		{"the step is retracted", []quoted{{holds: "2025-05-01"}}, step, func(t *testing.T, w *world, _ supply, _ uuid.UUID, changes []uuid.UUID) {
			r := w.record(t, changes[0])
			w.must(t, models.Operation{Op: models.OpRetract, Type: r.Type, ID: r.ID, Version: r.Version, Reason: "wrong"})
		}, "so: single_origin shown 2025-05-01; active: single_origin shown 2025-05-01"},
		{"the source of the step is older than was thought", []quoted{{}}, []taken{{"disabled", "2025-08-20", "", "", []quoted{{published: "2025-09-20"}, {published: "2025-08-22"}}}},
			func(t *testing.T, w *world, _ supply, _ uuid.UUID, changes []uuid.UUID) {
				r := w.record(t, w.record(t, changes[0]).Document.Cited()[0].Source)
				source := r.Document.(*models.Source)
				source.Published = date(t, "2025-08-25")
				w.must(t, models.Operation{Op: models.OpEdit, Type: r.Type, ID: r.ID, Version: r.Version, Edit: models.Corrected, Reason: "misread", Data: source})
			}, "so: single_origin; disabled: corroborated shown 2025-08-25"},
		{"the scope of the step is redacted", []quoted{{}}, []taken{{"disabled", "2025-08-20", "", "the account of Jane Doe", []quoted{{published: "2025-09-20"}}}},
			func(t *testing.T, w *world, _ supply, _ uuid.UUID, changes []uuid.UUID) {
				if _, err := w.Redact(context.Background(), steward, changes[0], "scope", "a court order"); err != nil {
					t.Fatal(err)
				}
			}, "so: single_origin; disabled: single_origin shown 2025-09-20"},
		{"the step is on hold", []quoted{{holds: "2025-05-01"}}, step, func(t *testing.T, w *world, _ supply, _ uuid.UUID, changes []uuid.UUID) {
			if _, err := w.Hold(context.Background(), steward, []uuid.UUID{changes[0]}, "a court order"); err != nil {
				t.Fatal(err)
			}
		}, "so: single_origin shown 2025-05-01; active: single_origin shown 2025-05-01"},
	}
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		steward = w.steward(t)
		for _, c := range cases {
			link, changes := w.suppliedAs(t, s, c.own, c.steps)
			before, at := w.stands(t, link, Moment{}), w.now.Add(time.Minute)
			w.now = w.now.Add(time.Hour)
			c.then(t, w, s, link, changes)
			if got := w.stands(t, link, Moment{}); got != c.want {
				t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
			}
			if got := w.stands(t, link, Moment{KnownAt: at}); got != before && c.name != "the step is on hold" {
				t.Errorf("%s: what was known before changed:\ngot  %s\nwant %s", c.name, got, before)
			}
			w.now = w.now.Add(time.Hour)
		}
		w.verified(t)
	})
}

// says has the company of a supply speak about a record.
func (w *world) says(t *testing.T, s supply, stance models.Stance, on string, about uuid.UUID) {
	t.Helper()
	w.must(t, create(&models.Claim{Speakers: []models.Speaker{{Entity: &s.company}}, Stance: stance, About: []uuid.UUID{about}, SaidOn: date(t, on), Text: "So it is.",
		Citations: []models.Citation{{Source: s.source}}}))
}

func (w *world) record(t *testing.T, id uuid.UUID) Record {
	t.Helper()
	page, err := w.Get(context.Background(), models.Actor{}, "", id.String(), Moment{})
	if err != nil {
		t.Fatal(err)
	}
	return page.Records[0]
}

// The kind, not supplies alone: what the citations of a contract, an inquiry, a position and an open
// item speak of.
func TestStatusStanding_ofEveryKindThatHasAStatus(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		cited := func(holds string) []models.Citation {
			return []models.Citation{{Source: s.source, HoldsOn: day(t, holds)}}
		}
		person := create(&models.Entity{Kind: models.KindPerson, Name: "Somebody", Citations: []models.Citation{{Source: s.source}}})
		w.must(t, person)
		for _, c := range []struct {
			name   string
			record models.Document
			status models.Status
			want   string
		}{
			{"contract", &models.Entity{Kind: models.KindContract, Name: "A contract", Citations: cited("2025-06-01")}, "active",
				"so: single_origin shown 2025-06-01; active: single_origin shown 2025-06-01"},
			{"suspended contract", &models.Entity{Kind: models.KindContract, Name: "Another", Citations: cited("2025-06-01")}, "suspended",
				"so: single_origin shown 2025-06-01; suspended: single_origin shown 2025-01-01"},
			{"contract without a step", &models.Entity{Kind: models.KindContract, Name: "A third", Citations: cited("2025-06-01")}, "",
				"so: single_origin shown 2025-06-01; unknown: nothing"},
			{"inquiry", &models.Entity{Kind: models.KindInquiry, Name: "An inquiry", Citations: cited("2025-06-01")}, "ongoing",
				"so: single_origin shown 2025-06-01; ongoing: single_origin shown 2025-06-01"},
			{"inquiry that ended", &models.Entity{Kind: models.KindInquiry, Name: "An old inquiry", Citations: cited("2025-06-01")}, "concluded",
				"so: single_origin shown 2025-06-01; concluded: single_origin shown 2025-01-01"},
			{"position", &models.Relationship{Type: models.Position, Subject: person.ID, Object: s.company, Citations: cited("2025-06-01")}, "",
				"so: single_origin shown 2025-06-01; current: single_origin shown 2025-06-01"},
			{"question", &models.OpenItem{Kind: "question", Addressee: s.company, Text: "Why?", RaisedOn: date(t, "2025-02"), Citations: []models.Citation{{Source: s.source}}}, "",
				"so: single_origin; open: single_origin shown 2025-02-01"},
			{"answered question", &models.OpenItem{Kind: "question", Addressee: s.company, Text: "How?", RaisedOn: date(t, "2024-02"), Citations: cited("2025-06-01")}, "answered",
				"so: single_origin shown 2025-06-01; answered: single_origin shown 2025-01-01"},
		} {
			record := create(c.record)
			w.must(t, record)
			if c.status != "" {
				w.must(t, create(&models.StatusChange{Record: record.ID, Status: c.status, Effective: date(t, "2025-01-01"), Citations: []models.Citation{{Source: s.source}}}))
			}
			if got := w.stands(t, record.ID, Moment{}); got != c.want {
				t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
			}
		}
		w.verified(t)
	})
}
