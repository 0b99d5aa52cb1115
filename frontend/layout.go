package frontend

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"plumbline/models"
	"plumbline/services"
)

// layout is what every page has.
type layout struct {
	// Template names the page.
	Template    string
	Title       *text
	Description *text
	Nav         []navLink
	// Languages are the page's addresses in every language.
	Languages []alternate
	// Scripts are the files of what the page adds for who has scripts on, in their order.
	Scripts []string
	// Reply leads to the form by which anyone asks for a correction; "" on pages of no record.
	Reply string
	// Answers are what was sent about the record of the page and answered in public.
	Answers []replyLine
	// Offers are what a member can do with what the page shows.
	Offers []link
	// Member is who is signed in; nil when nobody is.
	Member *memberLinks
	// Notice says what was just done; Problems what is wrong with a form.
	Notice string
	// Newer is set where that wrote a record which others wrote again since: the page shows theirs.
	Newer    *newerVersion
	Problems []formProblem
	// Site is the scheme and host of the page, Preview the picture that a link to it shows; the
	// site's own where it is "".
	Site, Preview string
	// Linked says in JSON-LD who or what the page is about; nil where that is nobody.
	Linked any
	// Feed is the page's Atom feed, FeedJSON the same as JSON Feed; "" where it has none.
	Feed, FeedJSON string
	// API is the address of the same data as JSON; "" when there is none.
	API string
	// AsFiles are the page as JSON and CSV, under its own address.
	AsFiles []link
	// Citing leads to how the page is cited, and where Embeds is set, shown on other sites; "" on
	// pages of which nothing can be cited.
	Citing string
	Embeds bool
	// Past is set when the page shows another day or an earlier knowledge.
	Past *past
	// Moment is the form that chooses them; nil on pages without state.
	Moment *momentForm
}

// Picture is what a link to the page shows.
func (l *layout) Picture() string {
	if l.Preview == "" {
		return sitePreview
	}
	return l.Preview
}

// frame is the layout of a page, whatever the page is.
func (l *layout) frame() *layout { return l }

// navLink is an entry of the main navigation.
type navLink struct {
	URL     string
	Name    *text
	Current bool
	// English pages speak no other language.
	English bool
}

// past says which past one looks at.
type past struct {
	Sentence *text
	Today    string
	// Since says how many status changes took effect after the day, and Recorded how many
	// versions were recorded after the instant; nil where neither is asked for. SinceURL leads to
	// the changes.
	Since    *text
	SinceURL string
	Recorded *text
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
	return p.layoutAmid(c, title, m, days, p.surround(c, m))
}

// surroundings are what a page says of other days than the one that it shows.
type surroundings struct {
	// days are those on which something changed last, past how the one shown differs from today;
	// nil for the present.
	days []models.Day
	past *past
}

// surround reads the surroundings of a page.
func (p *Pages) surround(c *gin.Context, m services.Moment) surroundings {
	out := surroundings{past: pastOf(c.Request.URL.Path, shownValues(c), m, p.services.Today())}
	// The days that count are those of the entity whose page or list it is.
	party := partyOf(c)
	if strings.Contains(party, ",") {
		party = ""
	}
	days, size, err := p.services.ChangeDays(c.Request.Context(), models.Actor{}, party, 2*mostDays, services.Moment{KnownAt: m.KnownAt})
	if err != nil {
		// The page itself is right without them.
		p.logger.Warn("status changes around a page", "error", err)
		return out
	}
	out.days = days
	if out.past != nil {
		p.differ(c, out.past, m, size)
	}
	return out
}

// shownValues are the parameters of what a page shows, from its beginning on.
func shownValues(c *gin.Context) url.Values {
	values := c.Request.URL.Query()
	values.Del("cursor")
	return values
}

// layoutAmid is the layout of a page whose surroundings were read.
func (p *Pages) layoutAmid(c *gin.Context, title *text, m services.Moment, days []models.Day, amid surroundings) layout {
	path, values := c.Request.URL.Path, shownValues(c)
	shown := m.AsOf
	if shown.IsZero() {
		shown = p.services.Today()
	}

	l := plainLayout(path, title, "")
	l.Moment = &momentForm{Action: path, Shown: shown, AsOf: m.AsOf.String(), Days: dayLinks(path, values, slices.Concat(days, amid.days)),
		Hidden: hidden(values, "as_of", "known_at")}
	if !m.KnownAt.IsZero() {
		l.Moment.KnownAt = m.KnownAt.Format("2006-01-02T15:04:05")
	}
	l.Past = amid.past
	l.Citing, l.Embeds = address("/cite", url.Values{"page": {address(path, values)}}), embedPath(path, values) != ""
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
func pastOf(path string, values url.Values, m services.Moment, today models.Day) *past {
	p := &past{Today: address(path, with(with(values, "as_of", ""), "known_at", ""))}
	switch {
	case m.AsOf.IsZero() && m.KnownAt.IsZero():
		return nil
	case m.KnownAt.IsZero() && m.AsOf.After(today):
		p.Sentence = say("You are looking at %s, which is still to come: how things will stand then, as far as that is known today.", m.AsOf)
	case m.KnownAt.IsZero():
		p.Sentence = say("You are looking at %s: how things stood then, by what is known today.", m.AsOf)
	case m.AsOf.IsZero():
		p.Sentence = say("You are looking at what was known on %s.", m.KnownAt)
	default:
		p.Sentence = say("You are looking at %s: how things stood then, by what was known on %s.", m.AsOf, m.KnownAt)
	}
	return p
}

// partyOf is the entity whose page or list a request asks for: its id or slug; "" for none.
func partyOf(c *gin.Context) string {
	if id := c.Param("id"); id != "" && c.Request.URL.Path != "/records/"+id && c.Request.URL.Path != "/sources/"+id {
		return id
	}
	return c.Request.URL.Query().Get("party") // not c.Query, which several may not ask at once
}

// mostSince bounds the status changes that are counted.
const mostSince = 20

// differ says how a past differs from today: by the status changes since, and by what was
// recorded since. Should it not be known, the page is shown without it.
func (p *Pages) differ(c *gin.Context, shown *past, m services.Moment, then int64) {
	if !m.KnownAt.IsZero() {
		now, err := p.services.Size(c.Request.Context())
		if err != nil {
			p.logger.Warn("compare with today", "error", err)
			return
		}
		shown.Recorded = sayN(int(now-then), "%d version has been recorded since.", "%d versions have been recorded since.")
	}
	if m.AsOf.IsZero() {
		return
	}
	after, by := m.AsOf, p.services.Today()
	if after.After(by) {
		after, by = by, after
	}
	values := url.Values{"effective[gt]": {after.String()}, "effective[lte]": {by.String()}}
	party := partyOf(c)
	if party != "" {
		values.Set("party", party)
	}
	n, more, err := p.changesSince(c, party, after, by, values)
	if err != nil {
		p.logger.Warn("compare with today", "error", err)
		return
	}
	shown.SinceURL = address("/status-changes", values)
	shown.Since = sayN(n, "%d status change has taken effect since.", "%d status changes have taken effect since.")
	switch {
	case more:
		shown.Since = say("More than %d status changes have taken effect since.", mostSince)
	case m.AsOf.After(p.services.Today()):
		shown.Since = sayN(n, "%d status change is to take effect by then.", "%d status changes are to take effect by then.")
	}
}

// changesSince counts what the list of status changes shows for the values.
func (p *Pages) changesSince(c *gin.Context, party string, after, by models.Day, values url.Values) (n int, more bool, err error) {
	ctx := c.Request.Context()
	if strings.Contains(party, ",") {
		return p.services.Count(ctx, models.Actor{}, models.TypeStatusChange, services.Query{Filters: map[string][]string{
			"effective[gt]": values["effective[gt]"], "effective[lte]": values["effective[lte]"], "party": strings.Split(party, ",")}}, mostSince)
	}
	return p.services.ChangesSince(ctx, models.Actor{}, party, after, by, mostSince)
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
