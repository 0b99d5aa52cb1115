package services

import (
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

// Bylines counts how often it changed here what histories show of people.
func (s *Services) Bylines() int64 { return s.bylines.Load() }
