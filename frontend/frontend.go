package frontend

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/maypok86/otter/v2"

	"plumbline/models"
	"plumbline/services"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// Settings are what the dashboard needs beside the services.
type Settings struct {
	Logger *slog.Logger
}

// Pages is the mounted dashboard.
type Pages struct {
	services  *services.Services
	logger    *slog.Logger
	templates map[string]*template.Template
	// rendered keeps public pages until the next publication or day.
	rendered *otter.Cache[string, rendered]
	assets   map[string]string
}

// rendered is a page as it was sent.
type rendered struct {
	body []byte
	tag  string
}

// mostRendered bounds the pages that are kept, in bytes.
const mostRendered = 32 << 20

// policy is the Content-Security-Policy of every page: nothing from elsewhere, nothing inline.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Register mounts the dashboard on a router.
func Register(router *gin.Engine, s *services.Services, settings Settings) *Pages {
	p := &Pages{services: s, logger: settings.Logger, assets: map[string]string{}}
	if p.logger == nil {
		p.logger = slog.New(slog.DiscardHandler)
	}
	p.hashAssets()
	p.templates = p.parse()
	p.rendered = otter.Must(&otter.Options[string, rendered]{MaximumWeight: mostRendered,
		Weigher: func(key string, r rendered) uint32 { return uint32(len(key) + len(r.body)) }})
	p.routes(router)
	return p
}

// routes lists every page.
func (p *Pages) routes(router *gin.Engine) {
	router.GET("/static/*path", p.static)
	pages := router.Group("", headers)
	pages.GET("/", p.page(p.overview))
	pages.GET("/cases", p.page(p.cases))
	for kind, plural := range plurals {
		pages.GET("/"+plural+"/:id", p.page(p.entity))
		if kind != models.KindCase {
			pages.GET("/"+plural, p.page(p.entities))
		}
	}
	pages.GET("/entities/:id", p.page(p.entity))
	pages.GET("/supplies", p.page(p.supplies))
	pages.GET("/status-changes", p.page(p.statusChanges))
	pages.GET("/claims", p.page(p.claims))
	pages.GET("/open-items", p.page(p.openItems))
	pages.GET("/sources", p.page(p.sources))
	pages.GET("/sources/:id", p.page(p.source))
	pages.GET("/records/:id", p.page(p.record))
	pages.GET("/search", p.page(p.search))
	pages.GET("/method", p.page(p.method))
}

// plurals are the paths of entity pages, by kind.
var plurals = map[models.EntityKind]string{
	models.KindCompany: "companies", models.KindUnit: "units", models.KindService: "services", models.KindSystem: "systems",
	models.KindPerson: "people", models.KindGroup: "groups", models.KindOrganization: "organizations", models.KindContract: "contracts",
	models.KindFacility: "facilities", models.KindEvent: "events", models.KindInquiry: "inquiries", models.KindCase: "cases",
}

func headers(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Next()
}

// view is what a page's function gives: the template and its struct, or where to go instead.
type view struct {
	template string
	data     any
	// moved is the address of what was asked for; "" when it is here.
	moved string
}

// page makes a handler of a page's function: from what was rendered before, where nothing was
// published since.
func (p *Pages) page(build func(*gin.Context) (view, error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		size, err := p.services.Size(c.Request.Context())
		if err != nil {
			p.fail(c, err)
			return
		}
		key := fmt.Sprintf("%d %s %s", size, p.services.Today(), c.Request.URL.RequestURI())
		if kept, ok := p.rendered.GetIfPresent(key); ok {
			send(c, kept)
			return
		}
		v, err := build(c)
		switch {
		case err != nil:
			p.fail(c, err)
		case v.moved != "":
			c.Redirect(http.StatusMovedPermanently, v.moved)
		default:
			p.render(c, key, v)
		}
	}
}

func (p *Pages) render(c *gin.Context, key string, v view) {
	body, err := p.execute(v)
	if err != nil {
		p.fail(c, err)
		return
	}
	sum := sha256.Sum256(body)
	r := rendered{body, `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
	if len(key) < 500 {
		p.rendered.Set(key, r)
	}
	send(c, r)
}

func send(c *gin.Context, r rendered) {
	c.Header("ETag", r.tag)
	c.Header("Cache-Control", "public, max-age=0, must-revalidate")
	if strings.Contains(c.GetHeader("If-None-Match"), r.tag) {
		c.Status(http.StatusNotModified)
		return
	}
	c.Data(http.StatusOK, "text/html; charset=utf-8", r.body)
}

func (p *Pages) execute(v view) ([]byte, error) {
	var out bytes.Buffer
	if err := p.templates[v.template].ExecuteTemplate(&out, "layout", v.data); err != nil {
		return nil, fmt.Errorf("render %s: %w", v.template, err)
	}
	return out.Bytes(), nil
}

// parse reads the templates: each page with the layout and the shared parts.
func (p *Pages) parse() map[string]*template.Template {
	templates := map[string]*template.Template{}
	shared := template.Must(template.New("").Funcs(template.FuncMap{"asset": p.asset}).ParseFS(templateFiles, "templates/layout.html", "templates/parts.html"))
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		panic(err) // the pattern is ours
	}
	for _, name := range names {
		base := strings.TrimSuffix(path.Base(name), ".html")
		if base != "layout" && base != "parts" {
			templates[base] = template.Must(template.Must(shared.Clone()).ParseFS(templateFiles, name))
		}
	}
	return templates
}

// hashAssets gives every static file an address that changes with its contents.
func (p *Pages) hashAssets() {
	err := fs.WalkDir(staticFiles, "static", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := staticFiles.ReadFile(name)
		sum := sha256.Sum256(text)
		p.assets["/"+name] = base64.RawURLEncoding.EncodeToString(sum[:6])
		return err
	})
	if err != nil {
		panic(err) // the files are embedded
	}
}

func (p *Pages) asset(name string) string { return name + "?v=" + p.assets[name] }

// static serves the embedded files.
func (p *Pages) static(c *gin.Context) {
	name := path.Join("static", path.Clean("/"+c.Param("path")))
	text, err := staticFiles.ReadFile(name)
	if err != nil || name == "static/vendor.json" {
		p.NotFound(c)
		return
	}
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("Cache-Control", "public, max-age=3600")
	if c.Query("v") != "" && c.Query("v") == p.assets["/"+name] {
		c.Header("Cache-Control", "public, max-age=31536000, immutable")
	}
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		kind = "text/plain; charset=utf-8"
	}
	c.Data(http.StatusOK, kind, text)
}

// fail shows what went wrong as a page: the services' sentence, or a plain one.
func (p *Pages) fail(c *gin.Context, err error) {
	problem := errorPage{layout: layout{Title: "Something went wrong"}, Message: "Something went wrong here that should not have. It was logged; try again later."}
	status := http.StatusInternalServerError
	var forPeople *models.Error
	if errors.As(err, &forPeople) {
		status = http.StatusBadRequest
		problem.Title, problem.Message = "This address asks for something that cannot be", forPeople.Message
		if forPeople.Kind == models.ErrNotFound {
			status, problem.Title = http.StatusNotFound, "Not found"
		}
		for _, one := range forPeople.Problems {
			problem.Details = append(problem.Details, one.Message)
		}
	} else {
		p.logger.Error("page failed", "route", c.FullPath(), "error", err)
	}
	problem.Nearest = c.Request.URL.Path
	if status != http.StatusBadRequest {
		problem.Nearest = "/"
	}
	body, err := p.execute(view{template: "error", data: &problem})
	if err != nil {
		p.logger.Error("error page", "error", err)
		body = []byte(problem.Message)
	}
	headers(c)
	c.Data(status, "text/html; charset=utf-8", body)
	c.Abort()
}

// NotFound answers for paths that lead nowhere.
func (p *Pages) NotFound(c *gin.Context) {
	p.fail(c, models.Errorf(models.ErrNotFound, "There is no page at this address."))
}

// NotAllowed answers for methods that a page does not have.
func (p *Pages) NotAllowed(c *gin.Context) {
	headers(c)
	c.String(http.StatusMethodNotAllowed, "Pages are read with GET; write through the API.")
}
