package imports

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"

	"plumbline/models"
)

// Report says what a file would do, or has done.
type Report struct {
	Format Format `json:"format"`
	// Source is the title of what rows cite that name no source; "" where nobody names one.
	Source string        `json:"source"`
	Tables []TableReport `json:"tables,omitempty"`
	// Rows counts the rows by what becomes of them.
	Rows Counts `json:"rows"`
	// Unsourced counts the rows of which something is entered that has no source then.
	Unsourced int `json:"unsourced,omitempty"`
	// Records counts the records that are entered or changed.
	Records int `json:"records"`
	// Changes lists rows that are new or change something, with the fields; at most mostListed.
	Changes  []Change       `json:"changes,omitempty"`
	Problems []RowProblem   `json:"problems,omitempty"`
	Codes    map[string]int `json:"codes,omitempty"`
	Doubts   []Doubt        `json:"doubts,omitempty"`
	Notices  []string       `json:"notices,omitempty"`
	// Plan names what would be written: where another check gives the same, it would write the same.
	Plan string `json:"plan,omitempty"`
	// Options are what was chosen for this check.
	Options *Options `json:"options,omitempty"`
}

// Counts are numbers of rows.
type Counts struct {
	All     int `json:"all"`
	New     int `json:"new"`
	Changed int `json:"changed"`
	Same    int `json:"same"`
	InDoubt int `json:"in_doubt"`
	Errors  int `json:"errors"`
	// Restored counts rows of what was retracted and stands again, Retracted those of what may when
	// somebody chooses, LeftOut those that enter nothing: by choice, or since there is no place for
	// what they say. All of these numbers add up to All.
	Restored  int `json:"restored"`
	Retracted int `json:"retracted"`
	LeftOut   int `json:"left_out"`
}

// undecided counts the rows that hinder a load: those that are wrong, in doubt or
// of what was retracted.
func (c Counts) undecided() int { return c.Errors + c.InDoubt + c.Retracted }

// Words say in a sentence what becomes of the rows.
func (c Counts) Words() string {
	text := fmt.Sprintf("%d new, %d changed, %d the same, %d in doubt, %d wrong", c.New, c.Changed, c.Same, c.InDoubt, c.Errors)
	for _, one := range []struct {
		n    int
		what string
	}{{c.Restored, "restored"}, {c.Retracted, "retracted"}, {c.LeftOut, "left out"}} {
		if one.n > 0 {
			text += fmt.Sprintf(", %d %s", one.n, one.what)
		}
	}
	return text
}

// Change is a row that enters or changes something.
type Change struct {
	Sheet  string   `json:"sheet,omitempty"`
	Row    int      `json:"row"`
	Fate   string   `json:"fate"`
	Name   string   `json:"name"`
	Fields []string `json:"fields,omitempty"`
}

// RowProblem is something wrong with a row, as a person finds it.
type RowProblem struct {
	Sheet   string `json:"sheet,omitempty"`
	Row     int    `json:"row"`
	Column  string `json:"column,omitempty"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// mostListed bounds the rows that a report lists; its counts and the error file are complete.
const mostListed = 1000

// Report says what Load would do.
func (p *Plan) Report() Report { return p.report }

// fates gives every row the most notable fate of what it says.
func (p *Plan) fates() []fate {
	fates := make([]fate, len(p.rows))
	order := []fate{"", fateSame, fateLeftOut, fateNew, fateChanged, fateRestored, fateRetracted, fateInDoubt, fateError}
	raise := func(row int, f fate) {
		if row >= 0 && slices.Index(order, f) > slices.Index(order, fates[row]) {
			fates[row] = f
		}
	}
	for _, it := range p.items {
		root := it.root()
		switch {
		case it.orphan || it.bad:
		case root.retract != "" && root.found != nil && root.found.State == models.StateLive:
			raise(it.row, fateChanged)
		default:
			raise(it.row, root.fate)
		}
	}
	for _, problem := range p.problems {
		raise(problem.Row, fateOf(problem.Code))
	}
	for row := range fates {
		if fates[row] == "" {
			fates[row] = fateLeftOut // nothing is made of it
		}
	}
	return fates
}

// fateOf is what becomes of a row with a problem.
func fateOf(code string) fate {
	switch code {
	case CodeInDoubt:
		return fateInDoubt
	case CodeRetracted:
		return fateRetracted
	}
	return fateError
}

func (p *Plan) summarise() {
	slices.SortStableFunc(p.problems, func(a, b Problem) int { return cmp.Compare(a.Row, b.Row) })
	r := Report{Format: p.format, Source: p.cites(), Tables: p.tables, Notices: append(slices.Clone(p.notices), p.notKept()...),
		Records: len(p.operations) + len(p.retracted), Unsourced: p.unsourced(), Codes: map[string]int{}, Plan: p.digest(), Options: &p.chosen}
	for row, f := range p.fates() {
		r.Rows.count(f)
		if (f == fateNew || f == fateChanged || f == fateRestored) && len(r.Changes) < mostListed {
			r.Changes = append(r.Changes, p.change(row, f))
		}
	}
	for _, problem := range p.problems {
		r.Codes[problem.Code]++
		if len(r.Problems) < mostListed {
			r.Problems = append(r.Problems, p.rowProblem(problem))
		}
	}
	for _, doubt := range p.doubts {
		r.Doubts = append(r.Doubts, *doubt)
	}
	slices.SortFunc(r.Doubts, func(a, b Doubt) int { return cmp.Or(cmp.Compare(a.Row, b.Row), cmp.Compare(a.Key, b.Key)) })
	if len(r.Doubts) > mostListed {
		r.Doubts = r.Doubts[:mostListed]
	}
	p.report = r
}

func (c *Counts) count(f fate) {
	c.All++
	switch f {
	case fateNew:
		c.New++
	case fateChanged:
		c.Changed++
	case fateInDoubt:
		c.InDoubt++
	case fateError:
		c.Errors++
	case fateRestored:
		c.Restored++
	case fateRetracted:
		c.Retracted++
	case fateLeftOut:
		c.LeftOut++
	default:
		c.Same++
	}
}

func (p *Plan) change(row int, f fate) Change {
	change := Change{Sheet: p.rows[row].Sheet, Row: p.rows[row].Number, Fate: string(f)}
	byOrphan := false
	for _, it := range p.itemsOf(row) {
		root := it.root()
		if change.Name == "" || byOrphan && !it.orphan { // the row's own record, not the source that it makes
			change.Name, byOrphan = nameOf(root.doc), it.orphan
		}
		for _, field := range fieldsOf(root.changes) {
			if !slices.Contains(change.Fields, field) {
				change.Fields = append(change.Fields, field)
			}
		}
	}
	return change
}

func (p *Plan) itemsOf(row int) []*item {
	p.spoil(-1)
	return p.byRow[row]
}

// nameOf names a document in a report.
func nameOf(document models.Document) string {
	switch d := document.(type) {
	case *models.Entity:
		return d.Name
	case *models.Relationship:
		return models.RelationshipTypes().Label(string(d.Type))
	case *models.StatusChange:
		return string(d.Status) + ", " + d.Effective.In(models.DateWhen)
	case *models.Claim:
		return clip(d.Text)
	case *models.OpenItem:
		return clip(d.Text)
	case *models.Source:
		return d.Title
	}
	return ""
}

func (p *Plan) rowProblem(problem Problem) RowProblem {
	row := RowProblem{Column: problem.Column, Code: problem.Code, Message: problem.Message}
	if problem.Row >= 0 {
		row.Sheet, row.Row = p.rows[problem.Row].Sheet, p.rows[problem.Row].Number
	}
	return row
}

// WriteErrors writes the rows that are wrong or in doubt, to be mended and imported again: those of
// tables as CSV, the original columns and then what is wrong; those of objects as JSON lines, with
// what is wrong as the member "import_errors". Format.ErrorsFormat says which.
func (p *Plan) WriteErrors(ctx context.Context, w io.Writer) error {
	if p.format.ErrorsFormat() == "ndjson" {
		return p.writeObjects(ctx, w)
	}
	out := csv.NewWriter(w)
	byRow := map[int][]Problem{}
	var rows []int
	for _, problem := range p.problems {
		if byRow[problem.Row] == nil {
			rows = append(rows, problem.Row)
		}
		byRow[problem.Row] = append(byRow[problem.Row], problem)
	}
	sheet := "\x00"
	for _, row := range rows {
		original := Row{}
		if row >= 0 {
			original = p.rows[row]
		}
		headers := p.headers[original.Sheet]
		if original.Sheet != sheet {
			if sheet != "\x00" {
				if err := out.Write([]string{""}); err != nil {
					return fmt.Errorf("write errors: %w", err)
				}
			}
			sheet = original.Sheet
			if err := out.Write(append(slices.Clone(headers), errorColumns(sheet)...)); err != nil {
				return fmt.Errorf("write errors: %w", err)
			}
		}
		if err := out.Write(errorRecord(original, len(headers), byRow[row])); err != nil {
			return fmt.Errorf("write errors: %w", err)
		}
	}
	out.Flush()
	return out.Error()
}

func errorColumns(sheet string) []string {
	columns := []string{"error_row", "error_code", "error_column", "error_message"}
	if sheet != "" {
		columns = append(columns, "error_sheet")
	}
	return columns
}

func errorRecord(row Row, width int, problems []Problem) []string {
	record := make([]string, width, width+5)
	for i, cell := range row.Cells {
		if i < width {
			record[i] = Quote(cell)
		} else {
			record[width-1] += " " + cell
		}
	}
	codes, columns, messages := "", "", ""
	for i, problem := range problems {
		separator := ""
		if i > 0 {
			separator = "; "
		}
		codes, columns, messages = codes+separator+problem.Code, columns+separator+problem.Column, messages+separator+problem.Message
	}
	record = append(record, strconv.Itoa(row.Number), codes, Quote(columns), Quote(messages))
	if row.Sheet != "" {
		record = append(record, row.Sheet)
	}
	return record
}
