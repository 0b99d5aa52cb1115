package frontend

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// mergePage asks with which record another is the same, which values stand, and why.
type mergePage struct {
	layout
	From       link
	Into       *link
	Action     string
	Swap       string
	Candidates []mergeCandidate
	// Named is what was typed for the other record.
	Named  string
	Hidden []field
	Fields []mergeField
	// Moved point at the record that stands from then on, Folded become the same as another,
	// Retracted would lead from a record to itself, Apart look the same and cannot be joined.
	Moved, Folded, Retracted, Apart mergeMoves
	// Conflicts are identifiers of one scheme that differ: somebody must choose.
	Conflicts []services.IdentifierConflict
	// Source, Place and Note are of the source that says that both are one.
	Source, Place, Note string
	// Names leads to where it is said who an undisclosed entity is; "" for others.
	Names string
	// Alone says that there are none of them.
	Alone    bool
	Reason   string
	Proposes bool
}

// mergeCandidate is a record that may be the same, with the reasons.
type mergeCandidate struct {
	Link    link
	Reasons []string
	URL     string
}

// mergeField is a field of both, and what will stand.
type mergeField struct {
	ID, Field          string
	Name               *text
	From, Into, Merged []diffLine
	// Choices say whose value may stand; none where there is nothing to choose.
	Choices []mergeChoice
}

type mergeChoice struct {
	Value    string
	Words    *text
	Selected bool
}

// mergeMoves are records that a merge writes to.
type mergeMoves struct {
	Heading *text
	Links   []mergeMove
	More    *text
}

type mergeMove struct {
	From link
	Into *link
	Why  string
}

// mostMoves bounds what a page lists of what moves.
const mostMoves = 100

// chooses is how the parameters of the page name a choice: choose.name=from.
const chooses = "choose."

// mergeParameters reads what a form of a merge holds.
func mergeParameters(from uuid.UUID, values url.Values) services.Merge {
	m := services.Merge{From: from, Reason: values.Get("reason"), Choose: map[string]string{}}
	m.FromVersion, _ = strconv.ParseInt(values.Get("from_version"), 10, 64) // 0 asks for no version
	m.IntoVersion, _ = strconv.ParseInt(values.Get("into_version"), 10, 64)
	for name, list := range values {
		if field, ok := strings.CutPrefix(name, chooses); ok && list[0] != "" {
			m.Choose[field] = list[0]
		}
	}
	return m
}

func (p *Pages) mergeForm(c *gin.Context) (view, error) {
	values := c.Request.URL.Query()
	by := p.actor(c)
	if services.May(by, services.ActionMerge) && services.NeedsConfirmation(by, services.ActionMerge) {
		return view{seeOther: withNext("/confirm", here(c.Request))}, nil
	}
	page, from, err := p.mergeBase(c)
	if err != nil {
		return view{}, err
	}
	if values.Get("into") == "" {
		return view{template: "merge", data: page}, p.addCandidates(c, page, from)
	}
	into, err := p.namedRecord(c, from, values.Get("into"))
	if err == nil {
		asked := mergeParameters(from, values)
		page.Reason = asked.Reason
		asked.Into, asked.FromVersion, asked.IntoVersion = into, 0, 0 // it shows them as they are now
		err = p.planMerge(c, page, asked)
	}
	if err == nil {
		return view{template: "merge", data: page}, nil
	}
	return p.mergeAgain(c, page, from, err)
}

// mergeBase is the page before another record is chosen.
func (p *Pages) mergeBase(c *gin.Context) (*mergePage, uuid.UUID, error) {
	id, _, err := p.services.Find(c.Request.Context(), p.actor(c), c.Param("id"))
	if err != nil {
		return nil, id, err
	}
	refs, err := p.services.Labels(c.Request.Context(), p.actor(c), []uuid.UUID{id})
	if err != nil {
		return nil, id, err
	}
	page := &mergePage{From: showing{refs: refs}.link(id), Action: "/records/" + id.String() + "/merge", Named: c.Query("into"),
		Proposes: !services.May(p.actor(c), services.ActionMerge)}
	if refs[id].Undisclosed {
		page.Names = "/records/" + id.String() + "/name"
	}
	page.Source, page.Place, page.Note = c.PostForm("source"), c.PostForm("locator"), c.PostForm("note")
	page.layout = plainLayout("", say("Merge: %s", nameIn(refs[id])), "")
	return page, id, nil
}

// addCandidates lists records that may be the same: of entities alone.
func (p *Pages) addCandidates(c *gin.Context, page *mergePage, id uuid.UUID) error {
	list, _, err := p.services.Duplicates(c.Request.Context(), p.actor(c), id.String(), "")
	var none *models.Error
	if errors.As(err, &none) && none.Kind == models.ErrNotFound { // it is no entity
		return nil
	}
	for _, one := range list {
		other := one.Other
		if other.ID == id {
			other = one.One
		}
		page.Candidates = append(page.Candidates, mergeCandidate{Link: showing{}.refLink(other), Reasons: one.Reasons,
			URL: address(page.Action, url.Values{"into": {other.ID.String()}})})
	}
	return err
}

// namedRecord finds the record that somebody typed: by its id, its address on this site, or its
// name, where that leaves no doubt.
func (p *Pages) namedRecord(c *gin.Context, from uuid.UUID, typed string) (uuid.UUID, error) {
	_, kind, err := p.services.Find(c.Request.Context(), p.actor(c), from.String())
	if err != nil {
		return uuid.Nil, err
	}
	found, err := p.oneNamed(c.Request.Context(), p.actor(c), typed, kind)
	if isKind(err, models.ErrInvalid) {
		err = wrong("into", err.Error())
	}
	return found, err
}

// mergeAgain shows the first step again, with what is wrong.
func (p *Pages) mergeAgain(c *gin.Context, page *mergePage, from uuid.UUID, err error) (view, error) {
	if page.Into == nil {
		if failed := p.addCandidates(c, page, from); failed != nil {
			return view{}, failed
		}
		return p.again(view{template: "merge", data: page}, aboutFields(err, "/into"))
	}
	return p.again(view{template: "merge", data: page}, aboutFields(atField(err, "/citation", "/source"), "/reason", "/source", "/choose/identifiers"))
}

// mergeCitation reads the source that says that both are one; nil where none is named.
func (p *Pages) mergeCitation(c *gin.Context, page *mergePage) (*models.Citation, error) {
	if strings.TrimSpace(page.Source) == "" {
		return nil, nil
	}
	source, err := p.oneNamed(c.Request.Context(), p.actor(c), page.Source, models.TypeSource)
	if isKind(err, models.ErrInvalid) {
		err = wrong("source", err.Error())
	}
	if err != nil {
		return nil, err
	}
	return &models.Citation{Source: source, Locator: page.Place, Note: page.Note}, nil
}

// planMerge adds what a merge would do.
func (p *Pages) planMerge(c *gin.Context, page *mergePage, m services.Merge) error {
	plan, err := p.services.PlanMerge(c.Request.Context(), p.actor(c), m)
	if err != nil {
		return err
	}
	refs, err := p.mergeRefs(c, plan)
	if err != nil {
		return err
	}
	d := newDiffer(refs, nil)
	into := d.at(plan.Into.ID)
	page.Into, page.Swap = &into, address("/records/"+plan.Into.ID.String()+"/merge", url.Values{"into": {plan.From.ID.String()}})
	page.Hidden = []field{{"into", plan.Into.ID.String()}, {"from_version", strconv.FormatInt(plan.From.Version, 10)}, {"into_version", strconv.FormatInt(plan.Into.Version, 10)}}
	of := d.of(plan.Into.Type)
	for _, f := range plan.Fields {
		shown := of.mergeField(f, m.Choose[f.Field])
		if f.Field == "identifiers" && len(plan.Conflicts) > 0 {
			shown.undecided()
		}
		page.Fields = append(page.Fields, shown)
	}
	page.Conflicts = plan.Conflicts
	page.Moved, page.Folded, page.Retracted, page.Apart, page.Alone = d.planned(plan)
	return nil
}

// mergeRefs label everything that a merge touches, and that both records point at.
func (p *Pages) mergeRefs(c *gin.Context, plan services.MergePlan) (map[uuid.UUID]services.Ref, error) {
	wanted := map[uuid.UUID]bool{}
	for _, f := range plan.Fields {
		idsIn(f.From, wanted)
		idsIn(f.Into, wanted)
	}
	ids := make([]uuid.UUID, 0, len(wanted))
	for id := range wanted {
		ids = append(ids, id)
	}
	refs, err := p.services.Labels(c.Request.Context(), p.actor(c), ids)
	if err != nil {
		return nil, err
	}
	for id, ref := range plan.Refs {
		refs[id] = ref
	}
	return refs, nil
}

func (d *differ) mergeField(f services.MergeField, choice string) mergeField {
	shown := mergeField{ID: "field-" + f.Field, Field: f.Field, Name: d.label(f.Field)}
	plain := func(value json.RawMessage) []diffLine {
		_, lines := d.pair(f.Field, value, value)
		return lines
	}
	shown.From, shown.Into, shown.Merged = plain(f.From), plain(f.Into), plain(f.Merged)
	if !f.Chosen {
		return shown
	}
	choices := []mergeChoice{{Value: "into", Words: say("Of the record that stands")}, {Value: "from", Words: say("Of the record that goes")}}
	fallback := "into"
	switch {
	case f.List:
		choices, fallback = append([]mergeChoice{{Value: "both", Words: say("Of both")}}, choices...), "both"
	case len(f.Into) == 0:
		fallback = "from"
	}
	if choice == "" {
		choice = fallback
	}
	for i := range choices {
		choices[i].Selected = choices[i].Value == choice
	}
	shown.Choices = choices
	return shown
}

// atField moves what is wrong with a pointer to the field where it was typed.
func atField(err error, pointer, field string) error {
	var forPeople *models.Error
	if !errors.As(err, &forPeople) {
		return err
	}
	moved := *forPeople
	moved.Problems = slices.Clone(forPeople.Problems)
	for i := range moved.Problems {
		if moved.Problems[i].Pointer == pointer {
			moved.Problems[i].Pointer = field
		}
	}
	return &moved
}

// undecided asks for a choice that nobody made.
func (f *mergeField) undecided() {
	for i := range f.Choices {
		f.Choices[i].Selected = false
	}
	f.Choices = append([]mergeChoice{{Words: say("Choose whose stand"), Selected: true}}, f.Choices...)
}

// moves lists records that a merge writes to.
func (d *differ) moves(heading *text, ids []uuid.UUID, folds []services.Fold) mergeMoves {
	m := mergeMoves{Heading: heading}
	for _, id := range ids {
		m.Links = append(m.Links, mergeMove{From: d.at(id)})
	}
	for _, fold := range folds {
		into := d.at(fold.Into)
		m.Links = append(m.Links, mergeMove{From: d.at(fold.From), Into: &into, Why: fold.Why})
	}
	if more := len(m.Links) - mostMoves; more > 0 {
		m.Links, m.More = m.Links[:mostMoves], sayN(more, "and %d more", "and %d more")
	}
	return m
}

// merge joins two records, or proposes it.
func (p *Pages) merge(c *gin.Context, by models.Actor) (view, error) {
	page, from, err := p.mergeBase(c)
	if err != nil {
		return view{}, err
	}
	asked := mergeParameters(from, c.Request.PostForm)
	page.Reason, page.Named = asked.Reason, c.PostForm("into")
	if asked.Into, err = uuid.Parse(c.PostForm("into")); err != nil {
		return p.mergeAgain(c, page, from, wrong("into", "Choose with which record it is the same."))
	}
	if asked.Citation, err = p.mergeCitation(c, page); err != nil {
		if failed := p.planMerge(c, page, asked); failed != nil {
			return p.mergeAgain(c, page, from, failed)
		}
		return p.mergeAgain(c, page, from, err)
	}
	out, err := p.services.Merge(c.Request.Context(), by, asked)
	if err == nil {
		words := say("Merged. The addresses of the one lead to the other from now on.")
		if out.Status != models.ChangesetPublished {
			words = say("Your proposal to merge them waits for a steward.")
		}
		p.tell(c, p.languageOf(c).say(words))
		return view{moved: "/changesets/" + out.Changeset.String()}, nil
	}
	kept := url.Values{"into": {asked.Into.String()}}
	for name, choice := range asked.Choose {
		kept.Set(chooses+name, choice)
	}
	if to := p.confirmFirst(c, by, err, services.ActionMerge, address(page.Action, kept)); to.seeOther != "" {
		return to, nil
	}
	asked.FromVersion, asked.IntoVersion = 0, 0
	if failed := p.planMerge(c, page, asked); failed != nil {
		return p.mergeAgain(c, page, from, failed)
	}
	return p.mergeAgain(c, page, from, err)
}
