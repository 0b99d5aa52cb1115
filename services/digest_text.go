package services

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"plumbline/models"
)

// mostTold bounds the records that a letter tells of one watch.
const mostTold = 20

// digestText writes what is new about what an account watches, up to a log size, as everybody can
// see it, and by which link one leaves; "" when nothing is new. Only what is published is told:
// drafts, proposals and embargoed changesets are no part of the log.
func (s *Services) digestText(ctx context.Context, d models.Digest, until int64, leave string) (string, error) {
	t := &teller{s: s, ctx: ctx, told: map[uuid.UUID]bool{}}
	if err := t.records(d, until); err != nil {
		return "", err
	}
	if err := t.lists(d); err != nil {
		return "", err
	}
	if t.n == 0 {
		return "", nil
	}
	return "What is new about what you watch at " + s.site + "\n" + t.text.String() +
		"\nAll of it: " + s.site + "/watches\nAn allegation is what its speaker says; each record says how well it is established.\n" +
		"\nNo more of these letters: " + leave + "\n", nil
}

// teller writes the parts of a letter.
type teller struct {
	s    *Services
	ctx  context.Context
	text strings.Builder
	told map[uuid.UUID]bool
	n    int
}

// records tells of watched records, and of what involves watched entities.
func (t *teller) records(d models.Digest, until int64) error {
	var rows []struct{ Watched, Record uuid.UUID }
	err := t.s.db.Write(t.ctx).Raw(`
		SELECT watched, record FROM (
			SELECT w.record_id AS watched, r.record_id AS record, max(r.position) AS newest,
				ROW_NUMBER() OVER (PARTITION BY w.record_id ORDER BY max(r.position) DESC) AS place
			FROM watches w JOIN revisions r ON r.position >= ? AND r.position < ?
				AND (r.record_id = w.record_id OR EXISTS (SELECT 1 FROM involvements i WHERE i.record_id = r.record_id AND i.entity_id = w.record_id))
			WHERE w.account_id = ? GROUP BY w.record_id, r.record_id) news
		WHERE place <= ? ORDER BY watched, newest DESC`, d.Position, until, d.AccountID, mostTold+1).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("find what is new for a letter: %w", err)
	}
	byWatch, order := map[uuid.UUID][]uuid.UUID{}, []uuid.UUID{}
	for _, row := range rows {
		if byWatch[row.Watched] == nil {
			order = append(order, row.Watched)
		}
		byWatch[row.Watched] = append(byWatch[row.Watched], row.Record)
	}
	refs, err := t.s.Labels(t.ctx, models.Actor{}, order)
	if err != nil {
		return err
	}
	for _, watched := range order {
		if err := t.part(refs[watched].Label(), byWatch[watched]); err != nil {
			return err
		}
	}
	return nil
}

// lists tells of watched lists and searches.
func (t *teller) lists(d models.Digest) error {
	watches, _, err := t.s.listWatchesOf(t.ctx, d.AccountID)
	if err != nil {
		return err
	}
	for _, w := range watches {
		news, _, _, err := t.s.newInList(t.ctx, w, max(d.Position, w.Position), mostTold+1)
		if err != nil {
			return err
		}
		if err := t.part(ListTitle(w), news); err != nil {
			return err
		}
	}
	return nil
}

// ListTitle names a watched list: "Supplies: status ended", "Search: unit 8200".
func ListTitle(w models.ListWatch) string {
	view := ListWatchView{ListWatch: w}
	values := view.Parameters()
	if w.List == models.SearchList {
		return "Search: " + values.Get("q")
	}
	title := models.RecordTypes().Label(w.List) + " list"
	var words []string
	for _, name := range sorted(keys(values)) {
		words = append(words, strings.ReplaceAll(name, "_", " ")+" "+strings.Join(values[name], ", "))
	}
	if len(words) > 0 {
		title += ": " + strings.Join(words, "; ")
	}
	return title
}

// part tells of the records that are new about one watch. What stood in the letter already, under
// another one, is not repeated.
func (t *teller) part(title string, ids []uuid.UUID) error {
	cut := len(ids) > mostTold
	ids = ids[:min(len(ids), mostTold)]
	var fresh []uuid.UUID
	for _, id := range ids {
		if !t.told[id] {
			t.told[id] = true
			fresh = append(fresh, id)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	records, refs, err := t.s.recordsOf(t.ctx, fresh)
	if err != nil {
		return err
	}
	fmt.Fprintf(&t.text, "\n%s\n%s\n", title, strings.Repeat("-", min(len([]rune(title)), 70)))
	for _, id := range fresh {
		if record, ok := records[id]; ok {
			t.record(record, refs)
		}
	}
	if cut {
		t.text.WriteString("\n… and more.\n")
	}
	return nil
}

// record tells of one record: what it is, how well it is established, where it is, its sources. Of
// one that was withdrawn it says no more than that.
func (t *teller) record(r Record, refs map[uuid.UUID]Ref) {
	t.n++
	link := t.s.site + "/records/" + r.ID.String()
	kind := models.RecordTypes().Label(string(r.Type))
	if r.State != models.StateLive {
		fmt.Fprintf(&t.text, "\n%s: was withdrawn or merged into another record\n  %s\n", kind, link)
		return
	}
	fmt.Fprintf(&t.text, "\n%s: %s (%s)\n", standingKind(r, kind), refs[r.ID].Label(), newness(r.Version))
	if claim, ok := r.Document.(*models.Claim); ok {
		fmt.Fprintf(&t.text, "  “%s”\n", shorten(claim.Text))
	}
	if r.Standing.Verification != "" {
		words := models.Verifications().Label(string(r.Standing.Verification))
		if r.Standing.Disputed {
			words += ", disputed"
		}
		fmt.Fprintf(&t.text, "  How well established: %s\n", words)
	}
	fmt.Fprintf(&t.text, "  %s\n", link)
	for _, citation := range r.Document.Cited() {
		source := refs[citation.Source]
		fmt.Fprintf(&t.text, "  Source: %s", originWords(source))
		if len(source.People) > 0 {
			fmt.Fprintf(&t.text, ": %s", source.Name)
		}
		if source.URL != "" {
			fmt.Fprintf(&t.text, ", %s", source.URL)
		}
		t.text.WriteString("\n")
	}
}

// newness says whether a version is the first of its record.
func newness(version int64) string {
	if version == 1 {
		return "new"
	}
	return fmt.Sprintf("changed, version %d", version)
}

// standingKind calls a claim what it is: an allegation is labelled as one.
func standingKind(r Record, kind string) string {
	claim, ok := r.Document.(*models.Claim)
	switch {
	case ok && claim.Stance == models.Alleges:
		return "Allegation"
	case ok:
		return kind + ", what somebody says"
	}
	return kind
}

// recordsOf gives records of any types, with the labels of what they point at.
func (s *Services) recordsOf(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]Record, map[uuid.UUID]Ref, error) {
	var rows []models.Record
	if err := s.db.Write(ctx).Find(&rows, "id ?", among(ids)).Error; err != nil {
		return nil, nil, fmt.Errorf("find records: %w", err)
	}
	byType := map[models.RecordType][]uuid.UUID{}
	for _, row := range rows {
		byType[row.Type] = append(byType[row.Type], row.ID)
	}
	records, refs := map[uuid.UUID]Record{}, map[uuid.UUID]Ref{}
	for t, some := range byType {
		err := s.Gather(ctx, models.Actor{}, t, some, Moment{}, func(page Page) error {
			for _, record := range page.Records {
				records[record.ID] = record
			}
			for id, ref := range page.Refs {
				refs[id] = ref
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	return records, refs, nil
}
