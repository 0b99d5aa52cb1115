package services

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"plumbline/models"
)

// NetworkQuery asks for what lies around an entity.
type NetworkQuery struct {
	Moment
	// Depth is how many links are walked, 1 to 3; 1 when 0.
	Depth int
	// Types are the types of relationship that are walked, Statuses the statuses on the day of
	// those that have one; empty means all.
	Types    []string
	Statuses []string
	// Expand are further entities, by id or slug, from which one link more is walked; at most 50.
	Expand []string
	// Limit bounds the entities, 1 to 500; 150 when 0.
	Limit int
}

// mostExpanded bounds the entities that a network is expanded at.
const mostExpanded = 50

// Network is an entity's neighbourhood.
type Network struct {
	Nodes []NetworkNode
	Links []NetworkLink
	// Cut says that there was more than the limit allowed.
	Cut bool
	Resolved
}

// NetworkNode is an entity and its distance in links from where the walk began.
type NetworkNode struct {
	Ref
	Distance int
}

// NetworkLink is a relationship between two of the nodes.
type NetworkLink struct {
	ID      uuid.UUID
	Type    models.RelationshipType
	Subject uuid.UUID
	Object  uuid.UUID
	// Status and Extent are those of the day; "" for links that have none.
	Status models.Status
	Extent models.Extent
	// From is the day from which the status certainly held, LastEvidenced the last on which something
	// shows that it did; zero for none.
	From          models.Day
	LastEvidenced models.Day
	Start         models.Date `gorm:"embedded;embeddedPrefix:start_"`
	End           models.Date `gorm:"embedded;embeddedPrefix:end_"`
}

// linksPerNode bounds the links of a network by its nodes.
const linksPerNode = 4

// Network walks live relationships from an entity, in a number of queries that depends on the
// depth alone.
func (s *Services) Network(ctx context.Context, _ models.Actor, entity string, q NetworkQuery) (Network, error) {
	if err := q.check(); err != nil {
		return Network{}, err
	}
	r, err := s.read(ctx, q.Moment)
	if err != nil {
		return Network{}, err
	}
	center, err := r.entity(entity)
	if err != nil {
		return Network{}, err
	}

	expanded, err := r.expanded(q.Expand)
	if err != nil {
		return Network{}, err
	}

	walk := &networkWalk{reading: r, query: q, distance: map[uuid.UUID]int{center.ID: 0}, links: map[uuid.UUID]NetworkLink{}}
	frontier := []uuid.UUID{center.ID}
	for depth := 1; depth <= q.Depth && len(frontier) > 0; depth++ {
		if frontier, err = walk.step(frontier, depth); err != nil {
			return Network{}, err
		}
	}
	if err := walk.expand(expanded); err != nil {
		return Network{}, err
	}
	return walk.network()
}

// expanded finds the entities that a network is expanded at, in one query.
func (r *reading) expanded(names []string) ([]uuid.UUID, error) {
	if len(names) == 0 {
		return nil, nil
	}
	p := &queryParser{}
	if len(names) > mostExpanded {
		p.problem("expand", "A network is expanded at %d entities at most.", mostExpanded)
		return nil, p.failed()
	}
	found, err := r.namedRecords(map[string][]string{"expand": names})
	if err != nil {
		return nil, err
	}
	ids := make([]uuid.UUID, 0, len(names))
	for _, name := range names {
		if id, ok := parseRecord(name); ok {
			name = id.String()
		}
		id, err := uuid.Parse(found[name])
		if err != nil {
			p.problem("expand", "There is no record with the id or slug %q. Search for it, or leave it out.", shorten(name))
			continue
		}
		ids = append(ids, id)
	}
	return ids, p.failed()
}

// expand walks one link more from each of the entities, in one query. Those that the walk has not
// met join it.
func (w *networkWalk) expand(entities []uuid.UUID) error {
	farthest := 0
	for _, at := range w.distance {
		farthest = max(farthest, at)
	}
	for _, id := range entities {
		if _, known := w.distance[id]; !known && len(w.distance) < w.query.Limit {
			w.distance[id] = farthest + 1
		}
	}
	if len(entities) == 0 {
		return nil
	}
	_, err := w.step(entities, farthest+1)
	return err
}

func (q *NetworkQuery) check() error {
	if q.Depth == 0 {
		q.Depth = 1
	}
	if q.Limit == 0 {
		q.Limit = 150
	}
	p := &queryParser{}
	if q.Depth < 1 || q.Depth > 3 {
		p.problem("depth", "A network is walked 1, 2 or 3 links deep.")
	}
	if q.Limit < 1 || q.Limit > 500 {
		p.problem("limit", "A network has from 1 to 500 entities.")
	}
	p.walked(q.Types, q.Statuses)
	return p.failed()
}

// walked checks the types and statuses of the links that are walked.
func (p *queryParser) walked(types, statuses []string) {
	p.filter(codeParameter("types", "", models.RelationshipTypes().Values(), ""), slices.Clone(types))
	p.filter(codeParameter("status", "", models.AllStatuses(), ""), slices.Clone(statuses))
}

type networkWalk struct {
	*reading
	query    NetworkQuery
	distance map[uuid.UUID]int
	links    map[uuid.UUID]NetworkLink
	cut      bool
}

// networkSQL finds the links of entities by the index of one end, with their status.
const networkSQL = `SELECT t.id, t.type, t.subject_id AS subject, t.object_id AS object, t.start_text, t.start_earliest, t.start_latest, t.start_words,
		t.end_text, t.end_earliest, t.end_latest, t.end_words, COALESCE(sp.status, '') AS status, COALESCE(sp.extent, '') AS extent,
		NULLIF(sp.from_day, '') AS "from", hz.last_evidenced
	FROM (SELECT * FROM relationships t WHERE {held:t} AND t.state = 'live' AND t.%[1]s IN @from%[2]s ORDER BY t.%[1]s, t.type, t.id LIMIT @limit) t
	LEFT JOIN spans sp ON sp.record_id = t.id AND {held:sp} AND sp.from_day <= {day} AND sp.until_day > {day}
	LEFT JOIN horizons hz ON hz.record_id = t.id AND {held:hz} AND hz.from_day <= {day} AND hz.until_day > {day}`

// step walks one link further from the entities of a frontier, and gives the next frontier.
func (w *networkWalk) step(frontier []uuid.UUID, depth int) ([]uuid.UUID, error) {
	limit := w.query.Limit * linksPerNode
	rows, err := w.linksOf(frontier, w.query.Types, w.query.Statuses, limit+1)
	if err != nil {
		return nil, err
	}
	if len(rows) > limit {
		w.cut = true
	}
	return w.take(rows, depth, limit), nil
}

// linksOf finds live links of some types and statuses that lead from or to entities, in the order
// of their ids, at most so many by each end.
func (r *reading) linksOf(entities []uuid.UUID, types, statuses []string, most int) ([]NetworkLink, error) {
	where := ""
	if len(types) > 0 {
		where = " AND t.type IN @types"
	}
	if len(statuses) > 0 {
		where += ` AND (t.type NOT IN ('supplied_to', 'position') OR EXISTS (SELECT 1 FROM spans f WHERE f.record_id = t.id AND {held:f}
			AND f.from_day <= {day} AND f.until_day > {day} AND f.status IN @statuses))`
	}
	text := fmt.Sprintf("SELECT * FROM (%s) a UNION ALL SELECT * FROM (%s) b",
		fmt.Sprintf(networkSQL, "subject_id", where), fmt.Sprintf(networkSQL, "object_id", where))
	var rows []NetworkLink
	err := r.raw(text, map[string]any{"from": entities, "types": types, "statuses": statuses, "limit": most}).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("walk the network: %w", err)
	}
	slices.SortFunc(rows, func(a, b NetworkLink) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	// A link between two of the entities was found from both.
	return slices.CompactFunc(rows, func(a, b NetworkLink) bool { return a.ID == b.ID }), nil
}

// take keeps links and the entities at their other ends, as far as the bounds allow.
func (w *networkWalk) take(rows []NetworkLink, depth, limit int) []uuid.UUID {
	var next []uuid.UUID
	for _, link := range rows {
		if _, known := w.links[link.ID]; !known && len(w.links) >= limit {
			w.cut = true
			continue
		}
		for _, end := range []uuid.UUID{link.Subject, link.Object} {
			if _, known := w.distance[end]; known {
				continue
			}
			if len(w.distance) >= w.query.Limit {
				w.cut = true
				continue
			}
			w.distance[end] = depth
			next = append(next, end)
		}
		_, subject := w.distance[link.Subject]
		_, object := w.distance[link.Object]
		if subject && object {
			w.links[link.ID] = link
		}
	}
	return next
}

// network labels the entities and puts everything in a fixed order.
func (w *networkWalk) network() (Network, error) {
	wanted := wantedRefs{}
	wanted.add(models.TypeEntity, keys(w.distance)...)
	refs, err := w.loadRefs(wanted)
	if err != nil {
		return Network{}, err
	}
	n := Network{Cut: w.cut, Resolved: w.Resolved}
	for id, distance := range w.distance {
		if ref, ok := refs[id]; ok {
			n.Nodes = append(n.Nodes, NetworkNode{ref, distance})
		}
	}
	for _, link := range w.links {
		n.Links = append(n.Links, link)
	}
	slices.SortFunc(n.Nodes, func(a, b NetworkNode) int {
		if a.Distance != b.Distance {
			return a.Distance - b.Distance
		}
		return bytes.Compare(a.ID[:], b.ID[:])
	})
	slices.SortFunc(n.Links, func(a, b NetworkLink) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return n, nil
}
