package services

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"plumbline/models"
)

func TestCandidates_findWhatAFieldMayHold(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		cite := []models.Citation{{Source: s.source}}
		paper := create(&models.Source{Kind: "article", Title: "A paper", URL: "https://example.org/a?x=1"})
		question := create(&models.OpenItem{Kind: "question", Addressee: s.company, Text: "Why?", RaisedOn: date(t, "2025"), Citations: cite})
		claim := create(&models.Claim{Speakers: []models.Speaker{{Entity: &s.company}}, Stance: models.States, About: []uuid.UUID{s.unit}, SaidOn: date(t, "2025"), Text: "Nothing of the kind.", Citations: cite})
		change := create(&models.StatusChange{Record: s.link, Status: "active", Effective: date(t, "2024"), Citations: cite})
		w.must(t, paper, question, claim, change)

		for name, test := range map[string]struct {
			q     Sought
			want  []uuid.UUID
			exact bool
		}{
			"the very name":        {Sought{Text: "acme cloud", Types: []models.RecordType{models.TypeEntity}, Kinds: []models.EntityKind{models.KindService}}, []uuid.UUID{s.service}, true},
			"another kind":         {Sought{Text: "acme cloud", Types: []models.RecordType{models.TypeEntity}, Kinds: []models.EntityKind{models.KindUnit}}, nil, false},
			"the beginning":        {Sought{Text: "uni", Types: []models.RecordType{models.TypeEntity}}, []uuid.UUID{s.unit}, false},
			"a slug":               {Sought{Text: "unit-one", Types: []models.RecordType{models.TypeEntity}}, []uuid.UUID{s.unit}, true},
			"an id":                {Sought{Text: s.link.String(), Types: []models.RecordType{models.TypeRelationship}}, []uuid.UUID{s.link}, true},
			"an address":           {Sought{Text: "http://www.example.org/a?x=1&utm_source=y", Types: []models.RecordType{models.TypeSource}}, []uuid.UUID{paper.ID}, true},
			"a link by its end":    {Sought{Text: "unit one", Types: []models.RecordType{models.TypeRelationship}}, []uuid.UUID{s.link}, false},
			"what has a status":    {Sought{Text: "acme", Types: []models.RecordType{models.TypeRelationship, models.TypeEntity, models.TypeOpenItem}, Tracked: true}, []uuid.UUID{s.link, question.ID}, false},
			"a claim by a speaker": {Sought{Text: "acme", Types: []models.RecordType{models.TypeClaim}}, []uuid.UUID{claim.ID}, false},
			"a step of a link":     {Sought{Text: "unit one", Types: []models.RecordType{models.TypeStatusChange}}, []uuid.UUID{change.ID}, false},
			"nothing":              {Sought{Text: "zzzz", Types: []models.RecordType{models.TypeEntity}}, nil, false},
			"no words":             {Sought{Text: "\x00 ", Types: []models.RecordType{models.TypeEntity}}, nil, false},
		} {
			found, exact, err := w.Candidates(ctx, w.editor, test.q)
			var ids []uuid.UUID
			for _, ref := range found {
				ids = append(ids, ref.ID)
			}
			if err != nil || fmt.Sprint(ids) != fmt.Sprint(test.want) || exact != test.exact {
				t.Errorf("%s: %v, exact %v, %v; want %v, exact %v", name, ids, exact, err, test.want, test.exact)
			}
		}
	})
}

func TestRecentSources_areThoseUsedLast(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		old := create(&models.Source{Kind: "article", Title: "Old", Published: date(t, "2020")})
		fresh := create(&models.Source{Kind: "article", Title: "Fresh", Published: date(t, "2025")})
		w.must(t, old, fresh)
		w.must(t, create(&models.StatusChange{Record: s.link, Status: "active", Effective: date(t, "2024"), Citations: []models.Citation{{Source: old.ID}}}))
		recent, err := w.RecentSources(ctx, w.editor, 2)
		if err != nil || len(recent) != 2 || recent[0].Name != "Old" || recent[1].Name != "Fresh" {
			t.Errorf("%+v, %v", recent, err)
		}
		// Who used none yet is offered what was published last.
		recent, err = w.RecentSources(ctx, w.account(t, "New", models.RoleContributor), 1)
		if err != nil || len(recent) != 1 {
			t.Errorf("%+v, %v", recent, err)
		}
		if _, err := w.RecentSources(ctx, models.Actor{}, 1); errorKind(err) != models.ErrUnauthorized {
			t.Errorf("the public: %v", err)
		}
	})
}
