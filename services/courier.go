package services

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"plumbline/models"
)

// courier tells webhooks what was published. What is to be told is the log, which is written in
// the transaction of each publication: publishing costs nothing more for webhooks, and none can
// miss anything. See docs/decisions/0011-the-log-is-the-outbox.md.
//
// For each webhook one instance at a time holds a lease, goes on in the log from where the webhook
// stands, writes a delivery for each event that it wants, and sends those that are due. Each
// webhook has a sender of its own, so a receiver that does not answer holds up nobody else.
// What was sent and not noted before the program ended is sent again: at least once.
type courier struct {
	s *Services
	// id is this instance's, as the holder of leases.
	id uuid.UUID

	mutex   sync.Mutex
	sending map[uuid.UUID]bool
	ended   sync.WaitGroup
}

// Bounds of a courier's work.
const (
	courierPoll = 300 * time.Millisecond
	leaseTime   = 5 * time.Second
	// lookAtOnce is how many revisions are looked at in one transaction, sendAtOnce how many
	// deliveries are sent to one receiver at the same time.
	lookAtOnce = 200
	sendAtOnce = 16
	// manyFailures in a row make a receiver one that is given time.
	manyFailures = 5
	longestPause = time.Hour
	longestRetry = 24 * time.Hour
	// deliveriesKept is for how long one can look at deliveries that are over.
	deliveriesKept = 30 * 24 * time.Hour
)

// deliveryDelays are the times between the tries of a delivery: over three days in all.
func deliveryDelays() []time.Duration {
	return []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, 2 * time.Hour,
		5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}
}

func (s *Services) newCourier() *courier {
	return &courier{s: s, id: newID(), sending: map[uuid.UUID]bool{}}
}

// run tells webhooks until the context ends, and then waits for what is being sent.
func (c *courier) run(ctx context.Context) {
	ticker := time.NewTicker(courierPoll)
	defer ticker.Stop()
	for {
		if err := c.round(ctx); err != nil && ctx.Err() == nil {
			c.s.logger.Warn("webhooks could not be told; they are told soon", "error", err)
		}
		select {
		case <-ctx.Done():
			c.ended.Wait()
			return
		case <-ticker.C:
		}
	}
}

// round starts a sender for each webhook that has something to be told and has none yet.
func (c *courier) round(ctx context.Context) error {
	now := c.s.now()
	var due []uuid.UUID
	err := c.s.db.Primary(ctx).Raw(`
		SELECT w.id FROM webhooks w
		WHERE w.state = 'active' AND (w.resume_at IS NULL OR w.resume_at <= ?) AND (w.held_until IS NULL OR w.held_until <= ? OR w.holder_id = ?)
			AND (w.position < (SELECT COALESCE(MAX(size), 0) FROM checkpoints)
				OR EXISTS (SELECT 1 FROM deliveries d WHERE d.webhook_id = w.id AND d.state = 'pending' AND d.due_at <= ?))
		ORDER BY w.id LIMIT ?`, now, now, c.id, now, MostWebhooks).Scan(&due).Error
	if err != nil {
		return fmt.Errorf("find webhooks with something to be told: %w", err)
	}
	for _, id := range due {
		if c.begin(id) {
			c.ended.Go(func() {
				defer c.end(id)
				if err := c.tell(ctx, id); err != nil && ctx.Err() == nil {
					c.s.logger.Warn("a webhook could not be told; it is told soon", "webhook", id, "error", err)
				}
			})
		}
	}
	return nil
}

func (c *courier) begin(id uuid.UUID) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.sending[id] {
		return false
	}
	c.sending[id] = true
	return true
}

func (c *courier) end(id uuid.UUID) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	delete(c.sending, id)
}

// tell sends a webhook all that is due, while this instance holds it.
func (c *courier) tell(ctx context.Context, id uuid.UUID) error {
	defer func() {
		free := map[string]any{"holder_id": nil, "held_until": nil}
		err := c.s.db.Write(context.WithoutCancel(ctx)).Model(&models.Webhook{}).Where("id = ? AND holder_id = ?", id, c.id).Updates(free).Error
		if err != nil {
			c.s.logger.Warn("a webhook was not let go; it is free in some seconds", "webhook", id, "error", err)
		}
	}()
	for ctx.Err() == nil {
		held, err := c.hold(ctx, id)
		if err != nil || !held {
			return err
		}
		looked, err := c.look(ctx, id)
		if err != nil {
			return err
		}
		sent, err := c.send(ctx, id)
		if err != nil || !looked && !sent {
			return err
		}
	}
	return nil
}

// hold takes or prolongs the lease of a webhook; false when another instance has it.
func (c *courier) hold(ctx context.Context, id uuid.UUID) (bool, error) {
	now := c.s.now()
	held := c.s.db.Write(ctx).Model(&models.Webhook{}).
		Where("id = ? AND state = 'active' AND (resume_at IS NULL OR resume_at <= ?) AND (held_until IS NULL OR held_until <= ? OR holder_id = ?)", id, now, now, c.id).
		Updates(map[string]any{"holder_id": c.id, "held_until": now.Add(leaseTime)})
	return held.RowsAffected == 1, wrap(held.Error, "hold webhook %s", id)
}

// look goes on in the log and writes deliveries; false when there was nothing new. An event that
// was told before, which is asked for once more, is told with all tries.
func (c *courier) look(ctx context.Context, id uuid.UUID) (bool, error) {
	found := false
	err := c.s.db.Transaction(ctx, func(tx *gorm.DB) error {
		var hook models.Webhook
		if read := tx.Limit(1).Find(&hook, "id = ?", id); read.Error != nil || read.RowsAffected == 0 {
			return wrap(read.Error, "read webhook %s", id)
		}
		var revisions []models.Revision
		if err := tx.Select("position", "record_id", "type", "op").Where("position >= ?", hook.Position).Order("position").Limit(lookAtOnce).Find(&revisions).Error; err != nil {
			return fmt.Errorf("read the log for webhook %s: %w", id, err)
		}
		if found = len(revisions) > 0; !found {
			return nil
		}
		wanted, err := wantedBy(tx, hook, revisions)
		if err != nil {
			return err
		}
		now := c.s.now()
		var list []models.Delivery
		for _, r := range wanted {
			list = append(list, models.Delivery{ID: newID(), WebhookID: id, Position: &r.Position, Event: models.EventType(r.Type, r.Op), State: models.DeliveryPending, DueAt: now, CreatedAt: now})
		}
		if len(list) > 0 {
			err := tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "webhook_id"}, {Name: "position"}}, DoUpdates: clause.AssignmentColumns([]string{"state", "tries", "due_at"})}).
				Create(&list).Error
			if err != nil {
				return fmt.Errorf("write deliveries of webhook %s: %w", id, err)
			}
		}
		next := revisions[len(revisions)-1].Position + 1
		moved := tx.Model(&models.Webhook{}).Where("id = ? AND position = ?", id, hook.Position).Update("position", next)
		if moved.Error == nil && moved.RowsAffected == 0 {
			return models.Errorf(models.ErrStale, "The webhook %s was taken back meanwhile.", id)
		}
		return wrap(moved.Error, "move webhook %s", id)
	})
	return found, err
}

// wantedBy keeps the revisions that a webhook is to be told of.
func wantedBy(tx *gorm.DB, hook models.Webhook, revisions []models.Revision) ([]models.Revision, error) {
	concerned := map[uuid.UUID]bool{}
	if hook.EntityID != nil {
		var ids []uuid.UUID
		for _, r := range revisions {
			ids = append(ids, r.RecordID)
		}
		if err := concerning(tx, *hook.EntityID, ids, concerned); err != nil {
			return nil, err
		}
	}
	var wanted []models.Revision
	for _, r := range revisions {
		if hook.Wants(models.EventType(r.Type, r.Op)) && (hook.EntityID == nil || concerned[r.RecordID]) {
			wanted = append(wanted, r)
		}
	}
	return wanted, nil
}

// concerning finds which of the records concern an entity, or did.
func concerning(tx *gorm.DB, entity uuid.UUID, records []uuid.UUID, into map[uuid.UUID]bool) error {
	into[entity] = true
	return inChunks(records, func(chunk []uuid.UUID) error {
		var found []uuid.UUID
		err := tx.Raw("SELECT DISTINCT record_id FROM involvements WHERE entity_id = ? AND record_id ?", entity, among(chunk)).Scan(&found).Error
		for _, id := range found {
			into[id] = true
		}
		return wrap(err, "find what concerns %s", entity)
	})
}

// result is what became of a try.
type result struct {
	delivery models.Delivery
	// gone says that the receiver wants no more, or that its address may not be asked; pause
	// that it asks for time.
	gone  bool
	pause time.Duration
}

// send sends deliveries that are due, some at the same time; false when there were none. A
// receiver that failed often is tried with one alone.
func (c *courier) send(ctx context.Context, id uuid.UUID) (bool, error) {
	var hook models.Webhook
	if read := c.s.db.Primary(ctx).Limit(1).Find(&hook, "id = ?", id); read.Error != nil || read.RowsAffected == 0 {
		return false, wrap(read.Error, "read webhook %s", id)
	}
	most := sendAtOnce
	if hook.Failures >= manyFailures {
		most = 1
	}
	var due []models.Delivery
	err := c.s.db.Primary(ctx).Order("due_at, id").Limit(most).Find(&due, "webhook_id = ? AND state = 'pending' AND due_at <= ?", id, c.s.now()).Error
	if err != nil || len(due) == 0 {
		return false, wrap(err, "find what is due to webhook %s", id)
	}
	messages, err := c.s.messages(ctx, hook, due)
	if err != nil {
		return false, err
	}

	results := make(chan result, len(due))
	for _, d := range due {
		go func() { results <- c.try(ctx, hook, d, messages[d.ID]) }()
	}
	done, err := c.gather(ctx, id, results, len(due))
	if err != nil || ctx.Err() != nil {
		return false, err // what was sent and is not noted is sent again
	}
	return true, c.note(ctx, hook, done)
}

// gather waits for the results, and keeps the lease meanwhile.
func (c *courier) gather(ctx context.Context, id uuid.UUID, results <-chan result, n int) ([]result, error) {
	ticker := time.NewTicker(leaseTime / 3)
	defer ticker.Stop()
	var done []result
	for len(done) < n {
		select {
		case r := <-results:
			done = append(done, r)
		case <-ticker.C:
			if _, err := c.hold(ctx, id); err != nil && ctx.Err() == nil {
				return nil, err
			}
		}
	}
	return done, nil
}

// try sends one delivery.
func (c *courier) try(ctx context.Context, hook models.Webhook, d models.Delivery, message []byte) result {
	now := c.s.now()
	if message == nil {
		d.State = models.DeliverySkipped
		return result{delivery: d}
	}
	began := time.Now()
	answer, err := c.s.toReceivers().Send(ctx, OutsideRequest{Method: "POST", URL: hook.URL, Header: signed(hook, d, now, message), Body: message, Most: 64 << 10})
	d.Tries, d.TriedAt, d.Took, d.Response, d.Problem = d.Tries+1, &now, time.Since(began).Milliseconds(), int64(answer.Status), ""
	switch {
	case err == nil && answer.Status >= 200 && answer.Status < 300:
		d.State = models.DeliveryDelivered
		return result{delivery: d}
	case err != nil:
		d.Problem = "There was no answer."
		if errorKind(err) != "" {
			d.Problem = err.Error()
		}
	default:
		d.Problem = fmt.Sprintf("The receiver answered %d.", answer.Status)
	}

	r := result{delivery: d, gone: answer.Status == 410 || errorKind(err) == models.ErrInvalid, pause: retryAfter(answer, now)}
	delays := c.s.delays
	switch {
	case r.gone || int(d.Tries) > len(delays):
		r.delivery.State = models.DeliveryFailed
	default:
		wait := delays[d.Tries-1]
		r.delivery.DueAt = now.Add(max(wait+rand.N(wait/5+1), r.pause))
	}
	return r
}

// retryAfter is how long a receiver asks to be left alone: seconds, or a date.
func retryAfter(answer OutsideResponse, now time.Time) time.Duration {
	header := answer.Header["Retry-After"]
	if header == "" || answer.Status != 429 && answer.Status != 503 {
		return 0
	}
	wait := time.Duration(0)
	if seconds, err := strconv.ParseInt(header, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := time.Parse(time.RFC1123, header); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), longestRetry)
}

// note keeps what became of tries, in one transaction.
func (c *courier) note(ctx context.Context, hook models.Webhook, done []result) error {
	changed := settle(&hook, done, c.s.now())
	return c.s.db.Transaction(ctx, func(tx *gorm.DB) error {
		for _, r := range done {
			err := tx.Model(&models.Delivery{}).Where("id = ?", r.delivery.ID).
				Select("state", "tries", "due_at", "tried_at", "took", "response", "problem").Updates(r.delivery).Error
			if err != nil {
				return fmt.Errorf("note what became of delivery %s: %w", r.delivery.ID, err)
			}
		}
		return wrap(tx.Model(&models.Webhook{}).Where("id = ?", hook.ID).Select(changed).Updates(hook).Error, "note how webhook %s does", hook.ID)
	})
}

// settle changes a webhook by what became of tries, and names the columns that changed.
func settle(hook *models.Webhook, done []result, now time.Time) []string {
	failed, pause := true, time.Duration(0)
	for _, r := range done {
		switch {
		case r.delivery.State == models.DeliveryDelivered:
			failed, hook.DeliveredAt = false, &now
		case r.delivery.State == models.DeliverySkipped:
			failed = false
		}
		pause = max(pause, r.pause)
	}
	for _, r := range done {
		hopeless := r.delivery.State == models.DeliveryFailed && (hook.DeliveredAt == nil || hook.DeliveredAt.Before(r.delivery.CreatedAt))
		if r.gone || hopeless {
			hook.State, hook.Problem = models.WebhookDisabled, r.delivery.Problem
		}
	}

	hook.Failures++
	if !failed {
		hook.Failures = 0
	}
	if many := hook.Failures - manyFailures; many >= 0 {
		pause = max(pause, min(time.Second<<min(many, 20), longestPause))
	}
	hook.ResumeAt = nil
	if pause > 0 {
		at := now.Add(pause)
		hook.ResumeAt = &at
	}
	changed := []string{"failures", "delivered_at", "resume_at"}
	if hook.State == models.WebhookDisabled {
		changed = append(changed, "state", "problem")
	}
	return changed
}
