package api

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// includable lists what include= can add to one record of a type.
var includable = map[models.RecordType][]string{
	models.TypeEntity:       {"relationships", "status_changes", "claims", "open_items", "sources"},
	models.TypeRelationship: {"status_changes", "claims", "sources"},
	models.TypeStatusChange: {"sources"},
	models.TypeClaim:        {"answered_by", "sources"},
	models.TypeOpenItem:     {"status_changes", "claims", "sources"},
}

// listable lists what include= can add to every record of a page of a type.
var listable = map[models.RecordType][]string{
	models.TypeEntity: {"sources"}, models.TypeRelationship: {"sources"}, models.TypeStatusChange: {"sources"},
	models.TypeClaim: {"sources"}, models.TypeOpenItem: {"sources"},
}

// mostIncluded bounds each include; what it cuts is named in the answer.
const mostIncluded = 500

// include adds what was asked for to one record.
func (a *API) include(ctx context.Context, wire any, names []string, m services.Moment) error {
	others := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "sources" })
	if len(others) < len(names) {
		if err := a.includeSources(ctx, []*Standing{wire.(standing).own()}, m); err != nil {
			return err
		}
	}
	switch wire := wire.(type) {
	case *Entity:
		return a.includeInEntity(ctx, wire, others, m)
	case *Relationship:
		return a.includeAbout(ctx, wire.ID, &wire.Included, others, m)
	case *OpenItem:
		return a.includeAbout(ctx, wire.ID, &wire.Included, others, m)
	case *Claim:
		return a.includeInClaim(ctx, wire, others, m)
	}
	return nil
}

// standing is a record that cites.
type standing interface{ own() *Standing }

func (s *Standing) own() *Standing { return s }

// includeSources adds to each record the sources that it cites, whole.
func (a *API) includeSources(ctx context.Context, records []*Standing, m services.Moment) error {
	var ids []uuid.UUID
	for _, record := range records {
		for _, citation := range record.Citations {
			ids = append(ids, citation.Source.ID)
		}
	}
	found := map[uuid.UUID]Source{}
	err := a.services.Gather(ctx, actorOf(ctx), models.TypeSource, ids, m, func(page services.Page) error {
		v := viewOf(page)
		for _, record := range page.Records {
			found[record.ID] = v.sourceRecord(record)
		}
		return nil
	})
	if err != nil {
		return a.failed(err)
	}
	for _, record := range records {
		record.Sources = []Source{}
		for _, citation := range record.Citations {
			source, ok := found[citation.Source.ID]
			if ok && !slices.ContainsFunc(record.Sources, func(s Source) bool { return s.ID == source.ID }) {
				record.Sources = append(record.Sources, source)
			}
		}
	}
	return nil
}

// includeAbout adds the steps of a record, and the claims about it.
func (a *API) includeAbout(ctx context.Context, id uuid.UUID, to *Included, names []string, m services.Moment) error {
	for _, name := range names {
		kind, filter := models.TypeStatusChange, "record"
		if name == "claims" {
			kind, filter = models.TypeClaim, "about"
		}
		page, err := a.services.List(ctx, actorOf(ctx), kind, services.Query{Moment: m, Limit: mostIncluded, Filters: map[string][]string{filter: {id.String()}}})
		if err != nil {
			return a.failed(err)
		}
		to.add(name, page)
	}
	return nil
}

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

func (e *Included) add(name string, page services.Page) {
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
