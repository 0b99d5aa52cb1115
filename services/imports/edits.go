package imports

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// A row of a table that names a version of its record, as our own files do, is an edit of that version:
// where its cells say otherwise than that version did, the field becomes what they say, no more and no
// less. A list loses what was taken out of its cell, and an emptied cell empties its field. Rows that
// name no version add to what is there: who made them did not see it.

// cellsOf gives the cells of an item whose row names a version of it, by the names of their columns;
// nil for any other.
func (p *Plan) cellsOf(it *item) map[string]string {
	if it.version == 0 || it.whole || it.less || it.row < 0 || it.row >= len(p.rows) {
		return nil
	}
	r := p.rows[it.row]
	i := slices.IndexFunc(p.tables, func(t TableReport) bool { return t.Sheet == r.Sheet })
	if i < 0 || r.Cells == nil {
		return nil
	}
	cells := map[string]string{}
	for at, header := range p.headers[r.Sheet] {
		if name := p.tables[i].Columns[header]; name != "" && at < len(r.Cells) {
			cells[name] = r.Cells[at]
		}
	}
	return cells
}

// with gives a version of a record with what a row says.
func (p *Plan) with(before models.Document, it *item) models.Document {
	after := merged(before, it.doc, it.named)
	cells := p.cellsOf(it)
	if cells == nil {
		return after
	}
	shown := &models.Row{Document: before, Label: func(uuid.UUID) models.Label { return models.Label{} }}
	for _, f := range models.Fields(before.RecordType()) {
		to := f.Value(after)
		if !to.IsValid() || f.Name == "slug" || !otherwise(f, shown, cells) {
			continue
		}
		said := f.Value(it.doc)
		if said.IsZero() && !emptied(f, cells) {
			continue // the cell could not be read, which is a problem of its own
		}
		to.Set(filled(f, f.Value(before), said, cells))
	}
	return after
}

// otherwise reports whether the columns that tell a field say otherwise than a record.
func otherwise(f models.Field, shown *models.Row, cells map[string]string) bool {
	differs, missing := false, 0
	told := tellingColumns(f, cells)
	for _, c := range told {
		cell, there := cells[c.Name]
		switch {
		case !there:
			missing++
		case marked(cell):
			return false // what is on hold or was redacted, or was too long for a cell
		default:
			differs = differs || !sameCell(cell, c, shown)
		}
	}
	if missing == len(told) {
		return false
	}
	switch f.Kind {
	case models.FieldSpeakers, models.FieldNames, models.FieldOrigins, models.FieldMoney, models.FieldCount:
		return differs && missing == 0 // a part of what belongs together tells nothing of the rest
	case models.FieldCitations:
		_, listed := cells["source_ids"]
		return differs && listed
	}
	return differs
}

// tellingColumns are the columns from which a field is read: ids, where there are any, alone.
func tellingColumns(f models.Field, cells map[string]string) []models.Column {
	_, byID := cells[f.Name+"_id"]
	_, byIDs := cells[f.Name+"_ids"]
	return slices.DeleteFunc(slices.Clone(f.Columns()), func(c models.Column) bool {
		return c.Derived || c.Cell == nil || (byID || byIDs) && repeats(f, c.Name)
	})
}

// repeats reports whether a column says by slugs or names what another says by ids.
func repeats(f models.Field, name string) bool {
	switch f.Kind {
	case models.FieldReference, models.FieldReferences, models.FieldOrigins, models.FieldSpeakers:
		return slices.Contains([]string{f.Name, f.Name + "_slug", f.Name + "_slugs", f.Name + "_on_behalf_of"}, name)
	}
	return false
}

func marked(cell string) bool {
	return strings.HasSuffix(cell, models.CutCell) || strings.Contains(cell, models.Withheld) || strings.Contains(cell, services.Tombstone)
}

// sameCell reports whether a cell says what a column shows of a record.
func sameCell(cell string, c models.Column, shown *models.Row) bool {
	want := ""
	switch value := c.Cell(shown).(type) {
	case nil:
	case bool: // which spreadsheets write otherwise
		text := strings.TrimSpace(cell)
		return value && yes(text) || !value && no(text) && text != ""
	default:
		want = fmt.Sprint(value)
	}
	clean := func(text string) string { return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")) }
	return clean(models.UnquoteCell(cell)) == clean(want)
}

// emptied reports whether no column of a field has anything.
func emptied(f models.Field, cells map[string]string) bool {
	return !slices.ContainsFunc(tellingColumns(f, cells), func(c models.Column) bool { return strings.TrimSpace(cells[c.Name]) != "" })
}

// filled gives what cells say of a field, with what columns that the file lacks would have said.
func filled(f models.Field, before, said reflect.Value, cells map[string]string) reflect.Value {
	lacks := func(column string) bool { _, there := cells[column]; return !there }
	switch f.Kind {
	case models.FieldDate:
		was, is := before.Interface().(models.Date), said.Interface().(models.Date)
		if lacks(f.Name+"_words") && was.Text == is.Text {
			return before
		}
	case models.FieldCitations:
		was, is := before.Interface().([]models.Citation), slices.Clone(said.Interface().([]models.Citation))
		for i := range is {
			at := slices.IndexFunc(was, func(c models.Citation) bool { return c.Source == is[i].Source })
			if at < 0 {
				continue
			}
			for column, take := range map[string]func(){
				"citation_locators":   func() { is[i].Locator = was[at].Locator },
				"citation_notes":      func() { is[i].Note = was[at].Note },
				"citation_holds_on":   func() { is[i].HoldsOn = was[at].HoldsOn },
				"citation_checked_on": func() { is[i].CheckedOn = was[at].CheckedOn },
			} {
				if lacks(column) {
					take()
				}
			}
			was = slices.Delete(slices.Clone(was), at, at+1)
		}
		return reflect.ValueOf(is)
	}
	return said
}

// tellUnread tells of cells that were changed and are not read: what follows from other records, names
// beside ids, the days that a date allows.
func (p *Plan) tellUnread(ctx context.Context) error {
	shown := map[models.RecordType][]uuid.UUID{}
	of := map[uuid.UUID]*item{}
	for _, it := range p.items {
		if it.same != nil || it.found == nil || it.version != it.found.Version || it.knownAt != "" || it.found.WithheldAt != nil || it.found.State != models.StateLive {
			continue
		}
		if cells := p.cellsOf(it); cells != nil && cells["as_of"] == "" {
			shown[it.found.Type], of[it.id] = append(shown[it.found.Type], it.id), it
		}
	}
	for t, ids := range shown {
		err := p.s.Gather(ctx, p.by, t, ids, services.Moment{}, func(page services.Page) error {
			for _, record := range page.Records {
				if it := of[record.ID]; it != nil {
					p.loseUnreadCells(it, page.Row(record, time.Time{}))
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *Plan) loseUnreadCells(it *item, shown *models.Row) {
	cells := p.cellsOf(it)
	for _, f := range models.Fields(it.found.Type) {
		if f.Kind == models.FieldInput || f.Name == "days_unanswered" || f.Kind != models.FieldDerived && otherwise(f, shown, cells) {
			continue // what stands beside a change is still of before
		}
		telling := tellingColumns(f, cells)
		for _, c := range f.Columns() {
			cell, there := cells[c.Name]
			read := slices.ContainsFunc(telling, func(t models.Column) bool { return t.Name == c.Name })
			if !there || read || c.Cell == nil || marked(cell) || sameCell(cell, c, shown) {
				continue
			}
			why := "another column of the file says what is meant"
			if f.Kind == models.FieldDerived {
				why = "it follows from other records, which are to be changed instead"
			}
			p.lose(it.row, p.headerOf(it, c.Name), why)
		}
	}
}

// headerOf is what the file calls a column.
func (c *content) headerOf(it *item, column string) string {
	sheet := c.rows[it.row].Sheet
	for _, t := range c.tables {
		for header, name := range t.Columns {
			if t.Sheet == sheet && name == column {
				return header
			}
		}
	}
	return column
}
