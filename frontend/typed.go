package frontend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// part is one operation of a draft, with what was typed into its form.
type part struct {
	Op      models.Op         `json:"op"`
	Type    models.RecordType `json:"type"`
	ID      uuid.UUID         `json:"id"`
	Version int64             `json:"version,omitempty"`
	// Kind is the kind of an entity or the type of a link, which its form depends on.
	Kind   string          `json:"kind,omitempty"`
	Edit   models.EditKind `json:"edit,omitempty"`
	Reason string          `json:"reason,omitempty"`
	Typed  url.Values      `json:"typed"`
}

// Beside a field "/actor" for another record stand "/actor:id", the record that was chosen,
// "/actor:was", the words for which it was, and "/actor:new", the kind of a record that is to be
// made in place. What was chosen counts as long as the words are the same.
const (
	idMark  = ":id"
	wasMark = ":was"
	newMark = ":new"
)

// makes is how a choice says that a new record is wanted: "new:company".
const makes = "new:"

// slot is one field of a sheet as it is there: the fields of each entry of a list have their own.
type slot struct {
	ask
	// Name is the pointer.
	Name string
}

// rows tells how many entries of a list were typed.
func (p *part) rows(at string) int {
	n := 0
	for name := range p.Typed {
		rest, ok := strings.CutPrefix(name, at+"/")
		if !ok {
			continue
		}
		number, _, _ := strings.Cut(rest, "/")
		number, _, _ = strings.Cut(number, ":")
		if i, err := strconv.Atoi(number); err == nil && i >= n && i < mostEntries {
			n = i + 1
		}
	}
	return n
}

// mostEntries bounds the entries of a list that a form takes; the API takes more.
const mostEntries = 100

// slots lists the fields of a group: those of entry i where it is a list.
func (g group) slots(i int) []slot {
	at := ""
	if g.At != "" {
		at = g.At + "/" + strconv.Itoa(i)
	}
	list := make([]slot, len(g.Fields))
	for j, field := range g.Fields {
		list[j] = slot{field, at + field.At}
	}
	return list
}

// all lists every field that there is.
func (p *part) all(s sheet) []slot {
	var list []slot
	for _, g := range s.groups {
		n := 1
		if g.At != "" {
			n = p.rows(g.At)
		}
		for i := range n {
			list = append(list, g.slots(i)...)
		}
	}
	return list
}

func (p *part) get(name string) string { return strings.TrimSpace(p.Typed.Get(name)) }

// chosen gives the record that stands in a field; uuid.Nil when none is chosen.
func (p *part) chosen(name string) uuid.UUID {
	id, err := uuid.Parse(p.get(name + idMark))
	if err != nil || p.get(name+wasMark) != p.get(name) {
		return uuid.Nil
	}
	return id
}

// choose puts a record into a field.
func (p *part) choose(name, words string, id uuid.UUID) {
	words = strings.Join(strings.Fields(words), " ") // as a browser sends it back
	p.Typed.Set(name, words)
	p.Typed.Set(name+wasMark, words)
	p.Typed.Set(name+idMark, id.String())
}

// reading makes operations of what was typed.
type reading struct {
	p    *Pages
	ctx  context.Context
	by   models.Actor
	part *part
	// sheet is the part's.
	sheet sheet
	// refs are the records that were chosen, candidates those that may be meant by the words of a
	// field.
	refs       map[uuid.UUID]services.Ref
	candidates map[string][]services.Ref
	// operations are those of records that are made in place, then the part's own. places tell
	// for each which field a pointer into its data speaks of.
	operations []models.Operation
	places     []func(pointer string) string
	problems   []models.Problem
}

// problem says what is wrong with a field; the first one of a field is enough.
func (r *reading) problem(name, format string, args ...any) {
	if !slices.ContainsFunc(r.problems, func(p models.Problem) bool { return p.Pointer == name }) {
		r.problems = append(r.problems, models.Problem{Pointer: name, Message: fmt.Sprintf(format, args...)})
	}
}

// problemOfService notes what the services found wrong, with the source that is there already.
func (r *reading) problemOfService(name string, problem models.Problem) {
	n := len(r.problems)
	r.problem(name, "%s", problem.Message)
	if len(r.problems) > n {
		r.problems[n].Known = problem.Known
	}
}

// read finds out what was meant. known are records that other parts of the draft make.
func (p *Pages) read(ctx context.Context, by models.Actor, one *part, known map[uuid.UUID]services.Ref) (*reading, error) {
	r := &reading{p: p, ctx: ctx, by: by, part: one, refs: map[uuid.UUID]services.Ref{}, candidates: map[string][]services.Ref{}}
	for id, ref := range known {
		r.refs[id] = ref
	}
	if err := r.settleSheet(); err != nil {
		return nil, err
	}
	return r, r.settle()
}

// settleSheet finds the part's sheet. That of a status change depends on what changed.
func (r *reading) settleSheet() error {
	subject, from := models.StatusSubject(""), models.Status("")
	if r.part.Type == models.TypeStatusChange {
		r.sheet = sheetOf(r.part.Type, "", "", "")
		if err := r.settleOne(slot{r.sheet.groups[0].Fields[0], "/record"}); err != nil {
			return err
		}
		if id := r.part.chosen("/record"); id != uuid.Nil {
			page, err := r.p.services.Get(r.ctx, r.by, "", id.String(), services.Moment{})
			if err == nil && page.Records[0].Status != nil {
				subject, from = page.Records[0].Status.Subject, page.Records[0].Status.Span.Status
			}
		}
		if r.part.Op == models.OpEdit {
			from = "" // it may be one in the middle of the history
		}
	}
	r.sheet = sheetOf(r.part.Type, r.part.Kind, subject, from)
	return nil
}

// settle finds out which records are meant.
func (r *reading) settle() error {
	for _, s := range r.part.all(r.sheet) {
		if s.Kind != askRecord {
			continue
		}
		if err := r.settleOne(s); err != nil {
			return err
		}
	}
	return r.label()
}

// settleOne finds out which record is meant in one field.
func (r *reading) settleOne(s slot) error {
	words := r.part.get(s.Name)
	if r.part.get(s.Name+wasMark) != words {
		for _, mark := range []string{idMark, newMark, wasMark} {
			r.part.Typed.Del(s.Name + mark)
		}
	}
	if kind, ok := strings.CutPrefix(r.part.get(s.Name+idMark), makes); ok && r.mayMake(s, kind) {
		r.make(s.Name, words, kind)
		return nil
	}
	if r.part.chosen(s.Name) != uuid.Nil {
		return nil
	}
	if words == "" {
		return r.settleNewSource(s)
	}
	found, exact, err := r.p.services.Candidates(r.ctx, r.by, services.Sought{Text: words, Types: s.Types, Kinds: s.Kinds, Tracked: s.Name == "/record" && r.part.Type == models.TypeStatusChange})
	if err != nil {
		return err
	}
	if exact {
		r.part.choose(s.Name, found[0].Label(), found[0].ID)
		return nil
	}
	r.candidates[s.Name] = found
	if len(found) > 0 {
		r.problem(s.Name, "Which one do you mean by “%s”? Choose below.", words)
	} else {
		r.problem(s.Name, "Nothing here is called “%s”. Check the spelling, or make a new record below.", words)
	}
	return nil
}

// mayMake reports whether a record of a kind may be made in a field.
func (r *reading) mayMake(s slot, kind string) bool {
	if kind == string(models.TypeSource) {
		return slices.Contains(s.Types, models.TypeSource)
	}
	return slices.Contains(s.Types, models.TypeEntity) && slices.Contains(s.kinds(), models.EntityKind(kind))
}

// kinds are those of entities that may stand in the field and can be made there.
func (s slot) kinds() []models.EntityKind {
	if !slices.Contains(s.Types, models.TypeEntity) {
		return nil
	}
	if len(s.Kinds) > 0 {
		return s.Kinds
	}
	var list []models.EntityKind
	for _, kind := range models.EntityKinds().Values() {
		if models.EntityKind(kind) != models.KindCase {
			list = append(list, models.EntityKind(kind))
		}
	}
	return list
}

// make has a new record stand in a field.
func (r *reading) make(name, words, kind string) {
	r.part.choose(name, words, services.ProvisionalID())
	r.part.Typed.Set(name+newMark, kind)
	if kind == string(models.TypeSource) {
		r.part.Typed.Set(name+":title", words)
	}
}

// settleNewSource makes a source of what was typed for one: a source of that address that there is
// already is taken instead.
func (r *reading) settleNewSource(s slot) error {
	title, link := r.part.get(s.Name+":title"), r.part.get(s.Name+":url")
	if !slices.Contains(s.Types, models.TypeSource) || title == "" && link == "" {
		return nil
	}
	if link != "" {
		found, exact, err := r.p.services.Candidates(r.ctx, r.by, services.Sought{Text: link, Types: []models.RecordType{models.TypeSource}})
		if err != nil {
			return err
		}
		if exact {
			r.part.choose(s.Name, found[0].Label(), found[0].ID)
			return nil
		}
	}
	r.make(s.Name, title, string(models.TypeSource))
	return nil
}

// label names what was chosen, and settles the publishers of sources that are made in place.
func (r *reading) label() error {
	var ids []uuid.UUID
	for _, s := range r.part.all(r.sheet) {
		if s.Kind != askRecord {
			continue
		}
		id := r.part.chosen(s.Name)
		switch kind := r.part.get(s.Name + newMark); {
		case id == uuid.Nil:
		case kind == string(models.TypeSource):
			if err := r.settleOne(publisherSlot(s.Name)); err != nil {
				return err
			}
			r.refs[id] = services.Ref{ID: id, Type: models.TypeSource, Name: r.part.get(s.Name)}
		case kind != "":
			r.refs[id] = services.Ref{ID: id, Type: models.TypeEntity, Kind: kind, Name: r.part.get(s.Name)}
		default:
			ids = append(ids, id)
		}
	}
	refs, err := r.p.services.Labels(r.ctx, r.by, ids)
	for id, ref := range refs {
		r.refs[id] = ref
	}
	return err
}

func publisherSlot(name string) slot {
	for _, field := range newSourceFields() {
		if field.At == "publisher" {
			return slot{field, name + ":publisher"}
		}
	}
	return slot{}
}

// document makes a JSON document of what was typed, and the places of its pointers.
func (r *reading) document() (map[string]any, map[string]string) {
	document, places := map[string]any{}, map[string]string{}
	for _, g := range r.sheet.groups {
		if g.At == "" {
			for _, s := range g.slots(0) {
				if value := r.value(s); value != nil {
					put(document, s.At, value)
				}
			}
			continue
		}
		places[g.At] = g.At + "/0" + g.Fields[0].At
		var list []any
		for i := range r.part.rows(g.At) {
			entry, any := r.entry(g, i)
			if !any {
				continue
			}
			at := g.At + "/" + strconv.Itoa(len(list))
			places[at] = g.slots(i)[0].Name
			for _, s := range g.slots(i) {
				places[at+s.At] = s.Name
			}
			list = append(list, entry)
		}
		if len(list) > 0 {
			put(document, g.At, list)
		}
	}
	if r.part.Type == models.TypeEntity || r.part.Type == models.TypeRelationship {
		document[map[models.RecordType]string{models.TypeEntity: "kind", models.TypeRelationship: "type"}[r.part.Type]] = r.part.Kind
	}
	return document, places
}

// entry makes the JSON of one entry of a list; false when nothing was typed into it.
func (r *reading) entry(g group, i int) (any, bool) {
	if len(g.Fields) == 1 && g.Fields[0].At == "" {
		value := r.value(g.slots(i)[0])
		return value, value != nil
	}
	object, typed := map[string]any{}, false
	for _, s := range g.slots(i) {
		if value := r.value(s); value != nil {
			put(object, s.At, value)
			typed = typed || s.Fallback == "" // a choice that was made beforehand is nothing typed
		}
	}
	return object, typed
}

// put sets a member of nested objects.
func put(object map[string]any, pointer string, value any) {
	names := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for _, name := range names[:len(names)-1] {
		inner, ok := object[name].(map[string]any)
		if !ok {
			inner = map[string]any{}
			object[name] = inner
		}
		object = inner
	}
	object[names[len(names)-1]] = value
}

// value reads one field; nil when nothing was typed.
func (r *reading) value(s slot) any {
	text := r.part.get(s.Name)
	switch {
	case s.Kind == askSome:
		if list := r.part.Typed[s.Name]; len(list) > 0 {
			return list
		}
		return nil
	case s.Kind == askRecord:
		if id := r.part.chosen(s.Name); id != uuid.Nil {
			return id.String()
		}
		return nil
	case text == "":
		return nil
	}
	switch s.Kind {
	case askDate:
		return r.date(s.Name, text)
	case askNumber:
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			r.problem(s.Name, "“%s” is no number. Write digits alone, with a point before decimals.", clipped(text))
			return nil
		}
		return json.Number(text)
	case askFlag:
		return true
	case askWords:
		return divide(text, ",\n")
	case askLines:
		return divide(text, "\n")
	}
	return text
}

// date reads a date in words. The source's own words are kept as long as the date is the same.
func (r *reading) date(name, text string) any {
	date, err := models.ParseDateWords(text, r.published())
	if err != nil {
		r.problem(name, "%s", err.Error())
		return nil
	}
	if date.IsZero() {
		return nil
	}
	if said := r.part.get(name + ":words"); said != "" && r.part.get(name+wasMark) == text {
		date.Words = said
	}
	return date
}

// published is the day on which the first source was published, from which "yesterday" counts.
func (r *reading) published() models.Day {
	ref := r.refs[r.part.chosen("/citations/0/source")]
	if ref.Date.Earliest == ref.Date.Latest {
		return ref.Date.Latest
	}
	return models.Day{}
}

// divide divides a text at marks.
func divide(text, marks string) []string {
	var list []string
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(marks, r) }) {
		if word = strings.TrimSpace(word); word != "" {
			list = append(list, word)
		}
	}
	return list
}

func clipped(text string) string {
	if letters := []rune(text); len(letters) > 60 {
		return string(letters[:60]) + "…"
	}
	return text
}

// write makes the part's operations, and finds what is wrong with what was typed. What cannot be
// read is left out of them.
func (r *reading) write() error {
	if r.part.Op == models.OpRetract || r.part.Op == models.OpRestore {
		r.add(models.Operation{Op: r.part.Op, Type: r.part.Type, ID: r.part.ID, Version: r.part.Version, Reason: r.part.Reason}, r.place(nil))
		return nil
	}
	document, places := r.document()
	data, err := json.Marshal(document)
	if err != nil {
		return err
	}
	decoded, err := r.p.services.Decode(r.ctx, r.part.Type, data)
	if err := r.found(err, r.place(places)); err != nil {
		return err
	}
	if decoded == nil {
		return nil
	}
	if err := r.keepCaptures(decoded); err != nil {
		return err
	}
	if err := r.makeInPlace(decoded); err != nil {
		return err
	}
	r.add(models.Operation{Op: r.part.Op, Type: r.part.Type, ID: r.part.ID, Version: r.part.Version, Edit: r.part.Edit, Reason: r.part.Reason, Data: decoded}, r.place(places))
	for _, s := range r.part.all(r.sheet) {
		if s.Must && !strings.HasPrefix(s.Name, "/citations/") && r.missing(s) {
			r.problem(s.Name, "Fill in “%s”; it cannot be left empty.", s.Label)
		}
	}
	return nil
}

// keepCaptures leaves an edited source the files that it names, which its form does not ask for.
func (r *reading) keepCaptures(document models.Document) error {
	source, ok := document.(*models.Source)
	if !ok || r.part.Op != models.OpEdit {
		return nil
	}
	written, err := r.p.services.GetWritten(r.ctx, r.by, r.part.ID)
	if err != nil {
		return err
	}
	if before, ok := written.Records[0].Document.(*models.Source); ok {
		source.Captures = before.Captures
	}
	return nil
}

func (r *reading) missing(s slot) bool {
	if s.Kind == askRecord {
		return r.part.chosen(s.Name) == uuid.Nil
	}
	return r.part.get(s.Name) == ""
}

func (r *reading) add(op models.Operation, place func(string) string) {
	r.operations = append(r.operations, op)
	r.places = append(r.places, place)
}

// place gives the field that a pointer of the services speaks of: "" for what is about the whole.
// This is the one place where their pointers become fields; at holds those of lists, whose empty
// entries are left out.
func (r *reading) place(at map[string]string) func(string) string {
	fields := map[string]bool{}
	for _, s := range r.part.all(r.sheet) {
		fields[s.Name] = true
	}
	return func(pointer string) string {
		own := map[string]string{"/edit": fieldEdit, "/reason": fieldWhy}[pointer]
		switch {
		case own != "" && (!fields[pointer] || r.part.Op != models.OpCreate && r.part.Reason == ""):
			return own
		case pointer == "/type" && r.part.Type == models.TypeRelationship:
			return "/object" // the two ends do not fit
		}
		for rest := pointer; rest != ""; rest = rest[:strings.LastIndex(rest, "/")] {
			if field, ok := at[rest]; ok {
				return field
			}
			if fields[rest] {
				return rest
			}
		}
		return ""
	}
}

// Fields of the write itself, beside those of the document.
const (
	fieldEdit = "edit"
	fieldWhy  = "why"
)

// makeInPlace adds the operations that create what a field names and does not exist yet. An entity
// is known from the sources of the record that names it.
func (r *reading) makeInPlace(document models.Document) error {
	cite := document.Cited()
	if r.part.Type == models.TypeSource {
		cite = []models.Citation{{Source: r.part.ID}}
	}
	sources := make([]models.Citation, 0, len(cite))
	for _, one := range cite {
		sources = append(sources, models.Citation{Source: one.Source, Locator: one.Locator})
	}
	for _, s := range r.part.all(r.sheet) {
		id, kind := r.part.chosen(s.Name), r.part.get(s.Name+newMark)
		if s.Kind != askRecord || id == uuid.Nil || kind == "" {
			continue
		}
		if kind == string(models.TypeSource) {
			if err := r.makeSource(s.Name, id); err != nil {
				return err
			}
			continue
		}
		r.makeEntity(s.Name, id, kind, sources)
	}
	return nil
}

func (r *reading) makeEntity(name string, id uuid.UUID, kind string, sources []models.Citation) {
	r.add(models.Operation{Op: models.OpCreate, Type: models.TypeEntity, ID: id, Data: &models.Entity{Kind: models.EntityKind(kind), Name: r.part.get(name), Citations: sources}},
		func(string) string { return name })
}

func (r *reading) makeSource(name string, id uuid.UUID) error {
	source := &models.Source{Kind: r.part.get(name + ":kind"), Title: r.part.get(name + ":title"), URL: r.part.get(name + ":url")}
	if source.Kind == "" {
		source.Kind = "article"
	}
	date, err := models.ParseDateWords(r.part.get(name+":published"), models.Day{})
	if err != nil {
		r.problem(name+":published", "%s", err.Error())
	}
	source.Published = date
	if publisher := r.part.chosen(name + ":publisher"); publisher != uuid.Nil {
		source.Publishers = []uuid.UUID{publisher}
		if kind := r.part.get(name + ":publisher" + newMark); kind != "" {
			r.makeEntity(name+":publisher", publisher, kind, []models.Citation{{Source: id}})
		}
	}
	r.add(models.Operation{Op: models.OpCreate, Type: models.TypeSource, ID: id, Data: source}, func(pointer string) string {
		first, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
		if at, ok := map[string]string{"publishers": "publisher", "title": "title", "url": "url", "published": "published", "kind": "kind"}[first]; ok {
			return name + ":" + at
		}
		return name
	})
	return nil
}

// found takes what the services found wrong, as problems of fields; other errors are passed on.
func (r *reading) found(err error, place func(string) string) error {
	var invalid *models.Error
	if err == nil || !errors.As(err, &invalid) || invalid.Kind != models.ErrInvalid && invalid.Kind != models.ErrConflict {
		return err
	}
	for _, problem := range invalid.Problems {
		r.problemOfService(place(problem.Pointer), problem)
	}
	return nil
}
