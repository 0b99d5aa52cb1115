package api

import (
	"context"
	"strings"

	"plumbline/models"
	"plumbline/services"
)

// includable lists what include= can add to one record of a type.
var includable = map[models.RecordType][]string{
	models.TypeEntity: {"relationships", "status_changes", "claims", "open_items"},
	models.TypeClaim:  {"answered_by"},
}

// mostIncluded bounds each include; what it cuts is named in the answer.
const mostIncluded = 500

// includeInEntity adds what would otherwise be requests to the entity's own lists.
func (a *API) includeInEntity(ctx context.Context, e *Entity, names []string, m services.Moment) error {
	for _, name := range names {
		kind := models.RecordType(strings.TrimSuffix(name, "s"))
		page, err := a.services.Involved(ctx, actorOf(ctx), e.ID.String(), kind, services.Query{Moment: m, Limit: mostIncluded})
		if err != nil {
			return a.failed(err)
		}
		e.add(name, page)
	}
	return nil
}

func (e *Entity) add(name string, page services.Page) {
	v := viewOf(page)
	for _, record := range page.Records {
		switch record.Type {
		case models.TypeRelationship:
			e.Relationships = append(e.Relationships, v.relationship(record))
		case models.TypeStatusChange:
			e.StatusChanges = append(e.StatusChanges, v.statusChange(record))
		case models.TypeClaim:
			e.Claims = append(e.Claims, v.claim(record))
		case models.TypeOpenItem:
			e.OpenItems = append(e.OpenItems, v.openItem(record))
		}
	}
	if page.Next != "" {
		e.Cut = append(e.Cut, name)
	}
}

// includeInClaim adds the claims that answer a claim.
func (a *API) includeInClaim(ctx context.Context, c *Claim, names []string, m services.Moment) error {
	if len(names) == 0 {
		return nil
	}
	page, err := a.services.List(ctx, actorOf(ctx), models.TypeClaim,
		services.Query{Moment: m, Limit: mostIncluded, Filters: map[string][]string{"answers": {c.ID.String()}}})
	if err != nil {
		return a.failed(err)
	}
	v := viewOf(page)
	answers := make([]Claim, len(page.Records))
	for i, record := range page.Records {
		answers[i] = v.claim(record)
	}
	c.AnsweredBy = &answers
	return nil
}
