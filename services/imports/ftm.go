package imports

import (
	"cmp"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// ftmReader reads FollowTheMoney entities: as Aleph writes them, and with the members that
// OpenSanctions adds (caption, datasets, referents …).
type ftmReader struct {
	*content
	opts *settings
	// index is the row of the object that is being read.
	index int
	// own are the ids of entities with a line of their own; nested stand in the lines of others.
	own    map[string]bool
	nested []ftmPlaced
	// kinds are those of the file's entities, by id; links are entered when all of them are known.
	kinds map[string]models.EntityKind
	links []ftmPlaced
}

// ftmPlaced is an entity with the row in which it stands.
type ftmPlaced struct {
	ftmEntity
	row int
}

type ftmEntity struct {
	ID         string           `json:"id"`
	Schema     string           `json:"schema"`
	Caption    string           `json:"caption"`
	Datasets   []string         `json:"datasets"`
	Properties map[string][]any `json:"properties"`
	// used counts the values of each property that were read.
	used map[string]int
}

// uses notes that so many values of a property were read.
func (e ftmEntity) uses(name string, n int) {
	if e.used != nil {
		e.used[name] = max(e.used[name], n)
	}
}

// values are the texts of a property, and the ids of entities that stand there.
func (e ftmEntity) values(name string) []string {
	var list []string
	for _, value := range e.Properties[name] {
		switch value := value.(type) {
		case string:
			list = append(list, value)
		case float64: // against the standard, and seen
			list = append(list, strconv.FormatFloat(value, 'f', -1, 64))
		case map[string]any: // nested, as some servers answer
			if id, ok := value["id"].(string); ok {
				list = append(list, id)
			}
		}
	}
	return list
}

// first gives the first text of the properties named; the others are not read by it.
func (e ftmEntity) first(names ...string) string {
	for _, name := range names {
		if list := e.values(name); len(list) > 0 {
			e.uses(name, 1)
			return list[0]
		}
	}
	return ""
}

func (e ftmEntity) all(names ...string) []string {
	var list []string
	for _, name := range names {
		values := e.values(name)
		e.uses(name, len(values))
		list = append(list, values...)
	}
	return list
}

// loseUnread tells what of an entity's properties was not read.
func (r *ftmReader) loseUnread(e ftmEntity) {
	for _, name := range slices.Sorted(maps.Keys(e.Properties)) {
		left := 0
		for _, value := range e.Properties[name] {
			if inner := nestedEntity(value); inner.ID == "" || inner.Schema == "" { // those are entered by themselves
				left++
			}
		}
		switch used := e.used[name]; {
		case used >= left:
		case used == 0 || name == "keywords":
			r.lose(r.index, name, "")
		default:
			r.lose(r.index, name, "of several values the first is kept")
		}
	}
}

// within gives the entities that stand in the properties, in the order of the properties' names.
// A link in which one end is missing has it in the entity around it.
func (e ftmEntity) within() []ftmEntity {
	var list []ftmEntity
	for _, name := range slices.Sorted(maps.Keys(e.Properties)) {
		for _, value := range e.Properties[name] {
			inner := nestedEntity(value)
			if inner.ID == "" || inner.Schema == "" {
				continue
			}
			if link, ok := ftmLinks[inner.Schema]; ok {
				for _, end := range []string{link.subject, link.object} {
					if len(inner.all(end)) == 0 && !slices.Contains(inner.all(link.subject, link.object), e.ID) {
						inner.Properties[end] = []any{e.ID}
					}
				}
			}
			list = append(append(list, inner), inner.within()...)
		}
	}
	return list
}

// nestedEntity reads an entity in a property; the zero one where there is none.
func nestedEntity(value any) ftmEntity {
	members, _ := value.(map[string]any)
	e := ftmEntity{Properties: map[string][]any{}}
	e.ID, _ = members["id"].(string)
	e.Schema, _ = members["schema"].(string)
	e.Caption, _ = members["caption"].(string)
	datasets, _ := members["datasets"].([]any)
	for _, one := range datasets {
		if name, ok := one.(string); ok {
			e.Datasets = append(e.Datasets, name)
		}
	}
	properties, _ := members["properties"].(map[string]any)
	for name, values := range properties {
		e.Properties[name], _ = values.([]any)
	}
	return e
}

// ftmKinds are the schemata that are entities here.
var ftmKinds = map[string]models.EntityKind{
	"Company": models.KindCompany, "PublicBody": models.KindUnit, "Organization": models.KindOrganization, "LegalEntity": models.KindOrganization,
	"Person": models.KindPerson, "Contract": models.KindContract, "Event": models.KindEvent, "Project": models.KindSystem,
	"RealEstate": models.KindFacility, "Asset": models.KindService, "Service": models.KindService,
}

// ftmAlso are kinds for which FollowTheMoney has no schema of their own: our exports write them as
// this one, with the kind as a keyword after FTMKeyword.
var ftmAlso = map[models.EntityKind]string{models.KindGroup: "LegalEntity", models.KindInquiry: "Event", models.KindCase: "Event"}

// FTMKeyword begins the keywords by which our exports say what something is here.
const FTMKeyword = "plumbline:"

// ftmSchemes are the properties that hold identifiers.
var ftmSchemes = [][2]string{{"leiCode", "lei"}, {"dunsCode", "duns"}, {"registrationNumber", "registration_number"}, {"idNumber", "id_number"},
	{"taxNumber", "tax_number"}, {"opencorporatesUrl", "opencorporates"}, {"icijId", "icij"}, {"cageCode", "cage"}, {"permId", "permid"},
	{"cikCode", "cik"}, {"isinCode", "isin"}, {"uniqueEntityId", "uei"}, {"wikidataId", "wikidata"}, {"innCode", "inn"}, {"ogrnCode", "ogrn"}}

// ftmLinks are the schemata that are links here: their type, and the properties of their ends.
var ftmLinks = map[string]struct {
	kind            models.RelationshipType
	subject, object string
}{
	"Ownership": {models.Owns, "owner", "asset"}, "Directorship": {models.Position, "director", "organization"},
	"Employment": {models.Position, "employee", "employer"}, "Membership": {models.MemberOf, "member", "organization"},
	"ContractAward": {models.PartyTo, "supplier", "contract"}, "UnknownLink": {models.LinkedTo, "subject", "object"},
	"Representation": {models.LinkedTo, "agent", "client"}, "Associate": {models.LinkedTo, "person", "associate"}, "Family": {models.LinkedTo, "person", "relative"},
	"Succession": {models.LinkedTo, "predecessor", "successor"},
}

func (r *ftmReader) read(number int, object json.RawMessage) error {
	row, err := r.row("", number, nil)
	if err != nil {
		return err
	}
	r.index = row
	var e ftmEntity
	if err := json.Unmarshal(object, &e); err != nil || e.ID == "" || e.Schema == "" {
		r.problem(row, "", CodeFormat, "This is no FollowTheMoney entity: it needs id, schema and properties with lists of texts.")
		return nil
	}
	for _, member := range unread(object, reflect.TypeFor[ftmEntity]()) {
		r.lose(row, member, "")
	}
	r.own[e.ID] = true
	for _, inner := range e.within() {
		r.nested = append(r.nested, ftmPlaced{inner, row})
	}
	r.enter(e)
	return nil
}

// enter makes of an entity what it is here.
func (r *ftmReader) enter(e ftmEntity) {
	e.used = map[string]int{}
	if _, ok := ftmLinks[e.Schema]; ok {
		r.links = append(r.links, ftmPlaced{e, r.index})
		return
	}
	if kind, ok := ftmKinds[e.Schema]; ok {
		for _, word := range e.values("keywords") {
			word, own := strings.CutPrefix(word, FTMKeyword)
			if !own {
				continue
			}
			e.uses("keywords", e.used["keywords"]+1)
			if e.Schema == "Event" && (word == string(models.TypeStatusChange) || word == string(models.TypeClaim)) {
				r.notice("Status changes and claims, which exports to FollowTheMoney say in words alone, are left out.")
				return
			}
			if of := models.EntityKind(word); ftmAlso[of] == e.Schema {
				kind = of
			}
		}
		r.kinds[e.ID] = kind
		r.entity(e, kind)
		r.loseUnread(e)
		return
	}
	switch e.Schema {
	case "Article", "Document", "HyperText", "Pages", "PlainText":
		r.document(e)
		r.loseUnread(e)
	default:
		r.notice("Entities of the schema %s have no place here and are left out.", clip(e.Schema))
	}
}

// finish enters those that stand in others and have no line of their own, each once, and then links.
func (r *ftmReader) finish() error {
	for _, one := range r.nested {
		if !r.own[one.ID] {
			r.own[one.ID], r.index = true, one.row
			r.enter(one.ftmEntity)
		}
	}
	for _, one := range r.links {
		r.index = one.row
		r.link(one.ftmEntity)
		r.loseUnread(one.ftmEntity)
	}
	return nil
}

func (r *ftmReader) date(e ftmEntity, names ...string) models.Date {
	text := e.first(names...)
	date, err := readDate(text, "")
	if err != nil {
		r.problem(r.index, "properties."+names[0], CodeDate, "%s", err)
	}
	return date
}

// item makes an item that keeps the id where it is one of this product's.
func (r *ftmReader) item(e ftmEntity, document models.Document) *item {
	it := &item{row: r.index, key: e.ID, doc: document}
	if id, err := uuid.Parse(e.ID); err == nil && id.Version() == 7 {
		it.id, it.less = id, true
	}
	return it
}

// finishItem cites the addresses that the entity names as its sources, or the file.
func (r *ftmReader) finishItem(it *item, e ftmEntity) {
	it.locator = clip("entity " + e.ID)
	for _, address := range e.all("sourceUrl") {
		if strings.HasSuffix(address, "/entities/"+e.ID) && it.id != uuid.Nil {
			continue // a tracker's page of it, as exports name it, is no source of what it tells
		}
		if models.ValidHTTPURL(address) != "" {
			r.lose(r.index, "sourceUrl", "it is not an address")
			continue
		}
		normal := models.NormalURL(address)
		if !r.opts.addresses[normal] {
			r.opts.addresses[normal] = true
			r.add(&item{row: r.index, key: address, orphan: true, doc: &models.Source{Kind: "other", Title: address, URL: address}})
		}
		citations := append(citationsOf(it.doc), models.Citation{})
		setCitations(it.doc, citations)
		i := len(citations) - 1
		it.refer(ref{column: "properties.sourceUrl", pointer: "/citations", text: address, set: func(id uuid.UUID) { citationsOf(it.doc)[i].Source = id }})
	}
	it.uncited = len(citationsOf(it.doc)) == 0
	r.add(it)
}

func (r *ftmReader) entity(e ftmEntity, kind models.EntityKind) {
	d := &models.Entity{Kind: kind, Name: cmp.Or(e.Caption, e.first("name", "title")), Summary: strings.Join(e.all("summary", "description"), "\n")}
	for _, name := range e.all("name", "alias", "weakAlias", "title") {
		if name != d.Name {
			d.Names = append(d.Names, models.Name{Text: name, Type: "alias"})
		}
	}
	for _, name := range e.all("previousName") {
		d.Names = append(d.Names, models.Name{Text: name, Type: "former"})
	}
	for _, name := range e.all("abbreviation") {
		d.Names = append(d.Names, models.Name{Text: name, Type: "acronym"})
	}
	for _, property := range []string{"country", "jurisdiction", "mainCountry", "nationality"} {
		for _, place := range e.all(property) {
			code := r.opts.countries.code(place)
			if !models.ValidPlace(code) {
				r.lose(r.index, property, "it is not the code or name of a country")
			} else if !slices.Contains(d.Places, code) {
				d.Places = append(d.Places, code)
			}
		}
	}
	for _, scheme := range ftmSchemes {
		for _, value := range e.all(scheme[0]) {
			one := models.Identifier{Scheme: scheme[1], Value: value}
			if (scheme[1] == "registration_number" || scheme[1] == "id_number" || scheme[1] == "tax_number") && len(d.Places) > 0 {
				one.Value = d.Places[0] + " " + value // registers of two countries give the same number
			}
			if !slices.Contains(d.Identifiers, one) {
				d.Identifiers = append(d.Identifiers, one)
			}
		}
	}
	it := r.item(e, d)
	if it.id == uuid.Nil {
		scheme := "ftm"
		if len(e.Datasets) > 0 || e.Caption != "" {
			scheme = "opensanctions"
		}
		d.Identifiers = append(d.Identifiers, models.Identifier{Scheme: scheme, Value: e.ID})
	}
	if kind != models.KindPerson { // nobody's birthday is needed here
		d.Start, d.End = r.date(e, "incorporationDate", "startDate", "contractDate", "date"), r.date(e, "dissolutionDate", "endDate")
	}
	if amount, ok := readAmount(strings.Join(e.values("amount"), "")); ok && kind == models.KindContract && len(e.values("currency")) > 0 {
		e.uses("amount", 1)
		d.Value = &models.Money{Amount: amount, Currency: strings.ToUpper(e.first("currency"))}
	}
	it.guessed = true
	r.finishItem(it, e)
	if kind == models.KindContract && e.first("authority") != "" {
		r.finishItem(r.ends(e, &models.Relationship{Type: models.PartyTo, Role: "buyer"}, e.first("authority"), e.ID), e)
	}
	if kind == models.KindCompany || kind == models.KindUnit || kind == models.KindOrganization {
		if parent := e.first("parent"); parent != "" {
			r.finishItem(r.ends(e, &models.Relationship{Type: models.PartOf}, e.ID, parent), e)
		}
	}
}

// ends makes a link of two ids of the file.
func (r *ftmReader) ends(e ftmEntity, d *models.Relationship, subject, object string) *item {
	it := &item{row: r.index, doc: d, uncited: true, locator: clip("entity " + e.ID)}
	it.refer(entityRef("properties", "/subject", subject, func(id uuid.UUID) { d.Subject = id }))
	it.refer(entityRef("properties", "/object", object, func(id uuid.UUID) { d.Object = id }))
	return it
}

// link enters a link as what it is called, or in words where that may not join such ends here: a
// person that owns a company, say.
func (r *ftmReader) link(e ftmEntity) {
	kind, subject, object := ftmLinks[e.Schema].kind, ftmLinks[e.Schema].subject, ftmLinks[e.Schema].object
	subjects, objects := e.all(subject), e.all(object)
	if len(subjects) == 0 || len(objects) == 0 {
		r.problem(r.index, "properties."+subject, CodeMissing, "A link of the schema %s needs %s and %s.", e.Schema, subject, object)
		return
	}
	e.used[subject], e.used[object] = 1, 1 // of several ends the first is taken
	d := &models.Relationship{Type: kind, Start: r.date(e, "startDate", "date"), End: r.date(e, "endDate"),
		Description: strings.Join(e.all("summary", "description"), "\n")}
	role := ""
	if kind != models.Owns {
		role = e.first("role", "status")
	}
	switch kind {
	case models.Position:
		d.Title = role
	case models.PartyTo:
		d.Role = cmp.Or(role, "supplier")
	case models.Owns:
		if amount, ok := readAmount(strings.TrimSuffix(e.first("percentage"), "%")); ok {
			if number, err := json.Number(amount).Float64(); err == nil && number > 0 && number <= 100 {
				d.Share = &number
			}
		}
	default:
		if t := models.RelationshipType(role); models.RelationshipTypes().Has(role) && t != models.LinkedTo {
			d.Type = t
		} else {
			d.Role, d.Description = role, cmp.Or(d.Description, role, e.Schema)
		}
	}
	from, known := r.kinds[subjects[0]]
	to, also := r.kinds[objects[0]]
	if known && also && !d.Type.MayJoin(from, to) {
		words := cmp.Or(role, e.Schema)
		if percentage := e.first("percentage"); percentage != "" {
			words += " (" + strings.TrimSuffix(percentage, "%") + "%)"
		}
		d = &models.Relationship{Type: models.LinkedTo, Start: d.Start, End: d.End, Role: cmp.Or(role, e.Schema), Description: strings.TrimSpace(words + "\n" + d.Description)}
		r.notice("Links of the schema %s that may not join such ends here are entered as \"linked to\", with what they are called.", clip(e.Schema))
	}
	it := r.item(e, d)
	it.refer(entityRef("properties."+subject, "/subject", subjects[0], func(id uuid.UUID) { d.Subject = id }))
	it.refer(entityRef("properties."+object, "/object", objects[0], func(id uuid.UUID) { d.Object = id }))
	it.guessed = true
	r.finishItem(it, e)
}

func (r *ftmReader) document(e ftmEntity) {
	s := &models.Source{Kind: "article", Title: cmp.Or(e.first("title", "fileName", "name"), e.Caption), Authors: e.all("author"),
		Published: r.date(e, "publishedAt", "date"), Language: e.first("language"), Summary: strings.Join(e.all("summary", "description"), "\n")}
	if e.Schema != "Article" {
		s.Kind = "other"
	}
	if address := e.first("sourceUrl"); models.ValidHTTPURL(address) == "" {
		s.URL = address
	} else if address != "" {
		r.lose(r.index, "sourceUrl", "it is not an address")
	}
	r.add(r.item(e, s))
}
