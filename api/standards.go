package api

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	standards "plumbline/services/exports"
)

// ExportFormat is a format in which all records, a case or a list can be had.
type ExportFormat struct {
	Name      string `json:"name"`
	Label     string `json:"label"`
	MediaType string `json:"media_type"`
	URL       string `json:"url"`
}

// ExportFormats are those there are.
type ExportFormats struct {
	Data    []ExportFormat `json:"data"`
	Mapping string         `json:"mapping" doc:"Where it is written what each format cannot say."`
}

func (a *API) registerStandards() {
	tags := []string{"exports"}
	list := huma.Operation{Method: http.MethodGet, Path: "/exports", OperationID: "list-export-formats", Summary: "The formats in which everything, a case or a list can be had", Tags: tags}
	huma.Register(a.huma, list, func(ctx context.Context, in *struct{ request }) (*answer[ExportFormats], error) {
		if err := in.allow(); err != nil {
			return nil, err
		}
		out := &answer[ExportFormats]{CacheControl: caching(ctx), Body: ExportFormats{Mapping: Prefix + "/exports/mapping"}}
		for _, f := range standards.Formats() {
			out.Body.Data = append(out.Body.Data, ExportFormat{f.Name, f.Label, f.MediaType, Prefix + "/exports/" + f.Name})
		}
		return out, nil
	})

	get := huma.Operation{Method: http.MethodGet, Path: "/exports/{format}", OperationID: "export", Summary: "Everything, a case or a list in a format, as one file", Tags: tags,
		Description: "Streamed as it stood when the answer began. With list, further parameters are that list's filters. The format \"mapping\" is a text: what each format cannot say.",
		Parameters: []*huma.Param{parameter("case", "Only this case and what involves its members, by id or slug."),
			parameter("list", "Only this list, and what its records point at.", "entities", "relationships", "status-changes", "claims", "sources", "open-items")},
		Responses: map[string]*huma.Response{"200": {Description: "The file.", Content: map[string]*huma.MediaType{}}}}
	for _, f := range standards.Formats() {
		get.Responses["200"].Content[f.MediaType] = &huma.MediaType{}
	}
	get.Responses["200"].Content["text/markdown"] = &huma.MediaType{}
	huma.Register(a.huma, get, func(_ context.Context, in *exportInput) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(ctx huma.Context) {
			c := humagin.Unwrap(ctx)
			if err := a.exportStandard(c, in.Format); err != nil {
				a.refuseExport(c, err)
			}
		}}, nil
	})
}

func (a *API) exportStandard(c *gin.Context, name string) error {
	setHeaders(c.Writer.Header())
	if name == "mapping" {
		c.Data(http.StatusOK, "text/markdown; charset=utf-8", []byte(standards.Mapping()))
		return nil
	}
	scope, err := exportScope(c.Request.URL.Query())
	if err != nil {
		return err
	}
	f, err := standards.FormatNamed(name)
	if err != nil {
		return newProblem(http.StatusNotFound, err.Error())
	}
	day := "-" + a.services.Today().String()
	if asked := scope.Query.Moment; asked.IsPast() {
		day = asked.FileName()
	}
	out := &lateWriter{c: c, format: f, day: day}
	if c.Request.Method == http.MethodHead {
		out.begin()
		c.Status(http.StatusOK)
		return nil
	}
	buffered := bufio.NewWriterSize(out, sendingBuffer)
	ctx := c.Request.Context()
	if err := standards.Write(ctx, a.services, actorOf(ctx), f, scope, siteOf(c.Request), buffered); err != nil {
		return err
	}
	return buffered.Flush()
}

// exportScope reads what is asked for.
func exportScope(values url.Values) (standards.Scope, error) {
	list, of := values.Get("list"), values.Get("case")
	if list == "" {
		in := request{values: values}
		if err := in.allow("case"); err != nil {
			return standards.Scope{}, err
		}
	}
	values.Del("list")
	values.Del("case")
	return standards.ScopeOf(list, of, values)
}

// lateWriter sends the headers with the first bytes, so that what is wrong before can be said.
type lateWriter struct {
	c      *gin.Context
	format standards.Format
	day    string
	begun  bool
}

func (w *lateWriter) begin() {
	h := w.c.Writer.Header()
	h.Set("Content-Type", w.format.MediaType)
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="plumbline%s.%s"`, w.day, w.format.Extension))
}

// Write sends what was written, and gives the client time for more.
func (w *lateWriter) Write(text []byte) (int, error) {
	if !w.begun {
		w.begun = true
		w.begin()
	}
	s := &sending{c: w.c}
	if err := s.patience(sendingPatience); err != nil {
		return 0, err
	}
	return w.c.Writer.Write(text)
}

var _ io.Writer = (*lateWriter)(nil)
