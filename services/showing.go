package services

import (
	"slices"

	"plumbline/models"
)

// What is no evidence at all shows nothing to hold and nobody to have looked: a file that was
// imported says how a record came in, and a page of this site repeats what is recorded here.

// showing are the citations of a document whose sources may show on which days it held.
func (d *derivation) showing(document models.Document) []models.Citation {
	var list []models.Citation
	for _, citation := range document.Cited() {
		if facts := d.sources.facts[citation.Source]; facts == nil || d.sources.shows(facts) {
			list = append(list, citation)
		}
	}
	return list
}

// shows reports whether a source may show something.
func (g sourceGraph) shows(s *sourceFacts) bool {
	return shown(g.whyNot(s))
}

// shown reports whether a source may show something, by why it does not count.
func shown(why models.WhyUncounted) bool {
	return why != models.UncountedFile && why != models.UncountedOwn
}

// showing are the citations of a record whose sources may show on which days it held.
func (r Record) showing() []models.Citation {
	return slices.DeleteFunc(slices.Clone(r.Document.Cited()), func(citation models.Citation) bool {
		return slices.ContainsFunc(r.Standing.Basis.NotCounted, func(one models.UncountedSource) bool {
			return one.Source == citation.Source && !shown(one.Why)
		})
	})
}

// gatherEvidence gathers what shows each step, now that the site's own hosts are known.
func (d *derivation) gatherEvidence() {
	for _, row := range d.cited {
		row.addTo(d.evidence, d.sources.shows(&sourceFacts{kind: row.Kind, normal: row.Normal}))
	}
}
