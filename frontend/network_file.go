package frontend

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// networkFile gives a network in another form than a page: the drawing, or what other programs
// read.
func (p *Pages) networkFile(c *gin.Context) (string, []byte, error) {
	q, err := parseNetwork(c.Request.URL.Query())
	if err != nil {
		return "", nil, err
	}
	write, known := map[string]func(*Pages, *gin.Context, networkQuery, services.Network) (string, []byte, error){
		"svg": (*Pages).networkSVG, "graphml": graphML, "gexf": gexf, "json": networkJSON}[c.Param("format")]
	if !known {
		return "", nil, models.Errorf(models.ErrNotFound, "A network comes as svg, graphml, gexf or json.")
	}
	n, err := p.networkOf(c, q)
	if err != nil {
		return "", nil, err
	}
	return write(p, c, q, n)
}

// drawingStyle is how a drawing looks by itself, in light and dark.
const drawingStyle = `<style>svg{background:#fff;font:600 13px system-ui,sans-serif;--ink:#1d2329;--box:#f1f3f5;--good:#14603a;--warn:#7a4b00;--bad:#9c1c1c;--line:#51585f}
@media(prefers-color-scheme:dark){svg{background:#13171f;--ink:#e6e9ec;--box:#1c242c;--good:#7fd6a4;--warn:#f0c169;--bad:#ff9d94;--line:#b3bac2}}
text{fill:var(--ink);unicode-bidi:plaintext}rect{fill:var(--box);stroke:var(--line)}.center rect{stroke-width:3}.hidden-identity rect{stroke-dasharray:5 4}.hidden-identity text{font-style:italic}
.edge path{stroke:var(--line)}.edge .head{fill:var(--line)}
.status-active path{stroke:var(--good)}.status-active .head{fill:var(--good)}
.status-disabled path,.status-ended path,.status-unknown path{stroke:var(--bad);stroke-dasharray:2 4}.status-disabled .head,.status-ended .head{fill:var(--bad)}.status-unknown path{stroke:var(--line)}
.status-restricted path,.status-suspended path,.status-planned path{stroke:var(--warn);stroke-dasharray:8 4}</style>`

// drawingPolicy is the Content-Security-Policy of a drawing by itself, which brings its style.
const drawingPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

// networkSVG is the drawing by itself. Its links lead to this site from wherever it is kept.
func (p *Pages) networkSVG(c *gin.Context, q networkQuery, n services.Network) (string, []byte, error) {
	data := &networkPage{}
	data.fill(c.Request.URL.Query(), q, n)
	if data.Drawing == nil {
		return "", nil, models.Errorf(models.ErrNotFound, "There is nothing to draw: no link is recorded with these filters.")
	}
	for i := range data.Drawing.Nodes {
		data.Drawing.Nodes[i].URL = p.siteOf(c.Request) + data.Drawing.Nodes[i].URL
	}
	drawn := p.write(p.languageOf(c), func(w *inline) { w.drawing(data.Drawing) })
	head, rest, _ := strings.Cut(string(drawn), ">")
	return "image/svg+xml", []byte(head + ">" + drawingStyle + rest), nil
}

// graphMLDocument is a graph as http://graphml.graphdrawing.org has it.
type graphMLDocument struct {
	XMLName xml.Name     `xml:"http://graphml.graphdrawing.org/xmlns graphml"`
	Keys    []graphMLKey `xml:"key"`
	Graph   struct {
		Directed string        `xml:"edgedefault,attr"`
		Nodes    []graphMLItem `xml:"node"`
		Edges    []graphMLItem `xml:"edge"`
	} `xml:"graph"`
}

type graphMLKey struct {
	ID   string `xml:"id,attr"`
	For  string `xml:"for,attr"`
	Name string `xml:"attr.name,attr"`
	Type string `xml:"attr.type,attr"`
}

type graphMLItem struct {
	ID     string        `xml:"id,attr"`
	Source string        `xml:"source,attr,omitempty"`
	Target string        `xml:"target,attr,omitempty"`
	Data   []graphMLData `xml:"data"`
}

type graphMLData struct {
	Key  string `xml:"key,attr"`
	Text string `xml:",chardata"`
}

func graphML(p *Pages, c *gin.Context, _ networkQuery, n services.Network) (string, []byte, error) {
	var d graphMLDocument
	for _, key := range [][2]string{{"label", "node"}, {"kind", "node"}, {"undisclosed", "node"}, {"url", "node"}, {"type", "edge"}, {"status", "edge"}, {"extent", "edge"}, {"start", "edge"}, {"end", "edge"}} {
		kind := "string"
		if key[0] == "undisclosed" {
			kind = "boolean"
		}
		d.Keys = append(d.Keys, graphMLKey{key[0], key[1], key[0], kind})
	}
	d.Graph.Directed = "directed"
	for _, node := range n.Nodes {
		d.Graph.Nodes = append(d.Graph.Nodes, graphMLItem{ID: node.ID.String(), Data: graphMLTexts("label", node.Name, "kind", node.Kind,
			"undisclosed", fmt.Sprint(node.Undisclosed), "url", p.siteOf(c.Request)+"/entities/"+node.Slug)})
	}
	for _, l := range n.Links {
		d.Graph.Edges = append(d.Graph.Edges, graphMLItem{ID: l.ID.String(), Source: l.Subject.String(), Target: l.Object.String(),
			Data: graphMLTexts("type", string(l.Type), "status", string(l.Status), "extent", string(l.Extent), "start", l.Start.Text, "end", l.End.Text)})
	}
	_, text, err := xmlDocument(d)
	return "application/graphml+xml", text, err
}

// graphMLTexts are data by their keys, without those that say nothing.
func graphMLTexts(pairs ...string) []graphMLData {
	var list []graphMLData
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			list = append(list, graphMLData{pairs[i], pairs[i+1]})
		}
	}
	return list
}

// gexfDocument is a graph as https://gexf.net has it.
type gexfDocument struct {
	XMLName xml.Name `xml:"http://gexf.net/1.3 gexf"`
	Version string   `xml:"version,attr"`
	Graph   struct {
		Directed   string           `xml:"defaultedgetype,attr"`
		Attributes []gexfAttributes `xml:"attributes"`
		Nodes      []gexfItem       `xml:"nodes>node"`
		Edges      []gexfItem       `xml:"edges>edge"`
	} `xml:"graph"`
}

type gexfAttributes struct {
	Class string          `xml:"class,attr"`
	List  []gexfAttribute `xml:"attribute"`
}

type gexfAttribute struct {
	ID    string `xml:"id,attr"`
	Title string `xml:"title,attr"`
	Type  string `xml:"type,attr"`
}

type gexfItem struct {
	ID     string      `xml:"id,attr"`
	Label  string      `xml:"label,attr,omitempty"`
	Source string      `xml:"source,attr,omitempty"`
	Target string      `xml:"target,attr,omitempty"`
	Values []gexfValue `xml:"attvalues>attvalue"`
}

type gexfValue struct {
	For   string `xml:"for,attr"`
	Value string `xml:"value,attr"`
}

func gexf(p *Pages, c *gin.Context, _ networkQuery, n services.Network) (string, []byte, error) {
	d := gexfDocument{Version: "1.3"}
	d.Graph.Directed = "directed"
	text := func(names ...string) []gexfAttribute {
		var list []gexfAttribute
		for _, name := range names {
			list = append(list, gexfAttribute{name, name, "string"})
		}
		return list
	}
	d.Graph.Attributes = []gexfAttributes{{"node", text("kind", "url")}, {"edge", text("status", "extent", "start", "end")}}
	for _, node := range n.Nodes {
		d.Graph.Nodes = append(d.Graph.Nodes, gexfItem{ID: node.ID.String(), Label: node.Name,
			Values: []gexfValue{{"kind", node.Kind}, {"url", p.siteOf(c.Request) + "/entities/" + node.Slug}}})
	}
	for _, l := range n.Links {
		d.Graph.Edges = append(d.Graph.Edges, gexfItem{ID: l.ID.String(), Label: string(l.Type), Source: l.Subject.String(), Target: l.Object.String(),
			Values: []gexfValue{{"status", string(l.Status)}, {"extent", string(l.Extent)}, {"start", l.Start.Text}, {"end", l.End.Text}}})
	}
	_, out, err := xmlDocument(d)
	return "application/gexf+xml", out, err
}

// networkNode and networkEdge are the network as JSON, by the API's names.
type networkNode struct {
	ID       string `json:"id"`
	Slug     string `json:"slug"`
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	Identity string `json:"identity,omitempty"`
	Distance int    `json:"distance"`
}

type networkEdge struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Subject string `json:"subject"`
	Object  string `json:"object"`
	Status  string `json:"status,omitempty"`
	Extent  string `json:"status_extent,omitempty"`
	Start   string `json:"start,omitempty"`
	End     string `json:"end,omitempty"`
}

func networkJSON(_ *Pages, _ *gin.Context, _ networkQuery, n services.Network) (string, []byte, error) {
	d := struct {
		Nodes   []networkNode `json:"nodes"`
		Links   []networkEdge `json:"links"`
		Cut     bool          `json:"cut"`
		AsOf    string        `json:"as_of"`
		LogSize int64         `json:"log_size"`
	}{[]networkNode{}, []networkEdge{}, n.Cut, n.AsOf.String(), n.Size}
	for _, node := range n.Nodes {
		one := networkNode{node.ID.String(), node.Slug, node.Name, node.Kind, "", node.Distance}
		if node.Undisclosed {
			one.Identity = string(models.Undisclosed)
		}
		d.Nodes = append(d.Nodes, one)
	}
	for _, l := range n.Links {
		d.Links = append(d.Links, networkEdge{l.ID.String(), string(l.Type), l.Subject.String(), l.Object.String(), string(l.Status), string(l.Extent), l.Start.Text, l.End.Text})
	}
	text, err := json.MarshalIndent(d, "", " ")
	return "application/json", text, err
}
