package frontend

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// diagram is a small network as a drawing: entities in columns by their kind, links between them.
// The same network is always drawn the same.
type diagram struct {
	Width, Height int
	Nodes         []diagramNode
	Edges         []diagramEdge
}

// diagramNode is an entity in its box.
type diagramNode struct {
	ID          uuid.UUID
	Kind        models.EntityKind
	Name, URL   string
	Undisclosed bool
	// Center marks the entity around which the network lies.
	Center bool
	// X and Y are the box's corner; Lines are the name, broken to fit.
	X, Y  int
	Lines []diagramLine
}

// diagramLine is a line of a name at its place.
type diagramLine struct {
	X, Y int
	Text string
}

// diagramEdge is a link.
type diagramEdge struct {
	ID              uuid.UUID
	Subject, Object uuid.UUID
	// Class is that of the link's status; "" for a link without one.
	Class string
	// Words say what the drawing shows.
	Words *text
	// Path and Head are drawn: a curve, and the point of its arrow.
	Path, Head string
}

// Measures of a drawing, in pixels.
const (
	boxWidth    = 184
	boxHeight   = 40
	rowHeight   = 54
	columnGap   = 96
	shelfGap    = 24
	margin      = 16
	mostRows    = 24
	lineLetters = 25
)

// mostDrawn bounds the entities of a drawing.
const mostDrawn = 150

// columnsOf put kinds beside each other, as things go: who acts, who supplies, what, to whom.
var columnsOf = map[models.EntityKind]int{
	models.KindPerson: 0, models.KindGroup: 0, models.KindOrganization: 0, models.KindInquiry: 0,
	models.KindCompany: 1, models.KindContract: 2, models.KindService: 2, models.KindSystem: 3,
	models.KindUnit: 4, models.KindFacility: 5, models.KindEvent: 5, models.KindCase: 5,
}

// arrange lays a network out.
func arrange(nodes []diagramNode, edges []diagramEdge) *diagram {
	if len(nodes) == 0 {
		return nil
	}
	l := &drawing{nodes: nodes, edges: edges, at: map[uuid.UUID]int{}}
	l.sort()
	for range 4 {
		l.untangle()
	}
	d := &diagram{Nodes: l.nodes, Edges: l.edges}
	d.Width, d.Height = l.place()
	l.connect()
	return d
}

// drawing is a diagram in the making.
type drawing struct {
	nodes []diagramNode
	edges []diagramEdge
	// at is where each entity stands in nodes.
	at map[uuid.UUID]int
	// columns hold the nodes of each column from top to bottom.
	columns [][]int
}

// sort puts each node into its column, by name.
func (l *drawing) sort() {
	slices.SortFunc(l.nodes, func(a, b diagramNode) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return bytes.Compare(a.ID[:], b.ID[:])
	})
	byColumn := make([][]int, 6)
	for i, node := range l.nodes {
		l.at[node.ID] = i
		column := columnsOf[node.Kind]
		byColumn[column] = append(byColumn[column], i)
	}
	for _, column := range byColumn {
		if len(column) > 0 {
			l.columns = append(l.columns, column)
		}
	}
	l.edges = slices.DeleteFunc(l.edges, func(e diagramEdge) bool {
		_, subject := l.at[e.Subject]
		_, object := l.at[e.Object]
		return !subject || !object
	})
}

// untangle moves each node towards the middle of those that it is tied to.
func (l *drawing) untangle() {
	height := make([]float64, len(l.nodes))
	for _, column := range l.columns {
		for row, i := range column {
			height[i] = (float64(row) + 0.5) / float64(len(column))
		}
	}
	sum, count := make([]float64, len(l.nodes)), make([]float64, len(l.nodes))
	for _, e := range l.edges {
		subject, object := l.at[e.Subject], l.at[e.Object]
		sum[subject] += height[object]
		sum[object] += height[subject]
		count[subject]++
		count[object]++
	}
	for _, column := range l.columns {
		slices.SortStableFunc(column, func(a, b int) int {
			return compareHeights(middle(sum[a], count[a], height[a]), middle(sum[b], count[b], height[b]))
		})
	}
}

func middle(sum, count, own float64) float64 {
	if count == 0 {
		return own
	}
	return sum / count
}

func compareHeights(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// place gives every node its corner, and the drawing its size. A long column is folded onto
// several shelves beside each other.
func (l *drawing) place() (width, height int) {
	rows := 0
	for _, column := range l.columns {
		_, perShelf := shelved(len(column))
		rows = max(rows, perShelf)
	}
	x := margin
	for _, column := range l.columns {
		shelves, perShelf := shelved(len(column))
		for place, i := range column {
			shelf, row := place/perShelf, place%perShelf
			onShelf := min(perShelf, len(column)-shelf*perShelf)
			l.nodes[i].X = x + shelf*(boxWidth+shelfGap)
			l.nodes[i].Y = margin + row*rowHeight + (rows-onShelf)*rowHeight/2
			l.nodes[i].Lines = linesOf(l.nodes[i])
		}
		x += shelves*(boxWidth+shelfGap) - shelfGap + columnGap
	}
	return x - columnGap + margin, margin*2 + (rows-1)*rowHeight + boxHeight
}

// shelved divides a column into shelves beside each other.
func shelved(nodes int) (shelves, perShelf int) {
	shelves = (nodes + mostRows - 1) / mostRows
	return shelves, (nodes + shelves - 1) / shelves
}

// linesOf breaks a name into at most two lines.
func linesOf(n diagramNode) []diagramLine {
	words := strings.Fields(n.Name)
	lines := []string{""}
	for _, word := range words {
		last := lines[len(lines)-1]
		switch {
		case last == "":
			lines[len(lines)-1] = word
		case letters(last)+1+letters(word) <= lineLetters:
			lines[len(lines)-1] = last + " " + word
		default:
			lines = append(lines, word)
		}
	}
	if len(lines) > 2 {
		lines = []string{lines[0], lines[1] + " …"}
	}
	out := make([]diagramLine, len(lines))
	for i, line := range lines {
		out[i] = diagramLine{X: n.X + boxWidth/2, Y: n.Y + boxHeight/2 + 5 + (2*i-len(lines)+1)*8, Text: shortened(line, lineLetters)}
	}
	return out
}

func letters(text string) int { return len([]rune(text)) }

// shortened cuts a text to some letters, and says so by an ellipsis.
func shortened(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return strings.TrimRight(string(runes[:most-1]), " …") + "…"
}

// connect draws the edges: out of the side that faces the other end, spread so that they do not
// hide each other.
func (l *drawing) connect() {
	type end struct {
		node  int
		right bool
	}
	ends := make([][2]end, len(l.edges))
	used := map[end][]int{}
	for i, e := range l.edges {
		a, b := l.at[e.Subject], l.at[e.Object]
		ends[i] = [2]end{{a, l.nodes[a].X <= l.nodes[b].X}, {b, l.nodes[b].X <= l.nodes[a].X}}
		for _, one := range ends[i] {
			used[one] = append(used[one], i)
		}
	}
	for one, list := range used {
		slices.SortStableFunc(list, func(a, b int) int { return l.other(a, one.node).Y - l.other(b, one.node).Y })
	}
	for i := range l.edges {
		var x, y [2]int
		for j, one := range ends[i] {
			list := used[one]
			place := slices.Index(list, i)
			x[j] = l.nodes[one.node].X
			if one.right {
				x[j] += boxWidth
			}
			y[j] = l.nodes[one.node].Y + boxHeight*(place+1)/(len(list)+1)
		}
		l.edges[i].Path, l.edges[i].Head = curve(x, y, ends[i][0].right, ends[i][1].right)
	}
}

// other is the node at the other end of an edge.
func (l *drawing) other(edge, node int) diagramNode {
	e := l.edges[edge]
	if l.at[e.Subject] == node {
		return l.nodes[l.at[e.Object]]
	}
	return l.nodes[l.at[e.Subject]]
}

// curve draws an edge from its subject to its object, and the arrow's point there.
func curve(x, y [2]int, fromRight, toRight bool) (path, head string) {
	bend := max(40, abs(x[1]-x[0])/2)
	if fromRight && toRight { // both in one column
		bend = 40 + abs(y[1]-y[0])/8
	}
	c0, c1, tip := x[0]-bend, x[1]-bend, -6
	if fromRight {
		c0 = x[0] + bend
	}
	if toRight {
		c1, tip = x[1]+bend, 6
	}
	path = fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x[0], y[0], c0, y[0], c1, y[1], x[1]+tip, y[1])
	return path, fmt.Sprintf("M%d %dl%d -4v8z", x[1], y[1], tip)
}

func abs(n int) int { return max(n, -n) }
