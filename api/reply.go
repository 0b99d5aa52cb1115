package api

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// Reply is what somebody asks for by the right of reply, for editors.
type Reply struct {
	ID         uuid.UUID  `json:"id" format:"uuid"`
	Kind       string     `json:"kind" doc:"correction or answer."`
	Role       string     `json:"role" doc:"party, representative or other."`
	State      string     `json:"state" doc:"waiting or answered."`
	Name       string     `json:"name"`
	Contact    string     `json:"contact,omitempty"`
	Record     *Ref       `json:"record"`
	Subject    string     `json:"subject,omitempty"`
	Text       string     `json:"text"`
	Evidence   string     `json:"evidence,omitempty"`
	Private    bool       `json:"private" doc:"Its sender asks for an answer that the public does not see."`
	CreatedAt  time.Time  `json:"created_at"`
	Changeset  *uuid.UUID `json:"changeset" format:"uuid"`
	Answer     string     `json:"answer,omitempty"`
	Shown      bool       `json:"shown" doc:"Whether everybody sees it with its answer."`
	AnsweredAt *time.Time `json:"answered_at"`
}

// ReplyList is a page of replies.
type ReplyList struct {
	Data []Reply `json:"data"`
	Next *string `json:"next"`
}

// SentReply says how a reply is followed.
type SentReply struct {
	Code   string `json:"code,omitempty" doc:"Shows what became of it at /reply/{code}; given this once. Not there where a link was mailed that confirms it."`
	Mailed bool   `json:"mailed"`
}

func replyOf(v services.ReplyView) Reply {
	wire := Reply{ID: v.ID, Kind: string(v.Kind), Role: string(v.Role), State: string(v.State), Name: v.Name, Contact: v.Contact, Subject: v.Subject, Text: v.Text,
		Evidence: v.Evidence, Private: v.Private, CreatedAt: v.CreatedAt.UTC(), Changeset: v.ChangesetID, Answer: v.Answer, Shown: v.Shown}
	if v.RecordID != nil {
		wire.Record = refOf(v.Record)
	}
	if v.AnsweredAt != nil {
		at := v.AnsweredAt.UTC()
		wire.AnsweredAt = &at
	}
	return wire
}

// replyBody is a body with the address it came from.
type replyBody struct {
	body
	address string
}

// Resolve reads both, for huma.
func (b *replyBody) Resolve(ctx huma.Context) []error {
	b.address = humagin.Unwrap(ctx).ClientIP()
	return b.body.Resolve(ctx)
}

// mostReplyBody bounds what comes from people without an account, in bytes.
const mostReplyBody = 64 << 10

func (a *API) registerReplies() {
	operation := func(method, path, id, summary string) huma.Operation {
		return secured(huma.Operation{Method: method, Path: path, OperationID: id, Summary: summary, Tags: []string{"replies"}}, services.ActionReview, mostBody)
	}
	list := operation(http.MethodGet, "/replies", "list-replies", "List what was asked for by the right of reply, oldest first")
	list.Parameters = []*huma.Param{parameter("state", "Those that wait when left out.", "waiting", "answered"), parameter("cursor", "Where the page begins.")}
	huma.Register(a.huma, list, a.listReplies)
	get := operation(http.MethodGet, "/replies/{id}", "get-reply", "Get one of them")
	huma.Register(a.huma, get, func(ctx context.Context, in *one) (*answer[Reply], error) {
		id, err := in.uuid(in.ID)
		if err != nil {
			return nil, err
		}
		return a.replyAnswer(a.services.Reply(ctx, actorOf(ctx), id))
	})

	post := huma.Operation{Method: http.MethodPost, Path: "/replies", OperationID: "send-reply", Summary: "Ask for a correction or send an answer; needs no account",
		Tags: []string{"replies"}, DefaultStatus: http.StatusAccepted, MaxBodyBytes: mostReplyBody, Metadata: map[string]any{actionMetadata: anyone}}
	a.writes[post.OperationID] = writing{answer: reflect.TypeFor[SentReply](), body: objectBody(true, map[string]string{"kind": "correction or answer.", "role": "party, representative or other.",
		"name": "Who sends it.", "contact": "A mail address.", "record": "The record that it is about, by its id or slug.", "subject": "Which text it is about, where that is no record.",
		"text": "What is wrong, or the answer.", "evidence": "Addresses and texts that show it.", "private": "true for an answer that the public does not see."})}
	huma.Register(a.huma, post, a.sendReply)

	respond := operation(http.MethodPost, "/replies/{id}/answer", "answer-reply", "Answer one of them")
	a.writes[respond.OperationID] = writing{answer: reflect.TypeFor[Reply](), body: objectBody(true, map[string]string{"answer": "What the editors say.", "shown": "true to let everybody see it."})}
	huma.Register(a.huma, respond, a.answerReply)
}

func (a *API) replyAnswer(view services.ReplyView, err error) (*answer[Reply], error) {
	if err != nil {
		return nil, a.failed(err)
	}
	return &answer[Reply]{Body: replyOf(view), CacheControl: "no-store"}, nil
}

func (a *API) listReplies(ctx context.Context, in *struct{ request }) (*answer[ReplyList], error) {
	if err := in.allow("state", "cursor"); err != nil {
		return nil, err
	}
	page, err := a.services.Replies(ctx, actorOf(ctx), models.ReplyState(in.values.Get("state")), in.values.Get("cursor"))
	if err != nil {
		return nil, a.failed(err)
	}
	out := &answer[ReplyList]{CacheControl: "no-store", Body: ReplyList{Data: make([]Reply, len(page.Replies))}}
	for i, view := range page.Replies {
		out.Body.Data[i] = replyOf(view)
	}
	out.Link, out.Body.Next = in.next(page.Next)
	return out, nil
}

func (a *API) sendReply(ctx context.Context, in *replyBody) (*answer[SentReply], error) {
	m, err := in.members()
	if err != nil {
		return nil, err
	}
	var r bodyReader
	reply := models.Reply{Kind: models.ReplyKind(r.text(m, "", "kind")), Role: models.ReplyRole(r.text(m, "", "role")), Name: r.text(m, "", "name"), Contact: r.text(m, "", "contact"),
		Subject: r.text(m, "", "subject"), Text: r.text(m, "", "text"), Evidence: r.text(m, "", "evidence")}
	record := r.text(m, "", "record")
	r.value(m, "", "private", &reply.Private, "true or false")
	r.only(m, "", "kind", "role", "name", "contact", "record", "subject", "text", "evidence", "private")
	if err := r.failed(); err != nil {
		return nil, err
	}
	code, err := a.services.SendReply(ctx, reply, record, in.address)
	if err != nil {
		return nil, a.failed(err)
	}
	return &answer[SentReply]{Status: http.StatusAccepted, CacheControl: "no-store", Body: SentReply{Code: code, Mailed: code == ""}}, nil
}

func (a *API) answerReply(ctx context.Context, in *oneBody) (*answer[Reply], error) {
	id, m, err := in.target()
	if err != nil {
		return nil, err
	}
	var r bodyReader
	text, shown := r.text(m, "", "answer"), false
	r.value(m, "", "shown", &shown, "true or false")
	r.only(m, "", "answer", "shown")
	if err := r.failed(); err != nil {
		return nil, err
	}
	if err := a.services.AnswerReply(ctx, actorOf(ctx), id, text, shown); err != nil {
		return nil, a.failed(err)
	}
	return a.replyAnswer(a.services.Reply(ctx, actorOf(ctx), id))
}
