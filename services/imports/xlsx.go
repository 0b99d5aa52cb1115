package imports

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"plumbline/models"
)

// mostUnpacked bounds what a workbook may unpack to: a small zip can hold gigabytes.
const mostUnpacked = 512 << 20

// readXLSX reads a workbook: each sheet that can be understood is a table.
func (c *content) readXLSX(f File, opts *settings) error {
	parts, err := safeWorkbook(f)
	if err != nil {
		return err
	}
	book, err := excelize.OpenReader(f.reader(), excelize.Options{UnzipSizeLimit: mostUnpacked, UnzipXMLSizeLimit: 8 << 20, RawCellValue: true})
	if err != nil {
		return refused("This workbook cannot be opened. Open it in a spreadsheet program, save it as .xlsx and import that.")
	}
	defer book.Close() // only temporary files

	epoch := 0
	if properties, err := book.GetWorkbookProps(); err == nil && properties.Date1904 != nil && *properties.Date1904 {
		epoch = 1462 // days between the two ways in which Excel counts
	}
	understood := 0
	var first error
	for _, sheet := range book.GetSheetList() {
		if shown, err := book.GetSheetVisible(sheet); err == nil && !shown {
			c.notice("The sheet %q is hidden and is not read. Show it in the workbook if it is to be imported.", sheet)
			continue
		}
		special := parts[sheet]
		switch err := c.readSheet(f, book, sheet, special, epoch, opts); {
		case errors.Is(err, errEmptySheet):
		case errors.Is(err, errNoTable):
			c.notice("The sheet %q is not read: %s", sheet, err)
			if first == nil {
				first = err
			}
		case err != nil:
			return err
		default:
			understood++
		}
	}
	if understood == 0 && first != nil {
		return errors.Unwrap(first)
	}
	if understood == 0 {
		return refused("The workbook has no rows. Choose another file.")
	}
	return nil
}

var (
	errEmptySheet = errors.New("the sheet is empty")
	errNoTable    = errors.New("")
)

// noTable keeps why a sheet is no table.
type noTable struct{ error }

func (noTable) Is(target error) bool { return target == errNoTable }
func (n noTable) Unwrap() error      { return n.error }

func (c *content) readSheet(f File, book *excelize.File, sheet string, special sheetMarks, epoch int, opts *settings) error {
	rows, err := book.Rows(sheet)
	if err != nil {
		return refused("The sheet %q cannot be read. Save the workbook anew.", sheet)
	}
	defer rows.Close() // only a temporary file

	styles := openStyles(f, special)
	defer styles.close()
	var t *table
	var head heading
	for number := 1; rows.Next(); number++ {
		record, err := rows.Columns()
		if err != nil {
			return refused("Row %d of the sheet %q cannot be read. Save the workbook anew.", number, sheet)
		}
		if blank(record) {
			continue
		}
		if t == nil {
			if t, err = head.table(c, sheet, number, record, opts); err != nil {
				return noTable{err}
			}
			continue
		}
		wrong := t.showDates(number, record, styles.cells(number), epoch)
		before := len(c.rows)
		if err := t.read(number, record); err != nil {
			return err
		}
		if len(c.rows) > before {
			c.checkMarks(t, special, number, record, len(c.rows)-1)
			for _, one := range wrong {
				c.problem(len(c.rows)-1, t.headers[one.column], CodeDate, "%s", one.words)
			}
		}
	}
	if t == nil && head.refused != nil {
		return noTable{head.refused}
	}
	if t == nil {
		return errEmptySheet
	}
	return nil
}

func blank(record []string) bool {
	for _, cell := range record {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// dateFields are the columns that hold one date.
var dateFields = func() map[string]bool {
	found := map[string]bool{"holds_on": true, "checked_on": true}
	for _, t := range models.RecordTypes().Values() {
		for _, f := range models.Fields(models.RecordType(t)) {
			if f.Kind == models.FieldDate {
				found[f.Name] = true
			}
		}
	}
	return found
}()

// checkMarks reports formulas and merged cells of a row.
func (c *content) checkMarks(t *table, special sheetMarks, number int, record []string, row int) {
	var merged []area
	for _, area := range special.merged {
		if area.top <= number && number <= area.bottom {
			merged = append(merged, area)
		}
	}
	for i, header := range t.headers {
		name, err := excelize.CoordinatesToCellName(i+1, number)
		if err != nil || t.fields[i] == "" {
			continue
		}
		value := ""
		if i < len(record) {
			value = record[i]
		}
		switch {
		case special.formulas[name] && value == "":
			c.problem(row, header, CodeFormula, "Cell %s holds a formula whose value is not stored. Open the workbook in a spreadsheet program, let it compute, and save it.", name)
		case special.formulas[name] && strings.HasPrefix(value, "#"):
			c.problem(row, header, CodeFormula, "Cell %s holds a formula that failed (%s). Put the value itself there.", name, clip(value))
		case special.formulas[name]:
			c.notice("Formulas are read as their last computed values, in the sheet %q first in cell %s.", t.sheet, name)
		}
		for _, area := range merged {
			if area.holds(i+1, number) && (i+1 != area.left || number != area.top) {
				c.problem(row, header, CodeMerged, "Cell %s is merged with others (%s), and only the first of them has a value. Unmerge them, and fill in each.", name, area.text)
				break
			}
		}
	}
}

// sheetMarks are what a sheet has beside values.
type sheetMarks struct {
	formulas map[string]bool
	merged   []area
	// part is the sheet's place in the workbook; shown is what each style shows of a date.
	part  string
	shown []shownAs
}

type area struct {
	left, top, right, bottom int
	text                     string
}

func (a area) holds(column, row int) bool {
	return column >= a.left && column <= a.right && row >= a.top && row <= a.bottom
}

// safeWorkbook unpacks a workbook once, counting, before anything of it is kept; and notes where
// its sheets have formulas and merged cells.
func safeWorkbook(f File) (map[string]sheetMarks, error) {
	if f.Size > mostWorkbook {
		return nil, refused("The workbook has more than %d MB. Save its sheets as CSV and import those.", mostWorkbook>>20)
	}
	archive, err := zip.NewReader(f.Content, f.Size)
	if err != nil {
		return nil, refused("This looks like a workbook and is damaged. Save it anew.")
	}
	if len(archive.File) > 2000 {
		return nil, refused("The workbook has more than 2,000 parts. Save its sheets as CSV and import those.")
	}
	sheets := map[string]sheetMarks{}
	index := map[string][]byte{}
	left := int64(mostUnpacked)
	for _, part := range archive.File {
		in, err := part.Open()
		if err != nil {
			return nil, refused("This workbook is damaged, or locked with a password. Save it anew, without one.")
		}
		counted := &countedReader{in: in, left: &left}
		if strings.HasPrefix(part.Name, "xl/worksheets/sheet") {
			var marks sheetMarks
			marks, err = scanSheet(counted)
			marks.part = part.Name
			sheets[part.Name] = marks
		} else if part.Name == "xl/workbook.xml" || part.Name == "xl/_rels/workbook.xml.rels" || part.Name == "xl/styles.xml" {
			var text []byte
			text, err = io.ReadAll(counted)
			index[part.Name] = text
		} else {
			_, err = io.Copy(io.Discard, counted)
		}
		in.Close() // read to its end, or given up
		if errors.Is(err, errBomb) {
			return nil, refused("The workbook unpacks to more than %d MB, which no honest table does. Save its sheets as CSV and import those.", mostUnpacked>>20)
		}
		if err != nil {
			return nil, refused("This workbook is damaged. Save it anew.")
		}
	}
	if index["xl/workbook.xml"] == nil {
		return nil, noWorkbook(archive)
	}
	shown := readStyles(index["xl/styles.xml"])
	for name, marks := range sheets {
		marks.shown = shown
		sheets[name] = marks
	}
	return byName(sheets, index["xl/workbook.xml"], index["xl/_rels/workbook.xml.rels"]), nil
}

// noWorkbook says what a zip file is that holds no workbook, and what to do with it.
func noWorkbook(archive *zip.Reader) error {
	for _, part := range archive.File {
		switch {
		case part.Name == "records.ndjson":
			return refused("This is a data package of a tracker. Unpack it and import records.ndjson, which holds all of it.")
		case part.Name == "content.xml":
			return refused("This is an OpenDocument file, such as LibreOffice writes. Save it as .xlsx or CSV and import that.")
		case strings.HasPrefix(part.Name, "word/"), strings.HasPrefix(part.Name, "ppt/"):
			return refused("This is a text document or a presentation, and no workbook. Copy its table into a spreadsheet program, save it as .xlsx and import that.")
		}
	}
	return refused("This zip file holds no workbook. Unpack it and import the files inside.")
}

// byName tells which part of the workbook is the sheet of which name.
func byName(parts map[string]sheetMarks, workbook, relations []byte) map[string]sheetMarks {
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	var links struct {
		Links []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if xml.Unmarshal(workbook, &book) != nil || xml.Unmarshal(relations, &links) != nil {
		return nil // excelize will refuse it
	}
	named := map[string]sheetMarks{}
	for _, sheet := range book.Sheets {
		for _, link := range links.Links {
			if link.ID == sheet.ID {
				named[sheet.Name] = parts["xl/"+strings.TrimPrefix(strings.TrimPrefix(link.Target, "/xl/"), "xl/")]
			}
		}
	}
	return named
}

var errBomb = errors.New("too much to unpack")

type countedReader struct {
	in   io.Reader
	left *int64
}

func (c *countedReader) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	if *c.left -= int64(n); *c.left < 0 {
		return n, errBomb
	}
	return n, err
}

// scanSheet looks for formulas and merged cells in the XML of a sheet, tag by tag.
func scanSheet(in io.Reader) (sheetMarks, error) {
	marks := sheetMarks{formulas: map[string]bool{}}
	r := bufio.NewReaderSize(in, 1<<16)
	cell := ""
	for {
		if err := skipTo(r, '<'); err != nil {
			if errors.Is(err, io.EOF) {
				return marks, nil
			}
			return marks, err
		}
		tag, err := readTag(r)
		if err != nil {
			return marks, err
		}
		switch {
		case strings.HasPrefix(tag, "c "):
			cell = attribute(tag, "r")
		case (tag == "f" || strings.HasPrefix(tag, "f ") || tag == "f/") && len(marks.formulas) < mostRows:
			marks.formulas[cell] = true
		case strings.HasPrefix(tag, "mergeCell ") && len(marks.merged) < 1000:
			if a, ok := parseArea(attribute(tag, "ref")); ok {
				marks.merged = append(marks.merged, a)
			}
		}
	}
}

func skipTo(r *bufio.Reader, sign byte) error {
	for {
		_, err := r.ReadSlice(sign)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// readTag reads the beginning of a tag; of a very long one, no more than is looked at.
func readTag(r *bufio.Reader) (string, error) {
	part, err := r.ReadSlice('>')
	tag := strings.TrimSuffix(string(part[:min(len(part), 300)]), ">")
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.ReadSlice('>')
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return tag, err
}

func attribute(tag, name string) string {
	_, rest, ok := strings.Cut(tag, " "+name+`="`)
	if !ok {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

func parseArea(text string) (area, bool) {
	from, to, ok := strings.Cut(text, ":")
	if !ok {
		return area{}, false
	}
	left, top, err := excelize.CellNameToCoordinates(from)
	if err != nil {
		return area{}, false
	}
	right, bottom, err := excelize.CellNameToCoordinates(to)
	return area{left, top, right, bottom, text}, err == nil
}
