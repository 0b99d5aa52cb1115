package frontend

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// How a page writes
//
// Routes are listed in frontend.go. Three kinds are for members:
//
//	member("/records/:id/edit", services.ActionPropose, p.editForm)  // GET, for who may do the action
//	post("/records/:id/edit", services.ActionPropose, p.edit)        // POST, the same
//	upload("/imports", services.ActionImport, 64<<20, p.import)      // POST with files
//
// A post has passed, before its function is called: http.CrossOriginProtection and a proof that
// the request comes from a page of this site, the bound on the form's size, the session, the
// permission table, and the confirmation of who it is, where the action asks for it. anybody is
// the action of posts that need no account. c.PostForm reads the fields. The function gives
//
//	return view{moved: "/records/" + id}, nil                        // 303: it is done, go there
//	return p.again(view{template: "edit", data: page}, err)          // 422: the form again, with what is wrong
//	return view{}, err                                               // an error page: 404, 403 …
//
// again takes the problems of a *models.Error and shows them above the form, each as a link to its
// field: the problem with the pointer "/names/0/text" leads to the element with the id
// "names-0-text" (fieldID gives it). Beside the field the template says what is wrong with it:
//
//	<label for="reason">Reason</label>
//	<input id="reason" name="reason" value="{{.Reason}}"{{if .Problem "reason"}} aria-invalid="true" aria-describedby="reason-problem"{{end}}>
//	{{template "problem" (.ProblemAt "reason")}}
//
// p.tell(c, "Your proposal waits for review.") shows a notice on the next page.
//
// Every route that writes has a row in authorization_test.go.

// anybody is the action of posts for which no account is needed.
const anybody services.Action = ""

// mostForm bounds the forms that come in, in bytes.
const mostForm = 1 << 20

// member makes a handler of a page that only those see who may do an action. Others are led to
// sign in, or told that there is no such page.
func (p *Pages) member(action services.Action, build func(*gin.Context) (view, error)) gin.HandlerFunc {
	return p.page(func(c *gin.Context) (view, error) {
		actor := p.actor(c)
		switch {
		case !actor.SignedIn():
			return view{seeOther: withNext("/sign-in", here(c.Request))}, nil
		case !services.May(actor, action):
			return view{}, models.Errorf(models.ErrNotFound, "There is no page at this address.")
		case services.NeedsConfirmation(actor, action):
			return view{seeOther: withNext("/confirm", here(c.Request))}, nil
		}
		return build(c)
	})
}

// post makes a handler of what a form does; see above.
func (p *Pages) post(action services.Action, most int64, write func(*gin.Context, models.Actor) (view, error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer p.recover(c)
		secure(c)
		c.Request = c.Request.WithContext(p.services.Seeing(c.Request.Context(), models.Actor{}, true))
		p.settleLanguage(c)
		if err := p.sameOrigin(c.Request); err != nil {
			p.fail(c, err)
			return
		}
		if err := readForm(c, most); err != nil {
			p.fail(c, err)
			return
		}
		if err := p.identify(c); err != nil {
			p.fail(c, err)
			return
		}
		actor := p.actor(c)
		if action != anybody {
			if err := services.Require(actor, action); err != nil {
				p.refuse(c, actor, action, err)
				return
			}
		}
		v, err := write(c, actor)
		p.answerPost(c, v, err)
	}
}

// sameOrigin refuses what pages of other sites send. Browsers say where a request comes from;
// one that says nothing is no browser of a person who has a session here.
func (p *Pages) sameOrigin(r *http.Request) error {
	if p.crossOrigin.Check(r) != nil || r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" {
		return models.Errorf(models.ErrForbidden, "This did not come from a page of this site, so nothing was done. Open the page here, and try again.")
	}
	return nil
}

// readForm reads the fields of a form, up to a bound.
func readForm(c *gin.Context, most int64) error {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, most)
	err := c.Request.ParseForm()
	if strings.HasPrefix(c.ContentType(), "multipart/") {
		err = c.Request.ParseMultipartForm(mostForm)
	}
	var large *http.MaxBytesError
	if err == nil || errors.As(err, &large) {
		return err
	}
	return models.Errorf(models.ErrInvalid, "The form could not be read. Go back, and send it again.")
}

// refuse answers who may not do what a form does.
func (p *Pages) refuse(c *gin.Context, actor models.Actor, action services.Action, err error) {
	switch {
	case !actor.SignedIn():
		p.sendFailure(c, http.StatusUnauthorized, errorPage{layout: layout{Title: verbatim("Sign in to go on")}, Message: "You are not signed in (any more), so nothing was done.",
			Nearest: []link{{URL: withNext("/sign-in", here(c.Request)), Name: "Sign in"}}})
	case services.May(actor, action):
		p.sendFailure(c, http.StatusForbidden, errorPage{layout: layout{Title: verbatim("Confirm that it is you")}, Message: err.Error() + " Nothing was done yet.",
			Nearest: []link{{URL: withNext("/confirm", here(c.Request)), Name: "Confirm that it is you"}}})
	default:
		p.fail(c, err)
	}
}

// answerPost answers with where to go, the form again, or an error.
func (p *Pages) answerPost(c *gin.Context, v view, err error) {
	if err == nil && v.moved != "" {
		v.seeOther, v.moved = v.moved, ""
	}
	p.answer(c, "", v, err)
}

// again gives a form once more with what is wrong with it. An error that is not about what was
// typed in is passed on.
func (p *Pages) again(v view, err error) (view, error) {
	var forPeople *models.Error
	if !errors.As(err, &forPeople) || forPeople.Kind == models.ErrForbidden || forPeople.Kind == models.ErrNotFound || forPeople.Kind == models.ErrUnauthorized {
		return view{}, err
	}
	page, ok := v.data.(framed)
	if !ok {
		return view{}, fmt.Errorf("the page %q has no layout", v.template)
	}
	l := page.frame()
	for _, problem := range forPeople.Problems {
		l.Problems = append(l.Problems, formProblem{Field: fieldID(problem.Pointer), Message: problem.Message, Known: knownLink(problem)})
	}
	if len(l.Problems) == 0 {
		l.Problems = []formProblem{{Message: forPeople.Message}}
	}
	l.Title = verbatim("Problem: " + p.languages[0].say(l.Title))
	v.status = http.StatusUnprocessableEntity
	if forPeople.Kind == models.ErrLimited {
		v.status, v.retryAfter = http.StatusTooManyRequests, forPeople.RetryAfter
	}
	return v, nil
}

// isKind reports whether an error for people is of a kind.
func isKind(err error, kind models.ErrorKind) bool {
	var forPeople *models.Error
	return errors.As(err, &forPeople) && forPeople.Kind == kind
}

// wrong is the error of one field of a form.
func wrong(field, message string) error {
	return &models.Error{Kind: models.ErrInvalid, Message: message, Problems: []models.Problem{{Pointer: "/" + field, Message: message}}}
}

// formProblem is one thing wrong with a form.
type formProblem struct {
	// Field is the id of the field; "" where it is about the whole.
	Field   string
	Message string
	// Known leads to the source that is there already; nil for other problems.
	Known *link
	// Use is what a button of the form does that has a citation cite that source; "" where there is none.
	Use string
}

// knownLink leads to the source that has an address already; nil where that is not the problem.
func knownLink(p models.Problem) *link {
	if p.Known == nil {
		return nil
	}
	return &link{URL: "/sources/" + p.Known.ID.String(), Name: p.Known.Title}
}

// fieldID is the id of the field that a JSON Pointer speaks of.
func fieldID(pointer string) string {
	return strings.ReplaceAll(strings.Trim(pointer, "/"), "/", "-")
}

// framed is a page's struct: all of them begin with the layout.
type framed interface{ frame() *layout }

// Problem says what is wrong with a field, by its id; "" when nothing is.
func (l *layout) Problem(field string) string {
	for _, problem := range l.Problems {
		if problem.Field == field {
			return problem.Message
		}
	}
	return ""
}

// ProblemAt is the problem of a field, for the template "problem".
func (l *layout) ProblemAt(field string) formProblem {
	return formProblem{Field: field, Message: l.Problem(field)}
}
