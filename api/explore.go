package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// Timeline is a page of what happened around an entity.
type Timeline struct {
	Data []any   `json:"data" doc:"Records of several types; record_type tells which."`
	Next *string `json:"next"`
	View
}

func (a *API) registerTimeline() {
	op := huma.Operation{Method: http.MethodGet, Path: "/entities/{id}/timeline", OperationID: "entity-timeline", Summary: "What happened around an entity, by day", Tags: []string{"entities"}}
	op.Parameters = append([]*huma.Param{
		parameter("type", "Record types.", models.RecordTypes().Values()...),
		parameter("day[gte]", "On or after this day."), parameter("day[lte]", "On or before this day."),
		parameter("sort", "day or -day; newest first when left out."),
	}, append(pageParameters(), momentParameters()...)...)
	huma.Register(a.huma, op, func(ctx context.Context, in *one) (*answer[Timeline], error) {
		q, err := services.ParseTimeline(in.values)
		if err != nil {
			return nil, a.failed(err)
		}
		size, err := a.sizeNow(ctx, q.Moment)
		if err != nil {
			return nil, err
		}
		page, err := a.services.Timeline(ctx, actorOf(ctx), in.ID, q)
		if err != nil {
			return nil, a.failed(err)
		}
		tag := in.listTag(sizeOf(page.Resolved, size), a.services.Today())
		if in.fresh(tag) {
			return nil, notModified(ctx, tag)
		}
		out := &answer[Timeline]{ETag: tag, CacheControl: caching(ctx), Body: Timeline{Data: make([]any, len(page.Records)), View: viewed(q.Moment, page.Resolved)}}
		v := viewOf(page)
		for i, record := range page.Records {
			out.Body.Data[i] = v.any(record)
		}
		out.Link, out.Body.Next = in.next(page.Next)
		return out, nil
	})
}

// Network is an entity's neighbourhood.
type Network struct {
	Nodes []Node `json:"nodes"`
	Links []Link `json:"links"`
	Cut   bool   `json:"cut" doc:"Whether there was more than the limit allowed."`
	View
}

// Node is an entity of a network.
type Node struct {
	Ref
	Distance int `json:"distance" doc:"Links from where the walk began."`
}

// Link is a relationship of a network.
type Link struct {
	ID      uuid.UUID `json:"id" format:"uuid"`
	Type    string    `json:"type"`
	Subject uuid.UUID `json:"subject" format:"uuid"`
	Object  uuid.UUID `json:"object" format:"uuid"`
	Status  string    `json:"status,omitempty"`
	Extent  string    `json:"status_extent,omitempty"`
	Start   *Date     `json:"start"`
	End     *Date     `json:"end"`
}

func (a *API) registerNetwork() {
	op := huma.Operation{Method: http.MethodGet, Path: "/entities/{id}/network", OperationID: "entity-network", Summary: "Who is tied to whom around an entity", Tags: []string{"entities"}}
	op.Parameters = append([]*huma.Param{
		numberParameter("depth", "How many links are walked, 1 to 3; 1 when left out."),
		parameter("types", "Types of relationship that are walked.", models.RelationshipTypes().Values()...),
		parameter("status", "Statuses on the day of the links that are walked; links without a status always are.", models.AllStatuses()...),
		parameter("expand", "Ids or slugs of further entities, a comma list, from which one link more is walked."),
		numberParameter("limit", "Most entities, 1 to 500; 150 when left out."),
	}, momentParameters()...)
	huma.Register(a.huma, op, func(ctx context.Context, in *one) (*answer[Network], error) {
		moment, err := services.ParseMoment(in.values, "depth", "types", "status", "expand", "limit")
		if err != nil {
			return nil, a.failed(err)
		}
		q := services.NetworkQuery{Moment: moment, Types: in.list("types"), Statuses: in.list("status"), Expand: in.list("expand")}
		for name, into := range map[string]*int{"depth": &q.Depth, "limit": &q.Limit} {
			n, err := in.number(name, 0)
			if err != nil {
				return nil, err
			}
			if in.values.Get(name) != "" && n == 0 {
				n = -1 // a zero that was asked for is out of bounds
			}
			*into = int(max(min(n, 1<<30), -1))
		}
		size, err := a.sizeNow(ctx, moment)
		if err != nil {
			return nil, err
		}
		n, err := a.services.Network(ctx, actorOf(ctx), in.ID, q)
		if err != nil {
			return nil, a.failed(err)
		}
		tag := in.listTag(sizeOf(n.Resolved, size), a.services.Today())
		if in.fresh(tag) {
			return nil, notModified(ctx, tag)
		}
		return &answer[Network]{ETag: tag, CacheControl: caching(ctx), Body: networkOf(moment, n)}, nil
	})
}

// registerPath mounts how two entities are tied.
func (a *API) registerPath() {
	op := huma.Operation{Method: http.MethodGet, Path: "/entities/{id}/path", OperationID: "entity-path", Summary: "The shortest paths of links to another entity", Tags: []string{"entities"}}
	op.Description = "Whichever way the links lead. No links: there is no path of that length; with cut: none was found among as many entities as are looked at."
	op.Parameters = append([]*huma.Param{
		parameter("to", "Id or slug of the other entity."),
		parameter("types", "Types of relationship that are walked.", models.RelationshipTypes().Values()...),
		parameter("status", "Statuses on the day of the links that are walked; links without a status always are.", models.AllStatuses()...),
		numberParameter("length", "Most links of a path, 1 to 6; 4 when left out."),
	}, momentParameters()...)
	op.Parameters[0].Required = true
	huma.Register(a.huma, op, func(ctx context.Context, in *one) (*answer[Network], error) {
		moment, err := services.ParseMoment(in.values, "to", "types", "status", "length")
		if err != nil {
			return nil, a.failed(err)
		}
		length, err := in.number("length", 4)
		if err != nil {
			return nil, err
		}
		if in.values.Get("to") == "" {
			const message = "Say to which entity the path is to lead: to=, its id or slug."
			return nil, newProblem(http.StatusBadRequest, message, ProblemField{Parameter: "to", Detail: message})
		}
		if length == 0 {
			length = -1 // a zero that was asked for is out of bounds
		}
		size, err := a.sizeNow(ctx, moment)
		if err != nil {
			return nil, err
		}
		q := services.PathQuery{Moment: moment, Types: in.list("types"), Statuses: in.list("status"), Length: int(max(min(length, 100), -1))}
		n, err := a.services.Path(ctx, actorOf(ctx), in.ID, in.values.Get("to"), q)
		if err != nil {
			return nil, a.failed(err)
		}
		tag := in.listTag(sizeOf(n.Resolved, size), a.services.Today())
		if in.fresh(tag) {
			return nil, notModified(ctx, tag)
		}
		return &answer[Network]{ETag: tag, CacheControl: caching(ctx), Body: networkOf(moment, n)}, nil
	})
}

func networkOf(m services.Moment, n services.Network) Network {
	wire := Network{Nodes: make([]Node, len(n.Nodes)), Links: make([]Link, len(n.Links)), Cut: n.Cut, View: viewed(m, n.Resolved)}
	for i, node := range n.Nodes {
		wire.Nodes[i] = Node{*refOf(node.Ref), node.Distance}
	}
	for i, l := range n.Links {
		wire.Links[i] = Link{l.ID, string(l.Type), l.Subject, l.Object, string(l.Status), string(l.Extent), dateOf(l.Start), dateOf(l.End)}
	}
	return wire
}

// registerCases mounts cases: how a reader enters the data. They are entities of the kind case.
func (a *API) registerCases() {
	cases := resource[Entity]{models.TypeEntity, "cases", view.entity}
	list := huma.Operation{Method: http.MethodGet, Path: "/cases", OperationID: "list-cases", Summary: "List cases", Tags: []string{"cases"}, Parameters: append(pageParameters(), momentParameters()...)}
	huma.Register(a.huma, list, func(ctx context.Context, in *struct{ request }) (*answer[List[Entity]], error) {
		if err := in.allow("limit", "cursor", "as_of", "known_at"); err != nil {
			return nil, err
		}
		return listRecords(ctx, a, cases, in.request, func(q services.Query) (services.Page, error) {
			q.Filters["kind"] = []string{string(models.KindCase)}
			return a.services.List(ctx, actorOf(ctx), models.TypeEntity, q)
		})
	})
	get := huma.Operation{Method: http.MethodGet, Path: "/cases/{id}", OperationID: "get-case", Summary: "Get one case with its members", Tags: []string{"cases"}, Parameters: momentParameters(includable[models.TypeEntity]...)}
	huma.Register(a.huma, get, func(ctx context.Context, in *one) (*answer[Entity], error) {
		out, err := getRecord(ctx, a, cases, in)
		if err == nil && out.Body.Kind != string(models.KindCase) {
			return nil, newProblem(http.StatusNotFound, "There is no case with this id or slug.")
		}
		return out, err
	})
}

// Hits are what a search found.
type Hits struct {
	Data    []Hit   `json:"data" doc:"Best first."`
	Next    *string `json:"next" doc:"Always null: a search gives its best hits alone."`
	LogSize int64   `json:"log_size"`
}

// Hit is one record that a search found.
type Hit struct {
	Ref
	Matched string  `json:"matched,omitempty" doc:"The name that matched best."`
	Summary string  `json:"summary,omitempty"`
	Score   float64 `json:"score" doc:"From 0 to 1; 1 is the very name."`
}

func (a *API) registerSearch() {
	op := huma.Operation{Method: http.MethodGet, Path: "/search", OperationID: "search", Summary: "Find records by name or words, best first", Tags: []string{"search"}}
	op.Parameters = []*huma.Param{
		parameter("q", "Names in any script, acronyms, beginnings, near spellings, words of texts."),
		parameter("type", "Record types.", models.RecordTypes().Values()...),
		parameter("kind", "Entity kinds, or the kinds of other records."),
		numberParameter("limit", "Most hits, 1 to 100; 20 when left out."),
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *struct{ request }) (*answer[Hits], error) {
		if err := in.allow("q", "type", "kind", "limit"); err != nil {
			return nil, err
		}
		limit, err := in.number("limit", 20)
		if err != nil {
			return nil, err
		}
		if limit < 1 || limit > 100 {
			limit = 101 // the services say what is possible
		}
		size, err := a.services.Size(ctx)
		if err != nil {
			return nil, a.failed(err)
		}
		tag := in.listTag(size, models.Day{})
		if in.fresh(tag) {
			return nil, notModified(ctx, tag)
		}
		hits, err := a.services.Search(ctx, actorOf(ctx), services.SearchQuery{Text: in.values.Get("q"), Types: in.list("type"), Kinds: in.list("kind"), Limit: int(limit)})
		if err != nil {
			return nil, a.failed(err)
		}
		out := &answer[Hits]{ETag: tag, CacheControl: caching(ctx), Body: Hits{Data: make([]Hit, len(hits)), LogSize: size}}
		for i, hit := range hits {
			out.Body.Data[i] = Hit{*refOf(hit.Ref), hit.Matched, hit.Summary, hit.Score}
		}
		return out, nil
	})
}

// Stats are totals over live records.
type Stats struct {
	Records   map[string]int64 `json:"records" doc:"By record type."`
	Entities  map[string]int64 `json:"entities" doc:"By kind."`
	Links     map[string]int64 `json:"relationships" doc:"By type."`
	Supplies  map[string]int64 `json:"supplies" doc:"Links of the type supplied_to, by status on the day."`
	OpenItems map[string]int64 `json:"open_items" doc:"By status on the day."`
	View
}

func (a *API) registerStats() {
	op := huma.Operation{Method: http.MethodGet, Path: "/stats", OperationID: "stats", Summary: "Totals", Tags: []string{"search"}, Parameters: momentParameters()}
	huma.Register(a.huma, op, func(ctx context.Context, in *struct{ request }) (*answer[Stats], error) {
		moment, err := services.ParseMoment(in.values)
		if err != nil {
			return nil, a.failed(err)
		}
		size, err := a.sizeNow(ctx, moment)
		if err != nil {
			return nil, err
		}
		s, err := a.services.Stats(ctx, moment)
		if err != nil {
			return nil, a.failed(err)
		}
		read := services.Resolved{AsOf: s.AsOf, Past: !moment.KnownAt.IsZero(), Size: s.Size}
		tag := in.listTag(sizeOf(read, size), a.services.Today())
		if in.fresh(tag) {
			return nil, notModified(ctx, tag)
		}
		return &answer[Stats]{ETag: tag, CacheControl: caching(ctx), Body: Stats{s.Records, s.Entities, s.Links, s.Supplies, s.OpenItems, viewed(moment, read)}}, nil
	})
}

// Codes are the vocabularies and the rules that are tables.
type Codes struct {
	Vocabularies []models.Vocabulary            `json:"vocabularies"`
	Joins        map[string]string              `json:"joins" doc:"Which kinds each relationship type may join."`
	Steps        map[string]map[string][]string `json:"steps" doc:"By subject and status: which statuses may follow."`
}

func (a *API) registerCodes() {
	codes := Codes{Vocabularies: models.Vocabularies(), Joins: map[string]string{}, Steps: map[string]map[string][]string{}}
	for _, code := range models.RelationshipTypes().Values() {
		codes.Joins[code] = models.RelationshipType(code).Ends()
	}
	for _, subject := range models.StatusSubjects() {
		codes.Steps[string(subject)] = map[string][]string{}
		for _, from := range models.StatusesOf(subject).Values() {
			next := []string{}
			for _, to := range subject.Next(models.Status(from)) {
				next = append(next, string(to))
			}
			codes.Steps[string(subject)][from] = next
		}
	}
	op := huma.Operation{Method: http.MethodGet, Path: "/codes", OperationID: "codes", Summary: "Every code with its label and definition", Tags: []string{"search"}}
	huma.Register(a.huma, op, func(_ context.Context, in *struct{ request }) (*answer[Codes], error) {
		if err := in.allow(); err != nil {
			return nil, err
		}
		return &answer[Codes]{CacheControl: "public, max-age=3600", Body: codes}, nil
	})
}
