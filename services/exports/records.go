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
	Type         models.RecordType  `json:"type"`
	ID           uuid.UUID          `json:"id"`
	State        models.RecordState `json:"state"`
	Version      int64              `json:"version"`
	Reason       string             `json:"reason,omitempty"`
	Data         models.Document    `json:"data"`
	Status       string             `json:"status,omitempty"`
	Verification string             `json:"verification,omitempty"`
	Disputed     bool               `json:"disputed,omitempty"`
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
		Verification: string(it.Standing.Verification), Disputed: it.Standing.Disputed}
	if it.Status != nil {
		line.Status = string(it.Status.Span.Status)
	}
	return line
}

func (w *records) record(it item) error { return w.out.Encode(lineOf(it)) }

func (w *records) end() error { return nil }
