package frontend

import (
	"maps"
	"strings"

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
	Company link
	// Counts are its supplies by status, each with the list behind it; nil where not all are
	// known here.
	Counts []link
	Lines  []linkLine
	slug   string
}

// total is a count with the list behind it.
type total struct {
	URL   string
	Words *text
}

func (p *Pages) overview(c *gin.Context) (view, error) {
	m, err := moment(c)
	if err != nil {
		return view{}, err
	}
	data := &overviewPage{}
	// As many records were known whatever the day shown.
	counting := p.services.StatsSoon(c.Request.Context(), services.Moment{KnownAt: m.KnownAt})
	var days []models.Day
	var amid surroundings
	err = beside(
		func() (err error) { data.Companies, err = p.companies(c, m, nil); return err },
		func() (err error) {
			data.Changes, days, err = p.latestChanges(c, m, map[string][]string{"subject": {"supplied_to", "contract", "inquiry", "position"}}, 6)
			return err
		},
		func() (err error) {
			data.Items, err = p.unanswered(c, m, map[string][]string{"kind": {"question"}})
			return err
		},
		func() error { return p.addCases(c, data, m) },
		func() error { amid = p.surround(c, m); return nil })
	if err != nil {
		return view{}, err
	}
	if err := p.addTotals(c, data, m, counting); err != nil {
		return view{}, err
	}

	data.layout = p.layoutAmid(c, verbatim("Plumbline"), m, days, amid)
	data.Description = say("Who supplies what to whom among technology companies and armed forces, with sources.")
	data.API = apiAddress("/stats", momentValues(m))
	return view{template: "overview", data: data, passing: data.Totals == nil}, nil
}

// latestChanges are the last status changes by the day shown, and the days of those.
func (p *Pages) latestChanges(c *gin.Context, m services.Moment, filters map[string][]string, most int) ([]changeLine, []models.Day, error) {
	// What came after the day shown is left out, so more is read than is shown.
	page, err := p.services.List(c.Request.Context(), models.Actor{}, models.TypeStatusChange, services.Query{Moment: m, Limit: 50, Filters: filters})
	if err != nil {
		return nil, nil, err
	}
	s := showingOf(page, m)
	records := begun(page)
	var lines []changeLine
	for _, r := range records[:min(len(records), most)] {
		lines = append(lines, s.change(r))
	}
	return lines, changeDays(page.Records), nil
}

// mostSupplies bounds the supplies that are grouped by company on one page.
const mostSupplies = 60

// companies groups supplies by company.
func (p *Pages) companies(c *gin.Context, m services.Moment, narrow map[string][]string) ([]companyGroup, error) {
	filters := map[string][]string{"type": {string(models.SuppliedTo)}}
	maps.Copy(filters, narrow)
	page, err := p.services.List(c.Request.Context(), models.Actor{}, models.TypeRelationship, services.Query{Moment: m, Limit: mostSupplies, Filters: filters})
	if err != nil {
		return nil, err
	}
	lines, err := p.supplyLines(c, page, m)
	if err != nil {
		return nil, err
	}

	var groups []companyGroup
	at := map[string]int{}
	for _, line := range lines {
		company := link{Words: say("Provider not known")}
		if len(line.Providers) > 0 {
			company = line.Providers[0]
			company.After = ""
		}
		i, ok := at[company.URL]
		if !ok {
			i = len(groups)
			at[company.URL] = i
			groups = append(groups, companyGroup{Company: company, slug: company.Slug})
		}
		groups[i].Lines = append(groups[i].Lines, line)
	}
	for i := range groups {
		sortByStatus(groups[i].Lines)
		if page.Next == "" && narrow == nil {
			groups[i].Counts = statusCounts(groups[i], m)
		}
	}
	return groups, nil
}

// statusCounts count a company's supplies by status; those in part apart.
func statusCounts(group companyGroup, m services.Moment) []link {
	type standing struct {
		class   string
		partial bool
	}
	counts := map[standing]int{}
	for _, line := range group.Lines {
		if line.Badge != nil {
			counts[standing{line.Badge.Class, line.Badge.Partial}]++
		}
	}
	var links []link
	for _, class := range statusOrder {
		for _, partial := range []bool{false, true} {
			n := counts[standing{class, partial}]
			if n == 0 || group.slug == "" {
				continue
			}
			status := strings.TrimPrefix(class, "status-")
			values := with(with(momentValues(m), "party", group.slug), "status", status)
			values.Set("extent", string(models.Full))
			words := say("%d %s", n, inside(models.StatusesOf(models.SubjectSupply).Label(status)))
			if status == string(models.StatusUnknown) {
				words = say("%d of unknown status", n)
			}
			if partial {
				values.Set("extent", string(models.Partial))
				words = say("%s in part", words)
			}
			links = append(links, link{URL: address("/supplies", values), Words: words})
		}
	}
	return inSentence(links)
}

// unanswered are open items without an answer.
func (p *Pages) unanswered(c *gin.Context, m services.Moment, narrow map[string][]string) ([]itemLine, error) {
	filters := map[string][]string{"unanswered": {"true"}}
	maps.Copy(filters, narrow)
	page, err := p.services.List(c.Request.Context(), models.Actor{}, models.TypeOpenItem, services.Query{Moment: m, Limit: 20, Filters: filters})
	if err != nil {
		return nil, err
	}
	s := showingOf(page, m)
	var lines []itemLine
	for _, r := range begun(page) {
		lines = append(lines, s.item(r))
	}
	return lines, nil
}

func (p *Pages) addCases(c *gin.Context, data *overviewPage, m services.Moment) error {
	cases, err := p.services.List(c.Request.Context(), models.Actor{}, models.TypeEntity, services.Query{Moment: m, Limit: 20, Filters: map[string][]string{"kind": {string(models.KindCase)}}})
	if err != nil {
		return err
	}
	s := showingOf(cases, m)
	for _, r := range cases.Records {
		data.Cases = append(data.Cases, entityLine{Link: s.link(r.ID), Summary: r.Document.(*models.Entity).Summary})
	}
	return nil
}

// addTotals adds how much there is of everything. On a very large database that takes seconds to
// count: there totals are left out until they are known.
func (p *Pages) addTotals(c *gin.Context, data *overviewPage, m services.Moment, counting *services.Counting[services.Stats]) error {
	patience, err := p.patience(c)
	if err != nil {
		return err
	}
	stats, known, err := counting.Wait(c.Request.Context(), patience)
	if err != nil || !known {
		return err
	}
	for _, t := range []struct {
		path  string
		words *text
	}{
		{"/companies", sayN(int(stats.Entities["company"]), "%d company", "%d companies")},
		{"/services", sayN(int(stats.Entities["service"]), "%d service", "%d services")},
		{"/units", sayN(int(stats.Entities["unit"]), "%d unit", "%d units")},
		{"/supplies", sayN(int(stats.Links["supplied_to"]), "%d supply", "%d supplies")},
		{"/status-changes", sayN(int(stats.Records["status_change"]), "%d status change", "%d status changes")},
		{"/claims", sayN(int(stats.Records["claim"]), "%d claim", "%d claims")},
		{"/open-items", sayN(int(stats.Records["open_item"]), "%d open item", "%d open items")},
		{"/sources", sayN(int(stats.Records["source"]), "%d source", "%d sources")},
	} {
		data.Totals = append(data.Totals, total{address(t.path, momentValues(m)), t.words})
	}
	return nil
}
