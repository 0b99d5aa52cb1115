package services

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// What webhooks are sent is in the form of Standard Webhooks 1.0.0: a JSON object with type,
// timestamp and data, and a signature of id, timestamp and body.

// secretPrefix begins every secret that signs.
const secretPrefix = "whsec_"

// testEvent is the type of a test.
const testEvent = "webhook.test"

// message is what is sent.
type message struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      any       `json:"data"`
}

// RevisionData is a revision as it is told: the same as an entry of the API's list of revisions.
type RevisionData struct {
	Position   int64             `json:"position"`
	Record     uuid.UUID         `json:"record"`
	Type       models.RecordType `json:"type"`
	Version    int64             `json:"version"`
	Op         models.Op         `json:"op"`
	Edit       models.EditKind   `json:"edit,omitempty"`
	State      string            `json:"state"`
	MergedInto *uuid.UUID        `json:"merged_into,omitempty"`
	At         time.Time         `json:"at"`
	Changeset  uuid.UUID         `json:"changeset"`
	Summary    string            `json:"summary,omitempty"`
	Reason     string            `json:"reason,omitempty"`
	Author     string            `json:"author,omitempty"`
	Data       json.RawMessage   `json:"data"`
	Redacted   []string          `json:"redacted,omitempty"`
	Withheld   bool              `json:"withheld,omitempty"`
}

// RevisionDataOf gives a revision as it is told.
func RevisionDataOf(r RevisionView) RevisionData {
	return RevisionData{Position: r.Position, Record: r.Record, Type: r.Type, Version: r.Version, Op: r.Op, Edit: r.Edit, State: string(r.State),
		MergedInto: r.MergedInto, At: r.At, Changeset: r.Changeset, Summary: r.Summary, Reason: r.Reason, Author: r.Author, Data: r.Document, Redacted: r.Redacted, Withheld: r.Withheld}
}

// messages makes what is sent for deliveries, of what the public sees at this moment. There is
// none for a delivery whose revision is not public any more.
func (s *Services) messages(ctx context.Context, hook models.Webhook, list []models.Delivery) (map[uuid.UUID][]byte, error) {
	var positions []int64
	for _, d := range list {
		if d.Position != nil {
			positions = append(positions, *d.Position)
		}
	}
	views := map[int64]RevisionView{}
	if len(positions) > 0 {
		found, err := s.Revisions(ctx, models.Actor{}, RevisionQuery{Positions: positions, Limit: len(positions)})
		if err != nil {
			return nil, err
		}
		for _, view := range found {
			views[view.Position] = view
		}
	}

	messages := map[uuid.UUID][]byte{}
	for _, d := range list {
		told := message{Type: d.Event, Timestamp: d.CreatedAt.UTC(), Data: map[string]any{"webhook": hook.ID}}
		if d.Position != nil {
			view, public := views[*d.Position]
			if !public {
				continue
			}
			told.Timestamp, told.Data = view.At, RevisionDataOf(view)
		}
		text, err := json.Marshal(told)
		if err != nil {
			return nil, fmt.Errorf("write the message of delivery %s: %w", d.ID, err)
		}
		messages[d.ID] = text
	}
	return messages, nil
}

// signed gives the headers of a message, signed with the webhook's secret and, for a time after a
// rotation, with the one before too.
func signed(hook models.Webhook, d models.Delivery, now time.Time, body []byte) map[string]string {
	id, timestamp := d.MessageID(), strconv.FormatInt(now.Unix(), 10)
	secrets := []string{hook.Secret}
	if hook.PreviousUntil != nil && now.Before(*hook.PreviousUntil) {
		secrets = append(secrets, hook.PreviousSecret)
	}
	var signatures []string
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
		if err != nil {
			continue // no secret of ours: they are made by newSigningSecret
		}
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, body)
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return map[string]string{"Content-Type": "application/json", "Webhook-Id": id, "Webhook-Timestamp": timestamp, "Webhook-Signature": strings.Join(signatures, " ")}
}
