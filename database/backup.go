package database

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"plumbline/models"
)

// Backup writes a whole copy of a running database to a file, as it stood at one moment, and
// holds no writer up: an SQLite file, or an archive of pg_dump.
func (d *Database) Backup(ctx context.Context, address, path string) error {
	if d.dialect == SQLite {
		if err := d.write.WithContext(ctx).Exec("VACUUM INTO ?", path).Error; err != nil {
			return fmt.Errorf("copy the database: %w", err)
		}
		return nil
	}
	return runPostgres(ctx, "pg_dump", address, "--format=custom", "--no-owner", "--no-privileges", "--file="+path)
}

// Restore makes a database of what Backup wrote. It must not exist yet, or be empty, so that
// nothing is overwritten: ErrConflict otherwise.
func Restore(ctx context.Context, address, path string) error {
	if target, ok := strings.CutPrefix(address, "sqlite:"); ok {
		return restoreFile(target, path)
	}
	if !isPostgresURL(address) {
		return models.Errorf(models.ErrInvalid, "The database is named by sqlite:PATH or postgres://USER@HOST/NAME; this is neither.")
	}
	d, err := Open(ctx, Settings{URL: address})
	if err != nil {
		return err
	}
	var tables int64
	err = d.write.Raw("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'").Scan(&tables).Error
	d.Close()
	if err != nil {
		return fmt.Errorf("look into the database: %w", err)
	}
	if tables > 0 {
		return models.Errorf(models.ErrConflict, "The database holds tables already. Restore into an empty one.")
	}
	return runPostgres(ctx, "pg_restore", address, "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", path)
}

func restoreFile(target, path string) (err error) {
	in, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open the copy: %w", err)
	}
	defer in.Close()
	out, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return models.Errorf(models.ErrConflict, "%s exists already. Restore to another path, so that nothing is overwritten.", target)
	}
	if err != nil {
		return models.Errorf(models.ErrInvalid, "%s cannot be written.", target)
	}
	defer func() {
		if closing := out.Close(); err == nil {
			err = closing
		}
		if err != nil {
			os.Remove(target)
		}
	}()
	if _, err := io.Copy(out, in); err != nil {
		return fmt.Errorf("restore the file: %w", err)
	}
	return out.Sync()
}

// runPostgres runs a program of PostgreSQL, the newest that is installed. The password goes by
// the environment: arguments are seen by everybody on the machine.
func runPostgres(ctx context.Context, program, address string, args ...string) error {
	path := postgresProgram(program)
	if path == "" {
		return models.Errorf(models.ErrNotFound, "%s is not installed. Install the client programs of PostgreSQL, of the server's version or newer.", program)
	}
	parsed, err := url.Parse(address)
	if err != nil {
		return models.Errorf(models.ErrInvalid, "The database's address cannot be read.")
	}
	environment := os.Environ()
	if password, set := parsed.User.Password(); set {
		environment = append(environment, "PGPASSWORD="+password)
		parsed.User = url.User(parsed.User.Username())
	}
	command := exec.CommandContext(ctx, path, append([]string{"--dbname=" + parsed.String()}, args...)...)
	command.Env = environment
	if out, err := command.CombinedOutput(); err != nil {
		return models.Errorf(models.ErrInvalid, "%s failed: %s", program, lastLine(string(out)))
	}
	return nil
}

// postgresProgram finds a program on the path, or where Debian keeps it.
func postgresProgram(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if err != nil || len(found) == 0 {
		return ""
	}
	slices.Sort(found)
	return found[len(found)-1]
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
