package database_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/database/dbtest"
)

func TestReadTransaction_seesOneSnapshot(t *testing.T) {
	t.Parallel()
	inLibraries(t, func(t *testing.T, db *database.Database) {
		run(t, db.ReadTransaction(t.Context(), func(tx *gorm.DB) error {
			before := count(t, tx, "shelves")
			run(t, db.Write(t.Context()).Create(&shelf{Name: "poetry"}).Error)
			if after := count(t, tx, "shelves"); after != before {
				t.Errorf("%d shelves became %d within a snapshot", before, after)
			}
			return nil
		}))
		if n := count(t, db.Read(t.Context()), "shelves"); n != 2 {
			t.Errorf("afterwards there are %d shelves, expected 2", n)
		}
	})
}

func TestReadTransaction_refusesWrites(t *testing.T) {
	t.Parallel()
	inLibraries(t, func(t *testing.T, db *database.Database) {
		err := db.ReadTransaction(t.Context(), func(tx *gorm.DB) error { return tx.Create(&shelf{Name: "poetry"}).Error })
		if err == nil {
			t.Error("it wrote")
		}
		if n := count(t, db.Read(t.Context()), "shelves"); n != 1 {
			t.Errorf("there are %d shelves, expected 1", n)
		}
	})
}

func TestRead_doesNotSeeWhatIsNotCommitted(t *testing.T) {
	t.Parallel()
	inLibraries(t, func(t *testing.T, db *database.Database) {
		run(t, db.Transaction(t.Context(), func(tx *gorm.DB) error {
			run(t, tx.Create(&shelf{Name: "poetry"}).Error)
			if inside, outside := count(t, tx, "shelves"), count(t, db.Read(t.Context()), "shelves"); inside != 2 || outside != 1 {
				t.Errorf("%d shelves inside, %d outside", inside, outside)
			}
			return nil
		}))
	})
}

// collide ends a transaction as PostgreSQL does when others get in its way.
func collide(tx *gorm.DB, code string) error {
	return tx.Exec(fmt.Sprintf("DO $$BEGIN RAISE EXCEPTION 'others' USING ERRCODE = '%s'; END$$", code)).Error
}

func TestTransaction_isTriedThreeTimes(t *testing.T) {
	t.Parallel()
	db := dbtest.Postgres(t)
	library(t, db)
	for code, want := range map[string]int{"40001": 3, "40P01": 3, "23505": 1, "P0001": 1} {
		tries := 0
		err := db.Transaction(t.Context(), func(tx *gorm.DB) error {
			tries++
			return collide(tx, code)
		})
		if err == nil || tries != want {
			t.Errorf("%s: %d tries gave %v, expected %d", code, tries, err, want)
		}
	}

	tries := 0
	run(t, db.Transaction(t.Context(), func(tx *gorm.DB) error {
		tries++
		run(t, tx.Create(&shelf{Name: "poetry"}).Error)
		if tries == 3 {
			return nil
		}
		return fmt.Errorf("wrapped: %w", collide(tx, "40001"))
	}))
	if n := count(t, db.Read(t.Context()), "shelves"); n != 2 {
		t.Errorf("the last try left %d shelves, expected 2", n)
	}
}

func TestTransaction_isNotTriedAnewForNobody(t *testing.T) {
	t.Parallel()
	db := dbtest.Postgres(t)
	ctx, cancel := context.WithCancel(t.Context())
	tries := 0
	err := db.Transaction(ctx, func(tx *gorm.DB) error {
		tries++
		err := collide(tx, "40001")
		cancel()
		return err
	})
	if err == nil || tries != 1 {
		t.Errorf("%d tries gave %v", tries, err)
	}
}

func TestTransaction_survivesADeadlock(t *testing.T) {
	t.Parallel()
	db := dbtest.Postgres(t)
	library(t, db)
	run(t, db.Write(t.Context()).Create(&shelf{ID: 2, Name: "art"}).Error)

	var both, writers sync.WaitGroup
	both.Add(2)
	for _, order := range [][2]int{{1, 2}, {2, 1}} {
		first := true
		writers.Go(func() {
			err := db.Transaction(t.Context(), func(tx *gorm.DB) error {
				err := errors.Join(tx.Exec("SET LOCAL deadlock_timeout = '50ms'").Error,
					tx.Exec("UPDATE shelves SET name = name || '.' WHERE id = ?", order[0]).Error)
				if first { // each holds one row before either asks for the other
					first = false
					both.Done()
					both.Wait()
				}
				return errors.Join(err, tx.Exec("UPDATE shelves SET name = name || '.' WHERE id = ?", order[1]).Error)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	var names []string
	run(t, db.Read(t.Context()).Model(&shelf{}).Order("id").Pluck("name", &names).Error)
	if fmt.Sprint(names) != "[law.. art..]" {
		t.Errorf("the shelves are %v", names)
	}
}
