package services

import (
	"context"
	"fmt"
	"sync"
	"time"

	"plumbline/models"
)

// Stats are totals over the live records of a moment.
type Stats struct {
	// Records counts by record type; Entities by kind; Links by relationship type; Supplies by
	// status on the day; OpenItems by status on the day.
	Records   map[string]int64
	Entities  map[string]int64
	Links     map[string]int64
	Supplies  map[string]int64
	OpenItems map[string]int64
	// Size is the log's size, At when it was reached; zero for an empty log.
	Size int64
	At   time.Time
	AsOf models.Day
}

// statsCache keeps stats: they change with the log's size and the day alone.
type statsCache struct {
	mutex sync.Mutex
	kept  map[statsKey]keptStats
	// counting is held by who counts the present, so that one does for all.
	counting sync.Mutex
}

// statsKey is the day asked about, and the log size of a past; 0 for the present.
type statsKey struct {
	day  models.Day
	size int64
}

type keptStats struct {
	Stats
	// until is how long they are kept although the log grew, where counting takes long.
	until time.Time
}

// mostStats bounds the cache.
const mostStats = 100

func (c *statsCache) get(key statsKey, size int64, now time.Time) (Stats, bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	kept, ok := c.kept[key]
	return kept.Stats, ok && (kept.Size == size || now.Before(kept.until))
}

func (c *statsCache) put(key statsKey, stats keptStats) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if len(c.kept) >= mostStats || c.kept == nil {
		c.kept = map[statsKey]keptStats{}
	}
	c.kept[key] = stats
}

// Counting that took longer than slowCount is repeated only after restFactor times as long, so
// that publications on a large database do not each cost a count of everything.
const (
	slowCount  = 100 * time.Millisecond
	restFactor = 60
)

// Stats gives totals. Those of the present are counted once for each publication and day; on a
// large database they may be some minutes old, and their Size says of which log. The maps are
// shared: they must not be written to.
func (s *Services) Stats(ctx context.Context, m Moment) (Stats, error) {
	r, err := s.read(ctx, m)
	if err != nil {
		return Stats{}, err
	}
	key := statsKey{day: r.AsOf, size: r.frozen()}
	if kept, ok := s.stats.get(key, r.Size, s.now()); ok {
		return kept, nil
	}
	if !r.Past {
		s.stats.counting.Lock()
		defer s.stats.counting.Unlock()
		if kept, ok := s.stats.get(key, r.Size, s.now()); ok {
			return kept, nil
		}
	}

	began := time.Now()
	kept := keptStats{}
	if kept.Stats, err = r.count(); err != nil {
		return Stats{}, err
	}
	if took := time.Since(began); took > slowCount && !r.Past {
		kept.until = s.now().Add(restFactor * took)
	}
	s.stats.put(key, kept)
	return kept.Stats, nil
}

// StatsSoon begins what Stats does beside what the caller does meanwhile. See Counting.
func (s *Services) StatsSoon(ctx context.Context, m Moment) *Counting[Stats] {
	return begin(ctx, s, func(ctx context.Context) (Stats, error) { return s.Stats(ctx, m) })
}

func (r *reading) count() (Stats, error) {
	stats := Stats{Size: r.Size, AsOf: r.AsOf}
	const live = " WHERE {held:t} AND t.state = 'live'"
	const spans = " JOIN spans sp ON sp.record_id = t.id AND {held:sp} AND sp.from_day <= {day} AND sp.until_day > {day}" + live
	for _, count := range []struct {
		into *map[string]int64
		text string
	}{
		{&stats.Records, "SELECT 'status_change' AS name, count(*) AS n FROM status_changes t" + live +
			" UNION ALL SELECT 'claim', count(*) FROM claims t" + live + " UNION ALL SELECT 'source', count(*) FROM sources t" + live},
		{&stats.Entities, "SELECT t.kind AS name, count(*) AS n FROM entities t" + live + " GROUP BY t.kind"},
		{&stats.Links, "SELECT t.type AS name, count(*) AS n FROM relationships t" + live + " GROUP BY t.type"},
		{&stats.Supplies, "SELECT sp.status AS name, count(*) AS n FROM relationships t" + spans + " AND t.type = 'supplied_to' GROUP BY sp.status"},
		{&stats.OpenItems, "SELECT sp.status AS name, count(*) AS n FROM open_items t" + spans + " GROUP BY sp.status"},
	} {
		var rows []struct {
			Name string
			N    int64
		}
		if err := r.raw(count.text).Scan(&rows).Error; err != nil {
			return Stats{}, fmt.Errorf("count: %w", err)
		}
		*count.into = map[string]int64{}
		for _, row := range rows {
			(*count.into)[row.Name] = row.N
		}
	}

	for name, counts := range map[models.RecordType]map[string]int64{models.TypeEntity: stats.Entities,
		models.TypeRelationship: stats.Links, models.TypeOpenItem: stats.OpenItems} {
		for _, n := range counts {
			stats.Records[string(name)] += n
		}
	}
	var reached models.Checkpoint
	err := r.tx.Limit(1).Find(&reached, "size = ?", r.Size).Error
	stats.At = reached.At.UTC()
	return stats, wrap(err, "read the checkpoint")
}
