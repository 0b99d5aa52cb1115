package frontend

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// shownGroup is a group of fields as a page shows it.
type shownGroup struct {
	ID, Legend, Hint string
	// More hides it until it is wanted.
	More bool
	Rows []shownRow
	// Add is the value of the button that adds an entry; "" where the group is no list.
	Add, AddLabel string
}

// shownRow is one entry of a list, or the only one of a group.
type shownRow struct {
	Legend string
	Fields []shownField
	// Later are fields behind a summary, which is open where something is in them.
	Later []shownField
	Open  bool
	// Remove is the value of the button that takes the entry away.
	Remove string
}

// shownField is a field as a page shows it.
type shownField struct {
	Kind                  inputKind
	ID, Name, Label, Hint string
	Value, Problem        string
	Must                  bool
	Options               []pick
	// Was and Chosen are what was chosen for which words; Now says what it is.
	Was, Chosen, Now string
	// New is the kind of a record that is made in place; Making are its own fields.
	New    string
	Making []shownField
	// Choices are records that may be meant, or that were used last; Kinds what can be made.
	Choices []pick
	// Candidates says that Choices come from the words; Look that a look-up is offered.
	Candidates bool
	// Query narrows what a script suggests.
	Query string
	// Words are the source's own words of a date.
	Words string
	// Current is what the record holds now, where that is something else.
	Current string
}

// pick is one choice.
type pick struct {
	ID, Value, Label, Hint string
	Checked                bool
}

// sheetID is the id of a field.
func sheetID(name string) string { return fieldID(strings.ReplaceAll(name, ":", "-")) }

// showing of a part: what there is to choose from.
type setting struct {
	recent    []services.Ref
	suggested map[string][]services.Ref
	// current is the record as it stands, where it is not what the form began with.
	current url.Values
}

// show makes the groups of a part's form.
func (r *reading) show(set setting) []shownGroup {
	var groups []shownGroup
	for _, g := range r.sheet.groups {
		shown := shownGroup{ID: "group" + strings.ReplaceAll(g.At+g.Legend, "/", "-"), Legend: g.Legend, Hint: g.Hint, More: g.More}
		shown.ID = strings.ReplaceAll(shown.ID, " ", "-")
		n := 1
		if g.At != "" {
			n = r.part.rows(g.At)
			shown.Add, shown.AddLabel = "add:"+g.At, "Add another"
			if n == 0 {
				n = 1
			}
		}
		for i := range n {
			row := shownRow{}
			if g.At != "" {
				row.Legend = g.Entry
				if n > 1 {
					row.Legend += " " + strconv.Itoa(i+1)
					row.Remove = fmt.Sprintf("remove:%s/%d", g.At, i)
				}
			}
			for _, s := range g.slots(i) {
				field := r.field(s, set)
				if s.Later {
					row.Later, row.Open = append(row.Later, field), row.Open || field.Value != "" || field.Problem != ""
					continue
				}
				row.Fields = append(row.Fields, field)
			}
			shown.More = shown.More && !r.filled(g, i)
			shown.Rows = append(shown.Rows, row)
		}
		groups = append(groups, shown)
	}
	return groups
}

// filled reports whether an entry holds something, or something is wrong with it.
func (r *reading) filled(g group, i int) bool {
	return slices.ContainsFunc(g.slots(i), func(s slot) bool { return r.part.get(s.Name) != "" && s.Fallback == "" || r.problemOf(s.Name) != "" })
}

func (r *reading) problemOf(name string) string {
	for _, p := range r.problems {
		if p.Pointer == name {
			return p.Message
		}
	}
	return ""
}

// field makes one field.
func (r *reading) field(s slot, set setting) shownField {
	f := shownField{Kind: s.Kind, ID: sheetID(s.Name), Name: s.Name, Label: s.Label, Hint: s.Hint, Must: s.Must,
		Value: r.part.Typed.Get(s.Name), Problem: r.problemOf(s.Name), Was: r.part.get(s.Name + wasMark), Words: r.part.get(s.Name + ":words")}
	if set.current != nil && set.current.Get(s.Name) != r.part.Typed.Get(s.Name) {
		if f.Current = set.current.Get(s.Name); f.Current == "" {
			f.Current = "nothing"
		}
	}
	switch s.Kind {
	case askOne, askSelect, askSome:
		f.Options = r.options(s)
	case askRecord:
		r.recordField(&f, s, set)
	}
	return f
}

func (r *reading) options(s slot) []pick {
	chosen := r.part.Typed[s.Name]
	if len(chosen) == 0 && s.Fallback != "" && r.part.Op == models.OpCreate {
		chosen = []string{s.Fallback}
	}
	list := make([]pick, len(s.Codes))
	for i, code := range s.Codes {
		list[i] = pick{ID: fmt.Sprintf("%s-%d", sheetID(s.Name), i), Value: code.Code, Label: code.Label, Hint: code.Definition, Checked: slices.Contains(chosen, code.Code)}
	}
	return list
}

// recordField adds what was chosen, or what can be.
func (r *reading) recordField(f *shownField, s slot, set setting) {
	id := r.part.chosen(s.Name)
	f.Query = url.Values{"types": {typeList(s.Types)}, "kinds": {kindList(s.Kinds)}, "tracked": {strconv.FormatBool(s.Name == "/record" && r.part.Type == models.TypeStatusChange)}}.Encode()
	if id != uuid.Nil {
		f.Chosen, f.New = id.String(), r.part.get(s.Name+newMark)
		f.Now = r.nowWords(id, f.New)
	}
	candidates, typed := r.candidates[s.Name]
	f.Candidates = typed
	offered := candidates
	if !typed && slices.Contains(s.Types, models.TypeSource) && s.Name != "/reports_on" && strings.HasPrefix(s.Name, "/citations/") {
		offered = set.recent
	}
	if suggested := set.suggested[s.Name]; !typed && len(suggested) > 0 {
		offered = suggested
	}
	for _, ref := range offered {
		f.Choices = append(f.Choices, pick{Value: ref.ID.String(), Label: ref.Label(), Hint: refHint(ref), Checked: id == ref.ID})
	}
	if typed {
		for _, kind := range s.kinds() {
			f.Choices = append(f.Choices, pick{Value: makes + string(kind), Label: "Make a new " + strings.ToLower(models.EntityKinds().Label(string(kind))) + " called “" + clipped(r.part.get(s.Name)) + "”"})
		}
		if slices.Contains(s.Types, models.TypeSource) {
			f.Choices = append(f.Choices, pick{Value: makes + string(models.TypeSource), Label: "Enter a new source with the title “" + clipped(r.part.get(s.Name)) + "”"})
		}
	}
	if len(f.Choices) > 0 && !typed {
		f.Choices = append(f.Choices, pick{Value: "", Label: map[bool]string{true: "None of these", false: "Not said, or typed above"}[s.Must], Checked: id == uuid.Nil || !slices.ContainsFunc(f.Choices, func(o pick) bool { return o.Checked })})
	}
	for i := range f.Choices {
		f.Choices[i].ID = fmt.Sprintf("%s-choice-%d", f.ID, i)
	}
	if strings.HasPrefix(s.Name, "/citations/") && slices.Contains(s.Types, models.TypeSource) && (id == uuid.Nil || f.New != "") {
		for _, field := range newSourceFields() {
			f.Making = append(f.Making, r.field(slot{field, s.Name + ":" + field.At}, setting{}))
		}
	}
}

// nowWords says what was chosen.
func (r *reading) nowWords(id uuid.UUID, made string) string {
	ref := r.refs[id]
	words := ref.Label()
	if hint := refHint(ref); hint != "" {
		words += " (" + hint + ")"
	}
	if made != "" {
		words += ", made together with this record"
	}
	return words
}

// refHint tells records of the same name apart.
func refHint(ref services.Ref) string {
	switch ref.Type {
	case models.TypeEntity:
		return strings.ToLower(models.EntityKinds().Label(ref.Kind))
	case models.TypeSource:
		var parts []string
		for _, person := range ref.People {
			parts = append(parts, person.Name)
		}
		if !ref.Date.IsZero() {
			parts = append(parts, ref.Date.Label())
		}
		return strings.Join(parts, ", ")
	case models.TypeClaim:
		return clipped(ref.Name)
	case models.TypeOpenItem:
		return strings.ToLower(models.OpenItemKinds().Label(ref.Kind))
	}
	return ""
}

func typeList(types []models.RecordType) string {
	list := make([]string, len(types))
	for i, t := range types {
		list[i] = string(t)
	}
	return strings.Join(list, ",")
}

func kindList(kinds []models.EntityKind) string {
	list := make([]string, len(kinds))
	for i, kind := range kinds {
		list[i] = string(kind)
	}
	return strings.Join(list, ",")
}

// typedOf writes a document as it would be typed into its form: the way back of document.
func typedOf(s sheet, document models.Document, refs map[uuid.UUID]services.Ref) (url.Values, error) {
	text, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		return nil, err
	}
	one := &part{Typed: url.Values{}}
	for _, g := range s.groups {
		if g.At == "" {
			for _, field := range g.slots(0) {
				one.fill(field, member(object, field.At), refs)
			}
			continue
		}
		list, _ := member(object, g.At).([]any)
		for i, entry := range list {
			for _, field := range g.slots(i) {
				one.fill(field, member(entry, field.At), refs)
			}
		}
	}
	return one.Typed, nil
}

// member follows a pointer into a JSON value; nil where it leads nowhere.
func member(value any, pointer string) any {
	if pointer == "" {
		return value
	}
	for _, name := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// fill types one value.
func (p *part) fill(s slot, value any, refs map[uuid.UUID]services.Ref) {
	switch value := value.(type) {
	case nil:
	case bool:
		if value {
			p.Typed.Set(s.Name, "on")
		}
	case float64:
		p.Typed.Set(s.Name, strconv.FormatFloat(value, 'f', -1, 64))
	case []any:
		p.fillList(s, value)
	case map[string]any: // a date with words
		text, _ := value["text"].(string)
		said, _ := value["words"].(string)
		p.fillDate(s.Name, text, said)
	case string:
		switch s.Kind {
		case askRecord:
			if id, err := uuid.Parse(value); err == nil && id != uuid.Nil { // nil where it is still to be said
				p.choose(s.Name, refs[id].Label(), id)
			}
		case askDate:
			p.fillDate(s.Name, value, "")
		default:
			p.Typed.Set(s.Name, value)
		}
	}
}

func (p *part) fillList(s slot, list []any) {
	var values []string
	for _, one := range list {
		values = append(values, fmt.Sprint(one))
	}
	if s.Kind == askSome {
		p.Typed[s.Name] = values
		return
	}
	between := ", "
	if s.Kind == askLines {
		between = "\n"
	}
	p.Typed.Set(s.Name, strings.Join(values, between))
}

// fillDate types a date as its label says it, which can be read again.
func (p *part) fillDate(name, text, said string) {
	date, err := models.ParseEnd(text)
	if err != nil {
		return
	}
	p.Typed.Set(name, date.Label())
	if said != "" {
		p.Typed.Set(name+wasMark, date.Label())
		p.Typed.Set(name+":words", said)
	}
}
