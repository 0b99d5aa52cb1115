package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"plumbline/models"
)

// replica is the pool of a streaming replica, through which GORM reads. What it cannot answer
// because it is gone, or because replication overtook the read, the primary answers.
type replica struct {
	*sql.DB
	primary *sql.DB
	config  *pgx.ConnConfig
	db      *gorm.DB
	answers atomic.Bool
	// reached is which writes it is known to have.
	reached reached
	// report hears of each change of answers; reason is nil when it answers again.
	report func(reason error)
}

func (d *Database) addReplica(number int, address string, connections int) error {
	config, err := parsePostgres(address, "--replica")
	if err != nil {
		return err
	}
	primary, err := d.write.DB()
	if err != nil {
		return err
	}

	r := &replica{DB: stdlib.OpenDB(*config, stdlib.OptionAfterConnect(settle)), primary: primary, config: config}
	r.report = func(reason error) {
		if reason == nil {
			d.logger.Info("a replica answers", "replica", number)
			return
		}
		d.logger.Warn("a replica is left out", "replica", number, "reason", describePostgres(reason, config, "--replica"))
	}
	r.db, err = d.addPool(r.DB, connections, postgres.New(postgres.Config{Conn: r}))
	d.replicas = append(d.replicas, r)
	return err
}

// anyReplica gives a replica that answers and will do, or nil.
func (d *Database) anyReplica(will func(*replica) bool) *replica {
	first := rand.IntN(len(d.replicas))
	for i := range d.replicas {
		if r := d.replicas[(first+i)%len(d.replicas)]; r.answers.Load() && will(r) {
			return r
		}
	}
	return nil
}

// replicaInterval is how often replicas are asked whether they answer, and replicaPatience how
// long they may take.
const (
	replicaInterval = 3 * time.Second
	replicaPatience = 2 * time.Second
)

// watchReplicas lets reads go to replicas only while they answer.
func (d *Database) watchReplicas(ctx context.Context) {
	if len(d.replicas) == 0 {
		return
	}
	d.checkReplicas(ctx, true)

	ctx, d.stop = context.WithCancel(context.WithoutCancel(ctx))
	d.watching.Go(func() {
		ticker := time.NewTicker(replicaInterval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				d.checkReplicas(ctx, false)
			}
		}
	})
}

func (d *Database) checkReplicas(ctx context.Context, first bool) {
	var checks sync.WaitGroup
	for _, r := range d.replicas {
		checks.Go(func() {
			err := r.check(ctx)
			if ctx.Err() != nil {
				return
			}
			if changed := r.answers.Swap(err == nil) != (err == nil); changed || first && err != nil {
				r.reached.forget() // another server may come back in its place
				r.report(err)
			}
		})
	}
	checks.Wait()
}

func (r *replica) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, replicaPatience)
	defer cancel()
	var standby bool
	if err := r.DB.QueryRowContext(ctx, "SELECT pg_is_in_recovery()").Scan(&standby); err != nil {
		return err
	}
	if !standby { // it would not hear of what is written to the primary; a promoted one is the primary's business
		return models.Errorf(models.ErrInvalid, "This server is no standby. Check that it follows the server in --database.")
	}
	return nil
}

// QueryContext reads from the replica, or once more from the primary.
func (r *replica) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := r.DB.QueryContext(ctx, query, args...)
	if r.isForPrimary(ctx, err) {
		return r.primary.QueryContext(ctx, query, args...)
	}
	return rows, err
}

// QueryRowContext reads from the replica, or once more from the primary.
func (r *replica) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	row := r.DB.QueryRowContext(ctx, query, args...)
	if r.isForPrimary(ctx, row.Err()) {
		return r.primary.QueryRowContext(ctx, query, args...)
	}
	return row
}

// BeginTx begins a transaction on the replica, or else on the primary.
func (r *replica) BeginTx(ctx context.Context, options *sql.TxOptions) (gorm.ConnPool, error) {
	tx, err := r.DB.BeginTx(ctx, options)
	if r.isForPrimary(ctx, err) {
		return r.primary.BeginTx(ctx, options)
	}
	return tx, err
}

// GetDBConn gives GORM the pool itself.
func (r *replica) GetDBConn() (*sql.DB, error) { return r.DB, nil }

// isForPrimary reports whether the primary may answer what the replica did not, and leaves the
// replica out from now on when it is gone.
func (r *replica) isForPrimary(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil {
		return false
	}
	if collided(err) { // with replication, which a standby lets win
		return true
	}
	if !isGone(err) {
		return false
	}
	if r.answers.Swap(false) {
		r.reached.forget()
		r.report(err)
	}
	return true
}

// isGone reports whether an error says that there is no server to talk to.
func isGone(err error) bool {
	var connect *pgconn.ConnectError
	var ended *pgconn.PgError
	var network net.Error
	switch {
	case errors.As(err, &connect):
		return true
	case errors.As(err, &ended): // shutdown, crash, starting; too many connections
		return strings.HasPrefix(ended.Code, "57P") || ended.Code == "53300"
	case errors.As(err, &network):
		return true
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, pgconn.ErrConnClosed)
}
