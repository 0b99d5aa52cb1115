package exports

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // registers the driver

	"plumbline/models"
)

// sqliteFile makes a database file of the public records: tables to ask, the whole records, and
// a README.
type sqliteFile struct {
	out    io.Writer
	in     *info
	folder string
	db     *sql.DB
	tx     *sql.Tx
	insert map[models.RecordType]*sql.Stmt
	whole  *sql.Stmt
	tables map[models.RecordType]table
	failed error
}

func newSQLite(out io.Writer, in *info) writer {
	w := &sqliteFile{out: out, in: in, insert: map[models.RecordType]*sql.Stmt{}, tables: map[models.RecordType]table{}}
	w.failed = w.begin()
	return w
}

func (w *sqliteFile) begin() (err error) {
	if w.folder, err = os.MkdirTemp("", "plumbline-export-"); err != nil {
		return fmt.Errorf("make a folder for the file: %w", err)
	}
	// Nobody else sees the file before it is whole, so that it needs no journal.
	if w.db, err = sql.Open("sqlite", "file:"+filepath.Join(w.folder, "public.sqlite")+"?_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)"); err != nil {
		return err
	}
	w.db.SetMaxOpenConns(1)
	if w.tx, err = w.db.BeginTx(w.in.ctx, nil); err != nil {
		return err
	}
	statements := []string{"CREATE TABLE readme (line INTEGER PRIMARY KEY, text TEXT NOT NULL)",
		"CREATE TABLE records (id TEXT PRIMARY KEY, type TEXT NOT NULL, state TEXT NOT NULL, version INTEGER NOT NULL, reason TEXT NOT NULL, data TEXT NOT NULL)"}
	for _, t := range w.in.tables() {
		w.tables[t.kind] = t
		var names []string
		for _, c := range t.columns {
			names = append(names, `"`+c.Name+`" `+sqliteType(c.Type))
		}
		statements = append(statements, fmt.Sprintf("CREATE TABLE %s (%s, PRIMARY KEY (id))", t.name, strings.Join(names, ", ")))
	}
	for _, statement := range statements {
		if _, err := w.tx.Exec(statement); err != nil {
			return fmt.Errorf("make tables: %w", err)
		}
	}
	for i, line := range strings.Split(w.in.readme(), "\n") {
		if _, err := w.tx.Exec("INSERT INTO readme VALUES (?, ?)", i+1, line); err != nil {
			return fmt.Errorf("write the readme: %w", err)
		}
	}
	if w.whole, err = w.tx.Prepare("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?)"); err != nil {
		return err
	}
	for kind, t := range w.tables {
		marks := strings.TrimSuffix(strings.Repeat("?, ", len(t.columns)), ", ")
		if w.insert[kind], err = w.tx.Prepare(fmt.Sprintf("INSERT INTO %s VALUES (%s)", t.name, marks)); err != nil {
			return err
		}
	}
	return nil
}

// sqliteType is the type of a column.
func sqliteType(t models.ColumnType) string {
	switch t {
	case models.ColumnInteger, models.ColumnBoolean:
		return "INTEGER"
	case models.ColumnNumber:
		return "REAL"
	}
	return "TEXT"
}

func (w *sqliteFile) record(it item) error {
	if w.failed != nil {
		return w.failed
	}
	data, err := json.Marshal(it.Document)
	if err != nil {
		return err
	}
	if _, err := w.whole.Exec(it.ID.String(), string(it.Type), string(it.State), it.Version, it.why, string(data)); err != nil {
		return err
	}
	if it.State != models.StateLive {
		return nil
	}
	columns := w.tables[it.Type].columns
	values := make([]any, len(columns))
	row := it.row(w.in)
	for i, c := range columns {
		values[i] = c.Cell(row)
	}
	_, err = w.insert[it.Type].Exec(values...)
	return err
}

// abandon takes the temporary files away, however the export ended.
func (w *sqliteFile) abandon() {
	if w.db != nil {
		w.db.Close() // what it holds is copied, or not wanted
	}
	os.RemoveAll(w.folder)
}

func (w *sqliteFile) end() error {
	if w.failed != nil {
		return w.failed
	}
	if err := w.tx.Commit(); err != nil {
		return fmt.Errorf("finish the file: %w", err)
	}
	if err := w.db.Close(); err != nil {
		return fmt.Errorf("finish the file: %w", err)
	}
	file, err := os.Open(filepath.Join(w.folder, "public.sqlite"))
	if err != nil {
		return fmt.Errorf("read the file back: %w", err)
	}
	defer file.Close()
	_, err = io.Copy(w.out, file)
	return err
}
