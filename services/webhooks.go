package services

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"plumbline/models"
)

// MostWebhooks bounds how many webhooks there are, so that each can have a sender of its own.
const MostWebhooks = 50

// rotationTime is for how long the secret before the present one signs too.
const rotationTime = 24 * time.Hour

// WebhookView is a webhook as admins see it, without its secrets.
type WebhookView struct {
	models.Webhook
	// Entity is what it is narrowed to; the zero Ref for none.
	Entity Ref
	// Waiting counts the deliveries that are pending.
	Waiting int64
}

// WebhookPatch is what is to be different about a webhook; nil leaves a field as it is.
type WebhookPatch struct {
	URL, Label, Events *string
	// Entity is the id or slug of the entity that it is narrowed to; "" for none.
	Entity *string
	State  *models.WebhookState
}

// AddWebhook has a program elsewhere told of what is published from now on. It gives the secret
// that signs, which is shown once.
func (s *Services) AddWebhook(ctx context.Context, by models.Actor, patch WebhookPatch) (view WebhookView, secret string, err error) {
	if err := require(by, ActionWebhooks); err != nil {
		return view, "", err
	}
	if secret, err = newSigningSecret(); err != nil {
		return view, "", err
	}
	hook := models.Webhook{ID: newID(), State: models.WebhookActive, Secret: secret, CreatorID: by.Account, CreatedAt: s.now()}
	refused := s.refusedAddress(ctx, patch)
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		head, err := headCheckpoint(tx)
		if err != nil {
			return err
		}
		hook.Position = head.Size
		if err := changeWebhook(tx, &hook, patch, refused); err != nil {
			return err
		}
		var n int64
		if err := tx.Model(&models.Webhook{}).Count(&n).Error; err != nil {
			return fmt.Errorf("count webhooks: %w", err)
		}
		if n >= MostWebhooks {
			return models.Errorf(models.ErrConflict, "There are %d webhooks already, which is as many as there can be. Delete one that is not used.", n)
		}
		if err := tx.Create(&hook).Error; err != nil {
			return fmt.Errorf("store webhook: %w", err)
		}
		view, err = webhookView(tx, hook.ID)
		return err
	})
	if err != nil {
		return WebhookView{}, "", err
	}
	return view, secret, nil
}

// TellsWebhooks reports whether webhooks are sent anything.
func (s *Services) TellsWebhooks() bool { return s.toReceivers() != nil }

// toReceivers reaches the receivers of webhooks; nil where nothing is sent.
func (s *Services) toReceivers() Outside {
	if s.receivers != nil {
		return s.receivers
	}
	return s.outside
}

// newSigningSecret makes a secret in the form of Standard Webhooks.
func newSigningSecret() (string, error) {
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	return secretPrefix + base64.StdEncoding.EncodeToString(random), nil
}

// refusedAddress finds out whether the address of a patch may not be told anything. It may look a
// name up, so it is asked before the transaction.
func (s *Services) refusedAddress(ctx context.Context, patch WebhookPatch) []models.Problem {
	if patch.URL == nil || !s.TellsWebhooks() {
		return nil
	}
	if err := s.toReceivers().Allows(ctx, *patch.URL); err != nil {
		return []models.Problem{{Pointer: "/url", Message: err.Error()}}
	}
	return nil
}

// changeWebhook changes a webhook as the patch says, and finds everything wrong with it then;
// refused is what is wrong with its address beside its form.
func changeWebhook(tx *gorm.DB, hook *models.Webhook, patch WebhookPatch, refused []models.Problem) error {
	for into, text := range map[*string]*string{&hook.URL: patch.URL, &hook.Label: patch.Label, &hook.Events: patch.Events} {
		if text != nil {
			*into = *text
		}
	}
	if patch.State != nil {
		hook.State = *patch.State
	}
	problems := hook.Validate()
	if len(problems) == 0 || problems[0].Pointer != "/url" {
		problems = append(refused, problems...)
	}
	if hook.State == models.WebhookDisabled && patch.State != nil {
		problems = append(problems, models.Problem{Pointer: "/state", Message: "Only failures disable a webhook. Pause it, or delete it."})
	}
	if patch.Entity != nil {
		hook.EntityID = nil
		if *patch.Entity != "" {
			record, err := survivor(tx, *patch.Entity)
			switch {
			case errorKind(err) == models.ErrNotFound || err == nil && record.Type != models.TypeEntity:
				problems = append(problems, models.Problem{Pointer: "/entity", Message: "There is no entity with this id or slug."})
			case err != nil:
				return err
			default:
				hook.EntityID = &record.ID
			}
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return &models.Error{Kind: models.ErrInvalid, Problems: problems, Message: "The webhook was not kept. " + count(len(problems), "thing needs", "things need") + " attention."}
}

// Webhooks lists all webhooks, oldest first.
func (s *Services) Webhooks(ctx context.Context, by models.Actor) ([]WebhookView, error) {
	if err := require(by, ActionWebhooks); err != nil {
		return nil, err
	}
	return webhookViews(s.db.Primary(ctx), nil)
}

// Webhook gives one webhook: ErrNotFound when there is none.
func (s *Services) Webhook(ctx context.Context, by models.Actor, id uuid.UUID) (WebhookView, error) {
	if err := require(by, ActionWebhooks); err != nil {
		return WebhookView{}, err
	}
	return webhookView(s.db.Primary(ctx), id)
}

func webhookView(tx *gorm.DB, id uuid.UUID) (WebhookView, error) {
	views, err := webhookViews(tx, &id)
	if err == nil && len(views) == 0 {
		err = noWebhook()
	}
	if err != nil {
		return WebhookView{}, err
	}
	return views[0], nil
}

func noWebhook() error {
	return models.Errorf(models.ErrNotFound, "There is no such webhook. Perhaps it was deleted.")
}

func webhookViews(tx *gorm.DB, id *uuid.UUID) ([]WebhookView, error) {
	query := tx.Table("webhooks w").Order("w.id").Limit(MostWebhooks).
		Select("w.*, (SELECT count(*) FROM deliveries d WHERE d.webhook_id = w.id AND d.state = 'pending') AS waiting")
	if id != nil {
		query = query.Where("w.id = ?", *id)
	}
	var rows []struct {
		models.Webhook
		Waiting int64
	}
	if err := query.Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	wanted := wantedRefs{}
	for _, row := range rows {
		if row.EntityID != nil {
			wanted.add("", *row.EntityID)
		}
	}
	refs, err := (&reading{tx: tx}).loadRefs(wanted)
	if err != nil {
		return nil, err
	}
	views := make([]WebhookView, len(rows))
	for i, row := range rows {
		views[i] = WebhookView{Webhook: row.Webhook, Waiting: row.Waiting}
		views[i].Secret, views[i].PreviousSecret = "", ""
		if row.EntityID != nil {
			views[i].Entity = refs[*row.EntityID]
		}
	}
	return views, nil
}

// ChangeWebhook changes a webhook. One that is made active again goes on where it stopped, with
// what failed meanwhile. It gives the webhook as this change left it.
func (s *Services) ChangeWebhook(ctx context.Context, by models.Actor, id uuid.UUID, patch WebhookPatch) (view WebhookView, err error) {
	if err := require(by, ActionWebhooks); err != nil {
		return WebhookView{}, err
	}
	refused := s.refusedAddress(ctx, patch)
	err = s.withWebhook(ctx, by, id, func(tx *gorm.DB, hook *models.Webhook) error {
		before := hook.State
		if err := changeWebhook(tx, hook, patch, refused); err != nil {
			return err
		}
		if hook.State == models.WebhookActive && before != models.WebhookActive {
			hook.Problem, hook.Failures, hook.ResumeAt = "", 0, nil
			if err := again(tx.Where("webhook_id = ? AND state = ?", id, models.DeliveryFailed), s.now()); err != nil {
				return err
			}
		}
		err := tx.Model(hook).Select("url", "label", "events", "entity_id", "state", "problem", "failures", "resume_at").Updates(hook).Error
		if err != nil {
			return fmt.Errorf("change webhook %s: %w", id, err)
		}
		view, err = webhookView(tx, id)
		return err
	})
	return view, err
}

// withWebhook changes a webhook in a transaction.
func (s *Services) withWebhook(ctx context.Context, by models.Actor, id uuid.UUID, change func(tx *gorm.DB, hook *models.Webhook) error) error {
	if err := require(by, ActionWebhooks); err != nil {
		return err
	}
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		var hook models.Webhook
		found := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Limit(1).Find(&hook, "id = ?", id)
		if found.Error != nil {
			return fmt.Errorf("read webhook %s: %w", id, found.Error)
		}
		if found.RowsAffected == 0 {
			return noWebhook()
		}
		return change(tx, &hook)
	})
}

// again has deliveries sent once more, with all their tries.
func again(which *gorm.DB, now time.Time) error {
	return wrap(which.Model(&models.Delivery{}).Updates(map[string]any{"state": models.DeliveryPending, "tries": 0, "due_at": now}).Error, "send deliveries again")
}

// RotateSecret gives a webhook a new secret, which is shown once. The one before signs too for a
// day, so that the receiver can change over at its leisure.
func (s *Services) RotateSecret(ctx context.Context, by models.Actor, id uuid.UUID) (secret string, err error) {
	err = s.withWebhook(ctx, by, id, func(tx *gorm.DB, hook *models.Webhook) error {
		if secret, err = newSigningSecret(); err != nil {
			return err
		}
		until := s.now().Add(rotationTime)
		return wrap(tx.Model(hook).Updates(map[string]any{"secret": secret, "previous_secret": hook.Secret, "previous_until": until}).Error, "rotate the secret of webhook %s", id)
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// DeleteWebhook forgets a webhook and its deliveries.
func (s *Services) DeleteWebhook(ctx context.Context, by models.Actor, id uuid.UUID) error {
	return s.withWebhook(ctx, by, id, func(tx *gorm.DB, hook *models.Webhook) error {
		if err := tx.Delete(&models.Delivery{}, "webhook_id = ?", id).Error; err != nil {
			return fmt.Errorf("delete the deliveries of webhook %s: %w", id, err)
		}
		return wrap(tx.Delete(&models.Webhook{}, "id = ?", id).Error, "delete webhook %s", id)
	})
}

// TestWebhook has a test event sent.
func (s *Services) TestWebhook(ctx context.Context, by models.Actor, id uuid.UUID) (d models.Delivery, err error) {
	err = s.withWebhook(ctx, by, id, func(tx *gorm.DB, hook *models.Webhook) error {
		if hook.State != models.WebhookActive {
			return models.Errorf(models.ErrConflict, "This webhook is %s. Make it active first.", hook.State)
		}
		now := s.now()
		d = models.Delivery{ID: newID(), WebhookID: id, Event: testEvent, State: models.DeliveryPending, DueAt: now, CreatedAt: now}
		if err := tx.Model(hook).Updates(map[string]any{"resume_at": nil}).Error; err != nil {
			return fmt.Errorf("let webhook %s go on: %w", id, err)
		}
		return wrap(tx.Create(&d).Error, "store a test of webhook %s", id)
	})
	return d, err
}

// ReplaySince has everything told once more that was published from an instant on, and that the
// webhook wants now.
func (s *Services) ReplaySince(ctx context.Context, by models.Actor, id uuid.UUID, since time.Time) error {
	return s.withWebhook(ctx, by, id, func(tx *gorm.DB, hook *models.Webhook) error {
		// A publication has one instant, that of its checkpoint.
		var first int64
		err := tx.Raw("SELECT COALESCE(MAX(size), 0) FROM checkpoints WHERE at < ?", since.UTC()).Scan(&first).Error
		if err != nil {
			return fmt.Errorf("find what was published since %s: %w", since, err)
		}
		if first >= hook.Position {
			return nil
		}
		return wrap(tx.Model(hook).Updates(map[string]any{"position": first}).Error, "take webhook %s back", id)
	})
}

// ReplayDelivery has one event sent once more.
func (s *Services) ReplayDelivery(ctx context.Context, by models.Actor, id, delivery uuid.UUID) error {
	return s.withWebhook(ctx, by, id, func(tx *gorm.DB, hook *models.Webhook) error {
		var n int64
		which := tx.Model(&models.Delivery{}).Where("webhook_id = ? AND id = ?", id, delivery)
		if err := which.Count(&n).Error; err != nil {
			return fmt.Errorf("find delivery %s: %w", delivery, err)
		}
		if n == 0 {
			return models.Errorf(models.ErrNotFound, "There is no such delivery. Those that are over are kept for %d days.", int(deliveriesKept.Hours()/24))
		}
		return again(tx.Where("webhook_id = ? AND id = ?", id, delivery), s.now())
	})
}

// DeliveryPage is a run of deliveries, newest first.
type DeliveryPage struct {
	Deliveries []models.Delivery
	Next       string
}

// DeliveryQuery asks for the deliveries of a webhook.
type DeliveryQuery struct {
	Webhook uuid.UUID
	// State narrows to one state; "" for all.
	State models.DeliveryState
	// Limit is from 1 to 500; 50 when 0.
	Limit  int
	Cursor string
}

// Deliveries lists the deliveries of a webhook, newest first: ErrNotFound when there is no such
// webhook.
func (s *Services) Deliveries(ctx context.Context, by models.Actor, q DeliveryQuery) (page DeliveryPage, err error) {
	if _, err := s.Webhook(ctx, by, q.Webhook); err != nil {
		return page, err
	}
	if q.State != "" && !models.DeliveryStates().Has(string(q.State)) {
		return page, searchProblem("state", fmt.Sprintf("%q is no state of a delivery.%s", shorten(string(q.State)), models.DidYouMean(string(q.State), models.DeliveryStates().Values())))
	}
	listing := Query{Filters: map[string][]string{"state": {"any", string(q.State)}}, Limit: q.Limit, Cursor: q.Cursor}.withDefaults("-id")
	if listing.Limit < 1 || listing.Limit > 500 {
		return page, searchProblem("limit", "A page has from 1 to 500 entries.")
	}
	what := "deliveries " + q.Webhook.String()
	after, err := listing.after(what)
	if err != nil {
		return page, err
	}
	tx := s.db.Primary(ctx).Where("webhook_id = ?", q.Webhook).Order("id DESC").Limit(listing.Limit + 1)
	if q.State != "" {
		tx = tx.Where("state = ?", q.State)
	}
	if after != nil {
		tx = tx.Where("id < ?", after.ID)
	}
	if err := tx.Find(&page.Deliveries).Error; err != nil {
		return page, fmt.Errorf("list deliveries: %w", err)
	}
	if len(page.Deliveries) > listing.Limit {
		page.Deliveries = page.Deliveries[:listing.Limit]
		page.Next = listing.next(what, cursor{ID: page.Deliveries[listing.Limit-1].ID})
	}
	return page, nil
}

// oldDeliveriesJob forgets deliveries that have been over for long.
type oldDeliveriesJob struct{}

// Kind names the job.
func (oldDeliveriesJob) Kind() string { return "old_deliveries" }

func (s *Services) workOldDeliveries(ctx context.Context, _ oldDeliveriesJob) error {
	return wrap(s.db.Write(ctx).Delete(&models.Delivery{}, "created_at < ? AND due_at < ? AND state <> 'pending'", s.now().Add(-deliveriesKept), s.now().Add(-deliveriesKept)).Error, "forget old deliveries")
}
