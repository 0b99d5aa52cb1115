package services

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/models"
)

// pastDated are documents of each type that has such a date, with the date to be tried.
func pastDated(t *testing.T, s supply) map[string]func(text string) models.Operation {
	t.Helper()
	cite := []models.Citation{{Source: s.source}}
	said := func(c models.Citation) models.Operation {
		c.Source = s.source
		return create(&models.Claim{Speakers: []models.Speaker{{Entity: &s.company}}, Stance: models.States, About: []uuid.UUID{s.link},
			SaidOn: date(t, "2025-01"), Text: "So it is.", Citations: []models.Citation{c}})
	}
	return map[string]func(string) models.Operation{
		"/said_on": func(text string) models.Operation {
			return create(&models.Claim{Speakers: []models.Speaker{{Entity: &s.company}}, Stance: models.States, About: []uuid.UUID{s.link},
				SaidOn: date(t, text), Text: "So it is.", Citations: cite})
		},
		"/published": func(text string) models.Operation {
			return create(&models.Source{Kind: "article", Title: "Another", Published: date(t, text)})
		},
		"/raised_on": func(text string) models.Operation {
			return create(&models.OpenItem{Kind: "question", Addressee: s.company, Text: "Is it so?", RaisedOn: date(t, text), Due: date(t, "2031"), Citations: cite})
		},
		"/announced": func(text string) models.Operation {
			return create(&models.StatusChange{Record: s.link, Status: "active", Extent: models.Partial, Scope: newID().String(), Effective: date(t, "2025-01-02"),
				Announced: date(t, text), Citations: cite})
		},
		"/citations/0/holds_on": func(text string) models.Operation {
			d, _ := models.ParseDay(text)
			return said(models.Citation{HoldsOn: d})
		},
		"/citations/0/checked_on": func(text string) models.Operation {
			d, _ := models.ParseDay(text)
			return said(models.Citation{CheckedOn: d})
		},
		"/captures/0/captured_on": func(text string) models.Operation {
			d, _ := models.ParseDay(text)
			return create(&models.Source{Kind: "article", Title: "Another", Captures: []models.Capture{{SHA256: strings.Repeat("a", 64), Format: "text", Bytes: 1, CapturedOn: d}}})
		},
	}
}

// The world's clock says 1 October 2025, noon.
func TestAhead_whatHappenedIsDatedTomorrowAtTheLatest(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		proposer := w.account(t, "Proposer", models.RoleContributor)
		for pointer, op := range pastDated(t, s) {
			days := strings.HasSuffix(pointer, "_on") && strings.Count(pointer, "/") > 1
			for text, want := range map[string]bool{"2025-10-02": true, "2025-10-03": false, "2035-01-31": false,
				"2025-10": true, "2025": true, "2025-11": false, "2026~": false, "2026?": false, "[..2031]": false, "[2025-10-02..2026]": false, "[2025-10-02..2025-12]": true, "[..2025-12]": true, "[2025-10-02..]": true, "[2025-10-03..]": false} {
				if days && len(text) != len("2025-10-02") {
					continue
				}
				for name, by := range map[string]models.Actor{"published": w.editor, "proposed": proposer} {
					_, err := w.Submit(context.Background(), by, models.Changeset{Summary: "test", Operations: []models.Operation{op(text)}})
					if want {
						if err != nil {
							t.Errorf("%s %s, %s: %v", pointer, text, name, err)
						}
						continue
					}
					var failed *models.Error
					if !errors.As(err, &failed) || len(failed.Problems) != 1 || failed.Problems[0].Pointer != pointer || !strings.Contains(failed.Problems[0].Message, ") has not come yet; give the day on which ") {
						t.Errorf("%s %s, %s: %+v", pointer, text, name, err)
					}
				}
			}
		}
	})
}

// A record from before the rule can be edited, and what was taken back can come back.
func TestAhead_whatStandsStaysEditable(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		s := w.supply(t)
		now := w.now
		w.now = now.AddDate(2, 0, 0)
		op := pastDated(t, s)["/said_on"]("2027-06-01")
		claim := *op.Data.(*models.Claim)
		claim.Citations = []models.Citation{{Source: s.source, HoldsOn: day(t, "2027-06-02")}}
		op.Data = &claim
		w.must(t, op)
		w.now = now // as if its clock had been wrong

		claim.Text = "So it is indeed."
		claim.Citations = append([]models.Citation{{Source: s.source, Locator: "p. 1"}}, claim.Citations...)
		out := w.must(t, models.Operation{Op: models.OpEdit, Type: models.TypeClaim, ID: op.ID, Version: 1, Edit: models.Corrected, Reason: "words", Data: &claim})
		if _, err := w.Revert(context.Background(), w.editor, Revert{Changeset: &out.Changeset, Reason: "back"}); err != nil {
			t.Errorf("its edit cannot be taken back: %v", err)
		}
		worse := claim
		worse.SaidOn = date(t, "2027-06-03")
		_, err := w.Submit(context.Background(), w.editor, models.Changeset{Summary: "test", Operations: []models.Operation{
			{Op: models.OpEdit, Type: models.TypeClaim, ID: op.ID, Version: 3, Edit: models.Corrected, Reason: "day", Data: &worse}}})
		if errorKind(err) != models.ErrInvalid {
			t.Errorf("a new day ahead was taken: %v", err)
		}
	})
}

func TestAhead_articlesAreRefusedBeforeTheyAreTakenIn(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		_, err := w.TakeIn(context.Background(), w.editor, IntakeRequest{Text: "An article.", Published: date(t, "2025-10-03")})
		var failed *models.Error
		if !errors.As(err, &failed) || len(failed.Problems) != 1 || failed.Problems[0].Pointer != "/published" {
			t.Errorf("%v", err)
		}
		if _, err := w.TakeIn(context.Background(), w.editor, IntakeRequest{Text: "An article.", Published: date(t, "2025-10-02")}); err != nil {
			t.Errorf("tomorrow: %v", err)
		}
	})
}
