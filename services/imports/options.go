package imports

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// Options are what a person chooses about an import. The zero Options let the file speak for
// itself, and leave what is in doubt undecided.
type Options struct {
	// Table says what the rows of a CSV, or of a workbook's only sheet, are; see TableNames.
	Table string `json:"table,omitempty"`
	// Delimiter stands between the cells of a CSV; found out when "".
	Delimiter string `json:"delimiter,omitempty"`
	// Columns maps headers to fields by hand; "" leaves a column unread.
	Columns map[string]string `json:"columns,omitempty"`
	// Constants are values of fields for every row that has none of its own.
	Constants map[string]string `json:"constants,omitempty"`
	Dates     DateOrder         `json:"dates,omitempty"`
	// Source is what rows cite that name no source. Without it they cite none: see models.Unsourced.
	Source OwnSource `json:"source,omitzero"`
	// Doubts says what becomes of entities that are in doubt and not in Choices.
	Doubts Doubts `json:"doubts,omitempty"`
	// Choices decide single doubts, by their key: "new", or the id of the entity that it is.
	Choices map[string]string `json:"choices,omitempty"`
	// Retracted says what becomes of rows whose records were retracted.
	Retracted Retracted `json:"retracted,omitempty"`
	// Edit says why records that are there are changed; corrected when "".
	Edit models.EditKind `json:"edit,omitempty"`
	// ValidRowsOnly loads the rows that are right when others are not.
	ValidRowsOnly bool `json:"valid_rows_only,omitempty"`
	// Progress hears how far a stage has come; nil for nobody.
	Progress func(stage string, done, of int) `json:"-"`
}

// OwnSource says what source the rows come from that name none; nothing says that there is none.
type OwnSource struct {
	// ID is an existing source's; the others describe a new one where it is nil.
	ID    uuid.UUID `json:"id,omitzero"`
	Title string    `json:"title,omitempty"`
	URL   string    `json:"url,omitempty"`
	Kind  string    `json:"kind,omitempty"`
}

// Doubts says what becomes of what is in doubt.
type Doubts string

// The ways to treat doubts.
const (
	DoubtsAsk   Doubts = ""      // leave it out until somebody chooses
	DoubtsMatch Doubts = "match" // take the only candidate for it, where there is one
	DoubtsNew   Doubts = "new"   // enter it anew
)

// Retracted says what becomes of what was retracted: by somebody who says why, or when an import was
// reverted.
type Retracted string

// The ways to treat what was retracted. It is never entered anew beside itself.
const (
	RetractedAsk     Retracted = ""        // enter nothing until somebody chooses
	RetractedRestore Retracted = "restore" // have it stand again, with what the row says
	RetractedLeave   Retracted = "leave"   // leave it out, and what needs it
)

// settings are options with what readers share.
type settings struct {
	Options
	// recalled says that the columns are read as was chosen for another file with the same header.
	recalled bool
	// stem is the name of the file.
	stem      string
	countries countries
	// addresses are those of sources that rows have made.
	addresses map[string]bool
	// titles are those that rows gave them.
	titles   map[string]string
	subjects map[models.RelationshipType][]models.EntityKind
	objects  map[models.RelationshipType][]models.EntityKind
	// remembered gives what was chosen last for a header, as JSON; nil where nobody remembers.
	remembered func(header string) string
	// typeOf tells the type of a record that is there; "" where there is none. It may be nil.
	typeOf func(id uuid.UUID) models.RecordType
}

func newSettings(o Options) *settings {
	return &settings{Options: o, countries: newCountries(), addresses: map[string]bool{}, titles: map[string]string{},
		subjects: map[models.RelationshipType][]models.EntityKind{}, objects: map[models.RelationshipType][]models.EntityKind{}}
}

// kindsAt is endKinds, once for each type.
func (s *settings) kindsAt(t models.RelationshipType, subject bool) []models.EntityKind {
	kept := s.objects
	if subject {
		kept = s.subjects
	}
	list, ok := kept[t]
	if !ok {
		list = endKinds(t, subject)
		kept[t] = list
	}
	return list
}

// columnsOf are the choices made by hand for headers that are there.
func (s *settings) columnsOf(headers []string) map[string]string {
	chosen := maps.Clone(s.Columns)
	maps.DeleteFunc(chosen, func(header, _ string) bool { return !slices.Contains(headers, header) })
	return chosen
}

// headerKey names a header, for what is remembered of it.
func headerKey(headers []string) string { return strings.Join(headers, "\x1f") }

// remember takes over what was chosen last for a header, where nothing is chosen now: what the rows
// and columns are. What was said of the rows of another file, such as their kind or the order of
// their dates, is not true of these for that.
func (s *settings) remember(headers []string) {
	if s.remembered == nil || s.Table != "" || len(s.Columns) > 0 {
		return
	}
	var last Options
	if json.Unmarshal([]byte(s.remembered(headerKey(headers))), &last) == nil {
		s.Table, s.Columns = last.Table, last.Columns
		s.recalled = len(last.Columns) > 0 || last.Table != ""
	}
}

func (s *settings) progress(stage string, done, of int) {
	if s.Progress != nil {
		s.Progress(stage, done, of)
	}
}
