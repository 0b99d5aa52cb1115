package exports

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"plumbline/models"
	"plumbline/services/imports"
)

// mostSheetRows is how many rows a sheet of Excel holds, and mostCell how many letters a cell.
const (
	mostSheetRows = 1_048_576
	mostCell      = 32_767
)

// workbook writes a sheet for each type of record, and further ones when a sheet is full.
type workbook struct {
	out    io.Writer
	book   *excelize.File
	stream *excelize.StreamWriter
	kind   models.RecordType
	table  table
	row    int
	sheets int
	cells  []any
}

func newXLSX(out io.Writer, _ *info) writer { return &workbook{out: out, book: excelize.NewFile()} }

func (w *workbook) record(it item) error {
	if w.stream == nil || w.kind != it.Type || w.row == mostSheetRows {
		if err := w.turn(it.Type); err != nil {
			return err
		}
	}
	w.cells = w.cells[:0]
	for _, c := range w.table.columns {
		text := imports.Quote(c.fill(it))
		if letters := []rune(text); len(letters) > mostCell {
			text = string(letters[:mostCell-1]) + "…"
		}
		w.cells = append(w.cells, text)
	}
	w.row++
	return w.stream.SetRow(fmt.Sprintf("A%d", w.row), w.cells)
}

func (w *workbook) turn(kind models.RecordType) error {
	if w.stream != nil {
		if err := w.stream.Flush(); err != nil {
			return err
		}
	}
	if w.kind != kind {
		w.sheets = 0
	}
	for _, t := range tables() {
		if t.kind == kind {
			w.table = t
		}
	}
	w.kind = kind
	w.sheets++
	sheet := w.table.name
	if w.sheets > 1 {
		sheet = fmt.Sprintf("%s %d", w.table.name, w.sheets)
	}
	if _, err := w.book.NewSheet(sheet); err != nil {
		return err
	}
	stream, err := w.book.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	w.stream, w.row = stream, 1
	header := make([]any, len(w.table.columns))
	for i, c := range w.table.columns {
		header[i] = c.name
	}
	return stream.SetRow("A1", header)
}

// abandon takes the temporary files away, however the export ended.
func (w *workbook) abandon() { w.book.Close() }

func (w *workbook) end() error {
	if w.stream != nil {
		if err := w.stream.Flush(); err != nil {
			return err
		}
		if err := w.book.DeleteSheet("Sheet1"); err != nil {
			return err
		}
	}
	return w.book.Write(w.out)
}
