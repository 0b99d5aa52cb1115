package api

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/models"
)

// writing is what the document says of an operation that writes, beyond what huma sees.
type writing struct {
	body *huma.RequestBody
	// answer is the type of what it answers when it was published at once.
	answer reflect.Type
	// proposes says that the write may have to wait for review.
	proposes bool
	// edition says that the body's edition, and no key, tells a request that is repeated.
	edition bool
	// guarded says that it needs If-Match.
	guarded bool
}

// complete adds to the document what huma does not see: the bodies, which it would otherwise read
// and check itself, one problem at a time; and the headers that operations read.
func (a *API) complete() {
	for _, item := range a.huma.OpenAPI().Paths {
		if item.Get != nil {
			completeRead(item.Get)
		}
		for _, operation := range []**huma.Operation{&item.Post, &item.Patch, &item.Delete} {
			if *operation != nil {
				// A copy: huma goes by its own.
				documented := **operation
				a.completeWrite(&documented, a.writes[documented.OperationID])
				*operation = &documented
			}
		}
	}
	registry := a.huma.OpenAPI().Components.Schemas
	for name, schema := range registry.Map() {
		completeSchema(schema, registry.TypeFromRef("#/components/schemas/"+name))
	}
}

// completeSchema says of an answer's schema what huma leaves out: that a pointer may be null,
// that the members of an embedded pointer may be missing, and that members may be added.
func completeSchema(schema *huma.Schema, t reflect.Type) {
	schema.AdditionalProperties = nil
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return
	}
	for _, field := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		property := schema.Properties[name]
		if property == nil {
			continue
		}
		if throughPointer(t, field.Index) {
			schema.Required = slices.DeleteFunc(schema.Required, func(required string) bool { return required == name })
		}
		if field.Type.Kind() != reflect.Pointer || strings.Contains(options, "omitempty") {
			continue
		}
		property.Nullable = true
		if property.Ref != "" {
			schema.Properties[name] = &huma.Schema{Description: field.Tag.Get("doc"), AnyOf: []*huma.Schema{{Ref: property.Ref}, {Type: "null"}}}
		}
	}
}

// throughPointer reports whether a field belongs to an embedded pointer.
func throughPointer(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		t = t.Field(i).Type
		if t.Kind() == reflect.Pointer {
			return true
		}
	}
	return false
}

// completeRead documents that a token is welcome, and conditional requests where answers have an
// ETag.
func completeRead(op *huma.Operation) {
	op.Security = []map[string][]string{{}, {"token": {}}}
	op.Responses["4XX"] = refused
	if ok := op.Responses["200"]; ok == nil || ok.Headers["ETag"] == nil {
		return
	}
	op.Parameters = append(op.Parameters, headerParameter("If-None-Match", "The ETag of the client's copy.", false))
	op.Responses["304"] = &huma.Response{Description: "The client's copy is still right."}
}

// refused is what every operation answers when it does not do what was asked.
var refused = &huma.Response{Description: "Refused: the problem says why, and what to do.", Content: map[string]*huma.MediaType{
	"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}}}

func (a *API) completeWrite(op *huma.Operation, w writing) {
	op.RequestBody = w.body
	op.Responses["4XX"] = refused
	if w.guarded {
		op.Parameters = append(op.Parameters, headerParameter("If-Match", "The ETag of the version that was seen; its version part alone counts.", true))
	}
	if w.proposes && !w.edition {
		op.Parameters = append(op.Parameters, headerParameter("Idempotency-Key", "Up to 255 printable letters that name this request: sent again, it is not done again.", false))
	}
	if w.answer != nil {
		op.Responses[strconv.Itoa(max(op.DefaultStatus, http.StatusOK))].Content = a.jsonOf(w.answer)
	}
	if w.proposes {
		op.Responses["202"] = &huma.Response{Description: "Kept as a proposal that waits for review.", Content: a.jsonOf(reflect.TypeFor[Written]()),
			Headers: map[string]*huma.Param{"Location": {Description: "The proposal.", Schema: &huma.Schema{Type: "string"}}}}
	}
}

func (a *API) jsonOf(t reflect.Type) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{"application/json": {Schema: a.huma.OpenAPI().Components.Schemas.Schema(t, true, "")}}
}

// recordBody documents what a write of a type takes: the fields of its document.
func recordBody(t models.RecordType, edit bool) *huma.RequestBody {
	properties := map[string]*huma.Schema{}
	media := "application/json"
	if edit {
		media = "application/merge-patch+json"
		properties["edit"] = &huma.Schema{Type: "string", Enum: enum(models.EditKinds().Values()), Description: "Did the world change, or was the record wrong?"}
		properties[editReason(t)] = &huma.Schema{Type: "string", Description: "Why; the history shows it."}
	} else {
		properties["id"] = &huma.Schema{Type: "string", Format: "uuid", Description: "UUIDv7 of a new record; made when left out."}
	}
	document := reflect.TypeOf(models.NewDocument(t)).Elem()
	for name, schema := range fieldSchemas(document) {
		properties[name] = schema
	}
	if t == models.TypeSource {
		properties["kind"].Enum = enum(models.SourceKinds().Values())
	}
	if t == models.TypeOpenItem {
		properties["kind"].Enum = enum(models.OpenItemKinds().Values())
	}

	schema := &huma.Schema{Type: "object", Properties: properties, AdditionalProperties: false}
	content := map[string]*huma.MediaType{media: {Schema: schema}}
	if edit {
		schema.Required = []string{"edit", editReason(t)}
		content["application/json"] = content[media]
	}
	return &huma.RequestBody{Required: true, Content: content}
}

func fieldSchemas(t reflect.Type) map[string]*huma.Schema {
	schemas := make(map[string]*huma.Schema, t.NumField())
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		schemas[name] = inputSchema(t.Field(i).Type)
	}
	return schemas
}

// inputCodes are the vocabularies of the types that are codes.
var inputCodes = map[reflect.Type]models.Vocabulary{
	reflect.TypeFor[models.EntityKind]():       models.EntityKinds(),
	reflect.TypeFor[models.Identity]():         models.Identities(),
	reflect.TypeFor[models.RelationshipType](): models.RelationshipTypes(),
	reflect.TypeFor[models.Purpose]():          models.Purposes(),
	reflect.TypeFor[models.Extent]():           models.Extents(),
	reflect.TypeFor[models.Reported]():         models.ReportedWays(),
	reflect.TypeFor[models.Stance]():           models.Stances(),
	reflect.TypeFor[models.CaptureFormat]():    models.CaptureFormats(),
}

func enum(values []string) []any {
	list := make([]any, len(values))
	for i, value := range values {
		list[i] = value
	}
	return list
}

// inputSchema says what JSON a field of a document takes.
func inputSchema(t reflect.Type) *huma.Schema {
	switch {
	case t == reflect.TypeFor[models.Date]():
		return &huma.Schema{Description: "An EDTF date as text, or {\"text\", \"words\"}."}
	case t == reflect.TypeFor[models.Day]():
		return &huma.Schema{Type: "string", Format: "date"}
	case t == reflect.TypeFor[models.Status]():
		return &huma.Schema{Type: "string", Enum: enum(models.AllStatuses()), Description: "Which may follow which: see /codes."}
	case len(inputCodes[t].Codes) > 0:
		return &huma.Schema{Type: "string", Enum: enum(inputCodes[t].Values())}
	case t.Kind() == reflect.Array:
		return &huma.Schema{Description: "Id of a record, slug of an entity, or an object with \"id\" or \"slug\"."}
	case t.Kind() == reflect.Pointer:
		return inputSchema(t.Elem())
	case t.Kind() == reflect.Slice:
		return &huma.Schema{Type: "array", Items: inputSchema(t.Elem())}
	case t.Kind() == reflect.Bool:
		return &huma.Schema{Type: "boolean"}
	case t.Kind() == reflect.Int, t.Kind() == reflect.Int64:
		return &huma.Schema{Type: "integer"}
	case t.Kind() == reflect.Float64:
		return &huma.Schema{Type: "number"}
	case t.Kind() == reflect.Struct:
		return &huma.Schema{Type: "object", Properties: fieldSchemas(t)}
	}
	return &huma.Schema{Type: "string"}
}

// objectBody documents a small object of texts.
func objectBody(required bool, fields map[string]string) *huma.RequestBody {
	properties := map[string]*huma.Schema{}
	for name, description := range fields {
		properties[name] = &huma.Schema{Type: "string", Description: description}
	}
	schema := &huma.Schema{Type: "object", Properties: properties, AdditionalProperties: false}
	return &huma.RequestBody{Required: required, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}

// changesetBody documents what a changeset takes.
func changesetBody() *huma.RequestBody {
	operation := &huma.Schema{Type: "object", Required: []string{"op", "type"}, AdditionalProperties: false, Properties: map[string]*huma.Schema{
		"op":      {Type: "string", Enum: []any{"create", "edit", "retract", "restore"}},
		"type":    {Type: "string", Enum: enum(models.RecordTypes().Values())},
		"id":      {Type: "string", Format: "uuid", Description: "Of a create: UUIDv7, made when left out; give it where other operations name the record."},
		"version": {Type: "integer", Description: "The version seen; left out for a create."},
		"edit":    {Type: "string", Enum: enum(models.EditKinds().Values())},
		"reason":  {Type: "string"},
		"data":    {Type: "object", Description: "The whole document, for create and edit."},
	}}
	schema := &huma.Schema{Type: "object", Required: []string{"operations"}, AdditionalProperties: false, Properties: map[string]*huma.Schema{
		"id": {Type: "string", Format: "uuid"}, "summary": {Type: "string"}, "operations": {Type: "array", Items: operation},
		"publish_at": {Type: "string", Format: "date-time", Description: "An embargo: it is not published before this instant. Until then its group and reviewers alone see it."}}}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}
