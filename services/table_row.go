package services

import (
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// Row gives a record of the page as tables show it. knownAt is the instant whose knowledge was asked
// for; zero for the present.
func (p *Page) Row(r Record, knownAt time.Time) *models.Row {
	row := &models.Row{ID: r.ID, State: r.State, Version: r.Version, RecordedAt: r.RecordedAt, Document: r.Document, Standing: r.Standing,
		DaysUnanswered: DaysUnanswered(r, p.AsOf), Label: p.label, Providers: p.providers, AsOf: p.AsOf, KnownAt: knownAt}
	if r.Status != nil {
		row.Status, row.StatusStanding = &r.Status.Span, r.Status.Standing
		for _, step := range r.Status.Announced {
			row.Announced = append(row.Announced, models.AnnouncedCell{Status: step.Status, For: step.Effective, Past: step.Past})
		}
	}
	row.Confirmed = r.Confirmed()
	return row
}

// label labels a record that one of the page points at.
func (p *Page) label(id uuid.UUID) models.Label {
	ref, known := p.Refs[id]
	if !known {
		return models.Label{Name: UnknownThen}
	}
	label := models.Label{Type: ref.Type, Kind: ref.Kind, Slug: ref.Slug, Name: ref.Label()}
	if ref.Type == models.TypeSource && ref.State == models.StateRetracted {
		label.Name += " (retracted)"
	}
	if ref.Type == models.TypeSource {
		for _, publisher := range ref.People {
			label.By = append(label.By, publisher.Name)
		}
	}
	if ref.Subject != nil {
		label.Subject = ref.Subject.Name
	}
	if ref.Object != nil {
		label.Object = ref.Object.Name
	}
	return label
}

// UnknownThen stands for the name of what was not known at the moment of a read.
const UnknownThen = "not known then"

func (p *Page) providers(service uuid.UUID) []uuid.UUID {
	var ids []uuid.UUID
	for _, provider := range p.Providers[service] {
		ids = append(ids, provider.ID)
	}
	return ids
}
