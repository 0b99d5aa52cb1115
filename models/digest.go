package models

import (
	"time"

	"github.com/google/uuid"
)

// ListWatch is a list or a search that an account wants to be told of.
type ListWatch struct {
	ID        uuid.UUID `gorm:"primaryKey"`
	AccountID uuid.UUID `gorm:"not null"`
	// List is the type of its records, or SearchList; Query are its parameters as the API names them.
	List  string `gorm:"not null"`
	Query string `gorm:"not null"`
	// Position is the first of the log that its account did not look at yet.
	Position  int64     `gorm:"not null"`
	CreatedAt time.Time `gorm:"not null;autoCreateTime:false"`
}

// TableName is the table in which watches of lists are kept.
func (ListWatch) TableName() string { return "list_watches" }

// SearchList is the list of what a search finds.
const SearchList = "search"

// Rhythm is how often letters come.
type Rhythm string

// The rhythms.
const (
	Daily  Rhythm = "daily"
	Weekly Rhythm = "weekly"
)

// Rhythms lists them.
func Rhythms() []Rhythm { return []Rhythm{Daily, Weekly} }

// Period is the time from one letter to the next.
func (r Rhythm) Period() time.Duration {
	if r == Weekly {
		return 7 * 24 * time.Hour
	}
	return 24 * time.Hour
}

// Digest says that an account gets what is new about its watches by mail.
type Digest struct {
	AccountID uuid.UUID `gorm:"primaryKey"`
	// Address is kept for this alone.
	Address string `gorm:"not null"`
	Rhythm  Rhythm `gorm:"not null"`
	// Hash is that of the link that confirms the address; nil once it was used. Leave is
	// that of the link that ends the letters.
	Hash  []byte
	Leave string `gorm:"not null"`
	// Position is the first of the log that no letter told of, ToldAt when it was last looked.
	Position    int64     `gorm:"not null"`
	ToldAt      time.Time `gorm:"not null"`
	CreatedAt   time.Time `gorm:"not null;autoCreateTime:false"`
	ConfirmedAt *time.Time
}

// TableName is the table in which digests are kept.
func (Digest) TableName() string { return "digests" }
