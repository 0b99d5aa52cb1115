package api

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"plumbline/services"
	standards "plumbline/services/exports"
)

// csvExporter writes a line for each record (RFC 4180).
type csvExporter struct {
	out   *csv.Writer
	e     export
	cells []string
}

func newCSV(e export, w io.Writer) exporter {
	if e.bom {
		w = &marked{out: w}
	}
	return &csvExporter{csv.NewWriter(w), e, make([]string, len(e.columns))}
}

// marked writes a byte order mark before the first text.
type marked struct {
	out   io.Writer
	begun bool
}

// Write writes the mark, once, and the text.
func (m *marked) Write(text []byte) (int, error) {
	if !m.begun {
		m.begun = true
		if _, err := io.WriteString(m.out, "\uFEFF"); err != nil {
			return 0, err
		}
	}
	return m.out.Write(text)
}

func (x *csvExporter) begin(services.Page) error {
	for i, c := range x.e.columns {
		x.cells[i] = c.Name
	}
	return x.out.Write(x.cells)
}

func (x *csvExporter) record(v view, r services.Record) error {
	row := v.page.Row(r, x.e.moment.KnownAt)
	for i, c := range x.e.columns {
		x.cells[i] = standards.CellText(c.Cell(row))
	}
	return x.out.Write(x.cells)
}

func (x *csvExporter) end() error {
	x.out.Flush()
	return x.out.Error()
}

// ndjsonExporter writes a record of the API on each line.
type ndjsonExporter struct {
	out *json.Encoder
	e   export
}

func newNDJSON(e export, w io.Writer) exporter { return ndjsonExporter{json.NewEncoder(w), e} }

func (ndjsonExporter) begin(services.Page) error { return nil }

// record writes a record; one of a past says of which.
func (x ndjsonExporter) record(v view, r services.Record) error {
	if !x.e.moment.IsPast() {
		return x.out.Encode(v.any(r))
	}
	text, err := json.Marshal(v.any(r))
	if err != nil {
		return err
	}
	past := map[string]string{"as_of": v.day.String()}
	if !x.e.moment.KnownAt.IsZero() {
		past["known_at"] = x.e.moment.KnownAt.UTC().Format(time.RFC3339Nano)
	}
	head, err := json.Marshal(past)
	if err != nil {
		return err
	}
	return x.out.Encode(json.RawMessage(string(head[:len(head)-1]) + "," + string(text[1:])))
}

func (ndjsonExporter) end() error { return nil }

// jsonExporter writes the list as the API gives a page of it, with every record on the one page.
type jsonExporter struct {
	e     export
	out   io.Writer
	first bool
}

func newJSON(e export, w io.Writer) exporter { return &jsonExporter{e, w, true} }

func (x *jsonExporter) begin(page services.Page) error {
	head, err := json.Marshal(viewed(x.e.moment, page.Resolved))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(x.out, "%s,\"next\":null,\"data\":[", strings.TrimSuffix(string(head), "}"))
	return err
}

func (x *jsonExporter) record(v view, r services.Record) error {
	text, err := json.Marshal(v.any(r))
	if err != nil {
		return err
	}
	between := ",\n"
	if x.first {
		between, x.first = "\n", false
	}
	_, err = fmt.Fprint(x.out, between, string(text))
	return err
}

func (x *jsonExporter) end() error {
	_, err := fmt.Fprint(x.out, "\n]}\n")
	return err
}

// xlsxExporter writes a workbook, with further sheets where one is full.
type xlsxExporter struct {
	e    export
	book *standards.Workbook
	// sheets counts the sheets, rows those of the last one.
	sheets, rows int
	cells        []any
}

func newXLSX(e export, w io.Writer) exporter {
	return &xlsxExporter{e: e, book: standards.NewWorkbook(w, standards.Title(e.path, e.moment)), cells: make([]any, len(e.columns))}
}

func (x *xlsxExporter) begin(services.Page) error { return x.nextSheet() }

// nextSheet begins another sheet with the names of the columns.
func (x *xlsxExporter) nextSheet() error {
	x.sheets++
	x.rows = 0
	name := x.e.path
	if x.sheets > 1 {
		name = fmt.Sprintf("%s %d", name, x.sheets)
	}
	if err := x.book.Sheet(name); err != nil {
		return err
	}
	for i, c := range x.e.columns {
		x.cells[i] = c.Name
	}
	return x.row()
}

func (x *xlsxExporter) row() error {
	x.rows++
	return x.book.Row(x.cells)
}

func (x *xlsxExporter) record(v view, r services.Record) error {
	if x.rows == x.e.sheetRows {
		if err := x.nextSheet(); err != nil {
			return err
		}
	}
	row := v.page.Row(r, x.e.moment.KnownAt)
	for i, c := range x.e.columns {
		x.cells[i] = standards.FittingCell(c.Cell(row))
	}
	return x.row()
}

func (x *xlsxExporter) end() error { return x.book.Close() }
