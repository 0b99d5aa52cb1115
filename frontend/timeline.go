package frontend

import (
	"slices"

	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// timelineDay is what happened at one point in time, in the words of its label.
type timelineDay struct {
	When    date
	Entries []timelineEntry
}

// timelineEntry is one record of a timeline.
type timelineEntry struct {
	Change *changeLine
	Claim  *claimCard
	Link   *linkLine
	Item   *itemLine
	Source *sourceLine
	Event  *link
}

// mostMoments bounds the records that one page of a timeline shows.
const mostMoments = 60

func (p *Pages) addTimeline(c *gin.Context, data *entityPage, entity services.Record, m services.Moment) error {
	page, err := p.services.Timeline(c.Request.Context(), models.Actor{}, entity.ID.String(), services.Query{Moment: m, Limit: mostMoments, Cursor: c.Request.URL.Query().Get("cursor")})
	if err != nil {
		return err
	}
	if page.Next != "" {
		values := momentValues(m)
		values.Set("cursor", page.Next)
		data.Earlier = address(c.Request.URL.Path, values)
	}

	s := showingOf(page, m)
	var claims []services.Record
	records := groupedByDate(begun(page))
	for _, r := range records {
		if r.Type == models.TypeClaim {
			claims = append(claims, r)
		}
	}
	cards, err := p.cards(c, m, claims, s)
	if err != nil {
		return err
	}
	for _, r := range records {
		var card *claimCard
		if r.Type == models.TypeClaim {
			card, cards = &cards[0], cards[1:]
		}
		when, entry := s.entry(r, card)
		if last := len(data.Timeline) - 1; last < 0 || data.Timeline[last].When.Label != when.Label {
			data.Timeline = append(data.Timeline, timelineDay{When: date{Label: when.Label, Machine: when.Machine, point: when.point}})
		}
		day := &data.Timeline[len(data.Timeline)-1]
		day.Entries = append(day.Entries, entry)
	}
	return nil
}

// groupedByDate puts together what bears the same date among what ends on the same day: "25 September"
// and "between August and 25 September" do so.
func groupedByDate(records []services.Record) []services.Record {
	for from := 0; from < len(records); {
		to := from + 1
		for to < len(records) && services.TimelineDay(records[to].Document) == services.TimelineDay(records[from].Document) {
			to++
		}
		first := map[string]int{}
		for i, r := range records[from:to] {
			if text := services.DocumentDate(r.Document).Text; first[text] == 0 {
				first[text] = i + 1
			}
		}
		slices.SortStableFunc(records[from:to], func(a, b services.Record) int {
			return first[services.DocumentDate(a.Document).Text] - first[services.DocumentDate(b.Document).Text]
		})
		from = to
	}
	return records
}

// entry makes a timeline entry of a record that is no claim, or takes the claim's card.
func (s showing) entry(r services.Record, card *claimCard) (date, timelineEntry) {
	switch d := r.Document.(type) {
	case *models.StatusChange:
		line := s.change(r)
		return line.Effective, timelineEntry{Change: &line}
	case *models.Claim:
		return card.When, timelineEntry{Claim: card}
	case *models.Relationship:
		line := s.line(r)
		return line.Start, timelineEntry{Link: &line}
	case *models.OpenItem:
		line := s.item(r)
		return line.RaisedOn, timelineEntry{Item: &line}
	case *models.Source:
		line := s.source(r)
		return line.Published, timelineEntry{Source: &line}
	case *models.Entity:
		event := s.link(r.ID)
		return dateOf(d.Start), timelineEntry{Event: &event}
	}
	return date{}, timelineEntry{}
}

// marks are how well what an entry shows is established.
func (e timelineEntry) marks() []mark {
	switch {
	case e.Change != nil:
		return []mark{e.Change.Mark}
	case e.Link != nil:
		return []mark{e.Link.Mark}
	case e.Item != nil:
		return []mark{e.Item.Mark}
	case e.Claim != nil:
		marks := []mark{e.Claim.Mark}
		for _, reply := range e.Claim.Replies {
			marks = append(marks, reply.Mark)
		}
		return marks
	}
	return nil
}

// timelineDays are the days on which a status changed.
func timelineDays(timeline []timelineDay) []models.Day {
	var days []models.Day
	for _, at := range timeline {
		for _, entry := range at.Entries {
			if entry.Change == nil {
				continue
			}
			for _, d := range []date{entry.Change.Effective, entry.Change.Announced} {
				if day, err := models.ParseDay(d.Machine); err == nil {
					days = append(days, day)
				}
			}
		}
	}
	return days
}
