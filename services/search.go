package services

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/models"
)

// SearchEntry is what search knows of a live record: its names, folded, and the folded words of
// its texts. It holds the present alone, and follows each publication.
type SearchEntry struct {
	RecordID uuid.UUID `gorm:"primaryKey"`
	// Number is the row's number in the full-text index of SQLite.
	Number int64 `gorm:"autoIncrement:false"`
	Type   models.RecordType
	Kind   string
	// Names are folded names, one a line, acronyms included; Words are the folded other texts.
	Names string
	Words string
}

// TableName is the table in which search entries are kept.
func (SearchEntry) TableName() string { return "search_entries" }

// Hit is a record that a search found.
type Hit struct {
	Ref
	// Matched is the name that matched best; "" when words of the texts did.
	Matched string
	// Summary is the beginning of the record's text.
	Summary string
	// Score is from 0 to 1; 1 is the very name.
	Score float64
}

// SearchQuery asks for records by words.
type SearchQuery struct {
	Text string
	// Types and Kinds narrow the search; empty means all.
	Types []string
	Kinds []string
	// Limit is from 1 to 100; 20 when 0.
	Limit int
	// among narrows the search to some records; nil for all. All of them that match are then found.
	among []uuid.UUID
}

// mostSearch bounds a search text, and candidates bounds how many records are ranked.
const (
	mostSearch = 200
	candidates = 200
)

// Search finds live records by their names in any script, acronyms, beginnings of words, near
// spellings and words of their texts, best first. It is blind to case, accents and variants of
// Arabic and Hebrew letters. ErrInvalid when there is nothing to search for.
func (s *Services) Search(ctx context.Context, _ models.Actor, q SearchQuery) ([]Hit, error) {
	folded, err := foldSearch(q.Text)
	if err != nil {
		return nil, err
	}
	if q.Limit == 0 {
		q.Limit = 20
	}
	if q.Limit < 1 || q.Limit > 100 {
		return nil, searchProblem("limit", "A search gives from 1 to 100 hits.")
	}

	r, err := s.read(ctx, Moment{})
	if err != nil {
		return nil, err
	}
	ranked, err := s.searchBy(r.tx, folded, q, byWords)
	if err == nil && len(ranked) == 0 {
		ranked, err = s.searchBy(r.tx, folded, q, bySpelling)
	}
	if err != nil {
		return nil, err
	}
	return r.hits(ranked[:min(len(ranked), q.Limit)])
}

// searchAmong finds which of some records a search finds, however many others match better.
func (s *Services) searchAmong(ctx context.Context, text string, among []uuid.UUID) ([]Hit, error) {
	folded, err := foldSearch(text)
	if err != nil {
		return nil, err
	}
	tx := s.db.Read(ctx)
	ranked, err := s.searchBy(tx, folded, SearchQuery{among: among}, byWords)
	if err != nil {
		return nil, err
	}
	if len(ranked) == 0 {
		others, err := s.searchBy(tx, folded, SearchQuery{}, byWords)
		if err != nil || len(others) > 0 { // near spellings are for what nothing else matches
			return nil, err
		}
		if ranked, err = s.searchBy(tx, folded, SearchQuery{among: among}, bySpelling); err != nil {
			return nil, err
		}
	}
	return (&reading{tx: tx}).hits(ranked)
}

// foldSearch folds what is searched for: ErrInvalid when that is nothing, or too long.
func foldSearch(text string) (string, error) {
	folded := models.Fold(text)
	if len([]rune(text)) > mostSearch {
		return "", searchProblem("q", fmt.Sprintf("A search has at most %d letters.", mostSearch))
	}
	if folded == "" {
		return "", searchProblem("q", "Type a name, an acronym or some words to search for.")
	}
	return folded, nil
}

func searchProblem(name, message string) error {
	return &models.Error{Kind: models.ErrInvalid, Message: message, Problems: []models.Problem{{Pointer: "?" + name, Message: message}}}
}

// ranking is how well a candidate matches, and by which of its names.
type ranking struct {
	SearchEntry
	score   float64
	matched int
}

// rank scores candidates, best first, and leaves out those that do not match at all.
func rank(folded string, found []SearchEntry) []ranking {
	var ranked []ranking
	for _, c := range found {
		score, matched := nameScore(folded, strings.Split(c.Names, "\n"))
		if words := wordScore(folded, c.Names+" "+c.Words); words > score {
			score, matched = words, -1
		}
		if score > 0 {
			ranked = append(ranked, ranking{c, score, matched})
		}
	}
	slices.SortStableFunc(ranked, func(a, b ranking) int {
		switch {
		case a.score != b.score:
			return compareScores(b.score, a.score)
		case typeWeight[a.Type] != typeWeight[b.Type]:
			return typeWeight[a.Type] - typeWeight[b.Type]
		case len(a.Names) != len(b.Names):
			return len(a.Names) - len(b.Names)
		}
		return strings.Compare(a.RecordID.String(), b.RecordID.String())
	})
	return ranked
}

// typeWeight puts entities before what is said about them.
var typeWeight = map[models.RecordType]int{models.TypeEntity: 0, models.TypeSource: 1, models.TypeOpenItem: 2, models.TypeClaim: 3}

func compareScores(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// nearEnough is the similarity from which a name counts as a misspelling of what was typed.
const nearEnough = 0.35

// nameScore scores the best name: the very name, its beginning, the beginnings of its words, or
// a near spelling.
func nameScore(folded string, names []string) (best float64, matched int) {
	matched = -1
	for i, name := range names {
		if score := oneNameScore(folded, name); score > best {
			best, matched = score, i
		}
	}
	return best, matched
}

func oneNameScore(folded, name string) float64 {
	length := float64(len(folded)) / float64(max(len(name), 1))
	switch {
	case name == "":
		return 0
	case name == folded:
		return 1
	case strings.HasPrefix(name, folded):
		return 0.85 + 0.1*length
	case allBegin(strings.Fields(folded), strings.Fields(name)):
		return 0.7 + 0.1*length
	case strings.ReplaceAll(name, " ", "") == strings.ReplaceAll(folded, " ", ""):
		return 0.9
	}
	near := models.Similarity(folded, name)
	for _, word := range strings.Fields(name) {
		near = max(near, 0.9*models.Similarity(folded, word))
	}
	if near < nearEnough {
		return 0
	}
	return 0.6 * near
}

// allBegin reports whether every word begins some word of the text.
func allBegin(words, text []string) bool {
	for _, word := range words {
		if !slices.ContainsFunc(text, func(other string) bool { return strings.HasPrefix(other, word) }) {
			return false
		}
	}
	return len(words) > 0
}

// wordScore scores words found in the texts.
func wordScore(folded, text string) float64 {
	if !allBegin(strings.Fields(folded), strings.Fields(text)) {
		return 0
	}
	if strings.Contains(text, folded) {
		return 0.5
	}
	return 0.4
}

// manner is how candidates are looked up: by whole words and their beginnings in names and
// texts, or, where that finds nothing, by near spellings of names.
type manner int

const (
	byWords manner = iota
	bySpelling
)

// searchBy finds and ranks what may match, in one query.
func (s *Services) searchBy(tx *gorm.DB, folded string, q SearchQuery, how manner) ([]ranking, error) {
	text, args := candidateSQL(s.db.Dialect(), how, folded, q.among)
	if text == "" {
		return nil, nil
	}
	where := ""
	if q.among != nil {
		where = " AND e.record_id ?"
		args = append(args, among(q.among))
	}
	for _, narrow := range []struct {
		column string
		values []string
	}{{"type", q.Types}, {"kind", q.Kinds}} {
		if len(narrow.values) > 0 {
			where += " AND e." + narrow.column + " IN ?"
			args = append(args, narrow.values)
		}
	}

	key := "number"
	if s.db.Dialect() == database.Postgres {
		key = "record_id"
	}
	query := fmt.Sprintf("WITH found (%[1]s) AS (%[2]s) SELECT e.record_id, e.type, e.kind, e.names, e.words FROM (SELECT DISTINCT %[1]s FROM found) f"+
		" JOIN search_entries e ON e.%[1]s = f.%[1]s WHERE 1 = 1%[3]s", key, text, where)
	found, err := scan[SearchEntry](tx.Raw(query, args...))
	return rank(folded, found), wrap(err, "search")
}

// targets are where the columns of a candidate go, in their order.
func (e *SearchEntry) targets() []any {
	return []any{&e.RecordID, &e.Type, &e.Kind, &e.Names, &e.Words}
}

// candidateSQL finds candidates: their ids, and on SQLite, whose full-text index knows them by
// that, their numbers. A name that is exactly what was typed always comes; so does each of some
// records that matches.
func candidateSQL(dialect string, how manner, folded string, some []uuid.UUID) (string, []any) {
	const exact = " UNION ALL SELECT n.record_id FROM entity_names n WHERE n.to_size IS NULL AND n.folded = ?"
	terms := strings.Fields(folded)
	few := struct {
		numbers, ids string
		args         []any
		most         int
	}{most: candidates}
	if some != nil {
		few.numbers, few.ids = " AND rowid IN (SELECT number FROM search_entries WHERE record_id ?)", " AND record_id ?"
		few.args, few.most = []any{among(some)}, len(some)*mostNames
	}
	switch {
	case dialect == "sqlite" && how == byWords:
		for i, word := range terms {
			terms[i] = `"` + word + `"*`
		}
		return "SELECT rowid FROM (SELECT rowid FROM search_words WHERE search_words MATCH ?" + few.numbers + " ORDER BY rank LIMIT ?)" +
				" UNION ALL SELECT e.number FROM entity_names n JOIN search_entries e ON e.record_id = n.record_id WHERE n.to_size IS NULL AND n.folded = ?",
			slices.Concat([]any{strings.Join(terms, " AND ")}, few.args, []any{few.most, folded})
	case dialect == "sqlite":
		var near []string
		for _, run := range runs(folded) {
			near = append(near, `"`+run+`"`)
		}
		if len(near) == 0 {
			return "", nil
		}
		return "SELECT rowid FROM (SELECT rowid FROM search_names WHERE search_names MATCH ?" + few.numbers + " ORDER BY rank LIMIT ?)",
			slices.Concat([]any{strings.Join(near, " OR ")}, few.args, []any{few.most})
	case how == byWords:
		for i, word := range terms {
			terms[i] = "'" + word + "':*"
		}
		query := strings.Join(terms, " & ")
		return "(SELECT record_id FROM search_entries WHERE terms @@ to_tsquery('simple', ?)" + few.ids + " ORDER BY ts_rank(terms, to_tsquery('simple', ?)) DESC LIMIT ?)" + exact,
			slices.Concat([]any{query}, few.args, []any{query, few.most, folded})
	}
	near := slices.Concat([]any{folded, folded}, few.args, []any{folded, few.most})
	return "(SELECT record_id FROM entity_names WHERE to_size IS NULL AND (folded % ? OR folded %> ?)" + few.ids + " ORDER BY word_similarity(?, folded) DESC LIMIT ?)" +
		" UNION ALL (SELECT record_id FROM search_entries WHERE type = 'source' AND (names % ? OR names %> ?)" + few.ids + " ORDER BY word_similarity(?, names) DESC LIMIT ?)", slices.Concat(near, near)
}

// mostNames is more than the names that a record has which are spelt nearly alike.
const mostNames = 100

// mostRuns bounds the trigrams that a near spelling is looked up by.
const mostRuns = 12

// runs lists runs of three letters as FTS5's trigram tokenizer sees them, spread over the text.
func runs(folded string) []string {
	letters := []rune(folded)
	var all []string
	for i := 0; i+3 <= len(letters); i++ {
		if run := string(letters[i : i+3]); !strings.Contains(run, " ") && !slices.Contains(all, run) {
			all = append(all, run)
		}
	}
	if len(all) <= mostRuns {
		return all
	}
	spread := make([]string, mostRuns)
	for i := range spread {
		spread[i] = all[i*len(all)/mostRuns]
	}
	return spread
}

// hits completes the ranked records with documents and labels, in at most two queries.
func (r *reading) hits(ranked []ranking) ([]Hit, error) {
	d := newDerivation(r.tx, presently)
	ids := make([]uuid.UUID, len(ranked))
	for i, one := range ranked {
		ids[i] = one.RecordID
	}
	if err := d.loadDocuments(ids); err != nil {
		return nil, err
	}

	// An entity's document says all that its label does.
	wanted, named := wantedRefs{}, map[uuid.UUID]Ref{}
	for _, one := range ranked {
		if entity, ok := d.documents[one.RecordID].(*models.Entity); ok && entity.Name != "" { // "" once it is redacted
			named[one.RecordID] = Ref{ID: one.RecordID, Type: one.Type, State: d.states[one.RecordID], Kind: string(entity.Kind), Name: entity.Name,
				Slug: entity.Slug, Undisclosed: entity.Identity == models.Undisclosed, Date: entity.Start}
			continue
		}
		wanted.add(one.Type, one.RecordID)
	}
	refs, err := r.loadRefs(wanted)
	if err != nil {
		return nil, err
	}
	maps.Copy(refs, named)

	list := make([]Hit, 0, len(ranked))
	for _, one := range ranked {
		document := d.documents[one.RecordID]
		hit := Hit{Ref: refs[one.RecordID], Score: one.score, Summary: summaryOf(document)}
		if names := namesOf(document); one.matched >= 0 && one.matched < len(names) {
			hit.Matched = names[one.matched]
		}
		list = append(list, hit)
	}
	return list, nil
}

// searchEntry makes the entry of a document; nil for one that is not searched.
func searchEntry(id uuid.UUID, number int64, document models.Document) *SearchEntry {
	names := namesOf(document)
	words := summaryOf(document)
	if len(names) == 0 && words == "" {
		return nil
	}
	entry := &SearchEntry{RecordID: id, Number: number, Type: document.RecordType(), Kind: kindOf(document), Words: models.Fold(words)}
	folded := make([]string, 0, len(names)+1)
	for _, name := range names {
		folded = append(folded, models.Fold(name))
	}
	if len(names) > 0 {
		if acronym := models.Acronym(names[0]); acronym != "" {
			folded = append(folded, acronym)
		}
	}
	entry.Names = strings.Join(folded, "\n")
	return entry
}

// namesOf lists what a record is called: an entity's names, a source's title.
func namesOf(document models.Document) []string {
	switch d := document.(type) {
	case *models.Entity:
		names := []string{d.Name}
		for _, name := range d.Names {
			names = append(names, name.Text)
		}
		return names
	case *models.Source:
		return []string{d.Title}
	}
	return nil
}

// summaryOf gives the words that describe a record.
func summaryOf(document models.Document) string {
	switch d := document.(type) {
	case *models.Entity:
		return d.Summary
	case *models.Source:
		return d.Summary
	case *models.Claim:
		return d.Text
	case *models.OpenItem:
		return d.Text
	}
	return ""
}

// index brings the search entries of the written records up to date.
func (w *writing) index() error {
	for slice := range slices.Chunk(w.writes, sliceSize) {
		if err := w.indexSlice(slice); err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) indexSlice(writes []*write) error {
	var gone []uuid.UUID
	var entries []SearchEntry
	for _, one := range writes {
		if one.Op != models.OpCreate {
			gone = append(gone, one.ID)
		}
		if entry := searchEntry(one.ID, one.position, one.document); entry != nil && one.state == models.StateLive && one.Op != models.OpHold {
			entries = append(entries, *entry)
		}
	}
	err := inChunks(gone, func(chunk []uuid.UUID) error {
		return wrap(w.tx.Exec("DELETE FROM search_entries WHERE record_id ?", among(chunk)).Error, "forget search entries")
	})
	if err != nil {
		return err
	}
	return wrap(storeEntries(w.tx, entries), "store search entries")
}

// storeEntries writes search entries. On SQLite it takes one statement, since its full-text indexes
// write what they have gathered whenever another one begins; not one for all, since it keeps what
// the pages were before it in memory.
func storeEntries(tx *gorm.DB, entries []SearchEntry) error {
	if tx.Name() == database.Postgres || len(entries) < 2 {
		return insert(tx, entries)
	}
	const together = 1000
	for some := range slices.Chunk(entries, together) {
		if err := storeTogether(tx, some); err != nil {
			return err
		}
	}
	return nil
}

func storeTogether(tx *gorm.DB, entries []SearchEntry) error {
	rows := make([][6]any, len(entries))
	for i, e := range entries {
		rows[i] = [6]any{e.RecordID, e.Number, e.Type, e.Kind, e.Names, e.Words}
	}
	return tx.Exec(`INSERT INTO search_entries (record_id, number, type, kind, names, words)
		SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?)`, mustJSON(rows)).Error
}

// documentText reads one text field of a stored document, for labels.
func documentText(document, field string) string {
	var fields map[string]json.RawMessage
	var text string
	if json.Unmarshal([]byte(document), &fields) == nil && json.Unmarshal(fields[field], &text) == nil {
		return text
	}
	return ""
}
