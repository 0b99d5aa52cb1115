package main

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"plumbline/database"
	"plumbline/models"
)

// absolute makes every path of the settings absolute, so that all that the program says and does of
// files holds in whatever folder it was started.
func (s Settings) absolute() (Settings, error) {
	if path, ok := strings.CutPrefix(s.Database, "sqlite:"); ok && path != "" && path != ":memory:" {
		whole, err := absolutePath(path)
		if err != nil {
			return s, err
		}
		s.Database = "sqlite:" + whole
	}
	var err error
	if s.LogKey != "" {
		if s.LogKey, err = absolutePath(s.LogKey); err != nil {
			return s, err
		}
	}
	if s.Evidence != "" && !strings.HasPrefix(s.Evidence, "s3://") {
		s.Evidence, err = absolutePath(s.Evidence)
	}
	return s, err
}

func absolutePath(path string) (string, error) {
	whole, err := filepath.Abs(path)
	if err != nil {
		return "", models.Errorf(models.ErrInvalid, "The present folder is gone, so nobody knows where %s is. Change to another folder, or name the whole path.", path)
	}
	return whole, nil
}

// onPostgres reports whether the records are kept in PostgreSQL, beside which no file can be.
func (a *app) onPostgres() bool { return !strings.HasPrefix(a.settings.Database, "sqlite:") }

// beside names a file of the database: beside the SQLite file, or by the name of the PostgreSQL
// database in the user's folder for such things.
func (a *app) beside(extension string) string {
	path, ok := strings.CutPrefix(a.settings.Database, "sqlite:")
	if !ok {
		return filepath.Join(stateFolder(), url.PathEscape(database.Name(a.settings.Database))+extension)
	}
	if filepath.Ext(path) == extension {
		return path + extension
	}
	return strings.TrimSuffix(path, filepath.Ext(path)) + extension
}

// systemState is where what a program keeps is kept for users without a home.
const systemState = "/var/lib/plumbline"

// stateFolder is where the user's programs keep what they need later, as the XDG Base Directory
// Specification says: it does not depend on the present folder.
func stateFolder() string {
	if folder := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(folder) {
		return filepath.Join(folder, "plumbline")
	}
	if home, err := os.UserHomeDir(); err == nil && filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "state", "plumbline")
	}
	return systemState
}

// logKey is the file with the log's key: the one set, or the one that goes with the database.
func (a *app) logKey() string {
	if a.settings.LogKey != "" {
		return a.settings.LogKey
	}
	return a.beside(".key")
}

// evidence is the folder with the files of evidence: the one set, or the one that goes with the
// database.
func (a *app) evidence() string {
	if a.settings.Evidence != "" {
		return a.settings.Evidence
	}
	return a.beside(".evidence")
}

// formerly is where a file of a PostgreSQL database was until its place was settled: in the folder in
// which the program was started. "" where none is there now.
func (a *app) formerly(extension, set string) string {
	if set != "" || !a.onPostgres() {
		return ""
	}
	path, err := filepath.Abs("plumbline" + extension)
	if err != nil {
		return ""
	}
	if _, err := os.Lstat(path); err != nil {
		return ""
	}
	return path
}

// withFormerKey says where a key that is not found was formerly.
func (a *app) withFormerKey(err error) error {
	var forPeople *models.Error
	former := a.formerly(".key", a.settings.LogKey)
	if former == "" || !errors.As(err, &forPeople) {
		return err
	}
	return models.Errorf(forPeople.Kind, "%s\nThere is a key where earlier versions of Plumbline kept it. If it is this log's: mkdir -p %s && mv %s %s",
		forPeople.Message, filepath.Dir(a.logKey()), former, a.logKey())
}

// checkEvidence refuses to begin a new folder of evidence while one is where it was formerly.
func (a *app) checkEvidence() error {
	former := a.formerly(".evidence", a.settings.Evidence)
	if former == "" {
		return nil
	}
	if _, err := os.Stat(a.evidence()); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return models.Errorf(models.ErrInvalid, "Files of evidence are kept in %[1]s, wherever the program is started; earlier versions of Plumbline kept them in the present folder, where some are. Move them: mkdir -p %[3]s && mv %[2]s %[1]s\nOr keep them there with --evidence %[2]s",
		a.evidence(), former, filepath.Dir(a.evidence()))
}
