package frontend_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// vendorManifest is static/vendor.json, written by tools/vendorfiles. Paths are
// relative to this folder.
type vendorManifest struct {
	Packages []struct {
		Name, Version, Licence, Integrity string
		Files                             []vendorFile
	}
	Licences []vendorFile
}

type vendorFile struct{ Path, SHA256 string }

func readVendorManifest(t *testing.T) (m vendorManifest, files map[string]string) {
	t.Helper()
	raw, err := os.ReadFile("static/vendor.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}

	files = map[string]string{}
	for _, f := range m.Licences {
		files[f.Path] = f.SHA256
	}
	for _, p := range m.Packages {
		for _, f := range p.Files {
			files[f.Path] = f.SHA256
		}
	}
	return m, files
}

func TestVendoredFiles_areThoseOfTheManifest(t *testing.T) {
	t.Parallel()
	_, files := readVendorManifest(t)
	for path, want := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Errorf("the manifest names a file that is missing: %v", err)
			continue
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s was changed by hand: its sha256 is %x, the manifest says %s", path, sum, want)
		}
	}
}

func TestVendoredFiles_areAllInTheManifest(t *testing.T) {
	t.Parallel()
	_, files := readVendorManifest(t)
	found := 0
	err := fs.WalkDir(os.DirFS("."), "static/vendor", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		found++
		if files[path] == "" {
			t.Errorf("%s is not in static/vendor.json: name it in tools/vendorfiles/pins.go and run make vendor", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found == 0 {
		t.Error("static/vendor is empty")
	}
}

func TestVendoredPackages_comeWithTheirLicences(t *testing.T) {
	t.Parallel()
	m, _ := readVendorManifest(t)
	var texts strings.Builder
	for _, f := range m.Licences {
		text, err := os.ReadFile(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		texts.Write(text)
	}
	if len(m.Packages) == 0 {
		t.Error("the manifest names no package")
	}
	for _, p := range m.Packages {
		if p.Licence == "" || !strings.Contains(texts.String(), p.Name+" "+p.Version+" ("+p.Licence+")\n") {
			t.Errorf("no licence text for %s %s (%s)", p.Name, p.Version, p.Licence)
		}
	}
}
