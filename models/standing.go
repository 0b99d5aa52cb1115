package models

import (
	"github.com/google/uuid"
)

// Verification says how well established a record is. It is derived, never typed in.
type Verification string

// The levels of verification, weakest first.
const (
	NoOrigin           Verification = "no_origin"
	SingleOrigin       Verification = "single_origin"
	Corroborated       Verification = "corroborated"
	PartlyAcknowledged Verification = "partly_acknowledged"
	Acknowledged       Verification = "acknowledged"
)

// Verifications is the vocabulary of verification levels.
func Verifications() Vocabulary {
	return codes("verification",
		[3]string{"no_origin", "No origin that counts", "None of its sources counts as an origin."},
		[3]string{"single_origin", "Single origin", "Its sources lead back to one origin."},
		[3]string{"corroborated", "Corroborated", "Two or more independent origins say so."},
		[3]string{"partly_acknowledged", "Partly acknowledged", "The party concerned admits it in part."},
		[3]string{"acknowledged", "Acknowledged", "The party concerned admits it."})
}

// Standing is how well a record is established, and on what that rests.
type Standing struct {
	// Verification is empty for a record without citations (a source, a case).
	Verification Verification `json:"verification,omitempty"`
	// Disputed says that a denial, dispute or finding of no evidence stands that no later
	// admission superseded.
	Disputed bool  `json:"disputed"`
	Basis    Basis `json:"basis"`
	// LastEvidenced is the last day on which a cited source shows that the record held;
	// LastChecked the last on which somebody looked. Zero when no citation says.
	LastEvidenced Day `json:"last_evidenced"`
	LastChecked   Day `json:"last_checked"`
}

// Basis is what a standing rests on, by ids, so that people can be shown why.
type Basis struct {
	// Origins are the independent origins that were counted, by the source that stands for each.
	Origins []CountedOrigin `json:"origins,omitempty"`
	// NotCounted are cited sources that lift nothing, and why.
	NotCounted []UncountedSource `json:"not_counted,omitempty"`
	// Acknowledgement is what the party concerned said; nil if nothing.
	Acknowledgement *Acknowledgement `json:"acknowledgement,omitempty"`
	// Dispute is the claim that stands against the record; nil if none.
	Dispute *Dispute `json:"dispute,omitempty"`
}

// CountedOrigin is one independent origin.
type CountedOrigin struct {
	Source uuid.UUID `json:"source"`
	// Through are cited sources that lead back to this origin or may, and so were not counted.
	Through []uuid.UUID `json:"through,omitempty"`
}

// WhyUncounted says why a source lifts no level of verification.
type WhyUncounted string

// The reasons.
const (
	UncountedFile    WhyUncounted = "imported_file"
	UncountedDataset WhyUncounted = "dataset"
	UncountedOwn     WhyUncounted = "own_page"
	UncountedUnnamed WhyUncounted = "unnamed"
	// UncountedBeforeNaming are sources that spoke of one who was named later, by others.
	UncountedBeforeNaming WhyUncounted = "before_naming"
	// UncountedRetracted is one that was taken back, as it never existed, or is another.
	UncountedRetracted WhyUncounted = "retracted"
)

// WhyUncountedCodes is the vocabulary of why a source lifts no level of verification.
func WhyUncountedCodes() Vocabulary {
	return codes("not_counted",
		[3]string{"imported_file", "Imported file", "It says how a record came in, not who says so."},
		[3]string{"dataset", "Dataset without a publisher", "Nobody is named who examined what it lists."},
		[3]string{"own_page", "A page of this site", "What is recorded here is no evidence for itself."},
		[3]string{"unnamed", "Nobody is named", "It names no publisher, and no address that tells who published it."},
		[3]string{"before_naming", "Of one not named", "It spoke of one who was not named; who that is, others said later, and the level is theirs."},
		[3]string{"retracted", "Retracted", "The record of this source was taken back."})
}

// UncountedSource is a cited source that lifts nothing: itself, or an origin that it may pass on.
type UncountedSource struct {
	Source uuid.UUID `json:"source"`
	// Shows says that it shows days all the same: what it reports on does not count, and it is itself
	// a publication by somebody. Filters read it where it stands in the stored text.
	Shows bool         `json:"shows"`
	Why   WhyUncounted `json:"why"`
}

// Acknowledgement is a statement by the party concerned that the record is so.
type Acknowledgement struct {
	By uuid.UUID `json:"by"`
	// Claim is the admission; nil where the party announced its own step in Source.
	Claim  *uuid.UUID `json:"claim,omitempty"`
	Source *uuid.UUID `json:"source,omitempty"`
	On     Date       `json:"on"`
	Extent Extent     `json:"extent"`
}

// Dispute is a claim against the record that stands.
type Dispute struct {
	Claim uuid.UUID `json:"claim"`
	// By is the entity that disputes; nil when it is anonymous.
	By     *uuid.UUID `json:"by,omitempty"`
	Stance Stance     `json:"stance"`
	On     Date       `json:"on"`
}

// StandingRow is a stored standing, with the log sizes between which it held.
type StandingRow struct {
	RecordID      uuid.UUID     `gorm:"primaryKey"`
	FromSize      int64         `gorm:"primaryKey;autoIncrement:false"`
	ToSize        *int64        //
	Verification  *Verification //
	Disputed      bool          `gorm:"not null"`
	Origins       int           `gorm:"not null"`
	Basis         string        `gorm:"not null"`
	LastEvidenced Day
	LastChecked   Day
}

// TableName is the table in which standings are kept.
func (StandingRow) TableName() string { return "standings" }

// InvolvementRole says how an entity is involved in a record.
type InvolvementRole string

// The ways of being involved.
const (
	// InvolvedParty is an entity that the record is about, or that stands behind what it is
	// about: the provider of a supplied service, the operator of a system.
	InvolvedParty InvolvementRole = "party"
	// InvolvedSpeaker is an entity that speaks in the record, or on whose behalf somebody does.
	InvolvedSpeaker InvolvementRole = "speaker"
)

// InvolvementRow says that an entity is involved in a record. It is derived at publication, so
// that an entity's links, claims and timeline are one range of one index.
type InvolvementRow struct {
	EntityID uuid.UUID       `gorm:"primaryKey"`
	RecordID uuid.UUID       `gorm:"primaryKey"`
	Role     InvolvementRole `gorm:"primaryKey"`
	FromSize int64           `gorm:"primaryKey;autoIncrement:false"`
	ToSize   *int64          //
	Type     RecordType      `gorm:"not null"`
	// Kind is the record's relationship type, entity kind, status, stance, source or open item
	// kind, for filters.
	Kind string `gorm:"not null"`
	// Day places the record in time as ISO text: the latest day of its date, the earliest where
	// there is no latest, '' where it has no date.
	Day string `gorm:"not null"`
}

// TableName is the table in which involvements are kept.
func (InvolvementRow) TableName() string { return "involvements" }
