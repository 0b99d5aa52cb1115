package imports

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// Plan is what an import would do: a dry run. Load does it.
type Plan struct {
	s    *services.Services
	by   models.Actor
	opts *settings
	// chosen are the options as they were given, without what is remembered.
	chosen Options
	// own is the source that was chosen by its id; nil for none.
	own *models.Source
	*content
	file File
	// operations are those of the rows that are right; the items are those behind them.
	operations []models.Operation
	behind     []*item
	doubts     map[string]*Doubt
	report     Report
	retracted  []*item
	// bases are the older versions that rows show of records that were changed since.
	bases map[uuid.UUID]models.Document
}

// Check reads a file, matches it with what is there and rehearses it, and writes nothing. What is
// wrong with rows is in the plan's report; its error is about the file as a whole, or internal.
func Check(ctx context.Context, s *services.Services, by models.Actor, file File, o Options) (*Plan, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	own, err := ownSource(ctx, s, o)
	if err != nil {
		return nil, err
	}
	opts := newSettings(o)
	opts.stem = file.stem()
	opts.remembered = func(header string) string {
		text, err := s.Mapping(ctx, by, header)
		if err != nil {
			return "" // the columns are found out anew
		}
		return text
	}
	opts.typeOf = func(id uuid.UUID) models.RecordType {
		found, err := s.PresentRecords(ctx, []uuid.UUID{id})
		if err != nil {
			return "" // what the rows are is told by their columns
		}
		return found[id].Type
	}
	opts.progress("reading", 0, 0)
	read, err := readFile(ctx, file, opts)
	if err != nil {
		return nil, err
	}
	p := &Plan{s: s, by: by, opts: opts, chosen: o, own: own, content: read, file: file, doubts: map[string]*Doubt{}}
	opts.progress("matching", 0, len(p.rows))
	m := &matching{content: read, opts: opts, s: s, ctx: ctx, doubts: p.doubts}
	if err := m.match(); err != nil {
		return nil, err
	}
	opts.progress("checking", 0, len(p.rows))
	if err := p.loadBases(ctx); err != nil {
		return nil, err
	}
	p.compare()
	if err := p.tellUnread(ctx); err != nil {
		return nil, err
	}
	p.validate()
	if err := p.rehearse(ctx); err != nil {
		return nil, err
	}
	p.summarise()
	return p, nil
}

// readFile reads the rows of a file of any format.
func readFile(ctx context.Context, file File, opts *settings) (*content, error) {
	format, err := recognise(file)
	if err != nil {
		return nil, err
	}
	c := &content{format: format}
	switch format {
	case FormatCSV:
		err = c.readCSV(file, opts)
	case FormatXLSX:
		err = c.readXLSX(file, opts)
	case FormatSQLite:
		err = c.readSQLite(ctx, file)
	default:
		err = c.readJSON(ctx, file, opts)
	}
	if err != nil {
		return nil, err
	}
	if len(c.rows) == 0 {
		return nil, refused("There are no rows to import in this file.")
	}
	c.cite(opts)
	return c, nil
}

// compare decides for every item whether it is new, changes what is there, or says the same.
func (p *Plan) compare() {
	for _, problem := range p.problems {
		p.spoil(problem.Row)
	}
	for _, it := range p.items {
		if it.same != nil || it.bad || it.fate == fateInDoubt {
			continue
		}
		switch {
		case it.found == nil && it.entity() != nil && it.entity().Name == "" && it.entity().Kind == "" && it.named:
			p.wrong(it, "/entity", CodeUnknown, "There is no entity with the id %s. Add a row that makes it.", it.id)
		case it.found == nil:
			it.fate = fateNew
			sourced(it.doc)
			if e := it.entity(); e != nil && e.Slug == "" {
				e.Slug = it.slug
			}
		case it.found.WithheldAt != nil:
			p.wrong(it, "/id", CodeRule, "This record is withheld: nothing can be written to it until a steward lifts the hold.")
		case it.found.State == models.StateMerged:
			it.fate = fateLeftOut
			p.notice("Rows of records that were merged into others are left out, the first in row %d: what holds them now says more.", p.numberOf(it))
		case it.found.Type != it.doc.RecordType():
			p.wrong(it, "/id", CodeRule, "The record with this id is of the type %s.", it.found.Type)
		default:
			p.compareFound(it)
		}
	}
}

func (p *Plan) compareFound(it *item) {
	before := it.found.Document
	for _, name := range it.unsaid {
		if f, ok := models.FieldNamed(it.doc.RecordType(), name); ok && f.Value(it.doc).IsValid() {
			f.Value(it.doc).SetZero()
		}
	}
	if it.less {
		p.notice("Records that are here already stay as they are: this is an export in a format that tells less than they do.")
		it.doc = clone(before)
	}
	after := it.doc
	if e, ok := before.(*models.Entity); ok && it.guessed && it.entity() != nil {
		it.entity().Kind = e.Kind
	}
	if !it.whole && !it.less {
		after = p.with(before, it)
		sourced(after)
		p.loseUnkept(it, after)
		p.content.found(it.row, before)
	} else if e, ok := after.(*models.Entity); ok && e.Slug == "" {
		e.Slug = before.(*models.Entity).Slug
	}
	after.Clean()
	row := it.doc
	it.doc = after
	it.fate = fateSame
	if !sameJSON(before, after) {
		it.fate = fateChanged
		if changes, err := services.Diff(mustJSON(before), mustJSON(after)); err == nil {
			it.changes = changes
		}
	}
	if it.fate == fateChanged && p.stale(it, row) {
		return
	}
	if it.found.State == models.StateRetracted {
		p.compareRetracted(it)
	}
}

// loseUnkept tells what a row says of a record that is there, and that the record does not take.
func (p *Plan) loseUnkept(it *item, after models.Document) {
	if it.orphan {
		return
	}
	for _, field := range unkept(after, it.doc) {
		if it.guessed && field == "kind" {
			continue
		}
		p.lose(it.row, p.columnOf(it, "/"+field), "the record says otherwise")
	}
	if e, ok := after.(*models.Entity); ok && it.slug != "" && it.slug != e.Slug {
		p.lose(it.row, p.columnOf(it, "/slug"), "the record has another slug")
	}
}

// compareRetracted decides about what was retracted: by what was chosen, or it is asked.
func (p *Plan) compareRetracted(it *item) {
	switch {
	case it.retract != "": // the file says so too
		it.fate = fateLeftOut
	case p.opts.Retracted == RetractedRestore || it.id == models.UnsourcedID:
		it.fate = fateRestored
	case it.orphan: // asked where it is cited
		it.fate = fateRetracted
	case p.opts.Retracted == RetractedLeave:
		it.fate = fateLeftOut
		p.spoil(it.row)
	default:
		it.fate = fateRetracted
		p.problem(it.row, p.columnOf(it, "/id"), CodeRetracted, "This was retracted. Have it restored with what the row says, or leave it out.")
		p.spoil(it.row)
	}
}

func (p *Plan) numberOf(it *item) int {
	if it.row < 0 {
		return 0
	}
	return p.rows[it.row].Number
}

// wrong reports a problem of an item under the column that fills a field, and spoils its row.
func (p *Plan) wrong(it *item, pointer, code, format string, args ...any) {
	p.problem(it.row, p.columnOf(it, pointer), code, format, args...)
	it.bad = true
	p.spoil(it.row)
}

// spoil marks everything that a bad row says, so that no row is entered by half.
func (p *Plan) spoil(row int) {
	if p.byRow == nil {
		p.byRow = make([][]*item, len(p.rows))
		for _, it := range p.items {
			if it.row >= 0 {
				p.byRow[it.row] = append(p.byRow[it.row], it)
			}
		}
	}
	if row < 0 {
		return
	}
	for _, it := range p.byRow[row] {
		if !it.orphan {
			it.bad = true
		}
	}
}

// columnOf names the column that fills a field of an item's document; the field itself where
// there are no columns.
func (c *content) columnOf(it *item, pointer string) string {
	for _, r := range it.refs {
		if r.pointer == pointer {
			return r.column
		}
	}
	if it.row < 0 || it.row >= len(c.rows) {
		return pointer
	}
	field := pointerFields(pointer, it)
	for _, t := range c.tables {
		if t.Sheet != c.rows[it.row].Sheet {
			continue
		}
		for _, name := range field {
			for _, header := range t.Headers {
				if t.Columns[header] == name {
					return header
				}
			}
		}
		return field[0]
	}
	return strings.TrimPrefix(pointer, "/")
}

// pointerFields names the columns of a table that may fill what a pointer leads to.
func pointerFields(pointer string, it *item) []string {
	first, rest, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	var names []string
	switch first {
	case "names":
		names = []string{"aliases", "names", "name", "acronym", "former_names", "transliteration", "name_type"}
	case "identifiers":
		if e := it.entity(); e != nil {
			if i := int(rest0(rest)); i < len(e.Identifiers) {
				names = []string{e.Identifiers[i].Scheme}
			}
		}
		names = append(names, "identifiers", "value")
	case "citations":
		names = []string{"source_url", "source", "source_ids"}
	default:
		names = []string{first}
		if f, ok := models.FieldNamed(it.doc.RecordType(), first); ok {
			for _, c := range f.Columns() {
				names = append(names, c.Name)
			}
		}
	}
	return names
}

// rest0 reads the index at the beginning of a pointer's rest.
func rest0(rest string) byte {
	if rest == "" || rest[0] < '0' || rest[0] > '9' {
		return 0
	}
	return rest[0] - '0'
}

// validate reports what is wrong with documents by themselves.
func (p *Plan) validate() {
	for _, it := range p.items {
		if !it.writes() {
			continue
		}
		for _, problem := range it.doc.Validate() {
			p.wrong(it, problem.Pointer, codeOf(problem.Message), "%s", problem.Message)
		}
		if cited := it.doc.Cited(); cited != nil && len(cited) == 0 {
			p.wrong(it, "/citations", CodeSource, "Nothing is published without a source: name one in this row, or for the whole import.")
		}
	}
}

func codeOf(message string) string {
	if strings.HasPrefix(message, "Fill this in") || strings.HasPrefix(message, "Choose the") || strings.HasPrefix(message, "Say when") {
		return CodeMissing
	}
	return CodeInvalid
}

// mostRehearsals bounds how often what depends on bad rows is left out and the rest tried again.
const mostRehearsals = 20

// rehearse lets the services look at what is left, and takes out what they refuse, until nothing
// is refused.
func (p *Plan) rehearse(ctx context.Context) error {
	for range mostRehearsals {
		p.dropDependent()
		p.plan()
		if len(p.operations) == 0 {
			return nil
		}
		err := p.s.Rehearse(ctx, p.by, p.changeset())
		var invalid *models.Error
		if err == nil {
			return nil
		}
		if !errors.As(err, &invalid) || invalid.Kind != models.ErrInvalid && invalid.Kind != models.ErrConflict || len(invalid.Problems) == 0 {
			return err
		}
		for _, problem := range invalid.Problems {
			if problem.Operation >= len(p.behind) || problem.Pointer == "/operations" || problem.Pointer == "/summary" {
				return err
			}
			it := p.behind[problem.Operation]
			if it.orphan {
				return err
			}
			p.wrong(it, problem.Pointer, CodeRule, "%s", problem.Message)
		}
	}
	return refused("The rows depend on each other in a way that cannot be untangled. Mend the rows that are reported, and import again.")
}

// dropDependent leaves out rows that need what is not entered, for the same reason.
func (p *Plan) dropDependent() {
	for again := true; again; {
		again = false
		missing := map[uuid.UUID]*item{}
		for _, it := range p.items {
			if it.standsOut() {
				missing[it.id] = it
			}
		}
		if len(missing) == 0 {
			return
		}
		for _, it := range p.items {
			if it.orphan && it.fate != fateNew || !it.writes() {
				continue
			}
			for _, reference := range it.doc.References() {
				if cause := missing[reference.ID]; cause != nil && cause != it && !it.pointedAt(reference.ID) {
					p.drop(it, reference.Pointer, cause)
					again = true
					break
				}
			}
		}
	}
}

// pointedAt reports whether the record as it stands points at another already.
func (i *item) pointedAt(id uuid.UUID) bool {
	return i.found != nil && slices.ContainsFunc(i.found.Document.References(), func(r models.Reference) bool { return r.ID == id })
}

// drop leaves an item out, since it needs another one that is.
func (p *Plan) drop(it *item, pointer string, cause *item) {
	switch {
	case cause.fate == fateLeftOut, cause.fate == fateRetracted && p.opts.Retracted == RetractedLeave:
		it.fate = fateLeftOut
		p.spoil(it.row)
	case cause.fate == fateRetracted:
		it.fate = fateRetracted
		p.problem(it.row, p.columnOf(it, pointer), CodeRetracted, "This needs what was retracted. Have that restored, or leave the row out.")
		p.spoil(it.row)
	default:
		p.wrong(it, pointer, CodeDepends, "This needs what row %d makes, which is wrong itself.", p.rows[max(cause.row, 0)].Number)
	}
}

// plan lists the operations of what is right, sources that nothing cites left out.
func (p *Plan) plan() {
	cited := map[uuid.UUID]bool{}
	for _, it := range p.items {
		if !it.orphan && it.writes() {
			for _, reference := range it.doc.References() {
				cited[reference.ID] = true
			}
		}
	}
	p.operations, p.behind, p.retracted = p.operations[:0], p.behind[:0], nil
	for _, it := range p.items {
		if it.same != nil || it.bad || it.orphan && !cited[it.id] {
			continue
		}
		if it.retract != "" && (it.found == nil || it.found.State == models.StateLive) {
			p.retracted = append(p.retracted, it)
		}
		if it.orphan && it.fate == fateChanged || !it.writes() {
			continue // a source that is known is left as it is
		}
		p.operations, p.behind = append(p.operations, p.operation(it)), append(p.behind, it)
	}
}

// operation writes an item.
func (p *Plan) operation(it *item) models.Operation {
	operation := models.Operation{Op: models.OpCreate, Type: it.doc.RecordType(), ID: it.id, Data: it.doc}
	if it.fate == fateNew {
		return operation
	}
	operation.Op, operation.Version, operation.Reason = models.OpEdit, it.found.Version, "Import of "+p.title()
	switch {
	case it.fate == fateRestored && (it.orphan || len(it.changes) == 0):
		operation.Op, operation.Data = models.OpRestore, nil
	case it.fate == fateRestored:
		operation.Op = models.OpRestore
	default:
		operation.Edit = cmp.Or(p.opts.Edit, models.Corrected)
	}
	return operation
}

func (p *Plan) changeset() models.Changeset {
	return models.Changeset{Summary: "Import of " + p.title() + " (" + p.format.Label() + ")", Operations: p.operations}
}
