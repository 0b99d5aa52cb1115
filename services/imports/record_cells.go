package imports

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// readRecord reads a row of a table of records, field by field as the table of fields has them.
func (c *cells) readRecord() {
	it := &item{row: c.index, key: c.text("key"), id: c.id("id"), doc: models.NewDocument(c.layout.record)}
	it.version, it.knownAt = int64(c.whole("version")), c.text("known_at")
	c.past(it.knownAt)
	if state := models.RecordState(c.code("state")); state == models.StateRetracted || state == models.StateMerged {
		c.leftOut(c.index)
		return
	}
	for _, f := range models.Fields(c.layout.record) {
		if value := f.Value(it.doc); value.IsValid() && f.Name != "slug" {
			c.readField(it, f, value)
		}
	}
	for _, field := range []string{"extent", "identity", "kind"} {
		if c.text(field) == "" {
			it.unsaid = append(it.unsaid, field)
		}
	}
	c.complete(it)
	c.typeRefs(it)
	if citationList(it.doc) == nil {
		c.add(it)
		return
	}
	c.finish(it)
}

// readField reads the columns of a field into a document.
func (c *cells) readField(it *item, f models.Field, value reflect.Value) {
	switch into := value.Addr().Interface().(type) {
	case *models.Date:
		*into = c.dateWithWords(f.Name)
	case *uuid.UUID:
		c.refer(it, f.Name, "/"+f.Name, func(id uuid.UUID) { *into = id })
	case **uuid.UUID:
		if c.refer(it, f.Name, "/"+f.Name, func(id uuid.UUID) { *into = &id }) {
			*into = &uuid.UUID{}
		}
	case *[]uuid.UUID:
		for i, text := range c.records(f.Name) {
			*into = append(*into, uuid.Nil)
			it.refer(ref{column: text.column, pointer: fmt.Sprintf("/%s/%d", f.Name, i), text: text.text, set: func(id uuid.UUID) { (*into)[i] = id }})
		}
	case *[]models.Origin:
		c.readOrigins(it, f.Name, into)
	case *[]models.Speaker:
		c.readSpeakers(it, f.Name, into)
	case *[]models.Name:
		c.readNames(f.Name, into)
	case *[]models.Identifier:
		c.readIdentifiers(f.Name, into)
	case **models.Money:
		*into = c.money(it, f.Name)
	case **models.Count:
		*into = c.count(it, f.Name)
	case **float64:
		*into = c.share(f.Name)
	case *int:
		*into = c.whole(f.Name)
	case *bool:
		if *into = yes(c.text(f.Name)); !*into && !no(c.text(f.Name)) {
			c.lose(f.Name, "write yes or no")
		}
	case *string:
		if *into = c.text(f.Name); f.Kind == models.FieldCode {
			*into = c.code(f.Name)
		}
	case *[]string:
		*into = c.list(f.Name)
	default:
		c.readCodes(f.Name, value)
	}
}

// readCodes reads one code, or a list of codes.
func (c *cells) readCodes(field string, value reflect.Value) {
	switch value.Kind() {
	case reflect.String:
		value.SetString(c.code(field))
	case reflect.Slice:
		if value.Type().Elem().Kind() != reflect.String {
			return // captures and citations have readers of their own, or none
		}
		for _, text := range c.list(field) {
			code := reflect.New(value.Type().Elem()).Elem()
			code.SetString(asCode(text))
			value.Set(reflect.Append(value, code))
		}
	}
}

func asCode(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(text), " ", "_"), "-", "_")
}

func yes(text string) bool {
	return slices.Contains([]string{"1", "true", "yes", "y"}, strings.ToLower(text))
}

func no(text string) bool {
	return slices.Contains([]string{"", "0", "false", "no", "n"}, strings.ToLower(text))
}

func (c *cells) dateWithWords(field string) models.Date {
	date := c.date(field)
	if words := c.text(field + "_words"); words != "" && !date.IsZero() {
		date.Words = strings.Join(strings.Fields(words), " ")
	} else if words != "" {
		c.lose(field+"_words", "there is no date to which they belong")
	}
	return date
}

func (c *cells) whole(field string) int {
	text := c.text(field)
	if text == "" {
		return 0
	}
	number, err := strconv.Atoi(text)
	if err != nil {
		c.bad(field, CodeInvalid, "%q is not a whole number.", clip(text))
	}
	return number
}

// refer notes the record that a field names: by its id, its slug, or what people write.
func (c *cells) refer(it *item, field, pointer string, set func(uuid.UUID)) bool {
	columns := []string{field + "_id", field + "_slug", field}
	if it.id == uuid.Nil { // what is named by its id need not be told by the names of others
		columns = append(columns, field+"_name")
	}
	text, column := c.first(columns...)
	it.refer(ref{column: c.header(column), pointer: pointer, text: text, set: set, twin: c.twin(field, column)})
	return text != ""
}

// twin is the slug beside an id, which has to lead to the same record; "" where there is none.
func (c *cells) twin(field, column string) string {
	if column != field+"_id" {
		return ""
	}
	if slices.Contains(c.fields, field+"_slug") {
		return c.text(field + "_slug")
	}
	return c.text(field)
}

// named is what names a record in a cell, and the column in which it stands.
type named struct{ text, column string }

// records gives what a list names, each by the first that it has of its id, its slug and its label.
func (c *cells) records(field string) []named {
	columns := []string{field + "_ids", field + "_slugs", field}
	if len(c.entries(columns[0]))+len(c.entries(columns[1])) == 0 {
		columns = columns[2:]
	}
	var list []named
	for _, column := range columns {
		for i, text := range c.entries(column) {
			if i == len(list) {
				list = append(list, named{column: c.header(column)})
			}
			if list[i].text == "" && text != "" {
				list[i] = named{text, c.header(column)}
			}
		}
	}
	return slices.DeleteFunc(list, func(one named) bool { return one.text == "" })
}

func (c *cells) readOrigins(it *item, field string, into *[]models.Origin) {
	examined := c.entries(field + "_examined")
	if len(examined) > len(c.records(field)) {
		c.lose(field+"_examined", "there is no source to which it belongs")
	}
	for i, one := range c.records(field) {
		*into = append(*into, models.Origin{Examined: i < len(examined) && yes(examined[i])})
		it.refer(ref{column: one.column, pointer: fmt.Sprintf("/%s/%d/source", field, i), text: one.text, set: func(id uuid.UUID) { (*into)[i].Source = id }})
	}
}

// readSpeakers refers to those who speak, and describes those who are not named. A file of ours has a
// column for each part of a speaker; other files name them in one.
func (c *cells) readSpeakers(it *item, field string, into *[]models.Speaker) {
	lists, n := c.together(3, field+"_ids", field+"_slugs", field+"_descriptions", field+"_on_behalf_of_ids", field+"_on_behalf_of")
	if n == 0 {
		lists, n = c.together(1, field)
		lists = append(lists, make([]string, n), make([]string, n), make([]string, n), make([]string, n))
	}
	for i := range n {
		entity, behalf := cmp.Or(lists[0][i], lists[1][i]), cmp.Or(lists[3][i], lists[4][i])
		if entity == "" && lists[2][i] == "" {
			continue
		}
		c.addSpeaker(it, field, into, entity, lists[2][i], behalf)
	}
	for _, text := range c.list("anonymous") {
		c.addSpeaker(it, field, into, "", text, "")
	}
	switch text := c.text("on_behalf_of"); {
	case text != "" && len(*into) > 0:
		c.speakFor(it, field, into, 0, text)
	case text != "":
		c.lose("on_behalf_of", "nobody is named who speaks")
	}
}

func (c *cells) addSpeaker(it *item, field string, into *[]models.Speaker, entity, description, behalf string) {
	i := len(*into)
	*into = append(*into, models.Speaker{Description: description})
	if entity != "" {
		(*into)[i].Entity = &uuid.UUID{}
		it.refer(ref{column: c.header(field), pointer: fmt.Sprintf("/%s/%d/entity", field, i), text: entity, set: func(id uuid.UUID) { (*into)[i].Entity = &id }})
	}
	if behalf != "" {
		c.speakFor(it, field, into, i, behalf)
	}
}

func (c *cells) speakFor(it *item, field string, into *[]models.Speaker, i int, text string) {
	(*into)[i].OnBehalfOf = &uuid.UUID{}
	it.refer(ref{column: c.header(field + "_on_behalf_of"), pointer: fmt.Sprintf("/%s/%d/on_behalf_of", field, i), text: text,
		set: func(id uuid.UUID) { (*into)[i].OnBehalfOf = &id }})
}

// nameColumns are columns of names of one type.
var nameColumns = [][2]string{{"aliases", "alias"}, {"acronym", "acronym"}, {"former_names", "former"}, {"transliteration", "transliteration"}}

func (c *cells) readNames(field string, into *[]models.Name) {
	lists, n := c.together(1, field, field+"_types", field+"_languages", field+"_scripts")
	for i := range n {
		if lists[0][i] != "" {
			*into = append(*into, models.Name{Text: lists[0][i], Type: asCode(lists[1][i]), Language: lists[2][i], Script: lists[3][i]})
		}
	}
	for _, column := range nameColumns {
		for _, name := range c.list(column[0]) {
			*into = append(*into, models.Name{Text: name, Type: column[1]})
		}
	}
}

func (c *cells) readIdentifiers(field string, into *[]models.Identifier) {
	for _, scheme := range models.IdentifierSchemes() {
		for _, value := range c.list(scheme) {
			*into = append(*into, models.Identifier{Scheme: scheme, Value: value})
		}
	}
	for _, text := range c.list(field) {
		scheme, value, ok := strings.Cut(text, ":")
		if !ok {
			c.bad(field, CodeInvalid, "%q is no identifier. Write scheme:value, such as lei:INR2EJN1ERAN0W5ZP974.", clip(text))
			continue
		}
		*into = append(*into, models.Identifier{Scheme: strings.ToLower(strings.TrimSpace(scheme)), Value: strings.TrimSpace(value)})
	}
}

// part reports whether a file of chosen columns has but a part of what belongs together, of a record
// that is named by its id.
func (c *cells) part(it *item, fields ...string) bool {
	return it.id != uuid.Nil && slices.ContainsFunc(fields, func(field string) bool { return !slices.Contains(c.fields, field) })
}

func (c *cells) money(it *item, field string) *models.Money {
	if c.part(it, field+"_amount", field+"_currency") {
		return nil
	}
	text, currency := c.text(field+"_amount"), strings.ToUpper(c.text(field+"_currency"))
	switch {
	case text == "" && currency == "":
		return nil
	case text == "":
		c.bad(field+"_amount", CodeMissing, "There is a currency without an amount. Give both, or neither.")
		return nil
	}
	amount, ok := readAmount(text)
	if !ok {
		c.bad(field+"_amount", CodeInvalid, "%q is no amount. Write a number such as 1500000.00.", clip(text))
		return nil
	}
	return &models.Money{Amount: amount, Currency: currency}
}

func (c *cells) count(it *item, field string) *models.Count {
	if c.part(it, field, field+"_exactness") {
		return nil
	}
	text, exactness := c.text(field), c.code(field+"_exactness")
	if text == "" && exactness == "" {
		return nil
	}
	number, err := strconv.Atoi(cmp.Or(text, "0"))
	if err != nil {
		c.bad(field, CodeInvalid, "%q is no whole number.", clip(text))
		return nil
	}
	return &models.Count{Number: number, Exactness: cmp.Or(exactness, "exact")}
}

// complete does what a type of record has beyond its fields.
func (c *cells) complete(it *item) {
	switch d := it.doc.(type) {
	case *models.Entity:
		c.completeEntity(it, d)
	case *models.Relationship:
		c.completeLink(it, d)
	case *models.StatusChange:
		c.completeStep(it, d)
	case *models.Source:
		if d.Kind == "" && it.id == uuid.Nil {
			d.Kind = "other"
		}
	}
}

func (c *cells) completeEntity(it *item, e *models.Entity) {
	it.slug, e.Kind = c.text("slug"), kindNamed(string(e.Kind))
	places := e.Places
	e.Places = nil
	for _, place := range places {
		if code := c.opts.countries.code(place); !slices.Contains(e.Places, code) {
			e.Places = append(e.Places, code)
		}
	}
	// What has a value is a contract; elsewhere such columns say something else.
	if e.Kind != models.KindContract && e.Kind != "" {
		e.Value = nil
		c.lose("value_amount", "only a contract has a value")
		c.lose("value_currency", "only a contract has a value")
	}
}

func (c *cells) completeLink(it *item, r *models.Relationship) {
	r.Type = typeNamed(string(r.Type))
	for _, end := range []string{"subject", "object"} {
		if text, _ := c.first(end+"_id", end, end+"_name"); text == "" && it.id == uuid.Nil {
			c.bad(end, CodeMissing, "Name the %s: its id, slug, an identifier as scheme:value, its key in this file, or its name.", end)
		}
	}
	if r.Type != "" {
		c.placeTitle(r)
	}
	c.current(r)
}

// completeStep finds the link whose status changed by its ends, where the row does not name it.
func (c *cells) completeStep(it *item, s *models.StatusChange) {
	if text, _ := c.first("record_id", "record_slug", "record"); text != "" {
		return
	}
	subject, object := c.text("subject"), c.text("object")
	switch {
	case subject != "" && object != "":
		it.refer(ref{column: c.header("subject"), pointer: "/record", text: subject + " > " + cmp.Or(c.text("type"), string(models.SuppliedTo)) + " > " + object,
			set: func(id uuid.UUID) { s.Record = id }})
	case it.id == uuid.Nil:
		c.bad("record", CodeMissing, "Say whose status changed: a record's id, its key in this file, a contract's name, or subject and object of a link.")
	}
}

// typeRefs says of every record that the row names what it may be, as its document has it.
func (c *cells) typeRefs(it *item) {
	allowed := map[string]models.Reference{}
	for _, reference := range it.doc.References() {
		allowed[reference.Pointer] = reference
	}
	link, _ := it.doc.(*models.Relationship)
	for i := range it.refs {
		r := &it.refs[i]
		r.types, r.kinds = allowed[r.pointer].Types, allowed[r.pointer].Kinds
		if field := strings.TrimPrefix(r.pointer, "/"); link != nil && (field == "subject" || field == "object") {
			r.kinds = c.opts.kindsAt(link.Type, field == "subject")
			if kind := c.kind(field + "_kind"); kind != "" {
				r.kinds = []models.EntityKind{kind}
			}
		}
	}
}
