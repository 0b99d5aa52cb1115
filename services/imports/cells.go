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
	if i := slices.Index(c.fields, field); i >= 0 && i < len(c.record) {
		if text := strings.TrimSpace(unquote(c.record[i])); text != "" {
			return text
		}
	}
	return c.opts.Constants[field]
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

func (c *cells) day(field string) models.Day {
	day, err := readDay(c.text(field), c.opts.Dates)
	if err != nil {
		c.bad(field, CodeDate, "%s", err)
	}
	return day
}

func (c *cells) list(field string) []string { return splitList(c.text(field)) }

// code gives a code as the models write it.
func (c *cells) code(field string) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(c.text(field)), " ", "_"), "-", "_")
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

// schemes are the columns that hold an identifier of one scheme.
var schemes = []string{"lei", "wikidata", "opencorporates", "uei", "duns", "cik", "isin", "registration_number", "tax_number", "cage", "permid",
	"littlesis", "opensanctions"}

func (c *cells) readEntity() {
	e := &models.Entity{Kind: c.kind("kind"), Name: c.text("name"), Summary: c.text("summary"), Identity: models.Identity(c.code("identity")),
		OrganizationType: c.code("organization_type"), Start: c.date("start"), End: c.date("end")}
	it := &item{row: c.index, key: c.text("key"), id: c.id("id"), slug: c.text("slug"), doc: e}
	for field, kind := range map[string]string{"aliases": "alias", "acronym": "acronym", "former_names": "former", "transliteration": "transliteration"} {
		for _, name := range c.list(field) {
			e.Names = append(e.Names, models.Name{Text: name, Type: kind})
		}
	}
	slices.SortStableFunc(e.Names, func(a, b models.Name) int { return strings.Compare(a.Type, b.Type) })
	for _, place := range c.list("places") {
		if code := c.opts.countries.code(place); !slices.Contains(e.Places, code) {
			e.Places = append(e.Places, code)
		}
	}
	c.identifiers(e)
	c.money(e)
	c.count(e)
	c.finish(it)
}

func (c *cells) identifiers(e *models.Entity) {
	for _, scheme := range schemes {
		for _, value := range c.list(scheme) {
			e.Identifiers = append(e.Identifiers, models.Identifier{Scheme: scheme, Value: value})
		}
	}
	for _, text := range c.list("identifiers") {
		scheme, value, ok := strings.Cut(text, ":")
		if !ok {
			c.bad("identifiers", CodeInvalid, "%q is no identifier. Write scheme:value, such as lei:INR2EJN1ERAN0W5ZP974.", clip(text))
			continue
		}
		e.Identifiers = append(e.Identifiers, models.Identifier{Scheme: strings.ToLower(strings.TrimSpace(scheme)), Value: strings.TrimSpace(value)})
	}
}

func (c *cells) money(e *models.Entity) {
	text, currency := c.text("amount"), strings.ToUpper(c.text("currency"))
	if text == "" || e.Kind != models.KindContract {
		if text == "" && currency != "" && e.Kind == models.KindContract {
			c.bad("amount", CodeMissing, "There is a currency without an amount. Give both, or neither.")
		}
		return
	}
	amount, ok := readAmount(text)
	if !ok {
		c.bad("amount", CodeInvalid, "%q is no amount. Write a number such as 1500000.00.", clip(text))
		return
	}
	e.Value = &models.Money{Amount: amount, Currency: currency}
}

func (c *cells) count(e *models.Entity) {
	text, exactness := c.text("count"), c.code("exactness")
	if text == "" && exactness == "" {
		return
	}
	number, err := strconv.Atoi(text)
	if text != "" && err != nil {
		c.bad("count", CodeInvalid, "%q is no whole number.", clip(text))
		return
	}
	if exactness == "" {
		exactness = "exact"
	}
	e.Count = &models.Count{Number: number, Exactness: exactness}
}

// finish adds what cites the row's source, and the item.
func (c *cells) finish(it *item) {
	locator, note, holdsOn := c.text("locator"), c.text("citation_note"), c.day("holds_on")
	it.locator, it.holdsOn = locator, holdsOn
	set := func(i int) func(uuid.UUID) { return func(id uuid.UUID) { citationsOf(it.doc)[i].Source = id } }
	cite := func(field, text string) {
		citations := append(citationsOf(it.doc), models.Citation{Locator: locator, Note: note, HoldsOn: holdsOn})
		setCitations(it.doc, citations)
		it.refer(ref{column: c.header(field), pointer: fmt.Sprintf("/citations/%d/source", len(citations)-1), text: text,
			types: []models.RecordType{models.TypeSource}, set: set(len(citations) - 1)})
	}
	switch urls, names := c.list("source_url"), c.list("source"); {
	case len(urls) > 0:
		for _, address := range urls {
			if problem := models.ValidHTTPURL(address); problem != "" {
				c.bad("source_url", CodeInvalid, "%s", problem)
				continue
			}
			c.addSource(address, c.text("source_title"))
			cite("source_url", address)
		}
	case len(names) > 0:
		for _, name := range names {
			if models.ValidHTTPURL(name) == "" {
				c.addSource(name, c.text("source_title"))
			}
			cite("source", name)
		}
	default:
		it.uncited = true
	}
	c.add(it)
}

// addSource makes a source of an address that rows cite, once.
func (c *cells) addSource(address, title string) {
	normal := models.NormalURL(address)
	if c.opts.addresses[normal] {
		return
	}
	c.opts.addresses[normal] = true
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

func (c *cells) relationshipType() models.RelationshipType {
	code := c.code("type")
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

func (c *cells) end(field, kindField string, t models.RelationshipType, set func(uuid.UUID)) ref {
	r := entityRef(c.header(field), "/"+field, c.text(field), set, c.opts.kindsAt(t, field == "subject")...)
	if kind := c.kind(kindField); kind != "" {
		r.kinds = []models.EntityKind{kind}
	}
	if r.text == "" {
		c.bad(field, CodeMissing, "Name the %s: its id, slug, an identifier as scheme:value, its key in this file, or its name.", field)
	}
	return r
}

func (c *cells) readRelationship() {
	r := &models.Relationship{Type: c.relationshipType(), Start: c.date("start"), End: c.date("end"), Quantity: c.text("quantity"), Role: c.text("role"),
		Description: c.text("description")}
	it := &item{row: c.index, key: c.text("key"), id: c.id("id"), doc: r}
	it.refer(c.end("subject", "subject_kind", r.Type, func(id uuid.UUID) { r.Subject = id }))
	it.refer(c.end("object", "object_kind", r.Type, func(id uuid.UUID) { r.Object = id }))
	it.refer(entityRef(c.header("supplied_by"), "/supplied_by", c.text("supplied_by"), func(id uuid.UUID) { r.SuppliedBy = &id },
		models.KindCompany, models.KindOrganization, models.KindUnit))
	c.placeTitle(r)
	c.current(r)
	c.share(r)
	r.Purposes = c.purposes()
	c.finish(it)
}

// placeTitle puts a position's title where it belongs; with another type it is a role.
func (c *cells) placeTitle(r *models.Relationship) {
	title := c.text("title")
	switch {
	case r.Type == models.Position:
		r.Title = title
	case title != "" && r.Role == "":
		r.Role = title
	}
	if r.Type == models.LinkedTo && r.Description == "" {
		r.Description = r.Role
	}
}

func (c *cells) current(r *models.Relationship) {
	switch strings.ToLower(c.text("is_current")) {
	case "1", "true", "yes", "y":
		if r.End.IsZero() {
			r.End = models.OpenEnd()
		}
	}
}

func (c *cells) share(r *models.Relationship) {
	text := strings.TrimSuffix(c.text("share"), "%")
	if text == "" {
		return
	}
	number, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(text), ",", ".", 1), 64)
	if err != nil || math.IsNaN(number) || math.IsInf(number, 0) {
		c.bad("share", CodeInvalid, "%q is no share. Write it in percent, such as 51.5.", clip(text))
		return
	}
	r.Share = &number
}

func (c *cells) purposes() []models.Purpose {
	var list []models.Purpose
	for _, text := range c.list("purposes") {
		list = append(list, models.Purpose(strings.ReplaceAll(strings.ToLower(text), " ", "_")))
	}
	return list
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
	r := &models.Relationship{Type: c.relationshipType(), Start: c.date("start"), End: c.date("end"), Quantity: c.text("quantity"), Description: c.text("description")}
	if notes := c.text("notes"); notes != "" {
		r.Description = strings.TrimSpace(r.Description + "\n" + notes)
	}
	it := &item{row: c.index, doc: r}
	batch := entityRef("subject", "/subject", c.opts.Constants["subject"], nil)
	other := entityRef(c.header("name"), "/object", name, nil)
	if digits.MatchString(name) {
		other.text = "littlesis:" + name
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
	c.share(r)
	c.finish(it)
}

func (c *cells) readStatusChange() {
	s := &models.StatusChange{Status: models.Status(c.code("status")), Extent: models.Extent(c.code("extent")), Scope: c.text("scope"),
		Effective: c.date("effective"), Announced: c.date("announced"), Reason: c.text("reason")}
	it := &item{row: c.index, key: c.text("key"), id: c.id("id"), doc: s}
	record := ref{column: c.header("record"), pointer: "/record", text: c.text("record"), set: func(id uuid.UUID) { s.Record = id },
		types: []models.RecordType{models.TypeRelationship, models.TypeEntity, models.TypeOpenItem}}
	if record.text == "" && c.text("subject") != "" && c.text("object") != "" {
		t := c.text("type")
		if t == "" {
			t = string(models.SuppliedTo)
		}
		record.column, record.text = c.header("subject"), c.text("subject")+" > "+t+" > "+c.text("object")
	}
	if record.text == "" {
		c.bad("record", CodeMissing, "Say whose status changed: a record's id, its key in this file, a contract's name, or subject and object of a link.")
	}
	it.refer(record)
	it.refer(entityRef(c.header("actor"), "/actor", c.text("actor"), func(id uuid.UUID) { s.Actor = &id }))
	if text := c.text("place"); text != "" {
		number, err := strconv.Atoi(text)
		if err != nil {
			c.bad("place", CodeInvalid, "%q is no whole number.", clip(text))
		}
		s.Place = number
	}
	c.finish(it)
}

// speakers refers to those who speak, and describes those who are not named.
func (c *cells) speakers(it *item, field string, speakers *[]models.Speaker) {
	for _, text := range c.list(field) {
		i := len(*speakers)
		*speakers = append(*speakers, models.Speaker{})
		it.refer(entityRef(c.header(field), fmt.Sprintf("/%s/%d", field, i), text, func(id uuid.UUID) { (*speakers)[i].Entity = &id }))
	}
	for _, text := range c.list("anonymous") {
		*speakers = append(*speakers, models.Speaker{Description: text})
	}
	if text := c.text("on_behalf_of"); text != "" && len(*speakers) > 0 {
		it.refer(entityRef(c.header("on_behalf_of"), "/"+field+"/0/on_behalf_of", text, func(id uuid.UUID) { (*speakers)[0].OnBehalfOf = &id }))
	}
}

// links refers to several records in a list of ids.
func (c *cells) links(it *item, field string, list *[]uuid.UUID, types ...models.RecordType) {
	for _, text := range c.list(field) {
		i := len(*list)
		*list = append(*list, uuid.Nil)
		it.refer(ref{column: c.header(field), pointer: fmt.Sprintf("/%s/%d", field, i), text: text, types: types, set: func(id uuid.UUID) { (*list)[i] = id }})
	}
}

func (c *cells) readClaim() {
	claim := &models.Claim{Stance: models.Stance(c.code("stance")), Extent: models.Extent(c.code("extent")), SaidOn: c.date("said_on"),
		Text: c.text("text"), Purposes: c.purposes()}
	it := &item{row: c.index, key: c.text("key"), id: c.id("id"), doc: claim}
	c.speakers(it, "speakers", &claim.Speakers)
	c.links(it, "about", &claim.About)
	c.links(it, "answers", &claim.Answers, models.TypeClaim)
	c.finish(it)
}

func (c *cells) readOpenItem() {
	o := &models.OpenItem{Kind: c.code("kind"), Text: c.text("text"), RaisedOn: c.date("raised_on"), Due: c.date("due")}
	it := &item{row: c.index, key: c.text("key"), id: c.id("id"), doc: o}
	it.refer(entityRef(c.header("addressee"), "/addressee", c.text("addressee"), func(id uuid.UUID) { o.Addressee = id }))
	c.speakers(it, "raised_by", &o.RaisedBy)
	c.links(it, "about", &o.About)
	c.finish(it)
}

func (c *cells) readSource() {
	s := &models.Source{Kind: c.code("kind"), Title: c.text("title"), URL: c.text("url"), Authors: c.list("authors"), Published: c.date("published"),
		Language: c.text("language"), Summary: c.text("summary")}
	if s.Kind == "" {
		s.Kind = "other"
	}
	switch strings.ToLower(c.text("unpublished")) {
	case "1", "true", "yes", "y":
		s.Unpublished = true
	}
	it := &item{row: c.index, key: c.text("key"), id: c.id("id"), doc: s}
	for _, text := range c.list("publishers") {
		i := len(s.Publishers)
		s.Publishers = append(s.Publishers, uuid.Nil)
		it.refer(entityRef(c.header("publishers"), fmt.Sprintf("/publishers/%d", i), text, func(id uuid.UUID) { s.Publishers[i] = id }))
	}
	for _, text := range c.list("reports_on") {
		i := len(s.ReportsOn)
		s.ReportsOn = append(s.ReportsOn, models.Origin{})
		it.refer(ref{column: c.header("reports_on"), pointer: fmt.Sprintf("/reports_on/%d", i), text: text, types: []models.RecordType{models.TypeSource},
			set: func(id uuid.UUID) { s.ReportsOn[i].Source = id }})
	}
	c.add(it)
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
