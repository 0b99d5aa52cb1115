package imports

import (
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// writeBook writes a workbook of sheets, each given as lines of cells.
func writeBook(t testing.TB, w io.Writer, sheets map[string]string) {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close()
	for name, text := range sheets {
		if _, err := book.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for row, line := range strings.Split(strings.TrimSpace(text), "\n") {
			cells, _ := splitRecord(line, ',')
			for column, cell := range cells {
				at, _ := excelize.CoordinatesToCellName(column+1, row+1)
				if err := book.SetCellStr(name, at, cell); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := book.Write(w); err != nil {
		t.Fatal(err)
	}
}
