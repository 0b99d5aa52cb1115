package services

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// reading is one read on its way: where it reads, and at which moment.
type reading struct {
	tx *gorm.DB
	Resolved
	// labels are those that a walk keeps from page to page; nil where nothing is kept.
	labels *keptLabels
}

// read begins a read: it makes the moment definite, in one query.
func (s *Services) read(ctx context.Context, m Moment) (*reading, error) {
	r := &reading{tx: s.db.Read(ctx)}
	r.AsOf = m.AsOf
	if r.AsOf.IsZero() {
		r.AsOf = s.today()
	}
	if m.KnownAt.IsZero() {
		head, err := shared(ctx).headOf(func() (models.Checkpoint, error) { return headCheckpoint(r.tx) })
		r.Size = head.Size
		return r, err
	}
	if future, err := r.future(m.KnownAt, s.now()); err != nil || future {
		if err != nil {
			return nil, err
		}
		return nil, &models.Error{Kind: models.ErrInvalid, Message: "What will be known in the future is not known yet; choose an earlier known_at.",
			Problems: []models.Problem{{Pointer: "?known_at", Message: "This instant lies in the future."}}}
	}
	r.Past = true
	var size *int64
	err := r.tx.Raw("SELECT max(size) FROM checkpoints WHERE at <= ?", m.KnownAt).Scan(&size).Error
	if size != nil {
		r.Size = *size
	}
	return r, wrap(err, "resolve known_at")
}

// future reports whether nothing is known of an instant yet: it has not come, and the log does not
// reach it either, as it may when a clock was set back.
func (r *reading) future(at, now time.Time) (bool, error) {
	if !at.After(now) {
		return false, nil
	}
	head, err := headCheckpoint(r.tx)
	return at.After(head.At), err
}

// Size is the log's present size: the version of everything that can be read.
func (s *Services) Size(ctx context.Context) (int64, error) {
	head, err := shared(ctx).headOf(func() (models.Checkpoint, error) { return headCheckpoint(s.db.Read(ctx)) })
	return head.Size, err
}

func (r *reading) view() view { return view{past: r.Past, size: r.Size} }

// frozen is the log size that the pages after this one are to be read at; 0 for the present, which
// goes on.
func (r *reading) frozen() int64 {
	if r.Past {
		return r.Size
	}
	return 0
}

// resume reads at the log size at which the first page of a past was read: a publication of that
// very instant may have become visible since.
func (r *reading) resume(q Query) {
	if size := q.peek().Size; r.Past && size > 0 && size < r.Size {
		r.Size = size
	}
}

// raw is a statement at the moment: of {held:x} and {day}. The day is an argument, so that both
// engines keep one plan for all days.
func (r *reading) raw(text string, args ...any) *gorm.DB {
	text, args = literalLimits(r.view().sql(text), args)
	if strings.Contains(text, "{day}") {
		text, args = strings.ReplaceAll(text, "{day}", "@day"), append(slices.Clip(args), sql.Named("day", r.AsOf.String()))
	}
	return r.tx.Raw(text, args...)
}

// literalLimits writes limits into a statement: PostgreSQL takes one that it does not see for a tenth
// of all rows, and then either plans a statement anew at each call or badly for all.
func literalLimits(text string, args []any) (string, []any) {
	const limit = "LIMIT ?"
	var written strings.Builder
	var left []any
	for {
		before, after, found := strings.Cut(text, limit)
		n := strings.Count(before, "?")
		left = append(left, args[:n]...)
		args = args[n:]
		written.WriteString(before)
		if !found {
			return written.String(), append(left, args...)
		}
		fmt.Fprintf(&written, "LIMIT %d", args[0])
		text, args = after, args[1:]
	}
}

// together is what the reads of one answer share.
func (r *reading) together() *together { return shared(r.tx.Statement.Context) }

// recordColumns are what a record is read from; recordJoins are where they come from, for a
// held table or a list of heads named t.
const (
	recordColumns = `t.id, t.state, t.version, t.revision, v.type, v.merged_into, v.at, v.document,
		st.verification, st.disputed, st.basis, st.last_evidenced, st.last_checked,
		sp.subject, COALESCE(sp.status, '') AS status, COALESCE(sp.extent, '') AS extent, COALESCE(sp.scope, '') AS scope,
		COALESCE(sp.from_day, '') AS from_day, COALESCE(sp.until_day, '') AS until_day, COALESCE(sp.since_text, '') AS since_text, sp.change_id,
		` + statusColumns
	recordJoins  = `JOIN revisions v ON v.position = t.revision ` + derivedJoins
	derivedJoins = standingJoin + `
		` + spanJoin + `
		` + statusJoins
	standingJoin = `LEFT JOIN standings st ON st.record_id = t.id AND {held:st}`
	spanJoin     = `LEFT JOIN spans sp ON sp.record_id = t.id AND {held:sp} AND sp.from_day <= {day} AND sp.until_day > {day}`
)

// recordRow is what those columns give.
type recordRow struct {
	ID            uuid.UUID
	State         models.RecordState
	Version       int64
	Revision      int64
	Type          models.RecordType
	MergedInto    *uuid.UUID
	At            time.Time
	Document      string
	Verification  *models.Verification
	Disputed      *bool
	Basis         *string
	LastEvidenced models.Day
	LastChecked   models.Day
	Subject       *models.StatusSubject
	Status        models.Status
	Extent        models.Extent
	Scope         string
	FromDay       string
	UntilDay      string
	SinceText     string
	ChangeID      *uuid.UUID
	Stated        statusRow `gorm:"embedded"`
	SortKey       string
}

// targets are where the columns go, in their order.
func (row *recordRow) targets() []any {
	return slices.Concat([]any{&row.ID, &row.State, &row.Version, &row.Revision, &row.Type, &row.MergedInto, &row.At, &row.Document,
		&row.Verification, &row.Disputed, &row.Basis, &row.LastEvidenced, &row.LastChecked,
		&row.Subject, &row.Status, &row.Extent, &row.Scope, &row.FromDay, &row.UntilDay, &row.SinceText, &row.ChangeID},
		row.Stated.targets(), []any{&row.SortKey})
}

// record reads the row.
func (row recordRow) record() (Record, error) {
	document, err := readDocument(row.Type, row.Document)
	if err != nil {
		return Record{}, fmt.Errorf("record %s, revision %d: %w", row.ID, row.Revision, err)
	}
	record := Record{Document: document, Head: Head{ID: row.ID, Type: row.Type, State: row.State, MergedInto: row.MergedInto,
		Version: row.Version, Revision: row.Revision, RecordedAt: row.At.UTC()}}
	if entity, ok := document.(*models.Entity); ok {
		record.Slug = entity.Slug
	}
	if row.Verification != nil {
		record.Standing = models.Standing{Verification: *row.Verification, Disputed: *row.Disputed,
			LastEvidenced: row.LastEvidenced, LastChecked: row.LastChecked}
		if err := readJSON(*row.Basis, &record.Standing.Basis); err != nil {
			return Record{}, fmt.Errorf("standing of %s: %w", row.ID, err)
		}
	}
	if row.Subject != nil {
		record.Status = &StatusView{Subject: *row.Subject, Span: row.span()}
		if record.Status.Standing, err = row.Stated.standing(row.Status); err != nil {
			return Record{}, fmt.Errorf("standing of the status of %s: %w", row.ID, err)
		}
	}
	return record, nil
}

func (row recordRow) span() models.Span {
	span := models.Span{Status: row.Status, Extent: row.Extent, Scope: row.Scope, Change: row.ChangeID}
	if row.FromDay != "" {
		span.From, _ = models.ParseDay(row.FromDay) // none, where it is no day
	}
	if row.SinceText != "" {
		span.Since, _ = models.ParseDate(row.SinceText)
	}
	if row.UntilDay != models.OpenUntil {
		span.Until, _ = models.ParseDay(row.UntilDay)
	}
	return span
}

// List gives a page of records of a type, in a fixed number of queries. ErrInvalid when the
// query names records that are not there, or its cursor belongs to another list.
func (s *Services) List(ctx context.Context, _ models.Actor, t models.RecordType, q Query) (Page, error) {
	r, err := s.read(ctx, q.Moment)
	if err != nil {
		return Page{}, err
	}
	r.resume(q)
	if err := r.resolveFilters(t, &q); err != nil {
		return Page{}, err
	}
	return r.list(t, q)
}

// list gives a page; the records that filters name are found.
func (r *reading) list(t models.RecordType, q Query) (Page, error) {
	page, rows, err := r.listRows(t, q)
	if err != nil {
		return Page{}, err
	}
	return page, r.complete(&page, rows)
}

// listRows gives the rows of a page that is to be completed.
func (r *reading) listRows(t models.RecordType, q Query) (Page, []recordRow, error) {
	q = q.withDefaults(listings[t].initial)
	text, args, err := r.listSQL(t, q)
	if err != nil {
		return Page{}, nil, err
	}
	return r.rows(q, string(t), text, args)
}

// withDefaults fills what a query leaves open, in a copy.
func (q Query) withDefaults(sort string) Query {
	filters := make(map[string][]string, len(q.Filters)+1)
	for name, values := range q.Filters {
		filters[name] = values
	}
	if len(filters["state"]) == 0 {
		filters["state"] = []string{string(models.StateLive)}
	}
	q.Filters = filters
	if q.Sort == "" {
		q.Sort = sort
	}
	if q.Limit == 0 {
		q.Limit = 50
	}
	return q
}

// page runs a statement that gives one record more than the page holds, and completes the page.
func (r *reading) page(q Query, what, text string, args []any) (Page, error) {
	page, rows, err := r.rows(q, what, text, args)
	if err != nil {
		return Page{}, err
	}
	return page, r.complete(&page, rows)
}

// rows runs such a statement, and gives the page as far as it goes without its records.
func (r *reading) rows(q Query, what, text string, args []any) (Page, []recordRow, error) {
	rows, err := scan[recordRow](r.raw(text, args...))
	if err != nil {
		return Page{}, nil, fmt.Errorf("list %s: %w", what, err)
	}
	page := Page{Resolved: r.Resolved}
	if len(rows) > q.Limit {
		last := rows[q.Limit-1]
		page.Next = q.next(what, cursor{Key: last.SortKey, ID: last.ID, Size: r.frozen()})
		rows = rows[:q.Limit]
	}
	return page, rows, nil
}

// complete decodes rows and adds possible steps, labels and providers: at most three queries more.
func (r *reading) complete(page *Page, rows []recordRow) error {
	if err := r.decode(page, rows); err != nil {
		return err
	}
	return r.annotate(page)
}

func (r *reading) decode(page *Page, rows []recordRow) error {
	page.Records = make([]Record, 0, len(rows))
	for _, row := range rows {
		record, err := row.record()
		if err != nil {
			return err
		}
		record.Standing.LastEvidenced, record.Standing.LastChecked = models.HorizonOf(record.showing(), r.AsOf)
		page.Records = append(page.Records, record)
	}
	return nil
}

// annotate adds possible steps, labels and the providers of supplies to the records of a page.
func (r *reading) annotate(page *Page) error {
	if err := r.possible(page.Records); err != nil {
		return err
	}
	if err := r.announced(page.Records); err != nil {
		return err
	}
	var supplied []uuid.UUID
	for _, record := range page.Records {
		if link, ok := record.Document.(*models.Relationship); ok && link.Type == models.SuppliedTo {
			supplied = append(supplied, link.Subject)
		}
	}
	providers, err := r.providers(supplied)
	if err != nil {
		return err
	}
	refs, err := r.refs(page.Records)
	for _, list := range providers {
		for _, ref := range list {
			if _, known := refs[ref.ID]; !known && refs != nil {
				refs[ref.ID] = ref
			}
		}
	}
	page.Refs, page.Providers = refs, providers
	r.together().note(r.view(), page)
	return err
}

// listOrder is how a list runs: by a sort's expression and then ids, or by ids alone.
type listOrder struct {
	name       string
	key        string
	descending bool
	after      *cursor
}

func orderOf(t models.RecordType, q Query) (listOrder, error) {
	after, err := q.after(string(t))
	if err != nil {
		return listOrder{}, err
	}
	o := listOrder{after: after}
	o.name, o.descending = strings.CutPrefix(q.Sort, "-")
	o.key = listings[t].sorts[o.name]
	switch {
	case o.name == ByChange && listings[t].tracked():
		o.key = lastChanged
	case o.name == ByPublication || o.name == ByChange:
		o.key = "t.revision"
	}
	if after != nil && o.key != "" && o.name != "name" {
		// Every other sort is by a day; the database would choke on something else.
		if _, err := models.ParseDay(after.Key); err != nil {
			return o, wrongCursor()
		}
	}
	return o, nil
}

func (o listOrder) direction() string {
	if o.descending {
		return " DESC"
	}
	return ""
}

// listSQL builds the one statement of a list. Where several values of one index are asked for,
// each is a run of its own, and the runs are merged: so no more is read than the page shows.
func (r *reading) listSQL(t models.RecordType, q Query) (string, []any, error) {
	order, err := orderOf(t, q)
	if err != nil {
		return "", nil, err
	}
	runs := runsOf(t, q.Filters, order)
	if q.among != nil {
		runs = []run{{}} // few can match
	}
	if len(runs) == 1 {
		b := newListBuilder(t, q.Filters, runs[0], order)
		if q.among != nil {
			b.and("t.id ?", among(q.among))
		}
		if b.derived() {
			return b.sql(recordColumns+", "+b.sortKey("text"), recordJoins), append(b.args, q.Limit+1), nil
		}
		// The page first, then what belongs to it: PostgreSQL would otherwise merge all spans from
		// the first on, since it does not see that they begin where the page does.
		text := fmt.Sprintf("SELECT %s, CAST(t.sort_key AS text) AS sort_key FROM (%s) t %s ORDER BY t.sort_key%[4]s, t.id%[4]s",
			recordColumns, b.sql("t.id, t.state, t.version, t.revision, "+b.sortKey(""), ""), recordJoins, order.direction())
		return text, append(b.args, q.Limit+1), nil
	}

	var heads []string
	var args []any
	for _, one := range runs {
		b := newListBuilder(t, q.Filters, one, order)
		heads = append(heads, b.sql("t.id, t.state, t.version, t.revision, "+b.sortKey(""), b.joins()))
		args = append(append(args, b.args...), q.Limit+1)
	}
	merged := "SELECT * FROM (" + strings.Join(heads, ") h UNION ALL SELECT * FROM (") + ") h"
	text := fmt.Sprintf("SELECT %s, CAST(t.sort_key AS text) AS sort_key FROM (SELECT * FROM (%s) h ORDER BY h.sort_key%[3]s, h.id%[3]s LIMIT ?) t %[4]s ORDER BY t.sort_key%[3]s, t.id%[3]s",
		recordColumns, merged, order.direction(), recordJoins)
	return text, append(args, q.Limit+1), nil
}

// run is one range of an index along which a list is read: one value of the code that leads the
// index, or one status of one subject. The zero run is the list as it is.
type run struct {
	parameter, value string
	subject          models.StatusSubject
	status           string
	// never says that no record can match.
	never bool
}

// runsOf finds the runs of a list. Where few records match anyhow, one run holds them all.
func runsOf(t models.RecordType, filters map[string][]string, order listOrder) []run {
	l := listings[t]
	if narrowed(t, filters) || fewStand(filters) != "" || unconfirmedAlone(filters) {
		return []run{{}}
	}
	if statuses := filters["status"]; order.key == "" && l.tracked() && len(statuses) > 0 {
		return statusRuns(t, filters[l.lead], statuses)
	}
	values := filters[l.lead]
	if len(values) < 2 || !slices.Contains(l.led, order.name) {
		return []run{{}}
	}
	runs := make([]run, len(values))
	for i, value := range values {
		runs[i] = run{parameter: l.lead, value: value}
	}
	return runs
}

// fewStand gives the condition of a standing that few records have; "" when many may. They are
// then read from their standings, d, and not sought among all records of the type.
func fewStand(filters map[string][]string) string {
	levels := filters["verification"]
	switch {
	case slices.Equal(filters["disputed"], []string{"true"}):
		return "d.disputed"
	case len(levels) > 0 && !slices.Contains(levels, string(models.NoOrigin)) && !slices.Contains(levels, string(models.SingleOrigin)) && !slices.Contains(levels, string(models.Corroborated)):
		return "d.verification IN ('partly_acknowledged', 'acknowledged')"
	}
	return ""
}

// statusRuns are the subjects of a type, or of some of its kinds, that know the statuses.
func statusRuns(t models.RecordType, kinds, statuses []string) []run {
	var runs []run
	for _, subject := range models.StatusSubjects() {
		if models.StatusSubjectOf(t, string(subject)) == "" || len(kinds) > 0 && !slices.Contains(kinds, string(subject)) {
			continue
		}
		for _, status := range statuses {
			if models.StatusesOf(subject).Has(status) {
				runs = append(runs, run{subject: subject, status: status})
			}
		}
	}
	if runs == nil {
		return []run{{never: true}}
	}
	return runs
}

// listBuilder gathers the conditions of a list.
type listBuilder struct {
	t models.RecordType
	// from is the table, with what leads to it.
	from   string
	wheres string
	args   []any
	// ids is the column that runs in the order of ids.
	ids   string
	order listOrder
}

func newListBuilder(t models.RecordType, filters map[string][]string, one run, order listOrder) *listBuilder {
	l := listings[t]
	b := &listBuilder{t: t, from: l.table + " t", ids: "t.id", order: order}
	filters = maps.Clone(filters)
	b.drive(filters)
	b.state(filters["state"])
	b.run(l, filters, one)
	for _, parameter := range slices.Concat(l.parameters, l.apart) {
		if values := filters[parameter.Name]; len(values) > 0 {
			b.where(parameter, values)
		}
	}
	if _, listed := l.find("party"); !listed && len(filters["party"]) > 0 {
		b.where(Parameter{where: involves}, filters["party"])
	}
	b.after()
	return b
}

// sql is the statement, which takes one argument more: its limit.
func (b *listBuilder) sql(columns, joins string) string {
	order := b.ids
	if b.order.key != "" {
		order = b.order.key + b.order.direction() + ", t.id"
	}
	return fmt.Sprintf("SELECT %s FROM %s %s WHERE {held:t}%s ORDER BY %s%s LIMIT ?",
		columns, b.from, joins, b.wheres, order, b.order.direction())
}

// joins are those that the conditions need.
func (b *listBuilder) joins() string {
	joins := ""
	if strings.Contains(b.wheres, "st.") {
		joins = standingJoin
	}
	if strings.Contains(b.wheres, "sp.") {
		joins += " " + spanJoin
	}
	if strings.Contains(b.wheres, "hz.") || strings.Contains(b.wheres, "ss.") {
		joins += " " + statusJoins
	}
	return joins
}

// derived reports whether the conditions look at what is derived: standings, spans or horizons.
func (b *listBuilder) derived() bool { return b.joins() != "" }

// sortKey is the column of the sort's expression, perhaps as another type.
func (b *listBuilder) sortKey(as string) string {
	switch {
	case b.order.key == "":
		return "'' AS sort_key"
	case as != "":
		return "CAST(" + b.order.key + " AS " + as + ") AS sort_key"
	}
	return b.order.key + " AS sort_key"
}

func (b *listBuilder) and(condition string, args ...any) {
	b.wheres += " AND " + strings.ReplaceAll(condition, "{type}", string(b.t))
	b.args = append(b.args, args...)
}

func (b *listBuilder) state(states []string) {
	if len(states) == 1 && states[0] == string(models.StateLive) {
		b.and("t.state = 'live'") // literal, for partial indexes
	} else if !slices.Contains(states, "any") {
		b.and("t.state IN ?", states)
	}
}

// drive lets what few records have lead the list: the entity whose links they are, or a rare
// standing. Both run in the order of ids, as the list does.
func (b *listBuilder) drive(filters map[string][]string) {
	switch few := fewStand(filters); {
	case b.t == models.TypeRelationship && len(filters["party"]) == 1:
		b.from += " JOIN involvements pa ON pa.record_id = t.id AND {held:pa} AND pa.entity_id = ? AND pa.type = 'relationship' AND pa.role = 'party'"
		b.args = append(b.args, filters["party"][0])
		kind, _ := listings[b.t].find("type")
		types := filters["type"]
		if codes, ok := literalCodes(kind, types); ok && (len(types) == 1 || !slices.Contains(types, string(models.SuppliedTo))) { // an entity has few but supplies
			b.from += " AND pa.kind IN (" + codes + ")"
		}
		b.ids = "pa.record_id"
		delete(filters, "party")
	case unconfirmedAlone(filters) && !narrowed(b.t, filters):
		column := "record_id"
		if b.t == models.TypeStatusChange {
			column = "change_id"
		}
		b.from = "(SELECT DISTINCT d." + column + " AS id FROM announced_steps d WHERE {held:d} AND d.due_day < {day}) u CROSS JOIN " + b.from
		b.and("u.id = t.id")
		delete(filters, "confirmed")
	case few != "" && !narrowed(b.t, filters):
		// SQLite keeps the order of a cross join; it would else prefer an index in the list's order.
		b.from = "standings d CROSS JOIN " + b.from
		b.and("d.record_id = t.id AND {held:d} AND " + few)
		b.ids = "d.record_id"
	}
}

// unconfirmedAlone reports whether a list asks for what was announced and is not confirmed: few
// records, by which it is led.
func unconfirmedAlone(filters map[string][]string) bool {
	return slices.Equal(filters["confirmed"], []string{"false"})
}

// narrowed reports whether a filter names records or a name, so that few records match.
func narrowed(t models.RecordType, filters map[string][]string) bool {
	return len(filters["party"]) > 0 || slices.ContainsFunc(listings[t].parameters, func(p Parameter) bool {
		return p.narrow() && len(filters[p.Name]) > 0
	})
}

// run narrows the list to one run. The subject says all that the kind would.
func (b *listBuilder) run(l listing, filters map[string][]string, one run) {
	switch {
	case one.never:
		b.and("1 = 0")
	case one.subject != "":
		b.and(fmt.Sprintf("sp.subject = '%s' AND sp.status = '%s'", one.subject, one.status)) // both are of a vocabulary
		b.ids = "sp.record_id"
		delete(filters, l.lead)
		delete(filters, "status")
	case one.parameter != "":
		filters[one.parameter] = []string{one.value}
	}
}

func (b *listBuilder) where(p Parameter, values []string) {
	condition := strings.Replace(p.where, "%s", "?", 1)
	if codes, ok := literalCodes(p, values); ok {
		b.and(strings.Replace(p.where, "%s", codes, 1))
		return
	}
	switch p.shape {
	case dayShape:
		b.and(condition, values[0])
	case pairShape:
		var pairs []any
		for _, value := range values {
			scheme, rest, _ := strings.Cut(value, ":")
			pairs = append(pairs, strings.ToLower(scheme), rest)
		}
		b.and(strings.Replace(p.where, "%s", strings.TrimSuffix(strings.Repeat("(?, ?), ", len(values)), ", "), 1), pairs...)
	default:
		if p.shape == recordShape && len(values) > 1 { // one statement for any number of them
			b.and(strings.Replace(p.where, "IN (%s)", "?", 1), amongTexts(values))
			return
		}
		b.and(condition, values)
	}
}

var plainCode = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// literalCodes writes the values of a filter into a statement where they are codes: some are far rarer
// than others, which PostgreSQL's plan for all values of an argument cannot know.
func literalCodes(p Parameter, values []string) (string, bool) {
	if p.shape == flagShape {
		return strconv.FormatBool(values[0] == "true"), true
	}
	if len(values) == 0 || p.Values == nil && p.shape != placeShape || slices.ContainsFunc(values, func(v string) bool { return !plainCode.MatchString(v) }) {
		return "", false
	}
	return "'" + strings.Join(values, "', '") + "'", true
}

// after leaves out what earlier pages held.
func (b *listBuilder) after() {
	c, key := b.order.after, b.order.key
	if c == nil {
		return
	}
	compare := ">"
	if b.order.descending {
		compare = "<"
	}
	if key == "" {
		b.and(b.ids+" "+compare+" ?", c.ID)
		return
	}
	// The first condition alone would do for the index; SQLite does not see that in the second.
	b.and(key+" "+compare+"= ? AND ("+key+", t.id) "+compare+" (?, ?)", c.Key, c.Key, c.ID)
}

// possibleSteps are the steps that may have been taken by the day, and are not certain to have been.
const possibleSteps = `SELECT c.* FROM status_changes c WHERE {held:c} AND c.state = 'live'
	AND (c.effective_latest IS NULL OR c.effective_latest > {day}) AND (c.effective_earliest IS NULL OR c.effective_earliest <= {day})
	AND NOT EXISTS (SELECT 1 FROM announced_steps w WHERE w.change_id = c.id AND {held:w})`

// possible adds to each record the steps that may have been taken by the day, in one query.
func (r *reading) possible(records []Record) error {
	at := map[uuid.UUID]*StatusView{}
	for i := range records {
		if records[i].Status != nil {
			at[records[i].ID] = records[i].Status
		}
	}
	if len(at) == 0 {
		return nil
	}
	if r.labels != nil && r.labels.steps != nil {
		for id, view := range at {
			view.Possible = r.labels.steps[id]
		}
		return nil
	}

	var rows []models.StatusChangeRow
	if err := r.raw(possibleSteps+" AND c.record_id ?", among(keys(at))).Scan(&rows).Error; err != nil {
		return fmt.Errorf("read possible steps: %w", err)
	}
	for id, steps := range stepsByRecord(rows) {
		at[id].Possible = steps
	}
	return nil
}

// stepsByRecord gathers the steps of each record, in their order.
func stepsByRecord(rows []models.StatusChangeRow) map[uuid.UUID][]models.StatusStep {
	steps := map[uuid.UUID][]models.StatusStep{}
	for _, row := range rows {
		steps[row.RecordID] = append(steps[row.RecordID], row.Step())
	}
	for _, some := range steps {
		models.OrderSteps(some)
	}
	return steps
}

// resolveFilters turns the ids and slugs in the filters that name records into the ids of the
// records that they led to at the moment, in one query. ErrInvalid names those that lead nowhere.
func (r *reading) resolveFilters(t models.RecordType, q *Query) error {
	named := map[string][]string{}
	for name, values := range q.Filters {
		if parameter, ok := listings[t].find(name); ok && parameter.shape == recordShape && len(values) > 0 {
			named[name] = values
		}
	}
	if len(named) == 0 {
		return nil
	}
	found, err := r.namedRecords(named)
	if err != nil {
		return err
	}

	p := &queryParser{}
	q.Filters = maps.Clone(q.Filters)
	for _, name := range sorted(keys(named)) {
		ids := make([]string, len(named[name]))
		for i, value := range named[name] {
			if asked, isID := parseRecord(value); isID {
				value = asked.String()
			}
			id, ok := found[value]
			if !ok {
				p.problem(name, "There is no record with the id or slug %q. Search for it, or leave it out.", shorten(value))
			}
			ids[i] = id
		}
		q.Filters[name] = ids
	}
	return p.failed()
}

// namedRecords finds the records that ids and slugs lead to, through merges.
func (r *reading) namedRecords(named map[string][]string) (map[string]string, error) {
	var ids []uuid.UUID
	var slugs []string
	found := map[string]string{}
	for _, values := range named {
		for _, value := range values {
			if target, known := r.together().target(r.view(), value); known {
				found[strings.ToLower(value)], found[value] = target, target
			} else if id, ok := parseRecord(value); ok {
				ids = append(ids, id)
			} else if !strings.ContainsRune(value, 0) { // PostgreSQL has no text with NUL
				slugs = append(slugs, value)
			}
		}
	}

	if len(ids)+len(slugs) == 0 {
		return found, nil
	}
	var rows []struct {
		Asked string
		ID    uuid.UUID
	}
	err := r.tx.Raw(`
		WITH RECURSIVE named (asked, id) AS (
			SELECT CAST(id AS text), id FROM records WHERE id ?
			UNION ALL
			SELECT slug, record_id FROM slugs WHERE slug IN ?
		), chain (asked, id, depth) AS (
			SELECT asked, id, 0 FROM named
			UNION
			SELECT c.asked, m.merged_into, c.depth + 1 FROM chain c `+r.merges()+` WHERE m.merged_into IS NOT NULL AND c.depth < 100
		)
		SELECT asked, id FROM chain ORDER BY asked, depth`, among(ids), slugs).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("find the records of filters: %w", err)
	}
	for _, row := range rows {
		found[row.Asked] = row.ID.String() // the last of a chain stands
	}
	return found, nil
}
