package imports

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
)

// unread lists the members of a JSON object that a type does not read, by their paths: "tender.items".
// What stands below such a member is not listed. The text is valid JSON.
func unread(text []byte, into reflect.Type) []string {
	var paths []string
	walkUnread(json.NewDecoder(bytes.NewReader(text)), into, "", &paths)
	return paths
}

// walkUnread reads one value; into is nil where nothing more is to be listed.
func walkUnread(d *json.Decoder, into reflect.Type, at string, paths *[]string) {
	token, err := d.Token()
	delim, isDelim := token.(json.Delim)
	if err != nil || !isDelim {
		return
	}
	into = structOf(into)
	for d.More() {
		if delim == '[' {
			walkUnread(d, into, at, paths)
			continue
		}
		name, err := d.Token()
		if err != nil {
			return
		}
		inner := reflect.Type(nil)
		if text, _ := name.(string); into != nil && into.Kind() == reflect.Struct {
			path := strings.TrimPrefix(at+"."+text, ".")
			field, known := memberOf(into, text)
			if inner = field; !known && !slices.Contains(*paths, path) {
				*paths = append(*paths, path)
			}
			walkUnread(d, inner, path, paths)
			continue
		}
		walkUnread(d, nil, at, paths)
	}
	_, _ = d.Token() // the end of it
}

// structOf is the struct that a type holds, itself, behind a pointer or in a list; nil where there is
// none to look into.
func structOf(t reflect.Type) reflect.Type {
	for t != nil && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice) {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	return t
}

// memberOf is the type of the field that a member is read into.
func memberOf(t reflect.Type, member string) (reflect.Type, bool) {
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Anonymous {
			if inner, known := memberOf(field.Type, member); known {
				return inner, true
			}
		}
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" && strings.EqualFold(name, member) {
			return field.Type, true
		}
	}
	return nil, false
}
