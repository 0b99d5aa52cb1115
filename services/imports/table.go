package imports

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// TableReport says how the columns of one sheet were understood.
type TableReport struct {
	Sheet string `json:"sheet,omitempty"`
	// Table is what its rows are: entities, names, identifiers, relationships, status_changes,
	// claims, sources or open_items.
	Table string `json:"table"`
	// Columns maps each header to the field that it fills; "" for one that is not read.
	Columns map[string]string `json:"columns"`
	Headers []string          `json:"headers"`
}

// layout is what a table of one name may have: its columns with other names for them.
type layout struct {
	name string
	// record is the type of record that its rows are; "" where they are none by themselves.
	record models.RecordType
	// needed are columns without one of which a table is not of this kind.
	needed  []string
	columns []models.Column
	read    func(*cells)
}

// needed are, by the type of record, the columns by which a table of it is told from others.
var needed = map[models.RecordType][]string{models.TypeEntity: {"name", "id", "slug"}, models.TypeRelationship: {"subject", "object"},
	models.TypeStatusChange: {"status"}, models.TypeClaim: {"stance", "text"}, models.TypeOpenItem: {"addressee", "raised_on"}, models.TypeSource: {"title"}}

// layouts are the tables that can be read: those of records as the table of fields has them, and
// those that name parts of entities or come from LittleSis.
func layouts() []layout { return allLayouts }

var allLayouts = func() []layout {
	of := func(t models.RecordType) layout {
		l := layout{name: tableOf(t), record: t, needed: needed[t], read: (*cells).readRecord}
		for _, f := range models.Fields(t) {
			l.columns = append(l.columns, f.Columns()...)
		}
		l.columns = append(l.columns, models.MomentColumns()...)
		return l
	}
	return []layout{of(models.TypeEntity),
		{name: "names", needed: []string{"entity", "name"}, columns: columns("entity", "entity_id of subject", "entity_kind", "kind", "name", "text alias other_name",
			"name_type", "type", "language", "lang", "script", ""), read: (*cells).readName},
		{name: "identifiers", needed: []string{"entity", "scheme", "value"}, columns: columns("entity", "entity_id of subject", "entity_kind", "kind", "scheme", "register",
			"value", "identifier number code"), read: (*cells).readIdentifier},
		of(models.TypeRelationship),
		{name: "littlesis", needed: []string{"name"}, columns: append(columns("name", "", "summary", "blurb", "kind", "primary_ext", "subject", "entity1", "type", "category",
			"title", "description1", "description", "description2", "start", "start_date", "end", "end_date", "is_current", "", "notes", "", "amount", "", "currency", "",
			"share", "percent_stake", "quantity", "goods"), citing()...), read: (*cells).readLittleSis},
		of(models.TypeStatusChange), of(models.TypeClaim), of(models.TypeOpenItem), of(models.TypeSource)}
}()

// columns are the columns of a table that is of no record: their names, each with its aliases.
func columns(names ...string) []models.Column {
	var list []models.Column
	for i := 0; i < len(names); i += 2 {
		list = append(list, models.Column{Name: names[i], Aliases: names[i+1]})
	}
	return list
}

// citing are the columns in which people name the sources of a row.
func citing() []models.Column {
	var list []models.Column
	for _, f := range models.CitationInputs() {
		list = append(list, f.Columns()...)
	}
	return list
}

// tableOf is how the table of a record type is called.
func tableOf(t models.RecordType) string {
	if t == models.TypeEntity {
		return "entities"
	}
	return string(t) + "s"
}

// canonical is the column that is meant by its name or an alias; the name itself where none is.
func (l layout) canonical(name string) string {
	alias := name
	for _, c := range l.columns {
		if c.Name == name {
			return name
		}
		if alias == name && !c.Derived && slices.Contains(strings.Fields(c.Aliases), name) {
			alias = c.Name
		}
	}
	return alias
}

// TableNames lists the tables that can be read, and Fields the fields of each, for choosing by
// hand.
func TableNames() []string {
	var names []string
	for _, l := range layouts() {
		names = append(names, l.name)
	}
	return names
}

// Fields lists the columns that a table may have, but those that follow from other records.
func Fields(table string) []string {
	var names []string
	for _, l := range layouts() {
		for _, c := range l.columns {
			if l.name == table && !c.Derived {
				names = append(names, c.Name)
			}
		}
	}
	return names
}

var notWord = regexp.MustCompile(`[^a-z0-9]+`)

// headerName writes a header as fields are written: "Start-Date" and "start date" are start_date,
// "startDate" is start_date.
func headerName(header string) string {
	var spaced strings.Builder
	before := rune(0)
	for _, r := range strings.TrimSpace(header) {
		if r >= 'A' && r <= 'Z' && before >= 'a' && before <= 'z' {
			spaced.WriteByte('_')
		}
		spaced.WriteRune(r)
		before = r
	}
	return strings.Trim(notWord.ReplaceAllString(strings.ToLower(models.Fold(strings.ReplaceAll(spaced.String(), "_", " "))), "_"), "_")
}

// match maps headers to columns: by the column's own name first, then by an alias. What follows from
// other records gives way to an alias of what does not, but in a file of ours, which has ids.
func (l layout) match(headers []string) (columns map[string]string, score int) {
	columns = map[string]string{}
	taken := map[string]bool{}
	ours := slices.ContainsFunc(headers, func(header string) bool { return headerName(header) == "id" })
	hit := func(pass int, c models.Column, name string) (points int) {
		named, meant := c.Name == name, slices.Contains(strings.Fields(c.Aliases), name)
		switch {
		case pass == 0 && !c.Derived && named:
			return 4
		case pass == 1 && c.Derived && named && ours:
			return 1
		case pass == 2 && !c.Derived && meant:
			return 2
		case pass == 3 && c.Derived && (named || meant):
			return 1
		}
		return 0
	}
	for pass := range 4 {
		for _, header := range headers {
			name := headerName(header)
			if columns[header] != "" || name == "" {
				continue
			}
			for _, c := range l.columns {
				if points := hit(pass, c, name); points > 0 && !taken[c.Name] {
					columns[header], taken[c.Name] = c.Name, true
					score += points
					break
				}
			}
		}
	}
	return columns, score
}

// suits reports whether the columns that the kind of table needs are among those given; where it was
// chosen, ids are enough.
func (l layout) suits(columns map[string]string, constants map[string]string, chosen bool) bool {
	has := func(field string) bool {
		if constants[field] != "" {
			return true
		}
		for _, name := range columns {
			if name == field {
				return true
			}
		}
		return false
	}
	if chosen && l.record != "" && has("id") {
		return true
	}
	switch l.name {
	case "entities":
		return has("name") || has("id") || has("slug")
	case "littlesis":
		return has("name") && constants["subject"] != "" && constants["type"] != ""
	case "status_changes":
		return has("status") && (has("record") || has("subject") && has("object")) && has("effective")
	}
	for _, field := range l.needed {
		if !has(field) {
			return false
		}
	}
	return true
}

// Unmapped is why nothing can be made of a table: a person is to say what its rows and columns are.
type Unmapped struct {
	Format Format
	// Table is what is known of it; its Table is "" where nobody said what the rows are.
	Table TableReport
	err   error
}

// Error is the sentence that says so.
func (u *Unmapped) Error() string { return u.err.Error() }

// Unwrap gives the sentence as an error for people.
func (u *Unmapped) Unwrap() error { return u.err }

// table finds out what the rows under a header are, by the sheet's name, the choice of a person
// or what fits best. ErrInvalid when nothing fits; its sentence lists what there is.
func (c *content) table(sheet string, headers []string, opts *settings) (*table, error) {
	for len(headers) > 0 && strings.TrimSpace(headers[len(headers)-1]) == "" {
		headers = headers[:len(headers)-1]
	}
	if len(headers) > mostColumns {
		return nil, refused("The first row has %d columns; at most %d can be read. Check the delimiter, and leave out what is not needed.", len(headers), mostColumns)
	}
	seen := map[string]bool{}
	for i, header := range headers {
		headers[i] = strings.TrimSpace(header)
		if name := headers[i]; name != "" && seen[name] {
			return nil, refused("Two columns are called %q. Give one of them another name.", clip(name))
		}
		seen[headers[i]] = true
	}

	opts.remember(headers)
	if opts.recalled {
		c.notice("The columns are read as was chosen last for a file with these headers. Choose otherwise where this one is different.")
	}
	wanted := opts.Table
	if wanted == "" {
		wanted = tableNamed(sheet)
	}
	best, bestColumns, most := layout{}, map[string]string(nil), -1
	for _, l := range layouts() {
		if wanted != "" && l.name != wanted {
			continue
		}
		columns, score := l.match(headers)
		for header, field := range opts.columnsOf(headers) {
			field = l.canonical(field)
			for other, taken := range columns {
				if taken == field {
					delete(columns, other)
				}
			}
			columns[header] = field
			if field != "" && slices.ContainsFunc(l.columns, func(c models.Column) bool { return c.Name == field }) {
				score += 4
			}
		}
		if l.suits(columns, opts.Constants, wanted != "") && score > most {
			best, bestColumns, most = l, columns, score
		}
	}
	if most < 0 {
		report := TableReport{Sheet: sheet, Table: wanted, Headers: headers, Columns: map[string]string{}}
		for _, l := range layouts() {
			if l.name == wanted {
				report.Columns, _ = l.match(headers)
			}
		}
		for header, field := range opts.columnsOf(headers) {
			report.Columns[header] = field
		}
		return nil, &Unmapped{Format: c.format, Table: report, err: refused("Nothing can be made of the columns %s. A table of entities needs a name, one of relationships subject and object, one of status changes status, effective and record (or subject and object), one of claims stance and text, one of sources title, one of names entity and name, one of identifiers entity, scheme and value. Say by hand which column is what.",
			clip(strings.Join(headers, ", ")))}
	}

	if c.headers == nil {
		c.headers = map[string][]string{}
	}
	c.headers[sheet] = headers
	t := &table{content: c, sheet: sheet, headers: headers, opts: opts, open: wanted == "", report: len(c.tables)}
	c.tables = append(c.tables, TableReport{Sheet: sheet, Headers: headers})
	t.take(best, bestColumns)
	return t, nil
}

// take reads the rows by a layout from now on.
func (t *table) take(l layout, columns map[string]string) {
	t.layout, t.fields, t.constants = l, make([]string, len(t.headers)), map[string]string{}
	for i, header := range t.headers {
		t.fields[i] = columns[header]
	}
	for name, value := range t.opts.Constants {
		t.constants[l.canonical(name)] = value
	}
	t.tables[t.report].Table, t.tables[t.report].Columns = l.name, columns
}

// settle looks, at the first row, what the record with its id is: few columns alone may not tell what
// the rows are.
func (t *table) settle(record []string) {
	if t.settled {
		return
	}
	t.settled = true
	at := slices.Index(t.fields, "id")
	if t.open && at >= 0 && at < len(record) && t.opts.typeOf != nil {
		if id, err := uuid.Parse(strings.TrimSpace(record[at])); err == nil {
			t.retake(t.opts.typeOf(id))
		}
	}
	for i, header := range t.headers {
		if header != "" && t.fields[i] == "" && !strings.HasPrefix(header, "error_") {
			t.notice("The column %q is not read.", clip(header))
		}
	}
}

// retake reads the rows as records of a type; of none it goes on as it did.
func (t *table) retake(kind models.RecordType) {
	for _, l := range layouts() {
		if l.record != kind || kind == "" || l.name == t.layout.name {
			continue
		}
		columns, _ := l.match(t.headers)
		for header, field := range t.opts.columnsOf(t.headers) {
			columns[header] = l.canonical(field)
		}
		t.take(l, columns)
	}
}

// mostTitles bounds the rows of a title above a header.
const mostTitles = 5

// heading looks for the header of a table below its title: rows with one cell alone.
type heading struct {
	titles []string
	// refused is why the first of them is no header.
	refused error
}

// table begins a table with a row; nil when the row is a title. ErrInvalid says what is wrong with
// the first row, when no header is found.
func (h *heading) table(c *content, sheet string, number int, record []string, opts *settings) (*table, error) {
	filled := 0
	for _, cell := range record {
		if strings.TrimSpace(cell) != "" {
			filled++
		}
	}
	t, err := c.table(sheet, slices.Clone(record), opts)
	if err == nil {
		for _, title := range h.titles {
			c.notice("%s", title)
		}
		return t, nil
	}
	if h.refused == nil || filled > 1 {
		h.refused = err
	}
	if filled > 1 || len(h.titles) == mostTitles {
		return nil, h.refused
	}
	h.titles = append(h.titles, fmt.Sprintf("Row %d is read as a title: %s", number, clip(strings.TrimSpace(strings.Join(record, " ")))))
	return nil, nil
}

// numbered is how the name of a further sheet ends, where one was full.
var numbered = regexp.MustCompile(`_\d+$`)

// tableNamed tells which table a sheet's name names; "" for none.
func tableNamed(sheet string) string {
	name := numbered.ReplaceAllString(headerName(sheet), "")
	for _, l := range layouts() {
		if l.name == name || strings.TrimSuffix(l.name, "s") == name {
			return l.name
		}
	}
	switch name {
	case "companies", "units", "services", "people", "persons", "organizations", "organisations", "contracts", "systems":
		return "entities"
	case "links", "relations", "supplies":
		return "relationships"
	}
	return ""
}

// table reads the rows under one header.
type table struct {
	*content
	sheet   string
	layout  layout
	headers []string
	// fields are those that the columns fill, by place; "" for a column that is not read.
	fields []string
	// constants are what was set for all rows, by the column that it fills.
	constants map[string]string
	opts      *settings
	// open says that nobody chose what the rows are; settled that the first of them was looked at.
	open, settled bool
	// used marks the columns of the row at hand that were read.
	used []bool
	// report is the place of the table's report.
	report int
}

// read reads one row.
func (t *table) read(number int, record []string) error {
	empty := true
	for _, cell := range record {
		empty = empty && strings.TrimSpace(cell) == ""
	}
	if empty {
		return nil
	}
	t.settle(record)
	row, err := t.row(t.sheet, number, record)
	if err != nil {
		return err
	}
	for i := len(t.headers); i < len(record); i++ {
		if strings.TrimSpace(record[i]) != "" {
			t.problem(row, "", CodeCells, "This row has %d cells and the header %d. A cell with the delimiter in it needs quotes.", len(record), len(t.headers))
			return nil
		}
	}
	t.used = make([]bool, len(t.fields))
	c := &cells{table: t, index: row, record: record}
	items := len(t.items)
	if t.layout.read(c); len(t.items) > items {
		c.loseUnread()
	}
	return nil
}

func clip(text string) string {
	if letters := []rune(text); len(letters) > 200 {
		return string(letters[:200]) + "…"
	}
	return text
}
