package services

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"plumbline/models"
)

// Confirmation says that somebody looked at a record and that it still holds.
type Confirmation struct {
	// Version is the one that was looked at.
	Version int64
	// Source shows that it holds. Nil says that nothing newer was found: the citation that showed
	// it last was looked at again.
	Source *uuid.UUID
	// New is the document of Source where that is to be made in the same changeset; nil otherwise.
	New *models.Source
	// Locator and Note are those of the citation.
	Locator, Note string
	// HoldsOn is the day on which the source shows that the record held. When zero, it is the day on
	// which the source was published, where that is known to the day.
	HoldsOn models.Day
}

// Confirm records that a link, status change, claim, open item or entity still holds: the record
// gets a citation, or one that it has gets a later day. It is one changeset, published or proposed
// as the role allows. ErrInvalid when no source shows a day, ErrStale as in Submit.
func (s *Services) Confirm(ctx context.Context, by models.Actor, id uuid.UUID, c Confirmation) (Outcome, error) {
	changeset, err := s.Confirming(ctx, by, id, c)
	if err != nil {
		return Outcome{}, err
	}
	return s.Submit(ctx, by, changeset)
}

// Confirming makes the changeset that Confirm submits, and writes nothing.
func (s *Services) Confirming(ctx context.Context, by models.Actor, id uuid.UUID, c Confirmation) (models.Changeset, error) {
	if err := require(by, ActionPropose); err != nil {
		return models.Changeset{}, err
	}
	page, err := s.GetWritten(ctx, by, id)
	if err != nil {
		return models.Changeset{}, err
	}
	record := page.Records[0]
	document, citations, err := citationsOf(record)
	if err != nil {
		return models.Changeset{}, err
	}

	var operations []models.Operation
	if c.New != nil {
		made := newID()
		c.Source = &made
		operations = append(operations, models.Operation{Op: models.OpCreate, Type: models.TypeSource, ID: made, Data: c.New})
	}
	if err := s.settleDay(ctx, by, &c); err != nil {
		return models.Changeset{}, err
	}
	*citations = c.apply(*citations, s.today())
	operations = append(operations, models.Operation{Op: models.OpEdit, Type: record.Type, ID: record.ID, Version: c.Version,
		Edit: models.WorldChanged, Reason: c.reason(s.today()), Data: document})
	return models.Changeset{Summary: "Checked: " + shorten(page.Refs[id].Label()), Operations: operations}, nil
}

// citationsOf gives a copy of a record's document, and the list of citations in it: ErrInvalid
// for a record that has none.
func citationsOf(record Record) (models.Document, *[]models.Citation, error) {
	document, err := readDocument(record.Type, mustJSON(record.Document))
	if err != nil {
		return nil, nil, err
	}
	if citations := citationList(document); citations != nil {
		return document, citations, nil
	}
	return nil, nil, confirmProblem("/source", "A %s cites nothing, so that nothing can show that it holds.", label(record.Type))
}

// citationList gives the list of citations in a document; nil where it cites nothing.
func citationList(document models.Document) *[]models.Citation {
	switch d := document.(type) {
	case *models.Entity:
		return &d.Citations
	case *models.Relationship:
		return &d.Citations
	case *models.StatusChange:
		return &d.Citations
	case *models.Claim:
		return &d.Citations
	case *models.OpenItem:
		return &d.Citations
	}
	return nil
}

func confirmProblem(pointer, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	return models.Errorf(models.ErrInvalid, "%s", message).About(0, pointer)
}

// showsNothing says why a source cannot show that something holds, and what to do.
var showsNothing = map[models.WhyUncounted]string{
	models.UncountedUnnamed:   "This source names neither an address nor who published it, so that it shows nothing. Give one of the two.",
	models.UncountedRetracted: "This source was retracted, so that it shows nothing. Choose another.",
	models.UncountedDataset:   "A dataset shows nothing while nobody is named who published it. Name its publisher first.",
	models.UncountedFile:      "A file that was imported says how records came in, and shows nothing. Choose the source from which it was made.",
}

// settleDay gives the day on which the source shows that the record held, and refuses one that
// has not come.
func (s *Services) settleDay(ctx context.Context, by models.Actor, c *Confirmation) error {
	if c.Source == nil {
		if !c.HoldsOn.IsZero() {
			return confirmProblem("/source", "Name the source that shows that it held on %s.", c.HoldsOn.Label())
		}
		return nil
	}
	source, retracted := c.New, false
	if source == nil {
		page, err := s.GetWritten(ctx, by, *c.Source)
		found, ok := models.Document(nil), false
		if err == nil {
			found, retracted = page.Records[0].Document, page.Records[0].State == models.StateRetracted
		}
		if source, ok = found.(*models.Source); !ok {
			return confirmProblem("/source", "There is no source with the id %s. Choose one, or enter a new one.", c.Source)
		}
	}
	if problem := showsNothing[sourceGraph{}.whyNot(&sourceFacts{kind: source.Kind, retracted: retracted, normal: models.NormalURL(source.URL), publishers: source.Publishers})]; problem != "" {
		return confirmProblem("/source", "%s", problem)
	}
	published := source.Published
	if day, exact := published.Day(); c.HoldsOn.IsZero() && exact {
		c.HoldsOn = day
	}
	switch {
	case c.HoldsOn.IsZero() && published.IsZero():
		return confirmProblem("/holds_on", "Say on which day the source shows that it held; its day of publication is not known.")
	case c.HoldsOn.IsZero():
		return confirmProblem("/holds_on", "Say on which day the source shows that it held; it was published %s, which is not one day.", published.In(models.DateWhen))
	}
	if problem := s.aheadProblem(models.HappenedOn{Date: c.HoldsOn.Date(), What: "the day on which the source shows that it held"}); problem != "" {
		return confirmProblem("/holds_on", "%s", problem)
	}
	return nil
}

// apply puts the confirmation among the citations: a source that is cited already, at the same
// place, gets the later day.
func (c Confirmation) apply(citations []models.Citation, today models.Day) []models.Citation {
	if c.Source == nil {
		if i := lastEvidence(citations); i >= 0 {
			citations[i].CheckedOn = today
		}
		return citations
	}
	for i := range citations {
		if one := &citations[i]; one.Source == *c.Source && (c.Locator == "" || one.Locator == c.Locator) {
			one.HoldsOn, one.CheckedOn = laterDay(one.HoldsOn, c.HoldsOn), today
			if c.Note != "" {
				one.Note = c.Note
			}
			return citations
		}
	}
	return append(slices.Clip(citations), models.Citation{Source: *c.Source, Locator: c.Locator, Note: c.Note, HoldsOn: c.HoldsOn, CheckedOn: today})
}

// lastEvidence is the place of the citation that showed last that the record held, the last one
// where none says; -1 without citations.
func lastEvidence(citations []models.Citation) int {
	last := len(citations) - 1
	for i, one := range citations {
		if last >= 0 && !one.HoldsOn.IsZero() && (citations[last].HoldsOn.IsZero() || citations[last].HoldsOn.Before(one.HoldsOn)) {
			last = i
		}
	}
	return last
}

// reason is what the history says. To have looked is no correction: the record was not wrong.
func (c Confirmation) reason(today models.Day) string {
	if c.Source == nil {
		return fmt.Sprintf("Checked on %s: nothing newer was found.", today.Label())
	}
	return fmt.Sprintf("Checked on %s: a source shows that it held on %s.", today.Label(), c.HoldsOn.Label())
}
