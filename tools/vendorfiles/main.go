// Command vendorfiles fetches the pinned front-end packages from the npm
// registry and writes the files that the program serves and tests with, their
// licence texts and the manifest frontend/static/vendor.json.
//
// Run it from tools/ as `go run ./vendorfiles`, or from the root as
// `make vendor`. It needs npm. To move a package to another version, change
// pins.go and run it again.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	frontend := flag.String("frontend", filepath.Join("..", "frontend"), "the front-end's folder")
	flag.Parse()

	if err := refresh(*frontend); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// refresh fetches every pin before it writes anything, so that a failed
// download leaves the folder as it was.
func refresh(frontend string) error {
	known, err := readManifest(frontend)
	if err != nil {
		return err
	}

	var next manifest
	contents := map[string][]byte{}
	licences := map[string]*strings.Builder{}
	for _, p := range pins {
		fmt.Printf("%s %s\n", p.name, p.version)
		pack, err := fetch(p.name, p.version)
		if err != nil {
			return err
		}
		if err := known.sameAsBefore(p, pack); err != nil {
			return err
		}
		entry, err := p.take(pack, contents, licences)
		if err != nil {
			return err
		}
		next.Packages = append(next.Packages, entry)
	}
	for _, folder := range []string{servedFolder, testFolder} {
		path := folder + "/LICENSES.txt"
		contents[path] = []byte(licences[folder].String())
		next.Licences = append(next.Licences, describe(path, contents[path]))
	}

	return write(frontend, next, contents)
}

// manifest is what frontend/static/vendor.json holds. Paths are relative to
// the front-end's folder.
type manifest struct {
	Packages []packageEntry `json:"packages"`
	Licences []fileEntry    `json:"licences"`
}

type packageEntry struct {
	Name      string      `json:"name"`
	Version   string      `json:"version"`
	Licence   string      `json:"licence"`
	Integrity string      `json:"integrity"`
	Files     []fileEntry `json:"files"`
}

type fileEntry struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
}

func describe(path string, content []byte) fileEntry {
	sum := sha256.Sum256(content)
	return fileEntry{Path: path, SHA256: hex.EncodeToString(sum[:])}
}

func manifestPath(frontend string) string {
	return filepath.Join(frontend, "static", "vendor.json")
}

// readManifest gives the manifest of the last refresh, an empty one where
// there was none.
func readManifest(frontend string) (manifest, error) {
	var m manifest
	raw, err := os.ReadFile(manifestPath(frontend))
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, fmt.Errorf("read %s: %w", manifestPath(frontend), err)
	}
	return m, nil
}

// sameAsBefore refuses a package whose content changed while its version did
// not: a published version never changes, so somebody tampered with one of them.
func (m manifest) sameAsBefore(p pin, pack npmPackage) error {
	for _, entry := range m.Packages {
		if entry.Name == p.name && entry.Version == p.version && entry.Integrity != pack.integrity {
			return fmt.Errorf("%s %s is not the package that the manifest names: it has integrity %s, not %s. Find out why before you use it",
				p.name, p.version, pack.integrity, entry.Integrity)
		}
	}
	return nil
}

func write(frontend string, m manifest, contents map[string][]byte) error {
	// Emptied first, so that a file that is no longer vendored does not stay.
	if err := os.RemoveAll(filepath.Join(frontend, filepath.FromSlash(servedFolder))); err != nil {
		return err
	}
	for path, content := range contents {
		target := filepath.Join(frontend, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(target, content, 0o644); err != nil {
			return err
		}
	}

	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(manifestPath(frontend), append(raw, '\n'), 0o644)
}
