package frontend

import (
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// sourcePage shows a document, its chain of origins and what rests on it.
type sourcePage struct {
	layout
	Source    sourceLine
	Retracted bool
	URL       string
	Authors   []string
	Language  string
	Summary   string
	Captures  []captureLine
	// LinkState says what the last look at the address found; nil where there was none.
	LinkState *linkState
	Origins   []originLine
	// CopyOf is the original of which it is a copy; nil for an original.
	CopyOf    *link
	Reporting []sourceLine
	Entities  []link
	Links     []linkLine
	Changes   []changeLine
	Claims    []claimCard
	Items     []itemLine
	// More are the whole lists of what rests on it, where the page cannot show them.
	More []link
}

// Rests reports whether anything rests on the source.
func (p *sourcePage) Rests() bool {
	return len(p.Entities)+len(p.Links)+len(p.Changes)+len(p.Claims)+len(p.Items) > 0
}

// originLine is a source on which another one reports.
type originLine struct {
	Link     link
	Examined bool
}

// mostResting bounds what a source's page shows of each type.
const mostResting = 50

func (p *Pages) source(c *gin.Context) (view, error) {
	m, err := moment(c)
	if err != nil {
		return view{}, err
	}
	if id, asked := strings.CutSuffix(c.Param("id"), ".json"); asked {
		return view{seeOther: apiAddress("/sources/"+id, momentValues(m))}, nil
	}
	page, err := p.services.Get(c.Request.Context(), models.Actor{}, models.TypeSource, c.Param("id"), m)
	if err != nil {
		return view{}, err
	}
	r := page.Records[0]
	if home := "/sources/" + r.ID.String(); c.Request.URL.Path != home {
		return view{moved: address(home, c.Request.URL.Query())}, nil
	}

	s := showingOf(page, m)
	d := r.Document.(*models.Source)
	data := &sourcePage{Source: s.source(r), Retracted: r.State == models.StateRetracted, URL: d.URL, Authors: d.Authors, Language: d.Language, Summary: d.Summary}
	data.Captures = captureLines(d, p.actor(c))
	if d.URL != "" {
		if data.LinkState, err = p.linkState(c, r.ID); err != nil {
			return view{}, err
		}
	}
	if d.CopyOf != nil {
		original := s.link(*d.CopyOf)
		data.CopyOf = &original
	}
	for _, origin := range d.ReportsOn {
		data.Origins = append(data.Origins, originLine{s.link(origin.Source), origin.Examined})
	}
	for _, kind := range models.RecordTypes().Values() {
		if err := p.addResting(c, data, models.RecordType(kind), r.ID.String(), m); err != nil {
			return view{}, err
		}
	}
	data.layout = p.layout(c, verbatim(d.Title), m, nil)
	data.Offers = p.offers(c, r)
	if err := p.addReplies(c, &data.layout, r.ID, m); err != nil {
		return view{}, err
	}
	data.API = apiAddress("/sources/"+r.ID.String(), momentValues(m))
	data.AsFiles = dataFiles("/sources/"+r.ID.String(), momentValues(m))[:1]
	return view{template: "source", data: data}, nil
}

// listPaths are the API's paths of lists.
var listPaths = map[models.RecordType]string{models.TypeEntity: "/entities", models.TypeRelationship: "/relationships", models.TypeStatusChange: "/status-changes",
	models.TypeClaim: "/claims", models.TypeSource: "/sources", models.TypeOpenItem: "/open-items"}

// addResting adds the records of a type that cite the source, or the sources that report on it.
func (p *Pages) addResting(c *gin.Context, data *sourcePage, kind models.RecordType, id string, m services.Moment) error {
	filter := "source"
	if kind == models.TypeSource {
		filter = "reports_on"
	}
	page, err := p.services.List(c.Request.Context(), models.Actor{}, kind, services.Query{Moment: m, Limit: mostResting, Filters: map[string][]string{filter: {id}}})
	if err != nil {
		return err
	}
	if page.Next != "" {
		data.More = append(data.More, link{URL: apiAddress(listPaths[kind], url.Values{filter: {id}}), Words: say(models.RecordTypes().Label(string(kind)))})
	}

	s := showingOf(page, m)
	if kind == models.TypeClaim {
		data.Claims, err = p.cards(c, m, page.Records, s)
		return err
	}
	for _, r := range page.Records {
		switch kind {
		case models.TypeEntity:
			data.Entities = append(data.Entities, s.link(r.ID))
		case models.TypeRelationship:
			data.Links = append(data.Links, s.line(r))
		case models.TypeStatusChange:
			data.Changes = append(data.Changes, s.change(r))
		case models.TypeOpenItem:
			data.Items = append(data.Items, s.item(r))
		case models.TypeSource:
			data.Reporting = append(data.Reporting, s.source(r))
		}
	}
	return nil
}
