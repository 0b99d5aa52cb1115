package models

import (
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// SourceKinds is the vocabulary of what a source is.
func SourceKinds() Vocabulary {
	return codes("source_kind",
		[3]string{"article", "Article", "A piece of journalism."},
		[3]string{"investigation", "Investigation", "The published result of a publisher's own examination."},
		[3]string{"report", "Report", "A report by a company, an organization or a body."},
		[3]string{"statement", "Statement", "What a party said in public about itself."},
		[3]string{"filing", "Filing", "A document filed with a register, court or regulator."},
		[3]string{"post", "Post", "A post on a website or social network."},
		[3]string{"dataset", "Dataset", "Data in structured form."},
		[3]string{"internal_data", "Internal data", "Unpublished material seen by a publisher."},
		[3]string{"imported_file", "Imported file", "A file or list from which records were entered. It says how they came in, not who says so, and never counts as an origin."},
		[3]string{"other", "Other", "A document of another kind."})
}

// Kinds of sources that the counting of origins asks for.
const (
	SourceDataset      = "dataset"
	SourceImportedFile = "imported_file"
)

// changingKinds are those of sources that may go on being written after they were published first, as a
// company's page about itself or a register do.
var changingKinds = []string{SourceDataset, SourceImportedFile, "statement", "filing", "other"}

// LastWord is the last day on which a source may have said something: its latest possible day of
// publication, or that of a capture which shows it later. False where it has no such day, or goes on
// being written, as registers do.
func (s *Source) LastWord() (Day, bool) {
	last := s.Published.LastDay()
	if last.IsZero() || slices.Contains(changingKinds, s.Kind) {
		return Day{}, false
	}
	for _, capture := range s.Captures {
		last = laterOf(last, capture.CapturedOn)
	}
	return last, true
}

// Origin is a source on which another one reports.
type Origin struct {
	Source uuid.UUID `json:"source"`
	// Examined says that the reporting publisher examined the matter itself, so that counting
	// of origins stops at it.
	Examined bool `json:"examined,omitempty"`
}

// Source is the document of a published document, or of unpublished data seen by a publisher.
type Source struct {
	Kind  string `json:"kind"`
	Title string `json:"title"`
	// URL is optional and never invented.
	URL        string      `json:"url,omitempty"`
	Publishers []uuid.UUID `json:"publishers,omitempty"`
	Authors    []string    `json:"authors,omitempty"`
	Published  Date        `json:"published,omitzero"`
	Language   string      `json:"language,omitempty"`
	ReportsOn  []Origin    `json:"reports_on,omitempty"`
	// CopyOf is the original of which it is a reprint or a copy in an archive; nil for an original.
	// Both are one document where origins are counted.
	CopyOf *uuid.UUID `json:"copy_of,omitempty"`
	// Unpublished marks material that readers cannot look up.
	Unpublished bool   `json:"unpublished,omitempty"`
	Summary     string `json:"summary,omitempty"`
	// Captures are the files that show what it said.
	Captures []Capture `json:"captures,omitempty"`
}

// RecordType is TypeSource.
func (*Source) RecordType() RecordType { return TypeSource }

// Clean normalises the texts.
func (s *Source) Clean() {
	cleanTexts(&s.Kind, &s.Title, &s.URL, &s.Language, &s.Summary)
	for i := range s.Authors {
		cleanTexts(&s.Authors[i])
	}
	for i := range s.Captures {
		cleanTexts(&s.Captures[i].URL, &s.Captures[i].Note)
	}
}

// Validate reports what is wrong with the source by itself.
func (s *Source) Validate() []Problem {
	var v validation
	v.code("/kind", s.Kind, SourceKinds())
	v.text("/title", s.Title, 1000, true)
	v.text("/summary", s.Summary, 20000, false)
	v.text("/language", s.Language, 35, false)
	if s.URL != "" {
		if problem := ValidHTTPURL(s.URL); problem != "" {
			v.addf("/url", "%s", problem)
		}
	}
	v.point("/published", s.Published)
	v.atMost("/publishers", len(s.Publishers), 50)
	v.distinct("/publishers", s.Publishers)
	v.atMost("/authors", len(s.Authors), 100)
	for i, author := range s.Authors {
		v.text(fmt.Sprintf("/authors/%d", i), author, 300, true)
	}
	v.atMost("/reports_on", len(s.ReportsOn), 100)
	v.distinct("/reports_on", s.origins())
	v.captures(s.Captures)
	return v.problems
}

func (s *Source) origins() []uuid.UUID {
	ids := make([]uuid.UUID, len(s.ReportsOn))
	for i, origin := range s.ReportsOn {
		ids[i] = origin.Source
	}
	return ids
}

// References lists the publishers, the origins and the original.
func (s *Source) References() []Reference {
	refs := linkReferences("/publishers", s.Publishers, TypeEntity)
	for i, id := range s.origins() {
		refs = append(refs, Reference{Pointer: fmt.Sprintf("/reports_on/%d/source", i), ID: id, Types: []RecordType{TypeSource}})
	}
	if s.CopyOf != nil {
		refs = append(refs, Reference{Pointer: "/copy_of", ID: *s.CopyOf, Types: []RecordType{TypeSource}})
	}
	return refs
}

// Cited is nil: a source is what others cite.
func (s *Source) Cited() []Citation { return nil }

// Rows projects the source.
func (s *Source) Rows(h Held) []any {
	rows := []any{&SourceRow{Held: h, Kind: s.Kind, Title: s.Title, URL: s.URL, NormalURL: NormalURL(s.URL),
		Published: s.Published, Unpublished: s.Unpublished}}
	rows = append(rows, linkRows(h, LinkPublisher, s.Publishers)...)
	rows = append(rows, captureRows(h, s.Captures)...)
	for i, origin := range s.ReportsOn {
		role := LinkReportsOn
		if origin.Examined {
			role = LinkExamined
		}
		rows = append(rows, &LinkRow{Listed: h.listed(i), Role: role, TargetID: origin.Source})
	}
	if s.CopyOf != nil {
		rows = append(rows, &LinkRow{Listed: h.listed(0), Role: LinkCopyOf, TargetID: *s.CopyOf})
	}
	return rows
}

// SourceRow is the held row of a source.
type SourceRow struct {
	Held
	Kind        string `gorm:"not null"`
	Title       string `gorm:"not null"`
	URL         string `gorm:"not null"`
	NormalURL   string `gorm:"not null"`
	Published   Date   `gorm:"embedded;embeddedPrefix:published_"`
	Unpublished bool   `gorm:"not null"`
}

// TableName is the table in which versions of sources are kept.
func (SourceRow) TableName() string { return "sources" }
