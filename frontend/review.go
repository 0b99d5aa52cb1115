package frontend

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// reviewRoutes lists the pages of review, of histories, and of what takes things back. All of them
// speak every language.
func (p *Pages) reviewRoutes(router *gin.Engine) {
	for _, l := range p.languages {
		get := func(path string, build func(*gin.Context) (view, error)) {
			router.Match([]string{http.MethodGet, http.MethodHead}, l.prefix+path, p.page(build))
		}
		member := func(path string, action services.Action, build func(*gin.Context) (view, error)) {
			router.Match([]string{http.MethodGet, http.MethodHead}, l.prefix+path, p.member(action, build))
		}
		post := func(path string, action services.Action, write func(*gin.Context, models.Actor) (view, error)) {
			router.POST(l.prefix+path, p.post(action, mostForm, write))
		}
		member("/review", services.ActionReview, p.queue)
		member("/proposals", services.ActionPropose, p.proposals)
		get("/changesets", p.changesets)
		get("/changesets/:id", p.changeset)
		post("/changesets/:id/publish", services.ActionReview, p.decide(p.services.Approve))
		post("/changesets/:id/request-changes", services.ActionReview, p.decide(p.services.RequestChanges))
		post("/changesets/:id/reject", services.ActionReview, p.decide(p.rejectWithReason))
		post("/changesets/:id/withdraw", services.ActionPropose, p.decide(p.services.Withdraw))
		post("/changesets/:id/comments", services.ActionPropose, p.comment)
		post("/changesets/:id/amend", services.ActionPropose, p.amend)
		member("/changesets/:id/revert", services.ActionRevertOwn, p.revertForm(changesetRevert))
		post("/changesets/:id/revert", services.ActionRevertOwn, p.revert(changesetRevert))
		get("/records/:id/history", p.history)
		post("/records/:id/protection", services.ActionProtect, p.protect)
		member("/records/:id/revert", services.ActionRevertOwn, p.revertForm(recordRevert))
		post("/records/:id/revert", services.ActionRevertOwn, p.revert(recordRevert))
		member("/holds", services.ActionHold, p.holds)
		member("/records/:id/hold", services.ActionHold, p.holdForm)
		post("/records/:id/hold", services.ActionHold, p.hold)
		post("/records/:id/hold/lift", services.ActionHold, p.liftHold)
		member("/records/:id/redact", services.ActionRedact, p.redactForm)
		post("/records/:id/redact", services.ActionRedact, p.redact)
		member("/reverts", services.ActionRevertOthers, p.revertForm(windowRevert))
		post("/reverts", services.ActionRevertOthers, p.revert(windowRevert))
		member("/records/:id/merge", services.ActionPropose, p.mergeForm)
		post("/records/:id/merge", services.ActionPropose, p.merge)
		member("/records/:id/name", services.ActionPropose, p.namingForm)
		post("/records/:id/name", services.ActionPropose, p.name)
	}
	for _, first := range []string{"review", "proposals", "changesets", "reverts", "holds"} {
		p.translated[first] = true
	}
}

// reviewLinks are what the head of a page offers to members: what waits for them, and what they
// sent. They cost no query.
func reviewLinks(actor models.Actor) []navLink {
	var links []navLink
	if services.May(actor, services.ActionReview) {
		links = append(links, navLink{URL: "/review", Name: say("Review")})
	}
	if services.May(actor, services.ActionPropose) {
		links = append(links, navLink{URL: "/proposals", Name: say("My proposals")})
	}
	return links
}

// queuePage lists the proposals that wait, those first that wait longest.
type queuePage struct {
	layout
	Tabs          []queueTab
	Author, Group string
	State         string
	Lines         []proposalLine
	Next          string
	// Narrowed says that a filter is set.
	Narrowed bool
	// Reverts and Holds lead stewards to where they take back what somebody did, and to what is on hold.
	Reverts, Holds string
}

type queueTab struct {
	URL     string
	Name    *text
	Current bool
}

// proposalLine is a changeset in a list.
type proposalLine struct {
	URL     string
	Summary string
	Author  string
	Group   string
	State   string
	// Writes says how many operations it has, Behind of how many the records changed meanwhile;
	// nil where it is not said.
	Writes, Behind *text
	When           *stampOf
	Embargo        *stampOf
	Approved       bool
}

func (p *Pages) proposalLine(c services.ChangesetView) proposalLine {
	line := proposalLine{URL: "/changesets/" + c.ID.String(), Summary: c.Summary, Author: c.Author, Group: c.GroupName, State: models.ChangesetStatuses().Label(string(c.Status)), Approved: c.Embargoed()}
	at := c.Sent()
	if c.DecidedAt != nil {
		at = *c.DecidedAt
	}
	line.When = stamp(at)
	if c.PublishAt != nil && c.Status != models.ChangesetPublished {
		line.Embargo = stamp(*c.PublishAt)
	}
	if c.ToSize != nil && c.FromPosition != nil {
		line.Writes = writesWords(int(*c.ToSize - *c.FromPosition))
	}
	return line
}

func writesWords(n int) *text { return sayN(n, "%d change", "%d changes") }

// queueNames are the states of the queue, in words.
func queueNames() map[string]*text {
	return map[string]*text{"": say("Waiting for review"), "approved": say("Waiting for their day"), "changes_requested": say("Given back to their authors"), "all": say("All that are open")}
}

func (p *Pages) queue(c *gin.Context) (view, error) {
	if _, err := moment(c, "state", "author", "group", "cursor"); err != nil {
		return view{}, err
	}
	q := services.QueueQuery{Queue: models.QueueEdits, State: c.Query("state"), Author: c.Query("author"), Group: c.Query("group"), Cursor: c.Query("cursor")}
	list, next, err := p.services.Queue(c.Request.Context(), p.actor(c), q)
	if err != nil {
		return view{}, err
	}
	page := &queuePage{layout: plainLayout("/review", say("Proposals to review"), ""), Author: q.Author, Group: q.Group, State: q.State, Narrowed: q.Author != "" || q.Group != ""}
	for _, state := range services.QueueStates() {
		page.Tabs = append(page.Tabs, queueTab{URL: address("/review", with(c.Request.URL.Query(), "state", state)), Name: queueNames()[state], Current: state == q.State})
	}
	for _, one := range list {
		line := p.proposalLine(one.ChangesetView)
		line.Writes = writesWords(one.Writes)
		if one.Behind > 0 {
			line.Behind = sayN(one.Behind, "%d record changed since it was proposed", "%d records changed since it was proposed")
		}
		page.Lines = append(page.Lines, line)
	}
	page.Next = nextPage(c, next)
	if services.May(p.actor(c), services.ActionRevertOthers) {
		page.Reverts = "/reverts"
	}
	if services.May(p.actor(c), services.ActionHold) {
		page.Holds = "/holds"
	}
	return view{template: "queue", data: page}, nil
}

// nextPage is the address of the next page of a list; "" after the last.
func nextPage(c *gin.Context, cursor string) string {
	if cursor == "" {
		return ""
	}
	values := firstPage(c.Request.URL.Query())
	values.Set("cursor", cursor)
	return address(c.Request.URL.Path, values)
}

// changesetsPage lists changesets: what was published, or one's own proposals.
type changesetsPage struct {
	layout
	Intro *text
	// Own says that they are one's own, which are shown with their states.
	Own   bool
	Of    *link
	All   string
	Lines []proposalLine
	Next  string
}

// proposals lists what a member proposed, and what became of it.
func (p *Pages) proposals(c *gin.Context) (view, error) {
	if _, err := moment(c, "cursor"); err != nil {
		return view{}, err
	}
	list, err := p.services.Changesets(c.Request.Context(), p.actor(c), services.Query{Cursor: c.Query("cursor"), Filters: map[string][]string{"mine": {"true"}, "status": ownStatuses}})
	if err != nil {
		return view{}, err
	}
	page := &changesetsPage{layout: plainLayout("/proposals", say("My proposals"), apiAddress("/changesets", url.Values{"mine": {"true"}})), Own: true,
		Intro: say("What you sent, and what became of it. What you did not send yet is under “Drafts”.")}
	p.addChangesets(c, page, list)
	return view{template: "changesets", data: page}, nil
}

// ownStatuses are those of what was sent.
var ownStatuses = []string{string(models.ChangesetSubmitted), string(models.ChangesetChangesRequested), string(models.ChangesetPublished), string(models.ChangesetRejected), string(models.ChangesetWithdrawn)}

// changesets lists what was published, newest first; of one record where it is narrowed to it.
func (p *Pages) changesets(c *gin.Context) (view, error) {
	if _, err := moment(c, "record", "cursor"); err != nil {
		return view{}, err
	}
	ctx := c.Request.Context()
	filters := map[string][]string{"status": {string(models.ChangesetPublished)}}
	values := url.Values{"status": {string(models.ChangesetPublished)}}
	page := &changesetsPage{Intro: say("Everything that was published, the newest first: who wrote what, when and why. Nothing is ever overwritten.")}
	if record := c.Query("record"); record != "" {
		id, _, err := p.services.Find(ctx, models.Actor{}, record)
		if err != nil {
			return view{}, err
		}
		refs, err := p.services.Labels(ctx, models.Actor{}, []uuid.UUID{id})
		if err != nil {
			return view{}, err
		}
		of := showing{}.refLink(refs[id])
		page.Of, page.All = &of, "/changesets"
		filters["record"], values["record"] = []string{id.String()}, []string{id.String()}
	}
	list, err := p.services.Changesets(ctx, models.Actor{}, services.Query{Cursor: c.Query("cursor"), Filters: filters})
	if err != nil {
		return view{}, err
	}
	page.layout = plainLayout("/changesets", say("What was published"), apiAddress("/changesets", values))
	p.addChangesets(c, page, list)
	return view{template: "changesets", data: page}, nil
}

func (p *Pages) addChangesets(c *gin.Context, page *changesetsPage, list services.ChangesetPage) {
	for _, one := range list.Changesets {
		page.Lines = append(page.Lines, p.proposalLine(one))
	}
	page.Next = nextPage(c, list.Next)
}

// changesetPage shows one changeset: what it changes, what was said about it, and what the reader
// may do with it.
type changesetPage struct {
	layout
	ID, Summary string
	State       string
	Published   bool
	// Approved says that it waits for its day.
	Approved                              bool
	Author, Group                         string
	Reviewer, Amender, Approver           string
	Sent, Decided, Embargo                *stampOf
	Note                                  string
	Protected                             bool
	Count                                 *text
	From                                  *text
	Changes                               []changeView
	Next, First                           string
	Conflicts                             []conflictView
	Events                                []eventLine
	MayComment                            bool
	MayDecide, MayApprove, Own, Withdraws bool
	// Amend says that it can be amended by the form; Draft leads to one's own that was given back.
	Amend   bool
	Draft   string
	Revert  string
	IsMerge bool
	// Naming is what it says of an undisclosed entity; nil where it names none.
	Naming    *namingView
	Text      string
	NoteTyped string
}

// eventLine is something that happened to a changeset.
type eventLine struct {
	What string
	By   string
	Text string
	When *stampOf
}

// mostShownChanges is how many operations a page shows; the rest is on the next ones.
const mostShownChanges = 100

func changesetID(c *gin.Context) (uuid.UUID, error) { return idOf(c, "changeset") }

// idOf reads the id in the address of a page about something.
func idOf(c *gin.Context, what string) (uuid.UUID, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil || len(c.Param("id")) != 36 {
		return id, models.Errorf(models.ErrNotFound, "There is no %s at this address.", what)
	}
	return id, nil
}

func (p *Pages) changeset(c *gin.Context) (view, error) {
	if _, err := moment(c, "cursor"); err != nil {
		return view{}, err
	}
	page, err := p.changesetPage(c)
	return view{template: "changeset", data: page}, err
}

func (p *Pages) changesetPage(c *gin.Context) (*changesetPage, error) {
	ctx, by := c.Request.Context(), p.actor(c)
	id, err := changesetID(c)
	if err != nil {
		return nil, err
	}
	r, err := p.services.Review(ctx, by, id, mostShownChanges, c.Query("cursor"))
	if err != nil {
		return nil, err
	}

	title := say("Changeset: %s", r.Summary)
	if r.Summary == "" {
		title = say("Changeset")
	}
	page := &changesetPage{layout: plainLayout("", title, apiAddress("/changesets/"+id.String(), nil)), ID: id.String(), Summary: r.Summary,
		State: models.ChangesetStatuses().Label(string(r.Status)), Published: r.Status == models.ChangesetPublished, Approved: r.Embargoed(),
		Author: r.Author, Reviewer: r.Reviewer, Amender: r.Amender, Approver: r.Approver, Protected: r.Protected, Count: writesWords(r.Total)}
	page.Sent = stamp(r.Sent())
	if r.DecidedAt != nil {
		page.Decided = stamp(*r.DecidedAt)
	}
	if r.PublishAt != nil && !page.Published {
		page.Embargo = stamp(*r.PublishAt)
	}
	d := newDiffer(r.Refs, madeIn(r))
	for i, change := range r.Changes {
		page.Changes = append(page.Changes, d.change(r.First+i+1, change))
		page.IsMerge = page.IsMerge || change.Op.Joins()
	}
	page.Naming = d.namingIn(r.Changes, page.Changes)
	if r.Total > len(page.Changes) {
		page.From = say("Numbers %d to %d of %d.", r.First+1, r.First+len(page.Changes), r.Total)
		if r.First > 0 {
			page.First = "/changesets/" + id.String()
		}
	}
	page.Next = nextPage(c, r.Next)
	if r.Status == models.ChangesetSubmitted {
		if err := p.addConflicts(c, page, r); err != nil {
			return nil, err
		}
	}
	for _, e := range r.Events {
		page.Events = append(page.Events, eventLine{What: models.EventKinds().Label(string(e.What)), By: e.By, Text: e.Text, When: stamp(e.At)})
	}
	page.offer(by, r)
	return page, nil
}

// madeIn are the records that a changeset makes which is not published.
func madeIn(r services.Review) map[uuid.UUID]bool {
	made := map[uuid.UUID]bool{}
	for _, op := range r.Proposed {
		if op.Op == models.OpCreate {
			made[op.ID] = true
		}
	}
	return made
}

// addConflicts shows what others changed meanwhile in the fields of a proposal.
func (p *Pages) addConflicts(c *gin.Context, page *changesetPage, r services.Review) error {
	conflicts, err := p.services.Conflicting(c.Request.Context(), r)
	if err != nil || len(conflicts) == 0 {
		return err
	}
	var ids []uuid.UUID
	for _, one := range conflicts {
		ids = append(ids, one.Record)
	}
	refs, err := p.services.Labels(c.Request.Context(), p.actor(c), ids)
	if err != nil {
		return err
	}
	for id, ref := range r.Refs {
		refs[id] = ref
	}
	d := newDiffer(refs, nil)
	for _, one := range conflicts {
		page.Conflicts = append(page.Conflicts, d.conflict(one))
	}
	return nil
}

// mostAmended bounds the operations that the forms amend; the API amends more.
const mostAmended = 50

// offer says what the reader may do with a changeset.
func (page *changesetPage) offer(by models.Actor, r services.Review) {
	own := by.SignedIn() && r.AuthorID == by.Account
	open := r.Status == models.ChangesetSubmitted || r.Status == models.ChangesetChangesRequested
	reviews := services.May(by, services.ActionReview)
	page.Own = own
	page.MayComment = services.May(by, services.ActionPropose)
	if page.MayComment {
		page.Group, page.Note = r.GroupName, r.Note
	}
	page.MayDecide = reviews && !own && r.Status == models.ChangesetSubmitted
	page.MayApprove = page.MayDecide && !r.Embargoed() && len(page.Conflicts) == 0 && (!page.IsMerge || services.May(by, page.joins()))
	page.Withdraws = own && open
	page.Amend = r.Status == models.ChangesetSubmitted && (own || reviews) && !page.IsMerge && r.Total <= mostAmended
	if own && r.Status == models.ChangesetChangesRequested {
		page.Draft = "/drafts/" + page.ID
	}
	needs := services.ActionRevertOthers
	if own {
		needs = services.ActionRevertOwn
	}
	if page.IsMerge {
		needs = services.ActionMerge
	}
	if page.Published && services.May(by, needs) {
		page.Revert = "/changesets/" + page.ID + "/revert"
	}
}

// joins is what one must be allowed to do to approve a changeset that joins records.
func (page *changesetPage) joins() services.Action {
	if page.Naming != nil {
		return services.ActionName
	}
	return services.ActionMerge
}

// rejectWithReason rejects a proposal; a page asks for the reason.
func (p *Pages) rejectWithReason(ctx context.Context, by models.Actor, id uuid.UUID, note string) (services.Outcome, error) {
	if strings.TrimSpace(note) == "" {
		return services.Outcome{}, wrong("note", "Say why you reject it: its author reads it.")
	}
	return p.services.Reject(ctx, by, id, note)
}

// decide makes the handler of a decision about a changeset.
func (p *Pages) decide(do func(context.Context, models.Actor, uuid.UUID, string) (services.Outcome, error)) func(*gin.Context, models.Actor) (view, error) {
	return func(c *gin.Context, by models.Actor) (view, error) {
		id, err := changesetID(c)
		if err != nil {
			return view{}, err
		}
		out, err := do(c.Request.Context(), by, id, c.PostForm("note"))
		if err != nil {
			return p.undecided(c, by, err, services.ActionMerge)
		}
		p.tell(c, p.languageOf(c).say(decidedWords(out.Status)))
		return view{moved: "/changesets/" + id.String()}, nil
	}
}

// decidedWords say what a decision did.
func decidedWords(status models.ChangesetStatus) *text {
	switch status {
	case models.ChangesetPublished:
		return say("Published. Every reader sees it now.")
	case models.ChangesetChangesRequested:
		return say("It is given back to its author, with what you said.")
	case models.ChangesetRejected:
		return say("It is rejected. Its author reads why.")
	case models.ChangesetWithdrawn:
		return say("It is withdrawn.")
	}
	return say("It is approved, and will be published on its day.")
}

// undecided shows a changeset again with what kept something from being done. Who only has to
// confirm who they are is led there.
func (p *Pages) undecided(c *gin.Context, by models.Actor, err error, needed services.Action) (view, error) {
	home := "/changesets/" + c.Param("id")
	if to := p.confirmFirst(c, by, err, needed, home); to.seeOther != "" {
		return to, nil
	}
	page, failed := p.changesetPage(c)
	if failed != nil {
		return view{}, failed
	}
	page.NoteTyped, page.Text = c.PostForm("note"), c.PostForm("text")
	return p.again(view{template: "changeset", data: page}, aboutFields(err, "/note", "/text"))
}

// confirmFirst leads to where one confirms who one is, where an action failed for want of that.
func (p *Pages) confirmFirst(c *gin.Context, by models.Actor, err error, action services.Action, back string) view {
	var forPeople *models.Error
	if !errors.As(err, &forPeople) || forPeople.Kind != models.ErrForbidden || !services.May(by, action) || !services.NeedsConfirmation(by, action) {
		return view{}
	}
	p.tell(c, p.languageOf(c).say("Confirm that it is you, then do it again: nothing was done yet."))
	return view{seeOther: withNext("/confirm", back)}
}

// aboutFields leaves an error only those pointers that are fields of a form; the other problems are
// about the whole.
func aboutFields(err error, pointers ...string) error {
	var forPeople *models.Error
	if !errors.As(err, &forPeople) {
		return err
	}
	plain := *forPeople
	plain.Problems = slices.Clone(forPeople.Problems)
	if forPeople.Kind == models.ErrStale {
		plain.Problems = nil // the page shows the values
	}
	for i, problem := range plain.Problems {
		if !slices.Contains(pointers, problem.Pointer) {
			plain.Problems[i].Pointer = ""
		}
	}
	return &plain
}

// comment keeps what somebody says about a changeset.
func (p *Pages) comment(c *gin.Context, by models.Actor) (view, error) {
	id, err := changesetID(c)
	if err != nil {
		return view{}, err
	}
	if _, err := p.services.Comment(c.Request.Context(), by, id, c.PostForm("text")); err != nil {
		return p.undecided(c, by, err, services.ActionPropose)
	}
	p.tell(c, p.languageOf(c).say("Your comment is kept."))
	return view{moved: "/changesets/" + id.String()}, nil
}

// amend begins a draft of what a proposal is to become.
func (p *Pages) amend(c *gin.Context, by models.Actor) (view, error) {
	id, err := changesetID(c)
	if err != nil {
		return view{}, err
	}
	r, err := p.services.Review(c.Request.Context(), by, id, 1, "")
	if err != nil {
		return view{}, err
	}
	page := &changesetPage{ID: id.String()}
	page.IsMerge = slices.ContainsFunc(r.Proposed, func(op models.Operation) bool { return op.Op.Joins() })
	if page.offer(by, r); !page.Amend {
		return view{}, models.Errorf(models.ErrConflict, "This cannot be amended by the form. Say in a comment what should change, or amend it through the API.")
	}
	d := &draft{Draft: services.Draft{ID: services.NewDraftID(), Summary: r.Summary}, draftForm: draftForm{Amends: id, AmendedEdition: r.Edition}}
	known := madeBy(r.Proposed)
	for _, op := range r.Proposed {
		one, err := p.partOf(c, op, known)
		if err != nil {
			return view{}, err
		}
		d.Parts = append(d.Parts, one)
	}
	if _, err := p.readings(c, d); err != nil {
		return view{}, err
	}
	if err := p.keep(c, d); err != nil {
		return view{}, err
	}
	return view{moved: "/drafts/" + d.ID.String()}, nil
}
