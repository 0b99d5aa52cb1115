package frontend

import (
	"fmt"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// listQuery reads the parameters of a page of a list of one type, strictly.
func listQuery(c *gin.Context, t models.RecordType) (services.Query, error) {
	return services.ParseQuery(t, withoutEmpty(c.Request.URL.Query()))
}

// withoutEmpty drops the fields of a form that were left empty.
func withoutEmpty(values url.Values) url.Values {
	kept := url.Values{}
	for name, list := range values {
		for _, value := range list {
			if value != "" {
				kept.Add(name, value)
			}
		}
	}
	return kept
}

// layout makes what every page has, with the moment that it shows.
func (p *Pages) layout(c *gin.Context, title string, m services.Moment, days []models.Day) layout {
	path := c.Request.URL.Path
	l := layout{Title: title, Path: path, Moment: &momentForm{Action: path, AsOf: m.AsOf.String()}}
	if !m.KnownAt.IsZero() {
		l.Moment.KnownAt = m.KnownAt.Format("2006-01-02T15:04:05Z07:00")
	}
	values := withoutEmpty(c.Request.URL.Query())
	for _, name := range sortedNames(values) {
		if name != "as_of" && name != "known_at" && name != "cursor" {
			for _, value := range values[name] {
				l.Moment.Hidden = append(l.Moment.Hidden, field{name, value})
			}
		}
	}
	l.Moment.Days = dayLinks(path, values, days)
	l.Past = pastOf(path, values, m)
	return l
}

func sortedNames(values url.Values) []string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// mostDays bounds the buttons of the time machine.
const mostDays = 8

// dayLinks are the days on which something changed, and the day before the first of them.
func dayLinks(path string, values url.Values, days []models.Day) []link {
	slices.SortFunc(days, func(a, b models.Day) int { return a.Compare(b) })
	days = slices.Compact(days)
	if len(days) > mostDays {
		days = days[len(days)-mostDays:]
	}
	if len(days) > 0 {
		days = append([]models.Day{days[0].AddDays(-1)}, days...)
	}
	var links []link
	for _, day := range days {
		at := copyValues(values)
		at.Del("cursor")
		at.Set("as_of", day.String())
		links = append(links, link{URL: path + "?" + at.Encode(), Name: day.Label()})
	}
	return links
}

func copyValues(values url.Values) url.Values {
	out := url.Values{}
	for name, list := range values {
		out[name] = slices.Clone(list)
	}
	return out
}

// pastOf says which past is shown; nil for the present.
func pastOf(path string, values url.Values, m services.Moment) *past {
	if m.AsOf.IsZero() && m.KnownAt.IsZero() {
		return nil
	}
	now := copyValues(values)
	now.Del("as_of")
	now.Del("known_at")
	now.Del("cursor")
	p := &past{Today: path}
	if len(now) > 0 {
		p.Today += "?" + now.Encode()
	}
	switch {
	case m.KnownAt.IsZero():
		p.Sentence = fmt.Sprintf("This page shows how things stood on %s, by what is known today.", m.AsOf.Label())
	case m.AsOf.IsZero():
		p.Sentence = fmt.Sprintf("This page shows what was known on %s.", m.KnownAt.Format("2 January 2006 at 15:04 UTC"))
	default:
		p.Sentence = fmt.Sprintf("This page shows how things stood on %s, by what was known on %s.", m.AsOf.Label(), m.KnownAt.Format("2 January 2006 at 15:04 UTC"))
	}
	return p
}

// apiAddress is the same list from the API.
func apiAddress(path string, values url.Values) string {
	if len(values) == 0 {
		return "/api/v1" + path
	}
	return "/api/v1" + path + "?" + values.Encode()
}

// nextPage is the address of the next page; "" on the last.
func nextPage(c *gin.Context, cursor string) string {
	if cursor == "" {
		return ""
	}
	values := withoutEmpty(c.Request.URL.Query())
	values.Set("cursor", cursor)
	return c.Request.URL.Path + "?" + values.Encode()
}

// changeDays are the days on which status changes took effect or were announced.
func changeDays(records []services.Record) []models.Day {
	var days []models.Day
	for _, r := range records {
		if d, ok := r.Document.(*models.StatusChange); ok && !d.Effective.Latest.IsZero() {
			days = append(days, d.Effective.Latest)
		}
	}
	return days
}
