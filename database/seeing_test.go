package database_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/database/dbtest"
)

// account makes an account, and gives its id.
func account(t *testing.T, db *database.Database) uuid.UUID {
	t.Helper()
	id := uuid.New()
	run(t, db.Write(t.Context()).Exec("INSERT INTO accounts (id, name, role, created_at) VALUES (?, ?, 'editor', ?)", id, id.String(), time.Now()).Error)
	return id
}

// writesOf is how often an account wrote, as the primary counts.
func writesOf(t *testing.T, db *database.Database, id uuid.UUID) (n int64) {
	t.Helper()
	run(t, db.Write(t.Context()).Raw("SELECT writes FROM accounts WHERE id = ?", id).Scan(&n).Error)
	return n
}

func TestSeeing_countsEachWriteOfAnAccountOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		library(t, db)
		id := account(t, db)
		ctx := database.Seeing(t.Context(), database.Seen{Account: id})
		each := int64(1)
		if db.Dialect() == database.SQLite { // which has no replicas
			each = 0
		}
		for i, write := range []struct {
			what   string
			counts int64
			do     func() error
		}{
			{"a transaction", each, func() error {
				return db.Transaction(ctx, func(tx *gorm.DB) error { return tx.Create(&shelf{Name: "one"}).Error })
			}},
			{"a transaction that failed", 0, func() error {
				_ = db.Transaction(ctx, func(tx *gorm.DB) error { return context.Canceled })
				return nil
			}},
			{"a row", each, func() error { return db.Write(ctx).Create(&shelf{Name: "two"}).Error }},
			{"a statement", each, func() error { return db.Write(ctx).Exec("UPDATE shelves SET name = 'three' WHERE name = 'two'").Error }},
			{"a statement without effect", 0, func() error { return db.Write(ctx).Exec("UPDATE shelves SET name = 'x' WHERE name = 'none'").Error }},
			{"a deletion", each, func() error { return db.Write(ctx).Delete(&shelf{}, "name = 'three'").Error }},
			{"a read", 0, func() error { return db.Write(ctx).Find(&[]shelf{}).Error }},
			{"a write for nobody", 0, func() error { return db.Write(t.Context()).Create(&shelf{Name: "four"}).Error }},
		} {
			before := writesOf(t, db, id)
			run(t, write.do())
			if counted := writesOf(t, db, id) - before; counted != write.counts {
				t.Errorf("%d: %s counted as %d", i, write.what, counted)
			}
		}
	})
}

// testReplicaSeeing is part of TestReplica.
func testReplicaSeeing(t *testing.T, db *database.Database, standby *dbtest.Standby) {
	writer, other := account(t, db), account(t, db)
	eventually(t, "the replica had the accounts", func() bool {
		var n int64
		return db.Read(t.Context()).Raw("SELECT count(*) FROM accounts WHERE id IN ?", []uuid.UUID{writer, other}).Scan(&n).Error == nil && n == 2
	})
	seen := func(id uuid.UUID) context.Context {
		return database.Seeing(t.Context(), database.Seen{Account: id, Writes: writesOf(t, db, id)})
	}
	standby.Pause(t)
	defer standby.Resume(t)

	before := count(t, db.Write(t.Context()), "shelves")
	run(t, db.Write(seen(writer)).Create(&shelf{Name: "mine"}).Error)
	for who, ctx := range map[string]context.Context{"its writer": seen(writer), "who wants the present": database.Seeing(t.Context(), database.Seen{Present: true})} {
		if onStandby(t, db.Read(ctx)) || count(t, db.Read(ctx), "shelves") != before+1 {
			t.Errorf("%s misses what the replica has not", who)
		}
		run(t, db.ReadTransaction(ctx, func(tx *gorm.DB) error {
			if onStandby(t, tx) {
				t.Errorf("a snapshot of %s is the replica's", who)
			}
			return nil
		}))
	}
	for who, ctx := range map[string]context.Context{"somebody else": seen(other), "the public": database.Seeing(t.Context(), database.Seen{})} {
		if !onStandby(t, db.Read(ctx)) {
			t.Errorf("%s is not answered by the replica", who)
		}
	}

	// One request stays where it began, so that its reads agree.
	began := seen(writer)
	if onStandby(t, db.Read(began)) {
		t.Fatal("it began on the replica")
	}
	standby.Resume(t)
	eventually(t, "the writer is answered by the replica again", func() bool { return onStandby(t, db.Read(seen(writer))) })
	if onStandby(t, db.Read(began)) {
		t.Error("a request went on at another server")
	}
	if n := count(t, db.Read(seen(writer)), "shelves"); n != before+1 {
		t.Errorf("%d shelves, expected %d", n, before+1)
	}

	// A request that began on the replica goes on at the primary when the replica is gone.
	ctx := seen(writer)
	if !onStandby(t, db.Read(ctx)) {
		t.Fatal("it does not begin on the replica")
	}
	run(t, db.Write(t.Context()).Delete(&shelf{}, "name = 'mine'").Error)
	standby.Kill()
	if onStandby(t, db.Read(ctx)) {
		t.Error("the dead replica answers")
	}
	standby.Start(t)
}
