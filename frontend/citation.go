package frontend

import (
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// mark is how well a record is established, with the reason and the sources.
type mark struct {
	// Word says it in one line, with whose word it rests on.
	Word  *text
	Icon  string
	Class string
	// Disputed says by whom; nil when it is not.
	Disputed *text
	// Reason is why, in sentences.
	Reason  []*text
	Sources []citation
	// Of says which of two statements it is about: that a record is so, or that its status holds; nil
	// where there is but one.
	Of *text
	// Evidence says until when that is known to have held; nil when nothing shows it. Stale says that
	// this is too long ago to be taken for fresh.
	Evidence *text
	Stale    bool
}

// citation is a source with what it is cited for.
type citation struct {
	URL   string
	Title string
	// Unknown marks a source that was not known then, Retracted one that was taken back.
	Unknown     bool
	Retracted   bool
	Publisher   names
	Date        date
	Locator     string
	Note        string
	HoldsOn     date
	Unpublished bool
	// After is what stands between this source and the next one in a line.
	After string
}

// levels are the icon and class of each level.
var levels = map[models.Verification][2]string{
	models.NoOrigin: {"info", "none"}, models.SingleOrigin: {"circle-dot", "single"}, models.Corroborated: {"badge-check", "corroborated"},
	models.PartlyAcknowledged: {"badge-check", "partly"}, models.Acknowledged: {"badge-check", "acknowledged"},
}

// itself names the record apart from its status.
var itself = map[models.StatusSubject]*text{models.SubjectSupply: say("The supply itself"), models.SubjectPosition: say("The position itself"), models.SubjectContract: say("The contract itself"),
	models.SubjectInquiry: say("The inquiry itself"), models.SubjectQuestion: say("The question itself"), models.SubjectDemand: say("The demand itself"), models.SubjectCommitment: say("The commitment itself")}

// mark is how well it is established that a record is so, whatever its status.
func (s showing) mark(r services.Record) mark {
	m := s.established(r.Standing)
	m.Sources = s.citations(r.Document.Cited())
	if r.Status != nil {
		m.Of, m.Evidence = itself[r.Status.Subject], s.evidence(r.Standing)
		if r.Status.RestsOnRecord(r.Standing) {
			m.Of = say("%s, and this status", m.Of)
		}
	}
	return m
}

// statusMark is how well it is established that the present status of a record holds; nil where it
// has none, or one that is unknown. Where it rests on the very same as the record, that is said once,
// at the record.
func (s showing) statusMark(r services.Record) *mark {
	if r.Status == nil || r.Status.Span.Status == models.StatusUnknown {
		return nil
	}
	standing := r.Status.Standing
	m := s.established(standing)
	m.Of, m.Evidence, m.Stale = say("This status"), s.evidence(standing), services.StatusStale(r, s.day)
	if r.Status.RestsOnRecord(r.Standing) {
		return &mark{Of: m.Of, Disputed: m.Disputed, Evidence: m.Evidence, Stale: m.Stale}
	}
	for _, origin := range standing.Basis.Origins {
		m.Sources = append(m.Sources, s.citation(origin.Source))
	}
	for i := range len(m.Sources) - 1 {
		m.Sources[i].After = ";"
	}
	return &m
}

// established is a standing as a mark without its sources.
func (s showing) established(standing models.Standing) mark {
	level := standing.Verification
	if level == "" {
		return mark{}
	}
	m := mark{Word: s.levelWords(standing), Icon: levels[level][0], Class: "verification-" + levels[level][1], Reason: reason(standing, s.refs)}
	if d := standing.Basis.Dispute; standing.Disputed && d != nil {
		m.Disputed = say("disputed by an anonymous speaker")
		if d.By != nil {
			m.Disputed = say("disputed by %s", s.refs[*d.By].Name)
		}
	}
	return m
}

// levelWords is the level of verification with whose word it rests on.
func (s showing) levelWords(standing models.Standing) *text {
	basis := standing.Basis
	switch {
	case basis.Acknowledgement != nil && standing.Verification != models.Corroborated:
		by := s.refs[basis.Acknowledgement.By].Name
		if standing.Verification == models.PartlyAcknowledged {
			return say("Partly acknowledged by %s", by)
		}
		return say("Acknowledged by %s", by)
	case len(basis.Origins) == 0:
		return say("No origin that counts")
	case len(basis.Origins) == 1:
		return say("Single origin: %s", publishers(s.refs[basis.Origins[0].Source]))
	}
	return sayN(len(basis.Origins), "Corroborated by %d independent origin", "Corroborated by %d independent origins")
}

// publishers names who published a source; its title where nobody is named.
func publishers(source services.Ref) names {
	if len(source.People) == 0 {
		return names{source.Name}
	}
	return peopleNames(source)
}

func (s showing) citations(citations []models.Citation) []citation {
	list := make([]citation, len(citations))
	for i, c := range citations {
		list[i] = s.citation(c.Source)
		list[i].Locator, list[i].Note, list[i].HoldsOn = c.Locator, c.Note, dayDate(c.HoldsOn)
		if i < len(citations)-1 {
			list[i].After = ";"
		}
	}
	return list
}

func (s showing) citation(source uuid.UUID) citation {
	r, known := s.refs[source]
	c := citation{URL: s.address(services.Ref{Type: models.TypeSource, ID: source}), Title: r.Name, Date: dateOf(r.Date), Unpublished: r.Kind == "internal_data"}
	c.Unknown, c.Retracted = !known, r.State == models.StateRetracted
	c.Publisher = peopleNames(r)
	return c
}

// sourceLine is a source in a list.
type sourceLine struct {
	URL, Title, Kind string
	Publishers       []link
	Published        date
	Unpublished      bool
	Later            bool
}

func (s showing) source(r services.Record) sourceLine {
	d := r.Document.(*models.Source)
	return sourceLine{URL: address("/sources/"+r.ID.String(), s.moment), Title: d.Title, Kind: models.SourceKinds().Label(d.Kind),
		Publishers: s.links(d.Publishers), Published: dateOf(d.Published), Unpublished: d.Unpublished, Later: s.later(r)}
}
