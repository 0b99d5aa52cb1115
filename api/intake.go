package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// Intake is an article that a member took in, for members alone.
type Intake struct {
	ID          uuid.UUID      `json:"id" format:"uuid"`
	URL         string         `json:"url,omitempty"`
	Problem     string         `json:"problem,omitempty" doc:"Why there is no text; send it with PATCH."`
	Source      IntakeSource   `json:"source"`
	Text        string         `json:"text"`
	Passages    []Passage      `json:"passages" doc:"The sentences in which something was found."`
	Suggestions []Suggestion   `json:"suggestions"`
	Draft       *IntakeDraft   `json:"draft" doc:"What was put into a draft by this request; null for nothing."`
	References  map[string]Ref `json:"refs" doc:"The records that are named, by their ids."`
}

// IntakeSource is the article as a source.
type IntakeSource struct {
	ID        uuid.UUID `json:"id" format:"uuid" doc:"What operations cite."`
	Known     bool      `json:"known" doc:"It is recorded already; otherwise a draft makes it."`
	Publisher string    `json:"publisher,omitempty" doc:"A publisher without a record; a draft makes one."`
	Data      any       `json:"data" doc:"The source's document."`
}

// Passage is a sentence of a text, by its place in bytes of UTF-8.
type Passage struct {
	Start int    `json:"start"`
	End   int    `json:"end"`
	Text  string `json:"text"`
}

// Suggestion is something found in a text by plain rules. It is never published by itself.
type Suggestion struct {
	Key       string      `json:"key" doc:"Names it when it is put into a draft."`
	Kind      string      `json:"kind" enum:"name,date,status,claim,unknown"`
	Start     int         `json:"start" doc:"Its place in the text, in bytes of UTF-8."`
	End       int         `json:"end"`
	Passage   int         `json:"passage" doc:"Which of the passages it stands in."`
	Words     string      `json:"words"`
	Why       string      `json:"why" doc:"How it was found."`
	Entities  []uuid.UUID `json:"entities,omitempty" doc:"The entities that are named; more than one where a name is ambiguous."`
	Date      *Date       `json:"date,omitempty"`
	Records   []uuid.UUID `json:"records,omitempty" doc:"What it may be about, the likeliest first."`
	Operation *Operation  `json:"operation,omitempty" doc:"The prefilled write."`
	Missing   string      `json:"missing,omitempty" doc:"What the write still needs."`
}

// IntakeDraft is a draft that was made of suggestions.
type IntakeDraft struct {
	ID         uuid.UUID   `json:"id" format:"uuid"`
	Edition    int64       `json:"edition"`
	Summary    string      `json:"summary"`
	Operations []Operation `json:"operations"`
}

func operationOf(op models.Operation) Operation {
	wire := Operation{Op: string(op.Op), Type: string(op.Type), Version: op.Version, Edit: string(op.Edit), Reason: op.Reason, Into: op.Into, Data: op.Data}
	if op.ID != uuid.Nil {
		wire.ID = &op.ID
	}
	return wire
}

func intakeOf(in services.Intake) Intake {
	wire := Intake{ID: in.ID, URL: in.URL, Problem: in.Problem, Text: in.Body, Passages: []Passage{}, Suggestions: []Suggestion{}, References: map[string]Ref{},
		Source: IntakeSource{ID: in.SourceID, Known: in.Known != nil, Publisher: in.Publisher, Data: in.Source}}
	for _, one := range in.Suggestions {
		passage := Passage{one.PassageStart, one.PassageEnd, in.Body[one.PassageStart:one.PassageEnd]}
		at := slices.Index(wire.Passages, passage)
		if at < 0 {
			at, wire.Passages = len(wire.Passages), append(wire.Passages, passage)
		}
		s := Suggestion{Key: one.Key, Kind: string(one.Kind), Start: one.Start, End: one.End, Passage: at, Words: one.Words, Why: one.Why, Entities: one.Entities,
			Date: dateOf(one.Date), Records: one.Records, Missing: one.Missing}
		if one.Operation != nil {
			op := operationOf(*one.Operation)
			s.Operation = &op
		}
		wire.Suggestions = append(wire.Suggestions, s)
	}
	for id, ref := range in.Refs {
		wire.References[id.String()] = *refOf(ref)
	}
	return wire
}

func draftOf(d services.Draft) *IntakeDraft {
	wire := &IntakeDraft{ID: d.ID, Edition: d.Edition, Summary: d.Summary, Operations: []Operation{}}
	for _, op := range d.Operations {
		wire.Operations = append(wire.Operations, operationOf(op))
	}
	return wire
}

// takeable are the kinds of suggestion that can be put into a draft unseen.
var takeable = []services.SuggestionKind{services.SuggestStatus, services.SuggestClaim, services.SuggestUnknown, services.SuggestName}

func intakeBody(take bool) *huma.RequestBody {
	text := func(description string) *huma.Schema { return &huma.Schema{Type: "string", Description: description} }
	list := func(items *huma.Schema, description string) *huma.Schema {
		return &huma.Schema{Type: "array", Items: items, Description: description}
	}
	properties := map[string]*huma.Schema{"url": text("Where the article stands; it is fetched where no text is given."), "text": text("Its text."), "title": text("Its title."),
		"publisher": text("Who published it, by name."), "published": text("When, as EDTF or in words; dates in the text count from it."), "language": text("A code such as en."),
		"authors": list(&huma.Schema{Type: "string"}, "Who wrote it.")}
	if take {
		kinds := make([]any, len(takeable))
		for i, kind := range takeable {
			kinds[i] = string(kind)
		}
		properties["take"] = list(&huma.Schema{Type: "string", Enum: kinds}, "Kinds of suggestion that go into a draft at once, where nothing is missing of them.")
	}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: "object", Properties: properties, AdditionalProperties: false}}}}
}

// acceptedFields are what can be changed of a suggestion that is put into a draft.
var acceptedFields = []string{"record", "status", "extent", "scope", "date", "stance", "text", "speaker", "described", "kind", "name"}

func acceptBody() *huma.RequestBody {
	properties := map[string]*huma.Schema{"key": {Type: "string"}}
	for _, name := range acceptedFields {
		properties[name] = &huma.Schema{Type: "string"}
	}
	accepted := &huma.Schema{Type: "object", Required: []string{"key"}, Properties: properties, AdditionalProperties: false}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: "object", AdditionalProperties: false,
		Properties: map[string]*huma.Schema{"accept": {Type: "array", Items: accepted, Description: "The suggestions, each with what is to be other than suggested. None makes a draft of the source alone."}}}}}}
}

func (a *API) registerIntake() {
	operation := func(method, path, id, summary string) huma.Operation {
		return secured(huma.Operation{Method: method, Path: path, OperationID: id, Summary: summary, Tags: []string{"intake"}}, services.ActionIntake, mostChangeset)
	}
	post := operation(http.MethodPost, "/intake", "create-intake", "Take an article in, and see what it says about the records")
	post.DefaultStatus = http.StatusCreated
	a.writes[post.OperationID] = writing{body: intakeBody(true), answer: reflect.TypeFor[Intake]()}
	huma.Register(a.huma, post, a.createIntake)

	get := operation(http.MethodGet, "/intake/{id}", "get-intake", "Get an article that was taken in, with its suggestions")
	huma.Register(a.huma, get, func(ctx context.Context, in *one) (*answer[Intake], error) {
		id, err := in.uuid(in.ID)
		if err != nil {
			return nil, err
		}
		found, err := a.services.Intake(ctx, actorOf(ctx), id)
		return a.answerIntake(found, nil, err, http.StatusOK)
	})

	patch := operation(http.MethodPatch, "/intake/{id}", "complete-intake", "Give the text that could not be fetched, or correct what is said of the source")
	a.writes[patch.OperationID] = writing{body: intakeBody(false), answer: reflect.TypeFor[Intake]()}
	huma.Register(a.huma, patch, func(ctx context.Context, in *oneBody) (*answer[Intake], error) {
		id, err := in.uuid(in.ID)
		if err != nil {
			return nil, err
		}
		asked, _, err := a.readIntake(in.request, in.raw, false)
		if err != nil {
			return nil, err
		}
		found, err := a.services.CompleteIntake(ctx, actorOf(ctx), id, asked)
		return a.answerIntake(found, nil, err, http.StatusOK)
	})

	draft := operation(http.MethodPost, "/intake/{id}/draft", "draft-intake", "Put suggestions into a draft, which its author checks and submits")
	draft.DefaultStatus = http.StatusCreated
	a.writes[draft.OperationID] = writing{body: acceptBody(), answer: reflect.TypeFor[IntakeDraft]()}
	huma.Register(a.huma, draft, a.draftIntake)

	submit := secured(huma.Operation{Method: http.MethodPost, Path: "/changesets/{id}/submit", OperationID: "submit-draft", Tags: []string{"changesets"},
		Summary: "Hand a draft of one's own in: it is published, or waits for review"}, services.ActionPropose, mostBody)
	submit.DefaultStatus = http.StatusCreated
	a.writes[submit.OperationID] = writing{body: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: "object", AdditionalProperties: false,
		Required: []string{"edition"}, Properties: map[string]*huma.Schema{"edition": {Type: "integer", Description: "The draft's edition that was seen."}}}}}},
		answer: reflect.TypeFor[Written](), proposes: true, edition: true}
	huma.Register(a.huma, submit, a.submitDraft)
}

func (a *API) answerIntake(in services.Intake, draft *IntakeDraft, err error, status int) (*answer[Intake], error) {
	if err != nil {
		return nil, a.failed(err)
	}
	out := &answer[Intake]{Status: status, Body: intakeOf(in), CacheControl: "no-store"}
	out.Body.Draft = draft
	if status == http.StatusCreated {
		out.Location = Prefix + "/intake/" + in.ID.String()
	}
	return out, nil
}

// readIntake reads what is said of an article, and which kinds of suggestion are to be taken.
func (a *API) readIntake(in request, raw []byte, taking bool) (services.IntakeRequest, []services.SuggestionKind, error) {
	var asked services.IntakeRequest
	m, err := in.object(raw)
	if err != nil {
		return asked, nil, err
	}
	var r bodyReader
	asked = services.IntakeRequest{URL: r.text(m, "", "url"), Text: r.text(m, "", "text"), Title: r.text(m, "", "title"), Publisher: r.text(m, "", "publisher"), Language: r.text(m, "", "language")}
	r.value(m, "", "authors", &asked.Authors, "a list of names")
	if asked.Published, err = models.ParseDateWords(r.text(m, "", "published"), a.services.Today()); err != nil {
		r.problem("/published", "%s", err.Error())
	}
	names := []string{"url", "text", "title", "publisher", "published", "language", "authors"}
	var take []services.SuggestionKind
	if taking {
		names = append(names, "take")
		r.value(m, "", "take", &take, "a list of kinds of suggestion")
		for i, kind := range take {
			if !slices.Contains(takeable, kind) {
				r.problem(fmt.Sprintf("/take/%d", i), "%q cannot be taken. Possible are status, claim, unknown, name.", shorten(string(kind)))
			}
		}
	}
	r.only(m, "", names...)
	return asked, take, r.failed()
}

func (a *API) createIntake(ctx context.Context, in *body) (*answer[Intake], error) {
	if err := in.allow(); err != nil {
		return nil, err
	}
	asked, take, err := a.readIntake(in.request, in.raw, true)
	if err != nil {
		return nil, err
	}
	found, err := a.services.TakeIn(ctx, actorOf(ctx), asked)
	if err != nil {
		return nil, a.failed(err)
	}
	accepted := found.Complete(take)
	if len(accepted) == 0 {
		return a.answerIntake(found, nil, nil, http.StatusCreated)
	}
	draft, err := a.services.DraftIntake(ctx, actorOf(ctx), found.ID, accepted)
	return a.answerIntake(found, draftOf(draft), err, http.StatusCreated)
}

func (a *API) draftIntake(ctx context.Context, in *oneBody) (*answer[IntakeDraft], error) {
	id, m, err := in.target()
	if err != nil {
		return nil, err
	}
	var r bodyReader
	var list []json.RawMessage
	r.value(m, "", "accept", &list, "a list of suggestions in [ ]")
	r.only(m, "", "accept")
	var accepted []services.Accepted
	for i, raw := range list {
		accepted = append(accepted, r.accepted(fmt.Sprintf("/accept/%d", i), raw, a.services.Today()))
	}
	if err := r.failed(); err != nil {
		return nil, err
	}
	draft, err := a.services.DraftIntake(ctx, actorOf(ctx), id, accepted)
	if err != nil {
		return nil, a.failedAt(err, acceptPointer)
	}
	return &answer[IntakeDraft]{Status: http.StatusCreated, Body: *draftOf(draft), CacheControl: "no-store"}, nil
}

// acceptPointer says which suggestion a problem is about.
func acceptPointer(at int, _ string) string { return fmt.Sprintf("/accept/%d/key", at) }

// accepted reads one suggestion that is taken, with what is changed of it.
func (r *bodyReader) accepted(at string, raw json.RawMessage, today models.Day) services.Accepted {
	var m members
	if json.Unmarshal(raw, &m) != nil || m == nil {
		r.problem(at, "A suggestion is an object with its key, and what is to be other than suggested.")
		return services.Accepted{}
	}
	one := services.Accepted{Key: r.text(m, at, "key"), Status: said[models.Status](r, m, at, "status"), Extent: said[models.Extent](r, m, at, "extent"), Scope: said[string](r, m, at, "scope"),
		Stance: said[models.Stance](r, m, at, "stance"), Text: said[string](r, m, at, "text"), Described: said[string](r, m, at, "described"),
		Kind: said[models.EntityKind](r, m, at, "kind"), Name: said[string](r, m, at, "name")}
	for name, into := range map[string]**uuid.UUID{"record": &one.Record, "speaker": &one.Speaker} {
		if _, ok := m[name]; ok {
			id := r.uuid(m, at, name)
			*into = &id
		}
	}
	if text := said[string](r, m, at, "date"); text != nil {
		date, err := models.ParseDateWords(strings.TrimSpace(*text), today)
		if err != nil {
			r.problem(at+"/date", "%s", err.Error())
		}
		one.Date = &date
	}
	r.only(m, at, append([]string{"key"}, acceptedFields...)...)
	return one
}

// said reads a text member; nil where it is not there.
func said[T ~string](r *bodyReader, m members, at, name string) *T {
	if _, ok := m[name]; !ok {
		return nil
	}
	value := T(r.text(m, at, name))
	return &value
}

func (a *API) submitDraft(ctx context.Context, in *oneBody) (*answer[any], error) {
	id, m, err := in.target()
	if err != nil {
		return nil, err
	}
	var r bodyReader
	edition := int64(0)
	r.value(m, "", "edition", &edition, "the number of the edition that you saw")
	r.only(m, "", "edition")
	if err := r.failed(); err != nil {
		return nil, err
	}
	out, err := a.services.SubmitDraft(ctx, actorOf(ctx), id, edition)
	if err != nil {
		return nil, a.failedAt(err, changesetPointer)
	}
	answer := proposed(out)
	if out.Status == models.ChangesetPublished {
		answer.Status = http.StatusCreated
	}
	return answer, nil
}
