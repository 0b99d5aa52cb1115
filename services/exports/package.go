package exports

import (
	"archive/zip"
	"cmp"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/klauspost/compress/flate"

	"plumbline/models"
)

// dataPackage writes a zip of tables as CSV and of the records, described by a Frictionless data
// package with the checksum of each file, and the signed checkpoint.
type dataPackage struct {
	in      *info
	zip     *zip.Writer
	tables  map[models.RecordType]table
	kind    models.RecordType
	csv     *csv.Writer
	current *part
	parts   []*part
	failed  error
	// records are gathered beside the tables.
	records *aside
	lines   writer
	row     []string
}

// part is one file of the package.
type part struct {
	name  string
	table *table
	out   io.Writer
	hash  hash.Hash
	bytes int64
}

func (p *part) Write(text []byte) (int, error) {
	p.bytes += int64(len(text))
	p.hash.Write(text) // never fails
	return p.out.Write(text)
}

// newArchive begins an archive that is packed fast: a third larger than it could be.
func newArchive(out io.Writer) *zip.Writer {
	archive := zip.NewWriter(out)
	archive.RegisterCompressor(zip.Deflate, func(part io.Writer) (io.WriteCloser, error) { return flate.NewWriter(part, flate.BestSpeed) })
	return archive
}

func newPackage(out io.Writer, in *info) writer {
	w := &dataPackage{in: in, zip: newArchive(out), tables: map[models.RecordType]table{}}
	for _, t := range in.tables() {
		w.tables[t.kind] = t
	}
	if w.records, w.failed = newAside(); w.failed == nil {
		w.lines = newRecords(w.records, in)
	}
	return w
}

func (w *dataPackage) open(name string, t *table) (*part, error) {
	out, err := w.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: w.in.at})
	if err != nil {
		return nil, err
	}
	p := &part{name: name, table: t, out: out, hash: sha256.New()}
	w.parts = append(w.parts, p)
	return p, nil
}

func (w *dataPackage) record(it item) error {
	if w.failed != nil {
		return w.failed
	}
	if err := w.lines.record(it); err != nil {
		return err
	}
	if it.State != models.StateLive {
		return nil // retracted records are in records.ndjson alone
	}
	if w.csv == nil || w.kind != it.Type {
		if err := w.turn(it.Type); err != nil {
			return err
		}
	}
	w.row = w.row[:0]
	row := it.row(w.in)
	for _, c := range w.current.table.columns {
		w.row = append(w.row, CellText(c.Cell(row)))
	}
	return w.csv.Write(w.row)
}

// turn ends a table and begins the next.
func (w *dataPackage) turn(kind models.RecordType) error {
	if err := w.flush(); err != nil {
		return err
	}
	t := w.tables[kind]
	p, err := w.open(t.name+w.in.asked.FileName()+".csv", &t)
	if err != nil {
		return err
	}
	w.current, w.kind, w.csv = p, kind, csv.NewWriter(p)
	header := make([]string, len(t.columns))
	for i, c := range t.columns {
		header[i] = c.Name
	}
	return w.csv.Write(header)
}

func (w *dataPackage) flush() error {
	if w.csv == nil {
		return nil
	}
	w.csv.Flush()
	return w.csv.Error()
}

// abandon closes the temporary file, however the export ended.
func (w *dataPackage) abandon() {
	if w.records != nil {
		w.records.abandon()
	}
}

func (w *dataPackage) end() error {
	if w.failed != nil {
		return w.failed
	}
	if err := w.flush(); err != nil {
		return err
	}
	if err := w.records.close(); err != nil {
		return err
	}
	if err := w.records.copyTo(w.zip, "records.ndjson", w.in.at); err != nil {
		return err
	}
	w.parts = append(w.parts, &part{name: "records.ndjson", hash: w.records.hash, bytes: w.records.bytes})
	for name, text := range map[string]string{"README.txt": w.in.readme(), "checkpoint.txt": w.in.checkpoint} {
		p, err := w.open(name, nil)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(p, text); err != nil {
			return err
		}
	}
	if err := w.describe(); err != nil {
		return err
	}
	return w.zip.Close()
}

// describe writes datapackage.json: https://specs.frictionlessdata.io/data-package/
func (w *dataPackage) describe() error {
	type field struct {
		Name        string `json:"name"`
		Type        string `json:"type"`
		Description string `json:"description,omitempty"`
	}
	type resource struct {
		Name      string `json:"name"`
		Path      string `json:"path"`
		Profile   string `json:"profile,omitempty"`
		Format    string `json:"format"`
		MediaType string `json:"mediatype"`
		Encoding  string `json:"encoding"`
		Bytes     int64  `json:"bytes"`
		Hash      string `json:"hash"`
		Schema    any    `json:"schema,omitempty"`
	}
	var resources []resource
	for _, p := range w.parts {
		r := resource{Name: name(p.name), Path: p.name, Format: p.name[len(p.name)-3:], MediaType: "text/plain", Encoding: "utf-8", Bytes: p.bytes, Hash: fmt.Sprintf("sha256:%x", p.hash.Sum(nil))}
		if p.name == "records.ndjson" {
			r.Format, r.MediaType = "ndjson", "application/x-ndjson"
		}
		if p.table != nil {
			fields := make([]field, len(p.table.columns))
			for i, c := range p.table.columns {
				fields[i] = field{c.Name, string(cmp.Or(c.Type, "string")), c.Says}
			}
			r.Profile, r.MediaType = "tabular-data-resource", "text/csv"
			r.Schema = map[string]any{"fields": fields, "primaryKey": "id", "missingValues": []string{""}}
		}
		resources = append(resources, r)
	}
	text, err := json.MarshalIndent(map[string]any{
		"profile": "data-package", "name": "plumbline", "title": "Plumbline: the public records", "created": w.in.at.Format(time.RFC3339),
		"licenses":  []map[string]string{{"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/", "title": "Creative Commons Attribution 4.0"}},
		"resources": resources, "plumbline": map[string]any{"log_size": w.in.size, "as_of": w.in.asOf.String(), "checkpoint": w.in.checkpoint, "public_key": w.in.publicKey},
	}, "", "  ")
	if err != nil {
		return err
	}
	out, err := w.zip.CreateHeader(&zip.FileHeader{Name: "datapackage.json", Method: zip.Deflate, Modified: w.in.at})
	if err != nil {
		return err
	}
	_, err = out.Write(text)
	return err
}

// name is a file's name as a resource may be called.
func name(file string) string {
	out := []byte{}
	for _, b := range []byte(file) {
		switch {
		case b == '.':
			return string(out)
		case b >= 'A' && b <= 'Z':
			out = append(out, b+'a'-'A')
		default:
			out = append(out, b)
		}
	}
	return string(out)
}
