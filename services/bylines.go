package services

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"plumbline/models"
)

// byline is the SQL of what a history shows an actor of an account: to reviewers, who have to know
// whom they deal with, and to the person, its name; to everybody else the name where the person
// chose so, the group otherwise, and ” for one without, who is shown by a pseudonym (see
// bylineOf). account is the alias of the account, group that of the column with the group's id.
func byline(by models.Actor, account, group string) string {
	if May(by, ActionReview) {
		return fmt.Sprintf("COALESCE(%s.name, '')", account)
	}
	return fmt.Sprintf("CASE WHEN %[1]s.named OR %[1]s.id = '%[3]s' THEN %[1]s.name ELSE COALESCE((SELECT o.name FROM contributor_groups o WHERE o.id = %[2]s), '') END",
		account, group, by.Account)
}

// bylineOf completes what byline gave for an account; "" where there is none.
func bylineOf(name string, account *uuid.UUID) string {
	if name != "" || account == nil {
		return name
	}
	return models.Pseudonym(*account)
}

// Bylines counts how often it changed here what pages show and no publication changes: what
// histories show of people, and what editors answered in public.
func (s *Services) Bylines() int64 { return s.bylines.Load() }

// OwnByline is how public histories show an account: by its name where Named, and Otherwise.
type OwnByline struct {
	Named     bool
	Otherwise string
}

// OwnByline tells an account how public histories show it.
func (s *Services) OwnByline(ctx context.Context, by models.Actor) (OwnByline, error) {
	if err := require(by, ActionSelf); err != nil {
		return OwnByline{}, err
	}
	var rows []struct {
		Named bool
		Group string
	}
	err := s.db.Write(ctx).Table("accounts a").Joins("LEFT JOIN contributor_groups g ON g.id = a.group_id").
		Select("a.named, COALESCE(g.name, '') AS \"group\"").Where("a.id = ?", by.Account).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return OwnByline{}, wrap(err, "read how an account is shown")
	}
	return OwnByline{rows[0].Named, bylineOf(rows[0].Group, &by.Account)}, nil
}
