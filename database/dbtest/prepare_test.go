package dbtest

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"plumbline/database"
)

func TestPrepare_fillsOncePerEngineAndGivesEachTestItsOwn(t *testing.T) {
	filled := map[string]int{}
	prepared := Prepare(func(t testing.TB, db *database.Database, folder string) string {
		filled[db.Dialect()]++
		for _, statement := range []string{"CREATE TABLE mine (a BIGINT)", "INSERT INTO mine VALUES (7)"} {
			if err := db.Write(t.Context()).Exec(statement).Error; err != nil {
				t.Fatal(err)
			}
		}
		if err := os.MkdirAll(filepath.Join(folder, "a", "b"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "a", "b", "key"), []byte("secret"), 0o600); err != nil {
			t.Fatal(err)
		}
		return "seven"
	})
	for range 3 {
		prepared.Each(t, func(t *testing.T, c Copy[string]) {
			t.Parallel()
			path := filepath.Join(c.Folder, "a", "b", "key")
			key, err := os.ReadFile(path)
			if err != nil || string(key) != "secret" || c.Value != "seven" {
				t.Errorf("the key is %q (%v), the value %q", key, err, c.Value)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the key's mode is %v (%v)", info.Mode(), err)
			}
			if err := os.WriteFile(path, []byte("changed"), 0o600); err != nil {
				t.Fatal(err)
			}
			var sum int
			if err := c.Write(t.Context()).Raw("SELECT sum(a) FROM mine").Scan(&sum).Error; err != nil || sum != 7 {
				t.Errorf("the sum is %d (%v); another test was here", sum, err)
			}
			if err := c.Write(t.Context()).Exec("INSERT INTO mine VALUES (1)").Error; err != nil {
				t.Fatal(err)
			}
			if err := Open(t, c.URL).Read(t.Context()).Raw("SELECT sum(a) FROM mine").Scan(&sum).Error; err != nil || sum != 8 {
				t.Errorf("at its address the sum is %d (%v)", sum, err)
			}
		})
	}
	for dialect, times := range filled {
		if times != 1 {
			t.Errorf("%s was filled %d times", dialect, times)
		}
	}
	if filled[database.SQLite] == 0 {
		t.Error("SQLite was never filled")
	}
}

func TestPrepare_failsEveryTestWhereItFailed(t *testing.T) {
	prepared := Prepare(func(t testing.TB, _ *database.Database, _ string) int {
		t.Fatal("no")
		return 0
	})
	for _, want := range []string{"failed: no", "failed: The database could not be prepared; the first test that needed it says why."} {
		e := &ending{TB: t}
		var run sync.WaitGroup
		run.Go(func() { prepared.SQLite(e) })
		run.Wait()
		if e.how != want {
			t.Errorf("it %s, want it %s", e.how, want)
		}
	}
}

func TestQuick_leavesOutPostgres(t *testing.T) {
	t.Setenv(Mode, Quick)
	t.Setenv("PLUMBLINE_REQUIRE_ALL", "1")
	prepared := Prepare(func(testing.TB, *database.Database, string) int { return 0 })
	for name, take := range map[string]func(testing.TB){
		"Postgres": func(t testing.TB) { Postgres(t) }, "NewStandby": func(t testing.TB) { NewStandby(t) }, "Prepared": func(t testing.TB) { prepared.Postgres(t) },
	} {
		e := &ending{TB: t}
		var run sync.WaitGroup
		run.Go(func() { take(e) })
		run.Wait()
		if e.how != "skipped: PostgreSQL is left out: PLUMBLINE_TEST is quick" {
			t.Errorf("%s: %s", name, e.how)
		}
	}
}
