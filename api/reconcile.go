package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// The reconciliation service of W3C's community group, version 0.2, as OpenRefine speaks it:
// https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/
// It matches the cells of a spreadsheet with entities. It is no part of the OpenAPI document: the
// specification is the document, and its manifest says the rest.

// mostQueries bounds one batch.
const mostQueries = 50

type reconcileQuery struct {
	Query      string `json:"query"`
	Type       any    `json:"type"`
	Limit      int    `json:"limit"`
	Properties []struct {
		PID   string `json:"pid"`
		Value any    `json:"v"`
	} `json:"properties"`
}

type reconcileType struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type reconcileCandidate struct {
	ID          string             `json:"id"`
	Name        string             `json:"name"`
	Description string             `json:"description,omitempty"`
	Score       float64            `json:"score"`
	Match       bool               `json:"match"`
	Features    []reconcileFeature `json:"features,omitempty"`
	Type        []reconcileType    `json:"type"`
}

type reconcileFeature struct {
	ID    string `json:"id"`
	Value any    `json:"value"`
}

// mountReconciliation mounts the service. Its routes answer GET alone, and POST for batches, which
// writes nothing.
func (a *API) mountReconciliation(group *gin.RouterGroup) {
	group.GET("/reconcile", a.reconcile)
	group.POST("/reconcile", a.reconcile)
	group.GET("/reconcile/suggest/:what", a.reconcileSuggest)
	group.GET("/reconcile/preview/:id", a.reconcilePreview)
}

func (a *API) reconcileManifest(site string) map[string]any {
	base := site + Prefix + "/reconcile"
	suggest := func(what string) map[string]string {
		return map[string]string{"service_url": base, "service_path": "/suggest/" + what}
	}
	types := []reconcileType{}
	for _, code := range models.EntityKinds().Codes {
		types = append(types, reconcileType{code.Code, code.Label})
	}
	return map[string]any{
		"versions": []string{"0.2"}, "name": "Plumbline", "identifierSpace": site + "/entities/", "schemaSpace": site + Prefix + "/codes",
		"defaultTypes": types, "view": map[string]string{"url": site + "/entities/{{id}}"}, "batchSize": mostQueries,
		"preview": map[string]any{"url": base + "/preview/{{id}}", "width": 400, "height": 180},
		"suggest": map[string]any{"entity": suggest("entity"), "type": suggest("type"), "property": suggest("property")},
	}
}

// reconcile answers with the manifest, or with candidates for a batch of queries.
func (a *API) reconcile(c *gin.Context) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, mostBody)
	text := c.Query("queries")
	if c.Request.Method == http.MethodPost {
		text = c.PostForm("queries")
	}
	if text == "" {
		if c.Request.Method == http.MethodPost {
			WriteProblem(c, newProblem(http.StatusBadRequest, "Send the queries as the field \"queries\" of a form."))
			return
		}
		c.JSON(http.StatusOK, a.reconcileManifest(siteOf(c.Request)))
		return
	}
	var queries map[string]reconcileQuery
	if err := json.Unmarshal([]byte(text), &queries); err != nil {
		WriteProblem(c, newProblem(http.StatusBadRequest, "The queries are no JSON object of queries: {\"q0\": {\"query\": \"…\"}}."))
		return
	}
	if len(queries) > mostQueries {
		WriteProblem(c, newProblem(http.StatusBadRequest, fmt.Sprintf("A batch has at most %d queries.", mostQueries)))
		return
	}
	answers := map[string]map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(queries)) {
		candidates, err := a.candidates(c.Request.Context(), queries[key])
		if err != nil {
			a.refuse(c, err)
			return
		}
		answers[key] = map[string]any{"result": candidates}
	}
	c.JSON(http.StatusOK, answers)
}

// candidates finds entities for one query: by identifier where it is one, by name otherwise. A
// name alone is a match only when it is the only one with that very name, of the kind asked for.
func (a *API) candidates(ctx context.Context, q reconcileQuery) ([]reconcileCandidate, error) {
	kinds := kindsOf(q.Type)
	found := []reconcileCandidate{}
	if len(kinds) == 0 && q.Type != nil && q.Type != "" {
		return found, nil // a type that nothing here is of
	}
	for _, p := range q.Properties {
		if value, ok := p.Value.(string); ok && p.PID != "country" {
			q.Query = cmpOr(q.Query, value)
			if byID, err := a.byIdentifier(ctx, p.PID+":"+value, kinds); err != nil || len(byID) > 0 {
				return byID, err
			}
		}
	}
	if strings.TrimSpace(models.Fold(q.Query)) == "" {
		return found, nil
	}
	if scheme, _, ok := strings.Cut(q.Query, ":"); ok && scheme != "" {
		if byID, err := a.byIdentifier(ctx, q.Query, kinds); err != nil || len(byID) > 0 {
			return byID, err
		}
	}
	if letters := []rune(q.Query); len(letters) > 200 {
		q.Query = string(letters[:200])
	}
	hits, err := a.services.Search(ctx, actorOf(ctx), services.SearchQuery{Text: q.Query, Types: []string{string(models.TypeEntity)}, Kinds: kinds, Limit: min(max(q.Limit, 10), 50)})
	if err != nil {
		return nil, err
	}
	exact := 0
	for _, hit := range hits {
		if hit.Score == 1 {
			exact++
		}
	}
	for _, hit := range hits {
		found = append(found, reconcileCandidate{ID: hit.ID.String(), Name: hit.Name, Description: hit.Summary, Score: math.Round(hit.Score*1000) / 10,
			Match: hit.Score == 1 && exact == 1 && len(kinds) == 1, Type: typeOf(hit.Kind), Features: []reconcileFeature{{"name", math.Round(hit.Score*1000) / 1000}}})
	}
	if q.Limit > 0 && len(found) > q.Limit {
		found = found[:q.Limit]
	}
	return found, nil
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func typeOf(kind string) []reconcileType {
	return []reconcileType{{kind, models.EntityKinds().Label(kind)}}
}

// kindsOf reads the type of a query: one, or a list of them.
func kindsOf(value any) []string {
	var kinds []string
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	for _, one := range list {
		switch one := one.(type) {
		case string:
			if models.EntityKinds().Has(one) {
				kinds = append(kinds, one)
			}
		case map[string]any:
			if id, ok := one["id"].(string); ok && models.EntityKinds().Has(id) {
				kinds = append(kinds, id)
			}
		}
	}
	return kinds
}

func (a *API) byIdentifier(ctx context.Context, text string, kinds []string) ([]reconcileCandidate, error) {
	scheme, value, _ := strings.Cut(text, ":")
	identifier := models.Identifier{Scheme: strings.ToLower(strings.TrimSpace(scheme)), Value: strings.TrimSpace(value)}
	owners, err := a.services.EntitiesByIdentifier(ctx, []models.Identifier{identifier})
	if err != nil {
		return nil, err
	}
	id, ok := owners[identifier]
	if !ok {
		return nil, nil
	}
	page, err := a.services.Get(ctx, actorOf(ctx), models.TypeEntity, id.String(), services.Moment{})
	if err != nil {
		return nil, err
	}
	record := page.Records[0]
	e := record.Document.(*models.Entity)
	if record.State != models.StateLive || len(kinds) > 0 && !slices.Contains(kinds, string(e.Kind)) {
		return nil, nil
	}
	return []reconcileCandidate{{ID: record.ID.String(), Name: e.Name, Description: e.Summary, Score: 100, Match: true, Type: typeOf(string(e.Kind))}}, nil
}

// reconcileSuggest completes what somebody types: an entity, a type, or a property.
func (a *API) reconcileSuggest(c *gin.Context) {
	prefix := strings.TrimSpace(c.Query("prefix"))
	type suggestion struct {
		ID          string          `json:"id"`
		Name        string          `json:"name"`
		Description string          `json:"description,omitempty"`
		NotableType []reconcileType `json:"notable,omitempty"`
	}
	result := []suggestion{}
	begins := func(text string) bool { return strings.HasPrefix(models.Fold(text), models.Fold(prefix)) }
	switch c.Param("what") {
	case "entity":
		found, err := a.candidates(c.Request.Context(), reconcileQuery{Query: prefix})
		if err != nil {
			a.refuse(c, err)
			return
		}
		for _, one := range found {
			result = append(result, suggestion{one.ID, one.Name, one.Description, one.Type})
		}
	case "type":
		for _, code := range models.EntityKinds().Codes {
			if begins(code.Label) {
				result = append(result, suggestion{ID: code.Code, Name: code.Label, Description: code.Definition})
			}
		}
	case "property":
		for _, scheme := range []string{"lei", "wikidata", "opencorporates", "uei", "duns", "cik", "registration_number", "ocds-contract"} {
			if begins(scheme) {
				result = append(result, suggestion{ID: scheme, Name: scheme, Description: "Identifier of the scheme " + scheme})
			}
		}
	default:
		NotFound(c)
		return
	}
	c.JSON(http.StatusOK, map[string]any{"result": result})
}

var previewPage = template.Must(template.New("preview").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Name}}</title></head>
<body><h1>{{.Name}}</h1><p>{{.Kind}}{{if .Places}}, {{.Places}}{{end}}</p>{{if .Names}}<p>Also: {{.Names}}</p>{{end}}{{if .Summary}}<p>{{.Summary}}</p>{{end}}
<p><a href="{{.URL}}" target="_blank" rel="noopener">{{.URL}}</a></p></body></html>
`))

// reconcilePreview shows an entity in a small frame of another site: no script, no style, nothing
// that could be done there.
func (a *API) reconcilePreview(c *gin.Context) {
	page, err := a.services.Get(c.Request.Context(), actorOf(c.Request.Context()), models.TypeEntity, c.Param("id"), services.Moment{})
	if err != nil {
		a.refuse(c, err)
		return
	}
	e := page.Records[0].Document.(*models.Entity)
	var names, places []string
	for _, name := range e.Names {
		names = append(names, name.Text)
	}
	for _, place := range e.Places {
		places = append(places, models.PlaceName(place))
	}
	var out bytes.Buffer
	err = previewPage.Execute(&out, struct{ Name, Kind, Places, Names, Summary, URL string }{e.Name, models.EntityKinds().Label(string(e.Kind)),
		strings.Join(places, ", "), strings.Join(names, ", "), shorten(e.Summary), siteOf(c.Request) + "/entities/" + url.PathEscape(page.Records[0].ID.String())})
	if err != nil {
		a.refuse(c, err)
		return
	}
	c.Header("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors *")
	c.Data(http.StatusOK, "text/html; charset=utf-8", out.Bytes())
}
