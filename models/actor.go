package models

import (
	"time"

	"github.com/google/uuid"
)

// Role is what an account may do; services hold the table of roles and actions.
type Role string

// The roles, weakest first.
const (
	RoleReader      Role = "reader"
	RoleContributor Role = "contributor"
	RoleEditor      Role = "editor"
	RoleSteward     Role = "steward"
	RoleAdmin       Role = "admin"
)

// Roles is the vocabulary of roles.
func Roles() Vocabulary {
	return codes("role",
		[3]string{"reader", "Reader", "Reads what is public."},
		[3]string{"contributor", "Contributor", "Proposes changes."},
		[3]string{"editor", "Editor", "Publishes changes and reviews proposals."},
		[3]string{"steward", "Steward", "Merges, redacts and reverts what others did."},
		[3]string{"admin", "Admin", "Looks after accounts and settings."})
}

// Actor is who does something. The zero Actor is the public, which only reads.
type Actor struct {
	Account uuid.UUID
	Name    string
	Role    Role
}

// Account is a person or program that may write.
type Account struct {
	ID        uuid.UUID `gorm:"primaryKey"`
	Name      string    `gorm:"not null"`
	Role      Role      `gorm:"not null"`
	CreatedAt time.Time `gorm:"not null;autoCreateTime:false"`
	// SuspendedAt is when the account was switched off; nil while it may be used.
	SuspendedAt *time.Time
}

// TableName is the table in which accounts are kept.
func (Account) TableName() string { return "accounts" }

// Token is a bearer token of an account, kept as the SHA-256 of its secret.
type Token struct {
	ID        uuid.UUID `gorm:"primaryKey"`
	AccountID uuid.UUID `gorm:"not null"`
	Hash      []byte    `gorm:"not null"`
	CreatedAt time.Time `gorm:"not null;autoCreateTime:false"`
	ExpiresAt *time.Time
	RevokedAt *time.Time
}

// TableName is the table in which tokens are kept.
func (Token) TableName() string { return "tokens" }

// IdempotencyKey remembers which changeset a write made, so that a repeated request makes no
// second one.
type IdempotencyKey struct {
	AccountID uuid.UUID `gorm:"primaryKey"`
	Key       string    `gorm:"primaryKey"`
	// Request is the SHA-256 of method, path and body of the first request.
	Request     []byte    `gorm:"not null"`
	ChangesetID uuid.UUID `gorm:"not null"`
	CreatedAt   time.Time `gorm:"not null;autoCreateTime:false"`
}

// TableName is the table in which idempotency keys are kept.
func (IdempotencyKey) TableName() string { return "idempotency_keys" }
