package models

import (
	"fmt"

	"github.com/google/uuid"
)

// Citation ties a source to the record in whose document it stands.
type Citation struct {
	Source uuid.UUID `json:"source"`
	// Locator says where in the source: a page, a paragraph, a time.
	Locator string `json:"locator,omitempty"`
	Note    string `json:"note,omitempty"`
	// HoldsOn is the day on which the source shows that the record (still) held; zero if none.
	HoldsOn Day `json:"holds_on,omitzero"`
	// CheckedOn is the day on which somebody last looked whether it does; zero if unknown.
	CheckedOn Day `json:"checked_on,omitzero"`
}

// CitationRow is one citation of a record.
type CitationRow struct {
	Listed
	SourceID  uuid.UUID `gorm:"not null"`
	HoldsOn   Day
	CheckedOn Day
}

// TableName is the table in which citations are kept.
func (CitationRow) TableName() string { return "citations" }

func cleanCitations(citations []Citation) {
	for i := range citations {
		cleanTexts(&citations[i].Locator, &citations[i].Note)
	}
}

func (v *validation) citations(citations []Citation) {
	v.atMost("/citations", len(citations), 200)
	for i, c := range citations {
		at := fmt.Sprintf("/citations/%d", i)
		v.required(at+"/source", c.Source, "the source")
		v.text(at+"/locator", c.Locator, 300, false)
		v.text(at+"/note", c.Note, 2000, false)
	}
}

func citationReferences(citations []Citation) []Reference {
	refs := make([]Reference, len(citations))
	for i, c := range citations {
		refs[i] = Reference{Pointer: fmt.Sprintf("/citations/%d/source", i), ID: c.Source, Types: []RecordType{TypeSource}}
	}
	return refs
}

func citationRows(h Held, citations []Citation) []any {
	rows := make([]any, len(citations))
	for i, c := range citations {
		rows[i] = &CitationRow{Listed: h.listed(i), SourceID: c.Source, HoldsOn: c.HoldsOn, CheckedOn: c.CheckedOn}
	}
	return rows
}
