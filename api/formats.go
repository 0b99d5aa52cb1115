package api

import (
	"archive/zip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"plumbline/services"
)

// guarded quotes a text that a spreadsheet would take for a formula: it gets a ' before it, which
// an import takes off.
func guarded(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// csvExporter writes a line for each record (RFC 4180).
type csvExporter struct {
	out     *csv.Writer
	columns []column
	cells   []string
}

func newCSV(e export, w io.Writer) exporter {
	return &csvExporter{csv.NewWriter(w), e.columns, make([]string, len(e.columns))}
}

func (x *csvExporter) begin(services.Page) error {
	for i, c := range x.columns {
		x.cells[i] = c.name
	}
	return x.out.Write(x.cells)
}

func (x *csvExporter) record(v view, r services.Record) error {
	for i, c := range x.columns {
		x.cells[i] = cellText(c.cell(v, r))
	}
	return x.out.Write(x.cells)
}

func (x *csvExporter) end() error {
	x.out.Flush()
	return x.out.Error()
}

// cellText writes a cell: numbers stay numbers.
func cellText(cell any) string {
	switch cell := cell.(type) {
	case string:
		return guarded(cell)
	case int64:
		return strconv.FormatInt(cell, 10)
	case float64:
		return strconv.FormatFloat(cell, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(cell)
	}
	return ""
}

// ndjsonExporter writes a record of the API on each line.
type ndjsonExporter struct {
	out *json.Encoder
}

func newNDJSON(_ export, w io.Writer) exporter { return ndjsonExporter{json.NewEncoder(w)} }

func (ndjsonExporter) begin(services.Page) error { return nil }

func (x ndjsonExporter) record(v view, r services.Record) error { return x.out.Encode(v.any(r)) }

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

// xlsxExporter writes a workbook, whose rows wait in a temporary file.
type xlsxExporter struct {
	e     export
	out   io.Writer
	book  *excelize.File
	sheet *excelize.StreamWriter
	// sheets counts the sheets, rows those of the last one.
	sheets, rows int
}

// mostRows and mostLetters are the limits of the format.
const (
	mostRows    = 1_048_576
	mostLetters = 32_767
)

func newXLSX(e export, w io.Writer) exporter { return &xlsxExporter{e: e, out: w} }

func (x *xlsxExporter) begin(services.Page) error {
	x.book = excelize.NewFile()
	// The library would else gather the whole file in memory.
	x.book.ZipWriter = func(io.Writer) excelize.ZipWriter { return zip.NewWriter(x.out) }
	return x.nextSheet()
}

// nextSheet ends the sheet before, and begins another with the names of the columns.
func (x *xlsxExporter) nextSheet() error {
	x.sheets++
	x.rows = 0
	name := x.e.path
	if x.sheets == 1 {
		if err := x.book.SetSheetName("Sheet1", name); err != nil {
			return err
		}
	} else {
		if err := x.sheet.Flush(); err != nil {
			return err
		}
		name = fmt.Sprintf("%s %d", name, x.sheets)
		if _, err := x.book.NewSheet(name); err != nil {
			return err
		}
	}

	sheet, err := x.book.NewStreamWriter(name)
	if err != nil {
		return err
	}
	x.sheet = sheet
	names := make([]any, len(x.e.columns))
	for i, c := range x.e.columns {
		names[i] = c.name
	}
	return x.row(names)
}

func (x *xlsxExporter) row(cells []any) error {
	x.rows++
	return x.sheet.SetRow("A"+strconv.Itoa(x.rows), cells)
}

func (x *xlsxExporter) record(v view, r services.Record) error {
	if x.rows == x.e.sheetRows {
		if err := x.nextSheet(); err != nil {
			return err
		}
	}
	cells := make([]any, len(x.e.columns))
	for i, c := range x.e.columns {
		cells[i] = c.cell(v, r)
		if text, ok := cells[i].(string); ok {
			cells[i] = fitting(guarded(text))
			if text == "" {
				cells[i] = nil
			}
		}
	}
	return x.row(cells)
}

// fitting says openly where a cell cannot hold a text.
func fitting(text string) string {
	const cut = " … (longer than a cell; the other formats have all of it)"
	if utf8.RuneCountInString(text) <= mostLetters {
		return text
	}
	return string([]rune(text)[:mostLetters-utf8.RuneCountInString(cut)]) + cut
}

func (x *xlsxExporter) end() error {
	defer x.book.Close()
	if err := x.sheet.Flush(); err != nil {
		return err
	}
	return x.book.Write(x.out)
}
