package exports

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// escape writes a text into XML.
func escape(text string) string {
	var out bytes.Buffer
	_ = xml.EscapeText(&out, []byte(text)) // a buffer takes everything
	return out.String()
}

// graph writes entities as nodes and relationships as edges.
type graph struct {
	out          io.Writer
	node, edge   func(item, *models.Entity, *models.Relationship) string
	between, end string
	edges        bool
	// nodes are those that were written: readers refuse a file with an edge to another.
	nodes map[uuid.UUID]bool
}

func (g *graph) write(text string) error {
	_, err := io.WriteString(g.out, text)
	return err
}

func (g *graph) record(it item) error {
	switch d := it.Document.(type) {
	case *models.Entity:
		g.nodes[it.ID] = true
		return g.write(g.node(it, d, nil))
	case *models.Relationship:
		if !g.nodes[d.Subject] || !g.nodes[d.Object] {
			return nil // an end of it is on hold
		}
		if !g.edges {
			g.edges = true
			if err := g.write(g.between); err != nil {
				return err
			}
		}
		return g.write(g.edge(it, nil, d))
	}
	return nil
}

func (g *graph) finish() error {
	if !g.edges {
		if err := g.write(g.between); err != nil {
			return err
		}
	}
	return g.write(g.end)
}

type graphWriter struct {
	*graph
	begin error
}

func (w *graphWriter) record(it item) error {
	if w.begin != nil {
		return w.begin
	}
	return w.graph.record(it)
}

func (w *graphWriter) end() error {
	if w.begin != nil {
		return w.begin
	}
	return w.finish()
}

func statusOf(it item) string {
	if it.Status == nil {
		return ""
	}
	return string(it.Status.Span.Status)
}

// graphFields are the attributes of nodes and edges.
var graphFields = []struct {
	id, name, owner string
	value           func(item) string
}{
	{"label", "label", "node", func(it item) string { return it.Document.(*models.Entity).Name }},
	{"kind", "kind", "node", func(it item) string { return string(it.Document.(*models.Entity).Kind) }},
	{"places", "places", "node", func(it item) string { return strings.Join(it.Document.(*models.Entity).Places, "|") }},
	{"slug", "slug", "node", func(it item) string { return it.Slug }},
	{"node_status", "status", "node", statusOf},
	{"node_status_extent", "status_extent", "node", statusExtent},
	{"node_status_scope", "status_scope", "node", statusScope},
	{"node_status_verification", "status_verification", "node", statusVerification},
	{"node_status_disputed", "status_disputed", "node", statusDisputed},
	{"node_verification", "verification", "node", func(it item) string { return string(it.Standing.Verification) }},
	{"node_disputed", "disputed", "node", disputed},
	{"type", "type", "edge", func(it item) string { return string(it.Document.(*models.Relationship).Type) }},
	{"status", "status", "edge", statusOf},
	{"status_extent", "status_extent", "edge", statusExtent},
	{"status_scope", "status_scope", "edge", statusScope},
	{"status_verification", "status_verification", "edge", statusVerification},
	{"status_disputed", "status_disputed", "edge", statusDisputed},
	{"status_last_evidenced", "status_last_evidenced", "edge", ofStatus(func(s models.Standing) string { return s.LastEvidenced.String() })},
	{"start", "start", "edge", func(it item) string { return it.Document.(*models.Relationship).Start.Text }},
	{"end", "end", "edge", func(it item) string { return it.Document.(*models.Relationship).End.Text }},
	{"role", "role", "edge", func(it item) string { return it.Document.(*models.Relationship).Role }},
	{"verification", "verification", "edge", func(it item) string { return string(it.Standing.Verification) }},
	{"disputed", "disputed", "edge", disputed},
	{"last_evidenced", "last_evidenced", "edge", func(it item) string { return it.Standing.LastEvidenced.String() }},
}

// ofStatus makes a cell of the standing of a record's present status.
func ofStatus(cell func(models.Standing) string) func(item) string {
	return func(it item) string {
		if it.Status == nil {
			return ""
		}
		return cell(it.Status.Standing)
	}
}

var statusVerification = ofStatus(func(s models.Standing) string { return string(s.Verification) })

// statusExtent says that a status is of a part alone, statusScope of which; "" for all of it, as for
// what has no status.
func statusExtent(it item) string {
	if it.Status == nil || it.Status.Span.Extent != models.Partial {
		return ""
	}
	return string(models.Partial)
}

func statusScope(it item) string {
	if it.Status == nil {
		return ""
	}
	return it.Status.Span.Scope
}

// statusDisputed and disputed are "true" where a denial stands, of the present status or of the record
// itself; else "".
var statusDisputed = ofStatus(yes)

func disputed(it item) string { return yes(it.Standing) }

func yes(s models.Standing) string {
	if s.Disputed {
		return "true"
	}
	return ""
}

func newGraphML(out io.Writer, _ *info) writer {
	head := xml.Header + `<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">` + "\n"
	for _, f := range graphFields {
		head += fmt.Sprintf("<key id=%q for=%q attr.name=%q attr.type=\"string\"/>\n", f.id, f.owner, f.name)
	}
	data := func(it item, owner string) string {
		text := ""
		for _, f := range graphFields {
			if f.owner == owner {
				if value := f.value(it); value != "" {
					text += fmt.Sprintf("<data key=%q>%s</data>", f.id, escape(value))
				}
			}
		}
		return text
	}
	g := &graph{out: out, nodes: map[uuid.UUID]bool{}, end: "</graph>\n</graphml>\n",
		node: func(it item, _ *models.Entity, _ *models.Relationship) string {
			return fmt.Sprintf("<node id=%q>%s</node>\n", it.ID, data(it, "node"))
		},
		edge: func(it item, _ *models.Entity, r *models.Relationship) string {
			return fmt.Sprintf("<edge id=%q source=%q target=%q>%s</edge>\n", it.ID, r.Subject, r.Object, data(it, "edge"))
		}}
	return &graphWriter{g, g.write(head + "<graph id=\"plumbline\" edgedefault=\"directed\">\n")}
}

func newGEXF(out io.Writer, in *info) writer {
	head := xml.Header + `<gexf xmlns="http://gexf.net/1.3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://gexf.net/1.3 http://gexf.net/1.3/gexf.xsd" version="1.3">` + "\n" +
		fmt.Sprintf("<meta lastmodifieddate=%q><creator>Plumbline</creator></meta>\n", in.asOf) + `<graph mode="static" defaultedgetype="directed">` + "\n"
	for _, owner := range []string{"node", "edge"} {
		head += fmt.Sprintf("<attributes class=%q>", owner)
		for _, f := range graphFields {
			if f.owner == owner && f.id != "label" {
				head += fmt.Sprintf("<attribute id=%q title=%q type=\"string\"/>", f.id, f.name)
			}
		}
		head += "</attributes>\n"
	}
	values := func(it item, owner string) string {
		text := "<attvalues>"
		for _, f := range graphFields {
			if f.owner == owner && f.id != "label" {
				if value := f.value(it); value != "" {
					text += fmt.Sprintf("<attvalue for=%q value=\"%s\"/>", f.id, escape(value))
				}
			}
		}
		return text + "</attvalues>"
	}
	g := &graph{out: out, nodes: map[uuid.UUID]bool{}, between: "</nodes>\n<edges>\n", end: "</edges>\n</graph>\n</gexf>\n",
		node: func(it item, e *models.Entity, _ *models.Relationship) string {
			return fmt.Sprintf("<node id=%q label=\"%s\">%s</node>\n", it.ID, escape(e.Name), values(it, "node"))
		},
		edge: func(it item, _ *models.Entity, r *models.Relationship) string {
			return fmt.Sprintf("<edge id=%q source=%q target=%q label=\"%s\">%s</edge>\n", it.ID, r.Subject, r.Object,
				escape(models.RelationshipTypes().Label(string(r.Type))), values(it, "edge"))
		}}
	return &graphWriter{g, g.write(head + "<nodes>\n")}
}
