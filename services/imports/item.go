package imports

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// Row is one row of the file, as it stood there: a row of a table, or an object of a JSON format.
type Row struct {
	// Sheet names the worksheet, or the part of a JSON format; "" in a CSV.
	Sheet string
	// Number is the row's number in the sheet, or the line or place of the object, from 1.
	Number int
	// Cells are the row's cells as read; nil for an object.
	Cells []string
}

// Problem is something wrong with a row.
type Problem struct {
	// Row is the row's index in the order of reading; -1 for the file as a whole.
	Row     int
	Column  string
	Code    string
	Message string
}

// The codes of problems.
const (
	CodeMissing   = "missing_value"
	CodeInvalid   = "invalid_value"
	CodeDate      = "invalid_date"
	CodeCells     = "too_many_cells"
	CodeQuote     = "unclosed_quote"
	CodeFormula   = "formula"
	CodeMerged    = "merged_cells"
	CodeUnknown   = "unknown_reference"
	CodeAmbiguous = "ambiguous_reference"
	CodeInDoubt   = "in_doubt"
	CodeDuplicate = "duplicate"
	CodeRule      = "breaks_a_rule"
	CodeRetracted = "retracted"
	CodeDepends   = "depends_on_a_bad_row"
	CodeSource    = "no_source"
	CodeFormat    = "unreadable"
)

// item is one record that rows speak of, on its way to becoming an operation.
type item struct {
	row int
	// key is what other rows of the file may call it; "" when they cannot.
	key string
	// id and slug are those that the file gives; the zero id is to be found or made.
	id   uuid.UUID
	slug string
	doc  models.Document
	refs []ref
	// version is the one that the file shows, knownAt the instant whose knowledge it shows; 0 and "" where
	// it does not say.
	version int64
	knownAt string
	// unsaid are fields that have their default, since the row says nothing of them: what is there stays.
	unsaid []string
	// whole says that the document is all there is to say, and replaces what is there.
	whole bool
	// part says that the row adds to an entity named in owner, and makes none.
	part  bool
	owner *ref
	// uncited says that no row names a source, so that the import's own is cited.
	uncited bool
	// from is the source that the package around the record says of itself; nil for that of the import.
	from *item
	// locator says where in the import's source the record stands.
	locator string
	// less says that the file is an export of a tracker in a format that tells less than its records do:
	// a record that is there stays as it is.
	less bool
	// said is what a row without a source says of its citation.
	said models.Citation
	// retract says that the record is to be retracted once it is there, and why.
	retract string

	same  *item // the item that this one was joined with
	fate  fate
	found *services.Present
	// named says that the match was by the id or slug that the file gives, so that a different
	// name is a new name for it.
	named bool
	// guessed says that the kind follows from what the format says, and gives way to a known one.
	guessed bool
	// orphan is a source that a row's address made, and that is entered only when cited.
	orphan bool
	// changes are the fields that differ from what is there.
	changes []services.FieldChange
	bad     bool
	// led says that it leads to the record into which the one that it names was merged.
	led bool
}

// writes reports whether something is written of an item.
func (i *item) writes() bool {
	return i.same == nil && !i.bad && (i.fate == fateNew || i.fate == fateChanged || i.fate == fateRestored)
}

// standsOut reports whether what an item is does not stand, and will not.
func (i *item) standsOut() bool {
	missing := i.found == nil && (i.bad || i.fate == fateInDoubt || i.fate == fateLeftOut)
	return i.same == nil && i.id != uuid.Nil && (missing || i.fate == fateRetracted || i.fate == fateLeftOut)
}

// ref is a place in a document where another record is named.
type ref struct {
	// column is the header under which the name stands; pointer where it goes in the document.
	column, pointer string
	text            string
	// twin is a slug beside an id, which has to lead to the same record; "" for none.
	twin  string
	types []models.RecordType
	kinds []models.EntityKind
	set   func(uuid.UUID)
}

// fate is what is to become of an item.
type fate string

// The fates of items and rows.
const (
	fateNew     fate = "new"
	fateChanged fate = "changed"
	fateSame    fate = "same"
	// fateRestored is what stands again, fateRetracted what may when somebody chooses, fateLeftOut what
	// is not entered, by choice or because there is no place for it.
	fateRestored  fate = "restored"
	fateRetracted fate = "retracted"
	fateLeftOut   fate = "left_out"
	fateInDoubt   fate = "in_doubt"
	fateError     fate = "error"
)

// root follows what an item was joined with.
func (i *item) root() *item {
	for i.same != nil {
		i = i.same
	}
	return i
}

func (i *item) entity() *models.Entity {
	e, _ := i.doc.(*models.Entity)
	return e
}

// refer notes that another record is named; an empty name is none.
func (i *item) refer(r ref) {
	if r.text = strings.TrimSpace(r.text); r.text != "" {
		i.refs = append(i.refs, r)
	}
}

// entityRef is a reference to an entity of some kinds; of any when there are none.
func entityRef(column, pointer, text string, set func(uuid.UUID), kinds ...models.EntityKind) ref {
	return ref{column: column, pointer: pointer, text: text, set: set, types: []models.RecordType{models.TypeEntity}, kinds: kinds}
}

// madeID makes a record's id from what makes it what it is, so that a second import of the same
// file finds it again: a UUIDv7 (RFC 9562) of a fixed instant, whose random bits are a digest.
func madeID(parts ...string) uuid.UUID {
	const began = uint64(1764547200000) // 2025-12-01T00:00:00Z in milliseconds
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	var id uuid.UUID
	copy(id[:], sum[:16])
	for i := range 6 {
		id[i] = byte(began >> (8 * (5 - i)))
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id
}

// content gathers what a reader reads.
type content struct {
	format Format
	rows   []Row
	items  []*item
	// headers are those of each sheet, for the report and the error file.
	headers map[string][]string
	tables  []TableReport
	// problems are about rows; notices are worth knowing and hinder nothing.
	problems []Problem
	notices  []string
	// told are the kinds of notices that are given once.
	told map[string]bool
	// lost is what is not kept.
	lost losses
	// byRow are the items of each row, once they are asked for.
	byRow [][]*item
	// source is what rows cite that name no source: what the file says of itself, until it is known
	// what whoever imports says; nil for a record that they chose.
	source *item
}

func (c *content) problem(row int, column, code, format string, args ...any) {
	c.problems = append(c.problems, Problem{Row: row, Column: column, Code: code, Message: fmt.Sprintf(format, args...)})
}

// notice adds a notice once.
func (c *content) notice(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(c.notices, text) && len(c.notices) < 100 {
		c.notices = append(c.notices, text)
	}
}

// row begins a row and gives its index. ErrInvalid when there are too many.
func (c *content) row(sheet string, number int, cells []string) (int, error) {
	if len(c.rows) == mostRows {
		return 0, refused("The file has more than %d rows. Split it, and import the parts one after the other.", mostRows)
	}
	c.rows = append(c.rows, Row{Sheet: sheet, Number: number, Cells: cells})
	return len(c.rows) - 1, nil
}
