package frontend

import (
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// recordPage shows one link, status change, claim or open item with all that is known of it.
type recordPage struct {
	layout
	Type      string
	Retracted bool
	Line      *supplyLine
	Change    *changeLine
	Claim     *claimCard
	Item      *itemLine
	History   []changeLine
	Claims    []claimCard
	Revisions []revisionLine
}

// revisionLine is one version of a record.
type revisionLine struct {
	Version  int64
	Position int64
	When     string
	Day      string
	What     string
	Reason   string
	Author   string
}

func (p *Pages) record(c *gin.Context) (view, error) {
	m, err := services.ParseMoment(withoutEmpty(c.Request.URL.Query()))
	if err != nil {
		return view{}, err
	}
	id, kind, err := p.services.Find(c.Request.Context(), models.Actor{}, c.Param("id"))
	if err != nil {
		return view{}, err
	}
	switch {
	case kind == models.TypeEntity:
		return view{moved: "/entities/" + id.String()}, nil
	case kind == models.TypeSource:
		return view{moved: "/sources/" + id.String()}, nil
	case c.Param("id") != id.String():
		return view{moved: "/records/" + id.String()}, nil
	}
	page, err := p.services.Get(c.Request.Context(), models.Actor{}, kind, id.String(), m)
	if err != nil {
		return view{}, err
	}

	s := showingOf(page, m)
	r := page.Records[0]
	data := &recordPage{Type: models.RecordTypes().Label(string(kind)), Retracted: r.State == models.StateRetracted}
	paths := map[models.RecordType]string{models.TypeRelationship: "relationships", models.TypeStatusChange: "status-changes", models.TypeClaim: "claims", models.TypeOpenItem: "open-items"}
	switch kind {
	case models.TypeRelationship:
		line := s.supply(r)
		data.Line = &line
	case models.TypeStatusChange:
		line := s.change(r)
		data.Change = &line
	case models.TypeClaim:
		card := s.claim(r)
		data.Claim = &card
	case models.TypeOpenItem:
		line := s.item(r)
		data.Item = &line
	}
	days, err := p.addAround(c, data, id, m)
	if err != nil {
		return view{}, err
	}
	data.layout = p.layout(c, page.Refs[id].Label(), m, days)
	data.API = apiAddress("/"+paths[kind]+"/"+id.String(), momentValues(m))
	return view{template: "record", data: data}, nil
}

// addAround adds the record's status changes, the claims about it and answers to it, and its
// versions.
func (p *Pages) addAround(c *gin.Context, data *recordPage, id uuid.UUID, m services.Moment) ([]models.Day, error) {
	ctx := c.Request.Context()
	changes, err := p.services.List(ctx, models.Actor{}, models.TypeStatusChange, services.Query{Moment: m, Limit: 50, Filters: map[string][]string{"record": {id.String()}}})
	if err != nil {
		return nil, err
	}
	s := showingOf(changes, m)
	for _, r := range changes.Records {
		data.History = append(data.History, s.change(r))
	}
	for _, name := range []string{"about", "answers"} {
		claims, err := p.services.List(ctx, models.Actor{}, models.TypeClaim, services.Query{Moment: m, Limit: 50, Filters: map[string][]string{name: {id.String()}}})
		if err != nil {
			return nil, err
		}
		s := showingOf(claims, m)
		for _, r := range claims.Records {
			data.Claims = append(data.Claims, s.claim(r))
		}
	}

	revisions, err := p.services.Revisions(ctx, models.Actor{}, services.RevisionQuery{Record: &id, Limit: 100})
	if err != nil {
		return nil, err
	}
	for _, r := range revisions {
		line := revisionLine{Version: r.Version, Position: r.Position, When: r.At.Format("2 January 2006, 15:04 UTC"), Day: r.At.Format("2006-01-02T15:04:05Z"),
			What: models.Operations().Label(string(r.Op)), Reason: r.Reason, Author: r.Author}
		if r.Edit != "" {
			line.What += ": " + models.EditKinds().Label(string(r.Edit))
		}
		data.Revisions = append(data.Revisions, line)
	}
	return changeDays(changes.Records), nil
}

// sourcePage shows a document, its chain of origins and what rests on it.
type sourcePage struct {
	layout
	Source    sourceLine
	URL       string
	Authors   []string
	Language  string
	Summary   string
	Origins   []originLine
	Reporting []sourceLine
	Supplies  []supplyLine
	Changes   []changeLine
	Claims    []claimCard
	Items     []itemLine
}

type originLine struct {
	Link     link
	Examined bool
}

func (p *Pages) source(c *gin.Context) (view, error) {
	m, err := services.ParseMoment(withoutEmpty(c.Request.URL.Query()))
	if err != nil {
		return view{}, err
	}
	ctx := c.Request.Context()
	page, err := p.services.Get(ctx, models.Actor{}, models.TypeSource, c.Param("id"), m)
	if err != nil {
		return view{}, err
	}
	r := page.Records[0]
	if c.Param("id") != r.ID.String() {
		return view{moved: "/sources/" + r.ID.String()}, nil
	}

	s := showingOf(page, m)
	d := r.Document.(*models.Source)
	data := &sourcePage{Source: s.source(r), URL: d.URL, Authors: d.Authors, Language: d.Language, Summary: d.Summary}
	for _, origin := range d.ReportsOn {
		data.Origins = append(data.Origins, originLine{s.link(origin.Source), origin.Examined})
	}
	for kind, add := range map[models.RecordType]func(showing, services.Record){
		models.TypeRelationship: func(s showing, r services.Record) { data.Supplies = append(data.Supplies, s.supply(r)) },
		models.TypeStatusChange: func(s showing, r services.Record) { data.Changes = append(data.Changes, s.change(r)) },
		models.TypeClaim:        func(s showing, r services.Record) { data.Claims = append(data.Claims, s.claim(r)) },
		models.TypeOpenItem:     func(s showing, r services.Record) { data.Items = append(data.Items, s.item(r)) },
		models.TypeSource:       func(s showing, r services.Record) { data.Reporting = append(data.Reporting, s.source(r)) },
	} {
		name := "source"
		if kind == models.TypeSource {
			name = "reports_on"
		}
		resting, err := p.services.List(ctx, models.Actor{}, kind, services.Query{Moment: m, Limit: 100, Filters: map[string][]string{name: {r.ID.String()}}})
		if err != nil {
			return view{}, err
		}
		for _, record := range resting.Records {
			add(showingOf(resting, m), record)
		}
	}
	data.layout = p.layout(c, d.Title, m, nil)
	data.API = apiAddress("/sources/"+r.ID.String(), momentValues(m))
	return view{template: "source", data: data}, nil
}

// searchPage shows what a search found.
type searchPage struct {
	layout
	Query string
	Hits  []hitLine
	Asked bool
}

type hitLine struct {
	Link    link
	Type    string
	Matched string
	Summary string
}

func (p *Pages) search(c *gin.Context) (view, error) {
	data := &searchPage{Query: c.Query("q")}
	data.Title, data.Path = "Search", "/search"
	if data.Query == "" {
		return view{template: "search", data: data}, nil
	}
	hits, err := p.services.Search(c.Request.Context(), models.Actor{}, services.SearchQuery{Text: data.Query, Limit: 50})
	if err != nil {
		return view{}, err
	}
	data.Asked = true
	data.Title = "Search: " + data.Query
	values := c.Request.URL.Query()
	data.API = apiAddress("/search", values)
	s := showing{}
	for _, hit := range hits {
		line := hitLine{Link: s.refLink(hit.Ref), Type: models.RecordTypes().Label(string(hit.Type)), Summary: hit.Summary}
		if hit.Type == models.TypeEntity {
			line.Type = line.Link.Kind
		}
		if hit.Matched != hit.Name {
			line.Matched = hit.Matched
		}
		data.Hits = append(data.Hits, line)
	}
	return view{template: "search", data: data}, nil
}

// errorPage says what is wrong and where to go.
type errorPage struct {
	layout
	Message string
	Details []string
	Nearest string
}

// methodPage defines the words of the product.
type methodPage struct {
	layout
	Vocabularies []models.Vocabulary
}

func (p *Pages) method(_ *gin.Context) (view, error) {
	data := &methodPage{Vocabularies: models.Vocabularies()}
	data.Title, data.Path, data.API = "Method", "/method", "/api/v1/codes"
	return view{template: "method", data: data}, nil
}
