package frontend

import (
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// overviewPage is the entrance.
type overviewPage struct {
	layout
	Cases     []entityLine
	Changes   []changeLine
	Companies []companyGroup
	Items     []itemLine
	Totals    []total
}

// companyGroup is a company with what it supplies.
type companyGroup struct {
	Company  link
	Supplies []supplyLine
}

// total is a count with the list behind it.
type total struct {
	URL, Label string
	N          int64
}

// asOf and knownAt read the moment leniently, for links; the strict reading has refused what is
// wrong by then.
func asOf(c *gin.Context) models.Day {
	day, err := models.ParseDay(c.Query("as_of"))
	if err != nil {
		return models.Day{}
	}
	return day
}

func knownAt(c *gin.Context) time.Time {
	at, err := time.Parse(time.RFC3339Nano, c.Query("known_at"))
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}

func (p *Pages) overview(c *gin.Context) (view, error) {
	moment, err := services.ParseMoment(withoutEmpty(c.Request.URL.Query()))
	if err != nil {
		return view{}, err
	}
	data := &overviewPage{}
	ctx := c.Request.Context()
	changes, err := p.services.List(ctx, models.Actor{}, models.TypeStatusChange, services.Query{Moment: moment, Limit: 6,
		Filters: map[string][]string{"subject": {"supplied_to", "contract", "inquiry", "position"}}})
	if err != nil {
		return view{}, err
	}
	s := showingOf(changes, moment)
	for _, r := range begun(changes, moment) {
		data.Changes = append(data.Changes, s.change(r))
	}

	supplies, err := p.services.List(ctx, models.Actor{}, models.TypeRelationship, services.Query{Moment: moment, Limit: 100,
		Filters: map[string][]string{"type": {string(models.SuppliedTo)}}})
	if err != nil {
		return view{}, err
	}
	lines, err := p.withCompanies(c, supplies, showingOf(supplies, moment))
	if err != nil {
		return view{}, err
	}
	data.Companies = groupByCompany(lines)

	if err := p.overviewItems(c, data, moment); err != nil {
		return view{}, err
	}
	data.layout = p.layout(c, "Plumbline", moment, changeDays(changes.Records))
	data.Description = "Who supplies what to whom among technology companies and armed forces, with sources."
	data.API = apiAddress("/stats", momentValues(moment))
	return view{template: "overview", data: data}, nil
}

func groupByCompany(lines []supplyLine) []companyGroup {
	var groups []companyGroup
	at := map[string]int{}
	for _, line := range lines {
		company := link{Name: "Provider not known"}
		if len(line.Company) > 0 {
			company = line.Company[0]
		}
		i, ok := at[company.URL]
		if !ok {
			i = len(groups)
			at[company.URL] = i
			groups = append(groups, companyGroup{Company: company})
		}
		groups[i].Supplies = append(groups[i].Supplies, line)
	}
	return groups
}

// overviewItems adds open questions, cases and totals.
func (p *Pages) overviewItems(c *gin.Context, data *overviewPage, moment services.Moment) error {
	ctx := c.Request.Context()
	items, err := p.services.List(ctx, models.Actor{}, models.TypeOpenItem, services.Query{Moment: moment, Limit: 10,
		Filters: map[string][]string{"kind": {"question"}, "unanswered": {"true"}}})
	if err != nil {
		return err
	}
	s := showingOf(items, moment)
	for _, r := range begun(items, moment) {
		data.Items = append(data.Items, s.item(r))
	}

	cases, err := p.services.List(ctx, models.Actor{}, models.TypeEntity, services.Query{Moment: moment, Limit: 20, Filters: map[string][]string{"kind": {string(models.KindCase)}}})
	if err != nil {
		return err
	}
	s = showingOf(cases, moment)
	for _, r := range cases.Records {
		data.Cases = append(data.Cases, entityLine{s.link(r.ID), r.Document.(*models.Entity).Summary})
	}

	stats, err := p.services.Stats(ctx, moment)
	if err != nil {
		return err
	}
	for _, t := range []total{
		{"/companies", "company companies", stats.Entities["company"]}, {"/units", "unit units", stats.Entities["unit"]},
		{"/supplies", "supply supplies", stats.Links["supplied_to"]}, {"/status-changes", "status_change status_changes", stats.Records["status_change"]},
		{"/claims", "claim claims", stats.Records["claim"]}, {"/open-items", "open_item open_items", stats.Records["open_item"]},
		{"/sources", "source sources", stats.Records["source"]},
	} {
		words := strings.Fields(t.Label)
		word := words[1]
		if t.N == 1 {
			word = words[0]
		}
		data.Totals = append(data.Totals, total{t.URL + s.moment, strings.ReplaceAll(word, "_", " "), t.N})
	}
	return nil
}
