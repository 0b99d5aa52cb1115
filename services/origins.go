package services

import (
	"bytes"
	"slices"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/models"
)

// sourceGraph is what is known of the sources that records cite and of those behind them.
type sourceGraph struct {
	facts map[uuid.UUID]*sourceFacts
	// ownHosts are those of this site, whose pages are no evidence.
	ownHosts map[string]bool
	// people are those who published them, and who owns those.
	people map[uuid.UUID]*publisherFacts
	// papers maps each source to the document that it is, with all its copies.
	papers map[uuid.UUID]*paper
}

// sourceFacts is what a source says of itself.
type sourceFacts struct {
	id   uuid.UUID
	kind string
	// retracted says that the source was taken back: it counts for nothing.
	retracted bool
	// normal is its normal address, "" where it has none.
	normal     string
	publishers []uuid.UUID
	// published is when it was published, as far as it says so.
	published models.Date
	// reportsOn holds the origins on which it reports; examined those whose matter its publisher
	// examined itself; copyOf the original of which it is a copy.
	reportsOn, examined, copyOf []uuid.UUID
}

// paper is one document: the sources that have one address, or are copies of one another.
type paper struct {
	// id is that of the source that stands for it: the oldest original.
	id uuid.UUID
	// publishers are those of the originals that count, hosts those who stand behind their addresses
	// where they name no publisher, and allHosts where they do as well.
	publishers      []uuid.UUID
	hosts, allHosts []string
	reportsOn       []uuid.UUID
	examined        bool
	// why says why it lifts nothing; "" where it does.
	why models.WhyUncounted
}

// sourceLinks are the roles of links between sources.
const sourceLinks = "('reports_on', 'examined', 'copy_of')"

// sourceWay is how a recursive statement gets from a record b to others: what it selects, of which tables,
// on which condition.
type sourceWay struct{ id, from, where string }

var (
	linkedSources = sourceWay{"l.target_id", "record_links l", "l.record_id = b.id AND l.role IN " + sourceLinks + " AND {held:l}"}
	linkingTo     = sourceWay{"l.record_id", "record_links l", "l.target_id = b.id AND l.role IN " + sourceLinks + " AND {held:l}"}
	sameAddress   = sourceWay{"o.id", "sources s, sources o", "s.id = b.id AND s.normal_url <> '' AND {held:s} AND o.normal_url = s.normal_url AND o.normal_url <> '' AND {held:o}"}
)

// reached writes the recursive part of a statement that goes on by several ways. SQLite takes one
// SELECT for each and would read whole tables for a union of them; PostgreSQL takes one in all.
func reached(dialect, name string, ways ...sourceWay) string {
	var parts []string
	for _, way := range ways {
		if dialect == database.Postgres {
			parts = append(parts, "SELECT "+way.id+" AS id FROM "+way.from+" WHERE "+way.where)
		} else {
			parts = append(parts, "SELECT "+way.id+" FROM "+name+" b CROSS JOIN "+way.from+" WHERE "+way.where)
		}
	}
	if dialect == database.Postgres {
		return "SELECT x.id FROM " + name + " b CROSS JOIN LATERAL (" + strings.Join(parts, " UNION ALL ") + ") x"
	}
	return strings.Join(parts, " UNION ")
}

// sourceRow is a link of a source, or with the role "" the source itself.
type sourceRow struct {
	RecordID uuid.UUID
	Role     models.LinkRole
	TargetID uuid.UUID
	Kind     string
	Normal   string
	// Published is when the source itself was published.
	Published models.Date `gorm:"embedded;embeddedPrefix:published_"`
}

// askSources asks for the sources that documents cite, all behind them, their copies and those with
// the same address, in one query.
func (d *derivation) askSources(ids []uuid.UUID) {
	var cited []uuid.UUID
	for _, id := range ids {
		for _, citation := range d.documents[id].Cited() {
			cited = append(cited, citation.Source)
		}
		for _, s := range d.statements[id] { // an admission counts by its own sources
			if s.claim.Stance == models.Admits {
				cited = append(cited, citedSources(s.claim.Citations)...)
			}
		}
	}

	for _, u := range d.unnamed {
		cited = append(cited, citedSources(u.naming)...)
	}
	for _, rows := range d.admitted {
		for _, row := range rows {
			cited = append(cited, row.SourceID)
		}
	}
	d.askSourcesOf(cited)
}

// askSourcesOf asks so for sources by their ids.
func (d *derivation) askSourcesOf(cited []uuid.UUID) {
	query := d.view.sql(`
		WITH RECURSIVE behind (id) AS (
			SELECT id FROM records WHERE id ?
			UNION
			` + reached(d.reads.Dialect(), "behind", linkedSources, sameAddress) + `
		),` + publishedBy + `
		SELECT l.record_id, l.role, l.target_id, '' AS kind, '' AS normal, l.place, '' AS published_text, CAST(NULL AS date) AS published_earliest, CAST(NULL AS date) AS published_latest FROM behind b
		CROSS JOIN record_links l WHERE l.record_id = b.id AND l.role IN ('publisher', 'reports_on', 'examined', 'copy_of') AND {held:l}
		UNION ALL
		SELECT s.id, CASE WHEN s.state = 'retracted' THEN 'retracted' ELSE '' END, s.id, s.kind, s.normal_url, 0, s.published_text, s.published_earliest, s.published_latest FROM behind b CROSS JOIN sources s WHERE s.id = b.id AND {held:s}
		UNION ALL` + publisherRows + `
		ORDER BY 1, 2, 6`)
	ask(d.reads, "load sources", cited, func(tx *gorm.DB, some []uuid.UUID, rows *[]sourceRow) *gorm.DB {
		return tx.Raw(query, among(some)).Find(rows)
	}, func(row sourceRow) error {
		d.sources.add(row)
		return nil
	})
	var hosts []models.SiteHost
	d.reads.Add("load the site's hosts", func(tx *gorm.DB) *gorm.DB { return tx.Find(&hosts) }, func() error {
		for _, one := range hosts {
			d.sources.ownHosts[models.NameOfHost(one.Host)] = true
		}
		return nil
	})
}

// factsOf is what a source says of itself.
func factsOf(id uuid.UUID, source *models.Source) *sourceFacts {
	facts := &sourceFacts{id: id, kind: source.Kind, normal: models.NormalURL(source.URL), publishers: source.Publishers, published: source.Published}
	for _, one := range source.ReportsOn {
		if one.Examined {
			facts.examined = append(facts.examined, one.Source)
		} else {
			facts.reportsOn = append(facts.reportsOn, one.Source)
		}
	}
	if source.CopyOf != nil {
		facts.copyOf = []uuid.UUID{*source.CopyOf}
	}
	return facts
}

func (g sourceGraph) add(row sourceRow) {
	if g.addPerson(row) {
		return
	}
	facts := g.facts[row.RecordID]
	if facts == nil {
		facts = &sourceFacts{id: row.RecordID}
		g.facts[row.RecordID] = facts
	}
	put := func(list *[]uuid.UUID) {
		if !slices.Contains(*list, row.TargetID) {
			*list = append(*list, row.TargetID)
		}
	}
	switch row.Role {
	case "", sourceRetracted:
		facts.kind, facts.normal, facts.published, facts.retracted = row.Kind, row.Normal, row.Published, row.Role == sourceRetracted
	case models.LinkPublisher:
		put(&facts.publishers)
	case models.LinkReportsOn:
		put(&facts.reportsOn)
	case models.LinkExamined:
		put(&facts.examined)
	case models.LinkCopyOf:
		put(&facts.copyOf)
	}
}

// gather joins the sources that are one document.
func (g sourceGraph) gather() {
	ids := distinct(keys(g.facts))
	first := map[uuid.UUID]uuid.UUID{}
	var find func(id uuid.UUID) uuid.UUID
	find = func(id uuid.UUID) uuid.UUID {
		if up, ok := first[id]; ok && up != id {
			first[id] = find(up)
			return first[id]
		}
		return id
	}
	addresses := map[string]uuid.UUID{}
	for _, id := range ids {
		facts := g.facts[id]
		if same, known := addresses[facts.normal]; facts.normal != "" && known {
			first[find(id)] = find(same)
		} else if facts.normal != "" {
			addresses[facts.normal] = id
		}
		for _, original := range facts.copyOf {
			if find(id) != find(original) {
				first[find(id)] = find(original)
			}
		}
	}

	members := map[uuid.UUID][]*sourceFacts{}
	for _, id := range ids {
		members[find(id)] = append(members[find(id)], g.facts[id])
	}
	for _, sources := range members {
		p := g.paper(sources)
		for _, one := range sources {
			g.papers[one.id] = p
		}
	}
	for _, p := range g.papers { // now that every source has its document
		p.reportsOn = g.papersOf(p, p.reportsOn)
	}
}

// papersOf names the documents of sources by the ids that stand for them, but for the one itself.
func (g sourceGraph) papersOf(self *paper, ids []uuid.UUID) []uuid.UUID {
	var found []uuid.UUID
	for _, id := range ids {
		if p := g.paperOf(id); p != self {
			found = append(found, p.id)
		}
	}
	return distinct(found)
}

// paperOf is the document of a source; of one that is on hold nothing is known.
func (g sourceGraph) paperOf(id uuid.UUID) *paper {
	if g.papers[id] == nil {
		g.papers[id] = &paper{id: id, why: models.UncountedUnnamed}
	}
	return g.papers[id]
}

// paper makes a document of the sources that are it.
func (g sourceGraph) paper(sources []*sourceFacts) *paper {
	originals := slices.DeleteFunc(slices.Clone(sources), func(one *sourceFacts) bool { return len(one.copyOf) > 0 })
	if len(originals) == 0 { // copies of each other in a circle
		originals = sources
	}
	p := &paper{id: originals[0].id}
	for _, one := range sources {
		p.reportsOn = append(p.reportsOn, one.reportsOn...)
	}
	for _, one := range originals {
		p.examined = p.examined || len(one.examined) > 0
		why := g.whyNot(one)
		if why != "" {
			if p.why == "" {
				p.why = why
			}
			continue
		}
		p.publishers = append(p.publishers, g.disclosed(one.publishers)...)
		if site := models.SiteOf(one.normal); site != "" {
			p.allHosts = append(p.allHosts, site)
		}
	}
	p.publishers = distinct(p.publishers)
	if len(p.publishers) == 0 {
		p.hosts = p.allHosts
	}
	if len(p.publishers)+len(p.hosts) > 0 {
		p.why = ""
	}
	return p
}

// whyNot says why a source is no publication by somebody who examined the matter; "" where it may
// be one.
func (g sourceGraph) whyNot(s *sourceFacts) models.WhyUncounted {
	named := len(g.disclosed(s.publishers)) > 0
	switch {
	case s.retracted:
		return models.UncountedRetracted
	case s.kind == models.SourceImportedFile:
		return models.UncountedFile
	case g.isOwn(s.normal):
		return models.UncountedOwn
	case s.kind == models.SourceDataset && !named:
		return models.UncountedDataset
	case !named && models.SiteOf(s.normal) == "":
		return models.UncountedUnnamed
	}
	return ""
}

// isOwn reports whether an address is that of a page of this site, whatever its port, or of a host
// below it.
func (g sourceGraph) isOwn(normal string) bool {
	if normal == "" || len(g.ownHosts) == 0 {
		return false
	}
	host := models.NameOfHost(models.HostOf(normal))
	for own := range g.ownHosts {
		if models.HostWithin(host, own) {
			return true
		}
	}
	return false
}

// origins follows "reports on" from a document to where it ends: at documents that report on no
// other, or whose publisher examined the matter itself. Of those that report on each other in a circle
// any may be the origin where none of them examined the matter.
func (g sourceGraph) origins(source uuid.UUID) []*paper {
	var origins []*paper
	visited := map[uuid.UUID]bool{}
	var follow func(p *paper)
	follow = func(p *paper) {
		if visited[p.id] {
			return
		}
		visited[p.id] = true
		if p.examined || len(p.reportsOn) == 0 || g.inLastCircle(p) {
			origins = append(origins, p)
		}
		for _, next := range p.reportsOn {
			follow(g.paperOf(next))
		}
	}
	follow(g.paperOf(source))

	slices.SortFunc(origins, func(a, b *paper) int { return bytes.Compare(a.id[:], b.id[:]) })
	return origins
}

// tokens are what makes origins dependent on each other: the documents, their publishers, whatever
// the form of a name, those who own these and, where one of two names no publisher, their hosts. looked are those that must not have been counted,
// counted those that count then. Two pieces by one publisher are not independent.
func (g sourceGraph) tokens(origins []*paper) (looked, counted []string) {
	for _, p := range origins {
		both := []string{"document " + p.id.String()}
		for _, publisher := range p.publishers {
			both = append(both, "publisher "+publisher.String())
			if name := g.nameOf(publisher); name != "" {
				both = append(both, "name "+name)
			}
			looked = append(looked, "owned by "+publisher.String())
			for _, owner := range g.ownersOf(publisher) {
				looked, counted = append(looked, "publisher "+owner.String()), append(counted, "owned by "+owner.String())
			}
		}
		looked, counted = append(looked, both...), append(counted, both...)
		for _, host := range p.hosts {
			looked, counted = append(looked, "any at "+host), append(counted, "unnamed at "+host)
		}
		for _, host := range p.allHosts {
			looked, counted = append(looked, "unnamed at "+host), append(counted, "any at "+host)
		}
	}
	return looked, counted
}

// count finds the independent origins behind citations, and the sources that lift nothing. A source
// that leads back to several origins may have any of them for this record, so it counts only where
// none of them has been counted and all of them may be: the number is never too high. Sources with
// the fewest origins are counted first.
func (g sourceGraph) count(citations []models.Citation) ([]models.CountedOrigin, []models.UncountedSource) {
	type candidate struct {
		source          uuid.UUID
		origins         []*paper
		looked, counted []string
	}
	var candidates []candidate
	var uncounted []models.UncountedSource
	for _, source := range citedSources(citations) {
		if facts := g.facts[source]; facts != nil && facts.retracted {
			uncounted = append(uncounted, models.UncountedSource{Source: source, Why: models.UncountedRetracted})
			continue
		}
		origins := g.origins(source)
		if i := slices.IndexFunc(origins, func(p *paper) bool { return p.why != "" }); i >= 0 {
			uncounted = append(uncounted, models.UncountedSource{Source: source, Why: origins[i].why, Shows: g.showsDays(source)})
			continue
		}
		looked, counts := g.tokens(origins)
		candidates = append(candidates, candidate{source, origins, looked, counts})
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int {
		if c := len(a.origins) - len(b.origins); c != 0 {
			return c
		}
		return bytes.Compare(a.origins[0].id[:], b.origins[0].id[:])
	})

	var counted []models.CountedOrigin
	countedAt := map[string]int{}
	for _, c := range candidates {
		at, dependent := firstCounted(countedAt, c.looked)
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
		for _, token := range c.counted {
			if _, known := countedAt[token]; !known {
				countedAt[token] = at
			}
		}
	}
	return counted, uncounted
}

// publishedOn is when a source was published; the unknown date where that is not known.
func (g sourceGraph) publishedOn(source uuid.UUID) models.Date {
	if facts := g.facts[source]; facts != nil {
		return facts.published
	}
	return models.Date{}
}

// evidenced reports whether a source that counts is among those of citations.
func (g sourceGraph) evidenced(citations []models.Citation) bool {
	counted, _ := g.count(citations)
	return len(counted) > 0
}

func firstCounted(countedAt map[string]int, tokens []string) (int, bool) {
	for _, token := range tokens {
		if at, ok := countedAt[token]; ok {
			return at, true
		}
	}
	return 0, false
}

// standsFor is the source that is shown for an origin: the origin where there is one, otherwise
// the source that was cited.
func standsFor(source uuid.UUID, origins []*paper) uuid.UUID {
	if len(origins) == 1 {
		return origins[0].id
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
