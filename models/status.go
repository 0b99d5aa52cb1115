package models

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Status is where a relationship, contract, inquiry or open item stands.
type Status string

// StatusUnknown is the status before the first certain status change.
const StatusUnknown Status = "unknown"

// StatusSubject is what has a status of its own vocabulary.
type StatusSubject string

// The subjects that have a status.
const (
	SubjectSupply     StatusSubject = "supplied_to"
	SubjectPosition   StatusSubject = "position"
	SubjectContract   StatusSubject = "contract"
	SubjectInquiry    StatusSubject = "inquiry"
	SubjectQuestion   StatusSubject = "question"
	SubjectDemand     StatusSubject = "demand"
	SubjectCommitment StatusSubject = "commitment"
)

// StatusSubjects lists the subjects in the order in which they are published.
func StatusSubjects() []StatusSubject {
	return []StatusSubject{SubjectSupply, SubjectPosition, SubjectContract, SubjectInquiry,
		SubjectQuestion, SubjectDemand, SubjectCommitment}
}

// StatusSubjectOf names the status vocabulary of a record by its type and by its relationship
// type, entity kind or open item kind; "" for what has no status.
func StatusSubjectOf(t RecordType, kind string) StatusSubject {
	subject := StatusSubject(kind)
	switch t {
	case TypeRelationship:
		if subject == SubjectSupply || subject == SubjectPosition {
			return subject
		}
	case TypeEntity:
		if subject == SubjectContract || subject == SubjectInquiry {
			return subject
		}
	case TypeOpenItem:
		if subject == SubjectQuestion || subject == SubjectDemand || subject == SubjectCommitment {
			return subject
		}
	}
	return ""
}

// Held is the status that evidence of existence alone gives a subject, before its first certain
// status change: a link that a source shows to hold on a day is active on that day, an open
// item that was raised is open. StatusUnknown where existence alone says nothing.
func (s StatusSubject) Held() Status {
	switch s {
	case SubjectSupply:
		return "active"
	case SubjectPosition:
		return "current"
	case SubjectQuestion, SubjectDemand, SubjectCommitment:
		return "open"
	}
	return StatusUnknown
}

// StatusesOf is the vocabulary of a subject's statuses.
func StatusesOf(subject StatusSubject) Vocabulary {
	v := codes("status_of_"+string(subject), statuses[subject]...)
	return v
}

// AllStatuses lists every status code of every subject once, in order, for filters.
func AllStatuses() []string {
	var all []string
	for _, subject := range StatusSubjects() {
		for _, code := range StatusesOf(subject).Values() {
			if !slices.Contains(all, code) {
				all = append(all, code)
			}
		}
	}
	return all
}

var unknownStatus = [3]string{"unknown", "Unknown", "No source says with certainty where it stands."}

var statuses = map[StatusSubject][][3]string{
	SubjectSupply: {
		{"planned", "Planned", "Agreed or announced, not yet supplied."},
		{"active", "Active", "Supplied."},
		{"restricted", "Restricted", "Supplied under conditions that were imposed."},
		{"suspended", "Suspended", "Interrupted, meant to be resumed or decided later."},
		{"disabled", "Disabled", "Turned off by the supplier."},
		{"ended", "Ended", "No longer supplied."},
		unknownStatus,
	},
	SubjectPosition: {
		{"current", "Current", "Holds the position."},
		{"ended", "Ended", "No longer holds the position."},
		unknownStatus,
	},
	SubjectContract: {
		{"pending", "Pending", "Not yet in force."},
		{"active", "Active", "In force."},
		{"suspended", "Suspended", "Interrupted."},
		{"expired", "Expired", "Its time has run out."},
		{"cancelled", "Cancelled", "Called off before it took effect."},
		{"terminated", "Terminated", "Ended before its time."},
		unknownStatus,
	},
	SubjectInquiry: {
		{"announced", "Announced", "Said to be coming or ordered."},
		{"ongoing", "Ongoing", "Under way."},
		{"concluded", "Concluded", "Finished with a result."},
		{"abandoned", "Abandoned", "Stopped without a result."},
		unknownStatus,
	},
	SubjectQuestion: {
		{"open", "Open", "Asked and not yet answered."},
		{"no_response", "No response", "Asked; no response came."},
		{"declined", "Declined", "The party asked declined to answer."},
		{"partly_answered", "Partly answered", "Answered in part."},
		{"answered", "Answered", "Answered."},
		unknownStatus,
	},
	SubjectDemand: {
		{"open", "Open", "Made and not yet met."},
		{"partly_met", "Partly met", "Met in part."},
		{"met", "Met", "Met."},
		{"refused", "Refused", "Refused by the party to whom it was made."},
		unknownStatus,
	},
	SubjectCommitment: {
		{"open", "Open", "Made and not yet due or decided."},
		{"kept", "Kept", "Kept."},
		{"broken", "Broken", "Not kept."},
		{"lapsed", "Lapsed", "No longer binding."},
		unknownStatus,
	},
}

// steps is the table of which status may follow which. The first step may lead to any status;
// what follows "unknown" may be anything, and anything may become unknown again.
var steps = map[StatusSubject]map[Status]string{
	SubjectSupply: {
		"planned":    "active restricted suspended ended",
		"active":     "restricted suspended disabled ended",
		"restricted": "active suspended disabled ended",
		"suspended":  "active restricted disabled ended",
		"disabled":   "active restricted ended",
		"ended":      "planned active restricted",
	},
	SubjectPosition: {
		"current": "ended",
		"ended":   "current",
	},
	SubjectContract: {
		"pending":    "active cancelled",
		"active":     "suspended expired terminated",
		"suspended":  "active expired terminated",
		"expired":    "active",
		"cancelled":  "",
		"terminated": "active",
	},
	SubjectInquiry: {
		"announced": "ongoing concluded abandoned",
		"ongoing":   "concluded abandoned",
		"concluded": "ongoing",
		"abandoned": "announced ongoing",
	},
	SubjectQuestion: {
		"open":            "no_response declined partly_answered answered",
		"no_response":     "open declined partly_answered answered",
		"declined":        "open partly_answered answered",
		"partly_answered": "open no_response declined answered",
		"answered":        "open partly_answered",
	},
	SubjectDemand: {
		"open":       "partly_met met refused",
		"partly_met": "open met refused",
		"met":        "open partly_met",
		"refused":    "open partly_met met",
	},
	SubjectCommitment: {
		"open":   "kept broken lapsed",
		"kept":   "open broken",
		"broken": "open kept lapsed",
		"lapsed": "open",
	},
}

// CanMove reports whether a status may follow another, for a subject. The same status may
// follow itself only where something else about the step differs, which the caller decides.
func (s StatusSubject) CanMove(from, to Status) bool {
	if from == to {
		return false
	}
	if from == StatusUnknown || to == StatusUnknown {
		return true
	}
	return slices.Contains(strings.Fields(steps[s][from]), string(to))
}

// Next lists the statuses that may follow one, for a subject, in the vocabulary's order.
func (s StatusSubject) Next(from Status) []Status {
	var next []Status
	for _, code := range StatusesOf(s).Values() {
		if s.CanMove(from, Status(code)) {
			next = append(next, Status(code))
		}
	}
	return next
}

// StepProblem is the sentence about a step that cannot be; "" when it can.
func (s StatusSubject) StepProblem(from, to StatusStep) string {
	if from.Status == to.Status {
		if from.Extent != to.Extent || from.Scope != to.Scope {
			return ""
		}
		return fmt.Sprintf("It is already %q from %s; a status change leads to another status, extent or scope. A change of volume is a claim.",
			from.Status, from.Effective.Label())
	}
	if s.CanMove(from.Status, to.Status) {
		return ""
	}
	var next []string
	for _, status := range s.Next(from.Status) {
		next = append(next, string(status))
	}
	return fmt.Sprintf("%q (%s) cannot follow %q (%s). After %q may come %s; check the dates, or correct the earlier step.",
		to.Status, to.Effective.Label(), from.Status, from.Effective.Label(), from.Status, oneOf(next))
}

// Extent says whether all of a thing is meant, or a part.
type Extent string

// The extents.
const (
	Full    Extent = "full"
	Partial Extent = "partial"
)

// Extents is the vocabulary of extents.
func Extents() Vocabulary {
	return codes("extent",
		[3]string{"full", "Full", "All of it."},
		[3]string{"partial", "Partial", "A part of it, described in words."})
}

// StatusChange is the document of a dated step in the life of a record.
type StatusChange struct {
	// Record is the relationship, contract, inquiry or open item whose status changed.
	Record uuid.UUID `json:"record"`
	Status Status    `json:"status"`
	Extent Extent    `json:"extent"`
	// Scope says in words of what a partial step is.
	Scope     string `json:"scope,omitempty"`
	Effective Date   `json:"effective"`
	Announced Date   `json:"announced,omitzero"`
	// Reported says whether its sources report it as done or announce it for later; "" where nobody
	// said, so that it follows from days.
	Reported Reported `json:"reported,omitempty"`
	// Actor is who took the step; nil when not known.
	Actor  *uuid.UUID `json:"actor,omitempty"`
	Reason string     `json:"reason,omitempty"`
	// Place orders steps of one record whose dates do not: lower comes first.
	Place int `json:"place,omitempty"`
	// Claim is the claim that moved the record (an answer that answered a question); may be nil.
	Claim     *uuid.UUID `json:"claim,omitempty"`
	Citations []Citation `json:"citations,omitempty"`
}

// RecordType is TypeStatusChange.
func (*StatusChange) RecordType() RecordType { return TypeStatusChange }

// Clean normalises the texts; the extent is full unless said otherwise.
func (c *StatusChange) Clean() {
	cleanTexts(&c.Scope, &c.Reason)
	if c.Extent == "" {
		c.Extent = Full
	}
	cleanCitations(c.Citations)
}

// Validate reports what is wrong with the status change by itself; whether the record may have
// the status, and whether the step can be, needs the record's history.
func (c *StatusChange) Validate() []Problem {
	var v validation
	v.required("/record", c.Record, "the relationship, contract, inquiry or open item whose status changed")
	if !slices.Contains(AllStatuses(), string(c.Status)) {
		v.addf("/status", "%q is no status.%s Use one of those of the record: see /api/v1/codes.", c.Status, DidYouMean(string(c.Status), AllStatuses()))
	}
	v.code("/extent", string(c.Extent), Extents())
	v.text("/scope", c.Scope, 2000, false)
	if c.Extent == Partial && c.Scope == "" {
		v.addf("/scope", "Say in words of what part this is: a partial step needs its scope.")
	}
	if c.Effective.IsZero() {
		v.addf("/effective", "Say when the step took effect: a day, a month, a year or a range such as [..2025-09-25] (by that day).")
	}
	v.point("/effective", c.Effective)
	v.point("/announced", c.Announced)
	if c.Reported != "" {
		v.code("/reported", string(c.Reported), ReportedWays())
	}
	v.text("/reason", c.Reason, 5000, false)
	if c.Place < 0 || c.Place > 1_000_000 {
		v.addf("/place", "The place in the record's history is a number from 0 to 1,000,000.")
	}
	v.citations(c.Citations)
	return v.problems
}

// References lists the record, the actor, the claim and the sources cited.
func (c *StatusChange) References() []Reference {
	refs := []Reference{{Pointer: "/record", ID: c.Record,
		Types: []RecordType{TypeRelationship, TypeEntity, TypeOpenItem}}}
	if c.Actor != nil {
		refs = append(refs, Reference{Pointer: "/actor", ID: *c.Actor, Types: []RecordType{TypeEntity}})
	}
	if c.Claim != nil {
		refs = append(refs, Reference{Pointer: "/claim", ID: *c.Claim, Types: []RecordType{TypeClaim}})
	}
	return append(refs, citationReferences(c.Citations)...)
}

// Cited lists the citations; a status change needs at least one.
func (c *StatusChange) Cited() []Citation { return append([]Citation{}, c.Citations...) }

// Rows projects the status change.
func (c *StatusChange) Rows(h Held) []any {
	row := &StatusChangeRow{Held: h, RecordID: c.Record, Status: c.Status, Extent: c.Extent, Scope: c.Scope,
		Effective: c.Effective, Announced: c.Announced, Reported: c.Reported, ActorID: c.Actor, ClaimID: c.Claim, Place: c.Place}
	return append([]any{row}, citationRows(h, c.Citations)...)
}

// StatusChangeRow is the held row of a status change.
type StatusChangeRow struct {
	Held
	RecordID  uuid.UUID `gorm:"not null"`
	Status    Status    `gorm:"not null"`
	Extent    Extent    `gorm:"not null"`
	Scope     string    `gorm:"not null"`
	Effective Date      `gorm:"embedded;embeddedPrefix:effective_"`
	Announced Date      `gorm:"embedded;embeddedPrefix:announced_"`
	Reported  Reported  `gorm:"not null"`
	ActorID   *uuid.UUID
	ClaimID   *uuid.UUID
	Place     int `gorm:"not null"`
}

// TableName is the table in which versions of status changes are kept.
func (StatusChangeRow) TableName() string { return "status_changes" }

// Step is the row as a step of its record's history.
func (r StatusChangeRow) Step() StatusStep {
	return StatusStep{Change: r.ID, Status: r.Status, Extent: r.Extent, Scope: r.Scope, Effective: r.Effective, Place: r.Place,
		Reported: r.Reported, Announced: r.Announced}
}
