package imports

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// Work checks or loads an import that waits, as a job does. Doing it twice comes to the same: a
// load that broke off wrote nothing, and one that was done finds nothing new. What is wrong with
// the file is kept with the import; only what another try may mend is given back.
func Work(ctx context.Context, s *services.Services, id uuid.UUID) error {
	row, by, err := s.ImportAtWork(ctx, id)
	if err != nil {
		return err
	}
	if !row.Status.Running() {
		return nil // done by an earlier try
	}
	err = work(ctx, s, by, &row)
	var forPeople *models.Error
	if errors.As(err, &forPeople) {
		row.Problem = forPeople.Error()
		if row.Status.Running() { // what was checked stays checked, and can be loaded in another way
			row.Status = models.ImportFailed
		}
		if unmapped := new(Unmapped); errors.As(err, &unmapped) {
			row.Report = string(mustJSON(Report{Format: unmapped.Format, Tables: []TableReport{unmapped.Table}}))
		}
	} else if err != nil {
		return err
	}
	row.Stage = ""
	return s.SaveImport(ctx, row)
}

func work(ctx context.Context, s *services.Services, by models.Actor, row *models.Import) error {
	o, err := ParseOptions([]byte(row.Options))
	if err != nil {
		return err
	}
	loading := row.Status == models.ImportLoading
	o.Progress = func(stage string, done, of int) {
		if stage == row.Stage {
			return
		}
		row.Stage, row.Done, row.Total = stage, int64(done), int64(of)
		// Progress that is not seen is no reason to stop.
		_ = s.SaveImport(ctx, *row)
	}
	plan, err := Check(ctx, s, by, File{Name: row.Name, Content: bytes.NewReader(row.Content), Size: int64(len(row.Content))}, o)
	if err != nil {
		return err
	}
	report := plan.Report()
	var wrong bytes.Buffer
	if report.Rows.Errors+report.Rows.InDoubt > 0 {
		if err := plan.WriteErrors(ctx, &wrong); err != nil {
			return err
		}
	}
	row.Errors, row.Done, row.Total = wrong.String(), int64(report.Rows.All), int64(report.Rows.All)
	row.Report = string(mustJSON(report))
	if !loading {
		row.Status = models.ImportChecked
		return nil
	}
	result, err := plan.Load(ctx)
	if err != nil {
		row.Status = models.ImportChecked
		return err
	}
	row.Status = models.ImportLoaded
	if result.Changeset != uuid.Nil {
		row.ChangesetID = &result.Changeset
	}
	return nil
}

// ParseOptions reads options from JSON, strictly; nothing is the zero Options.
func ParseOptions(text []byte) (Options, error) {
	var o Options
	if len(bytes.TrimSpace(text)) == 0 {
		return o, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&o); err != nil {
		return o, refused("The options cannot be read: %s.", strings.TrimPrefix(err.Error(), "json: "))
	}
	return o, o.validate()
}

// validate refuses choices that are none.
func (o Options) validate() error {
	known := false
	for _, name := range TableNames() {
		known = known || name == o.Table
	}
	switch {
	case o.Table != "" && !known:
		return refused("%q is no table.%s Use one of %s.", clip(o.Table), models.DidYouMean(o.Table, TableNames()), strings.Join(TableNames(), ", "))
	case o.Doubts != DoubtsAsk && o.Doubts != DoubtsMatch && o.Doubts != DoubtsNew:
		return refused("Doubts are treated by \"match\" or \"new\", or left out.")
	case o.Dates != "" && o.Dates != DayFirst && o.Dates != MonthFirst:
		return refused("The order of dates is \"dmy\" or \"mdy\".")
	case len(o.Delimiter) > 1:
		return refused("A delimiter is one sign.")
	}
	return nil
}
