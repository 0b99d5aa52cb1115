package api

import (
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/models"
	"plumbline/services"
)

func parameter(name, description string, values ...string) *huma.Param {
	schema := &huma.Schema{Type: "string"}
	if len(values) > 0 {
		description += " A comma list means any of: " + strings.Join(values, ", ") + "."
	}
	return &huma.Param{Name: name, In: "query", Description: description, Schema: schema}
}

// momentParameters document as_of and known_at, and include where it is possible.
func momentParameters(includes bool) []*huma.Param {
	list := []*huma.Param{
		parameter("as_of", "The day whose status is asked for, YYYY-MM-DD; today when left out."),
		parameter("known_at", "The instant whose knowledge is asked for, RFC 3339; now when left out."),
	}
	if includes {
		list = append(list, parameter("include", "What would otherwise be further requests.", "relationships", "status_changes", "claims", "open_items"))
	}
	return list
}

// listParameters document the filters of a type's list, as the services know them.
func listParameters(t models.RecordType) []*huma.Param {
	var list []*huma.Param
	for _, p := range services.Parameters(t) {
		list = append(list, parameter(p.Name, p.Description, p.Values...))
	}
	list = append(list, parameter("state", "Whether the record stands; live when left out.", append(models.RecordStates().Values(), "any")...))
	list = append(list, parameter("sort", "The order; - before it reverses.", services.Sorts(t)...))
	return append(append(list, pageParameters()...), momentParameters(false)...)
}

func pageParameters() []*huma.Param {
	return []*huma.Param{
		parameter("limit", "Entries on a page, 1 to 500; 50 when left out."),
		parameter("cursor", "The \"next\" of the page before; opaque."),
	}
}

func revisionParameters() []*huma.Param {
	return []*huma.Param{
		parameter("since", "First log position that is given; resume with \"next\"."),
		parameter("limit", "Entries on a page, 1 to 500; 100 when left out."),
	}
}

// inputBody documents what a write of a type takes: the fields of its document.
func inputBody(t models.RecordType, media string) *huma.RequestBody {
	properties := map[string]*huma.Schema{}
	if media == "application/json" {
		properties["id"] = &huma.Schema{Type: "string", Format: "uuid", Description: "UUIDv7 of a new record; made when left out."}
	} else {
		properties["edit"] = &huma.Schema{Type: "string", Enum: []any{"world_changed", "corrected"}, Description: "Did the world change, or was the record wrong?"}
		properties[editReason(t)] = &huma.Schema{Type: "string", Description: "Why; the history shows it."}
	}
	document := reflect.TypeOf(models.NewDocument(t)).Elem()
	for i := range document.NumField() {
		name, _, _ := strings.Cut(document.Field(i).Tag.Get("json"), ",")
		properties[name] = inputSchema(document.Field(i).Type)
	}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{media: {Schema: &huma.Schema{Type: "object", Properties: properties}}}}
}

var dateType = reflect.TypeFor[models.Date]()

// inputSchema says what JSON a field of a document takes.
func inputSchema(t reflect.Type) *huma.Schema {
	switch {
	case t == dateType:
		return &huma.Schema{Description: "An EDTF date as text, or {\"text\", \"words\"}."}
	case t.Kind() == reflect.Array:
		return &huma.Schema{Description: "Id of a record, or slug of an entity."}
	case t.Kind() == reflect.Pointer:
		return inputSchema(t.Elem())
	case t.Kind() == reflect.Slice:
		return &huma.Schema{Type: "array", Items: inputSchema(t.Elem())}
	case t.Kind() == reflect.Bool:
		return &huma.Schema{Type: "boolean"}
	case t.Kind() == reflect.Int:
		return &huma.Schema{Type: "integer"}
	case t.Kind() == reflect.Float64:
		return &huma.Schema{Type: "number"}
	case t.Kind() == reflect.Struct && t != reflect.TypeFor[models.Day]():
		schema := &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{}}
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			schema.Properties[name] = inputSchema(t.Field(i).Type)
		}
		return schema
	}
	return &huma.Schema{Type: "string"}
}

// objectBody documents a small object of texts.
func objectBody(fields map[string]string) *huma.RequestBody {
	properties := map[string]*huma.Schema{}
	for name, description := range fields {
		properties[name] = &huma.Schema{Type: "string", Description: description}
	}
	return &huma.RequestBody{Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: "object", Properties: properties}}}}
}
