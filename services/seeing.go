package services

import (
	"context"

	"plumbline/database"
	"plumbline/models"
)

// Seeing gives the context of what an actor asks for: its reads see everything that the actor wrote
// before, on whichever instance, and what it writes counts as the actor's. With present they see
// what everybody wrote, as whoever compares versions or is about to write must; otherwise they may
// be as old as a replica that has the actor's own writes.
func (s *Services) Seeing(ctx context.Context, by models.Actor, present bool) context.Context {
	return database.Seeing(ctx, database.Seen{Account: by.Account, Writes: by.Writes, Present: present})
}
