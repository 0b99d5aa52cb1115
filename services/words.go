package services

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// StaleAfter is how many days after it was last evidenced a running status is called stale.
const StaleAfter = 365

// running are the statuses that go out of date when nobody shows that they still hold.
var running = []models.Status{"planned", "active", "restricted", "suspended", "current", "pending", "announced", "ongoing"}

// StatusStale reports whether a running status was last evidenced too long ago to be taken for fresh,
// or runs for as long without any evidence.
func StatusStale(r Record, on models.Day) bool {
	return r.Status != nil && staleStatus(r.Status.Span.Status, r.Status.Span.From, r.Status.Standing.LastEvidenced, on)
}

// Stale reports the same of the status of a link in a network.
func (l NetworkLink) Stale(on models.Day) bool {
	return staleStatus(l.Status, l.From, l.LastEvidenced, on)
}

func staleStatus(status models.Status, from, evidenced, on models.Day) bool {
	if evidenced.IsZero() {
		evidenced = from
	}
	return slices.Contains(running, status) && (evidenced.IsZero() || on.DaysSince(evidenced) > StaleAfter)
}

// Stale reports whether nothing has shown for longer than StaleAfter that a record still holds.
// A record that was never evidenced on a day is not called stale, but unevidenced.
func Stale(standing models.Standing, on models.Day) bool {
	return !standing.LastEvidenced.IsZero() && on.DaysSince(standing.LastEvidenced) > StaleAfter
}

// EvidenceWords says until when a record, or its status, is known to have held: "last evidenced 25 September
// 2025", with how long ago when that is over a month.
func EvidenceWords(standing models.Standing, on models.Day) string {
	if standing.LastEvidenced.IsZero() {
		return ""
	}
	words := "last evidenced " + standing.LastEvidenced.Label()
	if days := on.DaysSince(standing.LastEvidenced); days > 31 {
		words += ", " + count(days*12/365, "month", "months") + " ago"
	}
	return words
}

// Label names a record for people: "Azure cloud storage → Unit 8200", "Microsoft denies (May
// 2025)".
func (r Ref) Label() string {
	if r.State == models.StateWithheld {
		return models.Withheld
	}
	switch r.Type {
	case models.TypeEntity, models.TypeSource, models.TypeOpenItem:
		return r.Name
	case models.TypeRelationship:
		return fmt.Sprintf("%s %s %s", r.Subject.name(), models.RelationshipTypes().Label(r.Kind), r.Object.name())
	case models.TypeStatusChange:
		about := r.Subject.name()
		switch {
		case r.Object != nil:
			about += " → " + r.Object.name()
		case r.Subject == nil && r.Name != "":
			about = r.Name // a question, demand or commitment
		}
		if r.Announced {
			about += ", announced"
		}
		return fmt.Sprintf("%s: %s (%s)", about, strings.ReplaceAll(r.Kind, "_", " "), r.Date.Label())
	case models.TypeClaim:
		return fmt.Sprintf("%s %s (%s)", r.speakers(), models.Stances().Label(r.Kind), r.Date.Label())
	}
	return r.ID.String()
}

func (r *Ref) name() string {
	if r == nil || r.Name == "" {
		return "an unknown record"
	}
	return r.Name
}

// speakers names who speaks in a claim, or who published a source.
func (r Ref) speakers() string {
	names := make([]string, len(r.People))
	for i, person := range r.People {
		names[i] = person.Name
	}
	if len(names) == 0 {
		return "An anonymous speaker"
	}
	return listWords(names)
}

// listWords joins names: "A, B and C".
func listWords(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// originWords names an origin by its publishers and date: "Associated Press (February 2025)".
func originWords(source Ref) string {
	name := source.Name
	if len(source.People) > 0 {
		name = source.speakers()
	}
	if source.Date.IsZero() {
		return name
	}
	return name + " (" + source.Date.Label() + ")"
}

// StandingReason says in sentences why a record has its level of verification. refs hold the
// records of its basis.
func StandingReason(standing models.Standing, refs map[uuid.UUID]Ref) string {
	if standing.Verification == "" {
		return ""
	}
	var sentences []string
	if a := standing.Basis.Acknowledgement; a != nil {
		sentences = append(sentences, acknowledgementWords(*a, refs))
	}
	sentences = append(sentences, originsWords(standing.Basis.Origins, refs))
	for _, one := range standing.Basis.NotCounted[:min(len(standing.Basis.NotCounted), 3)] {
		sentences = append(sentences, fmt.Sprintf("Not counted: %s (%s).", refs[one.Source].Name, strings.ToLower(models.WhyUncountedCodes().Label(string(one.Why)))))
	}
	if d := standing.Basis.Dispute; d != nil {
		by := "An anonymous speaker"
		if d.By != nil {
			by = refs[*d.By].Name
		}
		sentences = append(sentences, fmt.Sprintf("Disputed: %s %s (%s).", by, models.Stances().Label(string(d.Stance)), d.On.Label()))
	}
	return strings.Join(sentences, " ")
}

func acknowledgementWords(a models.Acknowledgement, refs map[uuid.UUID]Ref) string {
	verb := "Acknowledged"
	switch {
	case a.Claim == nil:
		verb = "Announced"
	case a.Extent == models.Partial:
		verb = "Acknowledged in part"
	}
	if a.On.IsZero() {
		return fmt.Sprintf("%s by %s.", verb, refs[a.By].Name)
	}
	return fmt.Sprintf("%s by %s %s.", verb, refs[a.By].Name, a.On.In(models.DateWhen))
}

var small = []string{"No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"}

func originsWords(origins []models.CountedOrigin, refs map[uuid.UUID]Ref) string {
	if len(origins) == 0 {
		return "No independent origin: none of its sources counts as one."
	}
	names := make([]string, len(origins))
	for i, origin := range origins {
		names[i] = originWords(refs[origin.Source])
	}
	number := fmt.Sprint(len(origins))
	if len(origins) < len(small) {
		number = small[len(origins)]
	}
	if len(origins) == 1 {
		return "One origin: " + names[0] + "."
	}
	return number + " independent origins: " + strings.Join(names, "; ") + "."
}

// DaysUnanswered counts the days since an open item was raised, while no answer came: nil once
// one did, or before it was raised. From a vague date, its latest day counts: they are so many days at
// least.
func DaysUnanswered(r Record, on models.Day) *int {
	item, ok := r.Document.(*models.OpenItem)
	if !ok || r.Status == nil || item.RaisedOn.Latest.IsZero() || on.Before(item.RaisedOn.Latest) {
		return nil
	}
	switch r.Status.Span.Status {
	case "open", "no_response", "declined":
		days := on.DaysSince(item.RaisedOn.Latest)
		return &days
	}
	return nil
}

// Begun reports whether a record's date had come by a day, for certain or perhaps; records
// without a date have always begun.
func Begun(r Record, on models.Day) bool {
	date := DocumentDate(r.Document)
	return date.IsZero() || date.CertainBy(on) || date.PossibleOn(on)
}

// toBecome says what is to happen where a step is announced; other statuses are to "become" what
// they are called.
var toBecome = map[models.Status]string{
	"planned": "be planned", "active": "be active", "restricted": "be restricted", "suspended": "be suspended", "disabled": "be disabled", "ended": "end",
	"unknown": "be unknown", "current": "begin", "pending": "be agreed", "expired": "expire", "cancelled": "be cancelled", "terminated": "be terminated",
	"announced": "be announced", "ongoing": "begin", "concluded": "conclude", "abandoned": "be abandoned", "open": "be open", "no_response": "stay without a response",
	"declined": "be declined", "partly_answered": "be answered in part", "answered": "be answered", "partly_met": "be met in part", "met": "be met", "refused": "be refused",
	"kept": "be kept", "broken": "be broken", "lapsed": "lapse",
}

// AnnouncedWords says of a step that was announced and is not confirmed what was to happen, when and
// by whom it was announced: "was to end by 31 December 2025, announced by Sandvine; not confirmed".
func AnnouncedWords(step AnnouncedStep, refs map[uuid.UUID]Ref) string {
	words := "to " + toBecome[step.Status]
	if step.Past {
		words = "was " + words
	}
	if step.Extent == models.Partial {
		words += " in part (" + step.Scope + ")"
	}
	words += " " + step.Effective.In(models.DateWhen)
	switch by, reporters := step.Announcers(refs); {
	case len(by) > 0:
		words += ", announced by " + listWords(by)
	case len(reporters) > 0:
		words += ", as reported by " + listWords(reporters)
	default:
		words += ", announced"
	}
	if step.Past {
		words += "; not confirmed"
	}
	return words
}

// StatusWords say where a record stands, with what must be said with it: "Suspended, in part (some seats),
// since 25 September 2025; disputed". "" for what has no status.
func StatusWords(r Record, refs map[uuid.UUID]Ref) string {
	if r.Status == nil {
		return ""
	}
	span := r.Status.Span
	words := models.StatusesOf(r.Status.Subject).Label(string(span.Status))
	if span.Extent == models.Partial {
		words += ", in part (" + span.Scope + ")"
	}
	if span.Status != models.StatusUnknown && !span.Since.IsZero() {
		words += " " + span.Since.In(models.DateSince)
	}
	if r.Status.Standing.Disputed {
		words += "; disputed"
	}
	for _, step := range r.Status.Announced {
		words += "; " + AnnouncedWords(step, refs)
	}
	return words + "."
}

// Announcers are the names of those who announced the step, as far as they are known; reporters, where
// none are, the names of those who reported it.
func (s AnnouncedStep) Announcers(refs map[uuid.UUID]Ref) (announcers, reporters []string) {
	return namesAmong(s.By, refs), namesAmong(s.Reporters, refs)
}

func namesAmong(ids []uuid.UUID, refs map[uuid.UUID]Ref) []string {
	var names []string
	for _, id := range ids {
		if name := refs[id].Name; name != "" {
			names = append(names, name)
		}
	}
	return names
}

// SpokenOf is the record whose citations speak of the present status of a record: the status change
// that began it, or the record itself where its own citations do.
func (r Record) SpokenOf() uuid.UUID {
	if r.Status == nil || r.Status.Span.Change == nil || r.Status.Subject.Speaks(r.Status.Span) {
		return r.ID
	}
	return *r.Status.Span.Change
}

// EndedByItself reports whether a link is past its certain end and no status change says more of it: then
// nothing can show that it still holds.
func (r Record) EndedByItself(today models.Day) bool {
	link, ok := r.Document.(*models.Relationship)
	return ok && link.End.CertainBy(today) && r.Status != nil && r.Status.Subject.Ends(r.Status.Span.Status) && r.SpokenOf() == r.ID
}
