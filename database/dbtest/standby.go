package dbtest

import (
	"os"
	"strings"
	"testing"
)

// Standby is a streaming replica of this process's own PostgreSQL server.
type Standby struct {
	primary string
	cluster *cluster
}

// NewStandby gives a fresh, migrated database and a running replica of its server; both go with
// the test.
func NewStandby(t testing.TB) *Standby {
	t.Helper()
	requireBinaries(t)
	s, err := ownServer()
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	primary, err := theCluster()
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	standby, err := newCluster()
	if err != nil {
		t.Fatalf("prepare the standby: %v", err)
	}
	t.Cleanup(func() {
		standby.stop()
		os.RemoveAll(standby.folder)
	})

	r := &Standby{primary: s.clone(t, s.template), cluster: standby}
	if err := standby.run("pg_basebackup", "--pgdata", standby.data(), "--dbname", primary.url("postgres"), "--write-recovery-conf", "--checkpoint=fast", "--no-sync"); err != nil {
		t.Fatalf("copy the primary: %v", err)
	}
	r.Start(t)
	return r
}

// PrimaryURL is the address of the database on the primary.
func (r *Standby) PrimaryURL() string { return r.primary }

// URL is the address of the same database on the replica.
func (r *Standby) URL() string {
	path := strings.SplitN(strings.TrimPrefix(r.primary, "postgres://"), "/", 2)[1]
	return r.cluster.url(strings.SplitN(path, "?", 2)[0])
}

// Kill ends the replica as a crash would.
func (r *Standby) Kill() { r.cluster.stop() }

// Start starts the replica, at first or after Kill.
func (r *Standby) Start(t testing.TB) {
	t.Helper()
	if err := r.cluster.start(); err != nil {
		t.Fatalf("start the standby: %v", err)
	}
}

// Pause has the replica stand still: it answers, and takes in nothing new until Resume.
func (r *Standby) Pause(t testing.TB) { r.ask(t, "SELECT pg_wal_replay_pause()") }

// Resume ends Pause.
func (r *Standby) Resume(t testing.TB) { r.ask(t, "SELECT pg_wal_replay_resume()") }

func (r *Standby) ask(t testing.TB, statement string) {
	t.Helper()
	if err := r.cluster.run("psql", "--no-psqlrc", "--quiet", "--dbname", r.cluster.url("postgres"), "--command", statement); err != nil {
		t.Fatalf("ask the standby: %v", err)
	}
}

// Promote makes the replica a primary of its own.
func (r *Standby) Promote(t testing.TB) {
	t.Helper()
	if err := r.cluster.run("pg_ctl", "promote", "--wait", "-D", r.cluster.data()); err != nil {
		t.Fatalf("promote the standby: %v", err)
	}
}
