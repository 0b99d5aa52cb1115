package imports

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// readJSON reads a format of objects: one after the other, a line each, or in a list.
func (c *content) readJSON(ctx context.Context, f File, opts *settings) error {
	var r objectReader
	switch c.format {
	case FormatOCDS:
		r = &ocdsReader{content: c, opts: opts, processes: map[string]*process{}, packages: map[string]*item{}}
	case FormatFTM:
		r = &ftmReader{content: c, opts: opts, own: map[string]bool{}, kinds: map[string]models.EntityKind{}}
	case FormatBODS:
		r = &bodsReader{content: c, opts: opts, statements: map[string]*statement{}}
	default:
		r = &recordReader{content: c}
	}
	text, err := f.text()
	if err != nil {
		return err
	}
	if err := c.objects(ctx, text, r); err != nil {
		return err
	}
	return r.finish()
}

// objectReader takes the objects of a file in their order.
type objectReader interface {
	read(number int, object json.RawMessage) error
	// finish makes items of what was gathered.
	finish() error
}

// objects finds the objects. A line that cannot be read is reported, and the next one is; in a
// file of one large object nothing can be read after a fault.
func (c *content) objects(ctx context.Context, text *bufio.Reader, r objectReader) error {
	first, err := firstSign(text)
	if err != nil {
		return refused("There is nothing in this file.")
	}
	head, _ := text.Peek(sniffed) // what there is of it
	line, _, ended := bytes.Cut(head, []byte("\n"))
	if first == '{' && (json.Valid(line) || !ended && len(head) == sniffed) {
		return c.lines(ctx, text, r)
	}

	limited := &limitedReader{in: text, left: mostObject}
	decoder := json.NewDecoder(limited)
	if first == '[' {
		if _, err := decoder.Token(); err != nil {
			return unreadable(err)
		}
	}
	for number := 1; decoder.More(); number++ {
		var object json.RawMessage
		if err := decoder.Decode(&object); err != nil {
			return unreadable(err)
		}
		if err := r.read(number, object); err != nil {
			return err
		}
		limited.left = mostObject
		if number%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if _, err := decoder.Token(); err != nil && !errors.Is(err, io.EOF) {
		return unreadable(err)
	}
	return nil
}

func unreadable(err error) error {
	if errors.Is(err, errTooLong) {
		return refused("An object of this file has more than %d MB. Split it into JSON lines, one release or record each.", mostObject>>20)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return refused("The JSON ends in the middle. Was all of it copied? Nothing was entered.")
	}
	return refused("The JSON cannot be read to its end: %s. Nothing was entered.", err)
}

var errTooLong = errors.New("an object is too long")

type limitedReader struct {
	in   io.Reader
	left int
}

func (l *limitedReader) Read(p []byte) (int, error) {
	n, err := l.in.Read(p)
	if l.left -= n; l.left < 0 {
		return n, errTooLong
	}
	return n, err
}

func (c *content) lines(ctx context.Context, text *bufio.Reader, r objectReader) error {
	scanner := bufio.NewScanner(text)
	scanner.Buffer(make([]byte, 0, sniffed), mostObject)
	for number := 1; scanner.Scan(); number++ {
		line := bytes.TrimSpace(scanner.Bytes())
		if len(line) == 0 {
			continue
		}
		if !json.Valid(line) {
			row, err := c.row("", number, []string{clip(string(line))})
			if err != nil {
				return err
			}
			c.problem(row, "", CodeFormat, "This line is no JSON. It may be cut off; export it again.")
			continue
		}
		if err := r.read(number, bytes.Clone(line)); err != nil {
			return err
		}
		if number%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if errors.Is(scanner.Err(), bufio.ErrTooLong) {
		return unreadable(errTooLong)
	}
	if scanner.Err() != nil {
		return fmt.Errorf("read lines: %w", scanner.Err())
	}
	return nil
}

// recordReader reads this product's own records, as exports write them.
type recordReader struct {
	*content
	// knownAt is the instant whose knowledge the file shows; "" for the present.
	knownAt string
}

// recordLine is one record of an export: what it is, and the whole of its document.
type recordLine struct {
	Plumbline  json.RawMessage    `json:"plumbline"`
	RecordType models.RecordType  `json:"record_type"`
	KnownAt    string             `json:"known_at"`
	Version    int64              `json:"version"`
	Type       models.RecordType  `json:"type"`
	ID         uuid.UUID          `json:"id"`
	State      models.RecordState `json:"state"`
	Reason     string             `json:"reason"`
	Data       json.RawMessage    `json:"data"`
}

func (r *recordReader) read(number int, object json.RawMessage) error {
	var line recordLine
	err := json.Unmarshal(object, &line)
	switch {
	case err == nil && line.Plumbline != nil: // the heading
		r.knownAt = line.KnownAt
		r.past(r.knownAt)
		return nil
	case line.RecordType != "":
		return r.wire(number, object, "")
	case line.Type == "" && line.ID == uuid.Nil && len(line.Data) > 0 && line.Data[0] == '[':
		var page pageOfRecords
		if err := json.Unmarshal(object, &page); err != nil {
			return unreadable(err)
		}
		return r.page(page)
	}
	row, tooMany := r.row("", number, nil)
	if tooMany != nil {
		return tooMany
	}
	document := models.NewDocument(line.Type)
	switch {
	case err != nil:
		r.problem(row, "", CodeFormat, "This is no record: %s.", err)
		return nil
	case document == nil:
		r.problem(row, "type", CodeInvalid, "%q is no record type.%s", clip(string(line.Type)), models.DidYouMean(string(line.Type), models.RecordTypes().Values()))
		return nil
	case line.ID == uuid.Nil:
		r.problem(row, "id", CodeMissing, "A record needs its id.")
		return nil
	case line.State == models.StateMerged:
		r.notice("Records that were merged into others are left out; those that they were merged into hold all.")
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(line.Data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(document); err != nil {
		r.problem(row, "data", CodeInvalid, "The data cannot be read: %s.", strings.TrimPrefix(err.Error(), "json: "))
		return nil
	}
	it := &item{row: row, id: line.ID, doc: document, whole: true, version: line.Version, knownAt: r.knownAt}
	if line.State == models.StateRetracted {
		if it.retract = line.Reason; it.retract == "" {
			it.retract = "Retracted where it was exported."
		}
	}
	r.add(it)
	return nil
}

func (r *recordReader) finish() error { return nil }
