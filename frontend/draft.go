package frontend

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// draftForm is what a draft keeps of its forms.
type draftForm struct {
	Parts []*part `json:"parts"`
	// Amends is the proposal that it is to change, and AmendedEdition the one that was seen; nil
	// for a draft of one's own.
	Amends         uuid.UUID `json:"amends,omitzero"`
	AmendedEdition int64     `json:"amended_edition,omitempty"`
}

// draft is a draft with its forms.
type draft struct {
	services.Draft
	draftForm
}

// formPage is the form of one part of a draft.
type formPage struct {
	layout
	Kind    string
	Heading string
	Draft   uuid.UUID
	Edition int64
	Part    int
	Hidden  []field
	Groups  []shownGroup
	// Edits ask what an edit is; nil where none is made.
	Edits []pick
	// AskWhy asks for a reason; Why is what was typed.
	AskWhy bool
	Why    string
	// Moves says what is retracted or restored; "" where something is entered or edited.
	Moves string
	// Stale says that the record was changed meanwhile, and leads to it.
	Stale *staleNotice
	// Returned is what a reviewer said who gave the proposal back.
	Returned string
	// Others are the parts of the draft, where there are several.
	Others []link
	// Proposes says that what is sent waits for review.
	Proposes bool
}

// staleNotice says that somebody else changed a record.
type staleNotice struct {
	URL     string
	Version int64
}

// loadDraft reads a draft of the member's; what was not made by a form gets one.
func (p *Pages) loadDraft(c *gin.Context, id uuid.UUID) (*draft, error) {
	kept, err := p.services.Draft(c.Request.Context(), p.actor(c), id)
	if err != nil {
		return nil, err
	}
	d := &draft{Draft: kept}
	if len(kept.Form) > 0 {
		return d, json.Unmarshal(kept.Form, &d.draftForm)
	}
	known := madeBy(kept.Operations)
	for _, op := range kept.Operations {
		one, err := p.partOf(c, op, known)
		if err != nil {
			return nil, err
		}
		d.Parts = append(d.Parts, one)
	}
	return d, nil
}

// madeBy names the records that operations make.
func madeBy(operations []models.Operation) map[uuid.UUID]services.Ref {
	known := map[uuid.UUID]services.Ref{}
	for _, op := range operations {
		if op.Op != models.OpCreate {
			continue
		}
		ref := services.Ref{ID: op.ID, Type: op.Type, State: models.StateLive}
		switch d := op.Data.(type) {
		case *models.Entity:
			ref.Kind, ref.Name = string(d.Kind), d.Name
		case *models.Source:
			ref.Kind, ref.Name, ref.Date = d.Kind, d.Title, d.Published
		case *models.Claim:
			ref.Kind, ref.Name, ref.Date = string(d.Stance), d.Text, d.SaidOn
		case *models.OpenItem:
			ref.Kind, ref.Name = d.Kind, d.Text
		case *models.Relationship:
			ref.Kind = string(d.Type)
		}
		known[op.ID] = ref
	}
	return known
}

// partOf makes the form of an operation.
func (p *Pages) partOf(c *gin.Context, op models.Operation, known map[uuid.UUID]services.Ref) (*part, error) {
	one := &part{Op: op.Op, Type: op.Type, ID: op.ID, Version: op.Version, Edit: op.Edit, Reason: op.Reason, Typed: url.Values{}}
	if op.Data == nil {
		return one, nil
	}
	one.Kind = kindOfDocument(op.Data)
	var ids []uuid.UUID
	for _, ref := range op.Data.References() {
		ids = append(ids, ref.ID)
	}
	refs, err := p.services.Labels(c.Request.Context(), p.actor(c), ids)
	if err != nil {
		return nil, err
	}
	for id, ref := range known {
		refs[id] = ref
	}
	one.Typed, err = typedOf(sheetOf(op.Type, one.Kind, "", ""), op.Data, refs)
	return one, err
}

func kindOfDocument(document models.Document) string {
	switch d := document.(type) {
	case *models.Entity:
		return string(d.Kind)
	case *models.Relationship:
		return string(d.Type)
	}
	return ""
}

// readDraft reads the draft of an address, and every part of it.
func (p *Pages) readDraft(c *gin.Context) (*draft, []*reading, error) {
	id, err := draftID(c)
	if err != nil {
		return nil, nil, err
	}
	d, err := p.loadDraft(c, id)
	if err != nil {
		return nil, nil, err
	}
	list, err := p.readings(c, d)
	return d, list, err
}

// readings reads every part of a draft, and makes its operations.
func (p *Pages) readings(c *gin.Context, d *draft) ([]*reading, error) {
	var list []*reading
	known := madeBy(d.Operations) // they may name each other
	d.Operations = nil
	for _, one := range d.Parts {
		r, err := p.read(c.Request.Context(), p.actor(c), one, known)
		if err != nil {
			return nil, err
		}
		if err := r.write(); err != nil {
			return nil, err
		}
		for id, ref := range madeBy(r.operations) {
			known[id] = ref
		}
		d.Operations = append(d.Operations, r.operations...)
		list = append(list, r)
	}
	return list, nil
}

// rehearse finds what is wrong with a draft as a whole, and puts it on the fields. It gives the
// part whose record was changed meanwhile; -1 when none was.
func (p *Pages) rehearse(c *gin.Context, d *draft, list []*reading) (int, error) {
	err := p.services.Rehearse(c.Request.Context(), p.actor(c), models.Changeset{ID: d.ID, Summary: d.Summary, Operations: d.Operations})
	return p.place(err, list)
}

// place puts the problems of a changeset on the fields of its parts.
func (p *Pages) place(err error, list []*reading) (stale int, _ error) {
	stale = -1
	var forPeople *models.Error
	if !errors.As(err, &forPeople) {
		return stale, err
	}
	if forPeople.Kind != models.ErrInvalid && forPeople.Kind != models.ErrStale && forPeople.Kind != models.ErrConflict {
		return stale, err
	}
	for _, problem := range forPeople.Problems {
		part, at := owner(list, problem.Operation)
		if part < 0 {
			continue
		}
		r := list[part]
		if forPeople.Kind == models.ErrStale {
			stale = part
			continue
		}
		r.problemOfService(r.places[at](problem.Pointer), problem)
	}
	if len(forPeople.Problems) == 0 && len(list) > 0 {
		list[0].problem("", "%s", forPeople.Message)
	}
	return stale, nil
}

// owner finds the part whose operation one of the changeset's is, and which of the part's it is.
func owner(list []*reading, operation int) (part, at int) {
	for i, r := range list {
		if operation < len(r.operations) {
			return i, operation
		}
		operation -= len(r.operations)
	}
	return -1, 0
}

func wrongParts(list []*reading) int {
	return slices.IndexFunc(list, func(r *reading) bool { return len(r.problems) > 0 })
}

// keep saves a draft as it is.
func (p *Pages) keep(c *gin.Context, d *draft) error {
	text, err := json.Marshal(d.draftForm)
	if err != nil {
		return err
	}
	d.Form = text
	d.Draft, err = p.services.SaveDraft(c.Request.Context(), p.actor(c), d.Draft)
	return err
}

// showPart is the page of one part.
func (p *Pages) showPart(c *gin.Context, d *draft, list []*reading, n int) (*formPage, error) {
	r, one := list[n], d.Parts[n]
	set, err := p.settingOf(c, r)
	if err != nil {
		return nil, err
	}
	page := &formPage{layout: memberLayout("/drafts", partTitle(r)), Heading: partTitle(r), Kind: headingKind(one), Draft: d.ID, Edition: d.Edition, Part: n, Returned: d.Note,
		Proposes: !services.May(p.actor(c), services.ActionPublish)}
	page.Scripts = []string{"/static/forms.js"}
	page.Hidden = []field{{"op", string(one.Op)}, {"type", string(one.Type)}, {"id", one.ID.String()}, {"version", strconv.FormatInt(one.Version, 10)}, {"kind", one.Kind}}
	switch one.Op {
	case models.OpRetract, models.OpRestore:
		page.Moves = strings.ToLower(models.Operations().Label(string(one.Op)))
	default:
		page.Groups = r.show(set)
	}
	if page.AskWhy, page.Why = one.Op != models.OpCreate, one.Reason; one.Op == models.OpEdit {
		for i, code := range models.EditKinds().Codes {
			page.Edits = append(page.Edits, pick{ID: "edit-" + strconv.Itoa(i), Value: code.Code, Label: code.Label, Hint: code.Definition, Checked: string(one.Edit) == code.Code})
		}
	}
	for _, problem := range r.problems {
		page.Problems = append(page.Problems, formProblem{Field: r.target(problem.Pointer), Message: problem.Message, Known: knownLink(problem), Use: r.usable(problem)})
	}
	if len(list) > 1 {
		for i, other := range list {
			page.Others = append(page.Others, link{URL: address("/drafts/"+d.ID.String(), url.Values{"part": {strconv.Itoa(i)}}), Name: partTitle(other)})
		}
	}
	return page, nil
}

// target is the id that a problem's link leads to: the first of several choices.
func (r *reading) target(name string) string {
	switch name {
	case "":
		return ""
	case fieldEdit:
		return "edit-0"
	}
	for _, s := range r.part.all(r.sheet) {
		if s.Name == name && (s.Kind == askOne || s.Kind == askSome) {
			return sheetID(name) + "-0"
		}
	}
	return sheetID(name)
}

func headingKind(one *part) string {
	words := models.RecordTypes().Label(string(one.Type))
	switch one.Type {
	case models.TypeEntity:
		words = models.EntityKinds().Label(one.Kind)
	case models.TypeRelationship:
		words = "Link: " + models.RelationshipTypes().Label(one.Kind)
	}
	return words
}

// titleOf says in words what a part does.
func partTitle(r *reading) string {
	one := r.part
	about := one.get("/name") + one.get("/title")
	switch one.Type {
	case models.TypeStatusChange:
		about = one.get("/record")
		if status := one.get("/status"); status != "" {
			about += ": " + strings.ReplaceAll(status, "_", " ")
		}
	case models.TypeClaim, models.TypeOpenItem:
		about = clipped(one.get("/text"))
	case models.TypeRelationship:
		about = strings.TrimSpace(one.get("/subject") + " " + models.RelationshipTypes().Label(one.Kind) + " " + one.get("/object"))
	}
	words := map[models.Op]string{models.OpCreate: "New ", models.OpEdit: "Edit of a ", models.OpRetract: "Retraction of a ", models.OpRestore: "Restoration of a "}[one.Op]
	kind := strings.ToLower(models.RecordTypes().Label(string(one.Type)))
	if one.Type == models.TypeEntity && one.Kind != "" {
		kind = strings.ToLower(models.EntityKinds().Label(one.Kind))
	}
	if one.Type == models.TypeRelationship {
		kind = "link"
	}
	if strings.ContainsRune("aeiou", rune(kind[0])) {
		words = strings.Replace(words, " a ", " an ", 1)
	}
	if about == "" {
		return words + kind
	}
	return words + kind + ": " + about
}

// mostRecent bounds the sources that are offered as the last used.
const mostRecent = 4

// settingOf gathers what the fields of a part offer: the sources used last, and who probably took
// a step.
func (p *Pages) settingOf(c *gin.Context, r *reading) (setting, error) {
	set := setting{suggested: map[string][]services.Ref{}}
	if r.part.Type == models.TypeSource || r.part.Op == models.OpRetract || r.part.Op == models.OpRestore {
		return set, nil
	}
	var err error
	if set.recent, err = p.services.RecentSources(c.Request.Context(), p.actor(c), mostRecent); err != nil {
		return set, err
	}
	if r.part.Type == models.TypeStatusChange {
		set.suggested["/actor"], err = p.likelyActors(c, r.refs[r.part.chosen("/record")])
	}
	return set, err
}

// likelyActors are those at the ends of what changed, who provide the service first.
func (p *Pages) likelyActors(c *gin.Context, changed services.Ref) ([]services.Ref, error) {
	if changed.Type != models.TypeRelationship || changed.Subject == nil || changed.Object == nil {
		return nil, nil
	}
	page, err := p.services.List(c.Request.Context(), models.Actor{}, models.TypeRelationship,
		services.Query{Limit: 3, Filters: map[string][]string{"type": {string(models.Provides)}, "object": {changed.Subject.ID.String()}}})
	if err != nil {
		return nil, err
	}
	var list []services.Ref
	for _, record := range page.Records {
		list = append(list, page.Refs[record.Document.(*models.Relationship).Subject])
	}
	return append(list, *changed.Object), nil
}

// instantText writes an instant on pages for members.
func instantText(at time.Time) string { return at.UTC().Format("2 January 2006 at 15:04 UTC") }

// tab is one of several views of a page.
type tab struct {
	URL, Name string
	Current   bool
}

// Pages of drafts.

// draftsPage lists one's drafts.
type draftsPage struct {
	layout
	Drafts []draftLine
}

type draftLine struct {
	URL, Name, Began, State, ID string
	Returned                    bool
}

func (p *Pages) drafts(c *gin.Context) (view, error) {
	list, err := p.services.Drafts(c.Request.Context(), p.actor(c))
	if err != nil {
		return view{}, err
	}
	page := &draftsPage{layout: memberLayout("/drafts", "Your drafts")}
	for _, one := range list {
		line := draftLine{URL: "/drafts/" + one.ID.String(), Name: one.Summary, Began: instantText(one.CreatedAt), State: models.ChangesetStatuses().Label(string(one.Status)),
			ID: one.ID.String(), Returned: one.Status == models.ChangesetChangesRequested}
		if line.Name == "" {
			line.Name = "A draft without words"
		}
		page.Drafts = append(page.Drafts, line)
	}
	return view{template: "drafts", data: page}, nil
}

func draftID(c *gin.Context) (uuid.UUID, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil || len(c.Param("id")) != 36 {
		return id, models.Errorf(models.ErrNotFound, "There is no draft at this address.")
	}
	return id, nil
}

func partNumber(text string, d *draft) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n >= len(d.Parts) {
		return 0
	}
	return n
}

// draft shows a draft's form as it was saved.
func (p *Pages) draft(c *gin.Context) (view, error) {
	id, err := draftID(c)
	if err != nil {
		return view{}, err
	}
	d, err := p.loadDraft(c, id)
	if err != nil {
		return view{}, err
	}
	if len(d.Parts) == 0 {
		return view{}, models.Errorf(models.ErrNotFound, "This draft holds nothing yet.")
	}
	list, err := p.readings(c, d)
	if err != nil {
		return view{}, err
	}
	n := partNumber(c.Query("part"), d)
	if c.Query("check") == "" {
		list[n].problems = onlyDoubts(list[n])
	} else if _, err := p.rehearse(c, d, list); err != nil {
		return view{}, err
	} else if wrong := wrongParts(list); wrong >= 0 && c.Query("part") == "" {
		n = wrong
	}
	page, err := p.showPart(c, d, list, n)
	return view{template: "form", data: page}, err
}

// onlyDoubts are the problems that one wants to see before one asked for them: names that could
// not be told apart, and words that could not be read.
func onlyDoubts(r *reading) []models.Problem {
	return slices.DeleteFunc(slices.Clone(r.problems), func(problem models.Problem) bool { return r.part.get(problem.Pointer) == "" })
}

// keepDraft takes what was typed into a form, and does what its button says.
func (p *Pages) keepDraft(c *gin.Context, by models.Actor) (view, error) {
	id, err := draftID(c)
	if err != nil {
		return view{}, err
	}
	d, n, err := p.typedDraft(c, id)
	if err != nil {
		return view{}, err
	}
	does := c.PostForm("do")
	edition, _ := strconv.ParseInt(c.PostForm("edition"), 10, 64)
	if does == "keep" && edition != d.Edition {
		return view{status: http.StatusConflict, json: gin.H{"message": "This draft was changed in another window. Load it again to go on here."}}, nil
	}
	d.Parts[n].act(does)
	if err := p.useSource(c, d.Parts[n], does); err != nil {
		return view{}, err
	}

	list, err := p.readings(c, d)
	if err != nil {
		return view{}, err
	}
	if len(list) == 1 || d.Summary == "" {
		d.Summary = partTitle(list[0])
	}
	if err := p.keep(c, d); err != nil {
		var stale *models.Error
		if errors.As(err, &stale) && does == "keep" {
			return view{status: http.StatusConflict, json: gin.H{"message": stale.Message}}, nil
		}
		return view{}, err
	}
	home := address("/drafts/"+id.String(), partValues(n))
	switch {
	case does == "keep":
		return view{json: gin.H{"edition": d.Edition, "address": home}}, nil
	case does == "save":
		p.tell(c, "The draft is saved. You find it under “Drafts”.")
		return view{moved: "/drafts/" + id.String()}, nil
	case does != "check":
		return view{moved: home + "#" + landing(does, list[n])}, nil
	}
	return p.checkDraft(c, d, list, n)
}

func partValues(n int) url.Values {
	if n == 0 {
		return nil
	}
	return url.Values{"part": {strconv.Itoa(n)}}
}

// landing is where one goes on after a button within the form.
func landing(does string, r *reading) string {
	verb, at, _ := strings.Cut(does, ":")
	switch verb {
	case "add":
		return sheetID(at + "/" + strconv.Itoa(max(r.part.rows(at)-1, 0)))
	case "look":
		return sheetID(at)
	case "use":
		field, _, _ := cutLast(at)
		return sheetID(field)
	}
	return "form"
}

// usable is what the button does that has a field cite the source that is there already, in place of
// the one that was to be made in it; "" where the problem is another.
func (r *reading) usable(problem models.Problem) string {
	name, isURL := strings.CutSuffix(problem.Pointer, ":url")
	if problem.Known == nil || !isURL && r.part.get(name+newMark) != string(models.TypeSource) {
		return ""
	}
	return "use:" + name + ":" + problem.Known.ID.String()
}

// useSource has a field cite a source, as a button says: what was typed for a new one is cleared.
func (p *Pages) useSource(c *gin.Context, one *part, does string) error {
	at, isUse := strings.CutPrefix(does, "use:")
	name, text, _ := cutLast(at)
	id, err := uuid.Parse(text)
	if !isUse || err != nil || !strings.HasPrefix(name, "/") {
		return nil
	}
	refs, err := p.services.Labels(c.Request.Context(), p.actor(c), []uuid.UUID{id})
	ref, known := refs[id]
	if err != nil || !known || ref.Type != models.TypeSource {
		return err
	}
	for typed := range one.Typed {
		if strings.HasPrefix(typed, name+":") {
			delete(one.Typed, typed)
		}
	}
	one.choose(name, ref.Label(), id)
	return nil
}

// cutLast cuts a text at its last colon.
func cutLast(text string) (before, after string, found bool) {
	i := strings.LastIndex(text, ":")
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+1:], true
}

// typedDraft reads a draft and what was typed into one of its forms; a draft that is not there yet
// is begun.
func (p *Pages) typedDraft(c *gin.Context, id uuid.UUID) (*draft, int, error) {
	d, err := p.loadDraft(c, id)
	var forPeople *models.Error
	if errors.As(err, &forPeople) && forPeople.Kind == models.ErrNotFound {
		d, err = &draft{Draft: services.Draft{ID: id}}, nil
	}
	if err != nil {
		return nil, 0, err
	}
	if len(d.Parts) == 0 {
		one, err := beginPart(c)
		if err != nil {
			return nil, 0, err
		}
		d.Parts = []*part{one}
	}
	n := partNumber(c.PostForm("part"), d)
	one := d.Parts[n]
	one.Typed = url.Values{}
	for name, values := range c.Request.PostForm {
		if strings.HasPrefix(name, "/") {
			one.Typed[name] = values
		}
	}
	one.Edit, one.Reason = models.EditKind(c.PostForm(fieldEdit)), strings.TrimSpace(c.PostForm(fieldWhy))
	if version, err := strconv.ParseInt(c.PostForm("version"), 10, 64); err == nil {
		one.Version = version
	}
	return d, n, nil
}

// beginPart reads what the hidden fields of a new form say that it does.
func beginPart(c *gin.Context) (*part, error) {
	one := &part{Op: models.Op(c.PostForm("op")), Type: models.RecordType(c.PostForm("type")), Kind: c.PostForm("kind")}
	id, err := uuid.Parse(c.PostForm("id"))
	if one.ID = id; err != nil || !slices.Contains([]models.Op{models.OpCreate, models.OpEdit, models.OpRetract, models.OpRestore}, one.Op) || models.NewDocument(one.Type) == nil {
		return nil, models.Errorf(models.ErrInvalid, "The form could not be read. Go back, load it again, and send it again.")
	}
	return one, nil
}

// act adds an entry to a list, or takes one away.
func (p *part) act(does string) {
	verb, at, _ := strings.Cut(does, ":")
	switch verb {
	case "add":
		if n := max(p.rows(at), 1); n < mostEntries {
			p.Typed[at+"/"+strconv.Itoa(n)+"/"] = []string{""}
		}
	case "remove":
		p.remove(at)
	}
}

// remove takes an entry away, and moves those after it up.
func (p *part) remove(at string) {
	i := strings.LastIndex(at, "/")
	gone, err := strconv.Atoi(at[i+1:])
	if i < 1 || err != nil {
		return
	}
	prefix := at[:i+1]
	moved := url.Values{}
	for name, values := range p.Typed {
		rest, inside := strings.CutPrefix(name, prefix)
		end := strings.IndexAny(rest, "/:")
		if end < 0 {
			end = len(rest)
		}
		n, err := strconv.Atoi(rest[:end])
		switch {
		case !inside || err != nil || n < gone:
			moved[name] = values
		case n > gone:
			moved[prefix+strconv.Itoa(n-1)+rest[end:]] = values
		}
	}
	p.Typed = moved
}

// checkDraft leads to the answers where nothing is wrong, and back to the form otherwise.
func (p *Pages) checkDraft(c *gin.Context, d *draft, list []*reading, n int) (view, error) {
	stale, err := p.rehearse(c, d, list)
	if err != nil {
		return view{}, err
	}
	return p.afterCheck(c, d, list, n, stale)
}

func (p *Pages) afterCheck(c *gin.Context, d *draft, list []*reading, n, stale int) (view, error) {
	wrong := wrongParts(list)
	if wrong < 0 && stale < 0 {
		return view{moved: "/drafts/" + d.ID.String() + "/check"}, nil
	}
	if wrong >= 0 && len(list[n].problems) == 0 {
		n = wrong
	}
	if stale >= 0 {
		return p.showStale(c, d, list, stale)
	}
	page, err := p.showPart(c, d, list, n)
	if err != nil {
		return view{}, err
	}
	page.Title = verbatim("Problem: " + page.Heading)
	return view{template: "form", data: page, status: http.StatusUnprocessableEntity}, nil
}

// showStale shows a form again with the record as it stands now, and keeps what was typed. Sent
// once more, it is an edit of that version.
func (p *Pages) showStale(c *gin.Context, d *draft, list []*reading, n int) (view, error) {
	r := list[n]
	current, err := p.services.GetWritten(c.Request.Context(), p.actor(c), r.part.ID)
	if err != nil {
		return view{}, err
	}
	record := current.Records[0]
	page, err := p.showPart(c, d, list, n)
	if err != nil {
		return view{}, err
	}
	set, err := p.settingOf(c, r)
	if err != nil {
		return view{}, err
	}
	if set.current, err = typedOf(r.sheet, record.Document, current.Refs); err != nil {
		return view{}, err
	}
	if page.Moves == "" {
		page.Groups = r.show(set)
	}
	for i := range page.Hidden {
		if page.Hidden[i].Name == "version" {
			page.Hidden[i].Value = strconv.FormatInt(record.Version, 10)
		}
	}
	page.Stale = &staleNotice{URL: "/records/" + record.ID.String(), Version: record.Version}
	page.Problems = []formProblem{{Field: "stale", Message: "Somebody else changed this record meanwhile. Compare, then check your answers again."}}
	page.Title = verbatim("Problem: " + page.Heading)
	return view{template: "form", data: page, status: http.StatusUnprocessableEntity}, nil
}

// checkPage shows all answers before they are sent.
type checkPage struct {
	layout
	Draft   uuid.UUID
	Summary string
	Parts   []checkPart
	// Proposes says that it waits for review; otherwise it is published at once.
	Proposes bool
	// Amends says that it changes a proposal, which keeps its own day.
	Amends bool
	// PublishOn is the day before which it is not to be published, as typed; "" for none.
	PublishOn string
}

type checkPart struct {
	Heading string
	Answers []answerLine
}

// answerLine is one answer with the way back to its field.
type answerLine struct {
	Label, Value, URL string
}

func (p *Pages) check(c *gin.Context) (view, error) {
	d, list, err := p.readDraft(c)
	if err != nil {
		return view{}, err
	}
	stale, err := p.rehearse(c, d, list)
	if err != nil {
		return view{}, err
	}
	if len(list) == 0 || wrongParts(list) >= 0 || stale >= 0 {
		return view{seeOther: address("/drafts/"+d.ID.String(), url.Values{"check": {"1"}})}, nil
	}
	return view{template: "check", data: p.checkPage(c, d, list)}, nil
}

func (p *Pages) checkPage(c *gin.Context, d *draft, list []*reading) *checkPage {
	page := &checkPage{layout: memberLayout("/drafts", "Check your answers"), Draft: d.ID, Summary: d.Summary, Proposes: d.Amends != uuid.Nil || !services.May(p.actor(c), services.ActionPublish), Amends: d.Amends != uuid.Nil}
	if !d.PublishAt.IsZero() {
		page.PublishOn = models.DayOf(d.PublishAt).String()
	}
	for n, r := range list {
		page.Parts = append(page.Parts, checkPart{Heading: partTitle(r), Answers: r.answers("/drafts/"+d.ID.String(), n)})
	}
	return page
}

// answers lists what was typed, in the order of the form.
func (r *reading) answers(home string, n int) []answerLine {
	var list []answerLine
	add := func(label, name, value string) {
		if value != "" {
			list = append(list, answerLine{label, value, address(home, partValues(n)) + "#" + r.target(name)})
		}
	}
	if r.part.Op == models.OpEdit {
		add("Did the world change, or was it wrong?", fieldEdit, models.EditKinds().Label(string(r.part.Edit)))
	}
	add("Why", fieldWhy, r.part.Reason)
	for _, s := range r.part.all(r.sheet) {
		add(s.Label, s.Name, r.answer(s))
	}
	return list
}

// answer says one answer in words.
func (r *reading) answer(s slot) string {
	text := r.part.get(s.Name)
	switch s.Kind {
	case askRecord:
		if id := r.part.chosen(s.Name); id != uuid.Nil {
			return r.nowWords(id, r.part.get(s.Name+newMark))
		}
		return ""
	case askOne, askSelect, askSome:
		var labels []string
		for _, code := range s.Codes {
			if slices.Contains(r.part.Typed[s.Name], code.Code) {
				labels = append(labels, code.Label)
			}
		}
		return strings.Join(labels, ", ")
	case askFlag:
		if text != "" {
			return "Yes"
		}
	case askDate:
		if date, err := models.ParseDateWords(text, r.published()); err == nil && text != "" {
			if text == date.Label() {
				return text
			}
			return text + " – understood as " + date.Label()
		}
	}
	return text
}

// submitDraft publishes a draft or sends it for review.
func (p *Pages) submitDraft(c *gin.Context, by models.Actor) (view, error) {
	d, list, err := p.readDraft(c)
	if err != nil {
		return view{}, err
	}
	if said := strings.TrimSpace(c.PostForm("summary")); said != "" {
		d.Summary = said
	}
	if wrongParts(list) >= 0 {
		return p.checkDraft(c, d, list, wrongParts(list))
	}
	if day, err := publishOn(c.PostForm("publish_on")); err != nil {
		page := p.checkPage(c, d, list)
		page.PublishOn = c.PostForm("publish_on")
		return p.again(view{template: "check", data: page}, err)
	} else if c.Request.PostForm.Has("publish_on") {
		d.PublishAt = day
	}
	if err := p.keep(c, d); err != nil {
		return view{}, err
	}
	out, err := p.sendDraft(c, by, d)
	if err != nil {
		stale, err := p.place(err, list)
		if err != nil {
			return view{}, err
		}
		return p.afterCheck(c, d, list, 0, stale)
	}
	if out.Status != models.ChangesetPublished {
		p.tell(c, sentWords(d, by))
		return view{moved: "/changesets/" + out.Changeset.String()}, nil
	}
	last := d.Parts[len(d.Parts)-1].ID
	at := slices.IndexFunc(d.Operations, func(op models.Operation) bool { return op.ID == last })
	if at >= 0 && at < len(out.Written) {
		last = out.Written[at].ID // what is new has another id now
	}
	p.tellPublished(c, out, last)
	return view{moved: "/records/" + last.String()}, nil
}

// sentWords say for what a proposal waits.
func sentWords(d *draft, by models.Actor) string {
	switch {
	case d.Amends != uuid.Nil:
		return "The proposal is amended, and waits for review. Your name stands beside its author’s."
	case !d.PublishAt.IsZero() && services.May(by, services.ActionPublish):
		return "It waits for its day. Until then your group and reviewers alone see it."
	}
	return "Your proposal waits for review. Somebody else looks at it before it is published."
}

// publishOn reads the day of an embargo, which begins with the day in UTC; zero for none.
func publishOn(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := models.ParseDay(text)
	if err != nil {
		return time.Time{}, wrong("publish_on", "Give the day as 2026-01-31, or leave it empty.")
	}
	return day.Time(), nil
}

// sendDraft submits a draft, or changes the proposal that it amends.
func (p *Pages) sendDraft(c *gin.Context, by models.Actor, d *draft) (services.Outcome, error) {
	ctx := c.Request.Context()
	if d.Amends == uuid.Nil {
		return p.services.SubmitDraft(ctx, by, d.ID, d.Edition)
	}
	out, err := p.services.Amend(ctx, by, d.Amends, d.AmendedEdition, models.Changeset{Summary: d.Summary, Operations: d.Operations}, "")
	if err != nil {
		return out, err
	}
	return out, p.services.DiscardDraft(ctx, by, d.ID)
}

// discardDraft throws a draft away.
func (p *Pages) discardDraft(c *gin.Context, by models.Actor) (view, error) {
	id, err := draftID(c)
	if err != nil {
		return view{}, err
	}
	if err := p.services.DiscardDraft(c.Request.Context(), by, id); err != nil {
		return view{}, err
	}
	p.tell(c, "The draft is discarded.")
	return view{moved: "/drafts"}, nil
}
