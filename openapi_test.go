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
	now, before := withoutVersion(t, out.String()), withoutVersion(t, string(kept))
	if !reflect.DeepEqual(now, before) {
		t.Error("docs/openapi.json is not what the code says. Run: make openapi")
	}
}

func withoutVersion(t *testing.T, text string) map[string]any {
	t.Helper()
	var document map[string]any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	delete(document["info"].(map[string]any), "version")
	return document
}
