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
	// MadeID is the id that the new source got when a draft that makes it was sent; nil before.
	MadeID *uuid.UUID
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
	LinkChanged     LinkOutcome = "changed"     // much of the text is not there any more
	LinkGone        LinkOutcome = "gone"        // the page is not there any more
	LinkUnreachable LinkOutcome = "unreachable" // the server gave no answer of use
)

// LinkReason says why a link has its outcome.
type LinkReason string

// The reasons. The figure of a look says more about some of them.
const (
	LinkStatus      LinkReason = "status"       // the server answers with a status, the figure
	LinkNoServer    LinkReason = "no_server"    // there is no server with the name
	LinkFrontPage   LinkReason = "front_page"   // the address leads to the front page of a site
	LinkSaysMissing LinkReason = "says_missing" // a page is there that says that there is none
	LinkText        LinkReason = "text"         // the figure is how much of the text is not there any more, in percent
	LinkNoAnswer    LinkReason = "no_answer"    // the server gives no answer
	LinkNoText      LinkReason = "no_text"      // there is hardly any text
)

// LinkCheck is the last look at a source's address, with what is needed for the next.
type LinkCheck struct {
	SourceID  uuid.UUID   `gorm:"primaryKey"`
	URL       string      `gorm:"not null"`
	CheckedAt time.Time   `gorm:"not null"`
	Outcome   LinkOutcome `gorm:"not null"`
	// Since is when the outcome was first found.
	Since time.Time `gorm:"not null"`
	// Reason is why, Figure a number that belongs to it, Detail what the server was heard to say.
	Reason LinkReason `gorm:"not null"`
	Figure int64      `gorm:"not null"`
	Detail string     `gorm:"not null"`
	// DueAt is when it is to be looked at next.
	DueAt time.Time `gorm:"not null"`
	// Suspect is an outcome that was found, and not often enough to be said; "" for none.
	// Suspicions counts the looks that found it, the first at SuspectSince.
	Suspect      LinkOutcome `gorm:"not null"`
	Suspicions   int64       `gorm:"not null"`
	SuspectSince *time.Time
	// Sketch tells later texts of the page from the one that it was made of.
	Sketch string `gorm:"not null"`
	// ETag and Modified are what the server said of the page while it had that text.
	ETag     string `gorm:"column:etag;not null"`
	Modified string `gorm:"not null"`
	// SettledAt is when a member saw to what was found; nil while nobody did.
	SettledAt *time.Time
}

// TableName is the table in which the looks at links are kept.
func (LinkCheck) TableName() string { return "link_checks" }

// LinkHost says when a server may be asked again.
type LinkHost struct {
	Host   string    `gorm:"primaryKey"`
	NextAt time.Time `gorm:"not null"`
}

// TableName is the table in which servers are listed that were asked.
func (LinkHost) TableName() string { return "link_hosts" }
