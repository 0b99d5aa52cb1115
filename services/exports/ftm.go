package exports

import (
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
	"plumbline/services/imports"
)

// ftm writes FollowTheMoney entities, a line each, as docs/mapping.md says.
type ftm struct {
	out *json.Encoder
	in  *info
}

// ftmEntity is an entity of FollowTheMoney.
type ftmEntity struct {
	ID         string              `json:"id"`
	Schema     string              `json:"schema"`
	Properties map[string][]string `json:"properties"`
}

func newFTM(out io.Writer, in *info) writer {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return &ftm{encoder, in}
}

func (w *ftm) end() error { return nil }

var ftmSchemata = map[models.EntityKind]string{
	models.KindCompany: "Company", models.KindUnit: "PublicBody", models.KindService: "Asset", models.KindSystem: "Project", models.KindPerson: "Person",
	models.KindGroup: "LegalEntity", models.KindOrganization: "Organization", models.KindContract: "Contract", models.KindFacility: "RealEstate",
	models.KindEvent: "Event", models.KindInquiry: "Event", models.KindCase: "Event",
}

// ftmProperties are the properties for identifiers, and the schemata that have them.
var ftmProperties = map[string]struct{ property, schemata string }{
	"lei": {"leiCode", "Company PublicBody Organization LegalEntity"}, "duns": {"dunsCode", "Company PublicBody Organization LegalEntity"},
	"registration_number": {"registrationNumber", "Company PublicBody Organization LegalEntity"}, "opencorporates": {"opencorporatesUrl", "Company PublicBody Organization LegalEntity"},
	"cik": {"cikCode", "Company"}, "cage": {"cageCode", "Company PublicBody Organization"}, "permid": {"permId", "Company PublicBody Organization"},
	"wikidata": {"wikidataId", "Company PublicBody Organization LegalEntity Person Asset Project Event RealEstate Contract"},
}

func (e *ftmEntity) add(property string, values ...string) {
	for _, value := range values {
		if value != "" {
			e.Properties[property] = append(e.Properties[property], value)
		}
	}
}

// ftmDate gives a date as FollowTheMoney takes it: a year, month or day; "" for what is vaguer, which
// would come to say more than was said.
func ftmDate(date models.Date) string { return date.Plain() }

// vague says a date in words where FollowTheMoney has no place for it.
func vague(what string, date models.Date) string {
	if date.IsZero() || ftmDate(date) != "" {
		return ""
	}
	return what + " " + date.In(models.DateWhen)
}

// statusWords are the present status with its extent, and that it is disputed: FollowTheMoney has one
// text for all of it.
func statusWords(it item) string {
	words := statusOf(it)
	if words == "" {
		return ""
	}
	if span := it.Status.Span; span.Extent == models.Partial {
		words += ", in part (" + span.Scope + ")"
	}
	if it.Status.Standing.Disputed {
		words += ", disputed"
	}
	return words
}

func (w *ftm) record(it item) error {
	switch d := it.Document.(type) {
	case *models.Entity:
		return w.entity(it, d)
	case *models.Relationship:
		return w.relationship(it, d)
	case *models.StatusChange:
		return w.statusChange(it, d)
	case *models.Claim:
		return w.claim(it, d)
	case *models.Source:
		return w.source(it, d)
	}
	return nil // open items have no place there; docs/mapping.md says so
}

func newEntity(it item, schema string) *ftmEntity {
	return &ftmEntity{ID: it.ID.String(), Schema: schema, Properties: map[string][]string{}}
}

func (w *ftm) entity(it item, d *models.Entity) error {
	schema := ftmSchemata[d.Kind]
	e := newEntity(it, schema)
	name := "name"
	if d.Kind == models.KindContract {
		name = "title"
	}
	e.add(name, d.Name)
	for _, n := range d.Names {
		switch n.Type {
		case "former":
			e.add("previousName", n.Text)
		default:
			e.add("alias", n.Text)
		}
	}
	switch d.Kind {
	case models.KindGroup, models.KindInquiry, models.KindCase:
		e.add("keywords", imports.FTMKeyword+string(d.Kind)) // for want of a schema of its own
	}
	e.add("summary", d.Summary)
	for _, place := range d.Places {
		if len(place) == 2 {
			e.add("country", strings.ToLower(place))
		}
	}
	for _, id := range d.Identifiers {
		if p, ok := ftmProperties[id.Scheme]; ok && strings.Contains(" "+p.schemata+" ", " "+schema+" ") {
			e.add(p.property, id.Value)
		}
	}
	start, end := ftmDate(d.Start), ftmDate(d.End)
	switch schema {
	case "Company", "PublicBody", "Organization", "LegalEntity":
		e.add("incorporationDate", start)
		e.add("dissolutionDate", end)
	case "Contract":
		e.add("contractDate", start)
		if d.Value != nil {
			e.add("amount", d.Value.Amount)
			e.add("currency", d.Value.Currency)
		}
		e.add("status", statusWords(it))
	case "Event", "Project":
		e.add("startDate", start)
		e.add("endDate", end)
	}
	if w.in.site != "" {
		e.add("sourceUrl", w.in.site+"/entities/"+it.ID.String())
	}
	return w.out.Encode(e)
}

// ownSchemata are the types of link for which FollowTheMoney has a schema, with the properties
// of the ends.
var ownSchemata = map[models.RelationshipType][3]string{
	models.Owns: {"Ownership", "owner", "asset"}, models.Position: {"Directorship", "director", "organization"}, models.MemberOf: {"Membership", "member", "organization"},
	models.PartyTo: {"ContractAward", "supplier", "contract"},
}

func (w *ftm) relationship(it item, d *models.Relationship) error {
	schema, ok := ownSchemata[d.Type]
	switch {
	case !ok, d.Type == models.PartyTo && d.Role != "supplier", d.Type == models.MemberOf && it.refs[d.Object].Kind == string(models.KindGroup):
		schema = [3]string{"UnknownLink", "subject", "object"}
	}
	e := newEntity(it, schema[0])
	e.add(schema[1], d.Subject.String())
	e.add(schema[2], d.Object.String())
	role := d.Role
	switch {
	case d.Type == models.Position:
		role = d.Title
	case schema[0] == "UnknownLink":
		role = string(d.Type)
	}
	e.add("role", role)
	e.add("status", statusWords(it))
	e.add("startDate", ftmDate(d.Start))
	e.add("endDate", ftmDate(d.End))
	if d.Share != nil {
		e.add("percentage", strconv.FormatFloat(*d.Share, 'f', -1, 64))
	}
	words := []string{d.Description, d.Quantity, strings.Join(texts(d.Purposes), "|"), vague("Start:", d.Start), vague("End:", d.End)}
	if schema[0] == "UnknownLink" && d.Role != "" {
		words = append(words, "Role: "+d.Role)
	}
	words = append(words, established("Verification", it.Standing))
	if it.Status != nil {
		words = append(words, established("Verification of the status", it.Status.Standing))
	}
	e.add("summary", sentence(words...))
	return w.out.Encode(e)
}

// established says how well a statement is established; "" for what says nothing.
func established(what string, standing models.Standing) string {
	words := ""
	if standing.Verification != "" {
		words = what + ": " + models.Verifications().Label(string(standing.Verification))
		if standing.Disputed {
			words += ", disputed"
		}
		if !standing.LastEvidenced.IsZero() {
			words += ", last evidenced " + standing.LastEvidenced.String()
		}
	}
	return words
}

// sentence joins what is said.
func sentence(words ...string) string {
	var said []string
	for _, one := range words {
		if one != "" {
			said = append(said, one)
		}
	}
	return strings.Join(said, "; ")
}

// statusChange writes a step as an event that involves the ends of its link.
func (w *ftm) statusChange(it item, d *models.StatusChange) error {
	e := newEntity(it, "Event")
	e.add("keywords", imports.FTMKeyword+string(it.Type)) // so that nobody who reads it back takes it for an event
	name := it.refs[d.Record].Label() + ": " + string(d.Status)
	if d.Extent == models.Partial {
		name += ", in part"
	}
	if it.Announced != nil {
		name += ", as was announced"
	}
	e.add("name", name)
	announced := ""
	if it.Announced != nil { // what has not happened is no event of its day
		announced = services.AnnouncedWords(*it.Announced, it.refs)
	} else {
		e.add("date", ftmDate(d.Effective))
	}
	for _, end := range involved(it, d.Record) {
		e.add("involved", end.String())
	}
	e.add("summary", sentence(announced, strings.TrimSpace(string(d.Extent)+" "+d.Scope), d.Reason, "Effective "+d.Effective.In(models.DateWhen)))
	return w.out.Encode(e)
}

// involved lists the entities that a record is about, itself or the ends of a link, as far as
// FollowTheMoney lets them be involved in an event: it takes bodies and people alone.
func involved(it item, id uuid.UUID) []uuid.UUID {
	ref := it.refs[id]
	about := []*services.Ref{ref.Subject, ref.Object}
	if ref.Type == models.TypeEntity {
		about = []*services.Ref{&ref}
	}
	var ids []uuid.UUID
	for _, one := range about {
		if one != nil && legal[ftmSchemata[models.EntityKind(one.Kind)]] {
			ids = append(ids, one.ID)
		}
	}
	return ids
}

// legal are the schemata that can act.
var legal = map[string]bool{"Company": true, "PublicBody": true, "Organization": true, "LegalEntity": true, "Person": true}

// claim writes what is said as an event in which the speakers are involved.
func (w *ftm) claim(it item, d *models.Claim) error {
	e := newEntity(it, "Event")
	e.add("keywords", imports.FTMKeyword+string(it.Type)) // so that nobody who reads it back takes it for an event
	var who []string
	for _, s := range d.Speakers {
		if s.Entity == nil {
			who = append(who, s.Description)
			continue
		}
		who = append(who, it.name(*s.Entity))
		for _, id := range involved(it, *s.Entity) {
			e.add("involved", id.String())
		}
	}
	for _, id := range d.About {
		for _, end := range involved(it, id) {
			e.add("involved", end.String())
		}
	}
	e.add("name", strings.Join(who, ", ")+" "+models.Stances().Label(string(d.Stance)))
	e.add("date", ftmDate(d.SaidOn))
	var about []string
	for _, id := range d.About {
		about = append(about, it.refs[id].Label())
	}
	e.add("summary", d.Text)
	e.add("summary", sentence("About "+strings.Join(about, "; "), vague("Said", d.SaidOn)))
	return w.out.Encode(e)
}

func (w *ftm) source(it item, d *models.Source) error {
	e := newEntity(it, "Article")
	e.add("title", d.Title)
	e.add("author", d.Authors...)
	e.add("publishedAt", ftmDate(d.Published))
	e.add("sourceUrl", d.URL)
	e.add("summary", d.Summary)
	for _, id := range d.Publishers {
		e.add("publisher", it.name(id))
	}
	return w.out.Encode(e)
}
