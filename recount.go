package main

import (
	"context"

	"plumbline/database"
	"plumbline/services"
)

// recount brings what follows from the log up to this program's rules, and says what changed.
func (a *app) recount(ctx context.Context, db *database.Database) error {
	bar := newBar(a.stderr)
	recounted, err := services.New(db, services.Settings{Logger: a.logger(), Site: a.settings.URL}).Recount(ctx, func(done, of int64) { bar.show("recounting", int(done), int(of)) })
	bar.clear()
	if err != nil || recounted.Changesets == 0 {
		return err
	}
	a.printf("Recounted the records by rules %d, after %d: replayed %d changesets.\n", recounted.To, recounted.From, recounted.Changesets)
	for _, change := range recounted.Changes {
		a.printf("  %s\n", change.Sentence())
	}
	if len(recounted.Changes) == 0 {
		a.printf("  Nothing came out otherwise at present.\n")
	}
	return nil
}
