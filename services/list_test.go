package services

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// crowd is a world of random records of every type, small enough to filter by hand.
type crowd struct {
	addresses int
	*world
	random                           *rand.Rand
	sources, companies, offers       []uuid.UUID
	units, contracts, cases, claims  []uuid.UUID
	links, changes, items, inquiries []uuid.UUID
}

func newCrowd(t testing.TB, w *world) *crowd {
	t.Helper()
	c := &crowd{world: w, random: rand.New(rand.NewPCG(3, 5))}
	c.publish(t, 8, &c.sources, c.source)
	c.publish(t, 4, &c.companies, func() models.Document { return c.entity(models.KindCompany) })
	c.publish(t, 6, &c.offers, func() models.Document { return c.entity(models.KindService) })
	c.publish(t, 8, &c.units, func() models.Document { return c.entity(models.KindUnit) })
	c.publish(t, 3, &c.contracts, func() models.Document { return c.entity(models.KindContract) })
	c.publish(t, 2, &c.inquiries, func() models.Document { return c.entity(models.KindInquiry) })
	c.publish(t, 2, &c.cases, func() models.Document { return c.entity(models.KindCase) })
	c.grow(t)
	return c
}

// grow adds links, steps, claims and open items, and takes some back.
func (c *crowd) grow(t testing.TB) {
	t.Helper()
	c.publish(t, 6, nil, func() models.Document {
		return &models.Relationship{Type: models.Provides, Subject: c.one(c.companies), Object: c.one(c.offers), Citations: c.cite()}
	})
	c.publish(t, 25, &c.links, func() models.Document {
		link := &models.Relationship{Type: models.SuppliedTo, Subject: c.one(c.offers), Object: c.one(c.units), Start: c.when(t, true), Citations: c.cite()}
		if c.random.IntN(3) == 0 {
			link.SuppliedBy = c.maybe(c.companies)
		}
		if c.random.IntN(2) == 0 {
			link.Purposes = []models.Purpose{models.Purpose(c.code(models.Purposes()))}
		}
		return link
	})
	c.publish(t, 12, &c.items, func() models.Document {
		return &models.OpenItem{Kind: c.code(models.OpenItemKinds()), Addressee: c.one(c.companies), About: []uuid.UUID{c.one(c.links)}, Text: "Why?",
			RaisedOn: c.when(t, false), Citations: c.cite()}
	})
	c.publish(t, 25, &c.claims, c.claim(t, nil))
	c.publish(t, 12, &c.claims, c.claim(t, c.live(t, models.TypeClaim)))
	c.steps(t, 60)
	c.takeBack(t)
}

// publish writes n new records in one changeset.
func (c *crowd) publish(t testing.TB, n int, ids *[]uuid.UUID, make func() models.Document) {
	t.Helper()
	var operations []models.Operation
	for range n {
		document := make()
		for _, problem := range models.HeldProblems(document) { // a day on which it cannot have held
			var i int
			fmt.Sscanf(problem.Pointer, "/citations/%d/", &i)
			(*citationList(document))[i].HoldsOn = models.Day{}
		}
		op := create(document)
		operations = append(operations, op)
		if ids != nil {
			*ids = append(*ids, op.ID)
		}
	}
	c.now = c.now.Add(time.Minute)
	c.must(t, operations...)
}

func (c *crowd) one(ids []uuid.UUID) uuid.UUID { return ids[c.random.IntN(len(ids))] }

func (c *crowd) maybe(ids []uuid.UUID) *uuid.UUID {
	id := c.one(ids)
	return &id
}

func (c *crowd) code(v models.Vocabulary) string { return v.Codes[c.random.IntN(len(v.Codes))].Code }

func (c *crowd) cite() []models.Citation {
	var list []models.Citation
	for i := range 1 + c.random.IntN(2) {
		citation := models.Citation{Source: c.sources[(c.random.IntN(4)*2+i)%len(c.sources)]}
		if c.random.IntN(2) == 0 {
			citation.HoldsOn, _ = models.NewDay(2022+c.random.IntN(3), 1+c.random.IntN(12), 5)
		}
		list = append(list, citation)
	}
	return list
}

// when makes a date, often vague, from few enough that days collide.
func (c *crowd) when(t testing.TB, none bool) models.Date {
	texts := []string{"2023", "2023-05", "2023-05-31", "2024-02-29", "2024", "[2023-05..]", "[..2024-02-29]", "2024~", "[2023-01..2024-02]"}
	if none && c.random.IntN(3) == 0 {
		return models.Date{}
	}
	return date(t, texts[c.random.IntN(len(texts))])
}

func (c *crowd) source() models.Document {
	n := len(c.sources) + c.random.IntN(1000)
	source := &models.Source{Kind: c.code(models.SourceKinds()), Title: fmt.Sprint("Source ", n), Unpublished: c.random.IntN(3) == 0}
	if c.random.IntN(4) > 0 {
		source.Published, _ = models.ParseDate([]string{"2023", "2023-05", "2024-02-29"}[c.random.IntN(3)])
	}
	if _, known := source.LastWord(); known { // so that it may show any day
		source.Kind = "statement"
	}
	if c.random.IntN(2) == 0 {
		c.addresses++ // a page has one source
		source.URL = fmt.Sprintf("https://www.example.org/a,b/%d?utm_source=x", c.addresses)
	}
	return source
}

func (c *crowd) entity(kind models.EntityKind) models.Document {
	n := c.random.IntN(100_000)
	e := &models.Entity{Kind: kind, Name: fmt.Sprintf("%s %s, Inc. %d", []string{"Äcme", "acme", "Zeta", "beta"}[c.random.IntN(4)], kind, n%7), Citations: c.cite(),
		Identifiers: []models.Identifier{{Scheme: "lei", Value: fmt.Sprint(n)}}}
	if c.random.IntN(2) == 0 {
		e.Places = []string{[]string{"IL", "US", "145"}[c.random.IntN(3)]}
	}
	switch kind {
	case models.KindUnit:
		e.Identity = models.Identity(c.code(models.Identities()))
	case models.KindContract:
		e.Start = models.Date{}
		e.Start, _ = models.ParseDate("2023-05")
	case models.KindCase:
		e.Members = []uuid.UUID{c.one(c.companies), c.one(c.units)}
		e.Members = slices.Compact(e.Members)
	}
	return e
}

func (c *crowd) claim(t testing.TB, answers []uuid.UUID) func() models.Document {
	return func() models.Document {
		claim := &models.Claim{Speakers: []models.Speaker{{Entity: c.maybe(slices.Concat(c.companies, c.units))}}, Stance: models.Stance(c.code(models.Stances())),
			SaidOn: c.when(t, false), Text: "So it is.", Citations: c.cite()}
		if answers != nil {
			claim.Answers = []uuid.UUID{c.one(answers)}
		} else {
			claim.About = []uuid.UUID{c.one(slices.Concat(c.links, c.companies, c.items))}
		}
		if c.random.IntN(4) == 0 {
			claim.Extent = models.Partial
		}
		return claim
	}
}

// steps makes status changes; those that the history does not allow are refused.
func (c *crowd) steps(t testing.TB, n int) {
	t.Helper()
	accepted := 0
	for range n {
		record, subject := c.one(c.links), models.SubjectSupply
		switch c.random.IntN(4) {
		case 0:
			record, subject = c.one(c.contracts), models.SubjectContract
		case 1:
			record, subject = c.one(c.inquiries), models.SubjectInquiry
		}
		change := &models.StatusChange{Record: record, Status: models.Status(c.code(models.StatusesOf(subject))), Effective: c.when(t, false),
			Announced: c.when(t, true), Actor: c.maybe(c.companies), Citations: c.cite()}
		if c.random.IntN(3) == 0 {
			change.Extent, change.Scope = models.Partial, "a part"
		}
		op := create(change)
		_, err := c.Submit(context.Background(), c.editor, models.Changeset{Summary: "step", Operations: []models.Operation{op}})
		var refused *models.Error
		switch {
		case err == nil:
			accepted++
			c.changes = append(c.changes, op.ID)
		case !errors.As(err, &refused) || refused.Kind != models.ErrInvalid:
			t.Fatal(err)
		}
	}
	if accepted < n/4 {
		t.Fatalf("only %d of %d steps were accepted", accepted, n)
	}
}

// takeBack retracts some claims and links, and moves the date of others.
func (c *crowd) takeBack(t testing.TB) {
	t.Helper()
	var operations []models.Operation
	for _, kind := range []models.RecordType{models.TypeClaim, models.TypeSource} {
		for i, r := range c.all(t, kind, Moment{}) {
			op := models.Operation{Type: kind, ID: r.ID, Version: r.Version, Reason: "at random"}
			switch d := r.Document.(type) {
			case *models.Claim:
				if r.State != models.StateLive || i%5 > 1 {
					continue
				}
				op.Op = models.OpRetract
				if i%5 == 1 {
					op.Op, op.Edit = models.OpEdit, models.Corrected
					d.SaidOn, d.Text = c.when(t, false), d.Text+" Or so."
					op.Data = d
				}
			case *models.Source:
				if i%4 > 0 {
					continue
				}
				op.Op, op.Edit, op.Data = models.OpEdit, models.Corrected, d
				d.Title += "!"
				d.Unpublished = !d.Unpublished
			}
			operations = append(operations, op)
		}
	}
	c.now = c.now.Add(time.Minute)
	// A claim on which another record rests cannot always go: each is tried by itself.
	for _, op := range operations {
		_, err := c.Submit(context.Background(), c.editor, models.Changeset{Summary: "take back", Operations: []models.Operation{op}})
		var refused *models.Error
		if err != nil && (!errors.As(err, &refused) || refused.Kind != models.ErrInvalid) {
			t.Fatal(err)
		}
	}
}

func (c *crowd) live(t testing.TB, kind models.RecordType) []uuid.UUID {
	var ids []uuid.UUID
	for _, r := range c.all(t, kind, Moment{}) {
		if r.State == models.StateLive {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// all lists every record of a type, in the order of ids.
func (c *crowd) all(t testing.TB, kind models.RecordType, m Moment) []Record {
	t.Helper()
	page, err := c.List(context.Background(), models.Actor{}, kind, Query{Moment: m, Sort: "id", Limit: 500, Filters: map[string][]string{"state": {"any"}}})
	if err != nil || page.Next != "" {
		t.Fatalf("list all: %v, next %q", err, page.Next)
	}
	return page.Records
}

// truth is everything that was known at a moment, to be filtered by hand.
type truth struct {
	moment  Moment
	records map[models.RecordType][]Record
	byID    map[uuid.UUID]Record
	// involved lists by record the entities involved, speakers those that speak.
	involved, speakers map[uuid.UUID][]string
	// answered are the claims that a live claim answers.
	answered map[uuid.UUID]bool
}

func (c *crowd) truth(t testing.TB, m Moment) *truth {
	t.Helper()
	k := &truth{moment: m, records: map[models.RecordType][]Record{}, byID: map[uuid.UUID]Record{}, involved: map[uuid.UUID][]string{},
		speakers: map[uuid.UUID][]string{}, answered: map[uuid.UUID]bool{}}
	for _, kind := range models.RecordTypes().Values() {
		k.records[models.RecordType(kind)] = c.all(t, models.RecordType(kind), m)
		for _, r := range k.records[models.RecordType(kind)] {
			k.byID[r.ID] = r
			if claim, ok := r.Document.(*models.Claim); ok && r.State == models.StateLive {
				for _, id := range claim.Answers {
					k.answered[id] = true
				}
			}
		}
	}
	var rows []models.InvolvementRow
	if err := c.db.Read(context.Background()).Find(&rows, "to_size IS NULL").Error; err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		k.involved[row.RecordID] = append(k.involved[row.RecordID], row.EntityID.String())
		if row.Role == models.InvolvedSpeaker {
			k.speakers[row.RecordID] = append(k.speakers[row.RecordID], row.EntityID.String())
		}
	}
	return k
}

func texts[T any](list []T) []string {
	out := make([]string, len(list))
	for i, one := range list {
		out[i] = fmt.Sprint(one)
	}
	return out
}

func text(id *uuid.UUID) []string {
	if id == nil {
		return nil
	}
	return []string{id.String()}
}

// values gives what a record has for a filter that means "any of"; ok is false when the filter
// is of another sort.
func (k *truth) values(r Record, name string) (values []string, ok bool) {
	shared := map[string]func() []string{
		"party":               func() []string { return k.involved[r.ID] },
		"speaker":             func() []string { return k.speakers[r.ID] },
		"verification":        func() []string { return []string{string(r.Standing.Verification)} },
		"disputed":            func() []string { return []string{fmt.Sprint(r.Standing.Disputed)} },
		"status":              func() []string { return k.status(r, func(s models.Span) string { return string(s.Status) }) },
		"extent":              func() []string { return k.status(r, func(s models.Span) string { return string(s.Extent) }) },
		"status_verification": func() []string { return k.stated(r, func(s models.Standing) string { return string(s.Verification) }) },
		"status_disputed":     func() []string { return k.stated(r, func(s models.Standing) string { return fmt.Sprint(s.Disputed) }) },
		"confirmed":           func() []string { return k.confirmed(r) },
		"source": func() []string {
			var list []string
			for _, citation := range r.Document.Cited() {
				list = append(list, citation.Source.String())
			}
			return list
		},
		"case": func() []string { return k.cases(r) },
	}
	own := map[string]func() []string{}
	switch d := r.Document.(type) {
	case *models.Entity:
		own = map[string]func() []string{
			"kind": func() []string { return []string{string(d.Kind)} }, "identity": func() []string { return []string{string(d.Identity)} },
			"country": func() []string { return d.Places },
			"name":    func() []string { return []string{models.Fold(d.Name)} },
			"identifier": func() []string {
				var list []string
				for _, id := range d.Identifiers {
					list = append(list, id.Scheme+":"+id.Value)
				}
				return list
			},
		}
	case *models.Relationship:
		own = map[string]func() []string{
			"type": func() []string { return []string{string(d.Type)} }, "subject": func() []string { return []string{d.Subject.String()} },
			"object": func() []string { return []string{d.Object.String()} }, "supplied_by": func() []string { return text(d.SuppliedBy) },
			"purpose": func() []string { return texts(d.Purposes) },
			"country": func() []string {
				return slices.Concat(k.byID[d.Subject].Document.(*models.Entity).Places, k.byID[d.Object].Document.(*models.Entity).Places)
			},
		}
	case *models.StatusChange:
		own = map[string]func() []string{
			"record": func() []string { return []string{d.Record.String()} }, "status": func() []string { return []string{string(d.Status)} },
			"extent": func() []string { return []string{string(d.Extent)} }, "actor": func() []string { return text(d.Actor) },
			"subject": func() []string { return []string{string(k.byID[d.Record].Status.Subject)} },
		}
	case *models.Claim:
		own = map[string]func() []string{
			"stance": func() []string { return []string{string(d.Stance)} }, "extent": func() []string { return []string{string(d.Extent)} },
			"about": func() []string { return texts(d.About) }, "answers": func() []string { return texts(d.Answers) },
			"purpose":              func() []string { return texts(d.Purposes) },
			"unanswered":           func() []string { return k.unanswered(r.ID, d) },
			"denied_then_admitted": func() []string { return []string{fmt.Sprint(k.deniedThenAdmitted(r.ID))} },
		}
	case *models.Source:
		own = map[string]func() []string{
			"kind": func() []string { return []string{d.Kind} }, "unpublished": func() []string { return []string{fmt.Sprint(d.Unpublished)} },
			"publisher": func() []string { return texts(d.Publishers) }, "reports_on": func() []string { return nil },
			"url": func() []string { return []string{models.NormalURL(d.URL)} },
		}
	case *models.OpenItem:
		own = map[string]func() []string{
			"kind": func() []string { return []string{d.Kind} }, "addressee": func() []string { return []string{d.Addressee.String()} },
			"about": func() []string { return texts(d.About) },
			"unanswered": func() []string {
				return []string{fmt.Sprint(slices.Contains([]models.Status{"open", "no_response", "declined"}, r.Status.Span.Status))}
			},
		}
	}
	for _, table := range []map[string]func() []string{own, shared} {
		if f, found := table[name]; found {
			return f(), true
		}
	}
	return nil, false
}

func (k *truth) status(r Record, field func(models.Span) string) []string {
	if r.Status == nil {
		return nil
	}
	return []string{field(r.Status.Span)}
}

// stated is of the standing of its status, where it has one that states something.
func (k *truth) stated(r Record, field func(models.Standing) string) []string {
	if r.Status == nil || r.Status.Standing.Verification == "" {
		return nil
	}
	return []string{field(r.Status.Standing)}
}

// confirmed says whether nothing that was announced for a record, or the step itself, is open; nothing
// where its day has not gone by.
func (k *truth) confirmed(r Record) []string {
	open, past := r.Announced != nil, r.Announced != nil && r.Announced.Past
	if r.Type != models.TypeStatusChange {
		if r.Status == nil {
			return nil
		}
		for _, step := range r.Status.Announced {
			open, past = true, past || step.Past
		}
	}
	if open && !past {
		return nil
	}
	return []string{fmt.Sprint(!open)}
}

func (k *truth) unanswered(id uuid.UUID, d *models.Claim) []string {
	if !slices.Contains([]models.Stance{models.Alleges, models.Reports, models.FindsEvidence}, d.Stance) {
		return nil
	}
	return []string{fmt.Sprint(!k.answered[id])}
}

// deniedThenAdmitted reports whether an answer denies a claim, and one of that day or later admits it.
func (k *truth) deniedThenAdmitted(id uuid.UUID) bool {
	for _, denial := range k.records[models.TypeClaim] {
		d := denial.Document.(*models.Claim)
		if denial.State != models.StateLive || !slices.Contains(d.Answers, id) || !slices.Contains([]models.Stance{models.Denies, models.Disputes, models.FindsNoEvidence}, d.Stance) {
			continue
		}
		for _, admission := range k.records[models.TypeClaim] {
			a := admission.Document.(*models.Claim)
			if admission.State == models.StateLive && slices.Contains(a.Answers, id) && a.Stance == models.Admits &&
				!a.SaidOn.Latest.IsZero() && !d.SaidOn.Latest.IsZero() && !a.SaidOn.Latest.Before(d.SaidOn.Latest) {
				return true
			}
		}
	}
	return false
}

// cases lists the cases of which the record, or an entity involved in it, is a member.
func (k *truth) cases(r Record) []string {
	var list []string
	for _, one := range k.records[models.TypeEntity] {
		for _, member := range one.Document.(*models.Entity).Members {
			if r.Type == models.TypeEntity && member == r.ID || r.Type != models.TypeEntity && slices.Contains(k.involved[r.ID], member.String()) {
				list = append(list, one.ID.String())
			}
		}
	}
	return list
}

// day gives the day that a filter such as effective[gte] compares.
func (k *truth) day(r Record, name string) models.Day {
	switch d := r.Document.(type) {
	case *models.Entity:
		return d.Start.Latest
	case *models.StatusChange:
		if name == "announced" {
			return d.Announced.Latest
		}
		return d.Effective.Latest
	case *models.Claim:
		return d.SaidOn.Latest
	case *models.Source:
		return d.Published.Latest
	case *models.OpenItem:
		return d.RaisedOn.Latest
	}
	return models.Day{}
}

func (k *truth) match(t testing.TB, r Record, name string, wanted []string) bool {
	t.Helper()
	stated := models.Standing{}
	if r.Status != nil {
		stated = r.Status.Standing
	}
	if last, ok := map[string]models.Day{"evidenced[lt]": r.Standing.LastEvidenced, "checked[lt]": r.Standing.LastChecked,
		"status_evidenced[lt]": stated.LastEvidenced, "status_checked[lt]": stated.LastChecked}[name]; ok {
		return last.IsZero() || last.Before(day(t, wanted[0]))
	}
	if column, compare, isDay := strings.Cut(strings.TrimSuffix(name, "]"), "["); isDay {
		have, want := k.day(r, column), day(t, wanted[0])
		if have.IsZero() {
			return false
		}
		return map[string]bool{"gte": have.Compare(want) >= 0, "lte": have.Compare(want) <= 0, "gt": have.After(want), "lt": have.Before(want)}[compare]
	}
	have, known := k.values(r, name)
	if !known {
		t.Fatalf("the test does not know the filter %q", name)
	}
	return slices.ContainsFunc(have, func(value string) bool { return slices.Contains(wanted, value) })
}

// filter is the naive list: every live record that matches every filter, in the order asked for.
func (k *truth) filter(t testing.TB, kind models.RecordType, filters map[string][]string, sort string) []uuid.UUID {
	t.Helper()
	var found []Record
	for _, r := range k.records[kind] {
		ok := r.State == models.StateLive
		for name, wanted := range filters {
			ok = ok && k.match(t, r, name, wanted)
		}
		if ok {
			found = append(found, r)
		}
	}
	name, descending := strings.CutPrefix(sort, "-")
	slices.SortFunc(found, func(a, b Record) int {
		c := 0
		switch x, y := k.day(a, name), k.day(b, name); {
		case name == "name":
			c = strings.Compare(models.Fold(a.Document.(*models.Entity).Name), models.Fold(b.Document.(*models.Entity).Name))
		case name == "id":
		case x.IsZero() != y.IsZero(): // open ends come after everything
			c = map[bool]int{true: 1, false: -1}[x.IsZero()]
		default:
			c = x.Compare(y)
		}
		if c == 0 {
			c = bytes.Compare(a.ID[:], b.ID[:])
		}
		if descending {
			c = -c
		}
		return c
	})
	ids := make([]uuid.UUID, len(found))
	for i, r := range found {
		ids[i] = r.ID
	}
	return ids
}

// anyFilters picks one or two filters with values that records have, sometimes none that they do.
func (c *crowd) anyFilters(t testing.TB, k *truth, kind models.RecordType) map[string][]string {
	filters := map[string][]string{}
	parameters := Parameters(kind)
	for range 1 + c.random.IntN(2) {
		p := parameters[c.random.IntN(len(parameters))]
		wanted := map[string]bool{}
		for range 1 + c.random.IntN(3) {
			switch {
			case p.shape == flagShape:
				wanted = map[string]bool{flags[c.random.IntN(2)]: true}
			case p.shape == dayShape:
				wanted = map[string]bool{[]string{"2023-05-31", "2023-12-31", "2024-02-29", "2024-06-05"}[c.random.IntN(4)]: true}
			case p.Values != nil && c.random.IntN(2) == 0:
				wanted[p.Values[c.random.IntN(len(p.Values))]] = true
			default:
				have, _ := k.values(k.records[kind][c.random.IntN(len(k.records[kind]))], p.Name)
				for _, value := range have {
					if value != "" {
						wanted[value] = true
					}
				}
			}
		}
		if len(wanted) > 0 {
			filters[p.Name] = sorted(keys(wanted))
		}
	}
	return filters
}

// pages reads a list to its end, so many records at a time.
func (c *crowd) pages(t testing.TB, kind models.RecordType, q Query) []uuid.UUID {
	t.Helper()
	var ids []uuid.UUID
	for range 1000 {
		page, err := c.List(context.Background(), models.Actor{}, kind, q)
		if err != nil {
			t.Fatalf("list %s, %v: %v", kind, q.Filters, err)
		}
		if page.Next != "" && len(page.Records) != q.Limit {
			t.Fatalf("list %s, %v: a page of %d of %d has a next one", kind, q.Filters, len(page.Records), q.Limit)
		}
		for _, r := range page.Records {
			ids = append(ids, r.ID)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return ids
		}
	}
	t.Fatalf("list %s, %v: the pages do not end", kind, q.Filters)
	return nil
}

// asked is a list and what it gave.
type asked struct {
	kind models.RecordType
	q    Query
	ids  []uuid.UUID
}

func TestList_givesWhatFilteringByHandGives_nowAndLater(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		c := newCrowd(t, w)
		m := Moment{AsOf: day(t, "2024-02-29")}
		c.now = c.now.Add(time.Hour)
		then := c.now.Add(-time.Minute)
		k := c.truth(t, m)
		var earlier []asked
		matched, used := 0, map[string]int{}
		for i := range 600 {
			kind := models.RecordType(models.RecordTypes().Values()[i%6])
			sorts := Sorts(kind)
			q := Query{Moment: m, Filters: c.anyFilters(t, k, kind), Sort: sorts[c.random.IntN(len(sorts))], Limit: 1 + c.random.IntN(20)}
			if c.random.IntN(2) == 0 {
				q.Sort = "-" + q.Sort
			}
			want := k.filter(t, kind, q.Filters, q.Sort)
			got := c.pages(t, kind, q)
			if !slices.Equal(got, want) {
				t.Fatalf("list %s, %v, sort %s, limit %d:\ngot  %v\nwant %v", kind, q.Filters, q.Sort, q.Limit, got, want)
			}
			for name := range q.Filters {
				used[string(kind)+" "+name] += min(1, len(got))
			}
			matched += min(1, len(got))
			earlier = append(earlier, asked{kind, q, got})
		}
		if matched < 200 {
			t.Errorf("only %d of 600 lists had a record; the test shows little", matched)
		}
		for _, kind := range models.RecordTypes().Values() {
			for _, p := range Parameters(models.RecordType(kind)) {
				if _, asked := used[kind+" "+p.Name]; !asked && p.Name != "publisher" && p.Name != "reports_on" {
					t.Errorf("%s: the filter %s was never asked for", kind, p.Name)
				}
			}
		}

		c.grow(t)
		for _, one := range earlier {
			one.q.KnownAt = then
			if got := c.pages(t, one.kind, one.q); !slices.Equal(got, one.ids) {
				t.Fatalf("known at %s, list %s, %v, sort %s:\ngot  %v\nwant %v", then, one.kind, one.q.Filters, one.q.Sort, got, one.ids)
			}
		}
		if reflect.DeepEqual(c.truth(t, m).records, k.records) {
			t.Error("nothing changed in between; the test shows nothing")
		}
	})
}
