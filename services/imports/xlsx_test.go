package imports

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"plumbline/models"
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

// book reads what writeBook wrote, after a change.
func book(t *testing.T, sheets map[string]string, change func(*excelize.File)) *content {
	t.Helper()
	var out, changed bytes.Buffer
	writeBook(t, &out, sheets)
	opened, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	change(opened)
	if err := opened.Write(&changed); err != nil {
		t.Fatal(err)
	}
	c, err := readFile(context.Background(), fileOf("f.xlsx", changed.String()), newSettings(Options{}))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func namesIn(c *content) (names []string) {
	for _, it := range c.items {
		if e, ok := it.doc.(*models.Entity); ok {
			names = append(names, e.Name)
		}
	}
	return names
}

// What somebody hid in a workbook is not published because the workbook is imported.
func TestImport_leavesHiddenSheetsOut(t *testing.T) {
	t.Parallel()
	c := book(t, map[string]string{"Shown": "name,kind\nAcme,company", "Kept back": "name,kind\nSecret,company"}, func(f *excelize.File) {
		if err := f.SetSheetVisible("Kept back", false); err != nil {
			t.Fatal(err)
		}
	})
	if names := namesIn(c); !slices.Equal(names, []string{"Acme"}) {
		t.Errorf("read %v", names)
	}
	if !strings.Contains(strings.Join(c.notices, " "), `"Kept back" is hidden`) {
		t.Errorf("the notices do not say so: %v", c.notices)
	}
}

func TestImport_findsAHeaderBelowATitle(t *testing.T) {
	t.Parallel()
	read := map[string]*content{"a workbook": book(t, map[string]string{"Sheet": "Suppliers of 2024\n\nname,kind\nAcme,company"}, func(*excelize.File) {})}
	for name, text := range map[string]string{"commas": "Suppliers of 2024,\n,\nname,kind\nAcme,company\n", "semicolons": "Suppliers of 2024\nby us\n\nname;kind\nAcme;company\n"} {
		c, err := readFile(context.Background(), fileOf("f.csv", text), newSettings(Options{}))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		read[name] = c
	}
	for name, c := range read {
		if names := namesIn(c); !slices.Equal(names, []string{"Acme"}) || !strings.Contains(strings.Join(c.notices, " "), "Row 1 is read as a title: Suppliers of 2024") {
			t.Errorf("%s: read %v, noted %v", name, names, c.notices)
		}
		if want := map[string]int{"a workbook": 4, "commas": 4, "semicolons": 5}[name]; len(c.rows) != 1 || c.rows[0].Number != want {
			t.Errorf("%s: rows %+v", name, c.rows)
		}
	}
}

func TestImport_saysWhatAZipFileIs(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"records.ndjson": "import records.ndjson", "content.xml": "OpenDocument", "word/document.xml": "text document", "holiday.jpg": "no workbook"} {
		var out bytes.Buffer
		archive := zip.NewWriter(&out)
		if _, err := archive.Create(name); err != nil {
			t.Fatal(err)
		}
		if err := archive.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := readFile(context.Background(), fileOf("f.zip", out.String()), newSettings(Options{})); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
