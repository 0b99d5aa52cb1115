package main

import (
	"encoding/json"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestOpenAPI_isTheDocumentThatIsKept(t *testing.T) {
	var out strings.Builder
	a := &app{stdout: &out, stderr: io.Discard}
	if err := (openapiCommand{}).Run(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile("docs/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var now, before map[string]any
	for text, into := range map[string]*map[string]any{out.String(): &now, string(kept): &before} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
		delete((*into)["info"].(map[string]any), "version")
	}
	if !reflect.DeepEqual(now, before) {
		t.Error("docs/openapi.json is not what the code says. Run: make openapi")
	}
}
