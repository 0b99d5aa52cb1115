package exports

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"plumbline/services"
)

// Workbook writes an Excel workbook (ECMA-376) row by row, straight into its archive. The library
// that reads them here gathers a sheet of 16 MB before it writes any, and then all of it in a file.
type Workbook struct {
	archive *zip.Writer
	title   string
	sheet   *bufio.Writer
	names   []string
	row     int
	err     error
}

// MostRows and MostLetters are how many rows a sheet, and how many letters a cell can have.
const (
	MostRows    = 1_048_576
	MostLetters = 32_767
)

// NewWorkbook begins a workbook; its properties have the title.
func NewWorkbook(out io.Writer, title string) *Workbook {
	return &Workbook{archive: newArchive(out), title: title}
}

// Title is the title of a file of a list, with the past that it shows.
func Title(list string, m services.Moment) string {
	title := "Plumbline: " + strings.ReplaceAll(list, "-", " ")
	if m.IsPast() {
		title += " (" + m.Words() + ")"
	}
	return title
}

// Sheet ends the sheet before and begins another.
func (w *Workbook) Sheet(name string) error {
	w.endSheet()
	w.names, w.row = append(w.names, name), 0
	w.part(fmt.Sprintf("xl/worksheets/sheet%d.xml", len(w.names)))
	w.text(xml.Header + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
	return w.err
}

func (w *Workbook) endSheet() {
	if w.sheet != nil {
		w.text(`</sheetData></worksheet>`)
	}
}

// part ends the part of the archive before and begins another.
func (w *Workbook) part(name string) {
	w.flush()
	if w.err != nil {
		return
	}
	var part io.Writer
	if part, w.err = w.archive.Create(name); w.err == nil {
		w.sheet = bufio.NewWriter(part)
	}
}

func (w *Workbook) flush() {
	if w.sheet != nil && w.err == nil {
		w.err = w.sheet.Flush()
	}
	w.sheet = nil
}

// text writes to the part; what fails is kept for later.
func (w *Workbook) text(texts ...string) {
	for _, text := range texts {
		if w.err == nil {
			_, w.err = w.sheet.WriteString(text)
		}
	}
}

// escaped writes a text as XML; what XML cannot hold becomes a question mark in a box.
func (w *Workbook) escaped(text string) {
	if w.err == nil {
		w.err = xml.EscapeText(w.sheet, []byte(text))
	}
}

// Row writes a row of strings, whole and other numbers, truth values, and nil for empty cells.
func (w *Workbook) Row(cells []any) error {
	w.row++
	row := strconv.Itoa(w.row)
	w.text(`<row r="`, row, `">`)
	for i, cell := range cells {
		kind, value := "", ""
		switch cell := cell.(type) {
		case int64:
			value = strconv.FormatInt(cell, 10)
		case float64:
			value = strconv.FormatFloat(cell, 'f', -1, 64)
		case bool:
			kind, value = ` t="b"`, "0"
			if cell {
				value = "1"
			}
		case string:
			if cell != "" {
				w.text(`<c r="`, columnName(i), row, `" t="inlineStr"><is><t xml:space="preserve">`)
				w.escaped(cell)
				w.text(`</t></is></c>`)
			}
		}
		if value != "" {
			w.text(`<c r="`, columnName(i), row, `"`, kind, `><v>`, value, `</v></c>`)
		}
	}
	w.text(`</row>`)
	return w.err
}

// columnName is the name of a column: A to Z, AA and so on.
func columnName(i int) string {
	name := string(rune('A' + i%26))
	if i >= 26 {
		return columnName(i/26-1) + name
	}
	return name
}

// Close ends the workbook, which has at least one sheet. It does not close what it is written to.
func (w *Workbook) Close() error {
	if len(w.names) == 0 {
		if err := w.Sheet("empty"); err != nil {
			return err
		}
	}
	w.endSheet()

	var types, sheets, links, title strings.Builder
	_ = xml.EscapeText(&title, []byte(w.title)) // a builder takes everything
	for i, name := range w.names {
		n := i + 1
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, n)
		sheets.WriteString(`<sheet name="`)
		_ = xml.EscapeText(&sheets, []byte(name)) // a builder takes everything
		fmt.Fprintf(&sheets, `" sheetId="%d" r:id="rId%d"/>`, n, n)
		fmt.Fprintf(&links, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet%d.xml"/>`, n, n)
	}
	for _, part := range [][2]string{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
			`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>` + types.String() + `</Types>`},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`},
		{"docProps/core.xml", `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>` + title.String() + `</dc:title></cp:coreProperties>`},
		{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>` + sheets.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + links.String() + `</Relationships>`},
	} {
		w.part(part[0])
		w.text(xml.Header + part[1])
	}
	w.flush()
	if w.err != nil {
		return w.err
	}
	return w.archive.Close()
}
