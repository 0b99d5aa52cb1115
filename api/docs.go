package api

import (
	"embed"
	"html/template"
	"net/http"
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
}

type docsParameter struct{ Name, In, Description string }

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
	o := docsOperation{ID: op.OperationID, Method: method, Path: path, Summary: op.Summary, Token: len(op.Security) > 0}
	for _, p := range op.Parameters {
		o.Parameters = append(o.Parameters, docsParameter{p.Name, p.In, p.Description})
	}
	return o
}

// serveDocs shows the operations as a page that asks nobody else for anything.
func (a *API) serveDocs(c *gin.Context) {
	page, err := template.ParseFS(docsFile, "docs.html")
	if err != nil {
		a.logger.Error("docs page", "error", err)
		Failed(c)
		return
	}
	c.Header("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	c.Header("Content-Type", "text/html; charset=utf-8")
	if err := page.Execute(c.Writer, a.docs()); err != nil {
		a.logger.Warn("docs page", "error", err)
	}
}

func (a *API) serveDocument(c *gin.Context) {
	document, err := a.Document()
	if err != nil {
		a.logger.Error("OpenAPI document", "error", err)
		Failed(c)
		return
	}
	c.Data(http.StatusOK, "application/json", document)
}
