package frontend

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// revertPage shows what a revert would do, and asks why; after it was done, what was left.
type revertPage struct {
	layout
	What   *text
	Of     *link
	Action string
	Hidden []field
	// Window asks whose edits, and from when until when.
	Window               *windowForm
	Planned              bool
	Count                *text
	Changes              []changeView
	More                 *text
	Left                 []leftView
	MoreLeft             *text
	Reason               string
	Proposes             bool
	Done                 bool
	Changeset            string
	NothingLeft, Unnamed bool
}

// windowForm asks for what some accounts did in a window.
type windowForm struct {
	Accounts, From, Until string
}

// mostLeft bounds what a page lists of what a revert leaves.
const mostLeft = 200

// askedRevert reads from a request what is to be taken back. page says how the page names it; a
// revert that is not asked for yet is nil.
type askedRevert func(p *Pages, c *gin.Context, values url.Values, page *revertPage) (*services.Revert, error)

func changesetRevert(p *Pages, c *gin.Context, _ url.Values, page *revertPage) (*services.Revert, error) {
	id, err := changesetID(c)
	if err != nil {
		return nil, err
	}
	seen, err := p.services.Changeset(c.Request.Context(), p.actor(c), id, 1, "")
	if err != nil {
		return nil, err
	}
	page.What, page.Action = say("Take back a changeset"), "/changesets/"+id.String()+"/revert"
	page.Of = &link{URL: "/changesets/" + id.String(), Name: seen.Summary}
	if seen.Summary == "" {
		page.Of.Words = say("Changeset")
	}
	return &services.Revert{Changeset: &id}, nil
}

func recordRevert(p *Pages, c *gin.Context, values url.Values, page *revertPage) (*services.Revert, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil || len(c.Param("id")) != 36 {
		return nil, models.Errorf(models.ErrNotFound, "There is no record at this address.")
	}
	refs, err := p.services.Labels(c.Request.Context(), p.actor(c), []uuid.UUID{id})
	if err != nil {
		return nil, err
	}
	of := showing{refs: refs}.link(id)
	page.Of, page.Action = &of, "/records/"+id.String()+"/revert"
	for _, name := range []string{"revision", "version"} {
		n, err := strconv.ParseInt(values.Get(name), 10, 64)
		if err != nil {
			continue
		}
		page.Hidden = []field{{name, values.Get(name)}}
		if name == "version" {
			page.What = say("Take everything back that came after version %d", n)
			return &services.Revert{Record: &id, Version: n}, nil
		}
		page.What = say("Take one edit back")
		return p.oneRevision(c, id, n)
	}
	return nil, models.Errorf(models.ErrNotFound, "Choose in the record’s history what is to be taken back.")
}

// oneRevision is the revert of one revision of a record.
func (p *Pages) oneRevision(c *gin.Context, record uuid.UUID, position int64) (*services.Revert, error) {
	found, err := p.services.Revisions(c.Request.Context(), p.actor(c), services.RevisionQuery{Record: &record, Since: max(position, 0), Limit: 1})
	if err == nil && (len(found) == 0 || found[0].Position != position) {
		err = models.Errorf(models.ErrNotFound, "There is no such version of this record.")
	}
	return &services.Revert{Revision: &position}, err
}

func windowRevert(_ *Pages, _ *gin.Context, values url.Values, page *revertPage) (*services.Revert, error) {
	page.What, page.Action = say("Take back what accounts did"), "/reverts"
	page.Window = &windowForm{Accounts: values.Get("accounts"), From: values.Get("from"), Until: values.Get("until")}
	page.Hidden = []field{{"accounts", page.Window.Accounts}, {"from", page.Window.From}, {"until", page.Window.Until}}
	if page.Window.Accounts == "" && page.Window.From == "" && page.Window.Until == "" {
		return nil, nil
	}
	r := &services.Revert{}
	for _, name := range strings.FieldsFunc(page.Window.Accounts, func(letter rune) bool { return letter == '\n' || letter == '\r' || letter == ',' }) {
		if name = strings.TrimSpace(name); name != "" {
			r.Accounts = append(r.Accounts, name)
		}
	}
	problems := &models.Error{Kind: models.ErrInvalid, Message: "Nothing was reverted."}
	problem := func(pointer, message string) {
		problems.Problems = append(problems.Problems, models.Problem{Pointer: pointer, Message: message})
	}
	if len(r.Accounts) == 0 {
		problem("/accounts", "Name at least one account, one on each line.")
	}
	var err error
	if r.From, err = windowInstant(page.Window.From); err != nil {
		problem("/from", "Say from which instant on, in UTC.")
	}
	if r.Until, err = windowInstant(page.Window.Until); err != nil {
		problem("/until", "Say until which instant, in UTC.")
	}
	if len(problems.Problems) > 0 {
		return r, problems
	}
	return r, nil
}

// windowInstant reads what a browser sends of a field for a day and a time.
func windowInstant(text string) (at time.Time, err error) {
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339, "2006-01-02"} {
		if at, err = time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return at, err
}

// revertForm makes the page that shows what a revert would do.
func (p *Pages) revertForm(asked askedRevert) func(*gin.Context) (view, error) {
	return func(c *gin.Context) (view, error) {
		if _, err := moment(c, "revision", "version", "accounts", "from", "until"); err != nil {
			return view{}, err
		}
		page := &revertPage{}
		r, err := asked(p, c, c.Request.URL.Query(), page)
		page.layout = plainLayout("", page.What, "")
		if err == nil && r != nil {
			err = p.planRevert(c, page, *r)
		}
		return p.revertAgain(c, page, err)
	}
}

// revertAgain shows the form of a revert, with what is wrong with it.
func (p *Pages) revertAgain(c *gin.Context, page *revertPage, err error) (view, error) {
	v := view{template: "revert", data: page}
	if err == nil {
		return v, nil
	}
	if to := p.confirmFirst(c, p.actor(c), err, services.ActionMerge, c.Request.URL.RequestURI()); to.seeOther != "" {
		return to, nil
	}
	var forPeople *models.Error
	if errors.As(err, &forPeople) && len(forPeople.Problems) > 0 {
		for i, problem := range forPeople.Problems {
			if strings.HasPrefix(problem.Pointer, "/accounts/") {
				forPeople.Problems[i].Pointer = "/accounts"
			}
		}
	}
	pointers := []string{"/reason"}
	if page.Window != nil {
		pointers = append(pointers, "/accounts", "/from", "/until")
	}
	return p.again(v, aboutFields(err, pointers...))
}

// planRevert adds what a revert would do.
func (p *Pages) planRevert(c *gin.Context, page *revertPage, r services.Revert) error {
	plan, err := p.services.PlanRevert(c.Request.Context(), p.actor(c), r)
	if err != nil {
		return err
	}
	page.Planned, page.Proposes = true, !services.May(p.actor(c), services.ActionPublish)
	page.Count = sayN(len(plan.Records), "%d record would change.", "%d records would change.")
	page.NothingLeft = len(plan.Records) == 0
	if more := len(plan.Records) - len(plan.Changes); more > 0 {
		page.More = sayN(more, "and %d more", "and %d more")
	}
	refs, err := p.labelsOf(c, plan.Changes, plan.Conflicts)
	if err != nil {
		return err
	}
	d := newDiffer(refs, nil)
	for i, change := range plan.Changes {
		shown := d.change(i+1, change)
		shown.Edit, shown.Reason = "", "" // the reason is yet to be given
		page.Changes = append(page.Changes, shown)
	}
	page.addLeft(d, plan.Conflicts)
	return nil
}

func (page *revertPage) addLeft(d *differ, conflicts []services.RevertConflict) {
	for _, one := range conflicts[:min(len(conflicts), mostLeft)] {
		page.Left = append(page.Left, d.left(one))
	}
	if more := len(conflicts) - len(page.Left); more > 0 {
		page.MoreLeft = sayN(more, "and %d more", "and %d more")
	}
}

// labelsOf label what changes and conflicts are about and point at.
func (p *Pages) labelsOf(c *gin.Context, changes []services.Change, conflicts []services.RevertConflict) (map[uuid.UUID]services.Ref, error) {
	wanted := map[uuid.UUID]bool{}
	for _, change := range changes {
		wanted[change.ID] = true
		if change.Into != nil {
			wanted[*change.Into] = true
		}
		for _, cited := range change.Citations {
			wanted[cited.Source] = true
		}
		for _, f := range change.Fields {
			idsIn(f.Before, wanted)
			idsIn(f.After, wanted)
		}
	}
	for _, one := range conflicts[:min(len(conflicts), mostLeft)] {
		wanted[one.Record] = true
		idsIn(one.Written, wanted)
		idsIn(one.Current, wanted)
		idsIn(one.Former, wanted)
	}
	ids := make([]uuid.UUID, 0, len(wanted))
	for id := range wanted {
		ids = append(ids, id)
	}
	return p.services.Labels(c.Request.Context(), p.actor(c), ids)
}

// revert makes the handler that takes something back.
func (p *Pages) revert(asked askedRevert) func(*gin.Context, models.Actor) (view, error) {
	return func(c *gin.Context, by models.Actor) (view, error) {
		page := &revertPage{Reason: c.PostForm("reason")}
		r, err := asked(p, c, c.Request.PostForm, page)
		page.layout = plainLayout("", page.What, "")
		if err == nil && r == nil {
			err = wrong("accounts", "Name at least one account, one on each line.")
		}
		if err != nil {
			return p.revertAgain(c, page, err)
		}
		r.Reason = page.Reason
		out, err := p.services.Revert(c.Request.Context(), by, *r)
		if err != nil {
			if failed := p.planRevert(c, page, *r); failed != nil {
				return view{}, failed
			}
			return p.revertAgain(c, page, err)
		}
		return p.reverted(c, page, out)
	}
}

// reverted leads to the changeset that a revert made, or shows what it left.
func (p *Pages) reverted(c *gin.Context, page *revertPage, out services.Reverted) (view, error) {
	words := say("It is taken back. Every reader sees it now.")
	if out.Status != models.ChangesetPublished {
		words = say("Your proposal to take it back waits for review.")
	}
	home := "/changesets/" + out.Changeset.String()
	if len(out.Conflicts) == 0 {
		p.tell(c, p.languageOf(c).say(words))
		return view{moved: home}, nil
	}
	refs, err := p.labelsOf(c, nil, out.Conflicts)
	if err != nil {
		return view{}, err
	}
	page.Done, page.Changeset, page.What = true, home, words
	page.layout = plainLayout("", words, "")
	page.Count = sayN(len(out.Records), "%d record was changed.", "%d records were changed.")
	page.addLeft(newDiffer(refs, nil), out.Conflicts)
	return view{template: "revert", data: page}, nil
}
