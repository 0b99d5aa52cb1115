package frontend

import (
	"fmt"
	"slices"
	"strings"

	"plumbline/models"
	"plumbline/services"
)

// badge is a status in word, icon and colour, with what must be said with it.
type badge struct {
	Word    string
	Icon    string
	Class   string
	Partial bool
	// Scope says of what a partial status is.
	Scope string
	// Since is when it began, as the step that began it says.
	Since date
	// Announced says that the step to the status was announced and that nothing confirms it.
	Announced bool
	// Meaning explains the status where its word alone could mislead.
	Meaning *text
}

// statusIcons are the icons of statuses; a question mark where there is none.
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
	if status == models.StatusUnknown {
		b.Meaning = say("no source says with certainty where it stands")
	}
	return b
}

func (s showing) badge(r services.Record) *badge {
	if r.Status == nil {
		return nil
	}
	span := r.Status.Span
	b := badgeOf(r.Status.Subject, span.Status, span.Extent, span.Scope)
	if span.Status != models.StatusUnknown {
		b.Since = dateOf(span.Since)
	}
	return &b
}

// possibility is a step that may have been taken, or that was announced and that nothing confirms.
type possibility struct {
	Badge badge
	When  date
	// Awaited says what was announced, when and by whom; nil for a step that may have been taken.
	Awaited *text
}

func (s showing) possible(r services.Record) []possibility {
	if r.Status == nil {
		return nil
	}
	var list []possibility
	for _, step := range r.Status.Announced {
		list = append(list, possibility{Awaited: s.awaited(step)})
	}
	for _, step := range r.Status.Possible {
		list = append(list, possibility{Badge: badgeOf(r.Status.Subject, step.Status, step.Extent, step.Scope), When: dateOf(step.Effective)})
	}
	return list
}

// awaited says of a step that was announced and is not confirmed what was to happen, when, and who
// announced it.
func (s showing) awaited(step services.AnnouncedStep) *text {
	what := toHappen[step.Status]
	if step.Extent == models.Partial {
		what = say("%s in part (%s)", what, step.Scope)
	}
	when := dated{step.Effective, models.DateWhen}
	by, reporters := step.Announcers(s.refs)
	switch {
	case step.Past && len(by) > 0:
		return say("was to %s %s, announced by %s; not confirmed", what, when, names(by))
	case step.Past && len(reporters) > 0:
		return say("was to %s %s, as reported by %s; not confirmed", what, when, names(reporters))
	case step.Past:
		return say("was to %s %s, as was announced; not confirmed", what, when)
	case len(by) > 0:
		return say("is to %s %s, announced by %s", what, when, names(by))
	case len(reporters) > 0:
		return say("is to %s %s, as reported by %s", what, when, names(reporters))
	}
	return say("is to %s %s, as was announced", what, when)
}

// toHappen says what is to happen where a step is announced.
var toHappen = map[models.Status]*text{
	"planned": say("be planned"), "active": say("be active"), "restricted": say("be restricted"), "suspended": say("be suspended"), "disabled": say("be disabled"),
	"ended": say("end"), "unknown": say("be unknown"), "current": say("begin"), "pending": say("be agreed"), "expired": say("expire"), "cancelled": say("be cancelled"),
	"terminated": say("be terminated"), "announced": say("be announced"), "ongoing": say("begin"), "concluded": say("conclude"), "abandoned": say("be abandoned"),
	"open": say("be open"), "no_response": say("stay without a response"), "declined": say("be declined"), "partly_answered": say("be answered in part"),
	"answered": say("be answered"), "partly_met": say("be met in part"), "met": say("be met"), "refused": say("be refused"), "kept": say("be kept"),
	"broken": say("be broken"), "lapsed": say("lapse"),
}

// linkLine is a relationship: a tracked supply or another link.
type linkLine struct {
	ID  string
	URL string
	// Providers are the companies behind the service; empty where the page names them already.
	Providers   []link
	Subject     link
	Object      link
	Verb        *text
	Badge       *badge
	Possible    []possibility
	Purposes    []string
	Quantity    string
	Title       string
	Role        string
	Share       string
	Description string
	Start       date
	End         date
	// Stands is how well its status is established, Mark how well it is that the link is so.
	Stands *mark
	// Sayings are the claims about it, first to last; MoreSayings counts those left out.
	Sayings     []saying
	MoreSayings int
	Mark        mark
}

// verbs say in plain words how two entities are tied.
var verbs = map[models.RelationshipType]*text{
	models.Provides: say("provides"), models.SuppliedTo: say("supplied to"), models.PartOf: say("is part of"), models.Owns: say("owns a share of"),
	models.PartyTo: say("is a party to"), models.Covers: say("covers"), models.Position: say("holds a position at"), models.MemberOf: say("is a member of"),
	models.Operates: say("operates"), models.Uses: say("uses"), models.StoredAt: say("has data stored at"), models.LocatedIn: say("is located in"),
	models.TookPart: say("took part in"), models.Commissions: say("commissioned"), models.Conducts: say("conducts"), models.Concerns: say("concerns"),
	models.CampaignsAgainst: say("campaigns against"), models.LinkedTo: say("is linked to"),
}

func (s showing) line(r services.Record) linkLine {
	d := r.Document.(*models.Relationship)
	line := linkLine{ID: r.ID.String(), URL: s.record(r.ID), Subject: s.link(d.Subject), Object: s.link(d.Object), Verb: verbs[d.Type],
		Badge: s.badge(r), Possible: s.possible(r), Quantity: d.Quantity, Title: d.Title, Role: d.Role, Description: d.Description,
		Start: dateOf(d.Start), End: dateOf(d.End), Stands: s.statusMark(r), Mark: s.mark(r)}
	if d.Type == models.Position && (r.Status == nil || r.Status.Span.Status == "ended") {
		line.Verb = say("held a position at")
	}
	if d.Share != nil {
		line.Share = fmt.Sprintf("%g%%", *d.Share)
	}
	for _, purpose := range d.Purposes {
		line.Purposes = append(line.Purposes, models.Purposes().Label(string(purpose)))
	}
	if d.SuppliedBy != nil {
		line.Providers = []link{s.link(*d.SuppliedBy)}
	}
	return line
}

// evidence says until when a record, or its status, is known to have held.
func (s showing) evidence(standing models.Standing) *text {
	return evidencedOn(standing.LastEvidenced, s.day)
}

// evidencedOn says on which day something was last evidenced, with how long ago when that is over a
// month; nil when nothing shows it.
func evidencedOn(last, on models.Day) *text {
	days := on.DaysSince(last)
	switch {
	case last.IsZero():
		return nil
	case days > 2*365:
		return sayN(days/365, "last evidenced %[2]s, %[1]d year ago", "last evidenced %[2]s, %[1]d years ago", last)
	case days > 31:
		return sayN(days*12/365, "last evidenced %[2]s, %[1]d month ago", "last evidenced %[2]s, %[1]d months ago", last)
	}
	return say("last evidenced %s", last)
}

// Contested says that the link itself is denied, which its status does not say; nil when it is not.
func (l linkLine) Contested() *text {
	if l.Mark.Disputed == nil {
		return nil
	}
	return say("%s: %s", l.Mark.Of, l.Mark.Disputed)
}

// statusOrder is the order in which supplies are shown: what changed first, then what runs.
var statusOrder = []string{"status-disabled", "status-suspended", "status-restricted", "status-ended", "status-planned", "status-active", "status-unknown"}

func sortByStatus(lines []linkLine) {
	slices.SortStableFunc(lines, func(a, b linkLine) int { return a.order() - b.order() })
}

func (l linkLine) order() int {
	if l.Badge == nil {
		return len(statusOrder)
	}
	return slices.Index(statusOrder, l.Badge.Class)
}

// changeLine is a status change.
type changeLine struct {
	URL       string
	Subject   link
	Object    *link
	Badge     badge
	Effective date
	Announced date
	Actor     *link
	Reason    string
	Later     bool
	// Awaited says what was announced, where nothing confirms it; nil otherwise.
	Awaited *text
	Mark    mark
}

// stepBadge is the badge of the status to which a step leads.
func stepBadge(r services.Record, ref services.Ref) badge {
	d := r.Document.(*models.StatusChange)
	b := badgeOf(subjectOf(ref), d.Status, d.Extent, d.Scope)
	if r.Announced != nil {
		b.Announced, b.Icon, b.Class, b.Meaning = true, "megaphone", "status-planned", nil
	}
	return b
}

func (s showing) change(r services.Record) changeLine {
	d := r.Document.(*models.StatusChange)
	ref := s.refs[r.ID]
	line := changeLine{URL: s.record(r.ID), Effective: dateOf(d.Effective), Announced: dateOf(d.Announced), Reason: d.Reason, Later: s.later(r), Mark: s.mark(r),
		Badge: stepBadge(r, ref), Subject: s.link(d.Record)}
	if r.Announced != nil {
		line.Awaited = s.awaited(*r.Announced)
	}
	if s.refs[d.Record].Type == models.TypeOpenItem {
		line.Subject.Name = strings.TrimRight(line.Subject.Name, ".") // a colon follows
	} else {
		if ref.Subject != nil {
			line.Subject = s.refLink(*ref.Subject)
		}
		if ref.Object != nil {
			object := s.refLink(*ref.Object)
			line.Object = &object
		}
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

// itemLine is an open item.
type itemLine struct {
	URL       string
	Kind      string
	Text      string
	Addressee link
	RaisedBy  []link
	RaisedOn  date
	Due       date
	Badge     *badge
	// Stands is how well its status is established, Mark how well it is that it was raised.
	Stands *mark
	// Days says how long it has been without an answer; nil once one came.
	Days  *text
	Later bool
	Mark  mark
}

func (s showing) item(r services.Record) itemLine {
	d := r.Document.(*models.OpenItem)
	line := itemLine{URL: s.record(r.ID), Kind: models.OpenItemKinds().Label(d.Kind), Text: d.Text, Addressee: s.link(d.Addressee),
		RaisedBy: s.speakers(d.RaisedBy), RaisedOn: dateOf(d.RaisedOn), Due: dateOf(d.Due), Badge: s.badge(r), Stands: s.statusMark(r), Later: s.later(r), Mark: s.mark(r)}
	if line.Badge != nil && line.Badge.Since.point.Text == line.RaisedOn.point.Text {
		line.Badge.Since = date{}
	}
	if days := services.DaysUnanswered(r, s.day); days != nil {
		line.Days = sayN(*days, "%d day without an answer", "%d days without an answer")
		if _, exact := d.RaisedOn.Day(); !exact {
			line.Days = sayN(*days, "at least %d day without an answer", "at least %d days without an answer")
		}
	}
	return line
}
