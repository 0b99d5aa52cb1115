package services

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// ChangesetView is a changeset for readers.
type ChangesetView struct {
	models.ChangesetRow
	// Author, Reviewer, Amender and Approver are as the history shows them to the reader.
	Author   string
	Reviewer string
	// Amender is who changed what its author proposed; Approver who approved it for its day.
	Amender  string
	Approver string
	// GroupName is that of the group for which its author wrote; "" for none.
	GroupName string
	// Revisions are what it published, and Next where those of the next page begin; Proposed is
	// what it would publish, while it waits.
	Revisions []RevisionView     `gorm:"-"`
	Next      string             `gorm:"-"`
	Proposed  []models.Operation `gorm:"-"`
}

// Sent is when it was sent to be reviewed or published: when its author began it, which a draft that
// was never sent tells, would say more of them than they published.
func (v ChangesetView) Sent() time.Time {
	if v.SubmittedAt != nil {
		return *v.SubmittedAt
	}
	return v.CreatedAt
}

// ChangesetPage is a run of changesets, newest first.
type ChangesetPage struct {
	Changesets []ChangesetView
	Next       string
}

// ParseChangesets reads the parameters of the list of changesets: status, record (those that
// published something of it), mine, limit and cursor.
func ParseChangesets(values url.Values) (Query, error) {
	p := &queryParser{}
	names := []string{"status", "record", "mine", "limit", "cursor"}
	for _, name := range sorted(keys(values)) {
		if !slices.Contains(names, name) {
			p.unknown(name, names)
		}
	}
	status := Parameter{Name: "status", Values: models.ChangesetStatuses().Values()}
	p.once(values, "record", "mine", "limit", "cursor")
	filters := map[string][]string{"status": p.filter(status, split(values["status"]))}
	if mine := values.Get("mine"); mine != "" {
		filters["mine"] = p.filter(Parameter{Name: "mine", Values: []string{"true"}}, []string{mine})
	}
	if record := values.Get("record"); record != "" {
		filters["record"] = []string{p.text(Parameter{Name: "record"}, record)}
	}
	q := Query{Filters: filters, Limit: p.limit(values.Get("limit")), Cursor: values.Get("cursor")}
	return q, p.failed()
}

// Changesets lists changesets, newest first: published ones for everybody, the others for their
// authors, their groups and reviewers. Where only published ones are asked for, they come in the
// order of their publication, and otherwise in that in which they were sent. ErrNotFound when the record to which they are narrowed is not there.
func (s *Services) Changesets(ctx context.Context, by models.Actor, q Query) (ChangesetPage, error) {
	statuses := q.Filters["status"]
	q = q.withDefaults("-sent")
	if slices.Equal(statuses, []string{string(models.ChangesetPublished)}) {
		q.Sort = "-position"
	}
	after, err := q.after("changesets")
	if err != nil {
		return ChangesetPage{}, err
	}
	tx, err := s.filteredChangesets(ctx, by, q)
	if err != nil {
		return ChangesetPage{}, err
	}
	switch tx = tx.Limit(q.Limit + 1); q.Sort {
	case "-position":
		tx = tx.Order("c.from_position DESC, c.id DESC")
		if after != nil {
			tx = tx.Where("c.from_position < (SELECT o.from_position FROM changesets o WHERE o.id = ?)", after.ID)
		}
	default:
		tx = tx.Order("COALESCE(c.submitted_at, c.created_at) DESC, c.id DESC")
		if after != nil {
			tx = tx.Where("(COALESCE(c.submitted_at, c.created_at), c.id) < (SELECT COALESCE(o.submitted_at, o.created_at), o.id FROM changesets o WHERE o.id = ?)", after.ID)
		}
	}
	var page ChangesetPage
	if err := tx.Scan(&page.Changesets).Error; err != nil {
		return page, fmt.Errorf("list changesets: %w", err)
	}
	nameAuthors(page.Changesets)
	if len(page.Changesets) > q.Limit {
		page.Changesets = page.Changesets[:q.Limit]
		page.Next = q.next("changesets", cursor{ID: page.Changesets[q.Limit-1].ID})
	}
	return page, nil
}

// filteredChangesets are those that an actor may see and a query asks for.
func (s *Services) filteredChangesets(ctx context.Context, by models.Actor, q Query) (*gorm.DB, error) {
	tx := s.changesets(ctx, by)
	if statuses := q.Filters["status"]; len(statuses) > 0 {
		tx = tx.Where("c.status IN ?", statuses)
	}
	if len(q.Filters["mine"]) > 0 {
		tx = tx.Where("c.author_id = ?", by.Account)
	}
	if record := q.Filters["record"]; len(record) > 0 {
		id, _, err := s.Find(ctx, by, record[0])
		if err != nil {
			return nil, err
		}
		tx = tx.Where("c.id IN (SELECT r.changeset_id FROM revisions r WHERE r.record_id = ?)", id)
	}
	return tx, nil
}

// mostRevisions is how many revisions of a changeset a page has, where nothing else is said.
const mostRevisions = 500

// Changeset gives one changeset with what it published, a page of it, or all that it proposes:
// ErrNotFound when there is none, or none that the actor may see. A limit of 0 is mostRevisions.
func (s *Services) Changeset(ctx context.Context, by models.Actor, id uuid.UUID, limit int, cursorText string) (ChangesetView, error) {
	view, err := s.changeset(ctx, by, id)
	if err != nil {
		return view, err
	}
	if view.Status != models.ChangesetPublished {
		if cursorText != "" {
			return view, wrongCursor()
		}
		view.Proposed, err = ProposedOperations(view.ChangesetRow)
		return view, err
	}

	if limit == 0 {
		limit = mostRevisions
	}
	since, err := view.since(cursorText)
	if err != nil {
		return view, err
	}
	view.Revisions, err = s.Revisions(ctx, by, RevisionQuery{Changeset: &id, Since: since, Limit: limit})
	if n := len(view.Revisions); err == nil && n > 0 {
		view.Next = view.next(view.Revisions[n-1].Position + 1)
	}
	return view, err
}

// next is the cursor of the page of a changeset that begins at a log position; "" after the last.
func (c ChangesetView) next(position int64) string {
	if c.ToSize == nil || position >= *c.ToSize {
		return ""
	}
	return Query{}.next("revisions "+c.ID.String(), cursor{Key: strconv.FormatInt(position, 10)})
}

// since is the log position at which the page of a cursor begins; the first for "".
func (c ChangesetView) since(cursorText string) (int64, error) {
	after, err := Query{Cursor: cursorText}.after("revisions " + c.ID.String())
	if err != nil || after == nil {
		return deref64(c.FromPosition), err
	}
	position, err := strconv.ParseInt(after.Key, 10, 64)
	if err != nil {
		return 0, wrongCursor()
	}
	return position, nil
}

// changeset reads a changeset that an actor may see.
func (s *Services) changeset(ctx context.Context, by models.Actor, id uuid.UUID) (ChangesetView, error) {
	var views []ChangesetView
	if err := s.changesets(ctx, by).Where("c.id = ?", id).Scan(&views).Error; err != nil {
		return ChangesetView{}, fmt.Errorf("read changeset %s: %w", id, err)
	}
	if len(views) == 0 {
		return ChangesetView{}, models.Errorf(models.ErrNotFound, "There is no changeset with the id %s.", id)
	}
	nameAuthors(views)
	return views[0], nil
}

// nameAuthors completes how changesets show who had to do with them.
func nameAuthors(views []ChangesetView) {
	for i := range views {
		one := &views[i]
		one.Author, one.Reviewer = bylineOf(one.Author, &one.AuthorID), bylineOf(one.Reviewer, one.ReviewerID)
		one.Amender, one.Approver = bylineOf(one.Amender, one.AmenderID), bylineOf(one.Approver, one.ApproverID)
	}
}

// changesets are those that an actor may see, by the rule of maySee.
func (s *Services) changesets(ctx context.Context, by models.Actor) *gorm.DB {
	tx := s.db.Read(ctx).Table("changesets c").Joins("JOIN accounts a ON a.id = c.author_id").
		Joins("LEFT JOIN accounts v ON v.id = c.reviewer_id").Joins("LEFT JOIN accounts m ON m.id = c.amender_id").
		Joins("LEFT JOIN accounts p ON p.id = c.approver_id").Joins("LEFT JOIN contributor_groups g ON g.id = c.group_id").
		Select("c.*, " + byline(by, "a", "c.group_id") + " AS author, " + byline(by, "v", "v.group_id") + " AS reviewer, " + byline(by, "m", "m.group_id") + " AS amender, " +
			byline(by, "p", "p.group_id") + " AS approver, COALESCE(g.name, '') AS group_name")
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
		Select("e.*, "+byline(by, "a", "a.group_id")+" AS by").Where("e.changeset_id = ?", id).Order("e.id").Limit(1000).Scan(&events).Error
	for i := range events {
		events[i].By = bylineOf(events[i].By, events[i].AccountID)
	}
	return events, wrap(err, "list what happened to changeset %s", id)
}
