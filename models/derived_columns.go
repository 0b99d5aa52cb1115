package models

import (
	"time"

	"github.com/google/uuid"
)

// derived makes a field that nobody writes, of some columns; of none where only JSON shows it.
func derived(name string, columns ...Column) Field {
	f := Field{Name: name, Kind: FieldDerived, columns: columns}
	for i := range columns {
		columns[i].Field, columns[i].Derived = name, true
		if columns[i].Name == "" {
			columns[i].Name = name
		}
	}
	if len(columns) > 0 {
		f.Says = columns[0].Says
	}
	return f
}

// inJSON are members that follow from others and that only JSON shows.
func inJSON(names ...string) []Field {
	list := make([]Field, len(names))
	for i, name := range names {
		list[i] = derived(name)
	}
	return list
}

// older is a column of files that were made before.
func older(name string) Field { return derived(name, Column{Says: "Of older files."}) }

// identityFields say which record it is.
func identityFields() []Field {
	id := derived("id", Column{Says: "The record's id.", Aliases: "uuid record_id", Cell: func(r *Row) any { return r.ID.String() }})
	id.columns[0].Derived = false
	return append([]Field{id,
		derived("state", Column{Says: "live, retracted or merged.", Cell: func(r *Row) any { return string(r.State) }}),
	}, inJSON("record_type", "merged_into", "revision")...)
}

// statusFields say where a record stands on the day, and how well that is established.
func statusFields() []Field {
	of := func(text func(*Span) string) func(*Row) any {
		return func(r *Row) any {
			if r.Status == nil {
				return nil
			}
			return text(r.Status)
		}
	}
	announced := func(text func(AnnouncedCell) string) func(*Row) any {
		return func(r *Row) any {
			if r.Status == nil {
				return nil
			}
			list := make([]string, len(r.Announced))
			for i, one := range r.Announced {
				list[i] = text(one)
			}
			return JoinList(list)
		}
	}
	established := func(cell func(Standing) any) func(*Row) any {
		return func(r *Row) any {
			if r.Status == nil || r.Status.Status == StatusUnknown { // which states nothing
				return nil
			}
			return cell(r.StatusStanding)
		}
	}
	return append([]Field{derived("status",
		Column{Says: "Where it stands on the day, by its status changes.", Aliases: "current_status", Cell: of(func(s *Span) string { return string(s.Status) })},
		Column{Name: "status_extent", Says: "full or partial.", Cell: of(func(s *Span) string { return string(s.Extent) })},
		Column{Name: "status_scope", Says: "Of what, when partial.", Cell: of(func(s *Span) string { return s.Scope })},
		Column{Name: "status_since", Says: "When that began, as the step that began it says, in EDTF.", Cell: of(func(s *Span) string { return s.Since.Text })},
		Column{Name: "status_verification", Says: "How well it is established that this status holds: see verification of /codes.", Cell: established(func(s Standing) any { return string(s.Verification) })},
		Column{Name: "status_disputed", Says: "Whether a denial of this status stands.", Type: ColumnBoolean, Cell: established(func(s Standing) any { return s.Disputed })},
		Column{Name: "status_origins", Says: "To how many independent origins the sources of this status lead back.", Type: ColumnInteger, Cell: established(func(s Standing) any { return int64(len(s.Basis.Origins)) })},
		Column{Name: "status_last_evidenced", Says: "The last day on which something shows that this status held.", Cell: established(func(s Standing) any { return s.LastEvidenced.String() })},
		Column{Name: "status_last_checked", Says: "The last day on which somebody looked at this status.", Cell: established(func(s Standing) any { return s.LastChecked.String() })},
	), derived("announced",
		Column{Name: "announced_status", Says: "Statuses that were announced and that nothing confirms.", Cell: announced(func(c AnnouncedCell) string { return string(c.Status) })},
		Column{Name: "announced_for", Says: "When they were to begin, as EDTF.", Cell: announced(func(c AnnouncedCell) string { return c.For.Text })},
		Column{Name: "confirmed", Says: "false where one of them was announced for a day that has gone by; else empty.", Type: ColumnBoolean, Cell: func(r *Row) any {
			for _, one := range r.Announced {
				if one.Past {
					return false
				}
			}
			return nil
		}},
	)}, inJSON("status_extent", "status_scope", "status_since", "status_since_latest", "status_change", "status_verification", "status_disputed", "status_origins",
		"status_last_evidenced", "status_last_checked", "status_verification_reason", "status_basis", "status_stale", "possible")...)
}

// confirmedField says whether a step happened.
func confirmedField() Field {
	return derived("confirmed", Column{Says: "Whether it happened, as far as is known: false where it was announced for a day that has gone by, empty before.", Type: ColumnBoolean,
		Cell: func(r *Row) any {
			if r.Confirmed == nil {
				return nil
			}
			return *r.Confirmed
		}})
}

// standingFields say how well it is established that a record is so, and by which sources.
func standingFields() []Field {
	return append(append([]Field{
		derived("verification", Column{Says: "How well it is established that it is so, whatever its status: see verification of /codes.", Cell: func(r *Row) any { return string(r.Standing.Verification) }}),
		derived("disputed", Column{Says: "Whether a denial stands.", Type: ColumnBoolean, Cell: func(r *Row) any { return r.Standing.Disputed }}),
		derived("origins", Column{Says: "To how many independent origins its sources lead back.", Type: ColumnInteger, Cell: func(r *Row) any { return int64(len(r.Standing.Basis.Origins)) }}),
		derived("last_evidenced", Column{Says: "The last day on which a source shows that it held.", Cell: func(r *Row) any { return r.Standing.LastEvidenced.String() }}),
		derived("last_checked", Column{Says: "The last day on which somebody looked.", Cell: func(r *Row) any { return r.Standing.LastChecked.String() }}),
		{Name: "citations", Says: "The sources that it cites, and where in them."},
	}, revisionFields()...), inJSON("verification_reason", "basis", "stale", "sources", "relationships", "status_changes", "claims", "open_items", "answered_by", "cut")...)
}

// revisionFields say which version of the record this is.
func revisionFields() []Field {
	return []Field{
		derived("version", Column{Says: "Counts the record's revisions.", Type: ColumnInteger, Cell: func(r *Row) any { return r.Version }}),
		derived("recorded_at", Column{Says: "When that revision was published.", Cell: func(r *Row) any { return r.RecordedAt.UTC().Format(time.RFC3339) }}),
	}
}

// endsField names the ends of that whose status changed.
func endsField(subject, object string) Field {
	return derived("ends",
		Column{Name: subject, Says: "Of the link whose status changed, or what it is that changed.", Cell: func(r *Row) any { return r.Label(r.ID).Subject }},
		Column{Name: object, Says: "Of the link whose status changed.", Cell: func(r *Row) any { return r.Label(r.ID).Object }})
}

// unansweredField counts the days that an open item waits.
func unansweredField() Field {
	return derived("days_unanswered", Column{Says: "Days since it was raised while no answer came, at least: where raised_on is no exact day, they count from the last that it may have been.", Type: ColumnInteger, Cell: func(r *Row) any {
		if r.DaysUnanswered == nil {
			return nil
		}
		return int64(*r.DaysUnanswered)
	}})
}

// providerField tells who provides the service of a supply.
func providerField() Field {
	providers := func(r *Row) []uuid.UUID {
		if link, ok := r.Document.(*Relationship); ok && link.Type == SuppliedTo {
			return r.Providers(link.Subject)
		}
		return nil
	}
	return derived("providers",
		Column{Name: "provider", Says: "Who provides the service of a supply.", Cell: func(r *Row) any { return r.join(providers(r), Label.slug) }},
		Column{Name: "provider_name", Says: "Its name.", Cell: func(r *Row) any { return r.join(providers(r), Label.name) }},
		Column{Name: "provider_id", Says: "Its id.", Cell: func(r *Row) any { return JoinList(idTexts(providers(r))) }})
}

// MomentColumns say which past a table shows.
func MomentColumns() []Column {
	return []Column{
		{Field: "as_of", Name: "as_of", Says: "The day whose statuses it shows.", Derived: true, Cell: func(r *Row) any { return r.AsOf.String() }},
		{Field: "known_at", Name: "known_at", Says: "The instant whose knowledge it shows; empty for the present.", Derived: true, Cell: func(r *Row) any {
			if r.KnownAt.IsZero() {
				return nil
			}
			return r.KnownAt.UTC().Format(time.RFC3339Nano)
		}},
	}
}
