package imports

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The bounds of a quoted cell that goes over several lines, and of quotes that never close before
// a file is given up.
const (
	mostLines    = 200
	mostOwnLines = 20_000
	mostUnclosed = 20
)

// csvReader reads records of a CSV as RFC 4180 has them, and goes on after a quote that never
// closes: the standard library's reader would take the rest of the file for one cell.
type csvReader struct {
	text      *bufio.Reader
	delimiter byte
	// pending are lines that were read and given back.
	pending []string
	line    int
	// row counts what a spreadsheet shows as rows, however many lines each takes.
	row int
	// own says that it is a file of ours, whose quotes close.
	own bool
}

// errUnclosed is a record whose quote does not close; its line is given as the record's only cell.
var errUnclosed = errors.New("a quote is opened and never closed")

// read gives the next record and the number of its row: io.EOF at the end, errUnclosed with what the
// line held.
func (r *csvReader) read() (record []string, row int, err error) {
	var first string
	for {
		if first, err = r.next(); err != nil {
			return nil, r.row, err
		}
		r.row++
		if strings.TrimSpace(first) != "" {
			break
		}
	}
	line := r.line
	record, open := splitRecord(first, r.delimiter)
	if !open {
		return record, r.row, nil
	}
	var whole strings.Builder
	whole.WriteString(first)
	extra, lines := []string(nil), mostLines
	if r.own {
		lines = mostOwnLines
	}
	for {
		more, err := r.next()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, r.row, err
		}
		if err != nil || len(extra) == lines || whole.Len() > mostRecord {
			if err == nil {
				extra = append(extra, more)
			}
			r.pending = append(extra, r.pending...)
			r.line = line
			return []string{first}, r.row, errUnclosed
		}
		extra = append(extra, more)
		whole.WriteByte('\n')
		whole.WriteString(more)
		if strings.Count(more, `"`)%2 == 0 {
			continue // what is open stays open
		}
		if record, open := splitRecord(whole.String(), r.delimiter); !open {
			return record, r.row, nil
		}
	}
}

// next gives the next line without its end.
func (r *csvReader) next() (string, error) {
	if len(r.pending) > 0 {
		line := r.pending[0]
		r.pending = r.pending[1:]
		r.line++
		return line, nil
	}
	var line []byte
	for {
		part, err := r.text.ReadSlice('\n')
		if len(line)+len(part) > mostCell*10 {
			return "", refused("Line %d is longer than %d letters. Check that this is a CSV with one row a line.", r.line+1, mostCell*10)
		}
		line = append(line, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read line %d: %w", r.line+1, err)
		}
		if err != nil && len(line) == 0 {
			return "", io.EOF
		}
		r.line++
		return string(bytes.TrimRight(line, "\r\n")), nil
	}
}

// splitRecord splits a line into cells; open says that a quote is still open at its end.
func splitRecord(line string, delimiter byte) (cells []string, open bool) {
	for {
		trimmed := strings.TrimLeft(line, " ")
		if strings.HasPrefix(trimmed, `"`) {
			cell, rest, closed := quoted(trimmed[1:])
			if !closed {
				return nil, true
			}
			end := strings.IndexByte(rest, delimiter)
			if end < 0 {
				return append(cells, cell+strings.TrimRight(rest, " ")), false
			}
			cells, line = append(cells, cell+strings.TrimRight(rest[:end], " ")), rest[end+1:]
			continue
		}
		end := strings.IndexByte(line, delimiter)
		if end < 0 {
			return append(cells, line), false
		}
		cells, line = append(cells, line[:end]), line[end+1:]
	}
}

// quoted reads up to the quote that closes a cell.
func quoted(text string) (cell, rest string, closed bool) {
	end := strings.IndexByte(text, '"')
	if end < 0 {
		return "", "", false
	}
	if end+1 >= len(text) || text[end+1] != '"' {
		return text[:end], text[end+1:], true
	}
	var out strings.Builder
	for end >= 0 {
		out.WriteString(text[:end])
		if end+1 < len(text) && text[end+1] == '"' {
			out.WriteByte('"')
			text = text[end+2:]
			end = strings.IndexByte(text, '"')
			continue
		}
		return out.String(), text[end+1:], true
	}
	return "", "", false
}

// delimiters are what may stand between cells, the likeliest first.
const delimiters = ",;\t|"

// sniffDelimiter looks at the first lines: the delimiter that splits the header into most cells,
// and the lines after it most alike.
func sniffDelimiter(text *bufio.Reader) byte {
	head, _ := text.Peek(sniffed) // what there is of it
	if hint, ok := bytes.CutPrefix(head, []byte("sep=")); ok && len(hint) > 0 {
		return hint[0]
	}
	if rest, ours := bytes.CutPrefix(head, []byte("id")); ours && len(rest) > 0 && strings.IndexByte(delimiters, rest[0]) >= 0 {
		return rest[0] // as files of ours begin
	}
	best, most := byte(','), 0
	for i := range len(delimiters) {
		delimiter := delimiters[i]
		r := &csvReader{text: bufio.NewReader(bytes.NewReader(head)), delimiter: delimiter}
		header, _, err := r.read()
		titles := 0
		for ; err == nil && len(header) < 2 && titles < mostTitles; titles++ {
			header, _, err = r.read()
		}
		if err != nil || len(header) < 2 {
			continue
		}
		score := len(header) * 10
		for range 20 {
			record, _, err := r.read()
			if err != nil {
				break
			}
			if len(record) == len(header) {
				score += len(header)
			}
		}
		if titles > 0 {
			score /= 2 // or a header would be taken for a title, and a cell with a long list for the header
		}
		if score > most {
			best, most = delimiter, score
		}
	}
	return best
}

// readCSV reads a CSV as one table.
func (c *content) readCSV(f File, opts *settings) error {
	text, err := f.text()
	if err != nil {
		return err
	}
	delimiter := sniffDelimiter(text)
	if opts.Delimiter != "" {
		delimiter = opts.Delimiter[0]
	}
	r := &csvReader{text: text, delimiter: delimiter}
	header, _, err := r.read()
	r.own = err == nil && len(header) > 0 && header[0] == "id"
	if err == nil && len(header) > 0 && strings.HasPrefix(header[0], "sep") {
		if _, isHint := strings.CutPrefix(header[0], "sep="); isHint {
			header, _, err = r.read()
		}
	}
	if errors.Is(err, errUnclosed) {
		return refused("The first line opens a quote that never closes. It should hold the names of the columns.")
	}
	if err != nil {
		return err
	}
	var head heading
	t, err := head.table(c, "", r.row, header, opts)
	if err != nil {
		return err
	}

	unclosed := 0
	for {
		record, number, err := r.read()
		if err == nil && t == nil {
			if t, err = head.table(c, "", number, record, opts); err != nil {
				return err
			}
			continue
		}
		switch {
		case t == nil:
			return head.refused
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errUnclosed):
			if unclosed++; unclosed > mostUnclosed {
				return refused("More than %d rows open a quote that never closes, the last in row %d. Check the delimiter and the quotes.", mostUnclosed, number)
			}
			row, err := c.row("", number, record)
			if err != nil {
				return err
			}
			c.problem(row, "", CodeQuote, "A quote opens in this row and never closes. Close it, or double a quote that belongs to the text.")
			continue
		case err != nil:
			return err
		}
		if err := t.read(number, record); err != nil {
			return err
		}
	}
}
