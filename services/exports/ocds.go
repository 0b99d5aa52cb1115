package exports

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
)

// ocds writes contracts as one package of releases of the Open Contracting Data Standard 1.1: a
// release for each contract, with its parties, status and steps.
type ocds struct {
	out     io.Writer
	in      *info
	parties map[uuid.UUID][]ocdsParty
	steps   map[uuid.UUID][]ocdsMilestone
	sources map[uuid.UUID]*models.Source
	begun   bool
	between string
	failed  error
}

type ocdsParty struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

type ocdsOrganization struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ocdsMilestone is a step in the life of a contract: OCDS has no history of statuses.
type ocdsMilestone struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Type        string `json:"type"`
	Description string `json:"description,omitempty"`
	Code        string `json:"code"`
	Status      string `json:"status"`
	DateMet     string `json:"dateMet,omitempty"`
}

type ocdsValue struct {
	Amount   json.Number `json:"amount"`
	Currency string      `json:"currency"`
}

type ocdsPeriod struct {
	Start string `json:"startDate,omitempty"`
	End   string `json:"endDate,omitempty"`
}

type ocdsDocument struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	URL   string `json:"url,omitempty"`
}

type ocdsContract struct {
	ID          string          `json:"id"`
	AwardID     string          `json:"awardID"`
	Title       string          `json:"title"`
	Description string          `json:"description,omitempty"`
	Status      string          `json:"status,omitempty"`
	Value       *ocdsValue      `json:"value,omitempty"`
	Period      *ocdsPeriod     `json:"period,omitempty"`
	Documents   []ocdsDocument  `json:"documents,omitempty"`
	Milestones  []ocdsMilestone `json:"milestones,omitempty"`
}

type ocdsAward struct {
	ID        string             `json:"id"`
	Title     string             `json:"title"`
	Status    string             `json:"status,omitempty"`
	Value     *ocdsValue         `json:"value,omitempty"`
	Suppliers []ocdsOrganization `json:"suppliers,omitempty"`
}

type ocdsRelease struct {
	OCID           string            `json:"ocid"`
	ID             string            `json:"id"`
	Date           string            `json:"date"`
	Tag            []string          `json:"tag"`
	InitiationType string            `json:"initiationType"`
	Language       string            `json:"language"`
	Parties        []ocdsParty       `json:"parties,omitempty"`
	Buyer          *ocdsOrganization `json:"buyer,omitempty"`
	Awards         []ocdsAward       `json:"awards"`
	Contracts      []ocdsContract    `json:"contracts"`
}

func newOCDS(out io.Writer, in *info) writer {
	return &ocds{out: out, in: in, parties: map[uuid.UUID][]ocdsParty{}, steps: map[uuid.UUID][]ocdsMilestone{}, sources: map[uuid.UUID]*models.Source{}}
}

func (w *ocds) write(text string) {
	if w.failed == nil {
		_, w.failed = io.WriteString(w.out, text)
	}
}

func (w *ocds) begin() {
	if w.begun {
		return
	}
	w.begun = true
	head := struct {
		URI       string            `json:"uri"`
		Version   string            `json:"version"`
		Published string            `json:"publishedDate"`
		Publisher map[string]string `json:"publisher"`
		License   string            `json:"license"`
	}{"https://plumbline.invalid/exports/ocds", "1.1", w.in.at.Format(time.RFC3339), map[string]string{"name": "Plumbline"}, "https://creativecommons.org/licenses/by/4.0/"}
	if w.in.site != "" {
		head.URI = w.in.site + "/api/v1/exports/ocds"
		head.Publisher["uri"] = w.in.site
	}
	text, err := json.Marshal(head)
	if err != nil {
		w.failed = err
		return
	}
	w.write(strings.TrimSuffix(string(text), "}") + ",\"releases\":[\n")
}

// ocdsRoles are the roles that OCDS has a code for; others are left out of parties.
var ocdsRoles = map[string]string{"supplier": "supplier", "buyer": "buyer", "procuring entity": "procuringEntity", "funder": "funder", "payer": "payer", "payee": "payee"}

func (w *ocds) record(it item) error {
	switch d := it.Document.(type) {
	case *models.Relationship:
		if d.Type == models.PartyTo {
			w.party(it, d)
		}
	case *models.StatusChange:
		if of := it.refs[d.Record]; of.Type == models.TypeEntity && of.Kind == string(models.KindContract) {
			w.steps[d.Record] = append(w.steps[d.Record], ocdsMilestone{ID: it.ID.String(), Title: models.StatusesOf(models.SubjectContract).Label(string(d.Status)),
				Type: "approval", Code: string(d.Status), Status: "met", DateMet: instant(d.Effective.Latest), Description: sentence(string(d.Extent), d.Scope, d.Reason, "effective "+d.Effective.Label())})
		}
	case *models.Source:
		if d.URL != "" {
			w.sources[it.ID] = &models.Source{Title: d.Title, URL: d.URL}
		}
	case *models.Entity:
		if d.Kind == models.KindContract {
			w.begin()
			return w.release(it, d)
		}
	}
	return w.failed
}

func instant(day models.Day) string {
	if day.IsZero() {
		return ""
	}
	return day.String() + "T00:00:00Z"
}

func (w *ocds) party(it item, d *models.Relationship) {
	role := ocdsRoles[strings.ToLower(d.Role)]
	if role == "" {
		return
	}
	id := d.Subject.String()
	for i, p := range w.parties[d.Object] {
		if p.ID == id && slices.Contains(p.Roles, role) {
			return // suppliers are unique
		}
		if p.ID == id {
			w.parties[d.Object][i].Roles = append(p.Roles, role)
			return
		}
	}
	w.parties[d.Object] = append(w.parties[d.Object], ocdsParty{id, it.name(d.Subject), []string{role}})
}

// contractStatus is a status as OCDS 1.1 has it: it knows no suspension and no part.
func contractStatus(status string) string {
	switch status {
	case "pending", "active", "cancelled", "terminated":
		return status
	case "suspended":
		return "active"
	case "expired":
		return "terminated"
	}
	return ""
}

func (w *ocds) release(it item, d *models.Entity) error {
	contract, award := it.ID.String(), it.ID.String()+"-award"
	release := ocdsRelease{OCID: "plumbline-" + it.ID.String(), Date: it.RecordedAt.Format(time.RFC3339), Tag: []string{"contract"}, InitiationType: "tender", Language: "en"}
	for _, id := range d.Identifiers {
		if ocid, own, ok := strings.Cut(id.Value, "/"); ok && id.Scheme == "ocds-contract" {
			release.OCID, contract = ocid, own
		} else if ok && id.Scheme == "ocds-award" {
			release.OCID, award = ocid, own
		}
	}
	release.ID = release.OCID + "-" + it.ID.String() + "-" + strings.ReplaceAll(it.RecordedAt.Format(time.RFC3339), ":", "")
	status := statusOf(it)
	c := ocdsContract{ID: contract, AwardID: award, Title: d.Name, Description: d.Summary, Status: contractStatus(status), Milestones: w.steps[it.ID]}
	a := ocdsAward{ID: award, Title: d.Name, Status: "active"}
	if status == "cancelled" || status == "pending" {
		a.Status = status
	}
	if d.Value != nil {
		c.Value = &ocdsValue{json.Number(d.Value.Amount), d.Value.Currency}
		a.Value = c.Value
	}
	if !d.Start.Earliest.IsZero() || !d.End.Latest.IsZero() {
		c.Period = &ocdsPeriod{instant(d.Start.Earliest), instant(d.End.Latest)}
	}
	for _, citation := range d.Citations {
		cited := func(d ocdsDocument) bool { return d.ID == citation.Source.String() } // documents are unique, citations of their pages are not
		if s := w.sources[citation.Source]; s != nil && !slices.ContainsFunc(c.Documents, cited) {
			c.Documents = append(c.Documents, ocdsDocument{citation.Source.String(), s.Title, s.URL})
		}
	}
	release.Parties = w.parties[it.ID]
	for _, p := range release.Parties {
		for _, role := range p.Roles {
			switch {
			case role == "supplier":
				a.Suppliers = append(a.Suppliers, ocdsOrganization{p.ID, p.Name})
			case role == "buyer" && release.Buyer == nil:
				release.Buyer = &ocdsOrganization{p.ID, p.Name}
			}
		}
	}
	release.Awards, release.Contracts = []ocdsAward{a}, []ocdsContract{c}
	text, err := json.Marshal(release)
	if err != nil {
		return err
	}
	w.write(w.between + string(text))
	w.between = ",\n"
	return w.failed
}

func (w *ocds) end() error {
	w.begin()
	w.write("\n]}\n")
	return w.failed
}
