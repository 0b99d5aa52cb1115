package database

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"plumbline/models"
)

// sqlitePragmas are set on every connection; busy_timeout comes first so that the others wait.
// The time settings make instants integers, which compare rightly whatever zone they came in.
const sqlitePragmas = "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)" +
	"&_pragma=mmap_size(1073741824)&_pragma=temp_store(2)&_timezone=UTC&_time_integer_format=unix_micro&_inttotime=1"

// sqliteCacheMB is what the writer keeps of the file in memory. Each page of it takes twice its size,
// since the driver gives out memory in powers of two.
const sqliteCacheMB = 64

// sqliteReaders is how many connections only read; more gain nothing on small machines.
const sqliteReaders = 3

func (d *Database) openSQLite(ctx context.Context, path string, settings Settings) error {
	if len(settings.Replicas) > 0 {
		return models.Errorf(models.ErrInvalid, "SQLite has no replicas; leave --replica out, or use PostgreSQL.")
	}
	if err := prepareFile(path); err != nil {
		return err
	}
	d.dialect = SQLite

	// Without immediate, a writer that read before it wrote fails with SQLITE_BUSY at once.
	write, err := d.openSQLitePool(path, fmt.Sprintf("&_txlock=immediate&_pragma=cache_size(-%d)", cmp.Or(settings.CacheMB, sqliteCacheMB)<<10), 1)
	if err != nil {
		return err
	}
	d.write, d.writer = write, writer{write.Config.ConnPool.(*sql.DB), SQLite, sqliteDialector{}}
	// The first connection makes the file and its WAL; readers come after it.
	if err := d.checkSQLite(ctx, path); err != nil {
		return err
	}
	d.read, err = d.openSQLitePool(path, "&_pragma=query_only(1)", sqliteReaders)
	return err
}

func (d *Database) openSQLitePool(path, options string, connections int) (*gorm.DB, error) {
	// Escaped, no letter of a path is taken for the beginning of options or of a host.
	address := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.Clean(path)}).EscapedPath()}
	named, err := sql.Open("sqlite", "")
	if err != nil {
		return nil, fmt.Errorf("open sqlite: %w", err)
	}
	pool := sql.OpenDB(keepingConnector{named.Driver(), address.String() + "?" + sqlitePragmas + options})
	db, err := d.addPool(pool, connections, sqliteDialector{pool: pool})
	if err != nil {
		return nil, fmt.Errorf("open sqlite: %w", err)
	}
	return db, nil
}

// prepareFile makes the database file with mode 0600, and says what is wrong when it cannot.
func prepareFile(path string) error {
	if path == "" || path == ":memory:" {
		return models.Errorf(models.ErrInvalid, "sqlite: needs the path of a file, such as sqlite:plumbline.db.")
	}
	folder := filepath.Dir(path)
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return models.Errorf(models.ErrInvalid, "There is no folder %s for the database; make it first, or name another path.", folder)
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return models.Errorf(models.ErrInvalid, "%s is no file; name one, such as sqlite:%s.", path, filepath.Join(path, "plumbline.db"))
	}

	// SQLite writes files beside its own, so the folder must let it.
	probe, err := os.CreateTemp(folder, ".plumbline-")
	if err != nil {
		return models.Errorf(models.ErrInvalid, "The folder %s cannot be written to. Check who owns it, and its free space.", folder)
	}
	if err := probe.Close(); err != nil {
		return fmt.Errorf("try the folder of the database: %w", err)
	}
	if err := os.Remove(probe.Name()); err != nil {
		return fmt.Errorf("try the folder of the database: %w", err)
	}

	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return models.Errorf(models.ErrInvalid, "The database file %s cannot be opened for writing. Check who owns it.", path)
	}
	return file.Close()
}

// oldestSQLite is the first version without a bug that could corrupt a database in WAL mode.
const oldestSQLite = "3.52.0"

func (d *Database) checkSQLite(ctx context.Context, path string) error {
	var version string
	// Reading the schema shows at once whether the file is a database at all.
	err := d.write.WithContext(ctx).Raw("SELECT sqlite_version() FROM (SELECT count(*) FROM sqlite_master)").Scan(&version).Error
	if err != nil {
		return models.Errorf(models.ErrInvalid, "%s is no SQLite database, or is damaged or locked (%v). Name another file, or restore a backup.", path, err)
	}
	if olderVersion(version, oldestSQLite) {
		return models.Errorf(models.ErrInvalid, "This program was built with SQLite %s; it needs %s or later, since older ones can corrupt data.", version, oldestSQLite)
	}
	return nil
}

func olderVersion(version, oldest string) bool {
	a, b := strings.Split(version, "."), strings.Split(oldest, ".")
	for i := range min(len(a), len(b)) {
		x, errX := strconv.Atoi(a[i])
		y, errY := strconv.Atoi(b[i])
		if errX != nil || errY != nil {
			return true // what cannot be read is not trusted
		}
		if x != y {
			return x < y
		}
	}
	return len(a) < len(b)
}
