package database_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/database/dbtest"
)

// onStandby reports whether a read is answered by a standby.
func onStandby(t *testing.T, tx *gorm.DB) (standby bool) {
	t.Helper()
	run(t, tx.Raw("SELECT pg_is_in_recovery()").Scan(&standby).Error)
	return standby
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !condition(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came that %s", what)
		}
	}
}

// TestReplica tells the life of one standby, in order: it takes seconds to make one.
func TestReplica(t *testing.T) {
	t.Parallel()
	standby := dbtest.NewStandby(t)
	open := func(t *testing.T) *database.Database {
		db := dbtest.Open(t, standby.PrimaryURL(), standby.URL())
		eventually(t, "the replica answered", func() bool { return onStandby(t, db.Read(t.Context())) })
		return db
	}
	library(t, dbtest.Open(t, standby.PrimaryURL()))

	t.Run("reads and never writes", func(t *testing.T) { testReplicaReads(t, open(t)) })
	t.Run("does not hide a cancelled read", func(t *testing.T) { testReplicaCancelled(t, open(t)) })
	t.Run("shows nobody less than they wrote", func(t *testing.T) { testReplicaSeeing(t, open(t), standby) })
	t.Run("is replaced by the primary when it dies", func(t *testing.T) { testReplicaDies(t, open(t), standby) })
	t.Run("is left out once promoted", func(t *testing.T) { testReplicaPromoted(t, open(t), standby) })
}

func testReplicaReads(t *testing.T, db *database.Database) {
	ctx := t.Context()
	if !onStandby(t, db.Read(ctx)) || onStandby(t, db.Write(ctx)) {
		t.Fatal("reads do not go to the replica, or writes do")
	}
	run(t, db.ReadTransaction(ctx, func(tx *gorm.DB) error {
		if !onStandby(t, tx) {
			t.Error("a read transaction does not go to the replica")
		}
		return nil
	}))
	run(t, db.Transaction(ctx, func(tx *gorm.DB) error {
		if onStandby(t, tx) {
			t.Error("a write transaction goes to the replica")
		}
		return nil
	}))

	eventually(t, "the replica had the row", func() bool {
		var n int64
		return db.Read(ctx).Model(&shelf{}).Count(&n).Error == nil && n == 1
	})
	if err := db.Read(ctx).Create(&shelf{Name: "poetry"}).Error; err == nil {
		t.Error("a read pool wrote")
	}
}

func testReplicaDies(t *testing.T, db *database.Database, standby *dbtest.Standby) {
	ctx := t.Context()
	for name, read := range map[string]func() error{
		"a query": func() error { return db.Read(ctx).Raw("SELECT 1").Scan(new(int)).Error },
		"a row":   func() error { return db.Read(ctx).Raw("SELECT 1").Row().Scan(new(int)) },
		"a snapshot": func() error {
			return db.ReadTransaction(ctx, func(tx *gorm.DB) error { return tx.Raw("SELECT 1").Row().Scan(new(int)) })
		},
	} {
		eventually(t, "the replica answered", func() bool { return onStandby(t, db.Read(ctx)) })
		var readers sync.WaitGroup
		for range 8 { // fill the pool with connections that are about to break
			readers.Go(func() {
				if err := db.Read(ctx).Exec("SELECT pg_sleep(0.05)").Error; err != nil {
					t.Error(err)
				}
			})
		}
		readers.Wait()

		standby.Kill()
		for range 20 {
			if err := read(); err != nil {
				t.Errorf("%s failed: %v", name, err)
			}
		}
		if onStandby(t, db.Read(ctx)) {
			t.Errorf("after %s, the dead replica answers", name)
		}
		standby.Start(t)
	}
}

func TestReplica_thatIsAbsentOrNoStandbyIsLeftOut(t *testing.T) {
	t.Parallel()
	primary := dbtest.PostgresURL(t)
	var log bytes.Buffer
	missing := fmt.Sprintf("postgres://x:%s@127.0.0.1:%d/x", secret, closedPort(t))
	db, err := database.Open(t.Context(), database.Settings{
		URL: primary, Replicas: []string{missing, primary},
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	run(t, err)
	answered := onStandby(t, db.Read(t.Context()))
	db.Close() // ends what else writes to the log
	if answered {
		t.Error("there is no standby, yet one answered")
	}
	for _, want := range []string{"replica=1", "Nothing answers", "replica=2", "no standby"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is not in the log:\n%s", want, &log)
		}
	}
	if strings.Contains(log.String(), secret) {
		t.Errorf("the log shows the password:\n%s", &log)
	}
}

func testReplicaPromoted(t *testing.T, db *database.Database, standby *dbtest.Standby) {
	eventually(t, "the replica had the row", func() bool {
		var n int64
		return db.Read(t.Context()).Model(&shelf{}).Count(&n).Error == nil && n == 1
	})
	standby.Promote(t)
	run(t, db.Write(t.Context()).Create(&shelf{Name: "after"}).Error)
	eventually(t, "reads saw what the primary wrote", func() bool { return count(t, db.Read(t.Context()), "shelves") == 2 })
}

func testReplicaCancelled(t *testing.T, db *database.Database) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := db.Read(ctx).Raw("SELECT pg_sleep(5)").Row().Err(); err == nil {
		t.Error("a cancelled read gave no error")
	}
	if !onStandby(t, db.Read(t.Context())) {
		t.Error("the replica was left out because a caller went away")
	}
}
