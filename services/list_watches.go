package services

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"plumbline/models"
)

// ListWatchView is a watch of a list with what is new in it.
type ListWatchView struct {
	models.ListWatch
	// News are records of the list that were written, or whose status changed, since its account
	// looked; in no order of importance.
	News []Ref
	More bool
	// Until is the log's size up to which News goes; SeeListWatch takes it.
	Until int64
}

// Parameters are those of the list, as the API names them.
func (w ListWatchView) Parameters() url.Values {
	values, _ := url.ParseQuery(w.Query) // it was written by AddListWatch
	return values
}

// watchedQuery reads the parameters of a list that is to be watched, and writes them in one form.
// What pages and orders a list does not belong to it.
func watchedQuery(list, text string) (string, error) {
	values, err := url.ParseQuery(text)
	if err != nil || len(text) > 2000 {
		return "", models.Errorf(models.ErrInvalid, "The parameters of this list cannot be read. Open the list, and choose to watch it there.")
	}
	for _, name := range []string{"cursor", "limit", "sort", "as_of", "known_at", "facets", "include"} {
		values.Del(name)
	}
	for name := range values {
		values[name] = slices.DeleteFunc(values[name], func(value string) bool { return value == "" })
		if len(values[name]) == 0 {
			values.Del(name)
		}
	}
	if list == models.SearchList {
		if len(values) > 1 {
			return "", searchProblem("q", "A search that is watched has words alone.")
		}
		_, err := foldSearch(values.Get("q"))
		return values.Encode(), err
	}
	if _, known := listings[models.RecordType(list)]; !known {
		return "", models.Errorf(models.ErrInvalid, "There is no list %q to watch.", shorten(list))
	}
	_, err = ParseQuery(models.RecordType(list), values)
	return values.Encode(), err
}

// AddListWatch has an account told of what is new in a list of records of a type, or in what a
// search finds (models.SearchList), from now on. query are its parameters as the API names them:
// ErrInvalid when the list does not take them. It gives the watch, which may be there already.
func (s *Services) AddListWatch(ctx context.Context, by models.Actor, list, query string) (watch models.ListWatch, err error) {
	if err := require(by, ActionWatch); err != nil {
		return watch, err
	}
	query, err = watchedQuery(list, query)
	if err != nil {
		return watch, err
	}
	if _, err := s.inList(ctx, list, query, []uuid.UUID{}, map[uuid.UUID]Ref{}); err != nil {
		return watch, err // a record that it names is not there
	}
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		var n int64
		if err := tx.Model(&models.ListWatch{}).Where("account_id = ?", by.Account).Count(&n).Error; err != nil {
			return fmt.Errorf("count watches: %w", err)
		}
		if n >= mostListWatches {
			return models.Errorf(models.ErrConflict, "You watch %d lists, which is as many as one can. Stop watching one of them first.", n)
		}
		head, err := headCheckpoint(tx)
		if err != nil {
			return err
		}
		fresh := models.ListWatch{ID: newID(), AccountID: by.Account, List: list, Query: query, Position: head.Size, CreatedAt: s.now()}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&fresh).Error; err != nil {
			return fmt.Errorf("store watch: %w", err)
		}
		return wrap(tx.First(&watch, "account_id = ? AND list = ? AND query = ?", by.Account, list, query).Error, "read watch")
	})
	return watch, err
}

// mostListWatches bounds the lists that an account watches: what is new in each is looked up by
// itself.
const mostListWatches = 20

// ListWatches gives the lists that an account watches, with what is new in them, newest watch first.
func (s *Services) ListWatches(ctx context.Context, by models.Actor) ([]ListWatchView, error) {
	if err := require(by, ActionWatch); err != nil {
		return nil, err
	}
	rows, head, err := s.listWatchesOf(ctx, by.Account)
	if err != nil {
		return nil, err
	}
	views := make([]ListWatchView, len(rows))
	for i, row := range rows {
		news, refs, more, err := s.newInList(ctx, row, row.Position, newsShown)
		if err != nil {
			return nil, err
		}
		views[i] = ListWatchView{ListWatch: row, More: more, Until: head}
		for _, id := range news {
			views[i].News = append(views[i].News, refs[id])
		}
	}
	return views, nil
}

func (s *Services) listWatchesOf(ctx context.Context, account uuid.UUID) ([]models.ListWatch, int64, error) {
	tx := s.db.Primary(ctx)
	head, err := headCheckpoint(tx)
	if err != nil {
		return nil, 0, err
	}
	var rows []models.ListWatch
	err = tx.Order("id DESC").Limit(mostListWatches).Find(&rows, "account_id = ?", account).Error
	return rows, head.Size, wrap(err, "list watches of lists")
}

// mostLookedAt bounds the changed records that are looked through for one list, lookedAtOnce those
// that are sought in it at a time.
const (
	mostLookedAt = 20_000
	lookedAtOnce = 2000
)

// newInList finds the records of a list that were written since a position of the log, or whose
// status changed, newest first. more says that there are others, or may be.
func (s *Services) newInList(ctx context.Context, w models.ListWatch, since int64, most int) (news []uuid.UUID, refs map[uuid.UUID]Ref, more bool, err error) {
	var changed []uuid.UUID
	err = s.db.Primary(ctx).Raw(`
		SELECT id FROM (
			SELECT record_id AS id, position FROM revisions WHERE position >= ?
			UNION ALL
			SELECT c.record_id AS id, r.position FROM revisions r JOIN status_changes c ON c.id = r.record_id AND c.to_size IS NULL
			WHERE r.position >= ? AND r.type = 'status_change') x
		GROUP BY id ORDER BY max(position) DESC LIMIT ?`, since, since, mostLookedAt).Scan(&changed).Error
	if err != nil {
		return nil, nil, false, fmt.Errorf("find what changed: %w", err)
	}
	refs = map[uuid.UUID]Ref{}
	for some := range slices.Chunk(changed, lookedAtOnce) {
		found, err := s.inList(ctx, w.List, w.Query, some, refs)
		if err != nil {
			return nil, nil, false, err
		}
		for _, id := range some {
			if found[id] {
				news = append(news, id)
			}
		}
		if len(news) > most {
			return news[:most], refs, true, nil
		}
	}
	return news, refs, len(changed) == mostLookedAt, nil
}

// inList finds which of some records a list holds, and labels them.
func (s *Services) inList(ctx context.Context, list, query string, among []uuid.UUID, refs map[uuid.UUID]Ref) (map[uuid.UUID]bool, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, fmt.Errorf("read the query of a watch: %w", err)
	}
	found := map[uuid.UUID]bool{}
	if list == models.SearchList {
		hits, err := s.searchAmong(ctx, values.Get("q"), among)
		for _, hit := range hits {
			found[hit.ID], refs[hit.ID] = true, hit.Ref
		}
		return found, err
	}
	q, err := ParseQuery(models.RecordType(list), values)
	if err != nil {
		return nil, err
	}
	q.Limit, q.among = len(among)+1, among
	page, err := s.List(ctx, models.Actor{}, models.RecordType(list), q)
	for _, record := range page.Records {
		found[record.ID] = true
	}
	maps.Copy(refs, page.Refs)
	return found, err
}

// SeeListWatch notes that what is new in a list was looked at, up to a log size.
func (s *Services) SeeListWatch(ctx context.Context, by models.Actor, id uuid.UUID, until int64) error {
	if err := require(by, ActionWatch); err != nil {
		return err
	}
	head, err := headCheckpoint(s.db.Primary(ctx))
	if err != nil {
		return err
	}
	seen := s.db.Write(ctx).Model(&models.ListWatch{}).Where("id = ? AND account_id = ?", id, by.Account).Update("position", min(max(until, 0), head.Size))
	return ownWatch(seen)
}

// DeleteListWatch ends a watch of a list.
func (s *Services) DeleteListWatch(ctx context.Context, by models.Actor, id uuid.UUID) error {
	if err := require(by, ActionWatch); err != nil {
		return err
	}
	return ownWatch(s.db.Write(ctx).Delete(&models.ListWatch{}, "id = ? AND account_id = ?", id, by.Account))
}

func ownWatch(done *gorm.DB) error {
	if done.Error == nil && done.RowsAffected == 0 {
		return models.Errorf(models.ErrNotFound, "You do not watch this (any more).")
	}
	return wrap(done.Error, "change a watch")
}
