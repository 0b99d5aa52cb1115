package models

import (
	"time"

	"github.com/google/uuid"
)

// ReplyKind says what somebody outside asks for.
type ReplyKind string

// The kinds of reply.
const (
	ReplyCorrection ReplyKind = "correction"
	ReplyAnswer     ReplyKind = "answer"
)

// ReplyKinds is the vocabulary of what is asked for.
func ReplyKinds() Vocabulary {
	return codes("reply_kind",
		[3]string{"correction", "Correction", "Says that something here is wrong."},
		[3]string{"answer", "Answer", "Answers what others say here."})
}

// ReplyRole says as who somebody writes.
type ReplyRole string

// The roles of senders.
const (
	ReplyParty          ReplyRole = "party"
	ReplyRepresentative ReplyRole = "representative"
	ReplyOther          ReplyRole = "other"
)

// ReplyRoles is the vocabulary of senders' roles.
func ReplyRoles() Vocabulary {
	return codes("reply_role",
		[3]string{"party", "Named party", "The company, unit or person that is named."},
		[3]string{"representative", "Representative", "Speaks for the named party."},
		[3]string{"other", "Somebody else", "Is not named, and speaks for themselves."})
}

// ReplyState is where a reply stands.
type ReplyState string

// The states of a reply.
const (
	ReplyUnconfirmed ReplyState = "unconfirmed"
	ReplyWaiting     ReplyState = "waiting"
	ReplyAnswered    ReplyState = "answered"
)

// ReplyStates is the vocabulary of reply states.
func ReplyStates() Vocabulary {
	return codes("reply_state",
		[3]string{"unconfirmed", "Not confirmed", "Its sender has not opened the link that was mailed."},
		[3]string{"waiting", "Waits for an answer", "Editors have it."},
		[3]string{"answered", "Answered", "Editors answered it."})
}

// Reply is what somebody without an account asks for by the right of reply. It is no part of the
// records: what comes of it is a changeset.
type Reply struct {
	ID uuid.UUID `gorm:"primaryKey"`
	// Hash is that of the code by which its sender follows it.
	Hash  []byte     `gorm:"not null"`
	Kind  ReplyKind  `gorm:"not null"`
	Role  ReplyRole  `gorm:"not null"`
	State ReplyState `gorm:"not null"`
	// Name says who sends it. Contact is a mail address, or "".
	Name    string `gorm:"not null"`
	Contact string `gorm:"not null"`
	// RecordID is the record that it is about; Subject says which text, where there is none.
	RecordID *uuid.UUID
	Subject  string `gorm:"not null"`
	Text     string `gorm:"not null"`
	Evidence string `gorm:"not null"`
	// Private asks for an answer that the public does not see.
	Private bool `gorm:"not null"`
	// Sender is a keyed hash of the address it came from, for the limit; nil after a day. The key
	// is never stored.
	Sender      []byte
	CreatedAt   time.Time `gorm:"not null;autoCreateTime:false"`
	ConfirmedAt *time.Time
	// ChangesetID is what an editor made of it; nil while nothing was.
	ChangesetID *uuid.UUID
	// Answer is what the editors said, Shown whether everybody sees it.
	Answer     string `gorm:"not null"`
	Shown      bool   `gorm:"not null"`
	AnsweredBy *uuid.UUID
	AnsweredAt *time.Time
}

// TableName is the table in which they are kept.
func (Reply) TableName() string { return "replies" }

// Bounds of what a reply says, in letters.
const (
	mostReply   = 5000
	mostSubject = 500
)

// Validate reports what is wrong with a reply by itself, but for its address; its texts are cleaned.
func (r *Reply) Validate() []Problem {
	var v validation
	cleanTexts(&r.Name, &r.Contact, &r.Subject, &r.Text, &r.Evidence)
	v.code("/kind", string(r.Kind), ReplyKinds())
	v.code("/role", string(r.Role), ReplyRoles())
	v.text("/name", r.Name, 200, true)
	v.text("/subject", r.Subject, mostSubject, r.RecordID == nil)
	v.text("/text", r.Text, mostReply, true)
	v.text("/evidence", r.Evidence, mostReply, false)
	return v.problems
}
