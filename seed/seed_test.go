package seed

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"plumbline/database"
	"plumbline/database/dbtest"
	"plumbline/models"
	"plumbline/services"
)

func newServices(t *testing.T, db *database.Database) (*services.Services, models.Actor) {
	t.Helper()
	key, err := services.EnterLogKey(t.Context(), db, filepath.Join(t.TempDir(), "log.key"))
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

func TestLoad_leavesWhatOthersWrote(t *testing.T) {
	db := dbtest.SQLite(t)
	s, by := newServices(t, db)
	ctx := context.Background()
	text := "summary: One\nsources:\n  - {key: a, kind: article, title: An article}\n  - {key: b, kind: article, title: Another}\n"
	data := fstest.MapFS{"x/1.yaml": {Data: []byte(text)}}
	if _, err := load(ctx, s, by, data, []string{"x"}); err != nil {
		t.Fatal(err)
	}
	account, err := s.CreateAccount(ctx, services.Operator(), "Somebody else", models.RoleEditor)
	if err != nil {
		t.Fatal(err)
	}
	other := models.Actor{Account: account.ID, Name: account.Name, Role: account.Role}
	_, err = s.Submit(ctx, other, models.Changeset{Operations: []models.Operation{
		{Op: models.OpEdit, Type: models.TypeSource, ID: entryID("x", "a"), Version: 1, Edit: models.Corrected, Reason: "Better",
			Data: &models.Source{Kind: "article", Title: "A better title"}},
		{Op: models.OpRetract, Type: models.TypeSource, ID: entryID("x", "b"), Version: 1, Reason: "No source"}}})
	if err != nil {
		t.Fatal(err)
	}

	size, _ := s.Size(ctx)
	got, err := load(ctx, s, by, data, []string{"x"})
	if err != nil || got != (Result{Kept: 2}) {
		t.Errorf("%+v, %v", got, err)
	}
	if after, err := s.Size(ctx); err != nil || after != size {
		t.Errorf("the log grew from %d to %d, %v", size, after, err)
	}
}

func TestLoad_namesWhatIsWrong(t *testing.T) {
	db := dbtest.SQLite(t)
	s, by := newServices(t, db)
	const good = "summary: x\nsources:\n  - key: first\n    kind: article\n    title: A\n"
	for name, one := range map[string]struct {
		text string
		want []string
	}{
		"unknown list":    {good + "sorces:\n  - {key: a}\n", []string{"line 6", `"sorces"`, `Did you mean "sources"`}},
		"no summary":      {"sources:\n  - {key: a, kind: article, title: A}\n", []string{`add a line "summary: …"`}},
		"no key":          {good + "  - kind: article\n    title: A\n", []string{"line 6", "needs a key"}},
		"key twice":       {good + "  - {key: first, kind: article, title: B}\n", []string{"line 6, first", "x/1.yaml, line 3 has this key"}},
		"field twice":     {good + "    kind: report\n", []string{"already defined", "6 |"}},
		"unknown key":     {good + "    publishers:\n      - frist\n", []string{"line 7, first, publishers 0", `Did you mean "first"`}},
		"key is a number": {good + "    publishers: [7]\n", []string{"line 6", "the key of an entry belongs"}},
		"unknown field":   {good + "    titel: B\n", []string{"line 6, first, titel", `Did you mean "title"`}},
		"field within":    {good + "    reports_on:\n      - {source: first, exmined: true}\n", []string{"line 6, first, reports_on", "exmined"}},
		"bad date":        {good + "    published: 2025-13\n", []string{"line 6, first, published", "2025-13"}},
		"bad code":        {good + "  - key: b\n    title: B\n    kind: artikel\n", []string{"line 8, b, kind", `Did you mean "article"`}},
		"no citation":     {good + "entities:\n  - {key: m, kind: company, name: M}\n", []string{"line 7, m", "cite"}},
		"two documents":   {good + "---\n" + good, []string{"one document"}},
		"no list":         {good + "claims: none\n", []string{"line 6", "comes a list"}},
		"no mapping":      {"just words", []string{"begin with"}},
		"nothing":         {"", []string{"one document"}},
		"broken":          {good + "   x: [1\n", []string{"x/1.yaml", "6 |"}},
	} {
		_, err := load(context.Background(), s, by, fstest.MapFS{"x/1.yaml": {Data: []byte(one.text)}}, []string{"x"})
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		for _, want := range one.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: no %q in: %v", name, want, err)
			}
		}
	}
	if size, err := s.Size(context.Background()); err != nil || size != 0 {
		t.Errorf("something was written: size %d, %v", size, err)
	}
}

// A mistake in a later file must not leave the earlier ones loaded.
func TestLoad_readsAllFilesBeforeItWrites(t *testing.T) {
	db := dbtest.SQLite(t)
	s, by := newServices(t, db)
	_, err := load(context.Background(), s, by, fstest.MapFS{
		"x/1.yaml": {Data: []byte("summary: x\nsources:\n  - {key: a, kind: article, title: A}\n")},
		"x/2.yaml": {Data: []byte("summary: y\nclaims:\n  - {key: c, stance: states, text: T, speakers: [nobody], citations: [a]}\nlinks:\n  - {key: l, type: provides, subject: a}\n")},
	}, []string{"x"})
	if err == nil || strings.Count(err.Error(), "x/2.yaml, line ") < 2 {
		t.Errorf("not every mistake was named: %v", err)
	}
	if size, err := s.Size(context.Background()); err != nil || size != 0 {
		t.Errorf("something was written: size %d, %v", size, err)
	}
}

func FuzzParseFile(f *testing.F) {
	f.Add([]byte("summary: x\nsources:\n  - {key: a}\n"))
	f.Add([]byte("summary: x\nclaims:\n  - key: a\n    said_on: {text: 2025-08, words: early August}\n    about: [a, b]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 10_000 {
			return
		}
		parsed, err := parseFile("fuzz.yaml", text) // must not panic
		if err != nil {
			return
		}
		for _, e := range parsed.entries {
			if e.key == "" || e.fields == nil || lineOf(e.node) < 1 {
				t.Errorf("an entry without key, fields or line in %q", text)
			}
			for name, value := range e.fields {
				_ = plain(name, value) // must not panic
				_ = e.errorf("/"+name+"/0", "x")
			}
		}
	})
}
