package frontend

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// mark is how well a record is established, with the reason and the sources.
type mark struct {
	// Word says it in one line, with whose word it rests on.
	Word  string
	Icon  string
	Class string
	// Disputed says by whom; "" when it is not.
	Disputed string
	Reason   string
	Sources  []citation
}

// citation is a source with what it is cited for.
type citation struct {
	URL       string
	Title     string
	Publisher string
	// Short names the source in a few words: its publisher and date.
	Short       string
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
	models.SingleOrigin: {"circle-dot", "single"}, models.Corroborated: {"badge-check", "corroborated"},
	models.PartlyAcknowledged: {"badge-check", "partly"}, models.Acknowledged: {"badge-check", "acknowledged"},
}

func (s showing) mark(r services.Record) mark {
	m := mark{Sources: s.citations(r.Document.Cited())}
	level := r.Standing.Verification
	if level == "" {
		return m
	}
	m.Word, m.Icon, m.Class = s.levelWords(r.Standing), levels[level][0], "verification-"+levels[level][1]
	m.Reason = services.StandingReason(r.Standing, s.refs)
	if d := r.Standing.Basis.Dispute; r.Standing.Disputed && d != nil {
		m.Disputed = "an anonymous speaker"
		if d.By != nil {
			m.Disputed = s.refs[*d.By].Name
		}
	}
	return m
}

// levelWords is the level of verification with whose word it rests on.
func (s showing) levelWords(standing models.Standing) string {
	label := models.Verifications().Label(string(standing.Verification))
	basis := standing.Basis
	switch {
	case basis.Acknowledgement != nil && standing.Verification != models.Corroborated:
		return label + " by " + s.refs[basis.Acknowledgement.By].Name
	case len(basis.Origins) == 1:
		return label + ": " + publishers(s.refs[basis.Origins[0].Source])
	}
	return fmt.Sprintf("%s by %d independent origins", label, len(basis.Origins))
}

// publishers names who published a source; its title where nobody is named.
func publishers(source services.Ref) string {
	names := make([]string, len(source.People))
	for i, publisher := range source.People {
		names[i] = publisher.Name
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return strings.Join(append(names, source.Name)[:1], "")
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
	if !known {
		c.Title = "A source not known then"
	}
	if len(r.People) > 0 {
		c.Publisher = publishers(r)
	}
	c.Short = c.Title
	if c.Publisher != "" {
		c.Short = c.Publisher
		if c.Date.Label != "" {
			c.Short += ", " + c.Date.Label
		}
	}
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
