package imports

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/google/uuid"

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
	byRow map[int][]loss
}

// lose notes that what stands in a row under a name is not kept.
func (c *content) lose(row int, name, why string) {
	l := loss{name: clip(name), why: why}
	if row >= 0 && row < len(c.rows) && c.format == FormatXLSX {
		l.sheet = c.rows[row].Sheet
	}
	if c.lost.rows == nil {
		c.lost.rows, c.lost.byRow = map[loss]int{}, map[int][]loss{}
	}
	if slices.Contains(c.lost.byRow[row], l) {
		return
	}
	if _, known := c.lost.rows[l]; !known {
		c.lost.order = append(c.lost.order, l)
	}
	c.lost.rows[l]++
	c.lost.byRow[row] = append(c.lost.byRow[row], l)
}

// found takes back what seemed lost of a row where the record that is there says the same: a file of
// few columns has but a part of what belongs together.
func (c *content) found(row int, document models.Document) {
	if row < 0 || row >= len(c.rows) || len(c.lost.byRow[row]) == 0 {
		return
	}
	r := c.rows[row]
	headers := c.headers[r.Sheet]
	i := slices.IndexFunc(c.tables, func(t TableReport) bool { return t.Sheet == r.Sheet })
	if i < 0 {
		return
	}
	shown := &models.Row{Document: document, Label: func(uuid.UUID) models.Label { return models.Label{} }}
	for _, f := range models.Fields(document.RecordType()) {
		for _, column := range f.Columns() {
			at := slices.IndexFunc(headers, func(header string) bool { return c.tables[i].Columns[header] == column.Name })
			if f.Kind == models.FieldDerived || column.Cell == nil || at < 0 || at >= len(r.Cells) {
				continue
			}
			if strings.TrimSpace(models.UnquoteCell(r.Cells[at])) == strings.TrimSpace(fmt.Sprint(column.Cell(shown))) {
				c.keep(row, headers[at])
			}
		}
	}
}

// keep takes back that something of a row is lost.
func (c *content) keep(row int, name string) {
	c.lost.byRow[row] = slices.DeleteFunc(c.lost.byRow[row], func(l loss) bool {
		if l.name != clip(name) {
			return false
		}
		c.lost.rows[l]--
		return true
	})
}

// mostLosses bounds the notices of what is not kept.
const mostLosses = 200

// notKept says what is not kept.
func (c *content) notKept() []string {
	var list []string
	order := slices.DeleteFunc(slices.Clone(c.lost.order), func(l loss) bool { return c.lost.rows[l] == 0 })
	for i, l := range order {
		if i == mostLosses {
			return append(list, fmt.Sprintf("not kept: %d further columns or members", len(order)-i))
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
	told := map[string]bool{} // fields that one of their columns told: the others say the same for people
	for i, field := range c.fields {
		if i < len(c.record) && c.used[i] && strings.TrimSpace(c.record[i]) != "" {
			told[c.layout.fieldOf(field)] = true
		}
	}
	for i, field := range c.fields {
		forWhom := strings.HasSuffix(field, "_on_behalf_of") // by slugs: their ids stand in a column of their own
		if field == "" || i >= len(c.record) || c.used[i] || named && forWhom || strings.TrimSpace(c.record[i]) == "" || named && (c.layout.derived(field) || told[c.layout.fieldOf(field)]) {
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

// fieldOf is the field of which a column is.
func (l layout) fieldOf(name string) string {
	for _, c := range l.columns {
		if c.Name == name && c.Field != "" {
			return c.Field
		}
	}
	return name
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
			kept = kept || keepsEntry(to.Index(j).Interface(), from.Index(i).Interface())
		}
		if !kept {
			return false
		}
	}
	return true
}

// keepsEntry reports whether an entry of a list holds what was said of the same thing.
func keepsEntry(to, said any) bool {
	switch one := said.(type) {
	case models.Speaker:
		return sameEntry(to, said) && (one.OnBehalfOf == nil || reflect.DeepEqual(to.(models.Speaker).OnBehalfOf, one.OnBehalfOf))
	case models.Origin:
		return sameEntry(to, said) && (to.(models.Origin).Examined || !one.Examined)
	}
	return reflect.DeepEqual(to, said)
}

func keepsCitation(list []models.Citation, said models.Citation) bool {
	if said.Source == models.UnsourcedID {
		return len(list) > 0
	}
	return slices.ContainsFunc(list, func(c models.Citation) bool {
		return c.Source == said.Source && (said.Locator == "" || c.Locator == said.Locator) && (said.Note == "" || c.Note == said.Note) && !c.HoldsOn.Before(said.HoldsOn) && !c.CheckedOn.Before(said.CheckedOn)
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
