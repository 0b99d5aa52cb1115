package exports

import (
	"strconv"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// column is a column of a table: its header, what it says, and how it is filled. The headers are
// those that imports read, so that a table can be changed and imported again.
type column struct {
	name, says string
	fill       func(item) string
}

// table is the table of one type of record.
type table struct {
	name    string
	kind    models.RecordType
	columns []column
}

// tables lists the tables in which all records are written.
func tables() []table {
	return []table{
		{"entities", models.TypeEntity, withCommon(
			of("slug", "readable part of its address", func(e *models.Entity, _ item) string { return e.Slug }),
			of("kind", "what it is", func(e *models.Entity, _ item) string { return string(e.Kind) }),
			of("name", "main name", func(e *models.Entity, _ item) string { return e.Name }),
			of("aliases", "other names, joined by |", func(e *models.Entity, _ item) string { return namesOf(e, "alias") }),
			of("acronym", "acronyms", func(e *models.Entity, _ item) string { return namesOf(e, "acronym") }),
			of("former_names", "names no longer in use", func(e *models.Entity, _ item) string { return namesOf(e, "former") }),
			of("transliteration", "the name in other scripts", func(e *models.Entity, _ item) string { return namesOf(e, "transliteration") }),
			of("identifiers", "identifiers as scheme:value, joined by |", func(e *models.Entity, _ item) string {
				var list []string
				for _, id := range e.Identifiers {
					list = append(list, id.Scheme+":"+id.Value)
				}
				return join(list)
			}),
			of("places", "ISO 3166 or UN M49 codes", func(e *models.Entity, _ item) string { return join(e.Places) }),
			of("identity", "disclosed or undisclosed", func(e *models.Entity, _ item) string { return string(e.Identity) }),
			of("summary", "in words", func(e *models.Entity, _ item) string { return e.Summary }),
			of("start", "EDTF", func(e *models.Entity, _ item) string { return e.Start.Text }),
			of("end", "EDTF", func(e *models.Entity, _ item) string { return e.End.Text }),
			of("organization_type", "of organizations", func(e *models.Entity, _ item) string { return e.OrganizationType }),
			of("count", "of groups", func(e *models.Entity, _ item) string {
				if e.Count == nil {
					return ""
				}
				return strconv.Itoa(e.Count.Number)
			}),
			of("exactness", "of the count", func(e *models.Entity, _ item) string {
				if e.Count == nil {
					return ""
				}
				return e.Count.Exactness
			}),
			of("amount", "of contracts", func(e *models.Entity, _ item) string {
				if e.Value == nil {
					return ""
				}
				return e.Value.Amount
			}),
			of("currency", "ISO 4217", func(e *models.Entity, _ item) string {
				if e.Value == nil {
					return ""
				}
				return e.Value.Currency
			}),
		)},
		{"relationships", models.TypeRelationship, withCommon(
			of("type", "how the two are tied", func(r *models.Relationship, _ item) string { return string(r.Type) }),
			of("subject", "id of the entity from which it leads", func(r *models.Relationship, _ item) string { return r.Subject.String() }),
			of("subject_label", "its name", func(r *models.Relationship, it item) string { return it.name(r.Subject) }),
			of("object", "id of the entity to which it leads", func(r *models.Relationship, _ item) string { return r.Object.String() }),
			of("object_label", "its name", func(r *models.Relationship, it item) string { return it.name(r.Object) }),
			of("supplied_by", "id of the seller, where that is not the provider", func(r *models.Relationship, _ item) string { return idText(r.SuppliedBy) }),
			of("start", "EDTF", func(r *models.Relationship, _ item) string { return r.Start.Text }),
			of("end", "EDTF; .. is still open", func(r *models.Relationship, _ item) string { return r.End.Text }),
			of("quantity", "in words", func(r *models.Relationship, _ item) string { return r.Quantity }),
			of("share", "percent owned", func(r *models.Relationship, _ item) string {
				if r.Share == nil {
					return ""
				}
				return strconv.FormatFloat(*r.Share, 'f', -1, 64)
			}),
			of("role", "in a contract or event", func(r *models.Relationship, _ item) string { return r.Role }),
			of("title", "of a position", func(r *models.Relationship, _ item) string { return r.Title }),
			of("description", "in words", func(r *models.Relationship, _ item) string { return r.Description }),
			of("purposes", "joined by |", func(r *models.Relationship, _ item) string { return joinCodes(r.Purposes) }),
		)},
		{"status_changes", models.TypeStatusChange, withCommon(
			of("record", "id of what changed", func(s *models.StatusChange, _ item) string { return s.Record.String() }),
			of("record_label", "what that is", func(s *models.StatusChange, it item) string { return it.refs[s.Record].Label() }),
			of("status", "the new status", func(s *models.StatusChange, _ item) string { return string(s.Status) }),
			of("extent", "full or partial", func(s *models.StatusChange, _ item) string { return string(s.Extent) }),
			of("scope", "of what part", func(s *models.StatusChange, _ item) string { return s.Scope }),
			of("effective", "EDTF", func(s *models.StatusChange, _ item) string { return s.Effective.Text }),
			of("announced", "EDTF", func(s *models.StatusChange, _ item) string { return s.Announced.Text }),
			of("actor", "id of who took the step", func(s *models.StatusChange, _ item) string { return idText(s.Actor) }),
			of("reason", "in words", func(s *models.StatusChange, _ item) string { return s.Reason }),
			of("place", "order among steps of one date", func(s *models.StatusChange, _ item) string { return strconv.Itoa(s.Place) }),
		)},
		{"claims", models.TypeClaim, withCommon(
			of("speakers", "ids of who speaks, joined by |", func(c *models.Claim, _ item) string { return speakers(c.Speakers) }),
			of("speaker_labels", "their names", func(c *models.Claim, it item) string {
				var list []string
				for _, s := range c.Speakers {
					if s.Entity != nil {
						list = append(list, it.name(*s.Entity))
					}
				}
				return join(list)
			}),
			of("anonymous", "speakers who are not named", func(c *models.Claim, _ item) string { return described(c.Speakers) }),
			of("stance", "in what manner", func(c *models.Claim, _ item) string { return string(c.Stance) }),
			of("about", "ids of records, joined by |", func(c *models.Claim, _ item) string { return joinIDs(c.About) }),
			of("answers", "ids of claims, joined by |", func(c *models.Claim, _ item) string { return joinIDs(c.Answers) }),
			of("extent", "full or partial", func(c *models.Claim, _ item) string { return string(c.Extent) }),
			of("said_on", "EDTF", func(c *models.Claim, _ item) string { return c.SaidOn.Text }),
			of("text", "what is said", func(c *models.Claim, _ item) string { return c.Text }),
			of("purposes", "joined by |", func(c *models.Claim, _ item) string { return joinCodes(c.Purposes) }),
		)},
		{"open_items", models.TypeOpenItem, withCommon(
			of("kind", "question, demand or commitment", func(o *models.OpenItem, _ item) string { return o.Kind }),
			of("addressee", "id", func(o *models.OpenItem, _ item) string { return o.Addressee.String() }),
			of("addressee_label", "name", func(o *models.OpenItem, it item) string { return it.name(o.Addressee) }),
			of("raised_by", "ids, joined by |", func(o *models.OpenItem, _ item) string { return speakers(o.RaisedBy) }),
			of("about", "ids, joined by |", func(o *models.OpenItem, _ item) string { return joinIDs(o.About) }),
			of("text", "in words", func(o *models.OpenItem, _ item) string { return o.Text }),
			of("raised_on", "EDTF", func(o *models.OpenItem, _ item) string { return o.RaisedOn.Text }),
			of("due", "EDTF", func(o *models.OpenItem, _ item) string { return o.Due.Text }),
		)},
		{"sources", models.TypeSource, append([]column{idColumn},
			of("kind", "what it is", func(s *models.Source, _ item) string { return s.Kind }),
			of("title", "", func(s *models.Source, _ item) string { return s.Title }),
			of("url", "", func(s *models.Source, _ item) string { return s.URL }),
			of("publishers", "ids, joined by |", func(s *models.Source, _ item) string { return joinIDs(s.Publishers) }),
			of("publisher_labels", "names", func(s *models.Source, it item) string {
				var list []string
				for _, id := range s.Publishers {
					list = append(list, it.name(id))
				}
				return join(list)
			}),
			of("authors", "joined by |", func(s *models.Source, _ item) string { return join(s.Authors) }),
			of("published", "EDTF", func(s *models.Source, _ item) string { return s.Published.Text }),
			of("language", "", func(s *models.Source, _ item) string { return s.Language }),
			of("reports_on", "ids of its origins, joined by |", func(s *models.Source, _ item) string {
				var list []string
				for _, origin := range s.ReportsOn {
					list = append(list, origin.Source.String())
				}
				return join(list)
			}),
			of("unpublished", "whether readers cannot look it up", func(s *models.Source, _ item) string { return strconv.FormatBool(s.Unpublished) }),
			of("summary", "", func(s *models.Source, _ item) string { return s.Summary }))},
	}
}

var idColumn = column{"id", "the record's id", func(it item) string { return it.ID.String() }}

// withCommon puts what all records have around a type's own columns.
func withCommon(own ...column) []column {
	return append(append([]column{idColumn}, own...),
		column{"current_status", "where it stands on the day of the export", func(it item) string {
			if it.Status == nil {
				return ""
			}
			return string(it.Status.Span.Status)
		}},
		column{"verification", "how well it is established", func(it item) string { return string(it.Standing.Verification) }},
		column{"disputed", "whether a denial stands", func(it item) string { return strconv.FormatBool(it.Standing.Disputed) }},
		column{"source", "ids of the sources cited, joined by |", func(it item) string {
			var list []string
			for _, citation := range it.Document.Cited() {
				list = append(list, citation.Source.String())
			}
			return join(list)
		}},
		column{"version", "", func(it item) string { return strconv.FormatInt(it.Version, 10) }},
	)
}

// of makes a column of one type of document.
func of[D models.Document](name, says string, fill func(D, item) string) column {
	return column{name, says, func(it item) string { return fill(it.Document.(D), it) }}
}

// join writes a list in one cell, from which imports make the same list again: what separates
// entries has a backslash before it where it belongs to one, and so has a backslash.
func join(list []string) string {
	special := []string{`\`, `\\`, "|", `\|`}
	if len(list) == 1 {
		special = append(special, ";", `\;`) // which separates where no | does
	}
	escape := strings.NewReplacer(special...)
	parts := make([]string, len(list))
	for i, part := range list {
		parts[i] = escape.Replace(part)
	}
	return strings.Join(parts, "|")
}

func joinCodes[C ~string](codes []C) string {
	list := make([]string, len(codes))
	for i, code := range codes {
		list[i] = string(code)
	}
	return join(list)
}

func joinIDs(ids []uuid.UUID) string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = id.String()
	}
	return join(list)
}

func idText(id *uuid.UUID) string {
	if id == nil {
		return ""
	}
	return id.String()
}

func namesOf(e *models.Entity, kind string) string {
	var list []string
	for _, name := range e.Names {
		if name.Type == kind {
			list = append(list, name.Text)
		}
	}
	return join(list)
}

func speakers(list []models.Speaker) string {
	var ids []uuid.UUID
	for _, s := range list {
		if s.Entity != nil {
			ids = append(ids, *s.Entity)
		}
	}
	return joinIDs(ids)
}

func described(list []models.Speaker) string {
	var words []string
	for _, s := range list {
		if s.Entity == nil {
			words = append(words, s.Description)
		}
	}
	return join(words)
}
