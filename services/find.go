package services

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/models"
)

// found is what a changeset needs to know of the records that exist.
type found struct {
	// records holds every record that the changeset writes or points at.
	records map[uuid.UUID]models.Record
	// kinds holds the entity kind, relationship type or open item kind of records pointed at,
	// those that the changeset makes included.
	kinds map[uuid.UUID]string
	// slugs tells to which record a slug leads already.
	slugs map[string]uuid.UUID
	// identifiers tells which entity has an identifier already.
	identifiers map[models.Identifier]uuid.UUID
	// addresses tells which live sources have a normal address already.
	addresses map[string][]models.KnownSource
	// originals tells of which sources others are copies at present.
	originals map[uuid.UUID]uuid.UUID
	// steps holds the present status changes of records whose history the changeset touches.
	steps map[uuid.UUID][]models.StatusStep
	// announced are those of them that are announced and not confirmed.
	announced map[uuid.UUID]bool
	// lives holds when records began and ended whose steps the changeset writes.
	lives map[uuid.UUID]life
	// sources holds what is known of the sources that written steps cite.
	sources map[uuid.UUID]shownRow
	// papers are the documents of sources that are said to show more than they can have.
	papers map[uuid.UUID]*models.Source
	// identities are for what says who an undisclosed entity is.
	identities *identities
}

// citedSource is what a source is, and when it was published, entered and written last.
type citedSource struct {
	ID    uuid.UUID
	Shown shownRow `gorm:"embedded"`
}

// find loads it, in a number of queries that does not depend on the changeset's size.
func (w *writing) find() error {
	w.found = &found{records: map[uuid.UUID]models.Record{}, kinds: map[uuid.UUID]string{}, slugs: map[string]uuid.UUID{},
		identifiers: map[models.Identifier]uuid.UUID{}, addresses: map[string][]models.KnownSource{}, originals: map[uuid.UUID]uuid.UUID{}, steps: map[uuid.UUID][]models.StatusStep{},
		announced: map[uuid.UUID]bool{}, lives: map[uuid.UUID]life{}, sources: map[uuid.UUID]shownRow{}}
	reads := database.NewReads(w.tx)
	w.findRecords(reads)
	w.findKinds(reads)
	creates := !slices.ContainsFunc(w.writes, func(one *write) bool { return one.Op != models.OpCreate })
	if creates { // then nothing below depends on what the records were
		if err := w.findTaken(reads); err != nil {
			return err
		}
	}
	if err := reads.Run(); err != nil {
		return err
	}
	for _, one := range w.writes {
		if one.Data != nil {
			w.found.kinds[one.ID] = kindOf(one.Data)
		}
	}

	if err := w.findOld(); err != nil {
		return err
	}
	w.findRestored(reads)
	if !creates {
		if err := w.findTaken(reads); err != nil {
			return err
		}
	}
	if err := reads.Run(); err != nil {
		return err
	}
	if err := w.findPapers(); err != nil {
		return err
	}
	return w.findIdentities(reads)
}

// findTaken asks for the slugs and identifiers that are taken, and for the steps that are there.
func (w *writing) findTaken(reads *database.Reads) error {
	w.findIdentifiers(reads)
	w.findAddresses(reads)
	w.findOriginals(reads)
	w.findSteps(reads)
	return w.findSlugs(reads)
}

func (w *writing) findRecords(reads *database.Reads) {
	var ids []uuid.UUID
	for _, one := range w.writes {
		ids = append(ids, one.ID)
		for _, ref := range one.references() {
			ids = append(ids, ref.ID)
		}
	}
	askRecords(reads, ids, w.found.records)
}

// findRestored asks for what restored records point at, which they bring no document to say.
func (w *writing) findRestored(reads *database.Reads) {
	var ids []uuid.UUID
	byType := map[models.RecordType][]uuid.UUID{}
	for _, one := range w.writes {
		if one.Op != models.OpRestore || one.Data != nil || one.old == nil {
			continue
		}
		for _, ref := range one.old.References() {
			ids = append(ids, ref.ID)
			for _, t := range ref.Types {
				byType[t] = append(byType[t], ref.ID)
			}
		}
	}
	askRecords(reads, ids, w.found.records)
	w.askKinds(reads, byType)
}

func (one *write) references() []models.Reference {
	if one.Data == nil {
		return nil
	}
	return one.Data.References()
}

// findOld sets what each written record is now, and what it will be.
func (w *writing) findOld() error {
	var positions []int64
	for _, one := range w.writes {
		record, exists := w.found.records[one.ID]
		if !exists {
			continue
		}
		one.before = &record
		one.version = record.Version + 1
		if one.Op != models.OpCreate {
			positions = append(positions, record.Revision)
		}
	}

	documents, err := loadDocuments(w.tx, positions)
	if err != nil {
		return err
	}
	for _, one := range w.writes {
		one.state = w.stateAfter(one)
		if one.before == nil {
			one.version = 1
			continue
		}
		one.old = documents[one.before.Revision]
		if one.document == nil {
			one.document = one.old
		}
	}
	return nil
}

// kindColumns tells which column of which table is the kind of a record of a type.
var kindColumns = map[models.RecordType][2]string{
	models.TypeEntity:       {"entities", "kind"},
	models.TypeRelationship: {"relationships", "type"},
	models.TypeOpenItem:     {"open_items", "kind"},
}

// findKinds asks for the kinds of what is pointed at, among the types that may be pointed at there.
func (w *writing) findKinds(reads *database.Reads) {
	byType := map[models.RecordType][]uuid.UUID{}
	for _, one := range w.writes {
		for _, ref := range one.references() {
			for _, t := range ref.Types {
				byType[t] = append(byType[t], ref.ID)
			}
		}
	}
	w.askKinds(reads, byType)
}

func (w *writing) askKinds(reads *database.Reads, byType map[models.RecordType][]uuid.UUID) {
	for _, t := range []models.RecordType{models.TypeEntity, models.TypeRelationship, models.TypeOpenItem} {
		table, column := kindColumns[t][0], kindColumns[t][1]
		query := fmt.Sprintf("SELECT id, %s AS kind FROM %s WHERE to_size IS NULL AND id ?", column, table)
		ask(reads, "find kinds", byType[t], func(tx *gorm.DB, some []uuid.UUID, rows *[]kindRow) *gorm.DB {
			return tx.Raw(query, among(some)).Find(rows)
		}, func(row kindRow) error {
			w.found.kinds[row.ID] = row.Kind
			return nil
		})
	}
}

// kindRow is what a record is, among those of its type.
type kindRow struct {
	ID   uuid.UUID
	Kind string
}

// kindOf is a document's entity kind, relationship type, status, stance, source or open item
// kind: what involvements repeat and filters ask for.
func kindOf(document models.Document) string {
	switch d := document.(type) {
	case *models.Entity:
		return string(d.Kind)
	case *models.Relationship:
		return string(d.Type)
	case *models.StatusChange:
		return string(d.Status)
	case *models.Claim:
		return string(d.Stance)
	case *models.Source:
		return d.Kind
	case *models.OpenItem:
		return d.Kind
	}
	return ""
}

// findSlugs looks up the slugs that entities may get: of a large changeset those of some writes at
// a time, since all of them at once would take more memory than all else does.
func (w *writing) findSlugs(reads *database.Reads) error {
	const some = 1000
	for writes := range slices.Chunk(w.writes, some) {
		var wanted []string
		for _, one := range writes {
			if entity, ok := one.Data.(*models.Entity); ok {
				wanted = append(wanted, slugCandidates(one, entity)...)
			}
		}
		ask(reads, "find slugs", wanted, func(tx *gorm.DB, some []string, rows *[]models.SlugRow) *gorm.DB {
			return tx.Find(rows, "slug IN ?", some)
		}, func(row models.SlugRow) error {
			w.found.slugs[row.Slug] = row.RecordID
			return nil
		})
		if len(w.writes) > some {
			if err := reads.Run(); err != nil {
				return err
			}
		}
	}
	return nil
}

// slugCandidates lists the slugs that an entity may get: the one given, the one it has, or
// those made from its name, best first.
func slugCandidates(one *write, entity *models.Entity) []string {
	if entity.Slug != "" {
		return []string{entity.Slug}
	}
	if old, ok := one.old.(*models.Entity); ok {
		return []string{old.Slug}
	}

	base := models.Slug(entity.Name)
	if base == "" {
		base = string(entity.Kind)
	}
	tail := one.ID.String()[24:]
	return []string{base, models.NumberedSlug(base, 2), models.NumberedSlug(base, 3), strings.TrimRight(base[:min(len(base), 60)], "-") + "-" + tail}
}

func (w *writing) findIdentifiers(reads *database.Reads) {
	var values []string
	for _, one := range w.writes {
		if entity, ok := one.Data.(*models.Entity); ok {
			for _, id := range entity.Identifiers {
				values = append(values, id.Value)
			}
		}
	}
	ask(reads, "find identifiers", values, func(tx *gorm.DB, some []string, rows *[]models.IdentifierRow) *gorm.DB {
		return tx.Find(rows, "to_size IS NULL AND value IN ?", some)
	}, func(row models.IdentifierRow) error {
		w.found.identifiers[models.Identifier{Scheme: row.Scheme, Value: row.Value}] = row.RecordID
		return nil
	})
}

// findSteps asks for the status changes of every record whose history, start or end the changeset touches,
// for when the records began and ended whose history it touches, and for what the steps that it writes cite.
func (w *writing) findSteps(reads *database.Reads) {
	var ids, changed, cited []uuid.UUID
	for _, one := range w.writes {
		if w.lifeChanges(one) {
			ids = append(ids, one.ID)
		}
		for _, document := range []models.Document{one.old, one.document} {
			if change, ok := document.(*models.StatusChange); ok {
				changed = append(changed, change.Record)
			}
		}
		if change, ok := one.document.(*models.StatusChange); ok {
			cited = append(cited, citedSources(change.Citations)...)
		}
	}
	ids = append(ids, changed...)
	askSteps(reads, presently, ids, w.found.steps)
	askAnnounced(reads, ids, w.found.announced)
	ask(reads, "find lives", changed, func(tx *gorm.DB, some []uuid.UUID, rows *[]lifeRow) *gorm.DB {
		return tx.Raw(`SELECT id, start_text, start_earliest, start_latest, end_text, end_earliest, end_latest FROM relationships WHERE to_size IS NULL AND id ?
			UNION ALL SELECT id, start_text, start_earliest, start_latest, end_text, end_earliest, end_latest FROM entities WHERE to_size IS NULL AND id ?`, among(some), among(some)).Find(rows)
	}, func(row lifeRow) error {
		w.found.lives[row.ID] = row.Life
		return nil
	})
	ask(reads, "find cited sources", cited, func(tx *gorm.DB, some []uuid.UUID, rows *[]citedSource) *gorm.DB {
		return tx.Raw(`SELECT s.id, s.kind, s.normal_url AS normal, s.published_earliest, s.published_latest, v.at AS written_at, f.at AS entered_at,
				s.state = 'retracted' AS retracted, `+presently.sql(knownPublishers)+` AS publishers FROM sources s
			JOIN revisions v ON v.position = s.revision JOIN revisions f ON f.record_id = s.id AND f.version = 1 WHERE s.to_size IS NULL AND s.id ?`, among(some)).Find(rows)
	}, func(row citedSource) error {
		w.found.sources[row.ID] = row.Shown
		return nil
	})
}

// lifeRow is when what a record tells of began and ended.
type lifeRow struct {
	ID   uuid.UUID
	Life life `gorm:"embedded"`
}

// life is when something began and ended, as far as that is known.
type life struct {
	Start models.Date `gorm:"embedded;embeddedPrefix:start_"`
	End   models.Date `gorm:"embedded;embeddedPrefix:end_"`
}

// lifeIn is that of what a document tells of.
func lifeIn(document models.Document) life {
	switch d := document.(type) {
	case *models.Relationship:
		return life{d.Start, d.End}
	case *models.Entity:
		return life{d.Start, d.End}
	}
	return life{}
}

// lifeChanges reports whether a write gives a record a start or an end that it had not.
func (w *writing) lifeChanges(one *write) bool {
	if one.document == nil {
		return false
	}
	is, was := lifeIn(one.document), life{}
	if one.old != nil && one.Op != models.OpRestore {
		was = lifeIn(one.old)
	}
	return is.Start.Text != was.Start.Text || is.End.Text != was.End.Text
}

// ask adds reads of what belongs to some keys, so many at a time, and takes their rows one after the
// other; without keys it adds none.
func ask[K comparable, T any](reads *database.Reads, what string, keys []K, query func(tx *gorm.DB, some []K, rows *[]T) *gorm.DB, take func(row T) error) {
	for _, some := range chunks(keys) {
		var rows []T
		reads.Add(what, func(tx *gorm.DB) *gorm.DB { return query(tx, some, &rows) }, func() error {
			for _, row := range rows {
				if err := take(row); err != nil {
					return err
				}
			}
			rows = nil
			return nil
		})
	}
}

// loadRecords loads the records with the given ids.
func loadRecords(tx *gorm.DB, ids []uuid.UUID) (map[uuid.UUID]models.Record, error) {
	records := map[uuid.UUID]models.Record{}
	reads := database.NewReads(tx)
	askRecords(reads, ids, records)
	return records, reads.Run()
}

// askRecords asks for records: of a new record's ids there are none.
func askRecords(reads *database.Reads, ids []uuid.UUID, records map[uuid.UUID]models.Record) {
	ask(reads, "load records", ids, func(tx *gorm.DB, some []uuid.UUID, rows *[]models.Record) *gorm.DB {
		return tx.Find(rows, "id ?", among(some))
	}, func(row models.Record) error {
		records[row.ID] = row
		return nil
	})
}

// loadDocuments loads the documents of revisions by their log positions.
func loadDocuments(tx *gorm.DB, positions []int64) (map[int64]models.Document, error) {
	documents := make(map[int64]models.Document, len(positions))
	err := inChunks(positions, func(chunk []int64) error {
		var rows []models.Revision
		if err := tx.Select("position", "type", "document").Find(&rows, "position IN ?", chunk).Error; err != nil {
			return fmt.Errorf("load documents: %w", err)
		}
		for _, row := range rows {
			document, err := readDocument(row.Type, row.Document)
			if err != nil {
				return fmt.Errorf("read revision %d: %w", row.Position, err)
			}
			documents[row.Position] = document
		}
		return nil
	})
	return documents, err
}

// loadSteps loads the live status changes of records, in no order.
func loadSteps(tx *gorm.DB, view view, ids []uuid.UUID) (map[uuid.UUID][]models.StatusStep, error) {
	steps := make(map[uuid.UUID][]models.StatusStep, len(ids))
	reads := database.NewReads(tx)
	askSteps(reads, view, ids, steps)
	return steps, reads.Run()
}

// askSteps asks for the live status changes of records.
func askSteps(reads *database.Reads, view view, ids []uuid.UUID, steps map[uuid.UUID][]models.StatusStep) {
	ask(reads, "load status changes", ids, func(tx *gorm.DB, some []uuid.UUID, rows *[]models.StatusChangeRow) *gorm.DB {
		return tx.Find(rows, view.held("")+" AND state = 'live' AND record_id ?", among(some))
	}, func(row models.StatusChangeRow) error {
		steps[row.RecordID] = append(steps[row.RecordID], row.Step())
		return nil
	})
}

// chunkSize keeps statements below both engines' limits of parameters.
const chunkSize = 5000

// inChunks calls f with runs of distinct values, never with none.
func inChunks[T comparable](values []T, f func(chunk []T) error) error {
	for _, chunk := range chunks(values) {
		if err := f(chunk); err != nil {
			return err
		}
	}
	return nil
}

// chunks gives runs of distinct values, none of them empty.
func chunks[T comparable](values []T) [][]T {
	seen := make(map[T]bool, len(values))
	distinct := make([]T, 0, len(values))
	for _, v := range values {
		if !seen[v] {
			seen[v] = true
			distinct = append(distinct, v)
		}
	}
	return slices.Collect(slices.Chunk(distinct, chunkSize))
}

func keys[K comparable, V any](m map[K]V) []K {
	list := make([]K, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	return list
}
