package api

import (
	"time"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// Date is a point in time as the API gives it.
type Date struct {
	Text     string  `json:"text" doc:"The date as EDTF: 2025-08, [..2025-09-25], 2021~ …; .. is an end that is still open."`
	Earliest *string `json:"earliest" doc:"First day that it allows; null when open."`
	Latest   *string `json:"latest" doc:"Last day that it allows; null when open."`
	Label    string  `json:"label" doc:"The date for people."`
	Words    string  `json:"words,omitempty" doc:"The source's own words, where they say more."`
}

func dateOf(d models.Date) *Date {
	if d.IsZero() {
		return nil
	}
	return &Date{Text: d.Text, Earliest: dayOf(d.Earliest), Latest: dayOf(d.Latest), Label: d.Label(), Words: d.Words}
}

func dayOf(d models.Day) *string {
	if d.IsZero() {
		return nil
	}
	text := d.String()
	return &text
}

// Ref names a record that another points at, with what one needs to show it.
type Ref struct {
	ID       uuid.UUID `json:"id" format:"uuid"`
	Type     string    `json:"type" doc:"Record type."`
	Kind     string    `json:"kind,omitempty" doc:"Entity kind, relationship type, status, stance, source or open item kind."`
	Slug     string    `json:"slug,omitempty"`
	Name     string    `json:"name" doc:"The entity's name, the source's title, or a label."`
	Identity string    `json:"identity,omitempty" doc:"\"undisclosed\" for an entity whose identity is not known."`
	State    string    `json:"state,omitempty" doc:"Set when the record no longer stands."`
	Subject  *Ref      `json:"subject,omitempty"`
	Object   *Ref      `json:"object,omitempty"`
}

func refOf(r services.Ref) *Ref {
	ref := &Ref{ID: r.ID, Type: string(r.Type), Kind: r.Kind, Slug: r.Slug, Name: r.Label()}
	if r.Undisclosed {
		ref.Identity = string(models.Undisclosed)
	}
	if r.State != models.StateLive {
		ref.State = string(r.State)
	}
	if r.Type == models.TypeRelationship || r.Type == models.TypeStatusChange {
		if r.Subject != nil {
			ref.Subject = refOf(*r.Subject)
		}
		if r.Object != nil {
			ref.Object = refOf(*r.Object)
		}
	}
	return ref
}

// Citation ties a source to the record.
type Citation struct {
	Source    SourceRef `json:"source"`
	Locator   string    `json:"locator,omitempty" doc:"Where in the source."`
	Note      string    `json:"note,omitempty"`
	HoldsOn   *string   `json:"holds_on,omitempty" doc:"Day on which the source shows that the record (still) held."`
	CheckedOn *string   `json:"checked_on,omitempty" doc:"Day on which somebody last looked."`
}

// SourceRef names a cited source.
type SourceRef struct {
	ID         uuid.UUID `json:"id" format:"uuid"`
	Title      string    `json:"title"`
	Kind       string    `json:"kind"`
	Publishers []string  `json:"publishers,omitempty"`
	Published  *Date     `json:"published,omitempty"`
	State      string    `json:"state,omitempty" doc:"retracted, where the record of the source was taken back: it counts for nothing."`
}

// Record is what every record has.
type Record struct {
	ID         uuid.UUID  `json:"id" format:"uuid"`
	RecordType string     `json:"record_type" doc:"entity, relationship, status_change, claim, source or open_item."`
	State      string     `json:"state" doc:"live, retracted or merged."`
	MergedInto *uuid.UUID `json:"merged_into,omitempty" format:"uuid"`
	Version    int64      `json:"version" doc:"Counts revisions; a write names the one that it saw."`
	Revision   int64      `json:"revision" doc:"Log position of the revision that was read."`
	RecordedAt time.Time  `json:"recorded_at" doc:"When that revision was published."`
}

// Standing is how well a record is established; all of it is derived.
type Standing struct {
	Verification       *string    `json:"verification" doc:"How well it is established that the record is so, whatever its status: no_origin, single_origin, corroborated, partly_acknowledged or acknowledged; null for a record without citations."`
	Disputed           bool       `json:"disputed"`
	Origins            int        `json:"origins" doc:"How many independent origins its sources lead back to."`
	VerificationReason string     `json:"verification_reason,omitempty" doc:"Why, in a sentence."`
	Basis              *Basis     `json:"basis,omitempty" doc:"On what that rests, by ids."`
	LastEvidenced      *string    `json:"last_evidenced" doc:"Last day, by the day asked about, on which a source that it cites shows that it held. Its status has its own: status_last_evidenced."`
	LastChecked        *string    `json:"last_checked" doc:"Last day, by the day asked about, on which somebody looked."`
	Stale              bool       `json:"stale" doc:"Last evidenced over a year before the day asked about."`
	Citations          []Citation `json:"citations"`
	Sources            []Source   `json:"sources,omitempty" doc:"With include=sources: the sources that it cites, whole."`
}

// Basis is what a verification rests on.
type Basis struct {
	Origins         []BasisOrigin    `json:"origins" doc:"The independent origins that were counted."`
	NotCounted      []BasisUncounted `json:"not_counted,omitempty" doc:"Cited sources that lift nothing, and why."`
	Acknowledgement *Acknowledgement `json:"acknowledgement,omitempty"`
	Dispute         *Dispute         `json:"dispute,omitempty"`
}

// BasisUncounted is a cited source that lifts nothing.
type BasisUncounted struct {
	Source SourceRef `json:"source"`
	Why    string    `json:"why" doc:"imported_file, dataset, own_page, unnamed, retracted or before_naming: see not_counted of /codes."`
}

// BasisOrigin is one independent origin.
type BasisOrigin struct {
	Source  SourceRef   `json:"source"`
	Through []SourceRef `json:"through,omitempty" doc:"Cited sources that lead back to it, or may, and so were not counted."`
}

// Acknowledgement is what the party concerned said.
type Acknowledgement struct {
	By     *Ref       `json:"by"`
	Claim  *uuid.UUID `json:"claim,omitempty" format:"uuid"`
	Source *uuid.UUID `json:"source,omitempty" format:"uuid" doc:"Where the party announced its own step."`
	On     *Date      `json:"on"`
	Extent string     `json:"extent"`
}

// Dispute is a claim that stands against the record.
type Dispute struct {
	By     *Ref      `json:"by"`
	Claim  uuid.UUID `json:"claim" format:"uuid"`
	Stance string    `json:"stance"`
	On     *Date     `json:"on"`
}

func (v view) basis(b models.Basis) *Basis {
	wire := &Basis{Origins: make([]BasisOrigin, len(b.Origins))}
	for i, origin := range b.Origins {
		wire.Origins[i].Source = v.source(origin.Source)
		for _, id := range origin.Through {
			wire.Origins[i].Through = append(wire.Origins[i].Through, v.source(id))
		}
	}
	for _, one := range b.NotCounted {
		wire.NotCounted = append(wire.NotCounted, BasisUncounted{v.source(one.Source), string(one.Why)})
	}
	if a := b.Acknowledgement; a != nil {
		wire.Acknowledgement = &Acknowledgement{By: v.ref(a.By), Claim: a.Claim, Source: a.Source, On: dateOf(a.On), Extent: string(a.Extent)}
	}
	if d := b.Dispute; d != nil {
		wire.Dispute = &Dispute{By: v.optional(d.By), Claim: d.Claim, Stance: string(d.Stance), On: dateOf(d.On)}
	}
	return wire
}

// StatusView is where a record stands on the day asked about. It is left out for records that
// have no status.
type StatusView struct {
	Status                   string     `json:"status"`
	StatusExtent             string     `json:"status_extent" doc:"full or partial."`
	StatusScope              string     `json:"status_scope" doc:"Of what, when partial."`
	StatusSince              *string    `json:"status_since" doc:"When it began, as the step that began it says, in EDTF: 2025-08, [..2025-09-25] (by) …; null when it always did."`
	SinceLatest              *string    `json:"status_since_latest" doc:"Last day that this allows: the status certainly held by then; null when it always did."`
	StatusChange             *uuid.UUID `json:"status_change" format:"uuid" doc:"The status change that led to it; null before the first, and where the end alone says so."`
	StatusVerification       *string    `json:"status_verification" doc:"How well it is established that this status holds, which is another statement than that the record is so: the standing of the status change that led to it, or what the record's own citations come to where they alone give the status. Null while it is unknown."`
	StatusDisputed           bool       `json:"status_disputed"`
	StatusOrigins            int        `json:"status_origins" doc:"How many independent origins the sources of the status lead back to."`
	StatusVerificationReason string     `json:"status_verification_reason,omitempty" doc:"Why, in a sentence."`
	StatusBasis              *Basis     `json:"status_basis,omitempty" doc:"On what that rests, by ids."`
	StatusLastEvidenced      *string    `json:"status_last_evidenced" doc:"Last day, by the day asked about, on which something shows that the status held: its step's own day, what sources of the step showed or said since, and for a status that the record's own citations speak of (active, current, ongoing, open) what they show."`
	StatusLastChecked        *string    `json:"status_last_checked" doc:"Last day, by the day asked about, on which somebody looked at the status."`
	StatusStale              bool       `json:"status_stale" doc:"The status goes on until somebody says otherwise, and was last evidenced over a year before the day asked about."`
	Possible                 []Step     `json:"possible" doc:"Steps that may have been taken by the day, and are not certain to have been."`
	Waiting                  []Awaited  `json:"announced" doc:"Steps that had been announced by the day and that nothing confirms; the status is what it was without them."`
}

// Awaited is a status change that was announced and that nothing confirms.
type Awaited struct {
	Step
	Announced   *Date  `json:"announced" doc:"When it was announced."`
	AnnouncedBy []Ref  `json:"announced_by" doc:"Who is to take the step, or speaks of it, or is a party that published it: whatever is known first."`
	ReportedBy  []Ref  `json:"reported_by" doc:"Where nobody is known to have announced it: who published the sources that report it."`
	Past        bool   `json:"past" doc:"Whether its day has gone by."`
	Words       string `json:"words" doc:"The same as a sentence's part, in English."`
}

// Step is a status change in short.
type Step struct {
	ID        uuid.UUID `json:"id" format:"uuid"`
	Status    string    `json:"status"`
	Extent    string    `json:"extent"`
	Scope     string    `json:"scope,omitempty"`
	Effective *Date     `json:"effective"`
}

// view turns records of one page into wire types.
type view struct {
	refs map[uuid.UUID]services.Ref
	day  models.Day
	page *services.Page
	// sources are those that were made: the records of a page share them.
	sources map[uuid.UUID]SourceRef
}

func viewOf(page services.Page) view {
	return view{refs: page.Refs, day: page.AsOf, page: &page, sources: map[uuid.UUID]SourceRef{}}
}

func (v view) ref(id uuid.UUID) *Ref {
	if r, ok := v.refs[id]; ok {
		return refOf(r)
	}
	return &Ref{ID: id, Name: services.UnknownThen}
}

// name labels a record that another points at.
func (v view) name(id uuid.UUID) string {
	if ref, ok := v.refs[id]; ok {
		return ref.Label()
	}
	return services.UnknownThen
}

func (v view) optional(id *uuid.UUID) *Ref {
	if id == nil {
		return nil
	}
	return v.ref(*id)
}

func (v view) list(ids []uuid.UUID) []Ref {
	list := make([]Ref, len(ids))
	for i, id := range ids {
		list[i] = *v.ref(id)
	}
	return list
}

func (v view) record(r services.Record) Record {
	return Record{ID: r.ID, RecordType: string(r.Type), State: string(r.State), MergedInto: r.MergedInto,
		Version: r.Version, Revision: r.Revision, RecordedAt: r.RecordedAt}
}

func (v view) standing(r services.Record) Standing {
	s := Standing{Disputed: r.Standing.Disputed, Origins: len(r.Standing.Basis.Origins),
		LastEvidenced: dayOf(r.Standing.LastEvidenced), LastChecked: dayOf(r.Standing.LastChecked),
		Stale: services.Stale(r.Standing, v.day), Citations: v.citations(r.Document.Cited())}
	if r.Standing.Verification != "" {
		level := string(r.Standing.Verification)
		s.Verification, s.Basis = &level, v.basis(r.Standing.Basis)
		s.VerificationReason = services.StandingReason(r.Standing, v.refs)
	}
	return s
}

func (v view) citations(citations []models.Citation) []Citation {
	list := make([]Citation, len(citations))
	for i, c := range citations {
		list[i] = Citation{Source: v.source(c.Source), Locator: c.Locator, Note: c.Note, HoldsOn: dayOf(c.HoldsOn), CheckedOn: dayOf(c.CheckedOn)}
	}
	return list
}

func (v view) source(id uuid.UUID) SourceRef {
	if ref, made := v.sources[id]; made {
		return ref
	}
	r := v.refs[id]
	ref := SourceRef{ID: id, Title: r.Name, Kind: r.Kind, Published: dateOf(r.Date)}
	if r.State == models.StateRetracted {
		ref.State = string(r.State)
	}
	for _, publisher := range r.People {
		ref.Publishers = append(ref.Publishers, publisher.Name)
	}
	if v.sources != nil {
		v.sources[id] = ref
	}
	return ref
}

func (v view) status(r services.Record) *StatusView {
	if r.Status == nil {
		return nil
	}
	span := r.Status.Span
	s := &StatusView{Possible: []Step{}, Status: string(span.Status), StatusExtent: string(span.Extent), StatusScope: span.Scope,
		SinceLatest: dayOf(span.From), StatusChange: span.Change}
	if !span.Since.IsZero() {
		s.StatusSince = &span.Since.Text
	}
	standing := r.Status.Standing
	s.StatusDisputed, s.StatusOrigins = standing.Disputed, len(standing.Basis.Origins)
	s.StatusLastEvidenced, s.StatusLastChecked = dayOf(standing.LastEvidenced), dayOf(standing.LastChecked)
	s.StatusStale = services.StatusStale(r, v.day)
	if standing.Verification != "" {
		level := string(standing.Verification)
		s.StatusVerification, s.StatusBasis = &level, v.basis(standing.Basis)
		s.StatusVerificationReason = services.StandingReason(standing, v.refs)
	}
	for _, step := range r.Status.Possible {
		s.Possible = append(s.Possible, Step{ID: step.Change, Status: string(step.Status), Extent: string(step.Extent),
			Scope: step.Scope, Effective: dateOf(step.Effective)})
	}
	s.Waiting = make([]Awaited, len(r.Status.Announced))
	for i, step := range r.Status.Announced {
		s.Waiting[i] = v.awaited(step)
	}
	return s
}

func (v view) awaited(step services.AnnouncedStep) Awaited {
	a := Awaited{Step: Step{ID: step.Change, Status: string(step.Status), Extent: string(step.Extent), Scope: step.Scope, Effective: dateOf(step.Effective)},
		Announced: dateOf(step.Announced), AnnouncedBy: []Ref{}, ReportedBy: []Ref{}, Past: step.Past, Words: services.AnnouncedWords(step, v.refs)}
	for _, id := range step.By {
		a.AnnouncedBy = append(a.AnnouncedBy, *v.ref(id))
	}
	for _, id := range step.Reporters {
		a.ReportedBy = append(a.ReportedBy, *v.ref(id))
	}
	return a
}

// Speaker is who speaks: an entity, or a described anonymous one.
type Speaker struct {
	Entity      *Ref   `json:"entity"`
	Description string `json:"description,omitempty"`
	OnBehalfOf  *Ref   `json:"on_behalf_of,omitempty"`
}

func (v view) speakers(speakers []models.Speaker) []Speaker {
	list := make([]Speaker, len(speakers))
	for i, s := range speakers {
		list[i] = Speaker{Entity: v.optional(s.Entity), Description: s.Description, OnBehalfOf: v.optional(s.OnBehalfOf)}
	}
	return list
}

// orEmpty gives [] instead of null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
