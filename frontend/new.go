package frontend

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// forms lists the pages on which members work on records.
func (p *Pages) forms(member func(string, services.Action, func(*gin.Context) (view, error)),
	post func(string, services.Action, func(*gin.Context, models.Actor) (view, error))) {
	member("/new", services.ActionPropose, p.newRecord)
	member("/new/:type", services.ActionPropose, p.newForm)
	member("/pick", services.ActionPropose, p.picks)
	member("/records/:id/edit", services.ActionPropose, p.editForm)
	member("/records/:id/retract", services.ActionPropose, p.retractForm)
	member("/records/:id/restore", services.ActionPropose, p.restoreForm)
	member("/drafts", services.ActionPropose, p.drafts)
	member("/drafts/:id", services.ActionPropose, p.draft)
	post("/drafts/:id", services.ActionPropose, p.keepDraft)
	member("/drafts/:id/check", services.ActionPropose, p.check)
	post("/drafts/:id/submit", services.ActionPropose, p.submitDraft)
	post("/drafts/:id/discard", services.ActionPropose, p.discardDraft)

	member("/worklists", services.ActionPropose, p.worklists)
	member("/worklists/:id", services.ActionPropose, p.worklist)
	member("/records/:id/still-holds", services.ActionPropose, p.stillHoldsForm)
	post("/records/:id/still-holds", services.ActionPropose, p.stillHolds)
	member("/records/:id/notes", services.ActionNotes, p.recordNotes)
	post("/records/:id/notes", services.ActionNotes, p.addNote)
	post("/notes/:id", services.ActionNotes, p.changeNote)
	member("/tasks", services.ActionNotes, p.tasks)
}

// newPage asks what is to be entered.
type newPage struct {
	layout
	Heading, Intro string
	Choices        []newChoice
}

type newChoice struct {
	URL, Name, Hint string
}

// newTypes are the record types in the order in which people enter them.
var newTypes = []models.RecordType{models.TypeStatusChange, models.TypeClaim, models.TypeSource, models.TypeOpenItem, models.TypeRelationship, models.TypeEntity}

func (p *Pages) newRecord(c *gin.Context) (view, error) {
	page := &newPage{layout: memberLayout("/new", "Add to the records"), Heading: "What do you want to add?"}
	for _, t := range newTypes {
		for _, code := range models.RecordTypes().Codes {
			if code.Code == string(t) {
				page.Choices = append(page.Choices, newChoice{"/new/" + code.Code, code.Label, code.Definition})
			}
		}
	}
	return view{template: "new", data: page}, nil
}

// kindChoices asks for the kind of an entity or the type of a link, which its form depends on.
func kindChoices(t models.RecordType, values url.Values) *newPage {
	page := &newPage{Heading: "What kind of entity is it?"}
	codes := models.EntityKinds().Codes
	if t == models.TypeRelationship {
		page.Heading, codes = "How are the two tied?", models.RelationshipTypes().Codes
	}
	page.layout = memberLayout("/new", page.Heading)
	for _, code := range codes {
		hint := code.Definition
		if t == models.TypeRelationship {
			hint += " " + models.RelationshipType(code.Code).Ends()
		}
		page.Choices = append(page.Choices, newChoice{address("/new/"+string(t), with(values, "kind", code.Code)), upper(code.Label), hint})
	}
	return page
}

func upper(words string) string { return strings.ToUpper(words[:1]) + words[1:] }

// prefills are the parameters that fill a new form beforehand, with the field of each.
var prefills = map[models.RecordType]map[string]string{
	models.TypeStatusChange: {"record": "/record", "source": "/citations/0/source", "actor": "/actor"},
	models.TypeClaim:        {"about": "/about/0", "answers": "/answers/0", "speaker": "/speakers/0/entity", "source": "/citations/0/source"},
	models.TypeOpenItem:     {"about": "/about/0", "addressee": "/addressee", "source": "/citations/0/source"},
	models.TypeRelationship: {"subject": "/subject", "object": "/object", "source": "/citations/0/source"},
	models.TypeEntity:       {"source": "/citations/0/source"},
	models.TypeSource:       {"reports_on": "/reports_on/0/source"},
}

// newForm is the empty form of a record, perhaps with what the address says in it.
func (p *Pages) newForm(c *gin.Context) (view, error) {
	t, values := models.RecordType(c.Param("type")), c.Request.URL.Query()
	if models.NewDocument(t) == nil {
		return view{}, models.Errorf(models.ErrNotFound, "There is no page at this address.")
	}
	kind := values.Get("kind")
	kinds := map[models.RecordType]models.Vocabulary{models.TypeEntity: models.EntityKinds(), models.TypeRelationship: models.RelationshipTypes()}[t]
	if len(kinds.Codes) > 0 && !kinds.Has(kind) {
		return view{template: "new", data: kindChoices(t, values)}, nil
	}
	one := &part{Op: models.OpCreate, Type: t, ID: services.ProvisionalID(), Kind: kind, Typed: url.Values{}}
	if len(kinds.Codes) == 0 {
		one.Kind = ""
	}
	if err := p.prefill(c, one, values); err != nil {
		return view{}, err
	}
	return p.begin(c, one)
}

// prefill puts the records that the address names into their fields.
func (p *Pages) prefill(c *gin.Context, one *part, values url.Values) error {
	var ids []uuid.UUID
	fields := map[uuid.UUID][]string{}
	for name, field := range prefills[one.Type] {
		text := values.Get(name)
		if text == "" {
			continue
		}
		id, _, err := p.services.Find(c.Request.Context(), p.actor(c), text)
		if err != nil {
			return err
		}
		ids, fields[id] = append(ids, id), append(fields[id], field)
	}
	refs, err := p.services.Labels(c.Request.Context(), p.actor(c), ids)
	for id, names := range fields {
		for _, name := range names {
			one.choose(name, refs[id].Label(), id)
		}
	}
	return err
}

// begin shows the form of a draft that is not kept yet: its id is given, so that however often it
// is sent, it is one draft.
func (p *Pages) begin(c *gin.Context, one *part) (view, error) {
	d := &draft{Draft: services.Draft{ID: services.NewDraftID()}, draftForm: draftForm{Parts: []*part{one}}}
	r, err := p.read(c.Request.Context(), p.actor(c), one, nil)
	if err != nil {
		return view{}, err
	}
	page, err := p.showPart(c, d, []*reading{r}, 0)
	return view{template: "form", data: page}, err
}

// editForm is the form of a record as it stands.
func (p *Pages) editForm(c *gin.Context) (view, error) {
	record, err := p.standing(c)
	if err != nil {
		return view{}, err
	}
	if record.State == models.StateRetracted {
		return view{seeOther: "/records/" + record.ID.String() + "/restore"}, nil
	}
	one, err := p.partOf(c, models.Operation{Op: models.OpEdit, Type: record.Type, ID: record.ID, Version: record.Version, Data: record.Document}, nil)
	if err != nil {
		return view{}, err
	}
	return p.begin(c, one)
}

// retractForm asks why a record is to be retracted.
func (p *Pages) retractForm(c *gin.Context) (view, error) { return p.moveForm(c, models.OpRetract) }

// restoreForm asks why a retraction is to be taken back.
func (p *Pages) restoreForm(c *gin.Context) (view, error) { return p.moveForm(c, models.OpRestore) }

func (p *Pages) moveForm(c *gin.Context, op models.Op) (view, error) {
	record, err := p.standing(c)
	if err != nil {
		return view{}, err
	}
	one, err := p.partOf(c, models.Operation{Op: op, Type: record.Type, ID: record.ID, Version: record.Version, Data: record.Document}, nil)
	if err != nil {
		return view{}, err
	}
	return p.begin(c, one)
}

// standing reads the record of an address as it stands.
func (p *Pages) standing(c *gin.Context) (services.Record, error) {
	id, kind, err := p.services.Find(c.Request.Context(), p.actor(c), c.Param("id"))
	if err != nil {
		return services.Record{}, err
	}
	page, err := p.services.Get(c.Request.Context(), p.actor(c), kind, id.String(), services.Moment{})
	if err != nil {
		return services.Record{}, err
	}
	return page.Records[0], nil
}

// picks answers what a script asks while somebody types a name.
func (p *Pages) picks(c *gin.Context) (view, error) {
	if _, err := moment(c, "q", "types", "kinds", "tracked"); err != nil {
		return view{}, err
	}
	q := services.Sought{Text: c.Query("q"), Tracked: c.Query("tracked") == "true"}
	for _, t := range strings.Split(c.Query("types"), ",") {
		if models.NewDocument(models.RecordType(t)) != nil {
			q.Types = append(q.Types, models.RecordType(t))
		}
	}
	for _, kind := range strings.Split(c.Query("kinds"), ",") {
		if models.EntityKinds().Has(kind) {
			q.Kinds = append(q.Kinds, models.EntityKind(kind))
		}
	}
	found, _, err := p.services.Candidates(c.Request.Context(), p.actor(c), q)
	list := make([]suggestion, 0, len(found))
	for _, ref := range found {
		list = append(list, suggestion{ref.ID, strings.Join(strings.Fields(ref.Label()), " "), refHint(ref)})
	}
	return view{json: list}, err
}

// suggestion is a record that somebody may mean.
type suggestion struct {
	ID    uuid.UUID `json:"id"`
	Label string    `json:"label"`
	Hint  string    `json:"hint"`
}

// offers are what a member can do with a record, and what everybody can.
func (p *Pages) offers(c *gin.Context, record services.Record) []link {
	by, id := p.actor(c), record.ID.String()
	others := []link{{URL: "/records/" + id + "/history", Words: say("History")}}
	if services.May(by, services.ActionWatch) {
		others = append(others, link{URL: "/watches?record=" + id, Name: "Watch"})
	}
	if !services.May(by, services.ActionPropose) {
		return others
	}
	return append(p.works(by, record), others...)
}

// works are what one who may propose can do with a record.
func (p *Pages) works(by models.Actor, record services.Record) []link {
	id := record.ID.String()
	if record.State != models.StateLive {
		return []link{{URL: "/records/" + id + "/restore", Name: "Restore it"}, {URL: "/records/" + id + "/notes", Name: "Notes for members"}}
	}
	list := []link{{URL: "/records/" + id + "/edit", Name: "Propose an edit"}}
	if services.May(by, services.ActionPublish) {
		list[0].Name = "Edit"
	}
	if record.Status != nil {
		list = append(list, link{URL: address("/new/status_change", url.Values{"record": {id}}), Name: "Add a status change"})
	}
	if slices.Contains(sayable, record.Type) {
		list = append(list, link{URL: address("/new/claim", url.Values{"about": {id}}), Name: "Add a claim about it"})
	}
	switch record.Type {
	case models.TypeClaim:
		list = append(list, link{URL: address("/new/claim", url.Values{"answers": {id}}), Name: "Add an answer"})
	case models.TypeSource:
		list = append(list, link{URL: address("/new/status_change", url.Values{"source": {id}}), Name: "Add a status change from it"},
			link{URL: address("/new/claim", url.Values{"source": {id}}), Name: "Add a claim from it"}, link{URL: "/sources/" + id + "/captures", Name: "Keep evidence"})
	}
	if record.Type == models.TypeRelationship && !record.EndedByItself(p.services.Today()) {
		list = append(list, link{URL: "/records/" + id + "/still-holds", Name: "It still holds"})
	}
	if entity, ok := record.Document.(*models.Entity); ok && entity.Identity == models.Undisclosed {
		list = append(list, link{URL: "/records/" + id + "/name", Words: say("It was named")})
	}
	list = append(list, link{URL: "/records/" + id + "/merge", Words: say("Merge it with another record")})
	return append(list, link{URL: "/records/" + id + "/notes", Name: "Notes for members"}, link{URL: "/records/" + id + "/retract", Name: "Retract"})
}
