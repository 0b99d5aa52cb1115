package frontend

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// listPage is a list of records with its filters.
type listPage struct {
	layout
	Heading string
	Intro   string
	Filters []filter
	// Active are the filters in force, each with the address without it.
	Active   []link
	Supplies []supplyLine
	Changes  []changeLine
	Claims   []claimCard
	Items    []itemLine
	Sources  []sourceLine
	Entities []entityLine
	Next     string
	Empty    bool
}

// filter is one choice of a filter form.
type filter struct {
	Name    string
	Label   string
	Options []option
	Value   string
}

type option struct {
	Value, Label string
	Selected     bool
}

// sourceLine is a source in a list.
type sourceLine struct {
	URL, Title, Kind string
	Publishers       []link
	Published        date
	Unpublished      bool
}

// entityLine is an entity in a list.
type entityLine struct {
	Link    link
	Summary string
}

// choice makes a filter of codes, with their labels.
func choice(values url.Values, name, label string, codes []models.Code) filter {
	f := filter{Name: name, Label: label, Value: values.Get(name), Options: []option{{"", "Any", values.Get(name) == ""}}}
	for _, code := range codes {
		f.Options = append(f.Options, option{code.Code, code.Label, values.Get(name) == code.Code})
	}
	return f
}

// text makes a filter that is typed: an entity's slug.
func text(values url.Values, name, label string) filter {
	return filter{Name: name, Label: label, Value: values.Get(name)}
}

// active lists the filters in force.
func active(path string, values url.Values, filters []filter) []link {
	var links []link
	for _, f := range filters {
		if f.Value == "" {
			continue
		}
		without := copyValues(values)
		without.Del(f.Name)
		without.Del("cursor")
		address := path
		if len(without) > 0 {
			address += "?" + without.Encode()
		}
		shown := f.Value
		for _, o := range f.Options {
			if o.Value == f.Value {
				shown = o.Label
			}
		}
		links = append(links, link{URL: address, Name: f.Label + ": " + shown})
	}
	return links
}

// list reads a page of a list and the parts that all lists share.
func (p *Pages) list(c *gin.Context, t models.RecordType, path, heading, intro string, fixed map[string]string, filters ...filter) (*listPage, services.Page, error) {
	q, err := listQuery(c, t)
	if err != nil {
		return nil, services.Page{}, err
	}
	values := withoutEmpty(c.Request.URL.Query())
	for name, value := range fixed {
		q.Filters[name] = []string{value}
		values.Set(name, value)
	}
	page, err := p.services.List(c.Request.Context(), models.Actor{}, t, q)
	if err != nil {
		return nil, page, err
	}
	data := &listPage{layout: p.layout(c, heading, q.Moment, changeDays(page.Records)), Heading: heading, Intro: intro, Filters: filters, Next: nextPage(c, page.Next), Empty: len(page.Records) == 0}
	data.API = apiAddress(path, values)
	data.Active = active(c.Request.URL.Path, withoutEmpty(c.Request.URL.Query()), filters)
	return data, page, nil
}

func (p *Pages) supplies(c *gin.Context) (view, error) {
	values := c.Request.URL.Query()
	data, page, err := p.list(c, models.TypeRelationship, "/relationships", "Supplies",
		"Every link between a service and the unit that it is supplied to, with its status on the day asked about.",
		map[string]string{"type": string(models.SuppliedTo)},
		choice(values, "status", "Status", models.StatusesOf(models.SubjectSupply).Codes), choice(values, "purpose", "Said to be used for", models.Purposes().Codes),
		choice(values, "verification", "Verification", models.Verifications().Codes), text(values, "party", "Company, service or unit (short name, as in its address)"))
	if err != nil {
		return view{}, err
	}
	s := showingOf(page, services.Moment{AsOf: asOf(c), KnownAt: knownAt(c)})
	data.Supplies, err = p.withCompanies(c, page, s)
	return view{template: "supplies", data: data}, err
}

// withCompanies adds to supplies the companies that provide their services, in one query.
func (p *Pages) withCompanies(c *gin.Context, page services.Page, s showing) ([]supplyLine, error) {
	var offered []string
	for _, r := range page.Records {
		if d, ok := r.Document.(*models.Relationship); ok && d.Type == models.SuppliedTo && !slices.Contains(offered, d.Subject.String()) {
			offered = append(offered, d.Subject.String())
		}
	}
	companies := map[string][]link{}
	if len(offered) > 0 {
		q := services.Query{Filters: map[string][]string{"type": {string(models.Provides)}, "object": offered}, Limit: 500}
		provided, err := p.services.List(c.Request.Context(), models.Actor{}, models.TypeRelationship, q)
		if err != nil {
			return nil, err
		}
		providers := showing{refs: provided.Refs, day: provided.AsOf, moment: s.moment}
		for _, r := range provided.Records {
			d := r.Document.(*models.Relationship)
			companies[d.Object.String()] = append(companies[d.Object.String()], providers.link(d.Subject))
		}
	}

	var lines []supplyLine
	for _, r := range page.Records {
		line := s.supply(r)
		if len(line.Company) == 0 {
			line.Company = companies[r.Document.(*models.Relationship).Subject.String()]
		}
		lines = append(lines, line)
	}
	return lines, nil
}

func (p *Pages) statusChanges(c *gin.Context) (view, error) {
	values := c.Request.URL.Query()
	data, page, err := p.list(c, models.TypeStatusChange, "/status-changes", "Status changes", "Dated steps in the life of supplies, positions, inquiries and questions, latest first.", nil,
		choice(values, "subject", "Of what", subjectCodes()), choice(values, "status", "To which status", statusCodes()),
		choice(values, "verification", "Verification", models.Verifications().Codes), text(values, "party", "Company, service or unit (short name)"))
	if err != nil {
		return view{}, err
	}
	s := showingOf(page, services.Moment{AsOf: asOf(c), KnownAt: knownAt(c)})
	for _, r := range page.Records {
		data.Changes = append(data.Changes, s.change(r))
	}
	return view{template: "changes", data: data}, nil
}

func subjectCodes() []models.Code {
	var list []models.Code
	for _, subject := range models.StatusSubjects() {
		list = append(list, models.Code{Code: string(subject), Label: strings.ReplaceAll(string(subject), "_", " ")})
	}
	return list
}

func statusCodes() []models.Code {
	var list []models.Code
	for _, code := range models.AllStatuses() {
		list = append(list, models.Code{Code: code, Label: strings.ReplaceAll(code, "_", " ")})
	}
	return list
}

func (p *Pages) claims(c *gin.Context) (view, error) {
	values := c.Request.URL.Query()
	data, page, err := p.list(c, models.TypeClaim, "/claims", "Claims and answers", "Who says what, and what was answered, latest first. An allegation is what its speaker says; it stands here with its source.", nil,
		choice(values, "stance", "Stance", models.Stances().Codes), choice(values, "unanswered", "Without an answer", []models.Code{{Code: "true", Label: "Yes"}, {Code: "false", Label: "No"}}),
		choice(values, "purpose", "Speaks of", models.Purposes().Codes), text(values, "party", "Company, service or unit (short name)"))
	if err != nil {
		return view{}, err
	}
	s := showingOf(page, services.Moment{AsOf: asOf(c), KnownAt: knownAt(c)})
	for _, r := range page.Records {
		data.Claims = append(data.Claims, s.claim(r))
	}
	return view{template: "claims", data: data}, nil
}

func (p *Pages) openItems(c *gin.Context) (view, error) {
	values := c.Request.URL.Query()
	data, page, err := p.list(c, models.TypeOpenItem, "/open-items", "Open questions, demands and commitments", "What was asked or promised, and whether an answer came.", nil,
		choice(values, "kind", "Kind", models.OpenItemKinds().Codes), choice(values, "unanswered", "Unanswered", []models.Code{{Code: "true", Label: "Yes"}, {Code: "false", Label: "No"}}),
		text(values, "addressee", "Addressed to (short name)"))
	if err != nil {
		return view{}, err
	}
	s := showingOf(page, services.Moment{AsOf: asOf(c), KnownAt: knownAt(c)})
	for _, r := range page.Records {
		data.Items = append(data.Items, s.item(r))
	}
	return view{template: "items", data: data}, nil
}

func (p *Pages) sources(c *gin.Context) (view, error) {
	values := c.Request.URL.Query()
	data, page, err := p.list(c, models.TypeSource, "/sources", "Sources", "The documents that the records cite, latest first.", nil,
		choice(values, "kind", "Kind", models.SourceKinds().Codes), text(values, "publisher", "Publisher (short name)"))
	if err != nil {
		return view{}, err
	}
	s := showingOf(page, services.Moment{AsOf: asOf(c), KnownAt: knownAt(c)})
	for _, r := range page.Records {
		data.Sources = append(data.Sources, s.source(r))
	}
	return view{template: "sources", data: data}, nil
}

func (s showing) source(r services.Record) sourceLine {
	d := r.Document.(*models.Source)
	return sourceLine{URL: "/sources/" + r.ID.String() + s.moment, Title: d.Title, Kind: models.SourceKinds().Label(d.Kind), Publishers: s.links(d.Publishers),
		Published: dateOf(d.Published), Unpublished: d.Unpublished}
}

func (p *Pages) entities(c *gin.Context) (view, error) {
	var kind models.EntityKind
	for k, plural := range plurals {
		if c.FullPath() == "/"+plural {
			kind = k
		}
	}
	return p.entityList(c, kind, strings.ToUpper(plurals[kind][:1])+plurals[kind][1:])
}

func (p *Pages) cases(c *gin.Context) (view, error) {
	return p.entityList(c, models.KindCase, "Cases")
}

func (p *Pages) entityList(c *gin.Context, kind models.EntityKind, heading string) (view, error) {
	code := models.EntityKinds().Codes[slices.IndexFunc(models.EntityKinds().Codes, func(c models.Code) bool { return c.Code == string(kind) })]
	data, page, err := p.list(c, models.TypeEntity, "/entities", heading, code.Definition, map[string]string{"kind": string(kind)})
	if err != nil {
		return view{}, err
	}
	s := showingOf(page, services.Moment{AsOf: asOf(c), KnownAt: knownAt(c)})
	for _, r := range page.Records {
		data.Entities = append(data.Entities, entityLine{s.link(r.ID), r.Document.(*models.Entity).Summary})
	}
	return view{template: "entities", data: data}, nil
}
