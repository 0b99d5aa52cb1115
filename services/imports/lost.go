package imports

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"plumbline/models"
)

// What a file says and a record cannot hold is told, under the name that it has in the file, with in
// how many rows: nothing that is mapped gets lost in silence.

// loss is what is not kept of a column, property or member, and why; why is "" where there simply is
// no place for it.
type loss struct{ sheet, name, why string }

// losses count rows.
type losses struct {
	order []loss
	rows  map[loss]int
	last  map[loss]int
}

// lose notes that what stands in a row under a name is not kept.
func (c *content) lose(row int, name, why string) {
	l := loss{name: clip(name), why: why}
	if row >= 0 && row < len(c.rows) && c.format == FormatXLSX {
		l.sheet = c.rows[row].Sheet
	}
	if c.lost.rows == nil {
		c.lost.rows, c.lost.last = map[loss]int{}, map[loss]int{}
	}
	switch last, known := c.lost.last[l]; {
	case !known:
		c.lost.order = append(c.lost.order, l)
	case last == row:
		return
	}
	c.lost.rows[l]++
	c.lost.last[l] = row
}

// mostLosses bounds the notices of what is not kept.
const mostLosses = 200

// notKept says what is not kept.
func (c *content) notKept() []string {
	var list []string
	for i, l := range c.lost.order {
		if i == mostLosses {
			return append(list, fmt.Sprintf("not kept: %d further columns or members", len(c.lost.order)-i))
		}
		text := fmt.Sprintf("not kept: %s, 1 row", l.name)
		if n := c.lost.rows[l]; n != 1 {
			text = fmt.Sprintf("not kept: %s, %d rows", l.name, n)
		}
		if l.sheet != "" {
			text += " of " + clip(l.sheet)
		}
		if l.why != "" {
			text += ": " + l.why
		}
		list = append(list, text)
	}
	return list
}

// loseUnread notes the cells of a row that fill a field and that nothing read. What follows from other
// records, in a file of ours, says nothing of its own.
func (c *cells) loseUnread() {
	named := c.text("id") != ""
	for i, field := range c.fields {
		if field == "" || i >= len(c.record) || c.used[i] || strings.TrimSpace(c.record[i]) == "" || named && c.layout.derived(field) {
			continue
		}
		c.content.lose(c.index, c.headers[i], "")
	}
}

// lose notes that the column of a field is not kept in this row, where it is filled.
func (c *cells) lose(field, why string) {
	if c.text(field) != "" {
		c.content.lose(c.index, c.header(field), why)
	}
}

// derived reports whether a column follows from other records.
func (l layout) derived(name string) bool {
	i := slices.IndexFunc(l.columns, func(c models.Column) bool { return c.Name == name })
	return i >= 0 && l.columns[i].Derived
}

// unkept names the fields of what was said that another document has not, as merged puts them there.
func unkept(after, said models.Document) (names []string) {
	to, from := reflect.ValueOf(after).Elem(), reflect.ValueOf(said).Elem()
	e, _ := after.(*models.Entity)
	for i := range from.NumField() {
		name, _, _ := strings.Cut(from.Type().Field(i).Tag.Get("json"), ",")
		if from.Field(i).IsZero() || keeps(e, name, to.Field(i), from.Field(i)) {
			continue
		}
		names = append(names, name)
	}
	return names
}

// keeps reports whether a field holds what was said; e is the entity that it is of.
func keeps(e *models.Entity, name string, to, from reflect.Value) bool {
	switch said := from.Interface().(type) {
	case []models.Citation:
		return !slices.ContainsFunc(said, func(c models.Citation) bool { return !keepsCitation(to.Interface().([]models.Citation), c) })
	case []models.Name:
		return !slices.ContainsFunc(said, func(n models.Name) bool { return !keepsName(e, n) })
	case models.Date:
		return said.Text == to.Interface().(models.Date).Text
	case models.Identity:
		return said == models.Disclosed || said == to.Interface()
	case string:
		if e != nil && name == "name" {
			return keepsName(e, models.Name{Text: said})
		}
	}
	if from.Kind() != reflect.Slice {
		return reflect.DeepEqual(to.Interface(), from.Interface())
	}
	for i := range from.Len() {
		kept := false
		for j := range to.Len() {
			kept = kept || reflect.DeepEqual(to.Index(j).Interface(), from.Index(i).Interface())
		}
		if !kept {
			return false
		}
	}
	return true
}

func keepsCitation(list []models.Citation, said models.Citation) bool {
	if said.Source == models.UnsourcedID {
		return len(list) > 0
	}
	return slices.ContainsFunc(list, func(c models.Citation) bool {
		return c.Source == said.Source && c.Locator == said.Locator && (said.Note == "" || c.Note == said.Note) && !c.HoldsOn.Before(said.HoldsOn) && !c.CheckedOn.Before(said.CheckedOn)
	})
}

func keepsName(e *models.Entity, said models.Name) bool {
	if e == nil {
		return true
	}
	if models.Fold(e.Name) == models.Fold(said.Text) && said.Language == "" && said.Script == "" {
		return true
	}
	return slices.ContainsFunc(e.Names, func(n models.Name) bool {
		return (n.Text == said.Text || models.Fold(n.Text) == models.Fold(said.Text)) && (said.Language == "" || n.Language == said.Language) && (said.Script == "" || n.Script == said.Script)
	})
}
