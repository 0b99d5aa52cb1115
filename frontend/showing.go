package frontend

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/bidi"

	"plumbline/models"
	"plumbline/services"
)

// link is an address with its words.
type link struct {
	// URL is "" for what has no page of its own: an anonymous speaker.
	URL  string
	Name string
	// Words are a text of the interface that stands in place of a name.
	Words *text
	// For is on whose behalf a speaker speaks; "" for nobody.
	For string
	// Undisclosed marks an entity whose identity is not known.
	Undisclosed bool
	Kind        string
	Slug        string
	// After is what stands between this link and the next one of a list in a sentence, in English.
	After string
}

// date is a vague date for people, with a machine's form where it is a plain day, month or year.
type date struct {
	Label   string
	Machine string
	// Words are the source's own, where they say more.
	Words string
	point models.Date
}

var plainDate = regexp.MustCompile(`^\d{4}(-\d\d){0,2}$`)

func dateOf(d models.Date) date {
	if d.IsZero() {
		return date{}
	}
	out := date{Label: d.Label(), Words: d.Words, point: d}
	if plainDate.MatchString(d.Text) {
		out.Machine = d.Text
	}
	if strings.EqualFold(out.Words, out.Label) {
		out.Words = ""
	}
	return out
}

func dayDate(day models.Day) date {
	if day.IsZero() {
		return date{}
	}
	return date{Label: day.Label(), Machine: day.String(), point: models.Date{Text: day.String()}}
}

// direction is the direction in which a text is written, by its first letter.
func direction(text string) string {
	for _, r := range text {
		properties, _ := bidi.LookupRune(r)
		switch properties.Class() {
		case bidi.R, bidi.AL:
			return "rtl"
		case bidi.L:
			return "ltr"
		}
	}
	return "auto"
}

// showing turns the records of a page of services into what templates show.
type showing struct {
	refs map[uuid.UUID]services.Ref
	day  models.Day
	// moment is what links keep, as parameters.
	moment url.Values
}

func showingOf(page services.Page, m services.Moment) showing {
	return showing{refs: page.Refs, day: page.AsOf, moment: momentValues(m)}
}

// record is the address of the page of one record.
func (s showing) record(id uuid.UUID) string { return address("/records/"+id.String(), s.moment) }

// address is the page on which a record is shown.
func (s showing) address(r services.Ref) string {
	switch {
	case r.Type == models.TypeEntity && r.Slug != "":
		return address("/"+plurals[models.EntityKind(r.Kind)]+"/"+r.Slug, s.moment)
	case r.Type == models.TypeSource:
		return address("/sources/"+r.ID.String(), s.moment)
	}
	return s.record(r.ID)
}

func (s showing) link(id uuid.UUID) link {
	r, ok := s.refs[id]
	if !ok {
		return link{URL: s.record(id), Words: say("a record not known then")}
	}
	return s.refLink(r)
}

func (s showing) refLink(r services.Ref) link {
	l := link{URL: s.address(r), Name: r.Label(), Words: refWords(r), Undisclosed: r.Undisclosed, Slug: r.Slug}
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
	return inSentence(list)
}

func (s showing) speakers(speakers []models.Speaker) []link {
	list := make([]link, len(speakers))
	for i, speaker := range speakers {
		list[i] = link{Name: speaker.Description}
		if speaker.Entity != nil {
			list[i] = s.link(*speaker.Entity)
		}
		if speaker.OnBehalfOf != nil {
			list[i].For = s.link(*speaker.OnBehalfOf).Name
		}
	}
	return inSentence(list)
}

// refWords names a record that has no name of its own; nil for one that has.
func refWords(r services.Ref) *text {
	if r.State == models.StateWithheld {
		return say("a withheld record")
	}
	switch r.Type {
	case models.TypeRelationship:
		return say("%s %s %s", endName(r.Subject), verbs[models.RelationshipType(r.Kind)], endName(r.Object))
	case models.TypeStatusChange:
		status := badgeOf(subjectOf(r), models.Status(r.Kind), models.Full, "").Word
		if r.Object != nil {
			return say("%s → %s: %s (%s)", endName(r.Subject), endName(r.Object), say(status), r.Date)
		}
		if r.Subject == nil && r.Name != "" {
			return say("%s: %s (%s)", say("%s", r.Name), say(status), r.Date)
		}
		return say("%s: %s (%s)", endName(r.Subject), say(status), r.Date)
	case models.TypeClaim:
		speakers := say("an anonymous speaker")
		if len(r.People) > 0 {
			speakers = say("%s", peopleNames(r))
		}
		return say("%s: %s (%s)", stanceLabels[models.Stance(r.Kind)].label, speakers, r.Date)
	}
	return nil
}

func endName(r *services.Ref) *text {
	if r == nil || r.Name == "" {
		return say("an unknown record")
	}
	if r.State == models.StateWithheld {
		return say("a withheld record")
	}
	return say("%s", r.Name)
}

func peopleNames(r services.Ref) names {
	list := make(names, len(r.People))
	for i, person := range r.People {
		list[i] = person.Name
	}
	return list
}

// inSentence puts commas and an "and" between links.
func inSentence(list []link) []link {
	for i := range list {
		switch {
		case i < len(list)-2:
			list[i].After = ", "
		case i == len(list)-2:
			list[i].After = " and "
		}
	}
	return list
}

// later reports whether a record's date lies after the day shown.
func (s showing) later(r services.Record) bool { return !services.Begun(r, s.day) }
