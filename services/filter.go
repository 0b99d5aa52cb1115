package services

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// Parameter is one filter of a list, by the API's name.
type Parameter struct {
	Name        string
	Description string
	// Values are the codes that it takes; nil when it takes others.
	Values []string
	shape  shape
	// where makes the condition; %s is the list of placeholders, t the held table, st the standing,
	// sp the span.
	where string
}

// shape says how a parameter's values are read.
type shape int

const (
	codeShape   shape = iota // one of Values
	recordShape              // the id of a record, or the slug of an entity
	nameShape                // any text, compared folded; it may hold commas
	placeShape               // an ISO 3166 country or a UN M49 region
	pairShape                // scheme:value
	dayShape                 // YYYY-MM-DD
	flagShape                // true or false
	urlShape                 // an address, compared in its normal form; it may hold commas
)

// codeParameter filters by a vocabulary.
func codeParameter(name, description string, values []string, where string) Parameter {
	return Parameter{Name: name, Description: description, Values: values, where: where}
}

func recordParameter(name, description, where string) Parameter {
	return Parameter{Name: name, Description: description, shape: recordShape, where: where}
}

// dayParameters compare a day column: name[gte], name[lte], name[gt] and name[lt]. What may lie
// later is not before a day: its latest day counts. Without one, nothing is known to match.
func dayParameters(name, what, column string) []Parameter {
	var list []Parameter
	for _, o := range [][3]string{{"gte", ">=", "on or after"}, {"lte", "<=", "on or before"}, {"gt", ">", "after"}, {"lt", "<", "before"}} {
		list = append(list, Parameter{Name: name + "[" + o[0] + "]", Description: what + " " + o[2] + " this day; its latest day counts.",
			shape: dayShape, where: "t." + column + "_latest " + o[1] + " %s"})
	}
	return list
}

// Conditions that several types share. {held:x} becomes the condition that x held at the moment,
// {type} the type that is listed.
const (
	involves = "t.id IN (SELECT i.record_id FROM involvements i WHERE {held:i} AND i.type = '{type}' AND i.entity_id IN (%s))"
	cites    = "t.id IN (SELECT c.record_id FROM citations c WHERE {held:c} AND c.source_id IN (%s))"
	inCase   = "t.id IN (SELECT i.record_id FROM record_links m JOIN involvements i ON i.entity_id = m.target_id AND {held:i} AND i.type = '{type}'" +
		" WHERE m.role = 'member' AND {held:m} AND m.record_id IN (%s))"
	linked   = "t.id IN (SELECT l.record_id FROM record_links l WHERE l.role = '%s' AND {held:l} AND l.target_id IN (%%s))"
	purposed = "t.id IN (SELECT p.record_id FROM record_purposes p WHERE {held:p} AND p.purpose IN (%s))"
	located  = "%s IN (SELECT p.record_id FROM entity_places p WHERE {held:p} AND p.code IN (%%s))"
	// What nothing unconfirmed stands beside is confirmed; what is announced for a day that has not gone
	// by is neither.
	stepConfirmed = "CASE WHEN NOT EXISTS (SELECT 1 FROM announced_steps w WHERE w.change_id = t.id AND {held:w}) THEN true" +
		" WHEN EXISTS (SELECT 1 FROM announced_steps w WHERE w.change_id = t.id AND {held:w} AND w.due_day < {day}) THEN false END"
	recordConfirmed = "CASE WHEN sp.subject IS NULL THEN NULL WHEN NOT EXISTS (SELECT 1 FROM announced_steps w WHERE w.record_id = t.id AND {held:w} AND w.told_day <= {day}) THEN true" +
		" WHEN EXISTS (SELECT 1 FROM announced_steps w WHERE w.record_id = t.id AND {held:w} AND w.told_day <= {day} AND w.due_day < {day}) THEN false END"
	unanswered = "NOT EXISTS (SELECT 1 FROM record_links l JOIN claims a ON a.id = l.record_id AND {held:a} AND a.state = 'live'" +
		" WHERE l.target_id = t.id AND l.role = 'answers' AND {held:l})"
	deniedThenAdmitted = "SELECT 1 FROM record_links dl JOIN claims d ON d.id = dl.record_id AND {held:d} AND d.state = 'live' AND d.stance IN ('denies', 'disputes', 'finds_no_evidence')" +
		" JOIN record_links al ON al.target_id = t.id AND al.role = 'answers' AND {held:al} JOIN claims a ON a.id = al.record_id AND {held:a} AND a.state = 'live' AND a.stance = 'admits'" +
		" AND a.said_on_latest >= d.said_on_latest WHERE dl.target_id = t.id AND dl.role = 'answers' AND {held:dl}"
)

var flags = []string{"true", "false"}

// confirmedParameter asks whether a step that was announced is confirmed.
func confirmedParameter(description, where string) Parameter {
	return Parameter{Name: "confirmed", Description: description, Values: flags, shape: flagShape, where: "(" + where + ") = (%s)"}
}

const recordConfirmedWords = "Whether a step that was announced for a day that has gone by is not confirmed (false), or nothing announced is open (true)."

// endContradicted is the condition that a status stands that begins after the certain end of a record.
const endContradicted = "(t.end_latest IS NOT NULL AND EXISTS (SELECT 1 FROM status_changes c WHERE c.record_id = t.id AND {held:c} AND c.state = 'live'" +
	" AND c.status NOT IN ('ended', 'expired', 'cancelled', 'terminated', 'concluded', 'abandoned') AND COALESCE(c.effective_earliest, c.effective_latest) > t.end_latest" +
	" AND NOT EXISTS (SELECT 1 FROM announced_steps w WHERE w.change_id = c.id AND {held:w}))) = (%s)"

// shownSince is the condition that no citation that shows something shows that a record held, or was
// looked at, from a day until the one asked about.
const shownSince = "NOT EXISTS (SELECT 1 FROM citations x WHERE x.record_id = t.id AND {held:x} AND x.%[1]s >= %%s AND x.%[1]s <= {day}" +
	" AND NOT EXISTS (SELECT 1 FROM standings n WHERE n.record_id = t.id AND {held:n} AND n.basis LIKE '%%%%{\"source\":\"' || x.source_id || '\",\"shows\":false%%%%'))"

// statusEstablished are the filters by the standing of the present status, of every type that has one.
func statusEstablished() []Parameter {
	return []Parameter{
		codeParameter("status_verification", "How well it is established that its status on the day asked about holds.", models.Verifications().Values(), statusLevel+" IN (%s)"),
		{Name: "status_disputed", Description: "Whether a denial, dispute or finding of no evidence stands against its status.", Values: flags, shape: flagShape, where: statusDisputed + " = (%s)"},
		{Name: "status_evidenced[lt]", Description: "Its status was last evidenced before this day, or never.", shape: dayShape, where: before(statusEvidenced)},
		{Name: "status_checked[lt]", Description: "Its status was last checked before this day, or never.", shape: dayShape, where: before(statusChecked)},
	}
}

// before is the condition that a day, as ISO text or as a date, lies before another one or is not known.
func before(day string) string {
	return "COALESCE(" + day + " < %s, TRUE)"
}

// established are the filters by standing, of every type that has citations.
func established() []Parameter {
	return []Parameter{
		codeParameter("verification", "How well it is established that it is so, whatever its status.", models.Verifications().Values(), "st.verification IN (%s)"),
		{Name: "disputed", Description: "Whether a denial, dispute or finding of no evidence stands against it.", Values: flags, shape: flagShape, where: "st.disputed = (%s)"},
		recordParameter("source", "Cites this source.", cites),
	}
}

// listing says what a list of one type can do.
type listing struct {
	table      string
	parameters []Parameter
	// sorts maps a sort's name to its expression; "id" is always there.
	sorts map[string]string
	// initial is the sort when none is asked for.
	initial string
	// lead is the parameter whose code leads an index of the table, led the sorts that the rest
	// of the index serves.
	lead string
	led  []string
	// apart are filters of worklists alone: what they ask is not in the log, by whose size public
	// lists are kept.
	apart []Parameter
}

// tracked reports whether records of the type have a status of their own, which spans hold.
func (l listing) tracked() bool {
	p, ok := l.find("status")
	return ok && strings.HasPrefix(p.where, "sp.")
}

// narrow reports whether few records match each value of the parameter.
func (p Parameter) narrow() bool {
	return p.shape == recordShape || p.shape == nameShape || p.shape == pairShape || p.shape == urlShape
}

// listings is the one table of filters and orders.
var listings = map[models.RecordType]listing{
	models.TypeEntity: {
		table: "entities", lead: "kind", led: []string{"id", "name"}, initial: "id", sorts: map[string]string{"name": "t.name_folded"},
		parameters: slices.Concat([]Parameter{
			codeParameter("kind", "What the entity is.", models.EntityKinds().Values(), "t.kind IN (%s)"),
			codeParameter("identity", "Whether it is known who it is.", models.Identities().Values(), "t.identity IN (%s)"),
			{Name: "country", Description: "ISO 3166 country or UN M49 region.", shape: placeShape, where: fmt.Sprintf(located, "t.id")},
			codeParameter("status", "Status on the day asked about, of contracts and inquiries.", models.AllStatuses(), "sp.status IN (%s)"),
			confirmedParameter(recordConfirmedWords, recordConfirmed),
			{Name: "identifier", Description: "An identifier as scheme:value.", shape: pairShape,
				where: "t.id IN (SELECT n.record_id FROM entity_identifiers n WHERE {held:n} AND (n.scheme, n.value) IN (VALUES %s))"},
			{Name: "name", Description: "One of its names, whatever case or accents. Commas belong to the name; repeat the parameter for any of several.", shape: nameShape,
				where: "t.id IN (SELECT n.record_id FROM entity_names n WHERE {held:n} AND n.folded IN (%s))"},
			recordParameter("case", "Member of this case.", "t.id IN (SELECT m.target_id FROM record_links m WHERE m.role = 'member' AND {held:m} AND m.record_id IN (%s))"),
		}, established(), statusEstablished(), dayParameters("start", "Began or took place", "start")),
		apart: []Parameter{{Name: "contradicted", shape: flagShape, where: endContradicted}},
	},
	models.TypeRelationship: {
		table: "relationships", lead: "type", led: []string{"id"}, initial: "id", sorts: map[string]string{},
		parameters: slices.Concat([]Parameter{
			codeParameter("type", "How the two are tied.", models.RelationshipTypes().Values(), "t.type IN (%s)"),
			recordParameter("subject", "Leads from this entity.", "t.subject_id IN (%s)"),
			recordParameter("object", "Leads to this entity.", "t.object_id IN (%s)"),
			recordParameter("supplied_by", "Sold by this entity.", "t.supplied_by_id IN (%s)"),
			recordParameter("party", "Involves this entity: as an end, seller, or provider of the service.", involves),
			codeParameter("status", "Status on the day asked about.", models.AllStatuses(), "sp.status IN (%s)"),
			codeParameter("extent", "Extent of the status on the day asked about.", models.Extents().Values(), "sp.extent IN (%s)"),
			confirmedParameter(recordConfirmedWords, recordConfirmed),
			codeParameter("purpose", "What it is said to be used for.", models.Purposes().Values(), purposed),
			{Name: "country", Description: "Country or region of either end.", shape: placeShape, where: "EXISTS (SELECT 1 FROM entity_places p WHERE p.record_id IN (t.subject_id, t.object_id) AND {held:p} AND p.code IN (%s))"},
			recordParameter("case", "Involves a member of this case.", inCase),
			{Name: "evidenced[lt]", Description: "That it exists was last evidenced before this day, or never. What this says of its status is said by status_evidenced.", shape: dayShape, where: fmt.Sprintf(shownSince, "holds_on")},
			{Name: "checked[lt]", Description: "That it exists was last checked before this day, or never.", shape: dayShape, where: fmt.Sprintf(shownSince, "checked_on")},
		}, established(), statusEstablished()),
		apart: []Parameter{{Name: "contradicted", shape: flagShape, where: endContradicted}},
	},
	models.TypeStatusChange: {
		table: "status_changes", lead: "status", led: []string{"id", "effective"}, initial: "-effective", sorts: map[string]string{"effective": "COALESCE(t.effective_latest, '9999-12-31')"},
		parameters: slices.Concat([]Parameter{
			recordParameter("record", "The record whose status changed.", "t.record_id IN (%s)"),
			codeParameter("status", "To which status.", models.AllStatuses(), "t.status IN (%s)"),
			codeParameter("extent", "Full or partial.", models.Extents().Values(), "t.extent IN (%s)"),
			confirmedParameter("Whether it happened, as far as is known (true), or was announced for a day that has gone by and is not confirmed (false).", stepConfirmed),
			codeParameter("subject", "What changed: a supply, a contract, an inquiry, a question …", subjects(),
				"EXISTS (SELECT 1 FROM spans x WHERE x.record_id = t.record_id AND {held:x} AND x.place = 0 AND x.subject IN (%s))"),
			recordParameter("actor", "Taken by this entity.", "t.actor_id IN (%s)"),
			recordParameter("party", "Involves this entity.", involves),
			recordParameter("case", "Involves a member of this case.", inCase),
		}, established(), dayParameters("effective", "Took effect", "effective"), dayParameters("announced", "Announced", "announced")),
	},
	models.TypeClaim: {
		table: "claims", lead: "stance", led: []string{"id"}, initial: "-said_on", sorts: map[string]string{"said_on": "COALESCE(t.said_on_latest, '9999-12-31')"},
		parameters: slices.Concat([]Parameter{
			codeParameter("stance", "In what manner it speaks.", models.Stances().Values(), "t.stance IN (%s)"),
			codeParameter("extent", "Full or partial.", models.Extents().Values(), "t.extent IN (%s)"),
			recordParameter("speaker", "Made by this entity, or on its behalf.",
				"t.id IN (SELECT i.record_id FROM involvements i WHERE i.role = 'speaker' AND {held:i} AND i.entity_id IN (%s))"),
			recordParameter("about", "About this record.", fmt.Sprintf(linked, models.LinkAbout)),
			recordParameter("answers", "Answers this claim.", fmt.Sprintf(linked, models.LinkAnswers)),
			recordParameter("party", "Involves this entity: made by it, about it, or about its links and services.", involves),
			codeParameter("purpose", "What use it speaks of.", models.Purposes().Values(), purposed),
			{Name: "unanswered", Description: "Allegations, reports and findings that no claim answers (true), or that one does (false).", Values: flags, shape: flagShape,
				where: "(t.stance IN ('alleges', 'reports', 'finds_evidence') AND (" + unanswered + ") = (%s))"},
			{Name: "denied_then_admitted", Description: "Claims that an answer denies, disputes or finds no evidence for, and that a later answer admits (true); all others (false).", Values: flags, shape: flagShape,
				where: "(EXISTS (" + deniedThenAdmitted + ")) = (%s)"},
			recordParameter("case", "Involves a member of this case.", inCase),
		}, established(), dayParameters("said_on", "Made", "said_on")),
	},
	models.TypeSource: {
		table: "sources", lead: "kind", led: []string{"id"}, initial: "-published", sorts: map[string]string{"published": "COALESCE(t.published_latest, '9999-12-31')"},
		parameters: slices.Concat([]Parameter{
			codeParameter("kind", "What it is.", models.SourceKinds().Values(), "t.kind IN (%s)"),
			recordParameter("publisher", "Published by this entity.", fmt.Sprintf(linked, models.LinkPublisher)),
			recordParameter("reports_on", "Reports on this source.",
				"t.id IN (SELECT l.record_id FROM record_links l WHERE l.role IN ('reports_on', 'examined') AND {held:l} AND l.target_id IN (%s))"),
			{Name: "unpublished", Description: "Whether readers cannot look it up.", Values: flags, shape: flagShape, where: "t.unpublished = (%s)"},
			{Name: "url", Description: "Its address, whatever its tracking parameters. Commas belong to the address; repeat the parameter for any of several.", shape: urlShape, where: "(t.normal_url <> '' AND t.normal_url IN (%s))"},
		}, dayParameters("published", "Published", "published")),
		apart: []Parameter{{Name: "link", where: "t.id IN (SELECT k.source_id FROM link_checks k WHERE k.url = t.url AND k.settled_at IS NULL AND k.outcome IN (%s))" +
			" AND NOT EXISTS (SELECT 1 FROM captures e WHERE e.record_id = t.id AND {held:e})"}},
	},
	models.TypeOpenItem: {
		table: "open_items", lead: "kind", led: []string{"id"}, initial: "-raised_on", sorts: map[string]string{"raised_on": "COALESCE(t.raised_on_latest, '9999-12-31')"},
		parameters: slices.Concat([]Parameter{
			codeParameter("kind", "A question, demand or commitment.", models.OpenItemKinds().Values(), "t.kind IN (%s)"),
			codeParameter("status", "Status on the day asked about.", models.AllStatuses(), "sp.status IN (%s)"),
			confirmedParameter(recordConfirmedWords, recordConfirmed),
			recordParameter("addressee", "Addressed to this entity.", "t.addressee_id IN (%s)"),
			recordParameter("about", "About this record.", fmt.Sprintf(linked, models.LinkAbout)),
			recordParameter("party", "Involves this entity.", involves),
			{Name: "unanswered", Description: "Whether no answer came yet.", Values: flags, shape: flagShape,
				where: "(sp.status IN ('open', 'no_response', 'declined')) = (%s)"},
			recordParameter("case", "Involves a member of this case.", inCase),
		}, established(), statusEstablished(), dayParameters("raised_on", "Raised", "raised_on")),
	},
}

func subjects() []string {
	var list []string
	for _, subject := range models.StatusSubjects() {
		list = append(list, string(subject))
	}
	return list
}

// common are the parameters of every list.
var common = []string{"state", "as_of", "known_at", "sort", "limit", "cursor"}

// Parameters lists the filters of a type's list; nil for an unknown type.
func Parameters(t models.RecordType) []Parameter { return listings[t].parameters }

// Sorts lists the orders of a type's list; each may have "-" before it.
func Sorts(t models.RecordType) []string {
	return append([]string{"id"}, sorted(keys(listings[t].sorts))...)
}

func (l listing) find(name string) (Parameter, bool) {
	i := slices.IndexFunc(l.parameters, func(p Parameter) bool { return p.Name == name })
	if i < 0 {
		return Parameter{}, false
	}
	return l.parameters[i], true
}

// ParseQuery reads a list's parameters by the API's names. ErrInvalid lists every problem, with
// "?name" as its pointer; an unknown parameter names the nearest one. extra are parameters that
// the caller reads itself.
func ParseQuery(t models.RecordType, values url.Values, extra ...string) (Query, error) {
	l := listings[t]
	p := &queryParser{}
	q := Query{Filters: map[string][]string{}}
	names := slices.Concat(common, extra)
	for _, parameter := range l.parameters {
		names = append(names, parameter.Name)
	}

	for _, name := range sorted(keys(values)) {
		parameter, ok := l.find(name)
		switch {
		case ok:
			q.Filters[name] = p.filter(parameter, parameter.split(values[name]))
		case !slices.Contains(names, name):
			p.unknown(name, names)
		}
	}
	p.once(values, "sort", "limit", "cursor")
	q.Moment = p.moment(values)
	q.Filters["state"] = p.state(split(values["state"]))
	q.Sort = p.sort(l, Sorts(t), values.Get("sort"))
	q.Limit = p.limit(values.Get("limit"))
	q.Cursor = values.Get("cursor")
	return q, p.failed()
}

// ParseMoment reads as_of and known_at alone, and refuses every other parameter but extra.
func ParseMoment(values url.Values, extra ...string) (Moment, error) {
	p := &queryParser{}
	names := append([]string{"as_of", "known_at"}, extra...)
	for _, name := range sorted(keys(values)) {
		if !slices.Contains(names, name) {
			p.unknown(name, names)
		}
	}
	m := p.moment(values)
	return m, p.failed()
}

// split reads comma lists; a repeated parameter is a list too.
func split(values []string) []string {
	var list []string
	for _, value := range values {
		for _, part := range strings.Split(value, ",") {
			if part = strings.TrimSpace(part); part != "" && !slices.Contains(list, part) {
				list = append(list, part)
			}
		}
	}
	return list
}

// split reads a parameter's values: what may hold commas is not taken apart at them.
func (p Parameter) split(values []string) []string {
	if p.shape != nameShape && p.shape != urlShape {
		return split(values)
	}
	return slices.DeleteFunc(slices.Clone(values), func(value string) bool { return strings.TrimSpace(value) == "" })
}

type queryParser struct {
	problems []models.Problem
}

func (p *queryParser) problem(name, format string, args ...any) {
	p.problems = append(p.problems, models.Problem{Pointer: "?" + name, Message: fmt.Sprintf(format, args...)})
}

// unknown says that there is no such parameter, and which there are.
func (p *queryParser) unknown(name string, names []string) {
	p.problem(name, "There is no parameter %q.%s Possible are %s.", shorten(name), models.DidYouMean(name, names), strings.Join(names, ", "))
	p.meant(name, names)
}

// meant adds to the last problem what a mistyped word most likely meant.
func (p *queryParser) meant(typed string, candidates []string) {
	last := &p.problems[len(p.problems)-1]
	last.Typed, last.Meant = typed, models.Nearest(typed, candidates)
}

func (p *queryParser) failed() error {
	if len(p.problems) == 0 {
		return nil
	}
	message := p.problems[0].Message
	if len(p.problems) > 1 {
		message = count(len(p.problems), "parameter is", "parameters are") + " wrong."
	}
	return &models.Error{Kind: models.ErrInvalid, Message: message, Problems: p.problems}
}

// mostValues bounds a comma list.
const mostValues = 100

func (p *queryParser) filter(parameter Parameter, values []string) []string {
	if len(values) > mostValues {
		p.problem(parameter.Name, "A list has at most %d values; this one has %d.", mostValues, len(values))
		return nil
	}
	if len(values) > 1 && (parameter.shape == flagShape || parameter.shape == dayShape) {
		p.problem(parameter.Name, "This parameter takes one value; this list has %d.", len(values))
	}
	for i, value := range values {
		values[i] = p.value(parameter, value)
	}
	return values
}

// once refuses parameters that are given again: nobody would know which one counts.
func (p *queryParser) once(values url.Values, names ...string) {
	for _, name := range names {
		if n := len(values[name]); n > 1 {
			p.problem(name, "Give this parameter once; it is there %d times.", n)
		}
	}
}

func (p *queryParser) value(parameter Parameter, value string) string {
	switch parameter.shape {
	case codeShape, flagShape:
		if !slices.Contains(parameter.Values, value) {
			p.problem(parameter.Name, "%q is no value of %q.%s Possible are %s.", shorten(value), parameter.Name,
				models.DidYouMean(value, parameter.Values), strings.Join(parameter.Values, ", "))
			p.meant(value, parameter.Values)
		}
	case dayShape:
		if _, err := models.ParseDay(value); err != nil {
			p.problem(parameter.Name, "%s", err)
		}
	case placeShape:
		if value = strings.ToUpper(value); !models.ValidPlace(value) {
			p.problem(parameter.Name, "%q is no ISO 3166 country code (two letters, such as IL) and no UN M49 region (three digits, such as 145).", shorten(value))
		}
	case urlShape:
		normal := models.NormalURL(value)
		if normal == "" {
			p.problem(parameter.Name, "%q is no address. It begins with https:// or http:// and names a host.", shorten(value))
		}
		return normal
	case pairShape:
		value = p.text(parameter, value)
		if scheme, rest, _ := strings.Cut(value, ":"); scheme == "" || rest == "" {
			p.problem(parameter.Name, "%q is no identifier. Write its scheme, a colon and its value, such as lei:INR2EJN1ERAN0W5ZP974.", shorten(value))
		}
	case nameShape:
		return models.Fold(p.text(parameter, value))
	case recordShape:
		return p.text(parameter, value)
	}
	return value
}

func (p *queryParser) text(parameter Parameter, value string) string {
	clean, problem := models.CleanText(value)
	if problem != "" || len(clean) > 500 {
		p.problem(parameter.Name, "This is no valid text of at most 500 letters.")
	}
	return clean
}

func (p *queryParser) moment(values url.Values) Moment {
	var m Moment
	p.once(values, "as_of", "known_at")
	if text := values.Get("as_of"); text != "" {
		day, err := models.ParseDay(text)
		if err != nil {
			p.problem("as_of", "%s", err)
		}
		m.AsOf = day
	}
	if text := values.Get("known_at"); text != "" {
		at, err := time.Parse(time.RFC3339Nano, strings.ReplaceAll(text, " ", "+"))
		if err != nil {
			p.problem("known_at", "%q is no instant. Write it as RFC 3339, such as 2025-09-25T12:00:00Z.", shorten(text))
		}
		m.KnownAt = at.UTC()
	}
	return m
}

func (p *queryParser) state(values []string) []string {
	for _, value := range values {
		if value != "any" && !models.RecordStates().Has(value) {
			p.problem("state", "%q is no state. Possible are live, retracted, merged and any.", shorten(value))
		}
	}
	if len(values) == 0 {
		return []string{string(models.StateLive)}
	}
	return values
}

func (p *queryParser) sort(l listing, sorts []string, value string) string {
	if value == "" {
		return l.initial
	}
	if !slices.Contains(sorts, strings.TrimPrefix(value, "-")) {
		p.problem("sort", "%q is no order.%s Possible are %s, each also with - before it.", shorten(value),
			models.DidYouMean(strings.TrimPrefix(value, "-"), sorts), strings.Join(sorts, ", "))
		descending := slices.Clone(sorts)
		for i := range descending {
			descending[i] = "-" + sorts[i]
		}
		p.meant(value, slices.Concat(sorts, descending))
	}
	return value
}

func (p *queryParser) limit(value string) int {
	if value == "" {
		return 50
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > 500 {
		p.problem("limit", "A page has from 1 to 500 entries; %q is not such a number.", shorten(value))
	}
	return n
}

// parseRecord reads the id or slug that a parameter names.
func parseRecord(value string) (uuid.UUID, bool) {
	id, err := uuid.Parse(value)
	return id, err == nil && len(value) == 36
}
