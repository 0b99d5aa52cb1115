package models

import (
	"time"

	"github.com/google/uuid"
)

// Watch is a record that an account wants to be told of: its own versions, and for an entity also
// those of what involves it.
type Watch struct {
	ID        uuid.UUID `gorm:"primaryKey"`
	AccountID uuid.UUID `gorm:"not null"`
	RecordID  uuid.UUID `gorm:"not null"`
	// Position is the first of the log that its account did not look at yet.
	Position  int64     `gorm:"not null"`
	CreatedAt time.Time `gorm:"not null;autoCreateTime:false"`
}

// TableName is the table in which watches are kept.
func (Watch) TableName() string { return "watches" }
