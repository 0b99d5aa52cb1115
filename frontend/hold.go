package frontend

import (
	"errors"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// holdsPage lists what is on hold, for stewards.
type holdsPage struct {
	layout
	Lines []holdLine
}

type holdLine struct {
	URL, Name, Type, Reason string
	Since                   *stampOf
}

func (p *Pages) holds(c *gin.Context) (view, error) {
	if _, err := moment(c); err != nil {
		return view{}, err
	}
	list, err := p.services.Holds(c.Request.Context(), p.actor(c))
	page := &holdsPage{layout: plainLayout("", say("Records on hold"), "")}
	for _, one := range list {
		page.Lines = append(page.Lines, holdLine{URL: "/records/" + one.ID.String() + "/hold", Name: one.Name, Type: models.RecordTypes().Label(string(one.Type)), Reason: one.Reason, Since: stamp(one.Since)})
	}
	return view{template: "holds", data: page}, err
}

// holdPage puts a record on hold, or shows stewards one that is, and lifts the hold.
type holdPage struct {
	layout
	ID string
	// Of is the record while it is shown; Name what it is called while it is on hold.
	Of   *link
	Name string
	// Since and Stated are when and why it was put on hold; nil and "" when it is not.
	Since    *stampOf
	Stated   string
	Versions []heldVersion
	// Others says how many more were put on hold with it.
	Others *text
	// Along are the records that may have to be put on hold with it.
	Along    []pick
	Together bool
	Reason   string
}

// heldVersion is one version of a record on hold.
type heldVersion struct {
	revisionLine
	When   *stampOf
	Fields []diffField
}

func recordID(c *gin.Context) (uuid.UUID, error) { return idOf(c, "record") }

func (p *Pages) holdForm(c *gin.Context) (view, error) {
	if _, err := moment(c); err != nil {
		return view{}, err
	}
	page, err := p.holdPage(c)
	return view{template: "hold", data: page}, err
}

func (p *Pages) holdPage(c *gin.Context) (*holdPage, error) {
	ctx, by := c.Request.Context(), p.actor(c)
	id, err := recordID(c)
	if err != nil {
		return nil, err
	}
	page := &holdPage{ID: id.String(), Reason: c.PostForm("reason"), Together: c.PostForm("together") != ""}
	page.layout = plainLayout("", say("Legal hold"), "")
	held, err := p.services.Withheld(ctx, by, id)
	if err == nil {
		return page, p.addHeld(c, page, held)
	}
	var forPeople *models.Error
	if !errors.As(err, &forPeople) || forPeople.Kind != models.ErrNotFound {
		return nil, err
	}
	refs, err := p.services.Labels(ctx, by, []uuid.UUID{id})
	if err != nil {
		return nil, err
	}
	if _, there := refs[id]; !there {
		return nil, models.Errorf(models.ErrNotFound, "There is no record at this address.")
	}
	of := showing{refs: refs}.link(id)
	page.Of = &of
	along, err := p.services.Dependents(ctx, by, id)
	for i, ref := range along {
		label := p.languageOf(c).say(titleOf(ref))
		page.Along = append(page.Along, pick{ID: "with-" + strconv.Itoa(i), Value: ref.ID.String(), Label: label, Hint: models.RecordTypes().Label(string(ref.Type)),
			Checked: slices.Contains(c.PostFormArray("with"), ref.ID.String()) || c.Request.Method == "GET" && (ref.Type == models.TypeRelationship || ref.Type == models.TypeStatusChange)})
	}
	return page, err
}

// addHeld shows what a record on hold says.
func (p *Pages) addHeld(c *gin.Context, page *holdPage, held services.WithheldRecord) error {
	page.Name, page.Since, page.Stated = held.Name, stamp(held.Since), held.Reason
	if held.Together > 1 {
		page.Others = sayN(held.Together-1, "Lift it from %d more record that was put on hold with it", "Lift it from %d more records that were put on hold with it")
	}
	wanted := map[uuid.UUID]bool{}
	var diffs [][]services.FieldDiff
	for i, version := range held.Versions {
		var before []byte
		if i+1 < len(held.Versions) {
			before = held.Versions[i+1].Document
		}
		changes, err := services.Diff(before, version.Document)
		if err != nil {
			return err
		}
		var fields []services.FieldDiff
		for _, change := range changes {
			idsIn(change.Before, wanted)
			idsIn(change.After, wanted)
			fields = append(fields, services.FieldDiff{Field: change.Field, Before: change.Before, After: change.After})
		}
		diffs = append(diffs, fields)
	}
	ids := make([]uuid.UUID, 0, len(wanted))
	for id := range wanted {
		ids = append(ids, id)
	}
	refs, err := p.services.Labels(c.Request.Context(), p.actor(c), ids)
	if err != nil {
		return err
	}
	d := newDiffer(refs, nil).of(held.Type)
	for i, version := range held.Versions {
		page.Versions = append(page.Versions, heldVersion{revisionLine: revisionLineOf(version), When: stamp(version.At), Fields: d.fields(diffs[i])})
	}
	return nil
}

// hold puts a record on hold, with those that were chosen.
func (p *Pages) hold(c *gin.Context, by models.Actor) (view, error) {
	id, err := recordID(c)
	if err != nil {
		return view{}, err
	}
	ids := []uuid.UUID{id}
	for _, text := range c.PostFormArray("with") {
		one, err := uuid.Parse(text)
		if err != nil {
			return view{}, models.Errorf(models.ErrInvalid, "Choose the records in the form.")
		}
		ids = append(ids, one)
	}
	if _, err := p.services.Hold(c.Request.Context(), by, ids, c.PostForm("reason")); err != nil {
		return p.holdAgain(c, err)
	}
	p.tell(c, p.languageOf(c).say(sayN(len(ids), "%d record is on hold: nobody but stewards sees what it says.", "%d records are on hold: nobody but stewards sees what they say.")))
	return view{moved: "/records/" + id.String() + "/hold"}, nil
}

func (p *Pages) holdAgain(c *gin.Context, err error) (view, error) {
	page, failed := p.holdPage(c)
	if failed != nil {
		return view{}, failed
	}
	return p.again(view{template: "hold", data: page}, aboutFields(err, "/reason"))
}

// liftHold shows a record again.
func (p *Pages) liftHold(c *gin.Context, by models.Actor) (view, error) {
	id, err := recordID(c)
	if err != nil {
		return view{}, err
	}
	if _, err := p.services.Lift(c.Request.Context(), by, id, c.PostForm("together") != "", c.PostForm("reason")); err != nil {
		return p.holdAgain(c, err)
	}
	p.tell(c, p.languageOf(c).say("The hold is lifted: the record is shown again as it was."))
	return view{moved: "/records/" + id.String() + "/history"}, nil
}

// redactPage erases a field of a record that the law forces out.
type redactPage struct {
	layout
	ID       string
	Of       link
	Fields   []pick
	Versions []heldVersion
	Reason   string
}

func (p *Pages) redactForm(c *gin.Context) (view, error) {
	if _, err := moment(c, "field"); err != nil {
		return view{}, err
	}
	page, err := p.redactPage(c, c.Query("field"))
	return view{template: "redact", data: page}, err
}

func (p *Pages) redactPage(c *gin.Context, chosen string) (*redactPage, error) {
	ctx, by := c.Request.Context(), p.actor(c)
	id, err := recordID(c)
	if err != nil {
		return nil, err
	}
	revisions, err := p.services.Revisions(ctx, by, services.RevisionQuery{Record: &id, Newest: true, Limit: mostVersions})
	if err == nil && len(revisions) == 0 {
		err = models.Errorf(models.ErrNotFound, "There is no record at this address.")
	}
	if err != nil {
		return nil, err
	}
	refs, err := p.services.Labels(ctx, by, []uuid.UUID{id})
	if err != nil {
		return nil, err
	}
	page := &redactPage{ID: id.String(), Of: showing{refs: refs}.link(id), Reason: c.PostForm("reason")}
	page.layout = plainLayout("", say("Redact: %s", nameIn(refs[id])), revisionsAddress(revisions[0].Type, id))
	labels := fieldLabels()
	for i, field := range services.Redactable(revisions[0].Type) {
		words := labels[field]
		if words == nil {
			words = redactableWords[field]
		}
		page.Fields = append(page.Fields, pick{ID: "field-" + strconv.Itoa(i), Value: field, Label: p.languageOf(c).say(words), Checked: field == chosen})
	}
	for _, r := range revisions {
		page.Versions = append(page.Versions, heldVersion{revisionLine: revisionLineOf(r), When: stamp(r.At)})
	}
	return page, nil
}

// redactableWords name what can be redacted and is no field of a form.
var redactableWords = map[string]*text{"captures": say("Kept files"), services.RedactReasons: say("What was said about its edits: their reasons, and the summaries and comments of the changesets")}

// redact erases a field.
func (p *Pages) redact(c *gin.Context, by models.Actor) (view, error) {
	id, err := recordID(c)
	if err != nil {
		return view{}, err
	}
	field := c.PostForm("field")
	if _, err := p.services.Redact(c.Request.Context(), by, id, field, c.PostForm("reason")); err != nil {
		page, failed := p.redactPage(c, field)
		if failed != nil {
			return view{}, failed
		}
		return p.again(view{template: "redact", data: page}, aboutFields(err, "/field", "/reason"))
	}
	p.tell(c, p.languageOf(c).say("It is erased from every version. A tombstone says when, by whom and why."))
	return view{moved: "/records/" + id.String() + "/history"}, nil
}
