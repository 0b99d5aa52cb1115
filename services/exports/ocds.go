package exports

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// ocds writes contracts as one package of releases of the Open Contracting Data Standard 1.1: a
// release for each contract, with its parties, status and steps.
type ocds struct {
	out     io.Writer
	in      *info
	parties map[uuid.UUID][]ocdsParty
	details map[uuid.UUID]ocdsParty
	steps   map[uuid.UUID][]ocdsMilestone
	sources map[uuid.UUID]*models.Source
	begun   bool
	between string
	failed  error
}

type ocdsParty struct {
	ID         string           `json:"id"`
	Name       string           `json:"name,omitempty"`
	Identifier *ocdsIdentifier  `json:"identifier,omitempty"`
	Additional []ocdsIdentifier `json:"additionalIdentifiers,omitempty"`
	Address    *ocdsAddress     `json:"address,omitempty"`
	Roles      []string         `json:"roles"`
}

type ocdsIdentifier struct {
	Scheme string `json:"scheme"`
	ID     string `json:"id"`
}

type ocdsAddress struct {
	CountryName string `json:"countryName"`
}

type ocdsOrganization struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// ocdsMilestone is a step in the life of a contract: OCDS has no history of statuses.
type ocdsMilestone struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Type        string `json:"type"`
	Description string `json:"description,omitempty"`
	Code        string `json:"code"`
	Status      string `json:"status"`
	DueDate     string `json:"dueDate,omitempty"`
	DateMet     string `json:"dateMet,omitempty"`
	day         models.Day
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

// begin writes the head of the package before the first release, once it is known who the parties
// are.
func (w *ocds) begin() error {
	if w.begun {
		return nil
	}
	w.begun = true
	if err := w.identify(); err != nil {
		return err
	}
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
		return err
	}
	w.write(strings.TrimSuffix(string(text), "}") + ",\"releases\":[\n")
	return w.failed
}

// identify reads by what else the parties are known: their identifiers and country.
func (w *ocds) identify() error {
	var ids []uuid.UUID
	for _, parties := range w.parties {
		for _, p := range parties {
			ids = append(ids, uuid.MustParse(p.ID))
		}
	}
	w.details = map[uuid.UUID]ocdsParty{}
	return w.in.s.Gather(w.in.ctx, models.Actor{}, models.TypeEntity, ids, w.in.moment, func(page services.Page) error {
		for _, record := range page.Records {
			d, ok := record.Document.(*models.Entity)
			if !ok || record.State != models.StateLive {
				continue
			}
			var p ocdsParty
			for _, id := range d.Identifiers {
				// Codes of registers are capital letters there, small ones here.
				one := ocdsIdentifier{strings.ToUpper(id.Scheme), id.Value}
				if id.Scheme == "lei" {
					one.Scheme = "XI-LEI" // as org-id.guide has it
				}
				if p.Identifier == nil {
					p.Identifier = &one
				} else if !slices.Contains(p.Additional, one) {
					p.Additional = append(p.Additional, one)
				}
			}
			if len(d.Places) > 0 {
				p.Address = &ocdsAddress{models.PlaceName(d.Places[0])}
			}
			w.details[record.ID] = p
		}
		return nil
	})
}

// ocdsRoles are the roles that OCDS has a code for; others are left out of parties.
var ocdsRoles = map[string]string{"supplier": "supplier", "buyer": "buyer", "procuring entity": "procuringEntity", "funder": "funder", "payer": "payer", "payee": "payee"}

func (w *ocds) record(it item) error {
	switch d := it.Document.(type) {
	case *models.Relationship:
		w.party(it, d)
	case *models.StatusChange:
		w.steps[d.Record] = append(w.steps[d.Record], w.step(it, d))
	case *models.Source:
		if d.URL != "" {
			w.sources[it.ID] = &models.Source{Title: d.Title, URL: uri(d.URL)}
		}
	case *models.Entity:
		if d.Kind == models.KindContract {
			if err := w.begin(); err != nil {
				return err
			}
			return w.release(it, d)
		}
	}
	return w.failed
}

// step is a change of status: one that is ahead, or was announced and is not confirmed, is scheduled.
func (w *ocds) step(it item, d *models.StatusChange) ocdsMilestone {
	step := ocdsMilestone{ID: it.ID.String(), Title: models.StatusesOf(models.SubjectContract).Label(string(d.Status)),
		Type: "approval", Code: string(d.Status), day: d.Effective.Latest, Description: sentence(string(d.Extent), d.Scope, d.Reason, "effective "+d.Effective.In(models.DateWhen))}
	if day := instant(d.Effective); it.Announced != nil || d.Effective.Earliest.After(w.in.asOf) {
		step.Status, step.DueDate = "scheduled", day
	} else {
		step.Status, step.DateMet = "met", day
	}
	return step
}

// instant is a date as OCDS has it, which knows no months, years or "by": "" for what is no exact day.
func instant(d models.Date) string {
	if d.IsZero() || d.Earliest != d.Latest || d.Earliest.IsZero() || d.IsApproximate() || d.IsUncertain() {
		return ""
	}
	return d.Earliest.String() + "T00:00:00Z"
}

// inWords says a date that is no exact day.
func inWords(what string, d models.Date) string {
	if d.IsZero() || instant(d) != "" {
		return ""
	}
	return what + ": " + d.Label()
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
	w.parties[d.Object] = append(w.parties[d.Object], ocdsParty{ID: id, Name: it.name(d.Subject), Roles: []string{role}})
}

// ocdsCurrencies is the closed list of currencies in the schema of releases 1.1.5.
const ocdsCurrencies = `ADP AED AFA AFN ALK ALL AMD ANG AOA AOK AON AOR ARA ARP ARS ARY ATS AUD AWG AYM AZM AZN BAD BAM BBD BDT BEC BEF BEL BGJ BGK BGL BGN BHD BIF BMD BND
BOB BOP BOV BRB BRC BRE BRL BRN BRR BSD BTN BUK BWP BYB BYN BYR BZD CAD CDF CHC CHE CHF CHW CLF CLP CNY COP COU CRC CSD CSJ CSK CUC CUP CVE CYP CZK
DDM DEM DJF DKK DOP DZD ECS ECV EEK EGP ERN ESA ESB ESP ETB EUR FIM FJD FKP FRF GBP GEK GEL GHC GHP GHS GIP GMD GNE GNF GNS GQE GRD GTQ GWE GWP GYD
HKD HNL HRD HRK HTG HUF IDR IEP ILP ILR ILS INR IQD IRR ISJ ISK ITL JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAJ LAK LBP LKR LRD LSL LSM LTL
LTT LUC LUF LUL LVL LVR LYD MAD MDL MGA MGF MKD MLF MMK MNT MOP MRO MRU MTL MTP MUR MVQ MVR MWK MXN MXP MXV MYR MZE MZM MZN NAD NGN NIC NIO NLG NOK
NPR NZD OMR PAB PEH PEI PEN PES PGK PHP PKR PLN PLZ PTE PYG QAR RHD ROK ROL RON RSD RUB RUR RWF SAR SBD SCR SDD SDG SDP SEK SGD SHP SIT SKK SLL SOS
SRD SRG SSP STD STN SUR SVC SYP SZL THB TJR TJS TMM TMT TND TOP TPE TRL TRY TTD TWD TZS UAH UAK UGS UGW UGX USD USN USS UYI UYN UYP UYU UYW UZS VEB
VEF VES VNC VND VUV WST XAF XAG XAU XBA XBB XBC XBD XCD XDR XEU XFO XFU XOF XPD XPF XPT XRE XSU XTS XUA XXX YDD YER YUD YUM YUN ZAL ZAR ZMK ZMW ZRN
ZRZ ZWC ZWD ZWL ZWN ZWR`

// contractStatus is a status as OCDS 1.1 has it: it knows no suspension and no part. What ended in
// part goes on otherwise.
func contractStatus(status string, extent models.Extent) string {
	if extent == models.Partial && status != "pending" {
		return "active"
	}
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
		ocid, own, _ := strings.Cut(id.Value, "/")
		switch whole := ocid != "" && own != ""; {
		case whole && id.Scheme == "ocds-contract":
			release.OCID, contract = ocid, own
		case whole && id.Scheme == "ocds-award":
			release.OCID, award = ocid, own
		}
	}
	// The id of a release has no "#", says the schema, and no word on an ocid.
	release.ID = strings.ReplaceAll(release.OCID, "#", "-") + "-" + it.ID.String() + "-" + strings.ReplaceAll(it.RecordedAt.Format(time.RFC3339), ":", "")
	status, extent := statusOf(it), models.Full
	if it.Status != nil {
		extent = it.Status.Span.Extent
	}
	c := ocdsContract{ID: contract, AwardID: award, Title: d.Name, Description: d.Summary, Status: contractStatus(status, extent), Milestones: w.steps[it.ID]}
	slices.SortStableFunc(c.Milestones, func(a, b ocdsMilestone) int { return a.day.Compare(b.day) })
	a := ocdsAward{ID: award, Title: d.Name}
	switch c.Status {
	case "pending", "active", "cancelled":
		a.Status = c.Status
	case "terminated":
		a.Status = "active" // the award stood, whatever ended the contract
	}
	switch {
	case d.Value == nil:
	case strings.Contains(ocdsCurrencies, d.Value.Currency):
		c.Value = &ocdsValue{json.Number(d.Value.Amount), d.Value.Currency}
		a.Value = c.Value
	default:
		c.Description = sentence(c.Description, "value: "+d.Value.Amount+" "+d.Value.Currency)
	}
	if period := (ocdsPeriod{instant(d.Start), instant(d.End)}); period != (ocdsPeriod{}) {
		c.Period = &period
	}
	c.Description = sentence(c.Description, inWords("start", d.Start), inWords("end", d.End))
	for _, citation := range d.Citations {
		cited := func(d ocdsDocument) bool { return d.ID == citation.Source.String() } // documents are unique, citations of their pages are not
		if s := w.sources[citation.Source]; s != nil && !slices.ContainsFunc(c.Documents, cited) {
			c.Documents = append(c.Documents, ocdsDocument{citation.Source.String(), s.Title, s.URL})
		}
	}
	release.Parties = w.parties[it.ID]
	for i, p := range release.Parties {
		known := w.details[uuid.MustParse(p.ID)]
		known.ID, known.Name, known.Roles = p.ID, p.Name, p.Roles
		release.Parties[i] = known
	}
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

// end refuses to write a package without a release, which OCDS does not have.
func (w *ocds) end() error {
	if !w.begun {
		return models.Errorf(models.ErrNotFound, "There is no contract among these records, and contracts are all that OCDS has room for. Take another format, such as csv.")
	}
	w.write("\n]}\n")
	return w.failed
}

// uri is a link as RFC 3986 has it: what only RFC 3987 allows is written in percent, as its section
// 3.1 says.
func uri(link string) string {
	var out strings.Builder
	for _, b := range []byte(link) {
		if b <= ' ' || b >= 0x7F || strings.IndexByte("\"<>\\^`{|}", b) >= 0 {
			fmt.Fprintf(&out, "%%%02X", b)
		} else {
			out.WriteByte(b)
		}
	}
	return out.String()
}
