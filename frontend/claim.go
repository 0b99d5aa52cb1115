package frontend

import (
	"slices"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// claimCard is a claim with what answers it.
type claimCard struct {
	URL      string
	Speakers []link
	// Label says in a word how the claim is to be read.
	Label   *text
	Class   string
	Text    string
	When    date
	Partial bool
	About   []link
	Answers []link
	Later   bool
	Mark    mark
	Replies []claimCard
}

// saying is a claim in one line: how it is to be read, who says it, when. Claims that do not
// differ in this are one line.
type saying struct {
	URL      string
	Label    *text
	Class    string
	Speakers []link
	When     date
	Partial  bool
	Count    int
}

// stanceLabels say in a word how a claim is to be read, with its class.
var stanceLabels = map[models.Stance]stanceLabel{
	models.Alleges: {say("Allegation"), "allegation"}, models.Reports: {say("Report"), "report"}, models.States: {say("Statement"), "statement"},
	models.FindsEvidence: {say("Finding of evidence"), "finding"}, models.FindsNoEvidence: {say("Finding of no evidence"), "denial"},
	models.Admits: {say("Admission"), "admission"}, models.Denies: {say("Denial"), "denial"}, models.Disputes: {say("Dispute"), "denial"},
	models.DeclinesToAnswer: {say("Declined to answer"), "silence"}, models.NoResponse: {say("No response"), "silence"},
	models.Commits: {say("Commitment"), "statement"}, models.Demands: {say("Demand"), "demand"},
}

type stanceLabel struct {
	label *text
	class string
}

func (s showing) claim(r services.Record) claimCard {
	d := r.Document.(*models.Claim)
	return claimCard{URL: s.record(r.ID), Speakers: s.speakers(d.Speakers), Label: stanceLabels[d.Stance].label, Class: stanceLabels[d.Stance].class,
		Text: d.Text, When: dateOf(d.SaidOn), Partial: d.Extent == models.Partial, About: s.links(d.About), Answers: s.links(d.Answers),
		Later: s.later(r), Mark: s.mark(r)}
}

func (s showing) saying(r services.Record) saying {
	card := s.claim(r)
	return saying{card.URL, card.Label, card.Class, card.Speakers, card.When, card.Partial, 1}
}

// sameAs reports whether two sayings differ in their words alone.
func (s saying) sameAs(other saying) bool {
	return s.Label == other.Label && s.Partial == other.Partial && s.When == other.When && slices.Equal(s.Speakers, other.Speakers)
}

// mostClaims bounds the claims that are read for one page beside its own records.
const mostClaims = 500

// claimsAt reads the claims that point at records, oldest first, by the record that they point
// at. filter is "about" or "answers". Those made after the day shown are left out.
func (p *Pages) claimsAt(c *gin.Context, m services.Moment, filter string, ids []uuid.UUID) (map[uuid.UUID][]services.Record, showing, error) {
	if len(ids) == 0 {
		return nil, showing{}, nil
	}
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	page, err := p.services.List(c.Request.Context(), models.Actor{}, models.TypeClaim,
		services.Query{Moment: m, Sort: "said_on", Limit: mostClaims, Filters: map[string][]string{filter: texts}})
	if err != nil {
		return nil, showing{}, err
	}

	at := map[uuid.UUID][]services.Record{}
	for _, r := range begun(page) {
		d := r.Document.(*models.Claim)
		targets := d.About
		if filter == "answers" {
			targets = d.Answers
		}
		for _, target := range targets {
			at[target] = append(at[target], r)
		}
	}
	return at, showingOf(page, m), nil
}

// cards makes cards of claims, each beside what answers it, wherever that stands in a list.
func (p *Pages) cards(c *gin.Context, m services.Moment, records []services.Record, s showing) ([]claimCard, error) {
	ids := make([]uuid.UUID, len(records))
	for i, r := range records {
		ids[i] = r.ID
	}
	replies, replying, err := p.claimsAt(c, m, "answers", ids)
	if err != nil {
		return nil, err
	}
	cards := make([]claimCard, len(records))
	for i, r := range records {
		cards[i] = s.claim(r)
		for _, reply := range replies[r.ID] {
			cards[i].Replies = append(cards[i].Replies, replying.claim(reply))
		}
	}
	return cards, nil
}

// begun are the records of a page whose date had come by the day shown.
func begun(page services.Page) []services.Record {
	var records []services.Record
	for _, r := range page.Records {
		if services.Begun(r, page.AsOf) {
			records = append(records, r)
		}
	}
	return records
}
