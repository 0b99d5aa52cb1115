package frontend

import (
	"fmt"
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

// supplyColumnsInOrder are the columns of the table of supplies, by the API's names, with what writes
// a cell.
var supplyColumnsInOrder = []struct {
	name  string
	label *text
	write func(*inline, linkLine)
}{
	{"subject", say("Service"), (*inline).supplied}, {"object", say("Supplied to"), (*inline).receiver}, {"status", say("Status"), (*inline).standing},
	{"purposes", say("Said to be used for"), (*inline).usedFor}, {"claims", say("Who says so"), (*inline).saidOf},
}

// supplyColumns reads which columns a page shows: those that it names, or all. hide has the others.
func supplyColumns(path string, values url.Values) (links []columnLink, hide map[string]bool, err error) {
	var names, shown []string
	for _, column := range supplyColumnsInOrder {
		names = append(names, column.name)
	}
	asked := commaList(values["columns"])
	for _, name := range asked {
		if !slices.Contains(names, name) {
			return nil, nil, &models.Error{Kind: models.ErrInvalid, Message: fmt.Sprintf("There is no column %q.%s Possible are %s.", shortened(name, 40), models.DidYouMean(name, names), strings.Join(names, ", ")),
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
	for _, column := range supplyColumnsInOrder {
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
