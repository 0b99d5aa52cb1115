package frontend

import (
	"slices"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// mostSayings bounds the claims that a supply shows in its line.
const mostSayings = 6

// supplyLines makes lines of the supplies of a page, with who provides the service and who says
// what about the supply, in two queries.
func (p *Pages) supplyLines(c *gin.Context, page services.Page, m services.Moment) ([]linkLine, error) {
	var ids, offered []uuid.UUID
	for _, r := range page.Records {
		ids = append(ids, r.ID)
		if service := r.Document.(*models.Relationship).Subject; !slices.Contains(offered, service) {
			offered = append(offered, service)
		}
	}
	providers, err := p.providers(c, offered, m)
	if err != nil {
		return nil, err
	}
	claims, saying, err := p.claimsAt(c, m, "about", ids)
	if err != nil {
		return nil, err
	}

	s := showingOf(page, m)
	lines := make([]linkLine, len(page.Records))
	for i, r := range page.Records {
		lines[i] = s.line(r)
		if len(lines[i].Providers) == 0 {
			lines[i].Providers = providers[r.Document.(*models.Relationship).Subject]
		}
		for _, claim := range claims[r.ID] {
			lines[i].add(saying.saying(claim))
		}
	}
	return lines, nil
}

// providers finds the companies that provide services.
func (p *Pages) providers(c *gin.Context, offered []uuid.UUID, m services.Moment) (map[uuid.UUID][]link, error) {
	found, err := p.services.Providers(c.Request.Context(), models.Actor{}, offered, m)
	if err != nil {
		return nil, err
	}
	s := showing{moment: momentValues(m)}
	companies := map[uuid.UUID][]link{}
	for service, providers := range found {
		for _, provider := range providers {
			companies[service] = append(companies[service], s.refLink(provider))
		}
		inSentence(companies[service])
	}
	return companies, nil
}

// add adds a saying, or counts it.
func (l *linkLine) add(one saying) {
	for i := range l.Sayings {
		if l.Sayings[i].sameAs(one) {
			l.Sayings[i].Count++
			l.Sayings[i].URL = l.URL // which lists them
			return
		}
	}
	if len(l.Sayings) == mostSayings {
		l.MoreSayings++
		return
	}
	l.Sayings = append(l.Sayings, one)
}
