package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"plumbline/models"
)

// Problem is an error as RFC 9457 has it, with every field that is wrong at once.
type Problem struct {
	Type   string         `json:"type" doc:"A URI that names the type of problem; about:blank where the status says it all."`
	Title  string         `json:"title" doc:"The type of problem in words."`
	Status int            `json:"status"`
	Detail string         `json:"detail,omitempty" doc:"What went wrong and what to do, in a sentence."`
	Errors []ProblemField `json:"errors,omitempty" doc:"Every field that is wrong."`
	// Current is the record as it stands, where a write named an older version of it.
	Current any `json:"current,omitempty" doc:"The record as it stands, where the write named an older version."`
	// Source is the source that is there already, where that is all that is wrong.
	Source *ProblemSource `json:"source,omitempty" doc:"The source that has the address already, where that is all that is wrong."`
}

// ProblemField is one thing wrong with one field or parameter.
type ProblemField struct {
	Pointer   string `json:"pointer,omitempty" doc:"JSON Pointer into the request's body."`
	Parameter string `json:"parameter,omitempty" doc:"Name of the query parameter or header."`
	Detail    string `json:"detail"`
	// Source is the source that is there already, where the field names its address.
	Source *ProblemSource `json:"source,omitempty" doc:"The source that has this address already: use it."`
}

// ProblemSource is a source that is there already.
type ProblemSource struct {
	ID    uuid.UUID `json:"id" format:"uuid"`
	Title string    `json:"title"`
	URL   string    `json:"url,omitempty" doc:"Its address, as it was written."`
	Page  string    `json:"page" doc:"Where it is to be seen here."`
}

// Error is the problem's sentence.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status, for huma.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of RFC 9457, for huma.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func newProblem(status int, detail string, fields ...ProblemField) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Errors: fields}
}

// statuses translates the kinds of errors that services give.
var statuses = map[models.ErrorKind]int{
	models.ErrInvalid:      http.StatusUnprocessableEntity,
	models.ErrNotFound:     http.StatusNotFound,
	models.ErrForbidden:    http.StatusForbidden,
	models.ErrUnauthorized: http.StatusUnauthorized,
	models.ErrStale:        http.StatusPreconditionFailed,
	models.ErrConflict:     http.StatusConflict,
	models.ErrUnreachable:  http.StatusUnprocessableEntity,
	models.ErrLimited:      http.StatusTooManyRequests,
	models.ErrUnready:      http.StatusServiceUnavailable,
	models.ErrWithheld:     http.StatusUnavailableForLegalReasons,
}

// problemOf translates an error of the services once, at this border. Internal errors go to the
// log and become a 500 that says nothing of them. pointer turns an operation and a pointer into
// its data into a pointer into the request's body.
func problemOf(logger *slog.Logger, err error, pointer func(operation int, pointer string) string) error {
	var status huma.StatusError
	if errors.As(err, &status) {
		return err // made at this border already
	}
	var forPeople *models.Error
	if !errors.As(err, &forPeople) {
		logger.Error("request failed", "error", err)
		return newProblem(http.StatusInternalServerError, "Something went wrong here that should not have. It was logged; try again later.")
	}

	problem := newProblem(statuses[forPeople.Kind], forPeople.Message)
	problem.Current = currentOf(forPeople.Current)
	for _, p := range forPeople.Problems {
		field := ProblemField{Detail: p.Message}
		if p.Known != nil {
			field.Source = &ProblemSource{ID: p.Known.ID, Title: p.Known.Title, URL: p.Known.URL, Page: "/sources/" + p.Known.ID.String()}
			if len(forPeople.Problems) == 1 {
				problem.Detail, problem.Source = p.Message, field.Source
			}
		}
		if name, ok := strings.CutPrefix(p.Pointer, "?"); ok {
			field.Parameter = name
			problem.Status, problem.Title = http.StatusBadRequest, http.StatusText(http.StatusBadRequest)
		} else {
			field.Pointer = pointer(p.Operation, p.Pointer)
		}
		problem.Errors = append(problem.Errors, field)
	}
	return problem
}

// plainPointer is for requests whose body is the data of one operation.
func plainPointer(_ int, pointer string) string { return pointer }

// changesetPointer is for requests with a list of operations. What belongs to the operation
// itself is beside its data.
func changesetPointer(operation int, pointer string) string {
	switch pointer {
	case "/summary", "/operations":
		return pointer
	case "/op", "/type", "/id", "/version", "/edit", "/reason", "/data":
		return fmt.Sprintf("/operations/%d%s", operation, pointer)
	}
	return fmt.Sprintf("/operations/%d/data%s", operation, pointer)
}

// humaProblem makes problems of the errors that huma finds by itself. It never repeats what was
// submitted.
func humaProblem(status int, message string, errs ...error) huma.StatusError {
	problem := newProblem(status, sentence(message))
	for _, err := range errs {
		// What a Resolve found stands for itself.
		var own *Problem
		if errors.As(err, &own) {
			return own
		}
		var detail *huma.ErrorDetail
		if errors.As(err, &detail) {
			problem.Errors = append(problem.Errors, ProblemField{Parameter: strings.TrimPrefix(strings.TrimPrefix(detail.Location, "query."), "path."),
				Detail: sentence(detail.Message)})
		}
	}
	return problem
}

func sentence(message string) string {
	if message == "" {
		return ""
	}
	message = strings.ToUpper(message[:1]) + message[1:]
	return strings.TrimSuffix(message, ".") + "."
}
