package frontend

import (
	"cmp"
	"slices"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// matrix is a part of the supplies with a row for each service and a column for each unit.
type matrix struct {
	Columns []link
	Rows    []matrixRow
	// Elsewhere reports whether a row has supplies to units that have no column.
	Elsewhere bool
}

// matrixRow is a service, with its supplies by column.
type matrixRow struct {
	Providers []link
	Service   link
	Cells     []matrixCell
	// Elsewhere counts the supplies to units that have no column; All leads to all of them.
	Elsewhere int
	All       string
}

// matrixCell holds what is supplied of a service to a unit: mostly one link, or none.
type matrixCell struct {
	Unit  string
	Lines []linkLine
}

const (
	// mostColumns bounds the units that have a column: those with most supplies on the page.
	mostColumns = 12
	// matrixSupplies are the supplies that one page of the matrix arranges.
	matrixSupplies = 100
)

func (p *Pages) matrix(c *gin.Context) (view, error) {
	l := p.supplyList(c)
	l.template, l.title, l.limit = "matrix", say("Supplies as a matrix"), matrixSupplies
	l.intro = say("A row for each service, a column for each unit. A cell says where the supply stands on the day shown, and since when.")
	l.fill = func(data *listPage, page services.Page, m services.Moment) error {
		lines, err := p.supplyLines(c, page, m)
		if err == nil {
			data.Matrix = matrixOf(page.Records, lines, m)
		}
		return err
	}
	return p.list(c, l)
}

func matrixOf(records []services.Record, lines []linkLine, m services.Moment) *matrix {
	columns, at := unitColumns(records, lines)
	out := &matrix{Columns: columns}
	rows := map[uuid.UUID]int{}
	for i, r := range records {
		d := r.Document.(*models.Relationship)
		row, ok := rows[d.Subject]
		if !ok {
			row = len(out.Rows)
			rows[d.Subject] = row
			one := matrixRow{Providers: lines[i].Providers, Service: lines[i].Subject, Cells: make([]matrixCell, len(columns)),
				All: address("/supplies", with(momentValues(m), "party", lines[i].Subject.Slug))}
			for j, unit := range columns {
				one.Cells[j].Unit = unit.Name
			}
			out.Rows = append(out.Rows, one)
		}
		column, ok := at[d.Object]
		if !ok {
			out.Rows[row].Elsewhere++
			out.Elsewhere = true
			continue
		}
		cell := &out.Rows[row].Cells[column]
		cell.Lines = append(cell.Lines, lines[i])
	}
	slices.SortStableFunc(out.Rows, func(a, b matrixRow) int {
		return cmp.Or(cmp.Compare(firstName(a.Providers), firstName(b.Providers)), cmp.Compare(a.Service.Name, b.Service.Name))
	})
	return out
}

// unitColumns are the units with most supplies, by how many, and where each stands.
func unitColumns(records []services.Record, lines []linkLine) ([]link, map[uuid.UUID]int) {
	counts, links := map[uuid.UUID]int{}, map[uuid.UUID]link{}
	var units []uuid.UUID
	for i, r := range records {
		unit := r.Document.(*models.Relationship).Object
		if counts[unit]++; counts[unit] == 1 {
			units = append(units, unit)
			links[unit] = lines[i].Object
		}
	}
	slices.SortStableFunc(units, func(a, b uuid.UUID) int {
		return cmp.Or(counts[b]-counts[a], cmp.Compare(links[a].Name, links[b].Name))
	})
	units = units[:min(len(units), mostColumns)]
	columns, at := make([]link, len(units)), map[uuid.UUID]int{}
	for i, unit := range units {
		columns[i], at[unit] = links[unit], i
	}
	return columns, at
}

func firstName(links []link) string {
	if len(links) == 0 {
		return ""
	}
	return links[0].Name
}
