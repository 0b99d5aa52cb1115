package imports

import (
	"cmp"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// bodsReader reads the Beneficial Ownership Data Standard 0.4: statements about entities, people
// and who owns or controls whom. Of several statements about one record the last one counts.
type bodsReader struct {
	*content
	opts       *settings
	statements map[string]*statement
	order      []string
}

type statement struct {
	StatementID   string           `json:"statementId"`
	StatementDate string           `json:"statementDate"`
	RecordID      string           `json:"recordId"`
	RecordType    string           `json:"recordType"`
	RecordStatus  string           `json:"recordStatus"`
	Details       bodsDetails      `json:"recordDetails"`
	Source        *statementSource `json:"source"`
	row           int
}

// statementSource is what a statement says of its source.
type statementSource struct {
	URL         string `json:"url"`
	Description string `json:"description"`
}

type bodsDetails struct {
	EntityType struct {
		Type string `json:"type"`
	} `json:"entityType"`
	Name           string   `json:"name"`
	AlternateNames []string `json:"alternateNames"`
	Names          []struct {
		FullName string `json:"fullName"`
		Type     string `json:"type"`
	} `json:"names"`
	Jurisdiction struct {
		Name string `json:"name"`
		Code string `json:"code"`
	} `json:"jurisdiction"`
	Nationalities []struct {
		Code string `json:"code"`
	} `json:"nationalities"`
	Identifiers []struct {
		ID         text   `json:"id"`
		Scheme     string `json:"scheme"`
		SchemeName string `json:"schemeName"`
	} `json:"identifiers"`
	FoundingDate    string          `json:"foundingDate"`
	DissolutionDate string          `json:"dissolutionDate"`
	Subject         json.RawMessage `json:"subject"`
	InterestedParty json.RawMessage `json:"interestedParty"`
	Interests       []bodsInterest  `json:"interests"`
}

type bodsInterest struct {
	Type      string `json:"type"`
	Details   string `json:"details"`
	StartDate string `json:"startDate"`
	EndDate   string `json:"endDate"`
	Share     *struct {
		Exact   *float64 `json:"exact"`
		Minimum *float64 `json:"minimum"`
		Maximum *float64 `json:"maximum"`
	} `json:"share"`
}

func (r *bodsReader) read(number int, object json.RawMessage) error {
	row, err := r.row("", number, nil)
	if err != nil {
		return err
	}
	s := &statement{row: row}
	if err := json.Unmarshal(object, s); err != nil || s.RecordType == "" {
		r.problem(row, "", CodeFormat, "This is no statement of BODS 0.4: it needs statementId, recordId, recordType and recordDetails.")
		return nil
	}
	for _, member := range unread(object, reflect.TypeFor[statement]()) {
		r.lose(row, member, "")
	}
	key := cmp.Or(s.RecordID, s.StatementID)
	before := r.statements[key]
	if before == nil {
		r.order = append(r.order, key)
	}
	if before == nil || before.StatementDate <= s.StatementDate {
		r.statements[key] = s
	}
	return nil
}

func (r *bodsReader) finish() error {
	for _, key := range r.order {
		s := r.statements[key]
		switch s.RecordType {
		case "entity", "person":
			r.party(key, s)
		case "relationship":
			r.relationship(key, s)
		default:
			r.problem(s.row, "recordType", CodeInvalid, "%q is no record type of BODS. It is entity, person or relationship.", clip(s.RecordType))
		}
	}
	return nil
}

func (r *bodsReader) date(s *statement, field, text string) models.Date {
	date, err := readDate(text, "")
	if err != nil {
		r.problem(s.row, "recordDetails."+field, CodeDate, "%s", err)
	}
	return date
}

var bodsKinds = map[string]models.EntityKind{"registeredEntity": models.KindCompany, "state": models.KindUnit, "stateBody": models.KindUnit,
	"legalEntity": models.KindOrganization, "arrangement": models.KindOrganization, "unknownEntity": models.KindOrganization, "anonymousEntity": models.KindOrganization}

func (r *bodsReader) party(key string, s *statement) {
	d := s.Details
	e := &models.Entity{Kind: cmp.Or(bodsKinds[d.EntityType.Type], models.KindOrganization), Name: d.Name,
		Start: r.date(s, "foundingDate", d.FoundingDate), End: r.date(s, "dissolutionDate", d.DissolutionDate)}
	if d.EntityType.Type == "anonymousEntity" || d.EntityType.Type == "unknownEntity" {
		e.Identity = models.Undisclosed
		e.Name = cmp.Or(e.Name, "An undisclosed owner ("+key+")")
	}
	if s.RecordType == "person" {
		if d.FoundingDate+d.DissolutionDate != "" {
			r.lose(s.row, "recordDetails.foundingDate", "people are not founded")
		}
		e.Kind, e.Start, e.End = models.KindPerson, models.Date{}, models.Date{}
	}
	for _, name := range d.Names {
		as, known := bodsNames[name.Type]
		if !known {
			r.lose(s.row, "recordDetails.names.type", "it is entered as another name in use")
		}
		if e.Name == "" {
			e.Name = name.FullName
		} else if name.FullName != e.Name {
			e.Names = append(e.Names, models.Name{Text: name.FullName, Type: cmp.Or(as, "alias")})
		}
	}
	for _, name := range d.AlternateNames {
		e.Names = append(e.Names, models.Name{Text: name, Type: "alias"})
	}
	r.place(e, s, "recordDetails.jurisdiction", cmp.Or(d.Jurisdiction.Code, d.Jurisdiction.Name))
	for _, nationality := range d.Nationalities {
		r.place(e, s, "recordDetails.nationalities", nationality.Code)
	}
	if s.RecordStatus == "closed" && e.End.IsZero() {
		r.lose(s.row, "recordStatus", "a closed record is not known to have ended")
	}
	r.loseDetails(s, func(member string) bool { return slices.Contains(bodsOfLinks, member) })
	var ids []ocdsID
	for _, id := range d.Identifiers {
		ids = append(ids, ocdsID{Scheme: cmp.Or(id.Scheme, strings.ReplaceAll(models.Fold(id.SchemeName), " ", "-")), ID: id.ID})
	}
	e.Identifiers = append(identifiersOf(ids), models.Identifier{Scheme: "bods", Value: key})
	r.finishItem(&item{row: s.row, key: key, doc: e, guessed: true}, s)
}

// bodsOfLinks are the details of a relationship; the others are those of entities and people.
var bodsOfLinks = []string{"subject", "interestedParty", "interests"}

// loseDetails tells the details that records of another type have.
func (r *bodsReader) loseDetails(s *statement, foreign func(member string) bool) {
	details := reflect.ValueOf(s.Details)
	for i := range details.NumField() {
		if member := details.Type().Field(i).Tag.Get("json"); foreign(member) && !details.Field(i).IsZero() {
			r.lose(s.row, "recordDetails."+member, "a record of this type has none")
		}
	}
}

// bodsNames are what the types of names are here; "" for a name as it is used.
var bodsNames = map[string]string{"": "", "legal": "", "individual": "", "alternative": "alias", "former": "former", "transliteration": "transliteration"}

// place adds a country to an entity.
func (r *bodsReader) place(e *models.Entity, s *statement, member, place string) {
	switch code := r.opts.countries.code(place); {
	case place == "" || slices.Contains(e.Places, code):
	case models.ValidPlace(code):
		e.Places = append(e.Places, code)
	default:
		r.lose(s.row, member, "it is not the code or name of a country")
	}
}

func (r *bodsReader) finishItem(it *item, s *statement) {
	it.locator, it.uncited = clip("statement "+s.StatementID), true
	switch {
	case s.Source == nil || *s.Source == statementSource{}:
	case models.ValidHTTPURL(s.Source.URL) == "":
		r.citeStatement(it, s)
	case s.Source.URL != "":
		r.lose(s.row, "source", "it has no address that leads anywhere")
	default:
		r.lose(s.row, "source", "it has no address")
	}
	r.add(it)
}

// citeStatement cites what a statement names as its source.
func (r *bodsReader) citeStatement(it *item, s *statement) {
	if normal := models.NormalURL(s.Source.URL); !r.opts.addresses[normal] {
		r.opts.addresses[normal] = true
		r.add(&item{row: s.row, key: s.Source.URL, orphan: true, doc: &models.Source{Kind: "other", Title: cmp.Or(s.Source.Description, s.Source.URL), URL: s.Source.URL}})
	}
	it.uncited = false
	setCitations(it.doc, []models.Citation{{Locator: it.locator}})
	it.refer(ref{column: "source.url", pointer: "/citations/0/source", text: s.Source.URL, set: func(id uuid.UUID) { citationsOf(it.doc)[0].Source = id }})
}

// end reads a record's id, or the reason why there is none.
func end(raw json.RawMessage) string {
	var id string
	if json.Unmarshal(raw, &id) == nil {
		return id
	}
	var described struct {
		By string `json:"describedByEntityStatement"`
	}
	_ = json.Unmarshal(raw, &described) // anything else names nobody
	return described.By
}

// bodsPositions are interests that are positions rather than shares.
var bodsPositions = map[string]string{"seniorManagingOfficial": "Senior managing official", "boardMember": "Board member", "boardChair": "Chair of the board"}

func (r *bodsReader) relationship(key string, s *statement) {
	r.loseDetails(s, func(member string) bool { return !slices.Contains(bodsOfLinks, member) })
	subject, owner := end(s.Details.Subject), end(s.Details.InterestedParty)
	if subject == "" || owner == "" {
		r.notice("Statements that say of nobody named that they own or control something are left out.")
		return
	}
	interests := s.Details.Interests
	if len(interests) == 0 {
		interests = []bodsInterest{{Type: "unknownInterest"}}
	}
	company := r.isCompany(owner) && r.isCompany(subject)
	for i, interest := range interests {
		d := &models.Relationship{Type: models.LinkedTo, Start: r.date(s, "interests", interest.StartDate), End: r.date(s, "interests", interest.EndDate),
			Description: strings.TrimSpace(interest.Type + ". " + interest.Details)}
		switch {
		case bodsPositions[interest.Type] != "" && r.isPerson(owner):
			d.Type, d.Title, d.Description = models.Position, bodsPositions[interest.Type], interest.Details
		case interest.Type == "shareholding" && company:
			d.Type, d.Description = models.Owns, interest.Details
			r.share(s, d, interest)
		}
		if interest.Share != nil && d.Type != models.Owns {
			r.lose(s.row, "recordDetails.interests.share", "only a share that one company holds in another is kept")
		}
		if s.RecordStatus == "closed" && d.End.IsZero() {
			d.End = r.date(s, "statementDate", s.StatementDate)
		}
		it := &item{row: s.row, doc: d}
		if i == 0 {
			it.key = "relationship " + key
		}
		it.refer(entityRef("recordDetails.interestedParty", "/subject", owner, func(id uuid.UUID) { d.Subject = id }))
		it.refer(entityRef("recordDetails.subject", "/object", subject, func(id uuid.UUID) { d.Object = id }))
		r.finishItem(it, s)
	}
}

func (r *bodsReader) share(s *statement, d *models.Relationship, interest bodsInterest) {
	if interest.Share == nil {
		return
	}
	switch {
	case interest.Share.Exact != nil && *interest.Share.Exact > 0:
		d.Share = interest.Share.Exact
	case interest.Share.Minimum != nil && interest.Share.Maximum != nil:
		d.Description = strings.TrimSpace(d.Description + " Between " + string(mustJSON(*interest.Share.Minimum)) + " and " + string(mustJSON(*interest.Share.Maximum)) + " percent.")
	default:
		r.lose(s.row, "recordDetails.interests.share", "it needs an exact part, or the least and the most")
	}
}

func (r *bodsReader) isCompany(key string) bool {
	s := r.statements[key]
	return s != nil && s.RecordType == "entity" && bodsKinds[s.Details.EntityType.Type] == models.KindCompany
}

func (r *bodsReader) isPerson(key string) bool {
	s := r.statements[key]
	return s != nil && s.RecordType == "person"
}
