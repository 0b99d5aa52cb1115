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
	if facts != nil && facts.retracted {
		return false
	}
	return facts == nil || g.shows(facts) || !slices.ContainsFunc(g.origins(source), func(p *paper) bool { return p.why != "" })
}

// shows reports whether a source is, by itself, one that may show that something held on a day.
func (g sourceGraph) shows(s *sourceFacts) bool {
	return g.whyNot(s) == ""
}

// weight is how far a source shows that a step has happened.
type weight int

const (
	saysNothing weight = iota // but that somebody entered the step
	tellsDays                 // when it was published, and nothing that confirms
	showsDays
)

// weightOf is that of a source by itself.
func (g sourceGraph) weightOf(s *sourceFacts) weight {
	switch g.whyNot(s) {
	case "":
		return showsDays
	case models.UncountedFile, models.UncountedOwn, models.UncountedRetracted:
		return saysNothing
	}
	return tellsDays
}

// showing are the citations of a record whose sources may show on which days it held.
func (r Record) showing() []models.Citation {
	return slices.DeleteFunc(slices.Clone(r.Document.Cited()), func(citation models.Citation) bool {
		return slices.ContainsFunc(r.Standing.Basis.NotCounted, func(one models.UncountedSource) bool {
			return one.Source == citation.Source && !one.Shows
		})
	})
}

// evidenceOf gathers what shows steps, by their ids: of the citations of each those of the most weight.
func (g sourceGraph) evidenceOf(rows []shownRow) map[uuid.UUID]models.StepEvidence {
	evidence, best := map[uuid.UUID]models.StepEvidence{}, map[uuid.UUID]weight{}
	weights := make([]weight, len(rows))
	for i, row := range rows {
		weights[i] = g.weightOf(row.facts())
		if row.PublishedEarliest.IsZero() && row.PublishedLatest.IsZero() && row.HoldsOn.IsZero() {
			weights[i] = min(weights[i], tellsDays) // no day of it shows more than that of another
		}
		best[row.ChangeID] = max(best[row.ChangeID], weights[i])
	}
	for i, row := range rows {
		if weights[i] == best[row.ChangeID] {
			row.addTo(evidence, weights[i])
		}
	}
	return evidence
}
