package imports

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// pageOfRecords is a list as the API gives it: a page of it, or all.
type pageOfRecords struct {
	AsOf    string            `json:"as_of"`
	KnownAt string            `json:"known_at"`
	Data    []json.RawMessage `json:"data"`
}

// wireHead is what every record of the API says of itself.
type wireHead struct {
	Type    models.RecordType  `json:"record_type"`
	ID      uuid.UUID          `json:"id"`
	State   models.RecordState `json:"state"`
	Version int64              `json:"version"`
	KnownAt string             `json:"known_at"`
}

// page reads the records of a list, one after the other.
func (r *recordReader) page(p pageOfRecords) error {
	r.past(p.KnownAt)
	for i, record := range p.Data {
		if err := r.wire(i+1, record, p.KnownAt); err != nil {
			return err
		}
	}
	return nil
}

// wire reads a record as the API gives it: its fields, without what follows from other records.
func (r *recordReader) wire(number int, object json.RawMessage, knownAt string) error {
	row, tooMany := r.row("", number, nil)
	if tooMany != nil {
		return tooMany
	}
	var head wireHead
	members := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.UseNumber()
	err := json.Unmarshal(object, &head)
	if err == nil {
		err = decoder.Decode(&members)
	}
	document := models.NewDocument(head.Type)
	switch {
	case err != nil:
		r.problem(row, "", CodeFormat, "This is not a record: %s.", err)
		return nil
	case document == nil:
		r.problem(row, "record_type", CodeInvalid, "%q is not a record type.%s", clip(string(head.Type)), models.DidYouMean(string(head.Type), models.RecordTypes().Values()))
		return nil
	case head.ID == uuid.Nil:
		r.problem(row, "id", CodeMissing, "A record needs its id.")
		return nil
	case head.State == models.StateRetracted || head.State == models.StateMerged:
		r.leftOut(row)
		return nil
	}
	it := &item{row: row, id: head.ID, doc: document, whole: true, version: head.Version, knownAt: knownAt}
	if it.knownAt == "" {
		it.knownAt = head.KnownAt
		r.past(head.KnownAt)
	}
	fields, marked := r.fields(head.Type, members)
	if marked {
		it.whole = false
	}
	text, err := json.Marshal(fields)
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		err = decoder.Decode(document)
	}
	if err != nil {
		r.problem(row, "", CodeInvalid, "The record cannot be read: %s.", strings.TrimPrefix(err.Error(), "json: "))
		return nil
	}
	r.add(it)
	return nil
}

// fields are the members of a record that people write, as its document has them. marked says that
// some are left out, since they are marks of what is on hold or was redacted.
func (r *recordReader) fields(t models.RecordType, members map[string]any) (fields map[string]any, marked bool) {
	fields = map[string]any{}
	for name, value := range members {
		f, known := models.FieldNamed(t, name)
		switch {
		case !known && name != "as_of" && name != "known_at" && name != "log_size":
			r.notice("The member %q is not read.", clip(name))
		case !known || f.Kind == models.FieldDerived:
		case f.Kind == models.FieldInput:
			r.notice("The member %q is not read.", clip(name))
		default:
			fields[name] = value
		}
	}
	for _, path := range services.ReferenceFields(t) {
		toID(fields, strings.Split(path, "/"))
	}
	for name, value := range fields {
		if hasMark(value) {
			r.notice("The member %q has marks of what is on hold or was redacted; they are not entered.", name)
			delete(fields, name)
			marked = true
		}
	}
	if captures, ok := fields["captures"].([]any); ok {
		for _, capture := range captures {
			if capture, ok := capture.(map[string]any); ok {
				delete(capture, "media_type")
				delete(capture, "file")
			}
		}
	}
	return fields, marked
}

// hasMark reports whether a text, or one within a list or an object, is a mark.
func hasMark(value any) bool {
	switch value := value.(type) {
	case string:
		return value == models.Withheld || value == services.Tombstone
	case []any:
		return slices.ContainsFunc(value, hasMark)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(value)), hasMark)
	}
	return false
}

// toID puts ids where records are named by objects that have them.
func toID(parent any, path []string) {
	switch parent := parent.(type) {
	case map[string]any:
		child, ok := parent[path[0]]
		if !ok {
			return
		}
		if len(path) > 1 {
			toID(child, path[1:])
		} else if object, ok := child.(map[string]any); ok {
			parent[path[0]] = object["id"]
		}
	case []any:
		for i, child := range parent {
			if len(path) > 1 {
				toID(child, path[1:])
			} else if object, ok := child.(map[string]any); ok {
				parent[i] = object["id"]
			}
		}
	}
}
