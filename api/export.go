package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/klauspost/compress/gzip"

	"plumbline/models"
	"plumbline/services"
	standards "plumbline/services/exports"
)

// exportFormat is a form in which a whole list leaves.
type exportFormat struct {
	media string
	// make makes what writes the list; nil for a feed.
	make func(e export, w io.Writer) exporter
	// feed writes the newest records; nil for what holds them all.
	feed func(e export, page services.Page) ([]byte, error)
	// file says that the list is to be kept as a file, and not shown.
	file bool
}

// exportFormats are the formats by the ending that asks for them.
var exportFormats = map[string]exportFormat{
	"csv":       {media: "text/csv; charset=utf-8; header=present", make: newCSV, file: true},
	"ndjson":    {media: "application/x-ndjson", make: newNDJSON, file: true},
	"json":      {media: "application/json", make: newJSON},
	"xlsx":      {media: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", make: newXLSX, file: true},
	"atom":      {media: "application/atom+xml", feed: atomFeed},
	"feed.json": {media: "application/feed+json", feed: jsonFeed},
}

// exporter writes a list in one format: begin, then every record, then end.
type exporter interface {
	begin(services.Page) error
	record(view, services.Record) error
	end() error
}

// export is a list on its way out.
type export struct {
	kind models.RecordType
	// path is the list's path below the API's prefix.
	path    string
	columns []models.Column
	// site is the scheme and host by which the request came.
	site string
	// self is the address that was asked for, page that of the list for people.
	self, page string
	moment     services.Moment
	// heading is the title of a feed that is no list's; "" for the list's own.
	heading string
	// published are the first publications of the records of a feed.
	published map[uuid.UUID]time.Time
	// changed is when what rows say last changed; nil where the records themselves tell.
	changed map[uuid.UUID]time.Time
	// bom says that a CSV begins with a byte order mark.
	bom bool
	// sheetRows bounds the rows of a sheet.
	sheetRows int
}

// registerExports mounts every list once more, as a whole, in each format.
func (a *API) registerExports() {
	for path, kind := range standards.Lists() {
		op := huma.Operation{Method: http.MethodGet, Path: "/" + path + ".{format}", OperationID: "export-" + path,
			Summary: "All " + strings.ReplaceAll(path, "-", " ") + " as one file", Tags: []string{strings.ReplaceAll(path, "-", " ")},
			Description: "The list with its filters, streamed in full as it stood when the answer began. Feeds (atom, feed.json) hold the newest 100. In csv and xlsx, texts that a spreadsheet would take for a formula begin with a '.",
			Parameters:  exportParameters(kind), Responses: map[string]*huma.Response{"200": {Description: "The list.", Content: map[string]*huma.MediaType{}}}}
		for _, format := range exportFormats {
			media, _, _ := strings.Cut(format.media, ";")
			op.Responses["200"].Content[media] = &huma.MediaType{}
		}
		huma.Register(a.huma, op, func(_ context.Context, in *exportInput) (*huma.StreamResponse, error) {
			return &huma.StreamResponse{Body: func(ctx huma.Context) {
				a.Export(humagin.Unwrap(ctx), path, in.Format, nil)
			}}, nil
		})
	}
}

// exportInput is the input of an export.
type exportInput struct {
	request
	Format string `path:"format" maxLength:"20" doc:"csv, ndjson, json, xlsx, atom or feed.json."`
}

// exportParameters document the filters of an export: those of the list, without its pages.
func exportParameters(t models.RecordType) []*huma.Param {
	list := slices.DeleteFunc(listParameters(t), func(p *huma.Param) bool { return p.Name == "limit" || p.Name == "cursor" })
	return append(list, parameter("columns", "Of csv and xlsx: the columns that are wanted, in their order; a member's name stands for all its columns. A file always has the ids; take version along, and an import sees what was changed meanwhile.", columnNames(t)...),
		parameter("bom", "Of csv: whether it begins with a byte order mark, as Excel needs it; false when left out.", "true", "false"))
}

// Export answers with the whole list at an API path such as "relationships", in a format. fixed
// are filters that stand whatever the request asks for; those of the request are the list's.
func (a *API) Export(c *gin.Context, path, format string, fixed url.Values) {
	setHeaders(c.Writer.Header())
	if err := a.export(c, path, format, fixed); err != nil {
		a.refuseExport(c, err)
	}
}

// refuseExport says what is wrong, as long as nothing was sent. After that only a broken
// connection tells the client that it has not got the whole.
func (a *API) refuseExport(c *gin.Context, err error) {
	if !c.Writer.Written() {
		for _, name := range []string{"Content-Encoding", "Content-Disposition", "ETag"} {
			c.Writer.Header().Del(name)
		}
		problem := a.failed(err)
		var known *Problem
		if errors.As(problem, &known) {
			WriteProblem(c, known)
			return
		}
	}
	if c.Request.Context().Err() == nil {
		a.logger.Error("export broke off", "route", c.FullPath(), "error", err)
	}
	panic(http.ErrAbortHandler)
}

func (a *API) export(c *gin.Context, path, format string, fixed url.Values) error {
	f, known := exportFormats[format]
	if !known {
		names := []string{"csv", "ndjson", "json", "xlsx", "atom", "feed.json"}
		return newProblem(http.StatusNotFound, fmt.Sprintf("There is no format %q.%s Possible are %s.", shorten(format), models.DidYouMean(format, names), strings.Join(names, ", ")))
	}
	e, q, err := exportOf(c, path, fixed)
	if err != nil {
		return err
	}
	size, err := a.services.Size(c.Request.Context())
	if err != nil {
		return err
	}
	in := request{url: *c.Request.URL, values: c.Request.URL.Query(), header: c.GetHeader}
	if tag := in.listTag(size, a.services.Today()); in.fresh(tag) {
		c.Header("ETag", tag)
		c.Status(http.StatusNotModified)
		return nil
	}
	sent := &sending{c: c, format: f, in: in, today: a.services.Today(), name: e.called() + "." + format, asked: q.Moment}
	if f.feed != nil {
		return a.sendFeed(sent, e, q)
	}
	return a.sendAll(sent, e, q)
}

// exportOf reads what is asked for.
func exportOf(c *gin.Context, path string, fixed url.Values) (export, services.Query, error) {
	kind, values := standards.Lists()[path], c.Request.URL.Query()
	if values.Has("limit") {
		const message = "An export holds the whole list, and a feed its newest; leave the limit out."
		return export{}, services.Query{}, newProblem(http.StatusBadRequest, message, ProblemField{Parameter: "limit", Detail: message})
	}
	q, err := services.ParseQuery(kind, values, "columns", "bom")
	if err != nil {
		return export{}, q, err
	}
	q.Limit = 0
	for name, values := range fixed {
		q.Filters[name] = values
	}
	site := siteOf(c.Request)
	page, _, _ := strings.Cut(c.Request.URL.Path, ".")
	e := export{kind: kind, path: path, site: site, self: site + c.Request.URL.RequestURI(), page: site + page, moment: q.Moment, sheetRows: standards.MostRows}
	if c.Request.URL.RawQuery != "" {
		e.page += "?" + c.Request.URL.RawQuery
	}
	if e.bom, err = markOf(c, values); err != nil {
		return e, q, err
	}
	e.columns, err = chosenColumns(kind, values["columns"], q.IsPast())
	return e, q, err
}

// markOf reports whether a CSV begins with a byte order mark, without which Excel takes it for another
// encoding: those that pages offer do, others where it is asked for.
func markOf(c *gin.Context, values url.Values) (bool, error) {
	switch values.Get("bom") {
	case "":
		return !strings.HasPrefix(c.Request.URL.Path, Prefix+"/"), nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	const message = "bom is true or false: whether a CSV begins with a byte order mark, as Excel needs it."
	return false, newProblem(http.StatusBadRequest, message, ProblemField{Parameter: "bom", Detail: message})
}

// siteOf is the scheme and host by which a request came.
func siteOf(r *http.Request) string {
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// sending is an answer that is sent piece by piece.
type sending struct {
	c      *gin.Context
	format exportFormat
	in     request
	today  models.Day
	name   string
	asked  services.Moment

	out    *bufio.Writer
	zipped *gzip.Writer
}

// begin sends the headers for a list that was read.
func (s *sending) begin(read services.Resolved, now int64) {
	h := s.c.Writer.Header()
	h.Set("Content-Type", s.format.media)
	h.Set("ETag", s.in.listTag(sizeOf(read, now), s.today))
	h.Set("Cache-Control", caching(s.c.Request.Context()))
	if s.format.file {
		stem, ending, _ := strings.Cut(s.name, ".")
		day := "-" + s.today.String()
		if s.asked.IsPast() {
			day = s.asked.FileName()
		}
		h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="plumbline-%s%s.%s"`, stem, day, ending))
	}
	h.Add("Vary", "Accept-Encoding")
	// XLSX is compressed already.
	if !strings.HasSuffix(s.name, ".xlsx") && strings.Contains(s.c.GetHeader("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		s.zipped, _ = gzip.NewWriterLevel(s.c.Writer, gzip.BestSpeed) // the level exists
		s.out = bufio.NewWriterSize(s.zipped, sendingBuffer)
		return
	}
	s.out = bufio.NewWriterSize(s.c.Writer, sendingBuffer)
}

const (
	sendingBuffer = 64 << 10
	// sendingPatience is how long a client may take over one page.
	sendingPatience = 2 * time.Minute
)

// patience gives the client time for another page; none, when it is done.
func (s *sending) patience(more time.Duration) error {
	deadline := time.Time{}
	if more > 0 {
		deadline = time.Now().Add(more)
	}
	err := http.NewResponseController(s.c.Writer).SetWriteDeadline(deadline)
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

func (s *sending) end() error {
	if err := s.out.Flush(); err != nil {
		return err
	}
	if s.zipped != nil {
		if err := s.zipped.Close(); err != nil {
			return err
		}
	}
	s.c.Writer.Flush()
	return s.patience(0)
}

// errHeadersOnly ends a walk whose records nobody wants.
var errHeadersOnly = errors.New("headers only")

// sendAll streams the list: what was sent is forgotten.
func (a *API) sendAll(s *sending, e export, q services.Query) error {
	ctx := s.c.Request.Context()
	var to exporter
	err := a.services.Walk(ctx, actorOf(ctx), e.kind, q, func(page services.Page) error {
		if to == nil {
			s.begin(page.Resolved, page.Size)
			if s.c.Request.Method == http.MethodHead {
				return errHeadersOnly
			}
			to = s.format.make(e, s.out)
			if err := to.begin(page); err != nil {
				return err
			}
		}
		if err := s.patience(sendingPatience); err != nil {
			return err
		}
		v := viewOf(page)
		for _, record := range page.Records {
			if err := to.record(v, record); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errHeadersOnly) {
		s.c.Status(http.StatusOK)
		return nil
	}
	if err != nil {
		return err
	}
	if err := to.end(); err != nil {
		return err
	}
	return s.end()
}

// EntityFeed answers with the newest records that involve an entity, as "atom" or "feed.json".
func (a *API) EntityFeed(c *gin.Context, idOrSlug, format string) {
	setHeaders(c.Writer.Header())
	if err := a.entityFeed(c, idOrSlug, format); err != nil {
		a.refuseExport(c, err)
	}
}

func (a *API) entityFeed(c *gin.Context, idOrSlug, format string) error {
	f, known := exportFormats[format]
	if !known || f.feed == nil {
		return newProblem(http.StatusNotFound, "There are feeds of entities as atom and feed.json.")
	}
	if c.Request.URL.RawQuery != "" {
		return newProblem(http.StatusBadRequest, "A feed of an entity takes no parameters; leave them out.")
	}
	ctx := c.Request.Context()
	entity, page, err := a.services.NewestAbout(ctx, actorOf(ctx), idOrSlug, mostFed)
	if err != nil {
		return err
	}
	in := request{url: *c.Request.URL, values: c.Request.URL.Query(), header: c.GetHeader}
	if tag := in.listTag(page.Size, a.services.Today()); in.fresh(tag) {
		c.Header("ETag", tag)
		c.Status(http.StatusNotModified)
		return nil
	}
	name := page.Refs[entity.ID]
	site := siteOf(c.Request)
	e := export{kind: models.TypeEntity, path: "entities", site: site, self: site + c.Request.URL.RequestURI(), page: site + "/entities/" + name.Slug, heading: name.Name}
	if e.published, err = a.services.FirstPublished(ctx, page.Records); err != nil {
		return err
	}
	text, err := f.feed(e, page)
	if err != nil {
		return err
	}
	sent := &sending{c: c, format: f, in: in, today: a.services.Today(), name: "entity." + format}
	sent.begin(page.Resolved, page.Size)
	if c.Request.Method == http.MethodHead {
		c.Status(http.StatusOK)
		return nil
	}
	if _, err := sent.out.Write(text); err != nil {
		return err
	}
	return sent.end()
}

// mostFed is how many records a feed holds.
const mostFed = 100

// sendFeed sends the records of which something changed last, whatever order was asked for.
func (a *API) sendFeed(s *sending, e export, q services.Query) error {
	ctx := s.c.Request.Context()
	q.Limit, q.Sort, q.Cursor = mostFed, "-"+services.ByChange, ""
	page, err := a.services.List(ctx, actorOf(ctx), e.kind, q)
	if err != nil {
		return err
	}
	if e.published, err = a.services.FirstPublished(ctx, page.Records); err != nil {
		return err
	}
	if e.changed, err = a.services.LastChanged(ctx, e.kind, page.Records, q.Moment); err != nil {
		return err
	}
	text, err := s.format.feed(e, page)
	if err != nil {
		return err
	}
	s.begin(page.Resolved, page.Size)
	if s.c.Request.Method == http.MethodHead {
		s.c.Status(http.StatusOK)
		return nil
	}
	if _, err := s.out.Write(text); err != nil {
		return err
	}
	return s.end()
}
