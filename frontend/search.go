package frontend

import (
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// searchPage shows what a search found.
type searchPage struct {
	layout
	Query string
	Hits  []hitLine
	Asked bool
}

// hitLine is a record that a search found.
type hitLine struct {
	Link    link
	Type    any
	Matched string
	Summary string
}

func (p *Pages) search(c *gin.Context) (view, error) {
	values := c.Request.URL.Query()
	for name := range values {
		if name != "q" {
			return view{}, models.Errorf(models.ErrInvalid, "This page takes the parameter \"q\" alone, with what to search for.")
		}
	}
	data := &searchPage{Query: strings.TrimSpace(values.Get("q")), layout: plainLayout("/search", say("Search"), "")}
	if data.Query == "" {
		return view{template: "search", data: data}, nil
	}
	hits, err := p.services.Search(c.Request.Context(), models.Actor{}, services.SearchQuery{Text: data.Query, Limit: 50})
	if err != nil {
		return view{}, err
	}

	data.Asked, data.Title, data.API = true, say("Search: %s", data.Query), apiAddress("/search", values)
	data.Offers = p.watchList(c, models.SearchList, url.Values{"q": {data.Query}})
	for _, hit := range hits {
		data.Hits = append(data.Hits, hitOf(hit))
	}
	return view{template: "search", data: data}, nil
}

// hitOf shows a record that a search found.
func hitOf(hit services.Hit) hitLine {
	line := hitLine{Link: showing{}.refLink(hit.Ref), Type: models.RecordTypes().Label(string(hit.Type)), Summary: hit.Summary}
	if hit.Type == models.TypeEntity {
		line.Type = line.Link.Kind
	}
	if hit.Matched != "" && hit.Matched != hit.Name {
		line.Matched = hit.Matched
	}
	if hit.Type == models.TypeClaim {
		line.Type = stanceLabels[models.Stance(hit.Kind)].label
	}
	return line
}
