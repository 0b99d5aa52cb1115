package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"plumbline/services"
)

// Hold is a record on hold, as stewards see it.
type Hold struct {
	ID       uuid.UUID  `json:"id" format:"uuid"`
	Type     string     `json:"type"`
	Since    time.Time  `json:"since"`
	Reason   string     `json:"reason" doc:"The stated reason, which everybody reads."`
	Name     string     `json:"name"`
	Together int        `json:"together,omitempty" doc:"How many records are on hold by the same changeset, this one included."`
	Versions []Revision `json:"versions,omitempty" doc:"Every version, the newest first."`
}

// HoldList is what is on hold.
type HoldList struct {
	Data []Hold `json:"data"`
}

func holdOf(h services.WithheldRecord) Hold {
	wire := Hold{ID: h.ID, Type: string(h.Type), Since: h.Since, Reason: h.Reason, Name: h.Name, Together: h.Together}
	for _, version := range h.Versions {
		wire.Versions = append(wire.Versions, revisionOf(version))
	}
	return wire
}

// registerHolds mounts legal holds.
func (a *API) registerHolds() {
	list := huma.Operation{Method: http.MethodGet, Path: "/holds", OperationID: "list-holds", Tags: []string{"changesets"}, Security: tokenSecurity(),
		Summary: "What is on hold, for stewards"}
	huma.Register(a.huma, list, func(ctx context.Context, in *struct{ request }) (*answer[HoldList], error) {
		if err := in.allow(); err != nil {
			return nil, err
		}
		holds, err := a.services.Holds(ctx, actorOf(ctx))
		if err != nil {
			return nil, a.failed(err)
		}
		out := &answer[HoldList]{CacheControl: "no-store", Body: HoldList{Data: make([]Hold, len(holds))}}
		for i, one := range holds {
			out.Body.Data[i] = holdOf(one)
		}
		return out, nil
	})

	read := huma.Operation{Method: http.MethodGet, Path: "/records/{id}/hold", OperationID: "get-hold", Tags: []string{"changesets"}, Security: tokenSecurity(),
		Summary: "What a record on hold says, for stewards"}
	huma.Register(a.huma, read, func(ctx context.Context, in *one) (*answer[Hold], error) {
		id, err := in.uuid(in.ID)
		if err != nil {
			return nil, err
		}
		found, err := a.services.Withheld(ctx, actorOf(ctx), id)
		if err != nil {
			return nil, a.failed(err)
		}
		return &answer[Hold]{CacheControl: "no-store", Body: holdOf(found)}, nil
	})

	hold := secured(huma.Operation{Method: http.MethodPost, Path: "/records/{id}/hold", OperationID: "hold-record", Tags: []string{"changesets"},
		Summary: "Keep a record from being shown while the law asks for it; the log still verifies"}, services.ActionHold, mostBody)
	body := objectBody(true, map[string]string{"reason": "Why; everybody who asks for the record reads it, so it must not repeat what is withheld."})
	body.Content["application/json"].Schema.Properties["with"] = &huma.Schema{Type: "array", Items: &huma.Schema{Type: "string", Format: "uuid"},
		Description: "Ids of records that are put on hold with it, such as its links and what is said about it."}
	a.writes[hold.OperationID] = writing{body: body}
	huma.Register(a.huma, hold, func(ctx context.Context, in *oneBody) (*answer[Written], error) {
		id, m, err := in.target()
		if err != nil {
			return nil, err
		}
		var r bodyReader
		with := []uuid.UUID{}
		reason := r.text(m, "", "reason")
		r.value(m, "", "with", &with, "a list of ids")
		r.only(m, "", "reason", "with")
		if err := r.failed(); err != nil {
			return nil, err
		}
		return a.written(a.services.Hold(ctx, actorOf(ctx), append(with, id), reason))
	})

	lift := secured(huma.Operation{Method: http.MethodPost, Path: "/records/{id}/hold/lift", OperationID: "lift-hold", Tags: []string{"changesets"},
		Summary: "Show a record again as it was, with its history"}, services.ActionHold, mostBody)
	body = objectBody(true, map[string]string{"reason": "Why; the history shows it."})
	body.Content["application/json"].Schema.Properties["together"] = &huma.Schema{Type: "boolean", Description: "Those too that were put on hold with it."}
	a.writes[lift.OperationID] = writing{body: body}
	huma.Register(a.huma, lift, func(ctx context.Context, in *oneBody) (*answer[Written], error) {
		id, m, err := in.target()
		if err != nil {
			return nil, err
		}
		var r bodyReader
		together := false
		reason := r.text(m, "", "reason")
		r.value(m, "", "together", &together, "true or false")
		r.only(m, "", "reason", "together")
		if err := r.failed(); err != nil {
			return nil, err
		}
		return a.written(a.services.Lift(ctx, actorOf(ctx), id, together, reason))
	})
}

// written answers with what a write did.
func (a *API) written(out services.Outcome, err error) (*answer[Written], error) {
	if err != nil {
		return nil, a.failed(err)
	}
	return &answer[Written]{Body: writtenOf(out), CacheControl: "no-store"}, nil
}
