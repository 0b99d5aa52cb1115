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

// statsCache keeps the last stats: they change with the log's size and the day alone.
type statsCache struct {
	mutex sync.Mutex
	stats *Stats
}

// Stats gives totals. Those of the present are counted once for each publication and day.
func (s *Services) Stats(ctx context.Context, m Moment) (Stats, error) {
	r, err := s.read(ctx, m)
	if err != nil {
		return Stats{}, err
	}
	s.stats.mutex.Lock()
	defer s.stats.mutex.Unlock()
	if kept := s.stats.stats; kept != nil && !r.Past && kept.Size == r.Size && kept.AsOf == r.AsOf {
		return *kept, nil
	}

	stats, err := r.count()
	if err == nil && !r.Past {
		s.stats.stats = &stats
	}
	return stats, err
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
		if err := r.tx.Raw(r.sql(count.text)).Scan(&rows).Error; err != nil {
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
