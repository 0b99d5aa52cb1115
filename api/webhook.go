package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// Webhook is a program elsewhere that is told of changes.
type Webhook struct {
	ID          uuid.UUID  `json:"id" format:"uuid"`
	URL         string     `json:"url"`
	Label       string     `json:"label"`
	Events      []string   `json:"events" doc:"Patterns of the events that it wants, such as status_change.create, claim.* or *.retract; empty for all."`
	Entity      *Ref       `json:"entity" doc:"The entity that the changes must concern; null for all."`
	State       string     `json:"state" doc:"active, paused or disabled."`
	Problem     string     `json:"problem,omitempty" doc:"Why it is disabled."`
	Position    int64      `json:"position" doc:"The first position of the log that it was not told of yet."`
	Waiting     int64      `json:"waiting" doc:"How many deliveries are to be sent."`
	DeliveredAt *time.Time `json:"delivered_at" doc:"When its receiver last took something."`
	ResumeAt    *time.Time `json:"resume_at" doc:"Until when its receiver is left alone."`
	CreatedAt   time.Time  `json:"created_at"`
	Secret      string     `json:"secret,omitempty" doc:"What signs; shown once, when it was made or rotated."`
}

// WebhookList are all webhooks.
type WebhookList struct {
	Data []Webhook `json:"data"`
}

// WebhookSecret is a new secret.
type WebhookSecret struct {
	Secret string `json:"secret" doc:"What signs from now on; shown this once. The one before signs too for a day."`
}

// Delivery is one event for one webhook.
type Delivery struct {
	ID        uuid.UUID  `json:"id" format:"uuid"`
	Message   string     `json:"message" doc:"The webhook-id that was sent: the same for every try."`
	Position  *int64     `json:"position" doc:"The log position that it tells of; null for a test."`
	Event     string     `json:"event"`
	State     string     `json:"state" doc:"pending, delivered, failed or skipped."`
	Tries     int64      `json:"tries"`
	Response  int64      `json:"response,omitempty" doc:"The status of the last answer."`
	Took      int64      `json:"took_ms"`
	Problem   string     `json:"problem,omitempty"`
	TriedAt   *time.Time `json:"tried_at"`
	DueAt     *time.Time `json:"due_at" doc:"When it is sent next; null when it is over."`
	CreatedAt time.Time  `json:"created_at"`
}

// DeliveryList is a page of deliveries, newest first.
type DeliveryList struct {
	Data []Delivery `json:"data"`
	Next *string    `json:"next"`
}

func webhookOf(v services.WebhookView) Webhook {
	wire := Webhook{ID: v.ID, URL: v.URL, Label: v.Label, Events: []string{}, State: string(v.State), Problem: v.Problem, Position: v.Position, Waiting: v.Waiting,
		DeliveredAt: utc(v.DeliveredAt), ResumeAt: utc(v.ResumeAt), CreatedAt: v.CreatedAt.UTC()}
	if v.Events != "" {
		wire.Events = strings.Split(v.Events, ",")
	}
	if v.EntityID != nil {
		wire.Entity = refOf(v.Entity)
	}
	return wire
}

func utc(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	in := at.UTC()
	return &in
}

func deliveryOf(d models.Delivery) Delivery {
	wire := Delivery{ID: d.ID, Message: d.MessageID(), Position: d.Position, Event: d.Event, State: string(d.State), Tries: d.Tries, Response: d.Response, Took: d.Took,
		Problem: d.Problem, TriedAt: utc(d.TriedAt), CreatedAt: d.CreatedAt.UTC()}
	if d.State == models.DeliveryPending {
		wire.DueAt = utc(&d.DueAt)
	}
	return wire
}

var webhookFields = map[string]string{"url": "Where events are sent, by POST.", "label": "What it is, in some words.",
	"events": "Patterns of events: a list, or a text parted by commas, such as \"status_change.create, claim.*\"; empty for all.",
	"entity": "The id or slug of the entity that the changes must concern; \"\" for all.", "state": "active or paused."}

// webhookBody documents what is said of a webhook.
func webhookBody() *huma.RequestBody {
	body := objectBody(true, webhookFields)
	events := body.Content["application/json"].Schema.Properties["events"]
	events.Type, events.OneOf = "", []*huma.Schema{{Type: "array", Items: &huma.Schema{Type: "string"}}, {Type: "string"}}
	return body
}

func (a *API) registerWebhooks() {
	operation := func(method, path, id, summary string) huma.Operation {
		return secured(huma.Operation{Method: method, Path: "/webhooks" + path, OperationID: id, Summary: summary, Tags: []string{"webhooks"}}, services.ActionWebhooks, mostBody)
	}
	huma.Register(a.huma, operation(http.MethodGet, "", "list-webhooks", "List webhooks"), func(ctx context.Context, in *struct{ request }) (*answer[WebhookList], error) {
		if err := in.allow(); err != nil {
			return nil, err
		}
		views, err := a.services.Webhooks(ctx, actorOf(ctx))
		if err != nil {
			return nil, a.failed(err)
		}
		out := &answer[WebhookList]{CacheControl: "no-store", Body: WebhookList{Data: []Webhook{}}}
		for _, view := range views {
			out.Body.Data = append(out.Body.Data, webhookOf(view))
		}
		return out, nil
	})
	huma.Register(a.huma, operation(http.MethodGet, "/{id}", "get-webhook", "Get one webhook"), func(ctx context.Context, in *one) (*answer[Webhook], error) {
		id, err := in.uuid(in.ID)
		if err != nil {
			return nil, err
		}
		view, err := a.services.Webhook(ctx, actorOf(ctx), id)
		return a.webhookAnswer(view, "", err)
	})

	post := operation(http.MethodPost, "", "create-webhook", "Have a program elsewhere told of what is published from now on")
	post.DefaultStatus = http.StatusCreated
	post.Description = "Events are sent as Standard Webhooks 1.0.0 says (webhook-id, webhook-timestamp, webhook-signature): one for each revision, at least once, tried again over three days. 410 disables the webhook; Retry-After is heeded."
	a.writes[post.OperationID] = writing{body: webhookBody(), answer: reflect.TypeFor[Webhook]()}
	huma.Register(a.huma, post, func(ctx context.Context, in *body) (*answer[Webhook], error) {
		if err := in.allow(); err != nil {
			return nil, err
		}
		patch, err := readWebhook(&in.request, in.raw)
		if err != nil {
			return nil, err
		}
		view, secret, err := a.services.AddWebhook(ctx, actorOf(ctx), patch)
		out, err := a.webhookAnswer(view, secret, err)
		if err == nil {
			out.Status, out.Location = http.StatusCreated, Prefix+"/webhooks/"+view.ID.String()
		}
		return out, err
	})
	patch := operation(http.MethodPatch, "/{id}", "change-webhook", "Change, pause or go on with a webhook")
	a.writes[patch.OperationID] = writing{body: webhookBody(), answer: reflect.TypeFor[Webhook]()}
	huma.Register(a.huma, patch, func(ctx context.Context, in *oneBody) (*answer[Webhook], error) {
		id, err := in.uuid(in.ID)
		if err != nil {
			return nil, err
		}
		change, err := readWebhook(&in.request, in.raw)
		if err != nil {
			return nil, err
		}
		view, err := a.services.ChangeWebhook(ctx, actorOf(ctx), id, change)
		return a.webhookAnswer(view, "", err)
	})
	remove := operation(http.MethodDelete, "/{id}", "delete-webhook", "Delete a webhook and its deliveries")
	remove.DefaultStatus = http.StatusNoContent
	a.writes[remove.OperationID] = writing{}
	huma.Register(a.huma, remove, func(ctx context.Context, in *one) (*struct{}, error) {
		id, err := in.uuid(in.ID)
		if err == nil {
			err = a.services.DeleteWebhook(ctx, actorOf(ctx), id)
		}
		if err != nil {
			return nil, a.failed(err)
		}
		return nil, nil
	})
	a.registerDeliveries(operation)
}

func (a *API) registerDeliveries(operation func(method, path, id, summary string) huma.Operation) {
	rotate := operation(http.MethodPost, "/{id}/secret", "rotate-webhook-secret", "Give a webhook a new secret; both sign for a day")
	a.writes[rotate.OperationID] = writing{answer: reflect.TypeFor[WebhookSecret]()}
	huma.Register(a.huma, rotate, func(ctx context.Context, in *one) (*answer[WebhookSecret], error) {
		id, err := in.uuid(in.ID)
		if err != nil {
			return nil, err
		}
		secret, err := a.services.RotateSecret(ctx, actorOf(ctx), id)
		if err != nil {
			return nil, a.failed(err)
		}
		return &answer[WebhookSecret]{CacheControl: "no-store", Body: WebhookSecret{secret}}, nil
	})
	test := operation(http.MethodPost, "/{id}/test", "test-webhook", "Send a test event")
	test.DefaultStatus = http.StatusAccepted
	a.writes[test.OperationID] = writing{answer: reflect.TypeFor[Delivery]()}
	huma.Register(a.huma, test, func(ctx context.Context, in *one) (*answer[Delivery], error) {
		id, err := in.uuid(in.ID)
		if err != nil {
			return nil, err
		}
		d, err := a.services.TestWebhook(ctx, actorOf(ctx), id)
		if err != nil {
			return nil, a.failed(err)
		}
		return &answer[Delivery]{Status: http.StatusAccepted, CacheControl: "no-store", Body: deliveryOf(d)}, nil
	})
	replay := operation(http.MethodPost, "/{id}/replay", "replay-webhook", "Send one event once more, or all since an instant")
	replay.DefaultStatus = http.StatusAccepted
	a.writes[replay.OperationID] = writing{body: objectBody(true, map[string]string{"delivery": "The id of a delivery; or", "since": "an instant, RFC 3339."}), answer: reflect.TypeFor[Webhook]()}
	huma.Register(a.huma, replay, a.replayWebhook)

	list := operation(http.MethodGet, "/{id}/deliveries", "list-deliveries", "What was sent to a webhook, newest first")
	list.Parameters = append([]*huma.Param{parameter("state", "What became of it.", models.DeliveryStates().Values()...)}, pageParameters()...)
	huma.Register(a.huma, list, a.listDeliveries)
}

func (a *API) webhookAnswer(view services.WebhookView, secret string, err error) (*answer[Webhook], error) {
	if err != nil {
		return nil, a.failed(err)
	}
	wire := webhookOf(view)
	wire.Secret = secret
	return &answer[Webhook]{Body: wire, CacheControl: "no-store"}, nil
}

// readWebhook reads what a body says of a webhook; nil for what it leaves as it is.
func readWebhook(in *request, raw []byte) (patch services.WebhookPatch, err error) {
	if err := in.jsonBody("application/merge-patch+json"); err != nil {
		return patch, err
	}
	m, err := readMembers(raw)
	if err != nil {
		return patch, err
	}
	var r bodyReader
	for name, into := range map[string]**string{"url": &patch.URL, "label": &patch.Label, "entity": &patch.Entity} {
		if _, ok := m[name]; ok {
			text := r.text(m, "", name)
			*into = &text
		}
	}
	if raw, ok := m["events"]; ok {
		var list []string
		if json.Unmarshal(raw, &list) != nil || list == nil { // as a text, as on the page
			list = []string{r.text(m, "", "events")}
		}
		patterns := strings.Join(list, ",")
		patch.Events = &patterns
	}
	if _, ok := m["state"]; ok {
		state := models.WebhookState(r.text(m, "", "state"))
		patch.State = &state
	}
	r.only(m, "", "url", "label", "events", "entity", "state")
	return patch, r.failed()
}

func (a *API) replayWebhook(ctx context.Context, in *oneBody) (*answer[Webhook], error) {
	id, m, err := in.target()
	if err != nil {
		return nil, err
	}
	var r bodyReader
	delivery, text := r.uuid(m, "", "delivery"), r.text(m, "", "since")
	r.only(m, "", "delivery", "since")
	since, unreadable := time.Parse(time.RFC3339, text)
	switch {
	case len(r.problems) > 0:
	case (delivery == uuid.Nil) == (text == ""):
		r.problem("/since", "Name a delivery, or an instant since when: one of the two.")
	case text != "" && unreadable != nil:
		r.problem("/since", "%q is no instant; write it as 2025-09-25T14:00:00Z.", shorten(text))
	}
	if err := r.failed(); err != nil {
		return nil, err
	}
	if text != "" {
		err = a.services.ReplaySince(ctx, actorOf(ctx), id, since)
	} else {
		err = a.services.ReplayDelivery(ctx, actorOf(ctx), id, delivery)
	}
	if err != nil {
		return nil, a.failed(err)
	}
	view, err := a.services.Webhook(ctx, actorOf(ctx), id)
	out, err := a.webhookAnswer(view, "", err)
	if err == nil {
		out.Status = http.StatusAccepted
	}
	return out, err
}

func (a *API) listDeliveries(ctx context.Context, in *one) (*answer[DeliveryList], error) {
	id, err := in.uuid(in.ID, "state", "limit", "cursor")
	if err != nil {
		return nil, err
	}
	limit, err := in.number("limit", 50)
	if err != nil {
		return nil, err
	}
	page, err := a.services.Deliveries(ctx, actorOf(ctx), services.DeliveryQuery{Webhook: id, State: models.DeliveryState(in.values.Get("state")), Limit: int(max(min(limit, 501), -1)), Cursor: in.values.Get("cursor")})
	if err != nil {
		return nil, a.failed(err)
	}
	out := &answer[DeliveryList]{CacheControl: "no-store", Body: DeliveryList{Data: make([]Delivery, len(page.Deliveries))}}
	for i, d := range page.Deliveries {
		out.Body.Data[i] = deliveryOf(d)
	}
	out.Link, out.Body.Next = in.next(page.Next)
	return out, nil
}
