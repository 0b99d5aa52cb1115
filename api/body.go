package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// members are those of a JSON object that came in, not read further yet.
type members map[string]json.RawMessage

// readMembers reads the one JSON object that a body must be.
func readMembers(raw []byte) (members, error) {
	var m members
	decoder := json.NewDecoder(bytes.NewReader(raw))
	err := decoder.Decode(&m)
	if err == nil && m != nil {
		if _, after := decoder.Token(); errors.Is(after, io.EOF) {
			return m, nil
		}
		return nil, newProblem(http.StatusBadRequest, "There is something after the JSON object; send one object alone.")
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return nil, newProblem(http.StatusBadRequest, fmt.Sprintf("The body is no JSON: something is wrong at byte %d.", syntax.Offset))
	}
	return nil, newProblem(http.StatusBadRequest, "The body is no JSON object; send {\"name\": value, …}.")
}

// object reads the body of a request that says that it is JSON.
func (r *request) object(raw []byte) (members, error) {
	if err := r.jsonBody(); err != nil {
		return nil, err
	}
	return readMembers(raw)
}

// takeMembers takes text members out of a JSON object, and gives the rest.
func takeMembers(raw []byte, names ...string) ([]byte, map[string]string, error) {
	m, err := readMembers(raw)
	if err != nil {
		return nil, nil, err
	}
	var r bodyReader
	taken := map[string]string{}
	for _, name := range names {
		taken[name] = r.text(m, "", name)
		delete(m, name)
	}
	if err := r.failed(); err != nil {
		return nil, nil, err
	}
	rest, err := json.Marshal(m)
	if err != nil {
		return nil, nil, newProblem(http.StatusBadRequest, "The body cannot be read as JSON.")
	}
	return rest, taken, nil
}

// onlyMembers reads a JSON object that has these text members and no other.
func onlyMembers(raw []byte, names ...string) (map[string]string, error) {
	m, err := readMembers(raw)
	if err != nil {
		return nil, err
	}
	var r bodyReader
	taken := map[string]string{}
	for _, name := range names {
		taken[name] = r.text(m, "", name)
	}
	r.only(m, "", names...)
	return taken, r.failed()
}

// bodyReader reads members and gathers everything that is wrong with them.
type bodyReader struct {
	problems []ProblemField
}

func (r *bodyReader) problem(pointer, format string, args ...any) {
	r.problems = append(r.problems, ProblemField{Pointer: pointer, Detail: fmt.Sprintf(format, args...)})
}

func (r *bodyReader) failed() error {
	if len(r.problems) == 0 {
		return nil
	}
	return newProblem(http.StatusUnprocessableEntity, "Nothing was written.", r.problems...)
}

// only refuses members beside those named, and names the nearest.
func (r *bodyReader) only(m members, pointer string, names ...string) {
	for name := range m {
		if !slices.Contains(names, name) {
			r.problem(pointer+"/"+escapePointer(name), "There is no field %q here.%s Possible are %s.", shorten(name), models.DidYouMean(name, names), strings.Join(names, ", "))
		}
	}
	slices.SortStableFunc(r.problems, func(a, b ProblemField) int { return strings.Compare(a.Pointer, b.Pointer) })
}

// escapePointer writes a name as a token of a JSON Pointer (RFC 6901).
func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(shorten(name))
}

func (r *bodyReader) text(m members, pointer, name string) (text string) {
	r.value(m, pointer, name, &text, "a text in quotes")
	return text
}

func (r *bodyReader) uuid(m members, pointer, name string) uuid.UUID {
	text := r.text(m, pointer, name)
	if text == "" {
		return uuid.Nil
	}
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		r.problem(pointer+"/"+name, "%q is no id; ids are UUIDs such as 01999d11-9800-7916-bd75-f5d0ed2d5fb4. A new record's may be left out.", shorten(text))
	}
	return id
}

// value reads a member; one that is not there, or null, leaves into as it is.
func (r *bodyReader) value(m members, pointer, name string, into any, expected string) {
	value, ok := m[name]
	if ok && json.Unmarshal(value, into) != nil {
		r.problem(pointer+"/"+name, "Give %s.", expected)
	}
}
