package models

import (
	"time"

	"github.com/google/uuid"
)

// Op is what an operation does to a record.
type Op string

// The operations. Redact, hold and lift are made by the services alone and cannot be part of a
// changeset that a person writes.
const (
	OpCreate  Op = "create"
	OpEdit    Op = "edit"
	OpRetract Op = "retract"
	OpRestore Op = "restore"
	OpMerge   Op = "merge"
	OpName    Op = "name"
	OpRedact  Op = "redact"
	OpHold    Op = "hold"
	OpLift    Op = "lift"
)

// Joins reports whether the operation joins a record with another, into which it leads from then on.
func (o Op) Joins() bool { return o == OpMerge || o == OpName }

// Operations is the vocabulary of operations.
func Operations() Vocabulary {
	return codes("operation",
		[3]string{"create", "Create", "Enters a new record."},
		[3]string{"edit", "Edit", "Replaces a record's contents."},
		[3]string{"retract", "Retract", "Withdraws a record that is wrong, with a reason; it is kept."},
		[3]string{"restore", "Restore", "Takes a retraction back."},
		[3]string{"merge", "Merge", "Joins a record with another that is the same thing."},
		[3]string{"name", "It was named", "Says who an undisclosed entity is, with who says so and the source: it is joined with the named one."},
		[3]string{"redact", "Redact", "Erases a value that the law forces out; the log still verifies."},
		[3]string{"hold", "Put on hold", "Keeps a record from being shown while the law asks for it; the log still verifies."},
		[3]string{"lift", "Lift a hold", "Shows a record again that was on hold."})
}

// EditKind says whether the world changed or the record was wrong.
type EditKind string

// The kinds of edit.
const (
	WorldChanged EditKind = "world_changed"
	Corrected    EditKind = "corrected"
)

// EditKinds is the vocabulary of edit kinds.
func EditKinds() Vocabulary {
	return codes("edit_kind",
		[3]string{"world_changed", "The world changed", "What the record describes is different now."},
		[3]string{"corrected", "Corrected", "The record was wrong; corrections are public."})
}

// Operation is one write of a changeset on one record.
type Operation struct {
	Op   Op         `json:"op"`
	Type RecordType `json:"type"`
	// ID is the record's id. A create may leave it nil and is then given one.
	ID uuid.UUID `json:"id"`
	// Version is the version that the writer saw; 0 for a create.
	Version int64 `json:"version,omitempty"`
	// Edit and Reason say why a record is edited; a retraction, restoration or merge needs the
	// reason alone.
	Edit   EditKind `json:"edit,omitempty"`
	Reason string   `json:"reason,omitempty"`
	// Into is the record that a merge or a naming joins this one with.
	Into *uuid.UUID `json:"into,omitempty"`
	// Data is the whole document, for create and edit.
	Data Document `json:"-"`
}

// ChangesetStatus is where a changeset stands.
type ChangesetStatus string

// The statuses of a changeset.
const (
	ChangesetDraft            ChangesetStatus = "draft"
	ChangesetSubmitted        ChangesetStatus = "submitted"
	ChangesetChangesRequested ChangesetStatus = "changes_requested"
	ChangesetPublished        ChangesetStatus = "published"
	ChangesetRejected         ChangesetStatus = "rejected"
	ChangesetWithdrawn        ChangesetStatus = "withdrawn"
)

// ChangesetStatuses is the vocabulary of changeset statuses.
func ChangesetStatuses() Vocabulary {
	return codes("changeset_status",
		[3]string{"draft", "Draft", "Being written."},
		[3]string{"submitted", "Submitted", "Waits for review."},
		[3]string{"changes_requested", "Changes requested", "A reviewer asked its author for changes."},
		[3]string{"published", "Published", "Its writes are part of the record."},
		[3]string{"rejected", "Rejected", "A reviewer refused it."},
		[3]string{"withdrawn", "Withdrawn", "Its author took it back."})
}

// changesetSteps is the table of which status of a changeset may follow which.
var changesetSteps = map[ChangesetStatus][]ChangesetStatus{
	ChangesetDraft:            {ChangesetSubmitted, ChangesetWithdrawn, ChangesetPublished},
	ChangesetSubmitted:        {ChangesetChangesRequested, ChangesetPublished, ChangesetRejected, ChangesetWithdrawn},
	ChangesetChangesRequested: {ChangesetSubmitted, ChangesetRejected, ChangesetWithdrawn},
	ChangesetPublished:        {},
	ChangesetRejected:         {},
	ChangesetWithdrawn:        {},
}

// CanMove reports whether a changeset may go from one status to another.
func (s ChangesetStatus) CanMove(to ChangesetStatus) bool {
	for _, next := range changesetSteps[s] {
		if next == to {
			return true
		}
	}
	return false
}

// Changeset is a list of operations that belong together, with a summary.
type Changeset struct {
	// ID is given when nil.
	ID         uuid.UUID
	Summary    string
	Operations []Operation
	// PublishAt is the instant before which it is not published (an embargo); zero for none. In
	// an amendment zero leaves it as it is.
	PublishAt time.Time
}

// ChangesetRow is a stored changeset.
type ChangesetRow struct {
	ID       uuid.UUID       `gorm:"primaryKey"`
	Status   ChangesetStatus `gorm:"not null"`
	Summary  string          `gorm:"not null"`
	AuthorID uuid.UUID       `gorm:"not null"`
	// GroupID is the group for which its author wrote, as it was then; nil where there was none.
	GroupID    *uuid.UUID
	ReviewerID *uuid.UUID
	// Note is what the reviewer or the author said when it was decided.
	Note      string    `gorm:"not null"`
	CreatedAt time.Time `gorm:"not null;autoCreateTime:false"`
	DecidedAt *time.Time
	// FromPosition and ToSize bound its revisions in the log: positions from FromPosition up to
	// and without ToSize. Nil until it is published.
	FromPosition *int64
	ToSize       *int64
	// Operations holds what is proposed, as JSON; empty once published, when the revisions hold it.
	Operations string `gorm:"not null"`
	// Edition counts the saves of a changeset that waits; a save names the one it saw.
	Edition int64 `gorm:"not null"`
	Queue   Queue `gorm:"not null"`
	// Form is what a page's form held, so that a draft can be taken up again.
	Form string `gorm:"not null"`
	// Edits and Retractions count what it asks for, for the limits by the hour.
	Edits       int64 `gorm:"not null"`
	Retractions int64 `gorm:"not null"`
	// SubmittedAt is when its author handed it in; nil for a draft.
	SubmittedAt *time.Time
	// PublishAt is the instant before which it is not published though it was approved; nil for
	// none.
	PublishAt *time.Time
	// AmenderID is who changed it last, where that is not its author.
	AmenderID *uuid.UUID
	// ApproverID is who approved it while it waits for its day.
	ApproverID *uuid.UUID
}

// Queue is where a proposal waits.
type Queue string

// The queues.
const (
	QueueEdits   Queue = "edits"
	QueueReplies Queue = "replies"
)

// Queues is the vocabulary of queues.
func Queues() Vocabulary {
	return codes("queue",
		[3]string{"edits", "Edits", "What people with an account propose."},
		[3]string{"replies", "Replies", "What people without an account ask for by the right of reply."})
}

// Embargoed reports whether an approved changeset waits for its day.
func (c ChangesetRow) Embargoed() bool {
	return c.Status == ChangesetSubmitted && c.ApproverID != nil
}

// EventKind says what happened to a changeset.
type EventKind string

// The kinds of event.
const (
	EventComment          EventKind = "comment"
	EventSubmitted        EventKind = "submitted"
	EventAmended          EventKind = "amended"
	EventChangesRequested EventKind = "changes_requested"
	EventApproved         EventKind = "approved"
	EventHeldBack         EventKind = "held_back"
	EventPublished        EventKind = "published"
	EventRejected         EventKind = "rejected"
	EventWithdrawn        EventKind = "withdrawn"
)

// EventKinds is the vocabulary of what happens to a changeset.
func EventKinds() Vocabulary {
	return codes("changeset_event",
		[3]string{"comment", "Comment", "Somebody said something about it."},
		[3]string{"submitted", "Submitted", "Its author handed it in."},
		[3]string{"amended", "Amended", "Somebody changed what it proposes."},
		[3]string{"changes_requested", "Changes requested", "A reviewer asked its author for changes."},
		[3]string{"approved", "Approved", "A reviewer approved it; it is published on its day."},
		[3]string{"held_back", "Held back", "It could not be published on its day, and waits for review again."},
		[3]string{"published", "Published", "Its writes became part of the record."},
		[3]string{"rejected", "Rejected", "A reviewer refused it."},
		[3]string{"withdrawn", "Withdrawn", "Its author took it back."})
}

// ChangesetEvent is a comment on a changeset, or a step in its life.
type ChangesetEvent struct {
	ID          uuid.UUID `gorm:"primaryKey"`
	ChangesetID uuid.UUID `gorm:"not null"`
	// AccountID is who did it; nil for the clock.
	AccountID *uuid.UUID
	What      EventKind `gorm:"not null"`
	Text      string    `gorm:"not null"`
	// Operations is what was proposed before somebody amended it, as JSON; "" for other events.
	Operations string    `gorm:"not null"`
	At         time.Time `gorm:"not null"`
}

// TableName is the table in which they are kept.
func (ChangesetEvent) TableName() string { return "changeset_events" }

// Protection has each edit of a record wait for review, also an editor's.
type Protection struct {
	ID        uuid.UUID `gorm:"primaryKey"`
	RecordID  uuid.UUID `gorm:"not null"`
	AccountID uuid.UUID `gorm:"not null"`
	Reason    string    `gorm:"not null"`
	At        time.Time `gorm:"not null"`
	LifterID  *uuid.UUID
	LiftedAt  *time.Time
}

// TableName is the table in which they are kept.
func (Protection) TableName() string { return "protections" }

// TableName is the table in which changesets are kept.
func (ChangesetRow) TableName() string { return "changesets" }

// Revision is one version of one record, as published by one changeset. It is append-only.
type Revision struct {
	// Position is the leaf's index in the log, from 0.
	Position    int64      `gorm:"primaryKey;autoIncrement:false"`
	RecordID    uuid.UUID  `gorm:"not null"`
	Type        RecordType `gorm:"not null"`
	Version     int64      `gorm:"not null"`
	ChangesetID uuid.UUID  `gorm:"not null"`
	Op          Op         `gorm:"not null"`
	Edit        EditKind   `gorm:"not null"`
	State       RecordState
	MergedInto  *uuid.UUID
	At          time.Time `gorm:"not null"`
	// Document is the whole record as JSON: one member for each field; null where redacted.
	Document string `gorm:"not null"`
	// Salts is a JSON object with the salt of each field's commitment; null where redacted.
	Salts string `gorm:"not null"`
	// Leaf is the exact text that the log's leaf hashes.
	Leaf string `gorm:"not null"`
}

// TableName is the table in which revisions are kept.
func (Revision) TableName() string { return "revisions" }

// WithheldRevision is what a revision of a record on hold held.
type WithheldRevision struct {
	Position int64  `gorm:"primaryKey;autoIncrement:false"`
	Document string `gorm:"not null"`
	Salts    string `gorm:"not null"`
}

// TableName is the table in which they are kept.
func (WithheldRevision) TableName() string { return "withheld_revisions" }

// WithheldText is a text of a changeset that is put aside while a record that it writes is on hold.
type WithheldText struct {
	// OwnerID is the changeset, or the event whose text it is.
	OwnerID     uuid.UUID `gorm:"primaryKey"`
	Field       string    `gorm:"primaryKey"`
	ChangesetID uuid.UUID `gorm:"not null"`
	Text        string    `gorm:"not null"`
}

// TableName is the table in which they are kept.
func (WithheldText) TableName() string { return "withheld_texts" }

// LogHash is a stored hash of the Merkle tree, numbered as in golang.org/x/mod/sumdb/tlog.
type LogHash struct {
	Number int64  `gorm:"primaryKey;autoIncrement:false"`
	Hash   []byte `gorm:"not null"`
}

// TableName is the table in which the tree is kept.
func (LogHash) TableName() string { return "log_hashes" }

// Checkpoint is the signed head of the log after a changeset.
type Checkpoint struct {
	// Size is the number of leaves.
	Size int64     `gorm:"primaryKey;autoIncrement:false"`
	At   time.Time `gorm:"not null"`
	Root []byte    `gorm:"not null"`
	// Note is the signed checkpoint in the format of golang.org/x/mod/sumdb/note.
	Note string `gorm:"not null"`
}

// TableName is the table in which checkpoints are kept.
func (Checkpoint) TableName() string { return "checkpoints" }
