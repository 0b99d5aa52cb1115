package frontend

import (
	"strings"

	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// suggestionPage holds what a search field suggests while one types: the best hits, in groups.
type suggestionPage struct {
	layout
	Groups []suggestionGroup
	Count  int
}

// suggestionGroup are hits of one kind, best first.
type suggestionGroup struct {
	Name any
	Hits []hitLine
}

// mostSuggested bounds the hits that are suggested.
const mostSuggested = 10

func (p *Pages) suggestions(c *gin.Context) (view, error) {
	values := c.Request.URL.Query()
	for name := range values {
		if name != "q" {
			return view{}, models.Errorf(models.ErrInvalid, "Suggestions take the parameter \"q\" alone, with what was typed so far.")
		}
	}
	data := &suggestionPage{layout: plainLayout("/search", say("Search"), "")}
	text := strings.TrimSpace(values.Get("q"))
	if models.Fold(text) == "" {
		return view{template: "suggestions", data: data}, nil
	}
	hits, err := p.services.Search(c.Request.Context(), models.Actor{}, services.SearchQuery{Text: text, Limit: mostSuggested})
	if err != nil {
		return view{}, err
	}
	for _, hit := range hits {
		data.add(hitOf(hit))
	}
	data.Count = len(hits)
	return view{template: "suggestions", data: data}, nil
}

// add puts a hit into the group of its kind. Groups stand in the order of their best hits.
func (d *suggestionPage) add(line hitLine) {
	for i := range d.Groups {
		if d.Groups[i].Name == line.Type {
			d.Groups[i].Hits = append(d.Groups[i].Hits, line)
			return
		}
	}
	d.Groups = append(d.Groups, suggestionGroup{line.Type, []hitLine{line}})
}
