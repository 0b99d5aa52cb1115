package frontend

import (
	"context"
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

// namingPage asks who an undisclosed entity is, who says so, and for the source.
type namingPage struct {
	layout
	Of      link
	Action  string
	Version int64
	namingForm
	Stances []pick
	// Planned says that it was looked at what it would do.
	Planned                         bool
	Moved, Folded, Retracted, Apart mergeMoves
	Alone, Proposes                 bool
}

// namingForm is what was typed in.
type namingForm struct {
	Into, NewName                     string
	Speaker, Described                string
	Stance, SaidOn, Text              string
	Source, Place, Note               string
	NewTitle, NewURL, NewDate, Reason string
}

func namingFormOf(values url.Values) namingForm {
	of := func(name string) string { return strings.TrimSpace(values.Get(name)) }
	return namingForm{Into: of("into"), NewName: of("new-name"), Speaker: of("speaker"), Described: of("described"), Stance: of("stance"), SaidOn: of("said_on"), Text: of("text"),
		Source: of("cited"), NewTitle: of("title"), NewURL: of("url"), NewDate: of("published"), Place: of("locator"), Note: of("note"), Reason: of("reason")}
}

// namingFields are the fields of the form by the pointers of what is wrong with them.
var namingFields = map[string]string{"/into": "into", "/new/name": "new-name", "/new": "new-name", "/claim/speakers": "speaker", "/claim/stance": "stance", "/claim/said_on": "said_on", "/claim/text": "text",
	"/claim/citations": "cited", "/source/title": "title", "/source/url": "url", "/source/published": "published", "/source": "title", "/reason": "reason", "/citations": "cited"}

func (p *Pages) namingForm(c *gin.Context) (view, error) {
	page, err := p.namingPage(c)
	return view{template: "naming", data: page}, err
}

// namingPage is the page of an undisclosed entity: ErrConflict where it is known who it is.
func (p *Pages) namingPage(c *gin.Context) (*namingPage, error) {
	id, err := recordID(c)
	if err != nil {
		return nil, err
	}
	found, err := p.services.GetWritten(c.Request.Context(), p.actor(c), id)
	if err != nil {
		return nil, err
	}
	entity, ok := found.Records[0].Document.(*models.Entity)
	if !ok || entity.Identity != models.Undisclosed || found.Records[0].State != models.StateLive {
		return nil, models.Errorf(models.ErrConflict, "Only an undisclosed entity can be named, and it is known who or what this is.")
	}
	of := showingOf(found, services.Moment{}).link(id)
	page := &namingPage{Of: of, Action: "/records/" + id.String() + "/name", Version: found.Records[0].Version, Proposes: !services.May(p.actor(c), services.ActionName)}
	page.layout = plainLayout("", say("It was named: %s", entity.Name), "")
	page.namingForm = namingFormOf(c.Request.URL.Query())
	if c.Request.Method == "POST" {
		page.namingForm = namingFormOf(c.Request.PostForm)
	}
	if page.Stance == "" {
		page.Stance = string(models.Reports)
	}
	for _, code := range models.Stances().Codes {
		if slices.Contains(services.NamingStances(), models.Stance(code.Code)) {
			page.Stances = append(page.Stances, pick{Value: code.Code, Label: p.languageOf(c).say(code.Label), Checked: code.Code == page.Stance})
		}
	}
	return page, nil
}

// name names an undisclosed entity, proposes it, or shows what it would do.
func (p *Pages) name(c *gin.Context, by models.Actor) (view, error) {
	page, err := p.namingPage(c)
	if err != nil {
		return view{}, err
	}
	asked, err := p.namingOf(c, page)
	if err != nil {
		return p.namingAgain(page, err)
	}
	ctx := c.Request.Context()
	plan, err := p.services.PlanNaming(ctx, by, asked)
	if err != nil {
		return p.namingAgain(page, err)
	}
	if c.PostForm("do") == "look" {
		return view{template: "naming", data: page}, p.addNamingPlan(c, page, plan)
	}
	out, err := p.services.Name(ctx, by, asked)
	if err != nil {
		return p.namingAgain(page, err)
	}
	words := say("It is published who it is, with who says so. Its former address leads to the named one from now on.")
	if out.Status != models.ChangesetPublished {
		words = say("Your proposal to say who it is waits for review. Somebody else looks at it, and at its source.")
	}
	p.tell(c, p.languageOf(c).say(words))
	return view{moved: "/changesets/" + out.Changeset.String()}, nil
}

// namingAgain shows the form again with what is wrong, at its fields.
func (p *Pages) namingAgain(page *namingPage, err error) (view, error) {
	var forPeople *models.Error
	if !errors.As(err, &forPeople) {
		return view{}, err
	}
	plain := *forPeople
	plain.Problems = nil
	for _, problem := range forPeople.Problems {
		if field, known := namingField(problem.Pointer); known {
			problem.Pointer = "/" + field
		} else if !slices.Contains(page.fields(), strings.TrimPrefix(problem.Pointer, "/")) {
			problem.Pointer = ""
		}
		plain.Problems = append(plain.Problems, problem)
	}
	return p.again(view{template: "naming", data: page}, &plain)
}

// namingField is the field in which what a pointer names was typed.
func namingField(pointer string) (string, bool) {
	for at := pointer; at != ""; at = at[:strings.LastIndex(at, "/")] {
		if field, known := namingFields[at]; known {
			return field, true
		}
	}
	return "", false
}

// fields are the ids of the form's fields.
func (*namingPage) fields() []string {
	return []string{"into", "new-name", "speaker", "described", "stance", "said_on", "text", "cited", "title", "url", "published", "locator", "note", "reason"}
}

// namingOf reads the form; everything wrong with it comes back together.
func (p *Pages) namingOf(c *gin.Context, page *namingPage) (services.Naming, error) {
	ctx, id := c.Request.Context(), uuid.MustParse(c.Param("id"))
	asked := services.Naming{Undisclosed: id, Reason: page.Reason, Locator: page.Place, Note: page.Note}
	asked.Version, _ = strconv.ParseInt(c.PostForm("version"), 10, 64) // what is no number is no version
	var problems []models.Problem
	note := func(field string, err error) error {
		var forPeople *models.Error
		if err != nil && !errors.As(err, &forPeople) {
			return err
		}
		if err != nil {
			problems = append(problems, models.Problem{Pointer: "/" + field, Message: err.Error()})
		}
		return nil
	}
	named := func(field, typed string, kind models.RecordType) (uuid.UUID, error) {
		found, err := p.oneNamed(ctx, p.actor(c), typed, kind)
		return found, note(field, err)
	}

	claim := &models.Claim{Stance: models.Stance(page.Stance), Text: page.Text}
	asked.Claim = claim
	var err error
	switch {
	case page.Into != "":
		if asked.Into, err = named("into", page.Into, models.TypeEntity); err != nil {
			return asked, err
		}
		if page.NewName != "" {
			problems = append(problems, models.Problem{Pointer: "/new-name", Message: "Name an entity that is here already, or a new one; one of the two."})
		}
	case page.NewName != "":
		asked.New = &models.Entity{Name: page.NewName}
	}
	switch {
	case page.Speaker != "":
		speaker, err := named("speaker", page.Speaker, models.TypeEntity)
		if err != nil {
			return asked, err
		}
		claim.Speakers = []models.Speaker{{Entity: &speaker}}
	case page.Described != "":
		claim.Speakers = []models.Speaker{{Description: page.Described}}
	}
	if claim.SaidOn, err = models.ParseDateWords(page.SaidOn, p.services.Today()); err != nil {
		problems = append(problems, models.Problem{Pointer: "/said_on", Message: err.Error()})
	}
	switch {
	case page.Source != "":
		source, err := named("cited", page.Source, models.TypeSource)
		if err != nil {
			return asked, err
		}
		claim.Citations = []models.Citation{{Source: source, Locator: page.Place, Note: page.Note}}
	case page.NewTitle != "" || page.NewURL != "":
		asked.Source = &models.Source{Kind: "article", Title: page.NewTitle, URL: page.NewURL}
		if asked.Source.Published, err = models.ParseDateWords(page.NewDate, p.services.Today()); err != nil {
			problems = append(problems, models.Problem{Pointer: "/published", Message: err.Error()})
		}
	}
	if len(problems) == 0 {
		return asked, nil
	}
	// What else is missing is said with it.
	_, err = p.services.PlanNaming(ctx, p.actor(c), asked)
	var more *models.Error
	if errors.As(err, &more) {
		for _, problem := range more.Problems {
			field, known := namingField(problem.Pointer)
			if known && !slices.ContainsFunc(problems, func(one models.Problem) bool { return one.Pointer == "/"+field }) {
				problems = append(problems, models.Problem{Pointer: "/" + field, Message: problem.Message})
			}
		}
	}
	return asked, &models.Error{Kind: models.ErrInvalid, Message: "Nothing was named yet.", Problems: problems}
}

// addNamingPlan adds what a naming would do.
func (p *Pages) addNamingPlan(c *gin.Context, page *namingPage, plan services.MergePlan) error {
	refs, err := p.mergeRefs(c, plan)
	if err != nil {
		return err
	}
	page.Planned = true
	page.addMoves(newDiffer(refs, nil), plan)
	return nil
}

func (page *namingPage) addMoves(d *differ, plan services.MergePlan) {
	page.Moved, page.Folded, page.Retracted, page.Apart, page.Alone = d.planned(plan)
}

// planned lists what a merge moves, folds, retracts and keeps apart; alone says that there is none of
// it.
func (d *differ) planned(plan services.MergePlan) (moved, folded, retracted, apart mergeMoves, alone bool) {
	moved = d.moves(say("They point at the record that stands"), plan.Moved, nil)
	retracted = d.moves(say("They would lead from a record to itself, and are retracted"), plan.Retracted, nil)
	folded = d.moves(say("They become the same as another"), nil, plan.Folded)
	apart = d.moves(say("They look the same, and are kept apart"), nil, plan.Apart)
	return moved, folded, retracted, apart, len(plan.Moved)+len(plan.Retracted)+len(plan.Folded)+len(plan.Apart) == 0
}

// oneNamed finds the record of a type that somebody typed: by its id, its address on this site or
// elsewhere, or its name, where that leaves no doubt.
func (p *Pages) oneNamed(ctx context.Context, by models.Actor, typed string, kind models.RecordType) (uuid.UUID, error) {
	text := strings.TrimSpace(typed)
	if u, err := url.Parse(text); err == nil && strings.Contains(u.Path, "/") && (kind != models.TypeSource || u.Host == "") {
		text = u.Path[strings.LastIndex(strings.TrimRight(u.Path, "/"), "/")+1:]
	}
	if id, err := uuid.Parse(text); err == nil && len(text) == 36 {
		return id, nil
	}
	found, exact, err := p.services.Candidates(ctx, by, services.Sought{Text: text, Types: []models.RecordType{kind}})
	switch {
	case err != nil:
		return uuid.Nil, err
	case exact && len(found) > 0:
		return found[0].ID, nil
	case len(found) == 0:
		return uuid.Nil, models.Errorf(models.ErrInvalid, "Nothing here is called that. Open the record, and copy its address.")
	}
	names := make([]string, 0, 5)
	for _, ref := range found[:min(len(found), 5)] {
		names = append(names, ref.Label())
	}
	return uuid.Nil, models.Errorf(models.ErrInvalid, "Which one do you mean: %s? Open it, and copy its address.", strings.Join(names, "; "))
}

// namingView shows the reviewer what a naming says, before all that it moves.
type namingView struct {
	Was, Is  link
	Speakers []link
	Stance   string
	SaidOn   date
	Text     string
	Sources  []citation
}

// namingIn finds the naming among changes; nil for none on this page of them.
func (d *differ) namingIn(changes []services.Change, shown []changeView) *namingView {
	i := slices.IndexFunc(changes, func(one services.Change) bool { return one.Op == models.OpName })
	if i < 0 || changes[i].Into == nil {
		return nil
	}
	v := &namingView{Was: d.at(changes[i].ID), Is: d.at(*changes[i].Into)}
	for j, one := range changes {
		claim, ok := one.Data.(*models.Claim)
		if ok && one.Op == models.OpCreate && slices.Contains(claim.About, *changes[i].Into) {
			v.Speakers, v.Stance, v.SaidOn, v.Text, v.Sources = d.speakers(claim.Speakers), models.Stances().Label(string(claim.Stance)), dateOf(claim.SaidOn), claim.Text, shown[j].Sources
		}
	}
	return v
}
