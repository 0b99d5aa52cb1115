package frontend

import (
	"fmt"
	"testing"

	"github.com/google/uuid"

	"plumbline/models"
)

func TestDrawing_isAsHighAsWhatIsInIt(t *testing.T) {
	for _, units := range []int{1, mostRows, mostRows + 3, 3*mostRows + 1} {
		company := diagramNode{ID: uuid.New(), Kind: models.KindCompany, Name: "Company"}
		nodes := []diagramNode{company}
		var edges []diagramEdge
		for i := range units {
			unit := diagramNode{ID: uuid.New(), Kind: models.KindUnit, Name: fmt.Sprintf("Unit %d", i)}
			nodes = append(nodes, unit)
			edges = append(edges, diagramEdge{ID: uuid.New(), Subject: company.ID, Object: unit.ID})
		}
		d := arrange(nodes, edges)
		top, bottom, right := d.Height, 0, 0
		taken := map[[2]int]bool{}
		for _, node := range d.Nodes {
			top, bottom, right = min(top, node.Y), max(bottom, node.Y+boxHeight), max(right, node.X+boxWidth)
			if at := [2]int{node.X, node.Y}; taken[at] {
				t.Errorf("%d units: two boxes lie at %v", units, at)
			} else {
				taken[at] = true
			}
		}
		if top != margin || bottom != d.Height-margin || right != d.Width-margin {
			t.Errorf("%d units: boxes from %d to %d and up to %d in a drawing of %d by %d", units, top, bottom, right, d.Width, d.Height)
		}
	}
}
