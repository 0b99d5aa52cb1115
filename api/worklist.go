package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// Worklist is a list of records that wait for somebody's attention.
type Worklist struct {
	Name       string   `json:"name"`
	Title      string   `json:"title"`
	Definition string   `json:"definition" doc:"Which records are on it."`
	Types      []string `json:"types" doc:"The record types that it can show; the first unless another is asked for."`
}

// Worklists are all there are.
type Worklists struct {
	Data []Worklist `json:"data"`
}

// Work is a record that waits for attention.
type Work struct {
	Why    string `json:"why" doc:"Why it is on the list, in words."`
	Record any    `json:"record" doc:"The record; record_type tells which."`
}

// WorkPage is a page of a worklist.
type WorkPage struct {
	Worklist
	Data []Work  `json:"data"`
	Next *string `json:"next"`
	View
}

func worklistOf(w services.Worklist) Worklist {
	wire := Worklist{Name: w.Name, Title: w.Title, Definition: w.Definition}
	for _, t := range w.Types {
		wire.Types = append(wire.Types, string(t))
	}
	return wire
}

func (a *API) registerWorklists() {
	token := []map[string][]string{{"token": {}}}
	all := huma.Operation{Method: http.MethodGet, Path: "/worklists", OperationID: "list-worklists", Summary: "What lists of work there are", Tags: []string{"worklists"}}
	huma.Register(a.huma, all, func(ctx context.Context, in *struct{ request }) (*answer[Worklists], error) {
		if err := in.allow(); err != nil {
			return nil, err
		}
		out := &answer[Worklists]{CacheControl: caching(ctx)}
		for _, w := range services.Worklists() {
			out.Body.Data = append(out.Body.Data, worklistOf(w))
		}
		return out, nil
	})

	get := huma.Operation{Method: http.MethodGet, Path: "/worklists/{id}", OperationID: "get-worklist", Summary: "The records that wait for attention, and why", Tags: []string{"worklists"}, Security: token}
	get.Parameters = append([]*huma.Param{
		parameter("type", "Which of the list's record types.", models.RecordTypes().Values()...),
		parameter("party", "Involves this entity, by its id or slug."),
	}, pageParameters()...)
	huma.Register(a.huma, get, a.getWorklist)

	confirm := secured(huma.Operation{Method: http.MethodPost, Path: "/records/{id}/confirm", OperationID: "confirm-record", Tags: []string{"worklists"},
		Summary: "Say that a record was checked and still holds, with the source that shows it"}, services.ActionPropose, mostBody)
	a.writes[confirm.OperationID] = writing{proposes: true, guarded: true, answer: reflect.TypeFor[Written](), body: objectBody(false, map[string]string{
		"source": "Id of the source that shows it; left out when nothing newer was found.", "locator": "Where in the source.", "note": "A short note on the citation.",
		"holds_on": "The day on which the source shows that it held; its day of publication when left out.",
	})}
	huma.Register(a.huma, confirm, a.confirm)
}

func (a *API) getWorklist(ctx context.Context, in *one) (*answer[WorkPage], error) {
	w, err := services.FindWorklist(in.ID)
	if err != nil {
		return nil, a.failed(err)
	}
	q, err := services.ParseWorklist(w, in.values)
	if err != nil {
		return nil, a.failed(err)
	}
	page, err := a.services.Worklist(ctx, actorOf(ctx), in.ID, q)
	if err != nil {
		return nil, a.failed(err)
	}
	out := &answer[WorkPage]{CacheControl: caching(ctx), Body: WorkPage{Worklist: worklistOf(page.Worklist), Data: make([]Work, len(page.Records)), View: viewed(services.Moment{}, page.Resolved)}}
	v := viewOf(page.Page)
	for i, record := range page.Records {
		out.Body.Data[i] = Work{Why: page.Why[record.ID], Record: v.any(record)}
	}
	out.Link, out.Body.Next = in.next(page.Next)
	return out, nil
}

// confirm answers 200 with what was written, or 202 with the proposal.
func (a *API) confirm(ctx context.Context, in *oneBody) (*answer[any], error) {
	id, err := in.uuid(in.ID)
	if err != nil {
		return nil, err
	}
	c := services.Confirmation{}
	if c.Version, err = in.seen(); err != nil {
		return nil, err
	}
	if len(in.raw) > 0 {
		if err := in.jsonBody(); err != nil {
			return nil, err
		}
		if err := readConfirmation(in.raw, &c); err != nil {
			return nil, err
		}
	}
	changeset, err := a.services.Confirming(ctx, actorOf(ctx), id, c)
	if err != nil {
		return nil, a.failed(err)
	}
	out, err := a.submit(ctx, in.request, in.raw, changeset)
	if err != nil {
		return nil, a.failedWrite(ctx, err, models.Operation{ID: id, Version: c.Version})
	}
	answer := proposed(out)
	if out.Status == models.ChangesetPublished {
		answer.Status = http.StatusOK
	}
	return answer, nil
}

func readConfirmation(raw []byte, c *services.Confirmation) error {
	m, err := readMembers(raw)
	if err != nil {
		return err
	}
	var r bodyReader
	if source := r.uuid(m, "", "source"); source != uuid.Nil {
		c.Source = &source
	}
	c.Locator, c.Note = r.text(m, "", "locator"), r.text(m, "", "note")
	if text := r.text(m, "", "holds_on"); text != "" {
		if c.HoldsOn, err = models.ParseDay(text); err != nil {
			r.problem("/holds_on", "%s", err)
		}
	}
	r.only(m, "", "source", "locator", "note", "holds_on")
	return r.failed()
}
