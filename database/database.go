package database

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

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
	// Logger hears of replicas that come and go; nil is silence.
	Logger *slog.Logger
	// CacheMB is how much of an SQLite file the writer keeps in memory; 0 for what suits a server.
	CacheMB int
}

// Database is an open database of either engine.
type Database struct {
	dialect string
	// write is the pool of the primary; SQLite's has one connection.
	write *gorm.DB
	// writer is the same pool for write transactions.
	writer writer
	// read is SQLite's pool of readers; on PostgreSQL it is the primary's.
	read     *gorm.DB
	replicas []*replica
	pools    []*sql.DB
	// statements counts the SQL statements that were run.
	statements atomic.Int64
	logger     *slog.Logger
	// stop ends what watches the replicas, and watching waits for it.
	stop     context.CancelFunc
	watching sync.WaitGroup
}

// Dialects of the engines.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// Open opens a database. Its errors are sentences for people and never hold a password. It
// neither creates tables nor checks their version; see Migrate and CheckVersion.
func Open(ctx context.Context, settings Settings) (*Database, error) {
	d := &Database{logger: settings.Logger, stop: func() {}}
	if d.logger == nil {
		d.logger = slog.New(slog.DiscardHandler)
	}
	if err := d.open(ctx, settings); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (d *Database) open(ctx context.Context, settings Settings) error {
	if path, ok := strings.CutPrefix(settings.URL, "sqlite:"); ok {
		return d.openSQLite(ctx, path, settings)
	}
	if isPostgresURL(settings.URL) {
		return d.openPostgres(ctx, settings)
	}
	return models.Errorf(models.ErrInvalid, "The database is named by sqlite:PATH or postgres://USER@HOST/NAME; this is neither. Check --database or PLUMBLINE_DATABASE.")
}

// addPool opens GORM over a pool of the dialector, counts what runs there, and closes it with d.
// As many connections may idle as may be open, so that none is made anew for each request.
func (d *Database) addPool(pool *sql.DB, connections int, dialector gorm.Dialector) (*gorm.DB, error) {
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	d.pools = append(d.pools, pool)

	db, err := gorm.Open(dialector, gormConfig())
	if err != nil {
		return nil, err
	}
	return db, d.countStatements(db)
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

// countStatements counts what runs on a pool, so that tests can hold a request to its number.
func (d *Database) countStatements(db *gorm.DB) error {
	count := func(*gorm.DB) { d.statements.Add(1) }
	callbacks := db.Callback()
	return errors.Join(
		callbacks.Query().Register("plumbline:count", count), callbacks.Raw().Register("plumbline:count", count),
		callbacks.Row().Register("plumbline:count", count), callbacks.Create().Register("plumbline:count", count),
		callbacks.Update().Register("plumbline:count", count), callbacks.Delete().Register("plumbline:count", count))
}

// Statements is how many SQL statements were run through GORM since the database was opened, on
// every pool; beginning and ending transactions does not count.
func (d *Database) Statements() int64 { return d.statements.Load() }

// Dialect is SQLite or Postgres.
func (d *Database) Dialect() string { return d.dialect }

// Write gives the primary, for writes and for reads that must see every write. Inside Transaction
// use its tx instead: SQLite has one connection for writes, and would wait for itself.
func (d *Database) Write(ctx context.Context) *gorm.DB { return d.write.WithContext(ctx) }

// Read gives a pool for reads: SQLite's readers, a replica that has what the context must see, or the
// primary; see Seeing. What a replica says may be some milliseconds old; read from Write what must
// not be.
func (d *Database) Read(ctx context.Context) *gorm.DB {
	if replica := d.replicaFor(ctx); replica != nil {
		return replica.db.WithContext(ctx)
	}
	return d.read.WithContext(ctx)
}

// Primary gives a pool for reads that must see every write, such as who may do what: SQLite's
// readers, which always do, or PostgreSQL's primary.
func (d *Database) Primary(ctx context.Context) *gorm.DB { return d.read.WithContext(ctx) }

// Ping reports whether the database answers: the primary on PostgreSQL. It does not wait for
// writers.
func (d *Database) Ping(ctx context.Context) error {
	return d.read.WithContext(ctx).Exec("SELECT 1").Error
}

// Close closes every connection. Closing twice does no harm.
func (d *Database) Close() {
	d.stop()
	d.watching.Wait()
	for _, pool := range d.pools {
		if err := pool.Close(); err != nil {
			d.logger.Warn("close database", "error", err)
		}
	}
	d.pools = nil
}
