package frontend

import (
	"embed"
	"html/template"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"

	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"
	"github.com/go-text/typesetting/font"
	"github.com/klauspost/compress/gzip"
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
	// Export answers with the whole of a list of the API, such as "relationships", in a format,
	// whatever the fixed filters say beside those of the request; nil where lists are not exported.
	Export func(c *gin.Context, list, format string, fixed url.Values)
	// EntityFeed answers with the newest records that involve an entity; nil for no such feeds.
	EntityFeed func(c *gin.Context, idOrSlug, format string)
	// URL is where people reach the site, such as https://plumbline.example; nil when it is not
	// set.
	URL *url.URL
}

// Pages is the mounted dashboard.
type Pages struct {
	services   *services.Services
	logger     *slog.Logger
	export     func(c *gin.Context, list, format string, fixed url.Values)
	entityFeed func(c *gin.Context, idOrSlug, format string)
	url        *url.URL
	sessions   *scs.SessionManager
	// crossOrigin refuses what pages of other sites send, without exception.
	crossOrigin *http.CrossOriginProtection
	languages   []*language
	// templates are parsed once for each language, by its code.
	templates map[string]*template.Template
	// translated are the first segments of paths whose pages speak every language.
	translated map[string]bool
	// kept are rendered pages, until the next publication or day.
	kept    *otter.Cache[string, body]
	assets  map[string]body
	zipper  *zipper
	buffers buffers
	// fonts reads the letters of pictures, once.
	fonts func() ([]*font.Font, error)
}

// mostKept bounds the rendered pages that are kept, in bytes.
const mostKept = 32 << 20

// Register mounts the dashboard on a router: every page, and the static files under /static.
func Register(router *gin.Engine, s *services.Services, settings Settings) *Pages {
	p := &Pages{services: s, logger: settings.Logger, export: settings.Export, entityFeed: settings.EntityFeed, assets: readAssets(), zipper: &zipper{level: gzip.DefaultCompression}, fonts: sync.OnceValues(readFonts), url: settings.URL,
		sessions: newSessions(s), crossOrigin: http.NewCrossOriginProtection(), languages: languages(), translated: map[string]bool{"": true}}
	if p.logger == nil {
		p.logger = slog.New(slog.DiscardHandler)
	}
	p.templates = map[string]*template.Template{}
	for _, l := range p.languages {
		p.templates[l.Code] = p.parse(l)
		settle(p.templates[l.Code], p.functions(l))
	}
	p.kept = otter.Must(&otter.Options[string, body]{MaximumWeight: mostKept, Weigher: weigh})
	p.routes(router)
	return p
}

func weigh(key string, b body) uint32 { return uint32(len(key) + len(b.plain) + len(b.zipped)) }

// routes lists every page.
func (p *Pages) routes(router *gin.Engine) {
	get := func(path string, build func(*gin.Context) (view, error)) {
		first, _, _ := strings.Cut(path[1:], "/")
		p.translated[first] = true
		for _, l := range p.languages {
			router.Match([]string{http.MethodGet, http.MethodHead}, l.prefix+path, p.page(build))
		}
	}
	member := func(path string, action services.Action, build func(*gin.Context) (view, error)) {
		router.Match([]string{http.MethodGet, http.MethodHead}, path, p.member(action, build))
	}
	post := func(path string, action services.Action, write func(*gin.Context, models.Actor) (view, error)) {
		router.POST(path, p.post(action, mostForm, write))
	}
	get("/", p.overview)
	for kind, plural := range plurals {
		get("/"+plural, p.entitiesOf(kind))
		get("/"+plural+"/:id", p.entity)
	}
	get("/entities/:id", p.entity)
	get("/supplies", p.supplies)
	get("/supplies/matrix", p.matrix)
	get("/timeline", p.timeline)
	get("/compare", p.compare)
	get("/data", p.data)
	get("/integrity", p.integrity)
	get("/status-changes", p.statusChanges)
	get("/claims", p.claims)
	get("/open-items", p.openItems)
	get("/sources", p.sources)
	get("/sources/:id", p.source)
	get("/records/:id", p.record)
	get("/search", p.search)
	get("/search/suggestions", p.suggestions)
	get("/network", p.network)
	get("/cite", p.cite)
	get("/method", p.method)
	p.exports(router)
	p.documents(router)
	p.embeds(router)

	get("/reply", p.replyForm)
	get("/reply/:code", p.replyState)
	for _, l := range p.languages {
		router.POST(l.prefix+"/reply", p.post(anybody, mostForm, p.sendReply))
		router.POST(l.prefix+"/reply/:code", p.post(anybody, mostForm, p.confirmReply))
	}
	member("/replies", services.ActionReview, p.replies)
	member("/replies/:id", services.ActionReview, p.replyWork)
	post("/replies/:id", services.ActionReview, p.workReply)
	get("/sign-in", p.signInForm)
	post("/sign-in", anybody, p.signInWithPassword)
	get("/sign-in/code", p.codeForm)
	post("/sign-in/code", anybody, p.signInWithCode)
	post("/sign-in/passkey/options", anybody, p.passkeySignInOptions)
	post("/sign-in/passkey", anybody, p.signInWithPasskey)
	router.GET("/sign-in/openid", p.page(p.openID))
	router.GET(openIDCallback, p.page(p.openIDBack))
	post("/me/openid/unlink", services.ActionCredentials, p.unlinkOpenID)
	post("/sign-out", anybody, p.signOut)
	get("/invitations/:secret", p.link)
	post("/invitations/:secret", anybody, p.useLink)
	post("/invitations/:secret/passkey", anybody, p.passkeyLinkOptions)
	member("/confirm", services.ActionSelf, p.confirmForm)
	post("/confirm", services.ActionSelf, p.confirmWithPassword)
	post("/confirm/passkey/options", services.ActionSelf, p.passkeyConfirmOptions)
	post("/confirm/passkey", services.ActionSelf, p.confirmWithPasskey)
	member("/me", services.ActionSelf, p.me)
	post("/me/password", services.ActionCredentials, p.setPassword)
	post("/me/passkeys/options", services.ActionCredentials, p.passkeyOptions)
	post("/me/passkeys", services.ActionCredentials, p.addPasskey)
	post("/me/passkeys/:id", services.ActionSelf, p.renamePasskey)
	post("/me/passkeys/:id/remove", services.ActionCredentials, p.removePasskey)
	p.listMembers(member, post)
	member("/me/codes", services.ActionCredentials, p.codes)
	member("/me/codes.png", services.ActionCredentials, p.codePicture)
	post("/me/codes", services.ActionCredentials, p.setUpCodes)
	post("/me/codes/do", services.ActionCredentials, p.doWithCodes)
	member("/me/tokens", services.ActionCredentials, p.tokens)
	post("/me/tokens", services.ActionCredentials, p.makeToken)
	post("/me/tokens/:id/revoke", services.ActionSelf, p.revokeToken)
	post("/me/sessions", services.ActionSelf, p.endOthers)
	post("/me/sessions/:id/end", services.ActionSelf, p.endSession)
	p.forms(member, post)
	p.intakes(member, func(path string, action services.Action, most int64, write func(*gin.Context, models.Actor) (view, error)) {
		router.POST(path, p.post(action, most, write))
	})
	p.reviewRoutes(router)
	p.evidence(router, member, post)
	member("/imports", services.ActionPropose, p.imports)
	router.POST("/imports", p.post(services.ActionPropose, services.MostImport+mostForm, p.sendImport))
	member("/imports/:id", services.ActionPropose, p.importPage)
	post("/imports/:id/check", services.ActionPropose, p.checkImport)
	post("/imports/:id/load", services.ActionPropose, p.loadImport)
	p.webhookPages(member, post)
	p.jobPages(member, post)
	p.watchPages(member, post)
	p.digestPages(router)
	router.Match([]string{http.MethodGet, http.MethodHead}, "/imports/:id/errors.csv", p.importErrors)
	router.Match([]string{http.MethodGet, http.MethodHead}, "/static/*path", p.static)
}

// plurals are the paths of entity pages, by kind.
var plurals = map[models.EntityKind]string{
	models.KindCompany: "companies", models.KindUnit: "units", models.KindService: "services", models.KindSystem: "systems",
	models.KindPerson: "people", models.KindGroup: "groups", models.KindOrganization: "organizations", models.KindContract: "contracts",
	models.KindFacility: "facilities", models.KindEvent: "events", models.KindInquiry: "inquiries", models.KindCase: "cases",
}

// functions are what templates can call beside what is built in:
//
//   - {{t "English text" .Arg}} says a text of the interface in the page's language; {{t .Words}}
//     one that Go code made by say, or the label of a code.
//   - {{tn .N "%d source" "%d sources"}} says a text about a number.
//   - {{lower .Label}} is t for a word within a sentence.
//   - {{when .Date}}, {{day .Day}}, {{instant .At}}, {{number .N}}, {{place .Code}} and
//     {{tongue .Code}} write a date, a day, an instant, a number, a country and a language.
//   - {{icon "x"}}, {{link .}}, {{date .}}, {{badge .}}, {{mark .}} and more are in inline.go.
func (p *Pages) functions(l *language) template.FuncMap {
	all := template.FuncMap{"asset": p.asset, "language": func() *language { return l }, "t": l.say, "tn": l.sayN, "lower": l.inside,
		"when": l.when, "day": l.day, "instant": l.instant, "number": l.argument, "place": l.place, "tongue": l.tongue}
	maps.Copy(all, p.inlines(l))
	return all
}

// parse reads the templates for a language into one set. What a page is made of is called after the
// page there: "content of claims". A layout has the page's own put in by {{content .}}.
func (p *Pages) parse(l *language) *template.Template {
	set := template.New("")
	set.Funcs(p.functions(l)).Funcs(template.FuncMap{"content": func(page framed) (template.HTML, error) {
		out := p.buffers.get()
		defer p.buffers.put(out)
		err := set.ExecuteTemplate(out, "content of "+page.frame().Template, page)
		return template.HTML(out.String()), err // the template has escaped it
	}})
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		panic(err) // the pattern is ours
	}
	for _, name := range names {
		text, err := fs.ReadFile(templateFiles, name)
		if err != nil {
			panic(err) // Glob found it
		}
		page := strings.TrimSuffix(path.Base(name), ".html")
		template.Must(set.New(name).Parse(strings.NewReplacer(`{{define "content"}}`, `{{define "content of `+page+`"}}`,
			`{{define "layout"}}`, `{{define "layout of `+page+`"}}`).Replace(string(text))))
	}
	return set
}

// layoutOf names the template that a page is rendered by: its own, or the common one.
func layoutOf(set *template.Template, page string) string {
	if name := "layout of " + page; set.Lookup(name) != nil {
		return name
	}
	return "layout of layout"
}
