package services

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"plumbline/models"
)

// Bounds of watches.
const (
	mostWatches = 200
	// newsShown is how many of a watch's newest revisions are listed.
	newsShown = 10
)

// WatchView is a watch with what is new about it.
type WatchView struct {
	models.Watch
	Record Ref
	// News are the newest revisions that its account did not look at yet, newest first.
	News []RevisionView
	// More says that there are further ones.
	More bool
	// Until is the log's size up to which News goes; SeeWatch takes it.
	Until int64
}

// AddWatch has an account told of a record from now on; of one that it watches already, it changes
// nothing. It gives the watch: ErrNotFound when there is no such record.
func (s *Services) AddWatch(ctx context.Context, by models.Actor, idOrSlug string) (watch models.Watch, err error) {
	if err := require(by, ActionWatch); err != nil {
		return watch, err
	}
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		record, err := survivor(tx, idOrSlug)
		if err != nil {
			return err
		}
		var n int64
		if err := tx.Model(&models.Watch{}).Where("account_id = ? AND record_id <> ?", by.Account, record.ID).Count(&n).Error; err != nil {
			return fmt.Errorf("count watches: %w", err)
		}
		if n >= mostWatches {
			return models.Errorf(models.ErrConflict, "You watch %d records, which is as many as one can. Stop watching one of them first.", n)
		}
		head, err := headCheckpoint(tx)
		if err != nil {
			return err
		}
		fresh := models.Watch{ID: newID(), AccountID: by.Account, RecordID: record.ID, Position: head.Size, CreatedAt: s.now()}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&fresh).Error; err != nil {
			return fmt.Errorf("store watch: %w", err)
		}
		return wrap(tx.First(&watch, "account_id = ? AND record_id = ?", by.Account, record.ID).Error, "read watch")
	})
	return watch, err
}

// Watches lists what an account watches, with what is new, newest watch first. What is shown is
// what the account can see at this moment.
func (s *Services) Watches(ctx context.Context, by models.Actor) ([]WatchView, error) {
	if err := require(by, ActionWatch); err != nil {
		return nil, err
	}
	tx := s.db.Primary(ctx)
	head, err := headCheckpoint(tx)
	if err != nil {
		return nil, err
	}
	var rows []models.Watch
	if err := tx.Order("id DESC").Limit(mostWatches).Find(&rows, "account_id = ?", by.Account).Error; err != nil {
		return nil, fmt.Errorf("list watches: %w", err)
	}
	news, err := newsOf(tx, by.Account, head.Size)
	if err != nil {
		return nil, err
	}

	views := make([]WatchView, len(rows))
	wanted, positions := wantedRefs{}, []int64{}
	for i, row := range rows {
		views[i] = WatchView{Watch: row, Until: head.Size, More: len(news[row.ID]) > newsShown}
		wanted.add("", row.RecordID)
		news[row.ID] = news[row.ID][:min(len(news[row.ID]), newsShown)]
		positions = append(positions, news[row.ID]...)
	}
	refs, err := (&reading{tx: tx}).loadRefs(wanted)
	if err != nil {
		return nil, err
	}
	found, err := s.revisionsAt(ctx, by, positions)
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		views[i].Record = refs[row.RecordID]
		for _, position := range news[row.ID] {
			if view, ok := found[position]; ok {
				views[i].News = append(views[i].News, view)
			}
		}
	}
	return views, nil
}

// newsOf finds for each watch of an account the newest positions that it did not look at, one
// more than are shown, in one query.
func newsOf(tx *gorm.DB, account uuid.UUID, size int64) (map[uuid.UUID][]int64, error) {
	var rows []struct {
		Watch    uuid.UUID
		Position int64
	}
	err := tx.Raw(`
		SELECT watch, position FROM (
			SELECT w.id AS watch, r.position, ROW_NUMBER() OVER (PARTITION BY w.id ORDER BY r.position DESC) AS place
			FROM watches w JOIN revisions r ON r.position >= w.position AND r.position < ?
				AND (r.record_id = w.record_id OR EXISTS (SELECT 1 FROM involvements i WHERE i.record_id = r.record_id AND i.entity_id = w.record_id))
			WHERE w.account_id = ?) news
		WHERE place <= ? ORDER BY watch, position DESC`, size, account, newsShown+1).Scan(&rows).Error
	news := map[uuid.UUID][]int64{}
	for _, row := range rows {
		news[row.Watch] = append(news[row.Watch], row.Position)
	}
	return news, wrap(err, "find what is new")
}

// revisionsAt gives revisions by their positions.
func (s *Services) revisionsAt(ctx context.Context, by models.Actor, positions []int64) (map[int64]RevisionView, error) {
	found := map[int64]RevisionView{}
	for len(positions) > 0 {
		some := positions[:min(len(positions), 500)]
		positions = positions[len(some):]
		list, err := s.Revisions(ctx, by, RevisionQuery{Positions: some, Limit: len(some)})
		if err != nil {
			return nil, err
		}
		for _, view := range list {
			found[view.Position] = view
		}
	}
	return found, nil
}

// SeeWatch notes that what is new about a watch was looked at, up to a log size.
func (s *Services) SeeWatch(ctx context.Context, by models.Actor, id uuid.UUID, until int64) error {
	return s.withWatch(ctx, by, id, func(tx *gorm.DB) error {
		head, err := headCheckpoint(tx)
		if err != nil {
			return err
		}
		return wrap(tx.Model(&models.Watch{}).Where("id = ? AND position < ?", id, until).Update("position", min(until, head.Size)).Error, "see watch %s", id)
	})
}

// DeleteWatch ends a watch.
func (s *Services) DeleteWatch(ctx context.Context, by models.Actor, id uuid.UUID) error {
	return s.withWatch(ctx, by, id, func(tx *gorm.DB) error {
		return wrap(tx.Delete(&models.Watch{}, "id = ?", id).Error, "delete watch %s", id)
	})
}

// withWatch does something with one of an account's own watches: ErrNotFound for those of others.
func (s *Services) withWatch(ctx context.Context, by models.Actor, id uuid.UUID, does func(tx *gorm.DB) error) error {
	if err := require(by, ActionWatch); err != nil {
		return err
	}
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		var n int64
		if err := tx.Model(&models.Watch{}).Where("id = ? AND account_id = ?", id, by.Account).Count(&n).Error; err != nil {
			return fmt.Errorf("find watch %s: %w", id, err)
		}
		if n == 0 {
			return models.Errorf(models.ErrNotFound, "You do not watch this (any more).")
		}
		return does(tx)
	})
}
