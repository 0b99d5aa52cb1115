package api

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// Event is a comment on a changeset, or a step in its life.
type Event struct {
	ID   uuid.UUID `json:"id" format:"uuid"`
	What string    `json:"what"`
	By   string    `json:"by,omitempty" doc:"Left out where the clock did it."`
	Text string    `json:"text,omitempty"`
	At   time.Time `json:"at"`
}

// EventList is what happened to a changeset, in order.
type EventList struct {
	Data []Event `json:"data"`
}

// Conflict is a record that changed since a proposal was made.
type Conflict struct {
	Operation int             `json:"operation" doc:"Index of the operation, from 0."`
	Record    uuid.UUID       `json:"record" format:"uuid"`
	Type      string          `json:"type"`
	Seen      int64           `json:"seen" doc:"The version that the operation names."`
	Version   int64           `json:"version" doc:"The present version."`
	Fields    []FieldConflict `json:"fields"`
}

// FieldConflict is a field that both changed, with its three values.
type FieldConflict struct {
	Field    string          `json:"field"`
	Base     json.RawMessage `json:"base" doc:"What both looked at; null for nothing."`
	Current  json.RawMessage `json:"current"`
	Proposed json.RawMessage `json:"proposed"`
}

// RevertConflict is something that a revert leaves as it is.
type RevertConflict struct {
	Record  uuid.UUID       `json:"record" format:"uuid"`
	Type    string          `json:"type"`
	Field   string          `json:"field,omitempty" doc:"Left out where it is about the whole record."`
	Written json.RawMessage `json:"written" doc:"What was to be taken back; null for nothing."`
	Current json.RawMessage `json:"current"`
	Former  json.RawMessage `json:"former" doc:"What stood before."`
	Why     string          `json:"why"`
}

// currentOf gives what an error holds beside its sentence the form in which it travels.
func currentOf(current any) any {
	switch list := current.(type) {
	case []services.Conflict:
		wire := make([]Conflict, len(list))
		for i, c := range list {
			wire[i] = Conflict{Operation: c.Operation, Record: c.Record, Type: string(c.Type), Seen: c.Seen, Version: c.Version, Fields: make([]FieldConflict, len(c.Fields))}
			for j, f := range c.Fields {
				wire[i].Fields[j] = FieldConflict{f.Field, orNull(f.Base), orNull(f.Current), orNull(f.Proposed)}
			}
		}
		return wire
	case []services.RevertConflict:
		return revertConflicts(list)
	}
	return current
}

func revertConflicts(list []services.RevertConflict) []RevertConflict {
	wire := make([]RevertConflict, len(list))
	for i, c := range list {
		wire[i] = RevertConflict{c.Record, string(c.Type), c.Field, orNull(c.Written), orNull(c.Current), orNull(c.Former), c.Why}
	}
	return wire
}

// orNull is a JSON value that may be missing.
func orNull(value json.RawMessage) json.RawMessage {
	if len(value) == 0 {
		return json.RawMessage("null")
	}
	return value
}

func tokenSecurity() []map[string][]string { return []map[string][]string{{"token": {}}} }

// registerReview mounts what is said about changesets, and amendments.
func (a *API) registerReview() {
	events := huma.Operation{Method: http.MethodGet, Path: "/changesets/{id}/events", OperationID: "list-changeset-events", Tags: []string{"changesets"},
		Summary: "What was said about a changeset and what happened to it, for who has an account"}
	huma.Register(a.huma, events, func(ctx context.Context, in *one) (*answer[EventList], error) {
		id, err := in.uuid(in.ID)
		if err != nil {
			return nil, err
		}
		list, err := a.services.ChangesetEvents(ctx, actorOf(ctx), id)
		if err != nil {
			return nil, a.failed(err)
		}
		out := &answer[EventList]{CacheControl: caching(ctx), Body: EventList{Data: make([]Event, len(list))}}
		for i, e := range list {
			out.Body.Data[i] = Event{ID: e.ID, What: string(e.What), By: e.By, Text: e.Text, At: e.At.UTC()}
		}
		return out, nil
	})

	comment := secured(huma.Operation{Method: http.MethodPost, Path: "/changesets/{id}/comments", OperationID: "comment-changeset", Tags: []string{"changesets"},
		Summary: "Say something about a changeset", DefaultStatus: http.StatusCreated}, services.ActionPropose, mostBody)
	a.writes[comment.OperationID] = writing{body: objectBody(true, map[string]string{"text": "Plain text of at most 5,000 letters."})}
	huma.Register(a.huma, comment, func(ctx context.Context, in *oneBody) (*answer[Event], error) {
		id, said, err := in.said("text")
		if err != nil {
			return nil, err
		}
		e, err := a.services.Comment(ctx, actorOf(ctx), id, said["text"])
		if err != nil {
			return nil, a.failed(err)
		}
		return &answer[Event]{Status: http.StatusCreated, CacheControl: "no-store",
			Body: Event{ID: e.ID, What: string(e.What), By: actorOf(ctx).Name, Text: e.Text, At: e.At}}, nil
	})

	amend := secured(huma.Operation{Method: http.MethodPost, Path: "/changesets/{id}/amend", OperationID: "amend-changeset", Tags: []string{"changesets"},
		Summary: "Change what a submitted changeset proposes; the amender's name stands beside its author's"}, services.ActionPropose, mostChangeset)
	body := changesetBody()
	schema := body.Content["application/json"].Schema
	delete(schema.Properties, "id")
	schema.Properties["edition"] = &huma.Schema{Type: "integer", Description: "The edition that was seen."}
	schema.Properties["note"] = &huma.Schema{Type: "string", Description: "Why; said to its author."}
	schema.Required = append(schema.Required, "edition")
	a.writes[amend.OperationID] = writing{body: body}
	huma.Register(a.huma, amend, a.amendChangeset)
}

func (a *API) amendChangeset(ctx context.Context, in *oneBody) (*answer[Written], error) {
	id, m, err := in.target()
	if err != nil {
		return nil, err
	}
	var r bodyReader
	var edition int64
	r.value(m, "", "edition", &edition, "the edition that you saw, as a number")
	note := r.text(m, "", "note")
	if err := r.failed(); err != nil {
		return nil, err
	}
	delete(m, "edition")
	delete(m, "note")
	rest, err := json.Marshal(m)
	if err != nil {
		return nil, a.failed(err)
	}
	c, err := a.readChangeset(ctx, rest, "summary", "publish_at", "operations")
	if err != nil {
		return nil, err
	}
	out, err := a.services.Amend(ctx, actorOf(ctx), id, edition, c, note)
	if err != nil {
		return nil, a.failedAt(err, changesetPointer)
	}
	return &answer[Written]{Body: writtenOf(out), CacheControl: "no-store"}, nil
}

// said reads the id of the path and a body that has these texts and no others.
func (b *oneBody) said(names ...string) (uuid.UUID, map[string]string, error) {
	id, err := b.uuid(b.ID)
	if err != nil {
		return id, nil, err
	}
	if err := b.jsonBody(); err != nil {
		return id, nil, err
	}
	said, err := onlyMembers(b.raw, names...)
	return id, said, err
}

// MergeField is one field of a merge.
type MergeField struct {
	Field  string          `json:"field"`
	From   json.RawMessage `json:"from"`
	Into   json.RawMessage `json:"into"`
	Merged json.RawMessage `json:"merged" doc:"What would stand."`
}

// Fold is a record that becomes the same as another.
type Fold struct {
	From uuid.UUID `json:"from" format:"uuid"`
	Into uuid.UUID `json:"into" format:"uuid"`
	Why  string    `json:"why,omitempty" doc:"Why it is kept apart."`
}

// MergePlan is what a merge would do.
type MergePlan struct {
	From        uuid.UUID    `json:"from" format:"uuid"`
	FromVersion int64        `json:"from_version"`
	Into        uuid.UUID    `json:"into" format:"uuid"`
	IntoVersion int64        `json:"into_version"`
	Fields      []MergeField `json:"fields"`
	Moved       []uuid.UUID  `json:"moved" doc:"Records that would point at the one that stands."`
	Folded      []Fold       `json:"folded" doc:"Records that would become the same as another."`
	Apart       []Fold       `json:"apart" doc:"Links that look the same and are kept apart."`
	Retracted   []uuid.UUID  `json:"retracted" doc:"Links that would lead from a record to itself."`
	// Conflicts must be decided before it is done.
	Conflicts []IdentifierConflict `json:"conflicts" doc:"Identifiers of one scheme that differ: choose \"identifiers\" before it is done."`
}

// IdentifierConflict is two identifiers of one scheme.
type IdentifierConflict struct {
	Scheme string `json:"scheme"`
	From   string `json:"from"`
	Into   string `json:"into"`
}

// DuplicateRecord is one of two that may be the same.
type DuplicateRecord struct {
	ID   uuid.UUID `json:"id" format:"uuid"`
	Kind string    `json:"kind"`
	Name string    `json:"name"`
	Slug string    `json:"slug"`
}

// Duplicate is a pair of entities that may be the same.
type Duplicate struct {
	One     DuplicateRecord `json:"one"`
	Other   DuplicateRecord `json:"other"`
	Reasons []string        `json:"reasons"`
}

// DuplicateList is a run of them.
type DuplicateList struct {
	Data []Duplicate `json:"data"`
	Next *string     `json:"next"`
}

// registerMerge mounts merges, their plans, and candidates for them. POST /changesets/{id}/revert
// undoes a merge.
func (a *API) registerMerge() {
	candidates := huma.Operation{Method: http.MethodGet, Path: "/candidates", OperationID: "list-candidates", Tags: []string{"changesets"}, Security: tokenSecurity(),
		Summary:    "Entities that may be the same, with the reasons",
		Parameters: []*huma.Param{parameter("entity", "Id or slug: look for the duplicates of this one alone."), parameter("cursor", "Where to go on: \"next\" of the page before.")}}
	huma.Register(a.huma, candidates, func(ctx context.Context, in *struct{ request }) (*answer[DuplicateList], error) {
		if err := in.allow("entity", "cursor"); err != nil {
			return nil, err
		}
		list, next, err := a.services.Duplicates(ctx, actorOf(ctx), in.values.Get("entity"), in.values.Get("cursor"))
		if err != nil {
			return nil, a.failed(err)
		}
		out := &answer[DuplicateList]{CacheControl: "no-store", Body: DuplicateList{Data: make([]Duplicate, len(list))}}
		for i, c := range list {
			out.Body.Data[i] = Duplicate{candidateRecord(c.One), candidateRecord(c.Other), c.Reasons}
		}
		out.Link, out.Body.Next = in.next(next)
		return out, nil
	})

	body := objectBody(true, map[string]string{"into": "Id of the record that stands.", "reason": "Why; the history shows it."})
	schema := body.Content["application/json"].Schema
	addMergeProperties(schema)
	schema.Properties["citation"] = &huma.Schema{Type: "object", Description: "The source that says that both are one; two undisclosed entities are merged with it alone.", Required: []string{"source"}, AdditionalProperties: false,
		Properties: map[string]*huma.Schema{"source": {Type: "string", Format: "uuid", Description: "Id of the source."}, "locator": {Type: "string"}, "note": {Type: "string"}}}

	merge := secured(huma.Operation{Method: http.MethodPost, Path: "/records/{id}/merge", OperationID: "merge-record", Tags: []string{"changesets"},
		Summary:     "Join a record with another that is the same thing; its id and slugs lead there for ever",
		Description: "What the record that goes was called stays among the names of the one that stands. An undisclosed entity is not merged with a named one, in neither direction: who it is, is said by POST /records/{id}/name."}, services.ActionPropose, mostBody)
	a.writes[merge.OperationID] = writing{body: body}
	merge.Responses = map[string]*huma.Response{"200": {Description: "What was written; with dry_run, what would be."},
		"202": {Description: "Kept as a proposal that waits for a steward."}}
	huma.Register(a.huma, merge, a.mergeRecord)
}

func candidateRecord(ref services.Ref) DuplicateRecord {
	return DuplicateRecord{ID: ref.ID, Kind: ref.Kind, Name: ref.Name, Slug: ref.Slug}
}

func (a *API) mergeRecord(ctx context.Context, in *oneBody) (*answer[any], error) {
	id, m, err := in.target()
	if err != nil {
		return nil, err
	}
	var r bodyReader
	asked := services.Merge{From: id, Into: r.uuid(m, "", "into"), Reason: r.text(m, "", "reason")}
	dry := false
	r.value(m, "", "version", &asked.FromVersion, "the version that you saw, as a number")
	r.value(m, "", "into_version", &asked.IntoVersion, "the version that you saw, as a number")
	r.value(m, "", "choose", &asked.Choose, "an object that names \"into\", \"from\" or \"both\" by field")
	r.value(m, "", "dry_run", &dry, "true or false")
	r.only(m, "", "into", "reason", "version", "into_version", "choose", "citation", "dry_run")
	if cited := r.parts(m, "citation")["citation"]; cited != nil {
		asked.Citation = &models.Citation{Source: r.uuid(cited, "/citation", "source"), Locator: r.text(cited, "/citation", "locator"), Note: r.text(cited, "/citation", "note")}
		r.only(cited, "/citation", "source", "locator", "note")
		if asked.Citation.Source == uuid.Nil {
			r.problem("/citation/source", "Name the source by its id.")
		}
	}
	if err := r.failed(); err != nil {
		return nil, err
	}

	if dry {
		plan, err := a.services.PlanMerge(ctx, actorOf(ctx), asked)
		if err != nil {
			return nil, a.failed(err)
		}
		return &answer[any]{Status: http.StatusOK, Body: mergePlanOf(plan), CacheControl: "no-store"}, nil
	}
	out, err := a.services.Merge(ctx, actorOf(ctx), asked)
	if err != nil {
		return nil, a.failed(err)
	}
	if out.Status != models.ChangesetPublished {
		return proposed(out), nil
	}
	return &answer[any]{Status: http.StatusOK, Body: writtenOf(out), CacheControl: "no-store"}, nil
}

func mergePlanOf(plan services.MergePlan) MergePlan {
	wire := MergePlan{From: plan.From.ID, FromVersion: plan.From.Version, Into: plan.Into.ID, IntoVersion: plan.Into.Version,
		Fields: make([]MergeField, len(plan.Fields)), Moved: append([]uuid.UUID{}, plan.Moved...), Folded: folds(plan.Folded), Apart: folds(plan.Apart),
		Retracted: append([]uuid.UUID{}, plan.Retracted...), Conflicts: []IdentifierConflict{}}
	for _, c := range plan.Conflicts {
		wire.Conflicts = append(wire.Conflicts, IdentifierConflict(c))
	}
	for i, f := range plan.Fields {
		wire.Fields[i] = MergeField{f.Field, orNull(f.From), orNull(f.Into), orNull(f.Merged)}
	}
	return wire
}

func folds(list []services.Fold) []Fold {
	wire := make([]Fold, len(list))
	for i, f := range list {
		wire[i] = Fold(f)
	}
	return wire
}

// Reverted is what a revert did, or would do.
type Reverted struct {
	Written
	Changes   []uuid.UUID      `json:"changes" doc:"The records that it changes."`
	Conflicts []RevertConflict `json:"conflicts" doc:"What it leaves, since others changed it later."`
}

// registerReverts mounts the ways to take something back.
func (a *API) registerReverts() {
	register := func(path, id, summary string, fields map[string]string, others map[string]*huma.Schema, read func(*bodyReader, members, *services.Revert), find bool) {
		action := services.ActionRevertOwn // whose it is, and so whether it needs more, the services find
		if !find {
			action = services.ActionRevertOthers
		}
		op := secured(huma.Operation{Method: http.MethodPost, Path: path, OperationID: id, Summary: summary, Tags: []string{"changesets"}}, action, mostBody)
		fields["reason"] = "Why; the history shows it."
		described := objectBody(true, fields)
		properties := described.Content["application/json"].Schema.Properties
		properties["dry_run"] = &huma.Schema{Type: "boolean", Description: "Tell what it would do, and write nothing."}
		for name, schema := range others {
			properties[name] = schema
		}
		names := slices.Sorted(maps.Keys(properties))
		a.writes[op.OperationID] = writing{body: described}
		run := func(ctx context.Context, in *request, raw []byte, asked services.Revert) (*answer[Reverted], error) {
			m, err := in.object(raw)
			if err != nil {
				return nil, err
			}
			var r bodyReader
			dry := false
			asked.Reason = r.text(m, "", "reason")
			r.value(m, "", "dry_run", &dry, "true or false")
			read(&r, m, &asked)
			r.only(m, "", names...)
			if err := r.failed(); err != nil {
				return nil, err
			}
			return a.revert(ctx, asked, dry)
		}
		if find {
			huma.Register(a.huma, op, func(ctx context.Context, in *oneBody) (*answer[Reverted], error) {
				id, err := in.uuid(in.ID)
				if err != nil {
					return nil, err
				}
				if path == "/changesets/{id}/revert" {
					return run(ctx, &in.request, in.raw, services.Revert{Changeset: &id})
				}
				return run(ctx, &in.request, in.raw, services.Revert{Record: &id})
			})
			return
		}
		huma.Register(a.huma, op, func(ctx context.Context, in *body) (*answer[Reverted], error) {
			if err := in.allow(); err != nil {
				return nil, err
			}
			return run(ctx, &in.request, in.raw, services.Revert{})
		})
	}

	number := func(description string) *huma.Schema { return &huma.Schema{Type: "integer", Description: description} }
	register("/changesets/{id}/revert", "revert-changeset", "Take everything back that a changeset wrote; a merge is undone in this way", map[string]string{}, nil,
		func(*bodyReader, members, *services.Revert) {}, true)
	register("/records/{id}/revert", "revert-record", "Make a record what it was at a version", map[string]string{}, map[string]*huma.Schema{"version": number("The version to go back to.")},
		func(r *bodyReader, m members, asked *services.Revert) {
			r.value(m, "", "version", &asked.Version, "the version to go back to, as a number")
		}, true)
	register("/reverts", "revert", "Take one revision back, or everything that accounts published in a window",
		map[string]string{"from": "Beginning of the window, an instant in UTC such as 2025-09-25T12:00:00Z.", "until": "Its end, not included."},
		map[string]*huma.Schema{"revision": number("Log position of one revision."), "accounts": {Type: "array", Items: &huma.Schema{Type: "string"}, Description: "Names of accounts."}},
		func(r *bodyReader, m members, asked *services.Revert) {
			r.value(m, "", "revision", &asked.Revision, "the log position of a revision, as a number")
			r.value(m, "", "accounts", &asked.Accounts, "a list of names")
			r.value(m, "", "from", &asked.From, "an instant such as 2025-09-25T12:00:00Z")
			r.value(m, "", "until", &asked.Until, "an instant such as 2025-09-25T12:00:00Z")
		}, false)
}

func (a *API) revert(ctx context.Context, asked services.Revert, dry bool) (*answer[Reverted], error) {
	do := a.services.Revert
	if dry {
		do = a.services.PlanRevert
	}
	out, err := do(ctx, actorOf(ctx), asked)
	if err != nil {
		return nil, a.failed(err)
	}
	wire := Reverted{Written: writtenOf(out.Outcome), Changes: append([]uuid.UUID{}, out.Records...), Conflicts: revertConflicts(out.Conflicts)}
	answer := &answer[Reverted]{Body: wire, CacheControl: "no-store"}
	if out.Status == models.ChangesetSubmitted {
		answer.Status, answer.Location = http.StatusAccepted, Prefix+"/changesets/"+out.Changeset.String()
	}
	return answer, nil
}

// Protection says whether each edit of a record waits for review.
type Protection struct {
	Protected bool       `json:"protected"`
	By        string     `json:"by,omitempty"`
	Reason    string     `json:"reason,omitempty"`
	At        *time.Time `json:"at,omitempty"`
}

// registerProtection mounts the protection of records.
func (a *API) registerProtection() {
	operation := func(method, id, summary string) huma.Operation {
		return huma.Operation{Method: method, Path: "/records/{id}/protection", OperationID: id, Summary: summary, Tags: []string{"changesets"}}
	}
	huma.Register(a.huma, operation(http.MethodGet, "get-protection", "Whether each edit of a record waits for review"), func(ctx context.Context, in *one) (*answer[Protection], error) {
		id, err := in.uuid(in.ID)
		if err != nil {
			return nil, err
		}
		found, err := a.services.Protection(ctx, actorOf(ctx), id)
		if err != nil {
			return nil, a.failed(err)
		}
		out := &answer[Protection]{CacheControl: caching(ctx)}
		if found != nil {
			at := found.At.UTC()
			out.Body = Protection{Protected: true, By: found.By, Reason: found.Reason, At: &at}
		}
		return out, nil
	})

	for method, about := range map[string][2]string{
		http.MethodPost:   {"protect-record", "Have each edit of a record wait for review, an editor's too"},
		http.MethodDelete: {"unprotect-record", "Let a record be edited again by everybody who may"},
	} {
		op := secured(operation(method, about[0], about[1]), services.ActionProtect, mostBody)
		a.writes[op.OperationID] = writing{body: objectBody(method == http.MethodPost, map[string]string{"reason": "Why; public."})}
		huma.Register(a.huma, op, func(ctx context.Context, in *oneBody) (*answer[Protection], error) {
			if method == http.MethodDelete && len(in.raw) == 0 {
				in.raw = []byte("{}")
			}
			id, said, err := in.reason(method)
			if err != nil {
				return nil, err
			}
			if method == http.MethodPost {
				err = a.services.Protect(ctx, actorOf(ctx), id, said)
			} else {
				err = a.services.Unprotect(ctx, actorOf(ctx), id)
			}
			if err != nil {
				return nil, a.failed(err)
			}
			return &answer[Protection]{CacheControl: "no-store", Body: Protection{Protected: method == http.MethodPost, Reason: said}}, nil
		})
	}
}

// reason reads the id of the path and the reason of the body; a DELETE needs no body.
func (b *oneBody) reason(method string) (uuid.UUID, string, error) {
	id, err := b.uuid(b.ID)
	if err != nil {
		return id, "", err
	}
	if method == http.MethodPost || string(b.raw) != "{}" {
		if err := b.jsonBody(); err != nil {
			return id, "", err
		}
	}
	said, err := onlyMembers(b.raw, "reason")
	return id, said["reason"], err
}
