package imports

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// shownAs is what a number format shows of a date. A workbook keeps every date as the number of a
// day, so that a cell shown as "2025" holds 1 January 2025: what is shown is what was meant.
type shownAs int

const (
	noDate shownAs = iota
	yearShown
	monthShown
	dayShown
	noYearShown
	timeShown
	// unclearShown formats show other parts in another language.
	unclearShown
	// wordsShown formats show words that the cell does not hold: "about", or a whole date.
	wordsShown
)

// builtInFormats are the formats that have a number and no code. Of those from 27 on, all but two
// depend on the language of the program.
var builtInFormats = map[int]shownAs{14: dayShown, 15: dayShown, 16: noYearShown, 17: monthShown, 18: timeShown, 19: timeShown, 20: timeShown, 21: timeShown, 22: dayShown,
	27: unclearShown, 28: unclearShown, 29: unclearShown, 30: dayShown, 31: dayShown, 32: timeShown, 33: timeShown, 34: unclearShown, 35: unclearShown, 36: unclearShown,
	45: timeShown, 46: timeShown, 47: timeShown,
	50: unclearShown, 51: unclearShown, 52: unclearShown, 53: unclearShown, 54: unclearShown, 55: unclearShown, 56: unclearShown, 57: unclearShown, 58: unclearShown}

var (
	// silentParts are what a format shows as it is, or not at all: texts, escaped signs, colours and
	// languages. Hours, minutes and seconds that go beyond a day stand in brackets too.
	silentParts = regexp.MustCompile(`"[^"]*"|\\.|_.|\*.|\[[^\]]*\]`)
	elapsed     = regexp.MustCompile(`(?i)^\[(h+|m+|s+)\]$`)
	halfDays    = regexp.MustCompile(`(?i)am/pm|a/p`)
	// plainWords are texts of formats that say no more than the date: of, the ordinal's ending, what
	// separates a time, and the signs of years, months and days.
	plainWords = regexp.MustCompile(`(?i)^([\s.,:/\-'’()年月日号時时分秒년월일시분초]|\b(t|z|of|of month|the|st|nd|rd|th|de|del|den|am|um|uhr|at|h|min|г|року?|года?)\b)*$`)
	dateRuns   = regexp.MustCompile(`(?i)y+|e+|b+|m+|d+|h+|s+`)
)

// formatShows tells what a code such as [$-409]mmm\-yy;@ shows of a date. The first part of a code
// is that of positive numbers.
func formatShows(code string) shownAs {
	var said strings.Builder
	code, _, _ = strings.Cut(silentParts.ReplaceAllStringFunc(code, func(part string) string {
		if elapsed.MatchString(part) {
			return "h"
		}
		if part[0] == '"' || part[0] == '\\' {
			return " \x00" + strings.NewReplacer(";", "", "\x00", "").Replace(strings.Trim(part, "\\\"")) + "\x00 " // told apart below
		}
		return " "
	}), ";")
	for {
		before, rest, found := strings.Cut(code, "\x00")
		words, after, _ := strings.Cut(rest, "\x00")
		if !found {
			break
		}
		said.WriteString(words)
		code = before + after
	}
	if strings.ContainsAny(code, "#0?%") && !strings.ContainsAny(code, "yYdDhHsS") || strings.Contains(strings.ToLower(code), "general") {
		return noDate
	}
	runs := dateRuns.FindAllString(strings.ToLower(halfDays.ReplaceAllString(code, "h")), -1)
	var year, month, day, clock, weekday bool
	for i, run := range runs {
		switch run[0] {
		case 'y', 'e', 'b':
			year = true
		case 'd':
			day, weekday = day || len(run) <= 2, weekday || len(run) > 2 // longer ones name the day of the week
		case 'h', 's':
			clock = true
		case 'm':
			minutes := len(run) <= 2 && (i > 0 && runs[i-1][0] == 'h' || i+1 < len(runs) && runs[i+1][0] == 's')
			month, clock = month || !minutes, clock || minutes
		}
	}
	switch {
	case strings.ContainsAny(strings.ToLower(code), "qw~<>=") || !plainWords.MatchString(said.String()):
		return wordsShown
	case year && month && day:
		return dayShown
	case year && month:
		return monthShown
	case year:
		return yearShown
	case month || day || weekday:
		return noYearShown
	case clock:
		return timeShown
	case strings.TrimSpace(said.String()) != "" && !strings.Contains(code, "@"):
		return wordsShown
	}
	return noDate
}

// readStyles tells what each style of cells shows of a date.
func readStyles(text []byte) []shownAs {
	var sheet struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Styles []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if xml.Unmarshal(text, &sheet) != nil {
		return nil
	}
	codes := map[int]string{}
	for _, format := range sheet.Formats {
		codes[format.ID] = format.Code
	}
	shown := make([]shownAs, len(sheet.Styles))
	for i, style := range sheet.Styles {
		if code, own := codes[style.Format]; own {
			shown[i] = formatShows(code)
		} else {
			shown[i] = builtInFormats[style.Format]
		}
	}
	return shown
}

// dateCell is how a cell shows a date.
type dateCell struct {
	shown shownAs
	// iso cells hold a date as ISO 8601 writes it, and not a number; result cells the result of a
	// formula, which some programs call a text whatever it is.
	iso, result bool
}

// styledRows reads beside the rows of a sheet how their cells are shown: row by row, so that a large
// sheet takes no more room than a small one.
type styledRows struct {
	r      *bufio.Reader
	closer func()
	shown  []shownAs
	// row is the one that was begun last.
	row int
}

// openStyles begins to read a sheet; nil where no style of the workbook shows dates.
func openStyles(f File, marks sheetMarks) *styledRows {
	archive, err := zip.NewReader(f.Content, f.Size)
	if err != nil || marks.part == "" {
		return nil
	}
	part, err := archive.Open(marks.part)
	if err != nil {
		return nil
	}
	return &styledRows{r: bufio.NewReaderSize(part, 1<<16), closer: func() { part.Close() }, shown: marks.shown} // it was read to its end before
}

func (s *styledRows) close() {
	if s != nil {
		s.closer()
	}
}

// cells gives the cells of a row that show dates, by their columns from 1 on. Rows are asked for in
// order.
func (s *styledRows) cells(row int) map[int]dateCell {
	if s == nil || s.row > row {
		return nil
	}
	cells := map[int]dateCell{}
	column := 0
	for {
		if err := skipTo(s.r, '<'); err != nil {
			return cells
		}
		tag, err := readTag(s.r)
		if err != nil {
			return cells
		}
		if _, local, prefixed := strings.Cut(tag, ":"); prefixed && !strings.ContainsAny(tag[:len(tag)-len(local)], ` "`) {
			tag = local
		}
		switch name, _, _ := strings.Cut(strings.TrimSuffix(tag, "/"), " "); name {
		case "row":
			s.row++
			if number, err := strconv.Atoi(attribute(tag, "r")); err == nil {
				s.row = number
			}
			column = 0
			if s.row > row {
				return nil
			}
		case "/row":
			if s.row >= row {
				return cells
			}
		case "c":
			column++
			if at, _, err := excelize.CellNameToCoordinates(attribute(tag, "r")); err == nil {
				column = at
			}
			if cell := s.cell(tag); s.row == row && cell != (dateCell{}) {
				cells[column] = cell
			}
		}
	}
}

// cell reads how one cell is shown: texts are what they are.
func (s *styledRows) cell(tag string) dateCell {
	kind := attribute(tag, "t")
	if kind != "" && kind != "n" && kind != "d" && kind != "str" {
		return dateCell{}
	}
	cell := dateCell{iso: kind == "d", result: kind == "str"}
	if style, err := strconv.Atoi(attribute(tag, "s")); err == nil && style >= 0 && style < len(s.shown) {
		cell.shown = s.shown[style]
	}
	if cell.iso && cell.shown == noDate {
		cell.shown = dayShown
	}
	return cell
}

// Serial numbers of days: before the first, programs count differently; the last is 9999-12-31.
const (
	firstSerial = 61
	lastSerial  = 2958465
)

// asShown gives the date of a cell no more exact than it is shown, or says in a sentence why there is
// none. epoch is what the workbook's numbers lack to those from 1900.
func (cell dateCell) asShown(name, text string, epoch int) (date, problem string) {
	switch cell.shown {
	case noYearShown:
		return "", "Cell " + name + " shows a date without its year, which is not known from a hidden number. Write the date with its year."
	case timeShown:
		return "", "Cell " + name + " shows a time of day and no date. Write the date."
	case wordsShown:
		return "", "Cell " + name + " shows words that stand in its number format, and that would be lost. Write the date as text, such as about August 2025."
	case unclearShown:
		return "", "Cell " + name + " shows its date differently in different languages. Write it as text, such as 2025-08 or 2025-08-14."
	}
	day := time.Time{}
	if cell.iso {
		if m := isoDay.FindString(text); m != "" {
			day, _ = time.Parse(time.DateOnly, m)
		}
	} else if number, err := strconv.ParseFloat(text, 64); err == nil {
		if number += float64(epoch); number >= firstSerial && number < lastSerial+1 {
			day = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(number))
		}
	}
	if day.IsZero() {
		return "", "Cell " + name + " holds a number that is not a date after February 1900. Write the date as text, such as 1899 or 2025-08-14."
	}
	written := day.Format(time.DateOnly)
	return written[:map[shownAs]int{yearShown: len("2025"), monthShown: len("2025-08"), dayShown: len(written)}[cell.shown]], ""
}

var isoDay = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}`)

// cellProblem is what is wrong with a cell, by the place of its column.
type cellProblem struct {
	column int
	words  string
}

// showDates writes the dates of a row as they are shown, and says which of them cannot be.
func (t *table) showDates(number int, record []string, cells map[int]dateCell, epoch int) (problems []cellProblem) {
	for i, text := range record {
		cell, shows := cells[i+1]
		if i >= len(t.fields) || !dateFields[t.fields[i]] || strings.TrimSpace(text) == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if cell.result && !serialDate.MatchString(text) {
			continue // a text
		}
		if !shows || cell.shown == noDate {
			continue // a number that is not shown as a date is none
		}
		name, err := excelize.CoordinatesToCellName(i+1, number)
		if err != nil {
			continue
		}
		date, problem := cell.asShown(name, strings.TrimSpace(text), epoch)
		if problem != "" {
			problems = append(problems, cellProblem{i, problem})
			continue
		}
		record[i] = date
	}
	return problems
}
