package frontend

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// networkPage shows who is tied to whom: a drawing, and the same in two tables.
type networkPage struct {
	layout
	Action string
	// Entity and To are what the form asks for; To is "" where no path is asked for.
	Entity, To string
	// EntityCalled and ToCalled are their names, which stand in the form; "" where they are not among the nodes.
	EntityCalled, ToCalled string
	Depths                 []option
	Types                  []option
	Statuses               []option
	Hidden                 []field
	// Chosen says that the network lies around an entity, Path that it shows a path.
	Chosen, Path bool
	Drawing      *diagram
	Nodes        []networkRow
	Links        []networkLink
	Cut          bool
	// Shapes and Strokes say what the explorer's mean.
	Shapes  []shapeKey
	Strokes []strokeKey
	// Files lead to the network in other forms.
	Files []link
	Embed string
}

// networkRow is an entity of the network with what one can do from it.
type networkRow struct {
	diagramNode
	Link link
	// Ties counts its links in the network.
	Ties int
	// Expand shows one link more from it, Only the network around it, PathTo the path to it from
	// the entity in the middle; "" where that is what is shown.
	Expand, Only, PathTo string
	Expanded             bool
}

// networkLink is a link of the network.
type networkLink struct {
	ID              uuid.UUID
	URL             string
	Subject, Object link
	SubjectID       uuid.UUID
	ObjectID        uuid.UUID
	Type            models.RelationshipType
	Verb            *text
	Status          models.Status
	Badge           *badge
	// Stands is set where nothing newer shows that its status still holds.
	Stands     *mark
	Start, End date
	Words      *text
}

// networkQuery is what an address asks for.
type networkQuery struct {
	services.Moment
	entity, to              string
	depth                   int
	types, statuses, expand []string
}

// networkParameters are those of a network's address, beside the moment's.
var networkParameters = []string{"entity", "to", "depth", "types", "status", "expand"}

func parseNetwork(values url.Values) (networkQuery, error) {
	m, err := services.ParseMoment(values, networkParameters...)
	if err != nil {
		return networkQuery{}, err
	}
	q := networkQuery{Moment: m, entity: values.Get("entity"), to: values.Get("to"), types: commaList(values["types"]), statuses: commaList(values["status"]), expand: commaList(values["expand"])}
	q.depth = 1
	if text := values.Get("depth"); text != "" {
		q.depth = map[string]int{"1": 1, "2": 2, "3": 3}[text]
		if q.depth == 0 {
			return q, models.Errorf(models.ErrInvalid, "A network is walked 1, 2 or 3 links deep; %q is no such number.", shortened(text, 20))
		}
	}
	if q.to != "" && q.entity == "" {
		return q, models.Errorf(models.ErrInvalid, "Name the entity at which the path begins, too.")
	}
	return q, nil
}

// commaList reads comma lists; a repeated parameter is a list too.
func commaList(values []string) []string {
	var list []string
	for _, part := range strings.Split(strings.Join(values, ","), ",") {
		if part = strings.TrimSpace(part); part != "" && !slices.Contains(list, part) {
			list = append(list, part)
		}
	}
	return list
}

// mostWalked bounds the entities of a page's network.
const mostWalked = 150

// networkOf asks for the network: around an entity, on the paths to another, or, where none is
// named, the supplies that there are.
func (p *Pages) networkOf(c *gin.Context, q networkQuery) (services.Network, error) {
	ctx := c.Request.Context()
	switch {
	case q.to != "":
		return p.services.Path(ctx, models.Actor{}, q.entity, q.to, services.PathQuery{Moment: q.Moment, Types: q.types, Statuses: q.statuses, Length: 6, Expand: q.expand})
	case q.entity != "":
		return p.services.Network(ctx, models.Actor{}, q.entity, services.NetworkQuery{Moment: q.Moment, Depth: q.depth, Types: q.types, Statuses: q.statuses, Limit: mostWalked, Expand: q.expand})
	}
	types := q.types
	if len(types) == 0 {
		types = []string{string(models.Provides), string(models.SuppliedTo)}
	}
	list := services.Query{Moment: q.Moment, Limit: 2 * mostWalked, Filters: map[string][]string{"type": types, "status": q.statuses}}
	page, err := p.services.List(ctx, models.Actor{}, models.TypeRelationship, list)
	if err != nil {
		return services.Network{}, err
	}
	return networkOfLinks(page, mostWalked), nil
}

// networkOfLinks is the network of a page of links, of at most some entities.
func networkOfLinks(page services.Page, most int) services.Network {
	n := services.Network{Cut: page.Next != "", Resolved: page.Resolved}
	known := map[uuid.UUID]bool{}
	for _, r := range page.Records {
		d := r.Document.(*models.Relationship)
		var fresh []services.Ref
		for _, id := range []uuid.UUID{d.Subject, d.Object} {
			if ref, ok := page.Refs[id]; ok && !known[id] {
				fresh = append(fresh, ref)
			}
		}
		if len(n.Nodes)+len(fresh) > most {
			n.Cut = true
			continue
		}
		for _, ref := range fresh {
			known[ref.ID] = true
			n.Nodes = append(n.Nodes, services.NetworkNode{Ref: ref})
		}
		link := services.NetworkLink{ID: r.ID, Type: d.Type, Subject: d.Subject, Object: d.Object, Start: d.Start, End: d.End}
		if r.Status != nil {
			link.Status, link.Extent = r.Status.Span.Status, r.Status.Span.Extent
		}
		n.Links = append(n.Links, link)
	}
	return n
}

func (p *Pages) network(c *gin.Context) (view, error) {
	values := c.Request.URL.Query()
	settled, err := p.settleNames(c, []filter{named(values, "entity", nil), named(values, "to", nil)})
	if settled != "" || err != nil {
		return view{moved: settled}, err
	}
	q, err := parseNetwork(values)
	if err != nil {
		return view{}, err
	}
	n, err := p.networkOf(c, q)
	if err != nil {
		return view{}, err
	}

	data := &networkPage{layout: p.layout(c, say("Network"), q.Moment, nil), Action: c.Request.URL.Path, Entity: q.entity, To: q.to, Cut: n.Cut,
		Chosen: q.entity != "", Path: q.to != "", Hidden: hidden(values, networkParameters...)}
	data.Description = say("Who is tied to whom: companies, services, units, people, and how.")
	data.API = apiAddress("/relationships", networkAPI(q))
	if q.entity != "" {
		data.API = apiAddress("/entities/"+q.entity+"/network", without(values, "entity", "to"))
	}
	if q.to != "" {
		data.API = apiAddress("/entities/"+q.entity+"/path", without(values, "entity", "depth", "expand"))
	}
	data.fillForm(q)
	for _, node := range n.Nodes {
		for value, called := range map[string]*string{q.entity: &data.EntityCalled, q.to: &data.ToCalled} {
			if value != "" && (value == node.Slug || value == node.ID.String()) {
				*called = node.Label()
			}
		}
	}
	data.fill(values, q, n)
	for _, file := range []struct{ ending, name string }{{"svg", "SVG"}, {"graphml", "GraphML"}, {"gexf", "GEXF"}, {"json", "JSON"}} {
		if file.ending != "svg" || data.Drawing != nil {
			data.Files = append(data.Files, link{URL: address("/network."+file.ending, values), Name: file.name})
		}
	}
	data.Scripts = []string{"/static/vendor/layout-base.js", "/static/vendor/cose-base.js", "/static/vendor/cytoscape.min.js", "/static/vendor/cytoscape-fcose.js", "/static/explorer.js"}
	data.addKeys()
	return view{template: "network", data: data}, nil
}

// networkAPI is the list of links that stands for the network of all supplies.
func networkAPI(q networkQuery) url.Values {
	values := momentValues(q.Moment)
	values.Set("type", strings.Join(append(q.types, []string{"provides,supplied_to"}[:min(1, max(0, 1-len(q.types)))]...), ","))
	if len(q.statuses) > 0 {
		values.Set("status", strings.Join(q.statuses, ","))
	}
	return values
}

// without gives a copy of the values without some, from the first page on.
func without(values url.Values, names ...string) url.Values {
	left := firstPage(values)
	for _, name := range names {
		left.Del(name)
	}
	return left
}

func (n *networkPage) fillForm(q networkQuery) {
	for i, words := range []*text{say("one link"), say("two links"), say("three links")} {
		n.Depths = append(n.Depths, option{Value: string(rune('1' + i)), Words: words, Selected: q.depth == i+1})
	}
	for _, code := range models.RelationshipTypes().Codes {
		n.Types = append(n.Types, option{Value: code.Code, Label: code.Label, Selected: slices.Contains(q.types, code.Code)})
	}
	n.Statuses = []option{{Words: say("Any"), Selected: len(q.statuses) == 0}}
	for _, code := range models.StatusesOf(models.SubjectSupply).Codes {
		n.Statuses = append(n.Statuses, option{Value: code.Code, Label: code.Label, Selected: slices.Equal(q.statuses, []string{code.Code})})
	}
	if len(q.statuses) > 1 {
		n.Statuses = append(n.Statuses, option{Value: strings.Join(q.statuses, ","), Words: verbatim(strings.Join(q.statuses, ", ")), Selected: true})
	}
}

// fill makes the tables and the drawing of a network.
func (n *networkPage) fill(values url.Values, q networkQuery, found services.Network) {
	s := showing{day: found.AsOf, moment: momentValues(q.Moment)}
	names, ties := map[uuid.UUID]link{}, map[uuid.UUID]int{}
	for _, node := range found.Nodes {
		names[node.ID] = s.refLink(node.Ref)
	}
	for _, l := range found.Links {
		ties[l.Subject]++
		ties[l.Object]++
		line := networkLink{ID: l.ID, URL: s.record(l.ID), Subject: names[l.Subject], Object: names[l.Object], SubjectID: l.Subject, ObjectID: l.Object,
			Type: l.Type, Verb: verbs[l.Type], Status: l.Status, Start: dateOf(l.Start), End: dateOf(l.End)}
		line.Words = say("%s %s %s", line.Subject.Name, line.Verb, line.Object.Name)
		if l.Status != "" {
			one := badgeOf(models.StatusSubject(l.Type), l.Status, l.Extent, "")
			one.Meaning = nil
			line.Badge = &one
			if l.Stale(found.AsOf) {
				line.Stands = &mark{Evidence: evidencedOn(l.LastEvidenced, found.AsOf), Stale: true}
			}
			line.Words = say("%s %s %s: %s", line.Subject.Name, line.Verb, line.Object.Name, inside(one.Word))
		}
		n.Links = append(n.Links, line)
	}

	slices.SortStableFunc(n.Links, func(a, b networkLink) int {
		return strings.Compare(a.Subject.Name+"\x00"+a.Verb.key+"\x00"+a.Object.Name, b.Subject.Name+"\x00"+b.Verb.key+"\x00"+b.Object.Name)
	})
	slices.SortStableFunc(found.Nodes, func(a, b services.NetworkNode) int {
		if a.Distance != b.Distance {
			return a.Distance - b.Distance
		}
		return strings.Compare(a.Name, b.Name)
	})
	n.Drawing = arrange(boxes(found.Nodes, s, q), edges(n.Links))
	at := map[uuid.UUID]diagramNode{}
	if n.Drawing != nil {
		for _, node := range n.Drawing.Nodes {
			at[node.ID] = node
		}
	}
	for _, node := range found.Nodes {
		row := networkRow{diagramNode: at[node.ID], Link: names[node.ID], Ties: ties[node.ID], Expanded: slices.Contains(q.expand, node.Slug)}
		if !row.Expanded && len(q.expand) < 50 && q.entity != "" {
			row.Expand = address("/network", with(values, "expand", strings.Join(append(slices.Clone(q.expand), node.Slug), ",")))
		}
		if q.entity == "" {
			row.Expand = address("/network", with(without(values, "expand"), "entity", node.Slug))
		}
		if node.Slug != q.entity {
			row.Only = address("/network", with(without(values, "to", "expand"), "entity", node.Slug))
			if q.entity != "" && node.Slug != q.to {
				row.PathTo = address("/network", with(without(values, "expand", "depth"), "to", node.Slug))
			}
		}
		n.Nodes = append(n.Nodes, row)
	}
}

// boxes are the entities of a network for a drawing.
func boxes(nodes []services.NetworkNode, s showing, q networkQuery) []diagramNode {
	if len(nodes) > mostDrawn {
		nodes = nodes[:mostDrawn]
	}
	list := make([]diagramNode, len(nodes))
	for i, node := range nodes {
		list[i] = diagramNode{ID: node.ID, Kind: models.EntityKind(node.Kind), Name: node.Name, URL: s.address(node.Ref), Undisclosed: node.Undisclosed,
			Center: q.entity != "" && (node.Slug == q.entity || node.Slug == q.to)}
	}
	return list
}

func edges(links []networkLink) []diagramEdge {
	list := make([]diagramEdge, len(links))
	for i, l := range links {
		list[i] = diagramEdge{ID: l.ID, Subject: l.SubjectID, Object: l.ObjectID, Words: l.Words}
		if l.Badge != nil {
			list[i].Class = l.Badge.Class
		}
	}
	return list
}

// shapeKey is a kind of entities with the shape that the explorer gives it.
type shapeKey struct {
	Kind, Path string
	Label      *text
}

// strokeKey is a sort of line with what it means.
type strokeKey struct {
	Class string
	Label *text
}

// shapePaths are the explorer's shapes, 20 by 20.
var shapePaths = map[models.EntityKind]string{
	models.KindCompany: "M4 2h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2z", models.KindUnit: "M6 3h8l5 7-5 7H6l-5-7z",
	models.KindService: "M10 2a8 8 0 0 1 0 16a8 8 0 0 1 0-16z", models.KindSystem: "M10 1l9 9-9 9-9-9z", models.KindPerson: "M10 2l8 15H2z", models.KindGroup: "M6 2h8l4 4v8l-4 4H6l-4-4V6z",
	models.KindOrganization: "M10 1l9 7-3.5 10h-11L1 8z", models.KindContract: "M2 4h11l5 6-5 6H2z", models.KindFacility: "M2 4q8-4 16 0v12q-8 4-16 0z",
	models.KindEvent: "M10 1l2.6 6.2 6.4.5-4.9 4.2 1.5 6.3L10 14.8l-5.6 3.4 1.5-6.3L1 7.7l6.4-.5z", models.KindInquiry: "M2 3l8 5 8-5-8 15z", models.KindCase: "M5 4h14l-4 12H1z",
}

// strokes are the explorer's lines: the statuses that look the same together.
var strokes = []struct {
	class    string
	statuses []models.Status
	label    *text
}{
	{"", []models.Status{""}, say("without a status")},
	{"status-active", []models.Status{"active", "current", "ongoing"}, say("active")},
	{"status-restricted", []models.Status{"restricted", "suspended", "planned"}, say("restricted, suspended or planned")},
	{"status-disabled", []models.Status{"disabled", "ended"}, say("disabled or ended")},
	{"status-unknown", []models.Status{"unknown"}, say("of unknown status")},
}

// addKeys adds what the shapes and lines of this network mean.
func (n *networkPage) addKeys() {
	undisclosed := false
	kinds := map[models.EntityKind]bool{}
	for _, node := range n.Nodes {
		kinds[node.Kind] = true
		undisclosed = undisclosed || node.Undisclosed
	}
	for _, code := range models.EntityKinds().Codes {
		if kind := models.EntityKind(code.Code); kinds[kind] {
			n.Shapes = append(n.Shapes, shapeKey{code.Code, shapePaths[kind], say(code.Label)})
		}
	}
	if undisclosed {
		n.Shapes = append(n.Shapes, shapeKey{"undisclosed", shapePaths[models.KindService], say("identity not disclosed")})
	}
	for _, stroke := range strokes {
		if slices.ContainsFunc(n.Links, func(l networkLink) bool { return slices.Contains(stroke.statuses, l.Status) }) {
			n.Strokes = append(n.Strokes, strokeKey{stroke.class, stroke.label})
		}
	}
}
