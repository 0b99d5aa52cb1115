package frontend

import (
	"net/url"
	"slices"
	"strings"

	"plumbline/models"
)

// columnLink is a column of a table, with the address of the page that shows it or hides it; "" for
// the last one that is shown.
type columnLink struct {
	URL   string
	Label *text
	Shown bool
}

// supplyColumnNames are the columns of the table of supplies, in their order, by the API's names.
var supplyColumnNames = []struct {
	name  string
	label *text
}{
	{"subject", say("Service")}, {"object", say("Supplied to")}, {"status", say("Status")}, {"purposes", say("Said to be used for")}, {"claims", say("Who says so")},
}

// supplyColumns reads which columns a page shows: those that it names, or all. hide has the others.
func supplyColumns(path string, values url.Values) (links []columnLink, hide map[string]bool, err error) {
	var names, shown []string
	for _, column := range supplyColumnNames {
		names = append(names, column.name)
	}
	asked := commaList(values["columns"])
	for _, name := range asked {
		if !slices.Contains(names, name) {
			return nil, nil, &models.Error{Kind: models.ErrInvalid, Message: models.Errorf(models.ErrInvalid, "There is no column %q.%s Possible are %s.", shortened(name, 40), models.DidYouMean(name, names), strings.Join(names, ", ")).Message,
				Problems: []models.Problem{{Pointer: "?columns", Message: "This is no column.", Typed: name, Meant: models.Nearest(name, names)}}}
		}
	}
	if len(asked) == 0 {
		asked = names
	}
	for _, name := range names {
		if slices.Contains(asked, name) {
			shown = append(shown, name)
		}
	}

	hide = map[string]bool{}
	for _, column := range supplyColumnNames {
		left := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
			return slices.Contains(shown, name) == (name == column.name)
		})
		one := columnLink{Label: column.label, Shown: slices.Contains(shown, column.name)}
		hide[column.name] = !one.Shown
		switch len(left) {
		case 0:
		case len(names):
			one.URL = address(path, without(values, "columns"))
		default:
			one.URL = address(path, with(values, "columns", strings.Join(left, ",")))
		}
		links = append(links, one)
	}
	return links, hide, nil
}
