package frontend

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
)

// errorPage says what is wrong and where to go.
type errorPage struct {
	layout
	// Message and Details are the services' own sentences, in English, unless Words say it.
	Message string
	Words   *text
	Details []string
	// Nearest are pages that the reader may have meant.
	Nearest []link
}

// NotFound answers for paths that lead nowhere.
func (p *Pages) NotFound(c *gin.Context) {
	p.settleLanguage(c)
	p.sendFailure(c, http.StatusNotFound, errorPage{layout: layout{Title: say("Not found")}, Words: say("There is no page at this address."), Nearest: nearest(c.Request.URL.Path)})
}

// NotAllowed answers for methods that a page does not have.
func (p *Pages) NotAllowed(c *gin.Context) {
	p.settleLanguage(c)
	p.sendFailure(c, http.StatusMethodNotAllowed, errorPage{layout: layout{Title: say("Pages can only be read")},
		Words:   say("This page can only be read. Records are written through the API."),
		Nearest: []link{{URL: "/", Words: say("Overview")}, {URL: "/api/v1/docs", Words: say("How to write through the API")}}})
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
	return errorPage{layout: layout{Title: say("Something went wrong")}, Nearest: []link{{URL: "/", Words: say("Overview")}},
		Words: say("Something went wrong here that should not have. It was logged; try again later.")}
}

// fail shows what went wrong as a page: the services' sentence, or a plain one.
func (p *Pages) fail(c *gin.Context, err error) {
	var forPeople *models.Error
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		p.sendFailure(c, http.StatusRequestEntityTooLarge, errorPage{layout: layout{Title: verbatim("This is too much at once")},
			Message: fmt.Sprintf("The form holds more than %s, so nothing was done. Send less at once.", models.SizeWords(large.Limit)), Nearest: []link{{URL: "/", Words: say("Overview")}}})
	case !errors.As(err, &forPeople):
		if c.Request.Context().Err() == nil {
			p.logger.Error("page failed", "route", c.FullPath(), "error", err)
		}
		p.sendFailure(c, http.StatusInternalServerError, broken())
	case forPeople.Kind == models.ErrNotFound:
		p.sendFailure(c, http.StatusNotFound, errorPage{layout: layout{Title: say("Not found")}, Message: forPeople.Message,
			Nearest: append(presentOf(c.Request.URL.Path, c.Request.URL.Query()), nearest(c.Request.URL.Path)...)})
	case forPeople.Kind == models.ErrWithheld:
		p.sendFailure(c, http.StatusUnavailableForLegalReasons, errorPage{layout: layout{Title: say("Withheld")}, Message: forPeople.Message,
			Nearest: []link{{URL: "/", Words: say("Overview")}}})
	case c.Request.Method == http.MethodPost || forPeople.Kind != models.ErrInvalid:
		page := errorPage{layout: layout{Title: verbatim("Nothing was done")}, Message: forPeople.Message,
			Nearest: []link{{URL: here(c.Request), Name: "Back"}, {URL: "/", Words: say("Overview")}}}
		if forPeople.RetryAfter > 0 {
			c.Header("Retry-After", strconv.Itoa(int(forPeople.RetryAfter.Seconds())))
		}
		p.sendFailure(c, statuses[forPeople.Kind], withDetails(page, forPeople))
	default:
		page := errorPage{layout: layout{Title: say("This address cannot be answered")}, Message: forPeople.Message,
			Nearest: append(mended(c.Request.URL.Path, c.Request.URL.Query(), forPeople.Problems), link{URL: "/", Words: say("Overview")})}
		p.sendFailure(c, http.StatusBadRequest, withDetails(page, forPeople))
	}
}

// statuses are those of the errors of what a form does.
var statuses = map[models.ErrorKind]int{models.ErrInvalid: http.StatusUnprocessableEntity, models.ErrForbidden: http.StatusForbidden,
	models.ErrUnauthorized: http.StatusUnauthorized, models.ErrStale: http.StatusConflict, models.ErrConflict: http.StatusConflict,
	models.ErrLimited: http.StatusTooManyRequests, models.ErrWithheld: http.StatusUnavailableForLegalReasons, models.ErrUnreachable: http.StatusUnprocessableEntity,
	models.ErrUnready: http.StatusServiceUnavailable}

func withDetails(page errorPage, err *models.Error) errorPage {
	for _, problem := range err.Problems {
		if problem.Message != err.Message {
			page.Details = append(page.Details, problem.Message)
		}
	}
	return page
}

// mended are the views nearest to an address that cannot be answered: as it was most likely meant,
// without what is wrong in it, and without any parameter.
func mended(path string, values url.Values, problems []models.Problem) []link {
	var links []link
	meant, left := firstPage(values), firstPage(values)
	typos := 0
	for _, problem := range problems {
		name, ok := strings.CutPrefix(problem.Pointer, "?")
		if !ok || !values.Has(name) {
			continue
		}
		left.Del(name)
		switch {
		case problem.Meant == "":
			meant.Del(name)
		case problem.Typed == name:
			typos++
			meant[problem.Meant] = append(meant[problem.Meant], meant[name]...)
			meant.Del(name)
		default:
			typos++
			list := commaList(meant[name])
			for i := range list {
				if list[i] == problem.Typed {
					list[i] = problem.Meant
				}
			}
			meant.Set(name, strings.Join(list, ","))
		}
	}
	if readable, err := url.QueryUnescape(address(path, meant)); typos > 0 && err == nil {
		links = append(links, link{URL: address(path, meant), Words: say("What you may have meant: %s", shortened(readable, 200))})
	}
	if len(left) > 0 && len(left) < len(values) {
		links = append(links, link{URL: address(path, left), Words: say("This page without what is wrong")})
	}
	return append(links, link{URL: address(path, nil), Words: say("This page without the parameters")})
}

// presentOf leads from a past in which something was not known to its present.
func presentOf(path string, values url.Values) []link {
	now := with(with(values, "known_at", ""), "as_of", "")
	if len(now) == len(values) {
		return nil
	}
	return []link{{URL: address(path, now), Words: say("This page as it is today")}}
}

// secretPaths are the folders of pages whose last word is a secret: no search is to repeat it.
var secretPaths = []string{"digest", "digest/leave", "invitations", "reply"}

// nearest are the pages beside one that is not there: the list above it, and a search for its
// last word.
func nearest(missing string) []link {
	links := []link{{URL: "/", Words: say("Overview")}}
	folder, last := path.Split(strings.Trim(missing, "/"))
	folder = strings.Trim(folder, "/")
	for kind, plural := range plurals {
		if folder == plural {
			links = append(links, link{URL: "/" + plural, Words: say("All: %s", kindTitles[kind])})
		}
	}
	if title := map[string]*text{"sources": say("Sources"), "supplies": say("Supplies"), "claims": say("Claims and answers")}[folder]; title != nil {
		links = append(links, link{URL: "/" + folder, Words: say("All: %s", title)})
	}
	if _, err := uuid.Parse(last); err == nil || slices.ContainsFunc(secretPaths, func(secret string) bool { return strings.HasSuffix("/"+folder, "/"+secret) }) {
		return links
	}
	words := strings.Join(strings.FieldsFunc(last, func(r rune) bool { return r == '-' || r == '_' || r == '.' }), " ")
	if words != "" && len(words) <= 100 {
		links = append(links, link{URL: address("/search", map[string][]string{"q": {words}}), Words: say("Search for “%s”", words)})
	}
	return links
}

func (p *Pages) sendFailure(c *gin.Context, status int, page errorPage) {
	page.Nav, page.Member = navigation(""), linksOf(p.actor(c))
	text, err := p.execute(c, view{template: "error", data: &page})
	if err != nil {
		p.logger.Error("error page", "error", err)
		text = []byte("Something went wrong here that should not have.")
	}
	secure(c)
	c.Header("Cache-Control", "no-store")
	c.Data(status, "text/html; charset=utf-8", text)
	c.Abort()
}
