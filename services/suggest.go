package services

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/models"
)

// SuggestionKind says what a suggestion is about.
type SuggestionKind string

// The kinds of suggestion.
const (
	SuggestName    SuggestionKind = "name"    // a known entity is named; its operation cites the article for it
	SuggestDate    SuggestionKind = "date"    // a date is written; it fills in the operations of its sentence
	SuggestStatus  SuggestionKind = "status"  // a word signals a status
	SuggestClaim   SuggestionKind = "claim"   // somebody says something
	SuggestUnknown SuggestionKind = "unknown" // a name that no entity has
)

// Suggestion is something found in a text by plain rules, with the operation that it may become.
// It is never published by itself: a member takes it into a draft, changes it or leaves it.
type Suggestion struct {
	// Key names the suggestion within its intake, for as long as the text stays as it is.
	Key  string
	Kind SuggestionKind
	// Start and End are its place in the text, PassageStart and PassageEnd those of its sentence, in
	// bytes.
	Start, End               int
	PassageStart, PassageEnd int
	// Words are the words of the text.
	Words string
	// Why explains in a sentence how it was found.
	Why string
	// Entities are the known entities that are named; more than one when a name is ambiguous.
	Entities []uuid.UUID
	// Date is what a date says.
	Date models.Date
	// Records are what the operation may be about, the likeliest first.
	Records []uuid.UUID
	// Operation is the prefilled write; nil where there is none to make.
	Operation *models.Operation
	// Missing says what the operation still needs; "" when it can be taken as it is.
	Missing string
}

// mostSuggestions bounds the suggestions of one text.
const mostSuggestions = 400

// finding is what the suggestions of one text are made from.
type finding struct {
	in        *Intake
	text      string
	published models.Date
	passages  []passage
	mentions  []mention
	dates     []writtenDate
	supplies  []supplyLink
	versions  map[uuid.UUID]*models.Entity
	records   map[uuid.UUID]int64
}

// supplyLink is a link that a text may be about, with the entities by which it is recognised.
type supplyLink struct {
	id                             uuid.UUID
	service, unit, company, parent uuid.UUID
}

// suggest finds what the text of an intake says.
func (s *Services) suggest(ctx context.Context, in *Intake) error {
	f := &finding{in: in, text: in.Body, published: in.Source.Published, passages: passagesOf(in.Body)}
	mentions, err := s.namesIn(ctx, f.text)
	if err != nil {
		return err
	}
	f.mentions = mentions
	day := f.published.Latest
	f.dates = datesIn(f.text, day)
	if err := f.load(s.db.Read(ctx)); err != nil {
		return err
	}
	if err := f.loadEntities(ctx, s); err != nil {
		return err
	}
	for _, find := range []func(passage){f.steps, f.speech, f.unknown, f.names, f.writtenDates} {
		for _, p := range f.passages {
			find(p)
		}
	}
	in.Suggestions = in.Suggestions[:min(len(in.Suggestions), mostSuggestions)]
	slices.SortStableFunc(in.Suggestions, func(a, b Suggestion) int { return cmp.Compare(a.Start, b.Start) })
	return s.nameRecords(ctx, in)
}

// load reads, in one query, the supplies between entities that the text names.
func (f *finding) load(tx *gorm.DB) error {
	named := f.named()
	if len(named) == 0 {
		return nil
	}
	rows, err := tx.Raw(`SELECT l.id, l.subject_id, l.object_id, coalesce(l.supplied_by_id, p.subject_id), u.object_id
		FROM relationships l
		LEFT JOIN relationships p ON p.object_id = l.subject_id AND p.type = 'provides' AND p.to_size IS NULL AND p.state = 'live'
		LEFT JOIN relationships u ON u.subject_id = l.object_id AND u.type = 'part_of' AND u.to_size IS NULL AND u.state = 'live'
		WHERE l.type = 'supplied_to' AND l.to_size IS NULL AND l.state = 'live'
		AND (l.object_id IN ? OR u.object_id IN ? OR l.subject_id IN ?) ORDER BY l.id LIMIT 500`, named, named, named).Rows()
	if err != nil {
		return fmt.Errorf("find supplies: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var one supplyLink
		var company, parent uuid.NullUUID
		if err := rows.Scan(&one.id, &one.service, &one.unit, &company, &parent); err != nil {
			return fmt.Errorf("read a supply: %w", err)
		}
		one.company, one.parent = company.UUID, parent.UUID
		f.supplies = append(f.supplies, one)
	}
	return wrap(rows.Err(), "find supplies")
}

// mostNamed bounds the entities of a text that are looked up.
const mostNamed = 200

func (f *finding) named() []uuid.UUID {
	var ids []uuid.UUID
	for _, m := range f.mentions {
		for _, id := range m.entities {
			if !slices.Contains(ids, id) && len(ids) < mostNamed {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// loadEntities reads the documents of the named entities, for operations that cite the article.
func (f *finding) loadEntities(ctx context.Context, s *Services) error {
	f.versions, f.records = map[uuid.UUID]*models.Entity{}, map[uuid.UUID]int64{}
	named := f.named()
	if len(named) == 0 {
		return nil
	}
	var rows []struct {
		RecordID uuid.UUID
		Version  int64
		Document string
	}
	err := s.db.Read(ctx).Raw(`SELECT v.record_id, v.version, v.document FROM entities e JOIN revisions v ON v.position = e.revision
		WHERE e.to_size IS NULL AND e.id IN ?`, named).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("read the named entities: %w", err)
	}
	for _, row := range rows {
		document, err := readDocument(models.TypeEntity, row.Document)
		if err != nil {
			return err
		}
		if entity, ok := document.(*models.Entity); ok {
			f.versions[row.RecordID], f.records[row.RecordID] = entity, row.Version
		}
	}
	return nil
}

func (f *finding) sentence(p passage) (mentions []mention) {
	for _, m := range f.mentions {
		if m.start >= p.start && m.end <= p.end {
			mentions = append(mentions, m)
		}
	}
	return mentions
}

func (f *finding) add(p passage, start, end int, one Suggestion) {
	one.Key = fmt.Sprintf("%s-%d-%d", one.Kind, start, end)
	one.Start, one.End, one.PassageStart, one.PassageEnd, one.Words = start, end, p.start, p.end, f.text[start:end]
	f.in.Suggestions = append(f.in.Suggestions, one)
}

// citation cites the article, with the place of the sentence.
func (f *finding) citation(p passage) []models.Citation {
	c := models.Citation{Source: f.in.SourceID, Locator: f.locator(p)}
	return []models.Citation{c}
}

// locator says where in the text a sentence stands: its paragraph, and its letters from the
// beginning, so that it can be found again in the kept text.
func (f *finding) locator(p passage) string {
	before := f.text[:p.start]
	letters := len([]rune(before))
	return fmt.Sprintf("paragraph %d (letters %d–%d)", strings.Count(before, "\n")+1, letters, letters+len([]rune(f.text[p.start:p.end])))
}

// dateNear gives the date of a sentence nearest to a place; zero when it has none.
func (f *finding) dateNear(p passage, place int) (near models.Date) {
	best := -1
	for _, d := range f.dates {
		if d.start < p.start || d.end > p.end {
			continue
		}
		distance := max(d.start-place, place-d.end)
		if best < 0 || distance < best {
			best, near = distance, d.date
		}
	}
	return near
}

// steps makes status changes of the words that signal one.
func (f *finding) steps(p passage) {
	for _, step := range stepsIn(f.text, p) {
		date := f.dateNear(p, step.start)
		announced := models.Date{}
		if !f.published.Latest.IsZero() {
			announced, _ = models.ParseDate(f.published.Latest.String())
		}
		effective := date
		switch {
		case date.IsZero() && !announced.IsZero():
			effective, _ = models.ParseDate("[.." + announced.Text + "]")
		case !date.IsZero() && !announced.IsZero() && date.Earliest == date.Latest && !date.Latest.IsZero() && saidIn(f.text[p.start:step.start]):
			announced = date
			effective, _ = models.ParseDate("[.." + date.Text + "]")
		}
		change := &models.StatusChange{Status: step.status, Extent: models.Full, Effective: effective, Announced: announced, Citations: f.citation(p)}
		if step.partial {
			change.Extent, change.Scope = models.Partial, cutWords(f.text[p.start:p.end], 400)
		}
		records := f.likely(p)
		one := Suggestion{Kind: SuggestStatus, Date: effective, Records: records,
			Why: fmt.Sprintf("“%s” signals the status %q.", f.text[step.start:step.end], step.status)}
		if len(records) > 0 {
			change.Record, change.Actor = records[0], f.actor(p, records[0])
		} else {
			one.Missing = "Choose whose status changed: no supply between what this sentence names is recorded."
		}
		one.Operation = &models.Operation{Op: models.OpCreate, Type: models.TypeStatusChange, Data: change}
		f.add(p, step.start, step.end, one)
	}
}

// saidIn reports whether a clause tells of an announcement, so that a day in it is that of the
// announcement: "said on Thursday that it had disabled".
func saidIn(before string) bool {
	for _, w := range speechWords {
		if (w.stance == models.States || w.stance == models.Admits) && w.pattern.MatchString(before) {
			return true
		}
	}
	return false
}

func cutWords(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// likely lists the supplies that a sentence may be about, the likeliest first: those of which it
// names most, and then those of which the whole text does.
func (f *finding) likely(p passage) []uuid.UUID {
	inSentence, inText := map[uuid.UUID]bool{}, map[uuid.UUID]bool{}
	for _, m := range f.mentions {
		for _, id := range m.entities {
			inText[id] = true
			if m.start >= p.start && m.end <= p.end {
				inSentence[id] = true
			}
		}
	}
	scores := map[uuid.UUID]int{}
	for _, one := range f.supplies {
		score := 0
		for weight, names := range map[int]map[uuid.UUID]bool{10: inSentence, 1: inText} {
			for _, part := range []struct {
				id     uuid.UUID
				points int
			}{{one.unit, 5}, {one.service, 4}, {one.parent, 3}, {one.company, 2}} {
				if part.id != uuid.Nil && names[part.id] {
					score += weight * part.points
				}
			}
		}
		buyer := inText[one.unit] || inText[one.parent]
		seller := inText[one.service] || inText[one.company]
		if buyer && seller {
			scores[one.id] = max(scores[one.id], score)
		}
	}
	list := keys(scores)
	slices.SortFunc(list, func(a, b uuid.UUID) int {
		return cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(a.String(), b.String()))
	})
	return list[:min(len(list), 12)]
}

// actor is who took a step: the company of the supply where the sentence names it.
func (f *finding) actor(p passage, record uuid.UUID) *uuid.UUID {
	for _, one := range f.supplies {
		if one.id != record || one.company == uuid.Nil {
			continue
		}
		for _, m := range f.sentence(p) {
			if slices.Contains(m.entities, one.company) {
				return &one.company
			}
		}
	}
	return nil
}

// speech makes claims of acts of speech.
func (f *finding) speech(p passage) {
	mentions := f.sentence(p)
	for _, act := range speechIn(f.text, p, mentions) {
		said := f.dateNear(p, act.start)
		if said.IsZero() || !f.published.Latest.IsZero() && said.Earliest.After(f.published.Latest) {
			said = f.published
		}
		claim := &models.Claim{Stance: act.stance, Extent: models.Full, SaidOn: said, Text: cutWords(f.text[p.start:p.end], 2000), Citations: f.citation(p)}
		one := Suggestion{Kind: SuggestClaim, Date: said, Why: fmt.Sprintf("“%s” signals that somebody %s something.", f.text[act.start:act.end], models.Stances().Label(string(act.stance)))}
		speaker := uuid.Nil
		switch {
		case act.speaker != nil:
			speaker = act.speaker.entities[0]
			claim.Speakers, one.Entities = []models.Speaker{{Entity: &speaker}}, act.speaker.entities
		case act.described != "":
			claim.Speakers = []models.Speaker{{Description: act.described}}
		default:
			one.Missing = "Say who speaks."
		}
		if about := f.likely(p); len(about) > 0 {
			claim.About, one.Records = about[:1], about
		}
		for _, m := range mentions {
			if len(claim.About) == 0 && m.entities[0] != speaker {
				claim.About = m.entities[:1]
			}
		}
		if len(claim.About) == 0 && speaker != uuid.Nil {
			claim.About = []uuid.UUID{speaker}
		}
		if len(claim.About) == 0 && one.Missing == "" {
			one.Missing = "Say what it is about."
		}
		one.Operation = &models.Operation{Op: models.OpCreate, Type: models.TypeClaim, Data: claim}
		f.add(p, act.start, act.end, one)
	}
}

// unknown makes entities of names that nobody has yet, each once.
func (f *finding) unknown(p passage) {
	for _, name := range unknownIn(f.text, p, f.mentions) {
		words := f.text[name.start:name.end]
		again := slices.ContainsFunc(f.in.Suggestions, func(s Suggestion) bool {
			return s.Kind == SuggestUnknown && models.Fold(s.Words) == models.Fold(words)
		})
		if again {
			continue
		}
		entity := &models.Entity{Kind: name.kind, Name: words, Slug: models.Slug(words), Identity: models.Disclosed, Citations: f.citation(p)}
		f.add(p, name.start, name.end, Suggestion{Kind: SuggestUnknown, Why: "The words begin with capitals, and no record has this name.",
			Operation: &models.Operation{Op: models.OpCreate, Type: models.TypeEntity, Data: entity}})
	}
}

// names marks known names; the first of each entity can cite the article for it.
func (f *finding) names(p passage) {
	for _, m := range f.sentence(p) {
		one := Suggestion{Kind: SuggestName, Entities: m.entities, Why: "A record has this name."}
		if len(m.entities) > 1 {
			one.Why = "Several records have this name."
		}
		first := !slices.ContainsFunc(f.in.Suggestions, func(s Suggestion) bool {
			return s.Kind == SuggestName && slices.Equal(s.Entities, m.entities)
		})
		if entity := f.versions[m.entities[0]]; first && entity != nil && !citesSource(entity.Citations, f.in.SourceID) {
			copied := *entity
			copied.Citations = append(slices.Clone(entity.Citations), f.citation(p)...)
			one.Operation = &models.Operation{Op: models.OpEdit, Type: models.TypeEntity, ID: m.entities[0], Version: f.records[m.entities[0]],
				Edit: models.WorldChanged, Reason: "A further article names it.", Data: &copied}
		}
		f.add(p, m.start, m.end, one)
	}
}

func citesSource(citations []models.Citation, source uuid.UUID) bool {
	return slices.ContainsFunc(citations, func(c models.Citation) bool { return c.Source == source })
}

// writtenDates marks dates.
func (f *finding) writtenDates(p passage) {
	for _, d := range f.dates {
		if d.start >= p.start && d.end <= p.end {
			f.add(p, d.start, d.end, Suggestion{Kind: SuggestDate, Date: d.date, Why: "Read as " + d.why + "."})
		}
	}
}

// nameRecords labels what suggestions point at, in one query.
func (s *Services) nameRecords(ctx context.Context, in *Intake) error {
	wanted := wantedRefs{}
	for _, one := range in.Suggestions {
		wanted.add(models.TypeEntity, one.Entities...)
		wanted.add(models.TypeRelationship, one.Records...)
		if one.Operation == nil {
			continue
		}
		if claim, ok := one.Operation.Data.(*models.Claim); ok {
			wanted.add("", claim.About...)
		}
	}
	wanted.add(models.TypeEntity, in.Source.Publishers...)
	r, err := s.read(ctx, Moment{})
	if err != nil {
		return err
	}
	in.Refs, err = r.loadRefs(wanted)
	return err
}

// Accepted is a suggestion that a member takes into a draft, with what they changed of it. Nil
// leaves a field as it was suggested.
type Accepted struct {
	Key string
	// Record is whose status changed, or what a claim is about.
	Record *uuid.UUID
	Status *models.Status
	Extent *models.Extent
	Scope  *string
	// Date is the effective day of a status change, or the day on which a claim was said.
	Date   *models.Date
	Stance *models.Stance
	Text   *string
	// Speaker is the entity that speaks, Described who does where that is none.
	Speaker   *uuid.UUID
	Described *string
	Kind      *models.EntityKind
	Name      *string
}

// Complete are the suggestions of some kinds of which nothing is missing, as they were found.
func (in *Intake) Complete(kinds []SuggestionKind) (list []Accepted) {
	for _, one := range in.Suggestions {
		if one.Operation != nil && one.Missing == "" && slices.Contains(kinds, one.Kind) {
			list = append(list, Accepted{Key: one.Key})
		}
	}
	return list
}

// DraftIntake puts accepted suggestions into a draft of the actor's, with the source where it is
// new. The draft is theirs to change and to submit; see SubmitDraft.
func (s *Services) DraftIntake(ctx context.Context, by models.Actor, id uuid.UUID, accepted []Accepted) (Draft, error) {
	in, err := s.Intake(ctx, by, id)
	if err != nil {
		return Draft{}, err
	}
	operations, err := in.operations(accepted)
	if err != nil {
		return Draft{}, err
	}
	draft, err := s.SaveDraft(ctx, by, Draft{Summary: cutWords("From “"+in.Source.Title+"”", 500), Operations: operations})
	if err != nil {
		return Draft{}, err
	}
	err = s.db.Write(ctx).Model(&models.Intake{}).Where("id = ?", id).Update("changeset_id", draft.ID).Error
	return draft, wrap(err, "tie intake %s to its draft", id)
}

// operations are those of the accepted suggestions, behind the ones that make the source.
func (in *Intake) operations(accepted []Accepted) (operations []models.Operation, err error) {
	if in.Known == nil {
		source := *in.Source
		if in.Publisher != "" {
			publisher := &models.Entity{Kind: models.KindOrganization, OrganizationType: "media", Name: in.Publisher, Slug: models.Slug(in.Publisher),
				Identity: models.Disclosed, Citations: []models.Citation{{Source: in.SourceID}}}
			made := ProvisionalID()
			source.Publishers = []uuid.UUID{made}
			operations = append(operations, models.Operation{Op: models.OpCreate, Type: models.TypeEntity, ID: made, Data: publisher})
		}
		operations = append([]models.Operation{{Op: models.OpCreate, Type: models.TypeSource, ID: in.SourceID, Data: &source}}, operations...)
	}
	var problems []models.Problem
	for i, one := range accepted {
		at := slices.IndexFunc(in.Suggestions, func(s Suggestion) bool { return s.Key == one.Key && s.Operation != nil })
		if at < 0 {
			problems = append(problems, models.Problem{Operation: i, Pointer: "/accept", Message: fmt.Sprintf("There is no suggestion %q any more. Look at the article again.", one.Key)})
			continue
		}
		operation := *in.Suggestions[at].Operation
		one.apply(operation.Data)
		operations = append(operations, operation)
	}
	if len(problems) > 0 {
		return nil, &models.Error{Kind: models.ErrInvalid, Message: "No draft was made.", Problems: problems}
	}
	if len(operations) == 0 {
		return nil, models.Errorf(models.ErrInvalid, "The source is known already, and no suggestion was taken: there is nothing to draft.")
	}
	return operations, nil
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// apply puts what a member changed into the suggested document.
func (a Accepted) apply(document models.Document) {
	switch d := document.(type) {
	case *models.StatusChange:
		set(&d.Record, a.Record)
		set(&d.Status, a.Status)
		set(&d.Extent, a.Extent)
		set(&d.Scope, a.Scope)
		set(&d.Effective, a.Date)
		if d.Extent == models.Full {
			d.Scope = ""
		}
	case *models.Claim:
		set(&d.Stance, a.Stance)
		set(&d.SaidOn, a.Date)
		set(&d.Text, a.Text)
		if a.Record != nil {
			d.About = []uuid.UUID{*a.Record}
		}
		if a.Speaker != nil {
			d.Speakers = []models.Speaker{{Entity: a.Speaker}}
		} else if a.Described != nil && *a.Described != "" {
			d.Speakers = []models.Speaker{{Description: *a.Described}}
		}
	case *models.Entity:
		set(&d.Kind, a.Kind)
		if a.Name != nil && *a.Name != "" && *a.Name != d.Name {
			d.Name, d.Slug = *a.Name, models.Slug(*a.Name)
		}
	}
}
