package frontend

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
	"plumbline/services/imports"
)

// importsPage sends a file, and lists one's own imports.
type importsPage struct {
	layout
	Imports []importLine
	Most    int
}

// importLine is an import in the list.
type importLine struct {
	URL, Name, Status, Problem string
	At                         string
}

// importPage is one import: how far it has come, what was found, and what can be chosen.
type importPage struct {
	layout
	Name, Status, Stage, Failure string
	Running, MayLoad, Loaded     bool
	// Proposes says that it is, or would be, a proposal that waits for review.
	Proposes           bool
	Address, Changeset string
	Format, Source     string
	// Plan names what the check showed.
	Plan string
	// Unproved says that rows have no source.
	Unproved      string
	Rows          imports.Counts
	Records       int
	Changes       []imports.Change
	Wrong         []imports.RowProblem
	Notices       []string
	Tables        []importTable
	Doubts        []importDoubt
	ValidRowsOnly bool
	// MayPart says that the rows that are right can be entered without the others.
	MayPart bool
	// Kinds are what the rows may be; none where that is not to be chosen.
	Kinds []importOption
	// Constants are values for rows that have none of their own.
	Constants []importColumn
	Dates     []importOption
	// Retracted is what may become of what was retracted.
	Retracted              []importOption
	SourceTitle, SourceURL string
}

type importOption struct {
	Value, Name string
	Chosen      bool
}

// importTable is a table with the field that each column fills.
type importTable struct {
	Sheet, Table string
	Columns      []importColumn
}

type importColumn struct {
	ID, Header string
	Fields     []importOption
}

// importDoubt is a question to be decided.
type importDoubt struct {
	ID, Key, Name string
	Options       []importOption
}

var importStatuses = map[models.ImportStatus]string{models.ImportChecking: "Being checked", models.ImportChecked: "Checked: not entered yet", models.ImportLoading: "Being entered",
	models.ImportLoaded: "Entered", models.ImportFailed: "Not entered"}

func (p *Pages) imports(c *gin.Context) (view, error) {
	page, err := p.importsPage(c, p.actor(c))
	return view{template: "imports", data: page}, err
}

func (p *Pages) importsPage(c *gin.Context, by models.Actor) (*importsPage, error) {
	rows, err := p.services.Imports(c.Request.Context(), by)
	page := &importsPage{layout: memberLayout("/imports", "Imports"), Most: services.MostImport >> 20}
	for _, row := range rows {
		status := importStatuses[row.Status]
		if row.Status == models.ImportLoaded && !services.May(by, services.ActionPublish) {
			status = "Proposed"
		}
		page.Imports = append(page.Imports, importLine{URL: "/imports/" + row.ID.String(), Name: row.Name, Status: status,
			Problem: row.Problem, At: row.CreatedAt.UTC().Format("2 January 2006 at 15:04 UTC")})
	}
	return page, err
}

// sendImport takes a file in.
func (p *Pages) sendImport(c *gin.Context, by models.Actor) (view, error) {
	header, err := c.FormFile("file")
	if err != nil {
		return p.againImports(c, by, wrong("file", "Choose a file to import."))
	}
	file, err := header.Open()
	if err != nil {
		return view{}, fmt.Errorf("open the file that was sent: %w", err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, services.MostImport+1))
	if err != nil {
		return view{}, fmt.Errorf("read the file that was sent: %w", err)
	}
	row, err := p.services.StartImport(c.Request.Context(), by, header.Filename, content, "")
	if err != nil {
		return p.againImports(c, by, err)
	}
	return view{moved: "/imports/" + row.ID.String()}, nil
}

func (p *Pages) againImports(c *gin.Context, by models.Actor, problem error) (view, error) {
	page, err := p.importsPage(c, by)
	if err != nil {
		return view{}, err
	}
	return p.again(view{template: "imports", data: page}, problem)
}

// importOf gives the import of an address.
func (p *Pages) importOf(c *gin.Context, by models.Actor) (models.Import, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return models.Import{}, models.Errorf(models.ErrNotFound, "There is no import at this address.")
	}
	return p.services.Import(c.Request.Context(), by, id)
}

func (p *Pages) importPage(c *gin.Context) (view, error) {
	row, err := p.importOf(c, p.actor(c))
	if err != nil {
		return view{}, err
	}
	if row.Status.Running() {
		c.Header("Refresh", "3") // the page looks again by itself, without a script
	}
	page, err := p.pageOfImport(c, p.actor(c), row)
	return view{template: "import", data: page}, err
}

// pageOfImport is the page of an import, with what became of its changeset: of who may not publish
// it is a proposal.
func (p *Pages) pageOfImport(c *gin.Context, by models.Actor, row models.Import) (*importPage, error) {
	page, err := importPageOf(row)
	if err != nil {
		return nil, err
	}
	page.Proposes = !services.May(by, services.ActionPublish)
	if row.ChangesetID == nil {
		return page, nil
	}
	set, err := p.services.Changeset(c.Request.Context(), by, *row.ChangesetID, 1, "")
	if err != nil {
		return nil, err
	}
	if page.Proposes = set.Status != models.ChangesetPublished; page.Proposes {
		page.Status = "Proposed: " + strings.ToLower(models.ChangesetStatuses().Label(string(set.Status)))
	}
	return page, nil
}

func importPageOf(row models.Import) (*importPage, error) {
	o, err := imports.StoredOptions(row.Options)
	if err != nil {
		return nil, err
	}
	page := &importPage{layout: memberLayout("/imports", "Import of "+row.Name), Name: row.Name, Status: importStatuses[row.Status], Stage: row.Stage, Failure: row.Problem,
		Running: row.Status.Running(), Loaded: row.Status == models.ImportLoaded, Address: "/imports/" + row.ID.String(),
		ValidRowsOnly: o.ValidRowsOnly, SourceTitle: o.Source.Title, SourceURL: o.Source.URL}
	for _, way := range []importOption{{"", "Ask: enter nothing of them yet", false}, {string(imports.RetractedRestore), "Restore them, with what the rows say", false}, {string(imports.RetractedLeave), "Leave them out", false}} {
		way.Chosen = way.Value == string(o.Retracted)
		page.Retracted = append(page.Retracted, way)
	}
	for _, order := range []importOption{{"", "Ask where it is not clear", false}, {string(imports.DayFirst), "Day first: 31/12/2019", false}, {string(imports.MonthFirst), "Month first: 12/31/2019", false}} {
		order.Chosen = order.Value == string(o.Dates)
		page.Dates = append(page.Dates, order)
	}
	if row.ChangesetID != nil {
		page.Changeset = row.ChangesetID.String()
	}
	if row.Report == "" {
		return page, nil
	}
	var r imports.Report
	if err := json.Unmarshal([]byte(row.Report), &r); err != nil {
		return nil, fmt.Errorf("read the report of import %s: %w", row.ID, err)
	}
	page.Plan, page.Unproved = r.Plan, r.Unproved()
	page.Format, page.Source, page.Rows, page.Records, page.Notices = r.Format.Label(), r.Source, r.Rows, r.Records, r.Notices
	page.Changes, page.Wrong = r.Changes[:min(len(r.Changes), 100)], r.Problems[:min(len(r.Problems), 200)]
	page.MayLoad = row.Status == models.ImportChecked && r.Records > 0 && (r.Rows.Errors+r.Rows.InDoubt+r.Rows.Retracted == 0 || o.ValidRowsOnly)
	page.MayPart = row.Status == models.ImportChecked && r.Records > 0 && !page.MayLoad
	if len(r.Tables) == 1 {
		page.Kinds = []importOption{{"", "Found out by itself", o.Table == ""}}
		for _, name := range imports.TableNames() {
			page.Kinds = append(page.Kinds, importOption{name, strings.ReplaceAll(name, "_", " "), o.Table == name})
		}
	}
	page.Constants = importConstants(r, o)
	page.Tables, page.Doubts = importTables(r), importDoubts(r, o)
	return page, nil
}

func importTables(r imports.Report) []importTable {
	var tables []importTable
	for i, t := range r.Tables {
		if t.Table == "" {
			continue // what the columns may be is known once it is said what the rows are
		}
		table := importTable{Sheet: t.Sheet, Table: strings.ReplaceAll(t.Table, "_", " ")}
		for j, header := range t.Headers {
			column := importColumn{ID: fmt.Sprintf("column-%d-%d", i, j), Header: header, Fields: []importOption{{"", "not read", t.Columns[header] == ""}}}
			for _, field := range imports.Fields(t.Table) {
				column.Fields = append(column.Fields, importOption{field, strings.ReplaceAll(field, "_", " "), t.Columns[header] == field})
			}
			table.Columns = append(table.Columns, column)
		}
		tables = append(tables, table)
	}
	return tables
}

// importConstants are the codes that can be said of all rows at once: the kind of entities, the type
// of links.
func importConstants(r imports.Report, o imports.Options) []importColumn {
	var constants []importColumn
	for _, one := range []struct {
		table, field, label string
		codes               models.Vocabulary
	}{{"entities", "kind", "Kind of entities whose row names none", models.EntityKinds()}, {"relationships", "type", "Type of links whose row names none", models.RelationshipTypes()}} {
		if !slices.ContainsFunc(r.Tables, func(t imports.TableReport) bool { return t.Table == one.table }) {
			continue
		}
		column := importColumn{ID: "set-" + one.field, Header: one.label, Fields: []importOption{{"", "none", o.Constants[one.field] == ""}}}
		for _, code := range one.codes.Codes {
			column.Fields = append(column.Fields, importOption{code.Code, code.Label, o.Constants[one.field] == code.Code})
		}
		constants = append(constants, column)
	}
	return constants
}

func importDoubts(r imports.Report, o imports.Options) []importDoubt {
	var doubts []importDoubt
	for i, d := range r.Doubts {
		if i == 100 {
			break
		}
		doubt := importDoubt{ID: fmt.Sprintf("doubt-%d", i), Key: d.Key, Name: d.Name, Options: []importOption{{"", "Leave it out", o.Choices[d.Key] == ""}}}
		for _, candidate := range d.Candidates {
			doubt.Options = append(doubt.Options, importOption{candidate.ID.String(), "It is " + candidate.Name + " (" + candidate.Slug + ")", o.Choices[d.Key] == candidate.ID.String()})
		}
		if d.MayBeNew {
			doubt.Options = append(doubt.Options, importOption{"new", "It is a new one", o.Choices[d.Key] == "new"})
		}
		doubts = append(doubts, doubt)
	}
	return doubts
}

// checkImport checks an import again, as was chosen; loadImport enters it.
func (p *Pages) checkImport(c *gin.Context, by models.Actor) (view, error) {
	return p.continueImport(c, by, false)
}

func (p *Pages) loadImport(c *gin.Context, by models.Actor) (view, error) {
	return p.continueImport(c, by, true)
}

func (p *Pages) continueImport(c *gin.Context, by models.Actor, load bool) (view, error) {
	row, err := p.importOf(c, by)
	if err != nil {
		return view{}, err
	}
	var o imports.Options
	if load {
		o, err = loadOptions(c, row)
	} else {
		o, err = chosenOptions(c, row)
	}
	if err == nil {
		var text []byte
		if text, err = json.Marshal(o); err != nil {
			return view{}, fmt.Errorf("write the options of import %s: %w", row.ID, err)
		}
		_, err = p.services.ContinueImport(c.Request.Context(), by, row.ID, string(text), load)
	}
	if err != nil {
		page, failed := p.pageOfImport(c, by, row)
		if failed != nil {
			return view{}, failed
		}
		return p.again(view{template: "import", data: page}, err)
	}
	return view{moved: "/imports/" + row.ID.String()}, nil
}

// loadOptions are those of the last check, where that is the one that the page showed: ErrConflict
// otherwise.
func loadOptions(c *gin.Context, row models.Import) (imports.Options, error) {
	o, err := imports.StoredOptions(row.Options)
	if err != nil {
		return o, err
	}
	var r imports.Report
	if row.Report != "" {
		if err := json.Unmarshal([]byte(row.Report), &r); err != nil {
			return o, fmt.Errorf("read the report of import %s: %w", row.ID, err)
		}
	}
	if r.Plan != c.PostForm("plan") {
		return o, models.Errorf(models.ErrConflict, "This import was checked again since the page was shown. Look at it once more, and enter it then.")
	}
	o.ValidRowsOnly = o.ValidRowsOnly || c.PostForm("valid_rows_only") != ""
	return o, nil
}

// chosenOptions reads what was chosen on the page of an import.
func chosenOptions(c *gin.Context, row models.Import) (imports.Options, error) {
	o, err := imports.StoredOptions(row.Options)
	if err != nil {
		return o, err
	}
	o.ValidRowsOnly, o.Dates = c.PostForm("valid_rows_only") != "", imports.DateOrder(c.PostForm("dates"))
	o.Retracted = imports.Retracted(c.PostForm("retracted"))
	o.Source.Title, o.Source.URL = strings.TrimSpace(c.PostForm("source_title")), strings.TrimSpace(c.PostForm("source_url"))
	var r imports.Report
	if row.Report != "" {
		if err := json.Unmarshal([]byte(row.Report), &r); err != nil {
			return o, fmt.Errorf("read the report of import %s: %w", row.ID, err)
		}
	}
	columns := importTables(r)
	if table, sent := c.GetPostForm("table"); sent && table != o.Table {
		o.Table, o.Columns, columns = table, nil, nil // other rows have other fields
	}
	for _, t := range columns {
		for _, column := range t.Columns {
			chosen, sent := c.GetPostForm(column.ID)
			if before := chosenIn(column.Fields); sent && chosen != before {
				if o.Columns == nil {
					o.Columns = map[string]string{}
				}
				o.Columns[column.Header] = chosen
			}
		}
	}
	for _, constant := range importConstants(r, o) {
		field := strings.TrimPrefix(constant.ID, "set-")
		if chosen := c.PostForm(constant.ID); chosen != "" {
			if o.Constants == nil {
				o.Constants = map[string]string{}
			}
			o.Constants[field] = chosen
		} else {
			delete(o.Constants, field)
		}
	}
	for _, doubt := range importDoubts(r, o) {
		if chosen := c.PostForm(doubt.ID); chosen != "" {
			if o.Choices == nil {
				o.Choices = map[string]string{}
			}
			o.Choices[doubt.Key] = chosen
		}
	}
	return o, o.Check()
}

func chosenIn(options []importOption) string {
	for _, one := range options {
		if one.Chosen {
			return one.Value
		}
	}
	return ""
}

// importErrors sends the rows that are wrong as a file.
func (p *Pages) importErrors(c *gin.Context) {
	secure(c)
	if err := p.identify(c); err != nil {
		p.fail(c, err)
		return
	}
	row, err := p.importOf(c, p.actor(c))
	if err != nil {
		p.fail(c, err)
		return
	}
	stem, _, _ := strings.Cut(row.Name, ".")
	media, ending := "text/csv; charset=utf-8", ".errors.csv"
	if row.ErrorsAreLines() {
		media, ending = "application/x-ndjson", ".errors.ndjson"
	}
	c.Header("Content-Disposition", fmt.Sprintf("attachment; filename=%q", strings.Map(plainLetter, stem)+ending))
	c.Header("Cache-Control", "no-store")
	c.Data(http.StatusOK, media, []byte(row.Errors))
}

// plainLetter keeps what may stand in the name of a file in a header.
func plainLetter(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
		return r
	}
	return '_'
}
