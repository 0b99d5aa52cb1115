package models

import (
	"time"

	"github.com/google/uuid"
)

// NoteState says whether a note is a task, and where the task stands.
type NoteState string

// The states of a note.
const (
	NotePlain NoteState = "note"
	NoteOpen  NoteState = "open"
	NoteDone  NoteState = "done"
)

// NoteStates is the vocabulary of note states.
func NoteStates() Vocabulary {
	return codes("note_state",
		[3]string{"note", "Note", "A remark; nobody is asked to do anything."},
		[3]string{"open", "Open", "A task that waits."},
		[3]string{"done", "Done", "A task that was done."})
}

// Note is a short remark or task on a record, for members alone. It is no part of the record:
// neither revisions nor the log know of it.
type Note struct {
	ID       uuid.UUID `gorm:"primaryKey"`
	RecordID uuid.UUID `gorm:"not null"`
	AuthorID uuid.UUID `gorm:"not null"`
	Text     string    `gorm:"not null"`
	State    NoteState `gorm:"not null"`
	// AssigneeID is the person whose task it is; nil when it is nobody's or a group's.
	AssigneeID *uuid.UUID
	// GroupID is the group of contributors whose task it is; nil when it is not a group's.
	GroupID   *uuid.UUID
	CreatedAt time.Time `gorm:"not null;autoCreateTime:false"`
	// DoneAt and DoneByID say when and by whom a task was done; nil until then.
	DoneAt   *time.Time
	DoneByID *uuid.UUID
}

// TableName is the table in which notes are kept.
func (Note) TableName() string { return "notes" }

// mostNote bounds a note, in letters.
const mostNote = 2000

// Validate reports what is wrong with a note by itself; its text is cleaned.
func (n *Note) Validate() []Problem {
	var v validation
	cleanTexts(&n.Text)
	v.text("/text", n.Text, mostNote, true)
	v.code("/state", string(n.State), NoteStates())
	switch {
	case n.AssigneeID != nil && n.GroupID != nil:
		v.addf("/group", "Assign a task to a person or to a group, not to both.")
	case n.State == NotePlain && (n.AssigneeID != nil || n.GroupID != nil):
		v.addf("/state", "A plain note is nobody's task; make it a task, or assign it to nobody.")
	}
	return v.problems
}
