package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"plumbline/models"
)

// Folder keeps evidence in a folder: each file under the first two digits of its hash, readable by
// the program's own user alone.
type Folder struct {
	path string
}

// NewFolder keeps evidence in a folder, which is made when the first file comes.
func NewFolder(path string) *Folder { return &Folder{path} }

func (f *Folder) place(hash string) (string, error) {
	if !models.ValidHash(hash) {
		return "", noEvidence(hash)
	}
	return filepath.Join(f.path, hash[:2], hash), nil
}

func noEvidence(hash string) error {
	return models.Errorf(models.ErrNotFound, "The file %.80s is not where evidence is kept.", hash)
}

// Keep stores a file whole or not at all; see services.Vault.
func (f *Folder) Keep(_ context.Context, hash string, file io.Reader, size int64) (err error) {
	place, err := f.place(hash)
	if err != nil {
		return err
	}
	if info, err := os.Stat(place); err == nil && info.Size() == size {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(place), 0o700); err != nil {
		return fmt.Errorf("make the folder of evidence: %w", err)
	}
	out, err := os.CreateTemp(filepath.Dir(place), ".new-")
	if err != nil {
		return fmt.Errorf("make a file of evidence: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(out.Name()) // the error that led here is told
		}
	}()
	_, copied := io.Copy(out, file)
	if err := errors.Join(copied, out.Sync(), out.Close()); err != nil { // made with mode 0600
		return fmt.Errorf("write evidence: %w", err)
	}
	return os.Rename(out.Name(), place)
}

// Open gives a file; see services.Vault.
func (f *Folder) Open(_ context.Context, hash string) (io.ReadCloser, error) {
	place, err := f.place(hash)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(place)
	if errors.Is(err, os.ErrNotExist) {
		return nil, noEvidence(hash)
	}
	return file, err
}

// Forget erases a file; see services.Vault.
func (f *Folder) Forget(_ context.Context, hash string) error {
	place, err := f.place(hash)
	if err != nil {
		return err
	}
	if err := os.Remove(place); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
