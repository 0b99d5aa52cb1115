package models

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// RelationshipType says how two entities are tied.
type RelationshipType string

// The types of relationship.
const (
	Provides         RelationshipType = "provides"
	SuppliedTo       RelationshipType = "supplied_to"
	PartOf           RelationshipType = "part_of"
	Owns             RelationshipType = "owns"
	PartyTo          RelationshipType = "party_to"
	Covers           RelationshipType = "covers"
	Position         RelationshipType = "position"
	MemberOf         RelationshipType = "member_of"
	Operates         RelationshipType = "operates"
	Uses             RelationshipType = "uses"
	StoredAt         RelationshipType = "stored_at"
	LocatedIn        RelationshipType = "located_in"
	TookPart         RelationshipType = "took_part"
	Commissions      RelationshipType = "commissions"
	Conducts         RelationshipType = "conducts"
	Concerns         RelationshipType = "concerns"
	CampaignsAgainst RelationshipType = "campaigns_against"
	LinkedTo         RelationshipType = "linked_to"
)

// RelationshipTypes is the vocabulary of relationship types.
func RelationshipTypes() Vocabulary {
	return codes("relationship_type",
		[3]string{"provides", "provides", "A company offers a service."},
		[3]string{"supplied_to", "supplied to", "A service is supplied to a unit: the tracked link."},
		[3]string{"part_of", "part of", "One unit, service, organization, company or group belongs to a larger one of its kind."},
		[3]string{"owns", "owns", "A company holds a share of another."},
		[3]string{"party_to", "party to", "A company, unit or organization is a party to a contract, in a role."},
		[3]string{"covers", "covers", "A contract covers a service."},
		[3]string{"position", "position at", "A person or group of people holds a position at a company, unit or organization."},
		[3]string{"member_of", "member of", "A person or group of people belongs to a group or an organization."},
		[3]string{"operates", "operates", "A company or unit runs a system or a facility."},
		[3]string{"uses", "uses", "A system is built on, or works with, a service or another system."},
		[3]string{"stored_at", "stored at", "The data of a service or system is kept at a facility."},
		[3]string{"located_in", "located in", "A facility lies within another."},
		[3]string{"took_part", "took part in", "An entity took part in an event, in a role."},
		[3]string{"commissions", "commissioned", "A company, unit or organization ordered an inquiry."},
		[3]string{"conducts", "conducts", "A company, unit or organization carries out an inquiry."},
		[3]string{"concerns", "concerns", "An inquiry or event is about an entity."},
		[3]string{"campaigns_against", "campaigns against", "An organization campaigns against a company."},
		[3]string{"linked_to", "linked to", "Tied in a way that no other type names; described in words."})
}

// Purpose is what a supply is said to be used for.
type Purpose string

// Purposes is the vocabulary of purposes.
func Purposes() Vocabulary {
	return codes("purpose",
		[3]string{"surveillance", "Surveillance", "Said to be used to watch or listen to people."},
		[3]string{"targeting", "Targeting", "Said to be used to choose targets of attacks."},
		[3]string{"translation", "Translation", "Said to be used to translate between languages."},
		[3]string{"storage", "Storage", "Said to be used to keep data."},
		[3]string{"search_and_rescue", "Search and rescue", "Said to be used to find and rescue people."},
		[3]string{"cybersecurity", "Cybersecurity", "Said to be used to defend computer systems."},
		[3]string{"other", "Other", "Said to be used for another purpose, described in words."})
}

// joins is the table of which kinds each type of relationship may join: rows of subject kinds
// and object kinds. An empty list means any kind but a case.
var joins = map[RelationshipType][]join{
	Provides:   {{kinds(KindCompany), kinds(KindService)}},
	SuppliedTo: {{kinds(KindService), kinds(KindUnit)}},
	PartOf: {
		{kinds(KindUnit), kinds(KindUnit)}, {kinds(KindService), kinds(KindService)},
		{kinds(KindOrganization), kinds(KindOrganization)}, {kinds(KindCompany), kinds(KindCompany)},
		{kinds(KindGroup), kinds(KindGroup)},
	},
	Owns:             {{kinds(KindCompany), kinds(KindCompany)}},
	PartyTo:          {{kinds(KindCompany, KindUnit, KindOrganization), kinds(KindContract)}},
	Covers:           {{kinds(KindContract), kinds(KindService)}},
	Position:         {{kinds(KindPerson, KindGroup), kinds(KindCompany, KindUnit, KindOrganization)}},
	MemberOf:         {{kinds(KindPerson, KindGroup), kinds(KindGroup, KindOrganization)}},
	Operates:         {{kinds(KindCompany, KindUnit), kinds(KindSystem, KindFacility)}},
	Uses:             {{kinds(KindSystem), kinds(KindService, KindSystem)}},
	StoredAt:         {{kinds(KindService, KindSystem), kinds(KindFacility)}},
	LocatedIn:        {{kinds(KindFacility), kinds(KindFacility)}},
	TookPart:         {{nil, kinds(KindEvent)}},
	Commissions:      {{kinds(KindCompany, KindUnit, KindOrganization), kinds(KindInquiry)}},
	Conducts:         {{kinds(KindCompany, KindUnit, KindOrganization), kinds(KindInquiry)}},
	Concerns:         {{kinds(KindInquiry, KindEvent), nil}},
	CampaignsAgainst: {{kinds(KindOrganization), kinds(KindCompany)}},
	LinkedTo:         {{nil, nil}},
}

type join struct{ subjects, objects []EntityKind }

func kinds(list ...EntityKind) []EntityKind { return list }

func (j join) allows(subject, object EntityKind) bool {
	return allowsKind(j.subjects, subject) && allowsKind(j.objects, object)
}

func allowsKind(list []EntityKind, kind EntityKind) bool {
	if len(list) == 0 {
		return kind != KindCase
	}
	return slices.Contains(list, kind)
}

// MayJoin reports whether a relationship of the type may lead from a subject of one kind to an
// object of another.
func (t RelationshipType) MayJoin(subject, object EntityKind) bool {
	return slices.ContainsFunc(joins[t], func(j join) bool { return j.allows(subject, object) })
}

// Ends describes, for people, which kinds the type may join: "service → unit".
func (t RelationshipType) Ends() string {
	var ends []string
	for _, j := range joins[t] {
		ends = append(ends, describeKinds(j.subjects)+" → "+describeKinds(j.objects))
	}
	return strings.Join(ends, ", ")
}

func describeKinds(list []EntityKind) string {
	if len(list) == 0 {
		return "any"
	}
	words := make([]string, len(list))
	for i, kind := range list {
		words[i] = string(kind)
	}
	return oneOf(words)
}

// Relationship is the document of a typed, directed link between two entities.
type Relationship struct {
	Type    RelationshipType `json:"type"`
	Subject uuid.UUID        `json:"subject"`
	Object  uuid.UUID        `json:"object"`
	// SuppliedBy is the seller, where that is not the provider of the service.
	SuppliedBy *uuid.UUID `json:"supplied_by,omitempty"`
	// Start and End are points; a zero Start or End is unknown, an End of ".." still open.
	Start Date `json:"start,omitzero"`
	End   Date `json:"end,omitzero"`
	// Quantity is a described quantity in words ("several subscriptions").
	Quantity string `json:"quantity,omitempty"`
	// Share is the part owned, in percent.
	Share *float64 `json:"share,omitempty"`
	// Role is the party's or participant's role; Title is that of a position.
	Role        string     `json:"role,omitempty"`
	Title       string     `json:"title,omitempty"`
	Description string     `json:"description,omitempty"`
	Purposes    []Purpose  `json:"purposes,omitempty"`
	Citations   []Citation `json:"citations,omitempty"`
}

// RecordType is TypeRelationship.
func (*Relationship) RecordType() RecordType { return TypeRelationship }

// Clean normalises the texts.
func (r *Relationship) Clean() {
	cleanTexts(&r.Quantity, &r.Role, &r.Title, &r.Description)
	cleanCitations(r.Citations)
}

// Validate reports what is wrong with the relationship by itself; whether its ends are of
// kinds that it may join needs the entities, and is checked by the services.
func (r *Relationship) Validate() []Problem {
	var v validation
	v.code("/type", string(r.Type), RelationshipTypes())
	v.required("/subject", r.Subject, "the entity from which the link leads")
	v.required("/object", r.Object, "the entity to which the link leads")
	if r.Subject != uuid.Nil && r.Subject == r.Object {
		v.addf("/object", "A link leads from one entity to another; choose a different object.")
	}
	v.period("/start", r.Start, "/end", r.End)
	v.text("/quantity", r.Quantity, 500, false)
	v.text("/role", r.Role, 200, false)
	v.text("/title", r.Title, 300, false)
	v.text("/description", r.Description, 5000, r.Type == LinkedTo)

	r.validateFields(&v)
	v.purposes(r.Purposes)
	v.citations(r.Citations)
	return v.problems
}

// validateFields refuses the fields that belong to other types of relationship.
func (r *Relationship) validateFields(v *validation) {
	foreign := func(pointer string, set bool, owners ...RelationshipType) {
		if set && !slices.Contains(owners, r.Type) {
			v.addf(pointer, "Only a link of the type %s has this field; leave it out here.", describeTypes(owners))
		}
	}
	foreign("/supplied_by", r.SuppliedBy != nil, SuppliedTo)
	foreign("/purposes", len(r.Purposes) > 0, SuppliedTo, Operates, Uses, StoredAt)
	foreign("/share", r.Share != nil, Owns)
	foreign("/title", r.Title != "", Position)
	if r.Share != nil && (*r.Share <= 0 || *r.Share > 100) {
		v.addf("/share", "A share is given in percent, above 0 and at most 100.")
	}
}

func describeTypes(types []RelationshipType) string {
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = string(t)
	}
	return oneOf(words)
}

// References lists both ends, the seller and the sources cited.
func (r *Relationship) References() []Reference {
	refs := []Reference{
		{Pointer: "/subject", ID: r.Subject, Types: []RecordType{TypeEntity}},
		{Pointer: "/object", ID: r.Object, Types: []RecordType{TypeEntity}},
	}
	if r.SuppliedBy != nil {
		refs = append(refs, Reference{Pointer: "/supplied_by", ID: *r.SuppliedBy, Types: []RecordType{TypeEntity},
			Kinds: kinds(KindCompany, KindOrganization, KindUnit)})
	}
	return append(refs, citationReferences(r.Citations)...)
}

// Cited lists the citations; a relationship needs at least one.
func (r *Relationship) Cited() []Citation { return append([]Citation{}, r.Citations...) }

// Rows projects the relationship.
func (r *Relationship) Rows(h Held) []any {
	rows := []any{&RelationshipRow{Held: h, Type: r.Type, SubjectID: r.Subject, ObjectID: r.Object,
		SuppliedByID: r.SuppliedBy, Start: r.Start, End: r.End}}
	rows = append(rows, purposeRows(h, r.Purposes)...)
	return append(rows, citationRows(h, r.Citations)...)
}

// RelationshipRow is the held row of a relationship.
type RelationshipRow struct {
	Held
	Type         RelationshipType `gorm:"not null"`
	SubjectID    uuid.UUID        `gorm:"not null"`
	ObjectID     uuid.UUID        `gorm:"not null"`
	SuppliedByID *uuid.UUID
	Start        Date `gorm:"embedded;embeddedPrefix:start_"`
	End          Date `gorm:"embedded;embeddedPrefix:end_"`
}

// TableName is the table in which versions of relationships are kept.
func (RelationshipRow) TableName() string { return "relationships" }

// PurposeRow is one purpose of a relationship or claim.
type PurposeRow struct {
	Listed
	Purpose Purpose `gorm:"not null"`
}

// TableName is the table in which purposes are kept.
func (PurposeRow) TableName() string { return "record_purposes" }

func purposeRows(h Held, purposes []Purpose) []any {
	rows := make([]any, len(purposes))
	for i, p := range purposes {
		rows[i] = &PurposeRow{Listed: h.listed(i), Purpose: p}
	}
	return rows
}

// LinkRole says in which list of a document a link stands.
type LinkRole string

// The lists that are kept as links.
const (
	LinkMember    LinkRole = "member"     // a case's members
	LinkAbout     LinkRole = "about"      // what a claim or open item is about
	LinkAnswers   LinkRole = "answers"    // the claims that a claim answers
	LinkPublisher LinkRole = "publisher"  // a source's publishers
	LinkReportsOn LinkRole = "reports_on" // a source's origins
	LinkExamined  LinkRole = "examined"   // origins that the source's publisher examined itself
	LinkCopyOf    LinkRole = "copy_of"    // the source of which a source is a copy
)

// LinkRow is one pointer in a list of a document.
type LinkRow struct {
	Listed
	Role     LinkRole  `gorm:"primaryKey"`
	TargetID uuid.UUID `gorm:"not null"`
}

// TableName is the table in which links are kept.
func (LinkRow) TableName() string { return "record_links" }

func linkRows(h Held, role LinkRole, targets []uuid.UUID) []any {
	rows := make([]any, len(targets))
	for i, id := range targets {
		rows[i] = &LinkRow{Listed: h.listed(i), Role: role, TargetID: id}
	}
	return rows
}

func linkReferences(pointer string, ids []uuid.UUID, types ...RecordType) []Reference {
	refs := make([]Reference, len(ids))
	for i, id := range ids {
		refs[i] = Reference{Pointer: fmt.Sprintf("%s/%d", pointer, i), ID: id, Types: types}
	}
	return refs
}
