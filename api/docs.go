package api

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"sort"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

//go:embed docs.html
var docsFile embed.FS

// docsPage is the page that lists every operation, made from the OpenAPI document.
type docsPage struct {
	Title, Description string
	Groups             []docsGroup
}

type docsGroup struct {
	Name       string
	Operations []docsOperation
}

type docsOperation struct {
	ID, Method, Path, Summary string
	Token                     bool
	Parameters                []docsParameter
	// Takes are the fields of the body.
	Takes []docsField
}

type docsParameter struct{ Name, In, Description string }

type docsField struct {
	Name, Description string
	Required          bool
	Values            []any
}

func (a *API) docs() docsPage {
	document := a.huma.OpenAPI()
	page := docsPage{Title: document.Info.Title, Description: document.Info.Description}
	groups := map[string][]docsOperation{}
	for path, item := range document.Paths {
		for method, op := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PATCH": item.Patch, "DELETE": item.Delete} {
			if op != nil {
				groups[op.Tags[0]] = append(groups[op.Tags[0]], docsOf(method, Prefix+path, op))
			}
		}
	}
	for name, operations := range groups {
		sort.Slice(operations, func(i, j int) bool {
			if operations[i].Path != operations[j].Path {
				return operations[i].Path < operations[j].Path
			}
			return operations[i].Method < operations[j].Method
		})
		page.Groups = append(page.Groups, docsGroup{name, operations})
	}
	sort.Slice(page.Groups, func(i, j int) bool { return page.Groups[i].Name < page.Groups[j].Name })
	return page
}

func docsOf(method, path string, op *huma.Operation) docsOperation {
	o := docsOperation{ID: op.OperationID, Method: method, Path: path, Summary: op.Summary, Token: op.Method != http.MethodGet}
	for _, p := range op.Parameters {
		o.Parameters = append(o.Parameters, docsParameter{p.Name, p.In, p.Description})
	}
	if op.RequestBody == nil {
		return o
	}
	for _, media := range op.RequestBody.Content {
		o.Takes = fieldsOf(media.Schema)
	}
	return o
}

func fieldsOf(schema *huma.Schema) []docsField {
	fields := make([]docsField, 0, len(schema.Properties))
	for name, property := range schema.Properties {
		field := docsField{Name: name, Description: property.Description, Required: slices.Contains(schema.Required, name), Values: property.Enum}
		if items := property.Items; items != nil {
			field.Values = items.Enum
			for _, inner := range fieldsOf(items) {
				field.Description += " " + inner.Name
			}
			if len(items.Properties) > 0 {
				field.Description = "A list of objects with" + field.Description + "."
			}
		}
		fields = append(fields, field)
	}
	sort.Slice(fields, func(i, j int) bool { return fields[i].Name < fields[j].Name })
	return fields
}

// renderDocs makes a page of the operations that asks nobody else for anything.
func (a *API) renderDocs() ([]byte, error) {
	page, err := template.ParseFS(docsFile, "docs.html")
	if err != nil {
		return nil, fmt.Errorf("read the docs page: %w", err)
	}
	var text bytes.Buffer
	if err := page.Execute(&text, a.docs()); err != nil {
		return nil, fmt.Errorf("make the docs page: %w", err)
	}
	return text.Bytes(), nil
}

func (a *API) serveDocs(c *gin.Context) {
	c.Header("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	a.serveMade(c, "text/html; charset=utf-8", a.page)
}

func (a *API) serveDocument(c *gin.Context) {
	a.serveMade(c, "application/json", a.document)
}

// serveMade answers with what was made once for this version of the program.
func (a *API) serveMade(c *gin.Context, kind string, made func() ([]byte, error)) {
	text, err := made()
	if err != nil {
		a.logger.Error("document the API", "error", err)
		Failed(c)
		return
	}
	c.Data(http.StatusOK, kind, text)
}
