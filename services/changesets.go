package services

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// ChangesetView is a changeset for readers.
type ChangesetView struct {
	models.ChangesetRow
	Author   string
	Reviewer string
	// Amender is who changed what its author proposed; Approver who approved it for its day.
	Amender  string
	Approver string
	// Revisions are what it published; Proposed what it would, while it waits.
	Revisions []RevisionView     `gorm:"-"`
	Proposed  []models.Operation `gorm:"-"`
}

// ChangesetPage is a run of changesets, newest first.
type ChangesetPage struct {
	Changesets []ChangesetView
	Next       string
}

// ParseChangesets reads the parameters of the list of changesets: status, limit and cursor.
func ParseChangesets(values url.Values) (Query, error) {
	p := &queryParser{}
	names := []string{"status", "limit", "cursor"}
	for _, name := range sorted(keys(values)) {
		if !slices.Contains(names, name) {
			p.problem(name, "There is no parameter %q.%s Possible are %s.", shorten(name), models.DidYouMean(name, names), strings.Join(names, ", "))
		}
	}
	status := Parameter{Name: "status", Values: models.ChangesetStatuses().Values()}
	q := Query{Filters: map[string][]string{"status": p.filter(status, split(values["status"]))}, Limit: p.limit(values.Get("limit")), Cursor: values.Get("cursor")}
	return q, p.failed()
}

// Changesets lists changesets, newest first: published ones for everybody, the others for their
// authors and for reviewers.
func (s *Services) Changesets(ctx context.Context, by models.Actor, q Query) (ChangesetPage, error) {
	q = q.withDefaults("-id")
	after, err := q.after("changesets")
	if err != nil {
		return ChangesetPage{}, err
	}
	tx := s.changesets(ctx, by).Order("c.id DESC").Limit(q.Limit + 1)
	if statuses := q.Filters["status"]; len(statuses) > 0 {
		tx = tx.Where("c.status IN ?", statuses)
	}
	if after != nil {
		tx = tx.Where("c.id < ?", after.ID)
	}
	var page ChangesetPage
	if err := tx.Scan(&page.Changesets).Error; err != nil {
		return page, fmt.Errorf("list changesets: %w", err)
	}
	if len(page.Changesets) > q.Limit {
		page.Changesets = page.Changesets[:q.Limit]
		page.Next = q.next("changesets", cursor{ID: page.Changesets[q.Limit-1].ID})
	}
	return page, nil
}

// Changeset gives one changeset with what it published or proposes: ErrNotFound when there is
// none, or none that the actor may see.
func (s *Services) Changeset(ctx context.Context, by models.Actor, id uuid.UUID) (ChangesetView, error) {
	var views []ChangesetView
	if err := s.changesets(ctx, by).Where("c.id = ?", id).Scan(&views).Error; err != nil {
		return ChangesetView{}, fmt.Errorf("read changeset %s: %w", id, err)
	}
	if len(views) == 0 {
		return ChangesetView{}, models.Errorf(models.ErrNotFound, "There is no changeset with the id %s.", id)
	}

	view := views[0]
	var err error
	if view.Status == models.ChangesetPublished {
		view.Revisions, err = s.Revisions(ctx, by, RevisionQuery{Changeset: &id, Limit: 500})
	} else {
		view.Proposed, err = ProposedOperations(view.ChangesetRow)
	}
	return view, err
}

// changesets are those that an actor may see, by the rule of maySee.
func (s *Services) changesets(ctx context.Context, by models.Actor) *gorm.DB {
	tx := s.db.Read(ctx).Table("changesets c").Joins("JOIN accounts a ON a.id = c.author_id").
		Joins("LEFT JOIN accounts v ON v.id = c.reviewer_id").Joins("LEFT JOIN accounts m ON m.id = c.amender_id").
		Joins("LEFT JOIN accounts p ON p.id = c.approver_id").
		Select("c.*, a.name AS author, COALESCE(v.name, '') AS reviewer, COALESCE(m.name, '') AS amender, COALESCE(p.name, '') AS approver")
	if May(by, ActionReview) {
		return tx
	}
	if by.Group != uuid.Nil {
		return tx.Where("c.status = 'published' OR c.author_id = ? OR c.group_id = ?", by.Account, by.Group)
	}
	return tx.Where("c.status = 'published' OR c.author_id = ?", by.Account)
}

// EventView is an event of a changeset, with who did it; "" for the clock.
type EventView struct {
	models.ChangesetEvent
	By string
}

// ChangesetEvents lists what was said about a changeset and what happened to it, in order, for
// who may see it and has an account; the public gets none.
func (s *Services) ChangesetEvents(ctx context.Context, by models.Actor, id uuid.UUID) ([]EventView, error) {
	tx := s.db.Write(ctx) // from the primary: one looks right after one wrote
	if _, err := seenChangeset(tx, by, id); err != nil {
		return nil, err
	}
	if !May(by, ActionPropose) {
		return nil, nil
	}
	var events []EventView
	err := tx.Table("changeset_events e").Joins("LEFT JOIN accounts a ON a.id = e.account_id").
		Select("e.*, COALESCE(a.name, '') AS by").Where("e.changeset_id = ?", id).Order("e.id").Limit(1000).Scan(&events).Error
	return events, wrap(err, "list what happened to changeset %s", id)
}
