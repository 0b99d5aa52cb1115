package frontend

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// entityPage is the page of an entity of any kind.
type entityPage struct {
	layout
	Kind        string
	Name        string
	Names       []name
	Identifiers []field
	Places      []string
	Undisclosed bool
	Retracted   bool
	Summary     string
	When        string
	Count       string
	Value       string
	Badge       *badge
	Mark        mark
	Members     []link
	Supplies    []supplyLine
	Links       []supplyLine
	Timeline    []moment
	More        bool
	Items       []itemLine
	Sources     []citation
}

// name is a name with what a browser needs to show it.
type name struct{ Text, Type, Language string }

// moment is one entry of a timeline.
type moment struct {
	When   date
	Change *changeLine
	Claim  *claimCard
	Link   *supplyLine
	Item   *itemLine
	Source *sourceLine
	Event  *link
}

func (p *Pages) entity(c *gin.Context) (view, error) {
	m, err := services.ParseMoment(withoutEmpty(c.Request.URL.Query()))
	if err != nil {
		return view{}, err
	}
	ctx := c.Request.Context()
	page, err := p.services.Get(ctx, models.Actor{}, models.TypeEntity, c.Param("id"), m)
	if err != nil {
		return view{}, err
	}
	record := page.Records[0]
	document := record.Document.(*models.Entity)
	home := "/" + plurals[document.Kind] + "/" + document.Slug
	if c.Request.URL.Path != home && document.Slug != "" {
		if query := c.Request.URL.RawQuery; query != "" {
			home += "?" + query
		}
		return view{moved: home}, nil
	}

	data := describe(record, document, showingOf(page, m))
	for _, add := range []func(*gin.Context, *entityPage, string, services.Moment) error{p.addLinks, p.addTimeline, p.addItems} {
		if err := add(c, data, record.ID.String(), m); err != nil {
			return view{}, err
		}
	}
	data.layout = p.layout(c, document.Name, m, data.days())
	data.Description = document.Summary
	data.API = apiAddress("/entities/"+document.Slug, momentValues(m))
	data.gatherSources()
	return view{template: "entity", data: data}, nil
}

func describe(r services.Record, d *models.Entity, s showing) *entityPage {
	page := &entityPage{Kind: models.EntityKinds().Label(string(d.Kind)), Name: d.Name, Undisclosed: d.Identity == models.Undisclosed,
		Retracted: r.State == models.StateRetracted, Summary: d.Summary, Badge: s.badge(r), Mark: s.mark(r), Members: s.links(d.Members)}
	for _, n := range d.Names {
		page.Names = append(page.Names, name{n.Text, models.NameTypes().Label(n.Type), n.Language})
	}
	for _, id := range d.Identifiers {
		page.Identifiers = append(page.Identifiers, field{id.Scheme, id.Value})
	}
	for _, place := range d.Places {
		page.Places = append(page.Places, models.PlaceName(place))
	}
	if d.OrganizationType != "" {
		page.Kind += ", " + strings.ToLower(models.OrganizationTypes().Label(d.OrganizationType))
	}
	if d.Count != nil && d.Count.Number > 0 {
		page.Count = models.Exactnesses().Label(d.Count.Exactness) + " " + strconv.Itoa(d.Count.Number) + " people"
	} else if d.Count != nil {
		page.Count = "How many people is not known"
	}
	if d.Value != nil {
		page.Value = d.Value.Amount + " " + d.Value.Currency
	}
	page.When = whenWords(d.Start, d.End)
	return page
}

func whenWords(start, end models.Date) string {
	switch {
	case start.IsZero() && end.IsZero():
		return ""
	case end.IsZero():
		return start.Label()
	case start.IsZero():
		return "until " + end.Label()
	}
	return "from " + start.Label() + " to " + end.Label()
}

// mostLinks and mostMoments bound what one page shows.
const (
	mostLinks   = 200
	mostMoments = 100
)

func (p *Pages) addLinks(c *gin.Context, data *entityPage, id string, m services.Moment) error {
	page, err := p.services.Involved(c.Request.Context(), models.Actor{}, id, models.TypeRelationship, services.Query{Moment: m, Limit: mostLinks})
	if err != nil {
		return err
	}
	data.More = page.Next != ""
	s := showingOf(page, m)
	for _, r := range page.Records {
		line := s.supply(r)
		if r.Document.(*models.Relationship).Type == models.SuppliedTo {
			data.Supplies = append(data.Supplies, line)
		} else {
			data.Links = append(data.Links, line)
		}
	}
	sort.SliceStable(data.Links, func(i, j int) bool { return data.Links[i].Type < data.Links[j].Type })
	return nil
}

func (p *Pages) addTimeline(c *gin.Context, data *entityPage, id string, m services.Moment) error {
	page, err := p.services.Timeline(c.Request.Context(), models.Actor{}, id, services.Query{Moment: m, Limit: mostMoments})
	if err != nil {
		return err
	}
	s := showingOf(page, m)
	page.Records = begun(page, m)
	replies := map[uuid.UUID][]claimCard{}
	for _, r := range page.Records {
		if claim, ok := r.Document.(*models.Claim); ok {
			for _, answered := range claim.Answers {
				replies[answered] = append(replies[answered], s.claim(r))
			}
		}
	}
	for _, r := range page.Records {
		data.Timeline = append(data.Timeline, s.entry(r, replies[r.ID]))
	}
	data.More = data.More || page.Next != ""
	return nil
}

// begun leaves out what came only after the day that was asked about.
func begun(page services.Page, m services.Moment) []services.Record {
	if m.AsOf.IsZero() {
		return page.Records
	}
	return slices.DeleteFunc(page.Records, func(r services.Record) bool { return !services.Begun(r, page.AsOf) })
}

// entry makes a timeline entry of a record; a claim comes with what answers it.
func (s showing) entry(r services.Record, replies []claimCard) moment {
	switch d := r.Document.(type) {
	case *models.StatusChange:
		line := s.change(r)
		return moment{When: line.Effective, Change: &line}
	case *models.Claim:
		card := s.claim(r)
		card.Replies = replies
		return moment{When: card.When, Claim: &card}
	case *models.Relationship:
		line := s.supply(r)
		return moment{When: dateOf(d.Start), Link: &line}
	case *models.OpenItem:
		line := s.item(r)
		return moment{When: line.RaisedOn, Item: &line}
	case *models.Source:
		line := s.source(r)
		return moment{When: line.Published, Source: &line}
	}
	event := s.link(r.ID)
	return moment{When: dateOf(r.Document.(*models.Entity).Start), Event: &event}
}

func (p *Pages) addItems(c *gin.Context, data *entityPage, id string, m services.Moment) error {
	page, err := p.services.Involved(c.Request.Context(), models.Actor{}, id, models.TypeOpenItem, services.Query{Moment: m, Limit: 50})
	if err != nil {
		return err
	}
	s := showingOf(page, m)
	for _, r := range begun(page, m) {
		data.Items = append(data.Items, s.item(r))
	}
	return nil
}

// days are those on which something on the page changed.
func (e *entityPage) days() []models.Day {
	var days []models.Day
	for _, entry := range e.Timeline {
		if entry.Change == nil {
			continue
		}
		for _, text := range []string{entry.Change.Effective.Day, entry.Change.Announced.Day} {
			if day, err := models.ParseDay(text); err == nil {
				days = append(days, day)
			}
		}
	}
	return days
}

// gatherSources lists every source that something on the page cites, once.
func (e *entityPage) gatherSources() {
	seen := map[string]bool{}
	add := func(list []citation) {
		for _, one := range list {
			if !seen[one.URL] {
				seen[one.URL] = true
				one.Locator, one.Note, one.HoldsOn = "", "", ""
				e.Sources = append(e.Sources, one)
			}
		}
	}
	add(e.Mark.Sources)
	for _, line := range slices.Concat(e.Supplies, e.Links) {
		add(line.Mark.Sources)
	}
	for _, entry := range e.Timeline {
		if entry.Change != nil {
			add(entry.Change.Mark.Sources)
		}
		if entry.Claim != nil {
			add(entry.Claim.Mark.Sources)
		}
	}
	sort.SliceStable(e.Sources, func(i, j int) bool { return e.Sources[i].Title < e.Sources[j].Title })
}
