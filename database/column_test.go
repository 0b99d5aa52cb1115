package database_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"plumbline/database"
	"plumbline/database/dbtest"
)

// requireIs ends the test at an error of another kind.
func requireIs(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, expected %v", err, want)
	}
}

// moment is a row with an instant.
type moment struct {
	ID int64 `gorm:"primaryKey"`
	At time.Time
	// Maybe is NULL at times.
	Maybe *time.Time
}

func moments(t *testing.T, db *database.Database) {
	t.Helper()
	column := map[string]string{database.SQLite: "TIMESTAMP", database.Postgres: "timestamptz"}[db.Dialect()]
	run(t, db.Write(t.Context()).Exec("CREATE TABLE moments (id BIGINT PRIMARY KEY, at "+column+" NOT NULL, maybe "+column+")").Error)
}

func TestInstants_comeBackInUTCToTheMicrosecond(t *testing.T) {
	t.Parallel()
	// The zone of the machine must not show; pgx gives local times unless told otherwise.
	local := time.Local
	time.Local = time.FixedZone("elsewhere", -7*3600)
	t.Cleanup(func() { time.Local = local })

	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		moments(t, db)
		east := time.Date(2025, 9, 25, 1, 30, 0, 123456789, time.FixedZone("", 3*3600))
		run(t, db.Write(t.Context()).Create(&moment{ID: 1, At: east, Maybe: &east}).Error)
		run(t, db.Write(t.Context()).Create(&moment{ID: 2, At: time.Date(1901, 1, 2, 3, 4, 5, 6000, time.UTC)}).Error)

		var rows []moment
		run(t, db.Read(t.Context()).Order("id").Find(&rows).Error)
		want := time.Date(2025, 9, 24, 22, 30, 0, 123456000, time.UTC)
		if rows[0].At != want || *rows[0].Maybe != want {
			t.Errorf("%v came back as %v and %v", east, rows[0].At, rows[0].Maybe)
		}
		if old := time.Date(1901, 1, 2, 3, 4, 5, 6000, time.UTC); rows[1].At != old || rows[1].Maybe != nil {
			t.Errorf("%v came back as %v, NULL as %v", old, rows[1].At, rows[1].Maybe)
		}
	})
}

func TestInstants_compareAcrossZones(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		moments(t, db)
		noon := time.Date(2025, 9, 25, 12, 0, 0, 0, time.UTC)
		run(t, db.Write(t.Context()).Create(&moment{ID: 1, At: noon}).Error)
		east := time.FixedZone("", 3*3600)
		for at, want := range map[time.Time]int64{
			noon.Add(-time.Microsecond).In(east): 0, noon.In(east): 1, noon.Add(time.Microsecond).In(east): 1,
		} {
			var n int64
			run(t, db.Read(t.Context()).Model(&moment{}).Where("at <= ?", at).Count(&n).Error)
			if n != want {
				t.Errorf("%d moments by %v, expected %d", n, at, want)
			}
		}
	})
}

func TestInstants_areUTCInSQLToo(t *testing.T) {
	t.Parallel()
	db := dbtest.Postgres(t)
	var zone string
	run(t, db.Write(t.Context()).Raw("SHOW timezone").Scan(&zone).Error)
	if zone != "UTC" {
		t.Errorf("the session's zone is %s", zone)
	}
}

// parcel is a row with JSON columns.
type parcel struct {
	ID    int64 `gorm:"primaryKey"`
	Tags  database.JSON[[]string]
	Terms *database.JSON[map[string]any]
}

func TestJSON_comesBackAsItWas(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.Database) {
		column := map[string]string{database.SQLite: "TEXT", database.Postgres: "jsonb"}[db.Dialect()]
		write := db.Write(t.Context())
		run(t, write.Exec("CREATE TABLE parcels (id BIGINT PRIMARY KEY, tags "+column+" NOT NULL, terms "+column+")").Error)
		sent := []parcel{
			{ID: 1, Tags: database.JSON[[]string]{V: []string{"a", `"b"`, "عربى"}}, Terms: &database.JSON[map[string]any]{V: map[string]any{"days": 30.0}}},
			{ID: 2, Tags: database.JSON[[]string]{V: []string{}}},
		}
		run(t, write.Create(&sent).Error)

		var got []parcel
		run(t, db.Read(t.Context()).Order("id").Find(&got).Error)
		if !reflect.DeepEqual(got, sent) {
			t.Errorf("%+v came back as %+v", sent, got)
		}
		var ids []int64
		run(t, db.Read(t.Context()).Model(&parcel{}).Where("terms ->> 'days' = ?", map[string]any{database.SQLite: 30, database.Postgres: "30"}[db.Dialect()]).Pluck("id", &ids).Error)
		if len(ids) != 1 || ids[0] != 1 {
			t.Errorf("the database looked into the JSON and found %v", ids)
		}
	})
}

func TestJSON_refusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	j := database.JSON[[]string]{V: []string{"kept"}}
	for _, bad := range []any{`{"a":1}`, []byte("[1"), 7} {
		if err := j.Scan(bad); err == nil || !strings.Contains(err.Error(), "JSON column") {
			t.Errorf("Scan(%v) gave %v", bad, err)
		}
	}
	if len(j.V) != 1 {
		t.Errorf("a failed Scan left %v", j.V)
	}
	if err := j.Scan(nil); err != nil || j.V != nil {
		t.Errorf("NULL gave %v, %v", j.V, err)
	}
	if _, err := (database.JSON[chan int]{}).Value(); err == nil {
		t.Error("a channel became JSON")
	}
}

func TestJSON_doesNotShowInJSON(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(map[string]any{"tags": database.JSON[[]string]{V: []string{"a"}}})
	run(t, err)
	if string(text) != `{"tags":["a"]}` {
		t.Errorf("it became %s", text)
	}
	var back struct{ Tags database.JSON[[]string] }
	run(t, json.Unmarshal(text, &back))
	if len(back.Tags.V) != 1 {
		t.Errorf("it came back as %v", back)
	}
}
