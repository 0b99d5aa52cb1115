package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// npmPackage is a downloaded package: its integrity as npm writes it, and its
// files by their paths.
type npmPackage struct {
	name      string
	integrity string
	files     map[string][]byte
}

// file gives one file of the package, or an error that names what is missing.
func (p npmPackage) file(path string) ([]byte, error) {
	content, ok := p.files[path]
	if !ok {
		return nil, fmt.Errorf("%s has no file %s", p.name, path)
	}
	return content, nil
}

// fetch downloads a package with `npm pack`, from the registry that npm is set
// up for, and checks it against the integrity that the registry published.
func fetch(name, version string) (npmPackage, error) {
	folder, err := os.MkdirTemp("", "vendorfiles-")
	if err != nil {
		return npmPackage{}, err
	}
	defer os.RemoveAll(folder)

	command := exec.Command("npm", "pack", "--json", "--pack-destination", folder, name+"@"+version)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return npmPackage{}, errors.New("npm is not installed. On Debian: apt-get install npm")
	}
	if err != nil {
		return npmPackage{}, fmt.Errorf("npm pack %s@%s: %w", name, version, err)
	}
	var report []struct{ Filename, Integrity string }
	if err := json.Unmarshal(out, &report); err != nil || len(report) != 1 {
		return npmPackage{}, fmt.Errorf("npm pack %s@%s: unexpected answer %q", name, version, out)
	}

	// npm before 9 reports "@scope/…" as the name of a file that it writes as "scope-…".
	archive, err := os.ReadFile(filepath.Join(folder, strings.ReplaceAll(strings.TrimPrefix(report[0].Filename, "@"), "/", "-")))
	if err != nil {
		return npmPackage{}, err
	}
	sum := sha512.Sum512(archive)
	integrity := "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
	if integrity != report[0].Integrity {
		return npmPackage{}, fmt.Errorf("%s@%s arrived damaged: integrity %s, expected %s", name, version, integrity, report[0].Integrity)
	}

	files, err := unpack(archive)
	if err != nil {
		return npmPackage{}, fmt.Errorf("unpack %s@%s: %w", name, version, err)
	}
	return npmPackage{name: name + "@" + version, integrity: integrity, files: files}, nil
}

// unpack reads an npm archive, whose files all lie under one folder.
func unpack(archive []byte) (map[string][]byte, error) {
	compressed, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	reader := tar.NewReader(compressed)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		_, path, _ := strings.Cut(header.Name, "/")
		if files[path], err = io.ReadAll(reader); err != nil {
			return nil, err
		}
	}
}
