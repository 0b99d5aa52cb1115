package services

import (
	"bytes"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// sourceGraph is what is known of the sources that records cite and of those behind them.
type sourceGraph struct {
	publishers map[uuid.UUID][]uuid.UUID
	// reportsOn holds the origins on which a source reports; examined those whose matter its
	// publisher examined itself.
	reportsOn map[uuid.UUID][]uuid.UUID
	examined  map[uuid.UUID][]uuid.UUID
}

// askSources asks for the sources that documents cite, and all behind them, in one query.
func (d *derivation) askSources(ids []uuid.UUID) {
	d.sources = sourceGraph{publishers: map[uuid.UUID][]uuid.UUID{}, reportsOn: map[uuid.UUID][]uuid.UUID{}, examined: map[uuid.UUID][]uuid.UUID{}}
	lists := map[models.LinkRole]map[uuid.UUID][]uuid.UUID{models.LinkPublisher: d.sources.publishers,
		models.LinkReportsOn: d.sources.reportsOn, models.LinkExamined: d.sources.examined}
	var cited []uuid.UUID
	for _, id := range ids {
		for _, citation := range d.documents[id].Cited() {
			cited = append(cited, citation.Source)
		}
	}

	query := d.view.sql(`
		WITH RECURSIVE behind (id) AS (
			SELECT id FROM records WHERE id ?
			UNION
			SELECT l.target_id FROM behind b
			JOIN record_links l ON l.record_id = b.id AND l.role IN ('reports_on', 'examined') AND {held:l}
		)
		SELECT l.record_id, l.role, l.target_id FROM behind b
		JOIN record_links l ON l.record_id = b.id AND l.role IN ('publisher', 'reports_on', 'examined') AND {held:l}
		ORDER BY l.record_id, l.role, l.place`)
	ask(d.reads, "load sources", cited, func(tx *gorm.DB, some []uuid.UUID, rows *[]models.LinkRow) *gorm.DB {
		return tx.Raw(query, among(some)).Find(rows)
	}, func(row models.LinkRow) error {
		if list := lists[row.Role]; !slices.Contains(list[row.RecordID], row.TargetID) {
			list[row.RecordID] = append(list[row.RecordID], row.TargetID)
		}
		return nil
	})
}

// origins follows "reports on" from a source to where it ends: at sources that report on no
// other, or whose publisher examined the matter itself.
func (g sourceGraph) origins(source uuid.UUID) []uuid.UUID {
	var origins []uuid.UUID
	visited := map[uuid.UUID]bool{}
	var follow func(id uuid.UUID)
	follow = func(id uuid.UUID) {
		if visited[id] {
			return
		}
		visited[id] = true
		if len(g.examined[id]) > 0 || len(g.reportsOn[id]) == 0 {
			origins = append(origins, id)
		}
		for _, next := range g.reportsOn[id] {
			follow(next)
		}
	}
	follow(source)

	if len(origins) == 0 { // sources that report on each other in a circle
		return []uuid.UUID{source}
	}
	return distinct(origins)
}

// tokens are what makes origins dependent on each other: the origins themselves and their
// publishers. Two pieces by one publisher are not independent.
func (g sourceGraph) tokens(origins []uuid.UUID) []uuid.UUID {
	tokens := slices.Clone(origins)
	for _, origin := range origins {
		tokens = append(tokens, g.publishers[origin]...)
	}
	return distinct(tokens)
}

// count finds the independent origins behind citations. A source that leads back to several
// origins may have any of them for this record, so it counts only where none of them has been
// counted: the number is never too high. Sources with the fewest origins are counted first.
func (g sourceGraph) count(citations []models.Citation) []models.CountedOrigin {
	type candidate struct {
		source          uuid.UUID
		origins, tokens []uuid.UUID
	}
	var candidates []candidate
	for _, source := range citedSources(citations) {
		origins := g.origins(source)
		candidates = append(candidates, candidate{source, origins, g.tokens(origins)})
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int {
		if c := len(a.origins) - len(b.origins); c != 0 {
			return c
		}
		return bytes.Compare(a.origins[0][:], b.origins[0][:])
	})

	var counted []models.CountedOrigin
	countedAt := map[uuid.UUID]int{}
	for _, c := range candidates {
		at, dependent := firstCounted(countedAt, c.tokens)
		if !dependent {
			at = len(counted)
			counted = append(counted, models.CountedOrigin{Source: standsFor(c.source, c.origins)})
		}
		if c.source != counted[at].Source {
			counted[at].Through = append(counted[at].Through, c.source)
		}
		if dependent && len(c.origins) > 1 {
			continue // it may rest on the origin counted already: its others prove nothing
		}
		for _, token := range c.tokens {
			if _, known := countedAt[token]; !known {
				countedAt[token] = at
			}
		}
	}
	return counted
}

func firstCounted(countedAt map[uuid.UUID]int, tokens []uuid.UUID) (int, bool) {
	for _, token := range tokens {
		if at, ok := countedAt[token]; ok {
			return at, true
		}
	}
	return 0, false
}

// standsFor is the source that is shown for an origin: the origin where there is one, otherwise
// the source that was cited.
func standsFor(source uuid.UUID, origins []uuid.UUID) uuid.UUID {
	if len(origins) == 1 {
		return origins[0]
	}
	return source
}

func citedSources(citations []models.Citation) []uuid.UUID {
	ids := make([]uuid.UUID, len(citations))
	for i, citation := range citations {
		ids[i] = citation.Source
	}
	return distinct(ids)
}
