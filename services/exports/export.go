package exports

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// Format is a format in which records leave.
type Format struct {
	Name      string
	Label     string
	MediaType string
	Extension string
	make      func(io.Writer, *info) writer
	// retracted says that retracted records are part of it.
	retracted bool
	// plain says that it names nothing that a record points at.
	plain bool
	// types are the records that the format holds, in their order; all when nil.
	types []models.RecordType
	// beside are records, by their filters, that stand in no place of their own but in those of
	// others: they are read whatever the scope is, and the writer takes those of what it holds.
	beside map[models.RecordType]map[string][]string
}

// Formats lists the formats.
func Formats() []Format {
	graph := []models.RecordType{models.TypeEntity, models.TypeRelationship}
	return []Format{
		{"ndjson", "Plumbline records", "application/x-ndjson", "ndjson", newRecords, true, true, nil, nil},
		{"ftm", "FollowTheMoney", "application/x-ndjson", "ftm.json", newFTM, false, false, nil, nil},
		{"ocds", "Open Contracting Data Standard 1.1", "application/json", "ocds.json", newOCDS, false, false,
			[]models.RecordType{models.TypeRelationship, models.TypeStatusChange, models.TypeSource, models.TypeEntity},
			map[models.RecordType]map[string][]string{
				models.TypeRelationship: {"type": {string(models.PartyTo)}}, models.TypeStatusChange: {"subject": {string(models.SubjectContract)}}}},
		{"graphml", "GraphML", "application/graphml+xml", "graphml", newGraphML, false, true, graph, nil},
		{"gexf", "GEXF 1.3 (Gephi)", "application/gexf+xml", "gexf", newGEXF, false, true, graph, nil},
		{"jsonld", "JSON-LD", "application/ld+json", "jsonld", newJSONLD, false, true, nil, nil},
		{"csv", "Tables as CSV, in a Frictionless data package", "application/zip", "zip", newPackage, true, false, nil, nil},
		{"xlsx", "Excel workbook", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", newXLSX, false, false, nil, nil},
		{"sqlite", "SQLite file", "application/vnd.sqlite3", "sqlite", newSQLite, true, false, nil, nil},
	}
}

// FormatNamed finds a format: ErrInvalid lists those there are.
func FormatNamed(name string) (Format, error) {
	var names []string
	for _, f := range Formats() {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return Format{}, models.Errorf(models.ErrInvalid, "There is no format %q.%s Possible are %s.", name, models.DidYouMean(name, names), strings.Join(names, ", "))
}

// Scope says what is exported. The zero Scope is everything.
type Scope struct {
	// Case is the id or slug of a case: its members, and what involves them.
	Case string
	// Type and Query are a list: its records, and what they point at.
	Type  models.RecordType
	Query services.Query
	// Progress hears how many records were written; nil for nobody.
	Progress func(stage string, done, of int)
}

// Lists are the lists that can be had as files, by the names that the API gives them.
func Lists() map[string]models.RecordType {
	return map[string]models.RecordType{
		"entities": models.TypeEntity, "relationships": models.TypeRelationship, "status-changes": models.TypeStatusChange,
		"claims": models.TypeClaim, "sources": models.TypeSource, "open-items": models.TypeOpenItem,
	}
}

// ScopeOf reads what is to be exported: a list with its filters, by the names that the API gives
// them; without one, a case, or everything. ErrInvalid names every parameter that is wrong.
func ScopeOf(list, of string, filters url.Values) (Scope, error) {
	if list == "" {
		if len(filters) > 0 {
			const message = "Only a list has filters; name the list, or leave them out."
			return Scope{}, &models.Error{Kind: models.ErrInvalid, Message: message, Problems: []models.Problem{{Pointer: "?list", Message: message}}}
		}
		return Scope{Case: of}, nil
	}
	kind, known := Lists()[list]
	if !known {
		names := slices.Sorted(maps.Keys(Lists()))
		message := fmt.Sprintf("There is no list %q.%s Lists are %s.", list, models.DidYouMean(list, names), strings.Join(names, ", "))
		return Scope{}, &models.Error{Kind: models.ErrInvalid, Message: message, Problems: []models.Problem{{Pointer: "?list", Message: message}}}
	}
	if of != "" {
		filters = maps.Clone(filters)
		if filters == nil {
			filters = url.Values{}
		}
		filters.Set("case", of)
	}
	q, err := services.ParseQuery(kind, filters)
	return Scope{Type: kind, Query: q}, err
}

// info is what writers know of the whole.
type info struct {
	ctx    context.Context
	s      *services.Services
	moment services.Moment
	// asked is the past that was asked for; zero for the present.
	asked      services.Moment
	size       int64
	at         time.Time
	asOf       models.Day
	checkpoint string
	publicKey  string
	site       string
}

// item is a record on its way out, with the labels of what it points at.
type item struct {
	services.Record
	refs map[uuid.UUID]services.Ref
	page *services.Page
	// why is the reason of a retracted record.
	why string
}

// row is the item as tables show it; in says which past was asked for.
func (it item) row(in *info) *models.Row { return it.page.Row(it.Record, in.asked.KnownAt) }

// name names a record that the item points at.
func (it item) name(id uuid.UUID) string { return it.refs[id].Name }

// confirmed says of a status change whether it happened, as far as is known; "" where its day has not
// gone by.
func (it item) confirmed() string {
	if happened := it.Confirmed(); happened != nil {
		return strconv.FormatBool(*happened)
	}
	return ""
}

// writer writes a format: begin is make; every record; end.
type writer interface {
	record(item) error
	end() error
}

var order = []models.RecordType{models.TypeSource, models.TypeEntity, models.TypeRelationship, models.TypeStatusChange, models.TypeClaim, models.TypeOpenItem}

// Write writes what is in the scope, all of it at one log size, whatever is published meanwhile.
// site is the address under which the records are served, for formats that name pages; "" where
// that is not known. ErrNotFound when there is no such case.
func Write(ctx context.Context, s *services.Services, by models.Actor, f Format, scope Scope, site string, out io.Writer) error {
	head, err := s.Checkpoint(ctx)
	if err != nil {
		return err
	}
	key, err := s.PublicKey(ctx, head.Size)
	if err != nil {
		return err
	}
	x := &export{s: s, by: by, ctx: ctx, scope: scope, format: f,
		info: &info{ctx: ctx, s: s, size: head.Size, at: head.At.UTC(), asOf: s.Today(), checkpoint: head.Note, publicKey: key, site: site}}
	x.info.asked = scope.Query.Moment
	if asked := x.info.asked; !asked.AsOf.IsZero() {
		x.info.asOf = asked.AsOf
	}
	if head.Size > 0 {
		x.moment.KnownAt = head.At
	}
	if scope.Case != "" || scope.Type != "" {
		if err := x.gather(); err != nil {
			return err
		}
	}
	x.info.moment = x.moment
	w := f.make(out, x.info)
	if temporary, ok := w.(interface{ abandon() }); ok {
		defer temporary.abandon()
	}
	types := f.types
	if types == nil {
		types = order
	}
	for _, t := range types {
		if err := x.write(t, w); err != nil {
			return err
		}
	}
	return w.end()
}

type export struct {
	s      *services.Services
	by     models.Actor
	ctx    context.Context
	scope  Scope
	format Format
	info   *info
	moment services.Moment
	// wanted are the records of a scope; nil for everything.
	wanted map[models.RecordType]map[uuid.UUID]bool
	done   int
}

// gather finds the records of a case or list, and all that they point at, so that what leaves
// can stand by itself.
func (x *export) gather() error {
	x.wanted = map[models.RecordType]map[uuid.UUID]bool{}
	fresh := map[models.RecordType][]uuid.UUID{}
	note := func(page services.Page) error {
		for _, record := range page.Records {
			x.want(record.Type, record.ID)
			for _, reference := range record.Document.References() {
				if ref, known := page.Refs[reference.ID]; known && x.want(ref.Type, ref.ID) {
					fresh[ref.Type] = append(fresh[ref.Type], ref.ID)
				}
			}
		}
		return x.ctx.Err()
	}
	if err := x.walkScope(note); err != nil {
		return err
	}
	for len(fresh) > 0 {
		round := fresh
		fresh = map[models.RecordType][]uuid.UUID{}
		for _, t := range slices.Sorted(maps.Keys(round)) {
			if err := x.s.Gather(x.ctx, x.by, t, round[t], x.moment, note); err != nil {
				return err
			}
		}
	}
	return nil
}

// want notes a record; true when it was not known before.
func (x *export) want(t models.RecordType, id uuid.UUID) bool {
	if x.wanted[t] == nil {
		x.wanted[t] = map[uuid.UUID]bool{}
	}
	if x.wanted[t][id] {
		return false
	}
	x.wanted[t][id] = true
	return true
}

func (x *export) walkScope(note func(services.Page) error) error {
	if x.scope.Type != "" {
		q := x.scope.Query
		if q.KnownAt.IsZero() {
			q.KnownAt = x.moment.KnownAt
		}
		x.moment = q.Moment
		q.Limit, q.Cursor = 0, ""
		return x.s.Walk(x.ctx, x.by, x.scope.Type, q, note)
	}
	page, err := x.s.Get(x.ctx, x.by, models.TypeEntity, x.scope.Case, x.moment)
	if err != nil {
		return err
	}
	if e, ok := page.Records[0].Document.(*models.Entity); !ok || e.Kind != models.KindCase {
		return models.Errorf(models.ErrNotFound, "There is no case with the id or slug %q.", x.scope.Case)
	}
	if err := note(page); err != nil {
		return err
	}
	for _, t := range []models.RecordType{models.TypeEntity, models.TypeRelationship, models.TypeStatusChange, models.TypeClaim, models.TypeOpenItem} {
		q := services.Query{Moment: x.moment, Filters: map[string][]string{"case": {page.Records[0].ID.String()}}}
		if err := x.s.Walk(x.ctx, x.by, t, q, note); err != nil {
			return err
		}
	}
	return nil
}

func (x *export) write(t models.RecordType, w writer) error {
	take := func(page services.Page) error {
		var retracted []services.Record
		for _, record := range page.Records {
			if record.State == models.StateRetracted && x.format.retracted {
				retracted = append(retracted, record)
			}
		}
		reasons, err := x.s.ReasonsOf(x.ctx, retracted)
		if err != nil {
			return err
		}
		for _, record := range page.Records {
			it := item{Record: record, refs: page.Refs, page: &page}
			if record.State == models.StateMerged || record.State == models.StateRetracted && !x.format.retracted {
				continue
			}
			it.why = reasons[record.ID]
			if err := w.record(it); err != nil {
				return fmt.Errorf("export %s %s: %w", t, record.ID, err)
			}
		}
		x.done += len(page.Records)
		if x.scope.Progress != nil {
			x.scope.Progress("exporting", x.done, 0)
		}
		return x.ctx.Err()
	}
	filters, beside := x.format.beside[t]
	if x.wanted != nil && !beside {
		return x.s.Gather(x.ctx, x.by, t, slices.Collect(maps.Keys(x.wanted[t])), x.moment, take)
	}
	states := []string{string(models.StateLive)}
	if x.format.retracted {
		states = append(states, string(models.StateRetracted))
	}
	// By id is the order in which they were entered: that in which databases read fastest.
	all := map[string][]string{"state": states}
	maps.Copy(all, filters)
	return x.s.Walk(x.ctx, x.by, t, services.Query{Moment: x.moment, Filters: all, Sort: "id", Plain: x.format.plain}, take)
}
