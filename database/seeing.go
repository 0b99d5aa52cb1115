package database

import (
	"context"
	"database/sql"
	"sync"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// Where replicas answer reads, they are some milliseconds behind the primary, or minutes where one
// stands still. Who wrote something must find it at once all the same, whichever instance answers
// and whatever the client sends along. So the primary counts how often each account wrote, in the
// very transaction that wrote: a replica that has come to the same number has the write too.

// Seen says what the reads of a context must see.
type Seen struct {
	// Account is who asks: its own writes are seen, and those of the context are counted for it.
	// Nil for who has none.
	Account uuid.UUID
	// Writes is how often the account had written, as the primary knew when it asked.
	Writes int64
	// Present asks for what anybody wrote: no replica answers.
	Present bool
}

// Seeing gives a context whose reads see what is asked for. All of them go to one server, so that
// they agree about what there is; a context that knows nothing of it may ask a replica each time.
func Seeing(ctx context.Context, seen Seen) context.Context {
	return context.WithValue(ctx, seeingKey{}, &seeing{Seen: seen})
}

type seeingKey struct{}

// seeing is what a context must see, and where it reads.
type seeing struct {
	Seen
	mutex  sync.Mutex
	chosen bool
	// replica answers; nil for the primary.
	replica *replica
}

func seeingOf(ctx context.Context) *seeing {
	s, _ := ctx.Value(seeingKey{}).(*seeing)
	return s
}

// replicaFor gives the replica that answers the reads of a context; nil for the primary.
func (d *Database) replicaFor(ctx context.Context) *replica {
	if len(d.replicas) == 0 {
		return nil
	}
	s := seeingOf(ctx)
	if s == nil {
		return d.anyReplica(func(*replica) bool { return true })
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if !s.chosen {
		s.chosen = true
		if !s.Present {
			s.replica = d.anyReplica(func(r *replica) bool { return r.has(ctx, s.Account, s.Writes) })
		}
	}
	if s.replica != nil && !s.replica.answers.Load() { // it went meanwhile
		s.replica = nil
	}
	return s.replica
}

// mostKnown bounds of how many accounts a replica's count is kept.
const mostKnown = 10_000

// reached is how far a replica is known to have come, by account.
type reached struct {
	mutex  sync.Mutex
	writes map[uuid.UUID]int64
}

func (k *reached) get(account uuid.UUID) int64 {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	return k.writes[account]
}

func (k *reached) set(account uuid.UUID, writes int64) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.writes == nil || len(k.writes) >= mostKnown {
		k.writes = map[uuid.UUID]int64{}
	}
	k.writes[account] = writes
}

func (k *reached) forget() {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.writes = nil
}

// has reports whether the replica has the writes of an account. It asks the replica where that is
// not known, once in a request.
func (r *replica) has(ctx context.Context, account uuid.UUID, writes int64) bool {
	if account == uuid.Nil || writes == 0 || r.reached.get(account) >= writes {
		return true
	}
	var there int64
	err := r.DB.QueryRowContext(ctx, "SELECT writes FROM accounts WHERE id = $1", account.String()).Scan(&there)
	if err != nil { // it is too old to have the account, or answers nothing
		r.isForPrimary(ctx, err)
		return false
	}
	r.reached.set(account, there)
	return there >= writes
}

// countWrite is what counts a write of an account.
const countWrite = "UPDATE accounts SET writes = writes + 1 WHERE id = "

// counted counts what a write transaction wrote for the account of its context, as its last
// statement: nobody else waits for the account's row then. SQLite has no replicas.
func (d *Database) counted(tx *gorm.DB) error {
	s := seeingOf(tx.Statement.Context)
	if d.dialect != Postgres || s == nil || s.Account == uuid.Nil {
		return nil
	}
	return writeBehind(tx, behind{what: "count a write", size: 1, statements: func(run func(string, ...any) error) error {
		return run(countWrite+"$1", s.Account.String())
	}})
}

// countLone has what is written without a transaction counted too, right after it.
func (d *Database) countLone(db *gorm.DB) error {
	count := func(tx *gorm.DB) {
		pool, alone := tx.Statement.ConnPool.(*sql.DB)
		s := seeingOf(tx.Statement.Context)
		if !alone || s == nil || s.Account == uuid.Nil || tx.Error != nil || tx.DryRun || tx.RowsAffected == 0 {
			return
		}
		if _, err := pool.ExecContext(tx.Statement.Context, countWrite+"$1", s.Account.String()); err != nil {
			// It is written: to say that it failed would be wrong. Its writer may miss it on a replica.
			d.logger.Warn("a write was not counted", "error", err)
		}
	}
	callbacks := db.Callback()
	for _, register := range []func(string, func(*gorm.DB)) error{callbacks.Create().After("*").Register, callbacks.Update().After("*").Register,
		callbacks.Delete().After("*").Register, callbacks.Raw().After("*").Register} {
		if err := register("plumbline:count_write", count); err != nil {
			return err
		}
	}
	return nil
}
