package models

import (
	"time"

	"github.com/google/uuid"
)

// Intake is an article that a member took in, with its text. It is for members alone, and no part
// of the log.
type Intake struct {
	ID        uuid.UUID `gorm:"primaryKey"`
	AccountID uuid.UUID `gorm:"not null"`
	CreatedAt time.Time `gorm:"not null;autoCreateTime:false"`
	// URL is where the article stands, made normal; "" for a text without an address.
	URL string `gorm:"not null"`
	// SourceID is the known source that it is; nil for a new one.
	SourceID *uuid.UUID
	// Source is the proposed source as JSON, for a new one and a known one alike.
	Source string `gorm:"not null"`
	// Body is the article's text.
	Body string `gorm:"not null"`
	// Problem says why there is no text; "" when there is.
	Problem string `gorm:"not null"`
	// Capture is what was kept of the fetched page, as JSON; "" when nothing was.
	Capture string `gorm:"not null"`
	// ChangesetID is the draft or proposal that came of it.
	ChangesetID *uuid.UUID
}

// TableName is the table in which intakes are kept.
func (Intake) TableName() string { return "intakes" }

// Evidence is a file kept by the SHA-256 of its content.
type Evidence struct {
	SHA256    string    `gorm:"column:sha256;primaryKey"`
	MediaType string    `gorm:"not null"`
	Bytes     int64     `gorm:"not null"`
	StoredAt  time.Time `gorm:"not null"`
	AccountID uuid.UUID `gorm:"not null"`
}

// TableName is the table in which kept files are listed.
func (Evidence) TableName() string { return "evidence" }

// LinkOutcome is what was found at a source's address.
type LinkOutcome string

// The outcomes of looking at a link.
const (
	LinkOK          LinkOutcome = "ok"          // the text is there, as it was
	LinkChanged     LinkOutcome = "changed"     // the text is another one than before
	LinkGone        LinkOutcome = "gone"        // the server says that there is nothing (any more)
	LinkUnreachable LinkOutcome = "unreachable" // the server gave no answer of use
)

// LinkCheck is the last look at a source's address.
type LinkCheck struct {
	SourceID  uuid.UUID   `gorm:"primaryKey"`
	URL       string      `gorm:"not null"`
	CheckedAt time.Time   `gorm:"not null"`
	Outcome   LinkOutcome `gorm:"not null"`
	// Since is when the outcome was first found.
	Since  time.Time `gorm:"not null"`
	Detail string    `gorm:"not null"`
	// Fingerprint is the SHA-256 of the text that was found last.
	Fingerprint string `gorm:"not null"`
}

// TableName is the table in which the looks at links are kept.
func (LinkCheck) TableName() string { return "link_checks" }
