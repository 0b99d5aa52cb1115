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
	"slices"
	"strconv"
	"strings"

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
	// Kept counts records that were left as they are although the files say otherwise, because
	// somebody else changed, retracted, merged or redacted them since.
	Kept int
}

// Load enters the cases: a changeset for each file. What is there already and the same is left
// alone, so that a second load changes nothing; what the files say differently now is entered
// as a correction, unless somebody other than by wrote to the record since. Errors name the
// file, the line and the entry; all that can be seen wrong without the other records is found
// before anything of the case is written.
func Load(ctx context.Context, s *services.Services, by models.Actor) (Result, error) {
	return load(ctx, s, by, files, cases)
}

func load(ctx context.Context, s *services.Services, by models.Actor, files fs.FS, folders []string) (result Result, err error) {
	for _, folder := range folders {
		list, err := readFiles(files, folder)
		if err != nil {
			return result, err
		}
		c := &seedCase{s: s, by: by, files: list, ids: map[string]uuid.UUID{}, stored: map[*entry]services.Record{},
			documents: map[*entry]models.Document{}, merged: map[*entry]bool{}}
		for _, step := range []func(context.Context) error{c.name(folder), c.find, c.convert} {
			if err := step(ctx); err != nil {
				return result, err
			}
		}
		for _, f := range c.files {
			if err := c.submit(ctx, f, &result); err != nil {
				return result, err
			}
		}
	}
	return result, nil
}

// seedCase is a folder of files on its way into the database.
type seedCase struct {
	s     *services.Services
	by    models.Actor
	files []file
	// ids are those of all entries, by key.
	ids map[string]uuid.UUID
	// stored are the records that are there already; documents what the entries say; merged the
	// entries whose record was merged into another.
	stored    map[*entry]services.Record
	documents map[*entry]models.Document
	merged    map[*entry]bool
}

func (c *seedCase) each(do func(*entry) error) error {
	var problems []error
	for _, f := range c.files {
		for _, e := range f.entries {
			problems = append(problems, do(e))
		}
	}
	return errors.Join(problems...)
}

// name gives every entry its id.
func (c *seedCase) name(folder string) func(context.Context) error {
	first := map[string]*entry{}
	return func(context.Context) error {
		return c.each(func(e *entry) error {
			if other := first[e.key]; other != nil {
				return e.errorf("/key", "%s, line %d has this key already; choose another one", other.file, lineOf(other.node))
			}
			first[e.key], c.ids[e.key] = e, entryID(folder, e.key)
			return nil
		})
	}
}

// entryID makes a record's id from its case and key, so that it is the same at every load and
// wherever the entry stands: a UUIDv7 (RFC 9562) of a fixed instant, whose random bits are a
// digest.
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

// find reads the records that are there already. The key of one that was merged stands for the
// record that it was merged into.
func (c *seedCase) find(ctx context.Context) error {
	return c.each(func(e *entry) error {
		page, err := c.s.Get(ctx, c.by, e.kind, c.ids[e.key].String(), services.Moment{})
		var missing *models.Error
		if errors.As(err, &missing) && missing.Kind == models.ErrNotFound {
			return nil
		}
		if err != nil {
			return e.problems(err)
		}
		record := page.Records[0]
		c.merged[e] = record.ID != c.ids[e.key]
		c.stored[e], c.ids[e.key] = record, record.ID
		return nil
	})
}

// convert turns entries into documents.
func (c *seedCase) convert(ctx context.Context) error {
	return c.each(func(e *entry) error {
		document, err := c.document(ctx, e)
		c.documents[e] = document
		return err
	})
}

// document turns an entry into a document, with ids in the place of keys.
func (c *seedCase) document(ctx context.Context, e *entry) (models.Document, error) {
	fields := map[string]any{}
	for name, value := range e.fields {
		fields[name] = plain(name, value)
	}
	var problems []error
	for _, path := range services.ReferenceFields(e.kind) {
		problems = append(problems, c.refer(e, fields, "", strings.Split(path, "/"))...)
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}

	data, err := json.Marshal(fields)
	if err != nil {
		return nil, e.errorf("", "a value cannot be read; write texts, numbers, lists and \"name: value\" alone")
	}
	document, err := c.s.Decode(ctx, e.kind, data)
	if err != nil {
		return nil, e.problems(err)
	}
	document.Clean()
	for _, p := range document.Validate() {
		problems = append(problems, e.errorf(p.Pointer, "%s", p.Message))
	}
	return document, errors.Join(problems...)
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

// refer replaces keys by ids at a path; "*" stands for every entry of a list. pointer is where
// parent stands.
func (c *seedCase) refer(e *entry, parent any, pointer string, path []string) (problems []error) {
	step := func(at string, child any, set func(id string)) {
		if len(path) > 1 {
			problems = append(problems, c.refer(e, child, at, path[1:])...)
			return
		}
		key, _ := child.(string)
		id, ok := c.ids[key]
		if !ok {
			problems = append(problems, e.errorf(at, "%s", c.unknown(key)))
			return
		}
		set(id.String())
	}

	switch parent := parent.(type) {
	case map[string]any:
		if child, ok := parent[path[0]]; ok {
			step(pointer+"/"+path[0], child, func(id string) { parent[path[0]] = id })
		}
	case []any:
		for i, child := range parent {
			step(pointer+"/"+strconv.Itoa(i), child, func(id string) { parent[i] = id })
		}
	}
	return problems
}

func (c *seedCase) unknown(key string) string {
	if key == "" {
		return "here the key of an entry belongs"
	}
	return fmt.Sprintf("no entry has the key %q.%s", key, models.DidYouMean(key, slices.Sorted(maps.Keys(c.ids))))
}

// submit enters what is new or different in one file.
func (c *seedCase) submit(ctx context.Context, f file, result *Result) error {
	var operations []models.Operation
	var written []*entry
	for _, e := range f.entries {
		operation, err := c.operation(ctx, e, result)
		if err != nil {
			return e.problems(err)
		}
		if operation != nil {
			operations = append(operations, *operation)
			written = append(written, e)
		}
	}
	if len(operations) == 0 {
		return nil
	}

	_, err := c.s.Submit(ctx, c.by, models.Changeset{Summary: f.summary, Operations: operations})
	var invalid *models.Error
	if err == nil || !errors.As(err, &invalid) || len(invalid.Problems) == 0 {
		return err
	}
	var problems []error
	for _, p := range invalid.Problems {
		problems = append(problems, written[p.Operation].errorf(p.Pointer, "%s", p.Message))
	}
	return errors.Join(problems...)
}

// operation gives the write that an entry needs, and counts it; nil when the record stays as it
// is.
func (c *seedCase) operation(ctx context.Context, e *entry, result *Result) (*models.Operation, error) {
	id, document := c.ids[e.key], c.documents[e]
	record, ok := c.stored[e]
	switch {
	case !ok:
		result.Created++
		return &models.Operation{Op: models.OpCreate, Type: e.kind, ID: id, Data: document}, nil
	case c.merged[e] || record.State != models.StateLive:
		result.Kept++
		return nil, nil
	}
	if entity, ok := document.(*models.Entity); ok && entity.Slug == "" {
		entity.Slug = record.Slug // given at creation
	}
	if sameDocument(document, record.Document) {
		result.Unchanged++
		return nil, nil
	}

	others, err := c.writtenByOthers(ctx, record)
	switch {
	case err != nil:
		return nil, err
	case others:
		result.Kept++
		return nil, nil
	}
	result.Edited++
	return &models.Operation{Op: models.OpEdit, Type: e.kind, ID: id, Version: record.Version, Edit: models.Corrected,
		Reason: "Corrected in the seed file", Data: document}, nil
}

// writtenByOthers reports whether the record's present version is not the seed's: an edit, a
// merge or a redaction that a load must not undo.
func (c *seedCase) writtenByOthers(ctx context.Context, record services.Record) (bool, error) {
	revisions, err := c.s.Revisions(ctx, c.by, services.RevisionQuery{Since: record.Revision, Record: &record.ID, Limit: 1})
	if err != nil {
		return false, err
	}
	if len(revisions) == 0 {
		return false, nil
	}
	last := revisions[0]
	return last.Author != c.by.Name || last.Op.Joins() || last.Op == models.OpRedact, nil
}

// sameDocument compares documents as they are stored.
func sameDocument(a, b models.Document) bool {
	texts := [2]string{}
	for i, document := range []models.Document{a, b} {
		text, err := json.Marshal(document)
		if err != nil {
			panic(err) // documents are plain structs
		}
		texts[i] = string(text)
	}
	return texts[0] == texts[1]
}
