package imports

import (
	"cmp"
	"encoding/json"
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
	StatementID   string      `json:"statementId"`
	StatementDate string      `json:"statementDate"`
	RecordID      string      `json:"recordId"`
	RecordType    string      `json:"recordType"`
	RecordStatus  string      `json:"recordStatus"`
	Details       bodsDetails `json:"recordDetails"`
	Source        *struct {
		URL         string `json:"url"`
		Description string `json:"description"`
	} `json:"source"`
	row int
}

type bodsDetails struct {
	EntityType struct {
		Type    string `json:"type"`
		Subtype string `json:"subtype"`
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
	URI             string          `json:"uri"`
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
		e.Kind, e.Start, e.End = models.KindPerson, models.Date{}, models.Date{}
	}
	for _, name := range d.Names {
		if e.Name == "" {
			e.Name = name.FullName
		} else if name.FullName != e.Name {
			e.Names = append(e.Names, models.Name{Text: name.FullName, Type: "alias"})
		}
	}
	for _, name := range d.AlternateNames {
		e.Names = append(e.Names, models.Name{Text: name, Type: "alias"})
	}
	places := []string{cmp.Or(d.Jurisdiction.Code, d.Jurisdiction.Name)}
	for _, nationality := range d.Nationalities {
		places = append(places, nationality.Code)
	}
	for _, place := range places {
		if code := r.opts.countries.code(place); models.ValidPlace(code) && !slices.Contains(e.Places, code) {
			e.Places = append(e.Places, code)
		}
	}
	var ids []ocdsID
	for _, id := range d.Identifiers {
		ids = append(ids, ocdsID{Scheme: cmp.Or(id.Scheme, strings.ReplaceAll(models.Fold(id.SchemeName), " ", "-")), ID: id.ID})
	}
	e.Identifiers = append(identifiersOf(ids), models.Identifier{Scheme: "bods", Value: key})
	r.finishItem(&item{row: s.row, key: key, doc: e, guessed: true}, s)
}

func (r *bodsReader) finishItem(it *item, s *statement) {
	it.locator, it.uncited = clip("statement "+s.StatementID), true
	r.add(it)
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
			r.share(d, interest)
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

func (r *bodsReader) share(d *models.Relationship, interest bodsInterest) {
	if interest.Share == nil {
		return
	}
	switch {
	case interest.Share.Exact != nil && *interest.Share.Exact > 0:
		d.Share = interest.Share.Exact
	case interest.Share.Minimum != nil && interest.Share.Maximum != nil:
		d.Description = strings.TrimSpace(d.Description + " Between " + string(mustJSON(*interest.Share.Minimum)) + " and " + string(mustJSON(*interest.Share.Maximum)) + " percent.")
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
