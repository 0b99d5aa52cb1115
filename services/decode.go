package services

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// referenceFields lists, by record type, where a document points at other records; "*" stands
// for every entry of a list.
var referenceFields = map[models.RecordType][]string{
	models.TypeEntity:       {"members/*", "citations/*/source"},
	models.TypeRelationship: {"subject", "object", "supplied_by", "citations/*/source"},
	models.TypeStatusChange: {"record", "actor", "claim", "citations/*/source"},
	models.TypeClaim:        {"speakers/*/entity", "speakers/*/on_behalf_of", "about/*", "answers/*", "citations/*/source"},
	models.TypeSource:       {"publishers/*", "reports_on/*/source", "copy_of"},
	models.TypeOpenItem: {"addressee", "raised_by/*/entity", "raised_by/*/on_behalf_of", "about/*",
		"citations/*/source"},
}

// Decode reads a document from JSON, strictly: unknown fields are problems that name the
// nearest field. Where a record is named, its id, its slug, or an object with its "id" or
// "slug" may stand. ErrInvalid lists every problem, as operation 0.
func (s *Services) Decode(ctx context.Context, t models.RecordType, data []byte) (models.Document, error) {
	documents, err := s.DecodeAll(ctx, []models.RecordType{t}, [][]byte{data})
	if err != nil {
		return nil, err
	}
	return documents[0], nil
}

// DecodeAll is Decode for the operations of a changeset: problems name the operation by its
// index. An empty data gives a nil document.
func (s *Services) DecodeAll(ctx context.Context, types []models.RecordType, data [][]byte) ([]models.Document, error) {
	d := &decoding{slugs: map[string][]place{}}
	values := make([]map[string]any, len(data))
	for i := range data {
		if len(data[i]) > 0 {
			values[i] = d.parse(i, types[i], data[i])
		}
	}
	if err := d.resolve(ctx, s); err != nil {
		return nil, err
	}

	documents := make([]models.Document, len(data))
	for i, value := range values {
		if value != nil {
			documents[i] = d.decode(i, types[i], value)
		}
	}
	if len(d.problems) > 0 {
		d.addRest(documents)
		return nil, &models.Error{Kind: models.ErrInvalid, Problems: d.problems,
			Message: "Nothing was written. " + count(len(d.problems), "thing needs", "things need") + " attention."}
	}
	return documents, nil
}

// addRest adds what else is wrong with documents of which some field cannot be read, so that
// nobody mends one thing to be told of the next. Of the fields with a problem nothing more is said.
func (d *decoding) addRest(documents []models.Document) {
	unread := map[string]bool{}
	for _, p := range d.problems {
		unread[fieldOf(p)] = true
	}
	for i, document := range documents {
		if document == nil {
			continue
		}
		for _, p := range flaws(document) {
			if p.Operation = i; !unread[fieldOf(p)] {
				d.problems = append(d.problems, p)
			}
		}
	}
	slices.SortStableFunc(d.problems, func(a, b models.Problem) int { return a.Operation - b.Operation })
}

// fieldOf names the field of an operation's document in which a problem lies.
func fieldOf(p models.Problem) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(p.Pointer, "/"), "/")
	return strconv.Itoa(p.Operation) + "/" + name
}

// flaws cleans a document and gives what is wrong with it by itself.
func flaws(document models.Document) []models.Problem {
	document.Clean()
	problems := document.Validate()
	if cited := document.Cited(); cited != nil && len(cited) == 0 {
		problems = append(problems, models.Problem{Pointer: "/citations", Message: "Nothing is published without a source: cite at least one."})
	}
	return problems
}

// decoding gathers problems, and the places at which slugs stand for ids.
type decoding struct {
	problems []models.Problem
	slugs    map[string][]place
}

// place is where a slug stands: the setter puts the id there.
type place struct {
	operation int
	pointer   string
	set       func(id string)
}

func (d *decoding) problem(operation int, pointer, format string, args ...any) {
	d.problems = append(d.problems, models.Problem{Operation: operation, Pointer: pointer, Message: fmt.Sprintf(format, args...)})
}

// parse reads a JSON object and notes where it names records.
func (d *decoding) parse(operation int, t models.RecordType, data []byte) map[string]any {
	if models.NewDocument(t) == nil {
		d.problem(operation, "/type", "%q is no record type.%s", t, models.DidYouMean(string(t), models.RecordTypes().Values()))
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value map[string]any
	if err := decoder.Decode(&value); err != nil || value == nil {
		d.problem(operation, "", "The data is no JSON object. Send the fields of the %s as {\"name\": value, …}.", label(t))
		return nil
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		d.problem(operation, "", "There is something after the JSON object; send one object alone.")
		return nil
	}

	for _, path := range referenceFields[t] {
		d.visit(operation, "", value, strings.Split(path, "/"))
	}
	return value
}

// visit walks to the places of a path and notes the records named there.
func (d *decoding) visit(operation int, pointer string, parent any, path []string) {
	switch parent := parent.(type) {
	case map[string]any:
		child, ok := parent[path[0]]
		if ok && child != nil {
			d.step(operation, pointer+"/"+path[0], child, path[1:], func(id string) { parent[path[0]] = id })
		}
	case []any:
		if path[0] != "*" {
			return
		}
		for i, child := range parent {
			d.step(operation, pointer+"/"+strconv.Itoa(i), child, path[1:], func(id string) { parent[i] = id })
		}
	}
}

func (d *decoding) step(operation int, pointer string, child any, rest []string, set func(string)) {
	if len(rest) > 0 {
		d.visit(operation, pointer, child, rest)
		return
	}
	name := ""
	switch child := child.(type) {
	case string:
		name = child
	case map[string]any:
		name, _ = child["id"].(string)
		if name == "" {
			name, _ = child["slug"].(string)
		}
	}
	if name == "" || strings.ContainsRune(name, 0) { // PostgreSQL has no text with NUL
		d.problem(operation, pointer, "Name the record by its id or slug.")
		set(uuid.Nil.String())
		return
	}
	if id, err := uuid.Parse(name); err == nil && len(name) == 36 {
		set(id.String())
		return
	}
	d.slugs[name] = append(d.slugs[name], place{operation, pointer, set})
	set(uuid.Nil.String())
}

// resolve puts ids where slugs stand.
func (d *decoding) resolve(ctx context.Context, s *Services) error {
	found := map[string]uuid.UUID{}
	err := inChunks(keys(d.slugs), func(chunk []string) error {
		var rows []models.SlugRow
		if err := s.db.Read(ctx).Find(&rows, "slug IN ?", chunk).Error; err != nil {
			return fmt.Errorf("resolve slugs: %w", err)
		}
		for _, row := range rows {
			found[row.Slug] = row.RecordID
		}
		return nil
	})
	if err != nil {
		return err
	}

	for slug, places := range d.slugs {
		id, ok := found[slug]
		for _, at := range places {
			if ok {
				at.set(id.String())
				continue
			}
			d.problem(at.operation, at.pointer, "There is no record with the id or slug %q. Search for it, or create it first.", shorten(slug))
		}
	}
	return nil
}

func shorten(text string) string {
	if letters := []rune(text); len(letters) > 80 {
		return string(letters[:80]) + "…"
	}
	return text
}

// decode fills the document field by field, so that one bad field does not hide another.
func (d *decoding) decode(operation int, t models.RecordType, value map[string]any) models.Document {
	document := models.NewDocument(t)
	fields := fieldsOf(reflect.ValueOf(document).Elem())
	for _, name := range sorted(keys(value)) {
		field, ok := fields[name]
		if !ok {
			d.problem(operation, "/"+escape(name), "A %s has no field %q.%s", label(t), shorten(name), models.DidYouMean(name, keys(fields)))
			continue
		}
		d.decodeField(operation, name, field, value[name])
	}
	slices.SortStableFunc(d.problems, func(a, b models.Problem) int { return a.Operation - b.Operation })
	return document
}

func (d *decoding) decodeField(operation int, name string, field reflect.Value, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		d.problem(operation, "/"+name, "This value cannot be read.")
		return
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(field.Addr().Interface()); err != nil {
		pointer, message := fieldProblem(name, err)
		d.problem(operation, pointer, "%s", message)
	}
}

// fieldProblem turns an error of encoding/json into a pointer and a sentence.
func fieldProblem(name string, err error) (string, string) {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		pointer := "/" + name
		if wrong.Field != "" {
			pointer += "/" + strings.ReplaceAll(wrong.Field, ".", "/")
		}
		return pointer, fmt.Sprintf("A %s cannot stand here; give %s.", wrong.Value, expected(wrong.Type))
	}
	if unknown, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return "/" + name, fmt.Sprintf("There is no field %s in %q.", unknown, name)
	}
	return "/" + name, err.Error()
}

// expected says in words what JSON value a type wants.
func expected(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a text in quotes"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list in [ ]"
	case reflect.Struct, reflect.Map:
		return "an object in { }"
	case reflect.Array:
		return "an id"
	}
	return "a number"
}

// fieldsOf maps the JSON names of a struct's fields to the fields.
func fieldsOf(value reflect.Value) map[string]reflect.Value {
	fields := make(map[string]reflect.Value, value.NumField())
	for i := range value.NumField() {
		name, _, _ := strings.Cut(value.Type().Field(i).Tag.Get("json"), ",")
		fields[name] = value.Field(i)
	}
	return fields
}

// escape writes a name as a token of a JSON Pointer (RFC 6901).
func escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(shorten(name))
}

// ReferenceFields lists where a document of a type points at other records, as paths into its
// JSON; "*" stands for every entry of a list.
func ReferenceFields(t models.RecordType) []string { return slices.Clone(referenceFields[t]) }
