package imports

import (
	"context"

	"github.com/google/uuid"

	"plumbline/models"
)

// Result is what a load did.
type Result struct {
	// Outcomes are those of the changesets: one, a second one where records were retracted, and
	// none when nothing was new.
	Changeset uuid.UUID              `json:"changeset,omitzero"`
	Status    models.ChangesetStatus `json:"status,omitempty"`
	// Entered, Changed, Restored and Retracted count records.
	Entered   int `json:"entered"`
	Changed   int `json:"changed"`
	Restored  int `json:"restored"`
	Retracted int `json:"retracted"`
}

// Load enters what the plan holds, as one changeset: published for who may publish, a proposal
// otherwise. While rows are wrong or in doubt it enters nothing and gives ErrInvalid, unless the
// valid rows alone were asked for. ErrStale when a record was changed since the plan was made.
func (p *Plan) Load(ctx context.Context) (Result, error) {
	counts := p.report.Rows
	if counts.Retracted > 0 && counts.Errors+counts.InDoubt == 0 && !p.opts.ValidRowsOnly {
		return Result{}, refused("Nothing was entered: %d of the rows are of what was retracted. Have that restored (--retracted restore), leave it out (--retracted leave), or enter the other rows only.", counts.Retracted)
	}
	if counts.undecided() > 0 && !p.opts.ValidRowsOnly {
		return Result{}, refused("Nothing was entered: wrong are %d of the rows, in doubt %d. Mend them, or enter the valid rows only.", counts.Errors, counts.InDoubt)
	}
	result := Result{}
	if len(p.operations) > 0 {
		p.opts.progress("writing", 0, len(p.operations))
		for _, operation := range p.operations {
			switch operation.Op {
			case models.OpCreate:
				result.Entered++
			case models.OpRestore:
				result.Restored++
			default:
				result.Changed++
			}
		}
		p.release()
		out, err := p.s.Submit(ctx, p.by, p.changeset())
		if err != nil {
			return Result{}, err
		}
		result.Changeset, result.Status = out.Changeset, out.Status
	}
	if len(p.retracted) > 0 && (result.Status == "" || result.Status == models.ChangesetPublished) {
		if err := p.retract(ctx); err != nil {
			return result, err
		}
		result.Retracted = len(p.retracted)
	}
	p.opts.progress("writing", len(p.operations), len(p.operations))
	return result, p.remember(ctx)
}

// remember keeps what was chosen by hand, for the next file with the same columns.
func (p *Plan) remember(ctx context.Context) error {
	if p.opts.Table == "" && len(p.opts.Columns) == 0 {
		return nil
	}
	chosen := string(mustJSON(Options{Table: p.opts.Table, Columns: p.opts.Columns}))
	for _, t := range p.tables {
		if err := p.s.RememberMapping(ctx, p.by, headerKey(t.Headers), chosen); err != nil {
			return err
		}
	}
	return nil
}

// retract retracts what the file says was retracted; it had to be there first, since others
// point at it.
func (p *Plan) retract(ctx context.Context) error {
	operations := make([]models.Operation, len(p.retracted))
	for i, it := range p.retracted {
		version := int64(1)
		if it.found != nil {
			version = it.found.Version
			if it.fate == fateChanged {
				version++
			}
		}
		operations[i] = models.Operation{Op: models.OpRetract, Type: it.doc.RecordType(), ID: it.id, Version: version, Reason: it.retract}
	}
	_, err := p.s.Submit(ctx, p.by, models.Changeset{Summary: "Retractions of " + p.report.Source, Operations: operations})
	return err
}

// release lets go of what only the dry run needed.
func (p *Plan) release() {
	p.items, p.behind, p.byRow = nil, nil, nil
	wrong := make(map[int]bool, len(p.problems))
	for _, problem := range p.problems {
		wrong[problem.Row] = true
	}
	for i := range p.rows {
		if !wrong[i] {
			p.rows[i].Cells = nil
		}
	}
}
