package services

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"plumbline/models"
)

// Facet says how many records of a list each value of one filter would show, with all other
// filters in force.
type Facet struct {
	// Name is the filter's.
	Name   string
	Values []FacetValue
}

// FacetValue is one value of a facet.
type FacetValue struct {
	Value string
	// Count is exact up to 1,000. More says that there are more than Count.
	Count int
	More  bool
	// Chosen says that the filter names the value.
	Chosen bool
}

// mostCounted bounds what is counted exactly.
const mostCounted = 1000

// countPatience bounds the exact counting in lists of more than mostCounted; where it runs out,
// counts are lower bounds.
const countPatience = 200 * time.Millisecond

// dayPatience bounds it where the counts serve one day alone, so that who leafs through many days has
// others wait little.
const dayPatience = 50 * time.Millisecond

// mostPlaces bounds the values of a facet that has no fixed vocabulary.
const mostPlaces = 10

// facetSource is where a facet's values come from: an expression, and what it needs joined to the
// held row t.
type facetSource struct{ value, join string }

// count counts records. A record may have one place at both ends, and is then one.
func (f facetSource) count() string {
	if f.join == endsFacet {
		return "count(DISTINCT t.id)"
	}
	return "count(*)"
}

const (
	standingFacet = "LEFT JOIN standings st ON st.record_id = t.id AND {held:st}"
	spanFacet     = "JOIN spans sp ON sp.record_id = t.id AND {held:sp} AND sp.from_day <= {day} AND sp.until_day > {day}"
	statedFacet   = spanFacet + " " + statusJoins
	purposeFacet  = "JOIN record_purposes p ON p.record_id = t.id AND {held:p}"
	// A flag is text, so that the facets of a list are one statement.
	stepConfirmedFacet   = "CASE WHEN (" + stepConfirmed + ") THEN 'true' WHEN NOT (" + stepConfirmed + ") THEN 'false' END"
	recordConfirmedFacet = "CASE WHEN (" + recordConfirmed + ") THEN 'true' WHEN NOT (" + recordConfirmed + ") THEN 'false' END"
	endsFacet            = "JOIN entity_places p ON p.record_id IN (t.subject_id, t.object_id) AND {held:p}"
)

// facetSources are the facets that lists have, by type and filter.
var facetSources = map[models.RecordType]map[string]facetSource{
	models.TypeEntity: {
		"kind": {"t.kind", ""}, "identity": {"t.identity", ""}, "status": {"sp.status", spanFacet}, "confirmed": {recordConfirmedFacet, spanFacet}, "verification": {"st.verification", standingFacet},
		"country": {"p.code", "JOIN entity_places p ON p.record_id = t.id AND {held:p}"},
	},
	models.TypeRelationship: {
		"type": {"t.type", ""}, "status": {"sp.status", spanFacet}, "confirmed": {recordConfirmedFacet, spanFacet}, "extent": {"sp.extent", spanFacet}, "purpose": {"p.purpose", purposeFacet},
		"verification": {"st.verification", standingFacet}, "disputed": {"CASE WHEN st.disputed THEN 'true' WHEN NOT st.disputed THEN 'false' END", standingFacet},
		"status_verification": {statusLevel, statedFacet}, "status_disputed": {"CASE WHEN (" + statusDisputed + ") THEN 'true' WHEN NOT (" + statusDisputed + ") THEN 'false' END", statedFacet},
		"country": {"p.code", endsFacet},
	},
	models.TypeStatusChange: {
		"status": {"t.status", ""}, "extent": {"t.extent", ""}, "confirmed": {stepConfirmedFacet, ""}, "verification": {"st.verification", standingFacet},
		"subject": {"x.subject", "JOIN spans x ON x.record_id = t.record_id AND {held:x} AND x.place = 0"},
	},
	models.TypeClaim: {
		"stance": {"t.stance", ""}, "extent": {"t.extent", ""}, "purpose": {"p.purpose", purposeFacet}, "verification": {"st.verification", standingFacet},
		"disputed":   {"CASE WHEN st.disputed THEN 'true' WHEN NOT st.disputed THEN 'false' END", standingFacet},
		"unanswered": {"CASE WHEN t.stance NOT IN ('alleges', 'reports', 'finds_evidence') THEN NULL WHEN " + unanswered + " THEN 'true' ELSE 'false' END", ""},
	},
	models.TypeSource: {
		"kind": {"t.kind", ""}, "unpublished": {"CASE WHEN t.unpublished THEN 'true' ELSE 'false' END", ""},
	},
	models.TypeOpenItem: {
		"kind": {"t.kind", ""}, "status": {"sp.status", spanFacet}, "confirmed": {recordConfirmedFacet, spanFacet},
		"unanswered": {"CASE WHEN sp.status IN ('open', 'no_response', 'declined') THEN 'true' ELSE 'false' END", spanFacet},
	},
}

// FacetNames lists the filters of a type's list that Facets counts.
func FacetNames(t models.RecordType) []string { return sorted(keys(facetSources[t])) }

// Facets counts a list by the values of some of its filters, in the order of the names. Values
// that no record has are left out, except those that the filter names. Counts are kept until the
// next publication. ErrInvalid when a name has no facet, or the query names records that are not
// there.
func (s *Services) Facets(ctx context.Context, _ models.Actor, t models.RecordType, q Query, names []string) ([]Facet, error) {
	kept, count, err := s.facetCounting(ctx, t, q, names)
	if err != nil || count == nil {
		return kept, err
	}
	return count(ctx)
}

// FacetsSoon begins what Facets does beside what the caller does meanwhile. See Counting.
func (s *Services) FacetsSoon(ctx context.Context, _ models.Actor, t models.RecordType, q Query, names []string) (*Counting[[]Facet], error) {
	kept, count, err := s.facetCounting(ctx, t, q, names)
	if err != nil || count == nil {
		return counted(kept), err
	}
	return begin(ctx, s, count), nil
}

// facetCounting gives facets that are kept, or else what counts them and keeps them.
func (s *Services) facetCounting(ctx context.Context, t models.RecordType, q Query, names []string) (kept []Facet, count func(context.Context) ([]Facet, error), err error) {
	for _, name := range names {
		if _, ok := facetSources[t][name]; !ok {
			p := &queryParser{}
			p.problem("facets", "%q cannot be counted.%s Possible are %s.", shorten(name), models.DidYouMean(name, FacetNames(t)), strings.Join(FacetNames(t), ", "))
			return nil, nil, p.failed()
		}
	}
	r, err := s.read(ctx, q.Moment)
	if err != nil || len(names) == 0 {
		return nil, nil, err
	}
	known := map[string]Facet{}
	var missing []string
	for _, name := range names {
		if facet, ok := s.facets.GetIfPresent(facetKey(r, t, q, name)); ok {
			known[name] = facet
		} else {
			missing = append(missing, name)
		}
	}
	inOrder := func() []Facet {
		list := make([]Facet, len(names))
		for i, name := range names {
			list[i] = known[name]
		}
		return list
	}
	if len(missing) == 0 {
		return inOrder(), nil, nil
	}
	asked := q
	if err := r.resolveFilters(t, &q); err != nil {
		return nil, nil, err
	}
	return nil, func(ctx context.Context) ([]Facet, error) {
		r.tx = r.tx.WithContext(ctx)
		facets, err := r.facets(ctx, t, q.withDefaults("id").Filters, missing)
		if err != nil {
			return nil, err
		}
		for _, facet := range facets {
			known[facet.Name] = facet
			s.facets.Set(facetKey(r, t, asked, facet.Name), facet)
		}
		return inOrder(), nil
	}, nil
}

// facetKey names what was counted: most facets are the same on every day.
func facetKey(r *reading, t models.RecordType, q Query, name string) string {
	q.Moment, q.Sort, q.Limit = Moment{}, "", 0
	if dated(t, q.Filters, name) {
		q.AsOf = r.AsOf
	}
	return fmt.Sprintf("%d %v %s %s", r.Size, r.Past, name, q.digest(string(t), cursor{}))
}

// dated reports whether the counts of a facet depend on the day: they do where they, or what another
// filter asks, are of a status on that day.
func dated(t models.RecordType, filters map[string][]string, facet string) bool {
	source := facetSources[t][facet]
	return strings.Contains(source.value+source.join, "{day}") || slices.ContainsFunc(listings[t].parameters, func(p Parameter) bool {
		return p.Name != facet && len(filters[p.Name]) > 0 && (strings.Contains(p.where, "sp.") || strings.Contains(p.where, "{day}"))
	})
}

// weighFacets is about how much memory kept counts take.
func weighFacets(key string, f Facet) uint32 { return uint32(len(key) + 100 + 60*len(f.Values)) }

// facetCount is what counting gives.
type facetCount struct {
	Facet, Value string
	N            int
}

// facets counts among the first records of each list, which is exact where they are all, and else
// counts value by value.
func (r *reading) facets(ctx context.Context, t models.RecordType, filters map[string][]string, names []string) ([]Facet, error) {
	counts, large, err := r.sample(t, filters, names)
	if err != nil {
		return nil, err
	}
	if len(large) > 0 {
		if err := r.countEach(ctx, t, filters, counts, large); err != nil {
			return nil, err
		}
	}

	facets := make([]Facet, len(names))
	for i, name := range names {
		facets[i] = Facet{Name: name, Values: facetValues(t, name, filters[name], counts[name], large[name])}
	}
	return facets, nil
}

// facetCounts are counts by facet and value.
type facetCounts map[string]map[string]FacetValue

// sample counts each facet among the first records that the other filters leave, in one
// statement. large holds the facets for which those are not all.
func (r *reading) sample(t models.RecordType, filters map[string][]string, names []string) (facetCounts, map[string]bool, error) {
	var with, parts []string
	var args []any
	bases := map[string]string{} // by the filter that is left out
	columns := facetColumns(t, names)
	for _, name := range names {
		left := name
		if len(filters[name]) == 0 {
			left = ""
		}
		base, known := bases[left]
		if !known {
			base = fmt.Sprintf("base%d", len(bases))
			bases[left] = base
			text, baseArgs := r.headsSQL(t, without(filters, left), mostCounted+1, columns...)
			with, args = append(with, base+" AS MATERIALIZED ("+text+")"), append(args, baseArgs...)
		}
		source := facetSources[t][name]
		parts = append(parts,
			fmt.Sprintf("SELECT '%s' AS facet, %s AS value, %s AS n FROM %s t %s GROUP BY 2", name, source.value, source.count(), base, source.join),
			fmt.Sprintf("SELECT '%s', '*', count(*) FROM %s", name, base))
	}

	var rows []facetCount
	text := "WITH " + strings.Join(with, ", ") + " SELECT facet, value, n FROM (" + strings.Join(parts, " UNION ALL ") + ") c WHERE value IS NOT NULL"
	if err := r.raw(text, args...).Scan(&rows).Error; err != nil {
		return nil, nil, fmt.Errorf("sample %s: %w", t, err)
	}
	counts, large := facetCounts{}, map[string]bool{}
	for _, row := range rows {
		if row.Value == "*" {
			if row.N > mostCounted {
				large[row.Facet] = true
			}
			continue
		}
		counts.set(row.Facet, FacetValue{Value: row.Value, Count: min(row.N, mostCounted), More: row.N > mostCounted})
	}
	for name := range large {
		for value, v := range counts[name] {
			v.More = true
			counts[name][value] = v
		}
	}
	return counts, large, nil
}

var columnMark = regexp.MustCompile(`\bt\.(\w+)`)

// facetColumns are the columns of held rows that facets look at, beside the id.
func facetColumns(t models.RecordType, names []string) []string {
	found := map[string]bool{}
	for _, name := range names {
		source := facetSources[t][name]
		for _, mark := range columnMark.FindAllStringSubmatch(source.value+" "+source.join, -1) {
			found[mark[1]] = true
		}
	}
	delete(found, "id")
	return sorted(keys(found))
}

func (c facetCounts) set(facet string, v FacetValue) {
	if c[facet] == nil {
		c[facet] = map[string]FacetValue{}
	}
	c[facet][v.Value] = v
}

func without(filters map[string][]string, name string) map[string][]string {
	if name == "" {
		return filters
	}
	left := maps.Clone(filters)
	delete(left, name)
	return left
}

// Count counts the records of a list up to most; more says that there are further ones.
func (s *Services) Count(ctx context.Context, _ models.Actor, t models.RecordType, q Query, most int) (n int, more bool, err error) {
	r, err := s.read(ctx, q.Moment)
	if err != nil {
		return 0, false, err
	}
	if err := r.resolveFilters(t, &q); err != nil {
		return 0, false, err
	}
	text, args := r.headsSQL(t, q.withDefaults("id").Filters, most+1)
	if err := r.raw("SELECT count(*) FROM ("+text+") c", args...).Scan(&n).Error; err != nil {
		return 0, false, fmt.Errorf("count %s: %w", t, err)
	}
	return min(n, most), n > most, nil
}

// headsSQL gives the ids of the first records of a list, and other columns of their rows.
func (r *reading) headsSQL(t models.RecordType, filters map[string][]string, limit int, others ...string) (string, []any) {
	columns := append([]string{"id"}, others...)
	var heads []string
	var args []any
	for _, one := range runsOf(t, filters, listOrder{}) {
		b := newListBuilder(t, filters, one, listOrder{})
		heads = append(heads, "SELECT "+strings.Join(columns, ", ")+" FROM ("+b.sql("t."+strings.Join(columns, ", t."), b.joins())+") h")
		args = append(append(args, b.args...), limit)
	}
	if len(heads) == 1 {
		return heads[0], args
	}
	return strings.Join(heads, " UNION ALL ") + fmt.Sprintf(" LIMIT %d", limit), args
}

// countEach counts the values of large lists one by one, in one statement, as far as patience
// goes. Where it ends, the counts of the sample stand as lower bounds.
func (r *reading) countEach(ctx context.Context, t models.RecordType, filters map[string][]string, counts facetCounts, large map[string]bool) error {
	var parts []string
	var args []any
	for _, name := range sorted(keys(large)) {
		parameter, _ := listings[t].find(name)
		values := parameter.Values
		if values == nil {
			values = commonest(counts[name])
		}
		for _, value := range values {
			narrowed := maps.Clone(filters)
			narrowed[name] = []string{value}
			text, valueArgs := r.headsSQL(t, narrowed, mostCounted+1)
			parts = append(parts, fmt.Sprintf("SELECT '%s' AS facet, CAST(? AS text) AS value, count(*) AS n FROM (%s) v", name, text))
			args = append(append(args, value), valueArgs...)
		}
	}

	patience := dayPatience
	for name := range large {
		if !dated(t, filters, name) {
			patience = countPatience
		}
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var rows []facetCount
	bounded := *r
	bounded.tx = r.tx.WithContext(limited)
	err := bounded.raw(strings.Join(parts, " UNION ALL "), args...).Scan(&rows).Error
	if err != nil {
		if limited.Err() != nil && ctx.Err() == nil {
			return nil
		}
		return fmt.Errorf("count %s: %w", t, err)
	}
	for _, row := range rows {
		counts.set(row.Facet, FacetValue{Value: row.Value, Count: min(row.N, mostCounted), More: row.N > mostCounted})
	}
	return nil
}

// commonest are the values that most records have.
func commonest(values map[string]FacetValue) []string {
	list := sorted(keys(values))
	slices.SortStableFunc(list, func(a, b string) int { return values[b].Count - values[a].Count })
	return list[:min(len(list), mostPlaces)]
}

// facetValues puts the values in the order of their vocabulary, or the commonest first.
func facetValues(t models.RecordType, name string, chosen []string, counts map[string]FacetValue, large bool) []FacetValue {
	parameter, _ := listings[t].find(name)
	order := parameter.Values
	if order == nil {
		order = commonest(counts)
	}
	for _, value := range chosen {
		if !slices.Contains(order, value) {
			order = append(slices.Clone(order), value)
		}
	}
	var list []FacetValue
	for _, value := range order {
		v, known := counts[value]
		v.Value, v.Chosen = value, slices.Contains(chosen, value)
		if !known && large && v.Chosen {
			v.More = true // patience ran out before it was counted
		}
		if v.Count > 0 || v.Chosen {
			list = append(list, v)
		}
	}
	return list
}
