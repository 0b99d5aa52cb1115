package services

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"plumbline/models"
)

// LogKey is the key pair that signs the log's checkpoints, as its file holds it. The zero LogKey
// signs nothing.
type LogKey struct {
	// Path is the file. It is read anew for each publication, so that a key that is taken away,
	// replaced or handed over is noticed at once.
	Path string
	// Public is the verifier key in the format of golang.org/x/mod/sumdb/note.
	Public string
	signer note.Signer
	// secret is derived from the signing key, for what is hidden from who has the database alone.
	secret []byte
}

// mostKeyFile bounds a key file, which has some 200 bytes.
const mostKeyFile = 4096

// errNoKeyFile is the end of reading a file that is not there.
var errNoKeyFile = errors.New("there is no such file")

// readLogKey reads a key file: the signing key on its first line, the public key on its second.
// errNoKeyFile where there is none; otherwise what is wrong is told in a sentence that names the
// file. A key that others can read is refused.
func readLogKey(path string) (LogKey, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return LogKey{}, errNoKeyFile
	case err != nil:
		return LogKey{}, models.Errorf(models.ErrInvalid, "The log's key %s cannot be read: %v.", path, errors.Unwrap(err))
	case !info.Mode().IsRegular():
		return LogKey{}, models.Errorf(models.ErrInvalid, "%s is not a file, so it holds no log key. Name the key's file with --log-key.", path)
	case info.Mode().Perm()&0o077 != 0:
		return LogKey{}, models.Errorf(models.ErrInvalid, "Others can read the log's key %s. Run: chmod 600 %s", path, path)
	}
	file, err := os.Open(path)
	if err != nil {
		return LogKey{}, models.Errorf(models.ErrInvalid, "The log's key %s cannot be read: %v. It belongs to the user who runs Plumbline.", path, errors.Unwrap(err))
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, mostKeyFile))
	if err != nil {
		return LogKey{}, models.Errorf(models.ErrInvalid, "The log's key %s cannot be read: %v.", path, errors.Unwrap(err))
	}
	key, flaw := parseLogKey(string(text))
	if flaw != "" {
		return LogKey{}, models.Errorf(models.ErrInvalid, "%s holds no log key: %s. Put the right file back from where you keep it, or name another one with --log-key.", path, flaw)
	}
	key.Path = path
	return key, nil
}

// parseLogKey reads the text of a key file, and says in some words what is wrong with it.
func parseLogKey(text string) (key LogKey, flaw string) {
	lines := strings.Fields(text)
	switch {
	case len(lines) == 0:
		return key, "it is empty"
	case strings.Contains(text, "-----BEGIN "):
		return key, "it holds a PEM key, which is of another kind"
	case len(lines) == 1 && isPublicKey(lines[0]):
		return key, "it holds a public key alone, which signs nothing"
	case len(lines) != 2:
		return key, "it should have two lines, the signing key and the public key"
	}
	signer, err := note.NewSigner(lines[0])
	if err != nil {
		return key, "its first line is not a signing key"
	}
	public, err := publicOf(lines[0])
	if err != nil || public != lines[1] {
		return key, "its second line is not the public key of its first"
	}
	secret, err := hkdf.Key(sha256.New, []byte(lines[0]), nil, "plumbline secret", 32)
	if err != nil {
		return key, "nothing can be derived from it"
	}
	return LogKey{Public: public, signer: signer, secret: secret}, ""
}

func isPublicKey(text string) bool {
	_, err := note.NewVerifier(text)
	return err == nil
}

// publicOf derives the verifier key of a signing key that note.NewSigner takes.
func publicOf(private string) (string, error) {
	parts := strings.SplitN(private, "+", 5) // PRIVATE, KEY, name, hash, algorithm and seed
	seed, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil {
		return "", err
	}
	return note.NewEd25519VerifierKey(parts[2], ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey))
}

// signed reports whether the key signed a note.
func (k LogKey) signed(text string) bool {
	verifier, err := note.NewVerifier(k.Public)
	if err != nil {
		return false
	}
	_, err = note.Open([]byte(text), note.VerifierList(verifier))
	return err == nil
}

// makeLogKey makes a key of a log's name, in a new file with mode 0600; ErrConflict where a file is there.
func makeLogKey(path, name string) (LogKey, error) {
	private, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return LogKey{}, fmt.Errorf("make the log's key: %w", err)
	}
	text := private + "\n" + public + "\n"
	if err := writeKeyFile(path, []byte(text)); err != nil {
		return LogKey{}, err
	}
	key, flaw := parseLogKey(text)
	if flaw != "" {
		return LogKey{}, fmt.Errorf("read the key just made: %s", flaw)
	}
	key.Path = path
	return key, nil
}

// newLogName names a log; its keys and checkpoints bear the name for ever.
func newLogName() (string, error) {
	name := make([]byte, 4)
	if _, err := rand.Read(name); err != nil {
		return "", fmt.Errorf("name the log: %w", err)
	}
	return fmt.Sprintf("plumbline-%x", name), nil
}

// writeKeyFile writes a file that only its owner reads, whole or not at all, also when the power
// fails; ErrConflict where one is there.
func writeKeyFile(path string, text []byte) error {
	refused := func(err error) error {
		var failed *fs.PathError
		if errors.As(err, &failed) {
			err = failed.Err
		}
		return models.Errorf(models.ErrInvalid, "The log's key cannot be written to %s: %v. Name another place with --log-key.", path, err)
	}
	if _, err := os.Lstat(path); err == nil {
		return models.Errorf(models.ErrConflict, "%s exists already; a key is never written over. Move it away.", path)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".plumbline-key-") // mode 0600
	if err != nil {
		return refused(err)
	}
	defer os.Remove(file.Name())
	_, err = file.Write(text)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return refused(err)
	}
	// A link fails where a file is there meanwhile; some file systems have none.
	if err := os.Link(file.Name(), path); errors.Is(err, fs.ErrExist) {
		return models.Errorf(models.ErrConflict, "%s exists already; a key is never written over. Move it away.", path)
	} else if err != nil {
		if err := os.Rename(file.Name(), path); err != nil {
			return refused(err)
		}
	}
	return syncFolder(path)
}

// syncFolder has the folder of a file reach the disk, so that its name is there after a power cut.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("open the key's folder: %w", err)
	}
	defer folder.Close()
	_ = folder.Sync() // some file systems cannot, and keep names by themselves
	return nil
}

// keyFile is the file that a path leads to in the end, so that a link to it stays.
func keyFile(path string) string {
	if whole, err := filepath.EvalSymlinks(path); err == nil {
		return whole
	}
	return path
}

// nextKeyFile is where a key stands between its making and the moment at which it takes over.
func nextKeyFile(path string) string { return keyFile(path) + ".next" }

// formerKeyFile is where a key is kept that was handed over.
func formerKeyFile(path, public string) string {
	_, hash, _ := strings.Cut(models.KeyID(public), "+")
	return keyFile(path) + "." + hash
}

// settleKeyFile puts a key that took over in its place, and the one before beside it. It may be
// called again after whatever broke it off.
func settleKeyFile(path string, keys []models.LogKeyRow) error {
	current := keys[len(keys)-1]
	there, err := readLogKey(path)
	switch {
	case err == nil && there.Public == current.PublicKey:
		return nil
	case err == nil && isFormerKey(keys, there.Public):
		if err := keepFormerKey(path, there.Public); err != nil {
			return err
		}
	case !errors.Is(err, errNoKeyFile):
		return models.Errorf(models.ErrConflict, "The log's key is %s now, which is in %s, but something else stands in its place. Move %s away, then run: mv %s %s",
			current.ID(), nextKeyFile(path), path, nextKeyFile(path), path)
	}
	if err := os.Rename(nextKeyFile(path), keyFile(path)); err != nil {
		if there, unread := readLogKey(path); unread == nil && there.Public == current.PublicKey {
			return nil // another instance was faster
		}
		return models.Errorf(models.ErrInvalid, "The log's key is %s now, which is in %s, and cannot be moved to its place: %v. Run: mv %s %s",
			current.ID(), nextKeyFile(path), errors.Unwrap(err), nextKeyFile(path), path)
	}
	return syncFolder(keyFile(path))
}

// isFormerKey reports whether a key signed the log until another took over.
func isFormerKey(keys []models.LogKeyRow, public string) bool {
	for _, k := range keys[:len(keys)-1] {
		if k.PublicKey == public {
			return true
		}
	}
	return false
}

// keepFormerKey copies a key that was handed over beside its place.
func keepFormerKey(path, public string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the former key: %w", err)
	}
	kept := formerKeyFile(path, public)
	if there, err := os.ReadFile(kept); err == nil && bytes.Equal(there, text) {
		return nil
	}
	return writeKeyFile(kept, text)
}
