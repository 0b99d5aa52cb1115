package services

import (
	"fmt"
	"regexp"
)

// view says which versions of records are read: those of the present, or those that held at a
// log size.
type view struct {
	past bool
	size int64
}

// presently reads the versions that hold now.
var presently = view{}

// heldAt reads the versions that held at a log size.
func heldAt(size int64) view { return view{past: true, size: size} }

// held is the condition that a row of a table holds, by the name that a statement gives it; ""
// where it has one table.
func (v view) held(table string) string {
	if table != "" {
		table += "."
	}
	if !v.past {
		return table + "to_size IS NULL"
	}
	return fmt.Sprintf("%[1]sfrom_size <= %[2]d AND (%[1]sto_size IS NULL OR %[1]sto_size > %[2]d)", table, v.size)
}

// before is the condition that a revision was known, by the name that a statement gives it; "" for the
// present.
func (v view) before(table string) string {
	if !v.past {
		return ""
	}
	return fmt.Sprintf(" AND %s.position < %d", table, v.size)
}

var heldMark = regexp.MustCompile(`\{held:(\w+)\}`)

// sql fills {held:table} in a statement.
func (v view) sql(statement string) string {
	return heldMark.ReplaceAllStringFunc(statement, func(mark string) string {
		return v.held(heldMark.FindStringSubmatch(mark)[1])
	})
}

// documents is the statement that reads records, each with its document.
func (v view) documents() string {
	if !v.past {
		return "SELECT r.id, r.type, r.state, v.op = 'hold' AS withheld, v.document FROM records r JOIN revisions v ON v.position = r.revision WHERE r.id ?"
	}
	return fmt.Sprintf(`SELECT v.record_id AS id, v.type, v.state, v.op = 'hold' AS withheld, v.document FROM revisions v
		WHERE v.position < %[1]d AND NOT EXISTS (
			SELECT 1 FROM revisions n WHERE n.record_id = v.record_id AND n.version = v.version + 1 AND n.position < %[1]d)
		AND v.record_id ?`, v.size)
}
