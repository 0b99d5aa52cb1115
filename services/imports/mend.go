package imports

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// ErrorsFormat is the ending of the file that WriteErrors writes for a format: "csv" for tables,
// "ndjson" for objects.
func (f Format) ErrorsFormat() string {
	switch f {
	case FormatOCDS, FormatFTM, FormatBODS, FormatRecords:
		return "ndjson"
	}
	return "csv"
}

// mender reads a file of objects once more, and gives those that are wrong, with what is wrong with
// them as a further member that readers leave aside.
type mender struct {
	ocds bool
	// wrong are problems by the number of their object, processes by the ocid of their releases.
	wrong     map[int][]Problem
	processes map[string][]Problem
	releases  map[string][]json.RawMessage
	out       *json.Encoder
}

// writeObjects writes the objects that are wrong, a line each. Releases of one process of OCDS
// are one line: a record.
func (p *Plan) writeObjects(ctx context.Context, w io.Writer) error {
	m := &mender{ocds: p.format == FormatOCDS, wrong: map[int][]Problem{}, processes: map[string][]Problem{}, releases: map[string][]json.RawMessage{}, out: json.NewEncoder(w)}
	m.out.SetEscapeHTML(false)
	var order []string
	for _, problem := range p.problems {
		row := Row{}
		if problem.Row >= 0 {
			row = p.rows[problem.Row]
		}
		ocid, process := strings.CutPrefix(row.Sheet, "ocid ")
		switch {
		case len(row.Cells) > 0: // no JSON: there is no object
			if err := m.write(map[string]json.RawMessage{"line": mustJSON(row.Cells[0])}, []Problem{problem}); err != nil {
				return err
			}
		case process:
			if m.processes[ocid] == nil {
				order = append(order, ocid)
			}
			m.processes[ocid] = append(m.processes[ocid], problem)
		default:
			m.wrong[row.Number] = append(m.wrong[row.Number], problem)
		}
	}
	text, err := p.file.text()
	if err != nil {
		return err
	}
	if err := (&content{format: p.format}).objects(ctx, text, m); err != nil {
		return err
	}
	for _, ocid := range order {
		if err := m.write(map[string]json.RawMessage{"ocid": mustJSON(ocid), "releases": mustJSON(m.releases[ocid])}, m.processes[ocid]); err != nil {
			return err
		}
	}
	return nil
}

func (m *mender) read(number int, object json.RawMessage) error {
	if problems := m.wrong[number]; len(problems) > 0 {
		members := map[string]json.RawMessage{}
		if json.Unmarshal(object, &members) != nil {
			members["object"] = object
		}
		return m.write(members, problems)
	}
	if m.ocds {
		m.unpack("", object)
	}
	return nil
}

// unpack finds the releases of processes that are wrong. What cannot be read has a problem of its
// own.
func (m *mender) unpack(ocid string, object json.RawMessage) {
	var p struct {
		OCID     string            `json:"ocid"`
		URL      string            `json:"url"`
		Records  []json.RawMessage `json:"records"`
		Releases []json.RawMessage `json:"releases"`
		Compiled json.RawMessage   `json:"compiledRelease"`
	}
	if json.Unmarshal(object, &p) != nil {
		return
	}
	if p.OCID == "" {
		p.OCID = ocid
	}
	for _, inner := range append(p.Records, p.Releases...) {
		m.unpack(p.OCID, inner)
	}
	if p.Compiled != nil && len(m.releases[p.OCID]) == 0 {
		m.unpack(p.OCID, p.Compiled)
	}
	if len(p.Records)+len(p.Releases) == 0 && p.Compiled == nil && m.processes[p.OCID] != nil {
		m.releases[p.OCID] = append(m.releases[p.OCID], object)
	}
}

func (m *mender) finish() error { return nil }

func (m *mender) write(members map[string]json.RawMessage, problems []Problem) error {
	type wrong struct {
		Code    string `json:"code"`
		Column  string `json:"column,omitempty"`
		Message string `json:"message"`
	}
	list := make([]wrong, len(problems))
	for i, problem := range problems {
		list[i] = wrong{problem.Code, problem.Column, problem.Message}
	}
	members["import_errors"] = mustJSON(list)
	if err := m.out.Encode(members); err != nil {
		return fmt.Errorf("write errors: %w", err)
	}
	return nil
}
