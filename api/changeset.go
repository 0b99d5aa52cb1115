package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
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
	Amender      string      `json:"amender,omitempty" doc:"Who changed what its author proposed."`
	Note         string      `json:"note,omitempty" doc:"What was said when it was decided."`
	Edition      int64       `json:"edition,omitempty" doc:"Counts its saves while it waits; an amendment names the one it saw."`
	PublishAt    *time.Time  `json:"publish_at,omitempty" doc:"The embargo: it is not published before."`
	Approver     string      `json:"approver,omitempty" doc:"Who approved it for its day, while it waits."`
	CreatedAt    time.Time   `json:"created_at" doc:"When it was sent; when a draft was begun is nobody's business but its author's."`
	DecidedAt    *time.Time  `json:"decided_at"`
	FromPosition *int64      `json:"from_position" doc:"Its first log position; null until published."`
	LogSize      *int64      `json:"log_size" doc:"The log's size after it; null until published."`
	Revisions    []Revision  `json:"revisions,omitempty" doc:"What it published, a page of it, in a single changeset."`
	Next         *string     `json:"next,omitempty" doc:"The cursor of the next page of its revisions; left out after the last."`
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
	Into    *uuid.UUID `json:"into,omitempty" format:"uuid" doc:"Of a merge: the record that stands."`
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
	wire := Changeset{ID: c.ID, Status: string(c.Status), Summary: c.Summary, Author: c.Author, Reviewer: c.Reviewer, Amender: c.Amender, Note: c.Note,
		PublishAt: c.PublishAt, Approver: c.Approver,
		CreatedAt: c.Sent().UTC(), DecidedAt: c.DecidedAt, FromPosition: c.FromPosition, LogSize: c.ToSize}
	for _, r := range c.Revisions {
		wire.Revisions = append(wire.Revisions, revisionOf(r))
	}
	for _, op := range c.Proposed {
		wire.Operations = append(wire.Operations, Operation{Op: string(op.Op), Type: string(op.Type), ID: &op.ID, Version: op.Version,
			Edit: string(op.Edit), Reason: op.Reason, Into: op.Into, Data: op.Data})
	}
	if c.Status != models.ChangesetPublished {
		wire.Edition = c.Edition
	}
	return wire
}

func (a *API) registerChangesets() {
	list := huma.Operation{Method: http.MethodGet, Path: "/changesets", OperationID: "list-changesets", Summary: "List changesets, newest first", Tags: []string{"changesets"},
		Parameters: append([]*huma.Param{parameter("status", "Where it stands. Published ones alone come in the order of publication.", models.ChangesetStatuses().Values()...),
			parameter("record", "Id or slug: those that published something of this record."), parameter("mine", "Those of one's own.", "true")}, pageParameters()...)}
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

	get := huma.Operation{Method: http.MethodGet, Path: "/changesets/{id}", OperationID: "get-changeset", Summary: "Get one changeset with what it wrote or proposes", Tags: []string{"changesets"},
		Parameters: []*huma.Param{numberParameter("limit", "Revisions on a page, 1 to 500; 500 when left out."), parameter("cursor", "The \"next\" of the page before; opaque.")}}
	huma.Register(a.huma, get, func(ctx context.Context, in *one) (*answer[Changeset], error) {
		id, err := in.uuid(in.ID, "limit", "cursor")
		if err != nil {
			return nil, err
		}
		limit, err := in.number("limit", 500)
		if err != nil {
			return nil, err
		}
		if limit == 0 {
			limit = -1 // not the default, but refused as any other that is too small or large
		}
		c, err := a.services.Changeset(ctx, actorOf(ctx), id, int(min(limit, 501)), in.values.Get("cursor"))
		if err != nil {
			return nil, a.failed(err)
		}
		out := &answer[Changeset]{Body: changesetOf(c), CacheControl: caching(ctx)}
		out.Link, out.Body.Next = in.next(c.Next)
		return out, nil
	})

	post := secured(huma.Operation{Method: http.MethodPost, Path: "/changesets", OperationID: "create-changeset", Summary: "Publish or propose many writes as one", Tags: []string{"changesets"},
		DefaultStatus: http.StatusCreated}, services.ActionPropose, mostChangeset)
	a.writes[post.OperationID] = writing{body: changesetBody(), answer: reflect.TypeFor[Written](), proposes: true}
	huma.Register(a.huma, post, a.createChangeset)
	a.registerDecisions()
}

func (a *API) createChangeset(ctx context.Context, in *body) (*answer[any], error) {
	if err := in.allow(); err != nil {
		return nil, err
	}
	if err := in.jsonBody(); err != nil {
		return nil, err
	}
	changeset, err := a.readChangeset(ctx, in.raw, "id", "summary", "publish_at", "operations")
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

// readChangeset reads a changeset of these members and its documents; everything wrong comes back
// together.
func (a *API) readChangeset(ctx context.Context, raw []byte, names ...string) (models.Changeset, error) {
	m, err := readMembers(raw)
	if err != nil {
		return models.Changeset{}, err
	}
	var r bodyReader
	c := models.Changeset{ID: r.uuid(m, "", "id"), Summary: r.text(m, "", "summary")}
	var operations []json.RawMessage
	r.value(m, "", "operations", &operations, "a list of operations in [ ]")
	r.value(m, "", "publish_at", &c.PublishAt, "an instant as in RFC 3339, such as 2026-01-31T00:00:00Z")
	r.only(m, "", names...)
	c.Operations = make([]models.Operation, len(operations))
	data := make([][]byte, len(operations))
	for i, operation := range operations {
		c.Operations[i], data[i] = r.operation(fmt.Sprintf("/operations/%d", i), operation)
	}

	var found *Problem
	if err := a.decode(ctx, c.Operations, data); errors.As(err, &found) && found.Status == http.StatusUnprocessableEntity {
		r.problems = append(r.problems, found.Errors...)
	} else if err != nil {
		return c, err
	}
	return c, r.failed()
}

// operation reads one operation, and the data that is to become its document; nil when there is
// none, or when its type is unknown.
func (r *bodyReader) operation(at string, raw json.RawMessage) (models.Operation, []byte) {
	var m members
	if json.Unmarshal(raw, &m) != nil || m == nil {
		r.problem(at, "An operation is an object with op, type, id, version, edit, reason and data.")
		return models.Operation{}, nil
	}
	op := models.Operation{Op: models.Op(r.text(m, at, "op")), Type: models.RecordType(r.text(m, at, "type")), ID: r.uuid(m, at, "id"),
		Edit: models.EditKind(r.text(m, at, "edit")), Reason: r.text(m, at, "reason")}
	r.value(m, at, "version", &op.Version, "the number of the version that you saw")
	r.only(m, at, "op", "type", "id", "version", "edit", "reason", "data")
	if models.NewDocument(op.Type) == nil {
		types := models.RecordTypes().Values()
		r.problem(at+"/type", "%q is no record type.%s Possible are %s.", shorten(string(op.Type)), models.DidYouMean(string(op.Type), types), strings.Join(types, ", "))
		return op, nil
	}
	if op.Op != models.OpCreate && op.Op != models.OpEdit {
		return op, nil
	}
	return op, m["data"]
}

// decode reads the documents of operations.
func (a *API) decode(ctx context.Context, operations []models.Operation, data [][]byte) error {
	types := make([]models.RecordType, len(operations))
	for i, op := range operations {
		types[i] = op.Type
	}
	documents, err := a.services.DecodeAll(ctx, types, data)
	if err != nil {
		return a.failedAt(err, changesetPointer)
	}
	for i, document := range documents {
		operations[i].Data = document
	}
	return nil
}

// decisions say what each does.
var decisions = map[string]string{
	"publish":         "Approve a changeset that waits for review; one with an embargo is published on its day",
	"request-changes": "Give a changeset back to its author, with a note",
	"reject":          "Reject a changeset that waits for review",
	"withdraw":        "Take a changeset of one's own back",
}

// registerDecisions mounts what may be done with a changeset that waits.
func (a *API) registerDecisions() {
	for verb, decide := range map[string]func(context.Context, models.Actor, uuid.UUID, string) (services.Outcome, error){
		"publish": a.services.Approve, "request-changes": a.services.RequestChanges, "reject": a.services.Reject, "withdraw": a.services.Withdraw,
	} {
		action := services.ActionReview
		if verb == "withdraw" {
			action = services.ActionPropose
		}
		op := secured(huma.Operation{Method: http.MethodPost, Path: "/changesets/{id}/" + verb, OperationID: verb + "-changeset", Tags: []string{"changesets"},
			Summary: decisions[verb]}, action, mostBody)
		a.writes[op.OperationID] = writing{body: objectBody(false, map[string]string{"note": "What is said about the decision."})}
		huma.Register(a.huma, op, func(ctx context.Context, in *oneBody) (*answer[Written], error) {
			id, err := in.uuid(in.ID)
			if err != nil {
				return nil, err
			}
			note := ""
			if len(in.raw) > 0 {
				if err := in.jsonBody(); err != nil {
					return nil, err
				}
				said, err := onlyMembers(in.raw, "note")
				if err != nil {
					return nil, err
				}
				note = said["note"]
			}
			note, problem := models.CleanText(note)
			if problem != "" || len(note) > 5000 {
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

// uuid reads the id of the path, where no slug can stand; names are the parameters that may follow.
func (r *request) uuid(text string, names ...string) (uuid.UUID, error) {
	if err := r.allow(names...); err != nil {
		return uuid.Nil, err
	}
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return uuid.Nil, newProblem(http.StatusNotFound, fmt.Sprintf("There is nothing with the id %q.", shorten(text)))
	}
	return id, nil
}

func (a *API) registerRedaction() {
	op := secured(huma.Operation{Method: http.MethodPost, Path: "/records/{id}/redact", OperationID: "redact-record", Tags: []string{"changesets"},
		Summary: "Erase a field that the law forces out; the log still verifies"}, services.ActionRedact, mostBody)
	a.writes[op.OperationID] = writing{body: objectBody(true, map[string]string{"field": "Which field.", "reason": "Why; public, so it must not repeat the value."})}
	huma.Register(a.huma, op, func(ctx context.Context, in *oneBody) (*answer[Written], error) {
		id, said, err := in.said("field", "reason")
		if err != nil {
			return nil, err
		}
		reason, problem := models.CleanText(said["reason"])
		if problem != "" {
			return nil, newProblem(http.StatusUnprocessableEntity, "Nothing was redacted.", ProblemField{Pointer: "/reason", Detail: problem})
		}
		out, err := a.services.Redact(ctx, actorOf(ctx), id, said["field"], reason)
		if err != nil {
			return nil, a.failed(err)
		}
		return &answer[Written]{Body: writtenOf(out), CacheControl: "no-store"}, nil
	})
}
