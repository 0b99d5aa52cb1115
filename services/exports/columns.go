package exports

import (
	"strings"

	"plumbline/models"
)

// table is the table of one type of record. Its columns are those of the lists that the API gives.
type table struct {
	name    string
	kind    models.RecordType
	columns []models.Column
}

// tables lists the tables in which all records are written.
func (in *info) tables() []table {
	list := make([]table, len(order))
	for i, t := range order {
		list[i] = table{TableName(t), t, models.Columns(t, in.past())}
	}
	return list
}

// table is the table of a type of record.
func (in *info) table(t models.RecordType) table {
	return table{TableName(t), t, models.Columns(t, in.past())}
}

// past reports whether a past was asked for.
func (in *info) past() bool { return in.asked.IsPast() }

// TableName is how the table of a record type is called in files: entities, status_changes …
func TableName(t models.RecordType) string {
	for name, kind := range Lists() {
		if kind == t {
			return strings.ReplaceAll(name, "-", "_")
		}
	}
	return string(t)
}

// texts are codes as texts; nil for none.
func texts[C ~string](codes []C) []string {
	var list []string
	for _, code := range codes {
		list = append(list, string(code))
	}
	return list
}
