package models

import (
	"fmt"

	"github.com/google/uuid"
)

// Stance says in what manner a claim speaks.
type Stance string

// The stances.
const (
	Alleges          Stance = "alleges"
	Reports          Stance = "reports"
	States           Stance = "states"
	FindsEvidence    Stance = "finds_evidence"
	FindsNoEvidence  Stance = "finds_no_evidence"
	Admits           Stance = "admits"
	Denies           Stance = "denies"
	Disputes         Stance = "disputes"
	DeclinesToAnswer Stance = "declines_to_answer"
	NoResponse       Stance = "no_response"
	Commits          Stance = "commits"
	Demands          Stance = "demands"
)

// Stances is the vocabulary of stances.
func Stances() Vocabulary {
	return codes("stance",
		[3]string{"alleges", "alleges", "Says that it is so; the party concerned has not said so."},
		[3]string{"reports", "reports", "Passes on what others said or what happened in public."},
		[3]string{"states", "states", "Says something about its own acts or views."},
		[3]string{"finds_evidence", "finds evidence", "Looked into it and found evidence for it."},
		[3]string{"finds_no_evidence", "finds no evidence", "Looked into it and found no evidence for it."},
		[3]string{"admits", "admits", "The party concerned says that it is so."},
		[3]string{"denies", "denies", "Says that it is not so."},
		[3]string{"disputes", "disputes", "Calls it wrong or misleading without denying all of it."},
		[3]string{"declines_to_answer", "declines to answer", "Was asked and declined to answer."},
		[3]string{"no_response", "gave no response", "Was asked and did not respond."},
		[3]string{"commits", "commits", "Promises to do or not to do something."},
		[3]string{"demands", "demands", "Asks another party to do or not to do something."})
}

// Contradicts reports whether the stance stands against what it is about or answers.
func (s Stance) Contradicts() bool {
	return s == Denies || s == Disputes || s == FindsNoEvidence
}

// Speaker is who makes a claim: an entity, or a described anonymous one; perhaps on behalf of
// another entity.
type Speaker struct {
	Entity *uuid.UUID `json:"entity,omitempty"`
	// Description is for a speaker who is not an entity: "an Israeli security official".
	Description string     `json:"description,omitempty"`
	OnBehalfOf  *uuid.UUID `json:"on_behalf_of,omitempty"`
}

// Claim is the document of something that speakers say about records.
type Claim struct {
	Speakers []Speaker   `json:"speakers"`
	Stance   Stance      `json:"stance"`
	About    []uuid.UUID `json:"about,omitempty"`
	Answers  []uuid.UUID `json:"answers,omitempty"`
	// Extent says whether the claim covers all of what it answers or is about.
	Extent    Extent     `json:"extent"`
	SaidOn    Date       `json:"said_on"`
	Text      string     `json:"text"`
	Purposes  []Purpose  `json:"purposes,omitempty"`
	Citations []Citation `json:"citations,omitempty"`
}

// RecordType is TypeClaim.
func (*Claim) RecordType() RecordType { return TypeClaim }

// Clean normalises the texts; the extent is full unless said otherwise.
func (c *Claim) Clean() {
	cleanTexts(&c.Text)
	for i := range c.Speakers {
		cleanTexts(&c.Speakers[i].Description)
	}
	if c.Extent == "" {
		c.Extent = Full
	}
	cleanCitations(c.Citations)
}

// Validate reports what is wrong with the claim by itself.
func (c *Claim) Validate() []Problem {
	var v validation
	v.speakers("/speakers", c.Speakers, true)
	v.code("/stance", string(c.Stance), Stances())
	v.code("/extent", string(c.Extent), Extents())
	v.text("/text", c.Text, 5000, true)
	if c.SaidOn.IsZero() {
		v.addf("/said_on", "Say when this was said: a day, a month, a year or a range.")
	}
	v.point("/said_on", c.SaidOn)
	v.atMost("/about", len(c.About), 200)
	v.atMost("/answers", len(c.Answers), 50)
	if len(c.About)+len(c.Answers) == 0 {
		v.addf("/about", "Name at least one record that the claim is about, or a claim that it answers.")
	}
	v.distinct("/about", c.About)
	v.distinct("/answers", c.Answers)
	v.purposes(c.Purposes)
	v.citations(c.Citations)
	return v.problems
}

func (v *validation) speakers(pointer string, speakers []Speaker, required bool) {
	v.atMost(pointer, len(speakers), 50)
	if required && len(speakers) == 0 {
		v.addf(pointer, "Say who speaks: an entity, or a description of an anonymous speaker.")
	}
	for i, s := range speakers {
		at := fmt.Sprintf("%s/%d", pointer, i)
		v.text(at+"/description", s.Description, 300, false)
		if (s.Entity == nil) == (s.Description == "") {
			v.addf(at, "Give either the entity that speaks, or a description of an anonymous speaker.")
		}
	}
}

// References lists speakers, what the claim is about and answers, and the sources cited.
func (c *Claim) References() []Reference {
	refs := speakerReferences("/speakers", c.Speakers)
	refs = append(refs, linkReferences("/about", c.About,
		TypeEntity, TypeRelationship, TypeStatusChange, TypeOpenItem, TypeClaim)...)
	refs = append(refs, linkReferences("/answers", c.Answers, TypeClaim)...)
	return append(refs, citationReferences(c.Citations)...)
}

func speakerReferences(pointer string, speakers []Speaker) []Reference {
	var refs []Reference
	for i, s := range speakers {
		at := fmt.Sprintf("%s/%d", pointer, i)
		if s.Entity != nil {
			refs = append(refs, Reference{Pointer: at + "/entity", ID: *s.Entity, Types: []RecordType{TypeEntity}})
		}
		if s.OnBehalfOf != nil {
			refs = append(refs, Reference{Pointer: at + "/on_behalf_of", ID: *s.OnBehalfOf, Types: []RecordType{TypeEntity}})
		}
	}
	return refs
}

// Cited lists the citations; a claim needs at least one.
func (c *Claim) Cited() []Citation { return append([]Citation{}, c.Citations...) }

// Rows projects the claim.
func (c *Claim) Rows(h Held) []any {
	rows := []any{&ClaimRow{Held: h, Stance: c.Stance, Extent: c.Extent, SaidOn: c.SaidOn}}
	rows = append(rows, speakerRows(h, c.Speakers)...)
	rows = append(rows, linkRows(h, LinkAbout, c.About)...)
	rows = append(rows, linkRows(h, LinkAnswers, c.Answers)...)
	rows = append(rows, purposeRows(h, c.Purposes)...)
	return append(rows, citationRows(h, c.Citations)...)
}

// ClaimRow is the held row of a claim.
type ClaimRow struct {
	Held
	Stance Stance `gorm:"not null"`
	Extent Extent `gorm:"not null"`
	SaidOn Date   `gorm:"embedded;embeddedPrefix:said_on_"`
}

// TableName is the table in which versions of claims are kept.
func (ClaimRow) TableName() string { return "claims" }

// SpeakerRow is one speaker of a claim, or one who raised an open item.
type SpeakerRow struct {
	Listed
	EntityID     *uuid.UUID
	OnBehalfOfID *uuid.UUID
}

// TableName is the table in which speakers are kept.
func (SpeakerRow) TableName() string { return "record_speakers" }

func speakerRows(h Held, speakers []Speaker) []any {
	rows := make([]any, len(speakers))
	for i, s := range speakers {
		rows[i] = &SpeakerRow{Listed: h.listed(i), EntityID: s.Entity, OnBehalfOfID: s.OnBehalfOf}
	}
	return rows
}
