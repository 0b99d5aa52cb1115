package frontend

import (
	"fmt"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// webhooksPage lists the programs elsewhere that are told of changes, with a form for another.
type webhooksPage struct {
	layout
	Hooks []hookLine
	hookForm
	Most int
	// Silent says that nothing is sent.
	Silent bool
}

// hookForm is what one types in about a webhook.
type hookForm struct{ Address, Label, Events, EntitySlug string }

// hookLine is one webhook in a list.
type hookLine struct {
	URL, Label, Address, State, Waiting string
	Disabled                            bool
}

// webhookPage is one webhook with its deliveries.
type webhookPage struct {
	layout
	hookForm
	Path, State, Why, Delivered, Resumes, Waiting string
	Entity                                        link
	Narrowed, Active, Disabled                    bool
	// Secret is shown once, when it was made.
	Secret     string
	Deliveries []deliveryLine
	Tabs       []tab
	Next       string
	Since      string
}

// deliveryLine is one delivery in the table.
type deliveryLine struct {
	ID, Event, State, Response, Problem, Tried, Machine, Took, Due string
	Tries                                                          int64
	Revision                                                       string
}

func (p *Pages) webhookPages(member func(string, services.Action, func(*gin.Context) (view, error)),
	post func(string, services.Action, func(*gin.Context, models.Actor) (view, error))) {
	member("/admin/webhooks", services.ActionWebhooks, p.webhooks)
	post("/admin/webhooks", services.ActionWebhooks, p.addWebhook)
	member("/admin/webhooks/:id", services.ActionWebhooks, p.webhook)
	post("/admin/webhooks/:id", services.ActionWebhooks, p.changeWebhook)
	post("/admin/webhooks/:id/do", services.ActionWebhooks, p.doWithWebhook)
	post("/admin/webhooks/:id/replay", services.ActionWebhooks, p.replayWebhook)
}

func (p *Pages) webhooks(c *gin.Context) (view, error) {
	page, err := p.webhooksPage(c, p.actor(c))
	return view{template: "webhooks", data: page}, err
}

func (p *Pages) webhooksPage(c *gin.Context, by models.Actor) (*webhooksPage, error) {
	views, err := p.services.Webhooks(c.Request.Context(), by)
	page := &webhooksPage{layout: memberLayout("/admin/webhooks", "Webhooks"), Most: services.MostWebhooks, Silent: !p.services.TellsWebhooks(), hookForm: typedHook(c)}
	for _, v := range views {
		page.Hooks = append(page.Hooks, hookLine{URL: "/admin/webhooks/" + v.ID.String(), Label: v.Label, Address: v.URL, State: models.WebhookStates().Label(string(v.State)),
			Waiting: waitingWords(v.Waiting), Disabled: v.State == models.WebhookDisabled})
	}
	return page, err
}

func waitingWords(n int64) string {
	if n == 1 {
		return "1 delivery waits"
	}
	return fmt.Sprintf("%d deliveries wait", n)
}

func typedHook(c *gin.Context) hookForm {
	return hookForm{Address: c.PostForm("url"), Label: c.PostForm("label"), Events: c.PostForm("events"), EntitySlug: c.PostForm("entity")}
}

func (f hookForm) patch() services.WebhookPatch {
	address, label, events, entity := strings.TrimSpace(f.Address), f.Label, f.Events, strings.TrimSpace(f.EntitySlug)
	return services.WebhookPatch{URL: &address, Label: &label, Events: &events, Entity: &entity}
}

// addWebhook makes a webhook, and shows its secret once.
func (p *Pages) addWebhook(c *gin.Context, by models.Actor) (view, error) {
	made, secret, err := p.services.AddWebhook(c.Request.Context(), by, typedHook(c).patch())
	if err != nil {
		page, failed := p.webhooksPage(c, by)
		if failed != nil {
			return view{}, failed
		}
		return p.again(view{template: "webhooks", data: page}, err)
	}
	return p.showSecret(c, made.ID, secret)
}

// showSecret answers with the page of a webhook and its new secret, which no address leads to.
func (p *Pages) showSecret(c *gin.Context, id uuid.UUID, secret string) (view, error) {
	page, err := p.webhookPage(c, p.actor(c), id)
	if err != nil {
		return view{}, err
	}
	page.Secret = secret
	c.Header("Cache-Control", "no-store")
	return view{template: "webhook", data: page}, nil
}

func hookID(c *gin.Context) (uuid.UUID, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return id, models.Errorf(models.ErrNotFound, "There is no webhook at this address.")
	}
	return id, nil
}

func (p *Pages) webhook(c *gin.Context) (view, error) {
	id, err := hookID(c)
	if err != nil {
		return view{}, err
	}
	page, err := p.webhookPage(c, p.actor(c), id)
	return view{template: "webhook", data: page}, err
}

func (p *Pages) webhookPage(c *gin.Context, by models.Actor, id uuid.UUID) (*webhookPage, error) {
	ctx := c.Request.Context()
	v, err := p.services.Webhook(ctx, by, id)
	if err != nil {
		return nil, err
	}
	page := &webhookPage{layout: memberLayout("", "Webhook: "+v.Label), Path: "/admin/webhooks/" + id.String(), State: models.WebhookStates().Label(string(v.State)),
		Why: v.Problem, Active: v.State == models.WebhookActive, Disabled: v.State == models.WebhookDisabled, Waiting: waitingWords(v.Waiting),
		hookForm: hookForm{Address: v.URL, Label: v.Label, Events: strings.ReplaceAll(v.Events, ",", ", ")}}
	if v.EntityID != nil {
		page.Narrowed, page.Entity, page.EntitySlug = true, showing{}.refLink(v.Entity), v.Entity.Slug
	}
	if v.DeliveredAt != nil {
		page.Delivered = instantText(v.DeliveredAt.UTC())
	}
	if v.ResumeAt != nil && v.ResumeAt.After(p.services.Now()) {
		page.Resumes = instantText(v.ResumeAt.UTC())
	}
	return page, p.addDeliveries(c, page, by, id)
}

func (p *Pages) addDeliveries(c *gin.Context, page *webhookPage, by models.Actor, id uuid.UUID) error {
	state := c.Query("state")
	found, err := p.services.Deliveries(c.Request.Context(), by, services.DeliveryQuery{Webhook: id, State: models.DeliveryState(state), Cursor: c.Query("cursor")})
	if err != nil {
		return err
	}
	page.Tabs = []tab{{URL: page.Path, Name: "All", Current: state == ""}}
	for _, code := range models.DeliveryStates().Codes {
		page.Tabs = append(page.Tabs, tab{URL: page.Path + "?state=" + code.Code, Name: code.Label, Current: state == code.Code})
	}
	for _, d := range found.Deliveries {
		line := deliveryLine{ID: d.ID.String(), Event: d.Event, State: models.DeliveryStates().Label(string(d.State)), Problem: d.Problem, Tries: d.Tries}
		if d.Position != nil {
			line.Revision = fmt.Sprint(*d.Position)
		}
		if d.TriedAt != nil {
			line.Tried, line.Machine = instantText(d.TriedAt.UTC()), d.TriedAt.UTC().Format(time.RFC3339)
			line.Took = fmt.Sprintf("%d ms", d.Took)
		}
		if d.Response != 0 {
			line.Response = fmt.Sprint(d.Response)
		}
		if d.State == models.DeliveryPending && d.Tries > 0 {
			line.Due = instantText(d.DueAt.UTC())
		}
		page.Deliveries = append(page.Deliveries, line)
	}
	if found.Next != "" {
		page.Next = address(page.Path, withoutEmpty(map[string][]string{"state": {state}, "cursor": {found.Next}}))
	}
	return nil
}

// againWebhook shows the page of a webhook once more, with what was typed in and what is wrong.
func (p *Pages) againWebhook(c *gin.Context, by models.Actor, id uuid.UUID, problem error, change func(*webhookPage)) (view, error) {
	page, err := p.webhookPage(c, by, id)
	if err != nil {
		return view{}, err
	}
	change(page)
	return p.again(view{template: "webhook", data: page}, problem)
}

func (p *Pages) changeWebhook(c *gin.Context, by models.Actor) (view, error) {
	id, err := hookID(c)
	if err != nil {
		return view{}, err
	}
	if _, err := p.services.ChangeWebhook(c.Request.Context(), by, id, typedHook(c).patch()); err != nil {
		return p.againWebhook(c, by, id, err, func(page *webhookPage) { page.hookForm = typedHook(c) })
	}
	p.tell(c, "The webhook was changed.")
	return view{moved: "/admin/webhooks/" + id.String()}, nil
}

// doWithWebhook tests, pauses, goes on, rotates the secret, or deletes.
func (p *Pages) doWithWebhook(c *gin.Context, by models.Actor) (view, error) {
	id, err := hookID(c)
	if err != nil {
		return view{}, err
	}
	ctx, moved, notice := c.Request.Context(), "/admin/webhooks/"+id.String(), ""
	switch c.PostForm("do") {
	case "test":
		_, err = p.services.TestWebhook(ctx, by, id)
		notice = "A test is on its way. Look at the deliveries in a moment."
	case "pause", "activate":
		state := models.WebhookActive
		if c.PostForm("do") == "pause" {
			state = models.WebhookPaused
		}
		_, err = p.services.ChangeWebhook(ctx, by, id, services.WebhookPatch{State: &state})
		notice = "The webhook is " + string(state) + " now."
	case "rotate":
		secret, err := p.services.RotateSecret(ctx, by, id)
		if err != nil {
			return view{}, err
		}
		return p.showSecret(c, id, secret)
	case "delete":
		err = p.services.DeleteWebhook(ctx, by, id)
		moved, notice = "/admin/webhooks", "The webhook was deleted."
	default:
		err = models.Errorf(models.ErrInvalid, "Choose what is to be done with the webhook.")
	}
	if err != nil {
		return p.againWebhook(c, by, id, err, func(*webhookPage) {})
	}
	p.tell(c, notice)
	return view{moved: moved}, nil
}

// replayWebhook sends one event once more, or all since an instant.
func (p *Pages) replayWebhook(c *gin.Context, by models.Actor) (view, error) {
	id, err := hookID(c)
	if err != nil {
		return view{}, err
	}
	if text := c.PostForm("delivery"); text != "" {
		delivery, unreadable := uuid.Parse(text)
		if unreadable != nil {
			return view{}, models.Errorf(models.ErrNotFound, "There is no such delivery.")
		}
		err = p.services.ReplayDelivery(c.Request.Context(), by, id, delivery)
	} else {
		since, unreadable := time.Parse("2006-01-02T15:04", c.PostForm("since"))
		if unreadable != nil {
			return p.againWebhook(c, by, id, wrong("since", "Say since when, such as 2025-09-25T14:00, in UTC."), func(page *webhookPage) { page.Since = c.PostForm("since") })
		}
		err = p.services.ReplaySince(c.Request.Context(), by, id, since)
	}
	if err != nil {
		return view{}, err
	}
	p.tell(c, "It is sent once more. Look at the deliveries in a moment.")
	return view{moved: "/admin/webhooks/" + id.String()}, nil
}
