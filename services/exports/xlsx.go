package exports

import (
	"fmt"
	"io"

	"plumbline/models"
)

// workbook writes a sheet for each type of record, and further ones when a sheet is full.
type workbook struct {
	in     *info
	book   *Workbook
	kind   models.RecordType
	table  table
	row    int
	sheets int
	cells  []any
}

func newXLSX(out io.Writer, in *info) writer {
	return &workbook{in: in, book: NewWorkbook(out, Title("the public records", in.asked))}
}

func (w *workbook) record(it item) error {
	if w.kind != it.Type || w.row == MostRows {
		if err := w.turn(it.Type); err != nil {
			return err
		}
	}
	w.cells = w.cells[:0]
	row := it.row(w.in)
	for _, c := range w.table.columns {
		w.cells = append(w.cells, FittingCell(c.Cell(row)))
	}
	w.row++
	return w.book.Row(w.cells)
}

func (w *workbook) turn(kind models.RecordType) error {
	if w.kind != kind {
		w.sheets = 0
	}
	w.table, w.kind = w.in.table(kind), kind
	w.sheets++
	sheet := w.table.name
	if w.sheets > 1 {
		sheet = fmt.Sprintf("%s %d", w.table.name, w.sheets)
	}
	if err := w.book.Sheet(sheet); err != nil {
		return err
	}
	w.row = 1
	header := make([]any, len(w.table.columns))
	for i, c := range w.table.columns {
		header[i] = c.Name
	}
	return w.book.Row(header)
}

func (w *workbook) end() error { return w.book.Close() }
