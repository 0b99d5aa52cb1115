package api

import (
	"context"

	"plumbline/models"
	"plumbline/services"
)

// FacetCount says how many records one value of a filter would show.
type FacetCount struct {
	Value string `json:"value"`
	Count int    `json:"count" doc:"Exact up to 1,000."`
	More  bool   `json:"more" doc:"Whether there are more than that."`
}

// facets counts a list by the filters that facets= names, with all other filters in force.
func (a *API) facets(ctx context.Context, kind models.RecordType, in request) (map[string][]FacetCount, error) {
	q, err := services.ParseQuery(kind, in.values, "facets")
	if err != nil {
		return nil, a.failed(err)
	}
	counted, err := a.services.Facets(ctx, actorOf(ctx), kind, q, in.list("facets"))
	if err != nil {
		return nil, a.failed(err)
	}
	facets := map[string][]FacetCount{}
	for _, f := range counted {
		facets[f.Name] = []FacetCount{}
		for _, v := range f.Values {
			facets[f.Name] = append(facets[f.Name], FacetCount{v.Value, v.Count, v.More})
		}
	}
	return facets, nil
}
