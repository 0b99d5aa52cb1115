package services

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"plumbline/database"
	"plumbline/models"
)

// keyUseFile is where it stands which log a key signs: beside the key.
func keyUseFile(path string) string { return path + ".signs" }

// NoteKeyUse notes beside a key's file that it signs the log of a database, which is named in words
// without its password. It writes nothing where that is noted already.
func NoteKeyUse(path, database string) error {
	key, err := readLogKey(path)
	if err != nil {
		return err
	}
	noted, by, err := readKeyUse(path)
	if err != nil || noted == key.Public && by == database {
		return err
	}
	text := fmt.Sprintf("%s\n%s\n%s\n", key.Public, database, time.Now().UTC().Format(time.DateOnly))
	if err := os.WriteFile(keyUseFile(path), []byte(text), 0o600); err != nil {
		return models.Errorf(models.ErrInvalid, "It cannot be noted in %s which log the key signs: %v.", keyUseFile(path), errors.Unwrap(err))
	}
	return nil
}

// readKeyUse gives the public key of which a use is noted beside a file, and by which database; "" for
// none.
func readKeyUse(path string) (public, database string, err error) {
	text, err := os.ReadFile(keyUseFile(path))
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", nil
	}
	if err != nil {
		return "", "", models.Errorf(models.ErrInvalid, "%s cannot be read: %v.", keyUseFile(path), errors.Unwrap(err))
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) < 2 {
		return "", "", nil
	}
	return lines[0], lines[1], nil
}

// CheckUnusedKey refuses to begin the log of a database with a key that signs another one: to whoever
// compares both, it would be one log with two histories. A log that has begun is not asked about.
func CheckUnusedKey(ctx context.Context, db *database.Database, path string) error {
	noted, by, err := readKeyUse(path)
	if err != nil || noted == "" {
		return err
	}
	key, err := readLogKey(path)
	if errors.Is(err, errNoKeyFile) || err == nil && key.Public != noted {
		return nil
	}
	if err != nil {
		return err
	}
	begun, err := logBegun(ctx, db)
	if err != nil || begun {
		return err
	}
	return models.Errorf(models.ErrConflict, "%[1]s is the key (%[2]s) of another log, that of %[3]s. A key never signs two logs. "+
		"If both databases are in use, name another place for this one's with --log-key. If that log is gone for good, move its key away: mv %[1]s %[1]s.former", path, models.KeyID(key.Public), by)
}

// logBegun reports whether a database of any schema has a key of its log, or an entry.
func logBegun(ctx context.Context, db *database.Database) (bool, error) {
	schema, err := db.Schema(ctx)
	if err != nil || schema == 0 {
		return false, err
	}
	if schema >= schemaOfKeys {
		keys, err := logKeys(db.Write(ctx))
		if err != nil || len(keys) > 0 {
			return len(keys) > 0, err
		}
	}
	head, err := headCheckpoint(db.Write(ctx))
	return head.Size > 0, err
}
