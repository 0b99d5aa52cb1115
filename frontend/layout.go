package frontend

import (
	"net/url"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// layout is what every page has.
type layout struct {
	Title       *text
	Description *text
	Nav         []navLink
	// Languages are the page's addresses in every language.
	Languages []alternate
	// Scripts are the files of what the page adds for who has scripts on, in their order.
	Scripts []string
	// Offers are what a member can do with what the page shows.
	Offers []link
	// Member is who is signed in; nil when nobody is.
	Member *memberLinks
	// Notice says what was just done; Problems what is wrong with a form.
	Notice   string
	Problems []formProblem
	// API is the address of the same data as JSON; "" when there is none.
	API string
	// Past is set when the page shows another day or an earlier knowledge.
	Past *past
	// Moment is the form that chooses them; nil on pages without state.
	Moment *momentForm
}

// frame is the layout of a page, whatever the page is.
func (l *layout) frame() *layout { return l }

// navLink is an entry of the main navigation.
type navLink struct {
	URL     string
	Name    *text
	Current bool
}

// past says which past one looks at.
type past struct {
	Sentence *text
	Today    string
}

// momentForm chooses a day and an instant.
type momentForm struct {
	Action string
	// Shown is the day that the page shows.
	Shown   models.Day
	AsOf    string
	KnownAt string
	// Days are those on which something changed, and the day before the first of them.
	Days []link
	// Hidden are the other parameters of the page.
	Hidden []field
}

type field struct{ Name, Value string }

// navigation lists the main pages; that of the path is the current one.
func navigation(path string) []navLink {
	list := []navLink{{URL: "/cases", Name: say("Cases")}, {URL: "/companies", Name: say("Companies")}, {URL: "/units", Name: say("Units")},
		{URL: "/supplies", Name: say("Supplies")}, {URL: "/status-changes", Name: say("Status changes")}, {URL: "/claims", Name: say("Claims")}, {URL: "/network", Name: say("Network")},
		{URL: "/open-items", Name: say("Questions")}, {URL: "/sources", Name: say("Sources")}}
	for i := range list {
		list[i].Current = list[i].URL == path
	}
	return list
}

// plainLayout is the layout of a page without a moment.
func plainLayout(path string, title *text, api string) layout {
	return layout{Title: title, API: api, Nav: navigation(path)}
}

// layout is the layout of a page with the moment that it shows, and the days on which something
// on it changed.
func (p *Pages) layout(c *gin.Context, title *text, m services.Moment, days []models.Day) layout {
	path, values := c.Request.URL.Path, c.Request.URL.Query()
	values.Del("cursor")
	shown := m.AsOf
	if shown.IsZero() {
		shown = p.services.Today()
	}

	l := plainLayout(path, title, "")
	l.Moment = &momentForm{Action: path, Shown: shown, AsOf: m.AsOf.String(), Days: dayLinks(path, values, days),
		Hidden: hidden(values, "as_of", "known_at")}
	if !m.KnownAt.IsZero() {
		l.Moment.KnownAt = m.KnownAt.Format("2006-01-02T15:04:05")
	}
	l.Past = pastOf(path, values, m)
	return l
}

// hidden are the parameters that a form passes on: all but those that it asks for.
func hidden(values url.Values, asked ...string) []field {
	var fields []field
	for _, name := range sortedNames(values) {
		if name == "cursor" || slices.Contains(asked, name) {
			continue
		}
		for _, value := range values[name] {
			fields = append(fields, field{name, value})
		}
	}
	return fields
}

func sortedNames(values url.Values) []string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// firstPage gives a copy of the values without the cursor.
func firstPage(values url.Values) url.Values {
	first := url.Values{}
	for name, list := range values {
		first[name] = slices.Clone(list)
	}
	first.Del("cursor")
	return first
}

// with gives the values with one of them changed, for the first page; "" takes it away.
func with(values url.Values, name, value string) url.Values {
	changed := firstPage(values)
	changed.Del(name)
	if value != "" {
		changed.Set(name, value)
	}
	return changed
}

// mostDays bounds the days that the form of the moment offers.
const mostDays = 8

func dayLinks(path string, values url.Values, days []models.Day) []link {
	days = slices.Clone(days)
	slices.SortFunc(days, models.Day.Compare)
	days = slices.Compact(days)
	if len(days) > mostDays {
		days = days[len(days)-mostDays:]
	}
	if len(days) > 0 {
		days = append([]models.Day{days[0].AddDays(-1)}, days...)
	}
	links := make([]link, len(days))
	for i, day := range days {
		links[i] = link{URL: address(path, with(values, "as_of", day.String())), Words: say("%s", day)}
	}
	return links
}

// pastOf says which past is shown; nil for the present.
func pastOf(path string, values url.Values, m services.Moment) *past {
	p := &past{Today: address(path, with(with(values, "as_of", ""), "known_at", ""))}
	switch {
	case m.AsOf.IsZero() && m.KnownAt.IsZero():
		return nil
	case m.KnownAt.IsZero():
		p.Sentence = say("You are looking at %s: how things stood then, by what is known today.", m.AsOf)
	case m.AsOf.IsZero():
		p.Sentence = say("You are looking at what was known on %s.", m.KnownAt)
	default:
		p.Sentence = say("You are looking at %s: how things stood then, by what was known on %s.", m.AsOf, m.KnownAt)
	}
	return p
}

// moment reads as_of and known_at, strictly; extra are parameters that the page reads itself.
func moment(c *gin.Context, extra ...string) (services.Moment, error) {
	return services.ParseMoment(c.Request.URL.Query(), extra...)
}

func momentValues(m services.Moment) url.Values {
	values := url.Values{}
	if !m.AsOf.IsZero() {
		values.Set("as_of", m.AsOf.String())
	}
	if !m.KnownAt.IsZero() {
		values.Set("known_at", m.KnownAt.Format(time.RFC3339Nano))
	}
	return values
}

// apiAddress is the same view from the API.
func apiAddress(path string, values url.Values) string { return address("/api/v1"+path, values) }
