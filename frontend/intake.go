package frontend

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"plumbline/models"
	"plumbline/services"
)

// intakes lists the pages on which members take articles in.
func (p *Pages) intakes(member func(string, services.Action, func(*gin.Context) (view, error)), post func(string, services.Action, int64, func(*gin.Context, models.Actor) (view, error))) {
	member("/intake", services.ActionIntake, p.intake)
	post("/intake", services.ActionIntake, mostArticle, p.takeIn)
	member("/intake/:id", services.ActionIntake, p.article)
	post("/intake/:id", services.ActionIntake, mostArticle, p.completeArticle)
	post("/intake/:id/draft", services.ActionIntake, mostForm, p.draftArticle)
}

// mostArticle bounds the form with an article's text, in bytes.
const mostArticle = 8 << 20

// intakePage asks for an article.
type intakePage struct {
	layout
	articleForm
	// Bookmark is what a bookmark runs that leads here with the address of the page one reads. The
	// policy keeps this page from running it, so it stands in a field, to be copied.
	Bookmark string
	Recent   []articleLine
}

// articleForm is what is typed of an article.
type articleForm struct {
	Action, Button                                      string
	URL, Text, Heading, Publisher, Published, AuthorsOf string
	// Fetches says that an address alone is enough.
	Fetches bool
	// Pasting says that the text is wanted first.
	Pasting bool
}

type articleLine struct {
	URL, Name, State, At string
}

// intake shows the form. An address in the page's own address is only typed in: what a link can
// do, others can have a member do.
func (p *Pages) intake(c *gin.Context) (view, error) {
	if _, err := moment(c, "url", "title"); err != nil {
		return view{}, err
	}
	page, err := p.intakePage(c, articleForm{URL: c.Query("url"), Heading: c.Query("title")})
	return view{template: "intake", data: page}, err
}

func (p *Pages) intakePage(c *gin.Context, form articleForm) (*intakePage, error) {
	form.Action, form.Button, form.Fetches = "/intake", "Find what it says", p.services.Fetches()
	page := &intakePage{layout: memberLayout("/intake", "Take an article in"), articleForm: form,
		Bookmark: "javascript:location.href='" + p.siteOf(c.Request) + "/intake?url='+encodeURIComponent(location.href)"}
	rows, err := p.services.Intakes(c.Request.Context(), p.actor(c))
	for _, row := range rows {
		line := articleLine{URL: "/intake/" + row.ID.String(), Name: services.IntakeTitle(row), At: instantText(row.CreatedAt), State: "Read"}
		switch {
		case row.ChangesetID != nil:
			line.State = "In a draft or proposal"
		case row.Problem != "":
			line.State = "Its text is missing"
		}
		page.Recent = append(page.Recent, line)
	}
	return page, err
}

// typedArticle reads the form, with everything that is wrong with it.
func (p *Pages) typedArticle(c *gin.Context) (articleForm, services.IntakeRequest, error) {
	form := articleForm{URL: strings.TrimSpace(c.PostForm("url")), Text: c.PostForm("text"), Heading: strings.TrimSpace(c.PostForm("title")),
		Publisher: strings.TrimSpace(c.PostForm("publisher")), Published: strings.TrimSpace(c.PostForm("published")), AuthorsOf: c.PostForm("authors")}
	request := services.IntakeRequest{URL: form.URL, Text: form.Text, Title: form.Heading, Publisher: form.Publisher, Authors: divide(form.AuthorsOf, "\n")}
	published, err := models.ParseDateWords(form.Published, p.services.Today())
	if err != nil {
		return form, request, wrong("published", err.Error())
	}
	request.Published = published
	return form, request, nil
}

func (p *Pages) takeIn(c *gin.Context, by models.Actor) (view, error) {
	form, request, err := p.typedArticle(c)
	if err == nil {
		var in services.Intake
		if in, err = p.services.TakeIn(c.Request.Context(), by, request); err == nil {
			return view{moved: "/intake/" + in.ID.String()}, nil
		}
	}
	page, failed := p.intakePage(c, form)
	if failed != nil {
		return view{}, failed
	}
	return p.again(view{template: "intake", data: page}, err)
}

// articlePage is an article with what was found in it.
type articlePage struct {
	layout
	articleForm
	ID      uuid.UUID
	Failure string
	Source  articleSource
	Pieces  []piece
	Groups  []foundGroup
	// Mine says that the reader took it in, and may correct what is said of it.
	Mine  bool
	Draft string
}

// articleSource says which source the article is.
type articleSource struct {
	Title, Authors, Language string
	Publishers               []string
	Published                models.Date
	// Known leads to the source where it is recorded already.
	Known string
}

// piece is a part of the text: plain, or a mark with its way to what was found there.
type piece struct {
	Text, ID, URL, Kind string
}

// foundGroup are suggestions of one kind.
type foundGroup struct {
	ID, Legend, Hint string
	Entries          []foundEntry
	// Folded groups are closed at first.
	Folded bool
}

// foundEntry is one suggestion, with what can be changed of it before it is taken.
type foundEntry struct {
	ID, Key, Mark         string
	Heading, Passage, Why string
	Missing               string
	Takes, Taken          bool
	Links                 []link
	Selects               []foundSelect
	Texts                 []foundText
}

type foundSelect struct {
	ID, Name, Label string
	Options         []pick
}

type foundText struct {
	ID, Name, Label, Value, Problem string
	Long                            bool
}

func (p *Pages) intakeOf(c *gin.Context) (services.Intake, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return services.Intake{}, models.Errorf(models.ErrNotFound, "There is no article at this address.")
	}
	return p.services.Intake(c.Request.Context(), p.actor(c), id)
}

func (p *Pages) article(c *gin.Context) (view, error) {
	in, err := p.intakeOf(c)
	if err != nil {
		return view{}, err
	}
	return view{template: "article", data: p.articlePage(c, in, nil)}, nil
}

// articlePage shows an intake. typed is what was sent of its form; nil for as it was found.
func (p *Pages) articlePage(c *gin.Context, in services.Intake, typed url.Values) *articlePage {
	s := in.Source
	page := &articlePage{layout: memberLayout("/intake", s.Title), ID: in.ID, Failure: in.Problem, Mine: in.AccountID == p.actor(c).Account}
	if s.Title == "" {
		page.Title = verbatim("An article")
	}
	page.articleForm = articleForm{Action: "/intake/" + in.ID.String(), Button: "Find what it says", URL: s.URL, Heading: s.Title, Publisher: in.Publisher, Fetches: p.services.Fetches(),
		AuthorsOf: strings.Join(s.Authors, "\n"), Published: s.Published.Label(), Pasting: in.Body == ""}
	if s.Published.IsZero() {
		page.Published = ""
	}
	page.Source = articleSource{Title: s.Title, Authors: strings.Join(s.Authors, ", "), Language: s.Language, Published: s.Published}
	for _, id := range s.Publishers {
		page.Source.Publishers = append(page.Source.Publishers, in.Refs[id].Label())
	}
	if in.Publisher != "" {
		page.Source.Publishers = append(page.Source.Publishers, in.Publisher)
	}
	if in.Known != nil {
		page.Source.Known = "/sources/" + in.Known.ID.String()
	}
	if in.ChangesetID != nil {
		page.Draft = "/drafts/" + in.ChangesetID.String()
	}
	page.Pieces = piecesOf(in)
	page.Groups = groupsOf(in, typed)
	return page
}

// suggestionID is the id of a suggestion's entry, markID that of its place in the text.
func suggestionID(key string) string { return "found-" + key }
func markID(key string) string       { return "mark-" + key }

// piecesOf cuts the text at what was found. Where two findings overlap, the first one's mark
// stands for both; a name leads to where it was found first.
func piecesOf(in services.Intake) []piece {
	var pieces []piece
	at := 0
	for _, one := range in.Suggestions {
		if one.Start < at {
			continue
		}
		if one.Start > at {
			pieces = append(pieces, piece{Text: in.Body[at:one.Start]})
		}
		pieces = append(pieces, piece{Text: one.Words, ID: markID(one.Key), URL: "#" + suggestionID(entryOf(in, one).Key), Kind: string(one.Kind)})
		at = one.End
	}
	return append(pieces, piece{Text: in.Body[at:]})
}

// entryOf is the suggestion in whose entry another one is shown: the first of the same name.
func entryOf(in services.Intake, one services.Suggestion) services.Suggestion {
	if one.Kind != services.SuggestName {
		return one
	}
	i := slices.IndexFunc(in.Suggestions, func(s services.Suggestion) bool {
		return s.Kind == services.SuggestName && slices.Equal(s.Entities, one.Entities)
	})
	return in.Suggestions[i]
}

// markOf is the mark that stands for a suggestion: its own, or the one that it overlaps with.
func markOf(in services.Intake, one services.Suggestion) string {
	at, key := 0, one.Key
	for _, other := range in.Suggestions {
		if other.Start < at {
			if other.Key == one.Key {
				return markID(key)
			}
			continue
		}
		at, key = other.End, other.Key
		if other.Key == one.Key {
			return markID(key)
		}
	}
	return markID(key)
}

// groupsOf sorts what was found by what it is, the steps first.
func groupsOf(in services.Intake, typed url.Values) []foundGroup {
	groups := []foundGroup{
		{ID: "steps", Legend: "Status changes", Hint: "Words that signal that something was supplied, restricted or ended."},
		{ID: "claims", Legend: "Claims", Hint: "Who says, admits, denies or declines what."},
		{ID: "new-names", Legend: "Names without a record", Folded: true},
		{ID: "names", Legend: "Known names", Hint: "Take one to have its record cite this article.", Folded: true},
		{ID: "dates", Legend: "Dates", Folded: true},
	}
	place := map[services.SuggestionKind]int{services.SuggestStatus: 0, services.SuggestClaim: 1, services.SuggestUnknown: 2, services.SuggestName: 3, services.SuggestDate: 4}
	for _, one := range in.Suggestions {
		if entryOf(in, one).Key != one.Key {
			continue
		}
		group := &groups[place[one.Kind]]
		group.Entries = append(group.Entries, newFoundEntry(in, one, typed))
	}
	for i := range groups {
		// What was taken is never hidden.
		groups[i].Folded = groups[i].Folded && !slices.ContainsFunc(groups[i].Entries, func(e foundEntry) bool { return e.Taken })
	}
	return slices.DeleteFunc(groups, func(g foundGroup) bool { return len(g.Entries) == 0 })
}

func newFoundEntry(in services.Intake, one services.Suggestion, typed url.Values) foundEntry {
	e := foundEntry{ID: suggestionID(one.Key), Key: one.Key, Mark: markOf(in, one), Heading: one.Words, Passage: in.Body[one.PassageStart:one.PassageEnd],
		Why: one.Why, Missing: one.Missing, Takes: one.Operation != nil, Taken: slices.Contains(typed["take"], one.Key)}
	for _, id := range one.Entities {
		e.Links = append(e.Links, link{URL: "/records/" + id.String(), Name: in.Refs[id].Label()})
	}
	if one.Operation == nil {
		if one.Kind == services.SuggestDate {
			e.Heading += ": " + one.Date.Label()
		}
		return e
	}
	e.ask(in, one, typed)
	return e
}

// ask gives the fields of a suggestion's operation, as it was found or as it was typed.
func (e *foundEntry) ask(in services.Intake, one services.Suggestion, typed url.Values) {
	choose := func(name, label, value string, options []pick) {
		field := foundSelect{ID: e.ID + "-" + name, Name: one.Key + ":" + name, Label: label, Options: options}
		if sent, ok := typed[field.Name]; ok {
			value = sent[0]
		}
		for i := range options {
			options[i].Checked = options[i].Value == value
		}
		e.Selects = append(e.Selects, field)
	}
	write := func(name, label, value string, long bool) {
		field := foundText{ID: e.ID + "-" + name, Name: one.Key + ":" + name, Label: label, Value: value, Long: long}
		if sent, ok := typed[field.Name]; ok {
			field.Value = sent[0]
		}
		e.Texts = append(e.Texts, field)
	}
	switch d := one.Operation.Data.(type) {
	case *models.StatusChange:
		e.Heading += " → " + strings.ReplaceAll(string(d.Status), "_", " ")
		if len(one.Records) > 0 {
			choose("record", "What changed", d.Record.String(), recordPicks(in, one.Records))
		}
		choose("status", "New status", string(d.Status), codePicks(models.StatusesOf(models.SubjectSupply)))
		choose("extent", "All of it, or a part?", string(d.Extent), codePicks(models.Extents()))
		write("scope", "Of which part", d.Scope, false)
		write("date", "When it took effect", dateWords(d.Effective), false)
	case *models.Claim:
		e.Heading += " → " + models.Stances().Label(string(d.Stance))
		write("text", "What is said", d.Text, true)
		choose("stance", "In what manner", string(d.Stance), codePicks(models.Stances()))
		write("date", "When it was said", dateWords(d.SaidOn), false)
		if len(one.Records) > 0 && len(d.About) > 0 {
			choose("record", "What it is about", d.About[0].String(), recordPicks(in, one.Records))
		}
		if len(d.Speakers) > 0 && d.Speakers[0].Entity == nil {
			write("described", "Who speaks", d.Speakers[0].Description, false)
		}
	case *models.Entity:
		if one.Kind == services.SuggestUnknown {
			write("name", "Name", d.Name, false)
			choose("kind", "What it is", string(d.Kind), codePicks(models.EntityKinds()))
		}
	}
}

func dateWords(d models.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.Label()
}

func codePicks(v models.Vocabulary) []pick {
	picks := make([]pick, len(v.Codes))
	for i, code := range v.Codes {
		picks[i] = pick{Value: code.Code, Label: code.Label}
	}
	return picks
}

func recordPicks(in services.Intake, ids []uuid.UUID) []pick {
	picks := make([]pick, len(ids))
	for i, id := range ids {
		picks[i] = pick{Value: id.String(), Label: in.Refs[id].Label()}
	}
	return picks
}

// completeArticle takes the text that could not be fetched, or what is corrected of the source.
func (p *Pages) completeArticle(c *gin.Context, by models.Actor) (view, error) {
	in, err := p.intakeOf(c)
	if err != nil {
		return view{}, err
	}
	form, request, err := p.typedArticle(c)
	if err == nil && in.Body == "" && strings.TrimSpace(request.Text) == "" && request.URL == in.URL {
		err = wrong("text", "Paste the text of the article.")
	}
	if err == nil {
		if _, err = p.services.CompleteIntake(c.Request.Context(), by, in.ID, request); err == nil {
			return view{moved: "/intake/" + in.ID.String()}, nil
		}
	}
	page := p.articlePage(c, in, nil)
	form.Action, form.Button, form.Pasting = page.Action, page.Button, page.Pasting
	page.articleForm = form
	return p.again(view{template: "article", data: page}, err)
}

// draftArticle makes a draft of what was taken, and leads to its check.
func (p *Pages) draftArticle(c *gin.Context, by models.Actor) (view, error) {
	in, err := p.intakeOf(c)
	if err != nil {
		return view{}, err
	}
	accepted, problems := taken(in, c.Request.PostForm)
	if len(problems) == 0 {
		var d services.Draft
		if d, err = p.services.DraftIntake(c.Request.Context(), by, in.ID, accepted); err == nil {
			return view{moved: "/drafts/" + d.ID.String() + "/check"}, nil
		}
	} else {
		err = &models.Error{Kind: models.ErrInvalid, Message: "No draft was made.", Problems: problems}
	}
	page := p.articlePage(c, in, c.Request.PostForm)
	for _, problem := range problems {
		page.mark(fieldID(problem.Pointer), problem.Message)
	}
	return p.again(view{template: "article", data: page}, err)
}

// mark says beside a field what is wrong with it.
func (page *articlePage) mark(field, message string) {
	for _, group := range page.Groups {
		for _, entry := range group.Entries {
			for i := range entry.Texts {
				if entry.Texts[i].ID == field {
					entry.Texts[i].Problem = message
				}
			}
		}
	}
}

// taken reads which suggestions were taken, and what was changed of them.
func taken(in services.Intake, typed url.Values) (list []services.Accepted, problems []models.Problem) {
	for _, one := range in.Suggestions {
		if one.Operation == nil || !slices.Contains(typed["take"], one.Key) {
			continue
		}
		get := func(name string) (string, bool) {
			sent, ok := typed[one.Key+":"+name]
			if !ok {
				return "", false
			}
			return strings.TrimSpace(sent[0]), true
		}
		a := services.Accepted{Key: one.Key, Status: code[models.Status](get("status")), Extent: code[models.Extent](get("extent")), Scope: code[string](get("scope")),
			Stance: code[models.Stance](get("stance")), Text: code[string](get("text")), Described: code[string](get("described")),
			Kind: code[models.EntityKind](get("kind")), Name: code[string](get("name"))}
		if text, ok := get("record"); ok {
			if id, err := uuid.Parse(text); err == nil {
				a.Record = &id
			}
		}
		if text, ok := get("date"); ok && text != dateWords(one.Date) {
			date, err := models.ParseDateWords(text, in.Source.Published.Latest)
			if err != nil {
				problems = append(problems, models.Problem{Pointer: "/" + suggestionID(one.Key) + "-date", Message: err.Error()})
			}
			a.Date = &date
		}
		list = append(list, a)
	}
	return list, problems
}

// code is what was sent of a field; nil where it was not.
func code[T ~string](text string, sent bool) *T {
	if !sent {
		return nil
	}
	value := T(text)
	return &value
}
