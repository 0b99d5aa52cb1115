package services

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// withheldLabel stands in statements for the name of what is on hold.
const withheldLabel = "'" + models.Withheld + "'"

// wantedRefs are ids of records that are to be labelled, by each type that they may have, and
// under "" where that may be any.
type wantedRefs map[models.RecordType]map[uuid.UUID]bool

func (w wantedRefs) add(t models.RecordType, ids ...uuid.UUID) {
	if w[t] == nil {
		w[t] = map[uuid.UUID]bool{}
	}
	for _, id := range ids {
		w[t][id] = true
	}
}

// all lists every id.
func (w wantedRefs) all() []uuid.UUID {
	var ids []uuid.UUID
	for _, some := range w {
		ids = append(ids, keys(some)...)
	}
	return ids
}

// refs labels everything that records point at, and that their standings rest on, in one query;
// in a walk, what it has not loaded before.
func (r *reading) refs(records []Record) (map[uuid.UUID]Ref, error) {
	wanted, kept := wantedRefs{}, map[uuid.UUID]Ref{}
	known := func(id uuid.UUID) bool {
		ref, known := r.labels.label(id)
		if known {
			kept[id] = ref
		}
		return known
	}
	for _, record := range records {
		if record.Type != models.TypeRelationship && r.labels == nil { // links are made of what they join
			wanted.add(record.Type, record.ID)
		}
		for _, ref := range record.Document.References() {
			if known(ref.ID) {
				continue
			}
			if len(ref.Types) == 0 {
				wanted.add("", ref.ID)
			}
			for _, t := range ref.Types {
				wanted.add(t, ref.ID)
			}
		}
		if record.MergedInto != nil {
			wanted.add(record.Type, *record.MergedInto)
		}
		wanted.addBasis(record.Standing.Basis, known)
		for _, id := range record.announcers() {
			if !known(id) {
				wanted.add(models.TypeEntity, id)
			}
		}
		if record.Status != nil {
			wanted.addBasis(record.Status.Standing.Basis, known)
		}
	}
	refs, err := r.loadRefs(wanted)
	if err != nil {
		return nil, err
	}
	if r.labels != nil {
		r.labels.keep(refs)
		maps.Copy(refs, kept)
		return refs, nil
	}
	for _, record := range records {
		if d, ok := record.Document.(*models.Relationship); ok {
			refs[record.ID] = Ref{ID: record.ID, Type: record.Type, State: record.State, Kind: string(d.Type), Date: d.Start,
				Subject: refs[d.Subject].asEnd(), Object: refs[d.Object].asEnd()}
		}
	}
	return refs, nil
}

// announcers are those who announced its steps, or itself.
func (r Record) announcers() []uuid.UUID {
	var ids []uuid.UUID
	if r.Announced != nil {
		ids = append(append(ids, r.Announced.By...), r.Announced.Reporters...)
	}
	if r.Status != nil {
		for _, step := range r.Status.Announced {
			ids = append(append(ids, step.By...), step.Reporters...)
		}
	}
	return ids
}

// stepRef labels a status change by what it belongs to.
func stepRef(head Head, d *models.StatusChange, of Ref) Ref {
	ref := Ref{ID: head.ID, Type: head.Type, State: head.State, Kind: string(d.Status), Date: d.Effective}
	switch of.Type {
	case models.TypeRelationship:
		ref.Subject, ref.Object, ref.Via = of.Subject, of.Object, of.Kind
	case models.TypeEntity:
		if ref.Subject = of.asEnd(); of.State == models.StateWithheld {
			ref.Subject = &Ref{ID: of.ID, Type: of.Type, State: of.State, Name: of.Name}
		}
	case models.TypeOpenItem:
		ref.Name, ref.Via = of.Name, of.Kind
	}
	return ref
}

// asEnd is the label of an entity as that of a link shows it; nil for none.
func (r Ref) asEnd() *Ref {
	if r.Type != models.TypeEntity {
		return nil
	}
	return &Ref{ID: r.ID, Type: r.Type, State: models.StateLive, Kind: r.Kind, Name: r.Name, Slug: r.Slug, Undisclosed: r.Undisclosed}
}

// addBasis wants what a standing rests on, beyond what is known.
func (w wantedRefs) addBasis(basis models.Basis, known func(uuid.UUID) bool) {
	want := func(t models.RecordType, ids ...uuid.UUID) {
		for _, id := range ids {
			if !known(id) {
				w.add(t, id)
			}
		}
	}
	for _, origin := range basis.Origins {
		want(models.TypeSource, origin.Source)
		want(models.TypeSource, origin.Through...)
	}
	for _, one := range basis.NotCounted {
		want(models.TypeSource, one.Source)
	}
	if a := basis.Acknowledgement; a != nil {
		want(models.TypeEntity, a.By)
		if a.Claim != nil {
			want(models.TypeClaim, *a.Claim)
		}
		if a.Source != nil {
			want(models.TypeSource, *a.Source)
		}
	}
	if d := basis.Dispute; d != nil {
		want(models.TypeClaim, d.Claim)
		if d.By != nil {
			want(models.TypeEntity, *d.By)
		}
	}
}

// addWritten wants the records whose ids stand as texts in a JSON value.
func (w wantedRefs) addWritten(value json.RawMessage) {
	for _, found := range writtenID.FindAll(value, -1) {
		if id, err := uuid.ParseBytes(bytes.Trim(found, `"`)); err == nil {
			w.add("", id)
		}
	}
}

var writtenID = regexp.MustCompile(`"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"`)

// refSQL labels records of each type: what they are, and the entities at their ends. A source has
// a row for each publisher, a claim one for each speaker. What is pointed at was there before: where
// it has no row, it is on hold.
var refSQL = []struct {
	kind models.RecordType
	text string
}{
	{models.TypeEntity, `
	SELECT t.id, 'entity', t.state, t.kind, t.name, t.slug, t.identity, '', t.start_text, t.start_words,
		NULL, '', '', '', '', NULL, '', '', '', '', ''
	FROM entities t WHERE {held:t} AND t.id {ids}`},
	{models.TypeSource, `
	SELECT t.id, 'source', t.state, t.kind, t.title, '', '', '', t.published_text, t.published_words,
		p.target_id, COALESCE(a.name, ` + withheldLabel + `), a.slug, a.kind, a.identity, NULL, '', '', '', '', t.url
	FROM sources t
	LEFT JOIN record_links p ON p.record_id = t.id AND p.role = 'publisher' AND {held:p}
	LEFT JOIN entities a ON a.id = p.target_id AND {held:a}
	WHERE {held:t} AND t.id {ids}`},
	{models.TypeRelationship, `
	SELECT t.id, 'relationship', t.state, t.type, '', '', '', '', t.start_text, t.start_words,
		t.subject_id, COALESCE(a.name, ` + withheldLabel + `), a.slug, a.kind, a.identity, t.object_id, COALESCE(b.name, ` + withheldLabel + `), b.slug, b.kind, b.identity, ''
	FROM relationships t
	LEFT JOIN entities a ON a.id = t.subject_id AND {held:a}
	LEFT JOIN entities b ON b.id = t.object_id AND {held:b}
	WHERE {held:t} AND t.id {ids}`},
	{models.TypeStatusChange, `
	SELECT t.id, 'status_change', t.state, t.status, '', '', CASE WHEN w.change_id IS NULL THEN '' ELSE 'announced' END, COALESCE(v.document, ''), t.effective_text, t.effective_words,
		CASE WHEN o.id IS NULL THEN COALESCE(l.subject_id, t.record_id) END, COALESCE(a.name, ` + withheldLabel + `), a.slug, a.kind, a.identity,
		l.object_id, COALESCE(b.name, ` + withheldLabel + `), b.slug, b.kind, b.identity, COALESCE(l.type, o.kind, '')
	FROM status_changes t
	LEFT JOIN announced_steps w ON w.change_id = t.id AND {held:w}
	LEFT JOIN relationships l ON l.id = t.record_id AND {held:l}
	LEFT JOIN open_items o ON o.id = t.record_id AND {held:o}
	LEFT JOIN revisions v ON v.position = o.revision
	LEFT JOIN entities a ON a.id = COALESCE(l.subject_id, t.record_id) AND {held:a}
	LEFT JOIN entities b ON b.id = l.object_id AND {held:b}
	WHERE {held:t} AND t.id {ids}`},
	{models.TypeClaim, `
	SELECT t.id, 'claim', t.state, t.stance, '', '', '', v.document, t.said_on_text, t.said_on_words,
		s.entity_id, COALESCE(a.name, ` + withheldLabel + `), a.slug, a.kind, a.identity, NULL, '', '', '', '', ''
	FROM claims t
	JOIN revisions v ON v.position = t.revision
	LEFT JOIN record_speakers s ON s.record_id = t.id AND {held:s}
	LEFT JOIN entities a ON a.id = s.entity_id AND {held:a}
	WHERE {held:t} AND t.id {ids}`},
	{models.TypeOpenItem, `
	SELECT t.id, 'open_item', t.state, t.kind, '', '', '', v.document, t.raised_on_text, t.raised_on_words,
		t.addressee_id, COALESCE(a.name, ` + withheldLabel + `), a.slug, a.kind, a.identity, NULL, '', '', '', '', ''
	FROM open_items t
	JOIN revisions v ON v.position = t.revision
	LEFT JOIN entities a ON a.id = t.addressee_id AND {held:a}
	WHERE {held:t} AND t.id {ids}`},
}

// withheldRefs labels the records on hold. There are few: the condition on ids is written so that
// it is not what they are looked up by.
const withheldRefs = `
	SELECT t.id, t.type, 'withheld', '', ` + withheldLabel + `, '', '', '', '', '', NULL, '', '', '', '', NULL, '', '', '', '', ''
	FROM records t WHERE t.withheld_at IS NOT NULL AND CASE WHEN t.id {ids} THEN 1 ELSE 0 END = 1`

// announcedIdentity stands in the column of identities, which status changes have not, for one that
// was announced and is not confirmed.
const announcedIdentity models.Identity = "announced"

// refColumns name the columns of every one of them.
const refColumns = "id, type, state, kind, name, slug, identity, document, date_text, date_words, a_id, a_name, a_slug, a_kind, a_identity, b_id, b_name, b_slug, b_kind, b_identity, via"

// refValues reads them: an end that is not there has no texts.
const refValues = "id, type, state, kind, name, slug, identity, document, date_text, date_words, " +
	"a_id, COALESCE(a_name, ''), COALESCE(a_slug, ''), COALESCE(a_kind, ''), COALESCE(a_identity, ''), " +
	"b_id, COALESCE(b_name, ''), COALESCE(b_slug, ''), COALESCE(b_kind, ''), COALESCE(b_identity, ''), via"

// refRow is what that gives.
type refRow struct {
	ID        uuid.UUID
	Type      models.RecordType
	State     models.RecordState
	Kind      string
	Name      string
	Slug      string
	Identity  models.Identity
	Document  string
	DateText  string
	DateWords string
	AID       *uuid.UUID
	AName     string
	ASlug     string
	AKind     string
	AIdentity models.Identity
	BID       *uuid.UUID
	BName     string
	BSlug     string
	BKind     string
	BIdentity models.Identity
	Via       string
}

// targets are where the columns go, in their order.
func (row *refRow) targets() []any {
	return []any{&row.ID, &row.Type, &row.State, &row.Kind, &row.Name, &row.Slug, &row.Identity, &row.Document, &row.DateText, &row.DateWords,
		&row.AID, &row.AName, &row.ASlug, &row.AKind, &row.AIdentity, &row.BID, &row.BName, &row.BSlug, &row.BKind, &row.BIdentity, &row.Via}
}

// loadRefs labels records, in one query over the tables of the types that are asked for. The ids
// of a table are one argument, so that neither a page of claims nor a case of many members comes
// near the number that a statement may have.
func (r *reading) loadRefs(wanted wantedRefs) (map[uuid.UUID]Ref, error) {
	refs := map[uuid.UUID]Ref{}
	var selects []string
	var args []any
	for _, branch := range refSQL {
		ids := keys(wanted[branch.kind])
		for id := range wanted[""] {
			ids = append(ids, id)
		}
		if len(ids) > 0 {
			selects = append(selects, branch.text)
			args = append(args, among(ids))
		}
	}
	if len(selects) == 0 {
		return refs, nil
	}
	selects, args = append(selects, withheldRefs), append(args, among(wanted.all()))

	query := "WITH refs (" + refColumns + ") AS (" + strings.Join(selects, " UNION ALL ") + ") SELECT " + refValues + " FROM refs"
	if r.tx.Name() == "postgres" {
		query = strings.ReplaceAll(query, "NULL,", "NULL::uuid,")
	}
	err := scanEach[refRow](r.raw(strings.ReplaceAll(query, "{ids}", "?"), args...), func(row *refRow) { addRef(refs, row) })
	return refs, wrap(err, "label records")
}

func addRef(refs map[uuid.UUID]Ref, row *refRow) {
	ref, again := refs[row.ID]
	if !again {
		ref = Ref{ID: row.ID, Type: row.Type, State: row.State, Kind: row.Kind, Name: row.Name, Slug: row.Slug,
			Undisclosed: row.Identity == models.Undisclosed, Announced: row.Identity == announcedIdentity, Via: row.Via}
		if row.Type == models.TypeSource {
			ref.Via, ref.URL = "", row.Via
		}
		if row.Document != "" {
			if ref.Name = documentText(row.Document, "text"); ref.Name == "" {
				ref.Name = Tombstone // a text is never empty unless it was redacted
			}
		}
		if date, err := models.ParseEnd(row.DateText); err == nil {
			date.Words = row.DateWords
			ref.Date = date
		}
		ref.Object = endRef(row.BID, row.BName, row.BSlug, row.BKind, row.BIdentity)
	}
	if subject := endRef(row.AID, row.AName, row.ASlug, row.AKind, row.AIdentity); subject != nil {
		if ref.Subject == nil {
			ref.Subject = subject
		}
		if row.Type == models.TypeSource || row.Type == models.TypeClaim {
			ref.People = append(ref.People, *subject)
		}
	}
	refs[row.ID] = ref
}

func endRef(id *uuid.UUID, name, slug, kind string, identity models.Identity) *Ref {
	if id == nil {
		return nil
	}
	if name == models.Withheld {
		return &Ref{ID: *id, Type: models.TypeEntity, State: models.StateWithheld, Name: name}
	}
	return &Ref{ID: *id, Type: models.TypeEntity, State: models.StateLive, Kind: kind, Name: name, Slug: slug, Undisclosed: identity == models.Undisclosed}
}
