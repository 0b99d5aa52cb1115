package imports

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

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
	work := check
	if row.Status == models.ImportLoading {
		work = load
	}
	ctx = s.Seeing(ctx, by, true)
	err = work(ctx, s, by, &row)
	var forPeople *models.Error
	if errors.As(err, &forPeople) {
		row.Problem = forPeople.Error()
	} else if err != nil {
		return err
	}
	row.Stage = ""
	return s.SaveImport(ctx, row)
}

// check finds out what the import would enter, and keeps it for people to look at.
func check(ctx context.Context, s *services.Services, by models.Actor, row *models.Import) error {
	running := *row
	row.Status = models.ImportFailed
	plan, err := planOf(ctx, s, by, &running)
	if unmapped := new(Unmapped); errors.As(err, &unmapped) {
		row.Report = string(mustJSON(Report{Format: unmapped.Format, Tables: []TableReport{unmapped.Table}}))
	}
	if err != nil {
		return err
	}
	report := plan.Report()
	var wrong bytes.Buffer
	if report.Rows.undecided() > 0 {
		if err := plan.WriteErrors(ctx, &wrong); err != nil {
			return err
		}
	}
	row.Errors, row.Done, row.Total = wrong.String(), int64(report.Rows.All), int64(report.Rows.All)
	row.Report, row.Status = string(mustJSON(report)), models.ImportChecked
	return nil
}

// load enters what the last check showed. Where that is something else now, since other options
// were sent along or records were written meanwhile, it enters nothing; what was checked stays as
// it was shown, and can be loaded or checked again.
func load(ctx context.Context, s *services.Services, by models.Actor, row *models.Import) error {
	var shown Report
	if err := json.Unmarshal([]byte(row.Report), &shown); err != nil {
		return fmt.Errorf("read the report of import %s: %w", row.ID, err)
	}
	running := *row
	row.Status = models.ImportChecked
	if shown.Options != nil {
		row.Options = string(mustJSON(shown.Options))
	}
	plan, err := planOf(ctx, s, by, &running)
	if err != nil {
		return err
	}
	report := plan.Report()
	if report.Plan != shown.Plan {
		// A load that was broken off after it wrote finds that there is nothing left to do.
		if otherwise := report.otherwise(shown); otherwise || report.Records > 0 {
			return unlike(report, shown, otherwise)
		}
	}
	result, err := plan.Load(ctx)
	if err != nil {
		return err
	}
	row.Status, row.Options = models.ImportLoaded, running.Options
	if result.Changeset != uuid.Nil {
		row.ChangesetID = &result.Changeset
	}
	return nil
}

// otherwise reports whether other options than those of the report that was shown were chosen.
// Whether to enter the valid rows alone changes nothing of what those are.
func (r Report) otherwise(shown Report) bool {
	if r.Options == nil || shown.Options == nil {
		return true
	}
	one, other := *r.Options, *shown.Options
	one.ValidRowsOnly, other.ValidRowsOnly = false, false
	return !bytes.Equal(mustJSON(one), mustJSON(other))
}

// unlike says why a load enters nothing.
func unlike(now, shown Report, otherwise bool) error {
	why, then := "records were written since the file was checked, and the import is no longer what the check showed", "Check it again"
	if otherwise {
		why, then = "with these options the import is not what the check showed", "Check it again with them"
	}
	if now.Records != shown.Records {
		why += fmt.Sprintf(" (%d records to write instead of %d)", now.Records, shown.Records)
	}
	return refused("Nothing was entered: %s. %s, look at what it says, and load then.", why, then)
}

// planOf checks the file of an import with its options, and says meanwhile how far that has come.
func planOf(ctx context.Context, s *services.Services, by models.Actor, row *models.Import) (*Plan, error) {
	o, err := StoredOptions(row.Options)
	if err != nil {
		return nil, err
	}
	o.Progress = func(stage string, done, of int) {
		if stage == row.Stage {
			return
		}
		row.Stage, row.Done, row.Total = stage, int64(done), int64(of)
		// Progress that is not seen is no reason to stop.
		_ = s.SaveImport(ctx, *row)
	}
	return Check(ctx, s, by, File{Name: row.Name, Content: bytes.NewReader(row.Content), Size: int64(len(row.Content))}, o)
}
