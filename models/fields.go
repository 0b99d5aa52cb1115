package models

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/google/uuid"
)

// FieldKind says what a field holds, and so how it is written to cells and read from them.
type FieldKind string

// The kinds of field. FieldDerived is what follows from other records, which nobody writes.
const (
	FieldDerived     FieldKind = "derived"
	FieldText        FieldKind = "text"
	FieldCode        FieldKind = "code"
	FieldTexts       FieldKind = "texts"
	FieldCodes       FieldKind = "codes"
	FieldDate        FieldKind = "date"
	FieldReference   FieldKind = "reference"
	FieldReferences  FieldKind = "references"
	FieldSpeakers    FieldKind = "speakers"
	FieldCitations   FieldKind = "citations"
	FieldOrigins     FieldKind = "origins"
	FieldNames       FieldKind = "names"
	FieldIdentifiers FieldKind = "identifiers"
	FieldMoney       FieldKind = "money"
	FieldCount       FieldKind = "count"
	FieldNumber      FieldKind = "number"
	FieldInteger     FieldKind = "integer"
	FieldTruth       FieldKind = "truth"
	FieldCaptures    FieldKind = "captures"
	// FieldInput is what imports alone take, such as the register's column of an identifier.
	FieldInput FieldKind = "input"
)

// kindsOfField tells the kind of a field by its type.
var kindsOfField = map[reflect.Type]FieldKind{
	reflect.TypeFor[Date](): FieldDate, reflect.TypeFor[uuid.UUID](): FieldReference, reflect.TypeFor[*uuid.UUID](): FieldReference,
	reflect.TypeFor[[]uuid.UUID](): FieldReferences, reflect.TypeFor[[]Speaker](): FieldSpeakers, reflect.TypeFor[[]Citation](): FieldCitations,
	reflect.TypeFor[[]Origin](): FieldOrigins, reflect.TypeFor[[]Name](): FieldNames, reflect.TypeFor[[]Identifier](): FieldIdentifiers,
	reflect.TypeFor[*Money](): FieldMoney, reflect.TypeFor[*Count](): FieldCount, reflect.TypeFor[*float64](): FieldNumber,
	reflect.TypeFor[int](): FieldInteger, reflect.TypeFor[bool](): FieldTruth, reflect.TypeFor[[]Capture](): FieldCaptures,
	reflect.TypeFor[string](): FieldText, reflect.TypeFor[[]string](): FieldTexts,
}

// Field is a field of a record type: a member of its document, or what is derived of it. Columns of
// tables, the columns of files and what imports read derive from it.
type Field struct {
	// Name is the member of the record's JSON, and the header of its first column.
	Name string
	// Says is what it holds, for people.
	Says string
	// Aliases are other headers by which imports know it, parted by blanks: older ones of ours, and
	// what others write.
	Aliases string
	// Parts are the aliases of its further columns, by their suffix.
	Parts map[string]string
	Kind  FieldKind

	index   int
	columns []Column
}

// Columns are the field's columns of a table, in their order.
func (f Field) Columns() []Column { return f.columns }

// Value is the field of a document, to be read or set; the zero Value for what no document holds.
func (f Field) Value(d Document) reflect.Value {
	if f.Kind == FieldDerived || f.Kind == FieldInput {
		return reflect.Value{}
	}
	return reflect.ValueOf(d).Elem().Field(f.index)
}

// pointer is the field of a document as a pointer to its type.
func pointer[T any](f Field, d Document) *T { return f.Value(d).Addr().Interface().(*T) }

// Fields is the table of fields of a record type, in the order of their columns.
func Fields(t RecordType) []Field { return fields[t] }

// FieldNamed finds a field of a record type.
func FieldNamed(t RecordType, name string) (Field, bool) {
	for _, f := range fields[t] {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// fields are the tables of fields, with what follows from the types of the documents.
var fields = func() map[RecordType][]Field {
	all := map[RecordType][]Field{}
	for t, table := range fieldTables() {
		document := reflect.TypeOf(NewDocument(t)).Elem()
		for _, f := range table {
			all[t] = append(all[t], f.of(document))
		}
	}
	return all
}()

// of finds the field in the document that has it.
func (f Field) of(document reflect.Type) Field {
	if f.Kind == FieldDerived || f.Kind == FieldInput {
		return f
	}
	for i := range document.NumField() {
		if name, _, _ := strings.Cut(document.Field(i).Tag.Get("json"), ","); name == f.Name {
			f.index = i
			if f.Kind == "" {
				f.Kind = kindOfField(document.Field(i).Type)
			}
			f.columns = columnsOf(f)
			return f
		}
	}
	panic(fmt.Sprintf("%s has no field %q", document, f.Name)) // a test makes the tables
}

func kindOfField(t reflect.Type) FieldKind {
	switch kind := kindsOfField[t]; {
	case kind != "":
		return kind
	case t.Kind() == reflect.String:
		return FieldCode
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.String:
		return FieldCodes
	}
	panic(fmt.Sprintf("no table can show a %s", t)) // a test makes the tables
}

// input is a column that imports alone take.
func input(name, says, aliases string) Field {
	return Field{Name: name, Says: says, Aliases: aliases, Kind: FieldInput, columns: []Column{{Field: name, Name: name, Says: says, Aliases: aliases}}}
}
