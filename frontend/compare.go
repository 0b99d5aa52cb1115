package frontend

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// comparePage sets two to five companies, or other entities, beside each other.
type comparePage struct {
	layout
	// Asked are the fields of the form: what was asked for, and empty ones.
	Asked   []string
	Columns []comparison
	Points  []comparePoint
	// Words say what is missing before anything can be compared.
	Words *text
}

// comparison is one of the entities compared.
type comparison struct {
	Link link
	Kind string
}

// comparePoint is a row: one point, answered for each entity.
type comparePoint struct {
	Name    *text
	Answers []compareAnswer
}

// compareAnswer is a list of facts, each with what stands behind it; none where nothing is recorded.
type compareAnswer struct {
	Entity string
	Facts  []compareFact
}

type compareFact struct {
	Link  *link
	Words *text
	Badge *badge
	URL   string
	// Stale counts those whose status nothing has shown for over a year.
	Stale int
}

// mostCompared bounds the entities compared.
const mostCompared = 5

func (p *Pages) compare(c *gin.Context) (view, error) {
	m, err := moment(c, "ids")
	if err != nil {
		return view{}, err
	}
	ids := askedIDs(c)
	data := &comparePage{Asked: append(slices.Clone(ids), "", "")}
	switch {
	case len(ids) > mostCompared:
		return view{}, models.Errorf(models.ErrInvalid, "Up to %d can be compared; %d were named. Leave some out.", mostCompared, len(ids))
	case len(ids) < 2:
		data.Words = say("Name two to five companies to see them point by point. Units and services can be compared too.")
	}
	data.Asked = data.Asked[:min(len(data.Asked), mostCompared)]
	if len(data.Asked) < 2 {
		data.Asked = append(data.Asked, "")
	}

	settled := make([]string, len(ids))
	for i, id := range ids {
		if settled[i], err = p.slugOf(c, id); err != nil {
			return view{}, err
		}
		if settled[i] == "" {
			return view{}, models.Errorf(models.ErrInvalid, "There is nothing called %q here. Check the spelling, or look for it by the search.", id)
		}
	}
	if home := strings.Join(settled, ","); len(ids) > 0 && home != c.Query("ids") {
		values := c.Request.URL.Query()
		values.Set("ids", home)
		return view{moved: address("/compare", values)}, nil
	}
	var days []models.Day
	for _, slug := range settled {
		changed, err := p.addComparison(c, data, slug, m)
		if err != nil {
			return view{}, err
		}
		days = append(days, changed...)
	}
	data.layout = p.layout(c, say("Compare"), m, days)
	data.API = apiAddress("/relationships", with(momentValues(m), "party", strings.Join(settled, ",")))
	return view{template: "compare", data: data}, nil
}

// askedIDs are the names in the parameter ids, which a form repeats and a link joins by commas.
func askedIDs(c *gin.Context) []string {
	var ids []string
	for _, value := range c.Request.URL.Query()["ids"] {
		for _, id := range strings.Split(value, ",") {
			if id = strings.TrimSpace(id); id != "" && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// addComparison adds one entity to every point, in a fixed number of queries. It gives the days
// on which something changed for it.
func (p *Pages) addComparison(c *gin.Context, data *comparePage, slug string, m services.Moment) ([]models.Day, error) {
	page, err := p.services.Get(c.Request.Context(), models.Actor{}, models.TypeEntity, slug, m)
	if err != nil {
		return nil, err
	}
	entity := page.Records[0]
	link := showingOf(page, m).link(entity.ID)
	data.Columns = append(data.Columns, comparison{link, models.EntityKinds().Label(string(entity.Document.(*models.Entity).Kind))})

	read := func(kind models.RecordType, filters map[string][]string, limit int) (services.Page, error) {
		return p.services.Involved(c.Request.Context(), models.Actor{}, entity.ID.String(), kind, services.Query{Moment: m, Limit: limit, Filters: filters})
	}
	supplies, err := read(models.TypeRelationship, map[string][]string{"type": {string(models.SuppliedTo)}}, mostSupplies)
	if err != nil {
		return nil, err
	}
	claims, err := read(models.TypeClaim, nil, 200)
	if err != nil {
		return nil, err
	}
	items, err := read(models.TypeOpenItem, map[string][]string{"unanswered": {"true"}}, 50)
	if err != nil {
		return nil, err
	}
	changes, err := read(models.TypeStatusChange, map[string][]string{"subject": {"supplied_to", "contract"}}, 50)
	if err != nil {
		return nil, err
	}

	own := entity.Slug
	add := func(name *text, facts []compareFact) {
		at := slices.IndexFunc(data.Points, func(one comparePoint) bool { return one.Name.key == name.key })
		if at < 0 {
			at = len(data.Points)
			data.Points = append(data.Points, comparePoint{Name: name})
		}
		data.Points[at].Answers = append(data.Points[at].Answers, compareAnswer{link.Name, facts})
	}
	s := showingOf(supplies, m)
	add(say("Supplies by status"), s.standings(supplies.Records, own))
	add(say("To whom, or from what"), s.others(supplies.Records, entity))
	add(say("Said to be used for"), s.uses(supplies.Records, own))
	add(say("What is said"), showingOf(claims, m).stances(begun(claims), own))
	add(say("Without an answer"), showingOf(items, m).waiting(begun(items)))
	add(say("Latest status change"), showingOf(changes, m).latest(begun(changes)))
	return changeDays(changes.Records), nil
}

// counted counts values in the order in which they first come.
func counted[T comparable](values []T) ([]T, map[T]int) {
	counts := map[T]int{}
	var order []T
	for _, value := range values {
		if counts[value]++; counts[value] == 1 {
			order = append(order, value)
		}
	}
	return order, counts
}

func (s showing) standings(records []services.Record, slug string) []compareFact {
	type standing struct {
		status  models.Status
		partial models.Extent
	}
	var list []standing
	for _, r := range records {
		if r.Status != nil {
			list = append(list, standing{r.Status.Span.Status, r.Status.Span.Extent})
		}
	}
	order, counts := counted(list)
	var facts []compareFact
	for _, one := range order {
		old := 0
		for _, r := range records {
			if r.Status != nil && r.Status.Span.Status == one.status && r.Status.Span.Extent == one.partial && services.StatusStale(r, s.day) {
				old++
			}
		}
		b := badgeOf(models.SubjectSupply, one.status, one.partial, "")
		b.Meaning = nil
		values := with(with(with(s.moment, "party", slug), "status", string(one.status)), "extent", string(one.partial))
		facts = append(facts, compareFact{Badge: &b, Words: say("%d", counts[one]), URL: address("/supplies", values), Stale: old})
	}
	return facts
}

func (s showing) others(records []services.Record, entity services.Record) []compareFact {
	var facts []compareFact
	seen := map[string]bool{}
	for _, r := range records {
		d := r.Document.(*models.Relationship)
		other := s.link(d.Object)
		if d.Object == entity.ID {
			other = s.link(d.Subject)
		}
		if !seen[other.URL] {
			seen[other.URL] = true
			facts = append(facts, compareFact{Link: &other})
		}
	}
	return facts
}

func (s showing) uses(records []services.Record, slug string) []compareFact {
	var list []models.Purpose
	for _, r := range records {
		list = append(list, r.Document.(*models.Relationship).Purposes...)
	}
	order, counts := counted(list)
	var facts []compareFact
	for _, purpose := range order {
		facts = append(facts, compareFact{Words: say("%s: %d", say(models.Purposes().Label(string(purpose))), counts[purpose]),
			URL: address("/supplies", with(with(s.moment, "party", slug), "purpose", string(purpose)))})
	}
	return facts
}

func (s showing) stances(records []services.Record, slug string) []compareFact {
	var list []models.Stance
	for _, r := range records {
		list = append(list, r.Document.(*models.Claim).Stance)
	}
	order, counts := counted(list)
	var facts []compareFact
	for _, stance := range order {
		facts = append(facts, compareFact{Words: say("%s: %d", stanceLabels[stance].label, counts[stance]),
			URL: address("/claims", with(with(s.moment, "party", slug), "stance", string(stance)))})
	}
	return facts
}

func (s showing) waiting(records []services.Record) []compareFact {
	var facts []compareFact
	for _, r := range records {
		line := s.item(r)
		facts = append(facts, compareFact{Words: say("%s: %s", say(line.Kind), line.Days), URL: line.URL})
	}
	return facts
}

func (s showing) latest(records []services.Record) []compareFact {
	if len(records) == 0 {
		return nil
	}
	line := s.change(records[0])
	return []compareFact{{Badge: &line.Badge, Words: refWords(s.refs[records[0].ID]), URL: line.URL}}
}

// position is where a field of the form stands, from one.
func (d *comparePage) Position(i int) string { return strconv.Itoa(i + 1) }

// FieldID names a field of the form.
func (d *comparePage) FieldID(i int) string { return fmt.Sprintf("ids-%d", i+1) }
