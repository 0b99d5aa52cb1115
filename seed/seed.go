// Package seed holds the first cases as data files that people can read and correct, and plays
// them through the services like anybody else's writes.
package seed

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

//go:embed microsoft-israel/*.yaml
var files embed.FS

// AccountName is the account that the seed is entered by.
const AccountName = "Plumbline seed"

// cases are the folders that are loaded.
var cases = []string{"microsoft-israel"}

// Result counts what a load did.
type Result struct {
	Created, Edited, Unchanged int
}

// Load enters the cases: a changeset for each file. What is there already and the same is left
// alone, so that a second load changes nothing; what the files say differently now is entered
// as a correction. Errors name the file and the entry.
func Load(ctx context.Context, s *services.Services, by models.Actor) (Result, error) {
	return load(ctx, s, by, files, cases)
}

func load(ctx context.Context, s *services.Services, by models.Actor, files fs.FS, folders []string) (result Result, err error) {
	for _, folder := range folders {
		c, err := readCase(files, folder)
		if err != nil {
			return result, err
		}
		for _, f := range c.files {
			if err := c.load(ctx, s, by, f, &result); err != nil {
				return result, fmt.Errorf("%s: %w", f.name, err)
			}
		}
	}
	return result, nil
}

// file is one data file: a changeset.
type file struct {
	name          string
	Summary       string           `yaml:"summary"`
	Sources       []map[string]any `yaml:"sources"`
	Entities      []map[string]any `yaml:"entities"`
	Links         []map[string]any `yaml:"links"`
	StatusChanges []map[string]any `yaml:"status_changes"`
	Claims        []map[string]any `yaml:"claims"`
	OpenItems     []map[string]any `yaml:"open_items"`
}

// entry is one record of a file.
type entry struct {
	key    string
	kind   models.RecordType
	fields map[string]any
}

func (f file) entries() []entry {
	var list []entry
	for _, group := range []struct {
		kind models.RecordType
		maps []map[string]any
	}{
		{models.TypeSource, f.Sources}, {models.TypeEntity, f.Entities}, {models.TypeRelationship, f.Links},
		{models.TypeStatusChange, f.StatusChanges}, {models.TypeClaim, f.Claims}, {models.TypeOpenItem, f.OpenItems},
	} {
		for _, fields := range group.maps {
			key, _ := fields["key"].(string)
			list = append(list, entry{key, group.kind, fields})
		}
	}
	return list
}

// seedCase is a folder of files, and the ids of all their entries.
type seedCase struct {
	files []file
	ids   map[string]uuid.UUID
}

// readCase reads a folder's files in the order of their names.
func readCase(files fs.FS, folder string) (*seedCase, error) {
	names, err := fs.Glob(files, path.Join(folder, "*.yaml"))
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("%s holds no .yaml files", folder)
	}
	c := &seedCase{ids: map[string]uuid.UUID{}}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		f, err := parseFile(name, text)
		if err != nil {
			return nil, err
		}
		for _, e := range f.entries() {
			if e.key == "" {
				return nil, fmt.Errorf("%s: an entry has no key; give it one that no other has", name)
			}
			if _, twice := c.ids[e.key]; twice {
				return nil, fmt.Errorf("%s: the key %q is used twice; choose another for the new entry", name, e.key)
			}
			c.ids[e.key] = entryID(folder, e.key)
		}
		c.files = append(c.files, f)
	}
	return c, nil
}

// parseFile reads one file strictly. Its errors name the line.
func parseFile(name string, text []byte) (file, error) {
	f := file{name: name}
	if err := yaml.UnmarshalWithOptions(text, &f, yaml.DisallowUnknownField()); err != nil {
		return file{}, fmt.Errorf("%s: %s", name, yaml.FormatError(err, false, true))
	}
	return f, nil
}

// entryID makes a record's id from its case and key, so that it is the same at every load: a
// UUIDv7 (RFC 9562) of a fixed instant, whose random bits are a digest.
func entryID(folder, key string) uuid.UUID {
	const began = uint64(1759276800000) // 2025-10-01T00:00:00Z in milliseconds
	sum := sha256.Sum256([]byte(folder + "/" + key))
	var id uuid.UUID
	copy(id[:], sum[:16])
	for i := range 6 {
		id[i] = byte(began >> (8 * (5 - i)))
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id
}

// load enters one file.
func (c *seedCase) load(ctx context.Context, s *services.Services, by models.Actor, f file, result *Result) error {
	var operations []models.Operation
	for _, e := range f.entries() {
		document, err := c.document(ctx, s, e)
		if err != nil {
			return fmt.Errorf("%s: %w", e.key, err)
		}
		operation, err := c.operation(ctx, s, by, e, document)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", e.key, err)
		case operation == nil:
			result.Unchanged++
			continue
		case operation.Op == models.OpCreate:
			result.Created++
		default:
			result.Edited++
		}
		operations = append(operations, *operation)
	}
	if len(operations) == 0 {
		return nil
	}
	_, err := s.Submit(ctx, by, models.Changeset{Summary: f.Summary, Operations: operations})
	return c.explain(err, operations)
}

// explain puts keys in the place of operation numbers.
func (c *seedCase) explain(err error, operations []models.Operation) error {
	var invalid *models.Error
	if !errors.As(err, &invalid) {
		return err
	}
	keys := map[uuid.UUID]string{}
	for key, id := range c.ids {
		keys[id] = key
	}
	var lines []string
	for _, p := range invalid.Problems {
		lines = append(lines, fmt.Sprintf("%s %s: %s", keys[operations[p.Operation].ID], p.Pointer, p.Message))
	}
	return models.Errorf(invalid.Kind, "%s\n  %s", invalid.Message, strings.Join(lines, "\n  "))
}

// document turns an entry into a document, with ids in the place of keys.
func (c *seedCase) document(ctx context.Context, s *services.Services, e entry) (models.Document, error) {
	fields := maps.Clone(e.fields)
	delete(fields, "key")
	for name, value := range fields {
		fields[name] = plain(name, value)
	}
	for _, path := range services.ReferenceFields(e.kind) {
		if err := c.refer(fields, strings.Split(path, "/")); err != nil {
			return nil, err
		}
	}
	data, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("write as JSON: %w", err)
	}
	document, err := s.Decode(ctx, e.kind, data)
	if err != nil {
		return nil, err
	}
	document.Clean()
	return document, nil
}

// short are lists whose entries may be a key alone, and the field that it stands for.
var short = map[string]string{"citations": "source", "speakers": "entity", "raised_by": "entity", "reports_on": "source"}

// dates are fields whose value may look like a number to YAML: a year.
var dates = []string{"start", "end", "effective", "announced", "said_on", "published", "raised_on", "due", "text"}

// plain writes short forms in full, and years as text.
func plain(name string, value any) any {
	switch v := value.(type) {
	case map[string]any:
		full := map[string]any{}
		for key, inner := range v {
			full[key] = plain(key, inner)
		}
		return full
	case []any:
		list := make([]any, len(v))
		for i, inner := range v {
			if key, isKey := inner.(string); isKey && short[name] != "" {
				inner = map[string]any{short[name]: key}
			}
			list[i] = plain("", inner)
		}
		return list
	case uint64, int64, int:
		if slices.Contains(dates, name) {
			return fmt.Sprintf("%04d", v)
		}
	}
	return value
}

// refer replaces keys by ids at a path; "*" stands for every entry of a list.
func (c *seedCase) refer(parent any, path []string) error {
	switch parent := parent.(type) {
	case map[string]any:
		child, ok := parent[path[0]]
		if !ok || len(path) > 1 {
			return c.refer(child, path[1:])
		}
		id, err := c.id(child)
		parent[path[0]] = id
		return err
	case []any:
		for i, child := range parent {
			if len(path) > 1 {
				if err := c.refer(child, path[1:]); err != nil {
					return err
				}
				continue
			}
			id, err := c.id(child)
			if err != nil {
				return err
			}
			parent[i] = id
		}
	}
	return nil
}

func (c *seedCase) id(value any) (string, error) {
	key, _ := value.(string)
	id, ok := c.ids[key]
	if !ok {
		return "", fmt.Errorf("there is no entry with the key %q.%s", fmt.Sprint(value), models.DidYouMean(key, slices.Collect(maps.Keys(c.ids))))
	}
	return id.String(), nil
}

// operation gives the write that an entry needs; nil when the record is as the file says.
func (c *seedCase) operation(ctx context.Context, s *services.Services, by models.Actor, e entry, document models.Document) (*models.Operation, error) {
	id := c.ids[e.key]
	page, err := s.Get(ctx, by, e.kind, id.String(), services.Moment{})
	var missing *models.Error
	if errors.As(err, &missing) && missing.Kind == models.ErrNotFound {
		return &models.Operation{Op: models.OpCreate, Type: e.kind, ID: id, Data: document}, nil
	}
	if err != nil {
		return nil, err
	}

	record := page.Records[0]
	if entity, ok := document.(*models.Entity); ok && entity.Slug == "" {
		entity.Slug = record.Slug // given at creation
	}
	if record.State != models.StateLive || roundTrip(document) == roundTrip(record.Document) {
		return nil, nil
	}
	return &models.Operation{Op: models.OpEdit, Type: e.kind, ID: id, Version: record.Version, Edit: models.Corrected,
		Reason: "Corrected in the seed file", Data: document}, nil
}

// roundTrip compares documents as they are stored.
func roundTrip(document models.Document) string {
	text, err := json.Marshal(document)
	if err != nil {
		panic(err) // documents are plain structs
	}
	return string(text)
}
