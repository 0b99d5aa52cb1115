package exports

import (
	"encoding/json"
	"io"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// records writes this product's own records, a line each, from which an import makes the same
// records again.
type records struct{ out *json.Encoder }

// heading is the first line.
type heading struct {
	Plumbline  int       `json:"plumbline"`
	LogSize    int64     `json:"log_size"`
	At         time.Time `json:"at"`
	Checkpoint string    `json:"checkpoint"`
	// AsOf and KnownAt are the past that was asked for.
	AsOf    models.Day `json:"as_of,omitzero"`
	KnownAt time.Time  `json:"known_at,omitzero"`
}

// recordLine is one record: what it is, its whole document, and what follows from it.
type recordLine struct {
	Type    models.RecordType  `json:"type"`
	ID      uuid.UUID          `json:"id"`
	State   models.RecordState `json:"state"`
	Version int64              `json:"version"`
	Reason  string             `json:"reason,omitempty"`
	Data    models.Document    `json:"data"`
	Status  string             `json:"status,omitempty"`
	// Of the status: how well it is established, and when it was last shown and looked at.
	StatusVerification  string     `json:"status_verification,omitempty"`
	StatusDisputed      bool       `json:"status_disputed,omitempty"`
	StatusOrigins       int        `json:"status_origins,omitempty"`
	StatusLastEvidenced models.Day `json:"status_last_evidenced,omitzero"`
	StatusLastChecked   models.Day `json:"status_last_checked,omitzero"`
	// Of the record itself, whatever its status.
	Verification  string     `json:"verification,omitempty"`
	Disputed      bool       `json:"disputed,omitempty"`
	Origins       int        `json:"origins,omitempty"`
	LastEvidenced models.Day `json:"last_evidenced,omitzero"`
	LastChecked   models.Day `json:"last_checked,omitzero"`
}

func newRecords(out io.Writer, in *info) writer {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	w := &records{encoder}
	_ = encoder.Encode(heading{1, in.size, in.at, in.checkpoint, in.asked.AsOf, in.asked.KnownAt}) // what fails here fails again at the next line
	return w
}

func lineOf(it item) recordLine {
	line := recordLine{Type: it.Type, ID: it.ID, State: it.State, Version: it.Version, Reason: it.why, Data: it.Document,
		Verification: string(it.Standing.Verification), Disputed: it.Standing.Disputed, Origins: len(it.Standing.Basis.Origins),
		LastEvidenced: it.Standing.LastEvidenced, LastChecked: it.Standing.LastChecked}
	if it.Status != nil {
		standing := it.Status.Standing
		line.Status, line.StatusVerification, line.StatusDisputed = string(it.Status.Span.Status), string(standing.Verification), standing.Disputed
		line.StatusOrigins, line.StatusLastEvidenced, line.StatusLastChecked = len(standing.Basis.Origins), standing.LastEvidenced, standing.LastChecked
	}
	return line
}

func (w *records) record(it item) error { return w.out.Encode(lineOf(it)) }

func (w *records) end() error { return nil }
