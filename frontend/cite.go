package frontend

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// citePage says how to cite a page: first the sources that it rests on, then the page itself as it
// stood at one revision of the log.
type citePage struct {
	layout
	// Page is what is cited, Address where it can be seen again as it is now.
	Page    link
	Address string
	Size    int64
	At      time.Time
	Sources int
	More    bool
	Forms   []citeForm
	// Embed is what shows the page on another site; "" for what has no card.
	Embed string
}

// citeForm is the citation in one form.
type citeForm struct {
	ID   string
	Name *text
	Text string
	Rows int
}

// cited is one work of a citation.
type cited struct {
	key, title, url string
	// id is a source's.
	id uuid.UUID
	// by are authors, or else publishers; in is where it was published.
	by   []string
	in   string
	kind string
	date models.Date
	// version is a revision; "" for a source.
	version string
	// read is the day on which it is read: of the page itself alone, since nobody says that they read
	// its sources.
	read models.Day
	// shows are the statuses that a source is cited for, "Suspended, in part (some seats)"; itself says
	// that it is cited for more than those.
	shows  []string
	itself bool
}

// what says what a source is cited for, where that is a status.
func (w cited) what() string {
	switch {
	case len(w.shows) == 0:
		return ""
	case w.itself:
		return "also for the status: " + strings.Join(w.shows, "; ")
	}
	return "for the status: " + strings.Join(w.shows, "; ")
}

// mostCited bounds the sources of one citation.
const mostCited = 60

func (p *Pages) cite(c *gin.Context) (view, error) {
	values := c.Request.URL.Query()
	for name := range values {
		if name != "page" {
			return view{}, models.Errorf(models.ErrInvalid, "This page takes the parameter \"page\" alone: the address of the page that is to be cited.")
		}
	}
	target, err := url.Parse(values.Get("page"))
	if err != nil || values.Get("page") == "" || target.Host != "" || target.Scheme != "" || !strings.HasPrefix(target.Path, "/") {
		return view{}, models.Errorf(models.ErrInvalid, "Say which page is to be cited: its address on this site, beginning with /.")
	}
	_, target.Path = p.cutLanguage(target.Path)
	parameters := target.Query()
	m, err := services.ParseMoment(only(parameters, "as_of", "known_at"))
	if err != nil {
		return view{}, err
	}
	stats, err := p.services.Stats(c.Request.Context(), m)
	if err != nil {
		return view{}, err
	}
	title, sources, err := p.citable(c, target, m)
	if err != nil {
		return view{}, err
	}

	data := &citePage{layout: plainLayout("/cite", say("Cite"), ""), Size: stats.Size, At: stats.At, Page: link{URL: address(target.Path, parameters), Name: title}}
	if !parameters.Has("known_at") && !stats.At.IsZero() {
		parameters.Set("known_at", stats.At.Format(time.RFC3339Nano))
	}
	if parameters.Has("as_of") {
		title += ", as of " + stats.AsOf.Label()
	} else {
		parameters.Set("as_of", stats.AsOf.String())
	}
	data.Address = p.siteOf(c.Request) + address(target.Path, parameters)
	if len(sources) > mostCited {
		sources, data.More = sources[:mostCited], true
	}
	data.Sources = len(sources)
	if err := p.addAuthors(c, sources, m); err != nil {
		return view{}, err
	}
	page := cited{key: citeKey(target, stats.Size), title: title, url: data.Address, by: []string{"Plumbline"}, in: "Plumbline", kind: "dataset",
		version: fmt.Sprintf("revision %d", stats.Size), read: p.services.Today()}
	if !stats.At.IsZero() {
		page.date = models.DayOf(stats.At).Date() // of the revision, whatever day is asked about
	}
	works := append(sources, page)
	if card := embedPath(target.Path, target.Query()); card != "" {
		data.Embed = fmt.Sprintf("<iframe src=\"%s\" title=\"%s\" width=\"600\" height=\"420\" loading=\"lazy\"></iframe>", html.EscapeString(p.siteOf(c.Request)+card), html.EscapeString(title))
	}
	for _, form := range citeForms {
		text := form.write(works)
		data.Forms = append(data.Forms, citeForm{form.id, form.name, text, min(strings.Count(text, "\n")+2, 24)})
	}
	return view{template: "cite", data: data}, nil
}

// citeKey names a page at a revision: the same page has the same key, and no other one has.
func citeKey(target *url.URL, size int64) string {
	key := "plumbline" + notInKeys.ReplaceAllString(strings.TrimSuffix(target.Path, "/"), "-")
	if query := target.Query().Encode(); query != "" {
		sum := sha256.Sum256([]byte(query))
		key += fmt.Sprintf("-%x", sum[:4])
	}
	return fmt.Sprintf("%s-%d", key, size)
}

// notInKeys are runs of letters that keys of BibTeX do not have.
var notInKeys = regexp.MustCompile(`[^A-Za-z0-9]+`)

// addAuthors names the authors of sources.
func (p *Pages) addAuthors(c *gin.Context, works []cited, m services.Moment) error {
	var ids []uuid.UUID
	for _, w := range works {
		ids = append(ids, w.id)
	}
	return p.services.Gather(c.Request.Context(), models.Actor{}, models.TypeSource, ids, m, func(page services.Page) error {
		for _, r := range page.Records {
			i := slices.IndexFunc(works, func(w cited) bool { return w.id == r.ID })
			if source, ok := r.Document.(*models.Source); ok && i >= 0 && len(source.Authors) > 0 {
				works[i].by = source.Authors
			}
		}
		return nil
	})
}

// only gives some of the values.
func only(values url.Values, names ...string) url.Values {
	some := url.Values{}
	for _, name := range names {
		if list := values[name]; len(list) > 0 {
			some[name] = list
		}
	}
	return some
}

// citable finds what a page is called, and the sources that it rests on.
func (p *Pages) citable(c *gin.Context, target *url.URL, m services.Moment) (string, []cited, error) {
	ctx := c.Request.Context()
	folder, name, _ := strings.Cut(strings.Trim(target.Path, "/"), "/")
	if list, ok := wholeLists()[target.Path]; ok {
		return p.citableList(c, target, list)
	}
	switch {
	case target.Path == "/":
		_, works, err := p.citableList(c, target, wholeLists()["/supplies"])
		return "Plumbline", works, err
	case target.Path == "/timeline" || target.Path == "/supplies/matrix":
		return p.citableList(c, target, wholeLists()["/supplies"])
	case target.Path == "/network" && target.Query().Has("entity"):
		title, works, err := p.citable(c, &url.URL{Path: "/entities/" + target.Query().Get("entity")}, m)
		return "Network of " + title, works, err
	case name == "":
		return "Plumbline: " + strings.ReplaceAll(folder, "-", " "), nil, nil
	}
	if _, known := kindOfFolder(folder); !known && folder != "entities" && folder != "records" && folder != "sources" {
		return "Plumbline: " + target.Path, nil, nil
	}

	page, err := p.services.Get(ctx, models.Actor{}, "", name, m)
	if err != nil {
		return "", nil, err
	}
	record := page.Records[0]
	title := page.Refs[record.ID].Label()
	works := worksOf(page)
	if record.Type == models.TypeSource {
		works = []cited{workOf(page.Refs[record.ID])}
	}
	steps, err := p.worksOfStatuses(c, page.Records, m)
	if err != nil {
		return "", nil, err
	}
	works = append(works, steps...)
	if record.Type == models.TypeEntity {
		q := services.Query{Moment: m, Limit: 100}
		read := func() (services.Page, error) {
			return p.services.Involved(ctx, models.Actor{}, record.ID.String(), models.TypeRelationship, q)
		}
		if record.Document.(*models.Entity).Kind == models.KindCase {
			q.Filters = map[string][]string{"case": {record.ID.String()}}
			read = func() (services.Page, error) {
				return p.services.List(ctx, models.Actor{}, models.TypeRelationship, q)
			}
		}
		links, err := read()
		if err != nil {
			return "", nil, err
		}
		steps, err := p.worksOfStatuses(c, links.Records, m)
		if err != nil {
			return "", nil, err
		}
		works = append(append(works, worksOf(links)...), steps...)
	}
	return title, distinctWorks(works), nil
}

func kindOfFolder(folder string) (models.EntityKind, bool) {
	for kind, plural := range plurals {
		if plural == folder {
			return kind, true
		}
	}
	return "", false
}

// citableList is a list with the sources of its first page.
func (p *Pages) citableList(c *gin.Context, target *url.URL, list wholeList) (string, []cited, error) {
	kind := map[string]models.RecordType{"relationships": models.TypeRelationship, "status-changes": models.TypeStatusChange, "claims": models.TypeClaim,
		"open-items": models.TypeOpenItem, "sources": models.TypeSource, "entities": models.TypeEntity}[list.path]
	q, err := services.ParseQuery(kind, without(target.Query(), "day[gte]", "day[lte]", "columns"))
	if err != nil {
		return "", nil, err
	}
	for name, values := range list.fixed {
		q.Filters[name] = values
	}
	page, err := p.services.List(c.Request.Context(), models.Actor{}, kind, q)
	if err != nil {
		return "", nil, err
	}
	title := listTitle(target, kind, calledIn(page.Refs))
	works := worksOf(page)
	if kind == models.TypeSource {
		works = nil
		for _, r := range page.Records {
			works = append(works, workOf(page.Refs[r.ID]))
		}
	}
	steps, err := p.worksOfStatuses(c, page.Records, q.Moment)
	if err != nil {
		return "", nil, err
	}
	return title, distinctWorks(append(works, steps...)), nil
}

// worksOfStatuses are the sources of the steps that the statuses of records come of, and of those that
// may have been taken or were announced: what a page says of a status, the sources of the record
// itself seldom say.
func (p *Pages) worksOfStatuses(c *gin.Context, records []services.Record, m services.Moment) ([]cited, error) {
	var ids []uuid.UUID
	subjects := map[uuid.UUID]models.StatusSubject{}
	for _, r := range records {
		if r.Status == nil {
			continue
		}
		subjects[r.ID] = r.Status.Subject
		if change := r.Status.Span.Change; change != nil {
			ids = append(ids, *change)
		}
		for _, step := range r.Status.Possible {
			ids = append(ids, step.Change)
		}
		for _, step := range r.Status.Announced {
			ids = append(ids, step.Change)
		}
	}
	var works []cited
	err := p.services.Gather(c.Request.Context(), models.Actor{}, models.TypeStatusChange, ids, m, func(page services.Page) error {
		for _, r := range page.Records {
			change := r.Document.(*models.StatusChange)
			words := stepWords(badgeOf(subjects[change.Record], change.Status, change.Extent, change.Scope), r.Announced != nil)
			for _, work := range worksOf(services.Page{Records: []services.Record{r}, Refs: page.Refs}) {
				work.shows, work.itself = []string{words}, false
				works = append(works, work)
			}
		}
		return nil
	})
	return works, err
}

// stepWords are a status in the words of a citation.
func stepWords(b badge, announced bool) string {
	words := b.Word
	if b.Partial {
		words += ", in part"
	}
	if b.Scope != "" {
		words += " (" + b.Scope + ")"
	}
	if announced {
		words += ", as was announced"
	}
	return words
}

// listTitles are what lists are called in a citation; the others are called as in their addresses.
var listTitles = map[string]string{"/": "Supplies", "/supplies/matrix": "Matrix of supplies", "/timeline": "Timeline of supplies", "/claims": "Claims and answers",
	"/open-items": "Questions, demands and commitments"}

// listTitle is what a list is called in a citation, with what narrows it: "Supplies (party: Microsoft;
// status: Disabled)". called are the names of records that its filters may name.
func listTitle(target *url.URL, kind models.RecordType, called map[string]string) string {
	title := listTitles[target.Path]
	if title == "" {
		words := strings.ReplaceAll(strings.TrimPrefix(target.Path, "/"), "-", " ")
		title = strings.ToUpper(words[:1]) + words[1:]
	}
	var filters []filter
	for _, parameter := range services.Parameters(kind) {
		f := filter{Name: parameter.Name, Label: say("%s", bounds.Replace(parameter.Name))}
		for _, value := range parameter.Values {
			f.Options = append(f.Options, option{Value: value, Label: codeLabel(parameter.Name, value)})
		}
		filters = append(filters, f)
	}
	var narrowed []string
	for _, one := range chips(target.Path, target.Query(), filters, called) {
		narrowed = append(narrowed, one.Words.in(english()))
	}
	if len(narrowed) == 0 {
		return title
	}
	return title + " (" + strings.Join(narrowed, "; ") + ")"
}

// worksOf are the sources that the records of a page cite.
func worksOf(page services.Page) []cited {
	var works []cited
	for _, r := range page.Records {
		for _, one := range r.Document.Cited() {
			if ref, ok := page.Refs[one.Source]; ok {
				works = append(works, workOf(ref))
			}
		}
	}
	return works
}

func workOf(source services.Ref) cited {
	work := cited{key: "source-" + source.ID.String()[24:], itself: true, id: source.ID, title: source.Name, url: source.URL, kind: source.Kind, date: source.Date}
	for _, publisher := range source.People {
		work.by = append(work.by, publisher.Name)
	}
	work.in = strings.Join(work.by, ", ")
	if source.ID == uuid.Nil {
		work.key = "source"
	}
	return work
}

// distinctWorks leaves each source once, with all that it is cited for: those of a status alone after
// the others, and of each the newest first.
func distinctWorks(works []cited) []cited {
	var list []cited
	places := map[string]int{}
	for _, w := range works {
		i, known := places[w.key]
		if !known {
			places[w.key] = len(list)
			list = append(list, w)
			continue
		}
		list[i].itself = list[i].itself || w.itself
		for _, status := range w.shows {
			if !slices.Contains(list[i].shows, status) {
				list[i].shows = append(list[i].shows, status)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b cited) int {
		if a.itself != b.itself {
			if a.itself {
				return -1
			}
			return 1
		}
		return b.date.Compare(a.date)
	})
	return list
}

// citeForms are the forms in which a citation comes.
var citeForms = []struct {
	id    string
	name  *text
	write func(works []cited) string
}{{"plain", say("Plain text"), plainCitation}, {"bibtex", say("%s", "BibTeX"), bibTeX}, {"csl", say("%s", "CSL-JSON"), cslJSON}, {"wikipedia", say("Wikipedia"), wikipedia}}

func plainCitation(works []cited) string {
	var out strings.Builder
	for _, w := range works {
		if len(w.by) > 0 {
			out.WriteString(strings.Join(w.by, ", ") + ". ")
		}
		fmt.Fprintf(&out, "“%s”.", w.title)
		if w.in != "" && w.in != strings.Join(w.by, ", ") {
			out.WriteString(" " + w.in + ".")
		}
		if !w.date.IsZero() {
			out.WriteString(" " + w.date.Label() + ".")
		}
		if w.version != "" {
			out.WriteString(" R" + w.version[1:] + ". CC BY 4.0.")
		}
		if w.url != "" {
			out.WriteString(" " + w.url)
			if !w.read.IsZero() {
				out.WriteString(" (read " + w.read.Label() + ")")
			}
			out.WriteString(".")
		}
		if what := w.what(); what != "" {
			fmt.Fprintf(&out, " [Cited %s.]", what)
		}
		out.WriteString("\n")
	}
	return out.String()
}

// texEscapes are letters that mean something to TeX.
var texEscapes = strings.NewReplacer(`\`, `\textbackslash{}`, "{", `\{`, "}", `\}`, "&", `\&`, "%", `\%`, "$", `\$`, "#", `\#`, "_", `\_`, "~", `\textasciitilde{}`, "^", `\textasciicircum{}`, "\n", " ")

func bibTeX(works []cited) string {
	var out strings.Builder
	for _, w := range works {
		fmt.Fprintf(&out, "@misc{%s,\n  title = {{%s}},\n", w.key, texEscapes.Replace(w.title))
		if len(w.by) > 0 {
			names := make([]string, len(w.by))
			for i, name := range w.by {
				names[i] = "{" + texEscapes.Replace(name) + "}"
			}
			fmt.Fprintf(&out, "  author = {%s},\n", strings.Join(names, " and "))
		}
		if w.in != "" && w.in != strings.Join(w.by, ", ") {
			fmt.Fprintf(&out, "  publisher = {{%s}},\n", texEscapes.Replace(w.in))
		}
		year, month, _ := dateParts(w.date)
		if year != 0 {
			fmt.Fprintf(&out, "  year = {%d},\n", year)
		}
		if month != 0 {
			fmt.Fprintf(&out, "  month = {%d},\n", month)
		}
		if plain := w.date.Plain(); len(plain) == len("2025-09-25") {
			fmt.Fprintf(&out, "  date = {%s},\n", plain)
		}
		var notes []string
		if year == 0 && !w.date.IsZero() {
			notes = append(notes, "published "+w.date.In(models.DateWhen))
		}
		if w.url != "" {
			fmt.Fprintf(&out, "  url = {%s},\n", strings.NewReplacer("{", "%7B", "}", "%7D", `\`, "%5C").Replace(w.url))
		}
		if !w.read.IsZero() {
			fmt.Fprintf(&out, "  urldate = {%s},\n", w.read)
		}
		if w.version != "" {
			notes = append(notes, w.version, "CC BY 4.0")
		}
		if what := w.what(); what != "" {
			notes = append(notes, "cited "+texEscapes.Replace(what))
		}
		if len(notes) > 0 {
			fmt.Fprintf(&out, "  note = {%s},\n", strings.Join(notes, "; "))
		}
		out.WriteString("}\n")
	}
	return out.String()
}

// dateParts are year, month and day of a date, as far as they are certain: 0 for what is not.
func dateParts(d models.Date) (year, month, day int) {
	for i, part := range strings.Split(d.Plain(), "-") {
		*[]*int{&year, &month, &day}[i], _ = strconv.Atoi(part) // "" is 0
	}
	return year, month, day
}

// cslItem is a work as https://citeproc-js.readthedocs.io/en/latest/csl-json has it.
type cslItem struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	Title     string    `json:"title"`
	Author    []cslName `json:"author,omitempty"`
	Container string    `json:"container-title,omitempty"`
	Publisher string    `json:"publisher,omitempty"`
	Issued    *cslDate  `json:"issued,omitempty"`
	Accessed  *cslDate  `json:"accessed,omitempty"`
	URL       string    `json:"URL,omitempty"`
	Version   string    `json:"version,omitempty"`
	License   string    `json:"license,omitempty"`
	Note      string    `json:"note,omitempty"`
}

type cslName struct {
	Literal string `json:"literal"`
}

// cslDate is a date by its parts, or in words where they would say more than is known.
type cslDate struct {
	Parts   [][]int `json:"date-parts,omitempty"`
	Circa   bool    `json:"circa,omitempty"`
	Literal string  `json:"literal,omitempty"`
}

// cslTypes are the types of works by the kinds of sources.
var cslTypes = map[string]string{"article": "article-newspaper", "investigation": "article-newspaper", "report": "report", "statement": "webpage", "filing": "legal_case",
	"post": "post", "dataset": "dataset", "internal_data": "document", "imported_file": "dataset", "other": "document"}

func cslDateOf(d models.Date) *cslDate {
	if d.IsZero() {
		return nil
	}
	out := &cslDate{}
	if plain, err := models.ParseDate(strings.TrimSuffix(d.Text, "~")); err == nil && plain.Plain() != "" {
		year, month, day := dateParts(plain)
		parts := slices.DeleteFunc([]int{year, month, day}, func(part int) bool { return part == 0 })
		out.Parts, out.Circa = [][]int{parts}, d.IsApproximate()
		return out
	}
	out.Literal = d.Label()
	return out
}

func cslJSON(works []cited) string {
	items := make([]cslItem, len(works))
	for i, w := range works {
		items[i] = cslItem{ID: w.key, Type: cslTypes[w.kind], Title: w.title, Publisher: w.in, Issued: cslDateOf(w.date), URL: w.url, Version: w.version}
		if items[i].Type == "article-newspaper" {
			items[i].Container, items[i].Publisher = w.in, ""
		}
		for _, name := range w.by {
			items[i].Author = append(items[i].Author, cslName{name})
		}
		if !w.read.IsZero() {
			items[i].Accessed = cslDateOf(w.read.Date())
		}
		if what := w.what(); what != "" {
			items[i].Note = "Cited " + what + "."
		}
		if w.version != "" {
			items[i].License = "https://creativecommons.org/licenses/by/4.0/"
		}
	}
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(items); err != nil {
		return "" // texts and numbers always encode
	}
	return out.String()
}

// wikiEscapes are letters that mean something in a template of Wikipedia.
var wikiEscapes = strings.NewReplacer("|", "{{!}}", "{{", "&#123;&#123;", "}}", "&#125;&#125;", "[", "&#91;", "]", "&#93;", "\n", " ")

func wikipedia(works []cited) string {
	var out strings.Builder
	for _, w := range works {
		fmt.Fprintf(&out, "{{cite web |title=%s", wikiEscapes.Replace(w.title))
		if w.url != "" {
			fmt.Fprintf(&out, " |url=%s", strings.NewReplacer("|", "%7C", " ", "%20", "}", "%7D", "{", "%7B").Replace(w.url))
		}
		if joined := strings.Join(w.by, ", "); w.in != joined {
			for n, name := range w.by {
				fmt.Fprintf(&out, " |author%d=%s", n+1, wikiEscapes.Replace(name))
			}
		}
		if w.in != "" {
			fmt.Fprintf(&out, " |publisher=%s", wikiEscapes.Replace(w.in))
		}
		if on := wikiDate(w.date); on != "" {
			fmt.Fprintf(&out, " |date=%s", on)
		}
		if w.version != "" {
			fmt.Fprintf(&out, " |version=%s |license=CC BY 4.0", w.version)
		}
		if !w.read.IsZero() {
			fmt.Fprintf(&out, " |access-date=%s", w.read)
		}
		out.WriteString("}}")
		if what := w.what(); what != "" {
			fmt.Fprintf(&out, " (cited %s)", wikiEscapes.Replace(what))
		}
		out.WriteString("\n")
	}
	return out.String()
}

// wikiDate is a date as the template takes it: an exact day, a month with its name, a year, or about
// a year; "" for what is vaguer, which it would refuse.
func wikiDate(d models.Date) string {
	switch plain := d.Plain(); {
	case len(plain) == len("2025-09"):
		return d.Label()
	case plain != "":
		return plain
	case len(d.Text) == len("2025~") && d.IsApproximate() && !d.IsUncertain():
		return "c. " + strings.TrimSuffix(d.Text, "~")
	}
	return ""
}
