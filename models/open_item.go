package models

import (
	"github.com/google/uuid"
)

// OpenItemKinds is the vocabulary of open items.
func OpenItemKinds() Vocabulary {
	return codes("open_item_kind",
		[3]string{"question", "Question", "Something asked of a party."},
		[3]string{"demand", "Demand", "Something that a party is asked to do."},
		[3]string{"commitment", "Commitment", "Something that a party promised."})
}

// OpenItem is the document of a question, demand or commitment addressed to an entity.
type OpenItem struct {
	Kind string `json:"kind"`
	// Addressee is who is to answer, to act, or made the promise.
	Addressee uuid.UUID `json:"addressee"`
	// RaisedBy is who asks or demands, or to whom the promise was made.
	RaisedBy []Speaker   `json:"raised_by,omitempty"`
	About    []uuid.UUID `json:"about,omitempty"`
	Text     string      `json:"text"`
	RaisedOn Date        `json:"raised_on"`
	// Due is the day by which an answer or act is expected; zero if none was set.
	Due       Date       `json:"due,omitzero"`
	Citations []Citation `json:"citations,omitempty"`
}

// RecordType is TypeOpenItem.
func (*OpenItem) RecordType() RecordType { return TypeOpenItem }

// Clean normalises the texts.
func (o *OpenItem) Clean() {
	cleanTexts(&o.Kind, &o.Text)
	for i := range o.RaisedBy {
		cleanTexts(&o.RaisedBy[i].Description)
	}
	cleanCitations(o.Citations)
}

// Validate reports what is wrong with the open item by itself.
func (o *OpenItem) Validate() []Problem {
	var v validation
	v.code("/kind", o.Kind, OpenItemKinds())
	v.required("/addressee", o.Addressee, "the entity to which this is addressed")
	v.speakers("/raised_by", o.RaisedBy, false)
	v.text("/text", o.Text, 5000, true)
	if o.RaisedOn.IsZero() {
		v.addf("/raised_on", "Say when this was raised: a day, a month, a year or a range.")
	}
	v.point("/raised_on", o.RaisedOn)
	v.point("/due", o.Due)
	v.atMost("/about", len(o.About), 200)
	v.distinct("/about", o.About)
	v.citations(o.Citations)
	return v.problems
}

// References lists the addressee, who raised it, what it is about and the sources cited.
func (o *OpenItem) References() []Reference {
	refs := []Reference{{Pointer: "/addressee", ID: o.Addressee, Types: []RecordType{TypeEntity}}}
	refs = append(refs, speakerReferences("/raised_by", o.RaisedBy)...)
	refs = append(refs, linkReferences("/about", o.About,
		TypeEntity, TypeRelationship, TypeStatusChange, TypeClaim)...)
	return append(refs, citationReferences(o.Citations)...)
}

// Cited lists the citations; an open item needs at least one.
func (o *OpenItem) Cited() []Citation { return append([]Citation{}, o.Citations...) }

// Rows projects the open item.
func (o *OpenItem) Rows(h Held) []any {
	rows := []any{&OpenItemRow{Held: h, Kind: o.Kind, AddresseeID: o.Addressee, RaisedOn: o.RaisedOn, Due: o.Due}}
	rows = append(rows, speakerRows(h, o.RaisedBy)...)
	rows = append(rows, linkRows(h, LinkAbout, o.About)...)
	return append(rows, citationRows(h, o.Citations)...)
}

// OpenItemRow is the held row of an open item.
type OpenItemRow struct {
	Held
	Kind        string    `gorm:"not null"`
	AddresseeID uuid.UUID `gorm:"not null"`
	RaisedOn    Date      `gorm:"embedded;embeddedPrefix:raised_on_"`
	Due         Date      `gorm:"embedded;embeddedPrefix:due_"`
}

// TableName is the table in which versions of open items are kept.
func (OpenItemRow) TableName() string { return "open_items" }
