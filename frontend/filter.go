package frontend

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// filter is one choice of a filter form, by the API's name.
type filter struct {
	Name  string
	Label *text
	// Options are its values; none for an entity that is typed.
	Options []option
	Value   string
	// Called is the name of the entity of the value, which people read and type in its place; "" where
	// it is not known.
	Called string
}

type option struct {
	Value string
	// Label is the label of a code, or "" for any value; Words stand in its place.
	Label    string
	Words    *text
	Selected bool
}

// choice makes a filter of codes, with their labels.
func choice(values url.Values, name string, label *text, codes []models.Code) filter {
	value := values.Get(name)
	f := filter{Name: name, Label: label, Value: value, Options: []option{{Words: say("Any"), Selected: value == ""}}}
	for _, code := range codes {
		f.Options = append(f.Options, option{Value: code.Code, Label: code.Label, Selected: value == code.Code})
	}
	if value != "" && !slices.ContainsFunc(codes, func(c models.Code) bool { return c.Code == value }) {
		// A list in the address: the form keeps it.
		f.Options = append(f.Options, option{Value: value, Words: say("%s", value), Selected: true})
	}
	return f
}

// named makes a filter that takes the name of an entity.
func named(values url.Values, name string, label *text) filter {
	return filter{Name: name, Label: label, Value: values.Get(name)}
}

// yesNo are the values of a filter that is true or false.
var yesNo = []models.Code{{Code: "true", Label: say("Yes").key}, {Code: "false", Label: say("No").key}}

// withoutChip are parameters that narrow nothing.
var withoutChip = []string{"as_of", "known_at", "cursor", "sort", "limit", "columns", "day[gte]", "day[lte]"}

// bounds say in words what stands in brackets behind the name of a filter.
var bounds = strings.NewReplacer("_", " ", "[gte]", " from", "[gt]", " after", "[lte]", " until", "[lt]", " before")

// calledIn are the names of the records of a page, by what names them in an address: their ids, and
// the slugs of entities.
func calledIn(refs map[uuid.UUID]services.Ref) map[string]string {
	called := make(map[string]string, len(refs))
	for id, ref := range refs {
		called[id.String()] = ref.Label()
		if ref.Slug != "" {
			called[ref.Slug] = ref.Label()
		}
	}
	return called
}

// chips are the values of the filters in force, each with the address without it. called are the
// names of records that they may name.
func chips(path string, values url.Values, filters []filter, called map[string]string) []chip {
	var list []chip
	for _, name := range sortedNames(values) {
		if slices.Contains(withoutChip, name) {
			continue
		}
		f := filter{Name: name, Label: facetLabels[name]}
		for _, one := range filters {
			if one.Name == name {
				f = one
			}
		}
		if f.Label == nil {
			f.Label = say("%s", bounds.Replace(name))
		}
		for _, value := range commaList(values[name]) {
			left := toggled(values, name, value)
			list = append(list, chip{URL: address(path, left), Words: say("%s: %s", f.Label, f.shown(value, called)), without: left})
		}
	}
	return list
}

// chip is a filter in force, with the address without it.
type chip struct {
	URL   string
	Words *text
	// without are the parameters without it.
	without url.Values
}

// dropped is a filter that is in the way, with what there is without it.
type dropped struct {
	URL   string
	Words *text
}

const (
	// mostDropped bounds the filters of an empty list that are tried one by one.
	mostDropped = 8
	// mostFound bounds what is counted without one of them.
	mostFound = 1000
)

// inTheWay finds the filters of an empty list without which something is there.
func (p *Pages) inTheWay(c *gin.Context, l list, chips []chip) ([]dropped, error) {
	var list []dropped
	for _, one := range chips[:min(len(chips), mostDropped)] {
		q, err := l.query(firstPage(one.without))
		if err != nil {
			return nil, err
		}
		n, more, err := p.services.Count(c.Request.Context(), models.Actor{}, l.kind, q, mostFound)
		if err != nil {
			return nil, err
		}
		words := sayN(n, "Without “%[2]s”: %[1]d record", "Without “%[2]s”: %[1]d records", one.Words)
		if more {
			words = say("Without “%s”: more than %d records", one.Words, mostFound)
		}
		if n > 0 {
			list = append(list, dropped{one.URL, words})
		}
	}
	return list, nil
}

// callFilters names in the form the entities of its filters, as far as their names are known.
func callFilters(filters []filter, called map[string]string) []filter {
	filters = slices.Clone(filters)
	for i, f := range filters {
		if f.Options == nil {
			filters[i].Called = called[f.Value]
		}
	}
	return filters
}

// shown is one of the filter's values in words: a record that is called something, by that.
func (f filter) shown(value string, called map[string]string) *text {
	for _, o := range f.Options {
		if o.Value == value && o.Words == nil {
			return say(o.Label)
		}
	}
	switch {
	case f.Options == nil && facetLabels[f.Name] == nil:
		if name := called[value]; name != "" {
			return say("%s", name)
		}
		return say("%s", value)
	case models.ValidPlace(value):
		return say("%s", models.PlaceName(value))
	}
	return say(codeLabel(f.Name, value))
}

// asked are the names of filters.
func asked(filters []filter) []string {
	names := make([]string, len(filters))
	for i, f := range filters {
		names[i] = f.Name
	}
	return names
}

// calledAs begins the parameter by which a form says which entity it showed by a name, so that the
// name that was left standing goes on meaning that one, whoever else is called so.
const calledAs = "called:"

// settleNames turns names of entities that a reader typed into their slugs: the address to go
// to, or "" when all are ids and slugs already, or nothing is found.
func (p *Pages) settleNames(c *gin.Context, filters []filter) (string, error) {
	values := c.Request.URL.Query()
	settled := values
	for _, f := range filters {
		shown := values.Get(calledAs + f.Name)
		if settled.Has(calledAs + f.Name) {
			settled = without(settled, calledAs+f.Name)
		}
		if f.Options != nil || f.Value == "" || strings.Contains(f.Value, ",") {
			continue
		}
		if shown != "" {
			page, err := p.services.Get(c.Request.Context(), models.Actor{}, models.TypeEntity, shown, services.Moment{})
			if err != nil && !isForPeople(err) {
				return "", err
			}
			if err == nil && page.Refs[page.Records[0].ID].Label() == f.Value {
				settled = with(settled, f.Name, shown)
				continue
			}
		}
		slug, err := p.slugOf(c, f.Value)
		if err != nil {
			return "", err
		}
		if slug != "" && slug != f.Value {
			settled = with(settled, f.Name, slug)
		}
	}
	if settled.Encode() == values.Encode() {
		return "", nil
	}
	return address(c.Request.URL.Path, settled), nil
}

// slugOf is the slug of the entity that an id, a slug or a name leads to; "" when none does.
func (p *Pages) slugOf(c *gin.Context, text string) (string, error) {
	page, err := p.services.Get(c.Request.Context(), models.Actor{}, models.TypeEntity, text, services.Moment{})
	if err == nil {
		return page.Records[0].Slug, nil
	}
	if !isForPeople(err) {
		return "", err
	}
	hits, err := p.services.Search(c.Request.Context(), models.Actor{}, services.SearchQuery{Text: text, Types: []string{string(models.TypeEntity)}, Limit: 1})
	if err != nil && !isForPeople(err) {
		return "", err
	}
	if len(hits) == 0 {
		return "", nil
	}
	return hits[0].Slug, nil
}

func isForPeople(err error) bool {
	var forPeople *models.Error
	return errors.As(err, &forPeople)
}
