package services

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

func (w *world) sources(n int) []models.Operation {
	made := make([]models.Operation, n)
	for i := range made {
		made[i] = create(&models.Source{Kind: "article", Title: fmt.Sprint("Source ", i)})
	}
	return made
}

func TestChangeset_everyRevisionIsReachable(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.must(t, w.sources(3)...)
		made := w.sources(1203)
		out := w.must(t, made...)
		w.must(t, w.sources(2)...)

		walk := func(page func(cursor string) (ids []uuid.UUID, next string, err error)) (all []uuid.UUID, pages int) {
			for cursor := ""; pages == 0 || cursor != ""; pages++ {
				ids, next, err := page(cursor)
				if err != nil {
					t.Fatal(err)
				}
				all, cursor = append(all, ids...), next
			}
			return all, pages
		}
		same := func(what string, all []uuid.UUID) {
			t.Helper()
			if len(all) != len(made) {
				t.Fatalf("%s: %d of %d", what, len(all), len(made))
			}
			for i, op := range made {
				if all[i] != op.ID {
					t.Fatalf("%s: number %d is another", what, i)
				}
			}
		}
		all, pages := walk(func(cursor string) (ids []uuid.UUID, next string, err error) {
			view, err := w.Changeset(ctx, models.Actor{}, out.Changeset, 0, cursor)
			for _, r := range view.Revisions {
				ids = append(ids, r.Record)
			}
			return ids, view.Next, err
		})
		if same("by the changeset", all); pages != 3 {
			t.Errorf("%d pages", pages)
		}
		all, pages = walk(func(cursor string) (ids []uuid.UUID, next string, err error) {
			r, err := w.Review(ctx, models.Actor{}, out.Changeset, 400, cursor)
			if r.First != len(ids) && cursor == "" || r.Total != len(made) {
				t.Errorf("from %d of %d", r.First, r.Total)
			}
			for _, c := range r.Changes {
				ids = append(ids, c.ID)
			}
			return ids, r.Next, err
		})
		if same("by the review", all); pages != 4 {
			t.Errorf("%d pages", pages)
		}
		proposal := w.propose(t, w.account(t, "Author", models.RoleContributor), w.sources(1203)...)
		_, pages = walk(func(cursor string) (ids []uuid.UUID, next string, err error) {
			r, err := w.Review(ctx, w.editor, proposal, 1000, cursor)
			return nil, r.Next, err
		})
		if pages != 2 {
			t.Errorf("%d pages of a proposal", pages)
		}

		first, err := w.Changeset(ctx, models.Actor{}, out.Changeset, 10, "")
		if err != nil || len(first.Revisions) != 10 {
			t.Fatalf("%d, %v", len(first.Revisions), err)
		}
		for _, cursor := range []string{"x", first.Next + "A"} {
			if _, err := w.Changeset(ctx, models.Actor{}, out.Changeset, 10, cursor); errorKind(err) != models.ErrInvalid {
				t.Errorf("cursor %q: %v", cursor, err)
			}
		}
		if _, err := w.Review(ctx, w.editor, proposal, 10, first.Next); errorKind(err) != models.ErrInvalid {
			t.Errorf("the cursor of another changeset: %v", err)
		}
		if _, err := w.Changeset(ctx, models.Actor{}, out.Changeset, 501, ""); errorKind(err) != models.ErrInvalid {
			t.Errorf("501 at once: %v", err)
		}
	})
}

func TestQueue_isNarrowedByStateAuthorAndGroup(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		ada, ben := w.account(t, "Ada", models.RoleContributor), w.account(t, "Ben", models.RoleContributor)
		group := models.ContributorGroup{ID: newID(), Name: "Some group", CreatedAt: w.now}
		if err := w.db.Write(ctx).Create(&group).Error; err != nil {
			t.Fatal(err)
		}
		ben.Group = group.ID
		propose := func(by models.Actor, at time.Time) uuid.UUID {
			w.now = w.now.Add(time.Minute)
			out, err := w.Submit(ctx, by, models.Changeset{Summary: "x", PublishAt: at, Operations: []models.Operation{s.rename(1, func(e *models.Entity) { e.Name = by.Name })}})
			if err != nil {
				t.Fatal(err)
			}
			return out.Changeset
		}
		waits, grouped := propose(ada, time.Time{}), propose(ben, time.Time{})
		approved, returned := propose(ada, w.now.Add(time.Hour)), propose(ada, time.Time{})
		if _, err := w.Approve(ctx, w.editor, approved, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := w.RequestChanges(ctx, w.editor, returned, "Say more."); err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			q    QueueQuery
			want []uuid.UUID
		}{
			{QueueQuery{}, []uuid.UUID{waits, grouped}}, {QueueQuery{State: "approved"}, []uuid.UUID{approved}}, {QueueQuery{State: "changes_requested"}, []uuid.UUID{returned}},
			{QueueQuery{State: "all"}, []uuid.UUID{waits, grouped, approved, returned}}, {QueueQuery{Author: "Ada"}, []uuid.UUID{waits}},
			{QueueQuery{Group: "Some group"}, []uuid.UUID{grouped}}, {QueueQuery{Author: "Ada", Group: "Some group"}, nil}, {QueueQuery{Queue: models.QueueReplies}, nil},
		} {
			if test.q.Queue == "" {
				test.q.Queue = models.QueueEdits
			}
			list, next, err := w.Queue(ctx, w.editor, test.q)
			var got []uuid.UUID
			for _, one := range list {
				got = append(got, one.ID)
			}
			if err != nil || next != "" || mustJSON(got) != mustJSON(test.want) {
				t.Errorf("%+v: %v, want %v, %v", test.q, got, test.want, err)
			}
		}
		if _, _, err := w.Queue(ctx, w.editor, QueueQuery{Queue: models.QueueEdits, State: "lost"}); errorKind(err) != models.ErrInvalid {
			t.Errorf("a state that is none: %v", err)
		}
		if _, _, err := w.Queue(ctx, ada, QueueQuery{Queue: models.QueueEdits}); errorKind(err) != models.ErrForbidden {
			t.Errorf("a contributor: %v", err)
		}
		var published []uuid.UUID
		for _, id := range []uuid.UUID{grouped, waits} { // in another order than they were made
			if _, err := w.Approve(ctx, w.editor, id, ""); errorKind(err) != models.ErrStale && err != nil {
				t.Fatal(err)
			} else if err == nil {
				published = append([]uuid.UUID{id}, published...)
			}
		}
		page, err := w.Changesets(ctx, models.Actor{}, Query{Filters: map[string][]string{"status": {"published"}, "record": {s.unit.String()}}})
		if err != nil || len(page.Changesets) != 2 || page.Changesets[0].ID != published[0] {
			t.Errorf("of the record: %d, %v", len(page.Changesets), err)
		}
		own, err := w.Changesets(ctx, ada, Query{Filters: map[string][]string{"mine": {"true"}}})
		if err != nil || len(own.Changesets) != 3 {
			t.Errorf("one's own: %d, %v", len(own.Changesets), err)
		}
	})
}

func TestChangesets_publishedOnesComeAsTheyWerePublished(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		author := w.account(t, "Author", models.RoleContributor)
		early := w.propose(t, author, w.sources(1)...)
		later := w.must(t, w.sources(1)...)
		if _, err := w.Approve(ctx, w.editor, early, ""); err != nil {
			t.Fatal(err)
		}
		q := Query{Filters: map[string][]string{"status": {"published"}}, Limit: 1}
		for _, want := range []uuid.UUID{early, later.Changeset} {
			page, err := w.Changesets(ctx, models.Actor{}, q)
			if err != nil || len(page.Changesets) != 1 || page.Changesets[0].ID != want {
				t.Fatalf("%+v, %v", page.Changesets, err)
			}
			q.Cursor = page.Next
		}
		if q.Cursor != "" {
			t.Error("there is a third page")
		}
	})
}

func TestCompare_showsWhatDiffersBetweenAnyTwo(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		w.must(t, s.rename(1, func(e *models.Entity) { e.Name = "Second" }))
		w.must(t, s.rename(2, func(e *models.Entity) { e.Name, e.Summary = "Second", "Third." }))
		c, err := w.Compare(ctx, models.Actor{}, s.unit, 1, 3)
		if err != nil || len(c.Fields) != 2 || c.Fields[0].Field != "name" || string(c.Fields[0].Before) != `"Unit One"` || string(c.Fields[1].After) != `"Third."` {
			t.Fatalf("%+v, %v", c, err)
		}
		if c.From.Version != 1 || c.To.Version != 3 || len(c.After) != 1 || c.Refs[s.source].Name == "" {
			t.Errorf("%+v", c)
		}
		if back, err := w.Compare(ctx, models.Actor{}, s.unit, 3, 2); err != nil || len(back.Fields) != 1 || back.Fields[0].After != nil {
			t.Errorf("backwards: %+v, %v", back.Fields, err)
		}
		if _, err := w.Compare(ctx, models.Actor{}, s.unit, 1, 4); errorKind(err) != models.ErrNotFound {
			t.Errorf("a version that is not there: %v", err)
		}
		newest, err := w.Revisions(ctx, models.Actor{}, RevisionQuery{Record: &s.unit, Newest: true, Limit: 2})
		if err != nil || len(newest) != 2 || newest[0].Version != 3 {
			t.Fatalf("%+v, %v", newest, err)
		}
		rest, err := w.Revisions(ctx, models.Actor{}, RevisionQuery{Record: &s.unit, Newest: true, Before: newest[1].Position})
		if err != nil || len(rest) != 1 || rest[0].Version != 1 {
			t.Errorf("%+v, %v", rest, err)
		}
	})
}

// Whoever reviews reads who speaks and what changes, also where the same proposal makes them.
func TestReview_namesWhatAProposalMakes(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		s := w.supply(t)
		cite := []models.Citation{{Source: s.source}}
		company := create(&models.Entity{Kind: models.KindCompany, Name: "Fresh Co", Citations: cite})
		service := create(&models.Entity{Kind: models.KindService, Name: "Fresh Service", Citations: cite})
		source := create(&models.Source{Kind: "article", Title: "Fresh Article", URL: "https://fresh.example/a", Publishers: []uuid.UUID{company.ID}})
		link := create(&models.Relationship{Type: models.SuppliedTo, Subject: service.ID, Object: s.unit, Citations: cite})
		step := create(&models.StatusChange{Record: link.ID, Status: "active", Effective: date(t, "2024"), Citations: cite})
		known := create(&models.StatusChange{Record: s.link, Status: "active", Effective: date(t, "2024"), Citations: cite})
		claim := create(&models.Claim{Speakers: []models.Speaker{{Entity: &company.ID}}, Stance: models.Denies, SaidOn: date(t, "2024"), Text: "No.", About: []uuid.UUID{link.ID}, Citations: cite})
		question := create(&models.OpenItem{Kind: "question", Text: "Why so?", Addressee: company.ID, RaisedOn: date(t, "2024"), About: []uuid.UUID{link.ID}, Citations: cite})
		declined := create(&models.StatusChange{Record: question.ID, Status: "declined", Effective: date(t, "2024-02"), Citations: cite})
		author := w.account(t, "Author", models.RoleContributor)
		out, err := w.Submit(ctx, author, models.Changeset{Summary: "all of it", Operations: []models.Operation{declined, claim, step, known, link, source, question, service, company}})
		if err != nil {
			t.Fatal(err)
		}
		for _, limit := range []int{500, 1} {
			for cursor, more := "", true; more; more = cursor != "" {
				r, err := w.Review(ctx, w.editor, out.Changeset, limit, cursor)
				if err != nil {
					t.Fatal(err)
				}
				cursor = r.Next
				for _, c := range r.Changes {
					want := map[uuid.UUID]string{company.ID: "Fresh Co", service.ID: "Fresh Service", source.ID: "Fresh Article", link.ID: "Fresh Service supplied to Unit One",
						step.ID: "Fresh Service → Unit One: active (2024)", known.ID: "Acme Cloud → Unit One: active (2024)", claim.ID: "Fresh Co denies (2024)",
						question.ID: "Why so?", declined.ID: "Why so?: declined (February 2024)"}[c.ID]
					if got := r.Refs[c.ID].Label(); got != want {
						t.Errorf("%d at a time, the heading is %q, want %q", limit, got, want)
					}
				}
			}
		}
	})
}

func TestChangeset_doesNotTellWhenItsDraftWasBegun(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		draft, err := w.SaveDraft(ctx, w.editor, Draft{Summary: "slowly", Operations: []models.Operation{create(&models.Source{Kind: "article", Title: "An article"})}})
		if err != nil {
			t.Fatal(err)
		}
		w.now = w.now.AddDate(0, 0, 20)
		if _, err := w.SubmitDraft(ctx, w.editor, draft.ID, draft.Edition); err != nil {
			t.Fatal(err)
		}
		page, err := w.Changesets(ctx, models.Actor{}, Query{})
		if err != nil || len(page.Changesets) != 1 || !page.Changesets[0].Sent().Equal(w.now) {
			t.Errorf("%+v, %v: not sent at %s", page.Changesets, err, w.now)
		}
		one, err := w.Changeset(ctx, models.Actor{}, draft.ID, 0, "")
		if err != nil || !one.Sent().Equal(w.now) {
			t.Errorf("sent %s, %v: not at %s", one.Sent(), err, w.now)
		}
	})
}
