package frontend

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// entityPage is the page of an entity of any kind but a case.
type entityPage struct {
	layout
	Head entityHead
	// Contents lead to the sections.
	Contents []link
	// Compare sets it beside another.
	Compare string
	// supplied and linked are the links that the page shows.
	supplied, linked services.Page
	// First is false on further pages of the timeline, which show it alone.
	First    bool
	Supplies []supplySection
	Links    []linkLine
	// MoreLinks leads to all links where the page cannot show them.
	MoreLinks string
	Items     []itemLine
	// Network is what ties the entity to others; nil where nothing does. NetworkCut says that there
	// is more, which Explore shows.
	Network    *diagram
	NetworkCut bool
	Explore    string
	Timeline   []timelineDay
	Earlier    string
	Sources    []citation
}

// entityHead says who or what an entity is.
type entityHead struct {
	Kind string
	// Type is what sort of organization it is; "" for other kinds.
	Type        string
	Name        string
	Direction   string
	Names       []name
	Identifiers []field
	Places      []string
	Undisclosed bool
	Retracted   bool
	Summary     string
	Stands      *mark
	When        *text
	Count       *text
	Value       string
	Badge       *badge
	Mark        mark
}

// name is a further name with what a browser needs to show it.
type name struct{ Text, Type, Language, Direction string }

// supplySection is a table of supplies seen from one side.
type supplySection struct {
	ID      string
	Heading *text
	// Short is the heading in the list of the page's contents.
	Short *text
	Lines []linkLine
	// Hide are the columns that are not shown.
	Hide map[string]bool
	// Cut says that the entity has more supplies than the page shows.
	Cut bool
	// All is the address of the whole list, with filters; Matrix and Lanes show the same otherwise.
	All, Matrix, Lanes string
}

func (p *Pages) entity(c *gin.Context) (view, error) {
	if there := dataOf(c); there != "" {
		return view{seeOther: there}, nil
	}
	m, err := moment(c, "cursor")
	if err != nil {
		return view{}, err
	}
	page, err := p.services.Get(c.Request.Context(), models.Actor{}, models.TypeEntity, c.Param("id"), m)
	if err != nil {
		return view{}, err
	}
	record := page.Records[0]
	document := record.Document.(*models.Entity)
	home := "/" + plurals[document.Kind] + "/" + document.Slug
	if c.Request.URL.Path != home {
		return view{moved: address(home, c.Request.URL.Query())}, nil
	}
	if document.Kind == models.KindCase {
		return p.caseOf(c, record, showingOf(page, m), m)
	}

	data := &entityPage{Head: showingOf(page, m).head(record), First: c.Query("cursor") == ""}
	var amid surroundings
	reads := []func() error{
		func() error { return p.addTimeline(c, data, record, m) },
		func() error { amid = p.surround(c, m); return nil },
	}
	if data.First {
		reads = append(reads,
			func() error { return p.addSupplies(c, data, record, m) },
			func() error { return p.addLinks(c, data, record, m) },
			func() error { return p.addItems(c, data, record, m) })
	}
	if err := beside(reads...); err != nil {
		return view{}, err
	}
	data.addNetwork(record, m)
	data.gatherSources()
	data.listContents()
	data.layout = p.layoutAmid(c, verbatim(document.Name), m, timelineDays(data.Timeline), amid)
	if err := p.addOffers(c, &data.layout, record, m); err != nil {
		return view{}, err
	}
	data.Compare = address("/compare", with(momentValues(m), "ids", document.Slug))
	return view{template: "entity", data: data}, nil
}

// addOffers adds to the page of an entity what can be done with it, and in which other forms it can
// be had.
func (p *Pages) addOffers(c *gin.Context, l *layout, record services.Record, m services.Moment) error {
	document := record.Document.(*models.Entity)
	home := "/" + plurals[document.Kind] + "/" + document.Slug
	l.Description = verbatim(document.Summary)
	l.Preview, l.Linked = previewPath(record), linkedData(record, p.siteOf(c.Request)+home)
	l.API, l.AsFiles = apiAddress("/entities/"+document.Slug, momentValues(m)), dataFiles(home, momentValues(m))
	l.Feed, l.FeedJSON = "/entities/"+document.Slug+"/newest.atom", "/entities/"+document.Slug+"/newest.feed.json"
	l.Offers = p.offers(c, record)
	return p.addReplies(c, l, record.ID, m)
}

func (s showing) head(r services.Record) entityHead {
	d := r.Document.(*models.Entity)
	h := entityHead{Kind: models.EntityKinds().Label(string(d.Kind)), Name: d.Name, Direction: direction(d.Name), Undisclosed: d.Identity == models.Undisclosed,
		Retracted: r.State == models.StateRetracted, Summary: d.Summary, Badge: s.badge(r), Stands: s.statusMark(r), Mark: s.mark(r), When: whenWords(d)}
	for _, n := range d.Names {
		further := name{n.Text, models.NameTypes().Label(n.Type), n.Language, direction(n.Text)}
		if n.Type == "alias" {
			further.Type = "" // "also called" says it
		}
		h.Names = append(h.Names, further)
	}
	for _, id := range d.Identifiers {
		h.Identifiers = append(h.Identifiers, field{id.Scheme, id.Value})
	}
	h.Places = append(h.Places, d.Places...)
	if d.OrganizationType != "" {
		h.Type = models.OrganizationTypes().Label(d.OrganizationType)
	}
	if d.Count != nil {
		h.Count = countWords(*d.Count)
	}
	if d.Value != nil {
		h.Value = d.Value.Amount + " " + d.Value.Currency
	}
	return h
}

func countWords(count models.Count) *text {
	if count.Number == 0 {
		return say("How many people is not known")
	}
	return sayN(count.Number, "%[2]s %[1]d person", "%[2]s %[1]d people", say(models.Exactnesses().Label(count.Exactness)))
}

// whenWords say when an entity was: an event on its day, all others from their start on; nil where
// nothing is known.
func whenWords(d *models.Entity) *text {
	switch {
	case d.Start.IsZero() && d.End.IsZero():
		return nil
	case d.End.IsZero() && d.Kind == models.KindEvent:
		return say("%s", d.Start)
	case d.End.IsZero():
		return say("%s", dated{d.Start, models.DateOnward})
	case d.Start.IsZero():
		return say("%s", dated{d.End, models.DateUntil})
	}
	return say("%s, %s", dated{d.Start, models.DateFrom}, dated{d.End, models.DateUntil})
}

// What a page shows at most of an entity's supplies, and of its other links; lists show all.
const (
	mostSupplied = 50
	mostLinks    = 100
)

// addSupplies adds what the entity supplies, and what is supplied to it.
func (p *Pages) addSupplies(c *gin.Context, data *entityPage, entity services.Record, m services.Moment) error {
	supplies, err := p.involved(c, entity.ID.String(), m, mostSupplied, string(models.SuppliedTo))
	if err != nil {
		return err
	}
	lines, err := p.supplyLines(c, supplies, m)
	if err != nil {
		return err
	}
	data.supplied = supplies
	kind := entity.Document.(*models.Entity).Kind
	values := momentValues(m)
	values.Set("party", entity.Slug)
	data.Supplies = sections(kind, m, supplies.Records, lines, entity, address("/supplies", values))
	for i := range data.Supplies {
		data.Supplies[i].Cut = supplies.Next != ""
	}
	return nil
}

// addLinks adds the entity's other links.
func (p *Pages) addLinks(c *gin.Context, data *entityPage, entity services.Record, m services.Moment) error {
	others := slices.DeleteFunc(models.RelationshipTypes().Values(), func(t string) bool { return t == string(models.SuppliedTo) })
	page, err := p.involved(c, entity.ID.String(), m, mostLinks, others...)
	if err != nil {
		return err
	}
	data.linked = page
	s := showingOf(page, m)
	for _, r := range page.Records {
		data.Links = append(data.Links, s.line(r))
	}
	slices.SortStableFunc(data.Links, func(a, b linkLine) int { return strings.Compare(a.Verb.key, b.Verb.key) })
	if page.Next != "" {
		data.MoreLinks = apiAddress("/relationships", url.Values{"party": {entity.Slug}})
	}
	return nil
}

func (p *Pages) involved(c *gin.Context, id string, m services.Moment, most int, types ...string) (services.Page, error) {
	return p.services.Involved(c.Request.Context(), models.Actor{}, id, models.TypeRelationship,
		services.Query{Moment: m, Limit: most, Filters: map[string][]string{"type": types}})
}

// sections divides supplies into those to the entity, and those of it.
func sections(kind models.EntityKind, m services.Moment, records []services.Record, lines []linkLine, entity services.Record, all string) []supplySection {
	of := supplySection{ID: "supplies", Heading: say("Now: what it is said to supply, and to whom"), Short: say("What it is said to supply, and to whom"), All: all}
	to := supplySection{ID: "supplied", Heading: say("Now: what is said to be supplied to it"), Short: say("What is said to be supplied to it"), All: all}
	if kind == models.KindService {
		of.Heading, of.Short = say("Now: to whom it is said to be supplied"), say("To whom it is said to be supplied")
	}
	if !m.AsOf.IsZero() || !m.KnownAt.IsZero() {
		of.Heading, to.Heading = say("Then: what it is said to supply, and to whom"), say("Then: what is said to be supplied to it")
		if kind == models.KindService {
			of.Heading = say("Then: to whom it is said to be supplied")
		}
	}
	for i, r := range records {
		line := lines[i]
		if r.Document.(*models.Relationship).Object == entity.ID {
			to.Lines = append(to.Lines, line)
			continue
		}
		line.Providers = slices.DeleteFunc(slices.Clone(line.Providers), func(l link) bool { return l.Name == entity.Document.(*models.Entity).Name })
		of.Lines = append(of.Lines, line)
	}
	var list []supplySection
	for _, section := range []supplySection{of, to} {
		if len(section.Lines) > 0 {
			sortByStatus(section.Lines)
			_, narrow, _ := strings.Cut(section.All, "?")
			section.Matrix, section.Lanes = "/supplies/matrix?"+narrow, "/timeline?"+narrow
			list = append(list, section)
		}
	}
	return list
}

func (p *Pages) addItems(c *gin.Context, data *entityPage, entity services.Record, m services.Moment) error {
	page, err := p.services.Involved(c.Request.Context(), models.Actor{}, entity.ID.String(), models.TypeOpenItem, services.Query{Moment: m, Limit: 50})
	if err != nil {
		return err
	}
	s := showingOf(page, m)
	for _, r := range begun(page) {
		data.Items = append(data.Items, s.item(r))
	}
	return nil
}

// listContents makes the links to the page's sections.
func (e *entityPage) listContents() {
	for _, section := range e.Supplies {
		e.Contents = append(e.Contents, link{URL: "#" + section.ID, Words: section.Short})
	}
	for _, section := range []struct {
		shown bool
		id    string
		words *text
	}{{len(e.Items) > 0, "questions", say("Questions")}, {e.Network != nil, "network", say("Network")}, {len(e.Timeline) > 0, "timeline", say("Timeline")}, {len(e.Links) > 0, "links", say("Other links")}, {len(e.Sources) > 0, "sources", say("Sources")}} {
		if section.shown {
			e.Contents = append(e.Contents, link{URL: "#" + section.id, Words: section.words})
		}
	}
}

// gatherSources lists every source that something on the page cites, once.
func (e *entityPage) gatherSources() {
	marks := []mark{e.Head.Mark}
	for _, section := range e.Supplies {
		for _, line := range section.Lines {
			marks = append(marks, line.Mark)
		}
	}
	for _, line := range e.Links {
		marks = append(marks, line.Mark)
	}
	for _, item := range e.Items {
		marks = append(marks, item.Mark)
	}
	for _, day := range e.Timeline {
		for _, entry := range day.Entries {
			marks = append(marks, entry.marks()...)
		}
	}
	e.Sources = distinctSources(marks)
}

func distinctSources(marks []mark) []citation {
	seen := map[string]bool{}
	var sources []citation
	for _, m := range marks {
		for _, one := range m.Sources {
			if !seen[one.URL] {
				seen[one.URL] = true
				one.Locator, one.Note, one.HoldsOn = "", "", date{}
				sources = append(sources, one)
			}
		}
	}
	slices.SortStableFunc(sources, func(a, b citation) int { return strings.Compare(a.Title, b.Title) })
	return sources
}
