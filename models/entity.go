package models

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// EntityKind says what an entity is.
type EntityKind string

// The kinds of entity.
const (
	KindCompany      EntityKind = "company"
	KindUnit         EntityKind = "unit"
	KindService      EntityKind = "service"
	KindSystem       EntityKind = "system"
	KindPerson       EntityKind = "person"
	KindGroup        EntityKind = "group"
	KindOrganization EntityKind = "organization"
	KindContract     EntityKind = "contract"
	KindFacility     EntityKind = "facility"
	KindEvent        EntityKind = "event"
	KindInquiry      EntityKind = "inquiry"
	KindCase         EntityKind = "case"
)

// EntityKinds is the vocabulary of entity kinds.
func EntityKinds() Vocabulary {
	return codes("entity_kind",
		[3]string{"company", "Company", "A business that supplies or buys."},
		[3]string{"unit", "Unit", "A state or military body at any level; a state itself too."},
		[3]string{"service", "Service", "A product or service that a company provides."},
		[3]string{"system", "System", "Something built or run by a unit or company from services."},
		[3]string{"person", "Person", "A named human being."},
		[3]string{"group", "Group", "Unnamed people, with how many are known."},
		[3]string{"organization", "Organization", "Media, a campaign, a law firm, an NGO or another body that is neither company nor unit."},
		[3]string{"contract", "Contract", "An agreement, with its value and currency where known."},
		[3]string{"facility", "Facility", "A place where something is run or stored, such as a data centre."},
		[3]string{"event", "Event", "Something that happened at a time."},
		[3]string{"inquiry", "Inquiry", "A review or investigation of something."},
		[3]string{"case", "Case", "A collection of entities with an introduction: how a reader enters the data."})
}

// Identity says whether it is known who or what an entity is.
type Identity string

// The identities.
const (
	Disclosed   Identity = "disclosed"
	Undisclosed Identity = "undisclosed"
)

// Identities is the vocabulary of identities.
func Identities() Vocabulary {
	return codes("identity",
		[3]string{"disclosed", "Disclosed", "It is known which entity this is."},
		[3]string{"undisclosed", "Undisclosed", "Known to exist; which entity it is was not disclosed."})
}

// OrganizationTypes is the vocabulary of what an organization is.
func OrganizationTypes() Vocabulary {
	return codes("organization_type",
		[3]string{"media", "Media", "Publishes news."},
		[3]string{"campaign", "Campaign", "Campaigns for a demand."},
		[3]string{"law_firm", "Law firm", "Practises law."},
		[3]string{"ngo", "NGO", "A non-governmental organization."},
		[3]string{"other", "Other", "An organization of another type."})
}

// Exactnesses is the vocabulary of how exactly a count is known.
func Exactnesses() Vocabulary {
	return codes("exactness",
		[3]string{"exact", "Exactly", "The count is exact."},
		[3]string{"at_least", "At least", "There are this many or more."},
		[3]string{"about", "About", "The count is approximate."},
		[3]string{"unknown", "Unknown", "How many is not known."})
}

// NameTypes is the vocabulary of what a further name is.
func NameTypes() Vocabulary {
	return codes("name_type",
		[3]string{"alias", "Also known as", "Another name in use."},
		[3]string{"acronym", "Acronym", "A short form made of letters."},
		[3]string{"former", "Formerly", "A name no longer in use."},
		[3]string{"transliteration", "Transliteration", "The name written in another script."})
}

// Name is one further name of an entity.
type Name struct {
	Text     string `json:"text"`
	Type     string `json:"type"`
	Language string `json:"language,omitempty"`
	Script   string `json:"script,omitempty"`
}

// Identifier is a name that a register gave, unique within its scheme (lei, wikidata, uei …).
type Identifier struct {
	Scheme string `json:"scheme"`
	Value  string `json:"value"`
}

// Count says how many people a group has.
type Count struct {
	// Number is meaningless, and 0, when Exactness is "unknown".
	Number    int    `json:"number"`
	Exactness string `json:"exactness"`
}

// Money is an amount as a decimal number in text, and an ISO 4217 currency.
type Money struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// Entity is the document of an entity of any kind.
type Entity struct {
	Kind        EntityKind   `json:"kind"`
	Name        string       `json:"name"`
	Slug        string       `json:"slug"`
	Names       []Name       `json:"names,omitempty"`
	Identifiers []Identifier `json:"identifiers,omitempty"`
	Identity    Identity     `json:"identity"`
	Summary     string       `json:"summary,omitempty"`
	// Places are ISO 3166 country codes or UN M49 region numbers.
	Places []string `json:"places,omitempty"`
	// Start and End are when an event took place, or a contract or other entity existed.
	Start Date `json:"start,omitzero"`
	End   Date `json:"end,omitzero"`
	// OrganizationType is for organizations alone, Count for groups, Value for contracts,
	// Members for cases.
	OrganizationType string      `json:"organization_type,omitempty"`
	Count            *Count      `json:"count,omitempty"`
	Value            *Money      `json:"value,omitempty"`
	Members          []uuid.UUID `json:"members,omitempty"`
	Citations        []Citation  `json:"citations,omitempty"`
}

// RecordType is TypeEntity.
func (*Entity) RecordType() RecordType { return TypeEntity }

// Clean normalises the texts and fills what follows from others: the identity is disclosed
// unless said otherwise.
func (e *Entity) Clean() {
	cleanTexts(&e.Name, &e.Slug, &e.Summary, &e.OrganizationType)
	if e.Identity == "" {
		e.Identity = Disclosed
	}
	for i := range e.Names {
		cleanTexts(&e.Names[i].Text, &e.Names[i].Type, &e.Names[i].Language, &e.Names[i].Script)
		if e.Names[i].Type == "" {
			e.Names[i].Type = "alias"
		}
	}
	for i := range e.Identifiers {
		cleanTexts(&e.Identifiers[i].Scheme, &e.Identifiers[i].Value)
		e.Identifiers[i].Scheme = strings.ToLower(e.Identifiers[i].Scheme)
	}
	for i := range e.Places {
		e.Places[i] = strings.ToUpper(strings.TrimSpace(e.Places[i]))
	}
	cleanCitations(e.Citations)
}

// Validate reports what is wrong with the entity by itself.
func (e *Entity) Validate() []Problem {
	var v validation
	v.code("/kind", string(e.Kind), EntityKinds())
	v.code("/identity", string(e.Identity), Identities())
	v.text("/name", e.Name, 500, true)
	v.text("/summary", e.Summary, 20000, false)
	if e.Slug != "" && !ValidSlug(e.Slug) {
		v.addf("/slug", "A slug has small letters a–z, digits and single hyphens, such as \"unit-8200\", and at most 80 of them.")
	}

	e.validateNames(&v)
	e.validatePlaces(&v)
	v.period("/start", e.Start, "/end", e.End)
	e.validateKind(&v)
	v.citations(e.Citations)
	return v.problems
}

func (e *Entity) validateNames(v *validation) {
	v.atMost("/names", len(e.Names), 200)
	for i, n := range e.Names {
		at := fmt.Sprintf("/names/%d", i)
		v.text(at+"/text", n.Text, 500, true)
		v.code(at+"/type", n.Type, NameTypes())
		v.text(at+"/language", n.Language, 35, false)
		v.text(at+"/script", n.Script, 35, false)
	}

	v.atMost("/identifiers", len(e.Identifiers), 100)
	for i, id := range e.Identifiers {
		at := fmt.Sprintf("/identifiers/%d", i)
		if !schemePattern.MatchString(id.Scheme) {
			v.addf(at+"/scheme", "A scheme is a short name in small letters, such as \"lei\" or \"wikidata\".")
		}
		v.text(at+"/value", id.Value, 200, true)
		if slices.Index(e.Identifiers, id) < i {
			v.addf(at, "This identifier is listed twice; leave one of them out.")
		}
	}
}

var schemePattern = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)

func (e *Entity) validatePlaces(v *validation) {
	v.atMost("/places", len(e.Places), 250)
	for i, place := range e.Places {
		at := fmt.Sprintf("/places/%d", i)
		if !ValidPlace(place) {
			v.addf(at, "%q is no ISO 3166 country code (two letters, such as IL) and no UN M49 region (three digits, such as 145).", place)
		}
		if slices.Index(e.Places, place) < i {
			v.addf(at, "%s is listed twice; leave one of them out.", place)
		}
	}
}

func (e *Entity) validateKind(v *validation) {
	if e.OrganizationType != "" {
		v.only("/organization_type", e.Kind, KindOrganization)
		v.code("/organization_type", e.OrganizationType, OrganizationTypes())
	}
	if e.Count != nil {
		v.only("/count", e.Kind, KindGroup)
		v.code("/count/exactness", e.Count.Exactness, Exactnesses())
		if e.Count.Number < 0 || (e.Count.Exactness == "unknown") != (e.Count.Number == 0) {
			v.addf("/count/number", "Give a number of at least 1, or 0 with the exactness \"unknown\".")
		}
	}
	if e.Value != nil {
		v.only("/value", e.Kind, KindContract)
		if !amountPattern.MatchString(e.Value.Amount) {
			v.addf("/value/amount", "An amount is a decimal number in text, such as \"1500000.00\".")
		}
		if !currencyPattern.MatchString(e.Value.Currency) {
			v.addf("/value/currency", "A currency is an ISO 4217 code of three capital letters, such as \"USD\".")
		}
	}
	if len(e.Members) > 0 {
		v.only("/members", e.Kind, KindCase)
		v.distinct("/members", e.Members)
	}
}

var (
	amountPattern   = regexp.MustCompile(`^\d{1,18}(\.\d{1,4})?$`)
	currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)
)

// References lists the members of a case and the sources cited.
func (e *Entity) References() []Reference {
	var refs []Reference
	for i, id := range e.Members {
		refs = append(refs, Reference{Pointer: fmt.Sprintf("/members/%d", i), ID: id, Types: []RecordType{TypeEntity}})
	}
	return append(refs, citationReferences(e.Citations)...)
}

// Cited lists the citations. A case is an editor's collection and may have none.
func (e *Entity) Cited() []Citation {
	if e.Kind == KindCase && len(e.Citations) == 0 {
		return nil
	}
	return append([]Citation{}, e.Citations...)
}

// Rows projects the entity.
func (e *Entity) Rows(h Held) []any {
	rows := []any{&EntityRow{Held: h, Kind: e.Kind, Name: e.Name, NameFolded: Fold(e.Name), Slug: e.Slug,
		Identity: e.Identity, Start: e.Start, End: e.End}}
	rows = append(rows, &NameRow{Listed: h.listed(0), Text: e.Name, Folded: Fold(e.Name)})
	for i, n := range e.Names {
		rows = append(rows, &NameRow{Listed: h.listed(i + 1), Text: n.Text, Folded: Fold(n.Text)})
	}
	identifiers := e.Identifiers
	if h.State == StateMerged {
		identifiers = nil // the record that stands in its place has them
	}
	for i, id := range identifiers {
		rows = append(rows, &IdentifierRow{Listed: h.listed(i), Scheme: id.Scheme, Value: id.Value})
	}
	for i, place := range e.Places {
		rows = append(rows, &PlaceRow{Listed: h.listed(i), Code: place})
	}
	for i, member := range e.Members {
		rows = append(rows, &LinkRow{Listed: h.listed(i), Role: LinkMember, TargetID: member})
	}
	return append(rows, citationRows(h, e.Citations)...)
}

// EntityRow is the held row of an entity: what queries filter and sort by.
type EntityRow struct {
	Held
	Kind       EntityKind `gorm:"not null"`
	Name       string     `gorm:"not null"`
	NameFolded string     `gorm:"not null"`
	Slug       string     `gorm:"not null"`
	Identity   Identity   `gorm:"not null"`
	Start      Date       `gorm:"embedded;embeddedPrefix:start_"`
	End        Date       `gorm:"embedded;embeddedPrefix:end_"`
}

// TableName is the table in which versions of entities are kept.
func (EntityRow) TableName() string { return "entities" }

// NameRow is one name of an entity, folded for search; place 0 is its main name.
type NameRow struct {
	Listed
	Text   string `gorm:"not null"`
	Folded string `gorm:"not null"`
}

// TableName is the table in which names are kept.
func (NameRow) TableName() string { return "entity_names" }

// IdentifierRow is one identifier of an entity.
type IdentifierRow struct {
	Listed
	Scheme string `gorm:"not null"`
	Value  string `gorm:"not null"`
}

// TableName is the table in which identifiers are kept.
func (IdentifierRow) TableName() string { return "entity_identifiers" }

// PlaceRow is one country or region of an entity.
type PlaceRow struct {
	Listed
	Code string `gorm:"not null"`
}

// TableName is the table in which places are kept.
func (PlaceRow) TableName() string { return "entity_places" }
