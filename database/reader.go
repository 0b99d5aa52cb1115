package database

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"gorm.io/gorm"
)

// reader is a pool that only reads, and whether it answers.
type reader struct {
	db      *gorm.DB
	mutex   sync.Mutex
	healthy bool
}

func (r *reader) set(healthy bool) (changed bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	changed = r.healthy != healthy
	r.healthy = healthy
	return changed
}

func (r *reader) answers() bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.healthy
}

// Read gives a pool for reads: SQLite's readers, a replica that answers, or the primary. What a
// replica says may be some milliseconds old; read in a transaction what must not be.
func (d *Database) Read(ctx context.Context) *gorm.DB {
	for _, i := range rand.Perm(len(d.readers)) {
		if d.readers[i].answers() {
			return d.readers[i].db.WithContext(ctx)
		}
	}
	return d.write.WithContext(ctx)
}

// replicaInterval is how often replicas are asked whether they answer.
const replicaInterval = 3 * time.Second

// watchReplicas lets reads go to replicas only while they answer.
func (d *Database) watchReplicas(ctx context.Context) {
	if len(d.readers) == 0 {
		return
	}
	d.checkReplicas(ctx)
	stop := d.stop
	go func() {
		ticker := time.NewTicker(replicaInterval)
		defer ticker.Stop()
		for {
			select {
			case <-stop:
				return
			case <-ticker.C:
				d.checkReplicas(context.Background())
			}
		}
	}()
}

func (d *Database) checkReplicas(ctx context.Context) {
	for i, r := range d.readers {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		var standby bool
		err := r.db.WithContext(ctx).Raw("SELECT pg_is_in_recovery()").Scan(&standby).Error
		cancel()
		if r.set(err == nil) {
			d.logger.Info("replica", "number", i+1, "answers", err == nil)
		}
	}
}
