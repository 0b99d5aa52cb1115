package api

import (
	"plumbline/models"
	"plumbline/services"
)

// Entity is an entity of any kind.
type Entity struct {
	Record
	Kind             string              `json:"kind"`
	Slug             string              `json:"slug"`
	Name             string              `json:"name"`
	Names            []models.Name       `json:"names" doc:"Further names, in any script."`
	Identifiers      []models.Identifier `json:"identifiers"`
	Summary          string              `json:"summary"`
	Places           []string            `json:"places" doc:"ISO 3166 countries and UN M49 regions."`
	Identity         string              `json:"identity" doc:"disclosed or undisclosed."`
	Start            *Date               `json:"start,omitempty"`
	End              *Date               `json:"end,omitempty"`
	OrganizationType string              `json:"organization_type,omitempty"`
	Count            *models.Count       `json:"count,omitempty" doc:"Of a group: how many people."`
	Value            *models.Money       `json:"value,omitempty" doc:"Of a contract."`
	Members          []Ref               `json:"members,omitempty" doc:"Of a case."`
	*StatusView
	Standing
	Included
}

// Included is what include= adds to one record.
type Included struct {
	Relationships []Relationship `json:"relationships,omitempty" doc:"With include=relationships, of an entity: the first 500 that involve it."`
	StatusChanges []StatusChange `json:"status_changes,omitempty" doc:"With include=status_changes: the first 500."`
	Claims        []Claim        `json:"claims,omitempty" doc:"With include=claims: the first 500."`
	OpenItems     []OpenItem     `json:"open_items,omitempty" doc:"With include=open_items, of an entity: the first 500."`
	Cut           []string       `json:"cut,omitempty" doc:"Includes of which there are more than the 500 given; the lists have them all."`
}

func (v view) entity(r services.Record) Entity {
	d := r.Document.(*models.Entity)
	return Entity{Record: v.record(r), Kind: string(d.Kind), Slug: d.Slug, Name: d.Name, Names: orEmpty(d.Names), Identifiers: orEmpty(d.Identifiers),
		Summary: d.Summary, Places: orEmpty(d.Places), Identity: string(d.Identity), Start: dateOf(d.Start), End: dateOf(d.End),
		OrganizationType: d.OrganizationType, Count: d.Count, Value: d.Value, Members: v.list(d.Members),
		StatusView: v.status(r), Standing: v.standing(r)}
}

// Relationship is a typed, directed link between two entities.
type Relationship struct {
	Record
	Type        string   `json:"type" doc:"How the two are tied."`
	Subject     *Ref     `json:"subject"`
	Object      *Ref     `json:"object"`
	SuppliedBy  *Ref     `json:"supplied_by" doc:"The seller, where that is not the provider."`
	Providers   []Ref    `json:"providers,omitempty" doc:"Of a supply: who provides the service."`
	Start       *Date    `json:"start" doc:"null when not known."`
	End         *Date    `json:"end" doc:"null when not known; .. when still open."`
	Quantity    string   `json:"quantity,omitempty" doc:"In words."`
	Share       *float64 `json:"share,omitempty" doc:"Part owned, in percent."`
	Role        string   `json:"role,omitempty"`
	Title       string   `json:"title,omitempty"`
	Description string   `json:"description,omitempty"`
	Purposes    []string `json:"purposes" doc:"What it is said to be used for."`
	*StatusView
	Standing
	Included
}

func (v view) relationship(r services.Record) Relationship {
	d := r.Document.(*models.Relationship)
	return Relationship{Record: v.record(r), Type: string(d.Type), Subject: v.ref(d.Subject), Object: v.ref(d.Object), SuppliedBy: v.optional(d.SuppliedBy),
		Providers: v.providers(d), Start: dateOf(d.Start), End: dateOf(d.End), Quantity: d.Quantity, Share: d.Share, Role: d.Role, Title: d.Title, Description: d.Description,
		Purposes: purposesOf(d.Purposes), StatusView: v.status(r), Standing: v.standing(r)}
}

// providers are who provides the service of a supply, as far as the page tells.
func (v view) providers(d *models.Relationship) []Ref {
	if d.Type != models.SuppliedTo || v.page == nil {
		return nil
	}
	var list []Ref
	for _, provider := range v.page.Providers[d.Subject] {
		list = append(list, *refOf(provider))
	}
	return list
}

func purposesOf(purposes []models.Purpose) []string {
	list := make([]string, len(purposes))
	for i, p := range purposes {
		list[i] = string(p)
	}
	return list
}

// StatusChange is a dated step in the life of a record.
type StatusChange struct {
	Record
	Of        *Ref   `json:"record" doc:"The relationship, contract, inquiry or open item whose status changed."`
	Status    string `json:"status"`
	Extent    string `json:"extent" doc:"full or partial."`
	Scope     string `json:"scope" doc:"Of what, when partial."`
	Effective *Date  `json:"effective"`
	Announced *Date  `json:"announced"`
	Reported  string `json:"reported" doc:"done or announced, as its sources are said to report it; empty where that follows from days."`
	Confirmed *bool  `json:"confirmed" doc:"Whether it happened, as far as is known; false where it was announced for a day that has gone by and nothing confirms it, null where that day has not gone by."`
	Actor     *Ref   `json:"actor"`
	Reason    string `json:"reason"`
	Place     int    `json:"place,omitempty" doc:"Orders steps of one record whose dates do not."`
	Claim     *Ref   `json:"claim,omitempty" doc:"The claim that moved the record."`
	Standing
}

func (v view) statusChange(r services.Record) StatusChange {
	d := r.Document.(*models.StatusChange)
	return StatusChange{Record: v.record(r), Of: v.ref(d.Record), Status: string(d.Status), Extent: string(d.Extent), Scope: d.Scope,
		Effective: dateOf(d.Effective), Announced: dateOf(d.Announced), Reported: string(d.Reported), Confirmed: r.Confirmed(), Actor: v.optional(d.Actor), Reason: d.Reason, Place: d.Place,
		Claim: v.optional(d.Claim), Standing: v.standing(r)}
}

// Claim is something that speakers say about records.
type Claim struct {
	Record
	Speakers []Speaker `json:"speakers"`
	Stance   string    `json:"stance"`
	About    []Ref     `json:"about"`
	Answers  []Ref     `json:"answers" doc:"The claims that it answers."`
	Extent   string    `json:"extent" doc:"Whether it covers all of what it answers or is about."`
	SaidOn   *Date     `json:"said_on"`
	Text     string    `json:"text"`
	Purposes []string  `json:"purposes"`
	Standing
	AnsweredBy *[]Claim `json:"answered_by,omitempty" doc:"With include=answered_by: the claims that answer it."`
}

func (v view) claim(r services.Record) Claim {
	d := r.Document.(*models.Claim)
	return Claim{Record: v.record(r), Speakers: v.speakers(d.Speakers), Stance: string(d.Stance), About: v.list(d.About), Answers: v.list(d.Answers),
		Extent: string(d.Extent), SaidOn: dateOf(d.SaidOn), Text: d.Text, Purposes: purposesOf(d.Purposes), Standing: v.standing(r)}
}

// Source is a document that records cite.
type Source struct {
	Record
	Kind        string     `json:"kind"`
	Title       string     `json:"title"`
	URL         string     `json:"url,omitempty"`
	Publishers  []Ref      `json:"publishers"`
	Authors     []string   `json:"authors"`
	Published   *Date      `json:"published"`
	Language    string     `json:"language,omitempty"`
	ReportsOn   []Origin   `json:"reports_on"`
	CopyOf      *SourceRef `json:"copy_of,omitempty" doc:"The original of which it is a reprint or a copy in an archive: both are one document."`
	Unpublished bool       `json:"unpublished"`
	Summary     string     `json:"summary"`
	Captures    []Capture  `json:"captures" doc:"The files that show what it said."`
}

// Origin is a source on which another reports.
type Origin struct {
	Source   SourceRef `json:"source"`
	Examined bool      `json:"examined" doc:"Whether the reporting publisher examined the matter itself, so that counting stops at it."`
}

func (v view) sourceRecord(r services.Record) Source {
	d := r.Document.(*models.Source)
	s := Source{Record: v.record(r), Kind: d.Kind, Title: d.Title, URL: d.URL, Publishers: v.list(d.Publishers), Authors: orEmpty(d.Authors),
		Published: dateOf(d.Published), Language: d.Language, ReportsOn: []Origin{}, Unpublished: d.Unpublished, Summary: d.Summary, Captures: capturesOf(d.Captures)}
	if d.CopyOf != nil {
		original := v.source(*d.CopyOf)
		s.CopyOf = &original
	}
	for _, origin := range d.ReportsOn {
		s.ReportsOn = append(s.ReportsOn, Origin{Source: v.source(origin.Source), Examined: origin.Examined})
	}
	return s
}

// OpenItem is a question, demand or commitment.
type OpenItem struct {
	Record
	Kind           string    `json:"kind"`
	Addressee      *Ref      `json:"addressee"`
	RaisedBy       []Speaker `json:"raised_by"`
	About          []Ref     `json:"about"`
	Text           string    `json:"text"`
	RaisedOn       *Date     `json:"raised_on"`
	Due            *Date     `json:"due,omitempty"`
	DaysUnanswered *int      `json:"days_unanswered" doc:"Days since it was raised while no answer came, at least: where raised_on is no exact day, they count from the last that it may have been. null when an answer came."`
	*StatusView
	Standing
	Included
}

func (v view) openItem(r services.Record) OpenItem {
	d := r.Document.(*models.OpenItem)
	return OpenItem{Record: v.record(r), Kind: d.Kind, Addressee: v.ref(d.Addressee), RaisedBy: v.speakers(d.RaisedBy), About: v.list(d.About),
		Text: d.Text, RaisedOn: dateOf(d.RaisedOn), Due: dateOf(d.Due), DaysUnanswered: services.DaysUnanswered(r, v.day),
		StatusView: v.status(r), Standing: v.standing(r)}
}

// any turns a record of any type into its wire type.
func (v view) any(r services.Record) any {
	switch r.Type {
	case models.TypeEntity:
		return v.entity(r)
	case models.TypeRelationship:
		return v.relationship(r)
	case models.TypeStatusChange:
		return v.statusChange(r)
	case models.TypeClaim:
		return v.claim(r)
	case models.TypeSource:
		return v.sourceRecord(r)
	}
	return v.openItem(r)
}
