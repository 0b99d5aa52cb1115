package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var frontend = filepath.Join("..", "..", "frontend")

func TestManifest_namesWhatIsPinned(t *testing.T) {
	m, err := readManifest(frontend)
	if err != nil {
		t.Fatal(err)
	}
	var pinned, recorded []string
	for _, p := range pins {
		pinned = append(pinned, p.name+" "+p.version+" "+p.licence)
	}
	for _, entry := range m.Packages {
		recorded = append(recorded, entry.Name+" "+entry.Version+" "+entry.Licence)
	}
	if !slices.Equal(pinned, recorded) {
		t.Errorf("pins.go names %q, the manifest %q. Run make vendor.", pinned, recorded)
	}
}

func TestSprite_holdsEveryIconOnce(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(frontend, "static", "vendor", "icons.svg"))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, m := range regexp.MustCompile(`<symbol id="([^"]+)"`).FindAllStringSubmatch(string(raw), -1) {
		found = append(found, m[1])
	}
	if !slices.Equal(found, icons) {
		t.Errorf("pins.go names the icons %q, icons.svg holds %q. Run make vendor.", icons, found)
	}
	if slices.Sort(found); len(slices.Compact(found)) != len(icons) {
		t.Error("an icon is named twice in pins.go")
	}
}

func TestSymbolOf_keepsTheShapesAndDropsTheRest(t *testing.T) {
	got, err := symbolOf("dot", []byte("<!-- x -->\n<svg class=\"lucide\" width=\"24\" viewBox=\"0 0 24 24\">\n  <circle cx=\"12\"\n r=\"1\" />\n</svg>"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got, `<symbol id="dot" viewBox="0 0 24 24"`) || !strings.HasSuffix(got, "><circle cx=\"12\" r=\"1\" /></symbol>\n") {
		t.Errorf("got %s", got)
	}
	if _, err := symbolOf("odd", []byte(`<svg viewBox="0 0 16 16"/>`)); err == nil {
		t.Error("an icon on another grid was accepted")
	}
}

func TestSameAsBefore_refusesAnotherContentUnderTheSameVersion(t *testing.T) {
	m := manifest{Packages: []packageEntry{{Name: "a", Version: "1", Integrity: "sha512-x"}}}
	if err := m.sameAsBefore(pin{name: "a", version: "1"}, npmPackage{integrity: "sha512-y"}); err == nil {
		t.Error("a changed package was accepted")
	}
	if err := m.sameAsBefore(pin{name: "a", version: "2"}, npmPackage{integrity: "sha512-y"}); err != nil {
		t.Errorf("a new version was refused: %v", err)
	}
}
