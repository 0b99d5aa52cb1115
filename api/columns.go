package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// column is one of a flat table's: the member of the record that it shows, its own name, and its
// cell, which is a string, an int64, a float64, a bool, or nil where there is nothing.
type column struct {
	member, name string
	cell         func(view, services.Record) any
}

// tables are the columns of each type, in their order.
var tables = map[models.RecordType][]column{
	models.TypeEntity: slices.Concat(identityColumns(), []column{
		own("kind", func(e *models.Entity) any { return string(e.Kind) }),
		own("slug", func(e *models.Entity) any { return e.Slug }),
		own("name", func(e *models.Entity) any { return e.Name }),
		own("identity", func(e *models.Entity) any { return string(e.Identity) }),
		own("summary", func(e *models.Entity) any { return e.Summary }),
		own("names", func(e *models.Entity) any { return joined(e.Names, func(n models.Name) string { return n.Text }) }),
		own("identifiers", func(e *models.Entity) any {
			return joined(e.Identifiers, func(i models.Identifier) string { return i.Scheme + ":" + i.Value })
		}),
		own("places", func(e *models.Entity) any { return strings.Join(e.Places, listSeparator) }),
		own("organization_type", func(e *models.Entity) any { return e.OrganizationType }),
		part("count", "count", func(e *models.Entity) *models.Count { return e.Count }, func(c models.Count) any { return int64(c.Number) }),
		part("count", "count_exactness", func(e *models.Entity) *models.Count { return e.Count }, func(c models.Count) any { return c.Exactness }),
		part("value", "value_amount", func(e *models.Entity) *models.Money { return e.Value }, func(m models.Money) any { return m.Amount }),
		part("value", "value_currency", func(e *models.Entity) *models.Money { return e.Value }, func(m models.Money) any { return m.Currency }),
	}, dateColumns("start", func(e *models.Entity) models.Date { return e.Start }), dateColumns("end", func(e *models.Entity) models.Date { return e.End }),
		statusColumns(), standingColumns()),

	models.TypeRelationship: slices.Concat(identityColumns(), []column{
		own("type", func(r *models.Relationship) any { return string(r.Type) }),
	}, endColumns("subject", func(r *models.Relationship) *uuid.UUID { return &r.Subject }),
		endColumns("object", func(r *models.Relationship) *uuid.UUID { return &r.Object }),
		endColumns("supplied_by", func(r *models.Relationship) *uuid.UUID { return r.SuppliedBy }), statusColumns(),
		dateColumns("start", func(r *models.Relationship) models.Date { return r.Start }), dateColumns("end", func(r *models.Relationship) models.Date { return r.End }), []column{
			own("purposes", func(r *models.Relationship) any { return strings.Join(purposesOf(r.Purposes), listSeparator) }),
			own("quantity", func(r *models.Relationship) any { return r.Quantity }),
			part("share", "share", func(r *models.Relationship) *float64 { return r.Share }, func(share float64) any { return share }),
			own("role", func(r *models.Relationship) any { return r.Role }),
			own("title", func(r *models.Relationship) any { return r.Title }),
			own("description", func(r *models.Relationship) any { return r.Description }),
		}, standingColumns()),

	models.TypeStatusChange: slices.Concat(identityColumns(), []column{
		{"record", "record", func(v view, r services.Record) any { return v.name(r.Document.(*models.StatusChange).Record) }},
		{"record", "record_type", func(v view, r services.Record) any {
			return string(v.refs[r.Document.(*models.StatusChange).Record].Type)
		}},
		{"record", "record_id", func(_ view, r services.Record) any { return r.Document.(*models.StatusChange).Record.String() }},
		{"record", "subject_name", func(v view, r services.Record) any { return nameOf(v.refs[r.ID].Subject) }},
		{"record", "object_name", func(v view, r services.Record) any { return nameOf(v.refs[r.ID].Object) }},
		own("status", func(s *models.StatusChange) any { return string(s.Status) }),
		own("extent", func(s *models.StatusChange) any { return string(s.Extent) }),
		own("scope", func(s *models.StatusChange) any { return s.Scope }),
	}, dateColumns("effective", func(s *models.StatusChange) models.Date { return s.Effective }),
		dateColumns("announced", func(s *models.StatusChange) models.Date { return s.Announced }),
		endColumns("actor", func(s *models.StatusChange) *uuid.UUID { return s.Actor }),
		[]column{own("reason", func(s *models.StatusChange) any { return s.Reason })}, standingColumns()),

	models.TypeClaim: slices.Concat(identityColumns(), []column{
		own("stance", func(c *models.Claim) any { return string(c.Stance) }),
		own("extent", func(c *models.Claim) any { return string(c.Extent) }),
	}, speakerColumns("speakers", func(c *models.Claim) []models.Speaker { return c.Speakers }), []column{
		own("text", func(c *models.Claim) any { return c.Text }),
		own("purposes", func(c *models.Claim) any { return strings.Join(purposesOf(c.Purposes), listSeparator) }),
	}, dateColumns("said_on", func(c *models.Claim) models.Date { return c.SaidOn }),
		listColumns("about", func(c *models.Claim) []uuid.UUID { return c.About }),
		listColumns("answers", func(c *models.Claim) []uuid.UUID { return c.Answers }), standingColumns()),

	models.TypeSource: slices.Concat(identityColumns(), []column{
		own("kind", func(s *models.Source) any { return s.Kind }),
		own("title", func(s *models.Source) any { return s.Title }),
		own("url", func(s *models.Source) any { return s.URL }),
	}, listColumns("publishers", func(s *models.Source) []uuid.UUID { return s.Publishers }),
		dateColumns("published", func(s *models.Source) models.Date { return s.Published }), []column{
			own("authors", func(s *models.Source) any { return strings.Join(s.Authors, listSeparator) }),
			own("language", func(s *models.Source) any { return s.Language }),
			own("unpublished", func(s *models.Source) any { return s.Unpublished }),
			own("summary", func(s *models.Source) any { return s.Summary }),
		}, listColumns("reports_on", func(s *models.Source) []uuid.UUID {
			ids := make([]uuid.UUID, len(s.ReportsOn))
			for i, origin := range s.ReportsOn {
				ids[i] = origin.Source
			}
			return ids
		}), revisionColumns()),

	models.TypeOpenItem: slices.Concat(identityColumns(), []column{
		own("kind", func(o *models.OpenItem) any { return o.Kind }),
		own("text", func(o *models.OpenItem) any { return o.Text }),
	}, endColumns("addressee", func(o *models.OpenItem) *uuid.UUID { return &o.Addressee }),
		speakerColumns("raised_by", func(o *models.OpenItem) []models.Speaker { return o.RaisedBy }),
		dateColumns("raised_on", func(o *models.OpenItem) models.Date { return o.RaisedOn }), dateColumns("due", func(o *models.OpenItem) models.Date { return o.Due }),
		listColumns("about", func(o *models.OpenItem) []uuid.UUID { return o.About }), statusColumns(), []column{
			{"days_unanswered", "days_unanswered", func(v view, r services.Record) any {
				if days := services.DaysUnanswered(r, v.day); days != nil {
					return int64(*days)
				}
				return nil
			}}}, standingColumns()),
}

// own makes the column of a member that the document holds by itself.
func own[D models.Document](name string, cell func(D) any) column {
	return column{name, name, func(_ view, r services.Record) any { return cell(r.Document.(D)) }}
}

// part makes a column of a member that may be missing.
func part[D models.Document, M any](member, name string, of func(D) *M, cell func(M) any) column {
	return column{member, name, func(_ view, r services.Record) any {
		if m := of(r.Document.(D)); m != nil {
			return cell(*m)
		}
		return nil
	}}
}

// listSeparator stands between the entries of a list in one cell.
const listSeparator = " | "

func joined[T any](list []T, text func(T) string) string {
	texts := make([]string, len(list))
	for i, one := range list {
		texts[i] = text(one)
	}
	return strings.Join(texts, listSeparator)
}

// identityColumns say which record it is.
func identityColumns() []column {
	return []column{
		{"id", "id", func(_ view, r services.Record) any { return r.ID.String() }},
		{"state", "state", func(_ view, r services.Record) any { return string(r.State) }},
	}
}

// endColumns name an entity that the document points at.
func endColumns[D models.Document](name string, end func(D) *uuid.UUID) []column {
	of := func(cell func(services.Ref) any) func(view, services.Record) any {
		return func(v view, r services.Record) any {
			id := end(r.Document.(D))
			if id == nil {
				return nil
			}
			ref := v.refs[*id]
			ref.ID = *id
			return cell(ref)
		}
	}
	return []column{
		{name, name, of(func(r services.Ref) any { return r.Slug })},
		{name, name + "_name", of(func(r services.Ref) any { return r.Name })},
		{name, name + "_kind", of(func(r services.Ref) any { return r.Kind })},
		{name, name + "_id", of(func(r services.Ref) any { return r.ID.String() })},
	}
}

// listColumns name the records of a list.
func listColumns[D models.Document](name string, list func(D) []uuid.UUID) []column {
	return []column{
		{name, name, func(v view, r services.Record) any { return joined(list(r.Document.(D)), v.name) }},
		{name, name + "_ids", func(_ view, r services.Record) any { return joined(list(r.Document.(D)), uuid.UUID.String) }},
	}
}

func speakerColumns[D models.Document](name string, list func(D) []models.Speaker) []column {
	return []column{
		{name, name, func(v view, r services.Record) any {
			return joined(list(r.Document.(D)), func(s models.Speaker) string {
				text := s.Description
				if s.Entity != nil {
					text = v.name(*s.Entity)
				}
				if s.OnBehalfOf != nil {
					text += ", for " + v.name(*s.OnBehalfOf)
				}
				return text
			})
		}},
		{name, name + "_ids", func(_ view, r services.Record) any {
			var ids []string
			for _, s := range list(r.Document.(D)) {
				if s.Entity != nil {
					ids = append(ids, s.Entity.String())
				}
			}
			return strings.Join(ids, listSeparator)
		}},
	}
}

// dateColumns show a date as it is written, and the days that it allows.
func dateColumns[D models.Document](name string, date func(D) models.Date) []column {
	of := func(text func(models.Date) string) func(view, services.Record) any {
		return func(_ view, r services.Record) any { return text(date(r.Document.(D))) }
	}
	return []column{
		{name, name, of(func(d models.Date) string { return d.Text })},
		{name, name + "_earliest", of(func(d models.Date) string { return d.Earliest.String() })},
		{name, name + "_latest", of(func(d models.Date) string { return d.Latest.String() })},
	}
}

// statusColumns say where a record stands on the day.
func statusColumns() []column {
	of := func(text func(models.Span) string) func(view, services.Record) any {
		return func(_ view, r services.Record) any {
			if r.Status == nil {
				return nil
			}
			return text(r.Status.Span)
		}
	}
	return []column{
		{"status", "status", of(func(s models.Span) string { return string(s.Status) })},
		{"status", "status_extent", of(func(s models.Span) string { return string(s.Extent) })},
		{"status", "status_scope", of(func(s models.Span) string { return s.Scope })},
		{"status", "status_since", of(func(s models.Span) string { return s.From.String() })},
	}
}

// standingColumns say how well a record is established, and by which sources.
func standingColumns() []column {
	return append([]column{
		{"verification", "verification", func(_ view, r services.Record) any { return string(r.Standing.Verification) }},
		{"disputed", "disputed", func(_ view, r services.Record) any { return r.Standing.Disputed }},
		{"origins", "origins", func(_ view, r services.Record) any { return int64(len(r.Standing.Basis.Origins)) }},
		{"last_evidenced", "last_evidenced", func(_ view, r services.Record) any { return r.Standing.LastEvidenced.String() }},
		{"last_checked", "last_checked", func(_ view, r services.Record) any { return r.Standing.LastChecked.String() }},
		{"citations", "sources", func(v view, r services.Record) any {
			return joined(r.Document.Cited(), func(c models.Citation) string { return v.sourceName(c.Source) })
		}},
		{"citations", "source_ids", func(_ view, r services.Record) any {
			return joined(r.Document.Cited(), func(c models.Citation) string { return c.Source.String() })
		}},
	}, revisionColumns()...)
}

// revisionColumns say which version of the record this is.
func revisionColumns() []column {
	return []column{
		{"version", "version", func(_ view, r services.Record) any { return r.Version }},
		{"recorded_at", "recorded_at", func(_ view, r services.Record) any { return r.RecordedAt.Format(time.RFC3339) }},
	}
}

// name labels a record that another points at.
func (v view) name(id uuid.UUID) string {
	if ref, ok := v.refs[id]; ok {
		return ref.Label()
	}
	return "not known then"
}

// sourceName names a source with its publishers.
func (v view) sourceName(id uuid.UUID) string {
	source := v.source(id)
	if len(source.Publishers) == 0 {
		return source.Title
	}
	return strings.Join(source.Publishers, ", ") + ": " + source.Title
}

func nameOf(ref *services.Ref) any {
	if ref == nil {
		return nil
	}
	return ref.Name
}

// columnNames are what columns= takes for a type: members and single columns.
func columnNames(t models.RecordType) []string {
	var names []string
	for _, c := range tables[t] {
		for _, name := range []string{c.member, c.name} {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// chosenColumns are those that a request names, in its order; all when it names none.
func chosenColumns(t models.RecordType, values []string) ([]column, error) {
	var chosen []column
	for _, name := range strings.Split(strings.Join(values, ","), ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		before := len(chosen)
		for _, c := range tables[t] {
			known := func(other column) bool { return other.name == c.name }
			if (c.member == name || c.name == name) && !slices.ContainsFunc(chosen[:before], known) {
				chosen = append(chosen, c)
			}
		}
		if !slices.Contains(columnNames(t), name) {
			message := fmt.Sprintf("There is no column %q.%s Possible are %s.", shorten(name), models.DidYouMean(name, columnNames(t)), strings.Join(columnNames(t), ", "))
			return nil, newProblem(http.StatusBadRequest, message, ProblemField{Parameter: "columns", Detail: message})
		}
	}
	if chosen == nil {
		return tables[t], nil
	}
	return chosen, nil
}
