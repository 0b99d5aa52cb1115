package imports

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// ocdsReader reads the Open Contracting Data Standard 1.1 and 1.2: packages of releases or of
// records, single ones, and lines of them. What belongs to one contracting process is one row.
type ocdsReader struct {
	*content
	opts      *settings
	processes map[string]*process
	// from is the source of the package that is read, packages those that were, by what they say.
	from *item
	// ours says that a package is an export of a tracker.
	ours     bool
	packages map[string]*item
	order    []*process
}

// process is one contracting process with all its releases.
type process struct {
	ocid     string
	row      int
	releases []ocdsRelease
	// from is what the package says of itself in which the first release was found.
	from *item
	// ours says that the package is an export of a tracker.
	ours bool
}

// ocdsPackage is anything that a file may hold: a package, a record or a release.
type ocdsPackage struct {
	OCID          string `json:"ocid"`
	URI           string `json:"uri"`
	PublishedDate string `json:"publishedDate"`
	Publisher     *struct {
		Name   string `json:"name"`
		Scheme string `json:"scheme"`
		UID    text   `json:"uid"`
	} `json:"publisher"`
	Releases        []ocdsRelease `json:"releases"`
	Records         []ocdsPackage `json:"records"`
	CompiledRelease *ocdsRelease  `json:"compiledRelease"`
	// release is what it is where it is no package and no record; unread are members that are not read
	// of what is.
	release ocdsRelease
	unread  []string
}

// UnmarshalJSON reads what it is.
func (p *ocdsPackage) UnmarshalJSON(data []byte) error {
	type plain ocdsPackage
	if err := json.Unmarshal(data, (*plain)(p)); err != nil {
		return err
	}
	if len(p.Releases)+len(p.Records) == 0 && p.CompiledRelease == nil {
		return json.Unmarshal(data, &p.release)
	}
	for _, member := range unread(data, reflect.TypeFor[plain]()) {
		if !strings.Contains(member, ".") || strings.HasPrefix(member, "publisher.") {
			p.unread = append(p.unread, member)
		}
	}
	return nil
}

type ocdsRelease struct {
	OCID    string      `json:"ocid"`
	ID      text        `json:"id"`
	URL     string      `json:"url"`
	Date    string      `json:"date"`
	Parties []ocdsParty `json:"parties"`
	Buyer   *ocdsParty  `json:"buyer"`
	Tender  struct {
		Title string `json:"title"`
	} `json:"tender"`
	Awards    []ocdsContract `json:"awards"`
	Contracts []ocdsContract `json:"contracts"`
	// unread are the members that are not read; those by which the format describes itself aside.
	unread []string
}

// ocdsOwn are members that say something of the file, and nothing of the world.
var ocdsOwn = []string{"tag", "language", "initiationType", "version", "extensions"}

// UnmarshalJSON reads a release, and notes what is not read of it.
func (r *ocdsRelease) UnmarshalJSON(data []byte) error {
	type plain ocdsRelease
	if err := json.Unmarshal(data, (*plain)(r)); err != nil {
		return err
	}
	r.unread = slices.DeleteFunc(unread(data, reflect.TypeFor[plain]()), func(member string) bool { return slices.Contains(ocdsOwn, member) })
	return nil
}

// linked says that it is only told where the release is.
func (r ocdsRelease) linked() bool {
	return r.URL != "" && len(r.Parties)+len(r.Awards)+len(r.Contracts) == 0
}

type ocdsParty struct {
	ID         text      `json:"id"`
	Name       string    `json:"name"`
	Identifier *ocdsID   `json:"identifier"`
	Additional []ocdsID  `json:"additionalIdentifiers"`
	Roles      []string  `json:"roles"`
	Address    *ocdsHome `json:"address"`
}

type ocdsHome struct {
	Country     string `json:"country"`
	CountryName string `json:"countryName"`
}

type ocdsID struct {
	Scheme    string `json:"scheme"`
	ID        text   `json:"id"`
	LegalName string `json:"legalName"`
}

// ocdsContract is an award or a contract.
type ocdsContract struct {
	ID              text            `json:"id"`
	AwardID         text            `json:"awardID"`
	Title           string          `json:"title"`
	Description     string          `json:"description"`
	Status          string          `json:"status"`
	StatusDetails   string          `json:"statusDetails"`
	FinalStatus     string          `json:"finalStatus"`
	FinalStatusDate string          `json:"finalStatusDate"`
	Date            string          `json:"date"`
	DateSigned      string          `json:"dateSigned"`
	Value           *ocdsValue      `json:"value"`
	Suppliers       []ocdsParty     `json:"suppliers"`
	Period          *ocdsPeriod     `json:"period"`
	ContractPeriod  *ocdsPeriod     `json:"contractPeriod"`
	Amendments      []ocdsAmendment `json:"amendments"`
	Milestones      []ocdsMilestone `json:"milestones"`
}

type ocdsMilestone struct {
	ID      text   `json:"id"`
	Code    string `json:"code"`
	Status  string `json:"status"`
	DateMet string `json:"dateMet"`
	DueDate string `json:"dueDate"`
}

type ocdsValue struct {
	Amount   json.Number `json:"amount"`
	Currency string      `json:"currency"`
}

type ocdsPeriod struct {
	Start string `json:"startDate"`
	End   string `json:"endDate"`
}

type ocdsAmendment struct {
	ID          text   `json:"id"`
	Date        string `json:"date"`
	Description string `json:"description"`
	Rationale   string `json:"rationale"`
}

// text is an id that may be written as a number.
type text string

// UnmarshalJSON takes a string, a number or null.
func (t *text) UnmarshalJSON(data []byte) error {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	switch value := value.(type) {
	case nil:
	case string:
		*t = text(value)
	default:
		*t = text(data)
	}
	return nil
}

func (r *ocdsReader) read(number int, object json.RawMessage) error {
	var p ocdsPackage
	if err := json.Unmarshal(object, &p); err != nil {
		row, tooMany := r.row("", number, nil)
		r.problem(row, "", CodeFormat, "This is no release or record of OCDS: %s.", strings.TrimPrefix(err.Error(), "json: "))
		return tooMany
	}
	r.from = r.describe(p)
	r.ours = strings.HasSuffix(p.URI, exportedOCDS)
	return r.unpack(number, p)
}

func (r *ocdsReader) unpack(number int, p ocdsPackage) error {
	for _, record := range p.Records {
		if err := r.unpack(number, record); err != nil {
			return err
		}
	}
	releases := slices.DeleteFunc(slices.Clone(p.Releases), ocdsRelease.linked)
	if len(releases) == 0 && p.CompiledRelease != nil {
		releases = []ocdsRelease{*p.CompiledRelease}
	}
	if len(releases) == 0 && len(p.Releases) > 0 {
		row, err := r.row("ocid "+p.OCID, number, nil)
		r.problem(row, "releases", CodeMissing, "This record only says where its releases are. Import those files, or one with compiled releases.")
		return err
	}
	if len(releases) == 0 && len(p.Records) == 0 {
		releases = []ocdsRelease{p.release}
	}
	for _, member := range p.unread {
		if !slices.Contains(ocdsOwn, member) {
			r.lose(-1, member, "")
		}
	}
	for _, release := range releases {
		if release.OCID = cmp.Or(release.OCID, p.OCID); release.OCID == "" {
			row, err := r.row("releases", number, nil)
			r.problem(row, "ocid", CodeMissing, "This release has no ocid, so that it is not known to which contracting process it belongs.")
			if err != nil {
				return err
			}
			continue
		}
		one := r.processes[release.OCID]
		if one == nil {
			row, err := r.row("ocid "+release.OCID, len(r.order)+1, nil)
			if err != nil {
				return err
			}
			one = &process{ocid: release.OCID, row: row, from: r.from, ours: r.ours}
			r.processes[release.OCID] = one
			r.order = append(r.order, one)
		}
		one.releases = append(one.releases, release)
	}
	return nil
}

// describe makes a source of what a package says of itself; nil when it says nothing. The first one
// is what the import is called after.
func (r *ocdsReader) describe(p ocdsPackage) *item {
	if p.Publisher == nil && p.URI == "" || strings.HasSuffix(p.URI, exportedOCDS) {
		return nil // what a tracker tells is no source of it
	}
	name := ""
	if p.Publisher != nil {
		name = p.Publisher.Name
	}
	said := name + "\x00" + models.NormalURL(p.URI)
	if known := r.packages[said]; known != nil {
		return known
	}
	s := &models.Source{Kind: "dataset", Title: "Contracting data (OCDS)"}
	it := &item{row: -1, orphan: true, doc: s}
	if models.ValidHTTPURL(p.URI) == "" {
		s.URL = p.URI
	}
	if date, err := readDate(p.PublishedDate, ""); err == nil {
		s.Published = date
	}
	if name != "" {
		s.Title = "Contracting data (OCDS) published by " + name
		publisher := &item{row: -1, key: "ocds publisher", uncited: true, guessed: true, from: it,
			doc: &models.Entity{Kind: models.KindOrganization, Name: name}}
		if r.content.source != nil {
			publisher.key += " " + models.Fold(name)
		}
		if p.Publisher.UID != "" {
			publisher.entity().Identifiers = identifiersOf([]ocdsID{{Scheme: p.Publisher.Scheme, ID: p.Publisher.UID}})
		}
		s.Publishers = []uuid.UUID{uuid.Nil}
		it.refer(entityRef("publisher", "/publishers/0", publisher.key, func(id uuid.UUID) { s.Publishers[0] = id }))
		r.add(publisher)
	}
	r.packages[said] = it
	if r.content.source == nil {
		r.content.source = it
	} else {
		r.add(it)
	}
	return it
}

// exportedOCDS is how the addresses of packages end that are exports of a tracker.
const exportedOCDS = "/exports/ocds"

func identifiersOf(ids []ocdsID) []models.Identifier {
	var list []models.Identifier
	for _, id := range ids {
		scheme := strings.ToLower(strings.ReplaceAll(id.Scheme, " ", "-"))
		if scheme == "xi-lei" { // as org-id.guide has it
			scheme = "lei"
		}
		one := models.Identifier{Scheme: scheme, Value: strings.TrimSpace(string(id.ID))}
		if scheme != "" && one.Value != "" && !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

func (r *ocdsReader) finish() error {
	for _, one := range r.order {
		slices.SortStableFunc(one.releases, func(a, b ocdsRelease) int { return strings.Compare(a.Date, b.Date) })
		(&compiling{ocdsReader: r, process: one, parties: map[string]*item{}, roles: map[string][]string{}}).compile()
	}
	return nil
}

// compiling joins the releases of one process, the later ones over the earlier.
type compiling struct {
	*ocdsReader
	*process
	title string
	// parties are entities by the ids that the process gives them, roles what they do in it.
	parties map[string]*item
	roles   map[string][]string
	ids     []string
	deals   []*deal
}

// deal is a contract with the award that led to it, or an award without one yet.
type deal struct {
	award, contract   *ocdsContract
	suppliers         []string
	steps             []ocdsStep
	amendments        []ocdsAmendment
	release, lastDate string
	// goesOn is the release by which the contract was active after its period had ended; "" for none.
	goesOn string
}

type ocdsStep struct {
	status    models.Status
	effective models.Date
	announced models.Date
	release   string
	// held says that it has no date of its own: it held by the day of its release.
	held bool
	// shown is the day of the release that says so, where it is no earlier than the step; whenever the
	// package was put together, this is what was known then.
	shown models.Day
	// id is that of the status change that an export of ours tells; zero for others.
	id uuid.UUID
}

func (c *compiling) compile() {
	first := len(c.items)
	for _, release := range c.releases {
		for _, member := range release.unread {
			c.lose(c.row, member, "")
		}
		c.loseIf(release.URL != "", "url", "")
		c.title = cmp.Or(release.Tender.Title, c.title)
		for _, party := range release.Parties {
			c.party(party, "", "parties")
		}
		if release.Buyer != nil {
			c.party(*release.Buyer, "buyer", "buyer")
		}
		for i := range release.Awards {
			c.award(release, &release.Awards[i])
		}
		for i := range release.Contracts {
			c.contract(release, &release.Contracts[i])
		}
	}
	titled := false
	for _, d := range c.deals {
		titled = c.enter(d) == c.title || titled
	}
	c.loseIf(c.title != "" && !titled && len(c.deals) > 0, "tender.title", "awards and contracts have titles of their own")
	if len(c.deals) == 0 {
		c.notice("Contracting processes without an award or a contract enter only who takes part in them.")
	}
	for _, it := range c.items[first:] {
		it.less = c.process.ours
	}
}

// from is what the package of the process says of itself.
func (c *compiling) from() *item { return c.process.from }

// loseIf tells that a member of the process is not kept.
func (c *compiling) loseIf(lost bool, member, why string) {
	if lost {
		c.lose(c.row, member, why)
	}
}

// party notes an entity and its roles, which stands under a member; it gives the key under which it
// stands here.
func (c *compiling) party(p ocdsParty, role, at string) string {
	id := cmp.Or(string(p.ID), models.Fold(p.Name))
	if id == "" {
		return "" // seen in the wild: an empty buyer
	}
	if role != "" {
		p.Roles = append(slices.Clone(p.Roles), role)
	}
	for _, one := range p.Roles {
		c.loseIf(contractRoles[one] == "", at+".roles", "a contract has no such party")
		if !slices.Contains(c.roles[id], one) {
			c.roles[id] = append(c.roles[id], one)
		}
	}
	known := c.parties[id]
	if known == nil {
		name := cmp.Or(p.Name, string(p.ID))
		known = &item{row: c.row, key: "party " + id + " " + models.Fold(name), uncited: true, guessed: true, from: c.from(), doc: &models.Entity{Name: name}}
		c.parties[id] = known
		c.ids = append(c.ids, id)
		c.add(known)
	}
	e := known.entity()
	e.Kind = kindOfRoles(c.roles[id])
	c.loseIf(p.Name != "" && models.Fold(p.Name) != models.Fold(e.Name), at+".name", "the party has another name elsewhere")
	for i, identifier := range slices.Concat(identified(p), p.Additional) {
		member := at + ".identifier"
		if i >= len(identified(p)) {
			member = at + ".additionalIdentifiers"
		}
		c.loseIf(identifier.ID != "" && identifier.Scheme == "", member, "it has no scheme")
		c.loseIf(identifier.ID == "" && identifier.Scheme != "", member, "it has no id")
		legal := models.Name{Text: identifier.LegalName, Type: "alias"}
		if legal.Text != "" && models.Fold(legal.Text) != models.Fold(e.Name) && !slices.Contains(e.Names, legal) {
			e.Names = append(e.Names, legal)
		}
	}
	p.Additional = append(identified(p), p.Additional...)
	for _, identifier := range identifiersOf(p.Additional) {
		if !slices.Contains(e.Identifiers, identifier) {
			e.Identifiers = append(e.Identifiers, identifier)
		}
	}
	if p.Address != nil && len(e.Places) == 0 {
		if code := c.opts.countries.code(cmp.Or(p.Address.Country, p.Address.CountryName)); models.ValidPlace(code) {
			e.Places = []string{code}
		} else if code != "" {
			c.lose(c.row, at+".address", "no code or name of a country that is known")
		}
	}
	return id
}

// identified is the main identifier of a party, where it has one.
func identified(p ocdsParty) []ocdsID {
	if p.Identifier == nil {
		return nil
	}
	return []ocdsID{*p.Identifier}
}

func kindOfRoles(roles []string) models.EntityKind {
	switch {
	case slices.ContainsFunc(roles, func(role string) bool { return role == "buyer" || role == "procuringEntity" || role == "payer" }):
		return models.KindUnit
	case slices.ContainsFunc(roles, func(role string) bool {
		return role == "supplier" || role == "tenderer" || role == "payee" || role == "subcontractor" || role == "enquirer"
	}):
		return models.KindCompany
	}
	return models.KindOrganization
}

func (c *compiling) award(release ocdsRelease, award *ocdsContract) {
	d := c.dealOf(func(d *deal) bool { return d.award != nil && d.award.ID == award.ID })
	d.award, d.release, d.lastDate = overlaid(d.award, award), string(release.ID), release.Date
	d.amendments = append(d.amendments, award.Amendments...)
	for _, supplier := range award.Suppliers {
		if id := c.party(supplier, "supplier", "awards.suppliers"); id != "" && !slices.Contains(d.suppliers, id) {
			d.suppliers = append(d.suppliers, id)
		}
	}
	c.loseIf(award.AwardID != "", "awards.awardID", "")
	c.loseIf(award.StatusDetails != "", "awards.statusDetails", "")
	c.loseIf(award.DateSigned != "", "awards.dateSigned", "an award is not signed")
	c.loseIf(len(award.Milestones) > 0, "awards.milestones", "they tell no status")
	c.loseIf(award.FinalStatusDate != "" && award.FinalStatus == "", "awards.finalStatusDate", "there is no final status")
	if d.contract != nil || slices.ContainsFunc(release.Contracts, func(one ocdsContract) bool { return release.follows(one, award.ID) }) {
		c.loseIf(award.Date != "", "awards.date", "the contract says when it was signed")
		return // the contract says more
	}
	switch cmp.Or(award.FinalStatus, award.Status) {
	case "cancelled", "unsuccessful":
		d.step(release, "cancelled", award.Date, award.FinalStatusDate)
	case "pending", "active", "successful":
		d.step(release, "pending", d.award.Date, award.FinalStatusDate)
	case "":
		if award.Date != "" { // an award that says its day was made, whatever else it leaves out
			d.step(release, "pending", award.Date, "")
		}
	default:
		c.lose(c.row, "awards.status", "")
	}
}

// loseAward tells what an award says otherwise than the contract that followed it.
func (c *compiling) loseAward(d *deal) {
	a, s := d.award, d.contract
	if s == nil {
		return
	}
	const otherwise = "the contract says otherwise"
	c.loseIf(a.Title != "" && s.Title != "" && a.Title != s.Title, "awards.title", otherwise)
	c.loseIf(a.Description != "" && s.Description != "" && a.Description != s.Description, "awards.description", otherwise)
	c.loseIf(a.Value != nil && s.Value != nil && *a.Value != *s.Value, "awards.value", otherwise)
	c.loseIf(a.ContractPeriod != nil && s.Period != nil && *a.ContractPeriod != *s.Period, "awards.contractPeriod", otherwise)
}

// overlaid puts a later release of an award or a contract over the earlier ones: what it does not
// say stays.
func overlaid(before, later *ocdsContract) *ocdsContract {
	if before == nil {
		return later
	}
	all := *before
	to, from := reflect.ValueOf(&all).Elem(), reflect.ValueOf(later).Elem()
	for i := range from.NumField() {
		if !from.Field(i).IsZero() {
			to.Field(i).Set(from.Field(i))
		}
	}
	return &all
}

func (c *compiling) contract(release ocdsRelease, contract *ocdsContract) {
	d := c.dealOf(func(d *deal) bool {
		return d.contract != nil && d.contract.ID == contract.ID ||
			d.contract == nil && d.award != nil && release.follows(*contract, d.award.ID)
	})
	d.contract, d.release, d.lastDate = overlaid(d.contract, contract), string(release.ID), release.Date
	contract = d.contract
	d.amendments = append(d.amendments, contract.Amendments...)
	if d.award == nil {
		for _, other := range c.deals { // a further contract of an award
			if other.award != nil && other.award.ID == contract.AwardID {
				d.suppliers = other.suppliers
			}
		}
	}
	if d.told(release, contract.Milestones) {
		return
	}
	c.loseIf(contract.AwardID != "" && d.award != nil && d.award.ID != contract.AwardID, "contracts.awardID", "there is no such award; the one with the contract's id is taken")
	c.loseIf(len(contract.Suppliers) > 0, "contracts.suppliers", "awards name them")
	c.loseIf(len(contract.Milestones) > 0, "contracts.milestones", "they tell no status")
	c.loseIf(contract.Date != "" && contract.Status != "pending", "contracts.date", "")
	c.loseIf(contract.FinalStatusDate != "" && contract.FinalStatus == "" && contract.Status != "cancelled" && contract.Status != "terminated", "contracts.finalStatusDate", "there is no final status")
	c.loseIf(!slices.Contains([]string{"", "terminatedSuccessfully", "terminatedEarly", "cancelled", "unsuccessful"}, contract.FinalStatus), "contracts.finalStatus", "")
	c.loseIf(!slices.Contains([]string{"", "pending", "active", "cancelled", "terminated"}, contract.Status), "contracts.status", "")
	details := strings.TrimSpace(contract.StatusDetails)
	c.loseIf(details != "" && !strings.EqualFold(details, "suspended"), "contracts.statusDetails", "")
	d.goesOn = ""
	start, end := "", ""
	if contract.Period != nil {
		start, end = contract.Period.Start, contract.Period.End
	}
	switch final := contract.FinalStatus; {
	case final == "terminatedSuccessfully":
		d.step(release, "expired", cmp.Or(contract.FinalStatusDate, end), "")
	case final == "terminatedEarly":
		d.step(release, "terminated", contract.FinalStatusDate, "")
	case final == "cancelled" || final == "unsuccessful" || contract.Status == "cancelled":
		d.step(release, "cancelled", contract.FinalStatusDate, "")
	case contract.Status == "terminated" && end != "" && end <= release.Date:
		d.step(release, "expired", end, "")
	case contract.Status == "terminated":
		d.step(release, "terminated", contract.FinalStatusDate, "")
	case contract.Status == "active" || contract.Status == "" && contract.DateSigned != "":
		if len(release.Date) >= len("2014-10-20") && len(end) >= len("2014-10-20") && contract.Status == "active" && end[:10] < release.Date[:10] {
			d.goesOn = string(release.ID)
		}
		d.step(release, "active", cmp.Or(contract.DateSigned, start, d.awardedOn(release.Date)), "")
		if strings.EqualFold(strings.TrimSpace(contract.StatusDetails), "suspended") {
			d.step(release, "suspended", "", "") // OCDS 1.1 has no such status, and publishers say it there
		}
	case contract.Status == "pending":
		d.step(release, "pending", contract.Date, "")
	}
}

// follows reports whether a contract comes of an award: it names that, or has its id and names none
// that is in the release.
func (r ocdsRelease) follows(contract ocdsContract, award text) bool {
	return contract.AwardID == award || contract.ID == award && !slices.ContainsFunc(r.Awards, func(one ocdsContract) bool { return one.ID == contract.AwardID })
}

// awardedOn is the day of the award where a release of the same day tells a contract: it can have begun
// neither earlier nor later. "" for any other.
func (d *deal) awardedOn(released string) string {
	if d.award == nil || len(d.award.Date) < len("2014-10-20") || len(released) < len("2014-10-20") || d.award.Date[:10] != released[:10] {
		return ""
	}
	return d.award.Date
}

func (c *compiling) dealOf(is func(*deal) bool) *deal {
	if i := slices.IndexFunc(c.deals, is); i >= 0 {
		return c.deals[i]
	}
	c.deals = append(c.deals, &deal{})
	return c.deals[len(c.deals)-1]
}

// step adds a status when it differs from the one before. Without a date of its own, the status
// held by the day of the release.
func (d *deal) step(release ocdsRelease, status models.Status, date, other string) bool {
	if n := len(d.steps); n > 0 && d.steps[n-1].status == status {
		return false
	}
	announced, _ := readDate(release.Date, "") // a release without a date announces nothing
	effective, err := readDate(cmp.Or(other, date), "")
	held := (err != nil || effective.IsZero()) && !announced.IsZero()
	if held {
		effective, err = models.ParseDate("[.." + announced.Text + "]")
	}
	if err != nil || effective.IsZero() {
		return false
	}
	one := ocdsStep{status: status, effective: effective, announced: announced, release: string(release.ID), held: held}
	if day := announced.Latest; !day.IsZero() && !day.Before(effective.StepDay()) {
		one.shown = day
	}
	d.steps = append(d.steps, one)
	return true
}

// ownID is an id of this product; zero for any other text.
func ownID(text string) uuid.UUID {
	if id, err := uuid.Parse(text); err == nil && id.Version() == 7 && len(text) == 36 {
		return id
	}
	return uuid.Nil
}

// told takes the steps that milestones tell in our own codes, as our exports write them: they say
// more than the status of a release does. It is false where there are none.
func (d *deal) told(release ocdsRelease, milestones []ocdsMilestone) bool {
	var steps []ocdsMilestone
	for _, m := range milestones {
		if slices.Contains(models.StatusesOf(models.SubjectContract).Values(), m.Code) && (m.Status == "met" || m.Status == "scheduled") {
			steps = append(steps, m)
		}
	}
	if len(steps) == 0 {
		return false
	}
	d.steps = nil // each release tells all of them
	for i, m := range steps {
		// One in the middle without a date cannot be placed in time.
		if day := cmp.Or(m.DateMet, m.DueDate); day != "" || i == len(steps)-1 && m.Status == "met" {
			if before := len(d.steps); d.step(release, models.Status(m.Code), day, "") {
				d.steps[before].id = ownID(string(m.ID))
				d.steps[before].shown = models.Day{} // which they say of themselves
			}
		}
	}
	return true
}

// settled are the steps but those that are known only to have held by the day of a release, when
// what followed them happened before that day.
func (d *deal) settled() []ocdsStep {
	var steps []ocdsStep
	for i, step := range d.steps {
		overtaken := step.held && slices.ContainsFunc(d.steps[i+1:], func(later ocdsStep) bool { return later.effective.Latest.Before(step.effective.Latest) })
		if !overtaken {
			steps = append(steps, step)
		}
	}
	return steps
}

// enter makes the contract, its parties, status changes and amendments; it gives the contract's name.
func (c *compiling) enter(d *deal) string {
	e := &models.Entity{Kind: models.KindContract}
	main := d.contract
	if main == nil {
		main = d.award
	}
	e.Name = cmp.Or(main.Title, c.title, "Contract "+string(main.ID))
	e.Summary = main.Description
	if d.award != nil {
		e.Name = cmp.Or(main.Title, d.award.Title, c.title, "Contract "+string(main.ID))
		e.Summary = cmp.Or(main.Description, d.award.Description)
		c.loseAward(d)
		e.Identifiers = append(e.Identifiers, models.Identifier{Scheme: "ocds-award", Value: c.ocid + "/" + string(d.award.ID)})
	}
	if d.contract != nil {
		c.loseIf(d.contract.AwardID != "" && d.award == nil && len(d.suppliers) == 0, "contracts.awardID", "there is no such award")
		e.Identifiers = append([]models.Identifier{{Scheme: "ocds-contract", Value: c.ocid + "/" + string(d.contract.ID)}}, e.Identifiers...)
	}
	c.value(e, d)
	c.period(e, d)
	key := "contract " + e.Identifiers[0].Value
	it := &item{row: c.row, key: key, doc: e, uncited: true, from: c.from(), locator: locatorOf(d.release)}
	c.add(it)

	for _, id := range c.ids {
		for _, role := range c.roles[id] {
			if role == "supplier" && !slices.Contains(d.suppliers, id) && len(d.suppliers) > 0 {
				continue // of another award
			}
			if name, ok := contractRoles[role]; ok {
				c.partyTo(c.parties[id], key, name, d)
			}
		}
	}
	for i, step := range d.settled() {
		s := &models.StatusChange{Status: step.status, Effective: step.effective, Announced: step.announced, Place: i}
		change := &item{row: c.row, doc: s, uncited: true, from: c.from(), locator: locatorOf(step.release), said: models.Citation{HoldsOn: step.shown}, id: step.id}
		if step.held {
			change.unsaid = []string{"effective", "announced", "place"}
		}
		change.refer(ref{column: "status", pointer: "/record", text: key, set: func(id uuid.UUID) { s.Record = id }})
		c.add(change)
	}
	c.amend(d, key)
	return e.Name
}

// contractRoles are the roles in which a party belongs to a contract; who merely bid does not.
var contractRoles = map[string]string{"supplier": "supplier", "buyer": "buyer", "procuringEntity": "procuring entity", "funder": "funder",
	"payer": "payer", "payee": "payee", "subcontractor": "subcontractor"}

func locatorOf(release string) string {
	if release == "" {
		return ""
	}
	return "release " + release
}

func (c *compiling) value(e *models.Entity, d *deal) {
	for _, from := range []*ocdsContract{d.contract, d.award} {
		if from == nil || from.Value == nil || e.Value != nil {
			continue
		}
		if from.Value.Amount == "" {
			member := "contracts.value"
			if from == d.award {
				member = "awards.value"
			}
			c.loseIf(from.Value.Currency != "", member, "there is no amount")
			continue
		}
		number, err := from.Value.Amount.Float64()
		if err != nil || number < 0 {
			c.problem(c.row, "value", CodeInvalid, "%q is no amount that can be kept.", clip(from.Value.Amount.String()))
			continue
		}
		currency := strings.ToUpper(strings.TrimSpace(from.Value.Currency))
		if currency == "" {
			c.notice("Values without a currency are left out.")
			continue
		}
		e.Value = &models.Money{Amount: decimal(strconv.FormatFloat(number, 'f', -1, 64), number), Currency: currency}
	}
}

func (c *compiling) period(e *models.Entity, d *deal) {
	for _, from := range []*ocdsContract{d.contract, d.award} {
		if from == nil || !e.Start.IsZero() || !e.End.IsZero() {
			continue
		}
		period := from.Period
		if period == nil {
			period = from.ContractPeriod
		}
		if period == nil {
			continue
		}
		end := period.End
		if d.goesOn != "" {
			c.lose(c.row, "contracts.period.endDate", "the release says that the contract is active after it; see which is right")
			end = ""
		}
		for _, one := range []struct {
			field string
			to    *models.Date
		}{{period.Start, &e.Start}, {end, &e.End}} {
			date, err := readDate(one.field, "")
			if err != nil {
				c.problem(c.row, "period", CodeDate, "%s", err)
			}
			*one.to = date
		}
	}
}

func (c *compiling) partyTo(party *item, contract, role string, d *deal) {
	link := &models.Relationship{Type: models.PartyTo, Role: role}
	it := &item{row: c.row, doc: link, uncited: true, from: c.from(), locator: locatorOf(d.release)}
	it.refer(entityRef("parties", "/subject", party.key, func(id uuid.UUID) { link.Subject = id }))
	it.refer(entityRef("contracts", "/object", contract, func(id uuid.UUID) { link.Object = id }))
	c.add(it)
}

// amend enters amendments as what the buyer says of the contract.
func (c *compiling) amend(d *deal, contract string) {
	seen := map[string]bool{}
	for i, a := range d.amendments {
		words := strings.TrimSpace(strings.Join([]string{a.Description, a.Rationale}, " "))
		name := fmt.Sprintf("%s amendment %s", contract, cmp.Or(string(a.ID), a.Date, strconv.Itoa(i)))
		if seen[name] {
			continue // each later release repeats it
		}
		seen[name] = true
		date, err := readDate(cmp.Or(a.Date, d.lastDate), "")
		if err != nil {
			c.problem(c.row, "amendments", CodeDate, "%s", err)
			continue
		}
		claim := &models.Claim{Stance: models.States, SaidOn: date, Text: "The contract was amended. " + words, About: []uuid.UUID{uuid.Nil},
			Speakers: []models.Speaker{{Description: "The publisher of the contracting data"}}}
		it := &item{row: c.row, key: name, doc: claim, uncited: true, from: c.from(), locator: locatorOf(d.release)}
		it.refer(entityRef("amendments", "/about/0", contract, func(id uuid.UUID) { claim.About[0] = id }))
		for _, id := range c.ids {
			if slices.Contains(c.roles[id], "buyer") {
				claim.Speakers[0].Description = ""
				it.refer(entityRef("buyer", "/speakers/0/entity", c.parties[id].key, func(id uuid.UUID) { claim.Speakers[0].Entity = &id }))
				break
			}
		}
		c.add(it)
	}
}
