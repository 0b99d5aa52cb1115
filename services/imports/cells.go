package imports

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// cells are those of one row, by the fields that they fill.
type cells struct {
	*table
	index  int
	record []string
}

// header is the column that fills a field, as the file calls it; the field's own name when none
// does.
func (c *cells) header(field string) string {
	if i := slices.Index(c.fields, field); i >= 0 {
		return c.headers[i]
	}
	return field
}

// text gives a cell without the blanks and the quote of an export; what was set for all rows
// where the row has none.
func (c *cells) text(field string) string {
	if text := strings.TrimSpace(models.UnquoteCell(c.raw(field))); text != "" {
		return text
	}
	return c.constants[field]
}

// raw gives a cell as it stands; "" for what cannot be entered: a mark of what is on hold or was
// redacted, and what a cell of a workbook could not hold.
func (c *cells) raw(field string) string {
	i := slices.Index(c.fields, field)
	if i < 0 || i >= len(c.record) {
		return ""
	}
	c.used[i] = true
	text := c.record[i]
	switch {
	case strings.HasSuffix(text, models.CutCell):
		c.notice("Row %d: the cell of %q was longer than a workbook can hold, and is not read. The CSV has all of it.", c.rows[c.index].Number, c.headers[i])
		return ""
	case text == models.Withheld || text == services.Tombstone:
		c.notice("The column %q has marks of what is on hold or was redacted; they are not entered.", c.headers[i])
		return ""
	}
	return text
}

// first gives the first of some columns that is filled, and its name.
func (c *cells) first(fields ...string) (text, field string) {
	for _, field := range fields {
		if text := c.text(field); text != "" {
			return text, field
		}
	}
	return "", fields[0]
}

func (c *cells) bad(field, code, format string, args ...any) {
	c.problem(c.index, c.header(field), code, format, args...)
}

func (c *cells) date(field string) models.Date {
	date, err := readDate(c.text(field), c.opts.Dates)
	if err != nil {
		c.bad(field, CodeDate, "%s", err)
	}
	return date
}

func (c *cells) day(field string) models.Day { return c.dayIn(field, c.text(field)) }

// dayIn reads a day that stands in the column of a field.
func (c *cells) dayIn(field, text string) models.Day {
	day, err := readDay(text, c.opts.Dates)
	if err != nil {
		c.bad(field, CodeDate, "%s", err)
	}
	return day
}

// list gives the entries of a cell, without those that are empty.
func (c *cells) list(field string) []string {
	return slices.DeleteFunc(c.entries(field), func(entry string) bool { return entry == "" })
}

// entries gives the entries of a cell by their places; those that cannot be entered are empty.
func (c *cells) entries(field string) []string {
	list := models.SplitList(c.text(field))
	for i, entry := range list {
		if entry == models.Withheld || entry == services.Tombstone {
			list[i] = ""
		}
	}
	return list
}

// together gives the lists of several columns that belong together by their places, and how many
// entries the longest of the leading ones has. A longer one is a problem.
func (c *cells) together(leading int, fields ...string) (lists [][]string, n int) {
	lists = make([][]string, len(fields))
	if !slices.ContainsFunc(fields[:leading], func(field string) bool { return slices.Contains(c.fields, field) || c.constants[field] != "" }) {
		return lists, 0
	}
	for i, field := range fields {
		lists[i] = c.entries(field)
		if i < leading {
			n = max(n, len(lists[i]))
		}
	}
	for i, list := range lists {
		if len(list) > n {
			c.bad(fields[i], CodeInvalid, "This list has %d entries, and %q has %d: they belong together by their places.", len(list), c.header(fields[0]), n)
		}
		for len(lists[i]) < n {
			lists[i] = append(lists[i], "")
		}
	}
	return lists, n
}

// code gives a code as the models write it.
func (c *cells) code(field string) string {
	return asCode(c.text(field))
}

func (c *cells) id(field string) uuid.UUID {
	text := c.text(field)
	if text == "" {
		return uuid.Nil
	}
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		c.bad(field, CodeInvalid, "%q is no id of this product. Leave it out, or put the ids of another database under the header \"identifiers\" as scheme:value.", clip(text))
		return uuid.Nil
	}
	return id
}

// kinds are what other products call the kinds of entity.
var kinds = map[string]models.EntityKind{
	"org": models.KindOrganization, "organisation": models.KindOrganization, "legalentity": models.KindOrganization, "legal_entity": models.KindOrganization,
	"publicbody": models.KindUnit, "public_body": models.KindUnit, "business": models.KindCompany, "corporation": models.KindCompany,
	"product": models.KindService, "state": models.KindUnit, "military": models.KindUnit, "agency": models.KindUnit,
	"human": models.KindPerson, "ngo": models.KindOrganization, "media": models.KindOrganization,
}

func kindNamed(code string) models.EntityKind {
	if kind, ok := kinds[code]; ok {
		return kind
	}
	return models.EntityKind(code)
}

func (c *cells) kind(field string) models.EntityKind { return kindNamed(c.code(field)) }

// finish adds what the row cites, and the item.
func (c *cells) finish(it *item) {
	one := models.Citation{Locator: c.text("locator"), Note: c.text("citation_note"), HoldsOn: c.day("holds_on"), CheckedOn: c.day("checked_on")}
	it.locator = one.Locator
	set := func(i int) func(uuid.UUID) { return func(id uuid.UUID) { citationsOf(it.doc)[i].Source = id } }
	cite := func(field, text string, citation models.Citation) {
		citations := append(citationsOf(it.doc), citation)
		setCitations(it.doc, citations)
		it.refer(ref{column: c.header(field), pointer: fmt.Sprintf("/citations/%d/source", len(citations)-1), text: text,
			types: []models.RecordType{models.TypeSource}, set: set(len(citations) - 1)})
	}
	alone := false // whether what the row says of one citation is said of any
	lists, n := c.together(1, "source_ids", "citation_locators", "citation_notes", "citation_holds_on", "citation_checked_on")
	for i := range n {
		if lists[0][i] == "" {
			continue
		}
		citation := models.Citation{Locator: lists[1][i], Note: lists[2][i], HoldsOn: c.dayIn("citation_holds_on", lists[3][i]), CheckedOn: c.dayIn("citation_checked_on", lists[4][i])}
		if citation == (models.Citation{}) {
			citation, alone = one, true
		}
		cite("source_ids", lists[0][i], citation)
	}
	switch urls, names := c.list("source_url"), c.list("source"); {
	case len(urls) > 0:
		for _, address := range urls {
			if problem := models.ValidHTTPURL(address); problem != "" {
				c.bad("source_url", CodeInvalid, "%s", problem)
				continue
			}
			c.addSource(address, c.text("source_title"))
			cite("source_url", address, one)
		}
		c.lose("source", "the address of the source stands beside it")
	case len(names) > 0:
		for _, name := range names {
			if models.ValidHTTPURL(name) == "" {
				c.addSource(name, c.text("source_title"))
			}
			cite("source", name, one)
		}
	case n == 0:
		it.said = one
		// A record that is named by its id has sources, though a file of few columns may not tell them.
		it.uncited = it.id == uuid.Nil || c.opts.Source != OwnSource{}
	case !alone:
		for _, field := range []string{"locator", "citation_note", "holds_on", "checked_on"} {
			c.lose(field, "the sources that are named by their ids say it for themselves")
		}
	}
	c.add(it)
}

// addSource makes a source of an address that rows cite, once.
func (c *cells) addSource(address, title string) {
	normal := models.NormalURL(address)
	if before, known := c.opts.titles[normal]; known {
		if title != "" && title != before {
			c.lose("source_title", "another row of the address gives another title")
		}
		return
	}
	c.opts.addresses[normal] = true
	c.opts.titles[normal] = title
	if title == "" {
		title = address
	}
	c.add(&item{row: c.index, key: address, orphan: true, doc: &models.Source{Kind: "other", Title: title, URL: address}})
}

// add adds an item, with its document cleaned.
func (c *content) add(it *item) {
	it.doc.Clean()
	c.items = append(c.items, it)
}

func (c *cells) owner() *ref {
	r := entityRef(c.header("entity"), "/entity", c.text("entity"), nil)
	if kind := c.kind("entity_kind"); kind != "" {
		r.kinds = []models.EntityKind{kind}
	}
	if r.text == "" {
		c.bad("entity", CodeMissing, "Name the entity: its id, slug, an identifier as scheme:value, its key in this file, or its name.")
	}
	return &r
}

func (c *cells) readName() {
	e := &models.Entity{Names: []models.Name{{Text: c.text("name"), Type: c.code("name_type"), Language: c.text("language"), Script: c.text("script")}}}
	if c.text("name") == "" {
		c.bad("name", CodeMissing, "Fill in the name.")
	}
	c.add(&item{row: c.index, doc: e, part: true, owner: c.owner()})
}

func (c *cells) readIdentifier() {
	e := &models.Entity{Identifiers: []models.Identifier{{Scheme: strings.ToLower(c.text("scheme")), Value: c.text("value")}}}
	for _, field := range []string{"scheme", "value"} {
		if c.text(field) == "" {
			c.bad(field, CodeMissing, "Fill in the %s of the identifier.", field)
		}
	}
	c.add(&item{row: c.index, doc: e, part: true, owner: c.owner()})
}

// relationshipTypes are what other products call the types of link.
var relationshipTypes = map[string]models.RelationshipType{
	"ownership": models.Owns, "own": models.Owns, "directorship": models.Position, "employment": models.Position, "membership": models.MemberOf,
	"hierarchy": models.PartOf, "supplies": models.SuppliedTo, "supply": models.SuppliedTo, "supplied": models.SuppliedTo, "offers": models.Provides,
	"generic": models.LinkedTo, "unknownlink": models.LinkedTo, "transaction": models.LinkedTo, "lobbying": models.LinkedTo, "donation": models.LinkedTo,
	"professional": models.LinkedTo, "social": models.LinkedTo, "family": models.LinkedTo, "education": models.LinkedTo, "supplier": models.PartyTo,
	// LittleSis numbers its categories.
	"1": models.Position, "2": models.LinkedTo, "3": models.MemberOf, "4": models.LinkedTo, "5": models.LinkedTo, "6": models.LinkedTo,
	"7": models.LinkedTo, "8": models.LinkedTo, "9": models.LinkedTo, "10": models.Owns, "11": models.PartOf, "12": models.LinkedTo,
}

// typeNamed is the type of link that a code of ours or of others names.
func typeNamed(code string) models.RelationshipType {
	if t, ok := relationshipTypes[code]; ok {
		return t
	}
	return models.RelationshipType(code)
}

// endKinds lists the kinds that a type of link may have at one end; nil when any may stand there.
func endKinds(t models.RelationshipType, subject bool) []models.EntityKind {
	var list []models.EntityKind
	all := models.EntityKinds().Values()
	for _, one := range all {
		for _, other := range all {
			a, b := models.EntityKind(one), models.EntityKind(other)
			if subject && t.MayJoin(a, b) || !subject && t.MayJoin(b, a) {
				list = append(list, a)
				break
			}
		}
	}
	if len(list) >= len(all)-1 {
		return nil
	}
	return list
}

// placeTitle puts a position's title where it belongs; with another type it is a role.
func (c *cells) placeTitle(r *models.Relationship) {
	title := c.text("title")
	switch {
	case r.Type == models.Position:
		r.Title = title
		return
	case title != "" && r.Role == "":
		r.Role = title
	case title != "" && title != r.Role:
		c.lose("title", "there is a role already")
	}
	r.Title = ""
	if r.Type == models.LinkedTo && r.Description == "" {
		r.Description = r.Role
	}
}

func (c *cells) current(r *models.Relationship) {
	switch strings.ToLower(c.text("is_current")) {
	case "1", "true", "yes", "y":
		if r.End.IsZero() {
			r.End = models.OpenEnd()
		} else {
			c.lose("is_current", "there is an end")
		}
	default:
		c.lose("is_current", "only that something goes on can be said so; say when it ended under end")
	}
}

func (c *cells) share(field string) *float64 {
	text := strings.TrimSuffix(c.text(field), "%")
	if text == "" {
		return nil
	}
	number, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(text), ",", ".", 1), 64)
	if err != nil || math.IsNaN(number) || math.IsInf(number, 0) {
		c.bad(field, CodeInvalid, "%q is no share. Write it in percent, such as 51.5.", clip(text))
		return nil
	}
	return &number
}

var digits = regexp.MustCompile(`^\d+$`)

// readLittleSis reads a row of LittleSis' bulk relations: an entity, and its link with the entity
// that the whole batch is about.
func (c *cells) readLittleSis() {
	kind, name := c.kind("kind"), c.text("name")
	if name == "" {
		c.bad("name", CodeMissing, "Fill in the name, or the number that LittleSis gave the entity.")
		return
	}
	r := &models.Relationship{Type: typeNamed(c.code("type")), Start: c.date("start"), End: c.date("end"), Quantity: c.text("quantity"), Description: c.text("description")}
	if notes := c.text("notes"); notes != "" {
		r.Description = strings.TrimSpace(r.Description + "\n" + notes)
	}
	it := &item{row: c.index, doc: r}
	batch := entityRef("subject", "/subject", c.opts.Constants["subject"], nil)
	other := entityRef(c.header("name"), "/object", name, nil)
	if digits.MatchString(name) {
		other.text = "littlesis:" + name
		c.lose("summary", "the entity is named by a number")
	} else {
		e := &item{row: c.index, key: fmt.Sprintf("row %d", c.index), doc: &models.Entity{Kind: kind, Name: name, Summary: c.text("summary")}}
		c.finish(e)
		other.text = e.key
	}
	batch.set, other.set = func(id uuid.UUID) { r.Subject = id }, func(id uuid.UUID) { r.Object = id }
	if kind == models.KindPerson && (r.Type == models.Position || r.Type == models.MemberOf) {
		batch.set, other.set = other.set, batch.set // the person holds the position
	}
	it.refer(batch)
	it.refer(other)
	c.placeTitle(r)
	c.current(r)
	r.Share = c.share("share")
	c.finish(it)
}

// citationsOf gives the citations of a document; nil for a source, which has none.
func citationsOf(document models.Document) []models.Citation {
	if list := citationList(document); list != nil {
		return *list
	}
	return nil
}

func setCitations(document models.Document, citations []models.Citation) {
	if list := citationList(document); list != nil {
		*list = citations
	}
}

func citationList(document models.Document) *[]models.Citation {
	switch d := document.(type) {
	case *models.Entity:
		return &d.Citations
	case *models.Relationship:
		return &d.Citations
	case *models.StatusChange:
		return &d.Citations
	case *models.Claim:
		return &d.Citations
	case *models.OpenItem:
		return &d.Citations
	}
	return nil
}
