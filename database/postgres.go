package database

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"

	"plumbline/models"
)

// defaultConnections bounds the pool of one PostgreSQL server.
const defaultConnections = 8

// patience is how long a primary may take to answer when the program starts.
const patience = 10 * time.Second

func isPostgresURL(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

func (d *Database) openPostgres(ctx context.Context, settings Settings) error {
	d.dialect = Postgres
	connections := settings.Connections
	if connections == 0 {
		connections = defaultConnections
	}

	config, err := parsePostgres(settings.URL, "--database")
	if err != nil {
		return err
	}
	pool := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(settle))
	d.write, err = d.addPool(pool, connections, postgres.New(postgres.Config{Conn: pool}))
	if err != nil {
		return describePostgres(err, config, "--database")
	}
	if err := d.countLone(d.write); err != nil {
		return err
	}
	d.read, d.writer = d.write, writer{pool, Postgres, postgres.Dialector{}}
	if err := d.checkPostgres(ctx); err != nil {
		return describePostgres(err, config, "--database")
	}

	for i, address := range settings.Replicas {
		if err := d.addReplica(i+1, address, connections); err != nil {
			return err
		}
	}
	d.watchReplicas(ctx)
	return nil
}

// parsePostgres reads a URL and makes the session's zone UTC.
func parsePostgres(address, setting string) (*pgx.ConnConfig, error) {
	if !isPostgresURL(address) {
		return nil, models.Errorf(models.ErrInvalid, "%s needs postgres://USER@HOST/NAME.", setting)
	}
	config, err := pgx.ParseConfig(address)
	var file *fs.PathError
	switch {
	case errors.As(err, &file):
		return nil, models.Errorf(models.ErrInvalid, "The file %s, which %s names, cannot be read.", file.Path, setting)
	case err != nil: // its text may hold the password
		return nil, models.Errorf(models.ErrInvalid, "%s is no valid PostgreSQL URL. Write postgres://USER:PASSWORD@HOST:PORT/NAME, with special letters of the password percent-encoded.", setting)
	}
	config.RuntimeParams["timezone"] = "UTC"
	config.BuildContextWatcherHandler = askToStop
	return config, nil
}

// Name gives the name of the PostgreSQL database that an address leads to; "plumbline" where it says
// none or cannot be read.
func Name(address string) string {
	config, err := parsePostgres(address, "--database")
	if err != nil || config.Database == "" {
		return "plumbline"
	}
	return config.Database
}

// Place names a database for people, without users and passwords: the path of a SQLite file, or where
// a PostgreSQL database is.
func Place(address string) string {
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		return path
	}
	config, err := parsePostgres(address, "--database")
	if err != nil {
		return "a PostgreSQL database"
	}
	if strings.HasPrefix(config.Host, "/") {
		return fmt.Sprintf("%s in %s, port %d", Name(address), config.Host, config.Port)
	}
	return fmt.Sprintf("%s on %s, port %d", Name(address), config.Host, config.Port)
}

// stopPatience is how long a server that is asked to stop a statement may take, before the connection
// is closed.
const stopPatience = 2 * time.Second

// askToStop has PostgreSQL stop the statement that nobody waits for any more, and keeps the
// connection: a new one has to plan every statement anew.
func askToStop(connection *pgconn.PgConn) ctxwatch.Handler {
	return &pgconn.CancelRequestContextWatcherHandler{Conn: connection, DeadlineDelay: stopPatience}
}

// settle makes pgx give instants in UTC, not in the zone of the machine, and has PostgreSQL look rows
// up in indexes: it takes a disk to be slow to seek in, and would read whole tables for a thousand
// rows, or compile a statement that runs for some milliseconds. It plans each statement once, since
// to plan one takes as long as to run it; what a plan must know of values is written into statements.
// What the server's administrator chose stands.
func settle(ctx context.Context, connection *pgx.Conn) error {
	connection.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	_, err := connection.Exec(ctx, `SELECT set_config(s.name, v.value, false) FROM pg_settings s
		JOIN (VALUES ('random_page_cost', '1.1'), ('jit', 'off'), ('plan_cache_mode', 'force_generic_plan')) v (name, value) ON v.name = s.name WHERE s.source = 'default'`)
	return err
}

// oldestPostgres is the first major version whose features the schema uses.
const oldestPostgres = 15

func (d *Database) checkPostgres(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
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

// describePostgres turns an error of connecting into a sentence that says what to check, and
// that never repeats the URL with its password.
func describePostgres(err error, config *pgx.ConnConfig, setting string) error {
	var forPeople *models.Error
	if errors.As(err, &forPeople) {
		return err
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return models.Errorf(models.ErrInvalid, "PostgreSQL refused the connection: %s.%s", refused.Message, remedies[refused.Code])
	}

	address := net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
	var lookup *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &lookup):
		return models.Errorf(models.ErrInvalid, "There is no host %q. Check the host in %s.", lookup.Name, setting)
	case errors.As(err, &certificate):
		return models.Errorf(models.ErrInvalid, "The certificate of %s is not trusted: %v. Check sslrootcert and the host in %s.", address, certificate.Err, setting)
	case strings.Contains(err.Error(), "refused TLS"):
		return models.Errorf(models.ErrInvalid, "PostgreSQL at %s does not speak TLS. Set it up there, or change sslmode in %s.", address, setting)
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return models.Errorf(models.ErrInvalid, "Nothing answers at %s. Check that PostgreSQL runs there, and the host and port in %s.", address, setting)
	}
	return models.Errorf(models.ErrInvalid, "PostgreSQL cannot be reached at %s. Check the network, and the host and port in %s.", address, setting)
}

// remedies by error code (https://www.postgresql.org/docs/current/errcodes-appendix.html).
var remedies = map[string]string{
	"28P01": " Check user and password.",
	"28000": " Check the user, and pg_hba.conf on the server.",
	"3D000": " Create the database first: createdb NAME.",
	"53300": " Raise max_connections on the server, or use fewer connections.",
	"57P03": " Try again when the server has started.",
}
