package imports

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // registers the driver
)

// mostSQLite bounds the file that is copied to be opened.
const mostSQLite = 2 << 30

// readSQLite reads the records of a file that an export made. It is copied first, since SQLite
// opens files and not streams, and a copy cannot be changed by what it holds.
func (c *content) readSQLite(ctx context.Context, f File) error {
	if f.Size > mostSQLite {
		return refused("The file has more than %d GB. Use \"plumbline backup\" and \"plumbline restore\" instead.", mostSQLite>>30)
	}
	folder, err := os.MkdirTemp("", "plumbline-import-")
	if err != nil {
		return fmt.Errorf("make a folder for the file: %w", err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "import.sqlite")
	copied, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("copy the file: %w", err)
	}
	if _, err := io.Copy(copied, f.reader()); err != nil {
		copied.Close()
		return fmt.Errorf("copy the file: %w", err)
	}
	if err := copied.Close(); err != nil {
		return fmt.Errorf("copy the file: %w", err)
	}

	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro&_pragma=trusted_schema(0)&_pragma=cell_size_check(1)")
	if err != nil {
		return fmt.Errorf("open the file: %w", err)
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, "SELECT id, type, state, reason, data FROM records ORDER BY rowid")
	if err != nil {
		return refused("This SQLite file has no table of records as \"plumbline export --format sqlite\" writes it. To restore a backup, use \"plumbline restore\".")
	}
	defer rows.Close()
	r := &recordReader{content: c}
	for number := 1; rows.Next(); number++ {
		line := map[string]any{}
		var id, kind, state, reason, data string
		if err := rows.Scan(&id, &kind, &state, &reason, &data); err != nil {
			return refused("Row %d of the table of records cannot be read.", number)
		}
		line["id"], line["type"], line["state"], line["reason"], line["data"] = id, kind, state, reason, json.RawMessage(data)
		text, err := json.Marshal(line)
		if err != nil {
			row, tooMany := c.row("records", number, nil)
			c.problem(row, "data", CodeFormat, "The data is no JSON.")
			if tooMany != nil {
				return tooMany
			}
			continue
		}
		if err := r.read(number, text); err != nil {
			return err
		}
	}
	if rows.Err() != nil {
		return refused("The SQLite file is damaged. Export it again.")
	}
	return nil
}
