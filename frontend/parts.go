package frontend

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// layout is what every page has.
type layout struct {
	Title       string
	Description string
	// Path is the page's own, for the navigation and the forms.
	Path string
	// API is the address of the same data as JSON; "" when there is none.
	API string
	// Past is set when the page shows another day or an earlier knowledge.
	Past *past
	// Moment is the form that chooses them; nil on pages without state.
	Moment *momentForm
}

// past says which past one looks at.
type past struct {
	Sentence string
	Today    string
}

// momentForm chooses a day and an instant.
type momentForm struct {
	Action  string
	AsOf    string
	KnownAt string
	// Days are those on which something changed.
	Days []link
	// Hidden are the other parameters of the page.
	Hidden []field
}

type field struct{ Name, Value string }

// link is an address with its words.
type link struct {
	URL  string
	Name string
	// Undisclosed marks an entity whose identity is not known.
	Undisclosed bool
	Kind        string
}

// badge is a status in word, icon and colour.
type badge struct {
	Word  string
	Icon  string
	Class string
	// Detail is what else must be said with it: partial, since when.
	Partial bool
	Scope   string
	Since   string
}

var statusIcons = map[models.Status]string{
	"planned": "calendar-clock", "active": "circle-check", "restricted": "shield-alert", "suspended": "circle-pause", "disabled": "ban", "ended": "circle-x",
	"current": "circle-check", "pending": "calendar-clock", "expired": "circle-x", "cancelled": "circle-x", "terminated": "circle-x",
	"announced": "megaphone", "ongoing": "clock", "concluded": "circle-check", "abandoned": "circle-x",
	"open": "circle-dot", "no_response": "circle-dot", "declined": "ban", "partly_answered": "reply", "answered": "reply",
	"partly_met": "circle-dot", "met": "circle-check", "refused": "ban", "kept": "circle-check", "broken": "circle-x", "lapsed": "circle-x",
}

func badgeOf(subject models.StatusSubject, status models.Status, extent models.Extent, scope string) badge {
	b := badge{Word: models.StatusesOf(subject).Label(string(status)), Icon: statusIcons[status], Class: "status-" + string(status), Partial: extent == models.Partial, Scope: scope}
	if b.Icon == "" {
		b.Icon = "circle-question-mark"
	}
	if b.Word == string(status) {
		b.Word = strings.ReplaceAll(b.Word, "_", " ")
	}
	return b
}

// mark is a verification level with its reason and its sources.
type mark struct {
	Word     string
	Icon     string
	Class    string
	Disputed bool
	Reason   string
	Sources  []citation
}

// citation is a source with what it is cited for.
type citation struct {
	URL       string
	Title     string
	Publisher string
	Date      string
	Locator   string
	Note      string
	HoldsOn   string
	// Web is the document's own address, where it has one.
	Unpublished bool
}

// possibility is a step that may have been taken.
type possibility struct {
	Badge badge
	When  string
}

// supplyLine is a tracked link.
type supplyLine struct {
	URL      string
	Company  []link
	Service  link
	Unit     link
	Type     string
	Badge    *badge
	Possible []possibility
	Purposes []string
	Quantity string
	Title    string
	Role     string
	Start    string
	End      string
	Evidence string
	Stale    bool
	Mark     mark
}

// claimCard is a claim with what answers it.
type claimCard struct {
	URL      string
	Speakers []link
	Stance   string
	Class    string
	Label    string
	Text     string
	When     date
	Partial  bool
	About    []link
	Answers  []link
	Mark     mark
	Replies  []claimCard
}

// changeLine is a status change.
type changeLine struct {
	URL       string
	Service   link
	Unit      *link
	Badge     badge
	Effective date
	Announced date
	Actor     *link
	Reason    string
	Mark      mark
}

// itemLine is an open item.
type itemLine struct {
	URL       string
	Kind      string
	Text      string
	Addressee link
	RaisedBy  []link
	RaisedOn  date
	Badge     badge
	Days      string
	Mark      mark
}

// date is a vague date for people, with a machine's form where it is a day.
type date struct {
	Label string
	Day   string
	Words string
}

func dateOf(d models.Date) date {
	out := date{Label: d.Label(), Words: d.Words}
	if d.IsZero() {
		out.Label = ""
	}
	if !d.Earliest.IsZero() && d.Earliest == d.Latest {
		out.Day = d.Earliest.String()
	}
	return out
}

// showing turns the records of a page of services into lines. moment is what its links keep.
type showing struct {
	refs   map[uuid.UUID]services.Ref
	day    models.Day
	moment string
}

func showingOf(page services.Page, m services.Moment) showing {
	values := momentValues(m)
	s := showing{refs: page.Refs, day: page.AsOf}
	if len(values) > 0 {
		s.moment = "?" + values.Encode()
	}
	return s
}

func momentValues(m services.Moment) url.Values {
	values := url.Values{}
	if !m.AsOf.IsZero() {
		values.Set("as_of", m.AsOf.String())
	}
	if !m.KnownAt.IsZero() {
		values.Set("known_at", m.KnownAt.Format("2006-01-02T15:04:05Z07:00"))
	}
	return values
}

// address is the page on which a record is shown.
func (s showing) address(r services.Ref) string {
	switch {
	case r.Type == models.TypeEntity && r.Slug != "":
		return "/" + plurals[models.EntityKind(r.Kind)] + "/" + r.Slug + s.moment
	case r.Type == models.TypeSource:
		return "/sources/" + r.ID.String() + s.moment
	}
	return "/records/" + r.ID.String() + s.moment
}

func (s showing) link(id uuid.UUID) link {
	r, ok := s.refs[id]
	if !ok {
		return link{URL: "/records/" + id.String(), Name: "a record not known then"}
	}
	return s.refLink(r)
}

func (s showing) refLink(r services.Ref) link {
	l := link{URL: s.address(r), Name: r.Label(), Undisclosed: r.Undisclosed}
	if r.Type == models.TypeEntity {
		l.Kind = models.EntityKinds().Label(r.Kind)
	}
	return l
}

func (s showing) links(ids []uuid.UUID) []link {
	list := make([]link, len(ids))
	for i, id := range ids {
		list[i] = s.link(id)
	}
	return list
}

func (s showing) speakers(speakers []models.Speaker) []link {
	var list []link
	for _, speaker := range speakers {
		if speaker.Entity == nil {
			list = append(list, link{Name: speaker.Description})
			continue
		}
		l := s.link(*speaker.Entity)
		if speaker.OnBehalfOf != nil {
			l.Name += ", for " + s.link(*speaker.OnBehalfOf).Name
		}
		list = append(list, l)
	}
	return list
}

var levels = map[models.Verification][2]string{
	models.SingleOrigin: {"circle-dot", "single"}, models.Corroborated: {"badge-check", "corroborated"},
	models.PartlyAcknowledged: {"badge-check", "partly"}, models.Acknowledged: {"badge-check", "acknowledged"},
}

func (s showing) mark(r services.Record) mark {
	level := r.Standing.Verification
	m := mark{Word: "Not verified", Icon: "circle-dot", Class: "verification-none"}
	if level != "" {
		m = mark{Word: models.Verifications().Label(string(level)), Icon: levels[level][0], Class: "verification-" + levels[level][1],
			Disputed: r.Standing.Disputed, Reason: services.StandingReason(r.Standing, s.refs)}
	}
	m.Sources = s.citations(r.Document.Cited())
	return m
}

func (s showing) citations(citations []models.Citation) []citation {
	list := make([]citation, len(citations))
	for i, c := range citations {
		r := s.refs[c.Source]
		list[i] = citation{URL: s.address(services.Ref{Type: models.TypeSource, ID: c.Source}), Title: r.Name, Locator: c.Locator, Note: c.Note, HoldsOn: c.HoldsOn.Label()}
		if list[i].Title == "" {
			list[i].Title = "A source not known then"
		}
		var names []string
		for _, publisher := range r.People {
			names = append(names, publisher.Name)
		}
		list[i].Publisher = strings.Join(names, ", ")
		if !r.Date.IsZero() {
			list[i].Date = r.Date.Label()
		}
		list[i].Unpublished = r.Kind == "internal_data"
	}
	return list
}

func (s showing) badge(r services.Record) *badge {
	if r.Status == nil {
		return nil
	}
	span := r.Status.Span
	b := badgeOf(r.Status.Subject, span.Status, span.Extent, span.Scope)
	if !span.From.IsZero() && span.Status != models.StatusUnknown {
		b.Since = "by " + span.From.Label()
	}
	return &b
}

func (s showing) possible(r services.Record) []possibility {
	if r.Status == nil {
		return nil
	}
	var list []possibility
	for _, step := range r.Status.Possible {
		list = append(list, possibility{badgeOf(r.Status.Subject, step.Status, step.Extent, step.Scope), step.Effective.Label()})
	}
	return list
}

func (s showing) supply(r services.Record) supplyLine {
	d := r.Document.(*models.Relationship)
	line := supplyLine{URL: "/records/" + r.ID.String() + s.moment, Service: s.link(d.Subject), Unit: s.link(d.Object), Type: models.RelationshipTypes().Label(string(d.Type)),
		Badge: s.badge(r), Possible: s.possible(r), Quantity: d.Quantity, Title: d.Title, Role: d.Role,
		Evidence: services.EvidenceWords(r.Standing, s.day), Stale: services.Stale(r.Standing, s.day), Mark: s.mark(r)}
	if !d.Start.IsZero() {
		line.Start = d.Start.Label()
	}
	if !d.End.IsZero() {
		line.End = d.End.Label()
	}
	for _, purpose := range d.Purposes {
		line.Purposes = append(line.Purposes, strings.ToLower(models.Purposes().Label(string(purpose))))
	}
	if d.SuppliedBy != nil {
		line.Company = []link{s.link(*d.SuppliedBy)}
	}
	return line
}

// stanceLabels say in a word how a claim is to be read.
var stanceLabels = map[models.Stance][2]string{
	models.Alleges: {"Allegation", "allegation"}, models.Reports: {"Report", "report"}, models.States: {"Statement", "statement"},
	models.FindsEvidence: {"Finding", "finding"}, models.FindsNoEvidence: {"Finding of no evidence", "denial"}, models.Admits: {"Admission", "admission"},
	models.Denies: {"Denial", "denial"}, models.Disputes: {"Dispute", "denial"}, models.DeclinesToAnswer: {"Declined to answer", "silence"},
	models.NoResponse: {"No response", "silence"}, models.Commits: {"Commitment", "statement"}, models.Demands: {"Demand", "demand"},
}

func (s showing) claim(r services.Record) claimCard {
	d := r.Document.(*models.Claim)
	labels := stanceLabels[d.Stance]
	return claimCard{URL: "/records/" + r.ID.String() + s.moment, Speakers: s.speakers(d.Speakers), Stance: models.Stances().Label(string(d.Stance)),
		Label: labels[0], Class: labels[1], Text: d.Text, When: dateOf(d.SaidOn), Partial: d.Extent == models.Partial, About: s.links(d.About),
		Answers: s.links(d.Answers), Mark: s.mark(r)}
}

func (s showing) change(r services.Record) changeLine {
	d := r.Document.(*models.StatusChange)
	ref := s.refs[r.ID]
	line := changeLine{URL: "/records/" + r.ID.String() + s.moment, Effective: dateOf(d.Effective), Announced: dateOf(d.Announced), Reason: d.Reason, Mark: s.mark(r),
		Badge: badgeOf(subjectOf(ref), d.Status, d.Extent, d.Scope), Service: s.link(d.Record)}
	if ref.Subject != nil {
		line.Service = s.refLink(*ref.Subject)
	}
	if ref.Object != nil {
		unit := s.refLink(*ref.Object)
		line.Unit = &unit
	}
	if about, ok := s.refs[d.Record]; ok && about.Type == models.TypeOpenItem {
		line.Service, line.Unit = s.refLink(about), nil
	}
	if d.Actor != nil {
		actor := s.link(*d.Actor)
		line.Actor = &actor
	}
	return line
}

// subjectOf is the status subject of what a status change changed.
func subjectOf(change services.Ref) models.StatusSubject {
	if change.Via != "" {
		return models.StatusSubject(change.Via)
	}
	if change.Subject != nil {
		return models.StatusSubject(change.Subject.Kind)
	}
	return ""
}

func (s showing) item(r services.Record) itemLine {
	d := r.Document.(*models.OpenItem)
	line := itemLine{URL: "/records/" + r.ID.String() + s.moment, Kind: models.OpenItemKinds().Label(d.Kind), Text: d.Text, Addressee: s.link(d.Addressee),
		RaisedBy: s.speakers(d.RaisedBy), RaisedOn: dateOf(d.RaisedOn), Mark: s.mark(r)}
	if b := s.badge(r); b != nil {
		line.Badge = *b
	}
	if days := services.DaysUnanswered(r, s.day); days != nil {
		line.Days = fmt.Sprintf("%d days without an answer", *days)
		if *days == 1 {
			line.Days = "1 day without an answer"
		}
	}
	return line
}
