package services

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"plumbline/models"
)

// PathQuery asks how two entities are tied.
type PathQuery struct {
	Moment
	// Types and Statuses narrow the links that are walked, as in NetworkQuery.
	Types    []string
	Statuses []string
	// Length is the most links of a path, 1 to 6; 4 when 0.
	Length int
	// Expand are entities, by id or slug, from which one link more is shown than the path has.
	Expand []string
}

// Bounds of the search for a path: entities that are seen from both ends together, links that are
// read by each end of an entity for a step, entities where the ends meet, and links beyond which a
// path is not told apart any further.
const (
	mostSeen      = 5000
	mostStepped   = 5000
	mostMeeting   = 50
	mostPathLinks = 200
)

// Path finds every shortest path of live links between two entities, whichever way the links
// lead. Distance counts from the first. Nothing in Links says that there is no path of that
// length; where Cut is set too, that there may be one, but the search met more entities than it
// may look at. It walks from both ends, in one query for each link of the length.
func (s *Services) Path(ctx context.Context, _ models.Actor, from, to string, q PathQuery) (Network, error) {
	if q.Length == 0 {
		q.Length = 4
	}
	p := &queryParser{}
	if q.Length < 1 || q.Length > 6 {
		p.problem("length", "A path has from 1 to 6 links.")
	}
	p.walked(q.Types, q.Statuses)
	if err := p.failed(); err != nil {
		return Network{}, err
	}
	r, err := s.read(ctx, q.Moment)
	if err != nil {
		return Network{}, err
	}
	start, err := r.entity(from)
	if err != nil {
		return Network{}, err
	}
	end, err := r.entity(to)
	if err != nil {
		return Network{}, err
	}
	expanded, err := r.expanded(q.Expand)
	if err != nil {
		return Network{}, err
	}

	search := &pathSearch{reading: r, query: q}
	onPath, links := map[uuid.UUID]int{start.ID: 0}, map[uuid.UUID]NetworkLink{}
	if start.ID != end.ID {
		if onPath, links, err = search.between(start.ID, end.ID); err != nil {
			return Network{}, err
		}
	}
	walk := &networkWalk{reading: r, distance: onPath, links: links, cut: search.cut,
		query: NetworkQuery{Types: q.Types, Statuses: q.Statuses, Limit: len(onPath) + mostPathLinks}}
	if err := walk.expand(expanded); err != nil {
		return Network{}, err
	}
	return walk.network()
}

// pathSearch walks from two ends until they meet.
type pathSearch struct {
	*reading
	query PathQuery
	cut   bool
}

// reach is what was seen from one end: the distance of each entity, and the links that first led
// to it.
type reach struct {
	distance map[uuid.UUID]int
	ways     map[uuid.UUID][]NetworkLink
	frontier []uuid.UUID
	steps    int
}

func reachOf(id uuid.UUID) *reach {
	return &reach{distance: map[uuid.UUID]int{id: 0}, ways: map[uuid.UUID][]NetworkLink{}, frontier: []uuid.UUID{id}}
}

// between gives the entities of the shortest paths with their distance from the start, and their
// links; the start alone when there is none.
func (s *pathSearch) between(start, end uuid.UUID) (map[uuid.UUID]int, map[uuid.UUID]NetworkLink, error) {
	ahead, behind := reachOf(start), reachOf(end)
	for ahead.steps+behind.steps < s.query.Length {
		side, other := ahead, behind
		if len(behind.frontier) < len(ahead.frontier) {
			side, other = behind, ahead
		}
		if len(side.frontier) == 0 || len(ahead.distance)+len(behind.distance) > mostSeen {
			s.cut = s.cut || len(side.frontier) > 0
			break
		}
		if err := s.step(side); err != nil {
			return nil, nil, err
		}
		if meeting := meet(side, other); len(meeting) > 0 {
			onPath, links := s.paths(ahead, behind, meeting)
			return onPath, links, nil
		}
	}
	return map[uuid.UUID]int{start: 0}, map[uuid.UUID]NetworkLink{}, nil
}

// step walks one link further from one end.
func (s *pathSearch) step(side *reach) error {
	rows, err := s.linksOf(side.frontier, s.query.Types, s.query.Statuses, mostStepped)
	if err != nil {
		return err
	}
	s.cut = s.cut || len(rows) >= mostStepped
	side.steps++
	side.frontier = nil
	for _, link := range rows {
		for _, way := range [][2]uuid.UUID{{link.Subject, link.Object}, {link.Object, link.Subject}} {
			from, to := way[0], way[1]
			if at, seen := side.distance[from]; !seen || at != side.steps-1 {
				continue
			}
			at, seen := side.distance[to]
			if !seen {
				side.distance[to] = side.steps
				side.frontier = append(side.frontier, to)
			}
			if !seen || at == side.steps {
				side.ways[to] = append(side.ways[to], link)
			}
		}
	}
	return nil
}

// meet gives the entities of the newest step that the other end has seen. Since the ends had not
// met before, each of them lies on a shortest path, and every shortest path leads through one.
func meet(side, other *reach) []uuid.UUID {
	var meeting []uuid.UUID
	for _, id := range side.frontier {
		if _, seen := other.distance[id]; seen {
			meeting = append(meeting, id)
		}
	}
	return meeting
}

// paths gathers the links of the shortest paths through where the two ends met. Of very many, it
// gathers some, each whole.
func (s *pathSearch) paths(ahead, behind *reach, meeting []uuid.UUID) (map[uuid.UUID]int, map[uuid.UUID]NetworkLink) {
	links, onPath := map[uuid.UUID]NetworkLink{}, map[uuid.UUID]int{}
	length := ahead.distance[meeting[0]] + behind.distance[meeting[0]]
	if len(meeting) > mostMeeting {
		meeting, s.cut = meeting[:mostMeeting], true
	}
	for _, side := range []*reach{ahead, behind} {
		todo := slices.Clone(meeting)
		for len(todo) > 0 {
			id := todo[0]
			todo = todo[1:]
			onPath[id] = side.distance[id]
			if side == behind {
				onPath[id] = length - side.distance[id]
			}
			for i, link := range side.ways[id] {
				if i > 0 && len(links) >= mostPathLinks {
					s.cut = true
					break
				}
				links[link.ID] = link
				next := link.Subject
				if next == id {
					next = link.Object
				}
				if _, known := onPath[next]; !known {
					onPath[next] = 0 // until its turn comes
					todo = append(todo, next)
				}
			}
		}
	}
	return onPath, links
}
