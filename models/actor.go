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

// Scope is what a token may be used for, within what its account may do. Each includes those
// before it.
type Scope string

// The scopes, narrowest first.
const (
	ScopeRead    Scope = "read"
	ScopePropose Scope = "propose"
	ScopePublish Scope = "publish"
	ScopeAdmin   Scope = "admin"
)

// Scopes is the vocabulary of scopes.
func Scopes() Vocabulary {
	return codes("scope",
		[3]string{"read", "Read", "Reads what the account may read."},
		[3]string{"propose", "Propose", "Proposes changes, and writes notes."},
		[3]string{"publish", "Publish", "Publishes and reviews, where the account may."},
		[3]string{"admin", "Admin", "Does everything that the account may do, merges and redactions too."})
}

// Actor is who does something. The zero Actor is the public, which only reads.
type Actor struct {
	Account uuid.UUID
	Name    string
	Role    Role
	// Group is the organization for which it writes; nil when it belongs to none.
	Group uuid.UUID
	// Scope narrows what a token may do; "" for people who signed in and for the command line.
	Scope Scope
	// Confirmed is set when a person proved within the last minutes who they are, and for
	// tokens, which were made by one who had. Some actions ask for it.
	Confirmed bool
	// Writes is how often the account had written when it was looked up.
	Writes int64
}

// SignedIn reports whether the actor has an account.
func (a Actor) SignedIn() bool { return a.Role != "" }

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
