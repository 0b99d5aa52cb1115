package frontend

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// embedPolicy lets any site show a card in a frame. A card has no script, no form and no cookie.
const embedPolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors *"

// embedPage is a card or a chart for the pages of others.
type embedPage struct {
	layout
	// Page is where the whole of it can be seen.
	Page link
	Kind string
	// Supplies, Line, Change, Claim, Item, Drawing, Matrix and Lanes are what is shown; one of them
	// is set.
	Supplies []linkLine
	Line     *linkLine
	Change   *changeLine
	Claim    *claimCard
	Item     *itemLine
	Drawing  *diagram
	Matrix   *matrix
	Lanes    *lanes
	AsOf     models.Day
	// More counts the supplies that are not shown; with EvenMore there are others beside them.
	More     int
	EvenMore bool
}

// mostEmbedded bounds the supplies of a card.
const mostEmbedded = 6

// embeds lists the cards and charts.
func (p *Pages) embeds(router *gin.Engine) {
	for path, build := range map[string]func(*gin.Context) (*embedPage, error){"/embed/records/:id": p.embedRecord, "/embed/entities/:id": p.embedRecord, "/embed/network": p.embedNetwork,
		"/embed/matrix": p.embedMatrix, "/embed/timeline": p.embedTimeline} {
		for _, l := range p.languages {
			router.Match([]string{http.MethodGet, http.MethodHead}, l.prefix+path, p.embed(build))
		}
	}
}

// embed makes a handler of a card. Nothing that knows a reader is asked.
func (p *Pages) embed(build func(*gin.Context) (*embedPage, error)) gin.HandlerFunc {
	handler := p.document(func(c *gin.Context) (string, []byte, error) {
		l := p.languageOf(c)
		data, err := build(c)
		if err != nil {
			return "", nil, err
		}
		data.Page.URL = p.siteOf(c.Request) + p.translatedAddress(l, data.Page.URL)
		var out bytes.Buffer
		if err := p.templates[l.Code].ExecuteTemplate(&out, "layout of embed", data); err != nil {
			return "", nil, fmt.Errorf("render a card: %w", err)
		}
		return "text/html; charset=utf-8", p.translateLinks(l, out.Bytes()), nil
	})
	return func(c *gin.Context) {
		c.Set("policy", embedPolicy)
		handler(c)
	}
}

func (p *Pages) embedRecord(c *gin.Context) (*embedPage, error) {
	m, err := moment(c)
	if err != nil {
		return nil, err
	}
	page, err := p.services.Get(c.Request.Context(), models.Actor{}, "", c.Param("id"), m)
	if err != nil {
		return nil, err
	}
	r, s := page.Records[0], showingOf(page, m)
	data := &embedPage{AsOf: page.AsOf, Kind: models.RecordTypes().Label(string(r.Type)), Page: s.refLink(page.Refs[r.ID])}
	switch d := r.Document.(type) {
	case *models.Entity:
		data.Kind = models.EntityKinds().Label(string(d.Kind))
		return data, p.embedSupplies(c, data, r, m)
	case *models.Relationship:
		line := s.line(r)
		data.Line = &line
	case *models.StatusChange:
		line := s.change(r)
		data.Change = &line
	case *models.Claim:
		cards, err := p.cards(c, m, page.Records, s)
		if err != nil {
			return nil, err
		}
		data.Claim = &cards[0]
	case *models.OpenItem:
		line := s.item(r)
		data.Item = &line
	default:
		return nil, models.Errorf(models.ErrNotFound, "A source has no card of its own; show what rests on it.")
	}
	return data, nil
}

func (p *Pages) embedSupplies(c *gin.Context, data *embedPage, entity services.Record, m services.Moment) error {
	page, err := p.involved(c, entity.ID.String(), m, mostSupplied, string(models.SuppliedTo))
	if err != nil {
		return err
	}
	lines, err := p.supplyLines(c, page, m)
	if err != nil {
		return err
	}
	sortByStatus(lines)
	data.More, data.EvenMore = max(0, len(lines)-mostEmbedded), page.Next != ""
	data.Supplies = lines[:min(len(lines), mostEmbedded)]
	return nil
}

// embedNetwork is the drawing of a network, for the page's own parameters.
func (p *Pages) embedNetwork(c *gin.Context) (*embedPage, error) {
	values := c.Request.URL.Query()
	q, err := parseNetwork(values)
	if err != nil {
		return nil, err
	}
	n, err := p.networkOf(c, q)
	if err != nil {
		return nil, err
	}
	page := &networkPage{}
	page.fill(values, q, n)
	return &embedPage{Kind: "Network", Page: link{URL: address("/network", values), Words: say("Network")}, Drawing: page.Drawing, AsOf: n.AsOf}, nil
}

// embedMatrix is the matrix of supplies, for the parameters of its page.
func (p *Pages) embedMatrix(c *gin.Context) (*embedPage, error) {
	page, m, err := p.embeddedSupplies(c, matrixSupplies)
	if err != nil {
		return nil, err
	}
	lines, err := p.supplyLines(c, page, m)
	if err != nil {
		return nil, err
	}
	return &embedPage{Kind: "Supplies", Page: link{URL: address("/supplies/matrix", c.Request.URL.Query()), Words: say("Supplies as a matrix")},
		Matrix: matrixOf(page.Records, lines, m), AsOf: page.AsOf}, nil
}

// embedTimeline is supplies drawn over time, for the parameters of their page.
func (p *Pages) embedTimeline(c *gin.Context) (*embedPage, error) {
	values := c.Request.URL.Query()
	from, to, err := stretch(values)
	if err != nil {
		return nil, err
	}
	page, m, err := p.embeddedSupplies(c, lanesOnPage)
	if err != nil {
		return nil, err
	}
	drawn, err := p.draw(c, page, m, from, to)
	if err != nil {
		return nil, err
	}
	return &embedPage{Kind: "Supplies", Page: link{URL: address("/timeline", values), Words: say("Timeline of supplies")}, Lanes: drawn, AsOf: page.AsOf}, nil
}

// embeddedSupplies reads the supplies that a chart shows.
func (p *Pages) embeddedSupplies(c *gin.Context, most int) (services.Page, services.Moment, error) {
	l := p.supplyList(c)
	l.own, l.limit = []string{"day[gte]", "day[lte]"}, most
	q, err := l.query(firstPage(c.Request.URL.Query()))
	if err != nil {
		return services.Page{}, q.Moment, err
	}
	page, err := p.services.List(c.Request.Context(), models.Actor{}, l.kind, q)
	return page, q.Moment, err
}

// embedPath is the address of the card of what a page shows; "" where it has none.
func embedPath(path string, values url.Values) string {
	keep := []string{"as_of", "known_at"}
	folder, name, _ := strings.Cut(strings.Trim(path, "/"), "/")
	_, entity := kindOfFolder(folder)
	found := ""
	switch {
	case path == "/network":
		found, keep = "/embed/network", append(keep, networkParameters...)
	case path == "/timeline":
		found, keep = "/embed/timeline", slices.Sorted(maps.Keys(without(values, "cursor")))
	case path == "/supplies/matrix":
		found, keep = "/embed/matrix", slices.Sorted(maps.Keys(without(values, "cursor")))
	case name == "" || strings.Contains(name, "/"):
	case entity || folder == "entities":
		found = "/embed/entities/" + name
	case slices.Contains([]string{"records"}, folder):
		found = "/embed/records/" + name
	}
	if found == "" {
		return ""
	}
	return address(found, only(values, keep...))
}
