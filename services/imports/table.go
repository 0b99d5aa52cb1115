package imports

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

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

// layout is what a table of one name may have: its fields with other names for them.
type layout struct {
	name string
	// needed are fields without one of which a table is not of this kind.
	needed []string
	fields []fieldNames
	read   func(*cells)
}

// fieldNames is a field and the headers by which it goes elsewhere: LittleSis, OpenSanctions and
// what people write.
type fieldNames struct {
	name    string
	aliases string
}

// sourceFields are those of the citation that every row may have.
var sourceFields = []fieldNames{
	{"source", "source_id source_key source_title sourceref"}, {"source_url", "url reference_url reference link sourceurl citation source_link"},
	{"source_title", "reference_name"}, {"locator", "page paragraph"}, {"citation_note", ""}, {"holds_on", "evidenced_on last_evidenced"},
}

// layouts are the tables that can be read.
func layouts() []layout {
	withSource := func(fields ...fieldNames) []fieldNames { return append(fields, sourceFields...) }
	return []layout{
		{"entities", []string{"name", "id", "slug"}, withSource(
			fieldNames{"id", "uuid record_id"}, fieldNames{"key", "row_key local_id ref"}, fieldNames{"slug", ""},
			fieldNames{"kind", "schema primary_ext type entity_type entity_kind"},
			fieldNames{"name", "caption label entity_name company company_name organisation organization legal_name name_en title"},
			fieldNames{"aliases", "alias names other_names also_known_as aka weak_alias"}, fieldNames{"acronym", "abbreviation"},
			fieldNames{"former_names", "former_name previous_name previous_names"}, fieldNames{"transliteration", "transliterations"},
			fieldNames{"summary", "blurb description notes remarks"}, fieldNames{"places", "country countries jurisdiction place country_code main_country nationality"},
			fieldNames{"identity", ""}, fieldNames{"organization_type", "organisation_type"},
			fieldNames{"start", "start_date founded incorporation_date founding_date date since"}, fieldNames{"end", "end_date dissolution_date until"},
			fieldNames{"count", "number_of_people"}, fieldNames{"exactness", ""}, fieldNames{"amount", "value contract_value"}, fieldNames{"currency", ""},
			fieldNames{"identifiers", "ids"}, fieldNames{"lei", "lei_code leicode legal_entity_identifier"}, fieldNames{"wikidata", "wikidata_id qid"},
			fieldNames{"opencorporates", "opencorporates_url open_corporates"}, fieldNames{"uei", ""}, fieldNames{"duns", "duns_code"},
			fieldNames{"cik", "cik_code"}, fieldNames{"isin", "isin_code"}, fieldNames{"registration_number", "registrationnumber company_number reg_number"},
			fieldNames{"tax_number", "taxnumber"}, fieldNames{"cage", "cage_code"}, fieldNames{"permid", "perm_id"}, fieldNames{"littlesis", "littlesis_id"},
			fieldNames{"opensanctions", "opensanctions_id"}, fieldNames{"website", ""}), (*cells).readEntity},
		{"names", []string{"entity", "name"}, []fieldNames{{"entity", "entity_id of subject"}, {"entity_kind", "kind"}, {"name", "text alias other_name"},
			{"name_type", "type"}, {"language", "lang"}, {"script", ""}}, (*cells).readName},
		{"identifiers", []string{"entity", "scheme", "value"}, []fieldNames{{"entity", "entity_id of subject"}, {"entity_kind", "kind"}, {"scheme", "register"},
			{"value", "identifier number code"}}, (*cells).readIdentifier},
		{"relationships", []string{"subject", "object"}, withSource(
			fieldNames{"id", "uuid record_id"}, fieldNames{"key", "row_key local_id ref"}, fieldNames{"type", "relationship_type category relation link_type relationship"},
			fieldNames{"subject", "from entity1 subject_id subject_name owner source_entity entity_1 provider"}, fieldNames{"subject_kind", "from_kind entity1_kind"},
			fieldNames{"object", "to entity2 object_id object_name asset target target_entity entity_2 recipient"}, fieldNames{"object_kind", "to_kind entity2_kind"},
			fieldNames{"supplied_by", "seller"}, fieldNames{"start", "start_date since from_date"}, fieldNames{"end", "end_date until to_date"},
			fieldNames{"is_current", ""}, fieldNames{"quantity", "goods"}, fieldNames{"share", "percent_stake percentage stake"},
			fieldNames{"role", ""}, fieldNames{"title", "position job_title description1"}, fieldNames{"description", "notes summary description2"},
			fieldNames{"purposes", "purpose"}), (*cells).readRelationship},
		{"littlesis", []string{"name"}, withSource(
			fieldNames{"name", ""}, fieldNames{"summary", "blurb"}, fieldNames{"kind", "primary_ext"}, fieldNames{"subject", "entity1"}, fieldNames{"type", "category"},
			fieldNames{"title", "description1"}, fieldNames{"description", "description2"}, fieldNames{"start", "start_date"}, fieldNames{"end", "end_date"},
			fieldNames{"is_current", ""}, fieldNames{"notes", ""}, fieldNames{"amount", ""}, fieldNames{"currency", ""}, fieldNames{"share", "percent_stake"},
			fieldNames{"quantity", "goods"}), (*cells).readLittleSis},
		{"status_changes", []string{"status"}, withSource(
			fieldNames{"id", "uuid record_id"}, fieldNames{"key", "row_key"}, fieldNames{"record", "link contract record_key relationship_id inquiry open_item"},
			fieldNames{"subject", "from service subject_name"}, fieldNames{"type", "relationship_type"}, fieldNames{"object", "to unit object_name"},
			fieldNames{"status", "new_status state"}, fieldNames{"extent", ""}, fieldNames{"scope", ""}, fieldNames{"effective", "date effective_date when"},
			fieldNames{"announced", "announced_on announcement_date"}, fieldNames{"actor", "by"}, fieldNames{"reason", "why"}, fieldNames{"place", "order"}),
			(*cells).readStatusChange},
		{"claims", []string{"stance", "text"}, withSource(
			fieldNames{"id", "uuid record_id"}, fieldNames{"key", "row_key"}, fieldNames{"speakers", "speaker by who"}, fieldNames{"on_behalf_of", ""},
			fieldNames{"anonymous", "anonymous_speaker described_speaker"}, fieldNames{"stance", ""}, fieldNames{"about", "subject record"},
			fieldNames{"answers", "answer_to in_reply_to"}, fieldNames{"extent", ""}, fieldNames{"said_on", "date when"}, fieldNames{"text", "claim quote statement"},
			fieldNames{"purposes", "purpose"}), (*cells).readClaim},
		{"open_items", []string{"addressee", "raised_on"}, withSource(
			fieldNames{"id", "uuid record_id"}, fieldNames{"key", "row_key"}, fieldNames{"kind", "type"}, fieldNames{"addressee", "addressed_to to"},
			fieldNames{"raised_by", "by from"}, fieldNames{"about", ""}, fieldNames{"text", "question demand commitment"}, fieldNames{"raised_on", "date"},
			fieldNames{"due", "due_date"}), (*cells).readOpenItem},
		{"sources", []string{"title"}, []fieldNames{
			{"id", "uuid record_id"}, {"key", "row_key local_id ref"}, {"kind", "type source_kind"}, {"title", "headline name"}, {"url", "link source_url web_address"},
			{"publishers", "publisher outlet"}, {"authors", "author byline"}, {"published", "published_at date publication_date published_on"},
			{"language", "lang"}, {"reports_on", "origins origin"}, {"unpublished", ""}, {"summary", "description notes"}}, (*cells).readSource},
	}
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

// Fields lists the fields that a table may have.
func Fields(table string) []string {
	var names []string
	for _, l := range layouts() {
		for _, f := range l.fields {
			if l.name == table {
				names = append(names, f.name)
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

// match maps headers to fields: by the field's own name first, then by an alias.
func (l layout) match(headers []string) (columns map[string]string, score int) {
	columns = map[string]string{}
	taken := map[string]bool{}
	for pass := range 2 {
		for _, header := range headers {
			if columns[header] != "" {
				continue
			}
			name := headerName(header)
			for rank, f := range l.fields {
				hit := pass == 0 && f.name == name || pass == 1 && slices.Contains(strings.Fields(f.aliases), name)
				if name != "" && hit && !taken[f.name] {
					columns[header], taken[f.name] = f.name, true
					score += 4 - 2*pass - min(rank/100, 1)
					break
				}
			}
		}
	}
	return columns, score
}

// suits reports whether the fields that the kind of table needs are among those given.
func (l layout) suits(columns map[string]string, constants map[string]string) bool {
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
			for other, taken := range columns {
				if taken == field {
					delete(columns, other)
				}
			}
			columns[header] = field
			if field != "" && slices.ContainsFunc(l.fields, func(f fieldNames) bool { return f.name == field }) {
				score += 4
			}
		}
		if l.suits(columns, opts.Constants) && score > most {
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

	t := &table{content: c, sheet: sheet, layout: best, headers: headers, fields: make([]string, len(headers)), opts: opts}
	for i, header := range headers {
		t.fields[i] = bestColumns[header]
		if header != "" && t.fields[i] == "" && !strings.HasPrefix(header, "error_") {
			c.notice("The column %q is not read.", clip(header))
		}
	}
	if c.headers == nil {
		c.headers = map[string][]string{}
	}
	c.headers[sheet] = headers
	c.tables = append(c.tables, TableReport{Sheet: sheet, Table: best.name, Columns: bestColumns, Headers: headers})
	return t, nil
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

// tableNamed tells which table a sheet's name names; "" for none.
func tableNamed(sheet string) string {
	name := headerName(sheet)
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
	opts   *settings
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
	t.layout.read(&cells{table: t, index: row, record: record})
	return nil
}

func clip(text string) string {
	if letters := []rune(text); len(letters) > 200 {
		return string(letters[:200]) + "…"
	}
	return text
}
