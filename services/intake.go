package services

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// IntakeRequest is an article that a member takes in: its address, its text, or both. What is said
// of it goes before what its page says.
type IntakeRequest struct {
	URL  string
	Text string
	// Page is the page of the article as a file, where that is given in place of its text.
	Page      []byte
	Title     string
	Publisher string
	Authors   []string
	// Published is the day on which it was published; dates in the text count from it.
	Published models.Date
	Language  string
}

// Intake is an article that was taken in, with what was found in it.
type Intake struct {
	models.Intake
	// SourceID is what operations cite: the known source, or the one to be made.
	SourceID uuid.UUID
	// Source is the article as a source: as it is known, or as it would be made.
	Source *models.Source
	// Known is the known source; nil for a new one.
	Known *Ref
	// Publisher is the name of a publisher that is not a known entity; "" otherwise.
	Publisher   string
	Suggestions []Suggestion
	// Refs names the records that suggestions point at.
	Refs map[uuid.UUID]Ref
}

// keptSource is how an intake keeps the source that it would make.
type keptSource struct {
	*models.Source
	Publisher string `json:"publisher_name,omitempty"`
}

// TakeIn takes an article in: recognises its source or proposes a new one, keeps its text for
// members, and says what was found in it. Where the page cannot be fetched, Problem says why, and
// what was typed is kept, so that the text can be pasted with CompleteIntake. Nothing is published.
func (s *Services) TakeIn(ctx context.Context, by models.Actor, r IntakeRequest) (Intake, error) {
	if err := require(by, ActionIntake); err != nil {
		return Intake{}, err
	}
	if err := r.clean(s); err != nil {
		return Intake{}, err
	}

	// The page is fetched before any transaction begins: other people's servers take their time. The
	// names are loaded meanwhile, which takes a second or two the first time.
	loaded := make(chan struct{})
	go func() {
		defer close(loaded)
		s.namesLock.Lock()
		defer s.namesLock.Unlock()
		_ = s.names.follow(s.db.Read(ctx)) // it is followed once more, and fails there
	}()
	found, problem, err := s.articleOf(ctx, r)
	<-loaded
	if err != nil {
		return Intake{}, err
	}

	known, err := s.knownSource(ctx, uuid.Nil, r.URL)
	if err != nil {
		return Intake{}, err
	}
	if found.Published.IsAhead(s.tomorrow()) {
		found.Published = models.Date{} // what a page says of a day that has not come is not known
	}
	kept := r.source(found)
	capture := ""
	if len(r.Page) == 0 { // a page that somebody sent is no witness of what stood there
		capture = s.keepFetched(ctx, by, r.URL, found)
	}
	row := models.Intake{ID: newID(), AccountID: by.Account, CreatedAt: s.now(), URL: r.URL, SourceID: known,
		Source: mustJSON(kept), Body: found.Text, Problem: problem, Capture: capture}
	if err := s.db.Write(ctx).Create(&row).Error; err != nil {
		return Intake{}, fmt.Errorf("keep the intake: %w", err)
	}
	return s.intakeOf(ctx, row)
}

// articleOf reads the article of a request: what was pasted, or else the page. The problem says why
// there is no text. What came from the page, byte by byte, is at hand in the article.
func (s *Services) articleOf(ctx context.Context, r IntakeRequest) (found article, problem string, err error) {
	switch {
	case strings.TrimSpace(r.Text) != "":
		return article{Text: cutText(r.Text)}, "", nil
	case len(r.Page) > 0:
		found, err = readArticle(OutsideResponse{URL: r.URL, Body: r.Page})
	default:
		found, err = s.fetchArticle(ctx, r.URL)
	}
	if err != nil && errorKind(err) != "" {
		problem, err = err.Error(), nil
	}
	return found, problem, err
}

// keepFetched keeps the page as it was fetched, for the source that may come of it, and says so as
// JSON; "" where nothing is kept. An article is worth taking in without.
func (s *Services) keepFetched(ctx context.Context, by models.Actor, address string, found article) string {
	if s.vault == nil || found.Text == "" || len(found.page) == 0 {
		return ""
	}
	capture, err := s.keepPage(ctx, by, address, found)
	if err != nil {
		s.logger.Warn("a fetched page was not kept", "error", err)
		return ""
	}
	return mustJSON(capture)
}

func (r *IntakeRequest) clean(s *Services) error {
	var problems []models.Problem
	for _, field := range []struct {
		name string
		text *string
		most int
	}{{"/title", &r.Title, 1000}, {"/publisher", &r.Publisher, 300}, {"/language", &r.Language, 35}} {
		clean, problem := models.CleanText(*field.text)
		if problem == "" && len([]rune(clean)) > field.most {
			problem = fmt.Sprintf("Shorten this to at most %d letters.", field.most)
		}
		if problem != "" {
			problems = append(problems, models.Problem{Pointer: field.name, Message: problem})
		}
		*field.text = clean
	}
	r.Authors = r.Authors[:min(len(r.Authors), mostAuthors)]
	for i, author := range r.Authors {
		r.Authors[i] = oneLine(author, 300)
	}
	r.URL = models.ArticleURL(r.URL)
	if r.URL != "" {
		if problem := models.ValidHTTPURL(r.URL); problem != "" {
			problems = append(problems, models.Problem{Pointer: "/url", Message: problem})
		}
	}
	if problem := s.aheadProblem(models.HappenedOn{Date: r.Published, What: "the day on which it was published"}); problem != "" {
		problems = append(problems, models.Problem{Pointer: "/published", Message: problem})
	}
	if len(r.Text) > 4*mostText {
		problems = append(problems, models.Problem{Pointer: "/text", Message: "This is longer than an article; paste the part that matters."})
	}
	if strings.TrimSpace(r.Text) == "" && len(r.Page) == 0 && r.URL == "" {
		problems = append(problems, models.Problem{Pointer: "/url", Message: "Give the address of an article, or paste its text."})
	}
	if len(problems) == 0 {
		return nil
	}
	return &models.Error{Kind: models.ErrInvalid, Message: "Nothing was taken in.", Problems: problems}
}

// source puts together what was typed and what the page says.
func (r IntakeRequest) source(found article) keptSource {
	first := func(texts ...string) string {
		for _, text := range texts {
			if text != "" {
				return text
			}
		}
		return ""
	}
	source := &models.Source{Kind: "article", Title: first(r.Title, found.Title, firstLine(found.Text)), URL: r.URL,
		Authors: found.Authors, Published: r.Published, Language: first(r.Language, found.Language)}
	if source.Published.IsZero() {
		source.Published = found.Published
	}
	if len(r.Authors) > 0 {
		source.Authors = r.Authors
	}
	source.Clean()
	return keptSource{source, first(r.Publisher, found.Publisher)}
}

// firstLine gives the beginning of a text, for a title that somebody will correct.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	if runes := []rune(line); len(runes) > 120 {
		line = string(runes[:119]) + "…"
	}
	return line
}

// knownSource finds the live source that an intake made, or one with its address.
func (s *Services) knownSource(ctx context.Context, id uuid.UUID, address string) (*uuid.UUID, error) {
	normal := models.NormalURL(address)
	var rows []models.SourceRow
	err := s.db.Read(ctx).Select("id").Where("(id = ? OR normal_url = ? AND normal_url <> '') AND to_size IS NULL AND state = 'live'", id, normal).Order("id").Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, wrap(err, "look up the source of %s", normal)
	}
	return &rows[0].ID, nil
}

// Intake gives an article that the actor, or another member, took in. Members work together on
// articles, so every member may read it.
func (s *Services) Intake(ctx context.Context, by models.Actor, id uuid.UUID) (Intake, error) {
	if err := require(by, ActionIntake); err != nil {
		return Intake{}, err
	}
	row, err := intakeRow(s.db.Write(ctx), id) // from the primary: it may just have been made
	if err != nil {
		return Intake{}, err
	}
	return s.intakeOf(ctx, row)
}

func intakeRow(tx *gorm.DB, id uuid.UUID) (row models.Intake, err error) {
	found := tx.Limit(1).Find(&row, "id = ?", id)
	if found.Error == nil && found.RowsAffected == 0 {
		return row, models.Errorf(models.ErrNotFound, "There is no intake with the id %s.", id)
	}
	return row, wrap(found.Error, "read intake %s", id)
}

// Intakes lists what an actor took in, newest first.
func (s *Services) Intakes(ctx context.Context, by models.Actor) (rows []models.Intake, err error) {
	if err := require(by, ActionIntake); err != nil {
		return nil, err
	}
	err = s.db.Write(ctx).Omit("body").Where("account_id = ?", by.Account).Order("id DESC").Limit(20).Find(&rows).Error
	return rows, wrap(err, "list intakes")
}

// Fetches reports whether pages that members name are fetched.
func (s *Services) Fetches() bool { return s.outside != nil }

// IntakeTitle is the title of what was taken in; its address, or words that say so, where it has
// none.
func IntakeTitle(row models.Intake) string {
	var kept keptSource
	if json.Unmarshal([]byte(row.Source), &kept) == nil && kept.Source != nil && kept.Title != "" {
		return kept.Title
	}
	return cmp.Or(row.URL, "An article without a title")
}

// CompleteIntake puts in what was missing: the text, or what is said of the source. Only who took
// the article in may.
func (s *Services) CompleteIntake(ctx context.Context, by models.Actor, id uuid.UUID, r IntakeRequest) (Intake, error) {
	if err := require(by, ActionIntake); err != nil {
		return Intake{}, err
	}
	var row models.Intake
	err := s.db.Transaction(ctx, func(tx *gorm.DB) (err error) {
		if row, err = intakeRow(tx, id); err != nil {
			return err
		}
		if row.AccountID != by.Account {
			return models.Errorf(models.ErrForbidden, "Only who took the article in can change it.")
		}
		var kept keptSource
		if err := json.Unmarshal([]byte(row.Source), &kept); err != nil {
			return fmt.Errorf("read the source of intake %s: %w", id, err)
		}
		if r.URL == "" {
			r.URL = row.URL
		}
		if strings.TrimSpace(r.Text) == "" {
			r.Text = row.Body
		}
		if err := r.clean(s); err != nil {
			return err
		}
		was := article{Title: kept.Title, Publisher: kept.Publisher, Language: kept.Language, Authors: kept.Authors, Published: kept.Published, Text: cutText(r.Text)}
		row.Source, row.Body, row.URL = mustJSON(r.source(was)), was.Text, r.URL
		if row.Body != "" {
			row.Problem = ""
		}
		return wrap(tx.Model(&row).Updates(map[string]any{"source": row.Source, "body": row.Body, "url": row.URL, "problem": row.Problem}).Error, "complete intake %s", id)
	})
	if err != nil {
		return Intake{}, err
	}
	return s.intakeOf(ctx, row)
}

// intakeOf reads what is known of an intake's source, and finds what its text says.
func (s *Services) intakeOf(ctx context.Context, row models.Intake) (Intake, error) {
	var kept keptSource
	if err := json.Unmarshal([]byte(row.Source), &kept); err != nil {
		return Intake{}, fmt.Errorf("read the source of intake %s: %w", row.ID, err)
	}
	// A new source takes the intake's id until it is sent, so that whatever is proposed from it names
	// the same one.
	in := Intake{Intake: row, SourceID: row.ID, Source: kept.Source, Publisher: kept.Publisher}
	if row.Capture != "" {
		var capture models.Capture
		if err := json.Unmarshal([]byte(row.Capture), &capture); err != nil {
			return Intake{}, fmt.Errorf("read the capture of intake %s: %w", row.ID, err)
		}
		in.Source.Captures = []models.Capture{capture}
	}
	if row.SourceID == nil {
		made := row.ID
		if row.MadeID != nil {
			made = *row.MadeID
		}
		known, err := s.knownSource(ctx, made, row.URL)
		if err != nil {
			return Intake{}, err
		}
		row.SourceID = known
	}
	if row.SourceID != nil {
		if err := s.recognise(ctx, &in, *row.SourceID); err != nil {
			return Intake{}, err
		}
	}
	if in.Publisher != "" && len(in.Source.Publishers) == 0 {
		if err := s.publisherOf(ctx, &in); err != nil {
			return Intake{}, err
		}
	}
	return in, s.suggest(ctx, &in)
}

// recognise takes the known source for what the page said of itself.
func (s *Services) recognise(ctx context.Context, in *Intake, id uuid.UUID) error {
	page, err := s.Get(ctx, models.Actor{}, models.TypeSource, id.String(), Moment{})
	if errorKind(err) == models.ErrNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	source, ok := page.Records[0].Document.(*models.Source)
	if !ok || page.Records[0].State != models.StateLive {
		return nil
	}
	ref := page.Refs[page.Records[0].ID]
	published := in.Source.Published
	in.Source, in.Known, in.SourceID, in.Publisher = source, &ref, page.Records[0].ID, ""
	if in.Source.Published.IsZero() {
		copied := *source
		copied.Published = published
		in.Source = &copied
	}
	return nil
}

// publisherOf finds the entity with the publisher's name.
func (s *Services) publisherOf(ctx context.Context, in *Intake) error {
	mentions, err := s.namesIn(ctx, in.Publisher)
	if err != nil {
		return err
	}
	for _, m := range mentions {
		if len(m.entities) == 1 && m.start == 0 && m.end == len(in.Publisher) {
			in.Source.Publishers, in.Publisher = m.entities, ""
			return nil
		}
	}
	return nil
}
