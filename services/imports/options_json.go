package imports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// ParseOptions reads options from a JSON object, strictly; nothing is the zero Options. ErrInvalid
// lists every problem, with a JSON Pointer each.
func ParseOptions(text []byte) (Options, error) { return MergeOptions(Options{}, text) }

// MergeOptions puts what a JSON object says over options, as JSON Merge Patch (RFC 7396) has it:
// members that it does not name stay, one that is null goes back to what holds without a choice,
// those of columns, constants, choices and the source are taken one by one. ErrInvalid lists every
// problem, with a JSON Pointer each.
func MergeOptions(over Options, text []byte) (Options, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return over, nil
	}
	var patch map[string]any
	if err := json.Unmarshal(text, &patch); err != nil || patch == nil {
		return over, refused("The options cannot be read: write a JSON object such as {\"valid_rows_only\": true}.")
	}
	var merged map[string]any
	if err := json.Unmarshal(mustJSON(over), &merged); err != nil {
		return over, fmt.Errorf("read options: %w", err)
	}
	mergePatch(merged, patch)

	o := Options{Progress: over.Progress}
	problems := decodeMembers(reflect.ValueOf(&o).Elem(), merged, "")
	if problems = append(problems, o.problems(problems)...); len(problems) > 0 {
		return over, badOptions(problems)
	}
	return o, nil
}

// StoredOptions reads options that were checked when they were stored. What later versions of this
// program do not know any more is left aside.
func StoredOptions(text string) (Options, error) {
	var o Options
	if text == "" {
		return o, nil
	}
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return o, fmt.Errorf("read stored options: %w", err)
	}
	return o, nil
}

// mergePatch is RFC 7396 for objects.
func mergePatch(to, patch map[string]any) {
	for name, value := range patch {
		inner, isObject := value.(map[string]any)
		before, wasObject := to[name].(map[string]any)
		switch {
		case value == nil:
			delete(to, name)
		case isObject && wasObject:
			mergePatch(before, inner)
		case isObject:
			maps.DeleteFunc(inner, func(_ string, value any) bool { return value == nil })
			to[name] = inner
		default:
			to[name] = value
		}
	}
}

// decodeMembers reads the members of an object into the fields of a struct, and tells of those that
// it has no field for, or that are of another type.
func decodeMembers(into reflect.Value, members map[string]any, at string) (problems []models.Problem) {
	fields := map[string]reflect.Value{}
	for i := range into.NumField() {
		if name, _, _ := strings.Cut(into.Type().Field(i).Tag.Get("json"), ","); name != "-" {
			fields[name] = into.Field(i)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		field, known := fields[name]
		pointer := at + "/" + escapePointer(name)
		inner, isObject := members[name].(map[string]any)
		switch {
		case !known:
			names := slices.Sorted(maps.Keys(fields))
			problems = append(problems, models.Problem{Pointer: pointer, Message: fmt.Sprintf("There is no option %q.%s Possible are %s.", clip(name), models.DidYouMean(name, names), strings.Join(names, ", "))})
		case field.Kind() == reflect.Struct && isObject:
			problems = append(problems, decodeMembers(field, inner, pointer)...)
		case json.Unmarshal(mustJSON(members[name]), field.Addr().Interface()) != nil:
			field.SetZero()
			problems = append(problems, models.Problem{Pointer: pointer, Message: shapeOf(field.Type())})
		}
	}
	return problems
}

func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// shapeOf says what a member of the options must be.
func shapeOf(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[uuid.UUID]():
		return "Give the id of a source."
	case t.Kind() == reflect.Bool:
		return "Give true or false."
	case t.Kind() == reflect.Map:
		return "Give an object whose members are texts."
	case t.Kind() == reflect.Struct:
		return "Give an object."
	}
	return "Give a text."
}

func badOptions(problems []models.Problem) error {
	message := "The options cannot be used."
	if len(problems) == 1 {
		message = problems[0].Message
	}
	return &models.Error{Kind: models.ErrInvalid, Message: message, Problems: problems}
}

// Check refuses choices that cannot be made: ErrInvalid lists every one, with a JSON Pointer each.
func (o Options) Check() error {
	if problems := o.problems(nil); len(problems) > 0 {
		return badOptions(problems)
	}
	return nil
}

// problems lists what is wrong with the options, beyond what is said of the same members already.
func (o Options) problems(said []models.Problem) (problems []models.Problem) {
	add := func(pointer, format string, args ...any) {
		if !slices.ContainsFunc(said, func(p models.Problem) bool { return p.Pointer == pointer }) {
			problems = append(problems, models.Problem{Pointer: pointer, Message: fmt.Sprintf(format, args...)})
		}
	}
	oneOf := func(pointer, what, value string, of []string) {
		if value != "" && !slices.Contains(of, value) {
			add(pointer, "%q is not %s.%s Use %s.", clip(value), what, models.DidYouMean(value, of), strings.Join(of, ", "))
		}
	}
	oneOf("/table", "a table", o.Table, TableNames())
	oneOf("/doubts", "a way to treat doubts", string(o.Doubts), []string{string(DoubtsMatch), string(DoubtsNew)})
	oneOf("/retracted", "a way to treat what was retracted", string(o.Retracted), []string{string(RetractedRestore), string(RetractedLeave)})
	oneOf("/dates", "an order of dates", string(o.Dates), []string{string(DayFirst), string(MonthFirst)})
	oneOf("/edit", "a kind of edit", string(o.Edit), []string{string(models.Corrected), string(models.WorldChanged)})
	oneOf("/source/kind", "a kind of source", o.Source.Kind, models.SourceKinds().Values())
	if len(o.Delimiter) > 1 || o.Delimiter != "" && strings.Contains("\"\r\n\x00", o.Delimiter) {
		add("/delimiter", "A delimiter is one character: a comma, a semicolon, a tab or a bar.")
	}
	if problem := models.ValidHTTPURL(o.Source.URL); o.Source.URL != "" && problem != "" {
		add("/source/url", "%s", problem)
	}
	if o.Source.ID != uuid.Nil && o.Source.Title+o.Source.URL+o.Source.Kind != "" {
		add("/source/id", "Name a source by its id, or describe one by title, address and kind; not both.")
	}
	of := "a field of any table"
	if o.Table != "" {
		of = "a field of the table " + clip(o.Table)
	}
	for _, header := range slices.Sorted(maps.Keys(o.Columns)) {
		oneOf("/columns/"+escapePointer(header), of, o.Columns[header], o.fields())
	}
	for _, field := range slices.Sorted(maps.Keys(o.Constants)) {
		oneOf("/constants/"+escapePointer(field), of, field, o.fields())
	}
	for _, key := range slices.Sorted(maps.Keys(o.Choices)) {
		if choice := o.Choices[key]; choice != "new" && uuid.Validate(choice) != nil {
			add("/choices/"+escapePointer(key), "%q does not answer a doubt: write \"new\", or the id of the entity that it is.", clip(choice))
		}
	}
	return problems
}

// fields lists those of the table that was chosen, or of all.
func (o Options) fields() []string {
	var names []string
	for _, table := range TableNames() {
		if o.Table == "" || o.Table == table {
			names = append(names, Fields(table)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Flag names the flag of the command line that makes a choice, for problems told there.
func Flag(pointer string) string {
	first, rest, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	switch first {
	case "columns":
		return "--column"
	case "constants":
		return "--set"
	case "choices":
		return "--choose"
	case "doubts":
		return "--in-doubt"
	case "source":
		return strings.TrimSuffix("--source-"+rest, "-id")
	}
	return "--" + strings.ReplaceAll(first, "_", "-")
}
