package database

import (
	"database/sql/driver"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"plumbline/models"
)

// Insert writes rows of one table: a slice of models, or of pointers to them. It is GORM's Create
// for many rows, without hooks, associations and what the database would give back, in the form
// that each engine takes fastest: on SQLite one prepared statement for each row, which needs no
// journal of its own, and on PostgreSQL one statement whose parameters are columns.
//
// In a transaction rows may wait, so the caller leaves them as they are from now on, and an error
// of theirs may come from a later statement or from the end of the transaction.
func Insert(tx *gorm.DB, rows any) error {
	list := reflect.ValueOf(rows)
	if list.Len() == 0 {
		return nil
	}
	statement := &gorm.Statement{DB: tx}
	if err := statement.Parse(rows); err != nil {
		return fmt.Errorf("insert: %w", err)
	}
	into := insertion{table: statement.Schema.Table, list: list}
	for _, field := range statement.Schema.Fields {
		if field.Creatable && field.DBName != "" {
			into.fields = append(into.fields, field)
		}
	}

	write := into.rows
	if tx.Name() == Postgres {
		write = into.columns
	}
	return writeBehind(tx, behind{what: "insert into " + into.table, size: list.Len(), statements: write})
}

// translate gives GORM's errors, as statements that run through GORM do.
func translate(tx *gorm.DB, err error) error {
	if translator, ok := tx.Dialector.(gorm.ErrorTranslator); ok {
		return translator.Translate(err)
	}
	return err
}

// insertion is one table's rows on their way.
type insertion struct {
	table  string
	fields []*schema.Field
	list   reflect.Value
}

func (i insertion) names() string {
	names := make([]string, len(i.fields))
	for n, field := range i.fields {
		names[n] = `"` + field.DBName + `"`
	}
	return strings.Join(names, ", ")
}

// rows writes one row after the other.
func (i insertion) rows(run func(text string, args ...any) error) error {
	text := fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)", i.table, i.names(), strings.Repeat(", ?", len(i.fields)-1))
	args := make([]any, len(i.fields))
	for n := range i.list.Len() {
		row := reflect.Indirect(i.list.Index(n))
		for at, field := range i.fields {
			value, err := plain(row.FieldByIndex(field.StructField.Index))
			if err != nil {
				return err
			}
			args[at] = value
		}
		if err := run(text, args...); err != nil {
			return err
		}
	}
	return nil
}

// plain is a field's value as the drivers take it without looking further.
func plain(value reflect.Value) (any, error) {
	switch v := value.Interface().(type) {
	case uuid.UUID:
		return v.String(), nil
	case *uuid.UUID:
		if v == nil {
			return nil, nil
		}
		return v.String(), nil
	case time.Time:
		return v, nil
	case driver.Valuer:
		if value.Kind() == reflect.Pointer && value.IsNil() {
			return nil, nil
		}
		return v.Value()
	}

	switch value.Kind() {
	case reflect.Pointer:
		if value.IsNil() {
			return nil, nil
		}
		return plain(value.Elem())
	case reflect.String:
		return value.String(), nil
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Int16:
		return value.Int(), nil
	}
	return value.Interface(), nil
}

// mostParameters bounds the rows of one statement on PostgreSQL, so that none grows without end.
const mostParameters = 5000

// columns writes many rows with one statement, each of whose parameters is a column.
func (i insertion) columns(send func(text string, args ...any) error) error {
	types := make([]string, len(i.fields))
	values := make([]string, len(i.fields))
	for n, field := range i.fields {
		types[n] = fmt.Sprintf("$%d::%s[]", n+1, arrayType(field.FieldType))
		values[n] = fmt.Sprintf("c%d", n+1)
		if field.IndirectFieldType == reflect.TypeFor[models.Day]() {
			values[n] += "::date"
		}
	}
	plainNames := make([]string, len(i.fields))
	for n := range plainNames {
		plainNames[n] = fmt.Sprintf("c%d", n+1)
	}
	text := fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM unnest(%s) AS u (%s)",
		i.table, i.names(), strings.Join(values, ", "), strings.Join(types, ", "), strings.Join(plainNames, ", "))

	for first := 0; first < i.list.Len(); first += mostParameters {
		run := i.list.Slice(first, min(first+mostParameters, i.list.Len()))
		args := make([]any, len(i.fields))
		for n, field := range i.fields {
			column, err := columnOf(run, field)
			if err != nil {
				return err
			}
			args[n] = column
		}
		if err := send(text, args...); err != nil {
			return err
		}
	}
	return nil
}

// arrayType is PostgreSQL's type for the values of a field, as columnOf gives them.
func arrayType(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[uuid.UUID]():
		return "uuid"
	case reflect.TypeFor[time.Time]():
		return "timestamptz"
	case reflect.TypeFor[[]byte]():
		return "bytea"
	}
	switch t.Kind() {
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Int16:
		return "int8"
	case reflect.Bool:
		return "bool"
	}
	return "text"
}

// columnOf gathers a field's values of all rows as one array.
func columnOf(rows reflect.Value, field *schema.Field) (any, error) {
	switch arrayType(field.FieldType) {
	case "uuid":
		return gather(rows, field, func(v any) pgtype.UUID { return pgtype.UUID{Bytes: v.(uuid.UUID), Valid: true} })
	case "timestamptz":
		return gather(rows, field, func(v any) pgtype.Timestamptz { return pgtype.Timestamptz{Time: v.(time.Time), Valid: true} })
	case "bytea":
		return gather(rows, field, func(v any) []byte { return v.([]byte) })
	case "int8":
		return gather(rows, field, func(v any) pgtype.Int8 { return pgtype.Int8{Int64: reflect.ValueOf(v).Int(), Valid: true} })
	case "bool":
		return gather(rows, field, func(v any) pgtype.Bool { return pgtype.Bool{Bool: v.(bool), Valid: true} })
	}
	return gatherTexts(rows, field)
}

// gather takes the values of a field out of rows; a nil pointer is the zero value, which is NULL.
func gather[T any](rows reflect.Value, field *schema.Field, convert func(any) T) (pgtype.FlatArray[T], error) {
	column := make(pgtype.FlatArray[T], rows.Len())
	for n := range column {
		value := reflect.Indirect(rows.Index(n)).FieldByIndex(field.StructField.Index)
		if value.Kind() == reflect.Pointer {
			if value.IsNil() {
				continue
			}
			value = value.Elem()
		}
		column[n] = convert(value.Interface())
	}
	return column, nil
}

func gatherTexts(rows reflect.Value, field *schema.Field) (pgtype.FlatArray[pgtype.Text], error) {
	column := make(pgtype.FlatArray[pgtype.Text], rows.Len())
	for n := range column {
		value, err := plain(reflect.Indirect(rows.Index(n)).FieldByIndex(field.StructField.Index))
		if err != nil {
			return nil, err
		}
		switch text := value.(type) {
		case nil:
		case string:
			column[n] = pgtype.Text{String: text, Valid: true}
		case []byte:
			column[n] = pgtype.Text{String: string(text), Valid: true}
		default:
			return nil, fmt.Errorf("%s: a %T cannot be stored as text", field.Name, value)
		}
	}
	return column, nil
}
