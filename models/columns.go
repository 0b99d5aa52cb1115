package models

import (
	"strings"
	"time"

	"github.com/google/uuid"
)

// Column is a column of a table of records.
type Column struct {
	// Field is the name of the field that it shows, and what stands for all its columns.
	Field string
	// Name is its header; Says what it holds.
	Name string
	Says string
	// Aliases are other headers by which imports know it, parted by blanks.
	Aliases string
	// Derived says that imports do not read it: it follows from other records, or repeats the names
	// of what an id points at.
	Derived bool
	// Type is that of its cells in a data package.
	Type ColumnType
	// Cell is a string, an int64, a float64, a bool, or nil where there is nothing. It is nil for a
	// column that no file of ours has (any more).
	Cell func(*Row) any
}

// ColumnType is the type of a column's cells, as Frictionless Table Schema calls it.
type ColumnType string

// The types of columns; "" is a string.
const (
	ColumnString  ColumnType = ""
	ColumnInteger ColumnType = "integer"
	ColumnNumber  ColumnType = "number"
	ColumnBoolean ColumnType = "boolean"
)

// Row is a record as tables show it: what it says, and what is known of it from others.
type Row struct {
	ID         uuid.UUID
	State      RecordState
	Version    int64
	RecordedAt time.Time
	Document   Document
	// Status is where the record stands on the day asked for; nil for what has no status.
	Status *Span
	// StatusStanding is how well it is established that this status holds, Standing that the record
	// is so.
	StatusStanding Standing
	Standing       Standing
	// Announced are its steps that were announced and that nothing confirms.
	Announced []AnnouncedCell
	// Confirmed says of a status change whether it happened, as far as is known; nil where its day has
	// not gone by.
	Confirmed *bool
	// DaysUnanswered counts the days that an open item waits for an answer; nil where it does not.
	DaysUnanswered *int
	// Label labels a record that this one points at, or the record itself.
	Label func(uuid.UUID) Label
	// Providers are who provides a service.
	Providers func(service uuid.UUID) []uuid.UUID
	// AsOf and KnownAt are the past that was asked for; zero for the present.
	AsOf    Day
	KnownAt time.Time
}

// AnnouncedCell is what tables show of a step that was announced and that nothing confirms.
type AnnouncedCell struct {
	Status Status
	For    Date
	// Past says that its day has gone by.
	Past bool
}

// Label is what tables show of a record that another points at.
type Label struct {
	Type RecordType
	// Kind is the entity kind, relationship type, status, stance, source or open item kind.
	Kind string
	// Slug is an entity's; "" for other records, and for one on hold.
	Slug string
	Name string
	// By are the publishers of a source.
	By []string
	// Subject and Object are the names of the ends of that whose status changed.
	Subject, Object string
}

// Columns are the columns of the table of a record type, in their order. asked says that a past was
// asked for: then the last of them say which.
func Columns(t RecordType, past bool) []Column {
	var list []Column
	for _, f := range fields[t] {
		for _, c := range f.columns {
			if c.Cell != nil {
				list = append(list, c)
			}
		}
	}
	if past {
		list = append(list, MomentColumns()...)
	}
	return list
}

// columnsOf are the columns of a field of a document.
func columnsOf(f Field) []Column {
	list := columnsByKind[f.Kind](f)
	for i := range list {
		c := &list[i]
		if more := f.Parts[c.Name]; more != "" {
			c.Aliases = strings.TrimSpace(c.Aliases + " " + more)
		}
		if c.Name == "" {
			c.Says, c.Aliases = f.Says, f.Aliases
		}
		if c.Name == "" || c.Name[0] == '_' {
			c.Name = f.Name + c.Name
		}
		c.Field = f.Name
	}
	return list
}

// columnsByKind make the columns of a field by what it holds; what begins with "_" in their names is
// behind the field's.
var columnsByKind = map[FieldKind]func(Field) []Column{
	FieldText: func(f Field) []Column {
		return one(ColumnString, func(r *Row) any { return *pointer[string](f, r.Document) })
	},
	FieldCode: func(f Field) []Column {
		return one(ColumnString, func(r *Row) any { return f.Value(r.Document).String() })
	},
	FieldTexts: func(f Field) []Column {
		return one(ColumnString, func(r *Row) any { return JoinList(*pointer[[]string](f, r.Document)) })
	},
	FieldCodes: func(f Field) []Column {
		return one(ColumnString, func(r *Row) any { return JoinList(codesOf(f, r.Document)) })
	},
	FieldTruth: func(f Field) []Column {
		return one(ColumnBoolean, func(r *Row) any { return *pointer[bool](f, r.Document) })
	},
	FieldInteger: func(f Field) []Column {
		return one(ColumnInteger, func(r *Row) any { return int64(*pointer[int](f, r.Document)) })
	},
	FieldNumber:      numberColumns,
	FieldDate:        dateColumns,
	FieldReference:   referenceColumns,
	FieldReferences:  referencesColumns,
	FieldSpeakers:    speakerColumns,
	FieldCitations:   citationColumns,
	FieldOrigins:     originColumns,
	FieldNames:       nameColumns,
	FieldIdentifiers: identifierColumn,
	FieldMoney:       moneyColumns,
	FieldCount:       countColumns,
	FieldCaptures: func(f Field) []Column {
		return []Column{{Derived: true, Type: ColumnInteger, Cell: func(r *Row) any { return int64(len(*pointer[[]Capture](f, r.Document))) }}}
	},
}

func one(t ColumnType, cell func(*Row) any) []Column { return []Column{{Type: t, Cell: cell}} }

func codesOf(f Field, d Document) []string {
	value := f.Value(d)
	list := make([]string, value.Len())
	for i := range list {
		list[i] = value.Index(i).String()
	}
	return list
}

func numberColumns(f Field) []Column {
	return one(ColumnNumber, func(r *Row) any {
		if number := *pointer[*float64](f, r.Document); number != nil {
			return *number
		}
		return nil
	})
}

// dateColumns show a date as it is written, the days that it allows, and the source's own words.
func dateColumns(f Field) []Column {
	of := func(text func(Date) string) func(*Row) any {
		return func(r *Row) any { return text(*pointer[Date](f, r.Document)) }
	}
	return []Column{
		{Cell: of(func(d Date) string { return d.Text })},
		{Name: "_earliest", Says: "First day that it allows.", Derived: true, Cell: of(func(d Date) string { return d.Earliest.String() })},
		{Name: "_latest", Says: "Last day that it allows.", Derived: true, Cell: of(func(d Date) string { return d.Latest.String() })},
		{Name: "_words", Says: "The source's own words, where they say more.", Cell: of(func(d Date) string { return d.Words })},
	}
}

// referenceColumns name a record: an entity by its slug first; what need be none by its label.
func referenceColumns(f Field) []Column {
	of := func(text func(*Row, uuid.UUID) any) func(*Row) any {
		return func(r *Row) any {
			switch id := f.Value(r.Document).Addr().Interface().(type) {
			case *uuid.UUID:
				return text(r, *id)
			case **uuid.UUID:
				if *id != nil {
					return text(r, **id)
				}
			}
			return nil
		}
	}
	id := Column{Name: "_id", Says: "Its id.", Cell: of(func(_ *Row, id uuid.UUID) any { return id.String() })}
	name := of(func(r *Row, id uuid.UUID) any { return r.Label(id).Name })
	slug := of(func(r *Row, id uuid.UUID) any { return r.Label(id).Slug })
	switch f.Name {
	case "record":
		return []Column{
			{Cell: name},
			{Name: "_slug", Says: "Its slug, where it has one.", Cell: slug},
			{Name: "_type", Says: "Its record type.", Derived: true, Cell: of(func(r *Row, id uuid.UUID) any { return string(r.Label(id).Type) })},
			id,
		}
	case "claim":
		return []Column{{Cell: name}, id}
	}
	return []Column{
		{Cell: slug},
		{Name: "_name", Says: "Its name.", Aliases: f.Name + "_label", Derived: true, Cell: name},
		{Name: "_kind", Says: "Its kind.", Derived: true, Cell: of(func(r *Row, id uuid.UUID) any { return r.Label(id).Kind })},
		id,
	}
}

// referencesColumns name the records of a list.
func referencesColumns(f Field) []Column {
	list := func(r *Row) []uuid.UUID { return *pointer[[]uuid.UUID](f, r.Document) }
	return recordColumns(list)
}

// recordColumns name records by their labels, slugs and ids.
func recordColumns(list func(*Row) []uuid.UUID) []Column {
	return []Column{
		{Cell: func(r *Row) any { return r.join(list(r), Label.name) }},
		{Name: "_slugs", Says: "Their slugs, in the same order.", Cell: func(r *Row) any { return r.join(list(r), Label.slug) }},
		{Name: "_ids", Says: "Their ids, in the same order.", Cell: func(r *Row) any { return JoinList(idTexts(list(r))) }},
	}
}

func (l Label) name() string { return l.Name }
func (l Label) slug() string { return l.Slug }

// titled is a source's title with its publishers.
func (l Label) titled() string {
	if len(l.By) == 0 {
		return l.Name
	}
	return strings.Join(l.By, ", ") + ": " + l.Name
}

func (r *Row) join(ids []uuid.UUID, text func(Label) string) string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = text(r.Label(id))
	}
	return JoinList(list)
}

func idTexts(ids []uuid.UUID) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = id.String()
	}
	return list
}

// optional gives the text of a record that may be missing.
func optional(id *uuid.UUID, text func(uuid.UUID) string) string {
	if id == nil {
		return ""
	}
	return text(*id)
}

// speakerColumns tell speakers: for people in one column; then, in the same order in each, what they
// are made of.
func speakerColumns(f Field) []Column {
	of := func(text func(*Row, Speaker) string) func(*Row) any {
		return func(r *Row) any {
			speakers := *pointer[[]Speaker](f, r.Document)
			list := make([]string, len(speakers))
			for i, s := range speakers {
				list[i] = text(r, s)
			}
			return JoinList(list)
		}
	}
	slug := func(r *Row) func(uuid.UUID) string { return func(id uuid.UUID) string { return r.Label(id).Slug } }
	return []Column{
		{Cell: of((*Row).speaker)},
		{Name: "_slugs", Says: "Slugs of those that are entities, in the same order.", Cell: of(func(r *Row, s Speaker) string { return optional(s.Entity, slug(r)) })},
		{Name: "_ids", Says: "Ids of those that are entities, in the same order.", Cell: of(func(_ *Row, s Speaker) string { return optional(s.Entity, uuid.UUID.String) })},
		{Name: "_descriptions", Says: "Descriptions of those that are not, in the same order.", Cell: of(func(_ *Row, s Speaker) string { return s.Description })},
		{Name: "_on_behalf_of", Says: "Slugs of those for whom they speak, in the same order.", Cell: of(func(r *Row, s Speaker) string { return optional(s.OnBehalfOf, slug(r)) })},
		{Name: "_on_behalf_of_ids", Says: "Ids of those for whom they speak, in the same order.", Cell: of(func(_ *Row, s Speaker) string { return optional(s.OnBehalfOf, uuid.UUID.String) })},
	}
}

// speaker names who speaks, and for whom.
func (r *Row) speaker(s Speaker) string {
	text := s.Description
	if s.Entity != nil {
		text = r.Label(*s.Entity).Name
	}
	if s.OnBehalfOf != nil {
		text += ", for " + r.Label(*s.OnBehalfOf).Name
	}
	return text
}

// citationColumns tell what a record cites: the sources by title and id; then, in the same order,
// where in each, and when it showed that the record held.
func citationColumns(f Field) []Column {
	of := func(text func(*Row, Citation) string) func(*Row) any {
		return func(r *Row) any {
			citations := *pointer[[]Citation](f, r.Document)
			list := make([]string, len(citations))
			for i, c := range citations {
				list[i] = text(r, c)
			}
			return JoinList(list)
		}
	}
	list := []Column{
		{Name: "sources", Says: "The sources that it cites.", Derived: true, Cell: of(func(r *Row, c Citation) string { return r.Label(c.Source).titled() })},
		{Name: "source_ids", Says: "Ids of the sources that it cites, in the same order.", Cell: of(func(_ *Row, c Citation) string { return c.Source.String() })},
		{Name: "citation_locators", Says: "Where in each source, in the same order.", Cell: of(func(_ *Row, c Citation) string { return c.Locator })},
		{Name: "citation_notes", Says: "Notes on the citations, in the same order.", Cell: of(func(_ *Row, c Citation) string { return c.Note })},
		{Name: "citation_holds_on", Says: "Days on which the sources show that it held, in the same order.", Cell: of(func(_ *Row, c Citation) string { return c.HoldsOn.String() })},
		{Name: "citation_checked_on", Says: "Days on which somebody looked, in the same order.", Cell: of(func(_ *Row, c Citation) string { return c.CheckedOn.String() })},
	}
	return list
}

func originColumns(f Field) []Column {
	origins := func(r *Row) []Origin { return *pointer[[]Origin](f, r.Document) }
	list := recordColumns(func(r *Row) []uuid.UUID {
		ids := make([]uuid.UUID, len(origins(r)))
		for i, origin := range origins(r) {
			ids[i] = origin.Source
		}
		return ids
	})
	return append(list, Column{Name: "_examined", Says: "true where its publisher examined the matter itself, in the same order.", Cell: func(r *Row) any {
		list := make([]string, len(origins(r)))
		for i, origin := range origins(r) {
			if origin.Examined {
				list[i] = "true"
			}
		}
		return JoinList(list)
	}})
}

func nameColumns(f Field) []Column {
	of := func(text func(Name) string) func(*Row) any {
		return func(r *Row) any {
			names := *pointer[[]Name](f, r.Document)
			list := make([]string, len(names))
			for i, name := range names {
				list[i] = text(name)
			}
			return JoinList(list)
		}
	}
	return []Column{
		{Cell: of(func(n Name) string { return n.Text })},
		{Name: "_types", Says: "What each of the names is, in the same order: see name_type of /codes.", Cell: of(func(n Name) string { return n.Type })},
		{Name: "_languages", Says: "Their languages, in the same order.", Cell: of(func(n Name) string { return n.Language })},
		{Name: "_scripts", Says: "Their scripts, in the same order.", Cell: of(func(n Name) string { return n.Script })},
	}
}

func identifierColumn(f Field) []Column {
	return one(ColumnString, func(r *Row) any {
		identifiers := *pointer[[]Identifier](f, r.Document)
		list := make([]string, len(identifiers))
		for i, identifier := range identifiers {
			list[i] = identifier.Scheme + ":" + identifier.Value
		}
		return JoinList(list)
	})
}

func moneyColumns(f Field) []Column {
	of := func(text func(*Money) string) func(*Row) any {
		return func(r *Row) any {
			if money := *pointer[*Money](f, r.Document); money != nil {
				return text(money)
			}
			return nil
		}
	}
	return []Column{
		{Name: "_amount", Says: "The amount, as a decimal number.", Cell: of(func(m *Money) string { return m.Amount })},
		{Name: "_currency", Says: "Its currency, as ISO 4217 has it.", Cell: of(func(m *Money) string { return m.Currency })},
	}
}

func countColumns(f Field) []Column {
	of := func(cell func(*Count) any) func(*Row) any {
		return func(r *Row) any {
			if count := *pointer[*Count](f, r.Document); count != nil {
				return cell(count)
			}
			return nil
		}
	}
	return []Column{
		{Type: ColumnInteger, Cell: of(func(c *Count) any { return int64(c.Number) })},
		{Name: "_exactness", Says: "How exactly that is known.", Cell: of(func(c *Count) any { return c.Exactness })},
	}
}
