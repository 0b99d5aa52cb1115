package frontend

import (
	"errors"
	"net/http"
	"path"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"plumbline/models"
)

// errorPage says what is wrong and where to go.
type errorPage struct {
	layout
	Message string
	Details []string
	// Nearest are pages that the reader may have meant.
	Nearest []link
}

// NotFound answers for paths that lead nowhere.
func (p *Pages) NotFound(c *gin.Context) {
	p.fail(c, models.Errorf(models.ErrNotFound, "There is no page at this address."))
}

// NotAllowed answers for methods that a page does not have.
func (p *Pages) NotAllowed(c *gin.Context) {
	p.sendFailure(c, http.StatusMethodNotAllowed, errorPage{layout: layout{Title: "Pages can only be read"},
		Message: "This page can only be read. Records are written through the API.",
		Nearest: []link{{URL: "/", Name: "Overview"}, {URL: "/api/v1/docs", Name: "How to write through the API"}}})
}

// recover shows a page, and keeps what happened for the log, where a page's function broke off.
func (p *Pages) recover(c *gin.Context) {
	switch cause := recover(); {
	case cause == nil:
	case cause == http.ErrAbortHandler || c.Writer.Written():
		panic(cause)
	default:
		p.logger.Error("page broke off", "route", c.FullPath(), "cause", cause, "stack", string(debug.Stack()))
		p.sendFailure(c, http.StatusInternalServerError, broken())
	}
}

func broken() errorPage {
	return errorPage{layout: layout{Title: "Something went wrong"}, Nearest: []link{{URL: "/", Name: "Overview"}},
		Message: "Something went wrong here that should not have. It was logged; try again later."}
}

// fail shows what went wrong as a page: the services' sentence, or a plain one.
func (p *Pages) fail(c *gin.Context, err error) {
	var forPeople *models.Error
	switch {
	case !errors.As(err, &forPeople):
		if c.Request.Context().Err() == nil {
			p.logger.Error("page failed", "route", c.FullPath(), "error", err)
		}
		p.sendFailure(c, http.StatusInternalServerError, broken())
	case forPeople.Kind == models.ErrNotFound:
		p.sendFailure(c, http.StatusNotFound, errorPage{layout: layout{Title: "Not found"}, Message: forPeople.Message, Nearest: nearest(c.Request.URL.Path)})
	default:
		page := errorPage{layout: layout{Title: "This address cannot be answered"}, Message: forPeople.Message,
			Nearest: []link{{URL: address(c.Request.URL.Path, nil), Name: "This page without the parameters"}, {URL: "/", Name: "Overview"}}}
		for _, problem := range forPeople.Problems {
			if problem.Message != forPeople.Message {
				page.Details = append(page.Details, problem.Message)
			}
		}
		p.sendFailure(c, http.StatusBadRequest, page)
	}
}

// nearest are the pages beside one that is not there: the list above it, and a search for its
// last word.
func nearest(missing string) []link {
	links := []link{{URL: "/", Name: "Overview"}}
	folder, last := path.Split(strings.Trim(missing, "/"))
	folder = strings.Trim(folder, "/")
	for _, plural := range plurals {
		if folder == plural {
			links = append(links, link{URL: "/" + plural, Name: "All " + plural})
		}
	}
	if slices.Contains([]string{"sources", "supplies", "claims"}, folder) {
		links = append(links, link{URL: "/" + folder, Name: "All " + folder})
	}
	words := strings.Join(strings.FieldsFunc(last, func(r rune) bool { return r == '-' || r == '_' || r == '.' }), " ")
	if words != "" && len(words) <= 100 {
		links = append(links, link{URL: address("/search", map[string][]string{"q": {words}}), Name: "Search for “" + words + "”"})
	}
	return links
}

func (p *Pages) sendFailure(c *gin.Context, status int, page errorPage) {
	page.Nav = navigation("")
	text, err := p.execute(view{template: "error", data: &page})
	if err != nil {
		p.logger.Error("error page", "error", err)
		text = []byte("Something went wrong here that should not have.")
	}
	secure(c)
	c.Header("Cache-Control", "no-store")
	c.Data(status, "text/html; charset=utf-8", text)
	c.Abort()
}
