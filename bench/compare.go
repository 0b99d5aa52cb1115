package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"plumbline/database"
	"plumbline/models"
	"plumbline/services"
)

// comparison is a read through the services beside SQL written by hand for the same result:
// the same records with their documents, status, standing and labels, encoded as JSON.
type comparison struct {
	name string
	ours func(ctx context.Context, i int) (any, error)
	hand func(ctx context.Context, i int) (any, error)
}

// compare times both, one after the other in turns, and prints medians and their ratio.
func compare(ctx context.Context, s *services.Services, db *database.Database, reads int) error {
	pool, err := db.Read(ctx).DB()
	if err != nil {
		return err
	}
	h := &hand{pool: pool, postgres: db.Dialect() == database.Postgres, day: s.Today().String()}
	targets, err := pickTargets(ctx, s)
	if err != nil {
		return err
	}
	fmt.Printf("\n| read | ours, median | by hand, median | ratio |\n|---|---|---|---|\n")
	for _, c := range comparisons(s, h, targets) {
		if err := c.print(ctx, reads); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return depth(ctx, s, reads)
}

func (c comparison) print(ctx context.Context, reads int) error {
	var ours, hand []time.Duration
	for i := range reads {
		// Whoever reads first finds cold pages: each reads once before the clock runs.
		for _, run := range []func(context.Context, int) (any, error){c.ours, c.hand} {
			if _, err := run(ctx, i); err != nil {
				return err
			}
		}
		for _, side := range []struct {
			run   func(context.Context, int) (any, error)
			times *[]time.Duration
		}{{c.ours, &ours}, {c.hand, &hand}} {
			began := time.Now()
			result, err := side.run(ctx, i)
			if err != nil {
				return err
			}
			if _, err := json.Marshal(result); err != nil {
				return err
			}
			*side.times = append(*side.times, time.Since(began))
		}
	}
	a, b := median(ours), median(hand)
	fmt.Printf("| %s | %.2f ms | %.2f ms | %.2f |\n", c.name, ms(a), ms(b), float64(a)/float64(b))
	return nil
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// targets are entities that the reads ask for in turn.
type targets struct {
	offered, units []string
	names          []string
}

func pickTargets(ctx context.Context, s *services.Services) (targets, error) {
	var t targets
	for kind, into := range map[string]*[]string{"service": &t.offered, "unit": &t.units} {
		page, err := s.List(ctx, models.Actor{}, models.TypeEntity, services.Query{Limit: 100, Filters: map[string][]string{"kind": {kind}}})
		if err != nil {
			return t, err
		}
		for _, r := range page.Records {
			*into = append(*into, r.ID.String())
			t.names = append(t.names, strings.Fields(r.Document.(*models.Entity).Name)[0])
		}
	}
	return t, nil
}

func comparisons(s *services.Services, h *hand, t targets) []comparison {
	public := models.Actor{}
	at := func(list []string, i int) string { return list[i%len(list)] }
	return []comparison{
		{"entity page data: entity, 50 links, 50 of its timeline",
			func(ctx context.Context, i int) (any, error) {
				id := at(t.offered, i)
				entity, err := s.Get(ctx, public, models.TypeEntity, id, services.Moment{})
				if err != nil {
					return nil, err
				}
				links, err := s.Involved(ctx, public, id, models.TypeRelationship, services.Query{Limit: 50})
				if err != nil {
					return nil, err
				}
				timeline, err := s.Timeline(ctx, public, id, services.Query{Limit: 50})
				return []any{entity, links, timeline}, err
			},
			func(ctx context.Context, i int) (any, error) {
				id := at(t.offered, i)
				entity, err := h.records(ctx, "entities", "t.id = "+h.arg(1), "t.id", 1, id)
				if err != nil {
					return nil, err
				}
				links, err := h.records(ctx, "relationships", "t.id IN (SELECT record_id FROM involvements WHERE to_size IS NULL AND type = 'relationship' AND entity_id = "+h.arg(1)+")", "t.id", 50, id)
				if err != nil {
					return nil, err
				}
				timeline, err := h.timeline(ctx, id)
				return []any{entity, links, timeline}, err
			}},
		{"list of 50 supplies with a status",
			func(ctx context.Context, _ int) (any, error) {
				return s.List(ctx, public, models.TypeRelationship, services.Query{Limit: 50, Filters: map[string][]string{"type": {"supplied_to"}, "status": {"disabled"}}})
			},
			func(ctx context.Context, _ int) (any, error) {
				return h.records(ctx, "relationships", "t.type = 'supplied_to' AND sp.status = 'disabled'", "t.id", 50)
			}},
		{"timeline of a service, 50",
			func(ctx context.Context, i int) (any, error) {
				return s.Timeline(ctx, public, at(t.offered, i), services.Query{Limit: 50})
			},
			func(ctx context.Context, i int) (any, error) { return h.timeline(ctx, at(t.offered, i)) }},
		{"network of two hops around a unit, up to 150 entities",
			func(ctx context.Context, i int) (any, error) {
				return s.Network(ctx, public, at(t.units, i), services.NetworkQuery{Depth: 2})
			},
			func(ctx context.Context, i int) (any, error) { return h.network(ctx, at(t.units, i)) }},
		{"search for a word of a name",
			func(ctx context.Context, i int) (any, error) {
				return s.Search(ctx, public, services.SearchQuery{Text: at(t.names, i)})
			},
			func(ctx context.Context, i int) (any, error) { return h.search(ctx, models.Fold(at(t.names, i))) }},
	}
}

// depth compares the first page of lists with the thousandth.
func depth(ctx context.Context, s *services.Services, reads int) error {
	fmt.Printf("\n| list | page 1, median | page 1,000, median | ratio |\n|---|---|---|---|\n")
	for _, l := range []struct {
		name string
		kind models.RecordType
		q    services.Query
	}{
		{"supplies by id", models.TypeRelationship, services.Query{Limit: 50, Filters: map[string][]string{"type": {"supplied_to"}}}},
		{"status changes by day", models.TypeStatusChange, services.Query{Limit: 50}},
		{"entities by name", models.TypeEntity, services.Query{Limit: 50, Sort: "name"}},
	} {
		far := l.q
		for range 999 {
			page, err := s.List(ctx, models.Actor{}, l.kind, far)
			if err != nil {
				return err
			}
			if page.Next == "" {
				break
			}
			far.Cursor = page.Next
		}
		var first, last []time.Duration
		for range reads {
			for q, times := range map[*services.Query]*[]time.Duration{&l.q: &first, &far: &last} {
				began := time.Now()
				if _, err := s.List(ctx, models.Actor{}, l.kind, *q); err != nil {
					return err
				}
				*times = append(*times, time.Since(began))
			}
		}
		a, b := median(first), median(last)
		fmt.Printf("| %s | %.2f ms | %.2f ms | %.2f |\n", l.name, ms(a), ms(b), float64(b)/float64(a))
	}
	return nil
}

// hand is SQL written by hand over database/sql.
type hand struct {
	pool     *sql.DB
	postgres bool
	day      string
}

func (h *hand) arg(n int) string {
	if h.postgres {
		return fmt.Sprintf("$%d", n)
	}
	return "?"
}

// record is what a row gives.
type record struct {
	ID, Type, State   string
	Version, Position int64
	At                any
	Document          models.Document
	Verification      sql.NullString
	Disputed          sql.NullBool
	Basis             sql.NullString
	Status, Extent    sql.NullString
	Day               sql.NullString
	Labels            []string
}

const handColumns = `t.id, v.type, t.state, t.version, t.revision, v.at, v.document, st.verification, st.disputed, st.basis, sp.status, sp.extent`

func (h *hand) joins() string {
	return ` JOIN revisions v ON v.position = t.revision
		LEFT JOIN standings st ON st.record_id = t.id AND st.to_size IS NULL
		LEFT JOIN spans sp ON sp.record_id = t.id AND sp.to_size IS NULL AND sp.from_day <= '` + h.day + `' AND sp.until_day > '` + h.day + `'`
}

// records reads a page in one statement, and the labels of what it points at in another.
func (h *hand) records(ctx context.Context, table, where, order string, limit int, args ...any) ([]record, error) {
	text := "SELECT " + handColumns + ", '' FROM " + table + " t" + h.joins() +
		" WHERE t.to_size IS NULL AND t.state = 'live' AND " + where + " ORDER BY " + order + fmt.Sprintf(" LIMIT %d", limit)
	return h.read(ctx, text, args...)
}

func (h *hand) timeline(ctx context.Context, id string) ([]record, error) {
	heads := `SELECT i.day, i.record_id AS id, r.state, r.version, r.revision FROM involvements i JOIN records r ON r.id = i.record_id
		WHERE i.to_size IS NULL AND i.entity_id = ` + h.arg(1) + ` AND i.day <> '' AND r.state = 'live' ORDER BY i.day DESC, i.record_id DESC LIMIT 50`
	return h.read(ctx, "SELECT "+handColumns+", t.day FROM ("+heads+") t"+h.joins()+" ORDER BY t.day DESC, t.id DESC", id)
}

func (h *hand) read(ctx context.Context, text string, args ...any) ([]record, error) {
	rows, err := h.pool.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []record
	wanted := map[uuid.UUID]bool{}
	for rows.Next() {
		var r record
		var document string
		if err := rows.Scan(&r.ID, &r.Type, &r.State, &r.Version, &r.Position, &r.At, &document, &r.Verification, &r.Disputed, &r.Basis, &r.Status, &r.Extent, &r.Day); err != nil {
			return nil, err
		}
		r.Document = models.NewDocument(models.RecordType(r.Type))
		if err := json.Unmarshal([]byte(document), r.Document); err != nil {
			return nil, err
		}
		for _, ref := range r.Document.References() {
			wanted[ref.ID] = true
		}
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	labels, err := h.labels(ctx, wanted)
	for i := range list {
		for _, ref := range list[i].Document.References() {
			list[i].Labels = append(list[i].Labels, labels[ref.ID.String()])
		}
	}
	return list, err
}

// among is the condition that a column is one of many ids, which are the first argument.
func (h *hand) among(ids []string) (string, any) {
	if h.postgres {
		return "= ANY($1)", ids
	}
	return "IN (SELECT value FROM json_each(?))", `["` + strings.Join(ids, `","`) + `"]`
}

// labels names entities and sources, and the ends of links.
func (h *hand) labels(ctx context.Context, wanted map[uuid.UUID]bool) (map[string]string, error) {
	labels := map[string]string{}
	if len(wanted) == 0 {
		return labels, nil
	}
	ids := make([]string, 0, len(wanted))
	for id := range wanted {
		ids = append(ids, id.String())
	}
	in, list := h.among(ids)
	text := "SELECT id, name FROM entities WHERE to_size IS NULL AND id " + in +
		" UNION ALL SELECT id, title FROM sources WHERE to_size IS NULL AND id " + in +
		" UNION ALL SELECT t.id, a.name || ' ' || b.name FROM relationships t JOIN entities a ON a.id = t.subject_id AND a.to_size IS NULL JOIN entities b ON b.id = t.object_id AND b.to_size IS NULL" +
		" WHERE t.to_size IS NULL AND t.id " + in
	args := []any{list}
	if !h.postgres {
		args = []any{list, list, list}
	}
	rows, err := h.pool.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, err
		}
		labels[id] = name
	}
	return labels, rows.Err()
}

// network walks two hops, two statements a hop, and labels the entities.
func (h *hand) network(ctx context.Context, id string) (any, error) {
	type link struct{ ID, Type, Subject, Object, Start, End, Status string }
	seen := map[uuid.UUID]bool{uuid.MustParse(id): true}
	links := map[string]link{}
	frontier := []string{id}
	for range 2 {
		var next []string
		for _, end := range []string{"subject_id", "object_id"} {
			if len(frontier) == 0 {
				continue
			}
			in, list := h.among(frontier)
			rows, err := h.pool.QueryContext(ctx, "SELECT t.id, t.type, t.subject_id, t.object_id, t.start_text, t.end_text, COALESCE(sp.status, '') FROM (SELECT * FROM relationships WHERE to_size IS NULL AND state = 'live' AND "+end+" "+in+" ORDER BY "+end+", type, id LIMIT 601) t"+
				" LEFT JOIN spans sp ON sp.record_id = t.id AND sp.to_size IS NULL AND sp.from_day <= '"+h.day+"' AND sp.until_day > '"+h.day+"'", list)
			if err != nil {
				return nil, err
			}
			for rows.Next() {
				var l link
				if err := rows.Scan(&l.ID, &l.Type, &l.Subject, &l.Object, &l.Start, &l.End, &l.Status); err != nil {
					rows.Close()
					return nil, err
				}
				for _, other := range []string{l.Subject, l.Object} {
					if key := uuid.MustParse(other); !seen[key] && len(seen) < 150 {
						seen[key] = true
						next = append(next, other)
					}
				}
				if seen[uuid.MustParse(l.Subject)] && seen[uuid.MustParse(l.Object)] {
					links[l.ID] = l
				}
			}
			if err := rows.Close(); err != nil {
				return nil, err
			}
		}
		frontier = next
	}
	labels, err := h.labels(ctx, seen)
	return []any{links, labels}, err
}

// search asks the word index and names what it finds.
func (h *hand) search(ctx context.Context, folded string) (any, error) {
	text, args := "SELECT e.record_id, e.names, v.document FROM (SELECT rowid FROM search_words WHERE search_words MATCH ? ORDER BY rank LIMIT 200) w"+
		" JOIN search_entries e ON e.number = w.rowid JOIN records r ON r.id = e.record_id JOIN revisions v ON v.position = r.revision LIMIT 20", []any{`"` + folded + `"*`}
	if h.postgres {
		text, args = "SELECT e.record_id, e.names, v.document FROM search_entries e JOIN records r ON r.id = e.record_id JOIN revisions v ON v.position = r.revision"+
			" WHERE e.terms @@ to_tsquery('simple', $1) ORDER BY ts_rank(e.terms, to_tsquery('simple', $1)) DESC LIMIT 20", []any{"'" + folded + "':*"}
	}
	rows, err := h.pool.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []any
	for rows.Next() {
		var id, names, document string
		if err := rows.Scan(&id, &names, &document); err != nil {
			return nil, err
		}
		list = append(list, []any{id, names, json.RawMessage(document)})
	}
	return list, rows.Err()
}
