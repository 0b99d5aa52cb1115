package main

import (
	"context"
	"os"
	"testing"
	"time"

	"plumbline/database/dbtest"
)

func TestMain(m *testing.M) {
	if order := os.Getenv(courierVariable); order != "" {
		if err := work(order); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(dbtest.Main(m))
}

// A process that publishes and tells webhooks is killed again and again: each event is told at
// least once, none is invented, and a receiver that never answers holds up nobody.
func TestWebhooks_areToldWhateverIsKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("processes take their time")
	}
	for engine, url := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLiteURL, "postgres": dbtest.PostgresURL} {
		t.Run(engine, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
			defer cancel()
			report, err := webhooksUnderKills(ctx, url(t), t.TempDir(), 500, 5, 600*time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(report)
			if report.missing > 0 || report.invented > 0 || report.refused == 0 {
				t.Error("each event must be told, and no other")
			}
			if report.slowest > 2*time.Second { // 1 s on a machine of its own; this one may be busy
				t.Errorf("a dead receiver held up others for %s", report.slowest)
			}
		})
	}
}
