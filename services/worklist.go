package services

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// RecheckAfter is for how many days a link stays off the list of stale links after somebody
// looked and found nothing newer.
const RecheckAfter = 90

// Worklist is a list of records that wait for somebody's attention, by its name. It is a view of
// a list of records: the same filters, orders, cursors and indexes serve it.
type Worklist struct {
	Name, Title string
	// Definition says which records are on the list, in a sentence.
	Definition string
	// Types are the record types that it can show; the first unless another is asked for.
	Types []models.RecordType
	// Sort is the order of the list, by the name that the record type's list gives it.
	Sort string
	// filters are those of the record type's list, on a day.
	filters func(today models.Day) map[string][]string
}

// worklists is the one table of what waits for attention.
var worklists = []Worklist{
	{Name: "stale-links", Title: "Links to check again", Types: []models.RecordType{models.TypeRelationship},
		Definition: fmt.Sprintf("Links whose status is said to run on, though nothing shows that it held within the last %d days. A link whose status was looked at stays off the list for %d days.", StaleAfter, RecheckAfter),
		filters: func(today models.Day) map[string][]string {
			return map[string][]string{"status": {"active", "restricted", "current"},
				"status_evidenced[lt]": {today.AddDays(-StaleAfter).String()}, "status_checked[lt]": {today.AddDays(-RecheckAfter).String()}}
		}},
	{Name: "unanswered-claims", Title: "Claims without an answer", Types: []models.RecordType{models.TypeClaim}, Sort: "said_on",
		Definition: "Allegations, reports and findings that no recorded claim answers, oldest first.",
		filters:    func(models.Day) map[string][]string { return map[string][]string{"unanswered": {"true"}} }},
	{Name: "unanswered-questions", Title: "Questions without a response", Types: []models.RecordType{models.TypeOpenItem}, Sort: "raised_on",
		Definition: "Questions that were asked and to which no answer is recorded, longest waiting first.",
		filters: func(models.Day) map[string][]string {
			return map[string][]string{"kind": {"question"}, "status": {"open", "no_response", "declined"}}
		}},
	{Name: "unconfirmed-steps", Title: "Announced and not confirmed", Types: []models.RecordType{models.TypeStatusChange}, Sort: "effective",
		Definition: "Steps that were announced for a day that has gone by, and of which nothing shows that they happened. A citation with the day on which a source shows it, a later source, or a party's admission confirms them.",
		filters:    func(models.Day) map[string][]string { return map[string][]string{"confirmed": {"false"}} }},
	{Name: "contradicted-ends", Title: "Ends that a status contradicts", Types: []models.RecordType{models.TypeRelationship, models.TypeEntity}, Sort: "id",
		Definition: "Links, contracts and inquiries with a certain end after which they are said to go on or to begin anew. Until one of the two is corrected, they are read as ended.",
		filters:    func(models.Day) map[string][]string { return map[string][]string{"contradicted": {"true"}} }},
	{Name: "lost-sources", Title: "Sources gone or changed", Types: []models.RecordType{models.TypeSource}, Sort: "id",
		Definition: "Sources whose page is gone, or says something else than it did, and of which nothing is kept that shows what it said.",
		filters: func(models.Day) map[string][]string {
			return map[string][]string{"link": {string(models.LinkGone), string(models.LinkChanged)}}
		}},
	{Name: "undisclosed", Title: "Undisclosed entities", Types: []models.RecordType{models.TypeEntity},
		Definition: "Entities known to exist whose identity was not disclosed. Once it is, they are merged into the named one.",
		filters: func(models.Day) map[string][]string {
			return map[string][]string{"identity": {string(models.Undisclosed)}}
		}},
	{Name: "single-origin", Title: "Records with one origin at most", Definition: "Records whose sources all lead back to one origin, or to none that counts. A second, independent one would corroborate them.",
		Types: []models.RecordType{models.TypeRelationship, models.TypeStatusChange, models.TypeClaim, models.TypeOpenItem, models.TypeEntity},
		Sort:  "id",
		filters: func(models.Day) map[string][]string {
			return map[string][]string{"verification": {string(models.NoOrigin), string(models.SingleOrigin)}}
		}},
}

// Worklists lists what there is, in the order in which it is shown.
func Worklists() []Worklist { return slices.Clone(worklists) }

// FindWorklist gives the worklist of a name: ErrNotFound, with the nearest, when there is none.
func FindWorklist(name string) (Worklist, error) {
	names := make([]string, len(worklists))
	for i, one := range worklists {
		if one.Name == name {
			return one, nil
		}
		names[i] = one.Name
	}
	return Worklist{}, models.Errorf(models.ErrNotFound, "There is no worklist %q.%s There are %s.", shorten(name), models.DidYouMean(name, names), strings.Join(names, ", "))
}

// WorklistQuery asks for a page of a worklist.
type WorklistQuery struct {
	// Type is one of the list's types; its first when "".
	Type models.RecordType
	// Party narrows the list to records that involve an entity, by its id or slug; "" for all.
	Party string
	// Limit is from 1 to 500; 50 when 0.
	Limit  int
	Cursor string
}

// ParseWorklist reads the parameters of a worklist: type, party, limit and cursor.
func ParseWorklist(w Worklist, values url.Values) (WorklistQuery, error) {
	p := &queryParser{}
	names := []string{"type", "party", "limit", "cursor"}
	for _, name := range sorted(keys(values)) {
		if !slices.Contains(names, name) {
			p.problem(name, "There is no parameter %q.%s Possible are %s.", shorten(name), models.DidYouMean(name, names), strings.Join(names, ", "))
		}
	}
	p.once(values, names...)
	q := WorklistQuery{Type: models.RecordType(values.Get("type")), Limit: p.limit(values.Get("limit")), Cursor: values.Get("cursor")}
	q.Party = p.text(Parameter{Name: "party"}, values.Get("party"))
	if q.Type != "" && !slices.Contains(w.Types, q.Type) {
		p.problem("type", "This worklist shows no %q. Possible are %s.", shorten(string(q.Type)), typeNames(w.Types))
	}
	if t := cmp.Or(q.Type, w.Types[0]); q.Party != "" && slices.Contains(w.Types, t) {
		if _, ok := listings[t].find("party"); !ok {
			p.problem("party", "A worklist of records of the type %q cannot be narrowed to one party; leave it out.", t)
		}
	}
	return q, p.failed()
}

// WorkPage is a page of a worklist.
type WorkPage struct {
	Page
	Worklist Worklist
	// Type is that of the records shown.
	Type models.RecordType
	// Why says of each record why it is on the list.
	Why map[uuid.UUID]string
}

// Worklist gives a page of what waits for attention, in the queries of a list. It is for those
// who may propose changes.
func (s *Services) Worklist(ctx context.Context, by models.Actor, name string, q WorklistQuery) (WorkPage, error) {
	if err := require(by, ActionPropose); err != nil {
		return WorkPage{}, err
	}
	w, err := FindWorklist(name)
	if err != nil {
		return WorkPage{}, err
	}
	page := WorkPage{Worklist: w, Type: cmp.Or(q.Type, w.Types[0]), Why: map[uuid.UUID]string{}}
	filters := w.filters(s.today())
	if q.Party != "" {
		filters["party"] = []string{q.Party}
	}
	if page.Page, err = s.List(ctx, by, page.Type, Query{Filters: filters, Sort: w.Sort, Limit: q.Limit, Cursor: q.Cursor}); err != nil {
		return WorkPage{}, err
	}
	for _, record := range page.Records {
		page.Why[record.ID] = w.why(record, page.AsOf)
		if record.Announced != nil {
			page.Why[record.ID] = AnnouncedWords(*record.Announced, page.Refs)
		}
	}
	if page.Type == models.TypeSource {
		err = s.whyLost(ctx, page)
	}
	return page, err
}

// whyLost says of sources what was found at their links.
func (s *Services) whyLost(ctx context.Context, page WorkPage) error {
	ids := make([]uuid.UUID, len(page.Records))
	for i, record := range page.Records {
		ids[i] = record.ID
	}
	looks, err := s.LinkChecks(ctx, ids...)
	for id, look := range looks {
		page.Why[id] = fmt.Sprintf("%s since %s. %s", look.Outcome, models.DayOf(look.Since.UTC()).Label(), look.Detail)
	}
	return err
}

// why says in words why a record is on the list, as of a day.
func (w Worklist) why(r Record, on models.Day) string {
	switch w.Name {
	case "stale-links":
		return staleWords(r, on)
	case "unanswered-claims":
		return sinceWords("no answer recorded", DocumentDate(r.Document), on)
	case "unanswered-questions":
		return sinceWords(strings.ReplaceAll(string(r.Status.Span.Status), "_", " "), DocumentDate(r.Document), on)
	case "unconfirmed-steps":
		return "announced, not confirmed"
	case "contradicted-ends":
		return "a status begins after its end, " + lifeIn(r.Document).End.Label()
	case "single-origin":
		if n := len(r.Document.Cited()); n > 1 {
			return fmt.Sprintf("%d sources that lead back to one origin", n)
		}
		return "one source"
	}
	return "identity not disclosed"
}

func staleWords(r Record, on models.Day) string {
	words := EvidenceWords(r.Status.Standing, on)
	if words == "" {
		words = "never evidenced on a day"
	}
	if checked := r.Status.Standing.LastChecked; !checked.IsZero() {
		words += "; last checked " + checked.Label()
	}
	return strings.ReplaceAll(string(r.Status.Span.Status), "_", " ") + ", " + words
}

// sinceWords adds the days that have gone by since a date, by its latest day.
func sinceWords(words string, date models.Date, on models.Day) string {
	if date.Latest.IsZero() || !date.Latest.Before(on) {
		return words
	}
	if _, exact := date.Day(); !exact {
		words += " for at least "
	} else {
		words += " for "
	}
	return words + count(on.DaysSince(date.Latest), "day", "days")
}
