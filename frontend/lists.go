package frontend

import (
	"maps"
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
	listTools
	Action  string
	Intro   *text
	Filters []filter
	// called are the names of the records that filters may name.
	called map[string]string
	// Hidden are the parameters that the form of the filters passes on.
	Hidden []field
	// Chips are the filters in force, each with the address without it.
	Chips    []chip
	Supplies []linkLine
	Changes  []changeLine
	Claims   []claimCard
	Items    []itemLine
	Sources  []sourceLine
	Entities []entityLine
	Next     string
	Empty    bool
	// InTheWay are the filters of an empty list without which something is there; Plain is the list
	// without any.
	InTheWay []dropped
	// Columns are those of the page's table, each with the address that shows or hides it; Hide are
	// those that are hidden.
	Columns []columnLink
	Hide    map[string]bool
	Plain   string
	// Matrix and Lanes are set on the pages that show supplies so; Views lead to each.
	Matrix *matrix
	Lanes  *lanes
	Views  []navLink
}

// Table is the page's table of supplies.
func (l *listPage) Table() supplySection {
	return supplySection{Heading: l.Title, Lines: l.Supplies, Hide: l.Hide}
}

// entityLine is an entity in a list.
type entityLine struct {
	Link    link
	Badge   *badge
	Stands  *mark
	Summary string
}

// list says what a page of a list shows, and how it is filtered.
type list struct {
	kind models.RecordType
	// path is the API's.
	path, template string
	title, intro   *text
	// limit is how many records a page has; 0 for as many as the API's.
	limit int
	// own are parameters that the page reads itself.
	own []string
	// fixed are filters that the page sets.
	fixed   url.Values
	filters []filter
	fill    func(data *listPage, page services.Page, m services.Moment) error
}

// query is what a page with these parameters asks for.
func (l list) query(values url.Values) (services.Query, error) {
	narrowing := maps.Clone(values)
	for _, name := range l.own {
		narrowing.Del(name)
	}
	q, err := services.ParseQuery(l.kind, narrowing)
	if err != nil {
		return q, err
	}
	if l.limit > 0 && values.Get("limit") == "" {
		q.Limit = l.limit
	}
	maps.Copy(q.Filters, l.fixed)
	return q, nil
}

// list reads a page of a list by the API's parameters.
func (p *Pages) list(c *gin.Context, l list) (view, error) {
	settled, err := p.settleNames(c, l.filters)
	if settled != "" || err != nil {
		return view{moved: settled}, err
	}
	values := c.Request.URL.Query()
	q, err := l.query(values)
	if err != nil {
		return view{}, err
	}
	asking := firstPage(without(values, l.own...))
	if q.Cursor != "" {
		asking.Set("cursor", q.Cursor)
	}
	maps.Copy(asking, l.fixed)
	counting, err := p.services.FacetsSoon(c.Request.Context(), models.Actor{}, l.kind, q, facetsOf[l.kind])
	if err != nil {
		return view{}, err
	}
	path := c.Request.URL.Path
	data := &listPage{Action: path, Intro: l.intro, Filters: l.filters, Hidden: hidden(values, asked(l.filters)...)}
	var page services.Page
	var amid surroundings
	err = beside(
		func() (err error) {
			if page, err = p.services.List(c.Request.Context(), models.Actor{}, l.kind, q); err != nil {
				return err
			}
			return l.fill(data, page, q.Moment)
		},
		func() error { amid = p.surround(c, q.Moment); return nil })
	if err != nil {
		return view{}, err
	}

	data.layout, data.Empty = p.layoutAmid(c, l.title, q.Moment, changeDays(page.Records), amid), len(page.Records) == 0
	called := calledIn(page.Refs)
	data.called, data.Chips, data.Filters = called, chips(path, values, l.filters, called), callFilters(data.Filters, called)
	data.API = apiAddress(l.path, asking)
	data.Views = supplyViews(path, values)
	if page.Next != "" {
		next := firstPage(values)
		next.Set("cursor", page.Next)
		data.Next = address(path, next)
	}
	if data.Empty && len(data.Chips) > 0 {
		if data.InTheWay, err = p.inTheWay(c, l, data.Chips); err != nil {
			return view{}, err
		}
		data.Plain = address(path, momentValues(q.Moment))
	}
	data.Offers = p.watchList(c, string(l.kind), asking)
	err = p.addTools(c, data, l, q, values, counting)
	return view{template: l.template, data: data, passing: data.Uncounted}, err
}

// supplyViews are the pages that show the same supplies; none for other lists.
func supplyViews(path string, values url.Values) []navLink {
	views := []navLink{{URL: "/supplies", Name: say("Table")}, {URL: "/supplies/matrix", Name: say("Matrix")}, {URL: "/timeline", Name: say("Timeline")}}
	if !slices.ContainsFunc(views, func(v navLink) bool { return v.URL == path }) {
		return nil
	}
	values = without(values, "day[gte]", "day[lte]", "limit", "columns")
	for i := range views {
		views[i].Current = views[i].URL == path
		views[i].URL = address(views[i].URL, values)
	}
	return views
}

// changeDays are the days on which status changes took effect or were announced.
func changeDays(records []services.Record) []models.Day {
	var days []models.Day
	for _, r := range records {
		if d, ok := r.Document.(*models.StatusChange); ok {
			for _, day := range []models.Day{d.Effective.Latest, d.Announced.Latest} {
				if !day.IsZero() {
					days = append(days, day)
				}
			}
		}
	}
	return days
}

func (p *Pages) supplies(c *gin.Context) (view, error) {
	l := p.supplyList(c)
	l.own = []string{"columns"}
	columns, hide, err := supplyColumns(c.Request.URL.Path, c.Request.URL.Query())
	if err != nil {
		return view{}, err
	}
	l.fill = func(data *listPage, page services.Page, m services.Moment) (err error) {
		data.Columns, data.Hide = columns, hide
		data.Supplies, err = p.supplyLines(c, page, m)
		return err
	}
	return p.list(c, l)
}

// supplyList is the list of supplies, whatever a page makes of it.
func (p *Pages) supplyList(c *gin.Context) list {
	values := c.Request.URL.Query()
	return list{
		kind: models.TypeRelationship, path: "/relationships", title: say("Supplies"), template: "supplies",
		intro: say("Every link between a service and the unit that it is said to be supplied to, with its status on the day shown, and who says so."),
		fixed: url.Values{"type": {string(models.SuppliedTo)}},
		filters: []filter{named(values, "party", say("Company, service or unit")), choice(values, "status", say("Status"), models.StatusesOf(models.SubjectSupply).Codes),
			choice(values, "purpose", say("Said to be used for"), models.Purposes().Codes), choice(values, "verification", say("How well the supply itself is established"), models.Verifications().Codes),
			choice(values, "status_verification", say("How well its status is established"), models.Verifications().Codes)},
	}
}

func (p *Pages) statusChanges(c *gin.Context) (view, error) {
	values := c.Request.URL.Query()
	return p.list(c, list{
		kind: models.TypeStatusChange, path: "/status-changes", title: say("Status changes"), template: "changes",
		intro: say("Dated steps in the life of supplies, positions, inquiries and questions, latest first."),
		filters: []filter{named(values, "party", say("Company, service or unit")), choice(values, "subject", say("Of what"), subjectCodes()),
			choice(values, "status", say("To which status"), statusCodes()), choice(values, "verification", say("How well established"), models.Verifications().Codes)},
		fill: func(data *listPage, page services.Page, m services.Moment) error {
			s := showingOf(page, m)
			for _, r := range page.Records {
				data.Changes = append(data.Changes, s.change(r))
			}
			return nil
		},
	})
}

// subjectLabels name what has a status.
var subjectLabels = map[models.StatusSubject]*text{models.SubjectSupply: say("Supply"), models.SubjectPosition: say("Position"), models.SubjectContract: say("Contract"),
	models.SubjectInquiry: say("Inquiry"), models.SubjectQuestion: say("Question"), models.SubjectDemand: say("Demand"), models.SubjectCommitment: say("Commitment")}

func subjectCodes() []models.Code {
	var list []models.Code
	for _, subject := range models.StatusSubjects() {
		list = append(list, models.Code{Code: string(subject), Label: subjectLabels[subject].key})
	}
	return list
}

func statusCodes() []models.Code {
	var list []models.Code
	for _, code := range models.AllStatuses() {
		label := strings.ReplaceAll(code, "_", " ")
		list = append(list, models.Code{Code: code, Label: strings.ToUpper(label[:1]) + label[1:]})
	}
	return list
}

func (p *Pages) claims(c *gin.Context) (view, error) {
	values := c.Request.URL.Query()
	return p.list(c, list{
		kind: models.TypeClaim, path: "/claims", title: say("Claims and answers"), template: "claims",
		intro: say("Who says what, and what was answered, latest first. An allegation is what its speaker says; it stands here with its source."),
		filters: []filter{named(values, "party", say("Company, service or unit")), choice(values, "stance", say("How it speaks"), stanceCodes()),
			choice(values, "unanswered", say("Without an answer"), yesNo), choice(values, "denied_then_admitted", say("Denied, then admitted"), yesNo), choice(values, "purpose", say("Use that it speaks of"), models.Purposes().Codes)},
		fill: func(data *listPage, page services.Page, m services.Moment) (err error) {
			data.Claims, err = p.cards(c, m, page.Records, showingOf(page, m))
			return err
		},
	})
}

func stanceCodes() []models.Code {
	codes := slices.Clone(models.Stances().Codes)
	for i := range codes {
		codes[i].Label = stanceLabels[models.Stance(codes[i].Code)].label.key
	}
	return codes
}

func (p *Pages) openItems(c *gin.Context) (view, error) {
	values := c.Request.URL.Query()
	return p.list(c, list{
		kind: models.TypeOpenItem, path: "/open-items", title: say("Questions, demands and commitments"), template: "items",
		intro: say("What was asked or promised, and whether an answer came."),
		filters: []filter{named(values, "addressee", say("Addressed to")), choice(values, "kind", say("Kind"), models.OpenItemKinds().Codes),
			choice(values, "unanswered", say("Without an answer"), yesNo)},
		fill: func(data *listPage, page services.Page, m services.Moment) error {
			s := showingOf(page, m)
			for _, r := range page.Records {
				data.Items = append(data.Items, s.item(r))
			}
			return nil
		},
	})
}

func (p *Pages) sources(c *gin.Context) (view, error) {
	values := c.Request.URL.Query()
	return p.list(c, list{
		kind: models.TypeSource, path: "/sources", title: say("Sources"), template: "sources",
		intro:   say("The documents that the records cite, latest first."),
		filters: []filter{named(values, "publisher", say("Publisher")), choice(values, "kind", say("Kind"), models.SourceKinds().Codes)},
		fill: func(data *listPage, page services.Page, m services.Moment) error {
			s := showingOf(page, m)
			for _, r := range page.Records {
				data.Sources = append(data.Sources, s.source(r))
			}
			return nil
		},
	})
}

// kindTitles are the headings of lists of entities.
var kindTitles = map[models.EntityKind]*text{
	models.KindCompany: say("Companies"), models.KindUnit: say("Units"), models.KindService: say("Services"), models.KindSystem: say("Systems"),
	models.KindPerson: say("People"), models.KindGroup: say("Groups"), models.KindOrganization: say("Organizations"), models.KindContract: say("Contracts"),
	models.KindFacility: say("Facilities"), models.KindEvent: say("Events"), models.KindInquiry: say("Inquiries"), models.KindCase: say("Cases"),
}

// entitiesOf lists the entities of a kind.
func (p *Pages) entitiesOf(kind models.EntityKind) func(*gin.Context) (view, error) {
	code := models.EntityKinds().Codes[slices.Index(models.EntityKinds().Values(), string(kind))]
	return func(c *gin.Context) (view, error) {
		values := c.Request.URL.Query()
		l := list{kind: models.TypeEntity, path: "/entities", title: kindTitles[kind], intro: say(code.Definition), template: "entities",
			fixed: url.Values{"kind": {string(kind)}}, filters: []filter{choice(values, "identity", say("Identity"), models.Identities().Codes)}}
		if kind == models.KindCase {
			l.filters = nil
		}
		l.fill = func(data *listPage, page services.Page, m services.Moment) error {
			s := showingOf(page, m)
			for _, r := range page.Records {
				data.Entities = append(data.Entities, entityLine{s.link(r.ID), s.badge(r), s.statusMark(r), r.Document.(*models.Entity).Summary})
			}
			return nil
		}
		return p.list(c, l)
	}
}
