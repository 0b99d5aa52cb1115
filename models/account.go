package models

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Account is a person or program that may write.
type Account struct {
	ID        uuid.UUID `gorm:"primaryKey"`
	Name      string    `gorm:"not null"`
	Role      Role      `gorm:"not null"`
	CreatedAt time.Time `gorm:"not null;autoCreateTime:false"`
	// SuspendedAt is when the account was switched off; nil while it may be used.
	SuspendedAt *time.Time
	// GroupID is the organization for which it writes.
	GroupID *uuid.UUID
	// Named is set where public histories may show its name; otherwise they show its group, or
	// a pseudonym.
	Named bool `gorm:"not null"`
	// Password is an argon2id hash; "" where it signs in otherwise.
	Password string `gorm:"not null"`
	// TOTPSecret is that of its authenticator app; "" where it has none. TOTPStep is the time
	// step of the last code that was taken, so that none is taken twice.
	TOTPSecret string `gorm:"column:totp_secret;not null"`
	TOTPStep   int64  `gorm:"column:totp_step;not null"`
	// DeletedAt is when its person left. Its edits stay, under a pseudonym.
	DeletedAt *time.Time
	// Writes is how often it wrote: a replica that has the number has its writes. The database
	// counts them; nobody else writes it.
	Writes int64 `gorm:"not null"`
}

// TableName is the table in which accounts are kept.
func (Account) TableName() string { return "accounts" }

// Usable reports whether one may sign in to the account.
func (a Account) Usable() bool { return a.SuspendedAt == nil && a.DeletedAt == nil }

// Pseudonym is what public histories call an account that is neither named nor in a group. It
// is always the same for one account, and says nothing about it.
func Pseudonym(account uuid.UUID) string {
	sum := sha256.Sum256([]byte("plumbline pseudonym " + account.String()))
	return "Contributor " + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:5])[:6])
}

// IsPseudonym reports whether a name looks like a pseudonym.
func IsPseudonym(name string) bool {
	code, ok := strings.CutPrefix(Fold(name), "contributor ")
	return ok && len(code) == 6
}

// ContributorGroup is an organization that contributes. The kind of entity that is called a
// group is something else: people outside who have no names here.
type ContributorGroup struct {
	ID        uuid.UUID `gorm:"primaryKey"`
	Name      string    `gorm:"not null"`
	CreatedAt time.Time `gorm:"not null;autoCreateTime:false"`
}

// TableName is the table in which groups that contribute are kept.
func (ContributorGroup) TableName() string { return "contributor_groups" }

// Token is a bearer token of an account, kept as the SHA-256 of its secret.
type Token struct {
	ID        uuid.UUID `gorm:"primaryKey"`
	AccountID uuid.UUID `gorm:"not null"`
	Hash      []byte    `gorm:"not null"`
	CreatedAt time.Time `gorm:"not null;autoCreateTime:false"`
	ExpiresAt *time.Time
	RevokedAt *time.Time
	// Label says what it is for; Hint is its beginning, by which its owner knows it again.
	Label string `gorm:"not null"`
	Hint  string `gorm:"not null"`
	Scope Scope  `gorm:"not null"`
	// UsedAt is about when it was last used: to some minutes.
	UsedAt *time.Time
}

// TableName is the table in which tokens are kept.
func (Token) TableName() string { return "tokens" }

// Session is a browser in which somebody signed in, or is about to.
type Session struct {
	ID uuid.UUID `gorm:"primaryKey"`
	// Key is the hash of what the cookie holds.
	Key string `gorm:"not null"`
	// AccountID is nil while somebody is about to sign in.
	AccountID *uuid.UUID
	Data      []byte `gorm:"not null"`
	// Agent names the browser and system in words, such as "Firefox on Linux".
	Agent     string    `gorm:"not null"`
	CreatedAt time.Time `gorm:"not null;autoCreateTime:false"`
	SeenAt    time.Time `gorm:"not null"`
	// EndsAt is when it ends however much it is used; ExpiresAt when it ends if it is not used.
	EndsAt    time.Time `gorm:"not null"`
	ExpiresAt time.Time `gorm:"not null"`
}

// TableName is the table in which sessions are kept.
func (Session) TableName() string { return "sessions" }

// InvitationPurpose is what a link is for that is used once.
type InvitationPurpose string

// The purposes of invitations.
const (
	InviteJoin   InvitationPurpose = "join"    // make an account
	InviteReset  InvitationPurpose = "reset"   // set a new password for an account
	InviteSignIn InvitationPurpose = "sign_in" // sign in to an account
)

// InvitationPurposes lists the purposes.
func InvitationPurposes() []string {
	return []string{string(InviteJoin), string(InviteReset), string(InviteSignIn)}
}

// Invitation is a link that is used once, kept as the SHA-256 of its secret.
type Invitation struct {
	ID      uuid.UUID         `gorm:"primaryKey"`
	Hash    []byte            `gorm:"not null"`
	Purpose InvitationPurpose `gorm:"not null"`
	// Label says for whom it is; only members see it.
	Label string `gorm:"not null"`
	// Role and GroupID are what an account that joins gets.
	Role    Role `gorm:"not null"`
	GroupID *uuid.UUID
	// AccountID is the account that it leads to; nil until one has joined.
	AccountID *uuid.UUID
	// InvitedBy is nil for the command line.
	InvitedBy *uuid.UUID
	CreatedAt time.Time `gorm:"not null;autoCreateTime:false"`
	ExpiresAt time.Time `gorm:"not null"`
	UsedAt    *time.Time
}

// TableName is the table in which invitations are kept.
func (Invitation) TableName() string { return "invitations" }

// Passkey is a public key with which an account signs in.
type Passkey struct {
	ID           uuid.UUID `gorm:"primaryKey"`
	AccountID    uuid.UUID `gorm:"not null"`
	CredentialID []byte    `gorm:"not null"`
	// Credential is the key with its counter and flags, as JSON.
	Credential string    `gorm:"not null"`
	Label      string    `gorm:"not null"`
	CreatedAt  time.Time `gorm:"not null;autoCreateTime:false"`
	UsedAt     *time.Time
}

// TableName is the table in which passkeys are kept.
func (Passkey) TableName() string { return "passkeys" }

// RecoveryCode signs in once in place of a code of an authenticator app.
type RecoveryCode struct {
	AccountID uuid.UUID `gorm:"primaryKey"`
	Hash      []byte    `gorm:"primaryKey"`
	UsedAt    *time.Time
}

// TableName is the table in which recovery codes are kept.
func (RecoveryCode) TableName() string { return "recovery_codes" }

// ExternalIdentity says who an account is for an OpenID provider.
type ExternalIdentity struct {
	Issuer    string    `gorm:"primaryKey"`
	Subject   string    `gorm:"primaryKey"`
	AccountID uuid.UUID `gorm:"not null"`
	CreatedAt time.Time `gorm:"not null;autoCreateTime:false"`
}

// TableName is the table in which they are kept.
func (ExternalIdentity) TableName() string { return "external_identities" }

// ChallengePurpose is what a passkey signs a challenge for.
type ChallengePurpose string

// The purposes of challenges.
const (
	ChallengeAdd     ChallengePurpose = "add"     // add a passkey to an account
	ChallengeSignIn  ChallengePurpose = "sign_in" // sign in
	ChallengeConfirm ChallengePurpose = "confirm" // prove once more who is there
	ChallengeJoin    ChallengePurpose = "join"    // join with a passkey
	ChallengeReset   ChallengePurpose = "reset"   // have a passkey in place of a password
)

// ChallengePurposes lists the purposes.
func ChallengePurposes() []string {
	return []string{string(ChallengeAdd), string(ChallengeSignIn), string(ChallengeConfirm), string(ChallengeJoin), string(ChallengeReset)}
}

// Challenge is what a passkey is asked to sign: taken once, within minutes.
type Challenge struct {
	ID      uuid.UUID        `gorm:"primaryKey"`
	Purpose ChallengePurpose `gorm:"not null"`
	// Data is what the answer is checked against, as JSON.
	Data      string    `gorm:"not null"`
	ExpiresAt time.Time `gorm:"not null"`
}

// TableName is the table in which challenges are kept.
func (Challenge) TableName() string { return "challenges" }

// Throttle counts how often signing in failed of late from somewhere, or to an account.
type Throttle struct {
	// Bucket is a keyed hash of what is counted.
	Bucket []byte `gorm:"primaryKey"`
	// Failures are those that are not forgotten; FailedAt is when the last one was.
	Failures int64     `gorm:"not null"`
	FailedAt time.Time `gorm:"not null"`
}

// TableName is the table in which failures are counted.
func (Throttle) TableName() string { return "throttles" }
