package services

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// instant is the time that an id tells; zero where it tells none.
func instant(id uuid.UUID) time.Time {
	if id.Version() != 7 {
		return time.Time{}
	}
	seconds, nanoseconds := id.Time().UnixTime()
	return time.Unix(seconds, nanoseconds)
}

func TestIDs_tellNothingOfWhenADraftWasBegun(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		author := w.account(t, "Author", models.RoleContributor)
		before := w.supply(t)
		old := newID() // as drafts had them that were begun before there were provisional ids
		source, company, claim := ProvisionalID(), old, ProvisionalID()
		cited := []models.Citation{{Source: source}}
		operations := []models.Operation{
			{Op: models.OpCreate, Type: models.TypeSource, ID: source, Data: &models.Source{Kind: "article", Title: "Slow", URL: "https://slow.example/a"}},
			{Op: models.OpCreate, Type: models.TypeEntity, ID: company, Data: &models.Entity{Kind: models.KindOrganization, OrganizationType: "ngo", Name: "Slow Ltd", Slug: "slow-ltd", Identity: models.Disclosed, Citations: cited}},
			{Op: models.OpCreate, Type: models.TypeClaim, ID: claim, Data: &models.Claim{Stance: models.Alleges, Text: "It sells.", SaidOn: date(t, "2025-01"), Speakers: []models.Speaker{{Entity: &company}}, About: []uuid.UUID{company, before.unit}, Citations: cited}},
		}
		form, _ := json.Marshal(map[string]uuid.UUID{"part": company, "source": source})
		draft, err := w.SaveDraft(t.Context(), author, Draft{Summary: "slowly", Operations: operations, Form: form})
		if err != nil {
			t.Fatal(err)
		}
		if draft.ID.Version() != 4 {
			t.Errorf("the draft's id is %s: not random", draft.ID)
		}
		if w.now = w.now.AddDate(0, 0, 20); len(operations) != 3 {
			t.Fatal("the draft lost what it makes")
		}

		sent := time.Now()
		out, err := w.SubmitDraft(t.Context(), author, draft.ID, draft.Edition)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.RequestChanges(t.Context(), w.editor, draft.ID, "Cite more."); err != nil {
			t.Fatal(err)
		}
		given, err := w.Draft(t.Context(), author, draft.ID)
		if err != nil {
			t.Fatal(err)
		}
		first := checkFinal(t, given, sent, 3)
		for _, id := range []uuid.UUID{source, company, claim} {
			if strings.Contains(mustJSON(given.Operations)+string(given.Form), id.String()) {
				t.Errorf("the draft still names %s", id)
			}
		}
		if said := given.Operations[2].Data.(*models.Claim); *said.Speakers[0].Entity != first[1] || !slices.Contains(said.About, first[1]) || said.Citations[0].Source != first[0] {
			t.Errorf("the claim names other records: %+v", said)
		}
		if !strings.Contains(string(given.Form), first[1].String()) {
			t.Errorf("the form does not follow: %s", given.Form)
		}

		// What is added later gets its id with the next sending; the others keep theirs.
		given.Operations = append(given.Operations, models.Operation{Op: models.OpCreate, Type: models.TypeSource, Data: &models.Source{Kind: "article", Title: "Second"}})
		given, err = w.SaveDraft(t.Context(), author, given)
		if err != nil || !provisional(given.Operations[3].ID) {
			t.Fatalf("%+v, %v: the new source has no provisional id", given.Operations, err)
		}
		if out, err = w.SubmitDraft(t.Context(), author, draft.ID, given.Edition); err != nil {
			t.Fatal(err)
		}
		waiting, err := w.Review(t.Context(), w.editor, draft.ID, 1, "")
		if err != nil {
			t.Fatal(err)
		}
		amended := append(slices.Clone(waiting.Proposed), models.Operation{Op: models.OpCreate, Type: models.TypeSource, ID: ProvisionalID(), Data: &models.Source{Kind: "article", Title: "Third"}})
		if _, err := w.Amend(t.Context(), w.editor, draft.ID, waiting.Edition, models.Changeset{Summary: "slowly", Operations: amended}, ""); err != nil {
			t.Fatal(err)
		}
		waiting, err = w.Review(t.Context(), w.editor, draft.ID, 1, "")
		if err != nil {
			t.Fatal(err)
		}
		last := checkFinal(t, Draft{Operations: waiting.Proposed}, sent, 5)
		if !slices.Equal(last[:3], first) {
			t.Errorf("ids changed: %v, then %v", first, last)
		}

		other := w.account(t, "Other", models.RoleSteward)
		if out, err = w.Approve(t.Context(), other, draft.ID, ""); err != nil || len(out.Written) != 5 {
			t.Fatalf("%+v, %v", out, err)
		}
		for i, one := range out.Written {
			if one.ID != last[i] {
				t.Errorf("operation %d is published as %s, not as %s", i, one.ID, last[i])
			}
		}
	})
}

// checkFinal gives the ids of what a draft makes, each of which tells an instant after it was sent.
func checkFinal(t *testing.T, d Draft, sent time.Time, count int) (ids []uuid.UUID) {
	t.Helper()
	if len(d.Operations) != count {
		t.Fatalf("%d operations, want %d", len(d.Operations), count)
	}
	for _, op := range d.Operations {
		ids = append(ids, op.ID)
		if instant(op.ID).Before(sent.Truncate(time.Millisecond)) {
			t.Errorf("%s %s tells an instant before it was sent, or none", op.Type, op.ID)
		}
	}
	return ids
}

// Whatever comes of an article makes the same source, however often and under whatever id.
func TestIDs_ofAnIntakesSourceAreOne(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		in, err := w.TakeIn(t.Context(), w.editor, IntakeRequest{Text: f20, Title: "Pasted, without an address"})
		if err != nil {
			t.Fatal(err)
		}
		first, err := w.DraftIntake(t.Context(), w.editor, in.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		second, err := w.DraftIntake(t.Context(), w.editor, in.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		sent := time.Now().Truncate(time.Millisecond)
		out, err := w.SubmitDraft(t.Context(), w.editor, first.ID, first.Edition)
		if err != nil || instant(out.Written[0].ID).Before(sent) {
			t.Fatalf("%+v, %v: the source tells when the article was taken in", out, err)
		}
		again, err := w.Intake(t.Context(), w.editor, in.ID)
		if err != nil || again.Known == nil || again.SourceID != out.Written[0].ID {
			t.Errorf("the source is not recognised: %+v, %v", again.Known, err)
		}
		if _, err := w.SubmitDraft(t.Context(), w.editor, second.ID, second.Edition); errorKind(err) == "" {
			t.Errorf("the source was made twice: %v", err)
		}
	})
}

func TestChangesets_areListedAsTheyWereSent(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		var drafts []Draft
		for _, title := range []string{"begun first", "begun second", "begun third"} {
			w.now = w.now.Add(time.Hour)
			draft, err := w.SaveDraft(t.Context(), w.editor, Draft{Summary: title, Operations: []models.Operation{create(&models.Source{Kind: "article", Title: title})}})
			if err != nil {
				t.Fatal(err)
			}
			drafts = append(drafts, draft)
		}
		for _, i := range []int{2, 0, 1} {
			w.now = w.now.Add(time.Hour)
			if _, err := w.SubmitDraft(t.Context(), w.editor, drafts[i].ID, drafts[i].Edition); err != nil {
				t.Fatal(err)
			}
		}
		want := []uuid.UUID{drafts[1].ID, drafts[0].ID, drafts[2].ID}
		for _, limit := range []int{1, 2, 50} {
			var got []uuid.UUID
			q := Query{Limit: limit}
			for {
				page, err := w.Changesets(t.Context(), models.Actor{}, q)
				if err != nil {
					t.Fatal(err)
				}
				for _, one := range page.Changesets {
					got = append(got, one.ID)
				}
				if q.Cursor = page.Next; page.Next == "" {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("in pages of %d: %v, want %v", limit, got, want)
			}
		}
	})
}
