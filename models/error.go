package models

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// ErrorKind says what went wrong in a way that a border (HTTP, command line) can translate.
type ErrorKind string

// The kinds of error that the services return. Everything else is internal and goes to the log.
const (
	ErrInvalid      ErrorKind = "invalid"      // the request breaks a rule; Problems says which
	ErrNotFound     ErrorKind = "not_found"    // no such record, or none that the actor may see
	ErrForbidden    ErrorKind = "forbidden"    // the actor may see it but not do this
	ErrUnauthorized ErrorKind = "unauthorized" // no or bad credential
	ErrStale        ErrorKind = "stale"        // the version named is no longer the current one
	ErrConflict     ErrorKind = "conflict"     // it collides with what is there (identifier, slug, key)
	ErrUnreachable  ErrorKind = "unreachable"  // somebody else's server did not answer; another time may do
	ErrWithheld     ErrorKind = "withheld"     // it is on hold: the law asks that it is not shown
	ErrLimited      ErrorKind = "limited"      // too much in too short a time; RetryAfter says when to come back
	ErrUnready      ErrorKind = "unready"      // the site cannot do it at present, whoever asks: its operator has to mend something
)

// Error is an error made for people: its Message is a sentence that tells them what to do.
type Error struct {
	Kind     ErrorKind
	Message  string
	Problems []Problem
	// Current is the record as it stands now, set on ErrStale so that the caller can show it.
	Current any
	// RetryAfter is how long to wait, set on ErrLimited.
	RetryAfter time.Duration
}

// Problem is one thing wrong with one field of one operation of a changeset.
type Problem struct {
	// Operation is the index of the operation in its changeset, from 0.
	Operation int
	// Pointer is a JSON Pointer (RFC 6901) into the operation's data, such as "/names/0/text"; or a
	// parameter of a query, such as "?status".
	Pointer string
	Message string
	// Typed is the word that nothing is called, and Meant the nearest that something is; "" where
	// no word was mistyped or none is near.
	Typed, Meant string
	// Known is the source that has the address of another already; nil for other problems.
	Known *KnownSource
}

// KnownSource is a source that is there already.
type KnownSource struct {
	ID    uuid.UUID
	Title string
	URL   string
}

func (e *Error) Error() string {
	if len(e.Problems) == 0 {
		return e.Message
	}

	lines := []string{e.Message}
	for _, p := range e.Problems {
		parameter, ok := strings.CutPrefix(p.Pointer, "?")
		switch {
		case ok && p.Message == e.Message:
		case ok:
			lines = append(lines, parameter+": "+p.Message)
		default:
			lines = append(lines, fmt.Sprintf("operation %d, %s: %s", p.Operation+1, p.Pointer, p.Message))
		}
	}
	return strings.Join(lines, "\n  ")
}

// Errorf makes an Error of a kind with a formatted message.
func Errorf(kind ErrorKind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// About points the error at one operation of a changeset.
func (e *Error) About(operation int, pointer string) *Error {
	e.Problems = append(e.Problems, Problem{Operation: operation, Pointer: pointer, Message: e.Message})
	return e
}
