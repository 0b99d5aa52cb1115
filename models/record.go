package models

import (
	"time"

	"github.com/google/uuid"
)

// RecordType says which kind of document a record holds.
type RecordType string

// The types of record. All share one space of ids.
const (
	TypeEntity       RecordType = "entity"
	TypeRelationship RecordType = "relationship"
	TypeStatusChange RecordType = "status_change"
	TypeClaim        RecordType = "claim"
	TypeSource       RecordType = "source"
	TypeOpenItem     RecordType = "open_item"
)

// RecordTypes is the vocabulary of record types.
func RecordTypes() Vocabulary {
	return codes("record_type",
		[3]string{"entity", "Entity", "Anything with an identity: a company, a unit, a service, a person."},
		[3]string{"relationship", "Relationship", "A typed, directed link between two entities."},
		[3]string{"status_change", "Status change", "A dated step in the life of a relationship, contract, inquiry or open item."},
		[3]string{"claim", "Claim", "Something that one or more speakers say about one or more records, on a day."},
		[3]string{"source", "Source", "A document that other records cite."},
		[3]string{"open_item", "Open item", "A question, demand or commitment addressed to an entity."})
}

// RecordState says whether a record stands.
type RecordState string

// The states of a record.
const (
	StateLive      RecordState = "live"
	StateRetracted RecordState = "retracted"
	StateMerged    RecordState = "merged"
	// StateWithheld is that of a record on hold where others point at it. It is never stored: the
	// record keeps its own.
	StateWithheld RecordState = "withheld"
)

// Withheld stands where what a record on hold says would stand.
const Withheld = "[withheld]"

// RecordStates is the vocabulary of record states.
func RecordStates() Vocabulary {
	return codes("record_state",
		[3]string{"live", "Live", "The record stands."},
		[3]string{"retracted", "Retracted", "Withdrawn with a reason; kept, so that nobody enters it again."},
		[3]string{"merged", "Merged", "Found to be the same as another record, to which its id now leads."})
}

// Record is the common ground of all records: citations, claims, revisions and status changes
// point at it. It holds the present; the held rows hold every version.
type Record struct {
	ID         uuid.UUID   `gorm:"primaryKey"`
	Type       RecordType  `gorm:"not null"`
	State      RecordState `gorm:"not null"`
	MergedInto *uuid.UUID
	// Version counts the record's revisions from 1; a write names the one it saw.
	Version int64 `gorm:"not null"`
	// Revision is the log position of the record's last revision.
	Revision int64 `gorm:"not null"`
	// WithheldAt is when the record was put on hold, and WithheldFor the stated reason; nil and ""
	// for one that is not on hold.
	WithheldAt  *time.Time
	WithheldFor string `gorm:"not null"`
}

// TableName is the table in which records are kept.
func (Record) TableName() string { return "records" }

// SlugRow is a slug that leads to an entity; a slug once given leads there for ever.
type SlugRow struct {
	Slug     string    `gorm:"primaryKey"`
	RecordID uuid.UUID `gorm:"not null"`
}

// TableName is the table in which slugs are kept.
func (SlugRow) TableName() string { return "slugs" }

// Document is what a person writes about a record: the whole of it, as kept in a revision.
type Document interface {
	// RecordType is the type of record that the document describes.
	RecordType() RecordType
	// Clean trims and normalises texts and lists in place, so that equal contents are equal.
	Clean()
	// Validate reports everything wrong that can be seen without other records.
	Validate() []Problem
	// References lists every record that the document points at.
	References() []Reference
	// Cited lists the document's citations; nil for documents that need none.
	Cited() []Citation
	// Rows projects the document onto the rows that queries use: the held row of its own
	// table first, then those of its lists.
	Rows(h Held) []any
}

// Reference is one pointer from a document to another record.
type Reference struct {
	Pointer string
	ID      uuid.UUID
	// Types are the record types that may stand here; empty means any.
	Types []RecordType
	// Kinds are the entity kinds that may stand here; empty means any.
	Kinds []EntityKind
}

// NewDocument makes an empty document of a type; nil for an unknown type.
func NewDocument(t RecordType) Document {
	switch t {
	case TypeEntity:
		return &Entity{}
	case TypeRelationship:
		return &Relationship{}
	case TypeStatusChange:
		return &StatusChange{}
	case TypeClaim:
		return &Claim{}
	case TypeSource:
		return &Source{}
	case TypeOpenItem:
		return &OpenItem{}
	}
	return nil
}

// Held is what every held row knows: which record and version it is, and between which log
// sizes it held. The present is the row whose ToSize is nil.
type Held struct {
	ID       uuid.UUID   `gorm:"primaryKey"`
	FromSize int64       `gorm:"primaryKey;autoIncrement:false"`
	ToSize   *int64      //
	State    RecordState `gorm:"not null"`
	Version  int64       `gorm:"not null"`
	// Revision is the log position of the revision that holds the document.
	Revision int64 `gorm:"not null"`
}

// Listed is what every row of a document's list knows: the record it belongs to, its place in
// the list from 0, and the log sizes between which it held.
type Listed struct {
	RecordID uuid.UUID `gorm:"primaryKey"`
	Place    int       `gorm:"primaryKey;autoIncrement:false"`
	FromSize int64     `gorm:"primaryKey;autoIncrement:false"`
	ToSize   *int64
}

// listed makes the list fields for the row at a place of a held record.
func (h Held) listed(place int) Listed {
	return Listed{RecordID: h.ID, Place: place, FromSize: h.FromSize, ToSize: h.ToSize}
}
