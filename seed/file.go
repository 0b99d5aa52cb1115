package seed

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"plumbline/models"
)

// file is one data file: a changeset.
type file struct {
	name    string
	summary string
	entries []*entry
}

// entry is one record of a file.
type entry struct {
	file   string
	node   ast.Node
	key    string
	kind   models.RecordType
	fields map[string]any
}

// lists names the lists of a file, and the records that they hold.
var lists = map[string]models.RecordType{
	"sources": models.TypeSource, "entities": models.TypeEntity, "links": models.TypeRelationship,
	"status_changes": models.TypeStatusChange, "claims": models.TypeClaim, "open_items": models.TypeOpenItem,
}

// listNames are the names that may stand at the beginning of a line.
func listNames() []string {
	names := []string{"summary"}
	for name := range lists {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// readFiles reads a folder's files in the order of their names. Its error lists everything that
// is wrong with any of them.
func readFiles(files fs.FS, folder string) ([]file, error) {
	names, err := fs.Glob(files, path.Join(folder, "*.yaml"))
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("%s: there are no .yaml files in this folder", folder)
	}
	var all []file
	var problems []error
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		f, err := parseFile(name, text)
		problems = append(problems, err)
		all = append(all, f)
	}
	return all, errors.Join(problems...)
}

// parseFile reads one file strictly. Its error lists everything that is wrong, with the line.
func parseFile(name string, text []byte) (file, error) {
	f := file{name: name}
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return f, fmt.Errorf("%s: %s", name, yaml.FormatError(err, false, true))
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return f, fmt.Errorf("%s: a file holds one document: a summary and lists. Take out lines that are --- alone", name)
	}
	top, ok := tree.Docs[0].Body.(ast.MapNode)
	if !ok {
		return f, fmt.Errorf("%s: begin with \"summary: …\", and lists such as \"entities:\"", name)
	}

	var problems []error
	for each := top.MapRange(); each.Next(); {
		problems = append(problems, f.readList(each.Key(), each.Value()))
	}
	if f.summary == "" {
		problems = append(problems, fmt.Errorf("%s: add a line \"summary: …\" that says what the file enters; the history shows it", name))
	}
	return f, errors.Join(problems...)
}

// readList reads what stands under one name at the beginning of a line.
func (f *file) readList(name, value ast.Node) error {
	at := fmt.Sprintf("%s, line %d", f.name, lineOf(name))
	title := name.GetToken().Value
	if title == "summary" {
		if err := yaml.NodeToValue(value, &f.summary); err != nil {
			return fmt.Errorf("%s: the summary is a text", at)
		}
		return nil
	}
	kind, ok := lists[title]
	if !ok {
		return fmt.Errorf("%s: there is no list %q.%s Use %s", at, title, models.DidYouMean(title, listNames()), strings.Join(listNames(), ", "))
	}
	sequence, ok := value.(*ast.SequenceNode)
	if !ok {
		return fmt.Errorf("%s: under %q comes a list, each entry with \"- key: …\"", at, title)
	}

	var problems []error
	for _, node := range sequence.Values {
		e := &entry{file: f.name, node: node, kind: kind}
		if err := yaml.NodeToValue(node, &e.fields); err != nil || e.fields == nil {
			problems = append(problems, e.errorf("", "an entry has a key and fields, each as \"name: value\""))
			continue
		}
		if e.key, _ = e.fields["key"].(string); e.key == "" {
			problems = append(problems, e.errorf("/key", "this entry needs a key in words that no other has, as in \"key: azure-storage\""))
			continue
		}
		delete(e.fields, "key")
		f.entries = append(f.entries, e)
	}
	return errors.Join(problems...)
}

// errorf makes an error about the field of an entry to which a JSON Pointer leads: it names the
// file, the line and the entry.
func (e *entry) errorf(pointer, format string, args ...any) error {
	where := fmt.Sprintf("%s, line %d", e.file, lineOf(find(e.node, strings.Split(strings.TrimPrefix(pointer, "/"), "/"))))
	if e.key != "" {
		where += ", " + e.key
	}
	if field := strings.ReplaceAll(strings.Trim(pointer, "/"), "/", " "); field != "" {
		where += ", " + field
	}
	return fmt.Errorf("%s: "+format, append([]any{where}, args...)...)
}

// problems makes errors of what the services found wrong with an entry.
func (e *entry) problems(err error) error {
	var invalid *models.Error
	if !errors.As(err, &invalid) || len(invalid.Problems) == 0 {
		return e.errorf("", "%w", err)
	}
	var all []error
	for _, p := range invalid.Problems {
		all = append(all, e.errorf(p.Pointer, "%s", p.Message))
	}
	return errors.Join(all...)
}

// find follows a path into a node as far as the file goes: a field that is missing, or written
// in its short form, is found at what holds it.
func find(node ast.Node, path []string) ast.Node {
	if len(path) == 0 {
		return node
	}
	switch holder := node.(type) {
	case ast.MapNode:
		for each := holder.MapRange(); each.Next(); {
			if each.Key().GetToken().Value != path[0] {
				continue
			}
			if len(path) == 1 {
				return each.Key()
			}
			return find(each.Value(), path[1:])
		}
	case *ast.SequenceNode:
		if i, err := strconv.Atoi(path[0]); err == nil && i >= 0 && i < len(holder.Values) {
			return find(holder.Values[i], path[1:])
		}
	}
	return node
}

// lineOf is the line on which a node begins.
func lineOf(node ast.Node) int {
	if holder, ok := node.(ast.MapNode); ok {
		// A mapping's own token is that of its first colon.
		if each := holder.MapRange(); each.Next() {
			node = each.Key()
		}
	}
	if node == nil || node.GetToken() == nil || node.GetToken().Position == nil {
		return 1
	}
	return node.GetToken().Position.Line
}
