package models

import (
	"strings"
	"time"
)

// KeyOrigin says how a key came to sign the log.
type KeyOrigin string

// How a key came to sign the log.
const (
	KeyFirst      KeyOrigin = "first"
	KeyHandedOver KeyOrigin = "handed_over"
	KeyLost       KeyOrigin = "lost"
)

// KeyOrigins is the vocabulary of how keys came to sign the log.
func KeyOrigins() Vocabulary {
	return codes("log_key_origin",
		[3]string{"first", "First key", "The key with which the log began."},
		[3]string{"handed_over", "Handed over", "The key before signed that this one follows it."},
		[3]string{"lost", "Not handed over", "The key before was declared lost; nothing but the word of who runs the site ties this one to it."})
}

// LogKeyRow is one of the keys that sign the log, one after the other. Rows are never changed.
type LogKeyRow struct {
	// Number counts the keys, from 1.
	Number int64 `gorm:"primaryKey;autoIncrement:false"`
	// PublicKey is the verifier key in the format of golang.org/x/mod/sumdb/note. Of a key that was
	// lost before it was entered here it may be the name and hash alone: see Known.
	PublicKey string `gorm:"not null"`
	// FromSize is the log's size when it took over: it signs the checkpoints of larger ones.
	FromSize int64     `gorm:"not null"`
	At       time.Time `gorm:"not null"`
	How      KeyOrigin `gorm:"not null"`
	// Reason is what the operator said about it; "" for nothing.
	Reason string `gorm:"not null"`
	// Statement is a signed note that says all of this: of the key before and of this one where it
	// was handed over, of this one otherwise. "" for a key that was lost before it was entered.
	Statement string `gorm:"not null"`
}

// TableName is the table in which keys are kept.
func (LogKeyRow) TableName() string { return "log_keys" }

// ID is the key's name and hash, which its signatures bear.
func (k LogKeyRow) ID() string { return KeyID(k.PublicKey) }

// Known reports whether the key itself is known, and not its name and hash alone.
func (k LogKeyRow) Known() bool { return k.ID() != k.PublicKey }

// KeyID is the name and hash of a verifier key, such as plumbline-1234abcd+5f3e1a2b.
func KeyID(publicKey string) string {
	parts := strings.SplitN(publicKey, "+", 3)
	return strings.Join(parts[:min(len(parts), 2)], "+")
}

// KeyInForce gives the key that signs the checkpoint of a size, of keys in their order; a zero one
// where none does.
func KeyInForce(keys []LogKeyRow, size int64) (key LogKeyRow) {
	for _, k := range keys {
		if k.FromSize < size {
			key = k
		}
	}
	return key
}
