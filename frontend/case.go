package frontend

import (
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// casePage is a case: its introduction, its members, and what is recorded about them.
type casePage struct {
	layout
	Head      entityHead
	Members   []memberGroup
	Changes   []changeLine
	Companies []companyGroup
	Items     []itemLine
	Claims    []claimCard
	Wholes    []wholeFile
	// All are the whole lists behind the sections.
	AllChanges, AllSupplies, AllItems, AllClaims string
	// Matrix and Drawn show its supplies otherwise.
	Matrix, Drawn string
}

// memberGroup are the members of one kind.
type memberGroup struct {
	Kind    *text
	Members []link
}

// mostOfCase bounds what a case's page shows of each type but supplies.
const mostOfCase = 20

func (p *Pages) caseOf(c *gin.Context, r services.Record, s showing, m services.Moment) (view, error) {
	d := r.Document.(*models.Entity)
	data := &casePage{Head: s.head(r), Members: s.members(d)}
	contract := models.EntityKinds().Label(string(models.KindContract))
	data.Wholes = wholeFiles(d.Slug, slices.ContainsFunc(s.links(d.Members), func(l link) bool { return l.Kind == contract }))
	of := map[string][]string{"case": {r.ID.String()}}
	values := momentValues(m)
	values.Set("case", d.Slug)
	data.AllChanges, data.AllSupplies = address("/status-changes", values), address("/supplies", values)
	data.Matrix, data.Drawn = address("/supplies/matrix", values), address("/timeline", values)
	data.AllItems, data.AllClaims = address("/open-items", values), address("/claims", values)

	changes, days, err := p.latestChanges(c, m, of, mostOfCase)
	if err != nil {
		return view{}, err
	}
	data.Changes = changes
	if data.Companies, err = p.companies(c, m, of); err != nil {
		return view{}, err
	}
	if data.Items, err = p.unanswered(c, m, of); err != nil {
		return view{}, err
	}
	claims, err := p.services.List(c.Request.Context(), models.Actor{}, models.TypeClaim, services.Query{Moment: m, Filters: of, Limit: mostOfCase})
	if err != nil {
		return view{}, err
	}
	if data.Claims, err = p.cards(c, m, begun(claims), showingOf(claims, m)); err != nil {
		return view{}, err
	}

	data.layout = p.layout(c, verbatim(d.Name), m, days)
	return view{template: "case", data: data}, p.addOffers(c, &data.layout, r, m)
}

// members groups the members of a case by kind, in the order of the vocabulary.
func (s showing) members(d *models.Entity) []memberGroup {
	byKind := map[string][]link{}
	for _, l := range s.links(d.Members) {
		byKind[l.Kind] = append(byKind[l.Kind], l)
	}
	var groups []memberGroup
	for _, code := range models.EntityKinds().Codes {
		if members := byKind[code.Label]; len(members) > 0 {
			slices.SortStableFunc(members, func(a, b link) int { return strings.Compare(a.Name, b.Name) })
			groups = append(groups, memberGroup{kindTitles[models.EntityKind(code.Code)], members})
		}
	}
	return groups
}
