package seed

import (
	"context"
	"path/filepath"
	"testing"
	"testing/fstest"

	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/services"
)

func newServices(t *testing.T, db *database.Database) (*services.Services, models.Actor) {
	t.Helper()
	key, err := services.OpenLogKey(filepath.Join(t.TempDir(), "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	s := services.New(db, services.Settings{LogKey: key})
	account, err := s.CreateAccount(context.Background(), services.Operator(), AccountName, models.RoleEditor)
	if err != nil {
		t.Fatal(err)
	}
	return s, models.Actor{Account: account.ID, Name: account.Name, Role: account.Role}
}

func TestLoad_twiceChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		s, by := newServices(t, db)
		first, err := Load(context.Background(), s, by)
		if err != nil {
			t.Fatal(err)
		}
		size, err := s.Size(context.Background())
		if err != nil || int(size) != first.Created || first.Created < 150 {
			t.Fatalf("size %d, %+v, %v", size, first, err)
		}

		second, err := Load(context.Background(), s, by)
		if err != nil {
			t.Fatal(err)
		}
		if second.Created != 0 || second.Edited != 0 || second.Unchanged != first.Created {
			t.Errorf("the second load: %+v", second)
		}
		report, err := s.Verify(context.Background(), "")
		if err != nil || len(report.Problems) > 0 {
			t.Errorf("verify: %v, %v", report.Problems, err)
		}
	})
}

func TestLoad_entersACorrection(t *testing.T) {
	db := dbtest.SQLite(t)
	s, by := newServices(t, db)
	text := "summary: One\nsources:\n  - {key: a, kind: article, title: An article, published: 2024}\n"
	for _, step := range []struct {
		text string
		want Result
	}{{text, Result{Created: 1}}, {text[:len(text)-6] + "2025}\n", Result{Edited: 1}}, {text[:len(text)-6] + "2025}\n", Result{Unchanged: 1}}} {
		got, err := load(context.Background(), s, by, fstest.MapFS{"x/1.yaml": {Data: []byte(step.text)}}, []string{"x"})
		if err != nil || got != step.want {
			t.Fatalf("%s: %+v, %v", step.text, got, err)
		}
	}
}

func TestLoad_namesWhatIsWrong(t *testing.T) {
	db := dbtest.SQLite(t)
	s, by := newServices(t, db)
	for name, text := range map[string]string{
		"unknown list":  "sumary: x\n",
		"no key":        "sources:\n  - {kind: article, title: A}\n",
		"key twice":     "sources:\n  - {key: a, kind: article, title: A}\n  - {key: a, kind: article, title: B}\n",
		"unknown key":   "sources:\n  - {key: a, kind: article, title: A, publishers: [nobody]}\n",
		"unknown field": "sources:\n  - {key: a, kind: article, titel: A}\n",
		"bad date":      "sources:\n  - {key: a, kind: article, title: A, published: 2025-13}\n",
	} {
		_, err := load(context.Background(), s, by, fstest.MapFS{"x/1.yaml": {Data: []byte(text)}}, []string{"x"})
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if size, err := s.Size(context.Background()); err != nil || size != 0 {
		t.Errorf("something was written: size %d, %v", size, err)
	}
}

func FuzzParseFile(f *testing.F) {
	f.Add([]byte("summary: x\nsources:\n  - {key: a}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 10_000 {
			return
		}
		_, _ = parseFile("fuzz.yaml", text) // must not panic
	})
}
