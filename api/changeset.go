package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// Changeset is a set of writes that belong together.
type Changeset struct {
	ID           uuid.UUID   `json:"id" format:"uuid"`
	Status       string      `json:"status"`
	Summary      string      `json:"summary"`
	Author       string      `json:"author"`
	Reviewer     string      `json:"reviewer,omitempty"`
	Note         string      `json:"note,omitempty" doc:"What was said when it was decided."`
	CreatedAt    time.Time   `json:"created_at"`
	DecidedAt    *time.Time  `json:"decided_at"`
	FromPosition *int64      `json:"from_position" doc:"Its first log position; null until published."`
	LogSize      *int64      `json:"log_size" doc:"The log's size after it; null until published."`
	Revisions    []Revision  `json:"revisions,omitempty" doc:"What it published, in a single changeset."`
	Operations   []Operation `json:"operations,omitempty" doc:"What it proposes, in a single changeset that waits."`
}

// Operation is one write of a changeset.
type Operation struct {
	Op      string     `json:"op"`
	Type    string     `json:"type"`
	ID      *uuid.UUID `json:"id,omitempty" format:"uuid"`
	Version int64      `json:"version,omitempty"`
	Edit    string     `json:"edit,omitempty"`
	Reason  string     `json:"reason,omitempty"`
	Data    any        `json:"data,omitempty"`
}

// ChangesetList is a page of changesets.
type ChangesetList struct {
	Data []Changeset `json:"data"`
	Next *string     `json:"next"`
}

// Written is what became of a changeset.
type Written struct {
	ID      uuid.UUID       `json:"id" format:"uuid"`
	Status  string          `json:"status"`
	LogSize int64           `json:"log_size,omitempty"`
	Records []WrittenRecord `json:"records,omitempty" doc:"In the order of the operations."`
}

// WrittenRecord is one record that a changeset wrote.
type WrittenRecord struct {
	ID       uuid.UUID `json:"id" format:"uuid"`
	Type     string    `json:"type"`
	Version  int64     `json:"version"`
	Revision int64     `json:"revision"`
}

func writtenOf(out services.Outcome) Written {
	w := Written{ID: out.Changeset, Status: string(out.Status), LogSize: out.Size}
	for _, one := range out.Written {
		w.Records = append(w.Records, WrittenRecord{one.ID, string(one.Type), one.Version, one.Revision})
	}
	return w
}

// proposed answers for a changeset that waits for review.
func proposed(out services.Outcome) *answer[any] {
	return &answer[any]{Status: http.StatusAccepted, Location: Prefix + "/changesets/" + out.Changeset.String(), Body: writtenOf(out), CacheControl: "no-store"}
}

func changesetOf(c services.ChangesetView) Changeset {
	wire := Changeset{ID: c.ID, Status: string(c.Status), Summary: c.Summary, Author: c.Author, Reviewer: c.Reviewer, Note: c.Note,
		CreatedAt: c.CreatedAt.UTC(), DecidedAt: c.DecidedAt, FromPosition: c.FromPosition, LogSize: c.ToSize}
	for _, r := range c.Revisions {
		wire.Revisions = append(wire.Revisions, revisionOf(r))
	}
	for _, op := range c.Proposed {
		wire.Operations = append(wire.Operations, Operation{Op: string(op.Op), Type: string(op.Type), ID: &op.ID, Version: op.Version,
			Edit: string(op.Edit), Reason: op.Reason, Data: op.Data})
	}
	return wire
}

func (a *API) registerChangesets() {
	token := []map[string][]string{{"token": {}}}
	list := huma.Operation{Method: http.MethodGet, Path: "/changesets", OperationID: "list-changesets", Summary: "List changesets, newest first", Tags: []string{"changesets"},
		Parameters: append([]*huma.Param{parameter("status", "Where it stands.", models.ChangesetStatuses().Values()...)}, pageParameters()...)}
	huma.Register(a.huma, list, func(ctx context.Context, in *struct{ request }) (*answer[ChangesetList], error) {
		q, err := services.ParseChangesets(in.values)
		if err != nil {
			return nil, a.failed(err)
		}
		page, err := a.services.Changesets(ctx, actorOf(ctx), q)
		if err != nil {
			return nil, a.failed(err)
		}
		out := &answer[ChangesetList]{CacheControl: caching(ctx), Body: ChangesetList{Data: make([]Changeset, len(page.Changesets))}}
		for i, c := range page.Changesets {
			out.Body.Data[i] = changesetOf(c)
		}
		out.Link, out.Body.Next = in.next(page.Next)
		return out, nil
	})

	get := huma.Operation{Method: http.MethodGet, Path: "/changesets/{id}", OperationID: "get-changeset", Summary: "Get one changeset with what it wrote or proposes", Tags: []string{"changesets"}}
	huma.Register(a.huma, get, func(ctx context.Context, in *one) (*answer[Changeset], error) {
		id, err := in.uuid(in.ID)
		if err != nil {
			return nil, err
		}
		c, err := a.services.Changeset(ctx, actorOf(ctx), id)
		if err != nil {
			return nil, a.failed(err)
		}
		return &answer[Changeset]{Body: changesetOf(c), CacheControl: caching(ctx)}, nil
	})

	post := huma.Operation{Method: http.MethodPost, Path: "/changesets", OperationID: "create-changeset", Summary: "Publish or propose many writes as one", Tags: []string{"changesets"},
		Security: token, MaxBodyBytes: mostChangeset, DefaultStatus: http.StatusCreated}
	a.bodies[post.OperationID] = changesetBody()
	huma.Register(a.huma, post, a.createChangeset)
	a.registerDecisions(token)
}

func changesetBody() *huma.RequestBody {
	operation := &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{
		"op":      {Type: "string", Enum: []any{"create", "edit", "retract", "restore"}},
		"type":    {Type: "string", Description: "Record type."},
		"id":      {Type: "string", Format: "uuid"},
		"version": {Type: "integer", Description: "The version seen; left out for a create."},
		"edit":    {Type: "string", Enum: []any{"world_changed", "corrected"}},
		"reason":  {Type: "string"},
		"data":    {Type: "object", Description: "The whole document, for create and edit."},
	}}
	schema := &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{
		"id": {Type: "string", Format: "uuid"}, "summary": {Type: "string"}, "operations": {Type: "array", Items: operation}}}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}

// changesetInput is the body of a POST of a changeset.
type changesetInput struct {
	ID         uuid.UUID `json:"id"`
	Summary    string    `json:"summary"`
	Operations []struct {
		Op      models.Op         `json:"op"`
		Type    models.RecordType `json:"type"`
		ID      uuid.UUID         `json:"id"`
		Version int64             `json:"version"`
		Edit    models.EditKind   `json:"edit"`
		Reason  string            `json:"reason"`
		Data    json.RawMessage   `json:"data"`
	} `json:"operations"`
}

func (a *API) createChangeset(ctx context.Context, in *body) (*answer[any], error) {
	if err := in.allow(); err != nil {
		return nil, err
	}
	if err := in.jsonBody(); err != nil {
		return nil, err
	}
	changeset, err := a.readChangeset(ctx, in.raw)
	if err != nil {
		return nil, err
	}
	out, err := a.submit(ctx, in.request, in.raw, changeset)
	if err != nil {
		return nil, a.failedAt(err, changesetPointer)
	}
	answer := proposed(out)
	if out.Status == models.ChangesetPublished {
		answer.Status = http.StatusCreated
	}
	return answer, nil
}

func (a *API) readChangeset(ctx context.Context, raw []byte) (models.Changeset, error) {
	var input changesetInput
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&input); err != nil || decoder.More() {
		return models.Changeset{}, newProblem(http.StatusBadRequest, "The body is no changeset: "+plainJSONError(err)+" It has \"summary\" and \"operations\"; each operation has op, type, id, version, edit, reason and data.")
	}

	types, data := make([]models.RecordType, len(input.Operations)), make([][]byte, len(input.Operations))
	changeset := models.Changeset{ID: input.ID, Summary: input.Summary, Operations: make([]models.Operation, len(input.Operations))}
	for i, op := range input.Operations {
		types[i] = op.Type
		if op.Op == models.OpCreate || op.Op == models.OpEdit {
			data[i] = op.Data
		}
		changeset.Operations[i] = models.Operation{Op: op.Op, Type: op.Type, ID: op.ID, Version: op.Version, Edit: op.Edit, Reason: op.Reason}
	}
	documents, err := a.services.DecodeAll(ctx, types, data)
	if err != nil {
		return changeset, a.failedAt(err, changesetPointer)
	}
	for i, document := range documents {
		changeset.Operations[i].Data = document
	}
	return changeset, nil
}

// plainJSONError says what encoding/json found, without Go's words for it.
func plainJSONError(err error) string {
	if err == nil {
		return "something follows the object."
	}
	text := strings.TrimPrefix(err.Error(), "json: ")
	if i := strings.Index(text, "Go struct field"); i >= 0 {
		return "a value has the wrong type."
	}
	return text + "."
}

// registerDecisions mounts what may be done with a changeset that waits.
func (a *API) registerDecisions(token []map[string][]string) {
	for verb, decide := range map[string]func(context.Context, models.Actor, uuid.UUID, string) (services.Outcome, error){
		"publish": a.services.Approve, "reject": a.services.Reject, "withdraw": a.services.Withdraw,
	} {
		op := huma.Operation{Method: http.MethodPost, Path: "/changesets/{id}/" + verb, OperationID: verb + "-changeset", Tags: []string{"changesets"},
			Summary: strings.ToUpper(verb[:1]) + verb[1:] + " a changeset that waits for review", Security: token, MaxBodyBytes: mostBody}
		a.bodies[op.OperationID] = objectBody(map[string]string{"note": "What is said about the decision."})
		huma.Register(a.huma, op, func(ctx context.Context, in *oneBody) (*answer[Written], error) {
			id, err := in.uuid(in.ID)
			if err != nil {
				return nil, err
			}
			note := ""
			if len(in.raw) > 0 {
				_, members, err := takeMembers(in.raw, "note")
				if err != nil {
					return nil, err
				}
				note = members["note"]
			}
			if clean, problem := models.CleanText(note); problem != "" || len(clean) > 5000 {
				return nil, newProblem(http.StatusUnprocessableEntity, "Nothing was decided.", ProblemField{Pointer: "/note", Detail: "A note is plain text of at most 5,000 letters."})
			}
			out, err := decide(ctx, actorOf(ctx), id, note)
			if err != nil {
				return nil, a.failedAt(err, changesetPointer)
			}
			return &answer[Written]{Body: writtenOf(out), CacheControl: "no-store"}, nil
		})
	}
}

// uuid reads the id of the path, where no slug can stand.
func (r *request) uuid(text string) (uuid.UUID, error) {
	if err := r.allow(); err != nil {
		return uuid.Nil, err
	}
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return uuid.Nil, newProblem(http.StatusNotFound, fmt.Sprintf("There is nothing with the id %q.", shorten(text)))
	}
	return id, nil
}

func (a *API) registerRedaction() {
	op := huma.Operation{Method: http.MethodPost, Path: "/records/{id}/redact", OperationID: "redact-record", Tags: []string{"changesets"}, MaxBodyBytes: mostBody,
		Summary: "Erase a field that the law forces out; the log still verifies", Security: []map[string][]string{{"token": {}}}}
	a.bodies[op.OperationID] = objectBody(map[string]string{"field": "Which field.", "reason": "Why; public, so it must not repeat the value."})
	huma.Register(a.huma, op, func(ctx context.Context, in *oneBody) (*answer[Written], error) {
		id, err := in.uuid(in.ID)
		if err != nil {
			return nil, err
		}
		if err := in.jsonBody(); err != nil {
			return nil, err
		}
		_, members, err := takeMembers(in.raw, "field", "reason")
		if err != nil {
			return nil, err
		}
		out, err := a.services.Redact(ctx, actorOf(ctx), id, members["field"], members["reason"])
		if err != nil {
			return nil, a.failed(err)
		}
		return &answer[Written]{Body: writtenOf(out), CacheControl: "no-store"}, nil
	})
}
