package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"plumbline/models"
)

// Settings say which database to open.
type Settings struct {
	// URL is sqlite:PATH or postgres://….
	URL string
	// Replicas are postgres:// URLs of streaming replicas that may serve reads.
	Replicas []string
	// Connections bounds the pool of each PostgreSQL server; 8 when 0.
	Connections int
	Logger      *slog.Logger
}

// Database is an open database of either engine.
type Database struct {
	dialect string
	// write is the pool of the primary; SQLite's has one connection.
	write *gorm.DB
	// readers are pools that only read: SQLite's reader pool, or PostgreSQL's replicas.
	readers []*reader
	pools   []*sql.DB
	// statements counts the SQL statements that were run.
	statements atomic.Int64
	logger     *slog.Logger
	stop       chan struct{}
}

// Dialects of the engines.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// Open opens a database. Its errors are sentences for people and never hold a password. It
// neither creates tables nor checks their version; see Migrate and CheckVersion.
func Open(ctx context.Context, settings Settings) (*Database, error) {
	if settings.Logger == nil {
		settings.Logger = slog.New(slog.DiscardHandler)
	}
	if path, ok := strings.CutPrefix(settings.URL, "sqlite:"); ok {
		return openSQLite(ctx, path, settings)
	}
	if strings.HasPrefix(settings.URL, "postgres://") || strings.HasPrefix(settings.URL, "postgresql://") {
		return openPostgres(ctx, settings)
	}
	return nil, models.Errorf(models.ErrInvalid, "The database is named by sqlite:PATH or postgres://USER@HOST/NAME; this is neither. Check --database or PLUMBLINE_DATABASE.")
}

// sqlitePragmas are set on every connection; busy_timeout comes first so that the others wait.
// The time settings make instants integers, which compare rightly whatever zone they came in.
const sqlitePragmas = "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)" +
	"&_pragma=mmap_size(1073741824)&_pragma=temp_store(2)&_timezone=UTC&_time_integer_format=unix_micro&_inttotime=1"

func openSQLite(ctx context.Context, path string, settings Settings) (*Database, error) {
	if len(settings.Replicas) > 0 {
		return nil, models.Errorf(models.ErrInvalid, "SQLite has no replicas; leave --replica out, or use PostgreSQL.")
	}
	if err := prepareFile(path); err != nil {
		return nil, err
	}

	address := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String()
	d := &Database{dialect: SQLite, logger: settings.Logger, stop: make(chan struct{})}
	writer, err := d.openSQLitePool(address+"?"+sqlitePragmas+"&_txlock=immediate&_pragma=cache_size(-65536)", 1)
	if err != nil {
		return nil, err
	}
	d.write = writer
	// The first connection makes the file and its WAL; readers come after it.
	if err := d.checkSQLite(ctx, path); err != nil {
		d.Close()
		return nil, err
	}
	readers, err := d.openSQLitePool(address+"?"+sqlitePragmas+"&_pragma=query_only(1)", 3)
	if err != nil {
		d.Close()
		return nil, err
	}
	d.readers = []*reader{{db: readers, healthy: true}}
	return d, nil
}

// prepareFile makes the database file with mode 0600, and says what is wrong when it cannot.
func prepareFile(path string) error {
	if path == "" {
		return models.Errorf(models.ErrInvalid, "sqlite: needs the path of a file, such as sqlite:plumbline.db.")
	}
	if folder, err := os.Stat(filepath.Dir(path)); err != nil || !folder.IsDir() {
		return models.Errorf(models.ErrInvalid, "There is no folder %s for the database; make it first, or name another path.", filepath.Dir(path))
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return models.Errorf(models.ErrInvalid, "The database file %s cannot be opened for writing. Check who owns the file and its folder.", path)
	}
	return file.Close()
}

// oldestSQLite is the first version without a bug that could corrupt a database in WAL mode.
const oldestSQLite = "3.52.0"

func (d *Database) checkSQLite(ctx context.Context, path string) error {
	var version string
	if err := d.write.WithContext(ctx).Raw("SELECT sqlite_version()").Scan(&version).Error; err != nil {
		return models.Errorf(models.ErrInvalid, "%s is no SQLite database, or is damaged or locked: %v.", path, err)
	}
	if olderVersion(version, oldestSQLite) {
		return models.Errorf(models.ErrInvalid, "This program was built with SQLite %s; it needs %s or later, since older ones can corrupt data.", version, oldestSQLite)
	}
	// Reading the schema shows at once whether the file is a database at all.
	if err := d.write.WithContext(ctx).Exec("SELECT count(*) FROM sqlite_master").Error; err != nil {
		return models.Errorf(models.ErrInvalid, "%s is no SQLite database, or is damaged. Name another file, or restore a backup.", path)
	}
	return nil
}

func olderVersion(version, oldest string) bool {
	a, b := strings.Split(version, "."), strings.Split(oldest, ".")
	for i := range min(len(a), len(b)) {
		x, _ := strconv.Atoi(a[i])
		y, _ := strconv.Atoi(b[i])
		if x != y {
			return x < y
		}
	}
	return false
}

func (d *Database) openSQLitePool(dsn string, connections int) (*gorm.DB, error) {
	pool, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open sqlite: %w", err)
	}
	d.keep(pool, connections)
	db, err := gorm.Open(sqliteDialector{pool: pool}, gormConfig())
	if err != nil {
		return nil, fmt.Errorf("open sqlite: %w", err)
	}
	return db, d.countStatements(db)
}

// countStatements counts what runs on a pool, so that tests can hold a request to its number.
func (d *Database) countStatements(db *gorm.DB) error {
	count := func(*gorm.DB) { d.statements.Add(1) }
	callbacks := db.Callback()
	return errors.Join(
		callbacks.Query().Register("plumbline:count", count), callbacks.Raw().Register("plumbline:count", count),
		callbacks.Row().Register("plumbline:count", count), callbacks.Create().Register("plumbline:count", count),
		callbacks.Update().Register("plumbline:count", count), callbacks.Delete().Register("plumbline:count", count))
}

// Statements is how many SQL statements were run since the database was opened.
func (d *Database) Statements() int64 { return d.statements.Load() }

// keep bounds a pool. As many connections may idle as may be open, so that none is made anew
// for each request.
func (d *Database) keep(pool *sql.DB, connections int) {
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	d.pools = append(d.pools, pool)
}

// gormConfig leaves transactions to us and prepared statements to the drivers, and keeps GORM
// from logging: errors reach the caller.
func gormConfig() *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction: true,
		TranslateError:         true,
		Logger:                 logger.Discard,
		NowFunc:                func() time.Time { return time.Now().UTC() },
		DisableAutomaticPing:   true,
	}
}

func openPostgres(ctx context.Context, settings Settings) (*Database, error) {
	d := &Database{dialect: Postgres, logger: settings.Logger, stop: make(chan struct{})}
	connections := settings.Connections
	if connections == 0 {
		connections = 8
	}
	write, err := d.openPostgresPool(settings.URL, connections)
	if err == nil {
		d.write = write
		err = d.checkPostgres(ctx)
	}
	if err != nil {
		d.Close()
		return nil, describePostgres(err)
	}

	for _, replica := range settings.Replicas {
		pool, err := d.openPostgresPool(replica, connections)
		if err != nil {
			d.Close()
			return nil, describePostgres(err)
		}
		d.readers = append(d.readers, &reader{db: pool})
	}
	d.watchReplicas(ctx)
	return d, nil
}

func (d *Database) openPostgresPool(address string, connections int) (*gorm.DB, error) {
	db, err := gorm.Open(postgres.New(postgres.Config{DSN: address}), gormConfig())
	if err != nil {
		return nil, err
	}
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	d.keep(pool, connections)
	return db, d.countStatements(db)
}

// oldestPostgres is the first major version whose features the schema uses.
const oldestPostgres = 15

func (d *Database) checkPostgres(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var number int
	if err := d.write.WithContext(ctx).Raw("SELECT current_setting('server_version_num')::int").Scan(&number).Error; err != nil {
		return err
	}
	if number/10000 < oldestPostgres {
		return models.Errorf(models.ErrInvalid, "This is PostgreSQL %d; Plumbline needs %d or later.", number/10000, oldestPostgres)
	}
	return nil
}

// Dialect is SQLite or Postgres.
func (d *Database) Dialect() string { return d.dialect }

// Write gives the primary, for writes and for reads that must see every write.
func (d *Database) Write(ctx context.Context) *gorm.DB { return d.write.WithContext(ctx) }

// Ping reports whether the primary answers.
func (d *Database) Ping(ctx context.Context) error {
	return d.write.WithContext(ctx).Exec("SELECT 1").Error
}

// Close closes every connection.
func (d *Database) Close() {
	if d.stop != nil {
		close(d.stop)
		d.stop = nil
	}
	for _, pool := range d.pools {
		if err := pool.Close(); err != nil {
			d.logger.Warn("close database", "error", err)
		}
	}
	d.pools = nil
}
