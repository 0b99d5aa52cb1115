package database_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"gorm.io/gorm"

	"plumbline/database"
)

// shelves are so many shelves from an id on, named by it.
func shelves(first, n int64) []shelf {
	list := make([]shelf, n)
	for i := range list {
		list[i] = shelf{ID: first + int64(i), Name: fmt.Sprint("shelf ", first+int64(i))}
	}
	return list
}

func TestBehind_keepsTheOrder(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{1, 3, 300, 5000} { // few wait; many are written beside what comes next
		inLibraries(t, func(t *testing.T, db *database.Database) {
			run(t, db.Transaction(t.Context(), func(tx *gorm.DB) error {
				for round := range int64(4) {
					first := 1000 + round*n
					run(t, database.Insert(tx, shelves(first, n)))
					books := make([]book, n)
					for i := range books { // each needs its shelf
						books[i] = book{ID: first + int64(i), ShelfID: first + int64(i), Title: "a", Pages: 1}
					}
					run(t, database.Insert(tx, books))
					run(t, database.ExecBehind(tx, "UPDATE books SET pages = pages + 1 WHERE shelf_id >= ?", 1000))
				}
				if got := count(t, tx, "books"); got != int(4*n) {
					t.Errorf("%d books are there within the transaction, expected %d", got, 4*n)
				}
				return nil
			}))
			var pages int64
			run(t, db.Read(t.Context()).Raw("SELECT sum(pages) FROM books").Scan(&pages).Error)
			if pages != n*(5+4+3+2) {
				t.Errorf("the books have %d pages, expected %d", pages, n*14)
			}
		})
	}
}

func TestBehind_whatFailsUndoesEverything(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{1, 1000} {
		inLibraries(t, func(t *testing.T, db *database.Database) {
			wrong := func(tx *gorm.DB) {
				list := shelves(1000, n)
				list[n-1].Name = "law"
				_ = database.Insert(tx, list) // it fails here, or later
			}
			for name, then := range map[string]func(tx *gorm.DB) error{
				"nothing":   func(*gorm.DB) error { return nil },
				"an insert": func(tx *gorm.DB) error { _ = database.Insert(tx, shelves(5000, 1)); return nil },
				"a statement": func(tx *gorm.DB) error {
					if tx.Exec("UPDATE shelves SET name = 'x'").Error == nil {
						t.Error("a statement ran after one that failed")
					}
					return nil
				},
				"a query": func(tx *gorm.DB) error {
					var names []string
					if tx.Model(&shelf{}).Pluck("name", &names).Error == nil {
						t.Error("a query ran after a statement that failed")
					}
					return nil
				},
				"a row": func(tx *gorm.DB) error {
					var n int
					if tx.Raw("SELECT count(*) FROM shelves").Row().Scan(&n) == nil {
						t.Error("a row was read after a statement that failed")
					}
					return nil
				},
				"reads": func(tx *gorm.DB) error {
					reads, list := database.NewReads(tx), []shelf{}
					reads.Add("find shelves", func(tx *gorm.DB) *gorm.DB { return tx.Find(&list) }, func() error { return nil })
					if reads.Run() == nil {
						t.Error("reads were answered after a statement that failed")
					}
					return nil
				},
			} {
				err := db.Transaction(t.Context(), func(tx *gorm.DB) error {
					run(t, database.Insert(tx, shelves(10, 2)))
					wrong(tx)
					return then(tx)
				})
				if !errors.Is(err, gorm.ErrDuplicatedKey) || !strings.Contains(err.Error(), "insert into shelves") {
					t.Errorf("%s after %d rows of which one is wrong: %v", name, n, err)
				}
				if got := count(t, db.Write(t.Context()), "shelves"); got != 1 {
					t.Errorf("%s: %d shelves are there, expected 1", name, got)
				}
			}
		})
	}
}

func TestBehind_isUndoneWithItsSavepoint(t *testing.T) {
	t.Parallel()
	inLibraries(t, func(t *testing.T, db *database.Database) {
		run(t, db.Transaction(t.Context(), func(tx *gorm.DB) error {
			run(t, database.Insert(tx, shelves(10, 2)))
			err := tx.Transaction(func(tx *gorm.DB) error {
				run(t, database.Insert(tx, shelves(20, 2)))
				_ = database.Insert(tx, []shelf{{ID: 30, Name: "law"}}) // there is one
				return errors.New("no")
			})
			if err == nil {
				t.Error("the inner transaction gave no error")
			}
			return database.Insert(tx, shelves(40, 2))
		}))
		if got := count(t, db.Write(t.Context()), "shelves"); got != 1+4 {
			t.Errorf("%d shelves are there, expected 5", got)
		}
	})
}

func TestBehind_endsWithItsContext(t *testing.T) {
	t.Parallel()
	inLibraries(t, func(t *testing.T, db *database.Database) {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Transaction(ctx, func(tx *gorm.DB) error {
			run(t, database.Insert(tx, shelves(1000, 3000)))
			cancel()
			_ = database.Insert(tx, shelves(9000, 3000))
			return nil
		})
		if err == nil {
			t.Error("it was committed")
		}
		run(t, db.Transaction(t.Context(), func(tx *gorm.DB) error { return database.Insert(tx, shelves(10, 1)) }))
		if got := count(t, db.Write(t.Context()), "shelves"); got != 2 {
			t.Errorf("%d shelves are there, expected 2", got)
		}
	})
}

func TestReads_seeWhatWaits(t *testing.T) {
	t.Parallel()
	inLibraries(t, func(t *testing.T, db *database.Database) {
		run(t, db.Transaction(t.Context(), func(tx *gorm.DB) error {
			run(t, database.Insert(tx, shelves(10, 2)))
			run(t, database.Insert(tx, []book{{ID: 7, ShelfID: 11, Title: "a", Lent: true, Pages: 3}}))
			var order []string
			taken := func(name string) func() error {
				return func() error { order = append(order, name); return nil }
			}
			var found []shelf
			var books []book
			var named []struct {
				ID   int64
				Name string
			}
			reads := database.NewReads(tx)
			reads.Add("find shelves", func(tx *gorm.DB) *gorm.DB { return tx.Order("id").Find(&found, "id > ?", 1) }, taken("shelves"))
			reads.Add("find books", func(tx *gorm.DB) *gorm.DB { return tx.Find(&books) }, taken("books"))
			reads.Add("find names", func(tx *gorm.DB) *gorm.DB {
				return tx.Raw("SELECT id, name FROM shelves WHERE id IN ?", []int64{1}).Find(&named)
			}, taken("names"))
			run(t, reads.Run())
			if fmt.Sprint(order, found, books, named) != "[shelves books names] [{10 shelf 10} {11 shelf 11}] [{7 11 a true 3 6}] [{1 law}]" {
				t.Error(order, found, books, named)
			}
			run(t, reads.Run()) // nothing is left to be read

			return nil
		}))

		err := db.Transaction(t.Context(), func(tx *gorm.DB) error {
			var found []shelf
			reads := database.NewReads(tx)
			reads.Add("find nonsense", func(tx *gorm.DB) *gorm.DB { return tx.Raw("SELECT nonsense FROM shelves").Find(&found) }, func() error {
				t.Error("what could not be read was taken")
				return nil
			})
			return reads.Run()
		})
		if err == nil || !strings.Contains(err.Error(), "find nonsense") {
			t.Errorf("a wrong read gave %v", err)
		}
	})
}
