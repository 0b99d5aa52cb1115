package api_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// schema is the part of JSON Schema that the document uses.
type schema struct {
	Ref                  string `json:"$ref"`
	Type                 any
	Properties           map[string]*schema
	Required             []string
	Items                *schema
	AnyOf                []*schema
	Enum                 []any
	AdditionalProperties any
}

// described is the document with the schemas of its answers.
type described struct {
	Components struct{ Schemas map[string]*schema }
	Paths      map[string]map[string]struct {
		OperationID string
		RequestBody struct {
			Content map[string]struct{ Schema *schema }
		}
		Responses map[string]struct {
			Content map[string]struct{ Schema *schema }
		}
	}
}

func describedOf(t *testing.T, s *server) described {
	t.Helper()
	var d described
	if err := json.Unmarshal(s.do(exchange{method: "GET", path: "/openapi.json"}).Body.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// differences lists where a value is not as the schema says; members that it does not know too.
func (d described) differences(s *schema, value any, at string) []string {
	switch {
	case s == nil:
		return nil
	case s.Ref != "":
		return d.differences(d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")], value, at)
	case s.AnyOf != nil:
		for _, one := range s.AnyOf {
			if len(d.differences(one, value, at)) == 0 {
				return nil
			}
		}
		return []string{at + " is none of what it may be"}
	}
	if s.Type != nil && !ofType(s.Type, value) {
		return []string{fmt.Sprintf("%s is %v, not %v", at, value, s.Type)}
	}
	if s.Enum != nil && !slices.Contains(s.Enum, value) {
		return []string{fmt.Sprintf("%s is %v, none of %v", at, value, s.Enum)}
	}

	var found []string
	switch value := value.(type) {
	case map[string]any:
		for _, name := range s.Required {
			if _, ok := value[name]; !ok {
				found = append(found, at+" lacks "+name)
			}
		}
		for name, member := range value {
			property, ok := s.Properties[name]
			if !ok && s.Properties != nil {
				found = append(found, at+" has "+name+", of which the document knows nothing")
			}
			found = append(found, d.differences(property, member, at+"/"+name)...)
		}
	case []any:
		for i, item := range value {
			found = append(found, d.differences(s.Items, item, fmt.Sprintf("%s/%d", at, i))...)
		}
	}
	return found
}

func ofType(want, value any) bool {
	if list, ok := want.([]any); ok {
		return slices.ContainsFunc(list, func(one any) bool { return ofType(one, value) })
	}
	number, isNumber := value.(float64)
	switch want {
	case "null":
		return value == nil
	case "string":
		_, ok := value.(string)
		return ok
	case "boolean":
		_, ok := value.(bool)
		return ok
	case "integer":
		return isNumber && number == float64(int64(number))
	case "number":
		return isNumber
	case "array":
		_, ok := value.([]any)
		return ok
	}
	_, ok := value.(map[string]any)
	return ok
}

func TestDocument_describesEveryAnswer(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	d := describedOf(t, s)
	checked := 0
	check := func(e exchange, path, method, status string) {
		t.Helper()
		got := s.check(t, e)
		kind, _, _ := strings.Cut(got.Header().Get("Content-Type"), ";")
		media, ok := d.Paths[path][method].Responses[status].Content[kind]
		if !ok {
			t.Errorf("%s %s: the document does not say that a %s comes as %q", method, path, status, kind)
			return
		}
		if kind == "text/plain" || kind == "text/csv" || kind == "text/event-stream" || kind == "application/x-ndjson" {
			return
		}
		var value any
		if err := json.Unmarshal(got.Body.Bytes(), &value); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		differences := d.differences(media.Schema, value, "")
		for _, difference := range differences[:min(len(differences), 10)] {
			t.Errorf("%s %s: %s", method, path, difference)
		}
		checked++
	}

	for path := range d.Paths {
		if d.Paths[path]["get"].OperationID == "" {
			continue
		}
		query := map[string]string{"/search": "?q=azure", "/entities/{id}": "?include=relationships,status_changes,claims,open_items,sources", "/claims/{id}": "?include=answered_by,sources",
			"/relationships": "?include=sources", "/relationships/{id}": "?include=status_changes,claims,sources", "/open-items/{id}": "?include=status_changes,claims,sources",
			"/entities/{id}/path": "?to=unit-8200"}[path]
		if strings.HasPrefix(path, "/log/proof/") {
			query = map[string]string{"/log/proof/inclusion": "?position=3", "/log/proof/consistency": "?from=3"}[path]
		}
		target := targetOf(t, s, path)
		token := "" // what is for members alone needs one
		if strings.HasPrefix(path, "/worklists/") || strings.HasPrefix(path, "/imports") || path == "/candidates" {
			token = s.author
		} else if strings.HasPrefix(path, "/intake/") {
			token = s.author
		} else if strings.HasPrefix(path, "/notes") || strings.HasPrefix(path, "/replies") {
			token = s.editor
		} else if strings.HasPrefix(path, "/webhooks") || path == "/jobs" {
			token = s.adminToken(t)
		} else if strings.HasPrefix(path, "/watches") {
			token = s.editor
			made := s.do(exchange{method: "POST", path: "/watches", token: token, body: `{"record":"microsoft"}`})
			target = strings.Replace(path, "{id}", field(t, made, "id"), 1)
		} else if path == "/holds" || path == "/records/{id}/hold" {
			token = s.adminToken(t)
			target = strings.Replace(path, "{id}", s.held(t, token), 1)
		}
		check(exchange{name: path, method: "GET", path: target + query, token: token, status: 200}, path, "get", "200")
		check(exchange{name: path, method: "GET", path: target + "?zzz=1", status: 400}, path, "get", "4XX")
	}
	// Every record of the case, which has about everything that there can be.
	for _, path := range []string{"/entities", "/relationships", "/status-changes", "/claims", "/sources", "/open-items"} {
		check(exchange{name: path, method: "GET", path: path + "?limit=500&as_of=2025-09-01", status: 200}, path, "get", "200")
	}

	body := `{"kind":"article","title":"Described"}`
	check(exchange{name: "write", method: "POST", path: "/sources", token: s.editor, body: body, status: 201}, "/sources", "post", "201")
	check(exchange{name: "propose", method: "POST", path: "/sources", token: s.author, body: body, status: 202}, "/sources", "post", "202")
	check(exchange{name: "refused", method: "POST", path: "/sources", token: s.editor, body: `{"kind":"x"}`, status: 422}, "/sources", "post", "4XX")
	check(exchange{name: "changeset", method: "POST", path: "/changesets", token: s.editor, status: 201,
		body: `{"summary":"x","operations":[{"op":"create","type":"source","data":` + body + `}]}`}, "/changesets", "post", "201")
	if checked < 60 {
		t.Errorf("%d answers were held to the document; there are more paths than that", checked)
	}
}

// TestDocument_describesWhatIsTaken holds the bodies that the document describes to the records
// that were taken: what a revision holds can be sent again.
func TestDocument_describesWhatIsTaken(t *testing.T) {
	t.Parallel()
	s := newServer(t, theCase.SQLite(t))
	d := describedOf(t, s)
	var page struct {
		Data []struct {
			Type string
			Data map[string]any
		}
	}
	if err := json.Unmarshal(s.do(exchange{method: "GET", path: "/revisions?limit=500"}).Body.Bytes(), &page); err != nil || len(page.Data) == 0 {
		t.Fatalf("%v: %d revisions", err, len(page.Data))
	}
	paths := map[string]string{"entity": "/entities", "relationship": "/relationships", "status_change": "/status-changes", "claim": "/claims", "source": "/sources", "open_item": "/open-items"}
	for _, r := range page.Data {
		taken := d.Paths[paths[r.Type]]["post"].RequestBody.Content["application/json"].Schema
		if differences := d.differences(taken, r.Data, r.Type); len(differences) > 0 {
			t.Errorf("%v\n%v", differences, r.Data)
		}
	}
}
