package services

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"plumbline/database"
	"plumbline/models"
)

// shownRow is a citation of a step, with what is known of its source: nothing of one that is on hold.
type shownRow struct {
	ChangeID          uuid.UUID
	HoldsOn           models.Day
	PublishedEarliest models.Day
	PublishedLatest   models.Day
	WrittenAt         *time.Time
	EnteredAt         *time.Time
	// SaidAt is when the step was written last.
	SaidAt    *time.Time
	CheckedOn models.Day
	// Kind and Normal are the source's kind and normal address, Publishers how many it has who are known.
	Kind, Normal string
	Publishers   int
	Retracted    bool
}

// facts are those by which the source counts. One that is on hold goes on showing what it showed.
func (row shownRow) facts() *sourceFacts {
	if row.Kind == "" {
		row.Publishers = 1
	}
	return &sourceFacts{kind: row.Kind, normal: row.Normal, retracted: row.Retracted, publishers: make([]uuid.UUID, row.Publishers)}
}

// addTo adds the citation to what shows its step: what counts wholly; of what counts not, where nothing
// else is cited, on which day it was published; of a file of ours, when the step was written.
func (row shownRow) addTo(evidence map[uuid.UUID]models.StepEvidence, weight weight) {
	e := evidence[row.ChangeID]
	published := models.Date{Earliest: row.PublishedEarliest, Latest: row.PublishedLatest}
	switch weight {
	case showsDays:
		e.Add(row.HoldsOn, published, dayOf(row.EnteredAt), dayOf(row.WrittenAt))
	case tellsDays:
		e.Add(models.Day{}, published, dayOf(row.EnteredAt), dayOf(row.WrittenAt))
	default:
		e.Add(models.Day{}, models.Date{}, dayOf(row.SaidAt), models.Day{})
	}
	evidence[row.ChangeID] = e
}

func dayOf(at *time.Time) models.Day {
	if at == nil {
		return models.Day{}
	}
	return models.DayOf(*at)
}

// admittedRow is a speaker of a claim that admits a step whole, and a source of it.
type admittedRow struct {
	SourceID       uuid.UUID
	RecordID       uuid.UUID
	ChangeID       uuid.UUID
	SaidOnEarliest models.Day
	SaidOnLatest   models.Day
	EntityID       *uuid.UUID
	OnBehalfOfID   *uuid.UUID
}

// knownPublishers counts the publishers of a source s who are known.
const knownPublishers = `(SELECT COUNT(*) FROM record_links p LEFT JOIN entities e ON e.id = p.target_id AND {held:e}
	WHERE p.record_id = s.id AND p.role = 'publisher' AND {held:p} AND COALESCE(e.identity, '') <> 'undisclosed')`

// askShown asks for what shows the steps of records: when their sources were published and entered,
// and who admitted them.
func (d *derivation) askShown(ids []uuid.UUID) {
	// A step is shown by what it cites, the end of a record by what the record does.
	shown := func(table, key string) string {
		return `SELECT t.id AS change_id, c.holds_on, s.published_earliest, s.published_latest, v.at AS written_at, f.at AS entered_at, w.at AS said_at,
			c.checked_on, COALESCE(s.kind, '') AS kind, COALESCE(s.normal_url, '') AS normal,
			COALESCE(s.state = 'retracted', FALSE) AS retracted,
			` + knownPublishers + ` AS publishers
		FROM ` + table + ` t
		JOIN revisions w ON w.position = t.revision
		JOIN citations c ON c.record_id = t.id AND {held:c}
		LEFT JOIN sources s ON s.id = c.source_id AND {held:s}
		LEFT JOIN revisions v ON v.position = s.revision
		LEFT JOIN revisions f ON f.record_id = c.source_id AND f.version = 1
		WHERE {held:t} AND t.state = 'live' AND ` + key
	}
	query := d.view.sql(shown("status_changes", "t.record_id ?") + " UNION ALL " + shown("relationships", "t.end_latest IS NOT NULL AND t.id ?") +
		" UNION ALL " + shown("entities", "t.end_latest IS NOT NULL AND t.id ?"))
	ask(d.reads, "load what shows steps", ids, func(tx *gorm.DB, some []uuid.UUID, rows *[]shownRow) *gorm.DB {
		return tx.Raw(query, among(some), among(some), among(some)).Find(rows)
	}, func(row shownRow) error {
		d.cited = append(d.cited, row)
		return nil
	})

	admitted := d.view.sql(`SELECT q.source_id, t.record_id, t.id AS change_id, c.said_on_earliest, c.said_on_latest, s.entity_id, s.on_behalf_of_id
		FROM status_changes t
		JOIN record_links l ON l.target_id = t.id AND l.role = 'about' AND {held:l}
		JOIN claims c ON c.id = l.record_id AND {held:c} AND c.state = 'live' AND c.stance = 'admits' AND c.extent = 'full'
		JOIN record_speakers s ON s.record_id = c.id AND {held:s}
		JOIN citations q ON q.record_id = c.id AND {held:q}
		WHERE {held:t} AND t.state = 'live' AND t.record_id ?`)
	ask(d.reads, "load who admits steps", ids, func(tx *gorm.DB, some []uuid.UUID, rows *[]admittedRow) *gorm.DB {
		return tx.Raw(admitted, among(some)).Find(rows)
	}, func(row admittedRow) error {
		d.admitted[row.RecordID] = append(d.admitted[row.RecordID], row)
		return nil
	})
}

// askAdmittedParties asks for the parties of records whose steps somebody admitted, beyond those
// whose parties are computed.
func (d *derivation) askAdmittedParties(computed []uuid.UUID) {
	known := make(map[uuid.UUID]bool, len(computed))
	for _, id := range computed {
		known[id] = true
	}
	var others []uuid.UUID
	for id := range d.admitted {
		if _, asked := d.parties[id]; !known[id] && !asked {
			others = append(others, id)
			d.stored[id] = true
			d.parties[id] = nil
		}
	}
	d.askStoredParties(distinct(others))
}

// settleSteps says which steps of a record are believed to have happened.
func (d *derivation) settleSteps(id uuid.UUID) []models.StatusStep {
	parties := map[uuid.UUID]bool{}
	if len(d.admitted[id]) > 0 {
		for _, party := range d.partiesOf(id) {
			parties[party] = true
		}
	}
	for _, row := range d.admitted[id] {
		if !d.sources.evidenced([]models.Citation{{Source: row.SourceID}}) {
			continue
		}
		if row.EntityID != nil && parties[*row.EntityID] || row.OnBehalfOfID != nil && parties[*row.OnBehalfOfID] {
			e := d.evidence[row.ChangeID]
			e.Admitted = laterDay(e.Admitted, models.Date{Earliest: row.SaidOnEarliest, Latest: row.SaidOnLatest}.EvidenceDay())
			d.evidence[row.ChangeID] = e
		}
	}

	steps := d.steps[id]
	models.OrderSteps(steps)
	for i := range steps {
		settleStep(&steps[i], d.evidence[steps[i].Change])
	}
	return steps
}

// settleStep says of a step whether it is believed to have happened.
func settleStep(step *models.StatusStep, e models.StepEvidence) {
	step.Unconfirmed = !step.Happened(e)
	step.Told = step.Announced.EvidenceDay()
	if step.Told.IsZero() {
		step.Told = e.Told
	}
}

// askAnnounced asks which steps of records are announced and not confirmed at present.
func askAnnounced(reads *database.Reads, records []uuid.UUID, announced map[uuid.UUID]bool) {
	ask(reads, "load announced steps", records, func(tx *gorm.DB, some []uuid.UUID, rows *[]models.AnnouncedStepRow) *gorm.DB {
		return tx.Select("change_id").Find(rows, "to_size IS NULL AND record_id ?", among(some))
	}, func(row models.AnnouncedStepRow) error {
		announced[row.ChangeID] = true
		return nil
	})
}

// announcedSQL finds the announced steps of records, and those that are records of a page themselves.
const announcedSQL = `SELECT c.*, a.told_day, a.due_day FROM announced_steps a
	JOIN status_changes c ON c.id = a.change_id AND {held:c} AND c.state = 'live'
	WHERE {held:a} AND (a.record_id ? OR a.change_id ?)`

// announcersSQL finds who speaks in the claims of steps, which party published what they cite, and who
// else did: those report it.
const announcersSQL = `SELECT c.id AS change_id, 1 AS rank, COALESCE(s.on_behalf_of_id, s.entity_id) AS entity_id FROM status_changes c
	JOIN record_speakers s ON s.record_id = c.claim_id AND {held:s} AND COALESCE(s.on_behalf_of_id, s.entity_id) IS NOT NULL
	WHERE {held:c} AND c.id ?
	UNION ALL SELECT t.record_id, CASE WHEN EXISTS (SELECT 1 FROM involvements i WHERE i.record_id = t.record_id AND i.entity_id = l.target_id AND i.role = 'party' AND {held:i})
		THEN 2 ELSE 3 END, l.target_id FROM citations t
	JOIN record_links l ON l.record_id = t.source_id AND l.role = 'publisher' AND {held:l}
	WHERE {held:t} AND t.record_id ?`

// reportsIt is the rank of who reports a step and announced nothing.
const reportsIt = 3

// announced adds to records their steps that were announced and not confirmed, as far as they had
// been announced by the day, and to status changes whether they are such: in one query, and one more
// where there are some.
func (r *reading) announced(records []Record) error {
	for _, record := range records {
		if step, is := record.unshownEnd(r.AsOf); is {
			record.Status.Announced = append(record.Status.Announced, step)
		}
	}
	tracked, changes := map[uuid.UUID]*StatusView{}, map[uuid.UUID]*Record{}
	for i := range records {
		if records[i].Status != nil {
			tracked[records[i].ID] = records[i].Status
		}
		if records[i].Type == models.TypeStatusChange {
			changes[records[i].ID] = &records[i]
		}
	}
	if len(tracked)+len(changes) == 0 {
		return nil
	}

	var rows []struct {
		models.StatusChangeRow `gorm:"embedded"`
		ToldDay, DueDay        string
	}
	if err := r.raw(announcedSQL, among(keys(tracked)), among(keys(changes))).Scan(&rows).Error; err != nil || len(rows) == 0 {
		return wrap(err, "read announced steps")
	}
	steps := make(map[uuid.UUID]*AnnouncedStep, len(rows))
	for _, row := range rows {
		step := &AnnouncedStep{StatusStep: row.Step(), Past: row.DueDay < r.AsOf.String()}
		step.Unconfirmed = true
		if row.ActorID != nil {
			step.By = []uuid.UUID{*row.ActorID}
		}
		steps[row.ID] = step
	}
	if err := r.announcers(steps); err != nil {
		return err
	}

	for _, row := range rows {
		if change := changes[row.ID]; change != nil {
			change.Announced = steps[row.ID]
		}
		if view := tracked[row.RecordID]; view != nil && row.ToldDay <= r.AsOf.String() {
			view.Announced = append(view.Announced, *steps[row.ID])
		}
	}
	for _, view := range tracked {
		slices.SortFunc(view.Announced, func(a, b AnnouncedStep) int {
			return cmp.Or(a.Effective.Compare(b.Effective), a.Place-b.Place, bytes.Compare(a.Change[:], b.Change[:]))
		})
	}
	return nil
}

// unshownEnd gives the end of a record as a step to come, where its day has gone by and nothing shows
// that it came: whether it did is unknown.
func (r Record) unshownEnd(day models.Day) (AnnouncedStep, bool) {
	if r.Status == nil || r.Document == nil {
		return AnnouncedStep{}, false
	}
	end, status := lifeIn(r.Document).End, r.Status.Subject.AfterEnd()
	if status == "" || r.Status.Subject.HasTerm() || end.IsUncertain() || !end.CertainBy(day) || r.Status.Subject.Ends(r.Status.Span.Status) {
		return AnnouncedStep{}, false
	}
	return AnnouncedStep{StatusStep: models.StatusStep{Change: r.ID, Status: status, Extent: models.Full, Effective: end, Unconfirmed: true}, Past: true}, true
}

// announcers finds who announced steps of which nobody is known to take them.
func (r *reading) announcers(steps map[uuid.UUID]*AnnouncedStep) error {
	var ids []uuid.UUID
	for id, step := range steps {
		if len(step.By) == 0 {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var rows []struct {
		ChangeID uuid.UUID
		Rank     int
		EntityID uuid.UUID
	}
	if err := r.raw("SELECT * FROM ("+announcersSQL+") a ORDER BY change_id, rank, entity_id", among(ids), among(ids)).Scan(&rows).Error; err != nil {
		return wrap(err, "read who announced steps")
	}
	best := map[uuid.UUID]int{}
	for _, row := range rows {
		if first, known := best[row.ChangeID]; known && first != row.Rank {
			continue
		}
		best[row.ChangeID] = row.Rank
		list := &steps[row.ChangeID].By
		if row.Rank == reportsIt {
			list = &steps[row.ChangeID].Reporters
		}
		if !slices.Contains(*list, row.EntityID) {
			*list = append(*list, row.EntityID)
		}
	}
	return nil
}

// Confirmed says whether a status change is believed to have happened: nil where it is announced for
// a day that has not gone by, for one that does not stand, and for other records.
func (r Record) Confirmed() *bool {
	if r.Type != models.TypeStatusChange || r.State != models.StateLive || r.Announced != nil && !r.Announced.Past {
		return nil
	}
	happened := r.Announced == nil
	return &happened
}
