package models

import (
	"strings"
	"time"

	"github.com/google/uuid"
)

// ImportStatus is where an import stands.
type ImportStatus string

// The statuses of an import.
const (
	ImportChecking ImportStatus = "checking"
	ImportChecked  ImportStatus = "checked"
	ImportLoading  ImportStatus = "loading"
	ImportLoaded   ImportStatus = "loaded"
	ImportFailed   ImportStatus = "failed"
)

// Running reports whether a job is at work, or will be.
func (s ImportStatus) Running() bool { return s == ImportChecking || s == ImportLoading }

// Import is a file that a member imports.
type Import struct {
	ID        uuid.UUID `gorm:"primaryKey"`
	AccountID uuid.UUID `gorm:"not null"`
	// Name is the file's; Content what it holds, empty once it was loaded.
	Name    string `gorm:"not null"`
	Content []byte `gorm:"not null"`
	// Options are what was chosen, as JSON.
	Options string       `gorm:"not null"`
	Status  ImportStatus `gorm:"not null"`
	// Stage, Done and Total are how far the job has come.
	Stage string `gorm:"not null"`
	Done  int64  `gorm:"not null"`
	Total int64  `gorm:"not null"`
	// Report is what was found, as JSON; Errors the rows that are wrong, as CSV or JSON lines.
	Report string `gorm:"not null"`
	Errors string `gorm:"not null"`
	// Problem is a sentence about the file as a whole, when the import failed.
	Problem     string `gorm:"not null"`
	ChangesetID *uuid.UUID
	CreatedAt   time.Time `gorm:"not null;autoCreateTime:false"`
	ChangedAt   time.Time `gorm:"not null"`
}

// TableName is the table in which imports are kept.
func (Import) TableName() string { return "imports" }

// ErrorsAreLines reports whether the rows that are wrong are JSON lines: no CSV begins so, since
// its quotes are doubled and quoted.
func (i Import) ErrorsAreLines() bool { return strings.HasPrefix(i.Errors, `{"`) }

// ImportMapping is what the members of a group chose by hand for files with a header.
type ImportMapping struct {
	// OwnerID is the group's id; that of the account where it has no group.
	OwnerID   uuid.UUID `gorm:"primaryKey"`
	Header    string    `gorm:"primaryKey"`
	Options   string    `gorm:"not null"`
	ChangedAt time.Time `gorm:"not null"`
}

// TableName is the table in which mappings are kept.
func (ImportMapping) TableName() string { return "import_mappings" }
