package dbtest

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"plumbline/database"
)

// Prepared is a database that one function fills, once per process and engine; each test takes a
// copy of it, which costs milliseconds:
//
//	var theCase = dbtest.Prepare(func(t testing.TB, db *database.Database, folder string) models.Actor { … })
//
//	theCase.Each(t, func(t *testing.T, c dbtest.Copy[models.Actor]) { … })
type Prepared[T any] struct {
	fill             func(t testing.TB, db *database.Database, folder string) T
	sqlite, postgres filled[T]
}

// Prepare tells how to fill a migrated database. The function leaves files that belong to it, such
// as the key of the log, in the folder; the value it gives is what tests need to know, and is the
// same for all copies, so it must hold nothing that a test changes or that goes with a test. The t
// is that of the test that comes first.
func Prepare[T any](fill func(t testing.TB, db *database.Database, folder string) T) *Prepared[T] {
	return &Prepared[T]{fill: fill}
}

// Copy is a test's own copy of a prepared database, open as long as the test runs.
type Copy[T any] struct {
	*database.Database
	// URL is the address of the copy.
	URL string
	// Folder holds copies of the files.
	Folder string
	// Value is what the preparing function gave.
	Value T
}

// Each runs a test as subtests "sqlite" and "postgres", each on a copy of its own.
func (p *Prepared[T]) Each(t *testing.T, test func(t *testing.T, c Copy[T])) {
	t.Helper()
	t.Run(database.SQLite, func(t *testing.T) { test(t, p.SQLite(t)) })
	t.Run(database.Postgres, func(t *testing.T) { test(t, p.Postgres(t)) })
}

// SQLite gives a copy in an SQLite file.
func (p *Prepared[T]) SQLite(t testing.TB) Copy[T] {
	t.Helper()
	p.sqlite.once(t, func(folder string) T {
		url := SQLiteURL(t)
		value := p.fillAt(t, url, folder)
		content, err := os.ReadFile(strings.TrimPrefix(url, "sqlite:")) // whole: closing moved the WAL into it
		if err != nil {
			t.Fatalf("read the prepared database: %v", err)
		}
		p.sqlite.content = content
		return value
	})
	return p.sqlite.copy(t, sqliteFile(t, p.sqlite.content))
}

// Postgres gives a copy on the PostgreSQL server, under the conditions of [Postgres].
func (p *Prepared[T]) Postgres(t testing.TB) Copy[T] {
	t.Helper()
	s := needServer(t)
	p.postgres.once(t, func(folder string) T {
		name, err := s.create(s.template)
		if err != nil {
			t.Fatalf("create the database to prepare: %v", err)
		}
		s.dropAtEnd(name)
		p.postgres.name = name
		return p.fillAt(t, s.url(name), folder)
	})
	return p.postgres.copy(t, s.clone(t, p.postgres.name))
}

// fillAt fills the database of an address, and closes it.
func (p *Prepared[T]) fillAt(t testing.TB, url, folder string) T {
	t.Helper()
	db, err := database.Open(context.Background(), database.Settings{URL: url})
	if err != nil {
		t.Fatalf("open the database to prepare: %v", err)
	}
	defer db.Close()
	return p.fill(t, db, folder)
}

// filled is a database that is prepared on one engine, once it is.
type filled[T any] struct {
	begin sync.Once
	done  bool
	value T
	files map[string]file
	// content is that of the SQLite file, name that of the PostgreSQL database.
	content []byte
	name    string
}

// file is one file beside a prepared database.
type file struct {
	content []byte
	mode    fs.FileMode
}

// once has the first test prepare the database. Where that failed, it failed that test, and fails
// those that come after it.
func (f *filled[T]) once(t testing.TB, prepare func(folder string) T) {
	t.Helper()
	f.begin.Do(func() {
		folder := t.TempDir()
		f.value = prepare(folder)
		f.files = readFiles(t, folder)
		f.done = true
	})
	if !f.done {
		t.Fatal("The database could not be prepared; the first test that needed it says why.")
	}
}

// copy opens a copy of the database and writes the files beside it.
func (f *filled[T]) copy(t testing.TB, url string) Copy[T] {
	t.Helper()
	folder := t.TempDir()
	for name, file := range f.files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, file.content, file.mode); err != nil {
			t.Fatal(err)
		}
	}
	return Copy[T]{Open(t, url), url, folder, f.value}
}

// readFiles gives the files below a folder by their paths in it.
func readFiles(t testing.TB, folder string) map[string]file {
	t.Helper()
	files := map[string]file{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		files[name] = file{content, info.Mode().Perm()}
		return err
	})
	if err != nil {
		t.Fatalf("read the prepared files: %v", err)
	}
	return files
}
