package api

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/models"
	"plumbline/services"
)

// parameter documents a query parameter that takes text, or one or several of the values.
func parameter(name, description string, values ...string) *huma.Param {
	if len(values) > 0 {
		description += " A comma list means any of: " + strings.Join(values, ", ") + "."
	}
	return &huma.Param{Name: name, In: "query", Description: description, Schema: &huma.Schema{Type: "string"}}
}

// numberParameter documents a query parameter that takes a whole number.
func numberParameter(name, description string) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: description, Schema: &huma.Schema{Type: "integer", Format: "int64"}}
}

func headerParameter(name, description string, required bool) *huma.Param {
	return &huma.Param{Name: name, In: "header", Description: description, Required: required, Schema: &huma.Schema{Type: "string"}}
}

// momentParameters document as_of and known_at, and include where something can be included.
func momentParameters(includes ...string) []*huma.Param {
	list := []*huma.Param{
		parameter("as_of", "The day whose status is asked for, YYYY-MM-DD; today when left out."),
		parameter("known_at", "The instant whose knowledge is asked for, RFC 3339; now when left out."),
	}
	list[0].Schema.Format, list[1].Schema.Format = "date", "date-time"
	if len(includes) > 0 {
		list = append(list, parameter("include", "What would otherwise be further requests.", includes...))
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
	sorts := services.Sorts(t)
	order := parameter("sort", "The order: "+strings.Join(sorts, ", ")+", each also with - before it for the reverse.")
	for _, name := range sorts {
		order.Schema.Enum = append(order.Schema.Enum, name, "-"+name)
	}
	return append(append(append(list, order), pageParameters()...), momentParameters()...)
}

// pageOf documents a page of a type's list as JSON: its filters, and what can be included.
func pageOf(t models.RecordType) []*huma.Param {
	list := listParameters(t)
	if len(listable[t]) > 0 {
		list = append(list, parameter("include", "What would otherwise be further requests.", listable[t]...))
	}
	return list
}

func pageParameters() []*huma.Param {
	return []*huma.Param{
		numberParameter("limit", "Entries on a page, 1 to 500; 50 when left out."),
		parameter("cursor", "The \"next\" of the page before; opaque."),
	}
}

func revisionParameters() []*huma.Param {
	return []*huma.Param{
		numberParameter("since", "First log position that is given; resume with \"next\"."),
		numberParameter("limit", "Entries on a page, 1 to 500; 100 when left out."),
	}
}
