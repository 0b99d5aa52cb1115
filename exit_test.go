package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExitCode_saysThatACommandWasStopped(t *testing.T) {
	said, err := os.Create(filepath.Join(t.TempDir(), "said"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	code := exitCode(fmt.Errorf("export entities: %w", context.Canceled), said)
	text, err := os.ReadFile(said.Name())
	if err != nil || code != 1 || !strings.Contains(string(text), "Stopped") || strings.Contains(string(text), "should not have") {
		t.Errorf("a command that was stopped ends with %d and says %q, %v", code, text, err)
	}
}
