package services

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// Naming says that an undisclosed entity was named: who says that it is which one, and by which
// source one sees that.
type Naming struct {
	// Undisclosed is what was named, at the Version that the writer saw; 0 for the present one.
	Undisclosed uuid.UUID
	Version     int64
	// Into is the entity that it is, at IntoVersion; nil where New is made of it in the same step.
	Into        uuid.UUID
	IntoVersion int64
	New         *models.Entity
	// Claim is who says so, when and in which words. It is about the named entity, whatever it says
	// itself, and cites the source.
	Claim *models.Claim
	// Source is made in the same step and cited at Locator, with Note; nil where the claim cites
	// sources that are there.
	Source        *models.Source
	Locator, Note string
	// Choose and Reason are those of a merge; the claim's words stand for a reason that is left out.
	Choose map[string]string
	Reason string
}

// namingStances are how one says who something is.
var namingStances = []models.Stance{models.Alleges, models.Reports, models.States, models.FindsEvidence, models.Admits}

// NamingStances lists them.
func NamingStances() []models.Stance { return slices.Clone(namingStances) }

// Name publishes a naming, or proposes it, as the role allows: the undisclosed entity is joined with
// the named one, as by Merge, and a claim about the named one says who says so, with the source. All
// of it is one changeset, which is undone as a merge is. ErrInvalid lists everything that is wrong
// with it, ErrStale means that one of the two changed since it was seen.
func (s *Services) Name(ctx context.Context, by models.Actor, n Naming) (Outcome, error) {
	m, err := s.naming(ctx, by, n)
	if err != nil {
		return Outcome{}, err
	}
	return s.joinRecords(ctx, by, m, "It was named: ")
}

// PlanNaming shows what a naming would do, and writes nothing.
func (s *Services) PlanNaming(ctx context.Context, by models.Actor, n Naming) (MergePlan, error) {
	m, err := s.naming(ctx, by, n)
	if err != nil {
		return MergePlan{}, err
	}
	var plan MergePlan
	err = s.db.ReadTransaction(ctx, func(tx *gorm.DB) (err error) {
		plan, err = s.planMerge(tx, m)
		return err
	})
	if err != nil {
		return plan, err
	}
	return plan, s.labelPlan(ctx, &plan, m)
}

// naming checks a naming by itself, and gives the merge by which it is written.
func (s *Services) naming(ctx context.Context, by models.Actor, n Naming) (Merge, error) {
	if err := require(by, ActionPropose); err != nil {
		return Merge{}, err
	}
	m := Merge{From: n.Undisclosed, FromVersion: n.Version, Into: n.Into, IntoVersion: n.IntoVersion, Choose: n.Choose, named: []models.Operation{}}
	var problems []models.Problem
	add := func(op models.Operation, at string) {
		op.Op = models.OpCreate
		for _, p := range flaws(op.Data) {
			problems = append(problems, models.Problem{Pointer: at + p.Pointer, Message: p.Message})
		}
		m.named = append(m.named, op)
	}

	claim := &models.Claim{}
	if n.Claim != nil {
		*claim = *n.Claim
	}
	if n.Source != nil {
		op := models.Operation{Type: models.TypeSource, ID: newID(), Data: n.Source}
		add(op, "/source")
		claim.Citations = append(slices.Clip(claim.Citations), models.Citation{Source: op.ID, Locator: n.Locator, Note: n.Note})
	}
	switch {
	case (m.Into == uuid.Nil) == (n.New == nil):
		problems = append(problems, models.Problem{Pointer: "/into", Message: "Say who it is: an entity that is here already, or a new one; one of the two."})
	case n.New != nil:
		kind, err := s.kindOf(ctx, n.Undisclosed)
		if err != nil {
			return Merge{}, err
		}
		named := *n.New
		named.Kind = cmp.Or(named.Kind, kind)
		if len(named.Citations) == 0 {
			named.Citations = slices.Clone(claim.Citations) // which show that there is such a one
		}
		m.Into = newID()
		add(models.Operation{Type: models.TypeEntity, ID: m.Into, Data: &named}, "/new")
	}
	if n.Claim == nil {
		problems = append(problems, models.Problem{Pointer: "/claim", Message: "Say who says so, when and in which words: a naming is published with its claim and source alone."})
	} else {
		claim.About = []uuid.UUID{m.Into}
		if claim.Stance != "" && !slices.Contains(namingStances, claim.Stance) {
			problems = append(problems, models.Problem{Pointer: "/claim/stance", Message: "Who names somebody alleges, reports, states, finds evidence or admits. What somebody denies is a claim of its own."})
		}
		add(models.Operation{Type: models.TypeClaim, ID: newID(), Data: claim}, "/claim")
	}

	reason, err := remark("/reason", n.Reason, false)
	if err != nil {
		problems = append(problems, problemsOf(err)...)
	}
	m.Reason = cmp.Or(reason, firstLetters(claim.Text, 4900))
	if len(problems) > 0 {
		return m, &models.Error{Kind: models.ErrInvalid, Message: "Nothing was named. " + count(len(problems), "thing needs", "things need") + " attention.", Problems: problems}
	}
	return m, nil
}

// kindOf is the kind of an entity, for one that is made in its place; "" where there is none.
func (s *Services) kindOf(ctx context.Context, id uuid.UUID) (models.EntityKind, error) {
	present, err := s.PresentRecords(ctx, []uuid.UUID{id})
	if err != nil {
		return "", err
	}
	entity, ok := present[id].Document.(*models.Entity)
	if !ok {
		return "", nil
	}
	return entity.Kind, nil
}
