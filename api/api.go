package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// Prefix is where the API is mounted.
const Prefix = "/api/v1"

// Settings are what the API needs beside the services.
type Settings struct {
	Version string
	Logger  *slog.Logger
	// LongestStream is after how long a stream of events ends at the latest; an hour when 0.
	LongestStream time.Duration
}

// API is the mounted REST API.
type API struct {
	services *services.Services
	logger   *slog.Logger
	huma     huma.API
	// crossOrigin knows which requests pages of other sites send.
	crossOrigin *http.CrossOriginProtection
	// writes tell what the document says of operations that write, by their ids.
	writes map[string]writing
	// listeners holds a place for each stream of events.
	listeners     chan struct{}
	longestStream time.Duration
	// document and page are the OpenAPI document and the page made from it.
	document, page func() ([]byte, error)
}

// Register mounts the API on a router and gives it, so that its document can be printed.
func Register(router *gin.Engine, s *services.Services, settings Settings) *API {
	if settings.Logger == nil {
		settings.Logger = slog.New(slog.DiscardHandler)
	}
	// huma makes its errors by a variable of its own; this is its documented way to shape them.
	huma.NewError = humaProblem

	a := &API{services: s, logger: settings.Logger, crossOrigin: http.NewCrossOriginProtection(), writes: map[string]writing{},
		listeners: make(chan struct{}, mostListeners), longestStream: settings.LongestStream}
	if a.longestStream == 0 {
		a.longestStream = longestStream
	}
	// A batch of queries writes nothing: it comes by POST since it is long, also from pages of others.
	a.crossOrigin.AddInsecureBypassPattern("POST " + Prefix + "/reconcile")
	group := router.Group(Prefix, a.headers, a.sameOrigin, a.authenticate)
	a.huma = humagin.NewWithGroup(router, group, configuration(settings.Version))
	a.routes()
	a.complete()
	a.document, a.page = sync.OnceValues(a.huma.OpenAPI().MarshalJSON), sync.OnceValues(a.renderDocs)
	group.GET("/openapi.json", a.serveDocument)
	group.GET("/docs", a.serveDocs)
	a.mountReconciliation(group)
	a.mountManners(router, group)
	return a
}

// Document is the OpenAPI document as JSON.
func (a *API) Document() ([]byte, error) { return a.document() }

// mountManners lets every path that can be read be asked for its headers alone, and tells
// browsers of other sites that they may read.
func (a *API) mountManners(router *gin.Engine, group *gin.RouterGroup) {
	methods := map[string][]string{}
	for _, route := range router.Routes() {
		path, ok := strings.CutPrefix(route.Path, Prefix)
		if !ok {
			continue
		}
		methods[path] = append(methods[path], route.Method)
		if route.Method == http.MethodGet {
			methods[path] = append(methods[path], http.MethodHead)
			group.HEAD(path, route.HandlerFunc)
		}
	}
	for path, list := range methods {
		allowed := strings.Join(append(list, http.MethodOptions), ", ")
		group.OPTIONS(path, func(c *gin.Context) {
			c.Header("Allow", allowed)
			c.Header("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
			c.Header("Access-Control-Allow-Headers", "Accept, Authorization, If-None-Match")
			c.Header("Access-Control-Max-Age", "86400")
			c.Status(http.StatusNoContent)
		})
	}
}

func configuration(version string) huma.Config {
	config := huma.DefaultConfig("Plumbline", version)
	config.CreateHooks = nil // no $schema members and Link headers
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.Info.Description = "Who supplies what to whom among technology companies and armed forces: since when, what changed, who says so, what was answered, and what was known on a given day. Reading is public; writing needs a bearer token."
	config.Info.License = &huma.License{Name: "Data: CC BY 4.0", URL: "https://creativecommons.org/licenses/by/4.0/"}
	config.Servers = []*huma.Server{{URL: Prefix}}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	return config
}

// secured makes an operation one that writes: it needs a token whose actor may do the action, and
// its body is bounded. Who may not is told before the body is read.
func secured(op huma.Operation, action services.Action, most int64) huma.Operation {
	op.Security = []map[string][]string{{"token": {}}}
	op.MaxBodyBytes = most
	op.Metadata = map[string]any{actionMetadata: action}
	return op
}

// anyone is the action of operations that write and need no account; their bodies are small.
const anyone services.Action = ""

// actionMetadata is where an operation says what one must be allowed to do for it.
const actionMetadata = "action"

// routes lists every operation, on one page.
func (a *API) routes() {
	register(a, resource[Entity]{models.TypeEntity, "entities", view.entity})
	register(a, resource[Relationship]{models.TypeRelationship, "relationships", view.relationship})
	register(a, resource[StatusChange]{models.TypeStatusChange, "status-changes", view.statusChange})
	register(a, resource[Claim]{models.TypeClaim, "claims", view.claim})
	register(a, resource[Source]{models.TypeSource, "sources", view.sourceRecord})
	register(a, resource[OpenItem]{models.TypeOpenItem, "open-items", view.openItem})

	involved(a, resource[Relationship]{models.TypeRelationship, "relationships", view.relationship})
	involved(a, resource[StatusChange]{models.TypeStatusChange, "status-changes", view.statusChange})
	involved(a, resource[Claim]{models.TypeClaim, "claims", view.claim})
	involved(a, resource[OpenItem]{models.TypeOpenItem, "open-items", view.openItem})
	a.registerExports()
	a.registerStandards()
	a.registerImports()
	a.registerTimeline()
	a.registerNetwork()
	a.registerPath()
	a.registerCases()

	a.registerSearch()
	a.registerStats()
	a.registerCodes()
	a.registerRevisions()
	a.registerEvents()
	a.registerChangesets()
	a.registerReview()
	a.registerMerge()
	a.registerNaming()
	a.registerReverts()
	a.registerProtection()
	a.registerRedaction()
	a.registerHolds()
	a.registerWorklists()
	a.registerNotes()
	a.registerIntake()
	a.registerReplies()
	a.registerWebhooks()
	a.registerWatches()
	a.registerJobs()
	a.registerEvidence()
	a.registerLog()
}

// headers says how answers may be used: by anybody's pages, never with credentials that a
// browser adds by itself.
func (a *API) headers(c *gin.Context) {
	setHeaders(c.Writer.Header())
	c.Next()
}

func setHeaders(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "ETag, Link, Location, Retry-After, X-Request-Id")
	h.Set("Vary", "Authorization, Accept")
}

// sameOrigin refuses writes that pages of other sites send, whatever they bring along. Programs,
// which say nothing of where they come from, are not concerned. Cookies are never looked at.
func (a *API) sameOrigin(c *gin.Context) {
	if a.crossOrigin.Check(c.Request) != nil {
		WriteProblem(c, newProblem(http.StatusForbidden, "Pages of other sites can read here, not write. Write from a program, with a token."))
		return
	}
	c.Next()
}

type actorKey struct{}

// authenticate finds the actor of a bearer token; without one, the public. A wrong token is
// refused on every route, so that nobody mistakes a public answer for theirs.
func (a *API) authenticate(c *gin.Context) {
	header := c.GetHeader("Authorization")
	if header == "" {
		c.Request = c.Request.WithContext(a.services.Seeing(c.Request.Context(), models.Actor{}, false))
		c.Next()
		return
	}
	scheme, secret, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		a.refuse(c, models.Errorf(models.ErrUnauthorized, "Send the token as: Authorization: Bearer TOKEN"))
		return
	}
	actor, err := a.services.Authenticate(c.Request.Context(), strings.TrimSpace(secret))
	if err != nil {
		a.refuse(c, err)
		return
	}
	c.Header("Cache-Control", "no-store")
	ctx := a.services.Seeing(c.Request.Context(), actor, comparesVersions(c.Request))
	c.Request = c.Request.WithContext(context.WithValue(ctx, actorKey{}, actor))
	c.Next()
}

// comparesVersions reports whether a member's request writes, or asks whether something changed: that
// is answered by the present alone.
func comparesVersions(r *http.Request) bool {
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
	return !reads || r.Header.Get("If-None-Match") != "" || r.Header.Get("If-Match") != ""
}

func (a *API) refuse(c *gin.Context, err error) {
	problem := problemOf(a.logger, err, plainPointer).(*Problem)
	if problem.Status == http.StatusUnauthorized {
		c.Header("WWW-Authenticate", "Bearer")
	}
	WriteProblem(c, problem)
}

// actorOf gives the actor of a request; the public when there was no token.
func actorOf(ctx context.Context) models.Actor {
	actor, _ := ctx.Value(actorKey{}).(models.Actor)
	return actor
}

// WriteProblem answers with a problem and ends the request.
func WriteProblem(c *gin.Context, problem *Problem) {
	setHeaders(c.Writer.Header())
	c.Header("Content-Type", "application/problem+json")
	c.AbortWithStatusJSON(problem.Status, problem)
}

// NotFound answers for paths under /api that lead nowhere.
func NotFound(c *gin.Context) {
	WriteProblem(c, newProblem(http.StatusNotFound, fmt.Sprintf("There is nothing at this path. %s/docs lists what there is.", Prefix)))
}

// NotAllowed answers for methods that a path does not have.
func NotAllowed(c *gin.Context) {
	WriteProblem(c, newProblem(http.StatusMethodNotAllowed, "This path does not have that method; the Allow header lists those it has."))
}

// Failed answers when a request broke off.
func Failed(c *gin.Context) {
	WriteProblem(c, newProblem(http.StatusInternalServerError, "Something went wrong here that should not have. It was logged; try again later."))
}
