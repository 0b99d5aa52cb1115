package services

import (
	"reflect"
	"strings"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// Moment says which past a read asks for. The zero Moment is the present.
type Moment struct {
	// AsOf is the day whose status is asked for; today when zero.
	AsOf models.Day
	// KnownAt is the instant whose knowledge is asked for; now when zero.
	KnownAt time.Time
}

// IsPast reports whether a past was asked for: of a day, or of what was known.
func (m Moment) IsPast() bool { return !m.AsOf.IsZero() || !m.KnownAt.IsZero() }

// FileName is what names the past in the name of a file: "-as-of-2025-08-31", "-known-at-…"; "" for
// the present.
func (m Moment) FileName() string {
	name := ""
	if !m.AsOf.IsZero() {
		name += "-as-of-" + m.AsOf.String()
	}
	if !m.KnownAt.IsZero() {
		name += "-known-at-" + m.KnownAt.UTC().Format("2006-01-02T150405Z")
	}
	return name
}

// Words say which past it is: "statuses as of 31 August 2025, known on …"; "" for the present.
func (m Moment) Words() string {
	var words []string
	if !m.AsOf.IsZero() {
		words = append(words, "statuses as of "+m.AsOf.Label())
	}
	if !m.KnownAt.IsZero() {
		words = append(words, "as known at "+m.KnownAt.UTC().Format(time.RFC3339))
	}
	return strings.Join(words, ", ")
}

// Resolved is a Moment made definite: what was in fact read.
type Resolved struct {
	AsOf models.Day
	// Past says that an earlier knowledge was asked for, so that Size is not the log's present one.
	Past bool
	// Size is the number of log entries that were known.
	Size int64
}

// Head is what every record knows of itself.
type Head struct {
	ID         uuid.UUID
	Type       models.RecordType
	State      models.RecordState
	MergedInto *uuid.UUID
	Version    int64
	// Revision is the log position of the revision that was read.
	Revision int64
	// RecordedAt is when that revision was published.
	RecordedAt time.Time
}

// StatusView is where a record stands on the day asked for.
type StatusView struct {
	Subject models.StatusSubject
	// Span is the run of days that holds the day asked for.
	Span models.Span
	// Standing is how well it is established that this status holds: by its own status change, or by
	// the record's own citations where they alone give the status. Zero while it is unknown.
	Standing models.Standing
	// Possible are steps that may have been taken by that day, and are not certain to have been.
	Possible []models.StatusStep
	// Announced are steps that had been announced by that day and that nothing confirms.
	Announced []AnnouncedStep
}

// AnnouncedStep is a step that was announced and that nothing confirms.
type AnnouncedStep struct {
	models.StatusStep
	// By are those who announced it, as far as is known: who is to take the step, or else who speaks
	// in the claim that moved the record, or else a party that published a source of it.
	By []uuid.UUID
	// Reporters are, where nobody is known to have announced it, those who published its sources.
	Reporters []uuid.UUID
	// Past says that its day has gone by.
	Past bool
}

// RestsOnRecord reports whether the status rests on the very same as the record itself: where no status
// change gave it, and what the record cites is what shows it.
func (s StatusView) RestsOnRecord(record models.Standing) bool {
	own := s.Standing
	return s.Span.Change == nil && own.Verification != "" && own.Verification == record.Verification && own.Disputed == record.Disputed &&
		reflect.DeepEqual(own.Basis, record.Basis)
}

// Record is one record as it was known, with what is derived from it.
type Record struct {
	Head
	Document models.Document
	// Status is nil for a record that has none.
	Status *StatusView
	// Standing is how well it is established that the record is so, whatever its status.
	Standing models.Standing
	// Announced is set for a status change that was announced and that nothing confirms.
	Announced *AnnouncedStep
	// Slug is the entity's current slug; "" for other records.
	Slug string
}

// Ref is what one needs to show a record that another points at.
type Ref struct {
	ID   uuid.UUID
	Type models.RecordType
	// State tells whether the record still stands.
	State models.RecordState
	// Kind is the entity kind, relationship type, status, stance, source or open item kind.
	Kind string
	// Name is the entity's name, the source's title, or the text of a claim or open item; ""
	// for relationships and status changes.
	Name        string
	Slug        string
	Undisclosed bool
	// Announced says of a status change that it was announced and that nothing confirms it.
	Announced bool
	// Subject and Object are the ends of a relationship, or of that whose status changed. A
	// status change of an entity or open item has it as Subject. Claims have their first
	// speaker as Subject; sources their first publisher.
	Subject *Ref
	Object  *Ref
	// People are the publishers of a source and the speakers of a claim that are entities.
	People []Ref
	// Via is, for a status change, the relationship type or open item kind of what changed.
	Via string
	// URL is where a source was published; "" for other records, and where it is not known.
	URL string
	// Date is when: effective, said on, published, raised on; an event's start.
	Date models.Date
}

// Page is a run of records in the order asked for.
type Page struct {
	Records []Record
	// Refs holds every record that those of the page point at, and that their standings rest on.
	Refs map[uuid.UUID]Ref
	// Providers are who provides the services of the page's supplies, by the service.
	Providers map[uuid.UUID][]Ref
	// Next is the cursor of the next page; "" on the last.
	Next string
	Resolved
}

// Query asks for a page of records of one type.
type Query struct {
	Moment
	// Filters are by the API's parameter names; a list means "any of". ParseQuery fills them.
	Filters map[string][]string
	// Sort is a parameter name, with "-" before it for the reverse; "" for the type's own order.
	Sort string
	// Limit is from 1 to 500; 50 when 0.
	Limit  int
	Cursor string
	// Plain leaves labels and possible steps out of a walk.
	Plain bool
	// among narrows a list to some records; nil for all.
	among []uuid.UUID
}
