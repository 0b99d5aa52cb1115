package main

import (
	"archive/zip"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"plumbline/database"
	"plumbline/models"
	"plumbline/services"
)

// manifest says what a backup holds.
type manifest struct {
	Plumbline string    `json:"plumbline"`
	Engine    string    `json:"engine"`
	At        time.Time `json:"at"`
	LogSize   int64     `json:"log_size"`
	PublicKey string    `json:"public_key"`
	// Files are the checksums of all files of the backup, by their names.
	Files map[string]string `json:"files"`
}

const (
	manifestName = "backup.json"
	databaseName = "database"
	evidenceName = "evidence/"
)

// Run writes a backup of a database that may be in use: one zip with the database, the evidence
// and checksums. The log's key is left out.
func (c backupCommand) Run(ctx context.Context, a *app) error {
	s, db, err := a.servicesAsCounted(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := c.free(); err != nil {
		return err
	}
	folder, err := os.MkdirTemp(filepath.Dir(c.File), ".plumbline-backup-")
	if err != nil {
		return models.Errorf(models.ErrInvalid, "%s cannot be written. Choose another place.", c.File)
	}
	defer os.RemoveAll(folder)
	head, err := s.Checkpoint(ctx)
	if err != nil {
		return err
	}
	copied := filepath.Join(folder, databaseName)
	if err := db.Backup(ctx, a.settings.Database, copied); err != nil {
		return err
	}

	// Written beside and then named: what a program that was killed leaves is no backup by its name.
	whole := filepath.Join(folder, "backup.zip")
	out, err := os.OpenFile(whole, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return models.Errorf(models.ErrInvalid, "%s cannot be written. Choose another place.", c.File)
	}
	defer out.Close()
	public, err := s.PublicKey(ctx, 0)
	if err != nil {
		return err
	}
	m := manifest{Plumbline: version(), Engine: db.Dialect(), At: time.Now().UTC(), LogSize: head.Size, PublicKey: public, Files: map[string]string{}}
	evidence := ""
	if !a.inBucket() {
		evidence = a.evidence()
	}
	if err := m.write(out, copied, evidence, head.Note); err != nil {
		return err
	}
	if err := errors.Join(out.Sync(), out.Close()); err != nil {
		return fmt.Errorf("finish the backup: %w", err)
	}
	if err := c.free(); err != nil {
		return err
	}
	if err := os.Rename(whole, c.File); err != nil {
		return fmt.Errorf("name the backup: %w", err)
	}
	further := fmt.Sprintf("%d further files", len(m.Files)-1)
	if len(m.Files) == 2 {
		further = "1 further file"
	}
	a.printf("Wrote %s: the %s database at log size %d or later, and %s.\n", c.File, m.Engine, m.LogSize, further)
	if a.inBucket() {
		a.printf("The files of evidence are not in it: they are in %s. Have that store keep copies of its own.\n", a.settings.Evidence)
	}
	a.printf("The key that signs the log (%s, which belongs in %s) is not in it, on purpose: whoever has it can sign a false log. Keep it elsewhere, apart from the backups.\n", models.KeyID(public), a.logKey())
	return nil
}

// free makes sure that no backup is overwritten.
func (c backupCommand) free() error {
	if _, err := os.Lstat(c.File); err == nil {
		return models.Errorf(models.ErrConflict, "%s exists already. Choose another name, so that no backup is overwritten.", c.File)
	}
	return nil
}

func (m *manifest) write(out io.Writer, copied, evidence, checkpoint string) error {
	archive := zip.NewWriter(out)
	if err := m.add(archive, databaseName, copied); err != nil {
		return err
	}
	if checkpoint != "" {
		if err := m.put(archive, "checkpoint.txt", strings.NewReader(checkpoint)); err != nil {
			return err
		}
	}
	if evidence != "" {
		err := filepath.WalkDir(evidence, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() || !models.ValidHash(entry.Name()) { // a folder of other things holds no evidence
				return err
			}
			return m.add(archive, evidenceName+entry.Name(), path)
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // no folder: nothing was kept yet
			return fmt.Errorf("copy evidence: %w", err)
		}
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	last, err := archive.CreateHeader(&zip.FileHeader{Name: manifestName, Method: zip.Deflate, Modified: m.At})
	if err != nil {
		return err
	}
	if _, err := last.Write(text); err != nil {
		return err
	}
	return archive.Close()
}

func (m *manifest) add(archive *zip.Writer, name, path string) error {
	in, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("copy %s: %w", name, err)
	}
	defer in.Close()
	return m.put(archive, name, in)
}

func (m *manifest) put(archive *zip.Writer, name string, in io.Reader) error {
	out, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: m.At})
	if err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(out, sum), in); err != nil {
		return fmt.Errorf("copy %s: %w", name, err)
	}
	m.Files[name] = fmt.Sprintf("%x", sum.Sum(nil))
	return nil
}

// Run makes a database of a backup, into an empty place, and verifies it against its log.
func (c restoreCommand) Run(ctx context.Context, a *app) error {
	archive, err := zip.OpenReader(c.File)
	if err != nil {
		return models.Errorf(models.ErrInvalid, "%s is no backup: it is no zip file, or was cut off.", c.File)
	}
	defer archive.Close()
	folder, err := os.MkdirTemp("", "plumbline-restore-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(folder)
	m, err := unpack(archive, folder)
	if err != nil {
		return err
	}
	engine := database.Postgres
	if strings.HasPrefix(a.settings.Database, "sqlite:") {
		engine = database.SQLite
	}
	if m.Engine != engine {
		return models.Errorf(models.ErrInvalid, "This is a backup of a %s database, and --database names one of %s. To change the engine, export as ndjson and import.", m.Engine, engine)
	}
	if err := a.restoreEvidence(ctx, filepath.Join(folder, evidenceName)); err != nil {
		return err
	}
	if err := database.Restore(ctx, a.settings.Database, filepath.Join(folder, databaseName)); err != nil {
		return err
	}
	a.printf("Restored the %s database of %s, log size %d or later.\n", m.Engine, m.At.Format(time.RFC3339), m.LogSize)
	if err := a.sayRestoredKey(ctx, m); err != nil {
		return err
	}
	return a.verifyRestored(ctx, m, folder)
}

// unpack unpacks a backup and checks every checksum before anything is restored.
func unpack(archive *zip.ReadCloser, folder string) (manifest, error) {
	var m manifest
	sums := map[string]string{}
	for _, file := range archive.File {
		if !filepath.IsLocal(file.Name) {
			return m, models.Errorf(models.ErrInvalid, "This is no backup: it holds a file that would lead elsewhere.")
		}
		sum, err := unpackFile(file, filepath.Join(folder, file.Name))
		if err != nil {
			return m, models.Errorf(models.ErrInvalid, "The backup is damaged: %s cannot be read.", file.Name)
		}
		sums[file.Name] = sum
	}
	text, err := os.ReadFile(filepath.Join(folder, manifestName))
	if err != nil || json.Unmarshal(text, &m) != nil || m.Files[databaseName] == "" {
		return m, models.Errorf(models.ErrInvalid, "This is no backup: it does not say what it holds.")
	}
	for name, sum := range m.Files {
		if sums[name] != sum {
			return m, models.Errorf(models.ErrInvalid, "The backup is damaged: %s is not what was written. Use another one.", name)
		}
	}
	return m, nil
}

func unpackFile(file *zip.File, path string) (string, error) {
	in, err := file.Open()
	if err != nil {
		return "", err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	defer out.Close()
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(out, sum), in); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), out.Sync()
}

// restoreEvidence puts the files of evidence where they are kept, each under the hash of its
// content; unpack has seen that their content is what was written.
func (a *app) restoreEvidence(ctx context.Context, folder string) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for evidence: %w", err)
	}
	vault, err := a.vault()
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := restoreFile(ctx, vault, filepath.Join(folder, entry.Name())); err != nil {
			return err
		}
	}
	a.printf("Files of evidence put into %[2]s: %[1]d.\n", len(entries), cmp.Or(a.settings.Evidence, a.evidence()))
	return nil
}

func restoreFile(ctx context.Context, vault services.Vault, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read evidence: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("read evidence: %w", err)
	}
	return vault.Keep(ctx, filepath.Base(path), file, info.Size())
}

// sayRestoredKey says which key a restored database needs to be written to, and whether it is in its
// place here.
func (a *app) sayRestoredKey(ctx context.Context, m manifest) error {
	db, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	public, missing, err := services.FindLogKey(ctx, db, a.logKey())
	if err != nil {
		return err
	}
	a.printf("The key that signs this log is not in the backup. Its public key is\n%s\nand its file belongs in %s.\n", cmp.Or(public, m.PublicKey), a.logKey())
	if missing != nil {
		a.printf("Until it is there, the database can be read, and nothing can be published. %v\n", a.withFormerKey(missing))
		return nil
	}
	a.printf("It is there.\n")
	return nil
}

// verifyRestored checks what was restored against its own log and the backup's checkpoint.
func (a *app) verifyRestored(ctx context.Context, m manifest, folder string) error {
	s, db, err := a.servicesAsCounted(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	checkpoint, err := os.ReadFile(filepath.Join(folder, "checkpoint.txt"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read the checkpoint: %w", err)
	}
	report, err := s.Verify(ctx, string(checkpoint))
	if err != nil {
		return err
	}
	a.printReportOf(report)
	if len(report.Problems) > 0 {
		return errFound
	}
	return nil
}
