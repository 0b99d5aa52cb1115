package frontend

import (
	"cmp"
	"maps"
	"net/url"
	"slices"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// mostAround bounds the entities of the small network on an entity's page.
const mostAround = 36

// asides are kinds that the small network leaves out unless the page is about one: what happened
// stands in the timeline.
var asides = []string{string(models.KindEvent), string(models.KindInquiry), string(models.KindFacility), string(models.KindCase)}

// addNetwork draws the links that the page shows already as a small network: those of the entity
// itself first, then those of its services.
func (e *entityPage) addNetwork(entity services.Record, m services.Moment) {
	all := services.Page{Refs: map[uuid.UUID]services.Ref{}}
	for _, page := range []services.Page{e.linked, e.supplied} {
		all.Resolved, all.Next = page.Resolved, cmp.Or(all.Next, page.Next)
		maps.Copy(all.Refs, page.Refs)
		all.Records = append(all.Records, page.Records...)
	}
	aside := func(id uuid.UUID) bool { return id != entity.ID && slices.Contains(asides, all.Refs[id].Kind) }
	all.Records = slices.DeleteFunc(all.Records, func(r services.Record) bool {
		d := r.Document.(*models.Relationship)
		return aside(d.Subject) || aside(d.Object)
	})
	slices.SortStableFunc(all.Records, func(a, b services.Record) int { return ties(b, entity.ID) - ties(a, entity.ID) })

	n := networkOfLinks(all, mostAround)
	if len(n.Links) == 0 {
		return
	}
	drawn := &networkPage{}
	drawn.fill(url.Values{}, networkQuery{Moment: m, entity: entity.Slug}, n)
	e.Network, e.NetworkCut = drawn.Drawing, n.Cut
	e.Explore = address("/network", with(momentValues(m), "entity", entity.Slug))
}

// ties is 1 for a link of the entity itself, 0 for others.
func ties(link services.Record, entity uuid.UUID) int {
	if d := link.Document.(*models.Relationship); d.Subject == entity || d.Object == entity {
		return 1
	}
	return 0
}
