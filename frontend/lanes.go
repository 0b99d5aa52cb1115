package frontend

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// lanes are supplies drawn over time: one lane for each, with its statuses as bands and what was
// said about it as marks. Places are percents of the width, so that the drawing fits any screen.
type lanes struct {
	From, To models.Day
	Ticks    []tick
	Lanes    []lane
	// Zoom are the addresses of other stretches of time; "" where there is none.
	Closer, Wider, Before, After, Whole string
}

// tick is a line of the axis.
type tick struct {
	X     string
	Label string
	// Anchor is how the label stands to its line.
	Anchor string
}

// lane is one supply.
type lane struct {
	Line  linkLine
	Bands []band
	Marks []laneMark
	Steps []changeLine
	Said  []saying
}

// band is a run of days with one status.
type band struct {
	X, Width, Y, Height, TextX, Anchor string
	Badge                              badge
	// Soft bands are the days among which the step was taken; it is not known on which.
	Soft  bool
	Title *text
	Wide  bool
	// Pale bands are the days for which nothing shows that the status still held.
	Pale bool
}

// laneMark is a claim, or several that lie close together.
type laneMark struct {
	X, URL, Class string
	Count         int
	Title         *text
}

const (
	// lanesOnPage are the lanes of one page.
	lanesOnPage = 12
	// markRoom is the share of the width that a mark needs, so that a finger can tell it from the next.
	markRoom = 8.0
)

func (p *Pages) timeline(c *gin.Context) (view, error) {
	l := p.supplyList(c)
	l.template, l.title, l.limit, l.own = "lanes", say("Timeline of supplies"), lanesOnPage, []string{"day[gte]", "day[lte]"}
	l.intro = say("Each lane is a service supplied to a unit: its statuses as bands, what was said about it as marks. A soft edge means that the day is not known exactly; a thin band is a step in part.")
	values := c.Request.URL.Query()
	from, to, err := stretch(values)
	if err != nil {
		return view{}, err
	}
	l.fill = func(data *listPage, page services.Page, m services.Moment) error {
		drawn, err := p.draw(c, page, m, from, to)
		if err == nil {
			drawn.zoom(c.Request.URL.Path, values, from, to)
			data.Lanes = drawn
		}
		return err
	}
	return p.list(c, l)
}

// stretch reads the days between which the timeline is shown; zero where the page is to choose.
func stretch(values url.Values) (from, to models.Day, err error) {
	for name, into := range map[string]*models.Day{"day[gte]": &from, "day[lte]": &to} {
		if text := values.Get(name); text != "" {
			if *into, err = models.ParseDay(text); err != nil {
				return from, to, err
			}
		}
	}
	if !from.IsZero() && !to.IsZero() && to.DaysSince(from) < 1 {
		err = models.Errorf(models.ErrInvalid, "The timeline from %s to %s has no days. Put the earlier day first.", from.Label(), to.Label())
	}
	return from, to, err
}

// draw makes the lanes of a page of supplies, in a fixed number of queries.
func (p *Pages) draw(c *gin.Context, page services.Page, m services.Moment, from, to models.Day) (*lanes, error) {
	ids := make([]uuid.UUID, len(page.Records))
	for i, r := range page.Records {
		ids[i] = r.ID
	}
	spans, err := p.services.Spans(c.Request.Context(), models.Actor{}, ids, m)
	if err != nil {
		return nil, err
	}
	steps, stepping, err := p.stepsOf(c, ids, m)
	if err != nil {
		return nil, err
	}
	about := slices.Clone(ids)
	for _, list := range steps {
		for _, step := range list {
			about = append(about, step.ID)
		}
	}
	claims, saying, err := p.claimsAt(c, m, "about", about)
	if err != nil {
		return nil, err
	}
	lines, err := p.supplyLines(c, page, m)
	if err != nil {
		return nil, err
	}

	d := &scale{from: from, to: to, mirrored: p.languageOf(c).Direction == "rtl", today: page.AsOf}
	d.settle(spans, steps, claims)
	out := &lanes{From: d.from, To: d.to, Ticks: d.ticks()}
	for i, r := range page.Records {
		said := slices.Clone(claims[r.ID])
		for _, step := range steps[r.ID] {
			said = append(said, claims[step.ID]...)
		}
		one := lane{Line: lines[i], Bands: d.bands(spans[r.ID], steps[r.ID], paleFrom(r, d.today))}
		one.Marks, one.Said = d.marks(said, saying)
		for _, step := range steps[r.ID] {
			one.Steps = append(one.Steps, stepping.change(step))
		}
		out.Lanes = append(out.Lanes, one)
	}
	slices.SortStableFunc(out.Lanes, func(a, b lane) int { return a.Line.order() - b.Line.order() })
	return out, nil
}

// stepsOf reads the status changes of records, oldest first, by the record.
func (p *Pages) stepsOf(c *gin.Context, ids []uuid.UUID, m services.Moment) (map[uuid.UUID][]services.Record, showing, error) {
	if len(ids) == 0 {
		return nil, showing{}, nil
	}
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	page, err := p.services.List(c.Request.Context(), models.Actor{}, models.TypeStatusChange,
		services.Query{Moment: m, Sort: "effective", Limit: 500, Filters: map[string][]string{"record": texts}})
	steps := map[uuid.UUID][]services.Record{}
	for _, r := range page.Records {
		of := r.Document.(*models.StatusChange).Record
		steps[of] = append(steps[of], r)
	}
	return steps, showingOf(page, m), err
}

// scale knows the days that are drawn, and puts days into places.
type scale struct {
	from, to, today models.Day
	mirrored        bool
}

// settle chooses the first and last day where the reader did not: all that is known of, to the
// day shown.
func (d *scale) settle(spans map[uuid.UUID][]models.Span, steps, claims map[uuid.UUID][]services.Record) {
	first, last := d.today.AddDays(-365), d.today
	see := func(day models.Day) {
		if !day.IsZero() && day.Before(first) {
			first = day
		}
		if !day.IsZero() && day.After(last) {
			last = day
		}
	}
	for _, list := range spans {
		for _, span := range list {
			see(span.From)
		}
	}
	for _, records := range []map[uuid.UUID][]services.Record{steps, claims} {
		for _, list := range records {
			for _, r := range list {
				date := services.DocumentDate(r.Document)
				see(date.Earliest)
				see(date.Latest)
			}
		}
	}
	margin := max(last.DaysSince(first)/20, 10)
	if d.from.IsZero() {
		d.from = first.AddDays(-margin)
	}
	if d.to.IsZero() {
		d.to = last.AddDays(margin)
	}
	if d.to.DaysSince(d.from) < 2 {
		d.to = d.from.AddDays(30)
	}
}

// at is the place of a day, from 0 to 100 and beyond.
func (d *scale) at(day models.Day) float64 {
	return 100 * float64(day.DaysSince(d.from)) / float64(d.to.DaysSince(d.from))
}

// place writes the place of what begins at x and is as wide; in right-to-left pages time runs that way.
func (d *scale) place(x, width float64) string {
	if d.mirrored {
		x = 100 - x - width
	}
	return percent(x)
}

// anchor is the end of a text that stands at its place: texts lead on from there as time does.
func (d *scale) anchor() string {
	if d.mirrored {
		return "end"
	}
	return "start"
}

func percent(x float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", x), "0"), ".") + "%"
}

// bands draws the spans of a record, and before each the days among which it began.
// What runs is pale from the day after that on which it was last shown to hold; zero for not at all.
func (d *scale) bands(spans []models.Span, steps []services.Record, pale models.Day) []band {
	effective := map[uuid.UUID]models.Date{}
	for _, step := range steps {
		effective[step.ID] = step.Document.(*models.StatusChange).Effective
	}
	var bands []band
	for i, span := range spans {
		badge := badgeOf(models.SubjectSupply, span.Status, span.Extent, span.Scope)
		until := span.Until
		if until.IsZero() || until.After(d.today) {
			until = d.today.AddDays(1) // what comes is not drawn as if it were so
		}
		title := bandTitle(say(badge.Word), span.Since, next(spans[i+1:], d.today))
		begin := 0.0
		if !span.From.IsZero() {
			begin = d.at(span.From)
		}
		if shown := d.at(pale); !pale.IsZero() && until.After(d.today) && span.Until.IsZero() {
			bands = d.add(bands, begin, shown, band{Badge: badge, Title: title})
			bands = d.add(bands, max(begin, shown), d.at(until), band{Badge: badge, Pale: true, Title: say("%s; nothing shows that it still held after %s", title, pale.AddDays(-1))})
		} else {
			bands = d.add(bands, begin, d.at(until), band{Badge: badge, Title: title})
		}
		if span.Change == nil {
			continue
		}
		if date := effective[*span.Change]; date.Earliest != date.Latest {
			early := begin - 8
			if !date.Earliest.IsZero() {
				early = d.at(date.Earliest)
			}
			bands = d.add(bands, early, begin, band{Badge: badge, Soft: true, Title: say("%s: the day is not known exactly: %s", say(badge.Word), date)})
		}
	}
	return bands
}

// bandTitle says when a status began and ended, as the steps that began and ended it do.
func bandTitle(status *text, since, until models.Date) *text {
	switch {
	case since.IsZero() && until.IsZero():
		return status
	case until.IsZero():
		return say("%s %s", status, dated{since, models.DateSince})
	case since.IsZero():
		return say("%s %s", status, dated{until, models.DateUntil})
	}
	return say("%s %s, %s", status, dated{since, models.DateSince}, dated{until, models.DateUntil})
}

// next is when the first of the spans that follow began; unknown where none has by a day.
func next(spans []models.Span, today models.Day) models.Date {
	if len(spans) == 0 || spans[0].From.After(today) {
		return models.Date{}
	}
	return spans[0].Since
}

// paleFrom is the day after that on which a stale status was last shown to hold; zero for what is
// not stale.
func paleFrom(r services.Record, today models.Day) models.Day {
	if !services.StatusStale(r, today) {
		return models.Day{}
	}
	if last := r.Status.Standing.LastEvidenced; !last.IsZero() {
		return last.AddDays(1)
	}
	return r.Status.Span.From
}

// add adds a band as far as it lies within the drawing.
func (d *scale) add(bands []band, from, to float64, b band) []band {
	from, to = max(from, 0), min(to, 100)
	if to <= from {
		return bands
	}
	b.X, b.Width, b.Wide = d.place(from, to-from), percent(to-from), to-from > 14 && !b.Soft
	b.TextX, b.Anchor = d.place(from+1, 0), d.anchor()
	b.Y, b.Height = "10", "22"
	switch {
	case b.Badge.Partial:
		b.Y, b.Height = "21", "11"
	case b.Badge.Class == "status-unknown":
		b.Y, b.Height = "26", "6"
	}
	return append(bands, b)
}

// marks places claims, and lists them; those that lie close together share a mark.
func (d *scale) marks(claims []services.Record, s showing) ([]laneMark, []saying) {
	slices.SortStableFunc(claims, func(a, b services.Record) int {
		return cmp.Or(services.DocumentDate(a.Document).Compare(services.DocumentDate(b.Document)), slices.Compare(a.ID[:], b.ID[:]))
	})
	claims = slices.CompactFunc(claims, func(a, b services.Record) bool { return a.ID == b.ID })
	var marks []laneMark
	var said []saying
	last := -100.0
	for _, r := range claims {
		one := s.saying(r)
		said = append(said, one)
		date := services.DocumentDate(r.Document)
		day := date.Latest
		if day.IsZero() {
			day = date.Earliest
		}
		x := d.at(day)
		if day.IsZero() || x < 0 || x > 100 {
			continue
		}
		if x-last < markRoom && len(marks) > 0 {
			mark := &marks[len(marks)-1]
			mark.Count++
			if mark.Class != one.Class {
				mark.Class = "mixed"
			}
			mark.Title = say("%s; %s", mark.Title, said[len(said)-1].words())
			continue
		}
		last = x
		x = min(max(x, 1.5), 98.5)
		marks = append(marks, laneMark{X: d.place(x, 0), URL: one.URL, Class: one.Class, Count: 1, Title: one.words()})
	}
	return marks, said
}

// words are the saying in one line.
func (s saying) words() *text {
	var speakers names
	for _, speaker := range s.Speakers {
		speakers = append(speakers, speaker.Name)
	}
	return say("%s: %s (%s)", s.Label, speakers, s.When)
}

// ticks are the years, or the months where few of them are shown.
func (d *scale) ticks() []tick {
	days := d.to.DaysSince(d.from)
	step := max(1, days/365/8)
	var list []tick
	add := func(day models.Day, label string) {
		if x := d.at(day); x >= 0 && x <= 97 {
			list = append(list, tick{X: d.place(x, 0), Label: label, Anchor: d.anchor()})
		}
	}
	year := d.from.Time().Year()
	if days < 4*365 {
		for month := range 60 {
			if (month)%max(1, days/30/4) != 0 {
				continue
			}
			if day, ok := models.NewDay(year+month/12, month%12+1, 1); ok {
				add(day, day.String()[:7])
			}
		}
		return list
	}
	for y := year; y <= d.to.Time().Year(); y += step {
		if day, ok := models.NewDay(y, 1, 1); ok {
			add(day, day.String()[:4])
		}
	}
	return list
}

// zoom makes the addresses of other stretches.
func (l *lanes) zoom(path string, values url.Values, from, to models.Day) {
	days := l.To.DaysSince(l.From)
	show := func(from, to models.Day) string {
		return address(path, with(with(values, "day[gte]", from.String()), "day[lte]", to.String()))
	}
	if days > 60 {
		l.Closer = show(l.From.AddDays(days/2), l.To)
	}
	l.Wider = show(l.From.AddDays(-days/2), l.To.AddDays(days/2))
	l.Before, l.After = show(l.From.AddDays(-days/2), l.To.AddDays(-days/2)), show(l.From.AddDays(days/2), l.To.AddDays(days/2))
	if !from.IsZero() || !to.IsZero() {
		l.Whole = address(path, with(with(values, "day[gte]", ""), "day[lte]", ""))
	}
}
