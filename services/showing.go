package services

import (
	"slices"

	"github.com/google/uuid"

	"plumbline/models"
)

// What is no evidence shows nothing to hold and nobody to have looked: a file that was imported says
// how a record came in, a page of this site repeats what is recorded here, and of what names neither
// a publisher nor a site nobody knows who says it.

// showing are the citations of a document whose sources may show on which days it held.
func (d *derivation) showing(document models.Document) []models.Citation {
	var list []models.Citation
	for _, citation := range document.Cited() {
		if d.sources.showsDays(citation.Source) {
			list = append(list, citation)
		}
	}
	return list
}

// showsDays reports whether a source may show on which days something held: it counts, or leads to what
// counts, or is itself a publication by somebody, whatever it reports on.
func (g sourceGraph) showsDays(source uuid.UUID) bool {
	facts := g.facts[source]
	return facts == nil || g.shows(facts) || !slices.ContainsFunc(g.origins(source), func(p *paper) bool { return p.why != "" })
}

// shows reports whether a source is, by itself, one that may show that something held on a day.
func (g sourceGraph) shows(s *sourceFacts) bool {
	return g.whyNot(s) == ""
}

// tells reports whether a source tells more of a step than that somebody entered it.
func (g sourceGraph) tells(s *sourceFacts) bool {
	why := g.whyNot(s)
	return why != models.UncountedFile && why != models.UncountedOwn
}

// showing are the citations of a record whose sources may show on which days it held.
func (r Record) showing() []models.Citation {
	return slices.DeleteFunc(slices.Clone(r.Document.Cited()), func(citation models.Citation) bool {
		return slices.ContainsFunc(r.Standing.Basis.NotCounted, func(one models.UncountedSource) bool {
			return one.Source == citation.Source && !one.Shows
		})
	})
}

// gatherEvidence gathers what shows each step, now that the site's own hosts are known.
func (d *derivation) gatherEvidence() {
	for _, row := range d.cited {
		row.addTo(d.evidence, d.sources.tells(row.facts()))
	}
}
