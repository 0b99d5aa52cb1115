package frontend

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// changeView is one operation of a changeset: what it changes, side by side, with its sources.
type changeView struct {
	// Number counts from 1.
	Number int
	Op     string
	Type   string
	Record link
	// Into is what a merge joins it with.
	Into   *link
	Edit   string
	Reason string
	Fields []diffField
	// Conflicts says that somebody else changed one of the fields meanwhile.
	Conflicts bool
	Sources   []citation
	// History is the page of all its versions; "" for a record that is not published.
	History string
	// Withheld says that the record is on hold.
	Withheld bool
}

// diffField is a field before and after.
type diffField struct {
	Name          *text
	Before, After []diffLine
	// Conflict says that somebody else changed it to Current meanwhile.
	Conflict bool
	Current  []diffLine
}

// diffLine is a value, or an entry of a list. Change is "gone" for what is only before, "new" for
// what is only after, "" for what is in both.
type diffLine struct {
	Change string
	Parts  []diffPart
}

// diffPart is a piece of a line: words of the interface, data or a link. Changed marks the words
// of a text that differ.
type diffPart struct {
	Label   *text
	Words   *text
	Data    string
	Link    *link
	Changed bool
}

// fieldLabels name the fields of documents.
func fieldLabels() map[string]*text {
	return map[string]*text{
		"about": say("About"), "actor": say("Taken by"), "addressee": say("To whom"), "amount": say("Amount"), "announced": say("Announced"), "answers": say("In answer to"),
		"authors": say("Authors"), "checked_on": say("last looked at on"), "citations": say("Sources"), "claim": say("Claim"), "copy_of": say("A copy of"), "count": say("How many"), "currency": say("Currency"),
		"description": say("Description"), "due": say("Due"), "effective": say("Effective"), "end": say("Until"), "entity": say("Entity"), "examined": say("examined by its publisher"),
		"exactness": say("Exactness"), "extent": say("Extent"), "holds_on": say("shows that it held on"), "identifiers": say("Identifiers"), "identity": say("Identity"), "kind": say("Kind"),
		"language": say("Language"), "locator": say("where in it"), "members": say("Members"), "name": say("Name"), "names": say("Further names"), "note": say("note"),
		"object": say("To"), "on_behalf_of": say("speaking for"), "organization_type": say("Organization type"), "place": say("Place in the order"), "places": say("Places"),
		"published": say("Published"), "publishers": say("Published by"), "purposes": say("Said to be used for"), "quantity": say("Quantity"), "raised_by": say("Raised by"),
		"raised_on": say("Raised on"), "reason": say("Reason"), "record": say("What changed"), "reported": say("Reported as"), "reports_on": say("Reports on"), "role": say("In which role"), "said_on": say("Said on"),
		"scope": say("Of which part"), "script": say("Script"), "share": say("Share"), "slug": say("Address of its page"), "speakers": say("Who says it"), "stance": say("In what manner"),
		"start": say("Since"), "status": say("Status"), "subject": say("From"), "summary": say("Summary"), "supplied_by": say("Sold by"), "text": say("What is said"),
		"title": say("Title"), "type": say("Type"), "unpublished": say("Never published"), "url": say("Address"), "value": say("Value"),
	}
}

// dateFields hold dates.
var dateFields = []string{"announced", "checked_on", "due", "effective", "end", "holds_on", "published", "raised_on", "said_on", "start"}

// unsaid are the members of an entry that speak for themselves, and stand first.
var unsaid = []string{"source", "entity", "text", "scheme", "number", "amount", "description"}

// differ shows values of the documents of one type.
type differ struct {
	showing
	kind models.RecordType
	// made are records that are not published, so that no page shows them.
	made   map[uuid.UUID]bool
	labels map[string]*text
	types  map[string]models.Vocabulary
}

func newDiffer(refs map[uuid.UUID]services.Ref, made map[uuid.UUID]bool) *differ {
	return &differ{showing: showing{refs: refs}, made: made, labels: fieldLabels()}
}

// of is the differ of a type of record.
func (d differ) of(t models.RecordType) *differ {
	d.kind = t
	d.types = map[string]models.Vocabulary{"extent": models.Extents(), "stance": models.Stances(), "purposes": models.Purposes(), "identity": models.Identities(),
		"organization_type": models.OrganizationTypes(), "exactness": models.Exactnesses(), "reported": models.ReportedWays()}
	switch t {
	case models.TypeEntity:
		d.types["kind"], d.types["type"] = models.EntityKinds(), models.NameTypes()
	case models.TypeSource:
		d.types["kind"] = models.SourceKinds()
	case models.TypeOpenItem:
		d.types["kind"] = models.OpenItemKinds()
	case models.TypeRelationship:
		d.types["type"] = models.RelationshipTypes()
	}
	return &d
}

// change shows one operation.
func (d differ) change(n int, c services.Change) changeView {
	v := changeView{Number: n, Op: models.Operations().Label(string(c.Op)), Type: models.RecordTypes().Label(string(c.Type)), Record: d.at(c.ID), Reason: c.Reason, Sources: d.citations(c.Citations)}
	for i, one := range c.Citations {
		if _, known := d.refs[one.Source]; known && d.made[one.Source] {
			v.Sources[i].URL = ""
		}
	}
	if c.Document != nil {
		if words := d.heading(c.Document); words != nil {
			v.Record.Words = words
		}
	}
	if c.Edit != "" {
		v.Edit = models.EditKinds().Label(string(c.Edit))
	}
	if c.Into != nil {
		into := d.at(*c.Into)
		v.Into = &into
	}
	if !d.made[c.ID] {
		v.History = "/records/" + c.ID.String() + "/history"
	}
	if v.Withheld = c.Withheld; v.Withheld {
		return v
	}
	v.Fields = d.of(c.Type).fields(c.Fields)
	v.Conflicts = slices.ContainsFunc(v.Fields, func(f diffField) bool { return f.Conflict })
	return v
}

// heading names a claim by all who speak, and by what they speak of, and a question, demand or
// commitment by whom it concerns: in a proposal, nothing else says so at a glance. Nil for others.
func (d differ) heading(document models.Document) *text {
	words := func(id uuid.UUID) *text {
		l := d.at(id)
		if l.Words != nil {
			return l.Words
		}
		return say("%s", l.Name)
	}
	all := func(ids []uuid.UUID) *text {
		list := make([]*text, len(ids))
		for i, id := range ids {
			list[i] = words(id)
		}
		return joined(list)
	}
	switch v := document.(type) {
	case *models.Claim:
		var speakers []*text
		for _, one := range v.Speakers {
			speakers = append(speakers, speakerWords(one, words))
		}
		heading := say("%s: %s (%s)", stanceLabels[v.Stance].label, joined(speakers), v.SaidOn)
		if about := all(v.About); about != nil {
			heading = say("%s, about %s", heading, about)
		}
		if answered := all(v.Answers); answered != nil {
			heading = say("%s, in answer to %s", heading, answered)
		}
		return heading
	case *models.OpenItem:
		kind, whom := say(models.OpenItemKinds().Label(v.Kind)), words(v.Addressee)
		asked := v.Text
		if asked == "" {
			asked = services.Tombstone // a text is never empty unless it was redacted
		}
		if v.Kind == "commitment" {
			return say("%s by %s: %s", kind, whom, asked)
		}
		return say("%s to %s: %s", kind, whom, asked)
	}
	return nil
}

// speakerWords name a speaker, who may be no entity, and on whose behalf they speak.
func speakerWords(one models.Speaker, words func(uuid.UUID) *text) *text {
	who := say("an anonymous speaker")
	switch {
	case one.Entity != nil:
		who = words(*one.Entity)
	case one.Description != "":
		who = say("%s", one.Description)
	}
	if one.OnBehalfOf != nil {
		return say("%s for %s", who, words(*one.OnBehalfOf))
	}
	return who
}

// joined puts texts in a row; nil for none.
func joined(list []*text) *text {
	if len(list) == 0 {
		return nil
	}
	words := list[0]
	for i, one := range list[1:] {
		if i == len(list)-2 {
			words = say("%s and %s", words, one)
		} else {
			words = say("%s, %s", words, one)
		}
	}
	return words
}

// fields shows fields, what names a record first and its sources last.
func (d *differ) fields(list []services.FieldDiff) []diffField {
	order := []string{"kind", "type", "name", "title", "subject", "object", "record", "status", "speakers", "stance", "text"}
	place := func(f services.FieldDiff) int {
		if i := slices.Index(order, f.Field); i >= 0 {
			return i
		}
		if f.Field == "citations" {
			return len(order) + 1
		}
		return len(order)
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b services.FieldDiff) int { return place(a) - place(b) })
	shown := make([]diffField, len(list))
	for i, f := range list {
		shown[i] = diffField{Name: d.label(f.Field), Conflict: f.Conflict}
		shown[i].Before, shown[i].After = d.pair(f.Field, f.Before, f.After)
		if f.Conflict {
			_, shown[i].Current = d.pair(f.Field, f.Before, f.Current)
		}
	}
	return shown
}

func (d *differ) label(field string) *text {
	if label := d.labels[field]; label != nil {
		return label
	}
	return verbatim(strings.ReplaceAll(field, "_", " "))
}

// at is a link to a record; without an address where it is not published.
func (d differ) at(id uuid.UUID) link {
	r, known := d.refs[id]
	if !known {
		return link{Words: say("a record that is not published")}
	}
	l := d.refLink(r)
	if d.made[id] {
		l.URL = ""
	}
	return l
}

// pair shows two values of a field, with what differs marked.
func (d *differ) pair(field string, before, after json.RawMessage) (old, now []diffLine) {
	var one, other string
	if !bytes.Equal(before, after) && json.Unmarshal(before, &one) == nil && json.Unmarshal(after, &other) == nil && !d.coded(field, one) && strings.Contains(one, " ") && strings.Contains(other, " ") {
		return wordsApart(one, other)
	}
	left, right := entries(before), entries(after)
	has := func(list []json.RawMessage, entry json.RawMessage) bool {
		return slices.ContainsFunc(list, func(o json.RawMessage) bool { return bytes.Equal(o, entry) })
	}
	for _, entry := range left {
		line := diffLine{Parts: d.parts(field, entry)}
		if !has(right, entry) {
			line.Change = "gone"
		}
		old = append(old, line)
	}
	for _, entry := range right {
		line := diffLine{Parts: d.parts(field, entry)}
		if !has(left, entry) {
			line.Change = "new"
		}
		now = append(now, line)
	}
	return old, now
}

// coded reports whether a text stands for something else: a code, a date, a record.
func (d *differ) coded(field, value string) bool {
	_, err := uuid.Parse(value)
	_, vocabulary := d.types[field]
	return err == nil || vocabulary || slices.Contains(dateFields, field)
}

// entries are the entries of a list, or the one value; none for nothing.
func entries(value json.RawMessage) []json.RawMessage {
	if len(value) == 0 || string(value) == "null" {
		return nil
	}
	var list []json.RawMessage
	if value[0] == '[' && json.Unmarshal(value, &list) == nil {
		return list
	}
	return []json.RawMessage{value}
}

// wordsApart shows two texts, with the words marked that are not in both at the same end.
func wordsApart(one, other string) (old, now []diffLine) {
	a, b := strings.Fields(one), strings.Fields(other)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	line := func(words []string, change string) []diffLine {
		l := diffLine{Change: change}
		for i, piece := range [][]string{words[:head], words[head : len(words)-tail], words[len(words)-tail:]} {
			if len(piece) > 0 {
				l.Parts = append(l.Parts, diffPart{Data: strings.Join(piece, " "), Changed: i == 1})
			}
		}
		return []diffLine{l}
	}
	return line(a, "gone"), line(b, "new")
}

// parts shows one value.
func (d *differ) parts(field string, value json.RawMessage) []diffPart {
	var decoded any
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber()
	if decoder.Decode(&decoded) != nil {
		return nil
	}
	switch v := decoded.(type) {
	case string:
		return []diffPart{d.text(field, v)}
	case bool:
		if v {
			return []diffPart{{Words: say("yes")}}
		}
		return []diffPart{{Words: say("no")}}
	case map[string]any:
		return d.members(field, v)
	case nil:
		return nil
	}
	return []diffPart{{Data: fmt.Sprint(decoded)}}
}

// text shows a text: what it stands for, where it stands for something.
func (d *differ) text(field, value string) diffPart {
	if id, err := uuid.Parse(value); err == nil && len(value) == 36 {
		there := d.at(id)
		return diffPart{Link: &there}
	}
	if vocabulary, coded := d.types[field]; coded && vocabulary.Has(value) {
		return diffPart{Words: say(vocabulary.Label(value))}
	}
	switch {
	case field == "status":
		return diffPart{Words: say(statusLabel(models.Status(value)))}
	case field == "places":
		return diffPart{Words: say("%s", placeCode(value))}
	case field == "language":
		return diffPart{Words: say("%s", languageCode(value))}
	case slices.Contains(dateFields, field):
		if date, err := models.ParseEnd(value); err == nil {
			return diffPart{Words: say("%s", dateOf(date))}
		}
	}
	return diffPart{Data: value}
}

// statusLabel is the label of a status, whatever has it.
func statusLabel(status models.Status) string {
	for _, subject := range models.StatusSubjects() {
		if v := models.StatusesOf(subject); v.Has(string(status)) {
			return v.Label(string(status))
		}
	}
	return strings.ReplaceAll(string(status), "_", " ")
}

// members shows an entry that has several values: a citation, a name, a speaker, a date with the
// source's own words.
func (d *differ) members(field string, m map[string]any) []diffPart {
	if at, isDate := m["text"].(string); isDate && slices.Contains(dateFields, field) {
		parts := []diffPart{d.text(field, at)}
		if words, _ := m["words"].(string); words != "" {
			parts = append(parts, diffPart{Data: "“" + words + "”"})
		}
		return parts
	}
	names := slices.Collect(maps.Keys(m))
	slices.SortFunc(names, func(a, b string) int {
		if first, second := slices.Contains(unsaid, a), slices.Contains(unsaid, b); first != second {
			if first {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	var parts []diffPart
	for _, name := range names {
		value, err := json.Marshal(m[name])
		if err != nil {
			continue // it came from JSON
		}
		for i, part := range d.parts(name, value) {
			if i == 0 && !slices.Contains(unsaid, name) {
				part.Label = d.label(name)
			}
			parts = append(parts, part)
		}
	}
	return parts
}

// conflictView is a record that changed since a proposal was made, in the same fields.
type conflictView struct {
	Record link
	// Seen is the version that the proposal was made on, Version the present one.
	Seen, Version int64
	Fields        []threeValues
}

// threeValues are a field's value when the proposal was made, now, and as proposed.
type threeValues struct {
	Name                *text
	Base, Theirs, Yours []diffLine
}

func (d differ) conflict(c services.Conflict) conflictView {
	v := conflictView{Record: d.at(c.Record), Seen: c.Seen, Version: c.Version}
	of := d.of(c.Type)
	for _, f := range c.Fields {
		three := threeValues{Name: of.label(f.Field)}
		three.Base, three.Theirs = of.pair(f.Field, f.Base, f.Current)
		_, three.Yours = of.pair(f.Field, f.Base, f.Proposed)
		for i := range three.Base { // it is what both began with
			three.Base[i].Change = ""
			for j := range three.Base[i].Parts {
				three.Base[i].Parts[j].Changed = false
			}
		}
		v.Fields = append(v.Fields, three)
	}
	return v
}

// leftView is something that a revert leaves as it is.
type leftView struct {
	Record link
	Field  *text
	Why    string
	// Written is what was to be taken back, Former what stood before, Now what stands.
	Written, Former, Now []diffLine
}

func (d differ) left(c services.RevertConflict) leftView {
	v := leftView{Record: d.at(c.Record), Why: c.Why}
	if c.Field == "" {
		return v
	}
	of := d.of(c.Type)
	v.Field = of.label(c.Field)
	v.Former, v.Written = of.pair(c.Field, c.Former, c.Written)
	_, v.Now = of.pair(c.Field, c.Written, c.Current)
	return v
}

// stampOf is an instant for people and machines.
type stampOf struct {
	At      time.Time
	Machine string
}

func stamp(at time.Time) *stampOf {
	at = at.UTC()
	return &stampOf{at, at.Format("2006-01-02T15:04:05Z")}
}

// idsIn gathers the ids that stand in a JSON value.
func idsIn(value json.RawMessage, into map[uuid.UUID]bool) {
	for _, found := range idPattern.FindAllString(string(value), -1) {
		if id, err := uuid.Parse(strings.Trim(found, `"`)); err == nil {
			into[id] = true
		}
	}
}

var idPattern = regexp.MustCompile(`"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"`)
