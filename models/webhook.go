package models

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// WebhookState says whether a webhook is told of changes.
type WebhookState string

// The states of a webhook.
const (
	WebhookActive   WebhookState = "active"
	WebhookPaused   WebhookState = "paused"
	WebhookDisabled WebhookState = "disabled"
)

// WebhookStates is the vocabulary of webhook states.
func WebhookStates() Vocabulary {
	return codes("webhook_state",
		[3]string{"active", "Active", "Its receiver is told of changes."},
		[3]string{"paused", "Paused", "Somebody stopped it for a time; when it goes on, nothing is left out."},
		[3]string{"disabled", "Disabled", "Its receiver is gone or has not answered for days; it waits for somebody to look at it."})
}

// DeliveryState says what became of one event for one webhook.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryPending   DeliveryState = "pending"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryFailed    DeliveryState = "failed"
	DeliverySkipped   DeliveryState = "skipped"
)

// DeliveryStates is the vocabulary of delivery states.
func DeliveryStates() Vocabulary {
	return codes("delivery_state",
		[3]string{"pending", "Pending", "It is to be sent, for the first time or again."},
		[3]string{"delivered", "Delivered", "The receiver took it."},
		[3]string{"failed", "Failed", "Every try failed; it can be sent again by hand."},
		[3]string{"skipped", "Skipped", "What it would have told is not public any more."})
}

// Webhook is a program elsewhere that is told of changes.
type Webhook struct {
	ID    uuid.UUID `gorm:"primaryKey"`
	URL   string    `gorm:"column:url;not null"`
	Label string    `gorm:"not null"`
	// Events are the patterns of the events that it wants, parted by commas; "" for all.
	Events string `gorm:"not null"`
	// EntityID narrows to changes that concern an entity; nil for all.
	EntityID *uuid.UUID
	// Secret signs what is sent; so does PreviousSecret until PreviousUntil.
	Secret         string `gorm:"not null"`
	PreviousSecret string `gorm:"not null"`
	PreviousUntil  *time.Time
	State          WebhookState `gorm:"not null"`
	// Problem says why it is disabled.
	Problem string `gorm:"not null"`
	// Position is the first of the log that was not looked at for it yet.
	Position int64 `gorm:"not null"`
	// Failures counts failures since the last success, of which DeliveredAt is the instant.
	Failures    int64 `gorm:"not null"`
	DeliveredAt *time.Time
	// ResumeAt is until when its receiver is left alone.
	ResumeAt *time.Time
	// HolderID is the instance that sends, until HeldUntil.
	HolderID  *uuid.UUID
	HeldUntil *time.Time
	CreatorID uuid.UUID `gorm:"not null"`
	CreatedAt time.Time `gorm:"not null;autoCreateTime:false"`
}

// TableName is the table in which webhooks are kept.
func (Webhook) TableName() string { return "webhooks" }

// EventType names what happened as events do: the type of the record and the operation, such as
// "status_change.create".
func EventType(t RecordType, op Op) string { return string(t) + "." + string(op) }

// Wants reports whether the patterns let an event through.
func (w Webhook) Wants(event string) bool {
	if w.Events == "" {
		return true
	}
	of, op, _ := strings.Cut(event, ".")
	for _, pattern := range strings.Split(w.Events, ",") {
		wantedOf, wantedOp, _ := strings.Cut(pattern, ".")
		if (wantedOf == "*" || wantedOf == of) && (wantedOp == "*" || wantedOp == op) {
			return true
		}
	}
	return false
}

// Bounds of a webhook's texts.
const (
	mostLabel    = 100
	mostPatterns = 50
)

// Validate reports what is wrong with a webhook by itself; its texts are cleaned.
func (w *Webhook) Validate() []Problem {
	var v validation
	cleanTexts(&w.URL, &w.Label)
	if problem := ValidHTTPURL(w.URL); problem != "" {
		v.addf("/url", "%s", problem)
	}
	v.text("/label", w.Label, mostLabel, true)
	v.code("/state", string(w.State), WebhookStates())
	w.validateEvents(&v)
	return v.problems
}

func (w *Webhook) validateEvents(v *validation) {
	patterns := strings.FieldsFunc(w.Events, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\r' || r == '\t' })
	v.atMost("/events", len(patterns), mostPatterns)
	for _, pattern := range patterns {
		of, op, _ := strings.Cut(pattern, ".")
		switch {
		case of != "*" && !RecordTypes().Has(of):
			v.addf("/events", "%q begins with no type of record.%s Use %s or *.", shortened(pattern), DidYouMean(of, RecordTypes().Values()), oneOf(RecordTypes().Values()))
		case op != "*" && !Operations().Has(op):
			v.addf("/events", "%q ends with no operation.%s Use %s or *, such as %s.create.", shortened(pattern), DidYouMean(op, Operations().Values()), oneOf(Operations().Values()), of)
		}
	}
	w.Events = strings.Join(patterns, ",")
}

func shortened(text string) string { return fmt.Sprintf("%.80s", text) }

// Delivery is one event for one webhook.
type Delivery struct {
	ID        uuid.UUID `gorm:"primaryKey"`
	WebhookID uuid.UUID `gorm:"not null"`
	// Position is the revision's that it tells of; nil for a test.
	Position *int64
	Event    string        `gorm:"not null"`
	State    DeliveryState `gorm:"not null"`
	// Tries counts how often it was sent.
	Tries int64 `gorm:"not null"`
	// DueAt is when it is sent next; it means nothing once it is not pending.
	DueAt time.Time `gorm:"not null"`
	// TriedAt is when it was last sent, Took how long the answer took, in milliseconds, and
	// Response its status; 0 where there was none.
	TriedAt  *time.Time
	Took     int64 `gorm:"not null"`
	Response int64 `gorm:"not null"`
	// Problem says what went wrong the last time.
	Problem   string    `gorm:"not null"`
	CreatedAt time.Time `gorm:"not null;autoCreateTime:false"`
}

// TableName is the table in which deliveries are kept.
func (Delivery) TableName() string { return "deliveries" }

// MessageID names what a delivery tells, the same for each try and for each receiver.
func (d Delivery) MessageID() string {
	if d.Position == nil {
		return "test_" + d.ID.String()
	}
	return fmt.Sprintf("revision_%d", *d.Position)
}
